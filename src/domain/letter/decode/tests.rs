use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    dead_letters::Consumer,
    letter::{
        Batch,
        batch::{Feed, Poller, Position},
        sample::{binary, message, text},
    },
};

const CHARGE: &str = "arn:aws:lambda:eu-west-1:123456789012:function:charge";
const ORDERS: &str = "arn:aws:sqs:eu-west-1:123456789012:orders";

fn event(letter: &Letter) -> &str {
    match &letter.event {
        OriginalEvent::Event(event) => event.reveal(),
        other => panic!("an event, not {other:?}"),
    }
}

fn function(letter: &Letter) -> (&str, Option<&str>, bool) {
    let function = letter.function.as_ref().expect("a function");
    (
        function.arn.as_str(),
        function.qualifier.as_deref(),
        function.inferred,
    )
}

fn feeder(function: &str) -> Feeder {
    Feeder::AsyncDeadLetter {
        function: Arn::new(function),
    }
}

fn orders(consumers: &[&str]) -> Feeder {
    Feeder::Queue {
        arn: Arn::new(ORDERS),
        max_receive_count: Some(3),
        consumers: consumers
            .iter()
            .map(|function| Consumer {
                function: Arn::new(*function),
                uuid: format!("uuid of {function}"),
                enabled: true,
            })
            .collect(),
    }
}

fn known(feeders: Vec<Feeder>) -> Known {
    Known {
        retention_s: Some(345_600),
        fifo: false,
        feeders,
    }
}

fn moved(body: &str) -> Message {
    let mut message = message(body);
    message.system.dead_letter_source = Some(Arn::new(ORDERS));
    message
}

fn failed_async(body: &str) -> Message {
    let mut message = message(body);
    message.attributes = vec![
        (
            "RequestID".into(),
            text("String", "8f0c1f7a-93a4-4b1e-8a0e-0d5ffb7be1d2"),
        ),
        ("ErrorCode".into(), text("Number", "200")),
        (
            "ErrorMessage".into(),
            text("String", "CardDeclined: card declined for o-8812"),
        ),
    ];
    message
}

fn destination(condition: &str) -> serde_json::Value {
    json!({
        "version": "1.0",
        "timestamp": "2026-11-20T02:28:41.000Z",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": format!("{CHARGE}:$LATEST"),
            "condition": condition,
            "approximateInvokeCount": 3
        },
        "requestPayload": {"order": "o-8812", "amount": 150},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "CardDeclined", "errorMessage": "card declined"}
    })
}

#[test]
fn a_message_that_sqs_moved_belongs_to_who_reads_the_source() {
    let letter = decode(
        moved("{\"a\":1}"),
        &known(vec![orders(&[&format!("{CHARGE}:live")])]),
    );
    assert_eq!(
        letter.origin,
        Origin::Queue {
            source: Arn::new(ORDERS)
        }
    );
    assert_eq!(
        letter.event,
        OriginalEvent::SqsRecord {
            source: Arn::new(ORDERS)
        }
    );
    assert_eq!(function(&letter), (CHARGE, Some("live"), true));
    assert_eq!((letter.error, letter.request_id), (None, None));
}

#[test]
fn several_readers_are_candidates_and_none_is_taken() {
    let other = "arn:aws:lambda:eu-west-1:123456789012:function:other";
    let known = known(vec![orders(&[CHARGE, other, CHARGE]), feeder(other)]);
    let letter = decode(moved("x"), &known);
    assert_eq!(letter.function, None);
    let names: Vec<String> = known
        .candidates(&letter.origin)
        .iter()
        .map(|function| function.arn.resource_name().to_owned())
        .collect();
    assert_eq!(names, ["charge", "other"]);
}

#[test]
fn an_async_dead_letter_is_inferred_from_its_only_feeder() {
    let letter = decode(
        failed_async("{ \"order\":1.0 }"),
        &known(vec![feeder(CHARGE)]),
    );
    assert_eq!(letter.origin, Origin::AsyncDeadLetter);
    assert_eq!(event(&letter), "{ \"order\":1.0 }", "byte for byte");
    assert_eq!(function(&letter), (CHARGE, None, true));
    assert_eq!(
        letter.request_id.as_deref(),
        Some("8f0c1f7a-93a4-4b1e-8a0e-0d5ffb7be1d2")
    );
    let error = letter.error.expect("an error");
    assert_eq!(error.code.as_deref(), Some("200"));
    assert_eq!(error.kind.as_deref(), Some("CardDeclined"));
    assert_eq!(error.message, "card declined for o-8812");
    assert_eq!(error.source, ErrorSource::Letter);

    let other = feeder("arn:aws:lambda:eu-west-1:123456789012:function:other");
    let known = known(vec![feeder(CHARGE), other, orders(&[CHARGE])]);
    let letter = decode(failed_async("{}"), &known);
    assert_eq!(letter.function, None);
    assert_eq!(known.candidates(&letter.origin).len(), 2);
}

#[test]
fn a_destination_names_its_function_and_holds_the_event() {
    let letter = decode(
        message(&destination("RetriesExhausted").to_string()),
        &Known::default(),
    );
    assert_eq!(
        letter.origin,
        Origin::AsyncDestination {
            condition: "RetriesExhausted".into()
        }
    );
    assert_eq!(function(&letter), (CHARGE, Some("$LATEST"), false));
    assert_eq!(letter.request_id.as_deref(), Some("r-1"));
    assert_eq!(event(&letter), r#"{"order":"o-8812","amount":150}"#);
    let error = letter.error.expect("an error");
    assert_eq!(error.headline(), "CardDeclined: card declined");
    assert_eq!(error.code.as_deref(), Some("200"));
}

#[test]
fn the_event_of_a_destination_is_not_written_anew() {
    let body = destination("RetriesExhausted").to_string().replace(
        r#"{"order":"o-8812","amount":150}"#,
        "{ \"n\": 1.0e3, \"n\":123456789012345678901 }",
    );
    let letter = decode(message(&body), &Known::default());
    assert_eq!(
        event(&letter),
        "{ \"n\": 1.0e3, \"n\":123456789012345678901 }"
    );
}

#[test]
fn a_destination_without_payload_or_answer_says_so() {
    let mut body = destination("EventAgeExceeded");
    let object = body.as_object_mut().expect("an object");
    object.remove("requestPayload");
    object.remove("responsePayload");
    object.remove("responseContext");
    let letter = decode(message(&body.to_string()), &Known::default());
    assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Dropped));
    assert_eq!(
        letter.error.expect("an error").headline(),
        "EventAgeExceeded"
    );

    let success = decode(
        message(&destination("Success").to_string()),
        &Known::default(),
    );
    assert_eq!(success.error, None);

    let mut null = destination("RetriesExhausted");
    null["requestPayload"] = json!(null);
    null["responsePayload"] = json!("just a text");
    let letter = decode(message(&null.to_string()), &Known::default());
    assert_eq!(event(&letter), "null", "an event can be null");
    assert_eq!(letter.error.expect("an error").headline(), "just a text");
}

fn batch(letter: &Letter) -> &Batch {
    match &letter.origin {
        Origin::Batch(batch) => batch,
        other => panic!("a batch, not {other:?}"),
    }
}

fn at(place: &str, first: &str, last: Option<&str>) -> Position {
    Position {
        place: Some(place.into()),
        first: Some(first.into()),
        last: last.map(str::to_owned),
    }
}

/// The record of a pipe of EventBridge, as its documentation and published letters have it.
const PIPE: &str = r#"{"context":{"partnerResourceArn":"arn:aws:pipes:eu-west-1:111111111111:pipe/clicks","condition":"RetryAttemptsExhausted"},"version":"1.0","timestamp":"2026-11-29T05:00:00.000Z","DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"100","endSequenceNumber":"105","batchSize":6,"streamArn":"arn:aws:dynamodb:eu-west-1:111111111111:table/clicks/stream/2026-01-01T00:00:00.000"}}"#;

#[test]
fn a_pipe_keeps_positions_only() {
    for body in [PIPE.to_owned(), notification(PIPE)] {
        let letter = decode(message(&body), &Known::default());
        assert_eq!(letter.origin.title(), "EventBridge Pipe");
        let batch = batch(&letter);
        assert_eq!(batch.by().map(Arn::resource_name), Some("pipe/clicks"));
        assert_eq!(batch.feed, Feed::DynamoDb);
        assert_eq!(batch.positions, [at("shardId-1", "100", Some("105"))]);
        assert_eq!(batch.size, Some(6));
        assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Positions));
        assert_eq!((letter.function, letter.request_id), (None, None));
        let error = letter.error.expect("an error");
        assert_eq!(error.headline(), "RetryAttemptsExhausted");
    }
    let kinesis = PIPE.replace("DDBStreamBatchInfo", "KinesisBatchInfo");
    let letter = decode(message(&kinesis), &Known::default());
    assert_eq!(batch(&letter).feed, Feed::Kinesis);
}

/// The record of a Kafka mapping (Lambda developer guide, «Capturing discarded batches for an
/// Amazon MSK event source»), and what a mapping of one's own cluster leaves out.
#[test]
fn a_kafka_mapping_keeps_offsets_by_topic_and_partition() {
    let cluster = "arn:aws:kafka:eu-west-1:123456789012:cluster/orders/751d2973-a626-431c-9d4e-d7975eb44dd7-2";
    let mut body = json!({
        "requestContext": {"requestId": "r-3", "functionArn": CHARGE,
            "condition": "MaximumPayloadSizeExceeded", "approximateInvokeCount": 1},
        "responseContext": null,
        "version": "1.0",
        "timestamp": "2026-11-14T00:38:06.021Z",
        "KafkaBatchInfo": {
            "batchSize": 500,
            "eventSourceArn": cluster,
            "bootstrapServers": "b-1.orders:9098,b-2.orders:9098",
            "payloadSize": 2_039_086,
            "recordsInfo": {
                "orders-0": {"firstRecordOffset": "100", "lastRecordOffset": "320",
                    "firstRecordTimestamp": "2026-11-14T00:38:04.835Z",
                    "lastRecordTimestamp": "2026-11-14T00:38:05.580Z"},
                "orders-1": {"firstRecordOffset": "7", "lastRecordOffset": "285"}
            }
        }
    });
    let letter = decode(message(&body.to_string()), &Known::default());
    assert_eq!(letter.origin.title(), "Kafka mapping");
    let kafka = batch(&letter);
    assert_eq!(kafka.source.as_ref().map(Arn::as_str), Some(cluster));
    assert_eq!(
        kafka.positions,
        [
            at("orders-0", "100", Some("320")),
            at("orders-1", "7", Some("285"))
        ]
    );
    assert_eq!(kafka.size, Some(500));
    assert_eq!(kafka.details, [("payloadSize".into(), "2039086".into())]);
    assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Positions));
    assert_eq!(function(&letter), (CHARGE, None, false));
    let error = letter.error.as_ref().expect("an error");
    assert_eq!(error.headline(), "MaximumPayloadSizeExceeded");

    body["KafkaBatchInfo"] = json!({
        "batchSize": 1,
        "bootstrapServers": "kafka.example:9092",
        "recordInfo": {"offset": "42", "timestamp": "2026-11-14T18:16:04.835Z"}
    });
    let letter = decode(message(&body.to_string()), &Known::default());
    let kafka = batch(&letter);
    assert_eq!(kafka.servers.as_deref(), Some("kafka.example:9092"));
    assert_eq!(kafka.positions[0].to_string(), "42");

    // A Kafka topic as destination gets the event beside it.
    body["payload"] = json!({"eventSource": "aws:kafka", "records": {}});
    let letter = decode(message(&body.to_string()), &Known::default());
    assert_eq!(
        event(&letter),
        r#"{"eventSource":"aws:kafka","records":{}}"#
    );
}

/// There is no published record of a DocumentDB mapping: it is known by its form, and what it
/// tells is shown by its own names.
#[test]
fn a_poller_that_is_not_known_is_known_by_the_form_of_its_record() {
    for (name, title) in [
        ("DocumentDBBatchInfo", "DocumentDB mapping"),
        ("DocDBBatchInfo", "DocumentDB mapping"),
        ("SomethingNewBatchInfo", "source mapping"),
    ] {
        let mut body = json!({
            "requestContext": {"requestId": "r", "functionArn": CHARGE, "condition": "RetryAttemptsExhausted"},
            "version": "1.0"
        });
        body[name] = json!({"batchSize": 3, "eventSourceArn": "arn:aws:rds:eu-west-1:1:cluster:docs",
            "resumeToken": "abc", "deep": {"er": 1}});
        let letter = decode(message(&body.to_string()), &Known::default());
        assert_eq!(letter.origin.title(), title);
        assert_eq!(batch(&letter).size, Some(3));
        assert_eq!(
            batch(&letter).details,
            [("resumeToken".into(), "abc".into())]
        );
        assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Positions));
    }
}

/// EventBridge user guide, «Retry policies and dead-letter queues» of custom event buses.
#[test]
fn a_subscriber_of_a_bus_names_events_only() {
    let body = json!({
        "version": "1.0",
        "busArn": "arn:aws:events:eu-west-1:111122223333:event-busv2/orders/EXAMPLE1",
        "subscriberArn": "arn:aws:events:eu-west-1:111122223333:subscriber/large-orders/EXAMPLE2",
        "targetArn": CHARGE,
        "errorCode": "ACCESS_DENIED",
        "errorMessage": "The delivery role is not authorized.",
        "exhaustedRetryCondition": "MaximumEventAgeInSeconds",
        "retryAttempts": 4,
        "failedMessages": [
            {"eventId": "a1b2", "eventGroupId": "order-1001", "deduplicationId": null},
            {"eventId": "e5f6", "eventGroupId": "order-1002"}
        ]
    });
    let letter = decode(message(&body.to_string()), &Known::default());
    assert_eq!(letter.origin.title(), "EventBridge subscriber");
    let bus = batch(&letter);
    assert_eq!(
        bus.positions,
        [
            at("order-1001", "a1b2", None),
            at("order-1002", "e5f6", None)
        ]
    );
    assert_eq!(bus.size, Some(2));
    assert_eq!(bus.condition.as_deref(), Some("MaximumEventAgeInSeconds"));
    assert_eq!(function(&letter), (CHARGE, None, false));
    let error = letter.error.as_ref().expect("an error");
    assert_eq!(error.code.as_deref(), Some("ACCESS_DENIED"));
    assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Positions));
}

#[test]
fn a_record_without_an_event_is_told_as_what_it_is_though_sqs_moved_it() {
    for body in [PIPE.to_owned(), {
        let mut dropped = destination("RetriesExhausted");
        dropped
            .as_object_mut()
            .expect("an object")
            .remove("requestPayload");
        dropped.to_string()
    }] {
        let letter = decode(moved(&body), &known(vec![orders(&[CHARGE])]));
        assert!(!matches!(letter.origin, Origin::Queue { .. }));
        let OriginalEvent::Missing(reason) = letter.event else {
            panic!("no event, not {:?}", letter.event);
        };
        assert!(reason.is_record_alone());
        assert_eq!(record_alone(&body), Some(reason));
    }
    for body in [
        "{}".to_owned(),
        r#"{"KinesisBatchInfo":{}}"#.to_owned(),
        r#"{"context":{},"KinesisBatchInfo":7}"#.to_owned(),
        destination("RetriesExhausted").to_string(),
        notification("{}"),
    ] {
        assert_eq!(record_alone(&body), None, "{body}");
    }
}

#[test]
fn a_stream_mapping_keeps_positions_only() {
    for info in ["KinesisBatchInfo", "DDBStreamBatchInfo"] {
        let mut body = json!({
            "requestContext": {
                "requestId": "r-2",
                "functionArn": CHARGE,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 1
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0"
        });
        body[info] = json!({
            "shardId": "shardId-000000000001",
            "startSequenceNumber": "4955",
            "endSequenceNumber": "4956",
            "batchSize": 500,
            "streamArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"
        });
        let letter = decode(message(&body.to_string()), &Known::default());
        let batch = batch(&letter);
        assert_eq!(letter.origin.title(), "stream mapping");
        assert_eq!(batch.poller, Poller::Mapping);
        assert_eq!(
            batch.source.as_ref().map(Arn::resource_name),
            Some("clicks")
        );
        assert_eq!(
            batch.positions,
            [at("shardId-000000000001", "4955", Some("4956"))]
        );
        assert_eq!(batch.size, Some(500));
        assert_eq!(batch.condition.as_deref(), Some("RetryAttemptsExhausted"));
        assert_eq!(letter.event, OriginalEvent::Missing(NoPayload::Positions));
        assert_eq!(function(&letter), (CHARGE, None, false));
        assert_eq!(letter.error.expect("an error").headline(), "Unhandled");

        body["payload"] = json!("{\"Records\":[]}");
        let letter = decode(message(&body.to_string()), &Known::default());
        assert_eq!(event(&letter), "{\"Records\":[]}");
    }
}

#[test]
fn an_eventbridge_target_that_is_a_function_is_the_function() {
    let mut target = message(r#"{"detail-type":"order"}"#);
    target.attributes = vec![
        (
            "RULE_ARN".into(),
            text("String", "arn:aws:events:eu-west-1:1:rule/r"),
        ),
        ("TARGET_ARN".into(), text("String", CHARGE)),
        ("ERROR_CODE".into(), text("String", "NO_PERMISSIONS")),
        ("ERROR_MESSAGE".into(), text("String", "not authorized")),
        (
            "EXHAUSTED_RETRY_CONDITION".into(),
            text("String", "MaximumRetryAttempts"),
        ),
    ];
    let letter = decode(target.clone(), &Known::default());
    assert_eq!(
        letter.origin,
        Origin::EventBridge {
            rule: Some(Arn::new("arn:aws:events:eu-west-1:1:rule/r")),
            schedule: None,
            target: Some(Arn::new(CHARGE)),
            condition: Some("MaximumRetryAttempts".into()),
            is_truncated: false,
        }
    );
    assert_eq!(function(&letter), (CHARGE, None, false));
    let error = letter.error.expect("an error");
    assert_eq!(
        (error.code.as_deref(), error.message.as_str()),
        (Some("NO_PERMISSIONS"), "not authorized")
    );
    assert_eq!(event_of(&target), OriginalEvent::Event(target.body.clone()));

    target.attributes[1].1 = text("String", "arn:aws:states:eu-west-1:1:stateMachine:m");
    assert_eq!(decode(target, &Known::default()).function, None);
}

/// The attributes of EventBridge Scheduler's letters, by its user guide and by servers that mimic
/// it.
#[test]
fn a_schedule_says_when_it_cut_the_payload_short() {
    let scheduled = |body: &str, is_truncated: &str| {
        let mut message = message(body);
        message.attributes = [
            ("ERROR_CODE", "AWS.Lambda.ThrottlingException"),
            ("ERROR_MESSAGE", "Rate exceeded"),
            ("EXECUTION_ID", "ad06616e51cdf74a"),
            ("EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts"),
            ("IS_PAYLOAD_TRUNCATED", is_truncated),
            ("RETRY_ATTEMPTS", "3"),
            ("SCHEDULED_TIME", "2026-11-29T05:00:00Z"),
            (
                "SCHEDULE_ARN",
                "arn:aws:scheduler:eu-west-1:1:schedule/default/nightly",
            ),
            ("TARGET_ARN", CHARGE),
        ]
        .map(|(name, value)| (name.to_owned(), text("String", value)))
        .into();
        decode(message, &Known::default())
    };
    let whole = scheduled(r#"{"job":"a"}"#, "false");
    assert_eq!(whole.origin.title(), "EventBridge Scheduler");
    assert_eq!(event(&whole), r#"{"job":"a"}"#);
    assert_eq!(function(&whole), (CHARGE, None, false));
    for body in [r#"{"job":"a"}"#, r#"{"job":"a"#] {
        let cut = scheduled(body, "true");
        assert!(matches!(
            cut.origin,
            Origin::EventBridge {
                is_truncated: true,
                ..
            }
        ));
        assert_eq!(cut.event, OriginalEvent::Missing(NoPayload::Truncated));
    }
}

fn notification(text: &str) -> String {
    json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:1:topic", "Message": text}).to_string()
}

#[test]
fn a_notification_is_unwrapped() {
    let letter = decode(
        message(&notification(r#"{"Records":[{"eventSource":"aws:s3"}]}"#)),
        &Known::default(),
    );
    assert_eq!(
        letter.origin,
        Origin::Sns {
            topic: Some(Arn::new("arn:aws:sns:eu-west-1:1:topic"))
        }
    );
    assert_eq!(event(&letter), r#"{"Records":[{"eventSource":"aws:s3"}]}"#);

    let text = decode(message(&notification("hello")), &Known::default());
    assert_eq!(text.event, OriginalEvent::Missing(NoPayload::NotJson));
}

#[test]
fn envelopes_in_envelopes_are_opened() {
    let inner = notification(&destination("RetriesExhausted").to_string());
    let letter = decode(message(&notification(&inner)), &Known::default());
    assert_eq!(
        letter.origin,
        Origin::AsyncDestination {
            condition: "RetriesExhausted".into()
        }
    );
    assert_eq!(event(&letter), r#"{"order":"o-8812","amount":150}"#);

    let mut many = "{}".to_owned();
    for _ in 0..12 {
        many = notification(&many);
    }
    assert!(matches!(
        decode(message(&many), &Known::default()).origin,
        Origin::Sns { .. }
    ));
}

#[test]
fn an_envelope_that_sqs_moved_goes_back_to_its_queue() {
    let body = destination("RetriesExhausted").to_string();
    let nobody_reads = decode(moved(&body), &known(vec![orders(&[])]));
    assert_eq!(
        nobody_reads.origin,
        Origin::Queue {
            source: Arn::new(ORDERS)
        }
    );
    assert_eq!(function(&nobody_reads), (CHARGE, Some("$LATEST"), false));
    assert_eq!(event(&nobody_reads), r#"{"order":"o-8812","amount":150}"#);
    assert_eq!(
        nobody_reads.error.expect("an error").headline(),
        "CardDeclined: card declined"
    );

    // Its reader failed on the envelope; what the envelope tells is another failure.
    let reader = "arn:aws:lambda:eu-west-1:123456789012:function:reader";
    let letter = decode(moved(&body), &known(vec![orders(&[reader])]));
    assert_eq!(function(&letter), (reader, None, true));
    assert!(matches!(letter.event, OriginalEvent::SqsRecord { .. }));
    assert_eq!((letter.error, letter.request_id), (None, None));
}

#[test]
fn raw_delivery_and_events_that_look_alike_are_unknown() {
    for body in [
        r#"{"order":1}"#,
        // API Gateway's proxy event.
        r#"{"requestContext":{"requestId":"x","stage":"prod"},"body":"{}"}"#,
        r#"{"Type":"Notification","Message":"x"}"#,
        r#"{"TopicArn":"t","Message":"x","Type":"SubscriptionConfirmation"}"#,
        "[]",
        "7",
    ] {
        let letter = decode(message(body), &Known::default());
        assert_eq!(letter.origin, Origin::Unknown, "{body}");
        assert_eq!(event(&letter), body);
    }
    for body in ["plain text", "", "{\"a\":", "{} {}"] {
        let letter = decode(message(body), &Known::default());
        assert_eq!(
            letter.event,
            OriginalEvent::Missing(NoPayload::NotJson),
            "{body}"
        );
    }
}

#[test]
fn attributes_of_bytes_tell_nothing() {
    let mut bytes = failed_async("{}");
    bytes.attributes[0].1 = binary(b"\xff\x00");
    assert_eq!(decode(bytes, &Known::default()).origin, Origin::Unknown);
    let mut alone = message("{}");
    alone.attributes = vec![("RequestID".into(), text("String", "r"))];
    assert_eq!(decode(alone, &Known::default()).origin, Origin::Unknown);
}

#[test]
fn retention_runs_from_the_sending() {
    let mut sent = message("{}");
    sent.system.sent = Some(Timestamp::UNIX_EPOCH);
    let letter = decode(sent.clone(), &known(Vec::new()));
    assert_eq!(letter.expires.map(Timestamp::as_second), Some(345_600));
    assert_eq!(decode(sent, &Known::default()).expires, None);
    let mut last = message("{}");
    last.system.sent = Some(Timestamp::MAX);
    assert_eq!(decode(last, &known(Vec::new())).expires, None);
}

#[test]
fn a_function_arn_is_split_from_its_qualifier() {
    let read = |arn: &str| {
        LetterFunction::read(arn).map(|found| (found.arn.as_str().to_owned(), found.qualifier))
    };
    assert_eq!(read(CHARGE), Some((CHARGE.into(), None)));
    assert_eq!(
        read(&format!("{CHARGE}:$LATEST")),
        Some((CHARGE.into(), Some("$LATEST".into())))
    );
    assert_eq!(
        read(&format!("{CHARGE}:42")),
        Some((CHARGE.into(), Some("42".into())))
    );
    for none in [
        "",
        "charge",
        ORDERS,
        "arn:aws:lambda:eu-west-1:1:function:",
        "arn:aws:lambda:eu-west-1:1:layer:x:1",
    ] {
        assert_eq!(read(none), None, "{none}");
    }
}

fn hostile_body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(destination("RetriesExhausted").to_string()),
        Just(notification(&destination("Success").to_string())),
        Just(PIPE.to_owned()),
        Just(r#"{"failedMessages":[{"eventId":[]},7],"busArn":"b"}"#.to_owned()),
        Just(r#"{"requestContext":{"condition":1,"functionArn":{}},"KinesisBatchInfo":[]}"#.to_owned()),
        Just(r#"{"requestContext":{"condition":"x","functionArn":null},"responsePayload":{"errorMessage":[]}}"#.to_owned()),
        any::<String>(),
    ];
    (piece, any::<prop::sample::Index>(), ".{0,3}").prop_map(|(piece, at, inserted)| {
        let mut at = at.index(piece.len() + 1);
        while !piece.is_char_boundary(at) {
            at -= 1;
        }
        format!("{}{inserted}{}", &piece[..at], &piece[at..])
    })
}

proptest! {
    #[test]
    fn no_message_panics_and_each_event_is_json(
        body in hostile_body(),
        attributes in prop::collection::vec((
            prop::sample::select(vec!["RequestID", "ErrorCode", "ErrorMessage", "RULE_ARN", "TARGET_ARN", "ERROR_CODE"]),
            ".{0,12}",
            any::<bool>(),
        ), 0..6),
        was_moved in any::<bool>(),
    ) {
        let mut message = if was_moved { moved(&body) } else { message(&body) };
        message.attributes = attributes
            .into_iter()
            .map(|(name, value, bytes)| (name.to_owned(), if bytes { binary(value.as_bytes()) } else { text("String", &value) }))
            .collect();
        let letter = decode(message.clone(), &known(vec![feeder(CHARGE), orders(&[])]));
        prop_assert_eq!(&letter.message, &message);
        if let OriginalEvent::Event(event) = &letter.event {
            prop_assert!(member::is_json(event.reveal()));
        }
    }
}
