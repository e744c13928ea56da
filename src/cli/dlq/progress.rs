//! One line on standard error that is written anew in place, where that is a terminal; nothing
//! anywhere else.

use std::io::{IsTerminal as _, Write as _};

use crate::domain::text;

/// The line.
pub(super) struct Line {
    is_terminal: bool,
    shown: String,
}

impl Line {
    /// A line that is there only on a terminal.
    pub(super) fn on_terminal() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            shown: String::new(),
        }
    }

    /// Shows this instead of what was shown, cut to the terminal's width.
    pub(super) fn show(&mut self, line: &str) {
        if !self.is_terminal {
            return;
        }
        let width = rustix::termios::tcgetwinsize(std::io::stderr())
            .map_or(80, |size| usize::from(size.ws_col.max(20)));
        let line = text::sanitise(line);
        let line: String = line.chars().take(width - 1).collect();
        if line != self.shown {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K{line}");
            self.shown = line;
        }
    }

    /// Takes it away, before other lines.
    pub(super) fn clear(&mut self) {
        if !self.shown.is_empty() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
            self.shown.clear();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A bar of so many cells.
pub(super) fn bar(done: u64, of: u64, cells: usize) -> String {
    let full = if of == 0 {
        0
    } else {
        (done.min(of) as f64 / of as f64 * cells as f64) as usize
    };
    "█".repeat(full) + &"─".repeat(cells - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_longer_than_it_should_be() {
        assert_eq!(bar(0, 10, 4), "────");
        assert_eq!(bar(5, 10, 4), "██──");
        assert_eq!(bar(11, 10, 4), "████");
        assert_eq!(bar(1, 0, 4), "────");
    }
}
