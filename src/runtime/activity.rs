//! The activity log: one line for each confirmed write, written before its first call and
//! completed after (design §4.3).
//!
//! A file of JSON lines, 0600, appended under a lock, so that several processes may share it.
//! Payloads and environment values never enter it: an entry holds size and hash.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line: the intention (no `outcome` yet), or its completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The same in both lines of an intention.
    pub id: String,
    /// When this line was written.
    pub at: Timestamp,
    /// Account id, or `identity unknown`.
    pub account: String,
    /// ARN of the caller, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Region.
    pub region: String,
    /// API operation.
    pub operation: String,
    /// ARN of what it touches.
    pub target: String,
    /// What it does, in words, without any secret.
    pub summary: String,
    /// The equivalent `aws` command.
    pub command: String,
    /// How it ended; absent in the first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// Appends to the log of this machine.
#[derive(Debug)]
pub struct ActivityLog {
    file: Option<PathBuf>,
}

impl ActivityLog {
    /// A log in this file; the directory is made on the first write.
    pub const fn in_file(file: PathBuf) -> Self {
        Self { file: Some(file) }
    }

    /// A log that keeps nothing: the demo account, where nothing is real.
    pub const fn nowhere() -> Self {
        Self { file: None }
    }

    /// Appends one line and waits until it is on disk. Blocking.
    ///
    /// # Errors
    /// When the file cannot be opened, locked or written: the caller must not make the write
    /// that the line announces.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        if let Some(directory) = path.parent() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
        }
        let mut file: File = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        file.lock()?;
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn entry(outcome: Option<&str>) -> Entry {
        Entry {
            id: "a1".into(),
            at: Timestamp::UNIX_EPOCH,
            account: "000000000000".into(),
            identity: None,
            region: "eu-west-1".into(),
            operation: "Invoke".into(),
            target: "arn".into(),
            summary: "invoke".into(),
            command: "aws lambda invoke".into(),
            outcome: outcome.map(str::to_owned),
        }
    }

    #[test]
    fn lines_are_appended_and_only_the_owner_may_read_them() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("state/activity.jsonl");
        let log = ActivityLog::in_file(path.clone());
        log.append(&entry(None)).expect("first line");
        log.append(&entry(Some("200"))).expect("second line");
        let text = std::fs::read_to_string(&path).expect("the log");
        let lines: Vec<Entry> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("an entry"))
            .collect();
        assert_eq!(lines, [entry(None), entry(Some("200"))]);
        let mode = std::fs::metadata(&path)
            .expect("metadata")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
