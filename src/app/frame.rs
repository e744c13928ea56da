//! How often a frame is drawn: on change only, and never more than sixty times a second.

use std::time::Duration;

/// Shortest time between two frames.
pub const SHORTEST: Duration = Duration::from_millis(16);

/// Decides when the next frame may be drawn. Knows no clock: the loop passes monotonic time
/// since its start.
#[derive(Debug, Default)]
pub struct FrameLimiter {
    last: Option<Duration>,
}

impl FrameLimiter {
    /// How long to wait until a frame may be drawn at `now`; zero means at once.
    pub fn wait(&self, now: Duration) -> Duration {
        self.last
            .map_or(Duration::ZERO, |last| (last + SHORTEST).saturating_sub(now))
    }

    /// Notes that a frame was drawn.
    pub const fn drawn(&mut self, now: Duration) {
        self.last = Some(now);
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
            Duration::from_millis(11)
        );
        assert_eq!(limiter.wait(Duration::from_millis(21)), Duration::ZERO);
    }
}
