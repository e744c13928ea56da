//! Commands of the Invoke pane.

use super::{Class, CommandSpec, Context, of_function, read};

const IN_INVOKE: &[Context] = &[Context::Invoke];

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        id: "invoke.send",
        title: "send",
        doc: "Saves the event, then sends exactly those bytes, once. On a row of the history: sends it again.",
        contexts: IN_INVOKE,
        class: Class::Run,
        needs_function: true,
    },
    of_function(read(
        IN_INVOKE,
        "invoke.editor",
        "$EDITOR",
        "Edits the payload in your editor.",
    )),
    of_function(read(
        IN_INVOKE,
        "invoke.target",
        "target",
        "Chooses version or alias, and synchronous, asynchronous or dry run.",
    )),
    of_function(read(
        IN_INVOKE,
        "invoke.logs",
        "logs of this run",
        "Shows the log lines of this run.",
    )),
    of_function(read(
        IN_INVOKE,
        "invoke.save",
        "save",
        "Saves the payload as an event, under a name you type.",
    )),
    of_function(read(IN_INVOKE, "invoke.new", "new", "Starts a new event.")),
    of_function(read(
        IN_INVOKE,
        "invoke.rename",
        "rename",
        "Renames this event.",
    )),
    of_function(read(
        IN_INVOKE,
        "invoke.duplicate",
        "duplicate",
        "Copies this event under another name.",
    )),
    CommandSpec {
        id: "invoke.delete",
        title: "delete",
        doc: "Deletes this saved event (a file on this machine); asks first.",
        contexts: IN_INVOKE,
        class: Class::Write,
        needs_function: true,
    },
];
