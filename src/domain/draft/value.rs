//! Values of settings. What is typed, or kept in a file, is parsed here once; from then on a number
//! is a number, in the draft, in the plan and in the call.

use std::collections::BTreeSet;

use crate::domain::{json, letter::member};

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing is set.
    Unset,
    /// A number.
    Number(u32),
    /// On or off.
    Switch(bool),
    /// Free text, a word, an ARN.
    Text(String),
    /// Several, in order.
    List(Vec<String>),
    /// A file system: its ARN and its mount path.
    Mount(String, String),
}

impl Value {
    /// A text; unset when it is empty.
    pub fn text_or_unset(text: &str) -> Self {
        if text.is_empty() {
            Self::Unset
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// A number, if there is one.
    pub fn number_or_unset(number: Option<u32>) -> Self {
        number.map_or(Self::Unset, Self::Number)
    }

    /// Several; unset when there are none.
    pub fn list_or_unset(list: Vec<String>) -> Self {
        if list.is_empty() {
            Self::Unset
        } else {
            Self::List(list)
        }
    }

    /// Whether nothing is set.
    pub const fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is this word.
    pub fn is(&self, word: &str) -> bool {
        self.text() == Some(word)
    }

    /// Whether it is switched on.
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::Switch(true))
    }

    /// Its entries; none when it is no list.
    pub fn list(&self) -> &[String] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// What a setting takes, and how its values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number between two, both included.
    Number(u32, u32),
    /// The words for off and on.
    Switch(&'static [&'static str; 2]),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// At most so many characters.
    Text(usize),
    /// At most so many, separated by commas.
    List(usize),
    /// The same, when AWS gives them in another order than it took.
    Set(usize),
    /// An ARN.
    Arn,
    /// ARN and mount path of a file system: `arn:…:/mnt/NAME`.
    Mount,
    /// A JSON array of at most so many characters: patterns of a filter.
    Patterns(usize),
}

/// What is on or off.
pub const ON_OFF: &[&str; 2] = &["off", "on"];

impl Kind {
    /// Reads what is typed or kept: the type only, no limits, which a value that AWS gave may
    /// exceed, and blanks count. Empty text is [`Value::Unset`].
    ///
    /// # Errors
    /// What is wrong, if there is more to say than what is allowed.
    pub fn read(self, text: &str) -> Result<Value, Option<String>> {
        if text.is_empty() {
            return Ok(Value::Unset);
        }
        match self {
            Self::Number(..) => text.parse().map(Value::Number).ok(),
            Self::Switch(words) => {
                let place = words
                    .iter()
                    .position(|word| word.eq_ignore_ascii_case(text));
                place.map(|place| Value::Switch(place == 1))
            }
            Self::Choice(words) => {
                let mut words = words.iter();
                let word = words.find(|word| word.eq_ignore_ascii_case(text));
                // AWS's words are open sets: a newer one is told apart by `allows`.
                Some(Value::Text(word.map_or(text, |word| word).to_owned()))
            }
            Self::Text(_) | Self::Arn => Some(Value::Text(text.to_owned())),
            Self::List(_) => Some(Value::List(entries(text))),
            Self::Set(_) => Some(Self::set(entries(text))),
            Self::Mount => mount(text),
            Self::Patterns(_) => return patterns(text).map_err(Some),
        }
        .ok_or(None)
    }

    /// The words of which it takes one.
    pub const fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Switch(words) => Some(words),
            Self::Choice(words) => Some(words),
            _ => None,
        }
    }

    /// Whether a value is within the limits. That there is none is the field's to allow.
    pub fn allows(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Unset) | (Self::Switch(_), Value::Switch(_)) => true,
            (Self::Number(low, high), Value::Number(number)) => (low..=high).contains(number),
            (Self::Choice(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Self::Text(most), Value::Text(text)) => text.chars().count() <= most,
            (Self::Arn, Value::Text(text)) => text.starts_with("arn:"),
            (Self::List(most) | Self::Set(most), Value::List(list)) => {
                list.len() <= most && list.iter().all(|entry| !entry.is_empty())
            }
            (Self::Mount, Value::Mount(arn, path)) => is_mount(arn, path),
            (Self::Patterns(most), Value::List(patterns)) => {
                patterns.iter().all(|pattern| member::is_object(pattern))
                    && self.write(value).chars().count() <= most
            }
            _ => false,
        }
    }

    /// The one form in which a value is shown and kept; empty when nothing is set.
    pub fn write(self, value: &Value) -> String {
        match value {
            Value::Unset => String::new(),
            Value::Number(number) => number.to_string(),
            Value::Switch(on) => {
                let words = match self {
                    Self::Switch(words) => words,
                    _ => ON_OFF,
                };
                words[usize::from(*on)].to_owned()
            }
            Value::Text(text) => text.clone(),
            Value::List(patterns) if matches!(self, Self::Patterns(_)) => {
                let patterns = patterns.iter().map(|pattern| as_json(pattern));
                format!("[{}]", patterns.collect::<Vec<_>>().join(","))
            }
            Value::List(list) => list.join(","),
            Value::Mount(arn, path) => format!("{arn}:{path}"),
        }
    }

    /// A list whose order says nothing, in one order.
    pub fn set(list: Vec<String>) -> Value {
        let set: BTreeSet<String> = list.into_iter().collect();
        Value::list_or_unset(set.into_iter().collect())
    }
}

fn entries(text: &str) -> Vec<String> {
    let entries = text.split(',').map(str::trim);
    entries.map(str::to_owned).collect()
}

fn mount(text: &str) -> Option<Value> {
    let (arn, path) = text.split_once(":/mnt/")?;
    Some(Value::Mount(arn.to_owned(), format!("/mnt/{path}")))
}

/// `/mnt/[a-zA-Z0-9-_.]+` (Lambda API, `FileSystemConfig`).
fn is_mount(arn: &str, path: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = path.strip_prefix("/mnt/").unwrap_or_default();
    arn.starts_with("arn:") && !name.is_empty() && name.chars().all(is_name)
}

/// The patterns of a JSON array, each without blanks. Numbers keep their digits: a filter that
/// compares them must stay the same.
fn patterns(text: &str) -> Result<Value, String> {
    if let Some(fault) = json::error_position(text) {
        return Err(format!(
            "takes a JSON array of patterns: {} at line {} column {}",
            fault.message, fault.line, fault.column
        ));
    }
    if !text.trim_ascii_start().starts_with('[') {
        return Err(r#"takes a JSON array of patterns: [{"body":{…}}]"#.to_owned());
    }
    let patterns = member::elements_of(text).into_iter();
    let patterns = patterns.map(|pattern| match member::string(pattern) {
        // One that AWS keeps and that is no JSON.
        Some(kept) if !member::is_json(&kept) => Ok(kept),
        _ if member::is_object(pattern) => Ok(json::compact(pattern)),
        _ => Err(format!("a pattern is a JSON object, not {pattern}")),
    });
    patterns.collect::<Result<_, _>>().map(Value::list_or_unset)
}

/// A pattern without blanks, as [`Value::List`] keeps it; one that is no JSON as it is.
pub(super) fn compact(pattern: &str) -> String {
    if member::is_json(pattern) {
        json::compact(pattern)
    } else {
        pattern.to_owned()
    }
}

/// A pattern as an element of a JSON array.
fn as_json(pattern: &str) -> String {
    if member::is_json(pattern) {
        pattern.to_owned()
    } else {
        serde_json::Value::from(pattern).to_string()
    }
}
