//! What the demo account knows of one function: everything the ports may ask about it, and how
//! it is called.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{dice::mix, work::Work};
use crate::{
    domain::function::{
        Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration, FunctionUrl,
        ProvisionedConcurrency, Version,
    },
    ports::Operation,
};

/// One function of the account.
#[derive(Debug, Clone)]
pub(super) struct Function {
    /// `$LATEST`.
    pub latest: FunctionConfiguration,
    /// What its code does.
    pub work: Work,
    /// How it is called in the background; `None` when nobody calls it.
    pub traffic: Option<Traffic>,
    /// The alias its callers use; `None` when they call `$LATEST`.
    pub live: Option<Alias>,
    /// Other aliases.
    pub aliases: Vec<Alias>,
    /// Published versions, oldest first.
    pub versions: Vec<Version>,
    pub mappings: Vec<EventSourceMapping>,
    /// Async settings of `$LATEST`.
    pub async_config: Option<AsyncConfig>,
    /// Async settings of versions and aliases.
    pub qualified_async: Vec<(String, AsyncConfig)>,
    pub reserved: Option<u32>,
    pub provisioned: Vec<Provisioned>,
    /// What becomes of detected loops: `Allow` or `Terminate`.
    pub recursion: String,
    pub urls: Vec<FunctionUrl>,
    pub tags: Vec<(String, String)>,
    /// Calls about this function that the demo user may not make.
    pub denied: Vec<Operation>,
    /// The last edit, if there was one.
    pub update: Option<Update>,
    /// Triggers on their way to the state that they have in `mappings`, by UUID.
    pub settling: BTreeMap<String, Settling>,
    /// How its callers met it before edits, oldest first.
    pub eras: Vec<Era>,
    /// Its updates come and go: `LastUpdateStatus` is `InProgress` for a while.
    pub deployed_often: bool,
}

/// An edit that takes its time.
#[derive(Debug, Clone)]
pub(super) struct Update {
    /// When it ends, in the account's time.
    pub until_ms: i64,
    /// The revision from then on: it changes once more (`docs/aws.md` §1.3).
    pub revision: String,
    /// It ends `Failed`.
    pub fails: bool,
}

impl Update {
    /// What a configuration says of it at a moment.
    pub fn show(&self, configuration: &mut FunctionConfiguration, now_ms: i64) {
        let state = &mut configuration.state;
        state.last_update_reason = None;
        state.last_update_reason_code = None;
        if now_ms < self.until_ms {
            state.last_update = Some("InProgress".into());
            state.last_update_reason_code = Some("Creating".into());
            state.last_update_reason = Some("The function is being created.".into());
            return;
        }
        configuration.revision_id = Some(self.revision.clone());
        state.last_update = Some(if self.fails { "Failed" } else { "Successful" }.into());
        if self.fails {
            state.last_update_reason_code = Some("SubnetOutOfIPAddresses".into());
            state.last_update_reason = Some("A subnet has no address left.".into());
        }
    }
}

/// An edit of a trigger that takes its time.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// When it ends, in the account's time.
    pub until_ms: i64,
    /// The state until then.
    pub state: &'static str,
}

/// A time in which callers met the function otherwise than later.
#[derive(Debug, Clone)]
pub(super) struct Era {
    /// When it ended, in the account's time.
    pub until_ms: i64,
    /// Nobody could call it.
    is_stopped: bool,
    /// What the callers' alias was.
    live: Option<Alias>,
}

/// Executions kept ready for a version or an alias.
#[derive(Debug, Clone)]
pub(super) struct Provisioned {
    pub qualifier: String,
    pub requested: u32,
    /// How many were ready when they were requested.
    pub had: u32,
    /// When they are, in the account's time.
    pub until_ms: i64,
    /// It ends `FAILED`.
    pub fails: bool,
}

impl Provisioned {
    /// Executions that have been ready for ever.
    pub fn ready(qualifier: &str, requested: u32) -> Self {
        Self {
            qualifier: qualifier.to_owned(),
            requested,
            had: 0,
            until_ms: i64::MIN,
            fails: false,
        }
    }

    /// What Lambda says of it at a moment.
    pub fn at(&self, now_ms: i64) -> ProvisionedConcurrency {
        let (status, available, reason) = match (now_ms < self.until_ms, self.fails) {
            (true, _) => ("IN_PROGRESS", self.had.min(self.requested), None),
            (false, false) => ("READY", self.requested, None),
            (false, true) => ("FAILED", 0, Some("FUNCTION_ERROR_INIT_FAILURE")),
        };
        ProvisionedConcurrency {
            qualifier: self.qualifier.clone(),
            requested: self.requested,
            available,
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        }
    }
}

/// Steady calls: one in every period, at a moment of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traffic {
    /// Milliseconds between two calls.
    pub period_ms: i64,
    /// Execution environments side by side.
    pub lanes: i64,
    /// Calls that an environment lives for; the first of them is a cold start.
    pub lifetime: i64,
}

/// The languages, by how their runtimes write logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Node,
    Java,
    Dotnet,
    Ruby,
    Native,
}

impl Function {
    pub fn name(&self) -> &str {
        &self.latest.summary.name
    }

    pub fn arn(&self) -> &Arn {
        &self.latest.summary.arn
    }

    pub fn log_group(&self) -> String {
        self.latest.summary.log_group()
    }

    pub fn timeout_us(&self) -> u64 {
        u64::from(self.latest.summary.timeout_s) * 1_000_000
    }

    /// The runtime's language; the container images of this account run Python.
    pub fn language(&self) -> Language {
        match self.latest.summary.runtime.as_deref() {
            Some(id) if id.starts_with("nodejs") => Language::Node,
            Some(id) if id.starts_with("java") => Language::Java,
            Some(id) if id.starts_with("dotnet") => Language::Dotnet,
            Some(id) if id.starts_with("ruby") => Language::Ruby,
            Some(id) if id.starts_with("provided") => Language::Native,
            _ => Language::Python,
        }
    }

    pub fn writes_json(&self) -> bool {
        self.latest.logging.format.as_deref() == Some("JSON")
    }

    /// Milliseconds that an invocation can last, cold start and image pull included.
    pub fn longest_ms(&self) -> i64 {
        i64::from(self.latest.summary.timeout_s) * 1000 + 15_000
    }

    /// All aliases, the callers' one first.
    pub fn all_aliases(&self) -> impl Iterator<Item = &Alias> {
        self.live.iter().chain(&self.aliases)
    }

    /// The triggers at a moment.
    pub fn mappings_at(&self, now_ms: i64) -> Vec<EventSourceMapping> {
        let mut mappings = self.mappings.clone();
        for mapping in &mut mappings {
            let settling = self.settling.get(&mapping.uuid);
            if let Some(settling) = settling.filter(|settling| now_ms < settling.until_ms) {
                settling.state.clone_into(&mut mapping.state);
            }
        }
        mappings
    }

    /// Whether nothing calls it: it has no concurrency, or all its triggers are paused.
    pub fn is_stopped(&self) -> bool {
        let is_paused =
            !self.mappings.is_empty() && self.mappings.iter().all(EventSourceMapping::is_disabled);
        self.reserved == Some(0) || is_paused
    }

    /// Notes down how callers met it before an edit, if they meet it otherwise now.
    pub fn remember(&mut self, before: &Self, now_ms: i64) {
        if before.is_stopped() != self.is_stopped() || before.live != self.live {
            self.eras.push(Era {
                until_ms: now_ms,
                is_stopped: before.is_stopped(),
                live: before.live.clone(),
            });
        }
    }

    /// This one, called as the edited one was and is: its background, which keeps its own log
    /// group and settings.
    #[must_use]
    pub fn called_like(&self, edited: &Self) -> Self {
        Self {
            eras: edited.eras.clone(),
            live: edited.live.clone(),
            versions: edited.versions.clone(),
            reserved: edited.reserved,
            mappings: edited.mappings.clone(),
            ..self.clone()
        }
    }

    fn era(&self, at_ms: i64) -> Option<&Era> {
        self.eras.iter().find(|era| at_ms < era.until_ms)
    }

    /// Whether nothing called it at a moment.
    pub fn was_stopped(&self, at_ms: i64) -> bool {
        self.era(at_ms)
            .map_or_else(|| self.is_stopped(), |era| era.is_stopped)
    }

    /// Async settings of every qualifier that has its own.
    pub fn async_configs(&self) -> Vec<(String, AsyncConfig)> {
        let latest = self.async_config.clone();
        latest
            .map(|config| ("$LATEST".to_owned(), config))
            .into_iter()
            .chain(self.qualified_async.iter().cloned())
            .collect()
    }

    /// The async settings that an invoke of a qualifier follows.
    pub fn async_of(&self, qualifier: Option<&str>) -> AsyncConfig {
        let qualifier = qualifier.unwrap_or("$LATEST");
        let own = self.async_configs();
        own.into_iter()
            .find(|(name, _)| name == qualifier)
            .map(|(_, config)| config)
            .unwrap_or_default()
    }

    /// The version that a qualifier leads to, `None` if there is no such qualifier. The share of
    /// a weighted alias is decided by `chance`.
    pub fn resolve(&self, qualifier: Option<&str>, chance: u64) -> Option<String> {
        let qualifier = qualifier.unwrap_or("$LATEST");
        if qualifier == "$LATEST" || self.versions.iter().any(|v| v.version == qualifier) {
            return Some(qualifier.to_owned());
        }
        self.all_aliases()
            .find(|alias| alias.name == qualifier)
            .map(|alias| weighted(alias, chance).to_owned())
    }

    /// The version that served a background call at a moment: what the alias leads to, or what it
    /// led to before that version was published.
    pub fn live_version(&self, at: Timestamp, chance: u64) -> &str {
        let era = self.era(at.as_millisecond());
        let live = era.map_or(&self.live, |era| &era.live);
        let Some(alias) = live else {
            return "$LATEST";
        };
        let wanted = weighted(alias, chance);
        let exists = |version: &&Version| version.modified.is_none_or(|modified| modified <= at);
        if self
            .versions
            .iter()
            .any(|v| v.version == wanted && exists(&v))
        {
            return wanted;
        }
        self.versions
            .iter()
            .rfind(exists)
            .or(self.versions.first())
            .map_or("$LATEST", |version| &version.version)
    }
}

fn weighted(alias: &Alias, chance: u64) -> &str {
    let mut point = (mix(&[chance, 17]) % 10_000) as f64 / 10_000.0;
    for (version, share) in &alias.weights {
        if point < *share {
            return version;
        }
        point -= share;
    }
    &alias.version
}
