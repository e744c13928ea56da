//! Compares a draft with what a function is now: what is different, and which calls that takes, in
//! order.

use std::collections::BTreeMap;

use super::{
    Difference, Draft, Field, Item, LATEST, Problem, Side, Snapshot, Value,
    check::problems,
    environment::check_size,
    snapshot::default_log_group,
    trigger::TriggerField,
    update::{Call, ConfigurationUpdate, MappingUpdate},
};
use crate::domain::{
    class::Class,
    function::{Arn, AsyncConfig, Environment},
    secret::Secret,
};

/// The async settings: `PutFunctionEventInvokeConfig` replaces them whole.
pub(crate) const ASYNC: [Field; 4] = [
    Field::AsyncRetries,
    Field::AsyncAge,
    Field::AsyncOnSuccess,
    Field::AsyncOnFailure,
];

/// What will be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What was there.
    pub base: Snapshot,
    /// The draft, without what is so already.
    pub draft: Draft,
    /// The differences.
    pub changes: Vec<Difference>,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

impl Plan {
    /// Compares a draft with the function. What is so already is left out, so a plan may be empty.
    ///
    /// # Errors
    /// Everything that is wrong with the draft.
    pub fn new(base: Snapshot, draft: Draft) -> Result<Self, Vec<Problem>> {
        let draft = only_differences(&base, draft);
        let mut problems = problems(&base, &draft);
        let mut calls = Vec::new();
        if draft.changes_configuration() {
            match configuration(&base, &draft) {
                Ok(update) => calls.push(Call::Configuration(Box::new(update))),
                Err(problem) => problems.push(problem),
            }
        }
        let asynchronous = async_call(&base, &draft).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        calls.extend(draft.publish.clone().map(|description| Call::Publish {
            description,
            revision_id: None,
        }));
        // Provisioned concurrency counts against reserved concurrency, so it is given back first.
        let (given_back, kept_ready) = provisioned_calls(&draft);
        calls.extend(given_back);
        if let Some(reserved) = draft.settings.get(&Field::ReservedConcurrency) {
            calls.push(reserved.number().map_or(Call::Unreserve, Call::Reserve));
        }
        let recursion = draft.settings.get(&Field::Recursion);
        let recursion = recursion.and_then(Value::text);
        calls.extend(recursion.map(|mode| Call::Recursion(mode.to_owned())));
        calls.extend(asynchronous);
        calls.extend(draft.triggers.iter().map(|(uuid, fields)| Call::Mapping {
            uuid: uuid.clone(),
            update: mapping(fields),
        }));
        calls.extend(draft.aliases.iter().map(|(name, routing)| {
            Call::Alias {
                name: name.clone(),
                routing: routing.clone(),
                revision_id: base
                    .aliases
                    .iter()
                    .find(|alias| alias.name == *name)
                    .and_then(|alias| alias.revision_id.clone()),
            }
        }));
        calls.extend(kept_ready);
        calls.extend(url_calls(&base, &draft));
        calls.extend(tag_calls(&draft));
        Ok(Self {
            changes: changes(&base, &draft),
            calls,
            base,
            draft,
        })
    }

    /// Whether nothing is to be done.
    pub const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The danger class of the most dangerous call.
    pub fn class(&self) -> Class {
        let classes = self.calls.iter().map(Call::class);
        classes.max().unwrap_or(Class::Write)
    }

    /// What it does, in one line without any value of the environment.
    pub fn summary(&self) -> String {
        let changes: Vec<String> = self
            .changes
            .iter()
            .map(|change| match (&change.item, &change.after) {
                (Item::Variable(_), Side::Unset) => format!("{} removed", change.item),
                (Item::Variable(_), _) => format!("{} set", change.item),
                (item, after) => format!(
                    "{} {} → {}",
                    self.base.label(item),
                    item.shown(&change.before, false),
                    item.shown(after, false)
                ),
            })
            .chain(
                self.draft
                    .publish
                    .as_ref()
                    .map(|_| "publish a version".to_owned()),
            )
            .collect();
        format!("{}: {}", self.base.name(), changes.join(", "))
    }
}

/// Splits the draft of a plan into parts: one for each of its calls, in their order.
pub(super) fn parts(draft: &Draft) -> Vec<Draft> {
    let one = |fill: &dyn Fn(&mut Draft)| {
        let mut part = Draft::default();
        fill(&mut part);
        (!part.is_empty()).then_some(part)
    };
    let settings = |wanted: &dyn Fn(Field) -> bool| {
        let settings = draft.settings.iter();
        let settings = settings.filter(|(field, _)| wanted(**field));
        settings
            .map(|(field, value)| (*field, value.clone()))
            .collect()
    };
    let tags = |is_set: bool| {
        let tags = draft.tags.iter();
        let tags = tags.filter(|(_, value)| value.is_some() == is_set);
        tags.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let provisioned = |is_kept: bool| {
        let all = draft.provisioned.iter();
        let all = all.filter(move |(_, number)| number.is_some() == is_kept);
        all.map(|(name, number)| one(&|part| part.provisioned = [(name.clone(), *number)].into()))
    };
    let mut parts = vec![
        one(&|part| {
            part.settings = settings(&Field::is_configuration);
            part.environment.clone_from(&draft.environment);
        }),
        one(&|part| part.publish.clone_from(&draft.publish)),
    ];
    parts.extend(provisioned(false));
    parts.extend([
        one(&|part| part.settings = settings(&|field| field == Field::ReservedConcurrency)),
        one(&|part| part.settings = settings(&|field| field == Field::Recursion)),
        one(&|part| part.settings = settings(&Field::is_async)),
    ]);
    parts.extend(draft.triggers.iter().map(|(uuid, fields)| {
        one(&|part| part.triggers = [(uuid.clone(), fields.clone())].into())
    }));
    parts.extend(draft.aliases.iter().map(|(name, routing)| {
        one(&|part| part.aliases = [(name.clone(), routing.clone())].into())
    }));
    parts.extend(provisioned(true));
    parts.extend(
        draft
            .urls
            .iter()
            .map(|(name, url)| one(&|part| part.urls = [(name.clone(), url.clone())].into())),
    );
    parts.push(one(&|part| part.tags = tags(false)));
    parts.push(one(&|part| part.tags = tags(true)));
    parts.into_iter().flatten().collect()
}

/// The draft without what is so already. An unset log group means the default one.
pub(crate) fn only_differences(base: &Snapshot, mut draft: Draft) -> Draft {
    if let Some(group) = draft.settings.get_mut(&Field::LogGroup)
        && group.is_unset()
    {
        *group = Value::Text(default_log_group(base.name()));
    }
    let drafted = |field| draft.settings.get(&field);
    let is_text = drafted(Field::LogFormat).is_some_and(|format| format.is("Text"));
    let leaves_vpc = drafted(Field::Subnets).is_some_and(Value::is_unset);
    if is_text {
        // Levels exist only with JSON: they go with it, and a revert brings them again.
        for level in [Field::AppLogLevel, Field::SystemLogLevel] {
            draft.settings.entry(level).or_insert(Value::Unset);
        }
    }
    if leaves_vpc {
        // There is none without a VPC; a revert brings it again.
        let off = Value::Switch(false);
        draft.settings.entry(Field::VpcIpv6).or_insert(off);
    }
    draft
        .settings
        .retain(|field, value| base.setting(*field) != Some(value));
    if matches!(base.environment, Environment::Variables(_)) {
        draft
            .environment
            .retain(|name, value| base.variable(name) != value.as_ref());
    }
    draft
        .aliases
        .retain(|name, routing| base.routing(name).as_ref() != Some(routing));
    for (uuid, fields) in &mut draft.triggers {
        if let Some(mapping) = base.mapping(uuid) {
            fields.retain(|field, value| field.of(mapping).as_ref() != Some(value));
        }
    }
    draft.triggers.retain(|_, fields| !fields.is_empty());
    draft
        .provisioned
        .retain(|name, number| base.provisioned(name).as_ref() != Some(number));
    draft
        .urls
        .retain(|name, url| base.url(name).as_ref() != Some(url));
    draft
        .tags
        .retain(|key, value| base.tag(key).as_ref() != Some(value));
    draft
}

/// What is drafted of the configuration. A structure is sent whole (`docs/aws.md` §1.3), so what
/// stands in it and is not drafted goes with it as it is.
fn configuration(base: &Snapshot, draft: &Draft) -> Result<ConfigurationUpdate, Problem> {
    let drafted = draft
        .settings
        .keys()
        .filter(|field| field.is_configuration());
    let sent = drafted.flat_map(|field| field.sent_with());
    let mut settings: BTreeMap<Field, Value> = sent
        .map(|field| {
            let value = draft.settings.get(&field).or_else(|| base.setting(field));
            (field, value.cloned().unwrap_or(Value::Unset))
        })
        .collect();
    // Levels exist only with JSON.
    let format = settings.get(&Field::LogFormat);
    if format.is_some_and(|format| !format.is("JSON")) {
        settings.remove(&Field::AppLogLevel);
        settings.remove(&Field::SystemLogLevel);
    }
    Ok(ConfigurationUpdate {
        revision_id: base.revision_id.clone(),
        settings,
        environment: environment(base, draft)?,
    })
}

/// Names and values.
type Variables = Vec<(String, Secret<String>)>;

/// The whole environment with its changes, if there are any.
fn environment(base: &Snapshot, draft: &Draft) -> Result<Option<Variables>, Problem> {
    if draft.environment.is_empty() {
        return Ok(None);
    }
    let Environment::Variables(variables) = &base.environment else {
        return Err(Problem::new(
            "env",
            "the values could not be decrypted, and Lambda takes the environment whole: an edit \
             would wipe what cannot be read; ask for kms:Decrypt on its key",
        ));
    };
    let mut variables: Vec<_> = variables
        .iter()
        .filter(|(name, _)| !draft.environment.contains_key(name))
        .cloned()
        .collect();
    let set = draft.environment.iter();
    variables.extend(set.filter_map(|(name, value)| Some((name.clone(), value.clone()?))));
    variables.sort_by(|(left, _), (right, _)| left.cmp(right));
    check_size(&variables)?;
    Ok(Some(variables))
}

/// The one call for the async settings. `Update` merges, and needs settings to merge with. Only
/// `Put` can remove one of them, and it replaces all of them. Settings that could not be read are
/// never replaced.
fn async_call(base: &Snapshot, draft: &Draft) -> Result<Option<Call>, Problem> {
    let drafted = |field: Field| draft.settings.get(&field);
    if ASYNC.into_iter().all(|field| drafted(field).is_none()) {
        return Ok(None);
    }
    let is_known = |field: &Field| drafted(*field).is_some() || base.setting(*field).is_some();
    let merged = |field: Field| drafted(field).or_else(|| base.setting(field));
    let takes_away = ASYNC
        .into_iter()
        .any(|field| drafted(field).is_some_and(Value::is_unset));
    let [.., on_success, on_failure] = ASYNC;
    let has_destinations = drafted(on_success).is_some() || drafted(on_failure).is_some();
    let replaced = match (takes_away, has_destinations) {
        (true, _) => ASYNC.as_slice(),
        // `DestinationConfig` is one member: both destinations go with it.
        (false, true) => &[on_success, on_failure],
        (false, false) => &[],
    };
    if !replaced.iter().all(is_known) {
        return Err(Problem::new(
            "async",
            "the async settings could not be read, and this call replaces more than what is \
             edited: it would wipe what nobody saw; ask for lambda:GetFunctionEventInvokeConfig",
        ));
    }
    let whole = async_config(merged);
    let is_unset = |field: Field| base.setting(field).is_some_and(Value::is_unset);
    let had_none = ASYNC.into_iter().all(is_unset);
    Ok(Some(if takes_away && whole == AsyncConfig::default() {
        Call::DeleteAsync
    } else if had_none || takes_away {
        Call::PutAsync(whole)
    } else {
        Call::UpdateAsync(AsyncConfig {
            on_success: whole.on_success.filter(|_| has_destinations),
            on_failure: whole.on_failure.filter(|_| has_destinations),
            ..async_config(drafted)
        })
    }))
}

fn async_config<'a>(value: impl Fn(Field) -> Option<&'a Value>) -> AsyncConfig {
    let number = |field| value(field)?.number();
    let arn = |field| value(field)?.text().map(Arn::new);
    AsyncConfig {
        maximum_retries: number(Field::AsyncRetries),
        maximum_age_s: number(Field::AsyncAge),
        on_success: arn(Field::AsyncOnSuccess),
        on_failure: arn(Field::AsyncOnFailure),
    }
}

fn mapping(fields: &BTreeMap<TriggerField, Value>) -> MappingUpdate {
    let value = |field: TriggerField| fields.get(&field);
    let number = |field| value(field)?.number();
    MappingUpdate {
        enabled: value(TriggerField::Enabled).map(Value::is_on),
        batch_size: number(TriggerField::BatchSize),
        batch_window_s: number(TriggerField::BatchWindow),
        maximum_concurrency: value(TriggerField::Concurrency).map(Value::number),
        partial_batch_responses: value(TriggerField::PartialResponses).map(Value::is_on),
        filters: value(TriggerField::Filters).map(|filters| filters.list().to_vec()),
    }
}

/// The calls that give executions back, and those that keep some ready.
fn provisioned_calls(draft: &Draft) -> (Vec<Call>, Vec<Call>) {
    let calls = draft.provisioned.iter().map(|(qualifier, number)| {
        let qualifier = qualifier.clone();
        match *number {
            Some(executions) => Call::Provision {
                qualifier,
                executions,
            },
            None => Call::Unprovision { qualifier },
        }
    });
    calls.partition(|call| matches!(call, Call::Unprovision { .. }))
}

fn url_calls(base: &Snapshot, draft: &Draft) -> impl Iterator<Item = Call> {
    draft.urls.iter().map(|(name, url)| {
        let qualifier = Some(name.clone()).filter(|name| name != LATEST);
        match url.clone() {
            None => Call::DeleteUrl { qualifier },
            Some(url) if base.url(name).flatten().is_some() => Call::UpdateUrl { qualifier, url },
            Some(url) => Call::CreateUrl { qualifier, url },
        }
    })
}

fn tag_calls(draft: &Draft) -> impl Iterator<Item = Call> {
    let mut set = Vec::new();
    let mut removed = Vec::new();
    for (key, value) in &draft.tags {
        match value {
            Some(value) => set.push((key.clone(), value.clone())),
            None => removed.push(key.clone()),
        }
    }
    let untag = (!removed.is_empty()).then_some(Call::Untag(removed));
    let tag = (!set.is_empty()).then_some(Call::Tag(set));
    untag.into_iter().chain(tag)
}

fn changes(base: &Snapshot, draft: &Draft) -> Vec<Difference> {
    let items = draft.items().into_iter();
    items
        .map(|item| Difference {
            before: base.side(&item),
            after: draft.side(&item).unwrap_or(Side::Unset),
            item,
        })
        .collect()
}
