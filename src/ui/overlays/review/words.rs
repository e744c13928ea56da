//! The text of a review, wrapped to its width: the differences, the warnings, the calls in order. No
//! line is cut. Of values of the environment, only those typed in this draft can be shown.

use crate::{
    domain::{
        age,
        draft::{Difference, Item, Side, plan::Plan, update::Call},
        function::Arn,
        text,
    },
    store::configure::{Change, FunctionReview, Review},
    theme::Role,
    ui::widgets::paint,
};

/// A row of text and its colour.
pub(super) type Line = (String, Role);

/// Widest that the names of settings get.
const NAME: u16 = 26;
/// Functions whose plan is told in full; of the others only how much is different.
const IN_FULL: usize = 8;

/// Everything that the review says between its head and its buttons.
pub(super) fn body(review: &Review, width: u16, reveals: bool) -> Vec<Line> {
    let mut page = Page::new(width);
    let change = &review.proposal().change;
    page.reveals = reveals && matches!(change, Change::Edit(_));
    match review.reviews() {
        None => return reading(review.proposal().functions.len(), width),
        Some(Err(why)) => page.item("✖", why, Role::Error),
        Some(Ok(reviews)) => {
            page.before(change);
            match reviews {
                [function_review] => page.function_review(function_review, change),
                many => page.many(many),
            }
        }
    }
    page.lines
}

/// What it says until the answer is there.
pub(super) fn reading(functions: usize, width: u16) -> Vec<Line> {
    let mut page = Page::new(width);
    let what = match functions {
        1 => "the function is".to_owned(),
        many => format!("{} functions are", age::count(many as u64)),
    };
    let text = format!("{what} read anew and the calls planned…");
    page.wrap(&text, Role::Running);
    page.lines
}

/// What the change is, for the title.
pub(super) fn title(functions: &[Arn], change: &Change) -> String {
    let target = match functions {
        [function] => text::sanitise(function.resource_name()).into_owned(),
        many => format!("{} functions", age::count(many.len() as u64)),
    };
    let what = match change {
        Change::Edit(_) => "Review".to_owned(),
        Change::Stop(stop) => format!("Stop: {}", text::sanitise(&stop.title())),
        Change::Restore(_) => "Restore".to_owned(),
        Change::Revert(_) => "Revert".to_owned(),
        Change::Finish(_) => "Finish".to_owned(),
    };
    format!("{what}  {target}")
}

/// How much of it there is: what the head says beside the target.
pub(super) fn count(review: &Review) -> Option<String> {
    let reviews = review.reviews()?.ok()?;
    if reviews.len() < 2 {
        return None;
    }
    let refused = reviews
        .iter()
        .filter(|function_review| function_review.plan.is_err())
        .count();
    let changed = review.plans().count();
    let same = reviews.len() - refused - changed;
    let parts = [
        (changed, "to change"),
        (same, "already so"),
        (refused, "refused"),
    ];
    let parts = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", age::count(*number as u64)));
    Some(parts.collect::<Vec<_>>().join(", "))
}

/// What an item is called; a trigger by what it reads.
fn name(item: &Item, plan: Option<&Plan>) -> String {
    let name = plan.map_or_else(|| item.to_string(), |plan| plan.base.label(item));
    text::sanitise(&name).into_owned()
}

fn shown(item: &Item, side: &Side, revealed: bool) -> String {
    text::sanitise(&item.shown(side, revealed)).into_owned()
}

/// Whether it masks a value that was typed in this draft.
pub(super) fn hides_typed(review: &Review) -> bool {
    let is_masked = |row: &Difference| matches!(row.after, Side::Masked(_));
    matches!(review.proposal().change, Change::Edit(_))
        && review
            .plans()
            .any(|plan| plan.changes.iter().any(is_masked))
}

/// Lines that grow downwards.
struct Page {
    width: u16,
    lines: Vec<Line>,
    /// Values that were typed are shown.
    reveals: bool,
}

impl Page {
    const fn new(width: u16) -> Self {
        Self {
            width,
            lines: Vec::new(),
            reveals: false,
        }
    }

    fn wrap(&mut self, text: &str, role: Role) {
        self.hang("", 0, text, role);
    }

    /// A text behind a label; what does not fit in one row hangs below its beginning.
    fn hang(&mut self, label: &str, indent: u16, text: &str, role: Role) {
        let clean = text::sanitise(text);
        let room = self.width.saturating_sub(indent).max(1);
        let indent = usize::from(indent);
        for (row, line) in paint::wrapped(&clean, room).into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            let pad = indent.saturating_sub(text::width(label));
            self.lines
                .push((format!("{label}{}{line}", " ".repeat(pad)), role));
        }
    }

    fn item(&mut self, sign: &str, text: &str, role: Role) {
        self.hang(sign, 2, text, role);
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|(line, _)| !line.is_empty()) {
            self.lines.push((String::new(), Role::Text));
        }
    }

    /// What is to be restored, before anything else.
    fn before(&mut self, change: &Change) {
        match change {
            Change::Restore(cards) => {
                for card in cards {
                    let at = card.at.strftime("%Y-%m-%d %H:%M UTC");
                    let text = format!("{} by you {at}", card.stop.done());
                    self.item("⏸", &text, Role::Text);
                }
                self.blank();
            }
            // What a move stops and what it does not stands among what is to be known.
            Change::Stop(_) | Change::Edit(_) | Change::Revert(_) | Change::Finish(_) => {}
        }
    }

    fn function_review(&mut self, function_review: &FunctionReview, change: &Change) {
        match &function_review.plan {
            Err(_) => self.refusal(function_review),
            Ok(plan) if plan.is_empty() => {
                let rest = match change {
                    Change::Restore(_) => "; the card can be put away",
                    Change::Finish(_) => "; what was left unfinished can be put away",
                    _ => "",
                };
                let why = function_review.nothing.as_deref();
                let why = why.unwrap_or("it is already so");
                self.wrap(&format!("nothing to do: {why}{rest}"), Role::Ok);
            }
            Ok(plan) => self.differences(plan),
        }
        self.known(function_review);
        if let Ok(plan) = &function_review.plan {
            self.calls(plan);
        }
    }

    fn many(&mut self, reviews: &[FunctionReview]) {
        let refused = reviews
            .iter()
            .filter(|function_review| function_review.plan.is_err())
            .count();
        if refused > 0 {
            let text = format!(
                "{} of {} refused and left out: only the others are changed",
                age::count(refused as u64),
                age::count(reviews.len() as u64)
            );
            self.item("✖", &text, Role::Error);
        }
        // What is refused comes first.
        let (refused, planned): (Vec<_>, Vec<_>) = reviews
            .iter()
            .partition(|function_review| function_review.plan.is_err());
        for (place, function_review) in refused.into_iter().chain(planned).enumerate() {
            self.blank();
            let function = text::sanitise(function_review.function.resource_name()).into_owned();
            match &function_review.plan {
                Err(_) => {
                    self.wrap(&format!("{function}: refused"), Role::Error);
                    self.refusal(function_review);
                }
                Ok(plan) if plan.is_empty() => {
                    self.wrap(&format!("{function}: already so, nothing to do"), Role::Dim);
                }
                Ok(plan) if place < IN_FULL => {
                    self.wrap(&function, Role::Accent);
                    self.differences(plan);
                    self.known(function_review);
                    let calls: Vec<&str> = plan.calls.iter().map(Call::name).collect();
                    self.item("", &calls.join(", then "), Role::Dim);
                }
                Ok(plan) => {
                    let changes = plan.changes.len();
                    let noun = if changes == 1 { "change" } else { "changes" };
                    self.wrap(&format!("{function}: {changes} {noun}"), Role::Accent);
                    self.known(function_review);
                }
            }
        }
    }

    fn refusal(&mut self, function_review: &FunctionReview) {
        for problem in function_review.plan.as_ref().err().into_iter().flatten() {
            self.item("✖", &problem.to_string(), Role::Error);
        }
    }

    fn differences(&mut self, plan: &Plan) {
        let names = plan
            .changes
            .iter()
            .map(|change| name(&change.item, Some(plan)));
        let names: Vec<String> = names.collect();
        let most = NAME.min(self.width / 2);
        let column = names.iter().map(|name| text::width(name) as u16);
        let column = column.filter(|width| *width <= most).max().unwrap_or(0) + 2;
        for (name, row) in names.iter().zip(&plan.changes) {
            self.difference(name, column, row);
        }
    }

    fn difference(&mut self, name: &str, column: u16, row: &Difference) {
        let values = format!(
            "{} → {}",
            shown(&row.item, &row.before, false),
            shown(&row.item, &row.after, self.reveals)
        );
        if text::width(name) as u16 + 2 <= column {
            self.hang(name, column, &values, Role::Text);
        } else {
            self.wrap(name, Role::Text);
            self.hang("", column, &values, Role::Text);
        }
    }

    /// What to know before.
    fn known(&mut self, function_review: &FunctionReview) {
        let plan = function_review.plan.as_deref().ok();
        self.blank();
        for change in &function_review.moved_on {
            let text = format!(
                "changed since you opened it: {} {} → {}",
                name(&change.item, plan),
                shown(&change.item, &change.before, false),
                shown(&change.item, &change.after, false)
            );
            self.item("▲", &text, Role::Warn);
        }
        for warning in &function_review.warnings {
            self.item("▲", warning, Role::Warn);
        }
        for note in &function_review.notes {
            self.item("·", &format!("not known: {note}"), Role::Dim);
        }
        self.blank();
    }

    fn calls(&mut self, plan: &Plan) {
        for (number, call) in plan.calls.iter().enumerate() {
            self.hang(&format!("{}", number + 1), 3, &call.words(), Role::Text);
        }
    }
}
