//! Reading a journal again: the ledger it adds up to, and the letters that were under way.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Ledger, Plan,
    progress::{End, Failure},
    record::{Claim, Key, Record},
};

/// Where a letter stood when the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stood {
    /// Ours, not sent.
    Claimed,
    /// Perhaps sent.
    Sending {
        /// First time.
        since: Timestamp,
        /// FIFO: the id under which it was.
        deduplication_id: Option<String>,
        /// By a synchronous invoke.
        is_synchronous: bool,
    },
    /// Sent, not deleted yet.
    Sent,
}

/// A letter that was under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// The letter, with its newest handle.
    pub claim: Claim,
    /// How far it was.
    pub stood: Stood,
}

/// A journal, read.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The plan.
    pub plan: Plan,
    /// The state of every letter that was met.
    pub ledger: Ledger,
    /// The letters under way, in the order they were claimed.
    pub open: Vec<Open>,
    /// Letters that were to be deleted only, or were shown again after their delete, and perhaps are
    /// gone.
    pub doomed: Vec<Arc<str>>,
    /// The letters that failed, in order.
    pub failures: Vec<Failure>,
    /// The letters that are perhaps there twice, in order.
    pub duplicates: Vec<Arc<str>>,
    /// How the last run ended, if it came to an end.
    pub end: Option<End>,
    /// The last run gave back everything it held.
    pub gave_back: bool,
    /// Number of the next batch.
    pub next_batch: u64,
}

impl Replay {
    /// Of a journal that has nothing but its plan.
    pub fn of(plan: Plan) -> Self {
        Self {
            plan,
            ledger: Ledger::default(),
            open: Vec::new(),
            doomed: Vec::new(),
            failures: Vec::new(),
            duplicates: Vec::new(),
            end: None,
            gave_back: false,
            next_batch: 0,
        }
    }
}

/// Reads a journal record by record.
#[derive(Debug, Default)]
pub struct Reader {
    plan: Option<Plan>,
    ledger: Ledger,
    open: HashMap<Key, (u64, Open)>,
    doomed: HashMap<Key, Arc<str>>,
    failures: Vec<Failure>,
    duplicates: Vec<Arc<str>>,
    end: Option<End>,
    gave_back: bool,
    next_batch: u64,
    claims: u64,
}

impl Reader {
    /// Takes the next record in.
    ///
    /// # Errors
    /// When it is not the plan and should be, or cannot follow on those before.
    pub fn feed(&mut self, record: Record) -> Result<(), String> {
        if self.plan.is_none() != matches!(record, Record::Plan(_)) {
            return Err("the first line, and only the first, is the plan".into());
        }
        if let Record::Doubtful(ids) = &record {
            let news = ids.iter().filter(|id| !self.ledger.is_doubtful(id));
            self.duplicates.extend(news.cloned());
        }
        self.ledger
            .apply(&record)
            .map_err(|error| error.to_string())?;
        self.end = None;
        self.gave_back = false;
        match record {
            Record::Plan(plan) => self.plan = Some(*plan),
            Record::Claimed(claim) => {
                self.claims += 1;
                let stood = Stood::Claimed;
                let key = Key::of(&claim.message.id);
                let claim = *claim;
                self.open.insert(key, (self.claims, Open { claim, stood }));
            }
            Record::Leased(leases) => {
                for lease in leases {
                    if let Some(claim) = self.claim(&lease.id) {
                        claim.until = lease.until;
                        if let Some(handle) = lease.handle {
                            Arc::make_mut(&mut claim.message).handle = handle;
                        }
                    }
                }
            }
            Record::Sending(sending) => {
                self.next_batch = self.next_batch.max(sending.batch + 1);
                for letter in sending.letters {
                    self.stand(&letter.id, |stood| match stood {
                        Stood::Sending { since, .. } => Stood::Sending {
                            since: *since,
                            deduplication_id: letter.deduplication_id,
                            is_synchronous: sending.is_synchronous,
                        },
                        _ => Stood::Sending {
                            since: sending.at,
                            deduplication_id: letter.deduplication_id,
                            is_synchronous: sending.is_synchronous,
                        },
                    });
                }
            }
            Record::Sent(arrival) => {
                for letter in arrival.letters {
                    self.stand(&letter.id, |_| Stood::Sent);
                }
            }
            Record::NotSent { ids, .. } => {
                for id in ids {
                    self.stand(&id, |_| Stood::Claimed);
                }
            }
            Record::Doomed(ids) | Record::Undeleted(ids) => {
                self.doomed
                    .extend(ids.into_iter().map(|id| (Key::of(&id), id)));
            }
            Record::Deleted(ids) | Record::Released(ids) => {
                for id in ids {
                    self.open.remove(&Key::of(&id));
                    self.doomed.remove(&Key::of(&id));
                }
            }
            Record::Failed { id, reason, .. } => {
                self.open.remove(&Key::of(&id));
                self.doomed.remove(&Key::of(&id));
                self.failures.push(Failure { id, reason });
            }
            Record::Doubtful(_) | Record::Returned(_) => {}
            Record::Ended(ended) => {
                self.end = Some(ended.end);
                self.gave_back = ended.gave_back;
            }
        }
        Ok(())
    }

    /// What it adds up to; `None` without a plan.
    pub fn finish(self) -> Option<Replay> {
        let mut open: Vec<_> = self.open.into_values().collect();
        open.sort_by_key(|(number, _)| *number);
        let mut doomed: Vec<_> = self.doomed.into_values().collect();
        doomed.sort();
        Some(Replay {
            plan: self.plan?,
            ledger: self.ledger,
            open: open.into_iter().map(|(_, open)| open).collect(),
            doomed,
            failures: self.failures,
            duplicates: self.duplicates,
            end: self.end,
            gave_back: self.gave_back,
            next_batch: self.next_batch,
        })
    }

    fn claim(&mut self, id: &str) -> Option<&mut Claim> {
        self.open
            .get_mut(&Key::of(id))
            .map(|(_, open)| &mut open.claim)
    }

    fn stand(&mut self, id: &str, next: impl FnOnce(&Stood) -> Stood) {
        if let Some((_, open)) = self.open.get_mut(&Key::of(id)) {
            open.stood = next(&open.stood);
        }
    }
}
