//! Queues as far as a function's neighbours need them: identity and depth.

use super::function::Arn;

/// Counts and settings of a queue (`GetQueueAttributes`). The counts are approximate and
/// settle a minute after traffic stops (SQS API).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueAttributes {
    /// Queue ARN.
    pub arn: Option<Arn>,
    /// Messages that can be received.
    pub visible: u64,
    /// Received, not deleted yet.
    pub in_flight: u64,
    /// Not available yet.
    pub delayed: u64,
    /// Seconds a received message stays hidden.
    pub visibility_timeout_s: Option<u32>,
    /// Seconds a message is kept.
    pub retention_s: Option<u32>,
    /// Where its own failures go, from `RedrivePolicy`.
    pub dead_letter: Option<Arn>,
    /// Receives before that.
    pub max_receive_count: Option<u32>,
    /// First in, first out.
    pub fifo: bool,
}
