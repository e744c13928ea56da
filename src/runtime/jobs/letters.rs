//! The work of the dead letters: finding queues, looking, sorting, planning, redriving.

mod discovery;
mod files;
mod look;
mod plan;
mod queue;
mod queue_letters;
mod redrive;

#[cfg(test)]
mod tests;

pub(super) use files::at_home;
pub(super) use look::look;
pub(super) use queue::write;
pub(super) use redrive::{redrive, resume};

use std::sync::Arc;

use crate::{
    runtime::runner::Shared,
    store::{
        self, Ticket,
        letters::{Action, Work},
    },
};

/// Does a query or a stream.
pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Discover(work) => discovery::discover(shared, ticket, *work).await,
        Work::Count(session, queues) => discovery::count(shared, ticket, session, queues).await,
        Work::Moves(session, queues) => discovery::moves(shared, ticket, session, queues).await,
        Work::Open(queue) => discovery::open(shared, ticket, queue).await,
        Work::Add(session, address) => discovery::add(shared, ticket, session, address).await,
        Work::Sort(sorting) => queue_letters::sort(shared, ticket, *sorting).await,
        Work::Review { jq, letters } => queue_letters::review(shared, ticket, jq, letters).await,
        Work::Event {
            letter,
            region,
            edited,
        } => queue_letters::event(shared, ticket, letter, region, edited).await,
        Work::Sample(sample) => queue_letters::sample(shared, ticket, *sample).await,
        Work::Prepare(preparation) => plan::prepare(shared, ticket, *preparation).await,
        Work::Journals { session, account } => {
            plan::journals(shared, ticket, session, account).await;
        }
        Work::CountImport { queue, file } => {
            queue::count_import(shared, ticket, queue, file).await;
        }
        Work::Export(path, what) => files::export(shared, ticket, path, *what).await,
    }
}

async fn tell(shared: &Shared, action: Action) {
    shared.send(store::Action::Letters(action)).await;
}
