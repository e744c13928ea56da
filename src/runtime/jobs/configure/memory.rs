//! What this machine remembers: resume cards, and edits whose process died.

use super::tell;
use crate::{
    runtime::{
        configure::{self, files::StateFiles},
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
    let files = shared.edits.clone();
    let Some(done) = blocking(move || first(&files)).await else {
        return Memory::default();
    };
    let left = configure::left(&shared.edits, shared.now()).await;
    let left = left.unwrap_or_default();
    Memory {
        cards: left.cards,
        unfinished: left.unfinished,
        problem: done.err().or(left.problem),
        is_fleeting: shared.edits.is_fleeting(),
    }
}
