//! The table of the Functions pane: which columns fit, what stands in a cell.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::{
        age,
        function::FunctionSummary,
        function_list::{
            attention::{self, Severity},
            today,
        },
        text,
    },
    store::{Store, functions::Functions, ui},
    theme::Role,
    ui::{stopped, surface::View, widgets::paint},
};

/// Stands before a marked function.
const MARK: &str = "●";
/// Narrowest that NAME gets before a column is dropped.
const NAME_MIN: u16 = 20;
/// Widest that NAME gets; more would tear the row apart.
const NAME_MAX: u16 = 64;

/// A column of the table: what it shows besides NAME.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Runtime,
    Memory,
    Timeout,
    Code,
    Changed,
    State,
    Dead,
    Package,
    LogGroup,
    Notes,
}

/// In the order of the screen: cell, header, width, right-aligned.
const COLUMNS: &[(Cell, &str, u16, bool)] = &[
    (Cell::Runtime, "RUNTIME", 16, false),
    (Cell::Memory, "MEM", 6, true),
    (Cell::Timeout, "TIMEOUT", 7, true),
    (Cell::Code, "CODE", 6, true),
    (Cell::Changed, "CHANGED", 7, true),
    (Cell::State, "STATE", 11, false),
    (Cell::Dead, "DEAD", 6, true),
    (Cell::Package, "PACKAGE", 11, false),
    (Cell::LogGroup, "LOG GROUP", 24, false),
    (Cell::Notes, "NOTES", 18, false),
];

/// What stays when it gets narrow, first to last (`docs/architecture.md` §9.1).
const PRIORITY: &[Cell] = &[
    Cell::Dead,
    Cell::State,
    Cell::Notes,
    Cell::Runtime,
    Cell::Memory,
    Cell::Timeout,
    Cell::Changed,
    Cell::Code,
    Cell::Package,
    Cell::LogGroup,
];

/// NAME's width, and the other columns with theirs, as many as fit.
pub(super) struct Columns {
    name: u16,
    rest: Vec<(Cell, &'static str, u16, bool)>,
}

pub(super) fn columns(width: u16, functions: &Functions) -> Columns {
    let width = width.saturating_sub(2);
    let mut kept: Vec<Cell> = Vec::new();
    let mut used = NAME_MIN;
    for &cell in PRIORITY {
        let has_data = match cell {
            Cell::LogGroup => functions.has_custom_log_groups(),
            Cell::Dead => functions.has_dead_letter_queues(),
            _ => true,
        };
        if !has_data {
            continue;
        }
        let Some(column) = COLUMNS.iter().find(|column| column.0 == cell) else {
            continue;
        };
        if used + column.2 + 1 > width {
            break;
        }
        used += column.2 + 1;
        kept.push(cell);
    }
    let mut rest: Vec<_> = COLUMNS
        .iter()
        .copied()
        .filter(|column| kept.contains(&column.0))
        .collect();
    let spare = width.saturating_sub(used);
    // Names come first; what they do not need goes to the notes.
    let name = (NAME_MIN + spare * 2 / 3).clamp(NAME_MIN.min(width), NAME_MAX);
    let left = spare.saturating_sub(name.saturating_sub(NAME_MIN));
    match rest.iter_mut().find(|column| column.0 == Cell::Notes) {
        Some(notes) => notes.2 += left,
        None => {
            return Columns {
                name: (name + left).min(width),
                rest,
            };
        }
    }
    Columns { name, rest }
}

pub(super) fn header(area: Rect, buf: &mut Buffer, view: View<'_>, columns: &Columns) {
    let style = view.theme.style(Role::Dim);
    let mut x = area.x + 2;
    paint::put(buf, x, area.y, columns.name, "NAME", style);
    x += columns.name;
    for &(_, title, width, right) in &columns.rest {
        x += 1;
        if right {
            paint::put_right(buf, x, area.y, width, title, style);
        } else {
            paint::put(buf, x, area.y, width, title, style);
        }
        x += width;
    }
}

pub(super) fn draw_row(
    row: &FunctionSummary,
    at: Rect,
    buf: &mut Buffer,
    view: View<'_>,
    columns: &Columns,
    place: usize,
) {
    let theme = view.theme;
    let store = view.store;
    let selected = place == store.functions.cursor();
    let is_stale = store.functions.slot().is_stale() || store.functions.is_old(place);
    let base = theme.style(if is_stale { Role::Stale } else { Role::Text });
    let sign = if selected { "▸ " } else { "  " };
    paint::put(buf, at.x, at.y, 2, sign, theme.style(Role::Accent));
    if store.functions.marked().contains(&row.arn) {
        paint::put(buf, at.x + 1, at.y, 1, MARK, theme.style(Role::Mark));
    }
    let mut x = at.x + 2;
    // Its last cell is left for the sign that stands for dropped notes.
    draw_name(
        row,
        Rect {
            x,
            width: columns.name.saturating_sub(1),
            ..at
        },
        buf,
        view,
        base,
    );
    x += columns.name;
    if !columns.rest.iter().any(|column| column.0 == Cell::Notes) {
        let (notes, role) = cell_text(Cell::Notes, row, store);
        if !notes.is_empty() {
            let style = role.map_or(base, |role| theme.style(role));
            paint::put(buf, x - 1, at.y, 1, "▲", style);
        }
    }
    for &(cell, _, width, right) in &columns.rest {
        x += 1;
        let (value, role) = cell_text(cell, row, store);
        let style = role.map_or(base, |role| theme.style(role));
        if right {
            paint::put_right(buf, x, at.y, width, &value, style);
        } else {
            paint::put(buf, x, at.y, width, &value, style);
        }
        x += width;
    }
    if selected {
        let focused = store.ui.focus() == ui::FUNCTIONS;
        paint::select_row(buf, at, at.y, theme, focused);
    }
}

/// The name, cut in its middle so that what tells two rows apart stays, its match highlighted.
fn draw_name(row: &FunctionSummary, at: Rect, buf: &mut Buffer, view: View<'_>, base: Style) {
    let clean = text::sanitise(&row.name);
    let name = text::truncate_middle(&clean, usize::from(at.width));
    paint::put(buf, at.x, at.y, at.width, &name, base);
    let matched = view.theme.style(Role::Match);
    for position in view.store.functions.query().filter.name_positions(&name) {
        let cell = Rect {
            x: at.x + position as u16,
            width: 1,
            ..at
        };
        buf.set_style(cell.intersection(at), matched);
    }
}

fn cell_text(cell: Cell, row: &FunctionSummary, store: &Store) -> (String, Option<Role>) {
    let now: Timestamp = store.now;
    match cell {
        Cell::Runtime => (row.runtime.as_deref().unwrap_or("image").to_owned(), None),
        Cell::Memory => (row.memory_mb.to_string(), None),
        Cell::Timeout => (format!("{}s", row.timeout_s), None),
        Cell::Code if row.code_size == 0 => ("–".to_owned(), Some(Role::Dim)),
        Cell::Code => (age::bytes(row.code_size), None),
        Cell::Changed => (
            row.modified
                .map_or_else(|| "–".to_owned(), |at| age::age(now, at)),
            None,
        ),
        Cell::State => match store.functions.state(&row.arn) {
            None => (String::new(), None),
            Some(state) => {
                let word = attention::state_text(state);
                let role = match word.as_ref() {
                    "active" => Role::Dim,
                    word if word.contains("fail") => Role::Error,
                    _ => Role::Warn,
                };
                (word.into_owned(), Some(role))
            }
        },
        Cell::Dead => match store.functions.dead_letters(&row.arn) {
            None => (String::new(), None),
            Some(0) => ("–".to_owned(), Some(Role::Dim)),
            Some(letters) => (letters.to_string(), Some(Role::Error)),
        },
        Cell::Package => (
            format!("{} {}", row.package.to_lowercase(), row.architecture),
            Some(Role::Dim),
        ),
        Cell::LogGroup => {
            let group = if row.has_custom_log_group() {
                row.log_group()
            } else {
                String::new()
            };
            (group, Some(Role::Dim))
        }
        Cell::Notes => {
            let notes = attention::attention(row, store.functions.state(&row.arn), today(now));
            let worst = notes.iter().map(|note| note.severity).max();
            let stopped = stopped::of(store, &row.arn);
            let role = match worst {
                Some(Severity::Error) => Role::Error,
                Some(Severity::Warning) => Role::Warn,
                _ if !stopped.is_empty() => Role::Warn,
                _ => Role::Dim,
            };
            let stopped = stopped.into_iter().map(|line| format!("⏸ {line}"));
            let notes = notes.into_iter().map(|note| note.text);
            let text: Vec<String> = stopped.chain(notes).collect();
            (text.join(", "), Some(role))
        }
    }
}
