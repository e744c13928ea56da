//! `lambdeck config`, `pause`, `resume` and `alias` as scripts use them, on the demo account:
//! what goes where, exit codes, and that no secret gets out.

mod kit {
    pub mod home;
}

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use kit::home::{Home, start, told};
use serde_json::Value;

/// The files of edits of this kind.
fn files(home: &Home, kind: &str) -> Vec<PathBuf> {
    let directory = home.state().join("demo").join(kind);
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

const SECRET: &str = "sk_live_demo_51Hx9Q2eZvKYlo2C";

#[test]
fn get_masks_every_value_until_it_is_named() {
    let home = Home::demo();
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
    let home = Home::demo();
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
    assert!(files(&home, "changes").is_empty());
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
fn set_returns_when_it_has_settled_and_can_be_reverted() {
    let home = Home::demo();
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
    let files = files(&home, "changes");
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
    let home = Home::demo();
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
    assert!(files(&home, "changes").is_empty());
}

#[test]
fn a_dotenv_file_sets_variables() {
    let home = Home::demo();
    home.write(
        "new.env",
        "# pasted\nexport MULTI=\"line 1\\nhunter2\"\nLOG_LEVEL=`it's \"x\" #1`\n",
    );
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
    assert_eq!(object["Changes"][0]["After"], "it's \"x\" #1");
    assert_eq!(object["Changes"][1]["Name"], "env MULTI");
    home.write("bad.env", "AB=1\nCD='hunter2");
    home.run(&[
        "config",
        "set",
        "payments-charge",
        "--env-file",
        "bad.env",
        "--dry-run",
    ])
    .ends(2)
    .says("bad.env: line 2, column 4: the quote is not closed")
    .hides("hunter2");
}

#[test]
fn diff_compares_functions_and_versions() {
    let home = Home::demo();
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
    let home = Home::demo();
    home.run(&["pause", "orders-consumer", "--dry-run"])
        .ends(0)
        .says("orders-priority")
        .says("direct and asynchronous invokes, function URLs");
    assert!(files(&home, "resume").is_empty());
    home.run(&["pause", "orders-consumer", "--yes"])
        .ends(0)
        .says("UpdateEventSourceMapping")
        .says("a resume card was left");
    let cards = files(&home, "resume");
    assert_eq!(cards.len(), 1);
    let card = std::fs::read_to_string(&cards[0]).expect("readable");
    assert!(card.contains("orders-priority"));
    assert!(
        !card.contains(":orders\""),
        "what had been disabled stays so: {card}"
    );
    home.run(&["resume", "orders-consumer", "--dry-run"])
        .ends(0);
    assert_eq!(files(&home, "resume").len(), 1);
    home.run(&["resume", "orders-consumer", "--yes"]).ends(0);
    assert!(files(&home, "resume").is_empty());
    home.run(&["resume", "orders-consumer", "--yes"])
        .ends(1)
        .says("no resume card");
    // Both moves of a night are restored by one word, and each is on a card of its own.
    home.run(&["pause", "orders-consumer", "--yes"]).ends(0);
    home.run(&["stop", "orders-consumer", "--yes"])
        .ends(0)
        .says("lambdeck resume orders-consumer");
    assert_eq!(files(&home, "resume").len(), 2);
    home.run(&["resume", "orders-consumer", "--yes"]).ends(0);
    assert!(files(&home, "resume").is_empty());
    home.run(&["pause", "thumbnailer", "--yes"])
        .ends(0)
        .says("nothing to pause");
}

#[test]
fn an_alias_is_led_elsewhere_with_a_weight() {
    let home = Home::demo();
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
    let home = Home::demo();
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
    let home = Home::demo();
    let dry = home.run(&["stop", "payments-charge", "--dry-run", "--output", "json"]);
    let object = dry.ends(0).object();
    assert_eq!(object["Class"], "destroy");
    assert_eq!(object["Calls"][0], "PutFunctionConcurrency");
    assert!(
        object["Warnings"]
            .to_string()
            .contains("payments-dlq without retries")
    );
    assert!(files(&home, "resume").is_empty() && files(&home, "changes").is_empty());
    home.run(&["stop", "payments-charge"]).ends(2).says("--yes");
    home.run(&["stop", "payments-charge", "--yes"])
        .ends(0)
        .says("done");
    let cards = files(&home, "resume");
    let card = std::fs::read_to_string(&cards[0]).expect("readable");
    assert!(card.contains("concurrency_zero") && card.contains("\"reserved_concurrency\": \"\""));
    home.run(&["resume", "payments-charge", "--dry-run"])
        .ends(0);
    assert_eq!(files(&home, "resume").len(), 1);
}

#[test]
fn everything_that_hangs_on_a_function_is_printed() {
    let home = Home::demo();
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
    let home = Home::demo();
    let told = home.run(&[
        "config",
        "set",
        "orders-consumer",
        "trigger.orders-priority.batch_size=100",
        "trigger.orders-priority.batch_window=2",
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
    for part in ["whole internet", "visibility timeout", "goes on and costs"] {
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
    let home = Home::demo();
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
        .says("version 43 stays, whoever leads to it");
    let mut alone = set.to_vec();
    alone.push("--yes");
    home.run(&alone).ends(2).says("without --publish");
}

#[test]
fn one_review_for_many_functions_and_a_result_for_each() {
    let home = Home::demo();
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
        files(&home, "changes")
            .iter()
            .filter(|file| is_json(file))
            .count(),
        3
    );
    // What cannot be of one is done to none.
    let home = Home::demo();
    let mut refused = vec!["config", "set", "payments-charge", "alias.live=41"];
    refused.extend(["--to", "thumbnailer", "--yes"]);
    home.run(&refused)
        .ends(2)
        .says("thumbnailer: alias live: there is no such alias");
    assert!(files(&home, "changes").is_empty());
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
    let home = Home::demo();
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
    home.run(&["config", "finish", id, "--yes"])
        .ends(0)
        .says("nothing is left");
    // As a process leaves it that died before its second call.
    let files = files(&home, "changes");
    let file = files.iter().find(|file| is_json(file)).expect("a record");
    let mut record = kept(file);
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
    .says(&format!("lambdeck config finish {id}"))
    .says(&format!("lambdeck config revert {id}"));
    home.run(&["config", "finish", id, "--dry-run"])
        .ends(0)
        .says("UpdateFunctionConfiguration done, PutFunctionConcurrency left")
        .says("1  PutFunctionConcurrency 7");
    // Its earlier name still works, and is not listed.
    home.run(&["config", "--help"]).ends(0).hides("rest ");
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
    let home = Home::demo();
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
    home.configure("protected = [\"demo\"]\n");
    let set = ["config", "set", "payments-charge", "memory=1024", "--yes"];
    home.run(&set).ends(1).says("protected");
    assert!(files(&home, "changes").is_empty() && files(&home, "resume").is_empty());
    let mut write = vec!["--write"];
    write.extend(set);
    home.run(&write).ends(0).says("done");
}

#[test]
fn json_holds_a_value_to_the_last_character() {
    let home = Home::demo();
    let value = "naïve 👩\u{200d}👧 a\u{202e}b\u{7f}\nline 2";
    let assignment = format!("env.LOG_LEVEL={value}");
    let set = ["config", "set", "payments-charge", &assignment, "--dry-run"];
    let reveal = ["--reveal", "LOG_LEVEL"];
    let json = [&set[..], &reveal, &["--output", "json"]].concat();
    let object = home.run(&json).ends(0).object();
    assert_eq!(object["Changes"][0]["After"], value);
    let table = home.run(&[&set[..], &reveal].concat()).ends(0);
    assert!(table.out.contains("naïve") && !table.out.contains('\u{202e}'));
}

#[test]
fn what_is_unset_wrongly_is_named() {
    let home = Home::demo();
    for (name, says) in [
        ("nope", "--unset: nope: there is no setting"),
        ("memory", "--unset: memory: memory cannot be empty"),
        ("alias.live", "--unset: alias.live: "),
    ] {
        let set = ["config", "set", "payments-charge", "timeout=9"];
        let unset = ["--unset", name, "--dry-run"];
        home.run(&[&set[..], &unset].concat()).ends(2).tells(says);
    }
    let set = ["config", "set", "payments-charge", "--env-file", "gone.env"];
    home.run(&[&set[..], &["--dry-run"]].concat())
        .ends(2)
        .tells("--env-file: gone.env: ");
}

#[test]
fn a_version_is_said_as_everywhere() {
    let home = Home::demo();
    let alias = ["alias", "payments-charge", "live", "--dry-run", "--version"];
    for (words, says) in [
        (&["v41"][..], "v42  →  v41"),
        (&["41", "--weight", "v42=10%"], "v41 90%, v42 10%"),
        (&["$LATEST"], "$LATEST"),
    ] {
        home.run(&[&alias[..], words].concat()).ends(0).says(says);
    }
    for words in [
        &["latest"][..],
        &["new"],
        &["41,42=0.1"],
        &["41", "--weight", "42"],
        &["41", "--weight", "42=1"],
        &["41", "--weight", "42=0.1,40=0.1"],
    ] {
        home.run(&[&alias[..], words].concat()).ends(2);
    }
}

#[test]
fn the_help_of_set_names_every_setting() {
    let home = Home::demo();
    let help = home.run(&["config", "set", "--help"]).ends(0).out;
    let told = home.run(&["config", "set", "payments-charge", "x=1", "--dry-run"]);
    let (_, names) = told.err.split_once("there are ").expect("the names");
    let (settings, _) = names.split_once(", env.NAME").expect("what else there is");
    for name in settings.split(", ") {
        let line = format!("\n  {name}\n");
        assert!(help.contains(&line), "{name}: {help}");
    }
    assert!(help.contains("trigger.QUEUE.filters"));
}

#[test]
fn destinations_have_the_names_of_the_api() {
    let home = Home::demo();
    let told = home.run(&["functions", "--output", "json"]);
    let objects = told.ends(0).objects();
    let names = objects
        .iter()
        .filter_map(|one| one["FunctionName"].as_str());
    let configs: Vec<Value> = names
        .map(|name| {
            let mut object = home
                .run(&["config", "get", name, "--output", "json"])
                .object();
            object["EventInvokeConfig"].take()
        })
        .collect();
    let destination = |config: &Value| {
        let arn = &config["DestinationConfig"]["OnFailure"]["Destination"];
        arn.as_str().is_some_and(|arn| arn.starts_with("arn:"))
    };
    assert!(configs.iter().any(destination), "{configs:?}");
    assert!(configs.iter().all(|one| one["OnFailure"].is_null()));
}

#[test]
fn nothing_to_pause_is_an_object_too() {
    let home = Home::demo();
    let pause = ["pause", "thumbnailer", "--yes", "--output", "json"];
    let told = home.run(&pause).ends(0).tells("nothing to pause");
    let object = told.object();
    assert_eq!(object["Result"], "nothing to do");
    assert_eq!(object["Warnings"], serde_json::json!([]));
    assert!(files(&home, "changes").is_empty() && files(&home, "resume").is_empty());
}

#[test]
fn a_signal_lets_none_of_the_others_begin() {
    let home = Home::demo();
    let mut arguments = vec!["config", "set", "payments-charge", "memory=1024"];
    arguments.extend(["--to", "search-indexer", "--to", "audit-trail"]);
    arguments.extend(["--yes", "--output", "json"]);
    let mut child = start(&mut home.lambdeck(&arguments));
    let mut err = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains("payments-charge  1/1  UpdateFunctionConfiguration: waiting") {
        assert!(err.read_line(&mut said).expect("text") > 0, "{said}");
    }
    let id = i32::try_from(child.id()).expect("a process id");
    let process = rustix::process::Pid::from_raw(id).expect("a process id");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is there");
    err.read_to_string(&mut said).expect("text");
    let told = told(child.wait_with_output()).ends(130);
    assert!(said.contains("1 of 3 functions are done"), "{said}");
    let results = told.objects();
    let steps = &results[0]["Steps"][0];
    assert_eq!(steps["State"], "done", "it was seen to settle: {said}");
    assert_eq!(results[1]["Result"], "not begun");
    assert_eq!(results[2]["Result"], "not begun");
    let records = files(&home, "changes");
    assert_eq!(records.iter().filter(|file| is_json(file)).count(), 1);
}

#[test]
fn what_is_being_carried_out_is_neither_reverted_nor_finished() {
    let home = Home::demo();
    let set = ["config", "set", "payments-charge", "memory=1024", "--yes"];
    home.run(&set).ends(0);
    let (file, id) = record(&home);
    let lock = std::fs::File::create(file.with_extension("lock")).expect("a file");
    lock.lock().expect("nobody else holds it");
    for follow in ["revert", "finish"] {
        let told = home.run(&["config", follow, &id, "--yes"]);
        told.ends(1).tells("is being carried out just now");
    }
    drop(lock);
    home.run(&["config", "revert", &id, "--yes"]).ends(0);
}

/// What a record says, without the checksum: it is written anew as one from before there was any.
fn kept(file: &Path) -> Value {
    let text = std::fs::read(file).expect("readable");
    let mut kept: Value = serde_json::from_slice(&text).expect("JSON");
    kept.as_object_mut().expect("an object").remove("crc32");
    kept
}

/// The record of the one edit that was made.
fn record(home: &Home) -> (PathBuf, String) {
    let mut files = files(home, "changes").into_iter();
    let file = files.find(|file| is_json(file)).expect("a record");
    let id = file.file_stem().expect("a name").to_string_lossy();
    (file.clone(), id.into_owned())
}

#[test]
fn reverting_a_stop_takes_its_card_away() {
    let home = Home::demo();
    home.run(&["pause", "orders-consumer", "--yes"]).ends(0);
    assert_eq!(files(&home, "resume").len(), 1);
    let (_, id) = record(&home);
    home.run(&["config", "revert", &id, "--dry-run"]).ends(0);
    assert_eq!(files(&home, "resume").len(), 1);
    home.run(&["config", "revert", &id, "--yes"]).ends(0);
    assert!(files(&home, "resume").is_empty());
}

#[test]
fn what_was_deleted_meanwhile_is_left_out_of_a_revert() {
    let home = Home::demo();
    home.run(&["pause", "orders-consumer", "--yes"]).ends(0);
    let (file, id) = record(&home);
    let kept = kept(&file);
    let triggers = kept["before"]["triggers"].as_object().expect("triggers");
    let uuid = triggers.keys().next().expect("a trigger");
    let gone = "00000000-0000-4000-8000-000000000000";
    let text = kept.to_string().replace(uuid, gone);
    std::fs::write(&file, text).expect("written");
    home.run(&["config", "revert", &id, "--dry-run"])
        .ends(0)
        .says(&format!("trigger {gone} was deleted meanwhile"));
}

#[test]
fn an_interrupted_edit_of_which_nothing_is_left_is_closed() {
    for follow in ["revert", "finish"] {
        let home = Home::demo();
        let set = ["config", "set", "payments-charge", "memory=1024", "--yes"];
        home.run(&set).ends(0);
        // As a process leaves it that died before it could say how it ended. The demo account
        // begins anew: nothing is left of the edit.
        let (file, id) = record(&home);
        let mut kept = kept(&file);
        kept.as_object_mut().expect("an object").remove("ended");
        std::fs::write(&file, kept.to_string()).expect("written");
        let ended = || std::fs::read_to_string(&file).expect("readable");
        home.run(&["config", follow, &id, "--dry-run"]).ends(0);
        assert!(!ended().contains("interrupted"));
        home.run(&["config", follow, &id, "--yes"]).ends(0);
        let ended = ended();
        assert!(
            ended.contains("interrupted; nothing was left to do"),
            "{ended}"
        );
    }
}

#[test]
fn a_damaged_card_or_record_is_named_and_never_taken_for_none() {
    let home = Home::demo();
    home.run(&["pause", "orders-consumer", "--yes"]).ends(0);
    let card = files(&home, "resume").remove(0);
    let (record, id) = record(&home);
    for file in [&card, &record] {
        let mut text = std::fs::read(file).expect("readable");
        let place = text.len() / 2;
        text[place] ^= 1;
        std::fs::write(file, text).expect("written");
    }
    let told = home
        .run(&["resume", "orders-consumer", "--dry-run"])
        .ends(1);
    told.tells(&card.display().to_string())
        .tells("no resume card that can be read is of this function");
    let told = home.run(&["config", "revert", &id, "--dry-run"]).ends(1);
    told.tells(&record.display().to_string());
}
