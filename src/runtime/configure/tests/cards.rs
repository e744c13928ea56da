//! Resume cards, and what is told of edits that did not end.

use super::*;
use crate::domain::draft::stop::Move;

const ORDERS: &str = "orders-consumer";

async fn stop_with(world: &World, stop: &Move) -> Report {
    let plan = stopping(world, stop).await;
    let cards = Cards::Leaves(stop.clone());
    let stop = CancellationToken::new();
    let report = world.apply_with(&plan, &stop, Some(&cards)).await;
    report.expect("applied")
}

async fn stopping(world: &World, stop: &Move) -> Plan {
    let base = world.now(ORDERS).await;
    let draft = stop.draft(&base, &[]).expect("something to stop");
    Plan::new(base, draft).expect("a plan")
}

async fn restore(world: &World) -> Report {
    let cards = world.files.cards();
    let ids = cards.iter().map(|card| card.id.clone()).collect();
    let plan = world.plan(ORDERS, cards[0].earlier.clone()).await;
    let restores = Cards::Restores(ids);
    let stop = CancellationToken::new();
    let report = world.apply_with(&plan, &stop, Some(&restores)).await;
    report.expect("applied")
}

#[tokio::test(start_paused = true)]
async fn a_card_is_there_before_the_first_call_and_gone_when_it_was_restored() {
    let world = World::new();
    let before = world.now(ORDERS).await;
    world.provider.inject(Faults {
        hang: vec![Operation::UpdateEventSourceMapping],
        ..Faults::default()
    });
    let plan = stopping(&world, &Move::PauseTriggers).await;
    let cards = Cards::Leaves(Move::PauseTriggers);
    let stop = CancellationToken::new();
    let reached = async {
        while world.provider.calls(Operation::UpdateEventSourceMapping) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = world.apply_with(&plan, &stop, Some(&cards)) => panic!("it hangs"),
        () = reached => {}
    }
    // The process died in the first call.
    let [card] = world.files.cards().try_into().expect("one card");
    assert_eq!(card.stop, Move::PauseTriggers);
    assert!(card.words[0].contains("enabled → disabled"), "{card:?}");
    assert_eq!(world.files.unfinished().len(), 1);

    world.provider.inject(Faults::default());
    let report = stop_with(&world, &Move::PauseTriggers).await;
    assert_eq!(report.ended, Ended::Done);
    assert_eq!(world.files.cards(), [card], "the earliest counts");
    let report = restore(&world).await;
    assert_eq!(report.ended, Ended::Done, "{report:?}");
    assert!(world.files.cards().is_empty());
    assert_eq!(
        world.now(ORDERS).await.mappings[0].state,
        before.mappings[0].state
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_keeps_the_earliest_state() {
    let world = World::new();
    let was = world.now(ORDERS).await;
    let was = was.setting(Field::ReservedConcurrency).cloned();
    stop_with(&world, &Move::ConcurrencyZero).await;
    let by_hand = world.plan(ORDERS, words(&["reserved_concurrency=9"])).await;
    world.apply(&by_hand).await.expect("applied");
    stop_with(&world, &Move::ConcurrencyZero).await;
    let cards = world.files.cards();
    assert_eq!(cards.len(), 1);
    let earlier = cards[0].earlier.settings.get(&Field::ReservedConcurrency);
    assert_eq!(earlier.cloned(), was);
    restore(&world).await;
    let now = world.now(ORDERS).await;
    assert_eq!(now.setting(Field::ReservedConcurrency).cloned(), was);
}

#[tokio::test(start_paused = true)]
async fn a_move_that_did_nothing_leaves_no_card() {
    let world = World::new();
    world.provider.inject(Faults {
        deny: vec![Operation::StopFunction],
        ..Faults::default()
    });
    let report = stop_with(&world, &Move::ConcurrencyZero).await;
    assert!(matches!(report.ended, Ended::Failed(_)), "{report:?}");
    assert!(world.files.cards().is_empty());
    // A lost answer leaves a doubt, and the card.
    let plan = stopping(&world, &Move::ConcurrencyZero).await;
    world.provider.inject(Faults {
        fail: vec![
            (Operation::StopFunction, ErrorKind::Interrupted),
            (Operation::GetFunctionConcurrency, ErrorKind::Denied),
        ],
        ..Faults::default()
    });
    let unread = world.apply(&plan).await.expect("tried");
    assert!(
        matches!(unread.ended, Ended::Failed(_)),
        "what it replaces cannot be read"
    );
}

/// A call that nothing is seen of may still come: the way to restore it stays.
#[tokio::test(start_paused = true)]
async fn a_stop_whose_answer_never_came_leaves_its_card() {
    let world = World::new();
    world.provider.inject(Faults {
        hang: vec![Operation::StopFunction],
        ..Faults::default()
    });
    let report = stop_with(&world, &Move::ConcurrencyZero).await;
    assert!(matches!(report.ended, Ended::Unknown(_)), "{report:?}");
    assert_eq!(world.files.cards().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_card_holds_no_variable() {
    let world = World::new();
    let mut plan = stopping(&world, &Move::ConcurrencyZero).await;
    let value = crate::domain::secret::Secret::new("hunter2".to_owned());
    plan.draft
        .environment
        .insert("API_KEY".into(), Some(value.clone()));
    plan.base.environment = Environment::Variables(vec![("API_KEY".into(), value)]);
    let cards = Cards::Leaves(Move::ConcurrencyZero);
    let stop = CancellationToken::new();
    let report = world.apply_with(&plan, &stop, Some(&cards)).await;
    let id = report.expect("applied").id;
    let file = world.directory.path().join(format!("resume/{id}.json"));
    let text = std::fs::read_to_string(file).expect("a card");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn without_its_card_nothing_is_stopped() {
    let world = World::new();
    std::fs::write(world.directory.path().join("resume"), "in the way").expect("written");
    let plan = stopping(&world, &Move::ConcurrencyZero).await;
    let cards = Cards::Leaves(Move::ConcurrencyZero);
    let stop = CancellationToken::new();
    let refused = world.apply_with(&plan, &stop, Some(&cards)).await;
    let error = refused.expect_err("refused");
    assert!(error.message.contains("the resume card"), "{error}");
    assert_eq!(world.provider.calls(Operation::StopFunction), 0);
    assert!(world.files.unfinished().is_empty(), "it is closed");
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_what_is_so_already_takes_the_card_away_without_a_call() {
    let world = World::new();
    stop_with(&world, &Move::ConcurrencyZero).await;
    let by_hand = world
        .plan(ORDERS, world.files.cards()[0].earlier.clone())
        .await;
    world.apply(&by_hand).await.expect("applied");
    let lines = world.activity().lines().count();
    let report = restore(&world).await;
    assert_eq!((report.ended, report.steps.len()), (Ended::Done, 0));
    assert!(world.files.cards().is_empty());
    assert_eq!(world.activity().lines().count(), lines);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_is_being_carried_out_is_not_unfinished() {
    for in_memory in [Some(StateFiles::in_memory()), None] {
        let mut world = World::new();
        if let Some(files) = in_memory {
            world.files = files;
        }
        world.provider.inject(Faults {
            hang: vec![Operation::UpdateFunctionConfiguration],
            ..Faults::default()
        });
        let plan = world.plan(CHARGE, words(&["memory=1024"])).await;
        let looking = async {
            while world.provider.calls(Operation::UpdateFunctionConfiguration) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            world.files.unfinished()
        };
        let underway = tokio::select! {
            _ = world.apply(&plan) => panic!("it hangs"),
            underway = looking => underway,
        };
        assert_eq!(underway, [], "its process lives");
        let [left] = world
            .files
            .unfinished()
            .try_into()
            .expect("its process died");
        assert_eq!(left.steps[0].state, StepState::Sent);
        world
            .files
            .close(&left.id, "finished by another")
            .expect("closed");
        assert!(world.files.unfinished().is_empty());
    }
}

#[test]
fn a_damaged_file_is_told_without_its_values() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let changes = directory.path().join("changes");
    std::fs::create_dir(&changes).expect("made");
    std::fs::write(changes.join("1-a.json"), r#"{"id": 7, "at": "hunter2"}"#).expect("written");
    let resume = directory.path().join("resume");
    std::fs::create_dir(&resume).expect("made");
    std::fs::write(resume.join("1-b.json"), "{").expect("written");
    let files = StateFiles::under(directory.path());
    files.prune("2040-01-01T00:00:00Z".parse().expect("a time"));
    let problem = files.left().problem.expect("a problem");
    assert!(
        problem.contains("1-a.json") && problem.contains("1-b.json"),
        "{problem}"
    );
    let error = files.record("1-a").expect_err("damaged").to_string();
    assert!(
        !problem.contains("hunter2") && !error.contains("hunter2"),
        "{problem} {error}"
    );
}
