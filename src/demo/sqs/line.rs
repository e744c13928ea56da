//! Who is next: the order in which a queue hands out its messages.
//!
//! Responsible for visible messages of standard queues, and for the groups of FIFO queues: in
//! order, one batch of a group in flight at a time. Messages are known by ordinal, their place in
//! the order of arrival.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::super::dice::mix;

/// Hosts that the messages of a standard queue are spread over.
const HOSTS: u64 = 8;

/// The order of one queue.
#[derive(Debug)]
pub(super) enum Line {
    /// Oldest first, as far as a standard queue keeps any order.
    Standard(BTreeSet<u64>),
    /// In order within a group.
    Fifo {
        /// By group.
        groups: HashMap<Arc<str>, Group>,
        /// Groups that a receive can take from, by their first message.
        ready: BTreeMap<u64, Arc<str>>,
    },
}

/// The messages of a group in order, each with whether it is visible.
#[derive(Debug, Default)]
pub(super) struct Group {
    members: BTreeMap<u64, bool>,
    in_flight: usize,
    /// Under which message it stands among the ready.
    listed: Option<u64>,
}

impl Line {
    pub fn new(fifo: bool) -> Self {
        if fifo {
            Self::Fifo {
                groups: HashMap::new(),
                ready: BTreeMap::new(),
            }
        } else {
            Self::Standard(BTreeSet::new())
        }
    }

    /// Whether a receive would find anything.
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Standard(visible) => !visible.is_empty(),
            Self::Fifo { ready, .. } => !ready.is_empty(),
        }
    }

    /// At most this many messages that can be received now. Short polling (`hosts`: a number per
    /// call) asks a subset of the hosts of a standard queue, so it can miss any of them.
    pub fn next(&self, wanted: usize, hosts: Option<u64>) -> Vec<u64> {
        match self {
            Self::Standard(visible) => {
                let asked = |ordinal: &u64| {
                    hosts.is_none_or(|call| !mix(&[call, ordinal % HOSTS]).is_multiple_of(4))
                };
                visible.iter().copied().filter(asked).take(wanted).collect()
            }
            Self::Fifo { groups, ready } => ready
                .values()
                .flat_map(|name| {
                    let members = groups[name].members.iter();
                    members.take_while(|(_, visible)| **visible)
                })
                .map(|(ordinal, _)| *ordinal)
                .take(wanted)
                .collect(),
        }
    }

    /// A message came, visible or not.
    pub fn add(&mut self, ordinal: u64, group: Option<&Arc<str>>, visible: bool) {
        match self {
            Self::Standard(all) => {
                if visible {
                    all.insert(ordinal);
                }
            }
            Self::Fifo { .. } => self.group(group, |group| {
                group.members.insert(ordinal, visible);
            }),
        }
    }

    /// A visible message was received.
    pub fn take(&mut self, ordinal: u64, group: Option<&Arc<str>>) {
        match self {
            Self::Standard(visible) => {
                visible.remove(&ordinal);
            }
            Self::Fifo { .. } => self.group(group, |group| {
                group.members.insert(ordinal, false);
                group.in_flight += 1;
            }),
        }
    }

    /// A message can be received again, or for the first time.
    pub fn show(&mut self, ordinal: u64, group: Option<&Arc<str>>, was_in_flight: bool) {
        match self {
            Self::Standard(visible) => {
                visible.insert(ordinal);
            }
            Self::Fifo { .. } => self.group(group, |group| {
                group.members.insert(ordinal, true);
                group.in_flight -= usize::from(was_in_flight);
            }),
        }
    }

    /// A message is gone.
    pub fn remove(&mut self, ordinal: u64, group: Option<&Arc<str>>, was_in_flight: bool) {
        match self {
            Self::Standard(visible) => {
                visible.remove(&ordinal);
            }
            Self::Fifo { .. } => self.group(group, |group| {
                group.members.remove(&ordinal);
                group.in_flight -= usize::from(was_in_flight);
            }),
        }
    }

    /// Changes a group, and lists it anew: it is ready when none of its messages is in flight and
    /// the first is visible.
    fn group(&mut self, name: Option<&Arc<str>>, change: impl FnOnce(&mut Group)) {
        let Self::Fifo { groups, ready } = self else {
            return;
        };
        let name = name.cloned().unwrap_or_default();
        let group = groups.entry(Arc::clone(&name)).or_default();
        change(group);
        let first = group.members.first_key_value();
        let listed = first
            .filter(|(_, visible)| **visible && group.in_flight == 0)
            .map(|(ordinal, _)| *ordinal);
        if let Some(before) = std::mem::replace(&mut group.listed, listed) {
            ready.remove(&before);
        }
        if group.members.is_empty() {
            groups.remove(&name);
        } else if let Some(listed) = listed {
            ready.insert(listed, name);
        }
    }
}
