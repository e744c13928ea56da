//! Token buckets: how the program stays under the quotas that it shares with a whole team.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::ports::operation::Quota;

/// One bucket for each quota family of a session.
#[derive(Debug)]
pub struct Buckets {
    region: String,
    unlimited: bool,
    next_free: Mutex<HashMap<Quota, Instant>>,
}

impl Buckets {
    /// Buckets for a region; none on a custom endpoint, which has quotas of its own.
    pub fn new(region: &str, unlimited: bool) -> Self {
        Self {
            region: region.to_owned(),
            unlimited,
            next_free: Mutex::default(),
        }
    }

    /// Reserves the next call of a family and says how long to wait for its turn. A burst of
    /// one second's calls goes through at once.
    #[expect(
        clippy::disallowed_methods,
        reason = "a bucket fills by monotonic time"
    )]
    pub fn reserve(&self, quota: Quota) -> Duration {
        let Some(rate) = quota.per_second(&self.region).filter(|_| !self.unlimited) else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let step = Duration::from_secs_f64(1.0 / rate);
        let burst = Duration::from_secs(1);
        let mut next_free = self
            .next_free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The virtual clock of the bucket never falls behind by more than the burst.
        let earliest = now.checked_sub(burst).unwrap_or(now);
        let turn = next_free.entry(quota).or_insert(earliest);
        *turn = (*turn).max(earliest) + step;
        turn.saturating_duration_since(now)
    }

    /// After a throttle nobody of the family calls for this long.
    #[expect(
        clippy::disallowed_methods,
        reason = "a bucket fills by monotonic time"
    )]
    pub fn hold(&self, quota: Quota, pause: Duration) {
        if quota.per_second(&self.region).is_some() {
            let mut next_free = self
                .next_free
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let until = Instant::now() + pause;
            let turn = next_free.entry(quota).or_insert(until);
            *turn = (*turn).max(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_the_rate_holds() {
        let buckets = Buckets::new("eu-west-1", false);
        let waits: Vec<Duration> = (0..20)
            .map(|_| buckets.reserve(Quota::FilterLogEvents))
            .collect();
        assert!(waits[..5].iter().all(Duration::is_zero), "{waits:?}");
        let step = Duration::from_millis(200);
        assert!(waits[10] >= step * 5 && waits[19] >= step * 14, "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_custom_endpoint_has_no_quota_and_families_do_not_share() {
        let custom = Buckets::new("eu-west-1", true);
        assert!((0..100).all(|_| custom.reserve(Quota::LambdaControl).is_zero()));
        let buckets = Buckets::new("eu-west-1", false);
        for _ in 0..50 {
            buckets.reserve(Quota::LambdaControl);
        }
        assert!(buckets.reserve(Quota::FilterLogEvents).is_zero());
    }
}
