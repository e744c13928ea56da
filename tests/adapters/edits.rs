//! Edits of functions on the wire: what is sent and what is left out, one call each; and against a
//! real server, what only that can show: the lock.

use lambdeck::{
    domain::{
        draft::{
            Field, Routing, Snapshot, Value, assignment,
            plan::Plan,
            update::{Call, ConfigurationUpdate, MappingUpdate},
        },
        function::{Arn, AsyncConfig},
        secret::Secret,
    },
    ports::{ErrorKind, Functions},
};
use serde_json::json;

use super::once::function;
use crate::support::{Answer, FunctionSeed, Language, Server, Stub};

async fn sent(update: &ConfigurationUpdate) -> serde_json::Value {
    let stub = Stub::script([Answer::json(&json!({"RevisionId": "r2"}))]).await;
    let session = stub.session().await;
    let call = Call::Configuration(Box::new(update.clone()));
    session.edit(&function(), &call).await.unwrap();
    let requests = stub.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "PUT");
    assert!(
        requests[0].path.ends_with("/configuration"),
        "{}",
        requests[0].path
    );
    requests[0].json()
}

#[tokio::test]
async fn what_is_not_said_is_not_sent() {
    let update = ConfigurationUpdate {
        revision_id: Some("r1".into()),
        ..ConfigurationUpdate::of(Field::Memory, Value::Number(512))
    };
    assert_eq!(
        sent(&update).await,
        json!({"RevisionId": "r1", "MemorySize": 512})
    );
}

#[tokio::test]
async fn everything_that_is_said_goes_by_its_name() {
    let text = |text: &str| Value::Text(text.to_owned());
    let mount = Value::Mount("arn:aws:efs:ap".to_owned(), "/mnt/data".to_owned());
    let settings = [
        (Field::Memory, Value::Number(1024)),
        (Field::Timeout, Value::Number(60)),
        (Field::Ephemeral, Value::Number(2048)),
        (Field::Description, Value::Unset),
        (Field::Handler, text("app.main")),
        (Field::Runtime, text("python9.9")),
        (Field::Role, text("arn:aws:iam::1:role/r")),
        (Field::Layers, Value::Unset),
        (Field::DeadLetter, Value::Unset),
        (Field::Tracing, text("Active")),
        (Field::LogFormat, text("JSON")),
        (Field::AppLogLevel, text("DEBUG")),
        (Field::SystemLogLevel, Value::Unset),
        (Field::LogGroup, text("/g")),
        (Field::SnapStart, text("None")),
        (Field::Subnets, Value::Unset),
        (Field::SecurityGroups, Value::Unset),
        (Field::VpcIpv6, Value::Switch(false)),
        (Field::KmsKey, Value::Unset),
        (Field::FileSystem, mount),
    ];
    let of_configuration = Field::ALL
        .into_iter()
        .filter(|field| field.is_configuration());
    assert_eq!(of_configuration.count(), settings.len(), "all of them");
    let update = ConfigurationUpdate {
        revision_id: None,
        settings: settings.into(),
        environment: Some(vec![("AB".into(), Secret::new("line 1\nline 2".into()))]),
    };
    assert_eq!(
        sent(&update).await,
        json!({
            "MemorySize": 1024,
            "Timeout": 60,
            "EphemeralStorage": {"Size": 2048},
            "Description": "",
            "Handler": "app.main",
            "Runtime": "python9.9",
            "Role": "arn:aws:iam::1:role/r",
            "Layers": [],
            "Environment": {"Variables": {"AB": "line 1\nline 2"}},
            "DeadLetterConfig": {"TargetArn": ""},
            "TracingConfig": {"Mode": "Active"},
            "LoggingConfig": {
                "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/g"
            },
            "SnapStart": {"ApplyOn": "None"},
            "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false},
            "KMSKeyArn": "",
            "FileSystemConfigs": [{"Arn": "arn:aws:efs:ap", "LocalMountPath": "/mnt/data"}],
        })
    );
}

#[tokio::test]
async fn the_other_edits_have_their_shapes() {
    let ok = || Answer::json(&json!({"Version": "7"}));
    let stub = Stub::script([
        ok(),
        ok(),
        ok(),
        ok(),
        ok(),
        ok(),
        ok(),
        ok(),
        Answer::new(204, ""),
        Answer::new(204, ""),
    ])
    .await;
    let (session, function) = (stub.session().await, function());
    let config = AsyncConfig {
        maximum_retries: Some(0),
        on_failure: Some(Arn::new("arn:aws:sqs:eu-west-1:1:q")),
        ..AsyncConfig::default()
    };
    let to = |weights: Vec<(String, f64)>| Routing {
        version: "41".into(),
        weights,
    };
    session.edit(&function, &Call::Reserve(0)).await.unwrap();
    session
        .edit(&function, &Call::PutAsync(config.clone()))
        .await
        .unwrap();
    session
        .edit(&function, &Call::UpdateAsync(config.clone()))
        .await
        .unwrap();
    let pause = MappingUpdate {
        enabled: Some(false),
        ..MappingUpdate::default()
    };
    session
        .edit(
            &function,
            &Call::Mapping {
                uuid: "u-1".to_owned(),
                update: pause.clone(),
            },
        )
        .await
        .unwrap();
    let canary = to(vec![("42".into(), 0.1)]);
    session
        .edit(
            &function,
            &Call::Alias {
                name: "live".to_owned(),
                routing: canary.clone(),
                revision_id: Some("a1".to_owned()),
            },
        )
        .await
        .unwrap();
    session
        .edit(
            &function,
            &Call::Alias {
                name: "live".to_owned(),
                routing: to(Vec::new()),
                revision_id: None,
            },
        )
        .await
        .unwrap();
    for (description, revision) in [("words", Some("r2")), ("", None)] {
        let call = Call::Publish {
            description: description.to_owned(),
            revision_id: revision.map(str::to_owned),
        };
        let published = session.edit(&function, &call).await.unwrap();
        assert_eq!(published.version.as_deref(), Some("7"));
    }
    session.edit(&function, &Call::Unreserve).await.unwrap();
    session.edit(&function, &Call::DeleteAsync).await.unwrap();
    let requests = stub.requests();
    let shapes: Vec<(&str, serde_json::Value)> = requests[..8]
        .iter()
        .map(|request| (request.method.as_str(), request.json()))
        .collect();
    let asynchronous = json!({
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:1:q"}},
    });
    assert_eq!(
        shapes,
        [
            ("PUT", json!({"ReservedConcurrentExecutions": 0})),
            ("PUT", asynchronous.clone()),
            ("POST", asynchronous),
            ("PUT", json!({"Enabled": false})),
            (
                "PUT",
                json!({
                    "FunctionVersion": "41",
                    "RoutingConfig": {"AdditionalVersionWeights": {"42": 0.1}},
                    "RevisionId": "a1",
                })
            ),
            (
                "PUT",
                json!({
                    "FunctionVersion": "41",
                    "RoutingConfig": {"AdditionalVersionWeights": {}},
                })
            ),
            ("POST", json!({"Description": "words", "RevisionId": "r2"})),
            ("POST", json!({})),
        ]
    );
    assert_eq!(
        (requests[8].method.as_str(), requests[9].method.as_str()),
        ("DELETE", "DELETE")
    );
    assert!(requests[3].path.contains("event-source-mappings/u-1"));
    assert!(requests[4].path.ends_with("/aliases/live"));
}

#[tokio::test]
async fn refusals_have_their_kinds_and_are_sent_once() {
    let busy = "An update is in progress for resource: x";
    let never = "Alias can't be used for Provisioned Concurrency configuration on an already \
                 Provisioned version";
    let conflict = "ResourceConflictException";
    for (status, code, message, kind) in [
        (
            412,
            "PreconditionFailedException",
            "no",
            ErrorKind::Precondition,
        ),
        (409, conflict, busy, ErrorKind::Conflict),
        (409, conflict, never, ErrorKind::Invalid),
        (429, "TooManyRequestsException", "no", ErrorKind::Throttled),
        (
            400,
            "InvalidParameterValueException",
            "no",
            ErrorKind::Invalid,
        ),
        (403, "AccessDeniedException", "no", ErrorKind::Denied),
        (500, "ServiceException", "no", ErrorKind::Service),
    ] {
        let stub = Stub::script([Answer::error(status, code, message)]).await;
        let update = ConfigurationUpdate::default();
        let session = stub.session().await;
        let error = session
            .edit(&function(), &Call::Configuration(Box::new(update.clone())))
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert!(error.to_string().contains(message), "AWS's own words");
        assert_eq!(stub.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_stale_revision_is_refused_by_a_real_server() {
    let account = Server::get().await.account("000000000104").await;
    let source = "def handler(event, context):\n    return event\n";
    let arn = account
        .seed(FunctionSeed {
            environment: vec![("KEPT".into(), "one".into()), ("OLD".into(), "two".into())],
            ..FunctionSeed::new("edited", Language::Python, source)
        })
        .await;
    let session = &account.session;
    let was = session.configuration(&arn, None).await.unwrap();
    let words = [
        "memory=512",
        "env.NEW=line 1\nline 2",
        "-env.OLD",
        "description=größer",
    ];
    let draft = assignment::parse(&words).unwrap();
    let plan = Plan::new(Snapshot::of(&was), draft.clone()).unwrap();
    let Some(Call::Configuration(update)) = plan.calls.first() else {
        panic!("an update: {:?}", plan.calls);
    };
    let locked = ConfigurationUpdate {
        revision_id: was.revision_id.clone(),
        ..(**update).clone()
    };
    session
        .edit(&arn, &Call::Configuration(Box::new(locked.clone())))
        .await
        .unwrap();
    account.until_active(&arn).await;
    let now = Snapshot::of(&session.configuration(&arn, None).await.unwrap());
    assert_eq!(now.setting(Field::Memory), Some(&Value::Number(512)));
    assert_eq!(
        now.setting(Field::Description),
        Some(&Value::Text("größer".into()))
    );
    assert_eq!(
        now.setting(Field::Timeout),
        plan.base.setting(Field::Timeout)
    );
    assert_eq!(now.variable("NEW").unwrap().reveal(), "line 1\nline 2");
    assert_eq!(now.variable("KEPT").unwrap().reveal(), "one");
    assert_eq!(now.variable("OLD"), None);
    let stale = session
        .edit(&arn, &Call::Configuration(Box::new(locked.clone())))
        .await
        .unwrap_err();
    assert_eq!(stale.kind, ErrorKind::Precondition, "{stale:?}");

    session.edit(&arn, &Call::Reserve(0)).await.unwrap();
    assert_eq!(session.reserved_concurrency(&arn).await.unwrap(), Some(0));
    session.edit(&arn, &Call::Unreserve).await.unwrap();
    assert_eq!(session.reserved_concurrency(&arn).await.unwrap(), None);
}
