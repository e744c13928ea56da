//! An invoke: what is sent, and what comes back.
//!
//! Not responsible for saved events (see [`saved_event`](super::saved_event)) or for how an
//! invocation looks in the logs (see [`report`](super::report)).

use std::time::Duration;

use super::{function::Arn, secret::Secret};

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum InvocationType {
    /// Wait for the answer. Payload up to 6 MB.
    #[default]
    RequestResponse,
    /// Hand it to Lambda's queue and return. Payload up to 1 MB.
    Event,
    /// Check parameters and rights only.
    DryRun,
}

impl InvocationType {
    /// AWS's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }

    /// The word on screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::RequestResponse => "synchronous",
            Self::Event => "asynchronous",
            Self::DryRun => "dry run",
        }
    }

    /// How long an answer is waited for: the function's timeout and a little more
    /// (`docs/aws.md` §1.2), Lambda's longest where it is not known. What only queues or checks the
    /// event answers sooner.
    pub const fn deadline(self, timeout_s: Option<u32>) -> Duration {
        /// What is added to the timeout.
        const GRACE: u32 = 10;
        /// Longest timeout that a function can have, in seconds (Lambda quotas).
        const LONGEST: u32 = 900;
        let timeout = match (self, timeout_s) {
            (Self::Event | Self::DryRun, _) => 60,
            (Self::RequestResponse, Some(timeout)) => timeout,
            (Self::RequestResponse, None) => LONGEST,
        };
        Duration::from_secs((timeout + GRACE) as u64)
    }

    /// Largest payload in bytes (Lambda quotas).
    pub const fn payload_limit(self) -> usize {
        match self {
            Self::RequestResponse | Self::DryRun => 6_291_456,
            Self::Event => 1_048_576,
        }
    }
}

/// One invoke, exactly as it will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeRequest {
    /// Unqualified function ARN.
    pub function: Arn,
    /// Version or alias; `None` is the unqualified function.
    pub qualifier: Option<String>,
    /// Sync, async or dry run.
    pub kind: InvocationType,
    /// The bytes, sent as they are.
    pub payload: Secret<Vec<u8>>,
    /// JSON for `context.clientContext`, at most 3,583 bytes of base64; sync only.
    pub client_context: Option<Secret<String>>,
    /// Tenant of a `PER_TENANT` function.
    pub tenant: Option<String>,
    /// How long to wait: the function's timeout plus 10 s. Ending the wait does not end the
    /// function.
    pub deadline: Duration,
}

/// What Lambda answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeResponse {
    /// HTTP status: 200, 202 (async) or 204 (dry run).
    pub status: u16,
    /// `X-Amz-Function-Error`: any value means that the function failed.
    pub function_error: Option<String>,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// The response body, up to 6 MB, untrusted.
    pub payload: Secret<Vec<u8>>,
    /// The decoded last 4 KB of the log (sync only).
    pub log_tail: Option<String>,
    /// AWS request id of the call, which for an invoke is the invocation's own.
    pub request_id: Option<String>,
}
