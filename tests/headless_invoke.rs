//! `lambdeck invoke` as scripts use it, on the demo account: what goes where, and exit codes.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A home of its own, so that nothing of this machine's user takes part.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn lambdeck(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambdeck"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .env("XDG_DATA_HOME", self.path().join("data"))
            .current_dir(self.path())
            .arg("--demo")
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.lambdeck(arguments).output();
        output.expect("lambdeck runs")
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .lambdeck(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("lambdeck runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("written");
        drop(stdin);
        child.wait_with_output().expect("lambdeck ends")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("written");
    }
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn the_response_is_on_standard_output_and_everything_else_on_the_other() {
    let home = Home::new();
    let (code, out, err) = told(&home.run(&["invoke", "search-indexer"]));
    assert_eq!(code, Some(0), "{err}");
    let response: Value = serde_json::from_str(&out).expect("the response and nothing else");
    assert!(response.is_object() && out.ends_with("}\n"), "{out}");
    assert!(err.contains("200 · "), "{err}");
}

#[test]
fn a_function_error_has_its_own_exit_code() {
    let home = Home::new();
    let (code, out, err) = told(&home.run(&["invoke", "payments-charge"]));
    assert_eq!(code, Some(3), "{err}");
    assert!(out.contains("KeyError"), "{out}");
    assert!(err.contains("REPORT RequestId"), "the log tail: {err}");
}

#[test]
fn json_is_one_object_with_the_names_of_the_api() {
    let home = Home::new();
    let (code, out, _) = told(&home.run(&["invoke", "payments-charge", "--output", "json"]));
    assert_eq!(code, Some(3));
    assert_eq!(out.lines().count(), 1);
    let answer: Value = serde_json::from_str(&out).expect("an object");
    assert_eq!(answer["StatusCode"], 200);
    assert_eq!(answer["FunctionError"], "Unhandled");
    assert_eq!(answer["Payload"]["errorType"], "KeyError");
    let log = answer["LogResult"].as_str().expect("decoded");
    assert!(log.contains("START RequestId"), "{log}");
}

#[test]
fn a_payload_comes_from_a_file_or_from_standard_input() {
    let home = Home::new();
    let event = "{\"order\": \"o-1\", \"amount\": 7, \"card\": \"4242424242424242\"}";
    home.write("event.json", event);
    let arguments = ["invoke", "payments-charge", "--payload"];
    let (_, from_file, _) = told(&home.run(&[&arguments[..], &["event.json"]].concat()));
    let (_, from_input, _) = told(&home.run_with_input(&[&arguments[..], &["-"]].concat(), event));
    assert!(!from_file.contains("KeyError"), "{from_file}");
    assert!(!from_input.contains("KeyError"), "{from_input}");
}

#[test]
fn a_saved_event_is_sent_the_way_it_says() {
    let home = Home::new();
    home.write(".lambdeck/events/payments-charge/check.json", "{}");
    home.write(
        ".lambdeck/events/payments-charge/check.toml",
        "invocation_type = \"DryRun\"\n",
    );
    let (code, out, err) = told(&home.run(&["invoke", "payments-charge", "--event", "check"]));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("204 would be allowed"), "{err}");
    let (code, _, err) = told(&home.run(&["invoke", "payments-charge", "--event", "none"]));
    assert_eq!(code, Some(1));
    assert!(err.contains("none.json"), "it says where it looked: {err}");
}

#[test]
fn what_cannot_be_sent_says_why() {
    let home = Home::new();
    let broken = home.run_with_input(&["invoke", "x", "--payload", "-"], "{\n  \"a\": x\n}");
    let (code, out, err) = told(&broken);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("line 2, column 8"), "{err}");
    let (code, _, err) = told(&home.run(&["invoke", "no-such-function"]));
    assert_eq!(code, Some(1));
    assert!(err.contains("ResourceNotFoundException"), "{err}");
    let (code, _, _) = told(&home.run(&["invoke"]));
    assert_eq!(code, Some(2), "usage");
    let both = ["invoke", "x", "--event", "a", "--payload", "b"];
    assert_eq!(told(&home.run(&both)).0, Some(2));
}

#[test]
fn a_locked_session_says_how_it_is_lifted() {
    let home = Home::new();
    let (code, out, err) = told(&home.run(&["invoke", "search-indexer", "--read-only"]));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("--read-only"), "{err}");
    let dry = ["invoke", "search-indexer", "--read-only", "--dry-run"];
    assert_eq!(told(&home.run(&dry)).0, Some(0));

    home.write("config/lambdeck/config.toml", "protected = [\"demo\"]\n");
    let (code, out, err) = told(&home.run(&["invoke", "search-indexer"]));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("--write"), "{err}");
    let lifted = home.run(&["invoke", "search-indexer", "--write"]);
    assert_eq!(told(&lifted).0, Some(0));
}

#[test]
fn an_account_pattern_that_does_not_match_locks_nothing() {
    let home = Home::new();
    home.write(
        "config/lambdeck/config.toml",
        "protected = [\"123456789012\"]\n",
    );
    let (code, _, err) = told(&home.run(&["invoke", "search-indexer"]));
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn an_asynchronous_send_does_not_wait() {
    let home = Home::new();
    let (code, out, err) = told(&home.run(&["invoke", "payments-charge", "--async"]));
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(err.contains("202"), "{err}");
}

#[test]
fn nobody_reading_standard_error_is_no_failure() {
    let home = Home::new();
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
    let home = Home::new();
    let mut child = home
        .lambdeck(&["invoke", "search-indexer", "--payload", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("lambdeck runs");
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
