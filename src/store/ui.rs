//! The part of the screen that other slices and safety checks depend on: which pane is shown,
//! which has the focus, what the subject is. Scroll offsets and cursors of text stay in the panes.

use super::effect::{Effect, Terminal};
use crate::domain::{function::Arn, secret::Secret, session::SessionId};

/// Names a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PaneId(pub &'static str);

/// The spine: always there, never a tab.
pub const FUNCTIONS: PaneId = PaneId("functions");

/// Under this width one pane shows at a time.
pub const WIDE: u16 = 100;

/// The identity of a function: never a bare name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionKey {
    /// Whose function.
    pub session: SessionId,
    /// Which function.
    pub arn: Arn,
}

/// What changes the arrangement of the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Give this pane the focus, and show it.
    Focus(PaneId),
    /// Show this pane as the active tab without giving it the focus.
    Show(PaneId),
    /// One step back through the places.
    Back,
    /// Give the focused pane the whole screen, or take that back.
    Zoom,
    /// The terminal has this size in cells.
    Resize(u16, u16),
    /// The terminal window has, or lost, the focus.
    TerminalFocus(bool),
    /// Put text on the clipboard.
    Copy(Secret<String>),
    /// Stop the process until the shell continues it.
    Suspend,
}

/// Where the user is.
#[derive(Debug)]
pub struct Ui {
    focus: PaneId,
    tab: PaneId,
    zoom: bool,
    size: (u16, u16),
    terminal_focused: bool,
    places: Vec<(PaneId, PaneId, bool)>,
}

impl Ui {
    pub(super) fn new(tab: PaneId) -> Self {
        Self {
            focus: FUNCTIONS,
            tab,
            zoom: false,
            size: (80, 24),
            terminal_focused: true,
            places: Vec::new(),
        }
    }

    /// The pane that gets the keys.
    pub const fn focus(&self) -> PaneId {
        self.focus
    }

    /// The active tab beside the list.
    pub const fn tab(&self) -> PaneId {
        self.tab
    }

    /// Columns and rows of the terminal.
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Whether the terminal window has the focus; lists are not refreshed while it has not.
    pub const fn is_terminal_focused(&self) -> bool {
        self.terminal_focused
    }

    /// Whether the list and a tab stand side by side.
    pub const fn is_split(&self) -> bool {
        self.size.0 >= WIDE && !self.zoom
    }

    /// Whether the focused pane has the whole screen by the user's wish.
    pub const fn is_zoomed(&self) -> bool {
        self.zoom
    }

    /// Whether this pane is on screen.
    pub fn shows(&self, pane: PaneId) -> bool {
        if self.is_split() {
            pane == FUNCTIONS || pane == self.tab
        } else {
            pane == self.focus
        }
    }

    /// Whether there is a place to go back to.
    pub fn can_go_back(&self) -> bool {
        !self.places.is_empty()
    }

    pub(super) fn reduce(&mut self, action: Action) -> Option<Effect> {
        match action {
            Action::Focus(pane) => {
                if pane != self.focus {
                    self.places.push((self.focus, self.tab, self.zoom));
                    if self.places.len() > 50 {
                        self.places.remove(0);
                    }
                }
                self.focus = pane;
                if pane != FUNCTIONS {
                    self.tab = pane;
                }
            }
            Action::Show(pane) => {
                self.tab = pane;
                if self.focus != FUNCTIONS {
                    self.focus = pane;
                }
            }
            Action::Back => {
                if let Some((focus, tab, zoom)) = self.places.pop() {
                    (self.focus, self.tab, self.zoom) = (focus, tab, zoom);
                }
            }
            Action::Zoom => self.zoom = !self.zoom,
            Action::Resize(width, height) => self.size = (width, height),
            Action::TerminalFocus(focused) => self.terminal_focused = focused,
            Action::Copy(text) => return Some(Effect::Terminal(Terminal::Copy(text))),
            Action::Suspend => return Some(Effect::Terminal(Terminal::Suspend)),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGS: PaneId = PaneId("logs");

    #[test]
    fn back_returns_to_the_earlier_place_and_then_stays() {
        let mut ui = Ui::new(PaneId("overview"));
        ui.reduce(Action::Resize(120, 40));
        ui.reduce(Action::Focus(LOGS));
        assert_eq!((ui.focus(), ui.tab()), (LOGS, LOGS));
        ui.reduce(Action::Back);
        assert_eq!((ui.focus(), ui.tab()), (FUNCTIONS, PaneId("overview")));
        ui.reduce(Action::Back);
        assert_eq!(ui.focus(), FUNCTIONS);
    }

    #[test]
    fn one_pane_shows_under_a_hundred_columns_or_zoomed() {
        let mut ui = Ui::new(LOGS);
        ui.reduce(Action::Resize(99, 30));
        assert!(ui.shows(FUNCTIONS) && !ui.shows(LOGS));
        ui.reduce(Action::Resize(100, 30));
        assert!(ui.shows(FUNCTIONS) && ui.shows(LOGS));
        ui.reduce(Action::Zoom);
        assert!(ui.shows(FUNCTIONS) && !ui.shows(LOGS));
    }
}
