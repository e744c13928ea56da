//! `J`: what AWS answered, as JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::queues;
use crate::domain::{
    dead_letters::DeadLetterQueue,
    function::Arn,
    letter::Letter,
    queue::{AttributeValue, QueueUrl},
};

/// A message as the API gives it.
pub fn message(letter: &Letter) -> String {
    let message = &letter.message;
    let system = &message.system;
    let at = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let attributes: serde_json::Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, attribute)| {
            let value = match &attribute.value {
                AttributeValue::Text(text) => json!({
                    "DataType": attribute.data_type,
                    "StringValue": text.reveal(),
                }),
                AttributeValue::Bytes(bytes) => json!({
                    "DataType": attribute.data_type,
                    "BinaryBytes": bytes.reveal().len(),
                }),
            };
            (name.clone(), value)
        })
        .collect();
    let json = json!({
        "MessageId": &*message.id,
        "Body": &**message.body.reveal(),
        "Attributes": {
            "SentTimestamp": at(system.sent),
            "ApproximateReceiveCount": system.receive_count,
            "ApproximateFirstReceiveTimestamp": at(system.first_received),
            "SenderId": system.sender,
            "MessageGroupId": system.group,
            "MessageDeduplicationId": system.deduplication_id,
            "SequenceNumber": system.sequence,
            "AWSTraceHeader": system.trace,
            "DeadLetterQueueSourceArn": system.dead_letter_source.as_ref().map(Arn::as_str),
        },
        "MessageAttributes": attributes,
    });
    format!("{json:#}")
}

/// What is known of a queue.
pub fn queue(queue: &DeadLetterQueue) -> String {
    let attributes = queue.attributes.as_ref().map(|found| {
        json!({
            "ApproximateNumberOfMessages": found.visible,
            "ApproximateNumberOfMessagesNotVisible": found.in_flight,
            "ApproximateNumberOfMessagesDelayed": found.delayed,
            "VisibilityTimeout": found.visibility_timeout_s,
            "MessageRetentionPeriod": found.retention_s,
            "DelaySeconds": found.delay_s,
            "MaximumMessageSize": found.maximum_bytes,
            "FifoQueue": found.fifo,
            "ContentBasedDeduplication": found.content_based_deduplication,
            "KmsMasterKeyId": found.kms_key,
            "RedrivePolicy": found.dead_letter.as_ref().map(|target| json!({
                "deadLetterTargetArn": target.as_str(),
                "maxReceiveCount": found.max_receive_count,
            })),
        })
    });
    let feeders: Vec<String> = queue.feeders.iter().map(queues::feeder).collect();
    let consumers: Vec<&str> = queue
        .consumers
        .iter()
        .map(|consumer| consumer.function.as_str())
        .collect();
    let json = json!({
        "QueueArn": queue.arn.as_str(),
        "QueueUrl": queue.url.as_ref().map(QueueUrl::as_str),
        "Attributes": attributes,
        "sources": feeders,
        "consumers": consumers,
    });
    format!("{json:#}")
}
