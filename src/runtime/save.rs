//! A new file that the user asked for: only this user can read it, nothing is overwritten, and half
//! a file is taken away again. Blocking.

use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use crate::settings::create_private_file;

/// Writes a file, and gives its path and what `content` counted.
///
/// # Errors
/// Why it could not be written, in one line.
pub fn new_file(
    path: PathBuf,
    content: impl FnOnce(&mut dyn io::Write) -> io::Result<usize>,
) -> Result<(PathBuf, usize), String> {
    let path = at_home(path);
    let shown = path.display();
    let file = create_private_file(&path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{shown} exists already: give another name"),
        io::ErrorKind::NotFound => {
            format!("{shown} cannot be written: its directory does not exist")
        }
        _ => format!("{shown} cannot be written: {error}"),
    })?;
    let mut out = BufWriter::with_capacity(1 << 16, &file);
    let written = content(&mut out).and_then(|count| {
        out.flush()?;
        file.sync_all()?;
        Ok(count)
    });
    match written {
        Ok(count) => Ok((path, count)),
        Err(error) => {
            let _ = fs::remove_file(&path);
            Err(format!("{shown} was not written: {error}"))
        }
    }
}

/// `~/` as a shell reads it.
pub fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => Path::new(&home).join(rest),
        _ => path,
    }
}
