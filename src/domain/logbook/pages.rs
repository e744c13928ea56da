//! The linked blocks of a book, to be read: positions, neighbours, text. A clone is a snapshot and
//! costs one reference count.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::domain::report::{InvocationKey, Level, StreamId};

use super::block::{Block, BlockId, Position};

/// Blocks in order.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    list: Arc<Vec<Linked>>,
}

/// A block and how many lines stand before it, counted from where the book once began.
#[derive(Debug, Clone)]
pub(super) struct Linked {
    pub(super) block: Arc<Block>,
    pub(super) start: usize,
}

/// A line of a book: its index facts at once, its text on demand.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub(super) block: &'a Arc<Block>,
    pub(super) index: usize,
}

impl Entry<'_> {
    /// Its name for the life of the book.
    pub fn position(&self) -> Position {
        self.block.position(self.index)
    }

    /// When it happened, ms.
    pub fn timestamp(&self) -> i64 {
        self.block.timestamp(self.index)
    }

    /// Its severity, if it shows one.
    pub fn level(&self) -> Option<Level> {
        self.block.level(self.index)
    }

    /// Whether the platform wrote it.
    pub fn is_platform(&self) -> bool {
        self.block.is_platform(self.index)
    }

    /// Its log stream.
    pub fn stream(&self) -> StreamId {
        self.block.origin(self.index).stream
    }

    /// The invocation it belongs to.
    pub fn invocation(&self) -> Option<InvocationKey> {
        self.block.origin(self.index).invocation
    }

    /// By how many milliseconds it was late, if it came after newer lines.
    pub fn late_by(&self) -> Option<u32> {
        self.block.late_by(self.index)
    }

    /// Its text, from the cache or inflated into it.
    pub fn text(&self, cache: &mut BlockCache) -> Text {
        Text {
            text: cache.inflated(self.block),
            range: self.block.range(self.index),
        }
    }
}

/// The text of one line; it keeps its inflated block alive.
#[derive(Debug, Clone)]
pub struct Text {
    text: Arc<str>,
    range: Range<usize>,
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text[self.range.clone()]
    }
}

/// The inflated blocks around what a view shows. The view owns it.
#[derive(Debug)]
pub struct BlockCache {
    blocks: Vec<(BlockId, Arc<str>)>,
    capacity: usize,
    buffer: Vec<u8>,
}

impl Default for BlockCache {
    fn default() -> Self {
        Self::new(8)
    }
}

impl BlockCache {
    /// A cache of that many blocks, 64 KiB each.
    pub fn new(capacity: usize) -> Self {
        Self {
            blocks: Vec::new(),
            capacity: capacity.max(1),
            buffer: Vec::new(),
        }
    }

    fn inflated(&mut self, block: &Block) -> Arc<str> {
        if let Some(at) = self.blocks.iter().rposition(|(id, _)| *id == block.id) {
            self.blocks[at..].rotate_left(1);
        } else {
            block.inflate(&mut self.buffer);
            if self.blocks.len() == self.capacity {
                self.blocks.remove(0);
            }
            self.blocks
                .push((block.id, String::from_utf8_lossy(&self.buffer).into()));
        }
        self.blocks[self.blocks.len() - 1].1.clone()
    }
}

/// One bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// Lines.
    pub lines: usize,
    /// Lines of level error and above.
    pub errors: usize,
}

impl Pages {
    /// Lines.
    pub fn len(&self) -> usize {
        self.list
            .last()
            .map_or(0, |last| last.start + last.block.len() - self.base())
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Time of the first line, ms.
    pub fn first_timestamp(&self) -> Option<i64> {
        self.list
            .first()
            .map(|linked| linked.block.first_timestamp())
    }

    /// Time of the last line, ms.
    pub fn last_timestamp(&self) -> Option<i64> {
        self.list.last().map(|linked| linked.block.last_timestamp())
    }

    /// The line at an index, counted from 0 at the oldest.
    pub fn get(&self, index: usize) -> Option<Entry<'_>> {
        (index < self.len()).then_some(())?;
        let target = index + self.base();
        let at = self.list.partition_point(|linked| linked.start <= target) - 1;
        let linked = &self.list[at];
        Some(Entry {
            block: &linked.block,
            index: target - linked.start,
        })
    }

    /// Index of the line at a position, if it is (still) there.
    pub fn index_of(&self, position: Position) -> Option<usize> {
        let from = self
            .list
            .partition_point(|linked| linked.block.last_timestamp() < position.timestamp);
        let candidates = self.list[from..].iter();
        candidates
            .take_while(|linked| linked.block.first_timestamp() <= position.timestamp)
            .find_map(|linked| Some(linked.start + linked.block.find(position)?))
            .map(|at| at - self.base())
    }

    /// Index of the line at a position, or if it is gone of the first one at or after its time, or
    /// of the last.
    pub fn nearest(&self, position: Position) -> Option<usize> {
        self.index_of(position)
            .or_else(|| self.seek(position.timestamp))
    }

    /// Index of the first line at or after a time, or of the last; `None` if there is no line.
    pub fn seek(&self, timestamp: i64) -> Option<usize> {
        Some(self.before(timestamp).min(self.len().checked_sub(1)?))
    }

    /// How many lines are older than a time.
    pub fn before(&self, timestamp: i64) -> usize {
        let at = self
            .list
            .partition_point(|linked| linked.block.last_timestamp() < timestamp);
        match self.list.get(at) {
            Some(linked) => linked.start + linked.block.seek(timestamp) - self.base(),
            None => self.len(),
        }
    }

    /// The lines of a range of indices, cut to what is there; from either end.
    pub fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = Entry<'_>> + '_ {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        let first = self.block_of(start);
        let last = if start < end {
            self.block_of(end - 1) + 1
        } else {
            first
        };
        let (from, to) = (start + self.base(), end + self.base());
        self.list[first..last].iter().flat_map(move |linked| {
            let begin = from.max(linked.start) - linked.start;
            let end = to.min(linked.start + linked.block.len()) - linked.start;
            (begin..end).map(|index| Entry {
                block: &linked.block,
                index,
            })
        })
    }

    /// Visits every line with its text, oldest first: to save, count, or group. Inflates each block
    /// once; runs off the interface's loop.
    pub fn read<B>(
        &self,
        mut visit: impl FnMut(Entry<'_>, &str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let mut buffer = Vec::new();
        for linked in self.list.iter() {
            linked.block.inflate(&mut buffer);
            let text = String::from_utf8_lossy(&buffer);
            for index in 0..linked.block.len() {
                visit(
                    Entry {
                        block: &linked.block,
                        index,
                    },
                    &text[linked.block.range(index)],
                )?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Lines and errors in `bars` equal parts of the time from `from` to before `to`, ms. Needs the
    /// index only.
    pub fn histogram(&self, from: i64, to: i64, bars: usize) -> Vec<Bar> {
        let mut result = vec![Bar::default(); bars];
        if bars == 0 || from >= to {
            return result;
        }
        let bar_of = |timestamp: i64| {
            let part = i128::from(timestamp - from) * bars as i128 / i128::from(to - from);
            (part as usize).min(bars - 1)
        };
        let begin = self
            .list
            .partition_point(|linked| linked.block.last_timestamp() < from);
        for linked in self.list[begin..]
            .iter()
            .take_while(|linked| linked.block.first_timestamp() < to)
        {
            let block = &linked.block;
            let (first, last) = (block.first_timestamp(), block.last_timestamp());
            if first >= from && last < to && bar_of(first) == bar_of(last) {
                let bar = &mut result[bar_of(first)];
                bar.lines += block.len();
                bar.errors += block.errors();
                continue;
            }
            for index in block.seek(from)..block.seek(to) {
                let bar = &mut result[bar_of(block.timestamp(index))];
                bar.lines += 1;
                bar.errors += usize::from(block.level(index).is_some_and(Level::is_error));
            }
        }
        result
    }

    pub(super) fn blocks(&self) -> &[Linked] {
        &self.list
    }

    /// Lines that stood before the first block and were evicted.
    pub(super) fn base(&self) -> usize {
        self.list.first().map_or(0, |first| first.start)
    }

    /// Index of the block that holds the line at an index; the number of blocks if none does.
    pub(super) fn block_of(&self, index: usize) -> usize {
        if index >= self.len() {
            return self.list.len();
        }
        self.list
            .partition_point(|linked| linked.start <= index + self.base())
            - 1
    }

    pub(super) fn pop_front(&mut self) -> Option<Arc<Block>> {
        let list = Arc::make_mut(&mut self.list);
        (!list.is_empty()).then(|| list.remove(0).block)
    }

    /// Puts blocks in place of those in `range` and counts anew behind it.
    pub(super) fn splice(&mut self, range: Range<usize>, blocks: &[Arc<Block>]) {
        let base = self.base();
        let list = Arc::make_mut(&mut self.list);
        let changed = range.start;
        list.splice(
            range,
            blocks.iter().map(|block| Linked {
                block: block.clone(),
                start: 0,
            }),
        );
        let mut start = match changed.checked_sub(1) {
            Some(before) => list[before].start + list[before].block.len(),
            None => base,
        };
        for linked in &mut list[changed..] {
            linked.start = start;
            start += linked.block.len();
        }
    }
}
