//! Reading letters: what the look costs is said, letters come in rounds, and everything is given
//! back. The reading itself is [`reading`]'s.

use std::{collections::HashSet, sync::Arc};

use tokio::sync::mpsc;

use super::{Cli, queue::Queue};
use crate::{
    cli::{Outcome, headless},
    domain::{
        dead_letters::{DeadLetterQueue, look_cost},
        function::Arn,
        letter::{Letter, decode::Known},
        text,
    },
    runtime::{
        leases::LEASE_S,
        look::Bounds,
        queues,
        reading::{self, Lore},
    },
    store::letters::LookEnd,
};

/// What may be done with a queue that a look can harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consented {
    /// `--yes` was said.
    Yes,
    /// It was not.
    No,
}

/// A queue that letters are read from. [`Self::give_back`] ends it.
pub(super) struct Reading<'a> {
    cli: &'a Cli<'a>,
    queue: &'a Queue,
    held: reading::Reading,
    lore: Lore,
    /// A lease that ran out brings its letter again: it is told once.
    seen: HashSet<Arc<str>>,
}

/// One round of a look.
pub(super) struct Round {
    /// The letters, decoded.
    pub(super) letters: Vec<Letter>,
    /// Why it ended.
    pub(super) end: LookEnd,
}

impl<'a> Reading<'a> {
    /// Says what a look at this queue does; none where it can do harm and nobody consented.
    pub(super) async fn open(
        cli: &'a Cli<'a>,
        queue: &'a Queue,
        consented: Consented,
    ) -> Result<Option<Self>, Outcome> {
        // One that fails to another queue itself is perhaps no dead-letter queue.
        let is_doubtful = queue
            .attributes()
            .is_none_or(|settings| settings.dead_letter.is_some());
        let survey = queues::survey(cli.gate, &queue.opened, is_doubtful, tell_missing);
        let lore = Lore::surveyed(cli.unless_stopped(survey).await?, &queue.opened);
        let notice = look_cost(&lore.dead_letter_queue());
        for line in &notice.lines {
            headless::tell(format_args!("{}: {}", queue.name(), text::sanitise(line)));
        }
        let (gate, clock) = (Arc::clone(cli.gate), cli.context.clock.clone());
        let reading = Self {
            cli,
            queue,
            held: reading::Reading::of(gate, clock, queue.opened.clone()),
            lore,
            seen: HashSet::new(),
        };
        Ok((!notice.asks || consented == Consented::Yes).then_some(reading))
    }

    /// What is known of the queue.
    pub(super) fn dead_letter_queue(&self) -> DeadLetterQueue {
        self.lore.dead_letter_queue()
    }

    /// Reads so many letters more, or to the end of the queue.
    pub(super) async fn round(&mut self, sample: usize) -> Round {
        let bounds = Bounds {
            sample,
            ..Bounds::default()
        };
        let Self {
            cli, held, seen, ..
        } = self;
        let leases = held.leases();
        let (told, mut decoded) = mpsc::unbounded_channel();
        let round = held.read(
            &mut self.lore,
            bounds,
            cli.stop.cancelled(),
            |received, asked| {
                let mut fresh = leases.take(received, asked);
                fresh.retain(|message| seen.insert(Arc::clone(&message.id)));
                fresh
            },
            told,
        );
        let end = tokio::select! {
            end = round => end,
            never = leases.hold(cli.gate, &cli.context.clock, |_| ()) => match never {},
        };
        let mut letters: Vec<Letter> = Vec::new();
        while let Ok(fresh) = decoded.try_recv() {
            letters.extend(fresh);
        }
        for message in letters.iter().map(|letter: &Letter| &letter.message) {
            if let Some(flaw) = message.flaw {
                let told = format!("{}: {}: {}", self.queue.name(), message.id, flaw.reason());
                headless::tell(text::sanitise(&told));
            }
        }
        Round { letters, end }
    }

    /// Gives every letter back.
    pub(super) async fn give_back(self) {
        let given = self.held.give_back().await;
        let (name, held) = (self.queue.name(), given.held);
        match held - given.done {
            0 if held == 0 => {}
            0 => headless::tell(format_args!(
                "{name}: letters read and given back: {held}; each counts one receive more"
            )),
            left => headless::tell(format_args!(
                "{name}: letters read: {held}, given back: {}; the other {left} come back by themselves within {LEASE_S} s",
                given.done
            )),
        }
    }
}

/// What decoding the letters of a queue needs, when it cannot be learnt from the letters as they
/// come.
pub(super) async fn known(cli: &Cli<'_>, queue: &Queue) -> Known {
    queues::known(cli.gate, &queue.opened, tell_missing).await
}

/// The only queue that fails to this one.
pub(super) async fn only_source(cli: &Cli<'_>, queue: &Queue) -> Result<Arn, Outcome> {
    queues::only_source(cli.gate, &queue.opened)
        .await
        .map_err(|why| {
            let why = format!(
                "lambdeck: nothing was done: no source of {} can be inferred: {why}",
                queue.name()
            );
            headless::tell(text::sanitise(&why));
            headless::tell("  next: name the queue by --to");
            Outcome::Failed
        })
}

fn tell_missing(what: &str) {
    headless::tell(text::sanitise(what));
}
