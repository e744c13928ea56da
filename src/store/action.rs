//! Actions: the only thing that changes the store, nested per slice.

use jiff::Timestamp;

use super::{
    activity, configure, functions, invoke, letters, logs, overview, session, ticket::Ticket,
    toast, ui,
};
use crate::domain::{function::Arn, secret::Secret};

/// A change of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Time has passed; the store's only clock.
    Tick(Timestamp),
    /// Sessions, identity, write state.
    Session(session::Action),
    /// The function list.
    Functions(functions::Action),
    /// What hangs on the selected function.
    Overview(overview::Action),
    /// Books, tails, searches.
    Logs(logs::Action),
    /// Saved events and invokes.
    Invoke(invoke::Action),
    /// Dead-letter queues, their letters, redrives.
    Letters(letters::Action),
    /// The activity log.
    Activity(activity::Action),
    /// Drafts of configurations, their reviews, what was stopped.
    Configure(configure::Action),
    /// Focus, tabs, zoom.
    Ui(ui::Action),
    /// Show this pane, about this function: of the panes that list several, with the cursor on it.
    Open(Arn, ui::PaneId),
    /// Short messages.
    Toast(toast::Action),
    /// The user's editor was closed: the text, or why there is none.
    Edited(Ticket, Result<Secret<String>, String>),
    /// A task panicked or a part of the program broke: leave, say so, exit 101.
    Fatal(String),
}
