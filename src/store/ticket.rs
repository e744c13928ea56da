//! Tickets: how a late answer is recognised and dropped.

use crate::domain::session::SessionId;

/// Names one piece of work: only one query or stream runs under a key, the latest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The session it asks; `None` for local files.
    pub session: Option<SessionId>,
    /// What is asked (`functions.list`).
    pub name: &'static str,
    /// About what, when several may run side by side (an ARN, a file).
    pub subject: String,
}

impl Key {
    /// A key of a session.
    pub fn of(session: SessionId, name: &'static str, subject: impl Into<String>) -> Self {
        Self {
            session: Some(session),
            name,
            subject: subject.into(),
        }
    }

    /// A key of work that no session owns.
    pub fn local(name: &'static str, subject: impl Into<String>) -> Self {
        Self {
            session: None,
            name,
            subject: subject.into(),
        }
    }
}

/// Stamped on a query or stream and on each of its answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// What was asked.
    pub key: Key,
    /// Which asking of it; grows for ever.
    pub generation: u64,
}

/// Hands out generations.
#[derive(Debug, Default)]
pub struct Tickets {
    last: u64,
}

impl Tickets {
    /// A new ticket; every earlier one of the same key is stale from now on for whoever keeps
    /// only the latest.
    pub fn issue(&mut self, key: Key) -> Ticket {
        Ticket {
            key,
            generation: self.next_number(),
        }
    }

    /// A number never given before in this run of the program.
    pub fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}
