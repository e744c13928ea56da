//! Which queue a call reaches, on a server that looks names up in its own region as AWS does: it
//! has a queue of the same name, and every call for another one would find it.

use std::sync::Arc;

use super::{super::Intention, *};
use crate::{
    demo::{self, Faults},
    domain::{class::Class, session::Target},
    runtime::{access::Access, activity::ActivityLog, clock::Clock},
};

const OWN: &str = "arn:aws:sqs:eu-west-1:000000000000:q-dlq";
/// Whose queue the demo account may read.
const PARTNER: &str = "210987654321";

struct World {
    provider: demo::Provider,
    session: demo::Session,
    gate: Gate,
}

/// A session of eu-west-1 whose queue `q-dlq` holds three letters.
fn world(faults: Faults) -> World {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
    let provider = demo::Provider::new(demo::Options {
        faults,
        ..demo::Options::new(clock.as_fn())
    });
    let session = provider.session(&Target::default()).expect("it opens");
    session.create_queue("q-dlq", QueueAttributes::default());
    session.put("q-dlq", ["1", "2", "3"]);
    let log = Arc::new(ActivityLog::nowhere());
    let gate = Gate::new(
        Box::new(session.clone()),
        None,
        Access::default(),
        log,
        clock,
    );
    World {
        provider,
        session,
        gate,
    }
}

fn denied() -> Faults {
    Faults {
        deny: vec![Operation::GetQueueAttributes],
        ..Faults::default()
    }
}

const RECEIVE: Receive = Receive {
    max: 10,
    visibility_s: 30,
    wait_s: 0,
};

#[tokio::test(start_paused = true)]
async fn a_queue_of_another_region_or_partition_is_refused_before_any_call() {
    let world = world(Faults::default());
    for (named, right) in [
        (
            "arn:aws:sqs:us-east-1:000000000000:q-dlq",
            "--region us-east-1",
        ),
        (
            "https://sqs.us-east-1.amazonaws.com/000000000000/q-dlq",
            "--region us-east-1",
        ),
        (
            "https://queue.amazonaws.com/000000000000/q-dlq",
            "--region us-east-1",
        ),
        (
            "https://us-west-2.queue.amazonaws.com/000000000000/q-dlq",
            "--region us-west-2",
        ),
        (
            "https://sqs-fips.us-east-2.amazonaws.com/000000000000/q-dlq",
            "--region us-east-2",
        ),
        (
            "https://sqs.us-east-1.api.aws/000000000000/q-dlq",
            "--region us-east-1",
        ),
        (
            "https://vpce-1-2.sqs.us-east-1.vpce.amazonaws.com/000000000000/q-dlq",
            "--region us-east-1",
        ),
        (
            "https://sqs.cn-north-1.amazonaws.com.cn/000000000000/q-dlq",
            "--region cn-north-1",
        ),
        ("arn:aws-cn:sqs:eu-west-1:000000000000:q-dlq", "aws-cn"),
        (
            "arn:aws-us-gov:sqs:us-gov-west-1:000000000000:q-dlq",
            "--region us-gov-west-1",
        ),
        ("https://queues.example/000000000000/q-dlq", "by its ARN"),
    ] {
        let address = QueueAddress::parse(named).expect(named);
        let error = world.gate.open_queue(&address).await.expect_err(named);
        assert_eq!(error.kind, ErrorKind::Elsewhere, "{named}");
        assert!(error.to_string().contains(right), "{error}");
        let error = world.gate.read_queue(&address).await.expect_err(named);
        assert_eq!(error.kind, ErrorKind::Elsewhere, "{named}");
        if let Some(arn) = address.arn() {
            let error = world.gate.move_tasks(arn).await.expect_err(named);
            assert_eq!(error.kind, ErrorKind::Elsewhere, "{named}");
            world.gate.queue_attributes(arn).await.expect_err(named);
        }
    }
    for &operation in Operation::ALL {
        assert_eq!(world.provider.calls(operation), 0, "{operation:?}");
    }
    // By its own address it is found.
    for named in [
        OWN,
        "q-dlq",
        "https://sqs.eu-west-1.amazonaws.com/000000000000/q-dlq",
    ] {
        let address = QueueAddress::parse(named).expect(named);
        let queue = world.gate.open_queue(&address).await.expect(named);
        assert_eq!(queue.arn().as_str(), OWN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_account_is_asked_for_by_its_id_and_shown() {
    let world = world(Faults::default());
    world.gate.identify().await.expect("an identity");
    let name = "partner-returns-dlq";
    world.session.create_queue(name, QueueAttributes::default());
    let foreign = |account: &str| {
        let arn = format!("arn:aws:sqs:eu-west-1:{account}:{name}");
        QueueAddress::parse(&arn).expect("a queue")
    };
    let queue = world.gate.open_queue(&foreign(PARTNER)).await;
    let queue = queue.expect("it is there");
    assert_eq!(queue.arn().account(), Some(PARTNER));
    assert_eq!(queue.shown(), format!("{name} of account {PARTNER}"));
    // There is one of that name here, but not there.
    let error = world.gate.open_queue(&foreign("999999999999")).await;
    assert_eq!(error.expect_err("not there").kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn where_attributes_are_denied_a_queue_can_be_looked_at_and_nothing_else() {
    let world = world(denied());
    for named in [OWN, "q-dlq"] {
        let address = QueueAddress::parse(named).expect(named);
        let queue = world.gate.open_queue(&address).await.expect(named);
        assert!(!queue.is_verified());
        assert_eq!(queue.arn().as_str(), OWN);
        let letters = world.gate.receive(&queue, RECEIVE).await.expect("a look");
        let handles: Vec<Handle> = letters.into_iter().map(|letter| letter.handle).collect();
        let shown = world.gate.change_visibility(&queue, &handles, 0).await;
        shown.expect("given back");
        let intention = Intention {
            operation: Operation::PurgeQueue,
            target: String::new(),
            summary: String::new(),
            command: String::new(),
        };
        let warrant = world.gate.announce(intention).await.expect("allowed");
        let message = Outgoing {
            body: crate::domain::secret::Secret::new("x".into()),
            attributes: Vec::new(),
            group: None,
            deduplication_id: None,
            trace: None,
        };
        let moving = QueueEdit::StartMove {
            to: None,
            per_second: None,
        };
        let gate = &world.gate;
        for refused in [
            gate.edit_queue(&warrant, &queue, &QueueEdit::Purge)
                .await
                .map(drop),
            gate.delete_batch(&warrant, &queue, &handles)
                .await
                .map(drop),
            gate.send_batch(&warrant, &queue, &[message])
                .await
                .map(drop),
            gate.edit_queue(&warrant, &queue, &moving).await.map(drop),
        ] {
            let error = refused.expect_err("it cannot be told which queue it is");
            assert_eq!(error.missing_action(), Some("sqs:GetQueueAttributes"));
            assert!(error.to_string().contains("nothing"), "{error}");
        }
    }
    for &operation in Operation::ALL {
        if operation.spec().class > Class::Look {
            assert_eq!(world.provider.calls(operation), 0, "{operation:?}");
        }
    }
    assert_eq!(
        world.session.contents("q-dlq").map(|all| all.len()),
        Some(3)
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_queue_is_not_taken() {
    let world = world(Faults::default());
    let other = "https://sqs.eu-west-1.amazonaws.com/000000000000/other-dlq";
    world
        .session
        .create_queue("other-dlq", QueueAttributes::default());
    let operation = Operation::PurgeQueue;
    // A journal whose two lines do not belong together.
    let mixed = address_at(operation, &Arn::new(OWN), Some(&QueueUrl::new(other)));
    assert_eq!(mixed.expect_err("two queues").kind, ErrorKind::Invalid);
}
