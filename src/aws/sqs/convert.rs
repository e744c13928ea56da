//! Turns domain values into what SQS takes, and what it returns into domain values. Never fails:
//! what SQS leaves out becomes an absent value, what it adds is kept as text, and what must not be
//! believed of a message is its [`Flaw`].

use std::collections::HashMap;

use aws_sdk_sqs::{
    primitives::Blob,
    types::{self, MessageAttributeValue, MessageSystemAttributeName as System},
};
use jiff::Timestamp;

use crate::{
    aws::{convert::arn_of, lambda::present},
    domain::{
        queue::{
            AttributeValue, Attributes, BatchAnswer, EntryError, Flaw, Message, MessageAttribute,
            MoveTask, Outgoing, QueueAttributes, Sent, SystemAttributes, checksum,
        },
        secret::Secret,
    },
};

/// Attributes of a queue; all of them come as text, and the redrive policy as JSON in text.
pub(super) fn queue(attributes: &HashMap<types::QueueAttributeName, String>) -> QueueAttributes {
    use types::QueueAttributeName as Name;
    let text = |name: &Name| attributes.get(name).map(String::as_str);
    let number = |name: &Name| text(name).and_then(|text| text.parse::<u64>().ok());
    let seconds = |name: &Name| number(name).and_then(|n| u32::try_from(n).ok());
    let redrive: serde_json::Value = text(&Name::RedrivePolicy)
        .and_then(|policy| serde_json::from_str(policy).ok())
        .unwrap_or_default();
    QueueAttributes {
        arn: text(&Name::QueueArn).and_then(arn_of),
        visible: number(&Name::ApproximateNumberOfMessages).unwrap_or(0),
        in_flight: number(&Name::ApproximateNumberOfMessagesNotVisible).unwrap_or(0),
        delayed: number(&Name::ApproximateNumberOfMessagesDelayed).unwrap_or(0),
        visibility_timeout_s: seconds(&Name::VisibilityTimeout),
        retention_s: seconds(&Name::MessageRetentionPeriod),
        dead_letter: redrive["deadLetterTargetArn"].as_str().and_then(arn_of),
        // A number in a policy that AWS wrote, text in one that a person did.
        max_receive_count: redrive["maxReceiveCount"]
            .as_u64()
            .or_else(|| redrive["maxReceiveCount"].as_str()?.parse().ok())
            .and_then(|n| u32::try_from(n).ok()),
        fifo: text(&Name::FifoQueue) == Some("true"),
        content_based_deduplication: text(&Name::ContentBasedDeduplication) == Some("true"),
        delay_s: seconds(&Name::DelaySeconds),
        maximum_bytes: number(&Name::MaximumMessageSize),
        kms_key: text(&Name::KmsMasterKeyId).map(str::to_owned),
    }
}

/// A received message, with what is wrong with it.
pub(super) fn message(message: types::Message) -> Message {
    let text = |text: Option<String>| text.unwrap_or_default();
    let (id, handle) = (text(message.message_id), text(message.receipt_handle));
    let body = text(message.body);
    let attributes = attributes(message.message_attributes.unwrap_or_default());
    let differs = |theirs: Option<String>, ours: Option<String>| {
        present(theirs)
            .is_some_and(|theirs| ours.is_none_or(|ours| !theirs.eq_ignore_ascii_case(&ours)))
    };
    let flaw = if handle.is_empty() {
        Some(Flaw::Unheld)
    } else if id.is_empty() {
        Some(Flaw::Nameless)
    } else if body.is_empty() {
        Some(Flaw::Empty)
    } else if differs(message.md5_of_body, Some(checksum::of_body(&body))) {
        Some(Flaw::Body)
    } else if differs(
        message.md5_of_message_attributes,
        checksum::of_attributes(&attributes),
    ) {
        Some(Flaw::Attributes)
    } else {
        None
    };
    let id = if id.is_empty() {
        // Told apart by what there is, so that two are not taken for one.
        let of = checksum::of_body(if handle.is_empty() { &body } else { &handle });
        format!("without-id-{}", &of[..12])
    } else {
        id
    };
    Message {
        id: id.into(),
        handle: Secret::new(handle.into()),
        body: Secret::new(body.into()),
        attributes,
        system: system(&message.attributes.unwrap_or_default()),
        flaw,
    }
}

fn attributes(values: HashMap<String, MessageAttributeValue>) -> Attributes {
    let mut attributes: Attributes = values
        .into_iter()
        .map(|(name, value)| {
            let attribute = MessageAttribute {
                data_type: value.data_type,
                value: match value.binary_value {
                    Some(bytes) => AttributeValue::Bytes(bytes.into_inner().into()),
                    None => AttributeValue::Text(value.string_value.unwrap_or_default().into()),
                },
            };
            (name, attribute)
        })
        .collect();
    attributes.sort_by(|(left, _), (right, _)| left.cmp(right));
    attributes
}

fn system(values: &HashMap<System, String>) -> SystemAttributes {
    let text = |name: System| values.get(&name).map(String::as_str);
    let owned = |name: System| text(name).map(str::to_owned);
    SystemAttributes {
        sent: text(System::SentTimestamp).and_then(milliseconds),
        receive_count: text(System::ApproximateReceiveCount)
            .and_then(|count| count.parse().ok())
            .unwrap_or(0),
        first_received: text(System::ApproximateFirstReceiveTimestamp).and_then(milliseconds),
        sender: owned(System::SenderId),
        group: owned(System::MessageGroupId),
        deduplication_id: owned(System::MessageDeduplicationId),
        sequence: owned(System::SequenceNumber),
        trace: owned(System::AwsTraceHeader),
        dead_letter_source: text(System::DeadLetterQueueSourceArn).and_then(arn_of),
    }
}

/// SQS writes times as milliseconds since 1970, in text.
fn milliseconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(text.parse().ok()?).ok()
}

/// One entry of a batch to send; its place in the batch is its id.
pub(super) fn entry((index, message): (usize, &Outgoing)) -> types::SendMessageBatchRequestEntry {
    let attributes: HashMap<_, _> = message
        .attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), attribute_value(attribute)))
        .collect();
    let trace = message.trace.as_ref().map(|trace| {
        let value = types::MessageSystemAttributeValue::builder()
            .data_type("String")
            .string_value(trace)
            .build()
            .expect("has a type");
        HashMap::from([(
            types::MessageSystemAttributeNameForSends::AwsTraceHeader,
            value,
        )])
    });
    types::SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(&**message.body.reveal())
        .set_message_attributes((!attributes.is_empty()).then_some(attributes))
        .set_message_system_attributes(trace)
        .set_message_group_id(message.group.clone())
        .set_message_deduplication_id(message.deduplication_id.clone())
        .build()
        .expect("has an id and a body")
}

fn attribute_value(attribute: &MessageAttribute) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder().data_type(&attribute.data_type);
    match &attribute.value {
        AttributeValue::Text(text) => value.string_value(text.reveal()),
        AttributeValue::Bytes(bytes) => value.binary_value(Blob::new(bytes.reveal().clone())),
    }
    .build()
    .expect("has a type")
}

/// What SQS says of a message it took, by the entry's id; none when no such entry was sent. It
/// counts as sent only when the answer names the message and the checksums are there and those of
/// what was sent: its original is deleted next.
pub(super) fn sent(
    messages: &[Outgoing],
    entry: types::SendMessageBatchResultEntry,
) -> Option<(String, Result<Sent, EntryError>)> {
    let message = messages.get(place(&entry.id, messages.len())?)?;
    let body_md5 = present(Some(entry.md5_of_message_body));
    let attributes_md5 = present(entry.md5_of_message_attributes);
    let body = Some(checksum::of_body(message.body.reveal()));
    let attributes = checksum::of_attributes(&message.attributes);
    let id = entry.message_id;
    let result = proved("body", &id, body_md5.as_deref(), body)
        .and_then(|()| proved("attributes", &id, attributes_md5.as_deref(), attributes))
        .and_then(|()| {
            if id.is_empty() {
                return Err(unproved("MessageId"));
            }
            Ok(Sent {
                body_md5: body_md5.unwrap_or_default().to_ascii_lowercase(),
                sequence: entry.sequence_number,
                id,
            })
        });
    Some((entry.id, result))
}

/// One result for each entry of a batch, in the order of the entries, matched by their ids. What
/// is said to have failed has, whatever else is said of it; what nothing is said of has an
/// unknown outcome.
pub(super) fn answers<T>(
    count: usize,
    done: impl Iterator<Item = (String, Result<T, EntryError>)>,
    failed: Vec<types::BatchResultErrorEntry>,
) -> BatchAnswer<T> {
    let mut answers: BatchAnswer<T> = (0..count).map(|_| Err(no_answer())).collect();
    let failed = failed.into_iter().map(|entry| {
        let error = EntryError {
            code: entry.code,
            message: entry.message.unwrap_or_default(),
            sender_fault: entry.sender_fault,
        };
        (entry.id, Err(error))
    });
    for (id, result) in done.chain(failed) {
        if let Some(place) = place(&id, count) {
            answers[place] = result;
        }
    }
    answers
}

/// The place in the batch that an entry's id is.
fn place(id: &str, count: usize) -> Option<usize> {
    (0..count).find(|place| place.to_string() == id)
}

/// Whether SQS's checksum is that of a part of the message as it was sent.
fn proved(
    part: &str,
    id: &str,
    theirs: Option<&str>,
    ours: Option<String>,
) -> Result<(), EntryError> {
    match (theirs, ours) {
        (_, None) => Ok(()),
        (None, Some(_)) => Err(unproved(&format!("checksum of its {part}"))),
        (Some(theirs), Some(ours)) if theirs.eq_ignore_ascii_case(&ours) => Ok(()),
        (Some(_), Some(_)) => Err(EntryError {
            code: EntryError::CHECKSUM_MISMATCH.to_owned(),
            message: format!(
                "SQS stored it as {id}, but not as it was sent: the checksum of its {part} differs"
            ),
            sender_fault: false,
        }),
    }
}

/// Said to be done, without what would prove it.
fn unproved(what: &str) -> EntryError {
    EntryError {
        message: format!(
            "the answer says that it was taken, but has no {what}: whether it was is unknown"
        ),
        ..no_answer()
    }
}

fn no_answer() -> EntryError {
    EntryError {
        code: EntryError::NO_ANSWER.to_owned(),
        message: "the answer does not mention it: whether it was done is unknown".to_owned(),
        sender_fault: false,
    }
}

/// One of AWS's own redrives.
pub(super) fn task(task: types::ListMessageMoveTasksResultEntry) -> MoveTask {
    MoveTask {
        handle: task.task_handle.filter(|handle| !handle.is_empty()),
        status: task.status.unwrap_or_default(),
        source: task.source_arn.as_deref().and_then(arn_of),
        destination: task.destination_arn.as_deref().and_then(arn_of),
        per_second: task
            .max_number_of_messages_per_second
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0),
        moved: count(task.approximate_number_of_messages_moved),
        to_move: task.approximate_number_of_messages_to_move.map(count),
        failure: task.failure_reason.filter(|reason| !reason.is_empty()),
        started: Some(task.started_timestamp)
            .filter(|started| *started > 0)
            .and_then(|started| Timestamp::from_millisecond(started).ok()),
    }
}

/// A count; AWS has none below zero.
pub(super) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_redrive_policy_is_read_with_a_number_or_with_text() {
        use types::QueueAttributeName as Name;
        let with = |policy: &str| queue(&HashMap::from([(Name::RedrivePolicy, policy.to_owned())]));
        for policy in [
            r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:dlq","maxReceiveCount":3}"#,
            r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:dlq","maxReceiveCount":"3"}"#,
        ] {
            let attributes = with(policy);
            assert_eq!(attributes.max_receive_count, Some(3));
            assert_eq!(
                attributes.dead_letter.expect("is there").resource_name(),
                "dlq"
            );
        }
        assert_eq!(with("not json"), QueueAttributes::default());
        assert_eq!(with("[1]"), QueueAttributes::default());
    }

    fn outgoing(body: &str) -> Outgoing {
        Outgoing {
            body: Secret::new(Arc::from(body)),
            attributes: Vec::new(),
            group: None,
            deduplication_id: None,
            trace: None,
        }
    }

    fn result(id: &str, md5: &str) -> types::SendMessageBatchResultEntry {
        types::SendMessageBatchResultEntry::builder()
            .id(id)
            .message_id(format!("new-{id}"))
            .md5_of_message_body(md5)
            .build()
            .expect("whole")
    }

    fn failure(id: &str, code: &str) -> types::BatchResultErrorEntry {
        types::BatchResultErrorEntry::builder()
            .id(id)
            .code(code)
            .sender_fault(true)
            .build()
            .expect("whole")
    }

    #[test]
    fn answers_stand_in_the_order_of_the_entries_and_silence_is_no_success() {
        let done = ["2", "0", "7", "+1", ""].map(|id| (id.to_owned(), Ok(())));
        let answers = answers(4, done.into_iter(), vec![failure("3", "InternalError")]);
        assert_eq!(answers[0], Ok(()));
        assert_eq!(answers[2], Ok(()));
        let codes: Vec<_> = [&answers[1], &answers[3]]
            .map(|answer| answer.as_ref().expect_err("failed").code.as_str())
            .into();
        assert_eq!(codes, [EntryError::NO_ANSWER, "InternalError"]);
    }

    #[test]
    fn what_is_said_to_have_failed_has_failed() {
        let done = [("0".to_owned(), Ok(()))];
        let answers = answers(1, done.into_iter(), vec![failure("0", "InternalError")]);
        assert!(answers[0].is_err());
    }

    #[test]
    fn a_message_counts_as_sent_only_with_its_name_and_its_own_checksums() {
        let sent = |messages: &[Outgoing], result| {
            let (_, result) = super::sent(messages, result).expect("is of the batch");
            result
        };
        let plain = [outgoing("hello")];
        let md5 = "5D41402ABC4B2A76B9719D911017C592";
        let taken = sent(&plain, result("0", md5)).expect("is sent");
        assert_eq!(taken.body_md5, md5.to_ascii_lowercase());
        let error = sent(&plain, result("0", "d41d8cd98f00b204e9800998ecf8427e"));
        let error = error.expect_err("differs");
        assert_eq!(error.code, EntryError::CHECKSUM_MISMATCH);
        assert!(error.message.contains("new-0"), "{}", error.message);
        assert!(!error.sender_fault);
        assert!(super::sent(&plain, result("1", "")).is_none());

        let mut attributed = plain.clone();
        attributed[0].attributes = vec![("a".into(), text("1"))];
        let mut nameless = result("0", md5);
        nameless.message_id = String::new();
        for (messages, result, lacks) in [
            (&plain, result("0", ""), "no checksum of its body"),
            (&plain, nameless, "no MessageId"),
            (
                &attributed,
                result("0", md5),
                "no checksum of its attributes",
            ),
        ] {
            let error = sent(messages, result).expect_err(lacks);
            assert_eq!(error.code, EntryError::NO_ANSWER);
            assert!(error.message.contains(lacks), "{}", error.message);
        }
    }

    fn text(value: &str) -> MessageAttribute {
        MessageAttribute {
            data_type: "String".into(),
            value: AttributeValue::Text(value.to_owned().into()),
        }
    }

    /// A message as SQS gives it.
    fn whole() -> types::Message {
        types::Message::builder()
            .message_id("m")
            .receipt_handle("h")
            .body("hello")
            .md5_of_body("5D41402ABC4B2A76B9719D911017C592")
            .message_attributes(
                "timestamp",
                attribute_value(&MessageAttribute {
                    data_type: "Number".into(),
                    value: AttributeValue::Text("1493147359900".to_owned().into()),
                }),
            )
            .md5_of_message_attributes("235c5c510d26fb653d073faed50ae77c")
            .build()
    }

    #[test]
    fn what_does_not_come_whole_has_a_flaw() {
        type Break = fn(&mut types::Message);
        let cases: [(Break, Option<Flaw>); 10] = [
            (|_| {}, None),
            // Some servers leave them out.
            (|message| message.md5_of_body = None, None),
            (|message| message.md5_of_message_attributes = None, None),
            (|message| message.message_id = None, Some(Flaw::Nameless)),
            (
                |message| message.receipt_handle = Some(String::new()),
                Some(Flaw::Unheld),
            ),
            (|message| message.body = None, Some(Flaw::Empty)),
            (
                |message| message.body = Some(String::new()),
                Some(Flaw::Empty),
            ),
            (
                |message| message.body = Some("hallo".into()),
                Some(Flaw::Body),
            ),
            (
                |message| message.md5_of_body = Some("x".into()),
                Some(Flaw::Body),
            ),
            (
                |message| message.message_attributes = None,
                Some(Flaw::Attributes),
            ),
        ];
        for (number, (change, flaw)) in cases.into_iter().enumerate() {
            let mut changed = whole();
            change(&mut changed);
            assert_eq!(message(changed).flaw, flaw, "case {number}");
        }
    }

    #[test]
    fn messages_without_id_are_told_apart() {
        let of = |handle: &str| {
            let nameless = types::Message::builder().receipt_handle(handle).body("b");
            message(nameless.build())
        };
        assert_eq!(of("h").id, of("h").id);
        assert_ne!(of("h").id, of("i").id);
        assert_eq!(&**of("h").handle.reveal(), "h", "it can be given back");
    }

    #[test]
    fn odd_numbers_are_absent() {
        let odd = types::Message::builder()
            .message_id("m")
            .receipt_handle("h")
            .attributes(System::SentTimestamp, "yesterday")
            .attributes(System::ApproximateReceiveCount, "-1")
            .attributes(System::DeadLetterQueueSourceArn, "")
            .build();
        assert_eq!(message(odd).system, SystemAttributes::default());
    }
}
