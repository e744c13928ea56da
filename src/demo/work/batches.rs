//! What the functions do with batches of messages from queues.

use serde_json::{Value, json};

use super::super::{
    dice::Dice,
    function::Function,
    script::{Level, Run, Script},
};

/// Orders; those that the table does not take are reported one by one.
pub(super) fn orders(function: &Function, event: &Value, dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(31, 39));
    let records = event["Records"].as_array().map_or(0, Vec::len);
    script.info(format!("batch received records={records}"));
    let mut failed = Vec::new();
    for record in event["Records"].as_array().into_iter().flatten() {
        script.spend(dice.between(1_000, 9_000));
        let body = record["body"].as_str().unwrap_or_default();
        match stored_order(body) {
            Ok((id, amount)) => script.info(format!("stored order={id} amount={amount}")),
            Err(reason) => {
                script.log(Level::Error, format!("OrderRefused: {reason}"));
                failed.push(json!({"itemIdentifier": record["messageId"]}));
            }
        }
    }
    if dice.once_in(70) {
        script.spend(240_000);
        script.log(
            Level::Error,
            "table orders: ProvisionedThroughputExceededException",
        );
        return script.raises(
            "StoreError",
            "orders were not stored: throughput exceeded",
            &[],
        );
    }
    script.returns(json!({ "batchItemFailures": failed }))
}

/// Id and amount of an order that the table takes.
fn stored_order(body: &str) -> Result<(String, Value), String> {
    let order: Value =
        serde_json::from_str(body).map_err(|_| "record body is not JSON".to_owned())?;
    let id = order["order"].as_str().unwrap_or("?").to_owned();
    if order.get("sku").is_some_and(Value::is_null) {
        return Err(format!("order {id} has no sku"));
    }
    match order["quantity"].as_i64() {
        Some(quantity) if quantity < 1 => Err(format!("order {id} has quantity {quantity}")),
        _ => Ok((id, order["amount"].clone())),
    }
}

/// Entries of the ledger; one that is not in euros fails its whole batch.
pub(super) fn ledger(function: &Function, records: &[Value], dice: &mut Dice) -> Run {
    let mut script = Script::new(function, dice.between(82, 91));
    for record in records {
        let body = record["body"].as_str().unwrap_or_default();
        let entry: Value = serde_json::from_str(body).unwrap_or_default();
        if entry["currency"] != "EUR" {
            let reason = format!(
                "entry {} has currency {}",
                entry["entry"], entry["currency"]
            );
            return script.raises("LedgerError", reason, &[]);
        }
        script.info(format!("recorded entry {}", entry["entry"]));
    }
    script.returns(json!({"recorded": records.len()}))
}
