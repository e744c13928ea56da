//! The failure records of what polls a source and calls a target with batches: Lambda's event
//! source mappings, EventBridge Pipes, subscribers of an event bus. Such a record tells where the
//! events of a batch lie, seldom the events themselves.

use crate::domain::function::Arn;

/// A batch that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Who gave it up.
    pub poller: Poller,
    /// What it was read from.
    pub feed: Feed,
    /// The stream, the cluster or the bus.
    pub source: Option<Arn>,
    /// Kafka's brokers; a cluster of one's own has no ARN.
    pub servers: Option<String>,
    /// Where its events lie.
    pub positions: Vec<Position>,
    /// How many there are.
    pub size: Option<u64>,
    /// `RetryAttemptsExhausted`, … (an open set).
    pub condition: Option<String>,
    /// What else the record tells of the batch, by its own names.
    pub details: Vec<(String, String)>,
}

/// Who gave a batch up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poller {
    /// An event source mapping of Lambda.
    Mapping,
    /// A pipe of EventBridge.
    Pipe(Option<Arn>),
    /// A subscriber of a custom event bus.
    Subscriber(Option<Arn>),
}

/// What batches are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// A Kinesis stream.
    Kinesis,
    /// A stream of a DynamoDB table.
    DynamoDb,
    /// Kafka, Amazon's or one's own.
    Kafka,
    /// A change stream of DocumentDB.
    DocumentDb,
    /// A bus of EventBridge.
    Bus,
    /// Not known here.
    Other,
}

/// A part of a batch: where it lies, from where to where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Shard, `topic-partition`, event group.
    pub place: Option<String>,
    /// Its first sequence number, offset or event id.
    pub first: Option<String>,
    /// Its last one.
    pub last: Option<String>,
}

impl Feed {
    /// By the name of the member that tells of the batch: `KinesisBatchInfo`.
    pub(super) fn of(member: &str) -> Self {
        match member {
            "KinesisBatchInfo" => Self::Kinesis,
            "DDBStreamBatchInfo" | "DynamoDBBatchInfo" => Self::DynamoDb,
            "KafkaBatchInfo" | "MSKBatchInfo" | "SelfManagedKafkaBatchInfo" => Self::Kafka,
            _ if member.to_ascii_lowercase().starts_with("doc") => Self::DocumentDb,
            _ => Self::Other,
        }
    }

    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Kinesis => "Kinesis",
            Self::DynamoDb => "DynamoDB",
            Self::Kafka => "Kafka",
            Self::DocumentDb => "DocumentDB",
            Self::Bus => "event bus",
            Self::Other => "unknown",
        }
    }
}

impl Batch {
    /// A few words for the column ORIGIN.
    pub const fn title(&self) -> &'static str {
        match (&self.poller, self.feed) {
            (Poller::Pipe(_), _) => "EventBridge Pipe",
            (Poller::Subscriber(_), _) => "EventBridge subscriber",
            (Poller::Mapping, Feed::Kafka) => "Kafka mapping",
            (Poller::Mapping, Feed::DocumentDb) => "DocumentDB mapping",
            (Poller::Mapping, Feed::Kinesis | Feed::DynamoDb) => "stream mapping",
            (Poller::Mapping, Feed::Bus | Feed::Other) => "source mapping",
        }
    }

    /// The pipe or the subscriber.
    pub const fn by(&self) -> Option<&Arn> {
        match &self.poller {
            Poller::Mapping => None,
            Poller::Pipe(arn) | Poller::Subscriber(arn) => arn.as_ref(),
        }
    }

    /// Everything that it is found by.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let source = self.source.as_ref().map(Arn::as_str);
        let places = self.positions.iter().filter_map(|at| at.place.as_deref());
        let named = [self.by().map(Arn::as_str), source];
        let told = [self.servers.as_deref(), self.condition.as_deref()];
        [self.feed.title()]
            .into_iter()
            .chain(named.into_iter().flatten())
            .chain(told.into_iter().flatten())
            .chain(places)
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place} ")?;
        }
        match (&self.first, &self.last) {
            (Some(first), Some(last)) if first != last => write!(f, "{first} to {last}"),
            (Some(one), _) | (None, Some(one)) => f.write_str(one),
            (None, None) => f.write_str("whole"),
        }
    }
}
