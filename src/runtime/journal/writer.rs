//! The one writer of a journal: what is ready together is written together and shares one sync.
//! What was sent goes to the second file first, without a sync of its own.

use std::{
    fs::File,
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::super::runner::beside;
use crate::domain::redrive::Record;

/// Where lines end up.
pub trait Disk: Send {
    /// Appends.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything appended so far is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

type Waiter = oneshot::Sender<io::Result<()>>;

pub(super) struct Writer {
    queue: Mutex<Queue>,
    disk: Mutex<Disks>,
}

/// The journal, and the second file of what was sent.
struct Disks {
    journal: Box<dyn Disk>,
    sent: Option<File>,
}

impl Disks {
    fn write(&mut self, records: &[Record], lines: &mut Vec<u8>) -> io::Result<()> {
        if let Some(sent) = &mut self.sent {
            lines.clear();
            for record in records.iter().filter(|record| record.is_about_sending()) {
                record.write(lines);
            }
            sent.write_all(lines)?;
        }
        lines.clear();
        for record in records {
            record.write(lines);
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.journal.write(lines)?;
        self.journal.sync()
    }
}

#[derive(Default)]
struct Queue {
    records: Vec<Record>,
    waiters: Vec<Waiter>,
    is_writing: bool,
    /// The first error: everything after it fails too.
    broken: Option<(io::ErrorKind, String)>,
}

impl Queue {
    fn broken(&self) -> Option<io::Error> {
        let (kind, text) = self.broken.as_ref()?;
        Some(io::Error::new(*kind, text.clone()))
    }
}

impl Writer {
    pub(super) fn new(journal: Box<dyn Disk>, sent: Option<File>) -> Self {
        Self {
            queue: Mutex::default(),
            disk: Mutex::new(Disks { journal, sent }),
        }
    }

    pub(super) fn append(&self, record: Record) {
        let mut queue = self.queue();
        if queue.broken.is_none() {
            queue.records.push(record);
        }
    }

    /// Queues the records now; the future only waits.
    pub(super) fn persist(
        self: &Arc<Self>,
        records: Vec<Record>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (waiter, written) = oneshot::channel();
        let starts = {
            let mut queue = self.queue();
            if let Some(error) = queue.broken() {
                let _ = waiter.send(Err(error));
                false
            } else {
                queue.records.extend(records);
                queue.waiters.push(waiter);
                !std::mem::replace(&mut queue.is_writing, true)
            }
        };
        if starts {
            let writer = Arc::clone(self);
            beside(move || writer.drain());
        }
        async move {
            written
                .await
                .unwrap_or_else(|_| Err(io::Error::other("the journal's writer ended")))
        }
    }

    /// Writes until nothing waits. Blocking; one at a time.
    fn drain(&self) {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        loop {
            let (records, waiters) = {
                let mut queue = self.queue();
                if queue.waiters.is_empty() {
                    queue.is_writing = false;
                    return;
                }
                (
                    std::mem::take(&mut queue.records),
                    std::mem::take(&mut queue.waiters),
                )
            };
            let result = disk.write(&records, &mut lines);
            let broken = result.err().map(|error| (error.kind(), error.to_string()));
            if broken.is_some() {
                let mut queue = self.queue();
                queue.broken.clone_from(&broken);
                queue.records.clear();
            }
            for waiter in waiters {
                let result = match &broken {
                    None => Ok(()),
                    Some((kind, text)) => Err(io::Error::new(*kind, text.clone())),
                };
                // Nobody waits any more when the engine is gone.
                let _ = waiter.send(result);
            }
            // One huge batch must not keep its room for ever.
            lines.shrink_to(1 << 20);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
