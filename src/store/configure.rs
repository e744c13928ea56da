//! The configure slice: drafts, the review of a wish, what is being carried out, and what was
//! stopped and waits to be restored.
//!
//! A draft belongs to a function and stays until it was applied or undone, whatever pane is shown.
//! Every write goes one way, whatever wished it: [`Step::Review`] reads anew and plans,
//! [`Step::Apply`] carries out exactly what was shown.

mod action;
mod desk;
mod review;
mod run;
mod work;

use std::collections::HashMap;

pub use action::{Action, Edit, Step};
pub use desk::{Comparison, Desk, Loaded, Memory, Place, Suggestions};
pub use review::{Asked, Review, Seen, Sheet, Wish};
pub use run::{Part, Run};
pub use work::{Apply, Work};

use super::{
    Cx,
    slot::Slot,
    ui::{FunctionKey, PaneId},
};

/// The pane of this slice.
pub const CONFIGURE: PaneId = PaneId("configure");

/// Drafts, the review, runs and resume cards.
#[derive(Debug, Default)]
pub struct Configure {
    desks: HashMap<FunctionKey, Desk>,
    suggestions: Slot<Suggestions>,
    review: Option<Review>,
    comparison: Slot<Comparison>,
    runs: Vec<Run>,
    memory: Memory,
}

impl Configure {
    /// What is known and drafted of a function; `None` until it was shown once.
    pub fn desk(&self, function: &FunctionKey) -> Option<&Desk> {
        self.desks.get(function)
    }

    /// Functions with a draft that is not empty.
    pub fn drafted(&self) -> impl Iterator<Item = &FunctionKey> {
        let desks = self.desks.iter();
        desks
            .filter(|(_, desk)| !desk.draft().is_empty())
            .map(|(key, _)| key)
    }

    /// What there is to choose from.
    pub const fn suggestions(&self) -> &Slot<Suggestions> {
        &self.suggestions
    }

    /// What is being reviewed.
    pub const fn review(&self) -> Option<&Review> {
        self.review.as_ref()
    }

    /// The comparison that was asked for last.
    pub const fn comparison(&self) -> &Slot<Comparison> {
        &self.comparison
    }

    /// What was carried out since the program began, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What is being carried out for this function, or was last.
    pub fn run_of(&self, function: &FunctionKey) -> Option<&Run> {
        let mut runs = self.runs.iter().rev();
        runs.find(|run| run.session == function.session && run.part(&function.arn).is_some())
    }

    /// Resume cards and unfinished edits of this machine.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Changes the slice.
    pub(super) fn reduce(&mut self, _action: Action, _cx: &mut Cx<'_>) {}
}
