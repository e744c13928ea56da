use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use jiff::SignedDuration;

use super::*;
use crate::domain::activity::{BadLine, End, Ending, State};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_763_000_000 + seconds).expect("a time")
}

fn entry(id: &str, seconds: i64) -> Entry {
    Entry {
        id: id.into(),
        at: at(seconds),
        began: None,
        account: "000000000000".into(),
        identity: None,
        region: "eu-west-1".into(),
        operation: "Invoke".into(),
        target: "arn".into(),
        summary: format!("invoke {id}"),
        command: "aws lambda invoke".into(),
        process: None,
        result: None,
        outcome: None,
    }
}

fn ended(id: &str, began: i64, ended: i64) -> Entry {
    entry(id, began).ended(at(ended), End::done("200"))
}

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().expect("temporary directory"),
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("activity/activity.jsonl")
    }

    fn log(&self) -> ActivityLog {
        ActivityLog::in_file(self.file())
    }

    fn write(&self, text: &[u8]) {
        std::fs::create_dir_all(self.file().parent().expect("a parent")).expect("directory");
        std::fs::write(self.file(), text).expect("written");
    }

    fn read(&self, ask: &Ask) -> Log {
        self.log().read(ask).expect("read")
    }
}

fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("a line") + "\n"
}

fn ids(log: &Log) -> Vec<&str> {
    log.writes
        .iter()
        .map(|write| write.entry.id.as_str())
        .collect()
}

#[test]
fn lines_are_appended_and_only_the_owner_may_read_them() {
    let place = Place::new();
    let log = place.log();
    log.append(&entry("a", 0)).expect("first line");
    log.append(&ended("a", 0, 2)).expect("second line");
    let text = std::fs::read_to_string(place.file()).expect("the log");
    assert_eq!(text.lines().count(), 2);
    let mode = |path: PathBuf| {
        let metadata = std::fs::metadata(path).expect("metadata");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(place.file()), 0o600);
    assert_eq!(mode(place.directory.path().join("activity")), 0o700);
    let read = place.read(&Ask::default());
    assert_eq!(ids(&read), ["a"]);
    assert_eq!(read.writes[0].state, State::Ended(Ending::Done));
    assert_eq!(
        (read.writes[0].began, read.writes[0].ended),
        (at(0), Some(at(2)))
    );
}

#[test]
fn a_log_that_is_not_there_is_empty() {
    assert_eq!(Place::new().read(&Ask::default()), Log::default());
}

#[test]
fn what_runs_elsewhere_runs_until_its_process_is_gone() {
    let place = Place::new();
    let other = place.log();
    other.append(&entry("a", 0)).expect("announced");
    assert_eq!(
        other.read(&Ask::default()).expect("read").writes[0].state,
        State::Running
    );
    assert_eq!(place.read(&Ask::default()).writes[0].state, State::Running);
    drop(other);
    let left = place.read(&Ask::default());
    assert_eq!(left.writes[0].state, State::LeftBehind);
    assert_eq!(
        left.writes[0].outcome(),
        "outcome unknown: the process ended in between"
    );
}

#[test]
fn a_name_of_a_process_leads_nowhere_else() {
    let place = Place::new();
    let mut foreign = entry("a", 0);
    foreign.process = Some("../activity.jsonl".into());
    place.write(line(&foreign).as_bytes());
    let held = std::fs::File::open(place.file()).expect("open");
    held.lock_shared().expect("locked");
    assert_eq!(
        place.read(&Ask::default()).writes[0].state,
        State::LeftBehind
    );
}

#[test]
fn a_line_that_was_cut_is_told_and_does_not_swallow_the_next() {
    let place = Place::new();
    let whole = line(&entry("a", 0));
    let cut = line(&ended("a", 0, 2));
    place.write(format!("{whole}{}", &cut[..cut.len() / 2]).as_bytes());
    let log = place.read(&Ask::default());
    assert_eq!(ids(&log), ["a"]);
    assert_eq!(log.writes[0].state, State::LeftBehind);
    let bad = BadLine {
        line: 2,
        is_cut: true,
    };
    assert_eq!((log.bad, log.bad_lines), (1, vec![bad]));
    place.log().append(&entry("b", 5)).expect("appended");
    let log = place.read(&Ask::default());
    assert_eq!(ids(&log), ["b", "a"]);
    assert_eq!(log.bad_lines.len(), 1);
    assert!(!log.bad_lines[0].is_cut);
}

#[test]
fn foreign_lines_are_told_with_their_number() {
    let place = Place::new();
    let mut text = line(&entry("a", 0)).into_bytes();
    text.extend_from_slice(b"not json\n{\"id\":1}\n\n\xff\xfe\n");
    text.extend_from_slice(line(&ended("a", 0, 2)).as_bytes());
    // Longer than any entry, over many blocks.
    text.extend(std::iter::repeat_n(b'x', 3 << 20));
    text.push(b'\n');
    text.extend_from_slice(line(&ended("b", 3, 4)).as_bytes());
    place.write(&text);
    let log = place.read(&Ask::default());
    assert_eq!(ids(&log), ["b", "a"]);
    let numbers: Vec<u64> = log.bad_lines.iter().map(|bad| bad.line).collect();
    assert_eq!(numbers, [7, 5, 3, 2]);
    assert_eq!(
        log.bad_lines[0].to_string(),
        "line 7: not an entry of this log"
    );
}

#[test]
fn the_newest_are_read_from_the_end_and_no_further() {
    let place = Place::new();
    // What the beginning of the file holds is never looked at.
    let mut text = "foreign\n".repeat(50_000);
    for number in 0..2_000 {
        text += &line(&entry(&format!("w{number}"), number * 10));
        text += &line(&ended(&format!("w{number}"), number * 10, number * 10 + 5));
    }
    place.write(text.as_bytes());
    let log = place.read(&Ask {
        limit: Some(3),
        ..Ask::default()
    });
    assert_eq!(ids(&log), ["w1999", "w1998", "w1997"]);
    assert!(log.has_more && log.bad == 0);
    let all = place.read(&Ask::default());
    assert_eq!((all.writes.len(), all.bad), (2_000, 50_000));
    assert!(!all.has_more && all.bad_lines.len() < 100);
    let since = place.read(&Ask {
        since: Some(at(19_985)),
        ..Ask::default()
    });
    assert_eq!(ids(&since), ["w1999", "w1998"], "one that ended since, too");
    let before = place.read(&Ask {
        until: Some(at(15)),
        ..Ask::default()
    });
    assert_eq!(ids(&before), ["w1", "w0"]);
}

#[test]
fn writes_of_several_processes_are_joined_and_stand_by_their_beginning() {
    let place = Place::new();
    let lines = [
        entry("long", 0),
        entry("short", 10),
        ended("short", 10, 11),
        // Complete in itself, as an unlock is.
        Entry {
            result: Some(Ending::Done),
            outcome: Some("unlocked".into()),
            ..entry("unlock", 12)
        },
        ended("long", 0, 60),
    ];
    place.write(lines.iter().map(line).collect::<String>().as_bytes());
    let log = place.read(&Ask::default());
    assert_eq!(ids(&log), ["unlock", "short", "long"]);
    assert!(log.writes.iter().all(|write| write.word() == "done"));
    let filtered = place.read(&Ask {
        filter: Filter::parse("invoke !long"),
        limit: Some(1),
        ..Ask::default()
    });
    assert_eq!(ids(&filtered), ["unlock"]);
}

#[test]
fn a_log_in_memory_says_the_same() {
    let log = ActivityLog::nowhere();
    log.append(&entry("a", 0)).expect("kept");
    log.append(&entry("b", 1)).expect("kept");
    log.append(&ended("a", 0, 2)).expect("kept");
    let read = log.read(&Ask::default()).expect("read");
    assert_eq!(ids(&read), ["b", "a"]);
    assert_eq!(read.writes[0].state, State::Running);
    assert_eq!(read.writes[1].state, State::Ended(Ending::Done));
    for number in 0..IN_MEMORY + 5 {
        log.append(&ended(&number.to_string(), 9, 9)).expect("kept");
    }
    let read = log.read(&Ask::default()).expect("read");
    assert_eq!(read.writes.len(), IN_MEMORY);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Wherever blocks and lines meet, reading backwards finds what reading forwards does.
    #[test]
    fn every_line_is_found_wherever_blocks_end(lengths in proptest::collection::vec(0_usize..40_000, 1..12)) {
        let place = Place::new();
        let mut text = String::new();
        for (number, length) in lengths.iter().enumerate() {
            let mut one = ended(&number.to_string(), number as i64, number as i64);
            one.summary = "s".repeat(*length);
            text += &line(&one);
        }
        place.write(text.as_bytes());
        let log = place.read(&Ask::default());
        let found: Vec<usize> = log.writes.iter().rev().map(|write| write.entry.summary.len()).collect();
        proptest::prop_assert_eq!(found, lengths);
        proptest::prop_assert_eq!(log.bad, 0);
    }
}

#[test]
fn clocks_that_differ_lose_nothing_near() {
    let place = Place::new();
    let early = SignedDuration::from_hours(2).as_secs();
    let lines = [
        ended("a", 5, 6),
        ended("b", -early, -early),
        ended("c", 7, 8),
    ];
    place.write(lines.iter().map(line).collect::<String>().as_bytes());
    let log = place.read(&Ask {
        since: Some(at(0)),
        ..Ask::default()
    });
    assert_eq!(ids(&log), ["c", "a"]);
}
