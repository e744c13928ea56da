//! The demo account seen through its ports.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    ACCOUNT, Faults, Options, Provider, Session, Stored, catalogue, hostile,
    place::{DAY_MS, HOUR_MS, MINUTE_MS},
};
use crate::{
    domain::{
        function::{Arn, Environment, FunctionSummary},
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        log::{LogEvent, LogPage, LogQuery},
        queue::QueueAttributes,
        session::Target,
    },
    ports::{ErrorKind, Functions, Logs, Operation, Queues, Result, Session as _},
};

/// 2026-11-20T02:29:00Z.
const NOW: i64 = 1_795_141_740_000;

struct World {
    now: Arc<AtomicI64>,
    provider: Provider,
    session: Session,
}

impl World {
    fn new(change: impl FnOnce(&mut Options)) -> Self {
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&now);
        let mut options = Options::new(Arc::new(move || {
            Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("in range")
        }));
        options.latency = Some(Duration::ZERO);
        change(&mut options);
        let provider = Provider::new(options);
        let session = provider.session(&Target::default()).expect("opens");
        Self {
            now,
            provider,
            session,
        }
    }

    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// Every event of a query, page after page.
    async fn all(&self, query: &LogQuery) -> Vec<LogEvent> {
        let mut query = query.clone();
        let mut events = Vec::new();
        loop {
            let page = self.session.filter_events(&query).await.expect("a page");
            events.extend(page.events);
            query.token = page.next_token;
            if query.token.is_none() {
                return events;
            }
        }
    }

    async fn invoke(&self, function: &str, payload: &str) -> Result<InvokeResponse> {
        self.session.invoke(&request(function, payload)).await
    }

    async fn functions(&self) -> Vec<FunctionSummary> {
        let mut functions = Vec::new();
        let mut marker = None;
        loop {
            let page = self.session.list_functions(marker).await.expect("a page");
            functions.extend(page.items);
            marker = page.next;
            if marker.is_none() {
                return functions;
            }
        }
    }

    async fn depth(&self, queue: &str) -> u64 {
        self.attributes(queue).await.visible
    }

    async fn attributes(&self, queue: &str) -> QueueAttributes {
        let url = self.session.queue_url(queue, None).await;
        let url = url.expect("the queue exists");
        let attributes = self.session.queue_attributes(&url).await;
        attributes.expect("may be read")
    }
}

fn named(function: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{function}"
    ))
}

fn sqs(queue: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:{queue}"))
}

/// A message attribute.
fn text<'a>(letter: &'a Stored, name: &str) -> &'a str {
    let found = letter.attributes.iter().find(|(known, _)| known == name);
    found
        .and_then(|(_, attribute)| attribute.text())
        .expect("has it")
}

fn request(function: &str, payload: &str) -> InvokeRequest {
    InvokeRequest {
        function: named(function),
        qualifier: None,
        kind: InvocationType::RequestResponse,
        payload: payload.as_bytes().to_vec().into(),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(40),
    }
}

fn logs_of(function: &str, start: i64, end: i64) -> LogQuery {
    LogQuery {
        group: format!("/aws/lambda/{function}"),
        start: Some(start),
        end: Some(end),
        ..LogQuery::default()
    }
}

fn last_hours(function: &str, hours: i64) -> LogQuery {
    logs_of(function, NOW - hours * HOUR_MS, NOW)
}

fn body(response: &InvokeResponse) -> Value {
    serde_json::from_slice(response.payload.reveal()).expect("a JSON answer")
}

fn having(events: &[LogEvent], text: &str) -> usize {
    events
        .iter()
        .filter(|event| event.message.contains(text))
        .count()
}

#[tokio::test(start_paused = true)]
async fn two_accounts_with_the_same_seed_agree_byte_for_byte() {
    let one = World::new(|_| {});
    let two = World::new(|_| {});
    let other = World::new(|options| options.seed = 2);
    let query = last_hours("checkout-api", 2);
    let events = one.all(&query).await;
    assert!(events.len() > 1000);
    assert_eq!(events, two.all(&query).await);
    assert_ne!(events, other.all(&query).await);
    assert_eq!(one.functions().await, two.functions().await);
    assert_eq!(
        one.session.contents("payments-dlq"),
        two.session.contents("payments-dlq")
    );
}

#[tokio::test(start_paused = true)]
async fn windows_pages_and_directions_tell_the_same_events() {
    let world = World::new(|_| {});
    for group in ["/aws/lambda/checkout-api", catalogue::SHARED_GROUP] {
        let mut whole = logs_of("", NOW - 3 * HOUR_MS, NOW);
        whole.group = group.into();
        let events = world.all(&whole).await;
        let ids: BTreeSet<&String> = events.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), events.len(), "ids are unique");
        assert!(events.is_sorted_by_key(|event| (event.timestamp, event.ingested)));

        let mut pieces = Vec::new();
        let step = 7 * MINUTE_MS + 13;
        let mut from = NOW - 3 * HOUR_MS;
        while from <= NOW {
            let to = NOW.min(from + step - 1);
            let part = LogQuery {
                start: Some(from),
                end: Some(to),
                ..whole.clone()
            };
            pieces.extend(world.all(&part).await);
            from = to + 1;
        }
        assert_eq!(pieces, events);

        let paged = LogQuery {
            limit: Some(17),
            ..whole.clone()
        };
        assert_eq!(world.all(&paged).await, events);

        let mut backwards = world
            .all(&LogQuery {
                newest_first: true,
                limit: Some(101),
                ..whole
            })
            .await;
        backwards.reverse();
        assert_eq!(backwards, events);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_stays_within_its_limits() {
    let world = World::new(|_| {});
    let query = logs_of("checkout-api", NOW - 13 * DAY_MS, NOW);
    let page = world.session.filter_events(&query).await.expect("a page");
    let bytes: usize = page
        .events
        .iter()
        .map(|event| event.message.len() + 26)
        .sum();
    assert!(bytes <= 1_048_576 && page.events.len() <= 10_000);
    assert!(
        bytes > 900_000 || page.events.len() == 10_000,
        "{bytes} {}",
        page.events.len()
    );
    assert!(page.next_token.is_some());

    let rare = LogQuery {
        pattern: Some("nothing_says_this".into()),
        ..query
    };
    let page = world.session.filter_events(&rare).await.expect("a page");
    assert!(
        page.events.is_empty() && page.next_token.is_some(),
        "an empty page with a token"
    );
}

#[tokio::test(start_paused = true)]
async fn there_are_fourteen_days_of_history_and_no_future() {
    let world = World::new(|_| {});
    let before = logs_of("payments-charge", NOW - 20 * DAY_MS, NOW - 15 * DAY_MS);
    assert_eq!(world.all(&before).await, []);
    let early = logs_of(
        "payments-charge",
        NOW - 14 * DAY_MS,
        NOW - 14 * DAY_MS + HOUR_MS,
    );
    assert!(!world.all(&early).await.is_empty());
    let future = logs_of("payments-charge", NOW - HOUR_MS, NOW + HOUR_MS);
    let events = world.all(&future).await;
    assert!(
        events
            .iter()
            .all(|event| event.ingested <= NOW && event.timestamp <= NOW)
    );
}

#[tokio::test(start_paused = true)]
async fn late_events_appear_only_later_and_every_event_appears() {
    let world = World::new(|_| {});
    let query = logs_of("payments-charge", NOW - HOUR_MS, NOW);
    let mut seen = BTreeSet::new();
    let mut late = 0;
    for _ in 0..20 {
        world.pass(10_000);
        let until = world.now.load(Ordering::SeqCst);
        for event in world
            .all(&LogQuery {
                end: Some(until),
                ..query.clone()
            })
            .await
        {
            assert!(event.ingested <= until);
            let lag = event.ingested - event.timestamp;
            if seen.insert(event.id) && lag > 3000 {
                late += 1;
            }
        }
    }
    assert!(late > 0, "some events are late");
    let until = NOW + 200_000;
    world.pass(10 * MINUTE_MS);
    let settled = world
        .all(&LogQuery {
            end: Some(until),
            ..query
        })
        .await;
    let came_after = settled.iter().filter(|event| event.ingested > until);
    assert_eq!(settled.len(), seen.len() + came_after.count());
}

#[tokio::test(start_paused = true)]
async fn the_named_functions_are_as_promised() {
    let world = World::new(|_| {});
    let functions = world.functions().await;
    let names: Vec<&str> = functions.iter().map(|function| &*function.name).collect();
    assert_eq!(
        names,
        [
            "payments-charge",
            "thumbnailer",
            "orders-consumer",
            "report-nightly",
            "checkout-api",
            "inventory-sync",
            "prices-import",
            "audit-trail",
            "legacy-mailer",
            "fraud-score",
            "chat-webhook",
            "search-indexer",
            "promo-campaign",
            "orders-approval",
        ]
    );
    let session = &world.session;
    let runtimes: BTreeSet<_> = functions
        .iter()
        .filter_map(|f| f.runtime.as_deref())
        .collect();
    for runtime in [
        "python3.12",
        "python3.9",
        "nodejs22.x",
        "java21",
        "provided.al2023",
        "dotnet8",
        "ruby3.4",
    ] {
        assert!(runtimes.contains(runtime), "{runtime}");
    }
    assert!(
        functions
            .iter()
            .any(|f| &*f.package == "Image" && f.runtime.is_none())
    );
    assert!(functions.iter().any(|f| &*f.architecture == "arm64"));
    assert!(functions.iter().any(|f| f.durable));
    let shared: Vec<_> = functions
        .iter()
        .filter(|f| f.has_custom_log_group())
        .collect();
    assert_eq!(shared.len(), 2);

    let mappings = session
        .event_source_mappings(Some(&named("orders-consumer")), None)
        .await;
    let mappings = mappings.expect("may be read").items;
    assert!(
        mappings
            .iter()
            .any(crate::domain::function::EventSourceMapping::is_disabled)
    );
    let reserved = session.reserved_concurrency(&named("promo-campaign")).await;
    assert_eq!(reserved, Ok(Some(0)));
    let provisioned = session
        .provisioned_concurrency(&named("checkout-api"), None)
        .await;
    assert_eq!(provisioned.expect("may be read").items.len(), 1);
    let aliases = session.aliases(&named("orders-consumer"), None).await;
    assert_eq!(
        aliases.expect("may be read").items[0].weights,
        [("18".to_owned(), 0.1)]
    );

    let error = session
        .tags(&named("fraud-score"))
        .await
        .expect_err("denied");
    assert_eq!(error.kind, ErrorKind::Denied);
    assert_eq!(error.missing_action(), Some("lambda:ListTags"));
    assert!(error.request_id.is_some());
    let owners = session
        .tags(&named("payments-charge"))
        .await
        .expect("may be read");
    assert!(owners.contains(&(
        "aws:cloudformation:stack-name".into(),
        "payments-prod".into()
    )));

    let mailer = session
        .configuration(&named("legacy-mailer"), None)
        .await
        .expect("exists");
    assert!(matches!(mailer.environment, Environment::Unreadable { .. }));
    let charge = session
        .configuration(&named("payments-charge"), Some("live"))
        .await
        .expect("exists");
    assert_eq!(charge.version, "42");
    assert!(!format!("{charge:?}").contains("sk_live"));
}

#[tokio::test(start_paused = true)]
async fn an_update_of_the_consumer_comes_and_goes() {
    let world = World::new(|_| {});
    let status = async || {
        let configuration = world
            .session
            .configuration(&named("orders-consumer"), None)
            .await;
        configuration
            .expect("exists")
            .state
            .last_update
            .expect("has a status")
    };
    assert_eq!(status().await, "InProgress");
    world.pass(2 * MINUTE_MS);
    assert_eq!(status().await, "Successful");
    world.pass(8 * MINUTE_MS);
    assert_eq!(status().await, "InProgress");
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_trouble_is_in_the_logs() {
    let world = World::new(|_| {});
    let charge = world.all(&last_hours("payments-charge", 6)).await;
    let (starts, declined) = (
        having(&charge, "START RequestId"),
        having(&charge, "[ERROR] CardDeclined: card declined for"),
    );
    assert!(
        (starts / 7..starts / 4).contains(&declined),
        "{declined} of {starts}"
    );
    assert!(having(&charge, "Traceback (most recent call last):\n  File") >= declined);
    assert!(having(&charge, "Duration: 30000.00 ms\tBilled Duration: 30000 ms") > 0);
    assert!(having(&charge, "\nXRAY TraceId: 1-") > 0);

    let report = world.all(&last_hours("report-nightly", 6)).await;
    assert!(having(&report, "\tStatus: timeout") > 10);
    let thumbs = world.all(&last_hours("thumbnailer", 6)).await;
    assert!(having(&thumbs, "\tStatus: error\tError Type: Runtime.OutOfMemory") > 10);
    assert!(having(&thumbs, "Memory Size: 128 MB\tMax Memory Used: 128 MB") > 10);
    let checkout = world.all(&last_hours("checkout-api", 6)).await;
    assert!(having(&checkout, "INIT_START Runtime Version: java:21") > 100);
    assert_eq!(
        having(&checkout, "INIT_START"),
        having(&checkout, "\tInit Duration: ")
    );

    let audit = world.all(&last_hours("audit-trail", 6)).await;
    let lines: Vec<Value> = audit
        .iter()
        .map(|event| serde_json::from_str(&event.message).expect("JSON lines"))
        .collect();
    for kind in ["platform.initStart", "platform.start", "platform.report"] {
        assert!(lines.iter().any(|line| line["type"] == kind), "{kind}");
    }
    assert!(
        lines
            .iter()
            .any(|line| line["level"] == "ERROR" && line["stackTrace"].is_array())
    );
    let indexer = world.all(&last_hours("search-indexer", 6)).await;
    assert!(!indexer.is_empty() && having(&indexer, "platform.start") == 0);
    assert_eq!(
        having(&indexer, "platform.report"),
        having(&indexer, "\"status\":\"error\"")
    );

    let chat = world.all(&last_hours("chat-webhook", 6)).await;
    for text in [
        "\u{1b}]52;c;",
        "\u{202e}",
        "👩‍👩‍👧‍👦",
        "{\"level\":\"ERROR\",\"message\":\"unterminated",
    ] {
        assert!(having(&chat, text) > 0, "{text:?}");
    }
    assert!(
        chat.iter()
            .any(|event| event.message.len() >= hostile::LONG)
    );

    let approval = world.all(&last_hours("orders-approval", 6)).await;
    assert!(!approval.is_empty());
    assert_eq!(world.all(&last_hours("promo-campaign", 6)).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_shared_group_names_the_function_in_its_streams() {
    let world = World::new(|_| {});
    let query = LogQuery {
        group: catalogue::SHARED_GROUP.into(),
        ..last_hours("", 1)
    };
    let events = world.all(&query).await;
    for function in ["/inventory-sync[", "/prices-import["] {
        assert!(
            events.iter().any(|event| event.stream.contains(function)),
            "{function}"
        );
    }
    let prefix = LogQuery {
        stream_prefix: Some("2026/11/20/prices-import[".into()),
        ..query
    };
    let prices = world.all(&prefix).await;
    assert!(!prices.is_empty() && prices.len() < events.len());
    assert!(
        prices
            .iter()
            .all(|event| event.stream.contains("/prices-import["))
    );
    let arn = format!(
        "arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{}:*",
        catalogue::SHARED_GROUP
    );
    assert_eq!(
        world
            .all(&LogQuery {
                group: arn,
                ..prefix
            })
            .await,
        prices
    );
}

#[tokio::test(start_paused = true)]
async fn patterns_narrow_and_bad_questions_are_refused() {
    let world = World::new(|_| {});
    let query = last_hours("payments-charge", 1);
    let all = world.all(&query).await;
    let declined = LogQuery {
        pattern: Some("CardDeclined -Traceback".into()),
        ..query.clone()
    };
    assert_eq!(world.all(&declined).await, []);
    let phrase = LogQuery {
        pattern: Some("\"[ERROR] CardDeclined\"".into()),
        ..query.clone()
    };
    assert_eq!(
        world.all(&phrase).await.len(),
        having(&all, "[ERROR] CardDeclined")
    );
    let json = LogQuery {
        pattern: Some("{ $.level = \"ERROR\" }".into()),
        ..last_hours("audit-trail", 1)
    };
    let errors = world.all(&json).await;
    assert!(
        !errors.is_empty()
            && errors
                .iter()
                .all(|event| event.message.contains("\"ERROR\""))
    );

    let refused = [
        (
            LogQuery {
                pattern: Some("card foo-bar".into()),
                ..query.clone()
            },
            "character 9",
        ),
        (
            LogQuery {
                limit: Some(10_001),
                ..query.clone()
            },
            "10001",
        ),
        (
            LogQuery {
                token: Some("nonsense".into()),
                ..query.clone()
            },
            "nextToken",
        ),
        (
            LogQuery {
                newest_first: true,
                start: None,
                ..query.clone()
            },
            "startTime",
        ),
    ];
    for (question, part) in refused {
        let error = world
            .session
            .filter_events(&question)
            .await
            .expect_err(part);
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(part), "{}", error.message);
    }
    let nowhere = LogQuery {
        group: "/aws/lambda/nobody".into(),
        ..query
    };
    let error = world
        .session
        .filter_events(&nowhere)
        .await
        .expect_err("no such group");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn an_invoke_answers_and_its_lines_appear_in_the_tail() {
    let world = World::new(|_| {});
    let answer = world
        .invoke("payments-charge", r#"{"order":"o-8812","amount":150}"#)
        .await
        .expect("runs");
    assert_eq!((answer.status, answer.function_error.clone()), (200, None));
    assert_eq!(answer.executed_version.as_deref(), Some("$LATEST"));
    assert_eq!(body(&answer)["status"], "captured");
    let id = answer.request_id.clone().expect("has an id");
    let tail = answer.log_tail.as_deref().expect("has a tail");
    for part in [
        &format!("START RequestId: {id}"),
        "charging amount=150",
        &format!("END RequestId: {id}"),
        "REPORT RequestId",
    ] {
        assert!(tail.contains(part), "{part}");
    }
    let query = LogQuery {
        pattern: Some(format!("\"{id}\"")),
        ..logs_of("payments-charge", NOW, NOW + MINUTE_MS)
    };
    assert_eq!(world.all(&query).await, [], "not ingested yet");
    world.pass(5_000);
    let events = world.all(&query).await;
    assert!(having(&events, "START RequestId") == 1 && having(&events, "REPORT RequestId") == 1);

    let again = world
        .provider
        .session(&Target::default())
        .expect("opens anew");
    let page = again.filter_events(&query).await.expect("a page");
    assert_eq!(page.events, events, "opening anew keeps what was invoked");
}

#[tokio::test(start_paused = true)]
async fn functions_fail_in_the_words_of_their_runtime() {
    let world = World::new(|_| {});
    let cases = [
        (
            "payments-charge",
            r#"{"order":"o-1","amount":"150"}"#,
            "CardDeclined",
            "card declined for 150",
        ),
        (
            "payments-charge",
            r#"{"order":"o-1","amount":5000}"#,
            "CardDeclined",
            "card declined for 5000",
        ),
        (
            "payments-charge",
            r#"{"order":"o-1"}"#,
            "KeyError",
            "'amount'",
        ),
        (
            "payments-charge",
            r#"{"amount":[1]}"#,
            "TypeError",
            "'list'",
        ),
        (
            "payments-charge",
            "17",
            "TypeError",
            "event must be an object",
        ),
        (
            "report-nightly",
            r#"{"tenants":900}"#,
            "Sandbox.Timedout",
            "Task timed out after 3.00 seconds",
        ),
        (
            "thumbnailer",
            r#"{"width":9000,"height":9000}"#,
            "Runtime.ExitError",
            "signal: killed",
        ),
    ];
    for (function, payload, kind, message) in cases {
        let answer = world.invoke(function, payload).await.expect("runs");
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.function_error.as_deref(),
            Some("Unhandled"),
            "{payload}"
        );
        let error = body(&answer);
        assert_eq!(error["errorType"], kind);
        assert!(
            error["errorMessage"]
                .as_str()
                .is_some_and(|text| text.contains(message)),
            "{error}"
        );
    }
    let echo = r#"{"width":640,"height":480,"note":"ümlaut 🎉"}"#;
    let answer = world.invoke("thumbnailer", echo).await.expect("runs");
    assert_eq!(
        body(&answer),
        serde_json::from_str::<Value>(echo).expect("JSON")
    );
}

#[tokio::test(start_paused = true)]
async fn an_invoke_takes_as_long_as_it_says() {
    let world = World::new(|_| {});
    let within = async |wait: u64| {
        let slow = world.invoke("report-nightly", r#"{"tenants":900}"#);
        tokio::time::timeout(Duration::from_millis(wait), slow)
            .await
            .is_ok()
    };
    assert!(!within(2_900).await);
    assert!(within(3_900).await);
}

#[tokio::test(start_paused = true)]
async fn lambda_refuses_what_it_refuses() {
    let world = World::new(|_| {});
    let error = world
        .invoke("payments-charge", "{\"a\": }")
        .await
        .expect_err("not JSON");
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::Invalid, Some("InvalidRequestContentException"))
    );
    assert!(
        error.message.contains("line 1 column 7"),
        "{}",
        error.message
    );
    let error = world.invoke("nobody", "{}").await.expect_err("unknown");
    assert_eq!(error.kind, ErrorKind::NotFound);
    let mut unknown = request("payments-charge", "{}");
    unknown.qualifier = Some("nowhere".into());
    assert_eq!(
        world
            .session
            .invoke(&unknown)
            .await
            .expect_err("unknown")
            .kind,
        ErrorKind::NotFound
    );
    let error = world
        .invoke("promo-campaign", "{}")
        .await
        .expect_err("switched off");
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert!(
        error
            .message
            .contains("ReservedFunctionConcurrentInvocationLimitExceeded")
    );
    let error = world
        .invoke("orders-approval", "{}")
        .await
        .expect_err("durable");
    assert_eq!(error.kind, ErrorKind::Invalid);
    let mut durable = request("orders-approval", "{}");
    durable.qualifier = Some("live".into());
    assert_eq!(
        world
            .session
            .invoke(&durable)
            .await
            .expect("qualified")
            .executed_version
            .as_deref(),
        Some("2")
    );
    let large = format!("\"{}\"", "x".repeat(1_048_576));
    let mut event = request("thumbnailer", &large);
    event.kind = InvocationType::Event;
    assert_eq!(
        world.session.invoke(&event).await.expect_err("1 MB").kind,
        ErrorKind::TooLarge
    );
    let here_only = Arn::new("arn:aws:lambda:us-east-1:000000000000:function:payments-charge");
    let error = world
        .session
        .configuration(&here_only, None)
        .await
        .expect_err("elsewhere");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn weights_share_the_invokes_of_an_alias() {
    let world = World::new(|_| {});
    let mut live = request("orders-consumer", r#"{"Records":[]}"#);
    live.qualifier = Some("live".into());
    let mut versions = std::collections::BTreeMap::new();
    for _ in 0..300 {
        let answer = world.session.invoke(&live).await.expect("runs");
        *versions
            .entry(answer.executed_version.expect("is told"))
            .or_insert(0) += 1;
    }
    let share = versions.get("18").copied().unwrap_or(0);
    assert!((10..60).contains(&share), "{versions:?}");
    assert_eq!(versions.get("17").copied().unwrap_or(0) + share, 300);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_runs_nothing() {
    let world = World::new(|_| {});
    let mut dry = request("payments-charge", r#"{"amount":1}"#);
    dry.kind = InvocationType::DryRun;
    let answer = world.session.invoke(&dry).await.expect("allowed");
    assert_eq!((answer.status, answer.log_tail), (204, None));
    let id = answer.request_id.expect("has an id");
    world.pass(MINUTE_MS);
    let query = LogQuery {
        pattern: Some(format!("\"{id}\"")),
        ..logs_of("payments-charge", NOW, NOW + MINUTE_MS)
    };
    assert_eq!(world.all(&query).await, []);
    assert_eq!(
        (
            world.provider.calls(Operation::DryRunInvoke),
            world.provider.calls(Operation::Invoke)
        ),
        (1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn asynchronous_failures_become_letters() {
    let world = World::new(|_| {});
    let send = async |function: &str, payload: &str| {
        let mut event = request(function, payload);
        event.kind = InvocationType::Event;
        let answer = world.session.invoke(&event).await.expect("taken");
        assert_eq!((answer.status, answer.payload.reveal().len()), (202, 0));
        answer.request_id.expect("has an id")
    };
    assert_eq!(world.depth("payments-dlq").await, 214);
    let id = send("payments-charge", r#"{"order":"o-1","amount":"12"}"#).await;
    let repaired = send("payments-charge", r#"{"order":"o-2","amount":12}"#).await;
    assert_eq!(world.depth("payments-dlq").await, 214, "not failed yet");
    world.pass(10_000);
    assert_eq!(world.depth("payments-dlq").await, 215);
    let letter = world
        .session
        .contents("payments-dlq")
        .expect("exists")
        .pop()
        .expect("a letter");
    assert_eq!(text(&letter, "RequestID"), id);
    let of_repaired = LogQuery {
        pattern: Some(format!("\"{repaired}\"")),
        ..logs_of("payments-charge", NOW, NOW + 10_000)
    };
    let lines = world.all(&of_repaired).await;
    assert_eq!(having(&lines, "captured order=o-2"), 1);

    let before = world.depth("audit-failures").await;
    let id = send("audit-trail", r#"{"actor":"ana","action":"x"}"#).await;
    world.pass(2 * MINUTE_MS);
    assert_eq!(
        world.depth("audit-failures").await,
        before,
        "two attempts so far"
    );
    world.pass(2 * MINUTE_MS);
    assert_eq!(world.depth("audit-failures").await, before + 1);
    let reports = LogQuery {
        pattern: Some(format!(
            "{{ $.type = \"platform.report\" && $.record.requestId = \"{id}\" }}"
        )),
        ..logs_of("audit-trail", NOW, NOW + HOUR_MS)
    };
    assert_eq!(world.all(&reports).await.len(), 3, "three attempts");
}

#[tokio::test(start_paused = true)]
async fn the_letters_belong_to_invocations_that_are_in_the_logs() {
    let world = World::new(|_| {});
    let letters = world.session.contents("payments-dlq").expect("exists");
    let of = |error: &str| {
        letters
            .iter()
            .filter(|letter| text(letter, "ErrorMessage").contains(error))
            .count()
    };
    assert_eq!(
        (
            letters.len(),
            of("card declined for"),
            of("Task timed out"),
            of("'amount'")
        ),
        (214, 186, 22, 6)
    );
    let ids: BTreeSet<_> = letters.iter().map(|letter| &letter.id).collect();
    assert_eq!(ids.len(), 214);
    for letter in letters.iter().step_by(40) {
        let id = text(letter, "RequestID");
        let around = LogQuery {
            pattern: Some(format!("\"REPORT RequestId: {id}\"")),
            ..logs_of(
                "payments-charge",
                letter.sent_ms - MINUTE_MS,
                letter.sent_ms,
            )
        };
        assert_eq!(world.all(&around).await.len(), 1, "{id}");
    }
    assert_eq!(world.depth("orders-dlq").await, 9);
    let dead_orders = world.session.contents("orders-dlq").expect("exists");
    assert!(dead_orders.iter().all(|letter| {
        letter
            .source
            .as_ref()
            .is_some_and(|source| [sqs("orders"), sqs("orders-priority")].contains(source))
    }));
    let audit = world.session.contents("audit-failures").expect("exists");
    assert!(
        audit
            .iter()
            .all(|letter| letter.body.reveal().contains("requestPayload"))
    );
    let orders = world.attributes("orders").await;
    assert_eq!(
        (orders.dead_letter, orders.max_receive_count),
        (Some(sqs("orders-dlq")), Some(3))
    );
    assert!(world.session.queue_url("nobody", None).await.is_err());
    world.pass(5 * DAY_MS);
    assert_eq!(world.depth("payments-dlq").await, 0, "letters expire");
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_functions_list_in_pages() {
    let world = World::new(|options| options.functions = 10_000);
    let functions = world.functions().await;
    assert_eq!(functions.len(), 10_000);
    assert_eq!(world.provider.calls(Operation::ListFunctions), 200);
    let names: BTreeSet<_> = functions.iter().map(|function| &function.name).collect();
    assert_eq!(names.len(), 10_000);
    let quiet = &functions[4242];
    assert!(quiet.name.ends_with("-4242"));
    let configuration = world
        .session
        .configuration(&quiet.arn, None)
        .await
        .expect("exists");
    assert_eq!(configuration.summary, *quiet);
    let query = LogQuery {
        group: quiet.log_group(),
        ..last_hours("", 24)
    };
    assert!(!world.all(&query).await.is_empty());
    let settings = world.session.account_settings().await.expect("may be read");
    assert_eq!(
        (settings.function_count, settings.unreserved),
        (10_000, 950)
    );
    let error = world
        .session
        .list_functions(Some("10001".into()))
        .await
        .expect_err("no such marker");
    assert_eq!(error.kind, ErrorKind::Invalid);
    let empty = World::new(|options| options.functions = 0);
    assert_eq!(empty.functions().await, []);
}

#[tokio::test(start_paused = true)]
async fn profiles_are_accounts_of_their_own() {
    let world = World::new(|_| {});
    let other = Target {
        profile: Some("staging".into()),
        ..Target::default()
    };
    let other = world.provider.session(&other).expect("opens");
    let here = world.session.caller_identity().await.expect("is known");
    let there = other.caller_identity().await.expect("is known");
    assert_eq!(here.account, ACCOUNT);
    assert_eq!(there.account.len(), 12);
    assert_ne!(here.account, there.account);
    assert_eq!(world.session.region(), "eu-west-1");
    let error = other
        .configuration(&named("payments-charge"), None)
        .await
        .expect_err("not there");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn faults_come_when_they_are_asked_for() {
    let world = World::new(|_| {});
    let session = &world.session;
    world.provider.inject(Faults {
        throttle_every: Some(2),
        ..Faults::default()
    });
    let kinds: Vec<_> = {
        let mut kinds = Vec::new();
        for _ in 0..4 {
            kinds.push(
                session
                    .account_settings()
                    .await
                    .err()
                    .map(|error| error.kind),
            );
        }
        kinds
    };
    assert_eq!(
        kinds.iter().flatten().collect::<Vec<_>>(),
        [&ErrorKind::Throttled; 2]
    );

    world.provider.inject(Faults {
        deny: vec![Operation::FilterLogEvents],
        ..Faults::default()
    });
    let error = session
        .filter_events(&last_hours("thumbnailer", 1))
        .await
        .expect_err("denied");
    assert_eq!(error.missing_action(), Some("logs:FilterLogEvents"));

    world.provider.inject(Faults {
        fail: vec![(Operation::GetCallerIdentity, ErrorKind::SsoExpired)],
        open: Some(ErrorKind::NoRegion),
        ..Faults::default()
    });
    let error = session.caller_identity().await.expect_err("expired");
    assert_eq!(
        (error.kind, error.request_id),
        (ErrorKind::SsoExpired, None)
    );
    let error = world
        .provider
        .session(&Target::default())
        .expect_err("cannot be opened");
    assert_eq!(error.kind, ErrorKind::NoRegion);

    world.provider.inject(Faults {
        hang: vec![Operation::ListTags],
        ..Faults::default()
    });
    let function = named("thumbnailer");
    let endless = tokio::time::timeout(Duration::from_mins(1), session.tags(&function));
    assert!(endless.await.is_err(), "never answers");

    world.provider.inject(Faults {
        cut_after: Some(Duration::from_millis(5)),
        ..Faults::default()
    });
    let error = world.invoke("thumbnailer", "{}").await.expect_err("cut");
    assert_eq!(error.kind, ErrorKind::Interrupted);
    assert_eq!(world.provider.calls(Operation::Invoke), 1);
    world.provider.inject(Faults::default());
    world.pass(MINUTE_MS);
    let query = LogQuery {
        stream_prefix: None,
        ..logs_of("thumbnailer", NOW, NOW + MINUTE_MS)
    };
    let ran = world
        .all(&query)
        .await
        .into_iter()
        .any(|event| event.message.contains("(no key)"));
    assert!(ran, "the function ran though its caller was cut off");
}

#[tokio::test(start_paused = true)]
async fn tokens_can_misbehave() {
    let world = World::new(|options| options.functions = 120);
    world.provider.inject(Faults {
        empty_page_with_token: true,
        ..Faults::default()
    });
    let first = world.session.list_functions(None).await.expect("a page");
    assert!(first.items.is_empty() && first.next.is_some());
    assert_eq!(world.functions().await.len(), 120);
    for newest_first in [false, true] {
        let query = LogQuery {
            newest_first,
            ..last_hours("payments-charge", 1)
        };
        let LogPage { events, next_token } =
            world.session.filter_events(&query).await.expect("a page");
        assert!(events.is_empty() && next_token.is_some());
        assert!(world.all(&query).await.len() > 1000);
    }
    world.provider.inject(Faults {
        repeat_token: true,
        ..Faults::default()
    });
    let second = world
        .session
        .list_functions(Some("50".into()))
        .await
        .expect("a page");
    assert_eq!(
        (second.items.len(), second.next.as_deref()),
        (50, Some("50"))
    );
    let query = LogQuery {
        limit: Some(10),
        ..last_hours("payments-charge", 1)
    };
    let token = world
        .session
        .filter_events(&query)
        .await
        .expect("a page")
        .next_token;
    let page = world
        .session
        .filter_events(&LogQuery {
            token: token.clone(),
            ..query
        })
        .await;
    assert_eq!(page.expect("a page").next_token, token);
}
