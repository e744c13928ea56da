//! Into our hands: letters are received, and for each is decided whether the plan is about it and
//! where it goes.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Held,
    engine::{Engine, Event, Letter, Step},
    leases::LEASE_S,
    outlet::group,
    sieve::{Choice, Decision},
};
use crate::{
    domain::{
        queue::{Flaw, Handle, Message},
        redrive::{
            Key, Ledger, Plan, Record, Scope, Target,
            ledger::{Receipt, State},
            progress::not_judged,
            record::{Claim, LeaseRecord},
            route::{self, BEHIND},
        },
        secret::Secret,
    },
    runtime::runner::blocking,
};

/// What is being received.
#[derive(Debug)]
pub(super) struct Intake {
    pub chosen: Option<HashMap<Key, Option<Secret<Arc<str>>>>>,
    /// Of the chosen, those that are neither held nor settled.
    pub unmet: HashSet<Key>,
    pub limit: Option<u64>,
    /// Received, and not yet looked at.
    pub stash: Vec<(Message, Timestamp)>,
    pub is_refreshing: bool,
    pub receives: usize,
    pub empties: u32,
    /// The last poll brought nothing: one at a time is enough.
    pub is_quiet: bool,
    /// Nothing more is wanted, but for what is awaited.
    pub is_over: bool,
    pub next_poll: Option<Timestamp>,
    /// FIFO: it is being asked what lies behind the letters that stay.
    pub is_looking_behind: bool,
    /// How often that was asked.
    pub checks: u32,
    /// Until then letters may be hidden from us by ourselves: an answer to a receive was lost, or
    /// a process died before it wrote down what it received.
    pub hidden_until: Option<Timestamp>,
    /// Other plans were asked once more before what is awaited is given up.
    pub has_asked: bool,
    pub turn: u64,
}

impl Intake {
    pub(super) fn new(plan: &Plan, ledger: &Ledger, held: &[Held]) -> Self {
        let chosen = match &plan.scope {
            Scope::Selection(chosen) => Some(
                chosen
                    .iter()
                    .map(|letter| (Key::of(&letter.id), letter.edited.clone()))
                    .collect(),
            ),
            Scope::Standing { .. } => None,
        };
        let mut unmet: HashSet<Key> = plan
            .chosen()
            .iter()
            .filter(|letter| ledger.receipt(&letter.id) == Receipt::New)
            .map(|letter| Key::of(&letter.id))
            .collect();
        for letter in held {
            unmet.remove(&Key::of(&letter.message.id));
        }
        Self {
            is_over: chosen.is_some() && unmet.is_empty(),
            chosen,
            unmet,
            limit: plan.limit(),
            stash: Vec::new(),
            is_refreshing: false,
            receives: 0,
            empties: 0,
            is_quiet: false,
            next_poll: None,
            is_looking_behind: false,
            checks: 0,
            hidden_until: None,
            has_asked: false,
            turn: 0,
        }
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next_poll
    }

    pub(super) fn may_hide(&mut self, now: Timestamp) {
        self.hidden_until = Some(now + SignedDuration::from_secs(i64::from(LEASE_S)));
    }
}

impl Engine {
    /// Looks at what was received, as soon as it is known what other processes did.
    pub(super) fn take_stash(&mut self) {
        if self.intake.is_refreshing || self.intake.stash.is_empty() {
            return;
        }
        if !self.refresh_tombstones() {
            self.look_at_stash();
        }
    }

    /// On FIFO in the order of receiving: those behind a letter whose queue is being looked up
    /// wait with it.
    fn look_at_stash(&mut self) {
        let now = self.clock.now();
        let mut stash = std::mem::take(&mut self.intake.stash).into_iter();
        while !(self.plan.source_is_fifo && self.targets.waiting() > 0)
            && let Some((message, until)) = stash.next()
        {
            self.take(message, until, now);
        }
        self.intake.stash.extend(stash);
    }

    /// Reads what other processes wrote since the last time, if they did.
    pub(super) fn refresh_tombstones(&mut self) -> bool {
        let has_news = self.tombstones.has_news();
        if has_news {
            self.intake.is_refreshing = true;
            let tombstones = self.tombstones.clone();
            self.writes.push(Box::pin(async move {
                let read = blocking(move || tombstones.refresh()).await;
                Event::Refreshed(match read {
                    Some(read) => read.map_err(|error| error.to_string()),
                    None => Err("the program is ending".into()),
                })
            }));
        }
        has_news
    }

    pub(super) fn on_refreshed(&mut self, result: Result<(), String>) {
        self.intake.is_refreshing = false;
        if let Err(error) = result {
            self.stop(crate::domain::redrive::End::Broken(format!(
                "what other plans have sent cannot be told: {error}"
            )));
        }
        self.look_at_stash();
    }

    /// One letter, received or handed over.
    fn take(&mut self, message: Message, until: Timestamp, now: Timestamp) {
        let id = Arc::clone(&message.id);
        self.intake.unmet.remove(&Key::of(&id));
        let is_whole = message.flaw.is_none();
        if message.flaw != Some(Flaw::Unheld) {
            self.leases.hold(&id, message.handle.clone(), until, now);
        }
        match self.ledger.receipt(&id) {
            // What came whole before goes on; this receive settles nothing.
            Receipt::Delete | Receipt::InWork if !is_whole => {}
            Receipt::Delete => self.delete_by(id, message.handle, until, now),
            // It is given back with the others.
            _ if self.halt.is_some() => {}
            Receipt::New => self.consider(message, until, now),
            Receipt::InWork => self.take_again(&id, message.handle, until, now),
            // It failed in an earlier run: on FIFO those behind it stay with it.
            Receipt::Hold if self.ledger.state(&id) == Some(State::Failed) => {
                self.keep_those_behind(&message);
            }
            Receipt::Hold => {}
        }
    }

    /// A letter in work came again: the newest handle counts.
    fn take_again(&mut self, id: &Arc<str>, handle: Handle, until: Timestamp, now: Timestamp) {
        self.awaited.remove(id);
        self.note_newest(id, handle, until);
        if let Some(letter) = self.letters.get(id)
            && matches!(letter.step, Step::Lost | Step::Stale)
            && !self.was_sent_meanwhile(id, now)
        {
            self.line_up(id, now);
        }
    }

    pub(super) fn note_newest(&mut self, id: &Arc<str>, handle: Handle, until: Timestamp) {
        let lease = LeaseRecord {
            id: Arc::clone(id),
            handle: Some(handle),
            until,
        };
        self.note(Record::Leased(vec![lease]));
    }

    /// Whether another plan sent a letter of ours while it was not ours: then it is only deleted.
    /// Where that plan does not know it either, it is named.
    pub(super) fn was_sent_meanwhile(&mut self, id: &Arc<str>, now: Timestamp) -> bool {
        let Some(mark) = self.tombstones.get(id) else {
            return false;
        };
        if mark.sent_as.is_none() {
            self.name_doubtful(vec![Arc::clone(id)]);
            return false;
        }
        self.packer.remove(id);
        if self.ledger.state(id) == Some(State::Sending) {
            // We sent it too, perhaps.
            self.name_doubtful(vec![Arc::clone(id)]);
            self.note(Record::NotSent {
                ids: vec![Arc::clone(id)],
                reason: "another plan sent it meanwhile".to_owned(),
            });
        }
        if let Some(letter) = self.letters.remove(id) {
            let group = group(&letter, self.plan.source_is_fifo);
            self.packer.finished(group, letter.turn);
        }
        self.note(Record::Released(vec![Arc::clone(id)]));
        self.doom(id, false, now);
        true
    }

    /// Decides what becomes of a letter that is new.
    fn consider(&mut self, message: Message, until: Timestamp, now: Timestamp) {
        let id = Arc::clone(&message.id);
        let mark = self.tombstones.get(&id);
        let is_whole = message.flaw.is_none();
        if is_whole && mark.as_ref().is_some_and(|mark| mark.sent_as.is_some()) {
            // Sent by an earlier plan, and its delete did not take.
            self.doom(&id, false, now);
            return;
        }
        let is_later = message
            .system
            .sent
            .is_some_and(|sent| sent > self.plan.created);
        if is_whole && self.has_come_back(&message, is_later) {
            self.pass(&id);
            return;
        }
        let (is_chosen, edited) = match &self.intake.chosen {
            Some(chosen) => match chosen.get(&Key::of(&id)) {
                Some(edited) => (true, edited.clone()),
                None => (false, None),
            },
            None => (!is_later && !self.is_limit_reached(), None),
        };
        if !is_chosen {
            self.pass(&id);
            return;
        }
        let letter = match self.sieve.choose(&message, now) {
            Choice::Chosen(letter) => letter,
            Choice::NotChosen => return self.pass(&id),
            Choice::NotJudged(why) => return self.cannot_judge(&message, &why),
        };
        if is_whole
            && self.canary.is_watching()
            && self.intake.chosen.is_none()
            && !self.has_space(0)
        {
            self.leases.drop(&id);
            self.lookout.hold(id, message.handle);
            return;
        }
        let target = match route::target(&self.plan, &message) {
            Ok(target) => target,
            Err(reason) => return self.refuse(&message, reason),
        };
        if let Some(Target::Queue(arn)) = &target
            && !self.targets.is_known(arn)
        {
            let arn = arn.clone();
            self.look_up(&arn, message, until);
            return;
        }
        let message = Arc::new(message);
        match self.sieve.decide(
            &self.plan,
            &message,
            letter,
            edited,
            target.as_ref(),
            &self.targets,
        ) {
            Decision::Refuse(reason) => self.refuse(&message, reason),
            Decision::Take { content, is_edited } => match target {
                None => self.doom(&id, true, now),
                Some(to) => {
                    let claim = Claim {
                        is_inferred: route::inferred(&self.plan, &message).is_some(),
                        message,
                        until,
                        to,
                        content,
                        is_edited,
                    };
                    self.claim(claim, now);
                    if mark.is_some() {
                        // Perhaps sent by another plan that was interrupted.
                        self.note(Record::Doubtful(vec![id]));
                    }
                }
            },
        }
    }

    fn claim(&mut self, claim: Claim, now: Timestamp) {
        let id = Arc::clone(&claim.message.id);
        self.intake.turn += 1;
        let letter = Letter {
            claim: claim.clone(),
            step: Step::Waiting,
            turn: self.intake.turn,
            sending_since: None,
            unknown: 0,
            refused: 0,
            is_alone: false,
            is_called: false,
            is_copy: false,
        };
        if self
            .packer
            .is_failed(group(&letter, self.plan.source_is_fifo), letter.turn)
        {
            self.refuse(&letter.claim.message, BEHIND.to_owned());
            return;
        }
        self.note(Record::Claimed(Box::new(claim)));
        self.letters.insert(Arc::clone(&id), letter);
        self.line_up(&id, now);
    }

    fn refuse(&mut self, message: &Message, reason: String) {
        self.keep_those_behind(message);
        self.fail(&message.id, reason);
    }

    /// It stays, and perhaps the plan is about it: those behind it in its group stay too.
    fn cannot_judge(&mut self, message: &Message, why: &str) {
        self.keep_those_behind(message);
        let (id, reason) = (Arc::clone(&message.id), not_judged(why));
        self.report.failed(&id, &reason);
        self.note(Record::Failed {
            id,
            reason,
            not_judged: true,
        });
    }

    fn keep_those_behind(&mut self, message: &Message) {
        if self.plan.source_is_fifo
            && let Some(group) = &message.system.group
        {
            self.intake.turn += 1;
            for item in self.packer.failed(Key::of(group), self.intake.turn) {
                self.fail(&item.id, BEHIND.to_owned());
            }
        }
    }

    fn pass(&mut self, id: &Arc<str>) {
        if let Err(illegal) = self.ledger.pass(id) {
            tracing::error!(%illegal, "a letter was met twice");
        }
    }

    pub(super) fn is_limit_reached(&self) -> bool {
        self.intake
            .limit
            .is_some_and(|limit| self.ledger.taken() >= limit)
    }

    /// Whether a letter is one that we sent. Its id says so whatever the clocks say; the same
    /// content does only in a letter that is later than the plan.
    fn has_come_back(&mut self, message: &Message, is_later: bool) -> bool {
        let request = self.sieve.request_id(message);
        let content = is_later.then(|| &**message.body.reveal());
        let is_ours = self
            .ledger
            .knows_as_sent(&message.id, request.as_deref(), content);
        if is_ours && !self.ledger.has_returned(&message.id) {
            self.note(Record::Returned(Arc::clone(&message.id)));
            self.came_back(&message.id);
        }
        is_ours
    }
}
