//! The prompt of one field: its help, what is wrong with the text so far, and suggestions.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    store::configure::Suggestions,
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{list::Scroll, paint, prompt::Prompt},
    },
};

/// Widest it gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;
/// Rows of what there is to choose from.
const CHOICES: u16 = 8;
/// Rows of help or of what is wrong.
const HELP: u16 = 2;

/// What is wrong with a text, if anything is.
type Check = Box<dyn Fn(&str) -> Option<String>>;
/// What an answer means.
type Then = Box<dyn Fn(&str) -> Vec<Intent>>;

/// Where suggestions come from.
pub enum Source {
    /// Nothing is suggested.
    Nothing,
    /// ARNs of queues.
    Queues,
    /// Versions of layers.
    Layers,
    /// Execution roles.
    Roles,
    /// These.
    Words(Vec<String>),
}

/// What to do with a pasted text of several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// It is refused.
    Refused,
    /// It is refused, with a hint to use the editor.
    InEditor,
    /// Its lines are joined with blanks.
    Joined,
}

/// The overlay.
pub struct Answer {
    title: String,
    help: String,
    prompt: Prompt,
    check: Check,
    then: Then,
    /// Something was typed. An empty prompt that was just opened shows no error.
    is_touched: bool,
    source: Source,
    /// What matches, as it was last laid out.
    matching: Vec<String>,
    /// Why there is nothing to choose, while there should be.
    missing: Option<String>,
    /// Which of them the cursor is on; `None` while it is in the prompt.
    chosen: Option<usize>,
    scroll: Scroll,
    lines: Lines,
    /// What was pasted had several lines.
    was_long: bool,
}

impl Answer {
    /// Asks for a text, beginning with `text`; `then` takes the answer.
    pub fn new(
        title: impl Into<String>,
        text: &str,
        then: impl Fn(&str) -> Vec<Intent> + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            help: String::new(),
            prompt: Prompt::with(text),
            check: Box::new(|_| None),
            then: Box::new(then),
            is_touched: false,
            source: Source::Nothing,
            matching: Vec::new(),
            missing: None,
            chosen: None,
            scroll: Scroll::default(),
            lines: Lines::Refused,
            was_long: false,
        }
    }

    /// What it takes, below the prompt while nothing is wrong.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Refuses a wrong answer, and says what is wrong while one types.
    #[must_use]
    pub fn checked(mut self, check: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Offers something to choose from.
    #[must_use]
    pub fn from(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Says what becomes of a pasted text of several lines; it is refused by default.
    #[must_use]
    pub const fn lines(mut self, lines: Lines) -> Self {
        self.lines = lines;
        self
    }

    /// What is wrong, if it is time to say so.
    fn shown_problem(&self) -> Option<String> {
        let is_open_only = !self.is_touched && self.prompt.text().is_empty();
        self.problem().filter(|_| !is_open_only)
    }

    fn problem(&self) -> Option<String> {
        if self.was_long {
            let next = match self.lines {
                Lines::InEditor => ": esc, then e edits such a value in your editor",
                Lines::Refused | Lines::Joined => ", this takes one",
            };
            return Some(format!("what was pasted has several lines{next}"));
        }
        (self.check)(self.prompt.text())
    }

    fn accept(&mut self) -> Outcome {
        if let Some(chosen) = self.chosen.and_then(|place| self.matching.get(place)) {
            self.prompt = Prompt::after(chosen);
            self.chosen = None;
            self.was_long = false;
        }
        if self.problem().is_some() {
            self.is_touched = true;
            return Outcome::done();
        }
        let mut intents = vec![Intent::Close];
        intents.extend((self.then)(self.prompt.text()));
        Outcome::Done(intents)
    }

    /// Puts the text of the choice into the prompt, to go on from there.
    fn complete(&mut self) {
        let place = self.chosen.unwrap_or(0);
        if let Some(choice) = self.matching.get(place) {
            self.prompt = Prompt::after(choice);
            self.chosen = None;
        }
    }

    fn moved(&mut self, code: KeyCode) -> bool {
        let last = self.matching.len().checked_sub(1);
        self.chosen = match (code, self.chosen, last) {
            (KeyCode::Down, None, Some(_)) => Some(0),
            (KeyCode::Down, Some(place), Some(last)) => Some((place + 1).min(last)),
            (KeyCode::Up, Some(place), _) => place.checked_sub(1),
            (KeyCode::Down | KeyCode::Up, chosen, _) => chosen,
            _ => return false,
        };
        true
    }

    fn has_choices(&self) -> bool {
        !matches!(self.source, Source::Nothing)
    }
}

/// What may be suggested, and why nothing is.
fn suggested(source: &Source, view: View<'_>) -> (Vec<String>, Option<String>) {
    if let Source::Words(words) = source {
        return (words.clone(), None);
    }
    let slot = view.store.configure.suggestions();
    let Some(suggestions) = slot.value() else {
        return (
            Vec::new(),
            Some("reading what there is to choose from…".to_owned()),
        );
    };
    let all = of(source, suggestions);
    let missing = all.is_empty().then(|| match suggestions.notes.first() {
        Some(note) => format!("nothing to choose from: {note}"),
        None => "there is none to choose from: type it".to_owned(),
    });
    (all, missing)
}

fn of(source: &Source, suggestions: &Suggestions) -> Vec<String> {
    let arns = |arns: &[crate::domain::function::Arn]| -> Vec<String> {
        arns.iter().map(|arn| arn.as_str().to_owned()).collect()
    };
    match source {
        Source::Nothing | Source::Words(_) => Vec::new(),
        // Neither a dead-letter target nor a destination may be a FIFO queue.
        Source::Queues => {
            let mut queues = arns(&suggestions.queues);
            queues.retain(|queue| queue.strip_suffix(".fifo").is_none());
            queues
        }
        Source::Layers => arns(&suggestions.layers),
        Source::Roles => suggestions.roles.clone(),
    }
}

/// Whether the text is one of the suggestions. Then all are listed, to show what else there is.
fn narrowed(mut all: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    if !all.iter().any(|one| one.to_lowercase() == typed) {
        let words: Vec<&str> = typed.split_whitespace().collect();
        all.retain(|one| {
            let one = one.to_lowercase();
            words.iter().all(|word| one.contains(word))
        });
    }
    all
}

impl Surface for Answer {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Input]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "input.accept" | "input.submit" => self.accept(),
            "input.leave" | "app.back" => Outcome::Done(vec![Intent::Close]),
            "input.undo" => {
                self.prompt.undo();
                Outcome::done()
            }
            "input.tab" => {
                self.complete();
                Outcome::done()
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if !self.moved(key.code) && self.prompt.on_key(key) {
            self.is_touched = true;
            self.chosen = None;
            self.was_long = false;
        }
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        self.is_touched = true;
        let text = text.trim_end_matches('\n');
        self.was_long = text.contains('\n') && self.lines != Lines::Joined;
        if !self.was_long {
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let text = match lines.as_slice() {
                [_, _, ..] => lines.join(" "),
                _ => text.to_owned(),
            };
            self.prompt.paste(&text);
        }
        self.chosen = None;
        Outcome::done()
    }

    fn layout(&mut self, area: Rect, view: View<'_>) -> Vec<crate::store::Action> {
        if self.has_choices() {
            let (all, missing) = suggested(&self.source, view);
            self.matching = narrowed(all, self.prompt.text());
            self.missing = missing;
            let last = self.matching.len().checked_sub(1);
            self.chosen = self.chosen.and_then(|place| Some(place.min(last?)));
            let height = area.height.saturating_sub(1 + HELP);
            self.scroll
                .settle(self.chosen.unwrap_or(0), self.matching.len(), height);
        }
        Vec::new()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        self.prompt.render("› ", area, buf, theme);
        let (text, role) = match self.shown_problem() {
            Some(problem) => (format!("✖ {problem}"), Role::Error),
            None => (self.help.clone(), Role::Dim),
        };
        let help = Rect {
            y: (area.y + 1).min(area.bottom()),
            height: HELP.min(area.height.saturating_sub(1)),
            ..area
        };
        paint::put_wrapped(buf, help, &text, theme.style(role));
        let y = help.bottom();
        if let Some(missing) = &self.missing {
            let dim = theme.style(Role::Dim);
            paint::put(buf, area.x, y, area.width, missing, dim);
        }
        for (y, place) in (y..).zip(self.scroll.visible(self.matching.len())) {
            let is_chosen = self.chosen == Some(place);
            let sign = if is_chosen { "▸ " } else { "  " };
            let x = paint::put(buf, area.x, y, area.width, sign, theme.style(Role::Accent));
            let room = area.right().saturating_sub(x);
            let clean = crate::domain::text::sanitise(&self.matching[place]);
            let shown = crate::domain::text::truncate_middle(&clean, usize::from(room));
            paint::put(buf, x, y, room, &shown, theme.style(Role::Text));
            if is_chosen {
                paint::select_row(buf, area, y, theme, true);
            }
        }
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        if self.chosen.is_some() || self.problem().is_none() {
            hints.push("input.accept".into());
        }
        if self.has_choices() {
            hints.push(Hint {
                command: "input.tab",
                title: Some("complete, ↓ choose".to_owned()),
            });
        }
        hints.push(Hint {
            command: "input.leave",
            title: Some("cancel".to_owned()),
        });
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let choices = if self.has_choices() { CHOICES } else { 0 };
        let height = 3 + HELP + choices;
        (
            screen.width.min(WIDTH),
            height.min(screen.height.saturating_sub(1)),
        )
    }
}
