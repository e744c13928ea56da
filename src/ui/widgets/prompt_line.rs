//! The line at the foot of a pane in which a filter, a find or a file is typed: a [`Prompt`] and
//! what it is for. What the text does is the pane's.

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{paint, prompt::Prompt};
use crate::{
    theme::{Role, Theme},
    ui::surface::Hint,
};

/// The line, while something is typed in it; `Q` tells what for, in a pane that types several
/// things.
pub struct PromptLine<Q = ()> {
    asking: Option<(Q, Prompt)>,
}

impl<Q> Default for PromptLine<Q> {
    fn default() -> Self {
        Self { asking: None }
    }
}

impl<Q: Copy> PromptLine<Q> {
    /// Asks, beginning with a text.
    pub fn open(&mut self, question: Q, text: &str) {
        self.asking = Some((question, Prompt::with(text)));
    }

    /// Asks something else about the same text.
    pub fn turn_to(&mut self, question: Q) {
        if let Some(asking) = &mut self.asking {
            asking.0 = question;
        }
    }

    /// Takes the line away.
    pub fn close(&mut self) {
        self.asking = None;
    }

    /// Whether something is being typed.
    pub const fn is_open(&self) -> bool {
        self.asking.is_some()
    }

    /// What is being asked.
    pub fn question(&self) -> Option<Q> {
        self.asking.as_ref().map(|asking| asking.0)
    }

    /// What was typed so far.
    pub fn text(&self) -> &str {
        self.asking.as_ref().map_or("", |asking| asking.1.text())
    }

    /// Takes a key; says whether the text changed.
    pub fn on_key(&mut self, key: KeyEvent) -> bool {
        let asking = self.asking.as_mut();
        asking.is_some_and(|asking| asking.1.on_key(key))
    }

    /// Takes pasted text; says whether the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let asking = self.asking.as_mut();
        asking.is_some_and(|asking| asking.1.paste(text))
    }

    /// Takes back the last edit; says whether the text changed.
    pub fn undo(&mut self) -> bool {
        let asking = self.asking.as_mut();
        asking.is_some_and(|asking| asking.1.undo())
    }

    /// Takes the last row of an area, while something is typed.
    pub const fn split(&self, area: &mut Rect) -> Option<Rect> {
        if !self.is_open() || area.height == 0 {
            return None;
        }
        area.height -= 1;
        Some(Rect {
            y: area.y + area.height,
            height: 1,
            ..*area
        })
    }

    /// Draws the text after a sign, and what there is to say about it at the right.
    pub fn render(
        &self,
        sign: &str,
        note: Option<(&str, Role)>,
        at: Rect,
        buf: &mut Buffer,
        theme: &Theme,
    ) {
        let Some((_, prompt)) = &self.asking else {
            return;
        };
        let (note, role) = note.unwrap_or(("", Role::Dim));
        // What is typed keeps half of the line whatever there is to say about it.
        let said = (note.chars().count() as u16).min(at.width / 2);
        let typed = Rect {
            width: at.width.saturating_sub(said + u16::from(said > 0)),
            ..at
        };
        prompt.render(sign, typed, buf, theme);
        let x = at.right().saturating_sub(said);
        paint::put_right(buf, x, at.y, said, note, theme.style(role));
    }

    /// The keys of the footer while something is typed.
    pub fn hints() -> Vec<Hint> {
        vec!["input.accept".into(), "input.leave".into()]
    }
}
