//! The store: all state that more than one pane, a safety check or a restored session needs.
//!
//! [`Store::apply`] is the only writer. It is pure and synchronous: no clock (time comes as
//! [`Action::Tick`]), no I/O (it returns [`Effect`]s), no randomness. What only pixels need
//! (scroll offsets, the cursor of a text) belongs to the panes.

mod action;
pub mod activity;
pub mod configure;
mod context;
pub mod effect;
pub mod functions;
pub mod identity;
pub mod invoke;
mod join;
pub mod letters;
pub mod logs;
pub mod overview;
pub mod parcel;
mod request;
pub mod session;
pub mod slot;
pub mod ticket;
pub mod toast;
pub mod ui;

use jiff::{SignedDuration, Timestamp};

pub use action::Action;
pub use effect::{Effect, RunId, RunWork, Work};
pub use ticket::{Key, Ticket};

use crate::domain::{
    session::{Target, WriteState},
    tail::TimeRange,
};
use activity::Activity;
use configure::Configure;
use context::{Context, Outbox};
use functions::Functions;
use identity::FunctionKey;
use invoke::Invoke;
use letters::Letters;
use logs::Logs;
use overview::Overview;
use request::Request;
use session::Sessions;
use ticket::Tickets;
use toast::Toasts;
use ui::{PaneId, Ui};

/// What the store must know before the first action.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What to open.
    pub target: Target,
    /// What may be written until the identity is known.
    pub write: WriteState,
    /// The tab shown first.
    pub tab: PaneId,
    /// How often lists are read again.
    pub refresh_every: SignedDuration,
    /// Bytes that the log lines of all books may take.
    pub log_budget: usize,
    /// How far back Logs opens.
    pub since: SignedDuration,
    /// Now.
    pub now: Timestamp,
}

/// All shared state.
#[derive(Debug)]
pub struct Store {
    /// Now, as far as the store knows.
    pub now: Timestamp,
    /// Open accounts.
    pub sessions: Sessions,
    /// The function list of the current session.
    pub functions: Functions,
    /// What hangs on the selected function.
    pub overview: Overview,
    /// The log books.
    pub logs: Logs,
    /// Saved events, the event being edited, runs.
    pub invoke: Invoke,
    /// Dead-letter queues, their letters, redrives.
    pub letters: Letters,
    /// What this machine wrote.
    pub activity: Activity,
    /// Drafts of configurations, their reviews, what was stopped.
    pub configure: Configure,
    /// Focus, tabs, zoom.
    pub ui: Ui,
    /// Messages.
    pub toasts: Toasts,
    tickets: Tickets,
}

impl Store {
    /// An empty store, and the effects that open its first session.
    pub fn new(setup: Setup) -> (Self, Vec<Effect>) {
        let mut store = Self {
            now: setup.now,
            sessions: Sessions::new(setup.target, setup.write),
            functions: Functions::default(),
            overview: Overview::default(),
            logs: Logs::new(TimeRange::Last(setup.since), setup.log_budget),
            invoke: Invoke::default(),
            letters: Letters::default(),
            activity: Activity::default(),
            configure: Configure::default(),
            ui: Ui::new(setup.tab, setup.refresh_every),
            toasts: Toasts::default(),
            tickets: Tickets::default(),
        };
        let mut effects = Vec::new();
        let mut out = Outbox {
            now: store.now,
            tickets: &mut store.tickets,
            effects: &mut effects,
        };
        store.sessions.start(&mut out);
        (store, effects)
    }

    /// The selected function: the one that the panes beside the list speak of. What a command is
    /// about is the focused pane's to say (`ui::subject`).
    pub fn subject(&self) -> Option<FunctionKey> {
        self.functions.subject(self.sessions.current().id)
    }

    /// The only writer: changes the state and says what the world must do for it.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        let mut effects = Vec::new();
        let requests = match action {
            Action::Tick(now) => self.tick(now),
            Action::Session(action) => self.reduce_session(action, &mut effects),
            Action::Ui(action) => self.reduce_ui(action, &mut effects),
            Action::Open(function, pane) => self.open(&function, pane, &mut effects),
            action => self.reduce(action, &mut effects),
        };
        self.carry_out(requests, &mut effects);
        self.attend(&mut effects);
        effects
    }

    /// What one slice does by itself.
    fn reduce(&mut self, action: Action, effects: &mut Vec<Effect>) -> Vec<Request> {
        let context = Context::new(&self.sessions, &self.functions, &self.ui);
        let mut out = Outbox {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        match action {
            Action::Functions(action) => {
                let session = self.sessions.current();
                self.functions.reduce(action, session, &mut out);
                Vec::new()
            }
            Action::Overview(action) => {
                self.overview.reduce(action, &context, &mut out);
                Vec::new()
            }
            Action::Logs(action) => self.logs.reduce(action, &context, &mut out),
            Action::Invoke(action) => self.invoke.reduce(action, &context, &mut out),
            Action::Letters(action) => self.letters.reduce(action, &context, &mut out),
            Action::Activity(action) => self.activity.reduce(action, &mut out),
            Action::Configure(action) => self.configure.reduce(action, &context, &mut out),
            Action::Toast(action) => vec![Request::Toast(action)],
            Action::Edited(ticket, answer) if Letters::awaits_editor(&ticket) => {
                self.letters.edited(&ticket, answer)
            }
            Action::Edited(ticket, answer) if Configure::awaits_editor(&ticket) => {
                self.configure.edited(&ticket, answer)
            }
            Action::Edited(ticket, answer) => self.invoke.edited(&ticket, answer),
            // What moves several slices is taken before.
            Action::Tick(_)
            | Action::Session(_)
            | Action::Ui(_)
            | Action::Open(..)
            | Action::Fatal(_) => Vec::new(),
        }
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Request> {
        self.now = now;
        self.toasts.expire(now);
        self.sessions.expire(now);
        Vec::new()
    }

    /// A session that is left takes what belongs to it along.
    fn reduce_session(
        &mut self,
        action: session::Action,
        effects: &mut Vec<Effect>,
    ) -> Vec<Request> {
        let mut out = Outbox {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        let before = self.sessions.current();
        let (left, was_open) = (before.id, before.is_open());
        let (target, account) = (before.target.clone(), before.account().map(str::to_owned));
        let requests = self.sessions.reduce(action, &mut out);
        let current = self.sessions.current();
        if let Some(account) = current.account() {
            self.functions.identified(account);
        }
        if current.id != left {
            self.letters.leave_session(left, &mut out);
            self.configure.leave_session(left, target.clone());
            self.toasts.clear();
            if current.target == target {
                self.functions.carry_over(account);
            } else {
                self.functions.reset();
            }
            self.overview.reset();
            self.logs.reset(&mut out);
        }
        if current.is_open() && !was_open {
            self.functions.refresh(current.id, &mut out);
        }
        requests
    }

    fn reduce_ui(&mut self, action: ui::Action, effects: &mut Vec<Effect>) -> Vec<Request> {
        if action == ui::Action::Back {
            self.go_back(effects);
        }
        let about = self.about();
        effects.extend(self.ui.reduce(action, about));
        if self.ui.focus() != ui::FUNCTIONS {
            self.functions.choose();
        }
        Vec::new()
    }

    /// Starts what is due: lists that are older than their time, parts of a pane that came on
    /// screen. Idempotent, so that it can follow every action.
    fn attend(&mut self, effects: &mut Vec<Effect>) {
        let mut out = Outbox {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        let session = self.sessions.current();
        if session.is_open() && self.ui.is_terminal_focused() {
            if self.functions.is_due(self.now, self.ui.refresh_every()) {
                self.functions.refresh(session.id, &mut out);
            }
            self.functions.attend(session.id, &mut out);
        }
        let context = Context::new(&self.sessions, &self.functions, &self.ui);
        self.invoke.attend(&context, &mut out);
        self.activity.attend(&context, &mut out);
        self.configure.attend(&context, &mut out);
        self.overview.attend(&context, &mut out);
        self.logs.attend(&context, &mut out);
        self.letters.attend(&context, &mut out);
        if let Some(letters) = self.letters.take_counts() {
            self.functions.counted(letters);
        }
    }

    /// Brings derived state up to date; called before a frame.
    pub fn settle(&mut self) {
        self.functions.settle(self.now);
    }

    /// When the store wants its next [`Action::Tick`], if nothing else happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let context = Context::new(&self.sessions, &self.functions, &self.ui);
        [
            self.functions.next_wake(&context),
            self.overview.next_wake(&context),
            self.toasts.next_wake(),
            self.sessions.next_wake(),
            self.invoke.next_wake(self.now),
            self.letters.next_wake(&context),
            self.configure.next_wake(&context),
            self.functions
                .slot()
                .fetched()
                .map(|_| next_minute(self.now)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Ages and countdowns on screen step by the minute at most.
fn next_minute(now: Timestamp) -> Timestamp {
    now + SignedDuration::from_secs(60 - now.as_second().rem_euclid(60))
}

#[cfg(test)]
mod tests;
