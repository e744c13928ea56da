//! The leases of one look: the right to its letters, held by a heartbeat and given back.
//!
//! Not responsible for receiving ([`look`](super::look)), nor for what is done with the letters.
//! Nothing here takes a letter away: the worst that can happen to a lease is that it runs out,
//! and then the letter can be received again, by anybody. All looks of the console together are
//! [`Looks`].

mod looks;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{clock::Clock, gate::Gate};
use crate::{
    domain::queue::{BATCH, Flaw, Handle, Message, OpenQueue},
    ports::ApiError,
};

pub use looks::Looks;

/// For how long letters are taken at a time, in seconds; never the queue's own default, which
/// may be 0 or 12 hours (`docs/aws.md` §3.4: 120 to 300).
pub const LEASE_S: u32 = 180;
/// Requests under way at once.
const AT_ONCE: usize = 8;
/// How often an empty table is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// What could not be renewed is tried again after this.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// A letter that is ours for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The newest handle.
    pub handle: Handle,
    /// Until then nobody else receives it; counted from before the request, so never too late.
    pub until: Timestamp,
    /// No renewal before this is worth a try: the last one did not succeed.
    not_before: Timestamp,
}

/// The leases on letters of one queue, by message id.
#[derive(Debug)]
pub struct Leases {
    queue: OpenQueue,
    seconds: u32,
    held: Mutex<HashMap<Arc<str>, Lease>>,
    changed: watch::Sender<()>,
}

/// What a heartbeat, or a release, brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beat {
    /// Renewed, or given back.
    pub done: usize,
    /// No longer ours: SQS refused the handle, or the time ran out before it was renewed.
    pub lost: Vec<Arc<str>>,
    /// A whole request failed; its letters stay as they are and come back by themselves.
    pub failure: Option<ApiError>,
}

impl Leases {
    /// No lease yet, on letters of this queue, each for so many seconds (1 to 43,200).
    pub fn new(queue: OpenQueue, seconds: u32) -> Self {
        Self {
            queue,
            seconds: seconds.clamp(1, 43_200),
            held: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// The queue.
    pub const fn queue(&self) -> &OpenQueue {
        &self.queue
    }

    /// For how long a letter is taken at a time, in seconds.
    pub const fn seconds(&self) -> u32 {
        self.seconds
    }

    /// Keeps the leases of messages that were received by a request made at `asked`; gives those
    /// that were not held before. A message that comes again brings a newer handle; one without
    /// any cannot be held.
    pub fn take(&self, messages: Vec<Message>, asked: Timestamp) -> Vec<Message> {
        let until = self.end(asked);
        let mut held = self.held();
        let fresh = messages
            .into_iter()
            .filter(|message| {
                if message.flaw == Some(Flaw::Unheld) {
                    return true;
                }
                let lease = Lease {
                    handle: message.handle.clone(),
                    until,
                    not_before: asked,
                };
                held.insert(Arc::clone(&message.id), lease).is_none()
            })
            .collect();
        drop(held);
        self.changed.send_replace(());
        fresh
    }

    /// Tells whenever something is held, renewed, or no longer held.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// How many letters are held.
    pub fn len(&self) -> usize {
        self.held().len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    /// Lets go of letters without a word to SQS: whoever gets the leases renews them or gives
    /// them back from now on.
    pub fn hand_over<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a Arc<str>>,
    ) -> HashMap<Arc<str>, Lease> {
        let mut held = self.held();
        let taken: HashMap<_, _> = ids
            .into_iter()
            .filter_map(|id| held.remove_entry(id))
            .collect();
        drop(held);
        if !taken.is_empty() {
            self.changed.send_replace(());
        }
        taken
    }

    /// When the next lease is half over: time for [`Self::renew`].
    pub fn next_renewal(&self) -> Option<Timestamp> {
        let half = self.half();
        self.held()
            .values()
            .map(|lease| (lease.until - half).max(lease.not_before))
            .min()
    }

    /// Renews what is half over.
    pub async fn renew(&self, gate: &Gate, clock: &Clock) -> Beat {
        let now = clock.now();
        // Those that are due soon go along.
        let due_by = now + self.half() / 10;
        let half = self.half();
        let mut beat = Beat::default();
        let due = {
            let mut held = self.held();
            held.retain(|id, lease| {
                let is_ours = lease.until > now;
                if !is_ours {
                    beat.lost.push(Arc::clone(id));
                }
                is_ours
            });
            let due = held
                .iter()
                .filter(|(_, lease)| lease.until - half <= due_by && lease.not_before <= now);
            due.map(|(id, lease)| (Arc::clone(id), lease.handle.clone()))
                .collect()
        };
        let until = self.end(now);
        let later = now + AGAIN_AFTER;
        let renewed = self.change(gate, due, self.seconds, |id, handle, changed| {
            let mut held = self.held();
            // A receive meanwhile brought a newer handle: what became of the old one is nothing.
            let Some(lease) = held.get_mut(id).filter(|lease| lease.handle == *handle) else {
                return;
            };
            match changed {
                Changed::Done => lease.until = until,
                Changed::Unknown => lease.not_before = later,
                Changed::Refused => {
                    held.remove(id);
                }
            }
        });
        let beat = renewed.await.and(beat);
        self.changed.send_replace(());
        beat
    }

    /// Renews for ever, each lease when it is half over; tells what each heartbeat brought.
    /// Only a pause when nothing is held, so it is fine to start with an empty table.
    pub async fn hold(
        &self,
        gate: &Gate,
        clock: &Clock,
        mut told: impl FnMut(Beat),
    ) -> std::convert::Infallible {
        loop {
            self.due(clock).await;
            told(self.renew(gate, clock).await);
        }
    }

    /// Waits until a renewal is due.
    pub async fn due(&self, clock: &Clock) {
        while self.next_renewal().is_none_or(|due| due > clock.now()) {
            self.wait(clock).await;
        }
    }

    /// Waits until a renewal may be due.
    async fn wait(&self, clock: &Clock) {
        let pause = self
            .next_renewal()
            .map_or(PAUSE, |due| {
                Duration::try_from(due.duration_since(clock.now())).unwrap_or(Duration::ZERO)
            })
            // What is taken meanwhile is due no sooner than half a lease from now.
            .min(Duration::from_millis(u64::from(self.seconds) * 500))
            .max(Duration::from_millis(10));
        tokio::time::sleep(pause).await;
    }

    /// Gives all letters back: everybody can receive them at once.
    pub async fn release_all(&self, gate: &Gate) -> Beat {
        let all = self.held().keys().cloned().collect();
        self.release(gate, all).await
    }

    /// Gives these letters back. What cannot be given back comes back when its time is over;
    /// either way it is held no longer.
    pub async fn release(&self, gate: &Gate, ids: Vec<Arc<str>>) -> Beat {
        let leases = {
            let mut held = self.held();
            ids.into_iter()
                .filter_map(|id| Some((Arc::clone(&id), held.remove(&id)?.handle)))
                .collect()
        };
        self.changed.send_replace(());
        self.change(gate, leases, 0, |_, _, _| ()).await
    }

    /// Changes the visibility of messages, ten in a request, and tells what became of each.
    async fn change(
        &self,
        gate: &Gate,
        leases: Vec<(Arc<str>, Handle)>,
        seconds: u32,
        changed: impl Fn(&Arc<str>, &Handle, Changed),
    ) -> Beat {
        let mut beat = Beat::default();
        let batches: Vec<Vec<(Arc<str>, Handle)>> =
            leases.chunks(BATCH).map(<[_]>::to_vec).collect();
        let mut answers = stream::iter(batches.into_iter().map(|batch| async move {
            let handles: Vec<Handle> = batch.iter().map(|(_, handle)| handle.clone()).collect();
            let answer = gate.change_visibility(&self.queue, &handles, seconds).await;
            (batch, answer)
        }))
        .buffer_unordered(AT_ONCE);
        while let Some((batch, answer)) = answers.next().await {
            match answer {
                Ok(entries) => {
                    for ((id, handle), entry) in batch.iter().zip(entries) {
                        let became = match entry {
                            Ok(()) => Changed::Done,
                            Err(error) if error.sender_fault => Changed::Refused,
                            Err(_) => Changed::Unknown,
                        };
                        match became {
                            Changed::Done => beat.done += 1,
                            Changed::Refused => beat.lost.push(Arc::clone(id)),
                            Changed::Unknown => {}
                        }
                        changed(id, handle, became);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, seconds, "the visibility of letters was not changed");
                    for (id, handle) in &batch {
                        changed(id, handle, Changed::Unknown);
                    }
                    beat.failure.get_or_insert(error);
                }
            }
        }
        beat
    }

    fn end(&self, asked: Timestamp) -> Timestamp {
        asked + SignedDuration::from_secs(self.seconds.into())
    }

    fn half(&self) -> SignedDuration {
        SignedDuration::from_millis(i64::from(self.seconds) * 500)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Arc<str>, Lease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat {
    fn and(mut self, other: Self) -> Self {
        self.done += other.done;
        self.lost.extend(other.lost);
        self.failure = self.failure.or(other.failure);
        self
    }
}

/// What became of one message in a request.
#[derive(Clone, Copy)]
enum Changed {
    Done,
    Refused,
    Unknown,
}
