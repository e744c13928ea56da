//! What `GetFunctionConfiguration` tells: the function itself, its logs, environment and
//! surroundings.

use super::{
    super::{
        rows::RowWriter,
        words::{self, joined},
    },
    Subject,
};
use crate::{
    domain::{
        age,
        function::{Environment, FunctionConfiguration, FunctionSummary},
        function_list::{attention, today},
        runtime_support,
    },
    store::overview::facts::{Facts, Part},
    theme::Role,
};

pub(super) fn function(writer: &mut RowWriter, subject: &Subject<'_>) {
    let slot = &subject.facts.configuration;
    writer.section("Function", "");
    match (slot.value(), subject.listed) {
        (Some(configuration), _) => writer.of(Part::Configuration, slot, |writer| {
            if !configuration.description.is_empty() {
                writer.sentence("description", &configuration.description, Role::Text);
            }
            state(writer, configuration);
            runtime(writer, &configuration.summary);
            details(writer, configuration);
        }),
        (None, Some(summary)) => writer.of(Part::Configuration, slot, |writer| {
            runtime(writer, summary);
            writer.fact("limits", words::limits(summary, None));
            writer.fact("code", words::code(summary));
            writer.fact("ARN", summary.arn.as_str());
        }),
        (None, None) => {}
    }
    writer.of(Part::Configuration, slot, |writer| {
        writer.status("configuration", slot);
    });
}

fn state(writer: &mut RowWriter, configuration: &FunctionConfiguration) {
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
    writer.sentence("state", &text, role);
}

fn runtime(writer: &mut RowWriter, summary: &FunctionSummary) {
    let Some(id) = summary.runtime.as_deref() else {
        writer.fact("runtime", "container image");
        return;
    };
    writer.fact("runtime", id);
    let support = runtime_support::support(id, today(writer.now()));
    let Some(sentence) = support.sentence(id) else {
        return;
    };
    if support.note().is_some() {
        writer.sentence("", &format!("▲ {sentence}"), Role::Warn);
    } else {
        writer.sentence("", &sentence, Role::Dim);
    }
}

fn details(writer: &mut RowWriter, configuration: &FunctionConfiguration) {
    let summary = &configuration.summary;
    writer.fact("limits", words::limits(summary, configuration.ephemeral_mb));
    writer.fact("code", words::code(summary));
    if let Some(handler) = &configuration.handler {
        writer.fact("handler", handler.as_str());
    }
    if !configuration.image_command.is_empty() {
        writer.fact("command", configuration.image_command.join(" "));
    }
    if summary.durable {
        let limit = configuration
            .durable_timeout_s
            .map(|seconds| format!("runs up to {} · ", words::span(seconds)))
            .unwrap_or_default();
        writer.fact(
            "durable",
            format!("{limit}an invoke must name a version or alias"),
        );
    }
    if let Some(mode) = &configuration.snap_start {
        writer.fact("SnapStart", mode.as_str());
    }
    if let Some(mode) = &configuration.tenancy {
        writer.fact("tenancy", format!("{mode}: an invoke must name its tenant"));
    }
    let role = configuration.role.rsplit('/').next().unwrap_or_default();
    writer.named("role", role, &configuration.role, Role::Text);
    writer.fact("ARN", summary.arn.as_str());
}

pub(super) fn logs(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    writer.section("Logs and tracing", "");
    writer.of(Part::Configuration, slot, |writer| {
        let logging = &configuration.logging;
        writer.fact("log group", configuration.summary.log_group());
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
            writer.fact("log format", format);
        }
        if logging.system_level.as_deref() == Some("WARN") {
            writer.sentence(
                "",
                "▲ system level WARN hides START and REPORT of successful invocations: \
                 the logs hold no durations.",
                Role::Warn,
            );
        }
        if let Some(mode) = &configuration.tracing {
            writer.fact("tracing", format!("X-Ray {mode}"));
        }
    });
}

pub(super) fn environment(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    match &configuration.environment {
        Environment::Variables(variables) => {
            writer.section("Environment", words::count_of(variables.len()));
            writer.of(Part::Configuration, slot, |writer| {
                if variables.is_empty() {
                    writer.fact_as("variables", "–", Role::Dim);
                }
                for (name, value) in variables {
                    writer.secret(name, value);
                }
            });
        }
        Environment::Unreadable { code, message } => {
            writer.section("Environment", "not readable");
            writer.of(Part::Configuration, slot, |writer| {
                let text = format!(
                    "▲ the variables are missing here, not empty: AWS could not read them. \
                     {code}: {message}"
                );
                writer.sentence("variables", &text, Role::Warn);
            });
        }
    }
    writer.of(Part::Configuration, slot, |writer| {
        match &configuration.kms_key {
            Some(key) => {
                let name = key.rsplit('/').next().unwrap_or_default();
                writer.named("key", format!("KMS {name}"), key, Role::Text);
            }
            None => writer.fact_as("key", "AWS's own", Role::Dim),
        }
    });
}

pub(super) fn surroundings(writer: &mut RowWriter, facts: &Facts) {
    let slot = &facts.configuration;
    let Some(configuration) = slot.value() else {
        return;
    };
    writer.section("Network, layers, files", "");
    writer.of(Part::Configuration, slot, |writer| {
        match &configuration.vpc {
            None => writer.fact_as("VPC", "–", Role::Dim),
            Some(vpc) => {
                writer.fact("VPC", vpc.id.as_deref().unwrap_or("unnamed"));
                writer.fact("  subnets", vpc.subnets.join(", "));
                writer.fact("  security", vpc.security_groups.join(", "));
            }
        }
        if configuration.layers.is_empty() {
            writer.fact_as("layers", "–", Role::Dim);
        }
        for layer in &configuration.layers {
            let text = format!(
                "{} · {}",
                layer.arn.resource_name(),
                age::bytes(layer.code_size)
            );
            writer.named("layer", text, layer.arn.as_str(), Role::Text);
        }
        for (arn, path) in &configuration.file_systems {
            let name = arn.rsplit('/').next().unwrap_or_default();
            writer.named("file system", format!("{path} · {name}"), arn, Role::Text);
        }
    });
}
