//! The settings that can be edited: one table of all that is known of each.
//!
//! Limits are those of the Lambda quotas and API reference (`docs/aws.md` §1.3). An account may
//! have smaller ones: the server decides.

mod spec;

use serde::{Deserialize, Serialize};

use super::value::{Kind, ON_OFF, Value};
use crate::domain::function::{Arn, FunctionConfiguration, Vpc};
pub use spec::Section;
use spec::{Spec, setting};

/// A setting, in the order in which a form shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `MemorySize`, MB.
    Memory,
    /// `Timeout`, seconds.
    Timeout,
    /// `EphemeralStorage.Size`, MB.
    Ephemeral,
    /// `Description`.
    Description,
    /// `Handler`.
    Handler,
    /// `Runtime`.
    Runtime,
    /// `Role`.
    Role,
    /// `Layers`, ARNs of versions.
    Layers,
    /// `DeadLetterConfig.TargetArn`.
    DeadLetter,
    /// `TracingConfig.Mode`.
    Tracing,
    /// `LoggingConfig.LogFormat`.
    LogFormat,
    /// `LoggingConfig.ApplicationLogLevel`.
    AppLogLevel,
    /// `LoggingConfig.SystemLogLevel`.
    SystemLogLevel,
    /// `LoggingConfig.LogGroup`.
    LogGroup,
    /// `SnapStart.ApplyOn`.
    SnapStart,
    /// `VpcConfig.SubnetIds`.
    Subnets,
    /// `VpcConfig.SecurityGroupIds`.
    SecurityGroups,
    /// `VpcConfig.Ipv6AllowedForDualStack`.
    VpcIpv6,
    /// `KMSKeyArn`.
    KmsKey,
    /// `FileSystemConfigs`: ARN and mount path.
    FileSystem,
    /// `ReservedConcurrentExecutions`.
    ReservedConcurrency,
    /// `RecursiveLoop`.
    Recursion,
    /// `MaximumRetryAttempts` of async invokes.
    AsyncRetries,
    /// `MaximumEventAgeInSeconds` of async invokes.
    AsyncAge,
    /// `DestinationConfig.OnSuccess` of async invokes.
    AsyncOnSuccess,
    /// `DestinationConfig.OnFailure` of async invokes.
    AsyncOnFailure,
}

impl Field {
    /// Every setting.
    pub const ALL: [Self; 26] = [
        Self::Memory,
        Self::Timeout,
        Self::Ephemeral,
        Self::Description,
        Self::Handler,
        Self::Runtime,
        Self::Role,
        Self::Layers,
        Self::DeadLetter,
        Self::Tracing,
        Self::LogFormat,
        Self::AppLogLevel,
        Self::SystemLogLevel,
        Self::LogGroup,
        Self::SnapStart,
        Self::Subnets,
        Self::SecurityGroups,
        Self::VpcIpv6,
        Self::KmsKey,
        Self::FileSystem,
        Self::ReservedConcurrency,
        Self::Recursion,
        Self::AsyncRetries,
        Self::AsyncAge,
        Self::AsyncOnSuccess,
        Self::AsyncOnFailure,
    ];

    /// The word on the command line, in files and on screen.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The setting of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// What it is called under the title of its section.
    pub fn label(self) -> String {
        let Spec { name, label, .. } = self.spec();
        label.map_or_else(|| name.replace('_', " "), str::to_owned)
    }

    /// What it does, in one line.
    pub fn help(self) -> &'static str {
        self.spec().help
    }

    /// What it takes.
    pub fn kind(self) -> Kind {
        self.spec().kind
    }

    /// What its number counts, where the number alone does not say it.
    pub fn unit(self) -> Option<&'static str> {
        self.spec().unit
    }

    /// Whether it can be unset.
    pub fn can_be_unset(self) -> bool {
        self.spec().unset.is_some()
    }

    /// What it means that nothing is set.
    pub fn unset(self) -> &'static str {
        self.spec().unset.unwrap_or("–")
    }

    /// Where its member stands in what the API takes and gives: its name, or that of a structure
    /// and its name in there. A structure is sent whole (`docs/aws.md` §1.3).
    pub fn member(self) -> &'static [&'static str] {
        self.spec().member
    }

    /// Whether `UpdateFunctionConfiguration` carries it.
    pub fn is_configuration(self) -> bool {
        self.spec().read.is_some()
    }

    /// Whether it is one of the async settings, which are one call.
    pub fn is_async(self) -> bool {
        let Spec { section, read, .. } = self.spec();
        section == Section::Async && read.is_none()
    }

    /// The settings that are sent with it, because one structure holds them all.
    pub fn sent_with(self) -> impl Iterator<Item = Self> {
        let structure = self.member().first();
        let is_with =
            move |field: &Self| field.is_configuration() && field.member().first() == structure;
        Self::ALL.into_iter().filter(is_with)
    }

    /// What a configuration says of it; unset where AWS left it out.
    pub fn given(self, configuration: &FunctionConfiguration) -> Value {
        let read = self.spec().read;
        read.map_or(Value::Unset, |read| read(configuration))
    }

    /// What holds where AWS leaves it out.
    pub fn default(self) -> Value {
        match self {
            Self::Ephemeral => Value::Number(512),
            Self::Tracing => Value::Text("PassThrough".to_owned()),
            Self::LogFormat => Value::Text("Text".to_owned()),
            Self::SnapStart => Value::Text("None".to_owned()),
            Self::VpcIpv6 => Value::Switch(false),
            _ => Value::Unset,
        }
    }

    /// Reads what is typed.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let value = self.kind().read(text.trim());
        let value = value.map_err(|why| why.unwrap_or_else(|| self.takes()))?;
        self.check(&value)?;
        Ok(value)
    }

    /// Whether it can have this value.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn check(self, value: &Value) -> Result<(), String> {
        if value.is_unset() && !self.can_be_unset() {
            return Err(format!("cannot be empty: {}", self.help()));
        }
        if self.kind().allows(value) {
            Ok(())
        } else {
            Err(self.takes())
        }
    }

    fn takes(self) -> String {
        format!("takes {}", self.help())
    }

    /// The one form in which its value is shown and kept; empty when nothing is set.
    pub fn write(self, value: &Value) -> String {
        self.kind().write(value)
    }

    /// The table.
    fn spec(self) -> Spec {
        use Section::{Async, Concurrency, General, Logging, Network};
        match self {
            Self::Memory => setting(
                "memory",
                General,
                &["MemorySize"],
                Kind::Number(128, 10_240),
                "MB, 128 to 10,240; CPU grows with it",
            )
            .unit("MB")
            .read(|c| Value::Number(c.summary.memory_mb)),
            Self::Timeout => setting(
                "timeout",
                General,
                &["Timeout"],
                Kind::Number(1, 900),
                "seconds, 1 to 900",
            )
            .unit("s")
            .read(|c| Value::Number(c.summary.timeout_s)),
            Self::Ephemeral => setting(
                "ephemeral",
                General,
                &["EphemeralStorage", "Size"],
                Kind::Number(512, 10_240),
                "MB of /tmp, 512 to 10,240",
            )
            .unit("MB")
            .read(|c| Value::number_or_unset(c.ephemeral_mb)),
            Self::Description => setting(
                "description",
                General,
                &["Description"],
                Kind::Text(256),
                "free text, at most 256 characters",
            )
            .unset("–")
            .read(|c| text(Some(&c.description))),
            Self::Handler => setting(
                "handler",
                General,
                &["Handler"],
                Kind::Text(128),
                "what the runtime calls, at most 128 characters",
            )
            .read(|c| text(c.handler.as_deref())),
            Self::Runtime => setting(
                "runtime",
                General,
                &["Runtime"],
                Kind::Text(128),
                "identifier of the runtime, for example python3.13",
            )
            .read(|c| text(c.summary.runtime.as_deref())),
            Self::Role => setting(
                "role",
                General,
                &["Role"],
                Kind::Arn,
                "ARN of the execution role; needs iam:PassRole",
            )
            .read(|c| text(Some(&c.role))),
            Self::Layers => setting(
                "layers",
                General,
                &["Layers"],
                Kind::List(5),
                "at most 5 ARNs of layer versions, in order, separated by commas",
            )
            .unset("none")
            .read(|c| {
                let arns = c.layers.iter().map(|layer| layer.arn.to_string());
                Value::list_or_unset(arns.collect())
            }),
            Self::DeadLetter => setting(
                "dead_letter",
                Async,
                &["DeadLetterConfig", "TargetArn"],
                Kind::Arn,
                "ARN of a queue or topic for async events that failed",
            )
            .unset("none")
            .read(|c| text(c.summary.dead_letter.as_ref().map(Arn::as_str))),
            Self::Tracing => setting(
                "tracing",
                General,
                &["TracingConfig", "Mode"],
                Kind::Choice(&["Active", "PassThrough"]),
                "Active or PassThrough",
            )
            .read(|c| text(c.tracing.as_deref())),
            Self::LogFormat => setting(
                "log_format",
                Logging,
                &["LoggingConfig", "LogFormat"],
                Kind::Choice(&["Text", "JSON"]),
                "Text or JSON",
            )
            .read(|c| text(c.logging.format.as_deref())),
            Self::AppLogLevel => setting(
                "app_log_level",
                Logging,
                &["LoggingConfig", "ApplicationLogLevel"],
                Kind::Choice(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]),
                "TRACE to FATAL; needs JSON; empty for the default, INFO",
            )
            .unset("–")
            .read(|c| text(c.logging.application_level.as_deref())),
            Self::SystemLogLevel => setting(
                "system_log_level",
                Logging,
                &["LoggingConfig", "SystemLogLevel"],
                Kind::Choice(&["DEBUG", "INFO", "WARN"]),
                "DEBUG, INFO or WARN; needs JSON; WARN hides the reports of successful calls; \
                 empty for the default, INFO",
            )
            .unset("–")
            .read(|c| text(c.logging.system_level.as_deref())),
            Self::LogGroup => setting(
                "log_group",
                Logging,
                &["LoggingConfig", "LogGroup"],
                Kind::Text(512),
                "name of the log group; empty for /aws/lambda/NAME",
            )
            .unset("–")
            .read(|c| text(c.summary.log_group.as_deref())),
            Self::SnapStart => setting(
                "snap_start",
                General,
                &["SnapStart", "ApplyOn"],
                Kind::Choice(&["None", "PublishedVersions"]),
                "PublishedVersions or None",
            )
            .read(|c| text(c.snap_start.as_deref())),
            Self::Subnets => setting(
                "subnets",
                Network,
                &["VpcConfig", "SubnetIds"],
                Kind::Set(16),
                "at most 16 ids, separated by commas; empty to leave the VPC",
            )
            .unset("no VPC")
            .read(|c| vpc(c, |vpc| &vpc.subnets)),
            Self::SecurityGroups => setting(
                "security_groups",
                Network,
                &["VpcConfig", "SecurityGroupIds"],
                Kind::Set(5),
                "at most 5 ids, separated by commas",
            )
            .unset("–")
            .read(|c| vpc(c, |vpc| &vpc.security_groups)),
            Self::VpcIpv6 => setting(
                "vpc_ipv6",
                Network,
                &["VpcConfig", "Ipv6AllowedForDualStack"],
                Kind::Switch(ON_OFF),
                "on or off: outbound IPv6 in dual-stack subnets; needs a VPC",
            )
            .read(|c| {
                let vpc = c.vpc.as_ref();
                vpc.map_or(Value::Unset, |vpc| Value::Switch(vpc.ipv6))
            }),
            Self::KmsKey => setting(
                "kms_key",
                Network,
                &["KMSKeyArn"],
                Kind::Arn,
                "ARN of the key that encrypts the environment; empty for AWS's own",
            )
            .unset("AWS's own")
            .read(|c| text(c.kms_key.as_deref())),
            Self::FileSystem => setting(
                "file_system",
                Network,
                &["FileSystemConfigs"],
                Kind::Mount,
                "ARN of an access point and its path, arn:…:/mnt/NAME; needs a VPC; empty for none",
            )
            .unset("none")
            .read(|c| {
                let mounts = c.file_systems.first().cloned();
                mounts.map_or(Value::Unset, |(arn, path)| Value::Mount(arn, path))
            }),
            Self::ReservedConcurrency => setting(
                "reserved_concurrency",
                Concurrency,
                &["ReservedConcurrentExecutions"],
                Kind::Number(0, 1_000_000),
                "executions at once; 0 stops the function; empty to unreserve",
            )
            .label("reserved")
            .unset("unreserved"),
            Self::Recursion => setting(
                "recursion",
                Concurrency,
                &["RecursiveLoop"],
                Kind::Choice(&["Allow", "Terminate"]),
                "Terminate ends detected loops over queues and topics; or Allow",
            ),
            Self::AsyncRetries => setting(
                "async_retries",
                Async,
                &["MaximumRetryAttempts"],
                Kind::Number(0, 2),
                "0 to 2 retries of async events; empty for the default, 2",
            )
            .label("retries")
            .unset("2, the default"),
            Self::AsyncAge => setting(
                "async_age",
                Async,
                &["MaximumEventAgeInSeconds"],
                Kind::Number(60, 21_600),
                "seconds, 60 to 21,600, that an async event may wait; empty for 21,600",
            )
            .unit("s")
            .label("maximum age")
            .unset("21,600 s, the default"),
            Self::AsyncOnSuccess => setting(
                "async_on_success",
                Async,
                &["DestinationConfig", "OnSuccess"],
                Kind::Arn,
                "ARN of the destination of async successes",
            )
            .label("on success")
            .unset("none"),
            Self::AsyncOnFailure => setting(
                "async_on_failure",
                Async,
                &["DestinationConfig", "OnFailure"],
                Kind::Arn,
                "ARN of the destination of async failures",
            )
            .label("on failure")
            .unset("none"),
        }
    }
}

fn text(text: Option<&str>) -> Value {
    Value::text_or_unset(text.unwrap_or_default())
}

fn vpc(configuration: &FunctionConfiguration, list: fn(&Vpc) -> &Vec<String>) -> Value {
    let list = configuration.vpc.as_ref().map(list);
    Kind::set(list.cloned().unwrap_or_default())
}
