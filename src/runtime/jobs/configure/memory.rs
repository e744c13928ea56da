//! What this machine remembers: resume cards, and edits whose process died.

use super::tell;
use crate::{
    runtime::{
        configure::files::StateFiles,
        runner::{Shared, blocking},
    },
    store::{
        Ticket,
        configure::{Action, Memory},
    },
};

pub(super) async fn remember(shared: &Shared, ticket: Ticket) {
    let memory = read(shared, |_| Ok(())).await;
    tell(shared, Action::Remembered(ticket, memory)).await;
}

pub(super) async fn dismiss(shared: &Shared, ticket: Ticket, card: String) {
    let memory = read(shared, move |files| {
        let taken = files.take(&card);
        taken.map_err(|error| format!("the resume card was not taken away: {error}"))
    });
    tell(shared, Action::Remembered(ticket, memory.await)).await;
}

/// Does something first, then reads what is left.
pub(super) async fn read(
    shared: &Shared,
    first: impl FnOnce(&StateFiles) -> Result<(), String> + Send + 'static,
) -> Memory {
    let (files, now) = (shared.edits.clone(), shared.now());
    let read = blocking(move || {
        let done = first(&files);
        files.prune(now);
        let left = files.left();
        Memory {
            cards: left.cards,
            unfinished: left.unfinished,
            problem: done.err().or(left.problem),
            is_fleeting: files.is_fleeting(),
        }
    });
    read.await.unwrap_or_default()
}
