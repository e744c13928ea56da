//! A message as one line of JSON: what an export writes and an import sends.
//!
//! The names are those of `aws sqs receive-message`, so that other tools can read the file; what
//! is added (`Edited`, `Origin`, `Error`, `Function`, `RequestId`) they pass over. The handle is
//! left out: it is of no use to anybody later. The line holds bodies: its file must be private.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{AttributeValue, Attributes, MessageAttribute, Outgoing};
use crate::domain::{letter::Letter, secret::Secret};

/// One letter, without a line end. `edited` is the text that replaces its own.
pub fn write(letter: &Letter, edited: Option<&str>) -> String {
    let message = &letter.message;
    let mut line = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(name.to_owned(), value);
        }
    };
    put("MessageId", Some((*message.id).into()));
    put("Body", Some((**message.body.reveal()).into()));
    put("Edited", edited.map(Value::from));
    let attributes = (!message.attributes.is_empty()).then(|| attributes(&message.attributes));
    put("MessageAttributes", attributes);
    put("Attributes", Some(system(letter)));
    put("Origin", Some(letter.origin.title().into()));
    put(
        "Error",
        letter.error.as_ref().map(|one| one.headline().into()),
    );
    let function = letter.function.as_ref();
    put("Function", function.map(|one| one.arn.as_str().into()));
    put("RequestId", letter.request_id.clone().map(Value::from));
    Value::Object(line).to_string()
}

fn attributes(attributes: &Attributes) -> Value {
    let all = attributes.iter().map(|(name, attribute)| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => {
                json!({"DataType": attribute.data_type, "StringValue": text.reveal()})
            }
            AttributeValue::Bytes(bytes) => {
                json!({"DataType": attribute.data_type, "BinaryValue": STANDARD.encode(bytes.reveal())})
            }
        };
        (name.clone(), value)
    });
    Value::Object(all.collect())
}

fn system(letter: &Letter) -> Value {
    let system = &letter.message.system;
    let at = |at: jiff::Timestamp| at.as_millisecond().to_string();
    let fields = [
        ("SentTimestamp", system.sent.map(at)),
        (
            "ApproximateReceiveCount",
            Some(system.receive_count.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            system.first_received.map(at),
        ),
        ("SenderId", system.sender.clone()),
        ("MessageGroupId", system.group.clone()),
        ("MessageDeduplicationId", system.deduplication_id.clone()),
        ("SequenceNumber", system.sequence.clone()),
        ("AWSTraceHeader", system.trace.clone()),
        (
            "DeadLetterQueueSourceArn",
            system.dead_letter_source.as_ref().map(ToString::to_string),
        ),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(fields.collect())
}

/// The message that a line stands for: its edited text if it has one, attributes and group; the
/// trace is left out. A line of another tool needs no more than a `Body`.
///
/// # Errors
/// What is wrong with the line; nothing of its content is quoted.
pub fn read(line: &str) -> Result<Outgoing, String> {
    let line: Value = serde_json::from_str(line)
        .map_err(|error| format!("not JSON at column {}", error.column()))?;
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let body = text(&line, "Edited")
        .or_else(|| text(&line, "Body"))
        .ok_or("it has no Body, which must be a text")?;
    let mut attributes = Attributes::new();
    if let Some(all) = line.get("MessageAttributes") {
        let all = all
            .as_object()
            .ok_or("MessageAttributes is not an object")?;
        for (name, value) in all {
            let data_type = text(value, "DataType").ok_or("a message attribute has no DataType")?;
            let value = match (text(value, "StringValue"), text(value, "BinaryValue")) {
                (Some(text), _) => AttributeValue::Text(Secret::new(text)),
                (None, Some(base64)) => AttributeValue::Bytes(Secret::new(
                    STANDARD
                        .decode(base64)
                        .map_err(|_| "a BinaryValue is not Base64")?,
                )),
                (None, None) => return Err("a message attribute has no value".to_owned()),
            };
            attributes.push((name.clone(), MessageAttribute { data_type, value }));
        }
    }
    let system = line.get("Attributes").unwrap_or(&Value::Null);
    Ok(Outgoing {
        body: Secret::new(Arc::from(body)),
        attributes,
        group: text(system, "MessageGroupId"),
        deduplication_id: text(system, "MessageDeduplicationId"),
        trace: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        letter::decode::{Known, decode},
        queue::{Message, SystemAttributes},
    };

    fn letter() -> Letter {
        let attribute = |value| MessageAttribute {
            data_type: "String".into(),
            value,
        };
        let message = Message {
            id: "m-1".into(),
            handle: Secret::new("the-handle".into()),
            body: Secret::new("{\"order\": \"o\n1\"}".into()),
            attributes: vec![
                (
                    "kind".into(),
                    attribute(AttributeValue::Text(Secret::new("a".into()))),
                ),
                (
                    "raw".into(),
                    attribute(AttributeValue::Bytes(Secret::new(vec![0, 255]))),
                ),
            ],
            system: SystemAttributes {
                group: Some("g".into()),
                receive_count: 2,
                ..SystemAttributes::default()
            },
        };
        let queue = DeadLetterQueue {
            arn: Arn::new("arn:aws:sqs:eu-west-1:000000000000:q"),
            url: None,
            attributes: None,
            feeders: Vec::new(),
            consumers: Vec::new(),
            added: true,
        };
        decode(message, &Known::of(&queue))
    }

    #[test]
    fn what_was_written_is_read_again_and_the_handle_is_not_written() {
        let letter = letter();
        let line = write(&letter, None);
        assert!(
            !line.contains('\n') && !line.contains("the-handle"),
            "{line}"
        );
        let sent = read(&line).expect("a message");
        assert_eq!(sent.body, letter.message.body);
        assert_eq!(sent.attributes, letter.message.attributes);
        assert_eq!(sent.group.as_deref(), Some("g"));
        let edited = read(&write(&letter, Some("[]"))).expect("a message");
        assert_eq!(&**edited.body.reveal(), "[]");
    }

    #[test]
    fn a_body_is_enough_and_what_is_wrong_is_told_without_the_content() {
        assert_eq!(read("{\"Body\":\"x\"}").map(|one| one.bytes()), Ok(1));
        for (line, why) in [
            ("{\"secret\": ", "not JSON"),
            ("{\"secret\": 1}", "no Body"),
            (
                "{\"Body\":\"\",\"MessageAttributes\":{\"a\":{}}}",
                "DataType",
            ),
        ] {
            let refused = read(line).expect_err(line);
            assert!(
                refused.contains(why) && !refused.contains("secret"),
                "{refused}"
            );
        }
    }
}
