//! Why a text is not JSON, in words that name what stands there: a byte order mark, a comment, a
//! trailing comma, quotes of another kind. Parsers say of most of them "expected value".

use serde::de::IgnoredAny;

/// Where and why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What is wrong there, without the place.
    pub message: String,
}

/// Where and why a text is not one JSON value; `None` if it is one.
pub fn error_position(text: &str) -> Option<Fault> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    Some(fault(text, &error))
}

fn fault(text: &str, error: &serde_json::Error) -> Fault {
    let (line, column) = (error.line().max(1), error.column().max(1));
    let at = offset(text, line, column);
    if let Some((at, message)) = named(text, at) {
        let before = &text[..at];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        return Fault {
            line: before.matches('\n').count() + 1,
            column: at - start + 1,
            message,
        };
    }
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
    Fault {
        line,
        column,
        message,
    }
}

/// The end of the JSON value that a text begins with; what stands behind it is not looked at.
///
/// # Errors
/// Where and why it begins with none.
pub fn first_value(text: &str) -> Result<usize, Fault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(values.byte_offset()),
        Some(Err(error)) => Err(fault(text, &error)),
        None => Err(Fault {
            line: 1,
            column: 1,
            message: "there is no value".to_owned(),
        }),
    }
}

/// The byte at a line and a column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    text.floor_char_boundary((before + column - 1).min(text.len()))
}

/// What stands where a parser stopped, or before it, if it is known; and where that is.
fn named(text: &str, at: usize) -> Option<(usize, String)> {
    const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
    let told = |at: usize, message: &str| Some((at, message.to_owned()));
    if text.starts_with('\u{feff}') {
        return told(
            0,
            "it begins with a byte order mark (U+FEFF), which JSON must not have: save it as UTF-8 \
             without one",
        );
    }
    let (before, rest) = text.split_at(at);
    let before = before.trim_end_matches(BLANK);
    let first = rest.chars().next()?;
    if matches!(first, '}' | ']') && before.ends_with(',') {
        let message = format!("a trailing comma: JSON has none before {first}");
        return Some((before.len() - 1, message));
    }
    match first {
        '/' if rest.starts_with("//") || rest.starts_with("/*") => {
            told(at, "a comment: JSON has none")
        }
        '#' => told(at, "a comment: JSON has none"),
        '\'' => told(at, "a single quote: strings of JSON stand in double quotes"),
        '`' => told(at, "a backtick: strings of JSON stand in double quotes"),
        '\u{feff}' => told(at, "a byte order mark (U+FEFF) in the middle: take it out"),
        other if !other.is_ascii() && !other.is_alphanumeric() => Some((
            at,
            format!(
                "the character U+{:04X}, which stands for nothing in JSON",
                other as u32
            ),
        )),
        other if other.is_alphabetic() || other == '_' || other == '$' => {
            // A parser stops inside a word that begins as one it knows.
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
            let start = text[..at].trim_end_matches(is_word).len();
            let word = &text[start..];
            let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
            let word = &word[..end];
            let is_key = text[start + end..]
                .trim_start_matches(BLANK)
                .starts_with(':');
            let is_inside = !before.is_empty() && !before.ends_with(is_word);
            match word.trim_start_matches('-') {
                "NaN" | "Infinity" | "undefined" => {
                    Some((start, format!("{word}: JSON has no such value")))
                }
                "True" | "False" | "None" => {
                    let json = match word {
                        "None" => "null".to_owned(),
                        word => word.to_ascii_lowercase(),
                    };
                    Some((start, format!("{word}: in JSON it is {json}")))
                }
                _ if is_key && is_inside => told(
                    start,
                    "a name without quotes: JSON has double quotes around it",
                ),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_json_is_named_with_its_place() {
        for (text, line, column, why) in [
            ("\u{feff}{\"a\":1}\r\n", 1, 1, "byte order mark (U+FEFF)"),
            ("{\"a\":\u{feff}1}", 1, 6, "byte order mark"),
            ("{\n  // note\n  \"a\": 1\n}", 2, 3, "comment"),
            ("{\"a\": 1 /* one */}", 1, 9, "comment"),
            ("# note\n{}", 1, 1, "comment"),
            ("{} // note", 1, 4, "comment"),
            ("{\"a\": 1,\n}", 1, 8, "trailing comma"),
            ("[1, 2, ]", 1, 6, "trailing comma"),
            ("{\"a\": [1,],}", 1, 9, "trailing comma"),
            ("{'a': 1}", 1, 2, "single quote"),
            ("{\"a\": `x`}", 1, 7, "backtick"),
            ("{a: 1}", 1, 2, "without quotes"),
            ("{\"a\": 1, $b : 2}", 1, 10, "without quotes"),
            ("{\"a\": NaN}", 1, 7, "NaN"),
            ("[-Infinity]", 1, 2, "Infinity"),
            ("{\"a\": undefined}", 1, 7, "undefined"),
            ("{\"a\": True}", 1, 7, "true"),
            ("[None]", 1, 2, "null"),
            ("{\u{201c}a\u{201d}: 1}", 1, 2, "U+201C"),
            ("{\u{a0}\"a\": 1}", 1, 2, "U+00A0"),
            ("{\"a\": x}", 1, 7, "expected value"),
            ("{} {}", 1, 4, "trailing characters"),
        ] {
            let fault = error_position(text).expect(text);
            assert_eq!(
                (fault.line, fault.column),
                (line, column),
                "{text}: {fault:?}"
            );
            assert!(fault.message.contains(why), "{text}: {fault:?}");
        }
        for text in [
            "{\"//\":\"# 'a', }\"}",
            "[\"\u{feff}\"]",
            "[\"NaN\"]",
            " 1 ",
        ] {
            assert_eq!(error_position(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_fault_lies_inside_its_text(text in "[\\[\\]{}\",:/#'`\\-0-2a-fNn\\n\u{feff}\u{e9} ]{0,40}") {
            if let Some(fault) = error_position(&text) {
                let line = text.split('\n').nth(fault.line - 1);
                prop_assert!(line.is_some(), "{:?}", fault);
                prop_assert!((1..=line.unwrap_or_default().len() + 1).contains(&fault.column), "{:?}", fault);
            }
        }
    }
}
