//! The Invoke pane driven by keys, on the demo account under a paused clock.

mod kit;

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;
use kit::{Kit, Stage, listed};
use lambdeck::{
    domain::{report::RequestId, session::WriteState},
    ports::Operation,
    runtime::access::Access,
    settings::Protected,
    store::{effect::Terminal, invoke::Run},
    theme::{Role, Theme},
};

const EVENT: &str = "{\n  \"order\": \"o-1\",\n  \"amount\": 150\n}\n";
const FUNCTION: &str = "payments-charge";

/// The Invoke pane of a function with two saved events, on the whole screen.
async fn console(size: (u16, u16), access: Access) -> Kit {
    let mut kit = Kit::on(Stage {
        size,
        access,
        latency: Some(Duration::from_millis(20)),
        refresh_every: SignedDuration::from_hours(1),
        ..Stage::default()
    })
    .await;
    let events = kit.paths.project_events().join(FUNCTION);
    std::fs::create_dir_all(&events).expect("the project's events");
    for (name, event) in [
        ("happy path", EVENT),
        ("without amount", "{\"order\":\"o-2\"}\n"),
    ] {
        std::fs::write(events.join(format!("{name}.json")), event).expect("an event");
    }
    kit.until(listed).await.settled().await;
    kit.keys("0 /").await.types(FUNCTION).await;
    keys(&mut kit, "<enter> 4 z").await;
    kit
}

/// Presses keys, separated by spaces, each until all is answered.
async fn keys(kit: &mut Kit, keys: &str) {
    for key in keys.split(' ') {
        kit.keys(key).await.settled().await;
    }
}

async fn back(kit: &mut Kit) {
    let key = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
    kit.event(Event::Key(key)).await;
}

/// The inside of the pane's border: what is around it is not of this pane. Times are blanked:
/// the files are read by real threads, and a paused clock goes on while they do.
fn pane(kit: &Kit) -> String {
    let (cells, mut rows) = (kit.cells(), Vec::new());
    for y in 2..cells.area.height - 2 {
        let row = (1..cells.area.width - 1).map(|x| cells[(x, y)].symbol());
        rows.push(row.collect::<String>().trim_end().to_owned());
    }
    let times = r"(\d\d:\d\d:\d\d\.\d{3}|\d+ ms there|TraceId: 1-[0-9a-f]{8})";
    let times = regex::Regex::new(times).expect("a pattern");
    let blank = |found: &regex::Captures<'_>| {
        found[0].replace(
            |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) && found[0].starts_with('T'),
            "#",
        )
    };
    times.replace_all(&rows.join("\n"), blank).into_owned()
}

fn sent(kit: &Kit) -> u32 {
    kit.provider.calls(Operation::Invoke)
}

fn file(kit: &Kit, name: &str) -> String {
    let events = kit.paths.project_events().join(FUNCTION);
    std::fs::read_to_string(events.join(format!("{name}.json"))).expect("the event's file")
}

#[tokio::test(start_paused = true)]
async fn an_event_is_loaded_sent_and_its_result_shown_at_80_columns() {
    let mut kit = console((80, 24), Access::default()).await;
    keys(&mut kit, "<tab> <tab> <tab>").await;
    keys(&mut kit, "4").await;
    insta::assert_snapshot!("empty_80", pane(&kit));
    // From the payload back to the events.
    back(&mut kit).await;
    keys(&mut kit, "<enter>").await;
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 1);
    insta::assert_snapshot!("sent_80", pane(&kit));
}

#[tokio::test(start_paused = true)]
async fn a_function_error_is_told_first_at_120_columns() {
    let mut kit = console((120, 40), Access::default()).await;
    back(&mut kit).await;
    keys(&mut kit, "<down> <enter>").await;
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 1);
    insta::assert_snapshot!("function_error_120", pane(&kit));
    let key_style = Theme::default().style(Role::JsonKey).fg;
    let coloured = kit
        .cells()
        .content
        .iter()
        .filter(|cell| cell.symbol() == "o" && Some(cell.fg) == key_style);
    assert!(coloured.count() > 0, "the payload is highlighted");
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_is_saved_and_sent_and_a_fault_is_marked() {
    let mut kit = console((120, 40), Access::default()).await;
    back(&mut kit).await;
    keys(&mut kit, "<enter> <tab> <enter>").await;
    kit.types("[").await;
    insta::assert_snapshot!("fault_120", pane(&kit));
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 0, "what is not JSON is not sent");
    assert_eq!(file(&kit, "happy path"), EVENT, "nor saved");
    kit.types("]").await;
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 0, "two documents are not one");
    keys(&mut kit, "<ctrl-_> <ctrl-_>").await;
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 1);
    // While it is typed, letters are text and no commands.
    kit.types(" q").await;
    assert!(kit.exit().is_none());
    keys(&mut kit, "<esc>").await;
    assert!(pane(&kit).contains("not JSON"));
}

#[tokio::test(start_paused = true)]
async fn a_scratch_payload_gets_a_name_when_it_is_saved() {
    let mut kit = console((120, 40), Access::default()).await;
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 1, "sent without being saved");
    keys(&mut kit, "S").await;
    keys(&mut kit, "<enter>").await;
    assert_eq!(file(&kit, "event"), "{}");
    assert!(pane(&kit).contains("Payload  event"), "{}", pane(&kit));
    keys(&mut kit, "t").await;
    let screen = kit.screen();
    for choice in ["asynchronous", "dry run", "unqualified", "another…"] {
        assert!(screen.contains(choice), "{choice}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unlocked_protected_session_asks_before_it_sends() {
    let access = Access::new(false, true, Protected::new(["000000000000"]));
    let mut kit = console((80, 24), access).await;
    assert!(matches!(
        kit.store().sessions.current().write,
        WriteState::Unlocked { .. }
    ));
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 0);
    keys(&mut kit, "<enter>").await;
    assert_eq!(sent(&kit), 0, "the dialog starts on Cancel");
    keys(&mut kit, "<ctrl-s> <tab> <enter>").await;
    assert_eq!(sent(&kit), 1);
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 2, "the same is not asked twice");
}

#[tokio::test(start_paused = true)]
async fn the_editor_is_asked_for_and_a_locked_session_refuses() {
    let access = Access::new(false, false, Protected::new(["000000000000"]));
    let mut kit = console((80, 24), access).await;
    keys(&mut kit, "e").await;
    assert!(matches!(kit.terminal.last(), Some(Terminal::Edit { .. })));
    keys(&mut kit, "<ctrl-s>").await;
    assert_eq!(sent(&kit), 0);
    assert!(pane(&kit).contains(":unlock"), "{}", pane(&kit));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_drawn_in_any_size() {
    let mut kit = console((80, 24), Access::default()).await;
    keys(&mut kit, "<ctrl-s>").await;
    for (width, height) in [(1, 1), (40, 12), (41, 13), (60, 12), (99, 14), (300, 90)] {
        kit.event(Event::Resize(width, height)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn typed_text_is_not_dropped_without_a_question() {
    let mut kit = console((120, 40), Access::default()).await;
    keys(&mut kit, "<ctrl-s>").await;
    back(&mut kit).await;
    keys(&mut kit, "<enter> <tab> <enter>").await;
    kit.types(" ").await;
    keys(&mut kit, "<esc>").await;
    keys(&mut kit, "n").await;
    assert!(pane(&kit).contains("Unsaved payload"), "new");
    keys(&mut kit, "<esc>").await;
    keys(&mut kit, ":").await;
    kit.types("duplicate").await;
    keys(&mut kit, "<enter>").await;
    assert!(pane(&kit).contains("Unsaved payload"), "duplicate");
    keys(&mut kit, "<esc>").await;
    keys(&mut kit, "<tab> <tab> <ctrl-s>").await;
    assert!(pane(&kit).contains("Unsaved payload"), "send again");
    assert_eq!(sent(&kit), 1);
    keys(&mut kit, "<tab> <enter>").await;
    assert_eq!(sent(&kit), 2, "it was said to drop them");
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_run_are_those_of_its_request_only() {
    let mut kit = console((120, 40), Access::default()).await;
    keys(&mut kit, "<ctrl-s>").await;
    let store = kit.store();
    let arn = store.functions.selected().expect("selected").arn.clone();
    let invokes = store.invoke.invokes(&arn).expect("it is known");
    let reply = invokes.shown().and_then(Run::reply).expect("a reply");
    let id = reply.request_id.clone().expect("a request id");
    kit.keys("l").await;
    let store = kit.store();
    assert_eq!(store.ui.focus(), lambdeck::store::logs::PANE);
    let keep = store.logs.book().expect("a book").keep().clone();
    assert!(keep.invocations.iter().eq([&RequestId::new(&id).key()]));
    kit.keys("<esc>").await;
    let book = kit.store().logs.book().expect("a book");
    assert!(book.keep().is_everything());
}

#[tokio::test(start_paused = true)]
async fn a_new_event_is_there_to_be_typed_in() {
    let mut kit = console((120, 40), Access::default()).await;
    keys(&mut kit, "n <enter> <enter>").await;
    // From here on letters are text and no commands.
    kit.types("q\"e\"").await;
    assert!(kit.exit().is_none());
    assert!(pane(&kit).contains("\"e\""), "{}", pane(&kit));
}
