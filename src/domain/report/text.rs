//! Lines in Lambda's text format: the platform's, and those of Node, Python, Java and the plain
//! ones.

use super::platform::{InitPhase, PlatformLine, Report, Verdict, Xray};
use super::{AppLine, Level, Line, first_line, is_uuid, json};

pub(super) fn read(message: &str) -> Line<'_> {
    if let Some(line) = platform(message) {
        return Line::Platform(line);
    }
    Line::App(app(message))
}

fn platform(message: &str) -> Option<PlatformLine<'_>> {
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

fn app(message: &str) -> AppLine<'_> {
    tabbed(message)
        .or_else(|| java(message))
        .or_else(|| bracketed(message))
        .unwrap_or_else(|| plain(message))
}

/// Node: `<time>\t<request|undefined>\t<LEVEL>\t<text>`.
/// Python: `[LEVEL]\t<time>\t<request>\t<text>`.
fn tabbed(message: &str) -> Option<AppLine<'_>> {
    let mut parts = message.splitn(4, '\t');
    let (a, b, c, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (level, time, request_id) = match a.strip_prefix('[').and_then(|a| a.strip_suffix(']')) {
        Some(level) => (level, b, c),
        None => (c, a, b),
    };
    is_time(time).then_some(())?;
    let level = Level::from_word(level.trim());
    let mut line = AppLine {
        level,
        request_id: is_uuid(request_id).then_some(request_id.into()),
        timestamp: Some(time.into()),
        text: text.into(),
        ..AppLine::default()
    };
    if level.is_some_and(Level::is_error) {
        const UNHANDLED: [&str; 3] = [
            "Invoke Error",
            "Uncaught Exception",
            "Unhandled Promise Rejection",
        ];
        line.unhandled = UNHANDLED.iter().any(|start| text.starts_with(start));
        add_error(&mut line, text);
    }
    Some(line)
}

/// Java's default pattern: `<date> <time> <request> LEVEL class - text`.
fn java(message: &str) -> Option<AppLine<'_>> {
    let mut words = message.splitn(5, ' ');
    let (date, time, request_id) = (words.next()?, words.next()?, words.next()?);
    let (level, text) = (words.next()?, words.next()?);
    if date.len() != 10 || !is_uuid(request_id) || !date.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let level = Level::from_word(level);
    let stamp = &message[..date.len() + 1 + time.len()];
    let mut line = AppLine {
        level,
        request_id: Some(request_id.into()),
        timestamp: Some(stamp.into()),
        text: text.trim_start().into(),
        ..AppLine::default()
    };
    if level.is_some_and(Level::is_error) {
        add_error(&mut line, text.trim_start());
    }
    Some(line)
}

/// Python's runtime: `[ERROR] ValueError: text` and a traceback; also any `[LEVEL] text`.
fn bracketed(message: &str) -> Option<AppLine<'_>> {
    let (level, text) = message.strip_prefix('[')?.split_once(']')?;
    let level = Level::from_word(level)?;
    let text = text.trim_start();
    let mut line = AppLine {
        level: Some(level),
        text: text.into(),
        ..AppLine::default()
    };
    if level.is_error() {
        add_error(&mut line, text);
        line.unhandled = line.error_type.is_some();
    }
    Some(line)
}

fn plain(message: &str) -> AppLine<'_> {
    let level = plain_level(message);
    let mut line = AppLine {
        level,
        text: message.into(),
        ..AppLine::default()
    };
    if level.is_some_and(Level::is_error) {
        add_error(&mut line, message);
    }
    line
}

/// The level a line without a known shape shows: a level word near its beginning, or the first
/// words of a stack trace.
fn plain_level(message: &str) -> Option<Level> {
    const NEAR: usize = 96;
    let head = &message[..message.floor_char_boundary(NEAR)];
    let bytes = head.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphabetic() {
            at += 1;
        }
        if !(4..=11).contains(&(at - start)) {
            continue;
        }
        let word = &head[start..at];
        let before = start.checked_sub(1).map(|n| bytes[n]);
        let after = bytes.get(at).copied();
        let joined = |byte: Option<u8>| {
            byte.is_some_and(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b'0'..=b'9'))
        };
        // A level in capitals stands anywhere; in small letters only where a level would stand.
        let shown =
            word.bytes().all(|b| b.is_ascii_uppercase()) && !joined(before) && !joined(after)
                || start == 0 && matches!(after, Some(b':' | b' ' | b'\t' | b']'))
                || matches!(before, Some(b'[' | b'=' | b'<'))
                || matches!(after, Some(b']' | b'>'));
        if shown && let Some(level) = Level::from_word(word) {
            return Some(level);
        }
    }
    let failure = head.starts_with("Traceback (most recent call last)")
        || head.starts_with("Couldn't find valid bootstrap")
        || head.starts_with("thread '") && head.contains("panicked at")
        || error_name(head).is_some_and(|(name, _)| looks_like_error(name));
    failure.then_some(Level::Error)
}

/// Type and message of the error that `text` reports: JSON as Node writes it, or `Type: message`.
fn add_error<'a>(line: &mut AppLine<'a>, text: &'a str) {
    if let Some(at) = text.find('{')
        && text[at..].contains("\"errorType\"")
    {
        let error = json::app(&text[at..]);
        line.error_type = error.error_type;
        line.error_message = error.error_message;
        return;
    }
    if text.starts_with("Couldn't find valid bootstrap") {
        line.error_type = Some("Runtime.InvalidEntrypoint".into());
        line.error_message = Some(first_line(text).into());
    } else if let Some((name, message)) = error_name(text) {
        line.error_type = Some(name.into());
        line.error_message = Some(message.into());
    }
}

/// `CardDeclined: card declined` at the beginning of the text, as type and message; a type is one
/// dotted name that begins with a capital or whose last part does.
fn error_name(text: &str) -> Option<(&str, &str)> {
    let line = first_line(text);
    let (name, message) = line
        .split_once(": ")
        .or_else(|| line.strip_suffix(':').map(|name| (name, "")))?;
    let name = name.strip_prefix("Uncaught ").unwrap_or(name);
    let last = name.rsplit('.').next()?;
    let is_name = last.starts_with(|c: char| c.is_ascii_uppercase())
        && last.chars().any(|c| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'));
    is_name.then(|| (name, message.trim()))
}

fn looks_like_error(name: &str) -> bool {
    ["Error", "Exception", "Failure", "Fault"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The text up to the first white space, and the rest from there on.
fn word(text: &str) -> (&str, &str) {
    let end = text.find([' ', '\t', '\n', '\r']).unwrap_or(text.len());
    text.split_at(end)
}

/// `2024-03-04T17:22:38.033Z`, by its shape.
fn is_time(text: &str) -> bool {
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
