//! A draft against what is: the differences, and the calls that they become, in order.

use super::{
    Difference, Draft, Field, Item, LATEST, Problem, Side, Snapshot,
    check::problems,
    environment::check_size,
    field::{SWITCH, file_system},
    snapshot::default_log_group,
    trigger::{TriggerField, patterns},
    update::{Call, ConfigurationUpdate, LoggingUpdate, MappingUpdate, VpcUpdate},
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
    /// What was asked, without what is so already.
    pub draft: Draft,
    /// The differences.
    pub changes: Vec<Difference>,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

impl Plan {
    /// Compares a draft with what is. What is so already is left out, so a plan may be empty.
    ///
    /// # Errors
    /// Everything that cannot be.
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
        // What is provisioned is taken from what is reserved, so it is given back before.
        let (given_back, kept_ready) = provisioned_calls(&draft);
        calls.extend(given_back);
        if let Some(reserved) = draft.settings.get(&Field::ReservedConcurrency) {
            calls.push(reserved.parse().map_or(Call::Unreserve, Call::Reserve));
        }
        let recursion = draft.settings.get(&Field::Recursion).cloned();
        calls.extend(recursion.map(Call::Recursion));
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

/// A draft of a plan in parts, one for each of the plan's calls and in their order.
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
        && group.is_empty()
    {
        *group = default_log_group(base.name());
    }
    if draft.settings.get(&Field::LogFormat).map(String::as_str) == Some("Text") {
        // Levels exist only with JSON: they go with it, and the way back brings them again.
        for level in [Field::AppLogLevel, Field::SystemLogLevel] {
            draft.settings.entry(level).or_default();
        }
    }
    if draft.settings.get(&Field::Subnets).map(String::as_str) == Some("") {
        // There is none without a VPC; the way back brings it again.
        let off = SWITCH[0].to_owned();
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

fn configuration(base: &Snapshot, draft: &Draft) -> Result<ConfigurationUpdate, Problem> {
    let text = |field: Field| draft.settings.get(&field).cloned();
    let number = |field: Field| text(field).and_then(|value| value.parse().ok());
    let merged = |field: Field| {
        text(field).unwrap_or_else(|| base.setting(field).unwrap_or_default().to_owned())
    };
    let changes_any = |fields: &[Field]| fields.iter().any(|f| draft.settings.contains_key(f));
    let logging = changes_any(&[
        Field::LogFormat,
        Field::AppLogLevel,
        Field::SystemLogLevel,
        Field::LogGroup,
    ])
    .then(|| {
        let format = merged(Field::LogFormat);
        let level =
            |field| Some(merged(field)).filter(|level| format == "JSON" && !level.is_empty());
        LoggingUpdate {
            application_level: level(Field::AppLogLevel),
            system_level: level(Field::SystemLogLevel),
            group: merged(Field::LogGroup),
            format,
        }
    });
    let network = [Field::Subnets, Field::SecurityGroups, Field::VpcIpv6];
    let vpc = changes_any(&network).then(|| VpcUpdate {
        subnets: list(&merged(Field::Subnets)),
        security_groups: list(&merged(Field::SecurityGroups)),
        ipv6: merged(Field::VpcIpv6) == "on",
    });
    Ok(ConfigurationUpdate {
        revision_id: base.revision_id.clone(),
        memory_mb: number(Field::Memory),
        timeout_s: number(Field::Timeout),
        ephemeral_mb: number(Field::Ephemeral),
        description: text(Field::Description),
        handler: text(Field::Handler),
        runtime: text(Field::Runtime),
        role: text(Field::Role),
        layers: text(Field::Layers).map(|layers| list(&layers)),
        environment: environment(base, draft)?,
        dead_letter: text(Field::DeadLetter),
        tracing: text(Field::Tracing),
        logging,
        snap_start: text(Field::SnapStart),
        vpc,
        kms_key: text(Field::KmsKey),
        file_systems: text(Field::FileSystem).map(|text| file_system(&text).into_iter().collect()),
    })
}

/// Names and values.
type Variables = Vec<(String, Secret<String>)>;

/// The whole environment as it shall be, if anything of it changes.
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

/// The one call that brings the async settings there. `Update` merges and needs settings to
/// merge with; only `Put` can take one of them away, and replaces all of them. What nobody could
/// read is never replaced.
fn async_call(base: &Snapshot, draft: &Draft) -> Result<Option<Call>, Problem> {
    let drafted = |field: &Field| draft.settings.get(field).map(String::as_str);
    if ASYNC.iter().all(|field| drafted(field).is_none()) {
        return Ok(None);
    }
    let is_known = |field: &Field| drafted(field).is_some() || base.setting(*field).is_some();
    let was = |field: &Field| base.setting(*field).unwrap_or_default();
    let merged = |field: &Field| drafted(field).unwrap_or_else(|| was(field));
    let config = |value: &dyn Fn(&Field) -> String| AsyncConfig {
        maximum_retries: value(&Field::AsyncRetries).parse().ok(),
        maximum_age_s: value(&Field::AsyncAge).parse().ok(),
        on_success: arn(&value(&Field::AsyncOnSuccess)),
        on_failure: arn(&value(&Field::AsyncOnFailure)),
    };
    let takes_away = ASYNC.iter().any(|field| drafted(field) == Some(""));
    let [.., on_success, on_failure] = &ASYNC;
    let has_destinations = drafted(on_success).is_some() || drafted(on_failure).is_some();
    let replaced = match (takes_away, has_destinations) {
        (true, _) => ASYNC.as_slice(),
        // `DestinationConfig` is one member: both destinations go with it.
        (false, true) => &[*on_success, *on_failure],
        (false, false) => &[],
    };
    if !replaced.iter().all(is_known) {
        return Err(Problem::new(
            "async",
            "the async settings could not be read, and this call replaces more than what is \
             edited: it would wipe what nobody saw; ask for lambda:GetFunctionEventInvokeConfig",
        ));
    }
    let whole = config(&|field| merged(field).to_owned());
    let had_none = ASYNC.iter().all(|field| base.setting(*field) == Some(""));
    Ok(Some(if takes_away && whole == AsyncConfig::default() {
        Call::DeleteAsync
    } else if had_none || takes_away {
        Call::PutAsync(whole)
    } else {
        Call::UpdateAsync(AsyncConfig {
            on_success: whole.on_success.filter(|_| has_destinations),
            on_failure: whole.on_failure.filter(|_| has_destinations),
            ..config(&|field| drafted(field).unwrap_or_default().to_owned())
        })
    }))
}

fn mapping(fields: &std::collections::BTreeMap<TriggerField, String>) -> MappingUpdate {
    let text = |field: TriggerField| fields.get(&field);
    let number = |field: TriggerField| text(field).and_then(|text| text.parse().ok());
    MappingUpdate {
        enabled: text(TriggerField::Enabled).map(|text| text == "enabled"),
        batch_size: number(TriggerField::BatchSize),
        batch_window_s: number(TriggerField::BatchWindow),
        maximum_concurrency: text(TriggerField::Concurrency).map(|text| text.parse().ok()),
        partial_batch_responses: text(TriggerField::PartialResponses).map(|text| text == "on"),
        filters: text(TriggerField::Filters).map(|text| patterns(text)),
    }
}

/// What is given back, and what is kept ready.
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

fn arn(text: &str) -> Option<Arn> {
    (!text.is_empty()).then(|| Arn::new(text))
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}
