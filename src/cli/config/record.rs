//! `lambdeck config revert` and `lambdeck config rest`: what the record of an edit leads to.

use super::{
    Cli,
    args::RevertArgs,
    edit::{Edit, Follows, carry_out},
};
use crate::{
    cli::{Outcome, headless},
    domain::{draft::record::Record, text},
    runtime::configure::{Cards, follow},
};

/// The way back.
pub(super) async fn revert(cli: &Cli<'_>, args: RevertArgs) -> Result<Outcome, Outcome> {
    let record = read(cli, &args.id).await?;
    let edit = Edit {
        // The card of a move has the id of its edit.
        cards: Some(Cards::Restores(vec![record.id.clone()])),
        follows: Some(Follows::Back(record.clone())),
        ..Edit::new(record.function.clone(), record.way_back())
    };
    follow(cli, &record, edit, &args, "reverted").await
}

/// What is left to do.
pub(super) async fn rest(cli: &Cli<'_>, args: RevertArgs) -> Result<Outcome, Outcome> {
    let record = read(cli, &args.id).await?;
    if !record.is_unfinished() {
        headless::tell("everything of that edit was done: nothing is left");
        if !args.review.consent.dry_run {
            close(
                cli,
                &record,
                "interrupted; nothing was left to do".to_owned(),
            )
            .await?;
        }
        return Ok(Outcome::Done);
    }
    let progress = format!("of that edit: {}", record.progress());
    let edit = Edit {
        warnings: vec![progress],
        follows: Some(Follows::Rest(record.clone())),
        ..Edit::new(record.function.clone(), record.rest())
    };
    follow(cli, &record, edit, &args, "finished").await
}

/// Carries an edit out that follows another one; one that was interrupted is finished by it.
async fn follow(
    cli: &Cli<'_>,
    record: &Record,
    edit: Edit,
    args: &RevertArgs,
    how: &str,
) -> Result<Outcome, Outcome> {
    let (outcome, mut reports) = carry_out(cli, vec![edit], &args.review).await?;
    let report = reports.pop().flatten();
    if let Some(how) = report.and_then(|report| follow::closing(how, &report)) {
        close(cli, record, how).await?;
    }
    Ok(outcome)
}

/// Says how an interrupted edit ended; one that had ended stays as it is.
async fn close(cli: &Cli<'_>, record: &Record, how: String) -> Result<(), Outcome> {
    let id = record.id.clone();
    cli.files(move |files| files.close(&id, &how)).await
}

/// The record of an id, if the edit was made here: what follows from it leads through the same
/// account and region, nowhere else.
async fn read(cli: &Cli<'_>, id: &str) -> Result<Record, Outcome> {
    let wanted = id.to_owned();
    let read = cli.files(move |files| {
        let is_underway = files.is_underway(&wanted);
        Ok(files.record(&wanted).map(|record| (record, is_underway)))
    });
    let (record, is_underway) = read.await?.map_err(|error| {
        if error.kind() != std::io::ErrorKind::NotFound {
            headless::tell(format_args!(
                "lambdeck: the record of edit {id} cannot be used: {error}"
            ));
            return Outcome::Failed;
        }
        let why = format!("no edit {id:?} is kept here; edits are kept for 30 days");
        headless::misused("ID", &text::sanitise(&why))
    })?;
    if is_underway {
        headless::tell("lambdeck: that edit is being carried out just now: wait for its end");
        return Err(Outcome::Failed);
    }
    let account = cli.account().await?;
    let there = record.account.as_deref();
    let is_other = there
        .zip(account.as_deref())
        .is_some_and(|(there, here)| there != here);
    if is_other || record.region != cli.gate.region() {
        let why = format!(
            "that edit was made in {} {}, not here: give its --profile and --region",
            there.unwrap_or("an unknown account"),
            record.region
        );
        return Err(headless::misused("ID", &text::sanitise(&why)));
    }
    Ok(record)
}
