//! The dry run: a sample of the letters is read, judged as the console's preview does, and given
//! back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Cli,
    queue::Queue,
    reading::{Consented, Reading},
    resume::scope,
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        letter::Letter,
        price,
        redrive::{
            Destination, Pace, Plan, Scope, Workers,
            preview::{self, Preview},
            progress::shown_reasons,
        },
        text,
    },
    runtime::{prepare, runner},
    store::letters::{LookEnd, queue_letters::SAMPLE},
};

/// What is shown.
struct DryRun {
    plan: Plan,
    preview: Preview,
    /// In the queue, about.
    visible: u64,
    /// Letters looked at.
    sampled: u64,
    /// They are all that the queue has.
    is_whole: bool,
    /// What stands against it, and what is worth knowing.
    notes: Vec<String>,
}

/// What a look brought.
struct Sample {
    letters: Vec<Letter>,
    is_whole: bool,
    known: DeadLetterQueue,
}

/// Shows what a plan would do. Where a look can do harm nothing is read, and that is said.
pub(super) async fn show(
    cli: &Cli<'_>,
    plan: Plan,
    queue: &Queue,
    output: Output,
) -> Result<Outcome, Outcome> {
    let mut notes = Vec::new();
    let sample = match Reading::open(cli, queue, Consented::No).await? {
        None => {
            notes.push(format!(
                "no sample was read, because a look can do harm here: `lambdeck dlq peek {} --yes` looks all the same",
                queue.argument()
            ));
            Sample {
                letters: Vec::new(),
                is_whole: false,
                known: queue.alone(),
            }
        }
        Some(mut reading) => {
            let sample = sample(cli, &plan, &mut reading).await;
            reading.give_back().await;
            sample?
        }
    };
    let dry_run = judge(cli, plan, queue, sample, notes).await?;
    let lines = match output {
        Output::Json => vec![dry_run.object().to_string()],
        Output::Table => dry_run.table().lines(),
    };
    let printed = super::print(&lines);
    headless::tell("nothing was sent and nothing deleted: this was a dry run");
    printed?;
    // As the run will: letters that stay are a failure.
    Ok(if dry_run.preview.is_clean() {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

/// Reads the sample.
async fn sample(cli: &Cli<'_>, plan: &Plan, reading: &mut Reading<'_>) -> Result<Sample, Outcome> {
    let wanted = match &plan.scope {
        Scope::Standing {
            filter: None,
            limit: Some(limit),
        } => SAMPLE.min(usize::try_from(*limit).unwrap_or(SAMPLE)),
        _ => SAMPLE,
    };
    let round = reading.round(wanted).await;
    match round.end {
        LookEnd::Failed(error) => cli.told(Err(error)),
        LookEnd::Stopped => Err(Outcome::Failed),
        end => Ok(Sample {
            letters: round.letters,
            is_whole: end == LookEnd::Everything,
            known: reading.dead_letter_queue(),
        }),
    }
}

async fn judge(
    cli: &Cli<'_>,
    plan: Plan,
    queue: &Queue,
    sample: Sample,
    mut notes: Vec<String>,
) -> Result<DryRun, Outcome> {
    let Sample {
        letters,
        is_whole,
        known,
    } = sample;
    let (journals, sampled) = (cli.journals(), letters.len() as u64);
    let messages = letters.iter().map(|letter| &letter.message);
    let gathering = prepare::gather(cli.gate, &journals, &plan, &known, messages);
    let gathered = match cli.unless_stopped(gathering).await? {
        Ok(gathered) => gathered,
        Err(error) => {
            headless::tell(text::sanitise(&format!("lambdeck: {error}")));
            return Err(Outcome::Failed);
        }
    };
    let facts = preview::Facts {
        // As it was before the look.
        source: queue.attributes().cloned().unwrap_or_default(),
        is_whole,
        ..gathered.facts
    };
    let judged = plan.clone();
    let judging = runner::blocking(move || preview::preview(&judged, &letters, &facts));
    let preview = judging.await.ok_or(Outcome::Failed)?;
    notes.extend(preview.blocks.iter().chain(&preview.notes).cloned());
    let unknown = gathered.unknown.iter();
    notes.extend(unknown.map(|error| format!("not known: {error}")));
    if matches!(plan.destination, Destination::Delete) {
        notes.push("`lambdeck dlq export` keeps a copy of what is deleted".to_owned());
    }
    if prepare::is_for_aws(&plan, &known) {
        notes.push(format!(
            "unedited and whole: AWS's own task can do this too, at 500 a second: `lambdeck dlq move-task start {}`",
            queue.argument()
        ));
    }
    Ok(DryRun {
        plan,
        preview,
        visible: queue.attributes().map_or(0, |counts| counts.visible),
        sampled,
        is_whole,
        notes,
    })
}

impl DryRun {
    /// Letters of the plan; none where nothing was looked at.
    fn planned(&self) -> Option<u64> {
        (self.is_whole || self.sampled > 0).then(|| self.preview.count.estimate())
    }

    /// Counted where the sample is everything, else estimated and said so.
    fn count(&self) -> String {
        let (fits, sampled, visible) = (self.preview.fits, self.sampled, self.visible);
        let limit = self
            .plan
            .limit()
            .map_or_else(String::new, |limit| format!(", at most {limit}"));
        match self.planned() {
            None => format!("about {visible} in the queue{limit}"),
            Some(_) if self.is_whole => format!("{fits} of {sampled}{limit}"),
            Some(planned) => {
                format!("about {planned}{limit}: {fits} of {sampled} sampled, of ~{visible}")
            }
        }
    }

    /// Where letters go, and how many of those looked at.
    fn destinations(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let destinations = self.preview.destinations.iter();
        destinations.filter_map(|(target, count)| Some((target.as_ref()?.shown(), *count)))
    }

    fn table(&self) -> Table {
        let (plan, preview) = (&self.plan, &self.preview);
        let mut table = Table::new(&[("DRY RUN", false), ("", false)]);
        let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
        row("plan", scope(plan));
        let account = plan.account.as_deref().unwrap_or("unknown");
        row(
            "from",
            format!(
                "{} (account {account} · {})",
                plan.named(&plan.source),
                plan.region
            ),
        );
        row("to", plan.goes_to());
        if let Some(edit) = &plan.edit {
            row("edit", edit.clone());
        }
        row("speed", speed(&plan.pace));
        row("letters", self.count());
        if plan.edit.is_some() && preview.edited + preview.unchanged > 0 {
            row(
                "edited",
                format!("{} edited, {} unchanged", preview.edited, preview.unchanged),
            );
        }
        for (arn, count) in self.destinations() {
            row(
                "sends",
                format!("{count} to {}", plan.named(&Arn::new(arn.as_str()))),
            );
        }
        let stay = preview.against().map(|against| against.count).sum();
        for (reason, count) in shown_reasons(&preview.reasons(), stay) {
            row("fails", format!("{count}: {reason}"));
        }
        let calls = preview.calls.iter();
        let calls = calls.map(|(name, count)| format!("{count} {name}"));
        let calls: Vec<String> = calls.chain([price::shown(preview.dollars)]).collect();
        // Where nothing goes there is nothing to pay.
        if !preview.calls.is_empty() {
            row("calls", format!("about {}", calls.join(" · ")));
        }
        for note in &self.notes {
            row("note", text::sanitise(note).into_owned());
        }
        table
    }

    fn object(&self) -> Value {
        let (plan, preview) = (&self.plan, &self.preview);
        let calls = preview.calls.iter();
        let calls = calls.map(|(name, count)| ((*name).to_owned(), json!(count)));
        json!({
            "DryRun": true,
            "QueueArn": plan.source,
            "Destination": plan.goes_to(),
            "Letters": scope(plan),
            "Edit": plan.edit,
            "ApproximateNumberOfMessages": self.visible,
            "Sampled": self.sampled,
            "SampleIsWhole": self.is_whole,
            "Matching": preview.fits,
            "NotChosen": preview.not_chosen,
            "NotJudged": preview.not_judged.count,
            "AlreadySent": preview.already_sent,
            "Planned": self.planned(),
            "Inferred": preview.inferred,
            "Edited": preview.edited,
            "Unchanged": preview.unchanged,
            "Refused": preview.refusals(),
            "Reasons": preview.reasons(),
            "Destinations": self.destinations().collect::<BTreeMap<_, _>>(),
            "Bytes": preview.bytes,
            "Groups": preview.groups,
            "Expiring": preview.expiring,
            "Calls": calls.collect::<Map<_, _>>(),
            "Dollars": preview.dollars,
            "Notes": self.notes,
        })
    }
}

/// How fast, how careful.
fn speed(pace: &Pace) -> String {
    let mut parts = Vec::new();
    if pace.canary {
        parts.push("one first, and wait whether it comes back".to_owned());
    }
    if let Some(rate) = pace.per_second {
        parts.push(format!("at most {rate} a second"));
    }
    parts.push(match pace.workers {
        Workers::Adaptive => "8 to 64 requests at once".to_owned(),
        Workers::Fixed(workers) => format!("{workers} requests at once"),
    });
    if let Some(most) = pace.stop_after_returned {
        parts.push(format!("stops when more than {most} come back"));
    }
    parts.join(" · ")
}
