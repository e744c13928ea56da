//! Edits a draft row by row, for the form and the command line.

use super::{
    Draft, Field, Item, LATEST, Problem, Routing, Side, Snapshot, TriggerField, Url, Value,
    environment::check_name,
};
use crate::domain::{function::Environment, secret::Secret};

/// Most executions that can be kept ready; no account has as many.
const MOST_PROVISIONED: u32 = 1_000_000;

impl Draft {
    /// Every item that it changes, in the order of a review. Publishing is no item.
    pub fn items(&self) -> Vec<Item> {
        let settings = self.settings.keys().map(|field| Item::Setting(*field));
        let variables = self.environment.keys().cloned().map(Item::Variable);
        let triggers = self.triggers.iter().flat_map(|(uuid, fields)| {
            let fields = fields.keys();
            fields.map(|field| Item::Trigger(uuid.clone(), *field))
        });
        let provisioned = self.provisioned.keys().cloned().map(Item::Provisioned);
        settings
            .chain(variables)
            .chain(triggers)
            .chain(self.aliases.keys().cloned().map(Item::Alias))
            .chain(provisioned)
            .chain(self.urls.keys().cloned().map(Item::Url))
            .chain(self.tags.keys().cloned().map(Item::Tag))
            .collect()
    }

    /// The drafted value of an item; `None` when it is not drafted.
    pub fn side(&self, item: &Item) -> Option<Side> {
        let plain = |text: Option<String>| text.map_or(Side::Unset, Side::Plain);
        Some(match item {
            Item::Setting(field) => Side::of_setting(field.kind(), Some(self.settings.get(field)?)),
            Item::Variable(name) => Side::of_variable(self.environment.get(name)?.as_ref()),
            Item::Alias(name) => Side::Plain(self.aliases.get(name)?.to_string()),
            Item::Trigger(uuid, field) => {
                let value = self.triggers.get(uuid)?.get(field)?;
                Side::of_setting(field.kind(), Some(value))
            }
            Item::Provisioned(qualifier) => {
                plain(self.provisioned.get(qualifier)?.map(|n| n.to_string()))
            }
            Item::Url(qualifier) => plain(self.urls.get(qualifier)?.as_ref().map(Url::to_string)),
            Item::Tag(key) => plain(self.tags.get(key)?.clone()),
        })
    }

    /// Drafts a value as it is typed. Empty text unsets it, but a variable and a tag may be empty:
    /// [`Self::unset`] removes those.
    ///
    /// # Errors
    /// What is allowed.
    pub fn set(&mut self, item: &Item, text: &str) -> Result<(), Problem> {
        let problem = |message: String| Problem::new(item, message);
        let text_or_none = Some(text.trim()).filter(|text| !text.is_empty());
        match item {
            Item::Setting(field) => {
                let value = field.parse(text).map_err(problem)?;
                self.settings.insert(*field, value);
            }
            Item::Variable(name) => {
                check_name(name).map_err(problem)?;
                let value = Secret::new(text.to_owned());
                self.environment.insert(name.clone(), Some(value));
            }
            Item::Alias(name) => {
                let routing = Routing::parse(text).map_err(problem)?;
                self.aliases.insert(name.clone(), routing);
            }
            Item::Trigger(uuid, field) => {
                let value = field.parse(text).map_err(problem)?;
                let fields = self.triggers.entry(uuid.clone()).or_default();
                fields.insert(*field, value);
            }
            Item::Provisioned(qualifier) => {
                if qualifier == LATEST {
                    let why = "only a version or an alias can be provisioned";
                    return Err(problem(why.to_owned()));
                }
                let number = text_or_none.map(|text| match text.parse() {
                    Ok(number) if (1..=MOST_PROVISIONED).contains(&number) => Ok(number),
                    _ => Err("takes a number of executions, 1 or more; empty gives them back"),
                });
                let number = number
                    .transpose()
                    .map_err(|rule| problem(rule.to_owned()))?;
                self.provisioned.insert(qualifier.clone(), number);
            }
            Item::Url(qualifier) => {
                let url = text_or_none.map(Url::parse).transpose().map_err(problem)?;
                self.urls.insert(qualifier.clone(), url);
            }
            Item::Tag(key) => {
                check_tag(key, text).map_err(problem)?;
                self.tags.insert(key.clone(), Some(text.to_owned()));
            }
        }
        Ok(())
    }

    /// Drafts that an item is removed.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn unset(&mut self, item: &Item) -> Result<(), Problem> {
        match item {
            Item::Variable(name) => {
                self.environment.insert(name.clone(), None);
            }
            Item::Tag(key) => {
                self.tags.insert(key.clone(), None);
            }
            Item::Alias(_) => {
                let why = "an alias cannot be removed here, only led elsewhere";
                return Err(Problem::new(item, why));
            }
            Item::Setting(_) | Item::Trigger(..) | Item::Provisioned(_) | Item::Url(_) => {
                self.set(item, "")?;
            }
        }
        Ok(())
    }

    /// Takes an item out of the draft.
    pub fn forget(&mut self, item: &Item) {
        match item {
            Item::Setting(field) => drop(self.settings.remove(field)),
            Item::Variable(name) => drop(self.environment.remove(name)),
            Item::Alias(name) => drop(self.aliases.remove(name)),
            Item::Trigger(uuid, field) => {
                if let Some(fields) = self.triggers.get_mut(uuid) {
                    fields.remove(field);
                }
                self.triggers.retain(|_, fields| !fields.is_empty());
            }
            Item::Provisioned(qualifier) => drop(self.provisioned.remove(qualifier)),
            Item::Url(qualifier) => drop(self.urls.remove(qualifier)),
            Item::Tag(key) => drop(self.tags.remove(key)),
        }
    }

    /// The same draft for another function, without triggers that are named by UUID: those belong to
    /// this function.
    #[must_use]
    pub fn for_another(&self) -> Self {
        let mut draft = self.clone();
        draft.triggers.retain(|name, _| !is_uuid(name));
        draft
    }

    /// A trigger that is named by its UUID, if there is one.
    pub fn trigger_by_uuid(&self) -> Option<&str> {
        let mut names = self.triggers.keys();
        names.find(|name| is_uuid(name)).map(String::as_str)
    }

    /// Drafts the whole environment: a variable that is missing here is removed.
    pub fn set_environment(&mut self, base: &Snapshot, variables: Vec<(String, Secret<String>)>) {
        let there: &[_] = match &base.environment {
            Environment::Variables(variables) => variables,
            Environment::Unreadable { .. } => &[],
        };
        let removed = there.iter().map(|(name, _)| (name.clone(), None));
        self.environment = removed.collect();
        self.paste(variables);
        self.environment
            .retain(|name, value| base.variable(name) != value.as_ref());
    }

    /// Drafts these variables; others stay as they are.
    pub fn paste(&mut self, variables: Vec<(String, Secret<String>)>) {
        let set = variables.into_iter();
        self.environment
            .extend(set.map(|(name, value)| (name, Some(value))));
    }

    /// The same with UUIDs in place of the names of sources.
    ///
    /// # Errors
    /// A name that fits no trigger or several, or two names for one trigger.
    pub fn with_uuids(mut self, base: &Snapshot) -> Result<Self, Problem> {
        for (name, fields) in std::mem::take(&mut self.triggers) {
            let problem = |why: String| Problem::new(format!("trigger {name}"), why);
            let uuid = base.trigger_named(&name).map_err(problem)?;
            let drafted = self.triggers.entry(uuid.to_owned()).or_default();
            for (field, value) in fields {
                if drafted.insert(field, value).is_some() {
                    return Err(problem(format!("{} was said before", field.name())));
                }
            }
        }
        Ok(self)
    }

    /// Adds another draft. Where both have a value for the same item, that of the other counts.
    pub fn merge(&mut self, other: Self) {
        self.settings.extend(other.settings);
        self.environment.extend(other.environment);
        self.aliases.extend(other.aliases);
        for (uuid, fields) in other.triggers {
            self.triggers.entry(uuid).or_default().extend(fields);
        }
        self.provisioned.extend(other.provisioned);
        self.urls.extend(other.urls);
        self.tags.extend(other.tags);
        self.publish = other.publish.or(self.publish.take());
    }

    /// Drafts that a trigger reads, or does not.
    pub fn enable(&mut self, uuid: &str, enabled: bool) {
        let fields = self.triggers.entry(uuid.to_owned()).or_default();
        fields.insert(TriggerField::Enabled, Value::Switch(enabled));
    }

    /// Whether it changes what `UpdateFunctionConfiguration` carries: what is published.
    pub fn changes_configuration(&self) -> bool {
        !self.environment.is_empty() || self.settings.keys().any(|field| field.is_configuration())
    }

    /// Whether it changes async settings.
    pub fn changes_async(&self) -> bool {
        self.settings.keys().copied().any(Field::is_async)
    }
}

/// Whether a trigger is named by its UUID, not by what it reads.
fn is_uuid(name: &str) -> bool {
    let mut parts = name.split('-');
    let is_hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let lengths = [8, 4, 4, 4, 12];
    lengths
        .iter()
        .all(|length| parts.next().is_some_and(|part| is_hex(part, *length)))
        && parts.next().is_none()
}

/// Keys and values of tags (Lambda developer guide, "Tag requirements").
pub(super) fn check_tag(key: &str, value: &str) -> Result<(), String> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err("reserved: AWS sets tags that begin with aws:".to_owned());
    }
    let fits = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
    if fits {
        Ok(())
    } else {
        Err("a tag has a key of 1 to 128 characters and a value of at most 256".to_owned())
    }
}
