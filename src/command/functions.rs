//! Commands of a function as a row: the Functions pane, and the Overview of one.

use super::{CommandSpec, Context, read};

const IN_FUNCTION: &[Context] = &[Context::Functions, Context::Overview];

pub(super) const COMMANDS: &[CommandSpec] = &[
    read(
        IN_FUNCTION,
        "functions.logs",
        "logs",
        "Follows the logs of this function.",
    ),
    read(
        IN_FUNCTION,
        "functions.letters",
        "dead letters",
        "Shows the dead letters of this function; receives nothing.",
    ),
    read(
        IN_FUNCTION,
        "functions.invoke",
        "invoke",
        "Opens Invoke on this function; sends nothing.",
    ),
    read(
        IN_FUNCTION,
        "functions.configure",
        "configure",
        "Opens Configure on this function; changes nothing.",
    ),
];
