//! Saved events: a payload as plain JSON, and beside it what is not payload.
//!
//! `<name>.json` is sent byte for byte and never reformatted, so that `aws` and `sam` can use the
//! same file; `<name>.toml` holds the [`EventSettings`] and exists only when they say something.
//! Pure: reading and writing the files is the runtime's.

pub mod name;
pub mod settings;
mod stored;
pub mod template;

use std::{fmt, path::PathBuf};

pub use self::{
    settings::EventSettings,
    stored::{ListedEvent, Overwrite, Stamp, StoredEvent},
};
use super::{invocation::InvocationType, json, secret::Secret};

/// Where an event is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In the project's directory, shared with whoever shares the project.
    Project,
    /// In the user's data directory.
    Private,
}

impl Origin {
    /// The word on screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Private => "private",
        }
    }
}

/// Names one event of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The file name without `.json`.
    pub name: String,
    /// Which of the two places.
    pub origin: Origin,
}

impl EventId {
    /// An event in the project's directory.
    pub fn project(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            origin: Origin::Project,
        }
    }

    /// An event in the user's data directory.
    pub fn private(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            origin: Origin::Private,
        }
    }
}

/// One saved event.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedEvent {
    /// Its name and place.
    pub id: EventId,
    /// The payload's file.
    pub path: PathBuf,
    /// The payload, exactly as it is saved and sent.
    pub payload: Secret<String>,
    /// What is not payload.
    pub settings: EventSettings,
}

/// Why a payload cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayloadError {
    /// Not a JSON document.
    Json(JsonError),
    /// Larger than this kind of invoke takes.
    TooLarge {
        /// Bytes of the payload.
        size: usize,
        /// Bytes allowed (Lambda quotas).
        limit: usize,
        /// The kind of invoke.
        kind: InvocationType,
    },
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::TooLarge { size, limit, kind } => write!(
                f,
                "the payload has {size} bytes, a {} invoke takes {limit}",
                kind.title()
            ),
        }
    }
}

impl std::error::Error for PayloadError {}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
        } = self;
        write!(f, "not JSON at line {line}, column {column}: {message}")
    }
}

impl std::error::Error for JsonError {}

/// Whether `text` is one JSON document. Takes time linear in its length.
pub fn check_json(text: &str) -> Result<(), JsonError> {
    if text.trim().is_empty() {
        return Err(JsonError {
            line: 1,
            column: 1,
            message: "the payload is empty; an event without content is {}".to_owned(),
        });
    }
    let Some(fault) = json::error_position(text) else {
        return Ok(());
    };
    let line = text.split('\n').nth(fault.line - 1).unwrap_or_default();
    let bytes_before = line.floor_char_boundary(fault.column - 1);
    Err(JsonError {
        line: fault.line,
        column: line[..bytes_before].chars().count() + 1,
        message: fault.message,
    })
}

/// Whether `payload` can be sent by an invoke of this kind.
pub fn check_payload(payload: &str, kind: InvocationType) -> Result<(), PayloadError> {
    let limit = kind.payload_limit();
    if payload.len() > limit {
        return Err(PayloadError::TooLarge {
            size: payload.len(),
            limit,
            kind,
        });
    }
    check_json(payload).map_err(PayloadError::Json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position(text: &str) -> (usize, usize) {
        let error = check_json(text).unwrap_err();
        (error.line, error.column)
    }

    #[test]
    fn the_position_of_a_fault_is_counted_in_characters() {
        assert_eq!(position("{\"a\": x}"), (1, 7));
        assert_eq!(position("{\n  \"é\": ééx\n}"), (2, 8));
        assert_eq!(position("{\r\n  \"é\": 1,\r\n}"), (2, 9), "of the comma");
        assert_eq!(position(""), (1, 1));
        assert_eq!(position(" \n"), (1, 1));
        assert_eq!(position("{} {}"), (1, 4));
        let error = check_json("{\"a\": x}").unwrap_err();
        assert_eq!(error.message, "expected value");
        let error = check_json("\u{feff}{\"a\":1}\r\n").unwrap_err().to_string();
        assert!(
            error.starts_with("not JSON at line 1, column 1: it begins with a byte order mark"),
            "{error}"
        );
    }

    #[test]
    fn json_of_any_depth_is_json() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(check_json(&deep), Ok(()));
        assert_eq!(check_json("3"), Ok(()));
    }

    #[test]
    fn the_limit_depends_on_the_kind_of_invoke() {
        let payload = format!("\"{}\"", "x".repeat(2_000_000));
        assert_eq!(
            check_payload(&payload, InvocationType::RequestResponse),
            Ok(())
        );
        let error = check_payload(&payload, InvocationType::Event).unwrap_err();
        assert!(error.to_string().contains("1048576"), "{error}");
        assert!(matches!(
            check_payload("{", InvocationType::DryRun),
            Err(PayloadError::Json(_))
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_json_or_has_a_position_inside_it(text in "[\\[\\]{}\",:0-9a-z\\n é]{0,40}") {
            if let Err(error) = check_json(&text) {
                let line = text.split('\n').nth(error.line - 1);
                prop_assert!(line.is_some() || text.ends_with('\n'), "{:?}", error);
                let length = line.unwrap_or_default().chars().count();
                prop_assert!((1..=length + 1).contains(&error.column), "{:?}", error);
            }
        }
    }
}
