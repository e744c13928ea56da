//! Commands of the Logs pane.

use super::{CommandSpec, Context, of_function, read};

const IN_LOGS: &[Context] = &[Context::Logs];

pub(super) const COMMANDS: &[CommandSpec] = &[
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
    of_function(read(
        IN_LOGS,
        "logs.letter",
        "its dead letter",
        "Shows the dead letter of this invocation.",
    )),
    of_function(read(
        IN_LOGS,
        "logs.invoke",
        "invoke",
        "Opens Invoke on the function of this row; sends nothing.",
    )),
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
