//! Tombstones: what other plans have sent from a queue. A letter that one of them sent is deleted
//! when it shows up again, never sent: an old handle's delete can succeed without deleting
//! (SQS API).
//!
//! They stand in the journals, and a second time in files of their own: of a damaged file every
//! line that is whole still counts.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{JournalError, Result, files};
use crate::domain::{
    checksum,
    function::Arn,
    redrive::{
        Key, Record, Target,
        record::{KeyMap, KeySet},
    },
};

/// What became of a letter in another plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which plan.
    pub plan: Arc<str>,
    /// Where it was sent; of a plan that has ended without knowing, that is not kept.
    pub to: Option<Arc<Target>>,
    /// The new message id or the request id; `None` while its outcome is unknown.
    pub sent_as: Option<Box<str>>,
}

/// The marks of one queue, from the journals of all processes of this machine.
#[derive(Debug, Clone)]
pub struct Tombstones {
    directory: Option<Arc<Path>>,
    source: Arn,
    except: Arc<str>,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    marks: KeyMap<Mark>,
    /// What an earlier send may have brought there whatever became of a later one.
    doubtful: KeySet,
    files: HashMap<PathBuf, Tail>,
    directory: Option<SystemTime>,
}

/// How far a file was read.
#[derive(Debug, Clone)]
struct Tail {
    inode: u64,
    bytes: u64,
    lines: checksum::Lines,
    /// The plan, when it is about our queue and not ours.
    plan: Option<Arc<str>>,
}

impl Tombstones {
    /// None, and none will come.
    pub fn nowhere() -> Self {
        Self::of(None, Arn::new(""), "")
    }

    pub(super) fn of(directory: Option<PathBuf>, source: Arn, except: &str) -> Self {
        Self {
            directory: directory.map(Into::into),
            source,
            except: except.into(),
            known: Arc::default(),
        }
    }

    /// What another plan did with a letter.
    pub fn get(&self, id: &str) -> Option<Mark> {
        let known = self.known();
        if known.marks.is_empty() {
            return None;
        }
        known.marks.get(&Key::of(id)).cloned()
    }

    /// Whether other processes have written since the last [`Tombstones::refresh`]. A few `stat`s.
    pub fn has_news(&self) -> bool {
        let Some(directory) = &self.directory else {
            return false;
        };
        let known = self.known();
        if known.directory.is_none() || modified(directory) != known.directory {
            return true;
        }
        known
            .files
            .iter()
            .filter(|(_, tail)| tail.plan.is_some())
            .any(|(path, tail)| {
                fs::metadata(path).map_or(true, |file| {
                    file.ino() != tail.inode || file.len() != tail.bytes
                })
            })
    }

    /// Reads what was written since the last time. Blocking.
    ///
    /// # Errors
    /// When a journal cannot be read.
    pub fn refresh(&self) -> Result<()> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let before = modified(directory);
        let sent = files::sent(directory);
        for directory in [directory, &*sent] {
            for path in files::journals(directory).map_err(failed(directory))? {
                let tail = self.known().files.get(&path).cloned();
                self.read(&path, tail)?;
            }
        }
        self.known().directory = before;
        Ok(())
    }

    fn read(&self, path: &Path, tail: Option<Tail>) -> Result<()> {
        let file = match File::open(path) {
            Ok(file) => file,
            // Removed meanwhile, as it was too old; or a link that leads nowhere, which
            // `Journals::left` names.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(path)(error)),
        };
        let metadata = file.metadata().map_err(failed(path))?;
        // Written anew: what it held is known, and what it holds is the same or less.
        let tail = tail.filter(|tail| tail.inode == metadata.ino() && tail.bytes <= metadata.len());
        let (plan, from, mut lines) = match tail {
            Some(tail) if tail.plan.is_none() || tail.bytes == metadata.len() => return Ok(()),
            Some(tail) => (tail.plan, tail.bytes, tail.lines),
            None => (self.plan_of(path), 0, checksum::Lines::default()),
        };
        let mut bytes = from;
        if let Some(plan) = &plan {
            let mut news = Vec::new();
            let mut reader = &file;
            reader.seek(SeekFrom::Start(from)).map_err(failed(path))?;
            bytes += files::each_line_from_here(
                &file,
                &mut lines,
                |_, line| -> std::result::Result<(), JournalError> {
                    if let Ok(line) = line
                        && is_about_sending(line)
                        && let Ok(record) = Record::parse(line)
                    {
                        news.push(record);
                    }
                    Ok(())
                },
            )
            .map_err(failed(path))??;
            let mut known = self.known();
            for record in news {
                known.mark(plan, record);
            }
        }
        let tail = Tail {
            inode: metadata.ino(),
            bytes,
            lines,
            plan,
        };
        self.known().files.insert(path.to_owned(), tail);
        Ok(())
    }

    /// The plan whose marks a file holds, when it is about our queue and not ours. One whose first
    /// line is damaged may be about any queue: no two messages have one id.
    fn plan_of(&self, path: &Path) -> Option<Arc<str>> {
        let plan = match files::plan(path) {
            Ok(plan) if plan.source == self.source => plan.id,
            Ok(_) => return None,
            Err(_) => path.file_stem()?.to_string_lossy().into_owned(),
        };
        (*plan != *self.except).then(|| plan.into())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn mark(&mut self, plan: &Arc<str>, record: Record) {
        match record {
            Record::Sending(sending) => {
                let to = Arc::new(sending.to);
                for letter in sending.letters {
                    self.marks.entry(Key::of(&letter.id)).or_insert(Mark {
                        plan: Arc::clone(plan),
                        to: Some(Arc::clone(&to)),
                        sent_as: None,
                    });
                }
            }
            Record::Sent(arrival) => {
                let to = Arc::new(arrival.to);
                for letter in arrival.letters {
                    let mark = Mark {
                        plan: Arc::clone(plan),
                        to: Some(Arc::clone(&to)),
                        sent_as: Some(letter.sent_as.into()),
                    };
                    self.marks.insert(Key::of(&letter.id), mark);
                }
            }
            Record::NotSent { ids, .. } => {
                for id in ids {
                    let key = Key::of(&id);
                    let is_open = self
                        .marks
                        .get(&key)
                        .is_some_and(|mark| mark.sent_as.is_none());
                    if is_open && !self.doubtful.contains(&key) {
                        self.marks.remove(&key);
                    }
                }
            }
            Record::Doubtful(ids) => {
                for id in ids {
                    let key = Key::of(&id);
                    self.doubtful.insert(key);
                    self.marks.entry(key).or_insert(Mark {
                        plan: Arc::clone(plan),
                        to: None,
                        sent_as: None,
                    });
                }
            }
            _ => {}
        }
    }
}

/// Whether a line may hold a mark: spares reading the bodies of the others.
fn is_about_sending(line: &[u8]) -> bool {
    [
        &b"{\"sending\""[..],
        b"{\"sent\"",
        b"{\"not_sent\"",
        b"{\"doubtful\"",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

fn modified(directory: &Path) -> Option<SystemTime> {
    fs::metadata(directory).ok()?.modified().ok()
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io {
        doing: "read",
        path: path.clone(),
        source,
    }
}
