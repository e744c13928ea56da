//! What of a letter is sent, if the plan is about it: filter, edit, the event for a function.
//! A letter is decoded only where the plan needs that.

use std::sync::Arc;

use jiff::Timestamp;

use super::targets::{self, Targets};
use crate::domain::{
    jq::{Edited, Jq},
    letter::{
        Letter, Predicate,
        decode::{Known, decode},
        record,
    },
    queue::Message,
    redrive::{Destination, Plan, Scope, Target, record::Claim, route},
    secret::Secret,
};

/// What becomes of a letter.
pub(super) enum Decision {
    /// Not part of the plan.
    Pass,
    /// Part of it, but it cannot go: why.
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

    pub(super) fn decide(
        &self,
        plan: &Plan,
        message: &Arc<Message>,
        edited: Option<Secret<Arc<str>>>,
        target: Option<&Target>,
        targets: &Targets,
        now: Timestamp,
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
        let letter = (self.filter.is_some() || invokes || may_loop)
            .then(|| decode(Message::clone(message), &self.known));
        if let (Some(filter), Some(letter)) = (&self.filter, &letter) {
            match filter.test(letter, now) {
                Ok(true) => {}
                // What an expression cannot tell of is not part of the plan.
                Ok(false) | Err(_) => return Decision::Pass,
            }
        }
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
                Err(error) => return Decision::Refuse(format!("the edit failed: {error}")),
            },
            (None, None) => None,
        };
        let is_edited = edited.is_some() || is_by_hand;
        let content = match letter.as_ref().filter(|_| invokes) {
            Some(letter) => match event(letter, plan, edited.as_ref()) {
                Ok(event) => Some(event),
                Err(reason) => return Decision::Refuse(reason),
            },
            None => edited,
        };
        if let Some(queue) = queue {
            let claim = Claim {
                message: Arc::clone(message),
                until: now,
                to: Target::Queue(queue.arn().clone()),
                content: content.clone(),
                is_edited,
            };
            if let Some(reason) = route::refusal(&claim, &queue, letter.as_ref()) {
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

/// What the function is called with.
fn event(
    letter: &Letter,
    plan: &Plan,
    edited: Option<&Secret<Arc<str>>>,
) -> Result<Secret<Arc<str>>, String> {
    let edited = edited.map(|edited| &**edited.reveal());
    let event = record::lambda_event(letter, &plan.region, edited).map_err(|missing| {
        format!(
            "there is nothing to call the function with: {}",
            missing.reason()
        )
    })?;
    let event = event.into_inner();
    match route::invoke_refusal(&event) {
        Some(reason) => Err(reason),
        None => Ok(Secret::new(event.into())),
    }
}
