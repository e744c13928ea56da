//! The configure slice: drafts, the review of a wish, what is being carried out, and what was
//! stopped and waits to be restored.
//!
//! A draft belongs to a function and stays until it was applied or undone, whatever pane is shown.
//! Every write goes one way, whatever wished it: [`Step::Review`] reads anew and plans,
//! [`Step::Apply`] carries out exactly what was shown.

mod action;
mod apply;
mod edits;
mod environment;
mod function_form;
mod joins;
mod memory;
mod reading;
mod review;
mod reviewing;
mod run;
mod work;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

pub use crate::domain::draft::change::{Change as Wish, FunctionReview, Seen};
pub use action::{Action, Edit, Step};
pub use function_form::{Comparison, FunctionForm, Loaded, Memory, Place, Suggestions};
pub use review::{Asked, Review};
pub use run::{Part, Run};
pub use work::{Apply, Work};

pub(super) use joins::Hand;

use super::{
    Cx,
    effect::{self, Effect, RunId},
    functions::Functions,
    logs::Logs,
    session::Session,
    slot::Slot,
    ticket::{Key, Ticket},
    toast::{self, Tone},
    ui::{FunctionKey, PaneId},
};
use crate::domain::session::SessionId;
use reading::Parked;

/// The pane of this slice.
pub const CONFIGURE: PaneId = PaneId("configure");

/// What the reducer reads of other slices.
pub(super) struct Around<'a> {
    pub(super) session: &'a Session,
    pub(super) functions: &'a Functions,
    pub(super) logs: &'a Logs,
    /// The function that the pane speaks of.
    pub(super) subject: Option<FunctionKey>,
    /// The pane is on screen.
    pub(super) is_shown: bool,
    /// What is old may be read again by itself.
    pub(super) refreshes: bool,
    /// How often.
    pub(super) every: SignedDuration,
}

/// Drafts, the review, runs and resume cards.
#[derive(Debug, Default)]
pub struct Configure {
    forms: HashMap<FunctionKey, FunctionForm>,
    /// The function whose form is on screen.
    reading: Option<FunctionKey>,
    /// Forms of sessions that were closed, for when the same target is opened again.
    parked: Vec<Parked>,
    suggestions: Slot<Suggestions>,
    review: Option<Review>,
    comparison: Slot<Comparison>,
    comparisons: u64,
    runs: Vec<Run>,
    /// What the runs that work carry out.
    applying: HashMap<RunId, Apply>,
    memory: Memory,
    asked_memory: bool,
    remembering: Option<u64>,
}

impl Configure {
    /// What is known and drafted of a function; `None` until it was shown once.
    pub fn function_form(&self, function: &FunctionKey) -> Option<&FunctionForm> {
        self.forms.get(function)
    }

    /// Functions with a draft that is not empty.
    pub fn drafted(&self) -> impl Iterator<Item = &FunctionKey> {
        let forms = self.forms.iter();
        forms
            .filter(|(_, function_form)| !function_form.draft().is_empty())
            .map(|(key, _)| key)
    }

    /// What there is to choose from.
    pub const fn suggestions(&self) -> &Slot<Suggestions> {
        &self.suggestions
    }

    /// What is being reviewed.
    pub const fn review(&self) -> Option<&Review> {
        self.review.as_ref()
    }

    /// The comparison that was asked for last.
    pub const fn comparison(&self) -> &Slot<Comparison> {
        &self.comparison
    }

    /// How many comparisons were asked for since the program began, by whatever pane.
    pub const fn comparisons(&self) -> u64 {
        self.comparisons
    }

    /// What was carried out since the program began, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What is being carried out for this function, or was last.
    pub fn run_of(&self, function: &FunctionKey) -> Option<&Run> {
        let mut runs = self.runs.iter().rev();
        runs.find(|run| run.session == function.session && run.part(&function.arn).is_some())
    }

    /// Resume cards and unfinished edits of this machine.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Whether cards and unfinished edits were read.
    pub const fn remembers(&self) -> bool {
        self.asked_memory && self.remembering.is_none()
    }

    /// Changes the slice.
    pub(super) fn reduce(
        &mut self,
        action: Action,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        match action {
            Action::Do(step) => return self.step(step, around, cx),
            Action::Loaded(ticket, function, answer) => {
                self.loaded(&ticket, &function, answer, cx.now);
            }
            Action::Suggested(ticket, suggestions) => {
                self.suggestions.accept(&ticket, Ok(*suggestions), cx.now);
            }
            Action::Reviewed(ticket, answer) => self.reviewed(&ticket, answer),
            Action::Compared(ticket, answer) => {
                let answer = answer.map(|comparison| *comparison);
                self.comparison.accept(&ticket, answer, cx.now);
            }
            Action::Remembered(ticket, memory) => self.remembered(&ticket, memory),
            Action::Progress(run, part, progress) => self.progressed(run, part, progress),
            Action::Ended(run, part, end) => return self.ended(run, part, end),
            Action::Finished(run, memory) => return self.finished(run, memory, cx.now),
        }
        Vec::new()
    }

    fn step(&mut self, step: Step, around: &Around<'_>, cx: &mut Cx<'_>) -> Vec<Hand> {
        match step {
            Step::Reload(function) => self.load(&function, around.session, cx),
            Step::Suggest(session) => self.suggest(session, around.session, cx),
            Step::Edit(function, item, edit) => return self.edit(&function, &item, edit),
            Step::Publish(function, description) => self.publish(&function, description),
            Step::Paste(function, text) => return self.paste(&function, &text),
            Step::OpenEditor(function) => return self.open_editor(&function, cx),
            Step::Discard(function) => return self.discard(&function),
            Step::Compare(session, left, right) => {
                self.compare(session, left, right, around.session, cx);
            }
            Step::Review {
                session,
                functions,
                wish,
            } => return self.wish(session, functions, wish, around, cx),
            Step::OfferPublish(publish) => self.offer_publish(publish, cx),
            Step::OfferShift(alias, shift) => self.offer_shift(&alias, shift, cx),
            Step::Apply => return self.apply(around, cx),
            Step::CloseReview => self.close_review(cx),
            Step::Stop(run) => return self.stop(run, cx),
            Step::Remember => self.remember(cx),
            Step::Dismiss(card) => self.dismiss(card, cx),
        }
        Vec::new()
    }

    /// Starts what is due. Idempotent.
    pub(super) fn attend(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        if !self.asked_memory {
            self.remember(cx);
        }
        if around.session.is_open() {
            self.unpark(around.session);
            self.read_what_is_due(around, cx);
        }
    }

    /// When something is due, if nothing else happens.
    pub(super) fn next_wake(&self, around: &Around<'_>) -> Option<Timestamp> {
        let subject = around.subject.as_ref()?;
        if !around.is_shown || !around.refreshes || !around.session.is_open() {
            return None;
        }
        self.function_form(subject)?.due(around.every)
    }
}

/// Sends a query out.
fn ask(
    session: SessionId,
    name: &'static str,
    subject: &str,
    work: Work,
    cx: &mut Cx<'_>,
) -> Ticket {
    send(Key::of(session, name, subject), work, cx)
}

fn send(key: Key, work: Work, cx: &mut Cx<'_>) -> Ticket {
    let ticket = cx.tickets.issue(key);
    let work = effect::Work::Configure(work);
    cx.effects.push(Effect::Query(ticket.clone(), work));
    ticket
}

fn info(text: impl Into<String>) -> Vec<Hand> {
    vec![Hand::Toast(toast::Action::Show(Tone::Info, text.into()))]
}

fn done(text: impl Into<String>) -> Vec<Hand> {
    vec![Hand::Toast(toast::Action::Show(Tone::Ok, text.into()))]
}

fn error(text: impl Into<String>) -> Vec<Hand> {
    vec![Hand::Toast(toast::Action::Show(Tone::Error, text.into()))]
}
