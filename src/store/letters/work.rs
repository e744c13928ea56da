//! What the runner does for this slice, and what it answers.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Choice, ClusterId, Import, LetterId, QueueKey,
    queue_letters::{Edit, Ran},
    redrive::DryRun,
};
use crate::{
    domain::{
        dead_letters::DeadLetterQueue,
        function::{Arn, FunctionSummary},
        letter::{Letter, cluster::Clusters, predicate::Predicate, verdict::Verdict},
        queue::{Outgoing, QueueAddress},
        report::InvocationKey,
        secret::Secret,
        session::SessionId,
    },
    ports::ApiError,
    store::parcel::Parcel,
};

/// The queries and the stream of this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Find all dead-letter queues. A stream.
    Discover(Box<Discover>),
    /// Read the counts of queues.
    Count(SessionId, Vec<Arn>),
    /// Read AWS's move tasks of queues.
    Moves(SessionId, Vec<Arn>),
    /// Read counts and settings of a queue that is opened.
    Open(QueueKey),
    /// Find a queue by how it was named.
    Add(SessionId, QueueAddress),
    /// Cluster, filter and judge letters.
    Sort(Box<Sorting>),
    /// Run jq over bodies.
    Review {
        /// The expression.
        jq: String,
        /// Ids and bodies.
        letters: Parcel<Vec<(LetterId, Secret<Arc<str>>)>>,
    },
    /// Let logs tell the errors of letters.
    Sample(Box<Sample>),
    /// Make a dry run.
    Prepare(Box<Preparation>),
    /// Make the event of a letter whole, as its function would have seen it.
    Event {
        /// Which letter.
        letter: Arc<Letter>,
        /// The region of the session.
        region: String,
        /// The text that replaces its own.
        edited: Option<Secret<Arc<str>>>,
    },
    /// List the journals that were left unfinished.
    Journals {
        /// Who would finish them.
        session: SessionId,
        /// The caller's account.
        account: String,
    },
    /// Count the lines of a file that would go to a queue.
    CountImport {
        /// Where to, and who would send them.
        queue: QueueKey,
        /// Which file.
        file: PathBuf,
    },
    /// Write a file.
    Export(PathBuf, Box<Exported>),
}

/// A walk over everything that names a dead-letter queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Discover {
    /// Who looks.
    pub session: SessionId,
    /// The functions of the list, with their `DeadLetterConfig`.
    pub functions: Arc<Vec<FunctionSummary>>,
    /// Queues that the user added.
    pub added: Vec<Arn>,
}

/// A look at a queue: letters are received and held until it is stopped. `Pause` ends the receiving,
/// `Stop` gives the letters back.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAt {
    /// Which.
    pub queue: QueueKey,
    /// Letters to receive at most.
    pub sample: usize,
    /// Bytes to receive at most.
    pub bytes: usize,
    /// What is known of it: tells functions that letters do not name, and the expiry.
    pub known: DeadLetterQueue,
}

/// A snapshot to cluster, filter and judge.
#[derive(Debug, Clone)]
pub struct Sorting {
    /// Of which state of the queue.
    pub revision: u64,
    /// Grows when letters go.
    pub generation: u64,
    /// Now.
    pub now: Timestamp,
    /// All letters.
    pub letters: Arc<Vec<Arc<Letter>>>,
    /// Which stay on screen.
    pub predicate: Option<Arc<Predicate>>,
    /// Letters that were invoked by hand.
    pub ran: Arc<HashMap<LetterId, Ran>>,
    /// Where an earlier redrive sent letters that are here all the same.
    pub sent: Arc<HashMap<LetterId, String>>,
    /// Letters that are edited.
    pub edits: Arc<HashMap<LetterId, Edit>>,
    /// What logs told, by the shape of the events whose letters keep no error.
    pub told: Arc<HashMap<String, Sampled>>,
    /// The earlier answer, to go on from.
    pub earlier: Option<Arc<Sorted>>,
}

/// Letters in order.
#[derive(Debug)]
pub struct Sorted {
    /// Of which state of the queue.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// Grows when letters go: what was sorted before cannot be gone on from.
    pub generation: u64,
    /// The clusters of all letters, filtered or not.
    pub clusters: Clusters,
    /// The filtered clusters, the largest first: which, and how many of its letters are left.
    pub ranking: Vec<(ClusterId, usize)>,
    /// Places in [`QueueLetters::letters`](super::QueueLetters::letters) of those that the filter leaves.
    pub shown: Vec<usize>,
    /// How many the filter cannot be judged on, and why not the first of them. They are not shown.
    pub not_judged: Option<(usize, String)>,
    /// The verdict on each letter.
    pub verdicts: HashMap<LetterId, Verdict>,
    /// The ids of [`shown`](Self::shown).
    pub shown_ids: HashSet<LetterId>,
    /// The cluster of each letter.
    pub cluster_of: HashMap<LetterId, ClusterId>,
}

impl Sorted {
    /// Whether the filter leaves a letter.
    pub fn is_shown(&self, letter: &LetterId) -> bool {
        self.shown_ids.contains(letter)
    }

    /// The cluster of a letter.
    pub fn cluster_of(&self, letter: &LetterId) -> Option<ClusterId> {
        self.cluster_of.get(letter).copied()
    }
}

impl PartialEq for Sorting {
    /// Snapshots are told apart by the state they are of.
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision && Arc::ptr_eq(&self.letters, &other.letters)
    }
}

/// Letters whose logs are asked for their error.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Who asks.
    pub session: SessionId,
    /// The shape of the events of the cluster that they are of; marks have none.
    pub shape: Option<String>,
    /// How many letters are meant.
    pub of: usize,
    /// The requests of all that are meant, and whose they are.
    pub requests: Arc<Vec<(Arn, InvocationKey)>>,
    /// At most five: the log group, what the lines are found by, and when it failed.
    pub letters: Vec<SampledLetter>,
}

/// One letter whose log is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledLetter {
    /// Which.
    pub letter: LetterId,
    /// Where its function logs.
    pub group: String,
    /// The request id, or the message id.
    pub text: String,
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Milliseconds since the epoch.
    pub to: i64,
}

/// The log lines of one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLines {
    /// Which.
    pub letter: LetterId,
    /// What its lines are found by: the request id, or the message id.
    pub text: String,
    /// The requests that these lines say they belong to.
    pub requests: Vec<InvocationKey>,
    /// Time of the first, in milliseconds since the epoch.
    pub first: i64,
    /// Time of the last.
    pub last: i64,
}

/// What logs told of letters.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// The shape of the events of the cluster that they are of; marks have none.
    pub shape: Option<String>,
    /// Letters that were asked about.
    pub asked: usize,
    /// Letters that were meant then.
    pub of: usize,
    /// The requests of all that were meant, and whose they are.
    pub requests: Arc<Vec<(Arn, InvocationKey)>>,
    /// The letters that lines were found of.
    pub lines: Vec<FoundLines>,
    /// Errors and how many letters they were found for, most frequent first; untrusted.
    pub errors: Vec<(String, usize)>,
    /// Why logs could not be asked.
    pub problem: Option<ApiError>,
}

/// A dry run that is wished.
#[derive(Debug, Clone)]
pub struct Preparation {
    /// The queue that is emptied.
    pub queue: QueueKey,
    /// Profile of the session, for the command that resumes.
    pub profile: Option<String>,
    /// Account of the caller, if known.
    pub account: Option<String>,
    /// What is wished.
    pub choice: Choice,
    /// The letters that are meant; for a standing plan all that were read.
    pub letters: Vec<Arc<Letter>>,
    /// Their edits.
    pub edits: Arc<HashMap<LetterId, Edit>>,
    /// Those invoked by hand.
    pub ran: Arc<HashMap<LetterId, Ran>>,
    /// The filter of a standing plan, as typed.
    pub filter: Option<String>,
    /// What is known of the queue.
    pub known: DeadLetterQueue,
    /// Letters that are held.
    pub held: usize,
    /// Letters whose lease is lost.
    pub lost: HashSet<LetterId>,
}

impl PartialEq for Preparation {
    /// Snapshots are told apart by what is wished of which queue.
    fn eq(&self, other: &Self) -> bool {
        self.queue == other.queue
            && self.choice == other.choice
            && self.letters.len() == other.letters.len()
    }
}

/// A redrive that was confirmed.
#[derive(Debug, Clone)]
pub struct Redrive {
    /// Who confirmed it.
    pub queue: QueueKey,
    /// What is known of the queue.
    pub known: DeadLetterQueue,
    /// What was confirmed.
    pub dry_run: Arc<DryRun>,
    /// The letters that were read, to be taken over where they are still held.
    pub letters: Vec<Arc<Letter>>,
}

impl PartialEq for Redrive {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dry_run, &other.dry_run)
    }
}

/// Finishes the plan of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Resume {
    /// The queue that it empties, and who finishes it.
    pub queue: QueueKey,
    /// The plan's id.
    pub plan: String,
    /// What is known of the queue.
    pub known: DeadLetterQueue,
    /// The letters that were read of it.
    pub letters: Vec<LetterId>,
}

/// A write to a whole queue, confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Which queue.
    pub queue: QueueKey,
    /// What.
    pub what: QueueWrite,
}

/// What is done to a whole queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueWrite {
    /// Delete every message.
    Purge,
    /// Send one message.
    Send(Box<Outgoing>),
    /// Send each line of this file.
    Import(Box<Import>),
    /// Let AWS move every letter: where to, and how many a second at most.
    StartMove(Option<QueueAddress>, Option<u32>),
    /// Cancel AWS's move, by its handle.
    CancelMove(String),
}

/// What is written to a file.
#[derive(Debug, Clone)]
pub enum Exported {
    /// Letters, with the texts that replace theirs.
    Letters(Vec<Arc<Letter>>, Arc<HashMap<LetterId, Edit>>),
    /// A dry run.
    Plan(Arc<DryRun>),
    /// The report of the plan with this id.
    Report(String),
}

impl PartialEq for Exported {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Letters(a, _), Self::Letters(b, _)) => a.len() == b.len(),
            (Self::Plan(a), Self::Plan(b)) => Arc::ptr_eq(a, b),
            (Self::Report(a), Self::Report(b)) => a == b,
            _ => false,
        }
    }
}
