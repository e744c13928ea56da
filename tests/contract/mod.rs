//! What every implementation of the ports must do alike. Runs against the real server and
//! against the demo account; what one of them cannot do stands in its table of gaps, by name.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test binary uses its part"
)]

pub mod edits;
pub mod queues;

use std::{collections::HashSet, time::Duration};

use lambdeck::{
    domain::{
        function::{Arn, FunctionSummary},
        invocation::{InvocationType, InvokeRequest},
        log::{LogEvent, LogQuery},
        queue::QueueAttributes,
        secret::Secret,
    },
    ports::{ErrorKind, Session},
};

/// The earliest start for which `FilterLogEvents` goes backwards (CloudWatch Logs API): 2024-01-01.
const NEWEST_FIRST_FROM: i64 = 1_704_067_200_000;

/// Something that an implementation is known not to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// `FilterLogEvents` never returns a token: a `limit` drops what comes after it.
    LogTokens,
    /// `startFromHead=false` is ignored: oldest first, whatever was asked.
    NewestFirst,
    /// `ListProvisionedConcurrencyConfigs` does not exist, and nothing is checked of what is put.
    ProvisionedConcurrency,
    /// `logStreamNamePrefix` is ignored: events of every stream come back.
    StreamPrefix,
    /// The request id of an invoke is not the one in the function's log lines.
    InvocationIds,
    /// The URL of an alias says that it is the function's.
    UrlQualifiers,
    /// `StartMessageMoveTask` and its like do not exist.
    MoveTasks,
}

/// The account under test: where to find what the contract speaks of.
#[derive(Debug, Clone)]
pub struct Account {
    /// Exactly how many functions it has; more than 50, so that they take several pages.
    pub functions: usize,
    /// Succeeds on an empty object and writes at least one line of log.
    pub healthy: Arn,
    /// Raises an error on `failing_event`.
    pub failing: Arn,
    pub failing_event: &'static str,
    /// Has a published version, and an alias with a second version.
    pub versioned: Arn,
    /// Has `queue` as an enabled trigger.
    pub consumer: Arn,
    /// Has `dead_letters` as the target of its redrive policy.
    pub queue: Arn,
    pub dead_letters: Arn,
    pub scratch: queues::Scratch,
    pub gaps: &'static [Gap],
}

impl Account {
    fn lacks(&self, gap: Gap) -> bool {
        self.gaps.contains(&gap)
    }
}

/// Everything, one after the other.
pub async fn everything(session: &dyn Session, account: &Account) {
    identity(session, account).await;
    pages(session, account).await;
    configuration(session, account).await;
    unknown(session, account).await;
    invokes(session, account).await;
    logs(session, account).await;
    versions(session, account).await;
    neighbours(session, account).await;
    queues::everything(session, account).await;
    edits::everything(session, account).await;
}

/// The caller belongs to the account whose functions are listed.
pub async fn identity(session: &dyn Session, account: &Account) {
    let identity = session.caller_identity().await.unwrap();
    assert_eq!(Some(identity.account.as_str()), account.healthy.account());
    assert!(identity.arn.starts_with("arn:"), "{identity:?}");
    assert!(!session.region().is_empty());
}

/// Every page together is every function, once; no page is larger than the API allows.
pub async fn pages(session: &dyn Session, account: &Account) {
    let functions = all_functions(session).await;
    assert_eq!(functions.len(), account.functions);
    let names: HashSet<_> = functions.iter().map(|function| &function.arn).collect();
    assert_eq!(names.len(), account.functions, "no function twice");
    for arn in [
        &account.healthy,
        &account.failing,
        &account.versioned,
        &account.consumer,
    ] {
        assert!(names.contains(arn), "{arn} is listed");
    }
}

async fn all_functions(session: &dyn Session) -> Vec<FunctionSummary> {
    let (mut functions, mut marker, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = session.list_functions(marker).await.unwrap();
        assert!(page.items.len() <= 50, "{} in a page", page.items.len());
        functions.extend(page.items);
        pages += 1;
        match page.next {
            Some(next) => marker = Some(next),
            None => break,
        }
    }
    assert!(pages > 1, "the account is large enough to need pages");
    functions
}

/// A configuration says what the row said, and says the state, which the row cannot.
pub async fn configuration(session: &dyn Session, account: &Account) {
    let row = all_functions(session)
        .await
        .into_iter()
        .find(|row| row.arn == account.healthy)
        .unwrap();
    let configuration = session.configuration(&account.healthy, None).await.unwrap();
    assert_eq!(configuration.summary, row);
    assert_eq!(configuration.version, "$LATEST");
    assert_eq!(configuration.state.state.as_deref(), Some("Active"));
    assert!(configuration.state.last_update.is_some());
    assert_eq!(row.arn.resource_name(), &*row.name);
    let settings = session.account_settings().await.unwrap();
    assert_eq!(settings.function_count, account.functions as u64);
    assert!(settings.unreserved <= settings.concurrency_limit);
    session.tags(&account.healthy).await.unwrap();
}

/// What is not there is «not found», for every operation that names it.
pub async fn unknown(session: &dyn Session, account: &Account) {
    let unknown = Arn::new(
        account
            .healthy
            .as_str()
            .replace(account.healthy.resource_name(), "no-such-function"),
    );
    let event = invoke(&unknown, InvocationType::RequestResponse, "{}");
    let query = LogQuery {
        group: "/no/such/group".into(),
        ..LogQuery::default()
    };
    let errors = [
        session.configuration(&unknown, None).await.unwrap_err(),
        session
            .configuration(&account.healthy, Some("99999"))
            .await
            .unwrap_err(),
        session.versions(&unknown, None).await.unwrap_err(),
        session.aliases(&unknown, None).await.unwrap_err(),
        session.reserved_concurrency(&unknown).await.unwrap_err(),
        session.tags(&unknown).await.unwrap_err(),
        session.invoke(&event).await.unwrap_err(),
        session
            .invoke(&invoke(&unknown, InvocationType::DryRun, "{}"))
            .await
            .unwrap_err(),
        session
            .queue_url("no-such-queue", account.queue.account())
            .await
            .unwrap_err(),
        session.filter_events(&query).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
        assert!(
            error.code.is_some() && !error.message.is_empty(),
            "{error:?}"
        );
    }
}

/// The three ways to invoke, and a function that fails.
pub async fn invokes(session: &dyn Session, account: &Account) {
    let answer = session
        .invoke(&invoke(
            &account.healthy,
            InvocationType::RequestResponse,
            "{}",
        ))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.function_error.as_deref()),
        (200, None)
    );
    assert_eq!(answer.executed_version.as_deref(), Some("$LATEST"));
    assert!(answer.log_tail.is_some_and(|log| !log.is_empty()));
    assert!(answer.request_id.is_some());
    serde_json::from_slice::<serde_json::Value>(answer.payload.reveal()).expect("answers JSON");

    let failed = session
        .invoke(&invoke(
            &account.failing,
            InvocationType::RequestResponse,
            account.failing_event,
        ))
        .await
        .unwrap();
    assert_eq!(failed.status, 200, "a failed function is no failed call");
    assert!(failed.function_error.is_some());
    let body: serde_json::Value = serde_json::from_slice(failed.payload.reveal()).unwrap();
    assert!(body["errorMessage"].is_string(), "{body}");

    let dry = session
        .invoke(&invoke(&account.healthy, InvocationType::DryRun, "{}"))
        .await
        .unwrap();
    assert_eq!(dry.status, 204);
    let queued = session
        .invoke(&invoke(&account.healthy, InvocationType::Event, "{}"))
        .await
        .unwrap();
    assert_eq!((queued.status, queued.log_tail), (202, None));
}

/// An invoke leaves lines in the function's log group; the questions narrow them.
pub async fn logs(session: &dyn Session, account: &Account) {
    let configuration = session.configuration(&account.healthy, None).await.unwrap();
    let query = LogQuery {
        group: configuration.summary.log_group(),
        start: Some(0),
        ..LogQuery::default()
    };
    // The group comes into being with its first line.
    let earlier: HashSet<_> = match session.filter_events(&query).await {
        Ok(_) => all_events(session, &query)
            .await
            .into_iter()
            .map(|event| event.id)
            .collect(),
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::NotFound, "{error:?}");
            HashSet::new()
        }
    };
    let request = session
        .invoke(&invoke(
            &account.healthy,
            InvocationType::RequestResponse,
            "{}",
        ))
        .await
        .unwrap()
        .request_id
        .unwrap();
    let events = until_logged(session, &query, |event| {
        is_report(event)
            && !earlier.contains(&event.id)
            && (account.lacks(Gap::InvocationIds) || event.message.contains(&request))
    })
    .await;
    assert!(events.is_sorted_by_key(|event| event.timestamp));
    let ids: HashSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len(), "every event has its own id");
    assert!(
        events
            .iter()
            .all(|event| !event.stream.is_empty() && event.ingested >= event.timestamp)
    );

    let at = events.last().unwrap().timestamp;
    let range = |start, end| LogQuery {
        start,
        end,
        ..query.clone()
    };
    let exactly = all_events(session, &range(Some(at), Some(at))).await;
    assert!(
        exactly
            .iter()
            .any(|event| event.id == events.last().unwrap().id),
        "both ends are inclusive"
    );
    assert!(exactly.iter().all(|event| event.timestamp == at));
    let before = all_events(session, &range(Some(0), Some(at - 1))).await;
    assert!(before.iter().all(|event| event.timestamp < at));

    let stream = events.last().unwrap().stream.clone();
    let narrowed = all_events(
        session,
        &LogQuery {
            stream_prefix: Some(stream.clone()),
            ..query.clone()
        },
    )
    .await;
    assert!(!narrowed.is_empty());
    if !account.lacks(Gap::StreamPrefix) {
        assert!(
            narrowed
                .iter()
                .all(|event| event.stream.starts_with(&stream))
        );
    }

    let matched = all_events(
        session,
        &LogQuery {
            pattern: Some("START".into()),
            ..query.clone()
        },
    )
    .await;
    assert!(!matched.is_empty() && matched.iter().all(|event| event.message.contains("START")));

    if !account.lacks(Gap::NewestFirst) {
        let newest = LogQuery {
            newest_first: true,
            start: Some(NEWEST_FIRST_FROM),
            limit: Some(1),
            ..query.clone()
        };
        let page = session.filter_events(&newest).await.unwrap();
        assert!(page.events[0].timestamp >= at);
    }
    if !account.lacks(Gap::LogTokens) {
        let small = LogQuery {
            limit: Some(1),
            end: Some(at),
            ..query
        };
        let paged = all_events(session, &small).await;
        let ids: HashSet<_> = paged.iter().map(|event| &event.id).collect();
        assert!(
            events
                .iter()
                .filter(|event| event.timestamp <= at)
                .all(|event| ids.contains(&event.id))
        );
    }
}

fn is_report(event: &LogEvent) -> bool {
    event.message.starts_with("REPORT") || event.message.contains("platform.report")
}

/// Asks until such an event is there, and returns all of them.
async fn until_logged(
    session: &dyn Session,
    query: &LogQuery,
    expected: impl Fn(&LogEvent) -> bool,
) -> Vec<LogEvent> {
    let poll = async {
        loop {
            if session.filter_events(query).await.is_ok() {
                let events = all_events(session, query).await;
                if events.iter().any(&expected) {
                    return events;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), poll)
        .await
        .expect("the report of the invoke comes")
}

async fn all_events(session: &dyn Session, query: &LogQuery) -> Vec<LogEvent> {
    let mut query = query.clone();
    let mut events = Vec::new();
    loop {
        let page = session.filter_events(&query).await.unwrap();
        events.extend(page.events);
        match page.next_token {
            Some(token) => query.token = Some(token),
            None => return events,
        }
    }
}

/// Versions and aliases agree, and a qualifier runs what it names.
pub async fn versions(session: &dyn Session, account: &Account) {
    let versions = session
        .versions(&account.versioned, None)
        .await
        .unwrap()
        .items;
    assert!(versions.iter().any(|version| version.version == "$LATEST"));
    assert!(versions.len() > 1);
    let aliases = session
        .aliases(&account.versioned, None)
        .await
        .unwrap()
        .items;
    let alias = aliases
        .iter()
        .find(|alias| !alias.weights.is_empty())
        .expect("one is weighted");
    for version in alias
        .weights
        .iter()
        .map(|(version, _)| version)
        .chain([&alias.version])
    {
        assert!(
            versions.iter().any(|listed| listed.version == *version),
            "{version} is listed"
        );
    }
    assert!(
        alias
            .weights
            .iter()
            .all(|(_, share)| (0.0..=1.0).contains(share))
    );
    let frozen = session
        .configuration(&account.versioned, Some(&alias.version))
        .await
        .unwrap();
    assert_eq!(
        (&frozen.version, &frozen.summary.arn),
        (&alias.version, &account.versioned)
    );
    let mut request = invoke(&account.versioned, InvocationType::RequestResponse, "{}");
    request.qualifier = Some(alias.version.clone());
    let answer = session.invoke(&request).await.unwrap();
    assert_eq!(
        answer.executed_version.as_deref(),
        Some(alias.version.as_str())
    );
}

/// What hangs on a function: triggers, queues, async settings, concurrency, URLs.
pub async fn neighbours(session: &dyn Session, account: &Account) {
    let mappings = session
        .event_source_mappings(Some(&account.consumer), None)
        .await
        .unwrap()
        .items;
    let mapping = mappings
        .iter()
        .find(|mapping| mapping.source.as_ref() == Some(&account.queue))
        .expect("the queue is a trigger");
    assert!(!mapping.uuid.is_empty() && mapping.batch_size.is_some());
    assert!(
        matches!(mapping.state.as_str(), "Enabled" | "Enabling" | "Creating"),
        "{mapping:?}"
    );
    assert!(!mapping.is_disabled());
    assert!(
        session
            .event_source_mappings(Some(&account.healthy), None)
            .await
            .unwrap()
            .items
            .is_empty()
    );

    let queue = queue_attributes(session, &account.queue).await;
    assert_eq!(queue.arn.as_ref(), Some(&account.queue));
    assert_eq!(queue.dead_letter.as_ref(), Some(&account.dead_letters));
    assert!(queue.max_receive_count.is_some_and(|receives| receives > 0));
    assert!(queue.visibility_timeout_s.is_some() && queue.retention_s.is_some());
    let dead = queue_attributes(session, &account.dead_letters).await;
    assert_eq!(dead.dead_letter, None);

    assert_eq!(session.async_config(&account.healthy).await.unwrap(), None);
    assert_eq!(
        session
            .reserved_concurrency(&account.healthy)
            .await
            .unwrap(),
        None
    );
    assert!(
        session
            .urls(&account.healthy, None)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    if !account.lacks(Gap::ProvisionedConcurrency) {
        let page = session
            .provisioned_concurrency(&account.healthy, None)
            .await
            .unwrap();
        assert!(page.items.is_empty());
    }
}

fn invoke(function: &Arn, kind: InvocationType, payload: &str) -> InvokeRequest {
    InvokeRequest {
        function: function.clone(),
        qualifier: None,
        kind,
        payload: Secret::new(payload.as_bytes().to_vec()),
        client_context: None,
        tenant: None,
        deadline: Duration::from_secs(15),
    }
}

async fn queue_attributes(session: &dyn Session, queue: &Arn) -> QueueAttributes {
    let url = session
        .queue_url(queue.resource_name(), queue.account())
        .await
        .unwrap();
    session.queue_attributes(&url).await.unwrap()
}
