//! FIFO gives out nothing of a group while an earlier letter of it is held. So an empty answer does
//! not say that every letter was seen when some stay: the counts of the queue tell.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, Event};
use crate::{
    domain::{
        queue::QueueAttributes,
        redrive::{End, ledger::State},
    },
    ports::{self, Operation},
};

/// The counts settle a minute after traffic stops (SQS API): they are asked so often,
const CHECKS: u32 = 5;
/// so far apart.
const APART: SignedDuration = SignedDuration::from_secs(15);

impl Engine {
    /// Whether letters may lie where no receive reaches them.
    pub(super) fn may_hide_behind(&self) -> bool {
        self.plan.source_is_fifo
            && self.ledger.count(State::Passed) + self.ledger.count(State::Failed) > 0
    }

    /// Asks how many letters are left to receive.
    pub(super) fn look_behind(&mut self) {
        let gate = Arc::clone(&self.gate);
        let source = self.plan.source.clone();
        self.intake.is_looking_behind = true;
        self.request(Operation::GetQueueAttributes, async move {
            Event::Behind(gate.queue_attributes(&source).await)
        });
    }

    pub(super) fn on_behind(&mut self, answer: ports::Result<QueueAttributes>, now: Timestamp) {
        self.intake.is_looking_behind = false;
        self.intake.checks += 1;
        match answer {
            Ok(attributes) if attributes.visible == 0 => self.nothing_more(now),
            Ok(_) | Err(_) if self.intake.checks < CHECKS => {
                self.intake.next_poll = Some(now + APART);
            }
            Ok(attributes) => self.stop(End::Broken(format!(
                "about {} letters lie behind letters of their groups that stay, and were not looked at: SQS shows them only when those are gone. Move or delete what stays first, or redrive the groups as a whole",
                attributes.visible
            ))),
            Err(error) => {
                self.report.note(format!(
                    "whether letters lie behind those that stay is not known: {error}"
                ));
                self.nothing_more(now);
            }
        }
    }
}
