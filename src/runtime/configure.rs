//! Carries out a [`Plan`]: one call after the other, each settled and read again before the next
//! (design §8).
//!
//! The update of a configuration is locked twice: the configuration is read anew and must be what
//! the plan was made from, and the revision of that reading goes with the call. `InProgress`, a
//! conflict and a throttle are waited for. A call whose outcome is unknown is never sent again: it
//! is read what is there, and else reported as unknown.
//!
//! Before the first call there is an entry in the activity log and a [`Record`] on disk; the record
//! follows each step, so that a process that died leaves behind what was done.

pub mod files;
mod read;
mod steps;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    clock::Clock,
    gate::{Gate, Intention, Warrant},
    runner::blocking,
};
use crate::{
    domain::{
        activity::{End, Ending},
        draft::{
            plan::Plan,
            record::{Ended, Progress, Record, Report, StepState},
            update::Call,
        },
    },
    ports::{ApiError, ErrorKind, Operation, Result, Session},
};

use files::StateFiles;
pub use read::{Found, Wanted, facts, find};

/// How long one step is waited for before it counts as stuck: Lambda's own waiter takes as long.
const PATIENCE: Duration = Duration::from_mins(5);

/// What carrying out needs.
pub struct Engine<'a, S> {
    /// The session.
    pub gate: &'a Gate<S>,
    /// Where records are kept.
    pub files: &'a StateFiles,
    /// The time.
    pub clock: &'a Clock,
    /// Account id, if it is known.
    pub account: Option<String>,
    /// Stops it before the next step.
    pub stop: &'a CancellationToken,
    /// Told of each step.
    pub progress: &'a watch::Sender<Progress>,
}

/// The operation of a call.
pub const fn operation(call: &Call) -> Operation {
    match call {
        Call::Configuration(_) => Operation::UpdateFunctionConfiguration,
        Call::Publish(_) => Operation::PublishVersion,
        Call::Reserve(0) => Operation::StopFunction,
        Call::Reserve(_) => Operation::PutFunctionConcurrency,
        Call::Unreserve => Operation::DeleteFunctionConcurrency,
        Call::PutAsync(_) => Operation::PutFunctionEventInvokeConfig,
        Call::UpdateAsync(_) => Operation::UpdateFunctionEventInvokeConfig,
        Call::DeleteAsync => Operation::DeleteFunctionEventInvokeConfig,
        Call::Mapping { .. } => Operation::UpdateEventSourceMapping,
        Call::Alias { .. } => Operation::UpdateAlias,
        Call::Recursion(_) => Operation::PutFunctionRecursionConfig,
        Call::Provision { .. } => Operation::PutProvisionedConcurrencyConfig,
        Call::Unprovision { .. } => Operation::DeleteProvisionedConcurrencyConfig,
        Call::CreateUrl { .. } => Operation::CreateFunctionUrlConfig,
        Call::UpdateUrl { .. } => Operation::UpdateFunctionUrlConfig,
        Call::DeleteUrl { .. } => Operation::DeleteFunctionUrlConfig,
        Call::Tag(_) => Operation::TagResource,
        Call::Untag(_) => Operation::UntagResource,
    }
}

/// The operation that stands for a plan: that of its most dangerous call.
pub fn chief(plan: &Plan) -> Operation {
    let operations = plan.calls.iter().map(operation);
    operations
        .max_by_key(|operation| operation.spec().class)
        .unwrap_or(Operation::UpdateFunctionConfiguration)
}

impl<S: Session> Engine<'_, S> {
    /// Carries a plan out. `Err` means that nothing was sent.
    ///
    /// # Errors
    /// When the session may not write, or the activity log or the record cannot be written.
    pub async fn apply(&self, plan: &Plan) -> Result<Report> {
        let chief = chief(plan);
        for call in &plan.calls {
            self.gate.permit(operation(call))?;
        }
        let region = self.gate.region();
        let commands: Vec<String> = plan
            .calls
            .iter()
            .map(|call| call.command(plan.base.function.as_str(), region))
            .collect();
        let warrant = self
            .gate
            .announce(Intention {
                operation: chief,
                target: plan.base.function.to_string(),
                summary: plan.summary(),
                command: commands.join(" && "),
            })
            .await?;
        let account = self.account.as_deref();
        let mut record = Record::new(warrant.id(), self.clock.now(), account, region, plan);
        if let Err(why) = self.keep(&record).await {
            let message = format!("nothing was sent: the record cannot be written ({why})");
            let error = ApiError::new(chief, ErrorKind::Other, message);
            self.gate.complete(&warrant, chief, (&error).into()).await;
            return Err(error);
        }
        let mut notes = Vec::new();
        let ended = self.walk(&warrant, plan, &mut record, &mut notes).await;
        record.ended = Some(ended.words());
        if let Err(why) = self.keep(&record).await {
            notes.push(format!("the record could not be completed: {why}"));
        }
        let result = match &ended {
            Ended::Done => Ending::Done,
            Ended::Unknown(_) => Ending::Unknown,
            Ended::Stopped | Ended::Failed(_) | Ended::Lost(_) => Ending::Failed,
        };
        let words = format!("{} ({})", ended.words(), record.progress());
        self.gate
            .complete(&warrant, chief, End::of(result, words))
            .await;
        Ok(Report {
            id: record.id,
            steps: record.steps,
            ended,
            notes,
        })
    }

    async fn walk(
        &self,
        warrant: &Warrant,
        plan: &Plan,
        record: &mut Record,
        notes: &mut Vec<String>,
    ) -> Ended {
        for (number, call) in plan.calls.iter().enumerate() {
            if self.stop.is_cancelled() {
                return Ended::Stopped;
            }
            self.tell(number + 1, plan.calls.len(), call.name());
            record.steps[number].state = StepState::Sent;
            if let Err(why) = self.keep(record).await {
                record.steps[number].state = StepState::Left;
                return Ended::Failed(format!("the record cannot be written ({why})"));
            }
            let end = self.step(warrant, plan, call, notes).await;
            record.steps[number].state = match &end {
                None => StepState::Done,
                Some(Ended::Unknown(_)) => StepState::Sent,
                Some(Ended::Stopped) => StepState::Left,
                Some(_) => StepState::Failed,
            };
            if let Some(ended) = end {
                return ended;
            }
            if let Err(why) = self.keep(record).await {
                notes.push(format!("the record could not be written: {why}"));
            }
        }
        Ended::Done
    }

    fn tell(&self, step: usize, of: usize, doing: &str) {
        self.progress.send_replace(Progress {
            step,
            of,
            doing: doing.to_owned(),
        });
    }

    fn waits(&self, doing: &str) {
        self.progress
            .send_modify(|progress| doing.clone_into(&mut progress.doing));
    }

    async fn keep(&self, record: &Record) -> std::result::Result<(), String> {
        let files = self.files.clone();
        let record = Arc::new(record.clone());
        match blocking(move || files.keep(&record)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the program is ending".to_owned()),
        }
    }
}
