//! A plan being carried out by the engine: its progress, its end, its report.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{
    Cli,
    progress::{Line, bar},
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        redrive::{
            Tally,
            progress::{End, Phase, Progress, shown_reasons},
        },
        text,
    },
    runtime::{
        journal::Journal,
        redrive::{self, Start},
    },
    store::effect::Control,
};

/// Cells of the bar.
const BAR: usize = 20;
/// Failures that are told in full; the journal has them all.
const FAILURES: usize = 20;

/// Carries a plan out until it ends. A signal stops it at the next safe step. `visible` is how
/// many letters the queue has, about: what the bar counts to where the plan itself cannot tell.
pub(super) async fn to_the_end(
    cli: &Cli<'_>,
    journal: Journal,
    start: Start,
    visible: u64,
) -> Progress {
    let first = redrive::first_progress(&start, cli.context.clock.now());
    let (progress, mut latest) = watch::channel(first);
    let (steer, control) = watch::channel(Control::Resume);
    let running = redrive::execute(
        Arc::clone(cli.gate),
        cli.context.clock.clone(),
        journal,
        start,
        control,
        progress,
    );
    tokio::pin!(running);
    let mut line = Line::on_terminal();
    let mut is_stopping = false;
    let mut told = None;
    loop {
        tokio::select! {
            biased;
            last = &mut running => {
                line.clear();
                return last;
            }
            () = cli.stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                steer.send_replace(Control::Stop);
            }
            Ok(()) = latest.changed() => {
                let news = latest.borrow_and_update().clone();
                if news.awaits.is_some() && news.awaits != told {
                    told = news.awaits;
                    line.clear();
                    headless::tell(waiting(&news));
                }
                line.show(&shown(&news, visible));
            }
        }
    }
}

/// What is waited for, and until when: minutes without a word look like a program that hangs.
fn waiting(progress: &Progress) -> String {
    let until = progress
        .awaits
        .map(|until| until.strftime("%H:%M:%S UTC").to_string());
    format!(
        "  waiting until {}: a lease may still hide letters (a process was killed, or an answer was lost)",
        until.unwrap_or_default()
    )
}

/// The line of a terminal: bar, count, rate, what is left.
fn shown(progress: &Progress, visible: u64) -> String {
    let tally = progress.tally;
    // Settled, whichever way.
    let done = tally.read.saturating_sub(tally.pending);
    let of = progress.planned.unwrap_or(visible).max(done);
    let mut parts = vec![
        format!("{} {done} of ~{of}", bar(done, of, BAR)),
        format!("{:.0}/s", progress.per_second),
    ];
    if tally.failed > 0 {
        parts.push(format!("{} failed", tally.failed));
    }
    if tally.not_judged > 0 {
        parts.push(format!("{} could not be judged", tally.not_judged));
    }
    match &progress.phase {
        Phase::Canary(canary) => {
            let what = if canary.is_synchronous {
                "for its answer"
            } else {
                "whether it comes back"
            };
            let until = canary.until.strftime("%H:%M:%S UTC");
            parts.push(format!("canary: waiting until {until} {what}"));
        }
        Phase::Paused => parts.push("paused".to_owned()),
        Phase::Stopping => parts.push("stopping".to_owned()),
        Phase::Running if let Some(until) = progress.awaits => parts.push(format!(
            "waiting until {} for leases to end",
            until.strftime("%H:%M:%S UTC")
        )),
        Phase::Running | Phase::Ended(_) => {
            if progress.per_second >= 0.5 {
                let seconds = ((of - done) as f64 / progress.per_second).ceil();
                parts.push(format!("{seconds:.0}s left"));
            }
        }
    }
    parts.join(" · ")
}

/// Tells how it ended, on both outputs, and gives the exit code: 0 only when every letter of the
/// plan ended as planned.
pub(super) fn report(
    queue: &str,
    last: &Progress,
    keeps_journal: bool,
    output: Output,
) -> Result<Outcome, Outcome> {
    let lines = match output {
        Output::Json => vec![Value::Object(object(last)).to_string()],
        Output::Table if last.failures.is_empty() => Vec::new(),
        Output::Table => failures(last).lines(),
    };
    let printed = super::print(&lines);
    headless::tell(format_args!("{queue}: {}", equation(&last.tally)));
    for note in notes(last, keeps_journal) {
        headless::tell(format_args!("  {}", text::sanitise(&note)));
    }
    printed?;
    Ok(if is_as_planned(last) {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

/// Whether every letter of the plan ended as planned.
pub(super) fn is_as_planned(last: &Progress) -> bool {
    last.phase == Phase::Ended(End::Complete) && last.tally.is_clean()
}

/// The sum that accounts for every letter.
pub(super) fn equation(tally: &Tally) -> String {
    let mut sum = format!("{} read = {} sent and deleted", tally.read, tally.moved);
    for (count, what) in [
        (tally.deleted, "deleted"),
        (tally.released, "given back"),
        (tally.failed, "failed"),
        (tally.not_judged, "could not be judged"),
        (tally.undeleted, "sent but not deleted"),
        (tally.pending, "open"),
    ] {
        if count > 0 || what == "failed" {
            sum.push_str(&format!(" + {count} {what}"));
        }
    }
    sum
}

/// What else is worth knowing, a line each.
fn notes(last: &Progress, keeps_journal: bool) -> Vec<String> {
    let tally = last.tally;
    let mut notes = Vec::new();
    if tally.inferred > 0 {
        notes.push(format!(
            "{} named no queue that they came from, and went to one that was inferred",
            tally.inferred
        ));
    }
    if tally.edited > 0 {
        notes.push(format!("{} were sent edited", tally.edited));
    }
    if tally.duplicates > 0 {
        notes.push(format!(
            "{} are perhaps there twice: the answer to a send did not come, and it was sent again",
            tally.duplicates
        ));
        notes.extend(named("perhaps twice", &last.duplicates, tally.duplicates));
    }
    if tally.undeleted > 0 {
        notes.push(format!(
            "{} were sent and are still in the queue too: the journal remembers, and no later redrive sends them again",
            tally.undeleted
        ));
        notes.extend(named("in both", &last.undeleted, tally.undeleted));
    }
    if tally.returned > 0 {
        notes.push(format!("{} came back after they were sent", tally.returned));
    }
    notes.extend(last.notes.iter().cloned());
    let reasons = last.reasons.iter().map(|(reason, count)| (reason, count));
    for (reason, count) in shown_reasons(reasons, tally.failed + tally.not_judged) {
        notes.push(format!("{count} stay in the queue: {reason}"));
    }
    match &last.phase {
        Phase::Ended(End::Complete) => {
            notes.extend(last.known());
            return notes;
        }
        Phase::Ended(End::Stopped) => notes.push("stopped before the next send".to_owned()),
        Phase::Ended(End::CanaryFailed(why)) => {
            notes.push(format!("the canary failed, and no more was sent: {why}"));
        }
        Phase::Ended(End::Refilled(count)) => {
            notes.push(format!("stopped: {count} letters came back"));
        }
        Phase::Ended(End::Broken(why)) => notes.push(format!("it could not go on: {why}")),
        _ => notes.push("it did not come to its end".to_owned()),
    }
    notes.push(if keeps_journal {
        format!(
            "next: `lambdeck dlq resume {} --yes` finishes it",
            last.plan
        )
    } else {
        "the demo account keeps no journal to finish it from".to_owned()
    });
    notes
}

/// The first of so many letters, a line each.
fn named(what: &str, ids: &[Arc<str>], of: u64) -> Vec<String> {
    let mut lines: Vec<String> = ids
        .iter()
        .take(FAILURES)
        .map(|id| format!("  {what}: {id}"))
        .collect();
    let more = of.saturating_sub(FAILURES as u64);
    if more > 0 {
        lines.push(format!(
            "  and {more} more: --output json has up to 1,000, the journal has all"
        ));
    }
    lines
}

fn failures(last: &Progress) -> Table {
    let mut table = Table::new(&[("STAYS", false), ("REASON", false)]);
    for failure in last.failures.iter().take(FAILURES) {
        table.row([failure.id.to_string(), failure.reason.clone()]);
    }
    let stay = last.tally.failed + last.tally.not_judged;
    let more = stay.saturating_sub(FAILURES as u64);
    if more > 0 {
        table.row([
            format!("and {more} more"),
            "--output json has up to 1,000, the journal has all".to_owned(),
        ]);
    }
    table
}

/// The report as an object.
pub(super) fn object(last: &Progress) -> Map<String, Value> {
    let tally = last.tally;
    let (end, why) = match &last.phase {
        Phase::Ended(End::Complete) => ("complete", Value::Null),
        Phase::Ended(End::Stopped) => ("stopped", Value::Null),
        Phase::Ended(End::CanaryFailed(why)) => ("canary failed", json!(why)),
        Phase::Ended(End::Refilled(count)) => ("refilled", json!(count)),
        Phase::Ended(End::Broken(why)) => ("broken", json!(why)),
        _ => ("unknown", Value::Null),
    };
    let calls: Map<String, Value> = last
        .calls
        .iter()
        .map(|(name, count)| ((*name).to_owned(), json!(count)))
        .collect();
    let reasons: Map<String, Value> = last
        .reasons
        .iter()
        .map(|(reason, count)| (reason.clone(), json!(count)))
        .collect();
    let failures: Vec<Value> = last
        .failures
        .iter()
        .map(|failure| json!({ "MessageId": failure.id, "Reason": failure.reason }))
        .collect();
    let fields = [
        ("Plan", json!(last.plan)),
        ("End", json!(end)),
        ("Why", why),
        ("Read", json!(tally.read)),
        ("Moved", json!(tally.moved)),
        ("Deleted", json!(tally.deleted)),
        ("Released", json!(tally.released)),
        ("Failed", json!(tally.failed)),
        ("NotJudged", json!(tally.not_judged)),
        ("Undeleted", json!(tally.undeleted)),
        ("Open", json!(tally.pending)),
        ("Duplicates", json!(tally.duplicates)),
        ("PerhapsTwice", json!(last.duplicates)),
        ("InBoth", json!(last.undeleted)),
        ("Returned", json!(tally.returned)),
        ("Known", json!(last.known())),
        ("Edited", json!(tally.edited)),
        ("Inferred", json!(tally.inferred)),
        ("Reasons", Value::Object(reasons)),
        ("Failures", Value::Array(failures)),
        ("Notes", json!(last.notes)),
        ("Calls", Value::Object(calls)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(phase: Phase, tally: Tally) -> Progress {
        Progress {
            plan: "p-1".into(),
            started: jiff::Timestamp::UNIX_EPOCH,
            phase,
            tally,
            planned: Some(200),
            per_second: 50.0,
            workers: 8,
            reasons: vec![("too large".into(), tally.failed)],
            failures: Vec::new(),
            notes: Vec::new(),
            duplicates: Vec::new(),
            undeleted: Vec::new(),
            awaits: None,
            by_invoke: false,
            calls: vec![("ReceiveMessage", 3)],
        }
    }

    #[test]
    fn only_a_plan_that_ended_as_planned_is_a_success() {
        let clean = Tally {
            read: 2,
            moved: 1,
            released: 1,
            ..Tally::default()
        };
        let failed = Tally {
            read: 2,
            moved: 1,
            failed: 1,
            ..Tally::default()
        };
        let complete = || Phase::Ended(End::Complete);
        assert!(is_as_planned(&progress(complete(), clean)));
        assert!(!is_as_planned(&progress(complete(), failed)));
        let not_judged = Tally {
            read: 1,
            not_judged: 1,
            ..Tally::default()
        };
        assert!(!is_as_planned(&progress(complete(), not_judged)));
        assert!(!is_as_planned(&progress(Phase::Ended(End::Stopped), clean)));
        assert!(!is_as_planned(&progress(Phase::Running, clean)));
    }

    #[test]
    fn the_equation_says_where_each_letter_is() {
        let tally = Tally {
            read: 10,
            moved: 5,
            released: 1,
            failed: 2,
            not_judged: 1,
            undeleted: 1,
            ..Tally::default()
        };
        assert!(tally.adds_up());
        assert_eq!(
            equation(&tally),
            "10 read = 5 sent and deleted + 1 given back + 2 failed + 1 could not be judged + 1 sent but not deleted"
        );
        assert_eq!(
            equation(&Tally::default()),
            "0 read = 0 sent and deleted + 0 failed"
        );
    }

    #[test]
    fn what_was_broken_off_says_how_it_is_finished() {
        let broken = progress(
            Phase::Ended(End::Broken("the disk is full".into())),
            Tally {
                failed: 3,
                ..Tally::default()
            },
        );
        let text = notes(&broken, true).join("\n");
        assert!(text.contains("3 stay in the queue: too large"), "{text}");
        assert!(text.contains("the disk is full"), "{text}");
        assert!(text.contains("lambdeck dlq resume p-1 --yes"), "{text}");
        let text = notes(&broken, false).join("\n");
        assert!(!text.contains("dlq resume"), "{text}");
        assert!(text.contains("keeps no journal"), "{text}");
    }

    #[test]
    fn the_line_has_bar_rate_and_remaining() {
        let tally = Tally {
            read: 110,
            moved: 90,
            released: 10,
            pending: 10,
            ..Tally::default()
        };
        let mut progress = progress(Phase::Running, tally);
        assert_eq!(
            shown(&progress, 1),
            "██████████────────── 100 of ~200 · 50/s · 2s left"
        );
        progress.planned = None;
        assert_eq!(
            shown(&progress, 400),
            "█████─────────────── 100 of ~400 · 50/s · 6s left"
        );
    }
}
