//! How many letters may leave now: the rate of the plan, and the slow start behind a canary.

use jiff::{SignedDuration, Timestamp};

use crate::domain::queue::BATCH;

/// After the canary: this many a second, for this many letters.
const RAMP_PER_SECOND: f64 = 10.0;
const RAMP_LETTERS: u32 = 30;

/// A bucket of letters.
#[derive(Debug)]
pub(super) struct Pace {
    wish: Option<f64>,
    ramp: u32,
    tokens: f64,
    filled: Option<Timestamp>,
}

impl Pace {
    pub(super) fn new(per_second: Option<f64>) -> Self {
        Self {
            wish: per_second.filter(|rate| rate.is_finite() && *rate > 0.0),
            ramp: 0,
            tokens: 1.0,
            filled: None,
        }
    }

    /// From now on slowly, then at full rate.
    pub(super) fn ramp_up(&mut self) {
        self.ramp = RAMP_LETTERS;
    }

    fn rate(&self) -> Option<f64> {
        if self.ramp > 0 {
            Some(
                self.wish
                    .map_or(RAMP_PER_SECOND, |wish| wish.min(RAMP_PER_SECOND)),
            )
        } else {
            self.wish
        }
    }

    /// How many may leave now, at most a batch.
    pub(super) fn allowance(&mut self, now: Timestamp) -> usize {
        let Some(rate) = self.rate() else {
            return BATCH;
        };
        let passed = self.filled.map_or(0.0, |filled| {
            now.duration_since(filled).as_secs_f64().max(0.0)
        });
        self.filled = Some(now);
        let most = rate.clamp(1.0, BATCH as f64);
        self.tokens = (self.tokens + passed * rate).min(most);
        // A thousandth of a letter is lost in rounding, never a letter.
        (self.tokens + 1e-3) as usize
    }

    /// These have left.
    pub(super) fn spend(&mut self, letters: usize) {
        if self.rate().is_some() {
            self.tokens = (self.tokens - letters as f64).max(0.0);
        }
        self.ramp = self.ramp.saturating_sub(letters as u32);
    }

    /// When the next one may leave, if that is not now.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let rate = self.rate()?;
        let missing = 1.0 - self.tokens;
        (missing > 0.0).then(|| {
            let wait = SignedDuration::try_from_secs_f64(missing / rate);
            now + wait.unwrap_or(SignedDuration::from_secs(1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_leave_at_the_rate_that_was_asked() {
        let mut pace = Pace::new(Some(5.0));
        let mut now = Timestamp::UNIX_EPOCH;
        let mut left = 0;
        for _ in 0..100 {
            let allowed = pace.allowance(now);
            pace.spend(allowed);
            left += allowed;
            now += SignedDuration::from_millis(100);
        }
        assert!((49..=51).contains(&left), "{left} in 10 s at 5 a second");
    }

    #[test]
    fn without_a_rate_a_batch_may_always_leave_and_after_a_canary_slowly() {
        let mut pace = Pace::new(None);
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(pace.allowance(now), BATCH);
        assert_eq!(pace.next(now), None);
        pace.ramp_up();
        assert_eq!(pace.allowance(now), 1);
        pace.spend(1);
        assert_eq!(pace.allowance(now), 0);
        assert_eq!(pace.next(now), Some(now + SignedDuration::from_millis(100)));
        let later = now + SignedDuration::from_secs(60);
        for _ in 0..5 {
            pace.spend(BATCH);
        }
        assert_eq!(pace.allowance(later), BATCH, "full speed again");
    }
}
