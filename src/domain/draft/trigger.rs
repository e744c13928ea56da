//! The fields of a trigger (an event source mapping) that can be edited.
//!
//! Limits are those of `UpdateEventSourceMapping` (Lambda API). Which of them a source allows, the
//! server decides.

use serde::{Deserialize, Serialize};

use super::value::{Kind, ON_OFF, Value, compact};
use crate::domain::function::EventSourceMapping;

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

    /// What it takes.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Enabled => Kind::Switch(&["disabled", "enabled"]),
            Self::PartialResponses => Kind::Switch(ON_OFF),
            Self::BatchSize => Kind::Number(1, 10_000),
            Self::BatchWindow => Kind::Number(0, 300),
            Self::Concurrency => Kind::Number(2, 1_000),
            Self::Filters => Kind::Patterns(4_096 * 10),
        }
    }

    /// Whether it can be unset.
    pub const fn can_be_unset(self) -> bool {
        matches!(self, Self::Concurrency | Self::Filters)
    }

    /// Reads what is typed.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let value = self.kind().read(text.trim());
        let value = value.map_err(|why| why.unwrap_or_else(|| self.takes()))?;
        self.check(&value)?;
        Ok(value)
    }

    /// Whether it can have this value.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn check(self, value: &Value) -> Result<(), String> {
        let is_good = !value.is_unset() || self.can_be_unset();
        if is_good && self.kind().allows(value) {
            Ok(())
        } else {
            Err(self.takes())
        }
    }

    fn takes(self) -> String {
        format!("takes {}", self.help())
    }

    /// The one form in which its value is shown and kept; empty when nothing is set.
    pub fn write(self, value: &Value) -> String {
        self.kind().write(value)
    }

    /// What its number counts, where the number alone does not say it.
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::BatchWindow => Some("s"),
            _ => None,
        }
    }

    /// Its value in a mapping; `None` when AWS does not give it.
    pub fn of(self, mapping: &EventSourceMapping) -> Option<Value> {
        Some(match self {
            Self::Enabled => Value::Switch(mapping.reads()?),
            Self::BatchSize => Value::number_or_unset(mapping.batch_size),
            Self::BatchWindow => Value::Number(mapping.batch_window_s.unwrap_or(0)),
            Self::Concurrency => Value::number_or_unset(mapping.maximum_concurrency),
            Self::PartialResponses => Value::Switch(mapping.partial_batch_responses),
            Self::Filters if mapping.has_hidden_filters => return None,
            Self::Filters => {
                let patterns = mapping.filters.iter().map(|pattern| compact(pattern));
                Value::list_or_unset(patterns.collect())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_keeps_its_digits() {
        let filters = |text: &str| TriggerField::Filters.parse(text);
        let text = r#" [ {"body": {"id": [18446744073709551616123, 10.10, 1E400]}} ,{"a":["cut \ud83d"]} ] "#;
        let value = filters(text).expect("two patterns");
        assert_eq!(
            TriggerField::Filters.write(&value),
            r#"[{"body":{"id":[18446744073709551616123,10.10,1E400]}},{"a":["cut \ud83d"]}]"#
        );
        assert_eq!(
            value.list()[0],
            r#"{"body":{"id":[18446744073709551616123,10.10,1E400]}}"#
        );
        let again: Vec<String> = value
            .list()
            .iter()
            .map(|pattern| compact(pattern))
            .collect();
        assert_eq!(value.list(), again);
        for wrong in ["[1]", "{}", "[{]", "[\"no json\"]"] {
            assert!(filters(wrong).is_err(), "{wrong}");
        }
        assert_eq!(filters(" [ ] "), Ok(Value::Unset));
        assert_eq!(filters(""), Ok(Value::Unset));
    }

    #[test]
    fn a_pattern_that_is_no_json_is_kept_as_aws_gave_it() {
        let kept = Value::List(vec!["no json".to_owned()]);
        let text = TriggerField::Filters.write(&kept);
        assert_eq!(text, "[\"no json\"]");
        assert_eq!(TriggerField::Filters.kind().read(&text), Ok(kept));
    }
}
