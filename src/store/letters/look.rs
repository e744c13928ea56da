//! Looking: the notice, the receiving, what is held; and what is done with letters on the desk
//! without any call (filter, marks, order).

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::{
    Around, Hand, Leases, LetterId, Letters, Look, LookAt, LookEnd, QueueKey, Sorted, Sorting,
    VERDICTS_GOOD_FOR, Work, ask, desk, info, run,
};
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, look_cost},
        letter::{Letter, predicate::Predicate},
    },
    store::{
        Cx,
        effect::{Control, Effect, RunId},
        ticket::Ticket,
    },
};

impl Letters {
    /// What is known of a queue: by discovery, or by its own attributes alone.
    pub(super) fn known(&self, queue: &QueueKey) -> DeadLetterQueue {
        let mut known = match self.discovery.queue(&queue.arn) {
            Some(found) => found.clone(),
            None => DeadLetterQueue {
                arn: queue.arn.clone(),
                url: None,
                attributes: None,
                feeders: Vec::new(),
                consumers: Vec::new(),
                added: true,
            },
        };
        if let Some(desk) = self.desks.get(queue) {
            known.url = desk.url.clone().or(known.url);
            known.attributes = desk.attributes.value().cloned().or(known.attributes);
        }
        known
    }

    pub(super) fn know_the_cost(&mut self, queue: &QueueKey) {
        let notice = look_cost(&self.known(queue));
        if let Some(desk) = self.desks.get_mut(queue) {
            desk.notice = Some(notice);
        }
    }

    pub(super) fn look(&mut self, cx: &mut Cx<'_>) {
        let Some(key) = self.open.clone() else { return };
        let Some(desk) = self.desks.get_mut(&key) else {
            return;
        };
        if desk.is_reading() || !desk.looks.is_empty() {
            return;
        }
        desk.wants_look = true;
        // The cost is told from fresh counts: a queue that is read already is asked once more only
        // when nothing is known of it.
        if desk.attributes.value().is_none() && !desk.attributes.is_loading() {
            self.read_attributes(&key, cx);
        } else {
            self.look_if_wanted(&key, cx);
        }
    }

    /// Goes on with a look that waited for what it costs.
    pub(super) fn look_if_wanted(&mut self, queue: &QueueKey, cx: &mut Cx<'_>) -> Vec<Hand> {
        let Some(desk) = self.desks.get_mut(queue) else {
            return Vec::new();
        };
        if !desk.wants_look || desk.attributes.is_loading() {
            return Vec::new();
        }
        if let Some(problem) = desk.attributes.error().cloned()
            && desk.attributes.value().is_none()
        {
            desk.wants_look = false;
            // What it costs cannot be told without settings; the receive itself would tell no more.
            desk.look = Look::Ended(LookEnd::Failed(problem));
            return Vec::new();
        }
        if let Some(notice) = desk.notice.clone()
            && notice.asks
            && !desk.accepted
        {
            desk.look = Look::Asking(notice);
            return Vec::new();
        }
        self.receive(queue, cx);
        Vec::new()
    }

    pub(super) fn accept_look(&mut self, cx: &mut Cx<'_>) {
        let Some(key) = self.open.clone() else { return };
        if let Some(desk) = self.desks.get_mut(&key)
            && matches!(desk.look, Look::Asking(_))
        {
            desk.accepted = true;
            self.receive(&key, cx);
        }
    }

    pub(super) fn decline_look(&mut self) {
        if let Some(desk) = self.desk_mut()
            && matches!(desk.look, Look::Asking(_))
        {
            desk.look = Look::NotLooked;
            desk.wants_look = false;
        }
    }

    pub(super) fn read_more(&mut self, cx: &mut Cx<'_>) -> Vec<Hand> {
        let Some(key) = self.open.clone() else {
            return Vec::new();
        };
        let Some(desk) = self.desks.get(&key) else {
            return Vec::new();
        };
        match &desk.look {
            Look::Reading { .. } => return info("letters are being read already"),
            Look::NotLooked | Look::Asking(_) => {
                self.look(cx);
                return Vec::new();
            }
            Look::Ended(_) => {}
        }
        if self.bytes_left() == 0 {
            return info(format!(
                "{} MB of letters are held: redrive or close some first",
                desk::BUDGET >> 20
            ));
        }
        self.receive(&key, cx);
        Vec::new()
    }

    fn bytes_left(&self) -> usize {
        let used: usize = self.desks.values().map(|desk| desk.bytes).sum();
        desk::BUDGET.saturating_sub(used)
    }

    /// The one place where a look becomes an effect.
    fn receive(&mut self, queue: &QueueKey, cx: &mut Cx<'_>) {
        let bytes = self.bytes_left();
        let known = self.known(queue);
        let Some(desk) = self.desks.get_mut(queue) else {
            return;
        };
        let visible = known.attributes.as_ref().map_or(desk::SAMPLE, |counts| {
            usize::try_from(counts.visible).unwrap_or(desk::SAMPLE)
        });
        let work = Work::Look(Box::new(LookAt {
            queue: queue.clone(),
            sample: desk::SAMPLE,
            bytes,
            known,
        }));
        let id = run(queue.session, work, cx);
        desk.wants_look = false;
        desk.looks.insert(id, Leases::default());
        desk.look = Look::Reading {
            read: 0,
            of: visible.min(desk::SAMPLE),
        };
        desk.reading = Some(id);
    }

    /// Ends our own work here, the most recent first.
    pub(super) fn stop(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) -> Vec<Hand> {
        let Some(key) = self.open.clone() else {
            return self.stop_walk(around, cx);
        };
        if let Some(desk) = self.desks.get_mut(&key) {
            if let Some(run) = desk.reading {
                // Paused: it receives no more and holds what it has.
                cx.effects.push(Effect::Control(run, Control::Pause));
                return Vec::new();
            }
            let sampling: Vec<_> = desk.sampling.drain().map(|(cluster, _)| cluster).collect();
            if !sampling.is_empty() {
                for cluster in sampling {
                    cx.effects
                        .push(Effect::Cancel(super::lines::sample_key(&key, cluster)));
                }
                return info("the question to the logs was stopped");
            }
        }
        self.stop_walk(around, cx)
    }

    pub(super) fn read(
        &mut self,
        queue: &QueueKey,
        run: RunId,
        letters: &[Arc<Letter>],
        sent: Vec<(LetterId, String)>,
    ) {
        let Some(desk) = self.desks.get_mut(queue) else {
            return;
        };
        if !desk.looks.contains_key(&run) {
            return;
        }
        desk.take_in(letters);
        if !sent.is_empty() {
            Arc::make_mut(&mut desk.sent).extend(sent);
        }
        if let Look::Reading { read, of } = &mut desk.look
            && desk.reading == Some(run)
        {
            *read += letters.len();
            *of = (*of).max(*read);
        }
    }

    pub(super) fn leases_came(
        &mut self,
        queue: &QueueKey,
        run: RunId,
        leases: Leases,
        lost: Vec<LetterId>,
        now: Timestamp,
    ) -> Vec<Hand> {
        let Some(desk) = self.desks.get_mut(queue) else {
            return Vec::new();
        };
        let Some(known) = desk.looks.get_mut(&run) else {
            return Vec::new();
        };
        *known = leases;
        desk.settle_leases(now);
        let count = lost.len();
        desk.lost.extend(lost);
        if count == 0 {
            return Vec::new();
        }
        info(format!(
            "{count} letters are no longer held: others may receive them; r counts, b reads again"
        ))
    }

    pub(super) fn looked(&mut self, queue: &QueueKey, run: RunId, end: LookEnd) {
        if let Some(desk) = self.desks.get_mut(queue)
            && desk.reading == Some(run)
        {
            desk.reading = None;
            desk.look = Look::Ended(end);
        }
    }

    pub(super) fn look_over(&mut self, queue: &QueueKey, run: RunId, now: Timestamp) {
        self.giving_back.remove(&run);
        if let Some(desk) = self.desks.get_mut(queue) {
            desk.looks.remove(&run);
            desk.settle_leases(now);
        }
    }

    pub(super) fn filter(&mut self, text: &str) {
        let Some(desk) = self.desk_mut() else { return };
        let filter = &mut desk.filter;
        text.clone_into(&mut filter.text);
        let predicate = match text.trim() {
            "" => Ok(None),
            text => Predicate::parse(text).map(|predicate| Some(Arc::new(predicate))),
        };
        match predicate {
            Ok(predicate) => {
                filter.error = None;
                filter.predicate = predicate;
                text.trim().clone_into(&mut filter.good);
                desk.revision += 1;
            }
            Err(why) => filter.error = Some(why.to_string()),
        }
    }

    pub(super) fn mark(&mut self, letters: Vec<LetterId>) {
        if let Some(desk) = self.desk_mut() {
            let known = letters
                .into_iter()
                .filter(|letter| desk.places.contains_key(letter));
            desk.marks.extend(known);
        }
    }

    pub(super) fn unmark(&mut self, letters: &[LetterId]) {
        if let Some(desk) = self.desk_mut() {
            for letter in letters {
                desk.marks.remove(letter);
            }
        }
    }

    pub(super) fn unmark_all(&mut self) {
        if let Some(desk) = self.desk_mut() {
            desk.marks = HashSet::new();
        }
    }

    /// One sorting at a time: what came meanwhile is taken in by the next.
    pub(super) fn sort_what_changed(&mut self, around: &Around<'_>, cx: &mut Cx<'_>) {
        let Some(key) = self.open.clone() else { return };
        let Some(desk) = self.desks.get_mut(&key) else {
            return;
        };
        if around.is_shown
            && around.refreshes
            && let Some(sorted) = &desk.sorted
            && sorted.revision == desk.revision
            && cx.now >= sorted.at + VERDICTS_GOOD_FOR
            && !desk.letters.is_empty()
        {
            desk.revision += 1;
        }
        let is_behind = desk
            .sorted
            .as_ref()
            .map_or(!desk.letters.is_empty(), |sorted| {
                sorted.revision != desk.revision
            });
        if desk.sorting.is_some() || !is_behind {
            return;
        }
        let work = Work::Sort(Box::new(Sorting {
            revision: desk.revision,
            generation: desk.generation,
            now: cx.now,
            letters: Arc::clone(&desk.letters),
            predicate: desk.filter.predicate.clone(),
            ran: Arc::clone(&desk.ran),
            edits: Arc::clone(&desk.edits),
            sent: Arc::clone(&desk.sent),
            told: Arc::clone(&desk.told),
            earlier: desk.sorted.clone(),
        }));
        let ticket = ask("letters.sort", &key, work, cx);
        desk.sorting = Some(ticket.generation);
    }

    pub(super) fn sorted(&mut self, ticket: &Ticket, sorted: Arc<Sorted>) {
        if let Some(desk) = self.desk_for(ticket)
            && desk.sorting == Some(ticket.generation)
        {
            desk.sorting = None;
            desk.sorted = Some(sorted);
        }
    }
}
