//! The journals of redrives: one file for each plan, written before every step that cannot be
//! taken back, and read again by whoever resumes it.
//!
//! Responsible for the files: 0600 in a 0700 directory, locked by the process that works on them,
//! synced before anybody is told that a record is kept. What records mean is
//! [`domain::redrive`](crate::domain::redrive)'s.

mod files;
mod tombstones;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::runner::blocking;
use crate::domain::redrive::{
    Plan, Record, Replay,
    progress::{End, Tally},
    replay::Reader,
};

pub use tombstones::{Mark, Tombstones};
pub use writer::Disk;

/// How long a finished journal is kept: no queue keeps a letter longer (SQS quotas).
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}; nothing was sent", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process works on it.
    #[error("journal {0} is in use by another lambdeck")]
    Locked(String),
    /// There is none of this id.
    #[error("there is no journal {0}")]
    Missing(String),
    /// It is damaged in the middle: what it says cannot be trusted.
    #[error("{} is damaged in line {line}: {reason}; nothing was sent. Keep the file, and look at the queues by hand", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// What this module returns.
pub type Result<T> = std::result::Result<T, JournalError>;

/// Makes the disk of a journal from its open file; tests put failures between.
type MakeDisk = Arc<dyn Fn(File) -> Box<dyn Disk> + Send + Sync>;

/// A journal that `resume` would finish.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Its plan.
    pub plan: Plan,
    /// Another process works on it.
    pub is_locked: bool,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// The directory of journals.
#[derive(Clone)]
pub struct Journals {
    directory: Option<PathBuf>,
    disk: MakeDisk,
}

impl Journals {
    /// Journals in this directory, which is made with the first one.
    pub fn in_dir(directory: PathBuf) -> Self {
        Self {
            directory: Some(directory),
            disk: Arc::new(|file| Box::new(file)),
        }
    }

    /// No journals: the demo account, where nothing is real.
    pub fn nowhere() -> Self {
        Self {
            directory: None,
            disk: Arc::new(|file| Box::new(file)),
        }
    }

    /// Puts something between the journals and their files.
    #[must_use]
    pub fn with_disk(
        mut self,
        disk: impl Fn(File) -> Box<dyn Disk> + Send + Sync + 'static,
    ) -> Self {
        self.disk = Arc::new(disk);
        self
    }

    /// Whether none is kept: the demo account.
    pub const fn is_fleeting(&self) -> bool {
        self.directory.is_none()
    }

    /// Where the journal of a plan is, or would be.
    pub fn path(&self, plan: &str) -> Option<PathBuf> {
        self.directory.as_deref().map(|dir| files::path(dir, plan))
    }

    /// Begins the journal of a plan: locked, and the plan on disk when this returns. Blocking.
    ///
    /// # Errors
    /// When that cannot be done; then nothing may be sent.
    pub fn create(&self, plan: &Plan) -> Result<Journal> {
        let Some(directory) = &self.directory else {
            return Ok(Journal::nowhere());
        };
        let path = files::path(directory, &plan.id);
        let failed = |doing| {
            let path = path.clone();
            move |source| JournalError::Io {
                doing,
                path,
                source,
            }
        };
        files::make_directory(directory).map_err(failed("make the directory of"))?;
        let file = files::create(&path).map_err(failed("create"))?;
        file.lock().map_err(failed("lock"))?;
        let mut disk = (self.disk)(file);
        let mut line = Vec::new();
        Record::Plan(Box::new(plan.clone())).write(&mut line);
        disk.write(&line)
            .and_then(|()| disk.sync())
            .and_then(|()| files::sync_directory(directory))
            .map_err(failed("write the plan to"))?;
        Ok(Journal::on(path, disk))
    }

    /// Opens a journal to go on with its plan. A line that was cut in half at the end is dropped:
    /// its step was never taken. Blocking.
    ///
    /// # Errors
    /// When another process has it, it is not there, or it is damaged in the middle.
    pub fn open(&self, plan: &str) -> Result<(Journal, Replay)> {
        let missing = || JournalError::Missing(plan.to_owned());
        let path = self.path(plan).ok_or_else(missing)?;
        let failed = |doing| {
            let path = path.clone();
            move |source| JournalError::Io {
                doing,
                path,
                source,
            }
        };
        let file = match files::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing()),
            Err(error) => return Err(failed("open")(error)),
        };
        match files::lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked(plan.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
        }
        let mut reader = Reader::default();
        let whole = files::each_line(&file, |number, line| {
            Record::parse(line)
                .and_then(|record| reader.feed(record))
                .map_err(|reason| JournalError::Damaged {
                    path: path.clone(),
                    line: number,
                    reason,
                })
        })
        .map_err(failed("read"))??;
        let replay = reader.finish().ok_or_else(missing)?;
        files::cut(&file, whole).map_err(failed("cut the last line of"))?;
        Ok((Journal::on(path, (self.disk)(file)), replay))
    }

    /// The plans that are not finished, of an account and region, oldest first; those of an
    /// unknown account too. Journals that have ended lose their bodies here if their process could
    /// not see to it, and old ones are removed. Blocking.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn unfinished(
        &self,
        account: Option<&str>,
        region: &str,
        now: Timestamp,
    ) -> io::Result<Vec<Unfinished>> {
        let mut found = Vec::new();
        for path in self.paths()? {
            // A journal that cannot be read here says so when it is opened.
            let Ok(Some(plan)) = files::plan(&path) else {
                continue;
            };
            let Ok(file) = files::open(&path) else {
                continue;
            };
            let is_locked = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            let ended = if is_locked { None } else { files::end(&file)? };
            if let Some(ended) = ended.filter(|ended| ended.end == End::Complete) {
                let tidied = if now.duration_since(ended.at) > KEPT_FOR {
                    std::fs::remove_file(&path)
                } else {
                    files::strip(&path)
                };
                // Its plan is through: that it cannot be tidied must not hide the others.
                if let Err(error) = tidied {
                    tracing::warn!(%error, path = %path.display(), "a journal was not tidied");
                }
                continue;
            }
            let is_ours = plan.region == region
                && (account.is_none()
                    || plan.account.is_none()
                    || plan.account.as_deref() == account);
            if is_ours {
                found.push(Unfinished {
                    plan,
                    is_locked,
                    bytes: file.metadata()?.len(),
                });
            }
        }
        found.sort_by_key(|journal| journal.plan.created);
        Ok(found)
    }

    /// How far a plan has come: as its last run told when it ended, else by its journal, record
    /// by record. `None` when that cannot be read: opening it says why. Blocking.
    pub fn tally(&self, plan: &str) -> Option<Tally> {
        let file = files::open(&self.path(plan)?).ok()?;
        if let Some(ended) = files::end(&file).ok()? {
            return Some(ended.tally);
        }
        let mut reader = Reader::default();
        files::each_line(&file, |_, line| {
            Record::parse(line).and_then(|record| reader.feed(record))
        })
        .ok()?
        .ok()?;
        Some(reader.finish()?.ledger.tally(false))
    }

    /// The letters of a plan that stayed behind, also when it has ended and its file holds no more
    /// than what is told here. Blocking.
    ///
    /// # Errors
    /// When its journal cannot be read.
    pub fn failed(&self, plan: &str) -> io::Result<HashSet<Arc<str>>> {
        let mut failed = HashSet::new();
        if let Some(path) = self.path(plan) {
            files::each_line(&File::open(path)?, |_, line| -> io::Result<()> {
                if let Record::Failed { id, .. } = Record::parse(line).map_err(io::Error::other)? {
                    failed.insert(id);
                }
                Ok(())
            })??;
        }
        Ok(failed)
    }

    /// What any plan but this one has sent from a queue. Blocking.
    ///
    /// # Errors
    /// When a journal cannot be read: then nothing may be sent.
    pub fn tombstones(
        &self,
        source: &crate::domain::function::Arn,
        except: &str,
    ) -> Result<Tombstones> {
        let tombstones = Tombstones::of(self.directory.clone(), source.clone(), except);
        tombstones.refresh()?;
        Ok(tombstones)
    }

    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        self.directory
            .as_deref()
            .map_or_else(|| Ok(Vec::new()), files::journals)
    }
}

/// The journal of one plan, open for writing. Dropping it gives the lock back.
#[derive(Clone)]
pub struct Journal {
    place: Option<(Arc<Path>, Arc<writer::Writer>)>,
}

impl Journal {
    /// Keeps nothing: the demo account, and benchmarks of everything else.
    pub const fn nowhere() -> Self {
        Self { place: None }
    }

    fn on(path: PathBuf, disk: Box<dyn Disk>) -> Self {
        Self {
            place: Some((path.into(), Arc::new(writer::Writer::new(disk)))),
        }
    }

    /// Its file, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.place.as_ref().map(|(path, _)| &**path)
    }

    /// Adds records, in order, with the next ones that are persisted. For what may be lost in a
    /// crash without harm.
    pub fn append(&self, record: Record) {
        if let Some((_, writer)) = &self.place {
            writer.append(record);
        }
    }

    /// Adds records, in order. Ready when they, and all before them, are on disk.
    ///
    /// # Errors
    /// The first error of the disk, for ever: nothing after it is kept.
    pub fn persist(
        &self,
        records: Vec<Record>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let written = self
            .place
            .as_ref()
            .map(|(_, writer)| writer.persist(records));
        async move {
            match written {
                Some(written) => written.await,
                None => Ok(()),
            }
        }
    }

    /// Takes every body, handle and attribute out of the file of a plan that has ended. What was
    /// sent, failed or came back stays, as tombstones.
    ///
    /// # Errors
    /// When the file cannot be written anew; the next start tries again.
    pub async fn finish(self) -> io::Result<()> {
        self.persist(Vec::new()).await?;
        let Some((path, _)) = self.place else {
            return Ok(());
        };
        blocking(move || files::strip(&path))
            .await
            .unwrap_or_else(|| Err(io::Error::other("the program is ending")))
    }
}
