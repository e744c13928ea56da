//! The ports: what lambdeck asks of the world, in its own words.
//!
//! Three traits for the three services, one that joins them into a session, one that opens
//! sessions. `aws` and `demo` implement them; only the Gate (`runtime::gate`) calls them.

pub mod error;
pub mod operation;
pub mod wait;

use async_trait::async_trait;

use crate::domain::{
    draft::update::{Call, Edited},
    function::{
        AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
        FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
    },
    invocation::{InvokeRequest, InvokeResponse},
    log::{LogPage, LogQuery},
    queue::{
        BatchAnswer, Handle, Message, MoveTask, OpenQueue, Outgoing, QueueAttributes, QueueEdit,
        QueueEdited, QueueUrl, Receive, Sent,
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
#[async_trait]
pub trait Functions: Send + Sync + 'static {
    /// At most 50 functions (Lambda API), from `marker` on.
    async fn list_functions(&self, marker: Option<String>) -> Result<Page<FunctionSummary>>;

    /// The configuration of a function, or of one version or alias.
    async fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<FunctionConfiguration>;

    /// Triggers of a function, or of the whole account and region.
    async fn event_source_mappings(
        &self,
        function: Option<&Arn>,
        marker: Option<String>,
    ) -> Result<Page<EventSourceMapping>>;

    /// Published versions and `$LATEST`.
    async fn versions(&self, function: &Arn, marker: Option<String>) -> Result<Page<Version>>;

    /// Aliases.
    async fn aliases(&self, function: &Arn, marker: Option<String>) -> Result<Page<Alias>>;

    /// Async settings; `None` when the function has none of its own.
    async fn async_config(&self, function: &Arn) -> Result<Option<AsyncConfig>>;

    /// Async settings of a function's qualifiers; the unqualified function is `$LATEST`.
    async fn async_configs(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<(String, AsyncConfig)>>;

    /// Reserved concurrency; `None` when unreserved, `Some(0)` when switched off.
    async fn reserved_concurrency(&self, function: &Arn) -> Result<Option<u32>>;

    /// Provisioned concurrency of versions and aliases.
    async fn provisioned_concurrency(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<ProvisionedConcurrency>>;

    /// Function URLs.
    async fn urls(&self, function: &Arn, marker: Option<String>) -> Result<Page<FunctionUrl>>;

    /// Tags, in the order of their keys.
    async fn tags(&self, function: &Arn) -> Result<Vec<(String, String)>>;

    /// Limits of the account in this region.
    async fn account_settings(&self) -> Result<AccountSettings>;

    /// Runs a function, or only checks that it could be run (`DryRun`). One call is one POST:
    /// an adapter must not send it again by itself (`docs/aws.md` §0.1).
    async fn invoke(&self, request: &InvokeRequest) -> Result<InvokeResponse>;

    /// What becomes of detected loops over queues and topics: `Allow` or `Terminate`.
    async fn recursion(&self, function: &Arn) -> Result<String>;

    /// Makes one edit of a function: one call, which an adapter must not send again by itself.
    /// Refused with 412 when the call names another revision than there is, with 409 while an
    /// update runs. An update goes on after its answer (`docs/aws.md` §1.3), and so do triggers
    /// and provisioned concurrency: whoever wants to know how it ended reads again.
    async fn edit(&self, function: &Arn, call: &Call) -> Result<Edited>;

    /// The newest version of each layer of this account and region.
    async fn layers(&self, marker: Option<String>) -> Result<Page<Arn>>;

    /// The execution roles of at most 50 functions (`ListFunctions`), one each.
    async fn roles(&self, marker: Option<String>) -> Result<Page<String>>;
}

/// CloudWatch Logs.
#[async_trait]
pub trait Logs: Send + Sync + 'static {
    /// One page of events: at most 1 MB or 10,000 events.
    async fn filter_events(&self, query: &LogQuery) -> Result<LogPage>;
}

/// SQS. Its calls name a queue by URL; batches take 1 to 10 entries and answer each by itself, in
/// their order. An entry that the answer does not mention has an unknown outcome
/// ([`EntryError::NO_ANSWER`](crate::domain::queue::EntryError::NO_ANSWER)). An empty batch is no
/// call.
#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// URLs of the queues of this account and region, at most 1,000 a page (SQS API).
    async fn list_queues(&self, marker: Option<String>) -> Result<Page<QueueUrl>>;

    /// The URL of a queue by its name; of another account by that account's id.
    async fn queue_url(&self, name: &str, account: Option<&str>) -> Result<QueueUrl>;

    /// Counts and settings of a queue.
    async fn queue_attributes(&self, queue: &QueueUrl) -> Result<QueueAttributes>;

    /// Takes up to ten messages: each is hidden from others for a time and its receive count
    /// grows. There is no look without that (`docs/aws.md` §0.9). What came without a body, an id or
    /// a handle, or with another checksum than its own, has a [`Flaw`](crate::domain::queue::Flaw):
    /// it may be given back and named, never sent or deleted.
    async fn receive(&self, queue: &QueueUrl, receive: Receive) -> Result<Vec<Message>>;

    /// Hides received messages for this many seconds from now, or shows them again (0).
    async fn change_visibility(
        &self,
        queue: &QueueUrl,
        handles: &[Handle],
        seconds: u32,
    ) -> Result<BatchAnswer<()>>;

    /// Sends up to ten messages of at most 1 MiB together. One call is one POST: an adapter must
    /// not send it again by itself. It compares the checksums SQS gives with those of what was
    /// sent; a message that was stored otherwise is a failed entry
    /// ([`EntryError::CHECKSUM_MISMATCH`](crate::domain::queue::EntryError::CHECKSUM_MISMATCH)),
    /// and one without an id or a checksum in the answer has an unknown outcome.
    async fn send_batch(
        &self,
        queue: &QueueUrl,
        messages: &[Outgoing],
    ) -> Result<BatchAnswer<Sent>>;

    /// Deletes received messages. An old handle can succeed without deleting (SQS API).
    async fn delete_batch(&self, queue: &QueueUrl, handles: &[Handle]) -> Result<BatchAnswer<()>>;

    /// The newest move tasks of a dead-letter queue, at most 10.
    async fn move_tasks(&self, source: &Arn) -> Result<Vec<MoveTask>>;

    /// Makes one edit of a whole queue: one call, which an adapter must not send again by itself.
    async fn edit_queue(&self, queue: &OpenQueue, edit: &QueueEdit) -> Result<QueueEdited>;
}

/// One opened (profile, region, endpoint).
#[async_trait]
pub trait Session: Functions + Logs + Queues {
    /// Who the credentials belong to.
    async fn caller_identity(&self) -> Result<Identity>;

    /// The region that was resolved.
    fn region(&self) -> &str;

    /// Whether any service is asked at a custom endpoint: no quota is assumed there.
    fn has_custom_endpoint(&self) -> bool;
}

/// Opens sessions: `aws` on a real endpoint, `demo` on the embedded account.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// What can be opened: the profiles of the user's files. Reads two small files.
    fn profiles(&self) -> Vec<Target>;

    /// A stable word for where the credentials of a target come from: a profile, or the key of
    /// the environment. Kept lists are told apart by it.
    fn credential_source(&self, target: &Target) -> String;

    /// Reads the configuration anew and builds the clients. Makes no call to AWS; fails only
    /// on what can be told without one (no region, an unknown profile).
    async fn open(&self, target: &Target) -> Result<Box<dyn Session>>;
}
