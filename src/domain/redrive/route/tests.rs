//! Where letters go, and what is refused.

use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::domain::{
    letter::LetterFunction,
    queue::{AttributeValue, Flaw, MessageAttribute},
    redrive::tests::{SOURCE, TARGET, message, plan},
};

fn queue(arn: &str, fifo: bool) -> TargetQueue {
    TargetQueue {
        queue: OpenQueue::sample(
            arn,
            QueueAttributes {
                fifo,
                ..QueueAttributes::default()
            },
        ),
        feeds: Vec::new(),
    }
}

fn claim(message: Message) -> Claim {
    Claim {
        message: Arc::new(message),
        until: Timestamp::UNIX_EPOCH,
        to: Target::Queue(Arn::new(TARGET)),
        content: None,
        is_edited: false,
        is_inferred: false,
    }
}

#[test]
fn each_letter_goes_back_to_its_own_queue() {
    let plan = Plan {
        destination: Destination::Source,
        ..plan()
    };
    let mut letter = message("a", "{}");
    assert!(
        target(&plan, &letter)
            .expect_err("none")
            .contains("which queue")
    );
    letter.system.dead_letter_source = Some(Arn::new(TARGET));
    assert_eq!(
        target(&plan, &letter),
        Ok(Some(Target::Queue(Arn::new(TARGET))))
    );
    letter.system.dead_letter_source = Some(Arn::new(SOURCE));
    assert!(
        target(&plan, &letter)
            .expect_err("itself")
            .contains("lies in")
    );
}

#[test]
fn what_did_not_come_whole_goes_nowhere_and_is_not_deleted() {
    let mut letter = message("a", "{}");
    letter.flaw = Some(Flaw::Empty);
    for destination in [plan().destination, Destination::Source, Destination::Delete] {
        let plan = Plan {
            destination,
            ..plan()
        };
        let why = target(&plan, &letter).expect_err("it stays");
        assert!(why.contains("without a body"), "{why}");
    }
}

#[test]
fn a_queue_is_inferred_only_for_what_names_nothing() {
    let inferred = Arn::new("arn:aws:sqs:eu-west-1:000000000000:payments");
    let plan = Plan {
        destination: Destination::SourceOr {
            inferred: inferred.clone(),
        },
        ..plan()
    };
    let to = |arn: &Arn| Ok(Some(Target::Queue(arn.clone())));
    let bare = message("a", "{}");
    assert_eq!(target(&plan, &bare), to(&inferred));
    let mut named = bare.clone();
    named.system.dead_letter_source = Some(Arn::new(TARGET));
    assert_eq!(target(&plan, &named), to(&Arn::new(TARGET)));
    // Lambda put this one here: the queue never had it.
    let mut of_lambda = bare.clone();
    let text = |text: &str| MessageAttribute {
        data_type: "String".into(),
        value: AttributeValue::Text(Secret::new(text.into())),
    };
    of_lambda.attributes = vec![
        ("RequestID".into(), text("r")),
        ("ErrorCode".into(), text("200")),
    ];
    assert!(target(&plan, &of_lambda).is_err());
}

#[test]
fn groups_are_kept_and_made_where_fifo_needs_them() {
    let plain = claim(message("a", "{}"));
    let mut grouped = message("b", "{}");
    grouped.system.group = Some("g".into());
    grouped.system.trace = Some("Root=1".into());
    let grouped = claim(grouped);
    let (standard, fifo) = (
        queue("arn:aws:sqs:e:1:q", false),
        queue("arn:aws:sqs:e:1:q.fifo", true),
    );
    let plan = plan();
    assert_eq!(outgoing(&plan, &plain, &standard).group, None);
    assert_eq!(outgoing(&plan, &plain, &fifo).group, Some("a".into()));
    assert_eq!(outgoing(&plan, &grouped, &fifo).group, Some("g".into()));
    assert_eq!(outgoing(&plan, &grouped, &standard).group, Some("g".into()));
    assert_eq!(outgoing(&plan, &grouped, &standard).trace, None);
    let keeping = Plan {
        keep_trace: true,
        ..plan.clone()
    };
    assert!(outgoing(&keeping, &grouped, &standard).trace.is_some());
    assert_eq!(outgoing(&plan, &grouped, &standard).deduplication_id, None);
}

#[test]
fn the_deduplication_id_is_the_same_every_time_and_differs_by_destination() {
    let id = |queue: &str| deduplication_id(&Arn::new(SOURCE), "m", &Arn::new(queue));
    assert_eq!(id("q"), id("q"));
    assert_ne!(id("q"), id("r"));
    assert_eq!(id("q").len(), 64);
    let apart = |a: &str, b: &str| deduplication_id(&Arn::new("s"), a, &Arn::new(b));
    assert_ne!(apart("ab", "c"), apart("a", "bc"));
}

#[test]
fn what_the_queue_cannot_take_is_told_before_it_is_sent() {
    let small = TargetQueue {
        queue: OpenQueue::sample(
            "arn:aws:sqs:e:1:q",
            QueueAttributes {
                maximum_bytes: Some(1024),
                ..QueueAttributes::default()
            },
        ),
        feeds: Vec::new(),
    };
    let mut letter = message("a", &"x".repeat(1000));
    let refusal =
        |letter: &Message, queue: &TargetQueue| refusal(letter, letter.body.reveal(), queue, None);
    assert_eq!(refusal(&letter, &small), None);
    letter.attributes.push((
        "name".into(),
        MessageAttribute {
            data_type: "String".into(),
            value: AttributeValue::Text(Secret::new("x".repeat(20))),
        },
    ));
    let why = refusal(&letter, &small).expect("too large");
    assert!(
        why.contains("1030 bytes") && why.contains("takes 1024"),
        "{why}"
    );
    let event = |bytes: usize| {
        let body = format!("\"{}\"", "x".repeat(bytes - 2));
        let letter = decode(message("a", &body), &Known::default());
        event(&letter, "e", None)
    };
    assert!(event(1_048_577).is_err());
    assert!(event(1_048_576).is_ok());
}

#[test]
fn a_record_without_an_event_goes_where_nothing_takes_it_for_one() {
    let body = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"}}"#;
    let mut moved = message("a", body);
    moved.system.dead_letter_source = Some(Arn::new(TARGET));
    let letter = decode(moved, &Known::default());
    let back = Plan {
        destination: Destination::Source,
        ..plan()
    };
    let why = event_refusal(&back, &letter, body, None).expect("it is no event");
    assert!(
        why.contains("positions") && why.contains("no function reads"),
        "{why}"
    );
    let edited = event_refusal(&back, &letter, "{\"order\":1}", None);
    assert_eq!(edited, None, "it was made one");
    let by_name = |queue: &TargetQueue| event_refusal(&plan(), &letter, body, Some(queue));
    let archive = queue("arn:aws:sqs:e:1:archive", false);
    assert_eq!(by_name(&archive), None, "it only lies there");
    let read = TargetQueue {
        feeds: vec![Arn::new("arn:aws:lambda:e:1:function:charge")],
        ..archive.clone()
    };
    let fails_on = QueueAttributes {
        dead_letter: Some(Arn::new(SOURCE)),
        ..QueueAttributes::default()
    };
    let source = TargetQueue {
        queue: OpenQueue::sample("arn:aws:sqs:e:1:c16", fails_on),
        ..archive
    };
    for queue in [read, source] {
        let why = by_name(&queue).expect("it would be taken for an event");
        assert!(why.contains(queue.arn().resource_name()), "{why}");
    }
}

#[test]
fn the_advice_for_what_names_no_source_fits_what_it_holds() {
    let back = Plan {
        destination: Destination::Source,
        ..plan()
    };
    let advice = |message: &Message| target(&back, message).expect_err("no source");
    let bare = advice(&message("a", "{}"));
    assert!(
        bare.contains("invoke") && bare.contains("--infer-source"),
        "{bare}"
    );
    let text = advice(&message("a", "no JSON"));
    assert!(
        !text.contains("invoke") && text.contains("--infer-source"),
        "{text}"
    );
    let record = r#"{"context":{"condition":"x"},"KinesisBatchInfo":{"shardId":"s"}}"#;
    let record = advice(&message("a", record));
    assert!(
        record.contains("holds nothing to invoke") && !record.contains("--infer-source"),
        "{record}"
    );
}

#[test]
fn a_failure_record_is_not_fed_to_the_function_that_failed() {
    let function = Arn::new("arn:aws:lambda:e:1:function:charge");
    let letter = Letter {
        message: message("a", "{}"),
        origin: Origin::AsyncDestination {
            condition: "RetriesExhausted".into(),
        },
        error: None,
        function: Some(LetterFunction {
            arn: function.clone(),
            qualifier: None,
            inferred: false,
        }),
        request_id: None,
        event: OriginalEvent::Event(Secret::new("{}".into())),
        expires: None,
    };
    let mut feeding = queue(TARGET, false);
    let record = message("a", "{}");
    assert_eq!(refusal(&record, "{}", &feeding, Some(&letter)), None);
    feeding.feeds.push(function);
    let why = refusal(&record, "{}", &feeding, Some(&letter)).expect("a loop");
    assert!(why.contains("feeds that function"), "{why}");
}
