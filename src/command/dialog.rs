//! Commands of a dialog or a review.

use super::{CommandSpec, Context, read};

const IN_DIALOG: &[Context] = &[Context::Dialog];

pub(super) const COMMANDS: &[CommandSpec] = &[
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
        "dialog.toggle",
        "tick",
        "Ticks the focused box of a review, or takes the tick away; presses no button.",
    ),
    read(
        IN_DIALOG,
        "dialog.cancel",
        "cancel",
        "Closes the dialog without doing anything; a draft is kept.",
    ),
    read(
        IN_DIALOG,
        "dialog.reveal",
        "show values",
        "In a review, shows the values that were typed in this draft, or masks them again.",
    ),
];
