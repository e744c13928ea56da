//! Commands of the Activity pane.

use super::{CommandSpec, Context, read};

pub(super) const COMMANDS: &[CommandSpec] = &[read(
    &[Context::Activity],
    "activity.save",
    "hand-over",
    "Writes what is listed as Markdown to a file that must not exist yet.",
)];
