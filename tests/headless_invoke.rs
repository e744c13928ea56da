//! `lambdeck invoke` as scripts use it, on the demo account: what goes where, and exit codes.

mod kit {
    pub mod home;
}

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use kit::home::{Home, start};
use serde_json::Value;

#[test]
fn the_response_is_on_standard_output_and_everything_else_on_the_other() {
    let home = Home::demo();
    let (code, out, err) = home.run(&["invoke", "search-indexer"]).parts();
    assert_eq!(code, Some(0), "{err}");
    let response: Value = serde_json::from_str(&out).expect("the response and nothing else");
    assert!(response.is_object() && out.ends_with("}\n"), "{out}");
    assert!(err.contains("200 · "), "{err}");
}

#[test]
fn a_function_error_has_its_own_exit_code() {
    let home = Home::demo();
    let (code, out, err) = home.run(&["invoke", "payments-charge"]).parts();
    assert_eq!(code, Some(3), "{err}");
    assert!(out.contains("KeyError"), "{out}");
    assert!(err.contains("REPORT RequestId"), "the log tail: {err}");
}

#[test]
fn json_is_one_object_with_the_names_of_the_api() {
    let home = Home::demo();
    let (code, out, _) = home
        .run(&["invoke", "payments-charge", "--output", "json"])
        .parts();
    assert_eq!(code, Some(3));
    assert_eq!(out.lines().count(), 1);
    let answer: Value = serde_json::from_str(&out).expect("an object");
    assert_eq!(answer["StatusCode"], 200);
    assert_eq!(answer["FunctionError"], "Unhandled");
    assert_eq!(answer["Payload"]["errorType"], "KeyError");
    let log = answer["LogResult"].as_str().expect("decoded");
    assert!(log.contains("START RequestId"), "{log}");
}

/// A byte order mark, comments and trailing commas are named where they stand, in a file that is
/// given and in a saved event.
#[test]
fn what_is_no_json_in_a_payload_is_named_with_its_place() {
    let home = Home::demo();
    for (text, why) in [
        (
            "\u{feff}{\"a\":1}\r\n",
            "line 1, column 1: it begins with a byte order mark",
        ),
        ("{\n  \"a\": 1, // one\n}", "line 2, column 11: a comment"),
        ("{\n  \"a\": 1,\n}", "line 2, column 9: a trailing comma"),
    ] {
        home.write("event.json", text);
        home.write(".lambdeck/events/payments-charge/odd.json", text);
        for words in [["--payload", "event.json"], ["--event", "odd"]] {
            let invoke = ["invoke", "payments-charge"];
            let (code, out, err) = home.run(&[&invoke[..], &words].concat()).parts();
            assert_ne!(code, Some(0));
            assert!(
                err.contains("nothing was sent") && err.contains(why),
                "{err}"
            );
            assert_eq!(out, "");
        }
    }
    std::fs::write(home.path().join("event.json"), b"\xff\xfe{\0}\0").expect("written");
    home.run(&["invoke", "payments-charge", "--payload", "event.json"])
        .tells("the payload is UTF-16, not UTF-8 text");
}

#[test]
fn a_payload_comes_from_a_file_or_from_standard_input() {
    let home = Home::demo();
    let event = "{\"order\": \"o-1\", \"amount\": 7, \"card\": \"4242424242424242\"}";
    home.write("event.json", event);
    let arguments = ["invoke", "payments-charge", "--payload"];
    let (_, from_file, _) = home
        .run(&[&arguments[..], &["event.json"]].concat())
        .parts();
    let (_, from_input, _) = home
        .run_with_input(&[&arguments[..], &["-"]].concat(), event)
        .parts();
    assert!(!from_file.contains("KeyError"), "{from_file}");
    assert!(!from_input.contains("KeyError"), "{from_input}");
}

#[test]
fn a_saved_event_is_sent_the_way_it_says() {
    let home = Home::demo();
    home.write(".lambdeck/events/payments-charge/check.json", "{}");
    home.write(
        ".lambdeck/events/payments-charge/check.toml",
        "invocation_type = \"DryRun\"\n",
    );
    let (code, out, err) = home
        .run(&["invoke", "payments-charge", "--event", "check"])
        .parts();
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("204 would be allowed"), "{err}");
    let (code, _, err) = home
        .run(&["invoke", "payments-charge", "--event", "none"])
        .parts();
    assert_eq!(code, Some(1));
    assert!(err.contains("none.json"), "it says where it looked: {err}");
}

#[test]
fn what_cannot_be_sent_says_why() {
    let home = Home::demo();
    let broken = home.run_with_input(&["invoke", "x", "--payload", "-"], "{\n  \"a\": x\n}");
    let (code, out, err) = broken.parts();
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("line 2, column 8"), "{err}");
    let (code, _, err) = home.run(&["invoke", "no-such-function"]).parts();
    assert_eq!(code, Some(1));
    assert!(err.contains("ResourceNotFoundException"), "{err}");
    let (code, _, _) = home.run(&["invoke"]).parts();
    assert_eq!(code, Some(2), "usage");
    let both = ["invoke", "x", "--event", "a", "--payload", "b"];
    assert_eq!(home.run(&both).code, Some(2));
}

#[test]
fn what_is_no_qualifier_is_said_once() {
    let home = Home::demo();
    let told = home.run(&["invoke", "payments-charge", "--qualifier", "a b"]);
    let told = told.ends(2).tells("--qualifier: \"a b\"");
    assert_eq!(told.err.lines().count(), 1, "{}", told.err);
}

#[test]
fn a_locked_session_says_how_it_is_lifted() {
    let home = Home::demo();
    let (code, out, err) = home
        .run(&["invoke", "search-indexer", "--read-only"])
        .parts();
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("--read-only"), "{err}");
    let dry = ["invoke", "search-indexer", "--read-only", "--dry-run"];
    assert_eq!(home.run(&dry).code, Some(0));

    home.write("config/lambdeck/config.toml", "protected = [\"demo\"]\n");
    let (code, out, err) = home.run(&["invoke", "search-indexer"]).parts();
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("--write"), "{err}");
    let lifted = home.run(&["invoke", "search-indexer", "--write"]);
    assert_eq!(lifted.code, Some(0));
}

#[test]
fn an_account_pattern_that_does_not_match_locks_nothing() {
    let home = Home::demo();
    home.write(
        "config/lambdeck/config.toml",
        "protected = [\"123456789012\"]\n",
    );
    let (code, _, err) = home.run(&["invoke", "search-indexer"]).parts();
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn an_asynchronous_send_does_not_wait() {
    let home = Home::demo();
    let (code, out, err) = home.run(&["invoke", "payments-charge", "--async"]).parts();
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(err.contains("202"), "{err}");
}

#[test]
fn nobody_reading_standard_error_is_no_failure() {
    let home = Home::demo();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = home.lambdeck(&["invoke", "search-indexer"]);
    let output = command
        .stdout(Stdio::piped())
        .stderr(writer)
        .output()
        .expect("lambdeck runs");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.ends_with(b"}\n"), "{:?}", output.stdout);
}

#[test]
fn a_signal_ends_the_reading_of_standard_input() {
    use std::io::Read as _;
    let home = Home::demo();
    let mut command = home.lambdeck(&["invoke", "search-indexer", "--payload", "-"]);
    let mut child = start(command.stdin(Stdio::piped()));
    // More than a pipe holds: once it is written, the subcommand is reading.
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&vec![b' '; 1 << 20]).expect("written");
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.expect("kill runs").success());
    let code = child.wait().expect("it ends").code();
    assert_eq!(code, Some(130), "while its input is still open");
    drop(stdin);
    let mut out = String::new();
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_to_string(&mut out).expect("read");
    assert_eq!(out, "", "nothing was sent");
}

/// Every command that takes a function.
fn commands(function: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["invoke", function],
        vec!["logs", function],
        vec!["config", "get", function],
        vec!["config", "set", function, "timeout=9", "--dry-run"],
        vec!["config", "diff", function, "payments-charge"],
        vec!["config", "diff", "payments-charge", function],
        vec!["pause", function, "--dry-run"],
        vec!["stop", function, "--dry-run"],
        vec!["resume", function, "--dry-run"],
        vec!["alias", function, "live", "--version", "41", "--dry-run"],
        vec![
            "dlq",
            "redrive",
            "orders-dlq",
            "--invoke",
            function,
            "--dry-run",
        ],
    ]
}

#[test]
fn a_function_is_named_as_the_lambda_api_takes_it() {
    let home = Home::demo();
    for function in [
        "function:payments-charge",
        "000000000000:function:payments-charge",
        "eu-west-1:000000000000:function:payments-charge",
        "arn:aws:lambda:eu-west-1:000000000000:function:payments-charge",
    ] {
        for command in commands(function) {
            let (code, _, err) = home.run(&command).parts();
            // No card of it is there to resume, its alias may not be: anything but a misuse.
            let is_alias = command[0] == "alias";
            assert!(is_alias || code != Some(2), "{command:?}: {err}");
            assert!(!err.contains("names no function"), "{command:?}: {err}");
            assert!(
                !err.contains("NotFound") && !err.contains("start with"),
                "{command:?}: {err}"
            );
        }
    }
    // Of another account, and not this one's namesake.
    let foreign = "111111111111:function:payments-charge";
    for command in [
        &["invoke", foreign][..],
        &["config", "get", foreign],
        &["logs", foreign],
    ] {
        let (code, out, err) = home.run(command).parts();
        assert_eq!((code, &*out), (Some(1), ""), "{command:?}: {err}");
    }
}

#[test]
fn a_function_of_another_region_is_refused_with_the_right_one() {
    let home = Home::demo();
    for function in [
        "arn:aws:lambda:us-east-1:000000000000:function:payments-charge",
        "us-east-1:000000000000:function:payments-charge:live",
    ] {
        for command in commands(function) {
            let (code, out, err) = home.run(&command).parts();
            let is_edit = matches!(command[0], "pause" | "stop" | "resume" | "alias")
                || command[..2] == ["config", "set"];
            if is_edit && function.ends_with(":live") {
                assert!(code == Some(1) || code == Some(2), "{command:?}: {err}");
                continue;
            }
            assert_eq!((code, &*out), (Some(1), ""), "{command:?}: {err}");
            assert!(
                err.contains("start with --region us-east-1"),
                "{command:?}: {err}"
            );
        }
    }
}

#[test]
fn what_awss_pattern_refuses_reaches_neither_log_nor_network() {
    let home = Home::demo();
    let long = "f".repeat(70_000);
    for function in [
        &*long,
        "a b",
        "x';touch PWNED;'",
        "charge:live';touch PWNED;'",
        "charge:",
    ] {
        for command in commands(function) {
            let (code, out, err) = home.run(&command).parts();
            assert_eq!((code, &*out), (Some(2), ""), "{command:?}: {err}");
            assert!(err.len() < 2_000, "{err}");
        }
    }
    let twice = ["invoke", "payments-charge:live", "--qualifier", "42"];
    let (code, _, err) = home.run(&twice).parts();
    assert_eq!(code, Some(2), "{err}");
    home.write(".lambdeck/events/payments-charge/evil.json", "{}");
    let settings = "qualifier = \"live';touch PWNED;'\"\n";
    home.write(".lambdeck/events/payments-charge/evil.toml", settings);
    let (code, out, err) = home
        .run(&["invoke", "payments-charge", "--event", "evil"])
        .parts();
    assert_ne!(code, Some(0));
    assert!(
        out.is_empty() && err.contains("is no version or alias"),
        "{err}"
    );
}
