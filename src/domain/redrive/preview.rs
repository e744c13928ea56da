//! The dry run: what a plan would do, in figures, before anything is done.
//!
//! Pure: it looks at the letters that are there (all of a selection, a sample of a queue) and at
//! what is known of the queues. Drawing it is others'.

mod cost;
mod notes;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    Chosen, Destination, Plan, Scope, Target,
    record::{Claim, Key},
    route::{self, TargetQueue},
};
use crate::domain::{
    function::Arn,
    jq::{Edited, Jq},
    letter::{Letter, Predicate, record as event_of},
    queue::{MoveTask, QueueAttributes},
    secret::Secret,
};

pub use cost::{Calls, cost};
use notes::notes;

/// A letter that expires within this is named.
const SOON: SignedDuration = SignedDuration::from_hours(1);
/// Of letters that cannot go, so many are named.
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

/// A dry run.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// How many letters.
    pub count: Count,
    /// Letters looked at that the plan is about.
    pub fits: u64,
    /// Bytes of those that can go.
    pub bytes: u64,
    /// Where they go, most letters first; `None` is nowhere (deleted).
    pub destinations: Vec<(Option<Target>, u64)>,
    /// Sent with another body.
    pub edited: u64,
    /// An edit leaves them as they are.
    pub unchanged: u64,
    /// The edit fails on them: message id and why.
    pub failed_edits: Vec<(String, String)>,
    /// They cannot go: message id and why.
    pub refused: Vec<(String, String)>,
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
}

/// What the letters add up to.
#[derive(Default)]
struct Sum {
    fits: u64,
    destinations: BTreeMap<Option<Target>, u64>,
    bytes: BTreeMap<Option<Target>, u64>,
    edited: u64,
    unchanged: u64,
    failed_edits: Vec<(String, String)>,
    refused: Vec<(String, String)>,
    groups: HashSet<String>,
    already_sent: u64,
    expiring: u64,
    /// Letters on which the filter fails, and the first reason.
    untold: u64,
    untold_why: String,
}

/// What a plan would do with these letters: all of a selection, or a sample of the queue.
pub fn preview(plan: &Plan, letters: &[Letter], facts: &Facts) -> Preview {
    let mut blocks = Vec::new();
    let now = facts.now.unwrap_or(plan.created);
    let mut sum = Sum::default();
    match Judge::new(plan, facts) {
        Ok(judge) => {
            for letter in letters {
                // Beyond the limit a letter is not the plan's.
                if plan.limit().is_none_or(|limit| sum.fits < limit) {
                    judge.add(letter, now, &mut sum);
                }
            }
        }
        Err(problem) => blocks.push(problem),
    }
    let count = count(plan, letters.len() as u64, &sum, facts);
    block(plan, &sum, facts, count, &mut blocks);
    let canary_s = plan.pace.canary.then(|| canary_wait(&sum, facts));
    let (calls, dollars) = if letters.is_empty() {
        let unread = BTreeMap::from([(destination_of(plan), 1)]);
        cost(plan, count.estimate(), 1, &unread, &BTreeMap::new())
    } else {
        let estimate = count.estimate();
        cost(plan, estimate, sum.fits, &sum.destinations, &sum.bytes)
    };
    let mut destinations: Vec<_> = sum.destinations.clone().into_iter().collect();
    destinations.sort_by_key(|(_, letters)| std::cmp::Reverse(*letters));
    Preview {
        notes: notes(plan, &sum, facts),
        count,
        fits: sum.fits,
        bytes: sum.bytes.values().sum(),
        destinations,
        edited: sum.edited,
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
        Destination::Source => Some(Target::Queue(plan.source.clone())),
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

/// Decides on letters as the engine will.
struct Judge<'a> {
    plan: &'a Plan,
    facts: &'a Facts,
    filter: Option<Predicate>,
    edit: Option<Jq>,
    chosen: Option<BTreeMap<&'a str, &'a Chosen>>,
}

impl<'a> Judge<'a> {
    fn new(plan: &'a Plan, facts: &'a Facts) -> Result<Self, String> {
        let (filter, chosen) = match &plan.scope {
            Scope::Selection(chosen) => {
                let by_id = chosen.iter().map(|letter| (&*letter.id, letter)).collect();
                (None, Some(by_id))
            }
            Scope::Standing { filter, .. } => {
                let filter = filter.as_deref().map(Predicate::parse).transpose();
                (
                    filter.map_err(|error| format!("the filter: {error}"))?,
                    None,
                )
            }
        };
        let edit = plan.edit.as_deref().map(Jq::compile).transpose();
        Ok(Self {
            plan,
            facts,
            filter,
            edit: edit.map_err(|error| format!("the edit: {error}"))?,
            chosen,
        })
    }

    fn add(&self, letter: &Letter, now: Timestamp, sum: &mut Sum) {
        let message = &letter.message;
        let chosen = match &self.chosen {
            Some(chosen) => match chosen.get(&*message.id) {
                Some(chosen) => Some(*chosen),
                None => return,
            },
            None => None,
        };
        let does_fit = match self.filter.as_ref().map(|filter| filter.test(letter, now)) {
            None => true,
            Some(Ok(does_fit)) => does_fit,
            // As in the run: what cannot be told of is not part of the plan.
            Some(Err(why)) => {
                sum.untold += 1;
                if sum.untold == 1 {
                    sum.untold_why = why;
                }
                false
            }
        };
        let is_later = message
            .system
            .sent
            .is_some_and(|sent| sent > self.plan.created);
        if !does_fit || (chosen.is_none() && is_later) {
            return;
        }
        sum.fits += 1;
        sum.expiring += u64::from(
            letter
                .expires
                .is_some_and(|expires| expires.duration_since(now) < SOON),
        );
        if self.facts.already_sent.contains(&Key::of(&message.id)) {
            sum.already_sent += 1;
            return;
        }
        match self.outcome(letter, chosen, sum) {
            Ok((target, bytes)) => {
                if let Some(group) = &message.system.group {
                    sum.groups.insert(group.clone());
                }
                *sum.bytes.entry(target.clone()).or_default() += bytes as u64;
                *sum.destinations.entry(target).or_default() += 1;
            }
            Err(Some(reason)) if sum.refused.len() < NAMED => {
                sum.refused.push((message.id.to_string(), reason));
            }
            Err(_) => {}
        }
    }

    /// Where a letter goes and how large it is; no reason where it is told already.
    fn outcome(
        &self,
        letter: &Letter,
        chosen: Option<&Chosen>,
        sum: &mut Sum,
    ) -> Result<(Option<Target>, usize), Option<String>> {
        let message = &letter.message;
        let target = route::target(self.plan, message).map_err(Some)?;
        let Some(target) = target else {
            return Ok((None, message.bytes()));
        };
        let invokes = matches!(target, Target::Function { .. });
        let by_hand = chosen.and_then(|chosen| chosen.edited.as_ref());
        let edited: Option<String> = match (by_hand, &self.edit) {
            (Some(edited), _) => Some(edited.reveal().to_string()),
            (None, None) => None,
            (None, Some(edit)) => {
                let text = if invokes {
                    event_of::event_text(letter)
                } else {
                    message.body.reveal()
                };
                match edit.edit(text) {
                    Ok(Edited::Changed(text)) => Some(text),
                    Ok(Edited::Unchanged) => None,
                    Err(error) => {
                        if sum.failed_edits.len() < NAMED {
                            sum.failed_edits
                                .push((message.id.to_string(), error.to_string()));
                        }
                        return Err(None);
                    }
                }
            }
        };
        let is_edited = edited.is_some();
        let bytes = if invokes {
            let event = event_of::lambda_event(letter, &self.plan.region, edited.as_deref())
                .map_err(|missing| Some(missing.reason().to_owned()))?;
            if let Some(reason) = route::invoke_refusal(event.reveal()) {
                return Err(Some(reason));
            }
            event.reveal().len()
        } else {
            if let Target::Queue(arn) = &target
                && let Some(why) = self.facts.barred.get(arn)
            {
                return Err(Some(why.clone()));
            }
            let claim = Claim {
                message: std::sync::Arc::new(message.clone()),
                until: self.plan.created,
                to: target.clone(),
                content: edited.map(|edited| Secret::new(edited.into())),
                is_edited,
            };
            if let Some(queue) = self.queue(&target)
                && let Some(reason) = route::refusal(&claim, queue, Some(letter))
            {
                return Err(Some(reason));
            }
            claim.content().reveal().len() + message.bytes() - message.body.reveal().len()
        };
        sum.edited += u64::from(is_edited);
        sum.unchanged += u64::from(!is_edited && self.edit.is_some());
        Ok((Some(target), bytes))
    }

    fn queue(&self, target: &Target) -> Option<&TargetQueue> {
        match target {
            Target::Queue(arn) => find(self.facts, arn),
            Target::Function { .. } => None,
        }
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
    if !sum.failed_edits.is_empty() {
        blocks.push(format!(
            "the edit fails on {} letters: correct it, or leave them out",
            sum.failed_edits.len()
        ));
    }
    let is_chosen = matches!(plan.scope, Scope::Selection(_));
    if is_chosen && !sum.refused.is_empty() {
        blocks.push(format!(
            "{} letters cannot go ({}): leave them out, or choose another destination",
            sum.refused.len(),
            sum.refused[0].1
        ));
    }
    if count.estimate() == 0 && blocks.is_empty() {
        blocks.push("there is nothing to do".into());
    }
}

/// The longest wait among the destinations, at most five minutes (design §6).
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
