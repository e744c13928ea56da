//! Edits of letters: one in the user's editor, many by jq with their differences shown first.

use std::{collections::HashSet, sync::Arc};

use super::{
    LetterId, Letters, Request, Which, Work, ask, done, error, info,
    queue_letters::{Edit, EditReview, EditedBy, QueueLetters, Review},
};
use crate::{
    domain::{letter::OriginalEvent, saved_event::check_json, secret::Secret},
    store::{
        Outbox,
        parcel::Parcel,
        ticket::{Key, Ticket},
    },
};

impl Letters {
    pub(super) fn edit(&mut self, letter: &LetterId, out: &mut Outbox<'_>) {
        let Some(queue_letters) = self.queue_letters_mut() else {
            return;
        };
        let text = match &queue_letters.rejected {
            // What was refused is not lost: the editor opens on it again.
            Some((refused, text)) if refused == letter => Some(text.clone()),
            _ => queue_letters
                .text(letter)
                .map(|text| Secret::new(text.reveal().to_string())),
        };
        let Some(text) = text else { return };
        let key = Key::of(
            queue_letters.key.session,
            "letters.edit",
            queue_letters.key.arn.as_str(),
        );
        let name = format!("letter-{}.json", safe(letter));
        let ticket = out.edit(key, name, text);
        queue_letters.editing = Some((ticket.generation, letter.clone()));
    }

    /// Whether this slice opened the editor.
    pub(in crate::store) fn awaits_editor(ticket: &Ticket) -> bool {
        ticket.key.name == "letters.edit"
    }

    /// The user's editor was closed.
    pub(in crate::store) fn edited(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters_for(ticket) else {
            return Vec::new();
        };
        let Some((_, letter)) = queue_letters
            .editing
            .take_if(|(generation, _)| *generation == ticket.generation)
        else {
            return Vec::new();
        };
        let text = match answer {
            Ok(text) => text,
            Err(why) => return error(why),
        };
        let Some(old) = queue_letters.letter(&letter).cloned() else {
            return error("this letter is gone: the edit was dropped");
        };
        let text = one_line_end_less(text, queue_letters.text(&letter).as_ref());
        if needs_json(&old.event)
            && let Err(why) = check_json(text.reveal())
        {
            queue_letters.rejected = Some((letter, text));
            return error(format!("not taken: {why}; e opens your text again"));
        }
        queue_letters.rejected = None;
        let body: Secret<Arc<str>> = Secret::new(text.into_inner().into());
        if queue_letters.text(&letter).is_some_and(|now| now == body) {
            return info("nothing was changed");
        }
        queue_letters.put(letter, body, EditedBy::Hand);
        done("edited: u takes it back")
    }

    pub(super) fn edit_with(&mut self, jq: String, which: &Which, out: &mut Outbox<'_>) {
        let Some(queue_letters) = self.queue_letters_mut() else {
            return;
        };
        let letters: Vec<(LetterId, Secret<Arc<str>>)> = queue_letters
            .select(which)
            .into_iter()
            .filter_map(|id| Some((id.clone(), queue_letters.text(&id)?)))
            .collect();
        queue_letters.problem = None;
        queue_letters.edit_review = None;
        if letters.is_empty() {
            queue_letters.problem = Some("no letter is chosen".to_owned());
            return;
        }
        let work = Work::Review {
            jq,
            letters: Parcel::new(letters),
        };
        let ticket = ask("letters.review", &queue_letters.key.clone(), work, out);
        queue_letters.reviewing = Some(ticket.generation);
    }

    pub(super) fn reviewed(&mut self, ticket: &Ticket, answer: Result<Parcel<EditReview>, String>) {
        let Some(queue_letters) = self.queue_letters_for(ticket) else {
            return;
        };
        if queue_letters.reviewing != Some(ticket.generation) {
            return;
        }
        queue_letters.reviewing = None;
        match answer {
            Ok(review) => queue_letters.edit_review = Some(review.0),
            Err(why) => queue_letters.problem = Some(why),
        }
    }

    pub(super) fn apply_edits(&mut self) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters_mut() else {
            return Vec::new();
        };
        let Some(review) = queue_letters.edit_review.take() else {
            return Vec::new();
        };
        let (changed, _, failed) = review.counts();
        for reviewed in &review.letters {
            if let Review::Changed { body, .. } = &reviewed.result
                && queue_letters.places.contains_key(&reviewed.letter)
            {
                let how = EditedBy::Jq(review.jq.clone());
                queue_letters.put(reviewed.letter.clone(), body.clone(), how);
            }
        }
        let failures = match failed {
            0 => String::new(),
            failed => format!("; {failed} failed and stay as they were"),
        };
        done(format!("{changed} edited{failures}"))
    }

    pub(super) fn drop_edits(&mut self) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            queue_letters.edit_review = None;
            queue_letters.reviewing = None;
            queue_letters.problem = None;
        }
    }

    pub(super) fn undo(&mut self, which: &Which) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters_mut() else {
            return Vec::new();
        };
        let wanted: HashSet<LetterId> = queue_letters.select(which).into_iter().collect();
        let mut undone = 0;
        for letter in wanted {
            if let Some(edit) = queue_letters.edits_mut().remove(&letter) {
                undone += 1;
                if let Some(before) = edit.before {
                    queue_letters.edits_mut().insert(letter, *before);
                }
            }
        }
        if undone == 0 {
            return info("nothing is edited here");
        }
        queue_letters.revision += 1;
        done(format!("{undone} edits taken back"))
    }
}

impl QueueLetters {
    fn put(&mut self, letter: LetterId, body: Secret<Arc<str>>, how: EditedBy) {
        let before = self.edits_mut().remove(&letter).map(Box::new);
        self.edits_mut().insert(letter, Edit { body, how, before });
        self.revision += 1;
    }
}

/// Lambda takes nothing but JSON; a queue's body may be anything.
const fn needs_json(event: &OriginalEvent) -> bool {
    !matches!(event, OriginalEvent::SqsRecord { .. })
}

/// Editors end a file with a line end that the body did not have.
fn one_line_end_less(text: Secret<String>, before: Option<&Secret<Arc<str>>>) -> Secret<String> {
    let had = before.is_some_and(|before| before.reveal().ends_with('\n'));
    match text.reveal().strip_suffix('\n') {
        Some(shorter) if !had => Secret::new(shorter.to_owned()),
        _ => text,
    }
}

/// Message ids come from a server: only what is safe in a file name is kept of one.
fn safe(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(64)
        .collect()
}
