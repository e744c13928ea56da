//! What is known of a function and what is drafted, and what is known beside it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    domain::{
        draft::{Draft, Item, Problem, Side, Snapshot, card::ResumeCard, record::Record},
        function::{Arn, FunctionState, Version},
        secret::Secret,
    },
    ports::ApiError,
    store::slot::Slot,
};

/// What the form shows of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What is there.
    pub snapshot: Snapshot,
    /// `$LATEST` and the published versions.
    pub versions: Vec<Version>,
    /// State and last update.
    pub state: FunctionState,
    /// What could not be read: a note, never a refusal.
    pub notes: Vec<ApiError>,
}

/// A function with what the user made of it.
#[derive(Debug, Default)]
pub struct FunctionForm {
    pub(super) loaded: Slot<Arc<Loaded>>,
    pub(super) draft: Draft,
    pub(super) refused: BTreeMap<Item, (Secret<String>, Problem)>,
    pub(super) problems: Vec<Problem>,
    pub(super) revision: u64,
    /// What is there was changed since it was read.
    pub(super) is_outdated: bool,
    pub(super) editor: Editor,
}

/// The environment in the user's editor.
#[derive(Debug, Default)]
pub(super) struct Editor {
    /// Under which ticket it is open, and what the text was made from: what somebody else changes
    /// meanwhile is no edit of the user's.
    pub(super) open: Option<(u64, Arc<Loaded>)>,
    /// A text that could not be read, and what it was made from.
    pub(super) kept: Option<(Secret<String>, Arc<Loaded>)>,
}

impl FunctionForm {
    /// What is there.
    pub const fn loaded(&self) -> &Slot<Arc<Loaded>> {
        &self.loaded
    }

    /// What shall be different.
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// What was typed for a row and cannot be, and why; the draft does not have it.
    pub fn refused(&self, item: &Item) -> Option<&(Secret<String>, Problem)> {
        self.refused.get(item)
    }

    /// What is wrong with the draft as a whole.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What was typed and cannot be, row by row.
    pub fn all_refused(&self) -> impl Iterator<Item = (&Item, &(Secret<String>, Problem))> {
        self.refused.iter()
    }

    /// Whether a text of the editor is kept that could not be read: the editor opens on it again.
    pub const fn keeps_a_text(&self) -> bool {
        self.editor.kept.is_some()
    }

    /// Changes with everything that the form shows.
    pub const fn revision(&self) -> u64 {
        self.revision
    }
}

/// What there is to choose from, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suggestions {
    /// ARNs of queues.
    pub queues: Vec<Arn>,
    /// Newest versions of layers.
    pub layers: Vec<Arn>,
    /// Execution roles in use.
    pub roles: Vec<String>,
    /// What could not be read.
    pub notes: Vec<ApiError>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The function.
    pub function: Arn,
    /// Version or alias; `None` for `$LATEST`.
    pub qualifier: Option<String>,
}

/// Two places side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The left one.
    pub left: Place,
    /// The right one.
    pub right: Place,
    /// What is different, and both know.
    pub rows: Vec<(Item, Side, Side)>,
    /// How many settings and variables are the same.
    pub same: usize,
    /// What could not be read.
    pub notes: Vec<ApiError>,
}

/// What this machine remembers of stops and edits, of every account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    /// What was stopped and is to be restored, oldest first.
    pub cards: Vec<ResumeCard>,
    /// Edits whose process died, oldest first.
    pub unfinished: Vec<Record>,
    /// Why it could not be read.
    pub problem: Option<String>,
    /// It is gone with this process, as all of the demo account is.
    pub is_fleeting: bool,
}
