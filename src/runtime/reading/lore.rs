//! What decoding the letters of a queue needs, and what is asked for it as they come: the queues
//! that they came from, who reads those, and the functions that send here.

use std::{collections::HashSet, pin::pin};

use futures::StreamExt as _;

use super::Gate;
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, Discovered, Feeder},
        function::Arn,
        letter::{
            Letter,
            decode::{Known, decode},
        },
        queue::{Message, OpenQueue},
    },
    runtime::{discovery, queues, runner::blocking},
};

/// What is known of a queue, and learnt from its letters.
pub struct Lore {
    queue: DeadLetterQueue,
    discovered: Discovered,
    /// Sources that were asked for, whatever was answered.
    asked: HashSet<Arn>,
    has_mappings: bool,
    has_functions: bool,
}

impl Lore {
    /// What a survey of the queue found ([`queues::survey`]).
    pub fn surveyed(discovered: Discovered, queue: &OpenQueue) -> Self {
        Self {
            queue: queues::entry(&discovered, queue),
            discovered,
            asked: HashSet::new(),
            has_mappings: true,
            has_functions: false,
        }
    }

    /// What a discovery of the account knows by now. It has the list of functions.
    pub fn of(queue: DeadLetterQueue) -> Self {
        Self {
            queue,
            discovered: Discovered::default(),
            asked: HashSet::new(),
            has_mappings: false,
            has_functions: true,
        }
    }

    /// What is known of the queue.
    pub fn dead_letter_queue(&self) -> DeadLetterQueue {
        let mut queue = self.queue.clone();
        let learnt = self.discovered.dead_letter_queues().into_iter();
        let learnt = learnt.filter(|one| one.arn == queue.arn);
        for feeder in learnt.flat_map(|one| one.feeders) {
            if !queue.feeders.contains(&feeder) {
                queue.feeders.push(feeder);
            }
        }
        queue
    }

    /// Decodes messages, when what that needs was asked for.
    pub(super) async fn decoded(&mut self, gate: &Gate, messages: Vec<Message>) -> Vec<Letter> {
        self.learn(gate, &messages).await;
        let known = Known::of(&self.dead_letter_queue());
        let decoding = blocking(move || {
            let letters = messages.into_iter().map(|message| decode(message, &known));
            letters.collect()
        });
        // None only when the program ends.
        decoding.await.unwrap_or_default()
    }

    async fn learn(&mut self, gate: &Gate, messages: &[Message]) {
        let sources: HashSet<&Arn> = messages
            .iter()
            .filter_map(|message| message.system.dead_letter_source.as_ref())
            .filter(|source| !self.knows(source))
            .collect();
        for source in sources {
            if !self.asked.insert(source.clone()) {
                continue;
            }
            if let Ok((url, attributes)) = discovery::queue(gate, source).await {
                self.discovered.queue(url, attributes);
            }
            // Who reads that queue is the function that failed.
            if !self.has_mappings {
                self.has_mappings = true;
                for mapping in gate.event_source_mappings(None).await.unwrap_or_default() {
                    self.discovered.mapping(&mapping);
                }
            }
        }
        let of_lambda = |message: &Message| {
            let mut names = message.attributes.iter().map(|(name, _)| name.as_str());
            message.system.dead_letter_source.is_none() && names.any(|name| name == "RequestID")
        };
        if !self.has_functions && messages.iter().any(of_lambda) {
            self.has_functions = true;
            let mut pages = pin!(gate.function_pages());
            // A function that cannot be told is left out of the letter, and nothing else.
            while let Some(Ok(page)) = pages.next().await {
                for function in &page {
                    self.discovered.function(function);
                }
            }
        }
    }

    fn knows(&self, source: &Arn) -> bool {
        let mut feeders = self.queue.feeders.iter();
        feeders.any(|feeder| matches!(feeder, Feeder::Queue { arn, .. } if arn == source))
    }
}
