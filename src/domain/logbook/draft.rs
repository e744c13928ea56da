//! Lines on their way into sealed blocks.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::domain::report::Level;

use super::block::{Block, BlockId, FULL, Ids, Origin, SPAN, Slot};
use super::key::Key;

/// All that is kept of one line, its text aside.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) timestamp: i64,
    pub(super) level: Option<Level>,
    pub(super) platform: bool,
    pub(super) origin: Origin,
    pub(super) late_by: Option<u32>,
    /// While it is in the dedupe window.
    pub(super) key: Option<Key>,
    /// Bytes in the draft's text, without the line feed.
    text: Range<usize>,
}

/// Lines in the order of the book, to be cut into blocks.
#[derive(Debug, Default)]
pub(super) struct Draft {
    lines: Vec<Line>,
    text: Vec<u8>,
}

/// A sealed block with the keys of its lines, if all of them are known.
pub(super) type Sealed = (Arc<Block>, Option<Box<[Key]>>);

impl Draft {
    /// Adds a line at the end.
    pub(super) fn push(&mut self, mut line: Line, text: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        line.text = start..self.text.len();
        self.text.push(b'\n');
        self.lines.push(line);
    }

    /// A line of a block, to be pushed with its text.
    pub(super) fn line_of(block: &Block, index: usize, key: Option<Key>) -> Line {
        Line {
            id: block.entry_id(index).0,
            timestamp: block.timestamp(index),
            level: block.level(index),
            platform: block.is_platform(index),
            origin: block.origin(index),
            late_by: block.late_by(index),
            key,
            text: 0..0,
        }
    }

    /// A new line, to be pushed with its text.
    pub(super) fn new_line(
        id: u64,
        key: Key,
        level: Option<Level>,
        platform: bool,
        origin: Origin,
    ) -> Line {
        Line {
            id,
            timestamp: key.timestamp,
            level,
            platform,
            origin,
            late_by: None,
            key: Some(key),
            text: 0..0,
        }
    }

    /// Cuts the lines into sealed blocks. Where more lines are to follow at the end, blocks are
    /// filled up; in the middle of a book they are made alike, so that each can take late lines.
    pub(super) fn seal(&self, more_follow: bool) -> Vec<Sealed> {
        let pieces = self.text.len().div_ceil(FULL).max(1);
        let aim = if more_follow {
            FULL
        } else {
            self.text.len().div_ceil(pieces)
        };
        let mut sealed = Vec::with_capacity(pieces + 1);
        let mut packed = Vec::new();
        let mut begin = 0;
        while begin < self.lines.len() {
            let first = &self.lines[begin];
            let mut end = begin + 1;
            let mut id_run = true;
            while let Some(line) = self.lines.get(end) {
                let size = line.text.end + 1 - first.text.start;
                let enough = line.text.start - first.text.start >= aim;
                if enough || size > FULL || line.timestamp - first.timestamp > SPAN {
                    break;
                }
                id_run &= line.id == first.id + (end - begin) as u64;
                end += 1;
            }
            sealed.push(self.seal_piece(begin..end, id_run, &mut packed));
            begin = end;
        }
        sealed
    }

    fn seal_piece(&self, range: Range<usize>, id_run: bool, packed: &mut Vec<u8>) -> Sealed {
        let lines = &self.lines[range];
        let (first, last) = (&lines[0], &lines[lines.len() - 1]);
        let text = &self.text[first.text.start..=last.text.end];
        let mut origins = Vec::new();
        let mut known = HashMap::new();
        let mut late = Vec::new();
        let mut previous = None;
        let slots = lines.iter().enumerate().map(|(index, line)| {
            let origin = match previous {
                Some((origin, at)) if origin == line.origin => at,
                _ => *known.entry(line.origin).or_insert_with(|| {
                    origins.push(line.origin);
                    origins.len() - 1
                }),
            };
            previous = Some((line.origin, origin));
            if let Some(by) = line.late_by {
                late.push((index as u16, by));
            }
            let delta = (line.timestamp - first.timestamp) as u32;
            let start = (line.text.start - first.text.start) as u16;
            Slot::new(delta, line.level, line.platform, start, origin as u16)
        });
        let slots = slots.collect();
        let compressed = compress(text, packed);
        let block = Block {
            id: BlockId::next(),
            base: first.timestamp,
            slots,
            origins: origins.into_boxed_slice(),
            ids: if id_run {
                Ids::Run(first.id)
            } else {
                Ids::Each(lines.iter().map(|line| line.id).collect())
            },
            late: late.into_boxed_slice(),
            errors: lines
                .iter()
                .filter(|line| line.level.is_some_and(Level::is_error))
                .count() as u32,
            compressed,
            text_len: text.len(),
            packed: if compressed {
                packed.as_slice().into()
            } else {
                text.into()
            },
        };
        (Arc::new(block), lines.iter().map(|line| line.key).collect())
    }
}

/// Compresses into `packed`; `false` if that would not make it smaller.
fn compress(text: &[u8], packed: &mut Vec<u8>) -> bool {
    packed.resize(lz4_flex::block::get_maximum_output_size(text.len()), 0);
    match lz4_flex::block::compress_into(text, packed) {
        Ok(length) if length < text.len() => {
            packed.truncate(length);
            true
        }
        _ => false,
    }
}
