//! One demo account: its functions, its queues, and what invokes by hand have left in it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, OnceLock},
};

use tokio::sync::Notify;

use super::{
    catalogue,
    function::Function,
    generated, locked, logs,
    place::{DAY_MS, Place},
    queues,
    sqs::{Sqs, Stored},
};
use crate::domain::{
    function::{AccountSettings, Arn, EventSourceMapping, FunctionConfiguration, FunctionSummary},
    log::LogEvent,
};

/// Concurrent executions of the region: AWS's default quota.
const CONCURRENCY: u32 = 1000;

#[derive(Debug)]
pub(super) struct Account {
    pub place: Place,
    named: Vec<Function>,
    total: usize,
    sqs: OnceLock<Mutex<Sqs>>,
    /// Something was put into a queue, given back or deleted: waiting receives look again.
    pub stirred: Notify,
    code_size: OnceLock<u64>,
    traces: Mutex<Traces>,
    /// Functions that were edited, by name, as they are now.
    edited: Mutex<BTreeMap<String, Function>>,
}

/// What invokes by hand left behind.
#[derive(Debug, Default)]
struct Traces {
    /// By log group and order.
    events: BTreeMap<String, BTreeMap<logs::Key, LogEvent>>,
    /// Environment and last use per function and version.
    warm: BTreeMap<(String, String), (u64, i64)>,
    invokes: u64,
}

impl Account {
    pub fn new(place: Place, total: usize) -> Self {
        let named = catalogue::functions(&place)
            .into_iter()
            .take(total)
            .collect();
        Self {
            place,
            named,
            total,
            sqs: OnceLock::new(),
            stirred: Notify::new(),
            code_size: OnceLock::new(),
            traces: Mutex::default(),
            edited: Mutex::default(),
        }
    }

    pub fn total(&self) -> usize {
        self.total
    }

    pub fn named(&self, name: &str) -> Option<&Function> {
        self.named.iter().find(|function| function.name() == name)
    }

    /// The function at a place of the list.
    fn nth(&self, number: usize) -> Cow<'_, Function> {
        let function = self.named.get(number).map_or_else(
            || Cow::Owned(generated::function(&self.place, number)),
            Cow::Borrowed,
        );
        let edited = locked(&self.edited).get(function.name()).cloned();
        edited.map_or(function, Cow::Owned)
    }

    /// The row at a place of the list.
    pub fn summary(&self, number: usize) -> FunctionSummary {
        self.nth(number).latest.summary.clone()
    }

    /// A function by name or unqualified ARN, if it lives here.
    pub fn function(&self, wanted: &Arn) -> Option<Cow<'_, Function>> {
        let name = wanted.resource_name();
        let edited = locked(&self.edited).get(name).cloned();
        let found = match (edited, self.named(name)) {
            (Some(function), _) => Cow::Owned(function),
            (None, Some(function)) => Cow::Borrowed(function),
            (None, None) => Cow::Owned(self.generated(name)?),
        };
        (wanted.service().is_none() || found.arn() == wanted).then_some(found)
    }

    fn generated(&self, name: &str) -> Option<Function> {
        let number = generated::number(&self.place, name)?;
        (self.named.len()..self.total)
            .contains(&number)
            .then(|| generated::function(&self.place, number))
    }

    /// The functions that write to a log group in the background.
    pub fn functions_of_group(&self, group: &str) -> Vec<Cow<'_, Function>> {
        let edited = locked(&self.edited);
        let background = |function: &'_ Function| {
            let edited = edited.get(function.name())?;
            Some(function.called_like(edited))
        };
        let mut functions: Vec<Cow<'_, Function>> = self
            .named
            .iter()
            .filter(|function| function.log_group() == group)
            .map(|function| background(function).map_or(Cow::Borrowed(function), Cow::Owned))
            .collect();
        if functions.is_empty() {
            functions.extend(
                group
                    .strip_prefix("/aws/lambda/")
                    .and_then(|name| self.generated(name))
                    .map(|function| Cow::Owned(background(&function).unwrap_or(function))),
            );
        }
        functions
    }

    /// The configuration at a moment: an update of a function that is deployed often runs for the
    /// first 90 s of every ten minutes.
    pub fn configuration(
        &self,
        function: &Function,
        version: String,
        now_ms: i64,
    ) -> FunctionConfiguration {
        let mut configuration = function.latest.clone();
        let updating =
            function.deployed_often && (now_ms - self.place.born_ms).rem_euclid(600_000) < 90_000;
        if version == "$LATEST" {
            if let Some(update) = &function.update {
                update.show(&mut configuration, now_ms);
            } else if updating {
                let state = &mut configuration.state;
                state.last_update = Some("InProgress".into());
                state.last_update_reason_code = Some("Creating".into());
                state.last_update_reason = Some("The function is being created.".into());
            }
        } else {
            let published = function.versions.iter().find(|v| v.version == version);
            if let Some(published) = published {
                configuration.summary.modified = published.modified;
                configuration.summary.code_size = published.code_size;
                configuration.description.clone_from(&published.description);
            }
            configuration.version = version;
        }
        configuration
    }

    /// Keeps a function as an edit has left it.
    pub fn keep(&self, function: Function) {
        locked(&self.edited).insert(function.name().to_owned(), function);
    }

    pub fn settings(&self) -> AccountSettings {
        let reserved: u32 = (0..self.named.len())
            .filter_map(|number| self.nth(number).reserved)
            .sum();
        let code_size = *self.code_size.get_or_init(|| {
            (0..self.total)
                .map(|n| self.nth(n).latest.summary.code_size)
                .sum()
        });
        AccountSettings {
            concurrency_limit: CONCURRENCY,
            unreserved: CONCURRENCY.saturating_sub(reserved),
            function_count: self.total as u64,
            code_size,
        }
    }

    /// The triggers of all functions at a moment.
    pub fn mappings(&self, now_ms: i64) -> Vec<EventSourceMapping> {
        (0..self.named.len())
            .flat_map(|number| self.nth(number).mappings_at(now_ms))
            .collect()
    }

    /// The execution role of the function at a place of the list.
    pub fn role(&self, number: usize) -> String {
        self.nth(number).latest.role.clone()
    }

    /// The newest version of each layer, in the order of their names.
    pub fn layers(&self) -> Vec<Arn> {
        let mut newest: BTreeMap<&str, u32> = BTreeMap::new();
        for layer in self.named.iter().flat_map(|f| &f.latest.layers) {
            if let Some((name, version)) = layer.arn.as_str().rsplit_once(':') {
                let known = newest.entry(name).or_default();
                *known = version.parse().unwrap_or(0).max(*known);
            }
        }
        let arn = |(name, version)| Arn::new(format!("{name}:{version}"));
        newest.into_iter().map(arn).collect()
    }

    /// The queues at a moment, everything until then having happened. A second call before the
    /// first guard is dropped waits for ever.
    pub fn sqs(&self, now_ms: i64) -> MutexGuard<'_, Sqs> {
        let mut sqs = locked(self.sqs.get_or_init(|| Mutex::new(queues::filled(self))));
        sqs.advance(self, now_ms);
        sqs
    }

    /// Lets everything happen that an edit of now must not change any more.
    pub fn catch_up(&self, now_ms: i64) {
        if self.sqs.get().is_some() {
            drop(self.sqs(now_ms));
        }
    }

    /// Lets a trigger eat its queue, or not.
    pub fn attach(&self, mapping: EventSourceMapping, now_ms: i64) {
        if self.sqs.get().is_some() {
            self.sqs(now_ms).attach(mapping);
            self.stirred.notify_waiters();
        }
    }

    /// Counts an invoke by hand and gives its number.
    pub fn next_invoke(&self) -> u64 {
        let mut traces = self.traces();
        traces.invokes += 1;
        traces.invokes
    }

    /// The environment that runs a version now, and whether it had to be started.
    pub fn environment(
        &self,
        function: &str,
        version: &str,
        fresh: u64,
        now_ms: i64,
    ) -> (u64, bool) {
        const KEPT_MS: i64 = 600_000;
        let mut traces = self.traces();
        let key = (function.to_owned(), version.to_owned());
        let (environment, cold) = match traces.warm.get(&key) {
            Some((environment, used)) if now_ms - used < KEPT_MS => (*environment, false),
            _ => (fresh, true),
        };
        traces.warm.insert(key, (environment, now_ms));
        (environment, cold)
    }

    /// Keeps log events of an invoke by hand for two weeks of the account's time.
    pub fn write(&self, group: &str, events: Vec<LogEvent>) {
        let mut traces = self.traces();
        let kept = traces.events.entry(group.to_owned()).or_default();
        if let Some(newest) = events.iter().map(|event| event.timestamp).max() {
            *kept = kept.split_off(&(newest - 14 * DAY_MS, i64::MIN, String::new()));
        }
        kept.extend(events.into_iter().map(|event| (logs::key(&event), event)));
    }

    /// Log events of invokes by hand in a span of time.
    pub fn written(&self, group: &str, span: &RangeInclusive<i64>) -> Vec<LogEvent> {
        let traces = self.traces();
        let Some(kept) = traces.events.get(group) else {
            return Vec::new();
        };
        kept.range((*span.start(), i64::MIN, String::new())..)
            .take_while(|((timestamp, ..), _)| timestamp <= span.end())
            .map(|(_, event)| event.clone())
            .collect()
    }

    /// Puts a letter into a queue when its time has come.
    pub fn send(&self, queue: &Arn, letter: Stored, now_ms: i64) {
        self.sqs(now_ms).announce(queue, letter);
        self.stirred.notify_waiters();
    }

    fn traces(&self) -> MutexGuard<'_, Traces> {
        locked(&self.traces)
    }
}
