//! Lambda functions as the product speaks of them: identity, the row of the list, the whole
//! configuration, and what hangs on a function (versions, aliases, triggers, concurrency, URLs).
//!
//! Plain data. Words that come from AWS as enums are kept as text, because those enums grow:
//! an unknown state must be shown, not lost.

pub mod address;
pub mod words;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::secret::Secret;

pub use address::FunctionAddress;
pub use words::{FunctionName, Word};

/// The unqualified ARN of a function, or of any other resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arn(Arc<str>);

impl Arn {
    /// Wraps an ARN as AWS gave it.
    pub fn new(arn: impl Into<Arc<str>>) -> Self {
        Self(arn.into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition part (`aws`, `aws-cn`, …), if this has the form of an ARN.
    pub fn partition(&self) -> Option<&str> {
        self.0
            .strip_prefix("arn:")?
            .split(':')
            .next()
            .filter(|part| !part.is_empty())
    }

    /// The service part (`lambda`, `sqs`, …), if this has the form of an ARN.
    pub fn service(&self) -> Option<&str> {
        self.0
            .strip_prefix("arn:")?
            .split(':')
            .nth(1)
            .filter(|part| !part.is_empty())
    }

    /// The region part, if any.
    pub fn region(&self) -> Option<&str> {
        self.0
            .strip_prefix("arn:")?
            .split(':')
            .nth(2)
            .filter(|part| !part.is_empty())
    }

    /// The account part, if any.
    pub fn account(&self) -> Option<&str> {
        self.0
            .strip_prefix("arn:")?
            .split(':')
            .nth(3)
            .filter(|part| !part.is_empty())
    }

    /// What a person calls the resource: what stands after the account and the resource type
    /// (`function:`, `layer:`, `table/`), or the whole text when this is not an ARN.
    pub fn resource_name(&self) -> &str {
        let Some(resource) = self
            .0
            .strip_prefix("arn:")
            .and_then(|rest| rest.splitn(5, ':').nth(4))
        else {
            return &self.0;
        };
        match self.service() {
            Some("lambda") => resource.split_once(':').map_or(resource, |(_, name)| name),
            Some("dynamodb" | "kinesis") => resource.split('/').nth(1).unwrap_or(resource),
            _ => resource,
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row of the Functions list: the table's columns and nothing else, so that it may be kept
/// on disk and ten thousand of them stay small. Never holds environment values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionSummary {
    /// Unqualified ARN, the identity.
    pub arn: Arn,
    /// Function name, at most 140 characters in an ARN, 64 on its own.
    pub name: FunctionName,
    /// Runtime identifier; `None` for container images.
    pub runtime: Option<Word>,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Timeout in seconds.
    pub timeout_s: u32,
    /// When code or configuration last changed.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub modified: Option<Timestamp>,
    /// `Zip` or `Image`.
    pub package: Word,
    /// `x86_64` or `arm64`.
    pub architecture: Word,
    /// Deployment package size in bytes (0 for images).
    pub code_size: u64,
    /// `LoggingConfig.LogGroup`; `None` when it is the default, or AWS gave none.
    pub log_group: Option<Box<str>>,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter: Option<Arn>,
    /// The function is durable (`DurableConfig` present) and must be invoked with a qualifier.
    #[serde(default)]
    pub durable: bool,
    /// `LoggingConfig.SystemLogLevel` is WARN: no START and no REPORT of what goes well is written.
    #[serde(default)]
    pub quiet: bool,
}

impl FunctionSummary {
    /// The log group to read: the configured one, or Lambda's documented default when the
    /// configuration carries none (the field is absent only on servers older than it).
    pub fn log_group(&self) -> String {
        self.log_group
            .as_deref()
            .map_or_else(|| self.default_log_group(), str::to_owned)
    }

    /// Whether logs go anywhere else than to the function's own default group.
    pub fn has_custom_log_group(&self) -> bool {
        self.log_group
            .as_deref()
            .is_some_and(|group| group != self.default_log_group())
    }

    fn default_log_group(&self) -> String {
        format!("/aws/lambda/{}", self.name)
    }
}

/// `State` and `LastUpdateStatus` of a function, which `ListFunctions` does not return.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionState {
    /// `Active`, `Pending`, `Inactive`, `Failed`, … (an open set).
    pub state: Option<String>,
    /// Why, in AWS's words.
    pub state_reason: Option<String>,
    /// Machine-readable reason.
    pub state_reason_code: Option<String>,
    /// `Successful`, `InProgress`, `Failed` (an open set).
    pub last_update: Option<String>,
    /// Why, in AWS's words.
    pub last_update_reason: Option<String>,
    /// Machine-readable reason.
    pub last_update_reason_code: Option<String>,
}

/// The configuration of a function or of one of its versions (`GetFunctionConfiguration`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionConfiguration {
    /// The list's columns.
    pub summary: FunctionSummary,
    /// `$LATEST` or a number.
    pub version: String,
    /// Free text, at most 256 characters.
    pub description: String,
    /// `None` for container images.
    pub handler: Option<String>,
    /// Execution role.
    pub role: String,
    /// Optimistic lock of an update.
    pub revision_id: Option<String>,
    /// Hash of the code.
    pub code_sha256: Option<String>,
    /// State and last update.
    pub state: FunctionState,
    /// Size of `/tmp` in MB.
    pub ephemeral_mb: Option<u32>,
    /// The environment, or why it cannot be read.
    pub environment: Environment,
    /// Customer key that encrypts the environment.
    pub kms_key: Option<String>,
    /// `Active` or `PassThrough`.
    pub tracing: Option<String>,
    /// Format, levels and group.
    pub logging: Logging,
    /// Layers in order, at most 5.
    pub layers: Vec<Layer>,
    /// Network attachment, if any.
    pub vpc: Option<Vpc>,
    /// Mounted file systems: ARN and path.
    pub file_systems: Vec<(String, String)>,
    /// `SnapStart.ApplyOn`, when it is not `None`.
    pub snap_start: Option<String>,
    /// Overridden command of a container image.
    pub image_command: Vec<String>,
    /// Execution timeout in seconds of a durable function.
    pub durable_timeout_s: Option<u32>,
    /// `PER_TENANT` when each invoke must name its tenant.
    pub tenancy: Option<String>,
}

/// Environment variables: readable, or not (the key was denied).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// Names in order, values masked until revealed.
    Variables(Vec<(String, Secret<String>)>),
    /// `Environment.Error` was present: the variables are *missing*, not empty.
    Unreadable {
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
}

/// `LoggingConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// `Text` or `JSON`.
    pub format: Option<String>,
    /// Application log level (JSON only).
    pub application_level: Option<String>,
    /// System log level (JSON only); `WARN` hides the reports of successful invocations.
    pub system_level: Option<String>,
}

/// A layer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Layer version ARN.
    pub arn: Arn,
    /// Size in bytes.
    pub code_size: u64,
}

/// VPC attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// VPC id.
    pub id: Option<String>,
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Security group ids.
    pub security_groups: Vec<String>,
    /// Outbound IPv6 in dual-stack subnets.
    pub ipv6: bool,
}

/// An event source mapping (a trigger that Lambda polls).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// Identity.
    pub uuid: String,
    /// Whose trigger it is: a function ARN, with its qualifier if it has one.
    pub function: Option<Arn>,
    /// Queue, stream, cluster; absent for self-managed Kafka.
    pub source: Option<Arn>,
    /// `Enabled`, `Disabled`, `Creating`, … (an open set).
    pub state: String,
    /// Why the state last changed.
    pub state_reason: Option<String>,
    /// Records per invoke.
    pub batch_size: Option<u32>,
    /// Seconds to gather a batch.
    pub batch_window_s: Option<u32>,
    /// AWS's free text about the last run.
    pub last_result: Option<String>,
    /// On-failure destination.
    pub on_failure: Option<Arn>,
    /// Maximum concurrency (SQS).
    pub maximum_concurrency: Option<u32>,
    /// `ReportBatchItemFailures` is on.
    pub partial_batch_responses: bool,
    /// Filter patterns; empty when there are none or they are [hidden](Self::has_hidden_filters).
    pub filters: Vec<String>,
    /// There are filters, and AWS does not tell them: lists leave out what is encrypted.
    pub has_hidden_filters: bool,
}

impl EventSourceMapping {
    /// Whether the mapping reads nothing at present, by its own state.
    pub fn is_disabled(&self) -> bool {
        self.reads() == Some(false)
    }

    /// Whether it reads, or will in a moment; `None` when its state does not tell: what is
    /// `Updating` may be either (AWS repeats only the state, never `Enabled`).
    pub fn reads(&self) -> Option<bool> {
        match self.state.as_str() {
            "Enabled" | "Enabling" => Some(true),
            "Disabled" | "Disabling" => Some(false),
            _ => None,
        }
    }

    /// Whether a change of it is under way: until its end AWS refuses another one.
    pub fn is_changing(&self) -> bool {
        const WORDS: [&str; 4] = ["Creating", "Enabling", "Disabling", "Updating"];
        WORDS.contains(&self.state.as_str())
    }
}

/// What happens to asynchronous invokes (`GetFunctionEventInvokeConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsyncConfig {
    /// 0 to 2; AWS's default is 2.
    pub maximum_retries: Option<u32>,
    /// 60 to 21,600 s; AWS's default is 21,600.
    pub maximum_age_s: Option<u32>,
    /// Destination of successes.
    pub on_success: Option<Arn>,
    /// Destination of failures.
    pub on_failure: Option<Arn>,
}

/// A published version, or `$LATEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `$LATEST` or a number.
    pub version: String,
    /// Description given at publishing.
    pub description: String,
    /// When it was published or changed.
    pub modified: Option<Timestamp>,
    /// Code size in bytes.
    pub code_size: u64,
}

/// An alias and its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// Name.
    pub name: String,
    /// Version that gets what the weights leave.
    pub version: String,
    /// Additional versions and their share, 0 to 1.
    pub weights: Vec<(String, f64)>,
    /// Description.
    pub description: String,
    /// Optimistic lock of an update.
    pub revision_id: Option<String>,
}

/// Provisioned concurrency of a version or alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionedConcurrency {
    /// Version or alias.
    pub qualifier: String,
    /// Asked for.
    pub requested: u32,
    /// Ready now.
    pub available: u32,
    /// `IN_PROGRESS`, `READY`, `FAILED` (an open set).
    pub status: String,
    /// Why it failed.
    pub reason: Option<String>,
}

/// A function URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    /// The URL.
    pub url: String,
    /// `NONE` or `AWS_IAM`.
    pub auth: String,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: Option<String>,
    /// Alias it points to, if not the unqualified function.
    pub qualifier: Option<String>,
}

/// Limits of the account in this region (`GetAccountSettings`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Concurrent executions of the region.
    pub concurrency_limit: u32,
    /// Of those, not reserved by any function.
    pub unreserved: u32,
    /// How many functions exist.
    pub function_count: u64,
    /// Their code in bytes.
    pub code_size: u64,
}

impl FunctionConfiguration {
    /// A configuration of which nothing is set but what the list shows.
    pub fn of(summary: FunctionSummary) -> Self {
        Self {
            summary,
            version: "$LATEST".into(),
            description: String::new(),
            handler: None,
            role: String::new(),
            revision_id: None,
            code_sha256: None,
            state: FunctionState::default(),
            ephemeral_mb: None,
            environment: Environment::Variables(Vec::new()),
            kms_key: None,
            tracing: None,
            logging: Logging::default(),
            layers: Vec::new(),
            vpc: None,
            file_systems: Vec::new(),
            snap_start: None,
            image_command: Vec::new(),
            durable_timeout_s: None,
            tenancy: None,
        }
    }

    /// A small function with nothing special, for tests.
    #[cfg(test)]
    pub(crate) fn sample(name: &str) -> Self {
        let summary = FunctionSummary {
            arn: Arn::new(format!(
                "arn:aws:lambda:eu-west-1:123456789012:function:{name}"
            )),
            name: name.into(),
            runtime: Some("python3.12".into()),
            memory_mb: 512,
            timeout_s: 30,
            modified: Some(Timestamp::UNIX_EPOCH),
            package: "Zip".into(),
            architecture: "arm64".into(),
            code_size: 4096,
            log_group: Some(format!("/aws/lambda/{name}").into()),
            dead_letter: None,
            durable: false,
            quiet: false,
        };
        Self {
            handler: Some("app.handler".into()),
            role: format!("arn:aws:iam::123456789012:role/{name}"),
            revision_id: Some("r1".into()),
            code_sha256: Some("c1".into()),
            state: FunctionState {
                state: Some("Active".into()),
                last_update: Some("Successful".into()),
                ..FunctionState::default()
            },
            ephemeral_mb: Some(512),
            tracing: Some("PassThrough".into()),
            ..Self::of(summary)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_its_parts_and_its_name() {
        let function = Arn::new("arn:aws:lambda:eu-west-1:123456789012:function:charge");
        assert_eq!(function.service(), Some("lambda"));
        assert_eq!(function.region(), Some("eu-west-1"));
        assert_eq!(function.account(), Some("123456789012"));
        assert_eq!(function.resource_name(), "charge");
        assert_eq!(
            Arn::new("arn:aws:sqs:eu-west-1:1:orders-dlq").resource_name(),
            "orders-dlq"
        );
        let stream = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026-01-01T00:00:00.000";
        assert_eq!(Arn::new(stream).resource_name(), "orders");
        assert_eq!(Arn::new("not an arn").resource_name(), "not an arn");
        assert_eq!(Arn::new("not an arn").account(), None);
    }
}
