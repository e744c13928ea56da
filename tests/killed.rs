//! A redrive that is killed at random points, on a real server: whatever the moment, no message is
//! lost, and every one that may be there twice is named.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests on real sockets have no runner"
)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use lambdeck::{
    domain::{
        queue::{BATCH, Message, Outgoing, QueueUrl, Receive},
        secret::Secret,
    },
    ports::Queues as _,
};
use serde_json::Value;
use support::{QueueSeed, Server, TestAccount};

/// Letters in the dead-letter queue.
const LETTERS: usize = 5_000;
/// How often the binary is killed before it may finish.
const KILLS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redrive_that_is_killed_again_and_again_loses_nothing() {
    let account = Server::get().await.account("000000003001").await;
    let dead = create(&account, "harvest-dlq").await;
    let main = create(&account, "harvest").await;
    let ids = seed(&account, &dead).await;
    let home = tempfile::tempdir().expect("a directory");
    let lambdeck = Lambdeck {
        home: home.path(),
        variables: account.variables(),
    };

    // Each life ends by SIGKILL once the journal has grown past a point of its own: by that, some
    // die while receiving, some in mid-send, some before a delete.
    let mut dice = Dice(42);
    let first = [
        "dlq",
        "redrive",
        "harvest-dlq",
        "--to",
        "harvest",
        "--workers",
        "4",
        "--yes",
    ];
    let mut killed = 0;
    for life in 0..KILLS {
        let arguments: &[&str] = if life == 0 {
            &first
        } else {
            &["dlq", "resume", "--yes"]
        };
        let grown = lambdeck.journal_bytes() + 40_000 + dice.roll() % 400_000;
        if lambdeck.is_killed_at(arguments, grown) {
            killed += 1;
        }
    }
    assert!(killed >= KILLS / 2, "only {killed} lives ended by a kill");
    let mut child = lambdeck.start(&["dlq", "resume", "--yes", "--output", "json"]);
    let status = child.wait().expect("it ends");
    assert!(status.success(), "the last one finishes the plan: {status}");

    let arrived = drain(&account, &main).await;
    let left = drain(&account, &dead).await;
    assert!(left.is_empty(), "{} letters are still dead", left.len());
    let missing: Vec<usize> = (0..LETTERS).filter(|n| !arrived.contains_key(n)).collect();
    assert_eq!(missing, [0_usize; 0], "lost");
    let named = lambdeck.possible_duplicates();
    let unnamed: Vec<&String> = arrived
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(number, _)| &ids[*number])
        .filter(|id| !named.contains(*id))
        .collect();
    assert_eq!(unnamed, [""; 0], "there twice, and not named");
}

/// The binary in directories of its own.
struct Lambdeck<'a> {
    home: &'a Path,
    variables: Vec<(String, String)>,
}

impl Lambdeck<'_> {
    fn start(&self, arguments: &[&str]) -> Child {
        let under = |name: &str| self.home.join(name);
        Command::new(env!("CARGO_BIN_EXE_lambdeck"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home)
            .env("XDG_CONFIG_HOME", under("config"))
            .env("XDG_STATE_HOME", under("state"))
            .env("XDG_CACHE_HOME", under("cache"))
            .env("XDG_DATA_HOME", under("data"))
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts")
    }

    /// Starts a life and kills it when the journal has this size; `false` when it ended before.
    fn is_killed_at(&self, arguments: &[&str], size: u64) -> bool {
        let mut child = self.start(arguments);
        loop {
            if self.journal_bytes() >= size {
                child.kill().expect("SIGKILL");
                return killed(child.wait().expect("it ends"));
            }
            if child.try_wait().expect("a child of ours").is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn journals(&self) -> Vec<PathBuf> {
        let directory = self.home.join("state/lambdeck/journal");
        let files = fs::read_dir(directory).into_iter().flatten().flatten();
        files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
            .collect()
    }

    fn journal_bytes(&self) -> u64 {
        let sizes = self
            .journals()
            .into_iter()
            .filter_map(|path| fs::metadata(path).ok());
        sizes.map(|file| file.len()).sum()
    }

    /// The message ids that the journal names as perhaps sent twice.
    fn possible_duplicates(&self) -> BTreeSet<String> {
        let journals = self.journals();
        assert_eq!(journals.len(), 1, "one plan, one journal");
        let text = fs::read_to_string(&journals[0]).expect("readable");
        let mut named = BTreeSet::new();
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("a record");
            let ids = record["doubtful"].as_array().into_iter().flatten();
            named.extend(ids.filter_map(Value::as_str).map(str::to_owned));
        }
        named
    }
}

fn killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(9)
}

async fn create(account: &TestAccount, name: &str) -> QueueUrl {
    account
        .seed_queue(QueueSeed {
            name: name.to_owned(),
            ..QueueSeed::default()
        })
        .await;
    account
        .session
        .queue_url(name, None)
        .await
        .expect("it was created")
}

/// Fills the queue; gives the message id of each letter, by its number.
async fn seed(account: &TestAccount, queue: &QueueUrl) -> Vec<String> {
    let mut ids = Vec::with_capacity(LETTERS);
    let numbers: Vec<usize> = (0..LETTERS).collect();
    for batch in numbers.chunks(BATCH) {
        let messages: Vec<Outgoing> = batch
            .iter()
            .map(|number| Outgoing {
                body: Secret::new(body_of(*number).into()),
                attributes: Vec::new(),
                group: None,
                deduplication_id: None,
                trace: None,
            })
            .collect();
        let sent = account.session.send_batch(queue, &messages).await;
        let sent = sent.expect("sent").into_iter();
        ids.extend(sent.map(|one| one.expect("sent").id));
    }
    ids
}

fn body_of(order: usize) -> String {
    format!("{{\"order\":{order},\"note\":\"{}\"}}", "x".repeat(100))
}

/// Every order in a queue, and how often it is there.
async fn drain(account: &TestAccount, queue: &QueueUrl) -> BTreeMap<usize, usize> {
    let receive = Receive {
        max: 10,
        visibility_s: 600,
        wait_s: 0,
    };
    let mut found = BTreeMap::new();
    loop {
        let messages = account
            .session
            .receive(queue, receive)
            .await
            .expect("received");
        if messages.is_empty() {
            return found;
        }
        for message in &messages {
            *found.entry(order_of(message)).or_default() += 1;
        }
        let handles: Vec<_> = messages
            .iter()
            .map(|message| message.handle.clone())
            .collect();
        let deleted = account.session.delete_batch(queue, &handles).await;
        assert!(deleted.expect("deleted").iter().all(Result::is_ok));
    }
}

fn order_of(message: &Message) -> usize {
    let body: Value = serde_json::from_str(message.body.reveal()).expect("as it was sent");
    body["order"].as_u64().expect("a number") as usize
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
