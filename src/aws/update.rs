//! Turns edits into the SDK's requests.
//!
//! What is not edited is not sent. A structure that is sent replaces all of it
//! (`docs/aws.md` §1.3).

use aws_sdk_lambda::{
    error::BuildError,
    operation::{
        update_event_source_mapping::builders::UpdateEventSourceMappingFluentBuilder,
        update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder,
    },
    types::{
        AliasRoutingConfiguration, DeadLetterConfig, DestinationConfig, Environment,
        EphemeralStorage, FileSystemConfig, Filter, FilterCriteria, FunctionResponseType,
        LoggingConfig, OnFailure, OnSuccess, ScalingConfig, SnapStart, TracingConfig, VpcConfig,
    },
};

use crate::domain::{
    draft::{
        Field, Routing, Value,
        update::{ConfigurationUpdate, MappingUpdate},
    },
    function::AsyncConfig,
};

/// Fills a request in.
pub(super) fn configuration(
    request: UpdateFunctionConfigurationFluentBuilder,
    update: &ConfigurationUpdate,
) -> Result<UpdateFunctionConfigurationFluentBuilder, BuildError> {
    let number = |field| update.number(field).map(number);
    let text = |field| update.text(field).map(str::to_owned);
    let storage = number(Field::Ephemeral)
        .map(|size| EphemeralStorage::builder().size(size).build())
        .transpose()?;
    let environment = update.environment.as_ref().map(|variables| {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.clone(), value.reveal().clone()));
        Environment::builder()
            .set_variables(Some(variables.collect()))
            .build()
    });
    let dead_letter = text(Field::DeadLetter)
        .map(|target| DeadLetterConfig::builder().target_arn(target).build());
    let tracing = update
        .text(Field::Tracing)
        .map(|mode| TracingConfig::builder().mode(mode.into()).build());
    let snap_start = update
        .text(Field::SnapStart)
        .map(|on| SnapStart::builder().apply_on(on.into()).build());
    let file_systems = update.mounts(Field::FileSystem).map(|mounts| {
        let mounts = mounts.into_iter().map(|(arn, path)| {
            FileSystemConfig::builder()
                .arn(arn)
                .local_mount_path(path)
                .build()
        });
        mounts.collect::<Result<_, _>>()
    });
    Ok(request
        .set_revision_id(update.revision_id.clone())
        .set_memory_size(number(Field::Memory))
        .set_timeout(number(Field::Timeout))
        .set_ephemeral_storage(storage)
        .set_description(text(Field::Description))
        .set_handler(text(Field::Handler))
        .set_runtime(update.text(Field::Runtime).map(Into::into))
        .set_role(text(Field::Role))
        .set_layers(update.list(Field::Layers).map(<[_]>::to_vec))
        .set_environment(environment)
        .set_dead_letter_config(dead_letter)
        .set_tracing_config(tracing)
        .set_logging_config(logging(update))
        .set_snap_start(snap_start)
        .set_vpc_config(vpc(update))
        .set_kms_key_arn(text(Field::KmsKey))
        .set_file_system_configs(file_systems.transpose()?))
}

/// Fills a request in. An empty structure removes what is set: a maximum concurrency, or filters.
pub(super) fn mapping(
    request: UpdateEventSourceMappingFluentBuilder,
    update: &MappingUpdate,
) -> UpdateEventSourceMappingFluentBuilder {
    let scaling = update.maximum_concurrency.map(|most| {
        ScalingConfig::builder()
            .set_maximum_concurrency(most.map(number))
            .build()
    });
    let responses = update.partial_batch_responses.map(|on| {
        let kind = on.then_some(FunctionResponseType::ReportBatchItemFailures);
        kind.into_iter().collect()
    });
    request
        .set_enabled(update.enabled)
        .set_batch_size(update.batch_size.map(number))
        .set_maximum_batching_window_in_seconds(update.batch_window_s.map(number))
        .set_scaling_config(scaling)
        .set_function_response_types(responses)
        .set_filter_criteria(update.filters.as_deref().map(filters))
}

fn filters(patterns: &[String]) -> FilterCriteria {
    let filters = patterns
        .iter()
        .map(|pattern| Filter::builder().pattern(pattern).build());
    FilterCriteria::builder()
        .set_filters((!patterns.is_empty()).then(|| filters.collect()))
        .build()
}

/// The whole structure, if it changes. Levels that are not set are not sent.
fn logging(update: &ConfigurationUpdate) -> Option<LoggingConfig> {
    let format = update.text(Field::LogFormat)?;
    let level = |field| update.text(field).filter(|level| !level.is_empty());
    let config = LoggingConfig::builder()
        .log_format(format.into())
        .set_application_log_level(level(Field::AppLogLevel).map(Into::into))
        .set_system_log_level(level(Field::SystemLogLevel).map(Into::into))
        .set_log_group(update.text(Field::LogGroup).map(Into::into));
    Some(config.build())
}

/// The whole structure, if it changes. Two empty lists leave the VPC.
fn vpc(update: &ConfigurationUpdate) -> Option<VpcConfig> {
    let subnets = update.list(Field::Subnets)?.to_vec();
    let groups = update.list(Field::SecurityGroups);
    let config = VpcConfig::builder()
        .set_subnet_ids(Some(subnets))
        .set_security_group_ids(groups.map(<[_]>::to_vec))
        .ipv6_allowed_for_dual_stack(update.get(Field::VpcIpv6).is_some_and(Value::is_on));
    Some(config.build())
}

/// Both destinations, if there is one.
pub(super) fn destinations(config: &AsyncConfig) -> Option<DestinationConfig> {
    let on_success = config
        .on_success
        .as_ref()
        .map(|arn| OnSuccess::builder().destination(arn.as_str()).build());
    let on_failure = config
        .on_failure
        .as_ref()
        .map(|arn| OnFailure::builder().destination(arn.as_str()).build());
    (on_success.is_some() || on_failure.is_some()).then(|| {
        DestinationConfig::builder()
            .set_on_success(on_success)
            .set_on_failure(on_failure)
            .build()
    })
}

/// The weights of an alias. An empty map removes those that it has.
pub(super) fn weights(routing: &Routing) -> AliasRoutingConfiguration {
    AliasRoutingConfiguration::builder()
        .set_additional_version_weights(Some(routing.weights.iter().cloned().collect()))
        .build()
}

/// Lambda's numbers are signed.
pub(super) fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
