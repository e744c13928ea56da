//! From a message to a letter: where it comes from, what failed, which event it began as
//! (`docs/aws.md` §3.5).
//!
//! Never fails: what is not understood is [`Origin::Unknown`] with the body as its event. Not
//! responsible for finding out who feeds a queue, which is the
//! [`discovered`](crate::domain::dead_letters)'s.

mod envelope;
mod error;

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;

use super::{
    ErrorSource, Letter, LetterError, LetterFunction, NoPayload, Origin, OriginalEvent, member,
};
use crate::domain::{
    dead_letters::{DeadLetterQueue, Feeder},
    function::Arn,
    queue::Message,
    secret::Secret,
};

/// What is known of the queue that letters are read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Seconds it keeps a message.
    pub retention_s: Option<u32>,
    /// It is FIFO.
    pub fifo: bool,
    /// Who sends failures to it.
    pub feeders: Vec<Feeder>,
}

impl Known {
    /// What the discovered knows.
    pub fn of(queue: &DeadLetterQueue) -> Self {
        Self {
            retention_s: queue
                .attributes
                .as_ref()
                .and_then(|attributes| attributes.retention_s),
            fifo: queue.is_fifo(),
            feeders: queue.feeders.clone(),
        }
    }

    /// The functions that a letter may have been meant for when it does not name its own: those
    /// whose `DeadLetterConfig` is this queue, or those that read the queue it came from.
    pub fn candidates(&self, origin: &Origin) -> Vec<LetterFunction> {
        let found: BTreeSet<(Arn, Option<String>)> = self
            .feeders
            .iter()
            .flat_map(|feeder| match (origin, feeder) {
                (Origin::AsyncDeadLetter, Feeder::AsyncDeadLetter { function }) => {
                    vec![(function.clone(), None)]
                }
                (Origin::Queue { source }, Feeder::Queue { arn, consumers, .. })
                    if arn == source =>
                {
                    consumers
                        .iter()
                        .filter_map(|consumer| LetterFunction::read(consumer.function.as_str()))
                        .map(|function| (function.arn, function.qualifier))
                        .collect()
                }
                _ => Vec::new(),
            })
            .collect();
        found
            .into_iter()
            .map(|(arn, qualifier)| LetterFunction {
                arn,
                qualifier,
                inferred: true,
            })
            .collect()
    }
}

impl LetterFunction {
    /// Reads a function ARN, qualified or not. None if it is none.
    pub fn read(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let (name, qualifier) = match parts[..] {
            ["arn", _, "lambda", _, _, "function", name] => (name, None),
            ["arn", _, "lambda", _, _, "function", name, qualifier] => (name, Some(qualifier)),
            _ => return None,
        };
        let qualifier = qualifier.filter(|qualifier| !qualifier.is_empty());
        (!name.is_empty()).then(|| Self {
            arn: Arn::new(parts[..7].join(":")),
            qualifier: qualifier.map(str::to_owned),
            inferred: false,
        })
    }
}

/// What a letter turns out to be, beside its message.
struct Found {
    origin: Origin,
    error: Option<LetterError>,
    function: Option<LetterFunction>,
    request_id: Option<String>,
    event: OriginalEvent,
}

impl Found {
    fn is_record_alone(&self) -> bool {
        matches!(self.event, OriginalEvent::Missing(reason) if reason.is_record_alone())
    }
}

/// Why there is no event in a text, if it is a failure record without one. Looks closer only where
/// the text names what such a record has.
pub fn record_alone(text: &str) -> Option<NoPayload> {
    match envelope::read(text)?.event {
        OriginalEvent::Missing(reason) if reason.is_record_alone() => Some(reason),
        _ => None,
    }
}

/// Decodes a message of a dead-letter queue. Linear in the body.
pub fn decode(message: Message, known: &Known) -> Letter {
    let found = by_flaw(&message)
        .or_else(|| by_queue(&message, known))
        .or_else(|| by_async_dead_letter(&message, known))
        .or_else(|| by_event_bridge(&message))
        .or_else(|| envelope::read(message.body.reveal()))
        .unwrap_or_else(|| Found {
            origin: Origin::Unknown,
            error: None,
            function: None,
            request_id: None,
            event: event_of(&message),
        });
    let expires = message.system.sent.and_then(|sent| {
        let retention = SignedDuration::from_secs(known.retention_s?.into());
        sent.checked_add(retention).ok()
    });
    Letter {
        origin: found.origin,
        error: found.error,
        function: found.function,
        request_id: found.request_id,
        event: found.event,
        expires,
        message,
    }
}

/// Of what did not come whole nothing is told but where SQS says that it was.
fn by_flaw(message: &Message) -> Option<Found> {
    let flaw = message.flaw?;
    let source = message.system.dead_letter_source.clone();
    Some(Found {
        origin: source.map_or(Origin::Unknown, |source| Origin::Queue { source }),
        error: None,
        function: None,
        request_id: None,
        event: OriginalEvent::Missing(NoPayload::Flawed(flaw)),
    })
}

/// SQS moved it here itself. Such a letter keeps no error, and the function was called with a
/// record around the body; only where nobody is known to read the source queue, an envelope in the
/// body tells of the failure before. A failure record without an event is told as what it is: its
/// source queue would take it for an event.
fn by_queue(message: &Message, known: &Known) -> Option<Found> {
    let source = message.system.dead_letter_source.clone()?;
    let origin = Origin::Queue {
        source: source.clone(),
    };
    let candidates = known.candidates(&origin);
    let envelope = envelope::read(message.body.reveal());
    let is_read = !candidates.is_empty();
    Some(match envelope {
        Some(found) if found.is_record_alone() => found,
        Some(found) if !is_read && found.function.is_some() => Found { origin, ..found },
        _ => Found {
            origin,
            error: None,
            function: only(candidates),
            request_id: None,
            event: OriginalEvent::SqsRecord { source },
        },
    })
}

/// Lambda's `DeadLetterConfig`.
fn by_async_dead_letter(message: &Message, known: &Known) -> Option<Found> {
    let request_id = attribute(message, "RequestID")?;
    let code = attribute(message, "ErrorCode");
    let text = attribute(message, "ErrorMessage");
    if code.is_none() && text.is_none() {
        return None;
    }
    Some(Found {
        function: only(known.candidates(&Origin::AsyncDeadLetter)),
        origin: Origin::AsyncDeadLetter,
        error: error::of(code, text),
        request_id: Some(request_id.to_owned()),
        event: event_of(message),
    })
}

/// A target of an EventBridge rule, or of a schedule (EventBridge Scheduler writes the payload as
/// the body too, cut short where it is too long, and says so).
fn by_event_bridge(message: &Message) -> Option<Found> {
    let code = attribute(message, "ERROR_CODE");
    let text = attribute(message, "ERROR_MESSAGE");
    let rule = attribute(message, "RULE_ARN");
    let schedule = attribute(message, "SCHEDULE_ARN");
    let target = attribute(message, "TARGET_ARN");
    let is_placed = rule.or(schedule).or(target).is_some();
    if (code.is_none() && text.is_none()) || !is_placed {
        return None;
    }
    let is_truncated = attribute(message, "IS_PAYLOAD_TRUNCATED")
        .is_some_and(|truncated| truncated.trim().eq_ignore_ascii_case("true"));
    Some(Found {
        origin: Origin::EventBridge {
            rule: rule.map(Arn::new),
            schedule: schedule.map(Arn::new),
            target: target.map(Arn::new),
            condition: attribute(message, "EXHAUSTED_RETRY_CONDITION").map(str::to_owned),
            is_truncated,
        },
        error: error::of(code, text),
        function: target.and_then(LetterFunction::read),
        request_id: None,
        event: if is_truncated {
            OriginalEvent::Missing(NoPayload::Truncated)
        } else {
            event_of(message)
        },
    })
}

fn attribute<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let (_, attribute) = message.attributes.iter().find(|(key, _)| key == name)?;
    attribute.text()
}

/// The body as the event; not copied.
fn event_of(message: &Message) -> OriginalEvent {
    let body = message.body.reveal();
    if member::is_json(body) {
        OriginalEvent::Event(Secret::new(Arc::clone(body)))
    } else {
        OriginalEvent::Missing(NoPayload::NotJson)
    }
}

fn event_from(text: &str) -> OriginalEvent {
    if member::is_json(text) {
        OriginalEvent::Event(Secret::new(text.into()))
    } else {
        OriginalEvent::Missing(NoPayload::NotJson)
    }
}

/// The one candidate, if there is exactly one.
fn only(mut candidates: Vec<LetterFunction>) -> Option<LetterFunction> {
    (candidates.len() == 1).then(|| candidates.remove(0))
}

#[cfg(test)]
mod tests;
