//! The logs slice: the books of the functions that were looked at last, the tail of the one on
//! screen, what is searched and kept in it.
//!
//! A tail runs only while the Logs pane is on screen. Its cursor stays with its book (the runner
//! keeps the writing side), so that coming back goes on without a gap. Splices are recognised by
//! the id of their book, not by a ticket: what was read is never thrown away as long as its book
//! is there. Where the view stands, and whether it follows, belongs to the pane.

mod action;
mod book;
mod cause;
mod look;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

pub use action::{Action, Goal, Jump, Search, Work};
pub use book::{Book, BookId, Keep, Lines, Older, Phase, Source, Status};
pub use cause::Cause;

use jiff::Timestamp;

use super::{
    Context, Outbox,
    functions::Functions,
    identity::FunctionKey,
    parcel::Parcel,
    request::{Request, done, error},
    ticket::Key,
    ui::PaneId,
};
use crate::domain::{
    logbook::{InvocationNews, Logbook, Matcher, Splice, evict_over},
    report::Numbers,
    session::SessionId,
    tail::TimeRange,
};

/// The pane that shows the tail.
pub const PANE: PaneId = PaneId("logs");

/// Books that are kept for going back, the one on screen included.
const BOOKS: usize = 8;

/// All books, and what is done with them.
#[derive(Debug)]
pub struct Logs {
    /// The one used last stands last.
    books: Vec<Book>,
    shown: Option<BookId>,
    pinned: Option<Pinned>,
    narrow: Option<Narrow>,
    range: TimeRange,
    budget: usize,
    tail: Option<Tail>,
    search: Option<Search>,
    jump: Option<Jump>,
    jumping: Option<(u64, Goal)>,
    keeping: Option<Keeping>,
    saving: Option<u64>,
}

/// Functions that were opened together, and what the subject was then.
#[derive(Debug)]
struct Pinned {
    functions: Vec<FunctionKey>,
    subject: Option<FunctionKey>,
}

/// Lines that alone are wanted as soon as their function's book is on screen.
#[derive(Debug)]
struct Narrow {
    keep: Keep,
    subject: Option<FunctionKey>,
}

/// The stream under way.
#[derive(Debug, PartialEq, Eq)]
struct Tail {
    book: BookId,
    key: Key,
    older: u32,
}

/// The filtering under way.
#[derive(Debug)]
struct Keeping {
    generation: u64,
    book: BookId,
    revision: u64,
    keep: Keep,
}

impl Logs {
    pub(super) fn new(range: TimeRange, budget: usize) -> Self {
        Self {
            books: Vec::new(),
            shown: None,
            pinned: None,
            narrow: None,
            range,
            budget,
            tail: None,
            search: None,
            jump: None,
            jumping: None,
            keeping: None,
            saving: None,
        }
    }

    /// The functions whose logs were opened together.
    pub(super) fn together(&self) -> &[FunctionKey] {
        let pinned = self.pinned.as_ref();
        pinned.map_or(&[], |pinned| &pinned.functions)
    }

    /// The book on screen.
    pub fn book(&self) -> Option<&Book> {
        self.shown.and_then(|id| self.get(id))
    }

    /// The span that books are opened with.
    pub const fn range(&self) -> TimeRange {
        self.range
    }

    /// Bytes that all books together take, and may take.
    pub fn memory(&self) -> (usize, usize) {
        let used = self.books.iter().map(|book| book.log.bytes()).sum();
        (used, self.budget)
    }

    /// The text that is searched for.
    pub const fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Where the last jump led.
    pub const fn jump(&self) -> Option<&Jump> {
        self.jump.as_ref()
    }

    /// Whether a jump is under way.
    pub const fn is_jumping(&self) -> bool {
        self.jumping.is_some()
    }

    /// Whether lines are being written to a file.
    pub const fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    fn get(&self, id: BookId) -> Option<&Book> {
        self.books.iter().find(|book| book.id == id)
    }

    fn get_mut(&mut self, id: BookId) -> Option<&mut Book> {
        self.books.iter_mut().find(|book| book.id == id)
    }

    /// The most memory (MB) that an invocation of a function was seen to use, and how many were
    /// seen to begin and may still run; `None` where nothing was seen.
    pub(super) fn seen(
        &self,
        function: &FunctionKey,
        timeout_s: Option<u32>,
        now: Timestamp,
    ) -> (Option<u32>, Option<u32>) {
        let seen = self
            .books
            .iter()
            .map(|book| book.seen(function, timeout_s, now));
        seen.fold((None, None), |(used, running), (more, others)| {
            (used.max(more), running.max(others))
        })
    }

    /// Forgets everything of a session that was closed; its streams are cancelled with it.
    pub(super) fn reset(&mut self, out: &mut Outbox<'_>) {
        for book in std::mem::take(&mut self.books) {
            forget(book.id, out);
        }
        let search = self.search.take();
        *self = Self {
            search,
            ..Self::new(self.range, self.budget)
        };
    }

    pub(super) fn reduce(
        &mut self,
        action: Action,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let (session, subject) = (context.session.id, context.subject.clone());
        match action {
            Action::Open(functions) => {
                self.pinned = (!functions.is_empty()).then_some(Pinned { functions, subject });
            }
            Action::Narrow(invocations) => {
                let keep = Keep {
                    invocations: Arc::new(invocations.into_iter().collect()),
                    ..Keep::default()
                };
                self.narrow = Some(Narrow { keep, subject });
            }
            Action::NarrowText(text) => {
                let keep = Keep {
                    text,
                    ..Keep::default()
                };
                self.narrow = Some(Narrow { keep, subject });
            }
            Action::Range(range) => {
                self.narrow_again(subject);
                self.set_range(range, out);
            }
            Action::Older => {
                if let Some(book) = self.shown.and_then(|id| self.get_mut(id))
                    && book.status.older != Older::Reading
                {
                    book.older += 1;
                    book.status.older = Older::Reading;
                }
            }
            Action::Retry => {
                self.tail = None;
                if let Some(book) = self.shown.and_then(|id| self.get_mut(id)) {
                    book.status.error = None;
                    if book.status.phase == Phase::Stopped {
                        book.status.phase = Phase::Starting;
                    }
                }
            }
            Action::Search(text) => {
                self.search = (!text.is_empty()).then(|| Search {
                    matcher: Matcher::new(&text).map_err(|error| error.to_string()),
                    text,
                });
            }
            Action::Jump {
                goal,
                direction,
                from,
            } => self.start_jump(goal, direction, from, session, out),
            Action::Keep(keep) => self.keep(keep),
            Action::Save(path) => self.start_saving(path, session, out),
            Action::Spliced(id, splice) => self.spliced(id, splice),
            Action::Status(id, status) => {
                if let Some(book) = self.get_mut(id) {
                    book.status = *status;
                }
            }
            Action::Found(ticket, found, wrapped) => {
                if let Some((generation, goal)) = self.jumping
                    && generation == ticket.generation
                {
                    self.jumping = None;
                    self.jump = Some(Jump {
                        number: generation,
                        goal,
                        found,
                        wrapped,
                        place: None,
                    });
                }
            }
            Action::Counted(ticket, place, all) => {
                if let Some(jump) = &mut self.jump
                    && jump.number == ticket.generation
                {
                    jump.place = Some((place, all));
                }
            }
            Action::Kept(ticket, kept) => self.kept(&ticket, kept),
            Action::Saved(ticket, outcome) => {
                if self.saving == Some(ticket.generation) {
                    self.saving = None;
                }
                return told(outcome);
            }
        }
        Vec::new()
    }

    /// Another span is another book: those invocations that alone are wanted stay so in it.
    fn narrow_again(&mut self, subject: Option<FunctionKey>) {
        let keep = self.book().map(|book| book.keep.clone());
        if let Some(keep) = keep.filter(|keep| !keep.invocations.is_empty()) {
            self.narrow = Some(Narrow { keep, subject });
        }
    }

    fn set_range(&mut self, range: TimeRange, out: &mut Outbox<'_>) {
        self.range = range;
        let Some(shown) = self.shown else { return };
        // What the book holds belongs to another span; the next `attend` opens one for this.
        self.books.retain(|book| {
            let goes = book.id == shown && book.range != range;
            if goes {
                forget(book.id, out);
            }
            !goes
        });
    }

    fn spliced(&mut self, id: BookId, splice: Parcel<Splice>) {
        let Some(book) = self.get_mut(id) else { return };
        let splice = Arc::try_unwrap(splice.0).unwrap_or_else(|shared| (*shared).clone());
        let changed: Vec<_> = splice.invocations.iter().map(InvocationNews::key).collect();
        book.log.apply(splice);
        book.revision += 1;
        book.cause.update(&book.log, &changed);
        self.evict();
    }

    /// Keeps all books together within the budget, the oldest lines going first.
    fn evict(&mut self) {
        let mut logs: Vec<&mut Logbook> = self.books.iter_mut().map(|book| &mut book.log).collect();
        if evict_over(&mut logs, self.budget) == 0 {
            return;
        }
        let shown = self.shown;
        for book in &mut self.books {
            book.revision += 1;
            if Some(book.id) != shown {
                // A filtered view holds the blocks it was made from: one that nobody looks at
                // would keep evicted blocks alive. It is made anew on return.
                (book.kept, book.filtered) = (None, None);
            }
            if let Some(begin) = book.log.pages().first_timestamp() {
                book.cause.evict_before(begin);
            }
        }
    }

    /// Starts what is due and ends what is not wanted any more. Idempotent.
    pub(super) fn attend(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        if !context.session.is_open() {
            return;
        }
        if self
            .pinned
            .as_ref()
            .is_some_and(|pinned| pinned.subject != context.subject)
        {
            self.pinned = None;
        }
        if !context.shows(PANE) {
            self.stop(out);
            return;
        }
        self.turn_to_the_wanted_book(context, out);
        self.narrow_the_book(context);
        self.run_the_tail(context.session.id, out);
        self.filter_what_changed(context.session.id, out);
    }

    fn stop(&mut self, out: &mut Outbox<'_>) {
        if let Some(tail) = self.tail.take() {
            out.cancel(tail.key);
        }
    }

    fn turn_to_the_wanted_book(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let wanted: Vec<FunctionKey> = match &self.pinned {
            Some(pinned) => pinned.functions.clone(),
            None => context.subject.iter().cloned().collect(),
        };
        let range = self.range;
        let is_wanted = |book: &Book| book.range == range && book.functions().eq(&wanted);
        if self.book().is_some_and(is_wanted) {
            return;
        }
        self.leave_the_shown_book(out);
        if let Some(place) = self.books.iter().position(is_wanted) {
            let book = self.books.remove(place);
            self.shown = Some(book.id);
            self.books.push(book);
            return;
        }
        let sources: Vec<Source> = wanted
            .iter()
            .filter_map(|function| source(function, context.functions))
            .collect();
        if sources.is_empty() || sources.len() < wanted.len() {
            return;
        }
        let id = BookId(out.tickets.next_number());
        self.books.push(Book::new(id, sources, range));
        self.shown = Some(id);
        while self.books.len() > BOOKS {
            forget(self.books.remove(0).id, out);
        }
    }

    fn narrow_the_book(&mut self, context: &Context<'_>) {
        if self.shown.is_none() {
            return;
        }
        if let Some(narrow) = self.narrow.take()
            && narrow.subject == context.subject
        {
            self.keep(narrow.keep);
        }
    }

    /// A book that was only passed on the way through the list is not worth a place.
    fn leave_the_shown_book(&mut self, out: &mut Outbox<'_>) {
        let Some(shown) = self.shown.take() else {
            return;
        };
        self.books.retain(|book| {
            let passed = book.id == shown && book.log.is_empty();
            if passed {
                forget(book.id, out);
            }
            !passed
        });
    }

    fn run_the_tail(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        let Some(book) = self.book() else {
            self.stop(out);
            return;
        };
        let running = self.tail.as_ref();
        if running.is_some_and(|tail| tail.book == book.id && tail.older == book.older) {
            return;
        }
        let work = Work::Tail {
            book: book.id,
            sources: book.sources.clone(),
            range: book.range,
            older: book.older,
            switching: running.is_some_and(|tail| tail.book != book.id),
        };
        let (id, older) = (book.id, book.older);
        // One key for all books: a new tail takes the place of the one before.
        let key = Key::of(session, "logs.tail", "");
        out.follow(key.clone(), work);
        self.tail = Some(Tail {
            book: id,
            key,
            older,
        });
    }
}

/// The log group is what the configuration says, so a function must be in the list.
fn source(function: &FunctionKey, functions: &Functions) -> Option<Source> {
    let row = functions.get(&function.arn)?;
    Some(Source {
        function: function.clone(),
        name: Arc::from(&*row.name),
        group: row.log_group(),
        shared_group: row.has_custom_log_group(),
        numbers: Numbers::of(row.runtime.as_deref()),
    })
}

fn forget(book: BookId, out: &mut Outbox<'_>) {
    out.ask(
        Key::local("logs.forget", book.0.to_string()),
        Work::Forget(book),
    );
}

fn told(outcome: Result<(PathBuf, usize), String>) -> Vec<Request> {
    match outcome {
        Ok((path, lines)) => done(format!("{lines} lines are in {}", path.display())),
        Err(why) => error(why),
    }
}
