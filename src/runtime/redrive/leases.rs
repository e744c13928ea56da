//! What is ours, until when. Renewed at half its time; what runs out is told, so that it is
//! received anew instead of sent without a right to it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    engine::{Engine, Event, Step},
    trouble::Direction,
};
use crate::{
    domain::{
        queue::{BATCH, BatchAnswer, Handle},
        redrive::{Record, record},
    },
    ports::{self, Operation},
};

/// For how long letters are hidden from others, in seconds: never the queue's default
/// (`docs/aws.md` §3.4).
pub(super) const LEASE_S: u32 = 180;
/// A send begins only with this much of the lease left: more than its time-out.
pub(super) const MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// A renewal that failed is tried again after this.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Calls that renew at once: 160 leases, whatever is held.
const AT_ONCE: usize = 16;
/// What is due soon is renewed with what is due now.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// The right to one letter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeldLetter {
    pub handle: Handle,
    pub until: Timestamp,
    due: Timestamp,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Leases {
    by_id: HashMap<Arc<str>, HeldLetter>,
    due: BTreeSet<(Timestamp, Arc<str>)>,
    ends: BTreeSet<(Timestamp, Arc<str>)>,
    /// Renewals under way.
    renewing: usize,
}

impl Leases {
    /// It is ours until then.
    pub(super) fn hold(&mut self, id: &Arc<str>, handle: Handle, until: Timestamp, now: Timestamp) {
        let due = now + until.duration_since(now) / 2;
        self.put(id, HeldLetter { handle, until, due });
    }

    /// It may be ours until then: must be renewed at once to know.
    pub(super) fn doubt(
        &mut self,
        id: &Arc<str>,
        handle: Handle,
        until: Timestamp,
        now: Timestamp,
    ) {
        self.put(
            id,
            HeldLetter {
                handle,
                until,
                due: now,
            },
        );
    }

    fn put(&mut self, id: &Arc<str>, lease: HeldLetter) {
        self.drop(id);
        self.due.insert((lease.due, Arc::clone(id)));
        self.ends.insert((lease.until, Arc::clone(id)));
        self.by_id.insert(Arc::clone(id), lease);
    }

    /// It is not ours any more, or need not be.
    pub(super) fn drop(&mut self, id: &str) -> Option<HeldLetter> {
        let (id, lease) = self.by_id.remove_entry(id)?;
        self.due.remove(&(lease.due, Arc::clone(&id)));
        self.ends.remove(&(lease.until, id));
        Some(lease)
    }

    pub(super) fn handle(&self, id: &str) -> Option<Handle> {
        self.by_id.get(id).map(|lease| lease.handle.clone())
    }

    /// Whether there is this much time left to send it.
    pub(super) fn has_time(&self, id: &str, now: Timestamp, needed: SignedDuration) -> bool {
        self.by_id
            .get(id)
            .is_some_and(|lease| lease.until.duration_since(now) > needed)
    }

    /// What to renew now, at most `most`; it is not due again for a while.
    pub(super) fn take_due(&mut self, now: Timestamp, most: usize) -> Vec<(Arc<str>, Handle)> {
        if self.due.first().is_none_or(|(due, _)| *due > now) {
            return Vec::new();
        }
        let ids: Vec<Arc<str>> = self
            .due
            .iter()
            .take_while(|(due, _)| *due <= now + SOON)
            .take(most)
            .map(|(_, id)| Arc::clone(id))
            .collect();
        ids.into_iter()
            .filter_map(|id| {
                let lease = self.by_id.get_mut(&id)?;
                self.due.remove(&(lease.due, Arc::clone(&id)));
                lease.due = now + AGAIN;
                self.due.insert((lease.due, Arc::clone(&id)));
                Some((id, lease.handle.clone()))
            })
            .collect()
    }

    /// It was renewed with this handle; an older one says nothing.
    pub(super) fn renewed(
        &mut self,
        id: &Arc<str>,
        handle: &Handle,
        until: Timestamp,
        now: Timestamp,
    ) -> bool {
        let is_newest = self.is_newest(id, handle);
        if is_newest {
            self.hold(id, handle.clone(), until, now);
        }
        is_newest
    }

    pub(super) fn is_newest(&self, id: &str, handle: &Handle) -> bool {
        self.by_id
            .get(id)
            .is_some_and(|lease| lease.handle == *handle)
    }

    /// What is no longer ours by now.
    pub(super) fn ended(&self, now: Timestamp) -> Vec<Arc<str>> {
        self.ending_by(now)
    }

    /// What is ours for too short a time to begin a send.
    pub(super) fn short(&self, now: Timestamp) -> Vec<Arc<str>> {
        self.ending_by(now + MARGIN)
    }

    fn ending_by(&self, at: Timestamp) -> Vec<Arc<str>> {
        self.ends
            .iter()
            .take_while(|(until, _)| *until <= at)
            .map(|(_, id)| Arc::clone(id))
            .collect()
    }

    /// When something is due or ends.
    pub(super) fn next(&self) -> Option<Timestamp> {
        // With all renewals under way, the next answer turns the loop.
        let due = self.due.first().map(|(due, _)| *due);
        let due = due.filter(|_| self.renewing < AT_ONCE);
        let ends = self.ends.first().map(|(until, _)| *until);
        due.into_iter().chain(ends).min()
    }

    /// How many are ours.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Everything that is ours.
    pub(super) fn ids(&self) -> Vec<Arc<str>> {
        let mut ids: Vec<_> = self.by_id.keys().cloned().collect();
        ids.sort();
        ids
    }
}

impl Engine {
    /// Renews what is due, and lets go of what is no longer ours.
    pub(super) fn keep_leases(&mut self, now: Timestamp) {
        for id in self.leases.ended(now) {
            self.lose(&id, now);
        }
        for id in self.leases.short(now) {
            let is_waiting = self
                .letters
                .get(&id)
                .is_some_and(|letter| letter.step == Step::Waiting && !letter.is_copy);
            if is_waiting {
                self.set_aside(&id, Step::Stale, now);
            }
        }
        while self.leases.renewing < AT_ONCE {
            let due = self.leases.take_due(now, BATCH);
            if due.is_empty() {
                return;
            }
            self.leases.renewing += 1;
            let gate = Arc::clone(&self.gate);
            let source = self.source.clone();
            let until = now + SignedDuration::from_secs(i64::from(LEASE_S));
            self.request(Operation::ChangeMessageVisibilityBatch, async move {
                let handles: Vec<Handle> = due.iter().map(|(_, handle)| handle.clone()).collect();
                let answer = gate.change_visibility(&source, &handles, LEASE_S).await;
                Event::Renewed {
                    until,
                    leases: due,
                    answer,
                }
            });
        }
    }

    pub(super) fn on_renewed(
        &mut self,
        until: Timestamp,
        leases: &[(Arc<str>, Handle)],
        answer: ports::Result<BatchAnswer<()>>,
        now: Timestamp,
    ) {
        self.leases.renewing -= 1;
        let answers = match answer {
            Ok(answers) => {
                self.got_through(Direction::Renew);
                answers
            }
            // They are due again in a moment; what runs out meanwhile is lost, and comes anew.
            Err(error) => return self.failed(Direction::Renew, &error, now, now),
        };
        let mut renewed = Vec::new();
        for ((id, handle), answer) in leases.iter().zip(answers) {
            match answer {
                Ok(()) if self.leases.renewed(id, handle, until, now) => {
                    if let Some(letter) = self.letters.get(id) {
                        let is_stale = letter.step == Step::Stale;
                        renewed.push(record::LeaseRecord {
                            id: Arc::clone(id),
                            handle: None,
                            until,
                        });
                        if is_stale {
                            self.line_up(id, now);
                        }
                    }
                }
                Err(error) if error.sender_fault && self.leases.is_newest(id, handle) => {
                    self.lose(id, now);
                }
                _ => {}
            }
        }
        if !renewed.is_empty() {
            self.note(Record::Leased(renewed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).expect("in range")
    }

    fn handle(text: &str) -> Handle {
        Secret::new(text.into())
    }

    #[test]
    fn a_lease_is_due_at_half_its_time_and_ends_when_it_is_not_renewed() {
        let mut leases = Leases::default();
        let id: Arc<str> = "m".into();
        leases.hold(&id, handle("h1"), at(180), at(0));
        assert_eq!(leases.next(), Some(at(90)));
        assert!(leases.take_due(at(89), 10).is_empty());
        assert_eq!(leases.take_due(at(90), 10).len(), 1);
        assert!(leases.take_due(at(91), 10).is_empty(), "asked already");
        assert_eq!(leases.take_due(at(95), 10).len(), 1, "asked again");
        assert!(leases.has_time("m", at(149), MARGIN) && !leases.has_time("m", at(150), MARGIN));
        assert!(leases.renewed(&id, &handle("h1"), at(270), at(96)));
        assert!(leases.ended(at(269)).is_empty());
        assert_eq!(leases.ended(at(270)).len(), 1);
        assert!(leases.drop("m").is_some());
        assert_eq!(leases.next(), None);
    }

    #[test]
    fn what_an_old_handle_renewed_says_nothing() {
        let mut leases = Leases::default();
        let id: Arc<str> = "m".into();
        leases.hold(&id, handle("h1"), at(180), at(0));
        leases.hold(&id, handle("h2"), at(200), at(20));
        assert!(!leases.renewed(&id, &handle("h1"), at(400), at(30)));
        assert_eq!(leases.drop("m").map(|lease| lease.until), Some(at(200)));
    }
}
