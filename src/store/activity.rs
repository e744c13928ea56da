//! The activity slice: what this machine wrote, as its log tells. Of all accounts, and whoever's
//! session is open: the log is a local file.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::{
    Cx,
    effect::{self, Effect},
    ticket::{Key, Ticket},
    toast::{self, Tone},
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

    pub(super) fn reduce(&mut self, action: Action, cx: &mut Cx<'_>) -> Option<toast::Action> {
        match action {
            Action::Do(Step::Refresh) => self.ask(cx),
            Action::Do(Step::HandOver(path, log)) => {
                let key = Key::local("activity.hand-over", path.to_string_lossy());
                let ticket = cx.tickets.issue(key);
                send(ticket, Work::HandOver(path, log), cx);
            }
            Action::Read(ticket, answer) => self.came(&ticket, answer, cx.now),
            Action::HandedOver(_, Ok((path, writes))) => {
                let noun = if writes == 1 {
                    "write is"
                } else {
                    "writes are"
                };
                let text = format!("{writes} {noun} in {}", path.display());
                return Some(toast::Action::Show(Tone::Ok, text));
            }
            Action::HandedOver(_, Err(why)) => return Some(toast::Action::Show(Tone::Error, why)),
        }
        None
    }

    /// Reads the log when it comes on screen, and when something was written. Idempotent.
    pub(super) fn attend(&mut self, is_shown: bool, cx: &mut Cx<'_>) {
        let came = is_shown && !self.was_shown;
        self.was_shown = is_shown;
        if came || (is_shown && self.is_stale && self.pending.is_none()) {
            self.ask(cx);
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let ticket = cx.tickets.issue(Key::local("activity.log", ""));
        self.pending = Some(ticket.generation);
        self.is_stale = false;
        send(ticket, Work::Read(SHOWN), cx);
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

fn send(ticket: Ticket, work: Work, cx: &mut Cx<'_>) {
    cx.effects
        .push(Effect::Query(ticket, effect::Work::Activity(work)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ticket::Tickets;

    #[derive(Default)]
    struct World {
        activity: Activity,
        tickets: Tickets,
        effects: Vec<Effect>,
    }

    impl World {
        fn with(&mut self, act: impl FnOnce(&mut Activity, &mut Cx<'_>)) -> Vec<Ticket> {
            let mut cx = Cx {
                now: Timestamp::UNIX_EPOCH,
                tickets: &mut self.tickets,
                effects: &mut self.effects,
            };
            act(&mut self.activity, &mut cx);
            self.effects
                .drain(..)
                .map(|effect| match effect {
                    Effect::Query(ticket, _) => ticket,
                    other => panic!("{other:?}"),
                })
                .collect()
        }
    }

    #[test]
    fn the_log_is_read_when_it_is_shown_and_after_each_write() {
        let mut world = World::default();
        let attend =
            |shown| move |activity: &mut Activity, cx: &mut Cx<'_>| activity.attend(shown, cx);
        assert_eq!(world.with(attend(false)).len(), 0);
        let first = world.with(attend(true));
        assert_eq!(first.len(), 1);
        assert_eq!(world.with(attend(true)).len(), 0, "idempotent");
        world.activity.written();
        assert_eq!(world.with(attend(true)).len(), 0, "one at a time");
        let log = Ok(Arc::new(Log::default()));
        let came = Action::Read(first[0].clone(), log.clone());
        world.with(|activity, cx| assert_eq!(activity.reduce(came, cx), None));
        let second = world.with(attend(true));
        assert_eq!(second.len(), 1, "what was written since is read");
        let late = Action::Read(first[0].clone(), Err("late".to_owned()));
        world.with(|activity, cx| assert_eq!(activity.reduce(late, cx), None));
        assert_eq!(world.activity.problem(), None, "a late answer is dropped");
        assert_eq!(world.activity.revision(), 1);
        world.activity.written();
        assert_eq!(world.with(attend(false)).len(), 0, "not while it is hidden");
    }
}
