//! `lambdeck dlq list`: the dead-letter queues of the account.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Cli, args::ListArgs, move_task, progress::Line};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        age,
        dead_letters::{Consumer, DeadLetterQueue, Discovered, Feeder},
        function::Arn,
        queue::MoveTask,
        text,
    },
    runtime::discovery::{self, Fact, Part},
};

pub(super) async fn run(cli: &Cli<'_>, args: ListArgs) -> Result<Outcome, Outcome> {
    let mut list = List::default();
    let mut line = Line::on_terminal();
    let walk = discovery::walk(cli.gate, None, |fact| list.take(fact, &mut line));
    Box::pin(cli.unless_stopped(walk)).await?;
    let queues = list.discovered.dead_letter_queues();
    let fed = queues.iter().filter(|queue| queue.is_fed_by_queues());
    let fed = fed.map(|queue| queue.arn.clone()).collect();
    let walk = discovery::walk_move_tasks(cli.gate, fed, |fact| list.take(fact, &mut line));
    Box::pin(cli.unless_stopped(walk)).await?;
    line.clear();
    let List { tasks, missing, .. } = list;
    // Without the list of queues and of functions nothing was read at all.
    let is_whole = |part| {
        missing
            .iter()
            .find(|one: &&discovery::Missing| one.part == part)
    };
    if let (Some(queues), Some(_)) = (is_whole(Part::Queues), is_whole(Part::Functions))
        && let Some(error) = &queues.error
    {
        return Ok(headless::failed(cli.context, error));
    }
    let is_complete = missing.is_empty();
    for part in &missing {
        headless::tell(format_args!(
            "lambdeck: not complete: {}",
            text::sanitise(&part.to_string())
        ));
    }
    let task = |queue: &DeadLetterQueue| {
        let tasks = tasks.get(&queue.arn).into_iter().flatten();
        tasks.into_iter().find(|task| task.is_running())
    };
    let lines = match args.output {
        Output::Json => queues
            .iter()
            .map(|queue| object(queue, task(queue)).to_string())
            .collect(),
        Output::Table => table(queues.iter().map(|queue| (queue, task(queue)))).lines(),
    };
    if queues.is_empty() && is_complete {
        headless::tell("no dead-letter queue was found");
    }
    let printed = super::print(&lines)?;
    Ok(if is_complete {
        printed
    } else {
        Outcome::Failed
    })
}

/// What the walk told.
#[derive(Default)]
struct List {
    discovered: Discovered,
    tasks: HashMap<Arn, Vec<MoveTask>>,
    missing: Vec<discovery::Missing>,
}

impl List {
    fn take(&mut self, fact: Fact, line: &mut Line) {
        fact.feed(&mut self.discovered);
        match fact {
            Fact::MoveTasks(queue, found) => {
                self.tasks.insert(queue, found);
            }
            Fact::Missing(part) => self.missing.push(part),
            Fact::Progress(part, done, of) => {
                let of = of.map_or_else(String::new, |of| format!(" of {of}"));
                line.show(&format!("reading {}: {done}{of}", part.title()));
            }
            _ => {}
        }
    }
}

fn table<'a>(queues: impl Iterator<Item = (&'a DeadLetterQueue, Option<&'a MoveTask>)>) -> Table {
    let mut table = Table::new(&[
        ("QUEUE", false),
        ("LETTERS", true),
        ("IN FLIGHT", true),
        ("KEPT", true),
        ("FROM", false),
        ("FUNCTIONS", false),
        ("READ BY", false),
        ("MOVE TASK", false),
    ]);
    for (queue, task) in queues {
        let attributes = queue.attributes.as_ref();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let names = |arns: &[Arn]| {
            let names: Vec<&str> = arns.iter().map(Arn::resource_name).collect();
            or_dash((!names.is_empty()).then(|| names.join(", ")))
        };
        table.row([
            queue.name().to_owned(),
            or_dash(queue.depth().map(|depth| depth.to_string())),
            or_dash(attributes.map(|found| found.in_flight.to_string())),
            or_dash(attributes.and_then(|found| found.retention_s).map(kept)),
            or_dash((!queue.feeders.is_empty()).then(|| {
                let feeders: Vec<String> = queue.feeders.iter().map(feeder).collect();
                feeders.join(", ")
            })),
            names(&queue.owners()),
            names(
                &queue
                    .consumers
                    .iter()
                    .filter(|consumer| consumer.enabled)
                    .map(|consumer| consumer.function.clone())
                    .collect::<Vec<_>>(),
            ),
            or_dash(task.map(|task| match task.to_move {
                Some(of) => format!("{} of {of}", task.moved),
                None => format!("{} moved", task.moved),
            })),
        ]);
    }
    table
}

/// A retention, in the words of ages.
fn kept(seconds: u32) -> String {
    let begin = jiff::Timestamp::UNIX_EPOCH;
    age::age(
        begin + jiff::SignedDuration::from_secs(seconds.into()),
        begin,
    )
}

/// A feeder in a word or two.
fn feeder(feeder: &Feeder) -> String {
    match feeder {
        Feeder::Queue { arn, .. } => arn.resource_name().to_owned(),
        Feeder::AsyncDeadLetter { function } => format!("{} (async)", function.resource_name()),
        Feeder::AsyncDestination { function, .. } => {
            format!("{} (destination)", function.resource_name())
        }
        Feeder::Mapping { source, .. } => {
            let source = source.as_ref().map_or("mapping", Arn::resource_name);
            format!("{source} (stream)")
        }
    }
}

fn object(queue: &DeadLetterQueue, task: Option<&MoveTask>) -> Value {
    let attributes = queue.attributes.as_ref();
    json!({
        "QueueArn": queue.arn,
        "QueueUrl": queue.url,
        "ApproximateNumberOfMessages": attributes.map(|found| found.visible),
        "ApproximateNumberOfMessagesNotVisible": attributes.map(|found| found.in_flight),
        "ApproximateNumberOfMessagesDelayed": attributes.map(|found| found.delayed),
        "MessageRetentionPeriod": attributes.and_then(|found| found.retention_s),
        "FifoQueue": queue.is_fifo(),
        "Sources": queue.feeders.iter().map(source).collect::<Vec<_>>(),
        "Functions": queue.owners(),
        "Consumers": consumers(&queue.consumers),
        "MoveTask": task.map(move_task::object),
    })
}

fn source(feeder: &Feeder) -> Value {
    match feeder {
        Feeder::Queue {
            arn,
            max_receive_count,
            consumers: readers,
        } => json!({
            "Type": "Queue",
            "QueueArn": arn,
            "MaxReceiveCount": max_receive_count,
            "Consumers": consumers(readers),
        }),
        Feeder::AsyncDeadLetter { function } => {
            json!({ "Type": "DeadLetterConfig", "FunctionArn": function })
        }
        Feeder::AsyncDestination {
            function,
            qualifier,
        } => json!({
            "Type": "OnFailure",
            "FunctionArn": function,
            "Qualifier": qualifier,
        }),
        Feeder::Mapping {
            function,
            uuid,
            source,
        } => json!({
            "Type": "EventSourceMapping",
            "FunctionArn": function,
            "UUID": uuid,
            "EventSourceArn": source,
        }),
    }
}

fn consumers(consumers: &[Consumer]) -> Vec<Value> {
    let objects = consumers.iter().map(|consumer| {
        json!({
            "FunctionArn": consumer.function,
            "UUID": consumer.uuid,
            "Enabled": consumer.enabled,
        })
    });
    objects.collect()
}
