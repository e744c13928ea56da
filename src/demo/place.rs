//! Where and when a demo account is: its number, its region, and the moment it was opened, from
//! which all its ages count.

use jiff::Timestamp;

use crate::domain::function::Arn;

/// One minute, hour and day in milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// Days of traffic before the account was opened here.
pub(super) const HISTORY_DAYS: i64 = 14;

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub seed: u64,
    pub account: String,
    pub region: String,
    /// When the provider was made, milliseconds since the epoch.
    pub born_ms: i64,
}

impl Place {
    /// Before this there are no logs.
    pub fn begin_ms(&self) -> i64 {
        self.born_ms - HISTORY_DAYS * DAY_MS
    }

    /// A moment before the account was opened here.
    pub fn ago(&self, ms: i64) -> Timestamp {
        Timestamp::from_millisecond(self.born_ms - ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub fn arn(&self, service: &str, resource: &str) -> Arn {
        Arn::new(format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        ))
    }

    pub fn function_arn(&self, name: &str) -> Arn {
        self.arn("lambda", &format!("function:{name}"))
    }
}
