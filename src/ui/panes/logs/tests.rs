//! The pane over a store that is fed as the runner would feed it.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    command,
    domain::{
        function::{Arn, FunctionSummary},
        log::LogEvent,
        logbook::{Found, Kept, LogWriter, SourceId},
        session::{Target, WriteState},
    },
    keymap::Keymap,
    ports::{ApiError, ErrorKind, Operation},
    store::{
        Effect, Setup, Store, Work, functions,
        logs::{Phase, Status},
        parcel::Parcel,
        session, ui,
    },
    theme::Theme,
    ui::surface::Intent,
};

const ARN: &str = "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge";
/// 2026-11-20 02:29:00 UTC.
const NOW: i64 = 1_795_141_740_000;
const IDS: [&str; 3] = [
    "8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1",
    "77ab1e2d-3b4a-49c7-a6d5-e4f3b2a19009",
    "61cd1e2d-3b4a-49c7-a6d5-e4f3b2a19042",
];

struct Stage {
    store: Store,
    pane: LogsPane,
    keymap: Keymap,
    theme: Theme,
    log_writer: LogWriter,
    written: usize,
    area: Rect,
    row: FunctionSummary,
    copied: Vec<String>,
    opened: Vec<String>,
}

impl Stage {
    /// A session with one function, its Logs pane on screen.
    fn new(width: u16, height: u16) -> Self {
        Self::of(row(), width, height)
    }

    /// The same with this function.
    fn of(row: FunctionSummary, width: u16, height: u16) -> Self {
        let now = Timestamp::from_millisecond(NOW).expect("in range");
        let (store, effects) = Store::new(Setup {
            target: Target::default(),
            write: WriteState::Open,
            tab: logs::PANE,
            refresh_every: SignedDuration::from_secs(60),
            log_budget: 512 << 20,
            since: SignedDuration::from_mins(15),
            now,
        });
        let mut stage = Self {
            store,
            pane: LogsPane::default(),
            keymap: Keymap::default(),
            theme: Theme::default(),
            log_writer: LogWriter::new(),
            written: 0,
            area: Rect::new(0, 0, width, height),
            row,
            copied: Vec::new(),
            opened: Vec::new(),
        };
        stage.perform(effects);
        stage.act(Action::Functions(functions::Action::Select(0)));
        stage.act(Action::Ui(ui::Action::Focus(logs::PANE)));
        stage
    }

    fn act(&mut self, action: Action) {
        let effects = self.store.apply(action);
        self.perform(effects);
    }

    /// What the runner would do.
    fn perform(&mut self, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            let answer = match effect {
                Effect::Query(ticket, work) | Effect::Stream(ticket, work) => match work {
                    Work::Session(session::Work::Open(..)) => {
                        let opened = session::Opened {
                            region: "eu-west-1".into(),
                            custom_endpoint: false,
                            write: WriteState::Open,
                        };
                        Action::Session(session::Action::Opened(ticket, Ok(opened)))
                    }
                    Work::Functions(functions::Work::List(_)) => {
                        let page = functions::Action::Page(ticket.clone(), vec![self.row.clone()]);
                        effects.extend(self.store.apply(Action::Functions(page)));
                        self.store.settle();
                        Action::Functions(functions::Action::Listed(ticket, Ok(())))
                    }
                    Work::Logs(logs::Work::Find {
                        pages,
                        filter,
                        from,
                        direction,
                        ..
                    }) => {
                        let find = |from| pages.0.find(&filter.0, from, direction, &|| false);
                        let (found, wrapped) = match find(from) {
                            Found::Yes(found) => (Some(found), false),
                            _ => match find(None) {
                                Found::Yes(found) => (Some(found), true),
                                _ => (None, true),
                            },
                        };
                        let answer = logs::Action::Found(ticket.clone(), found, wrapped);
                        effects.extend(self.store.apply(Action::Logs(answer)));
                        let all = pages.0.count(&filter.0, &|| false);
                        let (Some(_), Found::Yes(all)) = (found, all) else {
                            continue;
                        };
                        Action::Logs(logs::Action::Counted(ticket, all, all))
                    }
                    Work::Logs(logs::Work::Keep { pages, filter, .. }) => {
                        let (filter, pages) = ((*filter.0).clone(), (*pages.0).clone());
                        let kept = Kept::new(filter, pages, &|| false).expect("not cancelled");
                        Action::Logs(logs::Action::Kept(ticket, Parcel::new(kept)))
                    }
                    _ => continue,
                },
                Effect::Terminal(crate::store::effect::Terminal::Copy(text)) => {
                    self.copied.push(text.reveal().clone());
                    continue;
                }
                _ => continue,
            };
            effects.extend(self.store.apply(answer));
        }
    }

    fn write(&mut self, at: i64, message: &str) {
        let event = LogEvent {
            id: format!("{:056}", self.written),
            stream: "2026/11/20/[42]5f0c".into(),
            timestamp: at,
            ingested: at,
            message: message.to_owned(),
        };
        self.written += 1;
        let splice = self.log_writer.append(SourceId(0), &[event]);
        let book = self.store.logs.book().expect("a book").id();
        self.act(Action::Logs(logs::Action::Spliced(
            book,
            Parcel::new(splice),
        )));
    }

    fn status(&mut self, status: Status) {
        let book = self.store.logs.book().expect("a book").id();
        self.act(Action::Logs(logs::Action::Status(book, Box::new(status))));
    }

    fn follow(&mut self) {
        self.status(Status {
            phase: Phase::Following,
            lag_ms: Some(1_234),
            begin: NOW - 15 * 60_000,
            ..Status::default()
        });
    }

    /// Three invocations: well, failed with a stack, timed out.
    fn write_invocations(&mut self) {
        let [well, failed, late] = IDS;
        let t = NOW - 180_000;
        self.write(
            t,
            "INIT_START Runtime Version: python:3.12.v18\tRuntime Version ARN: arn:x",
        );
        self.write(t + 400, &format!("START RequestId: {well} Version: 42\n"));
        self.write(
            t + 410,
            &format!("[INFO]\t2026-11-20T02:26:00.410Z\t{well}\tcharging {{\"amount\": 90}}\n"),
        );
        self.write(t + 492, &format!("END RequestId: {well}\n"));
        self.write(t + 492, &format!("REPORT RequestId: {well}\tDuration: 92.10 ms\tBilled Duration: 93 ms\tMemory Size: 512 MB\tMax Memory Used: 138 MB\tInit Duration: 412.00 ms\t\n"));
        let t = NOW - 60_000;
        self.write(t, &format!("START RequestId: {failed} Version: 42\n"));
        self.write(
            t + 13,
            &format!("[INFO]\t2026-11-20T02:28:00.013Z\t{failed}\tcharging amount=150\n"),
        );
        self.write(t + 780, "[ERROR] CardDeclined: card declined for 150\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 12, in handler\n    charge(card)\n  File \"/var/lang/lib/python3.12/x.py\", line 1, in f\n");
        self.write(t + 788, &format!("END RequestId: {failed}\n"));
        self.write(t + 788, &format!("REPORT RequestId: {failed}\tDuration: 788.42 ms\tBilled Duration: 789 ms\tMemory Size: 512 MB\tMax Memory Used: 500 MB\t\n"));
        let t = NOW - 40_000;
        self.write(t, &format!("START RequestId: {late} Version: 42\n"));
        self.write(
            t + 30_000,
            &format!("2026-11-20T02:28:50.000Z {late} Task timed out after 30.00 seconds\n\n"),
        );
        self.write(t + 30_000, &format!("END RequestId: {late}\n"));
        self.write(t + 30_000, &format!("REPORT RequestId: {late}\tDuration: 30000.00 ms\tBilled Duration: 30000 ms\tMemory Size: 512 MB\tMax Memory Used: 139 MB\tStatus: timeout\n"));
    }

    fn run(&mut self, id: &str) {
        let spec = command::find(id).unwrap_or_else(|| panic!("{id} is no command"));
        let outcome = {
            let view = View {
                store: &self.store,
                keymap: &self.keymap,
                theme: &self.theme,
            };
            self.pane.on_command(spec, view)
        };
        self.finish(outcome);
    }

    fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            let key = KeyEvent::from(crossterm::event::KeyCode::Char(c));
            let outcome = {
                let view = View {
                    store: &self.store,
                    keymap: &self.keymap,
                    theme: &self.theme,
                };
                self.pane.on_key(key, view)
            };
            self.finish(outcome);
        }
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Outcome::Done(intents) = outcome {
            for intent in intents {
                match intent {
                    Intent::Act(action) => self.act(action),
                    Intent::Open(surface) => {
                        let view = View {
                            store: &self.store,
                            keymap: &self.keymap,
                            theme: &self.theme,
                        };
                        self.opened.push(surface.title(view));
                    }
                    Intent::Run(id) => self.opened.push(id.to_owned()),
                    Intent::Close | Intent::Leave => {}
                }
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            let view = View {
                store: &self.store,
                keymap: &self.keymap,
                theme: &self.theme,
            };
            for action in self.pane.layout(self.area, view) {
                self.act(action);
            }
        }
    }

    /// Title, rows and status line, as in the border.
    fn screen(&mut self) -> String {
        self.settle();
        let view = View {
            store: &self.store,
            keymap: &self.keymap,
            theme: &self.theme,
        };
        let mut buf = Buffer::empty(self.area);
        self.pane.render(self.area, &mut buf, view);
        let mut text = format!("── {}\n", self.pane.title(view));
        for y in 0..self.area.height {
            let row: String = (0..self.area.width).map(|x| buf[(x, y)].symbol()).collect();
            text.push_str(row.trim_end());
            text.push('\n');
        }
        let status_line = self.pane.status_line(view).unwrap_or_default();
        text.push_str(&format!("── {status_line}\n"));
        text
    }

    /// The row under the cursor.
    fn cursor_row(&mut self) -> String {
        let screen = self.screen();
        screen
            .lines()
            .find(|line| line.starts_with('▸'))
            .unwrap_or_default()
            .to_owned()
    }
}

fn row() -> FunctionSummary {
    FunctionSummary {
        arn: Arn::new(ARN),
        name: "payments-charge".into(),
        runtime: Some("python3.12".into()),
        memory_mb: 512,
        timeout_s: 30,
        modified: None,
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: 1,
        log_group: None,
        dead_letter: None,
        durable: false,
        quiet: false,
    }
}

#[test]
fn the_lines_at_three_sizes() {
    for (width, height) in [(78, 20), (118, 36), (38, 8)] {
        let mut stage = Stage::new(width, height);
        stage.write_invocations();
        stage.follow();
        insta::assert_snapshot!(format!("lines_{width}x{height}"), stage.screen());
    }
}

#[test]
fn the_invocations_at_three_sizes() {
    for (width, height) in [(78, 20), (118, 36), (38, 8)] {
        let mut stage = Stage::new(width, height);
        stage.write_invocations();
        stage.follow();
        stage.run("logs.other-view");
        insta::assert_snapshot!(format!("invocations_{width}x{height}"), stage.screen());
    }
}

#[test]
fn an_empty_pane_says_what_would_be_here() {
    let mut stage = Stage::new(78, 10);
    let mut all = stage.screen();
    stage.follow();
    all.push_str(&stage.screen());
    stage.status(Status {
        phase: Phase::Following,
        missing: vec![SourceId(0)],
        ..Status::default()
    });
    all.push_str(&stage.screen());
    stage.status(Status {
        phase: Phase::Stopped,
        error: Some(ApiError::new(
            Operation::FilterLogEvents,
            ErrorKind::Denied,
            "not authorized",
        )),
        ..Status::default()
    });
    all.push_str(&stage.screen());
    insta::assert_snapshot!(all);
}

#[test]
fn the_first_e_goes_to_the_newest_error_and_the_next_ones_on() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("logs.next-error");
    assert!(
        stage.cursor_row().contains("timed out after 30 s"),
        "the line that tells most, not the last: {}",
        stage.screen()
    );
    stage.run("logs.previous-error");
    let screen = stage.screen();
    assert!(stage.cursor_row().contains("CardDeclined"), "{screen}");
    assert!(screen.contains("app.py"), "the stack is unfolded: {screen}");
    stage.run("logs.next-error");
    assert!(stage.cursor_row().contains("timed out"));
    stage.run("logs.next-error");
    assert!(
        stage.cursor_row().contains("CardDeclined"),
        "from the other end: {}",
        stage.screen()
    );
}

#[test]
fn find_marks_jumps_and_goes_on() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("text.find");
    stage.type_in("charging");
    stage.run("input.accept");
    assert!(stage.cursor_row().contains("amount=150"), "the newest");
    stage.run("text.previous-match");
    assert!(stage.cursor_row().contains("\"amount\": 90"));
    stage.run("text.next-match");
    assert!(stage.cursor_row().contains("amount=150"));
    stage.run("app.back");
    assert!(stage.store.logs.search().is_none());
}

#[test]
fn a_bad_expression_says_so_and_stays() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("text.find");
    stage.type_in("/a(/");
    stage.run("input.accept");
    assert!(
        stage.screen().contains("unclosed group"),
        "{}",
        stage.screen()
    );
}

#[test]
fn tab_keeps_only_the_matching_lines_and_esc_shows_all() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("text.find");
    stage.type_in("chargin");
    stage.run("input.tab");
    stage.type_in("g");
    let screen = stage.screen();
    assert!(
        !screen.contains("START") && screen.contains("2 of 14"),
        "{screen}"
    );
    stage.run("input.accept");
    assert!(
        stage
            .screen()
            .starts_with("── payments-charge · following · only charging")
    );
    stage.run("app.back");
    assert!(stage.screen().contains("START"));
}

#[test]
fn errors_only_in_both_views() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("logs.errors-only");
    let screen = stage.screen();
    assert!(
        screen.contains("CardDeclined") && !screen.contains("START"),
        "{screen}"
    );
    stage.run("logs.other-view");
    let screen = stage.screen();
    assert!(
        screen.contains("timeout") && !screen.contains('✔'),
        "{screen}"
    );
}

#[test]
fn l_goes_from_a_line_to_its_invocation_and_back_to_its_first_line() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("logs.next-error");
    stage.run("logs.previous-error");
    stage.run("logs.other-view");
    assert!(
        stage.cursor_row().contains("CardDeclined"),
        "{}",
        stage.screen()
    );
    stage.run("list.down");
    assert!(stage.cursor_row().contains('✔'));
    stage.run("list.open");
    assert!(
        stage.cursor_row().contains("START 8f0c…e1"),
        "{}",
        stage.screen()
    );
}

#[test]
fn pausing_holds_the_screen_while_lines_come() {
    let mut stage = Stage::new(78, 12);
    stage.write_invocations();
    stage.screen();
    stage.run("logs.follow");
    let rows = |screen: String| -> Vec<String> {
        screen.lines().skip(1).take(12).map(str::to_owned).collect()
    };
    let before = rows(stage.screen());
    stage.write(NOW, "a new line");
    let after = stage.screen();
    assert!(after.contains("paused"));
    assert_eq!(rows(after)[2..], before[2..]);
    stage.run("logs.follow");
    assert!(stage.screen().contains("a new line"));
}

#[test]
fn find_says_which_match_of_how_many() {
    let mut stage = Stage::new(78, 12);
    stage.write_invocations();
    stage.run("text.find");
    stage.type_in("charging");
    stage.run("input.accept");
    assert!(
        stage.screen().contains(" · 2 of 2 · "),
        "{}",
        stage.screen()
    );
    stage.run("list.up");
    assert!(!stage.screen().contains(" of 2 "), "{}", stage.screen());
}

#[test]
fn a_typed_time_jumps_there() {
    let mut stage = Stage::new(100, 8);
    stage.write_invocations();
    stage.follow();
    stage.run("logs.time");
    stage.type_in("02:27:40");
    stage.run("input.accept");
    let screen = stage.screen();
    assert!(
        screen.contains("paused") && screen.contains("last 15m"),
        "{screen}"
    );
    assert!(
        screen.contains("START") && !screen.contains("INIT"),
        "{screen}"
    );
    // Before the span: another span, shown from there.
    stage.run("logs.time");
    stage.type_in("01:00");
    stage.run("input.accept");
    stage.log_writer = LogWriter::new();
    stage.write(NOW - 3_600_000, "an hour ago");
    stage.write(NOW - 1_000, "now");
    stage.follow();
    let screen = stage.screen();
    assert!(
        screen.contains("paused · since 2026-11-20 01:00Z"),
        "{screen}"
    );
}

#[test]
fn times_are_presets_or_typed() {
    let mut stage = Stage::new(78, 12);
    stage.run("logs.last-4");
    assert!(stage.screen().contains("last 1h"), "{}", stage.screen());
    stage.run("logs.time");
    stage.type_in("nonsense");
    stage.run("input.accept");
    assert!(stage.screen().contains("time: "), "it goes on asking");
    for _ in 0.."nonsense".len() {
        stage.run("input.undo");
    }
    stage.run("input.leave");
    stage.run("logs.time");
    stage.type_in("02:10..02:25");
    stage.run("input.accept");
    assert!(
        stage.screen().contains("2026-11-20 02:10Z"),
        "{}",
        stage.screen()
    );
}

#[test]
fn copying_takes_the_line_or_the_whole_event() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.run("logs.next-error");
    stage.run("logs.previous-error");
    stage.run("app.copy");
    stage.run("app.copy-all");
    stage.run("app.raw");
    stage.run("logs.invoke");
    assert_eq!(stage.copied[0], "ERROR CardDeclined: card declined for 150");
    assert!(stage.copied[1].contains("Traceback"));
    assert_eq!(stage.opened, ["Event", "pane.invoke"]);
}

#[test]
fn marks_are_gone_back_to() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.screen();
    stage.run("list.top");
    stage.run("logs.mark");
    stage.run("list.bottom");
    stage.screen();
    stage.run("logs.previous-mark");
    assert!(stage.cursor_row().contains("INIT"));
    stage.run("logs.previous-mark");
    assert!(
        stage
            .store
            .toasts
            .shown()
            .iter()
            .any(|toast| toast.text.contains("mark"))
    );
}

#[test]
fn every_command_of_the_pane_does_something_in_it() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.screen();
    let ours = command::all().filter(|spec| spec.contexts.contains(&Context::Logs));
    let mut count = 0;
    for spec in ours {
        stage.pane.asking.line.close();
        let view = View {
            store: &stage.store,
            keymap: &stage.keymap,
            theme: &stage.theme,
        };
        let taken = matches!(stage.pane.on_command(spec, view), Outcome::Done(_));
        assert!(taken, "{} is ignored", spec.id);
        count += 1;
    }
    assert!(count > 15);
}

#[test]
fn any_size_draws() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    for (width, height) in [(0, 0), (1, 1), (2, 3), (10, 2), (300, 1), (5, 40)] {
        for view in ["logs.other-view", "logs.other-view", "text.find"] {
            stage.area = Rect::new(0, 0, width, height);
            stage.run(view);
            stage.screen();
            stage.pane.asking.line.close();
        }
    }
}

#[test]
fn without_an_error_e_says_so() {
    let mut stage = Stage::new(78, 20);
    stage.write(NOW, "all is well");
    stage.run("logs.next-error");
    assert!(
        stage
            .store
            .toasts
            .shown()
            .iter()
            .any(|toast| toast.text == "no error in these lines")
    );
}

#[test]
fn refresh_after_expired_credentials_opens_the_session_anew() {
    let mut stage = Stage::new(78, 20);
    let before = stage.store.sessions.current().id;
    let expired = ApiError::new(Operation::FilterLogEvents, ErrorKind::SsoExpired, "expired");
    stage.status(Status {
        phase: Phase::Stopped,
        error: Some(expired),
        ..Status::default()
    });
    stage.run("app.refresh");
    assert_ne!(stage.store.sessions.current().id, before);
}

#[test]
fn lines_and_invocations_are_narrowed_to_the_same_requests() {
    let mut stage = Stage::new(78, 20);
    stage.write_invocations();
    stage.follow();
    let key_of = |id: &str| crate::domain::report::RequestId::new(id).key();
    let missing = "99990000-3b4a-49c7-a6d5-e4f3b2a19099";
    let wanted = [IDS[1], IDS[2], missing].map(key_of);
    stage.act(Action::Logs(logs::Action::Narrow(wanted.to_vec())));
    let screen = stage.screen();
    assert!(screen.contains("only 3 requests, 2 read"), "{screen}");
    assert!(
        screen.contains("CardDeclined: card declined for 150"),
        "the line that names no request: {screen}"
    );
    assert!(
        !screen.contains("charging {"),
        "of another request: {screen}"
    );
    assert!(
        screen.contains("2 of 3 requests are in what was read: t another time"),
        "{screen}"
    );
    stage.run("logs.other-view");
    let screen = stage.screen();
    assert!(
        screen.contains("timeout") && screen.contains("CardDeclined"),
        "{screen}"
    );
    assert!(!screen.contains("92ms"), "{screen}");
    stage.run("app.back");
    assert!(
        stage.screen().contains("92ms"),
        "all again: {}",
        stage.screen()
    );
}

#[test]
fn an_invocation_without_a_report_does_not_run_for_ever() {
    let mut stage = Stage::new(118, 20);
    let id = |n: usize| format!("8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a1900{n}");
    let line = |id: &str| {
        format!(
            "{{\"timestamp\":\"2026-11-20T02:20:00.000Z\",\"level\":\"WARN\",\"message\":\"slow\",\"requestId\":\"{id}\"}}"
        )
    };
    // It may run for 30 s.
    stage.write(NOW - 300_000, &line(&id(1)));
    stage.write(NOW - 5_000, &line(&id(2)));
    stage.follow();
    stage.run("logs.other-view");
    let screen = stage.screen();
    assert!(
        !screen.contains("running"),
        "nothing of it is written: {screen}"
    );
    assert_eq!(
        screen
            .matches("no report (this function writes none)")
            .count(),
        2,
        "{screen}"
    );
    stage.write(
        NOW - 4_000,
        &format!("START RequestId: {} Version: 42\n", id(3)),
    );
    let screen = stage.screen();
    assert_eq!(
        screen.matches("… running").count(),
        2,
        "it writes them now: {screen}"
    );
    assert_eq!(screen.matches("no report was read").count(), 1, "{screen}");
}

#[test]
fn a_function_at_system_level_warn_is_said_to_write_no_report() {
    let quiet = FunctionSummary {
        quiet: true,
        ..row()
    };
    let mut stage = Stage::of(quiet, 118, 20);
    let lines = [
        ("8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a19001", 4_000),
        ("8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a19002", 2_000),
    ];
    for (id, before) in lines {
        let line = format!("{{\"level\":\"INFO\",\"message\":\"indexed\",\"requestId\":\"{id}\"}}");
        stage.write(NOW - before, &line);
    }
    stage.follow();
    stage.run("logs.other-view");
    let screen = stage.screen();
    assert_eq!(screen.matches("? unknown").count(), 2, "{screen}");
    let why = "no report (system log level WARN)";
    assert_eq!(screen.matches(why).count(), 2, "{screen}");
}
