//! What the pane asks: the notice before a look, names of queues, jq, files; and before it writes
//! to a whole queue.

use std::{path::PathBuf, rc::Rc, sync::Arc};

use super::{commands::info, levels::Wanted, review, step, words};
use crate::{
    domain::{
        age,
        dead_letters::DeadLetterQueue,
        jq::Jq,
        place::Place,
        queue::{Outgoing, QueueAddress},
        redrive::{Scope, progress::Tally},
        secret::Secret,
    },
    store::{
        Action,
        letters::{Desk, Export, Journal, LETTERS, LetterId, Look, QueueKey, Run, Step, Which},
        ui,
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
}

impl Asked {
    /// The next question that the store raised.
    pub fn next(&mut self, view: View<'_>) -> Option<Box<dyn Surface>> {
        let desk = view.store.letters.desk();
        let asking = desk.filter(|desk| matches!(desk.look, Look::Asking(_)));
        if asking.is_none() {
            self.notice = None;
        }
        if let Some(desk) = asking
            && self.notice.as_ref() != Some(&desk.key)
        {
            self.notice = Some(desk.key.clone());
            return Some(Box::new(notice(desk, view)));
        }
        let review = desk.and_then(|desk| desk.edit_review.as_ref());
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
fn notice(desk: &Desk, view: View<'_>) -> Confirm {
    let mut lines = call("ReceiveMessage, up to 10 letters each", &desk.key, view);
    if let Look::Asking(notice) = &desk.look {
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

fn item(label: impl Into<String>, detail: impl Into<String>, choice: Choice) -> Item {
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
pub fn save(letter: Option<LetterId>, wanted: Wanted, desk: &Desk) -> Outcome {
    let mut items = Vec::new();
    let name = desk.key.arn.resource_name().to_owned();
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
    let shown = desk
        .sorted()
        .map_or(desk.letters().len(), |sorted| sorted.shown.len());
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

/// The lines of a file.
pub fn import(queue: &QueueKey, view: View<'_>) -> Outcome {
    let mut lines = call("SendMessageBatch, up to 10 messages each", queue, view);
    lines.push(String::new());
    lines.push("Sends every line of a file that an export wrote, as new messages.".to_owned());
    let to = queue.clone();
    let form = Form::new("Import", lines, "Send all", move |answers| match answers {
        [path] if !path.is_empty() => Ok(vec![step(Step::Import(to.clone(), PathBuf::from(path)))]),
        _ => Err("a file name is needed".to_owned()),
    });
    let name = format!("{}.jsonl", queue.arn.resource_name());
    Outcome::open(form.field("file", &name))
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
    if letters
        .desk()
        .is_some_and(|desk| desk.key == *queue && desk.leases().count > 0)
    {
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

/// What AWS's move does and does not (`aws-facts` §3.3).
pub const MOVE_LIMITS: &[&str] = &[
    "moves every letter as it is, oldest first: no choice, no edit, no canary",
    "the queue must be the dead-letter queue of an SQS queue; same kind only (FIFO to FIFO)",
    "one move a queue at a time, at most 500 a second and 36 hours",
    "cancelling moves nothing back",
];

/// The journals that earlier runs left: an offer to finish them, once for each of them. The list
/// of functions makes it, which is where the program starts; `offered` are those it made.
pub fn offer_once(offered: &mut Vec<String>, view: View<'_>) -> Option<Box<dyn Surface>> {
    let journals = view.store.letters.journals();
    let is_new = |journal: &Journal| !offered.contains(&journal.plan.id);
    if !journals.iter().any(is_new) {
        return None;
    }
    *offered = journals.iter().map(|one| one.plan.id.clone()).collect();
    offer(journals, view).map(|offer| Box::new(offer) as Box<dyn Surface>)
}

fn offer(journals: &[Journal], view: View<'_>) -> Option<Confirm> {
    let open: Vec<&Journal> = journals.iter().filter(|one| !one.is_locked).collect();
    if open.is_empty() {
        return None;
    }
    let mut lines = vec![
        format!("account  {}", account(view)),
        "These redrives were interrupted; nothing of them is lost.".to_owned(),
        String::new(),
    ];
    lines.extend(
        open.iter()
            .map(|journal| format!("· {}", unfinished_line(journal))),
    );
    let locked = journals.len() - open.len();
    if locked > 0 {
        lines.push(format!(
            "· {locked} more: another process works at it, skipped"
        ));
    }
    lines.push(String::new());
    lines.push("Resuming finishes the plan, letters never begun included.".to_owned());
    let mut resume: Vec<Action> = open
        .iter()
        .map(|journal| step(Step::Resume(journal.plan.id.clone())))
        .collect();
    resume.push(Action::Ui(ui::Action::Focus(LETTERS)));
    let button = if open.len() == 1 {
        "Resume".to_owned()
    } else {
        format!("Resume all {}", open.len())
    };
    Some(Confirm::new("Unfinished redrives", lines, button, resume))
}

/// An interrupted redrive, in one line.
pub fn unfinished_line(journal: &Journal) -> String {
    let plan = &journal.plan;
    let count = match &plan.scope {
        Scope::Selection(chosen) => words::letters(chosen.len() as u64),
        Scope::Standing {
            limit: Some(limit), ..
        } => format!("up to {}", words::letters(*limit)),
        Scope::Standing { .. } => "every letter that fits".to_owned(),
    };
    let so_far = journal.tally.map_or_else(String::new, |tally| {
        format!(": {}", so_far(&plan.scope, &tally))
    });
    format!(
        "{count}, {} → {}, of {}{so_far}",
        plan.source.resource_name(),
        plan.goes_to(),
        words::moment(plan.created),
    )
}

/// What its journal says of an interrupted redrive; how many are left only where the plan says
/// how many there are.
fn so_far(scope: &Scope, tally: &Tally) -> String {
    let done = tally.moved + tally.deleted;
    let mut parts = vec![format!("{} done", age::count(done))];
    match scope {
        Scope::Selection(chosen) => {
            let left = (chosen.len() as u64).saturating_sub(done + tally.failed);
            parts.push(format!("{} left", age::count(left)));
        }
        Scope::Standing { .. } => {
            parts.push(format!("{} begun", age::count(tally.pending)));
        }
    }
    if tally.failed > 0 {
        parts.push(format!("{} failed", age::count(tally.failed)));
    }
    if tally.not_judged > 0 {
        let count = age::count(tally.not_judged);
        parts.push(format!("{count} could not be judged"));
    }
    parts.join(", ")
}

/// The same, one by one.
pub fn unfinished(view: View<'_>) -> Outcome {
    let store = view.store;
    let place = account(view);
    if let Some(problem) = store.letters.journals_problem() {
        return info(&format!("the journals could not be read: {problem}"));
    }
    let journals = store.letters.journals();
    if journals.is_empty() {
        return info("no redrive was left unfinished");
    }
    let items = journals
        .iter()
        .map(|journal| {
            let line = unfinished_line(journal);
            let name = journal.plan.source.resource_name().to_owned();
            let journal = journal.clone();
            let label = if journal.is_locked {
                format!("{name} (locked: another process works at it)")
            } else {
                name
            };
            let place = place.clone();
            let choice = opens(move || resume(&journal, &place));
            item(label, line, choice)
        })
        .collect();
    Outcome::open(Picker::new("Unfinished redrives", items))
}

/// Asks whether an interrupted redrive is to be finished.
pub fn ask_resume(journal: &Journal, view: View<'_>) -> Outcome {
    if journal.is_locked {
        return info("another process works at this journal: it cannot be resumed here");
    }
    Outcome::open(resume(journal, &account(view)))
}

fn resume(journal: &Journal, account: &str) -> Confirm {
    let lines = vec![
        format!("account  {account}"),
        unfinished_line(journal),
        String::new(),
        "Resuming finishes the plan, letters never begun included.".to_owned(),
    ];
    let resume = vec![step(Step::Resume(journal.plan.id.clone()))];
    Confirm::new("Resume", lines, "Resume", resume)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::redrive::Chosen;

    #[test]
    fn an_interrupted_redrive_says_how_far_it_came() {
        let tally = Tally {
            read: 120,
            moved: 100,
            failed: 2,
            pending: 18,
            ..Tally::default()
        };
        let chosen = |number: u32| Chosen {
            id: number.to_string().into(),
            edited: None,
        };
        let selection = Scope::Selection((0..186).map(chosen).collect());
        assert_eq!(so_far(&selection, &tally), "100 done, 84 left, 2 failed");
        let standing = Scope::Standing {
            filter: None,
            limit: None,
        };
        assert_eq!(
            so_far(&standing, &Tally { failed: 0, ..tally }),
            "100 done, 18 begun"
        );
    }
}
