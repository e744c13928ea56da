//! The language in which letters are chosen: in the pane, in a dry run, headless.
//!
//! ```text
//! card declined         both words, anywhere: body, attributes, error, ids; any case
//! "card declined"       the phrase
//! /o-88\d+/             a regular expression; /…/i without regard to case
//! !x                    inverts any term
//! attr:tenant=acme      a message or system attribute; acme* is a beginning, attr:tenant any value
//! origin:async          the words of the column ORIGIN
//! error:declined        the error's text, type or code
//! group:g-1             the message group
//! age:>2h               since it was sent: s, m, h, d, w; received:>3, size:>100k
//! amount=150            a field of the event; order.id=o-1, amount>100, items.0.sku=a*
//! jq:.amount > 100      the rest of the text is a jq expression over the event
//! ```
//!
//! All terms must hold. A word with `=`, `<` or `>` in it is a field; put it in quotes to look for
//! its text.

mod parse;
mod test;

use std::fmt;

use jiff::Timestamp;

use super::Letter;
use crate::domain::jq::Jq;
use test::{Test, View};

/// A choice of letters that was understood. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Predicate {
    source: String,
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
struct Term {
    inverted: bool,
    test: Test,
}

/// Why a text is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPredicate {
    /// What is wrong, and what would be right.
    pub message: String,
    /// Characters of the text before the place where it went wrong.
    pub position: usize,
}

impl fmt::Display for BadPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)
    }
}

impl std::error::Error for BadPredicate {}

impl Predicate {
    /// The keys that may stand before a colon, for help and completion.
    pub const KEYS: [&'static str; 8] = [
        "attr", "origin", "error", "group", "age", "received", "size", "jq",
    ];

    /// The filter that asks for both: what was typed, and a jq expression. `jq:` takes the rest of a
    /// text, so two expressions become one.
    ///
    /// # Errors
    /// What is wrong with either, and where.
    pub fn with_jq(text: &str, expression: &str) -> Result<Self, BadPredicate> {
        let typed = Self::parse(text.trim())?;
        Self::jq(expression)?;
        // A comment in an expression ends with its line: so does each bracket's content.
        let both = match typed.terms.last() {
            None => format!("jq:{expression}"),
            Some(Term {
                test: Test::Jq(jq),
                inverted,
            }) => {
                let (first, mark) = if *inverted {
                    (format!("[first({}\n)][0] | not", jq.source()), "!jq:")
                } else {
                    (jq.source().to_owned(), "jq:")
                };
                let before = typed.source.len() - jq.source().len() - mark.len();
                let before = typed.source.get(..before).unwrap_or_default();
                format!("{before}jq:({first}\n) and ({expression}\n)")
            }
            Some(_) => format!("{} jq:{expression}", typed.source),
        };
        let both = Self::parse(&both)?;
        let is_last_jq = matches!(
            both.terms.last(),
            Some(Term {
                test: Test::Jq(_),
                ..
            })
        );
        let has_jq = matches!(
            typed.terms.last(),
            Some(Term {
                test: Test::Jq(_),
                ..
            })
        );
        // Read together, a quote or a slash of the one could end in the other.
        if is_last_jq && both.terms.len() == typed.terms.len() + usize::from(!has_jq) {
            Ok(both)
        } else {
            Err(BadPredicate {
                message: "the typed filter and the jq filter cannot be read together: \
                          put what was typed in quotes, or in the jq filter"
                    .to_owned(),
                position: 0,
            })
        }
    }

    /// Reads a filter. An empty one takes every letter.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, BadPredicate> {
        Ok(Self {
            terms: parse::terms(text)?,
            source: text.trim().to_owned(),
        })
    }

    /// The letters of which a jq expression over their event is true.
    ///
    /// # Errors
    /// What is wrong with the expression, and where.
    pub fn jq(expression: &str) -> Result<Self, BadPredicate> {
        let jq = compiled(expression, 0)?;
        Ok(Self {
            source: format!("jq:{}", expression.trim()),
            terms: vec![Term {
                inverted: false,
                test: Test::Jq(jq),
            }],
        })
    }

    /// As it can be parsed again.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it takes every letter.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it takes a letter. Where one term does not hold, it does not matter that another
    /// cannot tell.
    ///
    /// # Errors
    /// Why it cannot be told, untrusted. That is neither yes nor no: who asks must say so.
    pub fn test(&self, letter: &Letter, now: Timestamp) -> Result<bool, String> {
        let view = View::new(letter, now);
        let mut answer = Ok(true);
        for term in &self.terms {
            match term.test.holds(&view) {
                Ok(holds) if holds == term.inverted => return Ok(false),
                Ok(_) => {}
                Err(why) => answer = Err(why),
            }
        }
        answer
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Predicate {}

/// Compiles an expression that begins after so many characters of the text.
fn compiled(expression: &str, before: usize) -> Result<Jq, BadPredicate> {
    Jq::compile(expression).map_err(|error| BadPredicate {
        position: before
            + expression
                .get(..error.position)
                .map_or(0, |ahead| ahead.chars().count()),
        message: error.message,
    })
}

#[cfg(test)]
mod tests;
