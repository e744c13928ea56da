//! A look: receives letters in parallel, holds them by renewing their leases, and gives back what
//! is still its own when it is stopped.
//!
//! Reading waits for the loop to take letters in; renewing waits for nobody. When somebody else
//! took every letter over (a redrive), and it reads no more, the look is over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Notify, watch};

use super::tell;
use crate::{
    domain::{
        letter::{
            Letter,
            decode::{Known, decode},
        },
        queue::{BATCH, Message, Receive},
    },
    ports::{ApiError, Operation, Provider},
    runtime::{
        gate::Gate,
        journal::Tombstones,
        leases::VISIBILITY_S,
        runner::{Shared, blocking},
    },
    store::{
        RunId,
        effect::Control,
        letters::{Action, Leases, LetterId, LookAt, LookEnd, QueueKey},
        logs::Parcel,
    },
};

/// Receives under way at once.
const WORKERS: usize = 8;
/// Long polling asks every host of the queue; longer would make stopping slow.
const WAIT_S: u32 = 2;
/// Empty answers one after the other that mean that there is nothing more.
const EMPTY: usize = 2;
/// The least time between two renewals.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

pub(super) async fn look<P: Provider>(
    shared: &Arc<Shared<P>>,
    id: RunId,
    work: LookAt,
    inbox: watch::Receiver<Control>,
) {
    let queue = work.queue.clone();
    match shared.gate(queue.session, Operation::ReceiveMessage) {
        Ok(gate) => {
            let marks = tombstones(shared, &queue).await;
            Looker::new(shared, id, work, gate, marks).work(inbox).await;
        }
        Err(error) => {
            let end = LookEnd::Failed(error);
            tell(shared, Action::Looked(queue.clone(), id, end)).await;
        }
    }
    tell(shared, Action::LookOver(queue, id)).await;
}

/// What earlier redrives sent from this queue. A look sends nothing: without them it only cannot
/// warn.
async fn tombstones<P: Provider>(shared: &Shared<P>, queue: &QueueKey) -> Tombstones {
    let (journals, source) = (shared.journals.clone(), queue.arn.clone());
    match blocking(move || journals.tombstones(&source, "")).await {
        Some(Ok(tombstones)) => tombstones,
        Some(Err(error)) => {
            tracing::warn!(%error, "the journals were not read");
            Tombstones::nowhere()
        }
        None => Tombstones::nowhere(),
    }
}

struct Looker<'a, P: Provider> {
    shared: &'a Arc<Shared<P>>,
    id: RunId,
    work: LookAt,
    gate: Arc<Gate<P::Session>>,
    known: Arc<Known>,
    tombstones: Tombstones,
    /// Letters that may still be asked for.
    left: AtomicUsize,
    bytes: AtomicUsize,
    empty: AtomicUsize,
    no_more: AtomicBool,
    failure: Mutex<Option<ApiError>>,
    /// Something is held, or no longer.
    changed: Notify,
    is_read: AtomicBool,
}

impl<'a, P: Provider> Looker<'a, P> {
    fn new(
        shared: &'a Arc<Shared<P>>,
        id: RunId,
        work: LookAt,
        gate: Arc<Gate<P::Session>>,
        tombstones: Tombstones,
    ) -> Self {
        Self {
            shared,
            id,
            known: Arc::new(Known::of(&work.known)),
            tombstones,
            left: AtomicUsize::new(work.sample),
            bytes: AtomicUsize::new(0),
            empty: AtomicUsize::new(0),
            no_more: AtomicBool::new(false),
            failure: Mutex::default(),
            changed: Notify::new(),
            is_read: AtomicBool::new(false),
            work,
            gate,
        }
    }

    async fn work(&self, inbox: watch::Receiver<Control>) {
        join(self.read(inbox.clone()), self.hold(inbox)).await;
    }

    /// Receives until the sample is full, the queue is empty, or it is asked to stop.
    async fn read(&self, inbox: watch::Receiver<Control>) {
        let depth = self.work.known.depth().unwrap_or(u64::MAX);
        let wanted = self
            .work
            .sample
            .min(usize::try_from(depth).unwrap_or(usize::MAX));
        let workers = wanted.div_ceil(BATCH).clamp(1, WORKERS);
        join_all((0..workers).map(|_| self.receive(&inbox))).await;
        let end = if let Some(error) = self.failure.lock().await.take() {
            LookEnd::Failed(error)
        } else if self.bytes.load(Ordering::Relaxed) >= self.work.bytes {
            LookEnd::Budget
        } else if self.no_more.load(Ordering::Relaxed) {
            LookEnd::Everything
        } else if self.left.load(Ordering::Relaxed) == 0 {
            LookEnd::Sample
        } else {
            LookEnd::Stopped
        };
        self.is_read.store(true, Ordering::Relaxed);
        self.changed.notify_one();
        let queue = self.work.queue.clone();
        tell(self.shared, Action::Looked(queue, self.id, end)).await;
    }

    async fn receive(&self, inbox: &watch::Receiver<Control>) {
        while *inbox.borrow() == Control::Resume && !self.no_more.load(Ordering::Relaxed) {
            if self.bytes.load(Ordering::Relaxed) >= self.work.bytes {
                return;
            }
            let Some(max) = self.reserve() else { return };
            let asked = self.shared.now();
            let receive = Receive {
                max: max as u8,
                visibility_s: VISIBILITY_S,
                wait_s: WAIT_S,
            };
            // What was asked for is waited for, whatever the inbox says: letters that were
            // received and not noted would be hidden from everybody.
            let answer = self.gate.receive(&self.work.url, receive).await;
            match answer {
                Ok(messages) => {
                    self.left
                        .fetch_add(max - messages.len().min(max), Ordering::Relaxed);
                    if messages.is_empty() {
                        if self.empty.fetch_add(1, Ordering::Relaxed) + 1 >= EMPTY {
                            self.no_more.store(true, Ordering::Relaxed);
                        }
                        continue;
                    }
                    self.empty.store(0, Ordering::Relaxed);
                    self.take(messages, asked).await;
                }
                Err(error) => {
                    self.left.fetch_add(max, Ordering::Relaxed);
                    self.no_more.store(true, Ordering::Relaxed);
                    self.failure.lock().await.get_or_insert(error);
                }
            }
        }
    }

    /// Takes up to ten letters out of what may still be asked for.
    fn reserve(&self) -> Option<usize> {
        let take = |left: usize| (left > 0).then(|| left - left.min(BATCH));
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .ok()
            .map(|before| before.min(BATCH))
    }

    async fn take(&self, messages: Vec<Message>, asked: Timestamp) {
        let until = asked + SignedDuration::from_secs(VISIBILITY_S.into());
        let receipts: Vec<_> = messages
            .iter()
            .map(|message| (LetterId::clone(&message.id), message.handle.clone()))
            .collect();
        let way = (&self.gate, &self.work.url);
        self.shared
            .leases
            .hold(&self.work.queue, way, self.id, receipts, until);
        self.changed.notify_one();
        let bytes: usize = messages.iter().map(Message::bytes).sum();
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let (known, marks) = (Arc::clone(&self.known), self.tombstones.clone());
        let decoded = blocking(move || {
            let sent = messages.iter().filter_map(|message| {
                let mark = marks.get(&message.id)?;
                // A plan that ended without knowing whether it was sent does not say where to.
                let to = mark.to.map_or_else(|| "?".to_owned(), |to| to.shown());
                Some((LetterId::clone(&message.id), to))
            });
            let sent: Vec<(LetterId, String)> = sent.collect();
            let decoded = messages.into_iter().map(|message| decode(message, &known));
            let letters: Vec<Arc<Letter>> = decoded.map(Arc::new).collect();
            (letters, sent)
        });
        if let Some((letters, sent)) = decoded.await {
            let letters = Parcel::new(letters);
            let action = Action::Read(self.work.queue.clone(), self.id, letters, sent);
            tell(self.shared, action).await;
        }
    }

    /// Renews what is held until it is stopped, then gives it back.
    async fn hold(&self, mut inbox: watch::Receiver<Control>) {
        let (told, news) = watch::channel((Leases::default(), Vec::new()));
        let work = async {
            self.beat(&mut inbox, &told).await;
            drop(told);
            let leases = &self.shared.leases;
            leases.give_back(&self.work.queue, self.id).await;
        };
        // Telling waits for the loop; the beat does not wait for the telling.
        join(work, self.report(news)).await;
    }

    async fn beat(
        &self,
        inbox: &mut watch::Receiver<Control>,
        told: &watch::Sender<(Leases, Vec<LetterId>)>,
    ) {
        let (leases, queue) = (&self.shared.leases, &self.work.queue);
        let mut taken = leases.taken();
        let mut not_before = self.shared.now();
        loop {
            let count = leases.count(queue, self.id);
            let is_read = self.is_read.load(Ordering::Relaxed);
            let next_renewal = leases.next_renewal(queue, self.id);
            told.send_modify(|(known, _)| {
                *known = Leases {
                    count,
                    next_renewal,
                };
            });
            if is_read && (count == 0 || *inbox.borrow() == Control::Stop) {
                return;
            }
            tokio::select! {
                () = self.changed.notified() => {}
                changed = inbox.changed() => {
                    if changed.is_err() {
                        // Nobody can stop it any more: the program ends, and gives back itself.
                        std::future::pending::<()>().await;
                    }
                }
                _ = taken.changed() => {}
                () = until(self.shared.now(), next_renewal.map(|at| at.max(not_before))) => {
                    let now = self.shared.now();
                    let lost = leases.renew(queue, self.id, now).await;
                    if !lost.is_empty() {
                        told.send_modify(|(_, all)| all.extend(lost));
                    }
                    // What failed is tried again, not at once.
                    not_before = self.shared.now() + PAUSE;
                }
            }
        }
    }

    async fn report(&self, mut news: watch::Receiver<(Leases, Vec<LetterId>)>) {
        let mut told = 0;
        while news.changed().await.is_ok() {
            let (leases, lost) = {
                let news = news.borrow_and_update();
                (news.0, news.1[told..].to_vec())
            };
            told += lost.len();
            let action = Action::Leased(self.work.queue.clone(), self.id, leases, lost);
            tell(self.shared, action).await;
        }
    }
}

async fn until(now: Timestamp, at: Option<Timestamp>) {
    match at {
        Some(at) => {
            let pause = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            tokio::time::sleep(pause).await;
        }
        None => std::future::pending().await,
    }
}
