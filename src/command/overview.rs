//! Commands of the Overview pane.

use super::{CommandSpec, Context, read};

const IN_OVERVIEW: &[Context] = &[Context::Overview];

pub(super) const COMMANDS: &[CommandSpec] = &[read(
    IN_OVERVIEW,
    "overview.reveal",
    "reveal",
    "Shows the one masked value under the cursor, or masks it again.",
)];
