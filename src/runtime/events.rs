//! The files of saved events (`docs/architecture.md` §7): `<dir>/<function>/<name>.json` and
//! `<name>.toml`, in the project and in the user's data directory.
//!
//! Blocking: the runner calls it where blocking is allowed. A file is replaced by writing a new one
//! and renaming it, so that a reader never sees half of it; a file that changed on disk since it
//! was read is not overwritten unasked. Not responsible for what an event means (that is
//! [`saved_event`](crate::domain::saved_event)).

mod files;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use self::files::Access;
use crate::domain::{
    encoding,
    saved_event::{
        EventId, EventSettings, ListedEvent, Origin, Overwrite, SavedEvent, Stamp, StoredEvent,
        check_json,
        name::{NameError, check_name},
        settings::SettingsError,
    },
    secret::Secret,
};

/// A file above this is not read: no invoke takes more (Lambda quotas: 6 MB), with room for an
/// event that is about to be cut down.
const READ_LIMIT: u64 = 16 << 20;

/// The two places where saved events are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFiles {
    /// `.lambdeck/events` of the project.
    pub project_dir: PathBuf,
    /// `events` in the user's data directory.
    pub private_dir: PathBuf,
}

/// Why an event could not be listed, read or written. The text says which file and why.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The name cannot be a file name.
    #[error("{name:?} cannot be used: {why}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        why: NameError,
    },
    /// There is no such event.
    #[error("no saved event at {}", .0.display())]
    NotFound(PathBuf),
    /// An event, or settings left behind by one, are there already.
    #[error("{} exists already: choose another name", .0.display())]
    Exists(PathBuf),
    /// Somebody else wrote or removed it since it was read.
    #[error("{} {what} since it was read: read it again, or save over it", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// What happened to it.
        what: &'static str,
    },
    /// The payload is not UTF-8, so it is not JSON either.
    #[error("{} {what}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Larger than any payload.
    #[error("{} has {size} bytes, more than any payload", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// The file beside the payload cannot be used. Sending without it might be another invoke.
    #[error("{}: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: SettingsError,
    },
    /// The file system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// What an operation on files of events gives.
pub type Result<T> = std::result::Result<T, EventError>;

/// The two files of an event.
struct Paths {
    dir: PathBuf,
    payload: PathBuf,
    settings: PathBuf,
    access: Access,
}

/// The bytes of an event's files.
struct Raw {
    payload: Vec<u8>,
    settings: Option<Vec<u8>>,
}

impl EventFiles {
    /// The events of a function in both places, by name without regard to case, the project's
    /// first. A broken one is listed with its problem; other files are left alone.
    pub fn list(&self, function: &str) -> Result<Vec<ListedEvent>> {
        let mut events = Vec::new();
        for origin in [Origin::Project, Origin::Private] {
            self.list_origin(function, origin, &mut events)?;
        }
        events.sort_by_cached_key(|event| {
            (
                event.id.name.to_lowercase(),
                event.id.origin,
                event.id.name.clone(),
            )
        });
        Ok(events)
    }

    /// Reads an event. A payload that is not JSON is read all the same: it has to be mended.
    pub fn read(&self, function: &str, id: &EventId) -> Result<StoredEvent> {
        let paths = self.paths(function, id)?;
        let raw = read_raw(&paths)?;
        let stamp = raw.stamp();
        let payload = encoding::text(raw.payload).map_err(|what| EventError::NotText {
            path: paths.payload.clone(),
            what,
        })?;
        let settings = parse_settings(&paths.settings, raw.settings.as_deref())?;
        Ok(StoredEvent {
            event: SavedEvent {
                id: id.clone(),
                path: paths.payload,
                payload: Secret::new(payload),
                settings,
            },
            stamp,
        })
    }

    /// Writes an event that was read before, or any under [`Overwrite::Force`]. The settings' file
    /// is written only if it says something else than before, so that its comments survive an edit
    /// of the payload; it is removed when nothing is left to say.
    pub fn save(&self, function: &str, event: &SavedEvent, overwrite: Overwrite) -> Result<Stamp> {
        let paths = self.paths(function, &event.id)?;
        let on_disk = match read_raw(&paths) {
            Ok(raw) => Some(raw),
            Err(EventError::NotFound(_)) => None,
            Err(EventError::TooLarge { .. }) if overwrite == Overwrite::Force => None,
            Err(error) => return Err(error),
        };
        if let Overwrite::Unchanged(stamp) = overwrite {
            unchanged(&paths, on_disk.as_ref(), stamp)?;
        }
        let old_settings = on_disk.and_then(|raw| raw.settings);
        let says_the_same = parse_settings(&paths.settings, old_settings.as_deref())
            .is_ok_and(|settings| settings == event.settings);
        files::create_dir(&paths.dir, paths.access)?;
        // Settings first: a payload must never be sent in another way than the one saved with it.
        let settings = if says_the_same {
            old_settings
        } else {
            let text = event.settings.to_toml().map(String::into_bytes);
            match &text {
                Some(text) => files::replace(&paths.settings, text, paths.access)?,
                None => files::remove_if_there(&paths.settings)?,
            }
            text
        };
        let payload = event.payload.reveal().as_bytes();
        files::replace(&paths.payload, payload, paths.access)?;
        Ok(Stamp {
            payload: hash(payload),
            settings: settings.as_deref().map(hash),
        })
    }

    /// Makes a new event; never overwrites one.
    pub fn create(
        &self,
        function: &str,
        id: &EventId,
        payload: &Secret<String>,
        settings: &EventSettings,
    ) -> Result<StoredEvent> {
        let settings = settings.to_toml().map(String::into_bytes);
        let payload = payload.reveal().as_bytes();
        self.create_raw(function, id, payload, settings.as_deref())?;
        self.read(function, id)
    }

    /// Copies an event, byte for byte, to another name or place of the same function; never
    /// overwrites one.
    pub fn duplicate(&self, function: &str, from: &EventId, to: &EventId) -> Result<StoredEvent> {
        let raw = read_raw(&self.paths(function, from)?)?;
        self.create_raw(function, to, &raw.payload, raw.settings.as_deref())?;
        self.read(function, to)
    }

    /// Gives an event another name in its place; never overwrites one.
    pub fn rename(&self, function: &str, from: &EventId, name: &str) -> Result<EventId> {
        let to = EventId {
            name: name.to_owned(),
            origin: from.origin,
        };
        let (old, new) = (self.paths(function, from)?, self.paths(function, &to)?);
        if old.payload == new.payload {
            return Ok(to);
        }
        if !files::exists(&old.payload) {
            return Err(EventError::NotFound(old.payload));
        }
        let with_settings = files::exists(&old.settings);
        // Settings first, as in `save`: should the second step fail, the first is taken back.
        if with_settings {
            files::rename_new(&old.settings, &new.settings)?;
        } else if files::exists(&new.settings) {
            return Err(EventError::Exists(new.settings));
        }
        if let Err(error) = files::rename_new(&old.payload, &new.payload) {
            if with_settings {
                files::rename_new(&new.settings, &old.settings)?;
            }
            return Err(error);
        }
        Ok(to)
    }

    /// Removes an event with its settings, or settings that were left without one.
    pub fn delete(&self, function: &str, id: &EventId) -> Result<()> {
        let paths = self.paths(function, id)?;
        let found = [&paths.payload, &paths.settings].map(|path| files::exists(path));
        if found == [false, false] {
            return Err(EventError::NotFound(paths.payload));
        }
        files::remove_if_there(&paths.payload)?;
        files::remove_if_there(&paths.settings)
    }

    /// Where the events of a function are kept.
    pub fn dir(&self, function: &str, origin: Origin) -> PathBuf {
        let root = match origin {
            Origin::Project => &self.project_dir,
            Origin::Private => &self.private_dir,
        };
        root.join(dir_name(function))
    }

    fn paths(&self, function: &str, id: &EventId) -> Result<Paths> {
        check_name(&id.name).map_err(|why| EventError::Name {
            name: id.name.clone(),
            why,
        })?;
        let dir = self.dir(function, id.origin);
        Ok(Paths {
            payload: dir.join(format!("{}.json", id.name)),
            settings: dir.join(format!("{}.toml", id.name)),
            dir,
            access: match id.origin {
                Origin::Project => Access::Shared,
                Origin::Private => Access::OwnerOnly,
            },
        })
    }

    fn create_raw(
        &self,
        function: &str,
        id: &EventId,
        payload: &[u8],
        settings: Option<&[u8]>,
    ) -> Result<()> {
        let paths = self.paths(function, id)?;
        if let Some(taken) = [&paths.payload, &paths.settings]
            .into_iter()
            .find(|path| files::exists(path))
        {
            return Err(EventError::Exists(taken.clone()));
        }
        files::create_dir(&paths.dir, paths.access)?;
        if let Some(settings) = settings {
            files::create_new(&paths.settings, settings, paths.access)?;
        }
        if let Err(error) = files::create_new(&paths.payload, payload, paths.access) {
            if settings.is_some() {
                files::remove_if_there(&paths.settings)?;
            }
            return Err(error);
        }
        Ok(())
    }

    fn list_origin(
        &self,
        function: &str,
        origin: Origin,
        events: &mut Vec<ListedEvent>,
    ) -> Result<()> {
        let dir = self.dir(function, origin);
        let failed = |source| files::failed("list", &dir, source);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let hidden = path
                .file_name()
                .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            if hidden || path.is_dir() {
                continue;
            }
            let extension = path.extension().and_then(OsStr::to_str);
            let problem = match extension {
                Some("json") => None,
                Some("toml") if !files::exists(&path.with_extension("json")) => {
                    Some("settings without a payload beside them".to_owned())
                }
                _ => continue,
            };
            events.push(self.listed(function, origin, path, problem));
        }
        Ok(())
    }

    fn listed(
        &self,
        function: &str,
        origin: Origin,
        path: PathBuf,
        problem: Option<String>,
    ) -> ListedEvent {
        let stem = path.file_stem().unwrap_or_default();
        let id = EventId {
            name: stem.to_string_lossy().into_owned(),
            origin,
        };
        let problem = problem.or_else(|| {
            if stem.to_str().is_none() {
                return Some("its file name is not UTF-8: rename it".to_owned());
            }
            match self.read(function, &id) {
                Ok(stored) => {
                    let payload = check_json(stored.event.payload.reveal());
                    let settings = stored.event.settings.check();
                    payload
                        .err()
                        .map(|error| error.to_string())
                        .or_else(|| settings.err().map(|error| error.to_string()))
                }
                Err(error) => Some(error.to_string()),
            }
        });
        ListedEvent {
            id,
            size: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            path,
            problem,
        }
    }
}

impl Raw {
    fn stamp(&self) -> Stamp {
        Stamp {
            payload: hash(&self.payload),
            settings: self.settings.as_deref().map(hash),
        }
    }
}

fn read_raw(paths: &Paths) -> Result<Raw> {
    Ok(Raw {
        payload: files::read(&paths.payload, READ_LIMIT)?
            .ok_or_else(|| EventError::NotFound(paths.payload.clone()))?,
        settings: files::read(&paths.settings, READ_LIMIT)?,
    })
}

fn parse_settings(path: &Path, bytes: Option<&[u8]>) -> Result<EventSettings> {
    let Some(bytes) = bytes else {
        return Ok(EventSettings::default());
    };
    let text = str::from_utf8(bytes).map_err(|_| EventError::NotText {
        path: path.to_owned(),
        what: encoding::kind(bytes),
    })?;
    EventSettings::from_toml(text).map_err(|why| EventError::Settings {
        path: path.to_owned(),
        why,
    })
}

fn unchanged(paths: &Paths, on_disk: Option<&Raw>, stamp: Stamp) -> Result<()> {
    let conflict = |path: &PathBuf, what| {
        Err(EventError::Conflict {
            path: path.clone(),
            what,
        })
    };
    let Some(now) = on_disk.map(Raw::stamp) else {
        return conflict(&paths.payload, "was removed");
    };
    if now.payload != stamp.payload {
        return conflict(&paths.payload, "was changed");
    }
    match (stamp.settings, now.settings) {
        (before, after) if before == after => Ok(()),
        (Some(_), None) => conflict(&paths.settings, "was removed"),
        (None, _) => conflict(&paths.settings, "was added"),
        _ => conflict(&paths.settings, "was changed"),
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A function's name as the name of a directory: what AWS allows stays, the rest is
/// percent-encoded.
fn dir_name(function: &str) -> String {
    let mut name = String::with_capacity(function.len());
    for &byte in function.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    name
}

#[cfg(test)]
mod tests;
