//! Reviews a change and carries it out (`docs/architecture.md` §8), for the console and the command
//! line alike. [`Reviewer`] reads and plans; [`CarryOut`] makes the calls of the plans.
//!
//! A plan is carried out one call after the other. Before a call, what it replaces is read, and must
//! be as the plan found it. Where there is a revision, it goes with the call. A call waits while
//! another update runs, and while AWS throttles. If its outcome is unknown, it is never sent again:
//! the function is read, and if that does not tell, the outcome is reported as unknown.
//!
//! Before the first call, there is an entry in the activity log and a [`Record`] on disk, and a
//! resume card if the change is a move that stops the damage. The record is written after each
//! step, so that it shows what was done if the process dies.

mod cards;
mod carry_out;
mod compare;
pub mod files;
mod follow;
mod lock;
mod read;
mod review;
mod steps;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc, time::Duration};

use jiff::Timestamp;
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
        function::Environment,
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

pub use cards::Cards;
pub use carry_out::{CarryOut, PlanEnd};
pub use compare::compare;
pub use read::{Found, Wanted, facts, find};
pub use review::{Refused, Reviewed, Reviewer};

use files::{Left, StateFiles};
use steps::Running;

/// How long to wait for one step. AWS's own waiter waits as long.
const PATIENCE: Duration = Duration::from_mins(5);

/// Carries out one plan.
pub struct Engine<'a> {
    /// The session.
    pub gate: &'a Gate,
    /// Where records are kept.
    pub files: &'a StateFiles,
    /// The time.
    pub clock: &'a Clock,
    /// Stops it before the next step.
    pub stop: &'a CancellationToken,
    /// Told of each step.
    pub progress: &'a watch::Sender<Progress>,
}

/// The operation of the most dangerous call of a plan.
fn chief(plan: &Plan) -> Operation {
    let operations = plan.calls.iter().map(Operation::of);
    operations
        .max_by_key(|operation| operation.spec().class)
        .unwrap_or(Operation::UpdateFunctionConfiguration)
}

/// What became of a plan.
#[derive(Debug)]
pub struct Carried {
    /// What the user is told.
    pub report: Report,
    /// Why a call was refused, when that ended it.
    pub refused: Option<ErrorKind>,
}

impl Engine<'_> {
    /// Carries a plan out. `Err` means that nothing was sent. A plan that has nothing to do is
    /// done at once, without an id.
    ///
    /// # Errors
    /// When the session may not write, or the activity log, the record or the resume card cannot
    /// be written.
    pub async fn apply(&self, plan: &Plan, cards: Option<&Cards>) -> Result<Report> {
        self.carry_out(plan, cards).await.map(|done| done.report)
    }

    /// Like [`Self::apply`], but also gives the reason of a refusal.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn carry_out(&self, plan: &Plan, cards: Option<&Cards>) -> Result<Carried> {
        if plan.is_empty() {
            let mut report = Report {
                id: String::new(),
                steps: Vec::new(),
                ended: Ended::Done,
                notes: vec!["nothing to do: it is so already".to_owned()],
            };
            self.put_away(cards, &mut report).await;
            return Ok(Carried {
                report,
                refused: None,
            });
        }
        for call in &plan.calls {
            self.gate.permit(Operation::of(call))?;
        }
        let chief = chief(plan);
        let warrant = self.announce(plan, chief).await?;
        let (account, region) = (self.gate.account(), self.gate.region());
        let now = self.clock.now();
        let record = Record::new(warrant.id(), now, account.as_deref(), region, plan);
        let begun = match self.begin(&record, plan, cards).await {
            Ok(begun) => begun,
            Err(why) => {
                let error = ApiError::not_sent(chief, &why);
                self.gate.complete(&warrant, chief, (&error).into()).await;
                return Err(error);
            }
        };
        let mut running = Running {
            warrant: &warrant,
            plan,
            record,
            notes: Vec::new(),
            updated: None,
            refused: None,
        };
        let ended = self.running(&mut running).await;
        let Running {
            mut record,
            mut notes,
            refused,
            ..
        } = running;
        record.ended = Some(ended.words());
        if let Err(why) = self.keep(&record).await {
            notes.push(format!("the record could not be completed: {why}"));
        }
        let cannot_be_reverted = record.before.is_empty();
        let result = match &ended {
            Ended::Done => Ending::Done,
            Ended::Unknown(_) => Ending::Unknown,
            Ended::Stopped => Ending::Stopped,
            Ended::Failed(_) | Ended::Lost(_) => Ending::Failed,
        };
        let words = format!("{} ({})", ended.words(), record.progress());
        self.gate
            .complete(&warrant, chief, End::of(result, words))
            .await;
        let mut report = Report {
            id: record.id,
            steps: record.steps,
            ended,
            notes,
        };
        if let Some(card) = begun.card {
            self.keep_card(&card, &mut report).await;
        } else if matches!(cards, Some(Cards::Leaves(_))) && cannot_be_reverted {
            let note = "no resume card was left: what was there before could not be read";
            report.notes.push(note.to_owned());
        }
        self.put_away(cards, &mut report).await;
        Ok(Carried { report, refused })
    }

    async fn announce(&self, plan: &Plan, chief: Operation) -> Result<Warrant> {
        let region = self.gate.region();
        let commands: Vec<String> = plan
            .calls
            .iter()
            .map(|call| call.command(plan.base.function.as_str(), region))
            .collect();
        let intention = Intention {
            operation: chief,
            target: plan.base.function.to_string(),
            summary: plan.summary(),
            command: commands.join(" && "),
        };
        let warrant = self.gate.announce(intention).await?;
        let variables = match &plan.base.environment {
            Environment::Variables(variables) => variables.as_slice(),
            Environment::Unreadable { .. } => &[],
        };
        let replaced = variables.iter().map(|(_, value)| value.clone());
        let new = plan.calls.iter().filter_map(|call| match call {
            Call::Configuration(update) => update.environment.as_ref(),
            _ => None,
        });
        let new = new.flatten().map(|(_, value)| value.clone());
        Ok(warrant.hiding(replaced.chain(new)))
    }

    async fn running(&self, running: &mut Running<'_>) -> Ended {
        let plan = running.plan;
        for (number, call) in plan.calls.iter().enumerate() {
            if self.stop.is_cancelled() {
                return Ended::Stopped;
            }
            self.tell(number + 1, plan.calls.len(), call.name());
            running.record.steps[number].state = StepState::Sent;
            if let Err(why) = self.keep(&running.record).await {
                running.record.steps[number].state = StepState::Left;
                return Ended::Failed(format!("the record cannot be written ({why})"));
            }
            let end = self.step(running, call).await;
            running.record.steps[number].state = match &end {
                None => StepState::Done,
                Some(Ended::Unknown(_)) => StepState::Sent,
                Some(Ended::Stopped | Ended::Lost(_)) => StepState::Left,
                Some(_) => StepState::Failed,
            };
            if let Some(ended) = end {
                return ended;
            }
            if let Err(why) = self.keep(&running.record).await {
                let note = format!("the record could not be written: {why}");
                running.notes.push(note);
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
        let record = Arc::new(record.clone());
        self.with_files(move |files| files.keep(&record)).await
    }

    async fn with_files<T: Send + 'static>(
        &self,
        work: impl FnOnce(StateFiles) -> io::Result<T> + Send + 'static,
    ) -> std::result::Result<T, String> {
        with_files(self.files, work).await
    }
}

/// What earlier edits left on this machine: resume cards, and records of edits whose process died.
/// Removes what is too old.
///
/// # Errors
/// When the program is ending.
pub async fn left(files: &StateFiles, now: Timestamp) -> std::result::Result<Left, String> {
    let read = move |files: StateFiles| {
        files.prune(now);
        Ok(files.left())
    };
    with_files(files, read).await
}

/// Works with the files where that holds nobody up.
async fn with_files<T: Send + 'static>(
    files: &StateFiles,
    work: impl FnOnce(StateFiles) -> io::Result<T> + Send + 'static,
) -> std::result::Result<T, String> {
    let files = files.clone();
    match blocking(move || work(files)).await {
        Some(Ok(done)) => Ok(done),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the program is ending".to_owned()),
    }
}
