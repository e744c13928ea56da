//! The reader's side of a book, kept in the store: links what the log writer sealed, counts, evicts.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::domain::report::{Invocation, InvocationKey, SourceId, StreamId};

use super::block::Block;
use super::pages::Pages;
use super::splice::{Change, InvocationNews, Splice};

/// A log stream and the source it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The function or group.
    pub source: SourceId,
    /// As CloudWatch names it.
    pub name: Arc<str>,
}

/// What an application of a splice changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Lines added.
    pub new: usize,
    /// Lines that had come late.
    pub late: usize,
}

/// A book to be read.
#[derive(Debug, Clone, Default)]
pub struct Logbook {
    pages: Pages,
    bytes: usize,
    evicted: usize,
    duplicates: usize,
    late: usize,
    outdated: usize,
    streams: Arc<Vec<Stream>>,
    invocations: Invocations,
}

/// Invocations by the time of their first line.
#[derive(Debug, Clone, Default)]
struct Invocations {
    list: VecDeque<Arc<Invocation>>,
    /// A tree: it never stops to grow as a whole, as a hash table does.
    first: BTreeMap<InvocationKey, i64>,
    bytes: usize,
}

impl Logbook {
    /// An empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what the book's log writer made. Splices are to be applied in the order of making.
    pub fn apply(&mut self, splice: Splice) -> Applied {
        let applied = Applied {
            new: splice.new,
            late: splice.late,
        };
        for change in &splice.changes {
            self.link(change);
        }
        if !splice.streams.is_empty() {
            Arc::make_mut(&mut self.streams).extend(splice.streams);
        }
        let begin = self.pages.first_timestamp().unwrap_or(i64::MIN);
        for news in splice.invocations {
            match news {
                InvocationNews::More(told) if told.last >= begin => self.invocations.merge(told),
                InvocationNews::Anew(told) => {
                    self.invocations.remove(told.key());
                    if told.last >= begin {
                        self.invocations.merge(told);
                    }
                }
                InvocationNews::Gone(key) => self.invocations.remove(key),
                InvocationNews::More(_) => {}
            }
        }
        self.duplicates += splice.duplicates;
        self.late += splice.late;
        self.outdated += splice.outdated;
        applied
    }

    fn link(&mut self, change: &Change) {
        // Nearly always it is the last block, so look from the end.
        let place_of = |id| {
            self.pages
                .blocks()
                .iter()
                .rposition(|linked| linked.block.id() == id)
        };
        let lines = |blocks: &[Arc<Block>]| blocks.iter().map(|block| block.len()).sum::<usize>();
        let range = match (change.replaced, change.after) {
            (Some(replaced), _) => {
                let Some(at) = place_of(replaced) else {
                    // It was evicted while the log writer rewrote it, and what it became is too.
                    self.evicted += lines(&change.blocks);
                    return;
                };
                at..at + 1
            }
            (None, Some(after)) => {
                let at = place_of(after).map_or(0, |at| at + 1);
                at..at
            }
            (None, None) => 0..0,
        };
        self.bytes -= self.pages.blocks()[range.clone()]
            .iter()
            .map(|linked| linked.block.bytes())
            .sum::<usize>();
        self.bytes += change
            .blocks
            .iter()
            .map(|block| block.bytes())
            .sum::<usize>();
        self.pages.splice(range, &change.blocks);
    }

    /// The lines, to be read.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The lines as they are now, for work off the loop.
    pub fn snapshot(&self) -> Pages {
        self.pages.clone()
    }

    /// Lines.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Bytes of memory the book takes.
    pub fn bytes(&self) -> usize {
        self.bytes + self.invocations.bytes
    }

    /// Lines that were evicted, oldest first, to stay within the budget.
    pub fn evicted(&self) -> usize {
        self.evicted
    }

    /// Events dropped because they were there already.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Lines that came late.
    pub fn late(&self) -> usize {
        self.late
    }

    /// Events that came after their place was evicted.
    pub fn outdated(&self) -> usize {
        self.outdated
    }

    /// A stream by its id.
    pub fn stream(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(id.0 as usize)
    }

    /// All streams, by id; for work off the loop.
    pub fn streams(&self) -> Arc<Vec<Stream>> {
        self.streams.clone()
    }

    /// An invocation by its key.
    pub fn invocation(&self, key: InvocationKey) -> Option<&Arc<Invocation>> {
        self.invocations
            .index_of(key)
            .map(|at| &self.invocations.list[at])
    }

    /// How many invocations there are.
    pub fn invocation_count(&self) -> usize {
        self.invocations.list.len()
    }

    /// Invocations by the time of their first line, oldest first; a range of indices, cut to what
    /// is there.
    pub fn invocations(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Invocation>> + '_ {
        let end = range.end.min(self.invocations.list.len());
        self.invocations.list.range(range.start.min(end)..end)
    }

    /// Index of an invocation in that order.
    pub fn invocation_index(&self, key: InvocationKey) -> Option<usize> {
        self.invocations.index_of(key)
    }

    /// Takes the oldest block off, and the invocations that end before what is left. The last block
    /// stays: the log writer writes on in it. Returns the lines evicted.
    pub fn evict_oldest(&mut self) -> usize {
        if self.pages.blocks().len() < 2 {
            return 0;
        }
        let Some(block) = self.pages.pop_front() else {
            return 0;
        };
        self.bytes -= block.bytes();
        self.evicted += block.len();
        if let Some(begin) = self.pages.first_timestamp() {
            self.invocations.evict_before(begin);
        }
        block.len()
    }

    fn oldest(&self) -> Option<i64> {
        match self.pages.blocks() {
            [first, _, ..] => Some(first.block.last_timestamp()),
            _ => None,
        }
    }
}

impl Invocations {
    fn merge(&mut self, news: Invocation) {
        let key = news.key();
        let Some(at) = self.index_of(key) else {
            self.insert(key, Arc::new(news));
            return;
        };
        let known = &mut self.list[at];
        self.bytes -= known.bytes();
        let moves = news.first < known.first;
        Arc::make_mut(known).merge(news);
        self.bytes += known.bytes();
        if moves && let Some(known) = self.list.remove(at) {
            self.bytes -= known.bytes() + PER_INVOCATION;
            self.insert(key, known);
        }
    }

    fn remove(&mut self, key: InvocationKey) {
        if let Some(at) = self.index_of(key)
            && let Some(known) = self.list.remove(at)
        {
            self.bytes -= known.bytes() + PER_INVOCATION;
            self.first.remove(&key);
        }
    }

    fn insert(&mut self, key: InvocationKey, invocation: Arc<Invocation>) {
        let order = (invocation.first, key);
        let before = |other: &Arc<Invocation>| (other.first, other.key()) < order;
        // Nearly always it is the newest one; a search would touch cold memory all over the list.
        let at = match self.list.back() {
            Some(newest) if !before(newest) => self.list.partition_point(before),
            _ => self.list.len(),
        };
        self.bytes += invocation.bytes() + PER_INVOCATION;
        self.first.insert(key, invocation.first);
        self.list.insert(at, invocation);
    }

    fn index_of(&self, key: InvocationKey) -> Option<usize> {
        let first = *self.first.get(&key)?;
        self.list
            .binary_search_by_key(&(first, key), |other| (other.first, other.key()))
            .ok()
    }

    fn evict_before(&mut self, begin: i64) {
        // One that runs on keeps those behind it for a while: they are few.
        while let Some(oldest) = self.list.front().filter(|oldest| oldest.last < begin) {
            self.bytes -= oldest.bytes() + PER_INVOCATION;
            self.first.remove(&oldest.key());
            self.list.pop_front();
        }
    }
}

/// Bytes of an invocation's place in the list and the tree, and of its reference counts.
const PER_INVOCATION: usize = 48;

/// Evicts from several books that share one budget until they take no more than `budget` bytes:
/// always the block whose last line is the oldest. Returns the lines evicted.
pub fn evict_over(books: &mut [&mut Logbook], budget: usize) -> usize {
    let mut evicted = 0;
    while books.iter().map(|book| book.bytes()).sum::<usize>() > budget {
        let oldest = books
            .iter_mut()
            .filter(|book| book.oldest().is_some())
            .min_by_key(|book| book.oldest());
        let Some(book) = oldest else { break };
        evicted += book.evict_oldest();
    }
    evicted
}
