//! A table whose visible cells are made before it is drawn: which columns fit, where they stand.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    theme::{Role, Theme},
    ui::widgets::{list::Scroll, paint},
};

/// Cells in front of a row: cursor and mark.
const MARGIN: u16 = 2;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its header.
    pub title: &'static str,
    /// Cells it takes, none leaves it out; one column of a table takes what is left, this at
    /// least.
    pub width: u16,
    /// Numbers stand at the right.
    pub right: bool,
    /// The smallest stays longest when it gets narrow.
    pub place: u8,
}

impl Column {
    /// A column of words.
    pub const fn left(title: &'static str, width: u16, place: u8) -> Self {
        Self {
            title,
            width,
            right: false,
            place,
        }
    }

    /// A column of numbers.
    pub const fn right(title: &'static str, width: u16, place: u8) -> Self {
        Self {
            title,
            width,
            right: true,
            place,
        }
    }
}

/// One row: a cell for each column of the table, those that do not fit included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Text and role.
    pub cells: Vec<(String, Role)>,
    /// A mark stands in front of it.
    pub is_marked: bool,
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

    /// Puts the cursor on the row at this height below the header.
    pub fn click(&mut self, line: u16) {
        if let Some(line) = usize::from(line).checked_sub(1) {
            let place = self.scroll.first() + line;
            if place < self.len {
                self.cursor = place;
            }
        }
    }

    /// Settles columns and window, and makes the rows that are visible. `flexible` is the column
    /// that takes what the others leave.
    pub fn layout(
        &mut self,
        area: Rect,
        columns: &[Column],
        flexible: usize,
        len: usize,
        row: impl FnMut(usize) -> Row,
    ) {
        self.len = len;
        self.cursor = self.cursor.min(len.saturating_sub(1));
        self.kept = fitting(columns, flexible, area.width.saturating_sub(MARGIN));
        self.scroll
            .settle(self.cursor, len, area.height.saturating_sub(1));
        self.rows = self.scroll.visible(len).map(row).collect();
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
                theme.style(Role::Dim),
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
            paint::put(buf, area.x + 1, y, 1, "●", accent);
        }
        let mut x = area.x + MARGIN.min(area.width);
        for (index, column) in &self.kept {
            let room = column.width.min(area.right().saturating_sub(x));
            if let Some((text, role)) = row.cells.get(*index) {
                put(buf, (x, y, room), column.right, text, theme.style(*role));
            }
            x = (x + column.width + 1).min(area.right());
        }
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
fn fitting(columns: &[Column], flexible: usize, width: u16) -> Vec<(usize, Column)> {
    let mut by_place: Vec<usize> = (0..columns.len()).collect();
    by_place.sort_by_key(|&index| (index != flexible, columns[index].place));
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
    kept.into_iter()
        .map(|index| {
            let mut column = columns[index];
            if index == flexible {
                column.width = (column.width + width.saturating_sub(used)).min(width);
            }
            (index, column)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::left("NAME", 10, 0),
        Column::right("DEPTH", 5, 1),
        Column::left("OWNER", 8, 3),
        Column::right("TASK", 4, 2),
    ];

    fn titles(width: u16) -> Vec<(&'static str, u16)> {
        fitting(COLUMNS, 0, width)
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
    fn the_cursor_follows_a_list_that_shrinks() {
        let mut grid = Grid::default();
        let area = Rect::new(0, 0, 20, 5);
        let row = |_| Row::default();
        grid.layout(area, COLUMNS, 0, 10, row);
        assert!(grid.moved("list.bottom"));
        assert_eq!(grid.cursor(), 9);
        grid.layout(area, COLUMNS, 0, 3, row);
        assert_eq!(grid.cursor(), 2);
        grid.click(0);
        assert_eq!(grid.cursor(), 2, "the header is no row");
        grid.click(1);
        assert_eq!(grid.cursor(), 0);
        assert!(!grid.moved("list.filter"));
    }
}
