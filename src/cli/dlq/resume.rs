//! `lambdeck dlq resume`: the journals that were left, listed or finished.

use serde_json::json;

use super::{Cli, args::ResumeArgs, queue, reading, run as running};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        age,
        letter::decode::Known,
        place::Location,
        queue::OpenQueue,
        redrive::{Plan, Scope, Tally},
        text,
    },
    ports::{ApiError, ErrorKind},
    runtime::{
        gate::address_at,
        journal::{Damaged, Journals, Unfinished},
        redrive::{Start, operation},
    },
};

pub(super) async fn run(cli: &Cli<'_>, args: ResumeArgs) -> Result<Outcome, Outcome> {
    let account = cli.identify().await?;
    let journals = cli.journals();
    let region = cli.gate.region().to_owned();
    let now = cli.context.clock.now();
    let listing = journals.clone();
    let left = cli
        .blocking(move || Ok(listing.left(account.as_deref(), &region, now)?))
        .await?;
    let mut unfinished = left.unfinished;
    let mut damaged = left.damaged;
    if let Some(plan) = &args.plan {
        unfinished.retain(|journal| journal.plan.id == *plan);
        damaged.retain(|damaged| {
            damaged
                .path
                .file_stem()
                .is_some_and(|stem| stem == plan.as_str())
        });
        if unfinished.is_empty() && damaged.is_empty() {
            refuse_elsewhere(cli, &journals, plan).await?;
            let problem = "no plan of this account and region that is left to finish has this id; `lambdeck dlq resume` lists them";
            return Err(headless::misused("PLAN", &problem));
        }
    }
    tell_damaged(&damaged);
    let mut outcome = if damaged.is_empty() {
        Outcome::Done
    } else {
        Outcome::Failed
    };
    if unfinished.is_empty() {
        if damaged.is_empty() {
            headless::tell("nothing to resume: every redrive of this account and region has ended");
        }
        return Ok(outcome);
    }
    if !args.yes {
        let listed = list(cli, &journals, unfinished, &args).await?;
        return Ok(if damaged.is_empty() { listed } else { outcome });
    }
    for journal in unfinished {
        if cli.stop.is_cancelled() {
            return Err(Outcome::Failed);
        }
        // One that cannot be finished does not keep the others from it.
        match finish(cli, &journals, journal, args.output).await {
            Ok(Outcome::Done) => {}
            Ok(other) | Err(other) => outcome = other,
        }
    }
    Ok(outcome)
}

/// Says where a plan belongs that cannot be resumed here.
async fn refuse_elsewhere(cli: &Cli<'_>, journals: &Journals, id: &str) -> Result<(), Outcome> {
    let (reading, id) = (journals.clone(), id.to_owned());
    let Some(plan) = cli.blocking(move || Ok(reading.plan(&id))).await? else {
        return Ok(());
    };
    let (what, place) = (format!("plan {}", plan.id), cli.gate.place());
    let there = Location {
        region: Some(plan.region.clone()),
        ..Location::of(&plan.source)
    };
    let refused = match (place.check(&what, &there), &plan.account, &place.account) {
        (Err(elsewhere), ..) => elsewhere.to_string(),
        (Ok(()), Some(there), Some(here)) if there != here => format!(
            "{what} is of account {there}, this session is of {here}: start with --profile {}",
            plan.profile.as_deref().unwrap_or("of that account")
        ),
        _ => return Ok(()),
    };
    let error = ApiError::new(operation(&plan), ErrorKind::Elsewhere, refused);
    cli.told(Err(error))
}

/// Names the journals that cannot be read: letters of theirs may have been sent and not deleted.
pub(super) fn tell_damaged(damaged: &[Damaged]) {
    for damaged in damaged {
        headless::tell(format_args!(
            "lambdeck: {}",
            text::sanitise(&damaged.to_string())
        ));
    }
    if !damaged.is_empty() {
        headless::tell(
            "  next: letters of that plan may have been sent and not deleted: look at the queues by hand, then move the file away",
        );
    }
}

/// What, where, how far.
async fn list(
    cli: &Cli<'_>,
    journals: &Journals,
    unfinished: Vec<Unfinished>,
    args: &ResumeArgs,
) -> Result<Outcome, Outcome> {
    let mut rows = Vec::new();
    for journal in unfinished {
        let tally = if journal.is_locked {
            None
        } else {
            let (journals, id) = (journals.clone(), journal.plan.id.clone());
            // It says itself why it cannot be read.
            cli.blocking(move || Ok(journals.open(&id)?.1.ledger.tally(true)))
                .await
                .ok()
        };
        rows.push((journal, tally));
    }
    let now = cli.context.clock.now();
    let lines = match args.output {
        Output::Json => rows.iter().map(|row| object(row).to_string()).collect(),
        Output::Table => table(&rows, now).lines(),
    };
    let printed = super::print(&lines)?;
    match &args.plan {
        Some(plan) => headless::tell(format_args!(
            "`lambdeck dlq resume {} --yes` finishes it",
            text::sanitise(plan)
        )),
        None => headless::tell("`lambdeck dlq resume --yes` finishes them"),
    }
    Ok(printed)
}

fn table(rows: &[(Unfinished, Option<Tally>)], now: jiff::Timestamp) -> Table {
    let mut table = Table::new(&[
        ("PLAN", false),
        ("AGE", true),
        ("QUEUE", false),
        ("TO", false),
        ("LETTERS", false),
        ("MOVED", true),
        ("FAILED", true),
        ("OPEN", true),
        ("STATE", false),
    ]);
    for (journal, tally) in rows {
        let plan = &journal.plan;
        let count = |of: fn(&Tally) -> u64| {
            tally
                .as_ref()
                .map_or_else(|| "–".to_owned(), |tally| of(tally).to_string())
        };
        table.row([
            plan.id.clone(),
            age::age(now, plan.created),
            plan.source.resource_name().to_owned(),
            plan.goes_to(),
            scope(plan),
            count(|tally| tally.moved + tally.deleted),
            count(|tally| tally.failed + tally.not_judged),
            count(|tally| tally.pending),
            if journal.is_locked {
                "in use by another lambdeck".to_owned()
            } else {
                "can be resumed".to_owned()
            },
        ]);
    }
    table
}

/// Which letters a plan is about, in a few words.
pub(super) fn scope(plan: &Plan) -> String {
    match &plan.scope {
        Scope::Selection(chosen) => format!("{} chosen", chosen.len()),
        Scope::Standing { filter, limit } => {
            let which = filter.as_deref().unwrap_or("all");
            match limit {
                Some(limit) => format!("{which}, at most {limit}"),
                None => which.to_owned(),
            }
        }
    }
}

fn object((journal, tally): &(Unfinished, Option<Tally>)) -> serde_json::Value {
    let plan = &journal.plan;
    json!({
        "Plan": plan.id,
        "Created": plan.created,
        "QueueArn": plan.source,
        "Destination": plan.goes_to(),
        "Letters": scope(plan),
        "Moved": tally.map(|tally| tally.moved),
        "Deleted": tally.map(|tally| tally.deleted),
        "Failed": tally.map(|tally| tally.failed),
        "NotJudged": tally.map(|tally| tally.not_judged),
        "Open": tally.map(|tally| tally.pending),
        "Locked": journal.is_locked,
    })
}

/// Finishes the plan of one journal.
async fn finish(
    cli: &Cli<'_>,
    journals: &Journals,
    unfinished: Unfinished,
    output: Output,
) -> Result<Outcome, Outcome> {
    let plan = unfinished.plan;
    let name = text::sanitise(plan.source.resource_name()).into_owned();
    if unfinished.is_locked {
        headless::tell(format_args!(
            "{name}: plan {} is skipped: another lambdeck works on it",
            plan.id
        ));
        return Err(Outcome::Failed);
    }
    cli.told(cli.gate.permit(operation(&plan)))?;
    headless::tell(format_args!(
        "{name}: plan {} of {}, {}, goes on",
        plan.id,
        plan.created.strftime("%Y-%m-%d %H:%M UTC"),
        plan.goes_to()
    ));
    let (source, known, visible) = known(cli, &plan).await?;
    let (opening, id) = (journals.clone(), plan.id.clone());
    let (journal, replay, tombstones) = cli
        .blocking(move || {
            let (journal, replay) = opening.open(&id)?;
            let tombstones = opening.tombstones(&replay.plan.source, &id)?;
            Ok((journal, replay, tombstones))
        })
        .await?;
    let start = Start::resumed(replay, source, known, tombstones);
    let last = running::to_the_end(cli, journal, start, visible).await;
    running::report(&name, &last, true, output)
}

/// The queue of a plan, what decoding its letters needs, and how many there are, about.
async fn known(cli: &Cli<'_>, plan: &Plan) -> Result<(OpenQueue, Known, u64), Outcome> {
    let operation = operation(plan);
    let address = cli.told(address_at(operation, &plan.source, Some(&plan.source_url)))?;
    let queue = queue::find(cli, &address).await?;
    let visible = queue.verified(cli, operation)?.visible;
    let known = cli.unless_stopped(reading::known(cli, &queue)).await?;
    Ok((queue.opened, known, visible))
}
