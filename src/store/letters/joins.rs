//! The joins: from a letter to its log lines, its event, its function; from a function or an
//! invocation to its letters. From many letters to their log lines: [`lines`](super::lines).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    Context, LETTERS, LetterId, LetterKey, Letters, QueueKey, Work, ask, queue_letters::Ran,
};
use crate::{
    domain::{
        function::Arn,
        letter::{Letter, Origin},
        queue::QueueAttributes,
        report::RequestId,
        secret::Secret,
        tail::TimeRange,
    },
    store::{
        Outbox,
        overview::OVERVIEW,
        request::{OnlyLines, Request, View, error, info},
        ticket::Ticket,
    },
};

/// An asynchronous invoke is tried three times, minutes apart, before its letter is sent
/// (`docs/aws.md` §3.5).
const BEFORE_LETTER: SignedDuration = SignedDuration::from_mins(30);
/// Lines come late.
const AFTER_LETTER: SignedDuration = SignedDuration::from_mins(5);
/// How long receives of a message may take when nothing tells it.
const RECEIVES: SignedDuration = SignedDuration::from_hours(1);

/// What the event of a letter is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be invoked.
    Invoke,
    /// To be saved.
    Save,
}

/// An event that is being made whole.
#[derive(Debug)]
pub(super) struct Wanted {
    generation: u64,
    from: LetterKey,
    function: Arn,
    purpose: Purpose,
}

impl Letters {
    fn letter(&self, id: &LetterId) -> Option<&Arc<Letter>> {
        self.queue_letters()?.letter(id)
    }

    pub(super) fn to_logs(&self, id: &LetterId, now: Timestamp) -> Vec<Request> {
        let Some(letter) = self.letter(id) else {
            return Vec::new();
        };
        let Some(function) = &letter.function else {
            return error("this letter names no function: its log cannot be told");
        };
        let source = match &letter.origin {
            Origin::Queue { source } => self.attributes_of(source),
            _ => None,
        };
        let (from, to) = window(letter, source, now);
        let only = match &letter.request_id {
            Some(request) => OnlyLines::Of(vec![RequestId::new(request).key()]),
            None => OnlyLines::With(letter.message.id.to_string()),
        };
        let view = View::Logs(TimeRange::Between(from, to), only);
        vec![Request::Function(function.arn.clone(), view)]
    }

    pub(super) fn attributes_of(&self, queue: &Arn) -> Option<&QueueAttributes> {
        self.discovery.queue(queue)?.attributes.as_ref()
    }

    pub(super) fn to_function(&self, id: &LetterId) -> Vec<Request> {
        let function = self.letter(id).and_then(|letter| letter.function.as_ref());
        match function {
            Some(function) => vec![Request::Function(
                function.arn.clone(),
                View::Pane(OVERVIEW),
            )],
            None => error("this letter names no function"),
        }
    }

    pub(super) fn want_event(
        &mut self,
        id: &LetterId,
        purpose: Purpose,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters() else {
            return Vec::new();
        };
        let Some(letter) = queue_letters.letter(id) else {
            return Vec::new();
        };
        let Some(function) = &letter.function else {
            return error("this letter names no function: open one and paste its event there");
        };
        let function = function.arn.clone();
        let queue = queue_letters.key.clone();
        let work = Work::Event {
            letter: Arc::clone(letter),
            region: context.session.target.region.clone().unwrap_or_default(),
            edited: queue_letters.edit(id).map(|edit| edit.body.clone()),
        };
        let ticket = ask("letters.event", &queue, work, out);
        self.event = Some(Wanted {
            generation: ticket.generation,
            from: LetterKey {
                queue,
                letter: id.clone(),
            },
            function,
            purpose,
        });
        Vec::new()
    }

    pub(super) fn event_came(
        &mut self,
        ticket: &Ticket,
        answer: Result<Secret<String>, String>,
    ) -> Vec<Request> {
        let Some(wanted) = self
            .event
            .take_if(|wanted| wanted.generation == ticket.generation)
        else {
            return Vec::new();
        };
        match answer {
            Ok(event) => {
                let view = match wanted.purpose {
                    Purpose::Invoke => View::Invoke(wanted.from, event),
                    Purpose::Save => View::Save(event),
                };
                vec![Request::Function(wanted.function, view)]
            }
            Err(why) => error(format!("this letter has no event: {why}")),
        }
    }

    /// A letter was invoked by hand, and this is how it ended.
    pub(in crate::store) fn ran(&mut self, from: &LetterKey, ran: Ran) {
        if let Some(queue_letters) = self.queues.get_mut(&from.queue)
            && queue_letters.places.contains_key(&from.letter)
        {
            Arc::make_mut(&mut queue_letters.ran).insert(from.letter.clone(), ran);
            queue_letters.revision += 1;
        }
    }

    pub(super) fn of_function(
        &mut self,
        function: &Arn,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let queues: Vec<Arn> = self
            .discovery
            .of_function(function)
            .iter()
            .map(|queue| queue.arn.clone())
            .collect();
        let session = context.session.id;
        let mut requests = vec![Request::Focus(LETTERS)];
        match queues.as_slice() {
            [] => {
                // Open queues stay as they are; the list is where a queue would show up.
                self.open = None;
                let name = function.resource_name();
                requests.extend(info(if self.discovery.is_walking() {
                    format!("no dead-letter queue of {name} was found yet: still searching")
                } else {
                    format!("no dead-letter queue of {name} is known; n adds one")
                }));
            }
            [arn] => {
                let arn = arn.clone();
                self.open_queue(QueueKey { session, arn }, context, out);
            }
            several => {
                self.open = None;
                requests.extend(info(format!(
                    "{} has {} dead-letter queues: choose one",
                    function.resource_name(),
                    several.len()
                )));
            }
        }
        requests
    }

    pub(super) fn of_invocation(
        &mut self,
        function: &Arn,
        request: &str,
        has_succeeded: bool,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let session = context.session.id;
        let found = self
            .queues
            .values()
            .filter(|queue_letters| queue_letters.key.session == session)
            .find_map(|queue_letters| {
                let is_it = |letter: &&Arc<Letter>| letter.request_id.as_deref() == Some(request);
                let letter = queue_letters.letters().iter().find(is_it)?;
                Some((queue_letters.key.clone(), letter.message.id.clone()))
            });
        if let Some((queue, letter)) = found {
            self.open_queue(queue, context, out);
            self.shown_letter = Some((out.tickets.next_number(), letter));
            return vec![Request::Focus(LETTERS)];
        }
        let mut requests = self.of_function(function, context, out);
        if self.open.is_some() {
            let read = self
                .queue_letters()
                .map_or(0, |queue_letters| queue_letters.letters().len());
            let of_it = match read {
                0 => "no letter was read yet: Enter looks at the queue".to_owned(),
                1 => "the 1 letter that was read is not of it".to_owned(),
                _ => format!("no letter of it is among the {read} that were read"),
            };
            requests.extend(info(if has_succeeded {
                format!("this invocation succeeded; {of_it}")
            } else {
                format!("this invocation: {of_it}")
            }));
        }
        requests
    }
}

/// When the failed invocations of a letter ran.
pub(super) fn window(
    letter: &Letter,
    source: Option<&QueueAttributes>,
    now: Timestamp,
) -> (Timestamp, Timestamp) {
    let system = &letter.message.system;
    let sent = system.sent.unwrap_or(now);
    match letter.origin {
        Origin::Queue { .. } => {
            // From its first receive, or as it was enqueued, to the end of its last one.
            let receives = source.and_then(|source| {
                let each = source.visibility_timeout_s?;
                let times = source.max_receive_count?.saturating_add(1);
                Some(SignedDuration::from_secs(
                    i64::from(each).saturating_mul(i64::from(times)),
                ))
            });
            let to = sent + receives.unwrap_or(RECEIVES) + AFTER_LETTER;
            (sent - AFTER_LETTER, to.min(now + AFTER_LETTER))
        }
        _ => (
            sent - BEFORE_LETTER,
            (sent + AFTER_LETTER).min(now + AFTER_LETTER),
        ),
    }
}
