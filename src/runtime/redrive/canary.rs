//! The canary: one letter, or a few, go first, and the others wait until it is clear that they did
//! not come back. There can be several such steps.
//!
//! Where a function is invoked that answers within a minute, the canary is a synchronous invoke:
//! its answer is the verdict. Elsewhere it is given every receive that its destination allows, each
//! for its visibility timeout. What comes back is recognised by its id or its content; for an invoke
//! the log lines of its request tell sooner.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    engine::{Engine, Event, GRACE},
    leases::MARGIN,
    lookout,
    outlet::group,
};
use crate::{
    domain::{
        function::Arn,
        log::LogQuery,
        queue::BATCH,
        redrive::{Canary as Shown, End, Key, Plan, Target, record::Arrived},
        report::{self, Line, PlatformLine, Report},
    },
    ports::Operation,
};

/// Never longer than this (`docs/architecture.md` §6.3).
const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// The log of an invoked canary is read so often.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// How much longer than the function's timeout its answer is waited for.
const ANSWER_MARGIN: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug)]
enum Stage {
    /// Nothing of this step arrived yet.
    Sending,
    /// A synchronous invoke is under way.
    Calling(Shown),
    /// A letter of this step arrived.
    Watching(Box<Watch>),
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
    /// While the plan is paused nothing is received, and its time stands still.
    paused: Option<Timestamp>,
    /// Why nothing that is seen, or is not, says that it was good.
    unjudged: Option<String>,
    /// FIFO: its group in the source.
    line: Option<Key>,
}

/// How far it is.
#[derive(Debug)]
pub(super) struct Canary {
    stage: Stage,
    /// Letters of this step, and how many of them may still go.
    size: usize,
    left: usize,
    /// Those on their way.
    going: HashSet<Arc<str>>,
    /// The steps after this one.
    steps: VecDeque<usize>,
    /// This step, from 1, and how many there are.
    step: (usize, usize),
    /// How long the answer of a synchronous invoke is waited for.
    answers_within: Option<SignedDuration>,
}

/// What a look into the log found.
pub(super) struct Look {
    /// The request that it was about.
    request: String,
    group: Option<String>,
    verdict: Verdict,
}

enum Verdict {
    Nothing,
    Good(String),
    Bad(String),
}

impl Canary {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut steps: VecDeque<usize> = if plan.pace.canary {
            let steps = plan.pace.canary_steps.iter();
            steps.map(|step| *step as usize).collect()
        } else {
            VecDeque::new()
        };
        let of = steps.len();
        let first = steps.pop_front();
        let answers_within = plan
            .canary_timeout_s
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(|seconds| SignedDuration::from_secs(seconds) + ANSWER_MARGIN);
        Self {
            stage: first.map_or(Stage::Done, |_| Stage::Sending),
            size: first.unwrap_or_default(),
            left: first.unwrap_or_default(),
            going: HashSet::new(),
            steps,
            step: (1, of),
            answers_within,
        }
    }

    const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// How many letters may go in the next batch.
    pub(super) fn allows(&self) -> usize {
        if self.is_done() {
            BATCH
        } else {
            self.left.min(BATCH)
        }
    }

    /// Whether what goes now is invoked synchronously.
    pub(super) const fn is_synchronous(&self) -> bool {
        self.answers_within.is_some() && !self.is_done()
    }

    /// How much time a lease must have left to begin a send: the answer of a synchronous invoke
    /// comes within it, whatever becomes of a renewal.
    pub(super) fn needs(&self) -> SignedDuration {
        self.needs_of(!self.is_done())
    }

    /// The same for a letter that goes by a synchronous invoke, or does not.
    pub(super) fn needs_of(&self, is_called: bool) -> SignedDuration {
        let answer = self.answers_within.filter(|_| is_called);
        answer.map_or(MARGIN, |answer| answer.max(MARGIN))
    }

    /// How long is waited for what is under way after the canary failed: the answers of its step.
    pub(super) fn patience(&self) -> SignedDuration {
        let answer = self.answers_within.filter(|_| !self.going.is_empty());
        answer.map_or(GRACE, |answer| answer.max(GRACE))
    }

    /// How long a call that was announced as synchronous waits for its answer.
    pub(super) fn answer_deadline(&self) -> Option<Duration> {
        Duration::try_from(self.answers_within?).ok()
    }

    /// Letters are about to go: the first ones are the canary.
    pub(super) fn go<'a>(&mut self, ids: impl Iterator<Item = &'a Arc<str>>) {
        if self.is_done() {
            return;
        }
        for id in ids {
            self.left = self.left.saturating_sub(1);
            self.going.insert(Arc::clone(id));
        }
    }

    /// A letter did not go: if it was of the canary, another one is.
    pub(super) fn did_not_go(&mut self, id: &str) {
        if self.going.remove(id) {
            self.left += 1;
        }
    }

    /// A synchronous invoke is under way.
    pub(super) fn calls(&mut self, id: &Arc<str>, now: Timestamp) {
        let is_calling = matches!(self.stage, Stage::Sending | Stage::Calling(_));
        if let Some(within) = self.answers_within.filter(|_| is_calling) {
            self.stage = Stage::Calling(Shown {
                letter: Arc::clone(id),
                sent_as: String::new(),
                until: now + within,
                seen: Vec::new(),
                is_synchronous: true,
                step: self.step,
            });
        }
    }

    pub(super) fn is_watching(&self) -> bool {
        matches!(self.stage, Stage::Watching(_))
    }

    pub(super) fn shown(&self) -> Option<Shown> {
        match &self.stage {
            Stage::Watching(watch) => Some(watch.shown.clone()),
            Stage::Calling(shown) => Some(shown.clone()),
            Stage::Sending | Stage::Done => None,
        }
    }

    /// When something is to be done.
    pub(super) fn next(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Watching(watch) if watch.paused.is_some() => None,
            Stage::Watching(watch) => watch.look.into_iter().chain([watch.shown.until]).min(),
            _ => None,
        }
    }
}

impl Engine {
    /// A letter arrived; if it is of the canary, it is waited for from now on.
    pub(super) fn start_watching(&mut self, sent: Arrived, to: &Target, now: Timestamp) {
        if !self.canary.going.remove(&sent.id) || self.canary.is_done() {
            return;
        }
        if self.is_called(&sent.id) {
            // It answered, and well.
            if self.canary.left == 0 && self.canary.going.is_empty() {
                self.next_step();
            }
            return;
        }
        let (wait, function) = match to {
            Target::Queue(arn) => (self.queue_wait(arn), None),
            Target::Function { arn, qualifier } => {
                (LONGEST, Some((arn.clone(), qualifier.clone())))
            }
        };
        let unjudged = match to {
            Target::Queue(arn) => self.why_unjudged(arn, wait),
            Target::Function { .. } => None,
        };
        let line = self
            .letters
            .get(&sent.id)
            .and_then(|letter| group(letter, self.plan.source_is_fifo));
        // Without a request id its lines cannot be told from others.
        let has_lines = function.is_some() && !sent.sent_as.is_empty();
        let shown = Shown {
            letter: Arc::clone(&sent.id),
            sent_as: sent.sent_as,
            until: now + wait.min(LONGEST),
            is_synchronous: false,
            step: self.canary.step,
            seen: unjudged
                .iter()
                .map(|why| format!("it cannot be judged: {why}"))
                .collect(),
        };
        if let Stage::Watching(watch) = &mut self.canary.stage {
            // One more of this step: all of them are waited for, the slowest too.
            watch.shown.until = watch.shown.until.max(shown.until);
            watch.unjudged = watch.unjudged.take().or(unjudged);
            return;
        }
        self.canary.stage = Stage::Watching(Box::new(Watch {
            shown,
            look: has_lines.then(|| now + LOOK_EVERY),
            paused: None,
            unjudged,
            line,
            function,
            group: None,
            since: now,
        }));
    }

    fn queue_wait(&self, arn: &Arn) -> SignedDuration {
        self.targets
            .queue(arn)
            .and_then(|queue| queue.canary_s())
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map_or(LONGEST, SignedDuration::from_secs)
    }

    /// Why a canary in a queue cannot be judged, if that is known already.
    fn why_unjudged(&self, arn: &Arn, wait: SignedDuration) -> Option<String> {
        let name = arn.resource_name();
        let queue = self.targets.queue(arn)?;
        if self.targets.is_unread(arn) {
            Some(format!("nobody reads {name} at present"))
        } else if queue.comes_back_after_s().is_none() {
            Some(format!(
                "what fails in {name} goes to no dead-letter queue, as far as known"
            ))
        } else if wait > LONGEST {
            Some(format!(
                "what fails in {name} needs {} s to come back, and 5 minutes are waited at most",
                wait.as_secs()
            ))
        } else {
            None
        }
    }

    /// Its time is over, and nothing was seen: good, if it could have been seen.
    fn time_is_over(&mut self) {
        let Stage::Watching(watch) = &mut self.canary.stage else {
            return;
        };
        let is_behind = watch.line.is_some_and(|line| {
            self.letters
                .values()
                .any(|letter| group(letter, true) == Some(line))
        });
        let why = if watch.unjudged.is_some() {
            watch.unjudged.take()
        } else if self.lookout.is_full() {
            Some(format!("more than {} letters lie before it", lookout::MOST))
        } else if is_behind {
            Some("others of its group are held, and it would lie behind them".into())
        } else if watch.function.is_some() && watch.group.is_none() {
            Some("its log could not be read".into())
        } else {
            None
        };
        if let Some(why) = why {
            self.report
                .note(format!("the canary was not judged: {why}"));
        }
        self.next_step();
    }

    /// Whether the clock of the canary stands still, because the plan is paused.
    fn is_canary_paused(&mut self, now: Timestamp) -> bool {
        let is_paused = self.is_paused;
        let Stage::Watching(watch) = &mut self.canary.stage else {
            return false;
        };
        if is_paused {
            watch.paused.get_or_insert(now);
        } else if let Some(since) = watch.paused.take() {
            watch.shown.until += now.duration_since(since);
        }
        is_paused
    }

    /// Its time is over, or it is time to look.
    pub(super) fn judge_canary(&mut self, now: Timestamp) {
        if self.is_canary_paused(now) {
            return;
        }
        let Stage::Watching(watch) = &mut self.canary.stage else {
            return;
        };
        if now >= watch.shown.until {
            self.time_is_over();
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
                        request: request.clone(),
                        group: Some(group),
                        verdict: verdict(lines),
                    })
                };
                // A log that cannot be read is no verdict.
                Event::Looked(look.await.unwrap_or_else(|_| Look {
                    request: request.clone(),
                    group: None,
                    verdict: Verdict::Nothing,
                }))
            });
        }
    }

    pub(super) fn on_looked(&mut self, look: Look, now: Timestamp) {
        let Stage::Watching(watch) = &mut self.canary.stage else {
            return;
        };
        if look.request != watch.shown.sent_as {
            // It comes late: about a step before this one.
            return;
        }
        watch.group = look.group.or_else(|| watch.group.take());
        watch.look = Some(now + LOOK_EVERY);
        match look.verdict {
            Verdict::Nothing => {}
            Verdict::Good(line) => {
                watch.shown.seen.push(line);
                // The log of one says nothing of the others of its step.
                if self.canary.size == 1 {
                    self.next_step();
                }
            }
            Verdict::Bad(line) => {
                watch.shown.seen.push(line.clone());
                self.stop(End::CanaryFailed(format!("its log says: {line}")));
            }
        }
    }

    /// Something that was sent lies in the source again.
    pub(super) fn came_back(&mut self, id: &str) {
        if let Stage::Watching(watch) = &mut self.canary.stage {
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

    /// A synchronous invoke went wrong. If it was of the canary, nothing else is sent.
    pub(super) fn call_failed(&mut self, id: &str, why: String) {
        if self.canary.going.remove(id) && !self.canary.is_done() {
            self.stop(End::CanaryFailed(why));
        }
    }

    /// The user does not want to wait.
    pub(super) fn skip_canary(&mut self) {
        if !self.canary.is_done() {
            self.canary.steps.clear();
            self.next_step();
        }
    }

    /// This step was good.
    fn next_step(&mut self) {
        if let Some(letters) = self.canary.steps.pop_front() {
            self.canary.stage = Stage::Sending;
            self.canary.size = letters;
            self.canary.left = letters;
            self.canary.step.0 += 1;
        } else {
            self.canary.stage = Stage::Done;
            self.canary.left = 0;
            self.pace.ramp_up();
        }
        self.let_go();
    }
}

/// What the lines of a request say: its report comes last, and says how it ended. One that does
/// not say it proves nothing, unless the runtime names the request in all its lines: an exception
/// of Python's does not have it, and is not among these lines.
fn verdict<'a>(lines: impl Iterator<Item = &'a str>) -> Verdict {
    let mut verdict = Verdict::Nothing;
    let mut is_named = false;
    for line in lines {
        let shown = || line.trim().chars().take(200).collect();
        match report::read(line) {
            Line::App(app) if app.unhandled => return Verdict::Bad(shown()),
            Line::Platform(platform) if has_failed(&platform) => return Verdict::Bad(shown()),
            // Node.js: time, request, level, text, for what is logged and what is thrown.
            Line::App(app) => {
                is_named |=
                    app.request_id.is_some() && line.starts_with(|c: char| c.is_ascii_digit());
            }
            Line::Platform(PlatformLine::Report(report))
                if report.verdict.is_some() || is_named =>
            {
                verdict = Verdict::Good(shown());
            }
            Line::Platform(_) => {}
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
