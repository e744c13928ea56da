//! `lambdeck dlq peek`: letters, decoded, and given back.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Desk,
    args::PeekArgs,
    choice,
    reading::{Consented, Reading},
};
use crate::{
    cli::{Outcome, args::Output, headless, output::Table},
    domain::{
        age,
        letter::{ErrorSource, Letter, Origin, predicate::Predicate, record},
        queue::line,
    },
    ports::Session,
    store::letters::{LookEnd, desk::SAMPLE},
};

pub(super) async fn run<S: Session>(
    desk: &Desk<'_, S>,
    args: PeekArgs,
) -> Result<Outcome, Outcome> {
    let predicate = choice::predicate(&args.choice)?;
    let queue = desk.find("QUEUE", &args.queue).await?;
    let consented = if args.yes {
        Consented::Yes
    } else {
        Consented::No
    };
    let Some(mut reading) = Reading::open(desk, &queue, consented).await? else {
        headless::tell("lambdeck: nothing was read: add --yes to look all the same");
        return Err(Outcome::Failed);
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = find(desk, &mut reading, &predicate, limit).await;
    let now = desk.context.clock.now();
    let region = desk.gate.region();
    let lines: Vec<String> = match args.output {
        _ if found.letters.is_empty() => Vec::new(),
        Output::Json => {
            let lines = found.letters.iter().map(|letter| object(letter, region));
            lines.map(|line| Value::Object(line).to_string()).collect()
        }
        Output::Table => table(&found.letters, now).lines(),
    };
    let printed = super::print(&lines);
    reading.give_back().await;
    let shown = found.letters.len();
    match found.end {
        LookEnd::Failed(error) => desk.told(Err(error)),
        LookEnd::Stopped => Err(Outcome::Failed),
        LookEnd::Sample if shown < limit => {
            headless::tell(format_args!(
                "{shown} of the first {} letters match; there are more letters",
                found.read
            ));
            printed
        }
        _ => printed,
    }
}

/// What a search found.
struct Found {
    letters: Vec<Letter>,
    read: usize,
    end: LookEnd,
}

/// Reads in rounds until so many letters match, the queue ends, or the sample is full.
async fn find<S: Session>(
    desk: &Desk<'_, S>,
    reading: &mut Reading<'_, S>,
    predicate: &Predicate,
    limit: usize,
) -> Found {
    let mut found = Found {
        letters: Vec::new(),
        read: 0,
        end: LookEnd::Sample,
    };
    let most = limit.max(SAMPLE);
    while found.letters.len() < limit && found.read < most {
        let wanted = if predicate.is_empty() {
            limit - found.letters.len()
        } else {
            limit.max(100)
        };
        let round = reading.round(wanted.min(most - found.read)).await;
        found.read += round.letters.len();
        let now = desk.context.clock.now();
        let room = limit - found.letters.len();
        let matching = round
            .letters
            .into_iter()
            .filter(|letter| predicate.matches(letter, now));
        found.letters.extend(matching.take(room));
        found.end = round.end;
        if !matches!(found.end, LookEnd::Sample | LookEnd::Budget) {
            break;
        }
    }
    found
}

pub(super) fn table<'a>(letters: impl IntoIterator<Item = &'a Letter>, now: Timestamp) -> Table {
    let mut table = Table::new(&[
        ("AGE", true),
        ("EXPIRES", true),
        ("RECEIVED", true),
        ("ORIGIN", false),
        ("ERROR", false),
        ("SIZE", true),
        ("ID", false),
    ]);
    for letter in letters {
        let system = &letter.message.system;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        table.row([
            or_dash(system.sent.map(|sent| age::age(now, sent))),
            or_dash(letter.expires.map(|expires| age::age(expires, now))),
            system.receive_count.to_string(),
            letter.origin.title().to_owned(),
            or_dash(letter.error.as_ref().map(|error| short(&error.headline()))),
            age::bytes(letter.message.bytes() as u64),
            letter.message.id.to_string(),
        ]);
    }
    table
}

/// The first line of an error, as much as fits beside the rest.
fn short(error: &str) -> String {
    const LONGEST: usize = 60;
    let line = error.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A letter: the message by the names of the API, and what it means by ours.
fn object(letter: &Letter, region: &str) -> Map<String, Value> {
    let mut object = line::of_message(&letter.message);
    let error = letter.error.as_ref();
    let function = letter.function.as_ref();
    let event = record::lambda_event(letter, region, None);
    let fields = [
        ("Origin", origin(&letter.origin)),
        (
            "ErrorCode",
            json!(error.and_then(|error| error.code.as_ref())),
        ),
        (
            "ErrorType",
            json!(error.and_then(|error| error.kind.as_ref().filter(|_| !error.is_kind_inferred))),
        ),
        ("ErrorMessage", json!(error.map(|error| &error.message))),
        (
            "ErrorSource",
            json!(error.map(|error| match error.source {
                ErrorSource::Letter => "letter",
                ErrorSource::Logs => "logs",
            })),
        ),
        ("FunctionArn", json!(function.map(|function| &function.arn))),
        (
            "Qualifier",
            json!(function.and_then(|function| function.qualifier.as_ref())),
        ),
        (
            "FunctionInferred",
            json!(function.map(|function| function.inferred)),
        ),
        ("RequestId", json!(letter.request_id)),
        ("Expires", json!(letter.expires)),
        ("Bytes", json!(letter.message.bytes())),
        (
            "NoEvent",
            json!(event.as_ref().err().map(|reason| reason.reason())),
        ),
        (
            "Event",
            event.map_or(Value::Null, |event| readable(event.reveal())),
        ),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    object
}

/// An event without handles: they are a right to delete the letter.
fn readable(event: &str) -> Value {
    let mut event: Value = serde_json::from_str(event).unwrap_or(Value::Null);
    let records = event.get_mut("Records").and_then(Value::as_array_mut);
    for record in records
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        record.remove("receiptHandle");
    }
    event
}

fn origin(origin: &Origin) -> Value {
    let title = origin.title();
    match origin {
        Origin::Queue { source } => json!({ "Type": title, "Source": source }),
        Origin::AsyncDestination { condition } => {
            json!({ "Type": title, "Condition": condition })
        }
        Origin::Stream {
            stream,
            shard,
            range,
            batch_size,
            condition,
        } => json!({
            "Type": title,
            "Stream": stream,
            "ShardId": shard,
            "StartSequenceNumber": range.as_ref().map(|range| &range.0),
            "EndSequenceNumber": range.as_ref().map(|range| &range.1),
            "BatchSize": batch_size,
            "Condition": condition,
        }),
        Origin::EventBridge {
            rule,
            target,
            condition,
        } => json!({ "Type": title, "Rule": rule, "Target": target, "Condition": condition }),
        Origin::Sns { topic } => json!({ "Type": title, "Topic": topic }),
        Origin::AsyncDeadLetter | Origin::Unknown => json!({ "Type": title }),
    }
}
