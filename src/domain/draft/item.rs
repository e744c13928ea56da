//! What an edit touches, and its values before and after: the rows of a draft, of a review and of a
//! comparison.

use std::fmt;

use super::{Field, Kind, TriggerField, Value};
use crate::domain::secret::Secret;

/// What an edit touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A setting.
    Setting(Field),
    /// A variable of the environment.
    Variable(String),
    /// An alias.
    Alias(String),
    /// A field of a trigger, by UUID of its event source mapping.
    Trigger(String, TriggerField),
    /// Provisioned concurrency of a version or an alias.
    Provisioned(String),
    /// The URL of an alias or of [`LATEST`](super::LATEST).
    Url(String),
    /// A tag.
    Tag(String),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(field) => f.write_str(field.name()),
            Self::Variable(name) => write!(f, "env {name}"),
            Self::Alias(name) => write!(f, "alias {name}"),
            // `trigger …: enabled → disabled` needs no name of the field.
            Self::Trigger(uuid, TriggerField::Enabled) => write!(f, "trigger {uuid}"),
            Self::Trigger(uuid, field) => write!(f, "trigger {uuid} {}", field.name()),
            Self::Provisioned(qualifier) => write!(f, "provisioned {qualifier}"),
            Self::Url(qualifier) => write!(f, "url {qualifier}"),
            Self::Tag(key) => write!(f, "tag {key}"),
        }
    }
}

impl Item {
    /// What its number counts, where the number alone does not say it.
    pub fn unit(&self) -> Option<&'static str> {
        match self {
            Self::Setting(field) => field.unit(),
            Self::Trigger(_, field) => field.unit(),
            _ => None,
        }
    }

    /// One of its values in words, a number with its unit: `30 s`.
    pub fn shown(&self, side: &Side, revealed: bool) -> String {
        let text = side.shown(revealed);
        match (side, self.unit()) {
            (Side::Plain(_), Some(unit)) => format!("{text} {unit}"),
            _ => text,
        }
    }
}

/// One side of a difference, as it is shown and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// It could not be read.
    Unknown,
    /// It is not there.
    Unset,
    /// A value that may be shown.
    Plain(String),
    /// A value of the environment: masked until it is revealed.
    Masked(Secret<String>),
}

pub use crate::domain::mask::MASK;

impl Side {
    /// The side of a setting; `None` when it could not be read.
    pub(super) fn of_setting(kind: Kind, value: Option<&Value>) -> Self {
        match value {
            None => Self::Unknown,
            Some(Value::Unset) => Self::Unset,
            Some(value) => Self::Plain(kind.write(value)),
        }
    }

    /// The side of a variable.
    pub(super) fn of_variable(value: Option<&Secret<String>>) -> Self {
        value.map_or(Self::Unset, |value| Self::Masked(value.clone()))
    }

    /// In words; a masked value only if it is revealed.
    pub fn shown(&self, revealed: bool) -> String {
        match self {
            Self::Unknown => "?".to_owned(),
            Self::Unset => "(unset)".to_owned(),
            Self::Plain(value) => value.clone(),
            Self::Masked(value) if revealed => value.reveal().clone(),
            Self::Masked(_) => MASK.to_owned(),
        }
    }

    /// The value, if it may be shown: `None` for what is unset, unknown or masked.
    pub fn value(&self, revealed: bool) -> Option<&str> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Masked(value) if revealed => Some(value.reveal()),
            _ => None,
        }
    }
}

/// One difference, old and new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is different.
    pub item: Item,
    /// As it is.
    pub before: Side,
    /// As it will be.
    pub after: Side,
}
