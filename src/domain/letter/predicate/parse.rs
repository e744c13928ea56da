//! From text to terms.

use super::{
    BadPredicate, Predicate, Term, compiled,
    test::{Figure, Needle, Pattern, Test},
};
use crate::domain::{
    decimal::Decimal,
    function_list::filter::{Comparison, figure},
    logbook::Matcher,
};

const DAY: f64 = 86_400.0;
/// Units of an age; seconds when none is given.
const AGES: &[(&str, f64)] = &[
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
    ("d", DAY),
    ("w", 7.0 * DAY),
];
/// Units of a size; bytes when none is given.
const SIZES: &[(&str, f64)] = &[("b", 1.0), ("k", 1_024.0), ("m", 1_048_576.0)];
const COUNTS: &[(&str, f64)] = &[("", 1.0)];

pub(super) fn terms(text: &str) -> Result<Vec<Term>, BadPredicate> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let column = text[..text.len() - rest.len()].chars().count();
        let (inverted, body) = match rest.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, rest),
        };
        let (test, after) = term(body, column + usize::from(inverted))?;
        terms.extend(test.map(|test| Term { inverted, test }));
        rest = after.trim_start();
    }
    Ok(terms)
}

/// The term at the front of a text and what follows it. A lone `!` is none.
fn term(text: &str, column: usize) -> Result<(Option<Test>, &str), BadPredicate> {
    if let Some(expression) = text.strip_prefix("jq:") {
        let jq = compiled(expression, column + 3)?;
        return Ok((Some(Test::Jq(jq)), ""));
    }
    if text.starts_with('"') {
        let (phrase, after) = phrase(text, column)?;
        return Ok((Needle::new(&phrase).map(Test::Text), after));
    }
    if text.starts_with('/')
        && let Some(end) = expression_end(text)
    {
        let matcher = Matcher::new(&text[..end]).map_err(|error| BadPredicate {
            message: error.to_string(),
            position: column,
        })?;
        return Ok((Some(Test::Expression(Box::new(matcher))), &text[end..]));
    }
    let end = word_end(text);
    let (word, after) = (&text[..end], &text[end..]);
    Ok((word_test(word, column)?, after))
}

/// A phrase without its quotes; `\"` is a quote in it.
fn phrase(text: &str, column: usize) -> Result<(String, &str), BadPredicate> {
    let mut phrase = String::new();
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Ok((phrase, &text[at + 1..])),
            _ => {
                if escaped && character != '"' && character != '\\' {
                    phrase.push('\\');
                }
                escaped = false;
                phrase.push(character);
            }
        }
    }
    Err(BadPredicate {
        message: "the phrase is not closed: a second \" is missing".into(),
        position: column,
    })
}

/// The end of `/…/` or `/…/i`; none if no slash closes it before white space or the end.
fn expression_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == '/' && !escaped && at > 1 {
            let end = at + 1 + usize::from(text[at + 1..].starts_with('i'));
            let closes = text[end..].chars().next().is_none_or(char::is_whitespace);
            if closes {
                return Some(end);
            }
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

/// The end of a word: white space outside of quotes, so that `name="a b"` is one.
fn word_end(text: &str) -> usize {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            _ if character.is_whitespace() && !quoted => return at,
            _ => {}
        }
    }
    if quoted {
        text.find(char::is_whitespace).unwrap_or(text.len())
    } else {
        text.len()
    }
}

fn word_test(word: &str, column: usize) -> Result<Option<Test>, BadPredicate> {
    if let Some((key, value)) = word.split_once(':') {
        let known = Predicate::KEYS.contains(&key.to_ascii_lowercase().as_str());
        if known {
            return keyed(&key.to_ascii_lowercase(), value, column);
        }
    }
    if let Some(field) = field(word, column)? {
        return Ok(Some(field));
    }
    Ok(Needle::new(word).map(Test::Text))
}

fn keyed(key: &str, value: &str, column: usize) -> Result<Option<Test>, BadPredicate> {
    let at = column + key.chars().count() + 1;
    let value = value.trim_matches('"');
    if value.is_empty() {
        // Being typed still.
        return Ok(None);
    }
    let figure = |which, units, of_bytes, example: &str| {
        let (comparison, text) = Comparison::split(value);
        let limit = figure(text, units, of_bytes).ok_or_else(|| BadPredicate {
            message: format!("a figure stands here, as in {example}"),
            position: at,
        })?;
        let comparison = comparison.unwrap_or(Comparison::Equal);
        Ok(Some(Test::Figure(which, comparison, limit)))
    };
    match key {
        "attr" => Ok(Some(match value.split_once('=') {
            Some((name, value)) => Test::Attribute(name.into(), Some(Pattern::new(value))),
            None => Test::Attribute(value.into(), None),
        })),
        "origin" => Ok(Needle::new(value).map(Test::Origin)),
        "error" => Ok(Needle::new(value).map(Test::Error)),
        "group" => Ok(Some(Test::Group(Pattern::new(value)))),
        "age" => figure(Figure::Age, AGES, false, "age:>2h"),
        "received" => figure(Figure::Received, COUNTS, false, "received:>3"),
        _ => figure(Figure::Size, SIZES, true, "size:>100k"),
    }
}

/// `path=value`, `path>3`: a path is names with dots between them.
fn field(word: &str, column: usize) -> Result<Option<Test>, BadPredicate> {
    let Some(end) = word.find(['=', '<', '>']) else {
        return Ok(None);
    };
    let path = word[..end].strip_prefix('.').unwrap_or(&word[..end]);
    let is_path = !path.is_empty()
        && path.split('.').all(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@'))
        });
    let (Some(comparison), value) = Comparison::split(&word[end..]) else {
        return Ok(None);
    };
    if !is_path {
        return Ok(None);
    }
    let value = value.trim_matches('"');
    let path = path.split('.').map(Into::into).collect();
    if comparison == Comparison::Equal {
        return Ok(Some(Test::Field(path, Pattern::new(value))));
    }
    match Decimal::read(value) {
        Some(limit) => Ok(Some(Test::FieldFigure(path, comparison, limit))),
        None => Err(BadPredicate {
            message: "a number stands here, as in amount>100".into(),
            position: column + word.chars().count() - value.chars().count(),
        }),
    }
}
