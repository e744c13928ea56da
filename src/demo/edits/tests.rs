//! What Lambda says to edits, and what the background makes of them, through the ports.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::super::{ACCOUNT, Faults, Options, Provider, Session};
use crate::{
    domain::{
        draft::{
            Field, Routing, Url, Value,
            update::{Call, ConfigurationUpdate, Edited, MappingUpdate},
        },
        function::{Arn, EventSourceMapping, FunctionUrl, ProvisionedConcurrency},
        invocation::{InvocationType, InvokeRequest},
        log::{LogEvent, LogQuery},
        queue::Outgoing,
        session::Target,
    },
    ports::{ErrorKind, Functions, Logs, Operation, Outcome, Queues, Result},
};

/// 2026-11-20T02:32:00Z, when nothing is being deployed.
const NOW: i64 = 1_795_141_920_000;

struct World {
    now: Arc<AtomicI64>,
    provider: Provider,
    session: Session,
}

fn world() -> World {
    let now = Arc::new(AtomicI64::new(NOW));
    let clock = Arc::clone(&now);
    let mut options = Options::new(Arc::new(move || {
        Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("in range")
    }));
    options.latency = Some(Duration::ZERO);
    let provider = Provider::new(options);
    let session = provider.session(&Target::default()).expect("opens");
    let world = World {
        now,
        provider,
        session,
    };
    // The consumer is being deployed in the first 90 s.
    world.pass(120);
    world
}

impl World {
    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    async fn provisioned(&self, function: &str) -> Vec<ProvisionedConcurrency> {
        let page = self
            .session
            .provisioned_concurrency(&named(function), None)
            .await;
        page.expect("a page").items
    }

    async fn mapping(&self, function: &str, queue: &str) -> EventSourceMapping {
        let page = self
            .session
            .event_source_mappings(Some(&named(function)), None)
            .await;
        let is_it = |mapping: &EventSourceMapping| {
            let source = mapping.source.as_ref();
            source.is_some_and(|source| source.resource_name() == queue)
        };
        let mut items = page.expect("a page").items.into_iter();
        items.find(is_it).expect("a trigger")
    }

    async fn pause(&self, mapping: &EventSourceMapping, paused: bool) -> Result<Edited> {
        let update = MappingUpdate {
            enabled: Some(!paused),
            ..MappingUpdate::default()
        };
        self.session
            .edit(
                &named("orders-consumer"),
                &Call::Mapping {
                    uuid: mapping.uuid.clone(),
                    update,
                },
            )
            .await
    }

    async fn urls(&self, function: &str) -> Vec<FunctionUrl> {
        let page = self.session.urls(&named(function), None).await;
        page.expect("a page").items
    }

    /// What a function logged in a span; all of it was ingested.
    async fn logged(&self, function: &str, start: i64, end: i64) -> Vec<LogEvent> {
        let mut query = LogQuery {
            group: format!("/aws/lambda/{function}"),
            start: Some(start),
            end: Some(end),
            ..LogQuery::default()
        };
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

    /// How often a function was started in a span.
    async fn starts(&self, function: &str, start: i64, end: i64) -> usize {
        let events = self.logged(function, start, end).await;
        let is_start = |event: &&LogEvent| {
            event.message.starts_with("START") || event.message.contains("platform.start")
        };
        events.iter().filter(is_start).count()
    }

    async fn send(&self, queue: &str, body: &str, group: Option<&str>) {
        let url = self.session.queue_url(queue, None).await.expect("exists");
        let message = Outgoing {
            body: Arc::<str>::from(body).into(),
            attributes: Vec::new(),
            group: group.map(str::to_owned),
            deduplication_id: None,
            trace: None,
        };
        let sent = self.session.send_batch(&url, &[message]).await;
        assert!(sent.is_ok_and(|answer| answer.iter().all(std::result::Result::is_ok)));
    }

    fn depth(&self, queue: &str) -> usize {
        self.session.contents(queue).expect("exists").len()
    }
}

/// An order that the trigger lets through and the function stores.
const ORDER: &str = r#"{"order":"o-1","sku":"MUG-0001","quantity":1,"amount":9,"priority":"high"}"#;

fn named(function: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{function}"
    ))
}

fn url(auth: &str) -> Url {
    Url {
        auth: auth.into(),
        invoke_mode: "BUFFERED".into(),
    }
}

fn to(version: &str, weights: &[(&str, f64)]) -> Routing {
    Routing {
        version: version.into(),
        weights: weights.iter().map(|(v, w)| ((*v).into(), *w)).collect(),
    }
}

fn memory() -> ConfigurationUpdate {
    ConfigurationUpdate::of(Field::Memory, Value::Number(1024))
}

fn refused<T: std::fmt::Debug>(answer: Result<T>, status: u16, code: &str) -> String {
    let error = answer.expect_err("refused");
    assert_eq!(
        (error.status, error.code.as_deref()),
        (Some(status), Some(code)),
        "{error}"
    );
    error.message
}

const INVALID: &str = "InvalidParameterValueException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const CONFLICT: &str = "ResourceConflictException";

#[tokio::test(start_paused = true)]
async fn provisioned_concurrency_becomes_ready_or_fails() {
    let world = world();
    let (session, function) = (&world.session, named("payments-charge"));
    session
        .edit(
            &function,
            &Call::Provision {
                qualifier: "live".to_owned(),
                executions: 4,
            },
        )
        .await
        .expect("taken");
    let [one] = &world.provisioned("payments-charge").await[..] else {
        panic!("one");
    };
    assert_eq!(
        (one.status.as_str(), one.requested, one.available),
        ("IN_PROGRESS", 4, 0)
    );
    world.pass(60);
    let one = &world.provisioned("payments-charge").await[0];
    assert_eq!((one.status.as_str(), one.available), ("READY", 4));

    session
        .edit(
            &function,
            &Call::Provision {
                qualifier: "live".to_owned(),
                executions: 6,
            },
        )
        .await
        .expect("taken");
    let one = &world.provisioned("payments-charge").await[0];
    assert_eq!(
        (one.status.as_str(), one.available),
        ("IN_PROGRESS", 4),
        "the old ones stay ready"
    );
    world.pass(60);
    world.provider.inject(Faults {
        fail_updates: true,
        ..Faults::default()
    });
    session
        .edit(
            &function,
            &Call::Provision {
                qualifier: "live".to_owned(),
                executions: 2,
            },
        )
        .await
        .expect("taken");
    world.pass(60);
    let one = &world.provisioned("payments-charge").await[0];
    assert_eq!(one.status, "FAILED");
    assert!(one.reason.is_some());
    session
        .edit(
            &function,
            &Call::Unprovision {
                qualifier: "live".to_owned(),
            },
        )
        .await
        .expect("gone");
    session
        .edit(
            &function,
            &Call::Unprovision {
                qualifier: "live".to_owned(),
            },
        )
        .await
        .expect("still gone");
    assert_eq!(world.provisioned("payments-charge").await, []);
}

#[tokio::test(start_paused = true)]
async fn provisioned_concurrency_has_its_refusals() {
    let world = world();
    let session = &world.session;
    let (charge, api) = (named("payments-charge"), named("checkout-api"));
    let put = async |function, qualifier: &str, number| {
        session
            .edit(
                function,
                &Call::Provision {
                    qualifier: qualifier.to_owned(),
                    executions: number,
                },
            )
            .await
    };
    refused(put(&charge, "$LATEST", 1).await, 400, INVALID);
    refused(put(&charge, "live", 0).await, 400, INVALID);
    refused(put(&charge, "gone", 1).await, 404, NOT_FOUND);
    refused(put(&charge, "99", 1).await, 404, NOT_FOUND);
    refused(put(&charge, "live", 2_000).await, 400, INVALID);
    refused(
        session
            .edit(
                &charge,
                &Call::Unprovision {
                    qualifier: "gone".to_owned(),
                },
            )
            .await,
        404,
        NOT_FOUND,
    );
    // `live` leads to 7.
    refused(put(&api, "7", 1).await, 409, CONFLICT);
    put(&api, "8", 1).await.expect("another version");
    let message = refused(session.edit(&api, &Call::Reserve(0)).await, 400, INVALID);
    assert!(message.contains("provisioned concurrency [6]"), "{message}");
    session
        .edit(&api, &Call::Reserve(6))
        .await
        .expect("just enough");
    refused(put(&api, "8", 2).await, 400, INVALID);
    session
        .edit(&charge, &Call::Configuration(Box::new(memory())))
        .await
        .expect("taken");
    refused(put(&charge, "live", 1).await, 409, CONFLICT);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_takes_a_while_to_settle() {
    let world = world();
    let name = "orders-consumer";
    let mapping = world.mapping(name, "orders-priority").await;
    let state = async || world.mapping(name, "orders-priority").await.state;
    world.pause(&mapping, true).await.expect("taken");
    assert_eq!(state().await, "Disabling");
    let message = refused(
        world.pause(&mapping, false).await,
        400,
        "ResourceInUseException",
    );
    assert!(message.contains("in use"), "{message}");
    world.pass(10);
    assert_eq!(state().await, "Disabled");
    world.pause(&mapping, false).await.expect("taken");
    assert_eq!(state().await, "Enabling");
    world.pass(10);
    assert_eq!(state().await, "Enabled");

    let update = MappingUpdate {
        batch_size: Some(5),
        batch_window_s: Some(0),
        maximum_concurrency: Some(Some(7)),
        partial_batch_responses: Some(false),
        filters: Some(Vec::new()),
        enabled: None,
    };
    let uuid = &mapping.uuid;
    let session = &world.session;
    session
        .edit(
            &named("orders-consumer"),
            &Call::Mapping {
                uuid: uuid.to_owned(),
                update: update.clone(),
            },
        )
        .await
        .expect("taken");
    assert_eq!(state().await, "Updating");
    world.pass(10);
    let now = world.mapping(name, "orders-priority").await;
    assert_eq!(now.state, "Enabled");
    assert!(update.is_of(&now), "{now:?}");
    let unlimited = MappingUpdate {
        maximum_concurrency: Some(None),
        ..MappingUpdate::default()
    };
    session
        .edit(
            &named("orders-consumer"),
            &Call::Mapping {
                uuid: uuid.to_owned(),
                update: unlimited.clone(),
            },
        )
        .await
        .expect("taken");
    let now = world.mapping(name, "orders-priority").await;
    assert_eq!((now.maximum_concurrency, now.batch_size), (None, Some(5)));
    refused(
        session
            .edit(
                &named("orders-consumer"),
                &Call::Mapping {
                    uuid: "no-such".to_owned(),
                    update: unlimited.clone(),
                },
            )
            .await,
        404,
        NOT_FOUND,
    );
}

#[tokio::test(start_paused = true)]
async fn a_big_batch_of_a_queue_needs_a_window() {
    let world = world();
    let mapping = world.mapping("orders-consumer", "orders").await;
    let of = |window| MappingUpdate {
        batch_size: Some(50),
        batch_window_s: window,
        ..MappingUpdate::default()
    };
    let sent = world
        .session
        .edit(
            &named("orders-consumer"),
            &Call::Mapping {
                uuid: mapping.uuid.clone(),
                update: of(None),
            },
        )
        .await;
    let message = refused(sent, 400, "InvalidParameterValueException");
    assert!(message.contains("batch window"), "{message}");
    let sent = world
        .session
        .edit(
            &named("orders-consumer"),
            &Call::Mapping {
                uuid: mapping.uuid.clone(),
                update: of(Some(1)),
            },
        )
        .await;
    sent.expect("taken");
}

#[tokio::test(start_paused = true)]
async fn a_paused_trigger_leaves_its_queue_alone_until_it_is_resumed() {
    let world = world();
    let mapping = world.mapping("orders-consumer", "orders-priority").await;
    world.pause(&mapping, true).await.expect("taken");
    world.send("orders-priority", ORDER, None).await;
    world.pass(600);
    assert_eq!(world.depth("orders-priority"), 1, "nobody reads");
    world.pause(&mapping, false).await.expect("taken");
    world.pass(10);
    assert_eq!(world.depth("orders-priority"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_function_takes_nothing_from_its_queue() {
    let world = world();
    let consumer = named("orders-consumer");
    let session = &world.session;
    session
        .edit(&consumer, &Call::Reserve(0))
        .await
        .expect("stopped");
    let stopped = world.now();
    world.send("orders-priority", ORDER, None).await;
    world.pass(10);
    assert_eq!(world.depth("orders-priority"), 1);
    session
        .edit(&consumer, &Call::Unreserve)
        .await
        .expect("resumed");
    world.pass(60);
    assert_eq!(world.depth("orders-priority"), 0);
    let events = world.logged("orders-consumer", stopped, world.now()).await;
    let is_stored = |event: &&LogEvent| event.message.contains("stored order=o-1 ");
    assert_eq!(events.iter().filter(is_stored).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_is_kept_in_euros() {
    let world = world();
    let dead = world.depth("ledger-dlq.fifo");
    for (number, currency) in [(1, "EUR"), (2, "XTS")] {
        let body = format!(r#"{{"entry":{number},"cents":5,"currency":"{currency}"}}"#);
        world.send("ledger.fifo", &body, Some(currency)).await;
        world.pass(10);
    }
    assert_eq!(world.depth("ledger.fifo"), 1, "one is tried again");
    world.pass(600);
    assert_eq!(world.depth("ledger.fifo"), 0);
    assert_eq!(world.depth("ledger-dlq.fifo"), dead + 1);
}

#[tokio::test(start_paused = true)]
async fn the_background_stops_and_goes_on_with_the_function() {
    let world = world();
    let (name, charge) = ("payments-charge", named("payments-charge"));
    let session = &world.session;
    let stopped = world.now();
    let before = world
        .starts(name, stopped - 600_000, stopped - 200_000)
        .await;
    session
        .edit(&charge, &Call::Reserve(0))
        .await
        .expect("stopped");
    world.pass(600);
    let resumed = world.now();
    session
        .edit(&charge, &Call::Unreserve)
        .await
        .expect("resumed");
    world.pass(600);
    assert_eq!(world.starts(name, stopped, resumed - 1).await, 0);
    assert!(world.starts(name, resumed, resumed + 300_000).await > 0);
    assert_eq!(
        world
            .starts(name, stopped - 600_000, stopped - 200_000)
            .await,
        before,
        "what was, was"
    );

    // A trigger is what calls this one: paused, nothing does.
    let audit = "audit-trail";
    let mapping = world.mapping(audit, "ledger.fifo").await;
    let paused = world.now();
    world.pause(&mapping, true).await.expect("taken");
    world.pass(600);
    assert_eq!(world.starts(audit, paused, world.now()).await, 0);
    assert!(world.starts(audit, paused - 600_000, paused).await > 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_without_concurrency() {
    let world = world();
    let charge = named("payments-charge");
    let invoke = InvokeRequest {
        function: charge.clone(),
        qualifier: Some("live".into()),
        kind: InvocationType::RequestResponse,
        payload: b"{}".to_vec().into(),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(40),
    };
    let session = &world.session;
    session
        .edit(&charge, &Call::Reserve(0))
        .await
        .expect("stopped");
    let message = refused(
        session.invoke(&invoke).await,
        429,
        "TooManyRequestsException",
    );
    assert!(
        message.contains("ReservedFunctionConcurrentInvocationLimitExceeded"),
        "{message}"
    );
    session
        .edit(&charge, &Call::Unreserve)
        .await
        .expect("resumed");
    session.invoke(&invoke).await.expect("runs");
}

#[tokio::test(start_paused = true)]
async fn an_alias_decides_what_runs_from_then_on() {
    let world = world();
    let (name, charge) = ("payments-charge", named("payments-charge"));
    let session = &world.session;
    let shifted = world.now();
    session
        .edit(
            &charge,
            &Call::Alias {
                name: "live".to_owned(),
                routing: to("41", &[]),
                revision_id: None,
            },
        )
        .await
        .expect("shifted");
    world.pass(1_200);
    let of = |events: &[LogEvent], version: &str| {
        let stream = format!("[{version}]");
        let is_of = |event: &&LogEvent| event.stream.contains(&stream);
        events.iter().filter(is_of).count()
    };
    let late = shifted + 60_000;
    let after = world.logged(name, late, late + 300_000).await;
    assert!(of(&after, "41") > 0 && of(&after, "42") == 0);
    let before = world
        .logged(name, shifted - 600_000, shifted - 60_000)
        .await;
    assert!(of(&before, "42") > 0 && of(&before, "41") == 0);
    let invoke = InvokeRequest {
        function: charge.clone(),
        qualifier: Some("live".into()),
        kind: InvocationType::RequestResponse,
        payload: b"{}".to_vec().into(),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(40),
    };
    let answer = session.invoke(&invoke).await.expect("runs");
    assert_eq!(answer.executed_version.as_deref(), Some("41"));
}

#[tokio::test(start_paused = true)]
async fn what_is_published_can_be_led_to() {
    let world = world();
    let charge = named("payments-charge");
    let session = &world.session;
    session
        .edit(&charge, &Call::Configuration(Box::new(memory())))
        .await
        .expect("taken");
    refused(
        session
            .edit(
                &charge,
                &Call::Publish {
                    description: String::new(),
                    revision_id: None,
                },
            )
            .await,
        409,
        CONFLICT,
    );
    world.pass(60);
    let version = session
        .edit(
            &charge,
            &Call::Publish {
                description: "more memory".to_owned(),
                revision_id: None,
            },
        )
        .await;
    assert_eq!(version.expect("published").version.as_deref(), Some("43"));
    session
        .edit(
            &charge,
            &Call::Alias {
                name: "live".to_owned(),
                routing: to("42", &[("43", 1.0)]),
                revision_id: None,
            },
        )
        .await
        .expect("a canary");
    let shifted = world.now();
    world.pass(1_200);
    let events = world
        .logged("payments-charge", shifted + 60_000, shifted + 300_000)
        .await;
    assert!(events.iter().any(|event| event.stream.contains("[43]")));
}

#[tokio::test(start_paused = true)]
async fn tags_are_set_and_removed_of_an_arn_when_no_update_runs() {
    let world = world();
    let (session, charge) = (&world.session, named("payments-charge"));
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let tags = [pair("team", "billing"), pair("stage", "größe")];
    session
        .edit(&charge, &Call::Tag(tags.to_vec()))
        .await
        .expect("tagged");
    let now = session.tags(&charge).await.expect("tags");
    assert!(tags.iter().all(|tag| now.contains(tag)), "{now:?}");
    assert!(now.is_sorted() && now.iter().filter(|(key, _)| key == "team").count() == 1);
    let keys = ["team".to_owned(), "never-there".to_owned()];
    session
        .edit(&charge, &Call::Untag(keys.to_vec()))
        .await
        .expect("removed");
    let now = session.tags(&charge).await.expect("tags");
    assert!(now.iter().all(|(key, _)| key != "team"));
    assert!(now.contains(&tags[1]));

    refused(
        session
            .edit(&charge, &Call::Tag([pair("AWS:own", "x")].to_vec()))
            .await,
        400,
        INVALID,
    );
    let many: Vec<_> = (0..50).map(|n| pair(&format!("k{n}"), "v")).collect();
    refused(session.edit(&charge, &Call::Tag(many)).await, 400, INVALID);
    let name = Arn::new("payments-charge");
    refused(
        session.edit(&name, &Call::Tag(tags.to_vec())).await,
        400,
        INVALID,
    );
    refused(
        session
            .edit(&named("gone"), &Call::Untag(keys.to_vec()))
            .await,
        404,
        NOT_FOUND,
    );
    session
        .edit(&charge, &Call::Configuration(Box::new(memory())))
        .await
        .expect("taken");
    refused(
        session.edit(&charge, &Call::Tag(tags.to_vec())).await,
        409,
        CONFLICT,
    );
    refused(
        session.edit(&charge, &Call::Untag(keys.to_vec())).await,
        409,
        CONFLICT,
    );
    world.pass(60);
    session
        .edit(&charge, &Call::Tag(tags.to_vec()))
        .await
        .expect("tagged");
}

#[tokio::test(start_paused = true)]
async fn a_url_is_made_once_changed_and_lost() {
    let world = world();
    let (name, charge) = ("payments-charge", named("payments-charge"));
    let session = &world.session;
    for qualifier in [None, Some("live")] {
        session
            .edit(
                &charge,
                &Call::CreateUrl {
                    qualifier: qualifier.map(str::to_owned),
                    url: url("AWS_IAM"),
                },
            )
            .await
            .expect("made");
        let again = session
            .edit(
                &charge,
                &Call::CreateUrl {
                    qualifier: qualifier.map(str::to_owned),
                    url: url("NONE"),
                },
            )
            .await;
        let message = refused(again, 409, CONFLICT);
        assert!(message.contains("FunctionUrlConfig exists"), "{message}");
    }
    let made = world.urls(name).await;
    assert_eq!(made.len(), 2);
    assert_ne!(made[0].url, made[1].url);
    session
        .edit(
            &charge,
            &Call::UpdateUrl {
                qualifier: Some("live".to_owned()),
                url: url("NONE"),
            },
        )
        .await
        .expect("changed");
    let changed = world.urls(name).await;
    assert_eq!(
        (changed[0].auth.as_str(), changed[1].auth.as_str()),
        ("AWS_IAM", "NONE")
    );
    assert_eq!(changed[1].url, made[1].url, "the address stays");
    session
        .edit(
            &charge,
            &Call::DeleteUrl {
                qualifier: Some("live".to_owned()),
            },
        )
        .await
        .expect("gone");
    refused(
        session
            .edit(
                &charge,
                &Call::DeleteUrl {
                    qualifier: Some("live".to_owned()),
                },
            )
            .await,
        404,
        NOT_FOUND,
    );
    refused(
        session
            .edit(
                &charge,
                &Call::UpdateUrl {
                    qualifier: Some("live".to_owned()),
                    url: url("NONE"),
                },
            )
            .await,
        404,
        NOT_FOUND,
    );
    world.pass(1);
    session
        .edit(
            &charge,
            &Call::CreateUrl {
                qualifier: Some("live".to_owned()),
                url: url("NONE"),
            },
        )
        .await
        .expect("made");
    assert_ne!(world.urls(name).await[1].url, made[1].url, "another one");
    refused(
        session
            .edit(
                &charge,
                &Call::CreateUrl {
                    qualifier: Some("gone".to_owned()),
                    url: url("NONE"),
                },
            )
            .await,
        404,
        NOT_FOUND,
    );
    refused(
        session
            .edit(
                &charge,
                &Call::CreateUrl {
                    qualifier: Some("previous".to_owned()),
                    url: url("open"),
                },
            )
            .await,
        400,
        INVALID,
    );
}

#[tokio::test(start_paused = true)]
async fn loops_are_ended_unless_they_are_allowed() {
    let world = world();
    let (session, charge) = (&world.session, named("payments-charge"));
    assert_eq!(session.recursion(&charge).await.as_deref(), Ok("Terminate"));
    session
        .edit(&charge, &Call::Recursion("Allow".to_owned()))
        .await
        .expect("set");
    assert_eq!(session.recursion(&charge).await.as_deref(), Ok("Allow"));
    refused(
        session
            .edit(&charge, &Call::Recursion("Maybe".to_owned()))
            .await,
        400,
        INVALID,
    );
    refused(session.recursion(&named("gone")).await, 404, NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_file_system_needs_a_network() {
    let world = world();
    let (session, charge) = (&world.session, named("payments-charge"));
    let system = (
        "arn:aws:elasticfilesystem:x".to_owned(),
        "/mnt/a".to_owned(),
    );
    let mount = Value::Mount(system.0.clone(), system.1.clone());
    let mut update = ConfigurationUpdate::of(Field::FileSystem, mount);
    let answer = session
        .edit(&charge, &Call::Configuration(Box::new(update.clone())))
        .await;
    refused(answer, 400, INVALID);
    update.settings.extend([
        (Field::Subnets, Value::List(vec!["subnet-1".into()])),
        (Field::SecurityGroups, Value::List(vec!["sg-1".into()])),
        (Field::VpcIpv6, Value::Switch(true)),
    ]);
    let answer = session
        .edit(&charge, &Call::Configuration(Box::new(update.clone())))
        .await;
    answer.expect("taken");
    let now = session.configuration(&charge, None).await.expect("read");
    assert_eq!(now.file_systems, [system]);
}

#[tokio::test(start_paused = true)]
async fn layers_and_roles_are_those_of_the_account() {
    let world = world();
    let session = &world.session;
    let layers = session.layers(None).await.expect("a page").items;
    assert!(layers.is_sorted());
    let tracing = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:tracing:11");
    assert!(layers.contains(&Arn::new(tracing)), "{layers:?}");
    let roles = session.roles(None).await.expect("a page").items;
    let functions = session.list_functions(None).await.expect("a page").items;
    assert_eq!(roles.len(), functions.len());
    assert!(roles.iter().all(|role| role.starts_with("arn:aws:iam::")));
}

/// The edits of what hangs on a function.
async fn edits(world: &World) -> Vec<Call> {
    let mapping = world.mapping("orders-consumer", "orders-priority").await;
    let live = || Some("live".to_owned());
    vec![
        Call::Mapping {
            uuid: mapping.uuid,
            update: MappingUpdate {
                enabled: Some(false),
                ..MappingUpdate::default()
            },
        },
        Call::Recursion("Allow".to_owned()),
        Call::Provision {
            qualifier: "8".to_owned(),
            executions: 1,
        },
        Call::Unprovision {
            qualifier: "live".to_owned(),
        },
        Call::Tag(vec![("team".to_owned(), "x".to_owned())]),
        Call::Untag(vec!["team".to_owned()]),
        Call::CreateUrl {
            qualifier: None,
            url: url("NONE"),
        },
        Call::UpdateUrl {
            qualifier: live(),
            url: url("NONE"),
        },
        Call::DeleteUrl { qualifier: live() },
    ]
}

/// All that the edits of the test change.
async fn state(world: &World) -> String {
    let api = named("checkout-api");
    let session = &world.session;
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        world.mapping("orders-consumer", "orders-priority").await,
        session.recursion(&api).await,
        world.provisioned("checkout-api").await,
        session.tags(&api).await,
        world.urls("checkout-api").await,
    )
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_is_throttled_or_denied_changes_nothing() {
    for call in edits(&world()).await {
        let operation = Operation::of(&call);
        let world = world();
        let before = state(&world).await;
        for kind in [ErrorKind::Throttled, ErrorKind::Network, ErrorKind::Service] {
            world.provider.inject(Faults {
                fail: vec![(operation, kind)],
                ..Faults::default()
            });
            let error = world
                .session
                .edit(&named("checkout-api"), &call)
                .await
                .expect_err("injected");
            assert_eq!((error.kind, error.operation), (kind, operation));
        }
        world.provider.inject(Faults {
            deny: vec![operation],
            ..Faults::default()
        });
        let error = world
            .session
            .edit(&named("checkout-api"), &call)
            .await
            .expect_err("denied");
        assert_eq!(error.missing_action(), Some(operation.spec().action));
        world.provider.inject(Faults::default());
        assert_eq!(state(&world).await, before, "{operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_whose_answer_is_lost_has_taken_place() {
    for call in edits(&world()).await {
        let operation = Operation::of(&call);
        let world = world();
        let before = state(&world).await;
        world.provider.inject(Faults {
            lose_reply_one_in: Some(1),
            ..Faults::default()
        });
        let error = world
            .session
            .edit(&named("checkout-api"), &call)
            .await
            .expect_err("lost");
        assert_eq!(error.outcome(), Outcome::Unknown, "{operation:?}");
        world.provider.inject(Faults::default());
        assert_ne!(state(&world).await, before, "{operation:?}");
    }
}
