//! The Gate: the one door to AWS.
//!
//! Nobody holds a bare port. Runner, engines and headless commands call the Gate, which reads
//! class, retry class, time-out and quota family from the table of operations and applies
//! read-only, the protected lock, the token buckets, the retries and the activity log.
//! It does not know what an answer is for.

mod attempts;
mod edit;
mod functions;
mod invoke;
mod pages;
mod queues;
mod warrant;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::sync::watch;

use super::{
    access::Access,
    activity::{ActivityLog, Entry},
    bucket::Buckets,
    clock::Clock,
    runner::blocking,
};
use crate::{
    domain::{
        activity::Ending,
        class::Class,
        function::Arn,
        log::{LogPage, LogQuery},
        queue::QueueUrl,
        session::{Identity, WriteState},
    },
    ports::{ApiError, ErrorKind, Operation, Result, Session, Waits},
};

/// How long `:unlock` lifts the protected lock.
pub const UNLOCKED_FOR: SignedDuration = SignedDuration::from_mins(30);

pub use queues::{address_at, verified};
pub use warrant::{Intention, Warrant};

/// A session behind its rules.
pub struct Gate {
    session: Box<dyn Session>,
    profile: Option<String>,
    state: Mutex<State>,
    buckets: Buckets,
    activity: std::sync::Arc<ActivityLog>,
    clock: Clock,
    patience: Option<Duration>,
    stretches: attempts::Stretches,
    waits: watch::Sender<Waits>,
    queue_urls: Mutex<HashMap<Arn, QueueUrl>>,
}

struct State {
    access: Access,
    identity: Option<Identity>,
}

impl Gate {
    /// Puts a session behind its rules.
    pub fn new(
        session: Box<dyn Session>,
        profile: Option<String>,
        access: Access,
        activity: std::sync::Arc<ActivityLog>,
        clock: Clock,
    ) -> Self {
        let buckets = Buckets::new(session.region(), session.has_custom_endpoint());
        Self {
            session,
            profile,
            state: Mutex::new(State {
                access,
                identity: None,
            }),
            buckets,
            activity,
            clock,
            patience: None,
            stretches: attempts::Stretches::default(),
            waits: watch::Sender::default(),
            queue_urls: Mutex::default(),
        }
    }

    /// The region that was resolved.
    pub fn region(&self) -> &str {
        self.session.region()
    }

    /// The profile in use, in the words of AWS's tools.
    pub fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or("default")
    }

    /// The account, once it is known.
    pub fn account(&self) -> Option<String> {
        let state = self.state();
        state
            .identity
            .as_ref()
            .map(|identity| identity.account.clone())
    }

    /// Whether a custom endpoint is in use.
    pub fn has_custom_endpoint(&self) -> bool {
        self.session.has_custom_endpoint()
    }

    /// Waits so long while AWS refuses calls as too many, instead of a few tries: for whoever has
    /// nobody that tries again.
    #[must_use]
    pub fn patient(mut self, patience: Option<Duration>) -> Self {
        self.patience = patience;
        self
    }

    /// How long calls that are refused as too many are waited for, if that was said.
    pub const fn patience(&self) -> Option<Duration> {
        self.patience
    }

    /// What calls wait for.
    pub fn waits(&self) -> watch::Receiver<Waits> {
        self.waits.subscribe()
    }

    /// What may be written now.
    pub fn write_state(&self) -> WriteState {
        let state = self.state();
        let account = state
            .identity
            .as_ref()
            .map(|identity| identity.account.as_str());
        state
            .access
            .write_state(self.profile.as_deref(), account, self.clock.now())
    }

    /// Lifts the protected lock for [`UNLOCKED_FOR`] and leaves an entry; without the entry
    /// the lock stays.
    pub async fn unlock(&self) -> Result<WriteState> {
        let now = self.clock.now();
        let identity = self.state().identity.clone();
        let target = identity.map_or_else(String::new, |identity| identity.arn);
        let minutes = UNLOCKED_FOR.as_mins();
        let entry = Entry {
            summary: "lift the protected lock".to_owned(),
            result: Some(Ending::Done),
            outcome: Some(format!("unlocked for {minutes} minutes")),
            ..self.entry("unlock", target)
        };
        self.record(Operation::GetCallerIdentity, entry).await?;
        self.state().access.unlock_until(now + UNLOCKED_FOR);
        Ok(self.write_state())
    }

    /// An entry of now, as this caller.
    fn entry(&self, operation: &str, target: String) -> Entry {
        let identity = self.state().identity.clone();
        let now = self.clock.now();
        Entry {
            id: format!("{}-{:08x}", now.as_millisecond(), fastrand::u32(..)),
            at: now,
            began: None,
            account: identity.as_ref().map_or_else(
                || "identity unknown".to_owned(),
                |identity| identity.account.clone(),
            ),
            identity: identity.map(|identity| identity.arn),
            region: self.region().to_owned(),
            operation: operation.to_owned(),
            target,
            summary: operation.to_owned(),
            command: String::new(),
            process: None,
            result: None,
            outcome: None,
        }
    }

    /// Who the credentials belong to; settles the write state.
    pub async fn identify(&self) -> Result<Identity> {
        let identity = self
            .call(Operation::GetCallerIdentity, || {
                self.session.caller_identity()
            })
            .await?;
        self.state().identity = Some(identity.clone());
        Ok(identity)
    }

    /// See [`Logs::filter_events`](crate::ports::Logs::filter_events).
    pub async fn filter_events(&self, query: &LogQuery) -> Result<LogPage> {
        self.call(Operation::FilterLogEvents, || {
            self.session.filter_events(query)
        })
        .await
    }

    async fn record(&self, operation: Operation, entry: Entry) -> Result<()> {
        let activity = std::sync::Arc::clone(&self.activity);
        let refused = |why: String| {
            ApiError::not_sent(
                operation,
                &format!("the activity log cannot be written ({why})"),
            )
        };
        match blocking(move || activity.append(&entry)).await {
            Some(written) => written.map_err(|error| refused(error.to_string())),
            None => Err(refused("the program is ending".to_owned())),
        }
    }

    /// Refuses what the class forbids, before anything is sent.
    ///
    /// # Errors
    /// When this session is read-only, or protected and not unlocked.
    pub fn permit(&self, operation: Operation) -> Result<()> {
        let class = operation.spec().class;
        let name = operation.spec().name;
        match self.write_state() {
            WriteState::ReadOnly { .. } if class > Class::Read => Err(ApiError::new(
                operation,
                ErrorKind::ReadOnly,
                format!("this session is read-only: {name} was not sent"),
            )),
            WriteState::Protected if class > Class::Look => Err(ApiError::new(
                operation,
                ErrorKind::Protected,
                format!("this session is protected: {name} was not sent"),
            )),
            _ => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
