//! Writes to a whole queue, for the console and the command line alike: an edit, one message, the
//! lines of a file. Each is one entry in the activity log, written before its first call and
//! completed after.

use std::path::Path;

use super::{
    gate::{Gate, Intention, Warrant, verified},
    import::{self, Ready, Report},
    queues,
};
use crate::{
    domain::{
        activity::End,
        queue::{MoveTask, OpenQueue, Outgoing, QueueEdit, line::Line},
        shell::CommandLine,
    },
    ports::{Operation, Result},
};

/// Makes one edit of a queue, and says what came of it.
///
/// # Errors
/// Also when a queue cannot be asked which one it is, and when the session may not.
pub async fn edit(gate: &Gate, queue: &OpenQueue, edit: &QueueEdit) -> Result<String> {
    let operation = Operation::of_queue(edit);
    for queue in edit.queues(queue) {
        verified(operation, queue)?;
    }
    let intention = Intention {
        operation,
        target: queue.arn().to_string(),
        summary: edit.summary(queue),
        command: edit.command(queue, gate.region()).to_string(),
    };
    confirmed(gate, intention, async |warrant| {
        let edited = gate.edit_queue(warrant, queue, edit).await?;
        Ok(edit.outcome(queue, &edited))
    })
    .await
}

/// The handle of AWS's own redrive that runs on a queue, or why there is none.
///
/// # Errors
/// When the tasks cannot be listed.
pub async fn running_move(
    gate: &Gate,
    queue: &OpenQueue,
) -> Result<std::result::Result<String, String>> {
    let tasks = queues::move_tasks(gate, queue.arn()).await?;
    let running = tasks.iter().find_map(|task| task.handle.clone());
    Ok(running.ok_or_else(|| {
        let name = queue.shown();
        match tasks.first() {
            None => format!("{name} has no move task"),
            Some(MoveTask { status, .. }) => {
                format!("no move task of {name} is running; the last one is {status}")
            }
        }
    }))
}

/// Sends one message, and says what came of it.
///
/// # Errors
/// When it was not sent, or nobody knows.
pub async fn send(gate: &Gate, queue: &OpenQueue, message: Outgoing) -> Result<String> {
    let mut command = CommandLine::new(&["aws", "sqs", "send-message"]);
    command.option("region", gate.region());
    command.option("queue-url", queue.url().as_str());
    command.option("message-body", "file://message.txt");
    let name = queue.shown();
    let intention = sending(
        queue,
        format!("send a message of {} bytes to {name}", message.bytes()),
        &command,
    );
    let words = |report: &Report| match report.reason() {
        None => format!("{name}: the message was sent"),
        Some(why) => format!("{name}: the message was not sent ({why})"),
    };
    let batches = import::one(message);
    let report = sent(gate, (queue, intention), batches, &words, || false).await?;
    match report.failure {
        Some(error) => Err(error),
        None => Ok(words(&report)),
    }
}

/// Sends the lines of a file, and says what became of each. `group` is the one that they were made
/// ready with.
///
/// # Errors
/// Only when nothing was tried.
pub async fn import(
    gate: &Gate,
    queue: &OpenQueue,
    ready: Ready,
    (file, group): (&Path, Option<&str>),
    is_stopped: impl Fn() -> bool,
) -> Result<Report> {
    let mut command = CommandLine::new(&["lambdeck", "dlq", "import"]);
    command.option("region", gate.region());
    command.arg(queue.arn().as_str());
    let from = if file.as_os_str() == "-" {
        command.arg("messages.jsonl");
        "standard input".to_owned()
    } else {
        let file = file.display().to_string();
        command.arg(&file);
        file
    };
    if let Some(group) = group.filter(|_| queue.is_fifo()) {
        command.option("group", group);
    }
    command.switch("yes");
    let name = queue.shown();
    let lines = ready.lines;
    let summary = format!("send the {lines} lines of {from} to {name}");
    let intention = sending(queue, summary, &command);
    let words = |report: &Report| format!("{name}: {}", report.shown());
    sent(gate, (queue, intention), ready.batches, &words, is_stopped).await
}

fn sending(queue: &OpenQueue, summary: String, command: &CommandLine) -> Intention {
    Intention {
        operation: Operation::SendMessageBatch,
        target: queue.arn().to_string(),
        summary,
        command: command.to_string(),
    }
}

/// Sends what is ready, between an entry before and one after.
async fn sent(
    gate: &Gate,
    (queue, intention): (&OpenQueue, Intention),
    batches: Vec<Vec<Line>>,
    words: &impl Fn(&Report) -> String,
    is_stopped: impl Fn() -> bool,
) -> Result<Report> {
    let operation = intention.operation;
    verified(operation, queue)?;
    let warrant = gate.announce(intention).await?;
    let report = import::send(gate, &warrant, queue, batches, is_stopped).await;
    let end = End::of(report.sum().end().result, words(&report));
    gate.complete(&warrant, operation, end).await;
    Ok(report)
}

/// One call that stands in the activity log before it is made, and how it ended after.
async fn confirmed(
    gate: &Gate,
    intention: Intention,
    call: impl AsyncFnOnce(&Warrant) -> Result<String>,
) -> Result<String> {
    let operation = intention.operation;
    let warrant = gate.announce(intention).await?;
    let answer = call(&warrant).await;
    let end = match &answer {
        Ok(outcome) => End::done(outcome.clone()),
        Err(error) => error.into(),
    };
    gate.complete(&warrant, operation, end).await;
    answer
}

#[cfg(test)]
mod tests;
