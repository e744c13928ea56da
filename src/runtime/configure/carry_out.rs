//! Carries out what was reviewed: the plans of a change, one function after the other. Knows what
//! keeps the others from being begun, and what a record or a card becomes when all is done.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Cards, Carried, Engine, files::StateFiles, follow, with_files};
use crate::{
    domain::draft::{
        change::Change,
        plan::Plan,
        record::{Progress, Report},
    },
    ports::{ApiError, ErrorKind, Operation, Result},
    runtime::{clock::Clock, gate::Gate},
};

/// What became of the plan of one function.
#[derive(Debug)]
pub enum PlanEnd {
    /// It was begun; the report says how it ended. One that has nothing to do is done at once,
    /// without an id.
    Begun(Box<Report>),
    /// Nothing was sent; why.
    Failed(ApiError),
    /// It was not begun because of what happened before; why.
    NotBegun(String),
}

/// The plans of one change on their way.
pub struct CarryOut<'a> {
    gate: &'a Gate,
    files: &'a StateFiles,
    clock: &'a Clock,
    stop: &'a CancellationToken,
    change: &'a Change,
    cards: Option<Cards>,
    obstacle: Option<String>,
    last: Option<Report>,
}

impl<'a> CarryOut<'a> {
    /// Nothing is begun yet. `stop` ends it before its next step.
    pub fn new(
        gate: &'a Gate,
        files: &'a StateFiles,
        clock: &'a Clock,
        stop: &'a CancellationToken,
        change: &'a Change,
    ) -> Self {
        Self {
            gate,
            files,
            clock,
            stop,
            change,
            cards: cards(change),
            obstacle: None,
            last: None,
        }
    }

    /// Refuses early what this session must not do, before anything is written down.
    ///
    /// # Errors
    /// When the session is read-only, or protected and not unlocked.
    pub fn permit(&self, plan: &Plan) -> Result<()> {
        let mut operations = plan.calls.iter().map(Operation::of);
        operations.try_for_each(|operation| self.gate.permit(operation))
    }

    /// Carries out the next plan, and tells its steps as they are made.
    pub async fn next(&mut self, plan: &Plan, progress: watch::Sender<Progress>) -> PlanEnd {
        if self.stop.is_cancelled() {
            self.obstacle = Some("stopped before it was begun; nothing was sent".to_owned());
        }
        if let Some(why) = &self.obstacle {
            return PlanEnd::NotBegun(why.clone());
        }
        let engine = Engine {
            gate: self.gate,
            files: self.files,
            clock: self.clock,
            stop: self.stop,
            progress: &progress,
        };
        // Boxed: the steps are large.
        let carried = Box::pin(engine.carry_out(plan, self.cards.as_ref())).await;
        let refused = match &carried {
            Ok(carried) => carried.refused,
            Err(error) => Some(error.kind),
        };
        self.obstacle = refused.and_then(|kind| obstacle(kind, plan.base.name()));
        match carried {
            Ok(Carried { report, .. }) => {
                self.last = Some(report.clone());
                PlanEnd::Begun(Box::new(report))
            }
            Err(error) => {
                self.last = None;
                PlanEnd::Failed(error)
            }
        }
    }

    /// Closes the interrupted edit that this has reverted or finished.
    ///
    /// # Errors
    /// When its record cannot be written.
    pub async fn close(self) -> std::result::Result<(), String> {
        let (id, what) = match self.change {
            Change::Revert(id) => (id, "reverted"),
            Change::Finish(id) => (id, "finished"),
            Change::Edit(_) | Change::Stop(_) | Change::Restore(_) => return Ok(()),
        };
        let how = self.last.and_then(|last| follow::closing(what, &last));
        let (Some(how), id) = (how, id.clone()) else {
            return Ok(());
        };
        let closed = with_files(self.files, move |files| files.close(&id, &how)).await;
        closed.map_err(|error| format!("the interrupted edit was not closed: {error}"))
    }
}

/// To revert a move restores what its card remembers: the card has the id of its edit.
fn cards(change: &Change) -> Option<Cards> {
    match change {
        Change::Stop(stop) => Some(Cards::Leaves(stop.clone())),
        Change::Restore(cards) => {
            let ids = cards.iter().map(|card| card.id.clone());
            Some(Cards::Restores(ids.collect()))
        }
        Change::Revert(id) => Some(Cards::Restores(vec![id.clone()])),
        Change::Edit(_) | Change::Finish(_) => None,
    }
}

/// Why the other functions are not begun after a refusal at one of them, if it concerns them too.
fn obstacle(refused: ErrorKind, function: &str) -> Option<String> {
    concerns_all(refused)
        .then(|| format!("not begun: what was refused for {function} would be refused here too"))
}

/// What would end every other function in the same way.
const fn concerns_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Denied
            | ErrorKind::NoCredentials
            | ErrorKind::BadCredentials
            | ErrorKind::SsoExpired
            | ErrorKind::NoRegion
            | ErrorKind::ReadOnly
            | ErrorKind::Protected
            | ErrorKind::Closed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_every_function_keeps_the_others_from_being_begun() {
        let why = obstacle(ErrorKind::SsoExpired, "orders").expect("an obstacle");
        assert!(why.contains("refused for orders"));
        assert!(obstacle(ErrorKind::Denied, "orders").is_some());
        assert_eq!(obstacle(ErrorKind::NotFound, "orders"), None);
        assert_eq!(obstacle(ErrorKind::Other, "orders"), None);
    }
}
