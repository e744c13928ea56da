//! What stands in the activity log of a write, on the demo account.

use std::sync::Arc;

use super::*;
use crate::{
    demo::{self, Faults},
    domain::{
        activity::Ending,
        queue::{QueueAddress, QueueAttributes},
        session::Target,
    },
    ports::ErrorKind,
    runtime::{
        access::Access,
        activity::{ActivityLog, Entry},
        clock::Clock,
    },
};

struct World {
    provider: demo::Provider,
    gate: Gate,
    directory: tempfile::TempDir,
}

fn world() -> World {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
    let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
    let session = provider.session(&Target::default()).expect("it opens");
    session.create_queue("q.fifo", QueueAttributes::default());
    let directory = tempfile::tempdir().expect("temporary directory");
    let log = ActivityLog::in_file(directory.path().join("activity.jsonl"));
    let gate = Gate::new(
        Box::new(session),
        None,
        Access::default(),
        Arc::new(log),
        clock,
    );
    World {
        provider,
        gate,
        directory,
    }
}

impl World {
    async fn queue(&self, name: &str) -> OpenQueue {
        let address = QueueAddress::parse(name).expect("a name");
        queues::find(&self.gate, &address).await.expect("a queue")
    }

    /// The last entry.
    fn entry(&self) -> Entry {
        let text = std::fs::read_to_string(self.directory.path().join("activity.jsonl"));
        let text = text.expect("a log");
        serde_json::from_str(text.lines().next_back().expect("an entry")).expect("an entry")
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_stands_in_the_log_with_what_it_touches_and_what_came_of_it() {
    let world = world();
    let queue = world.queue("orders-dlq").await;
    let outcome = edit(&world.gate, &queue, &QueueEdit::Purge).await;
    let outcome = outcome.expect("purged");
    let entry = world.entry();
    assert_eq!(entry.summary, "delete every message of orders-dlq, about 9");
    assert_eq!(entry.outcome.as_ref(), Some(&outcome));
    assert_eq!(entry.result, Some(Ending::Done));
    let again = edit(&world.gate, &queue, &QueueEdit::Purge).await;
    let error = again.expect_err("once a minute");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(world.entry().result, Some(Ending::Failed));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_announced_for_a_queue_that_does_not_say_which_it_is() {
    let world = world();
    world.provider.inject(Faults {
        deny: vec![Operation::GetQueueAttributes],
        ..Faults::default()
    });
    let queue = world.queue("orders-dlq").await;
    let error = edit(&world.gate, &queue, &QueueEdit::Purge).await;
    let error = error.expect_err("not verified");
    assert_eq!(error.missing_action(), Some("sqs:GetQueueAttributes"));
    assert!(!world.directory.path().join("activity.jsonl").exists());
    assert_eq!(world.provider.calls(Operation::PurgeQueue), 0);
}

#[tokio::test(start_paused = true)]
async fn the_command_of_an_import_does_what_was_done() {
    let world = world();
    let queue = world.queue("q.fifo").await;
    let ready = import::ready("1\n2\n", &queue, Some("g")).expect("good");
    let from = (Path::new("/tmp/my letters.jsonl"), Some("g"));
    let report = super::import(&world.gate, &queue, ready, from, || false).await;
    assert_eq!(report.expect("sent").sum().sent, 2);
    let entry = world.entry();
    assert_eq!(
        entry.summary,
        "send the 2 lines of /tmp/my letters.jsonl to q.fifo"
    );
    assert_eq!(
        entry.command,
        "lambdeck dlq import --region eu-west-1 arn:aws:sqs:eu-west-1:000000000000:q.fifo '/tmp/my letters.jsonl' --group g --yes"
    );
    assert_eq!(
        entry.outcome.as_deref(),
        Some("q.fifo: 2 lines = 2 sent + 0 failed + 0 unknown + 0 not tried")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_cancelled_is_the_task_that_runs() {
    let world = world();
    let queue = world.queue("orders-dlq").await;
    let running = async || running_move(&world.gate, &queue).await.expect("listed");
    let none = "orders-dlq has no move task".to_owned();
    assert_eq!(running().await, Err(none));
    let start = QueueEdit::StartMove {
        to: None,
        per_second: Some(1),
    };
    edit(&world.gate, &queue, &start).await.expect("started");
    let handle = running().await.expect("it runs");
    let cancel = QueueEdit::CancelMove(handle);
    edit(&world.gate, &queue, &cancel).await.expect("cancelled");
    let over = running().await.expect_err("over");
    assert!(over.ends_with("the last one is CANCELLED"), "{over}");
}
