//! Lines in JSON: the platform's `{"time","type":"platform.…","record"}`, and those of the function
//! as Lambda's runtimes and the usual loggers write them.
//!
//! A line of the function is read from its tokens, without building a value: it may be cut off,
//! and there are many.

use std::borrow::Cow;

use serde::Deserialize;

use super::platform::{InitPhase, PlatformLine, Report, Verdict, Xray};
use super::{AppLine, Level, Line, Numbers, failures, is_uuid, names};
use crate::domain::json::{Kind, tokens};

/// `message` begins with `{`.
pub(super) fn read(message: &str, numbers: Numbers) -> Line<'_> {
    if is_platform(message)
        && let Ok(event) = serde_json::from_str::<Event<'_>>(message)
    {
        return Line::Platform(platform(event));
    }
    let Facts {
        level,
        request_id,
        timestamp,
        error_type,
        error_message,
        text,
        unhandled,
        ..
    } = app(message, numbers);
    Line::App(AppLine {
        level,
        request_id,
        timestamp,
        error_type,
        error_message,
        text,
        unhandled,
        continues: false,
    })
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

/// The facts that an object of the function carries under the names that loggers use.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// Its severity, said or shown.
    pub(super) level: Option<Level>,
    /// Its severity as it says itself.
    pub(super) said_level: Option<Level>,
    pub(super) request_id: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    pub(super) error_type: Option<Cow<'a, str>>,
    pub(super) error_message: Option<Cow<'a, str>>,
    /// What it says, or all of it.
    pub(super) text: Cow<'a, str>,
    /// Whether `text` is what it says.
    pub(super) has_text: bool,
    /// The runtime's client wrote it for a handler that failed.
    pub(super) unhandled: bool,
    /// A metric in the embedded format: whatever its members are called, it is no error.
    pub(super) is_metric: bool,
    levels: names::Levels,
    /// An exception, as text.
    exception: Option<Cow<'a, str>>,
}

/// Objects within objects that are looked at.
const DEPTH: usize = 3;

/// Reads an object, which may be cut off.
pub(super) fn app(message: &str, numbers: Numbers) -> Facts<'_> {
    let mut facts = Facts {
        text: message.into(),
        ..Facts::default()
    };
    let mut depth = 0_usize;
    let mut key = "";
    // Under which names the objects around the token stand.
    let mut parents = [""; DEPTH + 1];
    for token in tokens(message) {
        let piece = &message[token.range];
        match token.kind {
            Kind::Key if depth <= DEPTH => key = unquoted(piece),
            Kind::Punctuation => match piece {
                "{" | "[" => {
                    if let Some(parent) = parents.get_mut(depth) {
                        *parent = key;
                    }
                    facts.is_metric |= depth == 1 && key == "_aws";
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
                    facts.take(key, piece, numbers);
                    if facts.is_settled() {
                        break;
                    }
                }
                2 | 3 => facts.take_inner(parents[depth - 1], key, piece, numbers),
                _ => {}
            },
            _ => {}
        }
    }
    facts.judge();
    facts
}

impl<'a> Facts<'a> {
    /// Nothing that follows would change how a line is shown or counted: only errors have more to
    /// tell.
    fn is_settled(&self) -> bool {
        self.has_text
            && self.levels.is_settled()
            && self.levels.level().is_some_and(|level| !level.is_error())
            && self.request_id.is_some()
            && self.timestamp.is_some()
    }

    fn take(&mut self, name: &str, value: &'a str, numbers: Numbers) {
        if names::is_level(name) {
            self.levels.take(name, unquoted(value), numbers);
        } else if names::is_message(name) {
            self.text = unescaped(value);
            self.has_text = true;
        } else if names::is_request(name) {
            let id = unquoted(value);
            if self.request_id.is_none() && is_uuid(id) {
                self.request_id = Some(id.into());
            }
        } else if names::is_time(name) {
            self.timestamp.get_or_insert_with(|| unescaped(value));
        } else if names::is_error_type(name) {
            self.error_type = Some(class(unescaped(value)));
        } else if names::is_error_message(name) {
            self.error_message = Some(unescaped(value));
        } else if matches!(name, "@x" | "Exception" | "exception") {
            self.exception = Some(unescaped(value));
        }
    }

    /// Node.js nests an error under `message`, other loggers under `error`, `err` or `exception`;
    /// ECS its level under `log`, Rust's `tracing` the message under `fields`.
    fn take_inner(&mut self, parent: &str, name: &str, value: &'a str, numbers: Numbers) {
        match (parent, name) {
            ("message", "errorType")
            | ("error" | "err" | "exception", "errorType" | "type" | "name" | "class") => {
                self.error_type
                    .get_or_insert_with(|| class(unescaped(value)));
            }
            ("message", "errorMessage")
            | ("error" | "err" | "exception", "errorMessage" | "message") => {
                self.error_message.get_or_insert_with(|| unescaped(value));
            }
            ("log", "level") => self.levels.take("level", unquoted(value), numbers),
            ("fields", "message") if !self.has_text => {
                self.text = unescaped(value);
                self.has_text = true;
            }
            _ => {}
        }
    }

    /// What follows from all of them.
    fn judge(&mut self) {
        self.said_level = self.levels.level();
        if self.is_metric {
            self.said_level = self.said_level.filter(|level| !level.is_error());
            self.level = self.said_level;
            (self.error_type, self.error_message) = (None, None);
            return;
        }
        self.level = self
            .said_level
            .or(self.error_type.is_some().then_some(Level::Error));
        let is_error = self.level.is_some_and(Level::is_error);
        // A runtime's client has nothing to say beside the error.
        self.unhandled =
            is_error && !self.has_text && self.error_type.is_some() && self.error_message.is_some();
        if is_error && self.error_type.is_none() {
            let said = self.exception.as_ref().filter(|text| !text.is_empty());
            let said = said.or(self.has_text.then_some(&self.text));
            if let Some((kind, message, is_report)) = said.and_then(shape) {
                self.error_type = Some(kind);
                self.error_message.get_or_insert(message);
                self.unhandled = is_report && self.exception.is_none();
            }
        }
    }
}

/// Type and message in a text, and whether it is the report of a runtime's client.
fn shape<'a>(text: &Cow<'a, str>) -> Option<(Cow<'a, str>, Cow<'a, str>, bool)> {
    Some(match text {
        Cow::Borrowed(text) => {
            let shape = failures::in_shape(text)?;
            (shape.kind.into(), shape.message.into(), shape.is_report)
        }
        Cow::Owned(text) => {
            let shape = failures::in_shape(text)?;
            let (kind, message) = (shape.kind.to_owned(), shape.message.to_owned());
            (kind.into(), message.into(), shape.is_report)
        }
    })
}

/// The class in a type as Ruby's client writes it, `Function<RuntimeError>`.
fn class(kind: Cow<'_, str>) -> Cow<'_, str> {
    let inner = |kind: &str| {
        let (part, rest) = kind.split_once('<')?;
        let class = rest.strip_suffix('>')?;
        matches!(part, "Function" | "Init" | "Runtime").then(|| class.len())
    };
    match inner(&kind) {
        None => kind,
        Some(length) => {
            let start = kind.len() - 1 - length;
            match kind {
                Cow::Borrowed(kind) => Cow::Borrowed(&kind[start..start + length]),
                Cow::Owned(kind) => Cow::Owned(kind[start..start + length].to_owned()),
            }
        }
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
