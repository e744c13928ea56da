//! No value of an environment gets out: not on standard output or error, not in the activity log
//! or the tracing file, not in a `Debug` form, not in what Lambda repeats of what it refuses. Only
//! the records of edits hold it, and they are 0600; only `--reveal NAME` prints it.

mod kit {
    pub mod home;
}

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use kit::home::Home;
use lambdeck::{
    demo,
    domain::{
        draft::{
            Draft, Item, dotenv,
            plan::Plan,
            record::{Ended, Progress, Record, Report, ThreeWay},
            review::{Facts, warnings},
            update::{Call, ConfigurationUpdate},
        },
        function::{Arn, Environment},
        secret::Secret,
        session::{SessionId, Target},
    },
    ports::{Operation, Provider as _},
    runtime::{
        access::Access,
        activity::ActivityLog,
        clock::Clock,
        configure::{self, Engine, Wanted, files::StateFiles},
        gate::{Gate, Intention},
    },
    settings::Protected,
    store::{
        self,
        configure::{Action, Change, Edit, FunctionReview, Loaded, Proposal, Step, Work},
        identity::FunctionKey,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A secret: a part that stands nowhere else, in whatever surrounds it.
#[derive(Debug, Clone)]
struct Hidden {
    core: String,
    value: String,
}

fn hidden() -> impl Strategy<Value = Hidden> {
    let around = prop_oneof![
        Just(String::new()),
        Just("line\n".to_owned()),
        Just("\"'\\ $x ".to_owned()),
        Just("ключ=ä🔑 ".to_owned()),
        Just("\u{202e}\u{1b}[31m".to_owned()),
        Just("x".repeat(900)),
    ];
    ("zq[a-z0-9]{14}", around.clone(), around).prop_map(|(core, before, after)| Hidden {
        value: format!("{before}{core}{after}"),
        core,
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("API_TOKEN".to_owned()),
        Just("DATABASE_URL".to_owned()),
        "V[A-Z0-9_]{2,12}",
    ]
}

/// Everything that a run prints: on the demo account, or at an endpoint.
fn printed(home: &Home, arguments: &[&str], endpoint: Option<&str>) -> String {
    let told = match endpoint {
        None => home.run(&[&["--demo"], arguments].concat()),
        Some(endpoint) => home.run_at(endpoint, arguments),
    };
    told.all()
}

/// The files of a home that hold a text.
fn holders(home: &Home, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![home.path().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if holds(&path, text) {
                found.push(path);
            }
        }
    }
    found
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = std::fs::read(file).expect("readable");
    String::from_utf8_lossy(&bytes).contains(text)
}

/// Only records of edits, and only for their owner.
fn are_records_of_edits(files: &[PathBuf]) -> bool {
    files.iter().all(|file| {
        let mode = std::fs::metadata(file).expect("there").permissions().mode();
        let directory = file.parent().and_then(Path::file_name);
        directory.is_some_and(|name| name == "changes") && mode & 0o777 == 0o600
    })
}

/// The id of the edit that an output tells.
fn id_in(told: &str) -> String {
    let mut words = told.split_whitespace().skip_while(|word| *word != "revert");
    words.nth(1).expect("an id").to_owned()
}

/// Each case starts processes, or an account.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_shrink_iters: 8,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn nothing_that_is_printed_has_a_value(name in name(), secret in hidden()) {
        let home = Home::new();
        let set = format!("env.{name}={}", secret.value);
        let file = dotenv::write(&[(name.clone(), Secret::new(secret.value.clone()))]);
        std::fs::write(home.path().join("new.env"), file.reveal()).expect("written");
        let function = "payments-charge";
        let mut outputs = Vec::new();
        let mut run = |words: &[&str]| {
            let told = printed(&home, words, None);
            outputs.push(told.clone());
            told
        };
        for output in ["table", "json"] {
            run(&["config", "set", function, &set, "--dry-run", "--output", output]);
            let told = run(&["config", "set", function, &set, "--yes", "--output", output]);
            let id = id_in(&told);
            run(&["config", "revert", &id, "--dry-run", "--output", output]);
            run(&["config", "rest", &id, "--dry-run", "--output", output]);
        }
        run(&["config", "set", function, "--env-file", "new.env", "--yes"]);
        // The same twice, a setting that is none, and an environment that is too large.
        run(&["config", "set", function, &set, &set, "--yes"]);
        run(&["config", "set", function, &set, "nope=1", "--yes"]);
        let large = format!("{set}{}", "x".repeat(4096));
        run(&["config", "set", function, &large, "--yes"]);
        let wrong = format!("{}={}", name.to_lowercase(), secret.value);
        run(&["config", "set", function, &wrong, "--yes"]);
        for told in &outputs {
            prop_assert!(!told.contains(&secret.core), "{}", told);
        }
        let kept = holders(&home, &secret.core);
        let (file, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(|file| file.ends_with("new.env"));
        prop_assert_eq!((file.len(), kept.len()), (1, 3));
        prop_assert!(are_records_of_edits(&kept), "{:?}", kept);
        let told = printed(&home, &["config", "set", function, &set, "--dry-run", "--reveal", &name], None);
        prop_assert!(told.contains(&secret.core), "{}", told);
    }

    #[test]
    fn nothing_of_a_real_session_has_a_value(old in hidden(), new in hidden(), name in name()) {
        let endpoint = serve(&old.value);
        let home = Home::new();
        let set = format!("env.{name}={}", new.value);
        let mut outputs = Vec::new();
        let mut run = |words: &[&str]| {
            let told = printed(&home, words, Some(&endpoint));
            outputs.push(told.clone());
            told
        };
        for output in ["table", "json"] {
            run(&["config", "get", "charge", "--output", output]);
            run(&["config", "diff", "charge", "other", "--output", output]);
        }
        let told = run(&["config", "set", "charge", &set, "env.KEPT=other", "--yes"]);
        prop_assert!(told.contains("charge: done"), "{}", told);
        let id = id_in(&told);
        run(&["config", "revert", &id, "--dry-run"]);
        let told = run(&["config", "revert", &id, "--yes", "--output", "json"]);
        prop_assert!(told.contains("\"Result\":\"done\""), "{}", told);
        let told = run(&["config", "set", "charge", &set, "description=refuse", "--yes"]);
        prop_assert!(told.contains("failed to satisfy") && told.contains("••••••"), "{}", told);
        for output in ["table", "json", "markdown"] {
            let told = run(&["activity", "--output", output]);
            prop_assert!(told.contains("env KEPT set"), "{}", told);
        }
        for secret in [&old, &new] {
            for told in &outputs {
                prop_assert!(!told.contains(&secret.core), "{}", told);
            }
            let kept = holders(&home, &secret.core);
            prop_assert!(!kept.is_empty() && are_records_of_edits(&kept), "{:?}", kept);
        }
        prop_assert!(holds(&home.state().join("activity/activity.jsonl"), "failed to satisfy"));
        let told = printed(&home, &["config", "get", "charge", "--reveal", "KEPT"], Some(&endpoint));
        prop_assert!(told.contains(&old.core), "{}", told);
    }
}

#[test]
fn a_payload_that_a_server_repeats_stays_out_of_the_activity_log() {
    let endpoint = serve("value");
    let home = Home::new();
    let payload = r#"{"order":"o-1","card":"zq4242424242424242"}"#;
    let file = home.path().join("event.json");
    std::fs::write(&file, payload).expect("written");
    let file = file.to_str().expect("text");
    let told = printed(
        &home,
        &["invoke", "charge", "--payload", file],
        Some(&endpoint),
    );
    std::fs::remove_file(file).expect("removed");
    assert!(told.contains("Could not parse"), "{told}");
    let log = home.state().join("activity/activity.jsonl");
    assert!(holds(&log, "Could not parse"), "the failure is told");
    assert_eq!(holders(&home, "zq42424242"), Vec::<PathBuf>::new());
}

/// A Lambda that knows any function by one environment, and repeats what it refuses.
fn serve(kept: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("an address");
    let configuration = Arc::new(Mutex::new(json!({
        "FunctionName": "charge",
        "FunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:charge",
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::111111111111:role/charge",
        "Handler": "app.handler",
        "CodeSize": 1,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "Version": "$LATEST",
        "RevisionId": "r1",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Environment": { "Variables": { "KEPT": kept } },
    })));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let configuration = Arc::clone(&configuration);
            std::thread::spawn(move || answer(stream, &configuration));
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, configuration: &Mutex<Value>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut request = String::new();
    reader.read_line(&mut request).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let mut there = configuration.lock().ok()?;
    let (status, answer) = match request.split_whitespace().take(2).collect::<Vec<_>>()[..] {
        ["GET", path] if path.ends_with("/configuration") => (200, there.to_string()),
        ["PUT", path] if path.ends_with("/configuration") && body.contains("refuse") => {
            // What was sent, and what it would replace.
            let old = &there["Environment"];
            let message = format!(
                "1 validation error failed to satisfy constraint: '{body}' in the place of '{old}'"
            );
            (400, json!({ "message": message }).to_string())
        }
        ["PUT", path] if path.ends_with("/configuration") => {
            let sent: Value = serde_json::from_str(&body).ok()?;
            there["Environment"] = sent["Environment"].clone();
            let revision = format!("r{}", body.len());
            there["RevisionId"] = revision.into();
            (200, there.to_string())
        }
        ["POST", path] if path.ends_with("/invocations") => {
            let message = format!("Could not parse request body into json: {body}");
            (400, json!({ "message": message }).to_string())
        }
        _ => (400, json!({ "message": "not here" }).to_string()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-amzn-errortype: \
         InvalidParameterValueException\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .ok()
}

/// What the library itself makes of an edit.
struct World {
    gate: Gate,
    clock: Clock,
    files: StateFiles,
    directory: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let session = provider.open(&Target::default()).await.expect("opens");
        let directory = tempfile::tempdir().expect("temporary directory");
        let log = ActivityLog::in_file(directory.path().join("activity.jsonl"));
        let access = Access::new(false, false, Protected::default());
        Self {
            gate: Gate::new(session, None, access, Arc::new(log), clock.clone()),
            files: StateFiles::under(directory.path()),
            clock,
            directory,
        }
    }

    async fn apply(&self, plan: &Plan) -> Report {
        let engine = Engine {
            gate: &self.gate,
            files: &self.files,
            clock: &self.clock,
            stop: &tokio_util::sync::CancellationToken::new(),
            progress: &tokio::sync::watch::Sender::new(Progress::default()),
        };
        engine.apply(plan, None).await.expect("applied")
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn no_form_of_an_edit_has_a_value(name in name(), secret in hidden()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let texts = runtime.block_on(forms(&name, &secret));
        for text in texts {
            prop_assert!(!text.contains(&secret.core), "{}", text);
        }
    }
}

/// Everything that an edit is turned into on its way, as text.
async fn forms(name: &str, secret: &Hidden) -> Vec<String> {
    let world = World::new().await;
    let function = Arn::new("payments-charge");
    let found = configure::find(&world.gate, &function, None, Wanted::ALL).await;
    let base = found.expect("found").snapshot;
    let value = || Secret::new(secret.value.clone());
    let mut draft = Draft::default();
    draft.paste(vec![(name.to_owned(), value())]);
    let plan = Plan::new(base.clone(), draft.clone()).expect("a plan");
    let report = world.apply(&plan).await;
    assert_eq!(report.ended, Ended::Done);
    let record = world.files.record(&report.id).expect("a record");
    let after = configure::find(&world.gate, &function, None, Wanted::ALL).await;
    let after = after.expect("found");
    let changed = base.configuration_unlike(&after.snapshot).into_iter();
    let three_ways = changed.map(|item| ThreeWay {
        base: base.side(&item),
        theirs: after.snapshot.side(&item),
        mine: Some(after.snapshot.side(&item)),
        item,
    });
    let lost = Ended::Lost(three_ways.collect());
    let refused = refused(&world, secret).await;
    let mut texts = vec![
        format!("{base:?} {draft:?} {plan:?} {report:?} {record:?} {after:?} {lost:?}"),
        format!(
            "{:#?}",
            Record::new("1-a", record.at, None, "eu-west-1", &plan)
        ),
        plan.summary(),
        lost.words(),
        record.progress(),
        warnings(&plan, &Facts::default()).join(" "),
        base.unlike(&after.snapshot)
            .iter()
            .map(Item::to_string)
            .collect(),
        refused,
        std::fs::read_to_string(world.directory.path().join("activity.jsonl")).expect("a log"),
    ];
    for call in &plan.calls {
        texts.extend([
            call.words(),
            call.command("charge", "eu-west-1"),
            format!("{call:?}"),
        ]);
    }
    for change in &plan.changes {
        let sides = [change.before.shown(false), change.after.shown(false)];
        texts.push(sides.concat());
        texts.extend(change.after.value(false).map(str::to_owned));
    }
    texts.extend(actions(name, &value(), &plan, &after, report));
    texts
}

/// What Lambda says of an environment that is too large: all of it.
async fn refused(world: &World, secret: &Hidden) -> String {
    let update = ConfigurationUpdate {
        environment: Some(vec![
            ("AB".to_owned(), Secret::new(secret.value.clone())),
            ("CD".to_owned(), Secret::new("x".repeat(5000))),
        ]),
        ..ConfigurationUpdate::default()
    };
    let intention = Intention {
        operation: Operation::UpdateFunctionConfiguration,
        target: "charge".into(),
        summary: String::new(),
        command: String::new(),
    };
    let warrant = world.gate.announce(intention).await.expect("announced");
    let function = Arn::new("payments-charge");
    let call = Call::Configuration(Box::new(update.clone()));
    let sent = world.gate.edit(&warrant, &function, &call);
    let error = sent.await.expect_err("too large");
    assert!(error.message.contains("String measured"), "{error}");
    format!("{error} {error:?}")
}

/// What the store is told and what it asks for.
fn actions(
    name: &str,
    value: &Secret<String>,
    plan: &Plan,
    found: &configure::Found,
    report: Report,
) -> Vec<String> {
    let arn = plan.base.function.clone();
    let session = SessionId(1);
    let key = FunctionKey {
        session,
        arn: arn.clone(),
    };
    let change = Change::Edit(Box::new(plan.draft.clone()));
    let asked = Proposal {
        session,
        functions: vec![arn.clone()],
        change: change.clone(),
        seen: std::collections::BTreeMap::new(),
    };
    let function_review = FunctionReview {
        function: arn.clone(),
        plan: Ok(Box::new(plan.clone())),
        warnings: Vec::new(),
        facts: lambdeck::domain::draft::review::Facts::default(),
        notes: Vec::new(),
        nothing: None,
        moved_on: plan.changes.clone(),
    };
    let loaded = Loaded {
        snapshot: found.snapshot.clone(),
        versions: Vec::new(),
        state: found.configuration.state.clone(),
        notes: Vec::new(),
    };
    assert!(matches!(
        found.snapshot.environment,
        Environment::Variables(_)
    ));
    let item = Item::Variable(name.to_owned());
    let steps = [
        Step::Edit(key.clone(), item, Edit::Set(value.clone())),
        Step::Paste(key, value.clone()),
        Step::Review {
            session,
            functions: vec![arn],
            change,
        },
    ];
    let mut texts = vec![
        format!("{function_review:?} {loaded:?}"),
        format!("{:?}", Work::Review(Box::new(asked))),
        format!(
            "{:?}",
            Action::Ended(store::RunId(1), 0, Ok(Box::new(report)))
        ),
    ];
    texts.extend(
        steps
            .into_iter()
            .map(|step| format!("{:?}", Action::Do(step))),
    );
    texts
}
