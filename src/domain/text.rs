//! Text on its way to the terminal: hostile characters made visible and harmless, and lines cut
//! to a number of cells. It knows nothing of styles; what it returns is safe to draw as it is.
//!
//! Everything here works by grapheme and by terminal cell, and does not allocate for printable
//! ASCII that needs no cut.

use std::{borrow::Cow, fmt::Write as _};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

/// Cells between two tab stops.
const TAB: usize = 4;
/// More marks than this on one character say nothing, they only spill over other rows; terminals
/// keep no more either.
const MARKS: usize = 8;
/// No drawable cell needs more bytes of input than this; what goes beyond is cut unread.
const BYTES_PER_CELL: usize = 4 * (1 + MARKS);

/// The whole line with everything made visible that a terminal would obey or hide.
///
/// Escape, control, bidirectional and zero-width characters become one visible sign each, tabs
/// become spaces, stacks of combining marks are thinned.
pub fn sanitise(line: &str) -> Cow<'_, str> {
    if is_plain(line) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(replace_hostile(line))
}

/// The text without the sequences that set colours and weights (SGR, ECMA-48 8.3.117): a logger
/// wrote them for a terminal, and they say nothing.
pub fn without_colours(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut clean = String::new();
    let mut kept = 0;
    for at in memchr::memchr_iter(b'\x1b', bytes) {
        if at < kept || bytes.get(at + 1) != Some(&b'[') {
            continue;
        }
        let parameters = bytes[at + 2..]
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
            .count();
        let end = at + 2 + parameters;
        if bytes.get(end) == Some(&b'm') {
            clean.push_str(&text[kept..at]);
            kept = end + 1;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[kept..]);
    Cow::Owned(clean)
}

/// The lines of a text: they may be separated by `\n`, `\r\n`, by a bare `\r` as the clients of
/// Python and Node.js write it, or by U+2028 and U+2029.
pub fn lines(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((end, length)) = line_end(text) else {
            rest = None;
            return Some(text);
        };
        rest = Some(&text[end + length..]);
        Some(&text[..end])
    })
}

/// Where the first line of a text ends, and how many bytes its end takes.
pub fn line_end(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    // U+2028 and U+2029 begin with this byte, as much other punctuation does.
    memchr::memchr3_iter(b'\n', b'\r', 0xe2, bytes).find_map(|at| match &bytes[at..] {
        [b'\r', b'\n', ..] => Some((at, 2)),
        [b'\n' | b'\r', ..] => Some((at, 1)),
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => Some((at, 3)),
        _ => None,
    })
}

/// The beginning of the line, sanitised, that fits in `max_cells`; and whether anything is left.
///
/// The work is bounded by `max_cells`, not by the line: a line of a megabyte costs as much as a
/// short one.
pub fn sanitise_within(line: &str, max_cells: usize) -> (Cow<'_, str>, bool) {
    let limit = max_cells.saturating_mul(BYTES_PER_CELL).saturating_add(64);
    let head = &line[..line.floor_char_boundary(limit)];
    let clean = sanitise(head);
    let fitting = fit(&clean, max_cells).len();
    let more = head.len() < line.len() || fitting < clean.len();
    let clean = match clean {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..fitting]),
        Cow::Owned(mut text) => {
            text.truncate(fitting);
            Cow::Owned(text)
        }
    };
    (clean, more)
}

/// Cells that sanitised text takes.
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        text.len()
    } else {
        text.graphemes(true).map(UnicodeWidthStr::width).sum()
    }
}

/// The longest beginning of sanitised text, in whole graphemes, that fits in `cells`.
pub fn fit(text: &str, cells: usize) -> &str {
    let ascii = text.len().min(cells.saturating_add(1));
    if text.is_char_boundary(ascii) && is_plain(&text[..ascii]) {
        return &text[..ascii.min(cells)];
    }
    let mut used = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > cells {
            return &text[..start];
        }
    }
    text
}

/// Sanitised text in at most `cells`, its end replaced by `…` when it is longer.
pub fn truncate(text: &str, cells: usize) -> Cow<'_, str> {
    if fit(text, cells).len() == text.len() {
        return Cow::Borrowed(text);
    }
    match cells {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", fit(text, cells - 1))),
    }
}

/// Sanitised text in at most `cells`, its middle replaced by `…` when it is longer: names differ
/// at both ends (`payments-…-charge`).
pub fn truncate_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if cells < 3 || fit(text, cells).len() == text.len() {
        return truncate(text, cells);
    }
    let head = fit(text, cells / 2);
    let tail = fit_end(text, cells - 1 - width(head));
    Cow::Owned(format!("{head}…{tail}"))
}

/// The longest end of the text that fits in `cells`.
fn fit_end(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (start, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > cells {
            return &text[start + grapheme.len()..];
        }
    }
    text
}

/// Printable ASCII only: one byte is one cell, and nothing needs replacing.
fn is_plain(text: &str) -> bool {
    // Whole chunks without an early exit, so that the compiler can use vector instructions.
    text.as_bytes().chunks(64).all(|chunk| {
        chunk
            .iter()
            .fold(true, |ok, &byte| ok & (0x20..0x7f).contains(&byte))
    })
}

fn replace_hostile(line: &str) -> String {
    let mut clean = String::with_capacity(line.len() + 16);
    let mut measured = 0;
    let mut cells = 0;
    let mut marks = 0;
    for c in line.chars() {
        if is_mark(c) {
            marks += 1;
            if marks <= MARKS {
                clean.push(c);
            }
            continue;
        }
        marks = 0;
        match c {
            '\t' => {
                cells += width(&clean[measured..]);
                let gap = TAB - cells % TAB;
                clean.extend(std::iter::repeat_n(' ', gap));
                cells += gap;
                measured = clean.len();
            }
            '\x1b' => clean.push('␛'),
            '\x7f' => clean.push('␡'),
            '\0'..='\x1f' => clean.push(char::from_u32(0x2400 + c as u32).unwrap_or('·')),
            '\u{80}'..='\u{9f}' => clean.push(char::REPLACEMENT_CHARACTER),
            '\u{2028}' | '\u{2029}' => clean.push('␊'),
            _ if is_invisible(c) => clean.push('·'),
            _ => clean.push(c),
        }
    }
    clean
}

/// Characters that take no cell or change the order of others: bidirectional marks, overrides and
/// isolates, zero-width spaces and joiners, tags, fillers. (UAX #9, UAX #44 `Default_Ignorable`.)
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Marks drawn over the character before them, of whatever script; the variation selectors of
/// emoji count too.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !is_invisible(c) && c.width() == Some(0)
}

/// JSON in which nothing stands as it is that a terminal would obey or hide: it is escaped, which
/// every reader of JSON undoes. Only strings can hold such characters; ends of lines stay.
pub fn escape_json(line: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}');
    let is_safe = |c: char| c == '\n' || !c.is_control() && !is_hidden(c);
    if is_plain(line) || line.chars().all(is_safe) {
        return Cow::Borrowed(line);
    }
    let mut escaped = String::with_capacity(line.len() + 16);
    let mut units = [0; 2];
    for c in line.chars() {
        if is_safe(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_ascii_is_borrowed() {
        assert!(matches!(
            sanitise("START RequestId: 8f0c"),
            Cow::Borrowed(_)
        ));
        assert!(matches!(
            sanitise_within("abcdef", 3),
            (Cow::Borrowed("abc"), true)
        ));
        assert!(matches!(truncate("abc", 3), Cow::Borrowed("abc")));
    }

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        assert_eq!(sanitise("a\x1b[31mred\x1b[0m"), "a␛[31mred␛[0m");
        assert_eq!(sanitise("a\r\nb\x07\x7f"), "a␍␊b␇␡");
        assert_eq!(sanitise("\u{9b}31m"), "\u{fffd}31m");
        assert_eq!(sanitise("safe\u{202e}txt.exe"), "safe·txt.exe");
        assert_eq!(sanitise("a\u{200b}b\u{2066}c\u{feff}"), "a·b·c·");
    }

    #[test]
    fn colours_are_taken_away_and_nothing_else() {
        assert!(matches!(without_colours("plain"), Cow::Borrowed(_)));
        assert_eq!(
            without_colours("\x1b[2ma\x1b[0m \x1b[38;5;9mb\x1b[m"),
            "a b"
        );
        assert_eq!(without_colours("\x1b[1m"), "");
        for kept in ["\x1b[2J", "\x1b]0;x\x07", "\x1b", "\x1b[", "\x1b[31"] {
            assert_eq!(without_colours(kept), kept);
        }
        assert_eq!(without_colours("\x1b[\x1b[31mé"), "\x1b[é");
    }

    #[test]
    fn every_line_end_separates_lines() {
        let split = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(split("a\rb\r\nc\n\nd"), ["a", "b", "c", "", "d"]);
        assert_eq!(
            split("a\u{2028}b\u{2029}…é\u{2027}"),
            ["a", "b", "…é\u{2027}"]
        );
        assert_eq!((split(""), split("\r")), (vec![""], vec!["", ""]));
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(sanitise("a\tb\tcd\te"), "a   b   cd  e");
        assert_eq!(sanitise("日\tb"), "日  b");
    }

    #[test]
    fn stacks_of_marks_are_thinned_in_every_script() {
        // Latin, Hebrew, Arabic, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Thai, Lao,
        // Tibetan, Myanmar, Khmer, Mongolian, Balinese, symbols, halves.
        for mark in [
            '\u{301}',
            '\u{5b0}',
            '\u{64b}',
            '\u{94d}',
            '\u{9cd}',
            '\u{a4d}',
            '\u{acd}',
            '\u{bcd}',
            '\u{c4d}',
            '\u{e34}',
            '\u{eb4}',
            '\u{f71}',
            '\u{1039}',
            '\u{17d2}',
            '\u{18a9}',
            '\u{1b34}',
            '\u{20dd}',
            '\u{fe20}',
            '\u{1d165}',
            '\u{e0100}',
        ] {
            let zalgo = format!("e{}x", mark.to_string().repeat(400));
            let clean = sanitise(&zalgo);
            let marks = clean.chars().filter(|c| *c == mark).count();
            assert!(marks <= MARKS, "{mark:?}: {marks}");
        }
        assert_eq!(sanitise("e\u{34f}\u{34f}x"), "e··x");
    }

    #[test]
    fn json_keeps_its_meaning_and_obeys_nothing() {
        let hostile = "a\u{7f}\u{9b}31m\u{202e}\u{200b}\u{2028}\u{e0041}ä";
        let line = serde_json::json!({ "Message": hostile }).to_string();
        let escaped = escape_json(&line);
        assert!(escaped.is_ascii() || !escaped.chars().any(|c| c.is_control() || is_invisible(c)));
        assert!(
            escaped.contains("\\u009b31m") && escaped.contains("\\udb40\\udc41ä"),
            "{escaped}"
        );
        let back: serde_json::Value = serde_json::from_str(&escaped).expect("JSON");
        assert_eq!(back["Message"], hostile);
    }

    #[test]
    fn a_megabyte_is_cut_unread() {
        let line = "\u{301}".repeat(500_000);
        let (head, more) = sanitise_within(&line, 80);
        assert!(more && head.len() < 2_000);
        let line = "x".repeat(1 << 20);
        let (head, more) = sanitise_within(&line, 80);
        assert!(more && head.len() == 80);
    }

    #[test]
    fn cuts_respect_wide_characters() {
        assert_eq!(fit("日本語", 5), "日本");
        assert_eq!(truncate("日本語", 5), "日本…");
        assert_eq!(truncate("payments-charge", 8), "payment…");
        assert_eq!(truncate("abc", 0), "");
        assert_eq!(
            truncate_middle("payments-eu-west-1-charge", 17),
            "payments…1-charge"
        );
        assert_eq!(truncate_middle("payments", 8), "payments");
        assert_eq!(width("✖ 日本"), 6);
    }

    proptest! {
        #[test]
        fn nothing_hostile_and_nothing_too_wide_comes_out(line in any::<String>(), cells in 0_usize..40) {
            let (clean, more) = sanitise_within(&line, cells);
            prop_assert!(width(&clean) <= cells);
            prop_assert!(!clean.chars().any(|c| c.is_control() || is_invisible(c)));
            let whole = sanitise(&line);
            prop_assert!(whole.starts_with(clean.as_ref()));
            prop_assert_eq!(more, clean.len() < whole.len());
            prop_assert!(width(&truncate(&whole, cells)) <= cells);
            prop_assert!(width(&truncate_middle(&whole, cells)) <= cells);
        }
    }
}
