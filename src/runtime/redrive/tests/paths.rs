//! Every destination and every scope, when nothing goes wrong.

use super::kit::{World, end};
use crate::{
    domain::redrive::{Destination, End, Scope},
    ports::Operation,
};

#[tokio::test(start_paused = true)]
async fn every_letter_goes_back_to_its_queue_with_three_calls_for_ten() {
    let mut world = World::new(false).await;
    world.seed(200, 0);
    let plan = world.plan();
    let last = world.run(&plan, Vec::new()).await.expect("no crash");
    assert_eq!(end(&last), &End::Complete);
    assert_eq!((last.tally.read, last.tally.moved), (200, 200));
    assert!(last.tally.adds_up() && last.tally.is_clean());
    world.account(&last, "happy");
    assert!(world.bodies(&world.dlq).is_empty());
    let calls = |operation| world.provider.calls(operation);
    assert_eq!(calls(Operation::SendMessageBatch), 20);
    assert_eq!(calls(Operation::DeleteMessageBatch), 20);
    // The queue is empty when long polls say so.
    assert!(calls(Operation::ReceiveMessage) <= 20 + 4 + 2);
    assert!(!world.is_unfinished(&plan));
}
