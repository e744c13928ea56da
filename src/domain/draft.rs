//! An edit of a function as a draft: what shall be different, in words that fit on one line each.
//!
//! A [`Draft`] holds only what the user said, a [`Snapshot`] what the function is. Both speak of a
//! setting as text, so that a prompt, a file of assignments and the way back use the same words.
//! [`Plan`](plan::Plan) compares the two and says which calls that becomes; [`review`] says what
//! to know before. Nothing here performs a call; what the server decides is validated softly.
//!
//! Omitted is not empty: a setting that is not in the draft is not sent. The environment is the
//! exception that AWS makes: it is sent whole (`aws-facts` §1.3), so an environment that cannot be
//! read cannot be edited.

pub mod assignment;
pub mod dotenv;
pub mod environment;
mod field;
pub mod plan;
pub mod record;
pub mod review;
mod snapshot;
pub mod update;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::secret::Secret;

pub use field::{Field, Limit};
pub use snapshot::Snapshot;

/// Where an alias leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Routing {
    /// The version that gets what the weights leave.
    pub version: String,
    /// Additional versions and their share, above 0 and below 1.
    #[serde(default)]
    pub weights: Vec<(String, f64)>,
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = 1.0 - self.weights.iter().map(|(_, share)| share).sum::<f64>();
        if self.weights.is_empty() {
            return write!(f, "v{}", self.version);
        }
        write!(f, "v{} {}%", self.version, percent(rest))?;
        for (version, share) in &self.weights {
            write!(f, ", v{version} {}%", percent(*share))?;
        }
        Ok(())
    }
}

/// A share in percent, with at most two digits behind the point.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}

/// What shall be different. Empty text unsets a setting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// Settings, in the form that [`Field::canonical`] gives.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<Field, String>,
    /// Variables: a value, or `None` to remove one.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        with = "plain_values"
    )]
    pub environment: BTreeMap<String, Option<Secret<String>>>,
    /// Aliases, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, Routing>,
    /// Event source mappings, by UUID: whether they read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mappings: BTreeMap<String, bool>,
    /// Publish a version with this description, after the configuration was updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
}

impl Draft {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
            && self.environment.is_empty()
            && self.aliases.is_empty()
            && self.mappings.is_empty()
            && self.publish.is_none()
    }
}

/// What an edit touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A setting.
    Setting(Field),
    /// A variable of the environment.
    Variable(String),
    /// An alias.
    Alias(String),
    /// An event source mapping.
    Mapping(String),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(field) => f.write_str(field.name()),
            Self::Variable(name) => write!(f, "env {name}"),
            Self::Alias(name) => write!(f, "alias {name}"),
            Self::Mapping(uuid) => write!(f, "trigger {uuid}"),
        }
    }
}

/// One side of a difference.
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

/// What stands for a masked value.
pub const MASK: &str = "••••••";

impl Side {
    /// The side of a setting: empty text is unset.
    fn of_setting(value: Option<&str>) -> Self {
        match value {
            None => Self::Unknown,
            Some("") => Self::Unset,
            Some(value) => Self::Plain(value.to_owned()),
        }
    }

    /// The side of a variable.
    fn of_variable(value: Option<&Secret<String>>) -> Self {
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
pub struct Change {
    /// What is different.
    pub item: Item,
    /// As it is.
    pub before: Side,
    /// As it shall be.
    pub after: Side,
}

/// What is wrong with an edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{item}: {message}")]
pub struct Problem {
    /// Where.
    pub item: String,
    /// What, and what is allowed. Never holds a value of the environment.
    pub message: String,
}

impl Problem {
    fn new(item: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            item: item.to_string(),
            message: message.into(),
        }
    }
}

/// Values of the environment as they are: only for the file of the way back, which is 0600.
mod plain_values {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    use super::Secret;

    type Values = BTreeMap<String, Option<Secret<String>>>;

    pub(super) fn serialize<S: Serializer>(values: &Values, to: S) -> Result<S::Ok, S::Error> {
        let plain: BTreeMap<&String, Option<&String>> = values
            .iter()
            .map(|(name, value)| (name, value.as_ref().map(Secret::reveal)))
            .collect();
        plain.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Values, D::Error> {
        let plain = BTreeMap::<String, Option<String>>::deserialize(from)?;
        Ok(plain
            .into_iter()
            .map(|(name, value)| (name, value.map(Secret::new)))
            .collect())
    }
}

#[cfg(test)]
mod tests;
