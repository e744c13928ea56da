//! Commands of the Activity pane.

use super::{Class, CommandSpec, Context, of_class, read};

const IN_ACTIVITY: &[Context] = &[Context::Activity];

pub(super) const COMMANDS: &[CommandSpec] = &[
    of_class(
        read(
            IN_ACTIVITY,
            "activity.revert",
            "revert",
            "Plans a revert of this edit, or of one that ended in the middle; reviewed.",
        ),
        Class::Write,
    ),
    read(
        IN_ACTIVITY,
        "activity.dismiss",
        "dismiss",
        "Takes a resume card away without restoring anything; asks.",
    ),
    read(
        IN_ACTIVITY,
        "activity.save",
        "hand-over",
        "Writes what is listed as Markdown to a file that must not exist yet.",
    ),
];
