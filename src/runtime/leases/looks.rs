//! The looks of the console, by the run that holds each: here three parties meet, the look itself,
//! a redrive that takes letters over, and the end of the program, which gives everything back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::join_all;
use jiff::Timestamp;

use super::{Gate, Lease, Leases};
use crate::{
    domain::queue::Message,
    store::{
        RunId,
        letters::{LetterId, QueueKey},
    },
};

/// Every look that holds letters.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<RunId, Look>>);

struct Look {
    queue: QueueKey,
    gate: Arc<Gate>,
    leases: Arc<Leases>,
}

impl Looks {
    /// A look begins to hold letters.
    pub fn begin(&self, id: RunId, queue: QueueKey, gate: Arc<Gate>, leases: Arc<Leases>) {
        let look = Look {
            queue,
            gate,
            leases,
        };
        self.looks().insert(id, look);
    }

    /// A look has given back what it held.
    pub fn end(&self, id: RunId) {
        self.looks().remove(&id);
    }

    /// Keeps the leases of messages that a look received; gives those that it did not hold. An
    /// older lease of another look on the same letter is void.
    pub fn take(&self, id: RunId, messages: Vec<Message>, asked: Timestamp) -> Vec<Message> {
        let looks = self.looks();
        let Some(look) = looks.get(&id) else {
            return messages;
        };
        for (other, earlier) in looks.iter() {
            if *other != id && earlier.queue == look.queue {
                earlier
                    .leases
                    .hand_over(messages.iter().map(|message| &message.id));
            }
        }
        look.leases.take(messages, asked)
    }

    /// Takes leases over: whoever asked renews them or gives them back from now on.
    pub fn take_over(&self, queue: &QueueKey, letters: &[&LetterId]) -> HashMap<LetterId, Lease> {
        let looks = self.those(|look| look.queue == *queue).into_iter();
        looks
            .flat_map(|(_, leases)| leases.hand_over(letters.iter().copied()))
            .collect()
    }

    /// Shows the letters of a queue to others again, at once; says how many.
    pub async fn give_queue_back(&self, queue: &QueueKey) -> usize {
        let looks = self.those(|look| look.queue == *queue);
        let count = looks.iter().map(|(_, leases)| leases.len()).sum();
        give_back(looks).await;
        count
    }

    /// Shows every letter to others again: the program ends.
    pub async fn give_everything_back(&self) {
        give_back(self.those(|_| true)).await;
    }

    fn those(&self, wanted: impl Fn(&Look) -> bool) -> Vec<(Arc<Gate>, Arc<Leases>)> {
        let looks = self.looks();
        let looks = looks.values().filter(|look| wanted(look));
        looks
            .map(|look| (Arc::clone(&look.gate), Arc::clone(&look.leases)))
            .collect()
    }

    fn looks(&self) -> MutexGuard<'_, HashMap<RunId, Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn give_back(looks: Vec<(Arc<Gate>, Arc<Leases>)>) {
    let looks = looks
        .iter()
        .map(|(gate, leases)| leases.release_all(gate.as_ref()));
    join_all(looks).await;
}
