//! The overview slice: what hangs on the selected function, part by part.
//!
//! Each part is a query of its own, so that a denied call takes one part away and no more. What
//! was read is kept for the last functions looked at and shown at once on return. Which value of
//! the environment is revealed is kept here too, because leaving the pane must mask it again.

pub mod facts;

use jiff::{SignedDuration, Timestamp};

use super::{
    Context, Outbox,
    effect::Effect,
    identity::FunctionKey,
    slot::Slot,
    ticket::{Key, Ticket},
    ui::PaneId,
};
use crate::{
    domain::{
        function::{
            Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration, FunctionUrl,
            ProvisionedConcurrency, Version,
        },
        queue::QueueAttributes,
        session::SessionId,
    },
    ports::ApiError,
};
use facts::{Facts, Part};

/// The pane of this slice.
pub const OVERVIEW: PaneId = PaneId("overview");

/// How many functions stay known.
const KEPT: usize = 20;
/// A part on screen is read again after this.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
/// The configuration of a function that is changing is read again sooner.
const CHANGING_GOOD_FOR: SignedDuration = SignedDuration::from_secs(5);

/// What the runner does for this slice: reads one part.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// Whose function.
    pub session: SessionId,
    /// The function; for [`Part::DeadLetterQueue`] the queue.
    pub resource: Arn,
    /// Which part.
    pub part: Part,
    /// The selection may move on: wait until it stands still.
    pub waits: bool,
}

/// What changes the overview. The ticket's key names session and function.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The pane came to show another function.
    Shown,
    /// Read every part anew.
    Refresh,
    /// Show the value of this environment variable.
    Reveal(String),
    /// Mask it again.
    Mask,
    /// `GetFunctionConfiguration` answered.
    Configuration(Ticket, Result<Box<FunctionConfiguration>, ApiError>),
    /// `ListEventSourceMappings` answered.
    Triggers(Ticket, Result<Vec<EventSourceMapping>, ApiError>),
    /// `ListFunctionEventInvokeConfigs` answered.
    Async(Ticket, Result<Vec<(String, AsyncConfig)>, ApiError>),
    /// `GetQueueAttributes` of the dead-letter queue answered.
    DeadLetterQueue(Ticket, Result<QueueAttributes, ApiError>),
    /// `ListVersionsByFunction` answered.
    Versions(Ticket, Result<Vec<Version>, ApiError>),
    /// `ListAliases` answered.
    Aliases(Ticket, Result<Vec<Alias>, ApiError>),
    /// `GetFunctionConcurrency` answered.
    Reserved(Ticket, Result<Option<u32>, ApiError>),
    /// `ListProvisionedConcurrencyConfigs` answered.
    Provisioned(Ticket, Result<Vec<ProvisionedConcurrency>, ApiError>),
    /// `ListFunctionUrlConfigs` answered.
    Urls(Ticket, Result<Vec<FunctionUrl>, ApiError>),
    /// `ListTags` answered.
    Tags(Ticket, Result<Vec<(String, String)>, ApiError>),
}

/// What is known of the last functions looked at.
#[derive(Debug, Default)]
pub struct Overview {
    /// Oldest look first.
    known: Vec<(FunctionKey, Facts)>,
    reading: Option<FunctionKey>,
    revealed: Option<String>,
    version: u64,
}

impl Overview {
    /// What is known of a function; `None` when it was never looked at, or too long ago.
    pub fn facts(&self, key: &FunctionKey) -> Option<&Facts> {
        self.known
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, facts)| facts)
    }

    /// The name of the one environment variable whose value may be shown.
    pub fn revealed(&self) -> Option<&str> {
        self.revealed.as_deref()
    }

    /// Changes with everything that a reader of this slice could see.
    pub const fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn reset(&mut self) {
        *self = Self {
            version: self.version + 1,
            ..Self::default()
        };
    }

    pub(super) fn reduce(&mut self, action: Action, context: &Context<'_>, out: &mut Outbox<'_>) {
        self.version += 1;
        let now = out.now;
        match action {
            Action::Shown => {}
            Action::Refresh => {
                if let Some(subject) = &context.subject {
                    self.look_at(subject);
                    self.read_parts(subject, false, |_| true, out);
                }
            }
            Action::Reveal(name) => self.revealed = Some(name),
            Action::Mask => self.revealed = None,
            Action::Configuration(ticket, answer) => {
                if let Some(facts) = self.facts_of(&ticket) {
                    facts.configured(&ticket, answer.map(|boxed| *boxed), now);
                }
            }
            Action::Triggers(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.triggers);
            }
            Action::Async(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.async_configs);
            }
            Action::DeadLetterQueue(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.dead_letter_queue);
            }
            Action::Versions(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.versions);
            }
            Action::Aliases(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.aliases);
            }
            Action::Reserved(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.reserved);
            }
            Action::Provisioned(ticket, answer) => {
                self.accept(&ticket, answer, now, |f| &mut f.provisioned);
            }
            Action::Urls(ticket, answer) => self.accept(&ticket, answer, now, |f| &mut f.urls),
            Action::Tags(ticket, answer) => self.accept(&ticket, answer, now, |f| &mut f.tags),
        }
    }

    /// Follows the subject and reads what is due, as long as the pane is on screen. Idempotent.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        if !context.session.is_open() {
            return;
        }
        if self.reading != context.subject {
            self.leave(out);
            self.version += 1;
        }
        if !context.has_focus(OVERVIEW) && self.revealed.take().is_some() {
            self.version += 1;
        }
        let Some(subject) = context.subject.as_ref().filter(|_| context.shows(OVERVIEW)) else {
            return;
        };
        if self.reading.as_ref() != Some(subject) {
            self.look_at(subject);
            self.reading = Some(subject.clone());
        }
        let (now, refreshes) = (out.now, context.refreshes());
        self.read_parts(
            subject,
            true,
            |due| due.is_none_or(|due| refreshes && due <= now),
            out,
        );
    }

    /// A function was edited: what is known of it is read again, now or when it is shown.
    pub(super) fn changed(
        &mut self,
        function: &FunctionKey,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) {
        self.version += 1;
        if self.reading.as_ref() == Some(function) {
            // What is being read may be older than the edit.
            self.leave(out);
        }
        if context.shows(OVERVIEW) && context.subject.as_ref() == Some(function) {
            self.look_at(function);
            self.reading = Some(function.clone());
            self.read_parts(function, false, |_| true, out);
        } else {
            self.known.retain(|(known, _)| known != function);
        }
    }

    /// When a part on screen is to be read again.
    pub(super) fn next_wake(&self, context: &Context<'_>) -> Option<Timestamp> {
        let subject = context
            .subject
            .as_ref()
            .filter(|_| context.shows(OVERVIEW) && context.refreshes())?;
        let facts = self.facts(subject)?;
        Part::ALL
            .iter()
            .filter(|&&part| !facts.part(part).is_loading())
            .filter_map(|&part| due(facts, part))
            .min()
    }

    /// Gives up what is under way for the former subject, and masks its value.
    fn leave(&mut self, out: &mut Outbox<'_>) {
        self.revealed = None;
        let Some(former) = self.reading.take() else {
            return;
        };
        let Some((_, facts)) = self.known.iter_mut().find(|(key, _)| *key == former) else {
            return;
        };
        for &part in Part::ALL {
            if facts.part(part).is_loading() {
                facts.part_mut(part).abandon();
                out.effects.push(Effect::Cancel(key(&former, part)));
            }
        }
    }

    /// Makes the subject the newest of the known functions.
    fn look_at(&mut self, subject: &FunctionKey) {
        let place = self.known.iter().position(|(key, _)| key == subject);
        let entry = match place {
            Some(place) => self.known.remove(place),
            None => (subject.clone(), Facts::default()),
        };
        self.known.push(entry);
        if self.known.len() > KEPT {
            self.known.remove(0);
        }
    }

    /// Asks for each part that applies, is not under way, and whose time `is_due`.
    fn read_parts(
        &mut self,
        subject: &FunctionKey,
        waits: bool,
        is_due: impl Fn(Option<Timestamp>) -> bool,
        out: &mut Outbox<'_>,
    ) {
        let Some((_, facts)) = self.known.iter_mut().find(|(key, _)| key == subject) else {
            return;
        };
        for &part in Part::ALL {
            let Some(resource) = facts.resource(part, &subject.arn) else {
                continue;
            };
            if facts.part(part).is_loading() || !is_due(due(facts, part)) {
                continue;
            }
            self.version += 1;
            let work = Work {
                session: subject.session,
                resource,
                part,
                // The queue is known only after the configuration: it has waited.
                waits: waits && part != Part::DeadLetterQueue,
            };
            let ticket = out.ask(key(subject, part), work);
            facts.part_mut(part).begin(&ticket);
        }
    }

    fn facts_of(&mut self, ticket: &Ticket) -> Option<&mut Facts> {
        let session = ticket.key.session?;
        self.known
            .iter_mut()
            .find(|(key, _)| key.session == session && key.arn.as_str() == ticket.key.subject)
            .map(|(_, facts)| facts)
    }

    fn accept<T>(
        &mut self,
        ticket: &Ticket,
        answer: Result<T, ApiError>,
        now: Timestamp,
        slot: impl FnOnce(&mut Facts) -> &mut Slot<T>,
    ) {
        if let Some(facts) = self.facts_of(ticket) {
            slot(facts).accept(ticket, answer, now);
        }
    }
}

fn key(function: &FunctionKey, part: Part) -> Key {
    Key::of(function.session, part.name(), function.arn.as_str())
}

/// When a part is to be read again; `None` when it was never answered: at once.
fn due(facts: &Facts, part: Part) -> Option<Timestamp> {
    let good_for = match part {
        Part::Configuration if facts.is_changing() => CHANGING_GOOD_FOR,
        _ => GOOD_FOR,
    };
    facts.part(part).answered().map(|at| at + good_for)
}

#[cfg(test)]
mod tests;
