//! The table of every operation that lambdeck can ask of AWS.
//!
//! The Gate reads class, retry class, time-out and quota family here; nothing else decides them.
//! A new port method gets its row first.

use std::time::Duration;

use crate::domain::{class::Class, draft::update::Call, queue::QueueEdit};

/// An operation of an AWS API, by its API name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// STS: who am I.
    GetCallerIdentity,
    /// Lambda: limits of the account.
    GetAccountSettings,
    /// Lambda: one page of functions.
    ListFunctions,
    /// Lambda: one configuration.
    GetFunctionConfiguration,
    /// Lambda: one page of triggers.
    ListEventSourceMappings,
    /// Lambda: one page of versions.
    ListVersionsByFunction,
    /// Lambda: one page of aliases.
    ListAliases,
    /// Lambda: async settings.
    GetFunctionEventInvokeConfig,
    /// Lambda: reserved concurrency.
    GetFunctionConcurrency,
    /// Lambda: one page of provisioned concurrency.
    ListProvisionedConcurrencyConfigs,
    /// Lambda: one page of function URLs.
    ListFunctionUrlConfigs,
    /// Lambda: tags.
    ListTags,
    /// Lambda: run a function.
    Invoke,
    /// Lambda: `Invoke` with `DryRun`, which runs nothing.
    DryRunInvoke,
    /// Logs: one page of events.
    FilterLogEvents,
    /// SQS: the URL of a queue.
    GetQueueUrl,
    /// SQS: counts and settings of a queue.
    GetQueueAttributes,
    /// Lambda: async settings of all qualifiers of a function.
    ListFunctionEventInvokeConfigs,
    /// SQS: one page of queues.
    ListQueues,
    /// SQS: take messages for a while.
    ReceiveMessage,
    /// SQS: keep or give back what was taken.
    ChangeMessageVisibilityBatch,
    /// SQS: send messages.
    SendMessageBatch,
    /// SQS: delete messages.
    DeleteMessageBatch,
    /// SQS: delete every message.
    PurgeQueue,
    /// SQS: AWS's own redrive.
    StartMessageMoveTask,
    /// SQS: how AWS's own redrives are doing.
    ListMessageMoveTasks,
    /// SQS: end one.
    CancelMessageMoveTask,
    /// Lambda: change a configuration.
    UpdateFunctionConfiguration,
    /// Lambda: reserve concurrency.
    PutFunctionConcurrency,
    /// Lambda: `PutFunctionConcurrency` with 0, which stops the function.
    StopFunction,
    /// Lambda: give reserved concurrency back.
    DeleteFunctionConcurrency,
    /// Lambda: replace async settings.
    PutFunctionEventInvokeConfig,
    /// Lambda: change some async settings.
    UpdateFunctionEventInvokeConfig,
    /// Lambda: back to the defaults of async settings.
    DeleteFunctionEventInvokeConfig,
    /// Lambda: pause or resume a trigger.
    UpdateEventSourceMapping,
    /// Lambda: where an alias leads.
    UpdateAlias,
    /// Lambda: freeze `$LATEST` as a version.
    PublishVersion,
    /// Lambda: what becomes of detected loops.
    GetFunctionRecursionConfig,
    /// Lambda: one page of layers.
    ListLayers,
    /// Lambda: allow or end detected loops.
    PutFunctionRecursionConfig,
    /// Lambda: keep executions of a version or alias ready.
    PutProvisionedConcurrencyConfig,
    /// Lambda: give provisioned concurrency back.
    DeleteProvisionedConcurrencyConfig,
    /// Lambda: set tags.
    TagResource,
    /// Lambda: remove tags.
    UntagResource,
    /// Lambda: give a function an address.
    CreateFunctionUrlConfig,
    /// Lambda: change a function's address settings.
    UpdateFunctionUrlConfig,
    /// Lambda: take a function's address away, for ever.
    DeleteFunctionUrlConfig,
}

/// Whether the Gate may send an operation again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Reads: throttles, broken connections and 5xx are tried again.
    Safe,
    /// Sent exactly once; an unknown outcome stays unknown (`docs/aws.md` §0.1).
    Once,
}

/// The published quota an operation draws on, per account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quota {
    /// Lambda's control plane: 15 a second over all its APIs (Lambda quotas).
    LambdaControl,
    /// `FilterLogEvents`: 5 to 10 a second, 25 in us-east-1 (CloudWatch Logs quotas).
    FilterLogEvents,
    /// No quota worth keeping.
    None,
}

impl Quota {
    /// Our own budget in calls a second, well under the published quota because the whole
    /// team draws on it; `None` is unlimited.
    pub fn per_second(self, region: &str) -> Option<f64> {
        match self {
            Self::LambdaControl => Some(10.0),
            Self::FilterLogEvents => Some(match region {
                "us-east-1" => 10.0,
                "ap-northeast-3" | "ap-southeast-3" | "ca-west-1" | "eu-central-1"
                | "il-central-1" => 3.0,
                _ => 5.0,
            }),
            Self::None => None,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// API name, as CloudTrail and the documentation spell it.
    pub name: &'static str,
    /// IAM action that allows it.
    pub action: &'static str,
    /// Danger class.
    pub class: Class,
    /// May it be sent again.
    pub retry: Retry,
    /// Time for one attempt; `None` where the request itself carries a deadline.
    pub timeout: Option<Duration>,
    /// Quota family.
    pub quota: Quota,
    /// The longest answer that is read, in bytes; see [`LONGEST_ERROR`] for failures.
    pub longest_answer: usize,
}

/// The longest answer of a listing or a setting that is read: far more than any page has.
const PAGE: usize = 16 << 20;
/// Ten letters of 1 MiB (SQS quotas); in JSON each of their quotes takes two bytes.
const LETTERS: usize = 32 << 20;
/// A response of 6 MB (Lambda quotas), and room for what emulators let through.
const RESPONSE: usize = 8 << 20;
/// The longest failure that is read.
pub const LONGEST_ERROR: usize = 256 << 10;

impl Operation {
    /// That of an edit.
    pub const fn of(call: &Call) -> Self {
        match call {
            Call::Configuration(_) => Self::UpdateFunctionConfiguration,
            Call::Publish { .. } => Self::PublishVersion,
            Call::Reserve(0) => Self::StopFunction,
            Call::Reserve(_) => Self::PutFunctionConcurrency,
            Call::Unreserve => Self::DeleteFunctionConcurrency,
            Call::PutAsync(_) => Self::PutFunctionEventInvokeConfig,
            Call::UpdateAsync(_) => Self::UpdateFunctionEventInvokeConfig,
            Call::DeleteAsync => Self::DeleteFunctionEventInvokeConfig,
            Call::Mapping { .. } => Self::UpdateEventSourceMapping,
            Call::Alias { .. } => Self::UpdateAlias,
            Call::Recursion(_) => Self::PutFunctionRecursionConfig,
            Call::Provision { .. } => Self::PutProvisionedConcurrencyConfig,
            Call::Unprovision { .. } => Self::DeleteProvisionedConcurrencyConfig,
            Call::CreateUrl { .. } => Self::CreateFunctionUrlConfig,
            Call::UpdateUrl { .. } => Self::UpdateFunctionUrlConfig,
            Call::DeleteUrl { .. } => Self::DeleteFunctionUrlConfig,
            Call::Tag(_) => Self::TagResource,
            Call::Untag(_) => Self::UntagResource,
        }
    }

    /// That of an edit of a queue.
    pub const fn of_queue(edit: &QueueEdit) -> Self {
        match edit {
            QueueEdit::Purge => Self::PurgeQueue,
            QueueEdit::StartMove { .. } => Self::StartMessageMoveTask,
            QueueEdit::CancelMove(_) => Self::CancelMessageMoveTask,
        }
    }

    /// Every operation, for the test that walks them.
    pub const ALL: &'static [Self] = &[
        Self::GetCallerIdentity,
        Self::GetAccountSettings,
        Self::ListFunctions,
        Self::GetFunctionConfiguration,
        Self::ListEventSourceMappings,
        Self::ListVersionsByFunction,
        Self::ListAliases,
        Self::GetFunctionEventInvokeConfig,
        Self::GetFunctionConcurrency,
        Self::ListProvisionedConcurrencyConfigs,
        Self::ListFunctionUrlConfigs,
        Self::ListTags,
        Self::Invoke,
        Self::DryRunInvoke,
        Self::FilterLogEvents,
        Self::GetQueueUrl,
        Self::GetQueueAttributes,
        Self::ListFunctionEventInvokeConfigs,
        Self::ListQueues,
        Self::ReceiveMessage,
        Self::ChangeMessageVisibilityBatch,
        Self::SendMessageBatch,
        Self::DeleteMessageBatch,
        Self::PurgeQueue,
        Self::StartMessageMoveTask,
        Self::ListMessageMoveTasks,
        Self::CancelMessageMoveTask,
        Self::UpdateFunctionConfiguration,
        Self::PutFunctionConcurrency,
        Self::StopFunction,
        Self::DeleteFunctionConcurrency,
        Self::PutFunctionEventInvokeConfig,
        Self::UpdateFunctionEventInvokeConfig,
        Self::DeleteFunctionEventInvokeConfig,
        Self::UpdateEventSourceMapping,
        Self::UpdateAlias,
        Self::PublishVersion,
        Self::GetFunctionRecursionConfig,
        Self::ListLayers,
        Self::PutFunctionRecursionConfig,
        Self::PutProvisionedConcurrencyConfig,
        Self::DeleteProvisionedConcurrencyConfig,
        Self::TagResource,
        Self::UntagResource,
        Self::CreateFunctionUrlConfig,
        Self::UpdateFunctionUrlConfig,
        Self::DeleteFunctionUrlConfig,
    ];

    /// The operation that an API calls so. Where one call has two rows, both fit it.
    pub fn named(api: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.spec().name == api)
    }

    /// The operation's row.
    pub const fn spec(self) -> Spec {
        use Quota::{FilterLogEvents as LogsQuota, LambdaControl};
        match self {
            // The first call also waits for the credentials, and a `credential_process` or a
            // sign-in takes its time.
            Self::GetCallerIdentity => Spec {
                timeout: Some(Duration::from_secs(30)),
                ..read("GetCallerIdentity", "sts:GetCallerIdentity", Quota::None)
            },
            Self::GetAccountSettings => read(
                "GetAccountSettings",
                "lambda:GetAccountSettings",
                LambdaControl,
            ),
            Self::ListFunctions => read("ListFunctions", "lambda:ListFunctions", LambdaControl),
            Self::GetFunctionConfiguration => read(
                "GetFunctionConfiguration",
                "lambda:GetFunctionConfiguration",
                LambdaControl,
            ),
            Self::ListEventSourceMappings => read(
                "ListEventSourceMappings",
                "lambda:ListEventSourceMappings",
                LambdaControl,
            ),
            Self::ListVersionsByFunction => read(
                "ListVersionsByFunction",
                "lambda:ListVersionsByFunction",
                LambdaControl,
            ),
            Self::ListAliases => read("ListAliases", "lambda:ListAliases", LambdaControl),
            Self::GetFunctionEventInvokeConfig => read(
                "GetFunctionEventInvokeConfig",
                "lambda:GetFunctionEventInvokeConfig",
                LambdaControl,
            ),
            Self::GetFunctionConcurrency => read(
                "GetFunctionConcurrency",
                "lambda:GetFunctionConcurrency",
                LambdaControl,
            ),
            Self::ListProvisionedConcurrencyConfigs => read(
                "ListProvisionedConcurrencyConfigs",
                "lambda:ListProvisionedConcurrencyConfigs",
                LambdaControl,
            ),
            Self::ListFunctionUrlConfigs => read(
                "ListFunctionUrlConfigs",
                "lambda:ListFunctionUrlConfigs",
                LambdaControl,
            ),
            Self::ListTags => read("ListTags", "lambda:ListTags", LambdaControl),
            Self::Invoke => Spec {
                name: "Invoke",
                action: "lambda:InvokeFunction",
                class: Class::Run,
                retry: Retry::Once,
                timeout: None,
                quota: Quota::None,
                longest_answer: RESPONSE,
            },
            Self::DryRunInvoke => Spec {
                name: "Invoke (dry run)",
                action: "lambda:InvokeFunction",
                class: Class::Read,
                retry: Retry::Once,
                timeout: None,
                quota: Quota::None,
                longest_answer: RESPONSE,
            },
            // Searches a while before it answers; two tries fit into what a read may take.
            Self::FilterLogEvents => Spec {
                timeout: Some(Duration::from_secs(15)),
                ..read("FilterLogEvents", "logs:FilterLogEvents", LogsQuota)
            },
            Self::GetQueueUrl => read("GetQueueUrl", "sqs:GetQueueUrl", Quota::None),
            Self::GetQueueAttributes => {
                read("GetQueueAttributes", "sqs:GetQueueAttributes", Quota::None)
            }
            Self::ListFunctionEventInvokeConfigs => read(
                "ListFunctionEventInvokeConfigs",
                "lambda:ListFunctionEventInvokeConfigs",
                LambdaControl,
            ),
            Self::ListQueues => read("ListQueues", "sqs:ListQueues", Quota::None),
            // Ours poll for 2 s; ten large letters take longer to come.
            Self::ReceiveMessage => Spec {
                class: Class::Look,
                timeout: Some(Duration::from_secs(15)),
                longest_answer: LETTERS,
                ..read("ReceiveMessage", "sqs:ReceiveMessage", Quota::None)
            },
            Self::ChangeMessageVisibilityBatch => Spec {
                class: Class::Look,
                ..read(
                    "ChangeMessageVisibilityBatch",
                    "sqs:ChangeMessageVisibility",
                    Quota::None,
                )
            },
            Self::SendMessageBatch => write("SendMessageBatch", "sqs:SendMessage"),
            // To delete twice is to delete once, so this one may be sent again.
            Self::DeleteMessageBatch => Spec {
                class: Class::Destroy,
                retry: Retry::Safe,
                ..write("DeleteMessageBatch", "sqs:DeleteMessage")
            },
            Self::PurgeQueue => Spec {
                class: Class::Destroy,
                ..write("PurgeQueue", "sqs:PurgeQueue")
            },
            Self::StartMessageMoveTask => write("StartMessageMoveTask", "sqs:StartMessageMoveTask"),
            Self::ListMessageMoveTasks => read(
                "ListMessageMoveTasks",
                "sqs:ListMessageMoveTasks",
                Quota::None,
            ),
            Self::CancelMessageMoveTask => {
                write("CancelMessageMoveTask", "sqs:CancelMessageMoveTask")
            }
            Self::UpdateFunctionConfiguration => control(
                "UpdateFunctionConfiguration",
                "lambda:UpdateFunctionConfiguration",
            ),
            Self::PutFunctionConcurrency => {
                control("PutFunctionConcurrency", "lambda:PutFunctionConcurrency")
            }
            Self::StopFunction => Spec {
                class: Class::Destroy,
                ..control(
                    "PutFunctionConcurrency (0)",
                    "lambda:PutFunctionConcurrency",
                )
            },
            Self::DeleteFunctionConcurrency => control(
                "DeleteFunctionConcurrency",
                "lambda:DeleteFunctionConcurrency",
            ),
            Self::PutFunctionEventInvokeConfig => control(
                "PutFunctionEventInvokeConfig",
                "lambda:PutFunctionEventInvokeConfig",
            ),
            Self::UpdateFunctionEventInvokeConfig => control(
                "UpdateFunctionEventInvokeConfig",
                "lambda:UpdateFunctionEventInvokeConfig",
            ),
            Self::DeleteFunctionEventInvokeConfig => control(
                "DeleteFunctionEventInvokeConfig",
                "lambda:DeleteFunctionEventInvokeConfig",
            ),
            Self::UpdateEventSourceMapping => control(
                "UpdateEventSourceMapping",
                "lambda:UpdateEventSourceMapping",
            ),
            Self::UpdateAlias => control("UpdateAlias", "lambda:UpdateAlias"),
            Self::PublishVersion => control("PublishVersion", "lambda:PublishVersion"),
            Self::GetFunctionRecursionConfig => read(
                "GetFunctionRecursionConfig",
                "lambda:GetFunctionRecursionConfig",
                LambdaControl,
            ),
            Self::ListLayers => read("ListLayers", "lambda:ListLayers", LambdaControl),
            Self::PutFunctionRecursionConfig => control(
                "PutFunctionRecursionConfig",
                "lambda:PutFunctionRecursionConfig",
            ),
            Self::PutProvisionedConcurrencyConfig => control(
                "PutProvisionedConcurrencyConfig",
                "lambda:PutProvisionedConcurrencyConfig",
            ),
            Self::DeleteProvisionedConcurrencyConfig => control(
                "DeleteProvisionedConcurrencyConfig",
                "lambda:DeleteProvisionedConcurrencyConfig",
            ),
            Self::TagResource => control("TagResource", "lambda:TagResource"),
            Self::UntagResource => control("UntagResource", "lambda:UntagResource"),
            Self::CreateFunctionUrlConfig => {
                control("CreateFunctionUrlConfig", "lambda:CreateFunctionUrlConfig")
            }
            Self::UpdateFunctionUrlConfig => {
                control("UpdateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig")
            }
            Self::DeleteFunctionUrlConfig => Spec {
                class: Class::Destroy,
                ..control("DeleteFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig")
            },
        }
    }
}

const fn read(name: &'static str, action: &'static str, quota: Quota) -> Spec {
    Spec {
        name,
        action,
        class: Class::Read,
        retry: Retry::Safe,
        timeout: Some(Duration::from_secs(10)),
        quota,
        longest_answer: PAGE,
    }
}

const fn write(name: &'static str, action: &'static str) -> Spec {
    Spec {
        name,
        action,
        class: Class::Write,
        retry: Retry::Once,
        timeout: Some(Duration::from_secs(15)),
        quota: Quota::None,
        longest_answer: PAGE,
    }
}

/// A write of Lambda's control plane.
const fn control(name: &'static str, action: &'static str) -> Spec {
    Spec {
        quota: Quota::LambdaControl,
        ..write(name, action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_found_by_the_name_of_its_api() {
        for &operation in Operation::ALL {
            let name = operation.spec().name;
            let api = name.split(' ').next().expect("a name");
            let found = Operation::named(api).expect(name);
            assert_eq!(found.spec().longest_answer, operation.spec().longest_answer);
        }
        assert_eq!(Operation::named("AssumeRole"), None);
    }

    #[test]
    fn what_is_not_a_read_is_sent_once() {
        for operation in Operation::ALL {
            let spec = operation.spec();
            if spec.class > Class::Look && *operation != Operation::DeleteMessageBatch {
                assert_eq!(spec.retry, Retry::Once, "{operation:?}");
            }
        }
    }

    #[test]
    fn our_budgets_stay_under_the_published_quotas() {
        for (region, published) in [
            ("us-east-1", 25.0),
            ("eu-central-1", 5.0),
            ("eu-west-1", 10.0),
        ] {
            let ours = Quota::FilterLogEvents
                .per_second(region)
                .expect("has a budget");
            assert!(ours < published, "{region}");
        }
        assert!(
            Quota::LambdaControl
                .per_second("eu-west-1")
                .expect("has a budget")
                < 15.0
        );
    }
}
