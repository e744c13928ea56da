//! The lines of the Lambda platform: `START`, `REPORT`, `platform.report` and the rest of
//! `docs/aws.md` §1.6, in one vocabulary for both log formats.

use std::borrow::Cow;

/// How the platform says a phase ended. An open set: what is not known is kept by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// `success`
    Success,
    /// `error` and `failure`
    Error,
    /// `timeout`
    Timeout,
    /// Anything AWS may add.
    Other(Cow<'a, str>),
}

impl<'a> Verdict<'a> {
    pub(super) fn new(word: impl Into<Cow<'a, str>>) -> Self {
        let word = word.into();
        match word.as_ref() {
            "success" => Self::Success,
            "error" | "failure" => Self::Error,
            "timeout" => Self::Timeout,
            _ => Self::Other(word),
        }
    }

    /// Whether something went wrong.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Error | Self::Timeout)
    }
}

/// When an initialisation ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitPhase<'a> {
    /// Before the first invocation.
    Init,
    /// Again, inside an invocation, after it failed or took over 10 s before.
    Invoke,
    /// For a snapshot.
    SnapStart,
    /// Anything AWS may add.
    Other(Cow<'a, str>),
}

impl<'a> InitPhase<'a> {
    pub(super) fn new(word: impl Into<Cow<'a, str>>) -> Self {
        let word = word.into();
        match word.as_ref() {
            "init" => Self::Init,
            "invoke" => Self::Invoke,
            "snap-start" => Self::SnapStart,
            _ => Self::Other(word),
        }
    }
}

/// The figures of one invocation. Managed Instances report the duration only.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report<'a> {
    /// The request.
    pub request_id: Cow<'a, str>,
    /// Milliseconds the handler ran.
    pub duration_ms: Option<f64>,
    /// Milliseconds billed.
    pub billed_ms: Option<f64>,
    /// Memory configured, MB.
    pub memory_mb: Option<u32>,
    /// Most memory used, MB.
    pub used_mb: Option<u32>,
    /// Milliseconds of a cold start.
    pub init_ms: Option<f64>,
    /// Milliseconds of restoring a snapshot.
    pub restore_ms: Option<f64>,
    /// How it ended, in the newer style; older text lines leave it out, failed or not.
    pub verdict: Option<Verdict<'a>>,
    /// What failed (`Runtime.OutOfMemory`).
    pub error_type: Option<Cow<'a, str>>,
    /// The trace, when the second line names one.
    pub xray: Option<Xray<'a>>,
}

/// The second line of `REPORT` when tracing is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xray<'a> {
    /// `1-…`
    pub trace_id: Cow<'a, str>,
    /// The segment of this invocation.
    pub segment_id: Option<Cow<'a, str>>,
    /// Whether the trace was kept.
    pub sampled: bool,
}

/// A line of the platform.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are AWS's own names")]
pub enum PlatformLine<'a> {
    /// `INIT_START`, `platform.initStart`
    InitStart {
        runtime_version: Option<Cow<'a, str>>,
        runtime_version_arn: Option<Cow<'a, str>>,
        function_version: Option<Cow<'a, str>>,
        initialization_type: Option<Cow<'a, str>>,
        phase: Option<InitPhase<'a>>,
    },
    /// `platform.initRuntimeDone`
    InitRuntimeDone {
        phase: Option<InitPhase<'a>>,
        verdict: Option<Verdict<'a>>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `INIT_REPORT`, `platform.initReport`
    InitReport {
        duration_ms: Option<f64>,
        phase: Option<InitPhase<'a>>,
        verdict: Option<Verdict<'a>>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `START`, `platform.start`
    Start {
        request_id: Cow<'a, str>,
        version: Option<Cow<'a, str>>,
    },
    /// `platform.runtimeDone`
    RuntimeDone {
        request_id: Cow<'a, str>,
        duration_ms: Option<f64>,
        verdict: Option<Verdict<'a>>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `END`
    End { request_id: Cow<'a, str> },
    /// `REPORT`, `platform.report`
    Report(Report<'a>),
    /// `RESTORE_START`, `platform.restoreStart`
    RestoreStart {
        runtime_version: Option<Cow<'a, str>>,
    },
    /// `platform.restoreRuntimeDone`
    RestoreRuntimeDone {
        verdict: Option<Verdict<'a>>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `RESTORE_REPORT`, `platform.restoreReport`
    RestoreReport {
        duration_ms: Option<f64>,
        verdict: Option<Verdict<'a>>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `XRAY TraceId: …` as an event of its own
    Xray(Xray<'a>),
    /// `… Task timed out after 3.00 seconds`
    TimedOut {
        request_id: Cow<'a, str>,
        seconds: f64,
    },
    /// `RequestId: … Error: Runtime exited …`, `… Process exited before completing request`, a line
    /// `Runtime.ExitError`
    Exited {
        request_id: Option<Cow<'a, str>>,
        reason: Cow<'a, str>,
    },
    /// `EXTENSION`, `platform.extension`
    Extension {
        name: Cow<'a, str>,
        state: Cow<'a, str>,
        error_type: Option<Cow<'a, str>>,
    },
    /// `TELEMETRY`, `LOGS`, `platform.telemetrySubscription`
    TelemetrySubscription {
        name: Cow<'a, str>,
        state: Cow<'a, str>,
    },
    /// `platform.logsDropped`
    LogsDropped {
        records: u64,
        bytes: u64,
        reason: Cow<'a, str>,
    },
    /// Any other `platform.…` line, by its type
    Other {
        kind: Cow<'a, str>,
        request_id: Option<Cow<'a, str>>,
    },
}

impl PlatformLine<'_> {
    /// The request the line names.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Start { request_id, .. }
            | Self::RuntimeDone { request_id, .. }
            | Self::End { request_id }
            | Self::TimedOut { request_id, .. } => Some(request_id),
            Self::Report(report) => Some(&report.request_id),
            Self::Exited { request_id, .. } | Self::Other { request_id, .. } => {
                request_id.as_deref()
            }
            _ => None,
        }
    }

    /// Whether the line says that something failed, and how badly it should be shown.
    pub fn level(&self) -> Option<super::Level> {
        use super::Level;
        let failed =
            |verdict: &Option<Verdict<'_>>| verdict.as_ref().is_some_and(Verdict::is_failure);
        match self {
            Self::TimedOut { .. }
            | Self::Exited { .. }
            | Self::Extension {
                error_type: Some(_),
                ..
            } => Some(Level::Error),
            Self::Report(report) if failed(&report.verdict) => Some(Level::Error),
            Self::RuntimeDone { verdict, .. }
            | Self::InitRuntimeDone { verdict, .. }
            | Self::InitReport { verdict, .. }
            | Self::RestoreRuntimeDone { verdict, .. }
            | Self::RestoreReport { verdict, .. }
                if failed(verdict) =>
            {
                Some(Level::Error)
            }
            Self::LogsDropped { .. } => Some(Level::Warn),
            _ => None,
        }
    }
}
