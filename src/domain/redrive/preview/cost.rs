//! What a plan's calls are, and what they cost at list price.

use std::collections::BTreeMap;

use super::super::{Plan, Target, route};
use crate::domain::{
    price,
    queue::{BATCH, MAX_BYTES},
};

/// Calls by API name.
pub type Calls = Vec<(&'static str, u64)>;

/// Calls and US dollars for `letters` letters, of which a sample of `looked_at` went to these
/// destinations with these bytes; the rest of it stays. `sent_before` are only deleted.
pub fn cost(
    plan: &Plan,
    (letters, sent_before): (u64, u64),
    looked_at: u64,
    destinations: &BTreeMap<Option<Target>, u64>,
    bytes: &BTreeMap<Option<Target>, u64>,
) -> (Calls, f64) {
    let scale = if looked_at == 0 {
        1.0
    } else {
        letters as f64 / looked_at as f64
    };
    let goes = (destinations.values().sum::<u64>() as f64 * scale).round() as u64 + sent_before;
    if goes == 0 {
        return (Vec::new(), 0.0);
    }
    let deletes = goes.div_ceil(BATCH as u64);
    let (mut sends, mut invokes, mut dollars) = (0, 0, 0.0);
    for (target, count) in destinations {
        let count = (*count as f64 * scale).round() as u64;
        let size = (bytes.get(target).copied().unwrap_or(0) as f64 * scale) as u64;
        match target {
            Some(Target::Queue(arn)) => {
                let calls = count
                    .div_ceil(BATCH as u64)
                    .max(size.div_ceil(MAX_BYTES as u64));
                sends += calls;
                let is_fifo = route::is_fifo_name(arn);
                dollars += price::sqs_requests(calls, size, is_fifo);
            }
            Some(Target::Function { .. }) => {
                invokes += count;
                dollars += price::invoke_requests(count);
            }
            None => {}
        }
    }
    let size: u64 = (bytes.values().sum::<u64>() as f64 * scale) as u64;
    // Two empty receives say that a queue is empty.
    let receives = match &plan.scope {
        super::Scope::Selection(_) => 0,
        super::Scope::Standing { .. } => (letters + sent_before).div_ceil(BATCH as u64) + 2,
    };
    dollars += price::sqs_requests(
        receives,
        if receives > 0 { size } else { 0 },
        plan.source_is_fifo,
    );
    dollars += price::sqs_requests(deletes, 0, plan.source_is_fifo);
    let calls = [
        ("ReceiveMessage", receives),
        ("SendMessageBatch", sends),
        ("Invoke", invokes),
        ("DeleteMessageBatch", deletes),
    ];
    let calls = calls.into_iter().filter(|(_, count)| *count > 0).collect();
    (calls, dollars)
}
