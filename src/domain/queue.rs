//! Queues and messages as SQS has them: identity, counts and settings, what a receive gives, what
//! a send takes.
//!
//! Plain data. What a message means as a dead letter is [`letter`](super::letter)'s.

pub mod address;
pub mod checksum;
pub mod edit;
pub mod line;
pub mod opened;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{function::Arn, mask, secret::Secret};

pub use address::QueueAddress;
pub use edit::{QueueEdit, QueueEdited};
pub use opened::OpenQueue;

/// Entries of a batch, and messages of one receive (SQS quotas).
pub const BATCH: usize = 10;
/// Largest message, and largest sum of a batch, in bytes: body and attributes together
/// (SQS quotas, `docs/aws.md` §3.1).
pub const MAX_BYTES: usize = 1_048_576;
/// Attributes that a message can have (SQS quotas).
pub const MAX_ATTRIBUTES: usize = 10;
/// How long FIFO queues remember a deduplication id, in seconds (SQS API).
pub const DEDUPLICATION_S: i64 = 300;

/// The URL by which SQS knows a queue. Everybody else speaks of ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueUrl(Arc<str>);

impl QueueUrl {
    /// Wraps a URL as SQS gave it.
    pub fn new(url: impl Into<Arc<str>>) -> Self {
        Self(url.into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The queue's name: what stands after the last slash.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

/// Counts and settings of a queue (`GetQueueAttributes`). The counts are approximate and
/// settle a minute after traffic stops (SQS API).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueAttributes {
    /// Queue ARN.
    pub arn: Option<Arn>,
    /// Messages that can be received.
    pub visible: u64,
    /// Received, not deleted yet.
    pub in_flight: u64,
    /// Not available yet.
    pub delayed: u64,
    /// Seconds a received message stays hidden.
    pub visibility_timeout_s: Option<u32>,
    /// Seconds a message is kept.
    pub retention_s: Option<u32>,
    /// Where its own failures go, from `RedrivePolicy`.
    pub dead_letter: Option<Arn>,
    /// Receives before that.
    pub max_receive_count: Option<u32>,
    /// First in, first out.
    pub fifo: bool,
    /// FIFO: the deduplication id is the body's hash when none is given.
    pub content_based_deduplication: bool,
    /// Seconds before a new message can be received.
    pub delay_s: Option<u32>,
    /// `MaximumMessageSize` in bytes; at most [`MAX_BYTES`].
    pub maximum_bytes: Option<u64>,
    /// The customer key that encrypts the messages, or `alias/aws/sqs`.
    pub kms_key: Option<String>,
}

impl QueueAttributes {
    /// Messages in it, those in flight and delayed included: a look does not change it. About, for
    /// the counts are (SQS API).
    pub const fn depth(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttribute {
    /// `String`, `Number`, `Binary`, or one of them with a custom label (`Number.float`).
    pub data_type: String,
    /// The value.
    pub value: AttributeValue,
}

/// Text or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// `String` and `Number`.
    Text(Secret<String>),
    /// `Binary`.
    Bytes(Secret<Vec<u8>>),
}

impl MessageAttribute {
    /// The value, where it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            AttributeValue::Text(text) => Some(text.reveal()),
            AttributeValue::Bytes(_) => None,
        }
    }

    /// Bytes it takes beside its name: type and value (SQS quotas).
    pub fn bytes(&self) -> usize {
        self.data_type.len()
            + match &self.value {
                AttributeValue::Text(text) => text.reveal().len(),
                AttributeValue::Bytes(bytes) => bytes.reveal().len(),
            }
    }
}

/// Message attributes by name, in the order of their names (SQS keeps none).
pub type Attributes = Vec<(String, MessageAttribute)>;

/// What a handle is: the right to delete or to hold one receive of a message. Only the newest
/// handle of a message does what it says (SQS API).
pub type Handle = Secret<Arc<str>>;

/// One received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Stable over receives; new after every send.
    pub id: Arc<str>,
    /// Of this receive.
    pub handle: Handle,
    /// The body, untrusted.
    pub body: Secret<Arc<str>>,
    /// Message attributes.
    pub attributes: Attributes,
    /// System attributes.
    pub system: SystemAttributes,
    /// It did not come whole: it may be given back, and nothing else.
    pub flaw: Option<Flaw>,
}

/// What is wrong with a message as it was received. The message in the queue may be whole: only a
/// later receive can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Without a `MessageId`: its id here is made up.
    Nameless,
    /// Without a `ReceiptHandle`: it cannot even be given back, its handle here is empty.
    Unheld,
    /// Without a `Body`, or with an empty one, which SQS never takes.
    Empty,
    /// `MD5OfBody` is not that of the body.
    Body,
    /// `MD5OfMessageAttributes` is not that of the attributes.
    Attributes,
}

impl Flaw {
    /// What, for the reader, and that nothing was done.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Nameless => {
                "SQS gave it without a MessageId: it is given back, neither sent nor deleted"
            }
            Self::Unheld => {
                "SQS gave it without a receipt handle: it is neither sent nor deleted, and comes \
                 back by itself"
            }
            Self::Empty => "SQS gave it without a body: it is given back, neither sent nor deleted",
            Self::Body => {
                "its body is not the one that SQS stored (MD5OfBody differs): it is given back, \
                 neither sent nor deleted"
            }
            Self::Attributes => {
                "its attributes are not those that SQS stored (MD5OfMessageAttributes differs): it \
                 is given back, neither sent nor deleted"
            }
        }
    }
}

impl Message {
    /// What counts against the size limits: body and attributes (`AWSTraceHeader` does not).
    pub fn bytes(&self) -> usize {
        size(self.body.reveal(), &self.attributes)
    }
}

/// Bytes of a body with its attributes, as SQS counts them.
pub fn size(body: &str, attributes: &Attributes) -> usize {
    body.len()
        + attributes
            .iter()
            .map(|(name, attribute)| name.len() + attribute.bytes())
            .sum::<usize>()
}

/// What SQS says of a message (`MessageSystemAttributeNames=All`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemAttributes {
    /// `SentTimestamp`; on a standard queue the original enqueue, kept when SQS moves the message.
    pub sent: Option<Timestamp>,
    /// `ApproximateReceiveCount`, this receive included.
    pub receive_count: u32,
    /// `ApproximateFirstReceiveTimestamp`.
    pub first_received: Option<Timestamp>,
    /// `SenderId`.
    pub sender: Option<String>,
    /// `MessageGroupId` (standard queues can have it too: fair queues).
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
    /// `SequenceNumber` (FIFO).
    pub sequence: Option<String>,
    /// `AWSTraceHeader`.
    pub trace: Option<String>,
    /// `DeadLetterQueueSourceArn`: set only when SQS itself moved the message here.
    pub dead_letter_source: Option<Arn>,
}

/// What to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// At most this many, 1 to 10.
    pub max: u8,
    /// How long the messages are hidden from others, in seconds (0 to 43,200).
    pub visibility_s: u32,
    /// Long polling: how long to wait for the first, in seconds (0 to 20). Short polling asks a
    /// subset of the hosts and may come back empty (`docs/aws.md` §3.1).
    pub wait_s: u32,
}

/// One message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The body.
    pub body: Secret<Arc<str>>,
    /// At most [`MAX_ATTRIBUTES`].
    pub attributes: Attributes,
    /// `MessageGroupId`: needed on FIFO.
    pub group: Option<String>,
    /// `MessageDeduplicationId`: FIFO only.
    pub deduplication_id: Option<String>,
    /// `AWSTraceHeader`; none by default, because Lambda counts loops by it (`docs/aws.md` §3.4).
    pub trace: Option<String>,
}

impl Outgoing {
    /// Bytes against the size limits.
    pub fn bytes(&self) -> usize {
        size(self.body.reveal(), &self.attributes)
    }
}

/// A message that SQS took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its new id.
    pub id: String,
    /// `MD5OfMessageBody`, lower-case hex, compared by the adapter already.
    pub body_md5: String,
    /// `SequenceNumber` (FIFO).
    pub sequence: Option<String>,
}

/// Why one entry of a batch failed while others may have succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryError {
    /// AWS's code (`ReceiptHandleIsInvalid`, `InternalError`, …).
    pub code: String,
    /// AWS's message, untrusted.
    pub message: String,
    /// Our fault: sending the same again cannot help.
    pub sender_fault: bool,
}

impl EntryError {
    /// Code of ours: the answer mentions the entry neither as done nor as failed, or it does not
    /// prove what it says was done, so its outcome is unknown.
    pub const NO_ANSWER: &str = "NoAnswer";
    /// Code of ours: SQS stored the message, but its checksum is not that of what was sent.
    pub const CHECKSUM_MISMATCH: &str = "ChecksumMismatch";

    /// Code of ours: a synchronous invoke was answered with a function error.
    pub const FUNCTION_ERROR: &str = "FunctionError";

    /// Whether something may have been stored all the same.
    pub fn may_be_done(&self) -> bool {
        matches!(
            self.code.as_str(),
            Self::NO_ANSWER | Self::CHECKSUM_MISMATCH
        )
    }

    /// Without what the message repeats of these bodies.
    #[must_use]
    pub fn without<'a>(self, bodies: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            message: mask::masked(&self.message, bodies),
            ..self
        }
    }
}

/// The answer to a batch: one result for each entry, in the order they were given.
pub type BatchAnswer<T> = Vec<Result<T, EntryError>>;

/// One of AWS's own redrives (`ListMessageMoveTasks`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    /// Needed to cancel; there only while it is running.
    pub handle: Option<String>,
    /// `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED`, `FAILED` (an open set).
    pub status: String,
    /// From where.
    pub source: Option<Arn>,
    /// To where; none sends each message to its own source.
    pub destination: Option<Arn>,
    /// `MaxNumberOfMessagesPerSecond`, 1 to 500; none lets SQS choose.
    pub per_second: Option<u32>,
    /// Moved so far, approximately.
    pub moved: u64,
    /// There were this many to move when it began; unknown to some servers.
    pub to_move: Option<u64>,
    /// Why it failed (`CouldNotDetermineMessageSource`, …).
    pub failure: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
}

impl MoveTask {
    /// Whether it still moves messages.
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_str(), "RUNNING" | "CANCELLING")
    }
}
