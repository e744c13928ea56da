//! What is read, when, and what becomes of it.

use super::*;

#[test]
fn the_subject_is_read_when_the_pane_shows_it_and_again_after_its_time() {
    let mut world = World::open();
    assert_eq!(world.asked("configure.load"), 1);
    world.tick(1);
    assert_eq!(world.asked("configure.load"), 1, "idempotent");
    assert_eq!(world.function_form().due(EVERY), None, "it is being read");
    world.load(snapshot("charge"));
    assert!(world.function_form().loaded().value().is_some());
    let due = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(61);
    assert_eq!(world.function_form().due(EVERY), Some(due));
    world.tick(60);
    assert_eq!(world.asked("configure.load"), 1, "not old yet");
    world.apply(Any::Ui(ui::Action::TerminalFocus(false)));
    world.tick(61);
    assert_eq!(world.asked("configure.load"), 1, "nobody looks");
    world.apply(Any::Ui(ui::Action::TerminalFocus(true)));
    assert_eq!(world.asked("configure.load"), 2);
}

#[test]
fn nothing_is_read_while_another_pane_is_shown() {
    let mut world = World::new();
    world.apply(Any::Ui(ui::Action::Focus(crate::store::logs::PANE)));
    world.select("refund");
    world.tick(600);
    assert_eq!(world.asked("configure.load"), 1);
    world.apply(Any::Ui(ui::Action::Focus(CONFIGURE)));
    assert_eq!(world.asked("configure.load"), 2);
    assert!(world.configure().function_form(&of("refund")).is_some());
}

#[test]
fn a_failure_keeps_what_was_read_and_is_not_asked_in_a_loop() {
    let mut world = World::new();
    world.tick(60);
    let ticket = world.ticket("configure.load");
    world.send(Action::Loaded(ticket, key(), Err(denied())));
    assert!(world.function_form().loaded().is_stale());
    world.tick(61);
    assert_eq!(world.asked("configure.load"), 2);
    world.tick(120);
    assert_eq!(world.asked("configure.load"), 3);
}

#[test]
fn a_function_that_is_changing_is_read_again_soon() {
    let mut world = World::open();
    let mut loaded = read(snapshot("charge"));
    loaded.state.last_update = Some("InProgress".into());
    let ticket = world.ticket("configure.load");
    world.send(Action::Loaded(ticket, key(), Ok(loaded)));
    let due = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(5);
    assert_eq!(world.function_form().due(EVERY), Some(due));
    world.tick(5);
    assert_eq!(world.asked("configure.load"), 2);
}

#[test]
fn moving_on_gives_the_reading_up_and_a_late_answer_is_dropped() {
    let mut world = World::open();
    let late = world.ticket("configure.load");
    world.select("refund");
    assert_eq!(world.cancelled("configure.load"), 1);
    world.send(Action::Loaded(late, key(), Ok(read(snapshot("charge")))));
    assert!(world.function_form().loaded().value().is_none());
    world.select("charge");
    assert_eq!(world.asked("configure.load"), 3, "it is read after all");
}

#[test]
fn a_refresh_keeps_the_draft_but_not_what_is_so_by_now() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::Timeout, "60");
    world.act(Step::Reload(key()));
    let mut now = snapshot("charge");
    now.settings.insert(Field::Memory, Value::Number(1024));
    world.load(now);
    assert_eq!(world.sides(), ["timeout=60"]);
}

#[test]
fn forms_without_work_are_forgotten_and_those_with_work_never() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    for number in 0..30 {
        world.select(&format!("f{number}"));
    }
    assert!(world.configure().forms.len() <= 22);
    assert_eq!(world.sides(), ["memory=1024"]);
    assert_eq!(world.configure().drafted().count(), 1);
}

#[test]
fn cards_are_read_once_at_the_start_and_come_with_the_end_of_a_run() {
    let mut world = World::open();
    assert_eq!(world.asked("configure.remember"), 1);
    let first = world.ticket("configure.remember");
    world.act(Step::Remember);
    world.send(Action::Remembered(first, memory()));
    assert!(world.configure().memory().cards.is_empty(), "a late answer");
    let ticket = world.ticket("configure.remember");
    world.send(Action::Remembered(ticket, memory()));
    assert_eq!(world.configure().memory().cards.len(), 1);
    world.act(Step::Dismiss("card-1".into()));
    let ticket = world.ticket("configure.dismiss");
    world.send(Action::Remembered(ticket, Memory::default()));
    assert!(world.configure().memory().cards.is_empty());
}

#[test]
fn two_dismissals_do_not_cancel_each_other() {
    let mut world = World::open();
    world.act(Step::Dismiss("one".into()));
    let one = world.ticket("configure.dismiss");
    world.act(Step::Dismiss("two".into()));
    assert_ne!(one.key, world.ticket("configure.dismiss").key);
}

#[test]
fn suggestions_are_asked_for_once_in_a_while() {
    let mut world = World::open();
    let session = SessionId::FIRST;
    world.act(Step::Suggest(session));
    world.act(Step::Suggest(session));
    assert_eq!(world.asked("configure.suggest"), 1);
    let found = Suggestions {
        queues: vec![Arn::new("arn:aws:sqs:eu-west-1:123456789012:dlq")],
        ..Suggestions::default()
    };
    let ticket = world.ticket("configure.suggest");
    world.send(Action::Suggested(ticket, Box::new(found.clone())));
    assert_eq!(world.configure().suggestions().value(), Some(&found));
    world.act(Step::Suggest(session));
    assert_eq!(world.asked("configure.suggest"), 1);
    world.tick(300);
    world.act(Step::Suggest(session));
    assert_eq!(world.asked("configure.suggest"), 2);
    world.act(Step::Suggest(SessionId(9)));
    assert_eq!(world.asked("configure.suggest"), 2, "no such session");
    let ticket = world.ticket("configure.suggest");
    let notes = vec![denied()];
    let found = Suggestions { notes, ..found };
    world.send(Action::Suggested(ticket, Box::new(found)));
    world.act(Step::Suggest(session));
    assert_eq!(world.asked("configure.suggest"), 3, "a part was not read");
}

#[test]
fn only_the_newest_comparison_is_shown() {
    let mut world = World::open();
    let place = |name: &str| {
        Box::new(Place {
            function: arn(name),
            qualifier: None,
        })
    };
    let compared = |left: &str| {
        Ok(Box::new(Comparison {
            left: *place(left),
            right: *place("refund"),
            rows: Vec::new(),
            same: 25,
            notes: Vec::new(),
        }))
    };
    let session = SessionId::FIRST;
    world.act(Step::Compare(session, place("charge"), place("refund")));
    let first = world.ticket("configure.compare");
    world.send(Action::Compared(first.clone(), compared("charge")));
    assert!(world.configure().comparison().value().is_some());
    world.act(Step::Compare(session, place("other"), place("refund")));
    assert!(world.configure().comparison().value().is_none());
    world.send(Action::Compared(first, compared("charge")));
    assert!(world.configure().comparison().value().is_none());
    let ticket = world.ticket("configure.compare");
    world.send(Action::Compared(ticket, compared("other")));
    let shown = world.configure().comparison().value();
    assert_eq!(shown.expect("compared").left.function, arn("other"));
}

#[test]
fn a_draft_waits_until_its_target_is_opened_again() {
    let mut world = World::new();
    let there = world.store.sessions.current().target.clone();
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::Timeout, "0");
    world.change(&["charge"], Change::Stop(Move::ConcurrencyZero));
    let elsewhere = Target {
        region: Some("us-east-1".into()),
        ..there.clone()
    };
    world.apply(Any::Session(session::Action::Open(elsewhere)));
    assert!(world.configure().function_form(&key()).is_none());
    assert!(world.configure().review().is_none());
    assert_eq!(world.configure().drafted().count(), 0);
    world.apply(Any::Session(session::Action::Open(there)));
    world.opened();
    let session = world.store.sessions.current().id;
    let back = FunctionKey { session, ..key() };
    let function_form = world.configure().function_form(&back).expect("it is known");
    assert_eq!(
        function_form.draft().settings[&Field::Memory],
        Value::Number(1024)
    );
    assert!(
        function_form
            .refused(&Item::Setting(Field::Timeout))
            .is_some()
    );
    let loads = world.asked("configure.load");
    assert_eq!(loads, 2, "what it shows is read again");
    world.load(snapshot("charge"));
    assert!(
        world
            .configure()
            .function_form(&back)
            .is_some_and(|function_form| function_form.problems().is_empty())
    );
}
