//! `lambdeck config`, `pause`, `resume` and `alias` as scripts use them, on the demo account:
//! what goes where, exit codes, and that no secret gets out.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// A home of its own, so that nothing of this machine's user takes part.
struct Home(tempfile::TempDir);

/// What a run ended with.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Told {
        let output = Command::new(env!("CARGO_BIN_EXE_lambdeck"))
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("LAMBDECK_LOG", "trace")
            .current_dir(self.path())
            .arg("--demo")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("lambdeck runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Told {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn files(&self, kind: &str) -> Vec<std::path::PathBuf> {
        let directory = self.path().join("state/lambdeck/demo").join(kind);
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    fn log(&self) -> String {
        let file = self.path().join("state/lambdeck/log/lambdeck.log");
        std::fs::read_to_string(file).unwrap_or_default()
    }
}

impl Told {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        assert!(all.contains(text), "{text:?} is missing: {all}");
        self
    }

    #[track_caller]
    fn hides(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        assert!(!all.contains(text), "{text:?} got out: {all}");
        self
    }

    #[track_caller]
    fn object(&self) -> Value {
        serde_json::from_str(&self.out).expect("one object")
    }
}

const SECRET: &str = "sk_live_demo_51Hx9Q2eZvKYlo2C";

#[test]
fn get_masks_every_value_until_it_is_named() {
    let home = Home::new();
    home.run(&["config", "get", "payments-charge"])
        .ends(0)
        .says("memory ")
        .says("env.API_KEY")
        .says("••••••")
        .hides(SECRET)
        .hides("correct-horse");
    home.run(&["config", "get", "payments-charge", "--reveal", "API_KEY"])
        .ends(0)
        .says(SECRET)
        .hides("correct-horse");
    let told = home.run(&[
        "config",
        "get",
        "payments-charge",
        "--output",
        "json",
        "--reveal",
        "LOG_LEVEL",
    ]);
    let object = told.ends(0).hides(SECRET).object();
    assert_eq!(object["MemorySize"], 512);
    assert_eq!(object["Environment"]["Variables"]["LOG_LEVEL"], "info");
    assert_eq!(object["Environment"]["Variables"]["API_KEY"], Value::Null);
    assert_eq!(object["EventInvokeConfig"]["MaximumRetryAttempts"], 0);
    home.run(&["config", "get", "payments-charge", "--reveal", "NOPE"])
        .ends(2)
        .says("NOPE");
    home.run(&["config", "get", "legacy-mailer"])
        .ends(0)
        .says("AccessDeniedException");
    home.run(&["config", "get", "no-such-function"]).ends(1);
}

#[test]
fn a_dry_run_is_the_review_and_changes_nothing() {
    let home = Home::new();
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "timeout=60",
        "env.LOG_LEVEL=hunter2",
        "--dry-run",
    ])
    .ends(0)
    .says("timeout")
    .says("→")
    .says("live → v42")
    .says("stack payments-prod")
    .says("1  UpdateFunctionConfiguration")
    .says("this was a dry run")
    .hides("hunter2");
    assert!(home.files("changes").is_empty());
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "env.LOG_LEVEL=hunter2",
        "--dry-run",
        "--reveal",
        "LOG_LEVEL",
    ])
    .ends(0)
    .says("hunter2");
}

#[test]
fn set_returns_when_it_has_settled_and_leaves_the_way_back() {
    let home = Home::new();
    let told = home.run(&[
        "config",
        "set",
        "payments-charge",
        "memory=1024",
        "env.LOG_LEVEL=hunter2",
        "--unset",
        "env.GATEWAY_TIMEOUT",
        "--yes",
        "--output",
        "json",
    ]);
    let told = told.ends(0).hides("hunter2").hides(SECRET);
    let object = told.object();
    assert_eq!(object["Result"], "done");
    assert_eq!(object["Steps"][0]["State"], "done");
    assert_eq!(object["Changes"][0]["Name"], "memory");
    assert_eq!(object["Changes"][0]["After"], "1024");
    let id = object["Id"].as_str().expect("an id");
    let files = home.files("changes");
    assert_eq!(files.len(), 1);
    let mode = std::fs::metadata(&files[0]).expect("there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let kept = std::fs::read_to_string(&files[0]).expect("readable");
    assert!(kept.contains("hunter2") && kept.contains("\"ended\": \"done\""));
    assert!(!home.log().contains("hunter2") && !home.log().contains(SECRET));
    // The demo account begins anew with each process: what the edit has left is no longer there.
    home.run(&["config", "revert", id, "--dry-run"])
        .ends(0)
        .says("nothing to do")
        .says("memory is no longer what that edit has left")
        .hides("hunter2");
    home.run(&["config", "revert", "1-2", "--dry-run"])
        .ends(2)
        .says("30 days");
    home.run(&["--region", "us-east-1", "config", "revert", id, "--yes"])
        .ends(2)
        .says("not here");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let home = Home::new();
    for (words, says) in [
        (vec!["memory=64", "--yes"], "argument 1, character 8"),
        (vec!["memory=512", "tiemout=3", "--yes"], "argument 2"),
        (vec!["env.AWS_REGION=x", "--yes"], "reserved"),
        (vec!["app_log_level=DEBUG", "--yes"], "log_format=JSON"),
        (vec!["--yes"], "say what to change"),
        (vec!["memory=1024"], "--dry-run"),
    ] {
        let mut arguments = vec!["config", "set", "payments-charge"];
        arguments.extend(words);
        home.run(&arguments).ends(2).says(says);
    }
    home.run(&[
        "config",
        "set",
        "payments-charge:42",
        "memory=1024",
        "--yes",
    ])
    .ends(2)
    .says("frozen");
    home.run(&["config", "set", "legacy-mailer", "env.AB=x", "--yes"])
        .ends(2)
        .says("kms:Decrypt");
    assert!(home.files("changes").is_empty());
}

#[test]
fn a_dotenv_file_sets_variables() {
    let home = Home::new();
    std::fs::write(
        home.path().join("new.env"),
        "# pasted\nexport MULTI=\"line 1\\nhunter2\"\nLOG_LEVEL='debug'\n",
    )
    .expect("written");
    let told = home.run(&[
        "config",
        "set",
        "payments-charge",
        "--env-file",
        "new.env",
        "--dry-run",
        "--output",
        "json",
        "--reveal",
        "LOG_LEVEL",
    ]);
    let object = told.ends(0).hides("hunter2").object();
    assert_eq!(object["Changes"][0]["After"], "debug");
    assert_eq!(object["Changes"][1]["Name"], "env MULTI");
    std::fs::write(home.path().join("bad.env"), "AB=1\nCD='hunter2").expect("written");
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "--env-file",
        "bad.env",
        "--dry-run",
    ])
    .ends(2)
    .says("line 2")
    .hides("hunter2");
}

#[test]
fn diff_compares_functions_and_versions() {
    let home = Home::new();
    home.run(&["config", "diff", "payments-charge", "thumbnailer"])
        .ends(0)
        .says("runtime")
        .says("python3.9")
        .says("env API_KEY")
        .hides(SECRET);
    home.run(&["config", "diff", "payments-charge:41", "payments-charge:42"])
        .ends(0)
        .says("log the last four digits");
    home.run(&["config", "diff", "audit-trail", "audit-trail"])
        .ends(0)
        .says("no setting is different");
}

#[test]
fn pause_leaves_a_card_and_resume_takes_it() {
    let home = Home::new();
    home.run(&["pause", "orders-consumer", "--dry-run"])
        .ends(0)
        .says("orders-priority")
        .says("direct and async invokes, URLs");
    assert!(home.files("resume").is_empty());
    home.run(&["pause", "orders-consumer", "--yes"])
        .ends(0)
        .says("UpdateEventSourceMapping")
        .says("a resume card was left");
    let cards = home.files("resume");
    assert_eq!(cards.len(), 1);
    let card = std::fs::read_to_string(&cards[0]).expect("readable");
    assert!(card.contains("orders-priority"));
    assert!(
        !card.contains(":orders\""),
        "what had been disabled stays so: {card}"
    );
    home.run(&["resume", "orders-consumer", "--dry-run"])
        .ends(0);
    assert_eq!(home.files("resume").len(), 1);
    home.run(&["resume", "orders-consumer", "--yes"]).ends(0);
    assert!(home.files("resume").is_empty());
    home.run(&["resume", "orders-consumer", "--yes"])
        .ends(1)
        .says("no resume card");
    // Both moves of a night are restored by one word, and each is on a card of its own.
    home.run(&["pause", "orders-consumer", "--yes"]).ends(0);
    home.run(&["stop", "orders-consumer", "--yes"])
        .ends(0)
        .says("lambdeck resume orders-consumer");
    assert_eq!(home.files("resume").len(), 2);
    home.run(&["resume", "orders-consumer", "--yes"]).ends(0);
    assert!(home.files("resume").is_empty());
    home.run(&["pause", "thumbnailer", "--yes"])
        .ends(0)
        .says("nothing to pause");
}

#[test]
fn an_alias_is_led_elsewhere_with_a_weight() {
    let home = Home::new();
    let arguments = [
        "alias",
        "payments-charge",
        "live",
        "--version",
        "41",
        "--weight",
        "42=0.1",
    ];
    let mut dry = arguments.to_vec();
    dry.push("--dry-run");
    home.run(&dry).ends(0).says("v41 90%, v42 10%");
    let mut wet = arguments.to_vec();
    wet.push("--yes");
    home.run(&wet).ends(0).says("done");
    home.run(&[
        "alias",
        "payments-charge",
        "gone",
        "--version",
        "41",
        "--yes",
    ])
    .ends(2)
    .says("no such alias");
    home.run(&[
        "alias",
        "payments-charge",
        "live",
        "--version",
        "99",
        "--yes",
    ])
    .ends(1)
    .says("Function not found");
}

#[test]
fn stopping_a_function_says_what_it_does_to_events() {
    let home = Home::new();
    let told = home.run(&[
        "config",
        "set",
        "payments-charge",
        "reserved_concurrency=0",
        "--dry-run",
        "--output",
        "json",
    ]);
    let object = told.ends(0).object();
    assert_eq!(object["Class"], "destroy");
    assert!(
        object["Warnings"]
            .to_string()
            .contains("stops every invoke")
    );
}

#[test]
fn stop_is_concurrency_zero_with_a_card() {
    let home = Home::new();
    let dry = home.run(&["stop", "payments-charge", "--dry-run", "--output", "json"]);
    let object = dry.ends(0).object();
    assert_eq!(object["Class"], "destroy");
    assert_eq!(object["Calls"][0], "PutFunctionConcurrency");
    assert!(
        object["Warnings"]
            .to_string()
            .contains("payments-dlq without retries")
    );
    assert!(home.files("resume").is_empty() && home.files("changes").is_empty());
    home.run(&["stop", "payments-charge"]).ends(2).says("--yes");
    home.run(&["stop", "payments-charge", "--yes"])
        .ends(0)
        .says("done");
    let cards = home.files("resume");
    let card = std::fs::read_to_string(&cards[0]).expect("readable");
    assert!(card.contains("concurrency_zero") && card.contains("\"reserved_concurrency\": \"\""));
    home.run(&["resume", "payments-charge", "--dry-run"])
        .ends(0);
    assert_eq!(home.files("resume").len(), 1);
}

#[test]
fn everything_that_hangs_on_a_function_is_printed() {
    let home = Home::new();
    home.run(&["config", "get", "orders-consumer"])
        .ends(0)
        .says("trigger.orders.enabled")
        .says("trigger.orders-priority.filters")
        .says("alias.live")
        .says("17,18=0.1")
        .says("recursion")
        .says("tag.lambda:createdBy");
    let told = home.run(&["config", "get", "orders-consumer", "--output", "json"]);
    let object = told.ends(0).object();
    assert_eq!(object["RecursiveLoop"], "Terminate");
    assert_eq!(object["ReservedConcurrentExecutions"], 50);
    assert_eq!(object["Aliases"][0]["FunctionVersion"], "17");
    assert_eq!(
        object["EventSourceMappings"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(object["Tags"]["lambda:createdBy"], "SAM");
    let told = home.run(&["config", "get", "orders-consumer:17", "--output", "json"]);
    let object = told.ends(0).object();
    assert_eq!(object["Version"], "17");
    for of_the_function in ["Aliases", "EventSourceMappings", "Tags", "RecursiveLoop"] {
        assert_eq!(object[of_the_function], Value::Null, "{of_the_function}");
    }
}

#[test]
fn everything_can_be_set_in_one_line() {
    let home = Home::new();
    let told = home.run(&[
        "config",
        "set",
        "orders-consumer",
        "trigger.orders-priority.batch_size=100",
        "trigger.orders-priority.batch_window=0",
        "url=NONE",
        "recursion=allow",
        "--yes",
        "--output",
        "json",
    ]);
    let object = told.ends(0).object();
    let calls = object["Calls"].as_array().expect("calls");
    let calls: Vec<&str> = calls.iter().filter_map(Value::as_str).collect();
    assert_eq!(
        calls,
        [
            "PutFunctionRecursionConfig",
            "UpdateEventSourceMapping",
            "CreateFunctionUrlConfig"
        ]
    );
    let warnings = object["Warnings"].to_string();
    for part in ["whole internet", "batch_window of 1 s", "goes on and costs"] {
        assert!(warnings.contains(part), "{part}: {warnings}");
    }
    let tags = [
        "config",
        "set",
        "payments-charge",
        "tag.stage=prod",
        "--unset",
        "tag.team",
    ];
    let mut tagged = tags.to_vec();
    tagged.push("--yes");
    home.run(&tagged)
        .ends(0)
        .says("1  UntagResource team")
        .says("2  TagResource stage");
    // It takes minutes to get ready: what it costs is said before.
    let provisioned = [
        "config",
        "set",
        "orders-consumer",
        "provisioned.live=5",
        "--dry-run",
    ];
    home.run(&provisioned)
        .ends(0)
        .says("5 executions of live are kept ready");
    for (words, says) in [
        ("trigger.gone.batch_size=5", "no trigger of that name"),
        ("trigger.orders.size=5", "argument 1, character 16"),
        ("alias.gone=7", "no such alias"),
        ("url.17=NONE", "a version cannot have a URL"),
    ] {
        home.run(&["config", "set", "orders-consumer", words, "--dry-run"])
            .ends(2)
            .says(says);
    }
}

#[test]
fn an_edit_is_published_and_shifted() {
    let home = Home::new();
    let set = [
        "config",
        "set",
        "payments-charge",
        "memory=1024",
        "--shift",
        "live",
    ];
    let mut whole = set.to_vec();
    whole.extend(["--publish", "more memory", "--yes", "--output", "json"]);
    let told = home.run(&whole).ends(0).says("published version 43");
    let object = told.object();
    assert_eq!(object["Calls"][2], "UpdateAlias");
    assert_eq!(object["Changes"][1]["After"], "the new version");
    let warnings = object["Warnings"].to_string();
    assert!(!warnings.contains("live → v42") && warnings.contains("previous → v41 gets nothing"));
    let id = object["Id"].as_str().expect("an id");
    home.run(&["config", "revert", id, "--dry-run"])
        .ends(0)
        .says("a version that was published stays");
    let mut alone = set.to_vec();
    alone.push("--yes");
    home.run(&alone).ends(2).says("without --publish");
}

#[test]
fn one_review_for_many_functions_and_a_result_for_each() {
    let home = Home::new();
    let set = [
        "config",
        "set",
        "payments-charge",
        "memory=1024",
        "--to",
        "thumbnailer",
    ];
    let mut dry = set.to_vec();
    dry.push("--dry-run");
    home.run(&dry)
        .ends(0)
        .says("payments-charge  000000000000")
        .says("thumbnailer  000000000000");
    let mut wet = set.to_vec();
    wet.extend(["--to", "audit-trail", "--yes", "--output", "json"]);
    let told = home.run(&wet).says("of 3 functions are done");
    let results: Vec<Value> = told
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(results.len(), 3);
    assert_eq!(results[0]["FunctionName"], "payments-charge");
    assert!(results.iter().all(|result| result["Result"].is_string()));
    assert_eq!(
        home.files("changes")
            .iter()
            .filter(|file| is_json(file))
            .count(),
        3
    );
    // What cannot be of one is done to none.
    let home = Home::new();
    let mut refused = vec!["config", "set", "payments-charge", "alias.live=41"];
    refused.extend(["--to", "thumbnailer", "--yes"]);
    home.run(&refused)
        .ends(2)
        .says("thumbnailer: alias live: there is no such alias");
    assert!(home.files("changes").is_empty());
    let twice = [
        "config",
        "set",
        "audit-trail",
        "memory=256",
        "--to",
        "audit-trail",
        "--yes",
    ];
    home.run(&twice).ends(2).says("was said before");
}

fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "json")
}

#[test]
fn what_an_interrupted_edit_left_is_told_and_done() {
    let home = Home::new();
    let told = home.run(&[
        "config",
        "set",
        "payments-charge",
        "memory=1024",
        "reserved_concurrency=7",
        "--yes",
        "--output",
        "json",
    ]);
    let object = told.ends(0).object();
    let id = object["Id"].as_str().expect("an id");
    home.run(&["config", "rest", id, "--yes"])
        .ends(0)
        .says("nothing is left");
    // As a process leaves it that died before its second call.
    let files = home.files("changes");
    let file = files.iter().find(|file| is_json(file)).expect("a record");
    let mut record: Value =
        serde_json::from_slice(&std::fs::read(file).expect("readable")).expect("JSON");
    record["steps"][1]["state"] = "left".into();
    record.as_object_mut().expect("an object").remove("ended");
    std::fs::write(file, record.to_string()).expect("written");
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "timeout=31",
        "--dry-run",
    ])
    .ends(0)
    .says("did not end")
    .says(&format!("lambdeck config rest {id}"))
    .says(&format!("lambdeck config revert {id}"));
    home.run(&["config", "rest", id, "--dry-run"])
        .ends(0)
        .says("UpdateFunctionConfiguration done, PutFunctionConcurrency left")
        .says("1  PutFunctionConcurrency 7");
    home.run(&["config", "rest", id, "--yes"])
        .ends(0)
        .says("done");
    let kept = std::fs::read_to_string(file).expect("readable");
    assert!(kept.contains("interrupted; finished by"), "{kept}");
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "timeout=31",
        "--dry-run",
    ])
    .ends(0)
    .hides("did not end");
}

#[test]
fn locked_sessions_are_told_so_and_nothing_is_left_behind() {
    let home = Home::new();
    for arguments in [
        vec![
            "--read-only",
            "config",
            "set",
            "payments-charge",
            "memory=1024",
            "--yes",
        ],
        vec!["--read-only", "pause", "orders-consumer", "--yes"],
        vec!["--read-only", "stop", "orders-consumer", "--yes"],
        vec![
            "--read-only",
            "alias",
            "payments-charge",
            "live",
            "--version",
            "41",
            "--yes",
        ],
    ] {
        home.run(&arguments).ends(1).says("read-only");
    }
    let directory = home.path().join("config/lambdeck");
    std::fs::create_dir_all(&directory).expect("directories");
    std::fs::write(directory.join("config.toml"), "protected = [\"demo\"]\n").expect("written");
    let set = ["config", "set", "payments-charge", "memory=1024", "--yes"];
    home.run(&set).ends(1).says("protected");
    assert!(home.files("changes").is_empty() && home.files("resume").is_empty());
    let mut write = vec!["--write"];
    write.extend(set);
    home.run(&write).ends(0).says("done");
}
