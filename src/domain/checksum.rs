//! The checksum of what stands on disk: the last member of each JSON object that lambdeck keeps
//! (a line of a journal, an entry of the activity log, a resume card, the record of an edit), so
//! that a changed byte is told from what was written.
//!
//! The text stays plain JSON that other tools read. It finds damage, not intent: whoever can write
//! the file can write the checksum too. What was written before there were checksums has none.

use std::borrow::Cow;

const NAME: &[u8] = b"\"crc32\":";
/// The member is looked for in so many bytes before the end: name, digits, white space.
const REACH: usize = 40;

/// Why a text cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is not what was written.
    #[error("its checksum does not fit")]
    Mismatch,
    /// Those before it have a checksum.
    #[error("its checksum is missing")]
    Missing,
}

/// Adds the checksum to the JSON object that begins here and ends the text: one line or many, of
/// at least one member.
pub fn add(text: &mut Vec<u8>, from: usize) {
    let object = &text[from..];
    let is_pretty = object.contains(&b'\n');
    let body = object.trim_ascii_end();
    let body = body.strip_suffix(b"}").unwrap_or(body).trim_ascii_end();
    let sum = crc32fast::hash(body);
    text.truncate(from + body.len());
    let member = if is_pretty {
        format!(",\n  \"crc32\": \"{sum:08x}\"\n}}\n")
    } else {
        format!(",\"crc32\":\"{sum:08x}\"}}")
    };
    text.extend_from_slice(member.as_bytes());
}

/// Takes the checksum away and compares it. A text without one comes back as it is.
///
/// # Errors
/// [`Damage::Mismatch`] when the text is not what was written.
pub fn take(text: &[u8]) -> Result<Cow<'_, [u8]>, Damage> {
    match split(text) {
        None => Ok(Cow::Borrowed(text)),
        Some((body, sum)) if sum == Some(crc32fast::hash(body)) => {
            let mut object = Vec::with_capacity(body.len() + 1);
            object.extend_from_slice(body);
            object.push(b'}');
            Ok(Cow::Owned(object))
        }
        Some(_) => Err(Damage::Mismatch),
    }
}

/// The lines of one file in their order: after the first that has a checksum, each has one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lines {
    is_checked: bool,
}

impl Lines {
    /// Takes the checksum of the next line away and compares it.
    ///
    /// # Errors
    /// When the line is not what was written.
    pub fn take<'a>(&mut self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Damage> {
        let object = take(line)?;
        match object {
            Cow::Borrowed(_) if self.is_checked => Err(Damage::Missing),
            Cow::Borrowed(_) => Ok(object),
            Cow::Owned(_) => {
                self.is_checked = true;
                Ok(object)
            }
        }
    }

    /// Whether this is a whole object with its checksum.
    pub fn ends_with_checksum(self, text: &[u8]) -> bool {
        self.is_checked && matches!(take(text), Ok(Cow::Owned(_)))
    }
}

/// The object up to the comma before the checksum, and the checksum if it can be read.
fn split(text: &[u8]) -> Option<(&[u8], Option<u32>)> {
    let from = text.len().saturating_sub(REACH);
    let at = from + memchr::memmem::rfind(&text[from..], NAME)?;
    let body = text[..at].trim_ascii_end().strip_suffix(b",")?;
    let rest = text[at + NAME.len()..].trim_ascii();
    let digits = rest
        .strip_suffix(b"}")
        .map(<[u8]>::trim_ascii_end)
        .and_then(|rest| rest.strip_prefix(b"\""))
        .and_then(|rest| rest.strip_suffix(b"\""))
        .filter(|digits| digits.len() == 8 && digits.iter().copied().all(is_digit));
    let sum = digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    Some((body, sum))
}

/// Lower case only: one digit has one spelling.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(text: &str) -> Vec<u8> {
        let mut text = text.as_bytes().to_vec();
        add(&mut text, 0);
        text
    }

    #[test]
    fn what_was_written_comes_back_and_stays_json() {
        for text in [r#"{"sent":{"at":1}}"#, "{\n  \"a\": \"}\",\n  \"b\": []\n}"] {
            let whole = with(text);
            let value: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
            assert!(value["crc32"].is_string(), "{value}");
            let taken = take(&whole).expect("intact");
            let back: serde_json::Value = serde_json::from_slice(&taken).expect("JSON");
            assert_eq!(
                back,
                serde_json::from_str::<serde_json::Value>(text).expect("JSON")
            );
        }
    }

    #[test]
    fn a_text_without_a_checksum_is_taken_as_it_is_until_one_had_it() {
        let old = br#"{"sent":1}"#;
        let mut lines = Lines::default();
        assert_eq!(lines.take(old).as_deref(), Ok(&old[..]));
        assert!(lines.take(&with(r#"{"sent":2}"#)).is_ok());
        assert_eq!(lines.take(old), Err(Damage::Missing));
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_found(
            text in "[ -~]{0,60}",
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let whole = with(&serde_json::json!({ "text": text }).to_string());
            let mut changed = whole.clone();
            let place = at.index(changed.len());
            changed[place] ^= 1 << bit;
            let mut lines = Lines::default();
            lines.take(&whole).expect("intact");
            prop_assert!(lines.take(&changed).is_err(), "byte {place}");
        }
    }
}
