//! How often a call is tried, for how long, and what is said meanwhile.
//!
//! A read gives up after [`SILENCE`], however many tries fit; a session that was silent just now
//! is not given that long again. A throttle is an answer, and waiting helps: it is waited out for
//! as long as the session's patience, where there is one.

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout};

use super::Gate;
use crate::{
    domain::class::Class,
    ports::{
        ApiError, ErrorKind, Operation, Result, Wait,
        operation::{Quota, Retry},
    },
};

/// Attempts of an operation that may be sent again.
const ATTEMPTS: u32 = 4;
/// What a read may take in all, its tries and the pauses between them, while no answer comes.
const SILENCE: Duration = Duration::from_secs(30);
/// A try that takes longer is spoken of while it runs.
const TOLD_AFTER: Duration = Duration::from_secs(10);

/// Since when no call got through.
#[derive(Debug, Default)]
pub(super) struct Stretches(Mutex<Stretch>);

#[derive(Debug, Default)]
struct Stretch {
    /// The session did not answer: since when, and up to when that is known.
    silent: Option<(Instant, Instant)>,
    throttled: HashMap<Operation, Instant>,
}

impl Stretches {
    /// When a read that begins now has waited long enough for an answer.
    fn give_up(&self, now: Instant, attempt: Duration) -> Instant {
        let silent = self.lock().silent;
        let goes_on = silent.filter(|(_, known)| now.duration_since(*known) < SILENCE);
        let since = goes_on.map_or(now, |(since, _)| since);
        (since + SILENCE).max(now + attempt.min(SILENCE))
    }

    fn silent(&self, since: Instant, now: Instant) {
        let mut stretch = self.lock();
        let begin = match stretch.silent {
            Some((begin, known)) if since.duration_since(known) < SILENCE => begin,
            _ => since,
        };
        stretch.silent = Some((begin, now));
    }

    /// Since when this operation is refused as too much.
    fn throttled(&self, operation: Operation, now: Instant) -> Instant {
        let mut stretch = self.lock();
        stretch.silent = None;
        *stretch.throttled.entry(operation).or_insert(now)
    }

    fn answered(&self, operation: Operation) {
        let mut stretch = self.lock();
        stretch.silent = None;
        stretch.throttled.remove(&operation);
    }

    fn lock(&self) -> MutexGuard<'_, Stretch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// An operation under its rules, tried again where its row allows that.
    pub(super) async fn call<T, F, Fut>(&self, operation: Operation, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.permit(operation)?;
        self.repeat(operation, attempt).await
    }

    /// An operation that is permitted, tried again where its row allows that.
    pub(super) async fn repeat<T, F, Fut>(&self, operation: Operation, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let spec = operation.spec();
        let longest = spec.timeout.unwrap_or(SILENCE);
        let mut tries = Tries::default();
        let mut told = Told::nothing(self, operation);
        let started = now();
        loop {
            self.wait_for_quota(spec.quota).await;
            let began = now();
            let give_up = *tries
                .give_up
                .get_or_insert_with(|| self.stretches.give_up(began, longest));
            let limit = longest.min(give_up.saturating_duration_since(began));
            let mut attempt = pin!(within(operation, limit, attempt()));
            let early = timeout(TOLD_AFTER.min(limit), attempt.as_mut()).await;
            let answer = if let Ok(answer) = early {
                answer
            } else {
                told.say(Wait::Silence {
                    attempt: tries.faults + 1,
                    until: self.in_a_while(limit.saturating_sub(TOLD_AFTER)),
                });
                attempt.await
            };
            let error = match answer {
                Err(error) => error,
                answer => {
                    self.stretches.answered(operation);
                    return answer;
                }
            };
            let Some((pause, wait)) = self.again(operation, &error, began, &mut tries) else {
                return Err(tries.told(error, started));
            };
            if let Some(wait) = wait {
                told.say(wait);
            }
            tracing::debug!(operation = spec.name, %error, ?pause, "again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether a call that failed is tried again: after which pause, and what is said meanwhile.
    fn again(
        &self,
        operation: Operation,
        error: &ApiError,
        began: Instant,
        tries: &mut Tries,
    ) -> Option<(Duration, Option<Wait>)> {
        let spec = operation.spec();
        let now = now();
        let may_repeat = spec.retry == Retry::Safe && error.is_transient();
        if error.kind == ErrorKind::Throttled {
            let since = self.stretches.throttled(operation, now);
            tries.throttles += 1;
            // Who refuses is not silent.
            tries.give_up = None;
            let pause = pause_before_retry(tries.throttles, error.retry_after);
            // An engine has a patience of its own; what it holds must not wait behind one call.
            let patience = self
                .patience
                .filter(|_| spec.class == Class::Read || operation == Operation::ReceiveMessage);
            let (pause, wait) = match patience {
                None => (tries.throttles < ATTEMPTS).then_some((pause, None))?,
                Some(patience) => {
                    let left = (since + patience).saturating_duration_since(now);
                    let until = self.in_a_while(left);
                    // The last try comes at the very end.
                    let pause = (!left.is_zero()).then(|| pause.min(left))?;
                    (pause, Some(Wait::Throttled { until }))
                }
            };
            self.buckets.hold(spec.quota, pause);
            return may_repeat.then_some((pause, wait));
        }
        match error.kind {
            ErrorKind::TimedOut => self.stretches.silent(began, now),
            ErrorKind::Network => {}
            _ => self.stretches.answered(operation),
        }
        tries.faults += 1;
        let pause = pause_before_retry(tries.faults, error.retry_after);
        let left = tries.give_up?.saturating_duration_since(now);
        let wait = (error.kind == ErrorKind::TimedOut).then(|| Wait::Silence {
            attempt: tries.faults + 1,
            until: self.in_a_while(left),
        });
        (may_repeat && tries.faults < ATTEMPTS && pause < left).then_some((pause, wait))
    }

    /// One attempt: its turn in the bucket, then the call within its time.
    pub(super) async fn once<T>(
        &self,
        operation: Operation,
        limit: Option<Duration>,
        attempt: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.wait_for_quota(operation.spec().quota).await;
        match limit {
            Some(limit) => within(operation, limit, attempt).await,
            None => attempt.await,
        }
    }

    /// Says what an engine waits for that tries by itself, or that it no longer does.
    pub fn tell_wait(&self, operation: Operation, wait: Option<Wait>) {
        self.waits.send_if_modified(|waits| match wait {
            Some(wait) => waits.calls.insert(operation, wait) != Some(wait),
            None => waits.calls.remove(&operation).is_some(),
        });
    }

    /// The time after so long.
    fn in_a_while(&self, left: Duration) -> Timestamp {
        self.clock.now() + SignedDuration::try_from(left).unwrap_or_default()
    }

    async fn wait_for_quota(&self, quota: Quota) {
        let wait = self.buckets.reserve(quota);
        if wait.is_zero() {
            return;
        }
        let _queued = Queued::new(self);
        tokio::time::sleep(wait).await;
    }
}

async fn within<T>(
    operation: Operation,
    limit: Duration,
    attempt: impl Future<Output = Result<T>>,
) -> Result<T> {
    timeout(limit, attempt).await.unwrap_or_else(|_| {
        Err(ApiError::new(
            operation,
            ErrorKind::TimedOut,
            format!("no answer in {:.0} s", limit.as_secs_f64()),
        ))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "patience is counted by monotonic time"
)]
fn now() -> Instant {
    Instant::now()
}

/// Exponential, with half of it random so that many clients do not come back together.
fn pause_before_retry(tried: u32, retry_after: Option<Duration>) -> Duration {
    let full = Duration::from_millis(200) * 2_u32.pow(tried.min(6));
    let jittered = full / 2 + full.mul_f64(fastrand::f64() / 2.0);
    retry_after
        .unwrap_or(Duration::ZERO)
        .max(jittered)
        .min(Duration::from_secs(20))
}

/// The tries of one call.
#[derive(Debug, Default)]
struct Tries {
    faults: u32,
    throttles: u32,
    /// When it has waited long enough for an answer.
    give_up: Option<Instant>,
}

impl Tries {
    /// The last failure; of silence, all of it.
    fn told(&self, error: ApiError, started: Instant) -> ApiError {
        if error.kind != ErrorKind::TimedOut || self.faults < 2 {
            return error;
        }
        let (tries, took) = (self.faults, started.elapsed().as_secs_f64());
        ApiError {
            message: format!("no answer in {took:.0} s ({tries} tries)"),
            ..error
        }
    }
}

/// What is said about a call, for as long as it lives, also when its task is cancelled.
pub(super) struct Told<'a> {
    gate: &'a Gate,
    operation: Operation,
    is_said: bool,
}

impl<'a> Told<'a> {
    pub(super) const fn nothing(gate: &'a Gate, operation: Operation) -> Self {
        Self {
            gate,
            operation,
            is_said: false,
        }
    }

    pub(super) fn say(&mut self, wait: Wait) {
        self.is_said = true;
        self.gate.tell_wait(self.operation, Some(wait));
    }

    pub(super) fn take_back(&mut self) {
        if std::mem::take(&mut self.is_said) {
            self.gate.tell_wait(self.operation, None);
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.take_back();
    }
}

/// Counts one call that waits for its turn, likewise.
struct Queued<'a>(&'a Gate);

impl<'a> Queued<'a> {
    fn new(gate: &'a Gate) -> Self {
        gate.waits.send_modify(|waits| waits.for_quota += 1);
        Self(gate)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.waits.send_modify(|waits| waits.for_quota -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
    };

    use super::*;
    use crate::{
        demo::{self, Faults},
        domain::{function::Arn, session::Target},
        runtime::{access::Access, activity::ActivityLog, clock::Clock},
    };

    struct World {
        provider: demo::Provider,
        gate: Gate,
    }

    fn world(patience: Option<Duration>) -> World {
        let clock = Clock::following_tokio("2026-11-20T02:30:00Z".parse().expect("a time"));
        let provider = demo::Provider::new(demo::Options::new(clock.as_fn()));
        let session = provider.session(&Target::default());
        let session = session.expect("the demo opens");
        let log = Arc::new(ActivityLog::nowhere());
        let gate =
            Gate::new(Box::new(session), None, Access::default(), log, clock).patient(patience);
        World { provider, gate }
    }

    impl World {
        fn hang(&self, operations: &[Operation]) {
            self.provider.inject(Faults {
                hang: operations.to_vec(),
                ..Faults::default()
            });
        }

        fn throttle(&self) {
            self.provider.inject(Faults {
                throttle_every: Some(1),
                ..Faults::default()
            });
        }

        /// How long a read takes to fail, and what was said meanwhile, in order.
        async fn failing(&self) -> (ApiError, Duration, Vec<String>) {
            let mut waits = self.gate.waits();
            let mut said = Vec::new();
            let function = Arn::new("f");
            let mut reading = pin!(self.gate.tags(&function));
            let began = now();
            loop {
                tokio::select! {
                    answer = &mut reading => {
                        return (answer.expect_err("it fails"), began.elapsed(), said);
                    }
                    Ok(()) = waits.changed() => said.extend(waits.borrow_and_update().line()),
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_without_an_answer_says_which_try_it_is_and_gives_up_within_half_a_minute() {
        let world = world(None);
        world.hang(&[Operation::ListTags]);
        let (error, took, said) = world.failing().await;
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert_eq!(error.message, "no answer in 30 s (3 tries)");
        assert!(took <= SILENCE, "{took:?}");
        assert_eq!(
            said,
            [
                "ListTags: no answer yet, try 2, gives up at 02:30:30 UTC",
                "ListTags: no answer yet, try 3, gives up at 02:30:30 UTC",
            ]
        );
        assert_eq!(world.gate.waits().borrow().line(), None, "it is over");
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_takes_long_is_spoken_of_while_it_runs() {
        let world = world(None);
        let mut waits = world.gate.waits();
        let silence = || std::future::pending::<Result<()>>();
        let calling = world.gate.repeat(Operation::GetCallerIdentity, silence);
        let mut calling = std::pin::pin!(calling);
        let began = now();
        tokio::select! {
            _ = &mut calling => panic!("it was not spoken of"),
            changed = waits.changed() => changed.expect("said"),
        }
        assert_eq!(began.elapsed(), TOLD_AFTER);
        assert_eq!(
            waits.borrow_and_update().line().as_deref(),
            Some("GetCallerIdentity: no answer yet, try 1, gives up at 02:30:30 UTC")
        );
        let error = calling.await.expect_err("silent");
        assert_eq!(error.message, "no answer in 30 s");
    }

    #[tokio::test(start_paused = true)]
    async fn every_read_gives_up_within_half_a_minute() {
        for &operation in Operation::ALL {
            let spec = operation.spec();
            if spec.retry == Retry::Safe {
                let world = world(None);
                let began = now();
                let silence = || std::future::pending::<Result<()>>();
                let error = world.gate.repeat(operation, silence).await;
                assert_eq!(error.expect_err("silent").kind, ErrorKind::TimedOut);
                assert!(began.elapsed() <= SILENCE, "{operation:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_was_silent_just_now_is_tried_once() {
        let world = world(None);
        world.hang(&[Operation::ListTags]);
        let (_, first, _) = world.failing().await;
        let (_, second, _) = world.failing().await;
        assert!(second <= Duration::from_secs(10), "{first:?} {second:?}");
        // Something answers, and it is given its time again.
        world.gate.layers().await.expect("answered");
        let (_, third, said) = world.failing().await;
        assert_eq!((third, said.len()), (first, 2));
        tokio::time::sleep(SILENCE).await;
        let (_, later, _) = world.failing().await;
        assert_eq!(later, first, "long ago is not just now");
    }

    #[tokio::test(start_paused = true)]
    async fn throttles_are_waited_out_for_as_long_as_was_said_and_that_is_said() {
        let patience = Duration::from_mins(2);
        let world = world(Some(patience));
        world.throttle();
        let (error, took, said) = world.failing().await;
        assert_eq!(error.kind, ErrorKind::Throttled);
        assert!(
            took >= patience && took < patience + Duration::from_secs(5),
            "{took:?}"
        );
        assert_eq!(
            said.first().map(String::as_str),
            Some("ListTags: AWS says too many calls, waiting until 02:32:00 UTC")
        );
        // Another call of the kind is not given as long again.
        let (_, again, _) = world.failing().await;
        assert!(again < Duration::from_secs(30), "{again:?}");
        world.provider.inject(Faults::default());
        world.gate.layers().await.expect("no throttle any more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_that_passes_is_no_failure_however_long_it_took() {
        let world = world(Some(Duration::from_mins(5)));
        let tries = AtomicU32::new(0);
        let answer = world.gate.repeat(Operation::ListTags, async || {
            let kind = match tries.fetch_add(1, Ordering::Relaxed) {
                0..20 => ErrorKind::Throttled,
                20 => ErrorKind::TimedOut,
                _ => return Ok(()),
            };
            Err(ApiError::new(Operation::ListTags, kind, "no"))
        });
        answer.await.expect("it came right");
        assert_eq!(tries.load(Ordering::Relaxed), 22);
    }

    #[tokio::test(start_paused = true)]
    async fn without_patience_a_throttle_is_told_after_a_few_tries_and_a_call_of_a_look_too() {
        let world = world(None);
        world.throttle();
        let (error, took, _) = world.failing().await;
        assert_eq!(error.kind, ErrorKind::Throttled);
        assert!(took < Duration::from_secs(10), "{took:?}");
        let patient = self::world(Some(Duration::from_hours(1)));
        let began = now();
        let refuse = async || {
            let operation = Operation::ChangeMessageVisibilityBatch;
            Err::<(), _>(ApiError::new(operation, ErrorKind::Throttled, "no"))
        };
        let renewal = patient
            .gate
            .repeat(Operation::ChangeMessageVisibilityBatch, refuse);
        renewal.await.expect_err("refused");
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "leases run out meanwhile"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_answer_of_aws_is_not_asked_for_again() {
        let world = world(Some(Duration::from_mins(5)));
        let tries = AtomicU32::new(0);
        let answer = world.gate.repeat(Operation::ListTags, async || {
            tries.fetch_add(1, Ordering::Relaxed);
            let kind = ErrorKind::Unreadable;
            Err::<(), _>(ApiError::new(Operation::ListTags, kind, "too long"))
        });
        answer.await.expect_err("unreadable");
        assert_eq!(tries.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_is_waited_for_no_longer() {
        let world = world(None);
        world.hang(&[Operation::ListTags]);
        let function = Arn::new("f");
        let reading = world.gate.tags(&function);
        let dropped = tokio::time::timeout(Duration::from_secs(12), reading).await;
        assert!(dropped.is_err());
        assert_eq!(world.gate.waits().borrow().line(), None);
    }
}
