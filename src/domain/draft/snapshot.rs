//! What a function is now, setting by setting.

use std::collections::BTreeMap;

use super::{Draft, Field, Item, LATEST, Routing, Side, TriggerField, Url, Value};
use crate::domain::{
    function::{
        Alias, Arn, AsyncConfig, Environment, EventSourceMapping, FunctionConfiguration,
        FunctionUrl, ProvisionedConcurrency,
    },
    secret::Secret,
};

/// The settings of a function at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The function.
    pub function: Arn,
    /// Settings; what could not be read is missing.
    pub settings: BTreeMap<Field, Value>,
    /// The environment, or why it cannot be read.
    pub environment: Environment,
    /// Its revision when it was read.
    pub revision_id: Option<String>,
    /// Hash of its code: what a version is published with.
    pub code_sha256: Option<String>,
    /// Aliases, as far as they were read.
    pub aliases: Vec<Alias>,
    /// Triggers, as far as they were read.
    pub mappings: Vec<EventSourceMapping>,
    /// Async settings of versions and aliases, which do not follow those of the function; `None`
    /// when they were not read.
    pub async_elsewhere: Option<Vec<(String, AsyncConfig)>>,
    /// Provisioned concurrency of versions and aliases; `None` when it was not read.
    pub provisioned: Option<Vec<ProvisionedConcurrency>>,
    /// Function URLs; `None` when they were not read.
    pub urls: Option<Vec<FunctionUrl>>,
    /// Tags; `None` when they were not read.
    pub tags: Option<Vec<(String, String)>>,
}

impl Snapshot {
    /// What `GetFunctionConfiguration` tells.
    pub fn of(configuration: &FunctionConfiguration) -> Self {
        let summary = &configuration.summary;
        let fields = Field::ALL
            .into_iter()
            .filter(|field| field.is_configuration());
        let settings = fields.map(|field| {
            let value = match (field, field.given(configuration)) {
                (Field::LogGroup, _) => Value::Text(summary.log_group()),
                (_, Value::Unset) => field.default(),
                (_, given) => given,
            };
            (field, value)
        });
        Self {
            function: summary.arn.clone(),
            settings: settings.collect(),
            environment: configuration.environment.clone(),
            revision_id: configuration.revision_id.clone(),
            code_sha256: configuration.code_sha256.clone(),
            aliases: Vec::new(),
            mappings: Vec::new(),
            async_elsewhere: None,
            provisioned: None,
            urls: None,
            tags: None,
        }
    }

    /// Adds reserved concurrency.
    pub fn reserve(&mut self, reserved: Option<u32>) {
        let reserved = Value::number_or_unset(reserved);
        self.settings.insert(Field::ReservedConcurrency, reserved);
    }

    /// Adds what Lambda does with detected loops.
    pub fn recurse(&mut self, mode: &str) {
        let mode = Value::text_or_unset(mode);
        self.settings.insert(Field::Recursion, mode);
    }

    /// Adds the async settings of versions and aliases, from those of all qualifiers.
    pub fn follow_elsewhere(&mut self, configs: Vec<(String, AsyncConfig)>) {
        let mut elsewhere = configs;
        elsewhere.retain(|(qualifier, _)| qualifier != LATEST);
        self.async_elsewhere = Some(elsewhere);
    }

    /// Adds the async settings.
    pub fn follow(&mut self, config: Option<&AsyncConfig>) {
        let none = AsyncConfig::default();
        let config = config.unwrap_or(&none);
        let number = Value::number_or_unset;
        let arn = |arn: &Option<Arn>| {
            let arn = arn.as_ref();
            arn.map_or(Value::Unset, |arn| Value::Text(arn.to_string()))
        };
        self.settings.extend([
            (Field::AsyncRetries, number(config.maximum_retries)),
            (Field::AsyncAge, number(config.maximum_age_s)),
            (Field::AsyncOnSuccess, arn(&config.on_success)),
            (Field::AsyncOnFailure, arn(&config.on_failure)),
        ]);
    }

    /// A setting; `None` when it could not be read.
    pub fn setting(&self, field: Field) -> Option<&Value> {
        self.settings.get(&field)
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        self.function.resource_name()
    }

    /// A variable; `None` when it is not there, or the environment cannot be read.
    pub fn variable(&self, name: &str) -> Option<&Secret<String>> {
        match &self.environment {
            Environment::Variables(variables) => variables
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value),
            Environment::Unreadable { .. } => None,
        }
    }

    /// Where an alias points.
    pub fn routing(&self, alias: &str) -> Option<Routing> {
        let alias = self.aliases.iter().find(|known| known.name == alias)?;
        Some(Routing {
            version: alias.version.clone(),
            weights: alias.weights.clone(),
        })
    }

    /// A trigger.
    pub fn mapping(&self, uuid: &str) -> Option<&EventSourceMapping> {
        self.mappings.iter().find(|mapping| mapping.uuid == uuid)
    }

    /// The UUID of a trigger that is named by its UUID, or by the name or ARN of its source.
    ///
    /// # Errors
    /// There is none of that name, or several.
    pub fn trigger_named(&self, name: &str) -> Result<&str, String> {
        if let Some(mapping) = self.mapping(name) {
            return Ok(&mapping.uuid);
        }
        let is_meant = |source: &Arn| source.resource_name() == name || source.as_str() == name;
        let mut meant = self
            .mappings
            .iter()
            .filter(|mapping| mapping.source.as_ref().is_some_and(is_meant));
        match (meant.next(), meant.next()) {
            (Some(mapping), None) => Ok(&mapping.uuid),
            (Some(one), Some(other)) => Err(format!(
                "several triggers read it, say which by UUID: {}, {}{}",
                one.uuid,
                other.uuid,
                meant
                    .map(|more| format!(", {}", more.uuid))
                    .collect::<String>()
            )),
            (None, _) => Err("this function has no trigger of that name".to_owned()),
        }
    }

    /// The name of an item for a reader. A trigger is named by what it reads, and by its UUID too if
    /// several read the same.
    pub fn label(&self, item: &Item) -> String {
        let Item::Trigger(uuid, field) = item else {
            return item.to_string();
        };
        let source = self.mapping(uuid).and_then(|m| m.source.as_ref());
        let name = source.map_or(uuid.as_str(), Arn::resource_name);
        let is_shared = source.is_some()
            && self
                .mappings
                .iter()
                .filter(|m| m.source.as_ref() == source)
                .count()
                > 1;
        let mut words = vec!["trigger", name];
        if is_shared {
            words.push(uuid);
        }
        // `trigger orders: enabled → disabled` needs no name of the field.
        if *field != TriggerField::Enabled {
            words.push(field.name());
        }
        words.join(" ")
    }

    /// Executions kept ready for a version or an alias; `Some(None)` when there are none, `None`
    /// when that was not read.
    pub fn provisioned(&self, qualifier: &str) -> Option<Option<u32>> {
        let all = self.provisioned.as_ref()?;
        let one = all.iter().find(|one| one.qualifier == qualifier);
        Some(one.map(|one| one.requested))
    }

    /// The URL of an alias or of `$LATEST`; `Some(None)` when there is none, `None` when that was
    /// not read.
    pub fn url(&self, qualifier: &str) -> Option<Option<Url>> {
        let all = self.urls.as_ref()?;
        let one = all
            .iter()
            .find(|one| one.qualifier.as_deref().unwrap_or(LATEST) == qualifier);
        Some(one.map(Url::of))
    }

    /// A tag; `Some(None)` when there is none of that key, `None` when tags were not read.
    pub fn tag(&self, key: &str) -> Option<Option<String>> {
        let all = self.tags.as_ref()?;
        let one = all.iter().find(|(name, _)| name == key);
        Some(one.map(|(_, value)| value.clone()))
    }

    /// The value of an item.
    pub fn side(&self, item: &Item) -> Side {
        match item {
            Item::Setting(field) => Side::of_setting(field.kind(), self.setting(*field)),
            Item::Variable(_) if matches!(self.environment, Environment::Unreadable { .. }) => {
                Side::Unknown
            }
            Item::Variable(name) => Side::of_variable(self.variable(name)),
            Item::Alias(name) => self
                .routing(name)
                .map_or(Side::Unset, |routing| Side::Plain(routing.to_string())),
            Item::Trigger(uuid, field) => self.mapping(uuid).map_or(Side::Unset, |mapping| {
                Side::of_setting(field.kind(), field.of(mapping).as_ref())
            }),
            Item::Provisioned(qualifier) => read(self.provisioned(qualifier)),
            Item::Url(qualifier) => read(self.url(qualifier)),
            Item::Tag(key) => read(self.tag(key)),
        }
    }

    /// The draft that reverts `changed` to what is here. What could not be read cannot be restored
    /// and is left out.
    pub fn draft_back(&self, changed: &Draft) -> Draft {
        Draft {
            settings: changed
                .settings
                .keys()
                .filter_map(|field| Some((*field, self.settings.get(field)?.clone())))
                .collect(),
            environment: match &self.environment {
                Environment::Variables(_) => changed
                    .environment
                    .keys()
                    .map(|name| (name.clone(), self.variable(name).cloned()))
                    .collect(),
                Environment::Unreadable { .. } => BTreeMap::new(),
            },
            aliases: changed
                .aliases
                .keys()
                .filter_map(|name| Some((name.clone(), self.routing(name)?)))
                .collect(),
            triggers: changed
                .triggers
                .iter()
                .filter_map(|(uuid, fields)| {
                    let mapping = self.mapping(uuid)?;
                    let fields = fields.keys();
                    let fields: BTreeMap<_, _> = fields
                        .filter_map(|field| Some((*field, field.of(mapping)?)))
                        .collect();
                    (!fields.is_empty()).then(|| (uuid.clone(), fields))
                })
                .collect(),
            provisioned: back(&changed.provisioned, |name| self.provisioned(name)),
            urls: back(&changed.urls, |name| self.url(name)),
            tags: back(&changed.tags, |name| self.tag(name)),
            publish: None,
        }
    }

    /// What `UpdateFunctionConfiguration` would overwrite and is different in `other`.
    pub fn configuration_unlike(&self, other: &Self) -> Vec<Item> {
        let mut items: Vec<Item> = self.items().chain(other.items()).collect();
        items.retain(|item| self.side(item) != other.side(item));
        items.sort();
        items.dedup();
        items
    }

    /// Everything that is different and known in both snapshots.
    pub fn unlike(&self, other: &Self) -> Vec<Item> {
        let both = Field::ALL.into_iter().map(Item::Setting);
        let named = self.named().into_iter().chain(other.named());
        let all = self.items().chain(other.items());
        let mut items: Vec<Item> = all.chain(both).chain(named).collect();
        items.retain(|item| {
            let (left, right) = (self.side(item), other.side(item));
            let is_own = *item == Item::Setting(Field::LogGroup)
                && self.has_own_log_group()
                && other.has_own_log_group();
            left != right && left != Side::Unknown && right != Side::Unknown && !is_own
        });
        items.sort();
        items.dedup();
        items
    }

    /// Whether it logs to the default log group.
    fn has_own_log_group(&self) -> bool {
        let group = self.setting(Field::LogGroup);
        group.is_some_and(|group| group.is(&default_log_group(self.name())))
    }

    /// Items with a name that can be compared with another function. Triggers cannot: a UUID belongs
    /// to one function.
    fn named(&self) -> Vec<Item> {
        let provisioned = self.provisioned.iter().flatten();
        let urls = self.urls.iter().flatten();
        let tags = self.tags.iter().flatten();
        let urls = urls.map(|url| url.qualifier.as_deref().unwrap_or(LATEST).to_owned());
        provisioned
            .map(|one| Item::Provisioned(one.qualifier.clone()))
            .chain(urls.map(Item::Url))
            .chain(tags.map(|(key, _)| Item::Tag(key.clone())))
            .collect()
    }

    fn items(&self) -> impl Iterator<Item = Item> {
        let variables = match &self.environment {
            Environment::Variables(variables) => variables.as_slice(),
            Environment::Unreadable { .. } => &[],
        };
        let variables = variables.iter().map(|(name, _)| name.clone());
        let settings = Field::ALL.into_iter().filter(|f| f.is_configuration());
        settings
            .map(Item::Setting)
            .chain(variables.map(Item::Variable))
    }
}

/// The side of a value that may be unread, or missing.
#[expect(clippy::option_option, reason = "unread, not there, there")]
fn read(value: Option<Option<impl ToString>>) -> Side {
    value.map_or(Side::Unknown, |value| {
        value.map_or(Side::Unset, |value| Side::Plain(value.to_string()))
    })
}

/// The values of everything that a draft names. What was not read is left out.
fn back<T, U>(
    changed: &BTreeMap<String, T>,
    now: impl Fn(&str) -> Option<U>,
) -> BTreeMap<String, U> {
    let names = changed.keys();
    names
        .filter_map(|name| Some((name.clone(), now(name)?)))
        .collect()
}

/// The log group of a function that has no other.
pub(super) fn default_log_group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}
