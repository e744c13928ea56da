//! What panes and overlays have in common: they read the store, draw, and answer commands and
//! keys with intents.
//!
//! A surface never changes shared state and never starts I/O; drawing computes nothing that
//! could have been computed when the data changed.

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::{buffer::Buffer, layout::Rect};

use super::subject::{self, Subject};
use crate::{
    command::{CommandSpec, Context},
    domain::secret::Secret,
    keymap::Keymap,
    store::{
        Action, Store,
        toast::{self, Tone},
        ui,
    },
    theme::Theme,
};

/// What a surface may read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Shared state.
    pub store: &'a Store,
    /// For showing keys.
    pub keymap: &'a Keymap,
    /// Styles.
    pub theme: &'a Theme,
}

/// What a surface wants to happen.
pub enum Intent {
    /// Change the store.
    Act(Action),
    /// Put this surface on top.
    Open(Box<dyn Surface>),
    /// Take the topmost overlay away.
    Close,
    /// Run a command as if its key was pressed.
    Run(&'static str),
    /// Leave the program; it was asked before.
    Leave,
}

/// What became of a command or a key.
pub enum Outcome {
    /// It means nothing here; wider contexts may take it.
    Ignored,
    /// It was taken, and this follows.
    Done(Vec<Intent>),
}

impl Outcome {
    /// Taken; only the surface's own view changed.
    pub const fn done() -> Self {
        Self::Done(Vec::new())
    }

    /// Taken; one action follows.
    pub fn act(action: Action) -> Self {
        Self::Done(vec![Intent::Act(action)])
    }

    /// Taken; these actions follow.
    pub fn acts(actions: Vec<Action>) -> Self {
        Self::Done(actions.into_iter().map(Intent::Act).collect())
    }

    /// Taken; a short message says why nothing else follows.
    pub fn info(text: impl Into<String>) -> Self {
        Self::act(Action::Toast(toast::Action::Show(Tone::Info, text.into())))
    }

    /// Taken; the text goes to the clipboard.
    pub fn copy(text: String) -> Self {
        Self::act(Action::Ui(ui::Action::Copy(Secret::new(text))))
    }

    /// Taken; an overlay opens.
    pub fn open(surface: impl Surface + 'static) -> Self {
        Self::Done(vec![Intent::Open(Box::new(surface))])
    }
}

/// A key hint of the footer: a command, and what to call it here if its title does not do.
pub struct Hint {
    /// Command id.
    pub command: &'static str,
    /// Replaces the command's title (`redrive 186`).
    pub title: Option<String>,
}

impl Hint {
    /// A command under another title.
    pub fn titled(command: &'static str, title: impl Into<String>) -> Self {
        Self {
            command,
            title: Some(title.into()),
        }
    }
}

impl From<&'static str> for Hint {
    fn from(command: &'static str) -> Self {
        Self {
            command,
            title: None,
        }
    }
}

/// Whether the rows of a surface are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// As far as they will come by themselves, in their order.
    There,
    /// Some are there; more are on their way, or what orders them: keys that were typed before
    /// they were drawn wait for the whole.
    Coming,
    /// They are there, and the cursor is on its way to one of them: keys wait for it.
    Turning,
    /// None is there yet: keys that are about rows wait for them.
    Awaited,
}

impl Rows {
    /// What there is while something loads: none, or some.
    pub const fn of(is_loading: bool, is_empty: bool) -> Self {
        match (is_loading, is_empty) {
            (false, _) => Self::There,
            (true, false) => Self::Coming,
            (true, true) => Self::Awaited,
        }
    }
}

/// A pane or an overlay.
pub trait Surface {
    /// What stands in its border, after the pane's name.
    fn title(&self, view: View<'_>) -> String;

    /// Where its keys are looked up, narrowest first, without [`Context::Global`].
    fn path(&self, view: View<'_>) -> Vec<Context>;

    /// The one function that its row under the cursor, or else its title, names: what a command
    /// about a function is about.
    fn subject(&self, view: View<'_>) -> Subject {
        subject::selected(view.store)
    }

    /// Takes a command that was found on its path, or one that any pane may answer
    /// (`app.copy`, `app.refresh`).
    fn on_command(&mut self, command: &'static CommandSpec, view: View<'_>) -> Outcome;

    /// Whether its rows are there.
    fn rows(&self, _view: View<'_>) -> Rows {
        Rows::There
    }

    /// Where in it one stands: rows of another place are other rows.
    fn place(&self, _view: View<'_>) -> String {
        String::new()
    }

    /// Takes a key that is text (only while its path has [`Context::Input`]).
    fn on_key(&mut self, _key: KeyEvent, _view: View<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Takes pasted text.
    fn on_paste(&mut self, _text: &str, _view: View<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Takes the mouse, in screen coordinates; `area` is where it was last laid out.
    fn on_mouse(&mut self, _event: MouseEvent, _area: Rect, _view: View<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Called before a frame when anything changed: the inner area is `area`. Settles scroll
    /// offsets and reports what came into view.
    fn layout(&mut self, _area: Rect, _view: View<'_>) -> Vec<Action> {
        Vec::new()
    }

    /// A question that an answer from outside raised. Asked before a frame while this has the
    /// focus and nothing is open; what it gives is opened on top.
    fn asks(&mut self, _view: View<'_>) -> Option<Box<dyn Surface>> {
        None
    }

    /// Whether what it is about is gone: an overlay that says so is taken away.
    fn is_over(&self, _view: View<'_>) -> bool {
        false
    }

    /// Draws into `area`, the inside of its border.
    fn render(&self, area: Rect, buf: &mut Buffer, view: View<'_>);

    /// The keys worth showing, most important first.
    fn hints(&self, view: View<'_>) -> Vec<Hint>;

    /// The status line in the bottom border: source, age, what is missing.
    fn status_line(&self, _view: View<'_>) -> Option<String> {
        None
    }

    /// For an overlay: the size it wants inside a screen of this size, border included.
    fn size(&self, screen: Rect) -> (u16, u16) {
        (screen.width, screen.height)
    }
}
