//! Draws a row of the form.

use ratatui::{buffer::Buffer, layout::Rect};

use super::rows::{Cell, Kind, Row};
use crate::{
    domain::text,
    theme::{Role, Theme},
    ui::widgets::paint,
};

/// Cells before a label: the cursor, and the sign of a change.
pub const MARGIN: u16 = 4;
/// The least and the most that labels take.
const NARROWEST: u16 = 12;
const WIDEST: u16 = 24;
/// Between the value of now and the drafted one.
const ARROW: &str = " → ";

/// How a row is drawn.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// Colours.
    pub theme: &'a Theme,
    /// Cells of the labels.
    pub column: u16,
    /// Whether the cursor is on it.
    pub is_cursor: bool,
    /// Whether its pane has the focus.
    pub is_focused: bool,
    /// Whether its masked value may be shown.
    pub is_revealed: bool,
}

/// Cells that the labels of these rows take; one that is longer pushes its value on.
pub fn column(rows: &[Row], width: u16) -> u16 {
    let most = (width / 3).clamp(NARROWEST, WIDEST);
    let labels = rows.iter().filter(|row| is_labelled(&row.kind));
    let widths = labels.map(|row| text::width(&text::sanitise(&row.label)) as u16 + 2);
    widths
        .filter(|&cells| cells <= most)
        .fold(NARROWEST, u16::max)
}

const fn is_labelled(kind: &Kind) -> bool {
    !matches!(kind, Kind::Header | Kind::Trigger(_))
}

/// Draws a row into the one line `at`.
pub fn row(row: &Row, at: Rect, buf: &mut Buffer, manner: Manner<'_>) {
    let theme = manner.theme;
    if manner.is_cursor {
        paint::put(buf, at.x, at.y, 1, "▸", theme.style(Role::Accent));
    }
    let (glyph, role) = row.sign.glyph();
    let x = (at.x + 2).min(at.right());
    paint::put(
        buf,
        x,
        at.y,
        1.min(at.right() - x),
        glyph,
        theme.style(role),
    );
    match row.kind {
        Kind::Header => header(row, at, buf, theme),
        Kind::Trigger(_) => trigger(row, at, buf, theme),
        _ => fields(row, at, buf, manner),
    }
    if manner.is_cursor {
        paint::select_row(buf, at, at.y, theme, manner.is_focused);
    }
}

fn header(row: &Row, at: Rect, buf: &mut Buffer, theme: &Theme) {
    let x = (at.x + 2).min(at.right());
    let room = at.right() - x;
    let mut end = paint::put(buf, x, at.y, room, &row.label, theme.style(Role::Accent));
    if let Cell::Text(detail, role) = &row.now
        && !detail.is_empty()
    {
        let x = (end + 2).min(at.right());
        end = paint::put(buf, x, at.y, at.right() - x, detail, theme.style(*role));
    }
    for x in end + 1..at.right() {
        paint::put(buf, x, at.y, 1, "─", theme.style(Role::Border));
    }
}

fn trigger(row: &Row, at: Rect, buf: &mut Buffer, theme: &Theme) {
    let x = (at.x + MARGIN).min(at.right());
    let style = theme.style(Role::Text);
    let end = paint::put(buf, x, at.y, at.right() - x, &row.label, style);
    let x = (end + 2).min(at.right());
    let shown = row.now.shown(false);
    paint::put(buf, x, at.y, at.right() - x, &shown.0, theme.style(shown.1));
}

fn fields(row: &Row, at: Rect, buf: &mut Buffer, manner: Manner<'_>) {
    let theme = manner.theme;
    let x = (at.x + MARGIN).min(at.right());
    // A sentence has no label to stand beside.
    let is_sentence =
        row.label.is_empty() && matches!(row.kind, Kind::Note | Kind::Problem(_) | Kind::Offer(_));
    let column = if is_sentence { 0 } else { manner.column };
    let column = column.min(at.right() - x);
    let label = text::sanitise(&row.label);
    let label = text::truncate_middle(&label, usize::from((at.right() - x) / 2));
    let end = paint::put(buf, x, at.y, at.right() - x, &label, theme.style(Role::Dim));
    let after = if column == 0 { end } else { end + 2 };
    let x = (x + column).max(after).min(at.right());
    let room = usize::from(at.right() - x);
    let (now, now_role) = row.now.shown(manner.is_revealed);
    let Some(then) = &row.then else {
        let now = text::truncate_middle(&now, room);
        paint::put(buf, x, at.y, room as u16, &now, theme.style(now_role));
        return;
    };
    let (then, then_role) = then.shown(manner.is_revealed);
    let room = room.saturating_sub(text::width(ARROW));
    // The drafted value matters more than that of now.
    let least = text::width(&now).min(room / 3);
    let then = text::truncate_middle(&then, room - least);
    let now = text::truncate_middle(&now, room - text::width(&then));
    let then_role = if then_role == Role::Text {
        Role::Accent
    } else {
        then_role
    };
    let arrow = if now.is_empty() { "→ " } else { ARROW };
    let spans = [
        (now.as_ref(), theme.style(now_role)),
        (arrow, theme.style(Role::Dim)),
        (then.as_ref(), theme.style(then_role)),
    ];
    let rest = Rect {
        x,
        width: at.right() - x,
        ..at
    };
    paint::put_spans(buf, rest, at.y, &spans);
}
