//! The one line that is typed in the pane: a filter of queues or letters, a search in one letter.

use crate::ui::widgets::prompt::Prompt;

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Words that the queues are narrowed by.
    Queues,
    /// A predicate over letters.
    Letters,
    /// A text in one letter.
    Find,
}

/// The prompt and what it is for.
pub struct Asking {
    /// What for.
    pub question: Question,
    /// The text.
    pub prompt: Prompt,
}

impl Asking {
    /// Asks, beginning with a text.
    pub fn new(question: Question, text: &str) -> Self {
        Self {
            question,
            prompt: Prompt::with(text),
        }
    }
}
