//! Edits of the demo account's functions, refused where Lambda refuses them (`docs/aws.md` §1.3,
//! §1.4): another revision, an update that still runs, a blocked runtime, a denied key.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    account::Account,
    dice::{label, mix, uuid},
    faults::refused,
    function::{Function, Update},
};
use crate::{
    domain::{
        draft::{
            Field, Value,
            environment::check_size,
            update::{Call, ConfigurationUpdate, Edited},
        },
        function::{Arn, AsyncConfig, Environment, FunctionConfiguration, Layer, Logging, Vpc},
        runtime_support::{Support, support},
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

pub(super) mod concurrency;
pub(super) mod tags;
pub(super) mod triggers;
pub(super) mod urls;
pub(super) mod versions;

/// How long an update takes.
const UPDATE_MS: i64 = 4_000;

/// Makes one edit of `function`, named as `arn`; triggers are [`triggers::update`]'s.
pub(super) fn edit(
    account: &Account,
    function: &mut Function,
    (arn, call): (&Arn, &Call),
    now_ms: i64,
    fails: bool,
) -> Result<Edited> {
    match call {
        Call::Configuration(changes) => update(account, function, changes, now_ms, fails)?,
        Call::Publish {
            description,
            revision_id,
        } => {
            let revision = revision_id.as_deref();
            let version = versions::publish(account, function, description, revision, now_ms)?;
            return Ok(Edited {
                version: Some(version),
            });
        }
        Call::Reserve(reserved) => {
            concurrency::reserve(account, Operation::of(call), function, *reserved)?;
        }
        Call::Unreserve => function.reserved = None,
        Call::PutAsync(config) => function.async_config = Some(config.clone()),
        Call::UpdateAsync(config) => merge_async(function, config)?,
        Call::DeleteAsync => function.async_config = None,
        Call::Recursion(mode) => recurse(function, mode)?,
        Call::Provision {
            qualifier,
            executions,
        } => concurrency::provision(account, function, qualifier, *executions, now_ms, fails)?,
        Call::Unprovision { qualifier } => concurrency::unprovision(function, qualifier)?,
        Call::CreateUrl { qualifier, url } => {
            urls::create(function, qualifier.as_deref(), url, now_ms)?;
        }
        Call::UpdateUrl { qualifier, url } => urls::update(function, qualifier.as_deref(), url)?,
        Call::DeleteUrl { qualifier } => urls::delete(function, qualifier.as_deref())?,
        Call::Tag(set) => tags::set(account, function, arn, set, now_ms)?,
        Call::Untag(keys) => tags::remove(account, function, arn, keys, now_ms)?,
        Call::Alias {
            name,
            routing,
            revision_id,
        } => versions::route(account, function, name, routing, revision_id.as_deref())?,
        Call::Mapping { uuid, update } => triggers::update(account, uuid, update, now_ms)?,
    }
    Ok(Edited::default())
}

/// Changes a configuration; its update runs for a while.
fn update(
    account: &Account,
    function: &mut Function,
    update: &ConfigurationUpdate,
    now_ms: i64,
    fails: bool,
) -> Result<()> {
    let operation = Operation::UpdateFunctionConfiguration;
    let current = quiet(account, operation, function, now_ms)?;
    if update.revision_id.is_some() && update.revision_id != current.revision_id {
        return Err(other_revision(operation, "Function"));
    }
    check(function, update, now_ms)?;
    write(function, update);
    let seed = label(current.revision_id.as_deref().unwrap_or_default());
    let revision = uuid(mix(&[seed, 1]));
    function.latest.revision_id = Some(revision);
    function.latest.summary.modified = Timestamp::from_millisecond(now_ms).ok();
    function.update = Some(Update {
        until_ms: now_ms + UPDATE_MS,
        revision: uuid(mix(&[seed, 2])),
        fails,
    });
    Ok(())
}

fn check(function: &Function, update: &ConfigurationUpdate, now_ms: i64) -> Result<()> {
    let operation = Operation::UpdateFunctionConfiguration;
    let invalid = |message: String| Err(invalid(operation, message));
    let runtime = update
        .text(Field::Runtime)
        .or(function.latest.summary.runtime.as_deref());
    let today = Timestamp::from_millisecond(now_ms)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
        .date();
    if let Some(id) = runtime
        && matches!(support(id, today), Support::Blocked { updates: true, .. })
    {
        return invalid(format!(
            "The runtime parameter of {id} is no longer supported for creating or updating AWS \
             Lambda functions."
        ));
    }
    let mut settings = update.settings.iter();
    if !settings.all(|(field, value)| field.kind().allows(value)) {
        return invalid("1 validation error detected: value out of range".into());
    }
    let is_in_vpc = match update.list(Field::Subnets) {
        Some(subnets) => !subnets.is_empty(),
        None => function.latest.vpc.is_some(),
    };
    let mounts = update.mounts(Field::FileSystem);
    if !is_in_vpc && mounts.is_some_and(|mounts| !mounts.is_empty()) {
        return invalid(
            "Function must be configured to execute in a VPC to reference access point.".into(),
        );
    }
    if let Some(variables) = &update.environment {
        if matches!(function.latest.environment, Environment::Unreadable { .. }) {
            return invalid(
                "Lambda was unable to configure access to your environment variables because the \
                 KMS access was denied. Please check your KMS permissions."
                    .into(),
            );
        }
        if check_size(variables).is_err() {
            // As Lambda does, values and all.
            let whole = variables.iter().map(|(name, value)| (name, value.reveal()));
            let whole: std::collections::BTreeMap<_, _> = whole.collect();
            return invalid(format!(
                "Lambda was unable to configure your environment variables because the environment \
                 variables you have provided exceeded the 4KB limit. String measured: {}",
                serde_json::json!(whole)
            ));
        }
    }
    Ok(())
}

fn write(function: &mut Function, update: &ConfigurationUpdate) {
    let latest = &mut function.latest;
    let summary = &mut latest.summary;
    let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    for (field, value) in &update.settings {
        let text = value.text().unwrap_or_default();
        match field {
            Field::Memory => summary.memory_mb = value.number().unwrap_or(summary.memory_mb),
            Field::Timeout => summary.timeout_s = value.number().unwrap_or(summary.timeout_s),
            Field::Ephemeral => latest.ephemeral_mb = value.number(),
            Field::Description => text.clone_into(&mut latest.description),
            Field::Handler => latest.handler = set(text),
            Field::Runtime => summary.runtime = Some(text.into()),
            Field::Role => text.clone_into(&mut latest.role),
            Field::Layers => latest.layers = value.list().iter().map(|arn| layer(arn)).collect(),
            Field::DeadLetter => summary.dead_letter = set(text).map(Arn::new),
            Field::Tracing => latest.tracing = set(text),
            Field::SnapStart => latest.snap_start = set(text).filter(|on| on != "None"),
            Field::KmsKey => latest.kms_key = set(text),
            Field::LogGroup => summary.log_group = Some(text.into()),
            Field::FileSystem => {
                let mounts = update.mounts(*field).unwrap_or_default().into_iter();
                let mounts = mounts.map(|(arn, path)| (arn.to_owned(), path.to_owned()));
                latest.file_systems = mounts.collect();
            }
            // Their structure is written below; the others are calls of their own.
            Field::LogFormat
            | Field::AppLogLevel
            | Field::SystemLogLevel
            | Field::Subnets
            | Field::SecurityGroups
            | Field::VpcIpv6
            | Field::ReservedConcurrency
            | Field::Recursion
            | Field::AsyncRetries
            | Field::AsyncAge
            | Field::AsyncOnSuccess
            | Field::AsyncOnFailure => {}
        }
    }
    if let Some(format) = update.text(Field::LogFormat) {
        latest.logging = logging(format, update);
        summary.quiet = latest.logging.system_level.as_deref() == Some("WARN");
    }
    if let Some(subnets) = update.list(Field::Subnets) {
        let groups = update.list(Field::SecurityGroups).unwrap_or_default();
        latest.vpc = (!subnets.is_empty()).then(|| Vpc {
            id: Some("vpc-0a51c3f2".into()),
            subnets: subnets.to_vec(),
            security_groups: groups.to_vec(),
            ipv6: update.get(Field::VpcIpv6).is_some_and(Value::is_on),
        });
    }
    if let Some(variables) = &update.environment {
        latest.environment = Environment::Variables(variables.clone());
    }
}

fn layer(arn: &str) -> Layer {
    Layer {
        arn: Arn::new(arn),
        code_size: 1_048_576,
    }
}

fn logging(format: &str, update: &ConfigurationUpdate) -> Logging {
    // With JSON, levels that are not said are INFO.
    let level = |field| {
        let level = update.text(field).filter(|level| !level.is_empty());
        (format == "JSON").then(|| level.unwrap_or("INFO").to_owned())
    };
    Logging {
        format: Some(format.to_owned()),
        application_level: level(Field::AppLogLevel),
        system_level: level(Field::SystemLogLevel),
    }
}

/// Changes async settings that are there.
fn merge_async(function: &mut Function, config: &AsyncConfig) -> Result<()> {
    let operation = Operation::UpdateFunctionEventInvokeConfig;
    let arn = function.arn().clone();
    let Some(kept) = &mut function.async_config else {
        return Err(refused(
            operation,
            ErrorKind::NotFound,
            "ResourceNotFoundException",
            404,
            format!("The function {arn} doesn't have an EventInvokeConfig"),
        ));
    };
    kept.maximum_retries = config.maximum_retries.or(kept.maximum_retries);
    kept.maximum_age_s = config.maximum_age_s.or(kept.maximum_age_s);
    if config.on_success.is_some() || config.on_failure.is_some() {
        kept.on_success.clone_from(&config.on_success);
        kept.on_failure.clone_from(&config.on_failure);
    }
    Ok(())
}

/// What Lambda does with detected loops.
fn recurse(function: &mut Function, mode: &str) -> Result<()> {
    if !matches!(mode, "Allow" | "Terminate") {
        return Err(invalid(
            Operation::PutFunctionRecursionConfig,
            format!(
                "1 validation error detected: Value '{mode}' at 'recursiveLoop' failed to satisfy \
                 constraint: Member must satisfy enum value set: [Allow, Terminate]"
            ),
        ));
    }
    mode.clone_into(&mut function.recursion);
    Ok(())
}

/// The configuration of now, unless an update runs.
fn quiet(
    account: &Account,
    operation: Operation,
    function: &Function,
    now_ms: i64,
) -> Result<FunctionConfiguration> {
    let current = account.configuration(function, "$LATEST".into(), now_ms);
    if current.state.last_update.as_deref() == Some("InProgress") {
        return Err(in_progress(operation, function.arn()));
    }
    Ok(current)
}

/// An invalid parameter.
fn invalid(operation: Operation, message: impl Into<String>) -> ApiError {
    let code = "InvalidParameterValueException";
    refused(operation, ErrorKind::Invalid, code, 400, message)
}

/// Something of a function does not exist.
fn no_such_resource(operation: Operation) -> ApiError {
    refused(
        operation,
        ErrorKind::NotFound,
        "ResourceNotFoundException",
        404,
        "The resource you requested does not exist.",
    )
}

fn in_progress(operation: Operation, function: &Arn) -> ApiError {
    refused(
        operation,
        ErrorKind::Conflict,
        "ResourceConflictException",
        409,
        format!("An update is in progress for resource: {function}"),
    )
}

fn other_revision(operation: Operation, what: &str) -> ApiError {
    refused(
        operation,
        ErrorKind::Precondition,
        "PreconditionFailedException",
        412,
        format!(
            "The Revision Id provided does not match the latest Revision Id. Call the Get{what} \
             API to retrieve the latest Revision Id"
        ),
    )
}

#[cfg(test)]
mod tests;
