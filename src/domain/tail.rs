//! Following a log by polling.

mod range;

pub use range::{BadRange, PRESETS, TimeRange};

/// What is to be read of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Name or ARN of the log group.
    pub group: String,
    /// In a group that several functions share: only the streams of this one.
    pub function: Option<String>,
    /// `CloudWatch` filter pattern, sent as it is.
    pub pattern: Option<String>,
    /// First millisecond, since the epoch.
    pub start: i64,
    /// Last millisecond; without it the log is followed.
    pub end: Option<i64>,
    /// Fetch so many of the newest lines first, then the rest in order.
    pub newest_first: Option<u32>,
}
