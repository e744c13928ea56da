//! The Invoke pane driven by keys, on the demo account under a paused clock.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use lambdeck::{
    app::App,
    demo,
    domain::{
        report::RequestId,
        session::{Target, WriteState},
    },
    keymap::Keymap,
    ports::Operation,
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        runner::{ACTIONS, Runner, Shared},
    },
    settings::{Paths, Protected},
    store::{
        Action, Effect, Setup,
        effect::Terminal,
        functions,
        invoke::{INVOKE, Run},
    },
    theme::{Role, Theme},
};
use ratatui::{buffer::Buffer, layout::Rect};
use tokio::sync::mpsc;

const EVENT: &str = "{\n  \"order\": \"o-1\",\n  \"amount\": 150\n}\n";

struct Console {
    app: App,
    runner: Runner<demo::Provider>,
    provider: demo::Provider,
    actions: mpsc::Receiver<Action>,
    terminal: Vec<Terminal>,
    size: (u16, u16),
    root: tempfile::TempDir,
}

impl Console {
    /// The console with the Invoke pane of a function on the whole screen.
    async fn on(function: &str, size: (u16, u16), access: Access) -> Self {
        let start = Timestamp::from_second(1_790_000_000).expect("a time");
        let clock = Clock::following_tokio(start);
        let mut options = demo::Options::new(clock.as_fn());
        options.latency = Some(Duration::from_millis(20));
        let provider = demo::Provider::new(options);
        let root = tempfile::tempdir().expect("temporary directory");
        let paths = Paths::under(root.path());
        let events = paths.project_events().join(function);
        std::fs::create_dir_all(&events).expect("the project's events");
        std::fs::write(events.join("happy path.json"), EVENT).expect("an event");
        std::fs::write(events.join("without amount.json"), "{\"order\":\"o-2\"}\n")
            .expect("an event");
        let (sender, actions) = mpsc::channel(ACTIONS);
        let setup = Setup {
            target: Target::default(),
            write: access.write_state(None, None, start),
            tab: INVOKE,
            refresh_every: SignedDuration::from_hours(1),
            log_budget: 1 << 20,
            since: SignedDuration::from_mins(15),
            now: start,
        };
        let shared = Shared::new(
            provider.clone(),
            clock.clone(),
            access,
            ActivityLog::nowhere(),
            paths,
            sender,
        );
        let mut console = Self {
            app: App::new(setup, Keymap::default(), Theme::default(), clock),
            runner: Runner::new(shared),
            provider,
            actions,
            terminal: Vec::new(),
            size,
            root,
        };
        console.app.resize(size.0, size.1);
        console.idle().await;
        let rows = console.app.store().functions.all();
        let arn = rows
            .iter()
            .find(|row| &*row.name == function)
            .expect("the function")
            .arn
            .clone();
        console
            .app
            .apply(Action::Functions(functions::Action::SelectArn(arn)));
        console.keys("4 z").await;
        console
    }

    /// Performs effects and takes answers until nothing is under way.
    async fn idle(&mut self) {
        loop {
            self.app.settle();
            for effect in self.app.take_effects() {
                // States are asked by a stream that draws lots about pauses: not of this pane.
                let is_states = matches!(&effect, Effect::Stream(ticket, _) if ticket.key.name == "functions.states");
                if !is_states {
                    self.terminal.extend(self.runner.perform(effect));
                }
            }
            match self.actions.try_recv() {
                Ok(action) => {
                    self.app.tick();
                    self.app.apply(action);
                }
                Err(_) if self.waits() => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(_) => return,
            }
        }
    }

    /// Whether anything that was asked has not answered.
    fn waits(&self) -> bool {
        let store = self.app.store();
        self.runner.queries_under_way() > 0
            || self.runner.runs_under_way() > 0
            || store.sessions.current().account().is_none()
            || store.functions.slot().is_loading()
    }

    /// Presses keys, separated by spaces, and waits until all is answered.
    async fn keys(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.press(key);
            self.idle().await;
        }
    }

    fn press(&mut self, key: &str) {
        let (modifiers, name) = match key.strip_prefix("ctrl-") {
            Some(name) => (KeyModifiers::CONTROL, name),
            None => (KeyModifiers::NONE, key),
        };
        let code = match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "down" => KeyCode::Down,
            "up" => KeyCode::Up,
            _ => KeyCode::Char(name.chars().next().expect("a key")),
        };
        let modifiers = match code {
            KeyCode::Char(c) if c.is_uppercase() => modifiers | KeyModifiers::SHIFT,
            _ => modifiers,
        };
        self.app
            .on_event(Event::Key(KeyEvent::new(code, modifiers)));
    }

    fn typed(&mut self, text: &str) {
        for c in text.chars() {
            let code = KeyCode::Char(c);
            self.app
                .on_event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
    }

    fn draw(&mut self) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.settle();
        self.app.draw(&mut buf);
        buf
    }

    /// The inside of the pane's border: what is around it is not of this pane. Times are blanked:
    /// the files are read by real threads, and a paused clock goes on while they do.
    fn pane(&mut self) -> String {
        let buf = self.draw();
        let mut rows = Vec::new();
        for y in 2..self.size.1 - 2 {
            let row: String = (1..self.size.0 - 1).map(|x| buf[(x, y)].symbol()).collect();
            rows.push(row.trim_end().to_owned());
        }
        let times = r"(\d\d:\d\d:\d\d\.\d{3}|\d+ ms there|TraceId: 1-[0-9a-f]{8})";
        let times = regex::Regex::new(times).expect("a pattern");
        let blank = |found: &regex::Captures<'_>| {
            found[0].replace(
                |c: char| {
                    c.is_ascii_digit() || ('a'..='f').contains(&c) && found[0].starts_with('T')
                },
                "#",
            )
        };
        times.replace_all(&rows.join("\n"), blank).into_owned()
    }

    fn sent(&self) -> u32 {
        self.provider.calls(Operation::Invoke)
    }

    fn file(&self, name: &str) -> String {
        let path = self
            .root
            .path()
            .join("project/.lambdeck/events/payments-charge")
            .join(format!("{name}.json"));
        std::fs::read_to_string(path).expect("the event's file")
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_is_loaded_sent_and_its_result_shown_at_80_columns() {
    let mut console = Console::on("payments-charge", (80, 24), Access::default()).await;
    console.keys("tab tab tab").await;
    console.keys("4").await;
    insta::assert_snapshot!("empty_80", console.pane());
    // From the payload back to the events.
    console.app.on_event(Event::Key(KeyEvent::new(
        KeyCode::BackTab,
        KeyModifiers::SHIFT,
    )));
    console.keys("enter").await;
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 1);
    insta::assert_snapshot!("sent_80", console.pane());
}

#[tokio::test(start_paused = true)]
async fn a_function_error_is_told_first_at_120_columns() {
    let mut console = Console::on("payments-charge", (120, 40), Access::default()).await;
    console.app.on_event(Event::Key(KeyEvent::new(
        KeyCode::BackTab,
        KeyModifiers::SHIFT,
    )));
    console.keys("down enter").await;
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 1);
    insta::assert_snapshot!("function_error_120", console.pane());
    let key_style = Theme::default().style(Role::JsonKey).fg;
    let buf = console.draw();
    let coloured = buf
        .content
        .iter()
        .filter(|cell| cell.symbol() == "o" && Some(cell.fg) == key_style);
    assert!(coloured.count() > 0, "the payload is highlighted");
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_is_saved_and_sent_and_a_fault_is_marked() {
    let mut console = Console::on("payments-charge", (120, 40), Access::default()).await;
    console.app.on_event(Event::Key(KeyEvent::new(
        KeyCode::BackTab,
        KeyModifiers::SHIFT,
    )));
    console.keys("enter tab enter").await;
    console.typed("[");
    insta::assert_snapshot!("fault_120", console.pane());
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 0, "what is not JSON is not sent");
    assert_eq!(console.file("happy path"), EVENT, "nor saved");
    console.typed("]");
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 0, "two documents are not one");
    console.keys("ctrl-_ ctrl-_").await;
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 1);
    // While it is typed, letters are text and no commands.
    console.typed(" q");
    assert!(console.app.exit().is_none());
    console.keys("esc").await;
    assert!(console.pane().contains("not JSON"));
}

#[tokio::test(start_paused = true)]
async fn a_scratch_payload_gets_a_name_when_it_is_saved() {
    let mut console = Console::on("payments-charge", (120, 40), Access::default()).await;
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 1, "sent without being saved");
    console.keys("S").await;
    console.keys("enter").await;
    assert_eq!(console.file("event"), "{}");
    assert!(
        console.pane().contains("Payload  event"),
        "{}",
        console.pane()
    );
    console.keys("t").await;
    let screen = console.draw();
    let screen: String = screen
        .content
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    for choice in ["asynchronous", "dry run", "unqualified", "another…"] {
        assert!(screen.contains(choice), "{choice}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unlocked_protected_session_asks_before_it_sends() {
    let access = Access::new(false, true, Protected::new(["000000000000"]));
    let mut console = Console::on("payments-charge", (80, 24), access).await;
    assert!(matches!(
        console.app.store().sessions.current().write,
        WriteState::Unlocked { .. }
    ));
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 0);
    console.keys("enter").await;
    assert_eq!(console.sent(), 0, "the dialog starts on Cancel");
    console.keys("ctrl-s tab enter").await;
    assert_eq!(console.sent(), 1);
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 2, "the same is not asked twice");
}

#[tokio::test(start_paused = true)]
async fn the_editor_is_asked_for_and_a_locked_session_refuses() {
    let access = Access::new(false, false, Protected::new(["000000000000"]));
    let mut console = Console::on("payments-charge", (80, 24), access).await;
    console.keys("e").await;
    assert!(matches!(
        console.terminal.last(),
        Some(Terminal::Edit { .. })
    ));
    console.keys("ctrl-s").await;
    assert_eq!(console.sent(), 0);
    assert!(console.pane().contains(":unlock"), "{}", console.pane());
}

#[tokio::test(start_paused = true)]
async fn it_can_be_drawn_in_any_size() {
    let mut console = Console::on("payments-charge", (80, 24), Access::default()).await;
    console.keys("ctrl-s").await;
    for (width, height) in [(1, 1), (40, 12), (41, 13), (60, 12), (99, 14), (300, 90)] {
        console.size = (width, height);
        console.app.resize(width, height);
        console.draw();
    }
}

#[tokio::test(start_paused = true)]
async fn typed_text_is_not_dropped_without_a_question() {
    let mut console = Console::on("payments-charge", (120, 40), Access::default()).await;
    console.keys("ctrl-s").await;
    console.app.on_event(Event::Key(KeyEvent::new(
        KeyCode::BackTab,
        KeyModifiers::SHIFT,
    )));
    console.keys("enter tab enter").await;
    console.typed(" ");
    console.keys("esc").await;
    console.keys("n").await;
    assert!(console.pane().contains("Unsaved payload"), "new");
    console.keys("esc").await;
    console.keys(":").await;
    console.typed("duplicate");
    console.keys("enter").await;
    assert!(console.pane().contains("Unsaved payload"), "duplicate");
    console.keys("esc").await;
    console.keys("tab tab ctrl-s").await;
    assert!(console.pane().contains("Unsaved payload"), "send again");
    assert_eq!(console.sent(), 1);
    console.keys("tab enter").await;
    assert_eq!(console.sent(), 2, "it was said to drop them");
}

#[tokio::test(start_paused = true)]
async fn the_logs_of_a_run_are_those_of_its_request_only() {
    let mut console = Console::on("payments-charge", (120, 40), Access::default()).await;
    console.keys("ctrl-s").await;
    let store = console.app.store();
    let arn = store.functions.selected().expect("selected").arn.clone();
    let desk = store.invoke.desk(&arn).expect("a desk");
    let reply = desk.shown().and_then(Run::reply).expect("a reply");
    let id = reply.request_id.clone().expect("a request id");
    console.press("l");
    console.app.settle();
    let store = console.app.store();
    assert_eq!(store.ui.focus(), lambdeck::store::logs::PANE);
    let keep = store.logs.book().expect("a book").keep().clone();
    assert_eq!(keep.invocation, Some(RequestId::new(&id).key()));
    console.draw();
    console.press("esc");
    console.app.settle();
    let book = console.app.store().logs.book().expect("a book");
    assert!(book.keep().is_everything());
}
