//! Messages for tests.

use jiff::Timestamp;

use crate::domain::{
    queue::{AttributeValue, Message, MessageAttribute, SystemAttributes},
    secret::Secret,
};

/// A message without attributes, received once, sent at the epoch.
pub(crate) fn message(body: &str) -> Message {
    Message {
        id: "m-1".into(),
        handle: Secret::new("handle".into()),
        body: Secret::new(body.into()),
        attributes: Vec::new(),
        system: SystemAttributes {
            sent: Some(Timestamp::UNIX_EPOCH),
            receive_count: 1,
            ..SystemAttributes::default()
        },
        flaw: None,
    }
}

pub(crate) fn text(data_type: &str, value: &str) -> MessageAttribute {
    MessageAttribute {
        data_type: data_type.into(),
        value: AttributeValue::Text(Secret::new(value.into())),
    }
}

pub(crate) fn binary(value: &[u8]) -> MessageAttribute {
    MessageAttribute {
        data_type: "Binary".into(),
        value: AttributeValue::Bytes(Secret::new(value.to_vec())),
    }
}
