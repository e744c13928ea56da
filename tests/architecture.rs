//! The shape of the house (`docs/architecture.md` §3): imports run one way, each outside world has
//! one door, files stay readable.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The guide: its tables are the rules, so that they cannot differ from what is checked.
const GUIDE: &str = include_str!("../docs/architecture.md");

/// The rows of the guide's table with these headings: the names in the first and in the last cell.
fn table(headings: &str) -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    fn names(cell: &str) -> Vec<&str> {
        cell.split('`').skip(1).step_by(2).collect()
    }
    let after = GUIDE
        .split_once(headings)
        .expect("the guide has the table")
        .1;
    let rows = after
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            (names(cells[0]), names(cells[cells.len() - 1]))
        })
        .collect();
    assert!(rows.len() > 5, "{headings}: {rows:?}");
    rows
}

/// Longer for a reason: sections of one form.
const LISTS: &[&str] = &["src/ui/panes/overview/sections.rs"];

/// The most lines of a file, its tests not counted: 500, and room for a reason.
const LONGEST: usize = 530;

/// A file of `src/`: where it stands, and its code without tests and comments.
struct Source {
    path: String,
    layer: String,
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    assert!(files.len() > 50, "the sources were found");
    files
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(root).expect("under the root");
            let path = path.to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).expect("readable");
            let code = without_tests(&text);
            let layer = path.split('/').nth(1).expect("under src");
            Source {
                layer: layer.trim_end_matches(".rs").to_owned(),
                lines: code.lines().count(),
                code: without_comments(code),
                path,
            }
        })
        .collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            files.push(path);
        }
    }
}

/// Tests stand at the end of a file.
fn without_tests(text: &str) -> &str {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    &text[..end]
}

fn without_comments(code: &str) -> String {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The modules that follow `crate::`, in nested lists too.
fn imported(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut modules = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            modules.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut starts = true;
        for (place, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => starts = true,
                _ if depth == 1 && starts && !character.is_whitespace() => {
                    starts = false;
                    modules.insert(word(&list[place..]));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    modules
}

#[test]
fn nested_imports_are_understood() {
    let code =
        "use crate::{\n    domain::{a, b::{c}},\n    ports::X,\n};\nlet y = crate::store::Z;";
    let found: Vec<String> = imported(code).into_iter().collect();
    assert_eq!(found, ["domain", "ports", "store"]);
}

#[test]
fn imports_run_one_way() {
    let layers = table("| layer | owns | may use |");
    let mut wrong = Vec::new();
    for source in sources() {
        if ["lib", "main"].contains(&source.layer.as_str()) {
            continue;
        }
        let Some((_, allowed)) = layers.iter().find(|(layer, _)| layer[0] == source.layer) else {
            wrong.push(format!(
                "{}: layer {} has no line in the guide",
                source.path, source.layer
            ));
            continue;
        };
        for module in imported(&source.code) {
            if module != source.layer && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{} imports {module}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_outside_world_has_its_doors() {
    let doors = table("| crate | only in |");
    let doors = || {
        doors
            .iter()
            .flat_map(|(crates, layers)| crates.iter().map(move |name| (name, layers)))
    };
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, layers) in doors() {
            let name = name.trim_end_matches('*');
            if !layers.contains(&source.layer.as_str()) && names_crate(&source.code, name) {
                wrong.push(format!("{} names {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether code names a crate: `name::…`, or any crate whose name begins so (`aws_`).
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let rest = &code[at + name.len()..];
        let rest = if name.ends_with('_') {
            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        } else {
            rest
        };
        rest.starts_with("::")
            && !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '"')
    })
}

#[test]
fn crates_are_recognised() {
    assert!(names_crate("use tokio::sync;", "tokio"));
    assert!(names_crate("    aws_sdk_lambda::Client", "aws_"));
    assert!(!names_crate("crate::aws_::x", "aws_"));
    assert!(!names_crate("let following_tokio = 1;", "tokio"));
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.lines > LONGEST && !LISTS.contains(&source.path.as_str()))
        .map(|source| format!("{}: {} lines", source.path, source.lines))
        .collect();
    assert!(long.is_empty(), "more than {LONGEST}:\n{}", long.join("\n"));
}

#[test]
fn nothing_is_unwrapped_or_left_to_do() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in [".unwrap()", "todo!(", "unimplemented!(", "dbg!("] {
            if source.code.contains(word) {
                wrong.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        assert!(
            text.starts_with("//!"),
            "{} has no module comment",
            file.display()
        );
    }
}

/// What both may ask of the Gate itself, and why.
const ASKED_BY_BOTH: &[(&str, &str)] = &[
    (
        "function",
        "what a call names a function by: nothing is asked",
    ),
    ("identify", "who asks, before anything is asked"),
    (
        "permit",
        "whether a plan may be carried out, before its journal is made",
    ),
    ("region", "where the session is: nothing is asked"),
    ("waits", "what calls wait for: each shows it in its own way"),
];

/// The methods of the Gate by which something is done or asked.
fn methods_of_the_gate() -> BTreeSet<String> {
    let is_gate = |source: &&Source| {
        source.path == "src/runtime/gate.rs" || source.path.starts_with("src/runtime/gate/")
    };
    let gate = sources();
    let code = gate.iter().filter(is_gate).map(|source| &source.code);
    let starts = ["    pub fn ", "    pub const fn ", "    pub async fn "];
    let names = code.flat_map(|code| code.lines()).filter_map(|line| {
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    });
    names.collect()
}

/// The methods that code calls on something whose name ends in `gate`.
fn called_on_a_gate(code: &str) -> BTreeSet<String> {
    let calls = code.match_indices("gate").filter_map(|(at, found)| {
        let rest = code[at + found.len()..].trim_start();
        let rest = rest.strip_prefix('.')?.trim_start();
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        rest[name.len()..].starts_with('(').then_some(name)
    });
    calls.collect()
}

#[test]
fn calls_of_the_gate_are_recognised() {
    let code = "cli.gate.purge(x); let a = gate\n    .announce(y); gate.state; aggregate(z)";
    let found: Vec<String> = called_on_a_gate(code).into_iter().collect();
    assert_eq!(found, ["announce", "purge"]);
}

/// A use case of the console and of the command line is one function of `runtime`: where both
/// call the same method of the Gate, it has two drivers, and they drift.
#[test]
fn a_use_case_has_one_driver() {
    let methods = methods_of_the_gate();
    assert!(methods.len() > 30, "{methods:?}");
    let sources = sources();
    let called_in = |place: &str| -> BTreeSet<String> {
        let named = format!("{place}.rs");
        let within = format!("{place}/");
        sources
            .iter()
            .filter(|source| source.path == named || source.path.starts_with(&within))
            .flat_map(|source| called_on_a_gate(&source.code))
            .filter(|name| methods.contains(name))
            .collect()
    };
    let (console, command_line) = (called_in("src/runtime/jobs"), called_in("src/cli"));
    assert!(!console.is_empty() && !command_line.is_empty());
    let both: BTreeSet<&str> = console
        .intersection(&command_line)
        .map(String::as_str)
        .collect();
    let excepted: BTreeSet<&str> = ASKED_BY_BOTH.iter().map(|(name, _)| *name).collect();
    let doubled: Vec<_> = both.difference(&excepted).collect();
    assert!(
        doubled.is_empty(),
        "both src/cli and src/runtime/jobs call these methods of the Gate; give them one function \
         of runtime/: {doubled:?}"
    );
    let needless: Vec<_> = excepted.difference(&both).collect();
    assert!(
        needless.is_empty(),
        "no exception is needed for {needless:?}"
    );
}
