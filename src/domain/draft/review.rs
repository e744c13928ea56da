//! What to know before a plan is carried out: warnings from facts that were read elsewhere.
//!
//! A fact that could not be read gives no warning: its absence is never claimed.

use jiff::civil::Date;

use super::{Field, Item, plan::Plan, update::Call};
use crate::domain::{
    draft::environment::looks_secret,
    owner,
    runtime_support::{Support, support},
};

/// A queue that feeds the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its visibility timeout in seconds.
    pub visibility_timeout_s: u32,
}

/// What is known beside the function itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The day.
    pub today: Date,
    /// Tags, if they were read.
    pub tags: Vec<(String, String)>,
    /// Names of aliases and the versions they lead to.
    pub aliases: Vec<(String, String)>,
    /// Queues that feed it.
    pub sources: Vec<Source>,
    /// Unreserved executions of the region.
    pub unreserved: Option<u32>,
    /// Executions that run now, or that are provisioned.
    pub running: Option<u32>,
    /// The most memory that an invocation was seen to use, MB.
    pub used_mb: Option<u32>,
}

/// Everything to know about a plan, one sentence each.
pub fn warnings(plan: &Plan, facts: &Facts) -> Vec<String> {
    let updates_configuration = plan
        .calls
        .iter()
        .any(|call| matches!(call, Call::Configuration(_)));
    let mut warnings = Vec::new();
    if updates_configuration {
        warnings.extend(runtime(plan, facts));
        warnings.extend(receives_nothing(facts));
    }
    warnings.extend(overwritten(facts));
    warnings.extend(visibility(plan, facts));
    warnings.extend(concurrency(plan, facts));
    warnings.extend(memory(plan, facts));
    warnings.extend(levels(plan));
    warnings.extend(secrets(plan));
    warnings
}

fn drafted(plan: &Plan, field: Field) -> Option<u32> {
    plan.draft.settings.get(&field)?.parse().ok()
}

fn runtime(plan: &Plan, facts: &Facts) -> Option<String> {
    let id = plan
        .draft
        .settings
        .get(&Field::Runtime)
        .map(String::as_str)
        .or_else(|| plan.base.setting(Field::Runtime))
        .filter(|id| !id.is_empty())?;
    match support(id, facts.today) {
        Support::Blocked { updates: true, .. } => Some(format!(
            "Lambda refuses updates of {id}: change the runtime in the same edit"
        )),
        standing @ (Support::Deprecated { .. } | Support::Blocked { .. }) => standing.sentence(id),
        Support::Supported | Support::DeprecatedSoon { .. } | Support::Unknown => None,
    }
}

fn receives_nothing(facts: &Facts) -> Option<String> {
    let leads = facts
        .aliases
        .iter()
        .filter(|(_, version)| version != "$LATEST")
        .map(|(name, version)| format!("{name} → v{version}"))
        .collect::<Vec<_>>();
    (!leads.is_empty()).then(|| {
        format!(
            "edits $LATEST only: {} get{} nothing until you publish and shift",
            leads.join(", "),
            if leads.len() == 1 { "s" } else { "" }
        )
    })
}

fn overwritten(facts: &Facts) -> Option<String> {
    let owner = owner::owner(&facts.tags)?;
    Some(format!(
        "managed by {owner}: the next deploy will not know of this change"
    ))
}

/// AWS asks for six times the function's timeout (SQS developer guide, Lambda triggers).
fn visibility(plan: &Plan, facts: &Facts) -> Vec<String> {
    let Some(timeout) = drafted(plan, Field::Timeout) else {
        return Vec::new();
    };
    facts
        .sources
        .iter()
        .filter(|source| source.visibility_timeout_s < timeout * 6)
        .map(|source| {
            format!(
                "queue {} has a visibility timeout of {} s: AWS asks for 6 × the function's \
                 timeout ({} s)",
                source.name,
                source.visibility_timeout_s,
                timeout * 6
            )
        })
        .collect()
}

fn concurrency(plan: &Plan, facts: &Facts) -> Vec<String> {
    /// Executions that must stay unreserved in a region (Lambda quotas).
    const LEFT: u32 = 100;
    let Some(reserved) = drafted(plan, Field::ReservedConcurrency) else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if reserved == 0 {
        warnings.push(
            "reserved concurrency 0 stops every invoke: callers get a throttle, async events go \
             straight to the dead-letter target or on-failure destination without retries (and \
             are lost without one), triggers keep their messages"
                .to_owned(),
        );
    } else if let Some(running) = facts.running.filter(|running| reserved < *running) {
        warnings.push(format!(
            "{reserved} is below what runs now ({running}): the rest is throttled"
        ));
    }
    let was = plan.base.setting(Field::ReservedConcurrency);
    let was: u32 = was.and_then(|was| was.parse().ok()).unwrap_or(0);
    if let Some(unreserved) = facts.unreserved
        && (unreserved + was).saturating_sub(reserved) < LEFT
        && reserved > was
    {
        warnings.push(format!(
            "the region has {unreserved} unreserved executions and {LEFT} must stay: Lambda will \
             refuse {reserved}"
        ));
    }
    warnings
}

fn memory(plan: &Plan, facts: &Facts) -> Option<String> {
    let (memory, used) = (drafted(plan, Field::Memory)?, facts.used_mb?);
    let was: u32 = plan.base.setting(Field::Memory)?.parse().ok()?;
    if memory < used {
        Some(format!(
            "invocations were seen to use {used} MB: {memory} MB will end them"
        ))
    } else if memory > was && used * 2 < was {
        Some(format!(
            "no invocation was seen to use more than {used} of {was} MB: more memory buys CPU only"
        ))
    } else {
        None
    }
}

fn levels(plan: &Plan) -> Option<String> {
    let level = plan.draft.settings.get(&Field::SystemLogLevel)?;
    (level == "WARN").then(|| {
        "system log level WARN hides platform.start and platform.report of successful calls: no \
         durations in the logs"
            .to_owned()
    })
}

fn secrets(plan: &Plan) -> Vec<String> {
    plan.draft
        .environment
        .iter()
        .filter(|(name, value)| {
            let value = value.as_ref();
            value.is_some_and(|value| looks_secret(name, value.reveal()))
        })
        .map(|(name, _)| {
            format!(
                "{} looks like a secret: whoever may read the configuration reads it; Secrets \
                 Manager or Parameter Store keep it better",
                Item::Variable(name.clone())
            )
        })
        .collect()
}
