//! Takes out of a text what it repeats of a secret: a server's error that quotes the payload it
//! refused, or a value of the environment.

use std::collections::{HashMap, HashSet};

/// What stands for a masked value.
pub const MASK: &str = "••••••";
/// A secret that is shorter hides nothing and stays.
const SHORTEST: usize = 4;
/// So many bytes in a row of a longer secret are no chance.
const STRETCH: usize = 12;

/// The text without what it repeats of these secrets: each of them whole, and every stretch of
/// `STRETCH` bytes of one; as it is, or as it stands in JSON.
pub fn masked<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut hidden = vec![false; text.len()];
    let stretches = Stretches::of(text);
    for secret in secrets {
        if secret.chars().count() < SHORTEST {
            continue;
        }
        let quoted = serde_json::Value::from(secret).to_string();
        let escaped = &quoted[1..quoted.len() - 1];
        for form in [secret, escaped] {
            for (at, _) in text.match_indices(form) {
                hidden[at..at + form.len()].fill(true);
            }
            stretches.hide(form, &mut hidden);
        }
    }
    written(text, &hidden)
}

/// Every stretch of a text, and where it stands.
struct Stretches<'a>(HashMap<&'a [u8], Vec<usize>>);

impl<'a> Stretches<'a> {
    fn of(text: &'a str) -> Self {
        let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, stretch) in text.as_bytes().windows(STRETCH).enumerate() {
            places.entry(stretch).or_default().push(at);
        }
        Self(places)
    }

    fn hide(&self, secret: &str, hidden: &mut [bool]) {
        let mut seen = HashSet::new();
        for stretch in secret.as_bytes().windows(STRETCH) {
            if let Some((stretch, places)) = self.0.get_key_value(stretch)
                && seen.insert(*stretch)
            {
                for at in places {
                    hidden[*at..at + STRETCH].fill(true);
                }
            }
        }
    }
}

/// A character of which any byte is hidden is hidden; a row of them is one mask.
fn written(text: &str, hidden: &[bool]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut was_hidden = false;
    for (at, character) in text.char_indices() {
        let is_hidden = hidden[at..at + character.len_utf8()].contains(&true);
        match (is_hidden, was_hidden) {
            (false, _) => written.push(character),
            (true, false) => written.push_str(MASK),
            (true, true) => {}
        }
        was_hidden = is_hidden;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_whole_in_part_and_as_json() {
        let payload = "{\"card\": \"4242 4242 4242 4242\",\n \"ä\": 1}";
        for (text, expected) in [
            (
                "Could not parse {\"card\": \"4242 4242 at line 1",
                "Could not parse ••••••at line 1",
            ),
            (
                "got \"{\\\"card\\\": \\\"4242 4242 4242 4242\\\",\\n \\\"ä\\\": 1}\"",
                "got \"••••••\"",
            ),
            ("Function not found", "Function not found"),
            ("card", "card"),
        ] {
            assert_eq!(masked(text, [payload]), expected);
        }
        assert_eq!(
            masked("key hunter2, on", ["hunter2", "on"]),
            "key ••••••, on"
        );
    }

    #[test]
    fn a_large_payload_costs_one_pass_and_wide_characters_are_not_cut() {
        let payload = "äöüß".repeat(100_000);
        let text = format!("refused: x{}x", "üßäöüß".repeat(3));
        assert_eq!(masked(&text, [payload.as_str()]), "refused: x••••••x");
    }
}
