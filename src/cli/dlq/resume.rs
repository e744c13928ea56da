//! `lambdeck dlq resume`: the journals that were left, listed or finished.

use serde_json::json;

use super::{Desk, args::ResumeArgs, queue, reading, run as running};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        age,
        letter::decode::Known,
        redrive::{Destination, Plan, Scope, Tally},
        text,
    },
    ports::Session,
    runtime::{
        gate::address_at,
        journal::{Journals, Unfinished},
        redrive::{Start, operation},
    },
};

pub(super) async fn run<S: Session>(
    desk: &Desk<'_, S>,
    args: ResumeArgs,
) -> Result<Outcome, Outcome> {
    let account = desk.identify().await?;
    let journals = desk.journals();
    let region = desk.gate.region().to_owned();
    let now = desk.context.clock.now();
    let listing = journals.clone();
    let mut unfinished = desk
        .blocking(move || Ok(listing.unfinished(account.as_deref(), &region, now)?))
        .await?;
    if let Some(plan) = &args.plan {
        unfinished.retain(|journal| journal.plan.id == *plan);
        if unfinished.is_empty() {
            let problem = "no plan of this account and region that is left to finish has this id; `lambdeck dlq resume` lists them";
            return Err(headless::misused("PLAN", &problem));
        }
    }
    if unfinished.is_empty() {
        headless::tell("nothing to resume: every redrive of this account and region has ended");
        return Ok(Outcome::Done);
    }
    if !args.yes {
        return list(desk, &journals, unfinished, &args).await;
    }
    let mut outcome = Outcome::Done;
    for journal in unfinished {
        if desk.stop.is_cancelled() {
            return Err(Outcome::Failed);
        }
        // One that cannot be finished does not keep the others from it.
        match finish(desk, &journals, journal, args.output).await {
            Ok(Outcome::Done) => {}
            Ok(other) | Err(other) => outcome = other,
        }
    }
    Ok(outcome)
}

/// What, where, how far.
async fn list<S: Session>(
    desk: &Desk<'_, S>,
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
            desk.blocking(move || Ok(journals.open(&id)?.1.ledger.tally(true)))
                .await
                .ok()
        };
        rows.push((journal, tally));
    }
    let now = desk.context.clock.now();
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
            destination(plan),
            scope(plan),
            count(|tally| tally.moved + tally.deleted),
            count(|tally| tally.failed),
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

/// Where a plan's letters go, in a few words.
pub(super) fn destination(plan: &Plan) -> String {
    match &plan.destination {
        Destination::Source => "each to the queue it came from".to_owned(),
        Destination::Queue { arn, .. } => arn.resource_name().to_owned(),
        Destination::Invoke {
            function,
            qualifier,
        } => {
            let qualifier = qualifier.as_ref().map(|one| format!(":{one}"));
            format!(
                "invoke {}{} asynchronously",
                function.resource_name(),
                qualifier.unwrap_or_default()
            )
        }
        Destination::Delete => "nowhere: they are deleted".to_owned(),
    }
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
        "Destination": destination(plan),
        "Letters": scope(plan),
        "Moved": tally.map(|tally| tally.moved),
        "Deleted": tally.map(|tally| tally.deleted),
        "Failed": tally.map(|tally| tally.failed),
        "Open": tally.map(|tally| tally.pending),
        "Locked": journal.is_locked,
    })
}

/// Finishes the plan of one journal.
async fn finish<S: Session>(
    desk: &Desk<'_, S>,
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
    desk.told(desk.gate.permit(operation(&plan)))?;
    headless::tell(format_args!(
        "{name}: plan {} of {}, {}, goes on",
        plan.id,
        plan.created.strftime("%Y-%m-%d %H:%M UTC"),
        destination(&plan)
    ));
    let (known, visible) = known(desk, &plan).await?;
    let (opening, id) = (journals.clone(), plan.id.clone());
    let (journal, replay, tombstones) = desk
        .blocking(move || {
            let (journal, replay) = opening.open(&id)?;
            let tombstones = opening.tombstones(&replay.plan.source, &id)?;
            Ok((journal, replay, tombstones))
        })
        .await?;
    let start = Start::resumed(replay, known, tombstones);
    let last = running::to_the_end(desk, journal, start, visible).await;
    running::report(&name, &last, true, output)
}

/// What decoding the letters of a plan needs, and how many there are, about.
async fn known<S: Session>(desk: &Desk<'_, S>, plan: &Plan) -> Result<(Known, u64), Outcome> {
    let operation = operation(plan);
    let address = desk.told(address_at(operation, &plan.source, Some(&plan.source_url)))?;
    let queue = queue::find(desk, &address).await?;
    let visible = queue.verified(desk, operation)?.visible;
    let known = desk.unless_stopped(reading::known(desk, &queue)).await?;
    Ok((known, visible))
}
