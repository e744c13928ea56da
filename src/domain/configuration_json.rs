//! A configuration as JSON, with the field names of `GetFunctionConfiguration`.
//!
//! Only what lambdeck reads; the values of the environment are `null`, because a text on screen
//! is copied further than one thinks.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::function::{Environment, FunctionConfiguration};

/// The configuration; a field that AWS left out is left out.
pub fn json(configuration: &FunctionConfiguration) -> Value {
    let summary = &configuration.summary;
    let state = &configuration.state;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            object.insert(name.to_owned(), value);
        }
    };
    put("FunctionName", json!(summary.name));
    put("FunctionArn", json!(summary.arn));
    put("Runtime", json!(summary.runtime));
    put("Role", json!(configuration.role));
    put("Handler", json!(configuration.handler));
    put("CodeSize", json!(summary.code_size));
    put("Description", json!(configuration.description));
    put("Timeout", json!(summary.timeout_s));
    put("MemorySize", json!(summary.memory_mb));
    put(
        "LastModified",
        json!(summary.modified.map(|at| at.to_string())),
    );
    put("Version", json!(configuration.version));
    put("VpcConfig", vpc(configuration));
    put(
        "DeadLetterConfig",
        object_of("TargetArn", summary.dead_letter.as_ref()),
    );
    put("Environment", environment(&configuration.environment));
    put("KMSKeyArn", json!(configuration.kms_key));
    put(
        "TracingConfig",
        object_of("Mode", configuration.tracing.as_ref()),
    );
    put("RevisionId", json!(configuration.revision_id));
    put("Layers", layers(configuration));
    put("State", json!(state.state));
    put("StateReason", json!(state.state_reason));
    put("StateReasonCode", json!(state.state_reason_code));
    put("LastUpdateStatus", json!(state.last_update));
    put("LastUpdateStatusReason", json!(state.last_update_reason));
    put(
        "LastUpdateStatusReasonCode",
        json!(state.last_update_reason_code),
    );
    put("FileSystemConfigs", file_systems(configuration));
    put("PackageType", json!(summary.package));
    put("ImageConfigResponse", image(configuration));
    put("Architectures", json!([summary.architecture]));
    put(
        "EphemeralStorage",
        object_of("Size", configuration.ephemeral_mb.as_ref()),
    );
    put(
        "SnapStart",
        object_of("ApplyOn", configuration.snap_start.as_ref()),
    );
    put("LoggingConfig", logging(configuration));
    put(
        "DurableConfig",
        object_of("ExecutionTimeout", configuration.durable_timeout_s.as_ref()),
    );
    put(
        "TenancyConfig",
        object_of("TenantIsolationMode", configuration.tenancy.as_ref()),
    );
    Value::Object(object)
}

/// An object of one member, or nothing when the member is missing.
fn object_of(name: &str, value: Option<impl Serialize>) -> Value {
    value.map_or(Value::Null, |value| json!({ name: value }))
}

fn environment(environment: &Environment) -> Value {
    match environment {
        Environment::Variables(variables) if variables.is_empty() => Value::Null,
        Environment::Variables(variables) => {
            let masked: Map<String, Value> = variables
                .iter()
                .map(|(name, _)| (name.clone(), Value::Null))
                .collect();
            json!({ "Variables": masked })
        }
        Environment::Unreadable { code, message } => {
            json!({ "Error": { "ErrorCode": code, "Message": message } })
        }
    }
}

fn vpc(configuration: &FunctionConfiguration) -> Value {
    configuration.vpc.as_ref().map_or(Value::Null, |vpc| {
        json!({
            "SubnetIds": vpc.subnets,
            "SecurityGroupIds": vpc.security_groups,
            "VpcId": vpc.id,
        })
    })
}

fn layers(configuration: &FunctionConfiguration) -> Value {
    let layers: Vec<Value> = configuration
        .layers
        .iter()
        .map(|layer| json!({ "Arn": layer.arn, "CodeSize": layer.code_size }))
        .collect();
    list(layers)
}

fn file_systems(configuration: &FunctionConfiguration) -> Value {
    let mounts: Vec<Value> = configuration
        .file_systems
        .iter()
        .map(|(arn, path)| json!({ "Arn": arn, "LocalMountPath": path }))
        .collect();
    list(mounts)
}

fn image(configuration: &FunctionConfiguration) -> Value {
    if configuration.image_command.is_empty() {
        Value::Null
    } else {
        json!({ "ImageConfig": { "Command": configuration.image_command } })
    }
}

fn logging(configuration: &FunctionConfiguration) -> Value {
    let logging = &configuration.logging;
    let mut object = Map::new();
    for (name, value) in [
        ("LogFormat", logging.format.as_deref()),
        ("ApplicationLogLevel", logging.application_level.as_deref()),
        ("SystemLogLevel", logging.system_level.as_deref()),
        ("LogGroup", configuration.summary.log_group.as_deref()),
    ] {
        if let Some(value) = value {
            object.insert(name.to_owned(), json!(value));
        }
    }
    if object.is_empty() {
        Value::Null
    } else {
        Value::Object(object)
    }
}

fn list(items: Vec<Value>) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        Value::Array(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn configuration(environment: Environment) -> FunctionConfiguration {
        FunctionConfiguration {
            environment,
            ..FunctionConfiguration::sample("charge")
        }
    }

    #[test]
    fn names_stay_and_values_are_null() {
        let secret = Secret::new("hunter2".to_owned());
        let value = json(&configuration(Environment::Variables(vec![(
            "API_KEY".into(),
            secret,
        )])));
        assert_eq!(
            value["Environment"],
            json!({ "Variables": { "API_KEY": null } })
        );
        assert!(!value.to_string().contains("hunter2"));
        assert_eq!(value["EphemeralStorage"], json!({ "Size": 512 }));
        assert_eq!(
            value["LoggingConfig"],
            json!({ "LogGroup": "/aws/lambda/charge" })
        );
        assert_eq!(
            value.get("VpcConfig"),
            None,
            "left out as AWS leaves it out"
        );
    }

    #[test]
    fn an_unreadable_environment_keeps_its_error() {
        let value = json(&configuration(Environment::Unreadable {
            code: "AccessDeniedException".into(),
            message: "no".into(),
        }));
        assert_eq!(
            value["Environment"]["Error"]["ErrorCode"],
            "AccessDeniedException"
        );
    }
}
