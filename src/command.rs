//! Commands: what the user can intend, in one table.
//!
//! A command is a name (`logs.follow`), a short title for footer and palette, a doc line for the help screen, the
//! contexts that offer it and its danger class. Keys, palette, footer, help and the key table of the README are all
//! made from this table; none of them names a command that is not in it.
//!
//! Not here: which key runs a command (`keymap`), and what it does (the pane or the shell that takes it).

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
    /// The Functions pane.
    Functions,
    /// The Overview pane.
    Overview,
    /// The Logs pane, both of its views.
    Logs,
    /// The Invoke pane.
    Invoke,
}

impl Context {
    /// Every context.
    pub const ALL: &'static [Context] = &[
        Context::Global,
        Context::List,
        Context::Text,
        Context::Input,
        Context::Dialog,
        Context::Functions,
        Context::Overview,
        Context::Logs,
        Context::Invoke,
    ];

    /// The name of its section in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::List => "list",
            Context::Text => "text",
            Context::Input => "input",
            Context::Dialog => "dialog",
            Context::Functions => "functions",
            Context::Overview => "overview",
            Context::Logs => "logs",
            Context::Invoke => "invoke",
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
            Context::Functions | Context::Overview | Context::Logs | Context::Invoke
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
}

impl CommandSpec {
    /// Whether a path of contexts offers this command.
    pub fn offered_in(&self, path: &[Context]) -> bool {
        self.contexts.iter().any(|c| path.contains(c))
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

const TABLES: &[&[CommandSpec]] = &[
    GLOBAL, LIST, TEXT, FUNCTIONS, OVERVIEW, LOGS, INVOKE, DIALOG, INPUT,
];

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
    }
}

const IN_GLOBAL: &[Context] = &[Context::Global];
const IN_LIST: &[Context] = &[Context::List];
const IN_LIST_AND_TEXT: &[Context] = &[Context::List, Context::Text];
const IN_TEXT: &[Context] = &[Context::Text];
const IN_FUNCTION: &[Context] = &[Context::Functions, Context::Overview];
const IN_OVERVIEW: &[Context] = &[Context::Overview];
const IN_LOGS: &[Context] = &[Context::Logs];
const IN_INVOKE: &[Context] = &[Context::Invoke];
const IN_DIALOG: &[Context] = &[Context::Dialog];
const IN_INPUT: &[Context] = &[Context::Input];

const GLOBAL: &[CommandSpec] = &[
    read(
        IN_GLOBAL,
        "app.help",
        "help",
        "Shows every key and command of this place; type to search, Enter runs one.",
    ),
    read(
        IN_GLOBAL,
        "app.palette",
        "palette",
        "Finds any command by name and runs it.",
    ),
    read(
        IN_GLOBAL,
        "app.back",
        "back",
        "Goes one step back: input, overlay, find or filter, previous place. Never quits, never drops marks.",
    ),
    read(
        IN_GLOBAL,
        "app.close",
        "back",
        "Goes one step back, and quits at the top; asks while something is still running.",
    ),
    read(
        IN_GLOBAL,
        "app.quit",
        "quit",
        "Quits; asks while something is still running.",
    ),
    read(
        IN_GLOBAL,
        "app.suspend",
        "suspend",
        "Hands the terminal back to the shell; `fg` returns.",
    ),
    read(
        IN_GLOBAL,
        "pane.functions",
        "functions",
        "Goes to the list of functions.",
    ),
    read(
        IN_GLOBAL,
        "pane.overview",
        "overview",
        "Shows the configuration, triggers and versions of the subject.",
    ),
    read(
        IN_GLOBAL,
        "pane.logs",
        "logs",
        "Shows the logs of the subject.",
    ),
    read(
        IN_GLOBAL,
        "pane.invoke",
        "invoke",
        "Opens Invoke on the subject; sends nothing.",
    ),
    read(
        IN_GLOBAL,
        "pane.previous-tab",
        "previous tab",
        "Shows the tab to the left.",
    ),
    read(
        IN_GLOBAL,
        "pane.next-tab",
        "next tab",
        "Shows the tab to the right.",
    ),
    read(
        IN_GLOBAL,
        "app.next-region",
        "next part",
        "Moves the focus to the next part of the screen.",
    ),
    read(
        IN_GLOBAL,
        "app.previous-region",
        "previous part",
        "Moves the focus to the previous part of the screen.",
    ),
    read(
        IN_GLOBAL,
        "app.zoom",
        "zoom",
        "Gives the whole screen to the focused pane, or takes it back.",
    ),
    read(
        IN_GLOBAL,
        "app.profile",
        "profile",
        "Opens another profile.",
    ),
    read(
        IN_GLOBAL,
        "app.region",
        "region",
        "Opens another AWS region.",
    ),
    read(
        IN_GLOBAL,
        "app.refresh",
        "refresh",
        "Reads again what is shown; after an error, tries again.",
    ),
    read(
        IN_GLOBAL,
        "app.actions",
        "actions",
        "Lists what can be done with this row.",
    ),
    read(
        IN_GLOBAL,
        "app.console-url",
        "AWS console",
        "Shows and copies the address of this subject in the AWS console.",
    ),
    read(
        IN_GLOBAL,
        "app.copy",
        "copy",
        "Copies the row or line under the cursor to the clipboard.",
    ),
    read(
        IN_GLOBAL,
        "app.copy-all",
        "copy all",
        "Copies the ARN of the row, or the whole text.",
    ),
    read(
        IN_GLOBAL,
        "app.raw",
        "raw JSON",
        "Shows what AWS answered, as JSON.",
    ),
    read(
        IN_GLOBAL,
        "app.why",
        "why",
        "Explains the last failure: error code, request id, missing IAM action, what to do next.",
    ),
    read(
        IN_GLOBAL,
        "app.stop",
        "stop",
        "Stops our own work here: a read, a search, a send that has not left yet.",
    ),
    read(
        IN_GLOBAL,
        "app.unlock",
        "unlock",
        "Lifts the protected lock for 30 minutes; asks for the account id.",
    ),
];

const LIST: &[CommandSpec] = &[
    read(IN_LIST_AND_TEXT, "list.down", "down", "Moves one row down."),
    read(IN_LIST_AND_TEXT, "list.up", "up", "Moves one row up."),
    read(
        IN_LIST_AND_TEXT,
        "list.top",
        "top",
        "Goes to the first row.",
    ),
    read(
        IN_LIST_AND_TEXT,
        "list.bottom",
        "bottom",
        "Goes to the last row.",
    ),
    read(
        IN_LIST_AND_TEXT,
        "list.half-down",
        "half page down",
        "Moves half a page down.",
    ),
    read(
        IN_LIST_AND_TEXT,
        "list.half-up",
        "half page up",
        "Moves half a page up.",
    ),
    read(
        IN_LIST_AND_TEXT,
        "list.page-down",
        "page down",
        "Moves a page down.",
    ),
    read(
        IN_LIST_AND_TEXT,
        "list.page-up",
        "page up",
        "Moves a page up.",
    ),
    read(
        IN_LIST,
        "list.open",
        "open",
        "Opens the row under the cursor.",
    ),
    read(
        IN_LIST,
        "list.filter",
        "filter",
        "Keeps only the rows that match; ! inverts, column:value narrows.",
    ),
    read(
        IN_LIST,
        "list.sort",
        "sort",
        "Chooses the column to sort by; once more turns the order around.",
    ),
    read(
        IN_LIST,
        "list.faults-only",
        "faults only",
        "Keeps only the rows with something wrong, or shows all again.",
    ),
];

const TEXT: &[CommandSpec] = &[
    read(
        IN_TEXT,
        "text.find",
        "find",
        "Searches in this text; Tab in the prompt switches between find and keep only.",
    ),
    read(
        IN_TEXT,
        "text.next-match",
        "next match",
        "Goes to the next match.",
    ),
    read(
        IN_TEXT,
        "text.previous-match",
        "previous match",
        "Goes to the previous match.",
    ),
    read(
        IN_TEXT,
        "text.wrap",
        "wrap",
        "Wraps long lines, or cuts them at the edge.",
    ),
    read(IN_TEXT, "text.left", "left", "Pans to the left."),
    read(IN_TEXT, "text.right", "right", "Pans to the right."),
    read(
        IN_TEXT,
        "text.fold",
        "fold",
        "Folds or unfolds what is under the cursor; on a payload, starts typing.",
    ),
];

const FUNCTIONS: &[CommandSpec] = &[
    read(
        IN_FUNCTION,
        "functions.logs",
        "logs",
        "Follows the logs of this function.",
    ),
    read(
        IN_FUNCTION,
        "functions.invoke",
        "invoke",
        "Opens Invoke on this function; sends nothing.",
    ),
];

const OVERVIEW: &[CommandSpec] = &[read(
    IN_OVERVIEW,
    "overview.reveal",
    "reveal",
    "Shows the one masked value under the cursor, or masks it again.",
)];

const LOGS: &[CommandSpec] = &[
    read(
        IN_LOGS,
        "logs.next-error",
        "next error",
        "Goes to the next error; the first time, to the newest one.",
    ),
    read(
        IN_LOGS,
        "logs.previous-error",
        "previous error",
        "Goes to the previous error.",
    ),
    read(
        IN_LOGS,
        "logs.follow",
        "follow",
        "Follows new lines, or pauses.",
    ),
    read(
        IN_LOGS,
        "logs.time",
        "a time",
        "Reads the span you type: a length, a moment, or two moments with .. between them.",
    ),
    read(IN_LOGS, "logs.last-0", "1 min", "Reads the last minute."),
    read(IN_LOGS, "logs.last-1", "5 min", "Reads the last 5 minutes."),
    read(
        IN_LOGS,
        "logs.last-2",
        "15 min",
        "Reads the last 15 minutes.",
    ),
    read(
        IN_LOGS,
        "logs.last-3",
        "30 min",
        "Reads the last 30 minutes.",
    ),
    read(IN_LOGS, "logs.last-4", "1 h", "Reads the last hour."),
    read(IN_LOGS, "logs.last-5", "6 h", "Reads the last 6 hours."),
    read(IN_LOGS, "logs.last-6", "24 h", "Reads the last 24 hours."),
    read(
        IN_LOGS,
        "logs.errors-only",
        "errors only",
        "Keeps only the errors, or shows all again.",
    ),
    read(
        IN_LOGS,
        "logs.other-view",
        "other view",
        "Shows this row in the other view: lines or invocations.",
    ),
    read(
        IN_LOGS,
        "logs.invoke",
        "invoke",
        "Opens Invoke on the function of this row; sends nothing.",
    ),
    read(
        IN_LOGS,
        "logs.mark",
        "mark",
        "Marks this line, or takes its mark away.",
    ),
    read(
        IN_LOGS,
        "logs.previous-mark",
        "previous mark",
        "Goes to the previous marked line.",
    ),
    read(
        IN_LOGS,
        "logs.next-mark",
        "next mark",
        "Goes to the next marked line.",
    ),
    read(
        IN_LOGS,
        "logs.older",
        "load older",
        "Loads the lines before the oldest one.",
    ),
    read(
        IN_LOGS,
        "logs.save",
        "save",
        "Saves the lines shown to a file.",
    ),
];

const INVOKE: &[CommandSpec] = &[
    CommandSpec {
        id: "invoke.send",
        title: "send",
        doc: "Saves the event, then sends exactly those bytes, once. On a row of the history: sends it again.",
        contexts: IN_INVOKE,
        class: Class::Run,
    },
    read(
        IN_INVOKE,
        "invoke.editor",
        "$EDITOR",
        "Edits the payload in your editor.",
    ),
    read(
        IN_INVOKE,
        "invoke.target",
        "target",
        "Chooses version or alias, and synchronous, asynchronous or dry run.",
    ),
    read(
        IN_INVOKE,
        "invoke.logs",
        "logs of this run",
        "Shows the log lines of this run.",
    ),
    read(
        IN_INVOKE,
        "invoke.save",
        "save",
        "Saves the payload as an event, under a name you type.",
    ),
    read(IN_INVOKE, "invoke.new", "new", "Starts a new event."),
    read(IN_INVOKE, "invoke.rename", "rename", "Renames this event."),
    read(
        IN_INVOKE,
        "invoke.duplicate",
        "duplicate",
        "Copies this event under another name.",
    ),
    CommandSpec {
        id: "invoke.delete",
        title: "delete",
        doc: "Deletes this saved event (a file on this machine); asks first.",
        contexts: IN_INVOKE,
        class: Class::Write,
    },
];

const DIALOG: &[CommandSpec] = &[
    read(
        IN_DIALOG,
        "dialog.next",
        "next",
        "Moves to the next button or field.",
    ),
    read(
        IN_DIALOG,
        "dialog.previous",
        "previous",
        "Moves to the previous button or field.",
    ),
    read(
        IN_DIALOG,
        "dialog.press",
        "press",
        "Presses the focused button.",
    ),
    read(
        IN_DIALOG,
        "dialog.cancel",
        "cancel",
        "Closes the dialog without doing anything; a draft is kept.",
    ),
];

const INPUT: &[CommandSpec] = &[
    read(
        IN_INPUT,
        "input.leave",
        "leave",
        "Stops typing; the text stays.",
    ),
    read(
        IN_INPUT,
        "input.accept",
        "accept",
        "Accepts a one-line input; in an area, a new line.",
    ),
    read(
        IN_INPUT,
        "input.submit",
        "submit",
        "Submits what is being typed.",
    ),
    read(
        IN_INPUT,
        "input.undo",
        "undo",
        "Takes the last change back.",
    ),
    read(
        IN_INPUT,
        "input.tab",
        "tab",
        "Indents in an area, goes to the next field of a form, switches the mode of a prompt.",
    ),
    read(
        IN_INPUT,
        "input.back-tab",
        "back",
        "Goes to the previous field of a form.",
    ),
];

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
