//! From text to a filter: parsing, the library an expression may use, errors with their place.

use jaq_core::{
    Compiler, Exn, Filter, Native,
    load::{self, Arena, File, Loader},
    native,
};
use jaq_json::Val;

use super::{
    BadJq, LONGEST,
    run::{Bounded, Fun},
};

/// Deeper brackets are not read: the parser recurses.
const DEEPEST: usize = 128;

/// What of the library an expression does not get: the process, the environment, the clock, the
/// time zone of this machine.
const WITHHELD: &[&str] = &[
    "env",
    "halt",
    "halt_error",
    "now",
    "localtime",
    "strflocaltime",
];

/// What is made anew: a range that counts as work, and traces that write nothing (they would put
/// bodies into logs).
const REPLACED: &[&str] = &["range", "debug_empty", "stderr_empty"];

pub(super) fn compile(source: &str) -> Result<Filter<Bounded>, BadJq> {
    refuse_monsters(source)?;
    let is_withheld = |name: &str| WITHHELD.contains(&name);
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|definition| !is_withheld(definition.name));
    let functions = jaq_core::funs::<Bounded>()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, ..)| !is_withheld(name) && !REPLACED.contains(name))
        .chain(replacements());
    let arena = Arena::default();
    let file = File {
        code: source,
        path: (),
    };
    let modules = Loader::new(definitions)
        .load(&arena, file)
        .map_err(|errors| unloaded(source, &errors))?;
    load::import(&modules, |import| Err(import.path.to_string())).map_err(|_| BadJq {
        position: 0,
        message: "nothing can be imported here".into(),
    })?;
    Compiler::default()
        .with_funs(functions)
        .compile(modules)
        .map_err(|errors| undefined(source, &errors))
}

fn replacements() -> impl Iterator<Item = Fun> {
    let functions: [native::Filter<jaq_core::RunPtr<Bounded>>; 3] = [
        ("range", native::v(3), |mut cv| {
            let by = cv.0.pop_var();
            let to = cv.0.pop_var();
            let from = cv.0.pop_var();
            let gauge = *cv.0.data();
            let mut next = Some(from);
            let grows = by > Val::from(0_isize);
            let shrinks = by < Val::from(0_isize);
            Box::new(std::iter::from_fn(move || {
                gauge.work();
                let value = next.take()?;
                let goes_on = if grows {
                    value < to
                } else if shrinks {
                    value > to
                } else {
                    value != to
                };
                if !goes_on {
                    return None;
                }
                match value.clone() + by.clone() {
                    Ok(after) => {
                        next = Some(after);
                        Some(Ok(value))
                    }
                    Err(error) => Some(Err(Exn::from(error))),
                }
            }))
        }),
        (
            "debug_empty",
            native::v(0),
            |_| Box::new(std::iter::empty()),
        ),
        ("stderr_empty", native::v(0), |_| {
            Box::new(std::iter::empty())
        }),
    ];
    functions
        .into_iter()
        .map(|(name, arguments, run)| (name, arguments, Native::<Bounded>::new(run)))
}

fn refuse_monsters(source: &str) -> Result<(), BadJq> {
    if source.len() > LONGEST {
        return Err(BadJq {
            position: LONGEST,
            message: format!("an expression of more than {LONGEST} bytes is not read"),
        });
    }
    let mut depth = 0_usize;
    for (position, byte) in source.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(BadJq {
                position,
                message: format!("brackets deeper than {DEEPEST} are not read"),
            });
        }
    }
    Ok(())
}

fn unloaded(source: &str, errors: &load::Errors<&str, ()>) -> BadJq {
    let bad = |found: &str, expected: &str| BadJq {
        position: place(source, found),
        message: if found.is_empty() {
            format!("{expected} expected, but it ends")
        } else {
            format!("{expected} expected before {:?}", head(found))
        },
    };
    let first = errors.iter().find_map(|(_, error)| match error {
        load::Error::Lex(errors) => errors.first().map(|(expected, found)| {
            let expected = match expected {
                // Its own words panic on a delimiter that it does not know.
                load::lex::Expect::Delim("(" | "[" | "{" | "\"") => expected.as_str(),
                load::lex::Expect::Delim(_) => "closing delimiter",
                other => other.as_str(),
            };
            bad(found, expected)
        }),
        load::Error::Parse(errors) => errors
            .first()
            .map(|(expected, found)| bad(found, expected.as_str())),
        load::Error::Io(errors) => errors.first().map(|(path, _)| BadJq {
            position: place(source, path),
            message: "nothing can be included or imported here".into(),
        }),
    });
    first.unwrap_or_else(|| BadJq {
        position: 0,
        message: "this is no expression".into(),
    })
}

fn undefined(source: &str, errors: &jaq_core::compile::Errors<&str, ()>) -> BadJq {
    let first = errors.iter().flat_map(|(_, errors)| errors).next();
    first.map_or_else(
        || BadJq {
            position: 0,
            message: "this is no expression".into(),
        },
        |(name, kind)| {
            let arguments = match kind {
                jaq_core::compile::Undefined::Filter(count) if *count > 0 => {
                    format!("/{count}")
                }
                _ => String::new(),
            };
            let why = if WITHHELD.contains(name) || matches!(*name, "input" | "inputs" | "$ENV") {
                "is not available here: an expression sees its input only"
            } else {
                "is not defined"
            };
            BadJq {
                position: place(source, name),
                message: format!("the {} {name}{arguments} {why}", kind.as_str()),
            }
        },
    )
}

/// Where a piece of the source begins; its end for a piece that is none of it.
fn place(source: &str, piece: &str) -> usize {
    let (start, at) = (source.as_ptr() as usize, piece.as_ptr() as usize);
    at.checked_sub(start)
        .filter(|position| *position <= source.len())
        .unwrap_or(source.len())
}

/// The first word or sign.
fn head(text: &str) -> String {
    let head: String = text.chars().take(20).collect();
    head.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}
