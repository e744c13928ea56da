//! How SQS fails: every form of its errors, and what a failed write may have done.

use lambdeck::{
    domain::queue::{EntryError, Flaw, QueueEdit},
    ports::{ErrorKind, Outcome, Queues},
};
use serde_json::json;
use tokio::net::TcpListener;

use super::queues::{LOOK, MOVE, at, handles, outgoing, queue};
use crate::support::{self, Answer, Stub};

/// A failure as SQS sends it: the code of its JSON protocol in the body, the code it always had in
/// the header.
fn failure(status: u16, code: &str, message: &str) -> Answer {
    let shape = code
        .rsplit('.')
        .next()
        .unwrap_or(code)
        .replace("NonExistentQueue", "QueueDoesNotExist");
    let body = json!({"__type": format!("com.amazonaws.sqs#{shape}"), "message": message});
    Answer::json(&body)
        .status(status)
        .header("x-amzn-query-error", &format!("{code};Sender"))
}

#[tokio::test]
async fn failures_are_sorted_by_what_helps_and_keep_their_code() {
    use ErrorKind::{Conflict, Denied, Invalid, NotFound, Other, Service, Throttled, TooLarge};
    let forms = [
        (400, "AWS.SimpleQueueService.NonExistentQueue", NotFound),
        (400, "QueueDoesNotExist", NotFound),
        (404, "ResourceNotFoundException", NotFound),
        (403, "OverLimit", Throttled),
        (403, "RequestThrottled", Throttled),
        (400, "ThrottlingException", Throttled),
        (400, "KMS.ThrottlingException", Throttled),
        (403, "AccessDenied", Denied),
        (400, "AccessDeniedException", Denied),
        (400, "KMS.AccessDeniedException", Denied),
        (400, "KMS.DisabledException", Other),
        (400, "KMS.NotFoundException", Other),
        (404, "ReceiptHandleIsInvalid", Invalid),
        (400, "AWS.SimpleQueueService.MessageNotInflight", Invalid),
        (400, "AWS.SimpleQueueService.BatchRequestTooLong", TooLarge),
        (400, "BatchRequestTooLong", TooLarge),
        (400, "AWS.SimpleQueueService.EmptyBatchRequest", Invalid),
        (
            400,
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            Invalid,
        ),
        (403, "AWS.SimpleQueueService.PurgeQueueInProgress", Conflict),
        (400, "AWS.SimpleQueueService.UnsupportedOperation", Invalid),
        (400, "InvalidMessageContents", Invalid),
        (400, "InvalidAddress", Invalid),
        (403, "InvalidClientTokenId", ErrorKind::BadCredentials),
        (403, "SignatureDoesNotMatch", ErrorKind::BadCredentials),
        (500, "InternalFailure", Service),
        (503, "ServiceUnavailable", Service),
        (400, "SomethingNew", Invalid),
    ];
    for (status, code, kind) in forms {
        let stub = Stub::script([failure(status, code, "m")]).await;
        let error = stub
            .session()
            .await
            .send_batch(&queue(), &[outgoing("x")])
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{code}: {error:?}");
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.status, Some(status));
        assert_eq!(error.request_id.as_deref(), Some("stub-request"));
        let expected = if kind == Service {
            Outcome::Unknown
        } else {
            Outcome::NotDone
        };
        assert_eq!(error.outcome(), expected, "{code}");
    }
}

/// Without the header the shape's own name is the code.
#[tokio::test]
async fn the_newer_form_of_a_code_is_understood_too() {
    for (code, kind) in [
        ("QueueDoesNotExist", ErrorKind::NotFound),
        ("RequestThrottled", ErrorKind::Throttled),
        ("KmsAccessDenied", ErrorKind::Denied),
        ("KmsThrottled", ErrorKind::Throttled),
        ("PurgeQueueInProgress", ErrorKind::Conflict),
        ("UnsupportedOperation", ErrorKind::Invalid),
        ("ReceiptHandleIsInvalid", ErrorKind::Invalid),
    ] {
        let body = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "m"});
        let stub = Stub::script([Answer::json(&body).status(400)]).await;
        let session = stub.session().await;
        let purge = session.edit_queue(&at(&queue()), &QueueEdit::Purge).await;
        let error = purge.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert_eq!(error.code.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn a_denial_names_the_right_that_is_missing() {
    let denied = |action: &str| {
        failure(
            403,
            "AccessDenied",
            &format!(
                "User: arn:aws:iam::1:user/x is not authorized to perform: {action} on resource: \
                 arn:aws:sqs:r:1:q because no identity-based policy allows the {action} action"
            ),
        )
    };
    let by_key = |message: &str| failure(400, "KMS.AccessDeniedException", message);
    let named = "User: x is not authorized to perform: kms:ReEncrypt on this resource";
    for (answer, send, receive) in [
        (
            denied("sqs:sendmessage"),
            "sqs:SendMessage",
            "sqs:sendmessage",
        ),
        (
            failure(403, "AccessDenied", "Access to the resource is denied."),
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
        ),
        (by_key("no"), "kms:GenerateDataKey", "kms:Decrypt"),
        (by_key(named), "kms:ReEncrypt", "kms:ReEncrypt"),
    ] {
        let stub = Stub::script([answer]).await;
        let session = stub.session().await;
        let error = session
            .send_batch(&queue(), &[outgoing("x")])
            .await
            .unwrap_err();
        assert_eq!(error.missing_action(), Some(send), "{error:?}");
        let error = session.receive(&queue(), LOOK).await.unwrap_err();
        assert_eq!(error.missing_action(), Some(receive), "{error:?}");
    }
}

#[tokio::test]
async fn a_move_task_is_refused_in_its_own_words() {
    for (status, code, kind) in [
        (404, "ResourceNotFoundException", ErrorKind::NotFound),
        (
            400,
            "AWS.SimpleQueueService.UnsupportedOperation",
            ErrorKind::Invalid,
        ),
        (403, "RequestThrottled", ErrorKind::Throttled),
    ] {
        let stub = Stub::script([failure(status, code, "why")]).await;
        let session = stub.session().await;
        let source = at(&queue());
        let cancel = QueueEdit::CancelMove("task".to_owned());
        let errors = [
            session.edit_queue(&source, &MOVE).await.unwrap_err(),
            session.move_tasks(source.arn()).await.unwrap_err(),
            session.edit_queue(&source, &cancel).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind, kind, "{error:?}");
            assert_eq!(error.code.as_deref(), Some(code));
            assert_eq!(error.outcome(), Outcome::NotDone);
        }
    }
}

/// It may have begun all the same.
#[tokio::test]
async fn a_move_task_without_a_handle_is_told() {
    let stub = Stub::script([Answer::json(&json!({}))]).await;
    let session = stub.session().await;
    let error = session.edit_queue(&at(&queue()), &MOVE).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
}

/// SQS may have stored the messages: nothing may send them again but the engine that knows.
#[tokio::test]
async fn a_send_of_unknown_outcome_is_posted_once() {
    let done = json!({"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": ""}],
        "pad": "x".repeat(4_000)});
    for (answer, kind) in [
        (Answer::cut(), ErrorKind::Interrupted),
        (Answer::json(&done).cut_inside(), ErrorKind::Interrupted),
        (failure(500, "InternalFailure", "no"), ErrorKind::Service),
        (failure(503, "ServiceUnavailable", "no"), ErrorKind::Service),
        (Answer::new(200, "<html>"), ErrorKind::Unreadable),
    ] {
        let stub = Stub::script([answer]).await;
        let error = stub
            .session()
            .await
            .send_batch(&queue(), &[outgoing("x")])
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
        assert_eq!(stub.count(), 1, "{error:?}");
    }
}

/// What proxies and load balancers say in SQS's place tells nothing.
#[tokio::test]
async fn a_page_in_place_of_an_answer_is_no_refusal_by_sqs() {
    for status in [418, 500, 502, 503, 504] {
        let stub = Stub::script([Answer::new(status, "<html>no</html>")]).await;
        let error = stub
            .session()
            .await
            .send_batch(&queue(), &[outgoing("x")])
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
        assert_eq!(stub.count(), 1);
    }
}

/// The pool hands out a connection that has worked before, and it breaks under the send.
#[tokio::test]
async fn a_send_cut_on_a_reused_connection_is_posted_once() {
    let stub = Stub::script([Answer::json(&json!({})), Answer::cut()]).await;
    let session = stub.session().await;
    session.receive(&queue(), LOOK).await.unwrap();
    let error = session
        .send_batch(&queue(), &[outgoing("x")])
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    let connections: Vec<_> = stub.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 0], "one send, on the same connection");
}

/// Reads and deletes too: the Gate sends them again, not the SDK.
#[tokio::test]
async fn everything_else_is_posted_once_as_well() {
    let stub = Stub::script([failure(503, "ServiceUnavailable", "no")]).await;
    let session = stub.session().await;
    let handles = handles(&["h"]);
    session.list_queues(None).await.unwrap_err();
    session.receive(&queue(), LOOK).await.unwrap_err();
    session
        .change_visibility(&queue(), &handles, 0)
        .await
        .unwrap_err();
    session.delete_batch(&queue(), &handles).await.unwrap_err();
    session
        .edit_queue(&at(&queue()), &QueueEdit::Purge)
        .await
        .unwrap_err();
    assert_eq!(stub.count(), 5);
}

/// What a receive gives is believed only as far as it proves itself.
#[tokio::test]
async fn a_message_that_did_not_come_whole_says_so() {
    let whole = json!({"MessageId": "m-1", "ReceiptHandle": "h-1", "Body": "{\"a\":1}",
        "MD5OfBody": "BB6CB5C68DF4652941CAF652A366F2D8"});
    let without = |name: &str| {
        let mut message = whole.clone();
        message.as_object_mut().unwrap().remove(name);
        message
    };
    let mut other = whole.clone();
    other["Body"] = "{\"a\":2}".into();
    let mut attributed = whole.clone();
    attributed["MessageAttributes"] = json!({"k": {"DataType": "String", "StringValue": "v"}});
    attributed["MD5OfMessageAttributes"] = "00000000000000000000000000000000".into();
    let answer = json!({"Messages": [
        whole, without("MD5OfBody"), other, attributed, without("Body"),
        without("MessageId"), without("ReceiptHandle"), {}]});
    let stub = Stub::script([Answer::json(&answer)]).await;
    let session = stub.session().await;
    let messages = session.receive(&queue(), LOOK).await.unwrap();
    let flaws: Vec<_> = messages.iter().map(|message| message.flaw).collect();
    assert_eq!(
        flaws,
        [
            None,
            None,
            Some(Flaw::Body),
            Some(Flaw::Attributes),
            Some(Flaw::Empty),
            Some(Flaw::Nameless),
            Some(Flaw::Unheld),
            Some(Flaw::Unheld),
        ]
    );
}

/// A success that proves nothing is no confirmation: its original would be deleted.
#[tokio::test]
async fn a_send_that_is_not_proved_has_an_unknown_outcome() {
    let answer = json!({"Successful": [
        {"Id": "0", "MessageId": "new-0", "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661"},
        {"Id": "1", "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661"},
        {"Id": "2", "MessageId": "new-2"},
        {"Id": "3"}]});
    let stub = Stub::script([Answer::json(&answer)]).await;
    let session = stub.session().await;
    let messages = ["a"; 4].map(outgoing);
    let answers = session.send_batch(&queue(), &messages).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().id, "new-0");
    for answer in &answers[1..] {
        let error = answer.as_ref().unwrap_err();
        assert_eq!(error.code, EntryError::NO_ANSWER);
        assert!(error.message.contains("unknown"), "{}", error.message);
    }
}

/// Only what certainly never left is a network failure.
#[tokio::test]
async fn a_send_that_found_no_connection_did_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let plain = Stub::script([Answer::json(&json!({}))]).await;
    for endpoint in [closed, plain.url().replace("http://", "https://")] {
        let session = support::open(support::environment("AKIA", &endpoint))
            .await
            .unwrap();
        let error = session
            .send_batch(&queue(), &[outgoing("x")])
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Network, "{endpoint}: {error:?}");
        assert_eq!(error.outcome(), Outcome::NotDone);
    }
}
