//! Turns what the SDK returns into domain values. Never fails: what AWS leaves out becomes an
//! absent or empty value, what it adds is kept as text.

use aws_sdk_lambda::{
    operation::{
        get_account_settings::GetAccountSettingsOutput,
        get_function_configuration::GetFunctionConfigurationOutput,
        get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput,
    },
    types,
};
use jiff::Timestamp;

use crate::domain::{
    function::{
        AccountSettings, Alias, Arn, AsyncConfig, Environment, EventSourceMapping,
        FunctionConfiguration, FunctionName, FunctionState, FunctionSummary, FunctionUrl, Layer,
        Logging, ProvisionedConcurrency, Version, Vpc,
    },
    secret::Secret,
};

/// The list's columns, from the two SDK types that carry them under the same names.
macro_rules! summary {
    ($function:expr) => {{
        let function = $function;
        let arn = unqualified(function.function_arn().unwrap_or_default());
        let name = function.function_name().unwrap_or(arn.resource_name());
        FunctionSummary {
            name: FunctionName::of(&arn, name),
            runtime: function.runtime().map(|runtime| runtime.as_str().into()),
            memory_mb: count(function.memory_size()),
            timeout_s: count(function.timeout()),
            modified: function.last_modified().and_then(timestamp),
            package: function
                .package_type()
                .map_or("Zip", |package| package.as_str())
                .into(),
            architecture: function
                .architectures()
                .first()
                .map_or("x86_64", |architecture| architecture.as_str())
                .into(),
            code_size: u64::try_from(function.code_size()).unwrap_or(0),
            log_group: function
                .logging_config()
                .and_then(|logging| logging.log_group())
                // The default need not be kept: it follows from the name.
                .filter(|group| {
                    !group.is_empty() && group.strip_prefix("/aws/lambda/") != Some(name)
                })
                .map(Into::into),
            dead_letter: function
                .dead_letter_config()
                .and_then(|config| config.target_arn())
                .and_then(arn_of),
            durable: function.durable_config().is_some(),
            quiet: function
                .logging_config()
                .and_then(|logging| logging.system_log_level())
                .is_some_and(|level| *level == types::SystemLogLevel::Warn),
            arn,
        }
    }};
}

/// A row of the list. A function without an ARN could not be asked for again, and AWS has none.
pub(super) fn summary(function: &types::FunctionConfiguration) -> Option<FunctionSummary> {
    function.function_arn()?;
    Some(summary!(function))
}

/// A whole configuration.
pub(super) fn configuration(function: GetFunctionConfigurationOutput) -> FunctionConfiguration {
    let logging = function.logging_config();
    FunctionConfiguration {
        summary: summary!(&function),
        version: function.version().unwrap_or("$LATEST").to_owned(),
        description: function.description().unwrap_or_default().to_owned(),
        handler: function.handler().map(str::to_owned),
        role: function.role().unwrap_or_default().to_owned(),
        revision_id: function.revision_id().map(str::to_owned),
        code_sha256: function.code_sha256().map(str::to_owned),
        state: FunctionState {
            state: function.state().map(|state| state.as_str().to_owned()),
            state_reason: function.state_reason().map(str::to_owned),
            state_reason_code: function
                .state_reason_code()
                .map(|code| code.as_str().to_owned()),
            last_update: function
                .last_update_status()
                .map(|status| status.as_str().to_owned()),
            last_update_reason: function.last_update_status_reason().map(str::to_owned),
            last_update_reason_code: function
                .last_update_status_reason_code()
                .map(|code| code.as_str().to_owned()),
        },
        ephemeral_mb: function
            .ephemeral_storage()
            .and_then(|storage| u32::try_from(storage.size()).ok()),
        kms_key: function
            .kms_key_arn()
            .filter(|key| !key.is_empty())
            .map(str::to_owned),
        tracing: function
            .tracing_config()
            .and_then(|tracing| tracing.mode())
            .map(|mode| mode.as_str().to_owned()),
        logging: Logging {
            format: logging
                .and_then(|logging| logging.log_format())
                .map(|format| format.as_str().to_owned()),
            application_level: logging
                .and_then(|logging| logging.application_log_level())
                .map(|level| level.as_str().to_owned()),
            system_level: logging
                .and_then(|logging| logging.system_log_level())
                .map(|level| level.as_str().to_owned()),
        },
        layers: function
            .layers()
            .iter()
            .filter_map(|layer| {
                Some(Layer {
                    arn: arn_of(layer.arn()?)?,
                    code_size: u64::try_from(layer.code_size()).unwrap_or(0),
                })
            })
            .collect(),
        vpc: function
            .vpc_config()
            .filter(|vpc| !vpc.subnet_ids().is_empty() || !vpc.security_group_ids().is_empty())
            .map(|vpc| Vpc {
                id: vpc.vpc_id().map(str::to_owned),
                subnets: vpc.subnet_ids().to_vec(),
                security_groups: vpc.security_group_ids().to_vec(),
                ipv6: vpc.ipv6_allowed_for_dual_stack().unwrap_or(false),
            }),
        file_systems: function
            .file_system_configs()
            .iter()
            .map(|system| {
                (
                    system.arn().to_owned(),
                    system.local_mount_path().to_owned(),
                )
            })
            .collect(),
        snap_start: function
            .snap_start()
            .and_then(|snap_start| snap_start.apply_on())
            .map(|apply_on| apply_on.as_str().to_owned())
            .filter(|apply_on| apply_on != "None"),
        image_command: function
            .image_config_response()
            .and_then(|image| image.image_config())
            .map(|config| config.command().to_vec())
            .unwrap_or_default(),
        durable_timeout_s: function
            .durable_config()
            .and_then(types::DurableConfig::execution_timeout)
            .and_then(|seconds| u32::try_from(seconds).ok()),
        tenancy: function
            .tenancy_config()
            .map(|tenancy| tenancy.tenant_isolation_mode().as_str().to_owned()),
        environment: environment(function.environment),
    }
}

/// `Environment.Error` means that the variables are missing, not that there are none.
fn environment(environment: Option<types::EnvironmentResponse>) -> Environment {
    let Some(environment) = environment else {
        return Environment::Variables(Vec::new());
    };
    if let Some(error) = environment.error() {
        return Environment::Unreadable {
            code: error.error_code().unwrap_or_default().to_owned(),
            message: error.message().unwrap_or_default().to_owned(),
        };
    }
    let mut variables: Vec<_> = environment
        .variables
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name, Secret::new(value)))
        .collect();
    variables.sort_by(|(left, _), (right, _)| left.cmp(right));
    Environment::Variables(variables)
}

/// A trigger.
pub(super) fn mapping(mapping: types::EventSourceMappingConfiguration) -> EventSourceMapping {
    EventSourceMapping {
        function: mapping.function_arn().and_then(arn_of),
        source: mapping.event_source_arn().and_then(arn_of),
        batch_size: mapping.batch_size().and_then(positive),
        batch_window_s: mapping
            .maximum_batching_window_in_seconds()
            .and_then(positive),
        on_failure: mapping
            .destination_config()
            .and_then(|config| config.on_failure())
            .and_then(|destination| destination.destination())
            .and_then(arn_of),
        maximum_concurrency: mapping
            .scaling_config()
            .and_then(types::ScalingConfig::maximum_concurrency)
            .and_then(positive),
        partial_batch_responses: mapping
            .function_response_types()
            .contains(&types::FunctionResponseType::ReportBatchItemFailures),
        filters: mapping
            .filter_criteria()
            .map(types::FilterCriteria::filters)
            .unwrap_or_default()
            .iter()
            .filter_map(|filter| filter.pattern().map(str::to_owned))
            .collect(),
        // The key encrypts filters only; lists leave them out where there is one
        // (`docs/aws.md` §1.3), and an error stands for filters that could not be decrypted.
        has_hidden_filters: mapping.filter_criteria().is_none()
            && (mapping.kms_key_arn().is_some_and(|key| !key.is_empty())
                || mapping.filter_criteria_error().is_some()),
        uuid: mapping.uuid.unwrap_or_default(),
        state: mapping.state.unwrap_or_default(),
        state_reason: mapping.state_transition_reason,
        last_result: mapping.last_processing_result,
    }
}

/// A version.
pub(super) fn version(function: types::FunctionConfiguration) -> Version {
    Version {
        modified: function.last_modified().and_then(timestamp),
        code_size: u64::try_from(function.code_size()).unwrap_or(0),
        version: function.version.unwrap_or_default(),
        description: function.description.unwrap_or_default(),
    }
}

/// An alias; its weights in the order of their versions.
pub(super) fn alias(alias: types::AliasConfiguration) -> Alias {
    let mut weights: Vec<(String, f64)> = alias
        .routing_config
        .and_then(|routing| routing.additional_version_weights)
        .unwrap_or_default()
        .into_iter()
        .collect();
    weights
        .sort_by_key(|(version, _)| (version.parse::<u64>().unwrap_or(u64::MAX), version.clone()));
    Alias {
        name: alias.name.unwrap_or_default(),
        version: alias.function_version.unwrap_or_default(),
        weights,
        description: alias.description.unwrap_or_default(),
        revision_id: alias.revision_id,
    }
}

/// Async settings, from the two SDK types that carry them under the same names.
macro_rules! async_config {
    ($config:expr) => {{
        let config = $config;
        let destinations = config.destination_config();
        AsyncConfig {
            // Zero is a setting here, not an absence.
            maximum_retries: config
                .maximum_retry_attempts()
                .and_then(|n| u32::try_from(n).ok()),
            maximum_age_s: config.maximum_event_age_in_seconds().and_then(positive),
            on_success: destinations
                .and_then(|destinations| destinations.on_success())
                .and_then(|destination| destination.destination())
                .and_then(arn_of),
            on_failure: destinations
                .and_then(|destinations| destinations.on_failure())
                .and_then(|destination| destination.destination())
                .and_then(arn_of),
        }
    }};
}

/// Async settings of a function.
pub(super) fn async_config(config: &GetFunctionEventInvokeConfigOutput) -> AsyncConfig {
    async_config!(config)
}

/// Async settings of one qualifier, which the row's ARN names; the function itself is `$LATEST`.
pub(super) fn async_config_row(config: &types::FunctionEventInvokeConfig) -> (String, AsyncConfig) {
    let qualifier = config
        .function_arn()
        .and_then(qualifier)
        .unwrap_or("$LATEST");
    (qualifier.to_owned(), async_config!(config))
}

/// Provisioned concurrency; its version or alias is the end of its ARN.
pub(super) fn provisioned(
    item: types::ProvisionedConcurrencyConfigListItem,
) -> ProvisionedConcurrency {
    ProvisionedConcurrency {
        qualifier: item
            .function_arn()
            .and_then(qualifier)
            .unwrap_or_default()
            .to_owned(),
        requested: count(item.requested_provisioned_concurrent_executions),
        available: count(item.available_provisioned_concurrent_executions),
        status: item
            .status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        reason: item.status_reason,
    }
}

/// A function URL.
pub(super) fn url(url: types::FunctionUrlConfig) -> FunctionUrl {
    FunctionUrl {
        auth: url.auth_type().as_str().to_owned(),
        invoke_mode: url.invoke_mode().map(|mode| mode.as_str().to_owned()),
        qualifier: qualifier(url.function_arn()).map(str::to_owned),
        url: url.function_url,
    }
}

/// The newest version of a layer.
pub(super) fn layer(layer: &types::LayersListItem) -> Option<Arn> {
    arn_of(layer.latest_matching_version()?.layer_version_arn()?)
}

/// Limits of the account.
pub(super) fn account(settings: &GetAccountSettingsOutput) -> AccountSettings {
    let (limit, usage) = (settings.account_limit(), settings.account_usage());
    AccountSettings {
        concurrency_limit: count(limit.map(types::AccountLimit::concurrent_executions)),
        unreserved: count(limit.and_then(types::AccountLimit::unreserved_concurrent_executions)),
        function_count: large(usage.map(types::AccountUsage::function_count)),
        code_size: large(usage.map(types::AccountUsage::total_code_size)),
    }
}

/// The ARN of the function itself: `…:function:name`, without a version or alias.
fn unqualified(arn: &str) -> Arn {
    let end = arn
        .match_indices(':')
        .nth(6)
        .map_or(arn.len(), |(at, _)| at);
    Arn::new(&arn[..end])
}

/// The version or alias at the end of a function's ARN.
pub(super) fn qualifier(arn: &str) -> Option<&str> {
    arn.splitn(8, ':').nth(7)
}

/// An ARN; an empty one is none.
pub(super) fn arn_of(arn: &str) -> Option<Arn> {
    (!arn.is_empty()).then(|| Arn::new(arn))
}

/// Lambda writes `2026-03-04T17:22:38.033+0000`.
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn count(number: Option<i32>) -> u32 {
    number.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn large(number: Option<i64>) -> u64 {
    number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

fn positive(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:charge";

    #[test]
    fn a_qualified_arn_is_the_same_function() {
        assert_eq!(unqualified(&format!("{ARN}:live")).as_str(), ARN);
        assert_eq!(unqualified(&format!("{ARN}:$LATEST")).as_str(), ARN);
        assert_eq!(unqualified(ARN).as_str(), ARN);
        assert_eq!(qualifier(&format!("{ARN}:live")), Some("live"));
        assert_eq!(qualifier(ARN), None);
    }

    #[test]
    fn lambdas_own_time_format_is_read() {
        assert_eq!(
            timestamp("2026-03-04T17:22:38.033+0000").map(Timestamp::as_millisecond),
            Some(1_772_644_958_033)
        );
        assert_eq!(timestamp("yesterday"), None);
    }

    #[test]
    fn a_row_keeps_what_the_table_shows_and_no_environment() {
        let function = types::FunctionConfiguration::builder()
            .function_name("charge")
            .function_arn(ARN)
            .runtime("python9.9".into())
            .memory_size(256)
            .timeout(-1)
            .code_size(12)
            .environment(
                types::EnvironmentResponse::builder()
                    .variables("TOKEN", "hunter2")
                    .build(),
            )
            .logging_config(types::LoggingConfig::builder().log_group("shared").build())
            .build();
        let row = summary(&function).expect("has an ARN");
        assert_eq!(row.runtime.as_deref(), Some("python9.9"));
        assert_eq!((row.memory_mb, row.timeout_s, row.code_size), (256, 0, 12));
        assert_eq!(row.log_group(), "shared");
        assert!(row.has_custom_log_group());
        assert!(
            !serde_json::to_string(&row)
                .expect("JSON")
                .contains("hunter2")
        );
        assert_eq!(
            summary(&types::FunctionConfiguration::builder().build()),
            None
        );
    }

    #[test]
    fn an_environment_that_cannot_be_read_is_not_an_empty_one() {
        let unreadable = types::EnvironmentResponse::builder()
            .error(
                types::EnvironmentError::builder()
                    .error_code("AccessDeniedException")
                    .message("kms:Decrypt denied")
                    .build(),
            )
            .build();
        assert!(matches!(
            environment(Some(unreadable)),
            Environment::Unreadable { code, .. } if code == "AccessDeniedException"
        ));
        assert_eq!(environment(None), Environment::Variables(Vec::new()));
    }

    #[test]
    fn filters_that_are_not_told_are_not_none() {
        let plain = types::EventSourceMappingConfiguration::builder();
        assert!(!mapping(plain.clone().build()).has_hidden_filters);
        let encrypted = plain.clone().kms_key_arn("arn:aws:kms:eu-west-1:1:key/k");
        assert!(mapping(encrypted.clone().build()).has_hidden_filters);
        let error = types::FilterCriteriaError::builder().build();
        assert!(mapping(plain.filter_criteria_error(error).build()).has_hidden_filters);
        let told = types::FilterCriteria::builder()
            .filters(types::Filter::builder().pattern("{}").build())
            .build();
        let told = mapping(encrypted.filter_criteria(told).build());
        assert!(!told.has_hidden_filters && told.filters == ["{}"]);
    }

    #[test]
    fn weights_are_in_the_order_of_versions() {
        let routing = types::AliasRoutingConfiguration::builder()
            .additional_version_weights("10", 0.2)
            .additional_version_weights("9", 0.1)
            .build();
        let alias = alias(
            types::AliasConfiguration::builder()
                .name("live")
                .routing_config(routing)
                .build(),
        );
        assert_eq!(
            alias.weights,
            [("9".to_owned(), 0.1), ("10".to_owned(), 0.2)]
        );
    }
}
