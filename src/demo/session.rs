//! The ports on a demo account: admission (counting, latency, injected faults), then the answer.
//! Lambda's own port is in [`functions`].

mod functions;

use async_trait::async_trait;
use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};

use super::{
    World,
    account::Account,
    dice::{label, mix, uuid},
    faults::{Faults, denied, failure, has_effect, no_such_function, refused, throttled},
    function::Function,
    locked, logs,
};
use crate::{
    domain::{
        function::Arn,
        log::{LogPage, LogQuery},
        session::Identity,
    },
    ports::{self, ApiError, ErrorKind, Operation, Page, Result},
};

/// Rows of a page: Lambda gives at most 50, whatever is asked (Lambda API).
const PAGE: usize = 50;

/// One opened demo account.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) world: Arc<World>,
    pub(super) account: Arc<Account>,
}

/// A call between its two halves.
#[derive(Debug)]
pub(super) struct Admission {
    operation: Operation,
    /// Its number among all calls.
    pub number: u32,
    pub faults: Faults,
    /// It fails before it has any effect.
    pub refused: Option<ApiError>,
}

impl Session {
    pub(super) fn new(world: Arc<World>, account: Arc<Account>) -> Self {
        Self { world, account }
    }

    /// Makes one call: counts it, lets it take its time, fails it if a fault says so.
    async fn call<T>(
        &self,
        operation: Operation,
        answer: impl FnOnce(&Account, &Faults) -> Result<T>,
    ) -> Result<T> {
        let admission = self.admit(operation).await;
        let answer = match &admission.refused {
            None => answer(&self.account, &admission.faults),
            Some(error) => Err(error.clone()),
        };
        self.settle(admission, answer).await
    }

    /// The first half of a call, up to its effect.
    pub(super) async fn admit(&self, operation: Operation) -> Admission {
        let number = self.world.count(operation);
        let latency = self.world.latency(operation, number);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let faults = locked(&self.world.faults).clone();
        if faults.hang.contains(&operation) {
            std::future::pending::<()>().await;
        }
        self.world.steps.step().await;
        Admission {
            operation,
            number,
            refused: self.injected(&faults, operation, number),
            faults,
        }
    }

    /// The second half of a call: its answer goes back, or is lost.
    pub(super) async fn settle<T>(&self, admission: Admission, answer: Result<T>) -> Result<T> {
        self.world.steps.step().await;
        let Admission {
            operation,
            number,
            faults,
            ..
        } = admission;
        let seed = self.account.place.seed;
        let lost = has_effect(operation)
            && Faults::strikes(
                faults.lose_reply_one_in,
                &[seed, label("lost"), u64::from(number)],
            );
        let answer = match answer {
            Ok(_) if lost => Err(failure(operation, ErrorKind::Interrupted)),
            answer => answer,
        };
        answer.map_err(|error| ApiError {
            // What never reached AWS has no request id.
            request_id: error.status.map(|_| uuid(mix(&[seed, u64::from(number)]))),
            ..error
        })
    }

    fn injected(&self, faults: &Faults, operation: Operation, call: u32) -> Option<ApiError> {
        if faults.deny.contains(&operation) {
            return Some(denied(operation, &self.account.place.account, "*"));
        }
        if let Some((_, kind)) = faults
            .fail
            .iter()
            .find(|(failing, _)| *failing == operation)
        {
            return Some(failure(operation, *kind));
        }
        let before = self.world.injected_at.load(Ordering::SeqCst);
        if faults
            .expire_after
            .is_some_and(|calls| call > before.saturating_add(calls))
        {
            return Some(failure(operation, ErrorKind::BadCredentials));
        }
        let seed = self.account.place.seed;
        if Faults::strikes(faults.cut_one_in, &[seed, label("cut"), u64::from(call)]) {
            return Some(failure(operation, ErrorKind::Network));
        }
        let throttled_now = faults
            .throttle_every
            .is_some_and(|n| n > 0 && call.is_multiple_of(n));
        throttled_now.then(|| throttled(operation))
    }

    /// A call about one function that exists and may be read.
    async fn about<T>(
        &self,
        operation: Operation,
        function: &Arn,
        answer: impl FnOnce(&Function, &Faults) -> Result<T>,
    ) -> Result<T> {
        self.call(operation, |account, faults| {
            let found = readable(account, operation, function)?;
            answer(&found, faults)
        })
        .await
    }

    /// A call that changes one function; what it has left is kept when it succeeds.
    async fn change<T>(
        &self,
        operation: Operation,
        function: &Arn,
        change: impl FnOnce(&Account, &mut Function, i64, &Faults) -> Result<T>,
    ) -> Result<T> {
        let now_ms = self.world.now_ms();
        self.call(operation, |account, faults| {
            account.catch_up(now_ms);
            let before = readable(account, operation, function)?.into_owned();
            let mut function = before.clone();
            let answer = change(account, &mut function, now_ms, faults)?;
            function.remember(&before, now_ms);
            account.keep(function);
            Ok(answer)
        })
        .await
    }

    async fn listed<T: Clone>(
        &self,
        operation: Operation,
        function: &Arn,
        marker: Option<String>,
        rows: impl FnOnce(&Function) -> Vec<T>,
    ) -> Result<Page<T>> {
        self.about(operation, function, |function, faults| {
            let rows = rows(function);
            page(operation, PAGE, rows.len(), marker, faults, |n| {
                rows[n].clone()
            })
        })
        .await
    }
}

fn readable<'a>(
    account: &'a Account,
    operation: Operation,
    function: &Arn,
) -> Result<Cow<'a, Function>> {
    let found = account
        .function(function)
        .ok_or_else(|| no_such_function(operation, function, None))?;
    if found.denied.contains(&operation) {
        return Err(denied(
            operation,
            &account.place.account,
            found.arn().as_str(),
        ));
    }
    Ok(found)
}

/// One page of at most `size` out of `total` rows; a marker is the number of its first row.
pub(super) fn page<T>(
    operation: Operation,
    size: usize,
    total: usize,
    marker: Option<String>,
    faults: &Faults,
    row: impl Fn(usize) -> T,
) -> Result<Page<T>> {
    if marker.is_none() && faults.empty_page_with_token {
        return Ok(Page {
            items: Vec::new(),
            next: Some("0".into()),
        });
    }
    let first = match &marker {
        None => 0,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|first| *first <= total)
            .ok_or_else(|| {
                refused(
                    operation,
                    ErrorKind::Invalid,
                    "InvalidParameterValueException",
                    400,
                    "Invalid marker",
                )
            })?,
    };
    let end = total.min(first + size);
    let next = if faults.repeat_token && marker.is_some() {
        marker
    } else {
        (end < total).then(|| end.to_string())
    };
    Ok(Page {
        items: (first..end).map(row).collect(),
        next,
    })
}

#[async_trait]
impl ports::Logs for Session {
    async fn filter_events(&self, query: &LogQuery) -> Result<LogPage> {
        self.call(Operation::FilterLogEvents, |account, faults| {
            logs::filter_events(account, query, self.world.now_ms(), faults)
        })
        .await
    }
}

#[async_trait]
impl ports::Session for Session {
    async fn caller_identity(&self) -> Result<Identity> {
        self.call(Operation::GetCallerIdentity, |account, _| {
            let account = account.place.account.clone();
            Ok(Identity {
                arn: format!("arn:aws:sts::{account}:assumed-role/demo/operator"),
                account,
            })
        })
        .await
    }

    fn region(&self) -> &str {
        &self.account.place.region
    }

    fn has_custom_endpoint(&self) -> bool {
        false
    }
}
