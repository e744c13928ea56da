//! What hangs on the function: triggers, destinations, concurrency, versions, URLs, tags. Each
//! is read by a call of its own.

use super::super::{
    rows::RowWriter,
    words::{self, joined},
};
use crate::{
    domain::{
        age,
        draft::LATEST,
        function::{Arn, AsyncConfig, EventSourceMapping},
        owner,
    },
    store::overview::facts::{Facts, Part},
    theme::Role,
};

/// More published versions than these are only counted.
const VERSIONS: usize = 10;

pub(super) fn triggers(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.triggers;
    writer.section("Triggers", words::counted(slot));
    writer.part(Part::Triggers, "triggers", slot, |writer, mappings| {
        if mappings.is_empty() {
            writer.fact_as("triggers", "none that Lambda polls", Role::Dim);
        }
        for mapping in mappings {
            trigger(writer, mapping);
        }
    });
}

fn trigger(writer: &mut RowWriter, mapping: &EventSourceMapping) {
    let (label, name, whole) = match &mapping.source {
        Some(source) => (
            words::service(source),
            source.resource_name().to_owned(),
            source.as_str(),
        ),
        None => (
            "Kafka",
            format!("self-managed, {}", mapping.uuid),
            mapping.uuid.as_str(),
        ),
    };
    let (sign, role) = if mapping.is_disabled() {
        ("▲ ", Role::Warn)
    } else {
        ("", Role::Text)
    };
    let mut parts = vec![format!("{name} · {sign}{}", mapping.state.to_lowercase())];
    parts.extend(mapping.batch_size.map(|size| format!("batch {size}")));
    parts.extend(
        mapping
            .batch_window_s
            .filter(|&seconds| seconds > 0)
            .map(|seconds| format!("window {}", words::span(seconds))),
    );
    parts.extend(
        mapping
            .maximum_concurrency
            .map(|most| format!("at most {most} at once")),
    );
    if mapping.partial_batch_responses {
        parts.push("partial responses".to_owned());
    }
    writer.named_sentence(label, &parts.join(" · "), whole, role);
    if let Some(reason) = mapping
        .state_reason
        .as_deref()
        .filter(|_| mapping.is_disabled())
    {
        writer.fact_as("  reason", reason, Role::Dim);
    }
    if let Some(result) = mapping.last_result.as_deref() {
        let role = if result.starts_with("PROBLEM") {
            Role::Error
        } else {
            Role::Dim
        };
        writer.fact_as("  last result", result, role);
    }
    if let Some(target) = &mapping.on_failure {
        writer.named(
            "  on failure",
            words::resource(target),
            target.as_str(),
            Role::Text,
        );
    }
    for pattern in &mapping.filters {
        writer.fact_as("  filter", pattern.as_str(), Role::Dim);
    }
}

pub(super) fn asynchronous(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.async_configs;
    writer.section("Async invokes", "");
    writer.part(Part::Async, "async", slot, |writer, configs| {
        let own = configs.iter().find(|(qualifier, _)| qualifier == LATEST);
        let config = own.map(|(_, config)| config.clone()).unwrap_or_default();
        let origin = if own.is_some() {
            ""
        } else {
            " · AWS defaults"
        };
        writer.fact("retries", format!("{}{origin}", retries(&config)));
        for (label, target) in targets(&config) {
            match target {
                Some(target) => {
                    writer.named(label, words::resource(target), target.as_str(), Role::Text);
                }
                None => writer.fact_as(label, "–", Role::Dim),
            }
        }
        // A version or an alias follows its own settings only: what is called by it, does.
        for (qualifier, config) in configs.iter().filter(|(one, _)| one != LATEST) {
            writer.fact(
                &format!("of {qualifier}"),
                format!("retries {}", retries(config)),
            );
            for (label, target) in targets(config) {
                if let Some(target) = target {
                    let label = format!("  {label}");
                    writer.named(&label, words::resource(target), target.as_str(), Role::Text);
                }
            }
        }
    });
    dead_letters(writer, facts);
}

fn targets(config: &AsyncConfig) -> [(&'static str, Option<&Arn>); 2] {
    [
        ("on success", config.on_success.as_ref()),
        ("on failure", config.on_failure.as_ref()),
    ]
}

/// Without settings of its own AWS tries twice more within six hours (Lambda API).
fn retries(config: &AsyncConfig) -> String {
    let retries = match config.maximum_retries.unwrap_or(2) {
        0 => "none".to_owned(),
        1 => "1".to_owned(),
        n => n.to_string(),
    };
    let age = words::span(config.maximum_age_s.unwrap_or(21_600));
    format!("{retries} · an event is kept {age}")
}

fn dead_letters(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    let target = configuration.summary.dead_letter.as_ref();
    writer.of(Part::Configuration, slot, |writer| match target {
        Some(target) => writer.named(
            "dead letters",
            words::resource(target),
            target.as_str(),
            Role::Text,
        ),
        None => writer.fact_as("dead letters", "–", Role::Dim),
    });
    if facts.dead_letter_queue_arn().is_none() {
        return;
    }
    let slot = &facts.dead_letter_queue;
    writer.part(Part::DeadLetterQueue, "  depth", slot, |writer, queue| {
        let mut parts = vec![format!("{} waiting", age::count(queue.visible))];
        if queue.in_flight > 0 {
            parts.push(format!("{} in flight", age::count(queue.in_flight)));
        }
        if queue.delayed > 0 {
            parts.push(format!("{} delayed", age::count(queue.delayed)));
        }
        parts.extend(
            queue
                .retention_s
                .map(|seconds| format!("kept {}", words::span(seconds))),
        );
        let text = parts.join(" · ");
        if queue.visible > 0 {
            writer.fact_as("  depth", format!("▲ {text}"), Role::Warn);
        } else {
            writer.fact("  depth", text);
        }
    });
}

pub(super) fn concurrency(writer: &mut RowWriter, facts: &Facts) {
    writer.section("Concurrency", "");
    writer.part(
        Part::Reserved,
        "reserved",
        &facts.reserved,
        |writer, reserved| match reserved {
            None => writer.fact("reserved", "none · shares the account's pool"),
            Some(0) => writer.fact_as(
                "reserved",
                "▲ 0 · switched off: every invoke is throttled",
                Role::Error,
            ),
            Some(reserved) => writer.fact("reserved", reserved.to_string()),
        },
    );
    let slot = &facts.provisioned;
    writer.part(Part::Provisioned, "provisioned", slot, |writer, configs| {
        if configs.is_empty() {
            writer.fact_as("provisioned", "–", Role::Dim);
        }
        for config in configs {
            let mut text = format!(
                "{} · {} of {} ready",
                config.qualifier, config.available, config.requested
            );
            if config.status != "READY" {
                let status = config.status.to_lowercase().replace('_', " ");
                text.push_str(&format!(" · {status}"));
            }
            if let Some(reason) = &config.reason {
                text.push_str(&format!(" · {reason}"));
            }
            match config.status.as_str() {
                "READY" => writer.fact("provisioned", text),
                "FAILED" => writer.fact_as("provisioned", format!("✖ {text}"), Role::Error),
                _ => writer.fact_as("provisioned", format!("▲ {text}"), Role::Warn),
            }
        }
    });
}

pub(super) fn versions(writer: &mut RowWriter, facts: &Facts) {
    writer.section("Versions and aliases", "");
    writer.part(
        Part::Aliases,
        "aliases",
        &facts.aliases,
        |writer, aliases| {
            if aliases.is_empty() {
                writer.fact_as("aliases", "–", Role::Dim);
            }
            for alias in aliases {
                let target = words::alias_target(alias);
                writer.fact(
                    &alias.name,
                    joined(" · ", [&Some(target), &Some(alias.description.clone())]),
                );
            }
        },
    );
    writer.part(
        Part::Versions,
        "versions",
        &facts.versions,
        |writer, versions| {
            let mut published: Vec<_> = versions
                .iter()
                .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version)))
                .collect();
            published.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
            if published.is_empty() {
                writer.fact_as("versions", "none published", Role::Dim);
            }
            for (number, version) in published.iter().take(VERSIONS) {
                let published = version.modified.map(|at| writer.ago(at));
                let code = Some(age::bytes(version.code_size)).filter(|_| version.code_size > 0);
                let text = joined(
                    " · ",
                    [&published, &code, &Some(version.description.clone())],
                );
                writer.fact(&format!("v{number}"), text);
            }
            let older = published.len().saturating_sub(VERSIONS);
            if older > 0 {
                writer.fact_as("", format!("{} older", age::count(older as u64)), Role::Dim);
            }
        },
    );
}

pub(super) fn urls(writer: &mut RowWriter, facts: &Facts) {
    writer.section("Function URL", "");
    writer.part(Part::Urls, "URL", &facts.urls, |writer, urls| {
        if urls.is_empty() {
            writer.fact_as("URL", "–", Role::Dim);
        }
        for url in urls {
            let label = url.qualifier.as_deref().unwrap_or("$LATEST");
            writer.fact(label, url.url.as_str());
            let (auth, role) = match url.auth.as_str() {
                "NONE" => (
                    "▲ auth NONE: open to everyone its policy lets in".to_owned(),
                    Role::Warn,
                ),
                auth => (format!("auth {auth}"), Role::Text),
            };
            let text = joined(" · ", [&Some(auth), &url.invoke_mode]);
            writer.fact_as("", text, role);
        }
    });
}

pub(super) fn tags(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.tags;
    writer.section("Tags", words::counted(slot));
    writer.part(Part::Tags, "tags", slot, |writer, tags| {
        if let Some(owner) = owner::owner(tags) {
            writer.fact("deployed by", owner.to_string());
        }
        if tags.is_empty() {
            writer.fact_as("tags", "–", Role::Dim);
        }
        for (key, value) in tags {
            writer.fact(key, value.as_str());
        }
    });
}
