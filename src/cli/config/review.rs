//! The review of a plan, and what became of it: as text to read and as one JSON object.

use serde_json::{Map, Value, json};

use super::{Desk, print, print_json};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        draft::{
            Item, Side,
            plan::Plan,
            record::{Ended, Progress, Report, ThreeWay},
            update::Call,
        },
        text,
    },
    ports::Session,
    runtime::configure::{self, Engine},
};

/// A plan, and how it is shown.
pub(super) struct Review<'a> {
    pub plan: &'a Plan,
    pub warnings: Vec<String>,
    pub account: Option<String>,
    pub revealed: &'a [String],
    pub is_dry_run: bool,
    pub output: Output,
}

/// Prints a plan and carries it out, if that is wanted. Gives what became of it; `None` when
/// nothing was to be done, or nothing should be.
pub(super) async fn carry_out<S: Session>(
    desk: &Desk<'_, S>,
    review: &Review<'_>,
) -> Result<(Outcome, Option<Report>), Outcome> {
    if !review.plan.is_empty() && !review.is_dry_run {
        desk.permit(configure::chief(review.plan))?;
    }
    if review.output == Output::Table {
        print(&review.lines(desk.gate.region()))?;
    }
    if review.plan.is_empty() || review.is_dry_run {
        let (result, words) = if review.plan.is_empty() {
            ("nothing to do", "nothing to do: it is so already")
        } else {
            ("dry run", "nothing was changed: this was a dry run")
        };
        if review.output == Output::Json {
            print_json(&[review.object(desk.gate.region(), result, None)])?;
        } else {
            headless::tell(words);
        }
        return Ok((Outcome::Done, None));
    }
    let report = apply(desk, review).await?;
    let outcome = match report.ended {
        Ended::Done => Outcome::Done,
        _ => Outcome::Failed,
    };
    if review.output == Output::Json {
        let result = report.ended.words();
        print_json(&[review.object(desk.gate.region(), &result, Some(&report))])?;
    }
    review.tell_end(&report);
    Ok((outcome, Some(report)))
}

async fn apply<S: Session>(desk: &Desk<'_, S>, review: &Review<'_>) -> Result<Report, Outcome> {
    let (progress, mut watched) = tokio::sync::watch::channel(Progress::default());
    let engine = Engine {
        gate: &desk.gate,
        files: &desk.files,
        clock: &desk.context.clock,
        account: review.account.clone(),
        stop: desk.stop,
        progress: &progress,
    };
    let working = engine.apply(review.plan, None);
    tokio::pin!(working);
    loop {
        tokio::select! {
            done = &mut working => return desk.told(done),
            Ok(()) = watched.changed() => {
                let now = watched.borrow_and_update().clone();
                headless::tell(format_args!("{}/{}  {}", now.step, now.of, now.doing));
            }
        }
    }
}

impl Review<'_> {
    fn is_revealed(&self, item: &Item) -> bool {
        matches!(item, Item::Variable(name) if self.revealed.contains(name))
    }

    fn lines(&self, region: &str) -> Vec<String> {
        let account = self.account.as_deref().unwrap_or("account unknown");
        let mut lines = vec![format!("{}  {account} {region}", self.plan.base.name())];
        let mut table = Table::new(&[("", false), ("", false), ("", false), ("", false)]);
        for change in &self.plan.changes {
            let revealed = self.is_revealed(&change.item);
            table.row([
                self.name(&change.item),
                change.before.shown(revealed),
                "→".to_owned(),
                change.after.shown(revealed),
            ]);
        }
        lines.extend(
            table
                .lines()
                .into_iter()
                .skip(1)
                .map(|line| format!("  {line}")),
        );
        lines.extend(self.warnings.iter().map(|warning| format!("  ▲ {warning}")));
        for (number, call) in self.plan.calls.iter().enumerate() {
            lines.push(format!("  {}  {}", number + 1, call.words()));
        }
        lines
    }

    /// The name of an item; a trigger is known by what it reads.
    fn name(&self, item: &Item) -> String {
        let Item::Trigger(uuid, field) = item else {
            return item.to_string();
        };
        let source = self.plan.base.mapping(uuid).and_then(|m| m.source.as_ref());
        source.map_or_else(
            || item.to_string(),
            |source| {
                format!(
                    "trigger {} {} {}",
                    source.service().unwrap_or(""),
                    source.resource_name(),
                    field.name()
                )
            },
        )
    }

    fn object(&self, region: &str, result: &str, report: Option<&Report>) -> Value {
        let value = |item: &Item, side: &Side| json!(side.value(self.is_revealed(item)));
        let changes: Vec<Value> = self
            .plan
            .changes
            .iter()
            .map(|change| {
                json!({
                    "Name": change.item.to_string(),
                    "Before": value(&change.item, &change.before),
                    "After": value(&change.item, &change.after),
                })
            })
            .collect();
        let calls: Vec<&str> = self.plan.calls.iter().map(Call::name).collect();
        let mut object = Map::new();
        object.insert("FunctionName".into(), json!(self.plan.base.name()));
        object.insert("Account".into(), json!(self.account));
        object.insert("Region".into(), json!(region));
        object.insert("Changes".into(), json!(changes));
        object.insert("Calls".into(), json!(calls));
        object.insert("Class".into(), json!(self.plan.class().name()));
        object.insert("Warnings".into(), json!(self.warnings));
        object.insert("Result".into(), json!(result));
        let Some(report) = report else {
            return Value::Object(object);
        };
        let steps: Vec<Value> = report
            .steps
            .iter()
            .map(|step| json!({ "Call": step.call, "State": step.state.name() }))
            .collect();
        object.insert("Id".into(), json!(report.id));
        object.insert("Steps".into(), json!(steps));
        object.insert("Notes".into(), json!(report.notes));
        if let Ended::Lost(rows) = &report.ended {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    json!({
                        "Name": row.item.to_string(),
                        "Base": value(&row.item, &row.base),
                        "Theirs": value(&row.item, &row.theirs),
                        "Mine": row.mine.as_ref().map(|side| value(&row.item, side)),
                    })
                })
                .collect();
            object.insert("Lost".into(), json!(rows));
        }
        Value::Object(object)
    }

    /// What became of it, for whoever looks on.
    fn tell_end(&self, report: &Report) {
        for note in &report.notes {
            headless::tell(text::sanitise(note));
        }
        let words = report.ended.words();
        headless::tell(text::sanitise(&format!(
            "{}: {words}",
            self.plan.base.name()
        )));
        if report.ended != Ended::Done {
            for step in &report.steps {
                headless::tell(format_args!("  {}  {}", step.state.name(), step.call));
            }
        }
        if let Ended::Lost(rows) = &report.ended {
            for line in self.three_ways(rows) {
                headless::tell(line);
            }
            headless::tell("  next: look at what they changed, and say the edit again");
            return;
        }
        let id = &report.id;
        headless::tell(format_args!(
            "way back: lambdeck config revert {id} --dry-run"
        ));
    }

    fn three_ways(&self, rows: &[ThreeWay]) -> Vec<String> {
        let columns = ["", "BASE", "THEIRS", "MINE"].map(|name| (name, false));
        let mut table = Table::new(&columns);
        for row in rows {
            let revealed = self.is_revealed(&row.item);
            table.row([
                row.item.to_string(),
                row.base.shown(revealed),
                row.theirs.shown(revealed),
                row.mine
                    .as_ref()
                    .map_or_else(String::new, |side| side.shown(revealed)),
            ]);
        }
        table.lines()
    }
}
