//! Looking: the notice, the receiving, what is held; and what is done with letters that are held
//! without any call (filter, marks, order).

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::{
    Context, LETTERS, Leases, LetterId, Letters, Look, LookAt, LookEnd, QueueKey, Request, RunWork,
    Sorted, Sorting, VERDICTS_GOOD_FOR, Work, ask, info, queue_letters,
};
use crate::{
    domain::{
        dead_letters::{DeadLetterQueue, look_cost},
        letter::{Letter, predicate::Predicate},
    },
    ports::ErrorKind,
    store::{
        Outbox,
        effect::{Control, RunId},
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
        if let Some(queue_letters) = self.queues.get(queue) {
            known.url = queue_letters.url.clone().or(known.url);
            known.attributes = queue_letters
                .attributes
                .value()
                .cloned()
                .or(known.attributes);
        }
        known
    }

    pub(super) fn know_the_cost(&mut self, queue: &QueueKey) {
        let notice = look_cost(&self.known(queue));
        if let Some(queue_letters) = self.queues.get_mut(queue) {
            queue_letters.notice = Some(notice);
        }
    }

    pub(super) fn look(&mut self, out: &mut Outbox<'_>) {
        let Some(key) = self.open.clone() else { return };
        let Some(queue_letters) = self.queues.get_mut(&key) else {
            return;
        };
        if queue_letters.is_reading() || !queue_letters.looks.is_empty() {
            return;
        }
        queue_letters.wants_look = true;
        // The cost is told from fresh counts: a queue that is read already is asked once more only
        // when nothing is known of it.
        if queue_letters.attributes.value().is_none() && !queue_letters.attributes.is_loading() {
            self.read_attributes(&key, out);
        } else {
            self.look_if_wanted(&key, out);
        }
    }

    /// Goes on with a look that waited for what it costs.
    pub(super) fn look_if_wanted(
        &mut self,
        queue: &QueueKey,
        out: &mut Outbox<'_>,
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return Vec::new();
        };
        if !queue_letters.wants_look || queue_letters.attributes.is_loading() {
            return Vec::new();
        }
        if let Some(problem) = queue_letters.attributes.error().cloned()
            && queue_letters.attributes.value().is_none()
            // Who may not read the settings may look all the same: the notice says what it lacks.
            && problem.kind != ErrorKind::Denied
        {
            queue_letters.wants_look = false;
            // The receive itself would tell no more.
            queue_letters.look = Look::Ended(LookEnd::Failed(problem));
            return Vec::new();
        }
        if let Some(notice) = queue_letters.notice.clone()
            && notice.asks
            && !queue_letters.accepted
        {
            queue_letters.look = Look::Asking(notice);
            return Vec::new();
        }
        self.receive(queue, out);
        Vec::new()
    }

    pub(super) fn accept_look(&mut self, out: &mut Outbox<'_>) {
        let Some(key) = self.open.clone() else { return };
        if let Some(queue_letters) = self.queues.get_mut(&key)
            && matches!(queue_letters.look, Look::Asking(_))
        {
            queue_letters.accepted = true;
            self.receive(&key, out);
        }
    }

    pub(super) fn decline_look(&mut self) {
        if let Some(queue_letters) = self.queue_letters_mut()
            && matches!(queue_letters.look, Look::Asking(_))
        {
            queue_letters.look = Look::NotLooked;
            queue_letters.wants_look = false;
        }
    }

    pub(super) fn read_more(&mut self, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(key) = self.open.clone() else {
            return Vec::new();
        };
        let Some(queue_letters) = self.queues.get(&key) else {
            return Vec::new();
        };
        match &queue_letters.look {
            Look::Reading { .. } => return info("letters are being read already"),
            Look::NotLooked | Look::Asking(_) => {
                self.look(out);
                return Vec::new();
            }
            Look::Ended(_) => {}
        }
        if self.bytes_left() == 0 {
            return info(format!(
                "{} MB of letters are held: redrive or close some first",
                queue_letters::BUDGET >> 20
            ));
        }
        self.receive(&key, out);
        Vec::new()
    }

    fn bytes_left(&self) -> usize {
        let used: usize = self
            .queues
            .values()
            .map(|queue_letters| queue_letters.bytes)
            .sum();
        queue_letters::BUDGET.saturating_sub(used)
    }

    /// The one place where a look becomes an effect.
    fn receive(&mut self, queue: &QueueKey, out: &mut Outbox<'_>) {
        let bytes = self.bytes_left();
        let known = self.known(queue);
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return;
        };
        let visible = known
            .attributes
            .as_ref()
            .map_or(queue_letters::SAMPLE, |counts| {
                usize::try_from(counts.visible).unwrap_or(queue_letters::SAMPLE)
            });
        let work = RunWork::Look(Box::new(LookAt {
            queue: queue.clone(),
            sample: queue_letters::SAMPLE,
            bytes,
            known,
        }));
        let id = out.run(queue.session, work);
        queue_letters.wants_look = false;
        queue_letters.looks.insert(id, Leases::default());
        queue_letters.look = Look::Reading {
            read: 0,
            of: visible.min(queue_letters::SAMPLE),
        };
        queue_letters.reading = Some(id);
    }

    /// Ends our own work here, the most recent first.
    pub(super) fn stop(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(key) = self.open.clone() else {
            return self.stop_walk(context, out);
        };
        if let Some(queue_letters) = self.queues.get_mut(&key) {
            if let Some(run) = queue_letters.reading {
                // Paused: it receives no more and holds what it has.
                out.control(run, Control::Pause);
                return Vec::new();
            }
            let sampling: Vec<_> = queue_letters
                .sampling
                .drain()
                .map(|(cluster, _)| cluster)
                .collect();
            if !sampling.is_empty() {
                for cluster in sampling {
                    out.cancel(super::lines::sample_key(&key, cluster));
                }
                return info("the question to the logs was stopped");
            }
        }
        self.stop_walk(context, out)
    }

    pub(super) fn read(
        &mut self,
        queue: &QueueKey,
        run: RunId,
        letters: &[Arc<Letter>],
        sent: Vec<(LetterId, String)>,
    ) {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return;
        };
        if !queue_letters.looks.contains_key(&run) {
            return;
        }
        queue_letters.take_in(letters);
        if !sent.is_empty() {
            Arc::make_mut(&mut queue_letters.sent).extend(sent);
        }
        if let Look::Reading { read, of } = &mut queue_letters.look
            && queue_letters.reading == Some(run)
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
    ) -> Vec<Request> {
        let Some(queue_letters) = self.queues.get_mut(queue) else {
            return Vec::new();
        };
        let Some(known) = queue_letters.looks.get_mut(&run) else {
            return Vec::new();
        };
        *known = leases;
        queue_letters.settle_leases(now);
        let count = lost.len();
        queue_letters.lost.extend(lost);
        if count == 0 {
            return Vec::new();
        }
        info(format!(
            "{count} letters are no longer held: others may receive them; r counts, b reads again"
        ))
    }

    pub(super) fn looked(&mut self, queue: &QueueKey, run: RunId, end: LookEnd) {
        if let Some(queue_letters) = self.queues.get_mut(queue)
            && queue_letters.reading == Some(run)
        {
            queue_letters.reading = None;
            queue_letters.look = Look::Ended(end);
        }
    }

    pub(super) fn look_over(&mut self, queue: &QueueKey, run: RunId, now: Timestamp) {
        self.giving_back.remove(&run);
        if let Some(queue_letters) = self.queues.get_mut(queue) {
            queue_letters.looks.remove(&run);
            queue_letters.settle_leases(now);
        }
    }

    pub(super) fn filter(&mut self, text: &str) {
        let Some(queue_letters) = self.queue_letters_mut() else {
            return;
        };
        let filter = &mut queue_letters.filter;
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
                queue_letters.revision += 1;
            }
            Err(why) => filter.error = Some(why.to_string()),
        }
    }

    pub(super) fn mark(&mut self, letters: Vec<LetterId>) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            let known = letters
                .into_iter()
                .filter(|letter| queue_letters.places.contains_key(letter));
            queue_letters.marks.extend(known);
        }
    }

    pub(super) fn unmark(&mut self, letters: &[LetterId]) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            for letter in letters {
                queue_letters.marks.remove(letter);
            }
        }
    }

    pub(super) fn unmark_all(&mut self) {
        if let Some(queue_letters) = self.queue_letters_mut() {
            queue_letters.marks = HashSet::new();
        }
    }

    /// One sorting at a time: what came meanwhile is taken in by the next.
    pub(super) fn sort_what_changed(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) {
        let Some(key) = self.open.clone() else { return };
        let Some(queue_letters) = self.queues.get_mut(&key) else {
            return;
        };
        if context.shows(LETTERS)
            && context.refreshes()
            && let Some(sorted) = &queue_letters.sorted
            && sorted.revision == queue_letters.revision
            && out.now >= sorted.at + VERDICTS_GOOD_FOR
            && !queue_letters.letters.is_empty()
        {
            queue_letters.revision += 1;
        }
        let is_behind = queue_letters
            .sorted
            .as_ref()
            .map_or(!queue_letters.letters.is_empty(), |sorted| {
                sorted.revision != queue_letters.revision
            });
        if queue_letters.sorting.is_some() || !is_behind {
            return;
        }
        let work = Work::Sort(Box::new(Sorting {
            revision: queue_letters.revision,
            generation: queue_letters.generation,
            now: out.now,
            letters: Arc::clone(&queue_letters.letters),
            predicate: queue_letters.filter.predicate.clone(),
            ran: Arc::clone(&queue_letters.ran),
            edits: Arc::clone(&queue_letters.edits),
            sent: Arc::clone(&queue_letters.sent),
            told: Arc::clone(&queue_letters.told),
            earlier: queue_letters.sorted.clone(),
        }));
        let ticket = ask("letters.sort", &key, work, out);
        queue_letters.sorting = Some(ticket.generation);
    }

    pub(super) fn sorted(&mut self, ticket: &Ticket, sorted: Arc<Sorted>) {
        if let Some(queue_letters) = self.queue_letters_for(ticket)
            && queue_letters.sorting == Some(ticket.generation)
        {
            queue_letters.sorting = None;
            queue_letters.sorted = Some(sorted);
        }
    }
}
