//! Packing letters into batches: ten to a call and 1 MiB, by destination, and on FIFO strictly in
//! the order they were received.
//!
//! A letter of a group leaves only when the one before it has arrived: entries of one batch fail
//! one by one, so two of a group never share a batch.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::record::{Key, Target};
use crate::domain::queue::{BATCH, MAX_BYTES};

/// A letter that waits for a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Message id.
    pub id: Arc<str>,
    /// Against the limit of a batch.
    pub bytes: usize,
    /// The group whose order counts; `None` where none does.
    pub group: Option<Key>,
    /// When it came.
    pub since: Timestamp,
    /// Its turn among all letters; kept when it comes again.
    pub turn: u64,
}

/// Letters that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where to.
    pub to: Target,
    /// In order.
    pub items: Vec<Item>,
}

/// What waits, by destination.
#[derive(Debug, Clone, Default)]
pub struct Packer {
    lines: BTreeMap<Target, BTreeMap<u64, Item>>,
    places: HashMap<Arc<str>, (Target, u64)>,
    /// By group, the turns of its letters that are neither waiting nor finished: those behind
    /// the first of them wait.
    busy: HashMap<Key, BTreeSet<u64>>,
    /// Groups of which a letter failed, by the first such letter's turn: those behind it must
    /// not overtake it.
    failed: HashMap<Key, u64>,
}

/// When a batch that is not full may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// At once: nothing more is coming.
    Now,
    /// When its oldest letter has waited this long.
    After(SignedDuration),
}

impl Packer {
    /// Lets a letter wait; its place is by its turn.
    pub fn push(&mut self, to: Target, item: Item) {
        self.finished(item.group, item.turn);
        let place = (to.clone(), item.turn);
        self.places.insert(Arc::clone(&item.id), place);
        self.lines.entry(to).or_default().insert(item.turn, item);
    }

    /// Takes a letter out again, because it is no longer ours. Its group waits for it.
    pub fn remove(&mut self, id: &str) -> Option<Item> {
        let (to, turn) = self.places.remove(id)?;
        let item = self.lines.get_mut(&to)?.remove(&turn)?;
        self.is_away(&item);
        Some(item)
    }

    fn is_away(&mut self, item: &Item) {
        if let Some(group) = item.group {
            self.busy.entry(group).or_default().insert(item.turn);
        }
    }

    /// Whether an earlier letter of its group is away.
    fn is_blocked(&self, item: &Item) -> bool {
        item.group
            .and_then(|group| self.busy.get(&group)?.first())
            .is_some_and(|first| *first < item.turn)
    }

    /// Letters that wait.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The next batch of at most `most` letters.
    pub fn next(&mut self, most: usize, partial: Partial, now: Timestamp) -> Option<Batch> {
        if most == 0 {
            return None;
        }
        let (to, turns) = self.lines.iter().find_map(|(to, line)| {
            let turns = self.ready(to, line, most, partial, now)?;
            Some((to.clone(), turns))
        })?;
        let line = self.lines.get_mut(&to)?;
        let items: Vec<Item> = turns.iter().filter_map(|turn| line.remove(turn)).collect();
        if line.is_empty() {
            self.lines.remove(&to);
        }
        for item in &items {
            self.places.remove(&item.id);
            self.is_away(item);
        }
        Some(Batch { to, items })
    }

    /// The turns of the letters that may leave together, if they may.
    fn ready(
        &self,
        to: &Target,
        line: &BTreeMap<u64, Item>,
        most: usize,
        partial: Partial,
        now: Timestamp,
    ) -> Option<Vec<u64>> {
        let most = match to {
            Target::Queue(_) => most.min(BATCH),
            Target::Function { .. } => 1,
        };
        let mut turns = Vec::with_capacity(most);
        let mut groups = HashSet::new();
        let mut bytes = 0;
        let mut is_full = false;
        let mut oldest: Option<Timestamp> = None;
        for item in line.values() {
            // Whether it may go or not, those behind it do not go before it.
            let is_behind = item.group.is_some_and(|group| !groups.insert(group));
            if is_behind || self.is_blocked(item) {
                continue;
            }
            if !turns.is_empty() && bytes + item.bytes > MAX_BYTES {
                is_full = true;
                break;
            }
            bytes += item.bytes;
            turns.push(item.turn);
            oldest = Some(oldest.map_or(item.since, |oldest| oldest.min(item.since)));
            if turns.len() == most {
                is_full = true;
                break;
            }
        }
        let oldest = oldest?;
        let may_go = is_full
            || match partial {
                Partial::Now => true,
                Partial::After(wait) => now.duration_since(oldest) >= wait,
            };
        may_go.then_some(turns)
    }

    /// When the oldest waiting letter has waited long enough, if any waits.
    pub fn due(&self, wait: SignedDuration) -> Option<Timestamp> {
        self.lines
            .values()
            .flat_map(BTreeMap::values)
            .filter(|item| !self.is_blocked(item))
            .map(|item| item.since + wait)
            .min()
    }

    /// A letter arrived, or was given up in a way that lets the next of its group go.
    pub fn finished(&mut self, group: Option<Key>, turn: u64) {
        if let Some(group) = group
            && let Some(turns) = self.busy.get_mut(&group)
        {
            turns.remove(&turn);
            if turns.is_empty() {
                self.busy.remove(&group);
            }
        }
    }

    /// A letter stays behind: gives out those of its group that wait behind it, which must stay
    /// too, and refuses later ones by [`Packer::is_failed`].
    pub fn failed(&mut self, group: Key, turn: u64) -> Vec<Item> {
        let first = self.failed.entry(group).or_insert(turn);
        *first = turn.min(*first);
        self.finished(Some(group), turn);
        let behind: Vec<Arc<str>> = self
            .lines
            .values()
            .flat_map(BTreeMap::values)
            .filter(|item| item.group == Some(group) && item.turn > turn)
            .map(|item| Arc::clone(&item.id))
            .collect();
        let items: Vec<Item> = behind.iter().filter_map(|id| self.remove(id)).collect();
        for item in &items {
            self.finished(item.group, item.turn);
        }
        items
    }

    /// Whether a letter of this group with an earlier turn stayed behind.
    pub fn is_failed(&self, group: Option<Key>, turn: u64) -> bool {
        group
            .and_then(|group| self.failed.get(&group))
            .is_some_and(|first| *first < turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::function::Arn;

    const WAIT: Partial = Partial::After(SignedDuration::from_millis(200));

    fn to(name: &str) -> Target {
        Target::Queue(Arn::new(format!("arn:aws:sqs:e:1:{name}")))
    }

    fn item(turn: u64, bytes: usize, group: Option<&str>) -> Item {
        Item {
            id: format!("m{turn}").into(),
            bytes,
            group: group.map(Key::of),
            since: Timestamp::UNIX_EPOCH,
            turn,
        }
    }

    fn turns(batch: Option<Batch>) -> Vec<u64> {
        batch.map_or_else(Vec::new, |batch| {
            batch.items.iter().map(|item| item.turn).collect()
        })
    }

    #[test]
    fn ten_go_together_and_fewer_wait_a_moment() {
        let mut packer = Packer::default();
        for turn in 0..13 {
            packer.push(to("a"), item(turn, 10, None));
        }
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(turns(packer.next(10, WAIT, now)).len(), 10);
        assert_eq!(turns(packer.next(10, WAIT, now)), [] as [u64; 0]);
        let later = now + SignedDuration::from_millis(200);
        assert_eq!(packer.due(SignedDuration::from_millis(200)), Some(later));
        assert_eq!(turns(packer.next(2, WAIT, now)), [10, 11]);
        assert_eq!(turns(packer.next(10, WAIT, later)), [12]);
        assert!(packer.is_empty());
    }

    #[test]
    fn a_batch_stays_under_one_mebibyte_and_has_one_destination() {
        let mut packer = Packer::default();
        for turn in 0..3 {
            packer.push(to("a"), item(turn, 600_000, None));
        }
        packer.push(to("b"), item(3, 1, None));
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(turns(packer.next(10, WAIT, now)), [0], "full by size");
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [1]);
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [2]);
        assert_eq!(
            packer.next(10, Partial::Now, now).map(|b| b.to),
            Some(to("b"))
        );
    }

    #[test]
    fn a_group_goes_one_by_one_in_order() {
        let mut packer = Packer::default();
        let now = Timestamp::UNIX_EPOCH;
        for turn in 0..4 {
            let group = if turn == 2 { "h" } else { "g" };
            packer.push(to("a"), item(turn, 1, Some(group)));
        }
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [0, 2]);
        assert_eq!(
            packer.next(10, Partial::Now, now),
            None,
            "0 has not arrived"
        );
        // It did not go: it comes again, before the others of its group.
        packer.push(to("a"), item(0, 1, Some("g")));
        packer.finished(Some(Key::of("h")), 2);
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [0]);
        packer.finished(Some(Key::of("g")), 0);
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [1]);
    }

    #[test]
    fn those_behind_a_failed_letter_stay_behind() {
        let mut packer = Packer::default();
        let now = Timestamp::UNIX_EPOCH;
        for turn in 0..3 {
            packer.push(to("a"), item(turn, 1, Some("g")));
        }
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [0]);
        let behind = packer.failed(Key::of("g"), 0);
        assert_eq!(behind.len(), 2);
        let group = Some(Key::of("g"));
        assert!(packer.is_failed(group, 1) && !packer.is_failed(group, 0));
        assert!(!packer.is_failed(None, 1));
        assert_eq!(packer.next(10, Partial::Now, now), None);
    }

    #[test]
    fn a_letter_that_was_lost_holds_its_group_until_it_is_back() {
        let mut packer = Packer::default();
        let now = Timestamp::UNIX_EPOCH;
        packer.push(to("a"), item(0, 1, Some("g")));
        packer.push(to("a"), item(1, 1, Some("g")));
        assert!(packer.remove("m0").is_some());
        assert_eq!(packer.next(10, Partial::Now, now), None);
        packer.push(to("a"), item(0, 1, Some("g")));
        assert_eq!(turns(packer.next(10, Partial::Now, now)), [0]);
    }
}
