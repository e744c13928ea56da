//! From lines to invocations: which request each line belongs to, and what it tells of it.
//!
//! A line that names a request belongs to it. A text line that names none belongs to the
//! invocation that its log stream was running at that time, if it was exactly one: on Managed
//! Instances requests interleave in one stream, and the order of lines says nothing.

use std::collections::HashMap;

use super::invocation::status_of;
use super::{
    AppLine, Invocation, InvocationKey, Level, Line, PlatformLine, RequestId, SourceId, Status,
    StreamId, Version, first_line, read,
};

/// No invocation runs longer (Lambda's limit is 15 minutes); one whose end was never seen stops
/// claiming lines after that.
const LONGEST_MS: i64 = 16 * 60 * 1000;
/// Invocations of a stream that late lines can still be given to.
const REMEMBERED: usize = 32;
/// Longest summary of an error that is kept, in bytes.
const SUMMARY: usize = 200;

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
    ) -> Observation {
        let line = read(message);
        let (level, platform) = match &line {
            Line::Platform(line) => (line.level(), true),
            Line::App(line) => (line.level, false),
        };
        let request_id = self.request_of(stream, timestamp, &line);
        let invocation = request_id.map(|request_id| {
            let key = request_id.key();
            let invocation = self
                .changed
                .entry(key)
                .or_insert_with(|| Invocation::new(request_id, source, stream, timestamp));
            invocation.count_line(timestamp, level.is_some_and(Level::is_error));
            match &line {
                Line::Platform(line) => tell_platform(invocation, stream, timestamp, line),
                Line::App(line) => tell_app(invocation, timestamp, line),
            }
            key
        });
        Observation {
            level,
            platform,
            invocation,
        }
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

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

fn tell_platform(
    invocation: &mut Invocation,
    stream: StreamId,
    timestamp: i64,
    line: &PlatformLine<'_>,
) {
    match line {
        PlatformLine::Start { version, .. } => {
            invocation.attempts = invocation.attempts.saturating_add(1);
            if let Some(version) = version.as_deref().and_then(Version::new) {
                invocation.ran(version);
            }
            if timestamp >= invocation.started {
                invocation.started = timestamp;
                invocation.stream = stream;
            }
        }
        PlatformLine::End { .. } => invocation.ended = invocation.ended.max(timestamp),
        PlatformLine::Report(report) => invocation.report(timestamp, report),
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
                    invocation.note_error(timestamp, || error_type.as_ref().into());
                }
            }
        }
        PlatformLine::TimedOut { seconds, .. } => {
            invocation.fault(timestamp, Status::Timeout);
            invocation.note_error(timestamp, || format!("timed out after {seconds} s").into());
        }
        PlatformLine::Exited { reason, .. } => {
            invocation.fault(timestamp, Status::Error);
            invocation.note_error(timestamp, || shortened(reason));
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
    invocation.note_error(timestamp, || {
        match (&line.error_type, &line.error_message) {
            (Some(name), Some(message)) if !message.is_empty() => {
                shortened(&format!("{name}: {message}"))
            }
            (Some(text), _) | (None, Some(text)) => shortened(text),
            (None, None) => shortened(&line.text),
        }
    });
}

fn shortened(text: &str) -> Box<str> {
    let line = first_line(text.trim());
    line[..line.floor_char_boundary(SUMMARY)].into()
}
