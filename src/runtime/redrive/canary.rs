//! The canary: one letter goes first, and the others wait until it is clear that it did not come
//! back.
//!
//! It is given every receive that its destination allows, each for its visibility timeout. What
//! comes back is recognised by its id or its content; for an invoke the log lines of its request
//! tell sooner.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, Event};
use crate::{
    domain::{
        function::Arn,
        log::LogQuery,
        queue::BATCH,
        redrive::{Canary as Shown, End, Target, record::Arrived},
        report::{self, Line, PlatformLine, Report},
    },
    ports::{Operation, Session},
};

/// Never longer than this (design §6).
const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// The log of an invoked canary is read so often.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug)]
enum Stage {
    /// Nothing is sent yet.
    First,
    /// It is on its way.
    Going,
    /// It arrived.
    Watching(Watch),
    /// There is none, or it was good.
    Done,
}

#[derive(Debug)]
struct Watch {
    shown: Shown,
    /// Where its lines are, once that is known, and when to look next.
    function: Option<(Arn, Option<String>)>,
    group: Option<String>,
    since: Timestamp,
    look: Option<Timestamp>,
}

/// How far it is.
#[derive(Debug)]
pub(super) struct Canary(Stage);

/// What a look into the log found.
pub(super) struct Look {
    group: Option<String>,
    verdict: Verdict,
}

enum Verdict {
    Nothing,
    Good(String),
    Bad(String),
}

impl Canary {
    pub(super) fn new(is_wanted: bool) -> Self {
        Self(if is_wanted { Stage::First } else { Stage::Done })
    }

    /// How many letters may go in the next batch.
    pub(super) fn allows(&self) -> usize {
        match self.0 {
            Stage::First => 1,
            Stage::Going | Stage::Watching(_) => 0,
            Stage::Done => BATCH,
        }
    }

    pub(super) fn is_first(&self) -> bool {
        matches!(self.0, Stage::First)
    }

    pub(super) fn goes(&mut self) {
        self.0 = Stage::Going;
    }

    /// Another one is the first.
    pub(super) fn did_not_go(&mut self) {
        if matches!(self.0, Stage::Going) {
            self.0 = Stage::First;
        }
    }

    pub(super) fn is_watching(&self) -> bool {
        matches!(self.0, Stage::Watching(_))
    }

    pub(super) fn shown(&self) -> Option<Shown> {
        match &self.0 {
            Stage::Watching(watch) => Some(watch.shown.clone()),
            _ => None,
        }
    }

    /// When something is to be done.
    pub(super) fn next(&self) -> Option<Timestamp> {
        match &self.0 {
            Stage::Watching(watch) => watch.look.into_iter().chain([watch.shown.until]).min(),
            _ => None,
        }
    }
}

impl<S: Session> Engine<S> {
    /// The canary arrived.
    pub(super) fn start_watching(&mut self, sent: Arrived, to: &Target, now: Timestamp) {
        if !matches!(self.canary.0, Stage::Going) {
            return;
        }
        let (wait, function) = match to {
            Target::Queue(arn) => {
                let wait = self
                    .targets
                    .queue(arn)
                    .and_then(|queue| queue.comes_back_after_s())
                    .and_then(|seconds| i64::try_from(seconds).ok())
                    .map_or(LONGEST, SignedDuration::from_secs);
                (wait, None)
            }
            Target::Function { arn, qualifier } => {
                (LONGEST, Some((arn.clone(), qualifier.clone())))
            }
        };
        let shown = Shown {
            letter: Arc::clone(&sent.id),
            sent_as: sent.sent_as,
            until: now + wait.min(LONGEST),
            seen: Vec::new(),
        };
        self.canary.0 = Stage::Watching(Watch {
            shown,
            look: function.is_some().then(|| now + LOOK_EVERY),
            function,
            group: None,
            since: now,
        });
    }

    /// Its time is over: it was good. Or it is time to look.
    pub(super) fn judge_canary(&mut self, now: Timestamp) {
        let Stage::Watching(watch) = &mut self.canary.0 else {
            return;
        };
        if now >= watch.shown.until {
            self.release_canary();
            return;
        }
        if watch.look.is_some_and(|look| now >= look)
            && let Some((function, qualifier)) = watch.function.clone()
        {
            watch.look = None;
            let (gate, request) = (Arc::clone(&self.gate), watch.shown.sent_as.clone());
            let known = watch.group.clone();
            let since = watch.since.as_millisecond();
            self.request(Operation::FilterLogEvents, async move {
                let look = async {
                    let group = match known {
                        Some(group) => group,
                        None => gate
                            .configuration(&function, qualifier.as_deref())
                            .await?
                            .summary
                            .log_group(),
                    };
                    let query = LogQuery {
                        group: group.clone(),
                        start: Some(since),
                        pattern: Some(format!("\"{request}\"")),
                        ..LogQuery::default()
                    };
                    let page = gate.filter_events(&query).await?;
                    let lines = page.events.iter().map(|event| event.message.as_str());
                    Ok::<_, crate::ports::ApiError>(Look {
                        group: Some(group),
                        verdict: verdict(lines),
                    })
                };
                // A log that cannot be read is no verdict.
                Event::Looked(look.await.unwrap_or(Look {
                    group: None,
                    verdict: Verdict::Nothing,
                }))
            });
        }
    }

    pub(super) fn on_looked(&mut self, look: Look, now: Timestamp) {
        let Stage::Watching(watch) = &mut self.canary.0 else {
            return;
        };
        watch.group = look.group.or_else(|| watch.group.take());
        watch.look = Some(now + LOOK_EVERY);
        match look.verdict {
            Verdict::Nothing => {}
            Verdict::Good(line) => {
                watch.shown.seen.push(line);
                self.release_canary();
            }
            Verdict::Bad(line) => {
                watch.shown.seen.push(line.clone());
                self.stop(End::CanaryFailed(format!("its log says: {line}")));
            }
        }
    }

    /// Something that was sent lies in the source again.
    pub(super) fn came_back(&mut self, id: &str) {
        if let Stage::Watching(watch) = &mut self.canary.0 {
            watch.shown.seen.push(format!("it came back as {id}"));
            self.stop(End::CanaryFailed(format!("it came back, as message {id}")));
            return;
        }
        let returned = self.ledger.returned();
        let most = self.plan.pace.stop_after_returned;
        if most.is_some_and(|most| returned > u64::from(most)) {
            self.stop(End::Refilled(returned));
        }
    }

    /// The user does not want to wait.
    pub(super) fn skip_canary(&mut self) {
        if !matches!(self.canary.0, Stage::Done) {
            self.release_canary();
        }
    }

    fn release_canary(&mut self) {
        self.canary.0 = Stage::Done;
        self.pace.ramp_up();
    }
}

/// What the lines of a request say: its report comes last, and says how it ended.
fn verdict<'a>(lines: impl Iterator<Item = &'a str>) -> Verdict {
    let mut verdict = Verdict::Nothing;
    for line in lines {
        let shown = || line.trim().chars().take(200).collect();
        match report::read(line) {
            Line::App(app) if app.unhandled => return Verdict::Bad(shown()),
            Line::Platform(platform) if has_failed(&platform) => return Verdict::Bad(shown()),
            Line::Platform(PlatformLine::Report(_)) => verdict = Verdict::Good(shown()),
            _ => {}
        }
    }
    verdict
}

fn has_failed(line: &PlatformLine<'_>) -> bool {
    match line {
        PlatformLine::TimedOut { .. } | PlatformLine::Exited { .. } => true,
        PlatformLine::RuntimeDone { verdict, .. }
        | PlatformLine::Report(Report { verdict, .. }) => {
            verdict.as_ref().is_some_and(report::Verdict::is_failure)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lines: &[&str]) -> &'static str {
        match verdict(lines.iter().copied()) {
            Verdict::Nothing => "nothing",
            Verdict::Good(_) => "good",
            Verdict::Bad(_) => "bad",
        }
    }

    #[test]
    fn a_report_without_a_failure_is_good_and_a_logged_error_is_no_verdict() {
        let report = "REPORT RequestId: 1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t";
        let timeout = "2026-11-20T02:30:00.000Z 1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d Task timed out after 3.00 seconds";
        let logged = "2026-11-20T02:30:00.000Z\t1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d\tERROR\tretrying the bank";
        let thrown = "2026-11-20T02:30:00.000Z\t1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d\tERROR\tInvoke Error \t{\"errorType\":\"CardDeclined\",\"errorMessage\":\"no\",\"stack\":[]}";
        assert_eq!(judged(&[]), "nothing");
        assert_eq!(judged(&[logged]), "nothing");
        assert_eq!(judged(&[logged, report]), "good");
        assert_eq!(judged(&[timeout, report]), "bad");
        assert_eq!(judged(&[thrown, report]), "bad");
    }

    #[test]
    fn a_report_alone_says_nothing_of_an_exception_that_names_no_request() {
        // What `FilterLogEvents` finds by the request id when a Python function raises: its
        // `[ERROR] ValueError: … Traceback …` line does not have the id.
        let start = "START RequestId: 1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d Version: $LATEST";
        let end = "END RequestId: 1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d";
        let report = "REPORT RequestId: 1c24f2a4-77d0-4a3b-9a8b-1f2f0d3b5c6d\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t";
        assert_eq!(judged(&[start, end, report]), "nothing");
    }
}
