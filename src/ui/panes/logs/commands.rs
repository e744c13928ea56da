//! What the commands of the Logs pane mean.

use std::path::PathBuf;

use super::{
    LogsPane, Shows, from_cursor, lines_of,
    prompt::{self, Question},
};
use crate::{
    domain::{
        logbook::Direction,
        report::Status,
        tail::{PRESETS, TimeRange},
    },
    store::{
        Action, letters,
        logs::{self, Book, Goal, Phase},
        session,
    },
    ui::{
        overlays::text::TextView,
        surface::{Intent, Outcome, View},
    },
};

impl LogsPane {
    pub(super) fn take_command(&mut self, id: &str, view: View<'_>) -> Outcome {
        if self.asking.line.is_open() && id.starts_with("input.") {
            return self.take_input(id, view);
        }
        match view.store.logs.book() {
            Some(book) => self.with_book(id, book, view),
            None => Outcome::Ignored,
        }
    }

    fn with_book(&mut self, id: &str, book: &Book, view: View<'_>) -> Outcome {
        if id.starts_with("list.") && self.take_movement(id, book) {
            return Outcome::done();
        }
        if let Some(preset) = id
            .strip_prefix("logs.last-")
            .and_then(|number| number.parse::<usize>().ok())
        {
            return PRESETS
                .get(preset)
                .map_or_else(Outcome::done, |range| set_range(*range));
        }
        match id {
            "logs.follow" => {
                self.shows = Shows::Lines;
                let follows = self.view.is_following();
                self.view.follow(!follows);
                Outcome::done()
            }
            "logs.next-error" => self.error(true, book),
            "logs.previous-error" => self.error(false, book),
            "logs.time" => self.ask(Question::Time, ""),
            "logs.errors-only" => Outcome::act(prompt::keep(Some(book), |keep| {
                keep.errors_only = !keep.errors_only;
            })),
            "logs.other-view" | "list.open" => self.other_view(book),
            "logs.letter" => self.letter(book, view),
            "logs.invoke" => Outcome::Done(vec![Intent::Run("pane.invoke")]),
            "logs.older" => Outcome::act(Action::Logs(logs::Action::Older)),
            "logs.save" => {
                let name = prompt::file_name(book, view.store.now);
                self.ask(Question::Save, &name)
            }
            "app.refresh" => {
                let current = view.store.sessions.current();
                let refused = book
                    .status()
                    .error
                    .as_ref()
                    .is_some_and(crate::ports::ApiError::is_about_credentials);
                if !current.is_open() {
                    Outcome::Ignored
                } else if refused {
                    // The shell looks at the session and the list only: neither was asked since.
                    Outcome::act(Action::Session(session::Action::Reopen))
                } else {
                    Outcome::act(Action::Logs(logs::Action::Retry))
                }
            }
            "app.why" => match &book.status().error {
                Some(error) => {
                    let profile = view.store.sessions.current().target.profile_name();
                    Outcome::open(TextView::why(error, profile))
                }
                None => Outcome::Ignored,
            },
            "app.back" => Self::back(book, view),
            "list.filter" => {
                self.shows = Shows::Lines;
                self.ask(Question::Keep, &book.keep().text)
            }
            // From the palette in the other view: lines are what they are about.
            _ if id.starts_with("text.") => {
                self.shows = Shows::Lines;
                self.on_line(id, book, view)
            }
            _ => match self.shows {
                Shows::Lines => self.on_line(id, book, view),
                Shows::Invocations => self.on_invocation(id, book),
            },
        }
    }

    fn take_movement(&mut self, id: &str, book: &Book) -> bool {
        match self.shows {
            Shows::Lines => self.view.on_move(id, book.lines()),
            Shows::Invocations => self.table.on_move(id, book.log()),
        }
    }

    fn on_line(&mut self, id: &str, book: &Book, view: View<'_>) -> Outcome {
        let lines = book.lines();
        match id {
            "text.find" => {
                let text = view.store.logs.search().map_or("", |search| &search.text);
                self.ask(Question::Find, text)
            }
            "text.next-match" => self.search(Direction::Forward, book, view),
            "text.previous-match" => self.search(Direction::Backward, book, view),
            "text.wrap" => {
                // Where every line fits nothing else tells.
                Outcome::info(if self.view.toggle_wrap(lines) {
                    "long lines are wrapped"
                } else {
                    "long lines are cut: ← → pan"
                })
            }
            "text.left" | "text.right" => {
                self.view.pan(id == "text.right");
                Outcome::done()
            }
            "text.fold" => {
                self.view.toggle_fold(lines);
                Outcome::done()
            }
            "logs.mark" => {
                self.view.toggle_mark();
                Outcome::done()
            }
            "logs.next-mark" | "logs.previous-mark" => {
                match self.view.next_mark(id == "logs.next-mark", lines) {
                    Some(mark) => {
                        self.view.go_to(mark);
                        Outcome::done()
                    }
                    None => Outcome::info("no further mark; m marks a line"),
                }
            }
            "app.copy" => copy(self.view.line_text().map(|text| text.trim().to_owned())),
            "app.copy-all" => copy(self.view.event_text(lines)),
            "app.raw" => self.raw(book),
            _ => Outcome::Ignored,
        }
    }

    fn on_invocation(&mut self, id: &str, book: &Book) -> Outcome {
        let selected = self.table.selected(book.log());
        match id {
            "app.copy" | "app.copy-all" => {
                copy(selected.map(|invocation| invocation.request_id.to_string()))
            }
            "logs.mark" | "logs.next-mark" | "logs.previous-mark" => {
                Outcome::info("marks are for lines; l goes to them")
            }
            _ => Outcome::Ignored,
        }
    }

    /// `d`: the dead letter of the invocation under the cursor.
    fn letter(&self, book: &Book, view: View<'_>) -> Outcome {
        let invocation = match self.shows {
            Shows::Lines => self.view.cursor().and_then(|spot| {
                let lines = book.lines();
                let key = lines.get(lines.index_of(spot.position)?)?.invocation()?;
                book.log().invocation(key).map(|invocation| &**invocation)
            }),
            Shows::Invocations => self.table.selected(book.log()),
        };
        match (invocation, self.subject_of(book, view.store)) {
            (Some(invocation), Ok(subject)) => {
                let request = invocation.request_id.to_string();
                let has_succeeded = invocation.status() == Status::Success;
                Outcome::act(Action::Letters(letters::Action::Do(
                    letters::Step::OfInvocation(subject.arn, request, has_succeeded),
                )))
            }
            _ => Outcome::info("this line belongs to no invocation"),
        }
    }

    fn raw(&mut self, book: &Book) -> Outcome {
        let lines = book.lines();
        let Some(spot) = self.view.cursor() else {
            return Outcome::done();
        };
        let Some(entry) = lines
            .index_of(spot.position)
            .and_then(|index| lines.get(index))
        else {
            return Outcome::done();
        };
        let stream = book.log().stream(entry.stream());
        let message = self.view.event_text(lines).unwrap_or_default();
        let name = stream.map(|stream| &*stream.name);
        let text = super::words::raw(book, entry.timestamp(), name, &message);
        Outcome::open(TextView::new("Event", text))
    }

    /// `l` and Enter: this row in the other view.
    fn other_view(&mut self, book: &Book) -> Outcome {
        let lines = book.lines();
        match self.shows {
            Shows::Lines => {
                let invocation = self.view.cursor().and_then(|spot| {
                    let index = lines.index_of(spot.position)?;
                    lines.get(index)?.invocation()
                });
                if let Some(key) = invocation {
                    self.table.select(key);
                }
                self.shows = Shows::Invocations;
            }
            Shows::Invocations => {
                let first = self
                    .table
                    .selected(book.log())
                    .and_then(|invocation| lines_of(book.log(), invocation.key()).next());
                if let Some(first) = first {
                    self.view.go_to_top(first.position());
                }
                self.shows = Shows::Lines;
            }
        }
        Outcome::done()
    }

    /// `e` and `E`: the first goes to the newest error, the others on from the cursor.
    fn error(&mut self, forward: bool, book: &Book) -> Outcome {
        if self.shows == Shows::Invocations {
            return if self.table.next_failure(forward, book.log()) {
                Outcome::done()
            } else {
                Outcome::info("no further failure")
            };
        }
        let from = from_cursor(&self.view, book.lines()).filter(|_| self.at_error);
        let direction = match (from, forward) {
            (Some(_), true) => Direction::Forward,
            _ => Direction::Backward,
        };
        jump(Goal::Error, direction, from)
    }

    fn search(&self, direction: Direction, book: &Book, view: View<'_>) -> Outcome {
        match view.store.logs.search().map(|search| &search.matcher) {
            None => Outcome::info("/ searches"),
            Some(Err(error)) => Outcome::info(error.clone()),
            Some(Ok(_)) => jump(
                Goal::Match,
                direction,
                from_cursor(&self.view, book.lines()),
            ),
        }
    }

    fn ask(&mut self, question: Question, text: &str) -> Outcome {
        self.asking.open(question, text);
        Outcome::done()
    }

    fn take_input(&mut self, id: &str, view: View<'_>) -> Outcome {
        let book = view.store.logs.book();
        match id {
            "input.leave" => {
                self.asking.line.close();
                Outcome::done()
            }
            "input.tab" => Outcome::acts(self.asking.switch(book)),
            "input.undo" if self.asking.line.undo() => Outcome::acts(self.asking.typed(book)),
            "input.accept" | "input.submit" => self.answer(view),
            _ => Outcome::done(),
        }
    }

    fn answer(&mut self, view: View<'_>) -> Outcome {
        let Some(question) = self.asking.line.question() else {
            return Outcome::Ignored;
        };
        let text = self.asking.line.text().trim().to_owned();
        match question {
            Question::Time => match self.asking.range(view.store.now) {
                Some(range) => {
                    self.asking.line.close();
                    self.set_time(range, view)
                }
                None => Outcome::done(),
            },
            Question::Save => {
                self.asking.line.close();
                if text.is_empty() {
                    return Outcome::done();
                }
                let path = PathBuf::from(text);
                Outcome::act(Action::Logs(logs::Action::Save(path)))
            }
            Question::Keep => {
                self.asking.line.close();
                Outcome::done()
            }
            Question::Find => {
                let Some(book) = view.store.logs.book() else {
                    return Outcome::done();
                };
                if view
                    .store
                    .logs
                    .search()
                    .is_some_and(|search| search.matcher.is_err())
                {
                    return Outcome::done();
                }
                self.asking.line.close();
                if text.is_empty() {
                    return Outcome::done();
                }
                // At the end there is nothing further on: the newest match is wanted.
                let (direction, from) = if self.view.is_following() {
                    (Direction::Backward, None)
                } else {
                    let from = from_cursor(&self.view, book.lines());
                    (Direction::Forward, from)
                };
                jump(Goal::Match, direction, from)
            }
        }
    }

    /// A typed time jumps there: within the span that is read, or in a span of its own.
    fn set_time(&mut self, range: TimeRange, view: View<'_>) -> Outcome {
        let (from, _) = range.bounds(view.store.now);
        let book = view.store.logs.book();
        self.going_to = match range {
            TimeRange::Last(_) => None,
            TimeRange::Since(_) => {
                let read = book.filter(|book| {
                    let first = book.log().pages().first_timestamp();
                    first.is_some_and(|first| first <= from)
                });
                if let Some(book) = read {
                    self.going_to = Some((book.range(), from));
                    return Outcome::done();
                }
                Some((range, from))
            }
            TimeRange::Between(..) => Some((range, from)),
        };
        set_range(range)
    }

    /// Goes to the time that was typed, as soon as its lines are there.
    pub(super) fn go_to_time(&mut self, book: &Book) {
        let Some((range, at)) = self.going_to else {
            return;
        };
        let pages = book.log().pages();
        let is_read = matches!(book.status().phase, Phase::Following | Phase::Complete)
            || pages.first_timestamp().is_some_and(|first| first <= at);
        if book.range() != range || !is_read {
            return;
        }
        self.going_to = None;
        let line = pages.seek(at).and_then(|index| pages.get(index));
        let lines = book.lines();
        let shown = line
            .and_then(|line| lines.nearest(line.position()))
            .and_then(|index| lines.get(index));
        if let Some(line) = shown {
            self.shows = Shows::Lines;
            self.view.go_to_top(line.position());
        }
    }

    /// Esc: kept lines, then the search; then the shell goes to the previous place.
    fn back(book: &Book, view: View<'_>) -> Outcome {
        let mut actions = Vec::new();
        if !book.keep().is_everything() {
            actions.push(Action::Logs(logs::Action::Keep(logs::Keep::default())));
        }
        if view.store.logs.search().is_some() {
            actions.push(Action::Logs(logs::Action::Search(String::new())));
        }
        if actions.is_empty() {
            Outcome::Ignored
        } else {
            Outcome::acts(actions)
        }
    }
}

fn set_range(range: TimeRange) -> Outcome {
    Outcome::act(Action::Logs(logs::Action::Range(range)))
}

fn jump(
    goal: Goal,
    direction: Direction,
    from: Option<crate::domain::logbook::Position>,
) -> Outcome {
    Outcome::act(Action::Logs(logs::Action::Jump {
        goal,
        direction,
        from,
    }))
}

fn copy(text: Option<String>) -> Outcome {
    text.map_or_else(Outcome::done, Outcome::copy)
}
