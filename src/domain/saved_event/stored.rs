//! A saved event as it is on disk: how a listing shows it, and what tells whether its files
//! changed since they were read.

use std::path::PathBuf;

use super::{EventId, SavedEvent};

/// One event of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Its name and place.
    pub id: EventId,
    /// The payload's file; the settings' file when there is no payload.
    pub path: PathBuf,
    /// Bytes of the payload.
    pub size: u64,
    /// What is wrong with it, in a sentence, if anything is.
    pub problem: Option<String>,
}

/// What the files of an event held when they were read: hashes of their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Of the payload.
    pub payload: [u8; 32],
    /// Of the settings, if there are any.
    pub settings: Option<[u8; 32]>,
}

/// An event as it is on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The event.
    pub event: SavedEvent,
    /// To be given back when it is saved.
    pub stamp: Stamp,
}

/// When saving may replace what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Only while the files are what they were.
    Unchanged(Stamp),
    /// In any case.
    Force,
}
