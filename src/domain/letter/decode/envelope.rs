//! The envelopes that a body can be: destinations of Lambda, records of pollers, notifications of
//! SNS, one in another.

use memchr::memmem;

use super::{
    Arn, ErrorSource, Found, LetterError, LetterFunction, NoPayload, Origin, OriginalEvent,
    event_from,
    member::{get, items, members, scalar, string},
};
use crate::domain::letter::batch::{Batch, Feed, Poller, Position};

/// So many envelopes in one another are opened; AWS makes two.
const LAYERS: usize = 8;
/// So many positions, and details, of a batch are kept.
const MOST: usize = 1_000;
/// What envelopes name: a body without any of them need not be read.
const SIGNS: [&str; 4] = ["BatchInfo", "requestContext", "TopicArn", "failedMessages"];

type Members<'a> = Vec<(String, &'a str)>;

/// What a body tells by itself; none if it is no envelope.
pub(super) fn read(body: &str) -> Option<Found> {
    let has = |sign: &&str| memmem::find(body.as_bytes(), sign.as_bytes()).is_some();
    SIGNS.iter().any(has).then(|| read_layer(body, LAYERS))?
}

fn read_layer(body: &str, layers: usize) -> Option<Found> {
    let outer = members(body)?;
    batch(&outer)
        .or_else(|| destination(&outer))
        .or_else(|| subscriber(&outer))
        .or_else(|| notification(&outer, layers))
}

/// An on-failure record of an event source mapping, or of a pipe: of both a member tells of the
/// batch (`KinesisBatchInfo`, Lambda's and EventBridge's documentation). The one has
/// `requestContext` beside it, the other `context`.
fn batch(outer: &[(String, &str)]) -> Option<Found> {
    let (name, info) = outer
        .iter()
        .find(|(name, _)| name.ends_with("BatchInfo"))
        .and_then(|(name, value)| Some((name, members(value)?)))?;
    let context = |name: &str| get(outer, name).and_then(members);
    let (request, pipe) = (context("requestContext"), context("context"));
    if request.is_none() && pipe.is_none() {
        return None;
    }
    let of = |context: &Option<Members<'_>>, name: &str| {
        let context = context.as_ref()?;
        get(context, name).and_then(scalar)
    };
    let condition = of(&request, "condition").or_else(|| of(&pipe, "condition"));
    let arn = of(&pipe, "partnerResourceArn").map(Arn::new);
    let poller = match request {
        None => Poller::Pipe(arn),
        Some(_) => Poller::Mapping,
    };
    Some(Found {
        error: error(outer, condition.as_deref()),
        function: of(&request, "functionArn")
            .as_deref()
            .and_then(LetterFunction::read),
        request_id: of(&request, "requestId"),
        event: payload(outer),
        origin: Origin::Batch(Box::new(batch_of(poller, Feed::of(name), &info, condition))),
    })
}

/// What a record tells of its batch. What is not known by its name is kept as a detail: AWS adds
/// to these.
fn batch_of(poller: Poller, feed: Feed, info: &Members<'_>, condition: Option<String>) -> Batch {
    let mut batch = Batch {
        poller,
        feed,
        source: None,
        servers: None,
        positions: Vec::new(),
        size: None,
        condition,
        details: Vec::new(),
    };
    let mut only = Position::default();
    for (name, value) in info {
        match (name.as_str(), scalar(value)) {
            ("recordsInfo", None) => {
                let places = members(value).unwrap_or_default();
                let places = places.into_iter().take(MOST);
                batch
                    .positions
                    .extend(places.map(|(place, range)| Position {
                        place: Some(place),
                        ..range_of(range)
                    }));
            }
            ("recordInfo", None) => only = range_of(value),
            (_, None) => {}
            ("streamArn" | "eventSourceArn" | "clusterArn", Some(arn)) => {
                batch.source = Some(Arn::new(arn));
            }
            ("bootstrapServers", Some(servers)) => batch.servers = Some(servers),
            ("batchSize", Some(size)) => batch.size = size.parse().ok(),
            ("shardId", Some(shard)) => only.place = Some(shard),
            ("startSequenceNumber", Some(first)) => only.first = Some(first),
            ("endSequenceNumber", Some(last)) => only.last = Some(last),
            (_, Some(value)) => {
                if batch.details.len() < MOST {
                    batch.details.push((name.clone(), value));
                }
            }
        }
    }
    if only != Position::default() {
        batch.positions.push(only);
    }
    batch
}

/// From where to where, of a topic's partition: `firstRecordOffset` and `lastRecordOffset`, or the
/// `offset` of a single record.
fn range_of(range: &str) -> Position {
    let range = members(range).unwrap_or_default();
    let text = |name: &str| get(&range, name).and_then(scalar);
    Position {
        place: None,
        first: text("firstRecordOffset").or_else(|| text("offset")),
        last: text("lastRecordOffset"),
    }
}

/// A record of a subscriber of a custom event bus: a JSON document that names the events of a
/// batch (EventBridge user guide, «Retry policies and dead-letter queues»).
fn subscriber(outer: &[(String, &str)]) -> Option<Found> {
    let text = |name: &str| get(outer, name).and_then(scalar);
    let failed = items(get(outer, "failedMessages")?)?;
    let (subscriber, bus) = (text("subscriberArn"), text("busArn"));
    if subscriber.is_none() && bus.is_none() {
        return None;
    }
    let position = |event: &&str| {
        let event = members(event)?;
        let text = |name: &str| get(&event, name).and_then(scalar);
        Some(Position {
            place: text("eventGroupId"),
            first: text("eventId"),
            last: None,
        })
    };
    let code = text("errorCode");
    let message = text("errorMessage").or_else(|| code.clone());
    let target = text("targetArn");
    let details = [
        ("targetArn", target.clone()),
        ("retryAttempts", text("retryAttempts")),
    ];
    let details = details
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Some(Found {
        error: message.map(|message| LetterError {
            code,
            kind: None,
            is_kind_inferred: false,
            message,
            source: ErrorSource::Letter,
        }),
        function: target.as_deref().and_then(LetterFunction::read),
        request_id: None,
        event: OriginalEvent::Missing(NoPayload::Positions),
        origin: Origin::Batch(Box::new(Batch {
            poller: Poller::Subscriber(subscriber.map(Arn::new)),
            feed: Feed::Bus,
            source: bus.map(Arn::new),
            servers: None,
            size: Some(failed.len() as u64),
            positions: failed.iter().filter_map(position).take(MOST).collect(),
            condition: text("exhaustedRetryCondition"),
            details: details.collect(),
        })),
    })
}

/// An envelope of an asynchronous invoke: `requestContext` with a condition and the function.
fn destination(outer: &[(String, &str)]) -> Option<Found> {
    let context = members(get(outer, "requestContext")?)?;
    let text = |name: &str| get(&context, name).and_then(scalar);
    let condition = text("condition");
    // API Gateway's events have a `requestContext` too, and are an event.
    if condition.is_none() || !context.iter().any(|(name, _)| name == "functionArn") {
        return None;
    }
    Some(Found {
        function: text("functionArn")
            .as_deref()
            .and_then(LetterFunction::read),
        request_id: text("requestId"),
        error: error(outer, condition.as_deref()),
        origin: Origin::AsyncDestination {
            condition: condition.unwrap_or_default(),
        },
        event: get(outer, "requestPayload")
            .map_or(OriginalEvent::Missing(NoPayload::Dropped), event_from),
    })
}

/// Only what is kept on S3 or in a topic has the events: as JSON in a JSON string, or as it is.
fn payload(outer: &[(String, &str)]) -> OriginalEvent {
    match get(outer, "payload") {
        Some(payload) => string(payload)
            .as_deref()
            .map_or_else(|| event_from(payload), event_from),
        None => OriginalEvent::Missing(NoPayload::Positions),
    }
}

/// What the function answered; else how it failed; else why Lambda gave up.
fn error(outer: &[(String, &str)], condition: Option<&str>) -> Option<LetterError> {
    if condition == Some("Success") {
        return None;
    }
    let response = get(outer, "responseContext").and_then(members);
    let answer = get(outer, "responsePayload").and_then(members);
    let of = |from: &Option<Vec<(String, &str)>>, name: &str| {
        from.as_ref()
            .and_then(|members| get(members, name))
            .and_then(scalar)
    };
    let kind = of(&answer, "errorType");
    let message = of(&answer, "errorMessage")
        .or_else(|| of(&answer, "message"))
        .or_else(|| {
            // Some runtimes answer with a text alone.
            get(outer, "responsePayload").and_then(string)
        });
    let function_error = of(&response, "functionError");
    let message = match (message, &kind) {
        (Some(message), _) => message,
        (None, Some(kind)) => kind.clone(),
        (None, None) => function_error
            .filter(|error| !error.is_empty())
            .or_else(|| condition.map(str::to_owned))?,
    };
    Some(LetterError {
        code: of(&response, "statusCode"),
        kind,
        is_kind_inferred: false,
        message,
        source: ErrorSource::Letter,
    })
}

/// What SNS makes of a publication. A destination inside it tells more than SNS does.
fn notification(outer: &[(String, &str)], layers: usize) -> Option<Found> {
    let text = |name: &str| get(outer, name).and_then(string);
    let topic = text("TopicArn")?;
    let message = text("Message")?;
    if text("Type").as_deref() != Some("Notification") {
        return None;
    }
    if layers > 0
        && let Some(inner) = read_layer(&message, layers - 1)
    {
        return Some(inner);
    }
    Some(Found {
        origin: Origin::Sns {
            topic: Some(Arn::new(topic)),
        },
        error: None,
        function: None,
        request_id: None,
        event: event_from(&message),
    })
}
