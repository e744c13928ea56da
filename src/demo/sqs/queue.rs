//! One queue: what lies in it, who holds what, and how time changes that.
//!
//! Responsible for the life of a message from its arrival to its removal. Not responsible for
//! what may be sent ([`rules`](super::rules)) or for other queues. Every operation but `refresh`
//! expects that `refresh` was called for the present time. Nothing walks over the whole queue,
//! except reading its contents.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use sha2::{Digest as _, Sha256};

use super::{
    super::dice::{Dice, label, mix, uuid},
    handle,
    line::Line,
    rules::{MAX_VISIBILITY_S, entry},
    stored::{State, Stored},
};
use crate::domain::{
    function::Arn,
    queue::{
        DEDUPLICATION_S, EntryError, Handle, MAX_BYTES, Message, Outgoing, QueueAttributes,
        QueueUrl, Sent, checksum,
    },
};

/// Messages that can be in flight at once (SQS quotas).
pub(super) const MAX_IN_FLIGHT: usize = 120_000;

/// Deleted messages that a fault can bring back.
const REMEMBERED: usize = 32;

/// Where sequence numbers begin: they have 20 digits and leave gaps (SQS API).
const FIRST_SEQUENCE: u128 = 18_850_000_000_000_000_000;

/// One queue.
#[derive(Debug)]
pub(in super::super) struct Queue {
    pub url: QueueUrl,
    pub arn: Arn,
    /// With SQS's defaults filled in; the counts are not kept here.
    pub settings: QueueAttributes,
    salt: u64,
    /// By ordinal: their order of arrival.
    messages: BTreeMap<u64, Held>,
    next: u64,
    line: Line,
    /// When delayed and received messages come back.
    hidden: BTreeSet<(i64, u64)>,
    in_flight: usize,
    /// When messages vanish.
    expiry: BTreeSet<(i64, u64)>,
    /// FIFO: what was sent under a deduplication id, until when.
    sent: HashMap<String, (i64, Sent)>,
    forget: VecDeque<(i64, String)>,
    deleted: VecDeque<(u64, Held)>,
    purged_ms: Option<i64>,
}

/// A message and who holds it.
#[derive(Debug, Clone)]
struct Held {
    stored: Stored,
    /// The number of its newest receive here.
    receipt: u32,
    /// Its newest receive.
    taken_ms: i64,
    hidden_until_ms: i64,
    expires_ms: i64,
}

/// What a receive leads to.
#[derive(Debug, Default)]
pub(in super::super) struct Received {
    pub messages: Vec<Message>,
    /// Received too often before: they go to the dead-letter queue instead.
    pub dead: Vec<Stored>,
}

/// Too many messages are in flight already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct OverLimit;

impl Queue {
    pub fn new(url: QueueUrl, arn: Arn, settings: QueueAttributes, seed: u64) -> Self {
        let settings = QueueAttributes {
            arn: Some(arn.clone()),
            visibility_timeout_s: settings.visibility_timeout_s.or(Some(30)),
            retention_s: settings.retention_s.or(Some(4 * 86_400)),
            delay_s: settings.delay_s.or(Some(0)),
            maximum_bytes: settings.maximum_bytes.or(Some(MAX_BYTES as u64)),
            fifo: url.name().strip_suffix(".fifo").is_some(),
            ..settings
        };
        Self {
            salt: mix(&[seed, label(url.as_str())]),
            line: Line::new(settings.fifo),
            url,
            arn,
            settings,
            messages: BTreeMap::new(),
            next: 0,
            hidden: BTreeSet::new(),
            in_flight: 0,
            expiry: BTreeSet::new(),
            sent: HashMap::new(),
            forget: VecDeque::new(),
            deleted: VecDeque::new(),
            purged_ms: None,
        }
    }

    /// Settings and counts.
    pub fn attributes(&self) -> QueueAttributes {
        let delayed = self.hidden.len() - self.in_flight;
        QueueAttributes {
            visible: (self.messages.len() - self.hidden.len()) as u64,
            in_flight: self.in_flight as u64,
            delayed: delayed as u64,
            ..self.settings.clone()
        }
    }

    /// Every message, in the order of arrival.
    pub fn contents(&self) -> Vec<Stored> {
        self.messages
            .values()
            .map(|held| held.stored.clone())
            .collect()
    }

    /// Time passes: delays and visibility timeouts end, old messages vanish.
    pub fn refresh(&mut self, now_ms: i64) {
        while let Some((_, ordinal)) = self.hidden.first().copied().filter(|(at, _)| *at <= now_ms)
        {
            self.show(ordinal);
        }
        while let Some((_, ordinal)) = self.expiry.first().copied().filter(|(at, _)| *at <= now_ms)
        {
            self.remove(ordinal);
        }
        while self.forget.front().is_some_and(|(at, _)| *at <= now_ms) {
            if let Some((_, id)) = self.forget.pop_front() {
                self.sent.remove(&id);
            }
        }
    }

    /// When the next message becomes visible by itself.
    pub fn next_visible_ms(&self) -> Option<i64> {
        self.hidden.first().map(|(at, _)| *at)
    }

    /// Whether a receive would find anything.
    pub fn is_ready(&self) -> bool {
        self.line.is_ready()
    }

    /// A message arrives: with its id, or a new one; sent at its own time, or now.
    pub fn put(&mut self, stored: Stored, now_ms: i64) -> Sent {
        let ordinal = self.next;
        self.next += 1;
        let delay_ms = i64::from(self.settings.delay_s.unwrap_or(0)) * 1000;
        let mut stored = stored;
        stored.attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        if stored.id.is_empty() {
            stored.id = uuid(mix(&[self.salt, ordinal])).into();
        }
        if stored.sent_ms == 0 {
            stored.sent_ms = now_ms;
        }
        if self.settings.fifo {
            stored.sequence = Some(format!("{}", FIRST_SEQUENCE + 256 * u128::from(ordinal)));
        }
        stored.state = if delay_ms > 0 {
            State::Delayed
        } else {
            State::Visible
        };
        let kept_ms = i64::from(self.settings.retention_s.unwrap_or(0)) * 1000;
        let held = Held {
            receipt: 0,
            taken_ms: 0,
            hidden_until_ms: now_ms + delay_ms,
            expires_ms: stored.sent_ms + kept_ms,
            stored,
        };
        let sent = Sent {
            id: held.stored.id.to_string(),
            body_md5: checksum::of_body(held.stored.body.reveal()),
            sequence: held.stored.sequence.clone(),
        };
        if delay_ms > 0 {
            self.hidden.insert((held.hidden_until_ms, ordinal));
        }
        self.expiry.insert((held.expires_ms, ordinal));
        self.line
            .add(ordinal, held.stored.group.as_ref(), delay_ms == 0);
        self.messages.insert(ordinal, held);
        sent
    }

    /// Takes a message that [`rules`](super::rules) let through. On FIFO the same deduplication id
    /// within five minutes is answered like the first, and nothing is put (SQS API).
    pub fn send(&mut self, message: &Outgoing, now_ms: i64) -> Sent {
        let mut stored = Stored::from(message);
        if !self.settings.fifo {
            return self.put(stored, now_ms);
        }
        let id = stored.deduplication_id.get_or_insert_with(|| {
            let digest = Sha256::digest(message.body.reveal().as_bytes());
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        if let Some((_, sent)) = self.sent.get(id) {
            return sent.clone();
        }
        let id = id.clone();
        let sent = self.put(stored, now_ms);
        self.remember(id, sent.clone(), now_ms);
        sent
    }

    /// SQS moves a message here from the queue it failed in. A standard queue keeps when it was
    /// sent; FIFO begins anew and puts the message id in the place of the deduplication id
    /// (`docs/aws.md` §3.1, §3.3).
    pub fn bury(&mut self, mut stored: Stored, source: Arn, now_ms: i64) {
        stored.source = Some(source);
        if self.settings.fifo {
            stored.sent_ms = now_ms;
            stored.deduplication_id = Some(stored.id.to_string());
        }
        self.put(stored, now_ms);
    }

    fn remember(&mut self, id: String, sent: Sent, now_ms: i64) {
        let until_ms = now_ms + DEDUPLICATION_S * 1000;
        self.forget.push_back((until_ms, id.clone()));
        self.sent.insert(id, (until_ms, sent));
    }

    /// Hands out messages; those that were received as often as the redrive policy allows are
    /// taken out, where `buries` says that there is a dead-letter queue for them. `hosts` makes it
    /// a short poll, see [`Line::next`].
    ///
    /// # Errors
    /// [`OverLimit`] on a standard queue; a FIFO queue just gives nothing (SQS API).
    pub fn receive(
        &mut self,
        wanted: usize,
        visibility_s: u32,
        now_ms: i64,
        hosts: Option<u64>,
        buries: bool,
    ) -> Result<Received, OverLimit> {
        if self.in_flight >= MAX_IN_FLIGHT {
            return if self.settings.fifo {
                Ok(Received::default())
            } else {
                Err(OverLimit)
            };
        }
        let wanted = wanted.min(MAX_IN_FLIGHT - self.in_flight);
        let until_ms = now_ms + i64::from(visibility_s) * 1000;
        let mut received = Received::default();
        while received.messages.len() < wanted {
            let next = self.line.next(wanted - received.messages.len(), hosts);
            if next.is_empty() {
                break;
            }
            for ordinal in next {
                if buries && self.is_dead(ordinal) {
                    received
                        .dead
                        .extend(self.remove(ordinal).map(|held| held.stored));
                } else {
                    received
                        .messages
                        .extend(self.lease(ordinal, until_ms, now_ms));
                }
            }
        }
        self.refresh(now_ms);
        Ok(received)
    }

    /// The message that can be received next.
    pub fn first(&self) -> Option<&Stored> {
        let ordinal = *self.line.next(1, None).first()?;
        Some(&self.messages.get(&ordinal)?.stored)
    }

    /// Takes it out, as a move task does.
    pub fn draw(&mut self) -> Option<Stored> {
        let ordinal = *self.line.next(1, None).first()?;
        self.remove(ordinal).map(|held| held.stored)
    }

    /// What at-least-once delivery can do: hands out a message that is in flight, or one that was
    /// deleted, which lies in the queue again. Standard queues only.
    pub fn repeat(&mut self, visibility_s: u32, now_ms: i64, dice: &mut Dice) -> Option<Message> {
        if self.settings.fifo {
            return None;
        }
        let until_ms = now_ms + i64::from(visibility_s) * 1000;
        let held_now = self
            .hidden
            .iter()
            .map(|(_, ordinal)| *ordinal)
            .filter(|ordinal| self.messages[ordinal].stored.state == State::InFlight);
        let held_now: Vec<u64> = held_now.take(REMEMBERED).collect();
        let choices = held_now.len() + self.deleted.len();
        let choice = dice.below(choices as u64) as usize;
        let ordinal = if let Some(ordinal) = held_now.get(choice) {
            self.show(*ordinal);
            *ordinal
        } else {
            let (ordinal, mut held) = self.deleted.remove(choice - held_now.len())?;
            held.stored.state = State::Visible;
            self.expiry.insert((held.expires_ms, ordinal));
            self.line.add(ordinal, held.stored.group.as_ref(), true);
            self.messages.insert(ordinal, held);
            ordinal
        };
        self.lease(ordinal, until_ms, now_ms)
    }

    /// Deletes what a handle stands for.
    ///
    /// # Errors
    /// When the handle is none of this queue's; on FIFO also when it has expired.
    pub fn delete(&mut self, handle: &Handle) -> Result<(), EntryError> {
        let (ordinal, receipt) = self.read(handle)?;
        let Some(held) = self.messages.get(&ordinal) else {
            return Ok(());
        };
        let newest = held.receipt == receipt;
        let in_flight = held.stored.state == State::InFlight;
        if self.settings.fifo && !(newest && in_flight) {
            return Err(expired());
        }
        if newest && let Some(held) = self.remove(ordinal) {
            self.deleted.push_back((ordinal, held));
            if self.deleted.len() > REMEMBERED {
                self.deleted.pop_front();
            }
        }
        Ok(())
    }

    /// Hides a received message for this long from now; 0 gives it back.
    ///
    /// # Errors
    /// When the handle holds nothing any more, or would hold it for more than 12 hours in all.
    pub fn hide(&mut self, handle: &Handle, seconds: u32, now_ms: i64) -> Result<(), EntryError> {
        let (ordinal, receipt) = self.read(handle)?;
        let fifo = self.settings.fifo;
        let Some(held) = self.messages.get_mut(&ordinal) else {
            return Err(entry(
                "InvalidParameterValue",
                "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.",
            ));
        };
        if held.receipt != receipt || (fifo && held.stored.state != State::InFlight) {
            return Err(expired());
        }
        if held.stored.state != State::InFlight {
            return Err(entry(
                "MessageNotInflight",
                "The message referred to is not in flight.",
            ));
        }
        let until_ms = now_ms + i64::from(seconds) * 1000;
        if seconds > MAX_VISIBILITY_S
            || until_ms > held.taken_ms + i64::from(MAX_VISIBILITY_S) * 1000
        {
            return Err(entry(
                "InvalidParameterValue",
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ));
        }
        self.hidden.remove(&(held.hidden_until_ms, ordinal));
        held.hidden_until_ms = until_ms;
        self.hidden.insert((until_ms, ordinal));
        self.refresh(now_ms);
        Ok(())
    }

    /// Deletes everything; `false` within a minute after the last time (SQS API).
    pub fn purge(&mut self, now_ms: i64) -> bool {
        if self
            .purged_ms
            .is_some_and(|purged| now_ms - purged < 60_000)
        {
            return false;
        }
        self.purged_ms = Some(now_ms);
        self.messages.clear();
        self.hidden.clear();
        self.expiry.clear();
        self.deleted.clear();
        self.in_flight = 0;
        self.line = Line::new(self.settings.fifo);
        true
    }

    fn read(&self, handle: &Handle) -> Result<(u64, u32), EntryError> {
        handle::read(self.salt, handle).ok_or_else(|| {
            entry(
                "ReceiptHandleIsInvalid",
                "The input receipt handle is invalid.",
            )
        })
    }

    /// Whether it was received here as often as the redrive policy allows.
    fn is_dead(&self, ordinal: u64) -> bool {
        let limit = self.settings.max_receive_count;
        limit.is_some_and(|limit| self.messages[&ordinal].receipt >= limit)
    }

    fn lease(&mut self, ordinal: u64, until_ms: i64, now_ms: i64) -> Option<Message> {
        let held = self.messages.get_mut(&ordinal)?;
        held.receipt += 1;
        held.taken_ms = now_ms;
        held.hidden_until_ms = until_ms;
        held.stored.receive_count += 1;
        held.stored.first_received_ms.get_or_insert(now_ms);
        held.stored.state = State::InFlight;
        self.hidden.insert((until_ms, ordinal));
        self.in_flight += 1;
        self.line.take(ordinal, held.stored.group.as_ref());
        let handle = handle::write(self.salt, ordinal, held.receipt);
        Some(held.stored.received(handle))
    }

    fn show(&mut self, ordinal: u64) {
        let Some(held) = self.messages.get_mut(&ordinal) else {
            return;
        };
        let was_in_flight = held.stored.state == State::InFlight;
        held.stored.state = State::Visible;
        self.in_flight -= usize::from(was_in_flight);
        self.hidden.remove(&(held.hidden_until_ms, ordinal));
        self.line
            .show(ordinal, held.stored.group.as_ref(), was_in_flight);
    }

    fn remove(&mut self, ordinal: u64) -> Option<Held> {
        let held = self.messages.remove(&ordinal)?;
        let was_in_flight = held.stored.state == State::InFlight;
        self.in_flight -= usize::from(was_in_flight);
        self.hidden.remove(&(held.hidden_until_ms, ordinal));
        self.expiry.remove(&(held.expires_ms, ordinal));
        self.line
            .remove(ordinal, held.stored.group.as_ref(), was_in_flight);
        Some(held)
    }
}

fn expired() -> EntryError {
    entry(
        "InvalidParameterValue",
        "Value for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
}
