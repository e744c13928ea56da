//! What reserved concurrency means for callers and triggers.

use super::{Facts, drafted, merged};
use crate::domain::{
    draft::{Field, Value, plan::Plan},
    function::{Arn, ProvisionedConcurrency},
};

/// Executions that must stay unreserved in a region (Lambda quotas).
const LEFT: u32 = 100;

pub(super) fn warnings(plan: &Plan, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(reserved) = drafted(plan, Field::ReservedConcurrency) {
        if reserved == 0 {
            warnings.push(stops(plan));
        } else if let Some(running) = facts.running.filter(|running| reserved < *running) {
            warnings.push(format!(
                "{reserved} is below what runs now ({running}): the rest is throttled"
            ));
        }
        warnings.extend(below_provisioned(plan, reserved));
        warnings.extend(refused(plan, facts, reserved));
    }
    warnings.extend(outgrown(plan));
    warnings
}

/// `docs/aws.md` §1.3: async events then go to the dead-letter target or destination at once. Those
/// that are sent to a version or an alias go to its own destination.
fn stops(plan: &Plan) -> String {
    let target = |field| merged(plan, field).and_then(Value::text);
    let named = |arn: &str| Arn::new(arn).resource_name().to_owned();
    let of_function: Vec<String> = [Field::DeadLetter, Field::AsyncOnFailure]
        .into_iter()
        .filter_map(target)
        .map(named)
        .collect();
    let elsewhere: Vec<String> = plan
        .base
        .async_elsewhere
        .iter()
        .flatten()
        .filter_map(|(qualifier, config)| {
            let target = config.on_failure.as_ref()?.resource_name();
            Some(format!("those to :{qualifier} go to {target}"))
        })
        .collect();
    let is_known =
        merged(plan, Field::AsyncOnFailure).is_some() && plan.base.async_elsewhere.is_some();
    let events = match (of_function.is_empty(), elsewhere.is_empty(), is_known) {
        (false, true, _) => format!(
            "async events go straight to {} without retries",
            of_function.join(" and ")
        ),
        (false, false, _) => format!(
            "async events go straight to {} without retries ({})",
            of_function.join(" and "),
            elsewhere.join(", ")
        ),
        (true, false, true) => format!(
            "async events are lost without retries, but for those to a qualifier with an \
             on-failure destination: {}",
            elsewhere.join(", ")
        ),
        (true, true, true) => {
            "async events are lost: this function has neither a dead-letter target nor an \
             on-failure destination"
                .to_owned()
        }
        (true, _, false) => {
            "async events go straight to the dead-letter target or on-failure destination without \
             retries (and are lost without one)"
                .to_owned()
        }
    };
    format!(
        "reserved concurrency 0 stops every invoke: callers get a throttle, {events}, triggers \
         keep their messages"
    )
}

/// Provisioned concurrency counts against reserved concurrency (developer guide, "Configuring provisioned
/// concurrency").
fn below_provisioned(plan: &Plan, reserved: u32) -> Option<String> {
    let is_kept =
        |one: &&ProvisionedConcurrency| plan.draft.provisioned.get(&one.qualifier) != Some(&None);
    let provisioned: Vec<_> = plan
        .base
        .provisioned
        .iter()
        .flatten()
        .filter(is_kept)
        .collect();
    let together: u32 = provisioned.iter().map(|one| one.requested).sum();
    (reserved < together).then(|| {
        let names: Vec<&str> = provisioned.iter().map(|one| &*one.qualifier).collect();
        format!(
            "Lambda will refuse {reserved}: {together} executions are provisioned ({}) and cannot \
             exceed what is reserved; give them back first",
            names.join(", ")
        )
    })
}

fn refused(plan: &Plan, facts: &Facts, reserved: u32) -> Option<String> {
    let was = plan.base.setting(Field::ReservedConcurrency);
    let was = was.and_then(Value::number).unwrap_or(0);
    let unreserved = facts.unreserved?;
    let is_too_much = reserved > was && (unreserved + was).saturating_sub(reserved) < LEFT;
    is_too_much.then(|| {
        format!(
            "the region has {unreserved} unreserved executions and {LEFT} must stay: Lambda will \
             refuse {reserved}"
        )
    })
}

/// AWS asks for reserved concurrency that all triggers together cannot exceed (developer guide,
/// "Configuring maximum concurrency for Amazon SQS event sources").
fn outgrown(plan: &Plan) -> Option<String> {
    use crate::domain::draft::TriggerField::Concurrency;
    let reserved = merged(plan, Field::ReservedConcurrency)?.number()?;
    let drafted_of = |uuid: &String| plan.draft.triggers.get(uuid)?.get(&Concurrency);
    let is_touched = drafted(plan, Field::ReservedConcurrency).is_some()
        || plan
            .draft
            .triggers
            .keys()
            .any(|uuid| drafted_of(uuid).is_some());
    if !is_touched || reserved == 0 {
        return None;
    }
    let most = |mapping: &crate::domain::function::EventSourceMapping| {
        drafted_of(&mapping.uuid).map_or(mapping.maximum_concurrency, Value::number)
    };
    let together: u32 = plan.base.mappings.iter().filter_map(most).sum();
    (together > reserved).then(|| {
        format!(
            "its triggers may run {together} at once and {reserved} are reserved: the rest is \
             throttled, and messages come back until they are dead letters"
        )
    })
}
