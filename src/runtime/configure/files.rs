//! The files of edits: a record for each, and the resume cards. They are 0600 and hold values as they
//! are, because a revert needs them. Records are removed after 30 days. Blocking.
//!
//! The process locks an edit while it carries it out, so that nobody takes it for one whose process
//! died. The demo account keeps everything in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::{
        checksum,
        draft::{card::ResumeCard, record::Record},
    },
    settings::{create_private_dir, write_atomically},
};

/// How long a record is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where the files are.
#[derive(Debug, Clone)]
pub struct StateFiles {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Disk { changes: PathBuf, resume: PathBuf },
    Memory(Arc<Mutex<Kept>>),
}

/// The files of the demo account.
#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<String, Record>,
    cards: BTreeMap<String, ResumeCard>,
    underway: BTreeSet<String>,
}

/// What was left to be finished or restored.
#[derive(Debug, Clone, Default)]
pub struct Left {
    /// Resume cards, oldest first.
    pub cards: Vec<ResumeCard>,
    /// Records of edits that were begun and never ended, oldest first.
    pub unfinished: Vec<Record>,
    /// What of it could not be read.
    pub problem: Option<String>,
}

/// The lock of an edit that is being carried out; dropped when it has ended.
#[derive(Debug)]
pub struct Underway {
    lock: Lock,
}

#[derive(Debug)]
enum Lock {
    /// The file itself is held only for its lock.
    Disk(
        PathBuf,
        #[expect(dead_code, reason = "holds the lock")] File,
    ),
    Memory(Arc<Mutex<Kept>>, String),
}

impl StateFiles {
    /// The files under a state directory of lambdeck.
    pub fn under(state: &Path) -> Self {
        let (changes, resume) = (state.join("changes"), state.join("resume"));
        Self {
            place: Place::Disk { changes, resume },
        }
    }

    /// Nothing on disk: gone with the process.
    pub fn in_memory() -> Self {
        Self {
            place: Place::Memory(Arc::default()),
        }
    }

    /// Whether it is gone with the process.
    pub const fn is_fleeting(&self) -> bool {
        matches!(self.place, Place::Memory(_))
    }

    /// Writes the first form of a record, and locks the edit until the lock is dropped.
    ///
    /// # Errors
    /// When it cannot be locked or written: nothing may be sent.
    pub fn begin(&self, record: &Record) -> io::Result<Underway> {
        let id = &record.id;
        let lock = match &self.place {
            Place::Disk { changes, .. } => {
                create_private_dir(changes)?;
                let path = lock_path(changes, id)?;
                let mut options = OpenOptions::new();
                let options = options.write(true).create(true).truncate(false).mode(0o600);
                let file = options.open(&path)?;
                file.lock()?;
                Lock::Disk(path, file)
            }
            Place::Memory(kept) => {
                of(kept).underway.insert(id.clone());
                Lock::Memory(Arc::clone(kept), id.clone())
            }
        };
        let underway = Underway { lock };
        self.keep(record)?;
        Ok(underway)
    }

    /// Writes a record, replacing its earlier form, and waits until it is on disk.
    ///
    /// # Errors
    /// When it cannot be written: the call that it announces must not be made.
    pub fn keep(&self, record: &Record) -> io::Result<()> {
        match &self.place {
            Place::Disk { changes, .. } => write(changes, &record.id, record),
            Place::Memory(kept) => {
                of(kept).records.insert(record.id.clone(), record.clone());
                Ok(())
            }
        }
    }

    /// The record of that id.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn record(&self, id: &str) -> io::Result<Record> {
        match &self.place {
            Place::Disk { changes, .. } => {
                let path = path(changes, id)?;
                read(&path).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound if !path.is_symlink() => error,
                    kind => {
                        let kind = match kind {
                            // A broken link exists.
                            io::ErrorKind::NotFound => io::ErrorKind::InvalidData,
                            kind => kind,
                        };
                        io::Error::new(kind, format!("{}: {error}", path.display()))
                    }
                })
            }
            Place::Memory(kept) => of(kept).records.get(id).cloned().ok_or_else(missing),
        }
    }

    /// Writes down how an interrupted edit ended. From then on it counts as ended.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn close(&self, id: &str, how: &str) -> io::Result<()> {
        let record = self.record(id)?;
        if record.ended.is_some() {
            return Ok(());
        }
        let ended = Some(how.to_owned());
        self.keep(&Record { ended, ..record })
    }

    /// Everything that was left.
    pub fn left(&self) -> Left {
        let (mut records, mut cards, problem) = match &self.place {
            Place::Disk { changes, resume } => {
                let (records, broken) = all::<Record>(changes);
                let (cards, also) = all::<ResumeCard>(resume);
                let problems: Vec<String> = broken.into_iter().chain(also).collect();
                let problem = (!problems.is_empty()).then(|| problems.join("; "));
                (values(records), values(cards), problem)
            }
            Place::Memory(kept) => {
                let kept = of(kept);
                let records = kept.records.values().cloned().collect();
                (records, kept.cards.values().cloned().collect(), None)
            }
        };
        records.retain(|record: &Record| record.ended.is_none() && self.is_left(&record.id));
        records.sort_by_key(|record| record.at);
        cards.sort_by_key(|card: &ResumeCard| card.at);
        Left {
            cards,
            unfinished: records,
            problem,
        }
    }

    /// Records of edits that were begun and never ended: their process died. Oldest first.
    pub fn unfinished(&self) -> Vec<Record> {
        self.left().unfinished
    }

    /// The resume cards, oldest first.
    pub fn cards(&self) -> Vec<ResumeCard> {
        self.left().cards
    }

    /// Removes the records that are older than 30 days. What cannot be removed stays.
    pub fn prune(&self, now: Timestamp) {
        let is_old = |record: &Record| now.duration_since(record.at) > KEPT;
        match &self.place {
            Place::Disk { changes, .. } => {
                let records = all::<Record>(changes).0.into_iter();
                for (path, record) in records.filter(|(_, record)| is_old(record)) {
                    let _ = fs::remove_file(path);
                    // A process that was killed left its lock behind.
                    let _ = lock_path(changes, &record.id).and_then(fs::remove_file);
                }
                remove_half_written(changes, now);
            }
            Place::Memory(kept) => of(kept).records.retain(|_, record| !is_old(record)),
        }
    }

    /// Leaves a resume card.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave(&self, card: &ResumeCard) -> io::Result<()> {
        match &self.place {
            Place::Disk { resume, .. } => write(resume, &card.id, card),
            Place::Memory(kept) => {
                of(kept).cards.insert(card.id.clone(), card.clone());
                Ok(())
            }
        }
    }

    /// Takes a resume card away. One that is gone already is no error: somebody restored it too.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn take(&self, id: &str) -> io::Result<()> {
        match &self.place {
            Place::Disk { resume, .. } => match fs::remove_file(path(resume, id)?) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Place::Memory(kept) => {
                of(kept).cards.remove(id);
                Ok(())
            }
        }
    }

    /// Whether an edit that had not ended is left by its process. It is read again: the process may
    /// have ended it between the first reading and the look at the lock.
    fn is_left(&self, id: &str) -> bool {
        !self.is_underway(id) && self.record(id).is_ok_and(|record| record.ended.is_none())
    }

    /// Whether an edit is being carried out just now, by whatever process.
    pub fn is_underway(&self, id: &str) -> bool {
        match &self.place {
            Place::Disk { changes, .. } => lock_path(changes, id).is_ok_and(|path| is_held(&path)),
            Place::Memory(kept) => of(kept).underway.contains(id),
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        match &self.lock {
            Lock::Disk(path, _) => drop(fs::remove_file(path)),
            Lock::Memory(kept, id) => drop(of(kept).underway.remove(id)),
        }
    }
}

fn of(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what a process left that was killed while it wrote, at the age at which records are
/// removed: it may hold values.
fn remove_half_written(directory: &Path, now: Timestamp) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "tmp")) {
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let modified = modified.ok().and_then(|at| Timestamp::try_from(at).ok());
        if modified.is_some_and(|at| now.duration_since(at) > KEPT) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether a process holds it. A shared lock, so that two who look do not block each other.
fn is_held(path: &Path) -> bool {
    let is_refused = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    File::open(path).is_ok_and(is_refused)
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

/// The file of an id. Only letters, digits and `-`, so that it stays in the directory.
fn path(directory: &Path, id: &str) -> io::Result<PathBuf> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(is_id) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an id"));
    }
    Ok(directory.join(format!("{id}.json")))
}

/// The lock is a file of its own, because a record is replaced at every step.
fn lock_path(directory: &Path, id: &str) -> io::Result<PathBuf> {
    Ok(path(directory, id)?.with_extension("lock"))
}

fn write(directory: &Path, id: &str, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    checksum::add(&mut text, 0);
    write_atomically(&path(directory, id)?, &text)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let text = fs::read(path)?;
    // Broken JSON is reported before a wrong checksum, because that names the line. The parser's own
    // words may quote a value.
    let in_line = |error: serde_json::Error| damaged(format!("damaged in line {}", error.line()));
    let value = serde_json::from_slice(&text).map_err(in_line)?;
    checksum::take(&text).map_err(|why| damaged(format!("damaged: {why}")))?;
    Ok(value)
}

/// Every file of a directory that can be read, and why the others cannot.
fn all<T: DeserializeOwned>(directory: &Path) -> (Vec<(PathBuf, T)>, Vec<String>) {
    let told = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(error) => return (Vec::new(), vec![told(directory, error)]),
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for path in paths.filter(is_json) {
        match read(&path) {
            Ok(value) => values.push((path, value)),
            // Another process has removed it meanwhile. A broken link is still there.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {}
            Err(error) => problems.push(told(&path, error)),
        }
    }
    (values, problems)
}

fn values<T>(all: Vec<(PathBuf, T)>) -> Vec<T> {
    all.into_iter().map(|(_, value)| value).collect()
}
