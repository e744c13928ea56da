//! What the destination said to a batch: letter by letter it arrived, it was refused, or nobody
//! knows. Only what arrived, and is on disk as arrived, goes on to its delete.

use std::{io, sync::Arc};

use jiff::Timestamp;

use super::{
    engine::{Engine, Step},
    outlet::{ATTEMPTS, Answers, WINDOW, group},
    trouble::Direction,
};
use crate::{
    domain::{
        queue::EntryError,
        redrive::{
            Destination, Key, Record, Target,
            batch::{Batch, Item},
            record::{Arrival, Arrived},
            route::BEHIND,
        },
    },
    ports::{self, ApiError, ErrorKind, error::Outcome},
};

impl Engine {
    pub(super) fn on_answered(
        &mut self,
        number: u64,
        answer: ports::Result<Answers>,
        now: Timestamp,
    ) {
        self.flying -= 1;
        self.outlet.sending -= 1;
        match answer {
            Ok(answers) => {
                let is_none_through = self.weigh(Direction::Send, &answers, now);
                let Some(batch) = self.outlet.batches.remove(&number) else {
                    return;
                };
                self.on_entries(batch, answers, is_none_through, now);
            }
            Err(error) => self.on_batch_failed(number, &error, now),
        }
    }

    fn on_entries(
        &mut self,
        batch: Batch,
        answers: Answers,
        is_none_through: bool,
        now: Timestamp,
    ) {
        // When all of several fail, the fault is not in one of them.
        let is_shared = is_none_through && batch.items.len() > 1;
        let mut arrived = Vec::new();
        let mut returned: Vec<(Item, String)> = Vec::new();
        for (item, answer) in batch.items.into_iter().zip(answers) {
            match answer {
                Ok(sent_as) => arrived.push((item, sent_as)),
                Err(error) if error.code == EntryError::NO_ANSWER => {
                    self.unknown(&item, &error.message, now);
                }
                Err(error) if error.code == EntryError::CHECKSUM_MISMATCH => {
                    self.note(Record::Doubtful(vec![Arc::clone(&item.id)]));
                    self.fail(
                        &item.id,
                        "the destination has it, but not as it was sent (checksum)".into(),
                    );
                }
                Err(error) if error.code == EntryError::FUNCTION_ERROR => {
                    let why = format!("the function answered with an error: {}", error.message);
                    self.call_failed(&item.id, why.clone());
                    self.fail(&item.id, why);
                }
                Err(error) if error.sender_fault => {
                    self.fail(&item.id, format!("{}: {}", error.code, error.message));
                }
                Err(error) => returned.push((item, format!("{}: {}", error.code, error.message))),
            }
        }
        for (item, reason) in returned {
            self.not_sent(vec![item], &reason, u32::from(!is_shared), now);
        }
        self.arrived(&batch.to, &arrived, now);
    }

    /// What the destination took is written down, then deleted.
    fn arrived(&mut self, to: &Target, arrived: &[(Item, String)], now: Timestamp) {
        if arrived.is_empty() {
            return;
        }
        let letters: Vec<Arrived> = arrived
            .iter()
            .filter_map(|(item, sent_as)| {
                let letter = self.letters.get_mut(&item.id)?;
                letter.step = Step::Sent;
                Some(Arrived {
                    id: Arc::clone(&item.id),
                    sent_as: sent_as.clone(),
                    content: Key::of(letter.claim.content().reveal()),
                })
            })
            .collect();
        for (item, _) in arrived {
            self.packer.finished(item.group, item.turn);
        }
        if let Some(first) = letters.first() {
            self.start_watching(first.clone(), to, now);
        }
        self.report.sent(letters.len(), now);
        let ids = letters
            .iter()
            .map(|letter| Arc::clone(&letter.id))
            .collect();
        let record = Record::Sent(Arrival {
            at: now,
            to: to.clone(),
            letters,
        });
        if self.enter(&record) {
            self.confirm(record, ids);
        }
    }

    pub(super) fn on_confirmed(
        &mut self,
        ids: Vec<Arc<str>>,
        result: io::Result<()>,
        now: Timestamp,
    ) {
        match result {
            Ok(()) => {
                for id in ids {
                    self.confirming.remove(&id);
                    self.deletes.push_back((id, now));
                }
            }
            Err(error) => self.disk_failed(&error),
        }
    }

    /// The whole call failed.
    fn on_batch_failed(&mut self, number: u64, error: &ApiError, now: Timestamp) {
        if error.outcome() == Outcome::Unknown {
            let batch = self.outlet.batches.remove(&number);
            for item in batch.into_iter().flat_map(|batch| batch.items) {
                self.unknown(&item, &error.to_string(), now);
            }
            self.failed(Direction::Send, error, now, now);
            return;
        }
        let is_about_target = self.is_about_one_source(error);
        let is_about_letters =
            matches!(error.kind, ErrorKind::Invalid | ErrorKind::TooLarge) || is_about_target;
        if !is_about_letters {
            self.call_back(number, &error.to_string(), now);
            self.failed(Direction::Send, error, now, now);
            return;
        }
        self.got_through(Direction::Send);
        let Some(batch) = self.outlet.batches.remove(&number) else {
            return;
        };
        // One letter may have spoilt it for all: each is tried alone before it counts as refused.
        let is_single = batch.items.len() == 1;
        for item in batch.items {
            if is_single || is_about_target {
                self.fail(&item.id, error.to_string());
            } else {
                if let Some(letter) = self.letters.get_mut(&item.id) {
                    letter.is_alone = true;
                }
                self.not_sent(vec![item], "refused together with others", 1, now);
            }
        }
    }

    /// Whether an error says that letters cannot go back to one of several sources: the others go on.
    pub(super) fn is_about_one_source(&self, error: &ApiError) -> bool {
        matches!(
            self.plan.destination,
            Destination::Source | Destination::SourceOr { .. }
        ) && (matches!(error.kind, ErrorKind::NotFound | ErrorKind::Elsewhere)
            || (error.kind == ErrorKind::Denied && self.targets.are_several()))
    }

    /// A batch did not go, whatever the reason: its letters wait again.
    pub(super) fn call_back(&mut self, number: u64, reason: &str, now: Timestamp) {
        if let Some(batch) = self.outlet.batches.remove(&number) {
            let ids = batch.items.iter().map(|item| Arc::clone(&item.id));
            self.note_not_sent(ids.collect(), reason);
            for item in batch.items {
                self.wait_again(&item, now);
            }
        }
    }

    /// Letters were refused for a reason that may pass; how much of an attempt that was.
    fn not_sent(&mut self, items: Vec<Item>, reason: &str, attempts: u32, now: Timestamp) {
        for item in items {
            let Some(letter) = self.letters.get_mut(&item.id) else {
                continue;
            };
            letter.refused += attempts;
            if letter.refused >= ATTEMPTS {
                self.fail(&item.id, reason.to_owned());
                continue;
            }
            self.note_not_sent(vec![Arc::clone(&item.id)], reason);
            self.wait_again(&item, now);
        }
    }

    /// Of letters that did not go this time. What an earlier time brought there, perhaps, is no
    /// less unknown for it: for a process after this one it stays *sending*.
    fn note_not_sent(&mut self, mut ids: Vec<Arc<str>>, reason: &str) {
        ids.retain(|id| !self.may_have_arrived(id));
        if !ids.is_empty() {
            let reason = reason.to_owned();
            self.note(Record::NotSent { ids, reason });
        }
    }

    fn wait_again(&mut self, item: &Item, now: Timestamp) {
        self.canary.did_not_go(&item.id);
        if let Some(letter) = self.letters.get_mut(&item.id)
            && letter.unknown == 0
        {
            letter.sending_since = None;
        }
        self.line_up(&item.id, now);
    }

    /// Whether a letter arrived is not known. On FIFO it is sent again under the same id as long
    /// as the queue remembers it; else it is sent once more and named as a possible duplicate.
    fn unknown(&mut self, item: &Item, reason: &str, now: Timestamp) {
        let is_fifo = self.is_fifo_target(&item.id);
        let is_called = self.is_called(&item.id);
        let Some(letter) = self.letters.get_mut(&item.id) else {
            return;
        };
        letter.unknown += 1;
        if is_called {
            let why = unanswered(reason);
            self.call_failed(&item.id, why.clone());
            self.fail(&item.id, why);
            return;
        }
        let since = *letter.sending_since.get_or_insert(now);
        let is_remembered = is_fifo && now.duration_since(since) < WINDOW;
        let may_try = letter.unknown < if is_remembered { ATTEMPTS } else { 2 };
        if !is_remembered {
            self.note(Record::Doubtful(vec![Arc::clone(&item.id)]));
        }
        if may_try {
            self.canary.did_not_go(&item.id);
            self.line_up(&item.id, now);
        } else {
            if is_remembered {
                self.note(Record::Doubtful(vec![Arc::clone(&item.id)]));
            }
            self.fail(
                &item.id,
                format!("whether it was sent is unknown ({reason}): look for it in the destination before you send it again"),
            );
        }
    }

    /// Whether it goes, or went, by a synchronous invoke.
    pub(super) fn is_called(&self, id: &str) -> bool {
        self.letters.get(id).is_some_and(|letter| letter.is_called)
    }

    /// Names letters that may be there twice, once.
    pub(super) fn name_doubtful(&mut self, mut ids: Vec<Arc<str>>) {
        ids.retain(|id| !self.ledger.is_doubtful(id));
        if !ids.is_empty() {
            self.note(Record::Doubtful(ids));
        }
    }

    /// Of a batch that is about to leave, names what was perhaps sent before, unless its
    /// destination still knows it by its deduplication id.
    pub(super) fn name_second_times(&mut self, items: &[Item], now: Timestamp) {
        let is_second = |item: &&Item| {
            let Some(letter) = self.letters.get(&item.id) else {
                return false;
            };
            let is_remembered = letter
                .sending_since
                .is_some_and(|since| now.duration_since(since) < WINDOW)
                && self.is_fifo_target(&item.id);
            (letter.is_copy || letter.unknown > 0) && !is_remembered
        };
        let ids = items.iter().filter(is_second);
        let ids = ids.map(|item| Arc::clone(&item.id)).collect();
        self.name_doubtful(ids);
    }

    pub(super) fn is_fifo_target(&self, id: &str) -> bool {
        match self.letters.get(id).map(|letter| &letter.claim.to) {
            Some(Target::Queue(arn)) => {
                self.targets.queue(arn).is_some_and(|queue| queue.is_fifo())
            }
            _ => false,
        }
    }

    /// Whether the destination may have it, though it stays in the source.
    fn may_have_arrived(&self, id: &str) -> bool {
        self.letters
            .get(id)
            .is_some_and(|letter| letter.unknown > 0 || letter.is_copy)
    }

    /// A letter stays in the source, and on FIFO those behind it.
    pub(super) fn fail(&mut self, id: &Arc<str>, reason: String) {
        self.canary.did_not_go(id);
        let mut failed = vec![(Arc::clone(id), reason)];
        self.packer.remove(id);
        let ordered = self.plan.source_is_fifo;
        if let Some((group, turn)) = self
            .letters
            .get(id)
            .and_then(|letter| Some((group(letter, ordered)?, letter.turn)))
        {
            for item in self.packer.failed(group, turn) {
                failed.push((item.id, BEHIND.to_owned()));
            }
        }
        for (id, reason) in failed {
            if self.may_have_arrived(&id) {
                self.note(Record::Doubtful(vec![Arc::clone(&id)]));
            }
            self.letters.remove(&id);
            self.awaited.remove(&id);
            self.report.failed(&id, &reason);
            self.note(Record::Failed {
                id,
                reason,
                not_judged: false,
            });
        }
    }
}

/// Of a synchronous invoke whose answer was lost. It is not sent again: the function may have run,
/// and an invoke is no message that a consumer expects twice.
pub(super) fn unanswered(reason: &str) -> String {
    format!(
        "whether the function ran is unknown ({reason}): it is not invoked again, and stays in the queue"
    )
}
