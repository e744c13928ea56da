//! What a dry run says: how many, what it takes, what stands against it.

use crate::{domain::redrive::Scope, store::letters::DryRun, theme::Role};

/// One thing to know: a word in front, a sentence, its colour.
pub type Note = (&'static str, String, Role);

/// How many letters it is about; none where that is an estimate only.
pub fn count(dry_run: &DryRun) -> Option<u64> {
    match &dry_run.plan.scope {
        Scope::Selection(chosen) => Some(chosen.len() as u64),
        Scope::Standing { .. } => None,
    }
}

/// How the canary is judged, and how long that takes.
pub fn canary(_dry_run: &DryRun) -> Option<String> {
    None
}

/// Why it cannot start.
pub fn blocks(_dry_run: &DryRun) -> Vec<String> {
    Vec::new()
}

/// Calls, cost, sizes, order, duplicates.
pub fn notes(_dry_run: &DryRun) -> Vec<Note> {
    Vec::new()
}
