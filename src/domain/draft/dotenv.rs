//! The text of a `.env` file as variables.
//!
//! One assignment a line, `export` in front if you like; `#` begins a comment at the start of a
//! line or after a blank. Single quotes and backticks keep everything, newlines too; double quotes
//! also know `\n`, `\r`, `\t`, `\"`, `\\` and `\$`, and keep any other backslash. `$NAME` is
//! not replaced: nothing is read from the process's environment. Anything else is refused, with its
//! place. [`parse`] reads exactly what [`write`](fn@write) wrote.
//!
//! No crate does this: the maintained one (dotenvy 0.15) replaces variables, has no backticks and
//! reports no column.

use super::environment::check_name;
use crate::domain::secret::Secret;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What, without the value.
    pub message: String,
}

/// What is wrong, and at which byte.
type Fault = (usize, String);

const BLANK: [char; 2] = [' ', '\t'];

/// Reads the text. If a name occurs twice, the last value counts.
///
/// # Errors
/// The first place that cannot be read.
pub fn parse(text: &str) -> Result<Vec<(String, Secret<String>)>, Malformed> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut variables: Vec<(String, Secret<String>)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = &text[at..at + line_end(&text[at..])];
        let statement = line.trim_start_matches(BLANK);
        if statement.trim().is_empty() || statement.starts_with('#') {
            at += line.len() + 1;
            continue;
        }
        let begin = at + line.len() - statement.len();
        let (name, value, next) = assignment(&text, begin).map_err(|(at, message)| {
            let before = &text[..at];
            let line = before.rfind('\n').map_or(0, |end| end + 1);
            Malformed {
                line: before.matches('\n').count() + 1,
                column: text[line..at].chars().count() + 1,
                message,
            }
        })?;
        at = next;
        variables.retain(|(known, _)| *known != name);
        variables.push((name, Secret::new(value)));
    }
    Ok(variables)
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

fn fault<T>(at: usize, message: &str) -> Result<T, Fault> {
    Err((at, message.to_owned()))
}

/// The assignment that begins at `begin`, and where the next line does.
fn assignment(text: &str, begin: usize) -> Result<(String, String, usize), Fault> {
    let statement = &text[begin..begin + line_end(&text[begin..])];
    let exported = statement
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(BLANK))
        .map_or(statement, |rest| rest.trim_start_matches(BLANK));
    let at = begin + statement.len() - exported.len();
    let Some((name, _)) = exported.split_once('=') else {
        return fault(at, "expected NAME=value");
    };
    let after = at + name.len() + 1;
    let name = name.trim_end_matches(BLANK);
    check_name(name).map_err(|message| (at, message))?;
    let rest = &text[after..];
    let value = after + rest.len() - rest.trim_start_matches(BLANK).len();
    let (value, next) = match text[value..].chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => quoted(text, value, quote)?,
        Some('$') if text[value + 1..].starts_with(['\'', '"']) => {
            return fault(
                value,
                "$ before a quote is the shell's own, and not understood: write the value in \
                 double quotes",
            );
        }
        _ => bare(text, after)?,
    };
    Ok((name.to_owned(), value, next))
}

/// A value without quotes: to the end of the line, or to a comment.
fn bare(text: &str, at: usize) -> Result<(String, usize), Fault> {
    let line = &text[at..at + line_end(&text[at..])];
    let comments = [" #", "\t#"]
        .into_iter()
        .filter_map(|begin| line.find(begin));
    let value = &line[..comments.min().unwrap_or(line.len())];
    if let Some(end) = value.trim_end().find('\r') {
        return fault(
            at + end,
            "a carriage return in the middle of a line: end lines with a newline, or write the \
             value in quotes",
        );
    }
    Ok((value.trim().to_owned(), at + line.len() + 1))
}

/// A value in the quotes that begin at `at`; nothing but a comment may stand behind them.
fn quoted(text: &str, at: usize, quote: char) -> Result<(String, usize), Fault> {
    let mut value = String::new();
    let mut characters = text[at..].char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        if character == quote {
            let after = at + offset + 1;
            let tail = &text[after..after + line_end(&text[after..])];
            let behind = tail.trim_start();
            if behind.is_empty() || behind.starts_with('#') {
                return Ok((value, after + tail.len() + 1));
            }
            let message = if quote != '"' && value.ends_with('\\') {
                "a backslash escapes nothing in these quotes, so they end here: write the value in \
                 double quotes"
            } else {
                "something stands behind the closing quote"
            };
            return fault(after + tail.len() - behind.len(), message);
        }
        if character != '\\' || quote != '"' {
            value.push(character);
            continue;
        }
        match characters.next() {
            Some((_, 'n')) => value.push('\n'),
            Some((_, 'r')) => value.push('\r'),
            Some((_, 't')) => value.push('\t'),
            Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
            Some((_, other)) => value.extend(['\\', other]),
            None => break,
        }
    }
    fault(at, "the quote is not closed")
}

/// The text of these variables: [`parse`] reads them again, byte by byte.
pub fn write(variables: &[(String, Secret<String>)]) -> Secret<String> {
    write_below(&[], variables)
}

/// The same below some lines of comment.
pub fn write_below(comments: &[&str], variables: &[(String, Secret<String>)]) -> Secret<String> {
    let mut text = String::new();
    for line in comments.iter().flat_map(|comment| comment.lines()) {
        text.push_str(format!("# {line}").trim_end());
        text.push('\n');
    }
    for (name, value) in variables {
        text.push_str(name);
        text.push('=');
        push_value(&mut text, value.reveal());
        text.push('\n');
    }
    Secret::new(text)
}

/// A value without quotes where that is possible, else in single quotes, else in double quotes.
fn push_value(text: &mut String, value: &str) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=?&".contains(c);
    if value.chars().all(is_plain) {
        text.push_str(value);
    } else if !value.contains(['\'', '\r']) {
        text.extend(["'", value, "'"]);
    } else {
        text.push('"');
        for character in value.chars() {
            match character {
                // Windows line endings are read as plain ones.
                '\r' => text.push_str("\\r"),
                '"' | '\\' | '$' => text.extend(['\\', character]),
                other => text.push(other),
            }
        }
        text.push('"');
    }
}
