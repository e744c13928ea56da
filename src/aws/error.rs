//! Translates the SDK's failures into [`ApiError`]: what failed, of which kind, and the facts a
//! support case needs.
//!
//! Codes decide before HTTP statuses, because services disagree on statuses (Logs denies with
//! 400, Lambda says «not ready» with 502). Unknown codes fall back to the status, so a failure
//! that AWS invents tomorrow still gets a sensible kind.

mod kind;
mod unreadable;
mod words;

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
use kind::{CONFLICT, bare_code, is_about_now, kind_of};
use words::{connection_failure, denied_action, key_action, never_connected};

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

/// Seconds only: the date form of the header needs a clock, and AWS does not send it.
fn retry_after(headers: &Headers) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
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
