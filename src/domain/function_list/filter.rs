//! The language of the Functions filter: words and `key:value` terms, all of which must hold.
//!
//! ```text
//! charge           fuzzy on the name
//! !demo-           the name does not contain it; `!` inverts any term
//! runtime:python   contains it; also name:, arch:, package:, state:, log:
//! memory:>512      MB, or 1G; also timeout: (s, m, h), size: (K, M, G), changed: (m, h, d, w, y)
//! ```
//!
//! Figures take `>`, `>=`, `<`, `<=`, `=`; without one they are `=`, except `changed:7d`, which is
//! within the last seven days. Texts are compared without regard to case. Function names have no
//! colon, so whatever has one is a term.

use std::fmt;

use jiff::Timestamp;

use super::{States, attention::state_text};
use crate::domain::{function::FunctionSummary, fuzzy};

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Keeps only rows with a fault (the `f` key); not part of the text.
    pub faults_only: bool,
    /// The fuzzy words, separated by spaces.
    words: String,
    terms: Vec<Term>,
}

/// A filter that was not understood; the last good one stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Where the fault begins: characters before it in the text.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column + 1, self.message)
    }
}

impl std::error::Error for FilterError {}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    inverted: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Text(TextKey, String),
    Figure(FigureKey, Comparison, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextKey {
    Name,
    Runtime,
    Architecture,
    Package,
    State,
    LogGroup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FigureKey {
    Memory,
    Timeout,
    Size,
    Changed,
}

/// How a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Filter {
    /// The keys that may stand before a colon, for help and completion.
    pub const KEYS: [&'static str; 10] = [
        "name", "runtime", "arch", "package", "state", "log", "memory", "timeout", "size",
        "changed",
    ];

    /// Reads the text of the prompt. Empty text keeps every row.
    ///
    /// # Errors
    /// An unknown key, or a figure that is none, with its column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for (column, word) in words(text) {
            let (inverted, body) = match word.strip_prefix('!') {
                Some(body) => (true, body),
                None => (false, word),
            };
            let column = column + usize::from(inverted);
            let parsed = match body.split_once(':') {
                _ if body.is_empty() => continue,
                Some((key, value)) => parse_test(column, key, value)?,
                None if inverted => Some(Test::Text(TextKey::Name, body.to_owned())),
                None => {
                    if !filter.words.is_empty() {
                        filter.words.push(' ');
                    }
                    filter.words.push_str(body);
                    None
                }
            };
            filter
                .terms
                .extend(parsed.map(|test| Term { inverted, test }));
        }
        Ok(filter)
    }

    /// The same filter, with or without "faults only".
    #[must_use]
    pub fn with_faults_only(self, faults_only: bool) -> Self {
        Self {
            faults_only,
            ..self
        }
    }

    /// Whether it keeps every row.
    pub fn is_empty(&self) -> bool {
        !self.faults_only && self.words.is_empty() && self.terms.is_empty()
    }

    /// The byte offsets in a name that the fuzzy words matched, for highlighting visible rows.
    pub fn name_positions(&self, name: &str) -> Vec<u32> {
        self.fuzzy_words()
            .map_or_else(Vec::new, |words| fuzzy::positions(words, name))
    }

    /// The words to be matched on all names at once, if any.
    pub(super) fn fuzzy_words(&self) -> Option<&str> {
        (!self.words.is_empty()).then_some(self.words.as_str())
    }

    /// Whether all terms except the fuzzy words hold.
    pub(super) fn keeps(&self, row: &FunctionSummary, states: &States, now: Timestamp) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(row, states, now) != term.inverted)
    }
}

impl Test {
    /// A row without the value passes no test, and every inverted one.
    fn holds(&self, row: &FunctionSummary, states: &States, now: Timestamp) -> bool {
        match self {
            Self::Text(key, needle) => match key {
                TextKey::Name => contains(&row.name, needle),
                TextKey::Runtime => row
                    .runtime
                    .as_deref()
                    .is_some_and(|runtime| contains(runtime, needle)),
                TextKey::Architecture => contains(&row.architecture, needle),
                TextKey::Package => contains(&row.package, needle),
                TextKey::State => states
                    .get(&row.arn)
                    .is_some_and(|state| contains(&state_text(state), needle)),
                TextKey::LogGroup => contains(&row.log_group(), needle),
            },
            Self::Figure(key, comparison, limit) => {
                let value = match key {
                    FigureKey::Memory => Some(row.memory_mb.into()),
                    FigureKey::Timeout => Some(row.timeout_s.into()),
                    FigureKey::Size => Some(row.code_size),
                    FigureKey::Changed => row
                        .modified
                        .map(|then| now.duration_since(then).as_secs().max(0) as u64),
                };
                value.is_some_and(|value| comparison.holds(value, *limit))
            }
        }
    }
}

impl Comparison {
    /// Whether it holds; nothing is compared with what is not a number.
    pub(in crate::domain) fn holds<T: PartialOrd + Copy>(self, value: T, limit: T) -> bool {
        match self {
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::Equal => value == limit,
            Self::AtLeast => value >= limit,
            Self::More => value > limit,
        }
    }

    /// The sign at the front of a text, and what follows it.
    pub(in crate::domain) fn split(value: &str) -> (Option<Self>, &str) {
        for (sign, comparison) in [
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            (">", Self::More),
            ("<", Self::Less),
            ("=", Self::Equal),
        ] {
            if let Some(rest) = value.strip_prefix(sign) {
                return (Some(comparison), rest);
            }
        }
        (None, value)
    }
}

impl FigureKey {
    /// Units and what they are worth, smallest first; the first is also meant when none is given.
    const fn units(self) -> &'static [(&'static str, f64)] {
        const DAY: f64 = 86_400.0;
        match self {
            Self::Memory => &[("m", 1.0), ("g", 1024.0)],
            Self::Timeout => &[("s", 1.0), ("m", 60.0), ("h", 3600.0)],
            Self::Size => &[
                ("b", 1.0),
                ("k", 1024.0),
                ("m", 1_048_576.0),
                ("g", 1_073_741_824.0),
            ],
            Self::Changed => &[
                ("d", DAY),
                ("m", 60.0),
                ("h", 3600.0),
                ("w", 7.0 * DAY),
                ("y", 365.0 * DAY),
            ],
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Memory => "memory:>512",
            Self::Timeout => "timeout:<=3",
            Self::Size => "size:>10M",
            Self::Changed => "changed:<7d",
        }
    }

    /// A figure in base units: MB, seconds or bytes.
    fn parse(self, text: &str) -> Option<u64> {
        figure(
            text,
            self.units(),
            matches!(self, Self::Memory | Self::Size),
        )
    }
}

/// A figure in base units, given what its units are worth; the first is meant when none is given.
/// Of bytes `512MB` and `10MiB` are as clear as `512M`.
pub(in crate::domain) fn figure(text: &str, units: &[(&str, f64)], of_bytes: bool) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let lower = if of_bytes {
        lower
            .strip_suffix("ib")
            .or_else(|| {
                lower
                    .strip_suffix('b')
                    .filter(|rest| rest.ends_with(|last: char| last.is_ascii_alphabetic()))
            })
            .unwrap_or(&lower)
    } else {
        &lower
    };
    let digits = lower.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = &lower[digits.len()..];
    let worth = if unit.is_empty() {
        units.first()?.1
    } else {
        units.iter().find(|(name, _)| *name == unit)?.1
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    Some((number * worth).round() as u64)
}

fn parse_test(column: usize, key: &str, value: &str) -> Result<Option<Test>, FilterError> {
    let text = |key| Ok((!value.is_empty()).then(|| Test::Text(key, value.to_owned())));
    let figure = |figure| parse_figure(column + key.chars().count() + 1, figure, value).map(Some);
    match key.to_ascii_lowercase().as_str() {
        "name" => text(TextKey::Name),
        "runtime" => text(TextKey::Runtime),
        "arch" | "architecture" => text(TextKey::Architecture),
        "package" => text(TextKey::Package),
        "state" => text(TextKey::State),
        "log" => text(TextKey::LogGroup),
        "memory" | "mem" => figure(FigureKey::Memory),
        "timeout" => figure(FigureKey::Timeout),
        "size" | "code" => figure(FigureKey::Size),
        "changed" => figure(FigureKey::Changed),
        _ => Err(FilterError {
            column,
            message: format!("no key {key:?}; there are {}", Filter::KEYS.join(", ")),
        }),
    }
}

fn parse_figure(column: usize, key: FigureKey, value: &str) -> Result<Test, FilterError> {
    let (comparison, figure) = Comparison::split(value);
    let comparison = comparison.unwrap_or(match key {
        FigureKey::Changed => Comparison::Less,
        _ => Comparison::Equal,
    });
    match key.parse(figure) {
        Some(limit) => Ok(Test::Figure(key, comparison, limit)),
        None => Err(FilterError {
            column: column + value.chars().count() - figure.chars().count(),
            message: format!("a figure stands here, as in {}", key.example()),
        }),
    }
}

/// The words of a text, each with the number of characters before it.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let start = column;
        column += word.chars().count() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// Whether `text` contains `needle`, ASCII letters compared without regard to case.
pub(in crate::domain) fn contains(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(&first) = needle.first() else {
        return true;
    };
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        text.get(at..at + needle.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}
