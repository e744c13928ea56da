//! The language of assignments: `memory=512 env.LOG_LEVEL=debug -env.OLD description=`.

use super::{Draft, Field, environment::check_name};
use crate::domain::secret::Secret;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("argument {}, character {}: {message}", .argument + 1, .at + 1)]
pub struct Malformed {
    /// Which assignment, counted from 0.
    pub argument: usize,
    /// Where in it, in characters from 0.
    pub at: usize,
    /// What, without the value of a variable.
    pub message: String,
}

/// Reads assignments, each its own text: values may hold blanks. `-NAME` unsets, as `NAME=` does
/// for a setting; `env.NAME=` is a variable with an empty value.
///
/// # Errors
/// The first that makes no sense, or that contradicts an earlier one.
pub fn parse<S: AsRef<str>>(assignments: &[S]) -> Result<Draft, Malformed> {
    let mut draft = Draft::default();
    for (argument, text) in assignments.iter().enumerate() {
        assign(&mut draft, text.as_ref()).map_err(|(at, message)| Malformed {
            argument,
            at,
            message,
        })?;
    }
    Ok(draft)
}

fn assign(draft: &mut Draft, text: &str) -> Result<(), (usize, String)> {
    let (name, value, begin) = if let Some(name) = text.strip_prefix('-') {
        (name, None, 1)
    } else if let Some((name, value)) = text.split_once('=') {
        (name, Some(value), 0)
    } else {
        let end = text.chars().count();
        return Err((end, "expected name=value, or -name to unset".to_owned()));
    };
    let is_new = if let Some(variable) = name.strip_prefix("env.") {
        check_name(variable).map_err(|rule| (begin + 4, rule))?;
        let value = value.map(|value| Secret::new(value.to_owned()));
        draft
            .environment
            .insert(variable.to_owned(), value)
            .is_none()
    } else {
        let field = Field::named(name).ok_or_else(|| (begin, unknown(name)))?;
        let at_value = if value.is_some() {
            name.chars().count() + 1
        } else {
            begin
        };
        let canonical = field
            .canonical(value.unwrap_or_default())
            .map_err(|message| (at_value, format!("{name} {message}")))?;
        draft.settings.insert(field, canonical).is_none()
    };
    if is_new {
        Ok(())
    } else {
        Err((begin, format!("{name} was said before")))
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
    format!(
        "there is no setting {name:?}; there are {} and env.NAME",
        names.join(", ")
    )
}
