//! What failed in a book, for the line that Logs opens on: "newest error 12s ago · 31 ×
//! CardDeclined, 2 × timeout · 33 of 260 invocations · first 02:14". Kept up to date from the invocations that a splice
//! touched; the lines are never read for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::{
    logbook::{InvocationKey, Logbook},
    report::{Invocation, Status},
};

/// The failures of a book, one for each invocation that failed or wrote an error.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// By the time of the invocation's last line, ms.
    failures: BTreeMap<(i64, InvocationKey), Arc<str>>,
    at: HashMap<InvocationKey, i64>,
    counts: HashMap<Arc<str>, usize>,
}

impl Cause {
    /// How many invocations failed or wrote an error.
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Whether none did.
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }

    /// When the newest one ended, in milliseconds since the epoch.
    pub fn newest(&self) -> Option<i64> {
        self.failures.last_key_value().map(|((at, _), _)| *at)
    }

    /// When the first one ended, in milliseconds since the epoch.
    pub fn first(&self) -> Option<i64> {
        self.failures.first_key_value().map(|((at, _), _)| *at)
    }

    /// Whether failures began with the first one, and not before the span that was read: many
    /// times as many invocations went well before it as lie between two failures since.
    pub fn has_onset(&self, log: &Logbook) -> bool {
        /// By chance so many in a row go well once in twenty times (e⁻³).
        const TIMES: usize = 3;
        let first = self.failures.first_key_value();
        let before = first.and_then(|((_, key), _)| log.invocation_index(*key));
        before.is_some_and(|before| {
            let since = log.invocation_count() - before;
            before.saturating_mul(self.len()) >= TIMES.saturating_mul(since)
        })
    }

    /// The kinds of failures with their counts, the most frequent first: error types as the
    /// function names them (untrusted text), `timeout`, `out of memory`, `killed`.
    pub fn kinds(&self) -> Vec<(&str, usize)> {
        let mut kinds: Vec<_> = self
            .counts
            .iter()
            .map(|(kind, &count)| (&**kind, count))
            .collect();
        kinds.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        kinds
    }

    /// Looks at the invocations that changed.
    pub(super) fn update(&mut self, log: &Logbook, changed: &[InvocationKey]) {
        for &key in changed {
            self.forget(key);
            if let Some(invocation) = log.invocation(key)
                && let Some(kind) = kind_of(invocation)
            {
                self.note(key, invocation.last, kind);
            }
        }
    }

    /// Drops what lies before the first line that is left.
    pub(super) fn evict_before(&mut self, begin: i64) {
        while let Some((&(at, key), _)) = self.failures.first_key_value()
            && at < begin
        {
            self.forget(key);
        }
    }

    fn note(&mut self, key: InvocationKey, at: i64, kind: &str) {
        let kind = match self.counts.get_key_value(kind) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(kind),
        };
        *self.counts.entry(Arc::clone(&kind)).or_default() += 1;
        self.at.insert(key, at);
        self.failures.insert((at, key), kind);
    }

    fn forget(&mut self, key: InvocationKey) {
        let Some(at) = self.at.remove(&key) else {
            return;
        };
        let Some(kind) = self.failures.remove(&(at, key)) else {
            return;
        };
        if let Some(count) = self.counts.get_mut(&kind) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&kind);
            }
        }
    }
}

/// What an invocation failed of, if it did: the verdict where it says more than "error", else the
/// class that the runtime's report or its first error names.
fn kind_of(invocation: &Invocation) -> Option<&str> {
    let status = invocation.status();
    match status {
        Status::Timeout => return Some("timeout"),
        Status::OutOfMemory => return Some("out of memory"),
        _ => {}
    }
    if !status.is_failure() && invocation.errors() == 0 {
        return None;
    }
    Some(invocation.error_class().unwrap_or("error"))
}
