//! What can be done with a letter, in one word, always with its reason.

use jiff::{SignedDuration, Timestamp};

use super::{Letter, NoPayload, Origin, OriginalEvent, decode::record_alone, member, record};
use crate::domain::{
    age,
    invocation::InvocationType,
    queue::{self, Flaw},
};

/// A letter with less than this left is expiring.
pub const EXPIRING: SignedDuration = SignedDuration::from_hours(1);

/// What can be done with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It can go.
    Ready,
    /// It cannot go as it is.
    NeedsEdit(String),
    /// It can go, but not for long, or it is gone already.
    Expiring(SignedDuration),
    /// The destination does not take so many bytes.
    TooBig {
        /// Its size.
        bytes: usize,
        /// What the destination takes.
        limit: usize,
    },
    /// There is nothing to call a function with.
    NoPayload(NoPayload),
    /// The function was called with it from here: sending it again is a second run.
    RanByHand {
        /// When.
        at: Timestamp,
        /// The function succeeded.
        succeeded: bool,
    },
    /// An earlier redrive sent it and could not delete it.
    AlreadySent(String),
    /// It did not come whole: it is given back, whatever it is meant for.
    Flawed(Flaw),
    /// It cannot be told where it should go.
    Unknown(String),
}

/// Where letters are meant to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// Not chosen yet: judged by the origin, back to the source or to the function.
    #[default]
    Origin,
    /// A queue that takes so many bytes.
    Queue {
        /// `MaximumMessageSize`; none is SQS's own limit.
        maximum_bytes: Option<u64>,
    },
    /// An asynchronous invoke.
    Invoke,
}

/// What is known beside the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Now.
    pub now: Timestamp,
    /// Where it is meant to go.
    pub target: Target,
    /// The edit of [`record::event_text`]: the new text, or why the edit failed.
    pub edit: Option<Result<&'a str, &'a str>>,
    /// It was invoked by hand: when, and whether the function succeeded.
    pub ran: Option<(Timestamp, bool)>,
    /// Where an earlier redrive sent it.
    pub sent: Option<&'a str>,
}

impl Verdict {
    /// Judges a letter: what is worst comes first.
    pub fn of(letter: &Letter, facts: &Facts<'_>) -> Self {
        if let Some(flaw) = letter.message.flaw {
            return Self::Flawed(flaw);
        }
        if let Some(destination) = facts.sent {
            return Self::AlreadySent(destination.to_owned());
        }
        if let Some((at, succeeded)) = facts.ran {
            return Self::RanByHand { at, succeeded };
        }
        if let Some(Err(reason)) = facts.edit {
            return Self::NeedsEdit(format!("the edit failed: {reason}"));
        }
        let edited = facts.edit.and_then(Result::ok);
        let invokes = match facts.target {
            Target::Invoke => true,
            Target::Queue { .. } => false,
            Target::Origin => !matches!(letter.origin, Origin::Queue { .. }),
        };
        let blocked = if invokes {
            Self::of_invoke(letter, edited)
        } else {
            Self::of_send(letter, edited, facts.target)
        };
        if let Some(blocked) = blocked {
            return blocked;
        }
        if facts.target == Target::Origin && invokes && letter.function.is_none() {
            return Self::Unknown(
                "the letter names no source queue and no function: choose where it goes".into(),
            );
        }
        match letter
            .expires
            .map(|expires| expires.duration_since(facts.now))
        {
            Some(left) if left < EXPIRING => Self::Expiring(left),
            _ => Self::Ready,
        }
    }

    fn of_invoke(letter: &Letter, edited: Option<&str>) -> Option<Self> {
        let is_record = matches!(letter.event, OriginalEvent::SqsRecord { .. });
        if let Some(edited) = edited
            && !is_record
            && !member::is_json(edited)
        {
            return Some(Self::NeedsEdit("the edited event is not JSON".into()));
        }
        if let OriginalEvent::Missing(reason) = letter.event {
            let is_mended = edited.is_some_and(|edited| {
                // A record that was changed here and there is a record still.
                !reason.is_record_alone() || record_alone(edited).is_none()
            });
            if !is_mended {
                return Some(match reason {
                    NoPayload::NotJson | NoPayload::Truncated => {
                        Self::NeedsEdit(reason.reason().into())
                    }
                    _ => Self::NoPayload(reason),
                });
            }
        }
        let limit = InvocationType::Event.payload_limit();
        let text = edited.unwrap_or_else(|| record::event_text(letter));
        let mut bytes = text.len();
        // The envelope makes it longer; only near the limit it is worth making.
        if is_record && bytes * 2 > limit {
            bytes = record::lambda_event(letter, "", edited)
                .map_or(bytes, |event| event.reveal().len());
        }
        (bytes > limit).then_some(Self::TooBig { bytes, limit })
    }

    fn of_send(letter: &Letter, edited: Option<&str>, target: Target) -> Option<Self> {
        let limit = match target {
            Target::Queue {
                maximum_bytes: Some(maximum),
            } => usize::try_from(maximum).unwrap_or(queue::MAX_BYTES),
            _ => queue::MAX_BYTES,
        };
        let body = edited.unwrap_or(letter.message.body.reveal());
        let bytes = queue::size(body, &letter.message.attributes);
        (bytes > limit).then_some(Self::TooBig { bytes, limit })
    }

    /// The word of the column VERDICT.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NeedsEdit(_) => "needs edit",
            Self::Expiring(_) => "expiring",
            Self::TooBig { .. } => "too big",
            Self::NoPayload(_) => "no payload",
            Self::RanByHand { .. } => "ran by hand",
            Self::AlreadySent(_) => "already sent",
            Self::Flawed(_) => "damaged",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether a redrive takes it unless told otherwise.
    pub const fn is_sendable(&self) -> bool {
        matches!(self, Self::Ready | Self::Expiring(_))
    }

    /// Why, in one line.
    pub fn reason(&self) -> String {
        match self {
            Self::Ready => "nothing stands against it".into(),
            Self::NeedsEdit(reason) | Self::Unknown(reason) => reason.clone(),
            Self::Expiring(left) if left.is_negative() || left.is_zero() => {
                "its retention is over: SQS drops it any moment".into()
            }
            Self::Expiring(left) => {
                format!("SQS drops it in {} min", left.as_mins().max(1))
            }
            Self::TooBig { bytes, limit } => format!(
                "{} is more than the {} that the destination takes",
                age::bytes(*bytes as u64),
                age::bytes(*limit as u64)
            ),
            Self::NoPayload(reason) => reason.reason().into(),
            Self::Flawed(flaw) => flaw.reason().into(),
            Self::RanByHand { succeeded, .. } => if *succeeded {
                "it was invoked from here and succeeded: sending it again is a second run"
            } else {
                "it was invoked from here and failed again"
            }
            .into(),
            Self::AlreadySent(destination) => format!(
                "an earlier redrive sent it to {destination} and could not delete it: it is \
                 deleted, not sent again"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        function::Arn,
        letter::{
            Known, decode,
            sample::{message, text},
        },
    };

    fn facts() -> Facts<'static> {
        Facts {
            now: Timestamp::UNIX_EPOCH,
            target: Target::Origin,
            edit: None,
            ran: None,
            sent: None,
        }
    }

    fn known(retention_s: u32) -> Known {
        Known {
            retention_s: Some(retention_s),
            ..Known::default()
        }
    }

    fn from_queue(body: &str) -> Letter {
        let mut message = message(body);
        message.system.dead_letter_source = Some(Arn::new("arn:aws:sqs:eu-west-1:1:orders"));
        decode(message, &known(1_000_000))
    }

    fn with_function(body: &str) -> Letter {
        let mut message = message(body);
        let function = "arn:aws:lambda:eu-west-1:1:function:charge";
        message.attributes = vec![
            ("TARGET_ARN".into(), text("String", function)),
            ("ERROR_CODE".into(), text("String", "x")),
        ];
        decode(message, &known(1_000_000))
    }

    fn title(letter: &Letter, facts: &Facts<'_>) -> &'static str {
        let verdict = Verdict::of(letter, facts);
        assert!(!verdict.reason().is_empty());
        verdict.title()
    }

    #[test]
    fn what_can_go_is_ready() {
        assert_eq!(title(&from_queue("any text"), &facts()), "ready");
        assert_eq!(title(&with_function("{}"), &facts()), "ready");
        assert!(Verdict::of(&from_queue("x"), &facts()).is_sendable());
    }

    #[test]
    fn a_letter_of_nowhere_needs_a_destination() {
        let letter = decode(message("{}"), &Known::default());
        assert_eq!(title(&letter, &facts()), "unknown");
        for target in [
            Target::Invoke,
            Target::Queue {
                maximum_bytes: None,
            },
        ] {
            assert_eq!(title(&letter, &Facts { target, ..facts() }), "ready");
        }
    }

    #[test]
    fn a_function_takes_json_only_and_a_record_takes_all() {
        let text = with_function("text");
        assert_eq!(title(&text, &facts()), "needs edit");
        assert_eq!(
            title(
                &text,
                &Facts {
                    edit: Some(Ok("{}")),
                    ..facts()
                }
            ),
            "ready"
        );
        assert_eq!(
            title(
                &text,
                &Facts {
                    edit: Some(Ok("no")),
                    ..facts()
                }
            ),
            "needs edit"
        );
        assert_eq!(
            title(
                &from_queue("text"),
                &Facts {
                    target: Target::Invoke,
                    ..facts()
                }
            ),
            "ready"
        );
        let failed = Facts {
            edit: Some(Err("no amount")),
            ..facts()
        };
        assert!(
            Verdict::of(&from_queue("text"), &failed)
                .reason()
                .contains("no amount")
        );
    }

    #[test]
    fn positions_in_a_stream_are_no_payload() {
        let body = r#"{"requestContext":{"condition":"x","functionArn":"arn:aws:lambda:e:1:function:f"},"KinesisBatchInfo":{}}"#;
        let letter = decode(message(body), &Known::default());
        assert_eq!(title(&letter, &facts()), "no payload");
        let queue = Target::Queue {
            maximum_bytes: None,
        };
        assert_eq!(
            title(
                &letter,
                &Facts {
                    target: queue,
                    ..facts()
                }
            ),
            "ready"
        );
    }

    #[test]
    fn a_record_that_was_changed_here_and_there_is_no_event_yet() {
        let body = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"}}"#;
        let letter = decode(message(body), &Known::default());
        let edited = |text| Facts {
            target: Target::Invoke,
            edit: Some(Ok(text)),
            ..facts()
        };
        let still = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"},"retry":1}"#;
        assert_eq!(title(&letter, &edited(still)), "no payload");
        assert_eq!(title(&letter, &edited(r#"{"order":1}"#)), "ready");
        assert!(record::lambda_event(&letter, "", Some(still)).is_err());
        assert!(record::lambda_event(&letter, "", Some("{}")).is_ok());
    }

    #[test]
    fn a_payload_that_was_cut_short_needs_an_edit() {
        let mut message = message("{\"a\":1}");
        message.attributes = vec![
            (
                "SCHEDULE_ARN".into(),
                text("String", "arn:aws:scheduler:e:1:schedule/g/s"),
            ),
            ("ERROR_CODE".into(), text("String", "x")),
            ("IS_PAYLOAD_TRUNCATED".into(), text("String", "true")),
        ];
        let letter = decode(message, &Known::default());
        let facts = Facts {
            target: Target::Invoke,
            ..facts()
        };
        assert_eq!(title(&letter, &facts), "needs edit");
        assert!(Verdict::of(&letter, &facts).reason().contains("cut short"));
        let edit = Some(Ok("{\"a\":12}"));
        assert_eq!(title(&letter, &Facts { edit, ..facts }), "ready");
    }

    #[test]
    fn the_limit_is_the_destinations() {
        let large = format!("\"{}\"", "x".repeat(300_000));
        let letter = from_queue(&large);
        assert_eq!(title(&letter, &facts()), "ready");
        let small = Target::Queue {
            maximum_bytes: Some(262_144),
        };
        assert_eq!(
            title(
                &letter,
                &Facts {
                    target: small,
                    ..facts()
                }
            ),
            "too big"
        );
        assert_eq!(
            title(
                &letter,
                &Facts {
                    target: small,
                    edit: Some(Ok("{}")),
                    ..facts()
                }
            ),
            "ready"
        );
        // Quotes are escaped in the envelope: the body fits, its record does not.
        let quotes = from_queue(&"\"".repeat(600_000));
        assert_eq!(
            title(
                &quotes,
                &Facts {
                    target: Target::Invoke,
                    ..facts()
                }
            ),
            "too big"
        );
        assert_eq!(title(&quotes, &facts()), "ready");
    }

    #[test]
    fn what_is_about_to_go_is_expiring() {
        let letter = from_queue("x");
        let at = |second| Facts {
            now: Timestamp::from_second(second).expect("a time"),
            ..facts()
        };
        assert_eq!(title(&letter, &at(1_000_000 - 3_600)), "ready");
        assert_eq!(title(&letter, &at(1_000_000 - 3_599)), "expiring");
        assert!(
            Verdict::of(&letter, &at(1_000_000 - 120))
                .reason()
                .contains("2 min")
        );
        assert!(
            Verdict::of(&letter, &at(1_000_001))
                .reason()
                .contains("over")
        );
    }

    #[test]
    fn what_did_not_come_whole_is_damaged_whatever_else_is_known() {
        let mut message = message("{}");
        message.flaw = Some(Flaw::Body);
        let letter = decode(message, &known(1_000_000));
        for target in [
            Target::Origin,
            Target::Invoke,
            Target::Queue {
                maximum_bytes: None,
            },
        ] {
            let facts = Facts {
                target,
                edit: Some(Ok("{}")),
                ran: Some((Timestamp::UNIX_EPOCH, true)),
                sent: Some("orders"),
                ..facts()
            };
            assert_eq!(title(&letter, &facts), "damaged");
            assert!(!Verdict::of(&letter, &facts).is_sendable());
        }
        assert!(record::lambda_event(&letter, "", Some("{}")).is_err());
    }

    #[test]
    fn what_went_already_is_not_sent_again() {
        let letter = from_queue("x");
        let ran = Facts {
            ran: Some((Timestamp::UNIX_EPOCH, true)),
            ..facts()
        };
        assert_eq!(title(&letter, &ran), "ran by hand");
        assert_eq!(
            title(
                &letter,
                &Facts {
                    sent: Some("orders"),
                    ..ran
                }
            ),
            "already sent"
        );
        assert!(!Verdict::of(&letter, &ran).is_sendable());
    }
}
