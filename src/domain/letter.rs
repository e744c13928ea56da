//! Letters: what a message in a dead-letter queue is. Where it comes from, what failed, which
//! event it began as (`docs/aws.md` §3.5).
//!
//! Pure. Not responsible for receiving (that is the runtime's) or for putting it back
//! ([`redrive`](super::redrive)).

pub mod batch;
pub mod cluster;
pub mod decode;
pub mod diff;
pub(in crate::domain) mod member;
pub mod predicate;
pub mod record;
#[cfg(test)]
pub(crate) mod sample;
pub mod verdict;

use std::sync::Arc;

pub use batch::Batch;
pub use cluster::{Cluster, Clusters};
pub use decode::{Known, decode};
pub use predicate::Predicate;
pub use verdict::Verdict;

use jiff::Timestamp;

use super::{
    function::Arn,
    queue::{Flaw, Message},
    secret::Secret,
};

/// A message of a dead-letter queue, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// As received.
    pub message: Message,
    /// Which service put it here.
    pub origin: Origin,
    /// What failed; SQS keeps none, so a letter of a queue has none unless logs told it.
    pub error: Option<LetterError>,
    /// The function it was meant for.
    pub function: Option<LetterFunction>,
    /// The failed invocation.
    pub request_id: Option<String>,
    /// What the function was, or would have been, called with.
    pub event: OriginalEvent,
    /// When SQS drops it: on a standard queue sent + retention, for the clock runs from the
    /// original enqueue; on FIFO only a lower bound, for it begins anew with the move
    /// (`docs/aws.md` §3.1).
    pub expires: Option<Timestamp>,
}

/// Which service put a letter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// SQS, after too many receives: `DeadLetterQueueSourceArn` is set.
    Queue {
        /// The queue it came from.
        source: Arn,
    },
    /// Lambda's `DeadLetterConfig` of an asynchronous invoke: attributes `RequestID`,
    /// `ErrorCode`, `ErrorMessage`; the body is the event as it was.
    AsyncDeadLetter,
    /// An on-failure (or on-success) destination of an asynchronous invoke: an envelope.
    AsyncDestination {
        /// `RetriesExhausted`, `EventAgeExceeded`, `Success`, … (an open set).
        condition: String,
    },
    /// A batch that a poller gave up: where its events lie, seldom the events.
    Batch(Box<Batch>),
    /// A target of a rule of EventBridge, or of a schedule, that could not be reached.
    EventBridge {
        /// `RULE_ARN`.
        rule: Option<Arn>,
        /// `SCHEDULE_ARN`, of EventBridge Scheduler.
        schedule: Option<Arn>,
        /// `TARGET_ARN`.
        target: Option<Arn>,
        /// `EXHAUSTED_RETRY_CONDITION`.
        condition: Option<String>,
        /// `IS_PAYLOAD_TRUNCATED`: the body is only the beginning.
        is_truncated: bool,
    },
    /// An SNS subscription that could not be delivered, or SNS feeding the queue.
    Sns {
        /// `TopicArn`.
        topic: Option<Arn>,
    },
    /// Nothing tells.
    Unknown,
}

impl Origin {
    /// A few words for the column ORIGIN.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Queue { .. } => "SQS redrive",
            Self::AsyncDeadLetter => "Lambda async DLQ",
            Self::AsyncDestination { .. } => "Lambda destination",
            Self::Batch(batch) => batch.title(),
            Self::EventBridge {
                schedule: Some(_), ..
            } => "EventBridge Scheduler",
            Self::EventBridge { .. } => "EventBridge",
            Self::Sns { .. } => "SNS",
            Self::Unknown => "unknown",
        }
    }
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterError {
    /// `ErrorCode` of the origin (`200`, `SDK_CLIENT_ERROR`), if it has one.
    pub code: Option<String>,
    /// The error's type (`CardDeclined`), where the origin or the message tells it.
    pub kind: Option<String>,
    /// The type is told by nobody: it follows from how the message is written.
    pub is_kind_inferred: bool,
    /// The message, untrusted; Lambda keeps its first 1 KB.
    pub message: String,
    /// Where it was read.
    pub source: ErrorSource,
}

impl LetterError {
    /// Type and message in one line, as clusters and columns show it.
    pub fn headline(&self) -> String {
        match &self.kind {
            Some(kind) if !self.message.starts_with(kind.as_str()) => {
                format!("{kind}: {}", self.message)
            }
            _ => self.message.clone(),
        }
    }
}

/// Where an error was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorSource {
    /// It stands in the letter.
    Letter,
    /// The log lines of its invocation told it.
    Logs,
}

/// The function that a letter was meant for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LetterFunction {
    /// Unqualified ARN.
    pub arn: Arn,
    /// Version or alias, where the letter names one.
    pub qualifier: Option<String>,
    /// The letter does not name it: it was found by who sends its failures here. Always said.
    pub inferred: bool,
}

/// The event inside a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginalEvent {
    /// The function is called with this JSON.
    Event(Secret<Arc<str>>),
    /// The function polls a queue: it is called with an envelope of records around this body
    /// (made when it is needed).
    SqsRecord {
        /// The queue that the function reads, not the dead-letter queue.
        source: Arn,
    },
    /// There is none in the letter.
    Missing(NoPayload),
}

/// Why a letter has no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoPayload {
    /// A poller's record keeps positions only; the events are still in the source, or gone.
    Positions,
    /// The destination dropped it because it was too large (256 KB for SNS).
    Dropped,
    /// The body is no JSON, and Lambda takes nothing else.
    NotJson,
    /// The sender kept the beginning of it only.
    Truncated,
    /// It did not come whole.
    Flawed(Flaw),
}

impl NoPayload {
    /// Whether the letter is a record of a failure that holds no event at all.
    pub const fn is_record_alone(self) -> bool {
        matches!(self, Self::Positions | Self::Dropped)
    }

    /// Why, for the reader.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Positions => "a failure record: positions of events, not the events",
            Self::Dropped => "the payload was too large for the destination and left out",
            Self::NotJson => "the body is not JSON, and Lambda takes nothing else",
            Self::Truncated => {
                "the payload was cut short when it was put here (IS_PAYLOAD_TRUNCATED): complete \
                 it by an edit first"
            }
            Self::Flawed(flaw) => flaw.reason(),
        }
    }
}
