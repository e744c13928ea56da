//! `lambdeck pause` and `lambdeck resume`: the triggers of a function, and the card on disk that
//! remembers which of them had been reading.

use super::{
    Desk,
    args::PauseArgs,
    edits::{Edit, plain, unqualified},
};
use crate::{
    cli::{Outcome, headless},
    domain::{
        draft::{Draft, card::ResumeCard, record::StepState, stop::Move},
        function::{Arn, EventSourceMapping},
        text,
    },
    ports::{Operation, Session},
};

pub(super) async fn pause<S: Session>(
    desk: &Desk<'_, S>,
    args: PauseArgs,
) -> Result<Outcome, Outcome> {
    let function = unqualified(&args.function)?;
    let mappings = mappings(desk, &function).await?;
    let reading: Vec<&EventSourceMapping> = mappings.iter().filter(|m| !m.is_disabled()).collect();
    if reading.is_empty() {
        headless::tell("no trigger of this function reads: nothing to pause");
        return Ok(Outcome::Done);
    }
    let mut draft = Draft::default();
    let mut earlier = Draft::default();
    for mapping in &reading {
        draft.enable(&mapping.uuid, false);
        earlier.enable(&mapping.uuid, true);
    }
    let now = desk.context.clock.now();
    let card = ResumeCard {
        id: format!("{}-{:08x}", now.as_millisecond(), fastrand::u32(..)),
        at: now,
        account: desk.account().await?,
        region: desk.gate.region().to_owned(),
        function: function.clone(),
        stop: Move::PauseTriggers,
        earlier,
        words: reading.iter().map(|m| trigger(m)).collect(),
    };
    let is_dry_run = args.consent.dry_run;
    if !is_dry_run {
        desk.permit(Operation::UpdateEventSourceMapping)?;
        // Before the first call: whoever comes after a crash must know what was reading.
        let card = card.clone();
        desk.files(move |files| files.leave(&card)).await?;
    }
    let edit = Edit {
        function,
        draft,
        warnings: vec![
            "stops what Lambda polls (queues, streams); direct invokes, URLs, schedules and other \
             pushed events go on"
                .to_owned(),
        ],
        review: plain(args.consent, args.output),
    };
    let ended = edit.run(desk).await;
    if is_dry_run {
        return ended.map(|(outcome, _)| outcome);
    }
    let (outcome, report) = match ended {
        Ok(ended) => ended,
        Err(outcome) => (outcome, None),
    };
    let has_paused = report.is_some_and(|report| {
        let mut steps = report.steps.iter();
        steps.any(|step| matches!(step.state, StepState::Done | StepState::Sent))
    });
    if has_paused {
        headless::tell(format_args!(
            "a resume card was left: lambdeck resume {} --yes",
            text::sanitise(&args.function)
        ));
    } else {
        let id = card.id;
        desk.files(move |files| files.take(&id)).await?;
    }
    Ok(outcome)
}

pub(super) async fn resume<S: Session>(
    desk: &Desk<'_, S>,
    args: PauseArgs,
) -> Result<Outcome, Outcome> {
    let function = unqualified(&args.function)?;
    let account = desk.account().await?;
    let cards = desk.files(|files| Ok(files.cards())).await?;
    let region = desk.gate.region();
    let cards: Vec<ResumeCard> = cards
        .into_iter()
        .filter(|card| {
            let other = card.account.as_ref().zip(account.as_ref());
            card.region == region
                && card.function.resource_name() == function.resource_name()
                && other.is_none_or(|(there, here)| there == here)
        })
        .collect();
    if cards.is_empty() {
        headless::tell("no resume card of this function is here: nothing was paused from here");
        return Ok(Outcome::Failed);
    }
    let mappings = mappings(desk, &function).await?;
    let is_there = |uuid: &String| mappings.iter().any(|m| m.uuid == *uuid);
    let (there, gone): (Vec<String>, Vec<String>) = cards
        .iter()
        .flat_map(|card| card.earlier.triggers.keys().cloned())
        .partition(is_there);
    let mut draft = Draft::default();
    for uuid in &there {
        draft.enable(uuid, true);
    }
    let is_dry_run = args.consent.dry_run;
    let edit = Edit {
        function,
        draft,
        warnings: gone
            .iter()
            .map(|uuid| format!("trigger {uuid} was deleted meanwhile"))
            .collect(),
        review: plain(args.consent, args.output),
    };
    let (outcome, _) = edit.run(desk).await?;
    if outcome == Outcome::Done && !is_dry_run {
        desk.files(move |files| cards.iter().try_for_each(|card| files.take(&card.id)))
            .await?;
    }
    Ok(outcome)
}

async fn mappings<S: Session>(
    desk: &Desk<'_, S>,
    function: &Arn,
) -> Result<Vec<EventSourceMapping>, Outcome> {
    let reading = desk.gate.event_source_mappings(Some(function));
    desk.told(desk.unless_stopped(reading).await?)
}

/// A trigger in words, by what it reads.
fn trigger(mapping: &EventSourceMapping) -> String {
    let source = mapping.source.as_ref();
    let name = source.map_or(mapping.uuid.as_str(), Arn::resource_name);
    format!("trigger {name}: enabled → disabled")
}
