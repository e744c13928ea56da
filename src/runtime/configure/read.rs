//! Reads a function and the facts beside it.

use std::collections::BTreeMap;

use futures::{StreamExt as _, join, stream};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{
        draft::{
            Draft, Field, Snapshot,
            review::{Facts, Source},
        },
        function::{Arn, FunctionConfiguration},
    },
    ports::{ApiError, Result},
    runtime::gate::Gate,
};

/// What is to be read beside the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Reserved concurrency.
    pub reserved: bool,
    /// Async settings.
    pub asynchronous: bool,
    /// Aliases.
    pub aliases: bool,
    /// Triggers.
    pub mappings: bool,
    /// What Lambda does with detected loops.
    pub recursion: bool,
    /// Provisioned concurrency.
    pub provisioned: bool,
    /// Function URLs.
    pub urls: bool,
    /// Tags.
    pub tags: bool,
}

impl Wanted {
    /// Nothing.
    pub const NONE: Self = Self {
        reserved: false,
        asynchronous: false,
        aliases: false,
        mappings: false,
        recursion: false,
        provisioned: false,
        urls: false,
        tags: false,
    };

    /// Everything.
    pub const ALL: Self = Self {
        reserved: true,
        asynchronous: true,
        aliases: true,
        mappings: true,
        recursion: true,
        provisioned: true,
        urls: true,
        tags: true,
    };

    /// What a draft changes, and what its warnings need.
    pub fn by(draft: &Draft) -> Self {
        let settings = &draft.settings;
        Self {
            reserved: settings.contains_key(&Field::ReservedConcurrency)
                || !draft.triggers.is_empty(),
            // Concurrency 0 sends async events there at once.
            asynchronous: draft.changes_async()
                || settings.contains_key(&Field::ReservedConcurrency),
            aliases: !draft.aliases.is_empty(),
            mappings: !draft.triggers.is_empty()
                || settings.contains_key(&Field::ReservedConcurrency)
                || settings.contains_key(&Field::Timeout),
            recursion: settings.contains_key(&Field::Recursion),
            // Not less than that can be reserved.
            provisioned: !draft.provisioned.is_empty()
                || settings.contains_key(&Field::ReservedConcurrency),
            urls: !draft.urls.is_empty(),
            tags: !draft.tags.is_empty(),
        }
    }
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The configuration as AWS gave it.
    pub configuration: FunctionConfiguration,
    /// Its settings, and what else was asked for.
    pub snapshot: Snapshot,
    /// What could not be read: a note, never a refusal.
    pub notes: Vec<ApiError>,
}

/// Reads a function, or one version or alias of it.
///
/// # Errors
/// When its configuration cannot be read.
pub async fn find(
    gate: &Gate,
    function: &Arn,
    qualifier: Option<&str>,
    wanted: Wanted,
) -> Result<Found> {
    let configuration = gate.configuration(function, qualifier).await?;
    let mut snapshot = Snapshot::of(&configuration);
    let function = &snapshot.function.clone();
    // All at once: the Gate keeps to the quota.
    let (reserved, asynchronous, elsewhere, aliases, mappings, recursion, provisioned, urls, tags) = join!(
        when(wanted.reserved, || gate.reserved_concurrency(function)),
        when(wanted.asynchronous, || gate.async_config(function)),
        when(wanted.asynchronous, || gate.async_configs(function)),
        when(wanted.aliases, || gate.aliases(function)),
        when(wanted.mappings, || gate
            .event_source_mappings(Some(function))),
        when(wanted.recursion, || gate.recursion(function)),
        when(wanted.provisioned, || gate
            .provisioned_concurrency(function)),
        when(wanted.urls, || gate.urls(function)),
        when(wanted.tags, || gate.tags(function)),
    );
    let mut notes = Notes::default();
    if let Some(reserved) = notes.read(reserved) {
        snapshot.reserve(reserved);
    }
    if let Some(config) = notes.read(asynchronous) {
        snapshot.follow(config.as_ref());
    }
    if let Some(configs) = notes.read(elsewhere) {
        snapshot.follow_elsewhere(configs);
    }
    snapshot.aliases = notes.read(aliases).unwrap_or_default();
    snapshot.mappings = notes.read(mappings).unwrap_or_default();
    if let Some(mode) = notes.read(recursion) {
        snapshot.recurse(&mode);
    }
    snapshot.provisioned = notes.read(provisioned);
    snapshot.urls = notes.read(urls);
    snapshot.tags = notes.read(tags);
    Ok(Found {
        configuration,
        snapshot,
        notes: notes.0,
    })
}

/// What could not be read.
#[derive(Default)]
struct Notes(Vec<ApiError>);

impl Notes {
    /// The answer, if it was asked for and could be read.
    fn read<T>(&mut self, answer: Option<Result<T>>) -> Option<T> {
        answer?.map_err(|error| self.0.push(error)).ok()
    }
}

/// Reads only what is wanted. Boxed: eight readings at once are too large for the stack.
async fn when<T, F: Future<Output = Result<T>>>(
    is_wanted: bool,
    ask: impl FnOnce() -> F,
) -> Option<Result<T>> {
    if is_wanted {
        Some(Box::pin(ask()).await)
    } else {
        None
    }
}

/// Reads the facts for a draft's warnings. What cannot be read is left out; what was read already is
/// not read again.
pub async fn facts(gate: &Gate, snapshot: &Snapshot, draft: &Draft, now: Timestamp) -> Facts {
    let function = &snapshot.function;
    let reserves = draft.settings.contains_key(&Field::ReservedConcurrency);
    let asks_for = |is_wanted: bool, is_there: bool| is_wanted && !is_there;
    let (aliases, tags, sources, settings) = join!(
        when(
            asks_for(draft.changes_configuration(), !snapshot.aliases.is_empty()),
            || gate.aliases(function)
        ),
        when(asks_for(true, snapshot.tags.is_some()), || gate
            .tags(function)),
        sources(gate, snapshot, draft),
        when(reserves, || gate.account_settings()),
    );
    let aliases = read(aliases).unwrap_or_else(|| snapshot.aliases.clone());
    let tags = read(tags).or_else(|| snapshot.tags.clone());
    Facts {
        today: now.to_zoned(TimeZone::UTC).date(),
        tags: tags.unwrap_or_default(),
        aliases: aliases.into_iter().map(|a| (a.name, a.version)).collect(),
        sources,
        unreserved: read(settings).map(|settings| settings.unreserved),
        ..Facts::default()
    }
}

fn read<T>(answer: Option<Result<T>>) -> Option<T> {
    answer?.ok()
}

/// The queues that feed a function whose timeout or triggers change, as far as they can be read.
async fn sources(gate: &Gate, snapshot: &Snapshot, draft: &Draft) -> Vec<Source> {
    if !draft.settings.contains_key(&Field::Timeout) && draft.triggers.is_empty() {
        return Vec::new();
    }
    let mut mappings = snapshot.mappings.clone();
    if mappings.is_empty() {
        let asked = gate.event_source_mappings(Some(&snapshot.function)).await;
        mappings = asked.unwrap_or_default();
    }
    let queues: BTreeMap<String, Arn> = mappings
        .into_iter()
        .filter_map(|mapping| mapping.source)
        .filter(|source| source.service() == Some("sqs"))
        .map(|source| (source.to_string(), source))
        .collect();
    let read = stream::iter(queues.into_values()).then(async |queue| {
        let attributes = gate.queue_attributes(&queue).await.ok()?;
        Some(Source {
            name: queue.resource_name().to_owned(),
            visibility_timeout_s: attributes.visibility_timeout_s?,
            retention_s: attributes.retention_s,
        })
    });
    read.filter_map(std::future::ready).collect().await
}
