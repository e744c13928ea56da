//! The writes of the [`Functions`](crate::ports::Functions) port: one call each, never sent again.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{
    aws::{session::AwsSession, update},
    domain::{
        draft::{
            Routing, Url,
            update::{ConfigurationUpdate, MappingUpdate},
        },
        function::{Arn, AsyncConfig},
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

/// What an edit answers is not looked at: what it did is read again.
fn done<T, E>(
    session: &AwsSession,
    operation: Operation,
    answer: std::result::Result<T, SdkError<E, HttpResponse>>,
) -> Result<()>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    answer
        .map(drop)
        .map_err(|error| session.caller.error(operation, &error))
}

pub(super) async fn configuration(
    session: &AwsSession,
    function: &Arn,
    changes: &ConfigurationUpdate,
) -> Result<Option<String>> {
    let operation = Operation::UpdateFunctionConfiguration;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .update_function_configuration()
        .function_name(function.as_str());
    let answer = update::configuration(request, changes)
        .map_err(|why| ApiError::new(operation, ErrorKind::Invalid, why.to_string()))?
        .send()
        .await
        .map_err(|error| session.caller.error(operation, &error))?;
    Ok(answer.revision_id)
}

pub(super) async fn put_concurrency(
    session: &AwsSession,
    function: &Arn,
    reserved: u32,
) -> Result<()> {
    let operation = match reserved {
        0 => Operation::StopFunction,
        _ => Operation::PutFunctionConcurrency,
    };
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .put_function_concurrency()
        .function_name(function.as_str())
        .reserved_concurrent_executions(update::number(reserved));
    done(session, operation, request.send().await)
}

pub(super) async fn delete_concurrency(session: &AwsSession, function: &Arn) -> Result<()> {
    let operation = Operation::DeleteFunctionConcurrency;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .delete_function_concurrency()
        .function_name(function.as_str());
    done(session, operation, request.send().await)
}

pub(super) async fn put_async_config(
    session: &AwsSession,
    function: &Arn,
    config: &AsyncConfig,
) -> Result<()> {
    let operation = Operation::PutFunctionEventInvokeConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .put_function_event_invoke_config()
        .function_name(function.as_str())
        .set_maximum_retry_attempts(config.maximum_retries.map(update::number))
        .set_maximum_event_age_in_seconds(config.maximum_age_s.map(update::number))
        .set_destination_config(update::destinations(config));
    done(session, operation, request.send().await)
}

pub(super) async fn update_async_config(
    session: &AwsSession,
    function: &Arn,
    config: &AsyncConfig,
) -> Result<()> {
    let operation = Operation::UpdateFunctionEventInvokeConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .update_function_event_invoke_config()
        .function_name(function.as_str())
        .set_maximum_retry_attempts(config.maximum_retries.map(update::number))
        .set_maximum_event_age_in_seconds(config.maximum_age_s.map(update::number))
        .set_destination_config(update::destinations(config));
    done(session, operation, request.send().await)
}

pub(super) async fn delete_async_config(session: &AwsSession, function: &Arn) -> Result<()> {
    let operation = Operation::DeleteFunctionEventInvokeConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .delete_function_event_invoke_config()
        .function_name(function.as_str());
    done(session, operation, request.send().await)
}

pub(super) async fn mapping(
    session: &AwsSession,
    uuid: &str,
    changes: &MappingUpdate,
) -> Result<()> {
    let operation = Operation::UpdateEventSourceMapping;
    let request = session
        .lambda(operation, &[Some(uuid)])?
        .update_event_source_mapping()
        .uuid(uuid);
    let answer = update::mapping(request, changes).send().await.map(drop);
    answer.map_err(|error| session.caller.error(operation, &error))
}

pub(super) async fn put_recursion(session: &AwsSession, function: &Arn, mode: &str) -> Result<()> {
    let operation = Operation::PutFunctionRecursionConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .put_function_recursion_config()
        .function_name(function.as_str())
        .recursive_loop(mode.into());
    done(session, operation, request.send().await)
}

pub(super) async fn put_provisioned(
    session: &AwsSession,
    function: &Arn,
    qualifier: &str,
    executions: u32,
) -> Result<()> {
    let operation = Operation::PutProvisionedConcurrencyConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str()), Some(qualifier)])?
        .put_provisioned_concurrency_config()
        .function_name(function.as_str())
        .qualifier(qualifier)
        .provisioned_concurrent_executions(update::number(executions));
    done(session, operation, request.send().await)
}

pub(super) async fn delete_provisioned(
    session: &AwsSession,
    function: &Arn,
    qualifier: &str,
) -> Result<()> {
    let operation = Operation::DeleteProvisionedConcurrencyConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str()), Some(qualifier)])?
        .delete_provisioned_concurrency_config()
        .function_name(function.as_str())
        .qualifier(qualifier);
    done(session, operation, request.send().await)
}

pub(super) async fn tag(
    session: &AwsSession,
    function: &Arn,
    tags: &[(String, String)],
) -> Result<()> {
    let operation = Operation::TagResource;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .tag_resource()
        .resource(function.as_str())
        .set_tags(Some(tags.iter().cloned().collect()));
    done(session, operation, request.send().await)
}

pub(super) async fn untag(session: &AwsSession, function: &Arn, keys: &[String]) -> Result<()> {
    let operation = Operation::UntagResource;
    let keys_too = keys.iter().map(|key| Some(key.as_str()));
    let uri: Vec<_> = keys_too.chain([Some(function.as_str())]).collect();
    let request = session
        .lambda(operation, &uri)?
        .untag_resource()
        .resource(function.as_str())
        .set_tag_keys(Some(keys.to_vec()));
    done(session, operation, request.send().await)
}

pub(super) async fn create_url(
    session: &AwsSession,
    function: &Arn,
    qualifier: Option<&str>,
    url: &Url,
) -> Result<()> {
    let operation = Operation::CreateFunctionUrlConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str()), qualifier])?
        .create_function_url_config()
        .function_name(function.as_str())
        .set_qualifier(qualifier.map(str::to_owned))
        .auth_type(url.auth.as_str().into())
        .invoke_mode(url.invoke_mode.as_str().into());
    done(session, operation, request.send().await)
}

pub(super) async fn update_url(
    session: &AwsSession,
    function: &Arn,
    qualifier: Option<&str>,
    url: &Url,
) -> Result<()> {
    let operation = Operation::UpdateFunctionUrlConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str()), qualifier])?
        .update_function_url_config()
        .function_name(function.as_str())
        .set_qualifier(qualifier.map(str::to_owned))
        .auth_type(url.auth.as_str().into())
        .invoke_mode(url.invoke_mode.as_str().into());
    done(session, operation, request.send().await)
}

pub(super) async fn delete_url(
    session: &AwsSession,
    function: &Arn,
    qualifier: Option<&str>,
) -> Result<()> {
    let operation = Operation::DeleteFunctionUrlConfig;
    let request = session
        .lambda(operation, &[Some(function.as_str()), qualifier])?
        .delete_function_url_config()
        .function_name(function.as_str())
        .set_qualifier(qualifier.map(str::to_owned));
    done(session, operation, request.send().await)
}

pub(super) async fn alias(
    session: &AwsSession,
    function: &Arn,
    alias: &str,
    routing: &Routing,
    revision_id: Option<&str>,
) -> Result<()> {
    let operation = Operation::UpdateAlias;
    let request = session
        .lambda(operation, &[Some(function.as_str()), Some(alias)])?
        .update_alias()
        .function_name(function.as_str())
        .name(alias)
        .function_version(&routing.version)
        .routing_config(update::weights(routing))
        .set_revision_id(revision_id.map(str::to_owned));
    done(session, operation, request.send().await)
}

pub(super) async fn publish(
    session: &AwsSession,
    function: &Arn,
    description: &str,
    revision_id: Option<&str>,
) -> Result<String> {
    let operation = Operation::PublishVersion;
    let request = session
        .lambda(operation, &[Some(function.as_str())])?
        .publish_version()
        .function_name(function.as_str())
        .set_description((!description.is_empty()).then(|| description.to_owned()))
        .set_revision_id(revision_id.map(str::to_owned));
    let answer = request.send().await;
    let answer = answer.map_err(|error| session.caller.error(operation, &error))?;
    // An alias is led to this number: without one it is not known what was done.
    let version = answer.version.filter(|version| !version.is_empty());
    let unnamed = || ApiError::new(operation, ErrorKind::Other, "the answer names no version");
    version.ok_or_else(unnamed)
}
