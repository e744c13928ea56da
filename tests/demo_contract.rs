//! The demo account keeps the contract that the real server keeps.

mod contract;

use contract::{Account, queues::Scratch};
use lambdeck::{
    demo::{Options, Provider},
    domain::{function::Arn, queue::QueueAttributes, session::Target},
    ports::Functions as _,
    runtime::clock::Clock,
};

fn function(name: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:lambda:eu-west-1:000000000000:function:{name}"
    ))
}

fn queue(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-west-1:000000000000:{name}"))
}

#[tokio::test(start_paused = true)]
async fn the_contract_holds() {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().unwrap());
    let mut options = Options::new(clock.as_fn());
    options.functions = 74;
    let session = Provider::new(options).session(&Target::default()).unwrap();
    let rows = session.list_functions(None).await.unwrap().items;
    let quiet = rows.iter().find(|row| row.name.contains("-00")).unwrap();
    let scratch = Scratch {
        standard: queue("scratch"),
        dead: queue("scratch-dead"),
        fifo: queue("scratch.fifo"),
    };
    let failing = QueueAttributes {
        dead_letter: Some(scratch.dead.clone()),
        max_receive_count: Some(2),
        ..QueueAttributes::default()
    };
    session.create_queue("scratch", failing);
    session.create_queue("scratch-dead", QueueAttributes::default());
    session.create_queue("scratch.fifo", QueueAttributes::default());
    let account = Account {
        functions: 74,
        healthy: quiet.arn.clone(),
        failing: function("payments-charge"),
        failing_event: r#"{"order":"o-1","amount":"150"}"#,
        versioned: function("orders-consumer"),
        consumer: function("orders-consumer"),
        queue: queue("orders-priority"),
        dead_letters: queue("orders-dlq"),
        scratch,
        gaps: &[],
    };
    contract::everything(&session, &account).await;
}
