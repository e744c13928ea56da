//! What a term asks of a letter.

use std::cell::OnceCell;

use jiff::Timestamp;
use regex::{Regex, RegexBuilder};

use super::super::{Letter, Origin, member, record};
use crate::domain::{
    decimal::Decimal,
    function::Arn,
    function_list::filter::{Comparison, contains},
    jq::Jq,
    logbook::Matcher,
};

/// What one term asks.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// A word or phrase, anywhere.
    Text(Needle),
    /// A regular expression, anywhere.
    Expression(Box<Matcher>),
    /// An attribute, with this value if one is given.
    Attribute(Box<str>, Option<Pattern>),
    Origin(Needle),
    Error(Needle),
    Group(Pattern),
    Figure(Figure, Comparison, u64),
    /// A field of the event with this value.
    Field(Vec<Box<str>>, Pattern),
    /// A field of the event that is a number.
    FieldFigure(Vec<Box<str>>, Comparison, Decimal),
    Jq(Jq),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Age,
    Received,
    Size,
}

/// A text to be found in any case.
#[derive(Debug, Clone)]
pub(super) enum Needle {
    Ascii(Box<str>),
    /// Letters beyond ASCII have cases that only tables know.
    Other(Box<Regex>),
}

impl Needle {
    /// None for an empty text, which is in everything.
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        if text.is_ascii() {
            return Some(Self::Ascii(text.into()));
        }
        let regex = RegexBuilder::new(&regex::escape(text))
            .case_insensitive(true)
            .build();
        // Only a text of megabytes is too big for an expression.
        Some(regex.map_or_else(
            |_| Self::Ascii(text.into()),
            |regex| Self::Other(regex.into()),
        ))
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Ascii(needle) => contains(text, needle),
            Self::Other(regex) => regex.is_match(text),
        }
    }
}

/// A whole value, or with `*` behind it the beginning of one.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: Box<str>,
    is_beginning: bool,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(text) => Self {
                text: text.into(),
                is_beginning: true,
            },
            None => Self {
                text: text.into(),
                is_beginning: false,
            },
        }
    }

    fn is(&self, value: &str) -> bool {
        if self.is_beginning {
            value.starts_with(&*self.text)
        } else {
            value == &*self.text
        }
    }

    /// Whether a JSON value is it. Numbers are the same whichever way they are written.
    fn is_value(&self, value: &str) -> bool {
        match value.as_bytes().first() {
            Some(b'"') => self.is(&member::shown(value)),
            Some(b'{' | b'[') | None => false,
            Some(b't' | b'f' | b'n') => self.is(value),
            Some(_) => {
                self.is(value)
                    || !self.is_beginning
                        && Decimal::read(&self.text)
                            .is_some_and(|wanted| Decimal::read(value) == Some(wanted))
            }
        }
    }
}

/// A letter as it is asked, its event looked at as text: what a reader of values refuses (many
/// levels, half of a surrogate pair) or rounds has fields all the same.
pub(super) struct View<'a> {
    letter: &'a Letter,
    now: Timestamp,
    event: OnceCell<Option<&'a str>>,
}

impl<'a> View<'a> {
    pub(super) fn new(letter: &'a Letter, now: Timestamp) -> Self {
        Self {
            letter,
            now,
            event: OnceCell::new(),
        }
    }

    /// None where it is not JSON.
    fn event(&self) -> Option<&'a str> {
        *self.event.get_or_init(|| {
            let text = record::event_text(self.letter);
            member::is_json(text).then_some(text)
        })
    }

    /// Whether a value at a path of the event passes.
    fn field(&self, path: &[Box<str>], test: impl Fn(&str) -> bool) -> Result<bool, String> {
        self.event()
            .map_or(Ok(false), |event| any_at(event, path, &test))
    }

    /// Whether any text of the letter passes.
    fn any_text(&self, test: impl Fn(&str) -> bool) -> bool {
        let letter = self.letter;
        let message = &letter.message;
        test(message.body.reveal())
            || test(&message.id)
            || message
                .attributes
                .iter()
                .any(|(name, attribute)| test(name) || attribute.text().is_some_and(&test))
            || letter.error.as_ref().is_some_and(|error| {
                test(&error.headline()) || error.code.as_deref().is_some_and(&test)
            })
            || letter.request_id.as_deref().is_some_and(&test)
            || message.system.group.as_deref().is_some_and(&test)
            || message.system.trace.as_deref().is_some_and(&test)
            || message.system.sender.as_deref().is_some_and(&test)
            || letter.function.as_ref().is_some_and(|function| {
                test(function.arn.as_str()) || function.qualifier.as_deref().is_some_and(&test)
            })
            || origin_texts(&letter.origin).into_iter().any(test)
    }

    /// An attribute by name, system attributes under SQS's names.
    fn attribute(&self, name: &str) -> Option<String> {
        let message = &self.letter.message;
        let own = message.attributes.iter().find(|(key, _)| key == name);
        if let Some((_, attribute)) = own {
            // Bytes are there, but no text is equal to them.
            return Some(attribute.text().unwrap_or_default().to_owned());
        }
        let system = &message.system;
        let milliseconds = |at: Option<Timestamp>| at.map(|at| at.as_millisecond().to_string());
        match name {
            "SentTimestamp" => milliseconds(system.sent),
            "ApproximateReceiveCount" => Some(system.receive_count.to_string()),
            "ApproximateFirstReceiveTimestamp" => milliseconds(system.first_received),
            "SenderId" => system.sender.clone(),
            "MessageGroupId" => system.group.clone(),
            "MessageDeduplicationId" => system.deduplication_id.clone(),
            "SequenceNumber" => system.sequence.clone(),
            "AWSTraceHeader" => system.trace.clone(),
            "DeadLetterQueueSourceArn" => system
                .dead_letter_source
                .as_ref()
                .map(|arn| arn.as_str().to_owned()),
            _ => None,
        }
    }
}

/// Where a letter comes from, in the words of the column and of AWS.
fn origin_texts(origin: &Origin) -> Vec<&str> {
    let mut texts = vec![origin.title()];
    match origin {
        Origin::Queue { source } => texts.push(source.as_str()),
        Origin::AsyncDestination { condition } => texts.push(condition),
        Origin::Batch(batch) => texts.extend(batch.texts()),
        Origin::EventBridge {
            rule,
            schedule,
            target,
            condition,
            ..
        } => {
            let arns = [rule, schedule, target];
            texts.extend(arns.into_iter().flatten().map(Arn::as_str));
            texts.extend(condition.as_deref());
        }
        Origin::Sns { topic } => texts.extend(topic.as_ref().map(Arn::as_str)),
        Origin::AsyncDeadLetter | Origin::Unknown => {}
    }
    texts
}

impl Test {
    /// Whether a letter passes. A letter without the value passes no test, and every inverted one.
    pub(super) fn holds(&self, view: &View<'_>) -> Result<bool, String> {
        let letter = view.letter;
        Ok(match self {
            Self::Text(needle) => view.any_text(|text| needle.is_in(text)),
            Self::Expression(matcher) => view.any_text(|text| matcher.is_match(text)),
            Self::Attribute(name, pattern) => view
                .attribute(name)
                .is_some_and(|value| pattern.as_ref().is_none_or(|pattern| pattern.is(&value))),
            Self::Origin(needle) => origin_texts(&letter.origin)
                .into_iter()
                .any(|text| needle.is_in(text)),
            Self::Error(needle) => letter.error.as_ref().is_some_and(|error| {
                needle.is_in(&error.headline())
                    || error.code.as_deref().is_some_and(|code| needle.is_in(code))
            }),
            Self::Group(pattern) => letter
                .message
                .system
                .group
                .as_deref()
                .is_some_and(|group| pattern.is(group)),
            Self::Figure(figure, comparison, limit) => {
                let value = match figure {
                    Figure::Age => letter
                        .message
                        .system
                        .sent
                        .map(|sent| view.now.duration_since(sent).as_secs().max(0) as u64),
                    Figure::Received => Some(letter.message.system.receive_count.into()),
                    Figure::Size => Some(letter.message.bytes() as u64),
                };
                value.is_some_and(|value| comparison.holds(value, *limit))
            }
            Self::Field(path, pattern) => view.field(path, |value| pattern.is_value(value))?,
            Self::FieldFigure(path, comparison, limit) => view.field(path, |value| {
                let number = member::scalar(value).and_then(|text| Decimal::read(&text));
                number.is_some_and(|number| comparison.holds(&number, limit))
            })?,
            Self::Jq(jq) => jq
                .is_true_of(record::event_text(letter))
                .map_err(|error| error.to_string())?,
        })
    }
}

/// Whether a value at a path passes; a name that is no index goes through every element of an
/// array.
fn any_at(event: &str, path: &[Box<str>], test: &impl Fn(&str) -> bool) -> Result<bool, String> {
    // Value, what is left of the path, how many arrays it lies in that no name led into.
    let mut ahead = vec![(event.trim_ascii(), path, 0)];
    while let Some((value, path, arrays)) = ahead.pop() {
        let is_array = value.starts_with('[');
        let Some((name, rest)) = path.split_first() else {
            let found = if is_array {
                member::elements_of(value).into_iter().any(test)
            } else {
                test(value)
            };
            if found {
                return Ok(true);
            }
            continue;
        };
        if member::is_object(value) {
            let members = member::members_of(value);
            ahead.extend(member::get(&members, name).map(|value| (value, rest, 0)));
        } else if is_array {
            let elements = member::elements_of(value);
            if let Ok(index) = name.parse::<usize>() {
                ahead.extend(elements.get(index).map(|value| (*value, rest, 0)));
            } else if arrays == member::DEEPEST {
                return Err(format!(
                    "{name} may lie in more than {} arrays, one in the other",
                    member::DEEPEST
                ));
            } else {
                ahead.extend(elements.into_iter().map(|value| (value, path, arrays + 1)));
            }
        }
    }
    Ok(false)
}
