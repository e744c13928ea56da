//! What was stopped and waits to be restored, in the words of header, lists and messages.

use jiff::tz::TimeZone;

use crate::{
    command::Context,
    domain::{draft::card::ResumeCard, function::Arn, text},
    store::Store,
    ui::surface::View,
};

/// Functions that a message names; of the others only how many.
const NAMED: usize = 3;

/// What was stopped in the account and region on screen, oldest first.
pub fn here(store: &Store) -> impl Iterator<Item = &ResumeCard> {
    let session = store.sessions.current();
    let region = session.target.region.as_deref().unwrap_or_default();
    store.configure.cards(session.account(), region)
}

/// What was stopped of a function, each in a few words.
pub fn of(store: &Store, function: &Arn) -> Vec<String> {
    here(store)
        .filter(|card| card.function == *function)
        .map(|card| line(card, store))
        .collect()
}

/// What was stopped of a function, each with the keys that restore it.
pub fn offered(function: &Arn, view: View<'_>) -> Vec<String> {
    let key = |command: &str, path: &[Context]| {
        let keys = view.keymap.keys_for(command, path);
        keys.into_iter().next()
    };
    let menu = key("stop.open", &[Context::Global]).unwrap_or_else(|| ":stop".to_owned());
    let restore = key("stop.restore", &[Context::Stop]).map(|key| format!(" {key}"));
    let restore = restore.unwrap_or_default();
    let lines = of(view.store, function).into_iter();
    lines
        .map(|line| format!("{line} · {menu}{restore} restores"))
        .collect()
}

/// `triggers paused by you 02:33`.
pub fn line(card: &ResumeCard, store: &Store) -> String {
    let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::UTC).date();
    let is_today = day(card.at) == day(store.now);
    let at = card
        .at
        .strftime(if is_today { "%H:%M" } else { "%m-%d %H:%M" });
    format!("{} by you {at}", text::sanitise(&card.stop.done()))
}

/// The mark of the header; a short one is a sign and a number.
pub fn mark(store: &Store, is_short: bool) -> Option<String> {
    let word = if is_short { "" } else { " stopped" };
    let count = here(store).count();
    (count > 0).then(|| format!("⏸ {count}{word}"))
}

/// What to know at the start: what is stopped, what was left unfinished, and the keys for it.
pub fn told(view: View<'_>) -> Option<String> {
    let store = view.store;
    let key = |command: &str, or: &str| {
        let keys = view.keymap.keys_for(command, &[Context::Global]);
        keys.into_iter().next().unwrap_or_else(|| or.to_owned())
    };
    let activity = key("pane.activity", ":activity");
    let mut parts = Vec::new();
    let mut names: Vec<&str> = here(store)
        .map(|card| card.function.resource_name())
        .collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        names.truncate(NAMED);
        let names = text::sanitise(&names.join(", ")).into_owned();
        parts.push(format!("⏸ stopped: {names}{more} · {activity} restores"));
    }
    let unfinished = unfinished(store).count();
    if unfinished > 0 {
        let noun = if unfinished == 1 { "edit" } else { "edits" };
        parts.push(format!(
            "{activity} shows {unfinished} {noun} left unfinished"
        ));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Edits of this account and region whose process died, oldest first.
pub fn unfinished(store: &Store) -> impl Iterator<Item = &crate::domain::draft::record::Record> {
    let session = store.sessions.current();
    let region = session.target.region.as_deref().unwrap_or_default();
    let records = store.configure.memory().unfinished.iter();
    records.filter(move |record| {
        let both = record.account.as_deref().zip(session.account());
        record.region == region && both.is_none_or(|(there, here)| there == here)
    })
}
