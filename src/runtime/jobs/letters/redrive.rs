//! A redrive as a run: the engine is given what it needs, its figures are passed on, and its end
//! is put into words for the queue. Passing figures on never holds the engine up.

use std::{sync::Arc, time::Duration};

use futures::future::join;
use tokio::sync::watch;

use super::tell;
use crate::{
    domain::{
        letter::decode::Known,
        queue::OpenQueue,
        redrive::{Plan, Progress, Scope, ledger::State},
    },
    ports::{ApiError, Operation},
    runtime::{
        gate::Gate,
        journal::{Journal, JournalError},
        redrive::{Held, Start, execute_all, first_progress, operation, source},
        runner::{Shared, blocking},
    },
    store::{
        self, RunId,
        effect::Control,
        letters::{Action, LetterId, Outcome, QueueKey, Redrive, Resume},
        toast::{self, Tone},
    },
};

/// Figures are passed on this often at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

pub(in crate::runtime::jobs) async fn redrive(
    shared: &Arc<Shared>,
    id: RunId,
    work: Redrive,
    inbox: watch::Receiver<Control>,
) {
    let plan = work.dry_run.plan.clone();
    let letters: Vec<LetterId> = work
        .letters
        .iter()
        .map(|letter| LetterId::clone(&letter.message.id))
        .collect();
    let begun = async {
        let gate = gate(shared, &work.queue)?;
        permit(&gate, &plan)?;
        let source = found(&gate, &plan).await?;
        let journals = shared.journals.clone();
        let (journal, tombstones) = files(&plan, move |plan| {
            let tombstones = journals.tombstones(&plan.source, &plan.id)?;
            Ok((journals.create(plan)?, tombstones))
        })
        .await?;
        Ok((gate, source, journal, tombstones))
    };
    let (gate, source, journal, tombstones) = match begun.await {
        Ok(begun) => begun,
        Err(why) => return never_began(shared, id, why).await,
    };
    let held = take_over(shared, &work).await;
    let known = Known::of(&work.known);
    let start = Start::fresh(plan, source, held, known, tombstones);
    let engine = Engine {
        shared,
        id,
        gate,
        journal,
    };
    Box::pin(engine.run(start, &letters, inbox)).await;
}

pub(in crate::runtime::jobs) async fn resume(
    shared: &Arc<Shared>,
    id: RunId,
    work: Resume,
    inbox: watch::Receiver<Control>,
) {
    let Resume {
        queue,
        plan,
        known,
        letters,
    } = work;
    let begun = async {
        let gate = gate(shared, &queue)?;
        let journals = shared.journals.clone();
        let (journal, replay, tombstones) = files(&plan, move |plan| {
            let (journal, replay) = journals.open(plan)?;
            let tombstones = journals.tombstones(&replay.plan.source, plan)?;
            Ok((journal, replay, tombstones))
        })
        .await?;
        permit(&gate, &replay.plan)?;
        let source = found(&gate, &replay.plan).await?;
        let start = Start::resumed(replay, source, Known::of(&known), tombstones);
        Ok((gate, journal, start))
    };
    let (gate, journal, start) = match begun.await {
        Ok(begun) => begun,
        Err(why) => return never_began(shared, id, why).await,
    };
    let engine = Engine {
        shared,
        id,
        gate,
        journal,
    };
    Box::pin(engine.run(start, &letters, inbox)).await;
}

fn gate(shared: &Shared, queue: &QueueKey) -> Result<Arc<Gate>, String> {
    shared
        .gate(queue.session, Operation::ReceiveMessage)
        .map_err(|error| error.to_string())
}

/// Refuses what this session may not do, before a journal is made and leases are taken.
fn permit(gate: &Gate, plan: &Plan) -> Result<(), String> {
    gate.permit(operation(plan)).map_err(|error| {
        let profile = plan.profile.as_deref().unwrap_or("default");
        format!("{error}; {}", error.next_step(profile))
    })
}

/// The queue that is emptied, before a journal is made and leases are taken.
async fn found(gate: &Gate, plan: &Plan) -> Result<OpenQueue, String> {
    let profile = plan.profile.as_deref().unwrap_or("default");
    let words = |error: ApiError| format!("{error}; {}", error.next_step(profile));
    source(gate, plan).await.map_err(words)
}

/// Does what is to be done with files before anything is sent.
async fn files<A: Clone + Send + 'static, T: Send + 'static>(
    about: &A,
    work: impl FnOnce(&A) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, String> {
    let about = about.clone();
    match blocking(move || work(&about)).await {
        Some(done) => done.map_err(|error| error.to_string()),
        None => Err("the program is ending".to_owned()),
    }
}

async fn never_began(shared: &Arc<Shared>, id: RunId, why: String) {
    let outcome = Outcome {
        at: shared.now(),
        progress: None,
        journal: None,
        gone: Vec::new(),
        error: Some(why),
    };
    tell(shared, Action::Ended(id, Box::new(outcome))).await;
}

/// The leases of what was read. A selection goes on with them; a standing plan receives for
/// itself, so what was held for looking is shown to it again.
async fn take_over(shared: &Arc<Shared>, work: &Redrive) -> Vec<Held> {
    let ids: Vec<&LetterId> = work.letters.iter().map(|one| &one.message.id).collect();
    if matches!(work.dry_run.plan.scope, Scope::Standing { .. }) {
        let released = shared.looks.give_queue_back(&work.queue).await;
        if released > 0 {
            let text = format!("{released} letters were given back: the plan receives them itself");
            let toast = toast::Action::Show(Tone::Info, text);
            shared.send(store::Action::Toast(toast)).await;
        }
        return Vec::new();
    }
    let mut leases = shared.looks.take_over(&work.queue, &ids);
    let held = work.letters.iter().filter_map(|letter| {
        let lease = leases.remove(&letter.message.id)?;
        let mut message = letter.message.clone();
        message.handle = lease.handle;
        Some(Held {
            message,
            until: lease.until,
        })
    });
    held.collect()
}

struct Engine<'a> {
    shared: &'a Arc<Shared>,
    id: RunId,
    gate: Arc<Gate>,
    journal: Journal,
}

impl Engine<'_> {
    async fn run(self, start: Start, letters: &[LetterId], inbox: watch::Receiver<Control>) {
        let shared = self.shared;
        let path = self.journal.path().map(std::path::Path::to_owned);
        let first = first_progress(&start, shared.now());
        let (figures, news) = watch::channel(first);
        let clock = shared.clock.clone();
        let work = execute_all(self.gate, clock, self.journal, start, inbox, figures);
        let ((last, ledger), ()) = join(work, pass_on(shared, self.id, news)).await;
        // However it ended: what is gone is nothing to look at any more.
        let is_gone = |letter: &&LetterId| ledger.state(letter) == Some(State::Deleted);
        let gone = letters.iter().filter(is_gone).cloned().collect();
        let outcome = Outcome {
            at: shared.now(),
            progress: Some(last),
            journal: path,
            gone,
            error: None,
        };
        tell(shared, Action::Ended(self.id, Box::new(outcome))).await;
    }
}

/// Ends with the engine, which holds the other end.
async fn pass_on(shared: &Shared, id: RunId, mut news: watch::Receiver<Progress>) {
    while news.changed().await.is_ok() {
        let progress = Box::new(news.borrow_and_update().clone());
        tell(shared, Action::Progress(id, progress)).await;
        tokio::time::sleep(TELL_EVERY).await;
    }
}
