//! Which events were handed out already, as far back as any later walk may look.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::domain::log::LogEvent;

/// Remembers events from its horizon on; older ones count as new.
#[derive(Debug)]
pub(super) struct Seen {
    horizon: i64,
    events: BTreeSet<(i64, u64)>,
    /// Events of this page that have no id, to tell equal ones apart.
    nameless: HashMap<(i64, u64), u64>,
}

impl Seen {
    pub(super) fn new(horizon: i64) -> Self {
        Self {
            horizon,
            events: BTreeSet::new(),
            nameless: HashMap::new(),
        }
    }

    /// What follows comes from one page.
    pub(super) fn begin_page(&mut self) {
        self.nameless.clear();
    }

    /// Notes an event; false if it was there.
    pub(super) fn insert(&mut self, event: &LogEvent) -> bool {
        if event.timestamp < self.horizon {
            return true;
        }
        let mut key = (event.timestamp, digest(event, 0));
        if event.id.is_empty() {
            let ordinal = self.nameless.entry(key).or_default();
            key.1 = digest(event, *ordinal);
            *ordinal += 1;
        }
        self.events.insert(key)
    }

    pub(super) fn forget_before(&mut self, horizon: i64) {
        if horizon > self.horizon {
            self.horizon = horizon;
            self.events = self.events.split_off(&(horizon, 0));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }
}

/// Ids of small servers are unique in their stream only, so the stream is part of it.
fn digest(event: &LogEvent, ordinal: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.stream.hash(&mut hasher);
    if event.id.is_empty() {
        event.message.hash(&mut hasher);
        event.ingested.hash(&mut hasher);
        ordinal.hash(&mut hasher);
    } else {
        event.id.hash(&mut hasher);
    }
    hasher.finish()
}
