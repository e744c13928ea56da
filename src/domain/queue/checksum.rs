//! The checksums by which SQS tells what it stored. They stand in the event of a function that
//! reads a queue, too.
//!
//! The SDK for Rust compares none of them (as of aws-sdk-sqs 1.119; those for Java and Go do), so
//! the adapter does it: a message that was stored otherwise than it was sent must not count as
//! sent, since its original is deleted next, and one that was received otherwise than it is stored
//! must not be sent on. MD5 is SQS's choice and guards against damage only, not against an
//! attacker.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use super::{AttributeValue, Attributes};

/// `MD5OfMessageBody`: of the text in UTF-8.
pub fn of_body(body: &str) -> String {
    hex(Md5::new().chain_update(body))
}

/// `MD5OfMessageAttributes`: names, types and values in the order of the names, each behind its
/// length, with a byte before the value that tells text from bytes (SQS developer guide,
/// «Calculating the MD5 message digest for message attributes»). None without attributes.
pub fn of_attributes(attributes: &Attributes) -> Option<String> {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    sorted.first()?;
    let mut md5 = Md5::new();
    for (name, attribute) in sorted {
        part(&mut md5, name.as_bytes());
        part(&mut md5, attribute.data_type.as_bytes());
        match &attribute.value {
            AttributeValue::Text(text) => {
                md5.update([1]);
                part(&mut md5, text.reveal().as_bytes());
            }
            AttributeValue::Bytes(bytes) => {
                md5.update([2]);
                part(&mut md5, bytes.reveal());
            }
        }
    }
    Some(hex(md5))
}

fn part(md5: &mut Md5, bytes: &[u8]) {
    // A message has 1 MiB at most; a longer part is refused by SQS before this is compared.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    md5.update(length.to_be_bytes());
    md5.update(bytes);
}

fn hex(md5: Md5) -> String {
    md5.finalize()
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::MessageAttribute;

    #[test]
    fn a_body_has_the_checksum_of_its_bytes() {
        assert_eq!(of_body(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    /// The vector that moto's tests and others hold as AWS's own.
    #[test]
    fn attributes_have_the_checksum_that_sqs_gives() {
        let timestamp = MessageAttribute {
            data_type: "Number".into(),
            value: AttributeValue::Text("1493147359900".to_owned().into()),
        };
        assert_eq!(
            of_attributes(&vec![("timestamp".to_owned(), timestamp)]).as_deref(),
            Some("235c5c510d26fb653d073faed50ae77c")
        );
    }

    #[test]
    fn attributes_have_one_checksum_whatever_their_order() {
        let text = |value: &str| MessageAttribute {
            data_type: "String".into(),
            value: AttributeValue::Text(value.to_owned().into()),
        };
        let bytes = MessageAttribute {
            data_type: "Binary".into(),
            value: AttributeValue::Bytes(vec![0, 255].into()),
        };
        let one = vec![("a".to_owned(), text("1")), ("b".to_owned(), bytes.clone())];
        let other = vec![("b".to_owned(), bytes), ("a".to_owned(), text("1"))];
        assert_eq!(of_attributes(&one), of_attributes(&other));
        assert_ne!(of_attributes(&one), of_attributes(&one[..1].to_vec()));
        assert_eq!(of_attributes(&Vec::new()), None);
    }
}
