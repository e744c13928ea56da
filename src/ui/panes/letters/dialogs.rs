//! What the pane asks: the notice before a look, names of queues, jq, files; and before it writes
//! to a whole queue.

use std::{path::PathBuf, rc::Rc, sync::Arc};

use super::{levels::Wanted, review, step, words};
use crate::{
    domain::{
        age,
        dead_letters::DeadLetterQueue,
        jq::Jq,
        place::Place,
        queue::{Outgoing, QueueAddress},
        secret::Secret,
    },
    store::{
        Action,
        letters::{Export, Import, LetterId, Look, QueueKey, QueueLetters, Run, Step, Which},
    },
    ui::{
        overlays::{
            ask::Ask,
            confirm::Confirm,
            form::Form,
            picker::{Choice, Item, Picker},
        },
        surface::{Outcome, Surface, View},
    },
};

/// What was asked already, so that a question comes once.
#[derive(Default)]
pub struct Asked {
    notice: Option<QueueKey>,
    review: Option<usize>,
    /// The digest of what an import would send.
    import: Option<String>,
}

impl Asked {
    /// The next question that the store raised.
    pub fn next(&mut self, view: View<'_>) -> Option<Box<dyn Surface>> {
        let queue_letters = view.store.letters.queue_letters();
        let asking =
            queue_letters.filter(|queue_letters| matches!(queue_letters.look, Look::Asking(_)));
        if asking.is_none() {
            self.notice = None;
        }
        if let Some(queue_letters) = asking
            && self.notice.as_ref() != Some(&queue_letters.key)
        {
            self.notice = Some(queue_letters.key.clone());
            return Some(Box::new(notice(queue_letters, view)));
        }
        let import = view.store.letters.import();
        let digest = import.map(|import| import.digest.clone());
        if digest != self.import {
            self.import = digest;
            if let Some(import) = import {
                return Some(Box::new(counted(import, view)));
            }
        }
        let review = queue_letters.and_then(|queue_letters| queue_letters.edit_review.as_ref());
        let shown = review.map(|review| Arc::as_ptr(review) as usize);
        if shown != self.review {
            self.review = shown;
            if shown.is_some() {
                return Some(Box::new(review::Review::default()));
            }
        }
        None
    }
}

/// Before the first receive, where it can do harm.
fn notice(queue_letters: &QueueLetters, view: View<'_>) -> Confirm {
    let mut lines = call(
        "ReceiveMessage, up to 10 letters each",
        &queue_letters.key,
        view,
    );
    if let Look::Asking(notice) = &queue_letters.look {
        lines.push(String::new());
        lines.extend(notice.lines.iter().map(|line| format!("· {line}")));
    }
    Confirm::new("Look", lines, "Look", vec![step(Step::AcceptLook)])
        .or_else(vec![step(Step::DeclineLook)])
}

/// Call, queue and account, as every preview names them.
fn call(call: &str, queue: &QueueKey, view: View<'_>) -> Vec<String> {
    let place = view.store.sessions.current().place();
    let name = place.named(queue.arn.resource_name(), queue.arn.account());
    vec![
        format!("call     {call}"),
        format!("queue    {name}"),
        format!("account  {}", account(view)),
    ]
}

/// Account, region and profile.
pub fn account(view: View<'_>) -> String {
    let session = view.store.sessions.current();
    format!(
        "{} · {} · {}",
        session.account().unwrap_or("unknown"),
        session.target.region.as_deref().unwrap_or("no region"),
        session.target.profile_name(),
    )
}

/// Which queue, by any of its names.
pub fn ask_queue(place: Place) -> Ask {
    Ask::new("Open a queue", "", |text| step(Step::Add(text)))
        .hint("a name, a URL or an ARN, of another account too; nothing is received")
        .checked(move |text| match text.trim() {
            "" => None,
            text => queue_of(text, &place).err(),
        })
}

/// A queue that is named in a field, if this session can ask for it.
pub fn queue_of(text: &str, place: &Place) -> Result<QueueAddress, String> {
    let address = QueueAddress::parse(text).map_err(|why| why.to_string())?;
    address.check(place)?;
    Ok(address)
}

/// What `:queue NAME` means in the palette.
pub fn queue_by_name(typed: &str) -> Option<Action> {
    let name = typed.strip_prefix("queue ")?.trim();
    QueueAddress::parse(name)
        .ok()
        .map(|_| step(Step::Add(name.to_owned())))
}

/// A jq expression over several bodies; its differences are shown before anything is kept.
pub fn edit_with(which: Which, count: usize, text: &str) -> Outcome {
    let title = format!("Edit {} by jq", words::letters(count as u64));
    let ask = Ask::new(title, text, move |jq| {
        step(Step::EditWith(jq, which.clone()))
    })
    .hint("over each event, for example  .amount |= tonumber  · every difference is shown first")
    .checked(check_jq);
    Outcome::open(ask)
}

/// What is wrong with a jq expression, if anything is.
pub fn check_jq(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("an expression is needed".to_owned());
    }
    Jq::compile(text).err().map(|why| why.to_string())
}

pub(super) fn item(label: impl Into<String>, detail: impl Into<String>, choice: Choice) -> Item {
    Item {
        label: label.into(),
        detail: detail.into(),
        key: String::new(),
        choice,
    }
}

/// A choice that opens something.
pub fn opens<S: Surface + 'static>(make: impl Fn() -> S + 'static) -> Choice {
    Choice::Open(Rc::new(move || Box::new(make()) as Box<dyn Surface>))
}

/// `S`: the event of this letter, or letters as JSON Lines.
pub fn save(letter: Option<LetterId>, wanted: Wanted, queue_letters: &QueueLetters) -> Outcome {
    let mut items = Vec::new();
    let name = queue_letters.key.arn.resource_name().to_owned();
    let export = |which: Which| {
        let name = format!("{name}.jsonl");
        opens(move || ask_file(&name, Export::Letters(which.clone())))
    };
    if let Some(letter) = letter {
        items.push(item(
            "save its event",
            "as a saved event of its function, for Invoke",
            Choice::Act(step(Step::SaveEvent(letter))),
        ));
    }
    items.push(item(
        format!("export {}", wanted.words),
        "JSON Lines, edits applied; import sends them again",
        export(wanted.which),
    ));
    let shown = queue_letters
        .sorted()
        .map_or(queue_letters.letters().len(), |sorted| sorted.shown.len());
    items.push(item(
        format!("export all {} shown", age::count(shown as u64)),
        "what was read and the filter leaves",
        export(Which::Filtered),
    ));
    Outcome::open(Picker::new("Save", items))
}

/// The report of a redrive: every letter's old and new id.
pub fn export_report(run: &Run) -> Outcome {
    let name = format!("redrive-{}.md", run.queue.arn.resource_name());
    Outcome::open(ask_file(&name, Export::Report(run.plan_id.clone())))
}

/// A file that must not exist yet.
pub fn ask_file(name: &str, what: Export) -> Ask {
    Ask::new("Write to", name, move |path| {
        step(Step::Export(PathBuf::from(path), what.clone()))
    })
    .hint("a new file, for you only (0600)")
    .checked(|path| {
        path.trim()
            .is_empty()
            .then(|| "a file name is needed".to_owned())
    })
}

/// Every message of a queue.
pub fn purge(queue: &QueueKey, view: View<'_>) -> Outcome {
    let mut lines = call("PurgeQueue, once", queue, view);
    let depth = view
        .store
        .letters
        .discovery()
        .queue(&queue.arn)
        .and_then(DeadLetterQueue::depth);
    lines.push(String::new());
    lines.push(match depth {
        Some(depth) => format!("Deletes every message, about {}:", age::count(depth)),
        None => "Deletes every message:".to_owned(),
    });
    lines
        .push("· those in flight, delayed and never seen here too, whatever the filter".to_owned());
    lines.push("· takes up to 60 s, and what is sent meanwhile may go with it".to_owned());
    lines.push("· nothing brings them back: S exports what was read".to_owned());
    let name = queue.arn.resource_name().to_owned();
    let purge = vec![step(Step::Purge(queue.clone()))];
    Outcome::open(Confirm::new("Purge", lines, "Purge", purge).typed(name))
}

/// One message, written here.
pub fn send(queue: &QueueKey, view: View<'_>) -> Outcome {
    let lines = call("SendMessageBatch, one message", queue, view);
    let is_fifo = view
        .store
        .letters
        .discovery()
        .queue(&queue.arn)
        .is_some_and(DeadLetterQueue::is_fifo);
    let to = queue.clone();
    let form = Form::new("Send a message", lines, "Send", move |answers| {
        let [body, group, deduplication] = answers else {
            return Err("a body is needed".to_owned());
        };
        if body.is_empty() {
            return Err("a body is needed: SQS takes no empty message".to_owned());
        }
        if is_fifo && group.is_empty() {
            return Err("a FIFO queue needs a message group".to_owned());
        }
        if !is_fifo && !deduplication.is_empty() {
            return Err("only FIFO queues take a deduplication id".to_owned());
        }
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let message = Outgoing {
            body: Secret::new(body.as_str().into()),
            attributes: Vec::new(),
            group: some(group),
            deduplication_id: some(deduplication),
            trace: None,
        };
        Ok(vec![step(Step::Send(to.clone(), Box::new(message)))])
    });
    Outcome::open(
        form.field("body", "")
            .field("group", "")
            .field("deduplication", ""),
    )
}

/// The lines of a file, counted before one is sent.
pub fn import(queue: &QueueKey, view: View<'_>) -> Outcome {
    let mut lines = call("SendMessageBatch, up to 10 messages each", queue, view);
    lines.push(String::new());
    lines.push("Sends every line of a file that an export wrote, as new messages.".to_owned());
    lines.push("The lines are read and counted first; nothing is sent yet.".to_owned());
    let to = queue.clone();
    let form = Form::new(
        "Import",
        lines,
        "Count them",
        move |answers| match answers {
            [path] if path == "-" => Err("a file is needed: the keyboard is taken here".to_owned()),
            [path] if !path.is_empty() => {
                let count = Step::CountImport(to.clone(), PathBuf::from(path));
                Ok(vec![step(count)])
            }
            _ => Err("a file name is needed".to_owned()),
        },
    );
    let name = format!("{}.jsonl", queue.arn.resource_name());
    Outcome::open(form.field("file", &name))
}

/// How many lines an import would send.
fn counted(import: &Import, view: View<'_>) -> Confirm {
    let requests = age::count(import.requests as u64);
    let noun = if import.requests == 1 {
        "request"
    } else {
        "requests"
    };
    let call_line = format!("SendMessageBatch, {requests} {noun}");
    let mut lines = call(&call_line, &import.queue, view);
    lines.push(format!("file     {}", import.file.display()));
    lines.push(String::new());
    let messages = age::count(import.messages as u64);
    let noun = if import.messages == 1 {
        "line"
    } else {
        "lines"
    };
    lines.push(format!(
        "{messages} {noun}, {}, each sent as a new message.",
        age::bytes(import.bytes)
    ));
    let button = format!("Send {messages}");
    let end = |is_wanted| vec![step(Step::EndImport(is_wanted))];
    Confirm::new("Import", lines, button, end(true)).or_else(end(false))
}

/// AWS's own redrive of a whole queue, or the end of one that runs.
pub fn move_task(queue: &QueueKey, view: View<'_>) -> Outcome {
    let letters = &view.store.letters;
    if let Some(task) = letters.discovery().running_move(&queue.arn) {
        let mut lines = call("CancelMessageMoveTask", queue, view);
        lines.push(String::new());
        lines.push(format!(
            "{} moved so far; what was moved stays moved.",
            age::count(task.moved)
        ));
        let cancel = vec![step(Step::CancelMove(queue.clone()))];
        return Outcome::open(Confirm::new("AWS's move", lines, "Stop the move", cancel));
    }
    let mut lines = call("StartMessageMoveTask", queue, view);
    lines.push(String::new());
    lines.extend(MOVE_LIMITS.iter().map(|line| format!("· {line}")));
    if letters.queue_letters().is_some_and(|queue_letters| {
        queue_letters.key == *queue && queue_letters.leases().count > 0
    }) {
        lines.push("· letters held by this look are not moved: close the queue first".to_owned());
    }
    let (from, place) = (queue.clone(), view.store.sessions.current().place());
    let form = Form::new("AWS's move", lines, "Start the move", move |answers| {
        let [to, rate] = answers else {
            return Err("two answers are needed".to_owned());
        };
        let to = match to.as_str() {
            "" => None,
            text => Some(queue_of(text, &place)?),
        };
        let rate = match rate.as_str() {
            "" => None,
            text => match text.parse::<u32>() {
                Ok(rate @ 1..=500) => Some(rate),
                _ => return Err("a rate is 1 to 500 messages a second".to_owned()),
            },
        };
        Ok(vec![step(Step::StartMove(from.clone(), to, rate))])
    });
    Outcome::open(
        form.field("to (empty: own sources)", "")
            .field("per second (empty: SQS)", ""),
    )
}

/// What AWS's move does and does not (`docs/aws.md` §3.3).
pub const MOVE_LIMITS: &[&str] = &[
    "moves every letter as it is, oldest first: no choice, no edit, no canary",
    "the queue must be the dead-letter queue of an SQS queue; same kind only (FIFO to FIFO)",
    "one move a queue at a time, at most 500 a second and 36 hours",
    "cancelling moves nothing back",
];
