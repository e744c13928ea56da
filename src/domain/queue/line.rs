//! A message as a line of JSON: what an export writes and an import reads.
//!
//! The field names are those of `ReceiveMessage`, so that the messages of
//! `aws sqs receive-message` can be imported, and binary values are in base64 as there.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    AttributeValue, Attributes, MAX_ATTRIBUTES, Message, MessageAttribute, Outgoing,
    SystemAttributes,
};
use crate::domain::{
    json,
    letter::{Letter, LetterError, member},
    secret::Secret,
};

/// The fields that a message can have here. A line with any other is a body, not a message.
const FIELDS: [&str; 13] = [
    "MessageId",
    "ReceiptHandle",
    "MD5OfBody",
    "MD5OfMessageAttributes",
    "Body",
    "Attributes",
    "MessageAttributes",
    "SequenceNumber",
    "Edited",
    "Origin",
    "Error",
    "Function",
    "RequestId",
];

/// A message, without its handle: that is a right, and over when the lease is.
pub fn of_message(message: &Message) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("MessageId".into(), message.id.as_ref().into());
    line.insert("Body".into(), message.body.reveal().as_ref().into());
    line.insert("Attributes".into(), of_system(&message.system));
    line.insert(
        "MessageAttributes".into(),
        of_attributes(&message.attributes),
    );
    line
}

/// A letter: its message, and what it was decoded to, which other tools pass over. `edited` is the
/// text that an import sends instead of its own.
pub fn of_letter(letter: &Letter, edited: Option<&str>) -> Map<String, Value> {
    let mut line = of_message(&letter.message);
    let error = letter.error.as_ref();
    let function = letter.function.as_ref();
    let fields = [
        ("Edited", edited.map(str::to_owned)),
        ("Origin", Some(letter.origin.title().to_owned())),
        ("Error", error.map(LetterError::headline)),
        ("Function", function.map(|one| one.arn.to_string())),
        ("RequestId", letter.request_id.clone()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            line.insert(name.to_owned(), value.into());
        }
    }
    line
}

fn of_attributes(attributes: &Attributes) -> Value {
    let attributes = attributes.iter().map(|(name, attribute)| {
        let kind = &attribute.data_type;
        let value = match &attribute.value {
            AttributeValue::Text(text) => json!({ "DataType": kind, "StringValue": text.reveal() }),
            AttributeValue::Bytes(bytes) => {
                json!({ "DataType": kind, "BinaryValue": STANDARD.encode(bytes.reveal()) })
            }
        };
        (name.clone(), value)
    });
    Value::Object(attributes.collect())
}

/// System attributes by their names, as text: so are they in the API.
fn of_system(system: &SystemAttributes) -> Value {
    let milliseconds = |at: jiff::Timestamp| at.as_millisecond().to_string();
    let source = system.dead_letter_source.as_ref();
    let fields = [
        ("SenderId", system.sender.clone()),
        ("SentTimestamp", system.sent.map(milliseconds)),
        (
            "ApproximateReceiveCount",
            Some(system.receive_count.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            system.first_received.map(milliseconds),
        ),
        ("SequenceNumber", system.sequence.clone()),
        ("MessageGroupId", system.group.clone()),
        ("MessageDeduplicationId", system.deduplication_id.clone()),
        ("AWSTraceHeader", system.trace.clone()),
        ("DeadLetterQueueSourceArn", source.map(ToString::to_string)),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Value::Object(fields.collect())
}

/// What a line of an import sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The message.
    pub message: Outgoing,
    /// It was a message with attributes, not a body alone.
    pub is_message: bool,
}

/// Reads a line: a message where it has the form of one, else a JSON value that is the body as
/// it stands. An empty line is nothing. `AWSTraceHeader` is left behind: Lambda counts loops by it.
///
/// # Errors
/// Why SQS would not take it, or why it is no line.
pub fn parse(number: usize, text: &str) -> Result<Option<Line>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let value: Option<Value> = match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) if json::error_position(text).is_some() => {
            return Err(format!("this is not JSON: {error}"));
        }
        // JSON that no value can hold (half of a surrogate pair, many levels): a body, as it is.
        Err(_) if is_body(text) => None,
        Err(error) => return Err(format!("the message cannot be read: {error}")),
    };
    let line = match value.as_ref().and_then(as_message) {
        Some(fields) => Line {
            number,
            message: to_message(fields)?,
            is_message: true,
        },
        None => Line {
            number,
            message: Outgoing {
                body: Secret::new(text.into()),
                attributes: Vec::new(),
                group: None,
                deduplication_id: None,
                trace: None,
            },
            is_message: false,
        },
    };
    check(&line.message)?;
    Ok(Some(line))
}

/// Whether a JSON text has not the form of a message.
fn is_body(text: &str) -> bool {
    let members = member::members(text).unwrap_or_default();
    let body = member::get(&members, "Body");
    !body.is_some_and(|body| body.starts_with('"'))
        || members
            .iter()
            .any(|(name, _)| !FIELDS.contains(&name.as_str()))
}

/// The fields, if this is a message: it has a body of text, and nothing that a message has not.
fn as_message(value: &Value) -> Option<&Map<String, Value>> {
    let fields = value.as_object()?;
    let is_message = fields.get("Body").is_some_and(Value::is_string)
        && fields.keys().all(|name| FIELDS.contains(&name.as_str()));
    is_message.then_some(fields)
}

fn to_message(fields: &Map<String, Value>) -> Result<Outgoing, String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let body = text("Edited").or_else(|| text("Body"));
    let system = fields.get("Attributes").and_then(Value::as_object);
    let of_system = |name: &str| {
        let value = system.and_then(|system| system.get(name));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    Ok(Outgoing {
        body: Secret::new(Arc::from(body.unwrap_or_default())),
        attributes: to_attributes(fields.get("MessageAttributes"))?,
        group: of_system("MessageGroupId"),
        deduplication_id: of_system("MessageDeduplicationId"),
        trace: None,
    })
}

fn to_attributes(value: Option<&Value>) -> Result<Attributes, String> {
    let attributes = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => return Err("MessageAttributes is no object".to_owned()),
    };
    attributes
        .iter()
        .map(|(name, attribute)| {
            let text = |field: &str| attribute.get(field).and_then(Value::as_str);
            let refused = |why: &str| Err(format!("attribute {name:?} {why}"));
            let Some(data_type) = text("DataType") else {
                return refused("has no DataType");
            };
            let value = match (text("StringValue"), text("BinaryValue")) {
                (Some(text), None) => AttributeValue::Text(Secret::new(text.to_owned())),
                (None, Some(bytes)) => match STANDARD.decode(bytes) {
                    Ok(bytes) => AttributeValue::Bytes(Secret::new(bytes)),
                    Err(_) => return refused("has a BinaryValue that is not base64"),
                },
                _ => return refused("needs exactly one of StringValue and BinaryValue"),
            };
            let attribute = MessageAttribute {
                data_type: data_type.to_owned(),
                value,
            };
            Ok((name.clone(), attribute))
        })
        .collect()
}

/// What SQS would refuse whatever the queue is.
fn check(message: &Outgoing) -> Result<(), String> {
    let body = message.body.reveal();
    if body.is_empty() {
        return Err("the body is empty, and SQS takes no empty message".to_owned());
    }
    if let Some(character) = body.chars().find(|&character| !is_allowed(character)) {
        let code = character as u32;
        return Err(format!(
            "the body has the character U+{code:04X}, which SQS does not take"
        ));
    }
    let count = message.attributes.len();
    if count > MAX_ATTRIBUTES {
        return Err(format!(
            "{count} message attributes, and SQS takes {MAX_ATTRIBUTES}"
        ));
    }
    Ok(())
}

/// The characters of a body (`aws-facts` §3.1).
const fn is_allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(body: &str, attributes: Attributes) -> Message {
        Message {
            id: "m-1".into(),
            handle: Secret::new("handle".into()),
            body: Secret::new(body.into()),
            attributes,
            system: SystemAttributes {
                receive_count: 3,
                group: Some("g".into()),
                deduplication_id: Some("d".into()),
                ..SystemAttributes::default()
            },
        }
    }

    fn read(text: &str) -> Line {
        parse(1, text).expect("it is good").expect("it is a line")
    }

    proptest! {
        #[test]
        fn what_is_exported_is_imported_as_it_was(
            body in "[ -~\u{e4}\u{4e16}]{1,40}",
            text in "\\PC{0,20}",
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let attribute = |kind: &str, value| MessageAttribute { data_type: kind.into(), value };
            let attributes = vec![
                ("text".to_owned(), attribute("String.label", AttributeValue::Text(text.into()))),
                ("bytes".to_owned(), attribute("Binary", AttributeValue::Bytes(bytes.into()))),
            ];
            let before = message(&body, attributes);
            let line = Value::Object(of_message(&before)).to_string();
            let after = read(&line);
            prop_assert!(after.is_message);
            prop_assert_eq!(after.message.body, before.body);
            prop_assert_eq!(after.message.attributes, before.attributes);
            prop_assert_eq!(after.message.group.as_deref(), Some("g"));
            prop_assert_eq!(after.message.deduplication_id.as_deref(), Some("d"));
        }
    }

    #[test]
    fn a_handle_is_never_written() {
        let line = Value::Object(of_message(&message("b", Vec::new()))).to_string();
        assert!(!line.to_lowercase().contains("handle"), "{line}");
    }

    #[test]
    fn what_is_no_message_is_a_body_as_it_stands() {
        for text in [
            r#"{"order":  "o-1"}"#,
            r#"{"Body":"b","order":1}"#,
            r#"{"Body":{"a":1}}"#,
            "[1,2]",
            r#""text""#,
            r#"{"text":"cut \ud83d","e":1E400,"n":18446744073709551616123}"#,
            &format!("{}{}", "[".repeat(9_000), "]".repeat(9_000)),
        ] {
            let line = read(&format!("  {text} \r"));
            assert!(!line.is_message, "{text}");
            assert_eq!(&**line.message.body.reveal(), text);
        }
        assert_eq!(parse(1, "  "), Ok(None));
    }

    #[test]
    fn a_bad_line_says_why() {
        for (text, why) in [
            ("{", "not JSON"),
            (r#"{"Body":""}"#, "empty"),
            (r#"{"Body":"cut \ud83d"}"#, "cannot be read"),
            (r#"{"Body":"\u0000"}"#, "U+0000"),
            (r#"{"Body":"b","MessageAttributes":[]}"#, "no object"),
            (r#"{"Body":"b","MessageAttributes":{"a":{}}}"#, "DataType"),
            (
                r#"{"Body":"b","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"%"}}}"#,
                "base64",
            ),
            (
                r#"{"Body":"b","MessageAttributes":{"a":{"DataType":"String"}}}"#,
                "exactly one",
            ),
        ] {
            let error = parse(1, text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
    }
}
