//! What follows from an edit that was made here: the way back, what is left of it, and what was
//! stopped as it was before. What was changed or deleted since is told. Reads nothing: the
//! function as it is comes from whoever asks.

use crate::{
    domain::draft::{
        Change, Draft, Item, Side, Snapshot,
        record::{Ended, Record, Report, StepState},
    },
    ports::Operation,
};

/// What a wish becomes for a function, before it is planned.
#[derive(Debug, Default)]
pub struct Meant {
    /// What is to be.
    pub draft: Draft,
    /// What to know before.
    pub warnings: Vec<String>,
    /// What is no longer as the edit has left it; the warnings tell it, too.
    pub moved_on: Vec<Change>,
}

/// Whether nothing can be planned without this reading: a list that is missing would be taken for
/// one that is empty, and what is on it for deleted.
pub fn needs(draft: &Draft, operation: Operation) -> bool {
    match operation {
        Operation::ListEventSourceMappings => !draft.triggers.is_empty(),
        Operation::ListAliases => !draft.aliases.is_empty(),
        _ => false,
    }
}

/// How an interrupted edit is closed by the one that followed it, if that came to its end; `what`
/// that one did to it.
pub fn closing(what: &str, report: &Report) -> Option<String> {
    let how = if report.id.is_empty() {
        "interrupted; nothing was left to do".to_owned()
    } else {
        format!("interrupted; {what} by {}", report.id)
    };
    (report.ended == Ended::Done).then_some(how)
}

/// What was stopped, as it was before; the record of that move, as long as it is kept.
pub fn restore(snapshot: &Snapshot, earlier: &Draft, record: Option<&Record>) -> Meant {
    let mut meant = Meant {
        draft: earlier.clone(),
        ..Meant::default()
    };
    meant.warnings = without_what_is_gone(snapshot, &mut meant.draft);
    meant.moved_on = record.map_or_else(Vec::new, |record| moved_on(snapshot, record));
    warn_of_moves(snapshot, &mut meant);
    meant
}

/// Leaves out of a draft what was deleted meanwhile, because it cannot be led back; names it.
fn without_what_is_gone(snapshot: &Snapshot, draft: &mut Draft) -> Vec<String> {
    let is_gone = |item: &Item| match item {
        Item::Trigger(uuid, _) => snapshot.mapping(uuid).is_none(),
        Item::Alias(name) => snapshot.routing(name).is_none(),
        _ => false,
    };
    let mut named = Vec::new();
    for item in draft.items().into_iter().filter(is_gone) {
        draft.forget(&item);
        let name = match item {
            Item::Trigger(uuid, _) => format!("trigger {uuid}"),
            other => other.to_string(),
        };
        let note = format!("{name} was deleted meanwhile: it is left out");
        if !named.contains(&note) {
            named.push(note);
        }
    }
    named
}

/// The way back from an edit.
pub fn revert(snapshot: &Snapshot, record: &Record) -> Meant {
    let mut meant = Meant {
        draft: record.way_back(),
        ..Meant::default()
    };
    meant.warnings = without_what_is_gone(snapshot, &mut meant.draft);
    meant.moved_on = moved_on(snapshot, record);
    warn_of_moves(snapshot, &mut meant);
    if let Some(version) = &record.published {
        let note = format!("version {version} stays, whoever leads to it");
        meant.warnings.push(note);
    }
    let is_led_back = |item: &Item| record.before.side(item).is_some();
    let unread = record.after.items().into_iter();
    for item in unread.filter(|item| !is_led_back(item)) {
        let note = format!("{item} could not be read before that edit: it stays as it is");
        meant.warnings.push(note);
    }
    meant
}

/// What is left to do of an edit.
pub fn rest(snapshot: &Snapshot, record: &Record) -> Meant {
    let mut meant = Meant {
        draft: record.rest(),
        moved_on: moved_on(snapshot, record),
        ..Meant::default()
    };
    warn_of_moves(snapshot, &mut meant);
    let is_in_doubt = |state: &StepState| *state == StepState::Sent;
    let publish = Operation::PublishVersion.spec().name;
    let doubtful = record.steps.iter();
    if record.published.is_none()
        && doubtful
            .into_iter()
            .any(|s| s.call == publish && is_in_doubt(&s.state))
    {
        let why = "whether a version was published is not known: Lambda gives the same version \
                   again as long as nothing was changed since";
        meant.warnings.push(why.to_owned());
    }
    meant
}

fn warn_of_moves(snapshot: &Snapshot, meant: &mut Meant) {
    let moved = meant.moved_on.iter().map(|change| {
        let name = snapshot.label(&change.item);
        format!("{name} is no longer what that edit has left")
    });
    meant.warnings.extend(moved);
}

/// What an edit has left and is different now. Only what its steps did for certain counts: an edit
/// that ended in the middle has left the rest as it was.
fn moved_on(snapshot: &Snapshot, record: &Record) -> Vec<Change> {
    let is_done = record
        .steps
        .iter()
        .all(|step| step.state == StepState::Done);
    let left = record.left_there();
    let items = left.items().into_iter();
    items
        .filter_map(|item| {
            let left = left.side(&item)?;
            let now = snapshot.side(&item);
            let was = record.before.side(&item);
            let is_as_before = !is_done && was.as_ref() == Some(&now);
            let has_moved = now != left && now != Side::Unknown && !is_as_before;
            has_moved.then_some(Change {
                item,
                before: left,
                after: now,
            })
        })
        .collect()
}
