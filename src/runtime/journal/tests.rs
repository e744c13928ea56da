use std::{io::Write as _, os::unix::fs::PermissionsExt as _, sync::Arc};

use super::*;
use crate::domain::{
    function::Arn,
    queue::{Message, QueueUrl, SystemAttributes},
    redrive::{
        Destination, Pace, Scope, Target,
        ledger::State,
        record::{Arrival, Arrived, Claim, Ended, Going, Sending},
    },
    secret::Secret,
};

const SOURCE: &str = "arn:aws:sqs:eu-west-1:1:dlq";

fn now() -> Timestamp {
    "2026-11-20T02:30:00Z".parse().expect("a time")
}

fn plan(id: &str) -> Plan {
    Plan {
        id: id.into(),
        created: now(),
        account: Some("1".into()),
        region: "eu-west-1".into(),
        profile: None,
        source: Arn::new(SOURCE),
        source_url: QueueUrl::new("https://sqs/1/dlq"),
        source_is_fifo: false,
        scope: Scope::Standing {
            filter: None,
            limit: None,
        },
        edit: None,
        destination: Destination::Source,
        pace: Pace::default(),
        keep_trace: false,
        canary_timeout_s: None,
    }
}

fn to() -> Target {
    Target::Queue(Arn::new("arn:aws:sqs:eu-west-1:1:main"))
}

fn claimed(id: &str) -> Record {
    Record::Claimed(Box::new(Claim {
        message: Arc::new(Message {
            id: id.into(),
            handle: Secret::new("the-handle".into()),
            body: Secret::new("the-body".into()),
            attributes: Vec::new(),
            system: SystemAttributes::default(),
            flaw: None,
        }),
        until: now(),
        to: to(),
        content: None,
        is_edited: false,
        is_inferred: false,
    }))
}

fn sending(id: &str) -> Record {
    Record::Sending(Sending {
        at: now(),
        batch: 0,
        to: to(),
        letters: vec![Going {
            id: id.into(),
            deduplication_id: None,
        }],
        is_synchronous: false,
    })
}

fn sent(id: &str) -> Record {
    Record::Sent(Arrival {
        at: now(),
        to: to(),
        letters: vec![Arrived {
            id: id.into(),
            sent_as: format!("new-{id}"),
            content: crate::domain::redrive::Key::of("the-body"),
        }],
    })
}

fn ended(ledger: &crate::domain::redrive::Ledger) -> Record {
    Record::Ended(Ended {
        at: now(),
        end: End::Complete,
        tally: ledger.tally(true),
        gave_back: true,
    })
}

fn place() -> (tempfile::TempDir, Journals) {
    let directory = tempfile::tempdir().expect("a directory");
    let journals = Journals::in_dir(directory.path().join("state/journal"));
    (directory, journals)
}

#[tokio::test]
async fn a_journal_is_private_locked_and_read_again() {
    let (_directory, journals) = place();
    let journal = journals.create(&plan("p1")).expect("created");
    let path = journal.path().expect("a file").to_owned();
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
    assert!(matches!(journals.open("p1"), Err(JournalError::Locked(_))));
    let left = journals
        .left(Some("1"), "eu-west-1", now())
        .expect("readable");
    assert!(left.unfinished.len() == 1 && left.unfinished[0].is_locked);
    journal.append(claimed("a"));
    journal.persist(vec![sending("a")]).await.expect("written");
    drop(journal);
    let tally = journals.tally("p1").expect("readable");
    assert_eq!((tally.read, tally.pending, tally.moved), (1, 1, 0));
    assert_eq!(journals.tally("p2"), None, "there is none");
    let (_, replay) = journals.open("p1").expect("free again");
    assert_eq!(replay.ledger.state("a"), Some(State::Sending));
    assert_eq!(replay.open.len(), 1);
    assert_eq!(
        replay.open[0].claim.message.body.reveal().as_ref(),
        "the-body"
    );
    assert_eq!(replay.next_batch, 1);
    let left = journals.left(Some("2"), "eu-west-1", now());
    assert_eq!(left.expect("readable"), Left::default());
    let left = journals.left(None, "us-east-1", now());
    assert_eq!(left.expect("readable"), Left::default());
}

#[tokio::test]
async fn a_line_cut_at_the_end_is_dropped_and_garbage_in_the_middle_is_told_with_its_line() {
    let (_directory, journals) = place();
    let journal = journals.create(&plan("p1")).expect("created");
    journal.persist(vec![claimed("a")]).await.expect("written");
    let path = journal.path().expect("a file").to_owned();
    drop(journal);
    let mut file = files::open(&path).expect("there");
    file.write_all(b"{\"sending\":{\"at\":\"2026-1")
        .expect("cut");
    let (journal, replay) = journals.open("p1").expect("the rest is good");
    assert_eq!(replay.ledger.state("a"), Some(State::Claimed));
    journal.persist(vec![sending("a")]).await.expect("written");
    drop(journal);
    let (_, replay) = journals.open("p1").expect("good");
    assert_eq!(replay.ledger.state("a"), Some(State::Sending));
    file.write_all(b"secret-garbage\n").expect("damaged");
    let Err(JournalError::Damaged(damaged)) = journals.open("p1") else {
        panic!("it was taken")
    };
    assert_eq!(damaged.line, Some(4));
    let error = journals.open("p1").err().expect("damaged").to_string();
    assert!(!error.contains("secret-garbage"), "{error}");
}

#[tokio::test]
async fn what_is_finished_keeps_its_tombstones_and_no_body() {
    let (_directory, journals) = place();
    let journal = journals.create(&plan("p1")).expect("created");
    let ledger = crate::domain::redrive::Ledger::default();
    let records = vec![
        claimed("a"),
        sending("a"),
        sent("a"),
        Record::Deleted(vec!["a".into()]),
        ended(&ledger),
    ];
    journal.persist(records).await.expect("written");
    let path = journal.path().expect("a file").to_owned();
    journal.finish().await.expect("stripped");
    let text = std::fs::read_to_string(&path).expect("there");
    assert!(
        !text.contains("the-body") && !text.contains("the-handle"),
        "{text}"
    );
    let left = journals.left(None, "eu-west-1", now());
    assert_eq!(left.expect("readable"), Left::default());
    let tombstones = journals
        .tombstones(&Arn::new(SOURCE), "p2")
        .expect("readable");
    let mark = tombstones.get("a").expect("a mark");
    assert_eq!(
        (&*mark.plan, mark.sent_as.as_deref()),
        ("p1", Some("new-a"))
    );
    assert_eq!(tombstones.get("b"), None);
    let of_other = journals.tombstones(&Arn::new("arn:aws:sqs:eu-west-1:1:other"), "p2");
    assert_eq!(of_other.expect("readable").get("a"), None);
    let later = now() + KEPT_FOR + SignedDuration::from_hours(1);
    journals.left(None, "eu-west-1", later).expect("readable");
    assert!(!path.exists(), "too old");
}

#[tokio::test]
async fn what_ended_without_knowing_is_remembered_and_what_failed_is_told() {
    let (_directory, journals) = place();
    let journal = journals.create(&plan("p1")).expect("created");
    let failed = |id: &str| Record::Failed {
        id: id.into(),
        reason: "unknown".into(),
        not_judged: false,
    };
    let records = vec![
        claimed("a"),
        sending("a"),
        Record::Doubtful(vec!["a".into()]),
        failed("a"),
        claimed("b"),
        failed("b"),
        claimed("c"),
        sending("c"),
        Record::Doubtful(vec!["c".into(), "a".into()]),
        sent("c"),
        ended(&crate::domain::redrive::Ledger::default()),
    ];
    journal.persist(records).await.expect("written");
    let live = journals.tombstones(&Arn::new(SOURCE), "p2");
    let path = journal.path().expect("a file").to_owned();
    drop(journal);
    let read = loop {
        // The writer's thread lets go of the lock when it ends.
        match journals.open("p1") {
            Err(JournalError::Locked(_)) => std::thread::yield_now(),
            opened => break opened.expect("readable").1,
        }
    };
    assert_eq!(read.duplicates, [Arc::from("a"), Arc::from("c")]);
    files::strip(&path).expect("stripped");
    let stripped = journals.tombstones(&Arn::new(SOURCE), "p2");
    for tombstones in [live.expect("readable"), stripped.expect("readable")] {
        let mark = tombstones.get("a").expect("perhaps it is there");
        assert_eq!(mark.sent_as, None);
        assert_eq!(tombstones.get("b"), None);
        let mark = tombstones.get("c").expect("a mark");
        assert_eq!(mark.sent_as.as_deref(), Some("new-c"));
    }
    let failed = journals.failed("p1").expect("readable");
    assert_eq!(failed, HashSet::from([Arc::from("a"), Arc::from("b")]));
}

#[tokio::test]
async fn what_another_process_writes_is_seen() {
    let (_directory, journals) = place();
    let tombstones = journals
        .tombstones(&Arn::new(SOURCE), "p2")
        .expect("readable");
    let journal = journals.create(&plan("p1")).expect("created");
    assert!(tombstones.has_news());
    tombstones.refresh().expect("readable");
    assert!(!tombstones.has_news());
    journal
        .persist(vec![claimed("a"), sending("a")])
        .await
        .expect("written");
    assert!(tombstones.has_news());
    tombstones.refresh().expect("readable");
    assert_eq!(tombstones.get("a").expect("a mark").sent_as, None);
    journal.persist(vec![sent("a")]).await.expect("written");
    tombstones.refresh().expect("readable");
    assert!(tombstones.get("a").expect("a mark").sent_as.is_some());
}

#[tokio::test]
async fn the_first_error_of_the_disk_is_the_last_word() {
    struct Full;
    impl Disk for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            if bytes.starts_with(b"{\"plan\"") {
                return Ok(());
            }
            Err(io::ErrorKind::StorageFull.into())
        }
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (_directory, journals) = place();
    let journal = journals
        .with_disk(|_| Box::new(Full))
        .create(&plan("p1"))
        .expect("created");
    for _ in 0..2 {
        let error = journal.persist(vec![claimed("a")]).await.expect_err("full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

/// A journal with a letter that was sent and not deleted, and its text.
async fn open_letter(journals: &Journals) -> (PathBuf, Vec<u8>) {
    let journal = journals.create(&plan("p1")).expect("created");
    let records = vec![claimed("a"), sending("a"), sent("a")];
    journal.persist(records).await.expect("written");
    let path = journal.path().expect("a file").to_owned();
    drop(journal);
    while files::open(&path).is_ok_and(|file| file.try_lock().is_err()) {
        std::thread::yield_now();
    }
    let text = std::fs::read(&path).expect("there");
    (path, text)
}

/// What is said of a damaged journal, after its tombstone was found all the same.
fn told(journals: &Journals) -> Damaged {
    let left = journals.left(None, "eu-west-1", now()).expect("readable");
    assert_eq!(left.unfinished, [], "damaged is not unfinished");
    let marks = journals.tombstones(&Arn::new(SOURCE), "p2");
    let mark = marks.expect("readable").get("a");
    let sent_as = mark.and_then(|mark| mark.sent_as);
    assert_eq!(sent_as.as_deref(), Some("new-a"), "the letter was sent");
    assert_eq!(left.damaged.len(), 1);
    left.damaged[0].clone()
}

#[tokio::test]
async fn a_flipped_byte_anywhere_is_told_with_its_line_and_takes_no_tombstone_along() {
    let (_directory, journals) = place();
    let (path, text) = open_letter(&journals).await;
    for at in 0..text.len() {
        let mut flipped = text.clone();
        flipped[at] ^= 1;
        std::fs::write(&path, &flipped).expect("written");
        let line = 1 + memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
        let damaged = told(&journals);
        // A flipped end of line joins its line and the next.
        assert_eq!(damaged.line, Some(line), "byte {at}");
        assert!(matches!(journals.open("p1"), Err(JournalError::Damaged(_))));
    }
}

#[tokio::test]
async fn an_empty_journal_and_a_link_to_nowhere_are_damaged_not_finished() {
    let (_directory, journals) = place();
    let (path, _) = open_letter(&journals).await;
    std::fs::write(&path, "").expect("emptied");
    assert_eq!(told(&journals).line, Some(1));
    std::fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("nowhere", &path).expect("linked");
    let damaged = told(&journals).to_string();
    assert!(
        damaged.contains("link to a file that is not there"),
        "{damaged}"
    );
}

#[tokio::test]
async fn without_its_second_file_the_whole_lines_of_a_damaged_journal_count() {
    let (_directory, journals) = place();
    let (path, mut text) = open_letter(&journals).await;
    text[0] ^= 1;
    std::fs::write(&path, &text).expect("written");
    let sent = files::sent(path.parent().expect("a directory"));
    std::fs::remove_dir_all(sent).expect("removed");
    assert_eq!(told(&journals).line, Some(1));
}

#[tokio::test]
async fn what_others_could_read_is_narrowed() {
    let (_directory, journals) = place();
    let (path, _) = open_letter(&journals).await;
    let directory = path.parent().expect("a directory");
    let widen = |path: &Path, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("changed");
    };
    widen(&path, 0o666);
    widen(directory, 0o777);
    drop(journals.open("p1").expect("readable"));
    drop(journals.create(&plan("p2")).expect("created"));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(directory)), (0o600, 0o700));
}
