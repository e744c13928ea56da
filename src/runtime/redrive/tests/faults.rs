//! Random faults, other processes, other consumers, a full disk, expired credentials.

use std::{fs::File, io, io::Write as _, sync::Arc, time::Duration};

use proptest::prelude::*;
use tokio::sync::watch;

use super::{
    super::{Start, execute, first_progress},
    kit::{World, end},
};
use crate::{
    demo::Faults,
    domain::{
        queue::Receive,
        redrive::{Destination, End, Plan, Progress, Record, Scope, Workers},
    },
    ports::Queues as _,
    runtime::journal::Disk,
    store::effect::Control,
};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// Runs and resumes under faults, then without, until the plan is through.
async fn until_through(world: &World, workers: u16, faults: &Faults, crashes: &[u64]) -> Progress {
    let mut plan = world.plan();
    plan.pace.workers = Workers::Fixed(workers);
    let faults_with = |crash_at| Faults {
        crash_at,
        ..faults.clone()
    };
    let mut crashes = crashes.iter().copied();
    world.inject(faults_with(crashes.next()));
    let mut last = world.run(&plan, Vec::new()).await;
    for round in 0..20 {
        if last
            .as_ref()
            .is_some_and(|last| *end(last) == End::Complete)
        {
            break;
        }
        if round > 6 {
            world.inject(Faults::default());
        } else {
            world.inject(faults_with(crashes.next()));
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        last = if world.is_unfinished(&plan) {
            world.resume(&plan.id).await
        } else if last.is_some() {
            break;
        } else {
            // It died before its plan was written: the user confirms it again.
            let path = world.journals().path(&plan.id).expect("a path");
            if std::fs::metadata(&path).is_ok_and(|file| file.len() > 0)
                && super::kit::text(&path).contains("ended")
            {
                break;
            }
            let _ = std::fs::remove_file(path);
            world.run(&plan, Vec::new()).await
        };
    }
    last.unwrap_or_else(|| written(world, &plan))
}

/// The report of a plan whose process died after its end was on disk, with or without the bodies.
fn written(world: &World, plan: &Plan) -> Progress {
    let tombstones = crate::runtime::journal::Tombstones::nowhere();
    let start = Start::fresh(
        plan.clone(),
        world.source(),
        Vec::new(),
        world.known(),
        tombstones,
    );
    let mut last = first_progress(&start, world.clock.now());
    let path = world.journals().path(&plan.id).expect("a path");
    let mut has_ended = false;
    for line in super::kit::text(&path).lines() {
        has_ended = false;
        match Record::parse(line.as_bytes()).expect("a record") {
            Record::Doubtful(ids) => last.duplicates.extend(ids),
            Record::Ended(ended) => {
                has_ended = true;
                last.tally = ended.tally;
            }
            _ => {}
        }
    }
    assert!(has_ended, "it was finished");
    last.duplicates.sort();
    last.duplicates.dedup();
    last
}

fn one_in(most: u32) -> impl Strategy<Value = Option<u32>> {
    prop_oneof![2 => Just(None), 3 => (3..most).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_letter_is_lost_whatever_goes_wrong(
        letters in 1_usize..40,
        fifo in any::<bool>(),
        workers in 1_u16..6,
        throttle_every in one_in(12),
        cut_one_in in one_in(12),
        lose_reply_one_in in one_in(12),
        fail_entry_one_in in one_in(12),
        repeat_one_in in one_in(6),
        crashes in prop::collection::vec(1_u64..60, 0..4),
    ) {
        block_on(async {
            let mut world = World::new(fifo);
            world.seed(letters, if fifo { 4 } else { 0 });
            let faults = Faults {
                throttle_every,
                cut_one_in,
                lose_reply_one_in,
                fail_entry_one_in,
                repeat_one_in,
                ..Faults::default()
            };
            let last = until_through(&world, workers, &faults, &crashes).await;
            world.account(&last, "random faults");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_does_not_come_whole_stays_where_it_is_and_is_named(
        letters in 1_usize..40,
        fifo in any::<bool>(),
        deletes in any::<bool>(),
        damage_one_in in 1_u32..6,
        repeat_one_in in one_in(6),
        filter in prop_oneof![Just(None), Just(Some("jq:.n >= 0".to_owned()))],
    ) {
        block_on(async {
            let mut world = World::new(fifo);
            world.seed(letters, if fifo { 4 } else { 0 });
            let mut plan = world.plan();
            plan.scope = Scope::Standing { filter, limit: None };
            if deletes {
                plan.destination = Destination::Delete;
            }
            world.inject(Faults {
                damage_one_in: Some(damage_one_in),
                repeat_one_in,
                ..Faults::default()
            });
            let last = world.run(&plan, Vec::new()).await.expect("no crash");
            let tally = last.tally;
            let stay = tally.failed + tally.not_judged;
            assert_eq!(tally.moved + tally.deleted + stay, tally.read, "{last:?}");
            // On FIFO what lies behind a letter that stays is not given out.
            assert!(fifo || tally.read == letters as u64, "{last:?}");
            let (source, target) = (world.bodies(&world.dlq), world.bodies(&world.main));
            let (here, there) = (source.values().sum::<u64>(), target.values().sum::<u64>());
            let unread = letters as u64 - tally.read;
            // What is given out once more after its delete lies there again.
            assert!(here >= stay + unread, "{last:?}");
            assert!(repeat_one_in.is_some() || here == stay + unread, "{last:?}");
            assert_eq!(there, tally.moved, "{last:?}");
            let seeded = |body: &String| world.seeded.iter().any(|(_, own)| own == body);
            assert!(target.keys().all(seeded), "nothing damaged was sent: {target:?}");
            let untold = last.failures.iter().find(|failure| {
                let why = &failure.reason;
                !why.contains("neither sent nor deleted") && !why.contains("earlier letter")
            });
            assert!(repeat_one_in.is_some() || untold.is_none(), "{untold:?}");
            // It was given back at once; of two receives the newest handle may be the one that
            // was answered first.
            world.inject(Faults::default());
            if repeat_one_in.is_none() && !fifo {
                assert_eq!(world.hold(stay as usize).await.len() as u64, stay);
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_stop_it_and_the_rest_goes_on_later() {
    let mut world = World::new(false);
    world.seed(40, 0);
    let plan = world.plan();
    world.inject(Faults {
        expire_after: Some(7),
        ..Faults::default()
    });
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    let End::Broken(why) = end(&last) else {
        panic!("{last:?}")
    };
    assert!(why.contains("dlq resume"), "{why}");
    assert!(world.is_unfinished(&plan));
    world.inject(Faults::default());
    let last = world.resume(&plan.id).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!(last.tally.moved, 40);
    world.account(&last, "expired");
}

#[tokio::test(start_paused = true)]
async fn two_processes_on_one_queue_send_each_letter_once() {
    let mut world = World::new(false);
    world.seed(60, 0);
    let mut other = world.plan();
    other.id = "20261120T023000-ffffffff".into();
    other.pace.workers = Workers::Fixed(1);
    let plan = world.plan();
    let (one, two) = tokio::join!(world.run(&plan, Vec::new()), world.run(&other, Vec::new()));
    let (one, two) = (one.expect("no crash"), two.expect("no crash"));
    assert_eq!(one.tally.moved + two.tally.moved, 60, "{one:?} {two:?}");
    assert!(one.tally.moved > 0 && two.tally.moved > 0);
    assert!(world.bodies(&world.main).values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_eats_the_queue_takes_letters_and_none_is_sent_twice() {
    let mut world = World::new(false);
    world.seed(50, 0);
    let plan = world.plan();
    let eaten = async {
        let mut eaten = Vec::new();
        let url = world.url(&world.dlq);
        for _ in 0..4 {
            let receive = Receive {
                max: 5,
                visibility_s: 30,
                wait_s: 1,
            };
            for message in world
                .session
                .receive(&url, receive)
                .await
                .expect("received")
            {
                eaten.push(message.body.reveal().to_string());
                let handles = [message.handle];
                world
                    .session
                    .delete_batch(&url, &handles)
                    .await
                    .expect("deleted");
            }
        }
        eaten
    };
    let (last, eaten) = tokio::join!(world.run(&plan, Vec::new()), eaten);
    let last = last.expect("no crash");
    assert!(
        !eaten.is_empty(),
        "the consumer came too late to try anything"
    );
    let target = world.bodies(&world.main);
    assert_eq!(target.len() + eaten.len(), 50, "{last:?}");
    assert!(target.values().all(|times| *times == 1));
    assert_eq!(last.tally.moved, target.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn what_another_plan_sent_is_deleted_and_never_sent_again() {
    let mut world = World::new(false);
    world.seed(10, 0);
    let plan = world.plan();
    // Deletes are refused all the way: everything ends in both, and is remembered.
    world.inject(Faults {
        deny: vec![crate::ports::Operation::DeleteMessageBatch],
        ..Faults::default()
    });
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert!(matches!(end(&last), End::Broken(_)), "{last:?}");
    world.inject(Faults::default());
    tokio::time::sleep(Duration::from_mins(10)).await;
    let mut other = world.plan();
    other.id = "20261120T030000-ffffffff".into();
    let last = world.run(&other, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.moved, last.tally.deleted), (0, 10), "{last:?}");
    assert!(world.bodies(&world.main).values().all(|times| *times == 1));
    assert!(world.bodies(&world.dlq).is_empty());
}

/// A disk with so much room.
struct Small {
    file: File,
    room: usize,
}

impl Disk for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().min(self.room);
        self.room -= fits;
        self.file.write_all(&bytes[..fits])?;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_it_before_the_step_wherever_it_fills_up() {
    for room in (800..30_000).step_by(700) {
        let mut world = World::new(false);
        world.seed(40, 0);
        let plan = world.plan();
        let journals = crate::runtime::journal::Journals::in_dir(world.journal_dir())
            .with_disk(move |file| Box::new(Small { file, room }));
        let Ok(journal) = journals.create(&plan) else {
            assert!(world.bodies(&world.main).is_empty());
            continue;
        };
        let tombstones = journals
            .tombstones(&plan.source, &plan.id)
            .expect("readable");
        let start = Start::fresh(
            plan.clone(),
            world.source(),
            Vec::new(),
            world.known(),
            tombstones,
        );
        let (progress, _) = watch::channel(first_progress(&start, world.clock.now()));
        let control = watch::channel(Control::Resume).1;
        let last = execute(
            Arc::clone(&world.gate()),
            world.clock.clone(),
            journal,
            start,
            control,
            progress,
        )
        .await;
        if *end(&last) == End::Complete {
            break;
        }
        let End::Broken(why) = end(&last) else {
            panic!("{last:?}")
        };
        assert!(why.contains("journal"), "{why}");
        let last = world.resume(&plan.id).await.expect("no crash");
        assert_eq!(end(&last), &End::Complete, "{room}: {last:?}");
        world.account(&last, "a full disk");
        assert_eq!(world.bodies(&world.main).len(), 40, "room for {room}");
    }
}
