//! The resume cards of an edit: written before the first call, removed when nothing took effect or
//! when everything was restored.

use std::collections::BTreeMap;

use super::{Engine, files::Underway};
use crate::domain::draft::{
    Draft,
    card::ResumeCard,
    plan::Plan,
    record::{Ended, Record, Report, StepState},
    stop::Move,
};

/// What an edit has to do with resume cards.
#[derive(Debug, Clone, PartialEq)]
pub enum Cards {
    /// It is this move, and leaves a card. What an earlier card already remembers is left to that
    /// card.
    Leaves(Move),
    /// It restores what the cards with these ids remember.
    Restores(Vec<String>),
}

/// An edit that was written down.
pub(super) struct Begun {
    /// The card that it left.
    pub card: Option<String>,
    _underway: Underway,
}

impl Engine<'_> {
    /// Writes the record and the card, before anything is sent.
    pub(super) async fn begin(
        &self,
        record: &Record,
        plan: &Plan,
        cards: Option<&Cards>,
    ) -> Result<Begun, String> {
        let kept = record.clone();
        let underway = self.with_files(move |files| files.begin(&kept)).await;
        let underway = underway.map_err(|why| format!("the record cannot be written ({why})"))?;
        let left = match cards {
            Some(Cards::Leaves(stop)) => self.leave_card(card(record, plan, stop)).await,
            Some(Cards::Restores(_)) | None => Ok(None),
        };
        match left {
            Ok(card) => Ok(Begun {
                card,
                _underway: underway,
            }),
            Err(why) => {
                let why = format!("the resume card cannot be written ({why})");
                let record = Record {
                    ended: Some(format!("failed: {why}")),
                    ..record.clone()
                };
                // A second reason would help nobody.
                let _ = self.keep(&record).await;
                Err(why)
            }
        }
    }

    async fn leave_card(&self, mut card: ResumeCard) -> Result<Option<String>, String> {
        let left = self.with_files(move |files| {
            for known in files.cards() {
                let is_same = known.function == card.function
                    && known.is_of(card.account.as_deref(), &card.region);
                for item in card.earlier.items() {
                    if is_same && known.earlier.side(&item).is_some() {
                        card.earlier.forget(&item);
                    }
                }
            }
            if card.earlier.is_empty() {
                return Ok(None);
            }
            files.leave(&card)?;
            Ok(Some(card.id))
        });
        left.await
    }

    /// A card stays if any step of its move took effect, or may have.
    pub(super) async fn keep_card(&self, card: &str, report: &mut Report) {
        let mut steps = report.steps.iter();
        if steps.any(|step| matches!(step.state, StepState::Done | StepState::Sent)) {
            report.notes.push("a resume card was left".to_owned());
        } else {
            self.take_cards(vec![card.to_owned()], report).await;
        }
    }

    /// Removes the cards of what was restored.
    pub(super) async fn put_away(&self, cards: Option<&Cards>, report: &mut Report) {
        if let Some(Cards::Restores(ids)) = cards
            && report.ended == Ended::Done
        {
            self.take_cards(ids.clone(), report).await;
        }
    }

    async fn take_cards(&self, ids: Vec<String>, report: &mut Report) {
        let taken = self.with_files(move |files| ids.iter().try_for_each(|id| files.take(id)));
        if let Err(why) = taken.await {
            let note = format!("the resume card could not be taken away: {why}");
            report.notes.push(note);
        }
    }
}

fn card(record: &Record, plan: &Plan, stop: &Move) -> ResumeCard {
    let words = plan.changes.iter().map(|change| {
        let item = &change.item;
        let before = item.shown(&change.before, false);
        let after = item.shown(&change.after, false);
        format!("{}: {before} → {after}", plan.base.label(item))
    });
    ResumeCard {
        id: record.id.clone(),
        at: record.at,
        account: record.account.clone(),
        region: record.region.clone(),
        function: record.function.clone(),
        stop: stop.clone(),
        earlier: Draft {
            // No move changes it, and a card is kept longer than a record.
            environment: BTreeMap::new(),
            ..record.before.clone()
        },
        words: words.collect(),
    }
}
