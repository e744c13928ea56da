//! A question whose answer is one line of text: a name, a qualifier.

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{CommandSpec, Context},
    store::Action,
    theme::Role,
    ui::{
        surface::{Hint, Intent, Outcome, Surface, View},
        widgets::{paint, prompt::Prompt},
    },
};

/// Widest it gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;

/// What is wrong with a text, if anything is.
type Check = Box<dyn Fn(&str) -> Option<String>>;

/// The overlay.
pub struct Ask {
    title: String,
    hint: String,
    prompt: Prompt,
    check: Check,
    then: Box<dyn Fn(String) -> Intent>,
    or_else: Option<Action>,
    /// Something was typed or answered: an empty prompt that was only opened has no error yet.
    is_touched: bool,
}

impl Ask {
    /// Asks for a text, beginning with `text`; `then` takes the answer.
    pub fn new(
        title: impl Into<String>,
        text: &str,
        then: impl Fn(String) -> Action + 'static,
    ) -> Self {
        Self::leading(title, text, move |text| Intent::Act(then(text)))
    }

    /// Asks for a text, beginning with `text`, with which something else opens.
    pub fn opening<S: Surface + 'static>(
        title: impl Into<String>,
        text: &str,
        then: impl Fn(String) -> S + 'static,
    ) -> Self {
        Self::leading(title, text, move |text| Intent::Open(Box::new(then(text))))
    }

    fn leading(
        title: impl Into<String>,
        text: &str,
        then: impl Fn(String) -> Intent + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            hint: String::new(),
            prompt: Prompt::with(text),
            check: Box::new(|_| None),
            then: Box::new(then),
            is_touched: false,
            or_else: None,
        }
    }

    /// A line below the prompt, while nothing is wrong.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Refuses answers with which something is wrong, and says what.
    #[must_use]
    pub fn checked(mut self, check: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Happens when it is left unanswered.
    #[must_use]
    pub fn or_else(mut self, action: Action) -> Self {
        self.or_else = Some(action);
        self
    }

    /// What is wrong, as far as it is time to say it.
    fn shown_problem(&self) -> Option<String> {
        let is_open_only = !self.is_touched && self.prompt.text().is_empty();
        self.problem().filter(|_| !is_open_only)
    }

    fn problem(&self) -> Option<String> {
        (self.check)(self.prompt.text())
    }
}

impl Surface for Ask {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        vec![Context::Input]
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "input.accept" | "input.submit" if self.problem().is_some() => {
                self.is_touched = true;
                Outcome::done()
            }
            "input.accept" | "input.submit" => {
                let then = (self.then)(self.prompt.text().to_owned());
                Outcome::Done(vec![Intent::Close, then])
            }
            "input.leave" | "app.back" => {
                let mut intents = vec![Intent::Close];
                intents.extend(self.or_else.take().map(Intent::Act));
                Outcome::Done(intents)
            }
            "input.undo" => {
                self.prompt.undo();
                Outcome::done()
            }
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        self.is_touched |= self.prompt.on_key(key);
        Outcome::done()
    }

    fn on_paste(&mut self, text: &str, _view: View<'_>) -> Outcome {
        self.is_touched |= self.prompt.paste(text);
        Outcome::done()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        self.prompt.render("› ", area, buf, view.theme);
        let (text, role) = match self.shown_problem() {
            Some(problem) => (problem, Role::Error),
            None => (self.hint.clone(), Role::Dim),
        };
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        paint::put_wrapped(buf, below, &text, view.theme.style(role));
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        let mut hints: Vec<Hint> = vec!["input.leave".into()];
        if self.problem().is_none() {
            hints.insert(0, "input.accept".into());
        }
        hints
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        (screen.width.min(WIDTH), 5.min(screen.height))
    }
}
