//! Lines in JSON: the platform's `{"time","type":"platform.…","record"}`, and those of the function
//! as Lambda's runtimes and the usual loggers write them.
//!
//! A line of the function is read from its tokens, without building a value: it may be cut off,
//! and there are many.

use std::borrow::Cow;

use serde::Deserialize;

use super::platform::{InitPhase, PlatformLine, Report, Verdict, Xray};
use super::{AppLine, Level, Line, is_uuid};
use crate::domain::json::{Kind, tokens};

/// `message` begins with `{`.
pub(super) fn read(message: &str) -> Line<'_> {
    if is_platform(message)
        && let Ok(event) = serde_json::from_str::<Event<'_>>(message)
    {
        return Line::Platform(platform(event));
    }
    Line::App(app(message))
}

/// The type stands at the beginning, after the time.
fn is_platform(message: &str) -> bool {
    const NEAR: usize = 160;
    let head = &message.as_bytes()[..message.len().min(NEAR)];
    memchr::memmem::find(head, b"\"platform.").is_some()
        && memchr::memmem::find(head, b"\"type\"").is_some()
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    record: Record<'a>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Record<'a> {
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    phase: Option<Cow<'a, str>>,
    #[serde(borrow)]
    initialization_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    runtime_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    runtime_version_arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    function_version: Option<Cow<'a, str>>,
    metrics: Option<Metrics>,
    #[serde(borrow)]
    tracing: Option<Tracing<'a>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    dropped_bytes: u64,
    dropped_records: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metrics {
    #[serde(rename = "durationMs")]
    duration: Option<f64>,
    #[serde(rename = "billedDurationMs")]
    billed: Option<f64>,
    #[serde(rename = "memorySizeMB")]
    memory: Option<f64>,
    #[serde(rename = "maxMemoryUsedMB")]
    used: Option<f64>,
    #[serde(rename = "initDurationMs")]
    init: Option<f64>,
    #[serde(rename = "restoreDurationMs")]
    restore: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Tracing<'a> {
    #[serde(borrow)]
    span_id: Option<Cow<'a, str>>,
    /// `Root=1-…;Parent=…;Sampled=1`
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
}

impl<'a> Tracing<'a> {
    fn xray(self) -> Option<Xray<'a>> {
        let value = self.value?;
        let part = |name: &str| {
            value
                .split(';')
                .find_map(|part| part.strip_prefix(name))
                .map(str::to_owned)
        };
        Some(Xray {
            trace_id: part("Root=")?.into(),
            segment_id: self.span_id.or_else(|| part("Parent=").map(Into::into)),
            sampled: part("Sampled=").as_deref() == Some("1"),
        })
    }
}

fn platform(event: Event<'_>) -> PlatformLine<'_> {
    let Event { kind, record } = event;
    let metrics = record.metrics.unwrap_or_default();
    let duration_ms = metrics.duration;
    let verdict = record.status.map(Verdict::new);
    let phase = record.phase.map(InitPhase::new);
    let error_type = record.error_type;
    let request_id = record.request_id;
    match (
        kind.strip_prefix("platform.").unwrap_or_default(),
        request_id,
    ) {
        ("start", Some(request_id)) => PlatformLine::Start {
            request_id,
            version: record.version,
        },
        ("runtimeDone", Some(request_id)) => PlatformLine::RuntimeDone {
            request_id,
            duration_ms,
            verdict,
            error_type,
        },
        ("report", Some(request_id)) => PlatformLine::Report(Report {
            request_id,
            duration_ms,
            billed_ms: metrics.billed,
            memory_mb: metrics.memory.map(|mb| mb as u32),
            used_mb: metrics.used.map(|mb| mb as u32),
            init_ms: metrics.init,
            restore_ms: metrics.restore,
            verdict,
            error_type,
            xray: record.tracing.and_then(Tracing::xray),
        }),
        ("initStart", _) => PlatformLine::InitStart {
            runtime_version: record.runtime_version,
            runtime_version_arn: record.runtime_version_arn,
            function_version: record.function_version,
            initialization_type: record.initialization_type,
            phase,
        },
        ("initRuntimeDone", _) => PlatformLine::InitRuntimeDone {
            phase,
            verdict,
            error_type,
        },
        ("initReport", _) => PlatformLine::InitReport {
            duration_ms,
            phase,
            verdict,
            error_type,
        },
        ("restoreStart", _) => PlatformLine::RestoreStart {
            runtime_version: record.runtime_version,
        },
        ("restoreRuntimeDone", _) => PlatformLine::RestoreRuntimeDone {
            verdict,
            error_type,
        },
        ("restoreReport", _) => PlatformLine::RestoreReport {
            duration_ms,
            verdict,
            error_type,
        },
        ("extension", _) => PlatformLine::Extension {
            name: record.name.unwrap_or_default(),
            state: record.state.unwrap_or_default(),
            error_type,
        },
        ("telemetrySubscription", _) => PlatformLine::TelemetrySubscription {
            name: record.name.unwrap_or_default(),
            state: record.state.unwrap_or_default(),
        },
        ("logsDropped", _) => PlatformLine::LogsDropped {
            records: record.dropped_records,
            bytes: record.dropped_bytes,
            reason: record.reason.unwrap_or_default(),
        },
        (_, request_id) => PlatformLine::Other { kind, request_id },
    }
}

/// The facts a line of the function carries under the names that loggers use.
pub(super) fn app(message: &str) -> AppLine<'_> {
    let mut line = AppLine {
        text: message.into(),
        ..AppLine::default()
    };
    let mut depth = 0_usize;
    let mut key = "";
    let mut parent = "";
    let mut has_text = false;
    for token in tokens(message) {
        let piece = &message[token.range];
        match token.kind {
            Kind::Key if depth <= 2 => key = unquoted(piece),
            Kind::Punctuation => match piece {
                "{" | "[" => {
                    if depth == 1 {
                        parent = key;
                    }
                    depth += 1;
                    key = "";
                }
                "}" | "]" => {
                    depth = depth.saturating_sub(1);
                    key = "";
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            },
            Kind::String | Kind::Number if !key.is_empty() => match depth {
                1 => {
                    take_fact(&mut line, key, piece);
                    has_text |= matches!(key, "message" | "msg" | "Message");
                    if has_text && is_settled(&line) {
                        break;
                    }
                }
                2 => take_error(&mut line, parent, key, piece),
                _ => {}
            },
            _ => {}
        }
    }
    if line.level.is_none() && line.error_type.is_some() {
        line.level = Some(Level::Error);
    }
    line
}

/// Nothing that follows would change how a line is shown or counted: only errors have more to tell.
fn is_settled(line: &AppLine<'_>) -> bool {
    line.level.is_some_and(|level| !level.is_error())
        && line.request_id.is_some()
        && line.timestamp.is_some()
}

fn take_fact<'a>(line: &mut AppLine<'a>, key: &str, value: &'a str) {
    match key {
        "level" | "log_level" | "severity" | "lvl" | "levelname" | "logLevel" | "Level"
        | "LogLevel" => {
            line.level = line.level.or_else(|| match value.parse() {
                Ok(number) => Some(Level::from_number(number)),
                Err(_) => Level::from_word(unquoted(value)),
            });
        }
        "requestId"
        | "AWSRequestId"
        | "awsRequestId"
        | "request_id"
        | "aws_request_id"
        | "function_request_id" => {
            let id = unquoted(value);
            if line.request_id.is_none() && is_uuid(id) {
                line.request_id = Some(id.into());
            }
        }
        "timestamp" | "time" | "@timestamp" | "ts" => {
            line.timestamp.get_or_insert_with(|| unescaped(value));
        }
        "message" | "msg" | "Message" => line.text = unescaped(value),
        "errorType" | "error_type" | "exception_name" => line.error_type = Some(unescaped(value)),
        "errorMessage" | "error_message" => line.error_message = Some(unescaped(value)),
        _ => {}
    }
}

/// Node nests an error under `message`, other loggers under `error`, `err` or `exception`.
fn take_error<'a>(line: &mut AppLine<'a>, parent: &str, key: &str, value: &'a str) {
    match (parent, key) {
        ("message", "errorType")
        | ("error" | "err" | "exception", "errorType" | "type" | "name") => {
            line.error_type.get_or_insert_with(|| unescaped(value));
        }
        ("message", "errorMessage")
        | ("error" | "err" | "exception", "errorMessage" | "message") => {
            line.error_message.get_or_insert_with(|| unescaped(value));
        }
        _ => {}
    }
}

fn unquoted(piece: &str) -> &str {
    let piece = piece.strip_prefix('"').unwrap_or(piece);
    piece.strip_suffix('"').unwrap_or(piece)
}

fn unescaped(piece: &str) -> Cow<'_, str> {
    if piece.starts_with('"')
        && piece.contains('\\')
        && let Ok(text) = serde_json::from_str::<String>(piece)
    {
        return text.into();
    }
    unquoted(piece).into()
}
