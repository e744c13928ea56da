//! Highlighting a response that is neither JSON nor plain text, off the loop (syntect takes tens
//! of microseconds a line). Gives classes, not colours: the theme may change meanwhile.

use std::sync::{Arc, LazyLock};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::domain::{
    document::{Class, Document, Span, Syntax},
    reply::Reply,
};

/// Lines that are highlighted; the rest of a long text is plain.
const LINES: usize = 2_000;
/// A line longer than this is data, not markup.
const LONGEST: usize = 1_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_nonewlines);

static CLASSES: LazyLock<Vec<(Scope, Class)>> = LazyLock::new(|| {
    [
        ("comment", Class::Comment),
        ("string", Class::String),
        ("constant.numeric", Class::Number),
        ("constant", Class::Keyword),
        ("entity.name", Class::Name),
        ("entity.other.attribute-name", Class::Name),
        ("support.type.property-name", Class::Name),
        ("keyword", Class::Keyword),
        ("storage", Class::Keyword),
    ]
    .into_iter()
    .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, class)))
    .collect()
});

/// The reply with its body highlighted, where that can be done. Blocking.
pub fn reply(mut reply: Reply) -> Reply {
    let body = Arc::unwrap_or_clone(reply.body);
    reply.body = Arc::new(document(body));
    reply
}

fn document(document: Document) -> Document {
    if document.syntax() != Syntax::Plain {
        return document;
    }
    let Some(syntax) = syntax(document.text().reveal()) else {
        return document;
    };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut spans = Vec::new();
    for number in 0..document.len().min(LINES) {
        let Some(line) = document.line(number).filter(|line| line.len() <= LONGEST) else {
            break;
        };
        match line_spans(line, &mut state, &mut stack) {
            Some(of_line) => spans.push(of_line),
            None => break,
        }
    }
    document.with_spans(spans)
}

/// XML, HTML or YAML, by how it begins.
fn syntax(text: &str) -> Option<&'static SyntaxReference> {
    let head = text.trim_start();
    let head = &head[..head.floor_char_boundary(200)];
    let lower = head.to_ascii_lowercase();
    let name = if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "html"
    } else if lower.starts_with('<')
        && lower[1..].starts_with(|c: char| c == '?' || c == '!' || c.is_ascii_alphabetic())
    {
        "xml"
    } else if head.starts_with("---\n") {
        "yaml"
    } else {
        return None;
    };
    SYNTAXES.find_syntax_by_extension(name)
}

fn line_spans(line: &str, state: &mut ParseState, stack: &mut ScopeStack) -> Option<Vec<Span>> {
    let mut spans: Vec<Span> = Vec::new();
    let mut from = 0;
    for (at, operation) in state.parse_line(line, &SYNTAXES).ok()? {
        push(&mut spans, from..at, class(stack));
        from = at;
        stack.apply(&operation).ok()?;
    }
    push(&mut spans, from..line.len(), class(stack));
    Some(spans)
}

fn push(spans: &mut Vec<Span>, range: std::ops::Range<usize>, class: Option<Class>) {
    if let (false, Some(class)) = (range.is_empty(), class) {
        spans.push(Span { range, class });
    }
}

/// The class of the innermost scope that has one.
fn class(stack: &ScopeStack) -> Option<Class> {
    stack.as_slice().iter().rev().find_map(|scope| {
        CLASSES
            .iter()
            .find(|(prefix, _)| prefix.is_prefix_of(*scope))
            .map(|(_, class)| *class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str) -> Vec<(String, Class)> {
        let document = document(Document::of(text.as_bytes()));
        let mut found = Vec::new();
        for number in 0..document.len() {
            let line = document.line(number).expect("a line");
            for span in document.spans(number) {
                found.push((line[span.range.clone()].to_owned(), span.class));
            }
        }
        found
    }

    #[test]
    fn markup_is_told_apart() {
        let xml = classes("<?xml version=\"1.0\"?>\n<order id=\"7\"><!-- x --></order>\n");
        assert!(xml.contains(&("order".to_owned(), Class::Name)), "{xml:?}");
        assert!(
            xml.iter().any(|(_, class)| *class == Class::String),
            "{xml:?}"
        );
        assert!(
            xml.iter()
                .any(|(text, class)| *class == Class::Comment && text.contains('x'))
        );
        let yaml = classes("---\norder: 12 # note\n");
        assert!(yaml.contains(&("12".to_owned(), Class::Number)), "{yaml:?}");
    }

    #[test]
    fn json_and_plain_text_are_left_alone() {
        assert!(classes("{\"a\":1}").is_empty());
        assert!(classes("just words < 3").is_empty());
        assert!(classes("< not a tag").is_empty());
    }
}
