//! Filter patterns of the log service, as far as the demo account understands them: terms, phrases,
//! `?a ?b`, `-x`, and JSON conditions joined by `&&` and `||` (`docs/aws.md` §2.4).
//!
//! What it does not understand (regular expressions, space-delimited fields, parentheses) it
//! refuses with the position, instead of matching something else.

use serde_json::Value;

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Text {
        all: Vec<String>,
        none: Vec<String>,
        /// Ignored when there are other terms.
        any: Vec<String>,
    },
    /// Alternatives of conditions that hold together.
    Json(Vec<Vec<Condition>>),
}

/// One comparison inside `{ … }`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    path: Vec<String>,
    comparison: Comparison,
    value: String,
    /// The value stood in quotes: compare as text, never as a number.
    quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a pattern was refused, and at which character (from 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub position: usize,
    pub reason: &'static str,
}

impl Filter {
    /// Parses a pattern; an empty one matches everything.
    pub fn parse(pattern: &str) -> Result<Self, Refused> {
        let mut scanner = Scanner {
            text: pattern.chars().collect(),
            position: 0,
        };
        scanner.skip_space();
        match scanner.peek() {
            Some('{') => scanner.json(),
            Some('[') => Err(scanner.refuse("space-delimited patterns are not supported here")),
            _ => scanner.terms(),
        }
    }

    /// Whether a message is let through.
    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::Text { all, none, any } => {
                let has = |term: &String| message.contains(term.as_str());
                all.iter().all(has)
                    && !none.iter().any(has)
                    && (any.is_empty()
                        || !all.is_empty()
                        || !none.is_empty()
                        || any.iter().any(has))
            }
            Self::Json(alternatives) => serde_json::from_str::<Value>(message).is_ok_and(|value| {
                alternatives
                    .iter()
                    .any(|conditions| conditions.iter().all(|condition| condition.holds(&value)))
            }),
        }
    }
}

impl Condition {
    fn holds(&self, root: &Value) -> bool {
        let mut value = root;
        for step in &self.path {
            let next = match value {
                Value::Array(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
                other => other.get(step),
            };
            match next {
                Some(found) => value = found,
                None => return false,
            }
        }
        match (value, self.comparison) {
            (Value::String(text), Comparison::Equal) => glob(&self.value, text),
            (Value::String(text), Comparison::NotEqual) => !glob(&self.value, text),
            (Value::Bool(flag), Comparison::Equal) => {
                !self.quoted && flag.to_string() == self.value
            }
            (Value::Number(number), comparison) if !self.quoted => {
                let (Some(left), Ok(right)) = (number.as_f64(), self.value.parse::<f64>()) else {
                    return false;
                };
                let order = left.partial_cmp(&right);
                match comparison {
                    Comparison::Equal => order == Some(std::cmp::Ordering::Equal),
                    Comparison::NotEqual => order != Some(std::cmp::Ordering::Equal),
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                    Comparison::GreaterOrEqual => left >= right,
                }
            }
            _ => false,
        }
    }
}

/// `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

struct Scanner {
    text: Vec<char>,
    position: usize,
}

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.text.get(self.position).copied()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let taken = wanted
            .chars()
            .enumerate()
            .all(|(i, c)| self.text.get(self.position + i) == Some(&c));
        if taken {
            self.position += wanted.chars().count();
        }
        taken
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn refuse(&self, reason: &'static str) -> Refused {
        Refused {
            position: self.position,
            reason,
        }
    }

    fn terms(&mut self) -> Result<Filter, Refused> {
        let (mut all, mut none, mut any) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.skip_space();
            let list = match self.peek() {
                None => return Ok(Filter::Text { all, none, any }),
                Some('-') => {
                    self.position += 1;
                    &mut none
                }
                Some('?') => {
                    self.position += 1;
                    &mut any
                }
                Some(_) => &mut all,
            };
            let term = self.term()?;
            if !term.trim().is_empty() {
                list.push(term);
            }
        }
    }

    fn term(&mut self) -> Result<String, Refused> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let word = self.word(|c| c.is_alphanumeric() || c == '_');
        match self.peek() {
            _ if word.is_empty() => Err(self.refuse("a term was expected")),
            Some('%') => Err(self.refuse("regular expressions are not supported here")),
            Some(c) if !c.is_whitespace() => {
                Err(self.refuse("a term with other than letters, digits and _ needs quotes"))
            }
            _ => Ok(word),
        }
    }

    fn word(&mut self, allowed: impl Fn(char) -> bool) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| allowed(*c)) {
            word.push(c);
            self.position += 1;
        }
        word
    }

    fn quoted(&mut self) -> Result<String, Refused> {
        let opened = self.position;
        self.position += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.position += 1;
            match c {
                '"' => return Ok(text),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => {
                    text.extend(self.peek());
                    self.position += 1;
                }
                c => text.push(c),
            }
        }
        self.position = opened;
        Err(self.refuse("this quote is not closed"))
    }

    fn json(&mut self) -> Result<Filter, Refused> {
        self.position += 1;
        let mut alternatives = vec![vec![self.condition()?]];
        loop {
            self.skip_space();
            if self.take("&&") {
                let condition = self.condition()?;
                if let Some(last) = alternatives.last_mut() {
                    last.push(condition);
                }
            } else if self.take("||") {
                alternatives.push(vec![self.condition()?]);
            } else if self.take("}") {
                break;
            } else {
                return Err(self.refuse("&&, || or } was expected"));
            }
        }
        self.skip_space();
        match self.peek() {
            None => Ok(Filter::Json(alternatives)),
            Some(_) => Err(self.refuse("nothing may follow the closing }")),
        }
    }

    fn condition(&mut self) -> Result<Condition, Refused> {
        self.skip_space();
        if !self.take("$") {
            return Err(self.refuse("a field such as $.level was expected"));
        }
        let mut path = Vec::new();
        loop {
            let step = if self.take(".") {
                self.word(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '@')
            } else if self.take("[") {
                let index = self.word(|c| c.is_ascii_digit());
                if !self.take("]") {
                    return Err(self.refuse("] was expected"));
                }
                index
            } else {
                break;
            };
            if step.is_empty() {
                return Err(self.refuse("a field name was expected"));
            }
            path.push(step);
        }
        if path.is_empty() {
            return Err(self.refuse("a field such as $.level was expected"));
        }
        self.skip_space();
        let comparison = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| self.take(sign).then_some(comparison))
        .ok_or_else(|| self.refuse("a comparison (=, !=, <, >, <=, >=) was expected"))?;
        self.skip_space();
        let quoted = self.peek() == Some('"');
        let value = if quoted {
            self.quoted()?
        } else {
            self.word(|c| c.is_alphanumeric() || "_-.*+".contains(c))
        };
        if value.is_empty() && !quoted {
            return Err(self.refuse("a value was expected"));
        }
        Ok(Condition {
            path,
            comparison,
            value,
            quoted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Filter::parse(pattern).expect(pattern).matches(message)
    }

    fn position(pattern: &str) -> usize {
        Filter::parse(pattern).expect_err(pattern).position
    }

    #[test]
    fn terms_join_exclude_and_choose() {
        assert!(matches("", "anything"));
        assert!(matches("\" \"", "anything"));
        assert!(matches("card 150", "card declined for 150"));
        assert!(!matches("card 151", "card declined for 150"));
        assert!(!matches("CARD", "card declined"));
        assert!(matches("\"declined for\"", "card declined for 150"));
        assert!(!matches("\"for declined\"", "card declined for 150"));
        assert!(matches(
            "?ERROR ?\"Task timed out\"",
            "Task timed out after 3 s"
        ));
        assert!(!matches("?ERROR ?WARN", "INFO fine"));
        assert!(matches("card -gift", "card declined"));
        assert!(!matches("card -gift", "gift card declined"));
        assert!(
            matches("card ?never", "card declined"),
            "? is ignored beside other terms"
        );
        assert!(matches(r#""say \"hi\"""#, r#"they say "hi" now"#));
    }

    #[test]
    fn json_conditions_compare() {
        let line = r#"{"level":"ERROR","record":{"status":"timeout"},"ms":12.5,"tags":["a","b"]}"#;
        assert!(matches(r#"{ $.level = "ERROR" }"#, line));
        assert!(matches("{ $.level = ERR* }", line));
        assert!(!matches(r#"{ $.level != "ERROR" }"#, line));
        assert!(matches(
            r#"{ $.level = "INFO" || $.record.status = "timeout" }"#,
            line
        ));
        assert!(!matches(
            r#"{ $.level = "INFO" && $.record.status = "timeout" }"#,
            line
        ));
        assert!(matches("{ $.ms > 12 && $.tags[1] = \"b\" }", line));
        assert!(!matches("{ $.missing != 3 }", line));
        assert!(!matches(
            r#"{ $.level = "ERROR" }"#,
            "level = ERROR, but not JSON"
        ));
    }

    #[test]
    fn what_is_not_understood_is_refused_where_it_stands() {
        assert_eq!(position("card foo-bar"), 8);
        assert_eq!(position("%err%"), 0);
        assert_eq!(position(" [a, b]"), 1);
        assert_eq!(position("card \"open"), 5);
        assert_eq!(position("{ $.level }"), 10);
        assert_eq!(position("{ ($.a = 1) }"), 2);
        assert_eq!(position("{ $.a = 1 } x"), 12);
        assert_eq!(position("- x"), 1);
    }

    #[test]
    fn stars_match_anything_in_their_place() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ab", false),
            ("*b*", "abc", true),
            ("a*b*c", "a1b2c", true),
            ("abc", "abcd", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
