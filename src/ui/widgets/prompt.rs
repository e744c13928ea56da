//! One line of input: filters, finds, typed names. The same editing engine as the text area.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{buffer::Buffer, layout::Rect, style::Style, widgets::Widget as _};
use ratatui_textarea::{CursorMove, TextArea};

use super::paint;
use crate::theme::{Role, Theme};

/// A line being typed.
pub struct Prompt {
    area: TextArea<'static>,
}

impl Default for Prompt {
    fn default() -> Self {
        Self::with("")
    }
}

impl Prompt {
    /// A prompt that starts with this text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.set_cursor_line_style(Style::default());
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Takes a key; says whether the text changed.
    pub fn on_key(&mut self, key: KeyEvent) -> bool {
        // A single line: what would break it is not for the engine.
        if matches!(key.code, KeyCode::Enter | KeyCode::Tab | KeyCode::Esc) {
            return false;
        }
        if key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.area.delete_line_by_head();
        }
        self.area.input(key)
    }

    /// Takes pasted text: its first line.
    pub fn paste(&mut self, text: &str) -> bool {
        self.area.insert_str(one_line(text))
    }

    /// Takes back the last edit.
    pub fn undo(&mut self) -> bool {
        self.area.undo()
    }

    /// Draws a sign and the text after it.
    pub fn render(&self, sign: &str, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let x = paint::put(
            buf,
            area.x,
            area.y,
            area.width,
            sign,
            theme.style(Role::Accent),
        );
        let rest = Rect {
            x,
            width: area.right().saturating_sub(x),
            height: 1,
            ..area
        };
        let mut shown = self.area.clone();
        shown.set_style(theme.style(Role::Input));
        shown.set_cursor_style(theme.style(Role::Input).reversed());
        shown.render(rest, buf);
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().replace('\t', " ")
}
