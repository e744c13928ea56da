//! Finding dead-letter queues, told as they become known. What is denied is told as a problem, and
//! the rest goes on. The walk itself is [`discovery`]'s.

use std::sync::Arc;

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::tell;
use crate::{
    domain::{dead_letters::Discovered, function::Arn, queue::QueueAddress, session::SessionId},
    ports::{ErrorKind, Operation},
    runtime::{
        discovery::{self, Fact, Missing, Part},
        gate::Gate,
        queues,
        runner::Shared,
    },
    store::{
        Ticket,
        letters::{Action, Discover, Found, QueueKey},
    },
};

/// What was found is told this often.
const TELL_EVERY: SignedDuration = SignedDuration::from_millis(250);

pub(super) async fn discover(shared: &Arc<Shared>, ticket: Ticket, work: Discover) {
    let outcome = match shared.gate(work.session, Operation::ListQueues) {
        Ok(gate) => {
            let mut reporter = Reporter {
                shared,
                ticket: &ticket,
                discovered: Discovered::default(),
                told: None,
            };
            reporter.added(&gate, &work.added).await;
            let (facts, news) = mpsc::unbounded_channel();
            // The list is let go of once it was fed: while it is shared, each change copies it.
            let walk = discovery::walk(&gate, Some(work.functions), move |fact| {
                // That nobody listens any more means that the walk is being dropped.
                let _ = facts.send(fact);
            });
            join(walk, reporter.tell(news)).await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    let end = Action::Found(ticket, Box::new(Found::End(outcome)));
    tell(shared, end).await;
}

/// Tells the loop what a walk finds.
struct Reporter<'a> {
    shared: &'a Arc<Shared>,
    ticket: &'a Ticket,
    discovered: Discovered,
    told: Option<Timestamp>,
}

impl Reporter<'_> {
    /// Queues that the user added by name.
    async fn added(&mut self, gate: &Gate, added: &[Arn]) {
        for arn in added {
            match discovery::queue(gate, arn).await {
                Ok((url, attributes)) => self.discovered.added(url, attributes),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => self.found(Found::Problem(error)).await,
            }
        }
    }

    async fn tell(&mut self, mut news: mpsc::UnboundedReceiver<Fact>) {
        while let Some(fact) = news.recv().await {
            fact.feed(&mut self.discovered);
            match fact {
                Fact::Progress(part, done, of) => self.grow(part, done, of).await,
                Fact::Missing(Missing {
                    error: Some(error), ..
                }) => self.found(Found::Problem(error)).await,
                Fact::Missing(missing) => self.found(Found::Note(missing.to_string())).await,
                _ => {}
            }
        }
        self.show("done".to_owned()).await;
    }

    /// Shows what was found so far, now and then.
    async fn grow(&mut self, part: Part, done: usize, of: Option<usize>) {
        let now = self.shared.now();
        let is_time = self
            .told
            .is_none_or(|told| now.duration_since(told) >= TELL_EVERY);
        if is_time {
            self.told = Some(now);
            let of = of.map_or_else(String::new, |of| format!(" of {of}"));
            self.show(format!("{}: {done}{of} read", part.title()))
                .await;
        }
    }

    async fn show(&self, progress: String) {
        let queues = Arc::new(self.discovered.dead_letter_queues());
        self.found(Found::Queues(queues, progress)).await;
    }

    async fn found(&self, found: Found) {
        let action = Action::Found(self.ticket.clone(), Box::new(found));
        tell(self.shared, action).await;
    }
}

pub(super) async fn count(
    shared: &Arc<Shared>,
    ticket: Ticket,
    session: SessionId,
    arns: Vec<Arn>,
) {
    let Ok(gate) = shared.gate(session, Operation::GetQueueAttributes) else {
        return;
    };
    let counts = queues::counts(&gate, arns).await;
    tell(shared, Action::Counted(ticket, counts)).await;
}

pub(super) async fn moves(
    shared: &Arc<Shared>,
    ticket: Ticket,
    session: SessionId,
    queues: Vec<Arn>,
) {
    let Ok(gate) = shared.gate(session, Operation::ListMessageMoveTasks) else {
        return;
    };
    let (mut moves, mut problem) = (Vec::new(), None);
    discovery::walk_move_tasks(&gate, queues, |fact| match fact {
        Fact::MoveTasks(queue, tasks) => moves.push((queue, tasks)),
        Fact::Missing(missing) => problem = missing.error,
        _ => {}
    })
    .await;
    tell(shared, Action::Moves(ticket, moves, problem)).await;
}

pub(super) async fn open(shared: &Arc<Shared>, ticket: Ticket, queue: QueueKey) {
    let answer = match shared.gate(queue.session, Operation::GetQueueAttributes) {
        Ok(gate) => discovery::queue(&gate, &queue.arn).await,
        Err(error) => Err(error),
    };
    tell(shared, Action::Opened(ticket, Box::new(answer))).await;
}

pub(super) async fn add(
    shared: &Arc<Shared>,
    ticket: Ticket,
    session: SessionId,
    address: QueueAddress,
) {
    let answer = async {
        let gate = shared.gate(session, Operation::GetQueueUrl)?;
        queues::read(&gate, &address).await
    };
    let answer = answer.await;
    tell(shared, Action::Added(ticket, Box::new(answer))).await;
}
