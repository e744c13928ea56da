//! What a function is called with: the event of a letter, made whole.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use super::{Letter, NoPayload, OriginalEvent, member};
use crate::domain::{
    function::Arn,
    queue::{AttributeValue, Attributes, Message, SystemAttributes},
    secret::Secret,
};

/// The text that an edit or an expression works on: the event where the letter has one, else the
/// body. For a letter of a queue that is the body of its record.
pub fn event_text(letter: &Letter) -> &str {
    match &letter.event {
        OriginalEvent::Event(event) => event.reveal(),
        OriginalEvent::SqsRecord { .. } | OriginalEvent::Missing(_) => letter.message.body.reveal(),
    }
}

/// The event the function would have seen: the embedded one byte for byte, or for a function that
/// reads a queue the envelope of one record, as Lambda makes it. `edited` stands for
/// [`event_text`].
///
/// # Errors
/// Why there is none.
pub fn lambda_event(
    letter: &Letter,
    region: &str,
    edited: Option<&str>,
) -> Result<Secret<String>, NoPayload> {
    let event = match (&letter.event, edited) {
        (OriginalEvent::SqsRecord { source }, _) => {
            let body = edited.unwrap_or(letter.message.body.reveal());
            records(&letter.message, source, region, body)
        }
        (_, Some(edited)) if member::is_json(edited) => edited.to_owned(),
        (_, Some(_)) => return Err(NoPayload::NotJson),
        (OriginalEvent::Event(event), None) => event.reveal().to_string(),
        (OriginalEvent::Missing(reason), None) => return Err(*reason),
    };
    Ok(Secret::new(event))
}

/// The envelope of one record (Lambda's documentation of SQS events).
fn records(message: &Message, source: &Arn, region: &str, body: &str) -> String {
    let mut record = json!({
        "messageId": &*message.id,
        "receiptHandle": &**message.handle.reveal(),
        "body": body,
        "attributes": system(&message.system),
        "messageAttributes": attributes(&message.attributes),
        "md5OfBody": hex(Md5::digest(body)),
    });
    if !message.attributes.is_empty() {
        record["md5OfMessageAttributes"] = digest(&message.attributes).into();
    }
    record["eventSource"] = "aws:sqs".into();
    record["eventSourceARN"] = source.as_str().into();
    record["awsRegion"] = source.region().unwrap_or(region).into();
    json!({ "Records": [record] }).to_string()
}

/// System attributes under SQS's names, all as text. Where SQS moved the message from is left out:
/// the function never saw it.
fn system(system: &SystemAttributes) -> Value {
    let milliseconds = |at: Option<jiff::Timestamp>| at.map(|at| at.as_millisecond().to_string());
    let fields = [
        (
            "ApproximateReceiveCount",
            Some(system.receive_count.to_string()),
        ),
        ("AWSTraceHeader", system.trace.clone()),
        ("SentTimestamp", milliseconds(system.sent)),
        ("SequenceNumber", system.sequence.clone()),
        ("MessageGroupId", system.group.clone()),
        ("SenderId", system.sender.clone()),
        ("MessageDeduplicationId", system.deduplication_id.clone()),
        (
            "ApproximateFirstReceiveTimestamp",
            milliseconds(system.first_received),
        ),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(fields.collect())
}

fn attributes(attributes: &Attributes) -> Value {
    let attributes = attributes.iter().map(|(name, attribute)| {
        let mut value = Map::new();
        match &attribute.value {
            AttributeValue::Text(text) => {
                value.insert("stringValue".into(), text.reveal().as_str().into());
            }
            AttributeValue::Bytes(bytes) => {
                value.insert("binaryValue".into(), STANDARD.encode(bytes.reveal()).into());
            }
        }
        value.insert("stringListValues".into(), json!([]));
        value.insert("binaryListValues".into(), json!([]));
        value.insert("dataType".into(), attribute.data_type.as_str().into());
        (name.clone(), Value::Object(value))
    });
    Value::Object(attributes.collect())
}

/// `MD5OfMessageAttributes` (SQS developer guide): name, type, 1 for text or 2 for bytes, value,
/// each with its length, in the order of the names.
fn digest(attributes: &Attributes) -> String {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    let mut md5 = Md5::new();
    let mut field = |bytes: &[u8], mark: &[u8]| {
        md5.update(mark);
        md5.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        md5.update(bytes);
    };
    for (name, attribute) in sorted {
        field(name.as_bytes(), &[]);
        field(attribute.data_type.as_bytes(), &[]);
        match &attribute.value {
            AttributeValue::Text(text) => field(text.reveal().as_bytes(), &[1]),
            AttributeValue::Bytes(bytes) => field(bytes.reveal(), &[2]),
        }
    }
    hex(md5.finalize())
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
