//! What the order of the list is made of: where each row is, its place by name, its rank.
//!
//! Brought up to date when data changes. A sort then compares numbers and touches no row.

use std::{cmp::Ordering, collections::HashMap};

use jiff::civil::Date;

use super::{
    Known,
    attention::{self, Rank},
};
use crate::domain::function::{Arn, FunctionSummary};

/// So many new rows are put among the others one by one; more are sorted with them.
const FEW: usize = 256;

/// Below the rank there is room for any depth of a queue.
const RANK: u32 = 48;

/// What is known of the rows of a list as a whole.
#[derive(Debug, Default)]
pub struct Order {
    rows: HashMap<Arn, u32>,
    /// The rows by name; those that came last are missing until [`update`](Self::update).
    by_name: Vec<u32>,
    /// Of each row: its rank, then the letters in its queues. The worst is the smallest.
    attention: Vec<u64>,
    /// The day that the ranks are of; none when something about them changed.
    day: Option<Date>,
}

impl Order {
    /// The order of these rows.
    pub fn of(rows: &[FunctionSummary], known: &Known, today: Date) -> Self {
        let mut order = Self::default();
        order.reindex(rows);
        order.update(rows, known, today);
        order
    }

    /// Where a function is.
    pub fn row(&self, arn: &Arn) -> Option<usize> {
        self.rows.get(arn).map(|&row| row as usize)
    }

    /// A function came, as this row.
    pub fn push(&mut self, arn: Arn, row: usize) {
        self.rows.insert(arn, row as u32);
        self.day = None;
    }

    /// Rows went, or are others.
    pub fn reindex(&mut self, rows: &[FunctionSummary]) {
        self.rows = (0..)
            .zip(rows)
            .map(|(at, row)| (row.arn.clone(), at))
            .collect();
        self.by_name.clear();
        self.day = None;
    }

    /// A row, or what is known beside the rows, changed.
    pub const fn changed(&mut self) {
        self.day = None;
    }

    /// Makes good what has changed. Linear in the rows; the names are sorted only where new ones
    /// came.
    pub fn update(&mut self, rows: &[FunctionSummary], known: &Known, today: Date) {
        let new = self.by_name.len() as u32..rows.len() as u32;
        if new.len() > FEW {
            self.by_name = sorted_by_name(rows);
        } else {
            for at in new {
                let before = |&other: &u32| compare_names(rows, other, at).is_lt();
                let place = self.by_name.partition_point(before);
                self.by_name.insert(place, at);
            }
        }
        if self.day != Some(today) {
            self.rank(rows, known, today);
            self.day = Some(today);
        }
    }

    /// The rows by name, without regard to case.
    pub(super) fn by_name(&self) -> &[u32] {
        &self.by_name
    }

    /// The worst first; where dead letters are the worst, the most of them.
    pub(super) fn attention(&self, row: u32) -> u64 {
        self.attention[row as usize]
    }

    /// The rank alone.
    pub(super) fn rank_of(&self, row: u32) -> u64 {
        self.attention(row) >> RANK
    }

    /// Whether "faults only" keeps a row.
    pub(super) fn is_fault(&self, row: u32) -> bool {
        self.attention(row) < ranked(Rank::FIRST_HARMLESS)
    }

    /// How many of the rows have a fault: the header's "▲ 2 need attention".
    pub fn faults(&self) -> usize {
        let first_harmless = ranked(Rank::FIRST_HARMLESS);
        let ranks = self.attention.iter();
        ranks.filter(|&&rank| rank < first_harmless).count()
    }

    fn rank(&mut self, rows: &[FunctionSummary], known: &Known, today: Date) {
        let mut runtimes = attention::Runtimes::new(today);
        self.attention.clear();
        self.attention
            .extend(rows.iter().map(|row| ranked(runtimes.rank(row))));
        // What is known of few rows is found from there: most rows are then not looked up.
        for (arn, state) in &known.states {
            if let Some(&row) = self.rows.get(arn) {
                let rank = &mut self.attention[row as usize];
                *rank = (*rank).min(ranked(Rank::of_state(state)));
            }
        }
        for (arn, &letters) in known
            .dead_letters
            .iter()
            .filter(|(_, letters)| **letters > 0)
        {
            if let Some(&row) = self.rows.get(arn) {
                let most = (1 << RANK) - 1;
                let letters = letters.min(most);
                self.attention[row as usize] = ranked(Rank::DeadLetters) - letters;
            }
        }
    }
}

/// Where nothing is said of letters.
const fn ranked(rank: Rank) -> u64 {
    ((rank as u64) << RANK) | ((1 << RANK) - 1)
}

/// Bytes of a name in its key: names of an account often begin alike.
const HEAD: usize = 24;

/// The head of a name in lower case, comparable as numbers.
type Head = [u64; HEAD / 8];

/// All rows by name. Most comparisons are of the heads and touch no row.
fn sorted_by_name(rows: &[FunctionSummary]) -> Vec<u32> {
    let mut keys: Vec<(Head, u32)> = (0..)
        .zip(rows)
        .map(|(at, row)| (head(&row.name), at))
        .collect();
    keys.sort_unstable_by(|a, b| {
        let by_head = a.0.cmp(&b.0);
        by_head.then_with(|| compare_names(rows, a.1, b.1))
    });
    keys.into_iter().map(|(_, at)| at).collect()
}

fn head(name: &str) -> Head {
    let mut head = [0; HEAD];
    for (to, from) in head.iter_mut().zip(name.as_bytes()) {
        *to = from.to_ascii_lowercase();
    }
    let mut words = [0; HEAD / 8];
    for (word, bytes) in words.iter_mut().zip(head.chunks_exact(8)) {
        *word = bytes
            .iter()
            .fold(0, |word, &byte| (word << 8) | u64::from(byte));
    }
    words
}

/// Without regard to case; names that differ only in case, and equal names, keep a fixed order.
fn compare_names(rows: &[FunctionSummary], a: u32, b: u32) -> Ordering {
    let (name, other) = (&rows[a as usize].name, &rows[b as usize].name);
    lowercase(name)
        .cmp(lowercase(other))
        .then_with(|| name.cmp(other))
        .then_with(|| a.cmp(&b))
}

fn lowercase(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}
