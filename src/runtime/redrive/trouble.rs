//! For how long nothing got through, told apart by what was asked: a queue that can be read says
//! nothing of one that cannot be written.

use jiff::{SignedDuration, Timestamp};

use super::engine::Engine;
use crate::{
    domain::{
        queue::{BatchAnswer, EntryError},
        redrive::End,
    },
    ports::{ApiError, ErrorKind, Operation, Wait},
};

/// Without one call that got through, a plan goes on trying for this long.
const PATIENCE: SignedDuration = SignedDuration::from_secs(90);
/// Receiving nothing but failures, it goes on for so long: with the two steps that end a plan, and
/// 5 s for each of them, that is what any read may take.
const RECEIVING: SignedDuration = SignedDuration::from_secs(20);
/// While AWS refuses every call as one too many, for so long, unless the session says otherwise.
const REFUSED: SignedDuration = SignedDuration::from_mins(5);
/// Nothing was tried for longer than any pause: what failed before says nothing of now.
const GAP: SignedDuration = SignedDuration::from_secs(30);

/// SQS lets 120,000 letters of a queue be held (`docs/aws.md` §3.1): near that, a throttle is no
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
    const ALL: [Self; 4] = [Self::Receive, Self::Renew, Self::Send, Self::Delete];

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
pub(super) struct Trouble([Option<Stretch>; 4]);

/// Calls that failed one after the other.
#[derive(Debug)]
struct Stretch {
    since: Timestamp,
    latest: Timestamp,
    calls: u32,
    error: ApiError,
}

impl Stretch {
    fn is_throttle(&self) -> bool {
        self.error.kind == ErrorKind::Throttled
    }
}

impl Trouble {
    /// Something got through; says whether nothing did before.
    fn is_over(&mut self, direction: Direction) -> bool {
        self.0[direction as usize].take().is_some()
    }

    /// A call failed that was made at `asked`.
    fn failed(
        &mut self,
        direction: Direction,
        error: &ApiError,
        asked: Timestamp,
        now: Timestamp,
    ) -> &Stretch {
        let place = &mut self.0[direction as usize];
        let is_throttle = error.kind == ErrorKind::Throttled;
        let goes_on = place.take().filter(|stretch| {
            // A throttle is an answer: what was silent before is so no more.
            stretch.is_throttle() == is_throttle && asked.duration_since(stretch.latest) < GAP
        });
        let calls = goes_on.as_ref().map_or(0, |stretch| stretch.calls) + 1;
        place.insert(Stretch {
            since: goes_on.map_or(asked, |stretch| stretch.since),
            latest: now,
            calls,
            error: error.clone(),
        })
    }

    fn receiving(&self) -> Option<&Stretch> {
        let stretch = self.0[Direction::Receive as usize].as_ref();
        stretch.filter(|stretch| !stretch.is_throttle())
    }
}

impl Engine {
    /// Something got through.
    pub(super) fn got_through(&mut self, direction: Direction) {
        if self.trouble.is_over(direction) {
            self.gate.tell_wait(direction.operation(), None);
        }
        self.workers.went_well();
    }

    /// Forgets what failed: the plan is paused, or over.
    pub(super) fn forget_trouble(&mut self) {
        for direction in Direction::ALL {
            if self.trouble.is_over(direction) {
                self.gate.tell_wait(direction.operation(), None);
            }
        }
    }

    /// A call failed that was made at `asked`, after the Gate's own attempts: what it means for
    /// the plan as a whole.
    pub(super) fn failed(
        &mut self,
        direction: Direction,
        error: &ApiError,
        asked: Timestamp,
        now: Timestamp,
    ) {
        self.outlet.hold(now, error.retry_after);
        if is_final(error) {
            return self.break_off(error);
        }
        let held = self.leases.len();
        let stretch = self.trouble.failed(direction, error, asked, now);
        let (since, calls) = (stretch.since, stretch.calls);
        let is_throttle = stretch.is_throttle();
        let patience = match direction {
            _ if is_throttle => self
                .gate
                .patience()
                .and_then(|patience| SignedDuration::try_from(patience).ok())
                .unwrap_or(REFUSED),
            Direction::Receive => RECEIVING,
            Direction::Renew | Direction::Send | Direction::Delete => PATIENCE,
        };
        let is_too_long = now.duration_since(since) >= patience;
        let until = since + patience;
        if is_throttle {
            self.workers.throttled(now);
            if held > MOST_HELD && now.duration_since(since) >= PATIENCE {
                return self.stop(End::Broken(format!(
                    "SQS gives out no more while {held} letters are held: choose fewer by a limit or a filter that fits more of them"
                )));
            }
        } else {
            self.workers.lost_contact();
        }
        if is_too_long {
            return self.break_off(error);
        }
        let wait = match error.kind {
            ErrorKind::Throttled if calls > 1 => Some(Wait::Throttled { until }),
            ErrorKind::TimedOut | ErrorKind::Network | ErrorKind::Interrupted => {
                let attempt = calls + 1;
                Some(Wait::Silence { attempt, until })
            }
            _ => None,
        };
        if wait.is_some() && self.halt.is_none() {
            self.gate.tell_wait(direction.operation(), wait);
        }
    }

    /// Breaks off when nothing was received for too long, though a call may be under way.
    pub(super) fn lose_patience(&mut self, now: Timestamp) {
        if self.intake.receives > 0
            && let Some(stretch) = self.trouble.receiving()
            && now.duration_since(stretch.since) >= RECEIVING
        {
            let error = stretch.error.clone();
            self.break_off(&error);
        }
    }

    /// When that would be.
    pub(super) fn patience_ends(&self) -> Option<Timestamp> {
        let stretch = self.trouble.receiving()?;
        (self.intake.receives > 0 && self.halt.is_none()).then_some(stretch.since + RECEIVING)
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
            if is_none_through {
                let text = format!("{}: {}", error.code, error.message);
                let error = ApiError::new(direction.operation(), ErrorKind::Service, text);
                let stretch = self.trouble.failed(direction, &error, now, now);
                if now.duration_since(stretch.since) >= PATIENCE {
                    self.break_off(&error);
                }
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
    !error.sender_fault && !error.may_be_done() && error.code != "ReceiptHandleIsInvalid"
}
