//! A line on its way to the cells: sanitised text, what each part of it means, and where it is
//! broken when it wraps.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::{
    domain::{
        json::{self, Kind},
        logbook::Matcher,
        text,
    },
    theme::Role,
};

/// No more of one line is looked at, in bytes (`docs/architecture.md` §4.9).
pub(super) const LINE_LIMIT: usize = 4096;

/// The beginning of a line that is looked at.
pub(super) fn head(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_LIMIT)]
}

/// One line, ready to be drawn.
#[derive(Debug, Default, Clone)]
pub(super) struct Inked {
    text: String,
    /// Ends of the parts and what they mean, ascending.
    parts: Vec<(usize, Role)>,
    matches: Vec<Range<usize>>,
    /// Where each row but the first begins, in bytes.
    breaks: Vec<usize>,
    is_ascii: bool,
}

impl Inked {
    /// Room for a line of so many bytes.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes.min(LINE_LIMIT) + 16),
            parts: Vec::with_capacity(32),
            ..Self::default()
        }
    }

    /// Adds untrusted text.
    pub(super) fn push(&mut self, piece: &str, role: Role) {
        self.push_clean(&text::sanitise(piece), role);
    }

    /// Adds text that is sanitised.
    fn push_clean(&mut self, clean: &str, role: Role) {
        if clean.is_empty() {
            return;
        }
        self.text.push_str(clean);
        match self.parts.last_mut() {
            Some((end, last)) if *last == role => *end = self.text.len(),
            _ => self.parts.push((self.text.len(), role)),
        }
    }

    /// Adds untrusted text; JSON in it is highlighted.
    pub(super) fn push_highlighted(&mut self, piece: &str, role: Role) {
        // The signs that replace hostile characters are no JSON, so the order does not matter to
        // the tokenizer, but ranges must be those of what is shown.
        let clean = text::sanitise(piece);
        let Some(start) = json_start(&clean) else {
            self.push_clean(&clean, role);
            return;
        };
        self.push_clean(&clean[..start], role);
        let mut at = start;
        for token in json::tokens(&clean[start..]) {
            let range = start + token.range.start..start + token.range.end;
            self.push_clean(&clean[at..range.start], role);
            self.push_clean(&clean[range.clone()], role_of(token.kind, role));
            at = range.end;
        }
        self.push_clean(&clean[at..], role);
    }

    /// Says how much of a cut line is not shown.
    pub(super) fn push_rest(&mut self, line: &str) {
        let rest = line.len().saturating_sub(head(line).len());
        if rest > 0 {
            let rest = crate::domain::age::bytes(rest as u64);
            self.push(&format!(" … {rest} more"), Role::Dim);
        }
    }

    /// Finds the matches, and the rows for lines of `wrap` cells.
    pub(super) fn finish(mut self, matcher: Option<&Matcher>, wrap: Option<usize>) -> Self {
        self.is_ascii = self.text.is_ascii();
        if let Some(matcher) = matcher {
            self.matches = matcher.ranges(&self.text).collect();
        }
        if let Some(cells) = wrap.filter(|&cells| cells > 0) {
            self.breaks = breaks(&self.text, self.is_ascii, cells);
        }
        self
    }

    /// The sanitised text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Rows it takes.
    pub(super) fn rows(&self) -> usize {
        self.breaks.len() + 1
    }

    /// The bytes of one row.
    pub(super) fn row(&self, row: usize) -> Range<usize> {
        let start = row
            .checked_sub(1)
            .and_then(|before| self.breaks.get(before).copied())
            .unwrap_or(0);
        let end = self.breaks.get(row).copied().unwrap_or(self.text.len());
        start..end
    }

    /// The row that holds this byte.
    pub(super) fn row_at(&self, byte: usize) -> usize {
        self.breaks.partition_point(|&start| start <= byte)
    }

    /// Whether a byte is a cell.
    pub(super) const fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Whether a match is in it.
    pub(super) fn has_match(&self) -> bool {
        !self.matches.is_empty()
    }

    /// The parts of a range of bytes, each of one meaning; matches are parts of their own.
    pub(super) fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Role)> {
        let mut at = range.start;
        let mut part = self.parts.partition_point(|&(end, _)| end <= at);
        let mut found = self.matches.partition_point(|found| found.end <= at);
        std::iter::from_fn(move || {
            let &(end, role) = self.parts.get(part).filter(|_| at < range.end)?;
            let mut end = end.min(range.end);
            let mut shown = role;
            if let Some(hit) = self.matches.get(found) {
                if hit.start <= at {
                    end = end.min(hit.end);
                    shown = Role::Match;
                } else {
                    end = end.min(hit.start);
                }
            }
            let piece = at..end;
            at = end;
            if self.parts[part].0 <= at {
                part += 1;
            }
            if self.matches.get(found).is_some_and(|hit| hit.end <= at) {
                found += 1;
            }
            Some((piece, shown))
        })
    }
}

/// What a token means on the screen; `plain` is what the text around JSON means.
pub(super) const fn role_of(kind: Kind, plain: Role) -> Role {
    match kind {
        Kind::Key => Role::JsonKey,
        Kind::String => Role::JsonString,
        Kind::Number => Role::JsonNumber,
        Kind::Bool => Role::JsonBool,
        Kind::Null => Role::JsonNull,
        Kind::Punctuation => Role::JsonPunct,
        Kind::Plain => plain,
    }
}

/// Where JSON begins in a line: brackets alone are common in text and mean nothing.
fn json_start(line: &str) -> Option<usize> {
    let trimmed = line.trim_start();
    let at = line.len() - trimmed.len();
    if trimmed.starts_with('{') || trimmed.starts_with("[{") || trimmed.starts_with("[\"") {
        return Some(at);
    }
    memchr::memmem::find(line.as_bytes(), b"{\"")
}

fn breaks(text: &str, is_ascii: bool, cells: usize) -> Vec<usize> {
    if is_ascii {
        return (cells..text.len()).step_by(cells).collect();
    }
    let mut breaks = Vec::new();
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let width = grapheme.width();
        if used + width > cells && used > 0 {
            breaks.push(at);
            used = 0;
        }
        used += width;
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(inked: &Inked) -> Vec<(&str, Role)> {
        inked
            .parts(0..inked.text().len())
            .map(|(range, role)| (&inked.text()[range], role))
            .collect()
    }

    #[test]
    fn json_in_a_line_is_coloured_and_the_text_around_it_is_not() {
        let mut inked = Inked::default();
        inked.push_highlighted("got [1] {\"a\": 12, \"b\":null}!", Role::Text);
        let inked = inked.finish(None, None);
        assert_eq!(
            parts(&inked),
            [
                ("got [1] ", Role::Text),
                ("{", Role::JsonPunct),
                ("\"a\"", Role::JsonKey),
                (":", Role::JsonPunct),
                (" ", Role::Text),
                ("12", Role::JsonNumber),
                (",", Role::JsonPunct),
                (" ", Role::Text),
                ("\"b\"", Role::JsonKey),
                (":", Role::JsonPunct),
                ("null", Role::JsonNull),
                ("}", Role::JsonPunct),
                ("!", Role::Text),
            ]
        );
    }

    #[test]
    fn a_match_is_a_part_of_its_own_across_others() {
        let mut inked = Inked::default();
        inked.push("abc", Role::Text);
        inked.push("def", Role::Dim);
        let matcher = Matcher::new("cd").expect("a pattern");
        let inked = inked.finish(Some(&matcher), None);
        assert_eq!(
            parts(&inked),
            [
                ("ab", Role::Text),
                ("c", Role::Match),
                ("d", Role::Match),
                ("ef", Role::Dim)
            ]
        );
    }

    #[test]
    fn rows_break_between_graphemes() {
        let mut inked = Inked::default();
        inked.push("ab注文cd", Role::Text);
        let inked = inked.finish(None, Some(3));
        let rows: Vec<&str> = (0..inked.rows())
            .map(|row| &inked.text()[inked.row(row)])
            .collect();
        assert_eq!(rows, ["ab", "注", "文c", "d"]);
        assert_eq!(inked.row_at(inked.text().find('文').expect("there")), 2);
    }

    #[test]
    fn of_a_long_line_the_rest_is_counted() {
        let line = "x".repeat(1 << 20);
        let mut inked = Inked::default();
        inked.push(head(&line), Role::Text);
        inked.push_rest(&line);
        assert!(inked.text().len() < LINE_LIMIT + 30);
        assert!(inked.text().ends_with("more"), "{}", &inked.text()[4090..]);
    }
}
