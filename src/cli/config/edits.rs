//! `lambdeck config set` and `alias`: from words to a draft.

use super::{
    Cli,
    args::{AliasArgs, SetArgs},
    edit::{carry_out, plain, unqualified},
};
use crate::{
    cli::{Outcome, headless},
    domain::{
        draft::{Draft, Routing, assignment, change::Change, dotenv},
        encoding,
        function::Arn,
        text,
    },
    runtime::runner,
};

pub(super) async fn set(cli: &Cli<'_>, args: SetArgs) -> Result<Outcome, Outcome> {
    let functions = functions(cli, &args)?;
    let draft = drafted(&args).await?;
    if draft.is_empty() {
        let why = "say what to change, for example memory=512 or --unset env.OLD";
        return Err(headless::misused("NAME=VALUE", &why));
    }
    if functions.len() > 1
        && let Some(uuid) = draft.trigger_by_uuid()
    {
        let why = format!("trigger {uuid} is one function's own: name it by what it reads");
        return Err(headless::misused("NAME=VALUE", &text::sanitise(&why)));
    }
    for function in &functions {
        cli.tell_interrupted(function.resource_name()).await?;
    }
    let change = Change::Edit(Box::new(draft));
    let (outcome, _) = carry_out(cli, &change, functions, &args.review).await?;
    Ok(outcome)
}

/// The functions that are said, each once.
fn functions(cli: &Cli<'_>, args: &SetArgs) -> Result<Vec<Arn>, Outcome> {
    let mut functions: Vec<Arn> = Vec::new();
    for name in std::iter::once(&args.function).chain(&args.to) {
        let option = if functions.is_empty() {
            "FUNCTION"
        } else {
            "--to"
        };
        let function = unqualified(cli, (option, name))?;
        let mut others = functions.iter();
        if others.any(|other| other.resource_name() == function.resource_name()) {
            let why = format!("{:?} was said before", function.resource_name());
            return Err(headless::misused("--to", &why));
        }
        functions.push(function);
    }
    Ok(functions)
}

/// What the command line says, as one draft.
async fn drafted(args: &SetArgs) -> Result<Draft, Outcome> {
    let mut draft = assigned(args)?;
    if let Some(path) = args.env_file.clone() {
        let file = path.display().to_string();
        let misused = |error: String| {
            headless::misused("--env-file", &text::sanitise(&format!("{file}: {error}")))
        };
        let written = runner::blocking(move || std::fs::read(path))
            .await
            .ok_or(Outcome::Failed)?
            .map_err(|error| misused(error.to_string()))?;
        let written = encoding::text(written).map_err(|what| misused(format!("it {what}")))?;
        let mut variables = dotenv::parse(&written).map_err(|error| misused(error.to_string()))?;
        // What the command line itself says counts.
        variables.retain(|(name, _)| !draft.environment.contains_key(name));
        draft.paste(variables);
    }
    if let Some(description) = &args.publish
        && draft.publish.replace(description.clone()).is_some()
    {
        return Err(headless::misused("--publish", &"it was said before"));
    }
    for alias in &args.shift {
        if draft.publish.is_none() {
            let why = "there is nothing to shift to without --publish";
            return Err(headless::misused("--shift", &why));
        }
        let to_new = Routing::to(Routing::NEW);
        if draft.aliases.insert(alias.clone(), to_new).is_some() {
            let why = format!("alias {alias:?} was said before");
            return Err(headless::misused("--shift", &why));
        }
    }
    Ok(draft)
}

/// The assignments, and what `--unset` names; what is wrong with either is told in its own words.
fn assigned(args: &SetArgs) -> Result<Draft, Outcome> {
    let unset = args.unset.iter().map(|name| format!("-{name}"));
    let words: Vec<String> = args.assignments.iter().cloned().chain(unset).collect();
    assignment::parse(&words).map_err(|error| {
        let unset = error.argument.checked_sub(args.assignments.len());
        match unset.and_then(|number| args.unset.get(number)) {
            Some(name) => {
                let why = format!("{name}: {}", error.message);
                headless::misused("--unset", &text::sanitise(&why))
            }
            None => headless::misused("NAME=VALUE", &text::sanitise(&error.to_string())),
        }
    })
}

pub(super) async fn alias(cli: &Cli<'_>, args: AliasArgs) -> Result<Outcome, Outcome> {
    let routing = Routing {
        weights: args.weight.into_iter().collect(),
        ..args.version
    };
    let draft = Draft {
        aliases: [(args.name, routing)].into(),
        ..Draft::default()
    };
    let function = unqualified(cli, ("FUNCTION", &args.function))?;
    let change = Change::Edit(Box::new(draft));
    let review = plain(args.consent, args.output);
    let (outcome, _) = carry_out(cli, &change, vec![function], &review).await?;
    Ok(outcome)
}
