//! Lines that come out of order, and which invocations they and the lines around them belong to.
//!
//! A stream tells of one invocation after the other, so its lines mean what they mean in the order
//! of the book. What arrives in that order is read at once: [`Fronts`] say how far each stream was
//! read, by what is followed and by what is asked for of the past. Everything else is put in its
//! place first; then that stretch of its stream is read again from the book, the blocks whose lines
//! turn out to belong elsewhere are sealed anew, and their invocations are told anew. So it does
//! not matter in what order, and in which pages, the lines of an invocation arrive.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::report::{
    Assembler, Invocation, InvocationKey, Numbers, REMEMBERED, RequestId, SourceId, StreamId,
};

use super::block::{Block, BlockId};
use super::draft::Draft;
use super::key::Key;
use super::log_writer::LogWriter;
use super::splice::{Change, InvocationNews, Splice};

/// A stretch that holds the begin of no invocation is read so far back, and so far on, in lines.
const LINES: usize = 4_096;
/// A join of history and what is followed is looked at from so near on, ms: no invocation is
/// longer (Lambda's limit is 15 minutes).
const NEAR: i64 = 16 * 60 * 1000;

/// How far a stream was read in order.
#[derive(Debug, Clone, Copy)]
struct Front {
    first: Key,
    newest: Key,
}

/// How far the history of a stream was read in order, and where what was read before begins.
#[derive(Debug, Clone, Copy)]
struct Past {
    front: Front,
    ceiling: Option<Key>,
    /// A line came late: what follows is not read in order any more.
    is_broken: bool,
    /// The newest of all lines that were asked for.
    top: Key,
}

/// How far all streams were read, by [`StreamId`].
#[derive(Debug, Default)]
pub(super) struct Fronts {
    live: Vec<Option<Front>>,
    past: Vec<Option<Past>>,
}

/// What has to be read again: from the first to the last key of each stream.
pub(super) type Stretches = BTreeMap<StreamId, (Key, Key)>;

/// Whether a line comes next in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It follows what was read.
    Next,
    /// It is the first of another stretch: nothing that was read before goes on in it.
    Anew,
    /// Lines that follow it were read already.
    Late,
}

impl Fronts {
    fn room(&mut self, stream: StreamId) -> usize {
        let index = stream.0 as usize;
        if self.live.len() <= index {
            self.live.resize(index + 1, None);
            self.past.resize(index + 1, None);
        }
        index
    }

    /// Notes a line of what is followed.
    pub(super) fn follow(&mut self, stream: StreamId, key: Key) -> Turn {
        let index = self.room(stream);
        let past = &mut self.past[index];
        if let Some(past) = past.as_mut().filter(|past| key < past.front.newest) {
            past.is_broken = true;
        }
        match (&mut self.live[index], past) {
            (Some(front), _) if key > front.newest => {
                front.newest = key;
                Turn::Next
            }
            (Some(front), _) => {
                front.first = front.first.min(key);
                Turn::Late
            }
            (live @ None, past) => {
                *live = Some(Front {
                    first: key,
                    newest: past.map_or(key, |past| past.top.max(key)),
                });
                // What the history left open is not known here.
                if past.is_some() {
                    Turn::Late
                } else {
                    Turn::Next
                }
            }
        }
    }

    /// Notes a line of the past.
    pub(super) fn look_back(&mut self, stream: StreamId, key: Key) -> Turn {
        let index = self.room(stream);
        if let Some(live) = &mut self.live[index] {
            live.newest = live.newest.max(key);
        }
        let live = self.live[index].map(|front| front.first);
        let past = &mut self.past[index];
        let top = past.map_or(key, |past| past.top.max(key));
        let below = |ceiling: Option<Key>| {
            ceiling.is_none_or(|ceiling| key < ceiling) && live.is_none_or(|live| key < live)
        };
        match past {
            Some(past) if key > past.front.newest && below(past.ceiling) => {
                (past.front.newest, past.top) = (key, top);
                if past.is_broken {
                    Turn::Late
                } else {
                    Turn::Next
                }
            }
            Some(known) if key < known.front.first => {
                let ceiling = Some(known.front.first);
                let front = Front {
                    first: key,
                    newest: key,
                };
                *past = Some(Past {
                    front,
                    ceiling,
                    is_broken: false,
                    top,
                });
                Turn::Anew
            }
            None if below(None) => {
                let front = Front {
                    first: key,
                    newest: key,
                };
                *past = Some(Past {
                    front,
                    ceiling: None,
                    is_broken: false,
                    top,
                });
                Turn::Anew
            }
            _ => {
                if let Some(past) = past {
                    (past.is_broken, past.top) = (true, top);
                }
                Turn::Late
            }
        }
    }

    /// Where the history of a stream has come close to what was read before.
    pub(super) fn join(&self, stream: StreamId) -> Option<Key> {
        let index = stream.0 as usize;
        let past = (*self.past.get(index)?)?;
        let live = self.live[index].map(|front| front.first);
        let ceiling = match (past.ceiling, live) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        let newest = past.front.newest;
        (ceiling.timestamp - newest.timestamp < NEAR).then_some(newest)
    }
}

/// A line of a stretch.
struct Written {
    block: BlockId,
    index: usize,
    timestamp: i64,
    owner: Option<InvocationKey>,
    text: String,
}

impl LogWriter {
    /// Reads stretches again; the lines that are new in them are in the book.
    pub(super) fn mend(&mut self, stretches: &Stretches, splice: &mut Splice) {
        let mut moved: HashMap<BlockId, HashMap<usize, Option<InvocationKey>>> = HashMap::new();
        let mut affected = HashSet::new();
        let mut requests = HashMap::new();
        for (&stream, &(first, last)) in stretches {
            let (lines, is_end) = self.stretch(stream, first.timestamp, last.timestamp);
            let (source, numbers) = self.source_of(stream);
            let mut again = Assembler::default();
            for line in &lines {
                let seen = again.observe(source, stream, line.timestamp, &line.text, numbers);
                if seen.invocation != line.owner {
                    let block = moved.entry(line.block).or_default();
                    block.insert(line.index, seen.invocation);
                    affected.extend([seen.invocation, line.owner].into_iter().flatten());
                }
            }
            let told = again.take_changes().into_iter();
            requests.extend(told.map(|told| (told.key(), told.request_id)));
            if is_end {
                self.go_on_from(stream, again);
            }
        }
        if moved.is_empty() {
            return;
        }
        self.reassign(&moved, splice);
        self.tell_anew(&affected, &requests, splice);
    }

    /// The lines of a stream from so far before `first` that nothing earlier has a say, to so far
    /// behind `last` that nothing changes any more; and whether they are its last ones.
    fn stretch(&self, stream: StreamId, first: i64, last: i64) -> (Vec<Written>, bool) {
        let begin = self
            .slots
            .partition_point(|place| place.first.timestamp < first)
            .saturating_sub(1);
        let mut before: Vec<Vec<Written>> = Vec::new();
        let (mut begins, mut count) = (0, 0);
        for place in self.slots.range(..begin).rev() {
            let Some(block) = place.block.upgrade() else {
                break;
            };
            let lines = written(&block, stream);
            begins += lines.iter().filter(|line| line.begins()).count();
            count += lines.len();
            before.push(lines);
            if begins > REMEMBERED || count > LINES {
                break;
            }
        }
        let mut lines: Vec<Written> = before.into_iter().rev().flatten().collect();
        (begins, count) = (0, 0);
        for place in self.slots.range(begin..) {
            let Some(block) = place.block.upgrade() else {
                continue;
            };
            if begins > REMEMBERED || count > LINES {
                return (lines, false);
            }
            for line in written(&block, stream) {
                if line.timestamp > last {
                    begins += usize::from(line.begins());
                    count += 1;
                }
                lines.push(line);
            }
        }
        (lines, true)
    }

    /// Seals the blocks anew that hold lines of other invocations than was thought.
    fn reassign(
        &mut self,
        moved: &HashMap<BlockId, HashMap<usize, Option<InvocationKey>>>,
        splice: &mut Splice,
    ) {
        for at in (0..self.slots.len()).rev() {
            let place = &self.slots[at];
            let (Some(owners), Some(block)) = (moved.get(&place.id), place.block.upgrade()) else {
                continue;
            };
            let is_last = at + 1 == self.slots.len();
            let (bounds, keys) = ((place.first, place.last), place.keys.clone());
            let mut draft = Draft::default();
            let text = self.inflated.of(&block);
            for index in 0..block.len() {
                let key = keys.as_ref().map(|keys| keys[index]);
                let mut line = Draft::line_of(&block, index, key);
                if let Some(owner) = owners.get(&index) {
                    line.origin.invocation = *owner;
                }
                draft.push(line, &text[block.range(index)]);
            }
            self.unlink(at);
            splice.changes.push(Change {
                replaced: Some(block.id()),
                after: None,
                blocks: self.link(at, &draft, bounds, is_last),
            });
        }
    }

    /// Tells invocations from all their lines in the book.
    fn tell_anew(
        &mut self,
        affected: &HashSet<InvocationKey>,
        requests: &HashMap<InvocationKey, RequestId>,
        splice: &mut Splice,
    ) {
        let is_affected = |owner: Option<InvocationKey>| owner.filter(|key| affected.contains(key));
        let mut anew = Assembler::default();
        let mut unknown = HashSet::new();
        for at in 0..self.slots.len() {
            let Some(block) = self.slots[at].block.upgrade() else {
                continue;
            };
            let mut origins = block.origins.iter();
            if !origins.any(|origin| is_affected(origin.invocation).is_some()) {
                continue;
            }
            for index in 0..block.len() {
                let origin = block.origin(index);
                let Some(key) = is_affected(origin.invocation) else {
                    continue;
                };
                let Some(request_id) = requests.get(&key) else {
                    unknown.insert(key);
                    continue;
                };
                let (source, numbers) = self.source_of(origin.stream);
                let line = &self.inflated.of(&block)[block.range(index)];
                let line = String::from_utf8_lossy(line);
                let timestamp = block.timestamp(index);
                anew.assign(
                    request_id.clone(),
                    source,
                    origin.stream,
                    timestamp,
                    &line,
                    numbers,
                );
            }
        }
        let told = anew.take_changes();
        let known: HashSet<InvocationKey> = told.iter().map(Invocation::key).collect();
        let gone = affected
            .iter()
            .filter(|key| !known.contains(key) && !unknown.contains(key));
        let news = &mut splice.invocations;
        news.extend(gone.map(|&key| InvocationNews::Gone(key)));
        news.extend(told.into_iter().map(InvocationNews::Anew));
    }

    fn source_of(&self, stream: StreamId) -> (SourceId, Numbers) {
        let source = self.stream_sources[stream.0 as usize];
        (source, self.numbers(source))
    }
}

impl Written {
    /// Whether an invocation begins here.
    fn begins(&self) -> bool {
        /// The type stands near the beginning.
        const NEAR: usize = 160;
        let head = &self.text.as_bytes()[..self.text.len().min(NEAR)];
        head.starts_with(b"START RequestId: ")
            || head.starts_with(b"{") && memchr::memmem::find(head, b"\"platform.start\"").is_some()
    }
}

/// The lines of a stream in a block.
fn written(block: &Arc<Block>, stream: StreamId) -> Vec<Written> {
    if !block.origins.iter().any(|origin| origin.stream == stream) {
        return Vec::new();
    }
    let mut text = Vec::new();
    block.inflate(&mut text);
    (0..block.len())
        .filter(|&index| block.origin(index).stream == stream)
        .map(|index| Written {
            block: block.id(),
            index,
            timestamp: block.timestamp(index),
            owner: block.origin(index).invocation,
            text: String::from_utf8_lossy(&text[block.range(index)]).into_owned(),
        })
        .collect()
}
