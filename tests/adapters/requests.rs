//! What is asked and how the answers are read: headers, paths, pages, odd values.

use lambdeck::{
    domain::{
        function::{Arn, Environment},
        invocation::InvocationType,
        log::LogQuery,
        secret::Secret,
    },
    ports::{Functions, Logs, Page},
};
use serde_json::json;

use super::once::{function, invoke};
use crate::support::{Answer, Stub};

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:";

#[tokio::test]
async fn an_invoke_says_exactly_what_was_asked() {
    let log = base64("START RequestId: 1\nhello\n");
    let stub = Stub::script([Answer::new(200, "\"done\"")
        .header("x-amz-executed-version", "7")
        .header("x-amz-log-result", &log)
        .header("x-amzn-requestid", "req-1")])
    .await;
    let mut request = invoke(InvocationType::RequestResponse);
    request.qualifier = Some("live".into());
    request.payload = Secret::new(b" {\"a\" : 1}\n".to_vec());
    request.client_context = Some(Secret::new("{\"custom\":{}}".into()));
    request.tenant = Some("acme".into());
    let answer = stub.session().await.invoke(&request).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.executed_version.as_deref(), Some("7"));
    assert_eq!(
        answer.log_tail.as_deref(),
        Some("START RequestId: 1\nhello\n")
    );
    assert_eq!(answer.request_id.as_deref(), Some("req-1"));
    assert_eq!(answer.function_error, None);
    assert_eq!(answer.payload.reveal(), b"\"done\"");

    let sent = &stub.requests()[0];
    assert!(sent.path.contains("charge/invocations"), "{}", sent.path);
    assert!(sent.path.ends_with("?Qualifier=live"), "{}", sent.path);
    assert_eq!(
        sent.header("x-amz-invocation-type"),
        Some("RequestResponse")
    );
    assert_eq!(sent.header("x-amz-log-type"), Some("Tail"));
    assert_eq!(sent.header("x-amz-tenant-id"), Some("acme"));
    assert_eq!(
        sent.header("x-amz-client-context"),
        Some(base64("{\"custom\":{}}").as_str())
    );
    assert_eq!(sent.body, b" {\"a\" : 1}\n");
}

#[tokio::test]
async fn an_async_or_dry_invoke_asks_for_no_log_and_sends_no_context() {
    for (kind, status) in [(InvocationType::Event, 202), (InvocationType::DryRun, 204)] {
        let stub = Stub::script([Answer::new(status, "")]).await;
        let mut request = invoke(kind);
        request.client_context = Some(Secret::new("{}".into()));
        let answer = stub.session().await.invoke(&request).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.log_tail, None);
        let sent = &stub.requests()[0];
        assert_eq!(sent.header("x-amz-invocation-type"), Some(kind.as_str()));
        assert_eq!(sent.header("x-amz-log-type"), None);
        assert_eq!(sent.header("x-amz-client-context"), None);
    }
}

#[tokio::test]
async fn any_function_error_is_told_and_a_broken_log_is_not_fatal() {
    for value in ["Handled", "Unhandled", "SomethingNew"] {
        let stub = Stub::script([Answer::new(200, "{\"errorMessage\":\"x\"}")
            .header("x-amz-function-error", value)
            .header("x-amz-log-result", "%%% no base64")])
        .await;
        let request = invoke(InvocationType::RequestResponse);
        let answer = stub.session().await.invoke(&request).await.unwrap();
        assert_eq!(answer.function_error.as_deref(), Some(value));
        assert_eq!(answer.log_tail, None);
    }
}

/// The last 4 KB may begin inside a character.
#[tokio::test]
async fn a_log_tail_cut_inside_a_character_is_readable() {
    let stub = Stub::script([Answer::new(200, "").header(
        "x-amz-log-result",
        &base64_bytes(&[&"é".as_bytes()[1..], b"end"].concat()),
    )])
    .await;
    let request = invoke(InvocationType::RequestResponse);
    let answer = stub.session().await.invoke(&request).await.unwrap();
    assert_eq!(answer.log_tail.as_deref(), Some("\u{fffd}end"));
}

#[tokio::test]
async fn pages_pass_through_as_they_come() {
    let row = json!({"FunctionName": "a", "FunctionArn": format!("{ARN}a")});
    let stub = Stub::script([
        Answer::json(&json!({"Functions": [row], "NextMarker": "same"})),
        Answer::json(&json!({"Functions": [], "NextMarker": "same"})),
        Answer::json(&json!({"Functions": [], "NextMarker": ""})),
        Answer::json(&json!({})),
    ])
    .await;
    let session = stub.session().await;
    let first = session.list_functions(None).await.unwrap();
    assert_eq!(first.items.len(), 1);
    assert_eq!(first.next.as_deref(), Some("same"));
    let repeated = session.list_functions(first.next).await.unwrap();
    assert_eq!(
        repeated,
        Page {
            items: Vec::new(),
            next: Some("same".into())
        }
    );
    assert_eq!(
        session.list_functions(repeated.next).await.unwrap().next,
        None
    );
    assert_eq!(
        session.list_functions(None).await.unwrap(),
        Page {
            items: Vec::new(),
            next: None
        }
    );
    let paths: Vec<_> = stub
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(
        paths[0].contains("MaxItems=50") && !paths[0].contains("Marker="),
        "{paths:?}"
    );
    assert!(paths[1].contains("Marker=same"), "{paths:?}");
}

#[tokio::test]
async fn a_row_survives_unknown_words_and_missing_fields() {
    let stub = Stub::script([Answer::json(&json!({"Functions": [
        {
            "FunctionName": "new", "FunctionArn": format!("{ARN}new"), "Runtime": "zig1.0",
            "PackageType": "Wasm", "Architectures": ["riscv"], "MemorySize": 32768,
            "LastModified": "2026-03-04T17:22:38.033+0000", "Unknown": {"deep": [1]},
            "DurableConfig": {"ExecutionTimeout": 60},
            "Environment": {"Variables": {"TOKEN": "hunter2"}}
        },
        {"FunctionArn": format!("{ARN}bare")},
        {"FunctionName": "without an ARN"},
        {"FunctionArn": format!("{ARN}odd"), "LastModified": "never", "Timeout": -3}
    ]}))])
    .await;
    let rows = stub
        .session()
        .await
        .list_functions(None)
        .await
        .unwrap()
        .items;
    assert_eq!(rows.len(), 3);
    assert_eq!(&*rows[0].package, "Wasm");
    assert_eq!(&*rows[0].architecture, "riscv");
    assert!(rows[0].durable && rows[0].modified.is_some());
    assert!(!format!("{rows:?}").contains("hunter2"));
    assert_eq!(&*rows[1].name, "bare");
    assert_eq!(rows[1].log_group(), "/aws/lambda/bare");
    assert_eq!((rows[2].modified, rows[2].timeout_s), (None, 0));
}

#[tokio::test]
async fn an_environment_error_is_told_apart_from_no_variables() {
    let stub = Stub::script([
        Answer::json(&json!({"FunctionArn": format!("{ARN}a"), "Environment": {
            "Error": {"ErrorCode": "AccessDeniedException", "Message": "kms"}}})),
        Answer::json(&json!({"FunctionArn": format!("{ARN}a:3"), "Version": "3"})),
    ])
    .await;
    let session = stub.session().await;
    let denied = session.configuration(&function(), None).await.unwrap();
    assert!(
        matches!(denied.environment, Environment::Unreadable { code, .. } if code == "AccessDeniedException")
    );
    let version = session.configuration(&function(), Some("3")).await.unwrap();
    assert_eq!(version.environment, Environment::Variables(Vec::new()));
    assert_eq!(
        version.summary.arn.as_str(),
        format!("{ARN}a"),
        "the identity has no qualifier"
    );
    assert!(stub.requests()[1].path.ends_with("?Qualifier=3"));
}

#[tokio::test]
async fn a_function_without_async_settings_is_no_failure_but_a_missing_one_is() {
    let stub = Stub::script([
        Answer::error(
            404,
            "ResourceNotFoundException",
            "The function x doesn't have an EventInvokeConfig",
        ),
        Answer::error(404, "ResourceNotFoundException", "Function not found: x"),
        Answer::json(&json!({"MaximumRetryAttempts": 0})),
    ])
    .await;
    let session = stub.session().await;
    assert_eq!(session.async_config(&function()).await.unwrap(), None);
    session.async_config(&function()).await.unwrap_err();
    let config = session.async_config(&function()).await.unwrap().unwrap();
    assert_eq!(config.maximum_retries, Some(0), "zero is a setting");
}

#[tokio::test]
async fn a_log_question_is_sent_as_it_is() {
    let stub = Stub::script([Answer::json(&json!({"events": [], "nextToken": "more"}))]).await;
    let session = stub.session().await;
    let pattern = "{ $.level = \"ERROR\" || $.a[0] = %re\\d% } ?x -\"y\"";
    let page = session
        .filter_events(&LogQuery {
            group: "/aws/lambda/charge".into(),
            start: Some(1_700_000_000_000),
            end: Some(1_700_000_000_001),
            pattern: Some(pattern.into()),
            stream_prefix: Some("charge/".into()),
            newest_first: true,
            limit: Some(100),
            token: Some("t".into()),
        })
        .await
        .unwrap();
    assert_eq!(
        (page.events.len(), page.next_token.as_deref()),
        (0, Some("more"))
    );
    session
        .filter_events(&LogQuery {
            group: "arn:aws:logs:eu-west-1:210987654321:log-group:/shared:*".into(),
            ..LogQuery::default()
        })
        .await
        .unwrap();
    let sent: Vec<_> = stub
        .requests()
        .iter()
        .map(crate::support::Request::json)
        .collect();
    assert_eq!(
        sent[0],
        json!({
            "logGroupName": "/aws/lambda/charge", "startTime": 1_700_000_000_000_i64,
            "endTime": 1_700_000_000_001_i64, "filterPattern": pattern,
            "logStreamNamePrefix": "charge/", "startFromHead": false, "limit": 100,
            "nextToken": "t"
        })
    );
    assert_eq!(
        sent[1],
        json!({"logGroupIdentifier": "arn:aws:logs:eu-west-1:210987654321:log-group:/shared"})
    );
}

/// A function's name may be 140 characters as part of an ARN, and an ARN goes into the path.
#[tokio::test]
async fn a_long_arn_is_asked_for_whole() {
    let stub = Stub::script([Answer::json(&json!({"FunctionArn": "x"}))]).await;
    let name = "n".repeat(140);
    stub.session()
        .await
        .configuration(&Arn::new(format!("{ARN}{name}")), None)
        .await
        .unwrap();
    assert!(stub.requests()[0].path.contains(&name));
}

fn base64(text: &str) -> String {
    base64_bytes(text.as_bytes())
}

fn base64_bytes(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}
