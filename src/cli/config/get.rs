//! `lambdeck config get`.

use serde_json::{Value, json};

use super::{Desk, args::GetArgs, print, print_json};
use crate::{
    cli::{Outcome, args::Output, headless, invoke::split, output::Table},
    domain::{
        configuration_json,
        draft::{Field, Item, Side, Snapshot},
        function::Environment,
    },
    ports::Session,
    runtime::configure::{self, Found, Wanted},
};

pub(super) async fn run<S: Session>(desk: &Desk<'_, S>, args: GetArgs) -> Result<Outcome, Outcome> {
    let (function, qualifier) = split(&args.function);
    let wanted = Wanted {
        // Neither belongs to a version.
        reserved: qualifier.is_none(),
        asynchronous: qualifier.is_none(),
        aliases: false,
        mappings: false,
        recursion: qualifier.is_none(),
        provisioned: qualifier.is_none(),
        urls: qualifier.is_none(),
        tags: qualifier.is_none(),
    };
    let reading = configure::find(&desk.gate, &function, qualifier.as_deref(), wanted);
    let found = desk.told(desk.unless_stopped(reading).await?)?;
    for note in &found.notes {
        headless::tell(crate::domain::text::sanitise(&note.to_string()));
    }
    if let Some(name) = args
        .reveal
        .iter()
        .find(|name| found.snapshot.variable(name).is_none())
    {
        let why = format!("there is no variable {name:?} that can be read");
        return Err(headless::misused("--reveal", &why));
    }
    match args.output {
        Output::Json => print_json(&[object(&found, &args.reveal)]),
        Output::Table => print(&table(&found.snapshot, &args.reveal).lines()),
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
    table
}

/// The configuration by its names there, with what else belongs to it.
fn object(found: &Found, revealed: &[String]) -> Value {
    let mut object = configuration_json::json(&found.configuration);
    for name in revealed {
        if let Some(value) = found.snapshot.variable(name) {
            object["Environment"]["Variables"][name] = json!(value.reveal());
        }
    }
    let number = |field| {
        let text = found.snapshot.setting(field)?;
        text.parse::<u32>().ok()
    };
    let text = |field| {
        found
            .snapshot
            .setting(field)
            .filter(|text| !text.is_empty())
    };
    if let Some(reserved) = number(Field::ReservedConcurrency) {
        object["ReservedConcurrentExecutions"] = json!(reserved);
    }
    let config = json!({
        "MaximumRetryAttempts": number(Field::AsyncRetries),
        "MaximumEventAgeInSeconds": number(Field::AsyncAge),
        "OnSuccess": text(Field::AsyncOnSuccess),
        "OnFailure": text(Field::AsyncOnFailure),
    });
    if config
        .as_object()
        .is_some_and(|c| c.values().any(|v| !v.is_null()))
    {
        object["EventInvokeConfig"] = config;
    }
    object
}
