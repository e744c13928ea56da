//! Commands that stop the damage: the menu, its moves, and what was left to be restored.

use super::{Class, CommandSpec, Context, of_class, of_function, read};

const IN_STOP: &[Context] = &[Context::Stop];

pub(super) const COMMANDS: &[CommandSpec] = &[
    of_function(read(
        &[Context::Global],
        "stop.open",
        "stop the damage",
        "Shows the moves that stop this function, each with what it stops and what it does not.",
    )),
    of_class(
        read(
            IN_STOP,
            "stop.triggers",
            "pause triggers",
            "Disables every event source mapping of the function; reviewed, asks for its name.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_STOP,
            "stop.concurrency",
            "concurrency 0",
            "Sets reserved concurrency to 0, so that nothing runs; reviewed, asks for its name.",
        ),
        Class::Destroy,
    ),
    of_class(
        read(
            IN_STOP,
            "stop.alias",
            "alias back",
            "Points an alias to an earlier version; reviewed, asks for the function's name.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_STOP,
            "stop.weight",
            "weight",
            "Sets how much of an alias goes to its second version; reviewed, asks for the function's name.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_STOP,
            "stop.restore",
            "restore",
            "Brings back what a move had stopped; reviewed.",
        ),
        Class::Write,
    ),
];
