//! The bindings of one context: a trie over key sequences.

use crokey::KeyCombination;

use crate::command::CommandSpec;

/// A place in the trie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// The sequence ends here: the first of these commands that is offered runs. None: the key does nothing.
    Leaf(Vec<&'static CommandSpec>),
    /// The sequence goes on.
    Branch(Branch),
}

/// The keys that may come next, the ones to be shown first in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Branch(Vec<(KeyCombination, Node)>);

impl Branch {
    /// Binds a sequence. A leaf replaces a whole branch, a longer sequence replaces a leaf on its way.
    ///
    /// What is inserted later stands in front, so that a user's key is shown before the default one.
    pub(super) fn insert(&mut self, keys: &[KeyCombination], commands: Vec<&'static CommandSpec>) {
        let Some((first, rest)) = keys.split_first() else {
            return;
        };
        let known = self.0.iter().position(|(key, _)| key == first);
        let node = if rest.is_empty() {
            Node::Leaf(commands)
        } else {
            let mut branch = match known.map(|at| &self.0[at].1) {
                Some(Node::Branch(branch)) => branch.clone(),
                _ => Branch::default(),
            };
            branch.insert(rest, commands);
            Node::Branch(branch)
        };
        if let Some(at) = known {
            self.0.remove(at);
        }
        self.0.insert(0, (*first, node));
    }

    /// The place that a sequence leads to.
    pub(super) fn find(&self, keys: &[KeyCombination]) -> Option<&Node> {
        let (first, rest) = keys.split_first()?;
        let (_, node) = self.0.iter().find(|(key, _)| key == first)?;
        match node {
            _ if rest.is_empty() => Some(node),
            Node::Branch(branch) => branch.find(rest),
            Node::Leaf(_) => None,
        }
    }

    /// The next keys and where they lead.
    pub(super) fn next(&self) -> impl Iterator<Item = (KeyCombination, &Node)> {
        self.0.iter().map(|(key, node)| (*key, node))
    }

    /// Every whole sequence with its commands.
    pub(super) fn leaves(&self) -> Vec<(Vec<KeyCombination>, &[&'static CommandSpec])> {
        let mut leaves = Vec::new();
        for (key, node) in self.next() {
            match node {
                Node::Leaf(commands) => leaves.push((vec![key], commands.as_slice())),
                Node::Branch(branch) => {
                    for (mut keys, commands) in branch.leaves() {
                        keys.insert(0, key);
                        leaves.push((keys, commands));
                    }
                }
            }
        }
        leaves
    }
}
