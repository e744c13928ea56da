//! The binary as scripts use it: what goes to which stream, and how it ends.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// The binary in directories of its own, without credentials.
fn lambdeck(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdeck"));
    command
        .args(args)
        .env_clear()
        .env("HOME", root.join("home"))
        .env("XDG_CONFIG_HOME", root.join("config"))
        .env("XDG_STATE_HOME", root.join("state"))
        .env("XDG_CACHE_HOME", root.join("cache"))
        .env("XDG_DATA_HOME", root.join("data"))
        .env("AWS_CONFIG_FILE", root.join("aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", root.join("aws-credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("temporary directory")
}

fn run(args: &[&str]) -> Output {
    lambdeck(temporary().path(), args).output().expect("runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

fn objects(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect()
}

#[test]
fn functions_as_json_have_the_names_of_the_api() {
    let output = run(&["functions", "--demo", "--output", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let objects = objects(&output);
    assert_eq!(objects.len(), 14);
    let charge = objects
        .iter()
        .find(|object| object["FunctionName"] == "payments-charge")
        .expect("payments-charge");
    assert_eq!(charge["Runtime"], "python3.12");
    assert_eq!(charge["MemorySize"], 512);
    assert_eq!(charge["Timeout"], 30);
    assert_eq!(charge["PackageType"], "Zip");
    assert!(charge["Architectures"].is_array());
    assert!(charge["CodeSize"].is_u64());
    assert!(charge["LastModified"].is_string());
    assert_eq!(
        charge["LoggingConfig"]["LogGroup"],
        "/aws/lambda/payments-charge"
    );
    let queue = charge["DeadLetterConfig"]["TargetArn"]
        .as_str()
        .expect("an ARN");
    assert!(queue.ends_with(":payments-dlq"), "{queue}");
    let arn = charge["FunctionArn"].as_str().expect("an ARN");
    assert!(arn.ends_with(":function:payments-charge"), "{arn}");
}

#[test]
fn functions_as_a_table_are_for_reading() {
    let output = run(&["functions", "--demo"]);
    assert_eq!(code(&output), 0);
    let table = stdout(&output);
    let mut lines = table.lines();
    assert!(lines.next().expect("a header").starts_with("NAME"));
    assert_eq!(lines.count(), 14);
}

#[test]
fn a_filter_narrows_and_one_that_is_wrong_fails_with_its_place() {
    let output = run(&[
        "functions",
        "--demo",
        "--output",
        "json",
        "--filter",
        "runtime:python memory:>512",
    ]);
    let names: Vec<Value> = objects(&output)
        .into_iter()
        .map(|mut object| object["FunctionName"].take())
        .collect();
    assert_eq!(names, ["fraud-score"]);
    let wrong = run(&["functions", "--demo", "--filter", "memory:>lots"]);
    assert_eq!(code(&wrong), 2);
    assert!(
        stderr(&wrong).contains("--filter: column 9:"),
        "{}",
        stderr(&wrong)
    );
    assert_eq!(stdout(&wrong), "");
}

#[test]
fn global_options_stand_before_or_after_the_subcommand() {
    let before = run(&[
        "--demo",
        "--region",
        "us-east-1",
        "functions",
        "--output",
        "json",
    ]);
    let after = run(&[
        "functions",
        "--output",
        "json",
        "--demo",
        "--region",
        "us-east-1",
    ]);
    assert_eq!(code(&before), 0, "{}", stderr(&before));
    let names = |output: &Output| -> Vec<String> {
        objects(output)
            .iter()
            .map(|object| object["FunctionArn"].to_string())
            .collect()
    };
    assert_eq!(names(&before), names(&after));
    assert!(names(&before)[0].contains(":us-east-1:"));
    let read_only = run(&["--read-only", "functions", "--demo"]);
    assert_eq!(code(&read_only), 0, "reading is not writing");
}

#[test]
fn what_cannot_be_understood_is_a_matter_of_usage() {
    for args in [
        &["functions", "--no-such-option"][..],
        &["no-such-command"],
        &["functions", "--output", "xml"],
        &["--read-only", "--write", "functions", "--demo"],
    ] {
        let output = run(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn what_fails_says_why_and_what_to_do_and_leaves_stdout_alone() {
    let output = run(&[
        "functions",
        "--region",
        "eu-west-1",
        "--endpoint-url",
        "http://127.0.0.1:9",
    ]);
    assert_eq!(code(&output), 1);
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(said.contains("aws configure"), "{said}");
}

#[test]
fn the_console_needs_a_terminal_and_names_the_way_for_scripts() {
    let output = run(&["demo"]);
    assert_eq!(code(&output), 1);
    assert!(
        stderr(&output).contains("lambdeck functions"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "", "nothing of the screen");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let root = temporary();
    let mut child = lambdeck(root.path(), &["functions", "--demo", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(code(&output), 0);
    assert_eq!(stderr(&output), "");
}

#[test]
fn one_line_of_many_can_be_taken() {
    let root = temporary();
    let mut child = lambdeck(root.path(), &["functions", "--demo", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let _: Value = serde_json::from_str(&line).expect("an object");
    let output = child.wait_with_output().expect("ends");
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}

/// Runs `check-config` on this content of `lambdeck/<file>` in the config directory.
fn check_config(file: &str, content: &str) -> Output {
    let root = temporary();
    let file = root.path().join("config/lambdeck").join(file);
    fs::create_dir_all(file.parent().expect("a directory")).expect("the directory");
    fs::write(file, content).expect("the file");
    lambdeck(root.path(), &["check-config"])
        .output()
        .expect("runs")
}

#[test]
fn check_config_is_content_with_good_files_and_with_none() {
    assert_eq!(code(&run(&["check-config"])), 0);
    for (file, content) in [
        ("config.toml", "read_only = true\n"),
        (
            "keymap.toml",
            "extends = \"default\"\n[list]\n\"ctrl-n\" = \"list.down\"\n",
        ),
    ] {
        let output = check_config(file, content);
        assert_eq!(code(&output), 0, "{file}: {}", stderr(&output));
    }
}

#[test]
fn check_config_names_file_place_and_mistake() {
    for (file, content, named) in [
        ("config.toml", "read_onyl = true\n", "read_onyl"),
        ("config.toml", "read_only = \n", "config.toml:1"),
        (
            "keymap.toml",
            "extends = \"default\"\n[list]\n\"j\" = \"no.such\"\n",
            "no.such",
        ),
        (
            "themes/dark.toml",
            "name = \"mine\"\ninherits = \"no-such-theme\"\n",
            "no-such-theme",
        ),
    ] {
        let output = check_config(file, content);
        assert_eq!(code(&output), 1, "{file}: {}", stderr(&output));
        let said = stderr(&output);
        assert!(
            said.contains(file) && said.contains(named),
            "{file}: {said}"
        );
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_hostile_name_is_harmless_in_a_table() {
    let output = run(&["functions", "--demo", "--filter", "no\u{1b}[31msuch"]);
    assert!(!stdout(&output).contains('\u{1b}'));
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
}
