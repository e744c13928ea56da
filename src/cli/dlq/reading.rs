//! Reading letters: what the look costs, the look in rounds, and giving everything back.

use std::{collections::HashSet, pin::pin, sync::Arc};

use futures::StreamExt as _;

use super::{Cli, queue::Queue};
use crate::{
    cli::{Outcome, headless},
    domain::{
        dead_letters::{DeadLetterQueue, Discovered, look_cost},
        function::Arn,
        letter::{
            Letter,
            decode::{Known, decode},
        },
        queue::Message,
        text,
    },
    runtime::{
        discovery,
        leases::{LEASE_S, Leases},
        look::{self, Bounds},
        queues,
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

/// A queue that letters are read from, and the leases on them. [`Self::give_back`] ends it.
pub(super) struct Reading<'a> {
    cli: &'a Cli<'a>,
    queue: &'a Queue,
    discovered: Discovered,
    leases: Leases,
    /// A lease that ran out brings its letter again: it is told once.
    seen: HashSet<Arc<str>>,
    /// Sources that were asked for, whatever was answered.
    asked: HashSet<Arn>,
    has_functions: bool,
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
        let discovered = queues::survey(cli.gate, &queue.opened, is_doubtful, tell_missing);
        let discovered = cli.unless_stopped(discovered).await?;
        let reading = Self {
            cli,
            queue,
            discovered,
            leases: Leases::new(queue.opened.clone(), LEASE_S),
            seen: HashSet::new(),
            asked: HashSet::new(),
            has_functions: false,
        };
        let notice = look_cost(&reading.dead_letter_queue());
        for line in &notice.lines {
            headless::tell(format_args!("{}: {}", queue.name(), text::sanitise(line)));
        }
        Ok((!notice.asks || consented == Consented::Yes).then_some(reading))
    }

    /// What is known of the queue.
    pub(super) fn dead_letter_queue(&self) -> DeadLetterQueue {
        queues::entry(&self.discovered, &self.queue.opened)
    }

    /// Reads so many letters more, or to the end of the queue.
    pub(super) async fn round(&mut self, sample: usize) -> Round {
        let bounds = Bounds {
            sample,
            ..Bounds::default()
        };
        let mut messages: Vec<Message> = Vec::new();
        let (gate, clock) = (self.cli.gate, &self.cli.context.clock);
        let leases = &self.leases;
        let seen = &mut self.seen;
        let looking = look::look(
            gate,
            clock,
            (leases.queue(), leases.seconds()),
            bounds,
            self.cli.stop.cancelled(),
            |received, asked| {
                let before = messages.len();
                let fresh = leases.take(received, asked).into_iter();
                messages.extend(fresh.filter(|message| seen.insert(Arc::clone(&message.id))));
                messages.len() - before
            },
        );
        let looked = tokio::select! {
            looked = looking => looked,
            never = leases.hold(gate, clock, |_| ()) => match never {},
        };
        for message in &messages {
            if let Some(flaw) = message.flaw {
                let told = format!("{}: {}: {}", self.queue.name(), message.id, flaw.reason());
                headless::tell(text::sanitise(&told));
            }
        }
        self.learn(&messages).await;
        let known = Known::of(&self.dead_letter_queue());
        let letters = messages.into_iter().map(|message| decode(message, &known));
        Round {
            letters: letters.collect(),
            end: looked.end,
        }
    }

    /// Asks for what decoding these messages needs: the queues that they came from, and for those
    /// that Lambda put here the functions that send here.
    async fn learn(&mut self, messages: &[Message]) {
        let sources: HashSet<&Arn> = messages
            .iter()
            .filter_map(|message| message.system.dead_letter_source.as_ref())
            .collect();
        let gate = self.cli.gate;
        for source in sources {
            if self.asked.insert(source.clone())
                && let Ok((url, attributes)) = discovery::queue(gate, source).await
            {
                self.discovered.queue(url, attributes);
            }
        }
        let of_lambda = |message: &Message| {
            let mut names = message.attributes.iter().map(|(name, _)| name.as_str());
            message.system.dead_letter_source.is_none() && names.any(|name| name == "RequestID")
        };
        if !self.has_functions && messages.iter().any(of_lambda) {
            self.has_functions = true;
            let mut pages = pin!(gate.function_pages());
            // A function that cannot be told is left out of the letter, and nothing else.
            while let Some(Ok(page)) = pages.next().await {
                for function in &page {
                    self.discovered.function(function);
                }
            }
        }
    }

    /// Gives every letter back.
    pub(super) async fn give_back(self) {
        let count = self.leases.len();
        if count == 0 {
            return;
        }
        let beat = self.leases.release_all(self.cli.gate).await;
        let name = self.queue.name();
        let left = count - beat.done;
        if left == 0 {
            headless::tell(format_args!(
                "{name}: letters read and given back: {count}; each counts one receive more"
            ));
        } else {
            headless::tell(format_args!(
                "{name}: letters read: {count}, given back: {}; the other {left} come back by themselves within {LEASE_S} s",
                beat.done
            ));
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

fn tell_missing(what: String) {
    headless::tell(text::sanitise(&what));
}
