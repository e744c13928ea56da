//! The dead letters slice: which dead-letter queues there are, the letters of those that were
//! opened, the redrives of this program, the journals that were left.
//!
//! A look is a run, because it holds leases: pausing it ends the receiving, stopping it gives the
//! letters back. So a queue that is closed, a session that is left and the end of the program need
//! one word each. Everything that goes over all letters (clusters, filter, verdicts, jq, dry run)
//! is a query over a snapshot; what depends on the moment is named by tickets and revisions.

mod action;
mod discovery;
mod edits;
mod import;
mod joins;
mod lines;
mod look;
mod plans;
pub mod queue_letters;
mod queues;
mod redrive;
mod work;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

pub use super::identity::{LetterId, LetterKey, QueueKey};
pub use action::{Action, Choice, ClusterId, Export, Step, Which};
pub use discovery::{Discovery, Found};
pub use import::Import;
pub use joins::Purpose;
pub use queue_letters::Ran;
pub use queue_letters::{Leases, Look, LookEnd, QueueLetters};
pub use redrive::{DryRun, Facts, Journal, LeftJournals, Outcome, Pace, Rest, Run, To};
pub use work::{
    Discover, Exported, FoundLines, LookAt, Preparation, QueueWrite, Redrive, Resume, Sample,
    Sampled, SampledLetter, Sorted, Sorting, Work, Write,
};

use super::{
    Context, Outbox,
    effect::{RunId, RunWork},
    request::{Request, done, error, failed, info, written},
    ticket::{Key, Ticket},
    ui::PaneId,
};
use crate::domain::{
    function::Arn, function_list::DeadLetters, redrive::Phase, session::SessionId,
};

/// The pane of this slice.
pub const LETTERS: PaneId = PaneId("letters");

/// Settings of functions are read again after this; counts more often.
const WALK_GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// "Expiring" depends on the time: verdicts are given anew after this.
const VERDICTS_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);

/// A write to a whole queue that is under way.
#[derive(Debug)]
struct Writing {
    words: String,
    is_purge: bool,
}

/// All dead letters that this program knows of.
#[derive(Debug, Default)]
pub struct Letters {
    discovery: Discovery,
    /// Counts came that the function list has not seen.
    has_new_counts: bool,
    open: Option<QueueKey>,
    queues: HashMap<QueueKey, QueueLetters>,
    /// Oldest first.
    runs: Vec<Run>,
    /// Writes to whole queues that are under way, in words.
    writes: HashMap<RunId, Writing>,
    /// Looks of queues that were closed, until they have given everything back.
    giving_back: HashMap<RunId, QueueKey>,
    journals: Vec<Journal>,
    /// No journal is kept at all: the demo account.
    is_fleeting: bool,
    journals_problem: Option<String>,
    asked_journals: Option<(SessionId, u64)>,
    adding: Option<u64>,
    import: Option<Import>,
    counting_import: Option<u64>,
    exporting: Option<u64>,
    event: Option<joins::Wanted>,
    shown_letter: Option<(u64, LetterId)>,
}

impl Letters {
    /// What was found of dead-letter queues.
    pub const fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    /// The queue whose letters are shown; `None` while the list of queues is.
    pub const fn open(&self) -> Option<&QueueKey> {
        self.open.as_ref()
    }

    /// What is known of the open queue.
    pub fn queue_letters(&self) -> Option<&QueueLetters> {
        self.queues.get(self.open.as_ref()?)
    }

    /// What is known of a queue that was opened and not closed.
    pub fn letters_of(&self, queue: &QueueKey) -> Option<&QueueLetters> {
        self.queues.get(queue)
    }

    /// The redrives of this program, oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The redrives that still work, oldest first.
    pub fn running(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.is_running())
    }

    /// The redrives of a queue, the newest first.
    pub fn runs_of(&self, queue: &QueueKey) -> impl Iterator<Item = &Run> {
        self.runs
            .iter()
            .rev()
            .filter(move |run| run.queue == *queue)
    }

    /// A redrive.
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The journals that earlier runs of the program left unfinished, for this account and region.
    pub fn journals(&self) -> &[Journal] {
        &self.journals
    }

    /// Whether a redrive that ends early can be finished later; not on the demo account.
    pub const fn keeps_journals(&self) -> bool {
        !self.is_fleeting
    }

    /// The journal of an ended redrive, if it can be resumed here.
    pub fn journal_of(&self, run: &Run) -> Option<&Journal> {
        let mut journals = self.journals().iter();
        journals.find(|one| !run.is_running() && one.plan.id == run.plan_id && !one.is_locked)
    }

    /// What becomes of what an ended redrive left undone.
    pub fn rest_of(&self, run: &Run) -> Rest {
        let progress = run.outcome.as_ref().and_then(|one| one.progress.as_ref());
        match progress.map(|progress| &progress.phase) {
            Some(Phase::Ended(end)) if end.is_resumable() => match self.journal_of(run) {
                Some(_) => Rest::Resumable,
                None if self.keeps_journals() => Rest::Elsewhere,
                None => Rest::NotKept,
            },
            _ => Rest::Nothing,
        }
    }

    /// Which journals could not be read and why, if any.
    pub fn journals_problem(&self) -> Option<&str> {
        self.journals_problem.as_deref()
    }

    /// Letters in the dead-letter queues of a function, as they were counted last.
    pub fn depth_of(&self, function: &Arn) -> Option<u64> {
        self.discovery.depths().get(function).copied()
    }

    /// Letters by function, when they were counted since the last call.
    pub(super) fn take_counts(&mut self) -> Option<DeadLetters> {
        std::mem::take(&mut self.has_new_counts).then(|| self.discovery.depths())
    }

    /// How many letters a session holds, and since when.
    pub fn leased(&self, session: SessionId) -> Option<(usize, Timestamp)> {
        let queues = self.queues.values();
        let held = queues.filter(|queue_letters| queue_letters.key.session == session);
        held.filter_map(|queue_letters| {
            Some((queue_letters.leases().count, queue_letters.held_since?))
        })
        .filter(|(count, _)| *count > 0)
        .reduce(|(count, since), (more, at)| (count + more, since.min(at)))
    }

    /// Whether something is being read that [`Step::Stop`] stops.
    pub fn is_reading(&self) -> bool {
        let queue_letters = self.queue_letters();
        self.discovery.is_walking()
            || queue_letters.is_some_and(|queue_letters| {
                queue_letters.reading.is_some() || !queue_letters.sampling.is_empty()
            })
    }

    /// Whether letters of a closed queue are being given back.
    pub fn is_giving_back(&self) -> bool {
        !self.giving_back.is_empty()
    }

    /// Whether a queue that was named is being looked for.
    pub const fn is_adding(&self) -> bool {
        self.adding.is_some()
    }

    /// Whether a file is being written.
    pub const fn is_exporting(&self) -> bool {
        self.exporting.is_some()
    }

    /// The letter that another pane led to, with a number that tells one leading from the next.
    pub const fn shown_letter(&self) -> Option<&(u64, LetterId)> {
        self.shown_letter.as_ref()
    }

    /// What quitting would end, one line each, and how many runs that is.
    pub fn business(&self) -> (Vec<String>, usize) {
        let mut lines = Vec::new();
        let mut runs = self.giving_back.len() + self.writes.len();
        for queue_letters in self.queues.values() {
            runs += queue_letters.looks.len();
            let held = queue_letters.leases().count;
            if held > 0 {
                let name = queue_letters.key.arn.resource_name();
                let what = if held == 1 {
                    "letter is"
                } else {
                    "letters are"
                };
                lines.push(format!(
                    "{held} {what} held of {name}: given back on leaving"
                ));
            }
        }
        let rest = if self.keeps_journals() {
            " and can be resumed"
        } else {
            "; the rest stays in the queue"
        };
        for run in self.running() {
            runs += 1;
            let name = run.queue.arn.resource_name();
            let figures = run.progress.as_ref().map(|progress| {
                let done = progress.tally.moved + progress.tally.deleted;
                match progress.planned {
                    Some(planned) => format!(", {done} of {planned} done"),
                    None => format!(", {done} done"),
                }
            });
            let figures = figures.unwrap_or_default();
            lines.push(format!(
                "a redrive of {name} runs{figures}: it stops before its next send{rest}"
            ));
        }
        lines.extend(self.writes.values().map(|write| write.words.clone()));
        lines.sort();
        (lines, runs)
    }

    /// When something is due, if nothing else happens.
    pub(super) fn next_wake(&self, context: &Context<'_>) -> Option<Timestamp> {
        if !context.refreshes() || !context.session.is_open() {
            return None;
        }
        let count = self.counts_due(context.refresh_every());
        let walk = self.walk_due();
        let verdicts = self
            .queue_letters()
            .filter(|_| context.shows(LETTERS))
            .and_then(|queue_letters| {
                let at = queue_letters.sorted.as_ref()?.at;
                (!queue_letters.letters.is_empty()).then(|| at + VERDICTS_GOOD_FOR)
            });
        [count, walk, verdicts].into_iter().flatten().min()
    }

    /// A session was closed: its queues go, what they hold is given back, its redrives go on.
    pub(super) fn leave_session(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        let keys: Vec<QueueKey> = self
            .queues
            .keys()
            .filter(|key| key.session == session)
            .cloned()
            .collect();
        for key in keys {
            self.close(&key, out);
        }
        self.discovery = Discovery::default();
        self.open = None;
        self.journals.clear();
        self.asked_journals = None;
        self.adding = None;
        self.import = None;
        self.counting_import = None;
        self.event = None;
        self.shown_letter = None;
    }

    pub(super) fn reduce(
        &mut self,
        action: Action,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        match action {
            Action::Do(step) => return self.step(step, context, out),
            Action::Found(ticket, found) => self.found(&ticket, *found, out),
            Action::Counted(ticket, counts) => self.counted(&ticket, counts, out),
            Action::Moves(ticket, moves, problem) => self.moves_came(&ticket, moves, problem),
            Action::Opened(ticket, answer) => return self.opened(&ticket, *answer, out),
            Action::Added(ticket, answer) => return self.added(&ticket, *answer, context, out),
            Action::Read(queue, run, letters, sent) => self.read(&queue, run, &letters.0, sent),
            Action::Leased(queue, run, leases, lost) => {
                return self.leases_came(&queue, run, leases, lost, out.now);
            }
            Action::Looked(queue, run, end) => self.looked(&queue, run, end),
            Action::LookOver(queue, run) => self.look_over(&queue, run, out.now),
            Action::Sorted(ticket, sorted) => self.sorted(&ticket, sorted.0),
            Action::Reviewed(ticket, answer) => self.reviewed(&ticket, answer),
            Action::Sampled(ticket, sampled) => return self.sampled(&ticket, *sampled, context),
            Action::Prepared(ticket, answer) => self.prepared(&ticket, answer),
            Action::Progress(run, progress) => self.progressed(run, progress),
            Action::Ended(run, outcome) => {
                return written(self.ended(run, *outcome, context, out));
            }
            Action::Journals(ticket, answer) => self.journals_came(&ticket, answer),
            Action::Done(run, queue, answer) => {
                return written(self.done(run, &queue, *answer, context, out));
            }
            Action::ImportCounted(ticket, answer) => return self.import_counted(&ticket, *answer),
            Action::Exported(ticket, answer) => return self.exported(&ticket, answer),
            Action::Event(ticket, answer) => return self.event_came(&ticket, answer),
        }
        Vec::new()
    }

    fn step(&mut self, step: Step, context: &Context<'_>, out: &mut Outbox<'_>) -> Vec<Request> {
        match step {
            Step::Discover => self.walk(context, out),
            Step::Refresh => self.refresh(context, out),
            Step::Add(text) => return self.add(&text, context, out),
            Step::Open(queue) => self.open_queue(queue, context, out),
            Step::Leave => return self.leave(out),
            Step::Look => self.look(out),
            Step::AcceptLook => self.accept_look(out),
            Step::DeclineLook => self.decline_look(),
            Step::ReadMore => return self.read_more(out),
            Step::Stop => return self.stop(context, out),
            Step::Filter(text) => self.filter(&text),
            Step::Mark(letters) => self.mark(letters),
            Step::Unmark(letters) => self.unmark(&letters),
            Step::UnmarkAll => self.unmark_all(),
            Step::Edit(letter) => self.edit(&letter, out),
            Step::EditWith(jq, which) => self.edit_with(jq, &which, out),
            Step::ApplyEdits => return self.apply_edits(),
            Step::DropEdits => self.drop_edits(),
            Step::Undo(which) => return self.undo(&which),
            Step::LogsOf(which) => return self.ask_logs(&which, context, out),
            Step::Prepare(choice) => return self.prepare(*choice, context, out),
            Step::DropPlan => self.drop_plan(),
            Step::ForgetChoices => self.forget_choices(),
            Step::Start => return self.start(out),
            Step::Control(run, control) => return self.control(run, control, out),
            Step::Resume(plan) => return self.resume(&plan, out),
            Step::Dismiss(run) => self.runs.retain(|one| one.id != run || one.is_running()),
            Step::Purge(queue) => return self.write(queue, QueueWrite::Purge, out),
            Step::Send(queue, message) => {
                return self.write(queue, QueueWrite::Send(message), out);
            }
            Step::CountImport(queue, file) => self.count_import(&queue, file, out),
            Step::EndImport(is_wanted) => return self.end_import(is_wanted, out),
            Step::StartMove(queue, to, per_second) => {
                return self.write(queue, QueueWrite::StartMove(to, per_second), out);
            }
            Step::CancelMove(queue) => return self.cancel_move(queue, out),
            Step::Export(path, what) => return self.export(path, what, out),
            Step::Logs(letter) => return self.to_logs(&letter, out.now),
            Step::Invoke(letter) => return self.want_event(&letter, Purpose::Invoke, context, out),
            Step::SaveEvent(letter) => {
                return self.want_event(&letter, Purpose::Save, context, out);
            }
            Step::OpenFunction(letter) => return self.to_function(&letter),
            Step::OfFunction(function) => return self.of_function(&function, context, out),
            Step::OfInvocation(function, request, has_succeeded) => {
                return self.of_invocation(&function, &request, has_succeeded, context, out);
            }
        }
        Vec::new()
    }

    /// Starts what is due. Idempotent.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        if !context.session.is_open() {
            return;
        }
        self.ask_for_journals(context.session, out);
        self.discover_what_is_due(context, out);
        self.sort_what_changed(context, out);
    }

    fn queue_letters_mut(&mut self) -> Option<&mut QueueLetters> {
        self.queues.get_mut(self.open.as_ref()?)
    }

    /// The queue whose ticket this is.
    fn queue_letters_for(&mut self, ticket: &Ticket) -> Option<&mut QueueLetters> {
        let key = QueueKey {
            session: ticket.key.session?,
            arn: Arn::new(ticket.key.subject.as_str()),
        };
        self.queues.get_mut(&key)
    }
}

/// Sends a query about a queue out.
fn ask(name: &'static str, queue: &QueueKey, work: Work, out: &mut Outbox<'_>) -> Ticket {
    out.ask(Key::of(queue.session, name, queue.arn.as_str()), work)
}
