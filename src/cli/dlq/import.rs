//! `lambdeck dlq import`: sends messages from JSON Lines. Every line is read and checked before
//! the first one is sent, and each one's new id is told.

use std::{io::Read as _, path::Path};

use anyhow::Context as _;
use futures::{StreamExt as _, stream};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Desk, args::ImportArgs, queue::Queue};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        activity::{End, Ending},
        age,
        queue::{
            BATCH, BatchAnswer, MAX_BYTES, Outgoing, Sent,
            line::{self, Line},
        },
    },
    ports::{ApiError, Operation, Outcome as Effect, Session},
    runtime::{
        gate::{Intention, Warrant},
        runner,
    },
};

/// A longer input is not read: it has to fit in memory, so that it is checked as a whole.
const READ_LIMIT: u64 = 1 << 30;
/// Requests under way at once; FIFO is sent in order, one by one.
const AT_ONCE: usize = 8;

/// What became of a line.
enum Became {
    Sent(String),
    /// Certainly not sent, and why.
    Refused(String),
    /// Perhaps sent.
    Unknown(String),
    /// Not tried: an earlier one failed, or it was stopped.
    Left,
}

pub(super) async fn run<S: Session>(
    desk: &Desk<'_, S>,
    args: ImportArgs,
) -> Result<Outcome, Outcome> {
    super::queue::address("QUEUE", &args.queue)?;
    let path = args.file.clone();
    // Whoever writes the other end of a pipe may take their time.
    let reading = desk.unless_stopped(runner::blocking(move || input(&path)));
    let input = match reading.await? {
        Some(Ok(input)) => input,
        Some(Err(error)) => {
            headless::tell(format_args!("lambdeck: nothing was sent: {error:#}"));
            return Err(Outcome::Failed);
        }
        None => return Err(Outcome::Failed),
    };
    let queue = desk.find("QUEUE", &args.queue).await?;
    let lines = match lines(&input, &queue, args.group.as_deref()) {
        Ok(lines) => lines,
        Err(error) => {
            let file = args.file.display();
            headless::tell(format_args!(
                "lambdeck: nothing was sent: {file}: line {error}"
            ));
            return Err(Outcome::Failed);
        }
    };
    drop(input);
    let name = queue.name();
    let messages = lines.iter().filter(|line| line.is_message).count();
    let bytes: usize = lines.iter().map(|line| line.message.bytes()).sum();
    let batches = batches(lines, queue.attributes.fifo);
    let count: usize = batches.iter().map(Vec::len).sum();
    headless::tell(format_args!(
        "{name}: {count} to send ({messages} messages, {} bodies), {}, {} SendMessageBatch",
        count - messages,
        age::bytes(bytes as u64),
        batches.len(),
    ));
    if args.consent.dry_run {
        headless::tell("nothing was sent: this was a dry run");
        return Ok(Outcome::Done);
    }
    if count == 0 {
        return Ok(Outcome::Done);
    }
    desk.authorise(Operation::SendMessageBatch).await?;
    let intention = Intention {
        operation: Operation::SendMessageBatch,
        target: queue.arn.to_string(),
        summary: format!("import {count} messages to {name}"),
        command: format!(
            "lambdeck dlq import --region {} {} messages.jsonl --yes",
            desk.gate.region(),
            queue.arn
        ),
    };
    let warrant = desk.told(desk.gate.announce(intention).await)?;
    let report = send(desk, &warrant, &queue, batches).await;
    let sum = Sum::of(&report);
    let result = match &sum {
        sum if sum.sent == count => Ending::Done,
        sum if sum.unknown > 0 => Ending::Unknown,
        _ => Ending::Failed,
    };
    let end = End::of(result, sum.to_string());
    desk.gate
        .complete(&warrant, Operation::SendMessageBatch, end)
        .await;
    let lines = match args.output {
        Output::Json => report.iter().map(json_line).collect(),
        Output::Table => table(&report).lines(),
    };
    super::print(&lines)?;
    headless::tell(format_args!("{name}: {sum}"));
    Ok(if sum.sent == count {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

/// The text of a file, or of standard input for `-`.
fn input(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(READ_LIMIT).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(READ_LIMIT).read_to_string(&mut text))
    };
    let read = read.with_context(|| path.display().to_string())?;
    anyhow::ensure!(
        (read as u64) < READ_LIMIT,
        "{}: more than {} is not read",
        path.display(),
        age::bytes(READ_LIMIT)
    );
    Ok(text)
}

/// Every line, made ready for the queue; or the first bad one, by its number.
fn lines(input: &str, queue: &Queue, group: Option<&str>) -> Result<Vec<Line>, String> {
    let largest = queue.attributes.maximum_bytes.unwrap_or(MAX_BYTES as u64);
    let mut lines = Vec::new();
    for (index, text) in input.lines().enumerate() {
        let number = index + 1;
        let refused = |why: String| format!("{number}: {why}");
        let Some(mut line) = line::parse(number, text).map_err(refused)? else {
            continue;
        };
        let message = &mut line.message;
        let bytes = message.bytes() as u64;
        if bytes > largest {
            return Err(refused(format!(
                "{bytes} bytes, and this queue takes {largest}"
            )));
        }
        if message.group.is_none() {
            message.group = group.map(str::to_owned);
        }
        if queue.attributes.fifo {
            if message.group.is_none() {
                return Err(refused(
                    "a FIFO queue needs a group: put MessageGroupId into Attributes, or give --group"
                        .to_owned(),
                ));
            }
            // Of the line, not random: the same file sent again within five minutes is not
            // sent twice.
            if message.deduplication_id.is_none() && !queue.attributes.content_based_deduplication {
                message.deduplication_id = Some(deduplication_id(queue, number, message));
            }
        } else {
            message.deduplication_id = None;
        }
        lines.push(line);
    }
    Ok(lines)
}

fn deduplication_id(queue: &Queue, number: usize, message: &Outgoing) -> String {
    let mut hash = Sha256::new();
    for part in [
        queue.arn.as_str(),
        &number.to_string(),
        message.body.reveal(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Ten lines and 1 MiB at most in a request, in the order of the file.
fn batches(lines: Vec<Line>, is_fifo: bool) -> Vec<Vec<Line>> {
    let mut batches: Vec<Vec<Line>> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        let size = line.message.bytes();
        // One refused entry must not let a later one of its group pass: on FIFO a request has
        // each group once, at the cost of more requests.
        let has_group = |batch: &Vec<Line>| {
            is_fifo
                && batch
                    .iter()
                    .any(|one| one.message.group == line.message.group)
        };
        match batches.last_mut() {
            Some(batch)
                if batch.len() < BATCH && bytes + size <= MAX_BYTES && !has_group(batch) =>
            {
                bytes += size;
                batch.push(line);
            }
            _ => {
                bytes = size;
                batches.push(vec![line]);
            }
        }
    }
    batches
}

/// Sends what is ready; on FIFO in order, and nothing after a failure.
async fn send<S: Session>(
    desk: &Desk<'_, S>,
    warrant: &Warrant,
    queue: &Queue,
    batches: Vec<Vec<Line>>,
) -> Vec<(usize, Became)> {
    let at_once = if queue.attributes.fifo { 1 } else { AT_ONCE };
    let is_over = std::cell::Cell::new(false);
    let is_over = &is_over;
    let requests = batches.into_iter().map(|batch| async move {
        let (numbers, messages): (Vec<usize>, Vec<Outgoing>) = batch
            .into_iter()
            .map(|line| (line.number, line.message))
            .unzip();
        if is_over.get() || desk.stop.is_cancelled() {
            return numbers
                .into_iter()
                .map(|number| (number, Became::Left))
                .collect();
        }
        let answer = desk.gate.send_batch(warrant, &queue.url, &messages).await;
        let became = became(&numbers, answer);
        let failed = became
            .iter()
            .any(|(_, one)| !matches!(one, Became::Sent(_)));
        is_over.set(is_over.get() || failed && queue.attributes.fifo);
        became
    });
    let report: Vec<Vec<(usize, Became)>> =
        stream::iter(requests).buffered(at_once).collect().await;
    report.into_iter().flatten().collect()
}

fn became(numbers: &[usize], answer: Result<BatchAnswer<Sent>, ApiError>) -> Vec<(usize, Became)> {
    let entries = match answer {
        Ok(entries) => entries,
        Err(error) => {
            let all = numbers.iter().map(|&number| {
                let why = error.to_string();
                let became = match error.outcome() {
                    Effect::NotDone => Became::Refused(why),
                    Effect::Unknown => Became::Unknown(why),
                };
                (number, became)
            });
            return all.collect();
        }
    };
    let entries = entries.into_iter().map(|entry| match entry {
        Ok(sent) => Became::Sent(sent.id),
        Err(error) => Became::Refused(format!("{}: {}", error.code, error.message)),
    });
    numbers.iter().copied().zip(entries).collect()
}

fn json_line((number, became): &(usize, Became)) -> String {
    let line = match became {
        Became::Sent(id) => json!({ "Line": number, "MessageId": id }),
        Became::Refused(why) => json!({ "Line": number, "Failed": why }),
        Became::Unknown(why) => json!({ "Line": number, "Unknown": why }),
        Became::Left => json!({ "Line": number, "Failed": "not sent" }),
    };
    line.to_string()
}

fn table(report: &[(usize, Became)]) -> Table {
    let mut table = Table::new(&[("LINE", true), ("NEW ID", false)]);
    for (number, became) in report {
        let became = match became {
            Became::Sent(id) => id.clone(),
            Became::Refused(why) => format!("failed: {why}"),
            Became::Unknown(why) => format!("perhaps sent: {why}"),
            Became::Left => "not sent".to_owned(),
        };
        table.row([number.to_string(), became]);
    }
    table
}

/// The equation of an import.
#[derive(Default)]
struct Sum {
    sent: usize,
    failed: usize,
    unknown: usize,
    left: usize,
}

impl Sum {
    fn of(report: &[(usize, Became)]) -> Self {
        let mut sum = Self::default();
        for (_, became) in report {
            match became {
                Became::Sent(_) => sum.sent += 1,
                Became::Refused(_) => sum.failed += 1,
                Became::Unknown(_) => sum.unknown += 1,
                Became::Left => sum.left += 1,
            }
        }
        sum
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            sent,
            failed,
            unknown,
            left,
        } = self;
        let all = sent + failed + unknown + left;
        write!(
            f,
            "{all} lines = {sent} sent + {failed} failed + {unknown} unknown + {left} not tried"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::QueueAttributes;

    fn queue(fifo: bool) -> Queue {
        Queue::sample(QueueAttributes {
            fifo,
            maximum_bytes: Some(100),
            ..QueueAttributes::default()
        })
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_in_the_file() {
        let queue = queue(false);
        let refused = |input: &str| lines(input, &queue, None).expect_err(input);
        assert!(refused("{}\n\n{").starts_with("3: this is not JSON"));
        let long = format!("{{}}\n\"{}\"", "x".repeat(100));
        assert!(refused(&long).starts_with("2: 102 bytes, and this queue takes 100"));
        assert_eq!(lines("\n\n", &queue, None).expect("nothing"), Vec::new());
    }

    #[test]
    fn fifo_needs_a_group_and_gets_an_id_that_stays() {
        let queue = queue(true);
        let refused = lines("1\n", &queue, None).expect_err("no group");
        assert!(refused.contains("--group"), "{refused}");
        let ids = |input: &str| -> Vec<String> {
            let lines = lines(input, &queue, Some("g")).expect("good");
            let ids = lines.into_iter().map(|line| line.message.deduplication_id);
            ids.map(|id| id.expect("an id")).collect()
        };
        assert_eq!(ids("1\n1\n"), ids("1\n1\n"), "the same file, the same ids");
        assert_ne!(
            ids("1\n1\n")[0],
            ids("1\n1\n")[1],
            "equal bodies are two messages"
        );
    }

    #[test]
    fn a_request_has_ten_lines_and_a_mebibyte_at_most_and_a_group_once() {
        let many: String = (0..25).map(|n| format!("{n}\n")).collect();
        let sizes = |lines: Vec<Line>, fifo| -> Vec<usize> {
            batches(lines, fifo).iter().map(Vec::len).collect()
        };
        let plain = lines(&many, &queue(false), None).expect("good");
        assert_eq!(sizes(plain, false), [10, 10, 5]);
        let grouped = lines("1\n2\n3\n", &queue(true), Some("g")).expect("good");
        assert_eq!(sizes(grouped, true), [1, 1, 1]);
        let half = format!("\"{}\"", "x".repeat(MAX_BYTES / 2));
        let mut large = queue(false);
        large.attributes.maximum_bytes = None;
        let large = lines(&format!("{half}\n{half}\n"), &large, None).expect("good");
        assert_eq!(sizes(large, false), [1, 1], "together they are too large");
    }
}
