//! How often a frame is drawn: on change only, and no more than sixty times a second. Two may
//! follow each other at once after a rest: of two answers that come together, the second is not
//! kept waiting.

use std::time::Duration;

/// Shortest time between two frames, in the long run.
pub const SHORTEST: Duration = Duration::from_millis(16);

/// Decides when the next frame may be drawn. Knows no clock: the loop passes monotonic time
/// since its start.
#[derive(Debug, Default)]
pub struct FrameLimiter {
    earliest: Duration,
}

impl FrameLimiter {
    /// How long to wait until a frame may be drawn at `now`; zero means at once.
    pub const fn wait(&self, now: Duration) -> Duration {
        self.earliest.saturating_sub(now)
    }

    /// Notes that a frame was drawn. A frame that was not drawn in the last interval is to spare.
    pub fn drawn(&mut self, now: Duration) {
        self.earliest = self.earliest.max(now.saturating_sub(SHORTEST)) + SHORTEST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_free_and_the_next_waits_out_the_interval() {
        let mut limiter = FrameLimiter::default();
        assert_eq!(limiter.wait(Duration::ZERO), Duration::ZERO);
        limiter.drawn(Duration::from_millis(5));
        assert_eq!(
            limiter.wait(Duration::from_millis(10)),
            Duration::from_millis(6)
        );
        assert_eq!(limiter.wait(Duration::from_millis(16)), Duration::ZERO);
    }

    #[test]
    fn two_frames_may_follow_a_rest_and_sixty_a_second_are_the_most() {
        let mut limiter = FrameLimiter::default();
        let start = Duration::from_secs(1);
        limiter.drawn(start);
        assert_eq!(limiter.wait(start), Duration::ZERO);
        let (mut now, mut frames) = (start, 1);
        while now < start + Duration::from_secs(1) {
            now += limiter.wait(now) + Duration::from_micros(100);
            limiter.drawn(now);
            frames += 1;
        }
        assert!((62..=65).contains(&frames), "{frames}");
    }
}
