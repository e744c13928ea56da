//! The card of a redrive: how far it is while it runs, the equation once it ended.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::words;
use crate::{
    domain::{
        age,
        redrive::{End, Phase, Progress, Tally, progress::shown_reasons},
    },
    store::{
        Store,
        effect::Control,
        letters::{Rest, Run},
    },
    theme::{Role, Theme},
    ui::widgets::paint,
};

/// One line and its colour.
pub type Line = (String, Role);

/// Cells of the bar where there is room for it.
const BAR: usize = 24;
/// Cells in front of a line: whether it has the focus.
const MARGIN: u16 = 2;
/// Reasons that the card names.
const REASONS: usize = 3;

/// The card: one line of figures, and what is to be known beside them.
pub fn lines(run: &Run, store: &Store, width: u16) -> Vec<Line> {
    let room = width.saturating_sub(MARGIN);
    let (depth, now) = (super::depth_of(run, store), store.now);
    match (&run.outcome, &run.progress) {
        (Some(outcome), _) => {
            let progress = outcome.progress.as_ref();
            let rest = store.letters.rest_of(run);
            let lines = ended(run, progress, outcome.error.as_deref(), (depth, rest), room);
            lines
                .into_iter()
                .flat_map(|(line, role)| {
                    let rows = paint::wrapped(&line, room);
                    rows.into_iter().map(move |row| (row, role))
                })
                .collect()
        }
        (None, Some(progress)) => running(progress, run.control, room, now),
        (None, None) => vec![(
            "starting: the plan goes to the journal first…".into(),
            Role::Running,
        )],
    }
}

fn running(progress: &Progress, control: Control, width: u16, now: Timestamp) -> Vec<Line> {
    let tally = &progress.tally;
    let settled = tally.settled();
    let mut parts = vec![match progress.planned {
        Some(planned) => format!("{} of {}", age::count(settled), age::count(planned)),
        None => format!("{} settled", age::count(settled)),
    }];
    if progress.per_second >= 0.05 {
        parts.push(rate(progress.per_second));
    }
    if tally.failed > 0 {
        parts.push(format!("{} failed", age::count(tally.failed)));
    }
    if tally.not_judged > 0 {
        let count = age::count(tally.not_judged);
        parts.push(format!("{count} could not be judged"));
    }
    if let Some(left) = time_left(progress) {
        parts.push(format!("{left} left"));
    }
    let figures = parts.join(" · ");
    let bar = match progress.planned {
        Some(planned) if planned > 0 && usize::from(width) > BAR + figures.chars().count() + 2 => {
            format!("{}  ", bar(settled.min(planned), planned, BAR))
        }
        _ => String::new(),
    };
    let mut lines = vec![(format!("{bar}{figures}"), Role::Running)];
    lines.push(phase(progress, control, now));
    if !progress.reasons.is_empty() {
        let reasons: Vec<String> = progress
            .reasons
            .iter()
            .take(REASONS)
            .map(|(reason, count)| format!("{} × {reason}", age::count(*count)))
            .collect();
        lines.push((format!("▲ {}", reasons.join(" · ")), Role::Warn));
    }
    lines
}

fn phase(progress: &Progress, control: Control, now: Timestamp) -> Line {
    match &progress.phase {
        Phase::Canary(canary) => {
            let left = canary.until.duration_since(now).as_secs().max(0);
            let seen = canary
                .seen
                .last()
                .map_or_else(String::new, |seen| format!(" · {seen}"));
            let step = match canary.step {
                (_, 1) => String::new(),
                (step, of) => format!(" {step} of {of}"),
            };
            let waits = if canary.is_synchronous {
                "invoked: its answer within"
            } else {
                "sent: waiting for it to come back"
            };
            let text = format!("canary{step} {waits} {}{seen}", clock(left));
            (text, Role::Running)
        }
        Phase::Paused => {
            let text = "paused before the next send; leases are held";
            (text.to_owned(), Role::Warn)
        }
        Phase::Stopping => {
            let text = "stopping: what is under way is finished first";
            (text.to_owned(), Role::Warn)
        }
        Phase::Running | Phase::Ended(_) => match control {
            Control::Pause => ("pausing before the next send…".to_owned(), Role::Warn),
            Control::Stop => ("stopping before the next send…".to_owned(), Role::Warn),
            _ if progress.awaits.is_some_and(|until| until > now) => {
                let until = progress.awaits.unwrap_or(now);
                let text = format!(
                    "waiting until {}: a lease may still hide letters (a process was killed, or an answer lost)",
                    until.strftime("%H:%M:%S UTC")
                );
                (text, Role::Running)
            }
            _ => {
                let workers = progress.workers;
                (format!("sending, {workers} requests at once"), Role::Dim)
            }
        },
    }
}

fn ended(
    run: &Run,
    progress: Option<&Progress>,
    error: Option<&str>,
    (depth, rest): (Option<u64>, Rest),
    room: u16,
) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(progress) = progress {
        let tally = &progress.tally;
        let role = if tally.is_clean() {
            Role::Ok
        } else {
            Role::Warn
        };
        let name = run.queue.arn.resource_name();
        let depths = match (run.depth, depth) {
            (Some(before), Some(now)) => {
                format!("   {name} {} → ~{}", age::count(before), age::count(now))
            }
            _ => String::new(),
        };
        let equation = equation(tally);
        let beside = beside(tally);
        if equation.chars().count() + depths.chars().count() <= usize::from(room) {
            lines.push((format!("{equation}{depths}"), role));
            if !beside.is_empty() {
                lines.push((beside, Role::Warn));
            }
        } else {
            lines.push((equation, role));
            let below = [depths.trim(), &beside];
            let below: Vec<&str> = below.into_iter().filter(|text| !text.is_empty()).collect();
            if !below.is_empty() {
                lines.push((below.join(" · "), Role::Warn));
            }
        }
        if let Phase::Ended(end) = &progress.phase {
            lines.push(end_line(progress, end, rest));
        }
    }
    if let Some(error) = error {
        lines.push((format!("✖ {error}"), Role::Error));
    }
    if lines.is_empty() {
        let name = run.queue.arn.resource_name();
        lines.push((format!("○ the redrive of {name} ended"), Role::Dim));
    }
    lines
}

/// Every letter that was read, and where it is now: the two sides are equal.
pub fn equation(tally: &Tally) -> String {
    let count = age::count;
    let mut parts = Vec::new();
    if tally.moved > 0 || tally.deleted == 0 {
        parts.push(format!("{} sent and deleted", count(tally.moved)));
    }
    if tally.deleted > 0 {
        parts.push(format!("{} deleted", count(tally.deleted)));
    }
    parts.push(format!("{} released", count(tally.released)));
    parts.push(format!("{} failed", count(tally.failed)));
    if tally.not_judged > 0 {
        parts.push(format!("{} could not be judged", count(tally.not_judged)));
    }
    if tally.undeleted > 0 {
        parts.push(format!("{} sent, not deleted", count(tally.undeleted)));
    }
    parts.push(format!("{} unknown", count(tally.pending)));
    format!("{} read = {}", count(tally.read), parts.join(" + "))
}

/// What the equation does not say.
pub fn beside(tally: &Tally) -> String {
    let count = age::count;
    let mut parts = Vec::new();
    if tally.duplicates > 0 {
        parts.push(format!("{} perhaps sent twice", count(tally.duplicates)));
    }
    if tally.returned > 0 {
        parts.push(format!("{} came back", count(tally.returned)));
    }
    if tally.edited > 0 {
        parts.push(format!("{} sent as edited", count(tally.edited)));
    }
    if tally.inferred > 0 {
        parts.push(format!("{} to an inferred queue", count(tally.inferred)));
    }
    parts.join(" · ")
}

/// How it ended, and what becomes of the rest.
fn end_line(progress: &Progress, end: &End, rest: Rest) -> Line {
    let rest = match rest {
        Rest::Nothing => "",
        Rest::Resumable => " · Enter on this card resumes the rest",
        Rest::Elsewhere => " · its journal has the rest: r looks whether it is free",
        Rest::NotKept => {
            " · the rest stays in the queue; the demo account keeps no journal to resume it from"
        }
    };
    match end {
        End::Complete => match progress.known() {
            Some(known) if progress.is_conclusive() => (format!("✔ complete · {known}"), Role::Ok),
            Some(known) => (format!("▲ ended · {known}"), Role::Warn),
            None => ("✔ complete".to_owned(), Role::Ok),
        },
        End::Stopped => (format!("○ stopped{rest}"), Role::Warn),
        End::CanaryFailed(why) => (
            format!("✖ the canary failed, no more was sent: {why}{rest}"),
            Role::Error,
        ),
        End::Refilled(returned) => {
            let returned = age::count(*returned);
            (
                format!("✖ stopped: {returned} came back{rest}"),
                Role::Error,
            )
        }
        End::Broken(why) => (format!("✖ it could not go on: {why}{rest}"), Role::Error),
    }
}

fn time_left(progress: &Progress) -> Option<String> {
    let left = progress.planned?.checked_sub(progress.tally.settled())?;
    let is_moving = matches!(progress.phase, Phase::Running) && progress.per_second >= 0.05;
    (is_moving && left > 0).then(|| clock((left as f64 / progress.per_second).ceil() as i64))
}

/// Letters a second.
pub fn rate(per_second: f64) -> String {
    if per_second < 10.0 {
        format!("{per_second:.1}/s")
    } else {
        format!("{}/s", age::count(per_second.round() as u64))
    }
}

/// A short time: `40s`, `2m 05s`, `1h 10m`.
pub fn clock(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A bar of so many cells.
fn bar(done: u64, of: u64, cells: usize) -> String {
    let halves = (done as f64 / of.max(1) as f64 * (cells * 2) as f64).floor() as usize;
    let full = halves / 2;
    let half = halves % 2;
    format!(
        "{}{}{}",
        "█".repeat(full),
        "▌".repeat(half),
        "─".repeat(cells.saturating_sub(full + half))
    )
}

/// Draws the card.
pub fn render(lines: &[Line], area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
    for (row, (line, role)) in lines.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + row as u16;
        let sign = if focused && row == 0 { "▸ " } else { "  " };
        let x = paint::put(buf, area.x, y, area.width, sign, theme.style(Role::Accent));
        let room = area.right().saturating_sub(x);
        paint::put(buf, x, y, room, line, theme.style(*role));
        if focused && row == 0 {
            paint::select_row(buf, area, y, theme, true);
        }
    }
}

/// Everything that is known of a redrive, for its own view.
pub fn report(run: &Run, store: &Store, width: u16) -> Vec<Line> {
    let mut text = lines(run, store, width);
    let progress = run
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.progress.as_ref())
        .or(run.progress.as_deref());
    let mut add = |label: &str, value: String, role: Role| {
        text.push((format!("{label:<9} {value}"), role));
    };
    add("", String::new(), Role::Dim);
    add(
        "queue",
        run.queue.arn.resource_name().to_owned(),
        Role::Text,
    );
    if let Some(plan) = &run.plan {
        add("to", plan.goes_to(), Role::Text);
        if let Some(edit) = &plan.edit {
            add("edit", edit.clone(), Role::Text);
        }
    }
    add("plan", run.plan_id.clone(), Role::Dim);
    if let Some(progress) = progress {
        add("began", words::moment(progress.started), Role::Dim);
        if let Phase::Canary(canary) = &progress.phase {
            add(
                "canary",
                format!("{} sent as {}", canary.letter, canary.sent_as),
                Role::Text,
            );
            for seen in &canary.seen {
                add("", seen.clone(), Role::Text);
            }
        }
        let calls: Vec<String> = progress
            .calls
            .iter()
            .map(|(name, count)| format!("{} {name}", age::count(*count)))
            .collect();
        add("calls", calls.join(" · "), Role::Dim);
        for note in &progress.notes {
            add("note", note.clone(), Role::Warn);
        }
        let reasons = progress
            .reasons
            .iter()
            .map(|(reason, count)| (reason, count));
        let stay = progress.tally.failed + progress.tally.not_judged;
        for (reason, count) in shown_reasons(reasons, stay) {
            add(
                "stay",
                format!("{} × {reason}", age::count(count)),
                Role::Warn,
            );
        }
        for failure in &progress.failures {
            add(
                "letter",
                format!("{}  {}", failure.id, failure.reason),
                Role::Warn,
            );
        }
        for id in &progress.duplicates {
            add("twice?", id.to_string(), Role::Warn);
        }
        for id in &progress.undeleted {
            add("in both", id.to_string(), Role::Warn);
        }
    }
    let journal = run
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.journal.as_ref());
    if let Some(journal) = journal {
        add("journal", journal.display().to_string(), Role::Dim);
        let text = "exports the report: every letter's old and new message id";
        add("S", text.to_owned(), Role::Dim);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        Tally {
            read: 186,
            moved: 184,
            released: 2,
            ..Tally::default()
        }
    }

    #[test]
    fn the_report_is_an_equation() {
        assert_eq!(
            equation(&tally()),
            "186 read = 184 sent and deleted + 2 released + 0 failed + 0 unknown"
        );
        let deleted = Tally {
            read: 6,
            deleted: 5,
            undeleted: 1,
            ..Tally::default()
        };
        assert_eq!(
            equation(&deleted),
            "6 read = 5 deleted + 0 released + 0 failed + 1 sent, not deleted + 0 unknown"
        );
    }

    #[test]
    fn what_a_function_only_accepted_is_no_success() {
        let mut progress = Progress::ended(End::Complete);
        progress.tally = tally();
        let (line, role) = end_line(&progress, &End::Complete, Rest::Nothing);
        assert!(
            line.contains("184 accepted") && !line.contains('✔'),
            "{line}"
        );
        assert_eq!(role, Role::Warn);
        progress.by_invoke = false;
        let (line, _) = end_line(&progress, &End::Complete, Rest::Nothing);
        assert!(
            line.starts_with("✔ complete · ") && line.contains("not known"),
            "{line}"
        );
    }

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        assert_eq!(bar(0, 10, 6), "──────");
        assert_eq!(bar(5, 10, 6), "███───");
        assert_eq!(bar(9, 10, 5), "████▌");
        assert_eq!(bar(10, 10, 6), "██████");
    }

    #[test]
    fn short_times() {
        assert_eq!(clock(9), "9s");
        assert_eq!(clock(125), "2m 05s");
        assert_eq!(clock(4200), "1h 10m");
    }
}
