//! Writing the laid-out rows into cells. ASCII, which is nearly all of a log, goes cell by cell;
//! the rest goes the general way.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{
    LogView, Shown,
    columns::{SIGN, sign},
    ink::Inked,
    shape::RowOf,
};
use crate::{
    theme::{Role, Theme},
    ui::widgets::paint,
};

impl LogView {
    /// Draws what [`LogView::layout`] settled.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
        let area = area.intersection(buf.area);
        let mut time = String::with_capacity(24);
        for (row, shown) in self.shown.iter().enumerate() {
            let Some(y) = u16::try_from(row)
                .ok()
                .filter(|&row| row < area.height)
                .map(|row| area.y + row)
            else {
                return;
            };
            let at = Rect {
                y,
                height: 1,
                ..area
            };
            self.draw_row(*shown, at, buf, theme, &mut time);
            let is_cursor = self
                .cursor
                .is_some_and(|at| (at.position, at.row) == (shown.position, shown.row));
            if is_cursor {
                paint::select_row(buf, at, y, theme, focused);
                write(buf, at.x, y, 1, "▸", theme.style(Role::Accent));
            }
        }
    }

    fn draw_row(&self, shown: Shown, at: Rect, buf: &mut Buffer, theme: &Theme, time: &mut String) {
        let columns = self.columns;
        let Some(shape) = self.shapes.get(&shown.position.entry) else {
            return;
        };
        let right = at.right();
        let is_head = shown.row == 0;
        if is_head {
            if self.marks.contains(&shown.position) {
                write(buf, at.x, at.y, 1, "●", theme.style(Role::Mark));
            }
            columns.write_time(shown.position.timestamp, time);
            let style = theme.style(Role::LogTime);
            let x = at.x + SIGN;
            ascii(buf, x, at.y, right.saturating_sub(x), time, style);
            if columns.source > 0
                && let Some(name) = self.sources.get(shown.source)
            {
                let x = at.x + columns.source_at();
                let name = crate::domain::text::truncate_middle(name, usize::from(columns.source));
                let room = columns.source.min(right.saturating_sub(x));
                paint::put(buf, x, at.y, room, &name, theme.style(Role::Dim));
            }
            let (glyph, role) = sign(shown.level);
            let x = at.x + columns.level_at();
            if x < right && glyph != " " {
                write(buf, x, at.y, 1, glyph, theme.style(role));
            }
        }
        let x = at.x + columns.text_at();
        if x >= right {
            return;
        }
        let late = shown.late_by.filter(|_| is_head).map(late_note);
        let room = right - x;
        let room = match &late {
            Some(note) => room.saturating_sub(note.width() as u16 + 1),
            None => room,
        };
        match shape.row(shown.row) {
            RowOf::Fold(label) => {
                paint::put(buf, x, at.y, right - x, label, theme.style(Role::Dim));
            }
            RowOf::Line(line, range) => self.draw_line(line, range, (x, at.y, room), buf, theme),
        }
        if let Some(note) = late {
            let width = right - x;
            paint::put_right(buf, x, at.y, width, &note, theme.style(Role::Late));
        }
    }

    fn draw_line(
        &self,
        line: &Inked,
        range: std::ops::Range<usize>,
        (x, y, room): (u16, u16, u16),
        buf: &mut Buffer,
        theme: &Theme,
    ) {
        if room == 0 {
            return;
        }
        let (range, indent) = if self.pan == 0 {
            (range, 0)
        } else {
            let (start, cut) = skip(&line.text()[range.clone()], line.is_ascii(), self.pan);
            (range.start + start..range.end, cut)
        };
        let text = line.text();
        let indent = indent.min(room);
        let cells = if line.is_ascii() {
            range.len()
        } else {
            crate::domain::text::width(&text[range.clone()])
        };
        let is_cut = cells > usize::from(room - indent);
        // The sign takes a cell of its own: over a half of a wide character it would tear it.
        let end = x + room - u16::from(is_cut);
        let mut at = x + indent;
        for (piece, role) in line.parts(range.clone()) {
            if at >= end {
                break;
            }
            let style = theme.style(role);
            at = if line.is_ascii() {
                ascii(buf, at, y, end - at, &text[piece], style)
            } else {
                write(buf, at, y, end - at, &text[piece], style)
            };
        }
        if is_cut {
            write(buf, at.min(end), y, 1, "…", theme.style(Role::Dim));
        }
        if self.pan > 0 && range.start > 0 {
            write(buf, x, y, 1, "…", theme.style(Role::Dim));
        }
    }
}

/// `late by 3s ↰`
fn late_note(by: u32) -> String {
    if by < 1000 {
        format!("late by {by}ms ↰")
    } else if by < 120_000 {
        format!("late by {}s ↰", by / 1000)
    } else {
        format!("late by {}m ↰", by / 60_000)
    }
}

/// The byte at which `cells` cells are skipped, and cells of a wide character that was cut.
fn skip(text: &str, is_ascii: bool, cells: usize) -> (usize, u16) {
    if is_ascii {
        return (cells.min(text.len()), 0);
    }
    let mut used = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        if used >= cells {
            return (start, (used - cells) as u16);
        }
        used += grapheme.width();
    }
    (text.len(), 0)
}

/// Writes ASCII, a byte a cell; returns the first column after it.
fn ascii(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    let count = text.len().min(usize::from(room));
    if count == 0 {
        return x;
    }
    let start = buf.index_of(x, y);
    let cells = &mut buf.content[start..start + count];
    for (cell, at) in cells.iter_mut().zip(0..count) {
        let symbol = &text[at..=at];
        // A fresh frame is full of spaces.
        if cell.symbol() != symbol {
            cell.set_symbol(symbol);
        }
        if let Some(fg) = style.fg {
            cell.fg = fg;
        }
        if let Some(bg) = style.bg {
            cell.bg = bg;
        }
        cell.modifier.insert(style.add_modifier);
        cell.modifier.remove(style.sub_modifier);
    }
    x + count as u16
}

/// Writes sanitised text of any kind; returns the first column after it.
fn write(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    if room == 0 {
        return x;
    }
    buf.set_stringn(x, y, text, usize::from(room), style).0
}
