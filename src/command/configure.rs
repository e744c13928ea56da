//! Commands of the Configure pane. None of them writes: what writes is the button of the review.

use super::{CommandSpec, Context, of_function, read};

const IN_CONFIGURE: &[Context] = &[Context::Configure];
const IN_BOTH: &[Context] = &[Context::Configure, Context::Comparison];

pub(super) const COMMANDS: &[CommandSpec] = &[
    of_function(read(
        IN_CONFIGURE,
        "configure.edit",
        "edit",
        "Edits the row under the cursor in the draft; on an offer, takes it.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.editor",
        "env in $EDITOR",
        "Opens the environment as a .env text in your editor; what comes back is the whole of it.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.add",
        "add",
        "Adds to the section under the cursor: a variable, a tag, a layer, provisioned concurrency, a URL.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.remove",
        "remove",
        "Drafts that the row under the cursor shall not be there; on an ended apply, puts it away.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.rename",
        "rename",
        "Gives the variable or tag under the cursor another name in the draft.",
    )),
    read(
        IN_BOTH,
        "configure.reveal",
        "reveal",
        "Shows the one masked value under the cursor until it is left, or masks it again.",
    ),
    of_function(read(
        IN_CONFIGURE,
        "configure.undo",
        "undo field",
        "Leaves the row under the cursor as it is: takes it out of the draft.",
    )),
    read(
        IN_BOTH,
        "configure.compare",
        "compare",
        "Puts this function beside one of its versions or another function.",
    ),
    of_function(read(
        IN_CONFIGURE,
        "configure.changed",
        "only changed",
        "Keeps only the rows that the draft changes, or shows all again.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.review",
        "review",
        "Reads the function anew and shows what the draft becomes; applies nothing.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.many",
        "apply to others",
        "Chooses other functions that shall get the same draft, then reviews it for all of them.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.publish",
        "publish",
        "Drafts that a version is published after the update.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.discard",
        "discard draft",
        "Forgets everything that was drafted for this function; asks before.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.restore",
        "restore",
        "Reviews bringing back what was stopped on this function.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.finish",
        "finish",
        "Reviews what is left of an apply that ended in the middle.",
    )),
    of_function(read(
        IN_CONFIGURE,
        "configure.revert",
        "revert",
        "Reviews a revert of the last apply of this function.",
    )),
];
