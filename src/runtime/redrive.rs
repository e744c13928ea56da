//! The engine of redrives: carries out a plan, letter by letter, without losing one
//! (`docs/architecture.md` §6.1).
//!
//! One loop (`engine`) owns everything that changes; requests fly beside it and come back as
//! events, records are on disk before the step they announce. A letter's way:
//!
//! ```text
//! intake    receive → tombstone? → part of the plan? → edit → destination → Claimed
//! outlet    pack ten → Sending, synced → send → Sent, synced → delete → Deleted
//! leases    beside it all: what is ours is renewed at half its time, what was lost comes anew
//! ```
//!
//! Whatever happens in between, a letter is still in the source until its `Sent` is on disk, and
//! what a process leaves behind when it dies is the journal, from which [`execute`] goes on. Not
//! responsible for what a state means or which may follow (`domain::redrive`), for files
//! (`runtime::journal`), or for the dry run (`domain::redrive::preview`).

mod answers;
mod behind;
mod canary;
mod deletes;
mod ending;
mod engine;
mod intake;
mod leases;
mod lookout;
mod outlet;
mod pace;
mod receive;
mod report;
mod resume;
mod sieve;
mod targets;
mod trouble;
mod workers;

pub use targets::target;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    clock::Clock,
    gate::{self, Gate, Intention},
    journal::{Journal, Tombstones},
};
use crate::{
    domain::{
        letter::decode::Known,
        queue::{Message, OpenQueue},
        redrive::{Destination, End, Ledger, Phase, Plan, Progress, Replay, Scope},
    },
    ports::{ApiError, Operation},
    store::effect::Control,
};

/// A letter that is ours when a plan begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The letter.
    pub message: Message,
    /// Nobody else sees it until then.
    pub until: Timestamp,
}

/// What a run begins with.
#[derive(Debug)]
pub struct Start {
    /// The plan and what its journal says happened so far.
    pub replay: Replay,
    /// The queue that is emptied, as [`source`] found it.
    pub source: OpenQueue,
    /// A selection: the letters that are held. None when a plan is resumed.
    pub held: Vec<Held>,
    /// What is known of the queue: who feeds it, how long it keeps.
    pub known: Known,
    /// What other plans have sent from it.
    pub tombstones: Tombstones,
    /// The plan was just confirmed; no process worked on it before.
    pub is_fresh: bool,
}

impl Start {
    /// A plan that was just confirmed, and the letters held for it.
    pub fn fresh(
        plan: Plan,
        source: OpenQueue,
        held: Vec<Held>,
        known: Known,
        tombstones: Tombstones,
    ) -> Self {
        Self {
            replay: Replay::of(plan),
            source,
            held,
            known,
            tombstones,
            is_fresh: true,
        }
    }

    /// A plan that was interrupted.
    pub fn resumed(
        replay: Replay,
        source: OpenQueue,
        known: Known,
        tombstones: Tombstones,
    ) -> Self {
        Self {
            replay,
            source,
            held: Vec::new(),
            known,
            tombstones,
            is_fresh: false,
        }
    }
}

/// Carries out a plan until it ends, whichever way, and returns the last figures; the same go to
/// `progress` on the way. Steered by `control`. Leaves one entry in the activity log.
///
/// Dropping the future is a crash: nothing is lost, and the journal can be resumed.
pub async fn execute(
    gate: Arc<Gate>,
    clock: Clock,
    journal: Journal,
    start: Start,
    control: watch::Receiver<Control>,
    progress: watch::Sender<Progress>,
) -> Progress {
    execute_all(gate, clock, journal, start, control, progress)
        .await
        .0
}

/// The same, and where each letter is at the end.
pub async fn execute_all(
    gate: Arc<Gate>,
    clock: Clock,
    journal: Journal,
    start: Start,
    control: watch::Receiver<Control>,
    progress: watch::Sender<Progress>,
) -> (Progress, Ledger) {
    let plan = &start.replay.plan;
    let operation = operation(plan);
    let intention = Intention {
        operation,
        target: plan.source.to_string(),
        summary: summary(plan, &journal),
        // Without a journal there is nothing to resume.
        command: journal
            .path()
            .map_or_else(String::new, |_| format!("lambdeck dlq resume {}", plan.id)),
    };
    match gate.announce(intention).await {
        Ok(warrant) => {
            let engine = engine::Engine::new(
                Arc::clone(&gate),
                clock,
                journal,
                warrant.clone(),
                start,
                progress,
            );
            let (last, ledger) = Box::pin(engine.run(control)).await;
            let end = report::ending(&last);
            gate.complete(&warrant, operation, end).await;
            (last, ledger)
        }
        Err(error) => {
            let why = format!(
                "{error}; {}",
                error.next_step(plan.profile.as_deref().unwrap_or("default"))
            );
            let last = Progress {
                phase: Phase::Ended(End::Broken(why)),
                ..report::first(&start.replay, clock.now())
            };
            progress.send_replace(last.clone());
            (last, start.replay.ledger)
        }
    }
}

/// The queue that a plan empties, found anew and held to the ARN that was confirmed.
///
/// # Errors
/// Also when it is elsewhere, or cannot be asked which queue it is: letters are deleted there.
pub async fn source(gate: &Gate, plan: &Plan) -> Result<OpenQueue, ApiError> {
    let operation = operation(plan);
    let address = gate::address_at(operation, &plan.source, Some(&plan.source_url))?;
    let source = gate.open_queue(&address).await?;
    gate::verified(operation, &source)?;
    Ok(source)
}

/// The first figures of a run, for the channel that [`execute`] reports on.
pub fn first_progress(start: &Start, now: Timestamp) -> Progress {
    report::first(&start.replay, now)
}

/// The call that a plan is mostly made of: whether a session may carry it out at all.
pub const fn operation(plan: &Plan) -> Operation {
    match plan.destination {
        Destination::Source | Destination::SourceOr { .. } | Destination::Queue { .. } => {
            Operation::SendMessageBatch
        }
        Destination::Invoke { .. } => Operation::Invoke,
        Destination::Delete => Operation::DeleteMessageBatch,
    }
}

fn summary(plan: &Plan, journal: &Journal) -> String {
    let what = match (&plan.scope, plan.limit()) {
        (Scope::Selection(chosen), _) => format!("{} chosen letters", chosen.len()),
        (Scope::Standing { filter: None, .. }, None) => "every letter".to_owned(),
        (
            Scope::Standing {
                filter: Some(_), ..
            },
            None,
        ) => "every letter that fits a filter".to_owned(),
        (Scope::Standing { .. }, Some(limit)) => format!("at most {limit} letters"),
    };
    let does = match &plan.destination {
        Destination::Source => "move back to their own queues".to_owned(),
        Destination::SourceOr { inferred } => format!(
            "move back to their own queues, to {} (inferred) where none is named",
            plan.named(inferred)
        ),
        Destination::Queue { arn, .. } => format!("move to {}", plan.named(arn)),
        Destination::Invoke { function, .. } => {
            format!("give to {} asynchronously", plan.named(function))
        }
        Destination::Delete => "delete".to_owned(),
    };
    let place = journal
        .path()
        .map_or_else(String::new, |path| format!("; journal {}", path.display()));
    format!("{does}: {what} of {}{place}", plan.named(&plan.source))
}
