//! Queues on a real AWS-compatible server: what is sent comes back, and leases, FIFO, purge and
//! dead letters behave.

use std::time::Duration;

use lambdeck::{
    domain::{
        function::Arn,
        queue::{Handle, Message, Outgoing, QueueEdit, QueueUrl, Receive},
    },
    ports::{ErrorKind, Queues},
};

use super::queues::{at, bytes, outgoing, text};
use crate::support::{QueueSeed, Server, TestAccount};

/// Does not wait.
const SHORT: Receive = Receive {
    max: 10,
    visibility_s: 120,
    wait_s: 0,
};

async fn account(number: &str) -> TestAccount {
    Server::get().await.account(number).await
}

async fn seeded(account: &TestAccount, name: &str) -> QueueUrl {
    account
        .seed_queue(QueueSeed {
            name: name.into(),
            ..QueueSeed::default()
        })
        .await;
    account.session.queue_url(name, None).await.unwrap()
}

async fn send(account: &TestAccount, queue: &QueueUrl, bodies: &[&str]) {
    let messages: Vec<_> = bodies.iter().map(|body| outgoing(body)).collect();
    let answers = account.session.send_batch(queue, &messages).await.unwrap();
    for answer in answers {
        answer.unwrap();
    }
}

async fn receive(account: &TestAccount, queue: &QueueUrl) -> Vec<Message> {
    account.session.receive(queue, SHORT).await.unwrap()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    let mut bodies: Vec<_> = messages.iter().map(|m| &**m.body.reveal()).collect();
    bodies.sort_unstable();
    bodies
}

fn handles(messages: &[Message]) -> Vec<Handle> {
    messages.iter().map(|m| m.handle.clone()).collect()
}

/// Waits for a state of the server.
async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("it comes to that")
}

#[tokio::test]
async fn every_queue_of_the_account_is_listed() {
    let account = account("000000000201").await;
    for name in ["a", "b", "c.fifo"] {
        seeded(&account, name).await;
    }
    let page = account.session.list_queues(None).await.unwrap();
    let mut names: Vec<_> = page.items.iter().map(QueueUrl::name).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c.fifo"]);
    let c = account.session.queue_url("c.fifo", None).await.unwrap();
    assert!(account.session.queue_attributes(&c).await.unwrap().fifo);
    let error = account.session.queue_url("d", None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
}

#[tokio::test]
async fn what_is_sent_comes_back_whole() {
    let account = account("000000000202").await;
    let queue = seeded(&account, "letters").await;
    let message = Outgoing {
        attributes: vec![
            ("Amount".into(), text("Number.float", "1.50")),
            ("Proof".into(), bytes("Binary.png", &[0, 255, 128])),
            ("RequestID".into(), text("String", "grüße")),
        ],
        trace: Some("Root=1-5759e988-bd862e3fe1be46a994272793".into()),
        ..outgoing("{\"text\": \"grüße \u{1F680}\", \"n\": 1}\n")
    };
    // That the answer is no failure shows also that both checksums agree with the server's.
    let sent = account
        .session
        .send_batch(&queue, std::slice::from_ref(&message))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let received = receive(&account, &queue).await;
    let [letter] = &received[..] else {
        panic!("one letter")
    };
    assert_eq!(letter.flaw, None, "here too both checksums agree");
    assert_eq!(*letter.id, *sent.id);
    assert_eq!(letter.body, message.body);
    assert_eq!(letter.attributes, message.attributes);
    assert_eq!(letter.bytes(), message.bytes());
    assert_eq!(letter.system.receive_count, 1);
    assert!(letter.system.sent.is_some() && letter.system.first_received.is_some());
    assert_eq!(letter.system.dead_letter_source, None);
}

#[tokio::test]
async fn a_lease_hides_a_message_until_it_is_given_back() {
    let account = account("000000000203").await;
    let queue = seeded(&account, "leases").await;
    send(&account, &queue, &["a", "b", "c"]).await;
    let first = receive(&account, &queue).await;
    assert_eq!(bodies(&first), ["a", "b", "c"]);
    assert_eq!(receive(&account, &queue).await, []);
    let attributes = account.session.queue_attributes(&queue).await.unwrap();
    assert_eq!((attributes.visible, attributes.in_flight), (0, 3));

    let back = account
        .session
        .change_visibility(&queue, &handles(&first[..2]), 0)
        .await
        .unwrap();
    assert_eq!(back, [Ok(()), Ok(())]);
    let again = receive(&account, &queue).await;
    assert_eq!(again.len(), 2);
    for letter in &again {
        assert_eq!(letter.system.receive_count, 2, "a look is a receive");
        let before = first.iter().find(|message| message.id == letter.id);
        assert_ne!(before.unwrap().handle, letter.handle);
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let account = account("000000000204").await;
    let queue = seeded(&account, "deletes").await;
    send(&account, &queue, &["a", "b"]).await;
    let received = receive(&account, &queue).await;
    let mut handles = handles(&received);
    handles.push(Handle::new("no such handle".into()));
    let answers = account
        .session
        .delete_batch(&queue, &handles)
        .await
        .unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[..2], [Ok(()), Ok(())]);
    let attributes = account.session.queue_attributes(&queue).await.unwrap();
    assert_eq!((attributes.visible, attributes.in_flight), (0, 0));
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_and_drops_what_it_has_seen() {
    let account = account("000000000205").await;
    let queue = seeded(&account, "orders.fifo").await;
    let message = |body: &str, id: &str| Outgoing {
        group: Some("g".into()),
        deduplication_id: Some(id.into()),
        ..outgoing(body)
    };
    let batch = [
        message("1", "a"),
        message("2", "b"),
        message("1 again", "a"),
    ];
    let answers = account.session.send_batch(&queue, &batch).await.unwrap();
    let sequences: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().sequence.is_some())
        .collect();
    assert_eq!(sequences, [true, true, true]);
    let received = receive(&account, &queue).await;
    let order: Vec<_> = received.iter().map(|m| &**m.body.reveal()).collect();
    assert_eq!(order, ["1", "2"]);
    let system = &received[0].system;
    assert_eq!(system.group.as_deref(), Some("g"));
    assert_eq!(system.deduplication_id.as_deref(), Some("a"));
    assert!(system.sequence.is_some());
}

#[tokio::test]
async fn a_purge_leaves_nothing() {
    let account = account("000000000206").await;
    let queue = seeded(&account, "purged").await;
    send(&account, &queue, &["a", "b", "c"]).await;
    let dead = at(&queue);
    let purge = account.session.edit_queue(&dead, &QueueEdit::Purge);
    purge.await.unwrap();
    until(async || {
        let attributes = account.session.queue_attributes(&queue).await.unwrap();
        (attributes.visible == 0).then_some(())
    })
    .await;
    assert_eq!(receive(&account, &queue).await, []);
}

#[tokio::test]
async fn a_message_received_too_often_becomes_a_letter_with_its_source() {
    let account = account("000000000207").await;
    let dead = account
        .seed_queue(QueueSeed {
            name: "orders-dlq".into(),
            ..QueueSeed::default()
        })
        .await;
    let source: Arn = account
        .seed_queue(QueueSeed {
            name: "orders".into(),
            visibility_timeout_s: Some(30),
            redrive: Some((dead.clone(), 1)),
        })
        .await;
    let queue = account.session.queue_url("orders", None).await.unwrap();
    let attributes = account.session.queue_attributes(&queue).await.unwrap();
    assert_eq!(attributes.dead_letter, Some(dead));
    assert_eq!(attributes.max_receive_count, Some(1));
    send(&account, &queue, &["poison"]).await;
    let dead = account.session.queue_url("orders-dlq", None).await.unwrap();
    let letter = until(async || {
        let received = receive(&account, &queue).await;
        account
            .session
            .change_visibility(&queue, &handles(&received), 0)
            .await
            .unwrap();
        receive(&account, &dead).await.pop()
    })
    .await;
    assert_eq!(&**letter.body.reveal(), "poison");
    assert_eq!(letter.system.dead_letter_source, Some(source));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_message() {
    let account = account("000000000208").await;
    let queue = seeded(&account, "slow").await;
    let waiting = Receive {
        wait_s: 20,
        ..SHORT
    };
    let (received, ()) = tokio::join!(account.session.receive(&queue, waiting), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        send(&account, &queue, &["at last"]).await;
    });
    assert_eq!(bodies(&received.unwrap()), ["at last"]);
}

#[tokio::test]
async fn a_queue_that_is_gone_is_not_found() {
    let account = account("000000000209").await;
    let queue = seeded(&account, "here").await;
    let gone = QueueUrl::new(queue.as_str().replace("here", "gone"));
    let session = &account.session;
    let errors = [
        session.queue_attributes(&gone).await.unwrap_err(),
        session.receive(&gone, SHORT).await.unwrap_err(),
        session
            .send_batch(&gone, &[outgoing("x")])
            .await
            .unwrap_err(),
        session
            .edit_queue(&at(&gone), &QueueEdit::Purge)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
    }
}
