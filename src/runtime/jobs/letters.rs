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

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    runtime::runner::Shared,
    store::{
        self, RunId, Ticket,
        effect::Control,
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
        Work::Look(_) | Work::Redrive(_) | Work::Resume { .. } | Work::Write(_) => {
            unreachable!("what holds leases or writes is a run, never a query")
        }
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
        Work::Look(look) => look::look(shared, id, *look, inbox).await,
        Work::Redrive(work) => Box::pin(redrive::redrive(shared, id, *work, inbox)).await,
        Work::Resume {
            queue,
            plan,
            known,
            letters,
        } => {
            let work = redrive::resume(shared, id, queue, plan, *known, letters, inbox);
            Box::pin(work).await;
        }
        Work::Write(work) => queue::write(shared, id, *work, inbox).await,
        _ => unreachable!("run {id:?} was given a query: the store starts only writes as runs"),
    }
}

async fn tell(shared: &Shared, action: Action) {
    shared.send(store::Action::Letters(action)).await;
}
