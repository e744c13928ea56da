//! A configuration as JSON, with the field names of `GetFunctionConfiguration`.
//!
//! Only what lambdeck reads; the values of the environment are `null`, because a text on screen
//! is copied further than one thinks.

use serde_json::{Map, Value, json};

use super::{
    draft::{self, Field},
    function::{Environment, FunctionConfiguration},
};

/// The configuration; a field that AWS left out is left out. Settings come from their table
/// ([`Field`]), so that a new one is here too.
pub fn json(configuration: &FunctionConfiguration) -> Value {
    let summary = &configuration.summary;
    let state = &configuration.state;
    let mut object = Map::new();
    let mut put = |path: &[&str], value: Value| {
        let ([name, ..], false) = (path, value.is_null()) else {
            return;
        };
        match path {
            [_, member] => {
                let structure = object.entry(*name).or_insert_with(|| json!({}));
                structure[member] = value;
            }
            _ => drop(object.insert((*name).to_owned(), value)),
        }
    };
    put(&["FunctionName"], json!(summary.name));
    put(&["FunctionArn"], json!(summary.arn));
    for field in Field::ALL {
        put(field.member(), setting(&field.given(configuration)));
    }
    put(&["Layers"], layers(configuration));
    put(
        &["VpcConfig", "VpcId"],
        json!(configuration.vpc.as_ref().map(|vpc| &vpc.id)),
    );
    let modified = summary.modified.map(|at| at.to_string());
    for (name, value) in [
        ("Environment", environment(&configuration.environment)),
        ("CodeSize", json!(summary.code_size)),
        ("LastModified", json!(modified)),
        ("Version", json!(configuration.version)),
        ("RevisionId", json!(configuration.revision_id)),
        ("State", json!(state.state)),
        ("StateReason", json!(state.state_reason)),
        ("StateReasonCode", json!(state.state_reason_code)),
        ("LastUpdateStatus", json!(state.last_update)),
        ("LastUpdateStatusReason", json!(state.last_update_reason)),
        (
            "LastUpdateStatusReasonCode",
            json!(state.last_update_reason_code),
        ),
        ("PackageType", json!(summary.package)),
        ("ImageConfigResponse", image(configuration)),
        ("Architectures", json!([summary.architecture])),
    ] {
        put(&[name], value);
    }
    put(
        &["DurableConfig", "ExecutionTimeout"],
        json!(configuration.durable_timeout_s),
    );
    put(
        &["TenancyConfig", "TenantIsolationMode"],
        json!(configuration.tenancy),
    );
    Value::Object(object)
}

/// The value of a setting as the API gives it.
fn setting(value: &draft::Value) -> Value {
    match value {
        draft::Value::Unset => Value::Null,
        draft::Value::Number(number) => json!(number),
        draft::Value::Switch(on) => json!(on),
        draft::Value::Text(text) => json!(text),
        draft::Value::List(list) => json!(list),
        draft::Value::Mount(arn, path) => json!([{ "Arn": arn, "LocalMountPath": path }]),
    }
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

fn layers(configuration: &FunctionConfiguration) -> Value {
    let layers: Vec<Value> = configuration
        .layers
        .iter()
        .map(|layer| json!({ "Arn": layer.arn, "CodeSize": layer.code_size }))
        .collect();
    list(layers)
}

fn image(configuration: &FunctionConfiguration) -> Value {
    if configuration.image_command.is_empty() {
        Value::Null
    } else {
        json!({ "ImageConfig": { "Command": configuration.image_command } })
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
