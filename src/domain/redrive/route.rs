//! Where a letter goes, and what exactly is sent there (`docs/aws.md` §3.4).
//!
//! Pure: what is known of queues comes as [`TargetQueue`]; who looks it up is the runtime.

use sha2::{Digest as _, Sha256};

use super::{
    Destination, Plan,
    record::{Claim, Target},
};
use crate::domain::{
    function::Arn,
    invocation::InvocationType,
    jq::EditError,
    letter::{Known, Letter, Origin, OriginalEvent, decode, decode::record_alone, record},
    queue::{MAX_ATTRIBUTES, MAX_BYTES, Message, OpenQueue, Outgoing, QueueAttributes},
    secret::Secret,
};

/// A queue that letters are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetQueue {
    /// The queue, found and checked.
    pub queue: OpenQueue,
    /// Functions that read it.
    pub feeds: Vec<Arn>,
}

impl TargetQueue {
    /// Its ARN.
    pub fn arn(&self) -> &Arn {
        self.queue.arn()
    }

    /// One of its settings, where they are known.
    fn setting<T>(&self, of: impl FnOnce(&QueueAttributes) -> Option<T>) -> Option<T> {
        self.queue.attributes().and_then(of)
    }

    /// Seconds before what is sent there can be received; none or more than 0.
    pub fn delay_s(&self) -> Option<u32> {
        self.setting(|settings| settings.delay_s)
            .filter(|delay| *delay > 0)
    }

    /// The customer key that encrypts its messages.
    pub fn kms_key(&self) -> Option<&str> {
        self.queue.attributes()?.kms_key.as_deref()
    }

    /// FIFO, by its settings or by its name, which SQS makes end so.
    pub fn is_fifo(&self) -> bool {
        self.queue.is_fifo()
    }

    /// The largest message it takes, in bytes.
    pub fn limit(&self) -> usize {
        self.setting(|settings| settings.maximum_bytes)
            .map_or(MAX_BYTES, |limit| MAX_BYTES.min(limit as usize))
    }

    /// Whether what is sent there is taken for an event: a function reads it, or its messages are
    /// worked off and fail to a dead-letter queue.
    pub fn takes_events(&self) -> bool {
        let attributes = self.queue.attributes();
        !self.feeds.is_empty() || attributes.is_some_and(|known| known.dead_letter.is_some())
    }

    /// SQS's default where it is not known.
    fn visibility_timeout_s(&self) -> u32 {
        self.setting(|settings| settings.visibility_timeout_s)
            .unwrap_or(30)
    }

    /// How long a message that fails there needs to come back, in seconds: every receive it is
    /// given, each for its visibility timeout. `None` when it would never.
    pub fn comes_back_after_s(&self) -> Option<u64> {
        let receives = self.setting(|settings| settings.max_receive_count)?;
        let each = self.visibility_timeout_s();
        Some(u64::from(receives) * u64::from(each))
    }

    /// How long a canary is watched for to be judged, in seconds: until it would be back, and
    /// what comes on top: the delay of the queue, a poll of 20 s and one more visibility timeout
    /// until SQS moves it, two polls of ours.
    pub fn canary_s(&self) -> Option<u64> {
        let each = self.visibility_timeout_s();
        let delay = self.delay_s().unwrap_or(0);
        Some(self.comes_back_after_s()? + u64::from(each) + u64::from(delay) + 24)
    }
}

/// Whether a queue is FIFO by its name: SQS makes theirs, and only theirs, end so (SQS API).
pub fn is_fifo_name(queue: &Arn) -> bool {
    queue.as_str().strip_suffix(".fifo").is_some()
}

/// Why a letter stays whose edit fails.
pub fn edit_failed(error: &EditError) -> String {
    format!("the edit failed: {error}")
}

/// Why a letter stays behind another.
pub const BEHIND: &str = "an earlier letter of its group stayed, and it must not overtake it";

/// Why nothing can be sent to a queue that does not exist.
pub fn not_there(queue: &Arn) -> String {
    format!("its queue {queue} is not there")
}

/// The queue a message came from before SQS moved it; only SQS itself says so.
pub fn source_of(message: &Message) -> Option<&Arn> {
    message.system.dead_letter_source.as_ref()
}

/// Why a letter cannot go back, and what can be done with it instead: it is invoked only where it
/// holds something to call with, and a source is inferred only where it lay in a queue at all.
fn no_source(message: &Message) -> String {
    let letter = decode(message.clone(), &Known::default());
    let advice = match (&letter.event, &letter.origin) {
        (OriginalEvent::Missing(reason), _) if reason.is_record_alone() => {
            "choose a queue for it; it holds nothing to invoke a function with"
        }
        (OriginalEvent::Missing(_), Origin::Unknown) => {
            "choose a queue, or have its source inferred (--infer-source)"
        }
        (_, Origin::Unknown) => {
            "choose a queue, have its source inferred (--infer-source), or invoke its function"
        }
        (OriginalEvent::Missing(_), _) => "choose a queue for it",
        _ => "invoke its function, or choose a queue",
    };
    format!("it does not say which queue it came from: {advice}")
}

/// The queue that is inferred for a letter: it names none, and nothing else is known to have put it
/// here.
pub fn inferred<'a>(plan: &'a Plan, message: &Message) -> Option<&'a Arn> {
    let Destination::SourceOr { inferred } = &plan.destination else {
        return None;
    };
    let is_of_nobody = source_of(message).is_none()
        && decode(message.clone(), &Known::default()).origin == Origin::Unknown;
    is_of_nobody.then_some(inferred)
}

/// Where a letter goes by the plan; `None` is nowhere: it is only deleted.
///
/// # Errors
/// Why it has no destination, for the reader.
pub fn target(plan: &Plan, message: &Message) -> Result<Option<Target>, String> {
    if let Some(flaw) = message.flaw {
        return Err(flaw.reason().to_owned());
    }
    let queue = match &plan.destination {
        Destination::Delete => return Ok(None),
        Destination::Invoke {
            function,
            qualifier,
        } => {
            return Ok(Some(Target::Function {
                arn: function.clone(),
                qualifier: qualifier.clone(),
            }));
        }
        Destination::Queue { arn, .. } => arn,
        Destination::Source | Destination::SourceOr { .. } => source_of(message)
            .or_else(|| inferred(plan, message))
            .ok_or_else(|| no_source(message))?,
    };
    if *queue == plan.source {
        return Err("it would go into the queue that it lies in".into());
    }
    Ok(Some(Target::Queue(queue.clone())))
}

/// Whether a letter is a failure record that holds no event. `content` is what would be sent: an
/// edit may have made it one.
pub fn is_empty_record(letter: &Letter, content: &str) -> bool {
    matches!(letter.event, OriginalEvent::Missing(_)) && record_alone(content).is_some()
}

/// Why a letter must not go to a queue whose messages are taken for events, if it must not: it is a
/// failure record that holds none. Its own source is such a queue, however it is named.
pub fn event_refusal(
    plan: &Plan,
    letter: &Letter,
    content: &str,
    queue: Option<&TargetQueue>,
) -> Option<String> {
    let OriginalEvent::Missing(reason) = letter.event else {
        return None;
    };
    let goes_back = matches!(
        plan.destination,
        Destination::Source | Destination::SourceOr { .. }
    );
    let is_taken = goes_back || queue.is_some_and(TargetQueue::takes_events);
    (is_taken && is_empty_record(letter, content)).then(|| {
        let by_name = queue.filter(|_| !goes_back);
        let name = by_name.map_or("its source queue", |queue| queue.arn().resource_name());
        format!(
            "{}, and {name} would take it for an event: choose a queue that no function reads",
            reason.reason()
        )
    })
}

/// Why a message must not go to a queue with this body, if it must not.
pub fn refusal(
    message: &Message,
    body: &str,
    queue: &TargetQueue,
    letter: Option<&Letter>,
) -> Option<String> {
    let bytes = body.len() + attribute_bytes(message);
    if bytes > queue.limit() {
        return Some(format!(
            "it has {bytes} bytes, and {} takes {} (MaximumMessageSize)",
            queue.arn().resource_name(),
            queue.limit()
        ));
    }
    if message.attributes.len() > MAX_ATTRIBUTES {
        return Some(format!(
            "it has {} attributes, and SQS takes {MAX_ATTRIBUTES}",
            message.attributes.len()
        ));
    }
    letter.and_then(|letter| loop_refusal(letter, queue))
}

/// The envelope of a destination would make the function fail on its own failure, again and again
/// (`docs/aws.md` §3.5).
fn loop_refusal(letter: &Letter, queue: &TargetQueue) -> Option<String> {
    let is_envelope = matches!(
        letter.origin,
        Origin::AsyncDestination { .. } | Origin::Batch(_)
    );
    let function = letter.function.as_ref().filter(|_| is_envelope)?;
    queue.feeds.contains(&function.arn).then(|| {
        format!(
            "it is a failure record of {}, and {} feeds that function: invoke it with the event inside",
            function.arn.resource_name(),
            queue.arn().resource_name()
        )
    })
}

/// What a function is called with for a letter; `edited` stands for its event.
///
/// # Errors
/// Why it cannot be, for the reader.
pub fn event(
    letter: &Letter,
    region: &str,
    edited: Option<&str>,
) -> Result<Secret<String>, String> {
    let event = record::lambda_event(letter, region, edited).map_err(|missing| {
        format!(
            "there is nothing to call the function with: {}",
            missing.reason()
        )
    })?;
    let (bytes, limit) = (event.reveal().len(), InvocationType::Event.payload_limit());
    if bytes > limit {
        return Err(format!(
            "its event has {bytes} bytes, and an asynchronous invoke takes {limit}"
        ));
    }
    Ok(event)
}

fn attribute_bytes(message: &Message) -> usize {
    message
        .attributes
        .iter()
        .map(|(name, attribute)| name.len() + attribute.bytes())
        .sum()
}

/// The id under which a FIFO queue takes a letter once in its window, whoever sends it and however
/// often: `sha256(dead-letter queue ‖ message id ‖ destination)`.
pub fn deduplication_id(source: &Arn, message_id: &str, queue: &Arn) -> String {
    let mut hash = Sha256::new();
    for part in [source.as_str(), message_id, queue.as_str()] {
        // The length first, so that no two different triples read the same.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// The message that is sent: same body and attributes, its group kept.
pub fn outgoing(plan: &Plan, claim: &Claim, queue: &TargetQueue) -> Outgoing {
    let message = &claim.message;
    let group = message.system.group.clone();
    Outgoing {
        body: claim.content().clone(),
        attributes: message.attributes.clone(),
        group: if queue.is_fifo() {
            // Letters that had no group need no order among each other.
            group.or_else(|| Some(message.id.to_string()))
        } else {
            group
        },
        deduplication_id: queue
            .is_fifo()
            .then(|| deduplication_id(&plan.source, &message.id, queue.arn())),
        trace: message.system.trace.clone().filter(|_| plan.keep_trace),
    }
}

#[cfg(test)]
mod tests;
