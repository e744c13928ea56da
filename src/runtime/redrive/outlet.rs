//! Out of our hands: batches are announced in the journal, sent, confirmed in the journal, and
//! their letters deleted.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, Event, Letter, Step};
use crate::{
    domain::{
        invocation::{InvocationType, InvokeRequest, InvokeResponse},
        queue::{BATCH, BatchAnswer, DEDUPLICATION_S, EntryError, MAX_BYTES, Outgoing},
        redrive::{
            Key, Record, Target,
            batch::{Batch, Item, Partial},
            record::{Going, Sending},
            route,
        },
        secret::Secret,
    },
    ports::Operation,
};

/// Letters that do not fill a batch wait this long for others.
pub(super) const LINGER: SignedDuration = SignedDuration::from_millis(200);
/// A letter that is refused for a reason that may pass is tried so often.
pub(super) const ATTEMPTS: u32 = 5;
/// Of FIFO's window, what is left for the call itself.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_secs(DEDUPLICATION_S - 30);
/// An asynchronous invoke only queues its event.
const INVOKE_DEADLINE: Duration = Duration::from_secs(20);
/// After a call that failed, nothing is sent for this long, doubled with each that follows.
const PAUSE: SignedDuration = SignedDuration::from_millis(250);

/// What a destination said to each letter of a batch: the id under which it has it.
pub(super) type Answers = BatchAnswer<String>;

/// The batches under way.
#[derive(Debug)]
pub(super) struct Outlet {
    next: u64,
    pub batches: HashMap<u64, Batch>,
    /// Announced, in order.
    ready: VecDeque<u64>,
    /// Being written down.
    announcing: usize,
    /// At the destination's door.
    pub sending: usize,
    held_until: Option<Timestamp>,
    pub failures: u32,
    pub is_disk_broken: bool,
    /// A delete was refused for good: none is tried any more.
    pub is_delete_refused: bool,
}

impl Outlet {
    pub(super) fn new(next: u64) -> Self {
        Self {
            next,
            batches: HashMap::new(),
            ready: VecDeque::new(),
            announcing: 0,
            sending: 0,
            held_until: None,
            failures: 0,
            is_disk_broken: false,
            is_delete_refused: false,
        }
    }

    /// Sends nothing for a while.
    pub(super) fn hold(&mut self, now: Timestamp, asked: Option<Duration>) {
        self.failures = (self.failures + 1).min(7);
        let pause = PAUSE * (1 << (self.failures - 1));
        let asked = asked.and_then(|asked| SignedDuration::try_from(asked).ok());
        self.held_until = Some(now + asked.map_or(pause, |asked| asked.max(pause)));
    }

    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    /// Nothing is on its way.
    pub(super) fn is_still(&self) -> bool {
        self.batches.is_empty()
    }
}

impl Engine {
    /// Lets a letter wait for a batch; without time left on its lease it waits for that first.
    pub(super) fn line_up(&mut self, id: &Arc<str>, now: Timestamp) {
        let Some(letter) = self.letters.get(id) else {
            return;
        };
        let group = group(letter, self.plan.source_is_fifo);
        if self.packer.is_failed(group, letter.turn) {
            self.fail(id, route::BEHIND.to_owned());
        } else if letter.is_copy || self.leases.has_time(id, now, self.canary.needs()) {
            self.put_in_line(id, now);
        } else if self.leases.handle(id).is_some() {
            self.set_aside(id, Step::Stale, now);
        } else {
            self.set_aside(id, Step::Lost, now);
        }
    }

    /// Takes a letter out of the line for a while. Those of its group wait for it.
    pub(super) fn set_aside(&mut self, id: &Arc<str>, step: Step, now: Timestamp) {
        self.put_in_line(id, now);
        self.packer.remove(id);
        if let Some(letter) = self.letters.get_mut(id) {
            letter.step = step;
        }
    }

    fn put_in_line(&mut self, id: &Arc<str>, now: Timestamp) {
        let is_ordered = self.plan.source_is_fifo;
        let Some(letter) = self.letters.get_mut(id) else {
            return;
        };
        letter.step = Step::Waiting;
        let bytes = if letter.is_alone {
            MAX_BYTES
        } else {
            let message = &letter.claim.message;
            letter.claim.content().reveal().len() + message.bytes() - message.body.reveal().len()
        };
        let item = Item {
            id: Arc::clone(id),
            bytes,
            group: group(letter, is_ordered),
            since: now,
            turn: letter.turn,
        };
        self.packer.push(letter.claim.to.clone(), item);
    }

    /// Packs batches and writes down that they are about to go.
    pub(super) fn announce_batches(&mut self, now: Timestamp) {
        if self.is_paused || self.outlet.is_held(now) || self.targets.is_asking() {
            return;
        }
        // As many may be written down as can fly: a batch that waits for the disk takes no worker.
        let most = usize::from(self.workers.limit());
        while self.outlet.announcing + self.outlet.ready.len() < most {
            let allowed = self.canary.allows().min(self.pace.allowance(now));
            let partial = if self.is_intake_idle() || allowed < BATCH {
                Partial::Now
            } else {
                Partial::After(LINGER)
            };
            let Some(batch) = self.packer.next(allowed, partial, now) else {
                return;
            };
            self.pace.spend(batch.items.len());
            self.announce(batch, now);
            if self.halt.is_some() {
                return;
            }
        }
    }

    fn announce(&mut self, batch: Batch, now: Timestamp) {
        self.name_second_times(&batch.items, now);
        let number = self.outlet.next;
        self.outlet.next += 1;
        let queue = match &batch.to {
            Target::Queue(arn) => self.targets.queue(arn).filter(|queue| queue.is_fifo()),
            Target::Function { .. } => None,
        };
        let letters = batch
            .items
            .iter()
            .map(|item| Going {
                id: Arc::clone(&item.id),
                deduplication_id: queue
                    .as_ref()
                    .map(|queue| route::deduplication_id(&self.plan.source, &item.id, queue.arn())),
            })
            .collect();
        // A copy has no lease that could outlast an answer, and was perhaps sent before.
        let is_copy = |item: &Item| self.letters.get(&item.id).is_some_and(|one| one.is_copy);
        let is_synchronous = self.canary.is_synchronous() && !batch.items.iter().any(is_copy);
        for item in &batch.items {
            if let Some(letter) = self.letters.get_mut(&item.id) {
                letter.step = Step::Going;
                letter.is_called = is_synchronous;
                letter.sending_since.get_or_insert(now);
            }
        }
        self.canary.go(batch.items.iter().map(|item| &item.id));
        let sending = Record::Sending(Sending {
            at: now,
            batch: number,
            to: batch.to.clone(),
            letters,
            is_synchronous,
        });
        self.outlet.batches.insert(number, batch);
        self.outlet.announcing += 1;
        if !self.persist(vec![sending], move |result| {
            Event::Announced(number, result)
        }) {
            self.outlet.batches.remove(&number);
            self.outlet.announcing -= 1;
        }
    }

    pub(super) fn on_announced(&mut self, number: u64, result: io::Result<()>, now: Timestamp) {
        self.outlet.announcing -= 1;
        if let Err(error) = result {
            self.outlet.batches.remove(&number);
            self.disk_failed(&error);
            return;
        }
        if self.halt.is_some() {
            self.call_back(number, "stopped before it was sent", now);
        } else {
            self.outlet.ready.push_back(number);
        }
    }

    /// Sends what was written down, as far as workers are free.
    pub(super) fn send_batches(&mut self, now: Timestamp) {
        if self.halt.is_some() {
            while let Some(number) = self.outlet.ready.pop_front() {
                self.call_back(number, "stopped before it was sent", now);
            }
            return;
        }
        while self.has_room() && !self.outlet.is_held(now) {
            let Some(number) = self.outlet.ready.pop_front() else {
                return;
            };
            let has_time = self.outlet.batches[&number].items.iter().all(|item| {
                let needed = self.canary.needs_of(self.is_called(&item.id));
                self.leases.has_time(&item.id, now, needed)
                    || self
                        .letters
                        .get(&item.id)
                        .is_none_or(|letter| letter.is_copy)
            });
            if has_time {
                if let Some(batch) = self.outlet.batches.remove(&number) {
                    self.name_second_times(&batch.items, now);
                    self.outlet.batches.insert(number, batch);
                }
                self.send(number, now);
            } else {
                self.call_back(number, "its lease had become too short", now);
            }
        }
    }

    fn send(&mut self, number: u64, now: Timestamp) {
        let batch = &self.outlet.batches[&number];
        match &batch.to {
            Target::Queue(arn) => {
                let Some(queue) = self.targets.queue(arn) else {
                    // A resumed plan, and the queue was deleted meanwhile.
                    let problem = self.targets.problem(arn);
                    let reason = problem.unwrap_or_else(|| "its queue is not known".into());
                    for item in self
                        .outlet
                        .batches
                        .remove(&number)
                        .into_iter()
                        .flat_map(|batch| batch.items)
                    {
                        self.fail(&item.id, reason.clone());
                    }
                    return;
                };
                let messages: Vec<Outgoing> = batch
                    .items
                    .iter()
                    .filter_map(|item| self.letters.get(&item.id))
                    .map(|letter| route::outgoing(&self.plan, &letter.claim, &queue))
                    .collect();
                let (gate, warrant) = (Arc::clone(&self.gate), self.warrant.clone());
                self.request(Operation::SendMessageBatch, async move {
                    let answer = gate.send_batch(&warrant, &queue.queue, &messages).await;
                    let answer = answer.map(|answers| {
                        answers
                            .into_iter()
                            .map(|answer| answer.map(|sent| sent.id))
                            .collect()
                    });
                    Event::Answered(number, answer)
                });
            }
            Target::Function { arn, qualifier } => {
                let letter = batch.items.first();
                let letter = letter.and_then(|item| self.letters.get(&item.id));
                let payload = letter.map_or_else(Vec::new, |letter| {
                    letter.claim.content().reveal().as_bytes().to_vec()
                });
                // What was announced as a call is one, even if the canary was skipped since.
                let called = letter.filter(|letter| letter.is_called);
                let called = called.map(|letter| Arc::clone(&letter.claim.message.id));
                let deadline = called.as_ref().and(self.canary.answer_deadline());
                let request = InvokeRequest {
                    function: arn.clone(),
                    qualifier: qualifier.clone(),
                    kind: match deadline {
                        Some(_) => InvocationType::RequestResponse,
                        None => InvocationType::Event,
                    },
                    payload: Secret::new(payload),
                    client_context: None,
                    tenant: None,
                    deadline: deadline.unwrap_or(INVOKE_DEADLINE),
                };
                let (gate, warrant) = (Arc::clone(&self.gate), self.warrant.clone());
                self.request(Operation::Invoke, async move {
                    let answer = gate.invoke_under(&warrant, &request).await;
                    Event::Answered(number, answer.map(|response| vec![taken(response)]))
                });
                if let Some(id) = called {
                    self.canary.calls(&id, now);
                }
            }
        }
        self.outlet.sending += 1;
        self.flying += 1;
    }

    pub(super) fn has_room(&self) -> bool {
        self.flying < usize::from(self.workers.limit())
    }

    /// When there is something to do by itself.
    pub(super) fn next_work(&self, now: Timestamp) -> [Option<Timestamp>; 6] {
        let is_idle = self.is_paused || self.halt.is_some();
        [
            self.packer.due(LINGER).filter(|due| *due > now && !is_idle),
            self.pace
                .next(now)
                .filter(|_| !self.packer.is_empty() && !is_idle),
            self.outlet.held_until.filter(|until| *until > now),
            self.deletes
                .front()
                .map(|(_, since)| *since + LINGER)
                .filter(|due| *due > now),
            self.intake.next().filter(|next| *next > now),
            self.next_awaited()
                .filter(|next| *next > now && self.intake.is_over),
        ]
    }
}

/// What an invoke says of its letter: the request id under which it was taken. Without one it was
/// taken all the same.
fn taken(response: InvokeResponse) -> Result<String, EntryError> {
    match &response.function_error {
        None => Ok(response.request_id.unwrap_or_default()),
        Some(kind) => Err(EntryError {
            code: EntryError::FUNCTION_ERROR.to_owned(),
            message: error_in(response.payload.reveal()).unwrap_or_else(|| kind.clone()),
            sender_fault: true,
        }),
    }
}

/// The error type of a function's answer. Its message may hold what the event did, and this goes to
/// the journal and the activity log.
fn error_in(payload: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(payload).ok()?;
    let kind = answer.get("errorType")?.as_str()?;
    Some(kind.chars().take(200).collect())
}

/// The group whose order counts, if any.
pub(super) fn group(letter: &Letter, is_ordered: bool) -> Option<Key> {
    let group = letter.claim.message.system.group.as_deref();
    group.filter(|_| is_ordered).map(Key::of)
}
