//! What changes the configure slice: what the user wants, and what was answered.

use super::{
    function_form::{Comparison, Loaded, Memory, Place, Suggestions},
    review::{FunctionReview, Wish},
};
use crate::{
    domain::{
        draft::{
            Item,
            record::{Progress, Report},
        },
        function::Arn,
        secret::Secret,
        session::SessionId,
    },
    ports::ApiError,
    store::{RunId, identity::FunctionKey, ticket::Ticket},
};

/// What shall happen to a row of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It shall be this, as typed. What cannot be is kept as a problem of the row.
    Set(Secret<String>),
    /// It shall not be there.
    Unset,
    /// A variable or a tag shall have another name.
    Rename(String),
    /// It is left alone again.
    Undo,
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Read the function anew; the draft stays.
    Reload(FunctionKey),
    /// Find out what there is to choose from: queues, layers, roles.
    Suggest(SessionId),
    /// Edit a row.
    Edit(FunctionKey, Item, Edit),
    /// Publish a version after the update, with this description; `None` not to.
    Publish(FunctionKey, Option<String>),
    /// Set the variables that a `.env` text names; others stay.
    Paste(FunctionKey, Secret<String>),
    /// The environment in the user's editor, as a `.env` text; what comes back is the whole.
    OpenEditor(FunctionKey),
    /// Forget the draft.
    Discard(FunctionKey),
    /// Compare two places.
    Compare(SessionId, Box<Place>, Box<Place>),
    /// Read what a wish touches and plan it, for each of these functions. Opens the review.
    Review {
        /// Who will carry it out.
        session: SessionId,
        /// For which functions; the first is the one that the draft was made for.
        functions: Vec<Arn>,
        /// What is wished.
        wish: Wish,
    },
    /// In the review of an edit: publish a version afterwards, or not.
    OfferPublish(bool),
    /// In the review of an edit: lead this alias to what is published, or not.
    OfferShift(String, bool),
    /// Carry out what is reviewed. What was typed has been compared by whoever asked.
    Apply,
    /// Close the review; the draft is kept.
    CloseReview,
    /// Stop before the next step.
    Stop(RunId),
    /// Read cards and unfinished edits from disk.
    Remember,
    /// Take a resume card away without restoring anything.
    Dismiss(String),
}

/// What changes this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The user wants this.
    Do(Step),
    /// A function was read.
    Loaded(Ticket, FunctionKey, Result<Box<Loaded>, ApiError>),
    /// What there is to choose from.
    Suggested(Ticket, Box<Suggestions>),
    /// A wish was planned; `Err` when there is nothing to plan (a record that is gone, …).
    Reviewed(Ticket, Result<Vec<FunctionReview>, String>),
    /// Two places were compared.
    Compared(Ticket, Result<Box<Comparison>, ApiError>),
    /// Cards and unfinished edits were read.
    Remembered(Ticket, Memory),
    /// A run got that far with one of its functions.
    Progress(RunId, usize, Progress),
    /// A run has ended with one of its functions; `Err` when nothing was sent, and why.
    Ended(RunId, usize, Result<Box<Report>, String>),
    /// A run has ended with all of its functions; what is left on disk since.
    Finished(RunId, Memory),
}
