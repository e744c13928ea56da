//! Who gets an edit: callers of `$LATEST` at once, those of an alias only after publishing and a
//! shift.

use super::{Facts, updates_configuration};
use crate::domain::draft::{LATEST, Routing, plan::Plan};

pub(super) fn warnings(plan: &Plan, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(receives_nothing(plan, facts));
    warnings.extend(publishes_nothing_new(plan));
    warnings.extend(provisioned(plan));
    warnings
}

fn receives_nothing(plan: &Plan, facts: &Facts) -> Option<String> {
    if !updates_configuration(plan) {
        return None;
    }
    let shifted = |name: &String| {
        plan.draft
            .aliases
            .get(name)
            .is_some_and(Routing::follows_publish)
    };
    let left: Vec<String> = facts
        .aliases
        .iter()
        .filter(|(name, version)| version != LATEST && !shifted(name))
        .map(|(name, version)| format!("{name} → v{version}"))
        .collect();
    if left.is_empty() {
        return None;
    }
    let verb = if left.len() == 1 { "gets" } else { "get" };
    let left = left.join(", ");
    Some(match plan.draft.publish {
        None => format!("edits $LATEST only: {left} {verb} nothing until you publish and shift"),
        Some(_) => format!("{left} {verb} nothing until shifted to what is published"),
    })
}

/// Lambda publishes no second version of the same (developer guide, "Creating function versions").
fn publishes_nothing_new(plan: &Plan) -> Option<String> {
    (plan.draft.publish.is_some() && !updates_configuration(plan)).then(|| {
        "publishes a new version only if code or configuration changed since the last one, else \
         the last one is what `new` leads to"
            .to_owned()
    })
}

fn provisioned(plan: &Plan) -> Vec<String> {
    let numbers = plan.draft.provisioned.iter();
    numbers
        .filter_map(|(qualifier, number)| {
            let number = (*number)?;
            let was = plan.base.provisioned(qualifier).flatten().unwrap_or(0);
            (number > was).then(|| {
                format!(
                    "{number} executions of {qualifier} are kept ready and paid by the hour, used \
                     or not"
                )
            })
        })
        .collect()
}
