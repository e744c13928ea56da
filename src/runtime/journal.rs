//! The journals of redrives: one file for each plan, written before every step that cannot be
//! taken back, and read again by whoever resumes it.
//!
//! Responsible for the files: 0600 in a 0700 directory, locked by the process that works on them,
//! synced before anybody is told that a record is kept, each line with a checksum. What cannot be
//! read is damaged, never finished. What records mean is
//! [`domain::redrive`](crate::domain::redrive)'s.
//!
//! What was sent stands in a second file too, in `sent/`, so that a damaged journal does not take
//! its tombstones along. That one is not synced: the journal is what survives a power cut.

mod files;
mod tombstones;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fmt,
    fs::{File, TryLockError},
    io::{self, Write as _},
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
    /// It is damaged: what it says cannot be trusted.
    #[error("{0}; nothing was sent. Keep the file, and look at the queues by hand")]
    Damaged(Damaged),
}

/// A journal that cannot be read to its end: its plan may have letters that were sent and not
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Which file.
    pub path: PathBuf,
    /// Counted from 1; `None` when the file cannot be opened at all.
    pub line: Option<u64>,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.line {
            Some(line) => write!(f, "{path} is damaged in line {line}: {}", self.reason),
            None => write!(f, "{path} cannot be read: {}", self.reason),
        }
    }
}

/// What earlier runs left, of an account and region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// The plans that are not finished, oldest first.
    pub unfinished: Vec<Unfinished>,
    /// The journals that cannot be read to their end. One whose plan is unreadable may be of any
    /// account.
    pub damaged: Vec<Damaged>,
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
        if path.exists() {
            let source = io::ErrorKind::AlreadyExists.into();
            return Err(failed("create")(source));
        }
        let mut line = Vec::new();
        Record::Plan(Box::new(plan.clone())).write(&mut line);
        let disk = files::begin(&path, |file| {
            file.lock()?;
            let mut disk = (self.disk)(file);
            disk.write(&line)?;
            disk.sync()?;
            Ok(disk)
        });
        let disk = disk
            .and_then(|disk| files::sync_directory(directory).map(|()| disk))
            .map_err(failed("write the plan to"))?;
        let sent = self.sent(plan).map_err(failed("write beside"))?;
        Ok(Journal::on(path, disk, sent))
    }

    /// The second file of what a plan sends, open to append to.
    fn sent(&self, plan: &Plan) -> io::Result<Option<File>> {
        let Some(directory) = &self.directory else {
            return Ok(None);
        };
        let directory = files::sent(directory);
        files::make_directory(&directory)?;
        let path = files::path(&directory, &plan.id);
        if files::plan(&path).is_err() {
            let mut plan = plan.clone();
            plan.forget_edits();
            let mut line = Vec::new();
            Record::Plan(Box::new(plan)).write(&mut line);
            files::begin(&path, |mut file| file.write_all(&line))?;
        }
        files::open(&path).map(Some)
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
            let fed = match line {
                Ok(line) => Record::parse(line).and_then(|record| reader.feed(record)),
                Err(damage) => Err(damage.to_string()),
            };
            fed.map_err(|reason| {
                JournalError::Damaged(Damaged {
                    path: path.clone(),
                    line: Some(number),
                    reason,
                })
            })
        })
        .map_err(failed("read"))??;
        let Some(replay) = reader.finish() else {
            return Err(JournalError::Damaged(Damaged {
                path: path.clone(),
                line: Some(1),
                reason: "its plan is missing".to_owned(),
            }));
        };
        files::cut(&file, whole).map_err(failed("cut the last line of"))?;
        let sent = self.sent(&replay.plan).map_err(failed("write beside"))?;
        Ok((Journal::on(path, (self.disk)(file), sent), replay))
    }

    /// What earlier runs left of an account and region; of an unknown account, of all. Journals
    /// that have ended lose their bodies here if their process could not see to it, and old ones
    /// are removed. Blocking.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn left(&self, account: Option<&str>, region: &str, now: Timestamp) -> io::Result<Left> {
        let mut left = Left::default();
        let is_ours = |plan: &Plan| {
            plan.region == region
                && (account.is_none()
                    || plan.account.is_none()
                    || plan.account.as_deref() == account)
        };
        for path in self.paths()? {
            match look(&path, now) {
                Ok(Some(one)) if is_ours(&one.plan) => left.unfinished.push(one),
                Ok(_) => {}
                // Removed meanwhile, as it was too old.
                Err(_) if std::fs::symlink_metadata(&path).is_err() => {}
                Err(damaged) => {
                    let is_foreign = files::plan(&path).is_ok_and(|plan| !is_ours(&plan));
                    if !is_foreign {
                        left.damaged.push(damaged);
                    }
                }
            }
        }
        self.forget_old(now)?;
        left.unfinished.sort_by_key(|journal| journal.plan.created);
        Ok(left)
    }

    /// Removes the tombstones that no queue can need any more.
    fn forget_old(&self, now: Timestamp) -> io::Result<()> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        for path in files::journals(&files::sent(directory))? {
            let modified = std::fs::metadata(&path).and_then(|file| file.modified());
            let modified = modified.ok().and_then(|at| Timestamp::try_from(at).ok());
            if modified.is_some_and(|at| now.duration_since(at) > KEPT_FOR) {
                // Another process may have done it.
                let _ = std::fs::remove_file(path);
            }
        }
        Ok(())
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
            let line = line.map_err(|damage| damage.to_string())?;
            Record::parse(line).and_then(|record| reader.feed(record))
        })
        .ok()?
        .ok()?;
        Some(reader.finish()?.ledger.tally(false))
    }

    /// The plan of a journal, of whatever account and region. Blocking.
    pub fn plan(&self, id: &str) -> Option<Plan> {
        files::plan(&self.path(id)?).ok()
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
                let line = line.map_err(io::Error::other)?;
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
    /// When a file cannot be read: then nothing may be sent.
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

/// One journal: unfinished, or nothing that is left to do.
fn look(path: &Path, now: Timestamp) -> std::result::Result<Option<Unfinished>, Damaged> {
    let unreadable = |error: io::Error| Damaged {
        path: path.to_owned(),
        line: None,
        reason: if files::leads_nowhere(path) {
            "it is a link to a file that is not there".to_owned()
        } else {
            error.to_string()
        },
    };
    let file = files::open(path).map_err(unreadable)?;
    let is_locked = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    if let Some(damaged) = files::damage(path, &file).map_err(unreadable)? {
        return Err(damaged);
    }
    let plan = files::plan(path).map_err(unreadable)?;
    let ended = if is_locked {
        None
    } else {
        files::end(&file).map_err(unreadable)?
    };
    if let Some(ended) = ended.filter(|ended| ended.end == End::Complete) {
        let tidied = if now.duration_since(ended.at) > KEPT_FOR {
            std::fs::remove_file(path)
        } else {
            files::strip(path)
        };
        // Its plan is through: that it cannot be tidied must not hide the others.
        if let Err(error) = tidied {
            tracing::warn!(%error, path = %path.display(), "a journal was not tidied");
        }
        return Ok(None);
    }
    Ok(Some(Unfinished {
        bytes: file.metadata().map_err(unreadable)?.len(),
        plan,
        is_locked,
    }))
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

    fn on(path: PathBuf, disk: Box<dyn Disk>, sent: Option<File>) -> Self {
        Self {
            place: Some((path.into(), Arc::new(writer::Writer::new(disk, sent)))),
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
