//! Reads what a plan is made from, and the facts beside it.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{
        draft::{
            Draft, Field, Snapshot,
            review::{Facts, Source},
        },
        function::{Arn, FunctionConfiguration},
    },
    ports::{ApiError, Result, Session},
    runtime::gate::Gate,
};

/// What beside the configuration a draft needs to know.
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
    /// What becomes of detected loops.
    pub recursion: bool,
    /// Provisioned concurrency.
    pub provisioned: bool,
    /// Function URLs.
    pub urls: bool,
    /// Tags.
    pub tags: bool,
}

impl Wanted {
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

    /// What a draft touches, and what its warnings speak of.
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
            provisioned: !draft.provisioned.is_empty(),
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
    /// The same in the words of a draft, and what else was wanted.
    pub snapshot: Snapshot,
    /// What could not be read: a note, never a refusal.
    pub notes: Vec<String>,
}

/// Reads a function, or one version or alias of it.
///
/// # Errors
/// When its configuration cannot be read.
pub async fn find<S: Session>(
    gate: &Gate<S>,
    function: &Arn,
    qualifier: Option<&str>,
    wanted: Wanted,
) -> Result<Found> {
    let configuration = gate.configuration(function, qualifier).await?;
    let mut snapshot = Snapshot::of(&configuration);
    let function = snapshot.function.clone();
    let mut notes = Vec::new();
    let mut note = |error: ApiError| notes.push(error.to_string());
    if wanted.reserved {
        match gate.reserved_concurrency(&function).await {
            Ok(reserved) => snapshot.reserve(reserved),
            Err(error) => note(error),
        }
    }
    if wanted.asynchronous {
        match gate.async_config(&function).await {
            Ok(config) => snapshot.follow(config.as_ref()),
            Err(error) => note(error),
        }
    }
    if wanted.aliases {
        match gate.aliases(&function).await {
            Ok(aliases) => snapshot.aliases = aliases,
            Err(error) => note(error),
        }
    }
    if wanted.mappings {
        match gate.event_source_mappings(Some(&function)).await {
            Ok(mappings) => snapshot.mappings = mappings,
            Err(error) => note(error),
        }
    }
    if wanted.recursion {
        match gate.recursion(&function).await {
            Ok(mode) => snapshot.recurse(&mode),
            Err(error) => note(error),
        }
    }
    if wanted.provisioned {
        match gate.provisioned_concurrency(&function).await {
            Ok(provisioned) => snapshot.provisioned = Some(provisioned),
            Err(error) => note(error),
        }
    }
    if wanted.urls {
        match gate.urls(&function).await {
            Ok(urls) => snapshot.urls = Some(urls),
            Err(error) => note(error),
        }
    }
    if wanted.tags {
        match gate.tags(&function).await {
            Ok(tags) => snapshot.tags = Some(tags),
            Err(error) => note(error),
        }
    }
    Ok(Found {
        configuration,
        snapshot,
        notes,
    })
}

/// Reads the facts that a draft's warnings are made from; what cannot be read is left out.
pub async fn facts<S: Session>(
    gate: &Gate<S>,
    snapshot: &Snapshot,
    draft: &Draft,
    now: Timestamp,
) -> Facts {
    let function = &snapshot.function;
    let aliases = gate.aliases(function).await.unwrap_or_default();
    let mut facts = Facts {
        today: now.to_zoned(TimeZone::UTC).date(),
        tags: gate.tags(function).await.unwrap_or_default(),
        aliases: aliases.into_iter().map(|a| (a.name, a.version)).collect(),
        ..Facts::default()
    };
    if draft.settings.contains_key(&Field::Timeout) || !draft.triggers.is_empty() {
        facts.sources = sources(gate, function).await;
    }
    if draft.settings.contains_key(&Field::ReservedConcurrency) {
        let settings = gate.account_settings().await;
        facts.unreserved = settings.ok().map(|settings| settings.unreserved);
        let provisioned = gate.provisioned_concurrency(function).await;
        facts.running = provisioned
            .ok()
            .map(|items| items.iter().map(|item| item.requested).sum());
    }
    facts
}

/// The queues that feed a function, as far as they can be read.
async fn sources<S: Session>(gate: &Gate<S>, function: &Arn) -> Vec<Source> {
    let mappings = gate.event_source_mappings(Some(function)).await;
    let queues: BTreeMap<String, Arn> = mappings
        .unwrap_or_default()
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
