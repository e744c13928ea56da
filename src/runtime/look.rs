//! The look: a bounded, parallel read of a queue, with leases on what it took.
//!
//! A look is a receive (`aws-facts` §0.9): who starts one has said what it does to the queue.
//! Not responsible for what the letters mean, nor for giving them back: they stay in the
//! caller's [`Leases`], which this keeps alive only as long as the look itself takes.

use std::{future::Future, pin::pin};

use futures::{StreamExt as _, stream::FuturesUnordered};

use super::{clock::Clock, gate::Gate, leases::Leases};
use crate::{
    domain::queue::{BATCH, Message, Receive},
    ports::{ApiError, Session},
};

/// Letters that are read when nobody says otherwise (design §6).
pub const SAMPLE: usize = 1_000;
/// Bytes of bodies and attributes that a look may bring into memory.
pub const BYTES: usize = 128 << 20;
/// Requests under way at once.
const AT_ONCE: usize = 8;
/// Long polling: enough for every host to be asked, and a short wait at the end of a queue.
const WAIT_S: u32 = 2;

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

/// Why a look ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookEnd {
    /// The sample is full; there may be more.
    Sample,
    /// The bytes are used up; there may be more.
    Bytes,
    /// Nothing more came.
    Empty,
    /// It was asked to stop.
    Stopped,
    /// A receive failed; what was read before is good.
    Failed(ApiError),
}

/// What a look did.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Reads until the bounds, the end of the queue or `stop`; hands over each batch of letters that
/// were not held before, in the order they came (receive order within a group, on FIFO, because
/// a group is locked while one of its letters is held). `stop` waits for the receives that are
/// under way, two seconds at most, so that no lease is left behind.
pub async fn look<S: Session>(
    gate: &Gate<S>,
    clock: &Clock,
    leases: &Leases,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
    mut batch: impl FnMut(Vec<Message>),
) -> Looked {
    let mut reading = Reading::new(bounds);
    let mut receives = FuturesUnordered::new();
    let mut heartbeat = pin!(leases.hold(gate, clock, |_| ()));
    let mut stop = pin!(stop);
    loop {
        while let Some(max) = reading.ask(receives.len()) {
            let receive = Receive {
                max,
                visibility_s: leases.seconds(),
                wait_s: WAIT_S,
            };
            let asked = clock.now();
            receives.push(async move {
                let answer = gate.receive(leases.queue(), receive).await;
                (asked, max, answer)
            });
        }
        tokio::select! {
            biased;
            () = &mut stop, if reading.end.is_none() => reading.end = Some(LookEnd::Stopped),
            answered = receives.next() => match answered {
                None => return reading.looked(),
                Some((asked, max, answer)) => {
                    let fresh = reading.take(max, answer, |messages| leases.take(messages, asked));
                    if !fresh.is_empty() {
                        batch(fresh);
                    }
                }
            },
            never = &mut heartbeat => match never {},
        }
    }
}

/// The count of a look.
struct Reading {
    bounds: Bounds,
    looked: Looked,
    /// Letters that the receives under way may bring.
    asked: usize,
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
                end: LookEnd::Empty,
            },
            asked: 0,
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

    /// Takes an answer in; gives the letters that are new.
    fn take(
        &mut self,
        max: u8,
        answer: Result<Vec<Message>, ApiError>,
        lease: impl FnOnce(Vec<Message>) -> Vec<Message>,
    ) -> Vec<Message> {
        self.asked = self.asked.saturating_sub(max.into());
        let messages = match answer {
            Ok(messages) => messages,
            Err(error) => {
                self.end = Some(LookEnd::Failed(error));
                return Vec::new();
            }
        };
        let received = messages.len();
        let fresh = lease(messages);
        self.looked.read += fresh.len();
        self.looked.repeated += received - fresh.len();
        self.looked.bytes += fresh.iter().map(Message::bytes).sum::<usize>();
        let end = if fresh.is_empty() {
            Some(LookEnd::Empty)
        } else if self.looked.read >= self.bounds.sample {
            Some(LookEnd::Sample)
        } else if self.looked.bytes >= self.bounds.bytes {
            Some(LookEnd::Bytes)
        } else {
            None
        };
        self.end = self.end.take().or(end);
        fresh
    }

    fn looked(self) -> Looked {
        // Without an end of its own, the sample left no room for a first receive.
        let end = self.end.unwrap_or(LookEnd::Sample);
        Looked { end, ..self.looked }
    }
}
