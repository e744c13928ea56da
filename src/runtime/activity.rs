//! The activity log: one line for each confirmed write, written before its first call and
//! completed after (`docs/architecture.md` §4.3).
//!
//! A file of JSON lines, 0600, appended under a lock, so that several processes may share it; each
//! line has a checksum.
//! Payloads and environment values never enter it: an entry holds size and hash. What the lines
//! say is `domain::activity`'s.

mod presence;
mod reader;

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

pub use crate::domain::activity::Entry;
use crate::{
    domain::{
        activity::{Filter, Log},
        checksum,
    },
    settings::{create_private_dir, keep_private},
};
use presence::Presence;

/// Lines that a log in memory holds.
const IN_MEMORY: usize = 10_000;

/// Which writes are read.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Those that began or ended since then.
    pub since: Option<Timestamp>,
    /// Those that began before.
    pub until: Option<Timestamp>,
    /// Those that this keeps.
    pub filter: Filter,
    /// The newest so many.
    pub limit: Option<usize>,
}

/// The log of this machine.
#[derive(Debug)]
pub struct ActivityLog {
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { path: PathBuf, presence: Presence },
    Memory(Mutex<VecDeque<Entry>>),
}

impl ActivityLog {
    /// A log in this file; the directory is made on the first write.
    pub fn in_file(file: PathBuf) -> Self {
        let presence = Presence::beside(&file);
        Self {
            place: Place::File {
                path: file,
                presence,
            },
        }
    }

    /// A log that is gone with the process: the demo account, where nothing is real.
    pub const fn nowhere() -> Self {
        Self {
            place: Place::Memory(Mutex::new(VecDeque::new())),
        }
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File { path, .. } => Some(path),
            Place::Memory(_) => None,
        }
    }

    /// Appends one line and waits until it is on disk. Blocking.
    ///
    /// # Errors
    /// When the file cannot be opened, locked or written: the caller must not make the write
    /// that the line announces.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        match &self.place {
            Place::File { path, presence } => append(path, presence, entry),
            Place::Memory(entries) => {
                let mut entries = locked(entries);
                if entries.len() == IN_MEMORY {
                    entries.pop_front();
                }
                entries.push_back(entry.clone());
                Ok(())
            }
        }
    }

    /// Reads writes, the newest first, from the end of the log on and no further than needed. A
    /// log that is not there is empty. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, ask: &Ask) -> io::Result<Log> {
        match &self.place {
            Place::File { path, presence } => reader::read_file(path, ask, |entry| {
                presence.is_running(entry.process.as_deref())
            }),
            Place::Memory(entries) => {
                let entries = locked(entries);
                Ok(reader::read_entries(entries.iter().rev().cloned(), ask))
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn append(path: &Path, presence: &Presence, entry: &Entry) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        create_private_dir(directory)?;
    }
    let mut line = Vec::new();
    let mut file: File = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(path)?;
    keep_private(&file)?;
    let entry = Entry {
        process: presence.show().map(str::to_owned),
        ..entry.clone()
    };
    file.lock()?;
    // A line that was cut short must not swallow this one.
    if !ends_whole(&mut file)? {
        line.push(b'\n');
    }
    let from = line.len();
    serde_json::to_writer(&mut line, &entry)?;
    checksum::add(&mut line, from);
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

fn ends_whole(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests;
