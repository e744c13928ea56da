//! Writes to a whole queue as a run. What they are is [`queue_write`]'s.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::watch;

use super::tell;
use crate::{
    domain::queue::{OpenQueue, QueueEdit},
    ports::{ApiError, ErrorKind, Operation},
    runtime::{
        gate::{Gate, verified},
        import::{self, Ready},
        queue_write, queues,
        runner::{Shared, blocking},
        save,
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
    let queue = queues::at(gate, operation, &work.queue.arn).await?;
    let edit = match work.what {
        QueueWrite::Purge => QueueEdit::Purge,
        QueueWrite::StartMove(to, per_second) => QueueEdit::StartMove {
            to: match &to {
                Some(to) => Some(queues::find_for(gate, operation, to).await?),
                None => None,
            },
            per_second,
        },
        QueueWrite::CancelMove(handle) => QueueEdit::CancelMove(handle),
        QueueWrite::Send(message) => return queue_write::send(gate, &queue, *message).await,
        QueueWrite::Import(work) => return import(gate, &queue, *work, inbox).await,
    };
    queue_write::edit(gate, &queue, &edit).await
}

/// Sends the lines that were counted.
async fn import(
    gate: &Gate,
    queue: &OpenQueue,
    work: Import,
    inbox: watch::Receiver<Control>,
) -> Result<String, ApiError> {
    let refused = |why: String| {
        let why = format!("nothing was sent: {why}");
        ApiError::new(Operation::SendMessageBatch, ErrorKind::Invalid, why)
    };
    verified(Operation::SendMessageBatch, queue)?;
    let (ready, digest) = read(work.file.clone(), queue).await.map_err(refused)?;
    if digest != work.digest {
        let why = "was changed since its lines were counted";
        return Err(refused(format!("{} {why}", work.file.display())));
    }
    let is_stopped = || *inbox.borrow() == Control::Stop;
    let from = (&*work.file, Some(GROUP));
    let report = queue_write::import(gate, queue, ready, from, is_stopped).await?;
    let (sum, shown) = (report.sum(), report.shown());
    match report.failure {
        // Nothing was taken: the error is shown whole.
        Some(error) if sum.sent == 0 => Err(error),
        _ => Ok(format!("{}: {shown}", queue.shown())),
    }
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
        let opened = queues::at(&gate, Operation::SendMessageBatch, &queue.arn).await?;
        verified(Operation::SendMessageBatch, &opened)?;
        Ok(opened)
    };
    let counted = async {
        let opened = opened.await.map_err(|error: ApiError| error.to_string())?;
        let (ready, digest) = read(file.clone(), &opened).await?;
        Ok(Import {
            messages: ready.lines,
            bytes: ready.bytes,
            requests: ready.batches.len(),
            queue: queue.clone(),
            file,
            digest,
        })
    };
    let answer = Box::new(counted.await);
    tell(shared, Action::ImportCounted(ticket, answer)).await;
}

/// The lines of a file, ready for a queue, and the digest of its text.
async fn read(file: PathBuf, queue: &OpenQueue) -> Result<(Ready, String), String> {
    let (path, to) = (save::at_home(file), queue.clone());
    let read = blocking(move || {
        let input = import::read(&path)?;
        let ready = import::ready(&input, &to, Some(GROUP));
        let ready = ready.map_err(|why| format!("{}: line {why}", path.display()))?;
        if ready.lines == 0 {
            return Err(format!("{} has no line to send", path.display()));
        }
        Ok((ready, import::digest(&input)))
    });
    let ended = || Err("the program is ending".to_owned());
    read.await.unwrap_or_else(ended)
}
