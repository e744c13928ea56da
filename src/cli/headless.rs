//! What every headless subcommand shares: a runtime, a Gate, signals, failures for the reader.

use std::{
    collections::BTreeSet, fmt::Display, future::Future, io::Write as _, sync::Arc, time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::{Context, Outcome};
use crate::{
    domain::text,
    ports::{ApiError, Provider, Waits},
    runtime::{activity::ActivityLog, gate::Gate},
};

/// Runs a subcommand; SIGTERM, SIGHUP and Ctrl-c cancel its token, and it ends at its next safe
/// step.
pub(super) fn block_on<F, Fut>(context: &Context, subcommand: F) -> anyhow::Result<Outcome>
where
    F: FnOnce(CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<Outcome>>,
{
    for problem in &context.problems {
        tell(problem);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let stop = CancellationToken::new();
        let subcommand = subcommand(stop.clone());
        tokio::pin!(subcommand);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let number = tokio::select! {
            outcome = &mut subcommand => return outcome,
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = hang_up.recv() => SignalKind::hangup().as_raw_value(),
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        };
        stop.cancel();
        let last_step = std::time::Duration::from_secs(5);
        match tokio::time::timeout(last_step, subcommand).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Ok(Outcome::Signal(number)),
        }
    });
    // A blocking read of standard input must not hold the process.
    runtime.shutdown_background();
    outcome
}

/// Opens a session behind its Gate. The identity is asked only where a pattern of accounts
/// needs it.
pub(super) async fn open(
    context: &Context,
    provider: &dyn Provider,
) -> Result<Arc<Gate>, ApiError> {
    open_for(context, provider, Some(context.global.timeout())).await
}

/// As [`open`], waiting so long while AWS refuses calls as too many.
pub(super) async fn open_for(
    context: &Context,
    provider: &dyn Provider,
    patience: Option<Duration>,
) -> Result<Arc<Gate>, ApiError> {
    let session = provider.open(&context.target).await?;
    let activity = if context.is_demo {
        ActivityLog::nowhere()
    } else {
        ActivityLog::in_file(context.paths.activity_file())
    };
    let gate = Gate::new(
        session,
        context.target.profile.clone(),
        context.access(),
        Arc::new(activity),
        context.clock.clone(),
    );
    let gate = gate.patient(patience);
    tell_waits(gate.waits());
    Ok(Arc::new(gate))
}

/// Says what calls wait for, once for each stretch of waiting. Ends with the Gate.
#[expect(clippy::disallowed_methods, reason = "there is no runner here")]
fn tell_waits(mut waits: watch::Receiver<Waits>) {
    tokio::spawn(async move {
        let mut told = BTreeSet::new();
        while waits.changed().await.is_ok() {
            let calls = waits.borrow_and_update().calls.clone();
            told.retain(|operation| calls.contains_key(operation));
            for (operation, wait) in calls {
                if told.insert(operation) {
                    tell(format_args!("lambdeck: {}", wait.of(operation)));
                }
            }
        }
    });
}

/// Lines on standard error, sanitised: whoever a text came from, the user too, no terminal obeys
/// it. That nobody reads there is no reason to fail.
pub(super) fn tell(lines: impl Display) {
    let mut stderr = std::io::stderr().lock();
    for line in lines.to_string().split('\n') {
        let _ = writeln!(stderr, "{}", text::sanitise(line));
    }
}

/// Says what failed, why, and what to do next, and ends with exit code 1.
pub(super) fn failed(context: &Context, error: &ApiError) -> Outcome {
    // One line: what a server writes cannot look like another line of ours.
    let error_line = text::sanitise(&error.to_string()).into_owned();
    tell(format_args!("lambdeck: {error_line}"));
    if let Some(id) = &error.request_id {
        tell(format_args!("  request id {id}"));
    }
    let next = error.next_step(context.target.profile_name());
    let next = crate::domain::text::sanitise(&next);
    tell(format_args!("  next: {next}"));
    Outcome::Failed
}

/// Says what is wrong with an option's value, and ends with exit code 2.
pub(super) fn misused(option: &str, error: &impl Display) -> Outcome {
    tell(format_args!("lambdeck: {option}: {error}"));
    Outcome::Usage
}
