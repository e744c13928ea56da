//! The queues of the demo account and the letters in them when it is opened, and the shapes of
//! dead letters by origin (`docs/aws.md` §3.5).
//!
//! Not responsible for what happens to them then: that is [`sqs`](super::sqs)'s.

mod batches;

use serde_json::{Value, json};

use super::{
    account::Account,
    dice::{Dice, label, mix, uuid},
    function::Function,
    place::{HOUR_MS, MINUTE_MS, Place},
    render, schedule,
    sqs::{Sqs, Stored},
    work::order,
};
use crate::domain::{
    function::Arn,
    queue::{AttributeValue, MessageAttribute, QueueAttributes},
};

/// A letter as Lambda's dead-letter queue writes it: the event as it was, the failure in three
/// attributes, of which the message is cut at 1 KB.
pub(super) fn lambda_letter(
    event: &str,
    request_id: &str,
    code: u16,
    error: &str,
    sent_ms: i64,
) -> Stored {
    let mut cut = error.len().min(1024);
    while !error.is_char_boundary(cut) {
        cut -= 1;
    }
    Stored {
        id: uuid(mix(&[label(request_id), sent_ms as u64])).into(),
        attributes: vec![
            attribute("RequestID", "String", request_id),
            attribute("ErrorCode", "Number", code.to_string()),
            attribute("ErrorMessage", "String", &error[..cut]),
        ],
        sent_ms,
        ..Stored::of(event)
    }
}

fn attribute(name: &str, kind: &str, value: impl Into<String>) -> (String, MessageAttribute) {
    let attribute = MessageAttribute {
        data_type: kind.to_owned(),
        value: AttributeValue::Text(value.into().into()),
    };
    (name.to_owned(), attribute)
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
pub(super) fn destination_letter(outcome: &Outcome<'_>, sent_ms: i64) -> Stored {
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

fn letter(body: String, sent_ms: i64, number: u64) -> Stored {
    Stored {
        id: uuid(number).into(),
        sent_ms,
        ..Stored::of(body)
    }
}

/// The account that lets this one read its queue `partner-returns-dlq`.
const PARTNER: &str = "210987654321";

/// Every queue of the account with what lies in it.
pub(super) fn filled(account: &Account) -> Sqs {
    let place = &account.place;
    let mut sqs = Sqs::new(place.clone());
    let mut queue = |name: &str, settings: QueueAttributes, letters: Vec<Stored>| {
        let url = sqs.create(&place.arn("sqs", name), settings);
        sqs.fill(&url, letters);
    };
    let plain = QueueAttributes::default();
    let kept = |seconds: u32| QueueAttributes {
        retention_s: Some(seconds),
        ..plain.clone()
    };
    let failing_to = |target: &str, visibility_s: u32| QueueAttributes {
        visibility_timeout_s: Some(visibility_s),
        dead_letter: Some(place.arn("sqs", target)),
        max_receive_count: Some(3),
        ..plain.clone()
    };
    // The oldest letter is six hours old: it expires in two days and four hours.
    queue(
        "payments-dlq",
        kept(2 * 86_400 + 10 * 3600),
        dead_payments(account),
    );
    queue("orders-dlq", kept(14 * 86_400), dead_orders(place));
    queue("audit-failures", plain.clone(), audit_failures(account));
    queue(
        "inventory-stream-failures",
        plain.clone(),
        batches::given_up(place),
    );
    queue(
        "orders",
        failing_to("orders-dlq", 90),
        waiting_orders(place),
    );
    queue("orders-priority", failing_to("orders-dlq", 30), Vec::new());
    queue("fraud-failures", plain.clone(), too_old(place));
    let mut notifications = mail_failures(account);
    notifications.extend(undelivered(place));
    notifications.sort_by_key(|letter| letter.sent_ms);
    queue("notifications-dlq", kept(7 * 86_400), notifications);
    queue("ledger-dlq.fifo", kept(14 * 86_400), dead_entries(place));
    let ledger = QueueAttributes {
        content_based_deduplication: true,
        ..failing_to("ledger-dlq.fifo", 60)
    };
    queue("ledger.fifo", ledger, Vec::new());
    let partner = Arn::new(format!(
        "arn:aws:sqs:{}:{PARTNER}:partner-returns-dlq",
        place.region
    ));
    let url = sqs.create(&partner, kept(14 * 86_400));
    sqs.fill(&url, returns(place));
    for mapping in account.mappings(place.born_ms) {
        sqs.attach(mapping);
    }
    sqs
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

fn dead_payments(account: &Account) -> Vec<Stored> {
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
    let mut letters: Vec<Stored> = [declined, slow, incomplete]
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

fn audit_failures(account: &Account) -> Vec<Stored> {
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

/// Orders that `orders-consumer` could not store, moved by SQS after three receives. Some of them
/// are in order and would be stored today.
fn dead_orders(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("orders-dlq")]);
    let is_priority = |number: i64| number % 2 == 1;
    (0..9_i64)
        .map(|number| {
            let mut body = order(&mut dice);
            match number % 3 {
                0 => body["quantity"] = json!(-1),
                1 => body["sku"] = Value::Null,
                _ => {}
            }
            if is_priority(number) {
                body["priority"] = json!("high");
            }
            let body = if number == 8 {
                "order=o-9001;quantity=2".to_owned()
            } else {
                body.to_string()
            };
            let sent_ms =
                place.born_ms - (20 - 2 * number) * HOUR_MS - dice.below(3_000_000) as i64;
            let source = if is_priority(number) {
                "orders-priority"
            } else {
                "orders"
            };
            Stored {
                source: Some(place.arn("sqs", source)),
                receive_count: 3,
                ..letter(body, sent_ms, dice.roll())
            }
        })
        .collect()
}

/// What piles up in `orders` while its mapping is disabled.
fn waiting_orders(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("orders")]);
    (0..120_i64)
        .map(|number| {
            let sent_ms = place.born_ms - (120 - number) * MINUTE_MS - dice.below(50_000) as i64;
            letter(order(&mut dice).to_string(), sent_ms, dice.roll())
        })
        .collect()
}

/// Events of `fraud-score` that waited for longer than they may: they never ran.
fn too_old(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("fraud-failures")]);
    let function = place.function_arn("fraud-score");
    (0..2_i64)
        .map(|number| {
            let sent_ms = place.born_ms - (7 - 3 * number) * HOUR_MS;
            let body = json!({
                "version": "1.0",
                "timestamp": render::iso(sent_ms),
                "requestContext": {"requestId": uuid(dice.roll()), "functionArn": format!("{function}:live"),
                    "condition": "EventAgeExceeded", "approximateInvokeCount": 0},
                "requestPayload": {"order": format!("o-{}", dice.between(8000, 9999)),
                    "amount": dice.between(5, 1900), "country": "DE"},
                "responseContext": null,
                "responsePayload": null,
            });
            letter(body.to_string(), sent_ms, dice.roll())
        })
        .collect()
}

/// Mails that their relay did not take, from the queue of Lambda.
fn mail_failures(account: &Account) -> Vec<Stored> {
    let Some(function) = account.named("legacy-mailer") else {
        return Vec::new();
    };
    let slow_relay = |event: &Value| event["relay"] == "mx-2";
    failures(
        &account.place,
        function,
        (HOUR_MS, 30 * HOUR_MS),
        3,
        slow_relay,
    )
    .iter()
    .map(|(event, invocation)| {
        let error = error_message(function, invocation);
        let sent_ms = invocation.end_ms() + 3 * MINUTE_MS;
        lambda_letter(
            &event.to_string(),
            &invocation.request_id,
            200,
            &error,
            sent_ms,
        )
    })
    .collect()
}

/// What never reached a function: targets of an EventBridge rule, a subscription of SNS.
fn undelivered(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("notifications-dlq")]);
    let rule = place.arn("events", "rule/mails-of-the-night");
    let target = place.function_arn("legacy-mailer");
    let by_rule = (0..2_i64).map(|number| {
        let at_ms = place.born_ms - (26 - 24 * number) * HOUR_MS;
        let body = json!({
            "version": "0",
            "id": uuid(dice.roll()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": place.account,
            "time": render::iso(at_ms),
            "region": place.region,
            "resources": [rule.as_str()],
            "detail": {},
        });
        Stored {
            attributes: vec![
                attribute("RULE_ARN", "String", rule.as_str()),
                attribute("TARGET_ARN", "String", target.as_str()),
                attribute("ERROR_CODE", "String", "NO_PERMISSIONS"),
                attribute(
                    "ERROR_MESSAGE",
                    "String",
                    "User is not authorized to perform: lambda:InvokeFunction on the resource",
                ),
                attribute(
                    "EXHAUSTED_RETRY_CONDITION",
                    "String",
                    "MaximumRetryAttempts",
                ),
                attribute("RETRY_ATTEMPTS", "String", "185"),
            ],
            ..letter(body.to_string(), at_ms + 90 * MINUTE_MS, dice.roll())
        }
    });
    let by_rule: Vec<Stored> = by_rule.collect();
    let topic = place.arn("sns", "customer-mails");
    let by_topic = (0..2_i64).map(|number| {
        let at_ms = place.born_ms - (11 - 5 * number) * HOUR_MS;
        let mail = json!({"to": format!("customer-{}@example.com", dice.below(9000)),
            "template": "shipped", "relay": "mx-1"});
        let body = json!({
            "Type": "Notification",
            "MessageId": uuid(dice.roll()),
            "TopicArn": topic.as_str(),
            "Subject": "shipped",
            "Message": mail.to_string(),
            "Timestamp": render::iso(at_ms),
        });
        letter(body.to_string(), at_ms + 20 * MINUTE_MS, dice.roll())
    });
    by_rule.into_iter().chain(by_topic).collect()
}

/// Entries that nobody could book, in the order of their accounts.
fn dead_entries(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("ledger-dlq.fifo")]);
    (0..8_i64)
        .map(|number| {
            let account = ["account-17", "account-23", "account-42"][dice.below(3) as usize];
            let body = json!({"entry": 70_310 + number, "account": account,
                "cents": dice.between(100, 90_000), "currency": if number == 3 { "XTS" } else { "EUR" }});
            let sent_ms = place.born_ms - (9 - number) * HOUR_MS;
            let entry = letter(body.to_string(), sent_ms, dice.roll());
            Stored {
                group: Some(account.into()),
                deduplication_id: Some(entry.id.to_string()),
                source: Some(place.arn("sqs", "ledger.fifo")),
                receive_count: 3,
                ..entry
            }
        })
        .collect()
}

/// Returned parcels that a partner's account keeps for this one.
fn returns(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("partner-returns-dlq")]);
    (0..4_i64)
        .map(|number| {
            let body = json!({"parcel": format!("p-{}", dice.between(10_000, 99_999)),
                "order": format!("o-{}", dice.between(8000, 9999)), "reason": "refused"});
            let sent_ms = place.born_ms - (40 - 9 * number) * HOUR_MS;
            letter(body.to_string(), sent_ms, dice.roll())
        })
        .collect()
}
