//! Effects: plain data that describes an I/O. Reducers return them; the runner and the
//! terminal perform them.

use super::{
    activity, configure, functions, invoke, letters, logs, overview, session,
    ticket::{Key, Ticket},
};
use crate::domain::{secret::Secret, session::SessionId};

/// Names one run (a write that is never cancelled by dropping it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u64);

/// What the world is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The latest wins, one answer, cancelled with its session.
    Query(Ticket, Work),
    /// Many answers under one ticket; ends by itself or by [`Effect::Cancel`].
    Stream(Ticket, Work),
    /// Writes: belongs to the session that confirmed it and survives a switch.
    Run(RunId, SessionId, RunWork),
    /// Steers a run.
    Control(RunId, Control),
    /// Drops the query or stream of this key.
    Cancel(Key),
    /// Cancels every query and stream of a session and forgets its clients.
    Close(SessionId),
    /// Carried out by `app`, which owns the terminal.
    Terminal(Terminal),
}

/// What a query or a stream does, nested per slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Opening and identity.
    Session(session::Work),
    /// The function list.
    Functions(functions::Work),
    /// The parts of a function's overview.
    Overview(overview::Work),
    /// Tails, searches in books, saving.
    Logs(logs::Work),
    /// Saved events and invokes.
    Invoke(invoke::Work),
    /// Dead-letter queues, their letters, redrives.
    Letters(letters::Work),
    /// The activity log.
    Activity(activity::Work),
    /// Configurations: reading, planning.
    Configure(configure::Work),
}

/// What a run does: it writes, or it holds leases.
#[derive(Debug, Clone, PartialEq)]
pub enum RunWork {
    /// Invoke a function.
    Invoke(Box<invoke::Send>),
    /// Receive letters of a queue and hold them.
    Look(Box<letters::LookAt>),
    /// Carry out a redrive.
    Redrive(Box<letters::Redrive>),
    /// Carry on with a redrive that was left.
    Resume(Box<letters::Resume>),
    /// Write to a whole queue.
    Queue(Box<letters::Write>),
    /// Carry out edits of functions.
    Apply(Box<configure::Apply>),
}

impl From<session::Work> for Work {
    fn from(work: session::Work) -> Self {
        Self::Session(work)
    }
}

impl From<functions::Work> for Work {
    fn from(work: functions::Work) -> Self {
        Self::Functions(work)
    }
}

impl From<overview::Work> for Work {
    fn from(work: overview::Work) -> Self {
        Self::Overview(work)
    }
}

impl From<logs::Work> for Work {
    fn from(work: logs::Work) -> Self {
        Self::Logs(work)
    }
}

impl From<invoke::Work> for Work {
    fn from(work: invoke::Work) -> Self {
        Self::Invoke(work)
    }
}

impl From<letters::Work> for Work {
    fn from(work: letters::Work) -> Self {
        Self::Letters(work)
    }
}

impl From<activity::Work> for Work {
    fn from(work: activity::Work) -> Self {
        Self::Activity(work)
    }
}

impl From<configure::Work> for Work {
    fn from(work: configure::Work) -> Self {
        Self::Configure(work)
    }
}

/// What a run's control inbox takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Hold before the next step.
    Pause,
    /// Go on.
    Resume,
    /// Stop before the next step.
    Stop,
    /// Go on without waiting for the canary's verdict.
    Skip,
}

/// What only the owner of the terminal can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Terminal {
    /// Put text on the clipboard (OSC 52).
    Copy(Secret<String>),
    /// Edit a text in the user's editor; the answer is an `Action::Edited` under the ticket.
    Edit {
        /// What was asked, so that the answer finds its way back.
        ticket: Ticket,
        /// File name shown by the editor; its extension selects the highlighting.
        name: String,
        /// What the file holds first.
        text: Secret<String>,
    },
    /// Stop the process as `Ctrl-z` does in a shell.
    Suspend,
}
