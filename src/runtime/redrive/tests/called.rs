//! A canary that is invoked synchronously: its answer is the verdict.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::kit::{World, end};
use crate::{
    demo::{Faults, Stored},
    domain::{
        function::Arn,
        queue::{AttributeValue, MessageAttribute},
        redrive::{Destination, End, Plan},
    },
    ports::Operation,
    store::effect::Control,
};

/// What the function takes.
const GOOD: &str = r#"{"order":"o-1","amount":90,"card":"…1111"}"#;
/// What it declines.
const BAD: &str = r#"{"order":"o-2","amount":"5000","card":"…2222"}"#;

fn attribute(name: &str, value: &str) -> (String, MessageAttribute) {
    let attribute = MessageAttribute {
        data_type: "String".to_owned(),
        value: AttributeValue::Text(value.to_owned().into()),
    };
    (name.to_owned(), attribute)
}

/// Letters of an asynchronous invoke with these bodies, the oldest first, and a plan that invokes the function with them.
fn world(bodies: &[&str]) -> (World, Plan) {
    let mut world = World::new(false);
    let sent_ms = world.clock.now().as_millisecond() - 60_000;
    let letters = bodies.iter().enumerate().map(|(number, body)| Stored {
        sent_ms: sent_ms + number as i64,
        attributes: vec![
            attribute("RequestID", "4a7f1dab-76f8"),
            attribute("ErrorMessage", "no"),
        ],
        ..Stored::of((*body).to_owned())
    });
    let ids = world.session.put(&world.dlq, letters.collect::<Vec<_>>());
    let bodies = bodies.iter().map(|body| (*body).to_owned());
    world.seeded.extend(ids.into_iter().zip(bodies));
    let mut plan = world.plan();
    plan.destination = Destination::Invoke {
        function: Arn::new("arn:aws:lambda:eu-west-1:000000000000:function:payments-charge"),
        qualifier: None,
    };
    plan.pace.canary = true;
    plan.canary_timeout_s = Some(30);
    (world, plan)
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_is_the_verdict_at_once() {
    let (world, plan) = world(&[GOOD; 12]);
    let begun = world.clock.now();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 12, "{last:?}");
    assert_eq!(world.provider.calls(Operation::Invoke), 12);
    let took = world.clock.now().duration_since(begun).as_secs();
    assert!(took < 60, "nobody waited for it to come back: {took} s");
    assert!(world.bodies(&world.dlq).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_a_function_error_deletes_nothing_and_stops_it() {
    let (world, plan) = world(&[BAD; 5]);
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    let End::CanaryFailed(why) = end(&last) else {
        panic!("{last:?}");
    };
    assert!(why.contains("answered with an error"), "{why}");
    assert_eq!(world.provider.calls(Operation::Invoke), 1);
    assert_eq!((last.tally.moved, last.tally.failed), (0, 1), "{last:?}");
    assert!(last.tally.adds_up(), "{last:?}");
    assert_eq!(world.bodies(&world.dlq)[BAD], 5);
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_unknown_and_neither_asked_again_nor_deleted() {
    let (world, plan) = world(&[GOOD; 5]);
    world.inject(Faults {
        cut_after: Some(Duration::from_millis(5)),
        ..Faults::default()
    });
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    let End::CanaryFailed(why) = end(&last) else {
        panic!("{last:?}");
    };
    assert!(why.contains("whether the function ran is unknown"), "{why}");
    assert_eq!(world.provider.calls(Operation::Invoke), 1);
    assert_eq!(last.tally.duplicates, 1, "it is named: {last:?}");
    assert_eq!(world.bodies(&world.dlq)[GOOD], 5);
    // Nor when the plan is resumed.
    world.inject(Faults::default());
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!((last.tally.moved, last.tally.failed), (4, 1), "{last:?}");
    assert_eq!(world.provider.calls(Operation::Invoke), 5);
    assert_eq!(world.bodies(&world.dlq)[GOOD], 1);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_no_verdict() {
    let (world, plan) = world(&[GOOD; 3]);
    world.inject(Faults {
        fail: vec![(Operation::Invoke, crate::ports::ErrorKind::Throttled)],
        ..Faults::default()
    });
    let relent = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        world.inject(Faults::default());
    };
    let (last, ()) = tokio::join!(world.run(&plan, Vec::new()), relent);
    let last = last.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!((last.tally.moved, last.tally.failed), (3, 0), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn every_letter_of_every_step_must_answer_well() {
    let (world, mut plan) = world(&[GOOD, GOOD, BAD, GOOD, GOOD, GOOD]);
    plan.pace.canary_steps = vec![1, 3];
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
    let calls = world.provider.calls(Operation::Invoke);
    assert!((2..=4).contains(&calls), "one, then three at most: {calls}");
    assert!(last.tally.adds_up(), "{last:?}");
    assert_eq!(world.bodies(&world.dlq).get(BAD), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn steps_in_a_queue_are_waited_for_one_by_one() {
    let mut world = World::new(false);
    world.seed(40, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    plan.pace.canary_steps = vec![1, 5];
    let begun = world.clock.now();
    let (_steer, control) = watch::channel(Control::Resume);
    let looked = async {
        let mut seen = Vec::new();
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            seen.push(world.bodies(&world.main).len());
        }
        seen.dedup();
        assert!(seen.starts_with(&[1, 6]), "one, then five more: {seen:?}");
    };
    let (last, ()) = tokio::join!(world.run_steered(&plan, Vec::new(), control), looked);
    let last = last.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 40, "{last:?}");
    assert!(world.clock.now().duration_since(begun).as_secs() >= 180);
}

#[tokio::test(start_paused = true)]
async fn on_fifo_nothing_overtakes_what_failed_when_the_plan_is_resumed() {
    let mut world = World::new(true);
    world.seed(12, 1);
    let mut plan = world.plan();
    plan.destination = Destination::Invoke {
        function: Arn::new("arn:aws:lambda:eu-west-1:000000000000:function:payments-charge"),
        qualifier: None,
    };
    plan.pace.canary = true;
    plan.canary_timeout_s = Some(30);
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
    let calls = world.provider.calls(Operation::Invoke);
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(last.tally.moved, 0, "{last:?}");
    assert_eq!(world.provider.calls(Operation::Invoke), calls, "{last:?}");
}

/// Killed at every step, and resumed: no letter is called twice unless its first call is known not
/// to have gone, none is deleted without a good answer, and what is unknown is named.
#[test]
fn killed_at_any_step_a_canary_is_never_called_again() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
    };
    for k in 1.. {
        let has_died = runtime().block_on(async {
            let (world, plan) = world(&[GOOD; 3]);
            world.inject(Faults {
                crash_at: Some(k),
                ..Faults::default()
            });
            let mut last = world.run(&plan, Vec::new()).await;
            let has_died = last.is_none();
            world.inject(Faults::default());
            if has_died {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if !world.is_unfinished(&plan) {
                    return has_died;
                }
                last = world.resume(&plan.id).await;
            }
            let last = last.expect("it was resumed");
            assert_eq!(end(&last), &End::Complete, "killed at {k}: {last:?}");
            assert!(last.tally.adds_up(), "killed at {k}: {last:?}");
            let left: u64 = world.bodies(&world.dlq).values().sum();
            assert_eq!(left, last.tally.failed, "killed at {k}: {last:?}");
            let named: Vec<&Arc<str>> = last.failures.iter().map(|one| &one.id).collect();
            assert_eq!(named.len() as u64, last.tally.failed, "killed at {k}");
            assert!(
                last.failures
                    .iter()
                    .all(|failure| failure.reason.contains("is unknown")),
                "killed at {k}: {last:?}"
            );
            has_died
        });
        if !has_died {
            assert!(k > 10, "it was killed at {k} steps");
            return;
        }
    }
}
