//! What the runner does for this slice.

use super::{
    function_form::Place,
    review::{Asked, Wish},
};
use crate::{
    domain::{draft::plan::Plan, session::SessionId},
    store::identity::FunctionKey,
};

/// The queries of this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Read all that the form shows.
    Load(FunctionKey),
    /// Find out what there is to choose from.
    Suggest(SessionId),
    /// Read anew what a wish touches, and plan it.
    Review(Box<Asked>),
    /// Compare two places.
    Compare(SessionId, Box<Place>, Box<Place>),
    /// Read cards and unfinished edits from disk.
    Remember,
    /// Take a card away, then read what is left.
    Dismiss(String),
}

/// What was confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Apply {
    /// Who carries it out.
    pub session: SessionId,
    /// One plan a function, in order. An empty one is of a wish that is so already: only its card
    /// or record is put away.
    pub plans: Vec<Plan>,
    /// What was wished: a move leaves a card before its first call, restoring takes one away.
    pub wish: Wish,
}
