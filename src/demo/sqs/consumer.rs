//! Triggers that eat a queue: enabled mappings from a queue to a function of the account.
//!
//! Responsible for polling, filtering, and for what becomes of a batch: done, failed in part, or
//! failed. What the function does is [`work`](super::super::work)'s.

use serde_json::{Map, Value, json};

use super::{
    super::{account::Account, invoke, script::End},
    Sqs,
};
use crate::domain::{
    function::{Arn, EventSourceMapping},
    queue::{BATCH, Message, QueueUrl, Receive},
};

/// How long a visible message waits for its consumer, in milliseconds.
const PICKUP_MS: i64 = 250;

/// One mapping at work.
#[derive(Debug)]
pub(super) struct Consumer {
    queue: QueueUrl,
    mapping: EventSourceMapping,
    /// When it polls; none while nothing is visible.
    due_ms: Option<i64>,
}

impl Sqs {
    /// Lets a mapping eat its queue, if that is one of the account and the mapping is enabled; what
    /// it was before is forgotten.
    pub fn attach(&mut self, mapping: EventSourceMapping) {
        self.consumers
            .retain(|consumer| consumer.mapping.uuid != mapping.uuid);
        let queue = mapping.source.as_ref().and_then(|arn| self.by_arn.get(arn));
        if let (Some(queue), false) = (queue, mapping.is_disabled()) {
            self.consumers.push(Consumer {
                queue: queue.clone(),
                mapping,
                due_ms: None,
            });
        }
    }

    /// The consumer that polls next, and when.
    pub(super) fn next_poll(&mut self) -> Option<(i64, usize)> {
        let now_ms = self.now_ms;
        let queues = &self.queues;
        let consumers = self.consumers.iter_mut().enumerate();
        consumers
            .filter_map(|(index, consumer)| {
                let queue = queues.get(&consumer.queue)?;
                if consumer.due_ms.is_none() && queue.is_ready() {
                    consumer.due_ms = Some(now_ms + PICKUP_MS);
                }
                let later = || queue.next_visible_ms().map(|at| at + PICKUP_MS);
                Some((consumer.due_ms.or_else(later)?, index))
            })
            .min()
    }

    /// One poll of a consumer, and the invoke that it leads to.
    pub(super) fn consume(&mut self, account: &Account, index: usize) {
        let now_ms = self.now_ms;
        self.consumers[index].due_ms = None;
        let url = self.consumers[index].queue.clone();
        let mapping = self.consumers[index].mapping.clone();
        let Some(queue) = self.queues.get_mut(&url) else {
            return;
        };
        queue.refresh(now_ms);
        let receive = Receive {
            max: mapping.batch_size.unwrap_or(10).clamp(1, BATCH as u32) as u8,
            visibility_s: queue.settings.visibility_timeout_s.unwrap_or(30),
            wait_s: 0,
        };
        let messages = self.receive(&url, receive, None).unwrap_or_default();
        let (records, dropped): (Vec<Message>, Vec<Message>) = messages
            .into_iter()
            .partition(|message| passes(&mapping.filters, message));
        // What the filter does not let through is deleted, not kept (Lambda developer guide).
        let mut done = dropped;
        if !records.is_empty() {
            let event = envelope(&mapping, &records);
            let failed = failures(account, &mapping, &event, now_ms);
            done.extend(records.into_iter().filter(|message| match &failed {
                Failed::All => false,
                Failed::These(ids) => !ids.iter().any(|id| **id == *message.id),
            }));
        }
        if let Some(queue) = self.queues.get_mut(&url) {
            for message in &done {
                // A handle of this very moment is good.
                let _ = queue.delete(&message.handle);
            }
        }
    }
}

/// What of a batch comes back to the queue.
enum Failed {
    All,
    /// Message ids.
    These(Vec<String>),
}

fn failures(account: &Account, mapping: &EventSourceMapping, event: &Value, now_ms: i64) -> Failed {
    let function = mapping.function.as_ref();
    let Some(end) = function.and_then(|arn| invoke::consume(account, arn, event, now_ms)) else {
        return Failed::All;
    };
    let End::Returned(answer) = end else {
        return Failed::All;
    };
    let reported = answer["batchItemFailures"].as_array();
    let reported = reported.filter(|_| mapping.partial_batch_responses);
    Failed::These(
        reported
            .into_iter()
            .flatten()
            .filter_map(|item| item["itemIdentifier"].as_str().map(str::to_owned))
            .collect(),
    )
}

/// The event that Lambda makes of a batch.
fn envelope(mapping: &EventSourceMapping, messages: &[Message]) -> Value {
    let source = mapping.source.as_ref();
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            let mut system = Map::new();
            let count = message.system.receive_count.to_string();
            system.insert("ApproximateReceiveCount".into(), json!(count));
            if let Some(sent) = message.system.sent {
                let sent = sent.as_millisecond().to_string();
                system.insert("SentTimestamp".into(), json!(sent));
            }
            json!({
                "messageId": &*message.id,
                "receiptHandle": &**message.handle.reveal(),
                "body": &**message.body.reveal(),
                "attributes": system,
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": source.map(Arn::as_str),
                "awsRegion": source.and_then(Arn::region),
            })
        })
        .collect();
    json!({ "Records": records })
}

/// Whether one of the filters lets a message through; none lets everything through. A pattern is
/// an object whose leaves list the values that are allowed (the subset this account uses).
fn passes(filters: &[String], message: &Message) -> bool {
    let body = message.body.reveal();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    let record = json!({ "body": body });
    let matches = |filter: &String| {
        serde_json::from_str(filter).is_ok_and(|pattern: Value| fits(&pattern, &record))
    };
    filters.is_empty() || filters.iter().any(matches)
}

fn fits(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, inner)| fits(inner, &value[name])),
        Value::Array(allowed) => allowed.contains(value),
        _ => false,
    }
}
