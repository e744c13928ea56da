//! Decides on each letter as the engine will: whether the plan is about it, and what becomes of it.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Against, Facts, find};
use crate::domain::{
    jq::{Edited, Jq},
    letter::{Letter, Predicate, record},
    redrive::{
        Chosen, Plan, Scope, Target,
        progress::not_judged,
        record::Key,
        route::{self, BEHIND},
    },
};

/// A letter that expires within this is named.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// What the letters add up to.
#[derive(Default)]
pub(super) struct Sum {
    pub fits: u64,
    pub not_chosen: u64,
    pub not_judged: Against,
    pub destinations: BTreeMap<Option<Target>, u64>,
    pub bytes: BTreeMap<Option<Target>, u64>,
    pub edited: u64,
    pub inferred: u64,
    /// Failure records that hold no event.
    pub empty: u64,
    pub unchanged: u64,
    pub failed_edits: Against,
    pub refused: Against,
    pub groups: HashSet<String>,
    pub already_sent: u64,
    pub expiring: u64,
    /// The qualifiers that the letters' records name, and of how many.
    pub qualifiers: BTreeMap<String, u64>,
    /// FIFO: groups of which a letter stays, and those behind it with it.
    stopped: HashSet<String>,
}

/// A letter that goes.
struct Going {
    /// `None` is nowhere: it is deleted.
    target: Option<Target>,
    bytes: usize,
    is_edited: bool,
    is_inferred: bool,
    /// A failure record that holds no event.
    is_empty: bool,
}

/// Why a letter that was chosen does not go.
enum Stays {
    /// The edit fails on it.
    Edit(String),
    /// It cannot go.
    Refused(String),
}

pub(super) struct Judge<'a> {
    plan: &'a Plan,
    facts: &'a Facts,
    filter: Option<Predicate>,
    edit: Option<Jq>,
    chosen: Option<BTreeMap<&'a str, &'a Chosen>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(plan: &'a Plan, facts: &'a Facts) -> Result<Self, String> {
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

    /// Puts a letter into its part of the sum.
    pub(super) fn add(&self, letter: &Letter, now: Timestamp, sum: &mut Sum) {
        let message = &letter.message;
        if message.flaw.is_none() && self.facts.already_sent.contains(&Key::of(&message.id)) {
            sum.already_sent += 1;
            return;
        }
        let chosen = match &self.chosen {
            Some(chosen) => chosen.get(&*message.id).copied(),
            None => None,
        };
        if !self.may_be_chosen(letter, chosen, sum) {
            sum.not_chosen += 1;
            return;
        }
        let filter = self.filter.as_ref().filter(|filter| !filter.is_empty());
        let chosen_by = filter.map(|filter| match message.flaw {
            Some(flaw) => Err(flaw.reason().to_owned()),
            None => filter.test(letter, now),
        });
        match chosen_by {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => {
                sum.not_chosen += 1;
                return;
            }
            Some(Err(why)) => {
                sum.not_judged.add(&message.id, &not_judged(&why));
                self.stop(letter, sum);
                return;
            }
        }
        sum.fits += 1;
        let named = letter.function.as_ref();
        if let Some(qualifier) = named.and_then(|function| function.qualifier.clone()) {
            *sum.qualifiers.entry(qualifier).or_default() += 1;
        }
        let expires = letter.expires;
        sum.expiring += u64::from(expires.is_some_and(|at| at.duration_since(now) < SOON));
        match self.outcome(letter, chosen, sum) {
            Ok(going) => {
                if let Some(group) = &message.system.group {
                    sum.groups.insert(group.clone());
                }
                sum.edited += u64::from(going.is_edited);
                sum.inferred += u64::from(going.is_inferred);
                sum.empty += u64::from(going.is_empty);
                sum.unchanged += u64::from(!going.is_edited && self.edits(&going));
                *sum.bytes.entry(going.target.clone()).or_default() += going.bytes as u64;
                *sum.destinations.entry(going.target).or_default() += 1;
            }
            Err(stays) => {
                match stays {
                    Stays::Edit(why) => sum.failed_edits.add(&message.id, &why),
                    Stays::Refused(why) => sum.refused.add(&message.id, &why),
                }
                self.stop(letter, sum);
            }
        }
    }

    /// Whether a letter is looked at further: a selection names its letters, a standing plan is
    /// about those that were there when it was made, up to its limit.
    fn may_be_chosen(&self, letter: &Letter, chosen: Option<&Chosen>, sum: &Sum) -> bool {
        if self.chosen.is_some() {
            return chosen.is_some();
        }
        let sent = letter.message.system.sent;
        let is_later = sent.is_some_and(|sent| sent > self.plan.created);
        !is_later && self.plan.limit().is_none_or(|limit| sum.fits < limit)
    }

    fn edits(&self, going: &Going) -> bool {
        self.edit.is_some() && going.target.is_some()
    }

    /// On FIFO nothing of its group overtakes a letter that stays.
    fn stop(&self, letter: &Letter, sum: &mut Sum) {
        if self.plan.source_is_fifo
            && let Some(group) = &letter.message.system.group
        {
            sum.stopped.insert(group.clone());
        }
    }

    fn outcome(&self, letter: &Letter, chosen: Option<&Chosen>, sum: &Sum) -> Result<Going, Stays> {
        let refused = Stays::Refused;
        let message = &letter.message;
        let target = route::target(self.plan, message).map_err(refused)?;
        let Some(target) = target else {
            return Ok(Going {
                target: None,
                bytes: message.bytes(),
                is_edited: false,
                is_inferred: false,
                is_empty: false,
            });
        };
        if let Target::Queue(arn) = &target
            && let Some(why) = self.facts.barred.get(arn)
        {
            return Err(refused(why.clone()));
        }
        let invokes = matches!(target, Target::Function { .. });
        let by_hand = chosen.and_then(|chosen| chosen.edited.as_ref());
        let edited = match (by_hand, &self.edit) {
            (Some(edited), _) => Some(edited.reveal().to_string()),
            (None, None) => None,
            (None, Some(edit)) => {
                let text = if invokes {
                    record::event_text(letter)
                } else {
                    message.body.reveal()
                };
                match edit.edit(text) {
                    Ok(Edited::Changed(text)) => Some(text),
                    Ok(Edited::Unchanged) => None,
                    Err(error) => return Err(Stays::Edit(route::edit_failed(&error))),
                }
            }
        };
        let edited = edited.as_deref();
        let mut is_empty = false;
        let bytes = if invokes {
            let event = route::event(letter, &self.plan.region, edited).map_err(refused)?;
            event.reveal().len()
        } else {
            let body = edited.unwrap_or(message.body.reveal());
            let queue = match &target {
                Target::Queue(arn) => find(self.facts, arn),
                Target::Function { .. } => None,
            };
            if let Some(why) = route::event_refusal(self.plan, letter, body, queue) {
                return Err(refused(why));
            }
            is_empty = route::is_empty_record(letter, body);
            if let Some(queue) = queue
                && let Some(why) = route::refusal(message, body, queue, Some(letter))
            {
                return Err(refused(why));
            }
            body.len() + message.bytes() - message.body.reveal().len()
        };
        let group = message.system.group.as_ref();
        if group.is_some_and(|group| sum.stopped.contains(group)) {
            return Err(refused(BEHIND.to_owned()));
        }
        Ok(Going {
            target: Some(target),
            bytes,
            is_edited: edited.is_some(),
            is_inferred: route::inferred(self.plan, message).is_some(),
            is_empty,
        })
    }
}
