//! The binary against servers that misbehave: what is there is printed, what is missing is named,
//! and the exit code says so.

mod kit {
    pub mod home;
}
mod support;

use std::io::{BufRead as _, BufReader, Read as _};

use kit::home::{Home, Told, start};
use serde_json::{Value, json};
use support::{Answer, Request, Stub};

fn run(stub: &Stub, arguments: &[&str]) -> Told {
    let home = Home::new();
    tokio::task::block_in_place(|| home.run_at(&stub.url(), arguments))
}

fn function(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "FunctionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"),
        "Runtime": "python3.12",
    })
}

fn denied() -> Answer {
    Answer::error(403, "AccessDeniedException", "no")
}

fn throttled() -> Answer {
    Answer::error(400, "ThrottlingException", "Rate exceeded")
}

/// What an account without anything answers.
fn nothing(request: &Request) -> Answer {
    match request.target() {
        _ if request.path.contains("/configuration") => Answer::json(&function("charge")),
        _ => Answer::json(&json!({})),
    }
}

fn is_function_list(request: &Request) -> bool {
    request.method == "GET" && request.path.split('?').next() == Some("/2015-03-31/functions")
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_came_before_a_failure_are_printed_and_the_rest_is_missed() {
    let stub = Stub::serve(|request| {
        if request.path.contains("Marker=") {
            denied()
        } else {
            Answer::json(&json!({ "Functions": [function("charge")], "NextMarker": "a" }))
        }
    })
    .await;
    run(&stub, &["functions"])
        .ends(1)
        .says("charge")
        .tells("not complete")
        .tells("lambda:ListFunctions");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letter_queues_without_the_list_of_queues_are_not_all() {
    let stub = Stub::serve(|request| match request.target() {
        Some("ListQueues") => denied(),
        _ if is_function_list(request) => {
            let mut one = function("charge");
            one["DeadLetterConfig"] =
                json!({ "TargetArn": "arn:aws:sqs:eu-west-1:123456789012:charge-dlq" });
            Answer::json(&json!({ "Functions": [one] }))
        }
        _ => nothing(request),
    })
    .await;
    run(&stub, &["dlq", "list"])
        .ends(1)
        .says("charge-dlq")
        .tells("not complete: the list of queues could not be read: sqs:ListQueues is missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_which_one_cannot_be_read_are_not_all() {
    let stub = Stub::serve(|request| {
        if request.path.contains("/aliases") {
            denied()
        } else {
            nothing(request)
        }
    })
    .await;
    run(&stub, &["config", "get", "charge"])
        .ends(1)
        .says("memory")
        .tells("ListAliases");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_cannot_be_read_is_not_said_to_be_missing() {
    let stub = Stub::serve(|request| {
        if request.path.contains("/aliases") {
            denied()
        } else {
            nothing(request)
        }
    })
    .await;
    let told = run(
        &stub,
        &["config", "set", "charge", "alias.live=41", "--yes"],
    )
    .ends(1)
    .tells("could not be read (ListAliases failed)");
    assert!(!told.err.contains("no such alias"), "{}", told.err);
    let requests = stub.requests();
    assert!(
        requests.iter().all(|request| request.method != "PUT"),
        "{requests:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_that_cannot_be_read_are_not_said_to_be_none() {
    let stub = Stub::serve(|request| {
        if request.path.contains("/event-source-mappings") {
            denied()
        } else {
            nothing(request)
        }
    })
    .await;
    let told = run(&stub, &["pause", "charge", "--dry-run"])
        .ends(1)
        .tells("could not be read (ListEventSourceMappings failed)");
    assert!(!told.err.contains("nothing to pause"), "{}", told.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_an_end_is_refused_by_name_everywhere() {
    for length in [65_600, 1 << 20] {
        let token = "t".repeat(length);
        let stub = Stub::serve(move |request| match request.target() {
            Some("FilterLogEvents") => Answer::json(&json!({ "events": [], "nextToken": token })),
            Some("ListQueues") => Answer::json(&json!({ "QueueUrls": [], "NextToken": token })),
            _ if request.path.contains("/configuration") => Answer::json(&function("charge")),
            _ => Answer::json(&json!({ "Functions": [], "Aliases": [], "NextMarker": token })),
        })
        .await;
        for arguments in [
            &["functions"][..],
            &["dlq", "list"],
            &["config", "get", "charge"],
            &["logs", "charge"],
        ] {
            let named = format!("page token has {length} bytes");
            run(&stub, arguments).ends(1).tells(&named);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_go_round_end_the_listing() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::serve(move |_| {
        let page = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("f{page}");
        let marker = ["a", "b", "c"][page % 3];
        Answer::json(&json!({ "Functions": [function(&name)], "NextMarker": marker }))
    })
    .await;
    run(&stub, &["functions"])
        .ends(1)
        .says("f3")
        .tells("repeats a page token");
    assert_eq!(stub.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_empty_pages_says_that_it_slows_down_and_ends_with_a_signal() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::serve(move |_| {
        let page = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Answer::json(&json!({ "Functions": [], "NextMarker": page.to_string() }))
    })
    .await;
    let home = Home::new();
    tokio::task::block_in_place(|| {
        let mut child = start(&mut home.lambdeck_at(&stub.url(), &["functions"]));
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        assert!(
            line.contains("empty pages in a row, now one a second"),
            "{line}"
        );
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it lives");
        let mut rest = String::new();
        lines.read_to_string(&mut rest).expect("its end");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest}");
    });
    assert!(stub.count() < 110, "{}", stub.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_that_are_throttled_for_ever_say_that_they_wait_and_end_with_what_they_have() {
    let stub = Stub::serve(|request| match request.target() {
        Some("FilterLogEvents") if request.json()["nextToken"].is_string() => throttled(),
        Some("FilterLogEvents") => Answer::json(&json!({
            "events": [{
                "eventId": "1",
                "logStreamName": "s",
                "timestamp": request.json()["startTime"],
                "ingestionTime": request.json()["startTime"],
                "message": "the first line",
            }],
            "nextToken": "a",
        })),
        _ => nothing(request),
    })
    .await;
    run(&stub, &["logs", "charge", "--timeout", "1s"])
        .ends(1)
        .says("the first line")
        .tells("FilterLogEvents: AWS says too many calls, waiting until")
        .tells("Rate exceeded");
}

#[test]
fn the_time_to_wait_has_bounds() {
    for wrong in ["0s", "25h", "soon", "-5m", "5"] {
        Home::demo()
            .run(&["functions", &format!("--timeout={wrong}")])
            .ends(2)
            .tells("--timeout");
    }
    Home::demo().run(&["functions", "--timeout", "90s"]).ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_named_with_its_host_and_no_read_speaks_of_effects() {
    for answer in [
        Answer::new(307, "").header("location", "https://login.example.com/?t=secret"),
        Answer::new(200, "<html></html>").header("content-type", "text/html"),
        Answer::cut(),
    ] {
        let stub = Stub::script([answer]).await;
        let told = run(&stub, &["functions"]).ends(1);
        let told = told.tells("next: ");
        for sign in ["running", "outcome", "look at the logs", "secret"] {
            assert!(!told.err.contains(sign), "{}", told.err);
        }
    }
    let stub =
        Stub::script([Answer::new(307, "").header("location", "//login.example.com/x")]).await;
    run(&stub, &["functions"])
        .ends(1)
        .tells("a redirect to login.example.com: it was not followed");
}
