//! The last step: what the destination has, or what was only to be deleted, leaves the source. A
//! letter whose delete did not take shows up again, and is deleted then.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    engine::{Awaited, Engine, Event, Step},
    outlet::LINGER,
    trouble::{Direction, is_final},
};
use crate::{
    domain::{
        queue::{BATCH, BatchAnswer, EntryError, Handle},
        redrive::{Record, ledger::State},
    },
    ports::{self, Operation},
};

impl Engine {
    /// A letter is only deleted: that is the plan, or an earlier plan sent it.
    pub(super) fn doom(&mut self, id: &Arc<str>, is_planned: bool, now: Timestamp) {
        if is_planned {
            if self.enter(&Record::Doomed(vec![Arc::clone(id)])) {
                self.doomed.insert(Arc::clone(id));
                self.dooming.push(Arc::clone(id));
            }
            return;
        }
        match self.ledger.doom(id) {
            Ok(()) => {
                self.doomed.insert(Arc::clone(id));
                self.deletes.push_back((Arc::clone(id), now));
            }
            Err(illegal) => tracing::error!(%illegal, "a letter was met twice"),
        }
    }

    /// Writes down which letters the plan deletes, so that its limit holds over a crash.
    pub(super) fn write_doomed(&mut self) {
        if !self.dooming.is_empty() {
            let ids = std::mem::take(&mut self.dooming);
            self.confirm(Record::Doomed(ids.clone()), ids);
        }
    }

    /// Writes down, what was taken in already, and then deletes these letters.
    pub(super) fn confirm(&mut self, record: Record, ids: Vec<Arc<str>>) {
        self.confirming.extend(ids.iter().cloned());
        let written = self.journal.persist(vec![record]);
        self.writes.push(Box::pin(
            async move { Event::Confirmed(ids, written.await) },
        ));
    }

    /// Deletes what was sent or was only to be deleted, ten to a call.
    pub(super) fn delete(&mut self, now: Timestamp) {
        if self.outlet.is_delete_refused {
            // What was sent stays in the source too, and the report names it.
            self.deletes.clear();
        }
        if self.outlet.is_disk_broken || self.outlet.is_held(now) {
            return;
        }
        while self.has_room() {
            let is_full = self.deletes.len() >= BATCH;
            let is_due = self.deletes.front().is_some_and(|(_, since)| {
                now.duration_since(*since) >= LINGER
                    || (self.outlet.is_still() && self.writes.is_empty() && self.packer.is_empty())
                    || self.halt.is_some()
            });
            if !is_full && !is_due {
                return;
            }
            let count = self.deletes.len().min(BATCH);
            let taken: Vec<(Arc<str>, Handle)> = self
                .deletes
                .drain(..count)
                .filter_map(|(id, _)| {
                    let handle = self.leases.handle(&id)?;
                    Some((id, handle))
                })
                .collect();
            if taken.is_empty() {
                continue;
            }
            self.send_deletes(taken, false);
        }
    }

    /// `is_last_try`: their leases are over and the queue is empty.
    pub(super) fn send_deletes(&mut self, letters: Vec<(Arc<str>, Handle)>, is_last_try: bool) {
        let (gate, warrant) = (Arc::clone(&self.gate), self.warrant.clone());
        let source = self.source.clone();
        self.flying += 1;
        self.request(Operation::DeleteMessageBatch, async move {
            let handles: Vec<Handle> = letters.iter().map(|(_, handle)| handle.clone()).collect();
            let answer = gate.delete_batch(&warrant, &source, &handles).await;
            Event::Deleted {
                letters,
                answer,
                is_last_try,
            }
        });
    }

    pub(super) fn on_deleted(
        &mut self,
        letters: Vec<(Arc<str>, Handle)>,
        answer: ports::Result<BatchAnswer<()>>,
        is_last_try: bool,
        now: Timestamp,
    ) {
        self.flying -= 1;
        let answers = match answer {
            Ok(answers) => answers,
            Err(error) => {
                for (id, handle) in letters {
                    self.delete_again(id, handle, is_last_try, now);
                }
                self.outlet.is_delete_refused |= is_final(&error);
                self.failed(Direction::Delete, &error, now, now);
                return;
            }
        };
        self.weigh(Direction::Delete, &answers, now);
        let mut gone = Vec::new();
        for ((id, handle), answer) in letters.into_iter().zip(answers) {
            if self.is_outdated(&id, &handle) {
                // SQS answers a delete by an older handle with success, and may not delete (SQS
                // API); the newer one is in line.
                continue;
            }
            match answer {
                // After its lease, in an empty queue, a handle that is refused says that the letter
                // is gone: an earlier delete took, and its answer was lost.
                Err(error) if is_refused(&error) && !is_last_try => self.lose(&id, now),
                Err(error) if !is_refused(&error) => {
                    self.delete_again(id, handle, is_last_try, now);
                }
                _ => {
                    self.leases.drop(&id);
                    self.letters.remove(&id);
                    self.awaited.remove(&id);
                    self.doomed.remove(&id);
                    if self.ledger.state(&id) != Some(State::Deleted) && !gone.contains(&id) {
                        gone.push(id);
                    }
                }
            }
        }
        if !gone.is_empty() {
            self.note(Record::Deleted(gone));
        }
    }

    /// Whether a letter was received again since this handle was given out.
    fn is_outdated(&self, id: &str, handle: &Handle) -> bool {
        let awaited = || self.awaited.get(id)?.handle.clone();
        let newest = self.leases.handle(id).or_else(awaited);
        newest.is_some_and(|newest| newest != *handle)
    }

    /// To delete twice is to delete once: what failed is tried again.
    fn delete_again(&mut self, id: Arc<str>, handle: Handle, is_last_try: bool, now: Timestamp) {
        if is_last_try && self.leases.handle(&id).is_none() {
            let handle = Some(handle);
            self.awaited.insert(id, Awaited { until: now, handle });
        } else {
            self.deletes.push_back((id, now));
        }
    }

    /// A letter that was sent, or was to be deleted only, is received again: its older handle did
    /// not delete it, or SQS shows it again after its delete.
    pub(super) fn delete_by(
        &mut self,
        id: Arc<str>,
        handle: Handle,
        until: Timestamp,
        now: Timestamp,
    ) {
        self.awaited.remove(&id);
        if self.ledger.state(&id) == Some(State::Deleted) {
            self.doomed.insert(Arc::clone(&id));
            self.note(Record::Undeleted(vec![Arc::clone(&id)]));
        } else if self.letters.contains_key(&id) {
            self.note_newest(&id, handle, until);
        }
        // What is not on disk yet is deleted when it is.
        if !self.confirming.contains(&id) {
            self.deletes.push_back((id, now));
        }
    }

    /// What was sent and lies in the source too, once the plan has ended.
    pub(super) fn undeleted(&self) -> Vec<Arc<str>> {
        let mut ids: Vec<Arc<str>> = self
            .letters
            .keys()
            .chain(&self.doomed)
            .filter(|id| self.ledger.state(id) == Some(State::Sent))
            .cloned()
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// A letter is not ours any more, and shows up again: then it goes on from where it is.
    pub(super) fn lose(&mut self, id: &Arc<str>, now: Timestamp) {
        let Some(lease) = self.leases.drop(id) else {
            return;
        };
        if matches!(self.ledger.state(id), Some(State::Passed | State::Failed)) {
            return;
        }
        if let Some(letter) = self.letters.get(id)
            && matches!(letter.step, Step::Waiting | Step::Stale)
            && !letter.is_copy
        {
            self.set_aside(id, Step::Lost, now);
        }
        let until = lease.until.max(now);
        let handle = Some(lease.handle);
        self.awaited
            .insert(Arc::clone(id), Awaited { until, handle });
    }
}

/// The handle is not the newest one, or its message is not there any more.
fn is_refused(error: &EntryError) -> bool {
    error.sender_fault || error.code == "ReceiptHandleIsInvalid"
}
