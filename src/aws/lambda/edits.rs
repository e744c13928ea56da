//! Edits of functions: one call each, never sent twice.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{
    aws::{session::AwsSession, update},
    domain::{
        draft::update::{Call, Edited},
        function::Arn,
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

pub(super) async fn edit(session: &AwsSession, function: &Arn, call: &Call) -> Result<Edited> {
    let operation = Operation::of(call);
    let lambda = session.lambda(operation, &uri(function, call))?;
    let name = function.as_str();
    match call {
        Call::Configuration(changes) => {
            let request = lambda.update_function_configuration().function_name(name);
            let request = update::configuration(request, changes)
                .map_err(|why| ApiError::new(operation, ErrorKind::Invalid, why.to_string()))?;
            done(session, operation, request.send().await)
        }
        Call::Publish {
            description,
            revision_id,
        } => {
            let request = lambda
                .publish_version()
                .function_name(name)
                .set_description((!description.is_empty()).then(|| description.clone()))
                .set_revision_id(revision_id.clone());
            let answer = request.send().await;
            let answer = answer.map_err(|error| session.caller.error(operation, &error))?;
            // Without the number it is not known what was published.
            let version = answer.version.filter(|version| !version.is_empty());
            let unnamed =
                || ApiError::new(operation, ErrorKind::Other, "the answer names no version");
            Ok(Edited {
                version: Some(version.ok_or_else(unnamed)?),
            })
        }
        Call::Reserve(reserved) => {
            let request = lambda
                .put_function_concurrency()
                .function_name(name)
                .reserved_concurrent_executions(update::number(*reserved));
            done(session, operation, request.send().await)
        }
        Call::Unreserve => {
            let request = lambda.delete_function_concurrency().function_name(name);
            done(session, operation, request.send().await)
        }
        Call::PutAsync(config) => {
            let request = lambda
                .put_function_event_invoke_config()
                .function_name(name)
                .set_maximum_retry_attempts(config.maximum_retries.map(update::number))
                .set_maximum_event_age_in_seconds(config.maximum_age_s.map(update::number))
                .set_destination_config(update::destinations(config));
            done(session, operation, request.send().await)
        }
        Call::UpdateAsync(config) => {
            let request = lambda
                .update_function_event_invoke_config()
                .function_name(name)
                .set_maximum_retry_attempts(config.maximum_retries.map(update::number))
                .set_maximum_event_age_in_seconds(config.maximum_age_s.map(update::number))
                .set_destination_config(update::destinations(config));
            done(session, operation, request.send().await)
        }
        Call::DeleteAsync => {
            let request = lambda
                .delete_function_event_invoke_config()
                .function_name(name);
            done(session, operation, request.send().await)
        }
        Call::Mapping {
            uuid,
            update: changes,
        } => {
            let request = lambda.update_event_source_mapping().uuid(uuid);
            let request = update::mapping(request, changes);
            done(session, operation, request.send().await)
        }
        Call::Recursion(mode) => {
            let request = lambda
                .put_function_recursion_config()
                .function_name(name)
                .recursive_loop(mode.as_str().into());
            done(session, operation, request.send().await)
        }
        Call::Provision {
            qualifier,
            executions,
        } => {
            let request = lambda
                .put_provisioned_concurrency_config()
                .function_name(name)
                .qualifier(qualifier)
                .provisioned_concurrent_executions(update::number(*executions));
            done(session, operation, request.send().await)
        }
        Call::Unprovision { qualifier } => {
            let request = lambda
                .delete_provisioned_concurrency_config()
                .function_name(name)
                .qualifier(qualifier);
            done(session, operation, request.send().await)
        }
        Call::CreateUrl { qualifier, url } => {
            let request = lambda
                .create_function_url_config()
                .function_name(name)
                .set_qualifier(qualifier.clone())
                .auth_type(url.auth.as_str().into())
                .invoke_mode(url.invoke_mode.as_str().into());
            done(session, operation, request.send().await)
        }
        Call::UpdateUrl { qualifier, url } => {
            let request = lambda
                .update_function_url_config()
                .function_name(name)
                .set_qualifier(qualifier.clone())
                .auth_type(url.auth.as_str().into())
                .invoke_mode(url.invoke_mode.as_str().into());
            done(session, operation, request.send().await)
        }
        Call::DeleteUrl { qualifier } => {
            let request = lambda
                .delete_function_url_config()
                .function_name(name)
                .set_qualifier(qualifier.clone());
            done(session, operation, request.send().await)
        }
        Call::Tag(tags) => {
            let tags = tags.iter().cloned().collect();
            let request = lambda.tag_resource().resource(name).set_tags(Some(tags));
            done(session, operation, request.send().await)
        }
        Call::Untag(keys) => {
            let request = lambda
                .untag_resource()
                .resource(name)
                .set_tag_keys(Some(keys.clone()));
            done(session, operation, request.send().await)
        }
        Call::Alias {
            name: alias,
            routing,
            revision_id,
        } => {
            let request = lambda
                .update_alias()
                .function_name(name)
                .name(alias)
                .function_version(&routing.version)
                .routing_config(update::weights(routing))
                .set_revision_id(revision_id.clone());
            done(session, operation, request.send().await)
        }
    }
}

/// The parts of a call that are in its address.
fn uri<'a>(function: &'a Arn, call: &'a Call) -> Vec<Option<&'a str>> {
    let name = Some(function.as_str());
    match call {
        Call::Mapping { uuid, .. } => vec![Some(uuid)],
        Call::Alias { name: part, .. }
        | Call::Provision {
            qualifier: part, ..
        }
        | Call::Unprovision { qualifier: part } => vec![name, Some(part)],
        Call::CreateUrl { qualifier, .. }
        | Call::UpdateUrl { qualifier, .. }
        | Call::DeleteUrl { qualifier } => vec![name, qualifier.as_deref()],
        Call::Untag(keys) => keys
            .iter()
            .map(|key| Some(key.as_str()))
            .chain([name])
            .collect(),
        _ => vec![name],
    }
}

/// The answer of an edit is not used: what it did is read again.
fn done<T, E>(
    session: &AwsSession,
    operation: Operation,
    answer: std::result::Result<T, SdkError<E, HttpResponse>>,
) -> Result<Edited>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(Edited::default()),
        Err(error) => Err(session.caller.error(operation, &error)),
    }
}
