//! Where lambdeck keeps its files, and how it writes them: directories 0700, files 0600, replaced in one step.
//!
//! The directories follow XDG on macOS too. What stands in the files is not decided here.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// lambdeck's own directories. None of them needs to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `$XDG_CONFIG_HOME/lambdeck`: written by the user, only read by us.
    pub config: PathBuf,
    /// `$XDG_STATE_HOME/lambdeck`: activity, journals, the log.
    pub state: PathBuf,
    /// `$XDG_CACHE_HOME/lambdeck`: kept lists; may be deleted at any time.
    pub cache: PathBuf,
    /// `$XDG_DATA_HOME/lambdeck`: private saved events.
    pub data: PathBuf,
    /// `.lambdeck` where the program was started: what a project shares.
    pub project: PathBuf,
}

impl Paths {
    /// The directories under one root, for tests and demonstrations.
    pub fn under(root: &Path) -> Paths {
        Paths {
            config: root.join("config"),
            state: root.join("state"),
            cache: root.join("cache"),
            data: root.join("data"),
            project: root.join("project/.lambdeck"),
        }
    }

    /// `config.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The user's keymap file of that name (see [`super::Settings::keymap`]).
    pub fn keymap_file(&self, name: &str) -> PathBuf {
        self.config.join(name)
    }

    /// The activity log of this machine.
    pub fn activity_file(&self) -> PathBuf {
        self.state.join("activity").join("activity.jsonl")
    }

    /// The directory of the journals of redrives.
    pub fn journals(&self) -> PathBuf {
        self.state.join("journal")
    }

    /// The program's own log.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("log").join("lambdeck.log")
    }

    /// The saved events of the project.
    pub fn project_events(&self) -> PathBuf {
        self.project.join("events")
    }

    /// The saved events that only this user sees.
    pub fn private_events(&self) -> PathBuf {
        self.data.join("events")
    }

    /// The directory of the user's themes.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }
}

/// Creates a directory of ours, and its parents, for this user only; one that exists with wider permissions is narrowed.
///
/// # Errors
/// As [`std::fs::create_dir_all`], and when it belongs to another user: whoever owns it can read and replace what is in it.
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    if is_wider(&std::fs::metadata(dir)?)? {
        std::fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Narrows an open file of ours that others can read or write.
///
/// # Errors
/// When it belongs to another user, or cannot be changed.
pub fn keep_private(file: &File) -> io::Result<()> {
    if is_wider(&file.metadata()?)? {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Whether others may use it.
fn is_wider(metadata: &Metadata) -> io::Result<bool> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("it belongs to another user (uid {})", metadata.uid()),
        ));
    }
    Ok(metadata.permissions().mode() & 0o077 != 0)
}

/// Creates a file that only this user can read.
///
/// # Errors
/// As [`File::create_new`]; a file that exists is an error, never overwritten.
pub fn create_private_file(file: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
}

/// Opens a file to append to, created if need be; only this user can read it, even if it existed with wider permissions.
///
/// # Errors
/// As [`OpenOptions::open`], and when it belongs to another user.
pub fn append_private_file(file: &Path) -> io::Result<File> {
    let handle = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)?;
    keep_private(&handle)?;
    Ok(handle)
}

/// Replaces a file in one step (0600): a reader, or a crash, sees the old content or the new, never a part.
///
/// Its directory is created if need be. Several processes may do this at once; the last one wins.
///
/// # Errors
/// The old file stays as it was when the disk is full or the directory cannot be written.
pub fn write_atomically(file: &Path, content: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let (Some(dir), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the path of a file",
        ));
    };
    create_private_dir(dir)?;
    let temporary = dir.join(format!(
        ".{}.{}.{}.tmp",
        name.to_string_lossy(),
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed),
    ));
    let written = create_private_file(&temporary).and_then(|mut handle| {
        handle.write_all(content)?;
        handle.sync_all()?;
        std::fs::rename(&temporary, file)
    });
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
        return written;
    }
    // Not every file system can sync a directory; the rename itself has succeeded.
    let _ = File::open(dir).and_then(|dir| dir.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn directories_and_files_are_private() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        create_private_dir(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
        std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        create_private_dir(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);

        let file = dir.join("f");
        create_private_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(
            create_private_file(&file).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );

        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        append_private_file(&file).unwrap().write_all(b"1").unwrap();
        append_private_file(&file).unwrap().write_all(b"2").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(std::fs::read(&file).unwrap(), b"12");
    }

    #[test]
    fn a_file_is_replaced_in_one_step_and_nothing_is_left_behind() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("cache/list.json");
        write_atomically(&file, b"old").unwrap();
        write_atomically(&file, b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(mode(&file), 0o600);
        assert_eq!(
            std::fs::read_dir(file.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn a_failed_write_leaves_the_old_state() {
        let root = tempfile::tempdir().unwrap();
        let taken = root.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("inside"), b"x").unwrap();
        assert!(
            write_atomically(&taken, b"new").is_err(),
            "a directory stands in the way"
        );
        assert_eq!(
            std::fs::read_dir(root.path()).unwrap().count(),
            1,
            "no temporary file stays"
        );
        assert!(write_atomically(Path::new("/"), b"").is_err());
    }
}
