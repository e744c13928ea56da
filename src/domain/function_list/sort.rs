//! The order of the Functions list.
//!
//! Rows come in the order of their names. Each is reduced once to a number (its rank, its figure,
//! or the place of its text), and a stable sort by that number touches no row.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use super::{Known, attention::state_text, order::Order};
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

/// After every value, in both directions.
const ABSENT: u64 = u64::MAX;

/// Sorts indices of `rows` that are in the order of their names.
pub(super) fn sort(
    rows: &[FunctionSummary],
    indices: &mut [u32],
    sort: Sort,
    known: &Known,
    order: &Order,
) {
    let is_descending = sort.direction == Direction::Descending;
    let row = |index: &u32| &rows[*index as usize];
    let values: Vec<Option<u64>> = match sort.column {
        Column::Name if is_descending => return indices.reverse(),
        Column::Name => return,
        Column::Attention => {
            let values = indices.iter().map(|index| order.attention(*index));
            values.map(Some).collect()
        }
        Column::DeadLetters => {
            let letters = indices
                .iter()
                .map(|index| known.dead_letters.get(&row(index).arn));
            letters.map(Option::<&u64>::copied).collect()
        }
        Column::State => places(indices.iter().map(|index| {
            let state = known.states.get(&row(index).arn);
            state.map(state_text)
        })),
        Column::Runtime | Column::Architecture | Column::Package | Column::LogGroup => {
            places(indices.iter().map(|index| text(row(index), sort.column)))
        }
        Column::Memory | Column::Timeout | Column::CodeSize | Column::Changed => indices
            .iter()
            .map(|index| figure(row(index), sort.column))
            .collect(),
    };
    let mut keys: Vec<(u64, u32)> = values
        .into_iter()
        .map(|value| match value {
            Some(value) if is_descending => ABSENT - 1 - value,
            Some(value) => value,
            None => ABSENT,
        })
        .zip(indices.iter().copied())
        .collect();
    // Stable: equal rows stay in the order of their names.
    keys.sort_by_key(|(value, _)| *value);
    for (index, (_, sorted)) in indices.iter_mut().zip(keys) {
        *index = sorted;
    }
}

/// Sorts hits of a fuzzy search in a list by name: the best match, then what needs attention,
/// then by name.
pub(super) fn by_match(mut hits: Vec<Hit>, order: &Order) -> Vec<u32> {
    hits.sort_by_key(|hit| (!hit.score, order.rank_of(hit.index)));
    hits.into_iter().map(|hit| hit.index).collect()
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
