//! Plans: the dry run, the redrives, the journals that were left; and the writes to whole queues.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use super::{
    Choice, Context, DryRun, Export, Exported, Journal, LeftJournals, Letters, Outcome,
    Preparation, QueueKey, QueueWrite, Redrive, Request, Resume, Run, To, Which, Work, Write,
    Writing, ask, done, error, failed, info,
};
use crate::{
    domain::redrive::{Destination, End, Progress, Scope},
    ports::ApiError,
    store::{
        Outbox,
        effect::{Control, RunId, RunWork},
        parcel::Parcel,
        session::Session,
        ticket::{Key, Ticket},
    },
};

impl Letters {
    pub(super) fn prepare(
        &mut self,
        choice: Choice,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(key) = self.open.clone() else {
            return Vec::new();
        };
        let known = self.known(&key);
        let Some(queue_letters) = self.queues.get_mut(&key) else {
            return Vec::new();
        };
        queue_letters.problem = None;
        queue_letters.dry_run = None;
        queue_letters.choice = Some(choice.clone());
        if choice.is_chosen && choice.to != To::Delete {
            queue_letters.kept = Some(choice.clone());
        }
        let is_standing = matches!(choice.letters, Which::Standing { .. });
        // Of a standing plan all that was read is the sample: its filter decides anew.
        let chosen: Vec<_> = if is_standing {
            queue_letters.letters.iter().cloned().collect()
        } else {
            let ids = queue_letters.select(&choice.letters);
            ids.iter()
                .filter_map(|id| queue_letters.letter(id).cloned())
                .collect()
        };
        if chosen.is_empty() && !is_standing {
            queue_letters.problem = Some("no letter is chosen".to_owned());
            return Vec::new();
        }
        let session = context.session;
        let work = Work::Prepare(Box::new(Preparation {
            queue: key.clone(),
            profile: session.target.profile.clone(),
            account: session.account().map(str::to_owned),
            choice,
            letters: chosen,
            edits: Arc::clone(&queue_letters.edits),
            ran: Arc::clone(&queue_letters.ran),
            filter: (!queue_letters.filter.good.is_empty())
                .then(|| queue_letters.filter.good.clone()),
            known,
            held: queue_letters.leases().count,
            lost: queue_letters.lost.clone(),
        }));
        let ticket = ask("letters.prepare", &key, work, out);
        queue_letters.preparing = Some(ticket.generation);
        Vec::new()
    }

    pub(super) fn prepared(&mut self, ticket: &Ticket, answer: Result<Parcel<DryRun>, String>) {
        let Some(queue_letters) = self.queue_letters_for(ticket) else {
            return;
        };
        if queue_letters.preparing != Some(ticket.generation) {
            return;
        }
        queue_letters.preparing = None;
        match answer {
            Ok(dry_run) => queue_letters.dry_run = Some(dry_run.0),
            Err(why) => queue_letters.problem = Some(why),
        }
    }

    pub(super) fn drop_plan(&mut self) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            queue_letters.dry_run = None;
            queue_letters.preparing = None;
            queue_letters.problem = None;
        }
    }

    pub(super) fn forget_choices(&mut self) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            queue_letters.kept = None;
        }
    }

    /// The one place where a confirmed plan becomes an effect.
    pub(super) fn start(&mut self, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(key) = self.open.clone() else {
            return Vec::new();
        };
        if self.runs_of(&key).any(Run::is_running) {
            return info("a redrive of this queue is running already");
        }
        let known = self.known(&key);
        let Some(queue_letters) = self.queues.get_mut(&key) else {
            return Vec::new();
        };
        let Some(dry_run) = queue_letters.dry_run.take() else {
            return Vec::new();
        };
        if let Some(why) = dry_run.preview.blocks.first().cloned() {
            queue_letters.dry_run = Some(dry_run);
            return error(why);
        }
        if dry_run.plan.destination != Destination::Delete {
            queue_letters.kept = None;
        }
        let plan = &dry_run.plan;
        // A selection takes over what it is about; a standing plan whatever was read: what it does
        // not want it gives back.
        let letters = match &plan.scope {
            Scope::Selection(chosen) => chosen
                .iter()
                .filter_map(|chosen| queue_letters.letter(&chosen.id).cloned())
                .collect(),
            Scope::Standing { .. } => queue_letters.letters.iter().cloned().collect(),
        };
        let (plan_id, url) = (plan.id.clone(), plan.source_url.clone());
        let depth = queue_letters
            .attributes
            .value()
            .map(|counts| counts.visible + counts.in_flight + counts.delayed);
        let plan = Arc::new(plan.clone());
        let work = RunWork::Redrive(Box::new(Redrive {
            queue: key.clone(),
            known,
            dry_run,
            letters,
        }));
        // Receiving beside it would take letters away from it.
        if let Some(reading) = queue_letters.reading {
            out.control(reading, Control::Pause);
        }
        let id = out.run(key.session, work);
        self.runs.push(Run {
            id,
            queue: key,
            url,
            plan_id,
            plan: Some(plan),
            started: out.now,
            depth,
            progress: None,
            control: Control::Resume,
            outcome: None,
        });
        Vec::new()
    }

    pub(super) fn control(
        &mut self,
        id: RunId,
        control: Control,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let mut running = self.runs.iter_mut().filter(|run| run.is_running());
        let Some(run) = running.find(|run| run.id == id) else {
            return Vec::new();
        };
        if control != Control::Skip {
            run.control = control;
        }
        out.control(id, control);
        if control == Control::Stop {
            let name = run.queue.arn.resource_name();
            return info(format!("the redrive of {name} stops before its next send"));
        }
        Vec::new()
    }

    pub(super) fn progressed(&mut self, id: RunId, progress: Box<Progress>) {
        if let Some(run) = self
            .runs
            .iter_mut()
            .find(|run| run.id == id && run.is_running())
        {
            run.progress = Some(progress);
        }
    }

    /// Letters that are gone are no longer shown, failures stay marked, counts are read anew.
    pub(super) fn ended(
        &mut self,
        id: RunId,
        outcome: Outcome,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(run) = self.runs.iter_mut().find(|run| run.id == id) else {
            return Vec::new();
        };
        let queue = run.queue.clone();
        let note = told(&queue, &outcome, !self.is_fleeting);
        if let Some(progress) = &outcome.progress {
            run.progress = Some(Box::new(progress.clone()));
        }
        if let Some(queue_letters) = self.queues.get_mut(&queue) {
            queue_letters.remove(&outcome.gone.iter().cloned().collect::<HashSet<_>>());
            let failures = outcome.progress.iter().flat_map(|one| &one.failures);
            let failed: Vec<_> = failures.map(|failure| failure.id.clone()).collect();
            if !failed.is_empty() {
                queue_letters.marks = failed
                    .into_iter()
                    .filter(|letter| queue_letters.places.contains_key(letter))
                    .collect();
            }
        }
        run.outcome = Some(Box::new(outcome));
        self.read_attributes(&queue, out);
        self.read_journals(context.session, out);
        note
    }

    pub(super) fn ask_for_journals(&mut self, session: &Session, out: &mut Outbox<'_>) {
        let is_asked = self
            .asked_journals
            .is_some_and(|(asked, _)| asked == session.id);
        if !is_asked {
            self.read_journals(session, out);
        }
    }

    /// Journals are an account's: nothing is offered before it is known whose this session is.
    pub(super) fn read_journals(&mut self, session: &Session, out: &mut Outbox<'_>) {
        let Some(account) = session.account() else {
            return;
        };
        let key = Key::of(session.id, "letters.journals", "");
        let work = Work::Journals {
            session: session.id,
            account: account.to_owned(),
        };
        let ticket = out.ask(key, work);
        self.asked_journals = Some((session.id, ticket.generation));
    }

    pub(super) fn journals_came(&mut self, ticket: &Ticket, answer: Result<LeftJournals, String>) {
        if self
            .asked_journals
            .is_none_or(|(_, generation)| generation != ticket.generation)
        {
            return;
        }
        match answer {
            Ok(mut left) => {
                // Those that this process works at are no leftovers.
                let is_ours = |journal: &Journal| {
                    let mut running = self.running();
                    running.any(|run| run.plan_id == journal.plan.id)
                };
                left.unfinished.retain(|journal| !is_ours(journal));
                self.journals = left.unfinished;
                self.is_fleeting = left.is_fleeting;
                self.journals_problem = left.problem;
            }
            Err(why) => self.journals_problem = Some(why),
        }
    }

    pub(super) fn resume(&mut self, plan: &str, out: &mut Outbox<'_>) -> Vec<Request> {
        let journals = &mut self.journals;
        let Some(place) = journals.iter().position(|one| one.plan.id == plan) else {
            return error("this journal is not there any more: r reads the list anew");
        };
        if journals[place].is_locked {
            return error("another process works at this journal: it cannot be resumed here");
        }
        let journal = journals.remove(place);
        let depth = self
            .discovery
            .queue(&journal.plan.source)
            .and_then(crate::domain::dead_letters::DeadLetterQueue::depth);
        let session = journal.session;
        let queue = QueueKey {
            session,
            arn: journal.plan.source.clone(),
        };
        let work = RunWork::Resume(Box::new(Resume {
            known: self.known(&queue),
            queue: queue.clone(),
            plan: journal.plan.id.clone(),
            letters: self
                .queues
                .get(&queue)
                .map_or_else(Vec::new, |queue_letters| {
                    queue_letters.places.keys().cloned().collect()
                }),
        }));
        let id = out.run(session, work);
        self.runs.push(Run {
            id,
            queue,
            url: journal.plan.source_url.clone(),
            plan_id: journal.plan.id.clone(),
            plan: Some(Arc::new(journal.plan)),
            started: out.now,
            depth,
            progress: None,
            control: Control::Resume,
            outcome: None,
        });
        Vec::new()
    }

    pub(super) fn write(
        &mut self,
        queue: QueueKey,
        what: QueueWrite,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let name = queue.arn.resource_name();
        let words = match &what {
            QueueWrite::Purge => format!("{name} is being purged"),
            QueueWrite::Send(_) => format!("a message is being sent to {name}"),
            QueueWrite::Import(import) => {
                format!("{} is being sent to {name}", import.file.display())
            }
            QueueWrite::StartMove(..) => format!("AWS's move of {name} is being started"),
            QueueWrite::CancelMove(_) => format!("AWS's move of {name} is being cancelled"),
        };
        let is_purge = matches!(what, QueueWrite::Purge);
        let session = queue.session;
        let work = RunWork::Queue(Box::new(Write { queue, what }));
        let id = out.run(session, work);
        self.writes.insert(id, Writing { words, is_purge });
        Vec::new()
    }

    /// What was read of a queue is no longer in it: nothing of it is held, marked or edited.
    fn forget_letters(&mut self, queue: &QueueKey, out: &mut Outbox<'_>) {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return;
        };
        for &look in queue_letters.looks.keys() {
            out.control(look, Control::Stop);
        }
        let gone = queue_letters.places.keys().cloned().collect();
        queue_letters.remove(&gone);
    }

    pub(super) fn cancel_move(&mut self, queue: QueueKey, out: &mut Outbox<'_>) -> Vec<Request> {
        let handle = self
            .discovery
            .running_move(&queue.arn)
            .and_then(|task| task.handle.clone());
        match handle {
            Some(handle) => self.write(queue, QueueWrite::CancelMove(handle), out),
            None => error("no running move of this queue is known: r reads it anew"),
        }
    }

    pub(super) fn done(
        &mut self,
        id: RunId,
        queue: &QueueKey,
        answer: Result<String, ApiError>,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let was_purge = self.writes.remove(&id).is_some_and(|write| write.is_purge);
        if was_purge && answer.is_ok() {
            self.forget_letters(queue, out);
        }
        if queue.session == context.session.id {
            self.read_attributes(queue, out);
            self.refresh(context, out);
        }
        match answer {
            Ok(text) => done(text),
            Err(problem) => failed(problem),
        }
    }

    pub(super) fn export(
        &mut self,
        path: PathBuf,
        what: Export,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let exported = match what {
            Export::Report(plan) => Exported::Report(plan),
            Export::Plan => match self
                .queue_letters()
                .and_then(|queue_letters| queue_letters.dry_run.clone())
            {
                Some(dry_run) => Exported::Plan(dry_run),
                None => return info("there is no dry run to write"),
            },
            Export::Letters(which) => {
                let Some(queue_letters) = self.queue_letters() else {
                    return Vec::new();
                };
                let letters: Vec<_> = queue_letters
                    .select(&which)
                    .iter()
                    .filter_map(|id| queue_letters.letter(id).cloned())
                    .collect();
                if letters.is_empty() {
                    return info("no letter is chosen");
                }
                let flaw = letters.iter().find_map(|letter| letter.message.flaw);
                if let Some(flaw) = flaw {
                    // It would be another message when it is imported.
                    return error(format!(
                        "not exported: one did not come whole ({}); leave it out",
                        flaw.reason()
                    ));
                }
                Exported::Letters(letters, Arc::clone(&queue_letters.edits))
            }
        };
        let key = Key::local("letters.export", path.to_string_lossy());
        let work = Work::Export(path, Box::new(exported));
        let ticket = out.ask(key, work);
        self.exporting = Some(ticket.generation);
        Vec::new()
    }

    pub(super) fn exported(
        &mut self,
        ticket: &Ticket,
        answer: Result<(PathBuf, usize), String>,
    ) -> Vec<Request> {
        if self.exporting == Some(ticket.generation) {
            self.exporting = None;
        }
        match answer {
            Ok((path, 1)) => done(format!("1 line is in {}", path.display())),
            Ok((path, lines)) => done(format!("{lines} lines are in {}", path.display())),
            Err(why) => error(why),
        }
    }
}

/// How a redrive ended, in one line.
fn told(queue: &QueueKey, outcome: &Outcome, keeps_journals: bool) -> Vec<Request> {
    let name = queue.arn.resource_name();
    if let Some(why) = &outcome.error {
        return error(format!("nothing of {name} was sent: {why}"));
    }
    let Some(progress) = &outcome.progress else {
        return Vec::new();
    };
    let tally = &progress.tally;
    let mut figures = format!(
        "{} sent and deleted, {} deleted, {} failed, {} left in both",
        tally.moved, tally.deleted, tally.failed, tally.undeleted
    );
    if tally.not_judged > 0 {
        figures.push_str(&format!(", {} could not be judged", tally.not_judged));
    }
    match &progress.phase {
        crate::domain::redrive::Phase::Ended(End::Complete)
            if tally.is_clean() && !progress.is_conclusive() =>
        {
            let known = progress.known().unwrap_or_default();
            info(format!("{name}: {known}"))
        }
        crate::domain::redrive::Phase::Ended(End::Complete) if tally.is_clean() => {
            done(format!("{name}: {figures}"))
        }
        crate::domain::redrive::Phase::Ended(End::Stopped) => {
            let rest = if keeps_journals {
                ", :resume finishes it"
            } else {
                ", the rest stays in the queue"
            };
            info(format!(
                "the redrive of {name} was stopped{rest}: {figures}"
            ))
        }
        crate::domain::redrive::Phase::Ended(End::Broken(why) | End::CanaryFailed(why)) => {
            error(format!("{name}: {why}; {figures}"))
        }
        _ => error(format!("{name}: {figures}")),
    }
}
