//! The order of the Functions list.
//!
//! Each row is reduced once to a small key that holds its rank, figure or the head of its text,
//! and the head of its name: most comparisons then never touch the row.

use std::cmp::Ordering;

use super::attention::{Faults, state_text};
use crate::domain::{function::FunctionSummary, fuzzy::Hit};

/// What the list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Column {
    /// What needs attention first, then by name.
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
    /// `arm64` or `x86_64`.
    Architecture,
    /// `Image` or `Zip`.
    Package,
    /// Log group, where it is not the function's own default.
    LogGroup,
}

impl Column {
    /// All of them, in the order in which a picker offers them.
    pub const ALL: [Self; 11] = [
        Self::Attention,
        Self::Name,
        Self::Runtime,
        Self::Memory,
        Self::Timeout,
        Self::CodeSize,
        Self::Changed,
        Self::State,
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
            Self::Architecture => "architecture",
            Self::Package => "package",
            Self::LogGroup => "log group",
        }
    }

    /// The direction in which a column is looked at first: figures and times with the largest on
    /// top, words from A to Z.
    pub const fn first_direction(self) -> Direction {
        match self {
            Self::Memory | Self::Timeout | Self::CodeSize | Self::Changed => Direction::Descending,
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

struct Key<'a> {
    /// Rank or figure, turned round for a descending order; 0 for texts.
    number: u64,
    /// Turned round like `number`.
    absent: bool,
    /// A column of few, short values.
    text: &'a str,
    name: Name,
    index: u32,
}

/// The head of a name in lower case, comparable as a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name(u128);

impl Name {
    fn of(row: &FunctionSummary) -> Self {
        let mut head = [0; 16];
        for (to, from) in head.iter_mut().zip(row.name.as_bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Self(u128::from_be_bytes(head))
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
    // States are open sets: their words may have to be made, and must outlive the keys.
    let states: Vec<_> = if sort.column == Column::State {
        indices
            .iter()
            .map(|&index| faults.state(&rows[index as usize]).map(state_text))
            .collect()
    } else {
        Vec::new()
    };
    let mut keys: Vec<Key<'_>> = indices
        .iter()
        .enumerate()
        .map(|(at, &index)| {
            let row = &rows[index as usize];
            let value = match sort.column {
                Column::State => states[at].as_deref().map(Value::Text),
                column => value(row, column, faults),
            };
            let (number, text) = match value {
                Some(Value::Number(number)) => (number, ""),
                Some(Value::Text(text)) => (0, text),
                None => (0, ""),
            };
            Key {
                number: if descending { !number } else { number },
                absent: value.is_none(),
                text,
                name: Name::of(row),
                index,
            }
        })
        .collect();
    let by_name_only = sort.column == Column::Name;
    keys.sort_by(|a, b| {
        let texts = || {
            let order = a.text.cmp(b.text);
            if descending { order.reverse() } else { order }
        };
        let names = || {
            let order = compare_names(rows, (a.name, a.index), (b.name, b.index));
            if by_name_only && descending {
                order.reverse()
            } else {
                order
            }
        };
        a.absent
            .cmp(&b.absent)
            .then_with(|| a.number.cmp(&b.number))
            .then_with(texts)
            .then_with(names)
    });
    for (index, key) in indices.iter_mut().zip(&keys) {
        *index = key.index;
    }
}

/// Sorts hits of a fuzzy search: the best match, then what needs attention, then by name.
pub(super) fn by_match<'a>(
    rows: &'a [FunctionSummary],
    hits: Vec<Hit>,
    faults: &mut Faults<'a>,
) -> Vec<u32> {
    let mut keys: Vec<_> = hits
        .into_iter()
        .map(|hit| {
            let row = &rows[hit.index as usize];
            let rank = faults.rank(row);
            (!hit.score, rank, Name::of(row), hit.index)
        })
        .collect();
    keys.sort_by(|a, b| {
        (a.0, a.1)
            .cmp(&(b.0, b.1))
            .then_with(|| compare_names(rows, (a.2, a.3), (b.2, b.3)))
    });
    keys.into_iter().map(|key| key.3).collect()
}

enum Value<'a> {
    Number(u64),
    Text(&'a str),
}

fn value<'a>(
    row: &'a FunctionSummary,
    column: Column,
    faults: &mut Faults<'a>,
) -> Option<Value<'a>> {
    Some(match column {
        Column::Attention => Value::Number(faults.rank(row) as u64),
        // The name is in every key.
        Column::Name | Column::State => Value::Number(0),
        Column::Runtime => Value::Text(row.runtime.as_deref()?),
        Column::Memory => Value::Number(row.memory_mb.into()),
        Column::Timeout => Value::Number(row.timeout_s.into()),
        // AWS reports 0 for images: no figure, rather than the smallest.
        Column::CodeSize if row.code_size == 0 => return None,
        Column::CodeSize => Value::Number(row.code_size),
        Column::Changed => Value::Number(row.modified?.as_millisecond().max(0) as u64),
        Column::Architecture => Value::Text(&row.architecture),
        Column::Package => Value::Text(&row.package),
        Column::LogGroup if !row.has_custom_log_group() => return None,
        Column::LogGroup => Value::Text(row.log_group.as_deref()?),
    })
}

/// Without regard to case; names that differ only in case, and equal names, keep a fixed order.
fn compare_names(rows: &[FunctionSummary], a: (Name, u32), b: (Name, u32)) -> Ordering {
    a.0.cmp(&b.0).then_with(|| {
        let (name, other) = (&rows[a.1 as usize].name, &rows[b.1 as usize].name);
        lowercase_bytes(name)
            .cmp(lowercase_bytes(other))
            .then_with(|| name.cmp(other))
            .then_with(|| a.1.cmp(&b.1))
    })
}

fn lowercase_bytes(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}
