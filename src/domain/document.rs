//! A text of megabytes laid out once, so that any window of it can be drawn at once: JSON
//! indented, line starts indexed, lines of any length broken into pieces that can be drawn.
//!
//! Made off the loop; knows no styles. What a piece of a line means is told while it is drawn,
//! by [`tokens`](super::json::tokens) over at most [`LINE`] bytes, or was found out when the
//! document was made ([`Document::with_spans`]).

use std::{borrow::Cow, fmt, ops::Range};

use super::{json, secret::Secret, text};

/// Longest piece of a line in bytes.
pub const LINE: usize = 4096;
/// Longest text that laying out may produce: a response of 6 MB that is all brackets would
/// become gigabytes of white space.
const LAID_OUT: usize = 64 << 20;

/// What the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// One JSON value.
    Json,
    /// Anything else that is text.
    Plain,
    /// Bytes that are not UTF-8; shown with replacement characters.
    Binary,
}

/// What a piece of a highlighted text is, in words that every syntax shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A remark.
    Comment,
    /// A text.
    String,
    /// A number.
    Number,
    /// A name: a tag, an attribute, a key.
    Name,
    /// A word or a sign of the language.
    Keyword,
}

/// A highlighted piece: bytes within its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where in the line.
    pub range: Range<usize>,
    /// What it is.
    pub class: Class,
}

/// The text and where its lines begin.
#[derive(Clone, PartialEq)]
pub struct Document {
    text: Secret<String>,
    starts: Vec<u32>,
    syntax: Syntax,
    spans: Vec<Vec<Span>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Document({:?}, {} bytes, {} lines)",
            self.syntax,
            self.text.reveal().len(),
            self.len()
        )
    }
}

impl Document {
    /// Lays out the bytes of a body. Linear in their number: milliseconds for 6 MB.
    pub fn of(bytes: &[u8]) -> Self {
        let (text, is_text) = match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => (Cow::Borrowed(text), true),
            Cow::Owned(text) => (Cow::Owned(text), false),
        };
        let is_json = is_text && json::error_position(&text).is_none();
        let (text, syntax) = if is_json {
            let laid_out = json::pretty(&text, LAID_OUT);
            (laid_out.unwrap_or_else(|| text.into_owned()), Syntax::Json)
        } else if is_text {
            (text.into_owned(), Syntax::Plain)
        } else {
            (text.into_owned(), Syntax::Binary)
        };
        let starts = line_starts(&text);
        Self {
            text: Secret::new(text),
            starts,
            syntax,
            spans: Vec::new(),
        }
    }

    /// Adds the highlighted pieces of the first lines.
    #[must_use]
    pub fn with_spans(mut self, spans: Vec<Vec<Span>>) -> Self {
        self.spans = spans;
        self
    }

    /// What it is.
    pub const fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// How many lines, counting the pieces of long ones.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub const fn len(&self) -> usize {
        self.starts.len()
    }

    /// Bytes that it holds in memory, about.
    pub const fn size(&self) -> usize {
        self.text.reveal().len() + self.starts.len() * 4
    }

    /// The whole text as it was laid out.
    pub const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// A line without its end, at most [`LINE`] bytes.
    pub fn line(&self, number: usize) -> Option<&str> {
        let text = self.text.reveal();
        let start = *self.starts.get(number)? as usize;
        let end = self
            .starts
            .get(number + 1)
            .map_or(text.len(), |&next| next as usize);
        Some(text[start..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}']))
    }

    /// The highlighted pieces of a line, if the document was highlighted.
    pub fn spans(&self, number: usize) -> &[Span] {
        self.spans.get(number).map_or(&[], Vec::as_slice)
    }
}

/// Where lines begin; a line longer than [`LINE`] begins anew.
fn line_starts(text: &str) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut start = 0;
    while start < text.len() {
        starts.push(start as u32);
        let limit = text.floor_char_boundary(start + LINE);
        let (end, length) = match text::line_end(&text[start..limit]) {
            Some((end, length)) => (start + end, length),
            None => (limit, 0),
        };
        // The end of a line may lie across the limit, or right behind it.
        let behind = &text[end..text.floor_char_boundary(end + 3)];
        start = match text::line_end(behind) {
            Some((0, whole)) => end + whole,
            _ => end + length,
        };
    }
    starts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(document: &Document) -> Vec<&str> {
        (0..document.len())
            .filter_map(|number| document.line(number))
            .collect()
    }

    #[test]
    fn json_is_laid_out_and_everything_else_is_left_alone() {
        let json = Document::of(br#"{"a":[1,2]}"#);
        assert_eq!(json.syntax(), Syntax::Json);
        assert_eq!(
            lines(&json),
            ["{", "  \"a\": [", "    1,", "    2", "  ]", "}"]
        );
        let plain = Document::of(b"<a>\r\n b\n</a>\n");
        assert_eq!(plain.syntax(), Syntax::Plain);
        assert_eq!(lines(&plain), ["<a>", " b", "</a>"]);
        assert_eq!(Document::of(&[0xff, b'a']).syntax(), Syntax::Binary);
        assert_eq!(Document::of(b"").len(), 0);
    }

    #[test]
    fn the_debug_form_does_not_show_the_text() {
        let document = Document::of(b"\"hunter2\"");
        assert!(!format!("{document:?}").contains("hunter2"));
    }

    #[test]
    fn brackets_without_end_do_not_fill_the_memory() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        let document = Document::of(deep.as_bytes());
        assert!(document.size() < 2 << 20, "{}", document.size());
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_text_are_the_text(
            text in prop_oneof!["[a-zé\u{1f600}\u{2028}\r\n]{0,60}", "é{2047,2049}\nx", "a{4093,4098}(\r?\nb|\u{2028}b)?"]
        ) {
            let document = Document::of(text.as_bytes());
            let mut joined = String::new();
            for number in 0..document.len() {
                let line = document.line(number).expect("a line");
                prop_assert!(line.len() <= LINE);
                joined.push_str(line);
            }
            prop_assert_eq!(joined, text.replace(['\n', '\r', '\u{2028}'], ""));
        }
    }
}
