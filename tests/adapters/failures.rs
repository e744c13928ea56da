//! How failures are told: kind, code, request id, the missing action, what odd answers become.

use std::time::Duration;

use lambdeck::{
    domain::{invocation::InvocationType, log::LogQuery},
    ports::{ErrorKind, Functions, Logs, Queues, Session},
};
use tokio::net::TcpListener;

use super::once::{function, invoke};
use crate::support::{self, Answer, Stub};

#[tokio::test]
async fn a_throttle_names_its_reason_and_the_time_to_wait() {
    let body = r#"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}"#;
    let stub = Stub::script([Answer::new(429, body)
        .header("x-amzn-errortype", "TooManyRequestsException")
        .header("retry-after", "3")
        .header("x-amzn-requestid", "req-7")])
    .await;
    let error = stub.session().await.list_functions(None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("TooManyRequestsException"));
    assert_eq!(error.message, "Rate exceeded (CallerRateLimitExceeded)");
    assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
    assert_eq!(error.request_id.as_deref(), Some("req-7"));
    assert_eq!(error.status, Some(429));
}

#[tokio::test]
async fn every_service_throttles_in_its_own_words() {
    let stub = Stub::serve(|request| match request.target() {
        Some("FilterLogEvents") => Answer::error(400, "ThrottlingException", "Rate exceeded"),
        Some(_) => Answer::error(403, "com.amazonaws.sqs#RequestThrottled", "Slow down")
            .header("x-amzn-query-error", "RequestThrottled;Sender"),
        None if request.path.contains("invocations") => {
            Answer::error(429, "TooManyRequestsException", "Rate Exceeded.")
        }
        None => Answer::xml_error(400, "Throttling", "Rate exceeded"),
    })
    .await;
    let session = stub.session().await;
    let errors = [
        session
            .filter_events(&LogQuery {
                group: "g".into(),
                ..LogQuery::default()
            })
            .await
            .unwrap_err(),
        session.queue_url("q", None).await.unwrap_err(),
        session
            .invoke(&invoke(InvocationType::Event))
            .await
            .unwrap_err(),
        session.caller_identity().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::Throttled, "{error:?}");
    }
}

#[tokio::test]
async fn a_denial_names_the_missing_action_whatever_its_form() {
    let text = |action: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/x is not authorized to perform: {action} on \
             resource: arn because no identity-based policy allows the {action} action"
        )
    };
    let stub = Stub::serve(move |request| match request.target() {
        Some("FilterLogEvents") => {
            Answer::error(400, "AccessDeniedException", &text("logs:FilterLogEvents"))
        }
        Some(_) => Answer::error(
            403,
            "com.amazon.coral.service#AccessDeniedException",
            &text("sqs:getqueueurl"),
        )
        .header("x-amzn-query-error", "AccessDenied;Sender"),
        None if request.path.contains("/configuration") => {
            Answer::error(403, "AccessDeniedException", &text("kms:Decrypt"))
        }
        None if request.path.contains("functions") => {
            Answer::error(403, "AccessDeniedException", &text("lambda:ListFunctions"))
        }
        None => Answer::xml_error(403, "AccessDenied", &text("sts:GetCallerIdentity")),
    })
    .await;
    let session = stub.session().await;
    let denials = [
        (
            session
                .filter_events(&LogQuery {
                    group: "g".into(),
                    ..LogQuery::default()
                })
                .await
                .unwrap_err(),
            "logs:FilterLogEvents",
        ),
        (
            session.queue_url("q", None).await.unwrap_err(),
            "sqs:GetQueueUrl",
        ),
        (
            session.list_functions(None).await.unwrap_err(),
            "lambda:ListFunctions",
        ),
        (
            session.configuration(&function(), None).await.unwrap_err(),
            "kms:Decrypt",
        ),
        (
            session.caller_identity().await.unwrap_err(),
            "sts:GetCallerIdentity",
        ),
    ];
    for (error, action) in denials {
        assert_eq!(error.kind, ErrorKind::Denied, "{error:?}");
        assert_eq!(error.missing_action(), Some(action), "{error:?}");
    }
}

#[tokio::test]
async fn refused_credentials_are_told_by_every_service() {
    let stub = Stub::serve(|request| match request.target() {
        Some("FilterLogEvents") => Answer::error(
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        Some(_) => Answer::error(403, "InvalidClientTokenId", "invalid"),
        None if request.path.contains("functions") => {
            Answer::error(403, "UnrecognizedClientException", "invalid")
        }
        None => Answer::xml_error(403, "ExpiredToken", "expired"),
    })
    .await;
    let session = stub.session().await;
    let errors = [
        session
            .filter_events(&LogQuery {
                group: "g".into(),
                ..LogQuery::default()
            })
            .await
            .unwrap_err(),
        session.queue_url("q", None).await.unwrap_err(),
        session.list_functions(None).await.unwrap_err(),
        session.caller_identity().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::BadCredentials, "{error:?}");
        assert!(error.is_about_credentials());
    }
}

#[tokio::test]
async fn failures_of_an_invoke_are_sorted_by_what_helps() {
    for (status, code, kind) in [
        (502, "ResourceNotReadyException", ErrorKind::NotReady),
        (409, "ResourceConflictException", ErrorKind::NotReady),
        (409, "SnapStartNotReadyException", ErrorKind::NotReady),
        (408, "SnapStartTimeoutException", ErrorKind::NotReady),
        (404, "ResourceNotFoundException", ErrorKind::NotFound),
        (413, "RequestTooLargeException", ErrorKind::TooLarge),
        (400, "InvalidRequestContentException", ErrorKind::Invalid),
        (415, "UnsupportedMediaTypeException", ErrorKind::Invalid),
        (
            409,
            "DurableExecutionAlreadyStartedException",
            ErrorKind::Conflict,
        ),
        (400, "RecursiveInvocationException", ErrorKind::Other),
        (502, "KMSDisabledException", ErrorKind::Other),
        (502, "KMSAccessDeniedException", ErrorKind::Denied),
        (502, "EC2ThrottledException", ErrorKind::Throttled),
        (500, "ServiceException", ErrorKind::Service),
        (412, "PreconditionFailedException", ErrorKind::Precondition),
        (424, "SomethingNewException", ErrorKind::Other),
    ] {
        let stub = Stub::script([Answer::error(status, code, "m")]).await;
        let error = stub
            .session()
            .await
            .invoke(&invoke(InvocationType::RequestResponse))
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.request_id.as_deref(), Some("stub-request"));
    }
}

/// Proxies, load balancers and emulators answer with anything; nothing of it may panic.
#[tokio::test]
async fn odd_answers_become_failures() {
    let deep = "[".repeat(5_000);
    for (answer, kind) in [
        (
            Answer::new(502, "<html>Bad Gateway</html>"),
            Some(ErrorKind::Service),
        ),
        (Answer::new(500, ""), Some(ErrorKind::Service)),
        (
            Answer::new(503, b"\xff\xfe\x00".to_vec()),
            Some(ErrorKind::Service),
        ),
        (Answer::new(403, "no"), Some(ErrorKind::Denied)),
        (Answer::new(404, "[]"), Some(ErrorKind::NotFound)),
        (Answer::new(400, "{\"__type\":7,\"message\":{}}"), None),
        (
            Answer::new(200, "<html>Login</html>"),
            Some(ErrorKind::Unreadable),
        ),
        (
            Answer::new(200, "{\"Functions\":[{\"FunctionName\":"),
            Some(ErrorKind::Unreadable),
        ),
        (Answer::new(200, "{\"Functions\":{\"a\":1}}"), None),
        (Answer::new(200, deep), None),
        (
            Answer::new(302, "").header("location", "http://127.0.0.1:1/"),
            None,
        ),
    ] {
        let stub = Stub::script([answer.clone()]).await;
        let error = stub
            .session()
            .await
            .list_functions(None)
            .await
            .expect_err(&format!("{answer:?}"));
        if let Some(kind) = kind {
            assert_eq!(error.kind, kind, "{answer:?} {error:?}");
        }
        assert!(!error.message.is_empty(), "{answer:?}");
        assert_eq!(stub.count(), 1);
    }
}

#[tokio::test]
async fn a_list_cut_in_the_middle_is_interrupted() {
    let body = serde_json::json!({"Functions": [], "pad": "x".repeat(5_000)});
    let stub = Stub::script([Answer::json(&body).cut_inside()]).await;
    let error = stub.session().await.list_functions(None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_a_network_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let session = support::open(support::environment("AKIA", &url))
        .await
        .unwrap();
    let error = session
        .invoke(&invoke(InvocationType::RequestResponse))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Network,
        "nothing was sent: {error:?}"
    );
    assert!(error.message.contains("refused"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_network_failure() {
    let stub = Stub::script([Answer::new(200, "{}")]).await;
    let url = stub.url().replace("http://", "https://");
    let session = support::open(support::environment("AKIA", &url))
        .await
        .unwrap();
    let error = session.list_functions(None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network, "{error:?}");
    assert!(error.message.contains("secure"), "{}", error.message);
}
