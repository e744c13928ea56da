//! The other view of the book: one row per request, the newest first.

use std::{collections::HashSet, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect};

use super::ends::{Ends, Why};
use crate::{
    domain::{
        logbook::{InvocationKey, Logbook},
        report::{Invocation, Status},
    },
    store::{Store, logs::Book},
    theme::{Role, Theme},
    ui::widgets::grid::{Column, Grid, Row},
};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Started,
    Status,
    Duration,
    Billed,
    Memory,
    Init,
    Version,
    FirstError,
}

/// In the order of the screen; which of them stay when it gets narrow: `docs/architecture.md` §9.1.
const COLUMNS: [(Cell, Column); 8] = [
    (Cell::Started, Column::left("STARTED", 8, 1)),
    (Cell::Status, Column::left("STATUS", 10, 0)),
    (Cell::Duration, Column::left("DURATION", 14, 2)),
    (Cell::Billed, Column::right("BILLED", 7, 6)),
    (Cell::Memory, Column::left("MEMORY", 11, 4)),
    (Cell::Init, Column::right("INIT", 7, 7)),
    (Cell::Version, Column::left("VERSION", 7, 5)),
    (
        Cell::FirstError,
        Column::left("FIRST ERROR", 18, 3).growing(1),
    ),
];
/// The place of INIT among them.
const INIT: usize = 5;
/// Narrower than this, one version for all says nothing.
const WITH_VERSION: u16 = 92;

/// The table's state: the row under the cursor, by its identity.
#[derive(Debug, Default)]
pub(super) struct Table {
    grid: Grid,
    selected: Option<InvocationKey>,
    /// Those that are shown, when not all are; newest first.
    shown: Option<Vec<InvocationKey>>,
    /// What is known of those that no line tells the end of.
    ends: Ends,
    /// What `shown` was made from: the state of the book, and which are wanted.
    seen: (usize, usize, bool, Arc<HashSet<InvocationKey>>),
}

impl Table {
    /// How many rows there are.
    pub(super) fn len(&self, log: &Logbook) -> usize {
        self.shown
            .as_ref()
            .map_or_else(|| log.invocation_count(), Vec::len)
    }

    /// A row, 0 is the newest.
    fn row<'a>(&self, log: &'a Logbook, place: usize) -> Option<&'a Invocation> {
        let found = if let Some(shown) = &self.shown {
            log.invocation(*shown.get(place)?)
        } else {
            let at = log.invocation_count().checked_sub(place + 1)?;
            log.invocations(at..at + 1).next()
        };
        found.map(AsRef::as_ref)
    }

    /// The row under the cursor.
    pub(super) fn selected<'a>(&self, log: &'a Logbook) -> Option<&'a Invocation> {
        self.row(log, self.grid.cursor())
    }

    /// Puts the cursor on an invocation.
    pub(super) fn select(&mut self, key: InvocationKey) {
        self.selected = Some(key);
    }

    /// The cursor was moved: it keeps to its invocation, and on the newest row to the newest one.
    fn keep(&mut self, log: &Logbook) {
        let is_newest = self.grid.cursor() == 0;
        let under = self.selected(log).filter(|_| !is_newest);
        self.selected = under.map(Invocation::key);
    }

    /// Moves as a list command says; `false` when it is no movement.
    pub(super) fn on_move(&mut self, command: &str, log: &Logbook) -> bool {
        let has_moved = self.grid.moved(command);
        if has_moved {
            self.keep(log);
        }
        has_moved
    }

    /// Moves by rows (the mouse wheel).
    pub(super) fn move_by(&mut self, rows: isize, log: &Logbook) {
        self.grid.move_by(rows);
        self.keep(log);
    }

    /// Puts the cursor on the row at this height below the header.
    pub(super) fn click(&mut self, line: u16, log: &Logbook) {
        if self.grid.click(line) {
            self.keep(log);
        }
    }

    /// Goes to the next failed row, downwards or upwards; `false` if there is none.
    pub(super) fn next_failure(&mut self, down: bool, log: &Logbook) -> bool {
        let failed = |place: &usize| self.row(log, *place).is_some_and(is_failure);
        let cursor = self.grid.cursor();
        let found = if down {
            (cursor + 1..self.len(log)).find(failed)
        } else {
            (0..cursor).rev().find(failed)
        };
        if let Some(place) = found {
            self.grid.go_to(place);
            self.keep(log);
        }
        found.is_some()
    }

    /// Follows the book: filters when it changed, keeps the cursor on its invocation, makes the
    /// visible rows.
    pub(super) fn layout(&mut self, book: &Book, store: &Store, area: Rect) {
        let (log, keep) = (book.log(), book.keep());
        self.ends.settle(book, store);
        let (only, errors_only) = (&keep.invocations, keep.errors_only);
        let seen = (log.len(), log.evicted(), errors_only, Arc::clone(only));
        if !errors_only && only.is_empty() {
            self.shown = None;
        } else if self.shown.is_none() || self.seen != seen {
            let all = log.invocations(0..log.invocation_count()).rev();
            let wanted = |one: &&Arc<Invocation>| {
                (only.is_empty() || only.contains(&one.key())) && (!errors_only || is_failure(one))
            };
            self.shown = Some(all.filter(wanted).map(|one| one.key()).collect());
            self.seen = seen;
        }
        let place = self.selected.and_then(|key| match &self.shown {
            Some(shown) => shown.iter().position(|other| *other == key),
            None => log
                .invocation_index(key)
                .map(|at| log.invocation_count() - 1 - at),
        });
        match place {
            Some(place) => self.grid.go_to(place),
            None if self.selected.is_none() => self.grid.go_to(0),
            None => {}
        }
        self.fill(book, store, area);
    }

    fn fill(&mut self, book: &Book, store: &Store, area: Rect) {
        let log = book.log();
        let len = self.len(log);
        let mut grid = std::mem::take(&mut self.grid);
        grid.settle(area, &columns(area.width, true), len);
        if !self.has_several_versions(&grid, log) {
            grid.settle(area, &columns(area.width, false), len);
        }
        let visible = || grid.visible().filter_map(|place| self.row(log, place));
        let durations = visible().filter_map(|one| one.figures.duration_ms());
        let longest = durations.fold(1.0, f32::max);
        let full = timeout_ms(book, store).unwrap_or(longest);
        let rows = visible().map(|one| row(one, self.ends.unknown(one), full, &grid));
        let rows = rows.collect();
        grid.fill(rows);
        self.grid = grid;
    }

    /// Whether the visible rows are of more than one version.
    fn has_several_versions(&self, grid: &Grid, log: &Logbook) -> bool {
        let mut versions = grid.visible().filter_map(|place| self.row(log, place));
        let first = versions.next().map(Invocation::version);
        versions.any(|one| Some(one.version()) != first)
    }

    /// Draws header and rows.
    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
        self.grid.render(area, buf, theme, focused);
    }
}

/// The function's time limit: what a duration's bar is full at.
fn timeout_ms(book: &Book, store: &Store) -> Option<f32> {
    let [source] = book.sources() else {
        return None;
    };
    let row = store.functions.get(&source.function.arn)?;
    Some(row.timeout_s as f32 * 1000.0)
}

fn is_failure(invocation: &Invocation) -> bool {
    invocation.status().is_failure() || invocation.errors() > 0
}

fn columns(width: u16, several_versions: bool) -> [Column; COLUMNS.len()] {
    COLUMNS.map(|(cell, column)| match cell {
        Cell::Version => column.only_if(several_versions || width >= WITH_VERSION),
        _ => column,
    })
}

fn row(one: &Invocation, unknown: Option<Why>, full: f32, grid: &Grid) -> Row {
    let marks_init = grid.width(INIT).is_none();
    let cells = COLUMNS.iter().enumerate().map(|(index, (cell, _))| {
        let width = grid.width(index).unwrap_or_default();
        cell_text((*cell, width), one, unknown, full, marks_init)
    });
    Row {
        cells: cells.collect(),
        ..Row::default()
    }
}

fn cell_text(
    (cell, width): (Cell, u16),
    row: &Invocation,
    unknown: Option<Why>,
    full: f32,
    marks_init: bool,
) -> (String, Role) {
    let figures = &row.figures;
    let none = || ("–".to_owned(), Role::Dim);
    match cell {
        Cell::Started => (time(row.first), Role::LogTime),
        Cell::Status => {
            let (word, role) = unknown.map_or_else(|| status(row), |_| ("? unknown", Role::Dim));
            // Without the column of its length, a cold start keeps a sign.
            let cold = marks_init && figures.init_ms().is_some();
            (format!("{word}{}", if cold { " ⇡" } else { "" }), role)
        }
        Cell::Duration => match figures.duration_ms() {
            Some(ms) => (
                format!("{:<8} {}", duration(ms), bar(ms / full)),
                Role::Text,
            ),
            None => none(),
        },
        Cell::Billed => figures
            .billed_ms()
            .map_or_else(none, |ms| (ms.to_string(), Role::Text)),
        Cell::Memory => match (figures.used_mb(), figures.memory_mb()) {
            (Some(used), Some(size)) => {
                let part = f32::from(used) / f32::from(size.max(1));
                let role = if part >= 0.8 { Role::Warn } else { Role::Text };
                let sign = if part >= 0.8 { "▲" } else { "" };
                (format!("{used}/{size} {}{sign}", level(part)), role)
            }
            _ => none(),
        },
        Cell::Init => figures
            .init_ms()
            .or(figures.restore_ms())
            .map_or_else(none, |ms| (duration(ms), Role::Text)),
        Cell::Version => row
            .version()
            .map_or_else(none, |version| (version.to_string(), Role::Dim)),
        Cell::FirstError if let (Some((full, short)), None) = (unknown, row.first_error()) => {
            let why = if full.len() <= usize::from(width) {
                full
            } else {
                short
            };
            (why.to_owned(), Role::Dim)
        }
        Cell::FirstError => {
            let said = match (row.first_error(), row.status()) {
                (Some(error), _) => error.to_owned(),
                (None, Status::Timeout) => "timed out".to_owned(),
                (None, Status::OutOfMemory) => "out of memory".to_owned(),
                _ => String::new(),
            };
            (said, Role::LogError)
        }
    }
}

/// No state by colour alone.
fn status(invocation: &Invocation) -> (&'static str, Role) {
    match invocation.status() {
        // An older REPORT carries no verdict: a logged error is all there is to go by.
        Status::Success if invocation.first_error().is_some() => ("▲ logged", Role::Warn),
        Status::Running => ("… running", Role::Running),
        Status::Success => ("✔", Role::Ok),
        Status::Error => ("✖ error", Role::Error),
        Status::OutOfMemory => ("✖ memory", Role::Error),
        Status::Timeout => ("⧗ timeout", Role::Error),
    }
}

fn time(timestamp: i64) -> String {
    let seconds = timestamp.div_euclid(1000).rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn duration(ms: f32) -> String {
    if ms >= 1_000.0 {
        format!("{:.1}s", ms / 1000.0)
    } else if ms >= 10.0 {
        format!("{ms:.0}ms")
    } else {
        format!("{ms:.1}ms")
    }
}

/// Up to five cells, in eighths.
fn bar(part: f32) -> String {
    const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = ((part * 40.0).ceil() as usize).clamp(1, 40);
    let mut bar: String = std::iter::repeat_n('█', eighths / 8).collect();
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[rest]);
    }
    bar
}

fn level(part: f32) -> char {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    LEVELS[((part * 8.0) as usize).min(7)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_tables_keep_status_start_duration_and_error() {
        let shown = |width| -> Vec<Cell> {
            let mut grid = Grid::default();
            grid.settle(Rect::new(0, 0, width, 5), &columns(width, false), 0);
            let kept = COLUMNS.iter().enumerate();
            kept.filter(|(index, _)| grid.width(*index).is_some())
                .map(|(_, (cell, _))| *cell)
                .collect()
        };
        assert_eq!(COLUMNS[INIT].0, Cell::Init);
        assert_eq!(shown(118).len(), COLUMNS.len());
        assert_eq!(
            shown(60),
            [
                Cell::Started,
                Cell::Status,
                Cell::Duration,
                Cell::FirstError
            ]
        );
        assert_eq!(shown(38), [Cell::Started, Cell::Status, Cell::Duration]);
    }

    #[test]
    fn bars_are_never_empty_and_never_over_five_cells() {
        assert_eq!(bar(0.0), "▏");
        assert_eq!(bar(0.5), "██▌");
        assert_eq!(bar(7.0), "█████");
        assert_eq!(bar(f32::NAN), "▏");
    }
}
