//! Highlighted lines of payloads, responses and logs: what is visible of them, tokenised while
//! it is drawn, at most 4 KB of a line (`docs/architecture.md` §4.9).

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    domain::{
        document::{Class, LINE, Span},
        json::{self, Kind, Token},
        text,
    },
    theme::{Role, Theme},
};

/// How a line gets its colours.
#[derive(Clone, Copy)]
pub enum Highlight<'a> {
    /// A line inside a JSON document.
    Json,
    /// Pieces that were found out before.
    Spans(&'a [Span]),
    /// One role for the whole line.
    Role(Role),
}

/// Draws a line into the first row of `area`, from cell `left` of the line on; a `…` says that
/// it goes on.
pub fn put_line(
    buf: &mut Buffer,
    area: Rect,
    left: usize,
    line: &str,
    highlight: Highlight<'_>,
    theme: &Theme,
) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let line = &line[..line.floor_char_boundary(LINE)];
    let mut pen = Pen {
        buf,
        area,
        x: area.x,
        skip: left,
        is_full: false,
    };
    let text = theme.style(Role::Text);
    match highlight {
        Highlight::Role(role) => pen.put(&text::sanitise(line), theme.style(role)),
        Highlight::Json => {
            let clean = text::sanitise(line);
            let pieces = tokens_inside(&clean).map(|token| (token.range, role_of(token.kind)));
            put_pieces(&mut pen, &clean, pieces, theme, text);
        }
        Highlight::Spans(spans) => {
            let in_line = spans.iter().filter(|span| span.range.end <= line.len());
            let pieces = in_line.map(|span| (span.range.clone(), role_of_class(span.class)));
            put_pieces(&mut pen, line, pieces, theme, text);
        }
    }
    if pen.is_full {
        let last = area.right() - 1;
        // A wide character whose second half gives way must not stay.
        if last > area.x && text::width(buf[(last - 1, area.y)].symbol()) > 1 {
            buf[(last - 1, area.y)].set_symbol(" ");
        }
        buf.set_string(last, area.y, "…", theme.style(Role::Dim));
    }
}

fn put_pieces(
    pen: &mut Pen<'_>,
    line: &str,
    pieces: impl Iterator<Item = (Range<usize>, Role)>,
    theme: &Theme,
    between: Style,
) {
    let mut at = 0;
    for (range, role) in pieces {
        if pen.is_full {
            return;
        }
        pen.put(&text::sanitise(&line[at..range.start]), between);
        pen.put(&text::sanitise(&line[range.clone()]), theme.style(role));
        at = range.end;
    }
    pen.put(&text::sanitise(&line[at..]), between);
}

/// Writes from left to right, leaving out the first `skip` cells.
struct Pen<'a> {
    buf: &'a mut Buffer,
    area: Rect,
    x: u16,
    skip: usize,
    is_full: bool,
}

impl Pen<'_> {
    fn put(&mut self, clean: &str, style: Style) {
        if self.is_full || clean.is_empty() {
            return;
        }
        let clean = self.without_skipped(clean);
        let room = usize::from(self.area.right().saturating_sub(self.x));
        if room == 0 {
            self.is_full = !clean.is_empty();
            return;
        }
        self.is_full = text::fit(clean, room).len() < clean.len();
        self.x = self
            .buf
            .set_stringn(self.x, self.area.y, clean, room, style)
            .0;
    }

    fn without_skipped<'b>(&mut self, clean: &'b str) -> &'b str {
        let mut from = 0;
        for grapheme in clean.graphemes(true) {
            if self.skip == 0 {
                break;
            }
            self.skip = self.skip.saturating_sub(text::width(grapheme));
            from += grapheme.len();
        }
        &clean[from..]
    }
}

/// The tokens of a line that stands somewhere inside a JSON document.
pub fn tokens_inside(line: &str) -> impl Iterator<Item = Token> {
    // The tokenizer takes what stands outside any bracket for text; so enough of them are opened
    // in front that this line cannot close them all.
    let closers = memchr::memchr2_iter(b'}', b']', line.as_bytes()).count();
    let depth = closers + 1;
    let inside = "[".repeat(depth) + line;
    let tokens: Vec<Token> = json::tokens(&inside)
        .skip(depth)
        .map(|token| Token {
            range: token.range.start - depth..token.range.end - depth,
            kind: token.kind,
        })
        .collect();
    tokens.into_iter()
}

const fn role_of(kind: Kind) -> Role {
    match kind {
        Kind::Key => Role::JsonKey,
        Kind::String => Role::JsonString,
        Kind::Number => Role::JsonNumber,
        Kind::Bool => Role::JsonBool,
        Kind::Null => Role::JsonNull,
        Kind::Punctuation => Role::JsonPunct,
        Kind::Plain => Role::Text,
    }
}

const fn role_of_class(class: Class) -> Role {
    match class {
        Class::Comment => Role::Dim,
        Class::String => Role::JsonString,
        Class::Number => Role::JsonNumber,
        Class::Name => Role::JsonKey,
        Class::Keyword => Role::Accent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    fn drawn(line: &str, left: usize, highlight: Highlight<'_>) -> String {
        let area = Rect::new(0, 0, 12, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme::builtin("dark", Depth::Rgb);
        put_line(&mut buf, area, left, line, highlight, &theme);
        buf.content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn a_line_inside_a_document_is_told_apart() {
        let kinds = |line: &str| -> Vec<Kind> { tokens_inside(line).map(|t| t.kind).collect() };
        assert_eq!(
            kinds("  \"a\": 1,"),
            [
                Kind::Key,
                Kind::Punctuation,
                Kind::Number,
                Kind::Punctuation
            ]
        );
        assert_eq!(
            kinds("}}}]}, true"),
            [Kind::Punctuation; 6]
                .into_iter()
                .chain([Kind::Bool])
                .collect::<Vec<_>>()
        );
        assert_eq!(kinds("\"x\""), [Kind::String]);
    }

    #[test]
    fn a_line_is_panned_and_cut() {
        assert_eq!(drawn("\"abc\": 123", 0, Highlight::Json), "\"abc\": 123  ");
        assert_eq!(
            drawn("\"abc\": 1234567890", 0, Highlight::Json),
            "\"abc\": 1234…"
        );
        assert_eq!(
            drawn("\"abc\": 1234567890", 7, Highlight::Json),
            "1234567890  "
        );
        assert_eq!(
            drawn("日本語日本語日本語", 3, Highlight::Role(Role::Text)).trim_end(),
            "語 日 本 語 日  …"
        );
    }

    #[test]
    fn hostile_text_and_a_megabyte_do_no_harm() {
        assert_eq!(drawn("a\u{1b}[31mb", 0, Highlight::Json), "a␛[31mb     ");
        let long = "[1,".repeat(400_000);
        assert!(drawn(&long, 0, Highlight::Json).ends_with('…'));
    }
}
