//! What is known of one opened queue: what was read of it, what is held, marked, edited, and planned.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    ClusterId, LetterId, QueueKey,
    redrive::DryRun,
    work::{Sampled, Sorted},
};
use crate::{
    domain::{
        dead_letters::LookNotice,
        letter::{
            Letter, cluster::Cluster, diff::DiffLine, predicate::Predicate, record::event_text,
            verdict::Verdict,
        },
        queue::{QueueAttributes, QueueUrl},
        secret::Secret,
    },
    ports::ApiError,
    store::{RunId, slot::Slot},
};

/// Letters of one look, by default.
pub const SAMPLE: usize = 1_000;
/// Bytes of bodies and attributes that the queues may hold together.
pub const BUDGET: usize = 64 << 20;

/// How far the look at a queue is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Look {
    /// Nothing was received.
    #[default]
    NotLooked,
    /// What it costs must be read first.
    Asking(LookNotice),
    /// Receiving.
    Reading {
        /// Letters received by this look.
        read: usize,
        /// The size of the sample, or what the queue holds if that is less.
        of: usize,
    },
    /// Ended.
    Ended(LookEnd),
}

/// How a look ended.
#[derive(Debug, Clone, PartialEq)]
pub enum LookEnd {
    /// The sample is full.
    Sample,
    /// The queue gave no more.
    Everything,
    /// The byte budget is spent.
    Budget,
    /// The user stopped it.
    Stopped,
    /// A receive failed.
    Failed(ApiError),
}

/// What is held of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leases {
    /// Letters held.
    pub count: usize,
    /// When the next renewal is due.
    pub next_renewal: Option<Timestamp>,
}

/// A body that was edited and is not sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The new body.
    pub body: Secret<Arc<str>>,
    /// How it came about.
    pub how: EditedBy,
    /// The edit that this one replaced.
    pub(super) before: Option<Box<Edit>>,
}

/// How an edit came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditedBy {
    /// In the user's editor.
    Hand,
    /// By this jq expression.
    Jq(String),
}

/// A letter that was invoked by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// When.
    pub at: Timestamp,
    /// The function answered without an error.
    pub ok: bool,
}

/// What a jq expression makes of bodies, to be looked at before it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct EditReview {
    /// The expression.
    pub jq: String,
    /// Letter by letter.
    pub letters: Vec<Reviewed>,
}

/// What became of one body.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed {
    /// Which letter.
    pub letter: LetterId,
    /// What became of it.
    pub result: Review,
}

/// What became of one body.
#[derive(Debug, Clone, PartialEq)]
pub enum Review {
    /// Another text, and the lines that differ.
    Changed {
        /// The new body.
        body: Secret<Arc<str>>,
        /// The lines that differ, in context.
        diff: Secret<Vec<DiffLine>>,
    },
    /// The same value.
    Unchanged,
    /// The expression failed on it, or gave no or several values.
    Failed(String),
}

impl EditReview {
    /// How many bodies changed, stayed the same, failed.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Review) -> bool| {
            self.letters
                .iter()
                .filter(|letter| wanted(&letter.result))
                .count()
        };
        (
            count(|review| matches!(review, Review::Changed { .. })),
            count(|review| matches!(review, Review::Unchanged)),
            count(|review| matches!(review, Review::Failed(_))),
        )
    }
}

/// How letters are filtered.
#[derive(Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// Why the text is no filter; the last good one stays.
    pub error: Option<String>,
    pub(super) predicate: Option<Arc<Predicate>>,
    /// The text of that predicate.
    pub(super) good: String,
}

/// What is known of one opened queue.
#[derive(Debug)]
pub struct QueueLetters {
    /// Which queue.
    pub key: QueueKey,
    /// Its URL, once it is known.
    pub url: Option<QueueUrl>,
    /// Counts and settings.
    pub attributes: Slot<QueueAttributes>,
    /// How far the look is.
    pub look: Look,
    /// What a look costs here, once counts and settings are known.
    pub notice: Option<LookNotice>,
    /// How letters are filtered.
    pub filter: Filter,
    /// Edits by jq that wait to be kept or dropped.
    pub edit_review: Option<Arc<EditReview>>,
    /// The dry run that is shown.
    pub dry_run: Option<Arc<DryRun>>,
    /// The redrive that was wished last, of which a dry run is made or shown.
    pub choice: Option<super::Choice>,
    /// What was chosen of a plan that was neither started nor dropped: the next one begins with it.
    pub kept: Option<super::Choice>,
    /// Why the last wish (a dry run, a jq expression) came to nothing.
    pub problem: Option<String>,
    /// When the first of the letters that are held now was received.
    pub held_since: Option<Timestamp>,
    pub(super) letters: Arc<Vec<Arc<Letter>>>,
    pub(super) places: HashMap<LetterId, usize>,
    pub(super) bytes: usize,
    pub(super) marks: HashSet<LetterId>,
    pub(super) edits: Arc<HashMap<LetterId, Edit>>,
    /// What the editor gave and could not be taken, so that it is not lost.
    pub(super) rejected: Option<(LetterId, Secret<String>)>,
    /// The look that receives.
    pub(super) reading: Option<RunId>,
    pub(super) ran: Arc<HashMap<LetterId, Ran>>,
    /// Where an earlier redrive sent letters that are here all the same.
    pub(super) sent: Arc<HashMap<LetterId, String>>,
    pub(super) told: Arc<HashMap<String, Sampled>>,
    pub(super) sorted: Option<Arc<Sorted>>,
    /// Grows when letters go, or are replaced: places have shifted.
    pub(super) generation: u64,
    /// Grows with everything that the sorting reads.
    pub(super) revision: u64,
    pub(super) sorting: Option<u64>,
    pub(super) looks: HashMap<RunId, Leases>,
    pub(super) lost: HashSet<LetterId>,
    pub(super) accepted: bool,
    /// The user wants a look as soon as what it costs is known.
    pub(super) wants_look: bool,
    pub(super) reviewing: Option<u64>,
    pub(super) preparing: Option<u64>,
    pub(super) editing: Option<(u64, LetterId)>,
    /// Questions to the logs, by the cluster that they are about; one about marks has none.
    pub(super) sampling: HashMap<Option<ClusterId>, u64>,
}

impl QueueLetters {
    pub(super) fn new(key: QueueKey) -> Self {
        Self {
            key,
            url: None,
            attributes: Slot::default(),
            look: Look::NotLooked,
            filter: Filter::default(),
            edit_review: None,
            dry_run: None,
            choice: None,
            kept: None,
            problem: None,
            held_since: None,
            letters: Arc::default(),
            places: HashMap::new(),
            bytes: 0,
            marks: HashSet::new(),
            edits: Arc::default(),
            rejected: None,
            reading: None,
            ran: Arc::default(),
            sent: Arc::default(),
            told: Arc::default(),
            sorted: None,
            generation: 0,
            revision: 0,
            notice: None,
            sorting: None,
            looks: HashMap::new(),
            lost: HashSet::new(),
            accepted: false,
            wants_look: false,
            reviewing: None,
            preparing: None,
            editing: None,
            sampling: HashMap::new(),
        }
    }

    /// Grows with everything that is shown of letters: read, marked, edited, filtered.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Every letter that was read and is still here, in the order of the receives.
    pub fn letters(&self) -> &[Arc<Letter>] {
        &self.letters
    }

    /// A letter by its id.
    pub fn letter(&self, id: &LetterId) -> Option<&Arc<Letter>> {
        self.letters.get(*self.places.get(id)?)
    }

    /// Clusters, filtered letters and verdicts, as of the last sorting; a moment behind while
    /// letters come in. `None` before the first.
    pub fn sorted(&self) -> Option<&Sorted> {
        self.sorted.as_deref()
    }

    /// Whether the sorting is behind what was read, marked or typed.
    pub fn is_sorting(&self) -> bool {
        self.sorted
            .as_ref()
            .is_none_or(|sorted| sorted.revision != self.revision)
            && !self.letters.is_empty()
    }

    /// The verdict on a letter, once it was sorted.
    pub fn verdict(&self, id: &LetterId) -> Option<&Verdict> {
        self.sorted.as_ref()?.verdicts.get(id)
    }

    /// Whether a letter is marked.
    pub fn is_marked(&self, id: &LetterId) -> bool {
        self.marks.contains(id)
    }

    /// How many letters are marked.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// How many marked letters the filter hides.
    pub fn hidden_marks(&self) -> usize {
        let Some(sorted) = &self.sorted else { return 0 };
        if self.filter.predicate.is_none() || self.marks.is_empty() {
            return 0;
        }
        self.marks.iter().filter(|id| !sorted.is_shown(id)).count()
    }

    /// The edit of a letter.
    pub fn edit(&self, id: &LetterId) -> Option<&Edit> {
        self.edits.get(id)
    }

    /// How many letters are edited.
    pub fn edits(&self) -> usize {
        self.edits.len()
    }

    /// Whether a letter was invoked by hand.
    pub fn ran(&self, id: &LetterId) -> Option<Ran> {
        self.ran.get(id).copied()
    }

    /// What logs told of the errors of a cluster.
    pub fn told(&self, cluster: ClusterId) -> Option<&Sampled> {
        self.told.get(&self.cluster(cluster)?.shape)
    }

    /// Whether logs are being asked about letters.
    pub fn asks_logs(&self) -> bool {
        !self.sampling.is_empty()
    }

    /// Whether logs are being asked about a cluster.
    pub fn is_sampling(&self, cluster: ClusterId) -> bool {
        self.sampling.contains_key(&Some(cluster))
    }

    /// A cluster, as of the last sorting.
    pub fn cluster(&self, cluster: ClusterId) -> Option<&Cluster> {
        self.sorted.as_ref()?.clusters.get(cluster)
    }

    /// What is held of this queue.
    pub fn leases(&self) -> Leases {
        self.looks
            .values()
            .fold(Leases::default(), |all, one| Leases {
                count: all.count + one.count,
                next_renewal: [all.next_renewal, one.next_renewal]
                    .into_iter()
                    .flatten()
                    .min(),
            })
    }

    /// Whether the lease of a letter was lost: another reader may have it.
    pub fn is_lost(&self, id: &LetterId) -> bool {
        self.lost.contains(id)
    }

    /// Whether letters are being received.
    pub const fn is_reading(&self) -> bool {
        matches!(self.look, Look::Reading { .. })
    }

    /// Whether letters are wanted, and may still come.
    pub const fn awaits_letters(&self) -> bool {
        self.is_reading() || (self.wants_look && !matches!(self.look, Look::Asking(_)))
    }

    /// Whether a dry run is being made.
    pub const fn is_preparing(&self) -> bool {
        self.preparing.is_some()
    }

    /// Whether jq is run over bodies.
    pub const fn is_reviewing(&self) -> bool {
        self.reviewing.is_some()
    }

    pub(super) fn edits_mut(&mut self) -> &mut HashMap<LetterId, Edit> {
        Arc::make_mut(&mut self.edits)
    }

    /// Notes since when something is held.
    pub(super) fn settle_leases(&mut self, now: Timestamp) {
        if self.leases().count == 0 {
            self.held_since = None;
        } else {
            self.held_since.get_or_insert(now);
        }
    }

    /// Takes letters in; one that is received again replaces itself.
    pub(super) fn take_in(&mut self, received: &[Arc<Letter>]) {
        let letters = Arc::make_mut(&mut self.letters);
        for letter in received {
            let id = &letter.message.id;
            self.lost.remove(id);
            if let Some(&place) = self.places.get(id) {
                letters[place] = Arc::clone(letter);
                self.generation += 1;
            } else {
                self.bytes += letter.message.bytes();
                self.places.insert(id.clone(), letters.len());
                letters.push(Arc::clone(letter));
            }
        }
        self.revision += 1;
    }

    /// Letters that are no longer in the queue go, with their marks and edits.
    pub(super) fn remove(&mut self, gone: &HashSet<LetterId>) {
        if gone.is_empty() {
            return;
        }
        let letters = Arc::make_mut(&mut self.letters);
        letters.retain(|letter| !gone.contains(&letter.message.id));
        self.places = letters
            .iter()
            .enumerate()
            .map(|(place, letter)| (letter.message.id.clone(), place))
            .collect();
        self.bytes = letters.iter().map(|letter| letter.message.bytes()).sum();
        self.marks.retain(|id| !gone.contains(id));
        self.edits_mut().retain(|id, _| !gone.contains(id));
        self.lost.retain(|id| !gone.contains(id));
        self.generation += 1;
        self.revision += 1;
    }

    /// The text that edits and expressions work on (`domain::letter::record::event_text`), edited
    /// or as it was received.
    pub fn text(&self, id: &LetterId) -> Option<Secret<Arc<str>>> {
        match self.edits.get(id) {
            Some(edit) => Some(edit.body.clone()),
            None => self
                .letter(id)
                .map(|letter| Secret::new(event_text(letter).into())),
        }
    }

    /// The letters that are meant, in the order of the receives.
    pub fn select(&self, which: &super::Which) -> Vec<LetterId> {
        use super::Which;
        let ids = |keeps: &dyn Fn(&LetterId) -> bool| {
            self.letters
                .iter()
                .map(|letter| &letter.message.id)
                .filter(|id| keeps(id))
                .cloned()
                .collect()
        };
        match which {
            Which::Letters(wanted) => {
                let wanted: HashSet<&LetterId> = wanted.iter().collect();
                ids(&|id| wanted.contains(id))
            }
            Which::Marked => ids(&|id| self.marks.contains(id)),
            Which::Cluster(cluster) => match &self.sorted {
                Some(sorted) => ids(&|id| sorted.cluster_of(id) == Some(*cluster)),
                None => Vec::new(),
            },
            Which::Filtered | Which::Standing { .. } => match &self.sorted {
                Some(sorted) if self.filter.predicate.is_some() => ids(&|id| sorted.is_shown(id)),
                _ => ids(&|_| true),
            },
        }
    }
}
