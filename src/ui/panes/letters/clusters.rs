//! The rows of clusters and of letters.

use jiff::Timestamp;

use super::words;
use crate::{
    domain::{
        age,
        letter::{ErrorSource, Letter, cluster::Cluster},
    },
    store::letters::{QueueLetters, queue_letters::EditedBy},
    theme::Role,
    ui::widgets::grid::{Column, Row},
};

/// Columns of clusters.
pub const CLUSTERS: &[Column] = &[
    Column::left("CLUSTER", 20, 0).growing(1),
    Column::right("LETTERS", 7, 1),
    Column::right("FIRST", 7, 3),
    Column::right("LAST", 7, 2),
];

/// Columns of letters; ERROR takes what is left.
pub const LETTERS: &[Column] = &[
    Column::right("AGE", 4, 1),
    Column::right("EXPIRES", 8, 3),
    Column::right("RECEIVED", 8, 5),
    Column::left("ORIGIN", 18, 6),
    Column::left("ERROR", 16, 0).growing(1),
    Column::right("SIZE", 6, 7),
    Column::left("EDIT", 6, 4),
    Column::left("VERDICT", 17, 2),
];

/// How letters are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The oldest first: the order of the receives is SQS's, and means nothing.
    #[default]
    Age,
    /// Those that go first, first.
    Expires,
    /// By their error.
    Error,
    /// The largest first.
    Size,
}

impl Order {
    /// All of them, as a picker offers them.
    pub const ALL: [Self; 4] = [Self::Age, Self::Expires, Self::Error, Self::Size];

    /// In a word or two.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Expires => "expires",
            Self::Error => "error",
            Self::Size => "size",
        }
    }

    /// Puts places of letters in order.
    pub fn sort(self, places: &mut [usize], queue_letters: &QueueLetters) {
        let letters = queue_letters.letters();
        match self {
            Self::Age => {
                places.sort_by(|&one, &other| age_of(&letters[one]).cmp(&age_of(&letters[other])));
            }
            Self::Expires => places.sort_by_key(|&place| {
                let expires = letters[place].expires;
                (expires.is_none(), expires)
            }),
            Self::Error => {
                places.sort_by_cached_key(|&place| error_of(&letters[place]));
            }
            Self::Size => {
                places.sort_by_key(|&place| std::cmp::Reverse(letters[place].message.bytes()));
            }
        }
    }
}

/// What orders letters by their age; the id makes it whole.
pub fn age_of(letter: &Letter) -> (Option<Timestamp>, &str) {
    (letter.message.system.sent, &letter.message.id)
}

fn error_of(letter: &Letter) -> String {
    letter
        .error
        .as_ref()
        .map_or_else(String::new, crate::domain::letter::LetterError::headline)
}

/// A cluster: its error, where that comes from, the shape of its bodies.
pub fn cluster(cluster: &Cluster, queue_letters: &QueueLetters, now: Timestamp) -> Row {
    let members = cluster.members.iter().filter_map(|&place| {
        let letter = queue_letters.letters().get(place as usize)?;
        Some(queue_letters.is_marked(&letter.message.id))
    });
    let marked = members.filter(|&marked| marked).count();
    let ago = |at: Option<Timestamp>| at.map_or_else(String::new, |at| age::age(now, at));
    let told = queue_letters.told(cluster.id);
    let source = match (cluster.error_source, told) {
        (Some(ErrorSource::Logs), Some(told)) => {
            format!("  (logs of {} of {})", told.asked, told.of)
        }
        (Some(ErrorSource::Logs), None) => "  (logs)".to_owned(),
        (None, _) if queue_letters.is_sampling(cluster.id) => "  (asking its logs…)".to_owned(),
        (Some(ErrorSource::Letter) | None, _) => String::new(),
    };
    let shape = if cluster.shape.is_empty() {
        String::new()
    } else {
        format!("   {}", cluster.shape)
    };
    let role = if cluster.error_source.is_some() {
        Role::Text
    } else {
        Role::Dim
    };
    Row {
        cells: vec![
            (format!("{}{source}{shape}", cluster.headline), role),
            (age::count(cluster.count() as u64), Role::Accent),
            (ago(cluster.first), Role::Dim),
            (ago(cluster.last), Role::Dim),
        ],
        is_marked: marked > 0,
        ..Row::default()
    }
}

/// A letter.
pub fn letter(letter: &Letter, queue_letters: &QueueLetters, now: Timestamp) -> Row {
    let id = &letter.message.id;
    let system = &letter.message.system;
    let age = system.sent.map_or_else(String::new, |at| age::age(now, at));
    let expires = letter.expires.map_or_else(
        || (String::new(), Role::Dim),
        |at| {
            let role = if words::is_soon(now, at) {
                Role::Warn
            } else {
                Role::Text
            };
            (words::left(now, at), role)
        },
    );
    let error = match &letter.error {
        Some(error) => (error.headline(), Role::Text),
        None => ("unknown".to_owned(), Role::Dim),
    };
    let edit = match queue_letters.edit(id).map(|edit| &edit.how) {
        Some(EditedBy::Hand) => "hand",
        Some(EditedBy::Jq(_)) => "jq",
        None => "",
    };
    let verdict = queue_letters.verdict(id).map_or_else(
        || ("…".to_owned(), Role::Dim),
        |verdict| (words::verdict(verdict), words::verdict_role(verdict)),
    );
    Row {
        cells: vec![
            (age, Role::Dim),
            expires,
            (format!("{}×", system.receive_count), Role::Text),
            (letter.origin.title().to_owned(), Role::Dim),
            error,
            (age::bytes(letter.message.bytes() as u64), Role::Dim),
            (edit.to_owned(), Role::Accent),
            verdict,
        ],
        is_marked: queue_letters.is_marked(id),
        ..Row::default()
    }
}
