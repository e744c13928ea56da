//! The writing side of the log books: cursors, dedupe windows, and what was not handed over yet.
//!
//! A tailer outlives the job that works with it, so that a tail that was cancelled goes on where it
//! was: a question without an answer is asked again, a page that was read but not written is
//! written, a splice that was not handed over is handed over. Only [`ask`] waits.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync;

use crate::{
    domain::{
        log::{LogPage, LogQuery},
        logbook::{LogWriter, SourceId, Splice},
        tail::{self, Batch, Failure, Step, Tail, TimeRange},
    },
    ports::{ApiError, ErrorKind},
    runtime::gate::Gate,
    store::logs::{BookId, Older, Phase, Source, Status},
};

/// Lines that a tail shows before it reads the rest.
const NEWEST: u32 = 500;

/// The tailers of all books.
#[derive(Debug, Default)]
pub struct Tailers(Mutex<HashMap<BookId, Arc<sync::Mutex<LogTailer>>>>);

impl Tailers {
    /// The tailer of a book; a new one if there is none.
    pub fn of(&self, book: BookId) -> Arc<sync::Mutex<LogTailer>> {
        Arc::clone(self.all().entry(book).or_default())
    }

    /// Clears the tailer of a book that is gone.
    pub fn clear(&self, book: BookId) {
        self.all().remove(&book);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<BookId, Arc<sync::Mutex<LogTailer>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a tail makes of a failed call.
pub fn failure(error: &ApiError) -> Failure {
    match error.kind {
        ErrorKind::NotFound => Failure::Missing,
        ErrorKind::Invalid => Failure::Refused,
        _ if error.is_transient() => Failure::Transient,
        _ => Failure::Final,
    }
}

/// Asks, and does something else until the answer is there: a page is worked on while the next one
/// is on its way.
pub async fn ask<T>(
    gate: &Gate,
    query: &LogQuery,
    meanwhile: impl Future<Output = T>,
) -> (Result<LogPage, ApiError>, T) {
    futures::join!(gate.filter_events(query), meanwhile)
}

/// What to do next of so many tails, and for which: they ask by turns. `next` is what one of them
/// wants.
pub fn by_turns(
    turn: &mut usize,
    count: usize,
    mut next: impl FnMut(usize) -> Step,
) -> (usize, Step) {
    let mut until: Option<i64> = None;
    for offset in 0..count {
        let index = (*turn + offset) % count;
        match next(index) {
            Step::Ask(query) => {
                *turn = index + 1;
                return (index, Step::Ask(query));
            }
            Step::Wait(at) => until = Some(until.map_or(at, |until| until.min(at))),
            Step::Done => {}
        }
    }
    (0, until.map_or(Step::Done, Step::Wait))
}

/// Writes one book.
#[derive(Debug, Default)]
pub struct LogTailer {
    tails: Vec<Tail>,
    /// Whose turn it is among those that have something to ask.
    turn: usize,
    errors: HashMap<usize, ApiError>,
    answered: bool,
    older: u32,
    writer: Arc<Mutex<Writer>>,
}

/// What turns pages into splices; used off the threads that must not be held up.
#[derive(Debug, Default)]
pub struct Writer {
    book: LogWriter,
    read: VecDeque<(SourceId, Batch)>,
    written: Splice,
}

impl Writer {
    /// Writes what was read.
    pub fn write(&mut self) {
        while let Some((source, batch)) = self.read.pop_front() {
            let splice = if batch.is_history {
                self.book.backfill(source, &batch.events)
            } else {
                self.book.append(source, &batch.events)
            };
            append(&mut self.written, splice);
        }
    }
}

/// One splice out of two that follow each other.
fn append(all: &mut Splice, next: Splice) {
    all.changes.extend(next.changes);
    all.streams.extend(next.streams);
    all.invocations.extend(next.invocations);
    all.new += next.new;
    all.duplicates += next.duplicates;
    all.late += next.late;
    all.outdated += next.outdated;
}

impl LogTailer {
    /// Begins, or goes on after an interruption.
    pub fn open(&mut self, sources: &[Source], range: TimeRange, older: u32, now: Timestamp) {
        let now_ms = now.as_millisecond();
        if self.tails.is_empty() {
            let (start, end) = range.bounds(now);
            let plan = |source: &Source| tail::Plan {
                newest_first: Some(NEWEST),
                ..source.plan(start, end)
            };
            let mut writer = self.writer();
            for (index, source) in sources.iter().enumerate() {
                writer.book.set_numbers(source_id(index), source.numbers);
            }
            drop(writer);
            self.tails = sources
                .iter()
                .map(|source| Tail::new(plan(source), now_ms))
                .collect();
        }
        for (index, tail) in self.tails.iter_mut().enumerate() {
            if tail.is_stopped() {
                tail.resume();
                self.errors.remove(&index);
            }
            if older > self.older {
                tail.load_older(now_ms);
            }
        }
        self.older = older;
    }

    /// What to do next, and for which source.
    pub fn next(&mut self, now: Timestamp) -> (usize, Step) {
        let now = now.as_millisecond();
        let (count, tails) = (self.tails.len(), &mut self.tails);
        by_turns(&mut self.turn, count, |index| tails[index].next(now))
    }

    /// Takes the answer of a source in.
    pub fn take(
        &mut self,
        source: usize,
        query: &LogQuery,
        answer: Result<LogPage, ApiError>,
        now: Timestamp,
    ) {
        let now = now.as_millisecond();
        let Some(tail) = self.tails.get_mut(source) else {
            return;
        };
        match answer {
            Ok(page) => {
                self.answered = true;
                self.errors.remove(&source);
                let batch = tail.answered(page, now);
                if !batch.events.is_empty() {
                    self.writer().read.push_back((source_id(source), batch));
                }
            }
            Err(error) => {
                tracing::debug!(group = query.group, %error, "the tail's question failed");
                tail.failed(failure(&error), now);
                self.errors.insert(source, error);
            }
        }
    }

    /// The writer, to write off the loop.
    pub fn shared_writer(&self) -> Arc<Mutex<Writer>> {
        Arc::clone(&self.writer)
    }

    /// Whether there are pages to write.
    pub fn has_read(&self) -> bool {
        !self.writer().read.is_empty()
    }

    /// How many new lines wait to be handed over; `None` when there is nothing to tell.
    pub fn written(&self) -> Option<usize> {
        let writer = self.writer();
        (!writer.written.changes.is_empty()).then_some(writer.written.new)
    }

    /// Takes what waits to be handed over.
    pub fn take_written(&mut self) -> Splice {
        mem::take(&mut self.writer().written)
    }

    /// How it is doing.
    pub fn status(&self, now: Timestamp) -> Status {
        let now = now.as_millisecond();
        let of = |wanted: fn(&Tail) -> bool| {
            let tails = self.tails.iter().enumerate();
            tails
                .filter(move |(_, tail)| wanted(tail))
                .map(|(at, _)| at)
        };
        let alive = || self.tails.iter().filter(|tail| !tail.is_stopped());
        let phase = if alive().next().is_none() {
            Phase::Stopped
        } else if !self.answered && self.errors.is_empty() {
            Phase::Starting
        } else if !alive().all(Tail::is_caught_up) {
            Phase::Reading
        } else if alive().any(Tail::is_following) {
            Phase::Following
        } else {
            Phase::Complete
        };
        let missing: Vec<SourceId> = of(Tail::is_missing).map(source_id).collect();
        // That a group is missing is told by itself.
        let error = self
            .errors
            .iter()
            .filter(|(_, error)| error.kind != ErrorKind::NotFound)
            .min_by_key(|(source, _)| **source)
            .map(|(_, error)| error.clone());
        let older = |wanted| self.tails.iter().any(|tail| tail.older() == wanted);
        Status {
            phase,
            error,
            slow: self.tails.iter().filter_map(Tail::slow).max(),
            missing,
            lag_ms: self.tails.iter().filter_map(Tail::lag).max(),
            late_may_be_missed: alive().any(|tail| tail.late_may_be_missed(now)),
            bad_token: self.tails.iter().find_map(Tail::bad_token),
            many_empty: alive().filter_map(Tail::many_empty).max(),
            older: if older(tail::Older::Reading) {
                Older::Reading
            } else if older(tail::Older::Nothing) && !older(tail::Older::Idle) {
                Older::Nothing
            } else {
                Older::Idle
            },
            begin: self.tails.iter().map(Tail::begin).min().unwrap_or_default(),
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn source_id(index: usize) -> SourceId {
    SourceId(u16::try_from(index).unwrap_or(u16::MAX))
}
