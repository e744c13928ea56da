//! The resume card: remembers what a move stopped, so that anybody on this machine can restore it
//! later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Draft, stop::Move};
use crate::domain::function::Arn;

/// What was stopped, and how it was before. It stays until it is restored or dismissed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResumeCard {
    /// Its own id: also the name of its file.
    pub id: String,
    /// When it was stopped.
    pub at: Timestamp,
    /// Account id, if it was known.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// The function.
    pub function: Arn,
    /// What was done.
    pub stop: Move,
    /// The draft that restores it. Holds no variable of the environment.
    pub earlier: Draft,
    /// What it changed, in words: `trigger orders: enabled → disabled`.
    pub words: Vec<String>,
}

impl ResumeCard {
    /// Whether it was left in this account and region, as far as both are known.
    pub fn is_of(&self, account: Option<&str>, region: &str) -> bool {
        let both = self.account.as_deref().zip(account);
        self.region == region && both.is_none_or(|(there, here)| there == here)
    }
}
