//! The shape of a body: its top-level keys, read without building a value.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::member;

/// More keys than this are counted, not named.
const NAMED: usize = 12;
/// A longer key is cut.
const LONGEST: usize = 40;

/// The shape of a body in a few words: `{card,order}` (keys in alphabetical order, so that the
/// order of writing does not matter), `[…]`, `text`, `number`, …; what is not JSON is `not JSON`.
pub fn shape(body: &str) -> String {
    serde_json::from_str::<Shape>(body).map_or_else(|_| by_text(body), |shape| shape.0)
}

/// Of what a reader of values refuses: it may be JSON all the same (a key with half of a surrogate
/// pair, `1E400`).
fn by_text(body: &str) -> String {
    if !member::is_json(body) {
        return "not JSON".to_owned();
    }
    if member::is_object(body) {
        let members = member::members_of(body).into_iter();
        return of_keys(members.map(|(key, _)| Cow::Owned(key)).collect());
    }
    let is_text = body.trim_ascii_start().starts_with('"');
    if is_text { "text" } else { "number" }.to_owned()
}

/// The shape of an object with these keys.
fn of_keys(mut keys: Vec<Cow<'_, str>>) -> String {
    keys.sort_unstable();
    keys.dedup();
    let mut shape = String::from("{");
    for (at, key) in keys.iter().take(NAMED).enumerate() {
        if at > 0 {
            shape.push(',');
        }
        shape.extend(key.chars().take(LONGEST));
    }
    if keys.len() > NAMED {
        shape.push_str(&format!(",+{}", keys.len() - NAMED));
    }
    shape.push('}');
    shape
}

struct Shape(String);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Top).map(Self)
    }
}

/// A key; borrowed from the text where nothing in it is escaped.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut keys: Vec<Cow<'de, str>> = Vec::new();
        while let Some((Key(key), IgnoredAny)) = map.next_entry()? {
            keys.push(key);
        }
        Ok(of_keys(keys))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<String, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok("[…]".to_owned())
    }

    fn visit_str<E>(self, _: &str) -> Result<String, E> {
        Ok("text".to_owned())
    }

    fn visit_bool<E>(self, _: bool) -> Result<String, E> {
        Ok("bool".to_owned())
    }

    fn visit_i64<E>(self, _: i64) -> Result<String, E> {
        Ok("number".to_owned())
    }

    fn visit_u64<E>(self, _: u64) -> Result<String, E> {
        Ok("number".to_owned())
    }

    fn visit_f64<E>(self, _: f64) -> Result<String, E> {
        Ok("number".to_owned())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_the_set_of_keys() {
        for (body, expected) in [
            (r#"{"order":1,"card":{"a":[1]}}"#, "{card,order}"),
            (r#"{"card":1, "order" :"x"}"#, "{card,order}"),
            (r#"{"\u0061":1,"a":2}"#, "{a}"),
            ("{}", "{}"),
            ("[1,{\"a\":2}]", "[…]"),
            ("\"x\"", "text"),
            ("-1", "number"),
            ("1.5", "number"),
            ("null", "null"),
            ("true", "bool"),
            ("{\"a\":1", "not JSON"),
            ("", "not JSON"),
            ("{\"a\":1} x", "not JSON"),
            (r#"{"a":"\ud83d","b":1E400}"#, "{a,b}"),
            (r#"{"a\ud83d":1}"#, "{a\u{fffd}}"),
            (r#""\ud83d""#, "text"),
            ("1E400", "number"),
        ] {
            assert_eq!(shape(body), expected, "{body}");
        }
    }

    #[test]
    fn many_or_long_keys_are_cut() {
        let many: Vec<String> = (10..40).map(|key| format!("\"k{key}\":1")).collect();
        let many = shape(&format!("{{{}}}", many.join(",")));
        assert!(
            many.starts_with("{k10,k11,") && many.ends_with(",+18}"),
            "{many}"
        );
        let long = shape(&format!("{{\"{}\":1}}", "é".repeat(1_000)));
        assert_eq!(long.chars().count(), LONGEST + 2);
    }
}
