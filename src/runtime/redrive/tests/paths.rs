//! Every destination and every scope, when nothing goes wrong.

use super::kit::{World, arn, end};
use crate::{
    demo::Stored,
    domain::{
        letter::decode,
        queue::QueueAttributes,
        redrive::{
            Destination, End, Scope,
            preview::{Facts, preview},
        },
        secret::Secret,
    },
    ports::Operation,
};

#[tokio::test(start_paused = true)]
async fn every_letter_goes_back_to_its_queue_with_three_calls_for_ten() {
    let mut world = World::new(false);
    world.seed(200, 0);
    let plan = world.plan();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.read, last.tally.moved), (200, 200));
    assert!(last.tally.adds_up() && last.tally.is_clean());
    world.account(&last, "happy");
    assert!(world.bodies(&world.dlq).is_empty());
    let calls = |operation| world.provider.calls(operation);
    assert_eq!(calls(Operation::SendMessageBatch), 20);
    assert_eq!(calls(Operation::DeleteMessageBatch), 20);
    // The queue is empty when long polls say so.
    assert!(calls(Operation::ReceiveMessage) <= 20 + 4 + 2);
    assert!(!world.is_unfinished(&plan));
    let journal = super::kit::text(&world.journals().path(&plan.id).expect("a path"));
    assert!(journal.contains("sent_as") && !journal.contains("\\\"n\\\""));
}

/// A failure record that holds no event stays, in the dry run and in the run; a queue that is named
/// takes it.
#[tokio::test(start_paused = true)]
async fn a_record_without_an_event_goes_to_a_queue_that_is_named_and_to_no_other() {
    let record = "{\"context\":{\"condition\":\"RetryAttemptsExhausted\"},\"KinesisBatchInfo\":{\"shardId\":\"s\"}}";
    let mut world = World::new(false);
    world.seed(3, 0);
    world
        .session
        .create_queue("records", QueueAttributes::default());
    let moved = Stored {
        source: Some(arn(&world.main)),
        ..Stored::of(record)
    };
    world.session.put(&world.dlq, [moved]);
    let plan = world.plan();
    let held = world.hold(4).await;
    let known = world.known();
    let letters: Vec<_> = held
        .iter()
        .map(|held| decode(held.message.clone(), &known))
        .collect();
    let dry_run = preview(&plan, &letters, &Facts::default());
    let reasons: Vec<&String> = dry_run.refused.reasons.keys().collect();
    assert_eq!((dry_run.fits, reasons.len()), (4, 1));
    assert!(reasons[0].contains("positions"));
    tokio::time::sleep(std::time::Duration::from_secs(121)).await;
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!((last.tally.moved, last.tally.failed), (3, 1), "{last:?}");
    assert_eq!(last.failures[0].reason, *reasons[0]);
    assert!(world.bodies(&world.dlq).contains_key(record));
    let mut named = world.plan();
    named.id = "20261120T023000-eeeeeeee".into();
    named.destination = world.to_queue(&world.main);
    let last = world.run(&named, Vec::new()).await.expect("no crash");
    assert_eq!(
        (last.tally.moved, last.tally.failed),
        (0, 1),
        "its own source: {last:?}"
    );
    named.id = "20261120T023000-ffffffff".into();
    named.destination = world.to_queue("records");
    let last = world.run(&named, Vec::new()).await.expect("no crash");
    assert_eq!((last.tally.moved, last.tally.failed), (1, 0), "{last:?}");
    assert!(world.bodies("records").contains_key(record));
}

#[tokio::test(start_paused = true)]
async fn a_selection_goes_to_another_queue_with_its_edits_and_nothing_else_moves() {
    let mut world = World::new(false);
    world.seed(20, 0);
    world
        .session
        .create_queue("other", QueueAttributes::default());
    let held = world.hold(20).await;
    let mut plan = world.plan();
    plan.destination = world.to_queue("other");
    plan.scope = World::selection(&held[..7]);
    if let Scope::Selection(chosen) = &mut plan.scope {
        chosen[0].edited = Some(Secret::new("{\"edited\":true}".into()));
    }
    let last = world.run(&plan, held).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    let tally = last.tally;
    assert_eq!(
        (tally.read, tally.moved, tally.released, tally.edited),
        (20, 7, 13, 1)
    );
    let other = world.bodies("other");
    assert!(
        other.len() == 7 && other.contains_key("{\"edited\":true}"),
        "{other:?}"
    );
    assert_eq!(world.bodies(&world.dlq).len(), 13);
    // What was released can be received at once.
    assert_eq!(world.hold(13).await.len(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_filter_takes_what_fits_edits_it_and_gives_the_rest_back_at_the_end() {
    let mut world = World::new(false);
    world.seed(30, 0);
    let mut plan = world.plan();
    plan.scope = Scope::Standing {
        filter: Some("jq:.n >= 20".into()),
        limit: None,
    };
    plan.edit = Some(".n += 100".into());
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(
        (last.tally.moved, last.tally.released, last.tally.edited),
        (10, 20, 10)
    );
    assert!(
        world.bodies(&world.main).contains_key("{\"n\":129}"),
        "{:?}",
        world.bodies(&world.main)
    );
    assert_eq!(world.bodies(&world.dlq).len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_limit_takes_exactly_so_many() {
    let mut world = World::new(false);
    world.seed(40, 0);
    let mut plan = world.plan();
    plan.scope = Scope::Standing {
        filter: None,
        limit: Some(13),
    };
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!(last.tally.moved, 13);
    assert_eq!(world.bodies(&world.dlq).len(), 27);
}

#[tokio::test(start_paused = true)]
async fn letters_are_deleted_where_that_is_the_plan() {
    let mut world = World::new(false);
    world.seed(25, 0);
    let mut plan = world.plan();
    plan.destination = Destination::Delete;
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.deleted, last.tally.moved), (25, 0));
    assert!(world.bodies(&world.dlq).is_empty() && world.bodies(&world.main).is_empty());
}

#[tokio::test(start_paused = true)]
async fn letters_are_given_to_a_function_each_by_an_invoke() {
    let mut world = World::new(false);
    world.seed(12, 0);
    let mut plan = world.plan();
    plan.destination = Destination::Invoke {
        function: crate::domain::function::Arn::new(
            "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge",
        ),
        qualifier: None,
    };
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 12, "{last:?}");
    assert_eq!(world.provider.calls(Operation::Invoke), 12);
    let known = last.known().expect("12 were sent");
    assert!(known.contains("12 accepted"), "{known}");
    assert!(!last.is_conclusive(), "202 says nothing of how it ran");
    assert!(world.bodies(&world.dlq).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_go_stays_and_says_why() {
    let mut world = World::new(false);
    world.seed(3, 0);
    let sent_ms = world.clock.now().as_millisecond() - 60_000;
    let orphan = Stored {
        sent_ms,
        ..Stored::of("no source")
    };
    let gone = Stored {
        sent_ms,
        source: Some(arn("was-deleted")),
        ..Stored::of("its queue is gone")
    };
    world.session.put(&world.dlq, [orphan, gone]);
    let plan = world.plan();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.moved, last.tally.failed), (3, 2));
    let reasons: Vec<&str> = last.failures.iter().map(|f| f.reason.as_str()).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("which queue")),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|reason| reason.contains("is not there")),
        "{reasons:?}"
    );
    assert_eq!(world.hold(2).await.len(), 2, "given back at once");
}

#[tokio::test(start_paused = true)]
async fn fifo_goes_in_order() {
    let mut world = World::new(true);
    world.seed(45, 3);
    let plan = world.plan();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!(last.tally.moved, 45);
    let stored = world.session.contents(&world.main).expect("a queue");
    for group in ["g0", "g1", "g2"] {
        let sent: Vec<&str> = stored
            .iter()
            .filter(|stored| stored.group.as_deref() == Some(group))
            .map(|stored| &**stored.body.reveal())
            .collect();
        let numbers: Vec<u32> = sent
            .iter()
            .filter_map(|body| {
                body.trim_matches(|c: char| !c.is_ascii_digit())
                    .parse()
                    .ok()
            })
            .collect();
        assert!(
            numbers.len() == 15 && numbers.is_sorted(),
            "{group}: {numbers:?}"
        );
    }
}
