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

    /// Whether lines are there. They go on coming: once the span was read those that are drawn are.
    pub(super) fn rows_of(&self, store: &Store) -> Rows {
        let Some(book) = store.logs.book().filter(|_| !self.asking.line.is_open()) else {
            return Rows::There;
        };
        let has_jumped = store
            .logs
            .jump()
            .is_none_or(|jump| jump.number == self.jumped);
        if store.logs.is_jumping() || !has_jumped {
            return Rows::Turning;
        }
        let is_reading = matches!(book.status().phase, Phase::Starting | Phase::Reading);
        let is_empty = book.lines().is_empty();
        // What is kept is sorted out anew with every line that comes: those that are drawn stay.
        Rows::of(is_reading || (book.is_filtering() && is_empty), is_empty)
    }

    /// The book and the view of it.
    pub(super) fn place_of(&self, store: &Store) -> String {
        let book = store.logs.book().map(Book::id);
        format!("{book:?} {:?}", self.shows)
    }
}
