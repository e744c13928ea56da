//! The subject: the one function that the focused pane's row or title names.
//!
//! Every pane answers for itself ([`Surface::subject`](super::surface::Surface::subject)), with the
//! words of this module; commands, footer, help and titles ask it, and nothing else.

use crate::{
    domain::{dead_letters::DeadLetterQueue, function::Arn, letter::Letter, text},
    store::{Store, identity::FunctionKey},
};

/// One function; else why it is none, in words for whoever wanted to act on it.
pub type Subject = Result<FunctionKey, String>;

/// Functions that are named; of the others only how many.
const NAMED: usize = 3;

/// The selected function: of the list, and of the panes whose title names it.
pub fn selected(store: &Store) -> Subject {
    store
        .subject()
        .ok_or_else(|| "no function is selected: 0 goes to the list of functions".to_owned())
}

/// This function, if it is one of this account and region.
pub fn one(function: &Arn, store: &Store) -> Subject {
    if store.functions.get(function).is_none() {
        let name = text::sanitise(function.resource_name());
        return Err(format!(
            "{name} is not in the list of this account and region"
        ));
    }
    Ok(FunctionKey {
        session: store.sessions.current().id,
        arn: function.clone(),
    })
}

/// The one among these functions; `nothing` says why there is none, `several` whose they are.
pub fn only(functions: &[Arn], nothing: &str, several: &str, store: &Store) -> Subject {
    match functions {
        [] => Err(nothing.to_owned()),
        [function] => one(function, store),
        many => Err(format!("{several} {}", named(many))),
    }
}

/// The function that a queue holds the failures of.
pub fn of_queue(queue: &Arn, store: &Store) -> Subject {
    let name = text::sanitise(queue.resource_name());
    let owners = store.letters.discovery().queue(queue);
    let owners = owners.map_or_else(Vec::new, DeadLetterQueue::owners);
    let nothing = format!("{name} belongs to no function that is known");
    let several = format!("{name} belongs to");
    only(&owners, &nothing, &several, store)
}

/// The function that these letters were meant for. Where none names its own it is that of their
/// queue, which stands in the title.
pub fn of_letters<'a>(
    letters: impl Iterator<Item = &'a Letter>,
    queue: &Arn,
    store: &Store,
) -> Subject {
    let mut functions: Vec<Arn> = Vec::new();
    for function in letters.filter_map(|letter| letter.function.as_ref()) {
        if !functions.contains(&function.arn) {
            functions.push(function.arn.clone());
        }
    }
    if functions.is_empty() {
        return of_queue(queue, store);
    }
    only(&functions, "", "these letters are of", store)
}

/// `2 functions: a, b`.
fn named(functions: &[Arn]) -> String {
    let names = functions.iter().take(NAMED);
    let names: Vec<_> = names
        .map(|function| text::sanitise(function.resource_name()))
        .collect();
    let more = match functions.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} functions: {}{more}", functions.len(), names.join(", "))
}
