//! The ports on a demo account: admission (counting, latency, injected faults), then the answer.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};

use super::{
    World,
    account::Account,
    dice::{label, mix, uuid},
    edits,
    faults::{Faults, denied, failure, has_effect, no_such_function, refused, throttled},
    function::Function,
    invoke, locked, logs,
};
use crate::{
    domain::{
        draft::{Routing, update::ConfigurationUpdate},
        function::{
            AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
            FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
        },
        invocation::{InvokeRequest, InvokeResponse},
        log::{LogPage, LogQuery},
        session::Identity,
    },
    ports::{self, ApiError, ErrorKind, Operation, Page, Result},
};

/// Rows of a page: Lambda gives at most 50, whatever is asked (Lambda API).
const PAGE: usize = 50;

/// One opened demo account.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) world: Arc<World>,
    pub(super) account: Arc<Account>,
}

/// A call between its two halves.
#[derive(Debug)]
pub(super) struct Admission {
    operation: Operation,
    /// Its number among all calls.
    pub number: u32,
    pub faults: Faults,
    /// It fails before it has any effect.
    pub refused: Option<ApiError>,
}

impl Session {
    pub(super) fn new(world: Arc<World>, account: Arc<Account>) -> Self {
        Self { world, account }
    }

    /// Makes one call: counts it, lets it take its time, fails it if a fault says so.
    async fn call<T>(
        &self,
        operation: Operation,
        answer: impl FnOnce(&Account, &Faults) -> Result<T>,
    ) -> Result<T> {
        let admission = self.admit(operation).await;
        let answer = match &admission.refused {
            None => answer(&self.account, &admission.faults),
            Some(error) => Err(error.clone()),
        };
        self.settle(admission, answer).await
    }

    /// The first half of a call, up to its effect.
    pub(super) async fn admit(&self, operation: Operation) -> Admission {
        let number = self.world.count(operation);
        let latency = self.world.latency(operation, number);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let faults = locked(&self.world.faults).clone();
        if faults.hang.contains(&operation) {
            std::future::pending::<()>().await;
        }
        self.world.steps.step().await;
        Admission {
            operation,
            number,
            refused: self.injected(&faults, operation, number),
            faults,
        }
    }

    /// The second half of a call: its answer goes back, or is lost.
    pub(super) async fn settle<T>(&self, admission: Admission, answer: Result<T>) -> Result<T> {
        self.world.steps.step().await;
        let Admission {
            operation,
            number,
            faults,
            ..
        } = admission;
        let seed = self.account.place.seed;
        let lost = has_effect(operation)
            && Faults::strikes(
                faults.lose_reply_one_in,
                &[seed, label("lost"), u64::from(number)],
            );
        let answer = match answer {
            Ok(_) if lost => Err(failure(operation, ErrorKind::Interrupted)),
            answer => answer,
        };
        answer.map_err(|error| ApiError {
            // What never reached AWS has no request id.
            request_id: error.status.map(|_| uuid(mix(&[seed, u64::from(number)]))),
            ..error
        })
    }

    fn injected(&self, faults: &Faults, operation: Operation, call: u32) -> Option<ApiError> {
        if faults.deny.contains(&operation) {
            return Some(denied(operation, &self.account.place.account, "*"));
        }
        if let Some((_, kind)) = faults
            .fail
            .iter()
            .find(|(failing, _)| *failing == operation)
        {
            return Some(failure(operation, *kind));
        }
        let before = self.world.injected_at.load(Ordering::SeqCst);
        if faults
            .expire_after
            .is_some_and(|calls| call > before.saturating_add(calls))
        {
            return Some(failure(operation, ErrorKind::BadCredentials));
        }
        let seed = self.account.place.seed;
        if Faults::strikes(faults.cut_one_in, &[seed, label("cut"), u64::from(call)]) {
            return Some(failure(operation, ErrorKind::Network));
        }
        let throttled_now = faults
            .throttle_every
            .is_some_and(|n| n > 0 && call.is_multiple_of(n));
        throttled_now.then(|| throttled(operation))
    }

    /// A call about one function that exists and may be read.
    async fn about<T>(
        &self,
        operation: Operation,
        function: &Arn,
        answer: impl FnOnce(&Function, &Faults) -> Result<T>,
    ) -> Result<T> {
        self.call(operation, |account, faults| {
            let found = readable(account, operation, function)?;
            answer(&found, faults)
        })
        .await
    }

    /// A call that changes one function; what it has left is kept when it succeeds.
    async fn edit<T>(
        &self,
        operation: Operation,
        function: &Arn,
        change: impl FnOnce(&Account, &mut Function, i64, &Faults) -> Result<T>,
    ) -> Result<T> {
        let now_ms = self.world.now_ms();
        self.call(operation, |account, faults| {
            let mut function = readable(account, operation, function)?.into_owned();
            let answer = change(account, &mut function, now_ms, faults)?;
            account.keep(function);
            Ok(answer)
        })
        .await
    }

    async fn listed<T: Clone>(
        &self,
        operation: Operation,
        function: &Arn,
        marker: Option<String>,
        rows: impl FnOnce(&Function) -> Vec<T>,
    ) -> Result<Page<T>> {
        self.about(operation, function, |function, faults| {
            let rows = rows(function);
            page(operation, PAGE, rows.len(), marker, faults, |n| {
                rows[n].clone()
            })
        })
        .await
    }
}

fn readable<'a>(
    account: &'a Account,
    operation: Operation,
    function: &Arn,
) -> Result<Cow<'a, Function>> {
    let found = account
        .function(function)
        .ok_or_else(|| no_such_function(operation, function, None))?;
    if found.denied.contains(&operation) {
        return Err(denied(
            operation,
            &account.place.account,
            found.arn().as_str(),
        ));
    }
    Ok(found)
}

/// One page of at most `size` out of `total` rows; a marker is the number of its first row.
pub(super) fn page<T>(
    operation: Operation,
    size: usize,
    total: usize,
    marker: Option<String>,
    faults: &Faults,
    row: impl Fn(usize) -> T,
) -> Result<Page<T>> {
    if marker.is_none() && faults.empty_page_with_token {
        return Ok(Page {
            items: Vec::new(),
            next: Some("0".into()),
        });
    }
    let first = match &marker {
        None => 0,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|first| *first <= total)
            .ok_or_else(|| {
                refused(
                    operation,
                    ErrorKind::Invalid,
                    "InvalidParameterValueException",
                    400,
                    "Invalid marker",
                )
            })?,
    };
    let end = total.min(first + size);
    let next = if faults.repeat_token && marker.is_some() {
        marker
    } else {
        (end < total).then(|| end.to_string())
    };
    Ok(Page {
        items: (first..end).map(row).collect(),
        next,
    })
}

impl ports::Functions for Session {
    async fn list_functions(&self, marker: Option<String>) -> Result<Page<FunctionSummary>> {
        let operation = Operation::ListFunctions;
        self.call(operation, |account, faults| {
            page(operation, PAGE, account.total(), marker, faults, |n| {
                account.summary(n)
            })
        })
        .await
    }

    async fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<FunctionConfiguration> {
        let operation = Operation::GetFunctionConfiguration;
        let now_ms = self.world.now_ms();
        self.call(operation, |account, _| {
            let found = readable(account, operation, function)?;
            let version = found
                .resolve(qualifier, u64::MAX)
                .ok_or_else(|| no_such_function(operation, found.arn(), qualifier))?;
            Ok(account.configuration(&found, version, now_ms))
        })
        .await
    }

    async fn event_source_mappings(
        &self,
        function: Option<&Arn>,
        marker: Option<String>,
    ) -> Result<Page<EventSourceMapping>> {
        let operation = Operation::ListEventSourceMappings;
        let Some(function) = function else {
            return self
                .call(operation, |account, faults| {
                    let rows = account.mappings();
                    page(operation, PAGE, rows.len(), marker, faults, |n| {
                        rows[n].clone()
                    })
                })
                .await;
        };
        self.listed(operation, function, marker, |function| {
            function.mappings.clone()
        })
        .await
    }

    async fn versions(&self, function: &Arn, marker: Option<String>) -> Result<Page<Version>> {
        let operation = Operation::ListVersionsByFunction;
        self.listed(operation, function, marker, |function| {
            let latest = Version {
                version: "$LATEST".into(),
                description: function.latest.description.clone(),
                modified: function.latest.summary.modified,
                code_size: function.latest.summary.code_size,
            };
            std::iter::once(latest)
                .chain(function.versions.iter().cloned())
                .collect()
        })
        .await
    }

    async fn aliases(&self, function: &Arn, marker: Option<String>) -> Result<Page<Alias>> {
        let operation = Operation::ListAliases;
        self.listed(operation, function, marker, |function| {
            function.all_aliases().cloned().collect()
        })
        .await
    }

    async fn async_config(&self, function: &Arn) -> Result<Option<AsyncConfig>> {
        let operation = Operation::GetFunctionEventInvokeConfig;
        self.about(operation, function, |function, _| {
            Ok(function.async_config.clone())
        })
        .await
    }

    async fn async_configs(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<(String, AsyncConfig)>> {
        let operation = Operation::ListFunctionEventInvokeConfigs;
        self.listed(operation, function, marker, Function::async_configs)
            .await
    }

    async fn reserved_concurrency(&self, function: &Arn) -> Result<Option<u32>> {
        let operation = Operation::GetFunctionConcurrency;
        self.about(operation, function, |function, _| Ok(function.reserved))
            .await
    }

    async fn provisioned_concurrency(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<ProvisionedConcurrency>> {
        let operation = Operation::ListProvisionedConcurrencyConfigs;
        self.listed(operation, function, marker, |function| {
            function.provisioned.clone()
        })
        .await
    }

    async fn urls(&self, function: &Arn, marker: Option<String>) -> Result<Page<FunctionUrl>> {
        let operation = Operation::ListFunctionUrlConfigs;
        self.listed(operation, function, marker, |function| {
            function.urls.clone()
        })
        .await
    }

    async fn tags(&self, function: &Arn) -> Result<Vec<(String, String)>> {
        self.about(Operation::ListTags, function, |function, _| {
            Ok(function.tags.clone())
        })
        .await
    }

    async fn account_settings(&self) -> Result<AccountSettings> {
        self.call(Operation::GetAccountSettings, |account, _| {
            Ok(account.settings())
        })
        .await
    }

    async fn invoke(&self, request: &InvokeRequest) -> Result<InvokeResponse> {
        let operation = invoke::operation(request);
        let (invoked, cut_after) = self
            .call(operation, |account, faults| {
                let invoked = invoke::invoke(account, request, self.world.now_ms())?;
                Ok((invoked, faults.cut_after))
            })
            .await?;
        if let Some(cut_after) = cut_after {
            tokio::time::sleep(cut_after).await;
            return Err(failure(operation, ErrorKind::Interrupted));
        }
        tokio::time::sleep(invoked.wait).await;
        Ok(invoked.response)
    }

    async fn update_configuration(
        &self,
        function: &Arn,
        update: &ConfigurationUpdate,
    ) -> Result<Option<String>> {
        let operation = Operation::UpdateFunctionConfiguration;
        self.edit(operation, function, |account, function, now_ms, faults| {
            edits::update(account, function, update, now_ms, faults.fail_updates)
        })
        .await
    }

    async fn put_concurrency(&self, function: &Arn, reserved: u32) -> Result<()> {
        let operation = match reserved {
            0 => Operation::StopFunction,
            _ => Operation::PutFunctionConcurrency,
        };
        self.edit(operation, function, |account, function, _, _| {
            edits::reserve(account, operation, function, reserved)
        })
        .await
    }

    async fn delete_concurrency(&self, function: &Arn) -> Result<()> {
        let operation = Operation::DeleteFunctionConcurrency;
        self.edit(operation, function, |_, function, _, _| {
            function.reserved = None;
            Ok(())
        })
        .await
    }

    async fn put_async_config(&self, function: &Arn, config: &AsyncConfig) -> Result<()> {
        let operation = Operation::PutFunctionEventInvokeConfig;
        self.edit(operation, function, |_, function, _, _| {
            function.async_config = Some(config.clone());
            Ok(())
        })
        .await
    }

    async fn update_async_config(&self, function: &Arn, config: &AsyncConfig) -> Result<()> {
        let operation = Operation::UpdateFunctionEventInvokeConfig;
        self.edit(operation, function, |_, function, _, _| {
            edits::merge_async(function, config)
        })
        .await
    }

    async fn delete_async_config(&self, function: &Arn) -> Result<()> {
        let operation = Operation::DeleteFunctionEventInvokeConfig;
        self.edit(operation, function, |_, function, _, _| {
            function.async_config = None;
            Ok(())
        })
        .await
    }

    async fn enable_mapping(&self, uuid: &str, enabled: bool) -> Result<()> {
        let operation = Operation::UpdateEventSourceMapping;
        self.call(operation, |account, _| {
            edits::enable_mapping(account, uuid, enabled)
        })
        .await
    }

    async fn update_alias(
        &self,
        function: &Arn,
        alias: &str,
        routing: &Routing,
        revision_id: Option<&str>,
    ) -> Result<()> {
        let operation = Operation::UpdateAlias;
        self.edit(operation, function, |account, function, _, _| {
            edits::route(account, function, alias, routing, revision_id)
        })
        .await
    }

    async fn publish_version(&self, function: &Arn, description: &str) -> Result<String> {
        let operation = Operation::PublishVersion;
        self.edit(operation, function, |account, function, now_ms, _| {
            edits::publish(account, function, description, now_ms)
        })
        .await
    }
}

impl ports::Logs for Session {
    async fn filter_events(&self, query: &LogQuery) -> Result<LogPage> {
        self.call(Operation::FilterLogEvents, |account, faults| {
            logs::filter_events(account, query, self.world.now_ms(), faults)
        })
        .await
    }
}

impl ports::Session for Session {
    async fn caller_identity(&self) -> Result<Identity> {
        self.call(Operation::GetCallerIdentity, |account, _| {
            let account = account.place.account.clone();
            Ok(Identity {
                arn: format!("arn:aws:sts::{account}:assumed-role/demo/operator"),
                account,
            })
        })
        .await
    }

    fn region(&self) -> &str {
        &self.account.place.region
    }

    fn has_custom_endpoint(&self) -> bool {
        false
    }
}
