//! `lambdeck config set`, `config revert` and `alias`: from words to a draft, and the one way that
//! every draft goes.

use super::{
    Desk,
    args::{AliasArgs, RevertArgs, ReviewArgs, SetArgs},
    review::{Review, carry_out},
};
use crate::{
    cli::{Outcome, args::Output, headless, invoke::split},
    domain::{
        draft::{
            Draft, Problem, Routing, assignment, dotenv,
            plan::Plan,
            record::{Ended, Record, Report},
            review::warnings,
        },
        function::Arn,
        text,
    },
    ports::Session,
    runtime::{
        configure::{self, Found, Wanted},
        runner,
    },
};

pub(super) async fn set<S: Session>(desk: &Desk<'_, S>, args: SetArgs) -> Result<Outcome, Outcome> {
    let function = unqualified(&args.function)?;
    let draft = drafted(&args).await?;
    if draft.is_empty() {
        let why = "say what to change, for example memory=512 or --unset env.OLD";
        return Err(headless::misused("NAME=VALUE", &why));
    }
    desk.tell_interrupted(function.resource_name()).await?;
    let edit = Edit {
        function,
        draft,
        warnings: Vec::new(),
        review: args.review,
    };
    edit.run(desk).await.map(|(outcome, _)| outcome)
}

/// What the command line says, as one draft.
async fn drafted(args: &SetArgs) -> Result<Draft, Outcome> {
    let unset = args.unset.iter().map(|name| format!("-{name}"));
    let assignments: Vec<String> = args.assignments.iter().cloned().chain(unset).collect();
    let mut draft =
        assignment::parse(&assignments).map_err(|error| headless::misused("NAME=VALUE", &error))?;
    if let Some(path) = args.env_file.clone() {
        let misused = |error: String| headless::misused("--env-file", &error);
        let text = runner::blocking(move || std::fs::read_to_string(path))
            .await
            .ok_or(Outcome::Failed)?
            .map_err(|error| misused(error.to_string()))?;
        let variables = dotenv::parse(&text).map_err(|error| misused(error.to_string()))?;
        for (name, value) in variables {
            // What the command line itself says counts.
            draft.environment.entry(name).or_insert(Some(value));
        }
    }
    draft.publish.clone_from(&args.publish);
    Ok(draft)
}

pub(super) async fn revert<S: Session>(
    desk: &Desk<'_, S>,
    args: RevertArgs,
) -> Result<Outcome, Outcome> {
    let id = args.id.clone();
    let read = desk.files(move |files| Ok(files.record(&id))).await?;
    let record = read.map_err(|error| {
        let why = format!(
            "no edit {:?} is kept here ({error}); edits are kept for 30 days",
            args.id
        );
        headless::misused("ID", &text::sanitise(&why))
    })?;
    is_of_here(desk, &record).await?;
    let mut notes = Vec::new();
    if record.after.publish.is_some() {
        notes.push("a version that was published stays".to_owned());
    }
    if lacks_before(&record) {
        notes.push(
            "not everything could be read before that edit: the way back leaves it as it is"
                .to_owned(),
        );
    }
    if record.before.is_empty() {
        headless::tell("that edit has nothing that can be led back");
        return Ok(Outcome::Done);
    }
    let (outcome, report) = Edit {
        function: record.function.clone(),
        draft: record.before.clone(),
        warnings: notes,
        review: args.review,
    }
    .run_after(desk, Some(&record.after))
    .await?;
    if record.ended.is_none()
        && let Some(Report {
            id,
            ended: Ended::Done,
            ..
        }) = report
    {
        let ended = Some(format!("interrupted; reverted by {id}"));
        let record = Record { ended, ..record };
        desk.files(move |files| files.keep(&record)).await?;
    }
    Ok(outcome)
}

fn lacks_before(record: &Record) -> bool {
    let (before, after) = (&record.before, &record.after);
    before.settings.len() < after.settings.len()
        || before.environment.len() < after.environment.len()
}

/// The way back leads through the account and region where the edit was made, nowhere else.
async fn is_of_here<S: Session>(desk: &Desk<'_, S>, record: &Record) -> Result<(), Outcome> {
    let account = desk.account().await?;
    let is_other = |there: Option<&str>, here: Option<&str>| {
        there.zip(here).is_some_and(|(there, here)| there != here)
    };
    if is_other(record.account.as_deref(), account.as_deref())
        || record.region != desk.gate.region()
    {
        let why = format!(
            "that edit was made in {} {}, not here: give its --profile and --region",
            record.account.as_deref().unwrap_or("an unknown account"),
            record.region
        );
        return Err(headless::misused("ID", &text::sanitise(&why)));
    }
    Ok(())
}

pub(super) async fn alias<S: Session>(
    desk: &Desk<'_, S>,
    args: AliasArgs,
) -> Result<Outcome, Outcome> {
    let routing = Routing {
        version: args.version,
        weights: args.weight.into_iter().collect(),
    };
    let edit = Edit {
        function: unqualified(&args.function)?,
        draft: Draft {
            aliases: [(args.name, routing)].into(),
            ..Draft::default()
        },
        warnings: Vec::new(),
        review: plain(args.consent, args.output),
    };
    edit.run(desk).await.map(|(outcome, _)| outcome)
}

/// A draft on its way.
pub(super) struct Edit {
    pub function: Arn,
    pub draft: Draft,
    pub warnings: Vec<String>,
    pub review: ReviewArgs,
}

impl Edit {
    pub(super) async fn run<S: Session>(
        self,
        desk: &Desk<'_, S>,
    ) -> Result<(Outcome, Option<Report>), Outcome> {
        self.run_after(desk, None).await
    }

    /// Reads, plans, reviews, carries out. `left` is what an earlier edit has left there: what is
    /// no longer so is warned of.
    async fn run_after<S: Session>(
        self,
        desk: &Desk<'_, S>,
        left: Option<&Draft>,
    ) -> Result<(Outcome, Option<Report>), Outcome> {
        let account = desk.account().await?;
        let wanted = Wanted::by(&self.draft);
        let reading = configure::find(&desk.gate, &self.function, None, wanted);
        let Found {
            snapshot, notes, ..
        } = desk.told(desk.unless_stopped(reading).await?)?;
        for note in &notes {
            headless::tell(text::sanitise(&note.to_string()));
        }
        let moved_on = left
            .and_then(|left| Plan::new(snapshot.clone(), left.clone()).ok())
            .map(|plan| plan.changes)
            .unwrap_or_default();
        let now = desk.context.clock.now();
        let reading = configure::facts(&desk.gate, &snapshot, &self.draft, now);
        let facts = desk.unless_stopped(reading).await?;
        let plan = Plan::new(snapshot, self.draft).map_err(|problems| refused(&problems))?;
        let mut all = self.warnings;
        all.extend(
            moved_on
                .iter()
                .map(|change| format!("{} is no longer what that edit has left", change.item)),
        );
        if !plan.is_empty() {
            all.extend(warnings(&plan, &facts));
        }
        let review = Review {
            plan: &plan,
            warnings: all,
            account,
            revealed: &self.review.reveal,
            is_dry_run: self.review.consent.dry_run,
            output: self.review.output,
        };
        carry_out(desk, &review).await
    }
}

fn refused(problems: &[Problem]) -> Outcome {
    for problem in problems {
        let words = problem.to_string();
        headless::tell(format_args!("lambdeck: {}", text::sanitise(&words)));
    }
    Outcome::Usage
}

/// A function, which must not carry a qualifier: only `$LATEST` can be edited.
pub(super) fn unqualified(function: &str) -> Result<Arn, Outcome> {
    let (function, qualifier) = split(function);
    match qualifier.as_deref() {
        None | Some("$LATEST") => Ok(function),
        Some(_) => {
            let why = "published versions are frozen: only $LATEST can be edited";
            Err(headless::misused("FUNCTION", &why))
        }
    }
}

/// The output of a plain review.
pub(super) const fn plain(consent: crate::cli::dlq::args::Consent, output: Output) -> ReviewArgs {
    ReviewArgs {
        reveal: Vec::new(),
        consent,
        output,
    }
}
