//! The review of a plan, and what became of it: as text to read and as one JSON object.

use serde_json::{Map, Value, json};

use crate::{
    cli::{headless, output::Table},
    domain::{
        draft::{
            Item, Side,
            plan::Plan,
            record::{Ended, Report, StepState, ThreeWay},
            update::Call,
        },
        text,
    },
};

/// A plan, and how it is shown.
pub(super) struct Review<'a> {
    pub plan: &'a Plan,
    pub warnings: &'a [String],
    pub account: Option<&'a str>,
    pub region: &'a str,
    pub revealed: &'a [String],
}

impl Review<'_> {
    fn is_revealed(&self, item: &Item) -> bool {
        matches!(item, Item::Variable(name) if self.revealed.contains(name))
    }

    /// The diff, the warnings and the calls, as text.
    pub(super) fn lines(&self) -> Vec<String> {
        let account = self.account.unwrap_or("account unknown");
        let name = self.plan.base.name();
        let mut lines = vec![format!("{name}  {account} {}", self.region)];
        let mut table = Table::new(&[("", false), ("", false), ("", false), ("", false)]);
        for change in &self.plan.changes {
            let revealed = self.is_revealed(&change.item);
            table.row([
                self.plan.base.label(&change.item),
                change.item.shown(&change.before, revealed),
                "→".to_owned(),
                change.item.shown(&change.after, revealed),
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

    /// All of it as one object.
    pub(super) fn object(&self, result: &str, report: Option<&Report>) -> Value {
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
        object.insert("Region".into(), json!(self.region));
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
    pub(super) fn tell_end(&self, report: &Report) {
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
        let is_lost = matches!(report.ended, Ended::Lost(_));
        if let Ended::Lost(rows) = &report.ended {
            for line in self.three_ways(rows) {
                headless::tell(line);
            }
            headless::tell("  next: look at what they changed, and say the edit again");
        }
        let id = &report.id;
        if report.ended != Ended::Done && !is_lost {
            headless::tell(format_args!(
                "to finish: lambdeck config finish {id} --dry-run"
            ));
        }
        let mut steps = report.steps.iter();
        if steps.any(|step| step.state != StepState::Left) {
            headless::tell(format_args!(
                "to revert: lambdeck config revert {id} --dry-run"
            ));
        }
    }

    fn three_ways(&self, rows: &[ThreeWay]) -> Vec<String> {
        let columns = ["", "BASE", "THEIRS", "MINE"].map(|name| (name, false));
        let mut table = Table::new(&columns);
        for row in rows {
            let revealed = self.is_revealed(&row.item);
            table.row([
                self.plan.base.label(&row.item),
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
