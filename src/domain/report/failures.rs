//! How each runtime's own client reports that a handler or an init failed or that the process
//! crashed, as data.
//!
//! A row is the beginning of such a report, its prefix (time, request, level) taken away, and where
//! type and message stand. What has no fixed beginning is told by its shape: the reports of Java
//! and .NET ([`in_shape`]), and the error object of Go, Ruby and Python's JSON format
//! ([`super::json`]). The tests hold a sample of every row as its client writes it, with its
//! source.

use super::{AppLine, Level, first_line, json};

/// Where a report names the type and the message of its error.
#[derive(Debug, Clone, Copy)]
enum Names {
    /// In an object `{"errorType": …}`, behind it or in the event after it.
    Object,
    /// `Type: message` follows, in PHP with the place; without a type it is of this one.
    Line(&'static str),
    /// The message follows; it is of this type.
    Message(&'static str),
    /// It is all message, of this type.
    Whole(&'static str),
    /// A panic of Rust: where, and then the message.
    RustPanic,
    /// Another event of the same report names them.
    Elsewhere,
}

static REPORTS: [(&str, Names); 17] = [
    // Node.js: handler; init and crash; a promise that nobody awaited.
    ("Invoke Error", Names::Object),
    ("Uncaught Exception", Names::Object),
    ("Unhandled Promise Rejection", Names::Object),
    // Ruby: handler; an exception that is no StandardError; init.
    ("Error raised from handler method", Names::Object),
    ("Critical exception from handler", Names::Object),
    ("Init error when loading handler", Names::Object),
    // PHP: the interpreter's own, to standard error and to standard output; Bref's failed init.
    ("PHP Fatal error:  ", Names::Line("Fatal error")),
    ("PHP Parse error:  ", Names::Line("Parse error")),
    ("Fatal error: ", Names::Line("Fatal error")),
    ("Parse error: ", Names::Line("Parse error")),
    (
        "The function failed to start. AWS Lambda will restart the process",
        Names::Elsewhere,
    ),
    // Go: a panic outside of the handler; the process ends after one inside of it.
    ("panic: ", Names::Message("panic")),
    ("fatal error: ", Names::Message("fatal error")),
    (
        "calling the handler function resulted in a panic",
        Names::Elsewhere,
    ),
    // .NET's host: nobody caught it.
    ("Unhandled exception. ", Names::Line("Unhandled exception")),
    // Rust.
    ("thread 'main' ", Names::RustPanic),
    // Custom runtimes and images: there is nothing to start.
    (
        "Couldn't find valid bootstrap",
        Names::Whole("Runtime.InvalidEntrypoint"),
    ),
];

/// The bytes that a report can begin with: most lines are done after one look.
static FIRST: [bool; 256] = {
    let mut first = [false; 256];
    let mut row = 0;
    while row < REPORTS.len() {
        first[REPORTS[row].0.as_bytes()[0] as usize] = true;
        row += 1;
    }
    first
};

/// What follows the beginning of such a report, where that is an object.
pub(super) fn object_behind(body: &str) -> Option<&str> {
    let names_object = |(_, names): &&(&str, Names)| matches!(names, Names::Object);
    let mut rows = REPORTS.iter().filter(names_object);
    rows.find_map(|(begin, _)| body.strip_prefix(begin))
}

/// Tells a line that is such a report, or is a part of one; `body` is its text without the prefix.
pub(super) fn tell<'a>(line: &mut AppLine<'a>, body: &'a str) -> bool {
    let begins = body
        .bytes()
        .next()
        .is_some_and(|byte| FIRST[usize::from(byte)]);
    let row = begins.then(|| REPORTS.iter().find(|(begin, _)| body.starts_with(begin)));
    let Some(Some(&(begin, names))) = row else {
        return false;
    };
    let rest = &body[begin.len()..];
    match names {
        Names::Object => {
            if !error_object(line, rest) {
                line.continues = true;
            }
        }
        Names::Line(kind) => {
            let said = first_line(rest).trim_start();
            // PHP ends the message with its place.
            let said = said.rfind(" in /").map_or(said, |at| &said[..at]);
            let (kind, message) = error_name(said).unwrap_or((kind, said));
            name(line, kind, message);
        }
        Names::Message(kind) => name(line, kind, first_line(rest).trim()),
        Names::Whole(kind) => name(line, kind, first_line(body)),
        Names::RustPanic => {
            let Some(message) = rust_panic(rest) else {
                return false;
            };
            name(line, "panic", message);
        }
        Names::Elsewhere => line.continues = true,
    }
    line.level = line.level.max(Some(Level::Error));
    line.unhandled = true;
    true
}

fn name<'a>(line: &mut AppLine<'a>, kind: &'a str, message: &'a str) {
    line.error_type = Some(kind.into());
    line.error_message = Some(message.into());
}

/// What a panic says. Since Rust 1.73 it stands on the line after the place, which may be an event
/// of its own; then the place is all there is.
fn rust_panic(rest: &str) -> Option<&str> {
    let place = memchr::memmem::find(rest.as_bytes(), b"panicked at ")?;
    let place = &rest[place + "panicked at ".len()..];
    let mut lines = place.split(['\n', '\r']);
    let (first, second) = (lines.next()?, lines.next());
    if let Some(quoted) = first.strip_prefix('\'') {
        return quoted.rsplit_once("', ").map(|(message, _)| message);
    }
    let message = second.map(str::trim).filter(|text| !text.is_empty());
    Some(message.unwrap_or(first.trim_end_matches(':')))
}

/// Type and message of an object `{"errorType": …}` in a text; false if there is none.
pub(super) fn error_object<'a>(line: &mut AppLine<'a>, text: &'a str) -> bool {
    let Some(at) = memchr::memchr(b'{', text.as_bytes()) else {
        return false;
    };
    let object = &text[at..];
    if memchr::memmem::find(object.as_bytes(), b"\"errorType\"").is_none() {
        return false;
    }
    let error = json::app(object, super::Numbers::default());
    line.error_type = error.error_type;
    line.error_message = error.error_message;
    true
}

/// A failure that is told by its shape alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    /// Its type.
    pub(super) kind: &'a str,
    /// Its message.
    pub(super) message: &'a str,
    /// A runtime's client wrote it: the handler failed, nobody logged it.
    pub(super) is_report: bool,
}

/// The failure in a text: the report of Java's client; an exception of .NET with its frames; the
/// error that a traceback of Python ends with; or `Type: message`.
pub(super) fn in_shape(text: &str) -> Option<Shape<'_>> {
    if let Some(report) = java(text) {
        return Some(report);
    }
    if let Some((kind, message)) = error_name(text) {
        let rest = &text[first_line(text).len()..];
        let is_report =
            looks_like_error(kind) && memchr::memmem::find(rest.as_bytes(), b"\n   at ").is_some();
        return Some(Shape {
            kind,
            message,
            is_report,
        });
    }
    let trace = memchr::memmem::find(text.as_bytes(), b"Traceback (most recent call last):")?;
    let last = text[trace..]
        .rsplit(['\n', '\r'])
        .find(|line| !line.is_empty())?;
    let (kind, message) = error_name(last)?;
    Some(Shape {
        kind,
        message,
        is_report: false,
    })
}

/// The report of Java's client, which writes message and class, and then the stack trace that
/// begins with them the other way round: `<message>: <class>\n<class>: <message>\n\tat …`.
pub(super) fn java(text: &str) -> Option<Shape<'_>> {
    /// Both lines begin within this; the message may have lines of its own.
    const NEAR: usize = 4096;
    let head = &text[..text.floor_char_boundary(NEAR)];
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', head.as_bytes()) {
        let (line, after) = (&head[start..at], &head[at + 1..]);
        if line.starts_with("\tat ") {
            return None;
        }
        if let Some(colon) = line.rfind(": ")
            && is_class(&line[colon + 2..])
            && after.starts_with(&line[colon + 2..])
        {
            return Some(Shape {
                kind: &line[colon + 2..],
                message: first_line(&head[..start + colon]),
                is_report: true,
            });
        }
        start = at + 1;
    }
    None
}

/// A class with its package.
fn is_class(name: &str) -> bool {
    name.contains('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'))
}

/// `CardDeclined: card declined` at the beginning of the text, as type and message; a type is one
/// name, with its package or name space, whose last part begins with a capital.
pub(super) fn error_name(text: &str) -> Option<(&str, &str)> {
    let line = first_line(text);
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    let (name, message) = line
        .split_once(": ")
        .or_else(|| line.strip_suffix(':').map(|name| (name, "")))?;
    let last = name.rsplit(['.', ':', '\\', '+']).next()?;
    let is_name = last.starts_with(|c: char| c.is_ascii_uppercase())
        && last.chars().any(|c| c.is_ascii_lowercase())
        && name.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':' | b'\\' | b'+')
        });
    is_name.then(|| (name, message.trim()))
}

/// Whether a name is that of an error and of nothing else.
pub(super) fn looks_like_error(name: &str) -> bool {
    ["Error", "Exception", "Failure", "Fault"]
        .iter()
        .any(|end| name.ends_with(end))
}
