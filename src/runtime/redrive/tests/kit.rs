//! A small world: a dead-letter queue, where its letters came from, journals, and processes that
//! come and go.

use std::{collections::BTreeMap, fs::File, io, io::Write as _, path::PathBuf, sync::Arc};

use futures::FutureExt as _;
use tokio::sync::watch;

use super::super::{Held, Start, execute, first_progress};
use crate::{
    demo::{self, Faults, Stored},
    domain::{
        function::Arn,
        letter::decode::Known,
        queue::{OpenQueue, QueueAttributes, QueueUrl, Receive},
        redrive::{Chosen, Destination, End, Pace, Phase, Plan, Progress, Replay, Scope, Workers},
        session::Target,
    },
    ports::Queues as _,
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        gate::Gate,
        journal::{Disk, Journal, Journals},
    },
    store::effect::Control,
};

pub(super) const ACCOUNT: &str = demo::ACCOUNT;

pub(super) struct World {
    pub provider: demo::Provider,
    pub session: demo::Session,
    pub clock: Clock,
    pub directory: tempfile::TempDir,
    pub dlq: String,
    pub main: String,
    /// The id and the body of every letter that was seeded.
    pub seeded: Vec<(Arc<str>, String)>,
}

pub(super) fn arn(queue: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:{queue}"))
}

impl World {
    /// `drill` and `drill-dlq`, or their FIFO kin; nothing in them.
    pub(super) fn new(fifo: bool) -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let mut options = demo::Options::new(clock.as_fn());
        options.functions = 3;
        options.latency = Some(std::time::Duration::from_millis(20));
        let provider = demo::Provider::new(options);
        let session = provider.session(&Target::default()).expect("opens");
        let end = if fifo { ".fifo" } else { "" };
        let (dlq, main) = (format!("drill-dlq{end}"), format!("drill{end}"));
        session.create_queue(
            &dlq,
            QueueAttributes {
                fifo,
                retention_s: Some(1_209_600),
                ..QueueAttributes::default()
            },
        );
        session.create_queue(
            &main,
            QueueAttributes {
                fifo,
                visibility_timeout_s: Some(30),
                dead_letter: Some(arn(&dlq)),
                max_receive_count: Some(3),
                ..QueueAttributes::default()
            },
        );
        Self {
            provider,
            session,
            clock,
            directory: tempfile::tempdir().expect("a directory"),
            dlq,
            main,
            seeded: Vec::new(),
        }
    }

    /// Letters that failed a minute ago.
    pub(super) fn seed(&mut self, count: usize, groups: usize) {
        let sent_ms = self.clock.now().as_millisecond() - 60_000;
        let from = self.seeded.len();
        let letters = (from..from + count).map(|number| Stored {
            sent_ms: sent_ms + number as i64,
            source: Some(arn(&self.main)),
            group: (groups > 0).then(|| format!("g{}", number % groups).into()),
            deduplication_id: (groups > 0).then(|| format!("old-{number}")),
            receive_count: 3,
            ..Stored::of(format!("{{\"n\":{number}}}"))
        });
        let letters: Vec<Stored> = letters.collect();
        let bodies: Vec<String> = letters
            .iter()
            .map(|letter| letter.body.reveal().to_string())
            .collect();
        let ids = self.session.put(&self.dlq, letters);
        self.seeded.extend(ids.into_iter().zip(bodies));
    }

    #[expect(clippy::unused_self, reason = "queues are asked of their world")]
    pub(super) fn url(&self, queue: &str) -> QueueUrl {
        QueueUrl::new(format!(
            "https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{queue}"
        ))
    }

    /// The queue that plans empty.
    pub(super) fn source(&self) -> OpenQueue {
        OpenQueue::sample(arn(&self.dlq).as_str(), QueueAttributes::default())
    }

    pub(super) fn plan(&self) -> Plan {
        Plan {
            id: "20261120T023000-0a1b2c3d".into(),
            created: self.clock.now(),
            account: Some(ACCOUNT.into()),
            region: "eu-west-1".into(),
            profile: None,
            source: arn(&self.dlq),
            source_url: self.url(&self.dlq),
            source_is_fifo: crate::domain::redrive::route::is_fifo_name(&arn(&self.dlq)),
            scope: Scope::Standing {
                filter: None,
                limit: None,
            },
            edit: None,
            destination: Destination::Source,
            pace: Pace {
                workers: Workers::Fixed(4),
                ..Pace::default()
            },
            keep_trace: false,
            canary_timeout_s: None,
        }
    }

    pub(super) fn to_queue(&self, name: &str) -> Destination {
        Destination::Queue {
            arn: arn(name),
            url: self.url(name),
        }
    }

    pub(super) fn known(&self) -> Known {
        Known {
            retention_s: Some(1_209_600),
            fifo: crate::domain::redrive::route::is_fifo_name(&arn(&self.dlq)),
            feeders: Vec::new(),
        }
    }

    pub(super) fn journal_dir(&self) -> PathBuf {
        self.directory.path().join("journal")
    }

    /// Journals whose every write is three steps of the world: before, in the middle, after.
    pub(super) fn journals(&self) -> Journals {
        let provider = self.provider.clone();
        Journals::in_dir(self.journal_dir()).with_disk(move |file| {
            Box::new(Mortal {
                file,
                provider: provider.clone(),
            })
        })
    }

    pub(super) fn gate(&self) -> Arc<Gate> {
        Arc::new(Gate::new(
            Box::new(self.session.clone()),
            None,
            Access::default(),
            Arc::new(ActivityLog::nowhere()),
            self.clock.clone(),
        ))
    }

    /// Receives for a selection, as a person who looks does.
    pub(super) async fn hold(&self, count: usize) -> Vec<Held> {
        let mut held = Vec::new();
        while held.len() < count {
            let receive = Receive {
                max: 10,
                visibility_s: 120,
                wait_s: 1,
            };
            let until = self.clock.now() + jiff::SignedDuration::from_secs(120);
            let messages = self
                .session
                .receive(&self.url(&self.dlq), receive)
                .await
                .expect("received");
            assert!(!messages.is_empty(), "there are fewer");
            held.extend(messages.into_iter().map(|message| Held { message, until }));
        }
        held
    }

    pub(super) fn selection(held: &[Held]) -> Scope {
        Scope::Selection(
            held.iter()
                .map(|letter| Chosen {
                    id: Arc::clone(&letter.message.id),
                    edited: None,
                })
                .collect(),
        )
    }

    /// A process that carries out a plan to its end; `None` when it crashed.
    pub(super) async fn run(&self, plan: &Plan, held: Vec<Held>) -> Option<Progress> {
        self.run_steered(plan, held, watch::channel(Control::Resume).1)
            .await
    }

    pub(super) async fn run_steered(
        &self,
        plan: &Plan,
        held: Vec<Held>,
        control: watch::Receiver<Control>,
    ) -> Option<Progress> {
        let journals = self.journals();
        let Ok(journal) = journals.create(plan) else {
            return None;
        };
        let tombstones = journals
            .tombstones(&plan.source, &plan.id)
            .expect("readable");
        let start = Start::fresh(plan.clone(), self.source(), held, self.known(), tombstones);
        let (progress, told) = watch::channel(first_progress(&start, self.clock.now()));
        let run = Box::pin(execute(
            self.gate(),
            self.clock.clone(),
            journal,
            start,
            control,
            progress,
        ));
        self.until_crash(run, told).await
    }

    pub(super) async fn open(&self, plan: &str) -> (Journal, Replay) {
        let journals = self.journals();
        // A process that died may still be finishing its last write.
        loop {
            match journals.open(plan) {
                Ok(opened) => return opened,
                Err(crate::runtime::journal::JournalError::Locked(_)) => {
                    tokio::task::yield_now().await;
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// A process that resumes; `None` when it crashed.
    pub(super) async fn resume(&self, plan: &str) -> Option<Progress> {
        let (journal, replay) = self.open(plan).await;
        let tombstones = self
            .journals()
            .tombstones(&replay.plan.source, plan)
            .expect("readable");
        let start = Start::resumed(replay, self.source(), self.known(), tombstones);
        let (progress, told) = watch::channel(first_progress(&start, self.clock.now()));
        let control = watch::channel(Control::Resume).1;
        let run = Box::pin(execute(
            self.gate(),
            self.clock.clone(),
            journal,
            start,
            control,
            progress,
        ));
        self.until_crash(run, told).await
    }

    pub(super) async fn until_crash(
        &self,
        run: impl Future<Output = Progress>,
        told: watch::Receiver<Progress>,
    ) -> Option<Progress> {
        tokio::select! {
            biased;
            () = self.provider.crashed() => None,
            // It may have died while the last of it was still running.
            last = run => self.provider.crashed().now_or_never().is_none().then_some(last),
            () = tokio::time::sleep(std::time::Duration::from_hours(4)) => {
                panic!("it goes on for ever: {:?}", *told.borrow())
            }
        }
    }

    pub(super) fn inject(&self, faults: Faults) {
        self.provider.inject(faults);
    }

    /// Bodies that lie in a queue, each with how often.
    pub(super) fn bodies(&self, queue: &str) -> BTreeMap<String, u64> {
        let mut bodies = BTreeMap::new();
        for stored in self.session.contents(queue).expect("a queue") {
            *bodies.entry(stored.body.reveal().to_string()).or_default() += 1;
        }
        bodies
    }

    /// Whether the journal of a plan says that it is unfinished.
    pub(super) fn is_unfinished(&self, plan: &Plan) -> bool {
        self.journals()
            .left(Some(ACCOUNT), "eu-west-1", self.clock.now())
            .expect("readable")
            .unfinished
            .iter()
            .any(|journal| journal.plan.id == plan.id)
    }

    /// Every letter is in exactly one of the queues, or in both, or twice in the target, and named.
    pub(super) fn account(&self, last: &Progress, what: &str) {
        let (source, target) = (self.bodies(&self.dlq), self.bodies(&self.main));
        let times = |queue: &BTreeMap<String, u64>, body: &String| {
            queue.get(body).copied().unwrap_or_default()
        };
        for (id, body) in &self.seeded {
            let (here, there) = (times(&source, body), times(&target, body));
            assert!(here + there > 0, "{what}: {body} is lost");
            assert!(here <= 1, "{what}: {body} is {here} times in the source");
            let is_perhaps_twice = last.duplicates.contains(id);
            assert!(
                there <= 1 || is_perhaps_twice,
                "{what}: {body} was sent {there} times, and {id} is not named: {last:?}"
            );
            assert!(
                here + there == 1 || is_perhaps_twice || last.undeleted.contains(id),
                "{what}: {body} is in both queues, and {id} is not named: {last:?}"
            );
        }
        let tally = &last.tally;
        assert_eq!(last.undeleted.len() as u64, tally.undeleted, "{what}");
        assert_eq!(last.duplicates.len() as u64, tally.duplicates, "{what}");
        assert!(tally.adds_up(), "{what}: {tally:?}");
    }
}

pub(super) fn end(last: &Progress) -> &End {
    match &last.phase {
        Phase::Ended(end) => end,
        phase => panic!("it has not ended: {phase:?}"),
    }
}

pub(super) fn text(file: &std::path::Path) -> String {
    std::fs::read_to_string(file).expect("a journal")
}

/// A disk that dies with its process.
struct Mortal {
    file: File,
    provider: demo::Provider,
}

impl Mortal {
    fn step(&self) -> io::Result<()> {
        self.provider
            .step()
            .now_or_never()
            .ok_or_else(|| io::Error::other("the process is dead"))
    }
}

impl Disk for Mortal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        self.file.write_all(first)?;
        self.step()?;
        self.file.write_all(rest)
    }

    fn sync(&mut self) -> io::Result<()> {
        // Not synced for real: what counts here is what is in the file when the process dies.
        self.step()
    }
}
