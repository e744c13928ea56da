//! The work of the dead letters.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    ports::Provider,
    runtime::runner::Shared,
    store::{RunId, Ticket, effect::Control, letters::Work},
};

pub(super) async fn perform<P: Provider>(_shared: &Arc<Shared<P>>, _ticket: Ticket, _work: Work) {}

pub(super) async fn run<P: Provider>(
    _shared: &Arc<Shared<P>>,
    _id: RunId,
    _work: Work,
    _inbox: watch::Receiver<Control>,
) {
}
