//! A draft against what is: the differences, and the calls that they become, in order.

use super::{
    Change, Draft, Field, Item, LATEST, Problem, Side, Snapshot,
    environment::{check_name, check_size},
    field::file_system,
    trigger::{TriggerField, patterns},
    update::{Call, ConfigurationUpdate, LoggingUpdate, MappingUpdate, VpcUpdate},
};
use crate::domain::{
    class::Class,
    function::{Arn, AsyncConfig, Environment},
    secret::Secret,
};

/// What will be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What was there.
    pub base: Snapshot,
    /// What was asked, without what is so already.
    pub draft: Draft,
    /// The differences.
    pub changes: Vec<Change>,
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
        if !problems.is_empty() {
            return Err(problems);
        }
        calls.extend(draft.publish.clone().map(Call::Publish));
        if let Some(reserved) = draft.settings.get(&Field::ReservedConcurrency) {
            calls.push(reserved.parse().map_or(Call::Unreserve, Call::Reserve));
        }
        let recursion = draft.settings.get(&Field::Recursion).cloned();
        calls.extend(recursion.map(Call::Recursion));
        calls.extend(async_call(&base, &draft));
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
        calls.extend(provisioned_calls(&draft));
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
                _ => format!(
                    "{} {} → {}",
                    change.item,
                    change.before.shown(false),
                    change.after.shown(false)
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

/// The draft without what is so already. Unset log groups mean the default one.
pub(crate) fn only_differences(base: &Snapshot, mut draft: Draft) -> Draft {
    if let Some(group) = draft.settings.get_mut(&Field::LogGroup)
        && group.is_empty()
    {
        *group = format!("/aws/lambda/{}", base.name());
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
            fields.retain(|field, value| field.of(mapping) != *value);
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

fn problems(base: &Snapshot, draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (field, value) in &draft.settings {
        if let Err(message) = field.canonical(value) {
            problems.push(Problem::new(field.name(), message));
        }
    }
    for name in draft.environment.keys() {
        // What is there already may be removed, whatever it is called.
        if base.variable(name).is_none()
            && let Err(rule) = check_name(name)
        {
            problems.push(Problem::new(Item::Variable(name.clone()), rule));
        }
    }
    let setting = |field| {
        let drafted = draft.settings.get(&field).map(String::as_str);
        drafted.or_else(|| base.setting(field)).unwrap_or_default()
    };
    for level in [Field::AppLogLevel, Field::SystemLogLevel] {
        if draft.settings.contains_key(&level) && setting(Field::LogFormat) != "JSON" {
            problems.push(Problem::new(level.name(), "needs log_format=JSON"));
        }
    }
    if setting(Field::Subnets).is_empty() != setting(Field::SecurityGroups).is_empty() {
        problems.push(Problem::new(
            Field::Subnets.name(),
            "a VPC needs subnets and security_groups, to leave it both must be empty",
        ));
    }
    let is_image = base.setting(Field::Runtime) == Some("");
    for field in [Field::Runtime, Field::Handler, Field::Layers] {
        if is_image && draft.settings.contains_key(&field) {
            let why = "a container image has none";
            problems.push(Problem::new(field.name(), why));
        }
    }
    for (uuid, fields) in &draft.triggers {
        if base.mapping(uuid).is_none() {
            let problem = format!("there is no trigger {uuid}");
            problems.push(Problem::new("trigger", problem));
            continue;
        }
        for (field, value) in fields {
            if let Err(message) = field.canonical(value) {
                let item = Item::Trigger(uuid.clone(), *field);
                problems.push(Problem::new(item, message));
            }
        }
    }
    if draft.provisioned.contains_key(LATEST) {
        let item = Item::Provisioned(LATEST.to_owned());
        let why = "only a version or an alias can be provisioned";
        problems.push(Problem::new(item, why));
    }
    for (name, routing) in &draft.aliases {
        let item = Item::Alias(name.clone());
        let shares = routing.weights.iter().map(|(_, share)| *share);
        if base.routing(name).is_none() {
            problems.push(Problem::new(item, "there is no such alias"));
        } else if routing.follows_publish() && draft.publish.is_none() {
            let why = "the draft publishes no version that it could lead to";
            problems.push(Problem::new(item, why));
        } else if routing.weights.len() > 1 {
            problems.push(Problem::new(item, "one additional version at most"));
        } else if routing.version == LATEST && !routing.weights.is_empty() {
            problems.push(Problem::new(item, "$LATEST cannot share an alias"));
        } else if routing.weights.iter().any(|(v, _)| *v == routing.version) {
            problems.push(Problem::new(item, "the two versions must be different"));
        } else if shares
            .into_iter()
            .any(|share| !(share > 0.0 && share < 1.0))
        {
            let why = "a weight is above 0 and below 1, for example 0.1";
            problems.push(Problem::new(item, why));
        }
    }
    problems
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
    let vpc = changes_any(&[Field::Subnets, Field::SecurityGroups]).then(|| VpcUpdate {
        subnets: list(&merged(Field::Subnets)),
        security_groups: list(&merged(Field::SecurityGroups)),
    });
    Ok(ConfigurationUpdate {
        revision_id: None,
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
/// merge with; only `Put` can take one of them away.
fn async_call(base: &Snapshot, draft: &Draft) -> Option<Call> {
    const ASYNC: [Field; 4] = [
        Field::AsyncRetries,
        Field::AsyncAge,
        Field::AsyncOnSuccess,
        Field::AsyncOnFailure,
    ];
    let drafted = |field: &Field| draft.settings.get(field).map(String::as_str);
    if ASYNC.iter().all(|field| drafted(field).is_none()) {
        return None;
    }
    let was = |field: &Field| base.setting(*field).unwrap_or_default();
    let merged = |field: &Field| drafted(field).unwrap_or_else(|| was(field));
    let config = |value: &dyn Fn(&Field) -> String| AsyncConfig {
        maximum_retries: value(&Field::AsyncRetries).parse().ok(),
        maximum_age_s: value(&Field::AsyncAge).parse().ok(),
        on_success: arn(&value(&Field::AsyncOnSuccess)),
        on_failure: arn(&value(&Field::AsyncOnFailure)),
    };
    let whole = config(&|field| merged(field).to_owned());
    if whole == AsyncConfig::default() {
        return Some(Call::DeleteAsync);
    }
    let had_none = ASYNC.iter().all(|field| was(field).is_empty());
    let takes_away = ASYNC.iter().any(|field| drafted(field) == Some(""));
    if had_none || takes_away {
        return Some(Call::PutAsync(whole));
    }
    let has_destinations =
        drafted(&Field::AsyncOnSuccess).is_some() || drafted(&Field::AsyncOnFailure).is_some();
    // `DestinationConfig` is one member: both destinations go with it.
    Some(Call::UpdateAsync(AsyncConfig {
        on_success: whole.on_success.filter(|_| has_destinations),
        on_failure: whole.on_failure.filter(|_| has_destinations),
        ..config(&|field| drafted(field).unwrap_or_default().to_owned())
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

fn provisioned_calls(draft: &Draft) -> impl Iterator<Item = Call> {
    draft.provisioned.iter().map(|(qualifier, number)| {
        let qualifier = qualifier.clone();
        match *number {
            Some(executions) => Call::Provision {
                qualifier,
                executions,
            },
            None => Call::Unprovision { qualifier },
        }
    })
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

fn changes(base: &Snapshot, draft: &Draft) -> Vec<Change> {
    let items = draft.items().into_iter();
    items
        .map(|item| Change {
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
