//! What the user wants to be changed, and what that comes to for one function: the words in which
//! the console, the command line and the runtime speak of an edit before anything is sent.

use super::{Difference, Draft, Problem, card::ResumeCard, plan::Plan, review::Facts, stop::Move};
use crate::domain::function::Arn;

/// What the user wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An edit.
    Edit(Box<Draft>),
    /// A move that stops the damage.
    Stop(Move),
    /// What moves have stopped, as it was before. All cards are of one function, oldest first.
    Restore(Vec<ResumeCard>),
    /// What an edit has changed, as it was before. The edit's id.
    Revert(String),
    /// What is left of an edit that ended in the middle. The edit's id.
    Finish(String),
}

impl Change {
    /// Whether there is something to do where the function is so already: a card or a record is
    /// put away.
    pub const fn puts_away(&self) -> bool {
        matches!(self, Self::Restore(_) | Self::Revert(_) | Self::Finish(_))
    }
}

/// What logs that were read tell of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The most memory that an invocation used, MB.
    pub used_mb: Option<u32>,
    /// Invocations that are running.
    pub running: Option<u32>,
}

/// What a change comes to for one function: read anew and planned.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionReview {
    /// The function.
    pub function: Arn,
    /// What will be done, or why it cannot be. A plan may be empty: it is so already.
    pub plan: Result<Box<Plan>, Vec<Problem>>,
    /// Why a move has nothing to do here; its plan is empty.
    pub nothing: Option<String>,
    /// What to know before, most important first.
    pub warnings: Vec<String>,
    /// What the plan's warnings are made from, so that it can be planned again without reading.
    pub facts: Facts,
    /// What could not be read.
    pub notes: Vec<String>,
    /// What somebody else changed since the function was read for the form, or since the edit
    /// that this follows: then and now.
    pub moved_on: Vec<Difference>,
}

impl FunctionReview {
    /// Of a function for which nothing can be planned.
    pub fn refused(function: Arn, message: String) -> Self {
        let item = function.resource_name().to_owned();
        Self {
            function,
            plan: Err(vec![Problem { item, message }]),
            nothing: None,
            warnings: Vec::new(),
            facts: Facts::default(),
            notes: Vec::new(),
            moved_on: Vec::new(),
        }
    }
}
