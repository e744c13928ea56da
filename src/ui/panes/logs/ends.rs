//! Whether an invocation that no line tells the end of still runs.
//!
//! A function with the system log level WARN writes no START and no REPORT of what goes well
//! (`docs/aws.md` §1.2): its invocations would run for ever. What has been silent for longer than the
//! function may run has ended too, however it did.

use crate::{
    domain::{
        logbook::Logbook,
        report::{Invocation, SourceId, Status},
    },
    store::{
        Store,
        logs::{Book, Phase},
    },
};

/// The longest that any function may run, in milliseconds (Lambda quotas).
const LONGEST_MS: i64 = 900_000;

/// Why the end of an invocation is not known: in full, and short.
pub(super) type Why = (&'static str, &'static str);

/// What is known of the functions of a book, worked out when lines or settings change.
#[derive(Debug, Default)]
pub(super) struct Ends {
    now: i64,
    /// The newest lines are still on their way.
    is_reading: bool,
    /// By source.
    sources: Vec<Source>,
    /// The state of the book that `sources` were looked for in.
    seen: Option<(usize, usize)>,
}

#[derive(Debug, Default)]
struct Source {
    timeout_ms: i64,
    /// Its system log level is WARN.
    is_quiet: bool,
    /// Its lines have a START, an END or a REPORT of an invocation that did not fail: the reports of
    /// failures are written at any level.
    has_platform: bool,
    /// Its oldest line, if that came longer ago than it may run.
    has_old: bool,
}

impl Ends {
    /// Brings it up to date.
    pub(super) fn settle(&mut self, book: &Book, store: &Store) {
        let log = book.log();
        self.now = store.now.as_millisecond();
        self.is_reading = matches!(book.status().phase, Phase::Starting | Phase::Reading);
        let seen = Some((log.len(), log.evicted()));
        if self.seen != seen || self.sources.len() != book.sources().len() {
            self.seen = seen;
            self.sources.clear();
            self.sources
                .resize_with(book.sources().len(), Source::default);
            self.look_for_ends(log);
        }
        for (source, of) in self.sources.iter_mut().zip(book.sources()) {
            let row = store.functions.get(&of.function.arn);
            source.timeout_ms = row.map_or(LONGEST_MS, |row| i64::from(row.timeout_s) * 1_000);
            source.is_quiet = row.is_some_and(|row| row.quiet);
        }
        let now = self.now;
        for (place, source) in self.sources.iter_mut().enumerate() {
            let mut invocations = log.invocations(0..log.invocation_count());
            let oldest = invocations.find(|one| usize::from(one.source.0) == place);
            source.has_old = oldest.is_some_and(|one| one.last + source.timeout_ms < now);
        }
    }

    fn look_for_ends(&mut self, log: &Logbook) {
        let mut missing = self.sources.len();
        // The newest tell how it is written now, and nearly always the first of them does.
        for invocation in log.invocations(0..log.invocation_count()).rev() {
            let source = self.sources.get_mut(usize::from(invocation.source.0));
            if let Some(source) = source.filter(|one| !one.has_platform)
                && invocation.has_platform_lines()
                && !invocation.status().is_failure()
            {
                source.has_platform = true;
                missing -= 1;
                if missing == 0 {
                    return;
                }
            }
        }
    }

    /// Why it cannot be told how an invocation ended; `None` where it can, or where it may run.
    /// In full, and short for where there is little room.
    pub(super) fn unknown(&self, invocation: &Invocation) -> Option<Why> {
        if invocation.status() != Status::Running {
            return None;
        }
        let SourceId(place) = invocation.source;
        let source = self.sources.get(usize::from(place))?;
        let is_bare = !invocation.has_platform_lines();
        if is_bare && source.is_quiet {
            Some(("no report (system log level WARN)", "no report: level WARN"))
        } else if is_bare && !source.has_platform && source.has_old && !self.is_reading {
            Some((
                "no report (this function writes none)",
                "no report is written",
            ))
        } else if invocation.last + source.timeout_ms < self.now && !self.is_reading {
            Some(("no report was read", "no report was read"))
        } else {
            None
        }
    }
}
