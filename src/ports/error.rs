//! Failures in the product's words: what failed, why, and what to do next.
//!
//! The adapters translate the SDK's errors into these; nothing above the ports sees an SDK type.

use std::{fmt, time::Duration};

use super::operation::Operation;
use crate::domain::{
    activity::{End, Ending},
    class::Class,
    mask, shell,
};

/// What went wrong, by what the reader can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Too many calls; comes right by waiting.
    Throttled,
    /// Not allowed: names the IAM action.
    Denied,
    /// The resource is not there (or hidden).
    NotFound,
    /// Something else is changing it (409).
    Conflict,
    /// The revision changed meanwhile (412).
    Precondition,
    /// The function cannot run yet (pending, inactive, being restored).
    NotReady,
    /// No credentials anywhere in the chain.
    NoCredentials,
    /// Credentials are there, but expired or refused.
    BadCredentials,
    /// The SSO token is absent or expired.
    SsoExpired,
    /// No region is configured.
    NoRegion,
    /// Name resolution, connection, TLS: nothing reached AWS.
    Network,
    /// The connection broke after the request was sent: its effect is unknown.
    Interrupted,
    /// No answer in time.
    TimedOut,
    /// AWS refused the input.
    Invalid,
    /// Larger than a quota allows (413).
    TooLarge,
    /// Refused here, before anything was sent: the session is read-only.
    ReadOnly,
    /// Refused here, before anything was sent: the session is protected.
    Protected,
    /// Refused here: what was named is in another region or partition, or the answer is about
    /// something else than what was asked for.
    Elsewhere,
    /// The session was closed meanwhile.
    Closed,
    /// AWS had a fault of its own (5xx).
    Service,
    /// What came is no answer of AWS: too long, a page of some proxy, a redirect.
    Unreadable,
    /// Anything else.
    Other,
}

/// A failed operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What was asked.
    pub operation: Operation,
    /// What kind of failure.
    pub kind: ErrorKind,
    /// AWS's error code, as it came.
    pub code: Option<String>,
    /// AWS's message, or ours; untrusted text.
    pub message: String,
    /// Request id, for a support case.
    pub request_id: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// What helps, where that is known better than the kind tells it.
    pub remedy: Option<Box<Remedy>>,
}

/// What helps against one failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// The IAM action that AWS named in its message, when it is not the operation's own
    /// (`kms:Decrypt`, `iam:PassRole`).
    Action(String),
    /// What to do next, in one line.
    Advice(String),
}

/// What a write that failed may have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Certainly nothing: it was not sent, or AWS refused it.
    NotDone,
    /// Perhaps everything: it was sent, and the answer did not come or does not tell.
    Unknown,
}

impl From<&ApiError> for End {
    fn from(error: &ApiError) -> Self {
        let result = match error.outcome() {
            Outcome::NotDone => Ending::Failed,
            Outcome::Unknown => Ending::Unknown,
        };
        Self::of(result, error.to_string())
    }
}

impl ApiError {
    /// Without what the message repeats of these secrets.
    #[must_use]
    pub fn without<'a>(self, secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            message: mask::masked(&self.message, secrets),
            ..self
        }
    }

    /// A write that was not sent, because what must be on disk before it is not there.
    pub fn not_sent(operation: Operation, why: &str) -> Self {
        let advice = "make room, or mend the owner and the mode of what is named; then try again";
        Self {
            remedy: Some(Box::new(Remedy::Advice(advice.to_owned()))),
            ..Self::new(
                operation,
                ErrorKind::Invalid,
                format!("nothing was sent: {why}"),
            )
        }
    }

    /// A failure with only a kind and a message.
    pub fn new(operation: Operation, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            operation,
            kind,
            code: None,
            message: message.into(),
            request_id: None,
            status: None,
            retry_after: None,
            remedy: None,
        }
    }

    /// The IAM action that is missing, if this is a denial.
    pub fn missing_action(&self) -> Option<&str> {
        (self.kind == ErrorKind::Denied).then(|| match self.remedy.as_deref() {
            Some(Remedy::Action(action)) => action,
            _ => self.operation.spec().action,
        })
    }

    /// Whether the same call may succeed a little later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Throttled
                | ErrorKind::Network
                | ErrorKind::Interrupted
                | ErrorKind::TimedOut
                | ErrorKind::Service
        )
    }

    /// Whether nothing was reached: a wrong region or endpoint may be the reason, which opening
    /// the session anew reads again.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self.kind, ErrorKind::Network | ErrorKind::TimedOut)
    }

    /// Whether opening the session anew (after the user acted) is what helps.
    pub const fn is_about_credentials(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::NoCredentials
                | ErrorKind::BadCredentials
                | ErrorKind::SsoExpired
                | ErrorKind::NoRegion
        )
    }

    /// What a write that failed so may have done. Only what certainly had no effect is
    /// [`Outcome::NotDone`].
    pub const fn outcome(&self) -> Outcome {
        match self.kind {
            ErrorKind::Throttled
            | ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Precondition
            | ErrorKind::NotReady
            | ErrorKind::NoCredentials
            | ErrorKind::BadCredentials
            | ErrorKind::SsoExpired
            | ErrorKind::NoRegion
            | ErrorKind::Network
            | ErrorKind::Invalid
            | ErrorKind::TooLarge
            | ErrorKind::ReadOnly
            | ErrorKind::Protected
            | ErrorKind::Elsewhere
            | ErrorKind::Closed => Outcome::NotDone,
            ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::Service => Outcome::Unknown,
            // Who sends elsewhere has done nothing, but for «see other».
            ErrorKind::Unreadable => match self.status {
                Some(300..=302 | 304..=399) => Outcome::NotDone,
                _ => Outcome::Unknown,
            },
            // A 4xx that AWS names is a refusal, whatever its code is called (`KMS.Disabled…`).
            // A 408, or a page of some proxy without a code, tells nothing.
            ErrorKind::Other => match self.status {
                Some(400..=407 | 409..=499) if self.code.is_some() => Outcome::NotDone,
                _ => Outcome::Unknown,
            },
        }
    }

    /// Whether this was a write that may have taken effect.
    fn may_have_taken_effect(&self) -> bool {
        self.operation.spec().class > Class::Look && self.outcome() == Outcome::Unknown
    }

    /// What the reader can do, in one line.
    pub fn next_step(&self, profile: &str) -> String {
        if let Some(Remedy::Advice(advice)) = self.remedy.as_deref() {
            return advice.clone();
        }
        if self.may_have_taken_effect() {
            return match (self.operation, self.kind) {
                (Operation::Invoke, ErrorKind::TimedOut) => {
                    "it may still be running: look at the logs before sending it again"
                }
                (Operation::Invoke, _) => {
                    "the outcome is unknown: look at the logs before sending it again"
                }
                _ => "it may have taken effect: read the present state before sending it again",
            }
            .into();
        }
        let quoted = shell::quoted(profile);
        match self.kind {
            ErrorKind::Throttled => {
                "other callers share this quota; it is tried again by itself, slower".into()
            }
            ErrorKind::Denied => format!(
                "ask for {} (README, IAM policies), or change the profile",
                self.missing_action().unwrap_or("the right")
            ),
            ErrorKind::NotFound => {
                "it may be deleted, in another region, or hidden from you".into()
            }
            ErrorKind::Conflict => {
                "another change is in progress; wait for it".into()
            }
            ErrorKind::Precondition => "it changed meanwhile; look at the new state first".into(),
            ErrorKind::NotReady => "the function is not ready yet; try again in a moment".into(),
            ErrorKind::NoCredentials => format!(
                "run `aws configure --profile {quoted}` or `aws login --profile {quoted}`"
            ),
            ErrorKind::BadCredentials => {
                format!("renew the credentials of profile {profile}, check the clock")
            }
            ErrorKind::SsoExpired => format!("run `aws sso login --profile {quoted}`"),
            ErrorKind::NoRegion => "give --region, set AWS_REGION or the profile's region".into(),
            ErrorKind::Network => {
                "check the network, the region's name and the endpoint".into()
            }
            ErrorKind::Interrupted | ErrorKind::TimedOut
                if self.operation == Operation::ReceiveMessage =>
            {
                "check the network and the endpoint, then try again; letters of the answer that \
                 did not come show up again when their visibility timeout is over"
                    .into()
            }
            ErrorKind::Interrupted | ErrorKind::TimedOut => {
                "check the network and the endpoint, then try again".into()
            }
            ErrorKind::Unreadable => {
                "check the endpoint, and what answers in its place (a proxy, a sign-in page)".into()
            }
            ErrorKind::Invalid => "correct the input and try again".into(),
            ErrorKind::TooLarge => "make it smaller".into(),
            ErrorKind::ReadOnly => {
                "start without --read-only (and with a config.toml that is sound and does not say \
                 read_only) to allow it"
                    .into()
            }
            ErrorKind::Protected => {
                "start with --write, or lift the protection for 30 minutes in the console with :unlock".into()
            }
            ErrorKind::Elsewhere => {
                "nothing was asked of it or done to it; in the console :region and :profile open another session"
                    .into()
            }
            ErrorKind::Closed => "open it again under the present account".into(),
            ErrorKind::Service => "AWS had a fault; try again in a moment".into(),
            ErrorKind::Other => "the code and the request id say more".into(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Opening a session is no operation of its own, nor is what was never asked: the message
        // says it all.
        if !self.is_about_credentials() && self.kind != ErrorKind::Elsewhere {
            write!(f, "{}: ", self.operation.spec().name)?;
        }
        match &self.code {
            Some(code) if !self.message.contains(code.as_str()) => {
                write!(f, "{code}: {}", self.message)
            }
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(kind: ErrorKind, code: Option<&str>, status: Option<u16>) -> Outcome {
        ApiError {
            code: code.map(str::to_owned),
            status,
            ..ApiError::new(Operation::SendMessageBatch, kind, "no")
        }
        .outcome()
    }

    #[test]
    fn a_write_whose_answer_did_not_come_has_an_unknown_outcome() {
        for kind in [
            ErrorKind::Interrupted,
            ErrorKind::TimedOut,
            ErrorKind::Service,
            ErrorKind::Other,
        ] {
            assert_eq!(outcome(kind, None, None), Outcome::Unknown, "{kind:?}");
        }
        for kind in [
            ErrorKind::Network,
            ErrorKind::Denied,
            ErrorKind::Throttled,
            ErrorKind::ReadOnly,
            ErrorKind::BadCredentials,
        ] {
            assert_eq!(outcome(kind, None, None), Outcome::NotDone, "{kind:?}");
        }
    }

    #[test]
    fn only_what_may_have_taken_effect_is_said_to() {
        const DANGER: [&str; 4] = ["running", "effect", "outcome", "before sending"];
        for &operation in Operation::ALL {
            for kind in [
                ErrorKind::Interrupted,
                ErrorKind::TimedOut,
                ErrorKind::Service,
                ErrorKind::Unreadable,
                ErrorKind::Network,
                ErrorKind::Throttled,
            ] {
                let error = ApiError::new(operation, kind, "no");
                let next = error.next_step("p");
                let warns = DANGER.iter().any(|sign| next.contains(sign));
                let may_have = operation.spec().class > Class::Look
                    && !matches!(kind, ErrorKind::Network | ErrorKind::Throttled);
                assert_eq!(warns, may_have, "{operation:?} {kind:?}: {next}");
            }
        }
        let redirect = ApiError {
            status: Some(307),
            ..ApiError::new(Operation::Invoke, ErrorKind::Unreadable, "no")
        };
        assert_eq!(redirect.outcome(), Outcome::NotDone);
        assert!(redirect.next_step("p").contains("endpoint"));
    }

    #[test]
    fn a_refusal_of_an_unknown_kind_did_nothing() {
        let other = |code, status| outcome(ErrorKind::Other, code, Some(status));
        assert_eq!(other(Some("KMS.DisabledException"), 400), Outcome::NotDone);
        assert_eq!(other(Some("KMSDisabledException"), 502), Outcome::Unknown);
        assert_eq!(other(Some("RequestTimeout"), 408), Outcome::Unknown);
        assert_eq!(other(None, 418), Outcome::Unknown);
        assert_eq!(other(None, 200), Outcome::Unknown);
    }
}
