//! The contract on a real AWS-compatible server, and what only that server can show.

use std::collections::HashSet;

use futures::future::join_all;
use lambdeck::{
    domain::{function::Environment, invocation::InvocationType, log::LogQuery, secret::Secret},
    ports::{ErrorKind, Functions, Logs, Queues, Session},
};

use super::once::invoke;
use crate::{
    contract::{self, Account, Gap, queues::Scratch},
    support::{FunctionSeed, Language, QueueSeed, Server, TestAccount},
};

/// What ministack 1.5.33 does not do, as far as the contract found.
const GAPS: &[Gap] = &[
    Gap::LogTokens,
    Gap::NewestFirst,
    Gap::ProvisionedConcurrency,
    Gap::StreamPrefix,
    Gap::InvocationIds,
    Gap::UrlQualifiers,
    Gap::MoveTasks,
];

const HEALTHY: &str = "def handler(event, context):\n    print('hello', event)\n    return event\n";
const FAILING: &str = "def handler(event, context):\n    print('about to fail')\n    \
    raise ValueError('bad quantity: ' + str(event.get('quantity')))\n";

async fn seeded(account: &TestAccount) -> Account {
    let dead_letters = account
        .seed_queue(QueueSeed {
            name: "orders-dlq".into(),
            ..QueueSeed::default()
        })
        .await;
    let queue = account
        .seed_queue(QueueSeed {
            name: "orders".into(),
            visibility_timeout_s: Some(30),
            redrive: Some((dead_letters.clone(), 2)),
        })
        .await;
    let healthy = account
        .seed_function("healthy", Language::Python, HEALTHY)
        .await;
    let failing = account
        .seed_function("failing", Language::Python, FAILING)
        .await;
    let versioned = account
        .seed_function("versioned", Language::Python, HEALTHY)
        .await;
    let consumer = account
        .seed_function("consumer", Language::Python, HEALTHY)
        .await;
    let first = account.publish(&versioned).await;
    account
        .lambda()
        .update_function_configuration()
        .function_name(versioned.as_str())
        .description("second")
        .send()
        .await
        .unwrap();
    account.until_active(&versioned).await;
    let second = account.publish(&versioned).await;
    assert_ne!(first, second);
    account
        .seed_alias(&versioned, "live", &first, Some((&second, 0.1)))
        .await;
    account.seed_mapping(&consumer, &queue, true).await;
    let source = "exports.handler = async () => 1;";
    let names: Vec<_> = (0..70)
        .map(|number| format!("filler-{number:02}"))
        .collect();
    join_all(
        names
            .iter()
            .map(|name| account.seed_function(name, Language::Node, source)),
    )
    .await;
    Account {
        functions: 74,
        healthy,
        failing,
        failing_event: r#"{"quantity": -1}"#,
        versioned,
        consumer,
        queue,
        dead_letters,
        scratch: scratch(account).await,
        gaps: GAPS,
    }
}

async fn scratch(account: &TestAccount) -> Scratch {
    let seed = |name: &str| QueueSeed {
        name: name.into(),
        ..QueueSeed::default()
    };
    let dead = account.seed_queue(seed("scratch-dead")).await;
    let standard = QueueSeed {
        redrive: Some((dead.clone(), 2)),
        ..seed("scratch")
    };
    Scratch {
        standard: account.seed_queue(standard).await,
        fifo: account.seed_queue(seed("scratch.fifo")).await,
        dead,
    }
}

#[tokio::test]
async fn the_contract_holds() {
    let account = Server::get().await.account("000000000101").await;
    let described = seeded(&account).await;
    assert!(account.session.has_custom_endpoint());
    contract::everything(&account.session, &described).await;
}

#[tokio::test]
async fn accounts_are_apart() {
    let server = Server::get().await;
    let (one, other) = (
        server.account("000000000102").await,
        server.account("000000000103").await,
    );
    one.seed_function("mine", Language::Python, HEALTHY).await;
    assert_eq!(
        one.session.list_functions(None).await.unwrap().items.len(),
        1
    );
    assert!(
        other
            .session
            .list_functions(None)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let identity = other.session.caller_identity().await.unwrap();
    assert_eq!(identity.account, "000000000103");
}

#[tokio::test]
async fn the_configuration_comes_back_whole() {
    let account = Server::get().await.account("000000000104").await;
    let dead_letters = account
        .seed_queue(QueueSeed {
            name: "failed".into(),
            ..QueueSeed::default()
        })
        .await;
    let arn = account
        .seed(FunctionSeed {
            timeout_s: 7,
            memory_mb: 512,
            environment: vec![("B".into(), "2".into()), ("A".into(), "hunter2".into())],
            log_group: Some("/shared/group".into()),
            dead_letter: Some(dead_letters.clone()),
            tags: vec![("team".into(), "orders".into())],
            ..FunctionSeed::new("whole", Language::Node, "exports.handler = async e => e;")
        })
        .await;
    let configuration = account.session.configuration(&arn, None).await.unwrap();
    let row = &configuration.summary;
    assert_eq!(
        (row.timeout_s, row.memory_mb, &*row.package),
        (7, 512, "Zip")
    );
    assert_eq!(row.runtime.as_deref(), Some("nodejs22.x"));
    assert_eq!(row.log_group(), "/shared/group");
    assert!(row.has_custom_log_group());
    assert_eq!(row.dead_letter.as_ref(), Some(&dead_letters));
    assert!(row.modified.is_some() && row.code_size > 0);
    assert_eq!(configuration.handler.as_deref(), Some("index.handler"));
    assert!(configuration.revision_id.is_some());
    let Environment::Variables(variables) = &configuration.environment else {
        panic!("readable")
    };
    let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(variables[0].1.reveal(), "hunter2");
    assert!(!format!("{configuration:?}").contains("hunter2"));
    assert_eq!(
        account.session.tags(&arn).await.unwrap(),
        [("team".to_owned(), "orders".to_owned())]
    );
}

#[tokio::test]
async fn what_was_sent_is_what_the_function_gets() {
    let account = Server::get().await.account("000000000105").await;
    let arn = account
        .seed_function("echo", Language::Python, HEALTHY)
        .await;
    let mut request = invoke(InvocationType::RequestResponse);
    request.function = arn;
    request.payload = Secret::new("{\"text\": \"grüße 🚀\", \"n\": 1}".as_bytes().to_vec());
    let answer = account.session.invoke(&request).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(answer.payload.reveal()).unwrap();
    assert_eq!(body, serde_json::json!({"text": "grüße 🚀", "n": 1}));
    assert!(answer.log_tail.unwrap().contains("hello"));
}

#[tokio::test]
async fn a_timeout_is_the_functions_failure() {
    let account = Server::get().await.account("000000000106").await;
    let arn = account
        .seed(FunctionSeed {
            timeout_s: 1,
            ..FunctionSeed::new(
                "slow",
                Language::Python,
                "import time\ndef handler(e, c):\n    time.sleep(30)\n",
            )
        })
        .await;
    let mut request = invoke(InvocationType::RequestResponse);
    request.function = arn;
    let answer = account.session.invoke(&request).await.unwrap();
    assert!(answer.function_error.is_some());
    let body = String::from_utf8_lossy(answer.payload.reveal()).into_owned();
    assert!(body.contains("timed out"), "{body}");
}

#[tokio::test]
async fn concurrency_zero_is_told_and_throttles_the_invoke() {
    let account = Server::get().await.account("000000000107").await;
    let arn = account
        .seed_function("stopped", Language::Python, HEALTHY)
        .await;
    account
        .lambda()
        .put_function_concurrency()
        .function_name(arn.as_str())
        .reserved_concurrent_executions(0)
        .send()
        .await
        .unwrap();
    assert_eq!(
        account.session.reserved_concurrency(&arn).await.unwrap(),
        Some(0)
    );
    let mut request = invoke(InvocationType::RequestResponse);
    request.function = arn;
    let error = account.session.invoke(&request).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled, "{error:?}");
}

#[tokio::test]
async fn seeded_events_come_back_in_order() {
    let account = Server::get().await.account("000000000108").await;
    let base = 1_760_000_000_000;
    let now = jiff::Timestamp::now().as_millisecond().max(base + 60_000) - 60_000;
    let events: Vec<_> = (0..1_000).map(|n| (now + n, format!("line {n}"))).collect();
    account.seed_events("/seeded", "stream/one", &events).await;
    let page = account
        .session
        .filter_events(&LogQuery {
            group: "/seeded".into(),
            start: Some(now),
            ..LogQuery::default()
        })
        .await
        .unwrap();
    let texts: Vec<_> = page
        .events
        .iter()
        .map(|event| event.message.clone())
        .collect();
    let expected: Vec<_> = events.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, expected);
    let ids: HashSet<_> = page.events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), 1_000);
}

#[tokio::test]
async fn a_queue_tells_its_depth_and_a_disabled_mapping_its_state() {
    let account = Server::get().await.account("000000000109").await;
    let queue = account
        .seed_queue(QueueSeed {
            name: "deep".into(),
            visibility_timeout_s: Some(17),
            ..QueueSeed::default()
        })
        .await;
    for number in 0..3 {
        account.send_message(&queue, &format!("{number}")).await;
    }
    let url = account.session.queue_url("deep", None).await.unwrap();
    let attributes = account.session.queue_attributes(&url).await.unwrap();
    assert_eq!((attributes.visible, attributes.in_flight), (3, 0));
    assert_eq!(attributes.visibility_timeout_s, Some(17));
    assert!(!attributes.fifo);
    let function = account
        .seed_function("idle", Language::Python, HEALTHY)
        .await;
    let uuid = account.seed_mapping(&function, &queue, false).await;
    let mappings = account
        .session
        .event_source_mappings(Some(&function), None)
        .await
        .unwrap()
        .items;
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].uuid, uuid);
    assert!(mappings[0].is_disabled(), "{:?}", mappings[0]);
}

#[tokio::test]
async fn the_destinations_of_a_functions_failures_are_told() {
    use aws_sdk_lambda::types::{DestinationConfig, OnFailure};
    let account = Server::get().await.account("000000000110").await;
    let queue = account
        .seed_queue(QueueSeed {
            name: "failed".into(),
            ..QueueSeed::default()
        })
        .await;
    let arn = account
        .seed_function("async", Language::Python, HEALTHY)
        .await;
    let none = account.session.async_configs(&arn, None).await.unwrap();
    assert_eq!((none.items.len(), none.next), (0, None));
    let on_failure = OnFailure::builder().destination(queue.as_str()).build();
    account
        .lambda()
        .put_function_event_invoke_config()
        .function_name("async")
        .destination_config(DestinationConfig::builder().on_failure(on_failure).build())
        .send()
        .await
        .unwrap();
    let page = account.session.async_configs(&arn, None).await.unwrap();
    let [(qualifier, config)] = &page.items[..] else {
        panic!("one row: {page:?}")
    };
    assert_eq!(qualifier, "$LATEST");
    assert_eq!(config.on_failure.as_ref(), Some(&queue));
}
