//! What the README says is so: the key table is made from the command table and the default keymap,
//! its commands are understood, its settings and IAM actions are all of them.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use clap::Parser as _;
use lambdeck::{
    cli::Args,
    command::{self, Context},
    domain::draft::{Field, TriggerField},
    keymap::Keymap,
    ports::Operation,
};

const BEGIN: &str =
    "<!-- keys: made from the command table and keymaps/default.toml by tests/readme.rs -->\n";
const END: &str = "<!-- /keys -->";

/// What a reader calls each context, in the order of the table.
const PLACES: &[(Context, &str)] = &[
    (Context::Global, "everywhere"),
    (Context::List, "any list"),
    (Context::Text, "any text"),
    (Context::Functions, "Functions"),
    (Context::Overview, "Overview"),
    (Context::Logs, "Logs"),
    (Context::Queues, "Dead letters: queues"),
    (Context::Letters, "Dead letters: clusters, letters"),
    (Context::Letter, "Dead letters: one letter"),
    (Context::Redrive, "Dead letters: a redrive"),
    (Context::Invoke, "Invoke"),
    (Context::Configure, "Configure"),
    (Context::Comparison, "Configure: two side by side"),
    (Context::Activity, "Activity"),
    (Context::Stop, "Stop the damage"),
    (Context::Dialog, "dialog"),
    (Context::Input, "text input"),
];

/// Sections whose keys reach into panes.
const WIDE: &[Context] = &[Context::List, Context::Text, Context::Global];

fn key_table() -> String {
    let keymap = Keymap::default();
    let mut table = String::from("| where | keys |\n|---|---|\n");
    for (context, place) in PLACES {
        let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let own = keymap.bindings(*context);
        // What a list, a text or every place binds, but only some panes do, stands with these.
        let wider = WIDE
            .iter()
            .filter(|_| context.is_pane())
            .flat_map(|wide| keymap.bindings(*wide));
        for (key, spec) in own.chain(wider) {
            if !spec.contexts.contains(context) {
                continue;
            }
            keys.entry(spec.id)
                .or_default()
                .push(format!("`{}`", key.replace('|', "\\|")));
        }
        let cells: Vec<String> = command::all()
            .filter_map(|spec| Some(format!("{} {}", keys.get(spec.id)?.join(" "), spec.title)))
            .collect();
        writeln!(table, "| {place} | {} |", cells.join(" · ")).expect("a String takes every write");
    }
    table
}

#[test]
fn the_key_table_is_true() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let begin = readme.find(BEGIN).expect("the marker before the table") + BEGIN.len();
    let end = readme.find(END).expect("the marker after the table");
    let table = key_table();
    if std::env::var_os("LAMBDECK_UPDATE").is_some() {
        fs::write(
            &path,
            format!("{}{table}{}", &readme[..begin], &readme[end..]),
        )
        .unwrap();
        return;
    }
    assert_eq!(
        &readme[begin..end],
        table,
        "README.md is behind: LAMBDECK_UPDATE=1 cargo test --test readme"
    );
}

#[test]
fn every_place_is_in_the_table() {
    for context in Context::ALL {
        assert!(
            PLACES.iter().any(|(place, _)| place == context),
            "{context:?}"
        );
    }
}

fn readme() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("README.md")
}

/// The words of a line of a shell: blanks separate, single quotes keep, `#` and `|` end it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        let is_between = words.last().is_some_and(String::is_empty);
        match character {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => {
                if !is_between {
                    words.push(String::new());
                }
            }
            '#' | '|' if !is_quoted && is_between => break,
            other => words.last_mut().expect("a word").push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_is_understood() {
    let readme = readme();
    let commands: Vec<&str> = readme
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .filter(|line| line.starts_with("lambdeck"))
        .collect();
    assert!(commands.len() > 25, "{commands:?}");
    for command in commands {
        if let Err(error) = Args::try_parse_from(words(command)) {
            panic!("{command}\n{error}");
        }
    }
}

#[test]
fn every_setting_is_named() {
    let readme = readme();
    let fields = Field::ALL.into_iter().map(Field::name);
    for name in fields.chain(TriggerField::ALL.into_iter().map(TriggerField::name)) {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_action_is_in_the_policies() {
    let readme = readme();
    let (_, policies) = readme.split_once("## IAM policies").expect("the section");
    let (reads, others) = policies.split_once("Operator:").expect("what writes");
    for operation in Operation::ALL {
        let spec = operation.spec();
        let (service, name) = spec.action.split_once(':').expect("service:Action");
        let is_read = spec.class == lambdeck::domain::class::Class::Read;
        // A dry run needs what the invoke needs.
        let is_there = if is_read && *operation != Operation::DryRunInvoke {
            reads.contains(&format!("\"{}\"", spec.action)) || service == "sts"
        } else {
            let of_lambda = service == "lambda" && others.contains(&format!("`{name}`"));
            of_lambda || others.contains(&format!("`{}`", spec.action))
        };
        assert!(is_there, "{operation:?}: {}", spec.action);
    }
}
