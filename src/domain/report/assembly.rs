//! From lines to invocations: which request each line belongs to, and what it tells of it.
//!
//! A line that names a request belongs to it. A text line that names none belongs to the
//! invocation that its log stream was running at that time, if it was exactly one: on Managed
//! Instances requests interleave in one stream, and the order of lines says nothing.

use std::collections::HashMap;

use super::invocation::{Told, ToldBy, status_of};
use super::{
    AppLine, Invocation, InvocationKey, Level, Line, Numbers, PlatformLine, RequestId, SourceId,
    Status, StreamId, Verdict, Version, first_line, read_as,
};

/// No invocation runs longer (Lambda's limit is 15 minutes); one whose end was never seen stops
/// claiming lines after that.
const LONGEST_MS: i64 = 16 * 60 * 1000;
/// Invocations of a stream that have a say in what a line belongs to: the last ones that began.
pub const REMEMBERED: usize = 32;
/// Longest summary of an error that is kept, in bytes.
const SUMMARY: usize = 200;
/// Longest name of an error's class, in bytes.
const CLASS: usize = 120;

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Severity, if it shows one.
    pub level: Option<Level>,
    /// Written by the platform.
    pub platform: bool,
    /// The invocation it belongs to.
    pub invocation: Option<InvocationKey>,
}

/// Assigns lines to invocations and collects what changed. Feed it every line once, in the order of
/// time as far as that is known.
#[derive(Debug, Default)]
pub struct Assembler {
    streams: HashMap<StreamId, Vec<Span>>,
    changed: HashMap<InvocationKey, Invocation>,
}

/// When a stream ran a request.
#[derive(Debug)]
struct Span {
    key: InvocationKey,
    request_id: RequestId,
    start: i64,
    end: Option<i64>,
}

impl Span {
    fn covers(&self, timestamp: i64) -> bool {
        self.start <= timestamp && timestamp <= self.end.unwrap_or(self.start + LONGEST_MS)
    }
}

impl Assembler {
    /// Takes one line in.
    pub fn observe(
        &mut self,
        source: SourceId,
        stream: StreamId,
        timestamp: i64,
        message: &str,
        numbers: Numbers,
    ) -> Observation {
        let line = read_as(message, numbers);
        let (level, platform) = severity(&line);
        let request_id = self.request_of(stream, timestamp, &line);
        let invocation =
            request_id.map(|request_id| self.tell(request_id, source, stream, timestamp, &line));
        Observation {
            level,
            platform,
            invocation,
        }
    }

    /// What a line is, without taking it in.
    pub fn glance(message: &str, numbers: Numbers) -> Observation {
        let line = read_as(message, numbers);
        let (level, platform) = severity(&line);
        Observation {
            level,
            platform,
            invocation: None,
        }
    }

    /// Takes in a line of which it is known to what request it belongs.
    pub fn assign(
        &mut self,
        request_id: RequestId,
        source: SourceId,
        stream: StreamId,
        timestamp: i64,
        message: &str,
        numbers: Numbers,
    ) {
        let line = read_as(message, numbers);
        self.tell(request_id, source, stream, timestamp, &line);
    }

    fn tell(
        &mut self,
        request_id: RequestId,
        source: SourceId,
        stream: StreamId,
        timestamp: i64,
        line: &Line<'_>,
    ) -> InvocationKey {
        let key = request_id.key();
        let invocation = self
            .changed
            .entry(key)
            .or_insert_with(|| Invocation::new(request_id, source, stream, timestamp));
        invocation.count_line(timestamp);
        match line {
            Line::Platform(line) => tell_platform(invocation, stream, timestamp, line),
            Line::App(line) => tell_app(invocation, timestamp, line),
        }
        key
    }

    /// Forgets what a stream was running.
    pub fn forget(&mut self, stream: StreamId) {
        self.streams.remove(&stream);
    }

    /// Takes over from another what a stream was running at last.
    pub fn go_on_from(&mut self, stream: StreamId, other: &mut Self) {
        match other.streams.remove(&stream) {
            Some(spans) => self.streams.insert(stream, spans),
            None => self.streams.remove(&stream),
        };
    }

    /// What the lines since the last call say, one record a request, to be merged
    /// ([`Invocation::merge`]) into what is known.
    pub fn take_changes(&mut self) -> Vec<Invocation> {
        let mut changes: Vec<_> = std::mem::take(&mut self.changed).into_values().collect();
        changes.sort_unstable_by_key(|invocation| (invocation.first, invocation.key()));
        changes
    }

    fn request_of(
        &mut self,
        stream: StreamId,
        timestamp: i64,
        line: &Line<'_>,
    ) -> Option<RequestId> {
        match line {
            Line::Platform(line) => {
                let Some(id) = line.request_id() else {
                    // Of the lines without a request only the end of the process is about one.
                    return matches!(line, PlatformLine::Exited { .. } | PlatformLine::Xray(_))
                        .then(|| self.running(stream, timestamp))
                        .flatten();
                };
                let request_id = RequestId::new(id);
                match line {
                    PlatformLine::Start { .. } => self.open(stream, timestamp, &request_id),
                    PlatformLine::End { .. } | PlatformLine::Report(_) => {
                        self.close(stream, timestamp, &request_id);
                    }
                    _ => {}
                }
                Some(request_id)
            }
            Line::App(AppLine {
                request_id: Some(id),
                ..
            }) => {
                let named = RequestId::new(id);
                // An application may log the ids of others' requests under the same name.
                let known = self
                    .spans(stream)
                    .iter()
                    .any(|span| span.request_id == named);
                if known {
                    Some(named)
                } else {
                    self.running(stream, timestamp).or(Some(named))
                }
            }
            Line::App(_) => self.running(stream, timestamp),
        }
    }

    fn spans(&self, stream: StreamId) -> &[Span] {
        self.streams.get(&stream).map_or(&[], Vec::as_slice)
    }

    /// The one request that the stream ran at that time.
    fn running(&self, stream: StreamId, timestamp: i64) -> Option<RequestId> {
        let spans = || {
            self.spans(stream)
                .iter()
                .filter(|span| span.covers(timestamp))
        };
        let open = || spans().filter(|span| span.end.is_none());
        // In the millisecond where one ends and the next begins, it is the next one's.
        let span = if open().next().is_some() {
            only(open())
        } else {
            only(spans())
        };
        span.map(|span| span.request_id.clone())
    }

    fn open(&mut self, stream: StreamId, timestamp: i64, request_id: &RequestId) {
        let spans = self.streams.entry(stream).or_default();
        if spans.len() >= REMEMBERED {
            spans.remove(0);
        }
        spans.push(Span {
            key: request_id.key(),
            request_id: request_id.clone(),
            start: timestamp,
            end: None,
        });
    }

    fn close(&mut self, stream: StreamId, timestamp: i64, request_id: &RequestId) {
        let key = request_id.key();
        let spans = self.streams.entry(stream).or_default();
        let open = spans
            .iter_mut()
            .rev()
            .find(|span| span.key == key && span.start <= timestamp);
        if let Some(span) = open {
            span.end = Some(span.end.map_or(timestamp, |end| end.max(timestamp)));
        }
    }
}

fn severity(line: &Line<'_>) -> (Option<Level>, bool) {
    match line {
        Line::Platform(line) => (line.level(), true),
        Line::App(line) => (line.level, false),
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

fn tell_platform(
    invocation: &mut Invocation,
    stream: StreamId,
    timestamp: i64,
    line: &PlatformLine<'_>,
) {
    if line.level().is_some_and(Level::is_error) {
        invocation.count_failed();
    }
    let named = |name: &str| told(ToldBy::PlatformName, timestamp, Some(name), None);
    match line {
        PlatformLine::Start { version, .. } => {
            invocation.attempts = invocation.attempts.saturating_add(1);
            if let Some(version) = version.as_deref().and_then(Version::new) {
                invocation.ran(version);
            }
            invocation.start(timestamp, stream);
        }
        PlatformLine::End { .. } => invocation.ended = invocation.ended.max(timestamp),
        PlatformLine::Report(report) => {
            invocation.report(timestamp, report);
            let failed = report.verdict.as_ref().is_some_and(Verdict::is_failure);
            if let Some(error_type) = report.error_type.as_deref().filter(|_| failed) {
                invocation.note_error(named(error_type), true);
            }
        }
        PlatformLine::RuntimeDone {
            verdict: Some(verdict),
            error_type,
            ..
        } => {
            if let Some(status) =
                status_of(verdict, error_type.as_deref()).filter(|status| status.is_failure())
            {
                invocation.fault(timestamp, status);
                if let Some(error_type) = error_type {
                    invocation.note_error(named(error_type), true);
                }
            }
        }
        PlatformLine::TimedOut { seconds, .. } => {
            invocation.fault(timestamp, Status::Timeout);
            let text = format!("timed out after {seconds} s");
            invocation.note_error(told(ToldBy::Platform, timestamp, None, Some(&text)), false);
        }
        PlatformLine::Exited { reason, .. } => {
            invocation.fault(timestamp, Status::Error);
            if reason.contains("signal: killed") {
                invocation.note_killed();
            }
            if reason.starts_with("Runtime.") {
                invocation.note_error(named(reason), true);
            } else {
                let said = told(ToldBy::Platform, timestamp, None, Some(reason));
                invocation.note_error(said, false);
                // The line with the name may be missing.
                invocation.note_error(named("Runtime.ExitError"), true);
            }
        }
        _ => {}
    }
}

fn tell_app(invocation: &mut Invocation, timestamp: i64, line: &AppLine<'_>) {
    if line.unhandled {
        invocation.fault(timestamp, Status::Error);
    }
    if !line.level.is_some_and(Level::is_error) {
        return;
    }
    if line.continues {
        invocation.count_failed();
        return;
    }
    if line.unhandled {
        invocation.count_report();
    } else {
        invocation.count_logged();
    }
    let message = match (&line.error_type, &line.error_message) {
        (_, Some(message)) => message,
        (Some(_), None) => "",
        (None, None) => &*line.text,
    };
    let said = told(
        ToldBy::Function,
        timestamp,
        line.error_type.as_deref(),
        Some(message),
    );
    invocation.note_error(said, line.unhandled);
}

/// An error in short.
fn told(teller: ToldBy, at: i64, class: Option<&str>, message: Option<&str>) -> Told {
    let short = |text: &str, limit: usize| -> String {
        let line = first_line(text.trim());
        line[..line.floor_char_boundary(limit)].to_owned()
    };
    let class = class.map(|class| short(class, CLASS)).unwrap_or_default();
    let message = message
        .map(|message| short(message, SUMMARY))
        .unwrap_or_default();
    let text = match (class.as_str(), message.as_str()) {
        ("", text) | (text, "") => short(text, SUMMARY),
        (class, message) => short(&format!("{class}: {message}"), SUMMARY),
    };
    Told {
        teller,
        at,
        class: class.len() as u8,
        text: text.into(),
    }
}
