//! Moving about in a view: rows, pages, ends, places; folding, marking, panning.

use std::ops::ControlFlow;

use super::{LogView, Spot, shape::Shape, spot};
use crate::{domain::logbook::Position, store::logs::Lines};

/// Cells by which the text moves sideways.
const PAN: usize = 16;

impl LogView {
    /// Moves as a list command says; `false` when it is no movement.
    pub fn on_move(&mut self, command: &str, lines: Lines<'_>) -> bool {
        let height = usize::from(self.size.1).max(1);
        let page = (height as isize - 1).max(1);
        match command {
            "list.down" => self.move_by(1, lines),
            "list.up" => self.move_by(-1, lines),
            "list.half-down" => self.move_by((page + 1) / 2, lines),
            "list.half-up" => self.move_by(-((page + 1) / 2), lines),
            "list.page-down" => self.move_by(page, lines),
            "list.page-up" => self.move_by(-page, lines),
            "list.top" => self.go_to_index(0, lines),
            "list.bottom" => self.paused = false,
            _ => return false,
        }
        true
    }

    /// Moves the cursor by rows. Upwards pauses; down to the last row goes on following.
    pub fn move_by(&mut self, rows: isize, lines: Lines<'_>) {
        let Some(cursor) = self.place_in(lines, self.cursor) else {
            return;
        };
        let (index, row) = self.walked(lines, cursor, rows);
        self.cursor = spot(lines, index, row);
        if rows < 0 {
            self.paused = true;
        }
    }

    /// Moves the view by rows (the mouse wheel); the cursor stays in it.
    pub fn scroll_by(&mut self, rows: isize, lines: Lines<'_>) {
        let Some(top) = self.place_in(lines, self.top) else {
            return;
        };
        let height = isize::try_from(self.size.1).unwrap_or(1).max(1);
        let top = self.walked(lines, top, rows);
        let bottom = self.walked(lines, top, height - 1);
        let cursor = self.place_in(lines, self.cursor).unwrap_or(top);
        let cursor = cursor.clamp(top, bottom);
        self.top = spot(lines, top.0, top.1);
        self.cursor = spot(lines, cursor.0, cursor.1);
        if rows < 0 {
            self.paused = true;
        }
    }

    /// Puts the cursor on the row of the view that was laid out there.
    pub fn click(&mut self, row: u16) {
        if let Some(shown) = self.shown.get(usize::from(row)) {
            self.cursor = Some(Spot {
                position: shown.position,
                row: shown.row,
            });
            self.paused = true;
        }
    }

    /// Puts the cursor on a line, with some of what precedes it in view.
    pub fn go_to(&mut self, position: Position) {
        self.cursor = Some(Spot { position, row: 0 });
        self.reveal = Some(0);
        self.paused = true;
    }

    /// Puts the cursor on a line, which becomes the first of the view.
    pub fn go_to_top(&mut self, position: Position) {
        let spot = Some(Spot { position, row: 0 });
        (self.top, self.cursor) = (spot, spot);
        self.paused = true;
    }

    /// Puts the cursor on a line that has a match, unfolded if its first line does not show it.
    pub fn go_to_match(&mut self, position: Position, lines: Lines<'_>) {
        self.go_to(position);
        let Some(index) = lines.index_of(position) else {
            return;
        };
        let folded = self
            .shape_at(lines, index)
            .is_some_and(|shape| !shape.head_matches() && shape.can_unfold);
        if folded {
            self.unfold(position, true);
        }
        let row = self
            .shape_at(lines, index)
            .and_then(Shape::first_match)
            .unwrap_or(0);
        self.cursor = Some(Spot { position, row });
    }

    /// Puts the cursor on an error, its stack unfolded to the first frame of the user's own code.
    pub fn go_to_error(&mut self, position: Position, lines: Lines<'_>) {
        self.go_to(position);
        let Some(index) = lines.index_of(position) else {
            return;
        };
        // The raw line of the platform says no more than its sentence.
        let is_platform = lines.get(index).is_some_and(|line| line.is_platform());
        let can_unfold = self
            .shape_at(lines, index)
            .is_some_and(|shape| shape.can_unfold);
        if can_unfold && !is_platform {
            self.unfold(position, true);
        }
        let own = self
            .shape_at(lines, index)
            .and_then(|shape| Some(shape.row_of((shape.own?, 0))));
        self.reveal = Some(own.unwrap_or(0));
    }

    /// Unfolds the line under the cursor, or folds it.
    pub fn toggle_fold(&mut self, lines: Lines<'_>) {
        let Some(cursor) = self.cursor else { return };
        let Some(index) = lines.index_of(cursor.position) else {
            return;
        };
        let can_unfold = self
            .shape_at(lines, index)
            .is_some_and(|shape| shape.can_unfold);
        let is_unfolded = self.unfolded.contains(&cursor.position.entry);
        if !can_unfold {
            return;
        }
        self.unfold(cursor.position, !is_unfolded);
        // Its own rows come or go below it: what is above stays where it is.
        self.cursor = Some(Spot { row: 0, ..cursor });
        self.paused = true;
    }

    fn unfold(&mut self, position: Position, unfolded: bool) {
        if unfolded {
            self.unfolded.insert(position.entry);
        } else {
            self.unfolded.remove(&position.entry);
        }
        self.shapes.remove(&position.entry);
    }

    /// Wraps long lines, or cuts them; says which.
    pub fn toggle_wrap(&mut self, lines: Lines<'_>) -> bool {
        let kept = self.places();
        self.wrap = !self.wrap;
        self.pan = 0;
        self.shapes.clear();
        self.restore(kept, lines);
        self.wrap
    }

    /// Moves the text sideways; does nothing while lines wrap.
    pub fn pan(&mut self, right: bool) {
        if self.wrap {
            return;
        }
        let most = super::ink::LINE_LIMIT;
        self.pan = if right {
            (self.pan + PAN).min(most)
        } else {
            self.pan.saturating_sub(PAN)
        };
    }

    /// Marks the line under the cursor, or takes its mark away.
    pub fn toggle_mark(&mut self) {
        let Some(cursor) = self.cursor else { return };
        match self.marks.iter().position(|mark| *mark == cursor.position) {
            Some(at) => drop(self.marks.remove(at)),
            None => self.marks.push(cursor.position),
        }
    }

    /// The next marked line in a direction, if there is one.
    pub fn next_mark(&self, forward: bool, lines: Lines<'_>) -> Option<Position> {
        let here = self
            .cursor
            .and_then(|cursor| lines.index_of(cursor.position));
        let there = self
            .marks
            .iter()
            .filter_map(|&mark| Some((lines.index_of(mark)?, mark)));
        let found = if forward {
            there
                .filter(|&(index, _)| here.is_none_or(|here| index > here))
                .min_by_key(|&(index, _)| index)
        } else {
            there
                .filter(|&(index, _)| here.is_none_or(|here| index < here))
                .max_by_key(|&(index, _)| index)
        };
        found.map(|(_, mark)| mark)
    }

    /// The text of the line under the cursor, as it is shown.
    pub fn line_text(&self) -> Option<&str> {
        let cursor = self.cursor?;
        let shape = self.shapes.get(&cursor.position.entry)?;
        Some(shape.text_at(cursor.row)).filter(|text| !text.is_empty())
    }

    /// The whole event under the cursor, untouched.
    pub fn event_text(&mut self, lines: Lines<'_>) -> Option<String> {
        let index = lines.index_of(self.cursor?.position)?;
        Some(lines.get(index)?.text(&mut self.cache).to_string())
    }

    fn go_to_index(&mut self, index: usize, lines: Lines<'_>) {
        self.cursor = spot(lines, index, 0);
        self.paused = true;
    }

    /// The spot `rows` further on.
    pub(super) fn walk(
        &mut self,
        lines: Lines<'_>,
        from: (usize, usize),
        rows: isize,
    ) -> Option<Spot> {
        let (index, row) = self.walked(lines, from, rows);
        spot(lines, index, row)
    }

    /// The place `rows` further on, or the first or last one.
    pub(super) fn walked(
        &mut self,
        lines: Lines<'_>,
        from: (usize, usize),
        rows: isize,
    ) -> (usize, usize) {
        let mut at = from;
        let mut left = rows.unsigned_abs();
        while left > 0 {
            let step = if rows > 0 {
                self.step_down(lines, at, left)
            } else {
                self.step_up(lines, at, left)
            };
            match step {
                ControlFlow::Continue((next, used)) => {
                    at = next;
                    left -= used;
                }
                ControlFlow::Break(end) => return end,
            }
        }
        at
    }

    /// Within the line, or to the first row of the next.
    fn step_down(
        &mut self,
        lines: Lines<'_>,
        (index, row): (usize, usize),
        left: usize,
    ) -> ControlFlow<(usize, usize), ((usize, usize), usize)> {
        let below = self.rows_at(lines, index).saturating_sub(row + 1);
        if left <= below {
            ControlFlow::Continue(((index, row + left), left))
        } else if index + 1 < lines.len() {
            ControlFlow::Continue(((index + 1, 0), below + 1))
        } else {
            ControlFlow::Break((index, row + below))
        }
    }

    /// Within the line, or to the last row of the one before.
    fn step_up(
        &mut self,
        lines: Lines<'_>,
        (index, row): (usize, usize),
        left: usize,
    ) -> ControlFlow<(usize, usize), ((usize, usize), usize)> {
        if left <= row {
            ControlFlow::Continue(((index, row - left), left))
        } else if index > 0 {
            let rows = self.rows_at(lines, index - 1);
            ControlFlow::Continue(((index - 1, rows - 1), row + 1))
        } else {
            ControlFlow::Break((0, 0))
        }
    }
}
