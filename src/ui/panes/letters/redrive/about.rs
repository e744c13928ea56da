//! What the dialog of a plan shows: its parts, the rows of its head, why it cannot start.

use super::{
    super::{choices, dialogs::account, preview, words},
    Part,
};
use crate::{
    domain::{age, place::Place},
    store::{
        Store,
        letters::{Choice, DryRun, QueueLetters, To, Which},
    },
    ui::surface::View,
};

/// What the dialog is about, while there is something.
pub(super) struct About<'a> {
    pub queue_letters: &'a QueueLetters,
    pub choice: &'a Choice,
    pub dry_run: Option<&'a DryRun>,
}

pub(super) fn about(store: &Store) -> Option<About<'_>> {
    let queue_letters = store.letters.queue_letters()?;
    Some(About {
        choice: queue_letters.choice.as_ref()?,
        dry_run: queue_letters.dry_run.as_deref(),
        queue_letters,
    })
}

impl About<'_> {
    pub(super) fn deletes(&self) -> bool {
        self.choice.to == To::Delete
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts = vec![Part::What];
        if !self.deletes() {
            parts.extend([Part::To, Part::Filter, Part::Edit]);
        }
        if !self.deletes() {
            parts.extend([Part::Speed, Part::Canary]);
        }
        parts.push(Part::Cancel);
        if self.choice.edit.is_some() {
            parts.push(Part::Review);
        }
        if self.dry_run.is_some_and(|dry_run| dry_run.move_task) {
            parts.push(Part::Move);
        }
        if self.dry_run.is_some() {
            parts.push(Part::Export);
        }
        if self.choice.is_chosen && !self.deletes() {
            parts.push(Part::Anew);
        }
        parts.push(Part::Start);
        parts
    }

    /// Why it cannot start; `None` when it can.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.queue_letters.is_preparing() {
            return Some("the dry run is being made".to_owned());
        }
        if let Some(problem) = &self.queue_letters.problem {
            return Some(problem.clone());
        }
        match self.dry_run {
            None => Some("there is no dry run".to_owned()),
            Some(dry_run) => preview::blocks(dry_run).map(str::to_owned),
        }
    }

    pub(super) fn button(&self, part: Part) -> String {
        match part {
            Part::Cancel => "Cancel".to_owned(),
            Part::Review => "Look at the changes".to_owned(),
            Part::Move => "AWS's move…".to_owned(),
            Part::Export => "Export plan".to_owned(),
            Part::Anew => "Start over".to_owned(),
            _ if self.deletes() => "Delete".to_owned(),
            _ if self.choice.pace.canary => "Start canary".to_owned(),
            _ => "Start".to_owned(),
        }
    }

    /// The rows that never scroll: label, value, the part it belongs to.
    pub(super) fn head(&self, view: View<'_>) -> Vec<(&'static str, String, Option<Part>)> {
        let (arn, place) = (
            &self.queue_letters.key.arn,
            view.store.sessions.current().place(),
        );
        let name = place.named(arn.resource_name(), arn.account());
        let mut head = vec![
            ("from", name, None),
            ("in", account(view), None),
            ("what", self.what(), Some(Part::What)),
        ];
        if !self.deletes() {
            head.push(("to", self.to(&place), Some(Part::To)));
            let filter = self.choice.filter.clone();
            let filter = filter.unwrap_or_else(|| "none: all of these".to_owned());
            head.push(("filter", filter, Some(Part::Filter)));
            head.push(("edit", self.edit(), Some(Part::Edit)));
        }
        if !self.deletes() {
            head.push((
                "speed",
                choices::speed(&self.choice.pace),
                Some(Part::Speed),
            ));
            head.push(("canary", self.canary(), Some(Part::Canary)));
        }
        head
    }

    pub(super) fn what(&self) -> String {
        let count = match (&self.choice.letters, self.dry_run) {
            (_, Some(dry_run)) => preview::count(dry_run),
            (Which::Standing { .. }, None) => "every letter that fits".to_owned(),
            (which, None) => words::letters(self.queue_letters.select(which).len() as u64),
        };
        let scope = choices::which(&self.choice.letters, self.queue_letters);
        format!("{count}, {scope}")
    }

    /// Where to; of an alias also what it points to now.
    fn to(&self, place: &Place) -> String {
        let words = choices::to(&self.choice.to, place);
        let To::Invoke {
            qualifier: Some(qualifier),
            ..
        } = &self.choice.to
        else {
            return words;
        };
        let aliases = self.dry_run.map(|dry_run| &dry_run.facts.aliases);
        let mut aliases = aliases.into_iter().flatten();
        match aliases.find(|alias| alias.name == *qualifier) {
            Some(alias) => format!("{words} · {}", choices::points_to(alias)),
            None => words,
        }
    }

    fn edit(&self) -> String {
        let by_hand = self.queue_letters.edits();
        match &self.choice.edit {
            Some(jq) => jq.clone(),
            None if by_hand > 0 => {
                format!("none beside the {} edited here", age::count(by_hand as u64))
            }
            None => "none: bodies go as they are".to_owned(),
        }
    }

    fn canary(&self) -> String {
        if !self.choice.pace.canary {
            return "off: all are sent at once".to_owned();
        }
        self.dry_run
            .and_then(preview::canary)
            .unwrap_or_else(|| "on: one first, then whether it comes back".to_owned())
    }
}
