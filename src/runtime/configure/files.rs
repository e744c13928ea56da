//! The files of edits: a record for each, and the resume cards. 0600, values as they are, because
//! the way back needs them; records are removed after 30 days. Blocking.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::draft::{card::ResumeCard, record::Record},
    settings::write_atomically,
};

/// How long a record is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where the files are.
#[derive(Debug, Clone)]
pub struct StateFiles {
    changes: PathBuf,
    resume: PathBuf,
}

impl StateFiles {
    /// The files under a state directory of lambdeck.
    pub fn under(state: &Path) -> Self {
        Self {
            changes: state.join("changes"),
            resume: state.join("resume"),
        }
    }

    /// Writes a record, replacing its earlier form, and waits until it is on disk.
    ///
    /// # Errors
    /// When it cannot be written: the call that it announces must not be made.
    pub fn keep(&self, record: &Record) -> io::Result<()> {
        write(&self.changes, &record.id, record)
    }

    /// The record of that id.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn record(&self, id: &str) -> io::Result<Record> {
        read(&path(&self.changes, id)?)
    }

    /// Records of edits that were begun and never ended: their process died.
    pub fn unfinished(&self) -> Vec<Record> {
        let records = all::<Record>(&self.changes).into_iter();
        records
            .map(|(_, record)| record)
            .filter(|record| record.ended.is_none())
            .collect()
    }

    /// Removes the records that are older than 30 days. What cannot be removed stays.
    pub fn prune(&self, now: Timestamp) {
        for (path, record) in all::<Record>(&self.changes) {
            if now.duration_since(record.at) > KEPT {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Leaves a resume card.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave(&self, card: &ResumeCard) -> io::Result<()> {
        write(&self.resume, &card.id, card)
    }

    /// The resume cards, oldest first.
    pub fn cards(&self) -> Vec<ResumeCard> {
        let cards = all::<ResumeCard>(&self.resume).into_iter();
        let mut cards: Vec<ResumeCard> = cards.map(|(_, card)| card).collect();
        cards.sort_by_key(|card| card.at);
        cards
    }

    /// Takes a resume card away.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn take(&self, id: &str) -> io::Result<()> {
        fs::remove_file(path(&self.resume, id)?)
    }
}

/// The file of an id. An id is letters, digits and `-`: it never leads out of the directory.
fn path(directory: &Path, id: &str) -> io::Result<PathBuf> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(is_id) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an id"));
    }
    Ok(directory.join(format!("{id}.json")))
}

fn write(directory: &Path, id: &str, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    write_atomically(&path(directory, id)?, &text)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Every file of a directory that can be read.
fn all<T: DeserializeOwned>(directory: &Path) -> Vec<(PathBuf, T)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .filter_map(|path| Some((path.clone(), read(&path).ok()?)))
        .collect()
}
