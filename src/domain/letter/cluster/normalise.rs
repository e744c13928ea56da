//! Errors without what differs from letter to letter.

/// Characters of a headline that count; the rest tells nothing new.
const LONGEST: usize = 300;
/// From here on a word of letters and digits is an id.
const LONG_ID: usize = 16;
/// A quoted name up to this stays: the key of a `KeyError` is what tells errors apart.
const LONGEST_NAME: usize = 32;

/// A headline with `#` for numbers, ids, times and quoted values: the first line, at most 300
/// characters.
pub fn normalise(headline: &str) -> String {
    let line = headline.trim().lines().next().unwrap_or_default();
    let end = line
        .char_indices()
        .nth(LONGEST)
        .map_or(line.len(), |(end, _)| end);
    let mut rest = &line[..end];
    let mut out = String::with_capacity(rest.len());
    let mut previous = ' ';
    while let Some(first) = rest.chars().next() {
        let piece = match first {
            '\'' | '"' | '`' if !previous.is_alphanumeric() => quoted(rest, first),
            _ if is_word(first) => Some(&rest[..word_end(rest)]),
            _ => None,
        };
        match piece {
            Some(piece) if is_word(first) => word(piece, &mut out),
            Some(piece) => {
                let value = &piece[1..piece.len() - 1];
                if is_name(value) {
                    out.push_str(piece);
                } else {
                    put(&mut out, '#');
                }
            }
            None if first.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            None => out.push(first),
        }
        let taken = piece.map_or(first.len_utf8(), str::len);
        previous = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    let text = out.trim();
    // A time and a request id in front, as in a timeout's line, tell nothing.
    let told = match text.strip_prefix("# # ") {
        Some(rest) => rest.trim_start_matches(['#', ' ']),
        None => text,
    };
    if told.is_empty() { text } else { told }.to_owned()
}

/// What may stand in an id, a number or a time.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '+' | '#')
}

/// The end of the word at the front, without the punctuation behind it.
fn word_end(text: &str) -> usize {
    let end = text
        .find(|character| !is_word(character))
        .unwrap_or(text.len());
    let trimmed = text[..end].trim_end_matches(['.', ':', '-', '+']).len();
    trimmed.max(1)
}

/// A quoted value with its quotes, if it is closed and not empty.
fn quoted(text: &str, quote: char) -> Option<&str> {
    let end = 1 + text[1..].find(quote)?;
    let after = text[end + 1..].chars().next();
    (end > 1 && !after.is_some_and(char::is_alphanumeric)).then(|| &text[..=end])
}

/// Whether a quoted value is the name of something in the code rather than a value.
fn is_name(value: &str) -> bool {
    value.len() <= LONGEST_NAME
        && value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// Writes a word: as `#` if it is an id, a number or a time, else with `#` for its numbers.
fn word(word: &str, out: &mut String) {
    let bytes = word.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        out.push_str(word);
        return;
    }
    let letters = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let is_hex = word.len() >= 8
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let is_long = word.len() >= LONG_ID && digits * 4 >= letters && letters > 0;
    let is_figure = bytes[0].is_ascii_digit()
        && (letters <= 2 || word.starts_with("0x") || word.contains('T') && word.contains(':'));
    if is_hex || is_long || is_figure || letters == 0 {
        put(out, '#');
        return;
    }
    let mut at = 0;
    while at < bytes.len() {
        let end = at
            + bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        if end == at {
            out.push(bytes[at].into());
            at += 1;
            continue;
        }
        // `S3`, `HTTP2`, `sha256` are names; `o-8812` and `user482910` are not.
        let after_letter = at > 0 && bytes[at - 1].is_ascii_alphabetic();
        if after_letter && end - at <= 3 {
            out.push_str(&word[at..end]);
        } else {
            put(out, '#');
        }
        at = end;
    }
}

/// One `#` stands for any number of them.
fn put(out: &mut String, mark: char) {
    if !out.ends_with(mark) {
        out.push(mark);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_is_left_out() {
        for (headline, expected) in [
            (
                "CardDeclined: card declined for o-8812",
                "CardDeclined: card declined for o-#",
            ),
            (
                "2026-11-20T02:28:41.000Z 8f0c1f7a-93a4-4b1e-8a0e-0d5ffb7be1d2 Task timed out after 3.00 seconds",
                "Task timed out after # seconds",
            ),
            ("KeyError: 'amount'", "KeyError: 'amount'"),
            ("no such user 'jane.doe@example.com'", "no such user #"),
            ("no such user \"Jane Doe\", sorry", "no such user #, sorry"),
            (
                "can't reach 10.0.0.12:5432, won't try",
                "can't reach #, won't try",
            ),
            (
                "S3Exception: key a/b12/c missing",
                "S3Exception: key a/b12/c missing",
            ),
            ("user482910 not found", "user# not found"),
            ("at 0x7ffee4 in frame", "at # in frame"),
            ("deadbeef01 is gone", "# is gone"),
            ("id 01HF8Z3K9Q2W7X5V4T6R8P0N1M", "id #"),
            ("took 30s, 12 ms or 1e9", "took #, # ms or #"),
            ("order: 17.", "order: #."),
            ("first\nsecond", "first"),
            ("  spaced   out ", "spaced out"),
            ("12345", "#"),
            ("", ""),
        ] {
            assert_eq!(normalise(headline), expected, "{headline}");
        }
    }

    #[test]
    fn a_megabyte_is_cut() {
        assert!(normalise(&"é ".repeat(1 << 19)).chars().count() <= LONGEST);
    }

    proptest! {
        #[test]
        fn any_text_is_one_short_line(headline in prop_oneof![any::<String>(), "[a-zA-Z0-9 '\"#:.-]{0,60}"]) {
            let normal = normalise(&headline);
            prop_assert!(normal.lines().count() <= 1 && normal.chars().count() <= LONGEST);
            prop_assert_eq!(normal.is_empty(), headline.trim().is_empty());
        }

        #[test]
        fn figures_do_not_tell_letters_apart(a in any::<u64>(), b in any::<u64>()) {
            prop_assert_eq!(normalise(&format!("no order {a} here")), normalise(&format!("no order {b} here")));
        }
    }
}
