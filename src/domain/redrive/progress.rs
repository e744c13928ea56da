//! How a redrive is doing, and the equation that its report must satisfy.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the letters of a plan are. After the end `read` is the sum of all the others but
/// `duplicates`, `returned`, `edited` and `inferred`: none is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
// Journals of before have fewer figures.
#[serde(default)]
pub struct Tally {
    /// Distinct letters received or handed over.
    pub read: u64,
    /// Sent, confirmed, deleted from the source.
    pub moved: u64,
    /// Deleted only: it was their plan, or they were sent by an earlier plan already.
    pub deleted: u64,
    /// Not chosen by the plan, given back.
    pub released: u64,
    /// Chosen, and could not be sent (or deleted): still in the source.
    pub failed: u64,
    /// Whether the plan is about them could not be told: still in the source.
    pub not_judged: u64,
    /// Sent and confirmed, but the delete did not succeed: in both, and remembered by the journal.
    pub undeleted: u64,
    /// Under way.
    pub pending: u64,
    /// Of those sent: perhaps twice, because an outcome stayed unknown.
    pub duplicates: u64,
    /// Came back after they were sent.
    pub returned: u64,
    /// Sent with an edited body.
    pub edited: u64,
    /// Sent to a queue that is inferred, because they name none.
    pub inferred: u64,
}

impl Tally {
    /// Whether every letter that was read is accounted for.
    pub const fn adds_up(&self) -> bool {
        self.read
            == self.moved
                + self.deleted
                + self.released
                + self.failed
                + self.not_judged
                + self.undeleted
                + self.pending
    }

    /// Letters of the plan whose fate is known.
    pub const fn settled(&self) -> u64 {
        self.moved + self.deleted + self.failed + self.undeleted
    }

    /// Whether every letter ended as planned: what the exit code of a script says.
    pub const fn is_clean(&self) -> bool {
        self.failed == 0 && self.not_judged == 0 && self.undeleted == 0 && self.pending == 0
    }
}

/// The reason of a letter of which a filter cannot say whether the plan is about it.
pub fn not_judged(why: &str) -> String {
    format!("could not be judged: {why}")
}

/// The most frequent reasons, a line each, and how many letters stay for others: together all that
/// `stay`.
pub fn shown_reasons<'a>(
    reasons: impl IntoIterator<Item = (&'a String, &'a u64)>,
    stay: u64,
) -> Vec<(String, u64)> {
    const SHOWN: usize = 10;
    let reasons = reasons.into_iter();
    let mut reasons: Vec<_> = reasons.map(|(why, count)| (why.clone(), *count)).collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    reasons.truncate(SHOWN);
    let told: u64 = reasons.iter().map(|(_, count)| count).sum();
    if told < stay {
        reasons.push(("for other reasons".to_owned(), stay - told));
    }
    reasons
}

/// What a redrive is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Receiving, sending, deleting.
    Running,
    /// One letter was sent; looking whether it comes back.
    Canary(Canary),
    /// Holds before the next send, and keeps its leases.
    Paused,
    /// Finishes what is under way, then stops.
    Stopping,
    /// It ended.
    Ended(End),
}

/// The canary, waiting for its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// The message id of the letter that was sent.
    pub letter: Arc<str>,
    /// The new message id, or the request id of the invocation.
    pub sent_as: String,
    /// When it counts as good if nothing came back; of a synchronous invoke when its answer is no
    /// longer waited for.
    pub until: Timestamp,
    /// It is a synchronous invoke: its answer is the verdict.
    pub is_synchronous: bool,
    /// The step it belongs to, from 1, and how many there are.
    pub step: (usize, usize),
    /// What was seen so far, one line each, untrusted.
    pub seen: Vec<String>,
}

/// How a redrive ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing is left of the plan.
    Complete,
    /// The user stopped it: it can be resumed.
    Stopped,
    /// The canary came back, or its log or its answer shows an error: no more was sent.
    CanaryFailed(String),
    /// Too many letters came back.
    Refilled(u64),
    /// It could not go on (credentials, the disk under the journal, the network): it can be
    /// resumed. What, why, what to do next.
    Broken(String),
}

impl End {
    /// Whether a journal is left that `resume` finishes.
    pub const fn is_resumable(&self) -> bool {
        !matches!(self, Self::Complete)
    }
}

/// One letter that stayed behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Message id.
    pub id: Arc<str>,
    /// Why, untrusted.
    pub reason: String,
}

/// The latest figures of a run; sent as a latest value, never queued.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Which plan.
    pub plan: String,
    /// When it began or was resumed.
    pub started: Timestamp,
    /// What it is doing.
    pub phase: Phase,
    /// Where the letters are.
    pub tally: Tally,
    /// Letters of the plan as far as known: exact for a selection, an estimate for a standing one.
    pub planned: Option<u64>,
    /// Letters a second over the last seconds.
    pub per_second: f64,
    /// Requests allowed at once now.
    pub workers: u16,
    /// Why letters stay (failed, or could not be judged), most frequent first: while it runs at
    /// most 10, then all that were counted.
    pub reasons: Vec<(String, u64)>,
    /// The first failures, at most 1,000; the journal has them all.
    pub failures: Vec<Failure>,
    /// What else is to be known of the run: a canary that could not be judged.
    pub notes: Vec<String>,
    /// Message ids of the first that are perhaps there twice, at most 1,000; the journal has them
    /// all.
    pub duplicates: Vec<Arc<str>>,
    /// Once it has ended: message ids of the first that were sent and lie in the source too, at most
    /// 1,000.
    pub undeleted: Vec<Arc<str>>,
    /// It only waits: until then letters may be hidden by a lease of a process that was killed, or
    /// of an answer that was lost.
    pub awaits: Option<Timestamp>,
    /// The letters are given to a function, which takes each before it works at it.
    pub by_invoke: bool,
    /// Requests made, by API name: `(ReceiveMessage, 12)`.
    pub calls: Vec<(&'static str, u64)>,
}

impl Progress {
    /// What is known of the letters that were sent, and what is not: that they arrived says nothing
    /// of whether they are processed. `None` where none was sent.
    pub fn known(&self) -> Option<String> {
        let tally = &self.tally;
        let sent = tally.moved + tally.undeleted;
        if sent == 0 {
            return None;
        }
        let later = match tally.returned {
            0 => "what fails comes back later".to_owned(),
            1 => "1 came back already".to_owned(),
            returned => format!("{returned} came back already"),
        };
        Some(if self.by_invoke {
            format!("{sent} accepted (202): whether the function succeeds is not known; {later}")
        } else {
            format!("whether what was sent is processed is not known; {later}")
        })
    }

    /// Whether an end without a failure is all that there is to know: the plan did what it was for,
    /// and nothing came back so far.
    pub const fn is_conclusive(&self) -> bool {
        self.tally.returned == 0 && (!self.by_invoke || self.tally.moved == 0)
    }
}

#[cfg(test)]
impl Progress {
    /// A redrive by invoke that has ended and sent nothing.
    pub(crate) fn ended(end: End) -> Self {
        Self {
            plan: "p".into(),
            started: Timestamp::UNIX_EPOCH,
            phase: Phase::Ended(end),
            tally: Tally::default(),
            planned: None,
            per_second: 0.0,
            workers: 0,
            reasons: Vec::new(),
            failures: Vec::new(),
            notes: Vec::new(),
            duplicates: Vec::new(),
            undeleted: Vec::new(),
            awaits: None,
            by_invoke: true,
            calls: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_accepted_is_not_called_processed() {
        let mut progress = Progress::ended(End::Complete);
        assert_eq!(progress.known(), None, "nothing was sent");
        assert!(progress.is_conclusive());
        progress.tally.moved = 5;
        let known = progress.known().expect("5 were sent");
        assert!(
            known.contains("5 accepted") && known.contains("not known"),
            "{known}"
        );
        assert!(!progress.is_conclusive());
        progress.by_invoke = false;
        assert!(progress.is_conclusive(), "a move is a move");
        progress.tally.returned = 2;
        assert!(!progress.is_conclusive());
        assert!(
            progress
                .known()
                .is_some_and(|known| known.contains("2 came back"))
        );
    }

    #[test]
    fn reasons_that_are_not_shown_are_counted_all_the_same() {
        let reasons: Vec<(String, u64)> = (0..15).map(|n| (format!("reason {n}"), n + 1)).collect();
        let pairs = reasons.iter().map(|(reason, count)| (reason, count));
        let shown = shown_reasons(pairs, 125);
        assert_eq!(shown.len(), 11);
        assert_eq!(shown[0], ("reason 14".to_owned(), 15));
        assert_eq!(shown[10], ("for other reasons".to_owned(), 20));
        assert_eq!(shown.iter().map(|(_, count)| count).sum::<u64>(), 125);
        assert_eq!(shown_reasons([], 0), []);
    }
}
