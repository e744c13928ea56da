//! One invoke, for the console and the command line alike: sent once, whatever becomes of it.

use std::time::Duration;

use jiff::SignedDuration;

use super::{clock::Clock, gate::Gate};
use crate::{
    domain::{
        function::Arn,
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        session::WriteState,
    },
    ports::Result,
};

/// What the function answered.
#[derive(Debug)]
pub struct Answer {
    /// The response.
    pub response: InvokeResponse,
    /// How long it took.
    pub took: SignedDuration,
}

/// Finds out whose account it is, where that is needed: the activity log names it, and where accounts
/// are protected, an unknown one counts as protected. A failure is no refusal: that is the Gate's.
pub async fn identify(gate: &Gate, kind: InvocationType) {
    if gate.write_state() == WriteState::Protected || kind != InvocationType::DryRun {
        let _ = gate.identify().await;
    }
}

/// Sends an invoke and waits for its answer until `stop` is ready: then `None`, and the function
/// goes on.
///
/// # Errors
/// When the session may not, or the call fails.
pub async fn send(
    gate: &Gate,
    clock: &Clock,
    request: &InvokeRequest,
    stop: impl Future<Output = ()>,
) -> Result<Option<Answer>> {
    let started = clock.now();
    let response = gate.invoke_until(request, stop).await?;
    Ok(response.map(|response| Answer {
        response,
        took: clock.now().duration_since(started),
    }))
}

/// How long an answer is waited for, by the timeout of the version that will run.
pub async fn deadline(
    gate: &Gate,
    function: &Arn,
    qualifier: Option<&str>,
    kind: InvocationType,
) -> Duration {
    let timeout = match kind {
        InvocationType::Event | InvocationType::DryRun => None,
        InvocationType::RequestResponse => gate
            .configuration(function, qualifier)
            .await
            .map(|configuration| configuration.summary.timeout_s)
            .ok(),
    };
    kind.deadline(timeout)
}
