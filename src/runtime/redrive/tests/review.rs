//! What goes wrong and should not.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::kit::{World, arn, end};
use crate::{
    demo::{Faults, Stored},
    domain::{
        queue::Receive,
        redrive::{Destination, End, Scope, Workers},
    },
    ports::{ErrorKind, Operation, Queues as _},
    store::effect::Control,
};

/// Fails on everything, under the queue's own visibility timeout.
async fn failing_consumer(world: &World, visibility_s: u32, seconds: i64) {
    let url = world.url(&world.main);
    let end = world.clock.now() + jiff::SignedDuration::from_secs(seconds);
    while world.clock.now() < end {
        let receive = Receive {
            max: 10,
            visibility_s,
            wait_s: 5,
        };
        let _ = world.session.receive(&url, receive).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_deletes_holds_over_a_crash() {
    for k in 1..60 {
        let mut world = World::new(false);
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
        let mut world = World::new(false);
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

#[tokio::test(start_paused = true)]
async fn what_leaves_after_the_window_of_fifo_is_named() {
    for k in 1..60 {
        let mut world = World::new(true);
        world.seed(8, 8);
        let plan = world.plan();
        world.inject(Faults {
            crash_at: Some(k),
            ..Faults::default()
        });
        if world.run(&plan, Vec::new()).await.is_some() {
            break;
        }
        world.inject(Faults::default());
        tokio::time::sleep(Duration::from_secs(1)).await;
        if !world.is_unfinished(&plan) {
            continue;
        }
        let (journal, replay) = loop {
            match world.journals().open(&plan.id) {
                Ok(opened) => break opened,
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let start = super::super::Start::resumed(
            replay,
            world.source(),
            world.known(),
            world
                .journals()
                .tombstones(&plan.source, &plan.id)
                .expect("readable"),
        );
        let (progress, told) =
            watch::channel(super::super::first_progress(&start, world.clock.now()));
        let (steer, control) = watch::channel(Control::Pause);
        let run = Box::pin(super::super::execute(
            world.gate(),
            world.clock.clone(),
            journal,
            start,
            control,
            progress,
        ));
        let steered = async {
            tokio::time::sleep(Duration::from_secs(400)).await;
            steer.send_replace(Control::Resume);
        };
        let (last, ()) = tokio::join!(world.until_crash(run, told), steered);
        world.account(&last.expect("no crash"), &format!("killed at step {k}"));
    }
}

#[tokio::test(start_paused = true)]
async fn fifo_goes_on_after_every_lease_has_run_out() {
    for (letters, groups) in [(23, 3), (23, 1), (25, 2)] {
        for k in 1..120 {
            let mut world = World::new(true);
            world.seed(letters, groups);
            let plan = world.plan();
            world.inject(Faults {
                crash_at: Some(k),
                ..Faults::default()
            });
            if world.run(&plan, Vec::new()).await.is_some() {
                break;
            }
            world.inject(Faults::default());
            tokio::time::sleep(Duration::from_secs(400)).await;
            if !world.is_unfinished(&plan) {
                continue;
            }
            let what = format!("{letters} in {groups} groups, killed at step {k}");
            let run = world.resume(&plan.id);
            let last = tokio::time::timeout(Duration::from_mins(50), run)
                .await
                .unwrap_or_else(|_| panic!("{what}: it goes on for ever"))
                .expect("no crash");
            assert_eq!(end(&last), &End::Complete, "{what}");
            world.account(&last, &what);
            let mut latest = vec![None; groups];
            for stored in world.session.contents(&world.main).expect("a queue") {
                let number: usize = stored
                    .body
                    .reveal()
                    .trim_matches(|c: char| !c.is_ascii_digit())
                    .parse()
                    .expect("a number");
                let latest = &mut latest[number % groups];
                assert!(*latest <= Some(number), "{what}: {number} after {latest:?}");
                *latest = Some(number);
            }
        }
    }
}

#[test]
fn a_letter_that_comes_back_does_not_overtake_one_that_is_still_away() {
    use crate::domain::redrive::{
        Key, Target,
        batch::{Item, Packer, Partial},
    };
    let to = || Target::Queue(arn("a.fifo"));
    let item = |turn: u64| Item {
        id: format!("m{turn}").into(),
        bytes: 1,
        group: Some(Key::of("g")),
        since: jiff::Timestamp::UNIX_EPOCH,
        turn,
    };
    let mut packer = Packer::default();
    packer.push(to(), item(0));
    packer.push(to(), item(1));
    packer.remove("m0").expect("waits");
    packer.remove("m1").expect("waits");
    packer.push(to(), item(1));
    let batch = packer.next(10, Partial::Now, jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(batch, None, "m0 goes first");
    packer.remove("m1");
    packer.push(to(), item(0));
    let batch = packer.next(10, Partial::Now, jiff::Timestamp::UNIX_EPOCH);
    assert!(batch.is_some(), "what is behind does not hold up m0");
}

#[tokio::test(start_paused = true)]
async fn a_letter_that_cannot_go_holds_back_only_those_behind_it() {
    let mut world = World::new(true);
    world.seed(5, 1);
    let sent_ms = world.clock.now().as_millisecond() - 30_000;
    world.session.put(
        &world.dlq,
        [Stored {
            sent_ms,
            group: Some("g0".into()),
            deduplication_id: Some("old-x".into()),
            ..Stored::of("no source")
        }],
    );
    let last = world
        .run(&world.plan(), Vec::new())
        .await
        .expect("no crash");
    assert_eq!((last.tally.moved, last.tally.failed), (5, 1), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_on_fifo_does_not_end_before_every_letter_was_seen() {
    let mut world = World::new(true);
    world.seed(30, 1);
    let mut plan = world.plan();
    plan.scope = Scope::Standing {
        filter: Some("jq:.n >= 20".into()),
        limit: None,
    };
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert!(
        last.tally.moved == 10 || *end(&last) != End::Complete || !last.tally.is_clean(),
        "{last:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_given_time_enough_to_come_back() {
    let mut world = World::new(false);
    world.seed(20, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let run = world.run(&plan, Vec::new());
    let (last, ()) = tokio::join!(run, failing_consumer(&world, 30, 200));
    let last = last.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_comes_back_to_a_long_queue_is_seen() {
    let mut world = World::new(false);
    world.seed(400, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let run = world.run(&plan, Vec::new());
    let (last, ()) = tokio::join!(run, failing_consumer(&world, 5, 200));
    let last = last.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_does_not_make_a_canary_good() {
    let mut world = World::new(false);
    world.seed(20, 0);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let (steer, control) = watch::channel(Control::Resume);
    let steered = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        steer.send_replace(Control::Pause);
        tokio::time::sleep(Duration::from_secs(200)).await;
        steer.send_replace(Control::Resume);
    };
    let run = world.run_steered(&plan, Vec::new(), control);
    let (last, (), ()) = tokio::join!(run, steered, failing_consumer(&world, 5, 100));
    let last = last.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn one_canary_is_one_letter_also_when_others_are_refused_meanwhile() {
    let mut world = World::new(false);
    world.seed(100, 0);
    let sent_ms = world.clock.now().as_millisecond() - 60_000;
    let orphans = (0..100).map(|n| Stored {
        sent_ms: sent_ms + n,
        ..Stored::of(format!("no source {n}"))
    });
    world.session.put(&world.dlq, orphans);
    let mut plan = world.plan();
    plan.pace.canary = true;
    let (steer, control) = watch::channel(Control::Resume);
    let steered = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let sent = world.bodies(&world.main).len();
        steer.send_replace(Control::Stop);
        sent
    };
    let (_, sent) = tokio::join!(world.run_steered(&plan, Vec::new(), control), steered);
    assert_eq!(sent, 1);
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_known_when_our_clock_is_ahead() {
    let mut world = World::new(false);
    world.seed(20, 0);
    let mut plan = world.plan();
    plan.created = world.clock.now() + jiff::SignedDuration::from_secs(120);
    plan.pace.canary = true;
    let run = world.run(&plan, Vec::new());
    let (last, ()) = tokio::join!(run, failing_consumer(&world, 5, 200));
    let last = last.expect("no crash");
    assert!(matches!(end(&last), End::CanaryFailed(_)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_chosen_letter_whose_lease_was_lost_is_received_anew() {
    let mut world = World::new(false);
    world.seed(5, 0);
    let held = world.hold(5).await;
    let mut plan = world.plan();
    plan.scope = World::selection(&held);
    // Two leases were let go of: those letters can be received by everybody.
    let lost: Vec<_> = held[3..]
        .iter()
        .map(|one| one.message.handle.clone())
        .collect();
    world
        .session
        .change_visibility(&world.url(&world.dlq), &lost, 0)
        .await
        .expect("given back");
    let last = world
        .run(&plan, held[..3].to_vec())
        .await
        .expect("no crash");
    assert_eq!((last.tally.moved, last.tally.failed), (5, 0), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn deletes_that_fail_one_by_one_are_not_repeated_at_once_for_ever() {
    let mut world = World::new(false);
    world.seed(40, 0);
    let mut plan = world.plan();
    plan.destination = Destination::Delete;
    world.inject(Faults {
        fail_entry_one_in: Some(1),
        ..Faults::default()
    });
    let run = world.run(&plan, Vec::new());
    let _ = tokio::time::timeout(Duration::from_mins(1), run).await;
    let calls = world.provider.calls(Operation::DeleteMessageBatch);
    assert!(
        calls < 1_000,
        "{calls} calls in a minute, nothing got through"
    );
}

#[tokio::test(start_paused = true)]
async fn a_denied_delete_is_not_repeated_until_the_grace_is_over() {
    let mut world = World::new(false);
    world.seed(5, 0);
    world.inject(Faults {
        deny: vec![Operation::DeleteMessageBatch],
        ..Faults::default()
    });
    world
        .run(&world.plan(), Vec::new())
        .await
        .expect("no crash");
    let calls = world.provider.calls(Operation::DeleteMessageBatch);
    assert!(calls <= 5, "{calls} denied calls");
}

#[tokio::test(start_paused = true)]
async fn entries_that_fail_for_a_few_seconds_are_tried_later() {
    let mut world = World::new(false);
    world.seed(20, 0);
    world.inject(Faults {
        fail_entry_one_in: Some(1),
        ..Faults::default()
    });
    let plan = world.plan();
    let heals = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        world.inject(Faults::default());
    };
    let (last, ()) = tokio::join!(world.run(&plan, Vec::new()), heals);
    let last = last.expect("no crash");
    assert_eq!((last.tally.moved, last.tally.failed), (20, 0), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_cannot_be_reached_breaks_it_off() {
    let mut world = World::new(false);
    world.seed(5, 0);
    let plan = world.plan();
    world.inject(Faults {
        fail: vec![(Operation::SendMessageBatch, ErrorKind::Network)],
        ..Faults::default()
    });
    let run = world.run(&plan, Vec::new());
    let last = tokio::time::timeout(Duration::from_hours(1), run).await;
    assert!(last.is_ok(), "it goes on for ever");
}

#[test]
fn marks_of_a_journal_that_was_just_made_are_read() {
    use crate::domain::redrive::{
        Key, Record, Target,
        record::{Arrival, Arrived},
    };
    use std::io::Write as _;
    let directory = tempfile::tempdir().expect("a directory");
    let journals = crate::runtime::journal::Journals::in_dir(directory.path().to_owned());
    let world = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async { World::new(false) });
    let plan = world.plan();
    // The other process has made its file, and not yet written its plan.
    let path = journals.path(&plan.id).expect("a path");
    let mut file = std::fs::File::create(&path).expect("made");
    let tombstones = journals.tombstones(&plan.source, "ours").expect("readable");
    let mut lines = Vec::new();
    Record::Plan(Box::new(plan.clone())).write(&mut lines);
    Record::Sent(Arrival {
        at: plan.created,
        to: Target::Queue(arn(&world.main)),
        letters: vec![Arrived {
            id: Arc::from("m-1"),
            sent_as: "n-1".into(),
            content: Key::of("{}"),
        }],
    })
    .write(&mut lines);
    file.write_all(&lines).expect("written");
    assert!(
        tombstones.has_news(),
        "the plan and what it sent are never read"
    );
    tombstones.refresh().expect("readable");
    assert!(tombstones.get("m-1").is_some());
}

#[test]
fn a_damaged_journal_of_a_plan_that_ended_hides_no_other() {
    use std::io::Write as _;
    let world = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async { World::new(false) });
    let journals = crate::runtime::journal::Journals::in_dir(world.journal_dir());
    let plan = world.plan();
    drop(journals.create(&plan).expect("made"));
    let mut other = world.plan();
    other.id = "20261120T010000-0a1b2c3d".into();
    drop(journals.create(&other).expect("made"));
    let path = journals.path(&other.id).expect("a path");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(path)
        .expect("opened");
    let ended = serde_json::json!({"ended": {
        "at": other.created, "end": "complete", "gave_back": true,
        "tally": crate::domain::redrive::Tally::default(),
    }});
    file.write_all(format!("xx\n{ended}\n").as_bytes())
        .expect("written");
    let left = journals
        .left(None, "eu-west-1", world.clock.now())
        .expect("readable");
    assert!(left.unfinished.iter().any(|one| one.plan.id == plan.id));
    assert_eq!(left.damaged.len(), 1, "and it is named");
}
