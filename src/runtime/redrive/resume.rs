//! Going on where a process ended: each letter that was under way from the state its journal left
//! it in. Without waiting out a visibility timeout where the lease is still ours.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    answers::unanswered,
    engine::{Awaited, Engine, Letter, Step},
    leases::LEASE_S,
    outlet::WINDOW,
};
use crate::domain::{
    queue::Handle,
    redrive::{
        Key, Open, Record, Target,
        record::{Arrival, Arrived},
        replay::Stood,
    },
};

impl Engine {
    /// Goes on with the letters that were under way when the process before this one ended.
    pub(super) fn take_up(&mut self, open: Vec<Open>, is_interrupted: bool, now: Timestamp) {
        if is_interrupted {
            self.intake.may_hide(now);
        }
        for Open { claim, stood } in open {
            let id = Arc::clone(&claim.message.id);
            if let Target::Queue(arn) = &claim.to {
                let arn = arn.clone();
                self.ask(&arn);
            }
            let (handle, until) = (claim.message.handle.clone(), claim.until);
            self.intake.turn += 1;
            let letter = Letter {
                claim,
                step: Step::Waiting,
                turn: self.intake.turn,
                sending_since: None,
                unknown: 0,
                refused: 0,
                is_alone: false,
                is_called: false,
                is_copy: false,
            };
            self.letters.insert(Arc::clone(&id), letter);
            match stood {
                Stood::Claimed => self.take_up_claimed(&id, handle, until, now),
                Stood::Sending {
                    is_synchronous: true,
                    ..
                } => {
                    // `fail` names it as perhaps done.
                    if let Some(letter) = self.letters.get_mut(&id) {
                        letter.unknown = 1;
                    }
                    let reason = "the process ended before its answer came";
                    self.fail(&id, unanswered(reason));
                    self.leases.drop(&id);
                }
                Stood::Sending {
                    since,
                    deduplication_id,
                    is_synchronous: false,
                } => {
                    let is_remembered =
                        deduplication_id.is_some() && now.duration_since(since) < WINDOW;
                    if !is_remembered {
                        self.note(Record::Doubtful(vec![Arc::clone(&id)]));
                    }
                    self.take_up_sending(&id, handle, until, since, now);
                }
                Stood::Sent => {
                    if let Some(letter) = self.letters.get_mut(&id) {
                        letter.step = Step::Sent;
                    }
                    // The old handle may do; if it does not, the letter shows up again.
                    self.leases.doubt(
                        &id,
                        handle,
                        until.max(now + SignedDuration::from_secs(60)),
                        now + SignedDuration::from_secs(60),
                    );
                    self.deletes.push_back((id, now));
                }
            }
        }
    }

    /// Letters that were only to be deleted are gone, or show up when their lease is over.
    pub(super) fn await_doomed(&mut self, ids: Vec<Arc<str>>, now: Timestamp) {
        let until = now + SignedDuration::from_secs(i64::from(LEASE_S));
        for id in ids {
            let handle = None;
            self.awaited
                .insert(Arc::clone(&id), Awaited { until, handle });
            self.doomed.insert(id);
        }
    }

    /// Ours if renewing says so; else it is received anew.
    fn take_up_claimed(&mut self, id: &Arc<str>, handle: Handle, until: Timestamp, now: Timestamp) {
        if until > now {
            self.leases.doubt(id, handle, until, now);
            self.set_aside(id, Step::Stale, now);
        } else {
            self.set_aside(id, Step::Lost, now);
            let handle = Some(handle);
            let awaited = Awaited { until, handle };
            self.awaited.insert(Arc::clone(id), awaited);
        }
    }

    /// Perhaps sent. Unless another plan sent it since, it is sent again from the journal's copy:
    /// on FIFO within the window that is no second time.
    fn take_up_sending(
        &mut self,
        id: &Arc<str>,
        handle: Handle,
        until: Timestamp,
        since: Timestamp,
        now: Timestamp,
    ) {
        if until > now {
            self.leases.doubt(id, handle.clone(), until, now);
        } else {
            let handle = Some(handle);
            let awaited = Awaited { until, handle };
            self.awaited.insert(Arc::clone(id), awaited);
        }
        let Some(letter) = self.letters.get_mut(id) else {
            return;
        };
        letter.is_copy = true;
        letter.sending_since = Some(since);
        if let Some(mark) = self.tombstones.get(id)
            && let Some(sent_as) = mark.sent_as
        {
            letter.step = Step::Sent;
            let arrived = Arrived {
                id: Arc::clone(id),
                sent_as: sent_as.into(),
                content: Key::of(letter.claim.content().reveal()),
            };
            let record = Record::Sent(Arrival {
                at: now,
                to: mark
                    .to
                    .map_or_else(|| letter.claim.to.clone(), |to| (*to).clone()),
                letters: vec![arrived],
            });
            let ids = vec![Arc::clone(id)];
            if self.enter(&record) {
                self.confirm(record, ids);
            }
            return;
        }
        self.line_up(id, now);
    }
}
