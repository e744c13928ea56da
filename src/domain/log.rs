//! A log event, as `CloudWatch Logs` returned it.

/// One event as `CloudWatch Logs` returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// The service's `eventId`; empty for an event of Live Tail, which carries none.
    pub id: String,
    /// Name of the log stream.
    pub stream: String,
    /// When it happened, by the writer's clock: milliseconds since the epoch.
    pub timestamp: i64,
    /// When `CloudWatch Logs` took it in: milliseconds since the epoch.
    pub ingested: i64,
    /// The text, as written.
    pub message: String,
}
