//! What a dry run says: how many, what it takes, what stands against it.

use super::card;
use crate::{
    domain::{age, price, redrive::preview::Count},
    store::letters::DryRun,
    theme::Role,
};

/// One thing to know: a word in front, a sentence, its colour.
pub type Note = (&'static str, String, Role);

/// Letters that are named with what stands against each of them.
const NAMED: usize = 5;

/// How many letters it is about, in words: exact, or by a sample.
pub fn count(dry_run: &DryRun) -> String {
    let words = super::words::letters;
    match dry_run.preview.count {
        Count::Exact(count) => words(count),
        Count::Sampled {
            sampled,
            fits,
            total,
        } => format!(
            "about {} ({} of {} sampled fit, ~{} in the queue)",
            words(dry_run.preview.count.estimate()),
            age::count(fits),
            age::count(sampled),
            age::count(total)
        ),
    }
}

/// How many letters, for the title.
pub fn estimate(dry_run: &DryRun) -> u64 {
    dry_run.preview.count.estimate()
}

/// How the canary is judged, and how long that takes.
pub fn canary(dry_run: &DryRun) -> Option<String> {
    let seconds = dry_run.preview.canary_s?;
    let wait = card::clock(i64::try_from(seconds).unwrap_or(i64::MAX));
    let first = super::choices::steps(&dry_run.plan.pace);
    Some(if dry_run.plan.canary_timeout_s.is_some() {
        format!("{first}, invoked synchronously: its answer, within {wait}")
    } else {
        format!("{first}, and whether it comes back within {wait}")
    })
}

/// Why it cannot start.
pub fn blocks(dry_run: &DryRun) -> Option<&str> {
    dry_run.preview.blocks.first().map(String::as_str)
}

/// What stands against it, calls and cost, edits, sizes, order, duplicates.
pub fn notes(dry_run: &DryRun) -> Vec<Note> {
    let preview = &dry_run.preview;
    let mut notes: Vec<Note> = preview
        .blocks
        .iter()
        .map(|block| ("✖", block.clone(), Role::Error))
        .collect();
    let mut calls: Vec<String> = preview
        .calls
        .iter()
        .map(|(name, count)| format!("{} {name}", age::count(*count)))
        .collect();
    // Where nothing goes there is nothing to pay.
    if !calls.is_empty() {
        calls.push(format!("about {}", price::shown(preview.dollars)));
        notes.push(("will", calls.join(" · "), Role::Text));
    }
    if dry_run.plan.edit.is_some() || preview.edited > 0 {
        let text = format!(
            "{} edited, {} unchanged, {} failed",
            age::count(preview.edited),
            age::count(preview.unchanged),
            age::count(preview.failed_edits.count)
        );
        notes.push(("edits", text, Role::Text));
    }
    notes.extend(
        preview
            .notes
            .iter()
            .map(|note| ("note", note.clone(), Role::Text)),
    );
    let facts = &dry_run.facts;
    if facts.left_out > 0 {
        let text = format!(
            "{} left out: they were invoked by hand and answered",
            super::words::letters(facts.left_out as u64)
        );
        notes.push(("note", text, Role::Text));
    }
    if facts.filtered > 0 {
        let text = format!(
            "{} left out: the filter is not true of them",
            super::words::letters(facts.filtered as u64)
        );
        notes.push(("note", text, Role::Text));
    }
    if let Some((count, why)) = &facts.not_judged {
        let text = format!(
            "{} left out: the filter cannot be judged on them ({why})",
            super::words::letters(*count as u64)
        );
        notes.push(("note", text, Role::Warn));
    }
    if facts.lost > 0 {
        let text = format!(
            "{} no longer held: received anew, if nobody else has them",
            super::words::letters(facts.lost as u64)
        );
        notes.push(("note", text, Role::Warn));
    }
    let unknown = facts.unknown.iter();
    notes.extend(unknown.map(|error| ("note", format!("not known: {error}"), Role::Warn)));
    let against = preview.against().flat_map(|against| &against.named);
    notes.extend(
        against
            .take(NAMED)
            .map(|(letter, why)| ("▲", format!("{letter}: {why}"), Role::Warn)),
    );
    let count: u64 = preview.against().map(|against| against.count).sum();
    let more = count.saturating_sub(NAMED as u64);
    if more > 0 {
        let text = format!("{} more like these", age::count(more));
        notes.push(("▲", text, Role::Warn));
    }
    notes
}
