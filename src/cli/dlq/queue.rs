//! A queue of the command line: found however it was named, with its counts and settings.

use crate::{
    cli::{Outcome, headless},
    domain::{
        dead_letters::DeadLetterQueue,
        function::Arn,
        queue::{OpenQueue, QueueAddress, QueueAttributes},
        text,
    },
    ports::Operation,
    runtime::{gate::verified, queues},
};

use super::Cli;

/// A queue that exists.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    /// Its name and a foreign account, safe to print.
    name: String,
    /// What calls take.
    pub(super) opened: OpenQueue,
}

/// Reads what was typed; a typo ends with exit code 2 before anything is asked.
pub(super) fn address(option: &str, text: &str) -> Result<QueueAddress, Outcome> {
    QueueAddress::parse(text).map_err(|error| headless::misused(option, &error))
}

/// Finds a queue. Where its attributes may not be read, that is said: it can be looked at, and
/// nothing else.
pub(super) async fn find(cli: &Cli<'_>, address: &QueueAddress) -> Result<Queue, Outcome> {
    let opening = queues::find(cli.gate, address);
    let opened = cli.told(cli.unless_stopped(opening).await?)?;
    let name = text::sanitise(&opened.shown()).into_owned();
    if !opened.is_verified() {
        headless::tell(format_args!(
            "{name}: its counts and settings cannot be read ({} is missing); by its URL it is the queue that was asked for",
            Operation::GetQueueAttributes.spec().action
        ));
    }
    Ok(Queue { name, opened })
}

impl Queue {
    /// The queue's name, with its account where that is a foreign one; safe to print.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How a command names the queue: by its ARN, where the name alone would be another one.
    pub(super) fn argument(&self) -> &str {
        match self.opened.foreign_account() {
            None => &self.name,
            Some(_) => self.arn().as_str(),
        }
    }

    /// Its own ARN.
    pub(super) fn arn(&self) -> &Arn {
        self.opened.arn()
    }

    /// Counts and settings; none where they may not be read.
    pub(super) fn attributes(&self) -> Option<&QueueAttributes> {
        self.opened.attributes()
    }

    /// Counts and settings of a queue that is written to.
    ///
    /// # Errors
    /// When they may not be read, which is told: then nothing is sent and nothing deleted.
    pub(super) fn verified(
        &self,
        cli: &Cli<'_>,
        operation: Operation,
    ) -> Result<&QueueAttributes, Outcome> {
        cli.told(verified(operation, &self.opened))?;
        self.attributes().ok_or(Outcome::Failed)
    }

    /// What is known of it without asking others.
    pub(super) fn alone(&self) -> DeadLetterQueue {
        queues::alone(&self.opened)
    }
}
