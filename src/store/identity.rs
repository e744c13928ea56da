//! Identities: session and ARN, never a bare name, so that a switch of the account mixes nothing up.

use std::sync::Arc;

use crate::domain::{function::Arn, session::SessionId};

/// The identity of a function: never a bare name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionKey {
    /// Whose function.
    pub session: SessionId,
    /// Which function.
    pub arn: Arn,
}

/// The identity of a queue: never a bare name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueueKey {
    /// Whose queue, or who looks at it.
    pub session: SessionId,
    /// Which queue.
    pub arn: Arn,
}

/// The message id: stable over receives.
pub type LetterId = Arc<str>;

/// The identity of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterKey {
    /// Where it lies.
    pub queue: QueueKey,
    /// Which.
    pub letter: LetterId,
}

impl LetterKey {
    /// How an event that came from it is named.
    pub fn label(&self) -> String {
        format!(
            "letter {}… of {}",
            self.letter.chars().take(8).collect::<String>(),
            self.queue.arn.resource_name()
        )
    }
}
