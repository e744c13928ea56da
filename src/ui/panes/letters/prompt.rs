//! The one line that is typed in the pane: a filter of queues or letters, a search in one letter.

use super::{LettersPane, act, commands::info};
use crate::{
    store::letters::Step,
    ui::surface::{Outcome, View},
};

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

impl LettersPane {
    pub(super) fn take_input(&mut self, id: &str, view: View<'_>) -> Outcome {
        let Some(question) = self.asking.question() else {
            return Outcome::Ignored;
        };
        match id {
            // The text stays; a second Esc clears the filter.
            "input.leave" => {
                self.asking.close();
                Outcome::done()
            }
            "input.undo" => {
                let changed = self.asking.undo();
                self.after_typing(changed, view)
            }
            "input.accept" | "input.submit" => {
                let text = self.asking.text().to_owned();
                let has_error = question == Question::Letters
                    && view
                        .store
                        .letters
                        .queue_letters()
                        .is_some_and(|queue_letters| queue_letters.filter.error.is_some());
                if has_error {
                    return Outcome::done();
                }
                self.asking.close();
                if question == Question::Find && !self.body.search(&text) {
                    return info("no match in this letter");
                }
                Outcome::done()
            }
            _ => Outcome::done(),
        }
    }

    pub(super) fn after_typing(&mut self, changed: bool, view: View<'_>) -> Outcome {
        let Some(question) = self.asking.question().filter(|_| changed) else {
            return Outcome::done();
        };
        let text = self.asking.text().to_owned();
        match question {
            Question::Queues => {
                self.arranged.filter = text;
                self.arrange_queues(view.store);
                Outcome::done()
            }
            Question::Letters => act(Step::Filter(text)),
            Question::Find => Outcome::done(),
        }
    }
}
