use super::*;
use crate::domain::function::FunctionConfiguration;

fn queue(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-west-1:123456789012:{name}"))
}

fn url(name: &str) -> QueueUrl {
    QueueUrl::new(format!(
        "https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"
    ))
}

fn function(name: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:lambda:eu-west-1:123456789012:function:{name}"
    ))
}

fn holding(name: &str, visible: u64) -> QueueAttributes {
    QueueAttributes {
        arn: Some(queue(name)),
        visible,
        ..QueueAttributes::default()
    }
}

fn source(name: &str, dead_letter: &str) -> QueueAttributes {
    QueueAttributes {
        dead_letter: Some(queue(dead_letter)),
        max_receive_count: Some(3),
        ..holding(name, 0)
    }
}

fn mapping(uuid: &str, from: &str, to: &Arn, state: &str) -> EventSourceMapping {
    EventSourceMapping {
        uuid: uuid.into(),
        function: Some(to.clone()),
        source: Some(queue(from)),
        state: state.into(),
        state_reason: None,
        batch_size: None,
        batch_window_s: None,
        last_result: None,
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }
}

fn failing_to(target: &Arn) -> AsyncConfig {
    AsyncConfig {
        on_failure: Some(target.clone()),
        ..AsyncConfig::default()
    }
}

fn names(queues: &[DeadLetterQueue]) -> Vec<&str> {
    queues.iter().map(DeadLetterQueue::name).collect()
}

fn only(discovered: &Discovered) -> DeadLetterQueue {
    let mut queues = discovered.dead_letter_queues();
    assert_eq!(queues.len(), 1, "{:?}", names(&queues));
    queues.remove(0)
}

#[test]
fn every_way_of_sending_failures_is_found() {
    let mut discovered = Discovered::default();
    discovered.queue(url("orders"), source("orders", "orders-dlq"));
    discovered.queue(url("orders-dlq"), holding("orders-dlq", 2));
    discovered.queue(url("plain"), holding("plain", 99));
    let mut charge = FunctionConfiguration::sample("charge").summary;
    charge.dead_letter = Some(queue("charge-dlq"));
    discovered.function(&charge);
    discovered.async_config(
        &function("notify"),
        "live",
        &failing_to(&queue("notify-dlq")),
    );
    let mut stream = mapping("u-1", "x", &function("clicks"), "Enabled");
    stream.source = Some(Arn::new("arn:aws:kinesis:eu-west-1:1:stream/clicks"));
    stream.on_failure = Some(queue("clicks-dlq"));
    discovered.mapping(&stream);
    discovered.mapping(&mapping(
        "u-2",
        "orders",
        &Arn::new(format!("{}:live", function("work"))),
        "Enabled",
    ));

    let queues = discovered.dead_letter_queues();
    assert_eq!(
        names(&queues),
        ["orders-dlq", "charge-dlq", "clicks-dlq", "notify-dlq"]
    );
    let feeders: Vec<&Feeder> = queues.iter().flat_map(|queue| &queue.feeders).collect();
    let consumer = Consumer {
        function: Arn::new(format!("{}:live", function("work"))),
        uuid: "u-2".into(),
        enabled: true,
    };
    assert_eq!(
        feeders,
        [
            &Feeder::Queue {
                arn: queue("orders"),
                max_receive_count: Some(3),
                consumers: vec![consumer]
            },
            &Feeder::AsyncDeadLetter {
                function: function("charge")
            },
            &Feeder::Mapping {
                function: Some(function("clicks")),
                uuid: "u-1".into(),
                source: stream.source.clone()
            },
            &Feeder::AsyncDestination {
                function: function("notify"),
                qualifier: "live".into()
            },
        ]
    );
    assert_eq!(queues[0].owners(), [function("work")]);
    assert_eq!(queues[0].url, Some(url("orders-dlq")));
    assert!(queues[0].is_fed_by_queues() && !queues[1].is_fed_by_queues());
    assert_eq!((queues[1].url.as_ref(), queues[1].depth()), (None, None));
    assert_eq!(discovered.depth_of(&function("work")), Some(2));
    assert_eq!(
        discovered.depth_of(&Arn::new(format!("{}:live", function("work")))),
        Some(2)
    );
    assert_eq!(
        discovered.depth_of(&function("charge")),
        None,
        "its queue was not read"
    );
    assert_eq!(discovered.depth_of(&function("nobody")), None);
}

#[test]
fn topics_and_buckets_are_no_queues() {
    let mut discovered = Discovered::default();
    let topic = Arn::new("arn:aws:sns:eu-west-1:1:failed");
    discovered.async_config(&function("f"), "$LATEST", &failing_to(&topic));
    let mut f = FunctionConfiguration::sample("f").summary;
    f.dead_letter = Some(topic);
    discovered.function(&f);
    assert!(discovered.dead_letter_queues().is_empty());
}

#[test]
fn what_was_read_last_counts() {
    let mut discovered = Discovered::default();
    let mut charge = FunctionConfiguration::sample("charge").summary;
    charge.dead_letter = Some(queue("a"));
    discovered.function(&charge);
    charge.dead_letter = Some(queue("b"));
    discovered.function(&charge);
    discovered.function(&charge);
    assert_eq!(only(&discovered).feeders.len(), 1);
    assert_eq!(only(&discovered).name(), "b");
    discovered.queue(url("b"), holding("b", 1));
    discovered.queue(url("b"), holding("b", 5));
    assert_eq!(only(&discovered).depth(), Some(5));
    charge.dead_letter = None;
    discovered.function(&charge);
    discovered.async_config(&function("charge"), "$LATEST", &failing_to(&queue("c")));
    assert_eq!(only(&discovered).name(), "c");
    discovered.async_config(&function("charge"), "$LATEST", &AsyncConfig::default());
    assert!(discovered.dead_letter_queues().is_empty());
}

#[test]
fn an_added_queue_stays_until_it_is_removed() {
    let mut discovered = Discovered::default();
    discovered.added(url("other"), holding("other", 3));
    discovered.queue(url("other"), holding("other", 4));
    let other = only(&discovered);
    assert!(other.added && other.feeders.is_empty());
    assert_eq!(
        (other.arn.clone(), other.depth()),
        (queue("other"), Some(4))
    );
    discovered.remove(&queue("other"));
    assert!(discovered.dead_letter_queues().is_empty());
    discovered.added(
        QueueUrl::new("http://localhost:4566/q"),
        QueueAttributes::default(),
    );
    assert!(
        discovered.dead_letter_queues().is_empty(),
        "it cannot be told which it is"
    );
}

#[test]
fn the_deepest_comes_first_then_the_name() {
    let mut discovered = Discovered::default();
    for (name, depth) in [("b", 1), ("a", 1), ("c", 7)] {
        discovered.added(
            url(name),
            QueueAttributes {
                in_flight: depth,
                ..holding(name, 0)
            },
        );
    }
    assert_eq!(names(&discovered.dead_letter_queues()), ["c", "a", "b"]);
}

#[test]
fn the_badge_adds_up_the_queues_of_a_function() {
    let mut discovered = Discovered::default();
    discovered.async_config(&function("f"), "$LATEST", &failing_to(&queue("a")));
    discovered.async_config(&function("f"), "live", &failing_to(&queue("b")));
    discovered.async_config(&function("g"), "live", &failing_to(&queue("b")));
    discovered.queue(url("a"), holding("a", 1));
    discovered.queue(url("b"), holding("b", 10));
    let depths = depths(&discovered.dead_letter_queues());
    assert_eq!(depths.get(&function("f")), Some(&11));
    assert_eq!(depths.get(&function("g")), Some(&10));
}

#[test]
fn a_look_is_only_said_where_it_does_no_harm() {
    let mut discovered = Discovered::default();
    discovered.queue(url("orders"), source("orders", "dlq"));
    discovered.queue(
        url("dlq"),
        QueueAttributes {
            in_flight: 2,
            ..holding("dlq", 1)
        },
    );
    discovered.mapping(&mapping("u", "dlq", &function("eater"), "Disabled"));
    let notice = look_cost(&only(&discovered));
    assert!(!notice.asks);
    let text = notice.lines.join("\n");
    assert!(
        text.contains("receive count grows") && text.contains("about 2 are in flight"),
        "{text}"
    );
}

#[test]
fn a_look_that_can_do_harm_is_asked() {
    let asked = |attributes: QueueAttributes, mapped: Option<&str>, word: &str| {
        let mut discovered = Discovered::default();
        discovered.queue(
            url("orders"),
            source(
                "orders",
                attributes.arn.as_ref().expect("an ARN").resource_name(),
            ),
        );
        discovered.added(QueueUrl::new("u/q"), attributes.clone());
        if let Some(state) = mapped {
            discovered.mapping(&mapping("u", "q", &function("eater"), state));
        }
        let queues = discovered.dead_letter_queues();
        let found = queues
            .iter()
            .find(|queue| queue.arn == *attributes.arn.as_ref().expect("an ARN"))
            .expect("there");
        let notice = look_cost(found);
        assert!(notice.asks, "{word}");
        assert!(notice.lines[0].contains(word), "{word}: {:?}", notice.lines);
    };
    asked(
        source("q", "second-dlq"),
        None,
        "received 3× is pushed on to second-dlq",
    );
    asked(
        QueueAttributes {
            fifo: true,
            ..holding("q", 0)
        },
        None,
        "FIFO",
    );
    asked(
        holding("q", 0),
        Some("Enabled"),
        "eater reads this queue too",
    );
}

#[test]
fn a_source_queue_and_an_unread_one_are_asked() {
    let mut discovered = Discovered::default();
    discovered.added(url("orders"), source("orders", "dlq"));
    let queues = discovered.dead_letter_queues();
    let orders = queues
        .iter()
        .find(|queue| queue.name() == "orders")
        .expect("there");
    let notice = look_cost(orders);
    assert!(
        notice.asks && notice.lines[0].contains("source queue"),
        "{notice:?}"
    );

    let unread = queues
        .iter()
        .find(|queue| queue.name() == "dlq")
        .expect("there");
    let notice = look_cost(unread);
    assert!(
        notice.asks
            && notice
                .lines
                .iter()
                .any(|line| line.contains("could not be read"))
    );
}
