//! The hand-over: what was done, in Markdown, for whoever goes on.

use std::fmt::Write as _;

use super::{Log, Write, moment};
use crate::domain::text;

/// A log as Markdown, in the order of its writes.
pub fn markdown(log: &Log) -> String {
    let mut out = String::from("# Activity\n");
    if log.writes.is_empty() {
        out.push_str("\nNothing was written.\n");
    }
    for write in &log.writes {
        section(write, &mut out).expect("a String takes every write");
    }
    if log.bad > 0 {
        let lines = if log.bad == 1 { "line" } else { "lines" };
        writeln!(out, "\n{} {lines} of the log could not be read.", log.bad)
            .expect("a String takes every write");
    }
    out
}

fn section(write: &Write, out: &mut String) -> std::fmt::Result {
    let entry = &write.entry;
    writeln!(
        out,
        "\n## {} {}\n",
        moment(write.began),
        plain(&entry.summary)
    )?;
    let identity = entry.identity.as_deref().unwrap_or("unknown");
    writeln!(out, "- who: {}", plain(identity))?;
    let (account, region) = (plain(&entry.account), plain(&entry.region));
    writeln!(out, "- account: {account}, {region}")?;
    writeln!(
        out,
        "- what: {} on {}",
        plain(&entry.operation),
        plain(&entry.target)
    )?;
    let outcome = plain(write.outcome());
    writeln!(
        out,
        "- result: {} {}: {outcome}",
        write.glyph(),
        write.word()
    )?;
    if let Some(ended) = write.ended.filter(|ended| *ended != write.began) {
        writeln!(out, "- ended: {}", moment(ended))?;
    }
    writeln!(out, "- id: {}", plain(&entry.id))?;
    if !entry.command.is_empty() {
        let command = text::sanitise(&entry.command);
        let fence = fence(&command);
        writeln!(out, "\n{fence}sh\n{command}\n{fence}")?;
    }
    Ok(())
}

/// Text in which nothing is Markdown, or a control character.
fn plain(line: &str) -> String {
    let mut out = String::new();
    for character in text::sanitise(line).chars() {
        if "\\`*_[]<>|#!~".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Longer than any row of backticks inside.
fn fence(text: &str) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}
