//! The platform's lines in Lambda's text format.

use super::platform::{InitPhase, PlatformLine, Report, Verdict, Xray};
use super::{first_line, is_uuid};

/// The platform's line that a message is, if it is one.
pub(super) fn platform(message: &str) -> Option<PlatformLine<'_>> {
    // Every platform line in text format begins with one of these letters or a time stamp.
    match message.as_bytes().first()? {
        b'S' => {
            let rest = message.strip_prefix("START RequestId: ")?;
            let (request_id, rest) = word(rest);
            let version = rest
                .trim_start()
                .strip_prefix("Version: ")
                .map(|rest| word(rest).0.into());
            Some(PlatformLine::Start {
                request_id: request_id.into(),
                version,
            })
        }
        b'E' => {
            if let Some(rest) = message.strip_prefix("END RequestId: ") {
                return Some(PlatformLine::End {
                    request_id: word(rest).0.into(),
                });
            }
            let rest = message.strip_prefix("EXTENSION\t")?;
            let fields = Fields::of(rest);
            Some(PlatformLine::Extension {
                name: fields.get("Name")?.into(),
                state: fields.get("State").unwrap_or_default().into(),
                error_type: fields.get("Error Type").map(Into::into),
            })
        }
        b'T' | b'L' => {
            let rest = message
                .strip_prefix("TELEMETRY\t")
                .or_else(|| message.strip_prefix("LOGS\t"))?;
            let fields = Fields::of(rest);
            Some(PlatformLine::TelemetrySubscription {
                name: fields.get("Name")?.into(),
                state: fields.get("State").unwrap_or_default().into(),
            })
        }
        b'I' => init(message),
        b'R' => report(message)
            .or_else(|| restore(message))
            .or_else(|| exited(message)),
        b'X' => xray(message).map(PlatformLine::Xray),
        b'0'..=b'9' => timed_out(message),
        _ => None,
    }
}

fn init(message: &str) -> Option<PlatformLine<'_>> {
    if let Some(rest) = message.strip_prefix("INIT_START ") {
        let fields = Fields::of(rest);
        return Some(PlatformLine::InitStart {
            runtime_version: fields.get("Runtime Version").map(Into::into),
            runtime_version_arn: fields.get("Runtime Version ARN").map(Into::into),
            function_version: None,
            initialization_type: None,
            phase: None,
        });
    }
    let fields = Fields::of(message.strip_prefix("INIT_REPORT ")?);
    Some(PlatformLine::InitReport {
        duration_ms: fields.number("Init Duration"),
        phase: fields.get("Phase").map(InitPhase::new),
        verdict: fields.get("Status").map(Verdict::new),
        error_type: fields.get("Error Type").map(Into::into),
    })
}

fn restore(message: &str) -> Option<PlatformLine<'_>> {
    if let Some(rest) = message.strip_prefix("RESTORE_START") {
        let fields = Fields::of(rest);
        return Some(PlatformLine::RestoreStart {
            runtime_version: fields.get("Runtime Version").map(Into::into),
        });
    }
    let fields = Fields::of(message.strip_prefix("RESTORE_REPORT ")?);
    Some(PlatformLine::RestoreReport {
        duration_ms: fields.number("Restore Duration"),
        verdict: fields.get("Status").map(Verdict::new),
        error_type: fields.get("Error Type").map(Into::into),
    })
}

fn report(message: &str) -> Option<PlatformLine<'_>> {
    let rest = message.strip_prefix("REPORT RequestId: ")?;
    let (request_id, rest) = word(rest);
    let fields = Fields::of(first_line(rest));
    let second = rest.split(['\n', '\r']).skip(1).find_map(xray);
    // Some deliveries join the trace's line to the report's by a tab.
    let joined = || rest.find("XRAY TraceId: ").and_then(|at| xray(&rest[at..]));
    Some(PlatformLine::Report(Report {
        request_id: request_id.into(),
        duration_ms: fields.number("Duration"),
        billed_ms: fields.number("Billed Duration"),
        memory_mb: fields.number("Memory Size").map(|mb| mb as u32),
        used_mb: fields.number("Max Memory Used").map(|mb| mb as u32),
        init_ms: fields.number("Init Duration"),
        restore_ms: fields.number("Restore Duration"),
        verdict: fields.get("Status").map(Verdict::new),
        error_type: fields.get("Error Type").map(Into::into),
        xray: second.or_else(joined),
    }))
}

fn xray(line: &str) -> Option<Xray<'_>> {
    line.strip_prefix("XRAY TraceId: ")?;
    let fields = Fields::of(line);
    Some(Xray {
        trace_id: fields.get("XRAY TraceId")?.into(),
        segment_id: fields.get("SegmentId").map(Into::into),
        sampled: fields.get("Sampled") == Some("true"),
    })
}

/// `RequestId: <uuid> Error: Runtime exited…`, `RequestId: <uuid> Process exited before…`, or the
/// bare line `Runtime.ExitError`.
fn exited(message: &str) -> Option<PlatformLine<'_>> {
    if let Some(rest) = message.strip_prefix("RequestId: ") {
        let (request_id, rest) = word(rest);
        let reason = first_line(rest.trim_start());
        let reason = reason.strip_prefix("Error: ").unwrap_or(reason);
        return is_uuid(request_id).then(|| PlatformLine::Exited {
            request_id: Some(request_id.into()),
            reason: reason.into(),
        });
    }
    let name = first_line(message);
    let is_name = name.len() > "Runtime.".len()
        && name.starts_with("Runtime.")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_name.then(|| PlatformLine::Exited {
        request_id: None,
        reason: name.into(),
    })
}

/// `2024-03-04T17:22:38.033Z <uuid> Task timed out after 3.00 seconds`
fn timed_out(message: &str) -> Option<PlatformLine<'_>> {
    let (time, rest) = word(message);
    is_time(time).then_some(())?;
    let (request_id, rest) = word(rest.strip_prefix(' ')?);
    let seconds = rest.strip_prefix(" Task timed out after ")?;
    let seconds = word(seconds).0.parse().ok()?;
    is_uuid(request_id).then(|| PlatformLine::TimedOut {
        request_id: request_id.into(),
        seconds,
    })
}

/// The text up to the first white space, and the rest from there on.
fn word(text: &str) -> (&str, &str) {
    let end = text.find([' ', '\t', '\n', '\r']).unwrap_or(text.len());
    text.split_at(end)
}

/// `2024-03-04T17:22:38.033Z`, by its shape.
pub(super) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':'
}

/// The `Key: value` pairs of a platform line. Separators differ (tabs, in places spaces), so it is
/// the known keys that delimit values.
struct Fields<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Fields<'a> {
    /// Where one key ends like another, the longer stands first.
    const KEYS: [&'static str; 19] = [
        "Billed Restore Duration",
        "Restore Duration",
        "Billed Duration",
        "Init Duration",
        "Duration",
        "Max Memory Used",
        "Memory Size",
        "Error Type",
        "Status",
        "Phase",
        "XRAY TraceId",
        "SegmentId",
        "Sampled",
        "Runtime Version ARN",
        "Runtime Version",
        "Name",
        "State",
        "Events",
        "Types",
    ];

    fn of(text: &'a str) -> Self {
        let mut found: Vec<(&'static str, &'a str)> = Vec::with_capacity(8);
        let mut value_start = 0;
        for colon in memchr::memmem::find_iter(text.as_bytes(), b": ") {
            let Some(key) = Self::KEYS.iter().find(|key| text[..colon].ends_with(**key)) else {
                continue;
            };
            if let Some(last) = found.last_mut() {
                last.1 = text[value_start..colon - key.len()].trim();
            }
            found.push((key, ""));
            value_start = colon + 2;
        }
        if let Some(last) = found.last_mut() {
            last.1 = text[value_start..].trim();
        }
        Self(found)
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(name, _)| *name == key)
            .map(|&(_, value)| value)
    }

    /// The number at the beginning of the value; its unit is AWS's fixed one.
    fn number(&self, key: &str) -> Option<f64> {
        word(self.get(key)?).0.parse().ok()
    }
}
