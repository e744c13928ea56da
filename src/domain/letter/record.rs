//! What a function is called with: the event of a letter, made whole.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{Letter, NoPayload, OriginalEvent, decode::record_alone, member};
use crate::domain::{
    function::Arn,
    queue::{AttributeValue, Attributes, Message, SystemAttributes, checksum},
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
            let handle = letter.message.handle.reveal();
            records(&letter.message, source, region, body, Some(handle))
        }
        (OriginalEvent::Missing(reason), Some(edited))
            if matches!(reason, NoPayload::Flawed(_))
                || (reason.is_record_alone() && record_alone(edited).is_some()) =>
        {
            return Err(*reason);
        }
        (_, Some(edited)) if member::is_json(edited) => edited.to_owned(),
        (_, Some(_)) => return Err(NoPayload::NotJson),
        (OriginalEvent::Event(event), None) => event.reveal().to_string(),
        (OriginalEvent::Missing(reason), None) => return Err(*reason),
    };
    Ok(Secret::new(event))
}

/// The event to look at: without the handle of the letter, which is a right to delete it.
///
/// # Errors
/// Why there is none.
pub fn shown_event(letter: &Letter, region: &str) -> Result<Secret<String>, NoPayload> {
    match &letter.event {
        OriginalEvent::SqsRecord { source } => {
            let body = letter.message.body.reveal();
            let event = records(&letter.message, source, region, body, None);
            Ok(Secret::new(event))
        }
        _ => lambda_event(letter, region, None),
    }
}

/// The envelope of one record (Lambda's documentation of SQS events).
fn records(
    message: &Message,
    source: &Arn,
    region: &str,
    body: &str,
    handle: Option<&str>,
) -> String {
    let mut record = json!({ "messageId": &*message.id });
    if let Some(handle) = handle {
        record["receiptHandle"] = handle.into();
    }
    record["body"] = body.into();
    record["attributes"] = system(&message.system);
    record["messageAttributes"] = attributes(&message.attributes);
    record["md5OfBody"] = checksum::of_body(body).into();
    if let Some(md5) = checksum::of_attributes(&message.attributes) {
        record["md5OfMessageAttributes"] = md5.into();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::letter::{
        Known, decode,
        sample::{binary, message, text},
    };

    fn moved(body: &str) -> Message {
        let mut message = message(body);
        message.system.dead_letter_source = Some(Arn::new("arn:aws:sqs:eu-west-2:1:orders"));
        message
    }

    fn event(message: Message, edited: Option<&str>) -> Result<String, NoPayload> {
        let letter = decode(message, &Known::default());
        lambda_event(&letter, "eu-west-1", edited).map(Secret::into_inner)
    }

    #[test]
    fn a_record_is_as_lambda_makes_it() {
        let mut message = moved("Hello");
        message.system.sent =
            Some(jiff::Timestamp::from_millisecond(1_545_082_649_183).expect("a time"));
        message.system.first_received =
            Some(jiff::Timestamp::from_millisecond(1_545_082_649_185).expect("a time"));
        message.system.sender = Some("AIDA".into());
        message.system.group = Some("g".into());
        message.attributes = vec![
            ("tenant".into(), text("String", "acme")),
            ("blob".into(), binary(b"\x00\xff")),
        ];
        let made: Value =
            serde_json::from_str(&event(message, None).expect("an event")).expect("JSON");
        assert_eq!(
            made,
            json!({"Records": [{
                "messageId": "m-1",
                "receiptHandle": "handle",
                "body": "Hello",
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082649183",
                    "MessageGroupId": "g",
                    "SenderId": "AIDA",
                    "ApproximateFirstReceiveTimestamp": "1545082649185"
                },
                "messageAttributes": {
                    "tenant": {"stringValue": "acme", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
                    "blob": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}
                },
                "md5OfBody": "8b1a9953c4611296a827abf8c47804d7",
                "md5OfMessageAttributes": made["Records"][0]["md5OfMessageAttributes"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-2:1:orders",
                "awsRegion": "eu-west-2"
            }]})
        );
    }

    #[test]
    fn an_edit_takes_the_place_of_the_text() {
        let made: Value =
            serde_json::from_str(&event(moved("Hello"), Some("World")).expect("an event"))
                .expect("JSON");
        assert_eq!(made["Records"][0]["body"], "World");
        assert_eq!(
            made["Records"][0]["md5OfBody"],
            "f5a7924e621e84c9280a9a27e1bcb7f6"
        );
        assert_eq!(made["Records"][0].get("md5OfMessageAttributes"), None);
        assert_eq!(
            event(message("{ \"a\":1.0 }"), None),
            Ok("{ \"a\":1.0 }".into())
        );
        assert_eq!(
            event(message("{}"), Some("{\"b\":1}")),
            Ok("{\"b\":1}".into())
        );
        assert_eq!(
            event(message("{}"), Some("no json")),
            Err(NoPayload::NotJson)
        );
        assert_eq!(event(message("text"), None), Err(NoPayload::NotJson));
        assert_eq!(event(message("text"), Some("1")), Ok("1".into()));
    }

    #[test]
    fn the_text_of_an_edit_is_the_event_else_the_body() {
        assert_eq!(
            event_text(&decode(moved("Hello"), &Known::default())),
            "Hello"
        );
        assert_eq!(
            event_text(&decode(message("text"), &Known::default())),
            "text"
        );
        let body = r#"{"requestContext":{"condition":"x","functionArn":"f"},"requestPayload":[1]}"#;
        assert_eq!(event_text(&decode(message(body), &Known::default())), "[1]");
    }

    proptest! {
        #[test]
        fn any_body_comes_back_out_of_its_record(body in any::<String>(), value in any::<String>()) {
            let mut message = moved(&body);
            message.attributes = vec![("k".into(), text("String", &value))];
            let made: Value = serde_json::from_str(&event(message, None).expect("an event")).expect("JSON");
            prop_assert_eq!(made["Records"][0]["body"].as_str(), Some(&*body));
            prop_assert_eq!(made["Records"][0]["messageAttributes"]["k"]["stringValue"].as_str(), Some(&*value));
        }
    }
}
