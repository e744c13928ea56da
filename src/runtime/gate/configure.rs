//! Edits of functions behind the Gate: each shows a [`Warrant`] and is sent once.

use super::{Gate, Warrant};
use crate::{
    domain::{
        draft::{
            Routing, Url,
            update::{ConfigurationUpdate, MappingUpdate},
        },
        function::{Arn, AsyncConfig},
    },
    ports::{ApiError, Operation, Result},
};

impl Gate {
    /// See [`Functions::update_configuration`](crate::ports::Functions::update_configuration).
    pub async fn update_configuration(
        &self,
        warrant: &Warrant,
        function: &Arn,
        update: &ConfigurationUpdate,
    ) -> Result<Option<String>> {
        self.edit(
            warrant,
            Operation::UpdateFunctionConfiguration,
            || async move {
                let answer = self.session.update_configuration(function, update).await;
                // Lambda repeats what it refuses, values and all.
                answer.map_err(|error| ApiError {
                    message: update.masked(&error.message),
                    ..error
                })
            },
        )
        .await
    }

    /// See [`Functions::put_concurrency`](crate::ports::Functions::put_concurrency).
    pub async fn put_concurrency(
        &self,
        warrant: &Warrant,
        function: &Arn,
        reserved: u32,
    ) -> Result<()> {
        let operation = match reserved {
            0 => Operation::StopFunction,
            _ => Operation::PutFunctionConcurrency,
        };
        self.edit(warrant, operation, || {
            self.session.put_concurrency(function, reserved)
        })
        .await
    }

    /// See [`Functions::delete_concurrency`](crate::ports::Functions::delete_concurrency).
    pub async fn delete_concurrency(&self, warrant: &Warrant, function: &Arn) -> Result<()> {
        self.edit(warrant, Operation::DeleteFunctionConcurrency, || {
            self.session.delete_concurrency(function)
        })
        .await
    }

    /// See [`Functions::put_async_config`](crate::ports::Functions::put_async_config).
    pub async fn put_async_config(
        &self,
        warrant: &Warrant,
        function: &Arn,
        config: &AsyncConfig,
    ) -> Result<()> {
        self.edit(warrant, Operation::PutFunctionEventInvokeConfig, || {
            self.session.put_async_config(function, config)
        })
        .await
    }

    /// See [`Functions::update_async_config`](crate::ports::Functions::update_async_config).
    pub async fn update_async_config(
        &self,
        warrant: &Warrant,
        function: &Arn,
        config: &AsyncConfig,
    ) -> Result<()> {
        self.edit(warrant, Operation::UpdateFunctionEventInvokeConfig, || {
            self.session.update_async_config(function, config)
        })
        .await
    }

    /// See [`Functions::delete_async_config`](crate::ports::Functions::delete_async_config).
    pub async fn delete_async_config(&self, warrant: &Warrant, function: &Arn) -> Result<()> {
        self.edit(warrant, Operation::DeleteFunctionEventInvokeConfig, || {
            self.session.delete_async_config(function)
        })
        .await
    }

    /// See [`Functions::update_mapping`](crate::ports::Functions::update_mapping).
    pub async fn update_mapping(
        &self,
        warrant: &Warrant,
        uuid: &str,
        update: &MappingUpdate,
    ) -> Result<()> {
        self.edit(warrant, Operation::UpdateEventSourceMapping, || {
            self.session.update_mapping(uuid, update)
        })
        .await
    }

    /// See [`Functions::put_recursion`](crate::ports::Functions::put_recursion).
    pub async fn put_recursion(&self, warrant: &Warrant, function: &Arn, mode: &str) -> Result<()> {
        self.edit(warrant, Operation::PutFunctionRecursionConfig, || {
            self.session.put_recursion(function, mode)
        })
        .await
    }

    /// See [`Functions::put_provisioned`](crate::ports::Functions::put_provisioned).
    pub async fn put_provisioned(
        &self,
        warrant: &Warrant,
        function: &Arn,
        qualifier: &str,
        executions: u32,
    ) -> Result<()> {
        self.edit(warrant, Operation::PutProvisionedConcurrencyConfig, || {
            self.session
                .put_provisioned(function, qualifier, executions)
        })
        .await
    }

    /// See [`Functions::delete_provisioned`](crate::ports::Functions::delete_provisioned).
    pub async fn delete_provisioned(
        &self,
        warrant: &Warrant,
        function: &Arn,
        qualifier: &str,
    ) -> Result<()> {
        self.edit(
            warrant,
            Operation::DeleteProvisionedConcurrencyConfig,
            || self.session.delete_provisioned(function, qualifier),
        )
        .await
    }

    /// See [`Functions::tag`](crate::ports::Functions::tag).
    pub async fn tag(
        &self,
        warrant: &Warrant,
        function: &Arn,
        tags: &[(String, String)],
    ) -> Result<()> {
        self.edit(warrant, Operation::TagResource, || {
            self.session.tag(function, tags)
        })
        .await
    }

    /// See [`Functions::untag`](crate::ports::Functions::untag).
    pub async fn untag(&self, warrant: &Warrant, function: &Arn, keys: &[String]) -> Result<()> {
        self.edit(warrant, Operation::UntagResource, || {
            self.session.untag(function, keys)
        })
        .await
    }

    /// See [`Functions::create_url`](crate::ports::Functions::create_url).
    pub async fn create_url(
        &self,
        warrant: &Warrant,
        function: &Arn,
        qualifier: Option<&str>,
        url: &Url,
    ) -> Result<()> {
        self.edit(warrant, Operation::CreateFunctionUrlConfig, || {
            self.session.create_url(function, qualifier, url)
        })
        .await
    }

    /// See [`Functions::update_url`](crate::ports::Functions::update_url).
    pub async fn update_url(
        &self,
        warrant: &Warrant,
        function: &Arn,
        qualifier: Option<&str>,
        url: &Url,
    ) -> Result<()> {
        self.edit(warrant, Operation::UpdateFunctionUrlConfig, || {
            self.session.update_url(function, qualifier, url)
        })
        .await
    }

    /// See [`Functions::delete_url`](crate::ports::Functions::delete_url).
    pub async fn delete_url(
        &self,
        warrant: &Warrant,
        function: &Arn,
        qualifier: Option<&str>,
    ) -> Result<()> {
        self.edit(warrant, Operation::DeleteFunctionUrlConfig, || {
            self.session.delete_url(function, qualifier)
        })
        .await
    }

    /// See [`Functions::update_alias`](crate::ports::Functions::update_alias).
    pub async fn update_alias(
        &self,
        warrant: &Warrant,
        function: &Arn,
        alias: &str,
        routing: &Routing,
        revision_id: Option<&str>,
    ) -> Result<()> {
        self.edit(warrant, Operation::UpdateAlias, || {
            self.session
                .update_alias(function, alias, routing, revision_id)
        })
        .await
    }

    /// See [`Functions::publish_version`](crate::ports::Functions::publish_version).
    pub async fn publish_version(
        &self,
        warrant: &Warrant,
        function: &Arn,
        description: &str,
        revision_id: Option<&str>,
    ) -> Result<String> {
        self.edit(warrant, Operation::PublishVersion, || {
            self.session
                .publish_version(function, description, revision_id)
        })
        .await
    }

    async fn edit<T, F, Fut>(
        &self,
        warrant: &Warrant,
        operation: Operation,
        attempt: F,
    ) -> Result<T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.warranted(warrant, operation, operation.spec().timeout, attempt)
            .await
    }
}
