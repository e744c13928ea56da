//! Writes to a whole queue: purge, send, import, AWS's own move. Each is one entry in the activity
//! log, written before its first call.

use std::{
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::{files::at_home, tell};
use crate::{
    domain::{
        activity::{End, Ending},
        queue::{BATCH, MAX_BYTES, MoveRequest, Outgoing, QueueUrl, line},
    },
    ports::{ApiError, ErrorKind, Operation, Provider, Session},
    runtime::{
        gate::{Gate, Intention, Warrant},
        runner::{Shared, blocking},
    },
    store::{
        RunId,
        effect::Control,
        letters::{Action, QueueWrite, Write},
    },
};

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
    // A file that cannot be read is told before anything is announced.
    let messages = match &work.what {
        QueueWrite::Import(path) => Some(read(path, &work).await?),
        QueueWrite::Send(message) => Some(vec![(**message).clone()]),
        _ => None,
    };
    let warrant = gate
        .announce(intention(&work, operation, gate.region()))
        .await?;
    let name = work.queue.arn.resource_name();
    let answer = match &work.what {
        QueueWrite::Purge => gate
            .purge(&warrant, &work.url)
            .await
            .map(|()| done(format!("{name} is being purged: SQS takes up to 60 s"))),
        QueueWrite::Send(_) | QueueWrite::Import(_) => send(
            gate,
            &warrant,
            &work.url,
            messages.unwrap_or_default(),
            inbox,
        )
        .await
        .map(|(sent, result)| (format!("{name}: {sent}"), result)),
        QueueWrite::StartMove(destination, per_second) => {
            let request = MoveRequest {
                source: work.queue.arn.clone(),
                destination: destination.clone(),
                per_second: *per_second,
            };
            gate.start_move_task(&warrant, &request).await.map(|_| {
                done(format!(
                    "AWS moves the letters of {name}: letters in flight stay"
                ))
            })
        }
        QueueWrite::CancelMove(handle) => {
            gate.cancel_move_task(&warrant, handle).await.map(|moved| {
                done(format!(
                    "AWS's move of {name} is cancelled: {moved} were moved and stay so"
                ))
            })
        }
    };
    let end = match &answer {
        Ok((text, result)) => End::of(*result, text.clone()),
        Err(error) => error.into(),
    };
    gate.complete(&warrant, operation, end).await;
    answer.map(|(text, _)| text)
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
        QueueWrite::Import(path) => (
            format!("send the lines of {} to {name}", path.display()),
            format!("lambdeck dlq import {name} '{}'", path.display()),
        ),
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

/// Reads the whole file first: a line that cannot be sent is told before the first one is.
async fn read(path: &Path, work: &Write) -> Result<Vec<Outgoing>, ApiError> {
    let (path, is_fifo) = (at_home(path.to_owned()), is_fifo(work));
    let refused = |why: String| ApiError::new(Operation::SendMessageBatch, ErrorKind::Invalid, why);
    let messages = blocking(move || lines(&path, is_fifo)).await;
    messages
        .unwrap_or_else(|| Err("the program is ending".to_owned()))
        .map_err(|why| refused(format!("nothing was sent: {why}")))
}

fn is_fifo(work: &Write) -> bool {
    let name = work.queue.arn.resource_name();
    name.strip_suffix(".fifo").is_some()
}

fn lines(path: &PathBuf, is_fifo: bool) -> Result<Vec<Outgoing>, String> {
    let told = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    let file = std::fs::File::open(path).map_err(told)?;
    let mut messages = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(told)?;
        let place = |why| format!("line {number} of {}: {why}", path.display());
        let Some(line::Line { mut message, .. }) = line::parse(number, &line).map_err(place)?
        else {
            continue;
        };
        if message.bytes() > MAX_BYTES {
            return Err(place("it is larger than 1 MiB".to_owned()));
        }
        if is_fifo {
            let digest = Sha256::digest(format!("{number} {line}"));
            let id: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            message.group.get_or_insert_with(|| "imported".to_owned());
            message.deduplication_id.get_or_insert(id);
        } else {
            message.deduplication_id = None;
        }
        messages.push(message);
    }
    Ok(messages)
}

/// In order, one batch after the other: FIFO asks for it, and an import is no race.
const fn done(text: String) -> (String, Ending) {
    (text, Ending::Done)
}

async fn send<S: Session>(
    gate: &Gate<S>,
    warrant: &Warrant,
    url: &QueueUrl,
    messages: Vec<Outgoing>,
    inbox: watch::Receiver<Control>,
) -> Result<(String, Ending), ApiError> {
    let (all, mut sent, mut failed, mut reason) = (messages.len(), 0, 0, None);
    let mut rest = messages.as_slice();
    while !rest.is_empty() && *inbox.borrow() != Control::Stop {
        let (batch, after) = rest.split_at(fitting(rest));
        rest = after;
        match gate.send_batch(warrant, url, batch).await {
            Ok(answers) => {
                for answer in answers {
                    match answer {
                        Ok(_) => sent += 1,
                        Err(error) => {
                            failed += 1;
                            reason.get_or_insert(format!("{}: {}", error.code, error.message));
                        }
                    }
                }
            }
            // Nothing was taken yet, or it is not known: the caller shows the error whole.
            Err(error) if sent + failed == 0 => return Err(error),
            Err(error) => {
                let message = format!(
                    "{sent} of {all} were sent, then: {}; of the {} in that call it is not known",
                    error.message,
                    batch.len()
                );
                return Err(ApiError { message, ..error });
            }
        }
    }
    let stopped = if rest.is_empty() { "" } else { ", stopped" };
    let result = if sent == all {
        Ending::Done
    } else {
        Ending::Failed
    };
    let text = match reason {
        None => format!("{sent} of {all} sent{stopped}"),
        Some(reason) => format!("{sent} of {all} sent, {failed} refused ({reason}){stopped}"),
    };
    Ok((text, result))
}

/// How many of the first messages fit into one batch.
fn fitting(messages: &[Outgoing]) -> usize {
    let mut bytes = 0;
    let fits = messages.iter().take(BATCH).take_while(|message| {
        bytes += message.bytes();
        bytes <= MAX_BYTES
    });
    fits.count().max(1)
}
