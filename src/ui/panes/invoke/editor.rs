//! The payload as it is typed: a text area whose visible lines are highlighted, with the place
//! where it is not JSON.

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};
use ratatui_textarea::{CursorMove, DataCursor, TextArea};

use crate::{
    domain::{
        saved_event::{JsonError, Stamp, check_json},
        secret::Secret,
        text,
    },
    store::invoke::Draft,
    theme::{Role, Theme},
    ui::widgets::{
        code::{self, Highlight},
        paint,
    },
};

/// A longer text is checked when it is sent, not with every key.
const CHECKED_LIVE: usize = 256 << 10;
/// Cells in front of a line: the mark of the fault.
const GUTTER: u16 = 2;
/// An event with nothing in it.
const EMPTY: &str = "{}";
/// One level of indentation.
const INDENT: &str = "  ";

/// The text area of one function.
#[derive(Default)]
pub struct Editor {
    area: TextArea<'static>,
    revision: u64,
    mark: Option<(u64, Option<Stamp>)>,
    is_changed: bool,
    fault: Option<JsonError>,
    top: usize,
    left: usize,
}

impl Editor {
    /// The text, exactly as it would be sent.
    pub fn text(&self) -> Secret<String> {
        Secret::new(self.area.lines().join("\n"))
    }

    /// Where it is not JSON, as far as that is checked while it is typed.
    pub const fn fault(&self) -> Option<&JsonError> {
        self.fault.as_ref()
    }

    /// Whether it differs from what is saved.
    pub const fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Takes over what the store has for it, and notices what was saved. Says whether the text
    /// is another one now.
    pub fn follow(&mut self, draft: &Draft) -> bool {
        let is_another = self.revision != draft.revision;
        if is_another {
            self.revision = draft.revision;
            let lines = draft.text.reveal().split('\n').map(str::to_owned).collect();
            self.area = TextArea::new(lines);
            if draft.text.reveal().trim_end() == EMPTY {
                // What is to come stands inside.
                self.area.move_cursor(CursorMove::Forward);
            }
            (self.top, self.left) = (0, 0);
            self.edited();
        }
        if self.mark != Some(draft.mark()) {
            self.mark = Some(draft.mark());
            self.is_changed = draft.is_text_changed(self.text().reveal());
        }
        is_another
    }

    /// Takes a key that is text or a movement.
    pub fn on_key(&mut self, key: KeyEvent) {
        if self.area.input(key) {
            self.edited();
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        if self.area.insert_str(text) {
            self.edited();
        }
    }

    /// A new line, indented as this one is, deeper after a bracket.
    pub fn new_line(&mut self) {
        let DataCursor(row, column) = self.area.cursor();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let before: String = line.chars().take(column).collect();
        let mut indent: String = before
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        let opens = before.trim_end().ends_with(['{', '[']);
        let closes = line.chars().nth(column).is_some_and(|c| "}]".contains(c));
        let outer = indent.clone();
        if opens {
            indent.push_str(INDENT);
        }
        self.area.insert_newline();
        self.area.insert_str(indent);
        if opens && closes {
            // The closing bracket gets a line of its own, as deep as its opening one.
            self.area.insert_newline();
            self.area.insert_str(outer);
            self.area.move_cursor(CursorMove::Up);
            self.area.move_cursor(CursorMove::End);
        }
        self.edited();
    }

    /// One level of indentation.
    pub fn indent(&mut self) {
        self.area.insert_str(INDENT);
        self.edited();
    }

    /// Takes back the last change.
    pub fn undo(&mut self) {
        if self.area.undo() {
            self.edited();
        }
    }

    /// Moves the cursor by a command of lists and texts; says whether it was one.
    pub fn moved(&mut self, command: &str, height: usize) -> bool {
        let page = height.saturating_sub(1).max(1);
        let movement = match command {
            "list.down" => CursorMove::Down,
            "list.up" => CursorMove::Up,
            "list.top" => CursorMove::Top,
            "list.bottom" => CursorMove::Bottom,
            "text.left" => CursorMove::Back,
            "text.right" => CursorMove::Forward,
            "list.half-down" => return self.by(page.div_ceil(2) as isize),
            "list.half-up" => return self.by(-(page.div_ceil(2) as isize)),
            "list.page-down" => return self.by(page as isize),
            "list.page-up" => return self.by(-(page as isize)),
            _ => return false,
        };
        self.area.move_cursor(movement);
        true
    }

    fn by(&mut self, rows: isize) -> bool {
        let DataCursor(row, column) = self.area.cursor();
        let last = self.area.lines().len().saturating_sub(1);
        let row = row
            .saturating_add_signed(rows)
            .min(last)
            .min(usize::from(u16::MAX));
        self.area
            .move_cursor(CursorMove::Jump(row as u16, column.min(65_535) as u16));
        true
    }

    fn edited(&mut self) {
        self.mark = None;
        let size: usize = self.area.lines().iter().map(|line| line.len() + 1).sum();
        self.fault = if size <= CHECKED_LIVE {
            check_json(self.text().reveal()).err()
        } else {
            None
        };
    }

    /// Brings the cursor into view.
    pub fn layout(&mut self, area: Rect) {
        let DataCursor(row, _) = self.area.cursor();
        let height = usize::from(self.rows(area)).max(1);
        if row < self.top {
            self.top = row;
        } else if row >= self.top + height {
            self.top = row + 1 - height;
        }
        let cell = self.cursor_cell();
        let width = usize::from(area.width.saturating_sub(GUTTER)).max(1);
        if cell < self.left {
            self.left = cell;
        } else if cell + 1 >= self.left + width {
            self.left = cell + 2 - width;
        }
    }

    /// The rows of text: one is left for the fault.
    fn rows(&self, area: Rect) -> u16 {
        area.height.saturating_sub(u16::from(self.fault.is_some()))
    }

    fn cursor_cell(&self) -> usize {
        let DataCursor(row, column) = self.area.cursor();
        let line = self.area.lines().get(row).map_or("", String::as_str);
        let before: String = line.chars().take(column).collect();
        text::width(&text::sanitise(&before))
    }

    /// Draws the visible lines; the cursor only while `is_typing`.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, is_typing: bool) {
        let rows = self.rows(area);
        for y in 0..rows {
            let number = self.top + usize::from(y);
            let Some(line) = self.area.lines().get(number) else {
                break;
            };
            let row = Rect {
                x: area.x + GUTTER,
                y: area.y + y,
                width: area.width.saturating_sub(GUTTER),
                height: 1,
            };
            if self
                .fault
                .as_ref()
                .is_some_and(|fault| fault.line == number + 1)
            {
                paint::put(buf, area.x, row.y, GUTTER, "✖", theme.style(Role::Error));
            }
            code::put_line(buf, row, self.left, line, Highlight::Json, theme);
        }
        if let Some(fault) = &self.fault {
            let y = area.y + rows;
            let text = format!(
                "✖ line {}, column {}: {}",
                fault.line, fault.column, fault.message
            );
            paint::put(buf, area.x, y, area.width, &text, theme.style(Role::Error));
        }
        if is_typing {
            self.draw_cursor(area, rows, buf, theme);
        }
    }

    fn draw_cursor(&self, area: Rect, rows: u16, buf: &mut Buffer, theme: &Theme) {
        let DataCursor(row, _) = self.area.cursor();
        let (Some(down), Some(right)) = (
            row.checked_sub(self.top),
            self.cursor_cell().checked_sub(self.left),
        ) else {
            return;
        };
        let (x, y) = (
            area.x + GUTTER + right.min(usize::from(u16::MAX / 2)) as u16,
            area.y + down.min(usize::from(u16::MAX / 2)) as u16,
        );
        if down < usize::from(rows) && x < area.right() && buf.area.contains((x, y).into()) {
            buf[(x, y)].set_style(theme.style(Role::Text).reversed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(text: &str) -> Editor {
        let mut editor = Editor {
            area: TextArea::new(text.split('\n').map(str::to_owned).collect()),
            ..Editor::default()
        };
        editor.edited();
        editor
    }

    #[test]
    fn the_text_is_sent_as_it_is() {
        for text in ["{}", "{}\n", "{\r\n}\r\n", "", "\n\n"] {
            assert_eq!(editor(text).text().reveal(), text, "{text:?}");
        }
    }

    #[test]
    fn a_new_line_is_indented_after_a_bracket() {
        let mut editor = editor("  {");
        editor.moved("list.bottom", 5);
        editor.area.move_cursor(CursorMove::End);
        editor.new_line();
        editor.paste("\"a\": 1");
        editor.new_line();
        assert_eq!(editor.text().reveal(), "  {\n    \"a\": 1\n    ");
    }

    #[test]
    fn a_new_line_between_two_brackets_opens_them() {
        let mut editor = editor("  {}");
        editor.moved("text.right", 5);
        editor.moved("text.right", 5);
        editor.moved("text.right", 5);
        editor.new_line();
        editor.paste("\"a\": 1");
        assert_eq!(editor.text().reveal(), "  {\n    \"a\": 1\n  }");
    }

    #[test]
    fn a_fault_is_known_while_it_is_typed() {
        let mut editor = editor("{\n}");
        assert_eq!(editor.fault(), None);
        editor.paste(",");
        assert_eq!(editor.fault().map(|fault| fault.line), Some(1));
        editor.undo();
        assert_eq!(editor.fault(), None);
    }
}
