//! Writes to a whole queue: purge, send, import, AWS's own move. Each is one entry in the activity
//! log, written before its first call.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::watch;

use super::{files::at_home, tell};
use crate::{
    domain::{
        activity::End,
        queue::{
            OpenQueue,
            line::{Line, Place},
        },
        shell::CommandLine,
    },
    ports::{ApiError, ErrorKind, Operation},
    runtime::{
        gate::{Gate, Intention, Warrant, address_at, verified},
        import,
        runner::{Shared, blocking},
    },
    store::{
        RunId,
        effect::Control,
        letters::{Action, Import, QueueKey, QueueWrite, Write},
        ticket::Ticket,
    },
};

/// The group of lines that name none, on FIFO.
const GROUP: &str = "imported";

pub(in crate::runtime::jobs) async fn write(
    shared: &Arc<Shared>,
    id: RunId,
    work: Write,
    inbox: watch::Receiver<Control>,
) {
    let (queue, operation) = (work.queue.clone(), operation(&work.what));
    let answer = match shared.gate(queue.session, operation) {
        Ok(gate) => carry_out(&gate, work, operation, inbox).await,
        Err(error) => Err(error),
    };
    tell(shared, Action::Done(id, queue, Box::new(answer))).await;
}

const fn operation(what: &QueueWrite) -> Operation {
    match what {
        QueueWrite::Purge => Operation::PurgeQueue,
        QueueWrite::Send(_) | QueueWrite::Import(_) => Operation::SendMessageBatch,
        QueueWrite::StartMove(..) => Operation::StartMessageMoveTask,
        QueueWrite::CancelMove(_) => Operation::CancelMessageMoveTask,
    }
}

async fn carry_out(
    gate: &Gate,
    work: Write,
    operation: Operation,
    inbox: watch::Receiver<Control>,
) -> Result<String, ApiError> {
    let address = address_at(operation, &work.queue.arn, None)?;
    let queue = gate.open_queue(&address).await?;
    verified(operation, &queue)?;
    let destination = match &work.what {
        QueueWrite::StartMove(Some(to), _) => {
            let to = gate.open_queue(to).await?;
            verified(operation, &to)?;
            Some(to)
        }
        _ => None,
    };
    let ready = ready(&queue, &work).await?;
    let warrant = gate
        .announce(intention(
            &work,
            (&queue, destination.as_ref()),
            operation,
            gate.region(),
        ))
        .await?;
    let name = queue.shown();
    let answer = match &work.what {
        QueueWrite::Purge => gate
            .purge(&warrant, &queue)
            .await
            .map(|()| End::done(format!("{name} is being purged: SQS takes up to 60 s"))),
        QueueWrite::Send(_) | QueueWrite::Import(_) => {
            send(gate, (&warrant, &queue), &work, ready, inbox)
                .await
                .map(|end| End::of(end.result, format!("{name}: {}", end.outcome)))
        }
        QueueWrite::StartMove(_, per_second) => {
            let queues = (&queue, destination.as_ref());
            let started = gate.start_move_task(&warrant, queues, *per_second).await;
            started.map(|_| {
                End::done(format!(
                    "AWS moves the letters of {name}: letters in flight stay"
                ))
            })
        }
        QueueWrite::CancelMove(handle) => {
            gate.cancel_move_task(&warrant, handle).await.map(|moved| {
                End::done(format!(
                    "AWS's move of {name} is cancelled: {moved} were moved and stay so"
                ))
            })
        }
    };
    let end = match &answer {
        Ok(end) => end.clone(),
        Err(error) => error.into(),
    };
    gate.complete(&warrant, operation, end).await;
    answer.map(|end| end.outcome)
}

fn intention(
    work: &Write,
    (queue, destination): (&OpenQueue, Option<&OpenQueue>),
    operation: Operation,
    region: &str,
) -> Intention {
    let (arn, url) = (queue.arn(), queue.url().as_str());
    let name = queue.shown();
    let aws = |command: &str, options: &[(&str, &str)]| {
        let mut line = CommandLine::new(&["aws", "sqs", command]);
        line.option("region", region);
        for (name, value) in options {
            line.option(name, value);
        }
        line
    };
    let (summary, command) = match &work.what {
        QueueWrite::Purge => (
            format!("delete every message of {name}"),
            aws("purge-queue", &[("queue-url", url)]),
        ),
        QueueWrite::Send(message) => (
            format!("send a message of {} bytes to {name}", message.bytes()),
            aws(
                "send-message",
                &[("queue-url", url), ("message-body", "file://message.txt")],
            ),
        ),
        QueueWrite::Import(import) => {
            let path = import.file.display().to_string();
            (
                format!("send the {} lines of {path} to {name}", import.messages),
                CommandLine::new(&["lambdeck", "dlq", "import", arn.as_str(), &path]),
            )
        }
        QueueWrite::StartMove(_, per_second) => {
            let mut line = aws("start-message-move-task", &[("source-arn", arn.as_str())]);
            if let Some(destination) = destination {
                line.option("destination-arn", destination.arn().as_str());
            }
            if let Some(rate) = per_second {
                line.option("max-number-of-messages-per-second", &rate.to_string());
            }
            (format!("let AWS move the letters of {name}"), line)
        }
        QueueWrite::CancelMove(handle) => (
            format!("cancel AWS's move of {name}"),
            aws("cancel-message-move-task", &[("task-handle", handle)]),
        ),
    };
    Intention {
        operation,
        target: arn.to_string(),
        summary,
        command: command.to_string(),
    }
}

/// Makes messages ready: what cannot be sent is told before the first one is.
async fn ready(queue: &OpenQueue, work: &Write) -> Result<Vec<Vec<Line>>, ApiError> {
    let refused = |why: String| {
        let why = format!("nothing was sent: {why}");
        ApiError::new(Operation::SendMessageBatch, ErrorKind::Invalid, why)
    };
    let batches = match &work.what {
        QueueWrite::Import(import) => {
            let (batches, digest) = read(import.file.clone(), queue).await.map_err(refused)?;
            if digest != import.digest {
                let why = "was changed since its lines were counted";
                return Err(refused(format!("{} {why}", import.file.display())));
            }
            batches
        }
        QueueWrite::Send(message) => vec![vec![Line {
            place: Place {
                line: 1,
                item: None,
            },
            message: (**message).clone(),
            is_message: true,
        }]],
        _ => Vec::new(),
    };
    Ok(batches)
}

/// Counts what an import would send; nothing is.
pub(super) async fn count_import(
    shared: &Arc<Shared>,
    ticket: Ticket,
    queue: QueueKey,
    file: PathBuf,
) {
    let opened = async {
        let gate = shared.gate(queue.session, Operation::GetQueueAttributes)?;
        let address = address_at(Operation::SendMessageBatch, &queue.arn, None)?;
        let opened = gate.open_queue(&address).await?;
        verified(Operation::SendMessageBatch, &opened)?;
        Ok(opened)
    };
    let counted = async {
        let opened = opened.await.map_err(|error: ApiError| error.to_string())?;
        let (batches, digest) = read(file.clone(), &opened).await?;
        let lines = || batches.iter().flatten();
        Ok(Import {
            messages: lines().count(),
            bytes: lines().map(|line| line.message.bytes() as u64).sum(),
            requests: batches.len(),
            queue: queue.clone(),
            file,
            digest,
        })
    };
    let answer = Box::new(counted.await);
    tell(shared, Action::ImportCounted(ticket, answer)).await;
}

/// The lines of a file as requests to a queue, and the digest of its text.
async fn read(file: PathBuf, queue: &OpenQueue) -> Result<(Vec<Vec<Line>>, String), String> {
    let (path, to) = (at_home(file), queue.clone());
    let read = blocking(move || {
        let input = import::read(&path)?;
        let lines = import::lines(&input, &to, Some(GROUP));
        let lines = lines.map_err(|why| format!("{}: line {why}", path.display()))?;
        if lines.is_empty() {
            return Err(format!("{} has no line to send", path.display()));
        }
        let batches = import::batches(lines, to.is_fifo());
        Ok((batches, import::digest(&input)))
    });
    let ended = || Err("the program is ending".to_owned());
    read.await.unwrap_or_else(ended)
}

async fn send(
    gate: &Gate,
    (warrant, queue): (&Warrant, &OpenQueue),
    work: &Write,
    batches: Vec<Vec<Line>>,
    inbox: watch::Receiver<Control>,
) -> Result<End, ApiError> {
    let is_stopped = || *inbox.borrow() == Control::Stop;
    let report = import::send(gate, warrant, queue, batches, is_stopped).await;
    let sum = report.sum();
    let words = match report.failure {
        // Nothing was taken: the caller shows the error whole.
        Some(error) if sum.sent == 0 => return Err(error),
        _ if matches!(work.what, QueueWrite::Send(_)) => match report.reason() {
            None => "the message was sent".to_owned(),
            Some(why) => format!("the message was not sent ({why})"),
        },
        _ => match report.reason() {
            None => sum.to_string(),
            Some(why) => format!("{sum} ({why})"),
        },
    };
    Ok(End::of(sum.end().result, words))
}
