//! The rules of SQS, one by one, through the ports.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::{
    super::{ACCOUNT, Faults, Options, Provider, Session, dice::Dice},
    State,
    queue::MAX_IN_FLIGHT,
};
use crate::{
    domain::{
        function::Arn,
        letter::decode::{Known, decode},
        log::LogQuery,
        queue::{
            AttributeValue, EntryError, Handle, MAX_BYTES, Message, MessageAttribute, OpenQueue,
            Outgoing, QueueAttributes, QueueEdit, QueueEdited, QueueUrl, Receive,
        },
        session::Target,
    },
    ports::{ApiError, ErrorKind, Functions, Logs, Operation, Queues, Session as _},
    runtime::clock::Clock,
};

const NOW: i64 = 1_795_141_740_000;

struct World {
    now: Arc<AtomicI64>,
    provider: Provider,
    session: Session,
}

fn world() -> World {
    let now = Arc::new(AtomicI64::new(NOW));
    let clock = Arc::clone(&now);
    let mut options = Options::new(Arc::new(move || {
        Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("in range")
    }));
    options.latency = Some(Duration::ZERO);
    let provider = Provider::new(options);
    let session = provider.session(&Target::default()).expect("opens");
    World {
        now,
        provider,
        session,
    }
}

impl World {
    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    fn inject(&self, faults: Faults) {
        self.provider.inject(faults);
    }

    async fn receive(&self, url: &QueueUrl, max: u8, visibility_s: u32) -> Vec<Message> {
        let receive = polling(max, visibility_s, 1);
        self.session.receive(url, receive).await.expect("answers")
    }

    async fn send(&self, url: &QueueUrl, message: Outgoing) -> Result<String, EntryError> {
        let mut answer = self
            .session
            .send_batch(url, &[message])
            .await
            .expect("sent");
        answer.remove(0).map(|sent| sent.id)
    }

    async fn delete(&self, url: &QueueUrl, message: &Message) -> Result<(), EntryError> {
        let handles = [message.handle.clone()];
        let mut answer = self
            .session
            .delete_batch(url, &handles)
            .await
            .expect("asked");
        answer.remove(0)
    }

    async fn hide(&self, url: &QueueUrl, message: &Message, s: u32) -> Result<(), EntryError> {
        let handles = [message.handle.clone()];
        let changed = self.session.change_visibility(url, &handles, s).await;
        changed.expect("asked").remove(0)
    }

    async fn counts(&self, url: &QueueUrl) -> (u64, u64, u64) {
        let found = self.session.queue_attributes(url).await.expect("exists");
        (found.visible, found.in_flight, found.delayed)
    }

    fn depth(&self, queue: &str) -> usize {
        self.session.contents(queue).expect("exists").len()
    }
}

fn polling(max: u8, visibility_s: u32, wait_s: u32) -> Receive {
    Receive {
        max,
        visibility_s,
        wait_s,
    }
}

fn outgoing(body: &str) -> Outgoing {
    Outgoing {
        body: crate::domain::secret::Secret::new(body.into()),
        attributes: Vec::new(),
        group: None,
        deduplication_id: None,
        trace: None,
    }
}

fn grouped(body: &str, group: &str) -> Outgoing {
    Outgoing {
        group: Some(group.into()),
        ..outgoing(body)
    }
}

fn attribute(name: &str, value: &str) -> (String, MessageAttribute) {
    let value = AttributeValue::Text(value.to_owned().into());
    let data_type = "String".into();
    (name.into(), MessageAttribute { data_type, value })
}

fn sqs(queue: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:{queue}"))
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| &**m.body.reveal()).collect()
}

fn by_content() -> QueueAttributes {
    QueueAttributes {
        content_based_deduplication: true,
        ..QueueAttributes::default()
    }
}

fn failing_to(target: &str, receives: u32) -> QueueAttributes {
    QueueAttributes {
        dead_letter: Some(sqs(target)),
        max_receive_count: Some(receives),
        ..QueueAttributes::default()
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, EntryError>) -> String {
    let error = answer.expect_err("refused");
    assert!(error.sender_fault, "{error:?}");
    error.code
}

#[tokio::test(start_paused = true)]
async fn a_received_message_is_hidden_until_its_time_is_over() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    let id = world.send(&url, outgoing("one")).await.expect("sent");
    let first = world.receive(&url, 10, 30).await;
    assert_eq!((&*first[0].id, bodies(&first)), (&*id, vec!["one"]));
    assert_eq!(world.counts(&url).await, (0, 1, 0));
    assert!(world.receive(&url, 10, 30).await.is_empty());
    world.pass(29);
    assert!(world.receive(&url, 10, 30).await.is_empty());
    world.pass(1);
    let second = world.receive(&url, 10, 30).await;
    assert_eq!(second[0].id, first[0].id);
    assert_ne!(second[0].handle, first[0].handle);
    let system = &second[0].system;
    let ms = |at: Option<Timestamp>| at.expect("has it").as_millisecond();
    assert_eq!(system.receive_count, 2);
    assert_eq!((ms(system.sent), ms(system.first_received)), (NOW, NOW));
    assert_eq!(system.dead_letter_source, None);
}

#[tokio::test(start_paused = true)]
async fn only_the_newest_handle_of_a_standard_queue_deletes() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.session.put("q", ["one"]);
    let old = world.receive(&url, 1, 5).await.remove(0);
    world.pass(6);
    let new = world.receive(&url, 1, 5).await.remove(0);
    assert_eq!(world.delete(&url, &old).await, Ok(()), "it says so");
    assert_eq!(world.depth("q"), 1, "but it is still there");
    world.pass(6);
    assert_eq!(
        world.delete(&url, &new).await,
        Ok(()),
        "expired, not received again"
    );
    assert_eq!(world.depth("q"), 0);
    assert_eq!(world.delete(&url, &new).await, Ok(()), "twice is once");
    let garbage = Message {
        handle: Handle::new("AQEBnonsense".into()),
        ..new
    };
    assert_eq!(
        code(world.delete(&url, &garbage).await),
        "ReceiptHandleIsInvalid"
    );
    assert_eq!(
        code(world.hide(&url, &garbage, 9).await),
        "ReceiptHandleIsInvalid"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_another_queue_is_no_handle() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    let other = world
        .session
        .create_queue("other", QueueAttributes::default());
    world.session.put("q", ["one"]);
    let message = world.receive(&url, 1, 5).await.remove(0);
    assert_eq!(
        code(world.delete(&other, &message).await),
        "ReceiptHandleIsInvalid"
    );
}

#[tokio::test(start_paused = true)]
async fn visibility_is_renewed_given_back_and_lost() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.session.put("q", ["one"]);
    let message = world.receive(&url, 1, 10).await.remove(0);
    world.pass(9);
    assert_eq!(world.hide(&url, &message, 10).await, Ok(()));
    world.pass(9);
    assert!(world.receive(&url, 1, 10).await.is_empty(), "renewed");
    assert_eq!(
        code(world.hide(&url, &message, 43_200).await),
        "InvalidParameterValue"
    );
    assert_eq!(world.hide(&url, &message, 0).await, Ok(()));
    assert_eq!(world.counts(&url).await, (1, 0, 0), "given back at once");
    assert_eq!(
        code(world.hide(&url, &message, 9).await),
        "MessageNotInflight"
    );
    let again = world.receive(&url, 1, 10).await.remove(0);
    assert_eq!(
        code(world.hide(&url, &message, 9).await),
        "InvalidParameterValue"
    );
    assert_eq!(world.delete(&url, &again).await, Ok(()));
    assert_eq!(
        code(world.hide(&url, &again, 9).await),
        "InvalidParameterValue"
    );
    assert!(world.receive(&url, 1, 0).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_visibility_of_zero_hides_nothing() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.session.put("q", ["one"]);
    for receives in 1..4 {
        let message = world.receive(&url, 1, 0).await.remove(0);
        assert_eq!(message.system.receive_count, receives);
    }
}

#[tokio::test(start_paused = true)]
async fn fifo_refuses_expired_handles_and_locks_groups_in_order() {
    let world = world();
    let url = world.session.create_queue("q.fifo", by_content());
    for (body, group) in [
        ("a1", "a"),
        ("b1", "b"),
        ("a2", "a"),
        ("a3", "a"),
        ("b2", "b"),
    ] {
        world.send(&url, grouped(body, group)).await.expect("sent");
    }
    let first = world.receive(&url, 2, 30).await;
    assert_eq!(
        bodies(&first),
        ["a1", "a2"],
        "as many of one group as there are"
    );
    let second = world.receive(&url, 10, 30).await;
    assert_eq!(bodies(&second), ["b1", "b2"], "group a is locked");
    assert!(world.receive(&url, 10, 30).await.is_empty());
    assert_eq!(world.counts(&url).await, (1, 4, 0));
    world.delete(&url, &first[0]).await.expect("deleted");
    assert!(
        world.receive(&url, 10, 30).await.is_empty(),
        "a2 still locks a3"
    );
    world.hide(&url, &first[1], 0).await.expect("given back");
    assert_eq!(bodies(&world.receive(&url, 10, 5).await), ["a2", "a3"]);
    world.pass(31);
    assert_eq!(
        code(world.delete(&url, &second[0]).await),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(world.hide(&url, &second[0], 9).await),
        "InvalidParameterValue"
    );
    assert_eq!(
        bodies(&world.receive(&url, 10, 5).await),
        ["b1", "b2", "a2", "a3"]
    );
}

#[tokio::test(start_paused = true)]
async fn fifo_takes_a_deduplication_id_once_in_five_minutes() {
    let world = world();
    let url = world
        .session
        .create_queue("q.fifo", QueueAttributes::default());
    let message = |body: &str| Outgoing {
        deduplication_id: Some("d-1".into()),
        ..grouped(body, "a")
    };
    let id = world.send(&url, message("one")).await;
    assert_eq!(
        world.send(&url, message("another")).await,
        id,
        "the same message id"
    );
    let received = world.receive(&url, 10, 30).await;
    assert_eq!(bodies(&received), ["one"]);
    assert_eq!(received[0].system.deduplication_id.as_deref(), Some("d-1"));
    assert!(received[0].system.sequence.is_some());
    world.delete(&url, &received[0]).await.expect("deleted");
    world.pass(299);
    assert_eq!(
        world.send(&url, message("one")).await,
        id,
        "deleted, still remembered"
    );
    assert_eq!(world.depth("q.fifo"), 0);
    world.pass(1);
    assert_ne!(world.send(&url, message("one")).await, id);
    assert_eq!(world.depth("q.fifo"), 1);
}

#[tokio::test(start_paused = true)]
async fn fifo_wants_a_group_and_an_id_which_the_content_can_be() {
    let world = world();
    let strict = world
        .session
        .create_queue("s.fifo", QueueAttributes::default());
    let lax = world.session.create_queue("l.fifo", by_content());
    assert_eq!(
        code(world.send(&lax, outgoing("x")).await),
        "MissingParameter"
    );
    assert_eq!(
        code(world.send(&strict, grouped("x", "g")).await),
        "InvalidParameterValue"
    );
    let first = world.send(&lax, grouped("x", "g")).await;
    assert_eq!(world.send(&lax, grouped("x", "other")).await, first);
    assert_ne!(world.send(&lax, grouped("y", "g")).await, first);
    let standard = world.session.create_queue("q", QueueAttributes::default());
    let with_id = Outgoing {
        deduplication_id: Some("d".into()),
        ..outgoing("x")
    };
    assert_eq!(
        code(world.send(&standard, with_id).await),
        "InvalidParameterValue"
    );
    assert!(world.send(&standard, grouped("x", "fair")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn batches_and_messages_have_limits() {
    let world = world();
    let settings = QueueAttributes {
        maximum_bytes: Some(1024),
        ..QueueAttributes::default()
    };
    let small = world.session.create_queue("small", settings);
    let large = world
        .session
        .create_queue("large", QueueAttributes::default());
    let refused = async |messages: &[Outgoing]| -> ApiError {
        let answer = world.session.send_batch(&large, messages).await;
        answer.expect_err("refused")
    };
    assert_eq!(
        refused(&vec![outgoing("x"); 11]).await.kind,
        ErrorKind::Invalid
    );
    let half = outgoing(&"x".repeat(MAX_BYTES / 2));
    assert!(
        world
            .session
            .send_batch(&large, &[half.clone(), half.clone()])
            .await
            .is_ok()
    );
    let error = refused(&[half.clone(), half, outgoing("x")]).await;
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(
        error
            .code
            .is_some_and(|code| code.ends_with("BatchRequestTooLong"))
    );
    assert_eq!(
        world.depth("large"),
        2,
        "nothing of a refused batch is sent"
    );

    let mut wide = outgoing("x");
    wide.attributes = (0..11).map(|n| attribute(&format!("a{n}"), "v")).collect();
    let mut weighty = outgoing(&"x".repeat(1000));
    weighty.attributes = vec![attribute("note", &"y".repeat(100))];
    let mut nameless = outgoing("x");
    nameless.attributes = vec![attribute("no spaces", "v")];
    let batch = [
        outgoing("fine"),
        wide,
        weighty,
        outgoing("bell \u{7}"),
        outgoing(""),
        nameless,
    ];
    let answers = world
        .session
        .send_batch(&small, &batch)
        .await
        .expect("asked");
    let codes: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.map_or_else(|error| error.code, |_| "ok".into()))
        .collect();
    assert_eq!(
        codes,
        [
            "ok",
            "InvalidParameterValue",
            "InvalidParameterValue",
            "InvalidMessageContents",
            "MissingParameter",
            "InvalidParameterValue"
        ]
    );
    for receive in [
        polling(0, 1, 0),
        polling(11, 1, 0),
        polling(1, 43_201, 0),
        polling(1, 1, 21),
    ] {
        let answer = world.session.receive(&small, receive).await;
        assert_eq!(
            answer.expect_err("refused").kind,
            ErrorKind::Invalid,
            "{receive:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn attributes_and_the_checksum_come_back() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    let bytes = MessageAttribute {
        data_type: "Binary".into(),
        value: AttributeValue::Bytes(vec![0, 255].into()),
    };
    let message = Outgoing {
        attributes: vec![attribute("z", "last"), ("a".into(), bytes.clone())],
        trace: Some("Root=1-2-3".into()),
        ..grouped("hello", "fair")
    };
    let sent = world
        .session
        .send_batch(&url, &[message])
        .await
        .expect("sent");
    let md5 = sent[0].as_ref().expect("taken").body_md5.as_str();
    assert_eq!(md5, "5d41402abc4b2a76b9719d911017c592");
    let received = world.receive(&url, 1, 1).await.remove(0);
    assert_eq!(
        received.attributes,
        [("a".into(), bytes), attribute("z", "last")]
    );
    assert_eq!(received.system.group.as_deref(), Some("fair"));
    assert_eq!(received.system.trace.as_deref(), Some("Root=1-2-3"));
    assert_eq!(
        (received.system.sequence, received.system.deduplication_id),
        (None, None)
    );
}

#[tokio::test(start_paused = true)]
async fn delayed_messages_wait_and_old_ones_vanish() {
    let world = world();
    let settings = QueueAttributes {
        delay_s: Some(20),
        retention_s: Some(60),
        ..QueueAttributes::default()
    };
    let url = world.session.create_queue("q", settings);
    world.session.put("q", ["one"]);
    assert_eq!(world.counts(&url).await, (0, 0, 1));
    assert_eq!(
        world.session.contents("q").expect("exists")[0].state,
        State::Delayed
    );
    world.pass(20);
    assert_eq!(world.receive(&url, 1, 600).await.len(), 1);
    world.pass(39);
    assert_eq!(world.counts(&url).await, (0, 1, 0));
    world.pass(1);
    assert_eq!(world.counts(&url).await, (0, 0, 0), "in flight or not");
}

#[tokio::test(start_paused = true)]
async fn messages_received_too_often_move_to_the_dead_letter_queue() {
    let world = world();
    let dead = world
        .session
        .create_queue("dead", QueueAttributes::default());
    let url = world.session.create_queue("q", failing_to("dead", 2));
    let id = world.send(&url, outgoing("bad")).await.expect("sent");
    for receive in 1..=2 {
        let message = world.receive(&url, 1, 10).await.remove(0);
        assert_eq!(message.system.receive_count, receive);
        world.pass(10);
    }
    assert_eq!(
        (world.depth("q"), world.depth("dead")),
        (1, 0),
        "moved by a receive"
    );
    assert!(world.receive(&url, 1, 10).await.is_empty());
    assert_eq!((world.depth("q"), world.depth("dead")), (0, 1));
    let letter = world.receive(&dead, 1, 10).await.remove(0);
    assert_eq!(&*letter.id, &*id, "the same message");
    let system = &letter.system;
    assert_eq!(system.dead_letter_source, Some(sqs("q")));
    assert_eq!(system.receive_count, 3, "over all queues");
    assert_eq!(
        system.sent.expect("has it").as_millisecond(),
        NOW,
        "sent when it was sent"
    );

    let back = world.send(&url, outgoing("bad")).await.expect("sent");
    assert_ne!(back, id, "a new message");
    let again = world.receive(&url, 1, 10).await.remove(0);
    assert_eq!(again.system.receive_count, 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_when_the_dead_letter_queue_is_gone() {
    let world = world();
    let url = world.session.create_queue("q", failing_to("nowhere", 1));
    world.session.put("q", ["bad"]);
    for _ in 0..3 {
        assert_eq!(world.receive(&url, 1, 0).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn fifo_letters_begin_anew_in_the_dead_letter_queue() {
    let world = world();
    let dead = world
        .session
        .create_queue("dead.fifo", QueueAttributes::default());
    let settings = QueueAttributes {
        content_based_deduplication: true,
        ..failing_to("dead.fifo", 1)
    };
    let url = world.session.create_queue("q.fifo", settings);
    world.send(&url, grouped("bad", "g")).await.expect("sent");
    world.send(&url, grouped("good", "g")).await.expect("sent");
    let first = world.receive(&url, 1, 10).await.remove(0);
    world.pass(10);
    assert_eq!(
        bodies(&world.receive(&url, 1, 10).await),
        ["good"],
        "the next of the group"
    );
    let letter = world.receive(&dead, 1, 10).await.remove(0);
    assert_eq!(letter.id, first.id);
    assert_eq!(letter.system.deduplication_id.as_deref(), Some(&*letter.id));
    assert_eq!(letter.system.group.as_deref(), Some("g"));
    assert_eq!(
        letter.system.sent.expect("has it").as_millisecond(),
        NOW + 10_000
    );
}

#[tokio::test(start_paused = true)]
async fn only_so_many_messages_can_be_in_flight() {
    let world = world();
    for name in ["q", "q.fifo"] {
        let url = world.session.create_queue(name, by_content());
        let message = |n: usize| super::Stored {
            group: Some(format!("{n}").into()),
            ..super::Stored::of("x")
        };
        world.session.put(name, (0..=MAX_IN_FLIGHT).map(message));
        {
            let mut sqs = world.session.account.sqs(NOW);
            let queue = sqs.at(&url).expect("exists");
            let taken = queue.receive(2 * MAX_IN_FLIGHT, 600, NOW, None, false);
            assert_eq!(
                taken.expect("under the limit").messages.len(),
                MAX_IN_FLIGHT
            );
        }
        assert_eq!(world.counts(&url).await, (1, MAX_IN_FLIGHT as u64, 0));
        let more = world.session.receive(&url, polling(1, 1, 0)).await;
        if name == "q" {
            let error = more.expect_err("too many");
            assert_eq!(error.code.as_deref(), Some("OverLimit"));
        } else {
            assert!(more.expect("no error").is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_waits_for_a_message_and_a_short_one_misses_some() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    let clock = Clock::following_tokio(Timestamp::UNIX_EPOCH);
    let elapsed = || clock.now().as_millisecond();
    assert!(world.receive(&url, 1, 1).await.is_empty());
    assert_eq!(elapsed(), 1000);
    let waiting = async {
        let received = world.session.receive(&url, polling(10, 30, 20)).await;
        (received.expect("answers"), elapsed())
    };
    let sending = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        world.session.put("q", ["late"]);
    };
    let ((received, after), ()) = tokio::join!(waiting, sending);
    assert_eq!((bodies(&received), after), (vec!["late"], 8000));

    world.session.put("q", (0..8).map(|n| n.to_string()));
    let short = world
        .session
        .receive(&url, polling(10, 0, 0))
        .await
        .expect("answers");
    let long = world.receive(&url, 10, 0).await;
    assert!(short.len() < 8, "{} of 8", short.len());
    assert_eq!(long.len(), 8);
    let mut seen = BTreeSet::new();
    for _ in 0..40 {
        let short = world
            .session
            .receive(&url, polling(10, 0, 0))
            .await
            .expect("answers");
        seen.extend(short.into_iter().map(|message| message.id));
    }
    assert_eq!(seen.len(), 8, "not always the same");
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_sees_a_lease_end_on_the_clock_of_the_account() {
    let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
    let provider = Provider::new(Options::new(clock.as_fn()));
    let session = provider.session(&Target::default()).expect("opens");
    let url = session.create_queue("q", QueueAttributes::default());
    session.put("q", ["one"]);
    let first = session
        .receive(&url, polling(1, 5, 1))
        .await
        .expect("answers");
    let second = session
        .receive(&url, polling(1, 5, 20))
        .await
        .expect("answers");
    assert_eq!(first[0].id, second[0].id);
}

type Answer<T> = crate::ports::Result<T>;

async fn purge(world: &World, queue: &str) -> Answer<QueueEdited> {
    let queue = opened(queue);
    world.session.edit_queue(&queue, &QueueEdit::Purge).await
}

fn opened(queue: &str) -> OpenQueue {
    OpenQueue::sample(sqs(queue).as_str(), QueueAttributes::default())
}

#[tokio::test(start_paused = true)]
async fn purging_empties_once_a_minute() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.session.put("q", ["one", "two", "three"]);
    world.receive(&url, 1, 30).await;
    purge(&world, "q").await.expect("purged");
    assert_eq!(world.counts(&url).await, (0, 0, 0));
    let error = purge(&world, "q").await.expect_err("too soon");
    assert_eq!(error.kind, ErrorKind::Conflict);
    world.pass(60);
    world.session.put("q", ["four"]);
    purge(&world, "q").await.expect("purged");
    assert_eq!(world.depth("q"), 0);
}

#[tokio::test(start_paused = true)]
async fn queues_are_listed_in_pages_and_found_by_name_and_account() {
    let world = world();
    for number in 0..1100 {
        world
            .session
            .create_queue(&format!("many-{number:04}"), QueueAttributes::default());
    }
    let first = world.session.list_queues(None).await.expect("a page");
    assert_eq!(first.items.len(), 1000);
    let second = world.session.list_queues(first.next).await.expect("a page");
    assert_eq!(second.next, None);
    let names: BTreeSet<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(QueueUrl::name)
        .collect();
    assert_eq!(names.len(), first.items.len() + second.items.len());
    for known in [
        "orders-dlq",
        "ledger.fifo",
        "ledger-dlq.fifo",
        "notifications-dlq",
    ] {
        assert!(names.contains(known), "{known}");
        let url = world.session.queue_url(known, None).await.expect("exists");
        let found = world.session.queue_attributes(&url).await.expect("exists");
        assert_eq!(found.arn, Some(sqs(known)));
        assert_eq!(found.fifo, known.contains(".fifo"));
    }
    assert!(!names.contains("partner-returns-dlq"), "another account's");
    let foreign = world
        .session
        .queue_url("partner-returns-dlq", Some("210987654321"))
        .await;
    let foreign = foreign.expect("may be read");
    assert_eq!(world.counts(&foreign).await.0, 4);
    let error = world
        .session
        .queue_url("partner-returns-dlq", None)
        .await
        .expect_err("not here");
    assert_eq!(error.kind, ErrorKind::NotFound);
    let nowhere = QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/000000000000/nobody");
    let error = world
        .session
        .receive(&nowhere, polling(1, 1, 0))
        .await
        .expect_err("not here");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

fn moving(
    source: &str,
    destination: Option<&str>,
    per_second: Option<u32>,
) -> (OpenQueue, QueueEdit) {
    let to = destination.map(opened);
    (opened(source), QueueEdit::StartMove { to, per_second })
}

async fn start(session: &Session, (queue, edit): (OpenQueue, QueueEdit)) -> Answer<String> {
    let started = session.edit_queue(&queue, &edit).await?;
    Ok(started.task.expect("a handle"))
}

#[tokio::test(start_paused = true)]
async fn a_move_task_goes_on_with_the_clock_and_leaves_what_is_in_flight() {
    let world = world();
    let session = &world.session;
    let dead = session.create_queue("dead", QueueAttributes::default());
    session.create_queue("q", failing_to("dead", 3));
    let letter = |n: usize| super::Stored {
        source: Some(sqs("q")),
        ..super::Stored::of(n.to_string())
    };
    session.put("dead", (0..41).map(letter));
    let held = world.receive(&dead, 1, 600).await.remove(0);
    let handle = start(session, moving("dead", None, Some(10)))
        .await
        .expect("starts");
    let again = start(session, moving("dead", None, None)).await;
    assert_eq!(again.expect_err("one at a time").kind, ErrorKind::Invalid);
    world.pass(2);
    let task = session
        .move_tasks(&sqs("dead"))
        .await
        .expect("lists")
        .remove(0);
    assert_eq!(
        (task.moved, task.to_move, task.is_running()),
        (20, Some(40), true)
    );
    assert_eq!(task.handle, Some(handle.clone()));
    assert_eq!((world.depth("dead"), world.depth("q")), (21, 20));
    let (queue, cancel) = (opened("dead"), QueueEdit::CancelMove(handle));
    let cancelled = session.edit_queue(&queue, &cancel).await;
    assert_eq!(cancelled.expect("cancelled").moved, Some(20));
    world.pass(60);
    assert_eq!(world.depth("q"), 20, "what was moved stays moved");
    let error = session
        .edit_queue(&queue, &cancel)
        .await
        .expect_err("not running");
    assert_eq!(error.kind, ErrorKind::NotFound);

    start(session, moving("dead", None, None))
        .await
        .expect("starts");
    world.pass(5);
    let tasks = session.move_tasks(&sqs("dead")).await.expect("lists");
    let told: Vec<_> = tasks.iter().map(|t| (t.status.as_str(), t.moved)).collect();
    assert_eq!(
        told,
        [("COMPLETED", 20), ("CANCELLED", 20)],
        "the newest first"
    );
    assert!(tasks.iter().all(|task| task.handle.is_none()));
    let left = session.contents("dead").expect("exists");
    assert_eq!(
        left.iter().map(|letter| &letter.id).collect::<Vec<_>>(),
        [&held.id]
    );
    let moved = session.contents("q").expect("exists");
    assert!(
        moved
            .iter()
            .all(|m| m.receive_count == 0 && m.source.is_none() && m.sent_ms > NOW)
    );
}

#[tokio::test(start_paused = true)]
async fn a_move_task_wants_a_dead_letter_queue_and_knows_where_to() {
    let world = world();
    let session = &world.session;
    let start = async |(queue, edit): (OpenQueue, QueueEdit)| start(session, (queue, edit)).await;
    let error = start(moving("nowhere", None, None))
        .await
        .expect_err("no queue");
    assert_eq!(error.kind, ErrorKind::NotFound);
    let error = start(moving("payments-dlq", None, None))
        .await
        .expect_err("of no queue");
    assert_eq!(error.code.as_deref(), Some("ResourceNotFoundException"));
    let error = start(moving("orders-dlq", Some("ledger.fifo"), None)).await;
    assert_eq!(error.expect_err("other type").kind, ErrorKind::Invalid);
    let error = start(moving("orders-dlq", None, Some(501)))
        .await
        .expect_err("too fast");
    assert_eq!(error.kind, ErrorKind::Invalid);

    session.create_queue("dead", QueueAttributes::default());
    session.create_queue("q", failing_to("dead", 3));
    session.put("dead", ["sent by hand"]);
    start(moving("dead", None, None)).await.expect("starts");
    world.pass(5);
    let task = session
        .move_tasks(&sqs("dead"))
        .await
        .expect("lists")
        .remove(0);
    assert_eq!(task.status, "FAILED");
    assert_eq!(
        task.failure.as_deref(),
        Some("CouldNotDetermineMessageSource")
    );
    assert_eq!(world.depth("dead"), 1, "it stays");
    start(moving("dead", Some("q"), None))
        .await
        .expect("starts");
    world.pass(5);
    assert_eq!((world.depth("dead"), world.depth("q")), (0, 1));
    let error = session
        .move_tasks(&sqs("nowhere"))
        .await
        .expect_err("no queue");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_live_trigger_eats_good_orders_and_gives_bad_ones_back() {
    let world = world();
    let url = world
        .session
        .queue_url("orders-priority", None)
        .await
        .expect("exists");
    let before = world.depth("orders-dlq");
    let order = |id: &str, quantity: i64, priority: &str| {
        outgoing(&format!(
            r#"{{"order":"{id}","sku":"MUG-0001","quantity":{quantity},"amount":9,"priority":"{priority}"}}"#
        ))
    };
    world
        .send(&url, order("o-good", 1, "high"))
        .await
        .expect("sent");
    world
        .send(&url, order("o-filtered", 1, "low"))
        .await
        .expect("sent");
    let bad = world
        .send(&url, order("o-bad", -1, "high"))
        .await
        .expect("sent");
    assert_eq!(world.depth("orders-priority"), 3, "not yet");
    world.pass(1);
    let left = world.session.contents("orders-priority").expect("exists");
    assert_eq!(left.iter().map(|m| &*m.id).collect::<Vec<_>>(), [&*bad]);
    assert_eq!(left[0].state, State::InFlight);
    assert_eq!(world.depth("orders-dlq"), before);
    world.pass(100);
    assert_eq!(world.depth("orders-priority"), 0);
    let dead = world.session.contents("orders-dlq").expect("exists");
    let last = dead.last().expect("has one");
    assert_eq!((dead.len(), &*last.id), (before + 1, &*bad));
    assert_eq!(
        (last.receive_count, last.source.clone()),
        (3, Some(sqs("orders-priority")))
    );
    let query = LogQuery {
        group: "/aws/lambda/orders-consumer".into(),
        start: Some(NOW),
        end: Some(NOW + 101_000),
        ..LogQuery::default()
    };
    let lines = world
        .session
        .filter_events(&query)
        .await
        .expect("a page")
        .events;
    let having = |text: &str| {
        lines
            .iter()
            .filter(|line| line.message.contains(text))
            .count()
    };
    assert_eq!(having("stored order=o-good"), 1);
    assert_eq!(having("order o-bad has quantity -1"), 3);
    assert_eq!(having("o-filtered"), 0);

    let idle = world
        .session
        .queue_url("orders", None)
        .await
        .expect("exists");
    let waiting = world.depth("orders");
    world
        .send(&idle, order("o-waits", 1, "high"))
        .await
        .expect("sent");
    world.pass(600);
    assert_eq!(
        world.depth("orders"),
        waiting + 1,
        "its trigger is disabled"
    );
}

#[tokio::test(start_paused = true)]
async fn the_account_has_letters_of_every_origin() {
    let world = world();
    let contents = |queue: &str| world.session.contents(queue).expect("exists");
    let having = |queue: &str, name: &str| {
        let all = contents(queue);
        let has =
            |letter: &&super::Stored| letter.attributes.iter().any(|(known, _)| known == name);
        all.iter().filter(has).count()
    };
    let saying = |queue: &str, text: &str| {
        let all = contents(queue);
        all.iter()
            .filter(|letter| letter.body.reveal().contains(text))
            .count()
    };
    assert_eq!(having("notifications-dlq", "RequestID"), 3);
    assert_eq!(having("notifications-dlq", "RULE_ARN"), 2);
    assert_eq!(saying("notifications-dlq", "TopicArn"), 2);
    assert_eq!(saying("fraud-failures", "EventAgeExceeded"), 2);
    assert_eq!(saying("inventory-stream-failures", "DDBStreamBatchInfo"), 4);
    assert_eq!(saying("inventory-stream-failures", "KafkaBatchInfo"), 1);
    assert_eq!(saying("audit-failures", "RetriesExhausted"), 5);
    let sources: BTreeSet<_> = contents("orders-dlq")
        .into_iter()
        .filter_map(|l| l.source)
        .collect();
    assert_eq!(
        sources,
        BTreeSet::from([sqs("orders"), sqs("orders-priority")])
    );
    let groups: BTreeSet<_> = contents("ledger-dlq.fifo")
        .into_iter()
        .filter_map(|l| l.group)
        .collect();
    assert_eq!(groups.len(), 3);

    let all = world
        .session
        .event_source_mappings(None, None)
        .await
        .expect("a page");
    assert_eq!(all.items.len(), 5);
    let fraud = Arn::new(format!(
        "arn:aws:lambda:eu-west-1:{ACCOUNT}:function:fraud-score"
    ));
    let settings = world
        .session
        .async_configs(&fraud, None)
        .await
        .expect("a page")
        .items;
    assert_eq!(settings[0].0, "live");
    assert_eq!(settings[0].1.on_failure, Some(sqs("fraud-failures")));
    assert_eq!(
        world
            .session
            .async_config(&fraud)
            .await
            .expect("may be read"),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn entries_fail_by_themselves_and_not_by_our_fault() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.inject(Faults {
        fail_entry_one_in: Some(3),
        ..Faults::default()
    });
    let mut sent = 0;
    let mut failed = 0;
    for _ in 0..30 {
        for answer in world
            .session
            .send_batch(&url, &vec![outgoing("x"); 10])
            .await
            .expect("asked")
        {
            match answer {
                Ok(_) => sent += 1,
                Err(error) => {
                    assert_eq!(
                        (error.code.as_str(), error.sender_fault),
                        ("InternalError", false)
                    );
                    failed += 1;
                }
            }
        }
    }
    assert_eq!(world.depth("q"), sent, "what failed was not sent");
    assert!((60..140).contains(&failed), "{failed} of 300");
}

#[tokio::test(start_paused = true)]
async fn calls_are_cut_before_or_after_their_effect() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    let send = async || world.session.send_batch(&url, &[outgoing("x")]).await;
    world.inject(Faults {
        lose_reply_one_in: Some(1),
        ..Faults::default()
    });
    assert_eq!(send().await.expect_err("lost").kind, ErrorKind::Interrupted);
    assert_eq!(world.depth("q"), 1, "it was sent");
    let lost = world.session.receive(&url, polling(1, 30, 1)).await;
    assert_eq!(lost.expect_err("lost").kind, ErrorKind::Interrupted);
    assert_eq!(
        world.session.contents("q").expect("exists")[0].state,
        State::InFlight
    );
    assert!(
        world.session.list_queues(None).await.is_ok(),
        "a read has no effect to doubt"
    );
    world.inject(Faults {
        cut_one_in: Some(1),
        ..Faults::default()
    });
    let error = send().await.expect_err("cut");
    assert_eq!((error.kind, error.request_id), (ErrorKind::Network, None));
    assert_eq!(world.depth("q"), 1, "it was not sent");
    world.inject(Faults {
        expire_after: Some(2),
        ..Faults::default()
    });
    assert!(send().await.is_ok() && send().await.is_ok());
    for _ in 0..2 {
        assert_eq!(
            send().await.expect_err("expired").kind,
            ErrorKind::BadCredentials
        );
    }
    world.inject(Faults::default());
    assert!(send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn faults_are_the_same_for_the_same_seed() {
    let outcomes = async || {
        let world = world();
        let url = world.session.create_queue("q", QueueAttributes::default());
        world.inject(Faults {
            cut_one_in: Some(5),
            lose_reply_one_in: Some(4),
            fail_entry_one_in: Some(3),
            repeat_one_in: Some(3),
            ..Faults::default()
        });
        let mut outcomes = Vec::new();
        for _ in 0..20 {
            outcomes.push(format!(
                "{:?}",
                world
                    .session
                    .send_batch(&url, &vec![outgoing("x"); 3])
                    .await
            ));
            outcomes.push(format!(
                "{:?}",
                world.session.receive(&url, polling(2, 5, 0)).await
            ));
            world.pass(2);
        }
        outcomes
    };
    assert_eq!(outcomes().await, outcomes().await);
}

#[tokio::test(start_paused = true)]
async fn at_least_once_can_be_more_than_once() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    world.session.put("q", ["one"]);
    let held = world.receive(&url, 1, 600).await.remove(0);
    world.inject(Faults {
        repeat_one_in: Some(1),
        ..Faults::default()
    });
    let again = world.receive(&url, 10, 600).await;
    assert_eq!(
        (again.len(), &again[0].id),
        (1, &held.id),
        "though it is in flight"
    );
    assert_eq!(again[0].system.receive_count, 2);
    world.delete(&url, &again[0]).await.expect("deleted");
    assert_eq!(world.depth("q"), 0);
    let ghost = world.receive(&url, 10, 600).await;
    assert_eq!(
        (ghost.len(), &ghost[0].id),
        (1, &held.id),
        "though it was deleted"
    );
    assert_eq!(
        world.counts(&url).await,
        (0, 1, 0),
        "and it lies there again"
    );
    world.inject(Faults::default());
    world.delete(&url, &ghost[0]).await.expect("deleted");
    assert_eq!(world.counts(&url).await, (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_crash_stops_before_or_after_the_effect_and_everything_with_it() {
    let world = world();
    let url = world.session.create_queue("q", QueueAttributes::default());
    for (steps, sent) in [(1, 0), (2, 1)] {
        world.session.create_queue("q", QueueAttributes::default());
        world.inject(Faults {
            crash_at: Some(steps),
            ..Faults::default()
        });
        let made = world.provider.steps();
        let message = [outgoing("x")];
        let engine = async {
            let _ = world.session.send_batch(&url, &message).await;
            world.provider.step().await;
        };
        tokio::select! {
            biased;
            () = engine => panic!("step {steps} returned"),
            () = world.provider.crashed() => {}
        }
        assert_eq!(world.provider.steps(), made + steps);
        assert_eq!(world.depth("q"), sent, "step {steps}");
        let other = tokio::time::timeout(Duration::from_secs(9), world.session.list_queues(None));
        assert!(other.await.is_err(), "dead is dead");
        world.inject(Faults::default());
        assert!(world.session.list_queues(None).await.is_ok());
    }
    let made = world.provider.steps();
    world.session.list_queues(None).await.expect("a page");
    world.provider.step().await;
    assert_eq!(world.provider.steps(), made + 3);
    assert_eq!(world.session.region(), "eu-west-1");
    assert!(world.provider.calls(Operation::ListQueues) > 0);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_messages_are_no_burden() {
    let world = world();
    for name in ["q", "q.fifo"] {
        let url = world.session.create_queue(name, by_content());
        let message = |n: u32| super::Stored {
            group: Some(format!("{}", n % 7).into()),
            ..super::Stored::of(n.to_string())
        };
        assert_eq!(world.session.put(name, (0..5000).map(message)).len(), 5000);
        let mut deleted = 0;
        while deleted < 5000 {
            let messages = world.receive(&url, 10, 60).await;
            let handles: Vec<_> = messages.iter().map(|m| m.handle.clone()).collect();
            let answers = world
                .session
                .delete_batch(&url, &handles)
                .await
                .expect("asked");
            deleted += answers.into_iter().flatten().count();
        }
        assert_eq!(world.counts(&url).await, (0, 0, 0));
    }
}

/// Whatever is done, every message is in the queue, in its dead-letter queue, or was deleted; and
/// the counts are those of the contents.
#[tokio::test(start_paused = true)]
async fn nothing_appears_and_nothing_is_lost() {
    for (seed, name, dead) in [
        (1, "q", "dead"),
        (2, "q", "dead"),
        (3, "q.fifo", "dead.fifo"),
    ] {
        let world = world();
        world.session.create_queue(dead, by_content());
        let settings = QueueAttributes {
            delay_s: Some(3),
            content_based_deduplication: true,
            ..failing_to(dead, 4)
        };
        let url = world.session.create_queue(name, settings);
        world.inject(Faults {
            fail_entry_one_in: Some(6),
            cut_one_in: Some(9),
            ..Faults::default()
        });
        let mut dice = Dice::new(&[seed]);
        let (mut alive, mut held) = (BTreeSet::new(), Vec::new());
        for step in 0..600 {
            match dice.below(8) {
                0 | 1 => {
                    let batch: Vec<_> = (0..dice.between(1, 8))
                        .map(|n| grouped(&format!("{step}-{n}"), dice.pick(&["a", "b", "c"])))
                        .collect();
                    if let Ok(sent) = world.session.send_batch(&url, &batch).await {
                        alive.extend(sent.into_iter().flatten().map(|sent| sent.id));
                    }
                }
                2..=4 => {
                    let receive = polling(10, dice.between(0, 20) as u32, 0);
                    held.extend(
                        world
                            .session
                            .receive(&url, receive)
                            .await
                            .unwrap_or_default(),
                    );
                }
                5 if !held.is_empty() => {
                    let message = held.swap_remove(dice.below(held.len() as u64) as usize);
                    let handles = [message.handle.clone()];
                    let _ = world.session.delete_batch(&url, &handles).await;
                    let still = world.session.contents(name).expect("exists");
                    let moved = world.session.contents(dead).expect("exists");
                    if still
                        .iter()
                        .chain(&moved)
                        .all(|stored| stored.id != message.id)
                    {
                        alive.remove(&*message.id);
                    }
                }
                6 if !held.is_empty() => {
                    let message = &held[dice.below(held.len() as u64) as usize];
                    let handles = [message.handle.clone()];
                    let seconds = dice.below(30) as u32;
                    let _ = world
                        .session
                        .change_visibility(&url, &handles, seconds)
                        .await;
                }
                _ => world.pass(dice.between(1, 9) as i64),
            }
            let lying = world.session.contents(name).expect("exists");
            let dead = world.session.contents(dead).expect("exists");
            let ids: Vec<_> = lying
                .iter()
                .chain(&dead)
                .map(|m| m.id.to_string())
                .collect();
            assert_eq!(ids.len(), alive.len(), "seed {seed}, step {step}");
            assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), alive);
            let told = {
                let mut sqs = world.session.account.sqs(world.now.load(Ordering::SeqCst));
                sqs.at(&url).expect("exists").attributes()
            };
            let count = |state: State| lying.iter().filter(|m| m.state == state).count() as u64;
            assert_eq!(
                (told.visible, told.in_flight, told.delayed),
                (
                    count(State::Visible),
                    count(State::InFlight),
                    count(State::Delayed)
                )
            );
        }
        assert!(world.depth(dead) > 0 && alive.len() > 100);
    }
}

/// What the account writes into its queues is what the domain reads out of them.
#[tokio::test(start_paused = true)]
async fn the_letters_decode_to_the_origins_they_were_written_for() {
    let world = world();
    let origins = async |queue: &str| {
        let url = world.session.queue_url(queue, None).await.expect("exists");
        let mut titles = BTreeSet::new();
        loop {
            let messages = world.receive(&url, 10, 600).await;
            if messages.is_empty() {
                return titles;
            }
            let letters = messages.into_iter().map(|m| decode(m, &Known::default()));
            titles.extend(letters.map(|letter| letter.origin.title()));
        }
    };
    for (queue, expected) in [
        ("payments-dlq", &["Lambda async DLQ"][..]),
        ("orders-dlq", &["SQS redrive"]),
        ("audit-failures", &["Lambda destination"]),
        ("fraud-failures", &["Lambda destination"]),
        (
            "inventory-stream-failures",
            &["EventBridge Pipe", "Kafka mapping", "stream mapping"],
        ),
        (
            "notifications-dlq",
            &["EventBridge", "Lambda async DLQ", "SNS"],
        ),
        ("ledger-dlq.fifo", &["SQS redrive"]),
        ("orders", &["unknown"]),
    ] {
        let found: Vec<_> = origins(queue).await.into_iter().collect();
        assert_eq!(found, expected, "{queue}");
    }
}
