//! Which dead-letter queues there are: what discovery found so far, their counts, and AWS's own
//! move tasks.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    domain::{
        dead_letters::{self, DeadLetterQueue},
        function::Arn,
        function_list::DeadLetters,
        queue::{MoveTask, QueueAttributes},
    },
    ports::{ApiError, Operation},
    store::ticket::Ticket,
};

/// A part of what discovery tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The queues as they are known now, and how far the walk is, in words.
    Queues(Arc<Vec<DeadLetterQueue>>, String),
    /// Something could not be read: a note, never a refusal.
    Problem(ApiError),
    /// Not everything was looked at, and why.
    Note(String),
    /// The walk ended; without an error, what was found is everything.
    End(Result<(), ApiError>),
}

/// The dead-letter queues of a session.
#[derive(Debug, Default)]
pub struct Discovery {
    pub(super) queues: Arc<Vec<DeadLetterQueue>>,
    pub(super) progress: Option<String>,
    pub(super) problems: Vec<ApiError>,
    pub(super) notes: Vec<String>,
    pub(super) error: Option<ApiError>,
    pub(super) ended: Option<Timestamp>,
    pub(super) counted: Option<Timestamp>,
    pub(super) walking: Option<u64>,
    pub(super) counting: Option<u64>,
    pub(super) asking_moves: Option<u64>,
    pub(super) moves: HashMap<Arn, Vec<MoveTask>>,
    /// Queues that the user added by name.
    pub(super) added: HashSet<Arn>,
    was_stopped: bool,
}

impl Discovery {
    /// The queues found so far.
    pub fn queues(&self) -> &[DeadLetterQueue] {
        &self.queues
    }

    /// A queue that was found.
    pub fn queue(&self, arn: &Arn) -> Option<&DeadLetterQueue> {
        self.queues.iter().find(|queue| queue.arn == *arn)
    }

    /// The only queue that fails to this one, if every queue was read.
    pub fn only_source(&self, arn: &Arn) -> Option<&Arn> {
        let is_of_queues = |error: &ApiError| {
            matches!(
                error.operation,
                Operation::ListQueues | Operation::GetQueueAttributes | Operation::GetQueueUrl
            )
        };
        let is_whole = self.ended.is_some()
            && !self.is_walking()
            && !self.was_stopped
            && self.error.is_none()
            && !self.problems.iter().any(is_of_queues);
        match self.queue(arn).filter(|_| is_whole)?.sources()[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// How far the walk is, in words; `None` when none is under way.
    pub fn progress(&self) -> Option<&str> {
        self.progress.as_deref()
    }

    /// What could not be read.
    pub fn problems(&self) -> &[ApiError] {
        &self.problems
    }

    /// What was left out, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Why the last walk broke off.
    pub const fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// When the last walk ended.
    pub const fn ended(&self) -> Option<Timestamp> {
        self.ended
    }

    /// When the counts were read last.
    pub const fn counted(&self) -> Option<Timestamp> {
        self.counted
    }

    /// Whether a walk is under way.
    pub const fn is_walking(&self) -> bool {
        self.walking.is_some()
    }

    /// Whether the user ended the last walk early.
    pub const fn was_stopped(&self) -> bool {
        self.was_stopped
    }

    /// AWS's move tasks of a queue, newest first, as far as they were read.
    pub fn moves(&self, arn: &Arn) -> &[MoveTask] {
        self.moves.get(arn).map_or(&[], Vec::as_slice)
    }

    /// The running move task of a queue.
    pub fn running_move(&self, arn: &Arn) -> Option<&MoveTask> {
        self.moves(arn).iter().find(|task| task.is_running())
    }

    /// The queues that hold dead letters of a function, the fullest first.
    pub fn of_function(&self, function: &Arn) -> Vec<&DeadLetterQueue> {
        let mut queues: Vec<_> = self
            .queues
            .iter()
            .filter(|queue| queue.owners().contains(function))
            .collect();
        queues.sort_by_key(|queue| std::cmp::Reverse(queue.depth()));
        queues
    }

    /// Letters by function, for the list.
    pub fn depths(&self) -> DeadLetters {
        dead_letters::depths(&self.queues).into_iter().collect()
    }

    pub(super) fn begin(&mut self, ticket: &Ticket) {
        self.walking = Some(ticket.generation);
        self.progress = Some("listing queues".to_owned());
        self.problems.clear();
        self.notes.clear();
        self.error = None;
        self.was_stopped = false;
    }

    pub(super) fn stop(&mut self, now: Timestamp) {
        self.walking = None;
        self.progress = None;
        self.ended = Some(now);
        self.was_stopped = true;
    }

    pub(super) fn found(&mut self, ticket: &Ticket, found: Found, now: Timestamp) {
        if self.walking != Some(ticket.generation) {
            return;
        }
        match found {
            Found::Queues(queues, progress) => {
                self.queues = queues;
                self.progress = Some(progress);
                self.counted = Some(now);
            }
            Found::Problem(error) => self.note(error),
            Found::Note(note) => self.notes.push(note),
            Found::End(outcome) => {
                self.walking = None;
                self.progress = None;
                self.ended = Some(now);
                self.error = outcome.err();
            }
        }
    }

    /// A part that could not be read, told once.
    pub(super) fn note(&mut self, error: ApiError) {
        let is_known =
            |known: &ApiError| known.operation == error.operation && known.message == error.message;
        if !self.problems.iter().any(is_known) {
            self.problems.push(error);
        }
    }

    /// Takes the counts in that were asked for.
    pub(super) fn count(
        &mut self,
        counts: Vec<(Arn, Result<QueueAttributes, ApiError>)>,
        now: Timestamp,
    ) {
        self.counting = None;
        self.counted = Some(now);
        self.update(counts);
    }

    /// Takes counts in.
    pub(super) fn update(&mut self, counts: Vec<(Arn, Result<QueueAttributes, ApiError>)>) {
        let mut read = HashMap::new();
        for (arn, count) in counts {
            match count {
                Ok(attributes) => {
                    read.insert(arn, attributes);
                }
                Err(error) => self.note(error),
            }
        }
        for queue in Arc::make_mut(&mut self.queues) {
            if let Some(mut attributes) = read.remove(&queue.arn) {
                // One text for both.
                attributes.arn = Some(queue.arn.clone());
                queue.attributes = Some(attributes);
            }
        }
    }
}
