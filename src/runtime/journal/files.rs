//! The file operations behind journals. Blocking.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use super::Damaged;
use crate::{
    domain::{
        checksum::{self, Damage},
        redrive::{Plan, Record, record::Ended},
    },
    settings::{create_private_dir, keep_private},
};

const EXTENSION: &str = "jsonl";
/// The last record of a journal that has ended is found within this many bytes.
const TAIL: u64 = 64 * 1024;

pub(super) fn path(directory: &Path, plan: &str) -> PathBuf {
    directory.join(format!("{plan}.{EXTENSION}"))
}

/// Where what plans have sent stands a second time.
pub(super) fn sent(directory: &Path) -> PathBuf {
    directory.join("sent")
}

pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = directory
        .ancestors()
        .take_while(|one| !one.as_os_str().is_empty() && !one.exists())
        .collect();
    create_private_dir(directory)?;
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

/// Makes a file under another name first, so that one without a first line is never seen: such a
/// one is damaged. `begin` writes that line.
pub(super) fn begin<T>(path: &Path, begin: impl FnOnce(File) -> io::Result<T>) -> io::Result<T> {
    let temporary = path.with_extension("new");
    // Of a process that was killed in here.
    let _ = fs::remove_file(&temporary);
    let begun = create(&temporary).and_then(begin);
    let begun = begun.and_then(|begun| fs::rename(&temporary, path).map(|()| begun));
    if begun.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    begun
}

pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).read(true).open(path)?;
    keep_private(&file)?;
    Ok(file)
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

/// Calls `each` with every whole line, counted from 1, without its checksum; gives the bytes they
/// take. What follows the last end of line was cut while it was written.
pub(super) fn each_line<E>(
    mut file: &File,
    each: impl FnMut(u64, Result<&[u8], Damage>) -> Result<(), E>,
) -> io::Result<Result<u64, E>> {
    file.seek(SeekFrom::Start(0))?;
    each_line_from_here(file, &mut checksum::Lines::default(), each)
}

/// As [`each_line`], from where the file stands and after those lines.
pub(super) fn each_line_from_here<E>(
    file: &File,
    before: &mut checksum::Lines,
    mut each: impl FnMut(u64, Result<&[u8], Damage>) -> Result<(), E>,
) -> io::Result<Result<u64, E>> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    let mut bytes = 0;
    let mut number = 0;
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        number += 1;
        match line.pop() {
            Some(b'\n') => {}
            // A whole line whose end was changed into something else was not cut.
            Some(_) if before.ends_with_checksum(&line) => {
                if let Err(error) = each(number, Err(Damage::Mismatch)) {
                    return Ok(Err(error));
                }
                return Ok(Ok(bytes));
            }
            _ => return Ok(Ok(bytes)),
        }
        let object = before.take(&line);
        let answer = match &object {
            Ok(object) => each(number, Ok(object)),
            Err(damage) => each(number, Err(*damage)),
        };
        if let Err(error) = answer {
            return Ok(Err(error));
        }
        bytes += read as u64;
    }
}

/// Where a journal cannot be trusted first. Only its last line may be cut.
pub(super) fn damage(path: &Path, file: &File) -> io::Result<Option<Damaged>> {
    let mut lines = 0;
    let at = |line, reason: String| Damaged {
        path: path.to_owned(),
        line: Some(line),
        reason,
    };
    let checked = each_line(file, |number, line| {
        lines = number;
        match line {
            Ok(line) if number == 1 => first_line(line)
                .map(drop)
                .map_err(|reason| at(number, reason)),
            Ok(_) => Ok(()),
            Err(damage) => Err(at(number, damage.to_string())),
        }
    })?;
    Ok(match checked {
        Err(damaged) => Some(damaged),
        Ok(_) if lines == 0 => Some(at(1, "its plan is missing".to_owned())),
        Ok(_) => None,
    })
}

/// A path that is there and leads nowhere: a link to a file that is gone.
pub(super) fn leads_nowhere(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok() && !path.exists()
}

/// Removes what was cut, so that the next line begins at a line's beginning.
pub(super) fn cut(file: &File, whole: u64) -> io::Result<()> {
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(())
}

/// The plan of a journal.
pub(super) fn plan(path: &Path) -> io::Result<Plan> {
    let mut line = Vec::new();
    BufReader::new(File::open(path)?).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::Error::other("its plan is missing"));
    }
    first_line(&line).map_err(io::Error::other)
}

fn first_line(line: &[u8]) -> Result<Plan, String> {
    match Record::parse(line)? {
        Record::Plan(plan) => Ok(*plan),
        _ => Err("the first line is not a plan".to_owned()),
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
        let old = old.map_err(io::Error::other)?;
        let record = Record::parse(old).map_err(io::Error::other)?;
        let holds_a_body = matches!(record, Record::Claimed(_));
        let had_edits = matches!(&record, Record::Plan(plan) if plan.chosen().iter().any(|one| one.edited.is_some()));
        if let Some(record) = record.without_bodies() {
            line.clear();
            record.write(&mut line);
            has_bodies |= had_edits;
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
