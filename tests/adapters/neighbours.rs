//! Edits of what hangs on a function, on the wire: exact method, path and body of each call, one
//! request whatever the environment asks of retries, and the kinds of refusals.

use lambdeck::{
    domain::{
        draft::{
            Url,
            update::{Call, MappingUpdate},
        },
        function::Arn,
    },
    ports::{ErrorKind, Functions, Operation, Outcome},
};
use serde_json::{Value, json};

use super::once::function;
use crate::support::{self, Answer, Stub};

/// The ARN of the function, as it stands in a path.
const ARN: &str = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Acharge";

fn url() -> Url {
    Url {
        auth: "AWS_IAM".into(),
        invoke_mode: "RESPONSE_STREAM".into(),
    }
}

/// The calls under test.
fn edits() -> [Call; 9] {
    let qualifier = || "live".to_owned();
    [
        Call::Mapping {
            uuid: "u-1".to_owned(),
            update: MappingUpdate {
                enabled: Some(true),
                ..MappingUpdate::default()
            },
        },
        Call::Recursion("Allow".to_owned()),
        Call::Provision {
            qualifier: qualifier(),
            executions: 5,
        },
        Call::Unprovision {
            qualifier: qualifier(),
        },
        Call::Tag(vec![("team".to_owned(), "a b".to_owned())]),
        Call::Untag(vec!["team".to_owned(), "größe:x".to_owned()]),
        Call::CreateUrl {
            qualifier: Some(qualifier()),
            url: url(),
        },
        Call::UpdateUrl {
            qualifier: Some(qualifier()),
            url: url(),
        },
        Call::DeleteUrl {
            qualifier: Some(qualifier()),
        },
    ]
}

/// A body in which every output finds the members that it needs.
fn good() -> Answer {
    Answer::json(&json!({
        "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/",
        "FunctionArn": function().as_str(),
        "AuthType": "AWS_IAM",
        "CreationTime": "2026-01-01T00:00:00Z",
        "LastModifiedTime": "2026-01-01T00:00:00Z",
    }))
}

/// Method, path and body of the one request that a call makes.
async fn sent(call: &Call) -> (String, String, Value) {
    let stub = Stub::script([good()]).await;
    let session = stub.session().await;
    session.edit(&function(), call).await.unwrap();
    let requests = stub.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    let body = if request.body.is_empty() {
        Value::Null
    } else {
        request.json()
    };
    (request.method.clone(), request.path.clone(), body)
}

#[tokio::test]
async fn each_edit_has_its_method_path_and_body() {
    let url_body = json!({"AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM"});
    let provisioned = format!("/2019-09-30/functions/{ARN}/provisioned-concurrency?Qualifier=live");
    let address = format!("/2021-10-31/functions/{ARN}/url?Qualifier=live");
    let tags = format!("/2017-03-31/tags/{ARN}");
    let expected = [
        (
            "PUT",
            "/2015-03-31/event-source-mappings/u-1".to_owned(),
            json!({"Enabled": true}),
        ),
        (
            "PUT",
            format!("/2024-08-31/functions/{ARN}/recursion-config"),
            json!({"RecursiveLoop": "Allow"}),
        ),
        (
            "PUT",
            provisioned.clone(),
            json!({"ProvisionedConcurrentExecutions": 5}),
        ),
        ("DELETE", provisioned, Value::Null),
        ("POST", tags.clone(), json!({"Tags": {"team": "a b"}})),
        (
            "DELETE",
            format!("{tags}?tagKeys=team&tagKeys=gr%C3%B6%C3%9Fe%3Ax"),
            Value::Null,
        ),
        ("POST", address.clone(), url_body.clone()),
        ("PUT", address.clone(), url_body),
        ("DELETE", address, Value::Null),
    ];
    for (call, (method, path, body)) in edits().iter().zip(expected) {
        let sent = sent(call).await;
        assert_eq!(sent, (method.to_owned(), path, body), "{call:?}");
    }
}

#[tokio::test]
async fn a_url_of_the_function_itself_has_no_qualifier() {
    let address = format!("/2021-10-31/functions/{ARN}/url");
    for (method, call) in [
        (
            "POST",
            Call::CreateUrl {
                qualifier: None,
                url: url(),
            },
        ),
        (
            "PUT",
            Call::UpdateUrl {
                qualifier: None,
                url: url(),
            },
        ),
        ("DELETE", Call::DeleteUrl { qualifier: None }),
    ] {
        let sent = sent(&call).await;
        assert_eq!((sent.0.as_str(), &sent.1), (method, &address));
    }
}

#[tokio::test]
async fn of_a_trigger_only_what_is_said_is_sent() {
    let body = async |update: MappingUpdate| {
        let uuid = "u-1".to_owned();
        sent(&Call::Mapping { uuid, update }).await.2
    };
    let everything = MappingUpdate {
        enabled: Some(false),
        batch_size: Some(5),
        batch_window_s: Some(0),
        maximum_concurrency: Some(Some(20)),
        partial_batch_responses: Some(true),
        filters: Some(vec![r#"{"body":{"a":[1]}}"#.into(), "{}".into()]),
    };
    assert_eq!(
        body(everything).await,
        json!({
            "Enabled": false,
            "BatchSize": 5,
            "MaximumBatchingWindowInSeconds": 0,
            "ScalingConfig": {"MaximumConcurrency": 20},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": {"Filters": [
                {"Pattern": r#"{"body":{"a":[1]}}"#}, {"Pattern": "{}"}
            ]},
        })
    );
    let taken_away = MappingUpdate {
        maximum_concurrency: Some(None),
        partial_batch_responses: Some(false),
        filters: Some(Vec::new()),
        ..MappingUpdate::default()
    };
    assert_eq!(
        body(taken_away).await,
        json!({"ScalingConfig": {}, "FunctionResponseTypes": [], "FilterCriteria": {}}),
        "an empty structure takes away"
    );
    assert_eq!(body(MappingUpdate::default()).await, json!({}));
}

#[tokio::test]
async fn an_edit_is_sent_once_whatever_the_environment_asks_of_retries() {
    let failures = [
        || Answer::error(429, "TooManyRequestsException", "Rate exceeded"),
        || Answer::error(500, "ServiceException", "no"),
        || Answer::error(503, "ServiceUnavailable", "no"),
        Answer::cut,
    ];
    for call in edits() {
        let operation = Operation::of(&call);
        for failure in failures {
            let stub = Stub::script([failure(), good(), good()]).await;
            let mut variables = stub.variables();
            let retries = [("AWS_RETRY_MODE", "adaptive"), ("AWS_MAX_ATTEMPTS", "5")];
            variables.extend(retries.map(|(key, value)| (key.to_owned(), value.to_owned())));
            let session = support::open(variables).await.unwrap();
            let error = session.edit(&function(), &call).await.unwrap_err();
            assert_eq!(error.operation, operation);
            assert_eq!(stub.count(), 1, "{operation:?} {error:?}");
        }
    }
}

#[tokio::test]
async fn refusals_have_their_kinds() {
    for call in edits() {
        let operation = Operation::of(&call);
        for (status, code, kind, outcome) in [
            (
                404,
                "ResourceNotFoundException",
                ErrorKind::NotFound,
                Outcome::NotDone,
            ),
            (
                409,
                "ResourceConflictException",
                ErrorKind::Conflict,
                Outcome::NotDone,
            ),
            (
                400,
                "ResourceInUseException",
                ErrorKind::Conflict,
                Outcome::NotDone,
            ),
            (
                400,
                "InvalidParameterValueException",
                ErrorKind::Invalid,
                Outcome::NotDone,
            ),
            (
                403,
                "AccessDeniedException",
                ErrorKind::Denied,
                Outcome::NotDone,
            ),
            (
                429,
                "TooManyRequestsException",
                ErrorKind::Throttled,
                Outcome::NotDone,
            ),
            (
                500,
                "ServiceException",
                ErrorKind::Service,
                Outcome::Unknown,
            ),
        ] {
            let stub = Stub::script([Answer::error(status, code, "try again")]).await;
            let session = stub.session().await;
            let error = session.edit(&function(), &call).await.unwrap_err();
            assert_eq!(
                (error.kind, error.outcome()),
                (kind, outcome),
                "{operation:?} {code}"
            );
            assert_eq!(error.code.as_deref(), Some(code));
        }
    }
}

#[tokio::test]
async fn what_becomes_of_loops_is_read() {
    let read = async |body: Value| {
        let stub = Stub::script([Answer::json(&body)]).await;
        let mode = stub.session().await.recursion(&function()).await.unwrap();
        let request = &stub.requests()[0];
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.path,
            format!("/2024-08-31/functions/{ARN}/recursion-config")
        );
        mode
    };
    assert_eq!(read(json!({"RecursiveLoop": "Allow"})).await, "Allow");
    assert_eq!(read(json!({"RecursiveLoop": "Pause"})).await, "Pause");
    assert_eq!(read(json!({})).await, "Terminate", "AWS's default");
}

#[tokio::test]
async fn layers_and_roles_come_in_pages() {
    let layer = |version: u32| {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:layer:tracing";
        json!({"LayerName": "tracing", "LayerArn": arn, "LatestMatchingVersion":
            {"LayerVersionArn": format!("{arn}:{version}"), "Version": version}})
    };
    let role =
        |name: &str| json!({"FunctionName": name, "Role": format!("arn:aws:iam::1:role/{name}")});
    let stub = Stub::script([
        Answer::json(&json!({"Layers": [layer(11), {"LayerName": "odd"}], "NextMarker": "m 1"})),
        Answer::json(&json!({"Layers": [], "NextMarker": ""})),
        Answer::json(&json!({"Functions": [role("a"), {"FunctionName": "b"}], "NextMarker": "m2"})),
    ])
    .await;
    let session = stub.session().await;
    let page = session.layers(None).await.unwrap();
    let newest = "arn:aws:lambda:eu-west-1:123456789012:layer:tracing:11";
    assert_eq!(page.items, [Arn::new(newest)]);
    let end = session.layers(page.next).await.unwrap();
    assert_eq!((end.items.len(), end.next), (0, None));
    let page = session.roles(None).await.unwrap();
    assert_eq!(page.items, ["arn:aws:iam::1:role/a"]);
    assert_eq!(page.next.as_deref(), Some("m2"));
    let paths: Vec<String> = stub.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(
        paths,
        [
            "/2018-10-31/layers?MaxItems=50",
            "/2018-10-31/layers?Marker=m%201&MaxItems=50",
            "/2015-03-31/functions?MaxItems=50",
        ]
    );
}
