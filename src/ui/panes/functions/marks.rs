//! Marks in the list of functions: one, a range, all that are shown; what commands do with them,
//! and two of them compared.

use super::FunctionsPane;
use crate::{
    domain::{age, function::Arn, text},
    store::{
        Action,
        configure::{self, CONFIGURE, Place, Step},
        functions::{self, Functions},
        identity::FunctionKey,
        invoke::INVOKE,
        letters::{self, LETTERS},
        logs, toast, ui,
    },
    ui::surface::{Hint, Intent, Outcome, View},
};

/// Hidden marks that are named; of the others only how many.
const NAMED: usize = 3;
/// Functions whose logs are followed together: they share one quota.
const TOGETHER: usize = 10;

fn act(action: functions::Action) -> Outcome {
    Outcome::act(Action::Functions(action))
}

/// Marks the row under the cursor or takes its mark away, and goes on to the next.
pub(super) fn mark(list: &Functions) -> Outcome {
    let Some(row) = list.selected() else {
        return Outcome::done();
    };
    let arns = vec![row.arn.clone()];
    let mark = if list.marked().contains(&row.arn) {
        functions::Action::Unmark(arns)
    } else {
        functions::Action::Mark(arns)
    };
    let last = list.len().saturating_sub(1);
    let next = functions::Action::Select((list.cursor() + 1).min(last));
    Outcome::Done(vec![
        Intent::Act(Action::Functions(mark)),
        Intent::Act(Action::Functions(next)),
    ])
}

/// What a command does that acts on the marks if there are any; `None` where there is none, so
/// that the row is meant.
pub(super) fn with_marks(id: &str, view: View<'_>) -> Option<Outcome> {
    let list = &view.store.functions;
    let marked: Vec<&Arn> = list.marked().iter().collect();
    let is_the_row = |arn: &&Arn| list.selected().is_some_and(|row| row.arn == **arn);
    let (takes, shows) = match id {
        "functions.logs" => ("", Some(logs::PANE)),
        "functions.letters" => ("d shows the queue of", Some(LETTERS)),
        "functions.invoke" => ("Invoke is for", Some(INVOKE)),
        "functions.configure" => ("Configure is for", Some(CONFIGURE)),
        "stop.open" => ("X stops", None),
        "app.console-url" => ("the AWS console shows", None),
        _ => return None,
    };
    Some(match marked.as_slice() {
        [] => return None,
        [one] if is_the_row(one) => return None,
        [one] => match shows {
            Some(LETTERS) => Outcome::act(Action::Letters(letters::Action::Do(
                letters::Step::OfFunction((*one).clone()),
            ))),
            Some(pane) => Outcome::act(Action::Open((*one).clone(), pane)),
            // What stops a function is opened from its own row only.
            None => Outcome::info(format!(
                "{takes} the function of its row, but {} is marked: go there, or take the mark away",
                text::sanitise(one.resource_name())
            )),
        },
        many if id == "functions.logs" && many.len() <= TOGETHER => {
            let session = view.store.sessions.current().id;
            let keys = many.iter().map(|arn| (*arn).clone());
            let keys = keys.map(|arn| FunctionKey { session, arn }).collect();
            Outcome::Done(vec![
                Intent::Act(Action::Logs(logs::Action::Open(keys))),
                Intent::Act(Action::Ui(ui::Action::Focus(logs::PANE))),
            ])
        }
        many if id == "functions.logs" => Outcome::info(format!(
            "up to {TOGETHER} functions are followed together, {} are marked",
            age::count(many.len() as u64)
        )),
        many => Outcome::info(format!(
            "{takes} one function, {} are marked: space takes a mark away",
            age::count(many.len() as u64)
        )),
    })
}


/// Every function shown; once more, none at all.
pub(super) fn mark_all(list: &Functions) -> Outcome {
    let shown = rows(list, 0, list.len().saturating_sub(1));
    if shown.iter().all(|arn| list.marked().contains(arn)) {
        act(functions::Action::UnmarkAll)
    } else {
        act(functions::Action::Mark(shown))
    }
}

/// Two marked functions, side by side in Configure.
pub(super) fn compare(view: View<'_>) -> Outcome {
    let marked: Vec<&Arn> = view.store.functions.marked().iter().collect();
    let [left, right] = marked.as_slice() else {
        let text = format!(
            "comparing takes two marked functions, {} marked: space marks",
            match marked.len() {
                0 => "none is".to_owned(),
                1 => "one is".to_owned(),
                many => format!("{} are", age::count(many as u64)),
            }
        );
        return Outcome::info(text);
    };
    let place = |function: &Arn| {
        Box::new(Place {
            function: function.clone(),
            qualifier: None,
        })
    };
    let session = view.store.sessions.current().id;
    let compare = Step::Compare(session, place(left), place(right));
    Outcome::Done(vec![
        Intent::Act(Action::Configure(configure::Action::Do(compare))),
        Intent::Act(Action::Ui(ui::Action::Focus(CONFIGURE))),
    ])
}

/// The hint of the footer: what the marks are good for here, how many there are, and how many of
/// them nobody sees. Only two can be compared.
pub(super) fn hint(list: &Functions) -> Hint {
    let marked = list.marked().len();
    if marked == 0 {
        return "functions.mark".into();
    }
    let hidden = match list.hidden_marks().len() {
        0 => String::new(),
        hidden => format!(" ({} hidden)", age::count(hidden as u64)),
    };
    let count = age::count(marked as u64);
    let (command, title) = match marked {
        2 => ("functions.compare", format!("compare 2{hidden}")),
        _ => ("functions.mark", format!("mark · {count} marked{hidden}")),
    };
    Hint {
        command,
        title: Some(title),
    }
}

/// How many are marked, and which of them the filter hides.
pub(super) fn told(list: &Functions) -> Option<String> {
    let marked = list.marked().len();
    if marked == 0 {
        return None;
    }
    let marked = format!("{} marked", age::count(marked as u64));
    let hidden = list.hidden_marks();
    if hidden.is_empty() {
        return Some(marked);
    }
    let names = hidden.iter().take(NAMED);
    let names: Vec<_> = names
        .map(|arn| text::sanitise(arn.resource_name()))
        .collect();
    let more = hidden.len().saturating_sub(NAMED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Some(format!(
        "{marked}, hidden by the filter: {}{more}",
        names.join(", ")
    ))
}

fn rows(list: &Functions, first: usize, last: usize) -> Vec<Arn> {
    (first..=last)
        .filter_map(|place| list.row(place))
        .map(|row| row.arn.clone())
        .collect()
}

impl FunctionsPane {
    /// Begins a range at the cursor, or marks from there to here.
    pub(super) fn mark_range(&mut self, list: &Functions) -> Outcome {
        let Some(row) = list.selected() else {
            return Outcome::done();
        };
        let Some(from) = self.range.take() else {
            self.range = Some(row.arn.clone());
            return Outcome::done();
        };
        let here = list.cursor();
        let place = (0..list.len()).find(|&at| list.row(at).is_some_and(|row| row.arn == from));
        let place = place.unwrap_or(here);
        let range = rows(list, place.min(here), place.max(here));
        act(functions::Action::Mark(range))
    }
}
