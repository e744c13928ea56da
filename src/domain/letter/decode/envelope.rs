//! The envelopes that a body can be: destinations of Lambda, notifications of SNS, one in another.

use super::{
    Arn, ErrorSource, Found, LetterError, LetterFunction, NoPayload, Origin, OriginalEvent,
    event_from,
    member::{get, members, scalar, string},
};

/// So many envelopes in one another are opened; AWS makes two.
const LAYERS: usize = 8;

/// What a body tells by itself; none if it is no envelope.
pub(super) fn read(body: &str) -> Option<Found> {
    read_layer(body, LAYERS)
}

fn read_layer(body: &str, layers: usize) -> Option<Found> {
    let outer = members(body)?;
    destination(&outer).or_else(|| notification(&outer, layers))
}

/// An envelope of an asynchronous invoke or of a stream mapping: both have `requestContext` with a
/// condition.
fn destination(outer: &[(String, &str)]) -> Option<Found> {
    let context = members(get(outer, "requestContext")?)?;
    let text = |name: &str| get(&context, name).and_then(scalar);
    let condition = text("condition");
    let batch = outer
        .iter()
        .find(|(name, _)| name.ends_with("BatchInfo"))
        .and_then(|(_, value)| members(value));
    // API Gateway's events have a `requestContext` too, and are an event.
    if batch.is_none()
        && (condition.is_none() || !context.iter().any(|(name, _)| name == "functionArn"))
    {
        return None;
    }
    let function = text("functionArn")
        .as_deref()
        .and_then(LetterFunction::read);
    let request_id = text("requestId");
    let error = error(outer, condition.as_deref());
    Some(match batch {
        Some(batch) => {
            let text = |name: &str| get(&batch, name).and_then(scalar);
            Found {
                origin: Origin::Stream {
                    stream: text("streamArn").map(Arn::new),
                    shard: text("shardId"),
                    range: text("startSequenceNumber").zip(text("endSequenceNumber")),
                    batch_size: text("batchSize").and_then(|size| size.parse().ok()),
                    condition,
                },
                error,
                function,
                request_id,
                event: stream_event(outer),
            }
        }
        None => Found {
            origin: Origin::AsyncDestination {
                condition: condition.unwrap_or_default(),
            },
            error,
            function,
            request_id,
            event: get(outer, "requestPayload")
                .map_or(OriginalEvent::Missing(NoPayload::Dropped), event_from),
        },
    })
}

/// Only what is kept on S3 has the records: a JSON string with JSON in it.
fn stream_event(outer: &[(String, &str)]) -> OriginalEvent {
    match get(outer, "payload") {
        Some(payload) => string(payload)
            .as_deref()
            .map_or_else(|| event_from(payload), event_from),
        None => OriginalEvent::Missing(NoPayload::StreamPositions),
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
