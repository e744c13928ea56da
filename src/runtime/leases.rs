//! Leases: which letters this process holds, by which receipt, until when.
//!
//! One table for all queues, because three parties meet here: a look that receives and renews, a
//! redrive that takes letters over, and the end of the program, which gives everything back. What
//! is in the table is ours to give back; what is taken out is somebody else's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::gate::Gate;
use crate::{
    domain::queue::{BATCH, Handle, QueueUrl},
    ports::Session,
    store::{
        RunId,
        letters::{LetterId, QueueKey},
    },
};

/// How long a receive hides its letters, in seconds (`aws-facts` §3.4: 120 to 300).
pub const VISIBILITY_S: u32 = 180;
/// Leases are renewed when less than this is left of them.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(VISIBILITY_S as i64 / 2);
/// Leases that are due so soon after the first one are renewed with it.
const TOGETHER: SignedDuration = SignedDuration::from_secs(10);
/// Calls that change visibility under way at once.
const AT_ONCE: usize = 16;

/// The right to one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The newest receipt.
    pub handle: Handle,
    /// When the letter shows itself to others again, on the safe side.
    pub until: Timestamp,
    holder: RunId,
}

/// All leases of this process.
pub struct Leases<S> {
    queues: Mutex<HashMap<QueueKey, Held<S>>>,
    /// Something was taken over.
    taken: watch::Sender<()>,
}

/// The leases of one queue, and the way to it.
struct Held<S> {
    gate: Arc<Gate<S>>,
    url: QueueUrl,
    letters: HashMap<LetterId, Lease>,
}

/// Receipts to be shown to one queue, and whose letters they are of.
struct Batch<S> {
    gate: Arc<Gate<S>>,
    url: QueueUrl,
    letters: Vec<(LetterId, Handle)>,
}

impl<S> Default for Leases<S> {
    fn default() -> Self {
        Self {
            queues: Mutex::default(),
            taken: watch::Sender::new(()),
        }
    }
}

impl<S: Session> Leases<S> {
    /// Notes the receipt of a letter; an older one of the same letter is void.
    pub fn hold(
        &self,
        queue: &QueueKey,
        (gate, url): (&Arc<Gate<S>>, &QueueUrl),
        holder: RunId,
        letters: impl IntoIterator<Item = (LetterId, Handle)>,
        until: Timestamp,
    ) {
        let mut queues = self.queues();
        let held = queues.entry(queue.clone()).or_insert_with(|| Held {
            gate: Arc::clone(gate),
            url: url.clone(),
            letters: HashMap::new(),
        });
        held.letters
            .extend(letters.into_iter().map(|(letter, handle)| {
                let lease = Lease {
                    handle,
                    until,
                    holder,
                };
                (letter, lease)
            }));
    }

    /// How many letters a holder holds.
    pub fn count(&self, queue: &QueueKey, holder: RunId) -> usize {
        self.queues()
            .get(queue)
            .map_or(0, |held| held.of(holder).count())
    }

    /// How many letters are held at all.
    pub fn total(&self) -> usize {
        self.queues().values().map(|held| held.letters.len()).sum()
    }

    /// When the first lease of a holder is to be renewed.
    pub fn next_renewal(&self, queue: &QueueKey, holder: RunId) -> Option<Timestamp> {
        let queues = self.queues();
        let first = queues.get(queue)?.of(holder).map(|(_, lease)| lease.until);
        first.min().map(|until| until - RENEW_BEFORE)
    }

    /// Takes leases over: whoever asked renews them or gives them back from now on.
    pub fn take<'a>(
        &self,
        queue: &QueueKey,
        letters: impl IntoIterator<Item = &'a LetterId>,
    ) -> HashMap<LetterId, Lease> {
        let mut queues = self.queues();
        let Some(held) = queues.get_mut(queue) else {
            return HashMap::new();
        };
        let taken = letters
            .into_iter()
            .filter_map(|letter| held.letters.remove_entry(letter))
            .collect();
        drop(queues);
        self.taken.send_replace(());
        taken
    }

    /// Tells whenever letters were taken over.
    pub fn taken(&self) -> watch::Receiver<()> {
        self.taken.subscribe()
    }

    /// Renews what is due of a holder; gives the letters that it lost.
    pub async fn renew(&self, queue: &QueueKey, holder: RunId, now: Timestamp) -> Vec<LetterId> {
        let due = now + RENEW_BEFORE + TOGETHER;
        let batches = self.batches(queue, |lease| lease.holder == holder && lease.until <= due);
        let until = now + SignedDuration::from_secs(VISIBILITY_S.into());
        let mut lost = Vec::new();
        let mut answers = stream::iter(batches)
            .map(|batch| change(batch, VISIBILITY_S))
            .buffer_unordered(AT_ONCE);
        while let Some(answers) = answers.next().await {
            for (letter, handle, renewed) in answers {
                match renewed {
                    Renewed::Yes => self.renewed(queue, &letter, &handle, until),
                    // Asked again at the next beat, as long as the lease lasts.
                    Renewed::Unknown => {}
                    Renewed::Lost => {
                        if self.forget(queue, &letter, &handle) {
                            lost.push(letter);
                        }
                    }
                }
            }
        }
        lost.extend(self.drop_expired(queue, holder, now));
        lost
    }

    /// Shows the letters of a holder to others again, at once.
    pub async fn give_back(&self, queue: &QueueKey, holder: RunId) {
        let batches = self.batches(queue, |lease| lease.holder == holder);
        self.show(queue, batches).await;
    }

    /// Shows the letters of every holder of a queue to others again, at once; says how many.
    pub async fn give_queue_back(&self, queue: &QueueKey) -> usize {
        let batches = self.batches(queue, |_| true);
        let count = batches.iter().map(|batch| batch.letters.len()).sum();
        self.show(queue, batches).await;
        self.taken.send_replace(());
        count
    }

    /// Shows every letter to others again: the program ends.
    pub async fn give_everything_back(&self) {
        let keys: Vec<QueueKey> = self.queues().keys().cloned().collect();
        let all = keys.iter().map(|queue| async move {
            let batches = self.batches(queue, |_| true);
            self.show(queue, batches).await;
        });
        futures::future::join_all(all).await;
    }

    async fn show(&self, queue: &QueueKey, batches: Vec<Batch<S>>) {
        let mut answers = stream::iter(batches)
            .map(|batch| change(batch, 0))
            .buffer_unordered(AT_ONCE);
        while let Some(answers) = answers.next().await {
            // Whatever was answered: nobody renews it any more, so it shows itself in time.
            for (letter, handle, _) in answers {
                self.forget(queue, &letter, &handle);
            }
        }
    }

    fn batches(&self, queue: &QueueKey, wanted: impl Fn(&Lease) -> bool) -> Vec<Batch<S>> {
        let queues = self.queues();
        let Some(held) = queues.get(queue) else {
            return Vec::new();
        };
        let letters: Vec<(LetterId, Handle)> = held
            .letters
            .iter()
            .filter(|(_, lease)| wanted(lease))
            .map(|(letter, lease)| (letter.clone(), lease.handle.clone()))
            .collect();
        letters
            .chunks(BATCH)
            .map(|letters| Batch {
                gate: Arc::clone(&held.gate),
                url: held.url.clone(),
                letters: letters.to_vec(),
            })
            .collect()
    }

    fn renewed(&self, queue: &QueueKey, letter: &LetterId, handle: &Handle, until: Timestamp) {
        let mut queues = self.queues();
        let lease = queues
            .get_mut(queue)
            .and_then(|held| held.letters.get_mut(letter));
        if let Some(lease) = lease.filter(|lease| lease.handle == *handle) {
            lease.until = until;
        }
    }

    /// Says whether it was held by this very receipt.
    fn forget(&self, queue: &QueueKey, letter: &LetterId, handle: &Handle) -> bool {
        let mut queues = self.queues();
        let Some(held) = queues.get_mut(queue) else {
            return false;
        };
        let is_held = held
            .letters
            .get(letter)
            .is_some_and(|lease| lease.handle == *handle);
        if is_held {
            held.letters.remove(letter);
        }
        if held.letters.is_empty() {
            queues.remove(queue);
        }
        is_held
    }

    fn drop_expired(&self, queue: &QueueKey, holder: RunId, now: Timestamp) -> Vec<LetterId> {
        let mut queues = self.queues();
        let Some(held) = queues.get_mut(queue) else {
            return Vec::new();
        };
        let is_over = |lease: &Lease| lease.holder == holder && lease.until <= now;
        held.letters
            .extract_if(|_, lease| is_over(lease))
            .map(|(letter, _)| letter)
            .collect()
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<QueueKey, Held<S>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Held<S> {
    fn of(&self, holder: RunId) -> impl Iterator<Item = (&LetterId, &Lease)> {
        self.letters
            .iter()
            .filter(move |(_, lease)| lease.holder == holder)
    }
}

/// What became of one lease that was asked to go on.
enum Renewed {
    Yes,
    Unknown,
    Lost,
}

async fn change<S: Session>(batch: Batch<S>, seconds: u32) -> Vec<(LetterId, Handle, Renewed)> {
    let handles: Vec<Handle> = batch
        .letters
        .iter()
        .map(|(_, handle)| handle.clone())
        .collect();
    let answer = batch
        .gate
        .change_visibility(&batch.url, &handles, seconds)
        .await;
    let letters = batch.letters.into_iter();
    match answer {
        Ok(entries) => letters
            .zip(entries)
            .map(|((letter, handle), entry)| {
                let renewed = match entry {
                    Ok(()) => Renewed::Yes,
                    Err(error) if error.sender_fault => Renewed::Lost,
                    Err(_) => Renewed::Unknown,
                };
                (letter, handle, renewed)
            })
            .collect(),
        Err(error) => {
            tracing::warn!(%error, seconds, "the visibility of letters was not changed");
            letters
                .map(|(letter, handle)| (letter, handle, Renewed::Unknown))
                .collect()
        }
    }
}
