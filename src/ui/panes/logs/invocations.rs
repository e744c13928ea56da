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
    ui::widgets::{list::Scroll, paint},
};

/// A column: header, width, right-aligned.
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

/// In the order of the screen.
const COLUMNS: &[(Cell, &str, u16, bool)] = &[
    (Cell::Started, "STARTED", 8, false),
    (Cell::Status, "STATUS", 10, false),
    (Cell::Duration, "DURATION", 14, false),
    (Cell::Billed, "BILLED", 7, true),
    (Cell::Memory, "MEMORY", 11, false),
    (Cell::Init, "INIT", 7, true),
    (Cell::Version, "VERSION", 7, false),
    (Cell::FirstError, "FIRST ERROR", 18, false),
];

/// What stays when it gets narrow, first to last (`docs/architecture.md` §9.1).
const PRIORITY: &[Cell] = &[
    Cell::Status,
    Cell::Started,
    Cell::Duration,
    Cell::FirstError,
    Cell::Memory,
    Cell::Version,
    Cell::Billed,
    Cell::Init,
];

/// The table's state: the row under the cursor, by its identity.
#[derive(Debug, Default)]
pub(super) struct Table {
    scroll: Scroll,
    selected: Option<InvocationKey>,
    cursor: usize,
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
        self.row(log, self.cursor)
    }

    /// Puts the cursor on an invocation.
    pub(super) fn select(&mut self, key: InvocationKey) {
        self.selected = Some(key);
    }

    /// Puts the cursor on a row.
    fn select_row(&mut self, place: usize, log: &Logbook) {
        self.cursor = place.min(self.len(log).saturating_sub(1));
        // On the newest row the cursor stays on the newest one.
        self.selected = (self.cursor > 0)
            .then(|| self.selected(log).map(Invocation::key))
            .flatten();
    }

    /// Moves as a list command says; `false` when it is no movement.
    pub(super) fn on_move(&mut self, command: &str, log: &Logbook) -> bool {
        let Some(place) = self.scroll.moved(command, self.cursor, self.len(log)) else {
            return false;
        };
        self.select_row(place, log);
        true
    }

    /// Moves by rows (the mouse wheel).
    pub(super) fn move_by(&mut self, rows: isize, log: &Logbook) {
        self.select_row(self.cursor.saturating_add_signed(rows), log);
    }

    /// Puts the cursor on the row of the screen.
    pub(super) fn click(&mut self, row: usize, log: &Logbook) {
        self.select_row(self.scroll.first() + row, log);
    }

    /// Goes to the next failed row, downwards or upwards; `false` if there is none.
    pub(super) fn next_failure(&mut self, down: bool, log: &Logbook) -> bool {
        let failed = |place: &usize| self.row(log, *place).is_some_and(is_failure);
        let found = if down {
            (self.cursor + 1..self.len(log)).find(failed)
        } else {
            (0..self.cursor).rev().find(failed)
        };
        if let Some(place) = found {
            self.select_row(place, log);
        }
        found.is_some()
    }

    /// Follows the book: filters when it changed, keeps the cursor on its invocation.
    pub(super) fn settle(&mut self, book: &Book, store: &Store, height: u16) {
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
        let len = self.len(log);
        self.cursor = place
            .unwrap_or(if self.selected.is_some() {
                self.cursor
            } else {
                0
            })
            .min(len.saturating_sub(1));
        self.scroll
            .settle(self.cursor, len, height.saturating_sub(1));
    }

    /// Draws header and rows; `timeout_ms` is what a duration's bar is full at.
    pub(super) fn render(
        &self,
        log: &Logbook,
        timeout_ms: Option<f32>,
        area: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        focused: bool,
    ) {
        let visible = self.scroll.visible(self.len(log));
        let rows: Vec<&Invocation> = visible
            .clone()
            .filter_map(|place| self.row(log, place))
            .collect();
        let columns = columns(area.width, &rows);
        let longest = rows
            .iter()
            .filter_map(|row| row.figures.duration_ms())
            .fold(1.0, f32::max);
        let full = timeout_ms.unwrap_or(longest);
        let mut x = area.x + 2;
        for &(_, title, width, right) in &columns {
            let style = theme.style(Role::TableHeader);
            if right {
                paint::put_right(buf, x, area.y, width, title, style);
            } else {
                paint::put(buf, x, area.y, width, title, style);
            }
            x += width + 1;
        }
        for (line, (row, place)) in rows.into_iter().zip(visible).enumerate() {
            let at = Rect {
                y: area.y + 1 + line as u16,
                height: 1,
                ..area
            };
            let is_cursor = place == self.cursor;
            let sign = if is_cursor { "▸ " } else { "  " };
            paint::put(buf, at.x, at.y, 2, sign, theme.style(Role::Accent));
            let unknown = self.ends.unknown(row);
            draw_row(row, unknown, full, &columns, at, buf, theme);
            if is_cursor {
                paint::select_row(buf, at, at.y, theme, focused);
            }
        }
    }
}

fn is_failure(invocation: &Invocation) -> bool {
    invocation.status().is_failure() || invocation.errors() > 0
}

type Column = (Cell, &'static str, u16, bool);

/// As many columns as fit; what is left over goes to the error.
fn columns(width: u16, rows: &[&Invocation]) -> Vec<Column> {
    let width = width.saturating_sub(2);
    let several_versions = rows
        .windows(2)
        .any(|pair| pair[0].version() != pair[1].version());
    let mut kept = Vec::new();
    let mut used = 0;
    for &cell in PRIORITY {
        let Some(column) = COLUMNS.iter().find(|column| column.0 == cell) else {
            continue;
        };
        // On a narrow screen one version for all says nothing.
        if cell == Cell::Version && !several_versions && width < 90 {
            continue;
        }
        if used + column.2 > width {
            break;
        }
        used += column.2 + 1;
        kept.push(cell);
    }
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .copied()
        .filter(|column| kept.contains(&column.0))
        .collect();
    if let Some(last) = columns.last_mut().filter(|last| last.0 == Cell::FirstError) {
        last.2 += (width + 1).saturating_sub(used);
    }
    columns
}

fn draw_row(
    row: &Invocation,
    unknown: Option<Why>,
    full: f32,
    columns: &[Column],
    at: Rect,
    buf: &mut Buffer,
    theme: &Theme,
) {
    let has_init = columns.iter().any(|column| column.0 == Cell::Init);
    let mut x = at.x + 2;
    for &(cell, _, width, right) in columns {
        let (text, role) = cell_text((cell, width), row, unknown, full, !has_init);
        if right {
            paint::put_right(buf, x, at.y, width, &text, theme.style(role));
        } else {
            paint::put(buf, x, at.y, width, &text, theme.style(role));
        }
        x += width + 1;
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
            columns(width, &[])
                .into_iter()
                .map(|column| column.0)
                .collect()
        };
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
        assert_eq!(shown(3), []);
    }

    #[test]
    fn bars_are_never_empty_and_never_over_five_cells() {
        assert_eq!(bar(0.0), "▏");
        assert_eq!(bar(0.5), "██▌");
        assert_eq!(bar(7.0), "█████");
        assert_eq!(bar(f32::NAN), "▏");
    }
}
