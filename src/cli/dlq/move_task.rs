//! `lambdeck dlq move-task`: AWS's own redrive.

use serde_json::{Value, json};

use super::{
    Cli,
    args::{CancelArgs, MoveTaskCommand, StartArgs, StatusArgs},
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        age,
        queue::{MoveTask, QueueEdit, edit::goes_to},
        text,
    },
    ports::Operation,
    runtime::{queue_write, queues},
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
    headless::tell(
        "a move task moves everything, unedited, for 36 hours at most; messages in flight are not picked up",
    );
    let to = destination.map(|queue| queue.opened);
    let goes_to = text::sanitise(&goes_to(to.as_ref())).into_owned();
    let start = QueueEdit::StartMove {
        to,
        per_second: args.rate,
    };
    cli.told(queue_write::edit(cli.gate, &source.opened, &start).await)?;
    headless::tell(format_args!(
        "{}: about {visible} messages move {goes_to}; `lambdeck dlq move-task status {}` shows how far it is",
        source.name(),
        source.argument()
    ));
    Ok(Outcome::Done)
}

async fn status(cli: &Cli<'_>, args: StatusArgs) -> Result<Outcome, Outcome> {
    let queue = cli.find("QUEUE", &args.queue).await?;
    let tasks = cli.told(queues::move_tasks(cli.gate, queue.arn()).await)?;
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
    let running = queue_write::running_move(cli.gate, &queue.opened).await;
    let handle = match cli.told(running)? {
        Ok(handle) => handle,
        Err(why) => {
            headless::tell(format_args!("lambdeck: {}", text::sanitise(&why)));
            return Err(Outcome::Failed);
        }
    };
    let cancel = QueueEdit::CancelMove(handle);
    let outcome = cli.told(queue_write::edit(cli.gate, &queue.opened, &cancel).await)?;
    headless::tell(outcome);
    Ok(Outcome::Done)
}
