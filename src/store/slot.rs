//! A value that is fetched: not asked, loading, there, stale, or failed with the old one kept.

use jiff::Timestamp;

use super::ticket::Ticket;
use crate::ports::ApiError;

/// Holds the newest answer and what is known about the next one. [`Slot::accept`] is the only
/// way in, so an answer to an outdated question cannot be stored.
#[derive(Debug, Clone)]
pub struct Slot<T> {
    value: Option<T>,
    error: Option<ApiError>,
    pending: Option<u64>,
    fetched: Option<Timestamp>,
    answered: Option<Timestamp>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            value: None,
            error: None,
            pending: None,
            fetched: None,
            answered: None,
        }
    }
}

impl<T> Slot<T> {
    /// The newest value, which may be stale.
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The newest value, to patch it.
    pub const fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut()
    }

    /// Why the newest question failed, if it did.
    pub const fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// Whether an answer is under way.
    pub const fn is_loading(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether nothing was ever asked.
    pub const fn is_untouched(&self) -> bool {
        self.value.is_none() && self.error.is_none() && self.pending.is_none()
    }

    /// When the value came.
    pub const fn fetched(&self) -> Option<Timestamp> {
        self.fetched
    }

    /// When the last answer came, good or bad: what a periodic refresh counts from.
    pub const fn answered(&self) -> Option<Timestamp> {
        self.answered
    }

    /// Whether the value is older than what was last asked for.
    pub const fn is_stale(&self) -> bool {
        self.value.is_some() && self.error.is_some()
    }

    /// Notes that `ticket` was sent out.
    pub const fn begin(&mut self, ticket: &Ticket) {
        self.pending = Some(ticket.generation);
    }

    /// Forgets the question that is under way: its answer will not come, or is not wanted.
    pub const fn abandon(&mut self) {
        self.pending = None;
    }

    /// Whether `ticket` is the one under way.
    pub fn awaits(&self, ticket: &Ticket) -> bool {
        self.pending == Some(ticket.generation)
    }

    /// Takes an answer if it is the awaited one; says whether it was.
    pub fn accept(&mut self, ticket: &Ticket, answer: Result<T, ApiError>, now: Timestamp) -> bool {
        if !self.awaits(ticket) {
            return false;
        }
        self.pending = None;
        self.answered = Some(now);
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.error = None;
                self.fetched = Some(now);
            }
            Err(error) => self.error = Some(error),
        }
        true
    }

    /// Ends a question that came in pieces: the pieces are already in the value.
    pub fn finish(
        &mut self,
        ticket: &Ticket,
        outcome: Result<(), ApiError>,
        now: Timestamp,
    ) -> bool {
        if !self.awaits(ticket) {
            return false;
        }
        self.pending = None;
        self.answered = Some(now);
        match outcome {
            Ok(()) => {
                self.error = None;
                self.fetched = Some(now);
            }
            Err(error) => self.error = Some(error),
        }
        true
    }

    /// Forgets what was asked and what failed, not the value: somebody else answers next.
    pub fn detach(&mut self) {
        self.error = None;
        self.pending = None;
        self.answered = None;
    }

    /// Puts a value that was not asked for (a kept one).
    pub fn put(&mut self, value: T, fetched: Timestamp) {
        self.value = Some(value);
        self.fetched = Some(fetched);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ports::{ErrorKind, Operation},
        store::ticket::{Key, Tickets},
    };

    fn refusal() -> ApiError {
        ApiError::new(Operation::ListTags, ErrorKind::Denied, "no")
    }

    #[test]
    fn only_the_latest_ticket_is_accepted() {
        let mut tickets = Tickets::default();
        let mut slot = Slot::default();
        let old = tickets.issue(Key::local("x", ""));
        slot.begin(&old);
        let new = tickets.issue(Key::local("x", ""));
        slot.begin(&new);
        assert!(!slot.accept(&old, Ok(1), Timestamp::UNIX_EPOCH));
        assert_eq!(slot.value(), None);
        assert!(slot.accept(&new, Ok(2), Timestamp::UNIX_EPOCH));
        assert!(
            !slot.accept(&new, Ok(3), Timestamp::UNIX_EPOCH),
            "answered once"
        );
        assert_eq!(slot.value(), Some(&2));
    }

    #[test]
    fn a_failure_keeps_the_old_value_and_marks_it() {
        let mut tickets = Tickets::default();
        let mut slot = Slot::default();
        slot.put(1, Timestamp::UNIX_EPOCH);
        let ticket = tickets.issue(Key::local("x", ""));
        slot.begin(&ticket);
        assert!(slot.accept(&ticket, Err(refusal()), Timestamp::UNIX_EPOCH));
        assert_eq!(slot.value(), Some(&1));
        assert!(slot.is_stale());
    }
}
