//! What SQS refuses before it looks at a queue: sizes, counts, characters (SQS quotas,
//! `docs/aws.md` §3.1).

use super::super::faults::refused;
use crate::{
    domain::queue::{
        AttributeValue, Attributes, BATCH, EntryError, MAX_ATTRIBUTES, MAX_BYTES, Outgoing,
        QueueAttributes, QueueUrl, Receive,
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

/// Longest visibility timeout in seconds: 12 h.
pub(super) const MAX_VISIBILITY_S: u32 = 43_200;

/// There is no such queue, or it may not be seen.
pub(super) fn no_such_queue(operation: Operation) -> ApiError {
    refused(
        operation,
        ErrorKind::NotFound,
        "AWS.SimpleQueueService.NonExistentQueue",
        400,
        "The specified queue does not exist or you do not have access to it.",
    )
}

/// An entry that was refused; the same again would be refused again.
pub(super) fn entry(code: &str, message: impl Into<String>) -> EntryError {
    EntryError {
        code: code.to_owned(),
        message: message.into(),
        sender_fault: true,
    }
}

/// A batch has at most 10 entries.
pub(super) fn batch(operation: Operation, entries: usize) -> Result<()> {
    if entries <= BATCH {
        return Ok(());
    }
    Err(refused(
        operation,
        ErrorKind::Invalid,
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        400,
        format!("Maximum number of entries per request are {BATCH}. You have sent {entries}."),
    ))
}

/// All messages of a batch together are no larger than one message may be.
pub(super) fn batch_bytes(messages: &[Outgoing]) -> Result<()> {
    let bytes: usize = messages.iter().map(Outgoing::bytes).sum();
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(refused(
        Operation::SendMessageBatch,
        ErrorKind::TooLarge,
        "AWS.SimpleQueueService.BatchRequestTooLong",
        400,
        format!(
            "Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {bytes} bytes."
        ),
    ))
}

/// 1 to 10 messages, at most 12 h hidden, at most 20 s of waiting.
pub(super) fn receive(queue: &QueueUrl, receive: Receive) -> Result<()> {
    let out_of_range = |what: &str, value: u32, range: &str| {
        Err(refused(
            Operation::ReceiveMessage,
            ErrorKind::Invalid,
            "InvalidParameterValue",
            400,
            format!(
                "Value {value} for parameter {what} is invalid. Reason: Must be {range} (queue {}).",
                queue.name()
            ),
        ))
    };
    if !(1..=10).contains(&receive.max) {
        return out_of_range(
            "MaxNumberOfMessages",
            receive.max.into(),
            "between 1 and 10",
        );
    }
    if receive.visibility_s > MAX_VISIBILITY_S {
        return out_of_range("VisibilityTimeout", receive.visibility_s, "at most 43200");
    }
    if receive.wait_s > 20 {
        return out_of_range("WaitTimeSeconds", receive.wait_s, "at most 20");
    }
    Ok(())
}

/// A message that a queue with these settings takes.
pub(super) fn message(
    message: &Outgoing,
    settings: &QueueAttributes,
) -> std::result::Result<(), EntryError> {
    let invalid = |text: String| Err(entry("InvalidParameterValue", text));
    if message.body.reveal().is_empty() {
        return Err(entry(
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ));
    }
    let limit = settings.maximum_bytes.unwrap_or(MAX_BYTES as u64);
    if message.bytes() as u64 > limit {
        return invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        ));
    }
    if let Some(character) = message.body.reveal().chars().find(|c| !is_allowed(*c)) {
        return Err(entry(
            "InvalidMessageContents",
            format!(
                "Invalid binary character '#x{:X}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]",
                character as u32
            ),
        ));
    }
    attributes(&message.attributes)?;
    grouping(message, settings)
}

fn attributes(attributes: &Attributes) -> std::result::Result<(), EntryError> {
    let invalid = |text: String| Err(entry("InvalidParameterValue", text));
    if attributes.len() > MAX_ATTRIBUTES {
        return invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.len()
        ));
    }
    for (name, attribute) in attributes {
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        let fits = match (kind, &attribute.value) {
            ("String", AttributeValue::Text(text)) => {
                !text.reveal().is_empty() && text.reveal().chars().all(is_allowed)
            }
            ("Number", AttributeValue::Text(text)) => text.reveal().parse::<f64>().is_ok(),
            ("Binary", AttributeValue::Bytes(bytes)) => !bytes.reveal().is_empty(),
            _ => false,
        };
        let named = (1..=256).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if !named || !fits {
            return invalid(format!(
                "The message attribute '{name}' has an invalid name, type or value."
            ));
        }
    }
    Ok(())
}

/// FIFO needs a group and a deduplication id; standard queues know groups only.
fn grouping(message: &Outgoing, settings: &QueueAttributes) -> std::result::Result<(), EntryError> {
    if !settings.fifo {
        return match message.deduplication_id {
            None => Ok(()),
            Some(_) => Err(entry(
                "InvalidParameterValue",
                "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.",
            )),
        };
    }
    if message.group.as_deref().is_none_or(str::is_empty) {
        return Err(entry(
            "MissingParameter",
            "The request must contain the parameter MessageGroupId.",
        ));
    }
    if message.deduplication_id.is_none() && !settings.content_based_deduplication {
        return Err(entry(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ));
    }
    Ok(())
}

/// Unicode that XML 1.0 can carry.
fn is_allowed(character: char) -> bool {
    matches!(character, '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
