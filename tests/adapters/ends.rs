//! Servers that never come to an end, and answers that are none of AWS's: what is read of them,
//! and what is said.

use lambdeck::{
    domain::{
        draft::update::Call,
        invocation::InvocationType,
        log::LogQuery,
        queue::{QueueEdit, QueueUrl, Receive},
    },
    ports::{ApiError, ErrorKind, Functions, Logs, Outcome, Queues, Result, Session},
};
use serde_json::json;

use super::{
    once::{function, invoke},
    queues::at,
};
use crate::support::{Answer, Stub};

const MB: usize = 1 << 20;
/// What lies in sockets and buffers between the two when one of them stops.
const ON_THE_WAY: usize = 8 * MB;

fn queue() -> QueueUrl {
    QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq")
}

/// The failure of one call of each kind.
async fn fails(stub: &Stub, call: &str) -> ApiError {
    fn of<T>(answer: Result<T>) -> ApiError {
        answer.map(drop).expect_err("no such answer is good")
    }
    let session = stub.session().await;
    match call {
        "ListFunctions" => of(session.list_functions(None).await),
        "Invoke" => of(session
            .invoke(&invoke(InvocationType::RequestResponse))
            .await),
        "FilterLogEvents" => of(session.filter_events(&LogQuery::default()).await),
        "ReceiveMessage" => {
            let receive = Receive {
                max: 1,
                visibility_s: 1,
                wait_s: 0,
            };
            of(session.receive(&queue(), receive).await)
        }
        "GetCallerIdentity" => of(session.caller_identity().await),
        other => panic!("{other}"),
    }
}

/// Each with the most that is read of a good answer to it.
const CALLS: [(&str, usize, &str); 5] = [
    ("ListFunctions", 16, "16 MB"),
    ("Invoke", 8, "8 MB"),
    ("FilterLogEvents", 16, "16 MB"),
    ("ReceiveMessage", 32, "32 MB"),
    ("GetCallerIdentity", 16, "16 MB"),
];

#[tokio::test]
async fn a_good_answer_without_an_end_is_read_up_to_what_fits_its_operation() {
    for (call, ceiling, told) in CALLS {
        let stub = Stub::script([Answer::new(200, "{\"x\":").endless()]).await;
        let error = fails(&stub, call).await;
        assert_eq!(error.kind, ErrorKind::Unreadable, "{call}: {error}");
        assert!(error.message.contains(told), "{call}: {error}");
        assert!(!error.is_transient(), "{call}");
        let taken = stub.endless_bytes();
        assert!(taken < ceiling * MB + ON_THE_WAY, "{call}: {taken}");
        assert_eq!(stub.count(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_failure_without_an_end_is_read_less_far() {
    for (call, ..) in CALLS {
        for status in [403, 500, 307] {
            let stub = Stub::script([Answer::new(status, "{\"x\":").endless()]).await;
            let error = fails(&stub, call).await;
            assert_eq!(error.kind, ErrorKind::Unreadable, "{call}: {error}");
            assert!(error.message.contains("256 KB"), "{call}: {error}");
            assert_eq!(error.status, Some(status));
            let taken = stub.endless_bytes();
            assert!(taken < ON_THE_WAY, "{call} {status}: {taken}");
        }
    }
}

/// A length that was announced is no better than one that was not.
#[tokio::test]
async fn an_answer_that_is_whole_and_too_long_is_refused_too() {
    let long = json!({ "Functions": [], "NextMarker": "x".repeat(17 * MB) });
    let stub = Stub::script([Answer::json(&long)]).await;
    let error = fails(&stub, "ListFunctions").await;
    assert_eq!(error.kind, ErrorKind::Unreadable, "{error}");
    let fits = json!({ "Functions": [], "NextMarker": "x".repeat(15 * MB) });
    let stub = Stub::script([Answer::json(&fits)]).await;
    let page = stub.session().await.list_functions(None).await.unwrap();
    assert_eq!(page.next.map(|token| token.len()), Some(15 * MB));
}

#[tokio::test]
async fn a_redirect_names_its_host_and_is_not_followed() {
    let elsewhere = Stub::script([Answer::json(&json!({ "Functions": [] }))]).await;
    let to = format!("{}/2015-03-31/functions?secret=1", elsewhere.url());
    for (call, ..) in CALLS {
        let stub = Stub::script([Answer::new(307, "").header("location", &to)]).await;
        let error = fails(&stub, call).await;
        assert_eq!(error.kind, ErrorKind::Unreadable, "{call}: {error}");
        let host = elsewhere.address().to_string();
        let expected = format!("HTTP 307, a redirect to {host}: it was not followed");
        assert!(error.message.contains(&expected), "{call}: {error}");
        assert!(!error.message.contains("secret"), "{call}: {error}");
        assert_eq!(error.outcome(), Outcome::NotDone, "{call}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_good_status_that_cannot_be_read_says_what_came() {
    let page = "<html><body>Sign in to the guest network</body></html>";
    for (call, ..) in CALLS {
        if call == "Invoke" {
            continue; // Whatever a function answers is its answer.
        }
        let stub = Stub::script([Answer::new(200, page).header("content-type", "text/html")]).await;
        let error = fails(&stub, call).await;
        assert_eq!(error.kind, ErrorKind::Unreadable, "{call}: {error}");
        let expected = "HTTP 200 came with text/html, 54B: that is no answer of AWS";
        assert!(error.message.contains(expected), "{call}: {error}");
        assert!(error.next_step("p").contains("sign-in page"), "{call}");
    }
    let stub = Stub::script([Answer::new(502, page).header("content-type", "text/html")]).await;
    let error = fails(&stub, "ListFunctions").await;
    assert!(
        error
            .message
            .contains("HTTP 502 without an explanation (text/html, 54B)"),
        "{error}"
    );
}

/// The SDK panics on an address that it cannot build.
#[tokio::test]
async fn no_text_from_outside_makes_an_address_without_an_end() {
    let stub = Stub::script([Answer::json(&json!({}))]).await;
    let session = stub.session().await;
    let long = "x".repeat(70_000);
    let name = lambdeck::domain::function::Arn::new(&*long);
    let marker = || Some(long.clone());
    let mut errors: Vec<ApiError> = vec![
        session.list_functions(marker()).await.unwrap_err(),
        session.roles(marker()).await.unwrap_err(),
        session.layers(marker()).await.unwrap_err(),
        session
            .event_source_mappings(None, marker())
            .await
            .unwrap_err(),
        session
            .event_source_mappings(Some(&name), None)
            .await
            .unwrap_err(),
        session.versions(&function(), marker()).await.unwrap_err(),
        session.versions(&name, None).await.unwrap_err(),
        session.aliases(&function(), marker()).await.unwrap_err(),
        session.urls(&function(), marker()).await.unwrap_err(),
        session
            .async_configs(&function(), marker())
            .await
            .unwrap_err(),
        session
            .provisioned_concurrency(&name, None)
            .await
            .unwrap_err(),
        session.async_config(&name).await.unwrap_err(),
        session.reserved_concurrency(&name).await.unwrap_err(),
        session.tags(&name).await.unwrap_err(),
        session.recursion(&name).await.unwrap_err(),
        session.configuration(&name, None).await.unwrap_err(),
        session
            .configuration(&function(), Some(&long))
            .await
            .unwrap_err(),
        session.edit(&name, &Call::Reserve(1)).await.unwrap_err(),
        session.edit(&name, &Call::Unreserve).await.unwrap_err(),
        session
            .edit(&name, &Call::Recursion("Allow".to_owned()))
            .await
            .unwrap_err(),
        session
            .edit(
                &function(),
                &Call::Provision {
                    qualifier: long.clone(),
                    executions: 1,
                },
            )
            .await
            .unwrap_err(),
        session
            .edit(
                &function(),
                &Call::Unprovision {
                    qualifier: long.clone(),
                },
            )
            .await
            .unwrap_err(),
        session
            .edit(&name, &Call::Tag([].to_vec()))
            .await
            .unwrap_err(),
        session
            .edit(
                &function(),
                &Call::Untag(std::slice::from_ref(&long).to_owned()),
            )
            .await
            .unwrap_err(),
        session
            .edit(
                &function(),
                &Call::DeleteUrl {
                    qualifier: Some(long.clone()),
                },
            )
            .await
            .unwrap_err(),
        session
            .edit(
                &name,
                &Call::Publish {
                    description: String::new(),
                    revision_id: None,
                },
            )
            .await
            .unwrap_err(),
    ];
    let qualified = lambdeck::domain::invocation::InvokeRequest {
        qualifier: Some(long.clone()),
        ..invoke(InvocationType::DryRun)
    };
    errors.push(session.invoke(&qualified).await.unwrap_err());
    for error in errors {
        assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
        assert!(error.message.contains("70000 bytes"), "{error}");
    }
    assert_eq!(stub.count(), 0, "nothing was sent");
    // What stands in a body or a header may be as long as it likes: the server refuses it.
    let _ = session.queue_url(&long, None).await;
    let _ = session
        .edit_queue(&at(&queue()), &QueueEdit::CancelMove(long.clone()))
        .await;
    let tenant = lambdeck::domain::invocation::InvokeRequest {
        tenant: Some(format!("{long}\n\u{7f}ü")),
        ..invoke(InvocationType::DryRun)
    };
    session.invoke(&tenant).await.unwrap_err();
}

#[tokio::test]
async fn an_answer_nested_without_an_end_is_no_reason_to_panic() {
    for (call, ..) in CALLS {
        for status in [200, 400] {
            let deep = format!("{{\"x\":{}", "[".repeat(200_000));
            let stub = Stub::script([Answer::new(status, deep)]).await;
            if call == "Invoke" && status == 200 {
                continue;
            }
            fails(&stub, call).await;
        }
    }
}
