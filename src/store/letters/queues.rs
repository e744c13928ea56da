//! Finding queues, counting them, opening and leaving one.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{
    Around, Discover, Found, Hand, Letters, QueueKey, QueueLetters, WALK_GOOD_FOR, Work, ask,
    error, info,
};
use crate::{
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        queue::{MoveTask, QueueAddress, QueueAttributes, QueueUrl},
    },
    ports::ApiError,
    store::{
        Cx,
        effect::{self, Control, Effect},
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

    pub(super) fn discover_what_is_due(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        let list = around.functions.slot();
        let never = self.discovery.ended.is_none() && !self.discovery.is_walking();
        // The functions' own settings are a part of the walk: it waits for the list's answer.
        let is_list_there = list.answered().is_some() && !list.is_loading();
        if never {
            if is_list_there && (around.is_shown || list.error().is_none()) {
                self.walk(around, cx);
            }
            return;
        }
        if !around.refreshes {
            return;
        }
        if self.walk_due().is_some_and(|due| due <= cx.now) {
            self.walk(around, cx);
        } else if self
            .counts_due(around.every)
            .is_some_and(|due| due <= cx.now)
        {
            self.count(around, cx);
        }
    }

    pub(super) fn walk(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        let session = around.session.id;
        let ticket = cx.tickets.issue(Key::of(session, DISCOVER, ""));
        self.discovery.begin(&ticket);
        let mut added: Vec<Arn> = self.discovery.added.iter().cloned().collect();
        added.sort();
        let work = Work::Discover(Box::new(Discover {
            session,
            functions: around.functions.slot().value().cloned().unwrap_or_default(),
            added,
        }));
        cx.effects
            .push(Effect::Stream(ticket, effect::Work::Letters(work)));
    }

    fn count(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        let session = around.session.id;
        let queues: Vec<Arn> = self
            .discovery
            .queues
            .iter()
            .map(|queue| queue.arn.clone())
            .collect();
        if queues.is_empty() {
            return;
        }
        let ticket = cx.tickets.issue(Key::of(session, COUNT, ""));
        self.discovery.counting = Some(ticket.generation);
        let work = Work::Count(session, queues);
        cx.effects
            .push(Effect::Query(ticket, effect::Work::Letters(work)));
    }

    /// Counts only: never a receive.
    pub(super) fn refresh(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        let is_incomplete = self.discovery.ended.is_none() || self.discovery.error.is_some();
        if let Some(key) = self.open.clone() {
            self.read_attributes(&key, cx);
        } else if is_incomplete && !self.discovery.is_walking() {
            self.walk(around, cx);
        }
        if !self.discovery.is_walking() {
            self.count(around, cx);
        }
        self.read_journals(around.session, cx);
    }

    pub(super) fn found(&mut self, ticket: &Ticket, found: Found, cx: &mut Cx<'_>) {
        let is_end = matches!(found, Found::End(_));
        let was_awaited = self.discovery.walking == Some(ticket.generation);
        self.discovery.found(ticket, found, cx.now);
        self.has_new_counts |= was_awaited;
        if is_end && was_awaited {
            self.ask_for_moves(ticket, cx);
        }
    }

    pub(super) fn counted(
        &mut self,
        ticket: &Ticket,
        counts: Vec<(Arn, Result<QueueAttributes, ApiError>)>,
        cx: &mut Cx<'_>,
    ) {
        if self.discovery.counting != Some(ticket.generation) {
            return;
        }
        self.discovery.count(counts, cx.now);
        self.has_new_counts = true;
        self.ask_for_moves(ticket, cx);
    }

    /// AWS's own move tasks, of queues that have something to move.
    fn ask_for_moves(&mut self, of: &Ticket, cx: &mut Cx<'_>) {
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
        let ticket = cx.tickets.issue(Key::of(session, MOVES, ""));
        self.discovery.asking_moves = Some(ticket.generation);
        let work = Work::Moves(session, queues);
        cx.effects
            .push(Effect::Query(ticket, effect::Work::Letters(work)));
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

    pub(super) fn add(&mut self, text: &str, around: &Around<'_>, cx: &mut Cx<'_>) -> Vec<Hand> {
        let address = match QueueAddress::parse(text) {
            Ok(address) => address,
            Err(why) => return error(why.to_string()),
        };
        let session = around.session.id;
        let ticket = cx.tickets.issue(Key::of(session, "letters.add", ""));
        self.adding = Some(ticket.generation);
        let work = Work::Add(session, address);
        cx.effects
            .push(Effect::Query(ticket, effect::Work::Letters(work)));
        Vec::new()
    }

    pub(super) fn added(
        &mut self,
        ticket: &Ticket,
        answer: Result<(QueueUrl, QueueAttributes), ApiError>,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        if self.adding != Some(ticket.generation) {
            return Vec::new();
        }
        self.adding = None;
        let (url, attributes) = match answer {
            Ok(found) => found,
            Err(error) => return vec![Hand::failed(error)],
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
        let session = around.session.id;
        self.open_queue(QueueKey { session, arn }, around, cx);
        Vec::new()
    }

    /// Opening makes no receive.
    pub(super) fn open_queue(&mut self, queue: QueueKey, around: &Around<'_>, cx: &mut Cx<'_>) {
        if queue.session != around.session.id {
            return;
        }
        self.queues
            .entry(queue.clone())
            .or_insert_with(|| QueueLetters::new(queue.clone()));
        self.read_attributes(&queue, cx);
        self.open = Some(queue);
    }

    pub(super) fn read_attributes(&mut self, queue: &QueueKey, cx: &mut Cx<'_>) {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return;
        };
        let ticket = ask("letters.open", queue, Work::Open(queue.clone()), cx);
        queue_letters.attributes.begin(&ticket);
    }

    pub(super) fn opened(
        &mut self,
        ticket: &Ticket,
        answer: Result<(QueueUrl, QueueAttributes), ApiError>,
        cx: &mut Cx<'_>,
    ) -> Vec<Hand> {
        let Some(queue_letters) = self.queue_letters_for(ticket) else {
            return Vec::new();
        };
        let (url, answer) = match answer {
            Ok((url, attributes)) => (Some(url), Ok(attributes)),
            Err(error) => (None, Err(error)),
        };
        if !queue_letters
            .attributes
            .accept(ticket, answer.clone(), cx.now)
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
        self.look_if_wanted(&key, cx)
    }

    /// Closes the open queue; says what is given back.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) -> Vec<Hand> {
        let Some(key) = self.open.take() else {
            return Vec::new();
        };
        let held = self
            .queues
            .get(&key)
            .map_or(0, |queue_letters| queue_letters.leases().count);
        self.close(&key, cx);
        match held {
            0 => Vec::new(),
            1 => info("1 letter was given back"),
            held => info(format!("{held} letters were given back")),
        }
    }

    /// Forgets a queue and lets go of what it holds.
    pub(super) fn close(&mut self, queue: &QueueKey, cx: &mut Cx<'_>) {
        let Some(queue_letters) = self.queues.remove(queue) else {
            return;
        };
        for run in queue_letters.looks.into_keys() {
            cx.effects.push(Effect::Control(run, Control::Stop));
            self.giving_back.insert(run, queue.clone());
        }
    }

    pub(super) fn stop_walk(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) -> Vec<Hand> {
        if !self.discovery.is_walking() {
            return info("nothing of ours is under way here");
        }
        self.discovery.stop(cx.now);
        let key = Key::of(around.session.id, DISCOVER, "");
        cx.effects.push(Effect::Cancel(key));
        info("the search for dead-letter queues was stopped: what was found stays")
    }
}
