//! What this slice asks of others: messages, what an edit changed, what logs tell.

use jiff::Timestamp;

use super::{Around, Seen};
use crate::{
    domain::{draft::Draft, function::Arn},
    store::{toast, ui::FunctionKey},
};

/// What another slice is asked to do.
#[derive(Debug)]
pub(in crate::store) enum Hand {
    /// Show a message.
    Toast(toast::Action),
    /// A function is not what was read of it; what it is instead, if that is known.
    Changed(FunctionKey, Option<Box<Draft>>),
}

impl Around<'_> {
    /// What logs on this screen tell of a function; `None` when they tell nothing.
    pub(super) fn seen(&self, function: &Arn, now: Timestamp) -> Option<Seen> {
        let key = FunctionKey {
            session: self.session.id,
            arn: function.clone(),
        };
        let timeout = self.functions.get(function).map(|row| row.timeout_s);
        let (used_mb, running) = self.logs.seen(&key, timeout, now);
        let seen = Seen { used_mb, running };
        (seen != Seen::default()).then_some(seen)
    }
}
