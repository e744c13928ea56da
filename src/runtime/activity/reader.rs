//! Reading the log from its end: block by block, line by line, the two lines of an intention
//! joined. Only what is wanted is held.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use jiff::{SignedDuration, Timestamp};

use super::{Ask, Entry};
use crate::domain::{
    activity::{BadLine, Log, Write},
    checksum,
};

/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;
/// No entry is longer; what is, is not kept.
const LONGEST: usize = 1 << 20;
/// Bad lines that are named.
const NAMED: usize = 20;
/// Clocks of processes, and one that was set back, may be this far apart.
const CLOCKS: SignedDuration = SignedDuration::from_hours(24);

/// Reads writes from a file.
pub(super) fn read_file(
    path: &Path,
    ask: &Ask,
    is_running: impl Fn(&Entry) -> bool,
) -> io::Result<Log> {
    let file = match File::open(path) {
        Ok(file) => file,
        // A link to nowhere is not an empty log.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            return Ok(Log::default());
        }
        Err(error) => return Err(error),
    };
    // Nobody is in the middle of a line while this is held.
    file.lock_shared()?;
    let end = file.metadata()?.len();
    file.unlock()?;
    let mut join = Join::new(ask, is_running);
    let mut bad: Vec<(u64, bool)> = Vec::new();
    let mut count = 0;
    let mut lines = Backwards::new(&file, end);
    while let Some(line) = lines.next_line()? {
        if line.text.is_some_and(<[u8]>::is_empty) {
            continue;
        }
        let entry: Option<Entry> = line
            .text
            .and_then(|text| checksum::take(text).ok())
            .and_then(|text| serde_json::from_slice(&text).ok());
        let Some(entry) = entry else {
            count += 1;
            if bad.len() < NAMED {
                bad.push((line.start, line.is_cut));
            }
            continue;
        };
        if !join.take(entry) {
            join.log.has_more = true;
            break;
        }
    }
    let mut log = join.finish();
    log.bad = count;
    log.bad_lines = numbered(&file, bad)?;
    Ok(log)
}

/// The same from entries, the newest first.
pub(super) fn read_entries(entries: impl Iterator<Item = Entry>, ask: &Ask) -> Log {
    // They are of this process, which is there.
    let mut join = Join::new(ask, |_| true);
    for entry in entries {
        if !join.take(entry) {
            join.log.has_more = true;
            break;
        }
    }
    join.finish()
}

/// Joins the lines of intentions.
struct Join<'a, R> {
    ask: &'a Ask,
    is_running: R,
    log: Log,
    /// Completed, and where: the intention says when it began if the completion does not.
    ended: HashMap<String, usize>,
    /// Completed, and not kept.
    left_out: HashSet<String>,
}

impl<'a, R: Fn(&Entry) -> bool> Join<'a, R> {
    fn new(ask: &'a Ask, is_running: R) -> Self {
        Self {
            ask,
            is_running,
            log: Log::default(),
            ended: HashMap::new(),
            left_out: HashSet::new(),
        }
    }

    /// Takes the next older line; `false` when no more are wanted.
    fn take(&mut self, entry: Entry) -> bool {
        if let Some(&place) = self.ended.get(&entry.id) {
            let write = &mut self.log.writes[place];
            write.began = write.began.min(entry.at);
            return true;
        }
        if self.left_out.contains(&entry.id) {
            return true;
        }
        let is_old = |at: Timestamp, by| self.ask.since.is_some_and(|since| at + by < since);
        if is_old(entry.at, CLOCKS) {
            return false;
        }
        if self
            .ask
            .limit
            .is_some_and(|limit| self.log.writes.len() >= limit)
        {
            return false;
        }
        let write = Write::of(entry, &self.is_running);
        let id = write.entry.id.clone();
        let is_new = self.ask.until.is_some_and(|until| write.began > until);
        let is_old = is_old(write.latest(), SignedDuration::ZERO);
        if is_new || is_old || !self.ask.filter.keeps(&write) {
            self.left_out.insert(id);
            return true;
        }
        self.ended.insert(id, self.log.writes.len());
        self.log.writes.push(write);
        true
    }

    fn finish(mut self) -> Log {
        self.log
            .writes
            .sort_by_key(|write| std::cmp::Reverse(write.began));
        self.log
    }
}

/// A line, and where it stands.
struct Line<'a> {
    start: u64,
    /// It has no end.
    is_cut: bool,
    /// `None` when it is longer than any entry.
    text: Option<&'a [u8]>,
}

/// The lines of a file from its end.
struct Backwards<'a> {
    file: &'a File,
    /// Where what was read begins.
    from: u64,
    /// What was read and not given out yet.
    held: Vec<u8>,
    /// The line that was given out, in `held`, to be dropped.
    given: Option<usize>,
    /// The line being read is too long: its end was dropped.
    is_long: bool,
    /// The last line has no end.
    is_cut: bool,
    is_first: bool,
}

impl<'a> Backwards<'a> {
    fn new(file: &'a File, end: u64) -> Self {
        Self {
            file,
            from: end,
            held: Vec::new(),
            given: None,
            is_long: false,
            is_cut: false,
            is_first: true,
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        if let Some(kept) = self.given.take() {
            self.held.truncate(kept);
        }
        if self.is_first {
            self.is_first = false;
            if self.from == 0 {
                return Ok(None);
            }
            self.read_block()?;
            self.is_cut = self.held.last() != Some(&b'\n');
            if !self.is_cut {
                self.held.pop();
            }
        } else if self.from == 0 && self.held.is_empty() && !self.is_long {
            return Ok(None);
        }
        let is_cut = std::mem::take(&mut self.is_cut);
        loop {
            if let Some(end) = memchr::memrchr(b'\n', &self.held) {
                return Ok(Some(self.give(end, end + 1, is_cut)));
            }
            if self.from == 0 {
                return Ok(Some(self.give(0, 0, is_cut)));
            }
            if self.held.len() > LONGEST {
                self.held.clear();
                self.is_long = true;
            }
            self.read_block()?;
        }
    }

    fn give(&mut self, kept: usize, start: usize, is_cut: bool) -> Line<'_> {
        self.given = Some(kept);
        let is_long = std::mem::take(&mut self.is_long);
        Line {
            start: self.from + start as u64,
            is_cut,
            text: (!is_long).then(|| &self.held[start..]),
        }
    }

    fn read_block(&mut self) -> io::Result<()> {
        let length = self.from.min(BLOCK as u64);
        self.from -= length;
        let mut block = vec![0; length as usize];
        self.file.seek(SeekFrom::Start(self.from))?;
        self.file.read_exact(&mut block)?;
        block.append(&mut self.held);
        self.held = block;
        Ok(())
    }
}

/// The numbers of the lines that begin at these places.
fn numbered(mut file: &File, mut bad: Vec<(u64, bool)>) -> io::Result<Vec<BadLine>> {
    let mut lines = Vec::with_capacity(bad.len());
    let (mut at, mut newlines) = (0, 0);
    let mut block = vec![0; BLOCK];
    file.seek(SeekFrom::Start(0))?;
    bad.reverse();
    for (start, is_cut) in bad {
        while at < start {
            let wanted = (start - at).min(BLOCK as u64) as usize;
            file.read_exact(&mut block[..wanted])?;
            newlines += memchr::memchr_iter(b'\n', &block[..wanted]).count() as u64;
            at += wanted as u64;
        }
        lines.push(BadLine {
            line: newlines + 1,
            is_cut,
        });
    }
    lines.reverse();
    Ok(lines)
}
