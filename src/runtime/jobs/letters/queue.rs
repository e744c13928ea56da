//! Writes to a whole queue: purge, send, import, AWS's own move. Each is one entry in the activity
//! log, written before its first call.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::watch;

use super::{files::at_home, tell};
use crate::{
    domain::{
        activity::End,
        queue::{MoveRequest, QueueAttributes, QueueUrl, line::Line},
        redrive::route::is_fifo_name,
    },
    ports::{ApiError, ErrorKind, Operation, Provider, Session},
    runtime::{
        gate::{Gate, Intention, Warrant},
        import::{self, To},
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

pub(super) async fn write<P: Provider>(
    shared: &Arc<Shared<P>>,
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

async fn carry_out<S: Session>(
    gate: &Gate<S>,
    work: Write,
    operation: Operation,
    inbox: watch::Receiver<Control>,
) -> Result<String, ApiError> {
    let ready = ready(gate, &work).await?;
    let warrant = gate
        .announce(intention(&work, operation, gate.region()))
        .await?;
    let name = work.queue.arn.resource_name();
    let answer = match &work.what {
        QueueWrite::Purge => gate
            .purge(&warrant, &work.url)
            .await
            .map(|()| End::done(format!("{name} is being purged: SQS takes up to 60 s"))),
        QueueWrite::Send(_) | QueueWrite::Import(_) => match ready {
            Some(ready) => send(gate, &warrant, &work, ready, inbox)
                .await
                .map(|end| End::of(end.result, format!("{name}: {}", end.outcome))),
            None => unreachable!("what is sent was made ready"),
        },
        QueueWrite::StartMove(destination, per_second) => {
            let request = MoveRequest {
                source: work.queue.arn.clone(),
                destination: destination.clone(),
                per_second: *per_second,
            };
            gate.start_move_task(&warrant, &request).await.map(|_| {
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

fn intention(work: &Write, operation: Operation, region: &str) -> Intention {
    let (arn, url) = (&work.queue.arn, work.url.as_str());
    let name = arn.resource_name();
    let aws = format!("aws sqs --region {region}");
    let (summary, command) = match &work.what {
        QueueWrite::Purge => (
            format!("delete every message of {name}"),
            format!("{aws} purge-queue --queue-url '{url}'"),
        ),
        QueueWrite::Send(message) => (
            format!("send a message of {} bytes to {name}", message.bytes()),
            format!("{aws} send-message --queue-url '{url}' --message-body file://message.txt"),
        ),
        QueueWrite::Import(import) => {
            let file = import.file.display();
            (
                format!("send the {} lines of {file} to {name}", import.messages),
                format!("lambdeck dlq import {name} '{file}'"),
            )
        }
        QueueWrite::StartMove(destination, per_second) => {
            let mut command = format!("{aws} start-message-move-task --source-arn {arn}");
            if let Some(destination) = destination {
                command.push_str(&format!(" --destination-arn {destination}"));
            }
            if let Some(rate) = per_second {
                command.push_str(&format!(" --max-number-of-messages-per-second {rate}"));
            }
            (format!("let AWS move the letters of {name}"), command)
        }
        QueueWrite::CancelMove(handle) => (
            format!("cancel AWS's move of {name}"),
            format!("{aws} cancel-message-move-task --task-handle '{handle}'"),
        ),
    };
    Intention {
        operation,
        target: arn.to_string(),
        summary,
        command,
    }
}

/// Messages that are ready to be sent.
struct Ready {
    attributes: QueueAttributes,
    batches: Vec<Vec<Line>>,
}

/// Makes messages ready: what cannot be sent is told before the first one is.
async fn ready<S: Session>(gate: &Gate<S>, work: &Write) -> Result<Option<Ready>, ApiError> {
    let refused = |why: String| {
        let why = format!("nothing was sent: {why}");
        ApiError::new(Operation::SendMessageBatch, ErrorKind::Invalid, why)
    };
    let is_sending = matches!(work.what, QueueWrite::Send(_) | QueueWrite::Import(_));
    if !is_sending {
        return Ok(None);
    }
    let attributes = settings(gate, &work.queue, &work.url).await?;
    let batches = match &work.what {
        QueueWrite::Import(import) => {
            let read = read(import.file.clone(), &work.queue, &work.url, &attributes).await;
            let (batches, digest) = read.map_err(refused)?;
            if digest != import.digest {
                let why = "was changed since its lines were counted";
                return Err(refused(format!("{} {why}", import.file.display())));
            }
            batches
        }
        QueueWrite::Send(message) => vec![vec![Line {
            number: 1,
            message: (**message).clone(),
            is_message: true,
        }]],
        _ => Vec::new(),
    };
    Ok(Some(Ready {
        attributes,
        batches,
    }))
}

/// Counts what an import would send; nothing is.
pub(super) async fn count_import<P: Provider>(
    shared: &Arc<Shared<P>>,
    ticket: Ticket,
    queue: QueueKey,
    url: QueueUrl,
    file: PathBuf,
) {
    let counting = async {
        let gate = shared.gate(queue.session, Operation::GetQueueAttributes);
        let attributes = match gate {
            Ok(gate) => settings(&gate, &queue, &url).await,
            Err(error) => Err(error),
        };
        let attributes = attributes.map_err(|error| error.to_string())?;
        let (batches, digest) = read(file.clone(), &queue, &url, &attributes).await?;
        let lines = || batches.iter().flatten();
        Ok(Import {
            messages: lines().count(),
            bytes: lines().map(|line| line.message.bytes() as u64).sum(),
            requests: batches.len(),
            queue,
            file,
            digest,
        })
    };
    let answer = Box::new(counting.await);
    tell(shared, Action::ImportCounted(ticket, answer)).await;
}

async fn settings<S: Session>(
    gate: &Gate<S>,
    queue: &QueueKey,
    url: &QueueUrl,
) -> Result<QueueAttributes, ApiError> {
    match gate.queue_attributes_at(url).await {
        // A fact that cannot be read is no refusal: the send itself tells.
        Err(error) if error.kind == ErrorKind::Denied => Ok(QueueAttributes {
            fifo: is_fifo_name(&queue.arn),
            ..QueueAttributes::default()
        }),
        read => read,
    }
}

/// The lines of a file as requests to a queue, and the digest of its text.
async fn read(
    file: PathBuf,
    queue: &QueueKey,
    url: &QueueUrl,
    attributes: &QueueAttributes,
) -> Result<(Vec<Vec<Line>>, String), String> {
    let (arn, url, attributes) = (queue.arn.clone(), url.clone(), attributes.clone());
    let read = blocking(move || {
        let path = at_home(file);
        let input = import::read(&path)?;
        let to = To {
            arn: &arn,
            url: &url,
            attributes: &attributes,
        };
        let lines = import::lines(&input, to, Some(GROUP));
        let lines = lines.map_err(|why| format!("{}: line {why}", path.display()))?;
        if lines.is_empty() {
            return Err(format!("{} has no line to send", path.display()));
        }
        let batches = import::batches(lines, attributes.fifo);
        Ok((batches, import::digest(&input)))
    });
    let ended = || Err("the program is ending".to_owned());
    read.await.unwrap_or_else(ended)
}

async fn send<S: Session>(
    gate: &Gate<S>,
    warrant: &Warrant,
    work: &Write,
    ready: Ready,
    inbox: watch::Receiver<Control>,
) -> Result<End, ApiError> {
    let to = To {
        arn: &work.queue.arn,
        url: &work.url,
        attributes: &ready.attributes,
    };
    let is_stopped = || *inbox.borrow() == Control::Stop;
    let report = import::send(gate, warrant, to, ready.batches, is_stopped).await;
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
