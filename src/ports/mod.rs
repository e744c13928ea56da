//! The ports: what lambdeck asks of the world, in its own words.
//!
//! Three traits for the three services, one that joins them into a session, one that opens
//! sessions. `aws` and `demo` implement them; only the Gate (`runtime::gate`) calls them.

pub mod error;
pub mod operation;

use std::future::Future;

use crate::domain::{
    function::{
        AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
        FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
    },
    invocation::{InvokeRequest, InvokeResponse},
    log::{LogPage, LogQuery},
    queue::QueueAttributes,
    session::{Identity, Target},
};

pub use error::{ApiError, ErrorKind};
pub use operation::Operation;

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

    /// Triggers of a function.
    fn event_source_mappings(
        &self,
        function: &Arn,
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
    /// an adapter must not send it again by itself (`aws-facts` §0.1).
    fn invoke(
        &self,
        request: &InvokeRequest,
    ) -> impl Future<Output = Result<InvokeResponse>> + Send;
}

/// CloudWatch Logs.
pub trait Logs: Send + Sync + 'static {
    /// One page of events: at most 1 MB or 10,000 events.
    fn filter_events(&self, query: &LogQuery) -> impl Future<Output = Result<LogPage>> + Send;
}

/// SQS.
pub trait Queues: Send + Sync + 'static {
    /// Counts and settings of the queue with this ARN.
    fn queue_attributes(&self, queue: &Arn)
    -> impl Future<Output = Result<QueueAttributes>> + Send;
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
