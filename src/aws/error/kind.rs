//! Of which kind a failure is: by its code, and where that says nothing by its HTTP status.

use super::unreadable;
use crate::ports::{ErrorKind, Operation};

/// Lambda's one code for every 409: what is under way and will pass, and what cannot be at all
/// («FunctionUrlConfig exists for this Lambda function», «Alias can't be used for Provisioned
/// Concurrency configuration on an already Provisioned version»).
pub(super) const CONFLICT: &str = "ResourceConflictException";

/// Whether a conflict is one with something under way, by its words: «An update is in progress»,
/// «cannot be performed at this time», «due to a concurrent update operation», «currently in the
/// following state: Pending». Without words it may be.
pub(super) fn is_about_now(message: &str) -> bool {
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

/// The code alone: some protocols send `namespace#Code` or `Code:http://…`.
pub(super) fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

/// The kind, by code and then by status (`docs/aws.md` §1.1, §1.2, §7).
pub(super) fn kind_of(operation: Operation, code: Option<&str>, status: u16) -> ErrorKind {
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
    fn a_code_is_bared_of_its_namespace() {
        assert_eq!(
            bare_code("com.amazonaws.sqs#QueueDoesNotExist"),
            "QueueDoesNotExist"
        );
        assert_eq!(bare_code("Throttling:http://x"), "Throttling");
        assert_eq!(bare_code(""), "");
    }
}
