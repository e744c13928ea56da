//! Carrying out what was reviewed, and what comes of it.

use jiff::Timestamp;

use super::{
    Apply, Configure, Context, FunctionForm, Memory, Part, Request, Review, Run, Wish, done, error,
    info,
};
use crate::{
    domain::{
        draft::{
            Item,
            plan::Plan,
            record::{Ended, Progress, Report, StepState},
            update::Call,
        },
        function::Arn,
    },
    store::{
        Outbox,
        effect::{Control, RunId, RunWork},
        identity::FunctionKey,
    },
};

impl Configure {
    /// Carries out exactly what the review shows.
    pub(super) fn apply(&mut self, context: &Context<'_>, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(review) = &self.review else {
            return Vec::new();
        };
        if review.asked.session != context.session.id {
            return error("the session was closed meanwhile: nothing was sent");
        }
        let plans = match review.to_apply() {
            Ok(plans) => plans,
            Err(why) => return error(why),
        };
        if plans.is_empty() {
            return match review.refused() {
                0 => info("it is so already: there is nothing to do"),
                _ => error("nothing was sent: it cannot be for any of them"),
            };
        }
        let functions = plans.iter().map(|plan| &plan.base.function);
        if let Some(busy) = functions.into_iter().find(|arn| self.is_working_on(arn)) {
            let name = busy.resource_name();
            return error(format!(
                "{name} is being changed: wait for its end, or stop that first"
            ));
        }
        let Some(review) = self.review.take() else {
            return Vec::new();
        };
        let apply = Apply {
            session: review.asked.session,
            wish: review.asked.wish,
            plans,
        };
        self.start(apply, out);
        Vec::new()
    }

    /// Whether a run changes this function, in whatever session.
    pub(super) fn is_working_on(&self, function: &Arn) -> bool {
        let mut running = self.runs.iter().filter(|run| run.is_running());
        running.any(|run| run.part(function).is_some())
    }

    /// The one place where a wish becomes a run.
    fn start(&mut self, apply: Apply, out: &mut Outbox<'_>) {
        let work = RunWork::Apply(Box::new(apply.clone()));
        let id = out.run(apply.session, work);
        self.runs.push(Run {
            id,
            session: apply.session,
            wish: apply.wish.clone(),
            title: title(&apply),
            started: out.now,
            parts: apply.plans.iter().map(Part::of).collect(),
            control: Control::Resume,
            ended: None,
        });
        self.applying.insert(id, apply);
    }

    pub(super) fn stop(&mut self, run: RunId, out: &mut Outbox<'_>) -> Vec<Request> {
        let Some(run) = self.running(run) else {
            return info("nothing is under way");
        };
        run.control = Control::Stop;
        out.control(run.id, Control::Stop);
        Vec::new()
    }

    fn running(&mut self, id: RunId) -> Option<&mut Run> {
        let mut runs = self.runs.iter_mut();
        runs.find(|run| run.id == id && run.is_running())
    }

    pub(super) fn progressed(&mut self, run: RunId, part: usize, progress: Progress) {
        let part = self
            .running(run)
            .and_then(|run| run.parts.get_mut(part))
            .filter(|part| part.end.is_none());
        if let Some(part) = part {
            part.progress = progress;
        }
    }

    pub(super) fn ended(
        &mut self,
        run: RunId,
        place: usize,
        end: Result<Box<Report>, String>,
    ) -> Vec<Request> {
        let Some(run) = self.running(run) else {
            return Vec::new();
        };
        let Some(part) = run.parts.get_mut(place).filter(|part| part.end.is_none()) else {
            return Vec::new();
        };
        part.end = Some(end.clone());
        let is_alone = run.parts.len() == 1;
        let (id, session) = (run.id, run.session);
        let Some(apply) = self.applying.get(&id) else {
            return Vec::new();
        };
        let Some(plan) = apply.plans.get(place) else {
            return Vec::new();
        };
        // Only the first function has the draft: the others were given a copy.
        let keeps_draft = place == 0 && matches!(apply.wish, Wish::Edit(_));
        let mut requests = told(plan, &end, &apply.wish, is_alone, keeps_draft);
        if let Ok(report) = end {
            let arn = plan.base.function.clone();
            let function = FunctionKey { session, arn };
            if let Some(function_form) = self.forms.get_mut(&function) {
                function_form.forget_applied(plan, &report);
                function_form.invalidate();
            }
            if plan.is_empty() {
                return requests;
            }
            let draft = (report.ended == Ended::Done).then(|| plan.draft.clone());
            requests.push(Request::Changed(function, draft.map(Box::new)));
        }
        requests
    }

    /// All of its functions have ended.
    pub(super) fn finished(&mut self, run: RunId, memory: Memory, now: Timestamp) -> Vec<Request> {
        let Some(run) = self.running(run) else {
            return Vec::new();
        };
        run.ended = Some(now);
        let all = run.parts.len();
        let is_done = |part: &&Part| match &part.end {
            Some(Ok(report)) => report.ended == Ended::Done,
            _ => false,
        };
        let well = run.parts.iter().filter(is_done).count();
        let (id, title) = (run.id, run.title.clone());
        self.applying.remove(&id);
        self.remember_this(memory);
        if all == 1 {
            return Vec::new();
        }
        let text = format!("{title}: {well} of {all} done");
        if well == all { done(text) } else { error(text) }
    }
}

impl Review {
    /// One plan a function, as [`Apply`] wants them.
    fn to_apply(&self) -> Result<Vec<Plan>, String> {
        let reviews = match self.reviews() {
            None => return Err("it is still being read".to_owned()),
            Some(Err(why)) => return Err(why.to_owned()),
            Some(Ok(reviews)) => reviews,
        };
        // What a card or a record stands for may be so already: then only that is put away.
        let puts_away = matches!(
            self.asked.wish,
            Wish::Restore(_) | Wish::Revert(_) | Wish::Rest(_)
        );
        let mut plans = Vec::new();
        for function_review in reviews {
            match &function_review.plan {
                Ok(plan) if plan.is_empty() && !puts_away => {}
                Ok(plan) => plans.push((**plan).clone()),
                // Those that can be are applied, as many as was shown and typed.
                Err(_) if reviews.len() > 1 => {}
                Err(problems) => {
                    let name = function_review.function.resource_name();
                    let problem = problems.first().map(ToString::to_string);
                    let problem = problem.unwrap_or_else(|| "it cannot be".to_owned());
                    return Err(format!("nothing was sent: {name}: {problem}"));
                }
            }
        }
        Ok(plans)
    }
}

impl Part {
    fn of(plan: &Plan) -> Self {
        Self {
            function: plan.base.function.clone(),
            calls: plan.calls.iter().map(Call::words).collect(),
            progress: Progress {
                of: plan.calls.len(),
                ..Progress::default()
            },
            end: None,
        }
    }
}

impl FunctionForm {
    /// Takes off the draft what was done of it; what was typed meanwhile stays.
    fn forget_applied(&mut self, plan: &Plan, report: &Report) {
        let is_done = report.ended == Ended::Done;
        if is_done {
            for item in plan.draft.items() {
                self.forget_if_same(&item, plan);
            }
        }
        // What else was done before a failure is seen when the function is read again. A version
        // that was published is not, and would be published once more.
        let steps = report.steps.iter().map(|step| step.state);
        for (call, state) in plan.calls.iter().zip(steps) {
            if !(is_done || state == StepState::Done) {
                continue;
            }
            match call {
                Call::Publish { .. } if self.draft.publish == plan.draft.publish => {
                    self.draft.publish = None;
                }
                Call::Alias { name, .. } => {
                    self.forget_if_same(&Item::Alias(name.clone()), plan);
                }
                _ => {}
            }
        }
        self.settle();
    }

    fn forget_if_same(&mut self, item: &Item, plan: &Plan) {
        if self.draft.side(item) == plan.draft.side(item) {
            self.draft.forget(item);
        }
    }
}

/// What is done to whom, in words.
fn title(apply: &Apply) -> String {
    let who = match apply.plans.as_slice() {
        [plan] => plan.base.name().to_owned(),
        plans => format!("{} functions", plans.len()),
    };
    let what = match &apply.wish {
        Wish::Edit(_) => "edit".to_owned(),
        Wish::Stop(stop) => stop.title(),
        Wish::Restore(card) => format!("restore ({})", card.stop.title()),
        Wish::Revert(_) => "way back of an edit".to_owned(),
        Wish::Rest(_) => "rest of an edit".to_owned(),
    };
    format!("{who}: {what}")
}

/// How it ended, for whoever waits. Of many only what went wrong: the sum is told at the end.
fn told(
    plan: &Plan,
    end: &Result<Box<Report>, String>,
    wish: &Wish,
    is_alone: bool,
    keeps_draft: bool,
) -> Vec<Request> {
    let name = plan.base.name();
    let report = match end {
        Ok(report) => report,
        Err(why) => return error(format!("{name} is as it was: {why}")),
    };
    let notes = match report.notes.as_slice() {
        [] => String::new(),
        notes => format!(" ({})", notes.join("; ")),
    };
    match &report.ended {
        Ended::Done if !is_alone => Vec::new(),
        Ended::Done if plan.is_empty() => {
            let put_away = match wish {
                Wish::Restore(_) => "the resume card is taken away",
                _ => "nothing was sent",
            };
            done(format!("{name} is so already: {put_away}"))
        }
        Ended::Done => {
            let next = match wish {
                Wish::Stop(_) => ": X r restores it",
                _ => "",
            };
            done(format!("{name}: done{notes}{next}"))
        }
        Ended::Stopped => info(format!("{name}: {}{notes}", report.ended.words())),
        Ended::Lost(_) if keeps_draft => error(format!(
            "{name}: {}; the draft is kept{notes}",
            report.ended.words()
        )),
        Ended::Lost(_) | Ended::Failed(_) | Ended::Unknown(_) => {
            error(format!("{name}: {}{notes}", report.ended.words()))
        }
    }
}
