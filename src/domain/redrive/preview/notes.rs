//! What the reader of a dry run should know, in sentences.

use super::{Destination, Facts, Plan, Scope, Sum, Target, TargetQueue, find};

pub(super) fn notes(plan: &Plan, sum: &Sum, facts: &Facts) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: String| notes.push(text);
    for damaged in &facts.damaged_journals {
        note(format!(
            "{damaged}; letters of its plan may have been sent and not deleted: look at the queues first"
        ));
    }
    let sends = !matches!(plan.destination, Destination::Delete);
    if sends {
        let crash = if facts.has_no_journal {
            "no journal is kept here: a crash cannot be resumed"
        } else {
            "the journal survives a crash"
        };
        note(format!(
            "nothing is deleted before its send is confirmed; {crash}"
        ));
    } else {
        note("deleted letters cannot be brought back".into());
    }
    if let Destination::SourceOr { inferred } = &plan.destination {
        note(format!(
            "{} name no queue that they came from: {} is inferred, the only one that fails to this queue",
            sum.inferred,
            inferred.resource_name()
        ));
    }
    if let Some(why) = sum.refused.first() {
        let count = sum.refused.count;
        note(format!("{count} of the letters looked at stay: {why}"));
    }
    if sum.empty > 0 {
        note(format!(
            "{} hold no payload: they are failure records, to be kept and not to be worked off",
            sum.empty
        ));
    }
    let targets: Vec<&TargetQueue> = sum
        .destinations
        .keys()
        .flatten()
        .filter_map(|target| match target {
            Target::Queue(arn) => find(facts, arn),
            Target::Function { .. } => None,
        })
        .collect();
    if sends && targets.iter().any(|queue| !queue.is_fifo())
        || sum
            .destinations
            .keys()
            .flatten()
            .any(|target| matches!(target, Target::Function { .. }))
    {
        note(
            "if a connection breaks in a send, that batch may arrive twice; the report names it"
                .into(),
        );
    }
    for queue in &targets {
        if let Some(delay) = queue.delay_s() {
            note(format!(
                "{} delays each message by {delay} s",
                queue.arn().resource_name()
            ));
        }
        if let Some(key) = queue.kms_key() {
            note(format!(
                "{} is encrypted with {key}: sending needs kms:GenerateDataKey",
                queue.arn().resource_name()
            ));
        }
    }
    if plan.source_is_fifo {
        note(format!(
            "{} groups go each in its order; a letter that stays keeps those behind it back",
            sum.groups.len()
        ));
        let is_filtered = matches!(
            plan.scope,
            Scope::Standing {
                filter: Some(_),
                ..
            }
        );
        if is_filtered {
            note("a letter that does not fit the filter hides those behind it in its group: they are not looked at, and the redrive says so".into());
        }
    }
    if let Some(consumer) = &facts.consumer {
        note(consumer.clone());
    }
    if facts.is_consumer_paused && plan.pace.canary {
        note("nobody reads the destination at present: the canary cannot be judged".into());
    }
    if let Destination::Invoke { qualifier, .. } = &plan.destination {
        let chosen = qualifier.as_deref().unwrap_or("$LATEST");
        let others = sum.qualifiers.iter().filter(|(named, _)| *named != chosen);
        for (named, count) in others {
            note(format!(
                "{count} were calls of {named}, and {chosen} is invoked"
            ));
        }
    }
    if plan.canary_timeout_s.is_some() {
        note("the canary is a synchronous invoke: it has no retries, and no destination or dead-letter queue of the function gets its failure".into());
    }
    if sum.already_sent > 0 {
        note(format!(
            "{} were sent by an earlier plan: they are only deleted",
            sum.already_sent
        ));
    }
    if sum.expiring > 0 {
        note(format!("{} expire within the hour", sum.expiring));
    }
    if facts.held_besides > 0 {
        note(format!(
            "{} letters held besides are given back first",
            facts.held_besides
        ));
    }
    if let Some(why) = sum.not_judged.first() {
        let count = sum.not_judged.count;
        note(format!(
            "{count} of the letters looked at stay, because the filter fails on them: {why}"
        ));
    }
    let ours = match &plan.scope {
        Scope::Selection(_) => sum.fits,
        Scope::Standing { .. } => 0,
    };
    if facts.source.in_flight > facts.held_besides + ours {
        note("others hold letters of this queue at present: they are not seen until those give them back".into());
    }
    notes
}
