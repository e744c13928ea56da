//! What the footer offers works where it is offered: on every screen of the demo account, as
//! `lambdeck demo` keeps it, each key of the footer is pressed, and something must come of it.

mod kit;

use std::{collections::HashSet, path::Path, sync::LazyLock, time::Duration};

use kit::{Kit, Stage, listed};
use lambdeck::{
    command::{self, Context},
    demo::Faults,
    store::{Store, letters::Look},
    theme::{Depth, Role, Theme},
};
use ratatui::{buffer::Buffer, layout::Rect};

/// Longer than the answers of the demo account take.
const A_MOMENT: Duration = Duration::from_millis(700);

/// Screens, the keys that lead to each, and what gets the keys there; `|` waits for the answers.
const SCREENS: &[(&str, &str, Context)] = &[
    ("functions", "", Context::Functions),
    ("functions, filtering", "/ p a y", Context::Input),
    ("functions, marked", "<space> j <space>", Context::Functions),
    ("functions, a range", "v", Context::Functions),
    ("sort", "s", Context::Input),
    ("stop menu", "X|", Context::Stop),
    ("stop review", "X|c|", Context::Input),
    ("help", "?", Context::Input),
    ("palette", ":", Context::Input),
    ("actions", "a", Context::Input),
    ("profiles", "P", Context::Input),
    ("raw", "1|J|", Context::Text),
    ("overview", "1|", Context::Overview),
    ("overview, a variable", "1|G k k", Context::Overview),
    ("lines", "2|", Context::Logs),
    ("lines, searching", "2|/ a", Context::Input),
    ("lines, an error", "2|e", Context::Logs),
    ("invocations", "2|l", Context::Logs),
    ("queues", "3|", Context::Queues),
    ("queues, filtering", "3|/ p", Context::Input),
    ("a queue, not looked at", "3|<enter>|", Context::Letters),
    ("clusters", "3|<enter>|<enter>|", Context::Letters),
    (
        "clusters, marked",
        "3|<enter>|<enter>|<space>",
        Context::Letters,
    ),
    ("letters", "3|<enter>|<enter>|||<enter>|", Context::Letters),
    (
        "a letter",
        "3|<enter>|<enter>|||<enter>|<enter>|",
        Context::Letter,
    ),
    (
        "a letter, searching",
        "3|<enter>|<enter>|||<enter>|<enter>|/",
        Context::Input,
    ),
    ("dry run", "3|<enter>|<enter>|M|", Context::Dialog),
    ("delete", "3|<enter>|<enter>|D|", Context::Dialog),
    ("edit by jq", "3|<enter>|<enter>|e", Context::Input),
    ("save letters", "3|<enter>|<enter>|S", Context::Input),
    ("add a queue", "3|n", Context::Input),
    ("send a message", "3|:send<enter>|", Context::Input),
    ("import", "3|:import<enter>|", Context::Input),
    ("purge", "3|:purge<enter>|", Context::Input),
    ("move task", "3|:move<enter>|", Context::Input),
    ("invoke", "4|", Context::Invoke),
    ("payload, typing", "4|<enter> 1", Context::Input),
    ("payload, without saved events", "4|<tab>", Context::Invoke),
    ("invoke, sent", "4|<ctrl-s>|", Context::Invoke),
    ("target", "4|t|", Context::Input),
    ("name of an event", "4|S|", Context::Input),
    ("form", "5|", Context::Configure),
    ("form, a section", "5|G", Context::Configure),
    (
        "form, an answer",
        "5|/timeout<enter> <enter>",
        Context::Input,
    ),
    (
        "form, drafted",
        "5|/timeout<enter> <enter> 4 2 <enter>|",
        Context::Configure,
    ),
    ("comparison", "5|c|<enter>|", Context::Comparison),
    ("activity", "6|", Context::Activity),
    ("activity, a write", "4|<ctrl-s>|6|", Context::Activity),
    ("write", "4|<ctrl-s>|6|<enter>", Context::Text),
    ("hand-over", "4|<ctrl-s>|6|S", Context::Input),
];

/// The same while a redrive of the first queue runs, from the clusters of that queue.
const WHILE_A_REDRIVE_RUNS: &[(&str, &str, Context)] = &[
    ("clusters", "", Context::Letters),
    ("its card", "<tab>", Context::Redrive),
    ("its progress", "<tab> <enter>", Context::Redrive),
    ("letters", "<enter>", Context::Letters),
    ("a letter", "<enter> <enter>", Context::Letter),
    ("queues", "<esc>|", Context::Queues),
    ("queues, its card", "<esc>|<tab>", Context::Redrive),
    ("another queue", "<esc>|j <enter>|", Context::Letters),
    ("functions", "0|", Context::Functions),
    ("overview", "1|", Context::Overview),
    ("lines", "2|", Context::Logs),
    ("invoke", "4|", Context::Invoke),
    ("form", "5|", Context::Configure),
    ("activity", "6|", Context::Activity),
    ("activity, its card", "6|k", Context::Redrive),
    ("paused", "p|", Context::Letters),
];

/// The same once it was stopped.
const ONCE_IT_WAS_STOPPED: &[(&str, &str, Context)] = &[
    ("clusters", "", Context::Letters),
    ("its card", "<tab>", Context::Redrive),
    ("its report", "<tab> <enter>", Context::Redrive),
    ("queues", "<esc>|", Context::Queues),
    ("activity", "6|", Context::Activity),
];

/// What the footer saves under the name that it suggests goes here, not into the checkout.
fn elsewhere() -> &'static Path {
    static DIRECTORY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let directory = tempfile::tempdir().expect("a directory");
        std::env::set_current_dir(&directory).expect("entered");
        directory
    });
    DIRECTORY.path()
}

/// The console on `lambdeck demo`.
async fn demo() -> Kit {
    assert!(elsewhere().is_dir());
    let mut kit = Kit::on(Stage {
        keeps_files: false,
        ..Stage::default()
    })
    .await;
    kit.until(listed).await.settled().await;
    // It stands first, and has letters, logs and events.
    assert_eq!(kit.selected(), "payments-charge");
    kit
}

async fn go(kit: &mut Kit, keys: &str) {
    for (place, part) in keys.split('|').enumerate() {
        if place > 0 {
            kit.pass(A_MOMENT).await;
        }
        kit.keys(part).await;
    }
}

fn made(store: &Store) -> bool {
    let queue_letters = store.letters.queue_letters();
    queue_letters.is_some_and(|queue_letters| {
        queue_letters.dry_run.is_some() && !queue_letters.is_preparing()
    })
}

fn sorted(store: &Store) -> bool {
    store.letters.queue_letters().is_some_and(|queue_letters| {
        matches!(queue_letters.look, Look::Ended(_))
            && !queue_letters.is_sorting()
            && queue_letters.sorted().is_some()
    })
}

/// A redrive that waits minutes for its canary.
async fn redriving() -> Kit {
    let mut kit = demo().await;
    kit.hide_timeouts();
    go(&mut kit, "3|<enter>|<enter>").await;
    kit.until(sorted).await.keys("M").await.until(made).await;
    kit.keys("<tab> <tab> <enter>").await;
    kit.until_shown("canary sent").await;
    kit.provider.inject(Faults::default());
    kit
}

async fn stopped() -> Kit {
    let mut kit = redriving().await;
    kit.keys("x").await.until_shown("stopped").await;
    kit.until(|store| store.letters.runs().iter().all(|run| !run.is_running()))
        .await;
    kit.pass(A_MOMENT).await;
    kit
}

/// What of it changes when a key does something.
fn state(kit: &Kit) -> (Buffer, usize, usize, bool) {
    let is_over = kit.exit().is_some();
    let cells = kit.cells().clone();
    (cells, kit.performed, kit.terminal.len(), is_over)
}

/// Presses a key as the footer names it.
async fn press(kit: &mut Kit, key: &str) {
    if key.chars().count() == 1 {
        kit.types(key).await;
        return;
    }
    for key in key.split(' ') {
        kit.keys(&format!("<{key}>")).await;
    }
}

async fn walk<F: Future<Output = Kit>>(
    from: impl Fn() -> F,
    screens: &[(&str, &str, Context)],
    also: impl Fn(&str, &Kit),
) {
    let mut wrong = Vec::new();
    // What is the same wherever it stands is pressed once.
    let mut pressed = HashSet::new();
    let is_common = |command: &str| {
        let common = [
            "app.help",
            "app.back",
            "list.down",
            "list.page-down",
            "input.leave",
        ];
        common.contains(&command) || command.starts_with("dialog.")
    };
    for (name, keys, context) in screens {
        let mut kit = from().await;
        go(&mut kit, keys).await;
        assert!(kit.path().contains(context), "{name}: {}", kit.screen());
        also(name, &kit);
        let offered = kit.offered();
        assert!(!offered.is_empty(), "{name}: {}", kit.screen());
        let mut fresh = Some(kit);
        for (key, command) in offered {
            if is_common(command) && !pressed.insert(command) {
                continue;
            }
            let mut kit = if let Some(kit) = fresh.take() {
                kit
            } else {
                let mut kit = from().await;
                go(&mut kit, keys).await;
                kit
            };
            let before = state(&kit);
            press(&mut kit, &key).await;
            if state(&kit) == before {
                wrong.push(format!("{name}: {key} ({command}) is answered by silence"));
            }
            if kit.screen().contains("does nothing here") {
                wrong.push(format!("{name}: {key} ({command}) does nothing here"));
            }
            // One that only opened something is as fresh again once that is closed.
            kit.keys("<esc>").await;
            if *kit.cells() == before.0 && kit.performed == before.1 {
                fresh = Some(kit);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn whatever_the_footer_offers_works_where_it_is_offered() {
    Box::pin(walk(demo, SCREENS, |_, _| ())).await;
}

/// How often it was said that a command does nothing.
fn untaken(kit: &Kit) -> usize {
    let said = kit.store().toasts.history().iter();
    said.filter(|said| said.text.contains("does nothing here"))
        .count()
}

/// Runs whatever the contexts of each place offer; gives what was not taken.
async fn untaken_of<F: Future<Output = Kit>>(
    from: impl Fn() -> F,
    screens: &[(&str, &str, Context)],
    checked: &mut HashSet<&'static str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, keys, context) in screens {
        let mut kit = from().await;
        go(&mut kit, keys).await;
        assert!(kit.path().contains(context), "{name}: {}", kit.screen());
        let path = kit.path();
        let mut fresh = Some(kit);
        let is_own = |context: &Context| *context != Context::Global && path.contains(context);
        for spec in command::all().filter(|spec| spec.contexts.iter().any(is_own)) {
            let mut kit = if let Some(kit) = fresh.take() {
                kit
            } else {
                let mut kit = from().await;
                go(&mut kit, keys).await;
                kit
            };
            let before = untaken(&kit);
            kit.run(spec).await;
            checked.insert(spec.id);
            if untaken(&kit) != before {
                wrong.push(format!("{name}: {}", spec.id));
            }
            if kit.path() != path {
                kit.keys("<esc>").await;
            }
            // Marks and the order may differ by now: what is taken does not depend on them.
            if kit.path() == path && kit.exit().is_none() {
                fresh = Some(kit);
            }
        }
    }
    wrong
}

/// Whether the footer has room for it or not.
#[tokio::test(start_paused = true)]
async fn whatever_the_contexts_of_a_place_offer_is_taken_there() {
    let mut checked = HashSet::new();
    let mut wrong = Box::pin(untaken_of(demo, SCREENS, &mut checked)).await;
    let running = &WHILE_A_REDRIVE_RUNS[..3];
    wrong.extend(Box::pin(untaken_of(redriving, running, &mut checked)).await);
    wrong.extend(Box::pin(untaken_of(stopped, ONCE_IT_WAS_STOPPED, &mut checked)).await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missed: Vec<&str> = command::all()
        .filter(|spec| !spec.contexts.contains(&Context::Global) && !checked.contains(spec.id))
        .map(|spec| spec.id)
        .collect();
    assert_eq!(missed, [""; 0], "no place offers them");
}

#[tokio::test(start_paused = true)]
async fn so_it_does_while_a_redrive_runs() {
    // It stands in the header of every screen.
    let walk = walk(redriving, WHILE_A_REDRIVE_RUNS, |name, kit: &Kit| {
        let header = kit.row(0);
        assert!(header.contains("▸ redrive "), "{name}: {header}");
        assert!(header.contains(" of 186"), "{name}: {header}");
    });
    Box::pin(walk).await;
}

#[tokio::test(start_paused = true)]
async fn so_it_does_once_a_redrive_was_stopped() {
    Box::pin(walk(stopped, ONCE_IT_WAS_STOPPED, |_, _| ())).await;
}

#[tokio::test(start_paused = true)]
async fn a_redrive_is_stopped_from_wherever_one_is() {
    for keys in ["", "<esc>|", "<enter>", "0|", "2|", "4|", "5|", "6|"] {
        let mut kit = redriving().await;
        go(&mut kit, keys).await;
        kit.keys("x").await;
        assert!(
            kit.screen().contains("stops before its next send"),
            "{keys}: {}",
            kit.screen()
        );
        kit.until(|store| store.letters.running().count() == 0)
            .await;
        assert!(!kit.row(0).contains("redrive"), "{keys}: {}", kit.row(0));
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_redrives_it_is_asked_which_is_stopped() {
    let mut kit = redriving().await;
    // Held, so that it runs as long as it takes to start another.
    go(&mut kit, "p|<esc>|j <enter>|<enter>").await;
    kit.until(sorted).await.keys("M").await.until(made).await;
    kit.keys("<tab> <tab> <enter>").await;
    kit.until(|store| store.letters.running().count() == 2)
        .await;
    kit.pass(A_MOMENT).await;
    assert!(kit.row(0).contains("▸ 2 redrives"), "{}", kit.row(0));
    let still = |kit: &Kit| -> Vec<String> {
        let running = kit.store().letters.running();
        running
            .map(|run| run.queue.arn.resource_name().to_owned())
            .collect()
    };
    for screen in ["<esc>|", "0"] {
        go(&mut kit, screen).await;
        kit.keys("x").await;
        let asked = kit.screen();
        assert!(asked.contains("Stop which"), "{asked}");
        assert!(asked.contains("redrive of payments-dlq"), "{asked}");
        assert_eq!(still(&kit).len(), 2, "nothing was stopped yet");
        kit.keys("<esc>").await;
    }
    kit.keys("x").await.types("payments").await;
    kit.keys("<enter>").await;
    kit.until(|store| store.letters.running().count() == 1)
        .await;
    assert!(!still(&kit).contains(&"payments-dlq".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_demo_account_offers_no_rest_that_it_does_not_keep() {
    let mut kit = Box::pin(stopped()).await;
    let screen = kit.screen();
    assert!(screen.contains("○ stopped"), "{screen}");
    assert!(screen.contains("keeps no journal"), "{screen}");
    assert!(!screen.contains("can be resumed"), "{screen}");
    assert!(!screen.contains("resumes the rest"), "{screen}");
    kit.keys("0 :").await.types("resume").await;
    kit.keys("<enter>").await;
    let screen = kit.screen();
    assert!(screen.contains("keeps no journal"), "{screen}");
    // What its user stopped did not fail.
    kit.keys("6").await.pass(A_MOMENT).await;
    let write = &kit.store().activity.log().writes[0];
    assert_eq!(write.word(), "stopped");
    assert!(kit.screen().contains("○ stopped"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_redrive_is_resumed_by_enter_on_its_card_and_from_the_palette() {
    for (way, again) in [
        ("<tab> <enter>", "<enter>"),
        ("0 :resume<enter>", ":resume<enter>"),
        ("3 :resume<enter>", ":resume<enter>"),
    ] {
        let mut kit = Kit::new(120, 40).await;
        kit.until(listed).await.settled().await;
        kit.hide_timeouts();
        kit.keys("z").await;
        go(&mut kit, "3|<enter>|<enter>").await;
        kit.until(sorted).await.keys("M").await.until(made).await;
        kit.keys("<tab> <tab> <enter>").await;
        kit.until_shown("canary sent").await;
        kit.keys("x").await;
        kit.until(|store| !store.letters.journals().is_empty())
            .await;
        kit.until_shown("resumes the rest").await;
        go(&mut kit, way).await;
        let asked = kit.screen();
        assert!(asked.contains("[ Resume ]"), "{way}: {asked}");
        kit.keys("<enter>").await;
        assert_eq!(kit.store().letters.running().count(), 0, "it was Cancel");
        go(&mut kit, again).await;
        kit.keys("<tab> <enter>").await;
        assert_eq!(kit.store().letters.running().count(), 1, "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn quitting_names_what_runs_and_what_is_stopped_on_the_demo_too() {
    let mut kit = redriving().await;
    kit.keys("<ctrl-c>").await;
    let asked = kit.screen();
    assert!(asked.contains("a redrive of payments-dlq runs"), "{asked}");
    assert!(!asked.contains("can be resumed"), "{asked}");
    let mut kit = demo().await;
    go(&mut kit, "0/<ctrl-u>").await;
    kit.types("orders-consumer").await.keys("<enter>").await;
    kit.settled().await.keys("X").await.settled().await;
    kit.keys("t").await.settled().await;
    kit.types("orders-consumer").await.keys("<enter>").await;
    kit.settled().await.keys("<ctrl-c>").await;
    let asked = kit.screen();
    assert!(
        asked.contains("orders-consumer is stopped and not restored"),
        "{asked}"
    );
    assert!(
        asked.contains("the next start begins anew") || asked.contains("its next start begins"),
        "{asked}"
    );
    assert!(kit.exit().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_import_says_how_many_lines_it_would_send() {
    let mut kit = demo().await;
    go(&mut kit, "3|j").await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("letters.jsonl");
    std::fs::write(&file, "{\"n\":1}\n\n{\"n\":2}\n{\"n\":3}\n").expect("written");
    go(&mut kit, ":import<enter>|").await;
    // The suggested name is replaced by what is typed.
    kit.types(&file.display().to_string()).await;
    kit.keys("<enter> <enter>")
        .await
        .until_shown("3 lines")
        .await;
    let asked = kit.screen();
    assert!(asked.contains("[ Send 3 ]"), "{asked}");
    let sent = |kit: &Kit| {
        let sends = lambdeck::ports::Operation::SendMessageBatch;
        kit.provider.calls(sends)
    };
    kit.keys("<enter>").await.pass(A_MOMENT).await;
    assert_eq!(sent(&kit), 0, "it starts on Cancel");
    go(&mut kit, ":import<enter>|").await;
    kit.types(&file.display().to_string()).await;
    kit.keys("<enter> <enter>")
        .await
        .until_shown("3 lines")
        .await;
    kit.keys("<tab> <enter>").await.until_shown("3 sent").await;
    assert_eq!(sent(&kit), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_event_is_typed_between_its_brackets() {
    let mut kit = demo().await;
    go(&mut kit, "4|n <enter> <enter>|").await;
    kit.types("\"amount\":1").await;
    assert!(kit.screen().contains("{\"amount\":1}"), "{}", kit.screen());
}

#[tokio::test(start_paused = true)]
async fn enter_goes_through_a_form_to_the_button_that_does_it() {
    let mut kit = demo().await;
    go(&mut kit, "3|j:send<enter>|").await;
    kit.types("{\"n\":1}").await;
    kit.keys("<enter> <enter> <enter>").await;
    let sends = lambdeck::ports::Operation::SendMessageBatch;
    assert_eq!(kit.provider.calls(sends), 0, "nothing was pressed yet");
    kit.keys("<enter>").await.until_shown("was sent").await;
    assert_eq!(kit.provider.calls(sends), 1);
}

#[tokio::test(start_paused = true)]
async fn what_destroys_starts_on_cancel() {
    for keys in ["3|:purge<enter>|", "0 X|c|"] {
        let mut kit = demo().await;
        go(&mut kit, keys).await;
        assert!(kit.screen().contains("[ Cancel ]"), "{}", kit.screen());
        kit.keys("<enter>").await;
        assert!(!kit.screen().contains("[ Cancel ]"), "{}", kit.screen());
        let purges = lambdeck::ports::Operation::PurgeQueue;
        assert_eq!(kit.provider.calls(purges), 0);
    }
}

/// The inside of the dialog whose border has this title.
fn inside(kit: &Kit, title: &str) -> Rect {
    let cells = kit.cells();
    let screen = kit.screen();
    let rows: Vec<&str> = screen.lines().collect();
    let top = rows
        .iter()
        .position(|row| row.contains(&format!("┌─ {title}")))
        .unwrap_or_else(|| panic!("{title}:\n{screen}")) as u16;
    let before = rows[usize::from(top)].split(&format!("┌─ {title}")).next();
    let left = before.map_or(0, |text| text.chars().count()) as u16;
    let symbol = |x, y| cells[(x, y)].symbol();
    let right = (left + 1..cells.area.width).find(|&x| symbol(x, top) == "┐");
    let bottom = (top + 1..cells.area.height).find(|&y| symbol(left, y) == "└");
    let (right, bottom) = right.zip(bottom).expect("a whole border");
    Rect::new(left, top, right - left + 1, bottom - top + 1)
}

#[tokio::test(start_paused = true)]
async fn a_dialog_has_one_background() {
    let theme = Theme::builtin("dark", Depth::Rgb);
    let ground = theme.style(Role::Text).bg.expect("a ground");
    for (keys, title) in [
        ("X|", "Stop"),
        ("s", "Sort"),
        ("?", "Help"),
        ("3|:purge<enter>|", "Purge"),
        ("3|:send<enter>|", "Send a message"),
        ("3|<enter>|<enter>|M|", "Redrive"),
    ] {
        let mut kit = demo().await;
        go(&mut kit, keys).await;
        let dialog = inside(&kit, title);
        let holes = dialog
            .positions()
            .filter(|&at| kit.cells()[at].bg == ground);
        assert_eq!(holes.count(), 0, "{title}:\n{}", kit.styled());
    }
}

#[tokio::test(start_paused = true)]
async fn the_row_under_the_cursor_keeps_the_colour_of_what_warns() {
    let theme = Theme::builtin("dark", Depth::Rgb);
    let kit = demo().await;
    let error = theme.style(Role::Error).fg;
    let selected = theme.style(Role::Selection).bg;
    let row = kit
        .cells()
        .content
        .iter()
        .filter(|cell| Some(cell.bg) == selected);
    let loud: String = row
        .filter(|cell| Some(cell.fg) == error)
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert_eq!(loud, "214", "{}", kit.styled());
}
