//! Commands of a function as a row: the Functions pane, and the Overview of one.

use super::{CommandSpec, Context, of_function, read};

const IN_FUNCTION: &[Context] = &[Context::Functions, Context::Overview];

/// And a queue, which stands for the function whose failures it holds.
const OF_FUNCTION: &[Context] = &[Context::Functions, Context::Overview, Context::Queues];

const IN_LIST: &[Context] = &[Context::Functions];

pub(super) const COMMANDS: &[CommandSpec] = &[
    of_function(read(
        OF_FUNCTION,
        "functions.logs",
        "logs",
        "Follows the logs of this function.",
    )),
    of_function(read(
        IN_FUNCTION,
        "functions.letters",
        "dead letters",
        "Shows the dead letters of this function; receives nothing.",
    )),
    of_function(read(
        OF_FUNCTION,
        "functions.invoke",
        "invoke",
        "Opens Invoke on this function; sends nothing.",
    )),
    of_function(read(
        OF_FUNCTION,
        "functions.configure",
        "configure",
        "Opens Configure on this function; changes nothing.",
    )),
    read(
        IN_LIST,
        "functions.mark",
        "mark",
        "Marks this function, or takes the mark away.",
    ),
    read(
        IN_LIST,
        "functions.range",
        "range",
        "Marks everything between here and where the cursor goes; once more ends it.",
    ),
    read(
        IN_LIST,
        "functions.mark-all",
        "mark all",
        "Marks every function shown, or takes every mark away.",
    ),
    read(
        IN_LIST,
        "functions.compare",
        "compare",
        "Shows the configurations of two marked functions side by side.",
    ),
];
