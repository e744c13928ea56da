//! The dry run: what a plan would do, in figures, before anything is done.
//!
//! Pure: it looks at the letters that are there (all of a selection, a sample of a queue) and at
//! what is known of the queues. Drawing it is others'.

mod cost;
mod judge;
mod notes;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::{Destination, Plan, Scope, Target, record::Key, route::TargetQueue};
use crate::domain::{
    function::Arn,
    letter::Letter,
    queue::{MoveTask, QueueAttributes},
};

pub use cost::{Calls, cost};
use judge::{Judge, Sum};
use notes::notes;

/// Of letters that something stands against, so many are named.
const NAMED: usize = 1_000;

/// What is known of the world.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Now.
    pub now: Option<Timestamp>,
    /// Counts and settings of the source.
    pub source: QueueAttributes,
    /// The queues that letters may go to; one that is missing was not readable.
    pub targets: Vec<TargetQueue>,
    /// Queues that letters would go to and cannot, and why.
    pub barred: HashMap<Arn, String>,
    /// The letters looked at are all that the queue has, not a sample of it.
    pub is_whole: bool,
    /// A word on whoever reads the target (`mapping of payments-charge paused`), if known.
    pub consumer: Option<String>,
    /// Whether nobody reads the target at present: a canary cannot be judged.
    pub is_consumer_paused: bool,
    /// AWS's own redrive that runs on the source.
    pub task: Option<MoveTask>,
    /// Letters that an earlier plan has sent (tombstones).
    pub already_sent: HashSet<Key>,
    /// Nothing is on disk: the demo account, where nothing is real.
    pub has_no_journal: bool,
    /// The journals of earlier plans that cannot be read, each with its path and the reason.
    pub damaged_journals: Vec<String>,
    /// Letters that the looker holds and does not move: given back when the plan begins.
    pub held_besides: u64,
}

/// How many letters a plan is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exact(u64),
    /// By a sample: `fits` of the `sampled`, of about `total` in the queue.
    Sampled {
        /// Letters looked at.
        sampled: u64,
        /// Of those, part of the plan.
        fits: u64,
        /// In the queue, approximately.
        total: u64,
    },
}

impl Count {
    /// The best guess.
    pub fn estimate(self) -> u64 {
        match self {
            Self::Exact(count) => count,
            Self::Sampled {
                sampled: 0, total, ..
            } => total,
            Self::Sampled {
                sampled,
                fits,
                total,
            } => (u128::from(total) * u128::from(fits) / u128::from(sampled)) as u64,
        }
    }
}

/// Letters that something stands against: they stay where they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Against {
    /// How many.
    pub count: u64,
    /// The first 1,000: message id and why.
    pub named: Vec<(String, String)>,
    /// How many for each reason.
    pub reasons: BTreeMap<String, u64>,
}

impl Against {
    fn add(&mut self, id: &str, why: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push((id.to_owned(), why.to_owned()));
        }
        // A reason with an id in it must not fill the memory.
        if self.reasons.len() < NAMED || self.reasons.contains_key(why) {
            *self.reasons.entry(why.to_owned()).or_default() += 1;
        }
    }

    /// The first reason.
    pub fn first(&self) -> Option<&str> {
        self.named.first().map(|(_, why)| why.as_str())
    }
}

/// A dry run. Each letter that was looked at is in one of four parts: chosen (`fits`), not chosen,
/// not judged, or already sent by an earlier plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// How many letters.
    pub count: Count,
    /// Letters looked at.
    pub looked_at: u64,
    /// Of those, chosen by the plan.
    pub fits: u64,
    /// Not chosen: given back.
    pub not_chosen: u64,
    /// Whether they are chosen cannot be told: they stay.
    pub not_judged: Against,
    /// Bytes of those that can go.
    pub bytes: u64,
    /// Where they go, most letters first; `None` is nowhere (deleted).
    pub destinations: Vec<(Option<Target>, u64)>,
    /// Sent with another body.
    pub edited: u64,
    /// Sent to a queue that is inferred.
    pub inferred: u64,
    /// An edit leaves them as they are.
    pub unchanged: u64,
    /// Chosen, and the edit fails on them.
    pub failed_edits: Against,
    /// Chosen, and they cannot go.
    pub refused: Against,
    /// FIFO groups among them.
    pub groups: u64,
    /// An earlier plan sent them: they are only deleted.
    pub already_sent: u64,
    /// They expire within the hour, or have by now.
    pub expiring: u64,
    /// Calls by API name.
    pub calls: Calls,
    /// What the calls cost at list price, in US dollars; an estimate.
    pub dollars: f64,
    /// How long the canary waits for its verdict, if there is one.
    pub canary_s: Option<u64>,
    /// Why it cannot start. None: it can.
    pub blocks: Vec<String>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl Preview {
    /// Whether nothing stands against it.
    pub fn can_start(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether every letter looked at would end as planned.
    pub fn is_clean(&self) -> bool {
        self.against().all(|against| against.count == 0)
    }

    /// Why letters stay, and how many for each reason, as the report of the run will say it.
    pub fn reasons(&self) -> BTreeMap<String, u64> {
        let mut reasons = self.refusals();
        reasons.extend(self.not_judged.reasons.clone());
        reasons
    }

    /// Why chosen letters do not go, and how many for each reason.
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        let mut reasons = self.failed_edits.reasons.clone();
        reasons.extend(self.refused.reasons.clone());
        reasons
    }

    /// What stands against letters, of all kinds.
    pub fn against(&self) -> impl Iterator<Item = &Against> {
        [&self.failed_edits, &self.refused, &self.not_judged].into_iter()
    }
}

/// What a plan would do with these letters: all of a selection, or a sample of the queue.
pub fn preview(plan: &Plan, letters: &[Letter], facts: &Facts) -> Preview {
    let mut blocks = Vec::new();
    let now = facts.now.unwrap_or(plan.created);
    let mut sum = Sum::default();
    match Judge::new(plan, facts) {
        Ok(judge) => {
            for letter in letters {
                judge.add(letter, now, &mut sum);
            }
        }
        Err(problem) => blocks.push(problem),
    }
    let count = count(plan, letters.len() as u64, &sum, facts);
    block(plan, &sum, facts, count, &mut blocks);
    let canary_s = plan.pace.canary.then(|| {
        plan.canary_timeout_s
            .unwrap_or_else(|| canary_wait(&sum, facts))
    });
    let (calls, dollars) = if letters.is_empty() {
        let unread = BTreeMap::from([(destination_of(plan), 1)]);
        cost(plan, (count.estimate(), 0), 1, &unread, &BTreeMap::new())
    } else {
        let letters = (count.estimate(), sum.already_sent);
        cost(plan, letters, sum.fits, &sum.destinations, &sum.bytes)
    };
    let mut destinations: Vec<_> = sum.destinations.clone().into_iter().collect();
    destinations.sort_by_key(|(_, letters)| std::cmp::Reverse(*letters));
    Preview {
        notes: notes(plan, &sum, facts),
        count,
        looked_at: letters.len() as u64,
        fits: sum.fits,
        not_chosen: sum.not_chosen,
        not_judged: sum.not_judged,
        bytes: sum.bytes.values().sum(),
        destinations,
        edited: sum.edited,
        inferred: sum.inferred,
        unchanged: sum.unchanged,
        failed_edits: sum.failed_edits,
        refused: sum.refused,
        groups: sum.groups.len() as u64,
        already_sent: sum.already_sent,
        expiring: sum.expiring,
        calls,
        dollars,
        canary_s,
        blocks,
    }
}

fn count(plan: &Plan, sampled: u64, sum: &Sum, facts: &Facts) -> Count {
    let Scope::Standing { limit, .. } = &plan.scope else {
        return Count::Exact(sum.fits);
    };
    if facts.is_whole {
        return Count::Exact(sum.fits);
    }
    let total = facts.source.visible + facts.held_besides;
    let count = Count::Sampled {
        sampled,
        fits: sum.fits,
        total: total.max(sampled),
    };
    match limit {
        Some(limit) if sum.fits >= *limit || count.estimate() > *limit => Count::Exact(*limit),
        _ => count,
    }
}

/// Where letters go that were not looked at; the sources of a queue are of its kind.
fn destination_of(plan: &Plan) -> Option<Target> {
    match &plan.destination {
        Destination::Source | Destination::SourceOr { .. } => {
            Some(Target::Queue(plan.source.clone()))
        }
        Destination::Queue { arn, .. } => Some(Target::Queue(arn.clone())),
        Destination::Invoke {
            function,
            qualifier,
        } => Some(Target::Function {
            arn: function.clone(),
            qualifier: qualifier.clone(),
        }),
        Destination::Delete => None,
    }
}

fn find<'a>(facts: &'a Facts, arn: &Arn) -> Option<&'a TargetQueue> {
    facts.targets.iter().find(|queue| queue.arn() == arn)
}

fn block(plan: &Plan, sum: &Sum, facts: &Facts, count: Count, blocks: &mut Vec<String>) {
    if facts.task.as_ref().is_some_and(MoveTask::is_running) {
        blocks
            .push("AWS is moving this queue already: cancel its move task, or wait for it".into());
    }
    if let Destination::Queue { arn, .. } = &plan.destination
        && *arn == plan.source
    {
        blocks.push("the destination is the queue that is emptied".into());
        return;
    }
    if sum.failed_edits.count > 0 {
        blocks.push(format!(
            "the edit fails on {} letters: correct it, or leave them out",
            sum.failed_edits.count
        ));
    }
    let is_chosen = matches!(plan.scope, Scope::Selection(_));
    if is_chosen && let Some(why) = sum.refused.first() {
        blocks.push(format!(
            "{} letters cannot go ({why}): leave them out, or choose another destination",
            sum.refused.count
        ));
    }
    if count.estimate() == 0 && sum.already_sent == 0 && blocks.is_empty() {
        blocks.push("there is nothing to do".into());
    }
}

/// The longest wait among the destinations, at most five minutes (`docs/architecture.md` §6.3).
fn canary_wait(sum: &Sum, facts: &Facts) -> u64 {
    sum.destinations
        .keys()
        .flatten()
        .map(|target| match target {
            Target::Queue(arn) => find(facts, arn)
                .and_then(TargetQueue::canary_s)
                .unwrap_or(300),
            Target::Function { .. } => 300,
        })
        .max()
        .unwrap_or(300)
        .min(300)
}

#[cfg(test)]
mod tests;
