//! Before a call, what it replaces is read, and must still be as the plan found it.

use super::{Engine, steps::Running};
use crate::{
    domain::{
        draft::{
            Field, Item, LATEST, Side, Snapshot,
            plan::{ASYNC, Plan},
            record::ThreeWay,
            update::Call,
        },
        function::{FunctionState, Version},
    },
    ports::Result,
};

/// What was there just before a call.
pub(super) struct Seen {
    /// What the call changes of the function.
    pub snapshot: Snapshot,
    /// The revision that goes with the call.
    pub revision_id: Option<String>,
    /// Versions, where one is to be published and they can be read.
    versions: Option<Vec<Version>>,
    /// Why Lambda would refuse the call just now: something else is under way.
    pub busy: Option<String>,
}

/// What the reading means for the call.
pub(super) enum Verdict {
    /// What it replaces is as the plan found it.
    AsPlanned,
    /// Somebody else has done the same.
    There,
    /// Somebody else has changed it.
    Lost(Vec<ThreeWay>),
}

impl Engine<'_> {
    /// Reads what a call replaces. If it could not be read for the plan either, it is not compared.
    pub(super) async fn look(&self, plan: &Plan, call: &Call) -> Result<Seen> {
        let mut seen = Seen {
            snapshot: plan.base.clone(),
            revision_id: None,
            versions: None,
            busy: None,
        };
        match self.look_at(call, &mut seen).await {
            Err(error) if !is_unread(plan, call) => Err(error),
            _ => Ok(seen),
        }
    }

    async fn look_at(&self, call: &Call, seen: &mut Seen) -> Result<()> {
        let gate = self.gate;
        let function = seen.snapshot.function.clone();
        match call {
            Call::Configuration(_) | Call::Publish { .. } => {
                let now = gate.configuration(&function, None).await?;
                seen.busy = busy(&now.state);
                seen.snapshot = Snapshot::of(&now);
                seen.revision_id = now.revision_id;
                if matches!(call, Call::Publish { .. }) {
                    seen.versions = gate.versions(&function).await.ok();
                }
            }
            Call::Reserve(_) | Call::Unreserve => {
                let reserved = gate.reserved_concurrency(&function).await?;
                seen.snapshot.reserve(reserved);
            }
            Call::PutAsync(_) | Call::UpdateAsync(_) | Call::DeleteAsync => {
                let config = gate.async_config(&function).await?;
                seen.snapshot.follow(config.as_ref());
            }
            Call::Mapping { uuid, .. } => {
                seen.snapshot.mappings = gate.event_source_mappings(Some(&function)).await?;
                let mapping = seen.snapshot.mapping(uuid).filter(|one| one.is_changing());
                seen.busy = mapping.map(|one| format!("the trigger is {} just now", one.state));
            }
            Call::Recursion(_) => seen.snapshot.recurse(&gate.recursion(&function).await?),
            Call::Provision { .. } | Call::Unprovision { .. } => {
                let provisioned = gate.provisioned_concurrency(&function).await?;
                seen.snapshot.provisioned = Some(provisioned);
            }
            Call::CreateUrl { .. } | Call::UpdateUrl { .. } | Call::DeleteUrl { .. } => {
                seen.snapshot.urls = Some(gate.urls(&function).await?);
            }
            Call::Tag(_) | Call::Untag(_) => {
                seen.snapshot.tags = Some(gate.tags(&function).await?);
            }
            Call::Alias { name, .. } => {
                let aliases = gate.aliases(&function).await?;
                let alias = aliases.iter().find(|alias| alias.name == *name);
                seen.revision_id = alias.and_then(|alias| alias.revision_id.clone());
                seen.snapshot.aliases = aliases;
            }
        }
        Ok(())
    }
}

/// Why a function cannot be changed now. One that is `Pending` must be left alone: an update would
/// end its creation as `Failed` (`docs/aws.md` §1.1).
pub(super) fn busy(state: &FunctionState) -> Option<String> {
    if state.last_update.as_deref() == Some("InProgress") {
        Some("another update is in progress".to_owned())
    } else if state.state.as_deref() == Some("Pending") {
        Some("the function is still Pending, and an update would end that as Failed".to_owned())
    } else {
        None
    }
}

/// Whether other code was deployed since the plan was made, and would be published.
pub(super) fn has_other_code(plan: &Plan, call: &Call, theirs: &Snapshot) -> bool {
    let both = plan
        .base
        .code_sha256
        .as_ref()
        .zip(theirs.code_sha256.as_ref());
    matches!(call, Call::Publish { .. }) && both.is_some_and(|(planned, there)| planned != there)
}

/// Compares what is there with what the plan found.
pub(super) fn compare(running: &Running<'_>, call: &Call, theirs: &Snapshot) -> Verdict {
    let plan = running.plan;
    let expected = |item: &Item| match (call, &running.updated) {
        // What the plan itself has changed must be as its update left it.
        (Call::Publish { .. }, Some(updated)) if is_changed(plan, item) => updated.side(item),
        _ => plan.base.side(item),
    };
    let changed: Vec<Item> = match call {
        Call::Configuration(_) => plan.base.configuration_unlike(theirs),
        Call::Publish { .. } => {
            let mut items = plan.base.configuration_unlike(theirs);
            items.extend(plan.changes.iter().map(|change| change.item.clone()));
            items.retain(is_of_configuration);
            items
        }
        _ => replaced(plan, call),
    }
    .into_iter()
    .filter(|item| expected(item) != Side::Unknown)
    .filter(|item| expected(item) != theirs.side(item))
    .collect();
    if changed.is_empty() {
        return Verdict::AsPlanned;
    }
    let wanted = wanted(plan, call);
    let is_wanted = |item: &Item| wanted.iter().any(|(one, _)| one == item);
    if !matches!(call, Call::Publish { .. })
        && changed.iter().all(is_wanted)
        && is_there(plan, call, theirs)
    {
        return Verdict::There;
    }
    let mut items = changed;
    items.extend(wanted.iter().map(|(item, _)| item.clone()));
    items.sort();
    items.dedup();
    let rows = items.into_iter().map(|item| ThreeWay {
        base: expected(&item),
        theirs: theirs.side(&item),
        mine: wanted
            .iter()
            .find(|(one, _)| *one == item)
            .map(|(_, side)| side.clone()),
        item,
    });
    Verdict::Lost(rows.collect())
}

/// Whether the plan changes this itself. A new log format changes the levels too.
fn is_changed(plan: &Plan, item: &Item) -> bool {
    const LEVELS: [Item; 2] = [
        Item::Setting(Field::AppLogLevel),
        Item::Setting(Field::SystemLogLevel),
    ];
    let is = |item: &Item| plan.changes.iter().any(|change| change.item == *item);
    is(item) || (LEVELS.contains(item) && is(&Item::Setting(Field::LogFormat)))
}

fn is_of_configuration(item: &Item) -> bool {
    match item {
        Item::Setting(field) => field.is_configuration(),
        Item::Variable(_) => true,
        _ => false,
    }
}

/// Whether a call has had its effect.
pub(super) fn is_there(plan: &Plan, call: &Call, now: &Snapshot) -> bool {
    let mut wanted = wanted(plan, call).into_iter();
    wanted.all(|(item, side)| now.side(&item) == side)
}

/// Whether what a call changes is known, and the same, in both.
pub(super) fn is_same(plan: &Plan, call: &Call, before: &Snapshot, now: &Snapshot) -> bool {
    let mut items = replaced(plan, call).into_iter();
    items.all(|item| now.side(&item) != Side::Unknown && before.side(&item) == now.side(&item))
}

/// The one version with this description that was published since; `Err` when it is not clear.
pub(super) fn new_version(
    before: &Seen,
    now: &Seen,
    description: &str,
) -> std::result::Result<Option<String>, ()> {
    let (Some(before), Some(now)) = (&before.versions, &now.versions) else {
        return Err(());
    };
    let is_new = |version: &&Version| before.iter().all(|known| known.version != version.version);
    let new: Vec<&Version> = now.iter().filter(is_new).collect();
    match new.as_slice() {
        [] => Ok(None),
        // Without a description it gets that of the function.
        [one] if description.is_empty() || one.description == description => {
            Ok(Some(one.version.clone()))
        }
        _ => Err(()),
    }
}

/// What a call is to change, and to what.
fn wanted(plan: &Plan, call: &Call) -> Vec<(Item, Side)> {
    if matches!(call, Call::Publish { .. }) {
        return Vec::new();
    }
    let changes = plan.changes.iter();
    changes
        .filter(|change| touches(call, &change.item))
        .map(|change| {
            let after = match call {
                // With the number of what was published.
                Call::Alias { routing, .. } => Side::Plain(routing.to_string()),
                _ => change.after.clone(),
            };
            (change.item.clone(), after)
        })
        .collect()
}

/// What a call replaces.
fn replaced(plan: &Plan, call: &Call) -> Vec<Item> {
    match call {
        Call::PutAsync(_) | Call::DeleteAsync => ASYNC.map(Item::Setting).into(),
        // `DestinationConfig` is one member: both destinations go with it.
        Call::UpdateAsync(config) => {
            let has_destinations = config.on_success.is_some() || config.on_failure.is_some();
            let sent = [
                config.maximum_retries.is_some(),
                config.maximum_age_s.is_some(),
                has_destinations,
                has_destinations,
            ];
            let fields = ASYNC.into_iter().zip(sent).filter(|(_, is_sent)| *is_sent);
            fields.map(|(field, _)| Item::Setting(field)).collect()
        }
        _ => wanted(plan, call)
            .into_iter()
            .map(|(item, _)| item)
            .collect(),
    }
}

/// Whether the plan was made without knowing what a call replaces.
fn is_unread(plan: &Plan, call: &Call) -> bool {
    let items = replaced(plan, call);
    let mut sides = items.iter().map(|item| plan.base.side(item));
    !matches!(call, Call::Configuration(_) | Call::Publish { .. })
        && sides.all(|side| side == Side::Unknown)
}

fn touches(call: &Call, item: &Item) -> bool {
    let is_of =
        |qualifier: &Option<String>, name: &str| qualifier.as_deref().unwrap_or(LATEST) == name;
    match (call, item) {
        (Call::Configuration(_), item) => is_of_configuration(item),
        (Call::Reserve(_) | Call::Unreserve, Item::Setting(field)) => {
            *field == Field::ReservedConcurrency
        }
        (Call::Recursion(_), Item::Setting(field)) => *field == Field::Recursion,
        (Call::PutAsync(_) | Call::UpdateAsync(_) | Call::DeleteAsync, Item::Setting(field)) => {
            ASYNC.contains(field)
        }
        (Call::Mapping { uuid, .. }, Item::Trigger(trigger, _)) => trigger == uuid,
        (Call::Alias { name, .. }, Item::Alias(alias)) => alias == name,
        (
            Call::Provision { qualifier, .. } | Call::Unprovision { qualifier },
            Item::Provisioned(name),
        ) => qualifier == name,
        (
            Call::CreateUrl { qualifier, .. }
            | Call::UpdateUrl { qualifier, .. }
            | Call::DeleteUrl { qualifier },
            Item::Url(name),
        ) => is_of(qualifier, name),
        (Call::Tag(tags), Item::Tag(key)) => tags.iter().any(|(tag, _)| tag == key),
        (Call::Untag(keys), Item::Tag(key)) => keys.contains(key),
        _ => false,
    }
}
