//! The simulator of SQS: the queues of one account, and what happens in them by itself.
//!
//! Responsible for SQS's semantics (`docs/aws.md` §3). Time is given to it: before every look,
//! [`Sqs::advance`] lives through what happened until then, in order.
//! Not responsible for what lies in the queues at the beginning ([`queues`](super::queues)), or
//! for faults of the network ([`session`]).

mod consumer;
mod handle;
mod line;
mod queue;
mod rules;
mod session;
mod stored;
mod tasks;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use self::{
    consumer::Consumer,
    queue::{OverLimit, Queue},
    tasks::Task,
};
use super::{account::Account, dice::Dice, place::Place};
use crate::domain::{
    function::Arn,
    queue::{Message, QueueAttributes, QueueUrl, Receive},
};

pub use stored::{State, Stored};

/// The queues of one account.
#[derive(Debug)]
pub(super) struct Sqs {
    place: Place,
    queues: BTreeMap<QueueUrl, Queue>,
    by_arn: HashMap<Arn, QueueUrl>,
    /// Messages that will come, by when.
    arrivals: BTreeMap<(i64, u64), (QueueUrl, Stored)>,
    announced: u64,
    consumers: Vec<Consumer>,
    tasks: Vec<Task>,
    now_ms: i64,
}

/// What happens next by itself.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Arrival,
    Poll(usize),
    Move(usize),
}

impl Sqs {
    pub fn new(place: Place) -> Self {
        Self {
            now_ms: place.born_ms,
            place,
            queues: BTreeMap::new(),
            by_arn: HashMap::new(),
            arrivals: BTreeMap::new(),
            announced: 0,
            consumers: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// The URL that a queue has, or would have.
    pub fn url(&self, account: &str, name: &str) -> QueueUrl {
        let region = &self.place.region;
        QueueUrl::new(format!(
            "https://sqs.{region}.amazonaws.com/{account}/{name}"
        ))
    }

    /// Makes a queue, in the place of one of the same name.
    pub fn create(&mut self, arn: &Arn, settings: QueueAttributes) -> QueueUrl {
        let account = arn.account().unwrap_or(&self.place.account);
        let url = self.url(account, arn.resource_name());
        let queue = Queue::new(url.clone(), arn.clone(), settings, self.place.seed);
        self.by_arn.insert(arn.clone(), url.clone());
        self.queues.insert(url.clone(), queue);
        url
    }

    /// Puts messages into a queue that were sent at their own time, or now: in their order, as
    /// SQS itself would have put them.
    pub fn fill(
        &mut self,
        url: &QueueUrl,
        messages: impl IntoIterator<Item = Stored>,
    ) -> Vec<Arc<str>> {
        let now_ms = self.now_ms;
        let Some(queue) = self.queues.get_mut(url) else {
            return Vec::new();
        };
        messages
            .into_iter()
            .map(|stored| queue.put(stored, now_ms).id.into())
            .collect()
    }

    /// By the path alone, as AWS reads a URL: what host it names makes no difference.
    pub fn at(&mut self, url: &QueueUrl) -> Option<&mut Queue> {
        let mut path = url.as_str().rsplit('/');
        let (name, account) = (path.next()?, path.next()?);
        let url = self.url(account, name);
        self.queues.get_mut(&url)
    }

    /// URLs of the account's own queues, by name.
    pub fn own(&self) -> Vec<QueueUrl> {
        let own = |queue: &&Queue| queue.arn.account() == Some(&*self.place.account);
        let own = self.queues.values().filter(own);
        own.map(|queue| queue.url.clone()).collect()
    }

    /// Puts a message into a queue at the time it was sent, which may be to come. Other
    /// destinations than queues of this account are not simulated.
    pub fn announce(&mut self, queue: &Arn, stored: Stored) {
        if let Some(url) = self.by_arn.get(queue) {
            self.announced += 1;
            let key = (stored.sent_ms, self.announced);
            self.arrivals.insert(key, (url.clone(), stored));
        }
    }

    /// Lives through everything until now.
    pub fn advance(&mut self, account: &Account, now_ms: i64) {
        while let Some((at_ms, happening)) = self.next().filter(|(at_ms, _)| *at_ms <= now_ms) {
            self.now_ms = self.now_ms.max(at_ms);
            match happening {
                Happening::Arrival => self.arrive(),
                Happening::Poll(consumer) => self.consume(account, consumer),
                Happening::Move(task) => self.move_on(task),
            }
        }
        self.now_ms = self.now_ms.max(now_ms);
        for queue in self.queues.values_mut() {
            queue.refresh(self.now_ms);
        }
    }

    /// When a waiting receive should look again: a message may become visible by then.
    pub fn next_change_ms(&mut self, queue: &QueueUrl) -> Option<i64> {
        let hidden = self.queues.get(queue).and_then(Queue::next_visible_ms);
        let next = self.next().map(|(at_ms, _)| at_ms);
        hidden.into_iter().chain(next).min()
    }

    /// The first thing that happens, and when.
    fn next(&mut self) -> Option<(i64, Happening)> {
        let arrival = self.arrivals.first_key_value();
        let arrival = arrival.map(|((at_ms, _), _)| (*at_ms, Happening::Arrival));
        let poll = self.next_poll();
        let poll = poll.map(|(at_ms, consumer)| (at_ms, Happening::Poll(consumer)));
        let moving = self.next_move();
        let moving = moving.map(|(at_ms, task)| (at_ms, Happening::Move(task)));
        [arrival, poll, moving]
            .into_iter()
            .flatten()
            .min_by_key(|(at_ms, _)| *at_ms)
    }

    fn arrive(&mut self) {
        let Some((_, (url, stored))) = self.arrivals.pop_first() else {
            return;
        };
        let now_ms = self.now_ms;
        if let Some(queue) = self.queues.get_mut(&url) {
            queue.refresh(now_ms);
            queue.put(stored, now_ms);
        }
    }

    /// Receives from a queue, which must exist. What was received too often goes to the queue's
    /// dead-letter queue, if that is still there; `short` is a number per short poll.
    ///
    /// # Errors
    /// [`OverLimit`] when too many messages are in flight.
    pub fn receive(
        &mut self,
        url: &QueueUrl,
        receive: Receive,
        short: Option<u64>,
    ) -> Result<Vec<Message>, OverLimit> {
        let now_ms = self.now_ms;
        let Some(queue) = self.queues.get(url) else {
            return Ok(Vec::new());
        };
        let source = queue.arn.clone();
        let target = queue.settings.dead_letter.as_ref();
        let target = target.and_then(|arn| self.by_arn.get(arn)).cloned();
        let Some(queue) = self.queues.get_mut(url) else {
            return Ok(Vec::new());
        };
        let received = queue.receive(
            usize::from(receive.max),
            receive.visibility_s,
            now_ms,
            short,
            target.is_some(),
        )?;
        if let Some(target) = target.and_then(|url| self.queues.get_mut(&url)) {
            target.refresh(now_ms);
            for stored in received.dead {
                target.bury(stored, source.clone(), now_ms);
            }
        }
        Ok(received.messages)
    }

    /// Hands out a message once more, see [`Queue::repeat`].
    pub fn repeat(&mut self, url: &QueueUrl, receive: Receive, dice: &mut Dice) -> Option<Message> {
        let now_ms = self.now_ms;
        self.queues
            .get_mut(url)?
            .repeat(receive.visibility_s, now_ms, dice)
    }
}
