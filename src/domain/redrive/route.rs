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

/// Why a letter cannot go back.
const NO_SOURCE: &str =
    "it does not say which queue it came from: choose a queue, or invoke its function";

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
            .ok_or(NO_SOURCE)?,
    };
    if *queue == plan.source {
        return Err("it would go into the queue that it lies in".into());
    }
    Ok(Some(Target::Queue(queue.clone())))
}

/// Why a letter must not go back to its source queue, if it must not: a failure record that holds
/// no event would be taken for one there. `content` is what would be sent.
pub fn source_refusal(plan: &Plan, letter: &Letter, content: &str) -> Option<String> {
    let OriginalEvent::Missing(reason) = letter.event else {
        return None;
    };
    let goes_back = matches!(
        plan.destination,
        Destination::Source | Destination::SourceOr { .. }
    );
    let is_taken_for_an_event = goes_back && record_alone(content).is_some();
    is_taken_for_an_event.then(|| {
        format!(
            "{}, and its source queue would take it for an event: if that queue is one of failure \
             records, choose it by name",
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
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::{
        letter::LetterFunction,
        queue::{AttributeValue, Flaw, MessageAttribute},
        redrive::tests::{SOURCE, TARGET, message, plan},
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
            is_inferred: false,
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
    fn what_did_not_come_whole_goes_nowhere_and_is_not_deleted() {
        let mut letter = message("a", "{}");
        letter.flaw = Some(Flaw::Empty);
        for destination in [plan().destination, Destination::Source, Destination::Delete] {
            let plan = Plan {
                destination,
                ..plan()
            };
            let why = target(&plan, &letter).expect_err("it stays");
            assert!(why.contains("without a body"), "{why}");
        }
    }

    #[test]
    fn a_queue_is_inferred_only_for_what_names_nothing() {
        let inferred = Arn::new("arn:aws:sqs:eu-west-1:000000000000:payments");
        let plan = Plan {
            destination: Destination::SourceOr {
                inferred: inferred.clone(),
            },
            ..plan()
        };
        let to = |arn: &Arn| Ok(Some(Target::Queue(arn.clone())));
        let bare = message("a", "{}");
        assert_eq!(target(&plan, &bare), to(&inferred));
        let mut named = bare.clone();
        named.system.dead_letter_source = Some(Arn::new(TARGET));
        assert_eq!(target(&plan, &named), to(&Arn::new(TARGET)));
        // Lambda put this one here: the queue never had it.
        let mut of_lambda = bare.clone();
        let text = |text: &str| MessageAttribute {
            data_type: "String".into(),
            value: AttributeValue::Text(Secret::new(text.into())),
        };
        of_lambda.attributes = vec![
            ("RequestID".into(), text("r")),
            ("ErrorCode".into(), text("200")),
        ];
        assert!(target(&plan, &of_lambda).is_err());
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
        let refusal = |letter: &Message, queue: &TargetQueue| {
            refusal(letter, letter.body.reveal(), queue, None)
        };
        assert_eq!(refusal(&letter, &small), None);
        letter.attributes.push((
            "name".into(),
            MessageAttribute {
                data_type: "String".into(),
                value: AttributeValue::Text(Secret::new("x".repeat(20))),
            },
        ));
        let why = refusal(&letter, &small).expect("too large");
        assert!(
            why.contains("1030 bytes") && why.contains("takes 1024"),
            "{why}"
        );
        let event = |bytes: usize| {
            let body = format!("\"{}\"", "x".repeat(bytes - 2));
            let letter = decode(message("a", &body), &Known::default());
            event(&letter, "e", None)
        };
        assert!(event(1_048_577).is_err());
        assert!(event(1_048_576).is_ok());
    }

    #[test]
    fn a_record_without_an_event_does_not_go_back_to_its_source() {
        let body = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"}}"#;
        let mut moved = message("a", body);
        moved.system.dead_letter_source = Some(Arn::new(TARGET));
        let letter = decode(moved, &Known::default());
        let back = Plan {
            destination: Destination::Source,
            ..plan()
        };
        let why = source_refusal(&back, &letter, body).expect("it is no event");
        assert!(
            why.contains("positions") && why.contains("by name"),
            "{why}"
        );
        assert_eq!(
            source_refusal(&back, &letter, "{\"order\":1}"),
            None,
            "it was made one"
        );
        assert_eq!(
            source_refusal(&plan(), &letter, body),
            None,
            "a queue by name"
        );
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
        let record = message("a", "{}");
        assert_eq!(refusal(&record, "{}", &feeding, Some(&letter)), None);
        feeding.feeds.push(function);
        let why = refusal(&record, "{}", &feeding, Some(&letter)).expect("a loop");
        assert!(why.contains("feeds that function"), "{why}");
    }
}
