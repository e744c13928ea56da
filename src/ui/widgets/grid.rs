//! A table whose visible cells are made before it is drawn: which columns fit, where they stand.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    theme::{Role, Theme},
    ui::widgets::{list::Scroll, paint},
};

/// Cells in front of a row: cursor and mark.
const MARGIN: u16 = 2;
/// Stands before a marked row.
const MARK: &str = "●";

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its header.
    pub title: &'static str,
    /// Cells it takes at least; none leaves it out.
    pub width: u16,
    /// Numbers stand at the right.
    pub right: bool,
    /// The smallest stays longest when it gets narrow.
    pub place: u8,
    /// Its share of what the others leave: none stays as wide as it is.
    pub share: u16,
    /// Widest that it gets beside another one that grows.
    pub most: u16,
}

impl Column {
    /// A column of words.
    pub const fn left(title: &'static str, width: u16, place: u8) -> Self {
        Self {
            title,
            width,
            right: false,
            place,
            share: 0,
            most: u16::MAX,
        }
    }

    /// A column of numbers.
    pub const fn right(title: &'static str, width: u16, place: u8) -> Self {
        Self {
            title,
            width,
            right: true,
            place,
            share: 0,
            most: u16::MAX,
        }
    }

    /// The same, taking this share of what the columns leave.
    #[must_use]
    pub const fn growing(mut self, share: u16) -> Self {
        self.share = share;
        self
    }

    /// The same, growing to this width only.
    #[must_use]
    pub const fn up_to(mut self, most: u16) -> Self {
        self.most = most;
        self
    }

    /// The same where it has data behind it, else none.
    #[must_use]
    pub const fn only_if(mut self, has_data: bool) -> Self {
        if !has_data {
            self.width = 0;
        }
        self
    }
}

/// One row: a cell for each column of the table, those that do not fit included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Text and role.
    pub cells: Vec<(String, Role)>,
    /// A mark stands in front of it.
    pub is_marked: bool,
    /// Characters of the first cell that a filter matched.
    pub matched: Vec<u32>,
    /// Stands in the last cell of the first column.
    pub sign: Option<(&'static str, Role)>,
}

/// The table: its visible rows, its cursor.
#[derive(Debug, Default)]
pub struct Grid {
    kept: Vec<(usize, Column)>,
    rows: Vec<Row>,
    cursor: usize,
    len: usize,
    scroll: Scroll,
}

impl Grid {
    /// The row under the cursor.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts the cursor on a row; settled with the next layout.
    pub const fn go_to(&mut self, row: usize) {
        self.cursor = row;
    }

    /// Moves the cursor by a command of lists; says whether it was one.
    pub fn moved(&mut self, command: &str) -> bool {
        match self.scroll.moved(command, self.cursor, self.len) {
            Some(place) => {
                self.cursor = place;
                true
            }
            None => false,
        }
    }

    /// Moves the cursor by rows.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.len.saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
    }

    /// Puts the cursor on the row at this height below the header; says whether there is one.
    pub fn click(&mut self, line: u16) -> bool {
        let line = usize::from(line).checked_sub(1);
        let place = line.map(|line| self.scroll.first() + line);
        match place.filter(|&place| place < self.len) {
            Some(place) => {
                self.cursor = place;
                true
            }
            None => false,
        }
    }

    /// Settles columns and window, and makes the rows that are visible.
    pub fn layout(
        &mut self,
        area: Rect,
        columns: &[Column],
        len: usize,
        row: impl FnMut(usize) -> Row,
    ) {
        self.settle(area, columns, len);
        self.rows = self.visible().map(row).collect();
    }

    /// Settles columns and window. The rows that are visible then are to be [filled](Self::fill) in.
    pub fn settle(&mut self, area: Rect, columns: &[Column], len: usize) {
        self.len = len;
        self.cursor = self.cursor.min(len.saturating_sub(1));
        self.kept = fitting(columns, area.width.saturating_sub(MARGIN));
        self.scroll
            .settle(self.cursor, len, area.height.saturating_sub(1));
        self.rows.clear();
    }

    /// The rows that are visible.
    pub fn visible(&self) -> Range<usize> {
        self.scroll.visible(self.len)
    }

    /// How wide a column is; `None` where it does not fit.
    pub fn width(&self, column: usize) -> Option<u16> {
        let mut kept = self.kept.iter();
        kept.find(|(index, _)| *index == column)
            .map(|(_, column)| column.width)
    }

    /// The visible rows, in their order.
    pub fn fill(&mut self, rows: Vec<Row>) {
        self.rows = rows;
    }

    /// Draws header and rows.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
        let mut x = area.x + MARGIN.min(area.width);
        for (_, column) in &self.kept {
            let room = column.width.min(area.right().saturating_sub(x));
            put(
                buf,
                (x, area.y, room),
                column.right,
                column.title,
                theme.style(Role::TableHeader),
            );
            x = (x + column.width + 1).min(area.right());
        }
        for (line, row) in self.rows.iter().enumerate() {
            let y = area.y + 1 + line as u16;
            if y >= area.bottom() {
                return;
            }
            self.draw_row(row, self.scroll.first() + line, area, y, buf, theme);
            if self.scroll.first() + line == self.cursor {
                paint::select_row(buf, area, y, theme, focused);
            }
        }
    }

    fn draw_row(
        &self,
        row: &Row,
        place: usize,
        area: Rect,
        y: u16,
        buf: &mut Buffer,
        theme: &Theme,
    ) {
        let accent = theme.style(Role::Accent);
        if place == self.cursor {
            paint::put(buf, area.x, y, 1, "▸", accent);
        }
        if row.is_marked {
            paint::put(buf, area.x + 1, y, 1, MARK, theme.style(Role::Mark));
        }
        let mut x = area.x + MARGIN.min(area.width);
        for (place, (index, column)) in self.kept.iter().enumerate() {
            let room = column.width.min(area.right().saturating_sub(x));
            if let Some((text, role)) = row.cells.get(*index) {
                put(buf, (x, y, room), column.right, text, theme.style(*role));
            }
            if place == 0 {
                let first = Rect::new(x, y, room, 1);
                draw_signs(row, first, buf, theme);
            }
            x = (x + column.width + 1).min(area.right());
        }
    }
}

/// What a filter matched of the first cell, and the sign at its end.
fn draw_signs(row: &Row, first: Rect, buf: &mut Buffer, theme: &Theme) {
    for &position in &row.matched {
        let cell = Rect {
            x: first.x + position as u16,
            width: 1,
            ..first
        };
        buf.set_style(cell.intersection(first), theme.style(Role::Match));
    }
    if let Some((sign, role)) = row.sign
        && first.width > 0
    {
        paint::put(buf, first.right() - 1, first.y, 1, sign, theme.style(role));
    }
}

fn put(
    buf: &mut Buffer,
    (x, y, width): (u16, u16, u16),
    right: bool,
    text: &str,
    style: ratatui::style::Style,
) {
    if right {
        paint::put_right(buf, x, y, width, text, style);
    } else {
        paint::put(buf, x, y, width, text, style);
    }
}

/// The columns that fit, in the order of the screen, by their places in the table.
fn fitting(columns: &[Column], width: u16) -> Vec<(usize, Column)> {
    let mut by_place: Vec<usize> = (0..columns.len()).collect();
    by_place.sort_by_key(|&index| columns[index].place);
    let mut used = 0;
    let mut kept: Vec<usize> = Vec::new();
    for index in by_place {
        if columns[index].width == 0 {
            continue;
        }
        let needed = columns[index].width + u16::from(!kept.is_empty());
        if !kept.is_empty() && used + needed > width {
            break;
        }
        used += needed;
        kept.push(index);
    }
    kept.sort_unstable();
    let mut kept: Vec<_> = kept
        .into_iter()
        .map(|index| (index, columns[index]))
        .collect();
    grow(&mut kept, width.saturating_sub(used));
    for (_, column) in &mut kept {
        column.width = column.width.min(width);
    }
    kept
}

/// Gives what is left to the columns that grow; the last of them takes the rest.
fn grow(columns: &mut [(usize, Column)], spare: u16) {
    let shares: u16 = columns.iter().map(|(_, column)| column.share).sum();
    let mut growing = columns.iter_mut().filter(|(_, column)| column.share > 0);
    let Some((_, last)) = growing.next_back() else {
        return;
    };
    let mut left = spare;
    for (_, column) in growing {
        let wanted = column.width + spare * column.share / shares;
        let grown = wanted.min(column.most.max(column.width));
        left -= grown - column.width;
        column.width = grown;
    }
    last.width += left;
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::left("NAME", 10, 0).growing(1),
        Column::right("DEPTH", 5, 1),
        Column::left("OWNER", 8, 3),
        Column::right("TASK", 4, 2),
    ];

    fn titles(width: u16) -> Vec<(&'static str, u16)> {
        fitting(COLUMNS, width)
            .into_iter()
            .map(|(_, column)| (column.title, column.width))
            .collect()
    }

    #[test]
    fn columns_go_by_their_place_and_the_first_takes_the_rest() {
        assert_eq!(
            titles(40),
            [("NAME", 20), ("DEPTH", 5), ("OWNER", 8), ("TASK", 4)]
        );
        assert_eq!(titles(22), [("NAME", 11), ("DEPTH", 5), ("TASK", 4)]);
        assert_eq!(titles(12), [("NAME", 12)]);
        assert_eq!(titles(4), [("NAME", 4)]);
    }

    #[test]
    fn what_is_left_is_shared_and_a_name_grows_to_its_most() {
        let columns = [
            Column::left("NAME", 10, 0).growing(2).up_to(20),
            Column::left("NOTES", 10, 1).growing(1),
        ];
        let widths = |width| -> Vec<u16> {
            let fitting = fitting(&columns, width);
            fitting.iter().map(|(_, column)| column.width).collect()
        };
        assert_eq!(widths(27), [14, 12]);
        assert_eq!(widths(81), [20, 60]);
        assert_eq!(widths(20), [20], "alone it takes everything");
        assert_eq!(widths(60)[0], 20);
    }

    #[test]
    fn the_cursor_follows_a_list_that_shrinks() {
        let mut grid = Grid::default();
        let area = Rect::new(0, 0, 20, 5);
        let row = |_| Row::default();
        grid.layout(area, COLUMNS, 10, row);
        assert!(grid.moved("list.bottom"));
        assert_eq!(grid.cursor(), 9);
        grid.layout(area, COLUMNS, 3, row);
        assert_eq!(grid.cursor(), 2);
        assert!(!grid.click(0), "the header is no row");
        assert_eq!(grid.cursor(), 2);
        assert!(grid.click(1));
        assert_eq!(grid.cursor(), 0);
        assert!(!grid.moved("list.filter"));
    }
}
