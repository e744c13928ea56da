//! `lambdeck dlq move-task`: AWS's own redrive.

use serde_json::{Value, json};

use super::{
    Cli,
    args::{CancelArgs, MoveTaskCommand, StartArgs, StatusArgs},
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{age, queue::MoveRequest, queue::MoveTask, shell::CommandLine, text},
    ports::Operation,
    runtime::gate::Intention,
};

pub(super) async fn run(cli: &Cli<'_>, command: MoveTaskCommand) -> Result<Outcome, Outcome> {
    match command {
        MoveTaskCommand::Start(args) => start(cli, args).await,
        MoveTaskCommand::Status(args) => status(cli, args).await,
        MoveTaskCommand::Cancel(args) => cancel(cli, args).await,
    }
}

async fn start(cli: &Cli<'_>, args: StartArgs) -> Result<Outcome, Outcome> {
    let source = cli.find("QUEUE", &args.queue).await?;
    let destination = match &args.to {
        Some(to) => Some(cli.find("--to", to).await?),
        None => None,
    };
    let operation = Operation::StartMessageMoveTask;
    cli.authorise(operation).await?;
    let visible = source.verified(cli, operation)?.visible;
    if let Some(queue) = &destination {
        queue.verified(cli, operation)?;
    }
    let name = source.name();
    let to = destination.as_ref().map_or_else(
        || "each to the queue it came from".to_owned(),
        |queue| format!("to {}", queue.name()),
    );
    headless::tell(
        "a move task moves everything, unedited, for 36 hours at most; messages in flight are not picked up",
    );
    let request = MoveRequest {
        source: source.arn().clone(),
        destination: destination.as_ref().map(|queue| queue.arn().clone()),
        per_second: args.rate,
    };
    let intention = Intention {
        operation,
        target: source.arn().to_string(),
        summary: format!("move task from {name}, {to}"),
        command: command(cli.gate.region(), &request),
    };
    let gate = cli.gate;
    let started = cli
        .confirmed(intention, async |warrant| {
            let queues = (
                &source.opened,
                destination.as_ref().map(|queue| &queue.opened),
            );
            let started = gate.start_move_task(warrant, queues, args.rate).await;
            started.map(drop)
        })
        .await;
    cli.told(started)?;
    headless::tell(format_args!(
        "{name}: about {visible} messages move {to}; `lambdeck dlq move-task status {}` shows how far it is",
        source.argument()
    ));
    Ok(Outcome::Done)
}

fn command(region: &str, request: &MoveRequest) -> String {
    let mut command = CommandLine::new(&["aws", "sqs", "start-message-move-task"]);
    command.option("region", region);
    command.option("source-arn", request.source.as_str());
    if let Some(destination) = &request.destination {
        command.option("destination-arn", destination.as_str());
    }
    if let Some(rate) = request.per_second {
        command.option("max-number-of-messages-per-second", &rate.to_string());
    }
    command.to_string()
}

async fn status(cli: &Cli<'_>, args: StatusArgs) -> Result<Outcome, Outcome> {
    let queue = cli.find("QUEUE", &args.queue).await?;
    let tasks = cli.told(cli.gate.move_tasks(queue.arn()).await)?;
    if tasks.is_empty() {
        headless::tell(format_args!("{}: no move task", queue.name()));
    }
    let lines = match args.output {
        Output::Json => tasks.iter().map(|task| object(task).to_string()).collect(),
        Output::Table => table(&tasks, cli.context.clock.now()).lines(),
    };
    super::print(&lines)
}

/// The fields of `ListMessageMoveTasks`, by their names there.
pub(super) fn object(task: &MoveTask) -> Value {
    json!({
        "Status": task.status,
        "SourceArn": task.source,
        "DestinationArn": task.destination,
        "MaxNumberOfMessagesPerSecond": task.per_second,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "FailureReason": task.failure,
        "StartedTimestamp": task.started,
        "TaskHandle": task.handle,
    })
}

fn table(tasks: &[MoveTask], now: jiff::Timestamp) -> Table {
    let mut table = Table::new(&[
        ("STARTED", true),
        ("STATUS", false),
        ("MOVED", true),
        ("OF", true),
        ("PER SECOND", true),
        ("TO", false),
        ("FAILURE", false),
    ]);
    for task in tasks {
        let or_dash = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
        table.row([
            or_dash(task.started.map(|at| age::age(now, at))),
            task.status.clone(),
            task.moved.to_string(),
            or_dash(task.to_move.map(|count| count.to_string())),
            or_dash(task.per_second.map(|rate| rate.to_string())),
            task.destination
                .as_ref()
                .map_or("its source", |arn| arn.resource_name())
                .to_owned(),
            task.failure.clone().unwrap_or_default(),
        ]);
    }
    table
}

async fn cancel(cli: &Cli<'_>, args: CancelArgs) -> Result<Outcome, Outcome> {
    let queue = cli.find("QUEUE", &args.queue).await?;
    cli.authorise(Operation::CancelMessageMoveTask).await?;
    let name = queue.name();
    let tasks = cli.told(cli.gate.move_tasks(queue.arn()).await)?;
    let Some(handle) = tasks.iter().find_map(|task| task.handle.as_deref()) else {
        headless::tell(match tasks.first() {
            None => format!("lambdeck: {name} has no move task"),
            Some(task) => format!(
                "lambdeck: no move task of {name} is running; the last one is {}",
                text::sanitise(&task.status)
            ),
        });
        return Err(Outcome::Failed);
    };
    let mut command = CommandLine::new(&["aws", "sqs", "cancel-message-move-task"]);
    command.option("region", cli.gate.region());
    command.option("task-handle", handle);
    let intention = Intention {
        operation: Operation::CancelMessageMoveTask,
        target: queue.arn().to_string(),
        summary: format!("cancel the move task of {name}"),
        command: command.to_string(),
    };
    let gate = cli.gate;
    let cancelled = cli
        .confirmed(intention, async |warrant| {
            gate.cancel_move_task(warrant, handle).await
        })
        .await;
    let moved = cli.told(cancelled)?;
    headless::tell(format_args!(
        "{name}: cancelled; about {moved} messages were moved before, and stay where they are"
    ));
    Ok(Outcome::Done)
}
