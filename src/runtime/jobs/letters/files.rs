//! Files: letters as JSON Lines, a dry run, the report of a redrive. They hold bodies or ids, so
//! only this user can read them, and nothing that exists is written over.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

use super::tell;
use crate::{
    domain::{
        queue::line,
        redrive::{Plan, Record, preview::Against},
    },
    runtime::runner::{Shared, blocking},
    settings::create_private_file,
    store::{
        Ticket,
        letters::{Action, DryRun, Exported},
    },
};

pub(super) async fn export(shared: &Arc<Shared>, ticket: Ticket, path: PathBuf, what: Exported) {
    let journals = shared.journals.clone();
    let written = blocking(move || {
        let journal = match &what {
            Exported::Report(plan) => Some(
                journals
                    .path(plan)
                    .ok_or("the demo account keeps no journals, so there is no report")?,
            ),
            _ => None,
        };
        write(&at_home(path), |path, out| match &what {
            Exported::Letters(letters, edits) => {
                for letter in letters {
                    let edit = edits.get(&letter.message.id);
                    let edited = edit.map(|edit| &**edit.body.reveal());
                    let line = serde_json::Value::Object(line::of_letter(letter, edited));
                    writeln!(out, "{line}")?;
                }
                Ok(letters.len())
            }
            Exported::Plan(dry_run) => plan(dry_run, out),
            Exported::Report(_) => {
                let journal = journal.as_deref().unwrap_or(Path::new(""));
                report(journal, is_json(path), out)
            }
        })
    });
    if let Some(answer) = written.await {
        tell(shared, Action::Exported(ticket, answer)).await;
    }
}

fn write(
    path: &Path,
    content: impl FnOnce(&Path, &mut dyn io::Write) -> io::Result<usize>,
) -> Result<(PathBuf, usize), String> {
    let shown = path.display();
    let file = create_private_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{shown} exists already: give another name"),
        io::ErrorKind::NotFound => {
            format!("{shown} cannot be written: its directory does not exist")
        }
        _ => format!("{shown} cannot be written: {error}"),
    })?;
    let mut out = BufWriter::new(&file);
    let written = content(path, &mut out)
        .and_then(|lines| out.flush().map(|()| lines))
        .and_then(|lines| file.sync_all().map(|()| lines));
    match written {
        Ok(lines) => Ok((path.to_owned(), lines)),
        Err(error) => {
            // Half a file is taken away again.
            let _ = std::fs::remove_file(path);
            Err(format!("{shown} was not written: {error}"))
        }
    }
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The plan with what it would do, without a body.
fn plan(dry_run: &DryRun, out: &mut dyn io::Write) -> io::Result<usize> {
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

/// What the journal tells of every letter: Markdown, or JSON.
fn report(journal: &Path, as_json: bool, out: &mut dyn io::Write) -> io::Result<usize> {
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

/// `~/` as a shell reads it.
pub(in crate::runtime::jobs) fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path,
    }
}
