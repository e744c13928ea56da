//! What the Gate reads of Lambda: one method for each operation, by its row in the table.

use futures::{Stream, TryStreamExt as _};

use super::Gate;
use crate::{
    domain::function::{
        AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
        FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
    },
    ports::{Operation, Page, Result},
};

impl Gate {
    /// See [`Functions::list_functions`](crate::ports::Functions::list_functions).
    pub async fn list_functions(&self, marker: Option<String>) -> Result<Page<FunctionSummary>> {
        self.call(Operation::ListFunctions, || {
            self.session.list_functions(marker.clone())
        })
        .await
    }

    /// Every function of the account, page by page.
    pub fn function_pages(&self) -> impl Stream<Item = Result<Vec<FunctionSummary>>> + '_ {
        self.pages(Operation::ListFunctions, |marker| {
            self.list_functions(marker)
        })
    }

    /// Every trigger of a function, or of the whole account and region, page by page.
    pub fn mapping_pages<'a>(
        &'a self,
        function: Option<&'a Arn>,
    ) -> impl Stream<Item = Result<Vec<EventSourceMapping>>> + 'a {
        let operation = Operation::ListEventSourceMappings;
        self.pages(operation, move |marker| {
            self.call(operation, move || {
                self.session.event_source_mappings(function, marker.clone())
            })
        })
    }

    /// See [`Functions::configuration`](crate::ports::Functions::configuration).
    pub async fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<FunctionConfiguration> {
        self.sound(Operation::GetFunctionConfiguration, function, qualifier)?;
        self.call(Operation::GetFunctionConfiguration, || {
            self.session.configuration(function, qualifier)
        })
        .await
    }

    /// Every trigger of a function, or of the whole account and region.
    pub async fn event_source_mappings(
        &self,
        function: Option<&Arn>,
    ) -> Result<Vec<EventSourceMapping>> {
        if let Some(function) = function {
            self.sound(Operation::ListEventSourceMappings, function, None)?;
        }
        self.mapping_pages(function).try_concat().await
    }

    /// Every version of a function.
    pub async fn versions(&self, function: &Arn) -> Result<Vec<Version>> {
        self.sound(Operation::ListVersionsByFunction, function, None)?;
        self.all_pages(Operation::ListVersionsByFunction, |marker| {
            self.session.versions(function, marker)
        })
        .await
    }

    /// Every alias of a function.
    pub async fn aliases(&self, function: &Arn) -> Result<Vec<Alias>> {
        self.sound(Operation::ListAliases, function, None)?;
        self.all_pages(Operation::ListAliases, |marker| {
            self.session.aliases(function, marker)
        })
        .await
    }

    /// See [`Functions::async_config`](crate::ports::Functions::async_config).
    pub async fn async_config(&self, function: &Arn) -> Result<Option<AsyncConfig>> {
        self.sound(Operation::GetFunctionEventInvokeConfig, function, None)?;
        self.call(Operation::GetFunctionEventInvokeConfig, || {
            self.session.async_config(function)
        })
        .await
    }

    /// Async settings of every qualifier of a function.
    pub async fn async_configs(&self, function: &Arn) -> Result<Vec<(String, AsyncConfig)>> {
        self.sound(Operation::ListFunctionEventInvokeConfigs, function, None)?;
        self.all_pages(Operation::ListFunctionEventInvokeConfigs, |marker| {
            self.session.async_configs(function, marker)
        })
        .await
    }

    /// See [`Functions::reserved_concurrency`](crate::ports::Functions::reserved_concurrency).
    pub async fn reserved_concurrency(&self, function: &Arn) -> Result<Option<u32>> {
        self.sound(Operation::GetFunctionConcurrency, function, None)?;
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
        self.sound(Operation::ListProvisionedConcurrencyConfigs, function, None)?;
        self.all_pages(Operation::ListProvisionedConcurrencyConfigs, |marker| {
            self.session.provisioned_concurrency(function, marker)
        })
        .await
    }

    /// Every URL of a function.
    pub async fn urls(&self, function: &Arn) -> Result<Vec<FunctionUrl>> {
        self.sound(Operation::ListFunctionUrlConfigs, function, None)?;
        self.all_pages(Operation::ListFunctionUrlConfigs, |marker| {
            self.session.urls(function, marker)
        })
        .await
    }

    /// See [`Functions::tags`](crate::ports::Functions::tags).
    pub async fn tags(&self, function: &Arn) -> Result<Vec<(String, String)>> {
        self.sound(Operation::ListTags, function, None)?;
        self.call(Operation::ListTags, || self.session.tags(function))
            .await
    }

    /// See [`Functions::recursion`](crate::ports::Functions::recursion).
    pub async fn recursion(&self, function: &Arn) -> Result<String> {
        self.sound(Operation::GetFunctionRecursionConfig, function, None)?;
        self.call(Operation::GetFunctionRecursionConfig, || {
            self.session.recursion(function)
        })
        .await
    }

    /// The newest version of every layer.
    pub async fn layers(&self) -> Result<Vec<Arn>> {
        self.all_pages(Operation::ListLayers, |marker| self.session.layers(marker))
            .await
    }

    /// The execution roles of every function, one each.
    pub async fn roles(&self) -> Result<Vec<String>> {
        self.all_pages(Operation::ListFunctions, |marker| {
            self.session.roles(marker)
        })
        .await
    }

    /// See [`Functions::account_settings`](crate::ports::Functions::account_settings).
    pub async fn account_settings(&self) -> Result<AccountSettings> {
        self.call(Operation::GetAccountSettings, || {
            self.session.account_settings()
        })
        .await
    }
}
