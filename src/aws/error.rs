//! Translates the SDK's failures into [`ApiError`]: what failed, of which kind, and the facts a
//! support case needs.
//!
//! Codes decide before HTTP statuses, because services disagree on statuses (Logs denies with
//! 400, Lambda says «not ready» with 502). Unknown codes fall back to the status, so a failure
//! that AWS invents tomorrow still gets a sensible kind.

mod unreadable;

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::Headers,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{
    domain::shell,
    ports::{ApiError, ErrorKind, Operation, Remedy},
};

use super::credentials::StepFailed;

/// As whom the calls are made, as far as a failure's words depend on it.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Profile name.
    pub(super) profile: String,
    /// Where the first credentials come from, as the subject of a sentence.
    pub(super) source: String,
    /// The profile (or one it draws on) asks for an MFA code, which the SDK does not support.
    pub(super) mfa: bool,
}

impl Caller {
    /// The failure of a call.
    pub(super) fn error<E>(
        &self,
        operation: Operation,
        error: &SdkError<E, HttpResponse>,
    ) -> ApiError
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(context) => {
                service(operation, context.err().meta(), context.raw())
            }
            SdkError::ResponseError(context) => {
                let mut failure = unreadable::answer(operation, error, context.raw());
                with_response(&mut failure, context.raw());
                failure
            }
            SdkError::TimeoutError(_) => ApiError::new(
                operation,
                ErrorKind::TimedOut,
                "no answer within the time allowed",
            ),
            SdkError::ConstructionFailure(_) => {
                ApiError::new(operation, ErrorKind::Invalid, chain(error))
            }
            _ => self.unsent(operation, error),
        }
    }

    /// No answer at all: no credentials, no connection, or a connection that broke.
    fn unsent(&self, operation: Operation, error: &(dyn Error + 'static)) -> ApiError {
        if let Some(failure) = find::<CredentialsError>(error) {
            return self.credentials(operation, failure);
        }
        let text = chain(error);
        if text.contains("identity resolver timed out") {
            return ApiError::new(
                operation,
                ErrorKind::BadCredentials,
                format!(
                    "{} did not answer in time; if it waits for you, run it in another terminal \
                     first",
                    self.source
                ),
            );
        }
        let (kind, message) = if never_connected(&text) {
            (ErrorKind::Network, connection_failure(&text))
        } else {
            (
                ErrorKind::Interrupted,
                "the connection broke before the answer came".to_owned(),
            )
        };
        ApiError::new(operation, kind, message)
    }

    /// A step to the credentials failed. Most of the SDK's providers give prose, so the kinds are
    /// told by its words; the wire tests hold on to them.
    fn credentials(&self, operation: Operation, error: &CredentialsError) -> ApiError {
        // The innermost: a role cannot be assumed because what it builds on failed.
        let Some(step) = last::<StepFailed>(error) else {
            let message = format!("{} failed: {}", self.source, chain(error));
            return ApiError::new(operation, ErrorKind::BadCredentials, message);
        };
        let (what, profile) = (&step.what, &step.profile);
        let text = step.source().map(chain).unwrap_or_default();
        let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        let mut advice = step.advice.clone();
        let (kind, message) = if has(&["SSO token", "cached SSO", "SsoToken"])
            || has(&["UnauthorizedException"])
        {
            let state = if has(&["failed to load the cached SSO token"]) {
                "is not signed in"
            } else {
                "has expired"
            };
            (ErrorKind::SsoExpired, format!("{what} {state}"))
        } else if has(&["Login token", "/login/cache/"]) {
            (
                ErrorKind::NoCredentials,
                format!("{what} is absent or has expired"),
            )
        } else if self.mfa && has(&["AccessDenied", "MultiFactorAuthentication"]) {
            let profile = &self.profile;
            let run = format!(
                "run `aws configure export-credentials --profile {} --format env` and use its \
                 output",
                shell::quoted(profile)
            );
            advice = Some(run.clone());
            (
                ErrorKind::BadCredentials,
                format!(
                    "profile {profile} asks for an MFA code (mfa_serial), which works only by way \
                     of the AWS CLI: {run}"
                ),
            )
        } else if step.is_last_resort {
            let name = shell::quoted(profile);
            advice = advice.or_else(|| {
                Some(format!(
                    "run `aws configure --profile {name}` or `aws login --profile {name}`"
                ))
            });
            let text = text.replace("the credential provider was not enabled: ", "");
            (
                ErrorKind::NoCredentials,
                format!(
                    "no credentials for profile {profile}: neither file nor variable names any, \
                     and {what} gave none ({text})"
                ),
            )
        } else if never_connected(&text) {
            (
                ErrorKind::Network,
                format!("{what}: {}", connection_failure(&text)),
            )
        } else {
            let said = step.refusal().unwrap_or(text);
            (ErrorKind::BadCredentials, format!("{what} failed: {said}"))
        };
        let mut failure = ApiError::new(operation, kind, message);
        failure.remedy = advice
            .filter(|_| kind != ErrorKind::Network)
            .map(|advice| Box::new(Remedy::Advice(advice)));
        failure
    }
}

/// AWS answered with a failure.
fn service(
    operation: Operation,
    meta: &aws_smithy_types::error::ErrorMetadata,
    response: &HttpResponse,
) -> ApiError {
    let status = response.status().as_u16();
    let body: serde_json::Value = response
        .body()
        .bytes()
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .unwrap_or_default();
    let code = meta.code().map(bare_code);
    let mut message = meta
        .message()
        // Some services and proxies spell it with a capital.
        .or_else(|| body["Message"].as_str())
        .map(str::trim)
        .filter(|message| !message.is_empty())
        .or(code)
        .map_or_else(|| unreadable::unexplained(response), str::to_owned);
    if let Some(reason) = body["Reason"]
        .as_str()
        .filter(|reason| !message.contains(reason))
    {
        message = format!("{message} ({reason})");
    }
    let kind = match kind_of(operation, code, status) {
        ErrorKind::Conflict if code == Some(CONFLICT) && !is_about_now(&message) => {
            ErrorKind::Invalid
        }
        kind => kind,
    };
    let mut failure = ApiError::new(operation, kind, message);
    failure.code = code.map(str::to_owned);
    failure.remedy = denied_action(&failure.message)
        .or_else(|| key_action(operation, code?))
        .filter(|action| !action.eq_ignore_ascii_case(operation.spec().action))
        .map(|action| Box::new(Remedy::Action(action.to_owned())));
    with_response(&mut failure, response);
    failure
}

fn with_response(failure: &mut ApiError, response: &HttpResponse) {
    let headers = response.headers();
    failure.status = Some(response.status().as_u16());
    failure.request_id = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| headers.get(name))
        .map(str::to_owned);
    failure.retry_after = retry_after(headers);
}

/// Lambda's one code for every 409: what is under way and will pass, and what cannot be at all
/// («FunctionUrlConfig exists for this Lambda function», «Alias can't be used for Provisioned
/// Concurrency configuration on an already Provisioned version»).
const CONFLICT: &str = "ResourceConflictException";

/// Whether a conflict is one with something under way, by its words: «An update is in progress»,
/// «cannot be performed at this time», «due to a concurrent update operation», «currently in the
/// following state: Pending». Without words it may be.
fn is_about_now(message: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "in progress",
        "at this time",
        "concurrent",
        "currently",
        "pending",
        "being updated",
        "try again",
    ];
    let message = message.to_ascii_lowercase();
    // `ProvisionedConcurrency` and its likes are no «concurrent update».
    let message = message.replace("concurrency", "");
    message == CONFLICT.to_ascii_lowercase() || SIGNS.iter().any(|sign| message.contains(sign))
}

/// Seconds only: the date form of the header needs a clock, and AWS does not send it.
fn retry_after(headers: &Headers) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The code alone: some protocols send `namespace#Code` or `Code:http://…`.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

/// The kind, by code and then by status (`docs/aws.md` §1.1, §1.2, §7).
fn kind_of(operation: Operation, code: Option<&str>, status: u16) -> ErrorKind {
    code.and_then(|code| kind_of_code(operation, code))
        .unwrap_or_else(|| kind_of_status(status))
}

fn kind_of_code(operation: Operation, code: &str) -> Option<ErrorKind> {
    // How SQS wrote its codes before it spoke JSON, and still does in `x-amzn-query-error`.
    let code = code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code);
    let kind = match code {
        "TooManyRequestsException"
        | "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "EC2ThrottledException"
        | "KMS.ThrottlingException"
        | "KmsThrottled"
        // Too many messages in flight: comes right when some are deleted or given back.
        | "OverLimit"
        | "SlowDown" => ErrorKind::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "ForbiddenException"
        | "KMS.AccessDeniedException"
        | "KmsAccessDenied"
        | "KMSAccessDeniedException"
        | "EC2AccessDeniedException"
        | "UnauthorizedOperation" => ErrorKind::Denied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure"
        | "InvalidSecurity"
        | "InvalidToken" => ErrorKind::BadCredentials,
        "ResourceNotFoundException"
        | "ResourceNotFound"
        | "NotFoundException"
        | "QueueDoesNotExist"
        | "NonExistentQueue" => ErrorKind::NotFound,
        "ResourceNotReadyException"
        | "SnapStartNotReadyException"
        | "SnapStartTimeoutException"
        | "ENINotReadyException"
        | "CodeArtifactUserPendingException" => ErrorKind::NotReady,
        // An invoke conflicts with a state (`Pending`, `Failed`), an update with another update.
        CONFLICT => match operation {
            Operation::Invoke | Operation::DryRunInvoke => ErrorKind::NotReady,
            _ => ErrorKind::Conflict,
        },
        "ConflictException"
        | "OperationAbortedException"
        | "ResourceInUseException"
        | "PurgeQueueInProgress"
        | "DurableExecutionAlreadyStartedException" => ErrorKind::Conflict,
        "PreconditionFailedException" => ErrorKind::Precondition,
        "RequestTooLargeException" | "RequestEntityTooLargeException" | "BatchRequestTooLong" => {
            ErrorKind::TooLarge
        }
        "InvalidParameterValueException"
        | "InvalidParameterException"
        | "InvalidRequestContentException"
        | "ValidationException"
        | "ValidationError"
        | "SerializationException"
        | "UnsupportedMediaTypeException"
        | "InvalidAddress"
        | "InvalidAttributeName"
        | "InvalidAttributeValue"
        | "InvalidMessageContents"
        | "InvalidBatchEntryId"
        | "InvalidIdFormat"
        | "EmptyBatchRequest"
        | "TooManyEntriesInBatchRequest"
        | "BatchEntryIdsNotDistinct"
        | "ReceiptHandleIsInvalid"
        | "MessageNotInflight"
        | "UnsupportedOperation"
        | "InvalidParameterCombination"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "MissingRequiredParameterException" => ErrorKind::Invalid,
        "ServiceException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError" => ErrorKind::Service,
        // The function's surroundings are broken; some say so with a 5xx, but waiting does not
        // help and AWS has no fault.
        code if [
            "EFS",
            "KMS",
            "S3Files",
            "SnapStart",
            "InvalidSubnet",
            "InvalidSecurityGroup",
        ]
        .iter()
        .any(|prefix| code.starts_with(prefix))
            || matches!(
                code,
                "InvalidRuntimeException"
                    | "InvalidZipFileException"
                    | "ENILimitReachedException"
                    | "SubnetIPAddressLimitReachedException"
                    | "CodeArtifactUserDeletedException"
                    | "CodeArtifactUserFailedException"
                    | "RecursiveInvocationException"
            ) =>
        {
            ErrorKind::Other
        }
        code if code.starts_with("NotAuthorized") => ErrorKind::Denied,
        _ => return None,
    };
    Some(kind)
}

const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        400 | 415 | 422 => ErrorKind::Invalid,
        401 => ErrorKind::BadCredentials,
        403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::Precondition,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::Throttled,
        500..=599 => ErrorKind::Service,
        status if unreadable::is_foreign(status) => ErrorKind::Unreadable,
        _ => ErrorKind::Other,
    }
}

/// The action after «is not authorized to perform: », if it has the form of one.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .next()?
        .trim_end_matches('.');
    let (service, name) = action.split_once(':')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'*'))
    };
    (plain(service) && plain(name)).then_some(action)
}

/// The right to a queue's key that a denial by KMS is about, where its words do not name one: a
/// send makes a data key, everything else only reads with one (SQS developer guide, «Configure
/// KMS permissions»).
fn key_action(operation: Operation, code: &str) -> Option<&'static str> {
    match (operation, code) {
        (Operation::SendMessageBatch, "KMS.AccessDeniedException" | "KmsAccessDenied") => {
            Some("kms:GenerateDataKey")
        }
        (_, "KMS.AccessDeniedException" | "KmsAccessDenied") => Some("kms:Decrypt"),
        _ => None,
    }
}

/// Whether the words of a failure say that no connection stood, so that nothing was sent.
fn never_connected(text: &str) -> bool {
    [
        "(Connect)",
        "HTTP connect",
        "dns error",
        "failed to lookup address",
        "tcp connect error",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Why there was no connection, in one line.
fn connection_failure(text: &str) -> String {
    let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    if has(&["dns error", "failed to lookup address"]) {
        "the host name could not be resolved".to_owned()
    } else if has(&["HTTP connect"]) {
        "no connection within 3.1 s".to_owned()
    } else if has(&["refused"]) {
        "the connection was refused: nothing listens there".to_owned()
    } else if has(&["certificate", "tls", "TLS", "handshake", "corrupt message"]) {
        let cause = text.rsplit(": ").next().unwrap_or(text);
        format!("no secure connection: {cause}")
    } else {
        let cause = text.rsplit(": ").next().unwrap_or(text);
        format!("no connection: {cause}")
    }
}

/// The messages of a failure and its causes, outermost first, each said once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

/// The first cause of a type.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The last cause of a type.
fn last<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let first = find::<T>(error)?;
    let deeper = first.source().and_then(last::<T>);
    Some(deeper.unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_beats_the_status() {
        let kind = |code, status| kind_of(Operation::FilterLogEvents, Some(code), status);
        assert_eq!(kind("AccessDeniedException", 400), ErrorKind::Denied);
        assert_eq!(kind("ResourceNotReadyException", 502), ErrorKind::NotReady);
        assert_eq!(kind("EFSMountFailureException", 403), ErrorKind::Other);
        assert_eq!(kind("ThrottlingException", 400), ErrorKind::Throttled);
        assert_eq!(kind("NotAuthorizedForThis", 418), ErrorKind::Denied);
    }

    #[test]
    fn an_unknown_code_is_read_by_its_status() {
        for (status, expected) in [
            (400, ErrorKind::Invalid),
            (401, ErrorKind::BadCredentials),
            (403, ErrorKind::Denied),
            (404, ErrorKind::NotFound),
            (409, ErrorKind::Conflict),
            (412, ErrorKind::Precondition),
            (413, ErrorKind::TooLarge),
            (200, ErrorKind::Unreadable),
            (307, ErrorKind::Unreadable),
            (424, ErrorKind::Other),
            (429, ErrorKind::Throttled),
            (500, ErrorKind::Service),
            (503, ErrorKind::Service),
        ] {
            assert_eq!(
                kind_of(Operation::ListFunctions, None, status),
                expected,
                "{status}"
            );
            assert_eq!(
                kind_of(Operation::ListFunctions, Some("New2030Exception"), status),
                expected
            );
        }
    }

    #[test]
    fn a_conflict_is_another_thing_to_an_invoke() {
        let kind = |operation| kind_of(operation, Some("ResourceConflictException"), 409);
        assert_eq!(kind(Operation::Invoke), ErrorKind::NotReady);
        assert_eq!(kind(Operation::ListAliases), ErrorKind::Conflict);
    }

    #[test]
    fn a_conflict_that_will_not_pass_is_told_from_one_that_will() {
        for passing in [
            "An update is in progress for resource: arn:aws:lambda:eu-west-1:1:function:f",
            "The operation cannot be performed at this time. The function is currently in the \
             following state: Pending",
            "The function could not be updated due to a concurrent update operation.",
            CONFLICT,
        ] {
            assert!(is_about_now(passing), "{passing}");
        }
        for permanent in [
            "Alias can't be used for Provisioned Concurrency configuration on an already \
             Provisioned version",
            "Failed to create function url config for [functionArn = arn]. Error message: \
             FunctionUrlConfig exists for this Lambda function",
            "Function already exist: f",
        ] {
            assert!(!is_about_now(permanent), "{permanent}");
        }
    }

    #[test]
    fn the_denied_action_is_read_from_every_known_text() {
        let because = "User: arn:aws:iam::1:user/x is not authorized to perform: \
            lambda:ListFunctions on resource: * because no identity-based policy allows it";
        assert_eq!(denied_action(because), Some("lambda:ListFunctions"));
        let lower = "User: x is not authorized to perform: sqs:getqueueattributes on resource: y";
        assert_eq!(denied_action(lower), Some("sqs:getqueueattributes"));
        let kms = "Lambda was unable to decrypt. KMS Message: User: x is not authorized to \
            perform: kms:Decrypt.";
        assert_eq!(denied_action(kms), Some("kms:Decrypt"));
        for odd in [
            "",
            "not authorized to perform: ",
            "not authorized to perform: \u{1b}[2J:x",
        ] {
            assert_eq!(denied_action(odd), None, "{odd:?}");
        }
    }

    /// As hyper and the SDK word them; the wire tests see the ones that loopback can give.
    #[test]
    fn only_what_found_no_connection_was_certainly_not_sent() {
        for text in [
            "dispatch failure: io error: client error (Connect): dns error: failed to lookup \
             address information: Name or service not known",
            "dispatch failure: io error: client error (Connect): tcp connect error: Connection \
             refused (os error 111)",
            "dispatch failure: timeout: error trying to connect: HTTP connect timeout occurred \
             after 3.1s",
        ] {
            assert!(never_connected(text), "{text}");
        }
        for text in [
            "dispatch failure: io error: client error (SendRequest): connection closed before \
             message completed",
            "dispatch failure: io error: client error (SendRequest): connection error: Connection \
             reset by peer (os error 104)",
            "dispatch failure: timeout: HTTP read timeout occurred after 5s",
            "dispatch failure: other: something new",
        ] {
            assert!(!never_connected(text), "{text}");
        }
    }

    #[test]
    fn a_code_is_bared_of_its_namespace() {
        assert_eq!(
            bare_code("com.amazonaws.sqs#QueueDoesNotExist"),
            "QueueDoesNotExist"
        );
        assert_eq!(bare_code("Throttling:http://x"), "Throttling");
        assert_eq!(bare_code(""), "");
    }
}
