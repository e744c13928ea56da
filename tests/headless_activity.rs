//! `lambdeck activity` as scripts use it: the real binary, its own log, no credentials, no network.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
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

    fn log(&self) -> PathBuf {
        self.path().join("state/lambdeck/activity/activity.jsonl")
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
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        told(&self.lambdeck(arguments).output().expect("lambdeck runs"))
    }

    fn write(&self, lines: &[&str]) {
        std::fs::create_dir_all(self.log().parent().expect("a parent")).expect("directories");
        std::fs::write(self.log(), lines.join("\n")).expect("written");
    }

    /// The writes, as JSON.
    fn activity(&self) -> Vec<Value> {
        let (code, out, err) = self.run(&["activity", "--output", "json"]);
        assert_eq!(code, Some(0), "{err}");
        out.lines()
            .map(|line| serde_json::from_str(line).expect("an object"))
            .collect()
    }

    /// Begins an invoke of this payload at this endpoint.
    fn invoke(&self, endpoint: &str, payload: &str) -> Child {
        std::fs::write(self.path().join("event.json"), payload).expect("written");
        let arguments = [
            "invoke",
            "charge",
            "--payload",
            "event.json",
            "--endpoint-url",
        ];
        self.lambdeck(&arguments)
            .arg(endpoint)
            .env("AWS_ACCESS_KEY_ID", "none")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "127.0.0.1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("lambdeck runs")
    }
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

const INTENDED: &str = r#"{"id":"1-a","at":"2026-03-14T09:00:00Z","account":"111111111111","identity":"arn:aws:iam::111111111111:user/jane","region":"eu-west-1","operation":"PurgeQueue","target":"arn:aws:sqs:eu-west-1:111111111111:orders-dlq","summary":"purge orders-dlq","command":"aws sqs purge-queue"}"#;
const ENDED: &str = r#"{"id":"1-a","at":"2026-03-14T09:00:02Z","began":"2026-03-14T09:00:00Z","account":"111111111111","identity":"arn:aws:iam::111111111111:user/jane","region":"eu-west-1","operation":"PurgeQueue","target":"arn:aws:sqs:eu-west-1:111111111111:orders-dlq","summary":"purge orders-dlq","command":"aws sqs purge-queue","result":"done","outcome":"done"}"#;
const LEFT: &str = r#"{"id":"2-b","at":"2026-03-15T10:00:00Z","account":"222222222222","region":"us-east-1","operation":"Invoke","target":"arn:aws:lambda:us-east-1:222222222222:function:charge","summary":"invoke charge \u001b[31m","command":"aws lambda invoke"}"#;

#[test]
fn an_empty_log_is_no_failure_and_needs_no_credentials() {
    let home = Home::new();
    let (code, out, err) = home.run(&["activity", "--output", "json"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("nothing was written"), "{err}");
    let (code, out, err) = home.run(&["--demo", "activity"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("demo"), "{err}");
}

#[test]
fn the_newest_is_last_and_each_line_has_its_id() {
    let home = Home::new();
    home.write(&[INTENDED, ENDED, LEFT, ""]);
    let writes = home.activity();
    assert_eq!(writes.len(), 2);
    assert_eq!(
        (&writes[0]["id"], &writes[1]["id"]),
        (&"1-a".into(), &"2-b".into())
    );
    assert_eq!(writes[0]["result"], "done");
    assert_eq!(writes[0]["time"], "2026-03-14T09:00:00Z");
    assert_eq!(writes[0]["ended"], "2026-03-14T09:00:02Z");
    assert_eq!(writes[1]["result"], "unknown");
    assert_eq!(
        writes[1]["outcome"],
        "outcome unknown: the process ended in between"
    );
    let (_, newest, _) = home.run(&["activity", "--limit", "1", "--output", "json"]);
    assert!(
        newest.contains("2-b") && newest.lines().count() == 1,
        "{newest}"
    );
    let (_, found, _) = home.run(&["activity", "--filter", "jane !invoke", "--output", "json"]);
    assert!(
        found.contains("1-a") && found.lines().count() == 1,
        "{found}"
    );
    let since = ["activity", "--since", "2026-03-15", "--output", "json"];
    let (_, since, _) = home.run(&since);
    assert!(
        since.contains("2-b") && since.lines().count() == 1,
        "{since}"
    );
}

#[test]
fn a_table_and_a_hand_over_are_safe_to_read() {
    let home = Home::new();
    home.write(&[INTENDED, ENDED, LEFT, ""]);
    let (code, table, _) = home.run(&["activity"]);
    assert_eq!(code, Some(0));
    assert!(table.starts_with("TIME "), "{table}");
    assert!(
        table.contains("? unknown") && table.contains("✔ done"),
        "{table}"
    );
    let (_, markdown, _) = home.run(&["activity", "--output", "markdown"]);
    assert!(
        markdown.contains("```sh\naws sqs purge-queue\n```"),
        "{markdown}"
    );
    assert!(
        markdown.contains("- account: 111111111111, eu-west-1"),
        "{markdown}"
    );
    for text in [table, markdown] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn bad_lines_and_bad_options_are_told() {
    let home = Home::new();
    home.write(&[INTENDED, "foreign", ENDED, "{\"id\":\"cut"]);
    let (code, out, err) = home.run(&["activity", "--output", "json"]);
    assert_eq!((code, out.lines().count()), (Some(0), 1));
    assert!(err.contains("line 2: not an entry of this log"), "{err}");
    assert!(err.contains("line 4: cut short"), "{err}");
    let (code, _, err) = home.run(&["activity", "--since", "soon"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("--since"), "{err}");
    std::fs::remove_file(home.log()).expect("removed");
    std::fs::create_dir(home.log()).expect("in its place");
    let (code, _, err) = home.run(&["activity"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("cannot be read"), "{err}");
}

/// Takes one request to its end and gives its first line.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).expect("a request");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    first
}

fn answer(mut stream: TcpStream, status: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    stream.write_all(text.as_bytes()).expect("answered");
}

/// Refuses everything until the invoke comes, which is left waiting.
fn until_invoked(server: &TcpListener) -> TcpStream {
    loop {
        let (stream, _) = server.accept().expect("a call");
        if request(&stream).contains("/invocations") {
            return stream;
        }
        answer(stream, "403 Forbidden");
    }
}

#[test]
fn a_write_runs_until_it_is_answered_and_is_unknown_when_its_process_is_killed() {
    let home = Home::new();
    let secret = format!("s3cr{:016x}", fastrand::u64(..));
    let payload = format!("{{\"card\":\"{secret}\"}}");
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", server.local_addr().expect("an address"));

    let answered = home.invoke(&endpoint, &payload);
    let stream = until_invoked(&server);
    let running = home.activity();
    assert_eq!(running[0]["result"], "running", "{running:?}");
    answer(stream, "200 OK");
    let (code, out, err) = told(&answered.wait_with_output().expect("it ends"));
    assert_eq!((code, out.trim()), (Some(0), "{}"), "{err}");

    let mut killed = home.invoke(&endpoint, &payload);
    let _stream = until_invoked(&server);
    killed.kill().expect("killed");
    killed.wait().expect("it ends");

    let writes = home.activity();
    let results: Vec<&str> = writes
        .iter()
        .filter_map(|one| one["result"].as_str())
        .collect();
    assert_eq!(results, ["done", "unknown"]);
    let log = std::fs::read_to_string(home.log()).expect("the log");
    let (_, markdown, _) = home.run(&["activity", "--output", "markdown"]);
    let (_, table, _) = home.run(&["activity"]);
    for text in [log, markdown, table, format!("{writes:?}")] {
        assert!(!text.contains(&secret), "{text}");
    }
}
