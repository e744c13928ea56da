//! How dangerous a command or an operation is (`docs/architecture.md` §4.2).
//!
//! One scale for both: the Gate refuses operations by it, the dialogs ask by it.

/// The danger class, from harmless to irreversible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Changes nothing.
    Read,
    /// A look that leaves a trace: a receive, a visibility change.
    Look,
    /// Runs the user's code: an invoke.
    Run,
    /// Changes something that can be changed back.
    Write,
    /// Cannot be undone, or stops traffic: the name must be typed.
    Destroy,
}

impl Class {
    /// The word on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Look => "look",
            Self::Run => "run",
            Self::Write => "write",
            Self::Destroy => "destroy",
        }
    }
}
