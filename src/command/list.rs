//! Commands of lists: the movements of any list or text, and what some panes do with their rows.

use super::{CommandSpec, Context, read};

/// Lists whose rows open.
const WITH_ROWS_TO_OPEN: &[Context] = &[
    Context::Functions,
    Context::Logs,
    Context::Queues,
    Context::Letters,
    Context::Invoke,
    Context::Activity,
    Context::Stop,
];
/// Lists that can be filtered.
const WITH_FILTER: &[Context] = &[
    Context::Functions,
    Context::Logs,
    Context::Queues,
    Context::Letters,
    Context::Configure,
    Context::Activity,
];
/// Lists that know an order and a fault.
const WITH_ORDER: &[Context] = &[Context::Functions, Context::Queues, Context::Letters];
const IN_LIST_AND_TEXT: &[Context] = &[Context::List, Context::Text];

pub(super) const COMMANDS: &[CommandSpec] = &[
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
        WITH_ROWS_TO_OPEN,
        "list.open",
        "open",
        "Opens the row under the cursor.",
    ),
    read(
        WITH_FILTER,
        "list.filter",
        "filter",
        "Keeps only the rows that match; ! inverts, column:value narrows.",
    ),
    read(
        WITH_ORDER,
        "list.sort",
        "sort",
        "Chooses what the rows are sorted by.",
    ),
    read(
        WITH_ORDER,
        "list.faults-only",
        "faults only",
        "Keeps only the rows with something wrong, or shows all again.",
    ),
];
