//! What CloudWatch Logs hands out: events, and the questions that fetch them.

/// One event as CloudWatch Logs returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// `eventId`; empty for Live Tail, which has none.
    pub id: String,
    /// Log stream: one execution environment of a function.
    pub stream: String,
    /// When it happened, in milliseconds since the epoch.
    pub timestamp: i64,
    /// When CloudWatch took it in, in milliseconds since the epoch.
    pub ingested: i64,
    /// The text, up to 1 MB, untrusted.
    pub message: String,
}

/// One page asked of `FilterLogEvents`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogQuery {
    /// Name or ARN of the group.
    pub group: String,
    /// Inclusive, milliseconds since the epoch. Set it to avoid walking empty pages.
    pub start: Option<i64>,
    /// Inclusive, milliseconds since the epoch.
    pub end: Option<i64>,
    /// CloudWatch filter pattern, at most 1,024 characters, sent as it is.
    pub pattern: Option<String>,
    /// Only streams whose name starts so. In a group that functions share the date comes first
    /// (`2026/11/20/name[version]…`), so a prefix cannot select one function.
    pub stream_prefix: Option<String>,
    /// Newest first: needs a start of 2024-01-01 or later (CloudWatch Logs API).
    pub newest_first: bool,
    /// At most this many events, up to 10,000.
    pub limit: Option<u32>,
    /// Continues an earlier page; valid 24 h.
    pub token: Option<String>,
}

/// A page of events. An empty page with a token is normal; the end is the missing token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// In the order of the question.
    pub events: Vec<LogEvent>,
    /// Where the next page starts.
    pub next_token: Option<String>,
}
