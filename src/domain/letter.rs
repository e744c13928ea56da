//! Letters: what a message in a dead-letter queue is. Where it comes from, what failed, which
//! event it began as (`aws-facts` §3.5).
//!
//! Pure. Not responsible for receiving (that is the runtime's) or for putting it back
//! ([`redrive`](super::redrive)).

pub mod cluster;
pub mod decode;
pub mod diff;
mod member;
pub mod predicate;
pub mod record;
#[cfg(test)]
pub(crate) mod sample;
pub mod verdict;

use std::sync::Arc;

pub use cluster::{Cluster, Clusters};
pub use decode::{Known, decode};
pub(in crate::domain) use member::is_shallow;
pub use predicate::Predicate;
pub use verdict::Verdict;

use jiff::Timestamp;

use super::{function::Arn, queue::Message, secret::Secret};

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
    /// (`aws-facts` §3.1).
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
    /// The on-failure destination of a stream mapping: positions, no records.
    Stream {
        /// The stream.
        stream: Option<Arn>,
        /// Shard.
        shard: Option<String>,
        /// First and last sequence number.
        range: Option<(String, String)>,
        /// Records of the batch.
        batch_size: Option<u64>,
        /// `RetryAttemptsExhausted`, … (an open set).
        condition: Option<String>,
    },
    /// An EventBridge target that could not be reached.
    EventBridge {
        /// `RULE_ARN`.
        rule: Option<Arn>,
        /// `TARGET_ARN`.
        target: Option<Arn>,
        /// `EXHAUSTED_RETRY_CONDITION`.
        condition: Option<String>,
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
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Queue { .. } => "SQS redrive",
            Self::AsyncDeadLetter => "Lambda async DLQ",
            Self::AsyncDestination { .. } => "Lambda destination",
            Self::Stream { .. } => "stream mapping",
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
    /// A stream mapping keeps positions only; the records are still in the stream, or gone.
    StreamPositions,
    /// The destination dropped it because it was too large (256 KB for SNS).
    Dropped,
    /// The body is no JSON, and Lambda takes nothing else.
    NotJson,
}

impl NoPayload {
    /// Why, for the reader.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::StreamPositions => "the letter holds positions in a stream, not its records",
            Self::Dropped => "the payload was too large for the destination and left out",
            Self::NotJson => "the body is not JSON, and Lambda takes nothing else",
        }
    }
}
