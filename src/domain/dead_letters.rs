//! The discovered of dead-letter queues: who sends failures where, as far as the account tells
//! (`docs/aws.md` §3.2).
//!
//! Pure: an accumulator that is fed with pieces as they are read, in any order, twice if need be
//! (the later replaces the earlier). Not responsible for reading them, nor for EventBridge
//! targets and SNS subscriptions, which other services list.

pub mod look;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    function::{Arn, AsyncConfig, EventSourceMapping, FunctionSummary},
    letter::LetterFunction,
    queue::{QueueAttributes, QueueUrl},
};

pub use look::{LookNotice, look_cost};

/// What was read so far.
#[derive(Debug, Clone, Default)]
pub struct Discovered {
    queues: BTreeMap<Arn, Known>,
    dead_letter_configs: BTreeMap<Arn, Arn>,
    mappings: BTreeMap<String, EventSourceMapping>,
    async_failures: BTreeMap<(Arn, String), Arn>,
}

#[derive(Debug, Clone)]
struct Known {
    url: QueueUrl,
    attributes: QueueAttributes,
    added: bool,
}

/// A queue that failures are sent to, or that was added by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterQueue {
    /// Queue ARN.
    pub arn: Arn,
    /// Its URL; none while nobody has read the queue (another account's, or denied).
    pub url: Option<QueueUrl>,
    /// Counts and settings, as far as read.
    pub attributes: Option<QueueAttributes>,
    /// Who sends failures here.
    pub feeders: Vec<Feeder>,
    /// Functions that eat what arrives here.
    pub consumers: Vec<Consumer>,
    /// It was added by name, URL or ARN.
    pub added: bool,
}

/// Who sends failures to a queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feeder {
    /// The redrive policy of another queue.
    Queue {
        /// That queue.
        arn: Arn,
        /// Receives before a message is moved.
        max_receive_count: Option<u32>,
        /// Functions that read that queue: one of them failed.
        consumers: Vec<Consumer>,
    },
    /// `DeadLetterConfig` of a function.
    AsyncDeadLetter {
        /// Unqualified ARN.
        function: Arn,
    },
    /// The on-failure destination of a function's asynchronous invokes.
    AsyncDestination {
        /// Unqualified ARN.
        function: Arn,
        /// Version or alias; `$LATEST` is the unqualified function.
        qualifier: String,
    },
    /// The on-failure destination of an event source mapping.
    Mapping {
        /// Unqualified ARN.
        function: Option<Arn>,
        /// The mapping.
        uuid: String,
        /// What it reads.
        source: Option<Arn>,
    },
}

/// A function that reads a queue through an event source mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consumer {
    /// Function ARN, with the mapping's qualifier if it has one.
    pub function: Arn,
    /// The mapping.
    pub uuid: String,
    /// It reads at present, by the mapping's own state.
    pub enabled: bool,
}

impl Discovered {
    /// A queue of the account. One that was added stays so.
    pub fn queue(&mut self, url: QueueUrl, attributes: QueueAttributes) {
        self.know(url, attributes, false);
    }

    /// A queue that the user asked for.
    pub fn added(&mut self, url: QueueUrl, attributes: QueueAttributes) {
        self.know(url, attributes, true);
    }

    fn know(&mut self, url: QueueUrl, attributes: QueueAttributes, added: bool) {
        let Some(arn) = attributes.arn.clone() else {
            return;
        };
        let added = added || self.queues.get(&arn).is_some_and(|known| known.added);
        self.queues.insert(
            arn,
            Known {
                url,
                attributes,
                added,
            },
        );
    }

    /// Forgets that a queue was added; it stays if failures are sent to it.
    pub fn remove(&mut self, queue: &Arn) {
        if let Some(known) = self.queues.get_mut(queue) {
            known.added = false;
        }
    }

    /// A function of the list.
    pub fn function(&mut self, function: &FunctionSummary) {
        match &function.dead_letter {
            Some(target) => {
                self.dead_letter_configs
                    .insert(function.arn.clone(), target.clone());
            }
            None => {
                self.dead_letter_configs.remove(&function.arn);
            }
        }
    }

    /// An event source mapping.
    pub fn mapping(&mut self, mapping: &EventSourceMapping) {
        self.mappings.insert(mapping.uuid.clone(), mapping.clone());
    }

    /// Async settings of a function's qualifier; `$LATEST` is the unqualified function.
    pub fn async_config(&mut self, function: &Arn, qualifier: &str, config: &AsyncConfig) {
        let key = (unqualified(function), qualifier.to_owned());
        match &config.on_failure {
            Some(target) => {
                self.async_failures.insert(key, target.clone());
            }
            None => {
                self.async_failures.remove(&key);
            }
        }
    }

    /// Every queue that failures are sent to, and every added one: most letters first, then by
    /// name. Linear in what was fed; call it when something came, not while drawing.
    pub fn dead_letter_queues(&self) -> Vec<DeadLetterQueue> {
        let mut consumers = self.consumers();
        let mut feeders = self.feeders(&consumers);
        let arns: BTreeSet<Arn> = feeders
            .keys()
            .chain(
                self.queues
                    .iter()
                    .filter_map(|(arn, known)| known.added.then_some(arn)),
            )
            .cloned()
            .collect();
        let mut queues: Vec<DeadLetterQueue> = arns
            .into_iter()
            .map(|arn| {
                let known = self.queues.get(&arn);
                let mut feeders = feeders.remove(&arn).unwrap_or_default();
                feeders.sort();
                let mut attributes = known.map(|known| known.attributes.clone());
                if let Some(attributes) = &mut attributes {
                    // One text for both.
                    attributes.arn = Some(arn.clone());
                }
                DeadLetterQueue {
                    url: known.map(|known| known.url.clone()),
                    attributes,
                    added: known.is_some_and(|known| known.added),
                    consumers: consumers.remove(&arn).unwrap_or_default(),
                    feeders,
                    arn,
                }
            })
            .collect();
        queues.sort_by(|left, right| {
            let by_depth = right.depth().unwrap_or(0).cmp(&left.depth().unwrap_or(0));
            by_depth
                .then_with(|| left.name().cmp(right.name()))
                .then_with(|| left.arn.cmp(&right.arn))
        });
        queues
    }

    /// Letters in the queues of a function; none where no queue of it is known and read. For the
    /// whole list of functions [`depths`] goes over the queues once.
    pub fn depth_of(&self, function: &Arn) -> Option<u64> {
        depths(&self.dead_letter_queues())
            .get(&unqualified(function))
            .copied()
    }

    fn consumers(&self) -> BTreeMap<Arn, Vec<Consumer>> {
        let mut consumers: BTreeMap<Arn, Vec<Consumer>> = BTreeMap::new();
        for mapping in self.mappings.values() {
            if let (Some(source), Some(function)) = (&mapping.source, &mapping.function)
                && is_queue(source)
            {
                consumers.entry(source.clone()).or_default().push(Consumer {
                    function: function.clone(),
                    uuid: mapping.uuid.clone(),
                    enabled: !mapping.is_disabled(),
                });
            }
        }
        for list in consumers.values_mut() {
            list.sort();
        }
        consumers
    }

    fn feeders(&self, consumers: &BTreeMap<Arn, Vec<Consumer>>) -> BTreeMap<Arn, Vec<Feeder>> {
        let queues = self.queues.iter().filter_map(|(arn, known)| {
            let feeder = Feeder::Queue {
                arn: arn.clone(),
                max_receive_count: known.attributes.max_receive_count,
                consumers: consumers.get(arn).cloned().unwrap_or_default(),
            };
            Some((known.attributes.dead_letter.clone()?, feeder))
        });
        let configs = self.dead_letter_configs.iter().map(|(function, target)| {
            let function = function.clone();
            (target.clone(), Feeder::AsyncDeadLetter { function })
        });
        let destinations = self.async_failures.iter().map(|((function, on), target)| {
            let feeder = Feeder::AsyncDestination {
                function: function.clone(),
                qualifier: on.clone(),
            };
            (target.clone(), feeder)
        });
        let mappings = self.mappings.values().filter_map(|mapping| {
            let feeder = Feeder::Mapping {
                function: mapping.function.as_ref().map(unqualified),
                uuid: mapping.uuid.clone(),
                source: mapping.source.clone(),
            };
            Some((mapping.on_failure.clone()?, feeder))
        });
        let mut feeders: BTreeMap<Arn, Vec<Feeder>> = BTreeMap::new();
        for (target, feeder) in queues.chain(configs).chain(destinations).chain(mappings) {
            // Topics, buckets and buses are targets too, but nothing can be received from them.
            if is_queue(&target) {
                // Most queues have one, and a vector that begins empty has room for four.
                let of_queue = feeders.entry(target);
                let of_queue = of_queue.or_insert_with(|| Vec::with_capacity(1));
                of_queue.push(feeder);
            }
        }
        feeders
    }
}

impl DeadLetterQueue {
    /// The queue's name.
    pub fn name(&self) -> &str {
        self.arn.resource_name()
    }

    /// Messages in it, those in flight and delayed included: a look does not change it. About,
    /// for the counts are (SQS API). None while the queue was not read.
    pub fn depth(&self) -> Option<u64> {
        self.attributes.as_ref().map(QueueAttributes::depth)
    }

    /// Whether it is FIFO.
    pub fn is_fifo(&self) -> bool {
        self.attributes.as_ref().map_or_else(
            || self.name().strip_suffix(".fifo").is_some(),
            |found| found.fifo,
        )
    }

    /// The queues that fail to this one, each once.
    pub fn sources(&self) -> Vec<&Arn> {
        let mut sources: Vec<&Arn> = self
            .feeders
            .iter()
            .filter_map(|feeder| match feeder {
                Feeder::Queue { arn, .. } => Some(arn),
                _ => None,
            })
            .collect();
        sources.sort();
        sources.dedup();
        sources
    }

    /// Whether only SQS itself sends here: what AWS's move task asks for.
    pub fn is_fed_by_queues(&self) -> bool {
        self.feeders
            .iter()
            .any(|feeder| matches!(feeder, Feeder::Queue { .. }))
    }

    /// The functions whose failures land here, unqualified, each once: by their own settings, or
    /// because they read a queue whose failures come here.
    pub fn owners(&self) -> Vec<Arn> {
        let owners: BTreeSet<Arn> = self.feeders.iter().flat_map(Feeder::functions).collect();
        owners.into_iter().collect()
    }
}

impl Feeder {
    /// The functions behind it, unqualified.
    fn functions(&self) -> Vec<Arn> {
        match self {
            Self::Queue { consumers, .. } => consumers
                .iter()
                .map(|consumer| unqualified(&consumer.function))
                .collect(),
            Self::AsyncDeadLetter { function } | Self::AsyncDestination { function, .. } => {
                vec![function.clone()]
            }
            Self::Mapping { function, .. } => function.iter().cloned().collect(),
        }
    }
}

/// Letters by owner function (unqualified): the badge in the list of functions. A queue of several
/// functions counts for each of them; a function whose queues nobody has read is left out.
pub fn depths(queues: &[DeadLetterQueue]) -> BTreeMap<Arn, u64> {
    let mut depths = BTreeMap::new();
    for queue in queues {
        if let Some(depth) = queue.depth() {
            for owner in queue.owners() {
                *depths.entry(owner).or_default() += depth;
            }
        }
    }
    depths
}

fn unqualified(function: &Arn) -> Arn {
    LetterFunction::read(function.as_str()).map_or_else(|| function.clone(), |found| found.arn)
}

fn is_queue(arn: &Arn) -> bool {
    arn.service() == Some("sqs")
}

#[cfg(test)]
mod tests;
