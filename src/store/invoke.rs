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
    Context, Outbox,
    effect::{Control, RunId, RunWork},
    functions::Functions,
    identity::LetterKey,
    request::{Request, done, error, failed, info, written},
    session::Session,
    ticket::{Key, Ticket},
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

/// A synchronous invoke was answered; queued ones are 202, dry runs 204 (Lambda API).
const RAN: u16 = 200;
/// What is added to a function's timeout before we stop waiting (`docs/aws.md` §1.2).
const GRACE: u64 = 10;
/// The timeout of a function that is in no list, in seconds.
const UNKNOWN_TIMEOUT: u32 = 60;

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
    TakeLetter(LetterKey, Secret<String>),
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

    /// When the elapsed time of a run steps next.
    pub(super) fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let runs = self.running.iter().filter_map(|(id, arn)| {
            let run = self.functions.get(arn)?.run(*id)?;
            Some(run.started + SignedDuration::from_secs(run.waited(now) + 1))
        });
        runs.min()
    }

    /// The pane shows this function: it is known from now on, and its events are listed.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let Some(row) = context
            .functions
            .selected()
            .filter(|_| context.shows(INVOKE))
        else {
            return;
        };
        let invokes = self
            .functions
            .entry(row.arn.clone())
            .or_insert_with(|| FunctionInvokes::new(&row.name));
        if invokes.events.is_untouched() {
            invokes.list(&row.arn, out);
        }
    }

    /// The user's editor was closed.
    pub(super) fn edited(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Vec<Request> {
        let Some(invokes) = self
            .functions
            .values_mut()
            .find(|invokes| invokes.awaits_editor(ticket))
        else {
            return Vec::new();
        };
        invokes.editing = None;
        match answer {
            Ok(text) => {
                invokes.draft.take(text);
                Vec::new()
            }
            Err(why) => error(why),
        }
    }

    pub(super) fn reduce(
        &mut self,
        action: Action,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        match action {
            Action::Do(function, step) => self.step(&function, step, context, out),
            Action::Filed(ticket, answer) => self.filed(&ticket, *answer, context, out),
            Action::Qualifiers(ticket, answer) => {
                let function = Arn::new(ticket.key.subject.as_str());
                let Some(invokes) = self.functions.get_mut(&function) else {
                    return Vec::new();
                };
                if invokes.qualifiers.accept(&ticket, answer, out.now) {
                    invokes.ask(Question::Target, out);
                }
                Vec::new()
            }
            Action::Ended(id, end) => written(self.ended(id, *end, context)),
        }
    }

    fn step(
        &mut self,
        function: &Arn,
        step: Step,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(invokes) = self.functions.get_mut(function) else {
            return Vec::new();
        };
        match step {
            Step::Refresh => invokes.list(function, out),
            Step::Load(id) => invokes.file(function, "invoke.read", FileTask::Read(id), out),
            Step::New(template) => {
                let Some(template) = TEMPLATES.get(template) else {
                    return Vec::new();
                };
                let name = NameFor::New(Secret::new(template.payload.to_owned()));
                invokes.ask_name(name, template.name, out);
            }
            Step::SaveAs(text) => {
                let wanted = invokes.draft.name().unwrap_or("event").to_owned();
                invokes.ask_name(NameFor::SaveAs(text), &wanted, out);
            }
            Step::TakeLetter(from, text) => {
                invokes.draft = Draft::of_letter(from, text, invokes.draft.revision + 1);
            }
            Step::Duplicate(id) => {
                let wanted = id.name.clone();
                invokes.ask_name(NameFor::Duplicate(id), &wanted, out);
            }
            Step::Rename(id) => {
                let question = Question::Name(NameFor::Rename(id.clone()), id.name);
                invokes.ask(question, out);
            }
            Step::Named(name) => invokes.named(function, name, out),
            Step::Delete(id) => invokes.file(function, "invoke.change", FileTask::Delete(id), out),
            Step::OpenEditor(text) => invokes.open_editor(function, text, out),
            Step::Template => invokes.ask(Question::Template, out),
            Step::Target => invokes.ask_target(function, context.session, out),
            Step::AskQualifier => invokes.ask(Question::Qualifier, out),
            Step::Qualify(qualifier) => {
                invokes.draft.settings.qualifier = qualifier;
                invokes.question = None;
            }
            Step::Kind(kind) => {
                invokes.draft.settings.kind = kind;
                invokes.question = None;
            }
            Step::Send(payload) => return self.begin(function, payload, context, out),
            Step::Confirm => {
                let Some(Question::Send(payload)) = invokes.answer() else {
                    return Vec::new();
                };
                let confirmed = Confirmed::of(function, invokes, context.session.id);
                self.confirmed.insert(confirmed);
                return self.begin(function, payload, context, out);
            }
            Step::Overwrite => {
                if let Some(Question::Changed { payload, .. }) = invokes.answer() {
                    let sending = invokes.sending_of(payload, context.session.id);
                    invokes.save(function, sending, Overwrite::Force, out);
                }
            }
            Step::Reload => {
                if let (Some(Question::Changed { .. }), Some(id)) =
                    (invokes.answer(), invokes.draft.id().cloned())
                {
                    invokes.file(function, "invoke.read", FileTask::Read(id), out);
                }
            }
            Step::Dismiss => invokes.question = None,
            Step::Repeat(id) => return self.repeat(function, id, context, out),
            Step::Show(id) => invokes.shown = Some(id),
            Step::Stop => return Self::stop(invokes, out),
        }
        Vec::new()
    }

    /// Checks, asks, saves, and only then sends.
    fn begin(
        &mut self,
        function: &Arn,
        payload: Secret<String>,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(invokes) = self.functions.get_mut(function) else {
            return Vec::new();
        };
        if invokes.is_busy() {
            return info(STILL_WAITING);
        }
        if let Err(why) = invokes.check(&payload, context.functions.get(function)) {
            return error(why);
        }
        let is_run = invokes.draft.settings.kind != InvocationType::DryRun;
        let is_unlocked = matches!(context.session.write, WriteState::Unlocked { .. });
        let confirmed = Confirmed::of(function, invokes, context.session.id);
        if is_run && is_unlocked && !self.confirmed.contains(&confirmed) {
            invokes.ask(Question::Send(payload), out);
            return Vec::new();
        }
        let sending = invokes.sending_of(payload, context.session.id);
        match invokes.draft.stamp() {
            Some(stamp) => invokes.save(function, sending, Overwrite::Unchanged(stamp), out),
            None => self.send(function, sending, context.functions, out),
        }
        Vec::new()
    }

    /// The one place where a send becomes an effect.
    fn send(
        &mut self,
        function: &Arn,
        sending: Sending,
        functions: &Functions,
        out: &mut Outbox<'_>,
    ) {
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
        let timeout = functions
            .get(function)
            .map_or(UNKNOWN_TIMEOUT, |row| row.timeout_s);
        let request = InvokeRequest {
            function: function.clone(),
            qualifier: settings.qualifier.clone(),
            kind: settings.kind,
            payload: Secret::new(payload.reveal().clone().into_bytes()),
            client_context: settings.client_context.clone(),
            tenant: settings.tenant.clone(),
            deadline: std::time::Duration::from_secs(u64::from(timeout) + GRACE),
        };
        let deadline = request.deadline;
        let work = RunWork::Invoke(Box::new(Send { session, request }));
        let id = out.run(session, work);
        invokes.push(Run {
            id,
            session,
            settings,
            event: event.map(|id| id.name),
            letter,
            payload: Some(payload),
            deadline,
            started: out.now,
            is_stopping: false,
            end: None,
        });
        self.running.insert(id, function.clone());
    }

    /// Sends the bytes of an earlier run again, as a scratch text and to the same target.
    fn repeat(
        &mut self,
        function: &Arn,
        id: RunId,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(invokes) = self.functions.get_mut(function) else {
            return Vec::new();
        };
        if invokes.is_busy() {
            return info(STILL_WAITING);
        }
        let Some(run) = invokes.run(id) else {
            return Vec::new();
        };
        let Some(payload) = run.payload.clone() else {
            return info("what this run sent is no longer kept");
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
        self.begin(function, payload, context, out)
    }

    fn stop(invokes: &mut FunctionInvokes, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(run) = invokes.runs.iter_mut().rev().find(|run| run.end.is_none()) else {
            return info("nothing is under way");
        };
        run.is_stopping = true;
        out.control(run.id, Control::Stop);
        Vec::new()
    }

    fn filed(
        &mut self,
        ticket: &Ticket,
        answer: Result<FileAnswer, FileProblem>,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let function = Arn::new(ticket.key.subject.as_str());
        let Some(invokes) = self.functions.get_mut(&function) else {
            return Vec::new();
        };
        if !invokes.accepts(ticket) {
            return Vec::new();
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => return invokes.file_failed(ticket, problem, out),
        };
        match answer {
            FileAnswer::Listed { events, project } => {
                invokes.events.listed(events, project);
                Vec::new()
            }
            FileAnswer::Read(stored) => {
                invokes.open(stored);
                Vec::new()
            }
            FileAnswer::Created(stored) => {
                let text = format!("saved {}", stored.event.path.display());
                invokes.open(stored);
                invokes.list(&function, out);
                done(text)
            }
            FileAnswer::Saved(stamp) => {
                let Some(sending) = invokes.sending.take() else {
                    return Vec::new();
                };
                if invokes.draft.id() == sending.event.as_ref() {
                    invokes
                        .draft
                        .saved(&sending.payload, &sending.settings, stamp);
                }
                self.send(&function, sending, context.functions, out);
                Vec::new()
            }
            FileAnswer::Renamed { from, stored } => {
                invokes.draft.renamed(&from, &stored);
                invokes.list(&function, out);
                done(format!("{} is now {}", from.name, stored.event.id.name))
            }
            FileAnswer::Deleted(id) => {
                invokes.draft.deleted(&id);
                invokes.list(&function, out);
                done(format!("deleted {}", id.name))
            }
        }
    }

    fn ended(&mut self, id: RunId, end: RunEnd, context: &Context<'_>) -> Vec<Request> {
        let Some(function) = self.running.remove(&id) else {
            return Vec::new();
        };
        let Some(invokes) = self.functions.get_mut(&function) else {
            return Vec::new();
        };
        let name = invokes.function.clone();
        let mut requests = match &end.end {
            End::Failed(error) => failed(error.clone()),
            End::Answered(reply) if !context.shows(INVOKE) => match &reply.function_error {
                Some(_) => error(format!("{name} failed: 4 shows it")),
                None => done(format!("{name} answered")),
            },
            End::Answered(_) => Vec::new(),
            End::Stopped => info(format!(
                "stopped waiting; {name} goes on: its logs show how it ends"
            )),
        };
        let letter = invokes.run(id).and_then(|run| run.letter.clone());
        if let (Some(letter), End::Answered(reply)) = (letter, &end.end)
            && reply.status == RAN
        {
            // A dry run ran nothing, and where there is no answer nobody knows.
            requests.push(Request::Ran {
                letter,
                at: end.at,
                ok: !reply.is_function_error(),
            });
        }
        invokes.end(id, end);
        requests
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
