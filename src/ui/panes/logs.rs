//! The Logs pane: two views of one book, lines and invocations.
//!
//! What is read, searched and kept belongs to the store (`store::logs`); here is where the view
//! stands, what is typed, and how it is shown.

mod commands;
mod ends;
mod head;
mod invocations;
mod prompt;
mod subject;
mod words;

use std::{collections::HashSet, sync::Arc};

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    domain::{
        logbook::{InvocationKey, Logbook, Position},
        tail::TimeRange,
    },
    store::{
        Action,
        logs::{self, Book, BookId, Goal, Jump, Lines},
        toast::{self, Tone},
    },
    theme::Role,
    ui::{
        subject::{Subject, selected},
        surface::{Hint, Outcome, Rows, Surface, View},
        widgets::{log_view::LogView, paint, prompt_line::PromptLine},
    },
};
use head::Histogram;
use invocations::Table;
use prompt::{Asking, Question};

/// Fewer rows have no histogram (`docs/architecture.md` §9.1).
const WITH_HISTOGRAM: u16 = 20;
/// Fewer rows have no cause line.
const WITH_CAUSE: u16 = 8;
/// Lines of an invocation that are looked through for its first one or its error.
const LOOK_THROUGH: usize = 5_000;

/// Which view of the book is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shows {
    #[default]
    Lines,
    Invocations,
}

/// The pane.
#[derive(Default)]
pub struct LogsPane {
    book: Option<BookId>,
    shows: Shows,
    view: LogView,
    table: Table,
    histogram: Histogram,
    cause: Option<String>,
    asking: Asking,
    /// The invocations whose lines alone were kept when this was drawn last.
    narrowed: Arc<HashSet<InvocationKey>>,
    /// The number of the last jump that was carried out.
    jumped: u64,
    /// An error was jumped to: the next jump starts from the cursor.
    at_error: bool,
    /// A time that was typed, ms, and the span in which it is to be shown once it is there.
    going_to: Option<(TimeRange, i64)>,
}

/// Where the parts of the pane stand.
struct Parts {
    histogram: Option<Rect>,
    cause: Option<Rect>,
    body: Rect,
    prompt: Option<Rect>,
}

impl LogsPane {
    fn parts(&self, area: Rect) -> Parts {
        let mut body = area;
        let mut take_top = |wanted: bool| {
            let row = Rect { height: 1, ..body };
            let taken = wanted && body.height > 1;
            if taken {
                body.y += 1;
                body.height -= 1;
            }
            taken.then_some(row)
        };
        let has_lines = self.book.is_some() && self.histogram.is_filled();
        let histogram = take_top(has_lines && area.height >= WITH_HISTOGRAM);
        let cause = take_top(self.cause.is_some() && area.height >= WITH_CAUSE);
        let prompt = self.asking.line.split(&mut body);
        Parts {
            histogram,
            cause,
            body,
            prompt,
        }
    }

    /// Another book: the view starts anew, following.
    fn turn_to(&mut self, book: Option<&Book>) {
        let id = book.map(Book::id);
        if self.book == id {
            return;
        }
        self.book = id;
        self.view.reset();
        self.table = Table::default();
        self.at_error = false;
        let names: Vec<String> = book
            .map(|book| {
                book.sources()
                    .iter()
                    .map(|one| one.name.to_string())
                    .collect()
            })
            .unwrap_or_default();
        self.view.set_sources(&names);
    }

    /// Goes where a search led; what follows from it.
    fn carry_out(&mut self, jump: Jump, book: &Book) -> Vec<Action> {
        self.jumped = jump.number;
        let lines = book.lines();
        let Some(found) = jump.found else {
            let text = match jump.goal {
                Goal::Error => "no error in these lines",
                Goal::Match => "no match in these lines",
            };
            return vec![note(text)];
        };
        self.shows = Shows::Lines;
        match jump.goal {
            Goal::Match => self.view.go_to_match(found, lines),
            Goal::Error => {
                let stop = error_of(book.log(), found)
                    .filter(|stop| lines.index_of(*stop).is_some())
                    .unwrap_or(found);
                let here = self.view.cursor().map(|spot| spot.position);
                if self.at_error && here == Some(stop) && stop != found && !jump.wrapped {
                    // Another line of the same failure: the next one is wanted.
                    return vec![Action::Logs(logs::Action::Jump {
                        goal: Goal::Error,
                        direction: crate::domain::logbook::Direction::Forward,
                        from: Some(found),
                    })];
                }
                self.at_error = true;
                self.view.go_to_error(stop, lines);
            }
        }
        if jump.wrapped {
            vec![note("went on at the other end")]
        } else {
            Vec::new()
        }
    }

    fn render_empty(body: Rect, buf: &mut Buffer, view: View<'_>) {
        let (text, role) = words::empty(view.store);
        paint::put_empty(buf, body, &text, view.theme.style(role));
    }
}

impl Surface for LogsPane {
    fn title(&self, view: View<'_>) -> String {
        let Some(book) = view.store.logs.book() else {
            return String::new();
        };
        let shows = match self.shows {
            Shows::Lines => "lines",
            Shows::Invocations => "invocations",
        };
        // Only as long as the cursor is on the match that was found.
        let here = self.view.cursor().map(|spot| spot.position);
        let jump = view.store.logs.jump().filter(|jump| {
            jump.goal == Goal::Match && jump.found == here && view.store.logs.search().is_some()
        });
        let found = jump.and_then(|jump| jump.place);
        words::title(book, self.view.is_following(), shows, found)
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        match (self.asking.line.is_open(), self.shows) {
            (true, _) => vec![Context::Input],
            (false, Shows::Lines) => vec![Context::Logs, Context::Text],
            (false, Shows::Invocations) => vec![Context::Logs, Context::List],
        }
    }

    fn subject(&self, view: View<'_>) -> Subject {
        match view.store.logs.book() {
            Some(book) => self.subject_of(book, view.store),
            None => selected(view.store),
        }
    }

    fn rows(&self, view: View<'_>) -> Rows {
        self.rows_of(view.store)
    }

    fn place(&self, view: View<'_>) -> String {
        self.place_of(view.store)
    }

    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome {
        self.take_command(command.id, view)
    }

    fn on_key(&mut self, key: KeyEvent, view: View<'_>) -> Outcome {
        if !self.asking.line.on_key(key) {
            return Outcome::done();
        }
        Outcome::acts(self.asking.typed(view.store.logs.book()))
    }

    fn on_paste(&mut self, text: &str, view: View<'_>) -> Outcome {
        if !self.asking.line.paste(text) {
            return Outcome::done();
        }
        Outcome::acts(self.asking.typed(view.store.logs.book()))
    }

    fn on_mouse(&mut self, event: MouseEvent, area: Rect, view: View<'_>) -> Outcome {
        let Some(book) = view.store.logs.book() else {
            return Outcome::Ignored;
        };
        let body = self.parts(area).body;
        let wheel = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left)
                if body.contains((event.column, event.row).into()) =>
            {
                let row = event.row - body.y;
                match self.shows {
                    Shows::Lines => self.view.click(row),
                    Shows::Invocations => self.table.click(row, book.log()),
                }
                return Outcome::done();
            }
            _ => return Outcome::Ignored,
        };
        match self.shows {
            Shows::Lines => self.view.scroll_by(wheel, book.lines()),
            Shows::Invocations => self.table.move_by(wheel, book.log()),
        }
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<Action> {
        let store = view.store;
        let book = store.logs.book();
        self.turn_to(book);
        let Some(book) = book else {
            return Vec::new();
        };
        let narrowed = &book.keep().invocations;
        if !narrowed.is_empty() && *narrowed != self.narrowed {
            self.shows = Shows::Lines;
        }
        self.narrowed = Arc::clone(narrowed);
        let log = book.log();
        self.view.set_now(store.now.as_millisecond());
        let matcher = store
            .logs
            .search()
            .and_then(|search| search.matcher.as_ref().ok());
        self.view.highlight(matcher);
        self.cause = head::cause(book, store.now);
        self.histogram.settle(area.width, book.status().begin, log);
        let actions = match store.logs.jump() {
            Some(jump) if jump.number > self.jumped => self.carry_out(*jump, book),
            _ => Vec::new(),
        };
        self.go_to_time(book);
        let body = self.parts(area).body;
        match self.shows {
            Shows::Lines => self.view.layout(body.width, body.height, book.lines(), log),
            Shows::Invocations => self.table.layout(book, store, body),
        }
        actions
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let (store, theme) = (view.store, view.theme);
        let parts = self.parts(area);
        let book = store
            .logs
            .book()
            .filter(|book| Some(book.id()) == self.book);
        if let Some(at) = parts.histogram {
            self.histogram.render(at, buf, theme);
        }
        if let (Some(at), Some(cause)) = (parts.cause, &self.cause) {
            let x = paint::put(buf, at.x, at.y, at.width, " ✖ ", theme.style(Role::Error));
            let room = at.right().saturating_sub(x);
            paint::put(buf, x, at.y, room, cause, theme.style(Role::Text));
        }
        let focused = store.ui.focus() == logs::PANE;
        match book {
            None => Self::render_empty(parts.body, buf, view),
            Some(book) => match self.shows {
                Shows::Lines if book.lines().is_empty() => {
                    Self::render_empty(parts.body, buf, view);
                }
                Shows::Lines => self.view.render(parts.body, buf, theme, focused),
                Shows::Invocations if self.table.len(book.log()) == 0 => {
                    if book.log().is_empty() {
                        Self::render_empty(parts.body, buf, view);
                    } else {
                        let text = "no invocation in these lines\n\nl  the lines    f  errors only, or all";
                        let style = theme.style(Role::Dim);
                        paint::put_wrapped(buf, parts.body, text, style);
                    }
                }
                Shows::Invocations => self.table.render(parts.body, buf, theme, focused),
            },
        }
        if let (Some(at), Some(question)) = (parts.prompt, self.asking.line.question()) {
            let note = self.asking.note(store);
            let note = note.as_ref().map(|(text, role)| (text.as_str(), *role));
            let sign = question.sign();
            self.asking.line.render(sign, note, at, buf, theme);
        }
    }

    fn hints(&self, view: View<'_>) -> Vec<Hint> {
        if let Some(question) = self.asking.line.question() {
            let mut hints = PromptLine::<Question>::hints();
            if matches!(question, Question::Find | Question::Keep) {
                hints.push(Hint::titled("input.tab", "find or keep only"));
            }
            return hints;
        }
        let is_following = self.view.is_following();
        let follow = if is_following { "pause" } else { "follow" };
        let follow = Hint::titled("logs.follow", follow);
        let other = match self.shows {
            Shows::Lines => "invocations",
            Shows::Invocations => "lines",
        };
        let other = Hint::titled("logs.other-view", other);
        let is_empty = view
            .store
            .logs
            .book()
            .is_none_or(|book| book.log().is_empty());
        if is_empty {
            return vec![
                "logs.invoke".into(),
                "logs.older".into(),
                "app.refresh".into(),
            ];
        }
        match self.shows {
            Shows::Lines => vec![
                follow,
                "logs.next-error".into(),
                "text.find".into(),
                other,
                "text.fold".into(),
                "logs.errors-only".into(),
                "text.wrap".into(),
                "logs.older".into(),
                "logs.save".into(),
                "logs.invoke".into(),
            ],
            Shows::Invocations => vec![
                other,
                "logs.next-error".into(),
                "logs.errors-only".into(),
                "logs.invoke".into(),
                "logs.older".into(),
            ],
        }
    }

    fn status_line(&self, view: View<'_>) -> Option<String> {
        let book = view.store.logs.book()?;
        Some(words::status_line(book, view.store))
    }
}

/// The line that tells of the failure that an error line belongs to: what the function said, before
/// what the platform says of it; its own line where nothing else is known.
fn error_of(log: &Logbook, found: Position) -> Option<Position> {
    let pages = log.pages();
    let entry = pages.get(pages.index_of(found)?)?;
    if !entry.is_platform() {
        return Some(found);
    }
    let key = entry.invocation()?;
    let mut errors = lines_of(log, key).filter(|line| {
        line.level()
            .is_some_and(crate::domain::logbook::Level::is_error)
    });
    let first = errors.next()?;
    if !first.is_platform() {
        return Some(first.position());
    }
    let own = errors.find(|line| !line.is_platform());
    Some(own.unwrap_or(first).position())
}

/// The lines of an invocation, from its first on.
fn lines_of(
    log: &Logbook,
    key: InvocationKey,
) -> impl Iterator<Item = crate::domain::logbook::Entry<'_>> {
    let pages = log.pages();
    let (first, last) = log
        .invocation(key)
        .map_or((i64::MAX, i64::MIN), |one| (one.first, one.last));
    let start = pages.before(first);
    pages
        .range(start..start + LOOK_THROUGH)
        .take_while(move |line| line.timestamp() <= last)
        .filter(move |line| line.invocation() == Some(key))
}

fn note(text: impl Into<String>) -> Action {
    Action::Toast(toast::Action::Show(Tone::Info, text.into()))
}

/// Where `e`, `n` and the others start from.
fn from_cursor(view: &LogView, lines: Lines<'_>) -> Option<Position> {
    view.cursor()
        .map(|spot| spot.position)
        .filter(|position| lines.index_of(*position).is_some())
}

#[cfg(test)]
mod tests;
