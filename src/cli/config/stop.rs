//! `lambdeck pause`, `lambdeck stop` and `lambdeck resume`: the moves that stop the damage, and the
//! cards on disk that remember what was there before.

use super::{
    Cli,
    args::PauseArgs,
    edit::{Edit, Follows, carry_out, unqualified},
    tell_damaged,
};
use crate::{
    cli::{Outcome, headless},
    domain::{
        draft::{Draft, card::ResumeCard, stop::Move},
        function::Arn,
        text,
    },
    runtime::configure::{Cards, Wanted},
};

/// A move; what it stopped is left on a card before its first call.
pub(super) async fn stop(cli: &Cli<'_>, args: PauseArgs, stop: Move) -> Result<Outcome, Outcome> {
    let function = unqualified(cli, ("FUNCTION", &args.function))?;
    let wanted = Wanted {
        reserved: true,
        mappings: stop == Move::PauseTriggers,
        ..Wanted::NONE
    };
    let found = cli.find(&function, None, wanted).await?;
    let mut edit = Edit::new(function, Draft::default());
    match stop.draft(&found.snapshot, &[]) {
        Ok(draft) => {
            edit.draft = draft;
            edit.cards = Some(Cards::Leaves(stop.clone()));
            edit.warnings = vec![
                format!("stops {}", stop.stops()),
                format!("does not stop: {}", stop.goes_on()),
            ];
        }
        Err(why) => {
            headless::tell(text::sanitise(&why));
            // What could not be read may read on: it was told.
            if !found.notes.is_empty() {
                return Err(Outcome::Failed);
            }
        }
    }
    let (outcome, mut reports) = carry_out(cli, vec![edit], &args.into()).await?;
    let id = reports.pop().flatten().map(|report| report.id);
    let cards = cli.files(|files| Ok(files.cards())).await?;
    if cards.iter().any(|card| Some(&card.id) == id.as_ref()) {
        headless::tell(format_args!(
            "way to restore: lambdeck resume {} --dry-run",
            text::sanitise(found.snapshot.name())
        ));
    }
    Ok(outcome)
}

/// Everything that was stopped from here, back to what was there before.
pub(super) async fn resume(cli: &Cli<'_>, args: PauseArgs) -> Result<Outcome, Outcome> {
    let function = unqualified(cli, ("FUNCTION", &args.function))?;
    let account = cli.account().await?;
    let left = cli.files(|files| Ok(files.left())).await?;
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
    let mut draft = Draft::default();
    // Where two cards speak of the same, the older one knows how it was.
    for card in cards.iter().rev() {
        draft.merge(card.earlier.clone());
    }
    let edit = Edit {
        cards: Some(Cards::Restores(
            cards.into_iter().map(|card| card.id).collect(),
        )),
        follows: Some(Follows::Stop),
        ..Edit::new(function, draft)
    };
    let (outcome, _) = carry_out(cli, vec![edit], &args.into()).await?;
    Ok(outcome)
}

/// Whether a card's function is the one that was named: by its ARN, where the account was said.
fn is_same(card: &Arn, named: &Arn) -> bool {
    match named.account() {
        Some(_) => card == named,
        None => card.resource_name() == named.resource_name(),
    }
}
