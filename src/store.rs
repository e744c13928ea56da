//! The store: all state that more than one pane, a safety check or a restored session needs.
//!
//! [`Store::apply`] is the only writer. It is pure and synchronous: no clock (time comes as
//! [`Action::Tick`]), no I/O (it returns [`Effect`]s), no randomness. What only pixels need
//! (scroll offsets, the cursor of a text) belongs to the panes.

mod action;
pub mod activity;
pub mod configure;
pub mod effect;
pub mod functions;
pub mod invoke;
mod join;
pub mod letters;
pub mod logs;
pub mod overview;
pub mod session;
pub mod slot;
pub mod ticket;
pub mod toast;
pub mod ui;

use jiff::{SignedDuration, Timestamp};

pub use action::Action;
pub use effect::{Effect, RunId, Work};
pub use ticket::{Key, Ticket};

use crate::domain::{
    session::{Target, WriteState},
    tail::TimeRange,
};
use activity::{ACTIVITY, Activity};
use configure::{CONFIGURE, Configure};
use functions::Functions;
use invoke::{INVOKE, Invoke};
use join::{has_written, letters_run};
use letters::{LETTERS, Letters};
use logs::Logs;
use overview::{OVERVIEW, Overview};
use session::Sessions;
use ticket::Tickets;
use toast::Toasts;
use ui::{FunctionKey, PaneId, Ui};

/// What configure sees of the other slices. A macro, because a method would borrow all of them.
macro_rules! around_configure {
    ($store:ident) => {
        configure::Around {
            session: $store.sessions.current(),
            functions: &$store.functions,
            logs: &$store.logs,
            subject: $store.functions.subject($store.sessions.current().id),
            is_shown: $store.ui.shows(CONFIGURE),
            refreshes: $store.ui.is_terminal_focused(),
            every: $store.refresh_every,
        }
    };
}

/// What a reducer may use besides its own slice.
pub(crate) struct Cx<'a> {
    pub(crate) now: Timestamp,
    pub(crate) tickets: &'a mut Tickets,
    pub(crate) effects: &'a mut Vec<Effect>,
}

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
    refresh_every: SignedDuration,
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
            ui: Ui::new(setup.tab),
            toasts: Toasts::default(),
            tickets: Tickets::default(),
            refresh_every: setup.refresh_every,
        };
        let mut effects = Vec::new();
        let mut cx = Cx {
            now: store.now,
            tickets: &mut store.tickets,
            effects: &mut effects,
        };
        store.sessions.start(&mut cx);
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
        let session = self.sessions.current().id;
        let scene = self.scene();
        let subject = self.subject();
        if has_written(&action) {
            self.activity.written();
        }
        let mut cx = Cx {
            now: self.now,
            tickets: &mut self.tickets,
            effects: &mut effects,
        };
        match action {
            Action::Tick(now) => {
                self.now = now;
                self.toasts.expire(now);
                self.sessions.expire(now);
            }
            Action::Session(action) => {
                let before = self.sessions.current();
                let was_open = before.is_open();
                let (target, account) =
                    (before.target.clone(), before.account().map(str::to_owned));
                self.sessions.reduce(action, &mut cx);
                let current = self.sessions.current();
                if let Some(account) = current.account() {
                    self.functions.identified(account);
                }
                if current.id != session {
                    self.letters.leave_session(session, &mut cx);
                    self.configure.leave_session(session, target.clone());
                    self.toasts.clear();
                    if current.target == target {
                        self.functions.carry_over(account);
                    } else {
                        self.functions.reset();
                    }
                    self.overview.reset();
                    self.logs.reset(&mut cx);
                }
                if current.is_open() && !was_open {
                    self.functions.refresh(current.id, &mut cx);
                }
            }
            Action::Functions(action) => {
                self.functions
                    .reduce(action, self.sessions.current(), &mut cx);
            }
            Action::Overview(action) => self.overview.reduce(action, &scene, &mut cx),
            Action::Ui(action) => {
                if action == ui::Action::Back {
                    self.go_back(&mut effects);
                }
                let about = self.about();
                effects.extend(self.ui.reduce(action, about));
                if self.ui.focus() != ui::FUNCTIONS {
                    self.functions.choose();
                }
            }
            Action::Open(function, pane) => self.open(&function, pane, &mut effects),
            Action::Logs(action) => {
                let message = self.logs.reduce(action, subject, session, &mut cx);
                if let Some(message) = message {
                    self.toasts.reduce(message, self.now);
                }
            }
            Action::Invoke(action) => {
                let around = invoke::Around {
                    session: self.sessions.current(),
                    functions: &self.functions,
                    is_shown: self.ui.shows(INVOKE),
                };
                let ran = letters_run(&self.invoke, &action);
                if let Some(note) = self.invoke.reduce(action, &around, &mut cx) {
                    self.toasts.reduce(note, self.now);
                }
                if let Some((from, ran)) = ran {
                    self.letters.ran(&from, ran);
                }
            }
            Action::Letters(action) => {
                let around = letters::Around {
                    session: self.sessions.current(),
                    functions: &self.functions,
                    is_shown: self.ui.shows(LETTERS),
                    has_focus: self.ui.focus() == LETTERS,
                    refreshes: self.ui.is_terminal_focused(),
                    every: self.refresh_every,
                };
                let hands = self.letters.reduce(action, &around, &mut cx);
                self.hand_over(hands, &mut effects);
            }
            Action::Activity(action) => {
                if let Some(note) = self.activity.reduce(action, &mut cx) {
                    self.toasts.reduce(note, self.now);
                }
            }
            Action::Configure(action) => {
                let around = around_configure!(self);
                let hands = self.configure.reduce(action, &around, &mut cx);
                self.tell_others(hands, &mut effects);
            }
            Action::Toast(action) => self.toasts.reduce(action, self.now),
            Action::Edited(ticket, answer) if Letters::awaits_editor(&ticket) => {
                let hands = self.letters.edited(&ticket, answer);
                self.hand_over(hands, &mut effects);
            }
            Action::Edited(ticket, answer) if Configure::awaits_editor(&ticket) => {
                let hands = self.configure.edited(&ticket, answer);
                self.tell_others(hands, &mut effects);
            }
            Action::Edited(ticket, answer) => {
                if let Some(note) = self.invoke.edited(&ticket, answer) {
                    self.toasts.reduce(note, self.now);
                }
            }
            Action::Fatal(_) => {}
        }
        self.attend(&mut effects);
        effects
    }

    /// Starts what is due: lists that are older than their time, parts of a pane that came on
    /// screen. Idempotent, so that it can follow every action.
    fn attend(&mut self, effects: &mut Vec<Effect>) {
        if self.ui.shows(INVOKE)
            && let Some(row) = self.functions.selected()
        {
            let mut cx = Cx {
                now: self.now,
                tickets: &mut self.tickets,
                effects,
            };
            self.invoke.attend(&row.arn, &row.name, &mut cx);
        }
        let mut cx = Cx {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        self.activity.attend(self.ui.shows(ACTIVITY), &mut cx);
        self.configure.attend(&around_configure!(self), &mut cx);
        let session = self.sessions.current();
        if !session.is_open() {
            return;
        }
        let id = session.id;
        let scene = self.scene();
        let mut cx = Cx {
            now: self.now,
            tickets: &mut self.tickets,
            effects,
        };
        if self.ui.is_terminal_focused() && self.functions.is_due(self.now, self.refresh_every) {
            self.functions.refresh(id, &mut cx);
        }
        if self.ui.is_terminal_focused() {
            self.functions.attend(id, &mut cx);
        }
        self.overview.attend(&scene, &mut cx);
        let around = logs::Surroundings {
            session: id,
            is_shown: self.ui.shows(logs::PANE),
            subject: self.functions.subject(id),
            functions: &self.functions,
        };
        self.logs.attend(&around, &mut cx);
        let around = letters::Around {
            session: self.sessions.current(),
            functions: &self.functions,
            is_shown: self.ui.shows(LETTERS),
            has_focus: self.ui.focus() == LETTERS,
            refreshes: self.ui.is_terminal_focused(),
            every: self.refresh_every,
        };
        self.letters.attend(&around, &mut cx);
        if let Some(letters) = self.letters.take_counts() {
            self.functions.counted(letters);
        }
    }

    /// What the overview sees of the other slices.
    fn scene(&self) -> overview::Scene {
        overview::Scene {
            subject: self.subject(),
            is_shown: self.ui.shows(OVERVIEW),
            has_focus: self.ui.focus() == OVERVIEW,
            refreshes: self.ui.is_terminal_focused(),
        }
    }

    /// Brings derived state up to date; called before a frame.
    pub fn settle(&mut self) {
        self.functions.settle(self.now);
    }

    /// When the store wants its next [`Action::Tick`], if nothing else happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let refresh = self
            .functions
            .slot()
            .answered()
            .filter(|_| self.ui.is_terminal_focused() && !self.functions.slot().is_loading())
            .map(|at| at + self.refresh_every);
        let states = self
            .functions
            .states_due()
            .filter(|_| self.ui.is_terminal_focused());
        let ages = self
            .functions
            .slot()
            .fetched()
            .map(|_| next_minute(self.now));
        [
            refresh,
            states,
            ages,
            self.overview.next_wake(&self.scene()),
            self.toasts.next_wake(),
            self.sessions.next_wake(),
            self.invoke.next_wake(self.now),
            self.letters.next_wake(&letters::Around {
                session: self.sessions.current(),
                functions: &self.functions,
                is_shown: self.ui.shows(LETTERS),
                has_focus: self.ui.focus() == LETTERS,
                refreshes: self.ui.is_terminal_focused(),
                every: self.refresh_every,
            }),
            self.configure.next_wake(&around_configure!(self)),
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
