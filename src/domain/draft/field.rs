//! The settings that can be edited: names, limits and help.
//!
//! Limits are those of the Lambda quotas and API reference (`docs/aws.md` §1.3). An account may
//! have smaller ones: the server decides.

use serde::{Deserialize, Serialize};

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

/// What is on or off.
pub(super) const SWITCH: &[&str] = &["off", "on"];

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A whole number between two, both included.
    Number(u32, u32),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// At most so many characters.
    Text(usize),
    /// At most so many, separated by commas.
    List(usize),
    /// An ARN.
    Arn,
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
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Timeout => "timeout",
            Self::Ephemeral => "ephemeral",
            Self::Description => "description",
            Self::Handler => "handler",
            Self::Runtime => "runtime",
            Self::Role => "role",
            Self::Layers => "layers",
            Self::DeadLetter => "dead_letter",
            Self::Tracing => "tracing",
            Self::LogFormat => "log_format",
            Self::AppLogLevel => "app_log_level",
            Self::SystemLogLevel => "system_log_level",
            Self::LogGroup => "log_group",
            Self::SnapStart => "snap_start",
            Self::Subnets => "subnets",
            Self::SecurityGroups => "security_groups",
            Self::VpcIpv6 => "vpc_ipv6",
            Self::KmsKey => "kms_key",
            Self::FileSystem => "file_system",
            Self::ReservedConcurrency => "reserved_concurrency",
            Self::Recursion => "recursion",
            Self::AsyncRetries => "async_retries",
            Self::AsyncAge => "async_age",
            Self::AsyncOnSuccess => "async_on_success",
            Self::AsyncOnFailure => "async_on_failure",
        }
    }

    /// The setting of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// What it does, in one line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Memory => "MB, 128 to 10,240; CPU grows with it",
            Self::Timeout => "seconds, 1 to 900",
            Self::Ephemeral => "MB of /tmp, 512 to 10,240",
            Self::Description => "free text, at most 256 characters",
            Self::Handler => "what the runtime calls, at most 128 characters",
            Self::Runtime => "identifier of the runtime, for example python3.13",
            Self::Role => "ARN of the execution role; needs iam:PassRole",
            Self::Layers => "at most 5 ARNs of layer versions, in order, separated by commas",
            Self::DeadLetter => "ARN of a queue or topic for async events that failed",
            Self::Tracing => "Active or PassThrough",
            Self::LogFormat => "Text or JSON",
            Self::AppLogLevel => "TRACE to FATAL; needs JSON; empty for the default, INFO",
            Self::SystemLogLevel => {
                "DEBUG, INFO or WARN; needs JSON; WARN hides the reports of successful calls; \
                 empty for the default, INFO"
            }
            Self::LogGroup => "name of the log group; empty for /aws/lambda/NAME",
            Self::SnapStart => "PublishedVersions or None",
            Self::Subnets => "at most 16 ids, separated by commas; empty to leave the VPC",
            Self::SecurityGroups => "at most 5 ids, separated by commas",
            Self::VpcIpv6 => "on or off: outbound IPv6 in dual-stack subnets; needs a VPC",
            Self::KmsKey => "ARN of the key that encrypts the environment; empty for AWS's own",
            Self::FileSystem => {
                "ARN of an access point and its path, arn:…:/mnt/NAME; needs a VPC; empty for none"
            }
            Self::Recursion => "Terminate ends detected loops over queues and topics; or Allow",
            Self::ReservedConcurrency => {
                "executions at once; 0 stops the function; empty to unreserve"
            }
            Self::AsyncRetries => "0 to 2 retries of async events; empty for the default, 2",
            Self::AsyncAge => {
                "seconds, 60 to 21,600, that an async event may wait; empty for 21,600"
            }
            Self::AsyncOnSuccess => "ARN of the destination of async successes",
            Self::AsyncOnFailure => "ARN of the destination of async failures",
        }
    }

    /// What it takes.
    pub const fn limit(self) -> Limit {
        match self {
            Self::Memory => Limit::Number(128, 10_240),
            Self::Timeout => Limit::Number(1, 900),
            Self::Ephemeral => Limit::Number(512, 10_240),
            Self::Description => Limit::Text(256),
            Self::Handler | Self::Runtime => Limit::Text(128),
            Self::Role
            | Self::DeadLetter
            | Self::KmsKey
            | Self::AsyncOnSuccess
            | Self::AsyncOnFailure => Limit::Arn,
            Self::Layers | Self::SecurityGroups => Limit::List(5),
            Self::Tracing => Limit::Choice(&["Active", "PassThrough"]),
            Self::LogFormat => Limit::Choice(&["Text", "JSON"]),
            Self::AppLogLevel => {
                Limit::Choice(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
            }
            Self::SystemLogLevel => Limit::Choice(&["DEBUG", "INFO", "WARN"]),
            Self::LogGroup | Self::FileSystem => Limit::Text(512),
            Self::Recursion => Limit::Choice(&["Allow", "Terminate"]),
            Self::VpcIpv6 => Limit::Choice(SWITCH),
            Self::SnapStart => Limit::Choice(&["None", "PublishedVersions"]),
            Self::Subnets => Limit::List(16),
            Self::ReservedConcurrency => Limit::Number(0, 1_000_000),
            Self::AsyncRetries => Limit::Number(0, 2),
            Self::AsyncAge => Limit::Number(60, 21_600),
        }
    }

    /// What its number counts, where the number alone does not say it.
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::Memory | Self::Ephemeral => Some("MB"),
            Self::Timeout | Self::AsyncAge => Some("s"),
            _ => None,
        }
    }

    /// Whether empty text is an answer: it removes what is set.
    pub const fn can_be_unset(self) -> bool {
        matches!(
            self,
            Self::Description
                | Self::Layers
                | Self::DeadLetter
                | Self::AppLogLevel
                | Self::SystemLogLevel
                | Self::LogGroup
                | Self::Subnets
                | Self::SecurityGroups
                | Self::KmsKey
                | Self::FileSystem
                | Self::ReservedConcurrency
                | Self::AsyncRetries
                | Self::AsyncAge
                | Self::AsyncOnSuccess
                | Self::AsyncOnFailure
        )
    }

    /// Whether `UpdateFunctionConfiguration` carries it.
    pub const fn is_configuration(self) -> bool {
        !matches!(
            self,
            Self::ReservedConcurrency
                | Self::Recursion
                | Self::AsyncRetries
                | Self::AsyncAge
                | Self::AsyncOnSuccess
                | Self::AsyncOnFailure
        )
    }

    /// Whether it is one of the async settings, which are one call.
    pub const fn is_async(self) -> bool {
        matches!(
            self,
            Self::AsyncRetries | Self::AsyncAge | Self::AsyncOnSuccess | Self::AsyncOnFailure
        )
    }

    /// The one form in which a value is compared and kept.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn canonical(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() {
            return if self.can_be_unset() {
                Ok(String::new())
            } else {
                Err(format!("cannot be empty: {}", self.help()))
            };
        }
        let is_mount = self != Self::FileSystem || file_system(text).is_some();
        self.limit()
            .canonical(text)
            .filter(|_| is_mount)
            .map(|value| match self {
                Self::Subnets | Self::SecurityGroups => sorted(&value),
                _ => value,
            })
            .ok_or_else(|| format!("takes {}", self.help()))
    }
}

/// A list whose order says nothing, in one order: AWS gives it in another one than it took.
pub(super) fn sorted(list: &str) -> String {
    let mut items: Vec<&str> = list.split(',').collect();
    items.sort_unstable();
    items.dedup();
    items.join(",")
}

impl Limit {
    /// The one form of a value that is not empty; `None` when it is not allowed.
    pub(super) fn canonical(self, text: &str) -> Option<String> {
        match self {
            Self::Number(low, high) => {
                let number = text.parse::<u32>().ok()?;
                (low..=high).contains(&number).then(|| number.to_string())
            }
            Self::Choice(words) => {
                let mut words = words.iter();
                let word = words.find(|word| word.eq_ignore_ascii_case(text))?;
                Some((*word).to_owned())
            }
            Self::Text(most) => (text.chars().count() <= most).then(|| text.to_owned()),
            Self::List(most) => {
                let items: Vec<&str> = text.split(',').map(str::trim).collect();
                let is_good = items.len() <= most && items.iter().all(|item| !item.is_empty());
                is_good.then(|| items.join(","))
            }
            Self::Arn => text.starts_with("arn:").then(|| text.to_owned()),
        }
    }
}

/// The ARN and the mount path of a file system, as [`Field::FileSystem`] writes them.
pub(super) fn file_system(text: &str) -> Option<(String, String)> {
    let (arn, path) = text.split_once(":/mnt/")?;
    // `/mnt/[a-zA-Z0-9-_.]+` (Lambda API, `FileSystemConfig`).
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_good = arn.starts_with("arn:") && !path.is_empty() && path.chars().all(is_name);
    is_good.then(|| (arn.to_owned(), format!("/mnt/{path}")))
}
