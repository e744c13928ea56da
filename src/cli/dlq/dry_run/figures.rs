//! What a sample adds up to, and what it lets one expect of the whole queue. Pure.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Targets;
use crate::{
    cli::dlq::{
        queue::Queue,
        resume::{destination, scope},
    },
    domain::{
        jq::{Edited, Jq},
        letter::{Letter, record, verdict::EXPIRING},
        price,
        queue::BATCH,
        redrive::{Destination, Plan, Scope, Target, record::Claim, route},
        secret::Secret,
    },
};

/// Dollars for a million requests of a standard queue, of FIFO, and of Lambda, in most regions
/// and beyond the free ones (the pricing pages of SQS and Lambda).
const PER_MILLION: [f64; 3] = [0.40, 0.50, 0.20];

/// What would become of a letter.
pub(super) enum Fate {
    /// It goes there; whether it is edited.
    Goes(Option<Target>, bool),
    /// It cannot: why.
    Refused(String),
}

/// Judges letters as the engine does.
pub(super) struct Judge<'a> {
    pub(super) plan: &'a Plan,
    pub(super) edit: Option<&'a Jq>,
    pub(super) targets: &'a Targets,
    pub(super) now: Timestamp,
}

impl Judge<'_> {
    /// What becomes of a letter that the plan is about.
    pub(super) fn fate(&self, letter: &Letter, target: Result<Option<Target>, String>) -> Fate {
        let target = match target {
            Ok(Some(target)) => target,
            Ok(None) => return Fate::Goes(None, false),
            Err(reason) => return Fate::Refused(reason),
        };
        let invokes = matches!(target, Target::Function { .. });
        let text = if invokes {
            record::event_text(letter)
        } else {
            letter.message.body.reveal()
        };
        let edited = match self.edit.map(|edit| edit.edit(text)) {
            None | Some(Ok(Edited::Unchanged)) => None,
            Some(Ok(Edited::Changed(text))) => Some(text),
            Some(Err(error)) => return Fate::Refused(format!("the edit failed: {error}")),
        };
        let refusal = match &target {
            Target::Function { .. } => {
                match record::lambda_event(letter, &self.plan.region, edited.as_deref()) {
                    Ok(event) => route::invoke_refusal(event.reveal()),
                    Err(reason) => Some(format!(
                        "there is nothing to call the function with: {}",
                        reason.reason()
                    )),
                }
            }
            Target::Queue(arn) => match self.targets.get(arn) {
                Some(Ok(queue)) => {
                    let claim = Claim {
                        message: letter.message.clone().into(),
                        until: self.now,
                        to: target.clone(),
                        content: edited.as_deref().map(|text| Secret::new(text.into())),
                        is_edited: edited.is_some(),
                    };
                    route::refusal(&claim, queue, Some(letter))
                }
                Some(Err(problem)) => Some(problem.clone()),
                None => None,
            },
        };
        match refusal {
            Some(reason) => Fate::Refused(reason),
            None => Fate::Goes(Some(target), edited.is_some()),
        }
    }
}

/// The sums of a sample.
pub(super) struct Figures {
    /// Visible in the queue, about.
    visible: u64,
    /// At most so many are wanted.
    limit: Option<u64>,
    pub(super) sampled: u64,
    /// The sample is the whole queue.
    pub(super) is_whole: bool,
    goes: u64,
    pub(super) edited: u64,
    pub(super) unchanged: u64,
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) destinations: BTreeMap<String, u64>,
    bytes: u64,
    groups: HashSet<String>,
    expiring: u64,
    /// Letters of which the choice could not tell, and the first reason.
    untold: (u64, String),
}

impl Figures {
    pub(super) fn new(plan: &Plan, visible: u64) -> Self {
        Self {
            visible,
            limit: plan.limit(),
            sampled: 0,
            is_whole: false,
            goes: 0,
            edited: 0,
            unchanged: 0,
            refused: BTreeMap::new(),
            destinations: BTreeMap::new(),
            bytes: 0,
            groups: HashSet::new(),
            expiring: 0,
            untold: (0, String::new()),
        }
    }

    /// Takes a letter in that the plan is about. Beyond the limit it is not.
    pub(super) fn add(&mut self, letter: &Letter, fate: Fate, now: Timestamp) {
        if self.limit.is_some_and(|limit| self.matching() >= limit) {
            return;
        }
        let (target, is_edited) = match fate {
            Fate::Refused(reason) => {
                *self.refused.entry(reason).or_default() += 1;
                return;
            }
            Fate::Goes(target, is_edited) => (target, is_edited),
        };
        self.goes += 1;
        self.bytes += letter.message.bytes() as u64;
        if is_edited {
            self.edited += 1;
        } else {
            self.unchanged += 1;
        }
        if let Some(target) = target {
            *self.destinations.entry(target.shown()).or_default() += 1;
        }
        self.groups.extend(letter.message.system.group.clone());
        let is_expiring = |expires: Timestamp| expires.duration_since(now) < EXPIRING;
        if letter.expires.is_some_and(is_expiring) {
            self.expiring += 1;
        }
    }

    /// Counts a letter on which the expression of the choice failed.
    pub(super) fn cannot_tell(&mut self, why: String) {
        if self.untold.0 == 0 {
            self.untold.1 = why;
        }
        self.untold.0 += 1;
    }

    /// Letters of the sample that the plan is about.
    fn matching(&self) -> u64 {
        self.goes + self.refused.values().sum::<u64>()
    }

    /// Letters of the plan, by the sample's share; none without a sample.
    fn planned(&self) -> Option<u64> {
        let matching = self.matching();
        let planned = if self.is_whole {
            matching
        } else if self.sampled == 0 {
            return None;
        } else {
            let share = matching as f64 / self.sampled as f64;
            (share * self.visible.max(self.sampled) as f64).round() as u64
        };
        Some(self.limit.map_or(planned, |limit| planned.min(limit)))
    }

    /// Counted where the sample is everything, else estimated and said so.
    pub(super) fn count(&self) -> String {
        let matching = self.matching();
        let limit = self
            .limit
            .map_or_else(String::new, |limit| format!(", at most {limit}"));
        match self.planned() {
            None => format!("about {} in the queue{limit}", self.visible),
            Some(_) if self.is_whole => format!("{matching} of {}{limit}", self.sampled),
            Some(planned) => format!(
                "about {planned}{limit}: {matching} of {} sampled, of ~{}",
                self.sampled, self.visible
            ),
        }
    }

    /// The calls that the plan becomes, about.
    fn calls(&self, destination: &Destination) -> Vec<(&'static str, u64)> {
        let planned = self.planned().unwrap_or(self.visible);
        let batches = planned.div_ceil(BATCH as u64);
        let mut calls = vec![("ReceiveMessage", self.visible.div_ceil(BATCH as u64).max(1))];
        match destination {
            Destination::Source | Destination::Queue { .. } => {
                calls.push(("SendMessageBatch", batches));
            }
            Destination::Invoke { .. } => calls.push(("Invoke", planned)),
            Destination::Delete => {}
        }
        calls.push(("DeleteMessageBatch", batches));
        calls
    }

    /// What the calls cost at most.
    fn dollars(&self, plan: &Plan) -> f64 {
        let [standard, fifo, lambda] = PER_MILLION;
        let calls = self.calls(&plan.destination);
        let dollars = calls.iter().map(|&(name, count)| {
            let price = match name {
                "Invoke" => lambda,
                _ if plan.source_is_fifo => fifo,
                _ => standard,
            };
            count as f64 * price / 1e6
        });
        dollars.sum()
    }

    pub(super) fn calls_shown(&self, plan: &Plan) -> String {
        let calls = self.calls(&plan.destination);
        let calls = calls.iter().map(|(name, count)| format!("{count} {name}"));
        let calls: Vec<String> = calls.collect();
        format!(
            "about {} · {}",
            calls.join(" · "),
            price::shown(self.dollars(plan))
        )
    }

    /// What is worth knowing before it is done.
    pub(super) fn notes(&self, plan: &Plan, queue: &Queue) -> Vec<String> {
        let mut notes = Vec::new();
        if self.expiring > 0 {
            notes.push(format!(
                "{} of the sample expire within an hour",
                self.expiring
            ));
        }
        if let (count @ 1.., why) = &self.untold {
            notes.push(format!(
                "{count} of the sample are left out because the expression fails on them: {why}"
            ));
        }
        if queue.attributes.in_flight > 0 {
            notes.push(format!(
                "about {} are in flight and are not reached before they come back",
                queue.attributes.in_flight
            ));
        }
        if plan.source_is_fifo {
            notes.push(format!(
                "FIFO: {} groups in the sample; each group goes in its order, and stops where a letter fails",
                self.groups.len()
            ));
        } else if !matches!(plan.destination, Destination::Delete) {
            notes.push(
                "a send whose answer is lost is sent again: such a letter can be there twice, and is named in the report".to_owned(),
            );
        }
        if matches!(plan.destination, Destination::Delete) {
            notes.push("what is deleted is gone: `lambdeck dlq export` keeps a copy".to_owned());
        }
        let is_whole_queue = matches!(
            &plan.scope,
            Scope::Standing {
                filter: None,
                limit: None
            }
        );
        let to_queues = matches!(
            plan.destination,
            Destination::Source | Destination::Queue { .. }
        );
        if is_whole_queue && to_queues && plan.edit.is_none() {
            notes.push(format!(
                "unedited and whole: AWS's own task can do this too, at 500 a second: `lambdeck dlq move-task start {}`",
                queue.name()
            ));
        }
        notes
    }

    /// The dry run as an object.
    pub(super) fn object(&self, plan: &Plan, notes: &[String]) -> Value {
        let calls: Map<String, Value> = self
            .calls(&plan.destination)
            .into_iter()
            .map(|(name, count)| (name.to_owned(), json!(count)))
            .collect();
        json!({
            "DryRun": true,
            "QueueArn": plan.source,
            "Destination": destination(plan),
            "Letters": scope(plan),
            "Edit": plan.edit,
            "ApproximateNumberOfMessages": self.visible,
            "Sampled": self.sampled,
            "SampleIsWhole": self.is_whole,
            "Matching": self.matching(),
            "Planned": self.planned(),
            "Edited": self.edited,
            "Unchanged": self.unchanged,
            "Refused": self.refused,
            "Destinations": self.destinations,
            "Bytes": self.bytes,
            "Groups": self.groups.len(),
            "Expiring": self.expiring,
            "Calls": calls,
            "Dollars": self.dollars(plan),
            "Notes": notes,
        })
    }
}
