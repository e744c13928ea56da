//! What the overview says, section by section, from what is known of a function.

mod configuration;
mod neighbours;

use jiff::Timestamp;

use super::{
    rows::{Row, RowWriter},
    words,
};
use crate::{domain::function::FunctionSummary, store::overview::facts::Facts, theme::Role};

/// What the rows are made of.
pub struct Subject<'a> {
    /// The row of the function list: what is known before anything is read.
    pub listed: Option<&'a FunctionSummary>,
    /// What was read.
    pub facts: &'a Facts,
    /// Whether the session can be asked.
    pub is_open: bool,
    /// What was stopped of it and waits to be restored, and how.
    pub stopped: &'a [String],
}

/// Every row, and until when they are right.
pub fn rows(subject: &Subject<'_>, now: Timestamp, width: u16) -> (Vec<Row>, Timestamp) {
    let facts = subject.facts;
    let mut writer = RowWriter::new(now, width, subject.is_open);
    stopped(&mut writer, subject.stopped);
    change(&mut writer, subject);
    configuration::function(&mut writer, subject);
    neighbours::triggers(&mut writer, facts);
    neighbours::asynchronous(&mut writer, facts);
    neighbours::concurrency(&mut writer, facts);
    neighbours::versions(&mut writer, facts);
    neighbours::urls(&mut writer, facts);
    configuration::logs(&mut writer, facts);
    configuration::environment(&mut writer, facts);
    configuration::surroundings(&mut writer, facts);
    neighbours::tags(&mut writer, facts);
    writer.finish()
}

/// What does not run by the will of whoever works here, before anything else.
fn stopped(writer: &mut RowWriter, stopped: &[String]) {
    for (place, line) in stopped.iter().enumerate() {
        let label = if place == 0 { "⏸ stopped" } else { "" };
        writer.sentence(label, line, Role::Warn);
    }
}

/// What changed last: the first question of whoever looks for a cause.
fn change(writer: &mut RowWriter, subject: &Subject<'_>) {
    let facts = subject.facts;
    let summary = facts
        .configuration
        .value()
        .map(|configuration| &configuration.summary)
        .or(subject.listed);
    let mut parts = Vec::new();
    if let Some(at) = summary.and_then(|summary| summary.modified) {
        parts.push(format!("configuration {}", writer.ago(at)));
    }
    if let Some(versions) = facts.versions.value() {
        let newest = versions
            .iter()
            .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version.modified)))
            .max();
        parts.push(match newest {
            Some((number, Some(at))) => format!("v{number} published {}", writer.ago(at)),
            Some((number, None)) => format!("v{number} published"),
            None => "nothing published".to_owned(),
        });
    }
    if let Some(aliases) = facts.aliases.value() {
        let shown = aliases.iter().take(3);
        parts.extend(shown.map(|alias| format!("{} {}", alias.name, words::alias_target(alias))));
        if aliases.len() > 3 {
            parts.push(format!("{} more aliases", aliases.len() - 3));
        }
    }
    if !parts.is_empty() {
        writer.sentence("changed", &parts.join(" · "), Role::Text);
    }
}
