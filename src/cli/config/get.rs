//! `lambdeck config get`: everything of a function that can be edited, by the names by which it is
//! edited; as JSON by the names of the API.

use serde_json::{Map, Value, json};

use super::{Cli, args::GetArgs, print, print_json};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        configuration_json,
        draft::{Field, Item, LATEST, Side, Snapshot, TriggerField},
        function::{Arn, Environment, EventSourceMapping},
        text,
    },
    runtime::configure::{Found, Wanted},
};

pub(super) async fn run(cli: &Cli<'_>, args: GetArgs) -> Result<Outcome, Outcome> {
    let (function, qualifier) = cli.function("FUNCTION", &args.function)?;
    let wanted = match qualifier {
        None => Wanted::ALL,
        // All else belongs to the function, not to a version.
        Some(_) => Wanted {
            provisioned: true,
            urls: true,
            ..Wanted::NONE
        },
    };
    let mut found = cli.find(&function, qualifier.as_deref(), wanted).await?;
    if let Some(qualifier) = &qualifier {
        keep_only(&mut found.snapshot, qualifier);
    }
    if let Some(name) = args
        .reveal
        .iter()
        .find(|name| found.snapshot.variable(name).is_none())
    {
        let why = format!("there is no variable {name:?} that can be read");
        return Err(headless::misused("--reveal", &text::sanitise(&why)));
    }
    let printed = match args.output {
        Output::Json => print_json(&[object(&found, &args.reveal)]),
        Output::Table => print(&table(&found.snapshot, &args.reveal).lines()),
    }?;
    // What could not be read was said.
    Ok(if found.notes.is_empty() {
        printed
    } else {
        Outcome::Failed
    })
}

/// What hangs on this version or alias.
fn keep_only(snapshot: &mut Snapshot, qualifier: &str) {
    if let Some(all) = &mut snapshot.provisioned {
        all.retain(|one| one.qualifier == qualifier);
    }
    if let Some(all) = &mut snapshot.urls {
        all.retain(|one| one.qualifier.as_deref().unwrap_or(LATEST) == qualifier);
    }
}

fn table(snapshot: &Snapshot, revealed: &[String]) -> Table {
    let mut table = Table::new(&[("SETTING", false), ("VALUE", false)]);
    for field in Field::ALL {
        match snapshot.side(&Item::Setting(field)) {
            // It could not be read, or there is no such thing here: a note has said so.
            Side::Unknown => {}
            side => table.row([field.name().to_owned(), side.shown(false)]),
        }
    }
    match &snapshot.environment {
        Environment::Variables(variables) => {
            for (name, _) in variables {
                let item = Item::Variable(name.clone());
                let shown = snapshot.side(&item).shown(revealed.contains(name));
                table.row([format!("env.{name}"), shown]);
            }
        }
        Environment::Unreadable { code, message } => {
            table.row(["env".to_owned(), format!("{code}: {message}")]);
        }
    }
    for mapping in &snapshot.mappings {
        for field in TriggerField::ALL {
            let value = field.of(mapping);
            let value = value.map_or_else(|| "?".to_owned(), |value| field.write(&value));
            if !value.is_empty() {
                let name = trigger(snapshot, mapping);
                table.row([format!("trigger.{name}.{}", field.name()), value]);
            }
        }
    }
    for alias in &snapshot.aliases {
        let routing = snapshot.routing(&alias.name);
        let typed = routing.map(|routing| routing.typed()).unwrap_or_default();
        table.row([format!("alias.{}", alias.name), typed]);
    }
    for one in snapshot.provisioned.iter().flatten() {
        let name = format!("provisioned.{}", one.qualifier);
        table.row([name, format!("{} ({})", one.requested, one.status)]);
    }
    for one in snapshot.urls.iter().flatten() {
        let name = one
            .qualifier
            .as_ref()
            .map_or_else(|| "url".to_owned(), |qualifier| format!("url.{qualifier}"));
        let settings = crate::domain::draft::Url::of(one);
        table.row([name, format!("{settings} {}", one.url)]);
    }
    for (key, value) in snapshot.tags.iter().flatten() {
        table.row([format!("tag.{key}"), value.clone()]);
    }
    table
}

/// What a trigger is called on the command line: by what it reads, where that is enough.
fn trigger<'a>(snapshot: &Snapshot, mapping: &'a EventSourceMapping) -> &'a str {
    let name = mapping.source.as_ref().map(Arn::resource_name);
    name.filter(|name| snapshot.trigger_named(name) == Ok(&mapping.uuid))
        .unwrap_or(&mapping.uuid)
}

/// The configuration by its names there, with what else belongs to it.
fn object(found: &Found, revealed: &[String]) -> Value {
    let snapshot = &found.snapshot;
    let mut object = configuration_json::json(&found.configuration);
    for name in revealed {
        if let Some(value) = snapshot.variable(name) {
            object["Environment"]["Variables"][name] = json!(value.reveal());
        }
    }
    let number = |field| snapshot.setting(field)?.number();
    let text = |field| snapshot.setting(field)?.text();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            object[name] = value;
        }
    };
    put(
        "ReservedConcurrentExecutions",
        json!(number(Field::ReservedConcurrency)),
    );
    put("RecursiveLoop", json!(text(Field::Recursion)));
    let destination = |field| text(field).map(|arn| json!({ "Destination": arn }));
    let destinations = [
        ("OnSuccess", destination(Field::AsyncOnSuccess)),
        ("OnFailure", destination(Field::AsyncOnFailure)),
    ];
    let config = [
        (
            "MaximumRetryAttempts",
            number(Field::AsyncRetries).map(Value::from),
        ),
        (
            "MaximumEventAgeInSeconds",
            number(Field::AsyncAge).map(Value::from),
        ),
        ("DestinationConfig", set_ones(destinations)),
    ];
    put("EventInvokeConfig", json!(set_ones(config)));
    put("Aliases", list(snapshot.aliases.iter().map(alias)));
    put(
        "EventSourceMappings",
        list(snapshot.mappings.iter().map(mapping)),
    );
    if let Some(all) = &snapshot.provisioned {
        let all = all.iter().map(|one| {
            json!({
                "Qualifier": one.qualifier,
                "RequestedProvisionedConcurrentExecutions": one.requested,
                "AvailableProvisionedConcurrentExecutions": one.available,
                "Status": one.status,
                "StatusReason": one.reason,
            })
        });
        put("ProvisionedConcurrencyConfigs", list(all));
    }
    if let Some(all) = &snapshot.urls {
        let all = all.iter().map(|one| {
            json!({
                "Qualifier": one.qualifier,
                "FunctionUrl": one.url,
                "AuthType": one.auth,
                "InvokeMode": one.invoke_mode,
            })
        });
        put("FunctionUrlConfigs", list(all));
    }
    if let Some(tags) = &snapshot.tags {
        let tags: Map<String, Value> = tags
            .iter()
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect();
        put("Tags", json!(tags));
    }
    object
}

/// What is set of these, or nothing when nothing is.
fn set_ones<const N: usize>(values: [(&str, Option<Value>); N]) -> Option<Value> {
    let set: Map<String, Value> = values
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    (!set.is_empty()).then_some(Value::Object(set))
}

/// A list, or nothing when there is nothing in it.
fn list(items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.collect();
    if items.is_empty() {
        Value::Null
    } else {
        Value::Array(items)
    }
}

fn alias(alias: &crate::domain::function::Alias) -> Value {
    let weights: Map<String, Value> = alias
        .weights
        .iter()
        .map(|(version, share)| (version.clone(), json!(share)))
        .collect();
    json!({
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RoutingConfig": { "AdditionalVersionWeights": weights },
    })
}

fn mapping(mapping: &EventSourceMapping) -> Value {
    let types: &[&str] = if mapping.partial_batch_responses {
        &["ReportBatchItemFailures"]
    } else {
        &[]
    };
    let filters: Vec<Value> = mapping
        .filters
        .iter()
        .map(|pattern| json!({ "Pattern": pattern }))
        .collect();
    json!({
        "UUID": mapping.uuid,
        "EventSourceArn": mapping.source,
        "State": mapping.state,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": mapping.batch_window_s,
        "ScalingConfig": { "MaximumConcurrency": mapping.maximum_concurrency },
        "FunctionResponseTypes": types,
        "FilterCriteria": { "Filters": filters },
        "LastProcessingResult": mapping.last_result,
    })
}
