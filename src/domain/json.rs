//! JSON as text: a tokenizer for highlighting, re-indenting that keeps every character of every
//! value, and the place of an error. Nothing here builds a value; numbers keep their digits,
//! objects their order and their duplicate keys.
//!
//! The input may be a log line that merely contains JSON, and JSON that was cut off.

mod fault;

use std::ops::Range;

use memchr::memchr2;

pub use fault::{Fault, error_position, first_value};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The name of a member, quotes included.
    Key,
    /// A string value, quotes included.
    String,
    /// A number, as written.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// One of `{ } [ ] : ,`.
    Punctuation,
    /// Text that is not JSON.
    Plain,
}

/// A piece of the text. White space between tokens belongs to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the text; both ends are character boundaries.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// The tokens of a text. Never fails: what is not JSON is [`Kind::Plain`].
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        begun: false,
    }
}

/// Iterator over the tokens of a text, see [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    begun: bool,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    // The rare branches are functions of values, not of `self`: it then lives in registers.
    #[expect(
        clippy::inline_always,
        reason = "a token returned through memory costs more than finding it"
    )]
    #[inline(always)]
    fn next(&mut self) -> Option<Token> {
        let start = skip(self.bytes, self.at, SPACE);
        let first = *self.bytes.get(start)?;
        let (end, kind) = match first {
            b'{' | b'[' => {
                self.depth += 1;
                (start + 1, Kind::Punctuation)
            }
            _ if self.depth == 0 => outside(self.bytes, start, self.begun),
            b':' | b',' => (start + 1, Kind::Punctuation),
            b'}' | b']' => {
                self.depth -= 1;
                (start + 1, Kind::Punctuation)
            }
            _ => scalar(self.bytes, start, first),
        };
        self.begun = true;
        self.at = end;
        Some(Token {
            range: start..end,
            kind,
        })
    }
}

/// Text before, between and after JSON values; a document that is one scalar is JSON too.
#[inline(never)]
fn outside(bytes: &[u8], start: usize, begun: bool) -> (usize, Kind) {
    if !begun {
        let (end, kind) = scalar(bytes, start, bytes[start]);
        if kind != Kind::Plain && kind != Kind::Key && skip(bytes, end, SPACE) == bytes.len() {
            return (end, kind);
        }
    }
    let end = memchr2(b'{', b'[', &bytes[start..]).map_or(bytes.len(), |n| start + n);
    (end, Kind::Plain)
}

/// The end of the word, string or number that begins at `start`, and what it is.
#[inline]
fn scalar(bytes: &[u8], start: usize, first: u8) -> (usize, Kind) {
    let (end, kind) = match first {
        b'"' => {
            let end = string_end(bytes, start);
            let after = skip(bytes, end, SPACE);
            let is_key = bytes.get(after) == Some(&b':');
            return (end, if is_key { Kind::Key } else { Kind::String });
        }
        b'-' | b'0'..=b'9' => (skip(bytes, start, NUMBER), Kind::Number),
        b't' if bytes[start..].starts_with(b"true") => (start + 4, Kind::Bool),
        b'f' if bytes[start..].starts_with(b"false") => (start + 5, Kind::Bool),
        b'n' if bytes[start..].starts_with(b"null") => (start + 4, Kind::Null),
        _ => return plain(bytes, start),
    };
    match bytes.get(end) {
        Some(&byte) if CLASSES[usize::from(byte)] & (SPACE | DELIMITER) == 0 => plain(bytes, end),
        _ => (end, kind),
    }
}

/// Everything up to the next delimiter. The byte at `at` is none, so that it gets on.
#[inline(never)]
fn plain(bytes: &[u8], at: usize) -> (usize, Kind) {
    let length = bytes[at..]
        .iter()
        .position(|&byte| CLASSES[usize::from(byte)] & (SPACE | DELIMITER) != 0);
    (
        length.map_or(bytes.len(), |length| at + length),
        Kind::Plain,
    )
}

/// White space of JSON.
const SPACE: u8 = 1;
/// What ends a word, beside white space.
const DELIMITER: u8 = 2;
/// What a number is written with.
const NUMBER: u8 = 4;

/// The classes of each byte.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\n' | b'\t' | b'\r' => SPACE,
            b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"' => DELIMITER,
            b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E' => NUMBER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The first place from `at` on whose byte is not of this class.
#[inline]
fn skip(bytes: &[u8], mut at: usize, class: u8) -> usize {
    while let Some(&byte) = bytes.get(at)
        && CLASSES[usize::from(byte)] & class != 0
    {
        at += 1;
    }
    at
}

/// End of the string that begins at `start`, closing quote included; the end of the text if it is
/// never closed.
#[inline]
fn string_end(bytes: &[u8], start: usize) -> usize {
    // Most strings in logs are short: eight bytes in a register are quicker than starting a
    // vector search.
    const SHORT: usize = 64;
    let mut at = start + 1;
    let short = at + SHORT;
    while at < short
        && let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk)
    {
        let eight = u64::from_le_bytes(*eight);
        let found = zero_bytes(eight ^ repeated(b'"')) | zero_bytes(eight ^ repeated(b'\\'));
        if found == 0 {
            at += 8;
            continue;
        }
        at += found.trailing_zeros() as usize / 8;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    while let Some(rest) = bytes.get(at..)
        && let Some(n) = memchr2(b'"', b'\\', rest)
    {
        if rest[n] == b'"' {
            return at + n + 1;
        }
        at += n + 2;
    }
    bytes.len()
}

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte that is zero; only the lowest of them is certain (Mycroft).
const fn zero_bytes(eight: u64) -> u64 {
    eight.wrapping_sub(repeated(1)) & !eight & repeated(0x80)
}

/// The text with every member and element on a line of its own, indented by two spaces a level.
///
/// Only white space changes. `None` when the result would be longer than `limit` bytes.
pub fn pretty(text: &str, limit: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len().saturating_mul(2).min(limit));
    let mut depth: usize = 0;
    let mut previous = "";
    for token in tokens(text) {
        let piece = &text[token.range];
        let opened = matches!(previous, "{" | "[");
        let closes = token.kind == Kind::Punctuation && matches!(piece, "}" | "]");
        if closes {
            depth = depth.saturating_sub(1);
        }
        if closes && !opened || opened && !closes || previous == "," {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        } else if !previous.is_empty() && !closes && piece != "," && piece != ":" {
            out.push(' ');
        }
        out.push_str(piece);
        if out.len() > limit {
            return None;
        }
        let punctuation = token.kind == Kind::Punctuation;
        if punctuation && matches!(piece, "{" | "[") {
            depth += 1;
        }
        previous = if punctuation { piece } else { "value" };
    }
    Some(out)
}

/// A JSON text without white space between its tokens, so that it stands on one line. Every token
/// stays as it is written.
pub fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(tokens(text).map(|token| &text[token.range]));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        tokens(text)
            .map(|token| (&text[token.range], token.kind))
            .collect()
    }

    #[test]
    fn tells_keys_from_values() {
        assert_eq!(
            kinds(r#"{"a" : "b\"c", "n":-1.5e3,"t":true,"z":null}"#),
            [
                ("{", Kind::Punctuation),
                ("\"a\"", Kind::Key),
                (":", Kind::Punctuation),
                (r#""b\"c""#, Kind::String),
                (",", Kind::Punctuation),
                ("\"n\"", Kind::Key),
                (":", Kind::Punctuation),
                ("-1.5e3", Kind::Number),
                (",", Kind::Punctuation),
                ("\"t\"", Kind::Key),
                (":", Kind::Punctuation),
                ("true", Kind::Bool),
                (",", Kind::Punctuation),
                ("\"z\"", Kind::Key),
                (":", Kind::Punctuation),
                ("null", Kind::Null),
                ("}", Kind::Punctuation),
            ]
        );
    }

    #[test]
    fn text_around_json_is_plain() {
        assert_eq!(
            kinds("INFO got {\"a\":1} in 3 ms"),
            [
                ("INFO got ", Kind::Plain),
                ("{", Kind::Punctuation),
                ("\"a\"", Kind::Key),
                (":", Kind::Punctuation),
                ("1", Kind::Number),
                ("}", Kind::Punctuation),
                ("in 3 ms", Kind::Plain),
            ]
        );
        assert_eq!(kinds("2026 was a year"), [("2026 was a year", Kind::Plain)]);
        assert_eq!(kinds(" null\n"), [("null", Kind::Null)]);
        assert_eq!(kinds("\"ok\""), [("\"ok\"", Kind::String)]);
    }

    #[test]
    fn cut_off_json_is_still_told_apart() {
        assert_eq!(
            kinds(r#"{"a":"unfin"#).last(),
            Some(&("\"unfin", Kind::String))
        );
        assert_eq!(kinds(r#"{"a\"#).last(), Some(&("\"a\\", Kind::String)));
        assert_eq!(kinds("{nul").last(), Some(&("nul", Kind::Plain)));
    }

    #[test]
    fn pretty_keeps_digits_order_and_duplicates() {
        let text = r#"{"b":1.10000000000000000001,"a":[],"b":{"x":[1,2]},"e":{}}"#;
        let expected = "{\n  \"b\": 1.10000000000000000001,\n  \"a\": [],\n  \"b\": {\n    \"x\": [\n      1,\n      2\n    ]\n  },\n  \"e\": {}\n}";
        assert_eq!(pretty(text, 1_000).as_deref(), Some(expected));
        assert_eq!(pretty(text, 20), None);
    }

    #[test]
    fn an_error_has_a_place() {
        let fault = error_position("{\n  \"a\": 1,\n}").expect("a trailing comma is an error");
        assert_eq!((fault.line, fault.column), (2, 9));
        assert_eq!(fault.message, "a trailing comma: JSON has none before }");
        assert_eq!(error_position("").map(|fault| fault.line), Some(1));
        assert_eq!(error_position("{\"a\":1e999}"), None);
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_covered_in_order(text in prop_oneof![any::<String>(), "[\\[\\]{}:,\"\\\\ a-f0-9é\n]{0,40}"]) {
            let mut at = 0;
            for token in tokens(&text) {
                prop_assert!(token.range.start >= at && token.range.end > token.range.start);
                prop_assert!(text[at..token.range.start].trim().is_empty());
                prop_assert!(text.is_char_boundary(token.range.end));
                at = token.range.end;
            }
            prop_assert!(text[at..].trim_matches([' ', '\n', '\t', '\r']).is_empty());
            let _ = pretty(&text, 10_000);
        }

        #[test]
        fn pretty_changes_white_space_only(value in value()) {
            let text = value.to_string();
            let laid_out = pretty(&text, usize::MAX).expect("no limit");
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&laid_out).expect("still JSON"), value);
            prop_assert_eq!(pretty(&laid_out, usize::MAX), Some(laid_out.clone()));
        }
    }
}
