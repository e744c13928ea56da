//! One call is one request: the SDK sends nothing again by itself, whatever happens.

use std::time::Duration;

use lambdeck::{
    domain::{
        function::Arn,
        invocation::{InvocationType, InvokeRequest},
        secret::Secret,
    },
    ports::{ErrorKind, Functions},
};
use serde_json::json;

use crate::support::{Answer, Stub};

/// A function of the stub.
pub fn function() -> Arn {
    Arn::new("arn:aws:lambda:eu-west-1:123456789012:function:charge")
}

/// An invoke of it.
pub fn invoke(kind: InvocationType) -> InvokeRequest {
    InvokeRequest {
        function: function(),
        qualifier: None,
        kind,
        payload: Secret::new(b"{}".to_vec()),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(15),
    }
}

fn posts(stub: &Stub) -> usize {
    stub.requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count()
}

#[tokio::test]
async fn an_invoke_cut_before_the_answer_is_posted_once() {
    let stub = Stub::script([Answer::cut()]).await;
    let error = stub
        .session()
        .await
        .invoke(&invoke(InvocationType::RequestResponse))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert_eq!(posts(&stub), 1);
}

/// The pool hands out a connection that has worked before: the usual case in a long session.
#[tokio::test]
async fn an_invoke_cut_on_a_reused_connection_is_posted_once() {
    let stub = Stub::script([Answer::json(&json!({"Functions": []})), Answer::cut()]).await;
    let session = stub.session().await;
    session.list_functions(None).await.unwrap();
    let error = session
        .invoke(&invoke(InvocationType::RequestResponse))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert_eq!(posts(&stub), 1);
    let connections: Vec<_> = stub.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 0], "the connection was reused");
}

#[tokio::test]
async fn an_invoke_cut_inside_the_answer_is_posted_once() {
    let stub =
        Stub::script([Answer::json(&json!({"answer": "x".repeat(4000)})).cut_inside()]).await;
    let error = stub
        .session()
        .await
        .invoke(&invoke(InvocationType::RequestResponse))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert_eq!(posts(&stub), 1);
}

#[tokio::test]
async fn failures_that_the_sdk_likes_to_retry_are_posted_once() {
    for (status, code) in [
        (500, "ServiceException"),
        (502, "ResourceNotReadyException"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
        (429, "TooManyRequestsException"),
    ] {
        for kind in [
            InvocationType::RequestResponse,
            InvocationType::Event,
            InvocationType::DryRun,
        ] {
            let stub = Stub::script([Answer::error(status, code, "no")]).await;
            stub.session()
                .await
                .invoke(&invoke(kind))
                .await
                .unwrap_err();
            assert_eq!(posts(&stub), 1, "{code} {kind:?}");
        }
    }
}

/// Reads too: the Gate retries them, under its budget and with its own log line.
#[tokio::test]
async fn a_read_is_sent_once_as_well() {
    let stub = Stub::script([Answer::error(
        429,
        "TooManyRequestsException",
        "Rate exceeded",
    )])
    .await;
    stub.session().await.list_functions(None).await.unwrap_err();
    assert_eq!(stub.count(), 1);
}

/// The SDK's protection against stalled streams gives up after five seconds; a function that
/// answers slowly must not lose its answer.
#[tokio::test]
async fn an_answer_that_stalls_is_waited_for() {
    let body = json!({"answer": "x".repeat(4000)});
    let stub = Stub::script([Answer::json(&body).stalled(Duration::from_secs(7))]).await;
    let answer = stub
        .session()
        .await
        .invoke(&invoke(InvocationType::RequestResponse))
        .await
        .unwrap();
    assert_eq!(answer.payload.reveal(), body.to_string().as_bytes());
}
