//! Writes to a whole queue: one call each. Sending and deleting messages is none of them: a redrive
//! and an import do that, ten at a time.

use super::{OpenQueue, QueueAttributes};
use crate::domain::shell::CommandLine;

/// What is done to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueEdit {
    /// `PurgeQueue`: deletes every message. Takes up to 60 s, and is possible once in that time
    /// (SQS API).
    Purge,
    /// `StartMessageMoveTask`: AWS's own redrive of a dead-letter queue of a queue
    /// (`docs/aws.md` §3.3).
    StartMove {
        /// One queue for all, or each message to its own source.
        to: Option<OpenQueue>,
        /// 1 to 500; none lets SQS choose.
        per_second: Option<u32>,
    },
    /// `CancelMessageMoveTask`: of the task with this handle. What was moved stays moved.
    CancelMove(String),
}

/// What an edit answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueEdited {
    /// The handle of the move task that was started.
    pub task: Option<String>,
    /// So many messages the task that was cancelled had moved.
    pub moved: Option<u64>,
}

impl QueueEdit {
    /// The queues that it writes to: the one that it is about, and where it moves to.
    pub fn queues<'a>(&'a self, queue: &'a OpenQueue) -> impl Iterator<Item = &'a OpenQueue> {
        let to = match self {
            Self::StartMove { to, .. } => to.as_ref(),
            Self::Purge | Self::CancelMove(_) => None,
        };
        [Some(queue), to].into_iter().flatten()
    }

    /// What it does, in one line.
    pub fn summary(&self, queue: &OpenQueue) -> String {
        let name = queue.shown();
        match self {
            Self::Purge => match queue.attributes().map(QueueAttributes::depth) {
                Some(depth) => format!("delete every message of {name}, about {depth}"),
                None => format!("delete every message of {name}"),
            },
            Self::StartMove { to, .. } => {
                format!(
                    "let AWS move the letters of {name}, {}",
                    goes_to(to.as_ref())
                )
            }
            Self::CancelMove(_) => format!("cancel AWS's move of {name}"),
        }
    }

    /// The same as a command of the AWS CLI.
    pub fn command(&self, queue: &OpenQueue, region: &str) -> CommandLine {
        let aws = |command| {
            let mut line = CommandLine::new(&["aws", "sqs", command]);
            line.option("region", region);
            line
        };
        match self {
            Self::Purge => {
                let mut line = aws("purge-queue");
                line.option("queue-url", queue.url().as_str());
                line
            }
            Self::StartMove { to, per_second } => {
                let mut line = aws("start-message-move-task");
                line.option("source-arn", queue.arn().as_str());
                if let Some(to) = to {
                    line.option("destination-arn", to.arn().as_str());
                }
                if let Some(rate) = per_second {
                    line.option("max-number-of-messages-per-second", &rate.to_string());
                }
                line
            }
            Self::CancelMove(handle) => {
                let mut line = aws("cancel-message-move-task");
                line.option("task-handle", handle);
                line
            }
        }
    }

    /// What came of it, in one line.
    pub fn outcome(&self, queue: &OpenQueue, edited: &QueueEdited) -> String {
        let name = queue.shown();
        match self {
            Self::Purge => format!("{name} is being purged: SQS takes up to 60 s"),
            Self::StartMove { to, .. } => format!(
                "AWS moves the letters of {name}, {}: letters in flight stay",
                goes_to(to.as_ref())
            ),
            Self::CancelMove(_) => format!(
                "AWS's move of {name} is cancelled: {} were moved and stay so",
                edited.moved.unwrap_or_default()
            ),
        }
    }
}

/// Where a move task takes letters.
pub fn goes_to(queue: Option<&OpenQueue>) -> String {
    match queue {
        None => "each to the queue it came from".to_owned(),
        Some(queue) => format!("to {}", queue.shown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_it_does_and_as_which_command() {
        let counts = QueueAttributes {
            visible: 3,
            in_flight: 1,
            ..QueueAttributes::default()
        };
        let queue = OpenQueue::sample("arn:aws:sqs:eu-west-1:1:orders-dlq", counts);
        let to = OpenQueue::sample("arn:aws:sqs:eu-west-1:1:orders", QueueAttributes::default());
        let told = |edit: QueueEdit, edited: QueueEdited| {
            let command = edit.command(&queue, "eu-west-1").to_string();
            [edit.summary(&queue), command, edit.outcome(&queue, &edited)].join("\n")
        };
        assert_eq!(
            told(QueueEdit::Purge, QueueEdited::default()),
            "delete every message of orders-dlq, about 4\n\
             aws sqs purge-queue --region eu-west-1 --queue-url https://sqs.eu-west-1.amazonaws.com/1/orders-dlq\n\
             orders-dlq is being purged: SQS takes up to 60 s"
        );
        let start = QueueEdit::StartMove {
            to: Some(to),
            per_second: Some(500),
        };
        assert_eq!(start.queues(&queue).count(), 2);
        assert_eq!(
            told(start, QueueEdited::default()),
            "let AWS move the letters of orders-dlq, to orders\n\
             aws sqs start-message-move-task --region eu-west-1 --source-arn arn:aws:sqs:eu-west-1:1:orders-dlq --destination-arn arn:aws:sqs:eu-west-1:1:orders --max-number-of-messages-per-second 500\n\
             AWS moves the letters of orders-dlq, to orders: letters in flight stay"
        );
        let cancelled = QueueEdited {
            moved: Some(7),
            ..QueueEdited::default()
        };
        assert_eq!(
            told(QueueEdit::CancelMove("task-1".to_owned()), cancelled),
            "cancel AWS's move of orders-dlq\n\
             aws sqs cancel-message-move-task --region eu-west-1 --task-handle task-1\n\
             AWS's move of orders-dlq is cancelled: 7 were moved and stay so"
        );
    }
}
