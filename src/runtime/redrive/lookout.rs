//! Looking on for the canary behind the letters there is room for: those are received too, and
//! held without their bodies until its verdict. Then they are let go of, and come again.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt as _, stream};

use super::{
    engine::{Engine, Event},
    leases::LEASE_S,
};
use crate::{
    domain::queue::{BATCH, Handle},
    ports::Operation,
};

/// So many are held at most; SQS allows 120,000 (`docs/aws.md` §3.1).
pub(super) const MOST: usize = 20_000;
/// Calls at once that let letters go.
const AT_ONCE: usize = 4;

/// Letters that are not decided on yet, by message id.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    held: HashMap<Arc<str>, Handle>,
    /// Some are just being let go of, and cannot be received for a moment.
    pub is_letting_go: bool,
}

impl Lookout {
    pub(super) fn hold(&mut self, id: Arc<str>, handle: Handle) {
        self.held.insert(id, handle);
    }

    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= MOST
    }

    /// All of them, no longer held here.
    pub(super) fn take(&mut self) -> Vec<(Arc<str>, Handle)> {
        self.held.drain().collect()
    }
}

impl Engine {
    /// The canary needs no looking for any more.
    pub(super) fn let_go(&mut self) {
        let held = self.lookout.take();
        if held.is_empty() {
            return;
        }
        self.lookout.is_letting_go = true;
        let handles: Vec<Handle> = held.into_iter().map(|(_, handle)| handle).collect();
        let gate = Arc::clone(&self.gate);
        let source = self.source.clone();
        self.request(Operation::ChangeMessageVisibilityBatch, async move {
            let answers = stream::iter(handles.chunks(BATCH).map(<[Handle]>::to_vec))
                .map(|chunk| {
                    let (gate, source) = (Arc::clone(&gate), source.clone());
                    async move { gate.change_visibility(&source, &chunk, 0).await }
                })
                .buffer_unordered(AT_ONCE)
                .all(|answer| async move {
                    answer.is_ok_and(|answers| answers.iter().all(Result::is_ok))
                })
                .await;
            Event::LetGo { is_all: answers }
        });
    }

    /// What could not be let go of comes back when its lease is over, [`LEASE_S`] at most.
    pub(super) fn on_let_go(&mut self, is_all: bool) {
        self.lookout.is_letting_go = false;
        if !is_all {
            tracing::debug!(LEASE_S, "letters held for the canary come back later");
            self.intake.may_hide(self.clock.now());
        }
    }
}
