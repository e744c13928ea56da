//! A message as a line of JSON: what an export writes and an import reads.
//!
//! The field names are those of `ReceiveMessage`, so that the messages of
//! `aws sqs receive-message` can be imported, and binary values are in base64 as there.

mod forms;

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    AttributeValue, Attributes, MAX_ATTRIBUTES, Message, MessageAttribute, Outgoing,
    SystemAttributes,
};
use crate::domain::{
    letter::{
        Letter, LetterError,
        member::{get, string},
    },
    secret::Secret,
};
use forms::{Form, Piece, pieces};

/// The fields that a message can have here: those of SQS, of our exports, and of what a peek
/// tells. A line with any other is a body, not a message.
const FIELDS: [&str; 24] = [
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
    "ErrorCode",
    "ErrorType",
    "ErrorMessage",
    "ErrorSource",
    "FunctionArn",
    "Qualifier",
    "FunctionInferred",
    "Expires",
    "Bytes",
    "NoEvent",
    "Event",
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

/// Where a message stands in the input of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line that its JSON value begins on, from 1.
    pub line: usize,
    /// Its number in that value, from 1, where it holds several.
    pub item: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.line)?;
        self.item.map_or(Ok(()), |item| write!(f, ".{item}"))
    }
}

/// What is sent for a piece of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// The message.
    pub message: Outgoing,
    /// It was a message with attributes, not a body alone.
    pub is_message: bool,
}

/// Reads an input: JSON values, each beginning on a line of its own. What has the form of a
/// message is one, an answer of `receive-message` and an array of messages are their messages, and
/// any other value that stands on one line is a body as it stands. Empty lines are nothing.
/// `AWSTraceHeader` is left behind: Lambda counts loops by it.
///
/// # Errors
/// By its line: why SQS would not take it, or why it is none of these.
pub fn read(input: &str) -> Result<Vec<Line>, String> {
    let pieces = pieces(input)?.into_iter();
    pieces
        .map(|piece| {
            let place = piece.place;
            to_line(piece).map_err(|why| format!("{place}: {why}"))
        })
        .collect()
}

fn to_line(piece: Piece<'_>) -> Result<Line, String> {
    let (message, is_message) = match piece.form {
        Form::Message(fields) => (to_message(&fields)?, true),
        Form::Body(text) => {
            let body = Outgoing {
                body: Secret::new(text.into()),
                attributes: Vec::new(),
                group: None,
                deduplication_id: None,
                trace: None,
            };
            (body, false)
        }
    };
    check(&message)?;
    Ok(Line {
        place: piece.place,
        message,
        is_message,
    })
}

fn to_message(fields: &[(String, &str)]) -> Result<Outgoing, String> {
    let name = if get(fields, "Edited").is_some_and(|edited| edited.starts_with('"')) {
        "Edited"
    } else {
        "Body"
    };
    let body = get(fields, name).and_then(string).ok_or_else(|| {
        format!("{name} holds half of a surrogate pair, which no text can: SQS does not take it")
    })?;
    let value = |name: &str| match get(fields, name) {
        None => Ok(Value::Null),
        Some(text) => serde_json::from_str(text).map_err(|error| format!("{name}: {error}")),
    };
    let system = value("Attributes")?;
    let of_system = |name: &str| system.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Outgoing {
        body: Secret::new(Arc::from(body)),
        attributes: to_attributes(&value("MessageAttributes")?)?,
        group: of_system("MessageGroupId"),
        deduplication_id: of_system("MessageDeduplicationId"),
        trace: None,
    })
}

fn to_attributes(value: &Value) -> Result<Attributes, String> {
    let attributes = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(attributes) => attributes,
        _ => return Err("MessageAttributes is no object".to_owned()),
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

/// The characters of a body (`docs/aws.md` §3.1).
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
            flaw: None,
        }
    }

    fn one(text: &str) -> Line {
        let mut lines = read(text).expect("it is good");
        assert_eq!(lines.len(), 1);
        lines.remove(0)
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
            let after = one(&line);
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
        let line = one("  {\"n\":1.000000000000000000001,\"n\":[1E400]} \r");
        assert!(!line.is_message);
        let body = &**line.message.body.reveal();
        assert_eq!(body, "{\"n\":1.000000000000000000001,\"n\":[1E400]}");
        for text in [
            r#"{"text":"cut \ud83d","e":1E400,"n":18446744073709551616123}"#,
            &format!("{}{}", "[".repeat(9_000), "]".repeat(9_000)),
        ] {
            assert_eq!(&**one(text).message.body.reveal(), text);
        }
        assert_eq!(read("  \n"), Ok(Vec::new()));
    }

    /// An answer of `aws sqs receive-message` on one line.
    #[test]
    fn a_received_answer_sends_its_bodies_and_no_handle() {
        let answer = r#"{"Messages":[{"MessageId":"m-1","ReceiptHandle":"h-1","MD5OfBody":"x","Body":"{\"order\":1}"}]}"#;
        let line = one(&format!("{answer}\n"));
        assert_eq!(&**line.message.body.reveal(), r#"{"order":1}"#);
        assert!(line.is_message && line.message.attributes.is_empty());
        assert_eq!(line.place.to_string(), "1.1");
    }

    #[test]
    fn a_bad_line_says_why() {
        for (text, why) in [
            ("{", "not JSON"),
            (r#"{"Body":"\ud800"}"#, "surrogate"),
            (r#"{"Body":""}"#, "empty"),
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
            let error = read(text).expect_err(text);
            assert!(error.starts_with("1: ") && error.contains(why), "{error}");
        }
    }
}
