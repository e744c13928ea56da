//! A message as it lies in a queue.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    function::Arn,
    queue::{Attributes, Handle, Message, Outgoing, SystemAttributes},
    secret::Secret,
};

/// A message in a queue of the demo account, seen without receiving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Stable over receives; a message put into a queue without one gets one.
    pub id: Arc<str>,
    /// The body as sent.
    pub body: Secret<Arc<str>>,
    /// Message attributes.
    pub attributes: Attributes,
    /// `SentTimestamp`, milliseconds since the epoch; a message put into a queue without one is
    /// sent now.
    pub sent_ms: i64,
    /// `ApproximateReceiveCount`, over all queues it was in.
    pub receive_count: u32,
    /// `ApproximateFirstReceiveTimestamp`.
    pub first_received_ms: Option<i64>,
    /// `MessageGroupId`.
    pub group: Option<Arc<str>>,
    /// `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
    /// `SequenceNumber`.
    pub sequence: Option<String>,
    /// `AWSTraceHeader`.
    pub trace: Option<String>,
    /// `DeadLetterQueueSourceArn`: set when SQS itself moved the message here.
    pub source: Option<Arn>,
    /// Whether it can be received.
    pub state: State,
}

/// Whether a message can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// It can.
    #[default]
    Visible,
    /// Not yet.
    Delayed,
    /// Received, and neither deleted nor given back.
    InFlight,
}

impl Stored {
    /// A message with nothing but a body.
    pub fn of(body: impl Into<Arc<str>>) -> Self {
        Self {
            id: Arc::default(),
            body: Secret::new(body.into()),
            attributes: Attributes::new(),
            sent_ms: 0,
            receive_count: 0,
            first_received_ms: None,
            group: None,
            deduplication_id: None,
            sequence: None,
            trace: None,
            source: None,
            state: State::Visible,
        }
    }

    /// What a receive gives of it.
    pub(super) fn received(&self, handle: Handle) -> Message {
        let moment = |ms: i64| Timestamp::from_millisecond(ms).ok();
        Message {
            id: Arc::clone(&self.id),
            handle,
            body: self.body.clone(),
            attributes: self.attributes.clone(),
            system: SystemAttributes {
                sent: moment(self.sent_ms),
                receive_count: self.receive_count,
                first_received: self.first_received_ms.and_then(moment),
                sender: Some("AIDADEMOSENDER0000000".into()),
                group: self.group.as_deref().map(str::to_owned),
                deduplication_id: self.deduplication_id.clone(),
                sequence: self.sequence.clone(),
                trace: self.trace.clone(),
                dead_letter_source: self.source.clone(),
            },
            flaw: None,
        }
    }
}

impl From<&str> for Stored {
    fn from(body: &str) -> Self {
        Self::of(body)
    }
}

impl From<String> for Stored {
    fn from(body: String) -> Self {
        Self::of(body)
    }
}

impl From<&Outgoing> for Stored {
    fn from(message: &Outgoing) -> Self {
        Self {
            body: message.body.clone(),
            attributes: message.attributes.clone(),
            group: message.group.as_deref().map(Arc::from),
            deduplication_id: message.deduplication_id.clone(),
            trace: message.trace.clone(),
            ..Self::of("")
        }
    }
}
