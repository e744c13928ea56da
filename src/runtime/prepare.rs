//! What a dry run needs to know before it can judge: where the letters would go, who reads there,
//! whether AWS moves the queue already, and what earlier plans have sent.
//!
//! It only asks. What the facts mean is [`preview`](crate::domain::redrive::preview)'s.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{
    gate::Gate,
    journal::{JournalError, Journals},
    redrive::target,
    runner::blocking,
};
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, Feeder},
        function::{Alias, Arn, EventSourceMapping},
        letter::LetterFunction,
        queue::{Message, MoveTask},
        redrive::{Destination, Key, LONGEST_CANARY_S, Pace, Plan, Scope, preview::Facts, route},
    },
    ports::{ApiError, ErrorKind},
};

/// What was found out.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// For the preview. Whether the letters are the whole queue, and what is held besides, is the
    /// caller's to say.
    pub facts: Facts,
    /// The mappings that read the destinations or the queue that is emptied.
    pub mappings: Vec<EventSourceMapping>,
    /// What could not be read: a note, never a refusal.
    pub unknown: Vec<ApiError>,
}

/// A function that letters are to be invoked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// Its own ARN, unqualified.
    pub function: Arn,
    /// Version or alias.
    pub qualifier: Option<String>,
    /// Its timeout in seconds; none where it may not be read.
    pub timeout_s: Option<u64>,
}

impl Invoked {
    /// Where letters go.
    pub fn destination(&self) -> Destination {
        Destination::Invoke {
            function: self.function.clone(),
            qualifier: self.qualifier.clone(),
        }
    }

    /// The timeout of a canary that is invoked synchronously; none where it goes as the others do:
    /// nobody waits longer than a minute for one answer.
    pub fn canary_timeout_s(&self, pace: &Pace) -> Option<u64> {
        self.timeout_s
            .filter(|seconds| pace.canary && *seconds <= LONGEST_CANARY_S)
    }
}

/// Reads the function that letters are to be invoked with: one that is not there is told before
/// anything is sent. To read it is another right than to invoke it, so a denial is no refusal where
/// the whole ARN was given.
///
/// # Errors
/// When the function, or the qualifier, cannot be found.
pub async fn invoked(
    gate: &Gate,
    function: Arn,
    qualifier: Option<String>,
) -> Result<Invoked, ApiError> {
    let (function, timeout_s) = match gate.configuration(&function, qualifier.as_deref()).await {
        Ok(read) => (read.summary.arn, Some(u64::from(read.summary.timeout_s))),
        Err(error) if error.kind == ErrorKind::Denied && function.service().is_some() => {
            (function, None)
        }
        Err(error) => return Err(error),
    };
    Ok(Invoked {
        function,
        qualifier,
        timeout_s,
    })
}

/// Versions that are offered; older ones are typed.
const MOST_VERSIONS: usize = 20;

/// The names by which one function can be invoked.
#[derive(Debug, Clone, Default)]
pub struct Qualifiers {
    /// Aliases, as they point now.
    pub aliases: Vec<Alias>,
    /// Published versions, the newest first.
    pub versions: Vec<String>,
    /// What could not be read.
    pub unknown: Vec<ApiError>,
}

/// Reads aliases and published versions anew: after a roll-back an alias points elsewhere.
pub async fn qualifiers(gate: &Gate, function: &Arn) -> Qualifiers {
    let (aliases, versions) = futures::join!(gate.aliases(function), gate.versions(function));
    let mut read = Qualifiers::default();
    match aliases {
        Ok(aliases) => read.aliases = aliases,
        Err(error) => read.unknown.push(error),
    }
    match versions {
        Ok(versions) => {
            let mut numbers: Vec<u64> = versions
                .iter()
                .filter_map(|version| version.version.parse().ok())
                .collect();
            numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
            let newest = numbers.into_iter().take(MOST_VERSIONS);
            read.versions = newest.map(|number| number.to_string()).collect();
        }
        Err(error) => read.unknown.push(error),
    }
    read
}

/// Finds out what a plan about these messages, as far as they are known, needs.
///
/// # Errors
/// When a journal cannot be read: then the plan could not run either.
pub async fn gather<'a>(
    gate: &Gate,
    journals: &Journals,
    plan: &Plan,
    known: &DeadLetterQueue,
    messages: impl Iterator<Item = &'a Message> + Clone,
) -> Result<Gathered, JournalError> {
    let (already_sent, damaged_journals) = earlier(journals, plan, messages.clone()).await?;
    let mut gathered = Gathered {
        facts: Facts {
            now: Some(plan.created),
            source: known.attributes.clone().unwrap_or_default(),
            already_sent,
            damaged_journals,
            has_no_journal: journals.is_fleeting(),
            task: running_move(gate, &plan.source).await,
            ..Facts::default()
        },
        ..Gathered::default()
    };
    let queues = queues(plan, known, messages);
    match gate.event_source_mappings(None).await {
        Ok(mappings) => gathered.mappings = mappings,
        Err(error) => gathered.unknown.push(error),
    }
    let is_wanted = |source: &Arn| *source == plan.source || queues.contains(source);
    gathered
        .mappings
        .retain(|mapping| mapping.source.as_ref().is_some_and(is_wanted));
    let url = match &plan.destination {
        Destination::Queue { url, .. } => Some(url),
        _ => None,
    };
    for arn in queues {
        let feeds = readers(&gathered.mappings, &arn).collect();
        match target(gate, &arn, url, feeds).await {
            Ok(queue) => gathered.facts.targets.push(queue),
            Err(error) if error.kind == ErrorKind::NotFound => {
                let why = route::not_there(&arn);
                gathered.facts.barred.insert(arn, why);
            }
            // Nothing that is tried again: the plan itself would find the same.
            Err(error) if matches!(error.kind, ErrorKind::Elsewhere | ErrorKind::Denied) => {
                gathered.facts.barred.insert(arn, error.to_string());
            }
            Err(error) => gathered.unknown.push(error),
        }
    }
    gathered.consumers(plan);
    Ok(gathered)
}

/// AWS's own redrive that runs on a queue. What cannot be told is none: some servers know no move
/// tasks.
pub async fn running_move(gate: &Gate, queue: &Arn) -> Option<MoveTask> {
    let tasks = gate.move_tasks(queue).await.ok()?;
    tasks.into_iter().find(MoveTask::is_running)
}

/// What earlier plans sent, and the journals that cannot say it.
async fn earlier(
    journals: &Journals,
    plan: &Plan,
    messages: impl Iterator<Item = &Message>,
) -> Result<(HashSet<Key>, Vec<String>), JournalError> {
    let (journals, plan) = (journals.clone(), plan.clone());
    let read = blocking(move || {
        let left = journals.left(plan.account.as_deref(), &plan.region, plan.created);
        let damaged = match left {
            Ok(left) => left.damaged.iter().map(ToString::to_string).collect(),
            Err(error) => vec![format!("the journals cannot be read: {error}")],
        };
        let marks = journals.tombstones(&plan.source, &plan.id)?;
        Ok::<_, JournalError>((marks, damaged))
    });
    // None only when the program ends.
    let Some(read) = read.await else {
        return Ok(Default::default());
    };
    let (marks, damaged) = read?;
    // One whose outcome is not known is sent again, and named.
    let is_sent = |message: &&Message| {
        let mark = marks.get(&message.id);
        mark.is_some_and(|mark| mark.sent_as.is_some())
    };
    let sent = messages.filter(is_sent);
    let sent = sent.map(|message| Key::of(&message.id)).collect();
    Ok((sent, damaged))
}

/// The queues that letters may go to, each once.
fn queues<'a>(
    plan: &Plan,
    known: &DeadLetterQueue,
    messages: impl Iterator<Item = &'a Message>,
) -> Vec<Arn> {
    let mut queues: Vec<Arn> = match &plan.destination {
        Destination::Queue { arn, .. } => vec![arn.clone()],
        Destination::Source | Destination::SourceOr { .. } => messages
            .filter_map(|message| message.system.dead_letter_source.clone())
            .chain(known.feeders.iter().filter_map(fed_by))
            .chain(inferred(plan))
            .collect(),
        Destination::Invoke { .. } | Destination::Delete => Vec::new(),
    };
    queues.sort();
    queues.dedup();
    queues
}

fn inferred(plan: &Plan) -> Option<Arn> {
    match &plan.destination {
        Destination::SourceOr { inferred } => Some(inferred.clone()),
        _ => None,
    }
}

fn fed_by(feeder: &Feeder) -> Option<Arn> {
    match feeder {
        Feeder::Queue { arn, .. } => Some(arn.clone()),
        _ => None,
    }
}

/// The functions that read a queue.
pub(super) fn readers<'a>(
    mappings: &'a [EventSourceMapping],
    queue: &'a Arn,
) -> impl Iterator<Item = Arn> + 'a {
    mappings
        .iter()
        .filter(move |mapping| mapping.source.as_ref() == Some(queue))
        .filter_map(|mapping| LetterFunction::read(mapping.function.as_ref()?.as_str()))
        .map(|function| function.arn)
}

impl Gathered {
    /// Who reads the destinations, in a word.
    fn consumers(&mut self, plan: &Plan) {
        let of_targets: Vec<&EventSourceMapping> = self
            .mappings
            .iter()
            .filter(|mapping| mapping.source.as_ref() != Some(&plan.source))
            .collect();
        let paused = of_targets.iter().find(|mapping| mapping.is_disabled());
        let consumer = paused.or(of_targets.first()).map(|mapping| {
            let function = mapping.function.as_ref().map_or("?", Arn::resource_name);
            format!("mapping of {function} {}", mapping.state.to_lowercase())
        });
        self.facts.is_consumer_paused =
            !of_targets.is_empty() && of_targets.iter().all(|mapping| mapping.is_disabled());
        self.facts.consumer = consumer;
    }
}

/// AWS moves whole queues that SQS itself fills, unedited (`docs/aws.md` §3.3).
pub fn is_for_aws(plan: &Plan, known: &DeadLetterQueue) -> bool {
    let is_whole = matches!(
        plan.scope,
        Scope::Standing {
            filter: None,
            limit: None
        }
    );
    let target_fits = match &plan.destination {
        Destination::Source => true,
        Destination::Queue { arn, .. } => {
            arn.resource_name().strip_suffix(".fifo").is_some() == plan.source_is_fifo
        }
        // AWS moves no letter that names no source.
        Destination::SourceOr { .. } | Destination::Invoke { .. } | Destination::Delete => false,
    };
    is_whole && target_fits && plan.edit.is_none() && known.is_fed_by_queues()
}

/// Time and a random part: sorts by time, safe as a file name.
pub fn plan_id(now: Timestamp) -> String {
    format!(
        "{}-{:08x}",
        now.strftime("%Y%m%dT%H%M%S"),
        fastrand::u32(..)
    )
}
