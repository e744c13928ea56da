//! A run: one send, from its start to its answer.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    domain::{reply::Reply, saved_event::EventSettings, secret::Secret, session::SessionId},
    ports::{ApiError, ErrorKind},
    store::{RunId, identity::LetterKey},
};

/// One send of this program's life.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Who sent it.
    pub session: SessionId,
    /// How, and to what.
    pub settings: EventSettings,
    /// The name of the saved event; `None` for a scratch text.
    pub event: Option<String>,
    /// The letter whose event it was.
    pub letter: Option<LetterKey>,
    /// What was sent, as long as the budget keeps it.
    pub payload: Option<Secret<String>>,
    /// How long we wait at most.
    pub deadline: Duration,
    /// When it was handed to the runner.
    pub started: Timestamp,
    /// The user no longer waits.
    pub is_stopping: bool,
    /// How it ended, once it did.
    pub end: Option<RunEnd>,
}

/// How a run ended, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// When.
    pub at: Timestamp,
    /// How.
    pub end: End,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Lambda answered; the function may have failed all the same.
    Answered(Reply),
    /// The call failed; whether the function ran is in [`Run::is_unknown`].
    Failed(ApiError),
    /// We stopped waiting by the user's wish; the function goes on.
    Stopped,
}

impl Run {
    /// Whole seconds since it was started.
    pub fn waited(&self, now: Timestamp) -> i64 {
        now.duration_since(self.started).as_secs().max(0)
    }

    /// Whether it is known to have gone wrong.
    pub fn is_failed(&self) -> bool {
        match self.end.as_ref().map(|end| &end.end) {
            Some(End::Answered(reply)) => reply.is_function_error(),
            Some(End::Failed(_)) => true,
            Some(End::Stopped) | None => false,
        }
    }

    /// Whether nobody here knows what became of it: it may have run, run twice by Lambda's own
    /// retries, or not at all.
    pub fn is_unknown(&self) -> bool {
        match self.end.as_ref().map(|end| &end.end) {
            Some(End::Failed(error)) => {
                matches!(
                    error.kind,
                    ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::Service
                )
            }
            Some(End::Stopped) => true,
            _ => false,
        }
    }

    /// The reply, if one came.
    pub fn reply(&self) -> Option<&Reply> {
        match self.end.as_ref().map(|end| &end.end) {
            Some(End::Answered(reply)) => Some(reply),
            _ => None,
        }
    }

    /// Bytes it keeps in memory, about.
    pub(super) fn size(&self) -> usize {
        let sent = self
            .payload
            .as_ref()
            .map_or(0, |payload| payload.reveal().len());
        sent + self.reply().map_or(0, |reply| reply.body.size())
    }
}
