//! How many requests fly at once: fixed, or one more for each round that went well and half as
//! many after a throttle.

use jiff::{SignedDuration, Timestamp};

use crate::domain::redrive::Workers as Wish;

/// Adaptive: where it begins, and the most (`benches/README.md`, D1).
const FEWEST: u16 = 8;
const MOST: u16 = 64;
/// Throttles of one moment count as one.
const MOMENT: SignedDuration = SignedDuration::from_millis(500);

/// The limit, and how it moves.
#[derive(Debug)]
pub(super) struct Workers {
    limit: u16,
    is_fixed: bool,
    good: u16,
    cut: Option<Timestamp>,
    /// Nothing is known to get through: one request at a time tries it.
    is_probing: bool,
}

impl Workers {
    pub(super) fn new(wish: Wish) -> Self {
        let (limit, is_fixed) = match wish {
            Wish::Adaptive => (FEWEST, false),
            Wish::Fixed(workers) => (workers.max(1), true),
        };
        Self {
            limit,
            is_fixed,
            good: 0,
            cut: None,
            is_probing: false,
        }
    }

    pub(super) fn limit(&self) -> u16 {
        if self.is_probing { 1 } else { self.limit }
    }

    pub(super) fn went_well(&mut self) {
        self.is_probing = false;
        self.good += 1;
        if self.good >= self.limit {
            self.good = 0;
            if !self.is_fixed {
                self.limit = (self.limit + 1).min(MOST);
            }
        }
    }

    pub(super) fn throttled(&mut self, now: Timestamp) {
        self.good = 0;
        if self.cut.is_none_or(|cut| now.duration_since(cut) >= MOMENT) {
            self.cut = Some(now);
            if !self.is_fixed {
                self.limit = (self.limit / 2).max(1);
            }
        }
    }

    pub(super) fn lost_contact(&mut self) {
        self.is_probing = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_by_one_a_round_and_halves_once_for_a_moment_of_throttles() {
        let mut workers = Workers::new(Wish::Adaptive);
        for _ in 0..8 {
            workers.went_well();
        }
        assert_eq!(workers.limit(), 9);
        let now = Timestamp::UNIX_EPOCH;
        workers.throttled(now);
        workers.throttled(now);
        assert_eq!(workers.limit(), 4);
        workers.throttled(now + MOMENT);
        assert_eq!(workers.limit(), 2);
        for _ in 0..10_000 {
            workers.went_well();
        }
        assert_eq!(workers.limit(), 64);
    }

    #[test]
    fn a_fixed_number_stays_but_for_a_probe() {
        let mut workers = Workers::new(Wish::Fixed(32));
        workers.throttled(Timestamp::UNIX_EPOCH);
        assert_eq!(workers.limit(), 32);
        workers.lost_contact();
        assert_eq!(workers.limit(), 1);
        workers.went_well();
        assert_eq!(workers.limit(), 32);
    }
}
