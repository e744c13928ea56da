//! What an event looks like: its first line in short, and what is folded behind it.

use std::{borrow::Cow, ops::Range};

use super::{
    ink::{Inked, head, role_of},
    platform,
};
use crate::{
    domain::{
        json::{self, Kind, Token},
        logbook::{Level, Matcher},
        report::{self, Line, names},
        stack::{self, Frame},
        text::{lines as lines_of, without_colours},
    },
    theme::Role,
};

/// Lines that are shown of an unfolded event; the rest is one key away (`J`).
const LINES_LIMIT: usize = 2_000;
/// An event is not indented to more than this, in bytes.
const PRETTY_LIMIT: usize = 512 * 1024;
/// Cells by which unfolded lines stand in.
const INDENT: &str = "  ";

/// How events are to look.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    /// Cells of a row, if lines wrap.
    pub(super) wrap: Option<usize>,
    /// What to highlight.
    pub(super) matcher: Option<&'a Matcher>,
}

/// An event, ready to be drawn.
#[derive(Debug)]
pub(super) struct Shape {
    /// The first line in short, then the unfolded ones.
    lines: Vec<Inked>,
    /// What the row under a folded event says.
    fold: Option<Box<str>>,
    rows: usize,
    /// Among `lines`: the user's own frame nearest to the failure.
    pub(super) own: Option<usize>,
    /// The event's text without its last line feeds is worth unfolding.
    pub(super) can_unfold: bool,
}

/// What one row of an event shows.
pub(super) enum RowOf<'a> {
    /// A part of a line.
    Line(&'a Inked, Range<usize>),
    /// What is folded.
    Fold(&'a str),
}

impl Shape {
    /// An event of the book, folded or not.
    pub(super) fn new(
        level: Option<Level>,
        platform: bool,
        message: &str,
        unfolded: bool,
        how: How<'_>,
    ) -> Self {
        let message = without_colours(message.trim_end_matches(['\n', '\r']));
        let message = &*message;
        let first = Event {
            level,
            platform,
            message,
            object: if platform {
                None
            } else {
                report::object_in(message)
            },
        };
        let (summary, left_out) = first.summary();
        let mut lines = vec![summary.finish(how.matcher, how.wrap)];
        let hidden = lines_of(message).skip(1).count();
        let can_unfold = hidden > 0 || left_out != LeftOut::Nothing;
        let mut fold = None;
        let mut own = None;
        if unfolded && can_unfold {
            let (unfolded, frame) = first.unfolded(hidden > 0, how);
            own = frame.map(|frame| frame + 1);
            lines.extend(unfolded);
        } else if hidden > 0 && !platform {
            fold = Some(fold_label(message, hidden, level));
        } else if left_out == LeftOut::Stack {
            fold = Some("▸ with its stack".into());
        }
        let rows = lines.iter().map(Inked::rows).sum::<usize>() + usize::from(fold.is_some());
        Self {
            lines,
            fold,
            rows,
            own,
            can_unfold,
        }
    }

    /// Rows it takes; never 0.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// What one of its rows shows.
    pub(super) fn row(&self, row: usize) -> RowOf<'_> {
        match self.locate(row) {
            Some((line, within)) => {
                let line = &self.lines[line];
                RowOf::Line(line, line.row(within))
            }
            None => RowOf::Fold(self.fold.as_deref().unwrap_or_default()),
        }
    }

    /// The line that a row belongs to, and which of its rows it is; `None` for the fold.
    fn locate(&self, row: usize) -> Option<(usize, usize)> {
        let mut left = row;
        for (index, line) in self.lines.iter().enumerate() {
            if left < line.rows() {
                return Some((index, left));
            }
            left -= line.rows();
        }
        None
    }

    /// The line and the byte at which a row begins: what stays when the width changes.
    pub(super) fn place_of(&self, row: usize) -> (usize, usize) {
        self.locate(row)
            .map_or((self.lines.len(), 0), |(line, within)| {
                (line, self.lines[line].row(within).start)
            })
    }

    /// The row that shows this byte of this line.
    pub(super) fn row_of(&self, (line, byte): (usize, usize)) -> usize {
        let before: usize = self.lines.iter().take(line).map(Inked::rows).sum();
        let within = self.lines.get(line).map_or(0, |line| line.row_at(byte));
        (before + within).min(self.rows - 1)
    }

    /// The text of the line that a row belongs to.
    pub(super) fn text_at(&self, row: usize) -> &str {
        self.locate(row)
            .map_or("", |(line, _)| self.lines[line].text())
    }

    /// Whether its first line shows a match.
    pub(super) fn head_matches(&self) -> bool {
        self.lines[0].has_match()
    }

    /// The first row that shows a match.
    pub(super) fn first_match(&self) -> Option<usize> {
        let line = self.lines.iter().position(Inked::has_match)?;
        Some(self.row_of((line, 0)))
    }
}

/// What the short form of an event leaves out, besides its further lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOut {
    Nothing,
    /// There is more to read: the raw line, or JSON in full.
    Something,
    /// JSON that holds a stack trace.
    Stack,
}

/// An event while it is being shaped.
struct Event<'a> {
    level: Option<Level>,
    platform: bool,
    message: &'a str,
    /// Where its JSON stands.
    object: Option<Range<usize>>,
}

impl Event<'_> {
    /// Its first line in short: without what the columns say already.
    fn summary(&self) -> (Inked, LeftOut) {
        let mut line = Inked::with_room(self.message.len());
        let first = lines_of(self.message).next().unwrap_or_default();
        let start = head(self.message);
        if self.platform
            && let Line::Platform(said) = report::read(start)
        {
            platform::sentence(&said, &mut line);
            return (line, LeftOut::Something);
        }
        let role = role_of_level(self.level);
        if let Some(level) = self.level {
            line.push(word(level), role);
        }
        let body = if self.level.is_some_and(Level::is_error) {
            role
        } else {
            Role::Text
        };
        let trimmed = start.trim_start();
        if trimmed.starts_with('{') {
            let left_out = summarise(trimmed, body, &mut line);
            if left_out == LeftOut::Nothing {
                line.push_highlighted(head(first), body);
            }
            line.push_rest(self.message);
            return (line, left_out);
        }
        match report::read(start) {
            Line::App(app) => {
                let text = lines_of(&app.text).next().unwrap_or_default();
                line.push_highlighted(text, body);
            }
            Line::Platform(_) => line.push_highlighted(head(first), body),
        }
        line.push_rest(first);
        let left_out = match &self.object {
            Some(object) if names_stack(&self.message[object.clone()]) => LeftOut::Stack,
            Some(_) => LeftOut::Something,
            None => LeftOut::Nothing,
        };
        (line, left_out)
    }

    /// All its lines, and the index of the user's own frame.
    fn unfolded(&self, has_lines: bool, how: How<'_>) -> (Vec<Inked>, Option<usize>) {
        let object = self.object.clone();
        let pretty = object.and_then(|object| json::pretty(&self.message[object], PRETTY_LIMIT));
        let text = pretty.as_deref().unwrap_or(self.message);
        // The first line stands above already, in short; of one line or JSON everything is shown.
        let skipped = usize::from(has_lines && pretty.is_none() && !self.platform);
        let shown = lines_of(text).skip(skipped);
        let own = stack::own_frame(shown.clone().take(LINES_LIMIT));
        let is_trace = own.is_some();
        let mut lines: Vec<Inked> = shown
            .clone()
            .take(LINES_LIMIT)
            .map(|line| {
                let role = match stack::frame(line) {
                    _ if self.platform => Role::LogPlatform,
                    Some(Frame::Own) => Role::Accent,
                    Some(Frame::Foreign) => Role::Dim,
                    None if is_trace && pretty.is_none() => Role::Dim,
                    None => Role::Text,
                };
                let mut inked = Inked::default();
                inked.push(INDENT, Role::Text);
                if role == Role::Accent || role == Role::Dim {
                    inked.push(head(line), role);
                } else {
                    push_line(&mut inked, head(line), role, pretty.is_some());
                }
                inked.push_rest(line);
                inked.finish(how.matcher, how.wrap)
            })
            .collect();
        let left = shown.count().saturating_sub(LINES_LIMIT);
        if left > 0 {
            let mut inked = Inked::default();
            inked.push(
                &format!("{INDENT}… {left} more lines: J shows all"),
                Role::Dim,
            );
            lines.push(inked.finish(None, how.wrap));
        }
        (lines, own)
    }
}

/// A line of indented JSON stands for itself, without the brackets it lies in.
fn push_line(to: &mut Inked, line: &str, role: Role, is_json: bool) {
    if !is_json {
        to.push_highlighted(line, role);
        return;
    }
    let clean = crate::domain::text::sanitise(line);
    let trimmed = clean.trim_start();
    to.push(&clean[..clean.len() - trimmed.len()], role);
    // Inside brackets the tokenizer tells names from strings.
    let wrapped = format!("[{trimmed}");
    let mut at = 1;
    for Token { range, kind } in json::tokens(&wrapped).skip(1) {
        to.push(&wrapped[at..range.start], role);
        to.push(&wrapped[range.clone()], role_of(kind, role));
        at = range.end;
    }
    to.push(&wrapped[at..], role);
}

/// A JSON line as a person would say it: the message, then the other members as `name=value`,
/// without time, level and request and without what the message says already. Leaves out nothing,
/// and writes nothing, when it has no such shape.
fn summarise(text: &str, body: Role, to: &mut Inked) -> LeftOut {
    let Some(members) = members(text) else {
        return LeftOut::Nothing;
    };
    let is_message = |member: &&Member<'_>| names::is_message(member.name);
    let message = members.iter().find(is_message);
    let message = message.map_or("", |member| &text[member.value.clone()]);
    let mut left_out = LeftOut::Something;
    match string(message) {
        Some(said) => to.push(lines_of(&said).next().unwrap_or_default(), body),
        None => to.push_highlighted(message, body),
    }
    let mut gap = if message.is_empty() { "" } else { "  " };
    for member in members.iter().filter(|member| !is_message(member)) {
        let value = &text[member.value.clone()];
        if names::is_stack(member.name) {
            left_out = LeftOut::Stack;
            continue;
        }
        if is_said_elsewhere(member.name) || is_in_message(member, value, message) {
            continue;
        }
        // What has no ink takes the role beside it: fewer changes of colour to write.
        to.push(gap, Role::JsonKey);
        gap = "  ";
        to.push(member.name, Role::JsonKey);
        to.push("=", Role::JsonKey);
        match member.kind {
            // A word needs no quotes.
            Kind::String
                if value.len() > 2 && !value.contains([' ', '\\']) && value.ends_with('"') =>
            {
                to.push(&value[1..value.len() - 1], Role::JsonString);
            }
            Kind::Punctuation => to.push_highlighted(value, Role::Text),
            kind => to.push(value, role_of(kind, Role::Text)),
        }
    }
    left_out
}

/// What a JSON string says; `None` for anything else.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Whether JSON in a text has such a member.
fn names_stack(text: &str) -> bool {
    text.contains("\"stack\"") || text.contains("\"stackTrace\"")
}

/// Whether the message says already what a member says of the error.
fn is_in_message(member: &Member<'_>, value: &str, message: &str) -> bool {
    let said = value.trim_matches('"');
    member.name.starts_with("error") && member.kind == Kind::String && message.contains(said)
}

/// The columns, the invocation and the level say it.
fn is_said_elsewhere(name: &str) -> bool {
    names::is_time(name) || names::is_level(name) || names::is_request(name)
}

/// A member of the outermost object.
struct Member<'a> {
    name: &'a str,
    value: Range<usize>,
    kind: Kind,
}

/// The members of an object that may be cut off at its end; `None` when it is not well formed.
fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let mut members: Vec<Member<'_>> = Vec::with_capacity(16);
    let mut depth = 0;
    let mut name: Option<&str> = None;
    let mut ended = false;
    for Token { range, kind } in json::tokens(text) {
        if ended || kind == Kind::Plain {
            return None;
        }
        let piece = &text[range.clone()];
        match (kind, piece) {
            (Kind::Punctuation, "{" | "[") => {
                depth += 1;
                if depth == 2 {
                    members.push(Member {
                        name: name.take()?,
                        value: range,
                        kind,
                    });
                }
            }
            (Kind::Punctuation, "}" | "]") => {
                if depth == 2 {
                    members.last_mut()?.value.end = range.end;
                }
                depth -= 1;
                ended = depth == 0;
            }
            (Kind::Key, _) if depth == 1 => {
                name = Some(piece.trim_matches('"'));
            }
            (Kind::Punctuation, _) => {}
            _ if depth == 1 => members.push(Member {
                name: name.take()?,
                value: range,
                kind,
            }),
            _ => members.last_mut()?.value.end = range.end,
        }
    }
    (!members.is_empty() && (ended || text.len() + 4 > super::ink::LINE_LIMIT)).then_some(members)
}

fn fold_label(message: &str, hidden: usize, level: Option<Level>) -> Box<str> {
    let is_trace = level.is_some_and(Level::is_error)
        && lines_of(message)
            .skip(1)
            .take(50)
            .any(|line| stack::frame(line).is_some());
    let what = match (is_trace, hidden) {
        (true, 1) => "line of stack",
        (true, _) => "lines of stack",
        (false, 1) => "more line",
        (false, _) => "more lines",
    };
    format!("▸ {} {what}", crate::domain::age::count(hidden as u64)).into()
}

/// The role of a level.
pub(super) const fn role_of_level(level: Option<Level>) -> Role {
    match level {
        Some(Level::Fatal | Level::Error) => Role::LogError,
        Some(Level::Warn) => Role::LogWarn,
        Some(Level::Info) => Role::LogInfo,
        Some(Level::Debug | Level::Trace) => Role::LogDebug,
        None => Role::Text,
    }
}

/// The word of a level, in six cells.
const fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace ",
        Level::Debug => "debug ",
        Level::Info => "info  ",
        Level::Warn => "warn  ",
        Level::Error => "ERROR ",
        Level::Fatal => "FATAL ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(level: Option<Level>, message: &str, unfolded: bool) -> Shape {
        let how = How {
            wrap: None,
            matcher: None,
        };
        let platform = matches!(report::read(message), Line::Platform(_));
        Shape::new(level, platform, message, unfolded, how)
    }

    fn rows(shape: &Shape) -> Vec<String> {
        (0..shape.rows())
            .map(|row| match shape.row(row) {
                RowOf::Line(line, range) => line.text()[range].to_owned(),
                RowOf::Fold(label) => label.to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_json_line_is_said_in_short_and_unfolds_in_full() {
        let line = r#"{"timestamp":"2026-11-20T02:28:41Z","level":"INFO","requestId":"8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1","message":"charging \"it\"","amount":150,"card":{"last":"4242"},"note":"two words"}"#;
        let folded = shape(Some(Level::Info), line, false);
        assert_eq!(
            rows(&folded),
            [r#"info  charging "it"  amount=150  card={"last":"4242"}  note="two words""#]
        );
        assert!(folded.can_unfold);
        let odd = shape(None, "{not json", false);
        assert!(!odd.can_unfold);
        let unfolded = rows(&shape(Some(Level::Info), line, true));
        assert_eq!(unfolded.len(), 1 + 11, "{unfolded:#?}");
        assert_eq!(unfolded[1], "  {");
        assert_eq!(unfolded[6], "    \"amount\": 150,");
    }

    #[test]
    fn an_error_in_json_is_said_once_and_its_stack_is_folded() {
        let line = r#"{"level":"ERROR","errorType":"ValidationError","errorMessage":"target is required","message":"ValidationError: target is required","stackTrace":["    at validate (file:///var/task/audit.mjs:27:11)"],"order":7}"#;
        assert_eq!(
            rows(&shape(Some(Level::Error), line, false)),
            [
                "ERROR ValidationError: target is required  order=7",
                "▸ with its stack"
            ]
        );
        let node = "2026-11-20T02:28:41.907Z\t8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1\tERROR\tInvoke Error \t{\"errorType\":\"X\",\"stack\":[\"X: y\",\"    at f (/var/task/i.js:1:2)\"]}";
        assert_eq!(rows(&shape(Some(Level::Error), node, false)).len(), 2);
        assert!(shape(Some(Level::Error), node, true).own.is_some());
    }

    #[test]
    fn invalid_json_is_shown_as_it_is() {
        let line = r#"{"level":"ERROR","message":"unterminated, "order": {"id": 12,,}"#;
        assert_eq!(
            rows(&shape(Some(Level::Error), line, false)),
            [format!("ERROR {line}")]
        );
    }

    #[test]
    fn a_trace_is_folded_and_knows_the_users_own_frame() {
        let text = "[ERROR] CardDeclined: no\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 3, in handler\n    pay()\n  File \"/var/lang/x.py\", line 1, in pay\n";
        assert_eq!(
            rows(&shape(Some(Level::Error), text, false)),
            ["ERROR CardDeclined: no", "▸ 4 lines of stack"]
        );
        let unfolded = shape(Some(Level::Error), text, true);
        assert_eq!(unfolded.rows(), 5);
        assert_eq!(unfolded.own, Some(2));
    }

    #[test]
    fn a_traceback_is_never_taken_for_json() {
        for end in ["\n", "\r"] {
            let text = [
                "[ERROR] KeyError: 'amount'",
                "Traceback (most recent call last):",
                "\u{a0}\u{a0}File \"/var/task/app.py\", line 3, in handler",
                "\u{a0}\u{a0}\u{a0}\u{a0}amount = event[\"amount\"]",
                "\u{a0}\u{a0}File \"/var/task/app.py\", line 9, in total",
                "\u{a0}\u{a0}\u{a0}\u{a0}return sum({\"a\": [1]}[\"a\"])",
            ]
            .join(end);
            let shown = rows(&shape(Some(Level::Error), &text, true));
            assert_eq!(shown[0], "ERROR KeyError: 'amount'");
            assert_eq!(
                shown[3].trim(),
                "····amount = event[\"amount\"]"
                    .replace('·', "\u{a0}")
                    .trim()
            );
            assert_eq!(shown.len(), 6, "{shown:#?}");
            assert!(
                shown[5].contains("return sum({\"a\": [1]}[\"a\"])"),
                "{shown:#?}"
            );
        }
        // An object in the middle of a text is a part of it.
        let inline = "INFO got {\"a\":1} in 3 ms";
        assert!(!shape(None, inline, false).can_unfold);
        let behind =
            "2026-11-20T02:28:41.907Z\t8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1\tINFO\t{\"a\":1}";
        assert_eq!(
            rows(&shape(None, behind, true))[1..],
            ["  {", "    \"a\": 1", "  }"]
        );
    }

    #[test]
    fn colours_of_a_terminal_are_not_drawn() {
        let text = "\u{1b}[31mERROR\u{1b}[0m cart is empty";
        assert_eq!(
            rows(&shape(Some(Level::Error), text, false)),
            ["ERROR ERROR cart is empty"]
        );
    }

    #[test]
    fn platform_lines_unfold_to_the_raw_line() {
        let raw = "END RequestId: 8f0c1e2d-3b4a-49c7-a6d5-e4f3b2a190e1";
        assert_eq!(rows(&shape(None, raw, false)), ["END 8f0c…e1"]);
        assert_eq!(
            rows(&shape(None, raw, true)),
            ["END 8f0c…e1".to_owned(), format!("  {raw}")]
        );
    }

    #[test]
    fn carriage_returns_separate_lines() {
        assert_eq!(rows(&shape(None, "a\rb\r", false)), ["a", "▸ 1 more line"]);
    }

    #[test]
    fn places_survive_another_width() {
        let how = |wrap| How {
            wrap,
            matcher: None,
        };
        let text = format!("{}\n{}", "a".repeat(100), "b".repeat(100));
        let narrow = Shape::new(None, false, &text, true, how(Some(10)));
        let wide = Shape::new(None, false, &text, true, how(None));
        assert_eq!(narrow.rows(), 21);
        let place = narrow.place_of(15);
        assert_eq!(wide.row_of(place), 1);
        assert_eq!(narrow.row_of(place), 15);
        assert_eq!(wide.row_of((99, 0)), 1, "cut to what is there");
    }
}
