//! Following a log by polling: what to ask next, when, and which events of the answer are new.
//!
//! A [`Tail`] reads one source with several *walks*, each a query and its pages:
//!
//! - *first*: the newest lines, so that there is something to see; then *rest*: the span that was
//!   asked for, oldest first;
//! - *head*: from a little before what is known up to now, every 1 to 10 s;
//! - *sweep*: the late window before that once more, for events that came in late;
//! - *older*: back from the beginning, on request.
//!
//! There is no filter by ingestion time, so a tail that only moves its start forward loses what
//! comes late for ever, and one that moves it by a millisecond loses siblings (`docs/aws.md` §2.1).
//! Hence the guarantee here: an event that becomes visible within [`Tail::window`] of its
//! timestamp is handed out exactly once.
//!
//! No I/O, no clock: the driver asks [`Tail::next`] what to do, does it, and reports back. A
//! question that was never answered is asked again, so a driver may be stopped anywhere.

mod range;
mod seen;
mod terms;
#[cfg(test)]
mod tests;
mod walk;

use std::time::Duration;

pub use range::{BadRange, PRESETS, TimeRange};
pub use terms::{Batch, Failure, Older, Plan, Step};

use crate::domain::{
    log::{LogEvent, LogPage, LogQuery},
    paging::{self, BadToken},
};
use seen::Seen;
use walk::{Errand, Next, Walk, known};

/// How far the head reads back behind what is known, ms.
const OVERLAP: i64 = 5_000;
/// The late window while nothing comes late, ms.
const WINDOW: i64 = 60_000;
/// The late window at its widest, ms.
const WIDEST: i64 = 5 * 60_000;
/// How long a window stays wide after the last late event, ms.
const STAYS_WIDE: i64 = 10 * 60_000;
/// Pause between heads while lines come, and while none do, ms.
const QUICK: i64 = 1_000;
const QUIET: i64 = 10_000;
/// How often the late window is read again, ms.
const SWEEP_EVERY: i64 = 10_000;
/// A sweep that is this old makes late lines doubtful, ms.
const SWEEP_OVERDUE: i64 = 3 * SWEEP_EVERY;
/// Shortest and longest pause after a throttle, ms.
const SLOW: (i64, i64) = (1_000, 30_000);
/// How often a group that does not exist is asked for, ms.
const MISSING_EVERY: i64 = 15_000;
/// Pages of the first walk that may hold nothing of the function before the rest takes over.
const FIRST_PAGES: usize = 10;
/// Lines that one "load older" brings, about.
const OLDER: u32 = 2_000;
/// How far back "load older" looks in vain before it gives up, ms.
const OLDEST: i64 = 30 * 24 * 3_600_000;
/// 2024-01-01T00:00:00Z, before which no query goes newest first (`FilterLogEvents`).
const NEWEST_FIRST_SINCE: i64 = 1_704_067_200_000;

/// Reads one source. All times are milliseconds since the epoch.
#[derive(Debug)]
pub struct Tail {
    plan: Plan,
    walks: Vec<Walk>,
    asked: Option<Errand>,
    seen: Seen,
    newest: Option<i64>,
    begin: i64,
    /// Up to where heads have read, and when the next is due.
    head_base: i64,
    head_due: i64,
    pause: i64,
    /// Up to where the late window was read, and when.
    sweep_base: i64,
    swept: i64,
    sweep_was_long: bool,
    window: i64,
    wide_until: i64,
    background_swept: bool,
    slow: i64,
    hold_until: i64,
    lag: Option<i64>,
    older: Older,
    older_span: i64,
    missing: bool,
    stopped: bool,
    bad_token: Option<BadToken>,
    many_empty: Option<u32>,
}

impl Tail {
    /// A tail that has read nothing.
    pub fn new(plan: Plan, now: i64) -> Self {
        let base = known(None, now);
        let mut tail = Self {
            walks: Vec::new(),
            asked: None,
            seen: Seen::new(base - WIDEST),
            newest: None,
            begin: plan.start,
            head_base: base,
            head_due: now,
            pause: QUICK,
            sweep_base: base,
            swept: now,
            sweep_was_long: false,
            window: WINDOW,
            wide_until: now,
            background_swept: false,
            slow: 0,
            hold_until: i64::MIN,
            lag: None,
            older: Older::Idle,
            older_span: (now - plan.start).max(WINDOW),
            missing: false,
            stopped: false,
            bad_token: None,
            many_empty: None,
            plan,
        };
        match tail.plan.newest_first {
            Some(limit) if tail.plan.start >= NEWEST_FIRST_SINCE => {
                let query = LogQuery {
                    newest_first: true,
                    limit: Some(limit.clamp(1, 10_000)),
                    ..tail.query(tail.plan.start, tail.plan.end)
                };
                tail.walk(Errand::First, query, now);
            }
            _ => {
                let query = tail.query(tail.plan.start, tail.plan.end);
                tail.walk(Errand::Rest, query, now);
            }
        }
        tail
    }

    /// What to do at this time.
    pub fn next(&mut self, now: i64) -> Step {
        if self.stopped {
            return Step::Done;
        }
        if now < self.hold_until {
            return Step::Wait(self.hold_until);
        }
        if self.asked.is_none() {
            match self.choose(now) {
                Next::Walk(errand) => self.asked = Some(errand),
                Next::Wait(until) => return Step::Wait(until),
                Next::Nothing => return Step::Done,
            }
        }
        let asked = self
            .walks
            .iter_mut()
            .find(|walk| Some(walk.errand) == self.asked);
        let Some(walk) = asked else {
            return Step::Done;
        };
        if walk.pages == 0 {
            walk.begun = now;
        }
        Step::Ask(walk.query.clone())
    }

    /// The answer to the last question.
    pub fn answered(&mut self, page: LogPage, now: i64) -> Batch {
        let Some(mut walk) = self.take_asked() else {
            return Batch::default();
        };
        self.slow = if self.slow > SLOW.0 { self.slow / 2 } else { 0 };
        self.missing = false;
        let next = walk.paging.turn(page.events.is_empty(), page.next_token);
        let is_complete = next == Ok(None);
        self.bad_token = next.as_ref().err().copied().or(self.bad_token);
        self.many_empty = walk.paging.many_empty();
        if self.many_empty.is_some() {
            self.hold_until = now + paging::PAUSE.as_millis() as i64;
        }
        let is_history = match walk.errand {
            Errand::Rest | Errand::Older => true,
            // Its later pages are older than the first, and not late for it.
            Errand::First => walk.pages > 0,
            Errand::Head | Errand::Sweep => false,
        };
        let events = self.take_events(&mut walk, page.events, now);
        walk.pages += 1;
        let is_enough = match walk.errand {
            Errand::First => {
                let limit = walk.query.limit.unwrap_or(0) as usize;
                walk.events >= limit || walk.pages >= FIRST_PAGES
            }
            // More lines of one millisecond than a page holds must not be the end of the way.
            Errand::Older => walk.events >= OLDER as usize && walk.oldest < walk.query.end,
            Errand::Rest | Errand::Head | Errand::Sweep => false,
        };
        match next {
            Ok(Some(token)) if !is_enough => {
                walk.query.token = Some(token);
                self.walks.push(walk);
            }
            _ => self.end(&walk, is_complete, now),
        }
        Batch { events, is_history }
    }

    /// The last question failed.
    pub fn failed(&mut self, failure: Failure, now: i64) {
        match failure {
            Failure::Transient => {
                self.slow = (self.slow * 2).clamp(SLOW.0, SLOW.1);
                self.hold_until = now + self.slow;
            }
            Failure::Missing => {
                self.missing = true;
                self.hold_until = now + MISSING_EVERY;
            }
            Failure::Refused => {
                // Without the newest lines first, what was handed out would be handed out again.
                let may_restart = self.plan.newest_first.is_some();
                let asked = self.asked;
                let walk = self
                    .walks
                    .iter_mut()
                    .find(|walk| Some(walk.errand) == asked);
                match walk {
                    Some(walk) if may_restart && walk.query.token.is_some() && !walk.restarted => {
                        walk.query.token = None;
                        walk.paging = paging::Paging::default();
                        walk.restarted = true;
                    }
                    _ => self.stopped = true,
                }
            }
            Failure::Final => self.stopped = true,
        }
    }

    /// Goes on after it stopped: the reason may be gone.
    pub fn resume(&mut self) {
        self.stopped = false;
        self.hold_until = i64::MIN;
        self.slow = 0;
    }

    /// Asks for lines older than the beginning.
    pub fn load_older(&mut self, now: i64) {
        if self.older != Older::Reading {
            self.older = Older::Reading;
            self.walk_older(now);
        }
    }

    /// Whether the span that was asked for is read: from here on only new lines come.
    pub fn is_caught_up(&self) -> bool {
        let fills = |walk: &Walk| matches!(walk.errand, Errand::First | Errand::Rest);
        !self.walks.iter().any(fills)
    }

    /// Whether new lines will be looked for.
    pub const fn is_following(&self) -> bool {
        self.plan.end.is_none()
    }

    /// Whether it stopped on a failure.
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether the log group does not exist.
    pub const fn is_missing(&self) -> bool {
        self.missing
    }

    /// How long it waits between calls because of failures, if it does.
    pub fn slow(&self) -> Option<Duration> {
        (self.slow > 0).then(|| Duration::from_millis(self.slow.unsigned_abs()))
    }

    /// How old the newest line was when it came, ms.
    pub const fn lag(&self) -> Option<i64> {
        self.lag
    }

    /// How late an event may come and still be handed out, ms.
    pub const fn window(&self) -> i64 {
        self.window
    }

    /// Whether the late window could not be read again in time.
    pub fn late_may_be_missed(&self, now: i64) -> bool {
        self.is_following()
            && self.is_caught_up()
            && !self.missing
            && now - self.swept > SWEEP_OVERDUE
    }

    /// What was wrong with a page token, so that a walk had to end early.
    pub const fn bad_token(&self) -> Option<BadToken> {
        self.bad_token
    }

    /// How many empty pages came in a row, when that is so many that it asks more slowly.
    pub const fn many_empty(&self) -> Option<u32> {
        self.many_empty
    }

    /// How "load older" is doing.
    pub const fn older(&self) -> Older {
        self.older
    }

    /// Where the span begins that was asked for, older lines included.
    pub const fn begin(&self) -> i64 {
        self.begin
    }

    fn query(&self, start: i64, end: Option<i64>) -> LogQuery {
        LogQuery {
            group: self.plan.group.clone(),
            start: Some(start.max(0)),
            end,
            pattern: self.plan.pattern.clone(),
            ..LogQuery::default()
        }
    }

    fn walk(&mut self, errand: Errand, query: LogQuery, now: i64) {
        self.walks.push(Walk {
            errand,
            query,
            begun: now,
            pages: 0,
            paging: paging::Paging::default(),
            events: 0,
            oldest: None,
            is_fresh: false,
            is_sweep: false,
            restarted: false,
        });
    }

    fn has(&self, errand: Errand) -> bool {
        self.walks.iter().any(|walk| walk.errand == errand)
    }

    fn take_asked(&mut self) -> Option<Walk> {
        let errand = self.asked.take()?;
        let at = self.walks.iter().position(|walk| walk.errand == errand)?;
        Some(self.walks.remove(at))
    }

    /// Which walk goes on or begins now; or what to do instead.
    fn choose(&mut self, now: i64) -> Next {
        for errand in [Errand::First, Errand::Head] {
            if self.has(errand) {
                return Next::Walk(errand);
            }
        }
        // In order means that nothing new comes before the rest is handed out.
        let waits_for_rest = self.plan.newest_first.is_none() && self.has(Errand::Rest);
        let polls = self.is_following() && !waits_for_rest;
        if polls && self.head_due <= now {
            self.begin_head(now);
            return Next::Walk(Errand::Head);
        }
        let history = [Errand::Older, Errand::Rest]
            .into_iter()
            .find(|&errand| self.has(errand));
        let sweep_due = self.swept + SWEEP_EVERY;
        let sweeps = self.has(Errand::Sweep) || polls && sweep_due <= now;
        match (sweeps, history) {
            (true, Some(history)) if self.background_swept => {
                self.background_swept = false;
                Next::Walk(history)
            }
            (true, _) => {
                self.background_swept = true;
                if !self.has(Errand::Sweep) {
                    let query = self.query(self.sweep_base - self.window, Some(self.head_base));
                    self.walk(Errand::Sweep, query, now);
                }
                Next::Walk(Errand::Sweep)
            }
            (false, Some(history)) => Next::Walk(history),
            (false, None) if polls => Next::Wait(self.head_due.min(sweep_due)),
            (false, None) => Next::Nothing,
        }
    }

    /// A head reads the late window too when that is due and short, or when nothing was read for
    /// so long that the two would read the same again.
    fn begin_head(&mut self, now: i64) {
        let since_sweep = now - self.swept;
        let is_sweep = !self.has(Errand::Sweep)
            && since_sweep >= SWEEP_EVERY
            && (!self.sweep_was_long || since_sweep > WINDOW);
        let mut start = self.head_base - OVERLAP;
        if is_sweep {
            start = start.min(self.sweep_base - self.window);
        }
        let query = self.query(start, None);
        self.walk(Errand::Head, query, now);
        if let Some(walk) = self.walks.last_mut() {
            walk.is_sweep = is_sweep;
        }
    }

    fn walk_older(&mut self, now: i64) {
        let start = (self.begin - self.older_span).max(0);
        let newest_first = start >= NEWEST_FIRST_SINCE;
        let query = LogQuery {
            newest_first,
            limit: newest_first.then_some(OLDER),
            ..self.query(start, Some(self.begin))
        };
        self.walk(Errand::Older, query, now);
    }

    /// Notes what events tell, and drops those of other functions and those handed out before.
    fn take_events(&mut self, walk: &mut Walk, events: Vec<LogEvent>, now: i64) -> Vec<LogEvent> {
        let marker = self
            .plan
            .function
            .as_ref()
            .map(|function| format!("/{function}["));
        let known = self.newest;
        self.seen.begin_page();
        let mut events = events;
        events.retain(|event| {
            self.newest = self.newest.max(Some(event.timestamp));
            walk.oldest = Some(
                walk.oldest
                    .map_or(event.timestamp, |oldest| oldest.min(event.timestamp)),
            );
            if marker
                .as_ref()
                .is_some_and(|marker| !event.stream.contains(marker))
            {
                return false;
            }
            walk.events += 1;
            let is_new = self.seen.insert(event);
            if is_new {
                let late = event.ingested - event.timestamp;
                if late > self.window / 2 {
                    self.window = self.window.max((2 * late).min(WIDEST));
                    self.wide_until = now + STAYS_WIDE;
                }
            }
            is_new
        });
        if self.newest > known {
            walk.is_fresh = true;
            if let Some(newest) = self.newest
                && walk.errand == Errand::Head
            {
                self.lag = Some((now - newest).max(0));
            }
        }
        events
    }

    /// A walk has ended: at its end, or early.
    fn end(&mut self, walk: &Walk, complete: bool, now: i64) {
        match walk.errand {
            Errand::First => {
                let reached = known(self.newest, walk.begun);
                (self.head_base, self.sweep_base, self.swept) = (reached, reached, walk.begun);
                self.head_due = now + QUICK;
                if !complete {
                    let end = walk.oldest.or(self.plan.end);
                    let query = self.query(self.plan.start, end);
                    self.walk(Errand::Rest, query, walk.begun);
                }
            }
            Errand::Rest => {
                // With the newest lines first, heads and sweeps are far ahead of it already.
                if self.plan.newest_first.is_none() {
                    let reached = known(self.newest, walk.begun);
                    (self.head_base, self.sweep_base, self.swept) = (reached, reached, walk.begun);
                    self.head_due = now + QUICK;
                }
            }
            Errand::Head => {
                self.head_base = known(self.newest, walk.begun);
                if walk.is_sweep {
                    self.end_sweep(walk, now);
                }
                self.pause = if walk.is_fresh {
                    QUICK
                } else {
                    (self.pause * 3 / 2).min(QUIET)
                };
                self.head_due = now + self.pause.max(self.slow);
            }
            Errand::Sweep => self.end_sweep(walk, now),
            Errand::Older => self.end_older(walk, complete, now),
        }
    }

    fn end_sweep(&mut self, walk: &Walk, now: i64) {
        // Never ahead of the heads: what they read again must not be forgotten.
        self.sweep_base = known(self.newest, walk.begun).min(self.head_base);
        self.swept = walk.begun;
        self.sweep_was_long = walk.pages > 1;
        if self.wide_until <= now {
            self.window = WINDOW;
        }
        self.seen.forget_before(self.sweep_base - WIDEST);
    }

    fn end_older(&mut self, walk: &Walk, complete: bool, now: i64) {
        let start = walk.query.start.unwrap_or(0);
        self.begin = match walk.oldest {
            Some(oldest) if !complete => oldest,
            _ => start,
        };
        if walk.events > 0 {
            self.older = Older::Idle;
        } else if start == 0 || self.older_span >= OLDEST {
            self.older = Older::Nothing;
        } else {
            self.older_span *= 4;
            self.walk_older(now);
        }
    }
}
