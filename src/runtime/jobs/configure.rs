//! The work of configure: reading, planning, comparing, carrying out.

mod memory;
mod read;
mod review;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    runtime::runner::Shared,
    store::{
        self, RunId, Ticket,
        configure::{Action, Work},
        effect::Control,
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
        Work::Apply(_) => unreachable!("what writes is a run, never a query"),
    }
}

/// Does a run.
pub(super) async fn run(
    shared: &Arc<Shared>,
    id: RunId,
    work: Work,
    inbox: watch::Receiver<Control>,
) {
    match work {
        Work::Apply(work) => run::apply(shared, id, *work, inbox).await,
        _ => unreachable!("run {id:?} was given a query: the store starts only writes as runs"),
    }
}

async fn tell(shared: &Shared, action: Action) {
    shared.send(store::Action::Configure(action)).await;
}
