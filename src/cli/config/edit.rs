//! The one way that every draft goes, for one function or for many: read, plan, review, and, if
//! that is wanted, carry out. Nothing is sent before all of it was reviewed.

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
            Draft, Problem,
            plan::Plan,
            record::{Ended, Progress, Record, Report},
            review::warnings,
        },
        function::Arn,
        text,
    },
    ports::ApiError,
    runtime::configure::{
        self, Cards, Carried, Engine, Wanted,
        follow::{self, Meant},
        many,
    },
};

/// A draft on its way to a function.
pub(super) struct Edit {
    pub function: Arn,
    pub draft: Draft,
    /// What to know before, beside what the plan itself tells.
    pub warnings: Vec<String>,
    /// What it has to do with resume cards.
    pub cards: Option<Cards>,
    /// The earlier edit that it follows; the draft only tells what is to be read then.
    pub follows: Option<Follows>,
}

/// How an edit follows from the record of another.
pub(super) enum Follows {
    /// As the way back.
    Back(Record),
    /// Doing what is left.
    Rest(Record),
    /// Restoring what was stopped.
    Stop,
}

impl Edit {
    pub(super) const fn new(function: Arn, draft: Draft) -> Self {
        Self {
            function,
            draft,
            warnings: Vec::new(),
            cards: None,
            follows: None,
        }
    }

    /// Reads the function and plans; `Err` inside is everything that cannot be.
    async fn planned(self, cli: &Cli<'_>) -> Result<Result<Planned, Vec<Problem>>, Outcome> {
        let wanted = Wanted::by(&self.draft);
        let found = cli.find(&self.function, None, wanted).await?;
        let mut unread = found.notes.iter();
        let needs = |error: &&ApiError| follow::needs(&self.draft, error.operation);
        if let Some(error) = unread.find(needs) {
            let what = error.operation.spec().name;
            headless::tell(format_args!(
                "lambdeck: what it would change could not be read ({what} failed): nothing was done"
            ));
            return Err(Outcome::Failed);
        }
        let snapshot = found.snapshot;
        let meant = match &self.follows {
            Some(Follows::Back(record)) => follow::revert(&snapshot, record),
            Some(Follows::Rest(record)) => follow::rest(&snapshot, record),
            Some(Follows::Stop) => follow::restore(&snapshot, &self.draft, None),
            None => Meant {
                draft: self.draft,
                ..Meant::default()
            },
        };
        let draft = match meant.draft.with_uuids(&snapshot) {
            Ok(draft) => draft,
            Err(problem) => return Ok(Err(vec![problem])),
        };
        let now = cli.context.clock.now();
        let reading = Box::pin(configure::facts(&cli.gate, &snapshot, &draft, now));
        let facts = cli.unless_stopped(reading).await?;
        let plan = match Plan::new(snapshot, draft) {
            Ok(plan) => plan,
            Err(problems) => return Ok(Err(problems)),
        };
        let mut all = self.warnings;
        all.extend(meant.warnings);
        if !plan.is_empty() {
            all.extend(warnings(&plan, &facts));
        }
        Ok(Ok(Planned {
            plan,
            warnings: all,
            cards: self.cards,
        }))
    }
}

/// What will be done to one function.
struct Planned {
    plan: Plan,
    warnings: Vec<String>,
    cards: Option<Cards>,
}

/// Reviews edits, one a function, and carries them out one after the other, if that is wanted. Gives
/// what became of each; `None` where nothing should be done, or nothing was begun. One that fails
/// does not keep the others from being done.
pub(super) async fn carry_out(
    cli: &Cli<'_>,
    edits: Vec<Edit>,
    args: &ReviewArgs,
) -> Result<(Outcome, Vec<Option<Report>>), Outcome> {
    let account = cli.account().await?;
    let planned = planned(cli, edits).await?;
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
    if !args.consent.dry_run {
        for planned in planned.iter().filter(|planned| !planned.plan.is_empty()) {
            cli.permit(configure::chief(&planned.plan))?;
        }
    }
    if args.output == Output::Table {
        let lines: Vec<String> = reviews.iter().flat_map(Review::lines).collect();
        print(&lines)?;
    }
    let mut reports = Vec::new();
    let mut failed = 0;
    let mut obstacle: Option<String> = None;
    let is_one = planned.len() == 1;
    for (planned, review) in planned.iter().zip(&reviews) {
        if !is_one && cli.stop.is_cancelled() {
            obstacle = Some("not begun".to_owned());
        }
        if let Some(why) = &obstacle {
            failed += 1;
            tell_not_begun(review, why, args.output)?;
            reports.push(None);
            continue;
        }
        let done = if args.consent.dry_run {
            Ok(None)
        } else {
            let carried = apply(cli, planned, account.as_deref(), is_one).await;
            let refused = match &carried {
                Ok(carried) => carried.refused,
                Err(error) => Some(error.kind),
            };
            let name = planned.plan.base.name();
            obstacle = refused.and_then(|kind| many::obstacle(kind, name));
            carried.map(|carried| Some(carried.report))
        };
        let mut report = match done {
            Ok(report) => report,
            Err(error) => {
                failed += 1;
                tell_failure(cli, review, &error, args.output)?;
                reports.push(None);
                continue;
            }
        };
        let is_nothing = planned.plan.is_empty();
        let Some(report) = report.take_if(|_| !is_nothing) else {
            tell_nothing(review, args.consent.dry_run, args.output)?;
            reports.push(report);
            continue;
        };
        failed += usize::from(report.ended != Ended::Done);
        if args.output == Output::Json {
            print_json(&[review.object(&report.ended.words(), Some(&report))])?;
        }
        review.tell_end(&report);
        reports.push(Some(report));
    }
    if planned.len() > 1 && !args.consent.dry_run {
        let (all, good) = (planned.len(), planned.len() - failed);
        headless::tell(format_args!("{good} of {all} functions are done"));
    }
    let outcome = match failed {
        0 => Outcome::Done,
        _ => Outcome::Failed,
    };
    Ok((outcome, reports))
}

/// All of them planned; what cannot be of any is told of all, and nothing is done.
async fn planned(cli: &Cli<'_>, edits: Vec<Edit>) -> Result<Vec<Planned>, Outcome> {
    let is_one = edits.len() == 1;
    let mut all = Vec::new();
    let mut is_refused = false;
    for edit in edits {
        let function = edit.function.clone();
        match edit.planned(cli).await? {
            Ok(planned) => all.push(planned),
            Err(problems) => {
                is_refused = true;
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
    if is_refused {
        return Err(Outcome::Usage);
    }
    Ok(all)
}

/// What became of it; without an id when nothing was to be done.
async fn apply(
    cli: &Cli<'_>,
    planned: &Planned,
    account: Option<&str>,
    is_one: bool,
) -> Result<Carried, ApiError> {
    let (progress, mut watched) = tokio::sync::watch::channel(Progress::default());
    let engine = Engine {
        gate: &cli.gate,
        files: &cli.files,
        clock: &cli.context.clock,
        account: account.map(str::to_owned),
        stop: cli.stop,
        progress: &progress,
    };
    let name = text::sanitise(planned.plan.base.name());
    // An empty plan puts away the cards of what is restored already.
    let working = engine.carry_out(&planned.plan, planned.cards.as_ref());
    tokio::pin!(working);
    loop {
        tokio::select! {
            done = &mut working => return done,
            Ok(()) = watched.changed() => {
                let now = watched.borrow_and_update().clone();
                let of = if is_one { String::new() } else { format!("{name}  ") };
                headless::tell(format_args!("{of}{}/{}  {}", now.step, now.of, now.doing));
            }
        }
    }
}

fn tell_nothing(review: &Review<'_>, is_dry_run: bool, output: Output) -> Result<(), Outcome> {
    let (result, words) = if review.plan.is_empty() {
        ("nothing to do", "nothing to do: it is so already")
    } else if is_dry_run {
        ("dry run", "nothing was changed: this was a dry run")
    } else {
        return Ok(());
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
