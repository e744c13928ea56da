//! Redrives as the store sees them: the wish, the dry run, the runs under way, the journals that
//! were left.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::QueueKey;
use crate::{
    domain::{
        function::{Alias, Arn, EventSourceMapping},
        queue::{QueueAddress, QueueUrl},
        redrive::{Phase, Plan, Progress, preview::Preview, progress::Tally},
        session::SessionId,
    },
    ports::ApiError,
    store::{RunId, effect::Control},
};

pub use crate::domain::redrive::Pace;

/// Where letters are wished to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Each to the queue it came from.
    Source,
    /// The same; letters that name none go to this one, which is inferred.
    SourceOr(Arn),
    /// All to this queue.
    Queue(QueueAddress),
    /// Each to the function it was meant for, asynchronously; letters that name none, or several
    /// functions at once, go to this one.
    Invoke {
        /// Unqualified ARN.
        function: Arn,
        /// Version or alias.
        qualifier: Option<String>,
    },
    /// Nowhere: they are deleted.
    Delete,
}

/// A plan and what it would do.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRun {
    /// What would be confirmed.
    pub plan: Plan,
    /// What it would do.
    pub preview: Preview,
    /// What was found out beside.
    pub facts: Facts,
    /// The queue it empties.
    pub queue: QueueKey,
    /// The name that must be typed: the redrive is a destroying one.
    pub typed: Option<String>,
    /// Running AWS's own move instead would do the same: offered beside it.
    pub move_task: bool,
}

/// What a dry run found out beside its preview.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Chosen letters that were invoked by hand and are left out.
    pub left_out: usize,
    /// Chosen letters of which the jq filter is not true.
    pub filtered: usize,
    /// Chosen letters that the jq filter cannot be judged on, and why not the first of them.
    pub not_judged: Option<(usize, String)>,
    /// Aliases of the function that is invoked, as they point now.
    pub aliases: Vec<Alias>,
    /// Its newest published versions.
    pub versions: Vec<String>,
    /// Letters whose lease is lost: they are received anew, if nobody else has them.
    pub lost: usize,
    /// The mappings that read the destinations or the queue that is emptied, and how they stand.
    pub mappings: Vec<EventSourceMapping>,
    /// What could not be read: a note, never a refusal.
    pub unknown: Vec<ApiError>,
}

/// A redrive of this program's life.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// The queue that it empties.
    pub queue: QueueKey,
    /// The queue's URL.
    pub url: QueueUrl,
    /// The plan's id, by which `resume` knows it.
    pub plan_id: String,
    /// What was confirmed; `None` when the journal of an earlier run has it.
    pub plan: Option<Arc<Plan>>,
    /// When it was started here.
    pub started: Timestamp,
    /// Letters in the queue then, as far as counts told.
    pub depth: Option<u64>,
    /// The newest figures.
    pub progress: Option<Box<Progress>>,
    /// What was asked of it last.
    pub control: Control,
    /// How it ended, once it did.
    pub outcome: Option<Box<Outcome>>,
}

impl Run {
    /// Whether it waits for the verdict on its canary.
    pub fn waits_for_canary(&self) -> bool {
        let phase = self.progress.as_ref().map(|progress| &progress.phase);
        self.is_running() && matches!(phase, Some(Phase::Canary(_)))
    }

    /// Whether it still works.
    pub const fn is_running(&self) -> bool {
        self.outcome.is_none()
    }
}

/// What becomes of what an ended redrive left undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It left nothing, or it still runs.
    Nothing,
    /// Its journal is here and free: `resume` finishes the plan.
    Resumable,
    /// A journal was kept, and cannot be resumed here and now: it is being read, another process
    /// works at it, or it is gone.
    Elsewhere,
    /// No journal is kept: the rest is in the queue as before.
    NotKept,
}

/// How a redrive ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// When.
    pub at: Timestamp,
    /// The last figures; `None` when it never began.
    pub progress: Option<Progress>,
    /// The journal, which has every letter's old and new id.
    pub journal: Option<PathBuf>,
    /// Letters that are gone from the queue.
    pub gone: Vec<super::LetterId>,
    /// Why it never began.
    pub error: Option<String>,
}

/// The journals that earlier runs left.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeftJournals {
    /// Those that can be resumed.
    pub unfinished: Vec<Journal>,
    /// No journal is kept at all: the demo account.
    pub is_fleeting: bool,
    /// Which others are damaged, and where, if any.
    pub problem: Option<String>,
}

/// A journal that an earlier run left unfinished.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// What was confirmed.
    pub plan: Plan,
    /// Who would finish it.
    pub session: SessionId,
    /// Its file.
    pub file: PathBuf,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// How far it came, if that could be read.
    pub tally: Option<Tally>,
    /// Another process works at it: it cannot be resumed here.
    pub is_locked: bool,
}
