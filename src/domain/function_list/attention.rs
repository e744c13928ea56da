//! What about a function is worth attention, from its row and its state: the NOTES column, the
//! STATE column, "faults only" and the default order.
//!
//! Only facts that are known here: what hangs on other calls (disabled mappings) is added by
//! whoever has read them.

use std::{borrow::Cow, collections::HashMap};

use jiff::civil::Date;

use super::Known;
use crate::domain::{
    function::{FunctionState, FunctionSummary},
    runtime_support::{Support, support},
};

/// How bad a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Will be a fault some day.
    Notice,
    /// Limits what can be done with the function.
    Warning,
    /// The function is broken, or not what was last deployed.
    Error,
}

/// One fact for the NOTES column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How bad it is.
    pub severity: Severity,
    /// A few words; may quote AWS, so it is not sanitised.
    pub text: String,
}

/// The place of a function in the order by attention, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// There are letters in its dead-letter queue.
    DeadLetters,
    /// The function or its last update failed.
    Failed,
    /// AWS refuses to create, perhaps also to update functions of its runtime.
    RuntimeBlocked,
    /// Its runtime is deprecated.
    RuntimeDeprecated,
    /// It was put to sleep or switched off: the next invoke fails.
    Inactive,
    /// Its runtime will be deprecated soon.
    RuntimeDeprecatedSoon,
    /// Nothing known against it.
    Quiet,
}

impl Rank {
    /// Whether "faults only" keeps it, and the header counts it.
    pub fn is_fault(self) -> bool {
        self < Self::RuntimeDeprecatedSoon
    }
}

/// The notes about a function, worst first.
pub fn attention(row: &FunctionSummary, state: Option<&FunctionState>, today: Date) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(state) = state {
        if is(state.last_update.as_deref(), "Failed") {
            notes.push(Note {
                severity: Severity::Error,
                text: because("update failed", reason_of_update(state)),
            });
        }
        if is(state.state.as_deref(), "Failed") {
            notes.push(Note {
                severity: Severity::Error,
                text: because("failed", reason_of_state(state)),
            });
        }
    }
    if let Some(runtime) = row.runtime.as_deref() {
        let support = support(runtime, today);
        if let (Some(text), Some(severity)) = (support.note(), severity(&support)) {
            notes.push(Note { severity, text });
        }
    }
    if let Some(state) = state
        && is_inactive(state)
    {
        notes.push(Note {
            severity: Severity::Warning,
            text: because(&state_text(state), reason_of_state(state)),
        });
    }
    notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    notes
}

/// How many of the rows have a fault: the header's "▲ 2 need attention".
pub fn faults(rows: &[FunctionSummary], known: &Known, today: Date) -> usize {
    let mut faults = Faults::new(known, today);
    rows.iter()
        .filter(|row| faults.rank(row).is_fault())
        .count()
}

/// The word of the STATE column. What AWS added to the set since is shown in lower case.
pub fn state_text(state: &FunctionState) -> Cow<'static, str> {
    match (state.state.as_deref(), state.last_update.as_deref()) {
        (Some("Failed"), _) => "failed".into(),
        (Some("Pending"), _) => "pending…".into(),
        (_, Some("Failed")) => "update failed".into(),
        (_, Some("InProgress")) => "updating…".into(),
        (Some("Active"), _) => "active".into(),
        (Some(other), _) => other.to_lowercase().into(),
        (None, _) => "unknown".into(),
    }
}

/// Ranks many rows of one day, remembering each runtime it has seen.
pub(super) struct Faults<'a> {
    known: &'a Known,
    today: Date,
    runtimes: HashMap<&'a str, Rank>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(known: &'a Known, today: Date) -> Self {
        Self {
            known,
            today,
            runtimes: HashMap::new(),
        }
    }

    pub(super) fn state(&self, row: &FunctionSummary) -> Option<&'a FunctionState> {
        if self.known.states.is_empty() {
            return None;
        }
        self.known.states.get(&row.arn)
    }

    /// Letters in its dead-letter queues; `None` when it has no such queue that is known.
    pub(super) fn dead_letters(&self, row: &FunctionSummary) -> Option<u64> {
        self.known.dead_letters.get(&row.arn).copied()
    }

    pub(super) fn rank(&mut self, row: &'a FunctionSummary) -> Rank {
        if self.dead_letters(row).is_some_and(|letters| letters > 0) {
            return Rank::DeadLetters;
        }
        let state = self.state(row).map_or(Rank::Quiet, rank_of_state);
        let today = self.today;
        let runtime = row.runtime.as_deref().map_or(Rank::Quiet, |runtime| {
            *self
                .runtimes
                .entry(runtime)
                .or_insert_with(|| rank_of_support(&support(runtime, today)))
        });
        state.min(runtime)
    }
}

fn rank_of_state(state: &FunctionState) -> Rank {
    if is(state.state.as_deref(), "Failed") || is(state.last_update.as_deref(), "Failed") {
        Rank::Failed
    } else if is_inactive(state) {
        Rank::Inactive
    } else {
        Rank::Quiet
    }
}

fn rank_of_support(support: &Support) -> Rank {
    match support {
        Support::Blocked { .. } => Rank::RuntimeBlocked,
        Support::Deprecated { .. } => Rank::RuntimeDeprecated,
        Support::DeprecatedSoon { .. } => Rank::RuntimeDeprecatedSoon,
        Support::Supported | Support::Unknown => Rank::Quiet,
    }
}

fn severity(support: &Support) -> Option<Severity> {
    match support {
        Support::Blocked { .. } | Support::Deprecated { .. } => Some(Severity::Warning),
        Support::DeprecatedSoon { .. } => Some(Severity::Notice),
        Support::Supported | Support::Unknown => None,
    }
}

/// States in which an invoke is refused although nothing failed (Lambda developer guide,
/// "Lambda function states"; the set is open).
fn is_inactive(state: &FunctionState) -> bool {
    matches!(
        state.state.as_deref(),
        Some("Inactive" | "Deactivating" | "Deactivated" | "ActiveNonInvocable")
    )
}

fn is(value: Option<&str>, word: &str) -> bool {
    value == Some(word)
}

fn reason_of_update(state: &FunctionState) -> Option<&str> {
    state
        .last_update_reason
        .as_deref()
        .or(state.last_update_reason_code.as_deref())
}

fn reason_of_state(state: &FunctionState) -> Option<&str> {
    state
        .state_reason
        .as_deref()
        .or(state.state_reason_code.as_deref())
}

fn because(what: &str, reason: Option<&str>) -> String {
    match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}
