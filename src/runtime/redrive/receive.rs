//! Receiving: when to ask the queue for more, how much, and when nothing more is to come.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    engine::{Engine, Event, Step},
    leases::LEASE_S,
    trouble::Direction,
};
use crate::{
    domain::{
        queue::{BATCH, Flaw, Message, Receive},
        redrive::ledger::Receipt,
    },
    ports::{self, Operation, error::Outcome},
};

/// A long poll waits this long: it asks every host of the queue (short polling asks some), and a
/// stop need not wait for it.
const POLL_S: u32 = 2;
/// So many long polls in a row say that a queue is empty.
const EMPTY_POLLS: u32 = 2;

impl Engine {
    /// Receives as much as the workers and the room allow.
    pub(super) fn receive(&mut self, now: Timestamp) {
        if self.is_paused || self.halt.is_some() {
            return;
        }
        self.intake.is_over |= self.is_limit_reached()
            || (self.intake.chosen.is_some() && self.intake.unmet.is_empty());
        while self.has_room() {
            let Some(max) = self.wanted(now) else { return };
            self.intake.receives += 1;
            self.intake.next_poll = None;
            self.flying += 1;
            let gate = Arc::clone(&self.gate);
            let source = self.source.clone();
            let receive = Receive {
                max,
                visibility_s: LEASE_S,
                wait_s: POLL_S,
            };
            self.request(Operation::ReceiveMessage, async move {
                let answer = gate.receive_once(&source, receive).await;
                Event::Received { at: now, answer }
            });
        }
    }

    /// How many letters to ask for, if any.
    fn wanted(&self, now: Timestamp) -> Option<u8> {
        let intake = &self.intake;
        let is_watching = self.canary.is_watching();
        if intake.next_poll.is_some_and(|next| next > now)
            || self.outlet.is_held(now)
            || intake.is_looking_behind
            || (intake.is_over && !is_watching && !self.is_awaited_due(now))
        {
            return None;
        }
        let one_by_one = intake.is_quiet || intake.is_over || is_watching;
        let most = if one_by_one {
            1
        } else {
            usize::from(self.workers.limit())
        };
        if intake.receives >= most {
            return None;
        }
        let coming = BATCH * intake.receives;
        if !self.has_space(coming + BATCH) {
            // Behind them the canary may lie.
            return (is_watching && !self.lookout.is_full()).then_some(BATCH as u8);
        }
        if let Some(limit) = intake.limit
            && intake.chosen.is_none()
            && !intake.is_over
            && self.sieve.takes_all()
        {
            let coming = coming + intake.stash.len() + self.targets.waiting();
            let left = limit.saturating_sub(self.ledger.taken() + coming as u64);
            return (left > 0).then_some(left.min(BATCH as u64) as u8);
        }
        Some(BATCH as u8)
    }

    /// Whether so many letters more can be kept in work.
    pub(super) fn has_space(&self, coming: usize) -> bool {
        let room = 3 * BATCH * usize::from(self.workers.limit());
        let in_work = self.letters.len()
            + self.deletes.len()
            + self.intake.stash.len()
            + self.targets.waiting();
        in_work + coming <= room.max(3 * BATCH)
    }

    /// Whether a letter that is to be received anew can be visible again. Before that a receive
    /// would only hide others.
    fn is_awaited_due(&self, now: Timestamp) -> bool {
        self.next_awaited().is_some_and(|until| until <= now)
    }

    /// When the first of them can be.
    pub(super) fn next_awaited(&self) -> Option<Timestamp> {
        self.awaited.values().map(|awaited| awaited.until).min()
    }

    pub(super) fn on_received(
        &mut self,
        at: Timestamp,
        answer: ports::Result<Vec<Message>>,
        now: Timestamp,
    ) {
        self.flying -= 1;
        self.intake.receives -= 1;
        let messages = match answer {
            Ok(mut messages) => {
                self.got_through(Direction::Receive);
                // Nothing hides what has no handle: it may come without end.
                messages.retain(|message| {
                    message.flaw != Some(Flaw::Unheld)
                        || self.ledger.receipt(&message.id) == Receipt::New
                });
                messages
            }
            Err(error) => {
                if error.outcome() == Outcome::Unknown {
                    self.intake.may_hide(now);
                }
                return self.failed(Direction::Receive, &error, at, now);
            }
        };
        self.intake.is_quiet = messages.is_empty();
        if messages.is_empty() {
            self.came_empty(now);
            return;
        }
        self.intake.empties = 0;
        self.intake.checks = 0;
        self.intake.has_asked = false;
        let until = at + SignedDuration::from_secs(i64::from(LEASE_S));
        self.intake
            .stash
            .extend(messages.into_iter().map(|message| (message, until)));
        self.take_stash();
    }

    /// Nothing was there. While something is on its way more may come: a group of FIFO opens, a
    /// letter returns.
    fn came_empty(&mut self, now: Timestamp) {
        if self.intake.receives > 0
            || !self.is_empty_handed()
            || self.canary.is_watching()
            || self.lookout.is_letting_go
            || self.intake.is_looking_behind
        {
            self.intake.empties = 0;
            return;
        }
        self.intake.empties += 1;
        if self.intake.empties < EMPTY_POLLS {
            return;
        }
        let awaited = self.awaited.values().map(|awaited| awaited.until);
        let later = awaited
            .chain(self.intake.hidden_until)
            .filter(|until| *until > now);
        if let Some(until) = later.min() {
            self.intake.empties = 0;
            self.intake.next_poll = Some(until);
        } else if !self.awaited.is_empty() && !self.intake.has_asked && self.refresh_tombstones() {
            // Another plan may have sent what did not come back to us; the next poll settles it.
            self.intake.has_asked = true;
            self.intake.empties -= 1;
        } else if self.may_hide_behind() {
            self.intake.empties = 0;
            self.look_behind();
        } else {
            self.nothing_more(now);
        }
    }

    /// Every letter that there is was seen.
    pub(super) fn nothing_more(&mut self, now: Timestamp) {
        self.intake.is_over = true;
        self.give_up(now);
    }

    /// Until when nothing is done but waiting for letters that a lease may hide, if that is so.
    pub(super) fn only_waits(&self, now: Timestamp) -> Option<Timestamp> {
        let is_at_work = self.is_paused
            || self.halt.is_some()
            || self.flying > 0
            || self.canary.is_watching()
            || !self.is_empty_handed();
        if is_at_work {
            return None;
        }
        let awaited = self.awaited.values().map(|awaited| awaited.until);
        let hidden = self.intake.hidden_until.filter(|_| !self.intake.is_over);
        // A moment is not worth a word.
        let soon = now + SignedDuration::from_secs(2);
        awaited.chain(hidden).filter(|until| *until > soon).max()
    }

    /// Nothing of ours is on its way in or out.
    pub(super) fn is_empty_handed(&self) -> bool {
        self.packer.is_empty()
            && self.outlet.is_still()
            && self.deletes.is_empty()
            && self.dooming.is_empty()
            && self.writes.is_empty()
            && self.intake.stash.is_empty()
            && self.targets.waiting() == 0
            && self.letters.values().all(|letter| {
                letter.step == Step::Lost || self.awaited.contains_key(&letter.claim.message.id)
            })
    }

    /// No more letters are about to come that would fill a batch.
    pub(super) fn is_intake_idle(&self) -> bool {
        (self.intake.receives == 0 || self.intake.is_quiet || self.intake.is_over)
            && self.intake.stash.is_empty()
    }

    /// Whether the plan is through.
    pub(super) fn is_complete(&self, _now: Timestamp) -> bool {
        self.intake.is_over
            && self.is_empty_handed()
            && self.awaited.is_empty()
            && self.flying == 0
            && !self.canary.is_watching()
    }
}
