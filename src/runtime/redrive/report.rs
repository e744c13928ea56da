//! What is told of a run: the latest figures while it goes, and the line that the activity log
//! ends with.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::{
    domain::{
        activity::{self, Ending},
        redrive::{Destination, End, Failure, Ledger, Phase, Progress, Replay, Scope},
    },
    ports::Operation,
};

/// Figures are told at most so often.
const EVERY: SignedDuration = SignedDuration::from_millis(100);
/// The rate is that of these last seconds.
const WINDOW: SignedDuration = SignedDuration::from_secs(5);
/// Failures, and letters that may be there twice, that are told one by one; the journal has them all.
const FAILURES: usize = 1_000;
const REASONS: usize = 10;

/// Collects the figures.
#[derive(Debug)]
pub(super) struct Report {
    progress: Progress,
    to: watch::Sender<Progress>,
    calls: BTreeMap<&'static str, u64>,
    lately: VecDeque<(Timestamp, usize)>,
    told: Option<Timestamp>,
    has_news: bool,
}

impl Report {
    pub(super) fn new(replay: &Replay, now: Timestamp, to: watch::Sender<Progress>) -> Self {
        Self {
            progress: first(replay, now),
            to,
            calls: BTreeMap::new(),
            lately: VecDeque::new(),
            told: None,
            has_news: true,
        }
    }

    pub(super) fn count(&mut self, operation: Operation) {
        *self.calls.entry(operation.spec().name).or_default() += 1;
        self.has_news = true;
    }

    pub(super) fn sent(&mut self, letters: usize, now: Timestamp) {
        self.lately.push_back((now, letters));
        self.has_news = true;
    }

    pub(super) fn note(&mut self, note: String) {
        self.progress.notes.push(note);
        self.has_news = true;
    }

    pub(super) fn failed(&mut self, id: &Arc<str>, reason: &str) {
        self.has_news = true;
        if self.progress.failures.len() < FAILURES {
            self.progress.failures.push(Failure {
                id: Arc::clone(id),
                reason: reason.to_owned(),
            });
        }
    }

    pub(super) fn doubtful<'a>(&mut self, ids: impl Iterator<Item = &'a Arc<str>>) {
        self.has_news = true;
        let named = &mut self.progress.duplicates;
        named.extend(ids.take(FAILURES.saturating_sub(named.len())).cloned());
    }

    pub(super) fn undeleted(&mut self, mut ids: Vec<Arc<str>>) {
        self.has_news = true;
        ids.truncate(FAILURES);
        self.progress.undeleted = ids;
    }

    /// Tells the figures, unless they were told a moment ago and only figures are new.
    pub(super) fn tell(&mut self, ledger: &Ledger, phase: Phase, workers: u16, now: Timestamp) {
        self.has_news |= self.progress.tally != ledger.tally(false);
        let is_due = self
            .told
            .is_none_or(|told| now.duration_since(told) >= EVERY);
        let is_phase_new = self.progress.phase != phase;
        let is_worth = is_phase_new || (self.has_news && is_due);
        if !is_worth {
            return;
        }
        while self
            .lately
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            self.lately.pop_front();
        }
        let has_ended = matches!(phase, Phase::Ended(_));
        let progress = &mut self.progress;
        progress.tally = ledger.tally(has_ended);
        progress.phase = phase;
        progress.workers = workers;
        progress.per_second = rate(&self.lately, progress.started, now);
        progress.reasons = ledger.reasons();
        if !has_ended {
            progress.reasons.truncate(REASONS);
        }
        progress.calls = self
            .calls
            .iter()
            .map(|(name, count)| (*name, *count))
            .collect();
        self.to.send_replace(progress.clone());
        self.told = Some(now);
        self.has_news = false;
    }

    /// Says until when nothing happens but waiting, if so.
    pub(super) fn waits(&mut self, until: Option<Timestamp>) {
        self.has_news |= self.progress.awaits != until;
        self.progress.awaits = until;
    }

    /// When figures that were held back are due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.told.filter(|_| self.has_news).map(|told| told + EVERY)
    }

    pub(super) fn last(self) -> Progress {
        self.progress
    }
}

fn rate(lately: &VecDeque<(Timestamp, usize)>, started: Timestamp, now: Timestamp) -> f64 {
    let letters: usize = lately.iter().map(|(_, letters)| letters).sum();
    let span = now
        .duration_since(started)
        .min(WINDOW)
        .as_secs_f64()
        .max(1.0);
    letters as f64 / span
}

/// The figures before anything was done.
pub(super) fn first(replay: &Replay, now: Timestamp) -> Progress {
    Progress {
        plan: replay.plan.id.clone(),
        started: now,
        phase: Phase::Running,
        tally: replay.ledger.tally(false),
        planned: match &replay.plan.scope {
            Scope::Selection(chosen) => Some(chosen.len() as u64),
            Scope::Standing { limit, .. } => *limit,
        },
        per_second: 0.0,
        workers: 0,
        reasons: replay.ledger.reasons(),
        failures: replay.failures.iter().take(FAILURES).cloned().collect(),
        notes: Vec::new(),
        duplicates: replay.duplicates.iter().take(FAILURES).cloned().collect(),
        undeleted: Vec::new(),
        awaits: None,
        by_invoke: matches!(replay.plan.destination, Destination::Invoke { .. }),
        calls: Vec::new(),
    }
}

/// One line for the activity log.
pub(super) fn ending(last: &Progress) -> activity::End {
    let result = match last.phase {
        Phase::Ended(End::Complete) if last.tally.is_clean() => Ending::Done,
        Phase::Ended(End::Stopped) => Ending::Stopped,
        _ => Ending::Failed,
    };
    activity::End::of(result, outcome(last))
}

fn outcome(last: &Progress) -> String {
    let tally = &last.tally;
    let how = match &last.phase {
        Phase::Ended(End::Complete)
        | Phase::Running
        | Phase::Canary(_)
        | Phase::Paused
        | Phase::Stopping => "complete",
        Phase::Ended(End::Stopped) => "stopped",
        Phase::Ended(End::CanaryFailed(_)) => "stopped by its canary",
        Phase::Ended(End::Refilled(_)) => "stopped: letters came back",
        Phase::Ended(End::Broken(_)) => "broken off",
    };
    let known = match &last.phase {
        Phase::Ended(End::Complete) if !last.is_conclusive() => last.known(),
        _ => None,
    };
    let known = known.map_or_else(String::new, |known| format!("; {known}"));
    format!(
        "{how}: {} read = {} moved + {} deleted + {} released + {} failed + {} not judged + {} in both + {} open; {} perhaps twice, {} came back{known}",
        tally.read,
        tally.moved,
        tally.deleted,
        tally.released,
        tally.failed,
        tally.not_judged,
        tally.undeleted,
        tally.pending,
        tally.duplicates,
        tally.returned,
    )
}
