//! The jobs: how each piece of work is done, one file for each slice.

mod activity;
mod configure;
mod events;
mod functions;
mod invoke;
mod letters;
mod logs;
mod overview;
mod session;

use std::sync::Arc;

use tokio::sync::watch;

use super::runner::Shared;
use crate::store::{RunId, RunWork, Ticket, Work, effect::Control};

/// Does a query or a stream and sends its answers under the ticket.
pub(super) async fn query(shared: Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Session(work) => Box::pin(session::perform(&shared, ticket, work)).await,
        Work::Functions(work) => Box::pin(functions::perform(&shared, ticket, work)).await,
        Work::Overview(work) => Box::pin(overview::perform(&shared, ticket, work)).await,
        Work::Logs(work) => Box::pin(logs::perform(&shared, ticket, work)).await,
        Work::Invoke(work) => Box::pin(invoke::perform(&shared, ticket, work)).await,
        Work::Letters(work) => Box::pin(letters::perform(&shared, ticket, work)).await,
        Work::Activity(work) => Box::pin(activity::perform(&shared, ticket, work)).await,
        Work::Configure(work) => Box::pin(configure::perform(&shared, ticket, work)).await,
    }
}

/// Does a run: writes, step by step, looking into its inbox between the steps.
pub(super) async fn run(
    shared: Arc<Shared>,
    id: RunId,
    work: RunWork,
    inbox: watch::Receiver<Control>,
) {
    match work {
        RunWork::Invoke(send) => Box::pin(invoke::send(&shared, id, *send, inbox)).await,
        RunWork::Look(look) => Box::pin(letters::look(&shared, id, *look, inbox)).await,
        RunWork::Redrive(work) => Box::pin(letters::redrive(&shared, id, *work, inbox)).await,
        RunWork::Resume(work) => Box::pin(letters::resume(&shared, id, *work, inbox)).await,
        RunWork::Queue(work) => Box::pin(letters::write(&shared, id, *work, inbox)).await,
        RunWork::Apply(work) => Box::pin(configure::apply(&shared, id, *work, inbox)).await,
    }
}
