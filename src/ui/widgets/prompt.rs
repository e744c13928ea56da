//! One line of input: filters, finds, typed names. The same editing engine as the text area.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{buffer::Buffer, layout::Rect};
use ratatui_textarea::{CursorMove, DataCursor, TextArea};
use unicode_segmentation::UnicodeSegmentation as _;

use super::paint;
use crate::{
    domain::text,
    theme::{Role, Theme},
};

/// The most that one line of input holds, in bytes: what is longer was pasted by mistake, and a
/// filter would work on it with every key.
const LONGEST: usize = 4096;
/// Stands at the end of a line that did not take all of what was pasted.
const CUT: &str = " cut at 4 KB";

/// A line being typed.
pub struct Prompt {
    area: TextArea<'static>,
    is_cut: bool,
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
        area.move_cursor(CursorMove::End);
        Self {
            area,
            is_cut: false,
        }
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
        let is_typed = matches!(key.code, KeyCode::Char(_)) && self.selected().is_none();
        // A paste that comes key by key.
        self.is_cut = is_typed && self.text().len() >= LONGEST;
        if self.is_cut && key.modifiers.difference(KeyModifiers::SHIFT).is_empty() {
            return false;
        }
        if key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.area.delete_line_by_head();
        }
        self.area.input(key)
    }

    /// Takes pasted text: its first line, as much of it as there is room for.
    pub fn paste(&mut self, text: &str) -> bool {
        let line = text.lines().next().unwrap_or_default();
        let selected = match self.selected() {
            Some(range) => range.len(),
            None => 0,
        };
        let room = LONGEST.saturating_sub(self.text().len().saturating_sub(selected));
        let taken = &line[..line.floor_char_boundary(room)];
        self.is_cut = taken.len() < line.len();
        self.area.insert_str(one_line(taken))
    }

    /// What is selected, in characters.
    fn selected(&self) -> Option<std::ops::Range<usize>> {
        let ((_, from), (_, to)) = self.area.selection_range()?;
        Some(from..to)
    }

    /// Takes back the last edit.
    pub fn undo(&mut self) -> bool {
        self.area.undo()
    }

    /// Draws a sign and the text after it; what a terminal would obey or hide stands as a mark.
    pub fn render(&self, sign: &str, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let accent = theme.style(Role::Accent);
        let x = paint::put(buf, area.x, area.y, area.width, sign, accent);
        let mut rest = Rect {
            x,
            width: area.right().saturating_sub(x),
            height: 1,
            ..area
        };
        if self.is_cut && usize::from(rest.width) > 2 * CUT.len() {
            rest.width -= CUT.len() as u16;
            let warn = theme.style(Role::Warn);
            paint::put(buf, rest.right(), area.y, CUT.len() as u16, CUT, warn);
        }
        let plain = theme.style(Role::Input);
        let DataCursor(_, cursor) = self.area.cursor();
        let selected = self.selected().unwrap_or_default();
        let style = |at: std::ops::Range<usize>| {
            if at.contains(&cursor) {
                plain.reversed()
            } else if selected.contains(&at.start) {
                theme.style(Role::Selection)
            } else {
                plain
            }
        };
        let (signs, first) = self.signs(cursor, usize::from(rest.width));
        let mut x = rest.x;
        for (sign, at) in &signs[first..] {
            x = paint::put(
                buf,
                x,
                rest.y,
                rest.right().saturating_sub(x),
                sign,
                style(at.clone()),
            );
        }
    }

    /// What is drawn, sign by sign with the characters it stands for, a blank for the cursor at the
    /// end; and the first of them that is in sight, so that the cursor is.
    fn signs(&self, cursor: usize, width: usize) -> (Vec<(String, std::ops::Range<usize>)>, usize) {
        let mut signs = Vec::new();
        let (mut at, mut at_cursor) = (0, 0);
        for grapheme in self.text().graphemes(true) {
            let end = at + grapheme.chars().count();
            if (at..end).contains(&cursor) {
                at_cursor = signs.len();
            }
            signs.push((text::sanitise(grapheme).into_owned(), at..end));
            at = end;
        }
        if cursor >= at {
            at_cursor = signs.len();
            signs.push((" ".to_owned(), at..at + 1));
        }
        let mut used = 0;
        let before = signs[..=at_cursor].iter().rev().take_while(|(sign, _)| {
            used += text::width(sign);
            used <= width
        });
        let first = (at_cursor + 1).saturating_sub(before.count());
        (signs, first)
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

    fn drawn(prompt: &Prompt, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        prompt.render("/ ", area, &mut buf, &Theme::default());
        let cells = (0..width).map(|x| buf[(x, 0)].symbol());
        cells.collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn a_pasted_megabyte_is_cut_with_a_note() {
        let mut prompt = Prompt::default();
        assert!(prompt.paste(&"ä".repeat(1 << 20)));
        assert_eq!(prompt.text().len(), LONGEST);
        assert!(drawn(&prompt, 40).ends_with(CUT));
        prompt.on_key(KeyCode::Backspace.into());
        assert!(!drawn(&prompt, 40).ends_with(CUT));
        let full = "x".repeat(LONGEST);
        let mut prompt = Prompt::after(&full);
        assert!(!prompt.on_key(KeyCode::Char('y').into()), "key by key too");
        assert!(prompt.text() == full && drawn(&prompt, 40).ends_with(CUT));
        let mut prompt = Prompt::with("name");
        prompt.paste("other\nsecond line");
        assert_eq!(drawn(&prompt, 20), "/ other");
    }

    #[test]
    fn what_would_be_hidden_is_drawn_as_a_mark_and_the_cursor_stays_in_sight() {
        let mut prompt = Prompt::default();
        prompt.paste("a\u{2028}b\u{2029}c\u{e0041}d\u{200d}e\u{202e}f");
        assert_eq!(drawn(&prompt, 30), "/ a␊b␊c·d·e·f");
        assert_eq!(drawn(&prompt, 6), "/ e·f");
        assert_eq!(prompt.text().chars().count(), 11, "nothing is lost");
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
