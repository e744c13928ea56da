//! The queues of the demo account and the letters in them: the beginning of a simulator of SQS.
//!
//! Responsible for what lies in the queues when the account is opened, and for the shapes of dead
//! letters by origin (`aws-facts` §3.5). Letters that invokes add later are kept by the account.

use serde_json::{Value, json};

use super::{
    account::Account,
    dice::{Dice, label, mix, uuid},
    function::Function,
    place::{HOUR_MS, MINUTE_MS, Place},
    render, schedule,
    work::order,
};
use crate::domain::{function::Arn, queue::QueueAttributes, secret::Secret};

/// A queue and what was in it when the account was opened.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Queue ARN.
    pub arn: Arn,
    /// Seconds a received message stays hidden.
    pub visibility_timeout_s: u32,
    /// Seconds a message is kept.
    pub retention_s: u32,
    /// Where its own failures go.
    pub dead_letter: Option<Arn>,
    /// Receives before that.
    pub max_receive_count: Option<u32>,
    /// Messages, oldest first.
    pub letters: Vec<Letter>,
}

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Stable over receives.
    pub message_id: String,
    /// The body as sent.
    pub body: Secret<String>,
    /// Message attributes: name, data type, value.
    pub attributes: Vec<(String, String, String)>,
    /// `DeadLetterQueueSourceArn`: set when SQS itself moved the message here.
    pub source: Option<Arn>,
    /// `SentTimestamp`, milliseconds since the epoch.
    pub sent_ms: i64,
    /// `ApproximateReceiveCount`.
    pub receive_count: u32,
}

impl Queue {
    /// The queue's name.
    pub fn name(&self) -> &str {
        self.arn.resource_name()
    }

    /// Counts and settings at a moment, with the letters that came later.
    pub(super) fn attributes<'a>(
        &'a self,
        later: impl Iterator<Item = &'a Letter>,
        now_ms: i64,
    ) -> QueueAttributes {
        let kept_ms = i64::from(self.retention_s) * 1000;
        let visible = self
            .letters
            .iter()
            .chain(later)
            .filter(|letter| letter.sent_ms <= now_ms && now_ms < letter.sent_ms + kept_ms)
            .count();
        QueueAttributes {
            arn: Some(self.arn.clone()),
            visible: visible as u64,
            in_flight: 0,
            delayed: 0,
            visibility_timeout_s: Some(self.visibility_timeout_s),
            retention_s: Some(self.retention_s),
            dead_letter: self.dead_letter.clone(),
            max_receive_count: self.max_receive_count,
            fifo: self
                .name()
                .rsplit_once('.')
                .is_some_and(|(_, end)| end == "fifo"),
            ..QueueAttributes::default()
        }
    }
}

/// A letter as Lambda's dead-letter queue writes it: the event as it was, the failure in three
/// attributes, of which the message is cut at 1 KB.
pub(super) fn lambda_letter(
    event: &str,
    request_id: &str,
    code: u16,
    error: &str,
    sent_ms: i64,
) -> Letter {
    let mut cut = error.len().min(1024);
    while !error.is_char_boundary(cut) {
        cut -= 1;
    }
    let attribute =
        |name: &str, kind: &str, value: String| (name.to_owned(), kind.to_owned(), value);
    Letter {
        message_id: uuid(mix(&[label(request_id), sent_ms as u64])),
        body: event.to_owned().into(),
        attributes: vec![
            attribute("RequestID", "String", request_id.to_owned()),
            attribute("ErrorCode", "Number", code.to_string()),
            attribute("ErrorMessage", "String", error[..cut].to_owned()),
        ],
        source: None,
        sent_ms,
        receive_count: 0,
    }
}

/// What an async destination is told about one event.
pub(super) struct Outcome<'a> {
    pub request_id: &'a str,
    /// Function ARN with its qualifier.
    pub function: String,
    pub condition: &'a str,
    pub attempts: u32,
    pub event: &'a Value,
    pub version: &'a str,
    pub failed: bool,
    pub answer: Value,
}

/// A letter as an async destination writes it: an envelope around event and answer.
pub(super) fn destination_letter(outcome: &Outcome<'_>, sent_ms: i64) -> Letter {
    let mut context = json!({"statusCode": 200, "executedVersion": outcome.version});
    if outcome.failed {
        context["functionError"] = json!("Unhandled");
    }
    let body = json!({
        "version": "1.0",
        "timestamp": render::iso(sent_ms),
        "requestContext": {"requestId": outcome.request_id, "functionArn": outcome.function,
            "condition": outcome.condition, "approximateInvokeCount": outcome.attempts},
        "requestPayload": outcome.event,
        "responseContext": context,
        "responsePayload": outcome.answer,
    });
    letter(
        body.to_string(),
        sent_ms,
        mix(&[label(outcome.request_id), 5]),
    )
}

fn letter(body: String, sent_ms: i64, number: u64) -> Letter {
    Letter {
        message_id: uuid(number),
        body: body.into(),
        attributes: Vec::new(),
        source: None,
        sent_ms,
        receive_count: 0,
    }
}

/// Every queue of the account with its letters.
pub(super) fn queues(account: &Account) -> Vec<Queue> {
    let place = &account.place;
    let queue = |name: &str, letters: Vec<Letter>| Queue {
        arn: place.arn("sqs", name),
        visibility_timeout_s: 30,
        retention_s: 4 * 86_400,
        dead_letter: None,
        max_receive_count: None,
        letters,
    };
    let mut orders = queue("orders", waiting_orders(place));
    orders.visibility_timeout_s = 90;
    orders.dead_letter = Some(place.arn("sqs", "orders-dlq"));
    orders.max_receive_count = Some(3);
    let mut priority = queue("orders-priority", Vec::new());
    priority.dead_letter.clone_from(&orders.dead_letter);
    priority.max_receive_count = Some(3);
    let mut dead_orders = queue("orders-dlq", dead_orders(place));
    dead_orders.retention_s = 14 * 86_400;
    let mut dead_payments = queue("payments-dlq", dead_payments(account));
    // The oldest letter is six hours old: it expires in two days and four hours.
    dead_payments.retention_s = 2 * 86_400 + 10 * 3600;
    vec![
        dead_payments,
        dead_orders,
        queue("audit-failures", audit_failures(account)),
        queue("inventory-stream-failures", stream_failures(place)),
        orders,
        priority,
    ]
}

/// Failed invocations that did happen: the slots of background traffic whose event fits, evenly
/// picked from a span before the account was opened (which grows backwards when it holds too few).
fn failures(
    place: &Place,
    function: &Function,
    span: (i64, i64),
    wanted: usize,
    fits: impl Fn(&Value) -> bool,
) -> Vec<(Value, schedule::Invocation)> {
    let Some(traffic) = function.traffic else {
        return Vec::new();
    };
    let (newest, oldest) = span;
    let last = (place.born_ms - newest) / traffic.period_ms;
    let planned = (newest - oldest).abs() / traffic.period_ms;
    let mut slots = Vec::new();
    for slot in (place.begin_ms() / traffic.period_ms + 1..=last).rev() {
        if last - slot > planned && slots.len() >= wanted {
            break;
        }
        if fits(&schedule::event(place.seed, function, traffic, slot)) {
            slots.push(slot);
        }
    }
    let found = slots.len();
    (0..wanted.min(found))
        .map(|i| slots[i * found / wanted.min(found)])
        .rev()
        .map(|slot| {
            (
                schedule::event(place.seed, function, traffic, slot),
                schedule::invocation(place.seed, function, traffic, slot),
            )
        })
        .collect()
}

fn dead_payments(account: &Account) -> Vec<Letter> {
    let place = &account.place;
    let Some(function) = account.named("payments-charge") else {
        return Vec::new();
    };
    let declined = failures(
        place,
        function,
        (2 * MINUTE_MS, 6 * HOUR_MS),
        186,
        |event| event["amount"].is_string(),
    );
    let slow = failures(
        place,
        function,
        (40 * MINUTE_MS, 5 * HOUR_MS),
        22,
        |event| event["acquirer"] == "nordpay",
    );
    let incomplete = failures(place, function, (3 * HOUR_MS, 4 * HOUR_MS), 6, |event| {
        event["amount"].is_null()
    });
    let mut letters: Vec<Letter> = [declined, slow, incomplete]
        .into_iter()
        .flatten()
        .map(|(event, invocation)| {
            let error = error_message(function, &invocation);
            let sent_ms = invocation.end_ms() + 1200;
            lambda_letter(
                &event.to_string(),
                &invocation.request_id,
                200,
                &error,
                sent_ms,
            )
        })
        .collect();
    letters.sort_by_key(|letter| letter.sent_ms);
    letters
}

/// The error message that Lambda hands on.
pub(super) fn error_message(function: &Function, invocation: &schedule::Invocation) -> String {
    render::error_payload(function, invocation)
        .and_then(|payload| payload["errorMessage"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn audit_failures(account: &Account) -> Vec<Letter> {
    let place = &account.place;
    let Some(function) = account.named("audit-trail") else {
        return Vec::new();
    };
    failures(place, function, (20 * MINUTE_MS, 9 * HOUR_MS), 5, |event| {
        event["target"].is_null()
    })
    .iter()
    .map(|(event, invocation)| {
        let outcome = Outcome {
            request_id: &invocation.request_id,
            function: format!("{}:$LATEST", function.arn()),
            condition: "RetriesExhausted",
            attempts: 3,
            event,
            version: &invocation.version,
            failed: true,
            answer: render::error_payload(function, invocation).unwrap_or_default(),
        };
        destination_letter(&outcome, invocation.end_ms() + 3 * MINUTE_MS)
    })
    .collect()
}

/// Orders that `orders-consumer` could not store, moved by SQS after three receives.
fn dead_orders(place: &Place) -> Vec<Letter> {
    let mut dice = Dice::new(&[place.seed, label("orders-dlq")]);
    (0..9_i64)
        .map(|number| {
            let mut body = order(&mut dice);
            match number % 3 {
                0 => body["quantity"] = json!(-1),
                1 => body["sku"] = Value::Null,
                _ => {}
            }
            let body = if number == 8 {
                "order=o-9001;quantity=2".to_owned()
            } else {
                body.to_string()
            };
            let sent_ms =
                place.born_ms - (20 - 2 * number) * HOUR_MS - dice.below(3_000_000) as i64;
            Letter {
                source: Some(place.arn("sqs", "orders")),
                receive_count: 4,
                ..letter(body, sent_ms, dice.roll())
            }
        })
        .collect()
}

/// What piles up in `orders` while its mapping is disabled.
fn waiting_orders(place: &Place) -> Vec<Letter> {
    let mut dice = Dice::new(&[place.seed, label("orders")]);
    (0..120_i64)
        .map(|number| {
            let sent_ms = place.born_ms - (120 - number) * MINUTE_MS - dice.below(50_000) as i64;
            letter(order(&mut dice).to_string(), sent_ms, dice.roll())
        })
        .collect()
}

/// Batches that a stream mapping gave up: positions in the stream, no records.
fn stream_failures(place: &Place) -> Vec<Letter> {
    let mut dice = Dice::new(&[place.seed, label("inventory-stream-failures")]);
    let stream = place.arn("dynamodb", "table/stock/stream/2026-03-02T08:11:45.120");
    (0..3_i64)
        .map(|number| {
            let sent_ms = place.born_ms - (30 - 9 * number) * HOUR_MS;
            let first = 8_600_000_000_000_u64 + dice.below(1 << 30);
            let body = json!({
                "version": "1.0",
                "timestamp": render::iso(sent_ms),
                "requestContext": {"requestId": uuid(dice.roll()),
                    "functionArn": place.function_arn("inventory-sync").as_str(),
                    "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 4},
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
                "DDBStreamBatchInfo": {"shardId": format!("shardId-{:020}-{:08x}", dice.below(1 << 40), dice.below(1 << 30)),
                    "startSequenceNumber": format!("{first}00000000"),
                    "endSequenceNumber": format!("{}00000000", first + 99),
                    "approximateArrivalOfFirstRecord": render::iso(sent_ms - 90_000),
                    "approximateArrivalOfLastRecord": render::iso(sent_ms - 61_000),
                    "batchSize": 100, "streamArn": stream.as_str()},
            });
            letter(body.to_string(), sent_ms, dice.roll())
        })
        .collect()
}
