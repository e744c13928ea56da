//! What is read for the form: the subject's form, what there is to choose from, comparisons. And
//! what becomes of forms when their session is closed.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{CONFIGURE, Configure, Context, FunctionForm, Loaded, Place, Work, ask};
use crate::{
    domain::{
        function::Arn,
        session::{SessionId, Target},
    },
    ports::ApiError,
    store::{
        Outbox,
        effect::Effect,
        identity::FunctionKey,
        session::Session,
        slot::Slot,
        ticket::{Key, Ticket},
    },
};

const LOAD: &str = "configure.load";

/// A function that is changing is read again sooner.
const CHANGING_GOOD_FOR: SignedDuration = SignedDuration::from_secs(5);
/// Queues, layers and roles seldom come and go.
const SUGGESTIONS_GOOD_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Functions with something unsent that are named.
const NAMED: usize = 5;
/// How many forms stay on which nothing is drafted.
const KEPT: usize = 20;

/// Forms of a session that was closed, with what the user made there.
#[derive(Debug)]
pub(super) struct Parked {
    target: Target,
    forms: HashMap<Arn, FunctionForm>,
}

impl Configure {
    /// Follows the subject, as long as the pane is on screen.
    pub(super) fn read_what_is_due(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let subject = context
            .subject
            .as_ref()
            .filter(|_| context.shows(CONFIGURE));
        if self.reading.as_ref() != subject {
            self.leave(out);
            self.reading = subject.cloned();
        }
        let Some(subject) = subject else { return };
        if !self.forms.contains_key(subject) {
            self.forms.insert(subject.clone(), FunctionForm::default());
            self.drop_old_forms(subject);
        }
        let function_form = &self.forms[subject];
        let is_old = function_form
            .due(context.refresh_every())
            .is_some_and(|due| due <= out.now);
        let is_new = function_form.loaded.answered().is_none() || function_form.is_outdated;
        if !function_form.loaded.is_loading() && (is_new || (is_old && context.refreshes())) {
            self.load(subject, context.session, out);
        }
    }

    /// Reads a function anew; its draft stays.
    pub(super) fn load(&mut self, function: &FunctionKey, session: &Session, out: &mut Outbox<'_>) {
        if function.session != session.id || !session.is_open() {
            return;
        }
        let work = Work::Load(function.clone());
        let ticket = ask(function.session, LOAD, function.arn.as_str(), work, out);
        let function_form = self.forms.entry(function.clone()).or_default();
        function_form.loaded.begin(&ticket);
        function_form.revision += 1;
    }

    pub(super) fn loaded(
        &mut self,
        ticket: &Ticket,
        function: &FunctionKey,
        answer: Result<Box<Loaded>, ApiError>,
        now: Timestamp,
    ) {
        let Some(function_form) = self.forms.get_mut(function) else {
            return;
        };
        let answer = answer.map(|loaded| Arc::from(*loaded));
        if function_form.loaded.accept(ticket, answer, now) {
            function_form.is_outdated = false;
            function_form.settle();
        }
    }

    /// Gives up what is read for the former subject.
    fn leave(&mut self, out: &mut Outbox<'_>) {
        if let Some(former) = self.reading.take()
            && let Some(function_form) = self.forms.get_mut(&former)
            && function_form.loaded.is_loading()
        {
            function_form.invalidate();
            let key = Key::of(former.session, LOAD, former.arn.as_str());
            out.effects.push(Effect::Cancel(key));
        }
    }

    /// Of the forms on which nothing is drafted, those that were read longest ago go.
    fn drop_old_forms(&mut self, subject: &FunctionKey) {
        let forms = self.forms.iter();
        let mut idle: Vec<_> = forms
            .filter(|(key, function_form)| *key != subject && !function_form.has_work())
            .map(|(key, function_form)| (function_form.loaded.answered(), key.clone()))
            .collect();
        let excess = idle.len().saturating_sub(KEPT);
        idle.sort_by_key(|(answered, _)| *answered);
        for (_, key) in idle.into_iter().take(excess) {
            self.forms.remove(&key);
        }
    }

    pub(super) fn suggest(&mut self, session: SessionId, current: &Session, out: &mut Outbox<'_>) {
        let is_fresh = self
            .suggestions
            .fetched()
            .is_some_and(|at| out.now.duration_since(at) < SUGGESTIONS_GOOD_FOR);
        // What could not be read is tried again by whoever wants it.
        let found = self.suggestions.value();
        let is_whole = found.is_some_and(|found| found.notes.is_empty());
        let is_current = session == current.id && current.is_open();
        if !is_current || (is_fresh && is_whole) || self.suggestions.is_loading() {
            return;
        }
        let ticket = ask(
            session,
            "configure.suggest",
            "",
            Work::Suggest(session),
            out,
        );
        self.suggestions.begin(&ticket);
    }

    pub(super) fn compare(
        &mut self,
        session: SessionId,
        left: Box<Place>,
        right: Box<Place>,
        current: &Session,
        out: &mut Outbox<'_>,
    ) {
        if session != current.id || !current.is_open() {
            return;
        }
        let work = Work::Compare(session, left, right);
        let ticket = ask(session, "configure.compare", "", work, out);
        // What was compared before would stand under the new names.
        self.comparison = Slot::default();
        self.comparison.begin(&ticket);
        self.comparisons += 1;
    }

    /// A session was closed: its queries are cancelled with it, its runs go on, what was drafted
    /// waits for the same target to be opened again.
    pub(in crate::store) fn leave_session(&mut self, session: SessionId, target: Target) {
        let closed = self.forms.extract_if(|key, _| key.session == session);
        let forms: HashMap<Arn, FunctionForm> = closed
            .filter(|(_, function_form)| function_form.has_work())
            .map(|(key, function_form)| (key.arn, function_form))
            .collect();
        if !forms.is_empty() {
            self.parked.push(Parked { target, forms });
        }
        self.reading = None;
        self.suggestions = Slot::default();
        self.comparison = Slot::default();
        self.review = None;
    }

    /// What was made here and not sent, function by function, in words: it goes with the program.
    /// What is being carried out is told as a run.
    pub fn unsent(&self) -> Vec<String> {
        let open = self
            .forms
            .iter()
            .map(|(key, function_form)| (&key.arn, function_form));
        let parked = self.parked.iter().flat_map(|parked| &parked.forms);
        let mut lines: Vec<String> = open
            .chain(parked)
            .filter(|(arn, _)| !self.is_working_on(arn))
            .filter_map(|(arn, function_form)| {
                Some(format!(
                    "{}: {}",
                    arn.resource_name(),
                    function_form.unsent()?
                ))
            })
            .collect();
        lines.sort();
        let more = lines.len().saturating_sub(NAMED);
        lines.truncate(NAMED);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines
    }

    /// Puts the forms of a target back into the session that is open on it now. An ARN names account and region: a draft never gets to another account's function.
    pub(super) fn unpark(&mut self, session: &Session) {
        let parked = &mut self.parked;
        for found in parked.extract_if(.., |parked| parked.target == session.target) {
            for (arn, mut function_form) in found.forms {
                // What it shows stays until it is read again, which is at once.
                function_form.loaded.detach();
                function_form.revision += 1;
                let session = session.id;
                self.forms
                    .insert(FunctionKey { session, arn }, function_form);
            }
        }
    }
}

impl FunctionForm {
    /// When it is to be read again; `None` as long as it never was, or is being read.
    pub(super) fn due(&self, every: SignedDuration) -> Option<Timestamp> {
        if self.loaded.is_loading() {
            return None;
        }
        let value = self.loaded.value();
        let is_changing = value.is_some_and(|loaded| {
            loaded.state.last_update.as_deref() == Some("InProgress")
                || loaded.state.state.as_deref() == Some("Pending")
        });
        let good_for = if is_changing && self.loaded.error().is_none() {
            CHANGING_GOOD_FOR
        } else {
            every
        };
        self.loaded.answered().map(|at| at + good_for)
    }

    /// What was read, or is being read, is not what is there.
    pub(super) fn invalidate(&mut self) {
        self.loaded.abandon();
        self.is_outdated = true;
        self.revision += 1;
    }

    /// What of the user's is on it, in words.
    fn unsent(&self) -> Option<String> {
        let publish = usize::from(self.draft.publish.is_some());
        let changes = match self.draft.items().len() + publish + self.refused.len() {
            0 => None,
            1 => Some("1 change".to_owned()),
            changes => Some(format!("{changes} changes")),
        };
        let has_text = self.editor.open.is_some() || self.editor.kept.is_some();
        let text = has_text.then(|| "a text of the editor".to_owned());
        let words: Vec<String> = changes.into_iter().chain(text).collect();
        (!words.is_empty()).then(|| format!("{} not sent", words.join(" and ")))
    }

    /// Whether something of the user's is on it.
    fn has_work(&self) -> bool {
        !self.draft.is_empty()
            || !self.refused.is_empty()
            || self.editor.open.is_some()
            || self.editor.kept.is_some()
    }
}
