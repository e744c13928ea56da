//! A query and its pages.

use crate::domain::{log::LogQuery, paging::Paging};

/// How far the local clock may be ahead of the service's, ms: signatures fail beyond it.
const SKEW: i64 = 5 * 60_000;

/// What a walk is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    First,
    Rest,
    Head,
    Sweep,
    Older,
}

/// What a tail chose.
pub(super) enum Next {
    Walk(Errand),
    Wait(i64),
    Nothing,
}

/// A query and how far its pages were read.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    pub(super) errand: Errand,
    pub(super) query: LogQuery,
    /// When it was begun: what was visible then, it sees.
    pub(super) begun: i64,
    pub(super) pages: usize,
    pub(super) paging: Paging,
    pub(super) events: usize,
    pub(super) oldest: Option<i64>,
    /// It brought lines newer than all before.
    pub(super) is_fresh: bool,
    /// A head that reads the late window too.
    pub(super) is_sweep: bool,
    pub(super) restarted: bool,
}

/// Up to where a walk that began then has read, by the service's clock: the newest line, unless
/// its clock is ahead of ours (it must not hide what comes next) or the log is quiet (then ours
/// may be ahead by as much as signatures allow).
pub(super) fn known(newest: Option<i64>, begun: i64) -> i64 {
    newest.unwrap_or(i64::MIN).clamp(begun - SKEW, begun)
}
