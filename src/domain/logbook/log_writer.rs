//! The writer of a book: drops duplicates, orders, marks late lines, seals blocks. It runs off the
//! interface's loop, owned by the job that fetches; the reader gets what it makes as [`Splice`]s.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Weak};

use crate::domain::log::LogEvent;
use crate::domain::report::{Assembler, Numbers, SourceId, StreamId};

use super::block::{Block, BlockId, FULL, Origin};
use super::book::Stream;
use super::draft::{Draft, Line};
use super::key::{Key, in_order};
use super::mend::{Fronts, Stretches, Turn};
use super::splice::{Change, InvocationNews, Splice};

/// Keys that are remembered to tell duplicates, 40 bytes each. Beyond it, events are compared by
/// their text, which is slower and cannot tell two equal lines of one stream and millisecond apart.
const WINDOW: usize = 49_152;

/// Writes one book.
#[derive(Debug, Default)]
pub struct LogWriter {
    pub(super) slots: VecDeque<Place>,
    /// The last block is kept alive here until the next append; the others belong to the reader,
    /// who may evict them.
    last: Option<Arc<Block>>,
    keys: usize,
    /// Events that are in the book under another name, and the line that each of them is.
    claimed: BTreeMap<Key, u64>,
    /// The newest key that was evicted; what is followed and older does not come back.
    floor: Option<Key>,
    streams: Vec<HashMap<Box<str>, StreamId>>,
    /// What the numbers of levels mean, by source.
    numbers: Vec<Numbers>,
    /// The source of each stream, by its id.
    pub(super) stream_sources: Vec<SourceId>,
    newest: HashMap<SourceId, i64>,
    fronts: Fronts,
    /// Reads what is followed.
    assembler: Assembler,
    /// Reads what is asked for of the past.
    historian: Assembler,
    next_id: u64,
    pub(super) inflated: Inflated,
}

/// A block of the book, as the log writer remembers it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) id: BlockId,
    pub(super) block: Weak<Block>,
    pub(super) first: Key,
    pub(super) last: Key,
    /// Of every line, in order, while the block is in the window.
    pub(super) keys: Option<Box<[Key]>>,
}

/// The text of the block that was looked at last.
#[derive(Debug, Default)]
pub(super) struct Inflated {
    id: Option<BlockId>,
    text: Vec<u8>,
}

impl Inflated {
    pub(super) fn of(&mut self, block: &Block) -> &[u8] {
        if self.id != Some(block.id) {
            block.inflate(&mut self.text);
            self.id = Some(block.id);
        }
        &self.text
    }
}

/// An event that is new to the book.
struct Fresh<'a> {
    line: Line,
    key: Key,
    text: &'a str,
}

/// Where an event belongs.
enum Verdict {
    New,
    Duplicate,
    Outdated,
}

impl LogWriter {
    /// Writer of an empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the numbers of levels mean in the lines that a source will deliver.
    pub fn set_numbers(&mut self, source: SourceId, numbers: Numbers) {
        let index = usize::from(source.0);
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, Numbers::default());
        }
        self.numbers[index] = numbers;
    }

    pub(super) fn numbers(&self, source: SourceId) -> Numbers {
        let numbers = self.numbers.get(usize::from(source.0));
        numbers.copied().unwrap_or_default()
    }

    /// Takes in what a source delivered while it is followed, in any order. A line that is older
    /// than what an earlier call brought from the same source is marked late.
    pub fn append(&mut self, source: SourceId, events: &[LogEvent]) -> Splice {
        self.take(source, events, true)
    }

    /// Takes in history that was asked for ("load older"): nothing of it is late, and it is linked
    /// even where the book was evicted before.
    pub fn backfill(&mut self, source: SourceId, events: &[LogEvent]) -> Splice {
        self.take(source, events, false)
    }

    fn take(&mut self, source: SourceId, events: &[LogEvent], live: bool) -> Splice {
        self.drop_evicted();
        let mut splice = Splice::default();
        let newest = if live {
            self.newest.get(&source).copied()
        } else {
            None
        };
        let numbers = self.numbers(source);
        let mut fresh = Vec::with_capacity(events.len());
        let mut previous = None;
        let (mut stretches, mut streams) = (Stretches::new(), BTreeSet::new());
        for (key, ordinal, event) in in_order(events) {
            if previous.replace(key) == Some(key) {
                splice.duplicates += 1;
                continue;
            }
            let stream = self.stream(source, &event.stream, &mut splice);
            if !live {
                streams.insert(stream);
            }
            let text = event.message.trim_end_matches(['\n', '\r']);
            match self.judge(key, ordinal, stream, text, live) {
                Verdict::Duplicate => splice.duplicates += 1,
                Verdict::Outdated => splice.outdated += 1,
                Verdict::New => {
                    let turn = self.turn(stream, key, live, &mut stretches);
                    let assembler = if live {
                        &mut self.assembler
                    } else {
                        &mut self.historian
                    };
                    if turn == Turn::Anew {
                        assembler.forget(stream);
                    }
                    let seen = match turn {
                        Turn::Late => Assembler::glance(text, numbers),
                        Turn::Next | Turn::Anew => {
                            assembler.observe(source, stream, event.timestamp, text, numbers)
                        }
                    };
                    let origin = Origin {
                        stream,
                        invocation: seen.invocation,
                    };
                    let mut entry =
                        Draft::new_line(self.next_id, key, seen.level, seen.platform, origin);
                    self.next_id += 1;
                    entry.late_by = newest
                        .filter(|&newest| event.timestamp < newest)
                        .map(|newest| late_by(event, newest));
                    splice.late += usize::from(entry.late_by.is_some());
                    fresh.push(Fresh {
                        line: entry,
                        key,
                        text,
                    });
                }
            }
        }
        splice.new = fresh.len();
        if live && let Some(last) = events.iter().map(|event| event.timestamp).max() {
            let newest = self.newest.entry(source).or_insert(last);
            *newest = last.max(*newest);
        }
        if let Some(first) = fresh.first().filter(|_| !live) {
            self.floor = self.floor.map(|floor| floor.min(first.key));
        }
        self.place(fresh, &mut splice);
        let told = [&mut self.assembler, &mut self.historian].map(Assembler::take_changes);
        let told = told.into_iter().flatten();
        splice.invocations = told.map(InvocationNews::More).collect();
        if !live {
            for stream in streams {
                if let Some(key) = self.fronts.join(stream) {
                    stretches.entry(stream).or_insert((key, key)).1 = key;
                }
            }
        }
        self.mend(&stretches, &mut splice);
        self.forget();
        splice
    }

    /// Whether a line comes next in its stream; if not, its stretch has to be read again.
    fn turn(&mut self, stream: StreamId, key: Key, live: bool, stretches: &mut Stretches) -> Turn {
        let turn = if live {
            self.fronts.follow(stream, key)
        } else {
            self.fronts.look_back(stream, key)
        };
        if turn == Turn::Late {
            stretches.entry(stream).or_insert((key, key)).1 = key;
        }
        turn
    }

    /// What is followed of a stream goes on from where it was read again.
    pub(super) fn go_on_from(&mut self, stream: StreamId, mut read: Assembler) {
        self.assembler.go_on_from(stream, &mut read);
    }

    fn stream(&mut self, source: SourceId, name: &str, splice: &mut Splice) -> StreamId {
        let index = usize::from(source.0);
        if self.streams.len() <= index {
            self.streams.resize_with(index + 1, HashMap::new);
        }
        if let Some(&id) = self.streams[index].get(name) {
            return id;
        }
        let id = StreamId(self.stream_sources.len() as u32);
        self.stream_sources.push(source);
        self.streams[index].insert(name.into(), id);
        splice.streams.push(Stream {
            source,
            name: name.into(),
        });
        id
    }

    /// Index of the block that an event with this key is in or goes into.
    fn place_of(&self, key: &Key) -> Option<usize> {
        if self.slots.back().is_some_and(|last| last.first <= *key) {
            return Some(self.slots.len() - 1);
        }
        self.slots
            .partition_point(|place| place.first <= *key)
            .checked_sub(1)
    }

    fn judge(
        &mut self,
        key: Key,
        ordinal: usize,
        stream: StreamId,
        text: &str,
        live: bool,
    ) -> Verdict {
        if self.slots.back().is_none_or(|last| last.last < key)
            && !key.is_nameless()
            && self.claimed.is_empty()
        {
            return Verdict::New;
        }
        if self.claimed.contains_key(&key) {
            return Verdict::Duplicate;
        }
        let at = self.place_of(&key);
        let place = at.map(|at| &self.slots[at]);
        if place
            .and_then(|place| place.keys.as_ref())
            .is_some_and(|keys| keys.binary_search(&key).is_ok())
        {
            return Verdict::Duplicate;
        }
        let twins = self.twins(&key, stream, text);
        let twin = if key.is_nameless() {
            twins.get(ordinal)
        } else {
            let of_that_time = Key::first_at(key.timestamp)..=Key::last_at(key.timestamp);
            twins.iter().find(|id| {
                !self
                    .claimed
                    .range(of_that_time.clone())
                    .any(|(_, claimed)| claimed == *id)
            })
        };
        match twin {
            Some(&id) => {
                if !key.is_nameless() {
                    self.claimed.insert(key, id);
                }
                Verdict::Duplicate
            }
            None if live && self.floor.is_some_and(|floor| key <= floor) => Verdict::Outdated,
            None => Verdict::New,
        }
    }

    /// Lines of the book that may be this event under another name: in blocks whose keys are
    /// forgotten, those with the same time, stream and text; in the window, those that have no id,
    /// or any if the event has none, ingested in the same millisecond too.
    fn twins(&mut self, key: &Key, stream: StreamId, text: &str) -> Vec<u64> {
        let end = self
            .slots
            .partition_point(|place| place.first.timestamp <= key.timestamp);
        let mut twins = Vec::new();
        for place in self.slots.range(..end).rev() {
            if place.last.timestamp < key.timestamp {
                break;
            }
            let Some(block) = place.block.upgrade() else {
                continue;
            };
            for index in block.seek(key.timestamp)..block.len() {
                if block.timestamp(index) != key.timestamp {
                    break;
                }
                let candidate = place.keys.as_ref().is_none_or(|keys| {
                    let other = &keys[index];
                    (key.is_nameless() || other.is_nameless()) && other.ingested == key.ingested
                });
                if candidate
                    && block.origin(index).stream == stream
                    && self.inflated.of(&block)[block.range(index)] == *text.as_bytes()
                {
                    twins.push(block.entry_id(index).0);
                }
            }
        }
        twins
    }

    /// Puts new lines, in order, where they belong. From the last block to the first, so that the
    /// places before stay where they are.
    fn place(&mut self, mut fresh: Vec<Fresh<'_>>, splice: &mut Splice) {
        while let Some(newest) = fresh.last() {
            let at = self.place_of(&newest.key);
            let from = at.map_or(0, |at| {
                fresh.partition_point(|fresh| fresh.key < self.slots[at].first)
            });
            let group = fresh.split_off(from);
            let change = match at {
                Some(at) => self.write(at, group),
                None => self.write_front(group),
            };
            splice.changes.push(change);
        }
    }

    /// Lines that are newer than the first of the block at `at` and older than the block after it.
    fn write(&mut self, at: usize, group: Vec<Fresh<'_>>) -> Change {
        let place = &self.slots[at];
        let is_last = at + 1 == self.slots.len();
        let behind = group[0].key > place.last;
        let fits = |block: &Arc<Block>| !behind || block.text_len + group[0].text.len() < FULL;
        if let Some(block) = place.block.upgrade().filter(fits) {
            return self.rewrite(at, &block, group, is_last);
        }
        // The block is full, or was evicted a moment ago: what comes behind it starts its own.
        let after = Some(place.id);
        let bounds = bounds_of(&group);
        Change {
            replaced: None,
            after,
            blocks: self.link(at + 1, &draft_of(group), bounds, is_last),
        }
    }

    /// Lines older than all of the book.
    fn write_front(&mut self, group: Vec<Fresh<'_>>) -> Change {
        let size: usize = group.iter().map(|fresh| fresh.text.len() + 1).sum();
        let is_last = self.slots.len() <= 1;
        let first = self.slots.front().and_then(|place| place.block.upgrade());
        if let Some(block) = first.filter(|block| block.text_len + size <= FULL) {
            return self.rewrite(0, &block, group, is_last);
        }
        let bounds = bounds_of(&group);
        let is_last = self.slots.is_empty();
        Change {
            replaced: None,
            after: None,
            blocks: self.link(0, &draft_of(group), bounds, is_last),
        }
    }

    /// Replaces a block by its lines and new ones.
    fn rewrite(
        &mut self,
        at: usize,
        block: &Block,
        group: Vec<Fresh<'_>>,
        is_last: bool,
    ) -> Change {
        let place = self.unlink(at);
        let (first, last) = bounds_of(&group);
        let bounds = (first.min(place.first), last.max(place.last));
        let merged = self.merge(block, &place, group);
        Change {
            replaced: Some(block.id),
            after: None,
            blocks: self.link(at, &merged, bounds, is_last),
        }
    }

    /// Takes a block out, to be replaced.
    pub(super) fn unlink(&mut self, at: usize) -> Place {
        let place = self
            .slots
            .remove(at)
            .expect("the block stands at this index");
        self.keys -= place.keys.as_ref().map_or(0, |keys| keys.len());
        place
    }

    /// The lines of a block and new ones between them.
    fn merge(&mut self, block: &Block, place: &Place, group: Vec<Fresh<'_>>) -> Draft {
        let text = self.inflated.of(block);
        let mut draft = Draft::default();
        let mut group = group.into_iter().peekable();
        for index in 0..block.len() {
            let key = place.keys.as_ref().map(|keys| keys[index]);
            let timestamp = block.timestamp(index);
            let before = |fresh: &Fresh<'_>| match key {
                Some(key) => fresh.key < key,
                None => fresh.key.timestamp < timestamp,
            };
            while let Some(fresh) = group.next_if(before) {
                draft.push(fresh.line, fresh.text.as_bytes());
            }
            draft.push(Draft::line_of(block, index, key), &text[block.range(index)]);
        }
        for fresh in group {
            draft.push(fresh.line, fresh.text.as_bytes());
        }
        draft
    }

    /// Seals a draft and remembers its blocks at `at`. Where the keys of the lines are not known,
    /// those of the whole draft (`bounds`) and the times of the blocks say what they span.
    pub(super) fn link(
        &mut self,
        at: usize,
        draft: &Draft,
        bounds: (Key, Key),
        is_last: bool,
    ) -> Vec<Arc<Block>> {
        let mut blocks = Vec::new();
        let mut floor = bounds.0;
        for (offset, (block, keys)) in draft.seal(is_last).into_iter().enumerate() {
            self.keys += keys.as_ref().map_or(0, |keys| keys.len());
            let (first, last) = match keys.as_deref() {
                Some(keys) => (keys[0], keys[keys.len() - 1]),
                None => (
                    Key::first_at(block.first_timestamp()).max(floor),
                    Key::last_at(block.last_timestamp()).min(bounds.1),
                ),
            };
            floor = first;
            let place = Place {
                id: block.id,
                block: Arc::downgrade(&block),
                first,
                last,
                keys,
            };
            self.slots.insert(at + offset, place);
            blocks.push(block);
        }
        if is_last {
            self.last = blocks.last().cloned();
        }
        blocks
    }

    /// Forgets the blocks that the reader evicted.
    fn drop_evicted(&mut self) {
        let (floor, keys) = (&mut self.floor, &mut self.keys);
        self.slots.retain(|place| {
            let kept = place.block.strong_count() > 0;
            if !kept {
                *floor = Some(floor.map_or(place.last, |floor| floor.max(place.last)));
                *keys -= place.keys.as_ref().map_or(0, |keys| keys.len());
            }
            kept
        });
    }

    /// Drops the oldest keys beyond the window.
    fn forget(&mut self) {
        let mut oldest = 0;
        while self.keys > WINDOW && oldest + 1 < self.slots.len() {
            self.keys -= self.slots[oldest].keys.take().map_or(0, |keys| keys.len());
            oldest += 1;
        }
        if !self.claimed.is_empty()
            && let Some(known) = self.slots.iter().find(|place| place.keys.is_some())
        {
            self.claimed = self
                .claimed
                .split_off(&Key::first_at(known.first.timestamp));
        }
    }
}

fn draft_of(group: Vec<Fresh<'_>>) -> Draft {
    let mut draft = Draft::default();
    for fresh in group {
        draft.push(fresh.line, fresh.text.as_bytes());
    }
    draft
}

/// First and last key of new lines in order.
fn bounds_of(group: &[Fresh<'_>]) -> (Key, Key) {
    (group[0].key, group[group.len() - 1].key)
}

/// How late a line is: what CloudWatch says, else how far it lies behind the newest one.
fn late_by(event: &LogEvent, newest: i64) -> u32 {
    let by = match event.ingested - event.timestamp {
        by if by > 0 => by,
        _ => newest - event.timestamp,
    };
    u32::try_from(by).unwrap_or(u32::MAX)
}
