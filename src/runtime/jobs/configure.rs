//! The work of configure: reading, planning, comparing, carrying out.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    ports::Provider,
    runtime::runner::Shared,
    store::{RunId, Ticket, configure::Work, effect::Control},
};

/// Does a query.
pub(super) async fn perform<P: Provider>(_shared: &Arc<Shared<P>>, _ticket: Ticket, _work: Work) {}

/// Does a run.
pub(super) async fn run<P: Provider>(
    _shared: &Arc<Shared<P>>,
    _id: RunId,
    _work: Work,
    _inbox: watch::Receiver<Control>,
) {
}
