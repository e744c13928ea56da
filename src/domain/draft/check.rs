//! Finds what is wrong with a draft for this function, before any call.
//!
//! Only what Lambda is certain to refuse, or what would do harm. Everything else is for the server
//! to decide.

use super::{
    Draft, Field, Item, LATEST, Problem, Routing, Snapshot, TriggerField, Value,
    environment::check_name, write::check_tag,
};
use crate::domain::{
    function::Arn,
    place::{Location, Place},
};

/// Everything that is wrong.
pub(super) fn problems(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let mut problems = settings(base, draft);
    problems.extend(triggers(base, draft));
    let aliases = draft.aliases.iter().filter_map(|(name, routing)| {
        let why = alias(base, draft, name, routing)?;
        Some(Problem::new(Item::Alias(name.clone()), why))
    });
    problems.extend(aliases);
    problems.extend(qualified(base, draft));
    for (key, value) in &draft.tags {
        if let Err(rule) = check_tag(key, value.as_deref().unwrap_or_default()) {
            problems.push(Problem::new(Item::Tag(key.clone()), rule));
        }
    }
    if draft
        .publish
        .as_ref()
        .is_some_and(|text| text.chars().count() > 256)
    {
        problems.push(Problem::new(
            "publish",
            "a description has at most 256 characters",
        ));
    }
    problems
}

fn settings(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (field, value) in &draft.settings {
        if let Err(message) = field.check(value) {
            problems.push(Problem::new(field.name(), message));
        }
    }
    problems.extend(elsewhere(base, draft));
    for name in draft.environment.keys() {
        // What is there already may be removed, whatever it is called.
        if base.variable(name).is_none()
            && let Err(rule) = check_name(name)
        {
            problems.push(Problem::new(Item::Variable(name.clone()), rule));
        }
    }
    let drafted = |field| draft.settings.get(&field);
    let sets = |field| drafted(field).is_some_and(|value| !value.is_unset());
    let setting = |field| {
        let value = drafted(field).or_else(|| base.setting(field));
        value.cloned().unwrap_or(Value::Unset)
    };
    for level in [Field::AppLogLevel, Field::SystemLogLevel] {
        if sets(level) && !setting(Field::LogFormat).is("JSON") {
            problems.push(Problem::new(level.name(), "needs log_format=JSON"));
        }
    }
    let has_no_vpc = setting(Field::Subnets).is_unset();
    if has_no_vpc != setting(Field::SecurityGroups).is_unset() {
        problems.push(Problem::new(
            Field::Subnets.name(),
            "a VPC needs subnets and security_groups, to leave it both must be empty",
        ));
    }
    let sets_ipv6 = drafted(Field::VpcIpv6).is_some_and(Value::is_on);
    for (field, needs_vpc) in [
        (Field::FileSystem, sets(Field::FileSystem)),
        (Field::VpcIpv6, sets_ipv6),
    ] {
        if needs_vpc && has_no_vpc {
            let why = "needs a VPC: subnets and security_groups";
            problems.push(Problem::new(field.name(), why));
        }
    }
    let is_image = base.setting(Field::Runtime).is_some_and(Value::is_unset);
    for field in [Field::Runtime, Field::Handler, Field::Layers] {
        if is_image && draft.settings.contains_key(&field) {
            let why = "a container image has none";
            problems.push(Problem::new(field.name(), why));
        }
    }
    problems
}

/// What is named in another region or partition than the function is in: Lambda would refuse it,
/// or, worse, find a namesake.
fn elsewhere(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let Some(region) = base.function.region() else {
        return Vec::new();
    };
    let place = Place {
        region: region.to_owned(),
        account: base.function.account().map(str::to_owned),
        has_custom_endpoint: false,
    };
    let named = draft.settings.iter().flat_map(|(field, value)| {
        let texts: Vec<&str> = match value {
            Value::Text(text) | Value::Mount(text, _) => vec![text],
            value => value.list().iter().map(String::as_str).collect(),
        };
        let is_arn = |text: &&str| text.starts_with("arn:") && text.splitn(6, ':').count() == 6;
        let arns = texts.into_iter().filter(is_arn);
        arns.map(|text| (*field, Arn::new(text)))
    });
    named
        .filter_map(|(field, arn)| {
            let why = place
                .check(arn.resource_name(), &Location::of(&arn))
                .err()?;
            Some(Problem::new(field.name(), why.to_string()))
        })
        .collect()
}

fn triggers(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (uuid, fields) in &draft.triggers {
        let Some(mapping) = base.mapping(uuid) else {
            let problem = format!("there is no trigger {uuid}");
            problems.push(Problem::new("trigger", problem));
            continue;
        };
        for (field, value) in fields {
            if *field == TriggerField::Filters && mapping.has_hidden_filters {
                let item = base.label(&Item::Trigger(uuid.clone(), *field));
                let why = "AWS does not tell its filters (they are encrypted): an edit would \
                           replace what nobody saw and cannot be reverted";
                problems.push(Problem::new(item, why));
            }
            if let Err(message) = field.check(value) {
                let item = base.label(&Item::Trigger(uuid.clone(), *field));
                problems.push(Problem::new(item, message));
            }
        }
    }
    problems
}

fn alias(base: &Snapshot, draft: &Draft, name: &str, routing: &Routing) -> Option<&'static str> {
    let mut shares = routing.weights.iter().map(|(_, share)| *share);
    if base.routing(name).is_none() {
        Some("there is no such alias")
    } else if routing.follows_publish() && draft.publish.is_none() {
        Some("the draft publishes no version that it could lead to")
    } else if routing.weights.len() > 1 {
        Some("one additional version at most")
    } else if !routing.weights.is_empty() && routing.versions().any(|version| version == LATEST) {
        Some("$LATEST cannot share an alias")
    } else if routing
        .weights
        .iter()
        .any(|(version, _)| *version == routing.version)
    {
        Some("the two versions must be different")
    } else if shares.any(|share| !(share > 0.0 && share < 1.0)) {
        Some("a weight is above 0 and below 1, for example 0.1")
    } else {
        None
    }
}

/// Provisioned concurrency and URLs: each hangs on some qualifiers only.
fn qualified(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    if draft.provisioned.contains_key(LATEST) {
        let item = Item::Provisioned(LATEST.to_owned());
        let why = "only a version or an alias can be provisioned";
        problems.push(Problem::new(item, why));
    }
    for (qualifier, url) in &draft.urls {
        let mut refuse = |why| problems.push(Problem::new(Item::Url(qualifier.clone()), why));
        if qualifier.chars().all(|c| c.is_ascii_digit()) {
            refuse("a version cannot have a URL, only an alias or the function itself");
        } else if url.is_some() && base.url(qualifier).is_none() {
            refuse(
                "the URLs could not be read, so it cannot be told whether there is one to change; \
                 ask for lambda:ListFunctionUrlConfigs",
            );
        }
    }
    problems
}
