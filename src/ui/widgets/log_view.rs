//! The view of a logbook: draws the visible lines straight into cells.
//!
//! Its place is a line and a row of it, never a number of rows, so that growth, late lines,
//! eviction and another width keep what is on the screen. Only visible lines are inflated and
//! tokenised, at most 4 KiB of each (`docs/architecture.md` §4.9); what was worked out is kept for
//! the next frame.
//!
//! Not here: what the lines are (`domain::logbook`), which of them are kept, and searching.

mod columns;
mod draw;
mod ink;
mod moves;
mod platform;
mod shape;

use std::collections::{HashMap, HashSet};

use crate::{
    domain::logbook::{BlockCache, EntryId, Level, Logbook, Matcher, Position},
    store::logs::Lines,
};
use columns::Columns;
use shape::{How, Shape};

/// A row of the view: a line of the book, and which of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The line.
    pub position: Position,
    /// The row within it, from 0.
    pub row: usize,
}

/// What is shown in one row.
#[derive(Debug, Clone, Copy)]
struct Shown {
    position: Position,
    row: usize,
    level: Option<Level>,
    late_by: Option<u32>,
    source: usize,
}

/// The view's state: where it is, what is unfolded, marked and highlighted.
#[derive(Debug, Default)]
pub struct LogView {
    top: Option<Spot>,
    cursor: Option<Spot>,
    paused: bool,
    wrap: bool,
    pan: usize,
    unfolded: HashSet<EntryId>,
    marks: Vec<Position>,
    matcher: Option<Matcher>,
    sources: Vec<String>,
    today: i64,
    /// Rows of a found error that are to be in view besides the cursor.
    reveal: Option<usize>,
    size: (u16, u16),
    columns: Columns,
    shapes: HashMap<EntryId, Shape>,
    cache: BlockCache,
    shown: Vec<Shown>,
}

impl LogView {
    /// Whether the newest line stays in view.
    pub const fn is_following(&self) -> bool {
        !self.paused
    }

    /// Keeps the newest line in view, or stays where it is.
    pub const fn follow(&mut self, follow: bool) {
        self.paused = !follow;
    }

    /// The row under the cursor, once something was laid out.
    pub const fn cursor(&self) -> Option<Spot> {
        self.cursor
    }

    /// Highlights what matches.
    pub fn highlight(&mut self, matcher: Option<&Matcher>) {
        if self.matcher.as_ref().map(Matcher::source) != matcher.map(Matcher::source) {
            self.matcher = matcher.cloned();
            self.shapes.clear();
        }
    }

    /// Names of the sources, by number; the column is shown when there are several.
    pub fn set_sources(&mut self, sources: &[String]) {
        if self.sources != sources {
            self.sources = sources.to_vec();
        }
    }

    /// The time now, ms: lines of another day show their date.
    pub const fn set_now(&mut self, now: i64) {
        self.today = now;
    }

    /// Forgets all that belongs to one book; how lines look stays.
    pub fn reset(&mut self) {
        *self = Self {
            wrap: self.wrap,
            matcher: self.matcher.take(),
            ..Self::default()
        };
    }

    /// Settles what an area of this size shows. Draws nothing; to be called when anything changed.
    pub fn layout(&mut self, width: u16, height: u16, lines: Lines<'_>, book: &Logbook) {
        self.shown.clear();
        self.fit_columns(width, height, lines);
        // Where it stood is kept while a filter has nothing yet.
        let Some(last) = lines.len().checked_sub(1) else {
            return;
        };
        if height == 0 {
            return;
        }
        if self.paused {
            self.settle(lines, usize::from(height));
        } else {
            let row = self.rows_at(lines, last) - 1;
            self.cursor = spot(lines, last, row);
            self.top = self.walk(lines, (last, row), 1 - isize::from(height as i16));
        }
        self.fill(lines, book, usize::from(height));
        self.forget_hidden();
    }

    /// Another width breaks lines elsewhere: the bytes at the top and under the cursor stay.
    fn fit_columns(&mut self, width: u16, height: u16, lines: Lines<'_>) {
        let longest = match self.sources.len() {
            0 | 1 => 0,
            _ => self
                .sources
                .iter()
                .map(|name| name.chars().count() as u16)
                .max()
                .unwrap_or(0),
        };
        let days = [
            lines.get(0).map(|line| line.timestamp()),
            lines
                .len()
                .checked_sub(1)
                .and_then(|last| lines.get(last))
                .map(|line| line.timestamp()),
        ];
        let date = days
            .into_iter()
            .flatten()
            .any(|at| !columns::same_day(at, self.today));
        let columns = Columns::of(width, date, longest);
        let before = self.text_width();
        let is_new = (self.columns, self.size.0) != (columns, width);
        if is_new && self.wrap {
            let kept = self.places();
            (self.columns, self.size) = (columns, (width, height));
            if before != self.text_width() {
                self.shapes.clear();
                self.restore(kept, lines);
            }
        } else {
            (self.columns, self.size) = (columns, (width, height));
        }
    }

    /// Cells of the text.
    fn text_width(&self) -> usize {
        usize::from(self.size.0.saturating_sub(self.columns.text_at())).max(1)
    }

    /// The lines and bytes of the top and the cursor.
    fn places(&self) -> [Option<(usize, usize)>; 2] {
        [self.top, self.cursor].map(|spot| {
            let spot = spot?;
            let shape = self.shapes.get(&spot.position.entry)?;
            Some(shape.place_of(spot.row))
        })
    }

    fn restore(&mut self, places: [Option<(usize, usize)>; 2], lines: Lines<'_>) {
        let [top, cursor] = places;
        let moved = |view: &mut Self, spot: Option<Spot>, place: Option<(usize, usize)>| {
            let (mut spot, place) = (spot?, place?);
            let index = lines.index_of(spot.position)?;
            spot.row = view.shape_at(lines, index)?.row_of(place);
            Some(spot)
        };
        self.top = moved(self, self.top, top).or(self.top);
        self.cursor = moved(self, self.cursor, cursor).or(self.cursor);
    }

    /// Brings top and cursor onto lines that are there, the cursor into view, and leaves no empty
    /// room below the last line.
    fn settle(&mut self, lines: Lines<'_>, height: usize) {
        let last = lines.len() - 1;
        let cursor = self.place_in(lines, self.cursor).unwrap_or((last, 0));
        let mut top = self.place_in(lines, self.top).unwrap_or(cursor);
        if cursor < top {
            top = cursor;
        }
        let reveal = self.reveal.take();
        if let Some(rows) = reveal {
            // What was looked for stands in the upper part with the rows that belong to it.
            let above = (height / 4).min(height.saturating_sub(rows + 1));
            let down = rows.saturating_sub(height - 1);
            top = self.walked(lines, cursor, down as isize - above as isize);
        } else if !self.reaches(lines, top, cursor, height) {
            top = self.walked(lines, cursor, 1 - height as isize);
        }
        let end = (last, self.rows_at(lines, last) - 1);
        if self.reaches(lines, top, end, height) {
            top = self.walked(lines, end, 1 - height as isize).min(top);
        }
        self.top = spot(lines, top.0, top.1);
        self.cursor = spot(lines, cursor.0, cursor.1);
    }

    /// The index and row of a spot, or of what is nearest to where it was.
    fn place_in(&mut self, lines: Lines<'_>, spot: Option<Spot>) -> Option<(usize, usize)> {
        let spot = spot?;
        match lines.index_of(spot.position) {
            Some(index) => Some((index, spot.row.min(self.rows_at(lines, index) - 1))),
            None => Some((lines.nearest(spot.position)?, 0)),
        }
    }

    /// Whether `to` is less than `height` rows below `from`, or above it.
    fn reaches(
        &mut self,
        lines: Lines<'_>,
        from: (usize, usize),
        to: (usize, usize),
        height: usize,
    ) -> bool {
        // A line takes a row at least.
        if to.0 > from.0 + height {
            return false;
        }
        let (mut at, mut rows) = (from, 0);
        while at.0 < to.0 {
            rows += self.rows_at(lines, at.0) - at.1;
            if rows >= height {
                return false;
            }
            at = (at.0 + 1, 0);
        }
        to < at || rows + (to.1 - at.1) < height
    }

    fn fill(&mut self, lines: Lines<'_>, book: &Logbook, height: usize) {
        let Some(top) = self.top else { return };
        let Some(first) = lines.index_of(top.position) else {
            return;
        };
        let mut row = top.row;
        for index in first..lines.len() {
            let Some(entry) = lines.get(index) else { break };
            let source = book
                .stream(entry.stream())
                .map_or(0, |stream| usize::from(stream.source.0));
            let shown = Shown {
                position: entry.position(),
                row,
                level: entry.level(),
                late_by: entry.late_by(),
                source,
            };
            let rows = self.rows_at(lines, index);
            for row in row..rows {
                if self.shown.len() == height {
                    return;
                }
                self.shown.push(Shown { row, ..shown });
            }
            row = 0;
        }
    }

    /// The shape of a line, from the last frames or worked out.
    fn shape_at(&mut self, lines: Lines<'_>, index: usize) -> Option<&Shape> {
        let entry = lines.get(index)?;
        let id = entry.position().entry;
        let wrap = self.wrap.then(|| self.text_width());
        if !self.shapes.contains_key(&id) {
            let text = entry.text(&mut self.cache);
            let how = How {
                wrap,
                matcher: self.matcher.as_ref(),
            };
            let unfolded = self.unfolded.contains(&id);
            let shape = Shape::new(entry.level(), entry.is_platform(), &text, unfolded, how);
            self.shapes.insert(id, shape);
        }
        self.shapes.get(&id)
    }

    fn rows_at(&mut self, lines: Lines<'_>, index: usize) -> usize {
        self.shape_at(lines, index).map_or(1, Shape::rows)
    }

    /// Keeps the shapes that the next frame is likely to need.
    fn forget_hidden(&mut self) {
        if self.shapes.len() <= self.shown.len() * 4 + 64 {
            return;
        }
        let visible: HashSet<EntryId> = self.shown.iter().map(|row| row.position.entry).collect();
        self.shapes.retain(|id, _| visible.contains(id));
    }
}

/// The spot of a row of the line at an index.
fn spot(lines: Lines<'_>, index: usize, row: usize) -> Option<Spot> {
    lines.get(index).map(|entry| Spot {
        position: entry.position(),
        row,
    })
}

#[cfg(test)]
mod tests;
