//! The activity slice: what this machine wrote, as its log tells. Of all accounts, and whoever's
//! session is open: the log is a local file.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::{
    Context, Outbox,
    request::{Request, done, error},
    ticket::{Key, Ticket},
    ui::PaneId,
};
use crate::domain::activity::{Log, Write};

/// The pane of this slice.
pub const ACTIVITY: PaneId = PaneId("activity");

/// So many of the newest writes are shown; `lambdeck activity` has them all.
pub const SHOWN: usize = 2_000;

/// What the runner does for this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Read the newest writes, so many at most.
    Read(usize),
    /// Write the hand-over to a file that must not exist yet.
    HandOver(PathBuf, Arc<Log>),
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Read the log anew.
    Refresh,
    /// Write these, in their order, to a file that must not exist yet.
    HandOver(PathBuf, Arc<Log>),
}

/// What changes this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The user wants this.
    Do(Step),
    /// The log was read, or cannot be.
    Read(Ticket, Result<Arc<Log>, String>),
    /// The hand-over was written: where, and how many writes are in it; or why not.
    HandedOver(Ticket, Result<(PathBuf, usize), String>),
}

/// The writes of this machine.
#[derive(Debug, Default)]
pub struct Activity {
    log: Arc<Log>,
    read: Option<Timestamp>,
    problem: Option<String>,
    pending: Option<u64>,
    is_stale: bool,
    was_shown: bool,
    revision: u64,
}

impl Activity {
    /// What was read last.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// A write by its id.
    pub fn write(&self, id: &str) -> Option<&Write> {
        self.log.writes.iter().find(|write| write.entry.id == id)
    }

    /// When it was read; `None` until it was.
    pub const fn read(&self) -> Option<Timestamp> {
        self.read
    }

    /// Why it could not be read.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether it is being read.
    pub const fn is_reading(&self) -> bool {
        self.pending.is_some()
    }

    /// Changes with the log.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Something was written since it was read.
    pub(super) const fn written(&mut self) {
        self.is_stale = true;
    }

    pub(super) fn reduce(&mut self, action: Action, out: &mut Outbox<'_>) -> Vec<Request> {
        match action {
            Action::Do(Step::Refresh) => self.ask(out),
            Action::Do(Step::HandOver(path, log)) => {
                let key = Key::local("activity.hand-over", path.to_string_lossy());
                out.ask(key, Work::HandOver(path, log));
            }
            Action::Read(ticket, answer) => self.came(&ticket, answer, out.now),
            Action::HandedOver(_, Ok((path, writes))) => {
                let noun = if writes == 1 {
                    "write is"
                } else {
                    "writes are"
                };
                let text = format!("{writes} {noun} in {}", path.display());
                return done(text);
            }
            Action::HandedOver(_, Err(why)) => return error(why),
        }
        Vec::new()
    }

    /// Reads the log when it comes on screen, and when something was written. Idempotent.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let is_shown = context.shows(ACTIVITY);
        let came = is_shown && !self.was_shown;
        self.was_shown = is_shown;
        if came || (is_shown && self.is_stale && self.pending.is_none()) {
            self.ask(out);
        }
    }

    fn ask(&mut self, out: &mut Outbox<'_>) {
        let ticket = out.ask(Key::local("activity.log", ""), Work::Read(SHOWN));
        self.pending = Some(ticket.generation);
        self.is_stale = false;
    }

    fn came(&mut self, ticket: &Ticket, answer: Result<Arc<Log>, String>, now: Timestamp) {
        if self.pending != Some(ticket.generation) {
            return;
        }
        self.pending = None;
        match answer {
            Ok(log) => {
                self.log = log;
                self.read = Some(now);
                self.problem = None;
                self.revision += 1;
            }
            Err(why) => self.problem = Some(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::{
        Effect,
        functions::Functions,
        session::Sessions,
        ticket::Tickets,
        ui::{self, About, FUNCTIONS, Ui},
    };

    struct World {
        activity: Activity,
        ui: Ui,
        tickets: Tickets,
    }

    impl World {
        fn new() -> Self {
            Self {
                activity: Activity::default(),
                ui: Ui::new(ACTIVITY, SignedDuration::from_mins(1)),
                tickets: Tickets::default(),
            }
        }

        fn with(
            &mut self,
            act: impl FnOnce(&mut Activity, &Context<'_>, &mut Outbox<'_>),
        ) -> Vec<Ticket> {
            let mut effects = Vec::new();
            let mut out = Outbox {
                now: Timestamp::UNIX_EPOCH,
                tickets: &mut self.tickets,
                effects: &mut effects,
            };
            let sessions = Sessions::opened(&mut out);
            out.effects.clear();
            let functions = Functions::default();
            let context = Context::new(&sessions, &functions, &self.ui);
            act(&mut self.activity, &context, &mut out);
            let tickets = effects.into_iter().map(|effect| match effect {
                Effect::Query(ticket, _) => ticket,
                other => panic!("{other:?}"),
            });
            tickets.collect()
        }

        fn attend(&mut self, pane: PaneId) -> Vec<Ticket> {
            self.ui.reduce(ui::Action::Focus(pane), About::default());
            self.with(Activity::attend)
        }

        fn came(&mut self, ticket: &Ticket, answer: Result<Arc<Log>, String>) {
            let action = Action::Read(ticket.clone(), answer);
            self.with(|activity, _, out| assert!(activity.reduce(action, out).is_empty()));
        }
    }

    #[test]
    fn the_log_is_read_when_it_is_shown_and_after_each_write() {
        let mut world = World::new();
        assert_eq!(world.attend(FUNCTIONS).len(), 0);
        let first = world.attend(ACTIVITY);
        assert_eq!(first.len(), 1);
        assert_eq!(world.attend(ACTIVITY).len(), 0, "idempotent");
        world.activity.written();
        assert_eq!(world.attend(ACTIVITY).len(), 0, "one at a time");
        world.came(&first[0], Ok(Arc::new(Log::default())));
        let second = world.attend(ACTIVITY);
        assert_eq!(second.len(), 1, "what was written since is read");
        world.came(&first[0], Err("late".to_owned()));
        assert_eq!(world.activity.problem(), None, "a late answer is dropped");
        assert_eq!(world.activity.revision(), 1);
        world.activity.written();
        assert_eq!(world.attend(FUNCTIONS).len(), 0, "not while it is hidden");
    }
}
