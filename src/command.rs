//! Commands: what the user can intend, in one table: a small one per pane, joined.
//!
//! A command is a name (`logs.follow`), a short title for footer and palette, a doc line for the help screen, the
//! contexts that offer it and its danger class. Keys, palette, footer, help and the key table of the README are all
//! made from this table; none of them names a command that is not in it.
//!
//! Not here: which key runs a command (`keymap`), and what it does (the pane or the shell that takes it).

mod activity;
mod configure;
mod dialog;
mod functions;
mod global;
mod input;
mod invoke;
mod letters;
mod list;
mod logs;
mod overview;
mod stop;
mod text;

pub use crate::domain::class::Class;

/// Where a key is looked up and a command offered.
///
/// Keys are looked up along a path: overlay > text input > pane > list or text > global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere.
    Global,
    /// Any list of rows.
    List,
    /// Any text that scrolls: log lines, a payload, a response.
    Text,
    /// Something is being typed: a prompt, a form, the payload.
    Input,
    /// A dialog or a review is open.
    Dialog,
    /// The menu of moves that stop a function.
    Stop,
    /// The Functions pane.
    Functions,
    /// The Overview pane.
    Overview,
    /// The Logs pane, both of its views.
    Logs,
    /// The Dead letters pane: its list of queues.
    Queues,
    /// The Dead letters pane: clusters, letters, one letter.
    Letters,
    /// The Dead letters pane: the text of one letter.
    Letter,
    /// The Dead letters pane: the card of a redrive.
    Redrive,
    /// The Invoke pane.
    Invoke,
    /// The Configure pane: the form of a function.
    Configure,
    /// The Configure pane: two places side by side.
    Comparison,
    /// The Activity pane.
    Activity,
}

impl Context {
    /// Every context.
    pub const ALL: &'static [Context] = &[
        Context::Global,
        Context::List,
        Context::Text,
        Context::Input,
        Context::Dialog,
        Context::Stop,
        Context::Functions,
        Context::Overview,
        Context::Logs,
        Context::Queues,
        Context::Letters,
        Context::Letter,
        Context::Redrive,
        Context::Invoke,
        Context::Configure,
        Context::Comparison,
        Context::Activity,
    ];

    /// The name of its section in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::List => "list",
            Context::Text => "text",
            Context::Input => "input",
            Context::Dialog => "dialog",
            Context::Stop => "stop",
            Context::Functions => "functions",
            Context::Overview => "overview",
            Context::Logs => "logs",
            Context::Queues => "queues",
            Context::Letters => "letters",
            Context::Letter => "letter",
            Context::Redrive => "redrive",
            Context::Invoke => "invoke",
            Context::Configure => "configure",
            Context::Comparison => "comparison",
            Context::Activity => "activity",
        }
    }

    /// The context of a section in a keymap file.
    pub fn from_name(name: &str) -> Option<Context> {
        Context::ALL.iter().copied().find(|c| c.name() == name)
    }

    /// Whether this is a pane: of two panes, only one has the focus.
    pub fn is_pane(self) -> bool {
        matches!(
            self,
            Context::Functions
                | Context::Overview
                | Context::Logs
                | Context::Queues
                | Context::Letters
                | Context::Letter
                | Context::Redrive
                | Context::Invoke
                | Context::Configure
                | Context::Comparison
                | Context::Activity
        )
    }
}

/// One row of the command table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandSpec {
    /// Stable name, `slice.verb`, as it stands in a keymap file.
    pub id: &'static str,
    /// One to three words, for the footer.
    pub title: &'static str,
    /// One sentence, for the help screen and the palette.
    pub doc: &'static str,
    /// Where it is offered.
    pub contexts: &'static [Context],
    /// Its danger class.
    pub class: Class,
    /// It is about one function, the subject: where there is none it is not offered.
    pub needs_function: bool,
}

impl CommandSpec {
    /// Whether a path of contexts offers this command.
    pub fn offered_in(&self, path: &[Context]) -> bool {
        self.contexts.iter().any(|c| path.contains(c))
    }

    /// Whether it is offered where there is a subject, or none.
    pub const fn fits(&self, has_subject: bool) -> bool {
        has_subject || !self.needs_function
    }
}

/// Every command, in the order of the help screen.
pub fn all() -> impl Iterator<Item = &'static CommandSpec> {
    TABLES.iter().copied().flatten()
}

/// The command of that id.
pub fn find(id: &str) -> Option<&'static CommandSpec> {
    all().find(|spec| spec.id == id)
}

/// A small table per pane; the order is that of the help screen.
const TABLES: &[&[CommandSpec]] = &[
    global::COMMANDS,
    list::COMMANDS,
    text::COMMANDS,
    functions::COMMANDS,
    overview::COMMANDS,
    logs::COMMANDS,
    letters::COMMANDS,
    invoke::COMMANDS,
    configure::COMMANDS,
    activity::COMMANDS,
    stop::COMMANDS,
    dialog::COMMANDS,
    input::COMMANDS,
];

const fn of_class(spec: CommandSpec, class: Class) -> CommandSpec {
    CommandSpec { class, ..spec }
}

/// About one function: the subject.
const fn of_function(spec: CommandSpec) -> CommandSpec {
    CommandSpec {
        needs_function: true,
        ..spec
    }
}

const fn read(
    contexts: &'static [Context],
    id: &'static str,
    title: &'static str,
    doc: &'static str,
) -> CommandSpec {
    CommandSpec {
        id,
        title,
        doc,
        contexts,
        class: Class::Read,
        needs_function: false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_found() {
        let mut seen = HashSet::new();
        for spec in all() {
            assert!(seen.insert(spec.id), "{} stands twice", spec.id);
            assert_eq!(find(spec.id), Some(spec));
        }
        assert!(seen.len() > 50);
        assert_eq!(find("none"), None, "`none` unbinds a key in a keymap file");
    }

    #[test]
    fn every_row_is_complete() {
        for spec in all() {
            assert!(!spec.contexts.is_empty(), "{} is offered nowhere", spec.id);
            assert!(
                spec.doc.ends_with('.'),
                "{}: the doc is no sentence",
                spec.id
            );
            assert!(
                !spec.title.is_empty() && spec.title.len() <= 16,
                "{}",
                spec.id
            );
            assert!(spec.id.contains('.'), "{}", spec.id);
        }
    }

    #[test]
    fn context_names_lead_back() {
        for context in Context::ALL {
            assert_eq!(Context::from_name(context.name()), Some(*context));
        }
        assert_eq!(Context::from_name("Logs"), None);
    }
}
