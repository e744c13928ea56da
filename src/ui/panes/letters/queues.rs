//! The list of queues: where failures of this account end up, how many, whose they are.

use jiff::Timestamp;

use crate::{
    domain::{
        age,
        dead_letters::{Consumer, DeadLetterQueue, Feeder},
        queue::MoveTask,
    },
    store::{
        Store,
        letters::{Discovery, QueueLetters},
    },
    theme::Role,
    ui::widgets::grid::{Column, Row},
};

/// The columns; some are there only with data behind them.
const COLUMNS: &[Column] = &[
    Column::left("NAME", 18, 0).growing(1),
    Column::right("DEPTH", 7, 1),
    Column::right("IN FLIGHT", 9, 5),
    Column::right("OLDEST", 7, 6),
    Column::right("EXPIRES", 8, 7),
    Column::left("SOURCES", 20, 4),
    Column::left("OWNER", 18, 2),
    Column::left("CONSUMER", 14, 8),
    Column::left("TASK", 15, 3),
];

/// How the list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The fullest first.
    #[default]
    Depth,
    /// By name.
    Name,
    /// By the function it belongs to.
    Owner,
}

impl Order {
    /// All of them, as a picker offers them.
    pub const ALL: [Self; 3] = [Self::Depth, Self::Name, Self::Owner];

    /// In a word or two.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Name => "name",
            Self::Owner => "owner",
        }
    }
}

/// How the list is narrowed and ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arranged {
    /// A part of a name, of a source or of an owner.
    pub filter: String,
    /// Only queues that hold letters or could not be read.
    pub faults_only: bool,
    /// The order.
    pub order: Order,
}

impl Arranged {
    /// The places of the queues that stay, in order.
    pub fn of(&self, discovery: &Discovery) -> Vec<usize> {
        let queues = discovery.queues();
        let words: Vec<String> = self
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let mut kept: Vec<usize> = (0..queues.len())
            .filter(|&place| self.keeps(&queues[place], &words))
            .collect();
        match self.order {
            Order::Depth => kept.sort_by_key(|&place| {
                let queue = &queues[place];
                (std::cmp::Reverse(queue.depth()), queue.name().to_owned())
            }),
            Order::Name => kept.sort_by_key(|&place| queues[place].name().to_owned()),
            Order::Owner => {
                kept.sort_by_cached_key(|&place| {
                    let owner = owner(&queues[place]);
                    (owner.is_empty(), owner, queues[place].name().to_owned())
                });
            }
        }
        kept
    }

    fn keeps(&self, queue: &DeadLetterQueue, words: &[String]) -> bool {
        let is_fault = queue.depth() != Some(0);
        if self.faults_only && !is_fault {
            return false;
        }
        if words.is_empty() {
            return true;
        }
        let text = format!("{} {} {}", queue.name(), sources(queue), owner(queue)).to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

/// The columns that have data behind them.
pub fn columns(store: &Store) -> Vec<Column> {
    let seen = store
        .letters
        .queue_letters()
        .is_some_and(|queue_letters| !queue_letters.letters().is_empty());
    let discovery = store.letters.discovery();
    let queues = discovery.queues();
    let has_consumers = queues.iter().any(|queue| !queue.consumers.is_empty());
    let has_tasks = queues
        .iter()
        .any(|queue| !discovery.moves(&queue.arn).is_empty());
    // No column without data behind it.
    let is_there = |title| match title {
        "OLDEST" | "EXPIRES" => seen,
        "CONSUMER" => has_consumers,
        "TASK" => has_tasks,
        _ => true,
    };
    COLUMNS
        .iter()
        .map(|column| column.only_if(is_there(column.title)))
        .collect()
}

/// One row.
pub fn row(queue: &DeadLetterQueue, store: &Store) -> Row {
    let discovery = store.letters.discovery();
    let dim = |text: String| (text, Role::Dim);
    let depth = match queue.depth() {
        None => ("?".to_owned(), Role::Warn),
        Some(0) => ("0".to_owned(), Role::Dim),
        Some(depth) => (age::count(depth), Role::Error),
    };
    let in_flight = match &queue.attributes {
        Some(found) if found.in_flight > 0 => (age::count(found.in_flight), Role::Text),
        Some(_) => dim("0".to_owned()),
        None => dim("?".to_owned()),
    };
    let queue_letters = store
        .letters
        .queue_letters()
        .filter(|queue_letters| queue_letters.key.arn == queue.arn);
    let (oldest, expires) = queue_letters.map_or_else(Default::default, |queue_letters| {
        seen(queue_letters, store.now)
    });
    let consumer = consumer(&queue.consumers);
    let task = task(discovery.moves(&queue.arn).first());
    Row {
        cells: vec![
            (queue.name().to_owned(), Role::Text),
            depth,
            in_flight,
            dim(oldest),
            (expires, Role::Text),
            dim(sources(queue)),
            (owner(queue), Role::Text),
            consumer,
            task,
        ],
        ..Row::default()
    }
}

/// The oldest letter that was seen, and when the first one expires.
fn seen(queue_letters: &QueueLetters, now: Timestamp) -> (String, String) {
    let letters = queue_letters.letters();
    let oldest = letters
        .iter()
        .filter_map(|one| one.message.system.sent)
        .min();
    let expires = letters.iter().filter_map(|one| one.expires).min();
    (
        oldest.map_or_else(String::new, |at| age::age(now, at)),
        expires.map_or_else(String::new, |at| super::words::left(now, at)),
    )
}

/// Who sends failures here, in a few words.
pub fn sources(queue: &DeadLetterQueue) -> String {
    let mut names: Vec<String> = queue.feeders.iter().map(feeder).collect();
    names.dedup();
    match names.len() {
        0 if queue.added => "added by you".to_owned(),
        0 => "–".to_owned(),
        1 => names.remove(0),
        count => format!("{} +{}", names.remove(0), count - 1),
    }
}

/// One feeder in a few words.
pub fn feeder(feeder: &Feeder) -> String {
    match feeder {
        Feeder::Queue { arn, .. } => format!("queue {}", arn.resource_name()),
        Feeder::AsyncDeadLetter { .. } => "async dead letters".to_owned(),
        Feeder::AsyncDestination { qualifier, .. } if qualifier == "$LATEST" => {
            "async destination".to_owned()
        }
        Feeder::AsyncDestination { qualifier, .. } => format!("async destination :{qualifier}"),
        Feeder::Mapping { source, .. } => match source {
            Some(source) => format!("mapping of {}", source.resource_name()),
            None => "a mapping".to_owned(),
        },
    }
}

/// The function it belongs to.
pub fn owner(queue: &DeadLetterQueue) -> String {
    let owners = queue.owners();
    match owners.as_slice() {
        [] => String::new(),
        [one] => one.resource_name().to_owned(),
        [first, rest @ ..] => format!("{} +{}", first.resource_name(), rest.len()),
    }
}

fn consumer(consumers: &[Consumer]) -> (String, Role) {
    let reading = consumers.iter().find(|one| one.enabled);
    match (reading, consumers.first()) {
        (Some(one), _) => (format!("▲ {}", one.function.resource_name()), Role::Warn),
        (None, Some(one)) => (format!("{} (off)", one.function.resource_name()), Role::Dim),
        (None, None) => ("–".to_owned(), Role::Dim),
    }
}

fn task(task: Option<&MoveTask>) -> (String, Role) {
    let Some(task) = task else {
        return (String::new(), Role::Dim);
    };
    let of = match task.to_move {
        Some(of) => format!("{} of {}", age::count(task.moved), age::count(of)),
        None => age::count(task.moved),
    };
    match task.status.as_str() {
        "RUNNING" => (format!("moving {of}"), Role::Running),
        "CANCELLING" => (format!("cancelling {of}"), Role::Running),
        "FAILED" => ("✖ move failed".to_owned(), Role::Error),
        other => (format!("{} {of}", other.to_lowercase()), Role::Dim),
    }
}
