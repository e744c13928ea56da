//! What stands around the rows: the title, the status line, the words of an empty level.

use super::{LettersPane, Level, queues, words};
use crate::{
    domain::age,
    store::{
        Store,
        letters::{Look, LookEnd, QueueLetters, queue_letters::SAMPLE},
    },
    theme::Role,
};

impl LettersPane {
    pub(super) fn titled(&self, store: &Store) -> String {
        let discovery = store.letters.discovery();
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            let mut parts = Vec::new();
            if !self.arranged.filter.is_empty() && !self.asking.is_open() {
                parts.push(format!("/{}", self.arranged.filter));
            }
            if self.arranged.faults_only {
                parts.push("with letters only".to_owned());
            }
            let total: u64 = discovery
                .queues()
                .iter()
                .filter_map(crate::domain::dead_letters::DeadLetterQueue::depth)
                .sum();
            if total > 0 {
                parts.push(words::letters(total));
            }
            return parts.join(" · ");
        };
        let mut parts = vec![queue_letters.key.arn.resource_name().to_owned()];
        // Whose letter is under the cursor, where that is known, else whose the queue is.
        match (
            self.subject_of(store),
            discovery.queue(&queue_letters.key.arn),
        ) {
            (Ok(subject), _) => parts.push(format!("from {}", subject.arn.resource_name())),
            (Err(_), Some(found)) => {
                let owner = queues::owner(found);
                parts.push(if owner.is_empty() {
                    format!("from {}", queues::sources(found))
                } else {
                    format!("from {owner}")
                });
            }
            (Err(_), None) => {}
        }
        if let Some(depth) = depth(queue_letters) {
            parts.push(words::letters(depth));
        }
        let expires = queue_letters
            .letters()
            .iter()
            .filter_map(|one| one.expires)
            .min();
        if let Some(at) = expires {
            parts.push(format!("oldest expires in {}", words::left(store.now, at)));
        }
        let filter = &queue_letters.filter.text;
        if !filter.is_empty() && !self.asking.is_open() {
            parts.push(format!("/{filter}"));
        }
        if self.not_ready_only {
            parts.push("not ready only".to_owned());
        }
        if let Some(from) = self.range {
            parts.push(format!("range from row {}: v ends it", from + 1));
        }
        parts.join(" · ")
    }

    pub(super) fn told(&self, store: &Store) -> String {
        match store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        {
            Some(queue_letters) => self.truth_of(queue_letters, store),
            None => truth_of_queues(store),
        }
    }

    fn truth_of(&self, queue_letters: &QueueLetters, store: &Store) -> String {
        let mut parts = Vec::new();
        if let Level::Letter(..) = self.level {
            parts.extend(self.body.found());
        }
        if let (Level::Letters(_), Some(letter)) = (&self.level, self.letter(queue_letters))
            && let Some(verdict) = queue_letters.verdict(&letter.message.id)
        {
            // The verdict of the row is never without its reason.
            parts.push(format!("{}: {}", verdict.title(), verdict.reason()));
        }
        parts.extend(words::not_judged(queue_letters));
        parts.push(words::look(
            &queue_letters.look,
            queue_letters.letters().len() as u64,
            depth(queue_letters),
        ));
        let leases = queue_letters.leases();
        if leases.count > 0 {
            let since = queue_letters
                .held_since
                .map_or_else(String::new, |at| format!(" {}", age::age(store.now, at)));
            parts.push(format!("{} leased{since}", age::count(leases.count as u64)));
        }
        if !queue_letters.letters().is_empty() && !queue_letters.is_reading() {
            parts.push("reading added 1 receive to each".to_owned());
        }
        if queue_letters.marks() > 0 {
            parts.push(format!(
                "{} marked",
                age::count(queue_letters.marks() as u64)
            ));
        }
        if queue_letters.edits() > 0 {
            parts.push(format!(
                "{} edited",
                age::count(queue_letters.edits() as u64)
            ));
        }
        if queue_letters.asks_logs() {
            parts.push("looking for log lines…".to_owned());
        }
        if queue_letters.is_reviewing() || queue_letters.is_preparing() {
            parts.push("counting…".to_owned());
        } else if queue_letters.is_sorting() {
            parts.push("sorting…".to_owned());
        }
        if queue_letters.attributes.error().is_some() {
            parts.push("✖ counts are not read, W why".to_owned());
        }
        if let Some(task) = store
            .letters
            .discovery()
            .running_move(&queue_letters.key.arn)
        {
            parts.push(format!(
                "AWS moves letters: {} so far",
                age::count(task.moved)
            ));
        }
        parts.join(" · ")
    }

    /// What an empty level says, and how.
    pub(super) fn empty_words(&self, store: &Store) -> (String, Role) {
        let is_open = store.sessions.current().is_open();
        let Some(queue_letters) = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        else {
            let discovery = store.letters.discovery();
            if discovery.queues().is_empty() {
                return (words::no_queues(discovery, is_open), Role::Dim);
            }
            let text = "no queue matches\n\n/  another filter\nf  all, or those with letters only\nesc  all queues";
            return (text.to_owned(), Role::Dim);
        };
        match &queue_letters.look {
            Look::NotLooked | Look::Asking(_) => (self.before_looking(queue_letters), Role::Text),
            Look::Reading { .. } => ("reading letters…\n\nx  stops".to_owned(), Role::Dim),
            Look::Ended(LookEnd::Failed(error)) if queue_letters.letters().is_empty() => {
                (format!("✖ {error}\n\nb  tries again\nW  why"), Role::Error)
            }
            Look::Ended(_)
                if queue_letters.letters().is_empty() && depth(queue_letters) == Some(0) =>
            {
                let text = "no letter is left in this queue, as far as its counts tell\n\n\
                            b  looks again\nr  counts\nesc  back to the queues";
                (text.to_owned(), Role::Dim)
            }
            Look::Ended(_) if queue_letters.letters().is_empty() => {
                let text = "no letter could be received\n\nletters in flight are held by another \
                            reader: they come back when its time is over\n\nb  looks again\nr  counts";
                (text.to_owned(), Role::Dim)
            }
            Look::Ended(_) if queue_letters.sorted().is_none() => {
                ("sorting…".to_owned(), Role::Dim)
            }
            Look::Ended(_) => {
                let text =
                    "no letter matches\n\n/  another filter\nf  all, or those not ready only";
                (text.to_owned(), Role::Dim)
            }
        }
    }

    /// The notice: what a look does to this queue, before it does it.
    fn before_looking(&self, queue_letters: &QueueLetters) -> String {
        if queue_letters.attributes.value().is_none() {
            return match queue_letters.attributes.error() {
                Some(error) => format!("✖ {error}\n\nr  tries again\nW  why"),
                None => "reading the queue's counts and settings…".to_owned(),
            };
        }
        let count = depth(queue_letters).map_or_else(
            || "nothing was received yet".to_owned(),
            |depth| format!("about {}; nothing was received yet", words::letters(depth)),
        );
        let lines: Vec<String> = self.notice.iter().map(|line| format!("· {line}")).collect();
        format!(
            "{count}\n\nwhat a look does here:\n{}\n\nenter  looks at up to {} letters\nesc  back to the queues",
            lines.join("\n"),
            age::count(SAMPLE as u64)
        )
    }
}

/// Letters in the queue, as far as its counts tell.
fn depth(queue_letters: &QueueLetters) -> Option<u64> {
    let counts = queue_letters.attributes.value()?;
    Some(counts.visible + counts.in_flight + counts.delayed)
}

fn truth_of_queues(store: &Store) -> String {
    let discovery = store.letters.discovery();
    let mut parts = Vec::new();
    if discovery.is_walking() {
        parts.push(format!("{}…", discovery.progress().unwrap_or("looking")));
    }
    parts.push(age::counted(discovery.queues().len(), "queue"));
    if discovery.was_stopped() {
        parts.push("stopped: not all were looked at".to_owned());
    }
    if let Some(at) = discovery.counted() {
        parts.push(format!(
            "counts {} ago, approximate",
            age::age(store.now, at)
        ));
    }
    let denied = discovery.problems().len() + usize::from(discovery.error().is_some());
    if denied > 0 {
        parts.push(format!("✖ {denied} not read, W why"));
    }
    parts.extend(discovery.notes().iter().cloned());
    let unfinished = store.letters.journals().len() as u64;
    if unfinished > 0 {
        parts.push(format!("{} unfinished", age::count(unfinished)));
    }
    parts.join(" · ")
}
