//! What all tests of drafts share: a function, and drafts of it. The tests stand by subject below.

use proptest::prelude::*;

use super::{
    environment::{MOST_BYTES, check_name, looks_secret, size},
    plan::Plan,
    record::{Ended, Record, ThreeWay},
    review::{Facts, warnings},
    update::Call,
    *,
};
use crate::domain::{
    class::Class,
    function::{
        Alias, AsyncConfig, Environment, EventSourceMapping, FunctionConfiguration, Logging,
    },
};

fn configuration() -> FunctionConfiguration {
    FunctionConfiguration {
        environment: variables(&[("API_KEY", "hunter2"), ("LOG_LEVEL", "info")]),
        ..FunctionConfiguration::sample("charge")
    }
}

fn variables(pairs: &[(&str, &str)]) -> Environment {
    let pair =
        |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::new((*value).to_owned()));
    Environment::Variables(pairs.iter().map(pair).collect())
}

fn base() -> Snapshot {
    let mut snapshot = Snapshot::of(&configuration());
    snapshot.reserve(None);
    snapshot.follow(None);
    snapshot
}

fn draft(words: &[&str]) -> Draft {
    assignment::parse(words).expect("assignments")
}

/// What a lost update shows: what is not as the plan found it.
fn three_ways(plan: &Plan, theirs: &Snapshot) -> Vec<ThreeWay> {
    let changed = plan.base.configuration_unlike(theirs).into_iter();
    changed
        .map(|item| ThreeWay {
            base: plan.base.side(&item),
            theirs: theirs.side(&item),
            mine: None,
            item,
        })
        .collect()
}

fn plan(words: &[&str]) -> Plan {
    Plan::new(base(), draft(words)).expect("a plan")
}

fn problems(words: &[&str]) -> String {
    let problems = Plan::new(base(), draft(words)).expect_err("problems");
    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
    words.join("\n")
}

fn update(plan: &Plan) -> &update::ConfigurationUpdate {
    match plan.calls.first() {
        Some(Call::Configuration(update)) => update,
        other => panic!("no update: {other:?}"),
    }
}

mod commands;
mod fields;
mod items;
mod language;
mod plans;
mod properties;
mod records;
mod stops;
mod text;

/// A trigger that reads `source`.
fn mapping(uuid: &str, source: &str) -> EventSourceMapping {
    EventSourceMapping {
        uuid: uuid.to_owned(),
        function: None,
        source: Some(crate::domain::function::Arn::new(source)),
        state: "Enabled".into(),
        state_reason: None,
        batch_size: Some(10),
        batch_window_s: None,
        last_result: None,
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }
}

fn alias(name: &str, version: &str) -> Alias {
    Alias {
        name: name.to_owned(),
        version: version.to_owned(),
        weights: Vec::new(),
        description: String::new(),
        revision_id: Some("a1".into()),
    }
}

/// A function with everything that can hang on one.
fn full() -> Snapshot {
    use crate::domain::function::{FunctionUrl, ProvisionedConcurrency};
    let mut base = base();
    base.recurse("Terminate");
    base.aliases = vec![alias("live", "41"), alias("beta", "42")];
    base.mappings = vec![
        mapping("u1", "arn:aws:sqs:eu-west-1:1:orders"),
        mapping("u2", "arn:aws:sqs:eu-west-1:1:orders.fifo"),
        mapping("u3", "arn:aws:kinesis:eu-west-1:1:stream/clicks"),
        mapping("u4", "arn:aws:kinesis:eu-west-1:1:stream/clicks"),
    ];
    base.provisioned = Some(vec![ProvisionedConcurrency {
        qualifier: "live".into(),
        requested: 5,
        available: 5,
        status: "READY".into(),
        reason: None,
    }]);
    base.urls = Some(vec![FunctionUrl {
        url: "https://x.lambda-url.eu-west-1.on.aws/".into(),
        auth: "AWS_IAM".into(),
        invoke_mode: None,
        qualifier: None,
    }]);
    base.tags = Some(vec![("team".into(), "payments".into())]);
    base
}
