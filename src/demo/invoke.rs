//! `Invoke` on the demo account: checks as Lambda makes them, one run of the function's work, its
//! log lines in the group, retries and dead letters of asynchronous events.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    account::Account,
    dice::{Dice, label, mix, uuid},
    faults::{no_such_function, refused},
    function::Function,
    queues::{self, Outcome},
    render,
    schedule::{self, Invocation},
    script::End,
};
use crate::{
    domain::{
        function::Arn,
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        secret::Secret,
    },
    ports::{ErrorKind, Operation, Result},
};

/// Bytes of log that a synchronous invoke gives back.
const TAIL_BYTES: usize = 4096;

/// Attempts when the function has no async settings of its own.
const DEFAULT_RETRIES: u32 = 2;

/// What an invoke leads to, and how long the caller waits for it.
#[derive(Debug)]
pub(super) struct Invoked {
    pub response: InvokeResponse,
    pub wait: Duration,
}

/// The operation of a request: a dry run is its own.
pub(super) fn operation(request: &InvokeRequest) -> Operation {
    match request.kind {
        InvocationType::DryRun => Operation::DryRunInvoke,
        InvocationType::RequestResponse | InvocationType::Event => Operation::Invoke,
    }
}

/// Takes a request in at a moment. Its effects are complete when this returns, log events and
/// letters dated as they will appear.
pub(super) fn invoke(account: &Account, request: &InvokeRequest, now_ms: i64) -> Result<Invoked> {
    let operation = operation(request);
    let function = account
        .function(&request.function)
        .ok_or_else(|| no_such_function(operation, &request.function, None))?;
    let qualifier = request.qualifier.as_deref();
    let number = account.next_invoke();
    let salt = mix(&[
        account.place.seed,
        label(function.name()),
        0x6861_6e64,
        number,
    ]);
    let version = function
        .resolve(qualifier, salt)
        .ok_or_else(|| no_such_function(operation, function.arn(), qualifier))?;
    if function.latest.summary.durable && qualifier.is_none() {
        return Err(refused(
            operation,
            ErrorKind::Invalid,
            "InvalidParameterValueException",
            400,
            "You cannot invoke a durable function using an unqualified ARN.",
        ));
    }
    let event = event(operation, request)?;
    let call = Call {
        account,
        function: &function,
        qualifier,
        version,
        salt,
        request_id: uuid(salt),
        now_ms,
    };
    match request.kind {
        InvocationType::DryRun => Ok(call.answered(204, None)),
        InvocationType::Event => {
            call.queue(&event);
            Ok(call.answered(202, None))
        }
        InvocationType::RequestResponse if function.reserved == Some(0) => Err(refused(
            operation,
            ErrorKind::Throttled,
            "TooManyRequestsException",
            429,
            "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)",
        )),
        InvocationType::RequestResponse => Ok(call.run(&event)),
    }
}

/// Runs a function for a trigger, which calls it unqualified; `None` when it is not there or has
/// no concurrency.
pub(super) fn consume(
    account: &Account,
    function: &Arn,
    event: &Value,
    now_ms: i64,
) -> Option<End> {
    let function = account
        .function(function)
        .filter(|function| function.reserved != Some(0))?;
    let salt = mix(&[
        account.place.seed,
        label(function.name()),
        0x706f_6c6c,
        account.next_invoke(),
    ]);
    let call = Call {
        account,
        function: &function,
        qualifier: None,
        version: function.resolve(None, salt)?,
        salt,
        request_id: uuid(salt),
        now_ms,
    };
    Some(call.attempt(event, now_ms, 0).run.end)
}

fn event(operation: Operation, request: &InvokeRequest) -> Result<Value> {
    let payload = request.payload.reveal();
    let limit = request.kind.payload_limit();
    if payload.len() > limit {
        return Err(refused(
            operation,
            ErrorKind::TooLarge,
            "RequestEntityTooLargeException",
            413,
            format!(
                "{} byte payload is too large for the {} invocation type (limit {limit} bytes)",
                payload.len(),
                request.kind.as_str()
            ),
        ));
    }
    if payload.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(payload) {
        return Err(refused(
            operation,
            ErrorKind::Invalid,
            "InvalidRequestContentException",
            400,
            format!("Could not parse request body into json: {error}"),
        ));
    }
    // JSON that no value here can hold (1E400, half of a surrogate pair) is an event all the same.
    Ok(serde_json::from_slice(payload).unwrap_or_default())
}

struct Call<'a> {
    account: &'a Account,
    function: &'a Function,
    qualifier: Option<&'a str>,
    version: String,
    salt: u64,
    request_id: String,
    now_ms: i64,
}

impl Call<'_> {
    fn answered(&self, status: u16, version: Option<String>) -> Invoked {
        Invoked {
            response: InvokeResponse {
                status,
                function_error: None,
                executed_version: version,
                payload: Secret::default(),
                log_tail: None,
                request_id: Some(self.request_id.clone()),
            },
            wait: Duration::ZERO,
        }
    }

    /// Runs the function while the caller waits.
    fn run(&self, event: &Value) -> Invoked {
        let invocation = self.attempt(event, self.now_ms, 0);
        let failure = render::error_payload(self.function, &invocation);
        let mut invoked = self.answered(200, Some(self.version.clone()));
        invoked.response.function_error = failure.is_some().then(|| "Unhandled".to_owned());
        let body = match (&invocation.run.end, failure) {
            (End::Returned(value), _) => value.to_string(),
            (_, failure) => failure.unwrap_or_default().to_string(),
        };
        invoked.response.payload = body.into_bytes().into();
        invoked.response.log_tail = Some(self.tail(&invocation));
        let spent_us = invocation.run.duration_us + invocation.init_us.unwrap_or(0);
        invoked.wait = Duration::from_micros(spent_us);
        invoked
    }

    /// One attempt: what the function does, and its lines in the log group.
    fn attempt(&self, event: &Value, start_ms: i64, attempt: u64) -> Invocation {
        let salt = mix(&[self.salt, attempt]);
        let mut dice = Dice::new(&[salt]);
        let (environment, cold) =
            self.account
                .environment(self.function.name(), &self.version, salt, start_ms);
        let at = Timestamp::from_millisecond(start_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let invocation = Invocation {
            start_ms,
            request_id: self.request_id.clone(),
            version: self.version.clone(),
            stream: schedule::stream(self.function, &self.version, at, environment),
            init_us: cold.then(|| schedule::init_us(self.function, &mut dice)),
            lag_ms: dice.between(180, 700) as i64,
            salt,
            run: self.function.work.run(self.function, event, &mut dice),
        };
        let events = render::events(self.function, &invocation);
        self.account.write(&self.function.log_group(), events);
        invocation
    }

    fn tail(&self, invocation: &Invocation) -> String {
        let mut text = String::new();
        for (_, line) in render::lines(self.function, invocation) {
            text.push_str(&line);
            if !line.ends_with('\n') {
                text.push('\n');
            }
        }
        let mut from = text.len().saturating_sub(TAIL_BYTES);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        text.split_off(from)
    }

    /// Runs an event as Lambda's queue would: now, again a minute later, again two minutes after
    /// that; then it is dead. Concurrency 0 sends it to its end at once (`docs/aws.md` §1.3).
    fn queue(&self, event: &Value) {
        if self.function.reserved == Some(0) {
            let letter = |arn: &Arn| {
                let letter = queues::lambda_letter(
                    &event.to_string(),
                    &self.request_id,
                    429,
                    "Rate Exceeded.",
                    self.now_ms,
                );
                self.account.send(arn, letter, self.now_ms);
            };
            self.function
                .latest
                .summary
                .dead_letter
                .iter()
                .for_each(letter);
            return;
        }
        let settings = self.function.async_of(self.qualifier);
        let attempts = 1 + settings.maximum_retries.unwrap_or(DEFAULT_RETRIES);
        let mut start_ms = self.now_ms + 40;
        for attempt in 1..=attempts {
            let invocation = self.attempt(event, start_ms, u64::from(attempt));
            let failure = render::error_payload(self.function, &invocation);
            let end_ms = invocation.end_ms();
            if failure.is_none() || attempt == attempts {
                self.finish(event, &invocation, attempt);
                return;
            }
            start_ms = end_ms + 60_000 * i64::from(attempt);
        }
    }

    /// Tells the destinations, and the dead-letter queue of a failure.
    fn finish(&self, event: &Value, invocation: &Invocation, attempts: u32) {
        let settings = self.function.async_of(self.qualifier);
        let failure = render::error_payload(self.function, invocation);
        let failed = failure.is_some();
        let sent_ms = invocation.end_ms() + 300;
        let destination = if failed {
            &settings.on_failure
        } else {
            &settings.on_success
        };
        if let Some(destination) = destination {
            let answer = match (&invocation.run.end, failure) {
                (End::Returned(value), _) => value.clone(),
                (_, failure) => failure.unwrap_or_default(),
            };
            let outcome = Outcome {
                request_id: &self.request_id,
                function: format!(
                    "{}:{}",
                    self.function.arn(),
                    self.qualifier.unwrap_or("$LATEST")
                ),
                condition: if failed {
                    "RetriesExhausted"
                } else {
                    "Success"
                },
                attempts,
                event,
                version: &self.version,
                failed,
                answer,
            };
            self.account.send(
                destination,
                queues::destination_letter(&outcome, sent_ms),
                self.now_ms,
            );
        }
        if let (true, Some(queue)) = (failed, &self.function.latest.summary.dead_letter) {
            let error = queues::error_message(self.function, invocation);
            let letter =
                queues::lambda_letter(&event.to_string(), &self.request_id, 200, &error, sent_ms);
            self.account.send(queue, letter, self.now_ms);
        }
    }
}
