//! A windowed list: which rows are visible, and how the shared list commands move the cursor.

use crossterm::event::{KeyCode, KeyEvent};

/// The command that a key of the cursor means beside a text that is being typed; else none.
pub const fn movement(key: KeyEvent) -> &'static str {
    match key.code {
        KeyCode::Down => "list.down",
        KeyCode::Up => "list.up",
        KeyCode::PageDown => "list.page-down",
        KeyCode::PageUp => "list.page-up",
        _ => "",
    }
}

/// The scroll position of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    first: usize,
    height: usize,
}

impl Scroll {
    /// The first visible row.
    pub const fn first(&self) -> usize {
        self.first
    }

    /// How many rows fit.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// The visible rows of a list of `len`.
    pub fn visible(&self, len: usize) -> std::ops::Range<usize> {
        self.first.min(len)..(self.first + self.height).min(len)
    }

    /// Brings the cursor into view, moving as little as possible, and leaves no empty space
    /// below the last row.
    pub fn settle(&mut self, cursor: usize, len: usize, height: u16) {
        self.height = usize::from(height);
        if cursor < self.first {
            self.first = cursor;
        } else if self.height > 0 && cursor >= self.first + self.height {
            self.first = cursor + 1 - self.height;
        }
        self.first = self.first.min(len.saturating_sub(self.height));
    }

    /// Where a list command puts the cursor; `None` when it is no movement.
    pub fn moved(&self, command: &str, cursor: usize, len: usize) -> Option<usize> {
        let page = self.height.saturating_sub(1).max(1);
        let last = len.saturating_sub(1);
        Some(match command {
            "list.down" => (cursor + 1).min(last),
            "list.up" => cursor.saturating_sub(1),
            "list.top" => 0,
            "list.bottom" => last,
            "list.half-down" => (cursor + page.div_ceil(2)).min(last),
            "list.half-up" => cursor.saturating_sub(page.div_ceil(2)),
            "list.page-down" => (cursor + page).min(last),
            "list.page-up" => cursor.saturating_sub(page),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_view_and_the_window_moves_little() {
        let mut scroll = Scroll::default();
        scroll.settle(0, 100, 10);
        assert_eq!(scroll.visible(100), 0..10);
        scroll.settle(10, 100, 10);
        assert_eq!(scroll.visible(100), 1..11);
        scroll.settle(5, 100, 10);
        assert_eq!(scroll.visible(100), 1..11);
        scroll.settle(99, 100, 10);
        assert_eq!(scroll.visible(100), 90..100);
        scroll.settle(3, 4, 10);
        assert_eq!(scroll.visible(4), 0..4);
    }

    #[test]
    fn movement_stops_at_both_ends() {
        let mut scroll = Scroll::default();
        scroll.settle(0, 5, 3);
        assert_eq!(scroll.moved("list.up", 0, 5), Some(0));
        assert_eq!(scroll.moved("list.bottom", 0, 5), Some(4));
        assert_eq!(scroll.moved("list.page-down", 4, 5), Some(4));
        assert_eq!(scroll.moved("list.down", 0, 0), Some(0));
        assert_eq!(scroll.moved("list.filter", 0, 5), None);
    }
}
