//! A new file that the user asked for: only this user can read it, nothing is overwritten, and half
//! a file is taken away again. Blocking.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use crate::settings::create_private_file;

/// A file that is being written.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    out: BufWriter<File>,
}

impl NewFile {
    /// Creates it.
    ///
    /// # Errors
    /// Why it could not be, in one line.
    pub fn create(path: PathBuf) -> Result<Self, String> {
        let path = at_home(path);
        let shown = path.display();
        let file = create_private_file(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{shown} exists already: give another name"),
            io::ErrorKind::NotFound => {
                format!("{shown} cannot be written: its directory does not exist")
            }
            _ => format!("{shown} cannot be written: {error}"),
        })?;
        let out = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { path, out })
    }

    /// Ends it after everything was `written`; without that it is taken away.
    ///
    /// # Errors
    /// Why it was not written, in one line.
    pub fn end<T>(mut self, written: io::Result<T>) -> Result<(PathBuf, T), String> {
        let written = written.and_then(|done| {
            self.out.flush()?;
            self.out.get_ref().sync_all()?;
            Ok(done)
        });
        match written {
            Ok(done) => Ok((self.path, done)),
            Err(error) => {
                let _ = fs::remove_file(&self.path);
                Err(format!("{} was not written: {error}", self.path.display()))
            }
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a file, and gives its path and what `content` counted.
///
/// # Errors
/// Why it could not be written, in one line.
pub fn new_file(
    path: PathBuf,
    content: impl FnOnce(&mut dyn io::Write) -> io::Result<usize>,
) -> Result<(PathBuf, usize), String> {
    let mut file = NewFile::create(path)?;
    let written = content(&mut file);
    file.end(written)
}

/// `~/` as a shell reads it.
pub fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path,
    }
}
