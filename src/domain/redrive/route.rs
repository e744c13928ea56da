//! Where a letter goes, and what exactly is sent there (`aws-facts` §3.4).
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
    letter::{Letter, Origin},
    queue::{MAX_ATTRIBUTES, MAX_BYTES, Message, OpenQueue, Outgoing, QueueAttributes},
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

/// Why nothing can be sent to a queue that does not exist.
pub fn not_there(queue: &Arn) -> String {
    format!("its queue {queue} is not there")
}

/// The queue a message came from before SQS moved it; only SQS itself says so.
pub fn source_of(message: &Message) -> Option<&Arn> {
    message.system.dead_letter_source.as_ref()
}

/// Where a letter goes by the plan; `None` is nowhere: it is only deleted.
///
/// # Errors
/// Why it has no destination, for the reader.
pub fn target(plan: &Plan, message: &Message) -> Result<Option<Target>, String> {
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
        Destination::Source => source_of(message).ok_or(
            "it does not say which queue it came from: choose a queue, or invoke its function",
        )?,
    };
    if *queue == plan.source {
        return Err("it would go into the queue that it lies in".into());
    }
    Ok(Some(Target::Queue(queue.clone())))
}

/// Why a letter must not go to a queue, if it must not.
pub fn refusal(claim: &Claim, queue: &TargetQueue, letter: Option<&Letter>) -> Option<String> {
    let bytes = claim.content().reveal().len() + attribute_bytes(&claim.message);
    if bytes > queue.limit() {
        return Some(format!(
            "it has {bytes} bytes, and {} takes {} (MaximumMessageSize)",
            queue.arn().resource_name(),
            queue.limit()
        ));
    }
    if claim.message.attributes.len() > MAX_ATTRIBUTES {
        return Some(format!(
            "it has {} attributes, and SQS takes {MAX_ATTRIBUTES}",
            claim.message.attributes.len()
        ));
    }
    letter.and_then(|letter| loop_refusal(letter, queue))
}

/// The envelope of a destination would make the function fail on its own failure, again and again
/// (`aws-facts` §3.5).
fn loop_refusal(letter: &Letter, queue: &TargetQueue) -> Option<String> {
    let is_envelope = matches!(
        letter.origin,
        Origin::AsyncDestination { .. } | Origin::Stream { .. }
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

/// Why an event cannot be given to a function, if it cannot.
pub fn invoke_refusal(payload: &str) -> Option<String> {
    let limit = InvocationType::Event.payload_limit();
    (payload.len() > limit).then(|| {
        format!(
            "its event has {} bytes, and an asynchronous invoke takes {limit}",
            payload.len()
        )
    })
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
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::{
        letter::{LetterFunction, OriginalEvent},
        queue::{AttributeValue, MessageAttribute},
        redrive::tests::{SOURCE, TARGET, message, plan},
        secret::Secret,
    };

    fn queue(arn: &str, fifo: bool) -> TargetQueue {
        TargetQueue {
            queue: OpenQueue::sample(
                arn,
                QueueAttributes {
                    fifo,
                    ..QueueAttributes::default()
                },
            ),
            feeds: Vec::new(),
        }
    }

    fn claim(message: Message) -> Claim {
        Claim {
            message: Arc::new(message),
            until: Timestamp::UNIX_EPOCH,
            to: Target::Queue(Arn::new(TARGET)),
            content: None,
            is_edited: false,
        }
    }

    #[test]
    fn each_letter_goes_back_to_its_own_queue() {
        let plan = Plan {
            destination: Destination::Source,
            ..plan()
        };
        let mut letter = message("a", "{}");
        assert!(
            target(&plan, &letter)
                .expect_err("none")
                .contains("which queue")
        );
        letter.system.dead_letter_source = Some(Arn::new(TARGET));
        assert_eq!(
            target(&plan, &letter),
            Ok(Some(Target::Queue(Arn::new(TARGET))))
        );
        letter.system.dead_letter_source = Some(Arn::new(SOURCE));
        assert!(
            target(&plan, &letter)
                .expect_err("itself")
                .contains("lies in")
        );
    }

    #[test]
    fn groups_are_kept_and_made_where_fifo_needs_them() {
        let plain = claim(message("a", "{}"));
        let mut grouped = message("b", "{}");
        grouped.system.group = Some("g".into());
        grouped.system.trace = Some("Root=1".into());
        let grouped = claim(grouped);
        let (standard, fifo) = (
            queue("arn:aws:sqs:e:1:q", false),
            queue("arn:aws:sqs:e:1:q.fifo", true),
        );
        let plan = plan();
        assert_eq!(outgoing(&plan, &plain, &standard).group, None);
        assert_eq!(outgoing(&plan, &plain, &fifo).group, Some("a".into()));
        assert_eq!(outgoing(&plan, &grouped, &fifo).group, Some("g".into()));
        assert_eq!(outgoing(&plan, &grouped, &standard).group, Some("g".into()));
        assert_eq!(outgoing(&plan, &grouped, &standard).trace, None);
        let keeping = Plan {
            keep_trace: true,
            ..plan.clone()
        };
        assert!(outgoing(&keeping, &grouped, &standard).trace.is_some());
        assert_eq!(outgoing(&plan, &grouped, &standard).deduplication_id, None);
    }

    #[test]
    fn the_deduplication_id_is_the_same_every_time_and_differs_by_destination() {
        let id = |queue: &str| deduplication_id(&Arn::new(SOURCE), "m", &Arn::new(queue));
        assert_eq!(id("q"), id("q"));
        assert_ne!(id("q"), id("r"));
        assert_eq!(id("q").len(), 64);
        let apart = |a: &str, b: &str| deduplication_id(&Arn::new("s"), a, &Arn::new(b));
        assert_ne!(apart("ab", "c"), apart("a", "bc"));
    }

    #[test]
    fn what_the_queue_cannot_take_is_told_before_it_is_sent() {
        let small = TargetQueue {
            queue: OpenQueue::sample(
                "arn:aws:sqs:e:1:q",
                QueueAttributes {
                    maximum_bytes: Some(1024),
                    ..QueueAttributes::default()
                },
            ),
            feeds: Vec::new(),
        };
        let mut letter = message("a", &"x".repeat(1000));
        assert_eq!(refusal(&claim(letter.clone()), &small, None), None);
        letter.attributes.push((
            "name".into(),
            MessageAttribute {
                data_type: "String".into(),
                value: AttributeValue::Text(Secret::new("x".repeat(20))),
            },
        ));
        let why = refusal(&claim(letter), &small, None).expect("too large");
        assert!(
            why.contains("1030 bytes") && why.contains("takes 1024"),
            "{why}"
        );
        assert!(invoke_refusal(&"x".repeat(1_048_577)).is_some());
        assert_eq!(invoke_refusal(&"x".repeat(1_048_576)), None);
    }

    #[test]
    fn a_failure_record_is_not_fed_to_the_function_that_failed() {
        let function = Arn::new("arn:aws:lambda:e:1:function:charge");
        let letter = Letter {
            message: message("a", "{}"),
            origin: Origin::AsyncDestination {
                condition: "RetriesExhausted".into(),
            },
            error: None,
            function: Some(LetterFunction {
                arn: function.clone(),
                qualifier: None,
                inferred: false,
            }),
            request_id: None,
            event: OriginalEvent::Event(Secret::new("{}".into())),
            expires: None,
        };
        let mut feeding = queue(TARGET, false);
        let claim = claim(message("a", "{}"));
        assert_eq!(refusal(&claim, &feeding, Some(&letter)), None);
        feeding.feeds.push(function);
        let why = refusal(&claim, &feeding, Some(&letter)).expect("a loop");
        assert!(why.contains("feeds that function"), "{why}");
    }
}
