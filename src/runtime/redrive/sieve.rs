//! What of a letter is sent, if the plan is about it: filter, edit, the event for a function.
//! A letter is decoded only where the plan needs that.

use std::sync::Arc;

use jiff::Timestamp;

use super::targets::{self, Targets};
use crate::domain::{
    jq::{Edited, Jq},
    letter::{
        Letter, Predicate,
        decode::{Known, decode, record_alone},
        record,
    },
    queue::Message,
    redrive::{Destination, Plan, Scope, Target, route},
    secret::Secret,
};

/// Whether the plan is about a letter.
pub(super) enum Choice {
    /// It is; the letter, if it was decoded to find out.
    Chosen(Option<Box<Letter>>),
    /// It is not.
    NotChosen,
    /// The filter fails on it: why.
    NotJudged(String),
}

/// What becomes of a letter that the plan is about.
pub(super) enum Decision {
    /// It cannot go: why.
    Refuse(String),
    /// It goes.
    Take {
        /// What is sent instead of its body, if anything.
        content: Option<Secret<Arc<str>>>,
        is_edited: bool,
    },
}

/// Filter and edit, ready to use.
#[derive(Debug)]
pub(super) struct Sieve {
    known: Known,
    filter: Option<Predicate>,
    edit: Option<Jq>,
}

impl Sieve {
    /// Also says why the plan's own expressions cannot be used.
    pub(super) fn new(plan: &Plan, known: Known) -> (Self, Option<String>) {
        let mut problem = None;
        let filter = match &plan.scope {
            Scope::Standing {
                filter: Some(text), ..
            } => Predicate::parse(text)
                .map_err(|error| problem = Some(format!("the filter of the plan: {error}")))
                .ok()
                .filter(|filter| !filter.is_empty()),
            _ => None,
        };
        let edit = plan.edit.as_ref().and_then(|text| {
            Jq::compile(text)
                .map_err(|error| problem = Some(format!("the edit of the plan: {error}")))
                .ok()
        });
        (
            Self {
                known,
                filter,
                edit,
            },
            problem,
        )
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// Whether every letter that is received belongs to the plan.
    pub(super) fn takes_all(&self) -> bool {
        self.filter.is_none()
    }

    /// The request that failed, by what the letter says of it.
    pub(super) fn request_id(&self, message: &Message) -> Option<String> {
        targets::request_id(message, &self.known)
    }

    /// Whether the plan is about a letter: asked before anything else is, because what is not
    /// chosen cannot fail.
    pub(super) fn choose(&self, message: &Message, now: Timestamp) -> Choice {
        let Some(filter) = &self.filter else {
            return Choice::Chosen(None);
        };
        if let Some(flaw) = message.flaw {
            return Choice::NotJudged(flaw.reason().to_owned());
        }
        let letter = decode(message.clone(), &self.known);
        match filter.test(&letter, now) {
            Ok(true) => Choice::Chosen(Some(Box::new(letter))),
            Ok(false) => Choice::NotChosen,
            Err(why) => Choice::NotJudged(why),
        }
    }

    pub(super) fn decide(
        &self,
        plan: &Plan,
        message: &Message,
        letter: Option<Box<Letter>>,
        edited: Option<Secret<Arc<str>>>,
        target: Option<&Target>,
        targets: &Targets,
    ) -> Decision {
        let invokes = matches!(plan.destination, Destination::Invoke { .. });
        let queue = match target {
            Some(Target::Queue(arn)) => match targets.problem(arn) {
                Some(problem) => return Decision::Refuse(problem),
                None => targets.queue(arn),
            },
            _ => None,
        };
        let may_loop = queue.as_ref().is_some_and(|queue| !queue.feeds.is_empty())
            && message.body.reveal().contains("\"functionArn\"");
        let may_be_record = target.is_some() && record_alone(message.body.reveal()).is_some();
        let is_looked_at = invokes || may_loop || may_be_record;
        let letter = letter
            .map(|letter| *letter)
            .or_else(|| is_looked_at.then(|| decode(message.clone(), &self.known)));
        if target.is_none() {
            return Decision::Take {
                content: None,
                is_edited: false,
            };
        }
        let is_by_hand = edited.is_some();
        let edited = match (edited, &self.edit) {
            (Some(edited), _) => Some(edited),
            (None, Some(edit)) => match edit.edit(text(letter.as_ref(), message, invokes)) {
                Ok(Edited::Unchanged) => None,
                Ok(Edited::Changed(body)) => Some(Secret::new(body.into())),
                Err(error) => return Decision::Refuse(route::edit_failed(&error)),
            },
            (None, None) => None,
        };
        let is_edited = edited.is_some() || is_by_hand;
        let content = match letter.as_ref().filter(|_| invokes) {
            Some(letter) => match route::event(
                letter,
                &plan.region,
                edited.as_ref().map(|edited| &**edited.reveal()),
            ) {
                Ok(event) => Some(Secret::new(event.into_inner().into())),
                Err(reason) => return Decision::Refuse(reason),
            },
            None => edited,
        };
        if let Some(letter) = &letter {
            let content = content.as_ref().unwrap_or(&message.body).reveal();
            if let Some(reason) = route::event_refusal(plan, letter, content, queue.as_deref()) {
                return Decision::Refuse(reason);
            }
        }
        if let Some(queue) = queue {
            let body = content.as_ref().unwrap_or(&message.body).reveal();
            if let Some(reason) = route::refusal(message, body, &queue, letter.as_ref()) {
                return Decision::Refuse(reason);
            }
        }
        Decision::Take { content, is_edited }
    }
}

/// What an edit works on: the body for a queue, the event inside it for a function.
fn text<'a>(letter: Option<&'a Letter>, message: &'a Message, invokes: bool) -> &'a str {
    match letter {
        Some(letter) if invokes => record::event_text(letter),
        _ => message.body.reveal(),
    }
}
