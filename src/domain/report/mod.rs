//! What a line of a Lambda log says: the platform's own lines in text and JSON format, and the
//! level, request and error of the function's lines; and from them, invocations.
//!
//! Reading is by shape, never by position in the stream ([`read`]); what needs the lines around
//! it is [`Assembler`]'s. Nothing here keeps the text of a log.

mod assembly;
mod invocation;
mod json;
mod platform;
mod text;

use std::borrow::Cow;

pub use assembly::{Assembler, Observation};
pub use invocation::{
    Figures, Invocation, InvocationKey, RequestId, SourceId, Status, StreamId, Version,
};
pub use platform::{InitPhase, PlatformLine, Report, Verdict, Xray};

/// Severity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finer than debug.
    Trace,
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Something to look at.
    Warn,
    /// A failure.
    Error,
    /// A failure that ended the process.
    Fatal,
}

impl Level {
    /// The level a word names, in any of the usual spellings (`warning`, `CRITICAL`, `E`-less
    /// abbreviations are not levels).
    pub fn from_word(word: &str) -> Option<Self> {
        const WORDS: [(&str, Level); 12] = [
            ("info", Level::Info),
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("warning", Level::Warn),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
            ("fatal", Level::Fatal),
            ("critical", Level::Fatal),
            ("information", Level::Info),
            ("notice", Level::Info),
            ("severe", Level::Error),
            ("panic", Level::Fatal),
        ];
        WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|&(_, level)| level)
    }

    /// The level of a number, as pino and bunyan write it (30 info, 50 error).
    fn from_number(number: u32) -> Self {
        match number {
            0..=10 => Self::Trace,
            11..=20 => Self::Debug,
            21..=30 => Self::Info,
            31..=40 => Self::Warn,
            41..=50 => Self::Error,
            _ => Self::Fatal,
        }
    }

    /// Whether this is a failure.
    pub fn is_error(self) -> bool {
        self >= Self::Error
    }
}

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
}

/// Reads one event's message. Never fails: what is not recognised is an [`AppLine`] without facts.
pub fn read(message: &str) -> Line<'_> {
    let message = message.trim_end_matches(['\n', '\r']);
    if message.trim_start().starts_with('{') {
        return json::read(message.trim_start());
    }
    text::read(message)
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
