//! Searching a snapshot: the next match, all matches, the next error. Runs off the interface's
//! loop and stops between blocks when told to.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::domain::report::{InvocationKey, Level, StreamId};

use super::block::{Block, Position};
use super::matcher::Matcher;
use super::pages::Pages;

/// What lines are wanted; every part that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Text.
    pub matcher: Option<Matcher>,
    /// At least this level.
    pub level: Option<Level>,
    /// Of one of these invocations.
    pub invocations: Option<Arc<HashSet<InvocationKey>>>,
    /// Of these streams.
    pub streams: Option<HashSet<StreamId>>,
}

impl Filter {
    /// Lines with this text.
    pub fn text(matcher: Matcher) -> Self {
        Self {
            matcher: Some(matcher),
            ..Self::default()
        }
    }

    /// Lines of level error and above.
    pub fn errors() -> Self {
        Self {
            level: Some(Level::Error),
            ..Self::default()
        }
    }

    /// Lines of one invocation.
    pub fn invocation(key: InvocationKey) -> Self {
        Self {
            invocations: Some(Arc::new(HashSet::from([key]))),
            ..Self::default()
        }
    }

    /// Indices of the wanted lines of a block within `range`, in order. `buffer` is room for its
    /// text, which is looked at only if the index leaves a candidate.
    pub(super) fn lines_in(
        &self,
        block: &Block,
        range: Range<usize>,
        buffer: &mut Vec<u8>,
    ) -> Vec<u16> {
        let hopeless = self.level.is_some_and(|level| level >= Level::Error) && block.errors() == 0
            || self.invocations.as_ref().is_some_and(|set| {
                block
                    .origins
                    .iter()
                    .all(|origin| origin.invocation.is_none_or(|key| !set.contains(&key)))
            })
            || self.streams.as_ref().is_some_and(|set| {
                block
                    .origins
                    .iter()
                    .all(|origin| !set.contains(&origin.stream))
            });
        if hopeless {
            return Vec::new();
        }
        let mut lines = Vec::new();
        match &self.matcher {
            None => lines.extend(
                range
                    .filter(|&index| self.passes(block, index))
                    .map(|index| index as u16),
            ),
            Some(matcher) => {
                if self.has_index_part() && !range.clone().any(|index| self.passes(block, index)) {
                    return lines;
                }
                block.inflate(buffer);
                matcher.lines_in(block, buffer, |index| {
                    if range.contains(&index) && self.passes(block, index) {
                        lines.push(index as u16);
                    }
                    index + 1 < range.end
                });
            }
        }
        lines
    }

    fn has_index_part(&self) -> bool {
        self.level.is_some() || self.invocations.is_some() || self.streams.is_some()
    }

    fn passes(&self, block: &Block, index: usize) -> bool {
        if !self.has_index_part() {
            return true;
        }
        let origin = block.origin(index);
        self.level
            .is_none_or(|level| block.level(index) >= Some(level))
            && self
                .invocations
                .as_ref()
                .is_none_or(|set| origin.invocation.is_some_and(|key| set.contains(&key)))
            && self
                .streams
                .as_ref()
                .is_none_or(|set| set.contains(&origin.stream))
    }
}

/// Which way to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards newer lines.
    Forward,
    /// Towards older lines.
    Backward,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<T> {
    /// With this.
    Yes(T),
    /// There is none.
    No,
    /// It was told to stop.
    Cancelled,
}

impl Pages {
    /// The wanted line next to `from`, which itself does not count; without `from`, the first one
    /// from the end that the direction starts at. Does not wrap around.
    pub fn find(
        &self,
        filter: &Filter,
        from: Option<Position>,
        direction: Direction,
        cancelled: &dyn Fn() -> bool,
    ) -> Found<Position> {
        match self.collect(filter, from, direction, 1, cancelled) {
            Found::Yes(found) => found
                .first()
                .map_or(Found::No, |&position| Found::Yes(position)),
            Found::No => Found::No,
            Found::Cancelled => Found::Cancelled,
        }
    }

    /// Up to `limit` wanted lines from `from` on, nearest first: what fills a screen long before
    /// all of the book is filtered.
    pub fn collect(
        &self,
        filter: &Filter,
        from: Option<Position>,
        direction: Direction,
        limit: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Found<Vec<Position>> {
        let wanted = self.beyond(from, direction);
        if wanted.is_empty() {
            return Found::No;
        }
        let first = self.block_of(wanted.start);
        let count = self.block_of(wanted.end - 1) + 1 - first;
        let mut found = Vec::new();
        let mut buffer = Vec::new();
        for step in 0..count {
            if found.len() >= limit {
                break;
            }
            if cancelled() {
                return Found::Cancelled;
            }
            let at = first
                + if direction == Direction::Forward {
                    step
                } else {
                    count - 1 - step
                };
            let linked = &self.blocks()[at];
            let start = linked.start - self.base();
            let range =
                wanted.start.max(start) - start..wanted.end.min(start + linked.block.len()) - start;
            let lines = filter.lines_in(&linked.block, range, &mut buffer);
            let positions = lines
                .iter()
                .map(|&index| linked.block.position(usize::from(index)));
            let room = limit - found.len();
            match direction {
                Direction::Forward => found.extend(positions.take(room)),
                Direction::Backward => found.extend(positions.rev().take(room)),
            }
        }
        if found.is_empty() {
            Found::No
        } else {
            Found::Yes(found)
        }
    }

    /// Indices of the lines that lie in a direction from a position, or from where it was.
    fn beyond(&self, from: Option<Position>, direction: Direction) -> Range<usize> {
        let Some(position) = from else {
            return 0..self.len();
        };
        match (direction, self.index_of(position)) {
            (Direction::Forward, Some(at)) => at + 1..self.len(),
            (Direction::Backward, Some(at)) => 0..at,
            (Direction::Forward, None) => self.before(position.timestamp)..self.len(),
            (Direction::Backward, None) => 0..self.before(position.timestamp),
        }
    }

    /// How many lines are wanted.
    pub fn count(&self, filter: &Filter, cancelled: &dyn Fn() -> bool) -> Found<usize> {
        let mut buffer = Vec::new();
        let mut count = 0;
        for linked in self.blocks() {
            if cancelled() {
                return Found::Cancelled;
            }
            count += filter
                .lines_in(&linked.block, 0..linked.block.len(), &mut buffer)
                .len();
        }
        if count == 0 {
            Found::No
        } else {
            Found::Yes(count)
        }
    }
}
