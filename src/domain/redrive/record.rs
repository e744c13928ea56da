//! The journal's records: what was about to be done and what was done, one JSON line each.
//!
//! A line is written before the step it announces. What a row of them adds up to is the
//! [`ledger`](super::ledger)'s; files are `runtime::journal`'s.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Plan, progress::End, progress::Tally, secret_text, stored};
use crate::domain::{checksum, function::Arn, queue::Message, secret::Secret};

/// A letter, a sent message or a body in 16 bytes, so that a hundred thousand of them stay small: a
/// UUID is itself, everything else the first half of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(u128);

impl Key {
    /// Of an id or a body.
    pub fn of(text: &str) -> Self {
        if let Some(uuid) = uuid(text) {
            return Self(uuid);
        }
        let hash = Sha256::digest(text.as_bytes());
        let half: [u8; 16] = hash[..16].try_into().expect("SHA-256 has 32 bytes");
        Self(u128::from_be_bytes(half))
    }
}

/// The bits of a UUID in the form that AWS writes: lower case, with hyphens.
fn uuid(text: &str) -> Option<u128> {
    if text.len() != 36 {
        return None;
    }
    text.bytes().enumerate().try_fold(0, |bits, (at, byte)| {
        let digit = match byte {
            b'-' if matches!(at, 8 | 13 | 18 | 23) => return Some(bits),
            _ if matches!(at, 8 | 13 | 18 | 23) => return None,
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(bits << 4 | u128::from(digit))
    })
}

/// A map by key. Keys are random already, or made by AWS: nothing is gained by hashing them well.
pub type KeyMap<V> = HashMap<Key, V, BuildHasherDefault<KeyHasher>>;
/// A set of keys.
pub type KeySet = HashSet<Key, BuildHasherDefault<KeyHasher>>;

/// Folds a [`Key`] to 64 bits.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u128(u128::from(byte));
        }
    }

    fn write_u128(&mut self, bits: u128) {
        // Fibonacci hashing: spreads what differs in the last digits only.
        let folded = (bits ^ bits >> 64) as u64 ^ self.0.rotate_left(5);
        self.0 = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        format!("{key:?}")
    }
}

impl TryFrom<String> for Key {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

/// Where one letter goes, once that is settled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A queue.
    Queue(Arn),
    /// An asynchronous invoke.
    Function {
        /// Unqualified ARN.
        arn: Arn,
        /// Version or alias.
        qualifier: Option<String>,
    },
}

impl Target {
    /// One word for reports: an ARN, with its qualifier.
    pub fn shown(&self) -> String {
        match self {
            Self::Queue(arn)
            | Self::Function {
                arn,
                qualifier: None,
            } => arn.to_string(),
            Self::Function {
                arn,
                qualifier: Some(qualifier),
            } => format!("{arn}:{qualifier}"),
        }
    }
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The first line: what was confirmed.
    Plan(Box<Plan>),
    /// A letter is in our hands and will be sent.
    Claimed(Box<Claim>),
    /// Leases were renewed, or letters received again: the newest handle counts.
    Leased(Vec<LeaseRecord>),
    /// From here on, until `Sent` or `NotSent`, the outcome is unknown.
    Sending(Sending),
    /// The destination took them. They are never sent again.
    Sent(Arrival),
    /// They did not reach the destination: claimed again.
    NotSent {
        /// Message ids.
        ids: Vec<Arc<str>>,
        /// Why, untrusted.
        reason: String,
    },
    /// They will be deleted: that is the plan. Whoever resumes counts them, and deletes them when
    /// they show up.
    Doomed(Vec<Arc<str>>),
    /// Gone from the source.
    Deleted(Vec<Arc<str>>),
    /// Still in the source, though their delete took: SQS showed them again. Whoever resumes deletes
    /// them when they show up.
    Undeleted(Vec<Arc<str>>),
    /// Given back: visible in the source again, and free to be claimed anew.
    Released(Vec<Arc<str>>),
    /// It stays in the source.
    Failed {
        /// Message id.
        id: Arc<str>,
        /// Why, untrusted.
        reason: String,
        /// Whether the plan is about it could not be told.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        not_judged: bool,
    },
    /// Perhaps sent twice, because an outcome stayed unknown.
    Doubtful(Vec<Arc<str>>),
    /// A letter that was sent lies in the source again, under this message id.
    Returned(Arc<str>),
    /// The run ended here; another one may follow.
    Ended(Ended),
}

/// A letter with everything that is needed to send it without receiving it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// As received, handle included.
    #[serde(with = "stored")]
    pub message: Arc<Message>,
    /// Nobody else sees it until then.
    pub until: Timestamp,
    /// Where to.
    pub to: Target,
    /// What is sent instead of its body: an edit, or the event inside it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret_text")]
    pub content: Option<Secret<Arc<str>>>,
    /// The content was changed by the user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_edited: bool,
    /// It names no queue that it came from: this one is inferred.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_inferred: bool,
}

impl Claim {
    /// What is sent.
    pub fn content(&self) -> &Secret<Arc<str>> {
        self.content.as_ref().unwrap_or(&self.message.body)
    }
}

/// How long a letter is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// Message id.
    pub id: Arc<str>,
    /// The handle, when it is a new one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret_text")]
    pub handle: Option<Secret<Arc<str>>>,
    /// Nobody else sees it until then.
    pub until: Timestamp,
}

/// A batch that is about to go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// When it was written; FIFO's deduplication window runs from about then.
    pub at: Timestamp,
    /// Numbers the batches of a plan.
    pub batch: u64,
    /// Where to.
    pub to: Target,
    /// In the order they are sent.
    pub letters: Vec<Going>,
    /// A synchronous invoke: if its answer was never written down, the function may have run, and it
    /// is not called again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_synchronous: bool,
}

/// One letter of a batch that is about to go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Going {
    /// Message id.
    pub id: Arc<str>,
    /// FIFO only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication_id: Option<String>,
}

/// What a destination took. Stays as tombstones after the plan has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// When it was confirmed.
    pub at: Timestamp,
    /// Where to.
    pub to: Target,
    /// What it took.
    pub letters: Vec<Arrived>,
}

/// One letter that a destination took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// Message id.
    pub id: Arc<str>,
    /// The new message id, or the request id of the invocation.
    pub sent_as: String,
    /// Of what was sent: recognises it when it comes back.
    pub content: Key,
}

/// How a run of a plan ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How.
    pub end: End,
    /// The figures of all runs of the plan so far.
    pub tally: Tally,
    /// Everything that was held was given back: nothing is hidden from the next run.
    #[serde(default)]
    pub gave_back: bool,
}

impl Record {
    /// Appends the line, with its checksum and its end.
    pub fn write(&self, to: &mut Vec<u8>) {
        let from = to.len();
        serde_json::to_writer(&mut *to, self)
            .expect("records have text keys and finite numbers only");
        checksum::add(to, from);
        to.push(b'\n');
    }

    /// Reads a line, whose checksum is compared if it still has it.
    ///
    /// # Errors
    /// When it is no record, or not what was written. The text of the error holds nothing of the
    /// line but a position.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        let line = checksum::take(line).map_err(|damage| damage.to_string())?;
        serde_json::from_slice(&line).map_err(|error| {
            let kind = match error.classify() {
                serde_json::error::Category::Data => "not a record of a journal",
                _ => "not JSON",
            };
            format!("{kind} (column {})", error.column())
        })
    }

    /// Whether it says what was sent: what other plans must know of (`runtime::journal`'s
    /// tombstones).
    pub const fn is_about_sending(&self) -> bool {
        matches!(
            self,
            Self::Sending(_) | Self::Sent(_) | Self::NotSent { .. } | Self::Doubtful(_)
        )
    }

    /// What is kept when the plan has ended: no handle, no body, nothing of a letter but its id
    /// and where it went. `None` for what is of no more use.
    pub fn without_bodies(self) -> Option<Self> {
        match self {
            Self::Plan(mut plan) => {
                plan.forget_edits();
                Some(Self::Plan(plan))
            }
            Self::Claimed(_)
            | Self::Leased(_)
            | Self::Sending(_)
            | Self::NotSent { .. }
            | Self::Doomed(_)
            | Self::Deleted(_)
            | Self::Undeleted(_)
            | Self::Released(_) => None,
            Self::Sent(_)
            | Self::Failed { .. }
            | Self::Doubtful(_)
            | Self::Returned(_)
            | Self::Ended(_) => Some(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        queue::{AttributeValue, MessageAttribute, SystemAttributes},
        redrive::tests::{message, plan},
    };

    fn whole() -> Message {
        Message {
            attributes: vec![
                (
                    "trace".into(),
                    MessageAttribute {
                        data_type: "String".into(),
                        value: AttributeValue::Text(Secret::new("é\u{1}".into())),
                    },
                ),
                (
                    "raw".into(),
                    MessageAttribute {
                        data_type: "Binary.gzip".into(),
                        value: AttributeValue::Bytes(Secret::new(vec![0, 255, 10])),
                    },
                ),
            ],
            system: SystemAttributes {
                sent: Some("2026-11-20T02:30:00.123Z".parse().expect("a time")),
                receive_count: 4,
                group: Some("g".into()),
                dead_letter_source: Some(Arn::new("arn:aws:sqs:eu-west-1:1:orders")),
                ..SystemAttributes::default()
            },
            ..message("m-1", "{\"a\":\n1}")
        }
    }

    fn claim() -> Claim {
        Claim {
            message: Arc::new(whole()),
            until: Timestamp::UNIX_EPOCH,
            to: Target::Queue(Arn::new("arn:aws:sqs:eu-west-1:1:orders")),
            content: Some(Secret::new("edited-body".into())),
            is_edited: true,
            is_inferred: true,
        }
    }

    #[test]
    fn a_key_is_the_uuid_itself_or_a_hash_and_survives_a_journal() {
        let id = "5f3c2a10-0000-4000-8000-00000000002a";
        assert_eq!(format!("{:?}", Key::of(id)), id.replace('-', ""));
        for other in [
            "5F3C2A10-0000-4000-8000-00000000002A",
            "5f3c2a1000000-4000-8000-00000000002a",
            "5f3c2a10-0000-4000-8000-00000000002",
            "a body",
            "",
        ] {
            assert_ne!(Key::of(other), Key::of(id), "{other}");
        }
        let text = String::from(Key::of("a body"));
        assert_eq!(Key::try_from(text), Ok(Key::of("a body")));
    }

    #[test]
    fn a_whole_letter_survives_its_line_binary_attributes_included() {
        let record = Record::Claimed(Box::new(claim()));
        let mut line = Vec::new();
        record.write(&mut line);
        let end = line.iter().position(|byte| *byte == b'\n');
        assert_eq!(end, Some(line.len() - 1), "one line");
        assert_eq!(Record::parse(&line).expect("a record"), record);
    }

    #[test]
    fn what_is_kept_holds_no_body_and_no_handle() {
        let mut edited = plan();
        edited.scope = crate::domain::redrive::Scope::Selection(vec![super::super::Chosen {
            id: "m-1".into(),
            edited: Some(Secret::new("edited-body".into())),
        }]);
        let records = [
            Record::Plan(Box::new(edited)),
            Record::Claimed(Box::new(claim())),
            Record::Sent(Arrival {
                at: Timestamp::UNIX_EPOCH,
                to: claim().to,
                letters: vec![Arrived {
                    id: "m-1".into(),
                    sent_as: "n-1".into(),
                    content: Key::of("edited-body"),
                }],
            }),
        ];
        let mut kept = Vec::new();
        for record in records.into_iter().filter_map(Record::without_bodies) {
            record.write(&mut kept);
        }
        let text = String::from_utf8(kept).expect("text");
        assert!(text.contains("n-1") && text.lines().count() == 2, "{text}");
        assert!(
            !text.contains("edited-body") && !text.contains("handle"),
            "{text}"
        );
    }

    #[test]
    fn a_journal_of_before_has_fewer_fields_and_is_read() {
        let failed = Record::parse(br#"{"failed":{"id":"m","reason":"r"}}"#).expect("a record");
        let Record::Failed { not_judged, .. } = failed else {
            panic!("{failed:?}");
        };
        assert!(!not_judged);
        let ended = br#"{"ended":{"at":"2026-11-20T02:30:00Z","end":"stopped","tally":{"read":3,"moved":1,"deleted":0,"released":0,"failed":2,"undeleted":0,"pending":0,"duplicates":0,"returned":0,"edited":0}}}"#;
        let Ok(Record::Ended(ended)) = Record::parse(ended) else {
            panic!("not read");
        };
        assert_eq!((ended.tally.failed, ended.tally.not_judged), (2, 0));
    }

    #[test]
    fn an_error_shows_nothing_of_the_line() {
        let error = Record::parse(br#"{"claimed":{"body":"secret-4242""#).expect_err("cut");
        assert!(
            !error.contains("4242") && error.contains("column"),
            "{error}"
        );
        let error = Record::parse(br#"{"secret-4242":1}"#).expect_err("unknown");
        assert!(!error.contains("4242"), "{error}");
    }
}
