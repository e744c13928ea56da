//! Steering: canary, rate, pause, stop, what comes back.

use std::time::Duration;

use tokio::sync::watch;

use super::kit::{World, arn, end};
use crate::{
    demo::Stored,
    domain::{queue::Receive, redrive::End},
    ports::Queues as _,
    store::effect::Control,
};

/// A consumer of the queue that fails on everything, for a while.
async fn failing_consumer(world: &World, seconds: u64) {
    let url = world.url(&world.main);
    let end = world.clock.now() + jiff::SignedDuration::from_secs(seconds as i64);
    while world.clock.now() < end {
        let receive = Receive {
            max: 10,
            visibility_s: 5,
            wait_s: 5,
        };
        let _ = world.session.receive(&url, receive).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_comes_back_stops_it_before_anything_else_is_sent() {
    let mut world = World::new(false);
    world.seed(20, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let run = world.run(&plan, Vec::new());
    let (last, ()) = tokio::join!(run, failing_consumer(&world, 100));
    let last = last.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
    assert_eq!((last.tally.moved, last.tally.returned), (1, 1), "{last:?}");
    assert_eq!(
        last.tally.read, 20,
        "what came back was read already: {last:?}"
    );
    assert!(last.tally.adds_up(), "{last:?}");
    assert_eq!(
        world.bodies(&world.dlq).len(),
        20,
        "19 and the one that came back"
    );
    assert!(world.is_unfinished(&plan), "it can be resumed");
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_stays_away_lets_the_others_go() {
    let mut world = World::new(false);
    world.seed(60, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let begun = world.clock.now();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete, "{last:?}");
    assert_eq!(last.tally.moved, 60);
    // Three receives of 30 s each.
    assert!(world.clock.now().duration_since(begun).as_secs() >= 90);
}

#[tokio::test(start_paused = true)]
async fn a_canary_can_be_skipped() {
    let mut world = World::new(false);
    world.seed(5, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let begun = world.clock.now();
    let (steer, control) = watch::channel(Control::Resume);
    let skip = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(world.bodies(&world.main).len(), 1);
        steer.send_replace(Control::Skip);
    };
    let (last, ()) = tokio::join!(world.run_steered(&plan, Vec::new(), control), skip);
    assert_eq!(end(&last.expect("no crash")), &End::Complete);
    assert!(world.clock.now().duration_since(begun).as_secs() < 60);
}

#[tokio::test(start_paused = true)]
async fn it_stops_when_too_many_come_back() {
    let mut world = World::new(false);
    world.seed(100, 0);
    let mut plan = world.plan();
    plan.pace.per_second = Some(1.0);
    plan.pace.stop_after_returned = Some(2);
    let run = world.run(&plan, Vec::new());
    let (last, ()) = tokio::join!(run, failing_consumer(&world, 120));
    let last = last.expect("no crash");
    assert!(
        matches!(end(&last), End::Refilled(returned) if *returned > 2),
        "{last:?}"
    );
    assert!(last.tally.moved < 60, "{last:?}");
    assert!(last.tally.adds_up());
}

#[tokio::test(start_paused = true)]
async fn it_keeps_the_rate_that_was_asked() {
    let mut world = World::new(false);
    world.seed(50, 0);
    let mut plan = world.plan();
    plan.pace.per_second = Some(5.0);
    let begun = world.clock.now();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(last.tally.moved, 50);
    let took = world.clock.now().duration_since(begun).as_secs_f64();
    assert!((9.0..20.0).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_keeps_the_leases_and_a_stop_gives_them_back_and_can_be_resumed() {
    let mut world = World::new(false);
    world.seed(80, 0);
    let mut plan = world.plan();
    plan.pace.per_second = Some(10.0);
    let (steer, control) = watch::channel(Control::Resume);
    let steered = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        steer.send_replace(Control::Pause);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let sent = world.bodies(&world.main).len();
        assert!(sent > 0 && sent < 80);
        // Longer than any lease: what is held is still hidden, and nothing more was sent.
        tokio::time::sleep(Duration::from_mins(15)).await;
        assert_eq!(world.bodies(&world.main).len(), sent);
        steer.send_replace(Control::Stop);
    };
    let (last, ()) = tokio::join!(world.run_steered(&plan, Vec::new(), control), steered);
    let last = last.expect("no crash");
    assert_eq!(end(&last), &End::Stopped);
    assert!(last.tally.pending == 0 && last.tally.adds_up(), "{last:?}");
    assert!(world.is_unfinished(&plan));
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!(last.tally.moved, 80);
    world.account(&last, "stopped");
    assert!(world.bodies(&world.main).values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn letters_that_come_later_are_not_part_of_the_plan() {
    let mut world = World::new(false);
    world.seed(5, 0);
    let plan = world.plan();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let fresh = Stored {
        source: Some(arn(&world.main)),
        ..Stored::of("fresh")
    };
    world.session.put(&world.dlq, [fresh]);
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.moved, last.tally.released), (5, 1));
    assert!(world.bodies(&world.dlq).contains_key("fresh"));
}
