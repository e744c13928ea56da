//! Discovery: the walk that finds the dead-letter queues of an account and region.
//!
//! Asks and hands on what it learns, fact by fact, in no particular order; what the facts mean
//! is the [`Discovered`]'s. It only reads, so it may be dropped at any time. A part that
//! cannot be read becomes [`Fact::Missing`], never a refusal of the rest.

use std::{collections::BTreeSet, fmt, future::Future, mem, pin::pin, sync::Arc};

use futures::{
    StreamExt as _,
    future::{join, join3},
    stream,
};
use tokio::sync::mpsc;

use super::gate::{Gate, address_at};
use crate::{
    domain::{
        dead_letters::Discovered,
        function::{Arn, AsyncConfig, EventSourceMapping, FunctionSummary},
        queue::{MoveTask, QueueAddress, QueueAttributes, QueueUrl},
    },
    ports::{ApiError, ErrorKind, Operation, Result},
};

/// Functions whose async destinations are asked for, one call each: at our share of Lambda's
/// quota these take about two minutes.
pub const FUNCTIONS: usize = 1_000;
/// Queues asked at once.
pub const QUEUES_AT_ONCE: usize = 16;
/// Functions asked at once: Lambda's control plane has a quota that the whole team shares.
const FUNCTIONS_AT_ONCE: usize = 2;
/// So many refusals or silences with nothing in between, and the rest is not asked for.
const IN_VAIN: usize = 3;
/// Facts that may wait for their reader.
const FACTS: usize = 64;

/// A part of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The listing of the queues.
    Queues,
    /// Counts, settings and redrive policies of each queue.
    Attributes,
    /// The listing of the functions, with their dead-letter configuration.
    Functions,
    /// Event source mappings: consumers of queues, and their on-failure destinations.
    Mappings,
    /// On-failure destinations of asynchronous invokes, a call for each function.
    Destinations,
    /// AWS's own redrives.
    MoveTasks,
}

impl Part {
    /// What is read, for a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Queues => "the list of queues",
            Self::Attributes => "attributes of queues",
            Self::Functions => "the list of functions",
            Self::Mappings => "event source mappings",
            Self::Destinations => "async destinations",
            Self::MoveTasks => "move tasks",
        }
    }
}

/// Something that the walk learnt.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A queue, of this account or one that something here sends its failures to.
    Queue(QueueUrl, Box<QueueAttributes>),
    /// Some functions.
    Functions(Arc<Vec<FunctionSummary>>),
    /// Some mappings of the account.
    Mappings(Vec<EventSourceMapping>),
    /// A function's async settings by qualifier.
    Destinations(Arn, Vec<(String, AsyncConfig)>),
    /// The newest move tasks of a dead-letter queue.
    MoveTasks(Arn, Vec<MoveTask>),
    /// How far a part is: done, and of how many as far as known.
    Progress(Part, usize, Option<usize>),
    /// What could not be read.
    Missing(Missing),
}

impl Fact {
    /// Feeds what is about queues, functions and mappings to a discovered.
    pub fn feed(&self, discovered: &mut Discovered) {
        match self {
            Self::Queue(url, attributes) => discovered.queue(url.clone(), (**attributes).clone()),
            Self::Functions(functions) => {
                for function in functions.iter() {
                    discovered.function(function);
                }
            }
            Self::Mappings(mappings) => {
                for mapping in mappings {
                    discovered.mapping(mapping);
                }
            }
            Self::Destinations(function, configs) => {
                for (qualifier, config) in configs {
                    discovered.async_config(function, qualifier, config);
                }
            }
            Self::MoveTasks(..) | Self::Progress(..) | Self::Missing(_) => {}
        }
    }
}

/// What could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Of which part.
    pub part: Part,
    /// So many of its calls failed, or were not made.
    pub count: usize,
    /// Of so many.
    pub of: usize,
    /// The first failure; none where it was our own bound.
    pub error: Option<ApiError>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.title();
        match self.of {
            0 | 1 => write!(f, "{part} could not be read")?,
            of => write!(f, "{part}: {} of {of} could not be read", self.count)?,
        }
        match &self.error {
            None => write!(f, ": that is more than one look asks for"),
            Some(error) => match error.missing_action() {
                Some(action) => write!(f, ": {action} is missing"),
                None => write!(f, ": {error}"),
            },
        }
    }
}

/// Walks the account and hands on what it learns. Functions that the caller knows already are
/// not listed again. The destinations of functions come last: they may take minutes.
pub async fn walk(
    gate: &Gate,
    functions: Option<Arc<Vec<FunctionSummary>>>,
    mut told: impl FnMut(Fact),
) {
    let mut seen = Seen::default();
    let mut tell = |fact: Fact, seen: &mut Seen| {
        seen.see(&fact);
        told(fact);
    };
    relay(
        |fact| tell(fact, &mut seen),
        |facts| async move {
            join3(
                queues(gate, &facts),
                list_functions(gate, functions, &facts),
                mappings(gate, &facts),
            )
            .await;
        },
    )
    .await;
    let (strangers, functions) = (seen.strangers(), mem::take(&mut seen.functions));
    relay(
        |fact| tell(fact, &mut seen),
        |facts| async move {
            join(
                attributes_of(gate, strangers, &facts),
                destinations(gate, functions, &facts),
            )
            .await;
        },
    )
    .await;
    let strangers = seen.strangers();
    relay(
        |fact| tell(fact, &mut seen),
        |facts| async move { attributes_of(gate, strangers, &facts).await },
    )
    .await;
}

/// The queues of the account alone, with their redrive policies.
pub async fn walk_queues(gate: &Gate, told: impl FnMut(Fact)) {
    relay(told, |facts| async move { queues(gate, &facts).await }).await;
}

/// AWS's own redrives of these queues: only dead-letter queues of queues have any
/// (`docs/aws.md` §3.3).
pub async fn walk_move_tasks(gate: &Gate, queues: Vec<Arn>, mut told: impl FnMut(Fact)) {
    // Some servers know no move tasks; that there is none is all one needs.
    let tell = |fact: Fact| match &fact {
        Fact::Missing(Missing {
            error: Some(error), ..
        }) if error.kind != ErrorKind::Denied => {}
        _ => told(fact),
    };
    relay(tell, |facts| async move {
        let questions = queues.into_iter().map(|queue| async move {
            let tasks = gate.move_tasks(&queue).await?;
            Ok(Fact::MoveTasks(queue, tasks))
        });
        ask(Part::MoveTasks, questions, QUEUES_AT_ONCE, &facts).await;
    })
    .await;
}

/// The queue with this ARN.
///
/// # Errors
/// When it is not there, or one may not read it.
pub async fn queue(gate: &Gate, arn: &Arn) -> Result<(QueueUrl, QueueAttributes)> {
    gate.read_queue(&address_at(Operation::GetQueueAttributes, arn, None)?)
        .await
}

/// Runs parts that tell facts at the same time as the one who is told.
async fn relay<F: Future<Output = ()>>(
    mut told: impl FnMut(Fact),
    parts: impl FnOnce(mpsc::Sender<Fact>) -> F,
) {
    let (sender, mut facts) = mpsc::channel(FACTS);
    let listen = async {
        while let Some(fact) = facts.recv().await {
            told(fact);
        }
    };
    join(parts(sender), listen).await;
}

/// Tells a fact. That nobody listens any more means that the walk is being dropped.
async fn tell(facts: &mpsc::Sender<Fact>, fact: Fact) {
    let _ = facts.send(fact).await;
}

async fn queues(gate: &Gate, facts: &mpsc::Sender<Fact>) {
    let mut urls = Vec::new();
    let mut pages = pin!(gate.pages(Operation::ListQueues, |marker| gate.list_queues(marker)));
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => urls.extend(page),
            Err(error) => tell(facts, Fact::Missing(whole(Part::Queues, error))).await,
        }
    }
    let questions = urls.into_iter().map(|url| async move {
        let read = gate.read_queue(&QueueAddress::listed(url)).await;
        read.map(|(url, attributes)| Fact::Queue(url, Box::new(attributes)))
    });
    ask(Part::Attributes, questions, QUEUES_AT_ONCE, facts).await;
}

/// Queues that are not listed here but take failures: of another account, or hidden.
async fn attributes_of(gate: &Gate, queues: Vec<Arn>, facts: &mpsc::Sender<Fact>) {
    let questions = queues.into_iter().map(|arn| async move {
        let (url, attributes) = queue(gate, &arn).await?;
        Ok(Fact::Queue(url, Box::new(attributes)))
    });
    ask(Part::Attributes, questions, QUEUES_AT_ONCE, facts).await;
}

async fn list_functions(
    gate: &Gate,
    known: Option<Arc<Vec<FunctionSummary>>>,
    facts: &mpsc::Sender<Fact>,
) {
    if let Some(functions) = known {
        return tell(facts, Fact::Functions(functions)).await;
    }
    let mut listed = 0;
    let mut pages = pin!(gate.function_pages());
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                listed += page.len();
                tell(facts, Fact::Functions(Arc::new(page))).await;
                tell(facts, Fact::Progress(Part::Functions, listed, None)).await;
            }
            Err(error) => tell(facts, Fact::Missing(whole(Part::Functions, error))).await,
        }
    }
}

async fn destinations(gate: &Gate, functions: Vec<Arn>, facts: &mpsc::Sender<Fact>) {
    let of = functions.len();
    let questions = functions.into_iter().take(FUNCTIONS).map(|arn| async move {
        let configs = gate.async_configs(&arn).await?;
        Ok(Fact::Destinations(arn, configs))
    });
    ask(Part::Destinations, questions, FUNCTIONS_AT_ONCE, facts).await;
    if of > FUNCTIONS {
        let missing = Missing {
            part: Part::Destinations,
            count: of - FUNCTIONS,
            of,
            error: None,
        };
        tell(facts, Fact::Missing(missing)).await;
    }
}

async fn mappings(gate: &Gate, facts: &mpsc::Sender<Fact>) {
    let mut pages = pin!(gate.mapping_pages(None));
    while let Some(page) = pages.next().await {
        let fact = match page {
            Ok(mappings) => Fact::Mappings(mappings),
            Err(error) => Fact::Missing(whole(Part::Mappings, error)),
        };
        tell(facts, fact).await;
    }
}

/// Asks many questions of one kind, so many at once, and sums up those without an answer.
async fn ask<Q: Future<Output = Result<Fact>>>(
    part: Part,
    questions: impl ExactSizeIterator<Item = Q>,
    at_once: usize,
    facts: &mpsc::Sender<Fact>,
) {
    let of = questions.len();
    let mut answers = stream::iter(questions).buffer_unordered(at_once);
    let (mut done, mut failed, mut in_vain) = (0, 0, 0);
    let mut first: Option<ApiError> = None;
    while let Some(answer) = answers.next().await {
        done += 1;
        match answer {
            Ok(fact) => {
                in_vain = 0;
                tell(facts, fact).await;
                tell(facts, Fact::Progress(part, done, Some(of))).await;
            }
            // Gone since it was listed, or only named: it holds nothing.
            Err(error) if error.kind == ErrorKind::NotFound => in_vain = 0,
            Err(error) => {
                failed += 1;
                // The Gate has tried each of them long enough.
                let is_in_vain = matches!(error.kind, ErrorKind::Denied | ErrorKind::Throttled)
                    || error.is_unreachable();
                in_vain = if is_in_vain { in_vain + 1 } else { 0 };
                let is_denied = error.kind == ErrorKind::Denied;
                first.get_or_insert(error);
                if in_vain == IN_VAIN && (!is_denied || done == failed) {
                    failed += of - done;
                    break;
                }
            }
        }
    }
    if failed > 0 {
        let missing = Missing {
            part,
            count: failed,
            of,
            error: first,
        };
        tell(facts, Fact::Missing(missing)).await;
    }
}

const fn whole(part: Part, error: ApiError) -> Missing {
    Missing {
        part,
        count: 1,
        of: 1,
        error: Some(error),
    }
}

/// What the walk saw so far, for what it asks next.
#[derive(Default)]
struct Seen {
    functions: Vec<Arn>,
    /// Queues that are known, or were asked for.
    queues: BTreeSet<Arn>,
    /// Where failures go.
    targets: BTreeSet<Arn>,
}

impl Seen {
    fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Queue(_, attributes) => {
                if let Some(arn) = &attributes.arn {
                    self.queues.insert(arn.clone());
                }
                self.targets.extend(attributes.dead_letter.clone());
            }
            Fact::Functions(functions) => {
                for function in functions.iter() {
                    self.functions.push(function.arn.clone());
                    self.targets.extend(function.dead_letter.clone());
                }
            }
            Fact::Mappings(mappings) => self.targets.extend(
                mappings
                    .iter()
                    .filter_map(|mapping| mapping.on_failure.clone()),
            ),
            Fact::Destinations(_, configs) => self.targets.extend(
                configs
                    .iter()
                    .filter_map(|(_, config)| config.on_failure.clone()),
            ),
            Fact::MoveTasks(..) | Fact::Progress(..) | Fact::Missing(_) => {}
        }
    }

    /// Queues that take failures and are neither known nor asked for yet.
    fn strangers(&mut self) -> Vec<Arn> {
        let targets = self.targets.iter();
        let strangers = targets.filter(|arn| arn.service() == Some("sqs"));
        let strangers = strangers.filter(|arn| self.queues.insert((*arn).clone()));
        strangers.cloned().collect()
    }
}

#[cfg(test)]
mod tests;
