//! The Gate: the one door to AWS.
//!
//! Nobody holds a bare port. Runner, engines and headless commands call the Gate, which reads
//! class, retry class, time-out and quota family from the table of operations and applies
//! read-only, the protected lock, the token buckets, the retries and the activity log.
//! It does not know what an answer is for.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use tokio::{sync::watch, time::timeout};

use super::{
    access::Access,
    activity::{ActivityLog, Entry},
    bucket::Buckets,
    clock::Clock,
};
use crate::{
    domain::{
        class::Class,
        function::{
            AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
            FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
        },
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        log::{LogPage, LogQuery},
        queue::QueueAttributes,
        session::{Identity, WriteState},
    },
    ports::{
        ApiError, ErrorKind, Operation, Page, Result, Session,
        operation::{Quota, Retry},
    },
};

/// Attempts of an operation that may be sent again.
const ATTEMPTS: u32 = 4;
/// How long `:unlock` lifts the protected lock.
pub const UNLOCKED_FOR: SignedDuration = SignedDuration::from_mins(30);

/// A session behind its rules.
pub struct Gate<S> {
    session: S,
    profile: Option<String>,
    state: Mutex<State>,
    buckets: Buckets,
    activity: std::sync::Arc<ActivityLog>,
    clock: Clock,
    waiting: watch::Sender<u32>,
}

struct State {
    access: Access,
    identity: Option<Identity>,
}

impl<S: Session> Gate<S> {
    /// Puts a session behind its rules.
    pub fn new(
        session: S,
        profile: Option<String>,
        access: Access,
        activity: std::sync::Arc<ActivityLog>,
        clock: Clock,
    ) -> Self {
        let buckets = Buckets::new(session.region(), session.has_custom_endpoint());
        Self {
            session,
            profile,
            state: Mutex::new(State {
                access,
                identity: None,
            }),
            buckets,
            activity,
            clock,
            waiting: watch::Sender::new(0),
        }
    }

    /// The region that was resolved.
    pub fn region(&self) -> &str {
        self.session.region()
    }

    /// Whether a custom endpoint is in use.
    pub fn has_custom_endpoint(&self) -> bool {
        self.session.has_custom_endpoint()
    }

    /// Counts the calls that wait for quota.
    pub fn waiting(&self) -> watch::Receiver<u32> {
        self.waiting.subscribe()
    }

    /// What may be written now.
    pub fn write_state(&self) -> WriteState {
        let state = self.state();
        let account = state
            .identity
            .as_ref()
            .map(|identity| identity.account.as_str());
        state
            .access
            .write_state(self.profile.as_deref(), account, self.clock.now())
    }

    /// Lifts the protected lock for [`UNLOCKED_FOR`].
    pub fn unlock(&self) -> WriteState {
        self.state()
            .access
            .unlock_until(self.clock.now() + UNLOCKED_FOR);
        self.write_state()
    }

    /// Who the credentials belong to; settles the write state.
    pub async fn identify(&self) -> Result<Identity> {
        let identity = self
            .call(Operation::GetCallerIdentity, || {
                self.session.caller_identity()
            })
            .await?;
        self.state().identity = Some(identity.clone());
        Ok(identity)
    }

    /// See [`Functions::list_functions`](crate::ports::Functions::list_functions).
    pub async fn list_functions(&self, marker: Option<String>) -> Result<Page<FunctionSummary>> {
        self.call(Operation::ListFunctions, || {
            self.session.list_functions(marker.clone())
        })
        .await
    }

    /// See [`Functions::configuration`](crate::ports::Functions::configuration).
    pub async fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<FunctionConfiguration> {
        self.call(Operation::GetFunctionConfiguration, || {
            self.session.configuration(function, qualifier)
        })
        .await
    }

    /// Every trigger of a function.
    pub async fn event_source_mappings(&self, function: &Arn) -> Result<Vec<EventSourceMapping>> {
        self.all_pages(Operation::ListEventSourceMappings, |marker| {
            self.session.event_source_mappings(function, marker)
        })
        .await
    }

    /// Every version of a function.
    pub async fn versions(&self, function: &Arn) -> Result<Vec<Version>> {
        self.all_pages(Operation::ListVersionsByFunction, |marker| {
            self.session.versions(function, marker)
        })
        .await
    }

    /// Every alias of a function.
    pub async fn aliases(&self, function: &Arn) -> Result<Vec<Alias>> {
        self.all_pages(Operation::ListAliases, |marker| {
            self.session.aliases(function, marker)
        })
        .await
    }

    /// See [`Functions::async_config`](crate::ports::Functions::async_config).
    pub async fn async_config(&self, function: &Arn) -> Result<Option<AsyncConfig>> {
        self.call(Operation::GetFunctionEventInvokeConfig, || {
            self.session.async_config(function)
        })
        .await
    }

    /// See [`Functions::reserved_concurrency`](crate::ports::Functions::reserved_concurrency).
    pub async fn reserved_concurrency(&self, function: &Arn) -> Result<Option<u32>> {
        self.call(Operation::GetFunctionConcurrency, || {
            self.session.reserved_concurrency(function)
        })
        .await
    }

    /// Every provisioned concurrency of a function.
    pub async fn provisioned_concurrency(
        &self,
        function: &Arn,
    ) -> Result<Vec<ProvisionedConcurrency>> {
        self.all_pages(Operation::ListProvisionedConcurrencyConfigs, |marker| {
            self.session.provisioned_concurrency(function, marker)
        })
        .await
    }

    /// Every URL of a function.
    pub async fn urls(&self, function: &Arn) -> Result<Vec<FunctionUrl>> {
        self.all_pages(Operation::ListFunctionUrlConfigs, |marker| {
            self.session.urls(function, marker)
        })
        .await
    }

    /// See [`Functions::tags`](crate::ports::Functions::tags).
    pub async fn tags(&self, function: &Arn) -> Result<Vec<(String, String)>> {
        self.call(Operation::ListTags, || self.session.tags(function))
            .await
    }

    /// See [`Functions::account_settings`](crate::ports::Functions::account_settings).
    pub async fn account_settings(&self) -> Result<AccountSettings> {
        self.call(Operation::GetAccountSettings, || {
            self.session.account_settings()
        })
        .await
    }

    /// See [`Logs::filter_events`](crate::ports::Logs::filter_events).
    pub async fn filter_events(&self, query: &LogQuery) -> Result<LogPage> {
        self.call(Operation::FilterLogEvents, || {
            self.session.filter_events(query)
        })
        .await
    }

    /// See [`Queues::queue_attributes`](crate::ports::Queues::queue_attributes).
    pub async fn queue_attributes(&self, queue: &Arn) -> Result<QueueAttributes> {
        self.call(Operation::GetQueueAttributes, || {
            self.session.queue_attributes(queue)
        })
        .await
    }

    /// Runs a function exactly once. An entry in the activity log comes before the call and is
    /// completed after; when it cannot be written, nothing is sent.
    pub async fn invoke(&self, request: &InvokeRequest) -> Result<InvokeResponse> {
        match self.invoke_until(request, std::future::pending()).await? {
            Some(response) => Ok(response),
            None => unreachable!("a future that is never ready stops nothing"),
        }
    }

    /// As [`Gate::invoke`], but waits only until `stop` is ready: then `None`, the log says that
    /// nobody waited, and the function goes on.
    pub async fn invoke_until(
        &self,
        request: &InvokeRequest,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<InvokeResponse>> {
        let operation = match request.kind {
            InvocationType::DryRun => Operation::DryRunInvoke,
            InvocationType::RequestResponse | InvocationType::Event => Operation::Invoke,
        };
        self.permit(operation)?;
        let deadline = Some(request.deadline);
        let is_recorded = operation.spec().class > Class::Read;
        let entry = self.invoke_entry(request);
        if is_recorded {
            self.record(operation, entry.clone()).await?;
        }
        let answer = tokio::select! {
            biased;
            answer = self.once(operation, deadline, self.session.invoke(request)) => answer.map(Some),
            () = stop => Ok(None),
        };
        if !is_recorded {
            return answer;
        }
        let outcome = match &answer {
            Ok(None) => "nobody waited for the answer".to_owned(),
            Ok(Some(response)) => match &response.function_error {
                Some(error) => format!("{}, function error: {error}", response.status),
                None => response.status.to_string(),
            },
            Err(error) => error.to_string(),
        };
        let completed = Entry {
            at: self.clock.now(),
            outcome: Some(outcome),
            ..entry
        };
        // The call is made: a completion that cannot be written must not hide its answer.
        if let Err(error) = self.record(operation, completed).await {
            tracing::error!(%error, "the activity log was not completed");
        }
        answer
    }

    fn invoke_entry(&self, request: &InvokeRequest) -> Entry {
        let payload = request.payload.reveal();
        let hash: String = Sha256::digest(payload)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut command = format!(
            "aws lambda invoke --region {} --function-name {} --invocation-type {} --payload fileb://payload-{hash}.json",
            self.region(),
            request.function,
            request.kind.as_str(),
        );
        if let Some(qualifier) = &request.qualifier {
            command.push_str(&format!(" --qualifier '{qualifier}'"));
        }
        if request.client_context.is_some() {
            command.push_str(" --client-context file://client-context.base64");
        }
        command.push_str(" response.json");
        let identity = self.state().identity.clone();
        let now = self.clock.now();
        Entry {
            id: format!("{}-{:08x}", now.as_millisecond(), fastrand::u32(..)),
            at: now,
            account: identity.as_ref().map_or_else(
                || "identity unknown".to_owned(),
                |identity| identity.account.clone(),
            ),
            identity: identity.map(|identity| identity.arn),
            region: self.region().to_owned(),
            operation: "Invoke".to_owned(),
            target: request.function.to_string(),
            summary: format!(
                "invoke {}{} ({}), payload of {} bytes, sha256 {hash}…",
                request.function.resource_name(),
                request
                    .qualifier
                    .as_deref()
                    .map(|q| format!(":{q}"))
                    .unwrap_or_default(),
                request.kind.title(),
                payload.len(),
            ),
            command,
            outcome: None,
        }
    }

    async fn record(&self, operation: Operation, entry: Entry) -> Result<()> {
        let activity = std::sync::Arc::clone(&self.activity);
        let written = tokio::task::spawn_blocking(move || activity.append(&entry)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ApiError::new(
                operation,
                ErrorKind::Other,
                format!("nothing was sent: the activity log cannot be written ({error})"),
            )),
            Err(error) => Err(ApiError::new(
                operation,
                ErrorKind::Other,
                error.to_string(),
            )),
        }
    }

    /// Refuses what the class forbids, before anything is sent.
    fn permit(&self, operation: Operation) -> Result<()> {
        let class = operation.spec().class;
        let name = operation.spec().name;
        match self.write_state() {
            WriteState::ReadOnly if class > Class::Read => Err(ApiError::new(
                operation,
                ErrorKind::ReadOnly,
                format!("{name} is a {} and this session is read-only", class.name()),
            )),
            WriteState::Protected if class > Class::Look => Err(ApiError::new(
                operation,
                ErrorKind::Protected,
                format!("{name} is a {} and this session is protected", class.name()),
            )),
            _ => Ok(()),
        }
    }

    /// An operation under its rules, tried again where its row allows that.
    async fn call<T, F, Fut>(&self, operation: Operation, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.permit(operation)?;
        let spec = operation.spec();
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = self.once(operation, spec.timeout, attempt()).await;
            let Err(error) = &answer else { return answer };
            if spec.retry == Retry::Once || tried == ATTEMPTS || !error.is_transient() {
                return answer;
            }
            let pause = pause_before_retry(tried, error.retry_after);
            if error.kind == ErrorKind::Throttled {
                self.buckets.hold(spec.quota, pause);
            }
            tracing::debug!(operation = spec.name, %error, ?pause, "again");
            tokio::time::sleep(pause).await;
        }
    }

    /// One attempt: its turn in the bucket, then the call within its time.
    async fn once<T>(
        &self,
        operation: Operation,
        limit: Option<Duration>,
        attempt: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.wait_for_quota(operation.spec().quota).await;
        let Some(limit) = limit else {
            return attempt.await;
        };
        timeout(limit, attempt).await.unwrap_or_else(|_| {
            Err(ApiError::new(
                operation,
                ErrorKind::TimedOut,
                format!("no answer in {} s", limit.as_secs()),
            ))
        })
    }

    async fn wait_for_quota(&self, quota: Quota) {
        let wait = self.buckets.reserve(quota);
        if wait.is_zero() {
            return;
        }
        let _waiting = Waiting::new(&self.waiting);
        tokio::time::sleep(wait).await;
    }

    /// Every page of a listing. A marker that repeats itself would walk for ever: the walk ends
    /// with an error that says so.
    async fn all_pages<T, F, Fut>(&self, operation: Operation, page: F) -> Result<Vec<T>>
    where
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<Page<T>>>,
    {
        let mut items = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let answer = self.call(operation, || page(marker.clone())).await?;
            items.extend(answer.items);
            match answer.next {
                None => return Ok(items),
                next if next == marker => return Err(repeated_marker(operation)),
                next => marker = next,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The failure of a walk whose server hands out the same marker twice.
pub fn repeated_marker(operation: Operation) -> ApiError {
    ApiError::new(
        operation,
        ErrorKind::Service,
        "the server repeats a page marker: the list is not complete",
    )
}

/// Exponential, with half of it random so that many clients do not come back together.
fn pause_before_retry(tried: u32, retry_after: Option<Duration>) -> Duration {
    let full = Duration::from_millis(200) * 2_u32.pow(tried.min(6));
    let jittered = full / 2 + full.mul_f64(fastrand::f64() / 2.0);
    retry_after
        .unwrap_or(Duration::ZERO)
        .max(jittered)
        .min(Duration::from_secs(20))
}

/// Counts one waiting call for as long as it lives, also when its task is cancelled.
struct Waiting<'a>(&'a watch::Sender<u32>);

impl<'a> Waiting<'a> {
    fn new(count: &'a watch::Sender<u32>) -> Self {
        count.send_modify(|waiting| *waiting += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}
