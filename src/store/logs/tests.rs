//! The slice by its effects: what is started, what is dropped.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    domain::{
        function::{Arn, FunctionSummary},
        log::LogEvent,
        logbook::{Direction, Kept, LogWriter, SourceId},
    },
    store::{
        Effect, effect, functions,
        session::Sessions,
        ticket::Tickets,
        ui::{self, About, FUNCTIONS, Ui},
    },
};

const MINUTES: TimeRange = TimeRange::Last(SignedDuration::from_mins(15));

/// A slice with what it reads: functions in the list, Logs on screen.
struct Sample {
    logs: Logs,
    sessions: Sessions,
    functions: Functions,
    ui: Ui,
    tickets: Tickets,
}

fn key(name: &str) -> FunctionKey {
    FunctionKey {
        session: SessionId(1),
        arn: Arn::new(format!(
            "arn:aws:lambda:eu-west-1:000000000000:function:{name}"
        )),
    }
}

fn row(name: &str) -> FunctionSummary {
    FunctionSummary {
        arn: key(name).arn,
        name: name.into(),
        runtime: None,
        memory_mb: 128,
        timeout_s: 3,
        modified: None,
        package: "Zip".into(),
        architecture: "arm64".into(),
        code_size: 0,
        log_group: (name == "shared").then(|| "/shop/all".into()),
        dead_letter: None,
        durable: false,
        quiet: false,
    }
}

impl Sample {
    fn new(budget: usize) -> Self {
        let mut tickets = Tickets::default();
        let mut effects = Vec::new();
        let mut functions = Functions::default();
        let kept = functions::Action::Kept {
            session: SessionId(1),
            account: None,
            at: Timestamp::UNIX_EPOCH,
            rows: vec![row("a"), row("b"), row("shared")],
        };
        let mut out = Outbox {
            now: Timestamp::UNIX_EPOCH,
            tickets: &mut tickets,
            effects: &mut effects,
        };
        let sessions = Sessions::opened(&mut out);
        functions.reduce(kept, sessions.current(), &mut out);
        let mut sample = Self {
            logs: Logs::new(MINUTES, budget),
            sessions,
            functions,
            ui: Ui::new(PANE, SignedDuration::from_mins(1)),
            tickets,
        };
        sample.shown(true);
        sample.subject("a");
        sample
    }

    fn shown(&mut self, shown: bool) {
        let pane = if shown { PANE } else { FUNCTIONS };
        self.ui.reduce(ui::Action::Focus(pane), About::default());
    }

    fn subject(&mut self, name: &str) {
        let mut out = Outbox {
            now: Timestamp::UNIX_EPOCH,
            tickets: &mut self.tickets,
            effects: &mut Vec::new(),
        };
        let select = functions::Action::SelectArn(key(name).arn);
        self.functions
            .reduce(select, self.sessions.current(), &mut out);
    }

    /// Applies an action, if one is given, and does what is due.
    fn run(&mut self, action: Option<Action>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut out = Outbox {
            now: Timestamp::UNIX_EPOCH,
            tickets: &mut self.tickets,
            effects: &mut effects,
        };
        let context = Context::new(&self.sessions, &self.functions, &self.ui);
        if let Some(action) = action {
            self.logs.reduce(action, &context, &mut out);
        }
        self.logs.attend(&context, &mut out);
        effects
    }

    fn apply(&mut self, action: Action) -> Vec<Effect> {
        self.run(Some(action))
    }

    fn select(&mut self, name: &str) -> Vec<Effect> {
        self.subject(name);
        self.run(None)
    }

    fn book(&self) -> &Book {
        self.logs.book().expect("a book is shown")
    }
}

fn tails(effects: &[Effect]) -> Vec<&Work> {
    let work = |effect| match effect {
        &Effect::Stream(_, effect::Work::Logs(ref work @ Work::Tail { .. })) => Some(work),
        _ => None,
    };
    effects.iter().filter_map(work).collect()
}

fn events(count: i64) -> Vec<LogEvent> {
    let event = |n| LogEvent {
        id: format!("{n:056}"),
        stream: "s".into(),
        timestamp: n,
        ingested: n,
        // Text that does not compress to nothing.
        message: format!("line {n} {}", "0123456789abcdef".repeat((n % 37) as usize)),
    };
    (0..count).map(event).collect()
}

fn splice(log_writer: &mut LogWriter, events: &[LogEvent]) -> Parcel<Splice> {
    Parcel::new(log_writer.append(SourceId(0), events))
}

#[test]
fn the_subject_is_tailed_while_the_pane_is_on_screen_and_only_once() {
    let mut sample = Sample::new(1 << 20);
    sample.shown(false);
    assert!(sample.run(None).is_empty());
    sample.shown(true);
    let effects = sample.run(None);
    assert!(
        matches!(&*tails(&effects), [Work::Tail { sources, switching: false, .. }]
            if sources[0].group == "/aws/lambda/a" && !sources[0].shared_group)
    );
    assert!(sample.run(None).is_empty(), "idempotent");
    sample.shown(false);
    assert!(matches!(&*sample.run(None), [Effect::Cancel(key)] if key.name == "logs.tail"));
    sample.shown(true);
    assert_eq!(tails(&sample.run(None)).len(), 1, "it goes on");
}

#[test]
fn another_subject_replaces_the_tail_and_a_book_that_was_only_passed_goes() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let passed = sample.book().id();
    let effects = sample.select("shared");
    assert!(
        matches!(&*tails(&effects), [Work::Tail { sources, switching: true, .. }]
            if sources[0].group == "/shop/all" && sources[0].shared_group)
    );
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Query(_, effect::Work::Logs(Work::Forget(book))) if *book == passed
    )));
    assert_eq!(sample.logs.books.len(), 1);
}

#[test]
fn a_splice_of_a_book_that_is_gone_is_dropped_and_one_of_a_hidden_book_is_not() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let first = sample.book().id();
    let (mut log_writer, events) = (LogWriter::new(), events(20));
    sample.apply(Action::Spliced(
        first,
        splice(&mut log_writer, &events[..10]),
    ));
    sample.select("b");
    // Sent before the tail was cancelled.
    sample.apply(Action::Spliced(
        first,
        splice(&mut log_writer, &events[10..]),
    ));
    assert_eq!(sample.book().log().len(), 0);
    sample.select("a");
    assert_eq!((sample.book().id(), sample.book().log().len()), (first, 20));
    sample.apply(Action::Spliced(
        BookId(999),
        splice(&mut LogWriter::new(), &events),
    ));
    assert_eq!(sample.book().log().len(), 20);
}

#[test]
fn another_span_is_another_book() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let first = sample.book().id();
    let hour = TimeRange::Last(SignedDuration::from_hours(1));
    let effects = sample.apply(Action::Range(hour));
    assert!(matches!(&*tails(&effects), [Work::Tail { range, .. }] if *range == hour));
    assert_ne!(sample.book().id(), first);
    assert_eq!(sample.logs.range(), hour);
}

#[test]
fn what_was_opened_together_stays_until_another_function_is_selected() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let effects = sample.apply(Action::Open(vec![key("a"), key("b")]));
    assert!(matches!(&*tails(&effects), [Work::Tail { sources, .. }] if sources.len() == 2));
    assert!(sample.run(None).is_empty());
    sample.select("b");
    assert_eq!(sample.book().sources().len(), 1);
}

#[test]
fn all_books_share_the_budget_and_the_oldest_lines_go_first() {
    let mut sample = Sample::new(40_000);
    sample.run(None);
    let (mut log_writer, first) = (LogWriter::new(), sample.book().id());
    for chunk in events(20_000).chunks(1_000) {
        sample.apply(Action::Spliced(first, splice(&mut log_writer, chunk)));
    }
    let (used, budget) = sample.logs.memory();
    assert!(used <= budget, "{used} of {budget}");
    assert!(sample.book().log().evicted() > 0);
    assert_eq!(sample.book().log().pages().last_timestamp(), Some(19_999));
}

#[test]
fn one_filtering_at_a_time_and_none_for_lines_that_did_not_change() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let (mut log_writer, events) = (LogWriter::new(), events(40));
    let id = sample.book().id();
    sample.apply(Action::Spliced(id, splice(&mut log_writer, &events[..20])));
    let keep = Keep {
        text: "line 1".into(),
        ..Keep::default()
    };
    let effects = sample.apply(Action::Keep(keep));
    let [Effect::Query(ticket, effect::Work::Logs(Work::Keep { pages, filter, .. }))] = &*effects
    else {
        panic!("{effects:?}")
    };
    assert!(
        matches!(sample.book().lines(), Lines::Awaited),
        "nothing wrong is shown meanwhile"
    );
    assert!(
        sample
            .apply(Action::Spliced(id, splice(&mut log_writer, &events[20..])))
            .is_empty()
    );
    let kept = Kept::new((*filter.0).clone(), (*pages.0).clone(), &|| false).expect("not stopped");
    let effects = sample.apply(Action::Kept(ticket.clone(), Parcel::new(kept)));
    assert_eq!(sample.book().lines().len(), 11);
    let [Effect::Query(_, effect::Work::Logs(Work::Keep { earlier, .. }))] = &*effects else {
        panic!("what came meanwhile is filtered next: {effects:?}")
    };
    assert!(earlier.is_some());
    sample.apply(Action::Keep(Keep::default()));
    assert_eq!(sample.book().lines().len(), 40);
    assert!(!sample.book().is_filtering());
}

#[test]
fn a_pattern_that_is_none_is_told_and_changes_nothing() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let id = sample.book().id();
    sample.apply(Action::Spliced(
        id,
        splice(&mut LogWriter::new(), &events(5)),
    ));
    sample.apply(Action::Keep(Keep {
        text: "/(/".into(),
        ..Keep::default()
    }));
    assert!(sample.book().keep_error().is_some());
    assert_eq!(sample.book().lines().len(), 5);
    sample.apply(Action::Search("/(/".into()));
    assert!(
        sample
            .logs
            .search()
            .is_some_and(|search| search.matcher.is_err())
    );
}

#[test]
fn an_outdated_answer_moves_nothing() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let jump = || Action::Jump {
        goal: Goal::Error,
        direction: Direction::Backward,
        from: None,
    };
    let ticket = |effects: &[Effect]| match effects {
        [Effect::Query(ticket, _)] => ticket.clone(),
        other => panic!("{other:?}"),
    };
    let old = ticket(&sample.apply(jump()));
    let new = ticket(&sample.apply(jump()));
    sample.apply(Action::Found(old, None, false));
    assert!(sample.logs.jump().is_none() && sample.logs.is_jumping());
    sample.apply(Action::Found(new, None, true));
    assert!(sample.logs.jump().is_some_and(|jump| jump.wrapped) && !sample.logs.is_jumping());
}

#[test]
fn the_cause_is_counted_by_kind() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let id = sample.book().id();
    let texts = |n: i64, what: &str| {
        let request = format!("8f0c0000-0000-4000-8000-{n:012}");
        [
            format!("START RequestId: {request} Version: $LATEST"),
            what.replace("ID", &request),
            format!("END RequestId: {request}"),
            format!(
                "REPORT RequestId: {request}\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB"
            ),
        ]
    };
    let mut lines = Vec::new();
    for n in 0..3 {
        lines.extend(texts(
            n,
            "[ERROR] CardDeclined: card declined\nTraceback (most recent call last):",
        ));
    }
    lines.extend(texts(
        3,
        "2026-11-20T02:30:00.000Z ID Task timed out after 3.00 seconds",
    ));
    lines.extend(texts(4, "all is well"));
    let event = |(n, text): (usize, &String)| LogEvent {
        message: text.clone(),
        ..events(n as i64 + 1).remove(n)
    };
    let lines: Vec<LogEvent> = lines.iter().enumerate().map(event).collect();
    let mut log_writer = LogWriter::new();
    for chunk in lines.chunks(3) {
        sample.apply(Action::Spliced(id, splice(&mut log_writer, chunk)));
    }
    let cause = sample.book().cause();
    assert_eq!(cause.kinds(), [("CardDeclined", 3), ("timeout", 1)]);
    assert_eq!(
        (cause.len(), cause.first(), cause.newest()),
        (4, Some(3), Some(15))
    );
}

/// A book of invocations that failed or not, one a second.
fn book_of(failed: impl Iterator<Item = bool>) -> Sample {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let id = sample.book().id();
    let mut log_writer = LogWriter::new();
    for (n, failed) in failed.enumerate() {
        let request = format!("8f0c0000-0000-4000-8000-{n:012}");
        let said = if failed {
            "2026-11-29T00:12:13Z ERROR no card for this customer"
        } else {
            "fine"
        };
        let lines = [
            format!("START RequestId: {request} Version: 1"),
            said.to_owned(),
            format!("END RequestId: {request}"),
        ];
        let event = |(at, message): (usize, String)| LogEvent {
            message,
            ..events(n as i64 * 3 + at as i64 + 1).remove(n * 3 + at)
        };
        let lines: Vec<LogEvent> = lines.into_iter().enumerate().map(event).collect();
        sample.apply(Action::Spliced(id, splice(&mut log_writer, &lines)));
    }
    sample
}

#[test]
fn a_kind_of_failure_is_never_a_date() {
    let sample = book_of([true, false].into_iter());
    assert_eq!(sample.book().cause().kinds(), [("error", 1)]);
}

#[test]
fn the_first_failure_is_said_only_where_it_is_a_begin() {
    let has_onset = |failed: &dyn Fn(usize) -> bool| {
        let sample = book_of((0..40).map(failed));
        sample.book().cause().has_onset(sample.book().log())
    };
    assert!(has_onset(&|n| n >= 20), "half of them went well before");
    assert!(has_onset(&|n| n >= 30 && n % 2 == 0));
    assert!(!has_onset(&|_| true), "the span begins within the failures");
    assert!(
        !has_onset(&|n| n % 4 == 3),
        "they lie so far apart all along"
    );
    assert!(!has_onset(&|_| false));
}

#[test]
fn one_invocation_is_kept_in_the_book_of_the_function_it_was_asked_for() {
    let mut sample = Sample::new(1 << 20);
    let invocation = crate::domain::logbook::InvocationKey(7);
    sample.shown(false);
    sample.run(Some(Action::Narrow(vec![invocation])));
    sample.shown(true);
    sample.run(None);
    let keep = sample.logs.book().expect("a book").keep().clone();
    assert!(keep.invocations.iter().eq([&invocation]));
    sample.run(Some(Action::Narrow(vec![invocation])));
    sample.shown(false);
    sample.run(Some(Action::Narrow(vec![invocation])));
    sample.subject("b");
    sample.shown(true);
    sample.run(None);
    let book = sample.logs.book().expect("a book");
    assert!(book.keep().is_everything(), "another function's");
}

#[test]
fn invocations_that_alone_are_wanted_stay_so_in_another_span() {
    let mut sample = Sample::new(1 << 20);
    sample.run(None);
    let wanted = vec![crate::domain::logbook::InvocationKey(7)];
    sample.apply(Action::Narrow(wanted.clone()));
    let hour = TimeRange::Last(SignedDuration::from_hours(1));
    sample.apply(Action::Range(hour));
    assert_eq!(sample.book().range(), hour);
    assert!(sample.book().keep().invocations.iter().eq(&wanted));
    sample.apply(Action::Keep(Keep::default()));
    sample.apply(Action::Range(MINUTES));
    assert!(sample.book().keep().is_everything(), "Esc took it away");
}
