//! The members of a JSON object as pieces of its text: what is embedded in a letter is handed on
//! byte for byte, never read and written again.

use crate::domain::json::{self, Kind};

/// Deeper than this no text is read into a value: readers and writers of values recurse.
const DEEPEST: usize = 128;

/// The top-level members of a JSON object, in their order, keys decoded, values as they stand in
/// the text. None if the text is not one valid JSON object.
pub(in crate::domain) fn members(text: &str) -> Option<Vec<(String, &str)>> {
    if !text.trim_ascii_start().starts_with('{') || !is_json(text) {
        return None;
    }
    let mut members = Vec::new();
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
                } else if let Some(key) = key.take() {
                    members.push((string(key)?, &text[from..token.range.end]));
                }
            }
            _ => {}
        }
        if opens {
            depth += 1;
        }
    }
    Some(members)
}

/// The items of a JSON array as they stand in the text. None if the text is not one valid array.
pub(in crate::domain) fn items(text: &str) -> Option<Vec<&str>> {
    if !text.trim_ascii_start().starts_with('[') || !is_json(text) {
        return None;
    }
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_usize, None);
    for token in json::tokens(text) {
        let is_punctuation = token.kind == Kind::Punctuation;
        match &text[token.range.clone()] {
            "{" | "[" if is_punctuation => {
                if depth == 1 {
                    start = Some(token.range.start);
                }
                depth += 1;
            }
            "}" | "]" if is_punctuation => {
                depth -= 1;
                if depth == 1
                    && let Some(start) = start.take()
                {
                    items.push(&text[start..token.range.end]);
                }
            }
            _ if depth == 1 && !is_punctuation => items.push(&text[token.range]),
            _ => {}
        }
    }
    Some(items)
}

/// The value of a member; the last one where a key stands twice, as every parser takes it.
pub(in crate::domain) fn get<'a>(members: &[(String, &'a str)], key: &str) -> Option<&'a str> {
    members
        .iter()
        .rev()
        .find_map(|(name, value)| (name == key).then_some(*value))
}

/// A JSON string, decoded.
pub(in crate::domain) fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

/// A scalar as text: a string decoded, a number as written. Not null, not a structure.
pub(super) fn scalar(text: &str) -> Option<String> {
    match text.as_bytes().first()? {
        b'"' => string(text),
        b'{' | b'[' | b'n' => None,
        _ => Some(text.to_owned()),
    }
}

/// Whether Lambda takes this as an event.
pub(super) fn is_json(text: &str) -> bool {
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
        assert_eq!(
            (items("{}"), items("[1"), items("[1] 2")),
            (None, None, None)
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_its_last() {
        let found = members(r#"{"a":1,"a":2}"#).expect("an object");
        assert_eq!(get(&found, "a"), Some("2"));
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
