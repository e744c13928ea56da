//! What is checked and made ready before anything is sent, and when sending ends.

use std::sync::Arc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{queue::QueueAddress, session::Target},
    ports::Operation,
    runtime::{access::Access, activity::ActivityLog, clock::Clock, gate::Intention},
};

fn queue(fifo: bool) -> OpenQueue {
    queue_of(fifo, Some(100))
}

fn queue_of(fifo: bool, maximum_bytes: Option<u64>) -> OpenQueue {
    let settings = QueueAttributes {
        fifo,
        maximum_bytes,
        ..QueueAttributes::default()
    };
    OpenQueue::sample("arn:aws:sqs:eu-west-1:000000000000:q", settings)
}

#[test]
fn a_bad_line_is_named_by_its_number_in_the_file() {
    let queue = queue(false);
    let refused = |input: &str| lines(input, &queue, None).expect_err(input);
    assert!(refused("{}\n\n{").starts_with("3: this is not JSON"));
    let long = format!("{{}}\n\"{}\"", "x".repeat(100));
    assert!(refused(&long).starts_with("2: 102 bytes, and this queue takes 100"));
    assert_eq!(lines("\n\n", &queue, None).expect("nothing"), Vec::new());
}

#[test]
fn fifo_needs_a_group_and_gets_an_id_that_stays() {
    let queue = queue(true);
    let refused = lines("1\n", &queue, None).expect_err("no group");
    assert!(refused.contains("--group"), "{refused}");
    let ids = |input: &str| -> Vec<String> {
        let lines = lines(input, &queue, Some("g")).expect("good");
        let ids = lines.into_iter().map(|line| line.message.deduplication_id);
        ids.map(|id| id.expect("an id")).collect()
    };
    assert_eq!(ids("1\n1\n"), ids("1\n1\n"), "the same file, the same ids");
    assert_ne!(
        ids("1\n1\n")[0],
        ids("1\n1\n")[1],
        "equal bodies are two messages"
    );
}

#[test]
fn a_request_has_ten_lines_and_a_mebibyte_at_most_and_a_group_once() {
    let many: String = (0..25).map(|n| format!("{n}\n")).collect();
    let sizes = |lines: Vec<Line>, fifo| -> Vec<usize> {
        batches(lines, fifo).iter().map(Vec::len).collect()
    };
    let plain = lines(&many, &queue(false), None).expect("good");
    assert_eq!(sizes(plain, false), [10, 10, 5]);
    let grouped = lines("1\n2\n3\n", &queue(true), Some("g")).expect("good");
    assert_eq!(sizes(grouped, true), [1, 1, 1]);
    let half = format!("\"{}\"", "x".repeat(MAX_BYTES / 2));
    let large = queue_of(false, None);
    let large = lines(&format!("{half}\n{half}\n"), &large, None).expect("good");
    assert_eq!(sizes(large, false), [1, 1], "together they are too large");
}

/// Sends so many lines to a queue of the demo account.
async fn send(count: usize, faults: Faults, is_stopped: bool) -> Report {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
    let provider = demo::Provider::new(demo::Options {
        faults,
        ..demo::Options::new(clock.as_fn())
    });
    let session = provider.session(&Target::default()).expect("it opens");
    let (name, attributes) = ("import", QueueAttributes::default());
    session.create_queue(name, attributes.clone());
    let log = Arc::new(ActivityLog::nowhere());
    let gate = Gate::new(Box::new(session), None, Access::default(), log, clock);
    let arn = Arn::new(format!(
        "arn:aws:sqs:{}:{}:{name}",
        demo::REGION,
        demo::ACCOUNT
    ));
    let address = QueueAddress::of(&arn).expect("a queue");
    let to = gate.open_queue(&address).await.expect("it is there");
    let intention = Intention {
        operation: Operation::SendMessageBatch,
        target: arn.to_string(),
        summary: String::new(),
        command: String::new(),
    };
    let warrant = gate.announce(intention).await.expect("a warrant");
    let input: String = (0..count).map(|number| format!("{number}\n")).collect();
    let lines = super::lines(&input, &to, None).expect("good");
    super::send(&gate, &warrant, &to, batches(lines, false), || is_stopped).await
}

#[tokio::test(start_paused = true)]
async fn every_line_is_told_in_the_order_of_the_file() {
    let report = send(95, Faults::default(), false).await;
    let numbers: Vec<usize> = report.lines.iter().map(|(place, _)| place.line).collect();
    assert_eq!(numbers, (1..=95).collect::<Vec<_>>());
    assert_eq!((report.sum().sent, report.failure), (95, None));
}

#[tokio::test(start_paused = true)]
async fn what_no_later_request_can_mend_ends_it() {
    let faults = Faults {
        deny: vec![Operation::SendMessageBatch],
        ..Faults::default()
    };
    let report = send(200, faults, false).await;
    let sum = report.sum();
    assert_eq!((sum.sent, sum.failed + sum.left), (0, 200));
    assert!(sum.left >= 100, "{sum}");
    assert!(report.failure.is_some() && report.reason().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_what_was_not_tried() {
    let sum = send(20, Faults::default(), true).await.sum();
    assert_eq!((sum.sent, sum.left), (0, 20));
}
