//! Whose lines these are, and whether they are there yet.

use super::{LogsPane, Shows};
use crate::{
    domain::function::Arn,
    store::{
        Store,
        logs::{Book, Phase},
    },
    ui::{
        subject::{self, Subject},
        surface::Rows,
    },
};

impl LogsPane {
    /// The function of the book; of several that of the line or invocation under the cursor.
    pub(super) fn subject_of(&self, book: &Book, store: &Store) -> Subject {
        if let [only] = book.sources() {
            return subject::one(&only.function.arn, store);
        }
        let log = book.log();
        let source = match self.shows {
            Shows::Lines => self.view.cursor().and_then(|spot| {
                let lines = book.lines();
                let line = lines.get(lines.index_of(spot.position)?)?;
                Some(log.stream(line.stream())?.source)
            }),
            Shows::Invocations => self.table.selected(log).map(|one| one.source),
        };
        if let Some(source) = source.and_then(|source| book.source(source)) {
            return subject::one(&source.function.arn, store);
        }
        let functions = book.sources().iter().map(|one| one.function.arn.clone());
        let functions: Vec<Arn> = functions.collect();
        let nothing = "these lines are of no function";
        subject::only(&functions, nothing, "these lines are of", store)
    }

    /// Whether lines are there. They go on coming: those that are drawn are.
    pub(super) fn rows_of(&self, store: &Store) -> Rows {
        let Some(book) = store.logs.book() else {
            return Rows::There;
        };
        let is_reading = matches!(book.status().phase, Phase::Starting | Phase::Reading);
        let is_loading = (is_reading || book.is_filtering()) && self.asking.is_none();
        Rows::of(is_loading && book.lines().is_empty(), true)
    }
}
