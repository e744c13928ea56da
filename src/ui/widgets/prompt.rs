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
    /// A prompt that suggests this text: it is selected, so that typing replaces it and a movement
    /// keeps it.
    pub fn with(text: &str) -> Self {
        let mut prompt = Self::after(text);
        prompt.select();
        prompt
    }

    /// A prompt that goes on behind this text.
    pub fn after(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.set_cursor_line_style(Style::default());
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// Selects the text, if there is one.
    pub fn select(&mut self) {
        if !self.text().is_empty() {
            self.area.select_all();
        }
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
        let moves = matches!(
            key.code,
            KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End
        );
        if moves && !key.modifiers.contains(KeyModifiers::SHIFT) {
            // Also where there is no room to move.
            self.area.cancel_selection();
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
        shown.set_selection_style(theme.style(Role::Selection));
        shown.set_cursor_style(theme.style(Role::Input).reversed());
        shown.render(rest, buf);
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(prompt: &mut Prompt, keys: &[KeyCode]) -> String {
        for &key in keys {
            prompt.on_key(key.into());
        }
        prompt.text().to_owned()
    }

    #[test]
    fn typing_replaces_what_was_suggested_and_a_movement_keeps_it() {
        use KeyCode::{Backspace, Char, End, Home, Left, Right};
        for (keys, text) in [
            (&[Char('x')][..], "x"),
            (&[Char('x'), Char('y')], "xy"),
            (&[Backspace], ""),
            (&[End, Char('x')], "name.jsonlx"),
            (&[Right, Char('x')], "name.jsonlx"),
            (&[Home, Char('x')], "xname.jsonl"),
            (&[Left, Char('x')], "name.jsonxl"),
        ] {
            assert_eq!(
                typed(&mut Prompt::with("name.jsonl"), keys),
                text,
                "{keys:?}"
            );
        }
        let mut prompt = Prompt::with("name");
        assert!(prompt.paste("other"));
        assert_eq!(prompt.text(), "other");
        assert!(prompt.undo());
        assert!(prompt.undo());
        assert_eq!(prompt.text(), "name", "what was replaced comes back");
        assert_eq!(typed(&mut Prompt::after("na"), &[Char('m')]), "nam");
        assert_eq!(typed(&mut Prompt::default(), &[Char('m')]), "m");
    }
}
