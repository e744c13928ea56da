//! The file operations behind saved events: bounded reads, writing by rename, creating and
//! renaming without ever overwriting.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{EventError, Result};

/// Who may read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever the umask lets.
    Shared,
    /// The user alone: files 0600, directories 0700.
    OwnerOnly,
}

pub(super) fn failed(doing: &'static str, path: &Path, source: io::Error) -> EventError {
    EventError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// Whether anything is there, a dangling link too.
pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The whole file, `None` when it is not there.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    // Checked before it is opened: opening a pipe would wait for its writer.
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > limit => {
            return Err(EventError::TooLarge {
                path: path.to_owned(),
                size: metadata.len(),
            });
        }
        Ok(metadata) if !metadata.is_file() => {
            let source = io::Error::other("it is not a regular file");
            return Err(failed("read", path, source));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && !exists(path) => return Ok(None),
        Err(error) => return Err(failed("read", path, error)),
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| failed("read", path, error))?;
    Ok(Some(bytes))
}

pub(super) fn create_dir(dir: &Path, access: Access) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    if access == Access::OwnerOnly {
        builder.mode(0o700);
    }
    builder
        .create(dir)
        .map_err(|error| failed("create the directory", dir, error))
}

/// Puts a file with these bytes in the place of whatever is there. A shared file keeps its mode.
pub(super) fn replace(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let temporary = Temporary::write(path, bytes, access)?;
    if access == Access::Shared
        && let Ok(metadata) = fs::metadata(path)
    {
        // Losing the mode is no reason to lose the edit.
        let _ = fs::set_permissions(&temporary.0, metadata.permissions());
    }
    fs::rename(&temporary.0, path).map_err(|error| failed("write", path, error))?;
    sync_dir(path);
    Ok(())
}

/// Makes a file with these bytes.
pub(super) fn create_new(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let temporary = Temporary::write(path, bytes, access)?;
    rename_new(&temporary.0, path)
}

/// Renames a file; fails when there is something at `to`.
pub(super) fn rename_new(from: &Path, to: &Path) -> Result<()> {
    // Where case does not count, `a` and `A` are one file that may be renamed.
    if same_file(from, to) {
        return fs::rename(from, to).map_err(|error| failed("rename", from, error));
    }
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).map_err(|error| failed("remove", from, error))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(EventError::Exists(to.to_owned()));
        }
        // A file system without hard links: reserve the name, then rename over it.
        Err(_) => {
            File::create_new(to).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => EventError::Exists(to.to_owned()),
                _ => failed("write", to, error),
            })?;
            fs::rename(from, to).map_err(|error| failed("rename", from, error))?;
        }
    }
    sync_dir(to);
    Ok(())
}

pub(super) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, error)),
        _ => Ok(()),
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    let equal_but_for_case = a.as_os_str().eq_ignore_ascii_case(b.as_os_str());
    equal_but_for_case
        && match (fs::symlink_metadata(a), fs::symlink_metadata(b)) {
            (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
            _ => false,
        }
}

/// Makes a rename durable where the file system needs it; where it cannot, the rename still holds
/// for every reader.
fn sync_dir(path: &Path) {
    if let Some(dir) = path.parent() {
        let _ = File::open(dir).and_then(|dir| dir.sync_all());
    }
}

/// A hidden file beside the one it will become; removed unless it was renamed.
struct Temporary(PathBuf);

impl Temporary {
    fn write(path: &Path, bytes: &[u8], access: Access) -> Result<Self> {
        let (temporary, mut file) = Self::open(path, access)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| failed("write", path, error))?;
        Ok(temporary)
    }

    fn open(path: &Path, access: Access) -> Result<(Self, File)> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if access == Access::OwnerOnly {
            options.mode(0o600);
        }
        loop {
            let name = format!(
                ".lambdeck-{}-{}.tmp",
                std::process::id(),
                NEXT.fetch_add(1, Ordering::Relaxed)
            );
            let temporary = path.with_file_name(name);
            match options.open(&temporary) {
                Ok(file) => return Ok((Self(temporary), file)),
                // Left by a process that died, or in use by one of this number in another
                // container: take the next.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("write", path, error)),
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already if it was renamed.
        let _ = fs::remove_file(&self.0);
    }
}
