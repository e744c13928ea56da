//! Commands of the Dead letters pane: its queues, its letters, the redrives that run.

use super::{Class, CommandSpec, Context, of_class, read};

const IN_QUEUES: &[Context] = &[Context::Queues];
const IN_LETTERS: &[Context] = &[Context::Letters];
const IN_BOTH: &[Context] = &[Context::Queues, Context::Letters];
const IN_REDRIVE: &[Context] = &[Context::Redrive];
const WITH_REDRIVE: &[Context] = &[Context::Letters, Context::Redrive];
const ANYWHERE_HERE: &[Context] = &[Context::Queues, Context::Letters, Context::Redrive];

pub(super) const COMMANDS: &[CommandSpec] = &[
    read(
        IN_QUEUES,
        "dlq.add",
        "add",
        "Adds a queue by name, URL or ARN, of another account too, and opens it.",
    ),
    read(
        IN_LETTERS,
        "dlq.logs",
        "its log lines",
        "Shows the log lines of this letter's invocation; of a cluster or of marks, those of five letters, which tell the error too.",
    ),
    read(
        IN_LETTERS,
        "dlq.invoke",
        "load into Invoke",
        "Puts the original event into Invoke; sends nothing.",
    ),
    read(
        IN_LETTERS,
        "dlq.edit",
        "edit",
        "Edits one body in your editor, several by a jq expression with every difference shown; nothing is sent.",
    ),
    read(
        IN_LETTERS,
        "dlq.undo",
        "undo edit",
        "Takes the last edit of these letters back.",
    ),
    of_class(
        read(
            IN_LETTERS,
            "dlq.more",
            "read more",
            "Receives another sample of letters, and says what that does to them.",
        ),
        Class::Look,
    ),
    of_class(
        read(
            IN_LETTERS,
            "dlq.redrive",
            "redrive",
            "Plans where these letters go: back to their source, to another queue, or to a function; a dry run comes first.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_LETTERS,
            "dlq.delete",
            "delete",
            "Deletes these letters from the queue; asks for its name.",
        ),
        Class::Destroy,
    ),
    read(
        IN_LETTERS,
        "dlq.mark",
        "mark",
        "Marks this letter or cluster, or takes the mark away.",
    ),
    read(
        IN_LETTERS,
        "dlq.range",
        "range",
        "Marks everything between here and where the cursor goes; once more ends it.",
    ),
    read(
        IN_LETTERS,
        "dlq.mark-all",
        "mark all",
        "Marks every letter shown, or takes every mark away.",
    ),
    read(
        WITH_REDRIVE,
        "dlq.save",
        "save",
        "Saves the event of this letter, or exports letters, the plan or the report to a file.",
    ),
    read(
        IN_LETTERS,
        "dlq.all",
        "all letters",
        "Lists every letter that was read, whatever its cluster.",
    ),
    read(
        IN_LETTERS,
        "dlq.function",
        "open function",
        "Shows the function that this letter was meant for.",
    ),
    of_class(
        read(
            ANYWHERE_HERE,
            "dlq.pause",
            "pause",
            "Holds the running redrive before its next send, or lets it go on.",
        ),
        Class::Write,
    ),
    read(
        IN_REDRIVE,
        "dlq.report",
        "progress",
        "Shows the progress, the canary's verdict or the report of this redrive; of one that can be resumed, asks whether to.",
    ),
    of_class(
        read(
            ANYWHERE_HERE,
            "dlq.skip-canary",
            "skip the canary",
            "Lets the redrive go on without waiting for the canary's verdict.",
        ),
        Class::Write,
    ),
    read(
        ANYWHERE_HERE,
        "dlq.dismiss",
        "put away",
        "Takes the card of an ended redrive away; its report is kept with its journal.",
    ),
    read(
        &[Context::Global],
        "dlq.resume",
        "resume a redrive",
        "Finishes a redrive that was stopped or interrupted; asks first.",
    ),
    read(
        &[Context::Global],
        "dlq.queue",
        "queue",
        "Opens a queue by name, URL or ARN in Dead letters.",
    ),
    of_class(
        read(
            IN_BOTH,
            "dlq.send",
            "send a message",
            "Sends one message to this queue, written in a form; asks before it is sent.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_BOTH,
            "dlq.import",
            "import",
            "Sends every line of an exported file to this queue; asks before.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_BOTH,
            "dlq.move-task",
            "AWS move task",
            "Lets AWS move every letter of this queue, unedited, or cancels its running move.",
        ),
        Class::Write,
    ),
    of_class(
        read(
            IN_BOTH,
            "dlq.purge",
            "purge",
            "Deletes every message of this queue, those never seen included; asks for its name.",
        ),
        Class::Destroy,
    ),
];
