//! The part of the screen that other slices and safety checks depend on: which pane is shown,
//! which has the focus, what the subject is. Scroll offsets and cursors of text stay in the panes.

use jiff::SignedDuration;

use super::{
    effect::{Effect, Terminal},
    identity::FunctionKey,
};
use crate::domain::{function::Arn, secret::Secret};

/// Names a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PaneId(pub &'static str);

/// The spine: always there, never a tab.
pub const FUNCTIONS: PaneId = PaneId("functions");

/// Under this width one pane shows at a time.
pub const WIDE: u16 = 100;

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

/// What a place was about when it was left: panes that follow the selection speak of another
/// function by the time one comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct About {
    /// The selected function.
    pub(super) function: Option<Arn>,
    /// The functions whose logs were opened together.
    pub(super) together: Vec<FunctionKey>,
}

/// A place to go back to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) focus: PaneId,
    tab: PaneId,
    zoom: bool,
    pub(super) about: About,
}

/// Where the user is.
#[derive(Debug)]
pub struct Ui {
    focus: PaneId,
    tab: PaneId,
    zoom: bool,
    size: (u16, u16),
    terminal_focused: bool,
    places: Vec<Place>,
    came_back: bool,
    /// What the place that is being left is about, where the selection has moved on already.
    leaving: Option<About>,
    refresh_every: SignedDuration,
}

impl Ui {
    pub(super) fn new(tab: PaneId, refresh_every: SignedDuration) -> Self {
        Self {
            focus: FUNCTIONS,
            tab,
            zoom: false,
            size: (80, 24),
            terminal_focused: true,
            places: Vec::new(),
            came_back: false,
            leaving: None,
            refresh_every,
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

    /// How often lists and counts are read again.
    pub(super) const fn refresh_every(&self) -> SignedDuration {
        self.refresh_every
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

    /// Whether the focused pane was come back to: what it shows is what it showed when it was left.
    pub const fn came_back(&self) -> bool {
        self.came_back
    }

    /// The next focus leaves a place that is about this, whatever was selected for it meanwhile.
    pub(super) fn leaves(&mut self, about: About) {
        self.leaving = Some(about);
    }

    /// Takes the newest place that is still one; those above it are forgotten.
    pub(super) fn step_back(&mut self, is_there: impl Fn(&Place) -> bool) -> Option<Place> {
        while let Some(place) = self.places.pop() {
            if is_there(&place) {
                return Some(place);
            }
        }
        None
    }

    /// Arrives at a place that was gone back to.
    pub(super) fn return_to(&mut self, place: &Place) {
        (self.focus, self.tab, self.zoom) = (place.focus, place.tab, place.zoom);
        self.came_back = true;
    }

    /// `about` is what the focused pane speaks of, to find it again. [`Action::Back`] is the
    /// store's: it moves the selection, too.
    pub(super) fn reduce(&mut self, action: Action, about: About) -> Option<Effect> {
        match action {
            Action::Focus(pane) => {
                let about = self.leaving.take().unwrap_or(about);
                if pane != self.focus {
                    self.came_back = false;
                    self.places.push(Place {
                        focus: self.focus,
                        tab: self.tab,
                        zoom: self.zoom,
                        about,
                    });
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
            Action::Back => {}
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

    fn about(name: &str) -> About {
        About {
            function: Some(Arn::new(name)),
            ..About::default()
        }
    }

    #[test]
    fn back_leads_to_the_earlier_place_and_what_it_was_about_and_then_nowhere() {
        let mut ui = Ui::new(PaneId("overview"), SignedDuration::from_secs(60));
        ui.reduce(Action::Resize(120, 40), about("a"));
        ui.reduce(Action::Focus(LOGS), about("a"));
        assert_eq!((ui.focus(), ui.tab()), (LOGS, LOGS));
        let place = ui.step_back(|_| true).expect("a place");
        assert_eq!(place.about, about("a"));
        ui.return_to(&place);
        assert_eq!((ui.focus(), ui.tab()), (FUNCTIONS, PaneId("overview")));
        assert!(ui.came_back() && ui.step_back(|_| true).is_none());
    }

    #[test]
    fn a_place_that_is_gone_is_passed_by() {
        let mut ui = Ui::new(LOGS, SignedDuration::from_secs(60));
        ui.reduce(Action::Focus(LOGS), about("a"));
        ui.reduce(Action::Focus(FUNCTIONS), about("b"));
        ui.reduce(Action::Focus(PaneId("invoke")), about("c"));
        let place = ui.step_back(|place| place.about == about("a"));
        assert_eq!(place.map(|place| place.focus), Some(FUNCTIONS));
        assert!(!ui.can_go_back());
    }

    #[test]
    fn one_pane_shows_under_a_hundred_columns_or_zoomed() {
        let mut ui = Ui::new(LOGS, SignedDuration::from_secs(60));
        ui.reduce(Action::Resize(99, 30), About::default());
        assert!(ui.shows(FUNCTIONS) && !ui.shows(LOGS));
        ui.reduce(Action::Resize(100, 30), About::default());
        assert!(ui.shows(FUNCTIONS) && ui.shows(LOGS));
        ui.reduce(Action::Zoom, About::default());
        assert!(ui.shows(FUNCTIONS) && !ui.shows(LOGS));
    }
}
