//! The `aws` command that does the same as a call, for the activity log. It never shows a value of
//! the environment. Where it would need one, it reads a file that does not exist, so that pasting
//! the command fails.
//!
//! Lists are written as JSON, because the `aws` CLI has no other form for an empty list. The
//! published version is kept in the shell variable `NEW`, so that the commands of a plan, joined
//! with `&&`, can be pasted as they are.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Field, Kind, LATEST, Routing, Value,
    update::{Call, ConfigurationUpdate, MappingUpdate, Url},
};
use crate::domain::{function::AsyncConfig, shell::CommandLine};

/// The shell variable that holds the published version.
const NEW: &str = "NEW";

impl Call {
    /// The equivalent `aws` command.
    pub fn command(&self, function: &str, region: &str) -> String {
        let mut line = CommandLine::new(&["aws", "lambda", self.subcommand()]);
        line.option("region", region);
        match self {
            Self::Mapping { .. } => {}
            // Tags take an ARN, not a name.
            Self::Tag(_) | Self::Untag(_) => line.option("resource", function),
            _ => line.option("function-name", name_of(function)),
        }
        self.options(&mut line);
        match self {
            Self::Configuration(_) => {
                let mut wait = CommandLine::new(&["aws", "lambda", "wait", "function-updated-v2"]);
                wait.option("region", region);
                wait.option("function-name", name_of(function));
                format!("{line} && {wait}")
            }
            Self::Publish { .. } => format!("{NEW}=$({line} --query Version --output text)"),
            _ => line.to_string(),
        }
    }

    const fn subcommand(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "update-function-configuration",
            Self::Publish { .. } => "publish-version",
            Self::Reserve(_) => "put-function-concurrency",
            Self::Unreserve => "delete-function-concurrency",
            Self::PutAsync(_) => "put-function-event-invoke-config",
            Self::UpdateAsync(_) => "update-function-event-invoke-config",
            Self::DeleteAsync => "delete-function-event-invoke-config",
            Self::Mapping { .. } => "update-event-source-mapping",
            Self::Alias { .. } => "update-alias",
            Self::Recursion(_) => "put-function-recursion-config",
            Self::Provision { .. } => "put-provisioned-concurrency-config",
            Self::Unprovision { .. } => "delete-provisioned-concurrency-config",
            Self::CreateUrl { .. } => "create-function-url-config",
            Self::UpdateUrl { .. } => "update-function-url-config",
            Self::DeleteUrl { .. } => "delete-function-url-config",
            Self::Tag(_) => "tag-resource",
            Self::Untag(_) => "untag-resource",
        }
    }

    fn options(&self, line: &mut CommandLine) {
        match self {
            Self::Configuration(update) => update.options(line),
            Self::Publish { description, .. } => line.option("description", description),
            Self::Reserve(number) => {
                line.option("reserved-concurrent-executions", &number.to_string());
            }
            Self::Unreserve | Self::DeleteAsync => {}
            Self::PutAsync(config) | Self::UpdateAsync(config) => async_options(config, line),
            Self::Mapping { uuid, update } => {
                line.option("uuid", uuid);
                update.options(line);
            }
            Self::Alias { name, routing, .. } => {
                line.option("name", name);
                routing_options(routing, line);
            }
            Self::Recursion(mode) => line.option("recursive-loop", mode),
            Self::Provision {
                qualifier,
                executions,
            } => {
                line.option("qualifier", qualifier);
                let executions = executions.to_string();
                line.option("provisioned-concurrent-executions", &executions);
            }
            Self::Unprovision { qualifier } => line.option("qualifier", qualifier),
            Self::CreateUrl { qualifier, url } | Self::UpdateUrl { qualifier, url } => {
                url_options(qualifier.as_deref(), Some(url), line);
            }
            Self::DeleteUrl { qualifier } => url_options(qualifier.as_deref(), None, line),
            Self::Tag(tags) => {
                let tags: BTreeMap<_, _> = tags.iter().cloned().collect();
                line.option("tags", &json!(tags).to_string());
            }
            Self::Untag(keys) => line.option("tag-keys", &json!(keys).to_string()),
        }
    }
}

/// Where an alias points. What was just published is named by the shell variable.
fn routing_options(routing: &Routing, line: &mut CommandLine) {
    if routing.version == Routing::NEW {
        line.option_with_variable("function-version", &["", ""], NEW);
    } else {
        line.option("function-version", &routing.version);
    }
    let weights: BTreeMap<_, _> = routing.weights.iter().cloned().collect();
    let json = json!({ "AdditionalVersionWeights": weights }).to_string();
    let new = format!("\"{}\":", Routing::NEW);
    match json.split_once(&new) {
        Some((before, after)) => {
            let parts = [&*format!("{before}\""), &*format!("\":{after}")];
            line.option_with_variable("routing-config", &parts, NEW);
        }
        None => line.option("routing-config", &json),
    }
}

fn name_of(function: &str) -> &str {
    function.rsplit(':').next().unwrap_or(function)
}

fn url_options(qualifier: Option<&str>, url: Option<&Url>, line: &mut CommandLine) {
    if let Some(qualifier) = qualifier.filter(|qualifier| *qualifier != LATEST) {
        line.option("qualifier", qualifier);
    }
    if let Some(url) = url {
        line.option("auth-type", &url.auth);
        line.option("invoke-mode", &url.invoke_mode);
    }
}

impl MappingUpdate {
    fn options(&self, line: &mut CommandLine) {
        if let Some(enabled) = self.enabled {
            line.switch(if enabled { "enabled" } else { "no-enabled" });
        }
        if let Some(size) = self.batch_size {
            line.option("batch-size", &size.to_string());
        }
        if let Some(window) = self.batch_window_s {
            line.option("maximum-batching-window-in-seconds", &window.to_string());
        }
        if let Some(most) = self.maximum_concurrency {
            let config = most.map(|most| format!(r#""MaximumConcurrency":{most}"#));
            line.option(
                "scaling-config",
                &format!("{{{}}}", config.unwrap_or_default()),
            );
        }
        if let Some(on) = self.partial_batch_responses {
            let types = if on {
                r#"["ReportBatchItemFailures"]"#
            } else {
                "[]"
            };
            line.option("function-response-types", types);
        }
        if let Some(filters) = &self.filters {
            let filters: Vec<_> = filters
                .iter()
                .map(|pattern| json!({ "Pattern": pattern }))
                .collect();
            let json = if filters.is_empty() {
                json!({})
            } else {
                json!({ "Filters": filters })
            };
            line.option("filter-criteria", &json.to_string());
        }
    }
}

impl ConfigurationUpdate {
    fn options(&self, line: &mut CommandLine) {
        let mut options: Vec<(&str, Vec<String>)> = Vec::new();
        for (field, value) in &self.settings {
            let ([name, ..], Some(part)) = (field.member(), option(*field, value)) else {
                continue;
            };
            // The members of a structure are one option.
            match options.iter_mut().find(|(known, _)| known == name) {
                Some((_, parts)) => parts.push(part),
                None => options.push((name, vec![part])),
            }
        }
        for (name, parts) in options {
            line.option(&kebab(name), &parts.join(","));
        }
        if self.environment.is_some() {
            line.option("environment", "file://environment-not-kept.json");
        }
    }
}

/// A setting as the `aws` CLI takes it: alone, or as a member of its structure. A level that is not
/// set is left out.
fn option(field: Field, value: &Value) -> Option<String> {
    let [.., name] = field.member() else {
        return None;
    };
    let is_member = field.member().len() > 1;
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::Switch(on) => on.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(list) if is_member => format!("[{}]", list.join(",")),
        Value::List(list) => json!(list).to_string(),
        Value::Mount(arn, path) => json!([{ "Arn": arn, "LocalMountPath": path }]).to_string(),
        Value::Unset => match field.kind() {
            Kind::List(_) | Kind::Set(_) | Kind::Mount => "[]".to_owned(),
            Kind::Choice(_) => return None,
            _ => String::new(),
        },
    };
    Some(if is_member {
        format!("{name}={text}")
    } else {
        text
    })
}

/// `KMSKeyArn` as `kms-key-arn`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (place, letter) in letters.iter().enumerate() {
        let follows_small = place > 0 && letters[place - 1].is_lowercase();
        let begins_word = letters
            .get(place + 1)
            .is_some_and(|next| next.is_lowercase());
        if place > 0 && letter.is_uppercase() && (follows_small || begins_word) {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

fn async_options(config: &AsyncConfig, line: &mut CommandLine) {
    if let Some(retries) = config.maximum_retries {
        line.option("maximum-retry-attempts", &retries.to_string());
    }
    if let Some(age) = config.maximum_age_s {
        line.option("maximum-event-age-in-seconds", &age.to_string());
    }
    let destinations: Vec<String> = [
        ("OnSuccess", &config.on_success),
        ("OnFailure", &config.on_failure),
    ]
    .into_iter()
    .filter_map(|(name, arn)| Some(format!("{name}={{Destination={}}}", arn.as_ref()?)))
    .collect();
    if !destinations.is_empty() {
        line.option("destination-config", &destinations.join(","));
    }
}
