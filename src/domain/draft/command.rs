//! The `aws` command that does what a call does, for the activity log. It shows no value of the
//! environment: where it would need one it reads a file that does not exist, so that pasting it
//! fails.

use super::{
    LATEST,
    update::{Call, ConfigurationUpdate, MappingUpdate, Url},
};
use crate::domain::function::AsyncConfig;

impl Call {
    /// The equivalent `aws` command.
    pub fn command(&self, function: &str, region: &str) -> String {
        let mut words = vec![self.subcommand().to_owned()];
        words.extend(["--region".to_owned(), region.to_owned()]);
        let mut option = |name: &str, value: &str| {
            words.push(format!("--{name}"));
            words.extend((!value.is_empty() || !is_switch(name)).then(|| quoted(value)));
        };
        match self {
            Self::Mapping { .. } => {}
            // Tags want an ARN.
            Self::Tag(_) | Self::Untag(_) => option("resource", function),
            _ => option("function-name", name_of(function)),
        }
        self.options(&mut option);
        format!("aws lambda {}", words.join(" "))
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
                let weights: Vec<String> = routing
                    .weights
                    .iter()
                    .map(|(version, share)| format!("{version:?}:{share}"))
                    .collect();
                let json = format!(
                    r#"{{"AdditionalVersionWeights":{{{}}}}}"#,
                    weights.join(",")
                );
                option("routing-config", &json);
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
                let tags: std::collections::BTreeMap<_, _> = tags.iter().cloned().collect();
                option("tags", &serde_json::json!(tags).to_string());
            }
            Self::Untag(keys) => option("tag-keys", &keys.join(" ")),
        }
    }
}

/// Options that stand alone.
fn is_switch(name: &str) -> bool {
    matches!(name, "enabled" | "no-enabled")
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
                .map(|pattern| serde_json::json!({ "Pattern": pattern }))
                .collect();
            let json = serde_json::json!({ "Filters": filters });
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
                "SubnetIds=[{}],SecurityGroupIds=[{}]",
                vpc.subnets.join(","),
                vpc.security_groups.join(",")
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
            option("layers", &layers.join(" "));
        }
        if let Some(systems) = &self.file_systems {
            let systems: Vec<String> = systems
                .iter()
                .map(|(arn, path)| format!("Arn={arn},LocalMountPath={path}"))
                .collect();
            option("file-system-configs", &systems.join(" "));
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
