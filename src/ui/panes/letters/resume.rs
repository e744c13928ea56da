//! Redrives that were stopped or interrupted, and whether they are to be finished.

use super::{
    commands::{info, said},
    dialogs::{account, item, opens},
    step, words,
};
use crate::{
    domain::{
        age,
        redrive::{Scope, progress::Tally},
    },
    store::{
        Action,
        letters::{Journal, LETTERS, Step},
        ui,
    },
    ui::{
        overlays::{
            confirm::Confirm,
            picker::{Choice, Picker},
        },
        surface::{Outcome, Surface, View},
    },
};

const LOCKED: &str = "another process works at this journal: it cannot be resumed here";

/// The journals that earlier runs left: an offer to finish them, once for each of them. The list
/// of functions makes it, which is where the program starts; `offered` are those it made.
pub fn offer_once(offered: &mut Vec<String>, view: View<'_>) -> Option<Box<dyn Surface>> {
    let letters = &view.store.letters;
    // Who stopped one here knows of it.
    let is_ours = |journal: &Journal| {
        let mut runs = letters.runs().iter();
        runs.any(|run| run.plan_id == journal.plan.id)
    };
    let left = letters.journals().iter().filter(|one| !is_ours(one));
    let left: Vec<&Journal> = left.collect();
    if left.iter().all(|one| offered.contains(&one.plan.id)) {
        return None;
    }
    *offered = left.iter().map(|one| one.plan.id.clone()).collect();
    offer(&left, view).map(|offer| Box::new(offer) as Box<dyn Surface>)
}

fn offer(journals: &[&Journal], view: View<'_>) -> Option<Confirm> {
    let open = journals.iter().filter(|one| !one.is_locked);
    let open: Vec<&&Journal> = open.collect();
    if open.is_empty() {
        return None;
    }
    let mut lines = vec![
        format!("account  {}", account(view)),
        "These redrives were interrupted; nothing of them is lost.".to_owned(),
        String::new(),
    ];
    lines.extend(
        open.iter()
            .map(|journal| format!("· {}", unfinished_line(journal))),
    );
    let locked = journals.len() - open.len();
    if locked > 0 {
        lines.push(format!(
            "· {locked} more: another process works at it, skipped"
        ));
    }
    lines.push(String::new());
    lines.push("Resuming finishes the plan, letters never begun included.".to_owned());
    let mut resume: Vec<Action> = open
        .iter()
        .map(|journal| step(Step::Resume(journal.plan.id.clone())))
        .collect();
    resume.push(Action::Ui(ui::Action::Focus(LETTERS)));
    let button = if open.len() == 1 {
        "Resume".to_owned()
    } else {
        format!("Resume all {}", open.len())
    };
    Some(Confirm::new("Unfinished redrives", lines, button, resume))
}

/// An interrupted redrive, in one line.
pub fn unfinished_line(journal: &Journal) -> String {
    let plan = &journal.plan;
    let count = match &plan.scope {
        Scope::Selection(chosen) => words::letters(chosen.len() as u64),
        Scope::Standing {
            limit: Some(limit), ..
        } => format!("up to {}", words::letters(*limit)),
        Scope::Standing { .. } => "every letter that fits".to_owned(),
    };
    let so_far = journal.tally.map_or_else(String::new, |tally| {
        format!(": {}", so_far(&plan.scope, &tally))
    });
    format!(
        "{count}, {} → {}, of {}{so_far}",
        plan.source.resource_name(),
        plan.goes_to(),
        words::moment(plan.created),
    )
}

/// What its journal says of an interrupted redrive; how many are left only where the plan says
/// how many there are.
fn so_far(scope: &Scope, tally: &Tally) -> String {
    let done = tally.moved + tally.deleted;
    let mut parts = vec![format!("{} done", age::count(done))];
    match scope {
        Scope::Selection(chosen) => {
            let left = (chosen.len() as u64).saturating_sub(done + tally.failed);
            parts.push(format!("{} left", age::count(left)));
        }
        Scope::Standing { .. } => {
            parts.push(format!("{} begun", age::count(tally.pending)));
        }
    }
    if tally.failed > 0 {
        parts.push(format!("{} failed", age::count(tally.failed)));
    }
    if tally.not_judged > 0 {
        let count = age::count(tally.not_judged);
        parts.push(format!("{count} could not be judged"));
    }
    parts.join(", ")
}

/// What was left unfinished: asks whether it is to be finished, of several which.
pub fn unfinished(view: View<'_>) -> Outcome {
    let letters = &view.store.letters;
    if let Some(problem) = letters.journals_problem() {
        return info(&format!("the journals could not be read: {problem}"));
    }
    let place = account(view);
    let items = letters.journals().iter().map(|journal| {
        let name = journal.plan.source.resource_name().to_owned();
        let (line, journal, place) = (unfinished_line(journal), journal.clone(), place.clone());
        if journal.is_locked {
            let locked = format!("{name} (another process works at it)");
            return item(locked, line, Choice::Act(said(LOCKED)));
        }
        item(name, line, opens(move || resume(&journal, &place)))
    });
    match letters.journals() {
        [] if !letters.keeps_journals() => {
            info("the demo account keeps no journal: what a stopped redrive left is in its queue")
        }
        [] => info("no redrive was left unfinished"),
        [one] => ask_resume(one, view),
        _ => Outcome::open(Picker::new("Resume which", items.collect())),
    }
}

/// Asks whether an interrupted redrive is to be finished.
pub fn ask_resume(journal: &Journal, view: View<'_>) -> Outcome {
    if journal.is_locked {
        return info(LOCKED);
    }
    Outcome::open(resume(journal, &account(view)))
}

fn resume(journal: &Journal, account: &str) -> Confirm {
    let lines = vec![
        format!("account  {account}"),
        unfinished_line(journal),
        String::new(),
        "Resuming finishes the plan, letters never begun included.".to_owned(),
    ];
    let resume = vec![step(Step::Resume(journal.plan.id.clone()))];
    Confirm::new("Resume", lines, "Resume", resume)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::redrive::Chosen;

    #[test]
    fn an_interrupted_redrive_says_how_far_it_came() {
        let tally = Tally {
            read: 120,
            moved: 100,
            failed: 2,
            pending: 18,
            ..Tally::default()
        };
        let chosen = |number: u32| Chosen {
            id: number.to_string().into(),
            edited: None,
        };
        let selection = Scope::Selection((0..186).map(chosen).collect());
        assert_eq!(so_far(&selection, &tally), "100 done, 84 left, 2 failed");
        let standing = Scope::Standing {
            filter: None,
            limit: None,
        };
        assert_eq!(
            so_far(&standing, &Tally { failed: 0, ..tally }),
            "100 done, 18 begun"
        );
    }
}
