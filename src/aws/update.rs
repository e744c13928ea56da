//! Turns the edits of the domain into the SDK's requests.
//!
//! A member that is not said is not sent; a member that is sent replaces its whole
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
        Routing,
        update::{ConfigurationUpdate, LoggingUpdate, MappingUpdate, VpcUpdate},
    },
    function::AsyncConfig,
};

/// Fills a request in.
pub(super) fn configuration(
    request: UpdateFunctionConfigurationFluentBuilder,
    update: &ConfigurationUpdate,
) -> Result<UpdateFunctionConfigurationFluentBuilder, BuildError> {
    let storage = update
        .ephemeral_mb
        .map(|size| EphemeralStorage::builder().size(number(size)).build())
        .transpose()?;
    let environment = update.environment.as_ref().map(|variables| {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.clone(), value.reveal().clone()));
        Environment::builder()
            .set_variables(Some(variables.collect()))
            .build()
    });
    let dead_letter = update
        .dead_letter
        .as_ref()
        .map(|target| DeadLetterConfig::builder().target_arn(target).build());
    let tracing = update
        .tracing
        .as_deref()
        .map(|mode| TracingConfig::builder().mode(mode.into()).build());
    let snap_start = update
        .snap_start
        .as_deref()
        .map(|on| SnapStart::builder().apply_on(on.into()).build());
    let file_systems = update
        .file_systems
        .as_ref()
        .map(|systems| systems.iter().map(file_system).collect::<Result<_, _>>())
        .transpose()?;
    Ok(request
        .set_revision_id(update.revision_id.clone())
        .set_memory_size(update.memory_mb.map(number))
        .set_timeout(update.timeout_s.map(number))
        .set_ephemeral_storage(storage)
        .set_description(update.description.clone())
        .set_handler(update.handler.clone())
        .set_runtime(update.runtime.as_deref().map(Into::into))
        .set_role(update.role.clone())
        .set_layers(update.layers.clone())
        .set_environment(environment)
        .set_dead_letter_config(dead_letter)
        .set_tracing_config(tracing)
        .set_logging_config(update.logging.as_ref().map(logging))
        .set_snap_start(snap_start)
        .set_vpc_config(update.vpc.as_ref().map(vpc))
        .set_kms_key_arn(update.kms_key.clone())
        .set_file_system_configs(file_systems))
}

fn file_system((arn, path): &(String, String)) -> Result<FileSystemConfig, BuildError> {
    FileSystemConfig::builder()
        .arn(arn)
        .local_mount_path(path)
        .build()
}

/// Fills a request in. An empty structure takes away what is set: that is how Lambda is told of no
/// maximum concurrency and no filters.
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

fn logging(logging: &LoggingUpdate) -> LoggingConfig {
    LoggingConfig::builder()
        .log_format(logging.format.as_str().into())
        .set_application_log_level(logging.application_level.as_deref().map(Into::into))
        .set_system_log_level(logging.system_level.as_deref().map(Into::into))
        .log_group(&logging.group)
        .build()
}

fn vpc(vpc: &VpcUpdate) -> VpcConfig {
    VpcConfig::builder()
        .set_subnet_ids(Some(vpc.subnets.clone()))
        .set_security_group_ids(Some(vpc.security_groups.clone()))
        .ipv6_allowed_for_dual_stack(vpc.ipv6)
        .build()
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

/// The weights of an alias; none at all takes away those that are there.
pub(super) fn weights(routing: &Routing) -> AliasRoutingConfiguration {
    AliasRoutingConfiguration::builder()
        .set_additional_version_weights(Some(routing.weights.iter().cloned().collect()))
        .build()
}

/// Lambda's numbers are signed.
pub(super) fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
