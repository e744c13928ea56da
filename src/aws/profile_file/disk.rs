//! Reads the two files from the disk, or says why not.

use std::{
    fs,
    io::{ErrorKind, Read as _},
    path::Path,
};

/// No file of this kind is larger; a larger one is something else.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// In words that follow its path.
    pub(super) cause: String,
    /// Whether it is there at all. In a folder that may not be entered (a container whose `HOME`
    /// is another user's) nobody can tell, and the AWS CLI goes on without.
    pub(super) is_there: bool,
}

/// The text of a file. One that is not there is empty, as for the AWS CLI.
///
/// # Errors
/// Why it was not read.
pub(super) fn read(path: &Path) -> Result<String, Unread> {
    let there = |cause: String| Unread {
        cause,
        is_there: true,
    };
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match fs::symlink_metadata(path) {
                Ok(_) => Err(there("is a link to a file that is not there".to_owned())),
                Err(_) => Ok(String::new()),
            };
        }
        // `HOME=/dev/null`: nothing can lie there.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(String::new()),
        Err(error) => {
            return Err(Unread {
                cause: unreadable(&error),
                is_there: false,
            });
        }
    };
    if about.is_dir() {
        return Err(there("is a folder, not a file".to_owned()));
    }
    if !about.is_file() {
        // `/dev/null` is the usual way to say «no file». Of anything else (a pipe) the AWS CLI
        // takes no notice either, and reading it could wait for ever.
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| there(unreadable(&error)))?;
    if bytes.len() as u64 > LARGEST {
        let cause = "is larger than 4 MiB, so it cannot be what it should be";
        return Err(there(cause.to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        there(format!("is not UTF-8 text (line {line})"))
    })
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_empty_and_an_unreadable_one_says_why() {
        let home = tempfile::tempdir().expect("a directory");
        let at = |name: &str| home.path().join(name);
        assert_eq!(read(&at("none")), Ok(String::new()));
        assert_eq!(read(Path::new("/dev/null")), Ok(String::new()));
        let why = |name: &str| read(&at(name)).expect_err("unreadable").cause;
        fs::create_dir(at("folder")).expect("a folder");
        assert!(why("folder").contains("folder"));
        fs::write(at("latin"), b"[default]\n# caf\xe9\n").expect("a file");
        assert_eq!(why("latin"), "is not UTF-8 text (line 2)");
        assert_eq!(read(&at("latin/config")), Ok(String::new()));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("none"), at("dangling")).expect("a link");
            assert!(why("dangling").contains("link"));
        }
    }
}
