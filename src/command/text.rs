//! Commands of texts, where the pane does them; the movements stand with the lists.

use super::{CommandSpec, Context, read};

/// Texts that are searched.
const WITH_FIND: &[Context] = &[Context::Logs, Context::Letter, Context::Comparison];
/// Texts that wrap.
const WITH_WRAP: &[Context] = &[Context::Logs];
/// Texts that pan and fold.
const WITH_PAN: &[Context] = &[Context::Logs, Context::Letter, Context::Invoke];

pub(super) const COMMANDS: &[CommandSpec] = &[
    read(
        WITH_FIND,
        "text.find",
        "find",
        "Searches in this text; Tab in the prompt switches between find and keep only.",
    ),
    read(
        WITH_FIND,
        "text.next-match",
        "next match",
        "Goes to the next match.",
    ),
    read(
        WITH_FIND,
        "text.previous-match",
        "previous match",
        "Goes to the previous match.",
    ),
    read(
        WITH_WRAP,
        "text.wrap",
        "wrap",
        "Wraps long lines, or cuts them at the edge.",
    ),
    read(WITH_PAN, "text.left", "left", "Pans to the left."),
    read(WITH_PAN, "text.right", "right", "Pans to the right."),
    read(
        WITH_PAN,
        "text.fold",
        "fold",
        "Folds or unfolds what is under the cursor; on a payload, starts typing.",
    ),
];
