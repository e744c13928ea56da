//! The look: a bounded, parallel read of a queue.
//!
//! A look is a receive (`docs/aws.md` §0.9): who starts one has said what it does to the queue.
//! Not responsible for what the letters mean, nor for the leases on them: the caller keeps those
//! (as [`leases`](super::leases) do), renews them meanwhile, and gives them back.

use std::{future::Future, pin::pin};

use futures::{StreamExt as _, stream::FuturesUnordered};
use jiff::Timestamp;

use super::{clock::Clock, gate::Gate};
use crate::{
    domain::queue::{BATCH, Message, OpenQueue, Receive},
    ports::ApiError,
    store::letters::{LookEnd, queue_letters::SAMPLE},
};

/// Bytes of bodies and attributes that a look may bring into memory.
pub const BYTES: usize = 128 << 20;
/// Requests under way at once.
const AT_ONCE: usize = 8;
/// Long polling: enough for every host to be asked, and a short wait at the end of a queue.
const WAIT_S: u32 = 2;
/// Answers one after the other without a new letter that mean that there is nothing more.
const BARREN: usize = 2;

/// How far a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At most this many letters.
    pub sample: usize,
    /// About this many bytes.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            sample: SAMPLE,
            bytes: BYTES,
        }
    }
}

/// What a look did.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Distinct letters.
    pub read: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Received more than once meanwhile.
    pub repeated: usize,
    /// Receives made.
    pub calls: usize,
    /// Why it ended.
    pub end: LookEnd,
}

/// Reads until the bounds, the end of the queue or `stop`. Each batch goes to `take`, with the
/// moment before its request, from which its leases count; it says how many of the letters it
/// did not have before. Batches come in receive order within a group, on FIFO, because a group is
/// locked while one of its letters is held. After `stop` the receives under way are waited for,
/// two seconds at most, so that no lease is left behind.
pub async fn look(
    gate: &Gate,
    clock: &Clock,
    (queue, visibility_s): (&OpenQueue, u32),
    bounds: Bounds,
    stop: impl Future<Output = ()>,
    mut take: impl FnMut(Vec<Message>, Timestamp) -> usize,
) -> Looked {
    let mut reading = Reading::new(bounds);
    let mut receives = FuturesUnordered::new();
    let mut stop = pin!(stop);
    loop {
        while let Some(max) = reading.ask(receives.len()) {
            let receive = Receive {
                max,
                visibility_s,
                wait_s: WAIT_S,
            };
            let asked = clock.now();
            receives.push(async move { (asked, max, gate.receive(queue, receive).await) });
        }
        tokio::select! {
            biased;
            () = &mut stop, if reading.end.is_none() => reading.end = Some(LookEnd::Stopped),
            answered = receives.next() => match answered {
                None => return reading.looked(),
                Some((asked, max, answer)) => {
                    reading.answered(max, answer, |messages| take(messages, asked));
                }
            },
        }
    }
}

/// The count of a look.
struct Reading {
    bounds: Bounds,
    looked: Looked,
    /// Letters that the receives under way may bring.
    asked: usize,
    /// Answers without a new letter since the last one with some.
    barren: usize,
    /// No new receive for this reason.
    end: Option<LookEnd>,
}

impl Reading {
    const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            looked: Looked {
                read: 0,
                bytes: 0,
                repeated: 0,
                calls: 0,
                end: LookEnd::Everything,
            },
            asked: 0,
            barren: 0,
            end: None,
        }
    }

    /// How many letters to ask for next, if any; never more than the sample has room for.
    fn ask(&mut self, under_way: usize) -> Option<u8> {
        let room = self
            .bounds
            .sample
            .saturating_sub(self.looked.read + self.asked);
        // One request finds out whether there is anything; the others follow its answer.
        let at_once = if self.looked.read == 0 { 1 } else { AT_ONCE };
        if self.end.is_some() || room == 0 || under_way >= at_once {
            return None;
        }
        let max = room.min(BATCH);
        self.asked += max;
        self.looked.calls += 1;
        u8::try_from(max).ok()
    }

    /// Takes an answer in.
    fn answered(
        &mut self,
        max: u8,
        answer: Result<Vec<Message>, ApiError>,
        take: impl FnOnce(Vec<Message>) -> usize,
    ) {
        self.asked = self.asked.saturating_sub(max.into());
        let messages = match answer {
            Ok(messages) => messages,
            Err(error) => {
                self.end = Some(LookEnd::Failed(error));
                return;
            }
        };
        let received = messages.len();
        self.looked.bytes += messages.iter().map(Message::bytes).sum::<usize>();
        let fresh = if received == 0 { 0 } else { take(messages) };
        self.looked.read += fresh;
        self.looked.repeated += received - fresh;
        self.barren = if fresh == 0 { self.barren + 1 } else { 0 };
        let end = if self.barren >= BARREN {
            Some(LookEnd::Everything)
        } else if self.looked.read >= self.bounds.sample {
            Some(LookEnd::Sample)
        } else if self.looked.bytes >= self.bounds.bytes {
            Some(LookEnd::Budget)
        } else {
            None
        };
        self.end = self.end.take().or(end);
    }

    fn looked(self) -> Looked {
        // Without an end of its own, the sample left no room for a first receive.
        let end = self.end.unwrap_or(LookEnd::Sample);
        Looked { end, ..self.looked }
    }
}

#[cfg(test)]
mod tests;
