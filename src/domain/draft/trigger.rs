//! What of a trigger (an event source mapping) can be edited.
//!
//! Limits are those of `UpdateEventSourceMapping` (Lambda API); which of them a source knows is
//! the server's to say.

use serde::{Deserialize, Serialize};

use super::{Limit, field::SWITCH};
use crate::domain::{function::EventSourceMapping, json, letter::member};

/// A field of a trigger, in the order in which a form shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerField {
    /// Whether it reads.
    Enabled,
    /// Records per invoke.
    BatchSize,
    /// Seconds to gather a batch.
    BatchWindow,
    /// `ScalingConfig.MaximumConcurrency`, of queues.
    Concurrency,
    /// `FunctionResponseTypes`: `ReportBatchItemFailures`.
    PartialResponses,
    /// Patterns of `FilterCriteria`, as a JSON array.
    Filters,
}

const READS: &[&str] = &["disabled", "enabled"];

impl TriggerField {
    /// Every field.
    pub const ALL: [Self; 6] = [
        Self::Enabled,
        Self::BatchSize,
        Self::BatchWindow,
        Self::Concurrency,
        Self::PartialResponses,
        Self::Filters,
    ];

    /// The word on the command line, in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::BatchSize => "batch_size",
            Self::BatchWindow => "batch_window",
            Self::Concurrency => "concurrency",
            Self::PartialResponses => "partial_responses",
            Self::Filters => "filters",
        }
    }

    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// What it takes, in one line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Enabled => "enabled, or disabled: what it polls waits where it is",
            Self::BatchSize => "records an invoke, 1 to 10,000 (10 of a FIFO queue)",
            Self::BatchWindow => "seconds to gather a batch, 0 to 300",
            Self::Concurrency => "invokes at once, 2 to 1,000 (queues only); empty for no limit",
            Self::PartialResponses => "on when the function reports failed records one by one",
            Self::Filters => r#"JSON array of at most 10 patterns, [{"body":{…}}]; empty for none"#,
        }
    }

    /// What it takes. Filters are checked by [`Self::canonical`].
    pub const fn limit(self) -> Limit {
        match self {
            Self::Enabled => Limit::Choice(READS),
            Self::PartialResponses => Limit::Choice(SWITCH),
            Self::BatchSize => Limit::Number(1, 10_000),
            Self::BatchWindow => Limit::Number(0, 300),
            Self::Concurrency => Limit::Number(2, 1_000),
            Self::Filters => Limit::Text(4_096 * 10),
        }
    }

    /// Whether empty text is an answer: it removes what is set.
    pub const fn can_be_unset(self) -> bool {
        matches!(self, Self::Concurrency | Self::Filters)
    }

    /// The one form in which a value is compared and kept.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn canonical(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() && self.can_be_unset() {
            return Ok(String::new());
        }
        if self == Self::Filters {
            return filters(text);
        }
        self.limit()
            .canonical(text)
            .ok_or_else(|| format!("takes {}", self.help()))
    }

    /// What its number counts, where the number alone does not say it.
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::BatchWindow => Some("s"),
            _ => None,
        }
    }

    /// As the mapping has it; `None` when AWS does not tell.
    pub fn of(self, mapping: &EventSourceMapping) -> Option<String> {
        let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
        Some(match self {
            Self::Enabled => reads(mapping.reads()?).to_owned(),
            Self::BatchSize => number(mapping.batch_size),
            Self::BatchWindow => mapping.batch_window_s.unwrap_or(0).to_string(),
            Self::Concurrency => number(mapping.maximum_concurrency),
            Self::PartialResponses => SWITCH[usize::from(mapping.partial_batch_responses)].into(),
            Self::Filters if mapping.has_hidden_filters => return None,
            Self::Filters if mapping.filters.is_empty() => String::new(),
            Self::Filters => {
                let patterns = mapping.filters.iter().map(|pattern| compact(pattern));
                format!("[{}]", patterns.collect::<Vec<_>>().join(","))
            }
        })
    }
}

/// Whether a trigger reads, in words.
pub(super) const fn reads(enabled: bool) -> &'static str {
    READS[enabled as usize]
}

/// Patterns without blanks, in one array: at most 10, unless the quota was raised (Lambda quotas).
/// Numbers keep their digits: a filter that compares them must stay the same.
fn filters(text: &str) -> Result<String, String> {
    if let Some(fault) = json::error_position(text) {
        return Err(format!(
            "takes a JSON array of patterns: {} at line {} column {}",
            fault.message, fault.line, fault.column
        ));
    }
    if !text.trim_ascii_start().starts_with('[') {
        return Err(r#"takes a JSON array of patterns: [{"body":{…}}]"#.to_owned());
    }
    let patterns = member::elements_of(text);
    if let Some(wrong) = patterns.iter().find(|pattern| !member::is_object(pattern)) {
        return Err(format!("a pattern is a JSON object, not {wrong}"));
    }
    if patterns.is_empty() {
        return Ok(String::new());
    }
    Ok(json::compact(text))
}

/// A pattern as [`filters`] writes it; one that is no JSON as it is, in quotes.
fn compact(pattern: &str) -> String {
    if member::is_json(pattern) {
        json::compact(pattern)
    } else {
        serde_json::Value::from(pattern).to_string()
    }
}

/// The patterns of a canonical text, one string each, as the API takes them.
pub(super) fn patterns(text: &str) -> Vec<String> {
    let patterns = member::elements_of(text).into_iter();
    patterns
        .map(|pattern| member::string(pattern).unwrap_or_else(|| pattern.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_keeps_its_digits() {
        let text = r#" [ {"body": {"id": [18446744073709551616123, 10.10, 1E400]}} ,{"a":["cut \ud83d"]} ] "#;
        let canonical = filters(text).expect("two patterns");
        assert_eq!(
            canonical,
            r#"[{"body":{"id":[18446744073709551616123,10.10,1E400]}},{"a":["cut \ud83d"]}]"#
        );
        let patterns = patterns(&canonical);
        assert_eq!(
            patterns[0],
            r#"{"body":{"id":[18446744073709551616123,10.10,1E400]}}"#
        );
        let again: Vec<String> = patterns.iter().map(|pattern| compact(pattern)).collect();
        assert_eq!(format!("[{}]", again.join(",")), canonical);
        assert_eq!(compact("no json"), "\"no json\"");
        for wrong in ["[1]", "{}", "[{]", ""] {
            assert!(filters(wrong).is_err(), "{wrong}");
        }
        assert_eq!(filters(" [ ] "), Ok(String::new()));
    }
}
