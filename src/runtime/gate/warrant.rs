//! Warrants: the proof that a confirmed write stands in the activity log
//! (`docs/architecture.md` §4.3).
//!
//! One intention of the user can be many calls: a redrive sends and deletes thousands of times.
//! It is announced once, each of its calls shows the warrant, and it is completed once.

use std::future::Future;

use super::{super::activity::Entry, Gate};
use crate::{
    domain::{
        activity::End,
        invocation::{InvokeRequest, InvokeResponse},
        mask,
        secret::Secret,
    },
    ports::{ErrorKind, Operation, Result},
};

/// What the user confirmed, in words without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intention {
    /// The call that it is mostly made of; decides whether this session may do it at all.
    pub operation: Operation,
    /// ARN or URL of what it touches.
    pub target: String,
    /// What it does, in one line; where its details are (a journal).
    pub summary: String,
    /// The equivalent `aws` or `lambdeck` command.
    pub command: String,
}

/// The proof that an intention was written down before its first call. Only
/// [`Gate::announce`] makes one.
#[derive(Debug, Clone)]
pub struct Warrant {
    entry: Entry,
    hidden: Vec<Secret<String>>,
}

impl Warrant {
    /// The entry's id in the activity log.
    pub fn id(&self) -> &str {
        &self.entry.id
    }

    /// With texts that no answer to it may show or leave in the log, should the server repeat them.
    #[must_use]
    pub fn hiding(mut self, secrets: impl IntoIterator<Item = Secret<String>>) -> Self {
        self.hidden.extend(secrets);
        self
    }

    fn hidden(&self) -> impl Iterator<Item = &str> {
        self.hidden.iter().map(|secret| secret.reveal().as_str())
    }
}

impl Gate {
    /// Writes an intention down, before anything is sent for it.
    ///
    /// # Errors
    /// When this session may not do it, or the activity log cannot be written.
    pub async fn announce(&self, intention: Intention) -> Result<Warrant> {
        let operation = intention.operation;
        self.permit(operation)?;
        let entry = Entry {
            summary: intention.summary,
            command: intention.command,
            ..self.entry(operation.spec().name, intention.target)
        };
        self.record(operation, entry.clone()).await?;
        Ok(Warrant {
            entry,
            hidden: Vec::new(),
        })
    }

    /// Writes down how it ended. The calls are made: a completion that cannot be written hides
    /// nothing, so it is only traced.
    pub async fn complete(&self, warrant: &Warrant, operation: Operation, end: End) {
        let end = End {
            outcome: mask::masked(&end.outcome, warrant.hidden()),
            ..end
        };
        let completed = warrant.entry.clone().ended(self.clock.now(), end);
        if let Err(error) = self.record(operation, completed).await {
            tracing::error!(%error, "the activity log was not completed");
        }
    }

    /// Hands an event to Lambda's queue, or to the function itself, under a warrant: one POST, as
    /// [`Gate::invoke`](super::Gate::invoke), without an entry of its own.
    pub async fn invoke_under(
        &self,
        warrant: &Warrant,
        request: &InvokeRequest,
    ) -> Result<InvokeResponse> {
        let qualifier = request.qualifier.as_deref();
        self.sound(Operation::Invoke, &request.function, qualifier)?;
        let limit = Some(request.deadline);
        let answer = self.warranted(warrant, Operation::Invoke, limit, || {
            self.session.invoke(request)
        });
        let payload = String::from_utf8_lossy(request.payload.reveal());
        answer.await.map_err(|error| error.without([&*payload]))
    }

    /// One write that was announced, under its rules. The warrant is the right to it: a redrive
    /// that was confirmed is not cut in half by an unlock that runs out meanwhile.
    pub(super) async fn warranted<T, F, Fut>(
        &self,
        warrant: &Warrant,
        operation: Operation,
        limit: Option<std::time::Duration>,
        attempt: F,
    ) -> Result<T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.honour(warrant, operation)?;
        let answer = self.once(operation, limit, Box::pin(attempt())).await;
        answer.map_err(|error| error.without(warrant.hidden()))
    }

    /// # Errors
    /// When this session is read-only by now.
    pub(super) fn honour(&self, _warrant: &Warrant, operation: Operation) -> Result<()> {
        match self.permit(operation) {
            Err(error) if error.kind == ErrorKind::Protected => Ok(()),
            permitted => permitted,
        }
    }

    /// One write under its rules: permitted, in its turn, and never sent twice by us.
    pub(super) async fn writing<T, F, Fut>(
        &self,
        operation: Operation,
        limit: Option<std::time::Duration>,
        attempt: F,
    ) -> Result<T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.permit(operation)?;
        self.once(operation, limit, Box::pin(attempt())).await
    }
}
