//! The `aws` command that does what a call does, for the activity log. It shows no value of the
//! environment: where it would need one it reads a file that does not exist, so that pasting it
//! fails.
//!
//! Lists are JSON, which the `aws` CLI takes wherever it takes several words: a list that is empty
//! has no other form. What is published is kept in the shell's `NEW`, so that the commands of a
//! plan, joined by `&&`, can be pasted as they are.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    LATEST, Routing,
    update::{Call, ConfigurationUpdate, MappingUpdate, Url},
};
use crate::domain::function::AsyncConfig;

impl Call {
    /// The equivalent `aws` command.
    pub fn command(&self, function: &str, region: &str) -> String {
        let mut words = vec![self.subcommand().to_owned()];
        let mut option = |name: &str, value: &str| {
            if is_switch(name) {
                words.push(format!("--{name}"));
            } else if value.starts_with('-') {
                // A word of its own would be taken for an option.
                words.push(format!("--{name}={}", quoted(value)));
            } else {
                words.extend([format!("--{name}"), quoted(value)]);
            }
        };
        option("region", region);
        match self {
            Self::Mapping { .. } => {}
            // Tags want an ARN.
            Self::Tag(_) | Self::Untag(_) => option("resource", function),
            _ => option("function-name", name_of(function)),
        }
        self.options(&mut option);
        let command = format!("aws lambda {}", words.join(" "));
        let name = quoted(name_of(function));
        match self {
            Self::Configuration(_) => format!(
                "{command} && aws lambda wait function-updated-v2 --region {} --function-name {name}",
                quoted(region)
            ),
            Self::Alias { routing, .. } if routing.follows_publish() => with_new(&command),
            Self::Publish(_) => format!("NEW=$({command} --query Version --output text)"),
            _ => command,
        }
    }

    const fn subcommand(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "update-function-configuration",
            Self::Publish(_) => "publish-version",
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

    fn options(&self, option: &mut impl FnMut(&str, &str)) {
        match self {
            Self::Configuration(update) => update.options(option),
            Self::Publish(description) => option("description", description),
            Self::Reserve(number) => option("reserved-concurrent-executions", &number.to_string()),
            Self::Unreserve | Self::DeleteAsync => {}
            Self::PutAsync(config) | Self::UpdateAsync(config) => async_options(config, option),
            Self::Mapping { uuid, update } => {
                option("uuid", uuid);
                update.options(option);
            }
            Self::Alias { name, routing, .. } => {
                option("name", name);
                option("function-version", &routing.version);
                let weights: BTreeMap<_, _> = routing.weights.iter().cloned().collect();
                let json = json!({ "AdditionalVersionWeights": weights });
                option("routing-config", &json.to_string());
            }
            Self::Recursion(mode) => option("recursive-loop", mode),
            Self::Provision {
                qualifier,
                executions,
            } => {
                option("qualifier", qualifier);
                let executions = executions.to_string();
                option("provisioned-concurrent-executions", &executions);
            }
            Self::Unprovision { qualifier } => option("qualifier", qualifier),
            Self::CreateUrl { qualifier, url } | Self::UpdateUrl { qualifier, url } => {
                url_options(qualifier.as_deref(), Some(url), option);
            }
            Self::DeleteUrl { qualifier } => url_options(qualifier.as_deref(), None, option),
            Self::Tag(tags) => {
                let tags: BTreeMap<_, _> = tags.iter().cloned().collect();
                option("tags", &json!(tags).to_string());
            }
            Self::Untag(keys) => option("tag-keys", &json!(keys).to_string()),
        }
    }
}

/// Options that stand alone.
fn is_switch(name: &str) -> bool {
    matches!(name, "enabled" | "no-enabled")
}

/// The command of an alias with the shell's `NEW` where it leads to what was published.
fn with_new(command: &str) -> String {
    let version = format!("--function-version {} ", Routing::NEW);
    let weight = format!("{:?}:", Routing::NEW);
    command
        .replace(&version, "--function-version \"$NEW\" ")
        .replace(&weight, r#""'"$NEW"'":"#)
}

fn name_of(function: &str) -> &str {
    function.rsplit(':').next().unwrap_or(function)
}

fn url_options(qualifier: Option<&str>, url: Option<&Url>, option: &mut impl FnMut(&str, &str)) {
    if let Some(qualifier) = qualifier.filter(|qualifier| *qualifier != LATEST) {
        option("qualifier", qualifier);
    }
    if let Some(url) = url {
        option("auth-type", &url.auth);
        option("invoke-mode", &url.invoke_mode);
    }
}

impl MappingUpdate {
    fn options(&self, option: &mut impl FnMut(&str, &str)) {
        if let Some(enabled) = self.enabled {
            option(if enabled { "enabled" } else { "no-enabled" }, "");
        }
        if let Some(size) = self.batch_size {
            option("batch-size", &size.to_string());
        }
        if let Some(window) = self.batch_window_s {
            option("maximum-batching-window-in-seconds", &window.to_string());
        }
        if let Some(most) = self.maximum_concurrency {
            let config = most.map(|most| format!(r#""MaximumConcurrency":{most}"#));
            option(
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
            option("function-response-types", types);
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
            option("filter-criteria", &json.to_string());
        }
    }
}

impl ConfigurationUpdate {
    fn options(&self, option: &mut impl FnMut(&str, &str)) {
        let mut number = |name: &str, value: Option<u32>| {
            if let Some(value) = value {
                option(name, &value.to_string());
            }
        };
        number("memory-size", self.memory_mb);
        number("timeout", self.timeout_s);
        let ephemeral = self.ephemeral_mb.map(|size| format!("Size={size}"));
        let dead_letter = self
            .dead_letter
            .as_ref()
            .map(|arn| format!("TargetArn={arn}"));
        let tracing = self.tracing.as_ref().map(|mode| format!("Mode={mode}"));
        let snap_start = self.snap_start.as_ref().map(|on| format!("ApplyOn={on}"));
        let vpc = self.vpc.as_ref().map(|vpc| {
            format!(
                "SubnetIds=[{}],SecurityGroupIds=[{}],Ipv6AllowedForDualStack={}",
                vpc.subnets.join(","),
                vpc.security_groups.join(","),
                vpc.ipv6
            )
        });
        let logging = self.logging.as_ref().map(|logging| {
            let mut text = format!("LogFormat={},LogGroup={}", logging.format, logging.group);
            for (name, level) in [
                ("ApplicationLogLevel", &logging.application_level),
                ("SystemLogLevel", &logging.system_level),
            ] {
                if let Some(level) = level {
                    text.push_str(&format!(",{name}={level}"));
                }
            }
            text
        });
        for (name, value) in [
            ("ephemeral-storage", &ephemeral),
            ("description", &self.description),
            ("handler", &self.handler),
            ("runtime", &self.runtime),
            ("role", &self.role),
            ("dead-letter-config", &dead_letter),
            ("tracing-config", &tracing),
            ("logging-config", &logging),
            ("snap-start", &snap_start),
            ("vpc-config", &vpc),
            ("kms-key-arn", &self.kms_key),
        ] {
            if let Some(value) = value {
                option(name, value);
            }
        }
        if let Some(layers) = &self.layers {
            option("layers", &json!(layers).to_string());
        }
        if let Some(systems) = &self.file_systems {
            let systems: Vec<_> = systems
                .iter()
                .map(|(arn, path)| json!({ "Arn": arn, "LocalMountPath": path }))
                .collect();
            option("file-system-configs", &json!(systems).to_string());
        }
        if self.environment.is_some() {
            option("environment", "file://environment-not-kept.json");
        }
    }
}

fn async_options(config: &AsyncConfig, option: &mut impl FnMut(&str, &str)) {
    if let Some(retries) = config.maximum_retries {
        option("maximum-retry-attempts", &retries.to_string());
    }
    if let Some(age) = config.maximum_age_s {
        option("maximum-event-age-in-seconds", &age.to_string());
    }
    let destinations: Vec<String> = [
        ("OnSuccess", &config.on_success),
        ("OnFailure", &config.on_failure),
    ]
    .into_iter()
    .filter_map(|(name, arn)| Some(format!("{name}={{Destination={}}}", arn.as_ref()?)))
    .collect();
    if !destinations.is_empty() {
        option("destination-config", &destinations.join(","));
    }
}

/// A word for a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
