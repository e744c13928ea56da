//! What is done with the lines of the book on screen: searching, filtering, saving. Each is a query
//! over a snapshot.

use std::{path::PathBuf, sync::Arc};

use super::{Goal, Keep, Keeping, Logs, Work};
use crate::{
    domain::{
        logbook::{Direction, Filter, Kept, Position, Stream},
        session::SessionId,
    },
    store::{
        Outbox,
        parcel::Parcel,
        ticket::{Key, Ticket},
    },
};

impl Logs {
    pub(super) fn keep(&mut self, keep: Keep) {
        let Some(book) = self.shown.and_then(|id| self.get_mut(id)) else {
            return;
        };
        book.keep_error = keep.filter().err();
        if book.keep_error.is_none() && keep != book.keep {
            book.filtered = None;
            if keep.is_everything() || book.kept.is_some() {
                // Lines that a new filter has not seen are not to be shown under it.
                book.kept = None;
            }
        }
        book.keep = keep;
    }

    pub(super) fn kept(&mut self, ticket: &Ticket, kept: Parcel<Kept>) {
        let Some(keeping) = self
            .keeping
            .take_if(|keeping| keeping.generation == ticket.generation)
        else {
            return;
        };
        if let Some(book) = self.get_mut(keeping.book)
            && book.keep == keeping.keep
        {
            book.filtered = Some(keeping.revision);
            book.kept = Some(kept.0);
        }
    }

    pub(super) fn start_jump(
        &mut self,
        goal: Goal,
        direction: Direction,
        from: Option<Position>,
        session: SessionId,
        out: &mut Outbox<'_>,
    ) {
        let Some(book) = self.book() else { return };
        let filter = match (goal, &self.search) {
            (Goal::Error, _) => Filter::errors(),
            (Goal::Match, Some(search)) => match &search.matcher {
                Ok(matcher) => Filter::text(matcher.clone()),
                Err(_) => return,
            },
            (Goal::Match, None) => return,
        };
        let work = Work::Find {
            pages: Parcel::new(match &book.kept {
                Some(kept) => kept.pages().clone(),
                None => book.log.snapshot(),
            }),
            filter: Parcel::new(filter),
            within: book.kept.clone().map(Parcel),
            from,
            direction,
        };
        let ticket = out.ask(Key::of(session, "logs.find", ""), work);
        self.jumping = Some((ticket.generation, goal));
    }

    pub(super) fn start_saving(&mut self, path: PathBuf, session: SessionId, out: &mut Outbox<'_>) {
        let Some(book) = self.book() else { return };
        let key = Key::of(session, "logs.save", path.to_string_lossy());
        let names = (book.sources.len() > 1).then(|| {
            let streams = book.log.streams();
            let name_of = |stream: &Stream| {
                book.source(stream.source)
                    .map_or_else(|| Arc::from("?"), |source| Arc::clone(&source.name))
            };
            Parcel::new(streams.iter().map(name_of).collect())
        });
        let kept = book.kept.clone();
        let work = Work::Save {
            pages: Parcel::new(match &kept {
                Some(kept) => kept.pages().clone(),
                None => book.log.snapshot(),
            }),
            kept: kept.map(Parcel),
            names,
            path,
        };
        let ticket = out.ask(key, work);
        self.saving = Some(ticket.generation);
    }

    /// One filtering at a time: what came meanwhile is taken in by the next.
    pub(super) fn filter_what_changed(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        let Some(book) = self.book().filter(|book| book.is_filtering()) else {
            return;
        };
        let is_under_way = self
            .keeping
            .as_ref()
            .is_some_and(|keeping| keeping.book == book.id && keeping.keep == book.keep);
        if is_under_way {
            return;
        }
        let Ok(filter) = book.keep.filter() else {
            return;
        };
        let work = Work::Keep {
            pages: Parcel::new(book.log.snapshot()),
            filter: Parcel::new(filter),
            earlier: book.kept.clone().map(Parcel),
        };
        let ticket = out.ask(Key::of(session, "logs.keep", ""), work);
        self.keeping = Some(Keeping {
            generation: ticket.generation,
            book: book.id,
            revision: book.revision,
            keep: book.keep.clone(),
        });
    }
}
