//! Lines of the function in Lambda's text format: those of Node.js, Python, Java, .NET, Ruby, Go,
//! PHP and Rust, and the plain ones.

use super::{
    AppLine, Level, Numbers,
    failures::{self, Shape, error_name, looks_like_error},
    first_line, is_uuid, json,
    text::is_time,
};

pub(super) fn read(message: &str, numbers: Numbers) -> AppLine<'_> {
    tabbed(message, numbers)
        .or_else(|| php(message))
        .or_else(|| spaced(message))
        .or_else(|| go(message, numbers))
        .or_else(|| bracketed(message))
        .unwrap_or_else(|| plain(message))
}

/// Node.js and .NET: `<time>\t<request|undefined>\t<LEVEL>\t<text>`.
/// Python: `[LEVEL]\t<time>\t<request>\t<text>`.
fn tabbed(message: &str, numbers: Numbers) -> Option<AppLine<'_>> {
    let mut parts = message.splitn(4, '\t');
    let (a, b, c, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (level, time, request_id) = match a.strip_prefix('[').and_then(|a| a.strip_suffix(']')) {
        Some(level) => (level, b, c),
        None => (c, a, b),
    };
    is_time(time).then_some(())?;
    let mut line = AppLine {
        level: Level::from_word(level.trim()),
        request_id: is_uuid(request_id).then_some(request_id.into()),
        timestamp: Some(time.into()),
        text: text.into(),
        ..AppLine::default()
    };
    if text.starts_with('{') {
        take_object(&mut line, text, numbers);
    } else if line.level.is_some_and(Level::is_error) {
        tell_error(&mut line, text);
    }
    Some(line)
}

/// An object behind a prefix: what the application says of itself wins over what the console
/// says of it.
fn take_object<'a>(line: &mut AppLine<'a>, text: &'a str, numbers: Numbers) {
    let inner = json::app(text, numbers);
    if inner.is_metric {
        line.level = line.level.filter(|level| !level.is_error());
        return;
    }
    line.level = inner.said_level.or(line.level);
    if line.level.is_some_and(Level::is_error) {
        line.error_type = inner.error_type;
        line.error_message = inner.error_message;
        // Without a type the message says best what failed.
        if line.error_type.is_none() && line.error_message.is_none() && inner.has_text {
            line.error_message = Some(inner.text);
        }
    }
    line.request_id = line.request_id.take().or(inner.request_id);
}

/// What an error line says of the error.
fn tell_error<'a>(line: &mut AppLine<'a>, text: &'a str) {
    if failures::tell(line, text) || failures::error_object(line, text) {
        return;
    }
    if let Some(Shape {
        kind,
        message,
        is_report,
    }) = failures::in_shape(text)
    {
        line.error_type = Some(kind.into());
        line.error_message = Some(message.into());
        line.unhandled |= is_report;
    }
}

/// Bref: `<request>\tInvoke Error\t{"errorType": …}`.
fn php(message: &str) -> Option<AppLine<'_>> {
    let (request_id, text) = message.split_at_checked(36)?;
    let text = text.strip_prefix('\t')?;
    is_uuid(request_id).then_some(())?;
    let mut line = AppLine {
        request_id: Some(request_id.into()),
        text: text.into(),
        ..AppLine::default()
    };
    if !failures::tell(&mut line, text) {
        line.level = plain_level(text);
    }
    Some(line)
}

/// Java's usual pattern: `<date> <time> <request> LEVEL class - text`.
/// Ruby: `E, [<time> #8] ERROR <request> -- : text`.
fn spaced(message: &str) -> Option<AppLine<'_>> {
    const NEAR: usize = 128;
    let bytes = message.as_bytes();
    let is_ruby = bytes.get(1..4) == Some(b", [");
    let is_date = matches!(bytes.get(..11), Some([b'0'..=b'9', .., b' ']) if bytes[4] == b'-');
    if !is_ruby && !is_date {
        return None;
    }
    let head = &message[..message.floor_char_boundary(NEAR)];
    let (mut at, mut request_id, mut level) = (0, None, None);
    for (count, word) in head.split(' ').enumerate().take(7) {
        // An id that stands elsewhere is a part of the text.
        let is_place = is_ruby || count == 2 || count == 3 && level.is_some();
        if request_id.is_none() && is_place && is_uuid(word) {
            request_id = Some(word);
        } else if count >= 2 && level.is_none() {
            level = Level::from_word(word);
        }
        let is_done = request_id.is_some() && request_id != Some(word);
        if !is_done || level.is_some() {
            at += word.len() + 1;
        }
        if is_done || request_id.is_some() && level.is_some() {
            break;
        }
    }
    let request_id = request_id?;
    let text = message.get(at..).unwrap_or_default().trim_start();
    let text = text.strip_prefix("-- ").unwrap_or(text);
    let text = text.strip_prefix(": ").unwrap_or(text);
    let stamp = head[..head.find(request_id)?].trim_end();
    let mut line = AppLine {
        level,
        request_id: Some(request_id.into()),
        timestamp: Some(stamp.into()),
        text: text.into(),
        ..AppLine::default()
    };
    if level.is_some_and(Level::is_error) {
        tell_error(&mut line, text);
    }
    Some(line)
}

/// Go's `log`: `2026/11/29 06:23:17 text`, which the runtime's client uses for its reports.
fn go(message: &str, numbers: Numbers) -> Option<AppLine<'_>> {
    const STAMP: usize = "2026/11/29 06:23:17".len();
    let bytes = message.as_bytes();
    let is_stamp = bytes.len() > STAMP
        && (bytes[4], bytes[7], bytes[10]) == (b'/', b'/', b' ')
        && (bytes[13], bytes[16]) == (b':', b':');
    is_stamp.then_some(())?;
    let (stamp, rest) = message.split_at_checked(STAMP)?;
    let text = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let text = text.trim_start();
    let mut line = AppLine {
        text: text.into(),
        timestamp: Some(stamp.into()),
        ..AppLine::default()
    };
    if text.starts_with('{') {
        let inner = json::app(text, numbers);
        line.unhandled = inner.unhandled;
        line.level = inner.level;
        line.error_type = inner.error_type;
        line.error_message = inner.error_message;
        line.request_id = inner.request_id;
    } else if !failures::tell(&mut line, text) {
        line.level = plain_level(text);
        if line.level.is_some_and(Level::is_error) {
            tell_error(&mut line, text);
        }
    }
    Some(line)
}

/// Python's client: `[ERROR] ValueError: text` and a traceback; also any `[LEVEL] text`.
fn bracketed(message: &str) -> Option<AppLine<'_>> {
    let (word, text) = message.strip_prefix('[')?.split_once(']')?;
    let level = Level::from_word(word)?;
    let text = text.trim_start();
    let mut line = AppLine {
        level: Some(level),
        text: text.into(),
        ..AppLine::default()
    };
    if level.is_error() {
        tell_error(&mut line, text);
        let first = first_line(text);
        let traced = text[first.len()..].trim_start().starts_with("Traceback (");
        if line.error_type.is_none() && traced && !first.contains([' ', ':']) {
            // An error without a message.
            line.error_type = Some(first.into());
        }
        line.unhandled |= line.error_type.is_some() && word == "ERROR";
    }
    Some(line)
}

fn plain(message: &str) -> AppLine<'_> {
    let mut line = AppLine {
        text: message.into(),
        ..AppLine::default()
    };
    if failures::tell(&mut line, message) || rust(&mut line, message) {
        return line;
    }
    line.level = plain_level(message);
    if line.level.is_some_and(Level::is_error) {
        tell_error(&mut line, message);
    } else if line.level.is_none()
        && let Some(Shape { kind, message, .. }) = failures::java(message)
    {
        line.level = Some(Level::Error);
        line.error_type = Some(kind.into());
        line.error_message = Some(message.into());
        line.unhandled = true;
    }
    line
}

/// Rust's client, and what is logged inside of its span:
/// `<time> ERROR Lambda runtime invoke{requestId="…"}: target: text`.
fn rust<'a>(line: &mut AppLine<'a>, message: &'a str) -> bool {
    /// Behind the time, the level and their padding.
    const NEAR: usize = 64;
    const SPAN: &str = "Lambda runtime invoke{";
    let near = &message.as_bytes()[..message.len().min(NEAR)];
    let Some(at) = memchr::memmem::find(near, SPAN.as_bytes()) else {
        return false;
    };
    let (before, span) = (&message[..at], &message[at + SPAN.len()..]);
    let Some(end) = memchr::memmem::find(span.as_bytes(), b"}: ") else {
        return false;
    };
    let (fields, text) = (&span[..end], &span[end + 3..]);
    let request_id = fields
        .split_once("requestId=\"")
        .and_then(|(_, rest)| rest.get(..36))
        .filter(|id| is_uuid(id));
    line.request_id = request_id.map(Into::into);
    line.level = plain_level(before);
    line.text = text.into();
    if line.level.is_some_and(Level::is_error) {
        let own = [
            "lambda_runtime: ",
            "lambda_runtime::runtime: ",
            "lambda_runtime::layers::panic: ",
        ]
        .iter()
        .find_map(|target| text.strip_prefix(target));
        let said = own.unwrap_or(text);
        if let Some(panic) = said.strip_prefix("user handler panicked") {
            line.error_type = Some("panic".into());
            line.error_message = Some(panic.trim().into());
            line.unhandled = true;
        } else if let Some((kind, message)) = error_name(said).or_else(|| debugged(said)) {
            line.error_type = Some(kind.into());
            line.error_message = Some(message.into());
            line.unhandled = true;
        } else {
            line.unhandled = own.is_some();
            line.error_message = Some(first_line(said).into());
        }
    }
    true
}

/// An error as Rust's `Debug` writes it: `CartEmpty { id: 17 }`, `Declined("no")`.
fn debugged(text: &str) -> Option<(&str, &str)> {
    let line = first_line(text);
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, rest) = line.split_at(end);
    let is_debug = name.starts_with(|c: char| c.is_ascii_uppercase())
        && (rest.starts_with('(') || rest.starts_with(" {"));
    is_debug.then(|| (name, rest.trim()))
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
        if (3..=11).contains(&(at - start))
            && let Some(level) = level_at(head, start, at)
        {
            return Some(level);
        }
    }
    let failure = head.starts_with("Traceback (most recent call last)")
        || head.starts_with("thread '") && head.contains("panicked at")
        || error_name(head).is_some_and(|(name, _)| looks_like_error(name));
    failure.then_some(Level::Error)
}

/// The level that the word from `start` to `end` means where it stands. In capitals it means one
/// anywhere, in small letters only where a level would stand.
fn level_at(head: &str, start: usize, end: usize) -> Option<Level> {
    let (bytes, word) = (head.as_bytes(), &head[start..end]);
    let before = start.checked_sub(1).map(|n| bytes[n]);
    let after = bytes.get(end).copied();
    let joined = |byte: Option<u8>| {
        byte.is_some_and(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b'0'..=b'9'))
    };
    let in_capitals =
        word.bytes().all(|b| b.is_ascii_uppercase()) && !joined(before) && !joined(after);
    let in_place = matches!(before, Some(b'[' | b'<'))
        || matches!(after, Some(b']' | b'>'))
        || start == 0 && after == Some(b':');
    let level = || Level::from_word(word);
    if Level::is_plain_word(word) && word.len() > 3 {
        let is_value = before == Some(b'=');
        let at_start = start == 0 && matches!(after, Some(b' ' | b'\t'));
        (in_capitals || in_place || is_value || at_start)
            .then(level)
            .flatten()
    } else {
        let is_level = || {
            let name = head[..start].strip_suffix('=').unwrap_or_default();
            ["level", "lvl", "severity"]
                .iter()
                .any(|end| name.ends_with(end))
        };
        let in_capitals = in_capitals && Level::is_plain_word(word);
        (in_capitals || in_place || is_level())
            .then(level)
            .flatten()
    }
}
