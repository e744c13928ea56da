//! Where requests about queues go, how many at once, and how long an answer is waited for.

use std::{sync::Arc, time::Duration};

use lambdeck::{
    domain::queue::{QueueEdit, QueueUrl},
    ports::Queues,
};
use serde_json::json;
use tokio::sync::Barrier;

use super::queues::{LOOK, at, handles, outgoing, queue};
use crate::support::{Answer, Stub};

/// Whatever host stands in a queue's URL, signed requests go to the session's endpoint alone.
#[tokio::test]
async fn the_host_of_a_queues_url_is_never_asked() {
    let stub = Stub::script([Answer::json(&json!({}))]).await;
    let elsewhere = Stub::script([Answer::json(&json!({}))]).await;
    let session = stub.session().await;
    let urls = [
        format!("{}/123456789012/orders-dlq", elsewhere.url()),
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders-dlq".to_owned(),
        "https://sqs.attacker.example/123456789012/orders-dlq".to_owned(),
    ];
    let mut asked = 0;
    for url in urls {
        let queue = QueueUrl::new(url);
        session.queue_attributes(&queue).await.unwrap();
        session.receive(&queue, LOOK).await.unwrap();
        session.send_batch(&queue, &[outgoing("x")]).await.unwrap();
        let handles = handles(&["h"]);
        session
            .change_visibility(&queue, &handles, 0)
            .await
            .unwrap();
        session.delete_batch(&queue, &handles).await.unwrap();
        session
            .edit_queue(&at(&queue), &QueueEdit::Purge)
            .await
            .unwrap();
        asked += 6;
        assert_eq!(stub.count(), asked);
        for request in &stub.requests()[asked - 6..] {
            assert_eq!(request.json()["QueueUrl"], queue.as_str());
        }
    }
    let own = stub.address().to_string();
    for request in stub.requests() {
        assert_eq!(request.header("host"), Some(own.as_str()));
        assert_eq!(request.path, "/");
    }
    assert_eq!(elsewhere.count(), 0);
}

/// The stub answers none of them before the last has come.
#[tokio::test]
async fn a_hundred_and_twenty_eight_requests_are_under_way_at_once() {
    let barrier = Arc::new(Barrier::new(128));
    let stub = Stub::serve(move |_| Answer::json(&json!({})).together(&barrier)).await;
    let session = stub.session().await;
    let url = queue();
    let receives = (0..128).map(|_| session.receive(&url, LOOK));
    for answer in futures::future::join_all(receives).await {
        assert_eq!(answer.unwrap(), []);
    }
    assert_eq!(stub.count(), 128);
}

/// A long poll may take 20 s before the first byte of its answer.
#[tokio::test]
async fn a_long_poll_is_waited_for() {
    let stub =
        Stub::script([Answer::json(&json!({})).delayed(Duration::from_millis(20_500))]).await;
    let session = stub.session().await;
    assert_eq!(session.receive(&queue(), LOOK).await.unwrap(), []);
    assert_eq!(stub.count(), 1);
}
