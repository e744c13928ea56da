//! Runs, and what comes of them.

use super::*;
use crate::{
    domain::draft::record::{Progress, Record, ThreeWay},
    store::{effect::Control, overview::OVERVIEW},
};

const UPDATE: &str = "UpdateFunctionConfiguration";

/// Memory is drafted, reviewed and being applied.
fn applying() -> World {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.review(&[snapshot("charge")]);
    world.act(Step::Apply);
    world
}

fn ended(world: &mut World, part: usize, report: Report) {
    let run = world.run();
    world.send(Action::Ended(run, part, Ok(Box::new(report))));
}

#[test]
fn a_confirmed_review_becomes_a_run_of_its_session() {
    let world = applying();
    let [(id, apply)] = world.applied()[..] else {
        panic!("one run");
    };
    assert_eq!(apply.session, SessionId::FIRST);
    assert_eq!(
        apply.plans[0].draft.settings[&Field::Memory],
        Value::Number(1024)
    );
    let run = world.configure().run_of(&key()).expect("a run");
    assert_eq!((run.id, run.is_running()), (id, true));
    assert_eq!(run.title, "charge: edit");
    assert_eq!(run.parts[0].calls.len(), 1);
    assert!(world.configure().review().is_none());
    assert_eq!(world.sides(), ["memory=1024"], "until it is done");
}

#[test]
fn a_function_that_is_being_changed_is_not_changed_by_a_second_run() {
    let mut world = applying();
    world.change(&["charge"], Change::Stop(Move::PauseTriggers));
    let mut draft = Draft::default();
    draft.enable("u1", false);
    world.reviewed(vec![function_review(snapshot("charge"), &draft)]);
    world.act(Step::Apply);
    assert_eq!(world.applied().len(), 1);
    assert!(world.toast().contains("being changed"), "{}", world.toast());
    let run = world.run();
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Done)], Ended::Done),
    );
    world.send(Action::Finished(run, Memory::default()));
    world.act(Step::Apply);
    assert_eq!(world.applied().len(), 2, "the review was kept");
}

#[test]
fn what_was_done_leaves_the_draft_and_what_was_typed_meanwhile_stays() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.set(variable("LOG_LEVEL"), "debug");
    world.act(Step::Publish(key(), Some("fast".into())));
    world.review(&[snapshot("charge")]);
    world.act(Step::Apply);
    world.set(variable("LOG_LEVEL"), "trace");
    world.set_field(Field::Timeout, "9");
    let loads = world.asked("configure.load");
    let steps = [
        (UPDATE, StepState::Done),
        ("PublishVersion", StepState::Done),
    ];
    let mut done = report(&steps, Ended::Done);
    done.notes = vec!["published version 43".into()];
    ended(&mut world, 0, done);
    assert_eq!(world.sides(), ["timeout=9", "env LOG_LEVEL=trace"]);
    assert_eq!(world.function_form().draft().publish, None);
    assert_eq!(world.asked("configure.load"), loads + 1, "it is read again");
    assert_eq!(world.toast(), "charge: done (published version 43)");
    let run = world.run();
    world.send(Action::Finished(run, memory()));
    let run = world.configure().run_of(&key()).expect("a run");
    assert!(!run.is_running());
    assert_eq!(world.configure().memory().cards.len(), 1);
    assert!(world.configure().applying.is_empty(), "values are not kept");
}

#[test]
fn a_reading_that_began_before_the_end_is_not_shown() {
    let mut world = applying();
    world.act(Step::Reload(key()));
    let before = world.ticket("configure.load");
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Done)], Ended::Done),
    );
    assert_ne!(world.ticket("configure.load"), before);
    let mut old = snapshot("charge");
    old.settings.insert(Field::Timeout, Value::Number(7));
    world.send(Action::Loaded(before, key(), Ok(read(old))));
    let loaded = world.function_form().loaded().value().expect("read before");
    assert_ne!(
        loaded.snapshot.setting(Field::Timeout),
        Some(&Value::Number(7))
    );
}

#[test]
fn the_list_and_the_overview_hear_of_an_edit() {
    let mut world = World::new();
    world.apply(Any::Ui(ui::Action::Focus(OVERVIEW)));
    world.apply(Any::Functions(functions::Action::Viewport(0, 2)));
    let (states, overviews) = (
        world.asked("functions.states"),
        world.asked("overview.tags"),
    );
    assert_eq!(overviews, 1);
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::DeadLetter, "arn:aws:sqs:eu-west-1:123456789012:dlq");
    world.review(&[snapshot("charge")]);
    world.act(Step::Apply);
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Done)], Ended::Done),
    );
    let row = world.store.functions.get(&arn("charge")).expect("a row");
    assert_eq!(row.memory_mb, 1024);
    assert!(row.dead_letter.is_some());
    assert_eq!(world.asked("functions.states"), states + 1);
    assert_eq!(world.asked("overview.tags"), overviews + 1, "read again");
}

#[test]
fn a_lost_update_keeps_the_draft_and_shows_three_ways() {
    let mut world = applying();
    let rows = vec![ThreeWay {
        item: Item::Setting(Field::Memory),
        base: crate::domain::draft::Side::Plain("512".into()),
        theirs: crate::domain::draft::Side::Plain("256".into()),
        mine: None,
    }];
    let lost = report(&[(UPDATE, StepState::Failed)], Ended::Lost(rows));
    ended(&mut world, 0, lost.clone());
    assert_eq!(world.sides(), ["memory=1024"]);
    assert!(
        world.toast().contains("changed meanwhile"),
        "{}",
        world.toast()
    );
    assert!(world.toast().contains("the draft is kept"));
    let run = world.configure().run_of(&key()).expect("a run");
    let part = run.part(&arn("charge")).expect("a part");
    assert_eq!(part.end, Some(Ok(Box::new(lost))));
    let row = world.store.functions.get(&arn("charge")).expect("a row");
    assert_eq!(row.memory_mb, 512, "nothing was changed");
}

#[test]
fn a_version_that_was_published_before_a_failure_is_not_published_again() {
    let mut world = World::new();
    world.set_field(Field::ReservedConcurrency, "5");
    world.act(Step::Publish(key(), Some(String::new())));
    world.review(&[snapshot("charge")]);
    world.act(Step::Apply);
    let steps = [
        ("PublishVersion", StepState::Done),
        ("PutFunctionConcurrency", StepState::Failed),
    ];
    ended(
        &mut world,
        0,
        report(&steps, Ended::Failed("throttled".into())),
    );
    assert_eq!(world.function_form().draft().publish, None);
    assert_eq!(world.sides(), ["reserved_concurrency=5"]);
    assert!(world.toast().contains("throttled"), "{}", world.toast());
}

#[test]
fn what_was_never_sent_says_so_and_changes_nothing() {
    let mut world = applying();
    let (run, loads) = (world.run(), world.asked("configure.load"));
    world.send(Action::Ended(run, 0, Err("read-only".into())));
    assert_eq!(world.toast(), "charge is as it was: read-only");
    assert_eq!(world.sides(), ["memory=1024"]);
    assert_eq!(world.asked("configure.load"), loads);
}

#[test]
fn many_functions_are_told_of_once() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.review(&[snapshot("charge"), snapshot("refund")]);
    world.act(Step::Apply);
    let run = world.run();
    let progress = Progress {
        step: 1,
        of: 1,
        doing: UPDATE.into(),
    };
    world.send(Action::Progress(run, 0, progress.clone()));
    let shown = |world: &World| world.configure().runs()[0].parts[0].progress.clone();
    assert_eq!(shown(&world), progress);
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Done)], Ended::Done),
    );
    assert_eq!(world.toast(), "");
    world.send(Action::Progress(run, 0, Progress::default()));
    assert_eq!(shown(&world), progress, "it is over");
    let failed = Ended::Failed("blocked".into());
    ended(
        &mut world,
        1,
        report(&[(UPDATE, StepState::Failed)], failed),
    );
    assert!(world.toast().contains("refund"), "{}", world.toast());
    world.send(Action::Finished(run, Memory::default()));
    assert_eq!(world.toast(), "2 functions: edit: 1 of 2 done");
}

#[test]
fn a_run_is_stopped_and_survives_the_switch_of_its_session() {
    let mut world = applying();
    let run = world.run();
    world.act(Step::Stop(run));
    let control = Effect::Control(run, Control::Stop);
    assert_eq!(world.effects.last(), Some(&control));
    assert_eq!(world.configure().runs()[0].control, Control::Stop);
    world.apply(Any::Session(session::Action::OpenRegion(
        "us-east-1".into(),
    )));
    let (lines, runs) = world.configure().business(None, "us-east-1");
    assert_eq!((lines.len(), runs), (1, 1));
    assert!(lines[0].contains("charge: edit"), "{lines:?}");
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Left)], Ended::Stopped),
    );
    world.send(Action::Finished(run, Memory::default()));
    assert!(!world.configure().runs()[0].is_running());
    world.act(Step::Stop(run));
    assert_eq!(world.toast(), "nothing is under way");
}

#[test]
fn a_move_says_how_it_is_restored_and_quitting_names_what_is_stopped() {
    let mut world = World::new();
    world.change(&["charge"], Change::Stop(Move::PauseTriggers));
    let mut draft = Draft::default();
    draft.enable("u1", false);
    world.reviewed(vec![function_review(snapshot("charge"), &draft)]);
    world.act(Step::Apply);
    let steps = [("UpdateEventSourceMapping", StepState::Done)];
    ended(&mut world, 0, report(&steps, Ended::Done));
    assert_eq!(world.toast(), "charge: done: X r restores it");
    let run = world.run();
    world.send(Action::Finished(run, memory()));
    let (lines, runs) = world.configure().business(None, "eu-west-1");
    assert_eq!(runs, 0);
    assert_eq!(
        lines,
        ["charge is stopped and not restored: trigger orders: enabled → disabled"]
    );
    let (elsewhere, _) = world.configure().business(None, "us-east-1");
    assert_eq!(elsewhere, [""; 0]);
    let fleeting = Memory {
        is_fleeting: true,
        ..memory()
    };
    world.act(Step::Remember);
    let ticket = world.ticket("configure.remember");
    world.send(Action::Remembered(ticket, fleeting));
    let (demo, _) = world.configure().business(None, "eu-west-1");
    assert_eq!(demo, lines, "the demo account too");
}

#[test]
fn taking_a_card_away_sends_nothing_and_says_so() {
    let mut world = World::new();
    let card = card();
    world.change(&["charge"], Change::Restore(vec![card.clone()]));
    world.reviewed(vec![function_review(snapshot("charge"), &card.earlier)]);
    world.act(Step::Apply);
    ended(&mut world, 0, report(&[], Ended::Done));
    assert_eq!(
        world.toast(),
        "charge is so already: the resume card is taken away"
    );
}

#[test]
fn the_record_of_a_run_at_work_is_no_unfinished_edit() {
    let mut world = applying();
    let plan = &world.applied()[0].1.plans[0];
    let at = world.store.now;
    let own = Record::new("own", at, None, "eu-west-1", plan);
    let earlier = at - SignedDuration::from_secs(60);
    let dead = Record::new("dead", earlier, None, "eu-west-1", plan);
    world.act(Step::Remember);
    let ticket = world.ticket("configure.remember");
    let memory = Memory {
        unfinished: vec![dead, own],
        ..Memory::default()
    };
    world.send(Action::Remembered(ticket, memory));
    let unfinished = &world.configure().memory().unfinished;
    let ids: Vec<&str> = unfinished.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["dead"]);
}

#[test]
fn an_end_makes_the_activity_pane_read_its_log_again() {
    let mut world = applying();
    world.apply(Any::Ui(ui::Action::Focus(crate::store::activity::ACTIVITY)));
    let ticket = world.ticket("activity.log");
    let read = crate::store::activity::Action::Read(ticket, Err("none".into()));
    world.apply(Any::Activity(read));
    let asked = world.asked("activity.log");
    ended(
        &mut world,
        0,
        report(&[(UPDATE, StepState::Done)], Ended::Done),
    );
    assert_eq!(world.asked("activity.log"), asked + 1);
}
