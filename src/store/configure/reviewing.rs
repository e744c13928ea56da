//! A wish on its way through the review.

use std::collections::BTreeMap;

use super::{
    Asked, Configure, Context, FunctionReview, Request, Review, Wish, Work, ask, error, info,
};
use crate::{
    domain::{
        draft::{Change, Draft, Item, Routing, Side, plan::Plan, review},
        function::Arn,
        session::SessionId,
    },
    store::{
        Outbox,
        identity::FunctionKey,
        ticket::{Key, Ticket},
    },
};

const REVIEW: &str = "configure.review";

impl Configure {
    /// Opens the review of a wish.
    pub(super) fn wish(
        &mut self,
        session: SessionId,
        functions: Vec<Arn>,
        wish: Wish,
        context: &Context<'_>,
    ) -> Vec<Request> {
        if session != context.session.id || !context.session.is_open() {
            return error("the session is not open: r opens it anew");
        }
        let Some(first) = functions.first() else {
            return info("no function is chosen");
        };
        if let Wish::Edit(draft) = &wish {
            let arn = first.clone();
            let function_form = self.forms.get(&FunctionKey { session, arn });
            if let Some((_, problem)) =
                function_form.and_then(|function_form| function_form.refused.values().next())
            {
                return error(format!("{problem}: correct it, or take it back with u"));
            }
            if draft.is_empty() {
                return info("nothing is drafted: Enter edits a row");
            }
        }
        vec![Request::Review(Asked {
            session,
            functions,
            wish,
            seen: BTreeMap::new(),
        })]
    }

    pub(in crate::store) fn ask_review(&mut self, asked: Asked, out: &mut Outbox<'_>) {
        let work = Work::Review(Box::new(asked.clone()));
        let ticket = ask(asked.session, REVIEW, "", work, out);
        self.review = Some(Review {
            asked,
            generation: ticket.generation,
            answer: None,
        });
    }

    pub(super) fn reviewed(
        &mut self,
        ticket: &Ticket,
        mut answer: Result<Vec<FunctionReview>, String>,
    ) {
        let review = self.review.as_mut();
        let Some(review) = review.filter(|review| review.generation == ticket.generation) else {
            return;
        };
        if review.answer.is_some() {
            return;
        }
        let session = review.asked.session;
        let is_edit = matches!(review.asked.wish, Wish::Edit(_));
        for function_review in answer.iter_mut().flatten().filter(|_| is_edit) {
            let arn = function_review.function.clone();
            let function_form = self.forms.get(&FunctionKey { session, arn });
            let known = function_form.and_then(|function_form| function_form.loaded.value());
            if let (Some(known), Ok(plan)) = (known, &function_review.plan) {
                function_review.moved_on = moved_on(plan, |item| known.snapshot.side(item));
            }
        }
        review.answer = Some(answer);
    }

    pub(super) fn close_review(&mut self, out: &mut Outbox<'_>) {
        if let Some(review) = self.review.take()
            && review.answer.is_none()
        {
            let key = Key::of(review.asked.session, REVIEW, "");
            out.cancel(key);
        }
    }

    /// An alias that follows what is published does not without it.
    pub(super) fn offer_publish(&mut self, publish: bool, out: &mut Outbox<'_>) {
        self.change_review(out, |draft| {
            if publish {
                draft.publish.get_or_insert_default();
            } else {
                draft.publish = None;
                draft
                    .aliases
                    .retain(|_, routing| !routing.follows_publish());
            }
        });
    }

    /// What an alias is led to must be published.
    pub(super) fn offer_shift(&mut self, alias: &str, shift: bool, out: &mut Outbox<'_>) {
        self.change_review(out, |draft| {
            if shift {
                draft.publish.get_or_insert_default();
                let routing = Routing::to(Routing::NEW);
                draft.aliases.insert(alias.to_owned(), routing);
            } else {
                draft
                    .aliases
                    .retain(|name, routing| name != alias || !routing.follows_publish());
            }
        });
    }

    /// Changes the draft under review and plans it again, and the draft on the form with it. What
    /// cannot be planned from what was read is read anew.
    fn change_review(&mut self, out: &mut Outbox<'_>, change: impl Fn(&mut Draft)) {
        let Some(review) = &mut self.review else {
            return;
        };
        let (Wish::Edit(draft), Some(Ok(reviews))) = (&mut review.asked.wish, &mut review.answer)
        else {
            return;
        };
        change(draft);
        let is_planned = plan_again(draft, reviews);
        let session = review.asked.session;
        if let Some(arn) = review.asked.functions.first().cloned()
            && let Some(function_form) = self.forms.get_mut(&FunctionKey { session, arn })
        {
            change(&mut function_form.draft);
            function_form.settle();
        }
        if !is_planned {
            let asked = review.asked.clone();
            self.ask_review(asked, out);
        }
    }
}

/// Plans a draft again for each function from what was read of it; whether that is possible.
fn plan_again(draft: &Draft, reviews: &mut [FunctionReview]) -> bool {
    let plans = reviews.iter().enumerate().map(|(place, function_review)| {
        let base = function_review.plan.as_ref().ok()?.base.clone();
        let draft = if place == 0 {
            draft.clone()
        } else {
            draft.for_another()
        };
        Plan::new(base, draft).ok()
    });
    let Some(plans) = plans.collect::<Option<Vec<Plan>>>() else {
        return false;
    };
    for (function_review, plan) in reviews.iter_mut().zip(plans) {
        function_review.warnings = review::warnings(&plan, &function_review.facts);
        function_review.plan = Ok(Box::new(plan));
    }
    true
}

/// What a plan finds elsewhere than the form showed it.
fn moved_on(plan: &Plan, shown: impl Fn(&Item) -> Side) -> Vec<Change> {
    let changes = plan.changes.iter().map(|change| Change {
        before: shown(&change.item),
        after: change.before.clone(),
        item: change.item.clone(),
    });
    changes
        .filter(|change| {
            let both_known = change.before != Side::Unknown && change.after != Side::Unknown;
            both_known && change.before != change.after
        })
        .collect()
}
