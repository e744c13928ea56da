use jiff::SignedDuration;
use proptest::prelude::*;

use super::{
    rows::{Row, Value, follow},
    sections::{Subject, rows},
    *,
};
use crate::{
    domain::{
        function::{
            Alias, Arn, AsyncConfig, Environment, EventSourceMapping, FunctionConfiguration,
            FunctionUrl, Layer, ProvisionedConcurrency, Version, Vpc,
        },
        queue::QueueAttributes,
    },
    ports::{ErrorKind, Operation},
    store::{
        slot::Slot,
        ticket::{Key, Tickets},
    },
};

const NOW: Timestamp = Timestamp::constant(1_763_000_000, 0);

fn before(minutes: i64) -> Timestamp {
    NOW - SignedDuration::from_mins(minutes)
}

fn arn(service: &str, resource: &str) -> Arn {
    Arn::new(format!(
        "arn:aws:{service}:eu-west-1:123456789012:{resource}"
    ))
}

fn there<T>(value: T) -> Slot<T> {
    let mut slot = Slot::default();
    slot.put(value, NOW);
    slot
}

fn failed<T>(slot: &mut Slot<T>, operation: Operation, kind: ErrorKind) {
    let ticket = Tickets::default().issue(Key::local("test", ""));
    slot.begin(&ticket);
    let error = ApiError::new(operation, kind, "boom");
    assert!(slot.accept(&ticket, Err(error), NOW));
}

fn deny<T>(slot: &mut Slot<T>, operation: Operation) {
    failed(slot, operation, ErrorKind::Denied);
}

/// What the rows say, one line each: `label: value`.
fn lines(facts: &Facts) -> Vec<String> {
    lines_at(facts, NOW)
}

fn lines_at(facts: &Facts, now: Timestamp) -> Vec<String> {
    made(facts, now, 200)
        .iter()
        .map(|row| match &row.value {
            Value::Header(detail) => format!("# {} {detail}", row.label),
            Value::Text(text, _) => format!("{}: {text}", row.label.trim_start()),
            Value::Masked(_) => format!("{}: {MASK}", row.label),
        })
        .collect()
}

fn made(facts: &Facts, now: Timestamp, width: u16) -> Vec<Row> {
    let subject = Subject {
        listed: None,
        facts,
        is_open: true,
        stopped: &[],
    };
    rows(&subject, now, width).0
}

fn assert_says(facts: &Facts, expected: &[&str]) {
    let lines = lines(facts);
    for line in expected {
        assert!(
            lines.iter().any(|shown| shown == line),
            "{line:?} is not in {lines:#?}"
        );
    }
}

fn empty() -> Facts {
    Facts {
        configuration: there(FunctionConfiguration::sample("charge")),
        triggers: there(Vec::new()),
        async_configs: there(Vec::new()),
        dead_letter_queue: Slot::default(),
        versions: there(Vec::new()),
        aliases: there(Vec::new()),
        reserved: there(None),
        provisioned: there(Vec::new()),
        urls: there(Vec::new()),
        tags: there(Vec::new()),
    }
}

fn mapping() -> EventSourceMapping {
    EventSourceMapping {
        uuid: "u-1".into(),
        function: None,
        source: Some(arn("sqs", "orders")),
        state: "Enabled".into(),
        state_reason: None,
        batch_size: Some(10),
        batch_window_s: None,
        last_result: Some("OK".into()),
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }
}

#[test]
fn nothing_read_yet_says_so_for_each_part() {
    let lines = lines(&Facts::default());
    let reading = lines.iter().filter(|line| line.ends_with(": reading…"));
    assert_eq!(reading.count(), Part::ALL.len() - 1, "{lines:#?}");
}

#[test]
fn a_function_without_anything_says_what_is_not_there() {
    assert_says(
        &empty(),
        &[
            "changed: configuration 55y 10m ago · nothing published",
            "state: active",
            "triggers: none that Lambda polls",
            "retries: 2 · an event is kept 6 h · AWS defaults",
            "dead letters: –",
            "reserved: none · shares the account's pool",
            "aliases: –",
            "versions: none published",
            "URL: –",
            "variables: –",
            "VPC: –",
            "tags: –",
        ],
    );
    let lines = lines(&empty());
    assert!(!lines.iter().any(|line| line.starts_with("deployed by")));
}

#[test]
fn each_denied_part_names_its_missing_permission_and_no_other_part_is_touched() {
    type Deny = fn(&mut Facts);
    let cases: &[(Deny, &str)] = &[
        (
            |f| deny(&mut f.configuration, Operation::GetFunctionConfiguration),
            "configuration: ✖ no permission lambda:GetFunctionConfiguration",
        ),
        (
            |f| deny(&mut f.triggers, Operation::ListEventSourceMappings),
            "triggers: ✖ no permission lambda:ListEventSourceMappings",
        ),
        (
            |f| {
                deny(
                    &mut f.async_configs,
                    Operation::ListFunctionEventInvokeConfigs,
                );
            },
            "async: ✖ no permission lambda:ListFunctionEventInvokeConfigs",
        ),
        (
            |f| deny(&mut f.versions, Operation::ListVersionsByFunction),
            "versions: ✖ no permission lambda:ListVersionsByFunction",
        ),
        (
            |f| failed(&mut f.aliases, Operation::ListAliases, ErrorKind::Denied),
            "aliases: ✖ no permission lambda:ListAliases",
        ),
        (
            |f| deny(&mut f.reserved, Operation::GetFunctionConcurrency),
            "reserved: ✖ no permission lambda:GetFunctionConcurrency",
        ),
        (
            |f| {
                deny(
                    &mut f.provisioned,
                    Operation::ListProvisionedConcurrencyConfigs,
                );
            },
            "provisioned: ✖ no permission lambda:ListProvisionedConcurrencyConfigs",
        ),
        (
            |f| deny(&mut f.urls, Operation::ListFunctionUrlConfigs),
            "URL: ✖ no permission lambda:ListFunctionUrlConfigs",
        ),
        (
            |f| failed(&mut f.tags, Operation::ListTags, ErrorKind::Denied),
            "tags: ✖ no permission lambda:ListTags",
        ),
    ];
    for (deny, line) in cases {
        let mut facts = Facts::default();
        deny(&mut facts);
        assert_says(&facts, &[line]);
        let count = lines(&facts)
            .iter()
            .filter(|line| line.contains('✖'))
            .count();
        assert_eq!(count, 1, "{line}");
    }
}

#[test]
fn the_depth_of_a_dead_letter_queue_fails_on_its_own() {
    let mut facts = empty();
    let mut configuration = FunctionConfiguration::sample("charge");
    configuration.summary.dead_letter = Some(arn("sqs", "charge-dlq"));
    facts.configuration = there(configuration);
    facts.dead_letter_queue = there(QueueAttributes {
        visible: 1_214,
        in_flight: 2,
        retention_s: Some(1_209_600),
        ..QueueAttributes::default()
    });
    assert_says(
        &facts,
        &[
            "dead letters: SQS charge-dlq",
            "depth: ▲ 1,214 waiting · 2 in flight · kept 14 d",
        ],
    );
    facts.dead_letter_queue = Slot::default();
    failed(
        &mut facts.dead_letter_queue,
        Operation::GetQueueAttributes,
        ErrorKind::Denied,
    );
    assert_says(
        &facts,
        &[
            "dead letters: SQS charge-dlq",
            "depth: ✖ no permission sqs:GetQueueAttributes",
        ],
    );
}

#[test]
fn a_full_function_shows_everything() {
    let mut configuration = FunctionConfiguration::sample("charge");
    configuration.summary.modified = Some(before(14));
    configuration.summary.runtime = Some("python3.9".into());
    configuration.summary.durable = true;
    configuration.durable_timeout_s = Some(604_800);
    configuration.snap_start = Some("PublishedVersions".into());
    configuration.tenancy = Some("PER_TENANT".into());
    configuration.state.last_update = Some("Failed".into());
    configuration.state.last_update_reason_code = Some("SubnetOutOfIPAddresses".into());
    configuration.logging.format = Some("JSON".into());
    configuration.logging.system_level = Some("WARN".into());
    configuration.kms_key = Some("arn:aws:kms:eu-west-1:1:key/abc".into());
    configuration.vpc = Some(Vpc {
        id: Some("vpc-1".into()),
        subnets: vec!["subnet-1".into(), "subnet-2".into()],
        security_groups: vec!["sg-1".into()],
        ipv6: false,
    });
    configuration.layers = vec![Layer {
        arn: arn("lambda", "layer:tracing:11"),
        code_size: 2048,
    }];
    configuration.file_systems = vec![("arn:aws:x:::access-point/fsap-1".into(), "/mnt/a".into())];
    configuration.environment =
        Environment::Variables(vec![("KEY".into(), Secret::new("hunter2".into()))]);
    let facts = Facts {
        configuration: there(configuration),
        triggers: there(vec![
            EventSourceMapping {
                state: "Disabled".into(),
                state_reason: Some("USER_INITIATED".into()),
                batch_window_s: Some(5),
                maximum_concurrency: Some(20),
                partial_batch_responses: true,
                last_result: Some("PROBLEM: Function call failed".into()),
                on_failure: Some(arn("sqs", "failed")),
                filters: vec!["{\"a\":[1]}".into()],
                ..mapping()
            },
            EventSourceMapping {
                source: None,
                ..mapping()
            },
        ]),
        async_configs: there(vec![
            (
                "$LATEST".into(),
                AsyncConfig {
                    maximum_retries: Some(0),
                    maximum_age_s: Some(3600),
                    on_success: Some(arn("events", "event-bus/ok")),
                    on_failure: None,
                },
            ),
            (
                "live".into(),
                AsyncConfig {
                    on_failure: Some(arn("sqs", "live-failed")),
                    ..AsyncConfig::default()
                },
            ),
        ]),
        versions: there(
            (1..=12)
                .map(|number| Version {
                    version: number.to_string(),
                    description: String::new(),
                    modified: Some(before(60 * (13 - number))),
                    code_size: 0,
                })
                .collect(),
        ),
        aliases: there(vec![Alias {
            name: "live".into(),
            version: "11".into(),
            weights: vec![("12".into(), 0.1)],
            description: "callers".into(),
            revision_id: None,
        }]),
        reserved: there(Some(0)),
        provisioned: there(vec![ProvisionedConcurrency {
            qualifier: "live".into(),
            requested: 5,
            available: 2,
            status: "FAILED".into(),
            reason: Some("no room".into()),
        }]),
        urls: there(vec![FunctionUrl {
            url: "https://x.lambda-url.eu-west-1.on.aws/".into(),
            auth: "NONE".into(),
            invoke_mode: Some("BUFFERED".into()),
            qualifier: Some("live".into()),
        }]),
        tags: there(vec![("aws:cloudformation:stack-name".into(), "pay".into())]),
        ..Facts::default()
    };
    assert_says(
        &facts,
        &[
            "changed: configuration 14m ago · v12 published 1h ago · live → v11 90%, v12 10%",
            "state: ✖ update failed · SubnetOutOfIPAddresses",
            "durable: runs up to 7 d · an invoke must name a version or alias",
            "SnapStart: PublishedVersions",
            "tenancy: PER_TENANT: an invoke must name its tenant",
            "SQS: orders · ▲ disabled · batch 10 · window 5 s · at most 20 at once · partial responses",
            "reason: USER_INITIATED",
            "last result: PROBLEM: Function call failed",
            "on failure: SQS failed",
            "filter: {\"a\":[1]}",
            "Kafka: self-managed, u-1 · enabled · batch 10",
            "retries: none · an event is kept 1 h",
            "of live: retries 2 · an event is kept 6 h",
            "on failure: SQS live-failed",
            "on success: EventBridge event-bus/ok",
            "reserved: ▲ 0 · switched off: every invoke is throttled",
            "provisioned: ✖ live · 2 of 5 ready · failed · no room",
            "live: → v11 90%, v12 10% · callers",
            "v12: 1h ago",
            ": 2 older",
            "live: https://x.lambda-url.eu-west-1.on.aws/",
            "log format: JSON · system WARN",
            "# Environment 1",
            "KEY: ••••••",
            "key: KMS abc",
            "VPC: vpc-1",
            "subnets: subnet-1, subnet-2",
            "layer: tracing:11 · 2.0K",
            "file system: /mnt/a · fsap-1",
            "deployed by: CloudFormation · stack pay",
        ],
    );
    let lines = lines(&facts);
    for part in [
        "▲ python3.9 is deprecated",
        "hides START and REPORT",
        "auth NONE",
    ] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}");
    }
}

#[test]
fn an_unreadable_environment_is_missing_and_not_empty() {
    let mut configuration = FunctionConfiguration::sample("charge");
    configuration.environment = Environment::Unreadable {
        code: "AccessDeniedException".into(),
        message: "KMS says no".into(),
    };
    let facts = Facts {
        configuration: there(configuration),
        ..empty()
    };
    let text = lines(&facts).join("\n");
    assert!(text.contains("missing here, not empty"), "{text}");
    assert!(
        text.contains("AccessDeniedException: KMS says no"),
        "{text}"
    );
    assert!(!text.contains("variables: –"), "{text}");
}

#[test]
fn a_failed_refresh_keeps_the_rows_dimmed_with_the_reason() {
    let mut facts = empty();
    facts.tags = there(vec![("team".into(), "shop".into())]);
    failed(&mut facts.tags, Operation::ListTags, ErrorKind::Denied);
    assert_says(
        &facts,
        &[
            "team: shop",
            "tags: not refreshed: ✖ no permission lambda:ListTags",
        ],
    );
    let team = made(&facts, NOW, 80)
        .into_iter()
        .find(|row| row.label == "team");
    assert_eq!(team.map(|row| row.role), Some(Role::Stale));
    let limits = made(&facts, NOW, 80)
        .into_iter()
        .find(|row| row.label == "limits");
    assert_eq!(limits.map(|row| row.role), Some(Role::Text));
}

#[test]
fn what_is_old_is_dimmed_and_the_rows_say_until_when_they_are_good() {
    let facts = empty();
    let subject = Subject {
        listed: None,
        facts: &facts,
        is_open: true,
        stopped: &[],
    };
    let (fresh, until) = rows(&subject, NOW, 80);
    assert!(until > NOW && until <= NOW + SignedDuration::from_secs(90));
    let (old, _) = rows(&subject, until, 80);
    assert!(fresh.iter().all(|row| row.role != Role::Stale));
    assert!(old.iter().any(|row| row.role == Role::Stale));
}

#[test]
fn the_cursor_follows_its_row_over_a_rebuild() {
    let mut facts = empty();
    facts.triggers = there(vec![mapping(), mapping()]);
    let old = made(&facts, NOW, 80);
    let second = old
        .iter()
        .enumerate()
        .filter(|(_, row)| row.label == "SQS")
        .nth(1)
        .map(|(place, _)| place)
        .unwrap();
    let mut configuration = FunctionConfiguration::sample("charge");
    configuration.description = "one row more above".into();
    facts.configuration = there(configuration);
    let new = made(&facts, NOW, 80);
    assert_eq!(follow(&old, &new, second), second + 1);
    facts.triggers = there(vec![mapping()]);
    let fewer = made(&facts, NOW, 80);
    assert!(follow(&old, &fewer, second) < fewer.len());
    assert_eq!(follow(&old, &[], second), 0);
}

#[test]
fn sentences_are_wrapped_and_copied_whole() {
    let mut configuration = FunctionConfiguration::sample("charge");
    configuration.summary.runtime = Some("python3.9".into());
    let facts = Facts {
        configuration: there(configuration),
        ..empty()
    };
    let rows = made(&facts, NOW, 60);
    let copies: Vec<&String> = rows
        .iter()
        .filter_map(|row| match &row.value {
            Value::Text(_, Some(whole)) if whole.contains("is deprecated") => Some(whole),
            _ => None,
        })
        .collect();
    assert!(copies.len() > 1);
    assert!(copies.iter().all(|whole| whole.ends_with('.')));
}

proptest! {
    #[test]
    fn no_value_of_the_environment_is_in_rows_debug_or_json(
        values in proptest::collection::vec("[a-z]{3}-secret-[A-Za-z0-9 \u{1b}é]{8,40}", 1..5),
        width in 20_u16..200,
    ) {
        let mut configuration = FunctionConfiguration::sample("charge");
        configuration.environment = Environment::Variables(
            values
                .iter()
                .enumerate()
                .map(|(n, value)| (format!("NAME_{n}"), Secret::new(value.clone())))
                .collect(),
        );
        let json = configuration_json::json(&configuration).to_string();
        let facts = Facts { configuration: there(configuration), ..empty() };
        let rows = made(&facts, NOW, width);
        let shown: String = rows
            .iter()
            .map(|row| match &row.value {
                Value::Text(text, whole) => format!("{text} {whole:?}"),
                Value::Header(text) => text.clone(),
                Value::Masked(_) => MASK.to_owned(),
            })
            .collect();
        let debug = format!("{rows:?} {facts:#?}");
        prop_assert_eq!(rows.iter().filter(|row| matches!(row.value, Value::Masked(_))).count(), values.len());
        for value in &values {
            prop_assert!(!json.contains(value.as_str()));
            prop_assert!(!shown.contains(value.as_str()));
            prop_assert!(!debug.contains("-secret-"));
        }
    }
}
