//! The order of the Functions list.
//!
//! Each row is reduced once to a small key: a number (its rank, its figure, or the place of its
//! text) and the head of its name. Most comparisons then never touch the row.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    hash::Hash,
};

use super::attention::{Faults, state_text};
use crate::domain::{function::FunctionSummary, fuzzy::Hit};

/// What the list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Column {
    /// What needs attention first, the most dead letters before fewer, then by name.
    #[default]
    Attention,
    /// Function name, without regard to case.
    Name,
    /// Runtime identifier; container images have none.
    Runtime,
    /// Memory in MB.
    Memory,
    /// Timeout in seconds.
    Timeout,
    /// Code size in bytes.
    CodeSize,
    /// When it last changed.
    Changed,
    /// State, where it is known.
    State,
    /// Letters in its dead-letter queues, where it has one.
    DeadLetters,
    /// `arm64` or `x86_64`.
    Architecture,
    /// `Image` or `Zip`.
    Package,
    /// Log group, where it is not the function's own default.
    LogGroup,
}

impl Column {
    /// All of them, in the order in which a picker offers them.
    pub const ALL: [Self; 12] = [
        Self::Attention,
        Self::Name,
        Self::Runtime,
        Self::Memory,
        Self::Timeout,
        Self::CodeSize,
        Self::Changed,
        Self::State,
        Self::DeadLetters,
        Self::Architecture,
        Self::Package,
        Self::LogGroup,
    ];

    /// The word on screen.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Name => "name",
            Self::Runtime => "runtime",
            Self::Memory => "memory",
            Self::Timeout => "timeout",
            Self::CodeSize => "code size",
            Self::Changed => "changed",
            Self::State => "state",
            Self::DeadLetters => "dead letters",
            Self::Architecture => "architecture",
            Self::Package => "package",
            Self::LogGroup => "log group",
        }
    }

    /// The direction in which a column is looked at first: figures and times with the largest on
    /// top, words from A to Z.
    pub const fn first_direction(self) -> Direction {
        match self {
            Self::Memory | Self::Timeout | Self::CodeSize | Self::Changed | Self::DeadLetters => {
                Direction::Descending
            }
            _ => Direction::Ascending,
        }
    }
}

/// Which end is on top. For [`Column::Changed`] the newest counts as the largest; for
/// [`Column::Attention`] the worst as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Smallest, A, oldest, worst first.
    #[default]
    Ascending,
    /// Largest, Z, newest, quietest first.
    Descending,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// A column and a direction. Rows without a value stay at the end in both directions; equal rows
/// are ordered by name, A to Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// The direction.
    pub direction: Direction,
}

impl Sort {
    /// By this column, in the direction in which it is looked at first.
    pub const fn by(column: Column) -> Self {
        Self {
            column,
            direction: column.first_direction(),
        }
    }
}

/// Small on purpose: ten thousand of them are sorted in place, without another allocation.
struct Key {
    /// Rank, figure or place of the text among its like, turned round for a descending order;
    /// [`ABSENT`] for none.
    primary: u64,
    name: Name,
    index: u32,
}

/// After every value, in both directions.
const ABSENT: u64 = u64::MAX;

/// Bytes of a name in its key: names of an account often begin alike.
const HEAD: usize = 24;

/// The head of a name in lower case, comparable as numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name([u64; HEAD / 8]);

impl Name {
    fn of(row: &FunctionSummary) -> Self {
        let mut head = [0; HEAD];
        for (to, from) in head.iter_mut().zip(row.name.as_bytes()) {
            *to = from.to_ascii_lowercase();
        }
        let mut words = [0; HEAD / 8];
        for (word, bytes) in words.iter_mut().zip(head.chunks_exact(8)) {
            *word = bytes
                .iter()
                .fold(0, |word, &byte| (word << 8) | u64::from(byte));
        }
        Self(words)
    }
}

/// Sorts indices of `rows`.
pub(super) fn sort<'a>(
    rows: &'a [FunctionSummary],
    indices: &mut [u32],
    sort: Sort,
    faults: &mut Faults<'a>,
) {
    let descending = sort.direction == Direction::Descending;
    let row = |index: &u32| &rows[*index as usize];
    let mut values: Vec<Option<u64>> = match sort.column {
        Column::Name => vec![Some(0); indices.len()],
        Column::Attention => indices
            .iter()
            .map(|index| Some(attention(faults, row(index))))
            .collect(),
        Column::DeadLetters => indices
            .iter()
            .map(|index| faults.dead_letters(row(index)))
            .collect(),
        Column::State => places(
            indices
                .iter()
                .map(|index| faults.state(row(index)).map(state_text)),
        ),
        Column::Runtime | Column::Architecture | Column::Package | Column::LogGroup => {
            places(indices.iter().map(|index| text(row(index), sort.column)))
        }
        Column::Memory | Column::Timeout | Column::CodeSize | Column::Changed => indices
            .iter()
            .map(|index| figure(row(index), sort.column))
            .collect(),
    };
    if descending {
        for value in values.iter_mut().flatten() {
            *value = ABSENT - 1 - *value;
        }
    }
    let mut keys: Vec<Key> = indices
        .iter()
        .zip(values)
        .map(|(index, value)| Key {
            primary: value.unwrap_or(ABSENT),
            name: Name::of(row(index)),
            index: *index,
        })
        .collect();
    let names_reversed = descending && sort.column == Column::Name;
    keys.sort_unstable_by(|a, b| {
        a.primary.cmp(&b.primary).then_with(|| {
            let order = compare_names(rows, (a.name, a.index), (b.name, b.index));
            if names_reversed {
                order.reverse()
            } else {
                order
            }
        })
    });
    for (index, key) in indices.iter_mut().zip(&keys) {
        *index = key.index;
    }
}

/// The worst first; where dead letters are the worst, the most of them.
fn attention<'a>(faults: &mut Faults<'a>, row: &'a FunctionSummary) -> u64 {
    /// Below the rank there is room for any depth of a queue.
    const RANK: u32 = 48;
    let letters = faults.dead_letters(row).unwrap_or(0);
    let most = (1 << RANK) - 1;
    ((faults.rank(row) as u64) << RANK) | (most - letters.min(most))
}

/// Sorts hits of a fuzzy search: the best match, then what needs attention, then by name.
pub(super) fn by_match<'a>(
    rows: &'a [FunctionSummary],
    hits: Vec<Hit>,
    faults: &mut Faults<'a>,
) -> Vec<u32> {
    let mut keys: Vec<Key> = hits
        .into_iter()
        .map(|hit| {
            let row = &rows[hit.index as usize];
            Key {
                primary: (u64::from(!hit.score) << 8) | faults.rank(row) as u64,
                name: Name::of(row),
                index: hit.index,
            }
        })
        .collect();
    keys.sort_unstable_by(|a, b| {
        a.primary
            .cmp(&b.primary)
            .then_with(|| compare_names(rows, (a.name, a.index), (b.name, b.index)))
    });
    keys.into_iter().map(|key| key.index).collect()
}

/// Each text's place among the different ones: columns of text have few of them.
fn places<T: Ord + Hash>(texts: impl Iterator<Item = Option<T>>) -> Vec<Option<u64>> {
    let texts: Vec<Option<T>> = texts.collect();
    let different: HashSet<&T> = texts.iter().flatten().collect();
    let mut different: Vec<&T> = different.into_iter().collect();
    different.sort_unstable();
    let places: HashMap<&T, u64> = different.into_iter().zip(0..).collect();
    texts
        .iter()
        .map(|text| text.as_ref().map(|text| places[text]))
        .collect()
}

fn text(row: &FunctionSummary, column: Column) -> Option<&str> {
    match column {
        Column::Runtime => row.runtime.as_deref(),
        Column::Architecture => Some(&row.architecture),
        Column::Package => Some(&row.package),
        Column::LogGroup if row.has_custom_log_group() => row.log_group.as_deref(),
        _ => None,
    }
}

fn figure(row: &FunctionSummary, column: Column) -> Option<u64> {
    match column {
        Column::Memory => Some(row.memory_mb.into()),
        Column::Timeout => Some(row.timeout_s.into()),
        // AWS reports 0 for images: no figure, rather than the smallest.
        Column::CodeSize => Some(row.code_size).filter(|&size| size > 0),
        Column::Changed => Some(row.modified?.as_millisecond().max(0) as u64),
        _ => None,
    }
}

/// Without regard to case; names that differ only in case, and equal names, keep a fixed order.
fn compare_names(rows: &[FunctionSummary], a: (Name, u32), b: (Name, u32)) -> Ordering {
    a.0.cmp(&b.0).then_with(|| {
        let (name, other) = (&rows[a.1 as usize].name, &rows[b.1 as usize].name);
        lowercase_tail(name)
            .cmp(lowercase_tail(other))
            .then_with(|| name.cmp(other))
            .then_with(|| a.1.cmp(&b.1))
    })
}

/// What of a name is not in its key.
fn lowercase_tail(name: &str) -> impl Iterator<Item = u8> {
    name.bytes()
        .skip(HEAD)
        .map(|byte| byte.to_ascii_lowercase())
}
