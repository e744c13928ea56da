//! The ports: what lambdeck asks of the world, in its own words.
//!
//! Three traits for the three services, one that joins them into a session, one that opens
//! sessions. `aws` and `demo` implement them; only the Gate (`runtime::gate`) calls them.

pub mod error;
pub mod operation;
pub mod wait;

use std::future::Future;

use crate::domain::{
    draft::{
        Routing, Url,
        update::{ConfigurationUpdate, MappingUpdate},
    },
    function::{
        AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
        FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
    },
    invocation::{InvokeRequest, InvokeResponse},
    log::{LogPage, LogQuery},
    queue::{
        BatchAnswer, Handle, Message, MoveRequest, MoveTask, Outgoing, QueueAttributes, QueueUrl,
        Receive, Sent,
    },
    session::{Identity, Target},
};

pub use error::{ApiError, ErrorKind, Outcome, Remedy};
pub use operation::Operation;
pub use wait::{Wait, Waits};

/// What a port method returns.
pub type Result<T> = std::result::Result<T, ApiError>;

/// One page of a listing. The end is the missing marker, never an empty page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// Lambda. `function` is a name or an unqualified ARN everywhere.
pub trait Functions: Send + Sync + 'static {
    /// At most 50 functions (Lambda API), from `marker` on.
    fn list_functions(
        &self,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<FunctionSummary>>> + Send;

    /// The configuration of a function, or of one version or alias.
    fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> impl Future<Output = Result<FunctionConfiguration>> + Send;

    /// Triggers of a function, or of the whole account and region.
    fn event_source_mappings(
        &self,
        function: Option<&Arn>,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<EventSourceMapping>>> + Send;

    /// Published versions and `$LATEST`.
    fn versions(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<Version>>> + Send;

    /// Aliases.
    fn aliases(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<Alias>>> + Send;

    /// Async settings; `None` when the function has none of its own.
    fn async_config(
        &self,
        function: &Arn,
    ) -> impl Future<Output = Result<Option<AsyncConfig>>> + Send;

    /// Async settings of a function's qualifiers; the unqualified function is `$LATEST`.
    fn async_configs(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<(String, AsyncConfig)>>> + Send;

    /// Reserved concurrency; `None` when unreserved, `Some(0)` when switched off.
    fn reserved_concurrency(
        &self,
        function: &Arn,
    ) -> impl Future<Output = Result<Option<u32>>> + Send;

    /// Provisioned concurrency of versions and aliases.
    fn provisioned_concurrency(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<ProvisionedConcurrency>>> + Send;

    /// Function URLs.
    fn urls(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<FunctionUrl>>> + Send;

    /// Tags, in the order of their keys.
    fn tags(&self, function: &Arn) -> impl Future<Output = Result<Vec<(String, String)>>> + Send;

    /// Limits of the account in this region.
    fn account_settings(&self) -> impl Future<Output = Result<AccountSettings>> + Send;

    /// Runs a function, or only checks that it could be run (`DryRun`). One call is one POST:
    /// an adapter must not send it again by itself (`docs/aws.md` §0.1).
    fn invoke(
        &self,
        request: &InvokeRequest,
    ) -> impl Future<Output = Result<InvokeResponse>> + Send;

    /// Changes `$LATEST`. What is `None` stays; the environment is replaced whole. Refused with 412
    /// when the revision is another one, with 409 while an update runs. The update goes on after
    /// the answer, and the revision changes once more when it ends (`docs/aws.md` §1.3): gives the
    /// revision of now, which is no lock for a second update.
    fn update_configuration(
        &self,
        function: &Arn,
        update: &ConfigurationUpdate,
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// Reserves concurrent executions; 0 stops the function.
    fn put_concurrency(
        &self,
        function: &Arn,
        reserved: u32,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives reserved concurrency back.
    fn delete_concurrency(&self, function: &Arn) -> impl Future<Output = Result<()>> + Send;

    /// Replaces the async settings of `$LATEST`.
    fn put_async_config(
        &self,
        function: &Arn,
        config: &AsyncConfig,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Changes the async settings of `$LATEST` that are said; there must be some.
    fn update_async_config(
        &self,
        function: &Arn,
        config: &AsyncConfig,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Back to the defaults of async settings.
    fn delete_async_config(&self, function: &Arn) -> impl Future<Output = Result<()>> + Send;

    /// Changes what is said of a trigger; it takes a while to get there (`Updating`, `Enabling`,
    /// `Disabling`).
    fn update_mapping(
        &self,
        uuid: &str,
        update: &MappingUpdate,
    ) -> impl Future<Output = Result<()>> + Send;

    /// What becomes of detected loops over queues and topics: `Allow` or `Terminate`.
    fn recursion(&self, function: &Arn) -> impl Future<Output = Result<String>> + Send;

    /// Allows or ends detected loops.
    fn put_recursion(&self, function: &Arn, mode: &str) -> impl Future<Output = Result<()>> + Send;

    /// Keeps executions of a version or alias ready; it takes minutes (`IN_PROGRESS`, then `READY`
    /// or `FAILED`).
    fn put_provisioned(
        &self,
        function: &Arn,
        qualifier: &str,
        executions: u32,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives the provisioned concurrency of a version or alias back.
    fn delete_provisioned(
        &self,
        function: &Arn,
        qualifier: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Sets tags; others stay. Takes the unqualified ARN.
    fn tag(
        &self,
        function: &Arn,
        tags: &[(String, String)],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Removes tags. Takes the unqualified ARN.
    fn untag(&self, function: &Arn, keys: &[String]) -> impl Future<Output = Result<()>> + Send;

    /// Gives a function, or an alias of it, a URL.
    fn create_url(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
        url: &Url,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Changes the settings of a URL; its CORS settings stay.
    fn update_url(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
        url: &Url,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Deletes a URL: a new one gets another address.
    fn delete_url(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The newest version of each layer of this account and region.
    fn layers(&self, marker: Option<String>) -> impl Future<Output = Result<Page<Arn>>> + Send;

    /// The execution roles of at most 50 functions (`ListFunctions`), one each.
    fn roles(&self, marker: Option<String>) -> impl Future<Output = Result<Page<String>>> + Send;

    /// Where an alias leads; its weights are replaced whole. Refused with 412 when the alias's
    /// revision is another one.
    fn update_alias(
        &self,
        function: &Arn,
        alias: &str,
        routing: &Routing,
        revision_id: Option<&str>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Freezes `$LATEST` as a version and gives its number; the same one again when nothing
    /// changed since. Refused (412) when its revision is another one than this.
    fn publish_version(
        &self,
        function: &Arn,
        description: &str,
        revision_id: Option<&str>,
    ) -> impl Future<Output = Result<String>> + Send;
}

/// CloudWatch Logs.
pub trait Logs: Send + Sync + 'static {
    /// One page of events: at most 1 MB or 10,000 events.
    fn filter_events(&self, query: &LogQuery) -> impl Future<Output = Result<LogPage>> + Send;
}

/// SQS. Its calls name a queue by URL; batches take 1 to 10 entries and answer each by itself, in
/// their order. An entry that the answer does not mention has an unknown outcome
/// ([`EntryError::NO_ANSWER`](crate::domain::queue::EntryError::NO_ANSWER)). An empty batch is no
/// call.
pub trait Queues: Send + Sync + 'static {
    /// URLs of the queues of this account and region, at most 1,000 a page (SQS API).
    fn list_queues(
        &self,
        marker: Option<String>,
    ) -> impl Future<Output = Result<Page<QueueUrl>>> + Send;

    /// The URL of a queue by its name; of another account by that account's id.
    fn queue_url(
        &self,
        name: &str,
        account: Option<&str>,
    ) -> impl Future<Output = Result<QueueUrl>> + Send;

    /// Counts and settings of a queue.
    fn queue_attributes(
        &self,
        queue: &QueueUrl,
    ) -> impl Future<Output = Result<QueueAttributes>> + Send;

    /// Takes up to ten messages: each is hidden from others for a time and its receive count grows.
    /// There is no look without that (`docs/aws.md` §0.9). What came without a body, an id or a
    /// handle, or with another checksum than its own, has a [`Flaw`](crate::domain::queue::Flaw):
    /// it may be given back and named, never sent or deleted.
    fn receive(
        &self,
        queue: &QueueUrl,
        receive: Receive,
    ) -> impl Future<Output = Result<Vec<Message>>> + Send;

    /// Hides received messages for this many seconds from now, or shows them again (0).
    fn change_visibility(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
        seconds: u32,
    ) -> impl Future<Output = Result<BatchAnswer<()>>> + Send;

    /// Sends up to ten messages of at most 1 MiB together. One call is one POST: an adapter must
    /// not send it again by itself. It compares the checksums SQS gives with those of what was
    /// sent; a message that was stored otherwise is a failed entry
    /// ([`EntryError::CHECKSUM_MISMATCH`](crate::domain::queue::EntryError::CHECKSUM_MISMATCH)),
    /// and one without an id or a checksum in the answer has an unknown outcome.
    fn send_batch(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> impl Future<Output = Result<BatchAnswer<Sent>>> + Send;

    /// Deletes received messages. An old handle can succeed without deleting (SQS API).
    fn delete_batch(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
    ) -> impl Future<Output = Result<BatchAnswer<()>>> + Send;

    /// Deletes every message of a queue; takes up to 60 s, at most once a minute (SQS API).
    fn purge(&self, queue: &QueueUrl) -> impl Future<Output = Result<()>> + Send;

    /// Starts AWS's own redrive; gives the task's handle.
    fn start_move_task(&self, request: &MoveRequest)
    -> impl Future<Output = Result<String>> + Send;

    /// The newest move tasks of a dead-letter queue, at most 10.
    fn move_tasks(&self, source: &Arn) -> impl Future<Output = Result<Vec<MoveTask>>> + Send;

    /// Cancels a running move task; what was moved stays moved. Gives how many that were.
    fn cancel_move_task(&self, handle: &str) -> impl Future<Output = Result<u64>> + Send;
}

/// One opened (profile, region, endpoint).
pub trait Session: Functions + Logs + Queues {
    /// Who the credentials belong to.
    fn caller_identity(&self) -> impl Future<Output = Result<Identity>> + Send;

    /// The region that was resolved.
    fn region(&self) -> &str;

    /// Whether any service is asked at a custom endpoint: no quota is assumed there.
    fn has_custom_endpoint(&self) -> bool;
}

/// Opens sessions: `aws` on a real endpoint, `demo` on the embedded account.
pub trait Provider: Send + Sync + 'static {
    /// What it opens.
    type Session: Session;

    /// What can be opened: the profiles of the user's files. Reads two small files.
    fn profiles(&self) -> Vec<Target>;

    /// A stable word for where the credentials of a target come from: a profile, or the key of
    /// the environment. Kept lists are told apart by it.
    fn credential_source(&self, target: &Target) -> String;

    /// Reads the configuration anew and builds the clients. Makes no call to AWS; fails only
    /// on what can be told without one (no region, an unknown profile).
    fn open(&self, target: &Target) -> impl Future<Output = Result<Self::Session>> + Send;
}
