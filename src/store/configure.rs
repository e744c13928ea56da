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
mod memory;
mod reading;
mod review;
mod reviewing;
mod run;
mod work;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;

pub use action::{Action, Edit, Step};
pub use function_form::{Comparison, FunctionForm, Loaded, Memory, Place, Suggestions};
pub use review::{Asked, FunctionReview, Review, Seen, Wish};
pub use run::{Part, Run};
pub use work::{Apply, Work};

use super::{
    Context, Outbox,
    effect::RunId,
    identity::FunctionKey,
    request::{Request, done, error, info, written},
    slot::Slot,
    ticket::{Key, Ticket},
    ui::PaneId,
};
use crate::domain::session::SessionId;
use reading::Parked;

/// The pane of this slice.
pub const CONFIGURE: PaneId = PaneId("configure");

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
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        match action {
            Action::Do(step) => return self.step(step, context, out),
            Action::Loaded(ticket, function, answer) => {
                self.loaded(&ticket, &function, answer, out.now);
            }
            Action::Suggested(ticket, suggestions) => {
                self.suggestions.accept(&ticket, Ok(*suggestions), out.now);
            }
            Action::Reviewed(ticket, answer) => self.reviewed(&ticket, answer),
            Action::Compared(ticket, answer) => {
                let answer = answer.map(|comparison| *comparison);
                self.comparison.accept(&ticket, answer, out.now);
            }
            Action::Remembered(ticket, memory) => self.remembered(&ticket, memory),
            Action::Progress(run, part, progress) => self.progressed(run, part, progress),
            Action::Ended(run, part, end) => return written(self.ended(run, part, end)),
            Action::Finished(run, memory) => return self.finished(run, memory, out.now),
        }
        Vec::new()
    }

    fn step(&mut self, step: Step, context: &Context<'_>, out: &mut Outbox<'_>) -> Vec<Request> {
        match step {
            Step::Reload(function) => self.load(&function, context.session, out),
            Step::Suggest(session) => self.suggest(session, context.session, out),
            Step::Edit(function, item, edit) => return self.edit(&function, &item, edit),
            Step::Publish(function, description) => self.publish(&function, description),
            Step::Paste(function, text) => return self.paste(&function, &text),
            Step::OpenEditor(function) => return self.open_editor(&function, out),
            Step::Discard(function) => return self.discard(&function),
            Step::Compare(session, left, right) => {
                self.compare(session, left, right, context.session, out);
            }
            Step::Review {
                session,
                functions,
                wish,
            } => return self.wish(session, functions, wish, context),
            Step::OfferPublish(publish) => self.offer_publish(publish, out),
            Step::OfferShift(alias, shift) => self.offer_shift(&alias, shift, out),
            Step::Apply => return self.apply(context, out),
            Step::CloseReview => self.close_review(out),
            Step::Stop(run) => return self.stop(run, out),
            Step::Remember => self.remember(out),
            Step::Dismiss(card) => self.dismiss(card, out),
        }
        Vec::new()
    }

    /// Starts what is due. Idempotent.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        if !self.asked_memory {
            self.remember(out);
        }
        if context.session.is_open() {
            self.unpark(context.session);
            self.read_what_is_due(context, out);
        }
    }

    /// When something is due, if nothing else happens.
    pub(super) fn next_wake(&self, context: &Context<'_>) -> Option<Timestamp> {
        let subject = context.subject.as_ref()?;
        if !context.shows(CONFIGURE) || !context.refreshes() || !context.session.is_open() {
            return None;
        }
        self.function_form(subject)?.due(context.refresh_every())
    }
}

/// Sends a query out.
fn ask(
    session: SessionId,
    name: &'static str,
    subject: &str,
    work: Work,
    out: &mut Outbox<'_>,
) -> Ticket {
    out.ask(Key::of(session, name, subject), work)
}
