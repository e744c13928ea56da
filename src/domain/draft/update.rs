//! The calls that a draft becomes, with what each of them carries.

use super::Routing;
use crate::domain::{class::Class, function::AsyncConfig, secret::Secret};

/// What `UpdateFunctionConfiguration` carries; what is `None` stays as it is. Empty text removes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigurationUpdate {
    /// The revision that must still be there; else 412.
    pub revision_id: Option<String>,
    /// MB.
    pub memory_mb: Option<u32>,
    /// Seconds.
    pub timeout_s: Option<u32>,
    /// MB of `/tmp`.
    pub ephemeral_mb: Option<u32>,
    /// Free text.
    pub description: Option<String>,
    /// What the runtime calls.
    pub handler: Option<String>,
    /// Identifier of the runtime.
    pub runtime: Option<String>,
    /// ARN of the execution role.
    pub role: Option<String>,
    /// The whole list of layers.
    pub layers: Option<Vec<String>>,
    /// The whole environment.
    pub environment: Option<Vec<(String, Secret<String>)>>,
    /// Target of async failures.
    pub dead_letter: Option<String>,
    /// `Active` or `PassThrough`.
    pub tracing: Option<String>,
    /// The whole of `LoggingConfig`.
    pub logging: Option<LoggingUpdate>,
    /// `SnapStart.ApplyOn`.
    pub snap_start: Option<String>,
    /// The whole of `VpcConfig`.
    pub vpc: Option<VpcUpdate>,
    /// Key of the environment.
    pub kms_key: Option<String>,
}

/// `LoggingConfig`: sent whole. Levels exist only with JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggingUpdate {
    /// `Text` or `JSON`.
    pub format: String,
    /// Application log level.
    pub application_level: Option<String>,
    /// System log level.
    pub system_level: Option<String>,
    /// Log group.
    pub group: String,
}

/// `VpcConfig`: sent whole; two empty lists leave the VPC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VpcUpdate {
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Security group ids.
    pub security_groups: Vec<String>,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `UpdateFunctionConfiguration`; its revision is filled in when it is made.
    Configuration(Box<ConfigurationUpdate>),
    /// `PublishVersion`, with this description.
    Publish(String),
    /// `PutFunctionConcurrency`; 0 stops the function.
    Reserve(u32),
    /// `DeleteFunctionConcurrency`.
    Unreserve,
    /// `PutFunctionEventInvokeConfig`: replaces.
    PutAsync(AsyncConfig),
    /// `UpdateFunctionEventInvokeConfig`: merges.
    UpdateAsync(AsyncConfig),
    /// `DeleteFunctionEventInvokeConfig`.
    DeleteAsync,
    /// `UpdateEventSourceMapping`: only whether it reads.
    Mapping {
        /// UUID.
        uuid: String,
        /// Whether it shall read.
        enabled: bool,
    },
    /// `UpdateAlias`.
    Alias {
        /// Name.
        name: String,
        /// Where it shall lead.
        routing: Routing,
        /// The alias's own revision; else 412.
        revision_id: Option<String>,
    },
}

impl Call {
    /// API name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "UpdateFunctionConfiguration",
            Self::Publish(_) => "PublishVersion",
            Self::Reserve(_) => "PutFunctionConcurrency",
            Self::Unreserve => "DeleteFunctionConcurrency",
            Self::PutAsync(_) => "PutFunctionEventInvokeConfig",
            Self::UpdateAsync(_) => "UpdateFunctionEventInvokeConfig",
            Self::DeleteAsync => "DeleteFunctionEventInvokeConfig",
            Self::Mapping { .. } => "UpdateEventSourceMapping",
            Self::Alias { .. } => "UpdateAlias",
        }
    }

    /// How dangerous it is: to stop a function, one types its name.
    pub const fn class(&self) -> Class {
        match self {
            Self::Reserve(0) => Class::Destroy,
            _ => Class::Write,
        }
    }

    /// The call in words, for the review. Shows no value of the environment.
    pub fn words(&self) -> String {
        let name = self.name();
        match self {
            Self::Configuration(update) => {
                let revision = update.revision_id.as_deref().map_or_else(
                    || "refused if it changes meanwhile".to_owned(),
                    |id| {
                        let short: String = id.chars().take(8).collect();
                        format!("revision {short}…, refused if it changed meanwhile")
                    },
                );
                format!("{name} ({revision}), then wait until Successful")
            }
            Self::Reserve(0) => format!("{name} 0: nothing runs from then on"),
            Self::Reserve(number) => format!("{name} {number}"),
            Self::PutAsync(_) => format!("{name}, which replaces all of it"),
            Self::Publish(_) | Self::Unreserve | Self::UpdateAsync(_) | Self::DeleteAsync => {
                name.to_owned()
            }
            Self::Mapping { uuid, enabled } => format!("{name} {uuid} Enabled={enabled}"),
            Self::Alias {
                name: alias,
                routing,
                ..
            } => format!("{name} {alias} → {routing}"),
        }
    }

    /// The equivalent `aws` command. Where it would need a value of the environment it reads a
    /// file that does not exist, so that pasting it fails.
    pub fn command(&self, function: &str, region: &str) -> String {
        let mut words: Vec<String> = match self {
            Self::Configuration(_) => vec!["update-function-configuration".into()],
            Self::Publish(_) => vec!["publish-version".into()],
            Self::Reserve(_) => vec!["put-function-concurrency".into()],
            Self::Unreserve => vec!["delete-function-concurrency".into()],
            Self::PutAsync(_) => vec!["put-function-event-invoke-config".into()],
            Self::UpdateAsync(_) => vec!["update-function-event-invoke-config".into()],
            Self::DeleteAsync => vec!["delete-function-event-invoke-config".into()],
            Self::Mapping { .. } => vec!["update-event-source-mapping".into()],
            Self::Alias { .. } => vec!["update-alias".into()],
        };
        words.extend(["--region".to_owned(), region.to_owned()]);
        let mut option = |name: &str, value: &str| {
            words.push(format!("--{name}"));
            words.push(quoted(value));
        };
        if !matches!(self, Self::Mapping { .. }) {
            option("function-name", function);
        }
        match self {
            Self::Configuration(update) => update.options(&mut option),
            Self::Publish(description) => option("description", description),
            Self::Reserve(number) => option("reserved-concurrent-executions", &number.to_string()),
            Self::Unreserve | Self::DeleteAsync => {}
            Self::PutAsync(config) | Self::UpdateAsync(config) => {
                async_options(config, &mut option);
            }
            Self::Mapping { uuid, enabled } => {
                option("uuid", uuid);
                words.push(
                    if *enabled {
                        "--enabled"
                    } else {
                        "--no-enabled"
                    }
                    .to_owned(),
                );
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
        }
        format!("aws lambda {}", words.join(" "))
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
