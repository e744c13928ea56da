//! The review: what a change becomes, for each function, read anew and planned.

use std::collections::BTreeMap;

use crate::domain::{
    class::Class,
    draft::{
        change::{Change, FunctionReview, Seen},
        plan::Plan,
    },
    function::Arn,
    session::SessionId,
};

/// A change on its way to a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Who will carry it out.
    pub session: SessionId,
    /// For which functions.
    pub functions: Vec<Arn>,
    /// What is to be changed.
    pub change: Change,
    /// What logs tell of them.
    pub seen: BTreeMap<Arn, Seen>,
}

/// A change under review.
#[derive(Debug)]
pub struct Review {
    pub(super) proposal: Proposal,
    pub(super) generation: u64,
    pub(super) answer: Option<Result<Vec<FunctionReview>, String>>,
}

impl Review {
    /// What is proposed.
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// What it becomes; `None` while it is read, `Err` when it cannot be.
    pub fn reviews(&self) -> Option<Result<&[FunctionReview], &str>> {
        let answer = self.answer.as_ref()?;
        Some(answer.as_deref().map_err(String::as_str))
    }

    /// The plans that have something to do.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        let reviews = self.reviews().and_then(Result::ok).unwrap_or_default();
        let plans = reviews
            .iter()
            .filter_map(|function_review| function_review.plan.as_deref().ok());
        plans.filter(|plan| !plan.is_empty())
    }

    /// The danger class of its most dangerous call.
    pub fn class(&self) -> Class {
        self.plans().map(Plan::class).max().unwrap_or(Class::Write)
    }

    /// What must be typed before it is applied: the function's name, or for many how many.
    /// Moves that stop the damage always ask, and so does what leaves some of them out.
    pub fn typed(&self) -> Option<String> {
        let refused = self.refused();
        let asks = self.class() == Class::Destroy
            || matches!(self.proposal.change, Change::Stop(_))
            || refused > 0;
        asks.then(|| match (self.proposal.functions.as_slice(), refused) {
            ([function], _) => function.resource_name().to_owned(),
            (functions, 0) => format!("{} functions", functions.len()),
            (functions, _) => format!("{} of {}", self.plans().count(), functions.len()),
        })
    }

    /// How many functions it cannot be carried out for.
    pub fn refused(&self) -> usize {
        let reviews = self.reviews().and_then(Result::ok).unwrap_or_default();
        reviews
            .iter()
            .filter(|function_review| function_review.plan.is_err())
            .count()
    }
}
