//! The file operations behind journals. Blocking.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::domain::redrive::{Plan, Record, record::Ended};

const EXTENSION: &str = "jsonl";
/// The last record of a journal that has ended is found within this many bytes.
const TAIL: u64 = 64 * 1024;

pub(super) fn path(directory: &Path, plan: &str) -> PathBuf {
    directory.join(format!("{plan}.{EXTENSION}"))
}

pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = directory
        .ancestors()
        .take_while(|one| !one.as_os_str().is_empty() && !one.exists())
        .collect();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    for parent in missing.into_iter().filter_map(Path::parent) {
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        sync_directory(parent)?;
    }
    Ok(())
}

pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create_new(true)
        .append(true)
        .read(true)
        .mode(0o600)
        .open(path)
}

pub(super) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).read(true).open(path)
}

/// Makes sure that a new name in a directory is on disk too.
/// Locks a journal. Whoever lists journals holds one for a moment, and so does a child between
/// its fork and its exec: such a lock is waited for, one that a process works under is not.
pub(super) fn lock(file: &File) -> Result<(), TryLockError> {
    const TRIES: u32 = 10;
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            answer => return answer,
        }
    }
    file.try_lock()
}

pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The journals of a directory; none when there is no directory.
pub(super) fn journals(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == EXTENSION)
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Calls `each` with every whole line, counted from 1; gives the bytes they take. What follows
/// the last end of line was cut while it was written.
pub(super) fn each_line<E>(
    mut file: &File,
    each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> io::Result<Result<u64, E>> {
    file.seek(SeekFrom::Start(0))?;
    each_line_from_here(file, each)
}

/// As [`each_line`], from where the file stands.
pub(super) fn each_line_from_here<E>(
    file: &File,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> io::Result<Result<u64, E>> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    let mut bytes = 0;
    let mut number = 0;
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(Ok(bytes));
        }
        number += 1;
        if let Err(error) = each(number, &line) {
            return Ok(Err(error));
        }
        bytes += read as u64;
    }
}

/// Removes what was cut, so that the next line begins at a line's beginning.
pub(super) fn cut(file: &File, whole: u64) -> io::Result<()> {
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(())
}

/// The plan of a journal; `None` when its process died before it was written.
pub(super) fn plan(path: &Path) -> io::Result<Option<Plan>> {
    let mut line = Vec::new();
    BufReader::new(File::open(path)?).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    match Record::parse(&line) {
        Ok(Record::Plan(plan)) => Ok(Some(*plan)),
        Ok(_) => Err(io::Error::other("the first line is not a plan")),
        Err(reason) => Err(io::Error::other(reason)),
    }
}

/// How the last run ended, if it came to an end and none has begun since.
pub(super) fn end(mut file: &File) -> io::Result<Option<Ended>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let Some(lines) = tail.strip_suffix(b"\n") else {
        return Ok(None);
    };
    let last = lines.rsplit(|byte| *byte == b'\n').next().unwrap_or(lines);
    Ok(match Record::parse(last) {
        Ok(Record::Ended(ended)) => Some(ended),
        _ => None,
    })
}

/// Writes a journal anew without bodies, and puts it in the place of the old one.
pub(super) fn strip(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let temporary = path.with_extension("tmp");
    let _ = fs::remove_file(&temporary);
    let mut kept = BufWriter::new(create(&temporary)?);
    let mut line = Vec::new();
    let mut has_bodies = false;
    each_line(&file, |_, old| -> io::Result<()> {
        let record = Record::parse(old).map_err(io::Error::other)?;
        let holds_a_body = matches!(record, Record::Claimed(_));
        if let Some(record) = record.without_bodies() {
            line.clear();
            record.write(&mut line);
            has_bodies |= line.len() != old.len() + 1;
            kept.write_all(&line)?;
        } else {
            has_bodies |= holds_a_body;
        }
        Ok(())
    })??;
    if !has_bodies {
        return fs::remove_file(&temporary);
    }
    kept.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}
