//! The keymap: which key means which command, where.
//!
//! A file has a section per context (`[list]`), each line binds a sequence of keys to a command (`"g" = "list.top"`), to
//! the first one offered of a list of commands, or to nothing (`"none"`, which hides what a wider context binds). The
//! default is embedded; the user's file is merged on top of it.
//!
//! Not here: which contexts have the focus (the app passes the path), what a command does, and how keys are drawn.

mod file;
mod keys;
mod trie;

use std::collections::BTreeMap;
use std::path::Path;

use crokey::KeyCombination;

use crate::command::{self, CommandSpec, Context};
use crate::settings::{Problem, read_text};
use trie::{Branch, Node};

pub use keys::{format_sequence, from_event};

/// The embedded keymap.
pub const DEFAULT: &str = include_str!("../keymaps/default.toml");

/// Without a key for these one is caught: they get their default keys back.
const ALWAYS_BOUND: &[(Context, &str)] = &[
    (Context::Global, "app.quit"),
    (Context::Input, "input.leave"),
    (Context::Dialog, "dialog.press"),
    (Context::Dialog, "dialog.cancel"),
];

/// The bindings of every context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    contexts: BTreeMap<Context, Branch>,
    /// The same bindings the other way round, since every frame asks for keys.
    written: BTreeMap<Context, Vec<Written>>,
}

/// One binding as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    keys: Vec<KeyCombination>,
    text: String,
    commands: Vec<&'static CommandSpec>,
}

/// What the keys pressed so far mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This command.
    Command(&'static CommandSpec),
    /// More keys may follow; these.
    Pending(Vec<Continuation>),
    /// Nothing: text where text is typed, else no key of ours.
    Unbound,
}

/// A key that may follow, for the hint box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// As people read it.
    pub key: String,
    /// The title of its command; `…` where more keys follow.
    pub title: &'static str,
}

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap::merge(Path::new("keymaps/default.toml"), "").0
    }
}

impl Keymap {
    /// Reads the user's keymap; a missing file is the default keymap.
    pub fn load(file: &Path) -> (Keymap, Vec<Problem>) {
        match read_text(file) {
            Ok(text) => Keymap::merge(file, text.as_deref().unwrap_or_default()),
            Err(problem) => (Keymap::default(), vec![problem]),
        }
    }

    /// Puts the text of a user's keymap on top of the default; `file` only names it in problems.
    pub fn merge(file: &Path, text: &str) -> (Keymap, Vec<Problem>) {
        let mut keymap = Keymap {
            contexts: BTreeMap::new(),
            written: BTreeMap::new(),
        };
        let (default, _) = file::parse(Path::new("keymaps/default.toml"), DEFAULT);
        keymap.insert(default.clone());
        let (user, mut problems) = file::parse(file, text);
        keymap.insert(user);
        for (context, id) in ALWAYS_BOUND {
            if keymap.keys_for(id, &[*context]).is_empty() {
                let message = format!(
                    "nothing is bound to {id:?} in [{}]; its default keys stay",
                    context.name()
                );
                problems.push(Problem::of_file(file, message));
                let bound = |b: &&file::Binding| {
                    b.context == *context && b.commands.iter().any(|c| c.id == *id)
                };
                keymap.insert(default.iter().filter(bound).cloned().collect());
            }
        }
        (keymap, problems)
    }

    /// Inserts bindings so that the first of them is the first one shown.
    fn insert(&mut self, bindings: Vec<file::Binding>) {
        for binding in bindings.into_iter().rev() {
            let branch = self.contexts.entry(binding.context).or_default();
            branch.insert(&binding.keys, binding.commands);
        }
        let written = |(keys, commands): (Vec<_>, &[_])| Written {
            text: format_sequence(&keys),
            keys,
            commands: commands.to_vec(),
        };
        for (context, branch) in &self.contexts {
            self.written
                .insert(*context, branch.leaves().into_iter().map(written).collect());
        }
    }

    fn written(&self, context: Context) -> &[Written] {
        self.written
            .get(&context)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// What the keys pressed so far mean on a path of contexts, the narrowest first.
    ///
    /// Where text is typed ([`Context::Input`] on the path) a key that types a character is always text, and lists and
    /// texts take no keys; in a dialog such a key means only what `[dialog]` says. A pane belongs on the path of an
    /// input only if the input is its own: under a prompt or an overlay its keys must not act.
    pub fn lookup(&self, path: &[Context], pressed: &[KeyCombination]) -> Lookup {
        let Some(first) = pressed.first() else {
            return Lookup::Unbound;
        };
        let mut continuations: Vec<Continuation> = Vec::new();
        for context in path
            .iter()
            .filter(|context| takes_keys(**context, path, *first))
        {
            match self
                .contexts
                .get(context)
                .and_then(|branch| branch.find(pressed))
            {
                None => {}
                Some(Node::Leaf(commands)) => {
                    let offered = commands.iter().find(|spec| spec.offered_in(path));
                    match offered {
                        Some(spec) if continuations.is_empty() => return Lookup::Command(spec),
                        None if !commands.is_empty() => {}
                        // Unbound here, or behind a longer sequence of a narrower context.
                        _ => break,
                    }
                }
                Some(Node::Branch(branch)) => {
                    for (key, node) in branch.next() {
                        let key = format_sequence(&[key]);
                        if let Some(title) = title(node, path)
                            && !continuations.iter().any(|c| c.key == key)
                        {
                            continuations.push(Continuation { key, title });
                        }
                    }
                }
            }
        }
        if continuations.is_empty() {
            Lookup::Unbound
        } else {
            Lookup::Pending(continuations)
        }
    }

    /// The keys that run a command on a path, as people read them, the preferred one first.
    pub fn keys_for(&self, id: &str, path: &[Context]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for written in path.iter().flat_map(|context| self.written(*context)) {
            if written.commands.iter().any(|spec| spec.id == id)
                && !found.contains(&written.text)
                && self.runs(id, path, &written.keys)
            {
                found.push(written.text.clone());
            }
        }
        found
    }

    /// Every binding of a context, for the help screen and the README: keys, command.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = (&str, &'static CommandSpec)> {
        self.written(context).iter().flat_map(|written| {
            written
                .commands
                .iter()
                .map(move |spec| (written.text.as_str(), *spec))
        })
    }

    /// Whether typing these keys one after the other on this path runs the command.
    fn runs(&self, id: &str, path: &[Context], keys: &[KeyCombination]) -> bool {
        let reached =
            (1..keys.len()).all(|n| matches!(self.lookup(path, &keys[..n]), Lookup::Pending(_)));
        reached && matches!(self.lookup(path, keys), Lookup::Command(spec) if spec.id == id)
    }
}

/// Whether a context of the path is asked about a key at all.
fn takes_keys(context: Context, path: &[Context], first: KeyCombination) -> bool {
    let typing = path.contains(&Context::Input);
    if keys::is_printable(first) {
        return !typing && (context == Context::Dialog || !path.contains(&Context::Dialog));
    }
    !(typing && matches!(context, Context::List | Context::Text))
}

/// What the hint box says of a key that may follow; `None` when it leads nowhere on this path.
fn title(node: &Node, path: &[Context]) -> Option<&'static str> {
    match node {
        Node::Leaf(commands) => commands
            .iter()
            .find(|c| c.offered_in(path))
            .map(|spec| spec.title),
        Node::Branch(branch) => branch
            .next()
            .any(|(_, node)| title(node, path).is_some())
            .then_some("…"),
    }
}

/// Every command that no key runs: what only the palette offers.
pub fn unbound_commands(keymap: &Keymap) -> impl Iterator<Item = &'static CommandSpec> {
    command::all().filter(|spec| {
        !Context::ALL.iter().any(|context| {
            keymap
                .bindings(*context)
                .any(|(_, bound)| bound.id == spec.id)
        })
    })
}

#[cfg(test)]
mod tests;
