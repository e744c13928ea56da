//! The work of configure: reading, planning, comparing, carrying out.

mod memory;
mod read;
mod review;
mod run;
#[cfg(test)]
mod tests;

pub(super) use run::apply;

use std::sync::Arc;

use crate::{
    runtime::runner::Shared,
    store::{
        self, Ticket,
        configure::{Action, Work},
    },
};

/// Does a query.
pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Load(function) => read::load(shared, ticket, function).await,
        Work::Suggest(session) => read::suggest(shared, ticket, session).await,
        Work::Compare(session, left, right) => {
            read::compare(shared, ticket, session, *left, *right).await;
        }
        Work::Review(asked) => review::review(shared, ticket, *asked).await,
        Work::Remember => memory::remember(shared, ticket).await,
        Work::Dismiss(card) => memory::dismiss(shared, ticket, card).await,
    }
}

async fn tell(shared: &Shared, action: Action) {
    shared.send(store::Action::Configure(action)).await;
}
