//! Cards of edits: those that run, what was stopped, and edits whose process died. Also reverts a
//! write of the list.

use crate::{
    domain::{
        activity::{State, Write},
        age,
        draft::{card::ResumeCard, record::Record},
        function::Arn,
        text,
    },
    ports::Operation,
    store::{
        Action, Store,
        configure::{self, Change, Run, Step},
        toast,
    },
    ui::{
        overlays::{confirm::Confirm, review, text::TextView},
        stopped,
        surface::{Outcome, View},
    },
};

fn step(step: Step) -> Action {
    Action::Configure(configure::Action::Do(step))
}

fn info(text: &str) -> Outcome {
    let toast = toast::Action::Show(toast::Tone::Info, text.to_owned());
    Outcome::act(Action::Toast(toast))
}

/// Asks for the review of a change about one function.
fn change(function: &Arn, change: Change, store: &Store) -> Outcome {
    match review::refusal(store) {
        Some(why) => info(&why),
        None => review::open(store.sessions.current().id, vec![function.clone()], change),
    }
}

/// An edit at work, in one line.
pub(super) fn run_line(run: &Run) -> String {
    let of = run.parts.len();
    let part = run.parts.iter().find(|part| part.end.is_none());
    let mut line = text::sanitise(&run.title).into_owned();
    if of > 1 {
        let ended = run.parts.iter().filter(|part| part.end.is_some()).count();
        line.push_str(&format!(
            " · {} of {}",
            age::count(ended as u64),
            age::count(of as u64)
        ));
    }
    if let Some(part) = part {
        let progress = &part.progress;
        line.push_str(&format!(" · step {} of {}", progress.step, progress.of));
        if !progress.doing.is_empty() {
            line.push_str(&format!(": {}", text::sanitise(&progress.doing)));
        }
    }
    line
}

/// What was stopped, in one line.
pub(super) fn card_line(card: &ResumeCard, store: &Store) -> String {
    let name = text::sanitise(card.function.resource_name());
    let words = text::sanitise(&card.words.join(", ")).into_owned();
    let line = stopped::line(card, store);
    format!("⏸ {name}: {line} · Enter restores (reviewed) · {words}")
}

/// An edit that ended in the middle, in one line.
pub(super) fn record_line(record: &Record) -> String {
    let name = text::sanitise(record.function.resource_name());
    let done = text::sanitise(&record.progress()).into_owned();
    format!("edit of {name} left unfinished: {done} · Enter finishes it, u reverts it (reviewed)")
}

/// Commands about an edit at work.
pub(super) fn take_run(id: &str, run: &Run) -> Option<Outcome> {
    Some(match id {
        "app.stop" => Outcome::act(step(Step::Stop(run.id))),
        "list.open" => {
            let mut lines = vec![run_line(run), String::new()];
            for part in &run.parts {
                lines.push(part.function.resource_name().to_owned());
                lines.extend(part.calls.iter().map(|call| format!("  {call}")));
            }
            Outcome::open(TextView::new("Edit", lines.join("\n")))
        }
        "app.copy" | "app.copy-all" | "app.raw" => Outcome::done(),
        _ => return None,
    })
}

/// Commands about what was stopped.
pub(super) fn take_card(id: &str, card: &ResumeCard, view: View<'_>) -> Option<Outcome> {
    Some(match id {
        "list.open" | "activity.revert" => {
            let restore = Change::Restore(vec![card.clone()]);
            change(&card.function, restore, view.store)
        }
        "activity.dismiss" => Outcome::open(dismiss(card, view.store)),
        "app.copy" | "app.copy-all" | "app.raw" => Outcome::done(),
        _ => return None,
    })
}

/// Commands about an edit that ended in the middle.
pub(super) fn take_record(id: &str, record: &Record, view: View<'_>) -> Option<Outcome> {
    let store = view.store;
    let id_of = || record.id.clone();
    Some(match id {
        "list.open" => change(&record.function, Change::Finish(id_of()), store),
        "activity.revert" => change(&record.function, Change::Revert(id_of()), store),
        "activity.dismiss" => {
            info("an unfinished edit is put away when it is finished or reverted")
        }
        "app.copy" | "app.copy-all" | "app.raw" => Outcome::done(),
        _ => return None,
    })
}

fn dismiss(card: &ResumeCard, store: &Store) -> Confirm {
    let name = text::sanitise(card.function.resource_name()).into_owned();
    let mut lines = vec![
        format!("function {name}"),
        format!("stopped  {}", stopped::line(card, store)),
    ];
    lines.extend(
        card.words
            .iter()
            .map(|words| format!("· {}", text::sanitise(words))),
    );
    lines.push(String::new());
    lines.push(format!(
        "Takes the card away and restores nothing; for 30 days `lambdeck config revert {}` \
             still can.",
        card.id
    ));
    let dismiss = vec![step(Step::Dismiss(card.id.clone()))];
    Confirm::new("Dismiss a resume card", lines, "Dismiss", dismiss)
}

/// Reverts a write, if it is one of those that leave a record.
pub(super) fn revert(write: &Write, view: View<'_>) -> Outcome {
    let store = view.store;
    let entry = &write.entry;
    if write.state == State::Running {
        return info("it is still under way: x stops it, then u reverts it");
    }
    if !leaves_a_record(&entry.operation) {
        let text = format!(
            "{} cannot be reverted: only edits of a configuration can",
            text::sanitise(&entry.operation)
        );
        return info(&text);
    }
    let session = store.sessions.current();
    let is_here = session.target.region.as_deref() == Some(entry.region.as_str())
        && session.account().is_none_or(|here| here == entry.account);
    if !is_here {
        let text = format!(
            "it was made in account {} {}: open that with P or R first",
            entry.account, entry.region
        );
        return info(&text);
    }
    let function = Arn::new(entry.target.clone());
    change(&function, Change::Revert(entry.id.clone()), store)
}

/// Whether writes of this operation keep what was there before.
fn leaves_a_record(operation: &str) -> bool {
    const EDITS: &[Operation] = &[
        Operation::UpdateFunctionConfiguration,
        Operation::PutFunctionConcurrency,
        Operation::DeleteFunctionConcurrency,
        Operation::PutFunctionEventInvokeConfig,
        Operation::UpdateFunctionEventInvokeConfig,
        Operation::DeleteFunctionEventInvokeConfig,
        Operation::UpdateEventSourceMapping,
        Operation::UpdateAlias,
        Operation::PublishVersion,
        Operation::PutFunctionRecursionConfig,
        Operation::PutProvisionedConcurrencyConfig,
        Operation::DeleteProvisionedConcurrencyConfig,
        Operation::CreateFunctionUrlConfig,
        Operation::UpdateFunctionUrlConfig,
        Operation::DeleteFunctionUrlConfig,
        Operation::TagResource,
        Operation::UntagResource,
        Operation::StopFunction,
    ];
    EDITS.iter().any(|edit| edit.spec().name == operation)
}
