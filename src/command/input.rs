//! Commands of whatever is being typed.

use super::{CommandSpec, Context, read};

const IN_INPUT: &[Context] = &[Context::Input];

pub(super) const COMMANDS: &[CommandSpec] = &[
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
