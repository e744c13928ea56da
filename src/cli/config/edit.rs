//! Every change, for one function or for many, goes this way: review it, print the review, and, if
//! that is wanted, carry it out. Nothing is sent before all of it was reviewed.

use std::collections::BTreeMap;

use super::{
    Cli,
    args::{PauseArgs, ReviewArgs},
    print, print_json,
    review::Review,
};
use crate::{
    cli::{Outcome, args::Output, dlq::args::Consent, headless},
    domain::{
        draft::{
            change::{Change, FunctionReview},
            plan::Plan,
            record::{Ended, Progress, Report},
        },
        function::Arn,
        text,
    },
    ports::ApiError,
    runtime::configure::{CarryOut, PlanEnd, Refused, Reviewer},
};

/// A function whose plan can be carried out.
struct Planned {
    plan: Box<Plan>,
    warnings: Vec<String>,
    /// Why there is nothing to do.
    nothing: Option<String>,
}

/// Reviews a change for these functions, and carries it out one function after the other, if that
/// is wanted. What follows from a record or a card names its function itself. Gives what became of
/// each; `None` where nothing should be done, or nothing was begun.
pub(super) async fn carry_out(
    cli: &Cli<'_>,
    change: &Change,
    functions: Vec<Arn>,
    args: &ReviewArgs,
) -> Result<(Outcome, Vec<Option<Report>>), Outcome> {
    let account = cli.account().await?;
    let planned = reviewed(cli, change, functions).await?;
    let reviews: Vec<Review<'_>> = planned
        .iter()
        .map(|planned| Review {
            plan: &planned.plan,
            warnings: &planned.warnings,
            account: account.as_deref(),
            region: cli.gate.region(),
            revealed: &args.reveal,
        })
        .collect();
    let clock = &cli.context.clock;
    let mut all = CarryOut::new(&cli.gate, &cli.files, clock, cli.stop, change);
    if !args.consent.dry_run {
        for planned in &planned {
            cli.told(all.permit(&planned.plan))?;
        }
    }
    if args.output == Output::Table {
        let lines: Vec<String> = reviews.iter().flat_map(Review::lines).collect();
        print(&lines)?;
    }
    if args.consent.dry_run {
        for (planned, review) in planned.iter().zip(&reviews) {
            tell_nothing(planned, review, args.output)?;
        }
        let none = planned.iter().map(|_| None).collect();
        return Ok((Outcome::Done, none));
    }
    let mut reports = Vec::new();
    let mut failed = 0;
    let is_one = planned.len() == 1;
    for (planned, review) in planned.iter().zip(&reviews) {
        let report = match watched(&mut all, &planned.plan, is_one).await {
            PlanEnd::Begun(report) => report,
            PlanEnd::Failed(error) => {
                failed += 1;
                tell_failure(cli, review, &error, args.output)?;
                reports.push(None);
                continue;
            }
            PlanEnd::NotBegun(why) => {
                failed += 1;
                tell_not_begun(review, &why, args.output)?;
                reports.push(None);
                continue;
            }
        };
        if planned.plan.is_empty() {
            tell_nothing(planned, review, args.output)?;
        } else {
            failed += usize::from(report.ended != Ended::Done);
            if args.output == Output::Json {
                print_json(&[review.object(&report.ended.words(), Some(&report))])?;
            }
            review.tell_end(&report);
        }
        reports.push(Some(*report));
    }
    if let Err(why) = all.close().await {
        headless::tell(format_args!("lambdeck: {why}"));
        return Err(Outcome::Failed);
    }
    if planned.len() > 1 {
        let (all, good) = (planned.len(), planned.len() - failed);
        headless::tell(format_args!("{good} of {all} functions are done"));
    }
    let outcome = match failed {
        0 => Outcome::Done,
        _ => Outcome::Failed,
    };
    Ok((outcome, reports))
}

/// A change that follows from the record of an earlier edit, which names the function.
pub(super) async fn follow(
    cli: &Cli<'_>,
    change: Change,
    args: ReviewArgs,
) -> Result<Outcome, Outcome> {
    let (outcome, _) = carry_out(cli, &change, Vec::new(), &args).await?;
    Ok(outcome)
}

/// All of them planned. What cannot be done for one is told, as is all that cannot be done for the
/// others, and nothing is done.
async fn reviewed(
    cli: &Cli<'_>,
    change: &Change,
    functions: Vec<Arn>,
) -> Result<Vec<Planned>, Outcome> {
    let reviewer = Reviewer {
        gate: &cli.gate,
        files: &cli.files,
        now: cli.context.clock.now(),
    };
    let nothing_seen = BTreeMap::new();
    let reading = Box::pin(reviewer.review(change, functions, &nothing_seen));
    let read = cli.unless_stopped(reading).await?;
    let reviews = read.map_err(|refused| tell_refused(cli, &refused))?;
    let is_one = reviews.len() == 1;
    let mut all = Vec::new();
    let mut refused = None;
    for (function, review) in reviews {
        let review = match review {
            Ok(review) => review,
            Err(why) => {
                refused = Some(tell_refused(cli, &why));
                continue;
            }
        };
        match planned(review) {
            Ok(planned) => all.push(planned),
            Err(problems) => {
                refused.get_or_insert(Outcome::Usage);
                let of = if is_one {
                    String::new()
                } else {
                    format!("{}: ", function.resource_name())
                };
                for problem in problems {
                    let words = text::sanitise(&format!("{of}{problem}")).into_owned();
                    headless::tell(format_args!("lambdeck: {words}"));
                }
            }
        }
    }
    refused.map_or(Ok(all), Err)
}

/// The plan of a review; says what could not be read.
fn planned(review: FunctionReview) -> Result<Planned, Vec<crate::domain::draft::Problem>> {
    for note in &review.notes {
        headless::tell(text::sanitise(note));
    }
    review.plan.map(|plan| Planned {
        plan,
        warnings: review.warnings,
        nothing: review.nothing,
    })
}

fn tell_refused(cli: &Cli<'_>, refused: &Refused) -> Outcome {
    match refused {
        Refused::NotHere(why) => headless::misused("ID", &text::sanitise(why)),
        Refused::Unusable(why) => {
            headless::tell(text::sanitise(&format!("lambdeck: {why}")));
            Outcome::Failed
        }
        Refused::Failed(error) => headless::failed(cli.context, error),
        Refused::Unread(error) => {
            let outcome = headless::failed(cli.context, error);
            let what = error.operation.spec().name;
            headless::tell(format_args!(
                "lambdeck: what it would change could not be read ({what} failed): nothing was done"
            ));
            outcome
        }
    }
}

/// Carries out the next plan, and says what it does.
async fn watched(all: &mut CarryOut<'_>, plan: &Plan, is_one: bool) -> PlanEnd {
    let (progress, mut steps) = tokio::sync::watch::channel(Progress::default());
    let name = text::sanitise(plan.base.name());
    let working = all.next(plan, progress);
    tokio::pin!(working);
    loop {
        tokio::select! {
            done = &mut working => return done,
            Ok(()) = steps.changed() => {
                let now = steps.borrow_and_update().clone();
                let of = if is_one { String::new() } else { format!("{name}  ") };
                headless::tell(format_args!("{of}{}/{}  {}", now.step, now.of, now.doing));
            }
        }
    }
}

/// Says that nothing was done, of a dry run or because there is nothing to do.
fn tell_nothing(planned: &Planned, review: &Review<'_>, output: Output) -> Result<(), Outcome> {
    let is_empty = planned.plan.is_empty();
    if let Some(why) = planned.nothing.as_ref().filter(|_| is_empty) {
        headless::tell(text::sanitise(why));
    }
    let (result, words) = if is_empty {
        ("nothing to do", "nothing to do: it is so already")
    } else {
        ("dry run", "nothing was changed: this was a dry run")
    };
    if output == Output::Json {
        print_json(&[review.object(result, None)])?;
    } else {
        headless::tell(words);
    }
    Ok(())
}

/// A signal came before its turn, or a refusal that concerns it too.
fn tell_not_begun(review: &Review<'_>, why: &str, output: Output) -> Result<(), Outcome> {
    let name = review.plan.base.name();
    headless::tell(text::sanitise(&format!("{name}: {why}")));
    if output == Output::Json {
        print_json(&[review.object("not begun", None)])?;
    }
    Ok(())
}

/// Nothing was sent.
fn tell_failure(
    cli: &Cli<'_>,
    review: &Review<'_>,
    error: &ApiError,
    output: Output,
) -> Result<(), Outcome> {
    headless::failed(cli.context, error);
    if output == Output::Json {
        print_json(&[review.object(&format!("failed: {error}"), None)])?;
    }
    Ok(())
}

/// A function, which must not carry a qualifier: only `$LATEST` can be edited.
pub(super) fn unqualified(cli: &Cli<'_>, (option, text): (&str, &str)) -> Result<Arn, Outcome> {
    let (function, qualifier) = cli.function(option, text)?;
    match qualifier.as_deref() {
        None | Some("$LATEST") => Ok(function),
        Some(_) => {
            let why = "published versions are frozen: only $LATEST can be edited";
            Err(headless::misused(option, &why))
        }
    }
}

/// The output of a plain review.
pub(super) const fn plain(consent: Consent, output: Output) -> ReviewArgs {
    ReviewArgs {
        reveal: Vec::new(),
        consent,
        output,
    }
}

impl From<PauseArgs> for ReviewArgs {
    fn from(args: PauseArgs) -> Self {
        plain(args.consent, args.output)
    }
}
