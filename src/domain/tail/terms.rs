//! What a tail and its driver say to each other.

use crate::domain::log::{LogEvent, LogQuery};

/// What is to be read of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Name or ARN of the log group.
    pub group: String,
    /// In a group that several functions share: only the streams of this one.
    pub function: Option<String>,
    /// `CloudWatch` filter pattern, sent as it is.
    pub pattern: Option<String>,
    /// First millisecond, since the epoch.
    pub start: i64,
    /// Last millisecond; without it the log is followed.
    pub end: Option<i64>,
    /// Hand out so many of the newest lines first, about, and go on following while the rest is
    /// read. Without it everything is handed out in order as far as it is known.
    pub newest_first: Option<u32>,
}

impl Plan {
    /// Everything that a function writes from `start` on. Where others may write to its group too
    /// (`shared_group`), only its own streams.
    pub fn of(function: &str, group: &str, shared_group: bool, start: i64) -> Self {
        Self {
            group: group.to_owned(),
            function: shared_group.then(|| function.to_owned()),
            pattern: None,
            start,
            end: None,
            newest_first: None,
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask this, and report with [`Tail::answered`](super::Tail::answered) or [`Tail::failed`](super::Tail::failed).
    Ask(LogQuery),
    /// Nothing before this time, ms since the epoch.
    Wait(i64),
    /// Nothing any more: everything was read, or it stopped.
    Done,
}

/// New events of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// In the order of the answer, without those handed out before.
    pub events: Vec<LogEvent>,
    /// They were asked for as history: being older than others does not make them late.
    pub is_history: bool,
}

/// Why a question failed, by what a tail makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Too many calls, a broken connection, a fault of the service: go on, slower.
    Transient,
    /// The log group does not exist (yet).
    Missing,
    /// The service does not take the question; a page token that has expired is forgotten.
    Refused,
    /// It would fail again: stop.
    Final,
}

/// How "load older" is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Older {
    /// Not asked for, or done.
    #[default]
    Idle,
    /// Under way.
    Reading,
    /// There was nothing.
    Nothing,
}
