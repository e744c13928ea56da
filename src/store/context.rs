//! What every reducer is given: what it may read of the rest of the store, and where its effects
//! go. What it asks of other slices it returns as [`Request`](super::request::Request)s.

use jiff::{SignedDuration, Timestamp};

use super::{
    effect::{Control, Effect, RunId, RunWork, Terminal, Work},
    functions::Functions,
    identity::FunctionKey,
    session::{Session, Sessions},
    ticket::{Key, Ticket, Tickets},
    ui::{PaneId, Ui},
};
use crate::domain::{secret::Secret, session::SessionId};

/// What a slice reads of the rest of the store.
pub(super) struct Context<'a> {
    pub(super) session: &'a Session,
    pub(super) functions: &'a Functions,
    /// The selected function: the one that the panes beside the list speak of.
    pub(super) subject: Option<FunctionKey>,
    ui: &'a Ui,
}

/// Where effects go, and the numbers of what asks for answers.
pub(super) struct Outbox<'a> {
    pub(super) now: Timestamp,
    pub(super) tickets: &'a mut Tickets,
    pub(super) effects: &'a mut Vec<Effect>,
}

impl<'a> Context<'a> {
    pub(super) fn new(sessions: &'a Sessions, functions: &'a Functions, ui: &'a Ui) -> Self {
        let session = sessions.current();
        Self {
            session,
            functions,
            subject: functions.subject(session.id),
            ui,
        }
    }

    /// The pane is on screen.
    pub(super) fn shows(&self, pane: PaneId) -> bool {
        self.ui.shows(pane)
    }

    /// The pane gets the keys.
    pub(super) fn has_focus(&self, pane: PaneId) -> bool {
        self.ui.focus() == pane
    }

    /// How often lists and counts are read again.
    pub(super) const fn refresh_every(&self) -> SignedDuration {
        self.ui.refresh_every()
    }

    /// What is old may be read again by itself.
    pub(super) const fn refreshes(&self) -> bool {
        self.ui.is_terminal_focused()
    }
}

impl Outbox<'_> {
    /// A query, which takes the place of the one with the same key.
    pub(super) fn ask(&mut self, key: Key, work: impl Into<Work>) -> Ticket {
        let ticket = self.tickets.issue(key);
        let effect = Effect::Query(ticket.clone(), work.into());
        self.effects.push(effect);
        ticket
    }

    /// A stream, which takes the place of the one with the same key.
    pub(super) fn follow(&mut self, key: Key, work: impl Into<Work>) -> Ticket {
        let ticket = self.tickets.issue(key);
        let effect = Effect::Stream(ticket.clone(), work.into());
        self.effects.push(effect);
        ticket
    }

    /// A run of this session.
    pub(super) fn run(&mut self, session: SessionId, work: RunWork) -> RunId {
        let id = RunId(self.tickets.next_number());
        self.effects.push(Effect::Run(id, session, work));
        id
    }

    pub(super) fn control(&mut self, run: RunId, control: Control) {
        self.effects.push(Effect::Control(run, control));
    }

    pub(super) fn cancel(&mut self, key: Key) {
        self.effects.push(Effect::Cancel(key));
    }

    /// The user's editor, with a file of this name.
    pub(super) fn edit(&mut self, key: Key, name: String, text: Secret<String>) -> Ticket {
        let ticket = self.tickets.issue(key);
        let edit = Terminal::Edit {
            ticket: ticket.clone(),
            name,
            text,
        };
        self.effects.push(Effect::Terminal(edit));
        ticket
    }
}
