//! Failures on request, so that tests can see how the rest behaves under them, and the shapes
//! that AWS gives to failures.

use std::time::Duration;

use super::dice::Dice;
use crate::domain::{class::Class, function::Arn};
use crate::ports::{ApiError, ErrorKind, Operation};

/// What goes wrong from now on; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// Every n-th call (of any operation) is throttled. 1 throttles all of them.
    pub throttle_every: Option<u32>,
    /// These are denied, by the IAM action of the operation.
    pub deny: Vec<Operation>,
    /// These fail in this way, before they have any effect.
    pub fail: Vec<(Operation, ErrorKind)>,
    /// These never answer: only the caller's own time-out ends them.
    pub hang: Vec<Operation>,
    /// The connection of an invoke breaks after this long, though the function runs on.
    pub cut_after: Option<Duration>,
    /// Pages after the first give back the token they were asked with.
    pub repeat_token: bool,
    /// The first page of every listing is empty and has a token.
    pub empty_page_with_token: bool,
    /// Sessions cannot be opened.
    pub open: Option<ErrorKind>,
    /// One call in n fails before it has any effect: nothing reached AWS.
    pub cut_one_in: Option<u32>,
    /// Of the calls that have an effect (all but reads), one in n loses its answer after the effect took place.
    pub lose_reply_one_in: Option<u32>,
    /// Of the entries of batches, one in n fails with `InternalError`, which is not our fault.
    pub fail_entry_one_in: Option<u32>,
    /// One receive in n (of standard queues) also hands out a message that is in flight or was
    /// deleted already.
    pub repeat_one_in: Option<u32>,
    /// Of the messages that a receive gives, one in n does not come whole: with another body, or
    /// with none. It lies whole in its queue.
    pub damage_one_in: Option<u32>,
    /// Updates of configurations are accepted and end `Failed`, provisioned concurrency `FAILED`.
    pub fail_updates: bool,
    /// The credentials expire after this many calls, until other faults are injected.
    pub expire_after: Option<u32>,
    /// The process dies at this step from now: from it on nothing returns, until other faults are
    /// injected. See [`Provider::step`](super::Provider::step).
    pub crash_at: Option<u64>,
}

impl Faults {
    /// Whether one in `n` is this one: the same for the same seed, purpose and number.
    pub(super) fn strikes(one_in: Option<u32>, parts: &[u64]) -> bool {
        one_in.is_some_and(|n| n > 0 && Dice::new(parts).once_in(u64::from(n)))
    }
}

/// Whether an operation changes anything, so that a lost answer leaves a doubt.
pub(super) fn has_effect(operation: Operation) -> bool {
    operation.spec().class > Class::Read
}

/// A failure in AWS's words.
pub(super) fn refused(
    operation: Operation,
    kind: ErrorKind,
    code: &str,
    status: u16,
    message: impl Into<String>,
) -> ApiError {
    ApiError {
        code: Some(code.to_owned()),
        status: Some(status),
        ..ApiError::new(operation, kind, message)
    }
}

/// There is no such function, or no such version or alias of it.
pub(super) fn no_such_function(
    operation: Operation,
    function: &Arn,
    qualifier: Option<&str>,
) -> ApiError {
    let qualifier = qualifier.map_or_else(String::new, |qualifier| format!(":{qualifier}"));
    refused(
        operation,
        ErrorKind::NotFound,
        "ResourceNotFoundException",
        404,
        format!("Function not found: {function}{qualifier}"),
    )
}

/// A denial as IAM words it.
pub(super) fn denied(operation: Operation, account: &str, resource: &str) -> ApiError {
    let action = operation.spec().action;
    refused(
        operation,
        ErrorKind::Denied,
        "AccessDeniedException",
        403,
        format!(
            "User: arn:aws:sts::{account}:assumed-role/demo/operator is not authorized to perform: {action} \
             on resource: {resource} because no identity-based policy allows the {action} action"
        ),
    )
}

/// A throttle in the words of the service.
pub(super) fn throttled(operation: Operation) -> ApiError {
    let (code, status, message) = match operation {
        Operation::FilterLogEvents => ("ThrottlingException", 400, "Rate exceeded"),
        Operation::GetQueueUrl
        | Operation::GetQueueAttributes
        | Operation::ListQueues
        | Operation::ReceiveMessage
        | Operation::ChangeMessageVisibilityBatch
        | Operation::SendMessageBatch
        | Operation::DeleteMessageBatch
        | Operation::PurgeQueue
        | Operation::StartMessageMoveTask
        | Operation::ListMessageMoveTasks
        | Operation::CancelMessageMoveTask => ("RequestThrottled", 403, "Request is throttled."),
        Operation::GetCallerIdentity => ("Throttling", 400, "Rate exceeded"),
        _ => (
            "TooManyRequestsException",
            429,
            "Rate exceeded (CallerRateLimitExceeded)",
        ),
    };
    refused(operation, ErrorKind::Throttled, code, status, message)
}

/// An injected failure of a kind.
pub(super) fn failure(operation: Operation, kind: ErrorKind) -> ApiError {
    let (code, status, message) = match kind {
        ErrorKind::Throttled => return throttled(operation),
        ErrorKind::NotFound => (
            "ResourceNotFoundException",
            404,
            "The resource does not exist.",
        ),
        ErrorKind::Conflict => (
            "ResourceConflictException",
            409,
            "An update is in progress for resource.",
        ),
        ErrorKind::Precondition => (
            "PreconditionFailedException",
            412,
            "The Revision Id provided does not match.",
        ),
        ErrorKind::NotReady => (
            "ResourceNotReadyException",
            502,
            "The function is inactive.",
        ),
        ErrorKind::Invalid => (
            "InvalidParameterValueException",
            400,
            "A parameter is not valid.",
        ),
        ErrorKind::TooLarge => (
            "RequestTooLargeException",
            413,
            "Request must be smaller than 6291456 bytes.",
        ),
        ErrorKind::Service => (
            "ServiceException",
            500,
            "The service encountered an internal error.",
        ),
        ErrorKind::BadCredentials => (
            "ExpiredTokenException",
            403,
            "The security token included in the request is expired",
        ),
        ErrorKind::Denied => ("AccessDeniedException", 403, "not authorized"),
        ErrorKind::NoCredentials => {
            return ApiError::new(operation, kind, "no credentials found in the chain");
        }
        ErrorKind::SsoExpired => {
            return ApiError::new(
                operation,
                kind,
                "the SSO token has expired and cannot be refreshed",
            );
        }
        ErrorKind::Network => return ApiError::new(operation, kind, "could not connect"),
        ErrorKind::NoRegion => return ApiError::new(operation, kind, "no region is configured"),
        ErrorKind::Interrupted => {
            return ApiError::new(
                operation,
                kind,
                "the connection broke before the answer came",
            );
        }
        _ => return ApiError::new(operation, kind, "injected failure"),
    };
    refused(operation, kind, code, status, message)
}
