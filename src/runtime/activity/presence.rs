//! Which processes are there: a locked file for each that writes, so that an intention without a
//! completion is told from one that is under way. The system gives the lock back whatever the
//! process dies of.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::settings::create_private_dir;

/// This process, and where the others are seen.
#[derive(Debug)]
pub(super) struct Presence {
    id: String,
    directory: PathBuf,
    /// Held as long as the process lives; `None` when it cannot be shown.
    shown: OnceLock<Option<File>>,
}

impl Presence {
    /// The processes that write this log.
    pub(super) fn beside(log: &Path) -> Self {
        Self {
            id: format!("{:016x}", fastrand::u64(..)),
            directory: log.with_file_name("running"),
            shown: OnceLock::new(),
        }
    }

    /// Shows that this process is there, and gives its name. That it cannot be shown is no reason
    /// not to write: its intentions then count as left behind until they are completed.
    pub(super) fn show(&self) -> Option<&str> {
        let shown = self.shown.get_or_init(|| {
            let file = self.make();
            if let Err(error) = &file {
                tracing::warn!(%error, "this process cannot be shown to others");
            }
            file.ok()
        });
        shown.as_ref().map(|_| self.id.as_str())
    }

    /// Whether the process of this name is there.
    pub(super) fn is_running(&self, process: Option<&str>) -> bool {
        let Some(process) = process.filter(|name| is_name(name)) else {
            return false;
        };
        process == self.id || is_held(&self.directory.join(process))
    }

    fn make(&self) -> io::Result<File> {
        create_private_dir(&self.directory)?;
        self.sweep()?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.directory.join(&self.id))?;
        file.lock()?;
        Ok(file)
    }

    /// Takes away what killed processes left.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if !is_held(&path) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.shown.get().is_some_and(Option::is_some) {
            let _ = fs::remove_file(self.directory.join(&self.id));
        }
    }
}

/// A name that comes from the log must lead nowhere else.
fn is_name(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
