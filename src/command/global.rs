//! Commands that are offered everywhere.

use super::{CommandSpec, Context, of_function, read};

const IN_GLOBAL: &[Context] = &[Context::Global];

pub(super) const COMMANDS: &[CommandSpec] = &[
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
    of_function(read(
        IN_GLOBAL,
        "pane.overview",
        "overview",
        "Shows the configuration, triggers and versions of the subject.",
    )),
    of_function(read(
        IN_GLOBAL,
        "pane.logs",
        "logs",
        "Shows the logs of the subject.",
    )),
    read(
        IN_GLOBAL,
        "pane.letters",
        "dead letters",
        "Shows the dead letters; receives nothing.",
    ),
    of_function(read(
        IN_GLOBAL,
        "pane.invoke",
        "invoke",
        "Opens Invoke on the subject; sends nothing.",
    )),
    of_function(read(
        IN_GLOBAL,
        "pane.configure",
        "configure",
        "Shows the configuration of the subject as a draft to edit; changes nothing.",
    )),
    read(
        IN_GLOBAL,
        "pane.activity",
        "activity",
        "Shows every write of this machine, and the redrives that were left unfinished.",
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
    of_function(read(
        IN_GLOBAL,
        "app.console-url",
        "AWS console",
        "Shows and copies the address of this subject in the AWS console.",
    )),
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
        "app.messages",
        "messages",
        "Shows the last messages whole, with their times, and all of the line below the pane.",
    ),
    read(
        IN_GLOBAL,
        "app.stop",
        "stop",
        "Stops our own work: what this pane reads or sends, else the redrive or edit that runs; asks which of several.",
    ),
    read(
        IN_GLOBAL,
        "app.unlock",
        "unlock",
        "Lifts the protected lock for 30 minutes; asks for the account id.",
    ),
];
