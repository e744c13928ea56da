//! Edits of functions behind the Gate: each shows a [`Warrant`] and is sent once.

use super::{Gate, Warrant};
use crate::{
    domain::{
        draft::{Routing, update::ConfigurationUpdate},
        function::{Arn, AsyncConfig},
    },
    ports::{Operation, Result, Session},
};

impl<S: Session> Gate<S> {
    /// See [`Functions::update_configuration`](crate::ports::Functions::update_configuration).
    pub async fn update_configuration(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        update: &ConfigurationUpdate,
    ) -> Result<Option<String>> {
        self.edit(Operation::UpdateFunctionConfiguration, || {
            self.session.update_configuration(function, update)
        })
        .await
    }

    /// See [`Functions::put_concurrency`](crate::ports::Functions::put_concurrency).
    pub async fn put_concurrency(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        reserved: u32,
    ) -> Result<()> {
        let operation = match reserved {
            0 => Operation::StopFunction,
            _ => Operation::PutFunctionConcurrency,
        };
        self.edit(operation, || {
            self.session.put_concurrency(function, reserved)
        })
        .await
    }

    /// See [`Functions::delete_concurrency`](crate::ports::Functions::delete_concurrency).
    pub async fn delete_concurrency(&self, _warrant: &Warrant, function: &Arn) -> Result<()> {
        self.edit(Operation::DeleteFunctionConcurrency, || {
            self.session.delete_concurrency(function)
        })
        .await
    }

    /// See [`Functions::put_async_config`](crate::ports::Functions::put_async_config).
    pub async fn put_async_config(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        config: &AsyncConfig,
    ) -> Result<()> {
        self.edit(Operation::PutFunctionEventInvokeConfig, || {
            self.session.put_async_config(function, config)
        })
        .await
    }

    /// See [`Functions::update_async_config`](crate::ports::Functions::update_async_config).
    pub async fn update_async_config(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        config: &AsyncConfig,
    ) -> Result<()> {
        self.edit(Operation::UpdateFunctionEventInvokeConfig, || {
            self.session.update_async_config(function, config)
        })
        .await
    }

    /// See [`Functions::delete_async_config`](crate::ports::Functions::delete_async_config).
    pub async fn delete_async_config(&self, _warrant: &Warrant, function: &Arn) -> Result<()> {
        self.edit(Operation::DeleteFunctionEventInvokeConfig, || {
            self.session.delete_async_config(function)
        })
        .await
    }

    /// See [`Functions::enable_mapping`](crate::ports::Functions::enable_mapping).
    pub async fn enable_mapping(
        &self,
        _warrant: &Warrant,
        uuid: &str,
        enabled: bool,
    ) -> Result<()> {
        self.edit(Operation::UpdateEventSourceMapping, || {
            self.session.enable_mapping(uuid, enabled)
        })
        .await
    }

    /// See [`Functions::update_alias`](crate::ports::Functions::update_alias).
    pub async fn update_alias(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        alias: &str,
        routing: &Routing,
        revision_id: Option<&str>,
    ) -> Result<()> {
        self.edit(Operation::UpdateAlias, || {
            self.session
                .update_alias(function, alias, routing, revision_id)
        })
        .await
    }

    /// See [`Functions::publish_version`](crate::ports::Functions::publish_version).
    pub async fn publish_version(
        &self,
        _warrant: &Warrant,
        function: &Arn,
        description: &str,
    ) -> Result<String> {
        self.edit(Operation::PublishVersion, || {
            self.session.publish_version(function, description)
        })
        .await
    }

    async fn edit<T, F, Fut>(&self, operation: Operation, attempt: F) -> Result<T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.writing(operation, operation.spec().timeout, attempt)
            .await
    }
}
