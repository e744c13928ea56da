//! An edit, from text to text, that damages nothing it does not touch.

use std::{collections::HashMap, fmt};

use jaq_core::{Exn, Filter, ValT as _};
use jaq_json::{Map, Num, Val, read, write};

use super::run::{Bounded, Stopped, run};
use crate::domain::{
    json::{self, Kind},
    letter::member::is_shallow,
};

/// A longer message of an expression's own error is cut.
const LONGEST_ERROR: usize = 200;

/// What an edit gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// The same value: the text stays as it is, byte for byte.
    Unchanged,
    /// Another value, compactly written.
    Changed(String),
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditError {
    /// The text is not JSON: where and why.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A string of the text holds half of a surrogate pair, which jq cannot hold.
    HalfPair {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1, where that string begins.
        column: usize,
    },
    /// The text is nested too deeply to be read into a value.
    TooDeep,
    /// An object of the text has a key twice: an edit would lose the first.
    DuplicateKey,
    /// A number of the text would not come back as it is written.
    Number(String),
    /// The expression failed; its own words, untrusted.
    Failed(String),
    /// It gave nothing.
    NoOutput,
    /// It gave more than one output.
    SeveralOutputs,
    /// It gave what JSON cannot hold (an infinite number, bytes, a key that is no string).
    NotJsonOutput,
    /// It did not come to an end within its limits.
    Endless,
    /// jaq failed.
    Broken,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson {
                line,
                column,
                message,
            } => write!(f, "the body is not JSON: {message} at {line}:{column}"),
            Self::HalfPair { line, column } => write!(
                f,
                "the text at {line}:{column} of the body holds half of a surrogate pair, which jq cannot read"
            ),
            Self::TooDeep => f.write_str("the body is nested too deeply for jq"),
            Self::DuplicateKey => f.write_str(
                "the body has the same key twice and jq keeps only one: edit it by hand",
            ),
            Self::Number(number) => {
                write!(f, "jq would change the number {number}: edit it by hand")
            }
            Self::Failed(message) => f.write_str(message),
            Self::NoOutput => {
                f.write_str("the expression gives nothing, and an edit needs one value")
            }
            Self::SeveralOutputs => {
                f.write_str("the expression gives several values, and an edit needs one")
            }
            Self::NotJsonOutput => f.write_str(
                "the expression gives what JSON cannot hold (an infinite number, bytes)",
            ),
            Self::Endless => f.write_str("the expression does not come to an end"),
            Self::Broken => f.write_str("jq could not be run"),
        }
    }
}

impl std::error::Error for EditError {}

type Outputs<'a, 'b> = &'a mut dyn Iterator<Item = Result<Val, Exn<'b, Val>>>;

pub(super) fn edit(filter: &Filter<Bounded>, body: &str) -> Result<Edited, EditError> {
    check(body)?;
    let one = |input: Val, outputs: Outputs<'_, '_>| {
        let output = outputs.next().ok_or(EditError::NoOutput)?.map_err(failed)?;
        match outputs.next() {
            None => {}
            Some(Ok(_)) => return Err(EditError::SeveralOutputs),
            Some(Err(error)) => return Err(failed(error)),
        }
        is_faithful(body, &input)?;
        if is_same(&input, &output) {
            return Ok(Edited::Unchanged);
        }
        text(&in_order(&output, &input)).map(Edited::Changed)
    };
    run(filter, body.len(), || value(body), one).unwrap_or_else(|stopped| Err(stopped.into()))
}

pub(super) fn is_true_of(filter: &Filter<Bounded>, body: &str) -> Result<bool, EditError> {
    check(body)?;
    let first = |_: Val, outputs: Outputs<'_, '_>| match outputs.next() {
        None => Ok(false),
        Some(Ok(output)) => Ok(output.as_bool()),
        Some(Err(error)) => Err(failed(error)),
    };
    run(filter, body.len(), || value(body), first).unwrap_or_else(|stopped| Err(stopped.into()))
}

impl From<Stopped> for EditError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Exhausted => Self::Endless,
            Stopped::Broken => Self::Broken,
        }
    }
}

/// jaq reads more than JSON, and as deep as the stack goes: only JSON of a sane depth is given.
fn check(body: &str) -> Result<(), EditError> {
    if let Some(fault) = json::error_position(body) {
        return Err(EditError::NotJson {
            line: fault.line,
            column: fault.column,
            message: fault.message,
        });
    }
    if !is_shallow(body) {
        return Err(EditError::TooDeep);
    }
    // The one thing that only a reader of values refuses.
    let may_hold_half_a_pair = body.contains("\\ud") || body.contains("\\uD");
    let half = may_hold_half_a_pair.then(|| {
        json::tokens(body)
            .filter(|token| matches!(token.kind, Kind::Key | Kind::String))
            .find(|token| serde_json::from_str::<String>(&body[token.range.clone()]).is_err())
    });
    if let Some(token) = half.flatten() {
        let ahead = &body[..token.range.start];
        return Err(EditError::HalfPair {
            line: ahead.matches('\n').count() + 1,
            column: ahead.len() - ahead.rfind('\n').map_or(0, |end| end + 1) + 1,
        });
    }
    Ok(())
}

/// Never fails on what was checked.
fn value(body: &str) -> Val {
    read::parse_single(body.as_bytes()).unwrap_or_default()
}

fn failed(error: Exn<'_, Val>) -> EditError {
    match error.get_err() {
        Ok(error) => EditError::Failed(error.to_string().chars().take(LONGEST_ERROR).collect()),
        Err(_) => EditError::Broken,
    }
}

/// Whether a value says all that its text says.
fn is_faithful(body: &str, value: &Val) -> Result<(), EditError> {
    let written = text(value)?;
    if json::tokens(body).count() != json::tokens(&written).count() {
        return Err(EditError::DuplicateKey);
    }
    json::tokens(body)
        .zip(json::tokens(&written))
        .filter(|(old, _)| old.kind == Kind::Number)
        .map(|(old, new)| (&body[old.range], &written[new.range]))
        .find(|(old, new)| old != new)
        .map_or(Ok(()), |(old, _)| Err(EditError::Number(old.to_owned())))
}

/// Whether two values are the same JSON: the order of members does not count, the digits of
/// numbers do.
fn is_same(left: &Val, right: &Val) -> bool {
    match (left, right) {
        (Val::Num(left), Val::Num(right)) => digits(left) == digits(right),
        (Val::Arr(left), Val::Arr(right)) => {
            left.len() == right.len() && left.iter().zip(&**right).all(|(l, r)| is_same(l, r))
        }
        (Val::Obj(left), Val::Obj(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| is_same(value, other)))
        }
        (Val::TStr(left), Val::TStr(right)) => left == right,
        (Val::BStr(_), _) | (_, Val::BStr(_)) => false,
        _ => left == right,
    }
}

fn digits(number: &Num) -> String {
    number.to_string()
}

/// The output with the members of each object in the order that the input has at the same place:
/// jaq puts the last in the place of a deleted one. New members come behind, in their own order.
fn in_order(output: &Val, input: &Val) -> Val {
    match (output, input) {
        (Val::Obj(output), Val::Obj(input)) => {
            let places: HashMap<&Val, usize> = input
                .keys()
                .enumerate()
                .map(|(at, key)| (key, at))
                .collect();
            let mut members: Vec<(&Val, &Val)> = output.iter().collect();
            members.sort_by_key(|(key, _)| places.get(key).copied().unwrap_or(usize::MAX));
            let members = members.into_iter().map(|(key, value)| {
                let value = input
                    .get(key)
                    .map_or_else(|| value.clone(), |old| in_order(value, old));
                (key.clone(), value)
            });
            Val::obj(members.collect::<Map>())
        }
        (Val::Arr(output), Val::Arr(input)) => output
            .iter()
            .enumerate()
            .map(|(at, value)| {
                input
                    .get(at)
                    .map_or_else(|| value.clone(), |old| in_order(value, old))
            })
            .collect(),
        _ => output.clone(),
    }
}

/// A value as JSON.
fn text(value: &Val) -> Result<String, EditError> {
    let mut bytes = Vec::new();
    write::write(&mut bytes, &write::Pp::default(), 0, value)
        .map_err(|_| EditError::NotJsonOutput)?;
    let text = String::from_utf8(bytes).map_err(|_| EditError::NotJsonOutput)?;
    if json::error_position(&text).is_some() {
        return Err(EditError::NotJsonOutput);
    }
    Ok(text)
}
