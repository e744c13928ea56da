//! The private file that an editor works on: payloads and environment values in plain text, so it
//! goes with the edit whatever ends it, a kill at the next start.
//!
//! Each edit has a directory of its own, locked as long as its process lives. It is made in memory
//! where there is such a place (`/dev/shm` on Linux), else under the state directory.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{domain::secret::Secret, settings};

/// What a directory of ours is called.
const PREFIX: &str = "edit-";

/// Where scratch files may be made, the best place first.
#[derive(Debug, Clone)]
pub struct Places(Vec<PathBuf>);

impl Places {
    /// In memory if the system has such a place, else under this state directory.
    pub fn of(state: &Path) -> Self {
        let memory = Path::new("/dev/shm");
        let user = rustix::process::geteuid().as_raw();
        let memory = memory
            .is_dir()
            .then(|| memory.join(format!("lambdeck-{user}")));
        Self(memory.into_iter().chain([state.join("edit")]).collect())
    }

    /// Only this directory.
    pub fn only(directory: PathBuf) -> Self {
        Self(vec![directory])
    }

    /// Removes what killed processes left. What cannot be removed is told by its path.
    pub fn sweep(&self) -> Vec<String> {
        let mut stayed = Vec::new();
        for place in &self.0 {
            if !place.is_dir() {
                continue;
            }
            if let Err(error) = sweep(place, &mut stayed) {
                stayed.push(format!("{}: {error}", place.display()));
            }
        }
        stayed
    }
}

fn sweep(place: &Path, stayed: &mut Vec<String>) -> io::Result<()> {
    // Nobody makes a directory meanwhile: one that is not locked yet must not be taken.
    let place_lock = File::open(place)?;
    place_lock.lock()?;
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_ours || !entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        let is_in_use = File::open(&path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        if !is_in_use && let Err(error) = fs::remove_dir_all(&path) {
            stayed.push(format!("{}: {error}", path.display()));
        }
    }
    Ok(())
}

/// A private directory with one file, gone when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    directory: PathBuf,
    file: PathBuf,
    #[expect(dead_code, reason = "holds the lock")]
    lock: File,
}

impl Scratch {
    /// Writes a text to a file of this name (0600), at the first place that takes it.
    pub(super) fn new(places: &Places, name: &str, text: &Secret<String>) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for place in &places.0 {
            match Self::at(place, name, text) {
                Ok(scratch) => return Ok(scratch),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn at(place: &Path, name: &str, text: &Secret<String>) -> io::Result<Self> {
        settings::create_private_dir(place)?;
        let place_lock = File::open(place)?;
        place_lock.lock()?;
        let directory = place.join(format!(
            "{PREFIX}{}-{:08x}",
            std::process::id(),
            fastrand::u32(..)
        ));
        settings::create_private_dir(&directory)?;
        let lock = File::open(&directory)?;
        lock.lock()?;
        let scratch = Self {
            file: directory.join(name),
            directory,
            lock,
        };
        settings::create_private_file(&scratch.file)?.write_all(text.reveal().as_bytes())?;
        Ok(scratch)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_is_in_use_stays() {
        let root = tempfile::tempdir().expect("temporary directory");
        let places = Places::only(root.path().join("edit"));
        let text = Secret::new("TOKEN=plain".to_owned());
        let used = Scratch::new(&places, "alpha.env", &text).expect("made");
        let left = root.path().join("edit/edit-1-0000002a");
        fs::create_dir(&left).expect("made");
        fs::write(left.join("beta.env"), "TOKEN=plain").expect("written");
        assert_eq!(places.sweep(), Vec::<String>::new());
        assert!(!left.exists() && used.file().exists());
        drop(used);
        let entries = fs::read_dir(root.path().join("edit")).expect("there");
        assert_eq!(entries.count(), 0);
    }

    #[test]
    fn a_place_that_takes_no_file_is_passed_over() {
        let root = tempfile::tempdir().expect("temporary directory");
        let taken = root.path().join("taken");
        fs::write(&taken, "a file").expect("written");
        let places = Places(vec![taken, root.path().join("edit")]);
        let text = Secret::new("{}".to_owned());
        let scratch = Scratch::new(&places, "event.json", &text).expect("made");
        assert!(scratch.file().starts_with(root.path().join("edit")));
    }
}
