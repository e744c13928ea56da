//! The steps of a plan: send once, wait, read again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Engine, PATIENCE};
use crate::{
    domain::{
        draft::{
            Item, Snapshot, Url,
            plan::Plan,
            record::{Ended, ThreeWay},
            update::{Call, ConfigurationUpdate},
        },
        function::{Arn, AsyncConfig, FunctionConfiguration},
    },
    ports::{ApiError, ErrorKind, Outcome, Result, Session},
    runtime::gate::Warrant,
};

/// Growing pauses between two looks, up to [`PATIENCE`] together.
struct Pauses {
    next: Duration,
    spent: Duration,
}

impl Pauses {
    const fn new() -> Self {
        Self {
            next: Duration::from_secs(1),
            spent: Duration::ZERO,
        }
    }

    /// Waits, at least as long as the server asks, or until it is stopped; `false` when patience
    /// has run out.
    async fn wait(&mut self, stop: &CancellationToken, at_least: Option<Duration>) -> bool {
        let pause = self
            .next
            .max(at_least.unwrap_or_default())
            .min(Duration::from_secs(30));
        self.spent += pause;
        if self.spent > PATIENCE {
            return false;
        }
        self.next = (self.next + Duration::from_secs(1)).min(Duration::from_secs(5));
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        true
    }
}

impl<S: Session> Engine<'_, S> {
    /// Makes one call and waits until it has settled; `None` when it is done.
    pub(super) async fn step(
        &self,
        warrant: &Warrant,
        plan: &Plan,
        call: &Call,
        notes: &mut Vec<String>,
    ) -> Option<Ended> {
        match call {
            Call::Configuration(update) => self.configuration(warrant, plan, update).await,
            Call::Alias { .. } => self.alias(warrant, plan, call).await,
            _ => self.simple(warrant, plan, call, notes).await,
        }
    }

    async fn configuration(
        &self,
        warrant: &Warrant,
        plan: &Plan,
        update: &ConfigurationUpdate,
    ) -> Option<Ended> {
        let function = &plan.base.function;
        let mut pauses = Pauses::new();
        loop {
            let now = match self.quiet(function, &mut pauses).await {
                Ok(Some(now)) => now,
                Ok(None) => return Some(Ended::Stopped),
                Err(error) => return Some(Ended::Failed(format!("nothing was sent: {error}"))),
            };
            let theirs = Snapshot::of(&now);
            let changed = plan.base.configuration_unlike(&theirs);
            if !changed.is_empty() {
                return Some(Ended::Lost(ThreeWay::rows(plan, &theirs, &changed)));
            }
            let update = ConfigurationUpdate {
                revision_id: now.revision_id.clone(),
                ..update.clone()
            };
            let sent = self
                .gate
                .update_configuration(warrant, function, &update)
                .await;
            match sent {
                Ok(_) => return self.settled(function).await,
                // Read again: either the values have changed, or only the revision has.
                Err(error) if is_worth_waiting(&error) => {
                    self.waits(&waiting_for(&error));
                    if !pauses.wait(self.stop, error.retry_after).await {
                        return Some(Ended::Failed(error.to_string()));
                    }
                }
                Err(error) if error.outcome() == Outcome::Unknown => {
                    return self.resolved(plan, &now, &error).await;
                }
                Err(error) => return Some(Ended::Failed(error.to_string())),
            }
        }
    }

    /// The configuration once no update runs; `None` when it was stopped before.
    async fn quiet(
        &self,
        function: &Arn,
        pauses: &mut Pauses,
    ) -> Result<Option<FunctionConfiguration>> {
        loop {
            if self.stop.is_cancelled() {
                return Ok(None);
            }
            let now = self.gate.configuration(function, None).await?;
            if !is_in_progress(&now) {
                return Ok(Some(now));
            }
            self.waits("another update is in progress");
            if !pauses.wait(self.stop, None).await {
                return Ok(Some(now));
            }
        }
    }

    /// Waits until the update that was accepted has ended.
    async fn settled(&self, function: &Arn) -> Option<Ended> {
        self.waits("accepted, until it is Successful");
        let mut pauses = Pauses::new();
        loop {
            let now = match self.gate.configuration(function, None).await {
                Ok(now) => now,
                Err(error) => {
                    return Some(Ended::Unknown(format!(
                        "the update was accepted, but how it ended could not be read: {error}"
                    )));
                }
            };
            match now.state.last_update.as_deref() {
                Some("Failed") => return Some(Ended::Failed(why_it_failed(&now))),
                Some("InProgress") => {}
                _ => return None,
            }
            if self.stop.is_cancelled() {
                let why = "the update was accepted and goes on; nobody waited for its end";
                return Some(Ended::Unknown(why.to_owned()));
            }
            if !pauses.wait(self.stop, None).await {
                let why = "the update was accepted and is still in progress after 300 s";
                return Some(Ended::Unknown(why.to_owned()));
            }
        }
    }

    /// What became of an update whose answer did not come: read again, never sent again.
    async fn resolved(
        &self,
        plan: &Plan,
        before: &FunctionConfiguration,
        error: &ApiError,
    ) -> Option<Ended> {
        self.waits("the answer did not come; reading what is there");
        let now = match self.gate.configuration(&plan.base.function, None).await {
            Ok(now) => now,
            Err(second) => {
                return Some(Ended::Unknown(format!("{error}; reading again: {second}")));
            }
        };
        let there = Snapshot::of(&now);
        let is_there = plan
            .changes
            .iter()
            .filter(|change| is_of_configuration(&change.item))
            .all(|change| there.side(&change.item) == change.after);
        if is_there {
            return self.settled(&plan.base.function).await;
        }
        if now.revision_id == before.revision_id {
            return Some(Ended::Failed(format!("{error}; it had no effect so far")));
        }
        Some(Ended::Unknown(error.to_string()))
    }

    async fn alias(&self, warrant: &Warrant, plan: &Plan, call: &Call) -> Option<Ended> {
        let Call::Alias {
            name,
            routing,
            revision_id,
        } = call
        else {
            return None;
        };
        let function = &plan.base.function;
        let mut revision_id = revision_id.clone();
        let mut pauses = Pauses::new();
        loop {
            let sent = self
                .gate
                .update_alias(warrant, function, name, routing, revision_id.as_deref())
                .await;
            let error = match sent {
                Ok(()) => return None,
                Err(error) => error,
            };
            if error.kind == ErrorKind::Precondition {
                let mut theirs = plan.base.clone();
                theirs.aliases = match self.gate.aliases(function).await {
                    Ok(aliases) => aliases,
                    Err(second) => return Some(Ended::Failed(format!("{error}; {second}"))),
                };
                if theirs.routing(name) != plan.base.routing(name) {
                    let changed = [Item::Alias(name.clone())];
                    return Some(Ended::Lost(ThreeWay::rows(plan, &theirs, &changed)));
                }
                let alias = theirs.aliases.into_iter().find(|alias| alias.name == *name);
                revision_id = alias.and_then(|alias| alias.revision_id);
            }
            if let Some(ended) = self.after(plan, call, error, &mut pauses).await {
                return ended;
            }
        }
    }

    async fn simple(
        &self,
        warrant: &Warrant,
        plan: &Plan,
        call: &Call,
        notes: &mut Vec<String>,
    ) -> Option<Ended> {
        let function = &plan.base.function;
        let mut pauses = Pauses::new();
        loop {
            let sent = match call {
                Call::Publish(description) => self
                    .gate
                    .publish_version(warrant, function, description)
                    .await
                    .map(|version| notes.push(format!("published version {version}"))),
                Call::Reserve(number) => {
                    self.gate.put_concurrency(warrant, function, *number).await
                }
                Call::Unreserve => self.gate.delete_concurrency(warrant, function).await,
                Call::PutAsync(config) => {
                    self.gate.put_async_config(warrant, function, config).await
                }
                Call::UpdateAsync(config) => {
                    let gate = self.gate;
                    gate.update_async_config(warrant, function, config).await
                }
                Call::DeleteAsync => self.gate.delete_async_config(warrant, function).await,
                Call::Mapping { uuid, update } => {
                    self.gate.update_mapping(warrant, uuid, update).await
                }
                Call::Recursion(mode) => self.gate.put_recursion(warrant, function, mode).await,
                Call::Provision {
                    qualifier,
                    executions,
                } => {
                    let gate = self.gate;
                    gate.put_provisioned(warrant, function, qualifier, *executions)
                        .await
                }
                Call::Unprovision { qualifier } => {
                    let gate = self.gate;
                    gate.delete_provisioned(warrant, function, qualifier).await
                }
                Call::CreateUrl { qualifier, url } => {
                    let qualifier = qualifier.as_deref();
                    let gate = self.gate;
                    gate.create_url(warrant, function, qualifier, url).await
                }
                Call::UpdateUrl { qualifier, url } => {
                    let qualifier = qualifier.as_deref();
                    let gate = self.gate;
                    gate.update_url(warrant, function, qualifier, url).await
                }
                Call::DeleteUrl { qualifier } => {
                    let qualifier = qualifier.as_deref();
                    self.gate.delete_url(warrant, function, qualifier).await
                }
                Call::Tag(tags) => self.gate.tag(warrant, function, tags).await,
                Call::Untag(keys) => self.gate.untag(warrant, function, keys).await,
                Call::Configuration(_) | Call::Alias { .. } => Ok(()),
            };
            match sent {
                Ok(()) => return self.arrived(function, call).await,
                Err(error) => {
                    if let Some(ended) = self.after(plan, call, error, &mut pauses).await {
                        return ended;
                    }
                }
            }
        }
    }

    /// What to do after a failed call: `None` to send it again, which is safe because it had no
    /// effect; else how the step ended.
    async fn after(
        &self,
        plan: &Plan,
        call: &Call,
        error: ApiError,
        pauses: &mut Pauses,
    ) -> Option<Option<Ended>> {
        if is_worth_waiting(&error) {
            self.waits(&waiting_for(&error));
            if !pauses.wait(self.stop, error.retry_after).await {
                return Some(Some(Ended::Failed(error.to_string())));
            }
            return self.stop.is_cancelled().then_some(Some(Ended::Stopped));
        }
        if error.outcome() == Outcome::NotDone {
            return Some(Some(Ended::Failed(error.to_string())));
        }
        self.waits("the answer did not come; reading what is there");
        Some(match self.is_there(&plan.base.function, call).await {
            Ok(Some(true)) => None,
            Ok(Some(false)) => Some(Ended::Failed(format!("{error}; it had no effect so far"))),
            Ok(None) => Some(Ended::Unknown(error.to_string())),
            Err(second) => Some(Ended::Unknown(format!("{error}; reading again: {second}"))),
        })
    }

    /// Whether a call has had its effect; `None` when that cannot be told.
    async fn is_there(&self, function: &Arn, call: &Call) -> Result<Option<bool>> {
        Ok(match call {
            Call::Reserve(number) => {
                Some(self.gate.reserved_concurrency(function).await? == Some(*number))
            }
            Call::Unreserve => Some(self.gate.reserved_concurrency(function).await?.is_none()),
            Call::PutAsync(config) => {
                Some(self.gate.async_config(function).await?.as_ref() == Some(config))
            }
            Call::UpdateAsync(config) => {
                let there = self.gate.async_config(function).await?;
                Some(there.is_some_and(|there| has(&there, config)))
            }
            Call::DeleteAsync => Some(self.gate.async_config(function).await?.is_none()),
            Call::Mapping { uuid, update } => {
                let mappings = self.gate.event_source_mappings(Some(function)).await?;
                let mapping = mappings.iter().find(|mapping| mapping.uuid == *uuid);
                mapping.map(|mapping| update.is_of(mapping))
            }
            Call::Recursion(mode) => Some(self.gate.recursion(function).await? == *mode),
            Call::Provision {
                qualifier,
                executions,
            } => {
                let all = self.gate.provisioned_concurrency(function).await?;
                let mut of_it = all.iter().filter(|one| one.qualifier == *qualifier);
                Some(of_it.any(|one| one.requested == *executions))
            }
            Call::Unprovision { qualifier } => {
                let all = self.gate.provisioned_concurrency(function).await?;
                Some(all.iter().all(|one| one.qualifier != *qualifier))
            }
            Call::CreateUrl { qualifier, url } | Call::UpdateUrl { qualifier, url } => {
                let urls = self.gate.urls(function).await?;
                let mut of_it = urls.iter().filter(|one| one.qualifier == *qualifier);
                Some(of_it.any(|one| Url::of(one) == *url))
            }
            Call::DeleteUrl { qualifier } => {
                let urls = self.gate.urls(function).await?;
                Some(urls.iter().all(|one| one.qualifier != *qualifier))
            }
            Call::Tag(tags) => {
                let there = self.gate.tags(function).await?;
                Some(tags.iter().all(|tag| there.contains(tag)))
            }
            Call::Untag(keys) => {
                let there = self.gate.tags(function).await?;
                Some(there.iter().all(|(key, _)| !keys.contains(key)))
            }
            Call::Alias { name, routing, .. } => {
                let mut there = self.gate.aliases(function).await?.into_iter();
                let alias = there.find(|alias| alias.name == *name);
                alias.map(|a| a.version == routing.version && a.weights == routing.weights)
            }
            Call::Publish(_) | Call::Configuration(_) => None,
        })
    }

    /// Waits for what takes its time: a trigger passes through `Disabling` or `Enabling`.
    async fn arrived(&self, function: &Arn, call: &Call) -> Option<Ended> {
        let Call::Mapping { uuid, .. } = call else {
            return None;
        };
        self.waits("until the trigger has settled");
        let mut pauses = Pauses::new();
        loop {
            let mappings = match self.gate.event_source_mappings(Some(function)).await {
                Ok(mappings) => mappings,
                Err(error) => {
                    return Some(Ended::Unknown(format!(
                        "it was accepted, but the trigger could not be read: {error}"
                    )));
                }
            };
            let mapping = mappings.iter().find(|mapping| mapping.uuid == *uuid);
            let is_settled = mapping.is_none_or(|mapping| {
                !matches!(
                    mapping.state.as_str(),
                    "Disabling" | "Enabling" | "Updating" | "Creating"
                )
            });
            if is_settled {
                return None;
            }
            if self.stop.is_cancelled() || !pauses.wait(self.stop, None).await {
                let why = "it was accepted, but the trigger has not settled";
                return Some(Ended::Unknown(why.to_owned()));
            }
        }
    }
}

/// Nothing was done, and waiting helps: a throttle, another update, a revision that moved on.
fn is_worth_waiting(error: &ApiError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Throttled | ErrorKind::Conflict | ErrorKind::Precondition
    )
}

fn waiting_for(error: &ApiError) -> String {
    match error.kind {
        ErrorKind::Throttled => "throttled; it is tried again".to_owned(),
        ErrorKind::Conflict => "another update is in progress".to_owned(),
        _ => "the revision has moved on; reading it again".to_owned(),
    }
}

fn is_in_progress(configuration: &FunctionConfiguration) -> bool {
    configuration.state.last_update.as_deref() == Some("InProgress")
}

fn is_of_configuration(item: &Item) -> bool {
    match item {
        Item::Setting(field) => field.is_configuration(),
        Item::Variable(_) => true,
        Item::Alias(_) | Item::Trigger(..) | Item::Provisioned(_) | Item::Url(_) | Item::Tag(_) => {
            false
        }
    }
}

fn why_it_failed(configuration: &FunctionConfiguration) -> String {
    let state = &configuration.state;
    let mut words = "the update was accepted and ended Failed".to_owned();
    for part in [&state.last_update_reason_code, &state.last_update_reason]
        .into_iter()
        .flatten()
    {
        words.push_str(": ");
        words.push_str(part);
    }
    words
}

/// Whether settings hold all that others say.
fn has(there: &AsyncConfig, wanted: &AsyncConfig) -> bool {
    fn is<T: PartialEq>(there: Option<&T>, wanted: Option<&T>) -> bool {
        wanted.is_none() || there == wanted
    }
    is(
        there.maximum_retries.as_ref(),
        wanted.maximum_retries.as_ref(),
    ) && is(there.maximum_age_s.as_ref(), wanted.maximum_age_s.as_ref())
        && is(there.on_success.as_ref(), wanted.on_success.as_ref())
        && is(there.on_failure.as_ref(), wanted.on_failure.as_ref())
}
