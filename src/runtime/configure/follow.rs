//! The drafts that follow from an edit that was made here: to revert it, to finish it, to restore
//! what it stopped. Tells what was changed or deleted since. Reads nothing: the caller has read
//! the function.

use crate::{
    domain::draft::{
        Difference, Draft, Item, Side, Snapshot,
        record::{Ended, Record, Report, StepState},
    },
    ports::Operation,
};

/// The draft that a change becomes for one function.
#[derive(Debug, Default)]
pub(super) struct Drafted {
    pub draft: Draft,
    /// What to know before.
    pub warnings: Vec<String>,
    /// What is no longer as the earlier edit left it. The warnings tell it, too.
    pub moved_on: Vec<Difference>,
}

impl From<Draft> for Drafted {
    fn from(draft: Draft) -> Self {
        Self {
            draft,
            ..Self::default()
        }
    }
}

/// Whether a draft cannot be planned without this reading. A list that could not be read must not
/// be taken for an empty one.
pub(super) fn needs(draft: &Draft, operation: Operation) -> bool {
    match operation {
        Operation::ListEventSourceMappings => !draft.triggers.is_empty(),
        Operation::ListAliases => !draft.aliases.is_empty(),
        _ => false,
    }
}

/// How an interrupted edit ended by the one that followed it, if that one is done. `what` is what
/// it did: reverted or finished.
pub(super) fn closing(what: &str, report: &Report) -> Option<String> {
    let how = if report.id.is_empty() {
        "interrupted; nothing was left to do".to_owned()
    } else {
        format!("interrupted; {what} by {}", report.id)
    };
    (report.ended == Ended::Done).then_some(how)
}

/// What was stopped, as it was before. `records` are of the moves that stopped it, newest first, as
/// long as they are kept.
pub(super) fn restore(snapshot: &Snapshot, earlier: &Draft, records: &[Record]) -> Drafted {
    let mut drafted = Drafted::from(earlier.clone());
    drafted.warnings = without_what_is_gone(snapshot, &mut drafted.draft);
    for record in records {
        for difference in moved_on(snapshot, record) {
            // The later move says how it left what both changed.
            let mut known = drafted.moved_on.iter();
            if known.all(|known| known.item != difference.item) {
                drafted.moved_on.push(difference);
            }
        }
    }
    warn_of_moves(snapshot, &mut drafted);
    drafted
}

/// Leaves out of a draft what was deleted meanwhile and cannot be restored. Gives a note for each.
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

/// What an edit changed, as it was before.
pub(super) fn revert(snapshot: &Snapshot, record: &Record) -> Drafted {
    let mut drafted = Drafted::from(record.revert());
    drafted.warnings = without_what_is_gone(snapshot, &mut drafted.draft);
    drafted.moved_on = moved_on(snapshot, record);
    warn_of_moves(snapshot, &mut drafted);
    if let Some(version) = &record.published {
        let note = format!("version {version} stays, whoever leads to it");
        drafted.warnings.push(note);
    }
    let is_reverted = |item: &Item| record.before.side(item).is_some();
    let unread = record.after.items().into_iter();
    for item in unread.filter(|item| !is_reverted(item)) {
        let note = format!("{item} could not be read before that edit: it stays as it is");
        drafted.warnings.push(note);
    }
    drafted
}

/// What is left to do of an edit.
pub(super) fn finish(snapshot: &Snapshot, record: &Record) -> Drafted {
    let mut drafted = Drafted {
        draft: record.unfinished(),
        warnings: vec![format!("of that edit: {}", record.progress())],
        moved_on: moved_on(snapshot, record),
    };
    warn_of_moves(snapshot, &mut drafted);
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
        drafted.warnings.push(why.to_owned());
    }
    drafted
}

fn warn_of_moves(snapshot: &Snapshot, drafted: &mut Drafted) {
    let moved = drafted.moved_on.iter().map(|change| {
        let name = snapshot.label(&change.item);
        format!("{name} is no longer what that edit has left")
    });
    drafted.warnings.extend(moved);
}

/// What is no longer as an edit left it. If the edit ended in the middle, a value that is as it was
/// before does not count.
fn moved_on(snapshot: &Snapshot, record: &Record) -> Vec<Difference> {
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
            has_moved.then_some(Difference {
                item,
                before: left,
                after: now,
            })
        })
        .collect()
}
