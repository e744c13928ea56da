//! A filtered view of a book: the indices of the wanted lines, per block. When the book grows, only
//! blocks that are new or were replaced are searched.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::block::{BlockId, Position};
use super::find::Filter;
use super::pages::{Entry, Pages};

/// The wanted lines of one snapshot. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Kept {
    filter: Arc<Filter>,
    pages: Pages,
    /// Per block of `pages`: its wanted lines, and how many stand in the blocks before.
    rows: Arc<Vec<(Arc<[u16]>, usize)>>,
    len: usize,
}

impl Kept {
    /// Filters a snapshot; `None` if told to stop.
    pub fn new(filter: Filter, pages: Pages, cancelled: &dyn Fn() -> bool) -> Option<Self> {
        Self::build(Arc::new(filter), pages, &HashMap::new(), cancelled)
    }

    /// The same view of a later snapshot; `None` if told to stop.
    pub fn refresh(&self, pages: Pages, cancelled: &dyn Fn() -> bool) -> Option<Self> {
        let known = self.pages.blocks().iter().zip(self.rows.iter());
        let known = known
            .map(|(linked, (rows, _))| (linked.block.id(), rows.clone()))
            .collect();
        Self::build(self.filter.clone(), pages, &known, cancelled)
    }

    fn build(
        filter: Arc<Filter>,
        pages: Pages,
        known: &HashMap<BlockId, Arc<[u16]>>,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let none: Arc<[u16]> = Arc::new([]);
        let mut rows = Vec::with_capacity(pages.blocks().len());
        let mut buffer = Vec::new();
        let mut len = 0;
        for linked in pages.blocks() {
            let block = &linked.block;
            let lines = match known.get(&block.id()) {
                Some(lines) => lines.clone(),
                None if cancelled() => return None,
                None => match filter.lines_in(block, 0..block.len(), &mut buffer) {
                    lines if lines.is_empty() => none.clone(),
                    lines => lines.into(),
                },
            };
            let start = len;
            len += lines.len();
            rows.push((lines, start));
        }
        Some(Self {
            filter,
            pages,
            rows: Arc::new(rows),
            len,
        })
    }

    /// What is kept.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The snapshot it was made from.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Lines kept.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The kept line at an index.
    pub fn get(&self, index: usize) -> Option<Entry<'_>> {
        (index < self.len).then_some(())?;
        // Of blocks that begin at the same count, all but the last are without wanted lines.
        let at = self.rows.partition_point(|(_, start)| *start <= index) - 1;
        let (rows, start) = &self.rows[at];
        Some(Entry {
            block: &self.pages.blocks()[at].block,
            index: usize::from(rows[index - start]),
        })
    }

    /// The kept lines of a range of indices, cut to what is there; from either end.
    pub fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = Entry<'_>> + '_ {
        let end = range.end.min(self.len);
        (range.start.min(end)..end).filter_map(|index| self.get(index))
    }

    /// Index of the line at a position, if it is kept.
    pub fn index_of(&self, position: Position) -> Option<usize> {
        let index = self.nearest(position)?;
        (self.get(index)?.position() == position).then_some(index)
    }

    /// Index of the line at a position, or of the next one that is kept, or of the last.
    pub fn nearest(&self, position: Position) -> Option<usize> {
        let line = self.pages.nearest(position)?;
        let at = self.pages.block_of(line);
        let linked = &self.pages.blocks()[at];
        let within = line + self.pages.base() - linked.start;
        let (rows, start) = &self.rows[at];
        let index = start + rows.partition_point(|&row| usize::from(row) < within);
        Some(index.min(self.len.checked_sub(1)?))
    }
}
