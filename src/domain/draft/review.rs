//! Warnings: what to know before a plan is carried out.
//!
//! A fact that could not be read gives no warning.

mod receivers;
mod reserved;
mod triggers;

use jiff::civil::Date;

use super::{Field, Item, LATEST, Value, plan::Plan, update::Call};
use crate::domain::{
    draft::environment::looks_secret,
    owner::{self, Tool},
    runtime_support::{Support, support},
};

/// A queue that feeds the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its visibility timeout in seconds.
    pub visibility_timeout_s: u32,
    /// How long it keeps a message, in seconds.
    pub retention_s: Option<u32>,
}

/// Facts beside the function itself.
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

/// Everything to know about a plan, one sentence each, the most important first.
pub fn warnings(plan: &Plan, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(runtime(plan, facts));
    warnings.extend(urls(plan));
    warnings.extend(reserved::warnings(plan, facts));
    warnings.extend(triggers::warnings(plan, facts));
    warnings.extend(receivers::warnings(plan, facts));
    warnings.extend(overwritten(facts));
    warnings.extend(memory(plan, facts));
    warnings.extend(loops(plan));
    warnings.extend(levels(plan));
    warnings.extend(secrets(plan));
    warnings
}

fn drafted(plan: &Plan, field: Field) -> Option<u32> {
    plan.draft.settings.get(&field)?.number()
}

/// A setting as it will be; `None` when the draft leaves it alone and it could not be read.
fn merged(plan: &Plan, field: Field) -> Option<&Value> {
    let drafted = plan.draft.settings.get(&field);
    drafted.or_else(|| plan.base.setting(field))
}

fn updates_configuration(plan: &Plan) -> bool {
    let mut calls = plan.calls.iter();
    calls.any(|call| matches!(call, Call::Configuration(_)))
}

fn runtime(plan: &Plan, facts: &Facts) -> Option<String> {
    if !updates_configuration(plan) {
        return None;
    }
    let id = merged(plan, Field::Runtime).and_then(Value::text)?;
    match support(id, facts.today) {
        Support::Blocked { updates: true, .. } => Some(format!(
            "Lambda refuses updates of {id}: change the runtime in the same edit"
        )),
        standing @ (Support::Deprecated { .. } | Support::Blocked { .. }) => standing.sentence(id),
        Support::Supported | Support::DeprecatedSoon { .. } | Support::Unknown => None,
    }
}

/// A tool that deploys the function overwrites what is changed by hand.
fn overwritten(facts: &Facts) -> Option<String> {
    let owner = owner::owner(&facts.tags)?;
    let then = match owner.tool {
        Tool::Terraform => "terraform sees drift, and the next apply sets it back",
        // It compares templates, never what is there (CloudFormation user guide, "Detect
        // unmanaged configuration changes").
        Tool::CloudFormation | Tool::Sam | Tool::Cdk | Tool::Serverless => {
            "until then it is drift, and the first one that touches this sets it back"
        }
    };
    Some(format!(
        "managed by {owner}: the next deploy will not know of this change; {then}"
    ))
}

/// Lambda developer guide, "Control access to Lambda function URLs".
fn urls(plan: &Plan) -> Vec<String> {
    let warning = |(qualifier, url): (&String, &Option<super::Url>)| {
        let of = if qualifier == LATEST {
            "the URL".to_owned()
        } else {
            format!("the URL of {qualifier}")
        };
        match url {
            None => Some(format!(
                "{of} and its CORS settings are gone for ever: callers get an error at once, and \
                 a new URL has another address"
            )),
            Some(url) if url.auth == "NONE" => Some(format!(
                "{of} is open to the whole internet without any authentication, as soon as the \
                 function's policy lets everybody call lambda:InvokeFunctionUrl and \
                 lambda:InvokeFunction (the policy is not changed here)"
            )),
            Some(_) => None,
        }
    };
    plan.draft.urls.iter().filter_map(warning).collect()
}

fn memory(plan: &Plan, facts: &Facts) -> Option<String> {
    let (memory, used) = (drafted(plan, Field::Memory)?, facts.used_mb?);
    let was = plan.base.setting(Field::Memory)?.number()?;
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

fn loops(plan: &Plan) -> Option<String> {
    let mode = plan.draft.settings.get(&Field::Recursion)?;
    mode.is("Allow").then(|| {
        "recursion Allow: Lambda no longer ends a loop over queues and topics, which goes on and \
         costs until somebody does"
            .to_owned()
    })
}

fn levels(plan: &Plan) -> Option<String> {
    let level = plan.draft.settings.get(&Field::SystemLogLevel)?;
    level.is("WARN").then(|| {
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

#[cfg(test)]
mod tests;
