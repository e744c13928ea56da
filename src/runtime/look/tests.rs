//! Looks and leases against the simulator of SQS.

use std::{
    cell::RefCell,
    future::{pending, ready},
    sync::Arc,
    time::Duration,
};

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{queue::QueueAddress, session::Target},
    ports::{ErrorKind, Operation},
    runtime::{access::Access, activity::ActivityLog, leases::Leases},
};

/// It has 214 letters.
const QUEUE: &str = "payments-dlq";
const LETTERS: usize = 214;

struct World {
    provider: demo::Provider,
    gate: Gate,
    clock: Clock,
    leases: Leases,
}

impl World {
    async fn new(lease_s: u32) -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let session = provider.session(&Target::default()).expect("it opens");
        let activity = Arc::new(ActivityLog::nowhere());
        let gate = Gate::new(
            Box::new(session),
            None,
            Access::default(),
            activity,
            clock.clone(),
        );
        let address = QueueAddress::parse(QUEUE).expect("a name");
        let queue = gate.open_queue(&address).await.expect("it is there");
        Self {
            provider,
            gate,
            clock,
            leases: Leases::new(queue, lease_s),
        }
    }

    async fn look(&self, bounds: Bounds, stop: impl Future<Output = ()>) -> Looked {
        let queue = (self.leases.queue(), self.leases.seconds());
        let looking = look(
            &self.gate,
            &self.clock,
            queue,
            bounds,
            stop,
            |letters, at| self.leases.take(letters, at).len(),
        );
        tokio::select! {
            looked = looking => looked,
            never = self.leases.hold(&self.gate, &self.clock, |_| ()) => match never {},
        }
    }

    /// Visible, and in flight.
    async fn counts(&self) -> (usize, usize) {
        let counts = self.gate.queue_attributes(self.leases.queue().arn()).await;
        let counts = counts.expect("it is there");
        (counts.visible as usize, counts.in_flight as usize)
    }

    fn inject(&self, faults: Faults) {
        self.provider.inject(faults);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_reads_to_the_end_and_everything_is_given_back() {
    let world = World::new(120).await;
    let looked = world.look(Bounds::default(), pending()).await;
    assert_eq!((looked.read, looked.end), (LETTERS, LookEnd::Everything));
    assert_eq!(world.leases.len(), LETTERS);
    assert_eq!(world.counts().await, (0, LETTERS));
    let beat = world.leases.release_all(&world.gate).await;
    assert_eq!((beat.done, beat.failure), (LETTERS, None));
    assert!(world.leases.is_empty());
    assert_eq!(world.counts().await, (LETTERS, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sample_is_never_exceeded_not_even_in_flight() {
    let world = World::new(120).await;
    let bounds = Bounds {
        sample: 25,
        ..Bounds::default()
    };
    let looked = world.look(bounds, pending()).await;
    assert_eq!((looked.read, looked.end), (25, LookEnd::Sample));
    assert_eq!(world.counts().await, (LETTERS - 25, 25));
}

#[tokio::test(start_paused = true)]
async fn a_look_ends_when_its_bytes_are_used_up() {
    let world = World::new(120).await;
    let bounds = Bounds {
        bytes: 1,
        ..Bounds::default()
    };
    let looked = world.look(bounds, pending()).await;
    assert_eq!(looked.end, LookEnd::Budget);
    assert!(looked.read <= BATCH, "{looked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_no_letter_without_its_lease() {
    let world = World::new(120).await;
    let looked = world.look(Bounds::default(), ready(())).await;
    assert_eq!(looked.end, LookEnd::Stopped);
    assert!(looked.read > 0, "the receive under way was waited for");
    assert_eq!(world.counts().await.1, world.leases.len());
}

#[tokio::test(start_paused = true)]
async fn a_refused_receive_ends_the_look_with_its_reason() {
    let world = World::new(120).await;
    world.inject(Faults {
        deny: vec![Operation::ReceiveMessage],
        ..Faults::default()
    });
    let looked = world.look(Bounds::default(), pending()).await;
    assert!(
        matches!(&looked.end, LookEnd::Failed(error) if error.kind == ErrorKind::Denied),
        "{looked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn leases_are_held_for_as_long_as_the_heartbeat_goes_on() {
    let world = World::new(120).await;
    world.look(Bounds::default(), pending()).await;
    let lost = RefCell::new(Vec::new());
    let held = world.leases.hold(&world.gate, &world.clock, |beat| {
        lost.borrow_mut().extend(beat.lost);
    });
    tokio::time::timeout(Duration::from_mins(30), held)
        .await
        .expect_err("it never ends by itself");
    assert_eq!(lost.into_inner(), Vec::<Arc<str>>::new());
    assert_eq!(world.counts().await, (0, LETTERS));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ran_out_is_lost_and_said() {
    let world = World::new(10).await;
    world.look(Bounds::default(), pending()).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    let beat = world.leases.renew(&world.gate, &world.clock).await;
    assert_eq!((beat.done, beat.lost.len()), (0, LETTERS));
    assert!(world.leases.is_empty());
    assert_eq!(
        world
            .provider
            .calls(Operation::ChangeMessageVisibilityBatch),
        0,
        "others may have them: an old handle is not shown again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_that_fails_is_tried_again_while_the_lease_lasts() {
    let world = World::new(120).await;
    world.look(Bounds::default(), pending()).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    world.inject(Faults {
        fail: vec![(Operation::ChangeMessageVisibilityBatch, ErrorKind::Network)],
        ..Faults::default()
    });
    let beat = world.leases.renew(&world.gate, &world.clock).await;
    assert!(beat.failure.is_some() && beat.done == 0, "{beat:?}");
    assert_eq!(world.leases.len(), LETTERS, "they are still ours");
    world.inject(Faults::default());
    tokio::time::sleep(Duration::from_secs(6)).await;
    let beat = world.leases.renew(&world.gate, &world.clock).await;
    assert_eq!((beat.done, beat.lost.len()), (LETTERS, 0));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_is_not_counted_twice() {
    let world = World::new(120).await;
    world.inject(Faults {
        repeat_one_in: Some(2),
        ..Faults::default()
    });
    let looked = world.look(Bounds::default(), pending()).await;
    assert_eq!(looked.read, world.leases.len());
    assert!(looked.repeated > 0 && looked.read <= LETTERS, "{looked:?}");
}
