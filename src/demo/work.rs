//! What the code of each demo function does with an event: the same for background traffic and
//! for an invoke by hand, so that a payload decides what happens.
//!
//! Responsible for events, log lines, durations, memory and outcomes. Not responsible for how
//! lines look in a log group (see [`render`](super::render)).

mod batches;

use serde_json::{Value, json};

use super::{
    dice::{Dice, uuid},
    function::Function,
    hostile,
    script::{Level, Run, Script},
};

/// The limit above which the acquirer of `payments-charge` declines.
pub(super) const CARD_LIMIT: f64 = 1000.0;

/// Which program a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Charge,
    Thumbnail,
    Orders,
    Report,
    Checkout,
    Inventory,
    Prices,
    Audit,
    Mail,
    Fraud,
    Chat,
    Index,
    Promo,
    Approval,
    Quiet,
}

impl Work {
    /// An event as the function's callers send it.
    pub fn event(self, dice: &mut Dice) -> Value {
        match self {
            Self::Charge => charge_event(dice),
            Self::Thumbnail => {
                // One picture in nine is a camera original, which 128 MB cannot hold.
                let (width, height) = if dice.once_in(9) {
                    (6000, 4000)
                } else {
                    (800 + 16 * dice.below(60), 600 + 16 * dice.below(40))
                };
                json!({"bucket": "shop-images", "key": format!("products/{}.jpg", dice.between(10_000, 99_999)),
                    "width": width, "height": height})
            }
            Self::Orders | Self::Index => {
                let records: Vec<Value> = (0..dice.between(1, 6))
                    .map(|_| {
                        json!({"messageId": uuid(dice.roll()),
                            "body": order(dice).to_string(), "eventSource": "aws:sqs"})
                    })
                    .collect();
                json!({ "Records": records })
            }
            Self::Report => json!({"report": "revenue", "tenants": if dice.once_in(3) {
                dice.between(400, 900)
            } else {
                dice.between(40, 280)
            }}),
            Self::Checkout => {
                json!({"rawPath": format!("/carts/{}/checkout", dice.between(1000, 9999)),
                "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}},
                "body": order(dice).to_string()})
            }
            Self::Inventory => json!({"Records": (0..dice.between(1, 9)).map(|_|
                json!({"eventName": "MODIFY", "dynamodb": {"Keys": {"sku": {"S": sku(dice)}}}})).collect::<Vec<_>>()}),
            Self::Prices => {
                json!({"file": format!("s3://shop-imports/prices-{}.csv", dice.between(100, 999)),
                "rows": dice.between(2_000, 40_000), "broken_row": dice.once_in(25)})
            }
            Self::Audit => json!({"actor": dice.pick(&["ana", "bo", "chi", "system"]),
                "action": dice.pick(&["refund.approved", "price.changed", "user.invited", "role.granted"]),
                "target": if dice.once_in(12) { Value::Null } else { json!(sku(dice)) }}),
            Self::Mail => json!({"to": format!("customer-{}@example.com", dice.below(9000)),
                "template": dice.pick(&["receipt", "shipped", "welcome"]), "relay": if dice.once_in(30) { "mx-2" } else { "mx-1" }}),
            Self::Fraud => {
                json!({"order": format!("o-{}", dice.between(8000, 9999)), "amount": dice.between(5, 1900),
                "country": dice.pick(&["DE", "FR", "IE", "JP", "BR"])})
            }
            Self::Chat => {
                json!({"room": dice.pick(&["support", "returns", "vip"]), "visitor": dice.below(5000),
                "hostile": dice.once_in(8).then(|| dice.below(hostile::KINDS))})
            }
            Self::Promo => json!({"campaign": "black-friday"}),
            Self::Approval => {
                json!({"order": format!("o-{}", dice.between(8000, 9999)), "limit": 5000})
            }
            Self::Quiet => json!({"job": dice.below(1000)}),
        }
    }

    /// What the code does with an event.
    pub fn run(self, function: &Function, event: &Value, dice: &mut Dice) -> Run {
        match self {
            Self::Charge => charge(function, event, dice),
            Self::Thumbnail => thumbnail(function, event, dice),
            Self::Orders => batches::orders(function, event, dice),
            Self::Report => report(function, event, dice),
            Self::Checkout => checkout(function, event, dice),
            Self::Inventory => inventory(function, event, dice),
            Self::Prices => prices(function, event, dice),
            Self::Audit => audit(function, event, dice),
            Self::Mail => mail(function, event, dice),
            Self::Fraud => fraud(function, event, dice),
            Self::Chat => chat(function, event, dice),
            Self::Index => index(function, event, dice),
            Self::Promo | Self::Quiet => quiet(function, dice),
            Self::Approval => approval(function, event, dice),
        }
    }
}

/// An order as the shop's queues carry it.
pub(super) fn order(dice: &mut Dice) -> Value {
    json!({"order": format!("o-{}", dice.between(8000, 9999)), "sku": sku(dice),
        "quantity": dice.between(1, 5), "amount": dice.between(5, 400)})
}

fn sku(dice: &mut Dice) -> String {
    format!(
        "{}-{:04}",
        dice.pick(&["MUG", "TEE", "CAP", "BAG"]),
        dice.below(10_000)
    )
}

/// One charge in five fails: mostly amounts that an old client sends as text, now and then one
/// without an amount, or one for an acquirer that does not answer.
fn charge_event(dice: &mut Dice) -> Value {
    let order = format!("o-{}", dice.between(8000, 9999));
    let card = format!("…{:04}", dice.below(10_000));
    let amount = dice.between(5, 400);
    match dice.below(1000) {
        0..186 => json!({"order": order, "amount": amount.to_string(), "card": card}),
        186..192 => json!({"order": order, "card": card}),
        192..200 => json!({"order": order, "amount": amount, "card": card, "acquirer": "nordpay"}),
        _ => json!({"order": order, "amount": amount, "card": card}),
    }
}

const CHARGE_TRACE: [&str; 7] = [
    "  File \"/var/task/app.py\", line 31, in handler\n    receipt = charge(event)\n",
    "  File \"/var/task/app.py\", line 58, in charge\n    return gateway.capture(order, amount, card)\n",
    "  File \"/opt/python/tracing.py\", line 22, in wrapper\n    return wrapped(*args, **kwargs)\n",
    "  File \"/var/task/payments/gateway.py\", line 104, in capture\n    answer = self._post(\"/v2/captures\", body)\n",
    "  File \"/var/task/payments/gateway.py\", line 141, in _post\n    return self._checked(self.http.post(path, json=body))\n",
    "  File \"/var/lang/lib/python3.12/site-packages/retrying.py\", line 63, in call\n    return fn(*args, **kwargs)\n",
    "  File \"/var/task/payments/gateway.py\", line 167, in _checked\n    raise CardDeclined(f\"card declined for {amount}\")\n",
];

fn charge(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(138, 144));
    script.spend(dice.between(2_000, 9_000));
    let Some(object) = event.as_object() else {
        return script.raises(
            "TypeError",
            "event must be an object with \"order\" and \"amount\"",
            &CHARGE_TRACE[..1],
        );
    };
    let Some(amount) = object.get("amount") else {
        return script.raises(
            "KeyError",
            "'amount'",
            &["  File \"/var/task/app.py\", line 28, in handler\n    amount = event[\"amount\"]\n"],
        );
    };
    let shown = amount
        .as_str()
        .map_or_else(|| amount.to_string(), str::to_owned);
    let card = event["card"].as_str().unwrap_or("…4242");
    let order = event["order"].as_str().unwrap_or("unknown");
    script.info(format!("charging amount={shown} card={card}"));
    if event["acquirer"] == "nordpay" {
        script.spend(5_000_000);
        script.log(
            Level::Warn,
            format!("nordpay does not answer, waiting order={order}"),
        );
        return script.hang();
    }
    match amount {
        Value::Number(number) if number.as_f64().unwrap_or(0.0) <= CARD_LIMIT => {
            script.spend(dice.between(60_000, 150_000));
            script.info(format!("captured order={order} amount={shown}"));
            script.returns(
                json!({"status": "captured", "order": order, "amount": amount,
                "receipt": format!("r-{:06x}", dice.below(1 << 24))}),
            )
        }
        Value::Number(_) | Value::String(_) => {
            script.spend(dice.between(690_000, 820_000));
            script.raises(
                "CardDeclined",
                format!("card declined for {shown}"),
                &CHARGE_TRACE,
            )
        }
        _ => {
            script.spend(dice.between(2_000, 6_000));
            let kind = match amount {
                Value::Null => "NoneType",
                Value::Bool(_) => "bool",
                Value::Array(_) => "list",
                _ => "dict",
            };
            script.raises(
                "TypeError",
                format!("'<=' not supported between instances of '{kind}' and 'int'"),
                &CHARGE_TRACE[..2],
            )
        }
    }
}

/// Gives the event back, after a look at the picture it names.
fn thumbnail(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let pixels = event["width"]
        .as_u64()
        .unwrap_or(640)
        .saturating_mul(event["height"].as_u64().unwrap_or(480));
    let mut script = Script::new(function, 58 + (pixels / 80_000).min(4_000));
    let key = event["key"].as_str().unwrap_or("(no key)");
    script.info(format!(
        "reading s3://{}/{key}",
        event["bucket"].as_str().unwrap_or("shop-images")
    ));
    script.spend(dice.between(30_000, 90_000));
    script.info(format!("decoding {pixels} pixels"));
    script.spend(dice.between(150_000, 900_000));
    if script.memory_mb <= function.latest.summary.memory_mb {
        script.info(format!("wrote 3 sizes of {key}"));
    }
    script.returns(event.clone())
}

fn report(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let tenants = event["tenants"].as_u64().unwrap_or(120).min(100_000);
    let mut script = Script::new(function, 180 + (tenants / 4).min(700));
    script.info(format!(
        "report {} for {tenants} tenants",
        event["report"].as_str().unwrap_or("revenue")
    ));
    for page in 1..=tenants.div_ceil(100).min(12) {
        script.spend(dice.between(780_000, 860_000));
        script.info(format!("page {page} done"));
    }
    script.returns(json!({"tenants": tenants, "object": "s3://shop-reports/revenue.csv"}))
}

fn checkout(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(310, 360));
    let path = event["rawPath"].as_str().unwrap_or("/");
    script.info(format!("POST {path}"));
    script.spend(dice.between(18_000, 95_000));
    if dice.once_in(45) {
        return script.raises(
            "java.util.NoSuchElementException",
            "No value present",
            &[
                "java.base/java.util.Optional.get(Unknown Source)",
                "com.shop.checkout.CartService.load(CartService.java:88)",
                "com.shop.checkout.CheckoutHandler.handleRequest(CheckoutHandler.java:41)",
            ],
        );
    }
    let total = dice.between(900, 40_000);
    script.info(format!(
        "cart priced total={}.{:02} EUR",
        total / 100,
        total % 100
    ));
    script.returns(
        json!({"statusCode": 200, "headers": {"content-type": "application/json"},
        "body": json!({"total": total as f64 / 100.0, "currency": "EUR"}).to_string()}),
    )
}

fn inventory(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(96, 120));
    let records = event["Records"].as_array().map_or(0, Vec::len);
    script.info(format!("{records} stock changes"));
    script.spend(dice.between(20_000, 60_000) * (records as u64 + 1));
    script.info(format!("synchronised {records} items with warehouse 3"));
    script.returns(json!({"synchronised": records}))
}

fn prices(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let rows = event["rows"].as_u64().unwrap_or(1000).min(1_000_000);
    let mut script = Script::new(function, 420 + (rows / 50).min(900));
    script.info(format!(
        "importing {} rows={rows}",
        event["file"].as_str().unwrap_or("(no file)")
    ));
    script.spend(rows * 190);
    if event["broken_row"] == true {
        let row = dice.below(rows.max(1));
        return script.raises(
            "ValueError",
            format!("row {row}: could not convert string to float: '12,90'"),
            &[
                "  File \"/app/prices.py\", line 19, in handler\n    load(rows)\n",
                "  File \"/app/prices.py\", line 52, in load\n    price = float(row[\"price\"])\n",
            ],
        );
    }
    script.info(format!("imported rows={rows} changed={}", rows / 17));
    script.returns(json!({"rows": rows, "changed": rows / 17}))
}

fn audit(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    if let Some(records) = event["Records"].as_array() {
        return batches::ledger(function, records, dice);
    }
    let mut script = Script::new(function, dice.between(82, 91));
    let action = event["action"].as_str().unwrap_or("unknown");
    script.log(Level::Debug, format!("event {event}"));
    script.info(format!(
        "{} did {action}",
        event["actor"].as_str().unwrap_or("somebody")
    ));
    script.spend(dice.between(8_000, 30_000));
    if event["target"].is_null() {
        script.log(Level::Warn, "target is missing");
        return script.raises(
            "ValidationError",
            format!("{action}: target is required"),
            &[
                "    at validate (file:///var/task/audit.mjs:27:11)",
                "    at handler (file:///var/task/audit.mjs:61:3)",
                "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
            ],
        );
    }
    script.info(format!(
        "recorded {action} on {}",
        event["target"].as_str().unwrap_or("?")
    ));
    script.returns(json!({"recorded": true}))
}

fn mail(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(61, 66));
    let relay = event["relay"].as_str().unwrap_or("mx-1");
    script.info(format!(
        "sending {} via {relay}",
        event["template"].as_str().unwrap_or("receipt")
    ));
    script.spend(dice.between(90_000, 300_000));
    if relay == "mx-2" {
        script.spend(2_000_000);
        return script.raises(
            "Function<Net::OpenTimeout>",
            "Failed to open TCP connection to mx-2.example.com:587 (execution expired)",
            &[
                "/var/lang/lib/ruby/3.4.0/net/smtp.rb:657:in 'TCPSocket#initialize'",
                "/var/task/mailer.rb:33:in 'deliver'",
                "/var/task/mailer.rb:12:in 'handler'",
            ],
        );
    }
    script.info("accepted 250 2.0.0 OK");
    script.returns(json!({"accepted": true}))
}

fn fraud(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(640, 700));
    let order = event["order"].as_str().unwrap_or("unknown");
    let score = (event["amount"].as_u64().unwrap_or(0) / 25 + dice.below(24)).min(99);
    script.spend(dice.between(20_000, 60_000));
    script.info(format!(
        "scored order={order} score={score} country={}",
        event["country"].as_str().unwrap_or("?")
    ));
    if score > 80 {
        script.log(Level::Warn, format!("order={order} goes to review"));
    }
    script.returns(json!({"order": order, "score": score, "review": score > 80}))
}

fn chat(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(77, 85));
    let room = event["room"].as_str().unwrap_or("support");
    script.info(format!(
        "message in {room} from visitor {}",
        event["visitor"]
    ));
    script.spend(dice.between(3_000, 12_000));
    if let Some(kind) = event["hostile"].as_u64() {
        script.log(Level::Raw, hostile::line(kind, dice));
    }
    script.returns(json!({"delivered": true, "room": room}))
}

fn index(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(44, 52));
    let records = event["Records"].as_array().map_or(0, Vec::len);
    script.spend(dice.between(5_000, 40_000));
    if dice.once_in(20) {
        script.log(
            Level::Warn,
            format!("index is behind by {} s", dice.between(20, 90)),
        );
    }
    script.info(format!("indexed {records} documents"));
    if dice.once_in(90) {
        return script.raises("IndexError", "shard 2 refused the batch", &[]);
    }
    script.returns(json!({"indexed": records}))
}

fn approval(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(90, 99));
    let order = event["order"].as_str().unwrap_or("unknown");
    script.info(format!(
        "step ask-manager order={order} waits for a callback"
    ));
    script.spend(dice.between(15_000, 45_000));
    script.info("checkpointed, suspending");
    script.returns(json!({"order": order, "state": "WAITING"}))
}

fn quiet(function: &Function, dice: &mut Dice) -> Run {
    let mut script = Script::new(
        function,
        dice.between(40, 60)
            .min(u64::from(function.latest.summary.memory_mb)),
    );
    script.spend(dice.between(4_000, 80_000));
    script.info("done");
    script.returns(json!({"ok": true}))
}
