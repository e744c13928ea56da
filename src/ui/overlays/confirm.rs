//! The dialog before a write (`docs/architecture.md` §4.2): the exact call, account and region,
//! what it touches; the focus starts on Cancel; what destroys asks for the name.

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

/// Widest a dialog gets (`docs/architecture.md` §9.1).
const WIDTH: u16 = 76;

/// A question with Cancel and one other button.
pub struct Confirm {
    title: String,
    lines: Vec<String>,
    button: String,
    then: Vec<Action>,
    or_else: Vec<Action>,
    leaves: bool,
    typed: Option<(String, Prompt)>,
    on_cancel: bool,
}

impl Confirm {
    /// Asks before `then` happens.
    pub fn new(
        title: impl Into<String>,
        lines: Vec<String>,
        button: impl Into<String>,
        then: Vec<Action>,
    ) -> Self {
        Self {
            title: title.into(),
            lines,
            button: button.into(),
            then,
            or_else: Vec::new(),
            leaves: false,
            typed: None,
            on_cancel: true,
        }
    }

    /// The button works only once this was typed.
    #[must_use]
    pub fn typed(mut self, name: impl Into<String>) -> Self {
        self.typed = Some((name.into(), Prompt::default()));
        self
    }

    /// Happens when it is cancelled.
    #[must_use]
    pub fn or_else(mut self, actions: Vec<Action>) -> Self {
        self.or_else = actions;
        self
    }

    /// The button also leaves the program.
    #[must_use]
    pub const fn and_leave(mut self) -> Self {
        self.leaves = true;
        self
    }

    fn is_ready(&self) -> bool {
        self.typed
            .as_ref()
            .is_none_or(|(name, prompt)| prompt.text().trim() == name)
    }

    fn is_untouched(&self) -> bool {
        let typed = self.typed.as_ref();
        typed.is_some_and(|(_, prompt)| prompt.text().trim().is_empty())
    }

    fn cancel(&mut self) -> Outcome {
        let or_else = std::mem::take(&mut self.or_else);
        let mut intents = vec![Intent::Close];
        intents.extend(or_else.into_iter().map(Intent::Act));
        Outcome::Done(intents)
    }

    fn confirm(&mut self) -> Outcome {
        if !self.is_ready() {
            return Outcome::done();
        }
        let then = std::mem::take(&mut self.then);
        let mut intents = vec![Intent::Close];
        intents.extend(then.into_iter().map(Intent::Act));
        intents.extend(self.leaves.then_some(Intent::Leave));
        Outcome::Done(intents)
    }
}

impl Surface for Confirm {
    fn title(&self, _view: View<'_>) -> String {
        self.title.clone()
    }

    fn path(&self, _view: View<'_>) -> Vec<Context> {
        if self.typed.is_some() && self.on_cancel {
            vec![Context::Input]
        } else {
            vec![Context::Dialog]
        }
    }

    fn on_command(&mut self, command: &'static CommandSpec, _view: View<'_>) -> Outcome {
        match command.id {
            "dialog.next" | "dialog.previous" | "input.tab" | "input.back-tab" => {
                self.on_cancel = !self.on_cancel;
                Outcome::done()
            }
            "dialog.cancel" | "input.leave" | "app.back" => self.cancel(),
            "dialog.press" if self.on_cancel => self.cancel(),
            // Before anything is typed Enter is Cancel's.
            "input.accept" if self.is_untouched() => self.cancel(),
            // Enter after the typed name is the confirmation, as is the button.
            "dialog.press" | "input.accept" => self.confirm(),
            _ => Outcome::Ignored,
        }
    }

    fn on_key(&mut self, key: KeyEvent, _view: View<'_>) -> Outcome {
        if let Some((_, prompt)) = &mut self.typed {
            prompt.on_key(key);
        }
        Outcome::done()
    }

    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let theme = view.theme;
        let reserved = if self.typed.is_some() { 4 } else { 2 };
        let mut y = area.y;
        for line in &self.lines {
            let bottom = area.bottom().saturating_sub(reserved);
            let room = Rect {
                y,
                height: bottom.saturating_sub(y),
                ..area
            };
            y += paint::put_wrapped(buf, room, line, theme.style(Role::Text));
        }
        if let Some((name, prompt)) = &self.typed {
            let y = area.bottom().saturating_sub(4);
            let ask = format!("type {name} to go on");
            paint::put(buf, area.x, y, area.width, &ask, theme.style(Role::Warn));
            if !prompt.text().is_empty() && !self.is_ready() {
                let differs = theme.style(Role::Dim);
                paint::put_right(buf, area.x, y + 1, area.width, "not that yet", differs);
            }
            prompt.render(
                "› ",
                Rect {
                    y: y + 1,
                    height: 1,
                    ..area
                },
                buf,
                theme,
            );
        }
        let y = area.bottom().saturating_sub(1);
        let cancel = if self.on_cancel {
            Role::Selection
        } else {
            Role::Dim
        };
        let go = match (self.on_cancel, self.is_ready()) {
            (false, _) => Role::Selection,
            (true, true) => Role::Text,
            (true, false) => Role::Dim,
        };
        let button = format!("[ {} ]", self.button);
        let spans = [
            ("  ", theme.style(Role::Text)),
            ("[ Cancel ]", theme.style(cancel)),
            ("   ", theme.style(Role::Text)),
            (button.as_str(), theme.style(go)),
        ];
        paint::put_spans(buf, area, y, &spans);
    }

    fn hints(&self, _view: View<'_>) -> Vec<Hint> {
        if self.typed.is_some() && self.on_cancel {
            let titled = |command, title: &str| Hint {
                command,
                title: Some(title.to_owned()),
            };
            let mut hints = vec![titled("input.tab", "next"), titled("input.leave", "cancel")];
            if self.is_ready() {
                hints.insert(0, titled("input.accept", &self.button.to_lowercase()));
            }
            return hints;
        }
        vec![
            "dialog.next".into(),
            "dialog.press".into(),
            "dialog.cancel".into(),
        ]
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let width = screen.width.min(WIDTH);
        let rows: usize = self
            .lines
            .iter()
            .map(|line| paint::wrapped(line, width.saturating_sub(4)).len())
            .sum();
        let height = rows as u16 + if self.typed.is_some() { 6 } else { 4 };
        (width, height.min(screen.height))
    }
}
