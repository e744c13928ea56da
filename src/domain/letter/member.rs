//! The members of a JSON object as pieces of its text: what is embedded in a letter is handed on
//! byte for byte, never read and written again.

use crate::domain::json::{self, Kind};

/// Deeper than this no text is read into a value: readers and writers of values recurse.
pub(in crate::domain) const DEEPEST: usize = 128;

/// The top-level members of a JSON object, in their order, keys decoded, values as they stand in
/// the text. None if the text is not one valid JSON object.
pub(in crate::domain) fn members(text: &str) -> Option<Vec<(String, &str)>> {
    (is_object(text) && is_json(text)).then(|| members_of(text))
}

/// Whether a JSON text is an object.
pub(in crate::domain) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// The same of a text that is known to be a JSON object.
pub(in crate::domain) fn members_of(text: &str) -> Vec<(String, &str)> {
    let children = children(text).into_iter();
    children
        .filter_map(|(key, value)| Some((shown(key?), value)))
        .collect()
}

/// The elements of a JSON array, as they stand in the text. None if the text is not one valid JSON
/// array.
pub(in crate::domain) fn items(text: &str) -> Option<Vec<&str>> {
    let is_array = text.trim_ascii_start().starts_with('[');
    (is_array && is_json(text)).then(|| elements_of(text))
}

/// The elements of a text that is known to be a JSON array, as they stand in it.
pub(in crate::domain) fn elements_of(text: &str) -> Vec<&str> {
    children(text).into_iter().map(|(_, value)| value).collect()
}

/// What is one level inside a JSON text: in an object with its key, quotes included.
fn children(text: &str) -> Vec<(Option<&str>, &str)> {
    let mut children = Vec::new();
    let mut key = None;
    let mut start = None;
    let mut depth = 0_usize;
    for token in json::tokens(text) {
        let piece = &text[token.range.clone()];
        let opens = token.kind == Kind::Punctuation && matches!(piece, "{" | "[");
        let closes = token.kind == Kind::Punctuation && matches!(piece, "}" | "]");
        if closes {
            depth = depth.saturating_sub(1);
        }
        match (depth, token.kind) {
            (1, Kind::Key) => key = Some(piece),
            (1, Kind::Punctuation) if piece == ":" || piece == "," => {}
            (1, _) => {
                let from = start.take().unwrap_or(token.range.start);
                if opens {
                    start = Some(from);
                } else {
                    children.push((key.take(), &text[from..token.range.end]));
                }
            }
            _ => {}
        }
        if opens {
            depth += 1;
        }
    }
    children
}

/// The value of a member; the last one where a key stands twice, as every parser takes it.
pub(in crate::domain) fn get<'a>(members: &[(String, &'a str)], key: &str) -> Option<&'a str> {
    members
        .iter()
        .rev()
        .find_map(|(name, value)| (name == key).then_some(*value))
}

/// A JSON string, decoded. None where it holds half of a surrogate pair, which no text can.
pub(in crate::domain) fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

/// A JSON string, decoded to be shown or compared: for half of a surrogate pair stands U+FFFD.
pub(in crate::domain) fn shown(text: &str) -> String {
    string(text).unwrap_or_else(|| {
        let mut units: Vec<u16> = Vec::with_capacity(text.len());
        let mut rest = text.get(1..text.len() - 1).unwrap_or_default();
        while let Some(at) = rest.find('\\') {
            units.extend(rest[..at].encode_utf16());
            let escape = &rest[at..];
            let code = escape.get(2..6).filter(|_| escape[1..].starts_with('u'));
            if let Some(unit) = code.and_then(|code| u16::from_str_radix(code, 16).ok()) {
                units.push(unit);
                rest = &escape[6..];
            } else {
                // The two characters of any other escape mean one.
                let end = escape.len().min(2);
                let end = escape.ceil_char_boundary(end);
                let one = string(&format!("\"{}\"", &escape[..end]));
                units.extend(one.unwrap_or_default().encode_utf16());
                rest = &escape[end..];
            }
        }
        units.extend(rest.encode_utf16());
        String::from_utf16_lossy(&units)
    })
}

/// A scalar as text, to be shown: a string decoded, a number as written. Not null, not a structure.
pub(in crate::domain) fn scalar(text: &str) -> Option<String> {
    match text.as_bytes().first()? {
        b'"' => Some(shown(text)),
        b'{' | b'[' | b'n' => None,
        _ => Some(text.to_owned()),
    }
}

/// Whether Lambda takes this as an event.
pub(in crate::domain) fn is_json(text: &str) -> bool {
    json::error_position(text).is_none()
}

/// Whether the text is nested no deeper than is safe to read into a value.
pub(in crate::domain) fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    json::tokens(text).all(|token| {
        if token.kind == Kind::Punctuation {
            match text.as_bytes()[token.range.start] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        depth <= DEEPEST
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_pieces_of_the_text() {
        let text = r#" {"a" : 1.0,"b":{"a":[1,{"x":2}]} , "c":"d\"e","\u0064":[ ],"e":null} "#;
        let found = members(text).expect("an object");
        let pieces: Vec<(&str, &str)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), *value))
            .collect();
        assert_eq!(
            pieces,
            [
                ("a", "1.0"),
                ("b", r#"{"a":[1,{"x":2}]}"#),
                ("c", r#""d\"e""#),
                ("d", "[ ]"),
                ("e", "null"),
            ]
        );
        assert_eq!(members("[1]"), None);
        assert_eq!(members("{\"a\":1} {"), None);
        assert_eq!(members("{}"), Some(Vec::new()));
    }

    #[test]
    fn items_are_pieces_of_the_text() {
        assert_eq!(
            items(r#" [1.0 ,{"a":[1,2]}, "x,]", [ ],null ] "#),
            Some(vec!["1.0", r#"{"a":[1,2]}"#, r#""x,]""#, "[ ]", "null"])
        );
        assert_eq!(items("[]"), Some(Vec::new()));
        let none = [items("{}"), items("[1"), items("[1] 2")];
        assert_eq!(none, [None, None, None]);
    }

    #[test]
    fn a_key_that_stands_twice_is_its_last() {
        let found = members(r#"{"a":1,"a":2}"#).expect("an object");
        assert_eq!(get(&found, "a"), Some("2"));
    }

    #[test]
    fn half_a_surrogate_pair_is_shown_and_hides_nothing_else() {
        let text = r#"{"cut \ud83d":"a\n\ud83d\ude00é\udc00\"","n":7}"#;
        let found = members(text).expect("an object");
        assert_eq!(found[0].0, "cut \u{fffd}");
        assert_eq!(scalar(found[0].1).as_deref(), Some("a\n😀é\u{fffd}\""));
        assert_eq!(string(found[0].1), None, "no text is the same");
        assert_eq!(get(&found, "n"), Some("7"));
    }

    #[test]
    fn elements_are_pieces_of_the_text() {
        let text = "[1.0, [2,[3]] ,{\"a\":[4]},\"]\",[ ]]";
        let expected = ["1.0", "[2,[3]]", "{\"a\":[4]}", "\"]\"", "[ ]"];
        assert_eq!(elements_of(text), expected);
        assert_eq!(elements_of(" [ ] "), [] as [&str; 0]);
    }

    #[test]
    fn depth_is_counted_outside_strings() {
        assert!(is_shallow(&format!("\"{}\"", "[".repeat(1_000))));
        assert!(!is_shallow(&"[".repeat(1_000)));
    }

    proptest! {
        #[test]
        fn each_member_is_what_serde_reads(
            object in prop::collection::btree_map(".{0,6}", prop_oneof![
                any::<i64>().prop_map(serde_json::Value::from),
                ".{0,8}".prop_map(serde_json::Value::from),
                Just(serde_json::json!({"a": [1, {"b": "]}"}]})),
                Just(serde_json::json!([])),
            ], 0..6)
        ) {
            let value = serde_json::Value::Object(object.into_iter().collect());
            let text = value.to_string();
            let found = members(&text).expect("an object");
            let expected = value.as_object().expect("an object");
            prop_assert_eq!(found.len(), expected.len());
            for (key, piece) in &found {
                let read: serde_json::Value = serde_json::from_str(piece).expect("a value");
                prop_assert_eq!(Some(&read), expected.get(key));
            }
        }
    }
}
