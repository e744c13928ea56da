//! How single facts read.

use crate::{
    domain::{
        age,
        function::{Alias, Arn, FunctionSummary},
    },
    store::slot::Slot,
};

/// The parts that are there and not empty, with `between` in between.
pub fn joined<const N: usize>(between: &str, parts: [&Option<String>; N]) -> String {
    let there: Vec<&str> = parts
        .into_iter()
        .filter_map(Option::as_deref)
        .filter(|part| !part.is_empty())
        .collect();
    there.join(between)
}

/// How many rows a part has, for the title of its section.
pub fn counted<T>(slot: &Slot<Vec<T>>) -> String {
    slot.value()
        .map_or_else(String::new, |rows| count_of(rows.len()))
}

/// A count for a title; nothing when there is nothing.
pub fn count_of(rows: usize) -> String {
    if rows == 0 {
        String::new()
    } else {
        rows.to_string()
    }
}

/// A duration that AWS keeps in whole seconds, in its largest whole unit.
pub fn span(seconds: u32) -> String {
    match seconds {
        s if s > 0 && s.is_multiple_of(86_400) => format!("{} d", s / 86_400),
        s if s > 0 && s.is_multiple_of(3_600) => format!("{} h", s / 3_600),
        s if s > 60 && s.is_multiple_of(60) => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// What a service is called.
pub fn service(arn: &Arn) -> &str {
    match arn.service() {
        Some("sqs") => "SQS",
        Some("sns") => "SNS",
        Some("kinesis") => "Kinesis",
        Some("dynamodb") => "DynamoDB",
        Some("kafka") => "MSK",
        Some("mq") => "Amazon MQ",
        Some("rds") => "DocumentDB",
        Some("events") => "EventBridge",
        Some("lambda") => "Lambda",
        Some("s3") => "S3",
        Some(other) => other,
        None => "source",
    }
}

/// A resource by service and name.
pub fn resource(arn: &Arn) -> String {
    format!("{} {}", service(arn), arn.resource_name())
}

/// Memory, time-out, temporary storage.
pub fn limits(summary: &FunctionSummary, ephemeral_mb: Option<u32>) -> String {
    let mut text = format!(
        "{} MB memory · {} timeout",
        summary.memory_mb,
        span(summary.timeout_s)
    );
    if let Some(size) = ephemeral_mb {
        text.push_str(&format!(" · {size} MB /tmp"));
    }
    text
}

/// Package, size, architecture.
pub fn code(summary: &FunctionSummary) -> String {
    let package = summary.package.to_lowercase();
    if summary.code_size == 0 {
        format!("{package} · {}", summary.architecture)
    } else {
        format!(
            "{package} {} · {}",
            age::bytes(summary.code_size),
            summary.architecture
        )
    }
}

/// Where an alias leads: `→ v42`, or with the share of each version.
pub fn alias_target(alias: &Alias) -> String {
    if alias.weights.is_empty() {
        return format!("→ {}", version(&alias.version));
    }
    let others: f64 = alias.weights.iter().map(|(_, share)| share).sum();
    let mut text = format!(
        "→ {} {}",
        version(&alias.version),
        percent((1.0 - others).max(0.0))
    );
    for (target, share) in &alias.weights {
        text.push_str(&format!(", {} {}", version(target), percent(*share)));
    }
    text
}

fn version(number: &str) -> String {
    if number.starts_with('$') {
        number.to_owned()
    } else {
        format!("v{number}")
    }
}

fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths % 10.0 == 0.0 {
        format!("{:.0}%", tenths / 10.0)
    } else {
        format!("{:.1}%", tenths / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(weights: &[(&str, f64)]) -> Alias {
        Alias {
            name: "live".into(),
            version: "17".into(),
            weights: weights
                .iter()
                .map(|(version, share)| ((*version).to_owned(), *share))
                .collect(),
            description: String::new(),
            revision_id: None,
        }
    }

    #[test]
    fn an_alias_tells_every_share() {
        assert_eq!(alias_target(&alias(&[])), "→ v17");
        assert_eq!(alias_target(&alias(&[("18", 0.1)])), "→ v17 90%, v18 10%");
        assert_eq!(
            alias_target(&alias(&[("18", 0.125)])),
            "→ v17 87.5%, v18 12.5%"
        );
    }

    #[test]
    fn spans_use_the_largest_whole_unit() {
        for (seconds, text) in [
            (0, "0 s"),
            (30, "30 s"),
            (60, "60 s"),
            (90, "90 s"),
            (900, "15 min"),
            (21_600, "6 h"),
            (1_209_600, "14 d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
