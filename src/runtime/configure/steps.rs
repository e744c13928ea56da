//! The steps of a plan: compare, send once, wait until it has settled.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    Engine, PATIENCE,
    lock::{self, Seen, Verdict},
};
use crate::{
    domain::{
        draft::{
            Snapshot,
            plan::Plan,
            record::{Ended, Record},
            update::Call,
        },
        function::FunctionConfiguration,
    },
    ports::{ApiError, ErrorKind, Outcome, Result},
    runtime::gate::Warrant,
};

/// When a call was not answered, the function is read after each of these pauses: AWS may still be
/// working on it.
const SECOND_LOOKS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// A plan that is being carried out.
pub(super) struct Running<'a> {
    pub warrant: &'a Warrant,
    pub plan: &'a Plan,
    pub record: Record,
    /// Notes for the user.
    pub notes: Vec<String>,
    /// The configuration after the plan's own update.
    pub updated: Option<Snapshot>,
    /// Why a call was refused.
    pub refused: Option<ErrorKind>,
}

impl Running<'_> {
    fn failed(&mut self, error: &ApiError) -> Ended {
        self.refused = Some(error.kind);
        Ended::Failed(error.to_string())
    }

    /// The call with the number of the version that was published.
    fn with_version(&self, call: &Call) -> std::result::Result<Call, Ended> {
        let Call::Alias {
            name,
            routing,
            revision_id,
        } = call
        else {
            return Ok(call.clone());
        };
        let routing = match &self.record.published {
            Some(version) => routing.published(version),
            None if routing.follows_publish() => {
                let why = "no version was published that it could lead to";
                return Err(Ended::Failed(why.to_owned()));
            }
            None => routing.clone(),
        };
        Ok(Call::Alias {
            name: name.clone(),
            routing,
            revision_id: revision_id.clone(),
        })
    }
}

/// How often, a second apart, an accepted call is looked at after a stop. Most updates settle by
/// then, and quitting waits 5 s at most (`docs/architecture.md` §10).
const LAST_LOOKS: u32 = 4;

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

    /// Waits at least as long as the server asks, or until it is stopped. `false` when it has waited
    /// long enough in all.
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

/// How far a call is that was accepted.
enum Settling {
    Settled,
    Going,
    Failed(String),
}

impl Engine<'_> {
    /// Makes one call and waits until it has settled; `None` when it is done.
    ///
    /// Before each try, what it replaces is read, and must be as the plan found it.
    pub(super) async fn step(&self, running: &mut Running<'_>, call: &Call) -> Option<Ended> {
        let call = &match running.with_version(call) {
            Ok(call) => call,
            Err(ended) => return Some(ended),
        };
        let mut pauses = Pauses::new();
        loop {
            if self.stop.is_cancelled() {
                return Some(Ended::Stopped);
            }
            let (seen, error) = match self.look(running.plan, call).await {
                Ok(Seen {
                    busy: Some(why), ..
                }) => {
                    self.waits(&why);
                    if !pauses.wait(self.stop, None).await {
                        let why = format!("{why}, after 300 s still; nothing was sent");
                        return Some(Ended::Failed(why));
                    }
                    continue;
                }
                Ok(seen) if lock::has_other_code(running.plan, call, &seen.snapshot) => {
                    let why = "other code was deployed meanwhile: nothing was published, because \
                               nobody reviewed that";
                    return Some(Ended::Failed(why.to_owned()));
                }
                Ok(seen) => match lock::compare(running, call, &seen.snapshot) {
                    Verdict::AsPlanned => match self.send(running, call, &seen).await {
                        Ok(()) => return self.settled(running, call).await,
                        Err(error) => (Some(seen), error),
                    },
                    Verdict::There => {
                        let note = format!("{} was not needed: it is so already", call.name());
                        running.notes.push(note);
                        if matches!(call, Call::Configuration(_)) {
                            running.updated = Some(seen.snapshot);
                        }
                        return None;
                    }
                    Verdict::Lost(rows) => return Some(Ended::Lost(rows)),
                },
                Err(error) => (None, error),
            };
            if is_worth_waiting(&error) {
                self.waits(&waiting_for(&error));
                if pauses.wait(self.stop, error.retry_after).await {
                    continue;
                }
                return Some(running.failed(&error));
            }
            let Some(seen) = seen else {
                running.refused = Some(error.kind);
                return Some(Ended::Failed(format!("nothing was sent: {error}")));
            };
            if error.outcome() == Outcome::NotDone {
                return Some(running.failed(&error));
            }
            return self.resolved(running, call, &seen, &error).await;
        }
    }

    async fn send(&self, running: &mut Running<'_>, call: &Call, seen: &Seen) -> Result<()> {
        let call = call.locked(seen.revision_id.clone());
        let function = &running.plan.base.function;
        let edited = self.gate.edit(running.warrant, function, &call).await?;
        if let Some(version) = edited.version {
            self.published(running, version).await;
        }
        Ok(())
    }

    /// Writes the number of the published version down before anything else happens.
    async fn published(&self, running: &mut Running<'_>, version: String) {
        running.notes.push(format!("published version {version}"));
        running.record.published = Some(version);
        if let Err(why) = self.keep(&running.record).await {
            let note = format!("the record could not be written: {why}");
            running.notes.push(note);
        }
    }

    /// Finds out what became of a call that was not answered. It is never sent again.
    async fn resolved(
        &self,
        running: &mut Running<'_>,
        call: &Call,
        before: &Seen,
        error: &ApiError,
    ) -> Option<Ended> {
        self.waits("the answer did not come; reading what is there");
        for pause in SECOND_LOOKS {
            tokio::time::sleep(pause).await;
            let now = match self.look(running.plan, call).await {
                Ok(now) => now,
                Err(second) => {
                    let why = format!("{error}; reading again: {second}");
                    return Some(Ended::Unknown(why));
                }
            };
            if let Call::Publish { description, .. } = call {
                match lock::new_version(before, &now, description) {
                    Ok(Some(version)) => {
                        self.published(running, version).await;
                        return self.settled(running, call).await;
                    }
                    Ok(None) => continue,
                    Err(()) => return Some(Ended::Unknown(error.to_string())),
                }
            }
            if lock::is_there(running.plan, call, &now.snapshot) {
                return self.settled(running, call).await;
            }
            let is_as_before = lock::is_same(running.plan, call, &before.snapshot, &now.snapshot)
                && before.revision_id == now.revision_id;
            // While it is busy, it may still change.
            if now.busy.is_none() && !is_as_before {
                return Some(Ended::Unknown(error.to_string()));
            }
        }
        // It may still take effect: nothing was heard of it yet.
        let why = format!("{error}; it had no effect so far");
        Some(Ended::Unknown(why))
    }

    /// Waits until an accepted call has settled.
    async fn settled(&self, running: &mut Running<'_>, call: &Call) -> Option<Ended> {
        self.waits(&format!("{}: waiting until it has settled", call.name()));
        let mut pauses = Pauses::new();
        let mut last_looks = LAST_LOOKS;
        loop {
            let why = match self.standing(running, call).await {
                Ok(Settling::Settled) => return None,
                Ok(Settling::Failed(why)) => return Some(Ended::Failed(why)),
                Ok(Settling::Going) => "it was accepted and is still going on".to_owned(),
                Err(error) => {
                    let why =
                        format!("it was accepted, but how it ended could not be read: {error}");
                    if !error.is_transient() {
                        running.refused = Some(error.kind);
                        return Some(Ended::Unknown(why));
                    }
                    why
                }
            };
            if self.stop.is_cancelled() {
                if last_looks == 0 {
                    let why = "it was accepted and goes on; nobody waited for its end";
                    return Some(Ended::Unknown(why.to_owned()));
                }
                last_looks -= 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            } else if !pauses.wait(self.stop, None).await {
                return Some(Ended::Unknown(format!("{why} (300 s)")));
            }
        }
    }

    async fn standing(&self, running: &mut Running<'_>, call: &Call) -> Result<Settling> {
        let function = &running.plan.base.function;
        Ok(match call {
            Call::Configuration(_) => {
                let now = self.gate.configuration(function, None).await?;
                match now.state.last_update.as_deref() {
                    Some("Failed") => Settling::Failed(why_it_failed(&now)),
                    Some("InProgress") => Settling::Going,
                    _ => {
                        running.updated = Some(Snapshot::of(&now));
                        Settling::Settled
                    }
                }
            }
            // Calls of an alias fail while its version is not active yet.
            Call::Publish { .. } => {
                let version = running.record.published.as_deref();
                let now = self.gate.configuration(function, version).await?;
                match now.state.state.as_deref() {
                    Some("Pending") => Settling::Going,
                    Some("Failed") => Settling::Failed(format!(
                        "the version was published and is Failed: {}",
                        now.state.state_reason.unwrap_or_default()
                    )),
                    _ => Settling::Settled,
                }
            }
            Call::Mapping { uuid, .. } => {
                let mappings = self.gate.event_source_mappings(Some(function)).await?;
                let mapping = mappings.into_iter().find(|mapping| mapping.uuid == *uuid);
                match mapping {
                    Some(mapping) if mapping.is_changing() => Settling::Going,
                    Some(_) => Settling::Settled,
                    None => Settling::Failed("it was accepted and is gone".to_owned()),
                }
            }
            Call::Provision { qualifier, .. } => {
                let all = self.gate.provisioned_concurrency(function).await?;
                let one = all.into_iter().find(|one| one.qualifier == *qualifier);
                match one {
                    None => Settling::Failed("it was accepted and is gone again".to_owned()),
                    Some(one) if one.status == "IN_PROGRESS" => Settling::Going,
                    Some(one) if one.status == "FAILED" => Settling::Failed(format!(
                        "it was accepted and ended FAILED: {}",
                        one.reason.unwrap_or_default()
                    )),
                    Some(_) => Settling::Settled,
                }
            }
            _ => Settling::Settled,
        })
    }
}

/// Nothing was done, and waiting helps: a throttle, another update, a newer revision.
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
