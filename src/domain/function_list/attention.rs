//! What about a function is worth attention, from its row and its state: the NOTES column, the
//! STATE column, "faults only" and the default order.
//!
//! Only facts that are known here: what hangs on other calls (disabled mappings) is added by
//! whoever has read them.

use std::{borrow::Cow, collections::HashMap};

use jiff::civil::Date;

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
    /// What comes before it, "faults only" keeps and the header counts.
    pub(super) const FIRST_HARMLESS: Self = Self::RuntimeDeprecatedSoon;

    /// The rank of a function by its state alone.
    pub(super) fn of_state(state: &FunctionState) -> Self {
        if is(state.state.as_deref(), "Failed") || is(state.last_update.as_deref(), "Failed") {
            Self::Failed
        } else if is_inactive(state) {
            Self::Inactive
        } else {
            Self::Quiet
        }
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

/// The ranks of runtimes on one day. Few rows differ in their runtime from the one before.
pub(super) struct Runtimes<'a> {
    today: Date,
    last: Option<(&'a str, Rank)>,
    ranks: HashMap<&'a str, Rank>,
}

impl<'a> Runtimes<'a> {
    pub(super) fn new(today: Date) -> Self {
        Self {
            today,
            last: None,
            ranks: HashMap::new(),
        }
    }

    /// The rank of a row by its runtime alone.
    pub(super) fn rank(&mut self, row: &'a FunctionSummary) -> Rank {
        let Some(runtime) = row.runtime.as_deref() else {
            return Rank::Quiet;
        };
        if let Some((last, rank)) = self.last
            && last == runtime
        {
            return rank;
        }
        let today = self.today;
        let rank = *self
            .ranks
            .entry(runtime)
            .or_insert_with(|| rank_of_support(&support(runtime, today)));
        self.last = Some((runtime, rank));
        rank
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
