//! What a line of a Lambda log says: the platform's own lines in text and JSON format, and the
//! level, request and error of the function's lines; and from them, invocations.
//!
//! Reading is by shape, never by position in the stream ([`read`]); what needs the lines around
//! it is [`Assembler`]'s. Nothing here keeps the text of a log.

mod app;
mod assembly;
mod failures;
mod invocation;
mod json;
mod level;
pub mod names;
mod platform;
mod text;

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::text::without_colours;

pub use assembly::{Assembler, Observation, REMEMBERED};
pub use invocation::{
    Figures, Invocation, InvocationKey, RequestId, SourceId, Status, StreamId, Version,
};
pub use level::{Level, Numbers};
pub use platform::{InitPhase, PlatformLine, Report, Verdict, Xray};

/// One log event, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<'a> {
    /// Written by the Lambda platform.
    Platform(PlatformLine<'a>),
    /// Written by the function, its runtime or an extension.
    App(AppLine<'a>),
}

/// A line of the function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AppLine<'a> {
    /// Severity, if the line says or shows one.
    pub level: Option<Level>,
    /// The request it says it belongs to.
    pub request_id: Option<Cow<'a, str>>,
    /// Its own time stamp, as written.
    pub timestamp: Option<Cow<'a, str>>,
    /// Type of the error it reports (`ValueError`).
    pub error_type: Option<Cow<'a, str>>,
    /// Message of the error it reports.
    pub error_message: Option<Cow<'a, str>>,
    /// The text without time stamp, request and level; the whole line where nothing is known to
    /// be removable.
    pub text: Cow<'a, str>,
    /// The runtime reports here that the handler itself failed, not that somebody logged an error.
    pub unhandled: bool,
    /// A part of a report that another line makes: not to be counted once more.
    pub continues: bool,
}

impl AppLine<'_> {
    fn into_owned(self) -> AppLine<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into());
        AppLine {
            level: self.level,
            request_id: own(self.request_id),
            timestamp: own(self.timestamp),
            error_type: own(self.error_type),
            error_message: own(self.error_message),
            text: self.text.into_owned().into(),
            unhandled: self.unhandled,
            continues: self.continues,
        }
    }
}

/// Reads one event's message. Never fails: what is not recognised is an [`AppLine`] without facts.
pub fn read(message: &str) -> Line<'_> {
    read_as(message, Numbers::default())
}

/// Reads a message of a function whose loggers mean these numbers.
pub fn read_as(message: &str, numbers: Numbers) -> Line<'_> {
    let message = message.trim_end_matches(['\n', '\r']);
    match without_colours(message) {
        Cow::Borrowed(message) => read_clean(message, numbers),
        // The platform writes no colours.
        Cow::Owned(clean) => match read_clean(&clean, numbers) {
            Line::App(line) => Line::App(line.into_owned()),
            Line::Platform(_) => Line::App(app::read(&clean, numbers).into_owned()),
        },
    }
}

/// Where the JSON object of a message stands, if it has one: the whole message, or all that follows
/// a prefix that a runtime writes. An object in the middle of a text is a part of that text.
pub fn object_in(message: &str) -> Option<Range<usize>> {
    let message = message.trim_end();
    let body = match message.trim_start() {
        whole if whole.starts_with('{') => whole,
        _ => match text::platform(message) {
            Some(_) => return None,
            None => match app::read(message, Numbers::default()).text {
                Cow::Borrowed(text) => failures::object_behind(text).unwrap_or(text),
                Cow::Owned(_) => return None,
            },
        },
    };
    let object = body.trim_start();
    let is_object = object.starts_with('{') && serde_json::from_str::<IgnoredAny>(object).is_ok();
    is_object.then(|| message.len() - object.len()..message.len())
}

fn read_clean(message: &str, numbers: Numbers) -> Line<'_> {
    if message.trim_start().starts_with('{') {
        return json::read(message.trim_start(), numbers);
    }
    match text::platform(message) {
        Some(line) => Line::Platform(line),
        None => Line::App(app::read(message, numbers)),
    }
}

/// The first line of a text; Python separates lines of one event by `\r` at times.
pub(crate) fn first_line(text: &str) -> &str {
    let end = memchr::memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len());
    &text[..end]
}

/// The bytes of `8-4-4-4-12` hexadecimal digits.
pub(crate) fn uuid(text: &str) -> Option<[u8; 16]> {
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    const DIGITS: [u8; 256] = {
        let mut digits = [0xff; 256];
        let mut value = 0;
        while value < 16 {
            digits[b"0123456789abcdef"[value] as usize] = value as u8;
            digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
            value += 1;
        }
        digits
    };
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut uuid = [0; 16];
    let mut bad = 0;
    for (byte, place) in uuid.iter_mut().zip(PLACES) {
        let (high, low) = (
            DIGITS[usize::from(text[place])],
            DIGITS[usize::from(text[place + 1])],
        );
        bad |= high | low;
        *byte = high << 4 | low & 15;
    }
    (bad < 16 && [8, 13, 18, 23].iter().all(|&at| text[at] == b'-')).then_some(uuid)
}

/// Whether a text has the shape of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    uuid(text).is_some()
}

#[cfg(test)]
mod tests;
