//! What changes the dead letters: what the user wants, and what was answered.

use std::{path::PathBuf, sync::Arc};

use super::{
    discovery::Found,
    import::Import,
    queue_letters::{EditReview, Leases, LookEnd},
    redrive::{DryRun, LeftJournals, Outcome, Pace, To},
    work::{Sampled, Sorted},
};
use crate::{
    domain::{
        function::Arn,
        letter::Letter,
        queue::{MoveTask, Outgoing, QueueAddress, QueueAttributes, QueueUrl},
        redrive::Progress,
        secret::Secret,
    },
    ports::ApiError,
    store::{
        RunId,
        effect::Control,
        identity::{LetterId, QueueKey},
        parcel::Parcel,
        ticket::Ticket,
    },
};

/// What names a cluster; stays the same while letters come, not when letters go.
pub type ClusterId = u32;

/// Letters of the open queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// These.
    Letters(Vec<LetterId>),
    /// All that were read and belong to this cluster, filtered or not.
    Cluster(ClusterId),
    /// All that were read and the filter leaves.
    Filtered,
    /// Those marked, whether the filter shows them or not.
    Marked,
    /// Every letter of the queue that fits the filter (all, without one), those not read yet
    /// included: figures are estimates. Only a redrive takes it.
    Standing {
        /// At most so many.
        limit: Option<u64>,
    },
}

/// A redrive as it is wished; [`Step::Prepare`] makes a dry run of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Which letters.
    pub letters: Which,
    /// Where to.
    pub to: To,
    /// A jq expression over each event: letters of which it is not true stay.
    pub filter: Option<String>,
    /// A jq expression over each body that was not edited by hand.
    pub edit: Option<String>,
    /// How fast, how careful.
    pub pace: Pace,
    /// Letters that were invoked by hand and answered are left out, unless this is set.
    pub with_ran: bool,
    /// Send `AWSTraceHeader` along.
    pub keep_trace: bool,
    /// Something of it was chosen: it belongs to the queue until it is started or dropped.
    pub is_chosen: bool,
}

/// What is written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Export {
    /// Letters as JSON Lines, edits applied.
    Letters(Which),
    /// The dry run as JSON.
    Plan,
    /// The report of this plan, every letter's old and new id: JSON where the file's name ends
    /// so, else Markdown.
    Report(String),
}

/// What the user wants. Steps about letters are about the open queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Find all dead-letter queues anew.
    Discover,
    /// Read counts anew; never a receive.
    Refresh,
    /// Add a queue by name, URL or ARN, and open it.
    Add(String),
    /// Show this queue.
    Open(QueueKey),
    /// Close the open queue and give its letters back.
    Leave,
    /// Look at the letters: tells first what that costs where it can do harm.
    Look,
    /// The notice was read.
    AcceptLook,
    /// The notice was read, and the look is not wanted.
    DeclineLook,
    /// Receive another sample.
    ReadMore,
    /// Stop what is read here: the look (its letters stay held), else a sampling of logs, else the
    /// discovery.
    Stop,
    /// Keep letters that fit this on screen; empty keeps all. See `domain::letter::predicate`.
    Filter(String),
    /// Mark letters.
    Mark(Vec<LetterId>),
    /// Take marks away.
    Unmark(Vec<LetterId>),
    /// Take every mark away.
    UnmarkAll,
    /// Edit the body of this letter in the user's editor.
    Edit(LetterId),
    /// Edit bodies by a jq expression; the differences are shown first.
    EditWith(String, Which),
    /// Keep the edits that were reviewed; those that failed are left out.
    ApplyEdits,
    /// Drop the edits that were reviewed.
    DropEdits,
    /// Take the last edit of these letters back.
    Undo(Which),
    /// Show the log lines of these letters: five of them are looked for, and what they tell of a
    /// cluster's error is kept.
    LogsOf(Which),
    /// Make a dry run.
    Prepare(Box<Choice>),
    /// Drop the dry run.
    DropPlan,
    /// Drop what was chosen of the plan.
    ForgetChoices,
    /// Start the redrive whose dry run is shown.
    Start,
    /// Steer a redrive.
    Control(RunId, Control),
    /// Finish the plan of this journal.
    Resume(String),
    /// The report of this redrive was read: take its card away.
    Dismiss(RunId),
    /// Delete every message of this queue; its name was typed.
    Purge(QueueKey),
    /// Send one message to this queue.
    Send(QueueKey, Box<Outgoing>),
    /// Count the lines of a file (as [`Export::Letters`] writes it) that would go to this queue.
    CountImport(QueueKey, PathBuf),
    /// The count was read: send exactly that, or drop it.
    EndImport(bool),
    /// Let AWS move every letter of this queue: to one queue, or each to its own source; at most
    /// so many a second.
    StartMove(QueueKey, Option<QueueAddress>, Option<u32>),
    /// Cancel AWS's move; what was moved stays moved.
    CancelMove(QueueKey),
    /// Write to a file that must not exist yet.
    Export(PathBuf, Export),
    /// Show the log lines of this letter's invocation.
    Logs(LetterId),
    /// Put the event of this letter into Invoke; never sends.
    Invoke(LetterId),
    /// Save the event of this letter under a name that is asked for.
    SaveEvent(LetterId),
    /// Show the function of this letter.
    OpenFunction(LetterId),
    /// Show the dead letters of this function: its queue, or the list when it has several.
    OfFunction(Arn),
    /// Show the dead letter of an invocation of this function, by its request id; and whether it
    /// succeeded, as far as its lines tell.
    OfInvocation(Arn, String, bool),
}

/// What changes this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The user wants this.
    Do(Step),
    /// Discovery found something, or ended.
    Found(Ticket, Box<Found>),
    /// Counts of queues came.
    Counted(Ticket, Vec<(Arn, Result<QueueAttributes, ApiError>)>),
    /// Running and recent move tasks of queues came.
    Moves(Ticket, Vec<(Arn, Vec<MoveTask>)>, Option<ApiError>),
    /// Counts and settings of an opened queue came.
    Opened(Ticket, Box<Result<(QueueUrl, QueueAttributes), ApiError>>),
    /// A queue that was named is there, or is not.
    Added(Ticket, Box<Result<(QueueUrl, QueueAttributes), ApiError>>),
    /// A look received letters; of some it is known where an earlier redrive sent them.
    Read(
        QueueKey,
        RunId,
        Parcel<Vec<Arc<Letter>>>,
        Vec<(LetterId, String)>,
    ),
    /// The leases of a look, as they are now; the letters that were lost since.
    Leased(QueueKey, RunId, Leases, Vec<LetterId>),
    /// A look reads no more.
    Looked(QueueKey, RunId, LookEnd),
    /// A look ended: nothing of it is held any more.
    LookOver(QueueKey, RunId),
    /// Letters were clustered, filtered and judged.
    Sorted(Ticket, Parcel<Sorted>),
    /// jq was run over bodies.
    Reviewed(Ticket, Result<Parcel<EditReview>, String>),
    /// Logs told errors of a cluster.
    Sampled(Ticket, Box<Sampled>),
    /// A dry run was made.
    Prepared(Ticket, Result<Parcel<DryRun>, String>),
    /// A redrive is doing this.
    Progress(RunId, Box<Progress>),
    /// A redrive ended.
    Ended(RunId, Box<Outcome>),
    /// The journals that were left.
    Journals(Ticket, Result<LeftJournals, String>),
    /// A write to a whole queue ended: what it did, in words.
    Done(RunId, QueueKey, Box<Result<String, ApiError>>),
    /// The lines of a file were counted for a queue, or cannot be sent there, and why.
    ImportCounted(Ticket, Box<Result<Import, String>>),
    /// A file was written: which, and how many lines; or why not.
    Exported(Ticket, Result<(PathBuf, usize), String>),
    /// The event of a letter was asked for.
    Event(Ticket, Result<Secret<String>, String>),
}
