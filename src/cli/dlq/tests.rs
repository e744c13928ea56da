//! Redrives that leave a journal, and their resuming, in one process: the account and its queues
//! stay between two commands.

use clap::Parser as _;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    cli::{
        Command, Context,
        args::{Args, Global},
    },
    demo,
    domain::{
        function::Arn,
        queue::{QueueAddress, QueueAttributes},
        session::Target,
    },
    ports::Queues as _,
    runtime::{clock::Clock, journal::Unfinished},
    settings::{Environment, Paths, Protected, Settings},
};

struct World {
    provider: demo::Provider,
    context: Context,
    root: tempfile::TempDir,
}

impl World {
    /// The demo account behind a command line that takes it for a real one: it keeps journals.
    fn new() -> Self {
        let root = tempfile::tempdir().expect("temporary directory");
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let context = Context {
            settings: Settings::default(),
            problems: Vec::new(),
            environment: Environment::default(),
            paths: Paths::under(root.path()),
            clock,
            global: Global::default(),
            target: Target::default(),
            is_demo: false,
        };
        Self {
            provider,
            context,
            root,
        }
    }

    async fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_until(arguments, CancellationToken::new()).await
    }

    async fn run_until(&self, arguments: &[&str], stop: CancellationToken) -> Outcome {
        let line = ["lambdeck", "dlq"].iter().chain(arguments);
        let args = Args::try_parse_from(line).expect("it is understood");
        let Some(Command::Dlq(args)) = args.command else {
            panic!("it is one of dlq");
        };
        run(&self.context, Arc::new(self.provider.clone()), args, stop)
            .await
            .expect("it ends")
    }

    fn journals(&self) -> Vec<Unfinished> {
        let now = self.context.clock.now();
        Journals::in_dir(self.context.paths.journals())
            .left(Some(demo::ACCOUNT), demo::REGION, now)
            .expect("it can be read")
            .unfinished
    }

    /// Messages of a queue, in flight or not.
    async fn depth(&self, queue: &str) -> u64 {
        let session = self.provider.session(&self.context.target);
        let session = session.expect("it opens");
        let address = QueueAddress::parse(queue).expect("a name");
        let url = session.queue_url(address.name(), None).await;
        let counts = session.queue_attributes(&url.expect("it is there")).await;
        let counts = counts.expect("it is there");
        counts.visible + counts.in_flight
    }

    /// Begins a slow redrive of `orders-dlq` and stops it when this many letters are left.
    async fn stop_at(&self, left: u64) {
        let stop = CancellationToken::new();
        let command = ["redrive", "orders-dlq", "--rate", "1", "--yes"];
        let watch = async {
            while self.depth("orders-dlq").await > left {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            stop.cancel();
        };
        let (outcome, ()) = futures::join!(self.run_until(&command, stop.clone()), watch);
        assert_eq!(outcome, Outcome::Failed, "it did not end as planned");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_is_listed_and_then_finished() {
    let mut world = World::new();
    world.stop_at(6).await;
    assert_eq!(world.journals().len(), 1);
    let left = world.depth("orders-dlq").await;
    assert!(left > 0, "it was stopped in the middle");
    assert_eq!(world.run(&["resume"]).await, Outcome::Done);
    world.context.global.read_only = true;
    assert_eq!(world.run(&["resume"]).await, Outcome::Done);
    assert_eq!(world.run(&["resume", "--yes"]).await, Outcome::Failed);
    assert_eq!(world.depth("orders-dlq").await, left, "it was only listed");
    world.context.global.read_only = false;
    let plan = world.journals().remove(0).plan.id;
    let other = ["resume", "20200101T000000-00000000", "--yes"];
    assert_eq!(world.run(&other).await, Outcome::Usage);
    assert_eq!(world.run(&["resume", &plan]).await, Outcome::Done);
    assert_eq!(world.depth("orders-dlq").await, left, "it was only listed");
    let named = ["resume", &plan, "--yes"];
    assert_eq!(world.run(&named).await, Outcome::Done);
    assert_eq!(world.depth("orders-dlq").await, 0);
    assert_eq!(world.journals().len(), 0);
    assert_eq!(world.run(&["resume", "--yes"]).await, Outcome::Done);
}

#[tokio::test(start_paused = true)]
async fn a_journal_in_use_is_skipped_and_the_exit_code_says_so() {
    let world = World::new();
    world.stop_at(6).await;
    let left = world.depth("orders-dlq").await;
    let plan = world.journals().remove(0).plan.id;
    let journals = Journals::in_dir(world.context.paths.journals());
    let held = journals.open(&plan).expect("it is free");
    assert_eq!(world.run(&["resume"]).await, Outcome::Done, "it is listed");
    assert_eq!(world.run(&["resume", "--yes"]).await, Outcome::Failed);
    assert_eq!(world.depth("orders-dlq").await, left);
    drop(held);
    assert_eq!(world.run(&["resume", "--yes"]).await, Outcome::Done);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_journal_is_never_taken_for_finished() {
    let world = World::new();
    world.stop_at(6).await;
    let left = world.depth("orders-dlq").await;
    let plan = world.journals().remove(0).plan.id;
    let journals = Journals::in_dir(world.context.paths.journals());
    let path = journals.path(&plan).expect("a path");
    let whole = std::fs::read(&path).expect("readable");
    let mut flipped = whole.clone();
    flipped[0] ^= 1;
    for damaged in [&flipped[..], b""] {
        std::fs::write(&path, damaged).expect("written");
        assert_eq!(world.run(&["resume"]).await, Outcome::Failed);
        assert_eq!(
            world.run(&["resume", &plan, "--yes"]).await,
            Outcome::Failed
        );
        assert_eq!(world.depth("orders-dlq").await, left, "nothing was sent");
    }
    std::fs::write(&path, whole).expect("written");
    assert_eq!(world.run(&["resume", "--yes"]).await, Outcome::Done);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_leaves_no_journal() {
    let mut world = World::new();
    world.context.settings.protected = Protected::new(["default"]);
    let redrive = ["redrive", "orders-dlq", "--yes"];
    assert_eq!(world.run(&redrive).await, Outcome::Failed);
    assert_eq!(world.journals().len(), 0);
    assert_eq!(world.depth("orders-dlq").await, 9);
    world.context.global.write = true;
    assert_eq!(world.run(&redrive).await, Outcome::Done);
    assert_eq!(world.depth("orders-dlq").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_is_refused_beside_a_move_task() {
    let world = World::new();
    let start = ["move-task", "start", "orders-dlq", "--rate", "1", "--yes"];
    assert_eq!(world.run(&start).await, Outcome::Done);
    let redrive = ["redrive", "orders-dlq", "--yes"];
    assert_eq!(world.run(&redrive).await, Outcome::Failed);
    let cancel = ["move-task", "cancel", "orders-dlq", "--yes"];
    assert_eq!(world.run(&cancel).await, Outcome::Done);
    assert_eq!(world.run(&redrive).await, Outcome::Done);
    assert_eq!(world.depth("orders-dlq").await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_import_arrives_and_a_purge_empties() {
    let world = World::new();
    let file = world.context.paths.state.join("bodies.jsonl");
    std::fs::create_dir_all(&world.context.paths.state).expect("a directory");
    let bodies: String = (0..25).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    std::fs::write(&file, bodies).expect("written");
    let file = file.to_str().expect("text");
    let import = |consent| ["import", "audit-failures", file, consent];
    assert_eq!(world.run(&import("--dry-run")).await, Outcome::Done);
    assert_eq!(world.depth("audit-failures").await, 5);
    assert_eq!(world.run(&import("--yes")).await, Outcome::Done);
    assert_eq!(world.depth("audit-failures").await, 30);
    let purge = ["purge", "audit-failures", "--yes"];
    assert_eq!(world.run(&purge).await, Outcome::Done);
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    assert_eq!(world.depth("audit-failures").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_look_leaves_everything_visible() {
    let world = World::new();
    let peek = [
        "peek",
        "payments-dlq",
        "--where",
        ".order",
        "--limit",
        "300",
    ];
    assert_eq!(world.run(&peek).await, Outcome::Done);
    // Lambda put them there: none can go back to a queue.
    let dry_run = ["redrive", "payments-dlq", "--dry-run"];
    assert_eq!(world.run(&dry_run).await, Outcome::Failed);
    let session = world.provider.session(&world.context.target);
    let session = session.expect("it opens");
    let url = session.queue_url("payments-dlq", None).await;
    let counts = session.queue_attributes(&url.expect("it is there")).await;
    let counts = counts.expect("it is there");
    assert_eq!((counts.visible, counts.in_flight), (214, 0));
}

/// Every command that takes a queue, with one of another region. AWS looks a name up in the region
/// that is asked, so that a name cut out of the ARN would be this region's queue.
#[tokio::test(start_paused = true)]
async fn a_queue_of_another_region_is_never_mistaken_for_its_namesake() {
    let world = World::new();
    let there = Target {
        region: Some("us-east-1".into()),
        ..Target::default()
    };
    let there = world.provider.session(&there).expect("it opens");
    let here = world
        .provider
        .session(&Target::default())
        .expect("it opens");
    for session in [&here, &there] {
        session.create_queue("twin-dlq", crate::domain::queue::QueueAttributes::default());
        session.put("twin-dlq", ["{}", "{}", "{}"]);
    }
    let file = world.root.path().join("lines.jsonl");
    std::fs::write(&file, "{}\n").expect("written");
    let file = file.to_str().expect("text").to_owned();
    let arn = "arn:aws:sqs:us-east-1:000000000000:twin-dlq";
    for queue in [
        arn,
        "arn:aws-cn:sqs:cn-north-1:000000000000:twin-dlq",
        "https://sqs.us-east-1.amazonaws.com/000000000000/twin-dlq",
        "https://queue.amazonaws.com/000000000000/twin-dlq",
        "https://sqs-fips.us-east-1.amazonaws.com/000000000000/twin-dlq",
    ] {
        for command in [
            &["peek", queue, "--yes"][..],
            &["export", queue, "--yes"],
            &["redrive", queue, "--dry-run"],
            &["redrive", queue, "--to", "orders", "--yes"],
            &["redrive", "twin-dlq", "--to", queue, "--yes"],
            &["delete", queue, "--yes"],
            &["import", queue, &file, "--yes"],
            &["purge", queue, "--yes"],
            &["purge", queue, "--dry-run"],
            &["move-task", "start", queue, "--yes"],
            &["move-task", "start", "twin-dlq", "--to", queue, "--yes"],
            &["move-task", "status", queue],
            &["move-task", "cancel", queue, "--yes"],
        ] {
            let outcome = world.run(command).await;
            assert_eq!(outcome, Outcome::Failed, "{command:?}");
        }
    }
    let function = "arn:aws:lambda:us-east-1:000000000000:function:payments-charge";
    let invoke = ["redrive", "twin-dlq", "--invoke", function, "--yes"];
    assert_eq!(world.run(&invoke).await, Outcome::Failed);
    for operation in [
        Operation::ReceiveMessage,
        Operation::SendMessageBatch,
        Operation::DeleteMessageBatch,
        Operation::PurgeQueue,
        Operation::StartMessageMoveTask,
        Operation::CancelMessageMoveTask,
        Operation::Invoke,
    ] {
        assert_eq!(world.provider.calls(operation), 0, "{operation:?}");
    }
    for session in [&here, &there] {
        assert_eq!(session.contents("twin-dlq").map(|all| all.len()), Some(3));
    }
    // In the session of its own region it is found by the same ARN.
    let mut world = world;
    world.context.target.region = Some("us-east-1".into());
    assert_eq!(world.run(&["purge", arn, "--yes"]).await, Outcome::Done);
    assert_eq!(there.contents("twin-dlq").map(|all| all.len()), Some(0));
    assert_eq!(here.contents("twin-dlq").map(|all| all.len()), Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_another_region_is_refused_with_its_region() {
    let mut world = World::new();
    world.stop_at(6).await;
    let left = world.depth("orders-dlq").await;
    let plan = world.journals().remove(0).plan.id;
    world.context.target.region = Some("us-east-1".into());
    assert_eq!(
        world.run(&["resume", &plan, "--yes"]).await,
        Outcome::Failed
    );
    assert_eq!(
        world.run(&["resume", "--yes"]).await,
        Outcome::Done,
        "not its"
    );
    world.context.target.region = None;
    assert_eq!(world.depth("orders-dlq").await, left);
    assert_eq!(world.run(&["resume", &plan, "--yes"]).await, Outcome::Done);
}

/// Bodies that a parser into values refuses: half of a surrogate pair, a huge exponent, 200 levels.
fn odd_bodies() -> [String; 3] {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    [
        r#"{"id":"surrogate","text":"cut \ud83d","n":7}"#.to_owned(),
        r#"{"id":"bignum","n":7,"e":1E400}"#.to_owned(),
        format!("{{\"id\":\"deep\",\"n\":7,\"d\":{deep}}}"),
    ]
}

impl World {
    /// `odd`, whose failures go to `odd-dlq`, and what lies there.
    fn with_odd(&self, bodies: &[String], source: Option<&str>) {
        let session = self.provider.session(&self.context.target);
        let session = session.expect("it opens");
        let arn = |name: &str| Arn::new(format!("arn:aws:sqs:eu-west-1:{}:{name}", demo::ACCOUNT));
        session.create_queue("odd-dlq", QueueAttributes::default());
        self.failing("odd");
        let sent_ms = self.context.clock.now().as_millisecond() - 60_000;
        let letters = bodies.iter().map(|body| demo::Stored {
            sent_ms,
            source: source.map(arn),
            ..demo::Stored::of(body.as_str())
        });
        session.put("odd-dlq", letters.collect::<Vec<_>>());
    }

    /// A queue whose failures go to `odd-dlq`.
    fn failing(&self, name: &str) {
        let session = self.provider.session(&self.context.target);
        let dead = format!("arn:aws:sqs:eu-west-1:{}:odd-dlq", demo::ACCOUNT);
        let settings = QueueAttributes {
            dead_letter: Some(Arn::new(dead)),
            max_receive_count: Some(3),
            ..QueueAttributes::default()
        };
        session.expect("it opens").create_queue(name, settings);
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_cannot_be_judged_is_a_failure_in_every_command() {
    let world = World::new();
    world.with_odd(&odd_bodies(), Some("odd"));
    let choice = ["odd-dlq", "--where", ".n == 7"];
    let file = world.root.path().join("letters.jsonl");
    let file = file.to_str().expect("a path");
    for command in [
        &["peek"][..],
        &["export", "--out", file],
        &["redrive", "--dry-run"],
        &["delete", "--dry-run"],
    ] {
        let command = [command, &choice].concat();
        assert_eq!(world.run(&command).await, Outcome::Failed, "{command:?}");
        assert_eq!(world.depth("odd-dlq").await, 3, "{command:?}");
    }
    let exported = std::fs::read_to_string(file).expect("written");
    assert!(
        exported.lines().count() == 1 && exported.contains("bignum"),
        "{exported}"
    );
    // One that can be judged goes, the others stay.
    let redrive = [&["redrive", "--yes"][..], &choice].concat();
    assert_eq!(world.run(&redrive).await, Outcome::Failed);
    assert_eq!(
        (world.depth("odd").await, world.depth("odd-dlq").await),
        (1, 2)
    );
    // A field is read without a reader of values: nothing is left that cannot be judged.
    let redrive = ["redrive", "odd-dlq", "--filter", "n=7", "--yes"];
    assert_eq!(world.run(&redrive).await, Outcome::Done);
    assert_eq!(
        (world.depth("odd").await, world.depth("odd-dlq").await),
        (3, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_is_inferred_where_it_is_asked_for_and_is_the_only_one() {
    let world = World::new();
    let bodies: Vec<String> = (0..4).map(|n| format!("{{\"n\":{n}}}")).collect();
    world.with_odd(&bodies, None);
    let redrive = ["redrive", "odd-dlq", "--where", ".n < 2"];
    let with = |more: &[&'static str]| [&redrive[..], more].concat();
    assert_eq!(world.run(&with(&["--dry-run"])).await, Outcome::Failed);
    assert_eq!(world.run(&with(&["--yes"])).await, Outcome::Failed);
    assert_eq!(world.depth("odd-dlq").await, 4, "nobody asked to infer");
    assert_eq!(
        world.run(&with(&["--infer-source", "--dry-run"])).await,
        Outcome::Done
    );
    assert_eq!(
        world.run(&with(&["--infer-source", "--yes"])).await,
        Outcome::Done
    );
    assert_eq!(
        (world.depth("odd").await, world.depth("odd-dlq").await),
        (2, 2)
    );
    // Of two sources none can be told.
    world.failing("odd-too");
    let all = ["redrive", "odd-dlq", "--infer-source", "--yes"];
    assert_eq!(world.run(&all).await, Outcome::Failed);
    assert_eq!(
        (world.depth("odd").await, world.depth("odd-dlq").await),
        (2, 2)
    );
}
