//! What the runner does for this slice, and what it answers.

use crate::domain::{
    function::{Alias, Arn, Version},
    invocation::InvokeRequest,
    saved_event::{EventId, EventSettings, ListedEvent, Overwrite, SavedEvent, Stamp, StoredEvent},
    secret::Secret,
    session::SessionId,
};

/// The queries of this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Read or write files of saved events.
    Files(FileWork),
    /// Find out the versions and aliases of a function.
    Qualifiers(SessionId, Arn),
}

/// One invoke, sent exactly once, and the session that confirmed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// Who sends it.
    pub session: SessionId,
    /// What is sent.
    pub request: InvokeRequest,
}

/// Something to do with the events of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct FileWork {
    /// The function's name, which names the directory.
    pub function: String,
    /// What to do.
    pub task: FileTask,
}

/// What to do with saved events.
#[derive(Debug, Clone, PartialEq)]
pub enum FileTask {
    /// List them.
    List,
    /// Read one.
    Read(EventId),
    /// Write one that was read before.
    Save(Box<SavedEvent>, Overwrite),
    /// Make a new one: in the project if that keeps events, else for this user only.
    Create {
        /// Its name.
        name: String,
        /// Its payload.
        payload: Secret<String>,
        /// How it is sent.
        settings: EventSettings,
    },
    /// Copy one to another name beside it.
    Duplicate(EventId, String),
    /// Give one another name.
    Rename(EventId, String),
    /// Remove one.
    Delete(EventId),
}

/// What came of a [`FileTask`].
#[derive(Debug, Clone, PartialEq)]
pub enum FileAnswer {
    /// The events, and whether the project keeps events.
    Listed {
        /// By name.
        events: Vec<ListedEvent>,
        /// New events go to the project.
        project: bool,
    },
    /// One event.
    Read(StoredEvent),
    /// A new event.
    Created(StoredEvent),
    /// The files as they are now.
    Saved(Stamp),
    /// The event under its new name.
    Renamed {
        /// The old name.
        from: EventId,
        /// The event.
        stored: StoredEvent,
    },
    /// It is gone.
    Deleted(EventId),
}

/// Why a [`FileTask`] failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Which file, why, what to do.
    pub message: String,
    /// Somebody else changed the file since it was read.
    pub is_conflict: bool,
}

/// What a function can be qualified with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Qualifiers {
    /// Aliases and what they point to.
    pub aliases: Vec<Alias>,
    /// `$LATEST` and the published versions.
    pub versions: Vec<Version>,
}
