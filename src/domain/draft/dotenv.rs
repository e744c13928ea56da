//! The text of a `.env` file as variables.
//!
//! One assignment a line, `export` in front if you like; `#` begins a comment at the start of a
//! line or after a blank. Single quotes keep everything, newlines too; double quotes also know
//! `\n`, `\r`, `\t`, `\"`, `\\` and `\$`. Nothing is ever taken from the process's environment:
//! `$NAME` stays as it stands. What [`write`] writes, [`parse`] reads exactly.

use super::environment::check_name;
use crate::domain::secret::Secret;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// What, without the value.
    pub message: String,
}

/// Reads the text. Of a name that stands there twice the last value counts.
///
/// # Errors
/// The first line that cannot be read.
pub fn parse(text: &str) -> Result<Vec<(String, Secret<String>)>, Malformed> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut variables: Vec<(String, Secret<String>)> = Vec::new();
    let (mut rest, mut line) = (text.as_str(), 1);
    while !rest.is_empty() {
        let malformed = |message: String| Malformed { line, message };
        let end = rest.find('\n').unwrap_or(rest.len());
        let statement = rest[..end].trim_start();
        if statement.trim_end().is_empty() || statement.starts_with('#') {
            rest = rest.get(end + 1..).unwrap_or_default();
            line += 1;
            continue;
        }
        let statement = statement.strip_prefix("export ").unwrap_or(statement);
        let (name, value) = statement
            .split_once('=')
            .ok_or_else(|| malformed("expected NAME=value".to_owned()))?;
        let name = name.trim();
        check_name(name).map_err(malformed)?;
        let begin = end - value.len();
        let (value, after) = value_of(&rest[begin..]).map_err(malformed)?;
        line += rest[..begin + after].matches('\n').count();
        rest = &rest[begin + after..];
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), Secret::new(value)));
    }
    Ok(variables)
}

/// A value, and the bytes up to the next line.
fn value_of(text: &str) -> Result<(String, usize), String> {
    let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
    let body = &text[blanks..];
    let Some(quote) = body.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = text.find('\n').unwrap_or(text.len());
        let bare = &text[..end];
        let comments = [" #", "\t#"]
            .into_iter()
            .filter_map(|begin| bare.find(begin));
        let comment = comments.min().unwrap_or(bare.len());
        return Ok((bare[..comment].trim().to_owned(), (end + 1).min(text.len())));
    };
    let mut value = String::new();
    let mut characters = body.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            let tail = &body[at + 1..];
            let end = tail.find('\n').unwrap_or(tail.len());
            let behind = tail[..end].trim();
            if !(behind.is_empty() || behind.starts_with('#')) {
                return Err("something stands behind the closing quote".to_owned());
            }
            return Ok((value, (blanks + at + 1 + end + 1).min(text.len())));
        }
        if character != '\\' || quote == '\'' {
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
    Err("the quote is not closed".to_owned())
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

/// A value as it is where it can be, in single quotes where they keep it, else in double ones.
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
                // The ends of lines of Windows are read as plain ones.
                '\r' => text.push_str("\\r"),
                '"' | '\\' | '$' => text.extend(['\\', character]),
                other => text.push(other),
            }
        }
        text.push('"');
    }
}
