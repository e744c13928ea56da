//! What `GetFunctionConfiguration` tells: the function itself, its logs, environment and
//! surroundings.

use super::{
    super::{
        rows::Sheet,
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

pub(super) fn function(sheet: &mut Sheet, subject: &Subject<'_>) {
    let slot = &subject.facts.configuration;
    sheet.section("Function", "");
    match (slot.value(), subject.listed) {
        (Some(configuration), _) => sheet.of(Part::Configuration, slot, |sheet| {
            if !configuration.description.is_empty() {
                sheet.sentence("description", &configuration.description, Role::Text);
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

pub(super) fn logs(sheet: &mut Sheet, facts: &Facts) {
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

pub(super) fn environment(sheet: &mut Sheet, facts: &Facts) {
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

pub(super) fn surroundings(sheet: &mut Sheet, facts: &Facts) {
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
