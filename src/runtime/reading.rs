//! Reading letters, for the console and the command line alike: received within bounds, held by
//! their leases, decoded with what is known and learnt about their queue.
//!
//! A reading is a look ([`look`]): who starts one has said what it does to the queue
//! ([`look_cost`](crate::domain::dead_letters::look_cost)). How long letters are held is the
//! caller's: the console holds them until the queue is closed, the command line until it has
//! printed them.

mod lore;

use std::{future::Future, sync::Arc};

use futures::future::join;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    clock::Clock,
    gate::Gate,
    leases::{LEASE_S, Leases},
    look::{self, Bounds},
};
use crate::{
    domain::{
        letter::Letter,
        queue::{Message, OpenQueue},
    },
    store::letters::LookEnd,
};

pub use lore::Lore;

/// A queue that letters are read from, and the leases on them.
pub struct Reading {
    gate: Arc<Gate>,
    clock: Clock,
    leases: Arc<Leases>,
}

/// What became of the letters that were held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenBack {
    /// So many were held.
    pub held: usize,
    /// So many can be received at once; the others within [`LEASE_S`].
    pub done: usize,
}

impl Reading {
    /// Nothing is read yet.
    pub fn of(gate: Arc<Gate>, clock: Clock, queue: OpenQueue) -> Self {
        Self {
            gate,
            clock,
            leases: Arc::new(Leases::new(queue, LEASE_S)),
        }
    }

    /// The leases on what was read.
    pub const fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    /// Reads until the bounds, the end of the queue or `stop`. `take` keeps the leases of a batch
    /// and gives those messages of it that are new; `told` gets these as letters, and ends with
    /// them.
    pub async fn read(
        &self,
        lore: &mut Lore,
        bounds: Bounds,
        stop: impl Future<Output = ()>,
        mut take: impl FnMut(Vec<Message>, Timestamp) -> Vec<Message>,
        told: mpsc::UnboundedSender<Vec<Letter>>,
    ) -> LookEnd {
        let (received, mut batches) = mpsc::unbounded_channel();
        let looking = look::look(
            &self.gate,
            &self.clock,
            (self.leases.queue(), self.leases.seconds()),
            bounds,
            stop,
            move |messages, asked| {
                let fresh = take(messages, asked);
                let count = fresh.len();
                // Whoever listens does so for as long as this lives.
                let _ = received.send(fresh);
                count
            },
        );
        let telling = async {
            while let Some(messages) = batches.recv().await {
                // Nobody listens any more only when the reading is dropped.
                let _ = told.send(lore.decoded(&self.gate, messages).await);
            }
            drop(told);
        };
        join(looking, telling).await.0.end
    }

    /// Gives every letter back.
    pub async fn give_back(&self) -> GivenBack {
        let held = self.leases.len();
        let done = match held {
            0 => 0,
            _ => self.leases.release_all(&self.gate).await.done,
        };
        GivenBack { held, done }
    }
}
