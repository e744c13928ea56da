//! What is written of dead letters, for the console and the command line alike: letters as JSON
//! Lines, a dry run, the report of a redrive. Where to is [`save`](super::save)'s. Blocking.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    domain::{
        letter::Letter,
        queue::line,
        redrive::{Plan, Record, preview::Against},
        text,
    },
    store::letters::DryRun,
};

/// A letter as a line of JSON, with the text that is sent instead of its own. `None` for one that
/// did not come whole: it would be another message when it is imported.
pub fn line(letter: &Letter, edited: Option<&str>) -> Option<String> {
    let is_whole = letter.message.flaw.is_none();
    is_whole.then(|| {
        let line = Value::Object(line::of_letter(letter, edited)).to_string();
        // No terminal obeys it, and it is the same text to whoever reads JSON.
        text::escape_json(&line).into_owned()
    })
}

/// Letters and the texts that are sent instead of theirs; gives how many lines these are.
///
/// # Errors
/// When they cannot be written.
pub fn letters<'a>(
    letters: impl Iterator<Item = (&'a Letter, Option<&'a str>)>,
    out: &mut dyn io::Write,
) -> io::Result<usize> {
    let mut lines = 0;
    for line in letters.filter_map(|(letter, edited)| line(letter, edited)) {
        writeln!(out, "{line}")?;
        lines += 1;
    }
    Ok(lines)
}

/// The plan with what it would do, without a body; gives 1.
///
/// # Errors
/// When it cannot be written.
pub fn plan(dry_run: &DryRun, out: &mut dyn io::Write) -> io::Result<usize> {
    let mut plan = dry_run.plan.clone();
    plan.forget_edits();
    let preview = &dry_run.preview;
    let named = |against: &Against| -> Vec<serde_json::Value> {
        let named = against.named.iter();
        named
            .map(|(letter, why)| json!({ "letter": letter, "why": why }))
            .collect()
    };
    let destinations = preview.destinations.iter().map(|(to, letters)| {
        let to = to.as_ref().map(crate::domain::redrive::Target::shown);
        json!({ "to": to, "letters": letters })
    });
    let content = json!({
        "plan": plan,
        "letters": preview.count.estimate(),
        "looked_at": preview.looked_at,
        "not_chosen": preview.not_chosen,
        "not_judged": named(&preview.not_judged),
        "destinations": destinations.collect::<Vec<_>>(),
        "left_out": dry_run.facts.left_out,
        "edited": preview.edited,
        "unchanged": preview.unchanged,
        "failed_edits": named(&preview.failed_edits),
        "refused": named(&preview.refused),
        "already_sent": preview.already_sent,
        "expiring": preview.expiring,
        "dollars": preview.dollars,
        "blocks": preview.blocks,
        "notes": preview.notes,
    });
    serde_json::to_writer_pretty(&mut *out, &content)?;
    writeln!(out)?;
    Ok(1)
}

/// One line of a report.
struct Row {
    letter: String,
    outcome: &'static str,
    detail: String,
    to: String,
}

/// What the journal tells of every letter: Markdown, or JSON. Gives how many letters.
///
/// # Errors
/// When the journal cannot be read or the report not be written.
pub fn report(journal: &Path, as_json: bool, out: &mut dyn io::Write) -> io::Result<usize> {
    let (plan, rows, end) = read(journal)?;
    if as_json {
        let letters: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "letter": row.letter,
                    "outcome": row.outcome,
                    "detail": row.detail,
                    "to": row.to,
                })
            })
            .collect();
        let content = json!({ "plan": plan, "end": end, "letters": letters });
        serde_json::to_writer_pretty(&mut *out, &content)?;
        writeln!(out)?;
        return Ok(rows.len());
    }
    writeln!(out, "# Redrive {}\n", plan.id)?;
    writeln!(out, "- from {}", plan.source)?;
    writeln!(out, "- confirmed {}", plan.created)?;
    if let Some(account) = &plan.account {
        writeln!(out, "- account {account}, {}", plan.region)?;
    }
    writeln!(out, "- {end}\n")?;
    writeln!(out, "| letter | outcome | new id or reason | to |")?;
    writeln!(out, "|---|---|---|---|")?;
    for row in &rows {
        let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            cell(&row.letter),
            row.outcome,
            cell(&row.detail),
            cell(&row.to)
        )?;
    }
    Ok(rows.len())
}

fn read(journal: &Path) -> io::Result<(Plan, Vec<Row>, String)> {
    let told =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", journal.display()));
    let file = File::open(journal).map_err(told)?;
    let (mut plan, mut rows, mut end) = (None, Vec::new(), "not ended".to_owned());
    for line in BufReader::new(file).split(b'\n') {
        // A line that was cut in half is the last one, and its step was never taken.
        let Ok(record) = Record::parse(&line.map_err(told)?) else {
            break;
        };
        let row = |letter: &str, outcome, detail: &str, to: String| Row {
            letter: letter.to_owned(),
            outcome,
            detail: detail.to_owned(),
            to,
        };
        match record {
            Record::Plan(first) => plan = Some(*first),
            Record::Sent(arrival) => {
                let sent = arrival.letters.iter();
                rows.extend(sent.map(|one| row(&one.id, "sent", &one.sent_as, arrival.to.shown())));
            }
            Record::Failed {
                id,
                reason,
                not_judged,
            } => {
                let outcome = if not_judged { "not judged" } else { "failed" };
                rows.push(row(&id, outcome, &reason, String::new()));
            }
            Record::Doubtful(ids) => rows.extend(
                ids.iter()
                    .map(|id| row(id, "possible duplicate", "", String::new())),
            ),
            Record::Returned(id) => rows.push(row(&id, "came back", "", String::new())),
            Record::Ended(ended) => {
                let tally = &ended.tally;
                end = format!(
                    "{} read = {} sent and deleted + {} deleted + {} released + {} failed + {} could not be judged + {} left in both + {} under way",
                    tally.read,
                    tally.moved,
                    tally.deleted,
                    tally.released,
                    tally.failed,
                    tally.not_judged,
                    tally.undeleted,
                    tally.pending
                );
            }
            _ => {}
        }
    }
    let mut plan = plan.ok_or_else(|| io::Error::other("the journal has no plan"))?;
    plan.forget_edits();
    Ok((plan, rows, end))
}
