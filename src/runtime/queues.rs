//! Queues for the console and the command line alike: finding one however it was named, and what is
//! known of it.

use futures::{StreamExt as _, stream};

use super::{
    discovery::{self, Fact, QUEUES_AT_ONCE},
    gate::{Gate, address_at, verified},
};
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, Discovered},
        function::Arn,
        letter::decode::Known,
        queue::{MoveTask, OpenQueue, QueueAddress, QueueAttributes, QueueUrl},
    },
    ports::{ApiError, Operation, Result},
};

/// Finds a queue. Where its attributes may not be read it can be looked at, and nothing else.
///
/// # Errors
/// When it is not there, or in another region or partition.
pub async fn find(gate: &Gate, address: &QueueAddress) -> Result<OpenQueue> {
    // Whether an account that is named is a foreign one is known only by asking for the own one.
    // A failure to tell is no refusal.
    if address.account().is_some() && gate.account().is_none() {
        let _ = gate.identify().await;
    }
    gate.open_queue(address).await
}

/// Finds the queue with this ARN.
///
/// # Errors
/// As [`find`].
pub async fn at(gate: &Gate, operation: Operation, queue: &Arn) -> Result<OpenQueue> {
    find(gate, &address_at(operation, queue, None)?).await
}

/// Finds a queue that is written to.
///
/// # Errors
/// Also when it cannot be asked which queue it is.
pub async fn find_for(
    gate: &Gate,
    operation: Operation,
    address: &QueueAddress,
) -> Result<OpenQueue> {
    let queue = find(gate, address).await?;
    verified(operation, &queue)?;
    Ok(queue)
}

/// URL, counts and settings of a queue.
///
/// # Errors
/// Also when they may not be read.
pub async fn read(gate: &Gate, address: &QueueAddress) -> Result<(QueueUrl, QueueAttributes)> {
    gate.read_queue(address).await
}

/// Counts of many queues.
pub async fn counts(gate: &Gate, queues: Vec<Arn>) -> Vec<(Arn, Result<QueueAttributes>)> {
    let counts = queues.into_iter().map(|arn| async move {
        let counts = gate.queue_attributes(&arn).await;
        (arn, counts)
    });
    stream::iter(counts)
        .buffer_unordered(QUEUES_AT_ONCE)
        .collect()
        .await
}

/// AWS's own redrives of a queue, the newest first.
///
/// # Errors
/// When they cannot be listed.
pub async fn move_tasks(gate: &Gate, queue: &Arn) -> Result<Vec<MoveTask>> {
    gate.move_tasks(queue).await
}

/// What is known of a queue without asking others.
pub fn alone(queue: &OpenQueue) -> DeadLetterQueue {
    DeadLetterQueue {
        arn: queue.arn().clone(),
        url: Some(queue.url().clone()),
        attributes: queue.attributes().cloned(),
        feeders: Vec::new(),
        consumers: Vec::new(),
        added: true,
    }
}

/// What is known of a queue among what was found.
pub fn entry(discovered: &Discovered, queue: &OpenQueue) -> DeadLetterQueue {
    let mut queues = discovered.dead_letter_queues().into_iter();
    queues
        .find(|one| one.arn == *queue.arn())
        .unwrap_or_else(|| alone(queue))
}

/// Who reads a queue and, if it `asks_queues`, which ones fail to it. What could not be read is told
/// to `missing`.
pub async fn survey(
    gate: &Gate,
    queue: &OpenQueue,
    asks_queues: bool,
    mut missing: impl FnMut(&str),
) -> Discovered {
    let mut discovered = begun(queue);
    match gate.event_source_mappings(None).await {
        Ok(mappings) => {
            for mapping in &mappings {
                discovered.mapping(mapping);
            }
        }
        Err(error) => missing(&format!(
            "{}: whether a function reads this queue cannot be told: {}",
            queue.shown(),
            why(&error)
        )),
    }
    if asks_queues {
        let walk = discovery::walk_queues(gate, |fact| {
            if let Fact::Missing(part) = &fact {
                missing(&part.to_string());
            }
            fact.feed(&mut discovered);
        });
        walk.await;
    }
    discovered
}

/// What decoding the letters of a queue needs, when it cannot be learnt from the letters as they
/// come: the queues that fail to it, and who reads those.
pub async fn known(gate: &Gate, queue: &OpenQueue, missing: impl FnMut(&str)) -> Known {
    let discovered = survey(gate, queue, true, missing).await;
    Known::of(&entry(&discovered, queue))
}

/// The only queue that fails to this one. Only what is certain is inferred: every queue must have
/// been read.
///
/// # Errors
/// Why there is not exactly one.
pub async fn only_source(gate: &Gate, queue: &OpenQueue) -> std::result::Result<Arn, String> {
    let mut discovered = begun(queue);
    let mut missing = None;
    let walk = discovery::walk_queues(gate, |fact| {
        fact.feed(&mut discovered);
        if let Fact::Missing(what) = fact {
            missing.get_or_insert(what);
        }
    });
    walk.await;
    let found = entry(&discovered, queue);
    match (missing, found.sources().as_slice()) {
        (Some(missing), _) => Err(missing.to_string()),
        (None, [only]) => Ok((*only).clone()),
        (None, []) => Err("no queue of this account and region fails to it".to_owned()),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|arn| arn.resource_name()).collect();
            Err(format!(
                "{} queues fail to it ({})",
                several.len(),
                names.join(", ")
            ))
        }
    }
}

fn begun(queue: &OpenQueue) -> Discovered {
    let mut discovered = Discovered::default();
    if let Some(attributes) = queue.attributes() {
        discovered.added(queue.url().clone(), attributes.clone());
    }
    discovered
}

fn why(error: &ApiError) -> String {
    match error.missing_action() {
        Some(action) => format!("{action} is missing"),
        None => error.to_string(),
    }
}
