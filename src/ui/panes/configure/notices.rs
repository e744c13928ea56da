//! The rows above the form: what is wrong, stopped or unfinished, the run of a change, and what can
//! be done about them.

use super::{
    rows::{Cell, Kind, Offer, Row, Section},
    sections::Source,
    words,
};
use crate::{
    domain::{
        age,
        draft::{
            Problem, Side,
            record::{Ended, Report, StepState, ThreeWay},
        },
        function::FunctionState,
    },
    store::configure::{Part, Run},
    theme::Role,
};

/// The rows above the form.
pub fn rows<'a>(
    source: &Source<'_>,
    state: &FunctionState,
    problems: impl Iterator<Item = &'a Problem>,
) -> Vec<Row> {
    let mut top = Top { rows: Vec::new() };
    if let Some((run, part)) = source.run {
        top.apply(run, part);
    }
    let begin = top.rows.len();
    top.standing(source, state, problems);
    if top.rows.len() > begin {
        let nothing = Cell::Text(String::new(), Role::Dim);
        let title = Row::new(Section::Standing, Kind::Header, "Attention", nothing);
        top.rows.insert(begin, title);
    }
    top.rows
}

struct Top {
    rows: Vec<Row>,
}

impl Top {
    fn push(&mut self, section: Section, kind: Kind, label: &str, text: &str, role: Role) {
        let now = Cell::Text(words::clean(text), role);
        self.rows.push(Row::new(section, kind, label, now));
    }

    fn offer(&mut self, section: Section, offer: Offer, text: &str) {
        self.push(
            section,
            Kind::Offer(offer),
            "",
            &format!("→ {text}"),
            Role::Accent,
        );
    }

    fn standing<'a>(
        &mut self,
        source: &Source<'_>,
        state: &FunctionState,
        problems: impl Iterator<Item = &'a Problem>,
    ) {
        let at = Section::Standing;
        if state.last_update.as_deref() == Some("Failed") {
            let why = state.last_update_reason.as_deref();
            let text = format!("✖ {}", why.unwrap_or("AWS does not say why"));
            self.push(at, Kind::Note, "last update", &text, Role::Error);
        }
        for problem in problems {
            let text = format!("✖ {}", problem.message);
            let (kind, item) = (Kind::Problem(None), words::clean(&problem.item));
            self.push(at, kind, &item, &text, Role::Error);
        }
        if source.function_form.keeps_a_text() {
            let text = "▲ a text that could not be read is kept: e opens it in your editor";
            self.push(at, Kind::Note, "environment", text, Role::Warn);
        }
        for card in &source.cards {
            let words = card.words.join(", ");
            self.push(at, Kind::Note, "stopped", &format!("▲ {words}"), Role::Warn);
            let offer = Offer::Restore(card.id.clone());
            self.offer(at, offer, "restore what was stopped…");
        }
        for record in &source.unfinished {
            let text = format!("▲ of {}: {}", record.at, record.progress());
            self.push(at, Kind::Note, "unfinished edit", &text, Role::Warn);
            self.offer(at, Offer::Finish(record.id.clone()), "finish it…");
            self.offer(at, Offer::Revert(record.id.clone()), "revert it…");
        }
    }

    fn apply(&mut self, run: &Run, part: &Part) {
        let (title, detail, role) = headline(run, part);
        self.push(Section::Apply, Kind::Header, title, &detail, role);
        match &part.end {
            None => self.under_way(part),
            Some(Err(why)) => {
                let text = format!("✖ nothing was sent: {why}");
                self.push(Section::Apply, Kind::Note, "", &text, Role::Error);
            }
            Some(Ok(report)) => self.report(part, report),
        }
    }

    fn under_way(&mut self, part: &Part) {
        for (place, call) in part.calls.iter().enumerate() {
            let step = place + 1;
            let (glyph, role) = match step.cmp(&part.progress.step) {
                std::cmp::Ordering::Less => ("✔", Role::Ok),
                std::cmp::Ordering::Equal => ("▸", Role::Running),
                std::cmp::Ordering::Greater => ("·", Role::Dim),
            };
            let text = format!("{glyph} {step}  {call}");
            self.push(Section::Apply, Kind::Note, "", &text, role);
        }
    }

    fn report(&mut self, part: &Part, report: &Report) {
        let at = Section::Apply;
        if let Ended::Failed(why) | Ended::Unknown(why) = &report.ended {
            self.push(at, Kind::Note, "", why, Role::Error);
        }
        for (place, step) in report.steps.iter().enumerate() {
            let call = part.calls.get(place).unwrap_or(&step.call);
            let (glyph, role) = match step.state {
                StepState::Done => ("✔", Role::Ok),
                StepState::Failed => ("✖", Role::Error),
                StepState::Sent => ("?", Role::Warn),
                StepState::Left => ("·", Role::Dim),
            };
            let text = format!("{glyph} {}  {} · {call}", place + 1, step.state.name());
            self.push(at, Kind::Note, "", &text, role);
        }
        for note in &report.notes {
            self.push(at, Kind::Note, "", note, Role::Text);
        }
        let any = |is: fn(StepState) -> bool| report.steps.iter().any(|step| is(step.state));
        let was_sent = any(|state| state != StepState::Left);
        let is_lost = matches!(report.ended, Ended::Lost(_));
        if let Ended::Lost(rows) = &report.ended {
            self.lost(rows);
        }
        // Of what was lost before anything was sent all is left: the draft is reviewed again.
        let is_left = any(|state| matches!(state, StepState::Left | StepState::Failed));
        if is_left && (was_sent || !is_lost) {
            let offer = Offer::Finish(report.id.clone());
            self.offer(at, offer, "review what is left…");
        }
        if was_sent {
            let offer = Offer::Revert(report.id.clone());
            self.offer(at, offer, "review the revert…");
        }
    }

    /// A lost update: the value before, theirs and mine.
    fn lost(&mut self, rows: &[ThreeWay]) {
        let at = Section::Apply;
        for row in rows {
            let shown = |side: &Side| words::cell(&row.item, side).shown(false).0.into_owned();
            let mine = row.mine.as_ref().map_or("left alone".to_owned(), shown);
            let text = format!(
                "was {} · theirs {} · mine {mine}",
                shown(&row.base),
                shown(&row.theirs)
            );
            let label = format!("≠ {}", words::clean(&row.item.to_string()));
            self.push(at, Kind::Note, &label, &text, Role::Warn);
        }
        let text = "review mine again, on top of theirs…";
        self.offer(at, Offer::Again, text);
    }
}

/// How many functions of several have ended.
pub fn others(run: &Run) -> Option<String> {
    let ended = run.parts.iter().filter(|part| part.end.is_some()).count();
    let (ended, all) = (age::count(ended as u64), age::count(run.parts.len() as u64));
    (run.parts.len() > 1).then(|| format!("{ended} of {all} functions"))
}

/// The title of a run, and how far it is.
fn headline(run: &Run, part: &Part) -> (&'static str, String, Role) {
    let others = others(run);
    let among = |text: &str| {
        let parts = [others.as_deref().unwrap_or_default(), text];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" · ")
    };
    let away = among(if run.is_running() {
        ""
    } else {
        "D puts this away"
    });
    match &part.end {
        None if part.progress.step == 0 => ("Applying", among("waits"), Role::Running),
        None => {
            let progress = &part.progress;
            let (step, of) = (progress.step, progress.of);
            let text = among(&format!("step {step} of {of}: {}", progress.doing));
            ("Applying", text, Role::Running)
        }
        Some(Err(_)) => ("Not applied", away, Role::Error),
        Some(Ok(report)) => {
            let title = match &report.ended {
                Ended::Done => "✔ Applied",
                Ended::Stopped => "▲ Stopped before its next step",
                Ended::Failed(_) => "✖ Failed",
                Ended::Unknown(_) => "? Outcome unknown",
                Ended::Lost(_) => "✖ Refused: somebody else changed it meanwhile",
            };
            (title, away, Role::Dim)
        }
    }
}
