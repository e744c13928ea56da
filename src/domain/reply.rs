//! What came back from an invoke, read and laid out: the figures of the platform's report, the
//! function's own error, the log tail, the body as a [`Document`].
//!
//! Made once, off the loop ([`Reply::read`] is linear in the body); then only drawn.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{
    document::Document,
    failure::Failure,
    invocation::InvokeResponse,
    report::{self, Line, PlatformLine, Report},
    secret::Secret,
    text,
};

/// The figures of the `REPORT` line, in its units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Milliseconds the handler ran.
    pub duration_ms: Option<f64>,
    /// Milliseconds billed.
    pub billed_ms: Option<f64>,
    /// Memory configured, MB.
    pub memory_mb: Option<u32>,
    /// Most memory used, MB.
    pub used_mb: Option<u32>,
    /// Milliseconds of a cold start.
    pub init_ms: Option<f64>,
}

/// What a line of the log tail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Written by the platform.
    Platform,
    /// Reports a failure.
    Error,
    /// Anything else.
    Plain,
}

/// One line of the log tail, untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLine {
    /// The text, without its end.
    pub text: Secret<String>,
    /// What it is.
    pub tone: Tone,
}

/// A response, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// HTTP status: 200, 202 (async) or 204 (dry run).
    pub status: u16,
    /// `X-Amz-Function-Error`: any value means that the function failed.
    pub function_error: Option<String>,
    /// The function's own account of its failure.
    pub failure: Option<Failure>,
    /// The version that ran.
    pub version: Option<String>,
    /// The request id, which for an invoke is the invocation's own.
    pub request_id: Option<String>,
    /// From the log tail; `None` when the report is not in it.
    pub figures: Option<Figures>,
    /// The last 4 KB of the log, by line; empty when none came.
    pub log: Vec<TailLine>,
    /// The body, laid out.
    pub body: Arc<Document>,
    /// Bytes of the body as it came.
    pub size: usize,
    /// From sending to the last byte of the answer, by our clock.
    pub took: SignedDuration,
}

impl Reply {
    /// Reads a response.
    pub fn read(response: &InvokeResponse, took: SignedDuration) -> Self {
        let body = response.payload.reveal();
        let failure = response
            .function_error
            .as_ref()
            .and_then(|_| str::from_utf8(body).ok())
            .and_then(Failure::read);
        let tail = response.log_tail.as_deref().unwrap_or_default();
        Self {
            status: response.status,
            function_error: response.function_error.clone(),
            failure,
            version: response.executed_version.clone(),
            request_id: response.request_id.clone(),
            figures: figures(tail),
            log: tail_lines(tail),
            body: Arc::new(Document::of(body)),
            size: body.len(),
            took,
        }
    }

    /// Whether the function itself failed.
    pub const fn is_function_error(&self) -> bool {
        self.function_error.is_some()
    }
}

/// The figures of the last report in a log tail.
pub fn figures(tail: &str) -> Option<Figures> {
    // The trace ids of a report are a line of their own: the line before is enough here.
    tail.lines()
        .rev()
        .find_map(|line| match report::read(line) {
            Line::Platform(PlatformLine::Report(report)) => Some(Figures::from(&report)),
            _ => None,
        })
}

impl From<&Report<'_>> for Figures {
    fn from(report: &Report<'_>) -> Self {
        Self {
            duration_ms: report.duration_ms,
            billed_ms: report.billed_ms,
            memory_mb: report.memory_mb,
            used_mb: report.used_mb,
            init_ms: report.init_ms,
        }
    }
}

fn tail_lines(tail: &str) -> Vec<TailLine> {
    let tail = text::without_colours(tail.trim_end_matches(['\n', '\r']));
    if tail.is_empty() {
        return Vec::new();
    }
    text::lines(&tail).map(tail_line).collect()
}

fn tail_line(line: &str) -> TailLine {
    let tone = match report::read(line) {
        Line::Platform(_) => Tone::Platform,
        Line::App(app) if app.level.is_some_and(report::Level::is_error) => Tone::Error,
        Line::App(_) => Tone::Plain,
    };
    TailLine {
        text: Secret::new(line.to_owned()),
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "START RequestId: 8f0c4b1e-0000-4000-8000-000000000001 Version: 42\n\
        [ERROR]\t2026-01-01T00:00:00.000Z\t8f0c4b1e-0000-4000-8000-000000000001\tdeclined\n\
        END RequestId: 8f0c4b1e-0000-4000-8000-000000000001\n\
        REPORT RequestId: 8f0c4b1e-0000-4000-8000-000000000001\tDuration: 788.12 ms\t\
        Billed Duration: 789 ms\tMemory Size: 512 MB\tMax Memory Used: 141 MB\tInit Duration: 412.50 ms\t\n";

    fn response(body: &str, error: Option<&str>) -> InvokeResponse {
        InvokeResponse {
            status: 200,
            function_error: error.map(str::to_owned),
            executed_version: Some("42".into()),
            payload: Secret::new(body.as_bytes().to_vec()),
            log_tail: Some(TAIL.into()),
            request_id: Some("8f0c".into()),
        }
    }

    #[test]
    fn the_report_and_the_failure_are_read() {
        let body = r#"{"errorType":"CardDeclined","errorMessage":"declined"}"#;
        let of = |tail: &str| tail_lines(tail).len();
        assert_eq!(
            (of(""), of("a\rb\r\nc\u{2028}d\n"), of("a\n\nb")),
            (0, 4, 3)
        );
        let reply = Reply::read(
            &response(body, Some("Unhandled")),
            SignedDuration::from_millis(900),
        );
        assert_eq!(
            reply.figures,
            Some(Figures {
                duration_ms: Some(788.12),
                billed_ms: Some(789.0),
                memory_mb: Some(512),
                used_mb: Some(141),
                init_ms: Some(412.5),
            })
        );
        let tones: Vec<Tone> = reply.log.iter().map(|line| line.tone).collect();
        assert_eq!(
            tones,
            [Tone::Platform, Tone::Error, Tone::Platform, Tone::Platform]
        );
        assert_eq!(
            reply.failure.map(|failure| failure.title()).as_deref(),
            Some("CardDeclined: declined")
        );
    }

    #[test]
    fn an_answer_that_only_looks_like_an_error_is_none() {
        let body = r#"{"errorType":"CardDeclined"}"#;
        let reply = Reply::read(&response(body, None), SignedDuration::ZERO);
        assert_eq!(reply.failure, None);
        assert!(!reply.is_function_error());
    }
}
