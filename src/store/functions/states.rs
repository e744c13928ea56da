//! The states of the rows on screen: which are worth asking about, and what came of it.

use jiff::{SignedDuration, Timestamp};

use super::{Functions, Work};
use crate::{
    domain::{
        function::{Arn, FunctionState},
        function_list::sort::Column,
        session::SessionId,
    },
    ports::ApiError,
    store::{Outbox, ticket::Key},
};

/// How long a state stays good before the row on screen asks again.
const STATE_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
/// A function that is changing is asked again sooner.
const CHANGING_GOOD_FOR: SignedDuration = SignedDuration::from_secs(5);

impl Functions {
    pub(super) fn state_came(
        &mut self,
        arn: Arn,
        answer: Result<FunctionState, ApiError>,
        now: Timestamp,
    ) {
        match answer {
            Ok(state) => {
                self.asked.insert(arn.clone(), now);
                self.known.states.insert(arn, state);
                self.order.changed();
                self.state_error = None;
                self.stale_arrangement = true;
            }
            Err(error) => self.state_error = Some(error),
        }
    }

    /// Asks again about visible functions that were changing when last seen.
    pub(in crate::store) fn attend(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        if self.states_due().is_some_and(|due| due <= out.now) {
            self.ask_states(session, out);
        }
    }

    /// When the states of visible rows are worth asking again.
    pub(super) fn states_due(&self) -> Option<Timestamp> {
        let (first, last) = self.viewport;
        let is_changing = (first..last.min(self.arranged.len()))
            .filter_map(|place| self.row(place))
            .any(|row| self.known.states.get(&row.arn).is_some_and(is_changing));
        self.states_asked
            .filter(|_| is_changing && self.state_error.is_none())
            .map(|at| at + CHANGING_GOOD_FOR)
    }

    /// Whether rows on screen wait for their first state, which may order them anew.
    pub fn awaits_states(&self) -> bool {
        let is_ordered_by_them =
            matches!(self.query.sort.column, Column::Attention | Column::State);
        let (first, last) = self.viewport;
        is_ordered_by_them
            && self.state_error.is_none()
            && (first..last.min(self.arranged.len()))
                .filter_map(|place| self.row(place))
                .any(|row| !self.known.states.contains_key(&row.arn))
    }

    pub(super) fn ask_states(&mut self, session: SessionId, out: &mut Outbox<'_>) {
        let (first, last) = self.viewport;
        let wanted: Vec<Arn> = (first..last.min(self.arranged.len()))
            .filter_map(|place| self.row(place))
            .filter(|row| !self.is_state_fresh(&row.arn, out.now))
            .map(|row| row.arn.clone())
            .collect();
        // Noted even when nothing is wanted: what is due must not stay due.
        self.states_asked = Some(out.now);
        if wanted.is_empty() {
            return;
        }
        let work = Work::States(session, wanted);
        let ticket = out.follow(Key::of(session, "functions.states", ""), work);
        self.asking_states = Some(ticket.generation);
    }

    fn is_state_fresh(&self, arn: &Arn, now: Timestamp) -> bool {
        let (Some(state), Some(at)) = (self.known.states.get(arn), self.asked.get(arn)) else {
            return false;
        };
        let good_for = if is_changing(state) {
            CHANGING_GOOD_FOR
        } else {
            STATE_GOOD_FOR
        };
        now.duration_since(*at) < good_for
    }
}

/// Whether a state is on its way to another one.
fn is_changing(state: &FunctionState) -> bool {
    state.last_update.as_deref() == Some("InProgress") || state.state.as_deref() == Some("Pending")
}
