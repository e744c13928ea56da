//! What an edit means for triggers, and what their sources require.

use super::{Facts, Source, drafted, merged};
use crate::domain::{
    draft::{Field, Item, TriggerField, Value, plan::Plan},
    function::{Arn, EventSourceMapping},
};

/// The largest batch of a FIFO queue, and of a standard one without a window
/// (`CreateEventSourceMapping`, `BatchSize`).
const SMALL_BATCH: u32 = 10;

pub(super) fn warnings(plan: &Plan, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    for mapping in &plan.base.mappings {
        let fields = plan.draft.triggers.get(&mapping.uuid);
        let drafted = |field| fields?.get(&field);
        let enabled = drafted(TriggerField::Enabled);
        if enabled == Some(&Value::Switch(false)) {
            warnings.extend(paused(mapping, facts));
        }
        if enabled.is_some() && mapping.reads().is_none() {
            let item = Item::Trigger(mapping.uuid.clone(), TriggerField::Enabled);
            warnings.push(format!(
                "{} is {} just now, which does not tell whether it reads: a revert is not possible \
                 from this; look again in a minute for one",
                plan.base.label(&item),
                mapping.state
            ));
        }
        if drafted(TriggerField::BatchSize)
            .or(drafted(TriggerField::BatchWindow))
            .is_some()
        {
            warnings.extend(batch(mapping, &as_it_will_be(plan, mapping)));
        }
    }
    warnings.extend(visibility(plan, facts));
    warnings
}

/// Batch size and window as they will be.
struct Batch {
    size: Option<u32>,
    window_s: u32,
}

fn as_it_will_be(plan: &Plan, mapping: &EventSourceMapping) -> Batch {
    let fields = plan.draft.triggers.get(&mapping.uuid);
    let drafted = |field| fields?.get(&field)?.number();
    Batch {
        size: drafted(TriggerField::BatchSize).or(mapping.batch_size),
        window_s: drafted(TriggerField::BatchWindow)
            .or(mapping.batch_window_s)
            .unwrap_or(0),
    }
}

fn queue(mapping: &EventSourceMapping) -> Option<&str> {
    let source = mapping.source.as_ref()?;
    (source.service() == Some("sqs")).then(|| source.resource_name())
}

fn paused(mapping: &EventSourceMapping, facts: &Facts) -> Option<String> {
    let Some(name) = queue(mapping) else {
        let source = mapping.source.as_ref().map(Arn::resource_name)?;
        return Some(format!(
            "{source} is not read until this is resumed: what it drops meanwhile is lost"
        ));
    };
    let source = facts.sources.iter().find(|source| source.name == name);
    let kept = source.and_then(|source| source.retention_s).map_or_else(
        || "for its retention time".to_owned(),
        |seconds| format!("for {}", span(seconds)),
    );
    Some(format!(
        "queue {name} keeps a message {kept}: what waits longer than that while paused is lost"
    ))
}

/// A time in words.
fn span(seconds: u32) -> String {
    match seconds {
        day if day % 86_400 == 0 => plural(day / 86_400, "day"),
        hour if hour % 3_600 == 0 => plural(hour / 3_600, "hour"),
        minute if minute % 60 == 0 => plural(minute / 60, "minute"),
        second => plural(second, "second"),
    }
}

fn plural(number: u32, unit: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{end}")
}

fn batch(mapping: &EventSourceMapping, batch: &Batch) -> Option<String> {
    let name = queue(mapping)?;
    let size = batch.size.filter(|size| *size > SMALL_BATCH)?;
    if std::path::Path::new(name)
        .extension()
        .is_some_and(|fifo| fifo == "fifo")
    {
        return Some(format!(
            "queue {name} is FIFO: Lambda will refuse a batch size of {size}, {SMALL_BATCH} is the \
             most"
        ));
    }
    (batch.window_s == 0).then(|| {
        format!(
            "queue {name}: Lambda will refuse a batch size of {size} without a batch_window of 1 s \
             or more"
        )
    })
}

/// AWS asks for six times the function's timeout, and the batch window on top (Lambda developer
/// guide, "Creating and configuring an Amazon SQS event source mapping"); less than the timeout
/// itself it refuses.
fn visibility(plan: &Plan, facts: &Facts) -> Vec<String> {
    let changes_timeout = drafted(plan, Field::Timeout).is_some();
    let Some(timeout) = merged(plan, Field::Timeout).and_then(Value::number) else {
        return Vec::new();
    };
    let warning = |source: &Source| {
        let mut mappings = plan.base.mappings.iter();
        let mapping = mappings.find(|mapping| queue(mapping) == Some(&source.name));
        let is_edited = mapping
            .and_then(|mapping| plan.draft.triggers.get(&mapping.uuid))
            .is_some_and(|fields| fields.get(&TriggerField::Enabled).is_none_or(Value::is_on));
        if !changes_timeout && !is_edited {
            return None;
        }
        let window = mapping.map_or(0, |mapping| as_it_will_be(plan, mapping).window_s);
        let (has, wanted) = (source.visibility_timeout_s, timeout * 6 + window);
        let name = &source.name;
        let on_top = if window > 0 {
            " and the batch window"
        } else {
            ""
        };
        if has < timeout && is_edited {
            Some(format!(
                "queue {name} has a visibility timeout of {has} s, less than the function's \
                 timeout ({timeout} s): Lambda will refuse the trigger"
            ))
        } else if has < wanted {
            Some(format!(
                "queue {name} has a visibility timeout of {has} s: AWS asks for 6 × the \
                 function's timeout{on_top} ({wanted} s)"
            ))
        } else {
            None
        }
    };
    facts.sources.iter().filter_map(warning).collect()
}
