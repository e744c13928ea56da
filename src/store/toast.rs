//! Short messages at the foot of the screen, each for a while, and the newest failure with its
//! details for `W`.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::ports::ApiError;

/// How long a message stays.
const STAY: SignedDuration = SignedDuration::from_secs(6);
/// So many messages can be read again.
const KEPT: usize = 50;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Ok,
    /// Something to know.
    Info,
    /// Something went wrong.
    Error,
}

impl Tone {
    /// What stands before a message.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Ok => "✔ ",
            Self::Info => "· ",
            Self::Error => "✖ ",
        }
    }
}

/// A message that was shown, to be read again.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// How it was meant.
    pub tone: Tone,
    /// What it said.
    pub text: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// When it goes.
    pub until: Timestamp,
}

/// What changes the messages.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Show a message.
    Show(Tone, String),
    /// Show a failure; `W` opens its details.
    Failed(ApiError),
}

/// The messages on screen.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    said: VecDeque<Said>,
    last_error: Option<ApiError>,
}

impl Toasts {
    /// Newest last.
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// What was said lately, newest last.
    pub const fn history(&self) -> &VecDeque<Said> {
        &self.said
    }

    /// The newest failure, for its details.
    pub const fn last_error(&self) -> Option<&ApiError> {
        self.last_error.as_ref()
    }

    /// When the next message goes.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.shown.iter().map(|toast| toast.until).min()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        self.shown.retain(|toast| toast.until > now);
    }

    pub(super) fn reduce(&mut self, action: Action, now: Timestamp) {
        match action {
            Action::Show(tone, text) => self.show(tone, text, now),
            Action::Failed(error) => {
                self.show(Tone::Error, error.to_string(), now);
                self.last_error = Some(error);
            }
        }
    }

    fn show(&mut self, tone: Tone, text: String, now: Timestamp) {
        self.shown.retain(|toast| toast.text != text);
        self.said.push_back(Said {
            at: now,
            tone,
            text: text.clone(),
        });
        if self.said.len() > KEPT {
            self.said.pop_front();
        }
        self.shown.push(Toast {
            tone,
            text,
            until: now + STAY,
        });
        if self.shown.len() > 3 {
            self.shown.remove(0);
        }
    }
}
