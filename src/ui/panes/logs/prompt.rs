//! The prompt of the Logs pane: find, keep only, a time, a file to save to.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{age::count, tail::TimeRange},
    store::{
        Action, Store,
        logs::{self, Book, Keep},
    },
    theme::Role,
    ui::widgets::prompt_line::PromptLine,
};

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// A text to find.
    Find,
    /// A text that kept lines have.
    Keep,
    /// A span of time.
    Time,
    /// A file.
    Save,
}

impl Question {
    /// The sign before the text.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Find => "find / ",
            Self::Keep => "keep only / ",
            Self::Time => "time: 90s, 2h, 02:10, 02:10..02:25 (UTC)  ",
            Self::Save => "save to ",
        }
    }
}

/// The prompt of the pane.
#[derive(Default)]
pub(super) struct Asking {
    pub(super) line: PromptLine<Question>,
    /// Why the text was not taken.
    error: Option<String>,
}

impl Asking {
    pub(super) fn open(&mut self, question: Question, text: &str) {
        self.line.open(question, text);
        self.error = None;
    }

    /// What every change of the text means: matches are marked, lines are kept while typing.
    pub(super) fn typed(&mut self, book: Option<&Book>) -> Vec<Action> {
        self.error = None;
        let text = self.line.text().to_owned();
        match self.line.question() {
            Some(Question::Find) => vec![Action::Logs(logs::Action::Search(text))],
            Some(Question::Keep) => vec![
                Action::Logs(logs::Action::Search(text.clone())),
                keep(book, |keep| keep.text = text),
            ],
            Some(Question::Time | Question::Save) | None => Vec::new(),
        }
    }

    /// Tab: find becomes keep only, and back.
    pub(super) fn switch(&mut self, book: Option<&Book>) -> Vec<Action> {
        let other = match self.line.question() {
            Some(Question::Find) => Question::Keep,
            Some(Question::Keep) => Question::Find,
            Some(Question::Time | Question::Save) | None => return Vec::new(),
        };
        self.line.turn_to(other);
        let mut actions = self.typed(book);
        if other == Question::Find {
            actions.push(keep(book, |keep| keep.text.clear()));
        }
        actions
    }

    /// What stands at the right of the prompt: an error, or what the text matches.
    pub(super) fn note(&self, store: &Store) -> Option<(String, Role)> {
        if let Some(error) = &self.error {
            return Some((error.clone(), Role::Error));
        }
        let book = store.logs.book()?;
        match self.line.question()? {
            Question::Find => match &store.logs.search()?.matcher {
                Err(error) => Some((error.clone(), Role::Error)),
                Ok(_) => None,
            },
            Question::Keep => Some(match (book.keep_error(), book.is_filtering()) {
                (Some(error), _) => (error.to_owned(), Role::Error),
                (None, true) => ("filtering…".to_owned(), Role::Dim),
                (None, false) => {
                    let kept = count(book.lines().len() as u64);
                    let all = count(book.log().len() as u64);
                    (format!("{kept} of {all}"), Role::Dim)
                }
            }),
            Question::Time | Question::Save => None,
        }
    }

    /// Enter on a time: the span, or why it is none.
    pub(super) fn range(&mut self, now: Timestamp) -> Option<TimeRange> {
        match TimeRange::parse(self.line.text(), now, &TimeZone::UTC) {
            Ok(range) => Some(range),
            Err(error) => {
                self.error = Some(error.to_string());
                None
            }
        }
    }
}

/// Changes which lines are kept, and nothing else of it.
pub(super) fn keep(book: Option<&Book>, change: impl FnOnce(&mut Keep)) -> Action {
    let mut keep = book.map(|book| book.keep().clone()).unwrap_or_default();
    change(&mut keep);
    Action::Logs(logs::Action::Keep(keep))
}

/// The name a saved book gets unless another is typed: `payments-charge-20261120-022841.log`.
pub(super) fn file_name(book: &Book, now: Timestamp) -> String {
    let name = match book.sources() {
        [one] => &*one.name,
        _ => "logs",
    };
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    format!("{safe}-{}.log", now.strftime("%Y%m%d-%H%M%S"))
}
