//! The invoke slice: for each function the saved events, the event being edited, its target,
//! and the runs of this program.
//!
//! The text being typed belongs to the pane; it comes here with the send, as a secret. A send is
//! one [`Effect::Run`], started once: after the file it stands in was saved with the same bytes,
//! and after the question that a protected session asks. What is known is keyed by its function's ARN,
//! which names account and region, so that a session opened anew loses no text; a run belongs to
//! the session it was started in.

mod draft;
mod invokes;
mod run;
mod work;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    Cx,
    effect::{self, Control, Effect, RunId, Terminal},
    functions::Functions,
    letters::FromLetter,
    session::Session,
    ticket::{Key, Ticket},
    toast::{self, Tone},
    ui::PaneId,
};
use crate::{
    domain::{
        function::Arn,
        invocation::{InvocationType, InvokeRequest},
        saved_event::{
            EventId, Overwrite, SavedEvent, check_payload, name::next_free_name,
            template::TEMPLATES,
        },
        secret::Secret,
        session::{SessionId, WriteState},
    },
    ports::ApiError,
};

pub use draft::{Draft, Source};
use invokes::Sending;
pub use invokes::{Events, FunctionInvokes, NameFor, Question};
pub use run::{End, Run, RunEnd};
pub use work::{FileAnswer, FileProblem, FileTask, FileWork, Qualifiers, Send, Work};

/// The pane of this slice.
pub const INVOKE: PaneId = PaneId("invoke");

const STILL_WAITING: &str = "still waiting for the last send: x stops waiting";

/// What changes this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The user wants this of a function.
    Do(Arn, Step),
    /// Files were read or written.
    Filed(Ticket, Box<Result<FileAnswer, FileProblem>>),
    /// Versions and aliases came.
    Qualifiers(Ticket, Result<Qualifiers, ApiError>),
    /// A run ended, or its waiting did.
    Ended(RunId, Box<RunEnd>),
}

/// What the user wants of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// List the events again.
    Refresh,
    /// Edit this event.
    Load(EventId),
    /// Ask for the template of a new event.
    Template,
    /// Begin a new event from the template at this place.
    New(usize),
    /// Save this text as an event under a name that is asked for.
    SaveAs(Secret<String>),
    /// Put the event of a letter in the editor; it is not saved and not sent.
    TakeLetter(FromLetter, Secret<String>),
    /// Copy this event under a name that is asked for.
    Duplicate(EventId),
    /// Give this event another name, which is asked for.
    Rename(EventId),
    /// The name that was asked for.
    Named(String),
    /// Delete this event; it was confirmed.
    Delete(EventId),
    /// Edit this text in the user's editor.
    OpenEditor(Secret<String>),
    /// Find out versions and aliases, then ask for the target.
    Target,
    /// Ask for a qualifier that is in no list.
    AskQualifier,
    /// Send to this version or alias.
    Qualify(Option<String>),
    /// Send in this way.
    Kind(InvocationType),
    /// Save and send exactly this text.
    Send(Secret<String>),
    /// The question before a send was answered with yes.
    Confirm,
    /// Save over what somebody else wrote, then go on with the send.
    Overwrite,
    /// Take what somebody else wrote; what was typed is dropped.
    Reload,
    /// Leave a question unanswered.
    Dismiss,
    /// Send what this run sent, once more.
    Repeat(RunId),
    /// Show the result of this run.
    Show(RunId),
    /// Stop waiting for the run that is under way.
    Stop,
}

/// What the reducer reads of other slices.
pub(super) struct Around<'a> {
    pub(super) session: &'a Session,
    pub(super) functions: &'a Functions,
    /// Whether the pane is on screen.
    pub(super) is_shown: bool,
}

/// What is known of the functions that were looked at.
#[derive(Debug, Default)]
pub struct Invoke {
    functions: HashMap<Arn, FunctionInvokes>,
    running: HashMap<RunId, Arn>,
    confirmed: HashSet<Confirmed>,
}

/// What a protected session was asked about; it asks again when one of these changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Confirmed {
    session: SessionId,
    function: Arn,
    qualifier: Option<String>,
    /// The saved event, or which scratch text.
    event: Result<EventId, u64>,
}

impl Invoke {
    /// What is known of a function; `None` until its pane was on screen once.
    pub fn invokes(&self, function: &Arn) -> Option<&FunctionInvokes> {
        self.functions.get(function)
    }

    /// The letter that a run under way is of.
    pub(super) fn letter_of(&self, run: RunId) -> Option<&FromLetter> {
        let invokes = self.functions.get(self.running.get(&run)?)?;
        invokes.run(run)?.letter.as_ref()
    }

    /// When the elapsed time of a run steps next.
    pub(super) fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let runs = self.running.iter().filter_map(|(id, arn)| {
            let run = self.functions.get(arn)?.run(*id)?;
            Some(run.started + SignedDuration::from_secs(run.waited(now) + 1))
        });
        runs.min()
    }

    /// The pane shows this function: it is known from now on, and its events are listed.
    pub(super) fn attend(&mut self, function: &Arn, name: &str, cx: &mut Cx<'_>) {
        let invokes = self
            .functions
            .entry(function.clone())
            .or_insert_with(|| FunctionInvokes::new(name));
        if invokes.events.is_untouched() {
            invokes.list(function, cx);
        }
    }

    /// The user's editor was closed.
    pub(super) fn edited(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Option<toast::Action> {
        let invokes = self
            .functions
            .values_mut()
            .find(|invokes| invokes.awaits_editor(ticket))?;
        invokes.editing = None;
        match answer {
            Ok(text) => {
                invokes.draft.take(text);
                None
            }
            Err(why) => Some(error(why)),
        }
    }

    pub(super) fn reduce(
        &mut self,
        action: Action,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Option<toast::Action> {
        match action {
            Action::Do(function, step) => self.step(&function, step, around, cx),
            Action::Filed(ticket, answer) => self.filed(&ticket, *answer, around, cx),
            Action::Qualifiers(ticket, answer) => {
                let function = Arn::new(ticket.key.subject.as_str());
                let invokes = self.functions.get_mut(&function)?;
                if invokes.qualifiers.accept(&ticket, answer, cx.now) {
                    invokes.ask(Question::Target, cx);
                }
                None
            }
            Action::Ended(id, end) => self.ended(id, *end, around),
        }
    }

    fn step(
        &mut self,
        function: &Arn,
        step: Step,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Option<toast::Action> {
        let invokes = self.functions.get_mut(function)?;
        match step {
            Step::Refresh => invokes.list(function, cx),
            Step::Load(id) => invokes.file(function, "invoke.read", FileTask::Read(id), cx),
            Step::New(template) => {
                let template = TEMPLATES.get(template)?;
                let name = NameFor::New(Secret::new(template.payload.to_owned()));
                invokes.ask_name(name, template.name, cx);
            }
            Step::SaveAs(text) => {
                let wanted = invokes.draft.name().unwrap_or("event").to_owned();
                invokes.ask_name(NameFor::SaveAs(text), &wanted, cx);
            }
            Step::TakeLetter(from, text) => {
                invokes.draft = Draft::of_letter(from, text, invokes.draft.revision + 1);
            }
            Step::Duplicate(id) => {
                let wanted = id.name.clone();
                invokes.ask_name(NameFor::Duplicate(id), &wanted, cx);
            }
            Step::Rename(id) => {
                let question = Question::Name(NameFor::Rename(id.clone()), id.name);
                invokes.ask(question, cx);
            }
            Step::Named(name) => invokes.named(function, name, cx),
            Step::Delete(id) => invokes.file(function, "invoke.change", FileTask::Delete(id), cx),
            Step::OpenEditor(text) => invokes.open_editor(function, text, cx),
            Step::Template => invokes.ask(Question::Template, cx),
            Step::Target => invokes.ask_target(function, around.session, cx),
            Step::AskQualifier => invokes.ask(Question::Qualifier, cx),
            Step::Qualify(qualifier) => {
                invokes.draft.settings.qualifier = qualifier;
                invokes.question = None;
            }
            Step::Kind(kind) => {
                invokes.draft.settings.kind = kind;
                invokes.question = None;
            }
            Step::Send(payload) => return self.begin(function, payload, around, cx),
            Step::Confirm => {
                let Some(Question::Send(payload)) = invokes.answer() else {
                    return None;
                };
                let confirmed = Confirmed::of(function, invokes, around.session.id);
                self.confirmed.insert(confirmed);
                return self.begin(function, payload, around, cx);
            }
            Step::Overwrite => {
                if let Some(Question::Changed { payload, .. }) = invokes.answer() {
                    let sending = invokes.sending_of(payload, around.session.id);
                    invokes.save(function, sending, Overwrite::Force, cx);
                }
            }
            Step::Reload => {
                if let (Some(Question::Changed { .. }), Some(id)) =
                    (invokes.answer(), invokes.draft.id().cloned())
                {
                    invokes.file(function, "invoke.read", FileTask::Read(id), cx);
                }
            }
            Step::Dismiss => invokes.question = None,
            Step::Repeat(id) => return self.repeat(function, id, around, cx),
            Step::Show(id) => invokes.shown = Some(id),
            Step::Stop => return Self::stop(invokes, cx),
        }
        None
    }

    /// Checks, asks, saves, and only then sends.
    fn begin(
        &mut self,
        function: &Arn,
        payload: Secret<String>,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Option<toast::Action> {
        let invokes = self.functions.get_mut(function)?;
        if invokes.is_busy() {
            return Some(info(STILL_WAITING));
        }
        if let Err(why) = invokes.check(&payload, around.functions.get(function)) {
            return Some(error(why));
        }
        let is_run = invokes.draft.settings.kind != InvocationType::DryRun;
        let is_unlocked = matches!(around.session.write, WriteState::Unlocked { .. });
        let confirmed = Confirmed::of(function, invokes, around.session.id);
        if is_run && is_unlocked && !self.confirmed.contains(&confirmed) {
            invokes.ask(Question::Send(payload), cx);
            return None;
        }
        let sending = invokes.sending_of(payload, around.session.id);
        match invokes.draft.stamp() {
            Some(stamp) => invokes.save(function, sending, Overwrite::Unchanged(stamp), cx),
            None => self.send(function, sending, around.functions, cx),
        }
        None
    }

    /// The one place where a send becomes an effect.
    fn send(&mut self, function: &Arn, sending: Sending, functions: &Functions, cx: &mut Cx<'_>) {
        let Some(invokes) = self.functions.get_mut(function) else {
            return;
        };
        let Sending {
            payload,
            session,
            event,
            letter,
            settings,
        } = sending;
        let timeout = functions.get(function).map(|row| row.timeout_s);
        let request = InvokeRequest {
            function: function.clone(),
            qualifier: settings.qualifier.clone(),
            kind: settings.kind,
            payload: Secret::new(payload.reveal().clone().into_bytes()),
            client_context: settings.client_context.clone(),
            tenant: settings.tenant.clone(),
            deadline: settings.kind.deadline(timeout),
        };
        let id = RunId(cx.tickets.next_number());
        invokes.push(Run {
            id,
            session,
            settings,
            event: event.map(|id| id.name),
            letter,
            payload: Some(payload),
            deadline: request.deadline,
            started: cx.now,
            is_stopping: false,
            end: None,
        });
        self.running.insert(id, function.clone());
        let work = Work::Send(Box::new(Send { session, request }));
        cx.effects
            .push(Effect::Run(id, session, effect::Work::Invoke(work)));
    }

    /// Sends the bytes of an earlier run again, as a scratch text and to the same target.
    fn repeat(
        &mut self,
        function: &Arn,
        id: RunId,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Option<toast::Action> {
        let invokes = self.functions.get_mut(function)?;
        if invokes.is_busy() {
            return Some(info(STILL_WAITING));
        }
        let run = invokes.run(id)?;
        let Some(payload) = run.payload.clone() else {
            return Some(info("what this run sent is no longer kept"));
        };
        let settings = run.settings.clone();
        let is_the_draft = invokes.draft.stamp().is_none()
            && invokes.draft.settings == settings
            && *invokes.draft.text.reveal() == *payload.reveal();
        if !is_the_draft {
            let letter = run.letter.clone();
            invokes.draft = Draft::scratch(payload.clone(), invokes.draft.revision + 1);
            invokes.draft.settings = settings;
            invokes.draft.letter = letter;
        }
        self.begin(function, payload, around, cx)
    }

    fn stop(invokes: &mut FunctionInvokes, cx: &mut Cx<'_>) -> Option<toast::Action> {
        let Some(run) = invokes.runs.iter_mut().rev().find(|run| run.end.is_none()) else {
            return Some(info("nothing is under way"));
        };
        run.is_stopping = true;
        cx.effects.push(Effect::Control(run.id, Control::Stop));
        None
    }

    fn filed(
        &mut self,
        ticket: &Ticket,
        answer: Result<FileAnswer, FileProblem>,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Option<toast::Action> {
        let function = Arn::new(ticket.key.subject.as_str());
        let invokes = self.functions.get_mut(&function)?;
        if !invokes.accepts(ticket) {
            return None;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => return invokes.file_failed(ticket, problem, cx),
        };
        match answer {
            FileAnswer::Listed { events, project } => {
                invokes.events.listed(events, project);
                None
            }
            FileAnswer::Read(stored) => {
                invokes.open(stored);
                None
            }
            FileAnswer::Created(stored) => {
                let text = format!("saved {}", stored.event.path.display());
                invokes.open(stored);
                invokes.list(&function, cx);
                Some(done(text))
            }
            FileAnswer::Saved(stamp) => {
                let sending = invokes.sending.take()?;
                if invokes.draft.id() == sending.event.as_ref() {
                    invokes
                        .draft
                        .saved(&sending.payload, &sending.settings, stamp);
                }
                self.send(&function, sending, around.functions, cx);
                None
            }
            FileAnswer::Renamed { from, stored } => {
                invokes.draft.renamed(&from, &stored);
                invokes.list(&function, cx);
                Some(done(format!(
                    "{} is now {}",
                    from.name, stored.event.id.name
                )))
            }
            FileAnswer::Deleted(id) => {
                invokes.draft.deleted(&id);
                invokes.list(&function, cx);
                Some(done(format!("deleted {}", id.name)))
            }
        }
    }

    fn ended(&mut self, id: RunId, end: RunEnd, around: &Around<'_>) -> Option<toast::Action> {
        let function = self.running.remove(&id)?;
        let invokes = self.functions.get_mut(&function)?;
        let name = invokes.function.clone();
        let note = match &end.end {
            End::Failed(error) => Some(toast::Action::Failed(error.clone())),
            End::Answered(reply) if !around.is_shown => Some(match &reply.function_error {
                Some(_) => error(format!("{name} failed: 4 shows it")),
                None => done(format!("{name} answered")),
            }),
            End::Answered(_) => None,
            End::Stopped => Some(info(format!(
                "stopped waiting; {name} goes on: its logs show how it ends"
            ))),
        };
        invokes.end(id, end);
        note
    }
}

impl Confirmed {
    fn of(function: &Arn, invokes: &FunctionInvokes, session: SessionId) -> Self {
        Self {
            session,
            function: function.clone(),
            qualifier: invokes.draft.settings.qualifier.clone(),
            event: invokes.draft.id().cloned().ok_or(invokes.draft.revision),
        }
    }
}

fn info(text: impl Into<String>) -> toast::Action {
    toast::Action::Show(Tone::Info, text.into())
}

fn done(text: impl Into<String>) -> toast::Action {
    toast::Action::Show(Tone::Ok, text.into())
}

fn error(text: impl Into<String>) -> toast::Action {
    toast::Action::Show(Tone::Error, text.into())
}
