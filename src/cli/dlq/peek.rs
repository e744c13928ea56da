//! `lambdeck dlq peek`: letters, decoded, and given back.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Cli,
    args::PeekArgs,
    choice::{self, NotJudged},
    reading::{Consented, Reading},
};
use crate::{
    cli::{
        Outcome,
        args::Output,
        headless,
        output::{Object, Table},
    },
    domain::{
        age,
        letter::{
            Batch, ErrorSource, Letter, NoPayload, Origin,
            batch::{Feed, Poller, Position},
            predicate::Predicate,
            record,
        },
        queue::line,
        secret::Secret,
    },
    store::letters::{LookEnd, queue_letters::SAMPLE},
};

pub(super) async fn run(cli: &Cli<'_>, args: PeekArgs) -> Result<Outcome, Outcome> {
    let predicate = choice::predicate(&args.choice)?;
    let queue = cli.find("QUEUE", &args.queue).await?;
    let consented = if args.yes {
        Consented::Yes
    } else {
        Consented::No
    };
    let Some(mut reading) = Reading::open(cli, &queue, consented).await? else {
        headless::tell("lambdeck: nothing was read: add --yes to look all the same");
        return Err(Outcome::Failed);
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = find(cli, &mut reading, &predicate, limit).await;
    let now = cli.context.clock.now();
    let region = cli.gate.region();
    let lines: Vec<String> = match args.output {
        _ if found.letters.is_empty() => Vec::new(),
        Output::Json => {
            let letters = found.letters.iter();
            letters.map(|letter| object(letter, region)).collect()
        }
        Output::Table => table(&found.letters, now).lines(),
    };
    let printed = super::print(&lines);
    reading.give_back().await;
    let judged = found.not_judged.end(queue.name());
    let printed = printed.map(|_| judged);
    let shown = found.letters.len();
    match found.end {
        LookEnd::Failed(error) => cli.told(Err(error)),
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
    not_judged: NotJudged,
    read: usize,
    end: LookEnd,
}

/// Reads in rounds until so many letters match, the queue ends, or the sample is full.
async fn find(
    cli: &Cli<'_>,
    reading: &mut Reading<'_>,
    predicate: &Predicate,
    limit: usize,
) -> Found {
    let mut found = Found {
        letters: Vec::new(),
        not_judged: NotJudged::default(),
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
        let now = cli.context.clock.now();
        let room = limit - found.letters.len();
        let not_judged = &mut found.not_judged;
        let matching = round
            .letters
            .into_iter()
            .filter(|letter| not_judged.chooses(predicate, letter, now));
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

/// A letter: the message by the names of the API, and what it means by ours; its event as it was
/// sent, digit by digit.
fn object(letter: &Letter, region: &str) -> String {
    let mut object = Object::default();
    for (name, value) in line::of_message(&letter.message) {
        object.member(&name, &value);
    }
    let error = letter.error.as_ref();
    let function = letter.function.as_ref();
    let event = record::shown_event(letter, region);
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
        ("NoEvent", json!(no_event(&event))),
    ];
    for (name, value) in fields {
        object.member(name, &value);
    }
    match &event {
        Ok(event) => object.json("Event", event.reveal()),
        Err(_) => object.member("Event", &Value::Null),
    }
    object.line()
}

/// Why the field for the event is null, if it is.
fn no_event(event: &Result<Secret<String>, NoPayload>) -> Option<&'static str> {
    match event {
        Err(reason) => Some(reason.reason()),
        Ok(event) if event.reveal().trim_ascii() == "null" => Some("the event is the value null"),
        Ok(_) => None,
    }
}

fn origin(origin: &Origin) -> Value {
    let title = origin.title();
    match origin {
        Origin::Queue { source } => json!({ "Type": title, "Source": source }),
        Origin::AsyncDestination { condition } => {
            json!({ "Type": title, "Condition": condition })
        }
        Origin::Batch(batch) => of_batch(batch),
        Origin::EventBridge {
            schedule: Some(schedule),
            target,
            condition,
            is_truncated,
            ..
        } => json!({
            "Type": title,
            "Schedule": schedule,
            "Target": target,
            "Condition": condition,
            "PayloadTruncated": is_truncated,
        }),
        Origin::EventBridge {
            rule,
            target,
            condition,
            ..
        } => json!({ "Type": title, "Rule": rule, "Target": target, "Condition": condition }),
        Origin::Sns { topic } => json!({ "Type": title, "Topic": topic }),
        Origin::AsyncDeadLetter | Origin::Unknown => json!({ "Type": title }),
    }
}

/// A record of a poller: by the names of the record where it is of a stream.
fn of_batch(batch: &Batch) -> Value {
    let place = match batch.feed {
        Feed::Kafka => "TopicPartition",
        Feed::Kinesis | Feed::DynamoDb => "ShardId",
        Feed::Bus => "EventGroupId",
        Feed::DocumentDb | Feed::Other => "Place",
    };
    let [first, last] = match batch.feed {
        Feed::Kafka => ["FirstOffset", "LastOffset"],
        Feed::Kinesis | Feed::DynamoDb => ["StartSequenceNumber", "EndSequenceNumber"],
        Feed::Bus | Feed::DocumentDb | Feed::Other => ["First", "Last"],
    };
    let position = |at: &Position| json!({ place: at.place, first: at.first, last: at.last });
    let mut origin = Map::new();
    let mut put = |name: &str, value: Value| origin.insert(name.to_owned(), value);
    put("Type", batch.title().into());
    put("Feed", batch.feed.title().into());
    match &batch.poller {
        Poller::Mapping => None,
        Poller::Pipe(pipe) => put("Pipe", json!(pipe)),
        Poller::Subscriber(subscriber) => put("Subscriber", json!(subscriber)),
    };
    let source = match batch.feed {
        Feed::Kinesis | Feed::DynamoDb => "Stream",
        Feed::Kafka | Feed::DocumentDb => "Cluster",
        Feed::Bus => "Bus",
        Feed::Other => "Source",
    };
    put(source, json!(batch.source));
    if let Some(servers) = &batch.servers {
        put("BootstrapServers", json!(servers));
    }
    // A batch of a stream is of one shard.
    if let (Feed::Kinesis | Feed::DynamoDb, [at]) = (batch.feed, &batch.positions[..]) {
        put(place, json!(at.place));
        put(first, json!(at.first));
        put(last, json!(at.last));
    } else {
        put("Positions", batch.positions.iter().map(position).collect());
    }
    put("BatchSize", json!(batch.size));
    put("Condition", json!(batch.condition));
    let details = batch.details.iter();
    let details = details.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    put("Details", Value::Object(details.collect()));
    Value::Object(origin)
}

#[cfg(test)]
mod tests {
    use crate::domain::{
        function::Arn,
        letter::{decode, decode::Known, sample::message},
    };

    use super::*;

    #[test]
    fn an_event_is_told_as_it_was_sent_or_why_there_is_none() {
        let deep = format!(
            "{{\"n\":7,\"d\":{}{}}}",
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        let told = |body: &str| object(&decode(message(body), &Known::default()), "eu-west-1");
        for body in [
            r#"{"id":"surrogate","text":"cut \ud83d","n":7}"#,
            r#"{"id":"bignum","n":7,"e":1E400}"#,
            r#"{"id":1,"n":18446744073709551616123,"price":10.10,"f":0.1000000000000000055511151231257827}"#,
            r#"{"b":1,"a":2,"b":-0}"#,
            deep.as_str(),
        ] {
            let line = told(body);
            assert!(
                line.ends_with(&format!(",\"NoEvent\":null,\"Event\":{body}}}")),
                "{line}"
            );
        }
        let laid_out = told("{\n  \"price\": 10.10,\r\n  \"a\\n\": [ 1E400 ]\n}");
        assert!(laid_out.ends_with("\"Event\":{\"price\":10.10,\"a\\n\":[1E400]}}"));
        assert_eq!(laid_out.lines().count(), 1);
        for (body, why) in [("no json", "not JSON"), (" null ", "the value null")] {
            let line: Value = serde_json::from_str(&told(body)).expect("JSON");
            assert_eq!(line["Event"], Value::Null);
            assert!(
                line["NoEvent"].as_str().is_some_and(|no| no.contains(why)),
                "{line}"
            );
        }
    }

    #[test]
    fn the_record_of_a_queue_has_no_handle_and_the_body_as_it_was() {
        let body = r#"{"text":"cut \ud83d","e":1E400}"#;
        let mut message = message(body);
        message.system.dead_letter_source = Some(Arn::new("arn:aws:sqs:eu-west-1:1:orders"));
        let line = object(&decode(message, &Known::default()), "eu-west-1");
        assert!(!line.contains("andle"), "{line}");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line["Event"]["Records"][0]["body"], body);
        assert_eq!(line["Body"], body);
    }
}
