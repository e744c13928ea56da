//! The kept list: the last known functions of a profile, region and endpoint, on disk, so that
//! the first frame needs no network (`docs/architecture.md` §4.4).
//!
//! Holds the table's columns only. One file for each target; a file that turns out to be
//! another account's, is damaged or of another format is ignored and replaced.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher as _},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    function::{FunctionName, FunctionSummary},
    session::Target,
};

const MAGIC: &[u8; 8] = b"lmbdk\0\x02\0";

/// What a list is kept for: credential source, region and endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeptFor {
    source: String,
    region: Option<String>,
    endpoint: Option<String>,
}

impl KeptFor {
    /// The key of a target whose credentials come from `source`.
    pub fn new(source: String, target: &Target) -> Self {
        Self {
            source,
            region: target.region.clone(),
            endpoint: target.endpoint.clone(),
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptList {
    /// Two keys never share a list by accident: the file names its own again.
    pub key: KeptFor,
    /// The account it was read from, if that was known.
    pub account: Option<String>,
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The rows.
    pub rows: Vec<FunctionSummary>,
}

fn path(directory: &Path, key: &KeptFor) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    directory.join(format!("functions-{:016x}.kept", hasher.finish()))
}

/// A [`KeptList`] on its way to the disk: the same fields, borrowed.
#[derive(Serialize)]
struct ToKeep<'a> {
    key: KeptFor,
    account: Option<&'a str>,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    at: Timestamp,
    rows: Vec<&'a FunctionSummary>,
}

/// The kept list of a target, if there is a whole one. Blocking; 10,000 rows take milliseconds.
pub fn load(directory: &Path, key: &KeptFor) -> Option<KeptList> {
    let bytes = fs::read(path(directory, key)).ok()?;
    let body = bytes.strip_prefix(MAGIC)?;
    let (sum, body) = body.split_first_chunk::<8>()?;
    if checksum(body) != u64::from_le_bytes(*sum) {
        return None;
    }
    let mut kept: KeptList = postcard::from_bytes(body).ok()?;
    for row in &mut kept.rows {
        row.name = FunctionName::of(&row.arn, &row.name);
    }
    (kept.key == *key).then_some(kept)
}

/// Keeps a list, replacing the earlier one in one step. Blocking.
///
/// # Errors
/// Whatever the file system says; the earlier list is then still there.
pub fn save(
    directory: &Path,
    key: KeptFor,
    account: Option<&str>,
    at: Timestamp,
    rows: &[FunctionSummary],
) -> io::Result<()> {
    let file = path(directory, &key);
    // As the list is shown first: to sort what is sorted costs the start nothing.
    let mut rows: Vec<&FunctionSummary> = rows.iter().collect();
    rows.sort_by_cached_key(|row| row.name.to_ascii_lowercase());
    let list = ToKeep {
        key,
        account,
        at,
        rows,
    };
    let head = [MAGIC.as_slice(), &[0; 8]].concat();
    let mut bytes = postcard::to_extend(&list, head).map_err(io::Error::other)?;
    let (head, body) = bytes.split_at_mut(16);
    head[8..].copy_from_slice(&checksum(body).to_le_bytes());
    crate::settings::write_atomically(&file, &bytes)
}

/// FNV-1a over words: enough to notice a file that was cut or damaged.
fn checksum(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some(&last);
    words.iter().chain(last).fold(start, |sum, word| {
        (sum ^ u64::from_le_bytes(*word))
            .wrapping_mul(0x0100_0000_01b3)
            .rotate_left(29)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::function::Arn;

    fn row(name: &str) -> FunctionSummary {
        FunctionSummary {
            arn: Arn::new(format!("arn:aws:lambda:eu-west-1:1:function:{name}")),
            name: name.into(),
            runtime: Some("python3.12".into()),
            memory_mb: 128,
            timeout_s: 3,
            modified: Some(Timestamp::UNIX_EPOCH),
            package: "Zip".into(),
            architecture: "arm64".into(),
            code_size: 1,
            log_group: None,
            dead_letter: None,
            durable: false,
            quiet: false,
        }
    }

    fn target(region: &str) -> KeptFor {
        let target = Target {
            region: Some(region.into()),
            ..Target::default()
        };
        KeptFor::new("profile:default".into(), &target)
    }

    #[test]
    fn a_list_comes_back_for_its_own_target_only() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let at = Timestamp::UNIX_EPOCH;
        save(
            directory.path(),
            target("eu-west-1"),
            Some("1"),
            at,
            &[row("a"), row("b")],
        )
        .expect("saved");
        let kept = load(directory.path(), &target("eu-west-1")).expect("kept");
        assert_eq!(kept.rows, [row("a"), row("b")]);
        assert_eq!((kept.account.as_deref(), kept.at), (Some("1"), at));
        assert_eq!(load(directory.path(), &target("us-east-1")), None);
    }

    #[test]
    fn a_file_cut_anywhere_is_ignored() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let target = target("eu-west-1");
        save(
            directory.path(),
            target.clone(),
            None,
            Timestamp::UNIX_EPOCH,
            &[row("a")],
        )
        .expect("saved");
        let file = path(directory.path(), &target);
        let whole = fs::read(&file).expect("the file");
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).expect("cut");
            assert_eq!(load(directory.path(), &target), None, "cut at {length}");
        }
        let mut damaged = whole.clone();
        *damaged.last_mut().expect("not empty") ^= 1;
        fs::write(&file, damaged).expect("damaged");
        assert_eq!(load(directory.path(), &target), None);
    }
}
