//! Move tasks: AWS's own redrive of a dead-letter queue (`docs/aws.md` §3.3).
//!
//! Responsible for what may be started, and for how a task goes on as time passes.

use jiff::Timestamp;

use super::{
    super::{
        dice::{hex32, mix},
        faults::refused,
    },
    Sqs, Stored,
    queue::Queue,
};
use crate::{
    domain::{function::Arn, queue::MoveTask},
    ports::{ApiError, ErrorKind, Operation, Result},
};

/// Messages a second when SQS may choose.
const OPTIMISED: u32 = 250;
/// Tasks that a listing gives at most.
const LISTED: usize = 10;

/// What a task is asked to do.
#[derive(Debug, Clone)]
pub(super) struct MoveRequest {
    pub(super) source: Arn,
    pub(super) destination: Option<Arn>,
    pub(super) per_second: Option<u32>,
}

/// One task.
#[derive(Debug)]
pub(super) struct Task {
    handle: String,
    request: MoveRequest,
    status: &'static str,
    moved: u64,
    to_move: u64,
    started_ms: i64,
    /// When the next messages move.
    next_ms: i64,
    failure: Option<&'static str>,
}

impl Task {
    fn is_running(&self) -> bool {
        self.status == "RUNNING"
    }

    /// Messages that move together, and the milliseconds until the next.
    fn pace(&self) -> (u64, i64) {
        let rate = u64::from(self.request.per_second.unwrap_or(OPTIMISED));
        let together = (rate / 10).max(1);
        (together, (together * 1000).div_ceil(rate) as i64)
    }

    fn told(&self) -> MoveTask {
        MoveTask {
            handle: self.is_running().then(|| self.handle.clone()),
            status: self.status.to_owned(),
            source: Some(self.request.source.clone()),
            destination: self.request.destination.clone(),
            per_second: self.request.per_second,
            moved: self.moved,
            to_move: Some(self.to_move),
            failure: self.failure.map(str::to_owned),
            started: Timestamp::from_millisecond(self.started_ms).ok(),
        }
    }
}

impl Sqs {
    /// Starts a task; gives its handle.
    pub(super) fn start(&mut self, request: &MoveRequest) -> Result<String> {
        let unsupported = |message: &str| Err(unsupported(message));
        let is_dead_letter_queue = self
            .queues
            .values()
            .any(|queue| queue.settings.dead_letter.as_ref() == Some(&request.source));
        let source = self.by_arn.get(&request.source);
        let Some(source) = source.and_then(|url| self.queues.get(url)) else {
            return Err(not_found(Operation::StartMessageMoveTask));
        };
        if !is_dead_letter_queue {
            return Err(not_found(Operation::StartMessageMoveTask));
        }
        if request
            .per_second
            .is_some_and(|rate| !(1..=500).contains(&rate))
        {
            return Err(refused(
                Operation::StartMessageMoveTask,
                ErrorKind::Invalid,
                "InvalidParameterValue",
                400,
                "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500.",
            ));
        }
        if let Some(destination) = &request.destination {
            let target = self.by_arn.get(destination);
            let Some(target) = target.and_then(|url| self.queues.get(url)) else {
                return Err(not_found(Operation::StartMessageMoveTask));
            };
            if target.settings.fifo != source.settings.fifo {
                return unsupported("Source and destination queues must be of the same type.");
            }
        }
        let mut tasks = self.tasks.iter();
        if tasks.any(|task| task.is_running() && task.request.source == request.source) {
            return unsupported(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            );
        }
        let handle = hex32(mix(&[
            self.place.seed,
            self.tasks.len() as u64,
            0x7461_736b,
        ]));
        let mut task = Task {
            handle: handle.clone(),
            request: request.clone(),
            status: "RUNNING",
            moved: 0,
            to_move: source.attributes().visible,
            started_ms: self.now_ms,
            next_ms: self.now_ms,
            failure: None,
        };
        task.next_ms += task.pace().1;
        self.tasks.push(task);
        Ok(handle)
    }

    /// The newest tasks of a queue first.
    pub fn tasks_of(&self, source: &Arn) -> Result<Vec<MoveTask>> {
        if !self.by_arn.contains_key(source) {
            return Err(not_found(Operation::ListMessageMoveTasks));
        }
        let newest = self.tasks.iter().rev();
        let own = newest.filter(|task| task.request.source == *source);
        Ok(own.take(LISTED).map(Task::told).collect())
    }

    /// Ends a running task; gives how many messages it moved, which stay moved.
    pub fn cancel(&mut self, handle: &str) -> Result<u64> {
        let mut running = self.tasks.iter_mut().filter(|task| task.is_running());
        let task = running
            .find(|task| task.handle == handle)
            .ok_or_else(|| not_found(Operation::CancelMessageMoveTask))?;
        task.status = "CANCELLED";
        Ok(task.moved)
    }

    /// The running task that moves something next, and when.
    pub(super) fn next_move(&self) -> Option<(i64, usize)> {
        let tasks = self.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.is_running())
            .map(|(index, task)| (task.next_ms, index))
            .min()
    }

    /// Moves the next messages of a task. It is complete when nothing is visible: what is in
    /// flight stays.
    pub(super) fn move_on(&mut self, index: usize) {
        let (together, wait_ms) = self.tasks[index].pace();
        self.tasks[index].next_ms += wait_ms;
        for _ in 0..together {
            match self.move_one(&self.tasks[index].request.clone()) {
                Ok(true) => self.tasks[index].moved += 1,
                Ok(false) => {
                    self.tasks[index].status = "COMPLETED";
                    return;
                }
                Err(reason) => {
                    self.tasks[index].status = "FAILED";
                    self.tasks[index].failure = Some(reason);
                    return;
                }
            }
        }
    }

    /// Moves the oldest visible message; `false` when there is none.
    fn move_one(&mut self, request: &MoveRequest) -> std::result::Result<bool, &'static str> {
        const GONE: &str = "AWS.SimpleQueueService.NonExistentQueue";
        let now_ms = self.now_ms;
        let url = self.by_arn.get(&request.source).ok_or(GONE)?.clone();
        let source = self.queues.get_mut(&url).ok_or(GONE)?;
        source.refresh(now_ms);
        let Some(next) = source.first() else {
            return Ok(false);
        };
        let target = request.destination.clone().or_else(|| next.source.clone());
        let target = target.ok_or("CouldNotDetermineMessageSource")?;
        let target = self.by_arn.get(&target).ok_or(GONE)?.clone();
        let message = self.queues.get_mut(&url).and_then(Queue::draw);
        let target = self.queues.get_mut(&target).ok_or(GONE)?;
        target.refresh(now_ms);
        if let Some(message) = message {
            target.put(message.anew(), now_ms);
        }
        Ok(true)
    }
}

impl Stored {
    /// The same message sent again: everything that SQS says of it begins anew.
    fn anew(self) -> Self {
        Self {
            body: self.body,
            attributes: self.attributes,
            group: self.group,
            deduplication_id: self.deduplication_id,
            trace: self.trace,
            ..Self::of("")
        }
    }
}

fn not_found(operation: Operation) -> ApiError {
    refused(
        operation,
        ErrorKind::NotFound,
        "ResourceNotFoundException",
        404,
        "The resource that you specified for the SourceArn parameter doesn't exist, or is no dead-letter queue of another queue.",
    )
}

fn unsupported(message: &str) -> ApiError {
    refused(
        Operation::StartMessageMoveTask,
        ErrorKind::Invalid,
        "AWS.SimpleQueueService.UnsupportedOperation",
        400,
        message,
    )
}
