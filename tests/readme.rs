//! The key table of the README is made from the command table and the default keymap.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use lambdeck::{
    command::{self, Context},
    keymap::Keymap,
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
