//! The dry run: a sample of the letters is judged as the engine would, and given back.

mod figures;

use std::collections::HashMap;

use super::{
    Desk,
    queue::Queue,
    reading::{Consented, Reading},
    resume::{destination, scope},
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        dead_letters::{DeadLetterQueue, Feeder},
        function::Arn,
        jq::Jq,
        letter::{LetterFunction, predicate::Predicate},
        queue::QueueAttributes,
        redrive::{
            Destination, Pace, Plan, Scope, Target, Workers,
            route::{self, TargetQueue},
        },
        text,
    },
    ports::{ErrorKind, Session},
    store::letters::{LookEnd, desk::SAMPLE},
};
use figures::{Figures, Judge};

/// Queues that letters would go to; why not, where that is known.
type Targets = HashMap<Arn, Result<TargetQueue, String>>;

/// Shows what a plan would do. Where a look can do harm nothing is read, and that is said.
pub(super) async fn show<S: Session>(
    desk: &Desk<'_, S>,
    plan: Plan,
    queue: &Queue,
    output: Output,
) -> Result<Outcome, Outcome> {
    let mut figures = Figures::new(&plan, queue.attributes.visible);
    let mut notes = Vec::new();
    let mut ended = Ok(Outcome::Done);
    match Reading::open(desk, queue, Consented::No).await? {
        None => notes.push(format!(
            "no sample was read, because a look can do harm here: `lambdeck dlq peek {} --yes` looks all the same",
            queue.name()
        )),
        Some(mut reading) => {
            ended = sample(desk, &plan, &mut reading, &mut figures).await;
            let known = reading.dead_letter_queue();
            reading.give_back().await;
            notes.extend(readers(&plan, &figures, &known));
        }
    }
    ended?;
    notes.extend(figures.notes(&plan, queue));
    let lines = match output {
        Output::Json => vec![figures.object(&plan, &notes).to_string()],
        Output::Table => table(&plan, &figures, &notes).lines(),
    };
    let printed = super::print(&lines);
    headless::tell("nothing was sent and nothing deleted: this was a dry run");
    printed
}

/// Reads the sample and judges it.
async fn sample<S: Session>(
    desk: &Desk<'_, S>,
    plan: &Plan,
    reading: &mut Reading<'_, S>,
    figures: &mut Figures,
) -> Result<Outcome, Outcome> {
    let predicate = match &plan.scope {
        Scope::Standing {
            filter: Some(filter),
            ..
        } => Predicate::parse(filter).unwrap_or_default(),
        _ => Predicate::default(),
    };
    let edit = plan.edit.as_ref().and_then(|edit| Jq::compile(edit).ok());
    let mut targets = Targets::new();
    let wanted = match plan.limit() {
        Some(limit) if predicate.is_empty() => SAMPLE.min(limit as usize),
        _ => SAMPLE,
    };
    let round = reading.round(wanted).await;
    let known = reading.dead_letter_queue();
    let now = desk.context.clock.now();
    for letter in &round.letters {
        figures.sampled += 1;
        match predicate.test(letter, now) {
            Ok(true) => {}
            Ok(false) => continue,
            // As in the run: what cannot be told of is not part of the plan.
            Err(why) => {
                figures.cannot_tell(why);
                continue;
            }
        }
        let target = route::target(plan, &letter.message);
        if let Ok(Some(Target::Queue(arn))) = &target
            && !targets.contains_key(arn)
        {
            let found = look_up(desk, plan, arn, &known).await;
            targets.insert(arn.clone(), found);
        }
        let judge = Judge {
            plan,
            edit: edit.as_ref(),
            targets: &targets,
            now,
        };
        figures.add(letter, judge.fate(letter, target), now);
    }
    match round.end {
        LookEnd::Failed(error) => desk.told(Err(error)),
        LookEnd::Stopped => Err(Outcome::Failed),
        end => {
            figures.is_whole = end == LookEnd::Everything;
            Ok(Outcome::Done)
        }
    }
}

async fn look_up<S: Session>(
    desk: &Desk<'_, S>,
    plan: &Plan,
    arn: &Arn,
    known: &DeadLetterQueue,
) -> Result<TargetQueue, String> {
    let url = match &plan.destination {
        Destination::Queue { url, .. } => Ok(url.clone()),
        _ => desk.gate.queue_url(arn).await,
    };
    let url = url.map_err(|error| match error.kind {
        ErrorKind::NotFound => format!("its queue {arn} is not there"),
        _ => error.to_string(),
    })?;
    let attributes = match desk.gate.queue_attributes_at(&url).await {
        Ok(attributes) => attributes,
        // What cannot be read is no refusal: the send itself tells.
        Err(error) if error.kind == ErrorKind::Denied => QueueAttributes::default(),
        Err(error) => return Err(error.to_string()),
    };
    let feeds = known.feeders.iter().filter_map(|feeder| match feeder {
        Feeder::Queue {
            arn: source,
            consumers,
            ..
        } if source == arn => Some(consumers),
        _ => None,
    });
    let feeds = feeds
        .flatten()
        .filter_map(|consumer| LetterFunction::read(consumer.function.as_str()))
        .map(|function| function.arn);
    Ok(TargetQueue {
        arn: arn.clone(),
        url,
        feeds: feeds.collect(),
        attributes,
    })
}

/// Who will eat what is sent, as far as it is known.
fn readers(plan: &Plan, figures: &Figures, known: &DeadLetterQueue) -> Vec<String> {
    if !matches!(
        plan.destination,
        Destination::Source | Destination::Queue { .. }
    ) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for feeder in &known.feeders {
        let Feeder::Queue { arn, consumers, .. } = feeder else {
            continue;
        };
        if !figures.destinations.contains_key(arn.as_str()) {
            continue;
        }
        let queue = arn.resource_name();
        if consumers.is_empty() {
            notes.push(format!("no mapping reads {queue}: letters wait there"));
        }
        for consumer in consumers {
            let function = consumer.function.resource_name();
            notes.push(if consumer.enabled {
                format!("{function} reads {queue}")
            } else {
                format!("the mapping of {function} on {queue} is disabled: letters wait there")
            });
        }
    }
    notes
}

fn table(plan: &Plan, figures: &Figures, notes: &[String]) -> Table {
    let mut table = Table::new(&[("DRY RUN", false), ("", false)]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("plan", scope(plan));
    row(
        "from",
        format!("{} ({})", plan.source.resource_name(), place(plan)),
    );
    row("to", destination(plan));
    if let Some(edit) = &plan.edit {
        row("edit", edit.clone());
    }
    row("speed", speed(&plan.pace));
    row("letters", figures.count());
    if figures.edited + figures.unchanged > 0 && plan.edit.is_some() {
        row(
            "edited",
            format!("{} edited, {} unchanged", figures.edited, figures.unchanged),
        );
    }
    for (arn, count) in &figures.destinations {
        row(
            "sends",
            format!("{count} to {}", Arn::new(arn.as_str()).resource_name()),
        );
    }
    for (reason, count) in &figures.refused {
        row("fails", format!("{count}: {reason}"));
    }
    row("calls", figures.calls_shown(plan));
    for note in notes {
        row("note", text::sanitise(note).into_owned());
    }
    table
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

fn place(plan: &Plan) -> String {
    format!(
        "account {} · {}",
        plan.account.as_deref().unwrap_or("unknown"),
        plan.region
    )
}
