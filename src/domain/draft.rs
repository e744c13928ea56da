//! An edit of a function as a draft: what shall be different, in words that fit on one line each.
//!
//! A [`Draft`] holds only what the user said, a [`Snapshot`] what the function is. Both speak of a
//! setting as text, so that a prompt, a file of assignments and the way back use the same words.
//! [`Plan`](plan::Plan) compares the two and says which calls that becomes; [`review`] says what
//! to know before. Nothing here performs a call; what the server decides is validated softly.
//!
//! Omitted is not empty: a setting that is not in the draft is not sent. The environment is the
//! exception that AWS makes: it is sent whole (`docs/aws.md` §1.3), so an environment that cannot
//! be read cannot be edited.

pub mod assignment;
pub mod card;
pub mod change;
mod check;
mod command;
pub mod dotenv;
pub mod environment;
mod field;
mod item;
pub mod plan;
pub mod record;
pub mod review;
mod routing;
mod snapshot;
pub mod stop;
mod trigger;
pub mod update;
mod write;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::secret::Secret;

pub use field::{Field, Limit};
pub use item::{Difference, Item, MASK, Side};
pub use routing::Routing;
pub use snapshot::Snapshot;
pub use trigger::TriggerField;
pub use update::Url;

/// The function itself, where a version or an alias could stand.
pub const LATEST: &str = "$LATEST";

/// What shall be different. Empty text unsets a setting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Settings, in the form that [`Field::canonical`] gives.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<Field, String>,
    /// Variables: a value, or `None` to remove one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", with = "plain_values")]
    pub environment: BTreeMap<String, Option<Secret<String>>>,
    /// Aliases, by name. One that leads to [`Routing::NEW`] follows what is published.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, Routing>,
    /// Triggers, by UUID of their event source mapping, in the form that
    /// [`TriggerField::canonical`] gives.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<String, BTreeMap<TriggerField, String>>,
    /// Provisioned concurrency, by version or alias; `None` gives it back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub provisioned: BTreeMap<String, Option<u32>>,
    /// Function URLs, by alias or [`LATEST`]; `None` deletes one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub urls: BTreeMap<String, Option<Url>>,
    /// Tags: a value, or `None` to remove one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, Option<String>>,
    /// Publish a version with this description, after the configuration was updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
}

impl Draft {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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
