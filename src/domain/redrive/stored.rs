//! How a whole message stands in a journal's line: text as text, bytes in base64, and only what
//! is there. Borrowed while writing, so that no body is copied for it.

use std::{borrow::Cow, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain::{
    function::Arn,
    queue::{AttributeValue, Message, MessageAttribute, SystemAttributes},
    secret::Secret,
};

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    id: Arc<str>,
    handle: Arc<str>,
    body: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'a>>,
    system: System<'a>,
}

#[derive(Serialize, Deserialize)]
struct Attribute<'a> {
    name: Cow<'a, str>,
    #[serde(rename = "type")]
    data_type: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct System<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<Timestamp>,
    receive_count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_received: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deduplication_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sequence: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dead_letter_source: Option<Arn>,
}

pub(super) fn serialize<S: Serializer>(
    message: &Arc<Message>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let system = &message.system;
    Stored {
        id: Arc::clone(&message.id),
        handle: Arc::clone(message.handle.reveal()),
        body: Cow::Borrowed(message.body.reveal()),
        attributes: message.attributes.iter().map(attribute).collect(),
        system: System {
            sent: system.sent,
            receive_count: system.receive_count,
            first_received: system.first_received,
            sender: system.sender.as_deref().map(Cow::Borrowed),
            group: system.group.as_deref().map(Cow::Borrowed),
            deduplication_id: system.deduplication_id.as_deref().map(Cow::Borrowed),
            sequence: system.sequence.as_deref().map(Cow::Borrowed),
            trace: system.trace.as_deref().map(Cow::Borrowed),
            dead_letter_source: system.dead_letter_source.clone(),
        },
    }
    .serialize(serializer)
}

fn attribute((name, attribute): &(String, MessageAttribute)) -> Attribute<'_> {
    let (text, base64) = match &attribute.value {
        AttributeValue::Text(text) => (Some(Cow::Borrowed(text.reveal().as_str())), None),
        AttributeValue::Bytes(bytes) => (None, Some(BASE64_STANDARD.encode(bytes.reveal()))),
    };
    Attribute {
        name: Cow::Borrowed(name),
        data_type: Cow::Borrowed(&attribute.data_type),
        text,
        base64,
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Message>, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let attributes = stored
        .attributes
        .into_iter()
        .map(|attribute| {
            let value = match (attribute.text, attribute.base64) {
                (Some(text), None) => AttributeValue::Text(Secret::new(text.into_owned())),
                (None, Some(base64)) => AttributeValue::Bytes(Secret::new(
                    BASE64_STANDARD
                        .decode(base64)
                        .map_err(|_| D::Error::custom("an attribute is not base64"))?,
                )),
                _ => return Err(D::Error::custom("an attribute has no value, or two")),
            };
            let data_type = attribute.data_type.into_owned();
            Ok((
                attribute.name.into_owned(),
                MessageAttribute { data_type, value },
            ))
        })
        .collect::<Result<_, _>>()?;
    let system = stored.system;
    Ok(Arc::new(Message {
        id: stored.id,
        handle: Secret::new(stored.handle),
        body: Secret::new(stored.body.into()),
        attributes,
        system: SystemAttributes {
            sent: system.sent,
            receive_count: system.receive_count,
            first_received: system.first_received,
            sender: owned(system.sender),
            group: owned(system.group),
            deduplication_id: owned(system.deduplication_id),
            sequence: owned(system.sequence),
            trace: owned(system.trace),
            dead_letter_source: system.dead_letter_source,
        },
        // Only what came whole is ever claimed.
        flaw: None,
    }))
}
