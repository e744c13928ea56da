//! Finding queues, counting them, opening and leaving one.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    Context, Discover, Found, LETTERS, Letters, QueueKey, QueueLetters, Request, WALK_GOOD_FOR,
    Work, ask, error, failed, info,
};
use crate::{
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        queue::{MoveTask, QueueAddress, QueueAttributes, QueueUrl},
    },
    ports::ApiError,
    store::{
        Outbox,
        effect::Control,
        ticket::{Key, Ticket},
    },
};

const DISCOVER: &str = "letters.discover";
const COUNT: &str = "letters.count";
const MOVES: &str = "letters.moves";

impl Letters {
    pub(super) fn counts_due(&self, every: SignedDuration) -> Option<Timestamp> {
        let discovery = &self.discovery;
        (!discovery.is_walking() && discovery.counting.is_none() && !discovery.queues.is_empty())
            .then_some(discovery.counted?)
            .map(|at| at + every)
    }

    pub(super) fn walk_due(&self) -> Option<Timestamp> {
        (!self.discovery.is_walking() && !self.discovery.was_stopped())
            .then_some(self.discovery.ended?)
            .map(|at| at + WALK_GOOD_FOR)
    }

    pub(super) fn discover_what_is_due(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let list = context.functions.slot();
        let never = self.discovery.ended.is_none() && !self.discovery.is_walking();
        // The functions' own settings are a part of the walk: it waits for the list's answer.
        let is_list_there = list.answered().is_some() && !list.is_loading();
        if never {
            if is_list_there && (context.shows(LETTERS) || list.error().is_none()) {
                self.walk(context, out);
            }
            return;
        }
        if !context.refreshes() {
            return;
        }
        if self.walk_due().is_some_and(|due| due <= out.now) {
            self.walk(context, out);
        } else if self
            .counts_due(context.refresh_every())
            .is_some_and(|due| due <= out.now)
        {
            self.count(context, out);
        }
    }

    pub(super) fn walk(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let session = context.session.id;
        let mut added: Vec<Arn> = self.discovery.added.iter().cloned().collect();
        added.sort();
        let work = Work::Discover(Box::new(Discover {
            session,
            functions: context
                .functions
                .slot()
                .value()
                .cloned()
                .unwrap_or_default(),
            added,
        }));
        let ticket = out.follow(Key::of(session, DISCOVER, ""), work);
        self.discovery.begin(&ticket);
    }

    fn count(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let session = context.session.id;
        let queues: Vec<Arn> = self
            .discovery
            .queues
            .iter()
            .map(|queue| queue.arn.clone())
            .collect();
        if queues.is_empty() {
            return;
        }
        let work = Work::Count(session, queues);
        let ticket = out.ask(Key::of(session, COUNT, ""), work);
        self.discovery.counting = Some(ticket.generation);
    }

    /// Counts only: never a receive.
    pub(super) fn refresh(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let is_incomplete = self.discovery.ended.is_none() || self.discovery.error.is_some();
        if let Some(key) = self.open.clone() {
            self.read_attributes(&key, out);
        } else if is_incomplete && !self.discovery.is_walking() {
            self.walk(context, out);
        }
        if !self.discovery.is_walking() {
            self.count(context, out);
        }
        self.read_journals(context.session, out);
    }

    pub(super) fn found(&mut self, ticket: &Ticket, found: Found, out: &mut Outbox<'_>) {
        let is_end = matches!(found, Found::End(_));
        let was_awaited = self.discovery.walking == Some(ticket.generation);
        self.discovery.found(ticket, found, out.now);
        self.has_new_counts |= was_awaited;
        if is_end && was_awaited {
            self.ask_for_moves(ticket, out);
        }
    }

    pub(super) fn counted(
        &mut self,
        ticket: &Ticket,
        counts: Vec<(Arn, Result<QueueAttributes, ApiError>)>,
        out: &mut Outbox<'_>,
    ) {
        if self.discovery.counting != Some(ticket.generation) {
            return;
        }
        self.discovery.count(counts, out.now);
        self.has_new_counts = true;
        self.ask_for_moves(ticket, out);
    }

    /// AWS's own move tasks, of queues that have something to move.
    fn ask_for_moves(&mut self, of: &Ticket, out: &mut Outbox<'_>) {
        let Some(session) = of.key.session else {
            return;
        };
        let queues: Vec<Arn> = self
            .discovery
            .queues
            .iter()
            .filter(|queue| queue.is_fed_by_queues())
            .filter(|queue| {
                queue.depth().is_some_and(|depth| depth > 0)
                    || self.discovery.running_move(&queue.arn).is_some()
            })
            .map(|queue| queue.arn.clone())
            .collect();
        if queues.is_empty() {
            self.discovery.moves.clear();
            return;
        }
        let work = Work::Moves(session, queues);
        let ticket = out.ask(Key::of(session, MOVES, ""), work);
        self.discovery.asking_moves = Some(ticket.generation);
    }

    pub(super) fn moves_came(
        &mut self,
        ticket: &Ticket,
        moves: Vec<(Arn, Vec<MoveTask>)>,
        problem: Option<ApiError>,
    ) {
        if self.discovery.asking_moves != Some(ticket.generation) {
            return;
        }
        self.discovery.asking_moves = None;
        self.discovery.moves.extend(moves);
        if let Some(problem) = problem {
            self.discovery.note(problem);
        }
    }

    pub(super) fn add(
        &mut self,
        text: &str,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let address = match QueueAddress::parse(text) {
            Ok(address) => address,
            Err(why) => return error(why.to_string()),
        };
        let session = context.session.id;
        let work = Work::Add(session, address);
        let ticket = out.ask(Key::of(session, "letters.add", ""), work);
        self.adding = Some(ticket.generation);
        Vec::new()
    }

    pub(super) fn added(
        &mut self,
        ticket: &Ticket,
        answer: Result<(QueueUrl, QueueAttributes), ApiError>,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        if self.adding != Some(ticket.generation) {
            return Vec::new();
        }
        self.adding = None;
        let (url, attributes) = match answer {
            Ok(found) => found,
            Err(error) => return failed(error),
        };
        let Some(arn) = attributes.arn.clone() else {
            return error(format!("{} did not tell its ARN", url.name()));
        };
        self.discovery.added.insert(arn.clone());
        if self.discovery.queue(&arn).is_none() {
            let queue = DeadLetterQueue {
                arn: arn.clone(),
                url: Some(url),
                attributes: Some(attributes),
                feeders: Vec::new(),
                consumers: Vec::new(),
                added: true,
            };
            Arc::make_mut(&mut self.discovery.queues).push(queue);
        }
        let session = context.session.id;
        self.open_queue(QueueKey { session, arn }, context, out);
        Vec::new()
    }

    /// Opening makes no receive.
    pub(super) fn open_queue(
        &mut self,
        queue: QueueKey,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) {
        if queue.session != context.session.id {
            return;
        }
        self.queues
            .entry(queue.clone())
            .or_insert_with(|| QueueLetters::new(queue.clone()));
        self.read_attributes(&queue, out);
        self.open = Some(queue);
    }

    pub(super) fn read_attributes(&mut self, queue: &QueueKey, out: &mut Outbox<'_>) {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return;
        };
        let ticket = ask("letters.open", queue, Work::Open(queue.clone()), out);
        queue_letters.attributes.begin(&ticket);
    }

    pub(super) fn opened(
        &mut self,
        ticket: &Ticket,
        answer: Result<(QueueUrl, QueueAttributes), ApiError>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queue_letters_for(ticket) else {
            return Vec::new();
        };
        let (url, answer) = match answer {
            Ok((url, attributes)) => (Some(url), Ok(attributes)),
            Err(error) => (None, Err(error)),
        };
        if !queue_letters
            .attributes
            .accept(ticket, answer.clone(), out.now)
        {
            return Vec::new();
        }
        let key = queue_letters.key.clone();
        queue_letters.url = url.or_else(|| queue_letters.url.take());
        if let Ok(attributes) = answer {
            let counts = vec![(key.arn.clone(), Ok(attributes))];
            self.discovery.update(counts);
            self.has_new_counts = true;
        }
        self.know_the_cost(&key);
        self.look_if_wanted(&key, out)
    }

    /// Closes the open queue; says what is given back.
    pub(super) fn leave(&mut self, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(key) = self.open.take() else {
            return Vec::new();
        };
        let held = self
            .queues
            .get(&key)
            .map_or(0, |queue_letters| queue_letters.leases().count);
        self.close(&key, out);
        match held {
            0 => Vec::new(),
            1 => info("1 letter was given back"),
            held => info(format!("{held} letters were given back")),
        }
    }

    /// Forgets a queue and lets go of what it holds.
    pub(super) fn close(&mut self, queue: &QueueKey, out: &mut Outbox<'_>) {
        let Some(queue_letters) = self.queues.remove(queue) else {
            return;
        };
        for run in queue_letters.looks.into_keys() {
            out.control(run, Control::Stop);
            self.giving_back.insert(run, queue.clone());
        }
    }

    pub(super) fn stop_walk(
        &mut self,
        context: &Context<'_>,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        if !self.discovery.is_walking() {
            return info("nothing of ours is under way here");
        }
        self.discovery.stop(out.now);
        let key = Key::of(context.session.id, DISCOVER, "");
        out.cancel(key);
        info("the search for dead-letter queues was stopped: what was found stays")
    }
}
