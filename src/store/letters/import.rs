//! The lines of a file on their way to a queue: counted, confirmed, sent.

use std::path::PathBuf;

use super::{Letters, QueueKey, QueueWrite, Request, Work, ask, error};
use crate::store::{Outbox, ticket::Ticket};

/// The lines of a file, read and checked against the queue that they are to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Where to.
    pub queue: QueueKey,
    /// Which file.
    pub file: PathBuf,
    /// How many messages its lines are.
    pub messages: usize,
    /// Bytes of bodies and attributes.
    pub bytes: u64,
    /// Requests that send them.
    pub requests: usize,
    /// Of the file's text: what is sent is what was counted.
    pub digest: String,
}

impl Letters {
    /// What was counted and waits to be confirmed.
    pub const fn import(&self) -> Option<&Import> {
        self.import.as_ref()
    }

    pub(super) fn count_import(&mut self, queue: &QueueKey, file: PathBuf, out: &mut Outbox<'_>) {
        self.import = None;
        let work = Work::CountImport {
            queue: queue.clone(),
            file,
        };
        let ticket = ask("letters.import", queue, work, out);
        self.counting_import = Some(ticket.generation);
    }

    pub(super) fn import_counted(
        &mut self,
        ticket: &Ticket,
        answer: Result<Import, String>,
    ) -> Vec<Request> {
        if self.counting_import != Some(ticket.generation) {
            return Vec::new();
        }
        self.counting_import = None;
        match answer {
            Ok(import) => self.import = Some(import),
            Err(why) => return error(format!("nothing was sent: {why}")),
        }
        Vec::new()
    }

    /// Sends what was counted, when it is wanted.
    pub(super) fn end_import(&mut self, is_wanted: bool, out: &mut Outbox<'_>) -> Vec<Request> {
        match self.import.take().filter(|_| is_wanted) {
            Some(import) => self.write(
                import.queue.clone(),
                QueueWrite::Import(Box::new(import)),
                out,
            ),
            None => Vec::new(),
        }
    }
}
