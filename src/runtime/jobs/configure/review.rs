//! The review of a change, as a query.

use std::sync::Arc;

use super::tell;
use crate::{
    domain::draft::change::FunctionReview,
    ports::Operation,
    runtime::{configure::Reviewer, runner::Shared},
    store::{
        Ticket,
        configure::{Action, Proposal},
    },
};

pub(super) async fn review(shared: &Arc<Shared>, ticket: Ticket, proposal: Proposal) {
    let answer = reviews(shared, proposal).await;
    tell(shared, Action::Reviewed(ticket, answer)).await;
}

async fn reviews(shared: &Shared, proposal: Proposal) -> Result<Vec<FunctionReview>, String> {
    let gate = shared.gate(proposal.session, Operation::GetFunctionConfiguration);
    let gate = gate.map_err(|error| error.to_string())?;
    let reviewer = Reviewer {
        gate: &gate,
        files: &shared.edits,
        now: shared.now(),
    };
    let reviews = reviewer.review(&proposal.change, proposal.functions, &proposal.seen);
    let reviews = reviews.await.map_err(|refused| refused.to_string())?;
    let reviews = reviews.into_iter().map(|(function, review)| {
        review.unwrap_or_else(|refused| FunctionReview::refused(function, refused.to_string()))
    });
    Ok(reviews.collect())
}
