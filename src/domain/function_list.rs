//! The Functions list as the user arranges it: which rows stay, in which order, and what is worth
//! a note.
//!
//! [`filter`] is the language of the `/` prompt, [`sort`] the columns, [`attention`] the NOTES
//! column. Not responsible for what a column looks like.

pub mod attention;
pub mod filter;
pub mod sort;

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use self::{
    attention::Faults,
    filter::Filter,
    sort::{Column, Sort},
};
use super::{
    function::{Arn, FunctionState, FunctionSummary},
    fuzzy::{Hit, fuzzy},
};

/// The states known so far: `ListFunctions` returns none, so they are read for visible rows.
pub type States = HashMap<Arn, FunctionState>;

/// Letters in the dead-letter queues of functions, as far as they were found; functions without
/// such a queue have no entry.
pub type DeadLetters = HashMap<Arn, u64>;

/// What is known of functions beside their rows.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// States.
    pub states: States,
    /// Dead letters.
    pub dead_letters: DeadLetters,
}

impl From<States> for Known {
    fn from(states: States) -> Self {
        Self {
            states,
            ..Self::default()
        }
    }
}

/// The indices of the rows that stay, in order.
///
/// A fuzzy word in the filter makes the default order (by attention) one by match, best first;
/// a column that the user chose keeps its order.
pub fn arrange(
    rows: &[FunctionSummary],
    known: &Known,
    filter: &Filter,
    sort: Sort,
    now: Timestamp,
) -> Vec<u32> {
    let mut faults = Faults::new(known, today(now));
    let mut kept: Vec<u32> = (0..rows.len() as u32)
        .filter(|&index| {
            let row = &rows[index as usize];
            filter.keeps(row, known.states.get(&row.arn), now)
                && (!filter.faults_only || faults.rank(row).is_fault())
        })
        .collect();
    let Some(words) = filter.fuzzy_words() else {
        sort::sort(rows, &mut kept, sort, &mut faults);
        return kept;
    };
    let names: Vec<&str> = kept
        .iter()
        .map(|&index| rows[index as usize].name.as_ref())
        .collect();
    let mut hits = fuzzy(words, &names);
    for hit in &mut hits {
        hit.index = kept[hit.index as usize];
    }
    if sort == Sort::by(Column::Attention) {
        sort::by_match(rows, hits, &mut faults)
    } else {
        let mut kept: Vec<u32> = hits.iter().map(|hit: &Hit| hit.index).collect();
        sort::sort(rows, &mut kept, sort, &mut faults);
        kept
    }
}

/// The day that decides about runtimes: AWS's dates carry no time zone, UTC is taken.
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
