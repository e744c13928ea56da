//! The contract of queues: what SQS does with a message from its send to its end.

use std::{collections::HashSet, time::Duration};

use lambdeck::{
    domain::{
        function::Arn,
        place::Place,
        queue::{
            AttributeValue, Handle, Message, MessageAttribute, OpenQueue, Outgoing, QueueAddress,
            QueueAttributes, QueueEdit, QueueUrl, Receive,
        },
        secret::Secret,
    },
    ports::{ErrorKind, Session},
};

use super::{Account, Gap};

/// Empty queues that nobody else uses, for the contract to fill.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// Two receives until its messages go to `dead`.
    pub standard: Arn,
    pub dead: Arn,
    pub fifo: Arn,
}

/// Everything about queues, one after the other.
pub async fn everything(session: &dyn Session, account: &Account) {
    let urls = Urls {
        standard: listed(session, &account.scratch.standard).await,
        dead: listed(session, &account.scratch.dead).await,
        fifo: listed(session, &account.scratch.fifo).await,
    };
    attributes(session, account, &urls).await;
    limits(session, &urls).await;
    a_message_lives(session, &urls).await;
    a_letter_dies(session, account, &urls).await;
    fifo(session, &urls).await;
    purge(session, account, &urls).await;
    if !account.lacks(Gap::MoveTasks) {
        move_task(session, account, &urls).await;
    }
}

struct Urls {
    standard: QueueUrl,
    dead: QueueUrl,
    fifo: QueueUrl,
}

/// A queue that was found, at this URL.
pub fn opened(arn: &Arn, url: &QueueUrl) -> OpenQueue {
    let place = Place {
        region: arn.region().unwrap_or_default().to_owned(),
        account: arn.account().map(str::to_owned),
        has_custom_endpoint: true,
    };
    let reported = QueueAttributes {
        arn: Some(arn.clone()),
        ..QueueAttributes::default()
    };
    let address = QueueAddress::of(arn).unwrap();
    OpenQueue::reported(&address, &place, url.clone(), reported).unwrap()
}

/// A queue is listed once, under the URL that its name leads to.
async fn listed(session: &dyn Session, queue: &Arn) -> QueueUrl {
    let name = queue.resource_name();
    let (mut urls, mut marker) = (Vec::new(), None);
    loop {
        let page = session.list_queues(marker).await.unwrap();
        urls.extend(page.items);
        marker = page.next;
        if marker.is_none() {
            break;
        }
    }
    let mine: Vec<_> = urls.iter().filter(|url| url.name() == name).collect();
    let url = session.queue_url(name, None).await.unwrap();
    assert_eq!(mine, [&url]);
    assert_eq!(session.queue_url(name, queue.account()).await.unwrap(), url);
    let error = session
        .queue_url("nobody-made-this", None)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
    url
}

/// Settings tell what a queue is.
async fn attributes(session: &dyn Session, account: &Account, urls: &Urls) {
    let standard = session.queue_attributes(&urls.standard).await.unwrap();
    assert_eq!(standard.arn.as_ref(), Some(&account.scratch.standard));
    assert_eq!(standard.dead_letter.as_ref(), Some(&account.scratch.dead));
    assert_eq!(standard.max_receive_count, Some(2));
    assert_eq!(
        (standard.visible, standard.in_flight, standard.delayed),
        (0, 0, 0)
    );
    assert!(!standard.fifo && standard.maximum_bytes.is_some() && standard.delay_s == Some(0));
    assert!(session.queue_attributes(&urls.fifo).await.unwrap().fifo);
}

/// Batches have 1 to 10 entries; a queue that is not there is said so by every call.
async fn limits(session: &dyn Session, urls: &Urls) {
    let eleven = vec![outgoing("x"); 11];
    let error = session
        .send_batch(&urls.standard, &eleven)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error:?}");
    let nothing = session.send_batch(&urls.standard, &[]).await.unwrap();
    assert_eq!(nothing, [], "nothing is asked for nothing");
    let nowhere = urls
        .standard
        .as_str()
        .replace(urls.standard.name(), "nobody-made-this");
    let nowhere = QueueUrl::new(nowhere);
    let receive = session.receive(&nowhere, polling(10)).await;
    let send = session.send_batch(&nowhere, &[outgoing("x")]).await;
    for error in [receive.unwrap_err(), send.unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
    }
}

/// Sent, received, given back, received again, deleted.
async fn a_message_lives(session: &dyn Session, urls: &Urls) {
    let queue = &urls.standard;
    let attribute = MessageAttribute {
        data_type: "String".into(),
        value: AttributeValue::Text("8f0c".to_owned().into()),
    };
    let batch = ["one", "two", "three"].map(|body| Outgoing {
        attributes: vec![("RequestID".into(), attribute.clone())],
        ..outgoing(body)
    });
    let sent = session.send_batch(queue, &batch).await.unwrap();
    let sent: HashSet<_> = sent.into_iter().map(|sent| sent.unwrap().id).collect();
    assert_eq!(sent.len(), 3, "every message has its own id");

    let first = all(session, queue, 3).await;
    let received: HashSet<_> = first.iter().map(|message| message.id.to_string()).collect();
    assert_eq!(received, sent);
    for message in &first {
        assert_eq!(message.attributes, batch[0].attributes);
        let system = &message.system;
        assert_eq!(system.receive_count, 1);
        assert!(system.sent.is_some() && system.first_received.is_some());
        assert_eq!(system.dead_letter_source, None);
    }
    let counts = session.queue_attributes(queue).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 3));
    assert_eq!(
        session.receive(queue, polling(10)).await.unwrap(),
        [],
        "hidden"
    );

    give_back(session, queue, &first[..1]).await;
    let again = all(session, queue, 1).await.remove(0);
    assert_eq!((&again.id, again.system.receive_count), (&first[0].id, 2));
    assert_ne!(again.handle, first[0].handle, "new at every receive");
    let handles = [&again, &first[1], &first[2]].map(|message| message.handle.clone());
    let renewed = session
        .change_visibility(queue, &handles, 60)
        .await
        .unwrap();
    assert_eq!(renewed, [Ok(()), Ok(()), Ok(())]);
    delete(session, queue, &handles).await;
    let counts = session.queue_attributes(queue).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 0));
}

/// What is received too often moves to the dead-letter queue, and knows where it was.
async fn a_letter_dies(session: &dyn Session, account: &Account, urls: &Urls) {
    let sent = session
        .send_batch(&urls.standard, &[outgoing("bad")])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    for _ in 0..2 {
        let message = all(session, &urls.standard, 1).await;
        give_back(session, &urls.standard, &message).await;
    }
    let gone = session.receive(&urls.standard, polling(10)).await.unwrap();
    assert_eq!(gone, [], "the third receive moves it");
    let letter = all(session, &urls.dead, 1).await.remove(0);
    assert_eq!(*letter.id, *sent.id, "the same message");
    assert_eq!(
        letter.system.dead_letter_source.as_ref(),
        Some(&account.scratch.standard)
    );
    delete(session, &urls.dead, &[letter.handle]).await;
}

/// Groups are locked and in order; an id is taken once.
async fn fifo(session: &dyn Session, urls: &Urls) {
    let message = |body: &str, group: &str, id: &str| Outgoing {
        group: Some(group.into()),
        deduplication_id: Some(id.into()),
        ..outgoing(body)
    };
    let batch = [
        message("a1", "a", "1"),
        message("a2", "a", "2"),
        message("again", "a", "1"),
    ];
    let answers = session.send_batch(&urls.fifo, &batch).await.unwrap();
    let ids: Vec<_> = answers.into_iter().map(|sent| sent.unwrap().id).collect();
    assert_eq!(ids[0], ids[2], "the answer is that of the first");
    let ungrouped = session.send_batch(&urls.fifo, &[outgoing("x")]).await;
    assert!(
        ungrouped.is_err() || ungrouped.is_ok_and(|answers| answers[0].is_err()),
        "a group is needed"
    );

    let one = Receive {
        max: 1,
        ..polling(1)
    };
    let first = session.receive(&urls.fifo, one).await.unwrap();
    assert_eq!(bodies(&first), ["a1"]);
    assert_eq!(first[0].system.group.as_deref(), Some("a"));
    assert_eq!(first[0].system.deduplication_id.as_deref(), Some("1"));
    assert!(first[0].system.sequence.is_some());
    let locked = session.receive(&urls.fifo, polling(10)).await.unwrap();
    assert_eq!(bodies(&locked), [""; 0], "its group is locked");
    delete(session, &urls.fifo, &[first[0].handle.clone()]).await;
    let rest = all(session, &urls.fifo, 1).await;
    assert_eq!(bodies(&rest), ["a2"], "and «again» never was");
    delete(session, &urls.fifo, &[rest[0].handle.clone()]).await;
}

/// A purge leaves nothing, in flight or not.
async fn purge(session: &dyn Session, account: &Account, urls: &Urls) {
    let batch = ["one", "two"].map(outgoing);
    session.send_batch(&urls.dead, &batch).await.unwrap();
    let one = Receive {
        max: 1,
        ..polling(1)
    };
    session.receive(&urls.dead, one).await.unwrap();
    let dead = opened(&account.scratch.dead, &urls.dead);
    session.edit_queue(&dead, &QueueEdit::Purge).await.unwrap();
    let counts = session.queue_attributes(&urls.dead).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 0));
}

/// AWS's own redrive empties a dead-letter queue into the source.
async fn move_task(session: &dyn Session, account: &Account, urls: &Urls) {
    session
        .send_batch(&urls.dead, &["one", "two"].map(outgoing))
        .await
        .unwrap();
    let dead = opened(&account.scratch.dead, &urls.dead);
    let start = QueueEdit::StartMove {
        to: Some(opened(&account.scratch.standard, &urls.standard)),
        per_second: None,
    };
    session.edit_queue(&dead, &start).await.unwrap();
    let task = loop {
        let tasks = session.move_tasks(&account.scratch.dead).await.unwrap();
        if !tasks[0].is_running() {
            break tasks[0].clone();
        }
        assert!(tasks[0].handle.is_some(), "it can be cancelled");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((task.status.as_str(), task.moved), ("COMPLETED", 2));
    assert_eq!(task.handle, None);
    let moved = all(session, &urls.standard, 2).await;
    let handles: Vec<_> = moved.into_iter().map(|message| message.handle).collect();
    delete(session, &urls.standard, &handles).await;
}

/// Receives until that many came.
async fn all(session: &dyn Session, queue: &QueueUrl, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let looks = async {
        while messages.len() < count {
            messages.extend(session.receive(queue, polling(10)).await.unwrap());
        }
    };
    tokio::time::timeout(Duration::from_mins(1), looks)
        .await
        .expect("they come");
    assert_eq!(messages.len(), count, "{messages:?}");
    messages
}

async fn give_back(session: &dyn Session, queue: &QueueUrl, messages: &[Message]) {
    let handles: Vec<_> = messages.iter().map(|m| m.handle.clone()).collect();
    for answer in session.change_visibility(queue, &handles, 0).await.unwrap() {
        answer.unwrap();
    }
}

async fn delete(session: &dyn Session, queue: &QueueUrl, handles: &[Handle]) {
    for answer in session.delete_batch(queue, handles).await.unwrap() {
        answer.unwrap();
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| &**m.body.reveal()).collect()
}

fn polling(max: u8) -> Receive {
    Receive {
        max,
        visibility_s: 120,
        wait_s: 1,
    }
}

fn outgoing(body: &str) -> Outgoing {
    Outgoing {
        body: Secret::new(body.into()),
        attributes: Vec::new(),
        group: None,
        deduplication_id: None,
        trace: None,
    }
}
