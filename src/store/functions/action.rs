//! What changes the function list, and what the runner does for it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    domain::{
        function::{Arn, FunctionState, FunctionSummary},
        function_list::sort::Column,
        session::{SessionId, Target},
    },
    ports::ApiError,
    store::ticket::Ticket,
};

/// What the runner does for this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Walk every page of the list.
    List(SessionId),
    /// Ask the state of these functions, one after the other, after a short pause in which the
    /// viewport may move on.
    States(SessionId, Vec<Arn>),
    /// Keep the list on disk for the next start.
    Keep {
        /// What it was read with.
        target: Target,
        /// The account it was read from, if that is known.
        account: Option<String>,
        /// The rows.
        rows: Arc<Vec<FunctionSummary>>,
    },
}

/// What changes the list.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The list that an earlier run kept.
    Kept {
        /// Whose list it is to stand in for.
        session: SessionId,
        /// The account it was read from, if that was known.
        account: Option<String>,
        /// When.
        at: Timestamp,
        /// The rows.
        rows: Vec<FunctionSummary>,
    },
    /// Read the list anew.
    Refresh,
    /// One page came.
    Page(Ticket, Vec<FunctionSummary>),
    /// The walk ended.
    Listed(Ticket, Result<(), ApiError>),
    /// The state of one function.
    State(Ticket, Arn, Result<FunctionState, ApiError>),
    /// Rows `first..last` of the arranged list are on screen.
    Viewport(usize, usize),
    /// Put the cursor on this row of the arranged list.
    Select(usize),
    /// Put the cursor on this function.
    SelectArn(Arn),
    /// Narrow the list to what this text means.
    Filter(String),
    /// Order the list by this column; once more turns the direction.
    Sort(Column),
    /// Show only what needs attention, or everything again.
    ToggleFaults,
    /// Mark these functions.
    Mark(Vec<Arn>),
    /// Take the marks of these functions away.
    Unmark(Vec<Arn>),
    /// Take every mark away, those that a filter hides too.
    UnmarkAll,
}
