//! What a search looks for: a piece of text or a regular expression.

use std::fmt;
use std::ops::Range;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

use super::block::Block;

/// A search as it was typed: `text` finds text (small letters find capitals too, capitals only
/// themselves), `/expression/` a regular expression, `/expression/i` one without regard to case.
#[derive(Debug, Clone)]
pub struct Matcher {
    needle: Needle,
    source: Box<str>,
}

#[derive(Debug, Clone)]
enum Needle {
    Text(Box<memmem::Finder<'static>>),
    /// `alone`: anchors of the expression may mean the ends of a line's whole text, so that no
    /// other line may be seen while it is matched.
    Pattern {
        regex: Regex,
        alone: bool,
    },
}

/// A search that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern(String);

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadPattern {}

impl Matcher {
    /// Reads a search. Errors: an empty one, an expression that does not parse or gets too big.
    pub fn new(input: &str) -> Result<Self, BadPattern> {
        if input.is_empty() {
            return Err(BadPattern("type what to look for".into()));
        }
        let expression = input.strip_prefix('/').and_then(|rest| {
            rest.strip_suffix("/i")
                .map(|inner| (inner, true))
                .or_else(|| rest.strip_suffix('/').map(|inner| (inner, false)))
        });
        let needle = match expression.filter(|(inner, _)| !inner.is_empty()) {
            Some((inner, any_case)) => {
                let alone = ["\\A", "\\z", "(?-m", "(?s-m"]
                    .iter()
                    .any(|anchor| inner.contains(anchor));
                Needle::Pattern {
                    regex: build(inner, any_case)?,
                    alone,
                }
            }
            None if input.chars().any(char::is_lowercase)
                && !input.chars().any(char::is_uppercase) =>
            {
                Needle::Pattern {
                    regex: build(&regex::escape(input), true)?,
                    alone: false,
                }
            }
            None => Needle::Text(Box::new(memmem::Finder::new(input).into_owned())),
        };
        Ok(Self {
            needle,
            source: input.into(),
        })
    }

    /// As it was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether a text has a match.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text.as_bytes(), 0).is_some()
    }

    /// The matches in a text, for marking them; bytes, at character boundaries, none empty.
    pub fn ranges<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let found = self.find(text.as_bytes(), from)?;
                if !found.is_empty() {
                    from = found.end;
                    return Some(found);
                }
                let rest = text.get(found.end..)?;
                from = found.end + rest.chars().next()?.len_utf8();
            }
        })
    }

    fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.needle {
            Needle::Text(finder) => {
                let start = from + finder.find(text.get(from..)?)?;
                Some(start..start + finder.needle().len())
            }
            Needle::Pattern { regex, .. } => (from <= text.len())
                .then(|| regex.find_at(text, from))
                .flatten()
                .map(|found| found.range()),
        }
    }

    /// Calls `hit` with the index of each line of the block that has a match, in order, until it
    /// says stop. The whole text is searched at once; a match that spans lines is looked at again.
    pub(super) fn lines_in(&self, block: &Block, text: &[u8], mut hit: impl FnMut(usize) -> bool) {
        if let Needle::Pattern { regex, alone: true } = &self.needle {
            let mut matching =
                (0..block.len()).filter(|&index| regex.is_match(&text[block.range(index)]));
            let _ = matching.all(&mut hit);
            return;
        }
        let mut from = 0;
        while let Some(found) = self.find(text, from) {
            if found.start >= text.len() {
                return;
            }
            let index = block.line_at(found.start);
            let line = block.range(index);
            let matches = found.end <= line.end || self.find(&text[line.clone()], 0).is_some();
            if matches && !hit(index) {
                return;
            }
            from = line.end + 1;
        }
    }
}

fn build(expression: &str, any_case: bool) -> Result<Regex, BadPattern> {
    RegexBuilder::new(expression)
        .multi_line(true)
        .case_insensitive(any_case)
        .size_limit(1 << 22)
        .build()
        .map_err(|error| BadPattern(reason(&error)))
}

/// The reason alone: the expression stands above it on the screen.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "the expression is too big".into(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Matcher::new(pattern)
            .expect("a good pattern")
            .is_match(text)
    }

    #[test]
    fn small_letters_find_capitals() {
        assert!(matches("error", "an ERROR") && matches("ERROR", "an ERROR"));
        assert!(!matches("ERROR", "an error") && !matches("Error", "ERROR"));
        assert!(
            matches("größe", "GRÖSSE GRÖßE") && matches("a.b", "A.B") && !matches("a.b", "axb")
        );
        assert!(matches("404", "code 404") && matches("/", "a/b"));
    }

    #[test]
    fn expressions_stand_between_slashes() {
        assert!(
            matches("/dur.*8\\d\\d/", "duration: 812 ms")
                && !matches("/DUR/", "dur")
                && matches("/DUR/i", "dur")
        );
        assert!(matches("/^b$/", "a\nb\nc"));
        let error = Matcher::new("/a(b/").expect_err("not an expression");
        assert_eq!(error.to_string(), "unclosed group");
        assert!(Matcher::new("").is_err());
        assert_eq!(
            Matcher::new("/(\\w{900}){900}/")
                .expect_err("big")
                .to_string(),
            "the expression is too big"
        );
    }

    #[test]
    fn ranges_are_all_there_and_never_empty() {
        let ranges = |pattern: &str, text: &str| {
            Matcher::new(pattern)
                .expect("good")
                .ranges(text)
                .collect::<Vec<_>>()
        };
        assert_eq!(ranges("AB", "ABxAB"), [0..2, 3..5]);
        assert_eq!(ranges("/x*/", "éxxéx"), [2..4, 6..7]);
    }
}
