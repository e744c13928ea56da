//! The table of the Functions pane: which columns fit, what stands in a cell.

use jiff::Timestamp;
use ratatui::layout::Rect;

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
    store::Store,
    theme::Role,
    ui::{
        stopped,
        surface::View,
        widgets::grid::{Column, Grid, Row},
    },
};

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Name,
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

/// In the order of the screen; which of them stay when it gets narrow: `docs/architecture.md` §9.1.
/// Names come first; what they do not need goes to the notes.
const COLUMNS: [(Cell, Column); 11] = [
    (Cell::Name, Column::left("NAME", 20, 0).growing(2).up_to(64)),
    (Cell::Runtime, Column::left("RUNTIME", 16, 4)),
    (Cell::Memory, Column::right("MEM", 6, 5)),
    (Cell::Timeout, Column::right("TIMEOUT", 7, 6)),
    (Cell::Code, Column::right("CODE", 6, 8)),
    (Cell::Changed, Column::right("CHANGED", 7, 7)),
    (Cell::State, Column::left("STATE", 11, 2)),
    (Cell::Dead, Column::right("DEAD", 6, 1)),
    (Cell::Package, Column::left("PACKAGE", 11, 9)),
    (Cell::LogGroup, Column::left("LOG GROUP", 24, 10)),
    (Cell::Notes, Column::left("NOTES", 18, 3).growing(1)),
];

/// Settles the table and makes its visible rows.
pub(super) fn layout(grid: &mut Grid, area: Rect, view: View<'_>) {
    let list = &view.store.functions;
    let columns = COLUMNS.map(|(cell, column)| match cell {
        Cell::LogGroup => column.only_if(list.has_custom_log_groups()),
        Cell::Dead => column.only_if(list.has_dead_letter_queues()),
        _ => column,
    });
    grid.go_to(list.cursor());
    grid.settle(area, &columns, list.len());
    let rows = grid.visible().filter_map(|place| {
        let function = list.row(place)?;
        Some(row(function, place, grid, view.store))
    });
    let rows = rows.collect();
    grid.fill(rows);
}

fn row(function: &FunctionSummary, place: usize, grid: &Grid, store: &Store) -> Row {
    let list = &store.functions;
    let is_stale = list.slot().is_stale() || list.is_old(place);
    let base = if is_stale { Role::Stale } else { Role::Text };
    let mut row = Row {
        is_marked: list.marked().contains(&function.arn),
        ..Row::default()
    };
    for (index, (cell, _)) in COLUMNS.iter().enumerate() {
        let Some(width) = grid.width(index) else {
            row.cells.push((String::new(), base));
            continue;
        };
        if *cell == Cell::Name {
            // Its last cell is left for the sign that stands for dropped notes.
            let name = name(function, width.saturating_sub(1));
            row.matched = list.query().filter.name_positions(&name);
            row.cells.push((name, base));
        } else {
            let (text, role) = cell_text(*cell, function, store);
            row.cells.push((text, role.unwrap_or(base)));
        }
    }
    if grid.width(COLUMNS.len() - 1).is_none() {
        let (notes, role) = cell_text(Cell::Notes, function, store);
        row.sign = (!notes.is_empty()).then_some(("▲", role.unwrap_or(base)));
    }
    row
}

/// The name, cut in its middle so that what tells two rows apart stays.
fn name(function: &FunctionSummary, width: u16) -> String {
    let clean = text::sanitise(&function.name);
    text::truncate_middle(&clean, usize::from(width)).into_owned()
}

fn cell_text(cell: Cell, row: &FunctionSummary, store: &Store) -> (String, Option<Role>) {
    let now: Timestamp = store.now;
    match cell {
        Cell::Name => (row.name.to_string(), None),
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
