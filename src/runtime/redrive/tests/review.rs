//! What goes wrong and should not.

use std::time::Duration;

use super::kit::World;
use crate::{
    demo::Faults,
    domain::redrive::{Destination, Scope, Workers},
    ports::Operation,
};

#[tokio::test(start_paused = true)]
async fn a_limit_of_deletes_holds_over_a_crash() {
    for k in 1..60 {
        let mut world = World::new(false).await;
        world.seed(40, 0);
        let mut plan = world.plan();
        plan.destination = Destination::Delete;
        plan.pace.workers = Workers::Fixed(1);
        plan.scope = Scope::Standing {
            filter: None,
            limit: Some(20),
        };
        world.inject(Faults {
            crash_at: Some(k),
            ..Faults::default()
        });
        let last = world.run(&plan, Vec::new()).await;
        world.inject(Faults::default());
        if last.is_none() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !world.is_unfinished(&plan) {
                continue;
            }
            world.resume(&plan.id).await.expect("no crash");
        }
        let left = world.bodies(&world.dlq).len();
        assert!(
            left >= 20,
            "killed at step {k}: {left} of 40 are left, 20 were to be deleted"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_claimed_letter_that_another_plan_sent_meanwhile_is_not_sent_again() {
    for k in 1..40 {
        let mut world = World::new(false).await;
        world.seed(5, 0);
        let plan = world.plan();
        world.inject(Faults {
            crash_at: Some(k),
            ..Faults::default()
        });
        if world.run(&plan, Vec::new()).await.is_some() {
            break;
        }
        world.inject(Faults {
            deny: vec![Operation::DeleteMessageBatch],
            ..Faults::default()
        });
        tokio::time::sleep(Duration::from_secs(400)).await;
        if !world.is_unfinished(&plan) {
            continue;
        }
        let mut other = world.plan();
        other.id = "20261120T030000-ffffffff".into();
        let second = world.run(&other, Vec::new()).await.expect("no crash");
        world.inject(Faults::default());
        tokio::time::sleep(Duration::from_secs(400)).await;
        let last = world.resume(&plan.id).await.expect("no crash");
        let twice = world
            .bodies(&world.main)
            .values()
            .filter(|n| **n > 1)
            .count() as u64;
        let named = last.tally.duplicates + second.tally.duplicates;
        assert!(
            twice <= named,
            "killed at step {k}: {twice} are there twice, {named} named: {second:?} {last:?}"
        );
    }
}
