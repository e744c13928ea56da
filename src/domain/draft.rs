//! Edits of a function, before anything is sent.
//!
//! A [`Draft`] holds what the user wants to be different, a [`Snapshot`] what the function is now.
//! Both hold each setting as a [`Value`]. [`Plan`](plan::Plan) compares the two and says which
//! calls that takes; [`review`] says what to know first. Nothing here makes a call. What only the
//! server can decide is not refused here.
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
pub mod value;
mod write;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::secret::Secret;

pub use field::{Field, Section};
pub use item::{Difference, Item, MASK, Side};
pub use routing::Routing;
pub use snapshot::Snapshot;
pub use trigger::TriggerField;
pub use update::Url;
pub use value::{Kind, Value};

/// The function itself, where a version or an alias could stand.
pub const LATEST: &str = "$LATEST";

/// What shall be different.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", with = "as_text")]
    pub settings: BTreeMap<Field, Value>,
    /// Variables: a value, or `None` to remove one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", with = "plain_values")]
    pub environment: BTreeMap<String, Option<Secret<String>>>,
    /// Aliases, by name. One that leads to [`Routing::NEW`] follows what is published.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, Routing>,
    /// Triggers, by UUID of their event source mapping.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", with = "triggers_as_text")]
    pub triggers: BTreeMap<String, BTreeMap<TriggerField, Value>>,
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

/// Settings as text in files, in the words of the command line: read into typed values at once.
mod as_text {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize as _, Serializer, de::Error as _};

    use super::{Field, Value};

    pub(super) fn serialize<S: Serializer>(
        settings: &BTreeMap<Field, Value>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let text: BTreeMap<Field, String> = settings
            .iter()
            .map(|(field, value)| (*field, field.write(value)))
            .collect();
        text.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<Field, Value>, D::Error> {
        let text = BTreeMap::<Field, String>::deserialize(from)?;
        let values = text.into_iter().map(|(field, text)| {
            let value = field.kind().read(&text);
            let value = value.map_err(|_| D::Error::custom(format!("{}: bad value", field.name())));
            Ok((field, value?))
        });
        values.collect()
    }
}

/// The same for triggers.
mod triggers_as_text {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize as _, Serializer, de::Error as _};

    use super::{TriggerField, Value};

    type Triggers = BTreeMap<String, BTreeMap<TriggerField, Value>>;
    type Text = BTreeMap<String, BTreeMap<TriggerField, String>>;

    pub(super) fn serialize<S: Serializer>(triggers: &Triggers, to: S) -> Result<S::Ok, S::Error> {
        let text: Text = triggers
            .iter()
            .map(|(uuid, fields)| {
                let fields = fields.iter();
                let fields = fields.map(|(field, value)| (*field, field.write(value)));
                (uuid.clone(), fields.collect())
            })
            .collect();
        text.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Triggers, D::Error> {
        let triggers = Text::deserialize(from)?.into_iter();
        let triggers = triggers.map(|(uuid, fields)| {
            let fields = fields.into_iter().map(|(field, text)| {
                let value = field.kind().read(&text);
                let bad = |_| D::Error::custom(format!("{}: bad value", field.name()));
                Ok((field, value.map_err(bad)?))
            });
            Ok((uuid, fields.collect::<Result<_, _>>()?))
        });
        triggers.collect()
    }
}

/// Values of the environment as they are: only for records of edits, which are 0600.
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
