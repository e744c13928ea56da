//! JSON highlighting: our tokenizer against syntect, on the 58 visible lines of a log and on a
//! document of 6 MB.

#[allow(missing_docs)]
mod data;

use std::hint::black_box;

use lambdeck::domain::json;
use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};

fn ours(text: &str) {
    for token in json::tokens(text) {
        black_box(token);
    }
}

fn main() {
    let syntaxes = SyntaxSet::load_defaults_newlines();
    let syntax = syntaxes
        .find_syntax_by_extension("json")
        .expect("JSON is among the defaults");
    let theirs = |lines: &mut dyn Iterator<Item = &str>| {
        let (mut state, mut stack) = (ParseState::new(syntax), ScopeStack::new());
        for line in lines {
            for (_, operation) in state
                .parse_line(line, &syntaxes)
                .expect("the default JSON syntax parses")
            {
                stack.apply(&operation).expect("balanced scopes");
            }
            black_box(&stack);
        }
    };

    let log: Vec<String> = data::Log::new(1000)
        .page(1000)
        .into_iter()
        .map(|event| event.message)
        .filter(|message| message.starts_with('{'))
        .take(58)
        .collect();
    let visible = data::median(1001, || log.iter().for_each(|line| ours(line)));
    let anchor = data::median(21, || {
        for line in &log {
            theirs(&mut std::iter::once(line.as_str()));
        }
    });
    println!(
        "58 log lines   {:.1} µs (goal 10), syntect {:.0} µs: {:.0} × (goal 100)",
        visible.as_secs_f64() * 1e6,
        anchor.as_secs_f64() * 1e6,
        data::ratio(anchor, visible)
    );

    let document = data::document(6_000_000);
    let lines = document.lines().count();
    let whole = data::median(7, || ours(&document));
    let by_line = data::median(7, || document.lines().for_each(ours));
    let anchor = data::median(1, || theirs(&mut document.split_inclusive('\n')));
    let rate = |time: std::time::Duration| lines as f64 / time.as_secs_f64() / 1e6;
    println!(
        "6 MB document  {:.1} M lines/s whole, {:.1} by line, syntect {:.3}: {:.0} × (goal 100)",
        rate(whole),
        rate(by_line),
        rate(anchor),
        data::ratio(anchor, whole)
    );
    let pretty = data::median(7, || {
        black_box(json::pretty(&document, usize::MAX));
    });
    println!(
        "pretty         {:.1} ms for 6 MB",
        pretty.as_secs_f64() * 1e3
    );
}
