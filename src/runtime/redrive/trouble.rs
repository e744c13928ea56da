//! For how long nothing got through, told apart by what was asked: a queue that can be read says
//! nothing of one that cannot be written.

use jiff::{SignedDuration, Timestamp};

use super::engine::Engine;
use crate::{
    domain::{
        queue::{BatchAnswer, EntryError},
        redrive::End,
    },
    ports::{ApiError, ErrorKind, Operation, Session},
};

/// Without one call that got through, a plan goes on trying for this long.
const PATIENCE: SignedDuration = SignedDuration::from_secs(90);

/// SQS lets 120,000 letters of a queue be held (`aws-facts` §3.4): near that, a throttle is no
/// matter of pace.
const MOST_HELD: usize = 100_000;

/// What is asked of the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Receive,
    Renew,
    Send,
    Delete,
}

impl Direction {
    const fn operation(self) -> Operation {
        match self {
            Self::Receive => Operation::ReceiveMessage,
            Self::Renew => Operation::ChangeMessageVisibilityBatch,
            Self::Send => Operation::SendMessageBatch,
            Self::Delete => Operation::DeleteMessageBatch,
        }
    }
}

/// Since when nothing got through, by direction.
#[derive(Debug, Default)]
pub(super) struct Trouble([Option<Timestamp>; 4]);

impl Trouble {
    /// Something got through.
    fn is_over(&mut self, direction: Direction) {
        self.0[direction as usize] = None;
    }

    /// Something did not; whether that lasts too long.
    fn is_too_long(&mut self, direction: Direction, now: Timestamp) -> bool {
        let since = *self.0[direction as usize].get_or_insert(now);
        now.duration_since(since) >= PATIENCE
    }
}

impl<S: Session> Engine<S> {
    /// Something got through.
    pub(super) fn got_through(&mut self, direction: Direction) {
        self.trouble.is_over(direction);
        self.workers.went_well();
    }

    /// A call failed, after the Gate's own attempts: what it means for the plan as a whole.
    pub(super) fn failed(&mut self, direction: Direction, error: &ApiError, now: Timestamp) {
        self.outlet.hold(now, error.retry_after);
        if is_final(error) {
            self.break_off(error);
        } else if error.kind == ErrorKind::Throttled {
            self.workers.throttled(now);
            let held = self.leases.len();
            if held > MOST_HELD && self.trouble.is_too_long(direction, now) {
                self.stop(End::Broken(format!(
                    "SQS gives out no more while {held} letters are held: choose fewer by a limit or a filter that fits more of them"
                )));
            }
        } else {
            self.workers.lost_contact();
            if self.trouble.is_too_long(direction, now) {
                self.break_off(error);
            }
        }
    }

    /// What the answers to the entries of a call say of the way there. When some failed through
    /// no fault of theirs, everything waits a moment: longer each time while none gets through.
    /// Says whether none did.
    pub(super) fn weigh<T>(
        &mut self,
        direction: Direction,
        answers: &BatchAnswer<T>,
        now: Timestamp,
    ) -> bool {
        let faults: Vec<&EntryError> = answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .filter(|error| is_fault(error))
            .collect();
        let is_none_through = !faults.is_empty() && faults.len() == answers.len();
        if !is_none_through {
            self.got_through(direction);
            self.outlet.failures = 0;
        }
        if faults.iter().any(|error| error.code.contains("Throttl")) {
            self.workers.throttled(now);
        }
        if let Some(error) = faults.first() {
            self.outlet.hold(now, None);
            if is_none_through && self.trouble.is_too_long(direction, now) {
                let text = format!("{}: {}", error.code, error.message);
                let error = ApiError::new(direction.operation(), ErrorKind::Service, text);
                self.break_off(&error);
            }
        }
        is_none_through
    }
}

/// Whether trying again is of no use until somebody has done something about it.
pub(super) fn is_final(error: &ApiError) -> bool {
    error.is_about_credentials()
        || matches!(
            error.kind,
            ErrorKind::Denied
                | ErrorKind::NotFound
                | ErrorKind::ReadOnly
                | ErrorKind::Protected
                | ErrorKind::Elsewhere
                | ErrorKind::Closed
        )
}

/// Whether an entry failed on the other side, for a reason that may pass.
fn is_fault(error: &EntryError) -> bool {
    !error.sender_fault
        && !matches!(
            error.code.as_str(),
            EntryError::NO_ANSWER | EntryError::CHECKSUM_MISMATCH | "ReceiptHandleIsInvalid"
        )
}
