//! What is being carried out, and how it ended.

use jiff::Timestamp;

use super::Change;
use crate::{
    domain::{
        draft::record::{Progress, Report},
        function::Arn,
        session::SessionId,
    },
    store::{RunId, effect::Control},
};

/// One function of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The function.
    pub function: Arn,
    /// The calls, in words.
    pub calls: Vec<String>,
    /// How far it got.
    pub progress: Progress,
    /// How it ended; `Err` when nothing was sent, and why.
    pub end: Option<Result<Box<Report>, String>>,
}

/// A change that was confirmed: its functions are done one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Who carries it out.
    pub session: SessionId,
    /// What is to be changed.
    pub change: Change,
    /// The same in words.
    pub title: String,
    /// When it was confirmed.
    pub started: Timestamp,
    /// Its functions.
    pub parts: Vec<Part>,
    /// What was asked of it last.
    pub control: Control,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Run {
    /// Whether it still works.
    pub const fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// What it does with this function.
    pub fn part(&self, function: &Arn) -> Option<&Part> {
        self.parts.iter().find(|part| part.function == *function)
    }
}
