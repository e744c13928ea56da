//! What SQS shows again though it was deleted: standard queues deliver at least once, and a delete
//! by an older handle is answered with success without deleting (SQS API).

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{
    super::{
        Held, Start,
        engine::{Engine, Event},
        first_progress, operation, summary,
    },
    kit::{World, arn, end},
};
use crate::{
    demo::Faults,
    domain::{
        queue::{Message, Outgoing, Receive},
        redrive::{
            End, Key, Plan, Record, Target,
            ledger::State,
            record::{Arrival, Arrived, Claim, Going, Sending},
        },
    },
    ports::{ErrorKind, Operation, Queues as _},
    runtime::{gate::Intention, journal::Tombstones},
    store::effect::Control,
};

/// The engine as it takes up the journal of a process that died when the destination had this
/// letter, and its delete was about to go.
async fn sent(world: &World, plan: &Plan, letter: &Held) -> Engine {
    let id = &letter.message.id;
    let to = Target::Queue(arn(&world.main));
    let outgoing = Outgoing {
        body: letter.message.body.clone(),
        attributes: Vec::new(),
        group: None,
        deduplication_id: None,
        trace: None,
    };
    let url = world.url(&world.main);
    let answers = world.session.send_batch(&url, &[outgoing]).await;
    let sent_as = answers.expect("sent")[0].as_ref().expect("sent").id.clone();
    let at = world.clock.now();
    let journal = world.journals().create(plan).expect("a journal");
    let records = vec![
        Record::Claimed(Box::new(Claim {
            message: Arc::new(letter.message.clone()),
            until: letter.until,
            to: to.clone(),
            content: None,
            is_edited: false,
            is_inferred: false,
        })),
        Record::Sending(Sending {
            at,
            batch: 1,
            to: to.clone(),
            letters: vec![Going {
                id: Arc::clone(id),
                deduplication_id: None,
            }],
            is_synchronous: false,
        }),
        Record::Sent(Arrival {
            at,
            to,
            letters: vec![Arrived {
                id: Arc::clone(id),
                sent_as,
                content: Key::of(letter.message.body.reveal()),
            }],
        }),
    ];
    journal.persist(records).await.expect("written");
    drop(journal);
    taken_up(world, plan).await
}

async fn taken_up(world: &World, plan: &Plan) -> Engine {
    let (journal, replay) = world.open(&plan.id).await;
    let gate = world.gate();
    let intention = Intention {
        operation: operation(plan),
        target: plan.source.to_string(),
        summary: summary(plan, &journal),
        command: String::new(),
    };
    let warrant = gate.announce(intention).await.expect("allowed");
    let start = Start::resumed(replay, world.source(), world.known(), Tombstones::nowhere());
    let (progress, _) = watch::channel(first_progress(&start, world.clock.now()));
    Engine::new(gate, world.clock.clone(), journal, warrant, start, progress)
}

/// SQS delivers once more what is in flight or was deleted.
async fn repeated(world: &World) -> Message {
    world.inject(Faults {
        repeat_one_in: Some(1),
        ..Faults::default()
    });
    let receive = Receive {
        max: 1,
        visibility_s: 180,
        wait_s: 0,
    };
    let url = world.url(&world.dlq);
    let mut messages = world.session.receive(&url, receive).await.expect("works");
    world.inject(Faults::default());
    assert_eq!(messages.len(), 1, "nothing to repeat");
    messages.remove(0)
}

fn arrives(engine: &mut Engine, message: Message) {
    let now = engine.clock.now();
    engine.flying += 1;
    engine.intake.receives += 1;
    engine.on_received(now, Ok(vec![message]), now);
}

/// The delete under way, and what flies beside it, is answered.
async fn deleted(engine: &mut Engine) {
    loop {
        let event = engine.requests.join_next().await.expect("one is under way");
        let event = event.expect("no panic");
        let is_delete = matches!(event, Event::Deleted { .. });
        engine.handle(event);
        if is_delete {
            return;
        }
    }
}

fn goes_on() -> watch::Receiver<Control> {
    watch::channel(Control::Resume).1
}

#[tokio::test(start_paused = true)]
async fn a_delete_by_an_older_handle_does_not_count() {
    let mut world = World::new(false);
    world.seed(1, 0);
    let mut plan = world.plan();
    plan.destination = world.to_queue(&world.main);
    let letter = world.hold(1).await.remove(0);
    let id = Arc::clone(&letter.message.id);
    let mut engine = sent(&world, &plan, &letter).await;
    // It is received once more; the answer comes when the delete is on its way already.
    let again = repeated(&world).await;
    engine.delete(world.clock.now());
    arrives(&mut engine, again);
    deleted(&mut engine).await;
    assert!(
        !world.bodies(&world.dlq).is_empty(),
        "SQS must have said yes and done nothing"
    );
    assert_eq!(engine.ledger.state(&id), Some(State::Sent));
    let last = engine.run(goes_on()).await.0;
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.moved, last.tally.undeleted), (1, 0), "{last:?}");
    assert!(world.bodies(&world.dlq).is_empty(), "{last:?}");
    world.account(&last, "an older handle");
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_again_after_its_delete_is_named_until_it_is_deleted_again() {
    let mut world = World::new(false);
    world.seed(1, 0);
    let mut plan = world.plan();
    plan.destination = world.to_queue(&world.main);
    let letter = world.hold(1).await.remove(0);
    let id = Arc::clone(&letter.message.id);
    let mut engine = sent(&world, &plan, &letter).await;
    engine.delete(world.clock.now());
    deleted(&mut engine).await;
    assert_eq!(engine.ledger.state(&id), Some(State::Deleted));
    assert!(world.bodies(&world.dlq).is_empty());
    let again = repeated(&world).await;
    world.inject(Faults {
        deny: vec![Operation::DeleteMessageBatch],
        ..Faults::default()
    });
    arrives(&mut engine, again);
    let last = engine.run(goes_on()).await.0;
    assert!(matches!(end(&last), End::Broken(_)), "{last:?}");
    assert_eq!((last.tally.moved, last.tally.undeleted), (0, 1), "{last:?}");
    assert_eq!(last.undeleted, [id]);
    world.account(&last, "in both");

    // It is hidden by us, and no empty queue says that it is gone.
    world.inject(Faults::default());
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.moved, last.tally.undeleted), (1, 0), "{last:?}");
    assert!(world.bodies(&world.dlq).is_empty(), "{last:?}");
    world.account(&last, "deleted again");
}

/// A send whose outcome is unknown, and a second one that surely did not go: the first counts, also
/// for whoever resumes when the queue has forgotten the deduplication id.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_not_forgotten_for_a_refusal_that_follows() {
    let mut world = World::new(true);
    world.seed(1, 1);
    let plan = world.plan();
    let fails = |kind| {
        world.inject(Faults {
            fail: vec![(Operation::SendMessageBatch, kind)],
            ..Faults::default()
        });
    };
    let journal = world.journals().path(&plan.id).expect("a path");
    let sends = || {
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        text.matches("{\"sending\"").count()
    };
    let (control, steered) = watch::channel(Control::Resume);
    let stops = async {
        fails(ErrorKind::Interrupted);
        while sends() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        fails(ErrorKind::Throttled);
        let so_far = sends();
        while sends() < so_far + 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        control.send_replace(Control::Stop);
    };
    let (last, ()) = tokio::join!(world.run_steered(&plan, Vec::new(), steered), stops);
    assert_eq!(end(&last.expect("no crash")), &End::Stopped);
    world.inject(Faults::default());
    tokio::time::sleep(Duration::from_mins(10)).await;
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    let (id, _) = &world.seeded[0];
    assert_eq!(last.duplicates, [Arc::clone(id)], "{last:?}");
}
