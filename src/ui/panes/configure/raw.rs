//! What was read of a function, as JSON: the names of variables, never their values.

use serde_json::{Map, Value, json};

use crate::domain::{
    draft::{Field, LATEST, Snapshot, TriggerField},
    function::{Arn, Environment},
};

/// The snapshot, by the names of the command line. What was not read is left out.
pub fn json(snapshot: &Snapshot) -> Value {
    let settings = Field::ALL.into_iter();
    let settings: Map<String, Value> = settings
        .filter_map(|field| {
            let value = snapshot.setting(field)?;
            Some((field.name().to_owned(), field.write(value).into()))
        })
        .collect();
    let environment = match &snapshot.environment {
        Environment::Variables(variables) => {
            let names = variables.iter();
            names.map(|(name, _)| (name.clone(), Value::Null)).collect()
        }
        Environment::Unreadable { code, message } => json!({ "error": code, "message": message }),
    };
    let mappings = snapshot.mappings.iter().map(|mapping| {
        let fields = TriggerField::ALL.into_iter();
        let fields = fields.map(|field| {
            let value = field.of(mapping).map(|value| field.write(&value));
            (field.name().to_owned(), value.into())
        });
        let mut object: Map<String, Value> = fields.collect();
        object.insert("uuid".to_owned(), json!(mapping.uuid));
        let source = mapping.source.as_ref().map(Arn::as_str);
        object.insert("source".to_owned(), json!(source));
        object.insert("state".to_owned(), json!(mapping.state));
        Value::Object(object)
    });
    let aliases = snapshot.aliases.iter();
    let aliases: Map<String, Value> = aliases
        .filter_map(|alias| {
            let routing = snapshot.routing(&alias.name)?;
            Some((alias.name.clone(), routing.typed().into()))
        })
        .collect();
    let mut whole = json!({
        "function": snapshot.function.as_str(),
        "settings": settings,
        "environment": environment,
        "triggers": mappings.collect::<Vec<_>>(),
        "aliases": aliases,
    });
    if let Some(provisioned) = &snapshot.provisioned {
        let all = provisioned.iter();
        let all: Map<String, Value> = all
            .map(|one| (one.qualifier.clone(), one.requested.into()))
            .collect();
        whole["provisioned"] = Value::Object(all);
    }
    if let Some(urls) = &snapshot.urls {
        let all: Map<String, Value> = urls
            .iter()
            .map(|url| {
                let qualifier = url.qualifier.as_deref().unwrap_or(LATEST);
                let one =
                    json!({ "url": url.url, "auth": url.auth, "invoke_mode": url.invoke_mode });
                (qualifier.to_owned(), one)
            })
            .collect();
        whole["urls"] = Value::Object(all);
    }
    if let Some(tags) = &snapshot.tags {
        let all: Map<String, Value> = tags
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()))
            .collect();
        whole["tags"] = Value::Object(all);
    }
    whole
}
