//! What the overview says, section by section, from what is known of a function.

use super::{
    rows::{Row, Sheet},
    words::{self, joined},
};
use crate::{
    domain::{
        age,
        function::{
            AsyncConfig, Environment, EventSourceMapping, FunctionConfiguration, FunctionSummary,
        },
        function_list::{attention, today},
        owner, runtime_support,
    },
    store::overview::facts::{Facts, Part},
    theme::Role,
};
use jiff::Timestamp;

/// More published versions than these are only counted.
const VERSIONS: usize = 10;

/// What the rows are made of.
pub struct Subject<'a> {
    /// The row of the function list: what is known before anything is read.
    pub listed: Option<&'a FunctionSummary>,
    /// What was read.
    pub facts: &'a Facts,
    /// Whether the session can be asked.
    pub is_open: bool,
}

/// Every row, and until when they are right.
pub fn rows(subject: &Subject<'_>, now: Timestamp, width: u16) -> (Vec<Row>, Timestamp) {
    let facts = subject.facts;
    let mut sheet = Sheet::new(now, width, subject.is_open);
    change(&mut sheet, subject);
    function(&mut sheet, subject);
    triggers(&mut sheet, facts);
    asynchronous(&mut sheet, facts);
    concurrency(&mut sheet, facts);
    versions(&mut sheet, facts);
    urls(&mut sheet, facts);
    logs(&mut sheet, facts);
    environment(&mut sheet, facts);
    surroundings(&mut sheet, facts);
    tags(&mut sheet, facts);
    sheet.finish()
}

/// What changed last: the first question of whoever looks for a cause.
fn change(sheet: &mut Sheet, subject: &Subject<'_>) {
    let facts = subject.facts;
    let summary = facts
        .configuration
        .value()
        .map(|configuration| &configuration.summary)
        .or(subject.listed);
    let mut parts = Vec::new();
    if let Some(at) = summary.and_then(|summary| summary.modified) {
        parts.push(format!("configuration {}", sheet.ago(at)));
    }
    if let Some(versions) = facts.versions.value() {
        let newest = versions
            .iter()
            .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version.modified)))
            .max();
        parts.push(match newest {
            Some((number, Some(at))) => format!("v{number} published {}", sheet.ago(at)),
            Some((number, None)) => format!("v{number} published"),
            None => "nothing published".to_owned(),
        });
    }
    if let Some(aliases) = facts.aliases.value() {
        let shown = aliases.iter().take(3);
        parts.extend(shown.map(|alias| format!("{} {}", alias.name, words::alias_target(alias))));
        if aliases.len() > 3 {
            parts.push(format!("{} more aliases", aliases.len() - 3));
        }
    }
    if !parts.is_empty() {
        sheet.sentence("changed", &parts.join(" · "), Role::Text);
    }
}

fn function(sheet: &mut Sheet, subject: &Subject<'_>) {
    let slot = &subject.facts.configuration;
    sheet.section("Function", "");
    match (slot.value(), subject.listed) {
        (Some(configuration), _) => sheet.of(Part::Configuration, slot, |sheet| {
            if !configuration.description.is_empty() {
                sheet.fact("description", configuration.description.as_str());
            }
            state(sheet, configuration);
            runtime(sheet, &configuration.summary);
            details(sheet, configuration);
        }),
        (None, Some(summary)) => sheet.of(Part::Configuration, slot, |sheet| {
            runtime(sheet, summary);
            sheet.fact("limits", words::limits(summary, None));
            sheet.fact("code", words::code(summary));
            sheet.fact("ARN", summary.arn.as_str());
        }),
        (None, None) => {}
    }
    sheet.of(Part::Configuration, slot, |sheet| {
        sheet.status("configuration", slot);
    });
}

fn state(sheet: &mut Sheet, configuration: &FunctionConfiguration) {
    let state = &configuration.state;
    let word = attention::state_text(state);
    if word.is_empty() {
        return;
    }
    let (sign, role) = match word.as_ref() {
        "active" => ("", Role::Text),
        word if word.contains("fail") => ("✖ ", Role::Error),
        _ => ("▲ ", Role::Warn),
    };
    let update = joined(
        ": ",
        [&state.last_update_reason_code, &state.last_update_reason],
    );
    let own = joined(": ", [&state.state_reason_code, &state.state_reason]);
    let reason = match state.last_update.as_deref() {
        Some("Failed") if !update.is_empty() => update,
        _ => own,
    };
    let text = if reason.is_empty() {
        format!("{sign}{word}")
    } else {
        format!("{sign}{word} · {reason}")
    };
    sheet.sentence("state", &text, role);
}

fn runtime(sheet: &mut Sheet, summary: &FunctionSummary) {
    let Some(id) = summary.runtime.as_deref() else {
        sheet.fact("runtime", "container image");
        return;
    };
    sheet.fact("runtime", id);
    let support = runtime_support::support(id, today(sheet.now()));
    let Some(sentence) = support.sentence(id) else {
        return;
    };
    if support.note().is_some() {
        sheet.sentence("", &format!("▲ {sentence}"), Role::Warn);
    } else {
        sheet.sentence("", &sentence, Role::Dim);
    }
}

fn details(sheet: &mut Sheet, configuration: &FunctionConfiguration) {
    let summary = &configuration.summary;
    sheet.fact("limits", words::limits(summary, configuration.ephemeral_mb));
    sheet.fact("code", words::code(summary));
    if let Some(handler) = &configuration.handler {
        sheet.fact("handler", handler.as_str());
    }
    if !configuration.image_command.is_empty() {
        sheet.fact("command", configuration.image_command.join(" "));
    }
    if summary.durable {
        let limit = configuration
            .durable_timeout_s
            .map(|seconds| format!("runs up to {} · ", words::span(seconds)))
            .unwrap_or_default();
        sheet.fact(
            "durable",
            format!("{limit}an invoke must name a version or alias"),
        );
    }
    if let Some(mode) = &configuration.snap_start {
        sheet.fact("SnapStart", mode.as_str());
    }
    if let Some(mode) = &configuration.tenancy {
        sheet.fact("tenancy", format!("{mode}: an invoke must name its tenant"));
    }
    let role = configuration.role.rsplit('/').next().unwrap_or_default();
    sheet.named("role", role, &configuration.role, Role::Text);
    sheet.fact("ARN", summary.arn.as_str());
}

fn triggers(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.triggers;
    sheet.section("Triggers", words::counted(slot));
    sheet.part(Part::Triggers, "triggers", slot, |sheet, mappings| {
        if mappings.is_empty() {
            sheet.fact_as("triggers", "none that Lambda polls", Role::Dim);
        }
        for mapping in mappings {
            trigger(sheet, mapping);
        }
    });
}

fn trigger(sheet: &mut Sheet, mapping: &EventSourceMapping) {
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
    sheet.named_sentence(label, &parts.join(" · "), whole, role);
    if let Some(reason) = mapping
        .state_reason
        .as_deref()
        .filter(|_| mapping.is_disabled())
    {
        sheet.fact_as("  reason", reason, Role::Dim);
    }
    if let Some(result) = mapping.last_result.as_deref() {
        let role = if result.starts_with("PROBLEM") {
            Role::Error
        } else {
            Role::Dim
        };
        sheet.fact_as("  last result", result, role);
    }
    if let Some(target) = &mapping.on_failure {
        sheet.named(
            "  on failure",
            words::resource(target),
            target.as_str(),
            Role::Text,
        );
    }
    for pattern in &mapping.filters {
        sheet.fact_as("  filter", pattern.as_str(), Role::Dim);
    }
}

fn asynchronous(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.async_config;
    sheet.section("Async invokes", "");
    sheet.part(Part::Async, "async", slot, |sheet, config| {
        let is_own = config.is_some();
        let config = config.clone().unwrap_or_default();
        retries(sheet, &config, is_own);
        for (label, target) in [
            ("on success", &config.on_success),
            ("on failure", &config.on_failure),
        ] {
            match target {
                Some(target) => {
                    sheet.named(label, words::resource(target), target.as_str(), Role::Text);
                }
                None => sheet.fact_as(label, "–", Role::Dim),
            }
        }
    });
    dead_letters(sheet, facts);
}

/// Without settings of its own AWS tries twice more within six hours (Lambda API).
fn retries(sheet: &mut Sheet, config: &AsyncConfig, is_own: bool) {
    let retries = match config.maximum_retries.unwrap_or(2) {
        0 => "none".to_owned(),
        1 => "1".to_owned(),
        n => n.to_string(),
    };
    let age = words::span(config.maximum_age_s.unwrap_or(21_600));
    let origin = if is_own { "" } else { " · AWS defaults" };
    sheet.fact(
        "retries",
        format!("{retries} · an event is kept {age}{origin}"),
    );
}

fn dead_letters(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    let target = configuration.summary.dead_letter.as_ref();
    sheet.of(Part::Configuration, slot, |sheet| match target {
        Some(target) => sheet.named(
            "dead letters",
            words::resource(target),
            target.as_str(),
            Role::Text,
        ),
        None => sheet.fact_as("dead letters", "–", Role::Dim),
    });
    if facts.dead_letter_queue_arn().is_none() {
        return;
    }
    let slot = &facts.dead_letter_queue;
    sheet.part(Part::DeadLetterQueue, "  depth", slot, |sheet, queue| {
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
            sheet.fact_as("  depth", format!("▲ {text}"), Role::Warn);
        } else {
            sheet.fact("  depth", text);
        }
    });
}

fn concurrency(sheet: &mut Sheet, facts: &Facts) {
    sheet.section("Concurrency", "");
    sheet.part(
        Part::Reserved,
        "reserved",
        &facts.reserved,
        |sheet, reserved| match reserved {
            None => sheet.fact("reserved", "none · shares the account's pool"),
            Some(0) => sheet.fact_as(
                "reserved",
                "▲ 0 · switched off: every invoke is throttled",
                Role::Error,
            ),
            Some(reserved) => sheet.fact("reserved", reserved.to_string()),
        },
    );
    let slot = &facts.provisioned;
    sheet.part(Part::Provisioned, "provisioned", slot, |sheet, configs| {
        if configs.is_empty() {
            sheet.fact_as("provisioned", "–", Role::Dim);
        }
        for config in configs {
            let mut text = format!(
                "{} · {} of {} ready · {}",
                config.qualifier,
                config.available,
                config.requested,
                config.status.to_lowercase()
            );
            if let Some(reason) = &config.reason {
                text.push_str(&format!(" · {reason}"));
            }
            match config.status.as_str() {
                "READY" => sheet.fact("provisioned", text),
                "FAILED" => sheet.fact_as("provisioned", format!("✖ {text}"), Role::Error),
                _ => sheet.fact_as("provisioned", format!("▲ {text}"), Role::Warn),
            }
        }
    });
}

fn versions(sheet: &mut Sheet, facts: &Facts) {
    sheet.section("Versions and aliases", "");
    sheet.part(
        Part::Aliases,
        "aliases",
        &facts.aliases,
        |sheet, aliases| {
            if aliases.is_empty() {
                sheet.fact_as("aliases", "–", Role::Dim);
            }
            for alias in aliases {
                let target = words::alias_target(alias);
                sheet.fact(
                    &alias.name,
                    joined(" · ", [&Some(target), &Some(alias.description.clone())]),
                );
            }
        },
    );
    sheet.part(
        Part::Versions,
        "versions",
        &facts.versions,
        |sheet, versions| {
            let mut published: Vec<_> = versions
                .iter()
                .filter_map(|version| Some((version.version.parse::<u64>().ok()?, version)))
                .collect();
            published.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
            if published.is_empty() {
                sheet.fact_as("versions", "none published", Role::Dim);
            }
            for (number, version) in published.iter().take(VERSIONS) {
                let published = version.modified.map(|at| sheet.ago(at));
                let code = Some(age::bytes(version.code_size)).filter(|_| version.code_size > 0);
                let text = joined(
                    " · ",
                    [&published, &code, &Some(version.description.clone())],
                );
                sheet.fact(&format!("v{number}"), text);
            }
            let older = published.len().saturating_sub(VERSIONS);
            if older > 0 {
                sheet.fact_as("", format!("{} older", age::count(older as u64)), Role::Dim);
            }
        },
    );
}

fn urls(sheet: &mut Sheet, facts: &Facts) {
    sheet.section("Function URL", "");
    sheet.part(Part::Urls, "URL", &facts.urls, |sheet, urls| {
        if urls.is_empty() {
            sheet.fact_as("URL", "–", Role::Dim);
        }
        for url in urls {
            let label = url.qualifier.as_deref().unwrap_or("$LATEST");
            sheet.fact(label, url.url.as_str());
            let (auth, role) = match url.auth.as_str() {
                "NONE" => (
                    "▲ auth NONE: open to everyone its policy lets in".to_owned(),
                    Role::Warn,
                ),
                auth => (format!("auth {auth}"), Role::Text),
            };
            let text = joined(" · ", [&Some(auth), &url.invoke_mode]);
            sheet.fact_as("", text, role);
        }
    });
}

fn logs(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    sheet.section("Logs and tracing", "");
    sheet.of(Part::Configuration, slot, |sheet| {
        let logging = &configuration.logging;
        sheet.fact("log group", configuration.summary.log_group());
        let level = |name: &str, level: &Option<String>| {
            level.as_ref().map(|level| format!("{name} {level}"))
        };
        let format = joined(
            " · ",
            [
                &logging.format,
                &level("application", &logging.application_level),
                &level("system", &logging.system_level),
            ],
        );
        if !format.is_empty() {
            sheet.fact("log format", format);
        }
        if logging.system_level.as_deref() == Some("WARN") {
            sheet.sentence(
                "",
                "▲ system level WARN hides START and REPORT of successful invocations: \
                 the logs hold no durations.",
                Role::Warn,
            );
        }
        if let Some(mode) = &configuration.tracing {
            sheet.fact("tracing", format!("X-Ray {mode}"));
        }
    });
}

fn environment(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    match &configuration.environment {
        Environment::Variables(variables) => {
            sheet.section("Environment", words::count_of(variables.len()));
            sheet.of(Part::Configuration, slot, |sheet| {
                if variables.is_empty() {
                    sheet.fact_as("variables", "–", Role::Dim);
                }
                for (name, value) in variables {
                    sheet.secret(name, value);
                }
            });
        }
        Environment::Unreadable { code, message } => {
            sheet.section("Environment", "not readable");
            sheet.of(Part::Configuration, slot, |sheet| {
                let text = format!(
                    "▲ the variables are missing here, not empty: AWS could not read them. \
                     {code}: {message}"
                );
                sheet.sentence("variables", &text, Role::Warn);
            });
        }
    }
    sheet.of(Part::Configuration, slot, |sheet| {
        match &configuration.kms_key {
            Some(key) => {
                let name = key.rsplit('/').next().unwrap_or_default();
                sheet.named("key", format!("KMS {name}"), key, Role::Text);
            }
            None => sheet.fact_as("key", "AWS's own", Role::Dim),
        }
    });
}

fn surroundings(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    sheet.section("Network, layers, files", "");
    sheet.of(Part::Configuration, slot, |sheet| {
        match &configuration.vpc {
            None => sheet.fact_as("VPC", "–", Role::Dim),
            Some(vpc) => {
                sheet.fact("VPC", vpc.id.as_deref().unwrap_or("unnamed"));
                sheet.fact("  subnets", vpc.subnets.join(", "));
                sheet.fact("  security", vpc.security_groups.join(", "));
            }
        }
        if configuration.layers.is_empty() {
            sheet.fact_as("layers", "–", Role::Dim);
        }
        for layer in &configuration.layers {
            let text = format!(
                "{} · {}",
                layer.arn.resource_name(),
                age::bytes(layer.code_size)
            );
            sheet.named("layer", text, layer.arn.as_str(), Role::Text);
        }
        for (arn, path) in &configuration.file_systems {
            let name = arn.rsplit('/').next().unwrap_or_default();
            sheet.named("file system", format!("{path} · {name}"), arn, Role::Text);
        }
    });
}

fn tags(sheet: &mut Sheet, facts: &Facts) {
    let slot = &facts.tags;
    sheet.section("Tags", words::counted(slot));
    sheet.part(Part::Tags, "tags", slot, |sheet, tags| {
        if let Some(owner) = owner::owner(tags) {
            sheet.fact("deployed by", owner.to_string());
        }
        if tags.is_empty() {
            sheet.fact_as("tags", "–", Role::Dim);
        }
        for (key, value) in tags {
            sheet.fact(key, value.as_str());
        }
    });
}
