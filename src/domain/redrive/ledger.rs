//! The ledger: the state of every letter of a plan, and what may follow on it.
//!
//! ```text
//!            ┌───────── NotSent ────────┐
//!            ▼                          │
//! (new) → claimed ──── Sending ──→ sending ── Sent ──→ sent ── Deleted ──→ deleted
//!            │                          │
//!            ├── Released → released    └── Failed ──┐
//!            └── Failed ─────────────→ failed ◀──────┘
//! ```
//!
//! What SQS shows again after its delete is *sent* once more, or *doomed* (`Undeleted`).
//!
//! Every record passes through [`Ledger::apply`], while a plan runs and when its journal is read
//! again, so both come to the same states. A letter that is *sent* never becomes *sending* again:
//! that is the rule which makes a redrive safe. No body is kept, and an id takes 16 bytes.

use std::{collections::HashMap, fmt, sync::Arc};

use super::{
    progress::Tally,
    record::{Key, KeyMap, KeySet, Record},
};

/// Where a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// In our hands, to be sent.
    Claimed,
    /// On its way: whether it arrived is not known yet.
    Sending,
    /// The destination has it; the source still does.
    Sent,
    /// Gone from the source.
    Deleted,
    /// To be deleted only: that is the plan, or an earlier plan sent it already. The second is not
    /// journalled: whoever receives it again comes to the same answer.
    Doomed,
    /// Not part of the plan; held, to be given back at the end. Not journalled either.
    Passed,
    /// Given back.
    Released,
    /// Stays in the source, and why is recorded.
    Failed,
}

/// What to do with a letter that was just received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Decide whether it belongs to the plan.
    New,
    /// It is in work: only its handle and its lease are new.
    InWork,
    /// It was sent or deleted before: delete it, never send it.
    Delete,
    /// It stays in the source: hold it to the end, then give it back.
    Hold,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    state: State,
    was_sent: bool,
    is_edited: bool,
    is_inferred: bool,
    is_doubtful: bool,
    /// Only deleted, because an earlier plan sent it: not a letter of this one.
    is_beside: bool,
}

/// A record that cannot follow on the ones before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illegal {
    /// Message id.
    pub id: Arc<str>,
    /// What it was.
    pub from: Option<State>,
    /// What the record would have made of it.
    pub to: State,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            None => write!(f, "letter {} cannot be {:?} at once", self.id, self.to),
            Some(from) => write!(
                f,
                "letter {} is {from:?} and cannot become {:?}",
                self.id, self.to
            ),
        }
    }
}

impl std::error::Error for Illegal {}

/// The states of a plan's letters.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    letters: KeyMap<Entry>,
    counts: HashMap<State, u64>,
    moved: u64,
    edited: u64,
    inferred: u64,
    doubtful: u64,
    beside: u64,
    not_judged: u64,
    returned: KeySet,
    reasons: HashMap<String, u64>,
    sent_as: KeySet,
    contents: KeySet,
}

impl Ledger {
    /// The state of a letter, if it was met.
    pub fn state(&self, id: &str) -> Option<State> {
        self.letters.get(&Key::of(id)).map(|entry| entry.state)
    }

    /// What to do with a letter that was just received.
    pub fn receipt(&self, id: &str) -> Receipt {
        match self.state(id) {
            None | Some(State::Released) => Receipt::New,
            Some(State::Claimed | State::Sending) => Receipt::InWork,
            Some(State::Sent | State::Deleted | State::Doomed) => Receipt::Delete,
            Some(State::Passed | State::Failed) => Receipt::Hold,
        }
    }

    /// Letters in a state.
    pub fn count(&self, state: State) -> u64 {
        self.counts.get(&state).copied().unwrap_or(0)
    }

    /// Letters that were taken for the plan and were not given back: what its limit counts. What
    /// is deleted because an earlier plan sent it is none of them, nor what could not be judged.
    pub fn taken(&self) -> u64 {
        let aside =
            self.count(State::Passed) + self.count(State::Released) + self.beside + self.not_judged;
        self.letters.len() as u64 - aside
    }

    /// Whether a letter is named as perhaps sent twice.
    pub fn is_doubtful(&self, id: &str) -> bool {
        self.letters
            .get(&Key::of(id))
            .is_some_and(|entry| entry.is_doubtful)
    }

    /// Whether this is what we sent, come back: by its message id (SQS keeps it when it moves a
    /// message), by the request id of the invocation, or by its content, if that counts.
    pub fn knows_as_sent(&self, id: &str, request: Option<&str>, content: Option<&str>) -> bool {
        self.sent_as.contains(&Key::of(id))
            || request.is_some_and(|request| self.sent_as.contains(&Key::of(request)))
            || content.is_some_and(|content| self.contents.contains(&Key::of(content)))
    }

    /// Whether a letter was recorded as come back already.
    pub fn has_returned(&self, id: &str) -> bool {
        self.returned.contains(&Key::of(id))
    }

    /// Letters that came back.
    pub fn returned(&self) -> u64 {
        self.returned.len() as u64
    }

    /// Why letters stay, most frequent first.
    pub fn reasons(&self) -> Vec<(String, u64)> {
        let mut reasons: Vec<_> = self
            .reasons
            .iter()
            .map(|(reason, count)| (reason.clone(), *count))
            .collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        reasons
    }

    /// The figures. While a plan runs a letter that is sent is under way; once it has ended it is
    /// in both queues.
    pub fn tally(&self, has_ended: bool) -> Tally {
        let sent = self.count(State::Sent);
        let under_way = self.count(State::Claimed)
            + self.count(State::Sending)
            + self.count(State::Doomed)
            + self.count(State::Passed);
        Tally {
            read: self.letters.len() as u64,
            moved: self.moved,
            deleted: self.count(State::Deleted) - self.moved,
            released: self.count(State::Released),
            failed: self.count(State::Failed) - self.not_judged,
            not_judged: self.not_judged,
            undeleted: if has_ended { sent } else { 0 },
            pending: under_way + if has_ended { 0 } else { sent },
            duplicates: self.doubtful,
            returned: self.returned(),
            edited: self.edited,
            inferred: self.inferred,
        }
    }

    /// Notes that a letter is not part of the plan, and held. What came back is no letter of its
    /// own: it was read before it was sent.
    pub fn pass(&mut self, id: &Arc<str>) -> Result<(), Illegal> {
        if self.has_returned(id) {
            return Ok(());
        }
        self.turn(id, State::Passed).map(drop)
    }

    /// Notes that a letter will only be deleted, because an earlier plan sent it.
    pub fn doom(&mut self, id: &Arc<str>) -> Result<(), Illegal> {
        let entry = self.turn(id, State::Doomed)?;
        let is_new = !std::mem::replace(&mut entry.is_beside, true);
        self.beside += u64::from(is_new);
        Ok(())
    }

    /// Takes a record in.
    ///
    /// # Errors
    /// When it cannot follow on the ones before: nothing of it is taken in after that letter.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        match record {
            Record::Plan(_) | Record::Leased(_) | Record::Ended(_) => {}
            Record::Claimed(claim) => {
                let entry = self.turn(&claim.message.id, State::Claimed)?;
                entry.is_edited = claim.is_edited;
                entry.is_inferred = claim.is_inferred;
            }
            Record::Sending(sending) => {
                for letter in &sending.letters {
                    self.turn(&letter.id, State::Sending)?;
                }
            }
            Record::Sent(arrival) => {
                for letter in &arrival.letters {
                    let entry = self.turn(&letter.id, State::Sent)?;
                    entry.was_sent = true;
                    let (is_edited, is_inferred) = (entry.is_edited, entry.is_inferred);
                    self.edited += u64::from(is_edited);
                    self.inferred += u64::from(is_inferred);
                    self.sent_as.insert(Key::of(&letter.sent_as));
                    self.contents.insert(letter.content);
                }
            }
            Record::NotSent { ids, .. } => {
                for id in ids {
                    self.turn(id, State::Claimed)?;
                }
            }
            Record::Doomed(ids) => {
                for id in ids {
                    self.turn(id, State::Doomed)?;
                }
            }
            Record::Deleted(ids) => {
                for id in ids {
                    let is_met = matches!(self.state(id), Some(State::Sent | State::Doomed));
                    if !is_met {
                        self.doom(id)?;
                    }
                    let entry = self.turn(id, State::Deleted)?;
                    self.moved += u64::from(entry.was_sent);
                }
            }
            Record::Undeleted(ids) => {
                for id in ids {
                    self.undelete(id)?;
                }
            }
            Record::Released(ids) => {
                // Journals of before have what came back among them.
                for id in ids {
                    if !self.has_returned(id) {
                        self.turn(id, State::Released)?;
                    }
                }
            }
            Record::Failed {
                id,
                reason,
                not_judged,
            } => {
                // Nothing follows on it, so this only grows.
                self.turn(id, State::Failed)?;
                self.not_judged += u64::from(*not_judged);
                // A server that puts an id into its messages must not fill the memory.
                if self.reasons.len() < 1_000 || self.reasons.contains_key(reason) {
                    *self.reasons.entry(reason.clone()).or_default() += 1;
                }
            }
            Record::Doubtful(ids) => {
                for id in ids {
                    if let Some(entry) = self.letters.get_mut(&Key::of(id)) {
                        self.doubtful += u64::from(!entry.is_doubtful);
                        entry.is_doubtful = true;
                    }
                }
            }
            Record::Returned(id) => {
                self.returned.insert(Key::of(id));
            }
        }
        Ok(())
    }

    /// Takes a letter back to where it was before its delete.
    fn undelete(&mut self, id: &Arc<str>) -> Result<(), Illegal> {
        let deleted = self.letters.get_mut(&Key::of(id));
        let Some(entry) = deleted.filter(|entry| entry.state == State::Deleted) else {
            let (from, to) = (self.state(id), State::Sent);
            let id = Arc::clone(id);
            return Err(Illegal { id, from, to });
        };
        entry.state = if entry.was_sent {
            State::Sent
        } else {
            State::Doomed
        };
        self.moved -= u64::from(entry.was_sent);
        *self.counts.entry(entry.state).or_default() += 1;
        *self.counts.entry(State::Deleted).or_default() -= 1;
        Ok(())
    }

    fn turn(&mut self, id: &Arc<str>, to: State) -> Result<&mut Entry, Illegal> {
        let key = Key::of(id);
        let from = self.letters.get(&key).map(|entry| entry.state);
        if !may_follow(from, to) {
            let id = Arc::clone(id);
            return Err(Illegal { id, from, to });
        }
        if let Some(from) = from {
            *self.counts.entry(from).or_default() -= 1;
        }
        *self.counts.entry(to).or_default() += 1;
        let entry = self.letters.entry(key).or_insert(Entry {
            state: to,
            was_sent: false,
            is_edited: false,
            is_inferred: false,
            is_doubtful: false,
            is_beside: false,
        });
        entry.state = to;
        Ok(entry)
    }
}

/// The state machine.
fn may_follow(from: Option<State>, to: State) -> bool {
    use State::{Claimed, Deleted, Doomed, Failed, Passed, Released, Sending, Sent};
    match to {
        Claimed => matches!(from, None | Some(Released | Passed | Sending)),
        // Again, when the outcome of the first time stayed unknown.
        Sending => matches!(from, Some(Claimed | Sending)),
        Sent => from == Some(Sending),
        Deleted => matches!(from, Some(Sent | Doomed)),
        Doomed | Passed => matches!(from, None | Some(Released)),
        Released => matches!(from, None | Some(Claimed | Passed | Released)),
        Failed => matches!(from, None | Some(Claimed | Sending | Released | Doomed)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{
        function::Arn,
        redrive::{
            record::{Arrival, Arrived, Claim, Going, Sending, Target},
            tests::{TARGET, message},
        },
    };

    fn to() -> Target {
        Target::Queue(Arn::new(TARGET))
    }

    fn claimed(id: &str) -> Record {
        Record::Claimed(Box::new(Claim {
            message: Arc::new(message(id, "{}")),
            until: Timestamp::UNIX_EPOCH,
            to: to(),
            content: None,
            is_edited: false,
            is_inferred: false,
        }))
    }

    fn sending(id: &str) -> Record {
        Record::Sending(Sending {
            at: Timestamp::UNIX_EPOCH,
            batch: 1,
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
            at: Timestamp::UNIX_EPOCH,
            to: to(),
            letters: vec![Arrived {
                id: id.into(),
                sent_as: format!("new-{id}"),
                content: Key::of("{}"),
            }],
        })
    }

    fn failed(id: &str) -> Record {
        Record::Failed {
            id: id.into(),
            reason: "too large".into(),
            not_judged: false,
        }
    }

    /// Every record about one letter, by its name.
    fn steps(id: &str) -> Vec<(&'static str, Record)> {
        let ids = || vec![Arc::from(id)];
        vec![
            ("claimed", claimed(id)),
            ("sending", sending(id)),
            ("sent", sent(id)),
            (
                "not sent",
                Record::NotSent {
                    ids: ids(),
                    reason: "throttled".into(),
                },
            ),
            ("doomed", Record::Doomed(ids())),
            ("deleted", Record::Deleted(ids())),
            ("undeleted", Record::Undeleted(ids())),
            ("released", Record::Released(ids())),
            ("failed", failed(id)),
        ]
    }

    fn after(names: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        for name in names {
            let (_, record) = steps("a")
                .into_iter()
                .find(|(step, _)| step == name)
                .expect("a step");
            ledger.apply(&record).expect("legal");
        }
        ledger
    }

    #[test]
    fn only_these_steps_follow_on_each_other() {
        let legal: &[(&[&str], &[&str])] = &[
            (&[], &["claimed", "doomed", "deleted", "released", "failed"]),
            (&["doomed"], &["deleted", "failed"]),
            (&["claimed"], &["sending", "released", "failed"]),
            (
                &["claimed", "sending"],
                &["sending", "sent", "not sent", "claimed", "failed"],
            ),
            (&["claimed", "sending", "sent"], &["deleted"]),
            (&["claimed", "sending", "sent", "deleted"], &["undeleted"]),
            (
                &["claimed", "sending", "sent", "deleted", "undeleted"],
                &["deleted"],
            ),
            (&["doomed", "deleted"], &["undeleted"]),
            (&["doomed", "deleted", "undeleted"], &["deleted", "failed"]),
            (
                &["claimed", "released"],
                &[
                    "claimed", "not sent", "doomed", "deleted", "released", "failed",
                ],
            ),
            (&["claimed", "failed"], &[]),
        ];
        for (before, allowed) in legal {
            for (name, record) in steps("a") {
                let is_legal = after(before).apply(&record).is_ok();
                assert_eq!(
                    is_legal,
                    allowed.contains(&name)
                        // A letter that is new again may be claimed under either name.
                        || (before.is_empty() && name == "not sent"),
                    "{before:?} then {name}"
                );
            }
        }
    }

    #[test]
    fn what_was_sent_is_never_sent_again_and_only_deleted_when_it_shows_up() {
        let ledger = after(&["claimed", "sending", "sent"]);
        assert_eq!(ledger.receipt("a"), Receipt::Delete);
        let ledger = after(&["claimed", "sending", "sent", "deleted"]);
        assert_eq!(ledger.receipt("a"), Receipt::Delete);
        assert_eq!(ledger.receipt("b"), Receipt::New);
        assert_eq!(after(&["claimed", "failed"]).receipt("a"), Receipt::Hold);
        assert_eq!(after(&["claimed"]).receipt("a"), Receipt::InWork);
        assert_eq!(after(&["claimed", "released"]).receipt("a"), Receipt::New);
    }

    #[test]
    fn the_figures_add_up_at_every_step() {
        let mut ledger = Ledger::default();
        for id in ["a", "b", "c", "d", "e"] {
            ledger.apply(&claimed(id)).expect("legal");
            assert!(ledger.tally(false).adds_up() && ledger.tally(true).adds_up());
        }
        for record in [
            sending("a"),
            sent("a"),
            Record::Deleted(vec!["a".into()]),
            Record::Undeleted(vec!["a".into()]),
            Record::Deleted(vec!["a".into()]),
            sending("b"),
            sent("b"),
            failed("c"),
            Record::Released(vec!["d".into()]),
            Record::Deleted(vec!["x".into()]),
            Record::Undeleted(vec!["x".into()]),
            Record::Deleted(vec!["x".into()]),
            Record::Doubtful(vec!["b".into(), "b".into()]),
        ] {
            ledger.apply(&record).expect("legal");
            assert!(ledger.tally(false).adds_up() && ledger.tally(true).adds_up());
        }
        ledger.pass(&"y".into()).expect("legal");
        let tally = ledger.tally(true);
        assert!(tally.adds_up());
        assert_eq!(
            (tally.read, tally.moved, tally.deleted, tally.released),
            (7, 1, 1, 1)
        );
        assert_eq!(
            (
                tally.failed,
                tally.undeleted,
                tally.pending,
                tally.duplicates
            ),
            (1, 1, 2, 1)
        );
        // `x` was sent by an earlier plan: it takes no place of the limit.
        assert_eq!(ledger.taken(), 4);
        ledger
            .apply(&Record::Doomed(vec!["z".into()]))
            .expect("legal");
        ledger
            .apply(&Record::Deleted(vec!["z".into()]))
            .expect("legal");
        assert_eq!((ledger.taken(), ledger.tally(true).deleted), (5, 2));
        assert_eq!(ledger.reasons(), [("too large".to_owned(), 1)]);
        // Nor does what could not be judged.
        let not_judged = Record::Failed {
            id: "q".into(),
            reason: "could not be judged: no".into(),
            not_judged: true,
        };
        ledger.apply(&not_judged).expect("legal");
        let tally = ledger.tally(true);
        assert_eq!((ledger.taken(), tally.failed, tally.not_judged), (5, 1, 1));
        assert!(tally.adds_up());
        assert_eq!(ledger.receipt("q"), Receipt::Hold);
    }

    #[test]
    fn what_comes_back_is_known_by_id_request_or_content() {
        let ledger = after(&["claimed", "sending", "sent"]);
        assert!(ledger.knows_as_sent("new-a", None, None));
        assert!(ledger.knows_as_sent("z", Some("new-a"), None));
        assert!(ledger.knows_as_sent("z", None, Some("{}")));
        assert!(!ledger.knows_as_sent("z", None, None));
        assert!(!ledger.knows_as_sent("z", Some("y"), Some("{\"other\":1}")));
    }
}
