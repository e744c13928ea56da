//! Lambda behind the [`Functions`] port: the reads and invokes; the writes are in [`edits`].

mod edits;

use async_trait::async_trait;
use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::{
    operation::RequestId,
    primitives::Blob,
    types::{InvocationType as SdkInvocationType, LogType, RecursiveLoop},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    domain::{
        draft::update::{Call, Edited},
        function::{
            AccountSettings, Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration,
            FunctionSummary, FunctionUrl, ProvisionedConcurrency, Version,
        },
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        secret::Secret,
    },
    ports::{ErrorKind, Functions, Operation, Page, Result},
};

use super::{convert, session::AwsSession};

/// `ListFunctions`, `ListVersionsByFunction` and `ListFunctionEventInvokeConfigs` return no more,
/// whatever is asked (Lambda API).
const PAGE: i32 = 50;

#[async_trait]
impl Functions for AwsSession {
    async fn list_functions(&self, marker: Option<String>) -> Result<Page<FunctionSummary>> {
        let page = self
            .lambda(Operation::ListFunctions, &[marker.as_deref()])?
            .list_functions()
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListFunctions, &error))?;
        Ok(Page {
            items: page
                .functions()
                .iter()
                .filter_map(convert::summary)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn configuration(
        &self,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<FunctionConfiguration> {
        let answer = self
            .lambda(
                Operation::GetFunctionConfiguration,
                &[Some(function.as_str()), qualifier],
            )?
            .get_function_configuration()
            .function_name(function.as_str())
            .set_qualifier(qualifier.map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                self.caller
                    .error(Operation::GetFunctionConfiguration, &error)
            })?;
        Ok(convert::configuration(answer))
    }

    async fn event_source_mappings(
        &self,
        function: Option<&Arn>,
        marker: Option<String>,
    ) -> Result<Page<EventSourceMapping>> {
        let page = self
            .lambda(
                Operation::ListEventSourceMappings,
                &[function.map(Arn::as_str), marker.as_deref()],
            )?
            .list_event_source_mappings()
            .set_function_name(function.map(|function| function.as_str().to_owned()))
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| {
                self.caller
                    .error(Operation::ListEventSourceMappings, &error)
            })?;
        Ok(Page {
            items: page
                .event_source_mappings
                .unwrap_or_default()
                .into_iter()
                .map(convert::mapping)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn versions(&self, function: &Arn, marker: Option<String>) -> Result<Page<Version>> {
        let page = self
            .lambda(
                Operation::ListVersionsByFunction,
                &[Some(function.as_str()), marker.as_deref()],
            )?
            .list_versions_by_function()
            .function_name(function.as_str())
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListVersionsByFunction, &error))?;
        Ok(Page {
            items: page
                .versions
                .unwrap_or_default()
                .into_iter()
                .map(convert::version)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn aliases(&self, function: &Arn, marker: Option<String>) -> Result<Page<Alias>> {
        let page = self
            .lambda(
                Operation::ListAliases,
                &[Some(function.as_str()), marker.as_deref()],
            )?
            .list_aliases()
            .function_name(function.as_str())
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListAliases, &error))?;
        Ok(Page {
            items: page
                .aliases
                .unwrap_or_default()
                .into_iter()
                .map(convert::alias)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn async_config(&self, function: &Arn) -> Result<Option<AsyncConfig>> {
        let answer = self
            .lambda(
                Operation::GetFunctionEventInvokeConfig,
                &[Some(function.as_str())],
            )?
            .get_function_event_invoke_config()
            .function_name(function.as_str())
            .send()
            .await
            .map_err(|error| {
                self.caller
                    .error(Operation::GetFunctionEventInvokeConfig, &error)
            });
        match answer {
            Ok(config) => Ok(Some(convert::async_config(&config))),
            // The same 404 says «no such function»; only the words tell the two apart.
            Err(error)
                if error.kind == ErrorKind::NotFound
                    && error.message.contains("EventInvokeConfig") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn async_configs(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<(String, AsyncConfig)>> {
        let page = self
            .lambda(
                Operation::ListFunctionEventInvokeConfigs,
                &[Some(function.as_str()), marker.as_deref()],
            )?
            .list_function_event_invoke_configs()
            .function_name(function.as_str())
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| {
                self.caller
                    .error(Operation::ListFunctionEventInvokeConfigs, &error)
            })?;
        Ok(Page {
            items: page
                .function_event_invoke_configs()
                .iter()
                .map(convert::async_config_row)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn reserved_concurrency(&self, function: &Arn) -> Result<Option<u32>> {
        let answer = self
            .lambda(
                Operation::GetFunctionConcurrency,
                &[Some(function.as_str())],
            )?
            .get_function_concurrency()
            .function_name(function.as_str())
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetFunctionConcurrency, &error))?;
        Ok(answer
            .reserved_concurrent_executions
            .and_then(|n| u32::try_from(n).ok()))
    }

    async fn provisioned_concurrency(
        &self,
        function: &Arn,
        marker: Option<String>,
    ) -> Result<Page<ProvisionedConcurrency>> {
        let answer = self
            .lambda(
                Operation::ListProvisionedConcurrencyConfigs,
                &[Some(function.as_str()), marker.as_deref()],
            )?
            .list_provisioned_concurrency_configs()
            .function_name(function.as_str())
            .set_marker(marker)
            .send()
            .await;
        let page = match answer {
            Ok(page) => page,
            // Emulators say "there is none" by an error.
            Err(error) if error.code() == Some("ProvisionedConcurrencyConfigNotFoundException") => {
                return Ok(Page {
                    items: Vec::new(),
                    next: None,
                });
            }
            Err(error) => {
                let operation = Operation::ListProvisionedConcurrencyConfigs;
                return Err(self.caller.error(operation, &error));
            }
        };
        Ok(Page {
            items: page
                .provisioned_concurrency_configs
                .unwrap_or_default()
                .into_iter()
                .map(convert::provisioned)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn urls(&self, function: &Arn, marker: Option<String>) -> Result<Page<FunctionUrl>> {
        let page = self
            .lambda(
                Operation::ListFunctionUrlConfigs,
                &[Some(function.as_str()), marker.as_deref()],
            )?
            .list_function_url_configs()
            .function_name(function.as_str())
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListFunctionUrlConfigs, &error))?;
        Ok(Page {
            items: page
                .function_url_configs
                .into_iter()
                .map(convert::url)
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn tags(&self, function: &Arn) -> Result<Vec<(String, String)>> {
        let answer = self
            .lambda(Operation::ListTags, &[Some(function.as_str())])?
            .list_tags()
            .resource(function.as_str())
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListTags, &error))?;
        let mut tags: Vec<_> = answer.tags.unwrap_or_default().into_iter().collect();
        tags.sort();
        Ok(tags)
    }

    async fn account_settings(&self) -> Result<AccountSettings> {
        let answer = self
            .lambda(Operation::GetAccountSettings, &[])?
            .get_account_settings()
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::GetAccountSettings, &error))?;
        Ok(convert::account(&answer))
    }

    async fn invoke(&self, request: &InvokeRequest) -> Result<InvokeResponse> {
        let operation = match request.kind {
            InvocationType::DryRun => Operation::DryRunInvoke,
            InvocationType::RequestResponse | InvocationType::Event => Operation::Invoke,
        };
        let synchronous = request.kind == InvocationType::RequestResponse;
        let context = request
            .client_context
            .as_ref()
            .filter(|_| synchronous)
            .map(|context| STANDARD.encode(context.reveal()));
        let answer = self
            .lambda(
                operation,
                &[
                    Some(request.function.as_str()),
                    request.qualifier.as_deref(),
                ],
            )?
            .invoke()
            .function_name(request.function.as_str())
            .set_qualifier(request.qualifier.clone())
            .invocation_type(SdkInvocationType::from(request.kind.as_str()))
            .set_log_type(synchronous.then_some(LogType::Tail))
            .set_client_context(context)
            .set_tenant_id(request.tenant.clone())
            .payload(Blob::new(request.payload.reveal().clone()))
            .send()
            .await
            .map_err(|error| self.caller.error(operation, &error))?;
        Ok(InvokeResponse {
            status: u16::try_from(answer.status_code()).unwrap_or(0),
            request_id: answer.request_id().map(str::to_owned),
            log_tail: answer.log_result().and_then(decoded),
            function_error: answer.function_error,
            executed_version: answer.executed_version,
            payload: Secret::new(answer.payload.map(Blob::into_inner).unwrap_or_default()),
        })
    }

    async fn recursion(&self, function: &Arn) -> Result<String> {
        let operation = Operation::GetFunctionRecursionConfig;
        let answer = self
            .lambda(operation, &[Some(function.as_str())])?
            .get_function_recursion_config()
            .function_name(function.as_str())
            .send()
            .await
            .map_err(|error| self.caller.error(operation, &error))?;
        let mode = answer.recursive_loop.as_ref();
        Ok(mode.map_or("Terminate", RecursiveLoop::as_str).to_owned())
    }

    async fn layers(&self, marker: Option<String>) -> Result<Page<Arn>> {
        let page = self
            .lambda(Operation::ListLayers, &[marker.as_deref()])?
            .list_layers()
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListLayers, &error))?;
        Ok(Page {
            items: page.layers().iter().filter_map(convert::layer).collect(),
            next: present(page.next_marker),
        })
    }

    async fn roles(&self, marker: Option<String>) -> Result<Page<String>> {
        let page = self
            .lambda(Operation::ListFunctions, &[marker.as_deref()])?
            .list_functions()
            .max_items(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| self.caller.error(Operation::ListFunctions, &error))?;
        let functions = page.functions().iter();
        Ok(Page {
            items: functions
                .filter_map(|function| function.role().map(str::to_owned))
                .collect(),
            next: present(page.next_marker),
        })
    }

    async fn edit(&self, function: &Arn, call: &Call) -> Result<Edited> {
        edits::edit(self, function, call).await
    }
}

/// An empty marker is no marker: asking for it again would start from the first page.
pub(super) fn present(marker: Option<String>) -> Option<String> {
    marker.filter(|marker| !marker.is_empty())
}

/// The log tail; cut at 4 KB it may begin inside a character.
fn decoded(log: &str) -> Option<String> {
    let bytes = STANDARD.decode(log).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
