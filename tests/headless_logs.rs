//! `lambdeck logs` as a program, on the demo account.

mod kit {
    pub mod home;
}

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Child,
};

use kit::home::{Home, Told, start};

fn run(arguments: &[&str]) -> Told {
    Home::demo().run(arguments)
}

#[test]
fn the_past_is_printed_in_order_with_the_names_of_the_api() {
    let output = run(&[
        "logs",
        "payments-charge",
        "--since",
        "10m",
        "--output",
        "json",
    ]);
    let lines = output.ends(0).objects();
    assert!(lines.len() > 20, "{}", lines.len());
    let stamps: Vec<i64> = lines
        .iter()
        .map(|line| line["timestamp"].as_i64().expect("a number"))
        .collect();
    assert!(stamps.is_sorted());
    for field in [
        "message",
        "logStreamName",
        "eventId",
        "ingestionTime",
        "FunctionName",
        "logGroupName",
    ] {
        assert!(!lines[0][field].is_null(), "{field}");
    }
    let ids: std::collections::HashSet<String> = lines
        .iter()
        .map(|line| line["eventId"].to_string())
        .collect();
    assert_eq!(ids.len(), lines.len(), "each once");
}

#[test]
fn several_functions_are_merged_by_time_and_named() {
    let functions = ["payments-charge", "orders-consumer"];
    let mut args = vec!["logs", "--since", "10m", "--output", "json"];
    args.extend(functions);
    let lines = run(&args).objects();
    let stamps: Vec<i64> = lines
        .iter()
        .filter_map(|line| line["timestamp"].as_i64())
        .collect();
    assert!(stamps.is_sorted() && stamps.len() == lines.len());
    for function in functions {
        assert!(
            lines.iter().any(|line| line["FunctionName"] == function),
            "{function}"
        );
    }
    args.retain(|arg| !["--output", "json"].contains(arg));
    let table = run(&args).out;
    assert!(
        table
            .lines()
            .any(|line| line.contains("Z payments-charge  ")),
        "{table}"
    );
    assert!(
        table
            .lines()
            .any(|line| line.contains("Z orders-consumer  ")),
        "{table}"
    );
}

#[test]
fn a_filter_pattern_is_the_services_own() {
    let args = [
        "logs",
        "payments-charge",
        "--since",
        "20m",
        "--filter",
        "REPORT",
        "--output",
        "json",
    ];
    let lines = run(&args).objects();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(
            line["message"]
                .as_str()
                .is_some_and(|text| text.contains("REPORT")),
            "{line}"
        );
    }
}

#[test]
fn a_table_has_no_escape_sequence_and_a_function_that_is_not_there_is_said() {
    let output = run(&["logs", "payments-charge", "--since", "10m"]);
    assert!(!output.out.is_empty() && !output.out.contains('\u{1b}'));
    let output = run(&["logs", "no-such-function"]);
    let output = output.ends(1).tells("no-such-function");
    assert_eq!(output.out, "");
}

#[test]
fn wrong_use_is_told() {
    run(&["logs"]).ends(2);
    let output = run(&["logs", "payments-charge", "--since", "soon"]);
    output.ends(2).tells("soon");
}

/// A follower that has printed its first line.
fn following(home: &Home) -> (Child, BufReader<std::process::ChildStdout>) {
    let arguments = ["logs", "payments-charge", "--since", "10m", "--follow"];
    let mut child = start(&mut home.lambdeck(&arguments));
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(line.contains('Z'), "{line:?}");
    (child, out)
}

#[test]
fn ctrl_c_ends_a_follower_with_130() {
    let home = Home::demo();
    let (mut child, mut out) = following(&home);
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("a process"), rustix::process::Signal::INT)
        .expect("is alive");
    out.read_to_end(&mut Vec::new()).expect("ends");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let home = Home::demo();
    let (mut child, out) = following(&home);
    drop(out);
    // The demo account goes on writing, and the next line meets the closed pipe.
    let status = child.wait().expect("ends");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut said)
        .expect("text");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
