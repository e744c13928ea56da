//! The newest messages: at the bottom right, above the footer, whole as far as three lines hold
//! them, and never over the row that the cursor is on.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Clear, Widget as _},
};

use crate::{
    domain::text,
    store::toast::{Toast, Tone},
    theme::Role,
    ui::{surface::View, widgets::paint},
};

/// Most lines of one message.
const LINES: usize = 3;
/// Cells beside the text: the sign and a margin on both sides.
const BESIDE: u16 = 4;

/// Draws them over what is there.
pub fn draw_toasts(screen: Rect, buf: &mut Buffer, view: View<'_>) {
    let selection = view.theme.style(Role::Selection);
    let cursors: Vec<u16> = (screen.top() + 1..screen.bottom().saturating_sub(1))
        .filter(|&y| has_cursor(buf, screen, y, selection))
        .collect();
    let mut bottom = screen.bottom().saturating_sub(1);
    // On a small screen the newest is worth more than the rows that older ones would cover.
    let mut room = (screen.height / 3).max(LINES as u16);
    for toast in view.store.toasts.shown().iter().rev() {
        let rows = rows(toast, screen.width.saturating_sub(2 + BESIDE), view);
        let height = rows.len() as u16;
        let Some(left) = room.checked_sub(height) else {
            return;
        };
        room = left;
        while let Some(cursor) = cursors
            .iter()
            .copied()
            .find(|&y| y < bottom && y + height >= bottom)
        {
            bottom = cursor;
        }
        let Some(top) = bottom.checked_sub(height).filter(|&top| top > screen.y) else {
            return;
        };
        draw(
            toast,
            &rows,
            screen.right().saturating_sub(1),
            top,
            buf,
            view,
        );
        bottom = top;
    }
}

fn draw(toast: &Toast, rows: &[String], right: u16, top: u16, buf: &mut Buffer, view: View<'_>) {
    let role = match toast.tone {
        Tone::Ok => Role::Ok,
        Tone::Info => Role::Accent,
        Tone::Error => Role::Error,
    };
    let longest = rows.iter().map(|row| text::width(row)).max().unwrap_or(0);
    let width = longest as u16 + BESIDE;
    let area = Rect {
        x: right.saturating_sub(width),
        y: top,
        width,
        height: rows.len() as u16,
    };
    Clear.render(area.intersection(buf.area), buf);
    let mut sign = toast.tone.sign();
    for (y, row) in (top..).zip(rows) {
        paint::fill_row(buf, area, y, view.theme.style(Role::Dialog));
        let mut line = format!(" {sign}{row}");
        // To the edge in its own style.
        line.extend(std::iter::repeat_n(
            ' ',
            usize::from(width) - text::width(&line),
        ));
        paint::put(buf, area.x, y, width, &line, view.theme.style(role));
        sign = "  ";
    }
}

/// The lines of a message; where they are too many the last one says what shows all of them.
fn rows(toast: &Toast, width: u16, view: View<'_>) -> Vec<String> {
    let text = text::sanitise(&toast.text);
    let mut rows = paint::wrapped(&text, width);
    if rows.len() > LINES {
        let keys = view
            .keymap
            .keys_for("app.messages", &[crate::command::Context::Global]);
        let whole = keys
            .first()
            .map_or_else(String::new, |key| format!(" {key}"));
        let rest = rows.split_off(LINES - 1).join(" ");
        let room = width.saturating_sub(text::width(&whole) as u16);
        rows.push(format!("{}{whole}", paint::shown(&rest, room)));
    }
    rows
}

/// Whether the cursor, or the button that has the focus, is in this row.
fn has_cursor(buf: &Buffer, screen: Rect, y: u16, selection: Style) -> bool {
    (screen.left()..screen.right()).any(|x| {
        let cell = &buf[(x, y)];
        match selection.bg {
            Some(bg) => cell.bg == bg,
            None => {
                !selection.add_modifier.is_empty() && cell.modifier.contains(selection.add_modifier)
            }
        }
    })
}
