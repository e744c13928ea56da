//! The rows made anew: when, and where the cursor stands then.

use super::{
    ConfigurePane, draw,
    rows::{self, Row, Section},
    sections::{self, Source},
};
use crate::{
    domain::draft::{
        card::ResumeCard,
        record::{Progress, Record},
    },
    store::{
        RunId, Store,
        configure::{Part, Run},
        identity::FunctionKey,
    },
};

/// What the rows were made from; they are good as long as it is the same.
#[derive(PartialEq)]
pub(super) struct Made {
    pub(super) subject: FunctionKey,
    revision: u64,
    /// The apply that is shown, how far it got, how many of its functions have
    /// ended, whether it goes on.
    run: Option<(RunId, Progress, usize, bool)>,
    /// Cards and unfinished edits.
    remembered: Vec<String>,
    filter: String,
    only_changed: bool,
    width: u16,
}

/// What was stopped on a function and can be restored from here.
pub(super) fn cards<'a>(
    store: &'a Store,
    key: &'a FunctionKey,
) -> impl Iterator<Item = &'a ResumeCard> {
    let session = store.sessions.current();
    let region = session.target.region.as_deref().unwrap_or_default();
    let cards = store.configure.memory().cards.iter();
    cards.filter(move |card| card.function == key.arn && card.is_of(session.account(), region))
}

/// Edits of a function whose process died.
fn unfinished<'a>(store: &'a Store, key: &'a FunctionKey) -> impl Iterator<Item = &'a Record> {
    let account = store.sessions.current().account();
    let records = store.configure.memory().unfinished.iter();
    records.filter(move |record| {
        let both = record.account.as_deref().zip(account);
        record.function == key.arn && both.is_none_or(|(there, here)| there == here)
    })
}

impl ConfigurePane {
    /// The apply to show above the form.
    pub(super) fn run<'a>(
        &self,
        store: &'a Store,
        key: &FunctionKey,
    ) -> Option<(&'a Run, &'a Part)> {
        let run = store.configure.run_of(key)?;
        let part = run.part(&key.arn)?;
        (!self.put_away.contains(&run.id)).then_some((run, part))
    }

    /// Makes the rows anew if what they are made from has changed.
    pub(super) fn remake(&mut self, width: u16, store: &Store) {
        let Some(subject) = store.subject() else {
            self.rows.clear();
            self.made = None;
            return;
        };
        let Some(function_form) = store.configure.function_form(&subject) else {
            self.rows.clear();
            self.made = None;
            return;
        };
        let run = self.run(store, &subject);
        let cards: Vec<&ResumeCard> = cards(store, &subject).collect();
        let unfinished: Vec<&Record> = unfinished(store, &subject).collect();
        let remembered = cards.iter().map(|card| &card.id);
        let remembered = remembered.chain(unfinished.iter().map(|record| &record.id));
        let made = Made {
            revision: function_form.revision(),
            run: run.map(|(run, part)| {
                let ended = run.parts.iter().filter(|part| part.end.is_some()).count();
                (run.id, part.progress.clone(), ended, run.is_running())
            }),
            remembered: remembered.cloned().collect(),
            filter: self.filter.clone(),
            only_changed: self.only_changed,
            width,
            subject: subject.clone(),
        };
        if self.made.as_ref() == Some(&made) {
            return;
        }
        let rows = sections::form(&Source {
            function_form,
            run,
            cards,
            unfinished,
        });
        let rows = rows::narrowed(rows, &self.filter, self.only_changed);
        let column = draw::column(&rows, width);
        let rows = rows::wrapped(rows, width.saturating_sub(draw::MARGIN), column);
        let was = self.made.as_ref();
        let is_same = was.is_some_and(|was| was.subject == made.subject);
        let has_begun = was.and_then(|was| was.run.as_ref()).map(|run| run.0)
            != made.run.as_ref().map(|run| run.0);
        self.cursor = if !is_same || self.rows.is_empty() || (has_begun && made.run.is_some()) {
            // A run that has just begun is what one wants to see; else the first row to edit.
            let is_form = |row: &Row| row.section == Section::General && row.item().is_some();
            let first = rows.iter().position(is_form).filter(|_| made.run.is_none());
            first.unwrap_or(0)
        } else {
            let is_as_narrow = was.is_some_and(|was| {
                was.filter == made.filter && was.only_changed == made.only_changed
            });
            let added = rows::added(&self.rows, &rows).filter(|_| is_as_narrow);
            added.unwrap_or_else(|| rows::follow(&self.rows, &rows, self.cursor))
        };
        self.column = column;
        self.rows = rows;
        self.made = Some(made);
    }
}
