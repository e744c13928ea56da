//! The Functions list as the user arranges it: which rows stay, in which order, and what is worth
//! a note.
//!
//! [`filter`] is the language of the `/` prompt, [`sort`] the columns, [`attention`] the NOTES
//! column, [`order`] what is computed once for all of them. Not responsible for what a column looks
//! like.

pub mod attention;
pub mod filter;
pub mod order;
pub mod sort;

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use self::{
    filter::Filter,
    order::Order,
    sort::{Column, Sort},
};
use super::{
    function::{Arn, FunctionState, FunctionSummary},
    fuzzy::fuzzy,
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
    order: &Order,
    filter: &Filter,
    sort: Sort,
    now: Timestamp,
) -> Vec<u32> {
    let mut kept = order.by_name().to_vec();
    kept.retain(|&index| {
        filter.keeps(&rows[index as usize], &known.states, now)
            && (!filter.faults_only || order.is_fault(index))
    });
    if let Some(words) = filter.fuzzy_words() {
        let names: Vec<&str> = kept
            .iter()
            .map(|&index| rows[index as usize].name.as_ref())
            .collect();
        let mut hits = fuzzy(words, &names);
        if sort == Sort::by(Column::Attention) {
            for hit in &mut hits {
                hit.index = kept[hit.index as usize];
            }
            return sort::by_match(hits, order);
        }
        hits.sort_unstable_by_key(|hit| hit.index);
        kept = hits.iter().map(|hit| kept[hit.index as usize]).collect();
    }
    sort::sort(rows, &mut kept, sort, known, order);
    kept
}

/// The day that decides about runtimes: AWS's dates carry no time zone, UTC is taken.
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
