//! Sending messages from a file: all of it is read and checked before the first one is sent, and
//! what became of each is told.
//!
//! Not responsible for where the text comes from, nor for announcing: the caller shows the
//! [`Warrant`].

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::gate::{Gate, Warrant};
use crate::{
    domain::{
        activity::{End, Ending},
        age, encoding,
        function::Arn,
        queue::{
            BATCH, BatchAnswer, MAX_BYTES, OpenQueue, Outgoing, QueueAttributes, Sent,
            line::{self, Line, Place},
        },
    },
    ports::{ApiError, ErrorKind, Outcome},
};

/// A longer input is not read: it has to fit in memory, so that it is checked as a whole.
const READ_LIMIT: u64 = 1 << 30;
/// Requests under way at once; FIFO is sent in order, one by one.
const AT_ONCE: usize = 8;

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// Sent, under this message id.
    Sent(String),
    /// Certainly not sent, and why.
    Refused(String),
    /// Perhaps sent.
    Unknown(String),
    /// Not tried: an earlier one failed, or it was stopped.
    Left,
}

/// What became of all lines.
#[derive(Debug, Default)]
pub struct Report {
    /// Each by its place in the file, in its order.
    pub lines: Vec<(Place, Became)>,
    /// The first request that failed as a whole.
    pub failure: Option<ApiError>,
}

/// The equation of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Sent.
    pub sent: usize,
    /// Certainly not sent.
    pub failed: usize,
    /// Perhaps sent.
    pub unknown: usize,
    /// Not tried.
    pub left: usize,
}

impl Sum {
    /// How the import ended, for the activity log.
    pub fn end(&self) -> End {
        let result = match self {
            Self { unknown: 1.., .. } => Ending::Unknown,
            Self { failed: 1.., .. } => Ending::Failed,
            // Nothing failed before them: the user stopped it.
            Self { left: 1.., .. } => Ending::Stopped,
            _ => Ending::Done,
        };
        End::of(result, self.to_string())
    }
}

/// The text of a file, or of standard input for `-`. Blocking.
///
/// # Errors
/// When it cannot be read, is no text, or is larger than 1 GiB; with its path.
pub fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().take(READ_LIMIT).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(READ_LIMIT).read_to_end(&mut bytes))
    };
    let shown = path.display();
    match read {
        Ok(read) if (read as u64) < READ_LIMIT => {
            encoding::text(bytes).map_err(|what| format!("{shown} {what}"))
        }
        Ok(_) => Err(format!(
            "{shown}: more than {} is not read",
            age::bytes(READ_LIMIT)
        )),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// Messages that can be sent to their queue as they are.
#[derive(Debug)]
pub struct Ready {
    /// How many.
    pub lines: usize,
    /// Of these so many are messages as `export` or SQS writes them; the others are bodies.
    pub messages: usize,
    /// Their bytes.
    pub bytes: u64,
    /// As requests.
    pub batches: Vec<Vec<Line>>,
}

/// Every message of a text, checked and made ready for the queue. One without a group goes to
/// `group`.
///
/// # Errors
/// The first that is bad, by its line.
pub fn ready(input: &str, to: &OpenQueue, group: Option<&str>) -> Result<Ready, String> {
    let lines = lines(input, to, group)?;
    Ok(Ready {
        lines: lines.len(),
        messages: lines.iter().filter(|line| line.is_message).count(),
        bytes: lines.iter().map(|line| line.message.bytes() as u64).sum(),
        batches: batches(lines, to.is_fifo()),
    })
}

/// One message, as a request.
pub fn one(message: Outgoing) -> Vec<Vec<Line>> {
    let place = Place {
        line: 1,
        item: None,
    };
    vec![vec![Line {
        place,
        message,
        is_message: true,
    }]]
}

fn lines(input: &str, to: &OpenQueue, group: Option<&str>) -> Result<Vec<Line>, String> {
    let settings = to.attributes().cloned().unwrap_or_default();
    let largest = settings.maximum_bytes.unwrap_or(MAX_BYTES as u64);
    let mut lines = line::read(input)?;
    for line in &mut lines {
        let bytes = line.message.bytes() as u64;
        let why = if bytes > largest {
            Err(format!("{bytes} bytes, and this queue takes {largest}"))
        } else {
            fit(line, (to.arn(), &settings), group)
        };
        why.map_err(|why| format!("{}: {why}", line.place))?;
    }
    Ok(lines)
}

/// Gives a message what its queue asks for, and takes what it forbids.
fn fit(
    line: &mut Line,
    (queue, settings): (&Arn, &QueueAttributes),
    group: Option<&str>,
) -> Result<(), String> {
    let (place, message) = (line.place, &mut line.message);
    if message.group.is_none() {
        message.group = group.map(str::to_owned);
    }
    if !settings.fifo {
        message.deduplication_id = None;
        return Ok(());
    }
    if message.group.is_none() {
        return Err(
            "a FIFO queue needs a group: put MessageGroupId into Attributes, or give --group"
                .to_owned(),
        );
    }
    // Of the line, not random: the same file sent again within five minutes is not sent twice.
    if message.deduplication_id.is_none() && !settings.content_based_deduplication {
        message.deduplication_id = Some(deduplication_id(queue, place, message));
    }
    Ok(())
}

fn deduplication_id(queue: &Arn, place: Place, message: &Outgoing) -> String {
    let mut hash = Sha256::new();
    for part in [queue.as_str(), &place.to_string(), message.body.reveal()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(hash)
}

/// What tells one text from another.
pub fn digest(text: &str) -> String {
    hex(Sha256::new().chain_update(text))
}

fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

/// Sends what is ready until `is_stopped`; on FIFO in order, and nothing after a failure. What no
/// later request can mend either (denied, expired) ends it everywhere.
pub async fn send(
    gate: &Gate,
    warrant: &Warrant,
    to: &OpenQueue,
    batches: Vec<Vec<Line>>,
    is_stopped: impl Fn() -> bool,
) -> Report {
    let is_fifo = to.is_fifo();
    let at_once = if is_fifo { 1 } else { AT_ONCE };
    let is_over = AtomicBool::new(false);
    let (is_over, is_stopped) = (&is_over, &is_stopped);
    let requests = batches.into_iter().map(|batch| async move {
        let (places, messages): (Vec<Place>, Vec<Outgoing>) = batch
            .into_iter()
            .map(|line| (line.place, line.message))
            .unzip();
        if is_over.load(Ordering::Relaxed) || is_stopped() {
            let left = places.into_iter().map(|place| (place, Became::Left));
            return (left.collect(), None);
        }
        let answer = gate.send_batch(warrant, to, &messages).await;
        let (became, failure) = became(&places, answer);
        let is_final = failure
            .as_ref()
            .is_some_and(|error| !error.is_transient() && error.kind != ErrorKind::Invalid);
        let is_whole = became
            .iter()
            .all(|(_, became)| matches!(became, Became::Sent(_)));
        if is_final || (is_fifo && !is_whole) {
            is_over.store(true, Ordering::Relaxed);
        }
        (became, failure)
    });
    let mut answers = stream::iter(requests).buffered(at_once);
    let mut report = Report::default();
    while let Some((became, failure)) = answers.next().await {
        report.lines.extend(became);
        report.failure = report.failure.or(failure);
    }
    report
}

fn became(
    places: &[Place],
    answer: Result<BatchAnswer<Sent>, ApiError>,
) -> (Vec<(Place, Became)>, Option<ApiError>) {
    let entries = match answer {
        Ok(entries) => entries,
        Err(error) => {
            let why = error.to_string();
            let became = match error.outcome() {
                Outcome::NotDone => Became::Refused(why),
                Outcome::Unknown => Became::Unknown(why),
            };
            let all = places.iter().map(|&place| (place, became.clone()));
            return (all.collect(), Some(error));
        }
    };
    let entries = entries.into_iter().map(|entry| match entry {
        Ok(sent) => Became::Sent(sent.id),
        Err(error) => {
            let why = format!("{}: {}", error.code, error.message);
            if error.may_be_done() {
                Became::Unknown(why)
            } else {
                Became::Refused(why)
            }
        }
    });
    (places.iter().copied().zip(entries).collect(), None)
}

impl Report {
    /// The equation that accounts for every line.
    pub fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for (_, became) in &self.lines {
            match became {
                Became::Sent(_) => sum.sent += 1,
                Became::Refused(_) => sum.failed += 1,
                Became::Unknown(_) => sum.unknown += 1,
                Became::Left => sum.left += 1,
            }
        }
        sum
    }

    /// The equation, and why the first line that was not surely sent was not.
    pub fn shown(&self) -> String {
        let sum = self.sum();
        match self.reason() {
            None => sum.to_string(),
            Some(why) => format!("{sum} ({why})"),
        }
    }

    /// Why the first line that was not surely sent was not.
    pub fn reason(&self) -> Option<&str> {
        self.lines.iter().find_map(|(_, became)| match became {
            Became::Refused(why) | Became::Unknown(why) => Some(why.as_str()),
            Became::Sent(_) | Became::Left => None,
        })
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
mod tests;
