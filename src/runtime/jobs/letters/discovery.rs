//! Finding dead-letter queues: the union of what the account names (`aws-facts` §3.2), told as it
//! grows. What is denied is told as a problem, and the rest goes on.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::tell;
use crate::{
    domain::{
        dead_letters::Census,
        function::Arn,
        queue::{QueueAddress, QueueAttributes, QueueUrl},
        session::SessionId,
    },
    ports::{ApiError, Operation, Provider},
    runtime::{
        gate::{self, Gate},
        runner::Shared,
    },
    store::{
        Ticket,
        letters::{Action, Discover, Found, QueueKey},
    },
};

/// Queues that are read at once.
const QUEUES_AT_ONCE: usize = 16;
/// Functions whose destinations are read at once: they share a small quota with everybody.
const FUNCTIONS_AT_ONCE: usize = 2;
/// Functions whose destinations are read at most.
const MOST_FUNCTIONS: usize = 1_000;
/// What was found is told this often.
const TELL_EVERY: SignedDuration = SignedDuration::from_millis(250);

type Attributes = Result<QueueAttributes, ApiError>;

pub(super) async fn discover<P: Provider>(shared: &Arc<Shared<P>>, ticket: Ticket, work: Discover) {
    let outcome = match shared.gate(work.session, Operation::ListQueues) {
        Ok(gate) => {
            let mut walk = Walk {
                shared,
                ticket: &ticket,
                gate,
                census: Census::default(),
                told: None,
                is_denied: false,
            };
            walk.walk(&work).await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    let end = Action::Found(ticket, Box::new(Found::End(outcome)));
    tell(shared, end).await;
}

struct Walk<'a, P: Provider> {
    shared: &'a Arc<Shared<P>>,
    ticket: &'a Ticket,
    gate: Arc<Gate<P::Session>>,
    census: Census,
    told: Option<Timestamp>,
    /// Reading queues was denied once: told once, not for each of a thousand.
    is_denied: bool,
}

impl<P: Provider> Walk<'_, P> {
    async fn walk(&mut self, work: &Discover) {
        for function in work.functions.iter() {
            self.census.function(function);
        }
        self.queues().await;
        match self.gate.event_source_mappings(None).await {
            Ok(mappings) => mappings.iter().for_each(|one| self.census.mapping(one)),
            Err(error) => self.problem(error).await,
        }
        self.added(&work.added).await;
        self.queues_elsewhere().await;
        self.show("reading the destinations of functions").await;
        let functions: Vec<Arn> = work.functions.iter().map(|one| one.arn.clone()).collect();
        self.destinations(&functions).await;
        self.queues_elsewhere().await;
        self.show("done").await;
    }

    /// Every queue of the account: its redrive policy names another.
    async fn queues(&mut self) {
        let (mut marker, mut read) = (None, 0);
        loop {
            let page = match self.gate.list_queues(marker.clone()).await {
                Ok(page) => page,
                Err(error) => return self.problem(error).await,
            };
            let listed = read + page.items.len();
            let gate = Arc::clone(&self.gate);
            let mut answers = stream::iter(page.items)
                .map(|url| {
                    let gate = &gate;
                    async move {
                        let answer = gate.queue_attributes_at(&url).await;
                        (url, answer)
                    }
                })
                .buffer_unordered(QUEUES_AT_ONCE);
            while let Some((url, answer)) = answers.next().await {
                read += 1;
                self.know(url, answer).await;
                self.grow(|| format!("{read} of {listed} queues read"))
                    .await;
            }
            match page.next {
                None => return,
                next if next == marker => {
                    let error = gate::repeated_marker(Operation::ListQueues);
                    return self.problem(error).await;
                }
                next => marker = next,
            }
        }
    }

    async fn know(&mut self, url: QueueUrl, answer: Attributes) {
        match answer {
            Ok(attributes) => self.census.queue(url, attributes),
            Err(error) => self.unread(error).await,
        }
    }

    /// A queue that is gone since it was listed is none; a denied one is told once.
    async fn unread(&mut self, error: ApiError) {
        let is_gone = error.kind == crate::ports::ErrorKind::NotFound;
        let is_denied = error.missing_action().is_some();
        if is_gone || (is_denied && self.is_denied) {
            return;
        }
        self.is_denied |= is_denied;
        self.problem(error).await;
    }

    async fn added(&mut self, added: &[Arn]) {
        for arn in added {
            match url_and_attributes(&self.gate, arn).await {
                Ok((url, attributes)) => self.census.added(url, attributes),
                Err(error) => self.unread(error).await,
            }
        }
    }

    /// Queues that are named as targets and were not listed: of other accounts, or all, where
    /// listing is denied.
    async fn queues_elsewhere(&mut self) {
        let queues = self.census.dead_letter_queues();
        let unknown = queues.into_iter().filter(|queue| queue.url.is_none());
        let gate = Arc::clone(&self.gate);
        let mut answers = stream::iter(unknown)
            .map(|queue| {
                let gate = &gate;
                async move { url_and_attributes(gate, &queue.arn).await }
            })
            .buffer_unordered(QUEUES_AT_ONCE);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok((url, attributes)) => self.census.queue(url, attributes),
                Err(error) => self.unread(error).await,
            }
        }
    }

    /// The on-failure destinations of asynchronous invokes, function by function.
    async fn destinations(&mut self, functions: &[Arn]) {
        let asked = &functions[..functions.len().min(MOST_FUNCTIONS)];
        if asked.len() < functions.len() {
            let note = format!(
                "destinations of {} of {} functions are read: a queue that only the others name is missing here",
                asked.len(),
                functions.len()
            );
            self.tell(Found::Note(note)).await;
        }
        let gate = Arc::clone(&self.gate);
        let mut answers = stream::iter(asked.to_vec())
            .map(|function| {
                let gate = &gate;
                async move {
                    let answer = gate.async_configs(&function).await;
                    (function, answer)
                }
            })
            .buffer_unordered(FUNCTIONS_AT_ONCE);
        let mut read = 0;
        while let Some((function, answer)) = answers.next().await {
            read += 1;
            match answer {
                Ok(configs) => {
                    for (qualifier, config) in configs {
                        self.census.async_config(&function, &qualifier, &config);
                    }
                }
                Err(error) if error.kind == crate::ports::ErrorKind::NotFound => {}
                Err(error) => {
                    // What is denied for one is denied for all: spare the quota.
                    let is_denied = error.missing_action().is_some();
                    self.problem(error).await;
                    if is_denied {
                        return;
                    }
                }
            }
            let of = asked.len();
            self.grow(|| format!("destinations of {read} of {of} functions read"))
                .await;
        }
    }

    async fn problem(&self, error: ApiError) {
        self.tell(Found::Problem(error)).await;
    }

    /// Shows what was found so far, now and then.
    async fn grow(&mut self, progress: impl FnOnce() -> String) {
        let now = self.shared.now();
        let is_time = self
            .told
            .is_none_or(|told| now.duration_since(told) >= TELL_EVERY);
        if is_time {
            self.told = Some(now);
            self.show(&progress()).await;
        }
    }

    async fn show(&self, progress: &str) {
        let queues = Arc::new(self.census.dead_letter_queues());
        self.tell(Found::Queues(queues, progress.to_owned())).await;
    }

    async fn tell(&self, found: Found) {
        let action = Action::Found(self.ticket.clone(), Box::new(found));
        tell(self.shared, action).await;
    }
}

pub(super) async fn url_and_attributes<S: crate::ports::Session>(
    gate: &Gate<S>,
    queue: &Arn,
) -> Result<(QueueUrl, QueueAttributes), ApiError> {
    let url = gate.queue_url(queue).await?;
    let mut attributes = gate.queue_attributes(queue).await?;
    // Some servers leave it out; what was asked by its ARN has it.
    attributes.arn.get_or_insert_with(|| queue.clone());
    Ok((url, attributes))
}

pub(super) async fn count<P: Provider>(
    shared: &Arc<Shared<P>>,
    ticket: Ticket,
    session: SessionId,
    queues: Vec<Arn>,
) {
    let Ok(gate) = shared.gate(session, Operation::GetQueueAttributes) else {
        return;
    };
    let counts = stream::iter(queues)
        .map(|arn| {
            let gate = &gate;
            async move {
                let count = gate.queue_attributes(&arn).await;
                (arn, count)
            }
        })
        .buffer_unordered(QUEUES_AT_ONCE)
        .collect()
        .await;
    tell(shared, Action::Counted(ticket, counts)).await;
}

pub(super) async fn moves<P: Provider>(
    shared: &Arc<Shared<P>>,
    ticket: Ticket,
    session: SessionId,
    queues: Vec<Arn>,
) {
    let Ok(gate) = shared.gate(session, Operation::ListMessageMoveTasks) else {
        return;
    };
    let mut moves = Vec::new();
    for arn in queues {
        let answer = gate.move_tasks(&arn).await;
        let denied = matches!(&answer, Err(error) if error.missing_action().is_some());
        moves.push((arn, answer));
        if denied {
            break;
        }
    }
    tell(shared, Action::Moves(ticket, moves)).await;
}

pub(super) async fn open<P: Provider>(shared: &Arc<Shared<P>>, ticket: Ticket, queue: QueueKey) {
    let answer = match shared.gate(queue.session, Operation::GetQueueAttributes) {
        Ok(gate) => url_and_attributes(&gate, &queue.arn).await,
        Err(error) => Err(error),
    };
    tell(shared, Action::Opened(ticket, Box::new(answer))).await;
}

pub(super) async fn add<P: Provider>(
    shared: &Arc<Shared<P>>,
    ticket: Ticket,
    session: SessionId,
    address: QueueAddress,
) {
    let answer = async {
        let gate = shared.gate(session, Operation::GetQueueUrl)?;
        let url = gate.resolve_queue(&address).await?;
        let attributes = gate.queue_attributes_at(&url).await?;
        Ok((url, attributes))
    };
    let answer = answer.await;
    tell(shared, Action::Added(ticket, Box::new(answer))).await;
}
