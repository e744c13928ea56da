//! Lambda on a demo account: what each call reads or changes. Reads first, then the edits, whose
//! rules are in [`edits`].

use super::{PAGE, Session, page, readable};
use crate::{
    demo::{
        edits,
        faults::{failure, no_such_function},
        function::{Function, Provisioned},
        invoke,
    },
    domain::{
        draft::update::{Call, Edited},
        function::{
            AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
            FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
        },
        invocation::{InvokeRequest, InvokeResponse},
    },
    ports::{self, ErrorKind, Operation, Page, Result},
};
use async_trait::async_trait;

#[async_trait]
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
        let now_ms = self.world.now_ms();
        let Some(function) = function else {
            return self
                .call(operation, |account, faults| {
                    let rows = account.mappings(now_ms);
                    page(operation, PAGE, rows.len(), marker, faults, |n| {
                        rows[n].clone()
                    })
                })
                .await;
        };
        self.listed(operation, function, marker, |function| {
            function.mappings_at(now_ms)
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
        let now_ms = self.world.now_ms();
        self.listed(operation, function, marker, |function| {
            let at = |one: &Provisioned| one.at(now_ms);
            function.provisioned.iter().map(at).collect()
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

    async fn recursion(&self, function: &Arn) -> Result<String> {
        let operation = Operation::GetFunctionRecursionConfig;
        self.about(operation, function, |function, _| {
            Ok(function.recursion.clone())
        })
        .await
    }

    async fn layers(&self, marker: Option<String>) -> Result<Page<Arn>> {
        let operation = Operation::ListLayers;
        self.call(operation, |account, faults| {
            let layers = account.layers();
            page(operation, PAGE, layers.len(), marker, faults, |n| {
                layers[n].clone()
            })
        })
        .await
    }

    async fn roles(&self, marker: Option<String>) -> Result<Page<String>> {
        let operation = Operation::ListFunctions;
        self.call(operation, |account, faults| {
            page(operation, PAGE, account.total(), marker, faults, |n| {
                account.role(n)
            })
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

    async fn edit(&self, function: &Arn, call: &Call) -> Result<Edited> {
        let operation = Operation::of(call);
        if let Call::Mapping { uuid, update } = call {
            let now_ms = self.world.now_ms();
            return self
                .call(operation, |account, _| {
                    edits::triggers::update(account, uuid, update, now_ms)?;
                    Ok(Edited::default())
                })
                .await;
        }
        self.change(operation, function, |account, found, now_ms, faults| {
            edits::edit(
                account,
                found,
                (function, call),
                now_ms,
                faults.fail_updates,
            )
        })
        .await
    }
}
