//! `lambdeck activity` as scripts use it: the real binary, its own log, no credentials, no network.

mod kit {
    pub mod home;
}

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::Child,
};

use kit::home::{Home, start, told};
use serde_json::Value;

/// The log of what was written.
fn log(home: &Home) -> PathBuf {
    home.state().join("activity/activity.jsonl")
}

fn write(home: &Home, lines: &[&str]) {
    home.write("state/lambdeck/activity/activity.jsonl", &lines.join("\n"));
}

/// The writes, as JSON.
fn activity(home: &Home) -> Vec<Value> {
    let told = home.run(&["activity", "--output", "json"]);
    told.ends(0).objects()
}

/// Begins an invoke of this payload at this endpoint.
fn invoke(home: &Home, endpoint: &str, payload: &str) -> Child {
    home.write("event.json", payload);
    let arguments = ["invoke", "charge", "--payload", "event.json"];
    start(&mut home.lambdeck_at(endpoint, &arguments))
}

const INTENDED: &str = r#"{"id":"1-a","at":"2026-03-14T09:00:00Z","account":"111111111111","identity":"arn:aws:iam::111111111111:user/jane","region":"eu-west-1","operation":"PurgeQueue","target":"arn:aws:sqs:eu-west-1:111111111111:orders-dlq","summary":"purge orders-dlq","command":"aws sqs purge-queue"}"#;
const ENDED: &str = r#"{"id":"1-a","at":"2026-03-14T09:00:02Z","began":"2026-03-14T09:00:00Z","account":"111111111111","identity":"arn:aws:iam::111111111111:user/jane","region":"eu-west-1","operation":"PurgeQueue","target":"arn:aws:sqs:eu-west-1:111111111111:orders-dlq","summary":"purge orders-dlq","command":"aws sqs purge-queue","result":"done","outcome":"done"}"#;
const LEFT: &str = r#"{"id":"2-b","at":"2026-03-15T10:00:00Z","account":"222222222222","region":"us-east-1","operation":"Invoke","target":"arn:aws:lambda:us-east-1:222222222222:function:charge","summary":"invoke charge \u001b[31m","command":"aws lambda invoke"}"#;

#[test]
fn an_empty_log_is_no_failure_and_needs_no_credentials() {
    let home = Home::new();
    let (code, out, err) = home.run(&["activity", "--output", "json"]).parts();
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("nothing was written"), "{err}");
    let (code, out, err) = home.run(&["--demo", "activity"]).parts();
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("demo"), "{err}");
}

#[test]
fn the_newest_is_last_and_each_line_has_its_id() {
    let home = Home::new();
    write(&home, &[INTENDED, ENDED, LEFT, ""]);
    let writes = activity(&home);
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
    let (_, newest, _) = home
        .run(&["activity", "--limit", "1", "--output", "json"])
        .parts();
    assert!(
        newest.contains("2-b") && newest.lines().count() == 1,
        "{newest}"
    );
    let (_, found, _) = home
        .run(&["activity", "--filter", "jane !invoke", "--output", "json"])
        .parts();
    assert!(
        found.contains("1-a") && found.lines().count() == 1,
        "{found}"
    );
    let since = ["activity", "--since", "2026-03-15", "--output", "json"];
    let (_, since, _) = home.run(&since).parts();
    assert!(
        since.contains("2-b") && since.lines().count() == 1,
        "{since}"
    );
}

#[test]
fn a_table_and_a_hand_over_are_safe_to_read() {
    let home = Home::new();
    write(&home, &[INTENDED, ENDED, LEFT, ""]);
    let (code, table, _) = home.run(&["activity"]).parts();
    assert_eq!(code, Some(0));
    assert!(table.starts_with("TIME "), "{table}");
    assert!(
        table.contains("? unknown") && table.contains("✔ done"),
        "{table}"
    );
    let (_, markdown, _) = home.run(&["activity", "--output", "markdown"]).parts();
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
    write(&home, &[INTENDED, "foreign", ENDED, "{\"id\":\"cut"]);
    let (code, out, err) = home.run(&["activity", "--output", "json"]).parts();
    assert_eq!((code, out.lines().count()), (Some(1), 1), "not complete");
    assert!(err.contains("line 2: not an entry of this log"), "{err}");
    assert!(err.contains("line 4: cut short"), "{err}");
    let (code, _, err) = home.run(&["activity", "--since", "soon"]).parts();
    assert_eq!(code, Some(2));
    assert!(err.contains("--since"), "{err}");
    std::fs::remove_file(log(&home)).expect("removed");
    std::fs::create_dir(log(&home)).expect("in its place");
    let (code, _, err) = home.run(&["activity"]).parts();
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

    let answered = invoke(&home, &endpoint, &payload);
    let stream = until_invoked(&server);
    let running = activity(&home);
    assert_eq!(running[0]["result"], "running", "{running:?}");
    answer(stream, "200 OK");
    let (code, out, err) = told(answered.wait_with_output()).parts();
    assert_eq!((code, out.trim()), (Some(0), "{}"), "{err}");

    let mut killed = invoke(&home, &endpoint, &payload);
    let _stream = until_invoked(&server);
    killed.kill().expect("killed");
    killed.wait().expect("it ends");

    let writes = activity(&home);
    let results: Vec<&str> = writes
        .iter()
        .filter_map(|one| one["result"].as_str())
        .collect();
    assert_eq!(results, ["done", "unknown"]);
    let log = std::fs::read_to_string(log(&home)).expect("the log");
    let (_, markdown, _) = home.run(&["activity", "--output", "markdown"]).parts();
    let (_, table, _) = home.run(&["activity"]).parts();
    for text in [log, markdown, table, format!("{writes:?}")] {
        assert!(!text.contains(&secret), "{text}");
    }
}
