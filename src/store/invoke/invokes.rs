//! The invokes of one function: its events, the event on it, its questions, its runs.

use std::{collections::VecDeque, sync::Arc};

use jiff::SignedDuration;

use super::{
    Arn, Draft, EventId, FileProblem, FileTask, FileWork, Key, Outbox, Overwrite, Qualifiers,
    Request, Run, RunEnd, RunId, SavedEvent, Secret, Session, SessionId, Source, Ticket, Work,
    check_payload, error, next_free_name,
};
use crate::{
    domain::{
        document::Document,
        function::FunctionSummary,
        saved_event::{EventSettings, ListedEvent, StoredEvent},
    },
    store::{identity::LetterKey, slot::Slot},
};

/// Runs that are remembered.
const RUNS: usize = 50;
/// Bytes of payloads and responses that the runs of a function keep; the newest keeps its own
/// in any case.
const KEPT: usize = 32 << 20;
/// How long versions and aliases stay good.
const QUALIFIERS_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);

/// What is known of one function.
#[derive(Debug)]
pub struct FunctionInvokes {
    /// The function's name.
    pub function: String,
    /// The saved events.
    pub events: Events,
    /// The event in the editor.
    pub draft: Draft,
    /// Versions and aliases.
    pub qualifiers: Slot<Qualifiers>,
    /// The runs, oldest first.
    pub runs: VecDeque<Run>,
    /// The run whose result is shown; the newest by default.
    pub shown: Option<RunId>,
    pub(super) question: Option<(u64, Question)>,
    pub(super) sending: Option<Sending>,
    pub(super) editing: Option<u64>,
    tasks: Vec<(&'static str, u64)>,
}

/// A send as it was asked for: what happens in the editor while its file is being saved does not
/// change it.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) payload: Secret<String>,
    pub(super) session: SessionId,
    /// The saved event; `None` for a scratch text.
    pub(super) event: Option<EventId>,
    /// The letter whose event it is.
    pub(super) letter: Option<LetterKey>,
    pub(super) settings: EventSettings,
}

/// Something only the user can decide; the pane asks it.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Send this, on a protected session?
    Send(Secret<String>),
    /// The file is not what it was when it was read.
    Changed {
        /// What is to be sent.
        payload: Secret<String>,
        /// Which file, and what happened to it.
        message: String,
    },
    /// Under which name? With a suggestion.
    Name(NameFor, String),
    /// From which template?
    Template,
    /// Which version or alias, and how?
    Target,
    /// Which version or alias that is in no list?
    Qualifier,
}

/// What a name is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum NameFor {
    /// A new event with this payload.
    New(Secret<String>),
    /// This text, to be kept.
    SaveAs(Secret<String>),
    /// A copy of this event.
    Duplicate(EventId),
    /// This event itself.
    Rename(EventId),
}

/// The saved events of a function.
#[derive(Debug, Default)]
pub struct Events {
    list: Vec<ListedEvent>,
    /// New events go to the project's directory.
    pub project: bool,
    /// Why the list could not be read, if so.
    pub problem: Option<String>,
    is_asked: bool,
    is_there: bool,
}

impl Events {
    /// By name.
    pub fn all(&self) -> &[ListedEvent] {
        &self.list
    }

    /// Whether the list was read once.
    pub const fn is_there(&self) -> bool {
        self.is_there
    }

    pub(super) const fn is_untouched(&self) -> bool {
        !self.is_asked
    }

    pub(super) fn listed(&mut self, events: Vec<ListedEvent>, project: bool) {
        self.list = events;
        self.project = project;
        self.problem = None;
        self.is_there = true;
    }
}

impl FunctionInvokes {
    pub(super) fn new(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            events: Events::default(),
            draft: Draft::scratch(Secret::new("{}".to_owned()), 1),
            qualifiers: Slot::default(),
            runs: VecDeque::new(),
            shown: None,
            question: None,
            sending: None,
            editing: None,
            tasks: Vec::new(),
        }
    }

    /// What the pane has to ask, with a number that tells one asking from the next.
    pub fn question(&self) -> Option<(u64, &Question)> {
        self.question
            .as_ref()
            .map(|(number, question)| (*number, question))
    }

    /// A run of this program's life.
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The run whose result is shown.
    pub fn shown(&self) -> Option<&Run> {
        match self.shown {
            Some(id) => self.run(id),
            None => self.runs.back(),
        }
    }

    /// Whether the file of a send is being saved.
    pub const fn is_saving(&self) -> bool {
        self.sending.is_some()
    }

    /// Whether a send is on its way: its file is being saved, or its answer has not come.
    pub fn is_busy(&self) -> bool {
        self.sending.is_some() || self.runs.iter().any(|run| run.end.is_none())
    }

    /// How many of the newest ended runs failed, one after the other.
    pub fn failures_in_a_row(&self) -> usize {
        self.runs
            .iter()
            .rev()
            .filter(|run| run.end.is_some())
            .take_while(|run| run.is_failed())
            .count()
    }

    pub(super) fn awaits_editor(&self, ticket: &Ticket) -> bool {
        self.editing == Some(ticket.generation)
    }

    pub(super) fn ask(&mut self, question: Question, out: &mut Outbox<'_>) {
        self.question = Some((out.tickets.next_number(), question));
    }

    /// Takes the question away to act on its answer.
    pub(super) fn answer(&mut self) -> Option<Question> {
        self.question.take().map(|(_, question)| question)
    }

    pub(super) fn ask_name(&mut self, name: NameFor, wanted: &str, out: &mut Outbox<'_>) {
        let taken: Vec<&str> = self
            .events
            .list
            .iter()
            .map(|event| event.id.name.as_str())
            .collect();
        let suggestion = next_free_name(wanted, &taken);
        self.ask(Question::Name(name, suggestion), out);
    }

    pub(super) fn named(&mut self, function: &Arn, name: String, out: &mut Outbox<'_>) {
        let Some(Question::Name(what, _)) = self.answer() else {
            return;
        };
        let task = match what {
            NameFor::New(payload) => FileTask::Create {
                name,
                payload,
                settings: EventSettings::default(),
            },
            NameFor::SaveAs(payload) => FileTask::Create {
                name,
                payload,
                settings: self.draft.settings.clone(),
            },
            NameFor::Duplicate(id) => FileTask::Duplicate(id, name),
            NameFor::Rename(id) => FileTask::Rename(id, name),
        };
        self.file(function, "invoke.change", task, out);
    }

    pub(super) fn ask_target(&mut self, function: &Arn, session: &Session, out: &mut Outbox<'_>) {
        let is_good = self
            .qualifiers
            .answered()
            .is_some_and(|at| out.now.duration_since(at) < QUALIFIERS_GOOD_FOR);
        if is_good || !session.is_open() {
            self.ask(Question::Target, out);
            return;
        }
        let work = Work::Qualifiers(session.id, function.clone());
        let ticket = out.ask(
            Key::of(session.id, "invoke.qualifiers", function.as_str()),
            work,
        );
        self.qualifiers.begin(&ticket);
    }

    pub(super) fn open_editor(
        &mut self,
        function: &Arn,
        text: Secret<String>,
        out: &mut Outbox<'_>,
    ) {
        let key = Key::local("invoke.edit", function.as_str());
        let name = format!("{}.json", self.draft.name().unwrap_or("payload"));
        self.editing = Some(out.edit(key, name, text).generation);
    }

    /// Whether this can be sent; else what is wrong and what to do.
    pub(super) fn check(
        &self,
        payload: &Secret<String>,
        row: Option<&FunctionSummary>,
    ) -> Result<(), String> {
        let settings = &self.draft.settings;
        if row.is_some_and(|row| row.durable) && settings.qualifier.is_none() {
            return Err(
                "a durable function is invoked by version or alias only: t chooses one".to_owned(),
            );
        }
        settings.check().map_err(|why| why.to_string())?;
        check_payload(payload.reveal(), settings.kind)
            .map_err(|why| format!("nothing was sent: {why}"))
    }

    pub(super) fn list(&mut self, function: &Arn, out: &mut Outbox<'_>) {
        self.events.is_asked = true;
        self.file(function, "invoke.list", FileTask::List, out);
    }

    /// Another event in the editor: a question about sending the one before is void.
    pub(super) fn open(&mut self, stored: StoredEvent) {
        if let Some((_, Question::Send(_) | Question::Changed { .. })) = self.question {
            self.question = None;
        }
        self.draft.open(stored);
    }

    /// A send of this payload, with all else as it is in the editor now.
    pub(super) fn sending_of(&self, payload: Secret<String>, session: SessionId) -> Sending {
        Sending {
            payload,
            session,
            event: self.draft.id().cloned(),
            letter: self.draft.letter.clone(),
            settings: self.draft.settings.clone(),
        }
    }

    pub(super) fn save(
        &mut self,
        function: &Arn,
        sending: Sending,
        overwrite: Overwrite,
        out: &mut Outbox<'_>,
    ) {
        let Source::Saved { id, path, .. } = &self.draft.source else {
            return;
        };
        let event = SavedEvent {
            id: id.clone(),
            path: path.clone(),
            payload: sending.payload.clone(),
            settings: sending.settings.clone(),
        };
        self.sending = Some(sending);
        let task = FileTask::Save(Box::new(event), overwrite);
        self.file(function, "invoke.save", task, out);
    }

    pub(super) fn file(
        &mut self,
        function: &Arn,
        name: &'static str,
        task: FileTask,
        out: &mut Outbox<'_>,
    ) {
        self.tasks.retain(|(other, _)| *other != name);
        let work = Work::Files(FileWork {
            function: self.function.clone(),
            task,
        });
        let ticket = out.ask(Key::local(name, function.as_str()), work);
        self.tasks.push((name, ticket.generation));
    }

    /// Whether an answer of files is awaited; each is taken once.
    pub(super) fn accepts(&mut self, ticket: &Ticket) -> bool {
        let awaited = (ticket.key.name, ticket.generation);
        let before = self.tasks.len();
        self.tasks.retain(|task| *task != awaited);
        self.tasks.len() < before
    }

    pub(super) fn file_failed(
        &mut self,
        ticket: &Ticket,
        problem: FileProblem,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        match ticket.key.name {
            "invoke.list" => {
                self.events.problem = Some(problem.message);
                Vec::new()
            }
            "invoke.save" => {
                let Some(sending) = self.sending.take() else {
                    return Vec::new();
                };
                if problem.is_conflict && self.draft.id() == sending.event.as_ref() {
                    let question = Question::Changed {
                        payload: sending.payload,
                        message: problem.message,
                    };
                    self.ask(question, out);
                    return Vec::new();
                }
                error(format!("nothing was sent: {}", problem.message))
            }
            _ => error(problem.message),
        }
    }

    pub(super) fn push(&mut self, run: Run) {
        self.shown = None;
        if self.runs.len() == RUNS {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
    }

    pub(super) fn end(&mut self, id: RunId, end: RunEnd) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id) {
            run.end = Some(end);
        }
        self.forget_bodies();
    }

    /// Old runs keep their figures and lose their texts, oldest first, over the budget.
    fn forget_bodies(&mut self) {
        let mut kept = 0;
        for (place, run) in self.runs.iter_mut().rev().enumerate() {
            kept += run.size();
            if place > 0 && kept > KEPT {
                run.payload = None;
                if let Some(RunEnd {
                    end: super::End::Answered(reply),
                    ..
                }) = &mut run.end
                {
                    reply.body = Arc::new(Document::of(b""));
                }
            }
        }
    }
}
