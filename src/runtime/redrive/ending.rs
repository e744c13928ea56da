//! The end of a run: what did not come back is settled, what is ours is given back, and the
//! journal says how it ended.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::timeout;

use super::engine::{Engine, Event};
use crate::{
    domain::{
        queue::{BATCH, BatchAnswer, Handle},
        redrive::{End, Ledger, Phase, Progress, Record, Scope, ledger::State, record::Ended},
    },
    ports::{self, Operation},
};

/// Giving letters back must not hold up a stop; what is not given back comes back by itself.
const RELEASING: Duration = Duration::from_secs(5);

impl Engine {
    /// What is awaited did not show up though its lease is over and the queue is empty.
    pub(super) fn give_up(&mut self, now: Timestamp) {
        let mut again = Vec::new();
        let mut gone = Vec::new();
        let mut ids: Vec<Arc<str>> = self.awaited.keys().cloned().collect();
        ids.sort();
        for id in ids {
            let Some(awaited) = self.awaited.remove(&id) else {
                continue;
            };
            match self.ledger.state(&id) {
                // Its delete may have taken, though the answer said or was nothing.
                Some(State::Sent | State::Doomed) => {
                    if let Some(handle) = awaited.handle {
                        again.push((id, handle));
                    } else {
                        self.letters.remove(&id);
                        self.doomed.remove(&id);
                        gone.push(id);
                    }
                }
                Some(State::Claimed) if self.was_sent_meanwhile(&id, now) => gone.push(id),
                Some(State::Claimed) if self.has_expired(&id, now) => {
                    if let Some(letter) = self.letters.get_mut(&id) {
                        letter.is_copy = true;
                    }
                    self.line_up(&id, now);
                }
                Some(State::Claimed) => self.fail(
                    &id,
                    "it did not come back to the queue: somebody else received or deleted it"
                        .into(),
                ),
                // A copy is on its way.
                _ => {}
            }
        }
        if !gone.is_empty() {
            self.note(Record::Deleted(gone));
        }
        for chunk in again.chunks(BATCH) {
            self.send_deletes(chunk.to_vec(), true);
        }
    }

    /// Whether SQS has dropped a letter meanwhile: the journal's copy is the last one. A standard
    /// queue counts from the first send; on FIFO the move into this queue began anew, and when that
    /// was is not told (SQS Developer Guide, dead-letter queues).
    fn has_expired(&self, id: &str, now: Timestamp) -> bool {
        if self.plan.source_is_fifo {
            return false;
        }
        let sent = self
            .letters
            .get(id)
            .and_then(|letter| letter.claim.message.system.sent);
        let kept = self.sieve.known().retention_s;
        sent.zip(kept).is_some_and(|(sent, kept)| {
            now.duration_since(sent) >= jiff::SignedDuration::from_secs(i64::from(kept))
        })
    }

    /// Gives back what is ours, writes down how it ended, and tells the last figures.
    pub(super) async fn end(mut self) -> (Progress, Ledger) {
        self.forget_trouble();
        let mut end = match self.halt.take() {
            Some(halt) => halt.end,
            None => End::Complete,
        };
        let is_complete = end == End::Complete;
        // An answer that was not waited for may hide letters.
        let is_settled = self.flying == 0;
        let giving_back = self.give_back();
        let gave_back = if is_complete {
            giving_back.await
        } else {
            // A lease that is not given back in time runs out by itself.
            timeout(RELEASING, giving_back).await.unwrap_or(false)
        };
        self.requests.abort_all();
        if is_complete {
            self.settle();
        }
        let now = self.clock.now();
        let ended = Record::Ended(Ended {
            at: now,
            end: end.clone(),
            tally: self.ledger.tally(true),
            gave_back: gave_back && is_settled,
        });
        if !self.outlet.is_disk_broken {
            let written = self.journal.persist(vec![ended]).await;
            let finished = match written {
                Ok(()) if is_complete => self.journal.clone().finish().await,
                written => written,
            };
            if let Err(error) = finished {
                tracing::error!(%error, plan = %self.plan.id, "the journal was not closed");
                if is_complete {
                    end = End::Broken(format!(
                        "every letter is settled, but the journal could not be closed ({error}): `lambdeck dlq resume {}` does it",
                        self.plan.id
                    ));
                }
            }
        }
        self.report.waits(None);
        self.report.undeleted(self.undeleted());
        let workers = self.workers.limit();
        self.report
            .tell(&self.ledger, Phase::Ended(end), workers, now);
        (self.report.last(), self.ledger)
    }

    /// What the plan wanted and did not get: letters that could not be deleted, and chosen ones
    /// that are not in the queue any more.
    fn settle(&mut self) {
        if let Scope::Selection(chosen) = &self.plan.clone().scope {
            for letter in chosen {
                if matches!(self.ledger.state(&letter.id), None | Some(State::Released)) {
                    self.fail(
                        &letter.id,
                        "it is not in the queue any more: somebody else received or deleted it"
                            .into(),
                    );
                }
            }
        }
        let doomed: Vec<Arc<str>> = self.doomed.drain().collect();
        for id in doomed {
            if self.ledger.state(&id) == Some(State::Doomed) {
                let reason = "it could not be deleted";
                self.report.failed(&id, reason);
                self.note(Record::Failed {
                    id,
                    reason: reason.into(),
                    not_judged: false,
                });
            }
        }
    }

    /// Shows to others again what is ours and was not sent. Says whether all of it is.
    async fn give_back(&mut self) -> bool {
        let mut gave_all = true;
        let looked_at = self.lookout.take();
        let ours: Vec<(Arc<str>, Handle)> = self
            .leases
            .ids()
            .into_iter()
            .filter(|id| {
                !matches!(
                    self.ledger.state(id),
                    Some(State::Sending | State::Sent | State::Deleted | State::Doomed)
                )
            })
            .filter_map(|id| {
                let handle = self.leases.handle(&id)?;
                Some((id, handle))
            })
            .chain(looked_at)
            .collect();
        let mut chunks = ours.chunks(BATCH);
        let most = usize::from(self.workers.limit()).max(4);
        let mut under_way = 0;
        loop {
            while under_way < most
                && let Some(chunk) = chunks.next()
            {
                let (ids, handles): (Vec<_>, Vec<_>) = chunk.iter().cloned().unzip();
                let gate = Arc::clone(&self.gate);
                let source = self.source.clone();
                self.request(Operation::ChangeMessageVisibilityBatch, async move {
                    let answer = gate.change_visibility(&source, &handles, 0).await;
                    Event::Released { ids, answer }
                });
                under_way += 1;
            }
            if under_way == 0 {
                return gave_all;
            }
            match self.requests.join_next().await {
                Some(Ok(Event::Released { ids, answer })) => {
                    under_way -= 1;
                    gave_all &= self.on_released(ids, answer);
                }
                // A late answer of a plan that has stopped: what it says is kept, nothing follows.
                Some(Ok(Event::Answered(number, answer))) => {
                    let now = self.clock.now();
                    self.on_answered(number, answer, now);
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Whether all of them were given back. A claimed letter that was not stays claimed: whoever
    /// resumes may find it still ours.
    pub(super) fn on_released(
        &mut self,
        ids: Vec<Arc<str>>,
        answer: ports::Result<BatchAnswer<()>>,
    ) -> bool {
        let answers = answer.unwrap_or_default();
        let mut released = Vec::new();
        let mut gave_all = true;
        for (index, id) in ids.into_iter().enumerate() {
            self.leases.drop(&id);
            let is_given = matches!(answers.get(index), Some(Ok(())));
            gave_all &= is_given;
            match self.ledger.state(&id) {
                Some(State::Claimed) if is_given => released.push(id),
                // Not part of the plan: it comes back by itself when its lease ends.
                Some(State::Passed) => released.push(id),
                _ => {}
            }
        }
        if !released.is_empty() {
            self.note(Record::Released(released));
        }
        gave_all
    }
}
