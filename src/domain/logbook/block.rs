//! A sealed block: up to 64 KiB of text, compressed, and eight bytes of index a line.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::report::{InvocationKey, Level, StreamId};

/// Names a line for the life of its book, counted in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// Where a line is, however the book changes around it. Its order is not the book's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line's timestamp, ms.
    pub timestamp: i64,
    /// The line.
    pub entry: EntryId,
}

/// Names one sealed content: a block that is replaced gets a new id, so what is remembered under
/// an id never goes stale. Unique in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockId(u64);

impl BlockId {
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Most text of a block with more than one line, in bytes. Just below what lz4's small hash table
/// and 16-bit offsets can take.
pub(super) const FULL: usize = 65_528;

/// Milliseconds a block can span.
pub(super) const SPAN: i64 = Slot::DELTA as i64;

/// A line's place in the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Milliseconds after the block's first line (28 bits), level (3 bits), platform (1 bit).
    packed: u32,
    /// Where its text begins.
    pub(super) start: u16,
    /// Index into the block's origins.
    pub(super) origin: u16,
}

impl Slot {
    const DELTA: u32 = (1 << 28) - 1;

    pub(super) fn new(
        delta: u32,
        level: Option<Level>,
        platform: bool,
        start: u16,
        origin: u16,
    ) -> Self {
        let level = level.map_or(0, |level| level as u32 + 1);
        Self {
            packed: delta & Self::DELTA | level << 28 | u32::from(platform) << 31,
            start,
            origin,
        }
    }

    fn level(self) -> Option<Level> {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        [
            None,
            Some(Trace),
            Some(Debug),
            Some(Info),
            Some(Warn),
            Some(Error),
            Some(Fatal),
            None,
        ][(self.packed >> 28 & 7) as usize]
    }
}

/// Stream and invocation of a line; a block holds few different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) stream: StreamId,
    pub(super) invocation: Option<InvocationKey>,
}

/// Ids of the lines: one run as they arrived, or one by one after a late line came between.
#[derive(Debug)]
pub(super) enum Ids {
    Run(u64),
    Each(Box<[u64]>),
}

/// A sealed piece of a book. Immutable.
#[derive(Debug)]
pub struct Block {
    pub(super) id: BlockId,
    pub(super) base: i64,
    pub(super) slots: Box<[Slot]>,
    pub(super) origins: Box<[Origin]>,
    pub(super) ids: Ids,
    /// Index of each late line and by how many milliseconds it was.
    pub(super) late: Box<[(u16, u32)]>,
    pub(super) errors: u32,
    pub(super) compressed: bool,
    pub(super) text_len: usize,
    pub(super) packed: Box<[u8]>,
}

impl Block {
    /// Its id.
    pub fn id(&self) -> BlockId {
        self.id
    }

    /// Lines in it; never 0.
    #[allow(clippy::len_without_is_empty, reason = "a block is never empty")]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        let ids = match &self.ids {
            Ids::Run(_) => 0,
            Ids::Each(ids) => size_of_val(&**ids),
        };
        size_of::<Self>()
            + size_of_val(&*self.slots)
            + size_of_val(&*self.origins)
            + size_of_val(&*self.late)
            + self.packed.len()
            + ids
    }

    /// Time of its first line, ms.
    pub fn first_timestamp(&self) -> i64 {
        self.base
    }

    /// Time of its last line, ms.
    pub fn last_timestamp(&self) -> i64 {
        self.timestamp(self.len() - 1)
    }

    /// Lines of level error and above.
    pub fn errors(&self) -> usize {
        self.errors as usize
    }

    /// Puts the text, every line with a line feed after it, in place of what `into` holds.
    pub(super) fn inflate(&self, into: &mut Vec<u8>) {
        into.clear();
        if !self.compressed {
            into.extend_from_slice(&self.packed);
            return;
        }
        into.resize(self.text_len, 0);
        let length = lz4_flex::block::decompress_into(&self.packed, into);
        debug_assert_eq!(
            length.ok(),
            Some(self.text_len),
            "a block is what its draft compressed"
        );
    }

    pub(super) fn timestamp(&self, index: usize) -> i64 {
        self.base + i64::from(self.slots[index].packed & Slot::DELTA)
    }

    pub(super) fn level(&self, index: usize) -> Option<Level> {
        self.slots[index].level()
    }

    pub(super) fn is_platform(&self, index: usize) -> bool {
        self.slots[index].packed >> 31 == 1
    }

    pub(super) fn origin(&self, index: usize) -> Origin {
        self.origins[usize::from(self.slots[index].origin)]
    }

    pub(super) fn late_by(&self, index: usize) -> Option<u32> {
        let found = self
            .late
            .binary_search_by_key(&index, |&(at, _)| usize::from(at));
        found.ok().map(|at| self.late[at].1)
    }

    pub(super) fn entry_id(&self, index: usize) -> EntryId {
        EntryId(match &self.ids {
            Ids::Run(first) => first + index as u64,
            Ids::Each(ids) => ids[index],
        })
    }

    pub(super) fn position(&self, index: usize) -> Position {
        Position {
            timestamp: self.timestamp(index),
            entry: self.entry_id(index),
        }
    }

    /// Bytes of a line within the inflated text, without its line feed.
    pub(super) fn range(&self, index: usize) -> std::ops::Range<usize> {
        let end = self
            .slots
            .get(index + 1)
            .map_or(self.text_len, |next| usize::from(next.start));
        usize::from(self.slots[index].start)..end - 1
    }

    /// The line whose text holds this byte.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        self.slots
            .partition_point(|slot| usize::from(slot.start) <= byte)
            - 1
    }

    /// Index of the first line at or after a time; `len` if there is none.
    pub(super) fn seek(&self, timestamp: i64) -> usize {
        let delta = timestamp - self.base;
        self.slots
            .partition_point(|slot| i64::from(slot.packed & Slot::DELTA) < delta)
    }

    pub(super) fn find(&self, position: Position) -> Option<usize> {
        let from = self.seek(position.timestamp);
        match &self.ids {
            Ids::Run(first) => {
                let index = usize::try_from(position.entry.0.checked_sub(*first)?).ok()?;
                (from..self.len()).contains(&index).then_some(index)
            }
            Ids::Each(ids) => ids[from..]
                .iter()
                .position(|&id| id == position.entry.0)
                .map(|n| from + n),
        }
        .filter(|&index| self.timestamp(index) == position.timestamp)
    }
}
