//! The loop: everything that changes, in one place, changed by one event at a time.
//!
//! Between two events it starts whatever may be started now. Requests and syncs run beside it and
//! come back as events; none of them touches the state.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{
    Start,
    canary::{Canary, Look},
    intake::Intake,
    leases::Leases,
    lookout::Lookout,
    outlet::{Answers, Outlet},
    pace::Pace,
    report::Report,
    sieve::Sieve,
    targets::Targets,
    trouble::Trouble,
    workers::Workers,
};
use crate::{
    domain::{
        function::Arn,
        queue::{BatchAnswer, Handle, Message, OpenQueue, QueueAttributes},
        redrive::{
            End, Ledger, Phase, Plan, Progress,
            batch::Packer,
            record::{Claim, Record},
            route::TargetQueue,
        },
    },
    ports::{self, ApiError, Operation},
    runtime::{
        clock::Clock,
        gate::{Gate, Warrant},
        journal::{Journal, Tombstones},
    },
    store::effect::Control,
};

/// Stopping waits this long for what is under way (`docs/architecture.md` §10).
pub(super) const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How far a letter in work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// In the packer.
    Waiting,
    /// Its lease is too short to begin a send: it waits for a renewal.
    Stale,
    /// In a batch that is being written down or sent.
    Going,
    /// In the destination, to be deleted.
    Sent,
    /// Not ours any more: to be received anew.
    Lost,
}

/// A letter in work. Bodies are shared with the journal's records, never copied.
#[derive(Debug)]
pub(super) struct Letter {
    pub claim: Claim,
    pub step: Step,
    /// Its place in the order of receiving.
    pub turn: u64,
    /// When it was first sent, if its outcome is not known.
    pub sending_since: Option<Timestamp>,
    /// How often the outcome of a send stayed unknown.
    pub unknown: u32,
    /// How often it was refused for a reason that may pass.
    pub refused: u32,
    /// Goes in a batch of its own.
    pub is_alone: bool,
    /// It goes, or went, by a synchronous invoke: an answer that is lost is not asked for again.
    pub is_called: bool,
    /// Nothing is left of it in the source, or nobody knows: it is sent from the journal's copy,
    /// and no lease is asked for.
    pub is_copy: bool,
}

/// A letter that is to be received anew.
#[derive(Debug)]
pub(super) struct Awaited {
    /// At the latest then it is visible again.
    pub until: Timestamp,
    /// The last one; it may still be good for a delete. The journal has none of a letter that was
    /// only to be deleted.
    pub handle: Option<Handle>,
}

/// What comes back to the loop.
pub(super) enum Event {
    Received {
        at: Timestamp,
        answer: ports::Result<Vec<Message>>,
    },
    /// Other processes' journals were read.
    Refreshed(Result<(), String>),
    Target(Arn, Result<TargetQueue, ApiError>),
    Renewed {
        until: Timestamp,
        leases: Vec<(Arc<str>, Handle)>,
        answer: ports::Result<BatchAnswer<()>>,
    },
    /// The records before a send are on disk, or are not.
    Announced(u64, io::Result<()>),
    Answered(u64, ports::Result<Answers>),
    /// The records after a send are on disk, or are not.
    Confirmed(Vec<Arc<str>>, io::Result<()>),
    Deleted {
        letters: Vec<(Arc<str>, Handle)>,
        answer: ports::Result<BatchAnswer<()>>,
        /// Its lease is over and the queue is empty.
        is_last_try: bool,
    },
    Released {
        ids: Vec<Arc<str>>,
        answer: ports::Result<BatchAnswer<()>>,
    },
    Looked(Look),
    /// The counts of the source.
    Behind(ports::Result<QueueAttributes>),
    /// What was held while looking for the canary.
    LetGo {
        is_all: bool,
    },
}

/// Why no more is sent.
pub(super) struct Halt {
    pub end: End,
    pub since: Timestamp,
}

pub(super) struct Engine {
    pub gate: Arc<Gate>,
    pub clock: Clock,
    pub journal: Journal,
    pub warrant: Warrant,
    /// The queue that is emptied.
    pub source: OpenQueue,
    pub plan: Arc<Plan>,
    pub tombstones: Tombstones,
    pub sieve: Sieve,
    pub targets: Targets,
    pub ledger: Ledger,
    pub letters: HashMap<Arc<str>, Letter>,
    pub awaited: HashMap<Arc<str>, Awaited>,
    pub leases: Leases,
    pub lookout: Lookout,
    pub packer: Packer,
    pub deletes: VecDeque<(Arc<str>, Timestamp)>,
    /// Only to be deleted, or shown again after their delete, and not yet gone.
    pub doomed: HashSet<Arc<str>>,
    /// Of the doomed, what is not even being written down yet.
    pub dooming: Vec<Arc<str>>,
    /// What is being written down, and may be deleted only then.
    pub confirming: HashSet<Arc<str>>,
    pub intake: Intake,
    pub outlet: Outlet,
    pub workers: Workers,
    pub pace: Pace,
    pub canary: Canary,
    pub report: Report,
    pub requests: JoinSet<Event>,
    pub writes: FuturesUnordered<Pin<Box<dyn Future<Output = Event> + Send>>>,
    /// Receives, sends and deletes under way: what the workers count.
    pub flying: usize,
    pub halt: Option<Halt>,
    pub is_paused: bool,
    pub trouble: Trouble,
}

impl Engine {
    pub(super) fn new(
        gate: Arc<Gate>,
        clock: Clock,
        journal: Journal,
        warrant: Warrant,
        start: Start,
        progress: watch::Sender<Progress>,
    ) -> Self {
        let now = clock.now();
        let Start {
            replay,
            source,
            held,
            known,
            tombstones,
            is_fresh,
        } = start;
        let plan = Arc::new(replay.plan.clone());
        let (sieve, problem) = Sieve::new(&plan, known);
        let intake = Intake::new(&plan, &replay.ledger, &held);
        let report = Report::new(&replay, now, progress);
        let mut engine = Self {
            gate,
            clock,
            journal,
            warrant,
            source,
            tombstones,
            targets: Targets::new(&plan, sieve.known()),
            sieve,
            ledger: replay.ledger,
            letters: HashMap::new(),
            awaited: HashMap::new(),
            leases: Leases::default(),
            lookout: Lookout::default(),
            packer: Packer::default(),
            deletes: VecDeque::new(),
            doomed: HashSet::new(),
            dooming: Vec::new(),
            confirming: HashSet::new(),
            intake,
            outlet: Outlet::new(replay.next_batch),
            workers: Workers::new(plan.pace.workers),
            pace: Pace::new(plan.pace.per_second),
            canary: Canary::new(&plan),
            report,
            requests: JoinSet::new(),
            writes: FuturesUnordered::new(),
            flying: 0,
            halt: None,
            is_paused: false,
            trouble: Trouble::default(),
            plan,
        };
        if let Some(problem) = problem {
            engine.stop(End::Broken(problem));
        }
        let is_interrupted = !is_fresh && !replay.gave_back;
        engine.take_up(replay.open, is_interrupted, now);
        engine.await_doomed(replay.doomed, now);
        for letter in held {
            engine.intake.stash.push((letter.message, letter.until));
        }
        engine
    }

    /// Works until the plan ends, whichever way.
    /// Also says where each letter is at the end.
    pub(super) async fn run(mut self, mut control: watch::Receiver<Control>) -> (Progress, Ledger) {
        let mut is_steered = true;
        self.steer(*control.borrow_and_update());
        self.take_stash();
        loop {
            let now = self.clock.now();
            self.advance(now);
            let phase = self.phase();
            self.report.waits(self.only_waits(now));
            self.report
                .tell(&self.ledger, phase, self.workers.limit(), now);
            if self.has_ended(now) {
                break;
            }
            let wait = self.wait(now);
            tokio::select! {
                biased;
                changed = control.changed(), if is_steered => match changed {
                    Ok(()) => self.steer(*control.borrow_and_update()),
                    // Nobody steers any more; the plan goes on to its end.
                    Err(_) => is_steered = false,
                },
                Some(event) = self.requests.join_next() => match event {
                    Ok(event) => self.handle(event),
                    Err(error) => match error.try_into_panic() {
                        Ok(panic) => std::panic::resume_unwind(panic),
                        Err(_) => self.stop(End::Broken("the program is ending".into())),
                    },
                },
                Some(event) = self.writes.next() => self.handle(event),
                () = sleep(wait) => {}
            }
        }
        self.end().await
    }

    /// Starts whatever may be started now.
    fn advance(&mut self, now: Timestamp) {
        self.lose_patience(now);
        self.keep_leases(now);
        self.judge_canary(now);
        self.write_doomed();
        self.delete(now);
        if self.halt.is_none() {
            self.announce_batches(now);
        }
        self.send_batches(now);
        self.receive(now);
    }

    pub(super) fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Received { at, answer } => self.on_received(at, answer, now),
            Event::Refreshed(result) => self.on_refreshed(result),
            Event::Target(arn, answer) => self.on_target(&arn, answer),
            Event::Renewed {
                until,
                leases,
                answer,
            } => self.on_renewed(until, &leases, answer, now),
            Event::Announced(batch, result) => self.on_announced(batch, result, now),
            Event::Answered(batch, answer) => self.on_answered(batch, answer, now),
            Event::Confirmed(ids, result) => self.on_confirmed(ids, result, now),
            Event::Deleted {
                letters,
                answer,
                is_last_try,
            } => self.on_deleted(letters, answer, is_last_try, now),
            Event::Released { ids, answer } => {
                self.on_released(ids, answer);
            }
            Event::Looked(look) => self.on_looked(look, now),
            Event::Behind(answer) => self.on_behind(answer, now),
            Event::LetGo { is_all } => self.on_let_go(is_all),
        }
    }

    fn steer(&mut self, control: Control) {
        match control {
            Control::Pause => {
                self.is_paused = true;
                self.forget_trouble();
            }
            Control::Resume => self.is_paused = false,
            Control::Skip => {
                self.is_paused = false;
                self.skip_canary();
            }
            Control::Stop => self.stop(End::Stopped),
        }
    }

    /// No more is sent from now on; the first reason counts.
    pub(super) fn stop(&mut self, end: End) {
        if self.halt.is_none() {
            self.forget_trouble();
            let since = self.clock.now();
            self.halt = Some(Halt { end, since });
        }
    }

    /// Whether a record may be written: it follows on the state of its letters.
    pub(super) fn enter(&mut self, record: &Record) -> bool {
        if let Record::Doubtful(ids) = record {
            let news = ids.iter().filter(|id| !self.ledger.is_doubtful(id));
            self.report.doubtful(news);
        }
        match self.ledger.apply(record) {
            Ok(()) => true,
            Err(illegal) => {
                tracing::error!(%illegal, plan = %self.plan.id, "a step that may not be");
                self.stop(End::Broken(format!(
                    "a fault in lambdeck ({illegal}): nothing more was sent; report it, then resume"
                )));
                false
            }
        }
    }

    /// Takes a step that may be forgotten in a crash.
    pub(super) fn note(&mut self, record: Record) {
        if self.enter(&record) {
            self.journal.append(record);
        }
    }

    /// Takes a step that must be on disk first; then `event` comes.
    pub(super) fn persist(
        &mut self,
        records: Vec<Record>,
        event: impl FnOnce(io::Result<()>) -> Event + Send + 'static,
    ) -> bool {
        if !records.iter().all(|record| self.enter(record)) {
            return false;
        }
        let written = self.journal.persist(records);
        self.writes
            .push(Box::pin(async move { event(written.await) }));
        true
    }

    /// Lets a request fly.
    pub(super) fn request(
        &mut self,
        operation: Operation,
        call: impl Future<Output = Event> + Send + 'static,
    ) {
        self.report.count(operation);
        self.requests.spawn(call);
    }

    /// It makes no sense to go on.
    pub(super) fn break_off(&mut self, error: &ApiError) {
        let profile = self.plan.profile.as_deref().unwrap_or("default");
        let next = error.next_step(profile);
        self.stop(End::Broken(format!(
            "{error}; {next}, then `lambdeck dlq resume {}`",
            self.plan.id
        )));
    }

    /// The disk under the journal fails: no step that needs it is taken any more.
    pub(super) fn disk_failed(&mut self, error: &io::Error) {
        self.outlet.is_disk_broken = true;
        self.stop(End::Broken(format!(
            "the journal cannot be written ({error}): it stopped before the next step. Make room, then `lambdeck dlq resume {}`",
            self.plan.id
        )));
    }

    fn phase(&self) -> Phase {
        if self.halt.is_some() {
            Phase::Stopping
        } else if self.is_paused {
            Phase::Paused
        } else if let Some(canary) = self.canary.shown() {
            Phase::Canary(canary)
        } else {
            Phase::Running
        }
    }

    /// How long nothing happens by itself.
    fn wait(&self, now: Timestamp) -> Duration {
        let next = [
            self.leases.next(),
            self.canary.next(),
            self.report.next(),
            self.patience_ends(),
            self.halt.as_ref().map(|halt| halt.since + self.grace(halt)),
        ]
        .into_iter()
        .chain(self.next_work(now))
        .flatten()
        .min();
        let wait = next.map_or(SignedDuration::from_secs(60), |next| {
            next.duration_since(now)
        });
        // Not a millisecond less: a timer that is early would turn the loop for nothing.
        Duration::try_from(wait)
            .unwrap_or(Duration::ZERO)
            .max(Duration::from_millis(1))
    }

    /// How long a halt waits for what is under way. Of a canary whose other calls still run the
    /// answers are waited for: each has its deadline.
    fn grace(&self, halt: &Halt) -> SignedDuration {
        match halt.end {
            End::CanaryFailed(_) => self.canary.patience(),
            _ => GRACE,
        }
    }

    /// Whether there is nothing left to wait for.
    fn has_ended(&mut self, now: Timestamp) -> bool {
        let is_quiet = self.requests.is_empty() && self.writes.is_empty();
        match &self.halt {
            Some(halt) => {
                let is_still = self.outlet.is_still() && self.flying == 0 && self.writes.is_empty();
                is_still && self.deletes.is_empty()
                    || now.duration_since(halt.since) >= self.grace(halt)
            }
            None => is_quiet && self.is_complete(now),
        }
    }
}
