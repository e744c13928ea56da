//! `lambdeck pause`, `lambdeck stop` and `lambdeck resume`: the moves that stop the damage, and the
//! cards on disk that remember what was there before.

use super::{
    Cli,
    args::PauseArgs,
    edit::{carry_out, unqualified},
    tell_damaged,
};
use crate::{
    cli::{Outcome, headless},
    domain::{
        draft::{card::ResumeCard, change::Change, stop::Move},
        function::Arn,
        text,
    },
};

/// A move; what it stopped is left on a card before its first call.
pub(super) async fn stop(cli: &Cli<'_>, args: PauseArgs, stop: Move) -> Result<Outcome, Outcome> {
    let function = unqualified(cli, ("FUNCTION", &args.function))?;
    let name = function.resource_name().to_owned();
    let change = Change::Stop(stop);
    let (outcome, mut reports) = carry_out(cli, &change, vec![function], &args.into()).await?;
    let id = reports.pop().flatten().map(|report| report.id);
    let left = cli.left().await?;
    if left.cards.iter().any(|card| Some(&card.id) == id.as_ref()) {
        headless::tell(format_args!(
            "way to restore: lambdeck resume {} --dry-run",
            text::sanitise(&name)
        ));
    }
    Ok(outcome)
}

/// Everything that was stopped from here, back to what was there before.
pub(super) async fn resume(cli: &Cli<'_>, args: PauseArgs) -> Result<Outcome, Outcome> {
    let function = unqualified(cli, ("FUNCTION", &args.function))?;
    let account = cli.account().await?;
    let left = cli.left().await?;
    tell_damaged(&left);
    let mut cards = left.cards;
    cards.retain(|card: &ResumeCard| {
        card.is_of(account.as_deref(), cli.gate.region()) && is_same(&card.function, &function)
    });
    if cards.is_empty() {
        headless::tell(match left.problem {
            None => "no resume card of this function is here: nothing was stopped from here",
            Some(_) => "no resume card that can be read is of this function",
        });
        return Ok(Outcome::Failed);
    }
    let change = Change::Restore(cards);
    let (outcome, _) = carry_out(cli, &change, vec![function], &args.into()).await?;
    Ok(outcome)
}

/// Whether a card's function is the one that was named: by its ARN, where the account was said.
fn is_same(card: &Arn, named: &Arn) -> bool {
    match named.account() {
        Some(_) => card == named,
        None => card.resource_name() == named.resource_name(),
    }
}
