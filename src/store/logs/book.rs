//! One book of the slice: the lines of a set of functions over a span of time, how its tail is
//! doing, and which of its lines are kept on screen.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    domain::{
        logbook::{
            Entry, Filter, InvocationKey, Kept, Level, Logbook, Matcher, Pages, Position, SourceId,
        },
        paging::BadToken,
        report::{Numbers, Status as InvocationStatus},
        tail::{Plan, TimeRange},
    },
    ports::ApiError,
    store::identity::FunctionKey,
};

use super::cause::Cause;

/// So many invocations are looked at for what they used.
const LOOKED_AT: usize = 5_000;
/// The longest timeout that a function can have, in seconds (Lambda quotas).
const LONGEST_S: u32 = 900;

/// Names a book for the life of the program: what is late for a book that is gone is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BookId(pub u64);

/// A function whose lines are in a book; its place in the list is its [`SourceId`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which function.
    pub function: FunctionKey,
    /// Its short name.
    pub name: Arc<str>,
    /// `LoggingConfig.LogGroup`.
    pub group: String,
    /// Other functions may write to the group too: only streams of this one are taken.
    pub shared_group: bool,
    /// What the numbers of levels mean in its lines.
    pub numbers: Numbers,
}

impl Source {
    /// What is to be read of it.
    pub fn plan(&self, start: i64, end: Option<i64>) -> Plan {
        Plan {
            end,
            ..Plan::of(&self.name, &self.group, self.shared_group, start)
        }
    }
}

/// How far the reading of a book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing was answered yet.
    #[default]
    Starting,
    /// The newest lines are there, or on their way; the span is being filled.
    Reading,
    /// Everything is there, and new lines are awaited.
    Following,
    /// Everything is there, and no more will come: the span lies in the past.
    Complete,
    /// It does not go on by itself; the error says why.
    Stopped,
}

/// How "load older" is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Older {
    /// Not asked for, or done.
    #[default]
    Idle,
    /// Under way.
    Reading,
    /// Nothing was found back to the beginning of the book's span.
    Nothing,
}

/// How a tail is doing: what its status line says, besides the counts of the [`Logbook`] and the
/// session's `waits`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// How far it is.
    pub phase: Phase,
    /// The newest failure: why it stopped, or why it is slow. `None` once a call succeeded.
    pub error: Option<ApiError>,
    /// Throttled or cut off: how long it waits between calls.
    pub slow: Option<Duration>,
    /// Sources whose log group does not exist (yet).
    pub missing: Vec<SourceId>,
    /// How old the newest line was when it came, in milliseconds.
    pub lag_ms: Option<i64>,
    /// The late window could not be read again in time.
    pub late_may_be_missed: bool,
    /// What was wrong with a page token: a walk ended early.
    pub bad_token: Option<BadToken>,
    /// So many empty pages came in a row that it asks more slowly.
    pub many_empty: Option<u32>,
    /// How "load older" is doing.
    pub older: Older,
    /// Where the span that was asked for begins, in milliseconds since the epoch.
    pub begin: i64,
}

/// Which lines of a book are kept on screen; everything by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keep {
    /// Lines with this text, as typed; see [`Matcher::new`].
    pub text: String,
    /// Lines of level error and above.
    pub errors_only: bool,
    /// Lines of these invocations; of all where it is empty.
    pub invocations: Arc<HashSet<InvocationKey>>,
}

impl Keep {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// What it means, or why its text is no pattern.
    ///
    /// # Errors
    /// A text that cannot be searched for.
    pub fn filter(&self) -> Result<Filter, String> {
        let matcher = match self.text.as_str() {
            "" => None,
            text => Some(Matcher::new(text).map_err(|error| error.to_string())?),
        };
        Ok(Filter {
            matcher,
            level: self.errors_only.then_some(Level::Error),
            invocations: (!self.invocations.is_empty()).then(|| Arc::clone(&self.invocations)),
            streams: None,
        })
    }
}

/// The lines to draw: all of the book, or those kept. The same questions either way.
#[derive(Debug, Clone, Copy)]
pub enum Lines<'a> {
    /// All of them.
    All(&'a Pages),
    /// Those kept, of a snapshot that may be a moment old.
    Kept(&'a Kept),
    /// The first filtering is under way.
    Awaited,
}

impl<'a> Lines<'a> {
    /// How many.
    pub fn len(self) -> usize {
        match self {
            Self::All(pages) => pages.len(),
            Self::Kept(kept) => kept.len(),
            Self::Awaited => 0,
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The line at an index, 0 is the oldest.
    pub fn get(self, index: usize) -> Option<Entry<'a>> {
        match self {
            Self::All(pages) => pages.get(index),
            Self::Kept(kept) => kept.get(index),
            Self::Awaited => None,
        }
    }

    /// Index of the line at a position, if it is there.
    pub fn index_of(self, position: Position) -> Option<usize> {
        match self {
            Self::All(pages) => pages.index_of(position),
            Self::Kept(kept) => kept.index_of(position),
            Self::Awaited => None,
        }
    }

    /// Index of the line at a position, or of the next one, or of the last.
    pub fn nearest(self, position: Position) -> Option<usize> {
        match self {
            Self::All(pages) => pages.nearest(position),
            Self::Kept(kept) => kept.nearest(position),
            Self::Awaited => None,
        }
    }
}

/// A book and its tail.
#[derive(Debug)]
pub struct Book {
    pub(super) id: BookId,
    pub(super) sources: Vec<Source>,
    pub(super) range: TimeRange,
    pub(super) log: Logbook,
    pub(super) status: Status,
    pub(super) cause: Cause,
    pub(super) keep: Keep,
    pub(super) keep_error: Option<String>,
    pub(super) kept: Option<Arc<Kept>>,
    /// Grows with every change of the lines.
    pub(super) revision: u64,
    /// Which revision and which keep were last filtered, or are being filtered.
    pub(super) filtered: Option<u64>,
    /// How often "load older" was asked for.
    pub(super) older: u32,
}

impl Book {
    pub(super) fn new(id: BookId, sources: Vec<Source>, range: TimeRange) -> Self {
        Self {
            id,
            sources,
            range,
            log: Logbook::new(),
            status: Status::default(),
            cause: Cause::default(),
            keep: Keep::default(),
            keep_error: None,
            kept: None,
            revision: 0,
            filtered: None,
            older: 0,
        }
    }

    /// Its name.
    pub const fn id(&self) -> BookId {
        self.id
    }

    /// Whose lines it holds, by [`SourceId`].
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// A source by its id.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::from(id.0))
    }

    /// The span that was asked for.
    pub const fn range(&self) -> TimeRange {
        self.range
    }

    /// The lines and invocations, with their counts.
    pub const fn log(&self) -> &Logbook {
        &self.log
    }

    /// How its tail is doing.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// What failed in it, for the cause line.
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Which lines are wanted on screen.
    pub const fn keep(&self) -> &Keep {
        &self.keep
    }

    /// How many of the invocations that alone are wanted have lines here, and how many are wanted.
    pub fn narrowed(&self) -> Option<(usize, usize)> {
        let wanted = &self.keep.invocations;
        let is_here = |key: &&InvocationKey| self.log.invocation(**key).is_some();
        (!wanted.is_empty()).then(|| (wanted.iter().filter(is_here).count(), wanted.len()))
    }

    /// Why the wanted text is no pattern, if so; then the last good meaning stays.
    pub fn keep_error(&self) -> Option<&str> {
        self.keep_error.as_deref()
    }

    /// The lines to draw.
    pub fn lines(&self) -> Lines<'_> {
        match &self.kept {
            Some(kept) => Lines::Kept(kept),
            None if self.keep.is_everything() || self.keep_error.is_some() => {
                Lines::All(self.log.pages())
            }
            None => Lines::Awaited,
        }
    }

    /// Whether the kept lines are not those of the newest state of the book.
    pub fn is_filtering(&self) -> bool {
        !self.keep.is_everything()
            && self.keep_error.is_none()
            && self.filtered != Some(self.revision)
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = &FunctionKey> {
        self.sources.iter().map(|source| &source.function)
    }

    /// The most memory (MB) that an invocation of a function used, and how many began and may
    /// still run: no line has told their end, and their time is not up. Of the newest
    /// [`LOOKED_AT`] invocations.
    pub(super) fn seen(
        &self,
        function: &FunctionKey,
        timeout_s: Option<u32>,
        now: Timestamp,
    ) -> (Option<u32>, Option<u32>) {
        let place = self.functions().position(|one| one == function);
        let Some(place) = place else {
            return (None, None);
        };
        let last = self.log.invocation_count();
        let newest = self.log.invocations(last.saturating_sub(LOOKED_AT)..last);
        let timeout_ms = i64::from(timeout_s.unwrap_or(LONGEST_S)) * 1_000;
        let (mut used, mut running) = (None, 0_u32);
        for invocation in newest.filter(|one| usize::from(one.source.0) == place) {
            used = used.max(invocation.figures.used_mb().map(u32::from));
            let may_run = invocation.status() == InvocationStatus::Running
                && invocation.first + timeout_ms > now.as_millisecond();
            running += u32::from(may_run);
        }
        (used, (running > 0).then_some(running))
    }
}
