//! SQS on the wire: what is asked, how the answers are read.

use std::sync::Arc;

use lambdeck::{
    domain::{
        function::Arn,
        queue::{
            AttributeValue, EntryError, Handle, MessageAttribute, OpenQueue, Outgoing, QueueEdit,
            QueueEdited, QueueUrl, Receive,
        },
        secret::Secret,
    },
    ports::{Functions, Page, Queues},
};
use serde_json::{Value, json};

use super::{contract::queues::opened, once::function};
use crate::support::{Answer, Stub};

/// A message with nothing but a body.
pub fn outgoing(body: &str) -> Outgoing {
    Outgoing {
        body: Secret::new(Arc::from(body)),
        attributes: Vec::new(),
        group: None,
        deduplication_id: None,
        trace: None,
    }
}

/// A text attribute.
pub fn text(data_type: &str, value: &str) -> MessageAttribute {
    MessageAttribute {
        data_type: data_type.into(),
        value: AttributeValue::Text(Secret::new(value.into())),
    }
}

/// A binary attribute.
pub fn bytes(data_type: &str, value: &[u8]) -> MessageAttribute {
    MessageAttribute {
        data_type: data_type.into(),
        value: AttributeValue::Bytes(Secret::new(value.to_vec())),
    }
}

/// The URL of a queue that the stub has.
pub fn queue() -> QueueUrl {
    QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq")
}

/// The queue at this URL.
pub fn at(url: &QueueUrl) -> OpenQueue {
    let name = url.name();
    let arn = Arn::new(format!("arn:aws:sqs:eu-west-1:123456789012:{name}"));
    opened(&arn, url)
}

/// Every message of it is moved back, as fast as SQS likes.
pub const MOVE: QueueEdit = QueueEdit::StartMove {
    to: None,
    per_second: None,
};

/// Receipt handles.
pub fn handles(texts: &[&str]) -> Vec<Handle> {
    texts
        .iter()
        .map(|text| Secret::new(Arc::from(*text)))
        .collect()
}

/// Ten at once, hidden for two minutes.
pub const LOOK: Receive = Receive {
    max: 10,
    visibility_s: 120,
    wait_s: 20,
};

/// A stub that answers everything so, and what it was asked.
async fn asked(answer: Value) -> (Stub, impl Fn(&Stub) -> (String, Value)) {
    let stub = Stub::script([Answer::json(&answer)]).await;
    let last = |stub: &Stub| {
        let requests = stub.requests();
        let request = requests.last().expect("was asked");
        (
            request.target().expect("has a target").to_owned(),
            request.json(),
        )
    };
    (stub, last)
}

#[tokio::test]
async fn queues_come_in_pages_of_a_thousand() {
    let (stub, last) = asked(json!({
        "QueueUrls": ["https://sqs.example/1/a", "https://sqs.example/1/b.fifo"],
        "NextToken": "more",
    }))
    .await;
    let session = stub.session().await;
    let page = session.list_queues(None).await.unwrap();
    let names: Vec<_> = page.items.iter().map(QueueUrl::name).collect();
    assert_eq!(names, ["a", "b.fifo"]);
    // Without MaxResults SQS gives no token, and the queues after the first thousand are lost.
    assert_eq!(
        last(&stub),
        ("ListQueues".into(), json!({"MaxResults": 1000}))
    );
    session.list_queues(page.next).await.unwrap();
    assert_eq!(
        last(&stub).1,
        json!({"MaxResults": 1000, "NextToken": "more"})
    );
}

#[tokio::test]
async fn no_queues_are_an_empty_last_page() {
    for answer in [json!({}), json!({"QueueUrls": [], "NextToken": ""})] {
        let (stub, _) = asked(answer).await;
        let page = stub.session().await.list_queues(None).await.unwrap();
        assert_eq!(
            page,
            Page {
                items: Vec::new(),
                next: None
            }
        );
    }
}

#[tokio::test]
async fn a_queue_is_found_by_its_name_and_owner() {
    let url = queue();
    let (stub, last) = asked(json!({"QueueUrl": url.as_str()})).await;
    let session = stub.session().await;
    assert_eq!(session.queue_url("orders-dlq", None).await.unwrap(), url);
    assert_eq!(last(&stub).1, json!({"QueueName": "orders-dlq"}));
    session
        .queue_url("orders-dlq", Some("210987654321"))
        .await
        .unwrap();
    assert_eq!(
        last(&stub),
        (
            "GetQueueUrl".into(),
            json!({"QueueName": "orders-dlq", "QueueOwnerAWSAccountId": "210987654321"})
        )
    );
    let (stub, _) = asked(json!({})).await;
    let session = stub.session().await;
    session.queue_url("orders-dlq", None).await.unwrap_err();
}

#[tokio::test]
async fn attributes_that_cannot_be_read_are_absent() {
    let (stub, last) = asked(json!({"Attributes": {
        "ApproximateNumberOfMessages": "5", "ApproximateNumberOfMessagesNotVisible": "many",
        "RedrivePolicy": "{broken", "FifoQueue": "true", "SomethingNew": "1",
        "KmsMasterKeyId": "alias/aws/sqs", "MaximumMessageSize": "262144"}}))
    .await;
    let attributes = stub
        .session()
        .await
        .queue_attributes(&queue())
        .await
        .unwrap();
    assert_eq!((attributes.visible, attributes.in_flight), (5, 0));
    assert_eq!(attributes.dead_letter, None);
    assert!(attributes.fifo);
    assert_eq!(attributes.maximum_bytes, Some(262_144));
    assert_eq!(attributes.kms_key.as_deref(), Some("alias/aws/sqs"));
    assert_eq!(
        last(&stub),
        (
            "GetQueueAttributes".into(),
            json!({"QueueUrl": queue().as_str(), "AttributeNames": ["All"]})
        )
    );
}

/// A letter as Lambda's `DeadLetterConfig` writes it (`docs/aws.md` §3.5), and beside it what else
/// a message can carry.
#[tokio::test]
async fn a_received_letter_is_whole() {
    let (stub, last) = asked(json!({"Messages": [{
        "MessageId": "id-1", "ReceiptHandle": "handle-1", "Body": "{\"a\": 1}",
        "MD5OfBody": "42b7b4f2921788ea14dac5566e6f06d0",
        "MD5OfMessageAttributes": "947026603cf696b50fbf77902de53c7a",
        "Attributes": {
            "SenderId": "AROA:function", "SentTimestamp": "1700000000123",
            "ApproximateReceiveCount": "3", "ApproximateFirstReceiveTimestamp": "1700000001000",
            "MessageGroupId": "g", "MessageDeduplicationId": "d", "SequenceNumber": "188",
            "AWSTraceHeader": "Root=1-2-3",
            "DeadLetterQueueSourceArn": "arn:aws:sqs:eu-west-1:1:orders", "SomethingNew": "x"},
        "MessageAttributes": {
            "RequestID": {"DataType": "String", "StringValue": "req-1"},
            "ErrorMessage": {"DataType": "String", "StringValue": "bad quantity"},
            "ErrorCode": {"DataType": "Number", "StringValue": "200"},
            "Amount": {"DataType": "Number.float", "StringValue": "1.50"},
            "Proof": {"DataType": "Binary.png", "BinaryValue": "AP+A"}},
    }]}))
    .await;
    let messages = stub.session().await.receive(&queue(), LOOK).await.unwrap();
    assert_eq!(
        last(&stub),
        (
            "ReceiveMessage".into(),
            json!({
                "QueueUrl": queue().as_str(), "MaxNumberOfMessages": 10,
                "VisibilityTimeout": 120, "WaitTimeSeconds": 20,
                "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]
            })
        )
    );
    let [message] = &messages[..] else {
        panic!("one message")
    };
    assert_eq!((message.flaw, &*message.id), (None, "id-1"));
    assert_eq!(&**message.handle.reveal(), "handle-1");
    assert_eq!(&**message.body.reveal(), "{\"a\": 1}");
    let expected: Vec<_> = [
        ("Amount", text("Number.float", "1.50")),
        ("ErrorCode", text("Number", "200")),
        ("ErrorMessage", text("String", "bad quantity")),
        ("Proof", bytes("Binary.png", &[0, 255, 128])),
        ("RequestID", text("String", "req-1")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    assert_eq!(message.attributes, expected);
    let system = &message.system;
    let milliseconds = |time: Option<jiff::Timestamp>| time.map(jiff::Timestamp::as_millisecond);
    assert_eq!(milliseconds(system.sent), Some(1_700_000_000_123));
    assert_eq!(milliseconds(system.first_received), Some(1_700_000_001_000));
    assert_eq!(system.receive_count, 3);
    assert_eq!(system.sender.as_deref(), Some("AROA:function"));
    assert_eq!(system.group.as_deref(), Some("g"));
    assert_eq!(system.deduplication_id.as_deref(), Some("d"));
    assert_eq!(system.sequence.as_deref(), Some("188"));
    assert_eq!(system.trace.as_deref(), Some("Root=1-2-3"));
    assert_eq!(
        system.dead_letter_source,
        Some(Arn::new("arn:aws:sqs:eu-west-1:1:orders"))
    );
    assert!(
        !format!("{message:?}").contains("bad quantity"),
        "bodies stay out of Debug"
    );
}

#[tokio::test]
async fn nothing_received_is_no_message() {
    for answer in [
        json!({}),
        json!({"Messages": []}),
        json!({"Messages": null}),
    ] {
        let (stub, _) = asked(answer).await;
        let messages = stub.session().await.receive(&queue(), LOOK).await.unwrap();
        assert_eq!(messages, []);
    }
}

#[tokio::test]
async fn everything_of_a_message_is_sent() {
    let (stub, last) = asked(json!({"Successful": [], "Failed": []})).await;
    let message = Outgoing {
        attributes: vec![
            ("Amount".into(), text("Number.float", "1.50")),
            ("Proof".into(), bytes("Binary.png", &[0, 255, 128])),
        ],
        group: Some("g".into()),
        deduplication_id: Some("d".into()),
        trace: Some("Root=1-2-3".into()),
        ..outgoing("grüße \u{1F680}\n")
    };
    let session = stub.session().await;
    session
        .send_batch(&queue(), &[message, outgoing("second")])
        .await
        .unwrap();
    assert_eq!(
        last(&stub),
        (
            "SendMessageBatch".into(),
            json!({"QueueUrl": queue().as_str(), "Entries": [
                {
                    "Id": "0", "MessageBody": "grüße \u{1F680}\n",
                    "MessageAttributes": {
                        "Amount": {"DataType": "Number.float", "StringValue": "1.50"},
                        "Proof": {"DataType": "Binary.png", "BinaryValue": "AP+A"}},
                    "MessageSystemAttributes": {
                        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}},
                    "MessageGroupId": "g", "MessageDeduplicationId": "d"
                },
                {"Id": "1", "MessageBody": "second"}
            ]})
        )
    );
}

#[tokio::test]
async fn each_entry_of_a_send_has_its_own_answer() {
    let (stub, _) = asked(json!({
        "Successful": [
            {"Id": "3", "MessageId": "new-3", "MD5OfMessageBody": "00000000000000000000000000000000"},
            {"Id": "0", "MessageId": "new-0", "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661",
             "SequenceNumber": "188"},
            {"Id": "77", "MessageId": "new-77", "MD5OfMessageBody": ""},
        ],
        "Failed": [
            {"Id": "1", "Code": "InternalError", "Message": "try again", "SenderFault": false},
            {"Id": "4", "Code": "InvalidMessageContents", "SenderFault": true},
        ],
    }))
    .await;
    let messages = ["a", "b", "c", "d", "e"].map(outgoing);
    let session = stub.session().await;
    let answers = session.send_batch(&queue(), &messages).await.unwrap();
    assert_eq!(answers.len(), 5);
    let sent = answers[0].as_ref().unwrap();
    assert_eq!(
        (sent.id.as_str(), sent.sequence.as_deref()),
        ("new-0", Some("188"))
    );
    let failures: Vec<_> = answers[1..]
        .iter()
        .map(|answer| {
            let error = answer.as_ref().unwrap_err();
            (error.code.as_str(), error.sender_fault)
        })
        .collect();
    assert_eq!(
        failures,
        [
            ("InternalError", false),
            (EntryError::NO_ANSWER, false),
            (EntryError::CHECKSUM_MISMATCH, false),
            ("InvalidMessageContents", true),
        ]
    );
}

#[tokio::test]
async fn attributes_that_were_stored_otherwise_are_told() {
    let (stub, _) = asked(json!({"Successful": [{
        "Id": "0", "MessageId": "new-0", "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661",
        "MD5OfMessageAttributes": "00000000000000000000000000000000"}]}))
    .await;
    let message = Outgoing {
        attributes: vec![("k".into(), text("String", "v"))],
        ..outgoing("a")
    };
    let session = stub.session().await;
    let answers = session.send_batch(&queue(), &[message]).await.unwrap();
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!(error.code, EntryError::CHECKSUM_MISMATCH);
    assert!(error.message.contains("attributes"), "{}", error.message);
}

#[tokio::test]
async fn handles_are_held_given_back_and_deleted_in_batches() {
    let (stub, last) = asked(json!({
        "Successful": [{"Id": "1"}],
        "Failed": [{"Id": "0", "Code": "ReceiptHandleIsInvalid", "Message": "old",
                    "SenderFault": true}]}))
    .await;
    let session = stub.session().await;
    let handles = handles(&["h0", "h1", "h2"]);
    let held = session
        .change_visibility(&queue(), &handles, 43_200)
        .await
        .unwrap();
    assert_eq!(
        last(&stub),
        (
            "ChangeMessageVisibilityBatch".into(),
            json!({"QueueUrl": queue().as_str(), "Entries": [
                {"Id": "0", "ReceiptHandle": "h0", "VisibilityTimeout": 43200},
                {"Id": "1", "ReceiptHandle": "h1", "VisibilityTimeout": 43200},
                {"Id": "2", "ReceiptHandle": "h2", "VisibilityTimeout": 43200}]})
        )
    );
    session
        .change_visibility(&queue(), &handles[..1], 0)
        .await
        .unwrap();
    assert_eq!(last(&stub).1["Entries"][0]["VisibilityTimeout"], 0);
    let deleted = session.delete_batch(&queue(), &handles).await.unwrap();
    assert_eq!(
        last(&stub),
        (
            "DeleteMessageBatch".into(),
            json!({"QueueUrl": queue().as_str(), "Entries": [
                {"Id": "0", "ReceiptHandle": "h0"},
                {"Id": "1", "ReceiptHandle": "h1"},
                {"Id": "2", "ReceiptHandle": "h2"}]})
        )
    );
    for answers in [held, deleted] {
        assert_eq!(answers.len(), 3);
        let code = |at: usize| answers[at].as_ref().unwrap_err().code.as_str();
        assert_eq!(code(0), "ReceiptHandleIsInvalid");
        assert_eq!(answers[1], Ok(()));
        assert_eq!(code(2), EntryError::NO_ANSWER);
    }
}

#[tokio::test]
async fn an_empty_batch_is_no_call() {
    let (stub, _) = asked(json!({})).await;
    let session = stub.session().await;
    assert_eq!(session.send_batch(&queue(), &[]).await.unwrap(), []);
    assert_eq!(session.delete_batch(&queue(), &[]).await.unwrap(), []);
    assert_eq!(
        session.change_visibility(&queue(), &[], 0).await.unwrap(),
        []
    );
    assert_eq!(stub.count(), 0);
}

#[tokio::test]
async fn a_purge_names_its_queue() {
    let (stub, last) = asked(json!({})).await;
    let session = stub.session().await;
    let purge = session.edit_queue(&at(&queue()), &QueueEdit::Purge).await;
    assert_eq!(purge.unwrap(), QueueEdited::default());
    assert_eq!(
        last(&stub),
        ("PurgeQueue".into(), json!({"QueueUrl": queue().as_str()}))
    );
}

#[tokio::test]
async fn a_move_task_is_started_and_cancelled() {
    let (stub, last) = asked(json!({
        "TaskHandle": "task-1", "ApproximateNumberOfMessagesMoved": 7}))
    .await;
    let session = stub.session().await;
    let source = at(&queue());
    let started = session.edit_queue(&source, &MOVE).await.unwrap();
    assert_eq!(started.task.as_deref(), Some("task-1"));
    assert_eq!(
        last(&stub),
        (
            "StartMessageMoveTask".into(),
            json!({"SourceArn": source.arn().as_str()})
        )
    );
    let to = Arn::new("arn:aws:sqs:eu-west-1:1:orders");
    let start = QueueEdit::StartMove {
        to: Some(opened(&to, &queue())),
        per_second: Some(500),
    };
    session.edit_queue(&source, &start).await.unwrap();
    assert_eq!(
        last(&stub).1,
        json!({"SourceArn": source.arn().as_str(),
            "DestinationArn": "arn:aws:sqs:eu-west-1:1:orders",
            "MaxNumberOfMessagesPerSecond": 500})
    );
    let cancel = QueueEdit::CancelMove("task-1".to_owned());
    let cancelled = session.edit_queue(&source, &cancel).await.unwrap();
    assert_eq!(cancelled.moved, Some(7));
    assert_eq!(
        last(&stub),
        (
            "CancelMessageMoveTask".into(),
            json!({"TaskHandle": "task-1"})
        )
    );
}

#[tokio::test]
async fn move_tasks_tell_how_they_are_doing() {
    let dlq = "arn:aws:sqs:eu-west-1:1:orders-dlq";
    let (stub, last) = asked(json!({"Results": [
        {"TaskHandle": "task-3", "Status": "RUNNING", "SourceArn": dlq,
         "DestinationArn": "arn:aws:sqs:eu-west-1:1:orders", "MaxNumberOfMessagesPerSecond": 50,
         "ApproximateNumberOfMessagesMoved": 12, "ApproximateNumberOfMessagesToMove": 40,
         "StartedTimestamp": 1_700_000_000_123_i64},
        {"Status": "COMPLETED", "SourceArn": dlq, "ApproximateNumberOfMessagesMoved": 9,
         "StartedTimestamp": 1_690_000_000_000_i64},
        {"Status": "FAILED", "SourceArn": dlq, "ApproximateNumberOfMessagesMoved": 0,
         "ApproximateNumberOfMessagesToMove": 4,
         "FailureReason": "CouldNotDetermineMessageSource"},
        {"Status": "SOMETHING_NEW"},
    ]}))
    .await;
    let tasks = stub
        .session()
        .await
        .move_tasks(&Arn::new(dlq))
        .await
        .unwrap();
    assert_eq!(
        last(&stub),
        (
            "ListMessageMoveTasks".into(),
            json!({"SourceArn": dlq, "MaxResults": 10})
        )
    );
    let [running, completed, failed, new] = &tasks[..] else {
        panic!("four tasks")
    };
    assert!(running.is_running());
    assert_eq!(running.handle.as_deref(), Some("task-3"));
    assert_eq!((running.moved, running.to_move), (12, Some(40)));
    assert_eq!(running.per_second, Some(50));
    assert_eq!(
        running.started.map(jiff::Timestamp::as_millisecond),
        Some(1_700_000_000_123)
    );
    assert!(!completed.is_running());
    assert_eq!((&completed.handle, completed.to_move), (&None, None));
    assert_eq!(completed.destination, None, "each to its own source");
    assert_eq!(
        failed.failure.as_deref(),
        Some("CouldNotDetermineMessageSource")
    );
    assert_eq!(failed.started, None);
    assert_eq!(new.status, "SOMETHING_NEW");
}

#[tokio::test]
async fn async_settings_of_every_qualifier_are_told() {
    let row = |qualifier: &str, target: &str| {
        json!({"FunctionArn": format!("{}{qualifier}", function()), "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": target}}})
    };
    let stub = Stub::script([
        Answer::json(&json!({
            "FunctionEventInvokeConfigs": [
                row(":live", "arn:aws:sqs:r:1:live-dlq"), row(":$LATEST", ""), row("", "")],
            "NextMarker": "more"})),
        Answer::json(&json!({"FunctionEventInvokeConfigs": []})),
    ])
    .await;
    let session = stub.session().await;
    let page = session.async_configs(&function(), None).await.unwrap();
    let qualifiers: Vec<_> = page.items.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(qualifiers, ["live", "$LATEST", "$LATEST"]);
    let (_, live) = &page.items[0];
    assert_eq!(live.maximum_retries, Some(0));
    assert_eq!(live.on_success, None);
    assert_eq!(live.on_failure, Some(Arn::new("arn:aws:sqs:r:1:live-dlq")));
    assert_eq!(page.items[1].1.on_failure, None);
    let last = session.async_configs(&function(), page.next).await.unwrap();
    assert_eq!(last.next, None);
    let paths: Vec<_> = stub
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    for path in &paths {
        assert!(path.contains("charge/event-invoke-config/list?"), "{path}");
        assert!(path.contains("MaxItems=50"), "{path}");
    }
    assert!(!paths[0].contains("Marker"), "{paths:?}");
    assert!(paths[1].contains("Marker=more"), "{paths:?}");
}
