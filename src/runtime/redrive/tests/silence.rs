//! Queues that do not answer, or refuse every call: the plan ends in a known time and keeps its
//! journal.

use std::time::Duration;

use tokio::sync::watch;

use super::{
    super::{Start, execute, first_progress},
    kit::{World, end},
};
use crate::{
    demo::Faults,
    domain::redrive::{End, Progress},
    ports::{ErrorKind, Operation},
    store::effect::Control,
};

/// A redrive of 20 letters under faults: how it ended, and what was said of waits.
async fn run(world: &World, faults: Faults, patience: Option<Duration>) -> (Progress, Vec<String>) {
    let plan = world.plan();
    world.inject(faults);
    let journals = world.journals();
    let journal = journals.create(&plan).expect("a journal");
    let tombstones = journals.tombstones(&plan.source, &plan.id);
    let tombstones = tombstones.expect("readable");
    let start = Start::fresh(
        plan.clone(),
        world.source(),
        Vec::new(),
        world.known(),
        tombstones,
    );
    let (progress, _told) = watch::channel(first_progress(&start, world.clock.now()));
    let control = watch::channel(Control::Resume).1;
    let gate = std::sync::Arc::into_inner(world.gate()).expect("nobody else has it");
    let gate = std::sync::Arc::new(gate.patient(patience));
    let mut waits = gate.waits();
    let clock = world.clock.clone();
    let mut running = Box::pin(execute(gate, clock, journal, start, control, progress));
    let mut said = Vec::new();
    let last = loop {
        tokio::select! {
            last = &mut running => break last,
            Ok(()) = waits.changed() => said.extend(waits.borrow_and_update().line()),
        }
    };
    said.dedup();
    assert_eq!(
        waits.borrow().line(),
        None,
        "nothing is waited for any more"
    );
    world.inject(Faults::default());
    (last, said)
}

/// It can be resumed, and then nothing is lost.
async fn resumes(world: &World, last: &Progress) {
    let plan = world.plan();
    assert!(world.is_unfinished(&plan));
    world.account(last, "before");
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 20);
    world.account(&last, "after");
}

fn seeded() -> World {
    let mut world = World::new(false);
    world.seed(20, 0);
    world
}

#[tokio::test(start_paused = true)]
async fn a_plan_whose_every_receive_fails_ends_within_half_a_minute() {
    for faults in [
        Faults {
            hang: vec![Operation::ReceiveMessage],
            ..Faults::default()
        },
        Faults {
            fail: vec![(Operation::ReceiveMessage, ErrorKind::Network)],
            ..Faults::default()
        },
        Faults {
            fail: vec![(Operation::ReceiveMessage, ErrorKind::Service)],
            ..Faults::default()
        },
    ] {
        let world = seeded();
        let is_an_answer = faults
            .fail
            .iter()
            .any(|(_, kind)| *kind == ErrorKind::Service);
        let begun = world.clock.now();
        let (last, said) = run(&world, faults.clone(), None).await;
        let took = world.clock.now().duration_since(begun).as_secs();
        assert!(took <= 30, "{took} s: {faults:?}");
        let End::Broken(why) = end(&last) else {
            panic!("{last:?}")
        };
        assert!(
            why.contains("ReceiveMessage") && why.contains("dlq resume"),
            "{why}"
        );
        assert_eq!(said.is_empty(), is_an_answer, "{said:?}");
        for line in said {
            assert!(
                line.contains("ReceiveMessage: no answer yet, try "),
                "{line}"
            );
            assert!(line.ends_with("gives up at 02:30:20 UTC"), "{line}");
        }
        resumes(&world, &last).await;
    }
}

#[tokio::test(start_paused = true)]
async fn under_steady_throttling_it_says_that_it_waits_and_stops_when_its_time_is_over() {
    for (patience, minutes) in [(None, 5), (Some(Duration::from_mins(2)), 2)] {
        let world = seeded();
        let begun = world.clock.now();
        let faults = Faults {
            fail: vec![(Operation::ReceiveMessage, ErrorKind::Throttled)],
            ..Faults::default()
        };
        let (last, said) = run(&world, faults, patience).await;
        let took = world.clock.now().duration_since(begun).as_secs();
        assert!(
            (minutes * 60..minutes * 60 + 60).contains(&took),
            "{took} s"
        );
        let End::Broken(why) = end(&last) else {
            panic!("{last:?}")
        };
        assert!(why.contains("dlq resume"), "{why}");
        assert!(
            said[0].contains("too many calls, waiting until"),
            "{said:?}"
        );
        resumes(&world, &last).await;
    }
}

/// Sends that are refused say nothing of receives: the leases are kept meanwhile.
#[tokio::test(start_paused = true)]
async fn sends_that_are_refused_for_ever_stop_it_too() {
    let world = seeded();
    let begun = world.clock.now();
    let faults = Faults {
        fail: vec![(Operation::SendMessageBatch, ErrorKind::Throttled)],
        ..Faults::default()
    };
    let (last, _) = run(&world, faults, None).await;
    let took = world.clock.now().duration_since(begun).as_secs();
    assert!((300..420).contains(&took), "{took} s");
    assert!(matches!(end(&last), End::Broken(_)), "{last:?}");
    assert_eq!(last.tally.moved, 0);
    resumes(&world, &last).await;
}

#[tokio::test(start_paused = true)]
async fn a_short_silence_is_gone_through() {
    let world = seeded();
    let plan = world.plan();
    world.inject(Faults {
        hang: vec![Operation::ReceiveMessage],
        ..Faults::default()
    });
    let heals = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        world.inject(Faults::default());
    };
    let (last, ()) = tokio::join!(world.run(&plan, Vec::new()), heals);
    let last = last.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 20);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_leases_to_end_says_until_when() {
    let mut world = World::new(false);
    world.seed(30, 0);
    world.inject(Faults {
        crash_at: Some(9),
        ..Faults::default()
    });
    let plan = world.plan();
    assert!(world.run(&plan, Vec::new()).await.is_none(), "it dies");
    world.inject(Faults::default());
    let (journal, replay) = world.open(&plan.id).await;
    let tombstones = world.journals().tombstones(&plan.source, &plan.id);
    let tombstones = tombstones.expect("readable");
    let start = Start::resumed(replay, world.source(), world.known(), tombstones);
    let (progress, mut told) = watch::channel(first_progress(&start, world.clock.now()));
    let control = watch::channel(Control::Resume).1;
    let (gate, clock) = (world.gate(), world.clock.clone());
    let run = execute(gate, clock, journal, start, control, progress);
    let watched = async {
        let mut waits = Vec::new();
        while told.changed().await.is_ok() {
            waits.extend(told.borrow_and_update().awaits);
        }
        waits
    };
    let (last, waits) = tokio::join!(run, watched);
    assert_eq!(last.tally.moved, 30, "{last:?}");
    let until = *waits.first().expect("it says that it waits");
    assert!(waits.iter().all(|one| *one >= until) && until <= world.clock.now());
    assert_eq!(last.awaits, None);
}
