//! A look as a run: the letters are told, held by renewing their leases, and given back when it is
//! stopped. The reading itself is [`runtime::reading`](crate::runtime::reading)'s.
//!
//! Telling letters waits for the loop; renewing waits for nobody. When somebody else took every
//! letter over (a redrive), and it reads no more, the look is over.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::join;
use tokio::sync::{Notify, mpsc, watch};

use super::tell;
use crate::{
    domain::letter::Letter,
    ports::{ApiError, Operation},
    runtime::{
        gate::Gate,
        journal::Tombstones,
        look::Bounds,
        queues,
        reading::{Lore, Reading},
        runner::{Shared, blocking},
    },
    store::{
        RunId,
        effect::Control,
        letters::{self, Action, LetterId, LookAt, LookEnd, QueueKey},
        parcel::Parcel,
    },
};

/// What is told about leases: how they stand, and every letter that was lost.
type News = (letters::Leases, Vec<LetterId>);

pub(in crate::runtime::jobs) async fn look(
    shared: &Arc<Shared>,
    id: RunId,
    work: LookAt,
    inbox: watch::Receiver<Control>,
) {
    let queue = work.queue.clone();
    let opened = async {
        let operation = Operation::ReceiveMessage;
        let gate = shared.gate(queue.session, operation)?;
        let opened = queues::at(&gate, operation, &queue.arn).await?;
        Ok::<_, ApiError>((gate, opened))
    };
    match opened.await {
        Ok((gate, opened)) => {
            let reading = Reading::of(Arc::clone(&gate), shared.clock.clone(), opened);
            let leases = Arc::clone(reading.leases());
            let job = LookJob {
                shared,
                id,
                tombstones: tombstones(shared, &queue).await,
                reading,
                gate: Arc::clone(&gate),
                is_read: AtomicBool::new(false),
                read_over: Notify::new(),
                work,
            };
            shared.looks.begin(id, queue.clone(), gate, leases);
            join(job.read(inbox.clone()), job.hold(inbox)).await;
            shared.looks.end(id);
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
async fn tombstones(shared: &Shared, queue: &QueueKey) -> Tombstones {
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

struct LookJob<'a> {
    shared: &'a Arc<Shared>,
    id: RunId,
    work: LookAt,
    gate: Arc<Gate>,
    reading: Reading,
    tombstones: Tombstones,
    is_read: AtomicBool,
    read_over: Notify,
}

impl LookJob<'_> {
    /// Receives until the sample is full, the queue is empty, or it is asked to stop.
    async fn read(&self, mut inbox: watch::Receiver<Control>) {
        let bounds = Bounds {
            sample: self.work.sample,
            bytes: self.work.bytes,
        };
        let stop = async move {
            let is_asked = |control: &Control| *control != Control::Resume;
            let is_deserted = inbox.wait_for(is_asked).await.is_err();
            if is_deserted {
                // Nobody can stop it any more: the program ends, and gives back itself.
                std::future::pending::<()>().await;
            }
        };
        let mut lore = Lore::of(self.work.known.clone());
        let take = |messages, asked| self.shared.looks.take(self.id, messages, asked);
        let (told, mut letters) = mpsc::unbounded_channel();
        let reading = self.reading.read(&mut lore, bounds, stop, take, told);
        let telling = async {
            while let Some(letters) = letters.recv().await {
                self.tell(letters).await;
            }
        };
        let (end, ()) = join(reading, telling).await;
        self.is_read.store(true, Ordering::Relaxed);
        self.read_over.notify_one();
        let queue = self.work.queue.clone();
        tell(self.shared, Action::Looked(queue, self.id, end)).await;
    }

    /// Tells letters, and which of them an earlier redrive sent.
    async fn tell(&self, letters: Vec<Letter>) {
        let sent = letters.iter().filter_map(|letter| {
            let mark = self.tombstones.get(&letter.message.id)?;
            // A plan that ended without knowing whether it was sent does not say where to.
            let to = mark.to.map_or_else(|| "?".to_owned(), |to| to.shown());
            Some((LetterId::clone(&letter.message.id), to))
        });
        let sent = sent.collect();
        let letters = Parcel::new(letters.into_iter().map(Arc::new).collect());
        let action = Action::Read(self.work.queue.clone(), self.id, letters, sent);
        tell(self.shared, action).await;
    }

    /// Renews what is held until it is stopped, then gives it back.
    async fn hold(&self, mut inbox: watch::Receiver<Control>) {
        let (told, news) = watch::channel(News::default());
        let work = async {
            self.beat(&mut inbox, &told).await;
            drop(told);
            self.reading.give_back().await;
        };
        // Telling waits for the loop; the beat does not wait for the telling.
        join(work, self.report(news)).await;
    }

    async fn beat(&self, inbox: &mut watch::Receiver<Control>, told: &watch::Sender<News>) {
        let mut changes = self.reading.leases().changes();
        loop {
            let leases = letters::Leases {
                count: self.reading.leases().len(),
                next_renewal: self.reading.leases().next_renewal(),
            };
            told.send_modify(|(known, _)| *known = leases);
            let is_read = self.is_read.load(Ordering::Relaxed);
            if is_read && (leases.count == 0 || *inbox.borrow() == Control::Stop) {
                return;
            }
            tokio::select! {
                () = self.read_over.notified() => {}
                changed = inbox.changed() => {
                    if changed.is_err() {
                        // As above.
                        std::future::pending::<()>().await;
                    }
                }
                _ = changes.changed() => {}
                () = self.reading.leases().due(&self.shared.clock) => {
                    // To its end, whatever comes: a renewal must not overtake the giving back.
                    let lost = self.reading.leases().renew(&self.gate, &self.shared.clock).await.lost;
                    if !lost.is_empty() {
                        told.send_modify(|(_, all)| all.extend(lost));
                    }
                }
            }
        }
    }

    async fn report(&self, mut news: watch::Receiver<News>) {
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
