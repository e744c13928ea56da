//! What is known of the queues that letters go to: looked up once each, before the first letter
//! for it is claimed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::engine::{Engine, Event};
use crate::{
    domain::{
        dead_letters::Feeder,
        function::Arn,
        letter::decode::{Known, decode},
        queue::{Message, QueueUrl},
        redrive::{
            Destination, Plan,
            route::{self, TargetQueue},
        },
    },
    ports::{ApiError, ErrorKind, Operation},
    runtime::{
        gate::{self, Gate},
        prepare::readers,
    },
};

/// The queues, and the letters that wait to know them.
#[derive(Debug)]
pub(super) struct Targets {
    queues: HashMap<Arn, Result<Arc<TargetQueue>, String>>,
    parked: HashMap<Arn, Vec<(Message, Timestamp)>>,
    asked: HashSet<Arn>,
    feeds: HashMap<Arn, Vec<Arn>>,
    /// Queues that functions read, but none does at present.
    unread: HashSet<Arn>,
    url: Option<(Arn, QueueUrl)>,
}

impl Targets {
    pub(super) fn new(plan: &Plan, known: &Known) -> Self {
        let feeds = known
            .feeders
            .iter()
            .filter_map(|feeder| match feeder {
                Feeder::Queue { arn, consumers, .. } => Some((
                    arn.clone(),
                    consumers
                        .iter()
                        .map(|consumer| unqualified(&consumer.function))
                        .collect(),
                )),
                _ => None,
            })
            .collect();
        let unread = known
            .feeders
            .iter()
            .filter_map(|feeder| match feeder {
                Feeder::Queue { arn, consumers, .. } => (!consumers.is_empty()
                    && consumers.iter().all(|consumer| !consumer.enabled))
                .then(|| arn.clone()),
                _ => None,
            })
            .collect();
        let url = match &plan.destination {
            Destination::Queue { arn, url } => Some((arn.clone(), url.clone())),
            _ => None,
        };
        Self {
            queues: HashMap::new(),
            parked: HashMap::new(),
            asked: HashSet::new(),
            feeds,
            unread,
            url,
        }
    }

    pub(super) fn queue(&self, arn: &Arn) -> Option<Arc<TargetQueue>> {
        self.queues.get(arn)?.as_ref().ok().cloned()
    }

    /// Why letters cannot go there, if it is known that they cannot.
    pub(super) fn problem(&self, arn: &Arn) -> Option<String> {
        self.queues.get(arn)?.as_ref().err().cloned()
    }

    pub(super) fn is_known(&self, arn: &Arn) -> bool {
        self.queues.contains_key(arn)
    }

    /// Whether a queue is being looked up.
    pub(super) fn is_asking(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether the mappings of the functions that read a queue are all switched off.
    pub(super) fn is_unread(&self, arn: &Arn) -> bool {
        self.unread.contains(arn)
    }

    /// Whether letters go to more than one queue, as far as known.
    pub(super) fn are_several(&self) -> bool {
        self.queues.len().max(self.feeds.len()) > 1
    }

    /// Letters that wait to know their queue.
    pub(super) fn waiting(&self) -> usize {
        self.parked.values().map(Vec::len).sum()
    }
}

fn unqualified(function: &Arn) -> Arn {
    crate::domain::letter::LetterFunction::read(function.as_str())
        .map_or_else(|| function.clone(), |function| function.arn)
}

/// The request id that a letter names, if it names one.
pub(super) fn request_id(message: &Message, known: &Known) -> Option<String> {
    decode(message.clone(), known).request_id
}

/// Looks a queue up that letters go to, at its URL where that is given. `feeds` are the functions
/// that read it.
///
/// # Errors
/// When it is not there, is elsewhere, or cannot be asked which queue it is.
pub async fn target(
    gate: &Gate,
    arn: &Arn,
    url: Option<&QueueUrl>,
    feeds: Vec<Arn>,
) -> Result<TargetQueue, ApiError> {
    let operation = Operation::SendMessageBatch;
    let address = gate::address_at(operation, arn, url)?;
    let queue = gate.open_queue(&address).await?;
    gate::verified(operation, &queue)?;
    Ok(TargetQueue { queue, feeds })
}

impl Engine {
    /// Lets a letter wait until its queue is known.
    pub(super) fn look_up(&mut self, arn: &Arn, message: Message, until: Timestamp) {
        let waiting = self.targets.parked.entry(arn.clone()).or_default();
        waiting.push((message, until));
        if waiting.len() == 1 {
            self.ask(arn);
        }
    }

    /// Looks a queue up. Until it is known nothing is announced.
    pub(super) fn ask(&mut self, arn: &Arn) {
        if self.targets.is_known(arn) || !self.targets.asked.insert(arn.clone()) {
            return;
        }
        let given = self.targets.url.clone().filter(|(known, _)| known == arn);
        let feeds = self.targets.feeds.get(arn).cloned();
        let is_named = matches!(self.plan.destination, Destination::Queue { .. });
        let (gate, arn) = (Arc::clone(&self.gate), arn.clone());
        let url = given.map(|(_, url)| url);
        self.request(Operation::GetQueueAttributes, async move {
            let feeds = match feeds {
                Some(feeds) => feeds,
                // Of a queue that was named nobody knows who reads it; the dry run asked too. What
                // cannot be read is no refusal.
                None if is_named => {
                    let mappings = gate.event_source_mappings(None).await.unwrap_or_default();
                    readers(&mappings, &arn).collect()
                }
                None => Vec::new(),
            };
            let answer = target(&gate, &arn, url.as_ref(), feeds).await;
            Event::Target(arn, answer)
        });
    }

    pub(super) fn on_target(&mut self, arn: &Arn, answer: Result<TargetQueue, ApiError>) {
        let found = match answer {
            Ok(queue) => Ok(Arc::new(queue)),
            Err(error) if error.kind == ErrorKind::NotFound => Err(route::not_there(arn)),
            Err(error) => {
                if !self.is_about_one_source(&error) {
                    self.break_off(&error);
                }
                Err(error.to_string())
            }
        };
        self.targets.asked.remove(arn);
        self.targets.queues.insert(arn.clone(), found);
        if let Some(letters) = self.targets.parked.remove(arn) {
            // They came before what waits.
            self.intake.stash.splice(0..0, letters);
            self.take_stash();
        }
    }
}
