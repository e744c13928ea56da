//! What this machine remembers: resume cards, and edits that ended in the middle.

use super::{Configure, Memory, Work};
use crate::{
    domain::draft::card::ResumeCard,
    store::{
        Outbox,
        ticket::{Key, Ticket},
    },
};

impl Configure {
    pub(super) fn remember(&mut self, out: &mut Outbox<'_>) {
        self.asked_memory = true;
        let key = Key::local("configure.remember", "");
        let ticket = out.ask(key, Work::Remember);
        self.remembering = Some(ticket.generation);
    }

    /// One that is dismissed after another must not cancel that.
    pub(super) fn dismiss(&mut self, card: String, out: &mut Outbox<'_>) {
        let key = Key::local("configure.dismiss", card.as_str());
        let ticket = out.ask(key, Work::Dismiss(card));
        self.remembering = Some(ticket.generation);
    }

    pub(super) fn remembered(&mut self, ticket: &Ticket, memory: Memory) {
        if self.remembering == Some(ticket.generation) {
            self.remember_this(memory);
        }
    }

    /// What was asked before is older.
    pub(super) fn remember_this(&mut self, memory: Memory) {
        self.remembering = None;
        self.memory = memory;
        // The record of an edit that is at work has no end yet either.
        let runs = self.runs.iter().filter(|run| run.is_running());
        let runs: Vec<_> = runs.collect();
        self.memory.unfinished.retain(|record| {
            let mut runs = runs.iter();
            !runs.any(|run| run.part(&record.function).is_some() && record.at >= run.started)
        });
    }

    /// What quitting leaves behind, one line each, and how many runs that ends: edits that are at
    /// work, and what was stopped in this account and region and not restored.
    pub fn business(&self, account: Option<&str>, region: &str) -> (Vec<String>, usize) {
        let runs = self.runs.iter().filter(|run| run.is_running());
        let mut lines: Vec<String> = runs
            .map(|run| {
                let ended = run.parts.iter().filter(|part| part.end.is_some()).count();
                let all = run.parts.len();
                let so_far = match all {
                    1 => String::new(),
                    all => format!(", {ended} of {all} done"),
                };
                format!("{} runs{so_far}: it stops before its next step", run.title)
            })
            .collect();
        let runs = lines.len();
        lines.extend(self.cards(account, region).map(|card| {
            let name = card.function.resource_name();
            format!(
                "{name} is stopped and not restored: {}",
                card.words.join(", ")
            )
        }));
        (lines, runs)
    }

    /// What was stopped in this account and region, oldest first.
    pub fn cards<'a>(
        &'a self,
        account: Option<&'a str>,
        region: &'a str,
    ) -> impl Iterator<Item = &'a ResumeCard> {
        let cards = self.memory.cards.iter();
        cards.filter(move |card| card.is_of(account, region))
    }
}
