//! Failure records of pollers: where the events of a batch lie, not the events.

use serde_json::json;

use super::{
    super::{
        dice::{Dice, label, uuid},
        place::{HOUR_MS, Place},
        render,
        sqs::Stored,
    },
    letter,
};

/// Batches that a stream mapping, a pipe and a Kafka mapping gave up: positions, no records.
pub(super) fn given_up(place: &Place) -> Vec<Stored> {
    let mut dice = Dice::new(&[place.seed, label("inventory-stream-failures")]);
    let stream = place.arn("dynamodb", "table/stock/stream/2026-03-02T08:11:45.120");
    let mut letters: Vec<Stored> = (0..3_i64)
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
        .collect();
    let sent_ms = place.born_ms - 8 * HOUR_MS;
    let by_pipe = json!({
        "context": {"partnerResourceArn": place.arn("pipes", "pipe/stock-to-search").as_str(),
            "condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "timestamp": render::iso(sent_ms),
        "DDBStreamBatchInfo": {"shardId": "shardId-00000001764300000000-5f2c81aa",
            "startSequenceNumber": "860000071234500000000", "endSequenceNumber": "860000071240100000000",
            "approximateArrivalOfFirstRecord": render::iso(sent_ms - 70_000),
            "approximateArrivalOfLastRecord": render::iso(sent_ms - 66_000),
            "batchSize": 12, "streamArn": stream.as_str()},
    });
    letters.push(letter(by_pipe.to_string(), sent_ms, dice.roll()));
    let sent_ms = place.born_ms - 5 * HOUR_MS;
    let cluster = place.arn(
        "kafka",
        "cluster/warehouse/751d2973-a626-431c-9d4e-d7975eb44dd7-2",
    );
    let by_kafka = json!({
        "requestContext": {"requestId": uuid(dice.roll()),
            "functionArn": place.function_arn("inventory-sync").as_str(),
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": render::iso(sent_ms),
        "KafkaBatchInfo": {"batchSize": 40, "eventSourceArn": cluster.as_str(),
            "bootstrapServers": "b-1.warehouse.example:9098,b-2.warehouse.example:9098",
            "payloadSize": 18_204,
            "recordsInfo": {
                "stock-moves-0": {"firstRecordOffset": "48211", "lastRecordOffset": "48236",
                    "firstRecordTimestamp": render::iso(sent_ms - 40_000),
                    "lastRecordTimestamp": render::iso(sent_ms - 31_000)},
                "stock-moves-1": {"firstRecordOffset": "51007", "lastRecordOffset": "51020",
                    "firstRecordTimestamp": render::iso(sent_ms - 39_000),
                    "lastRecordTimestamp": render::iso(sent_ms - 33_000)}}},
    });
    letters.push(letter(by_kafka.to_string(), sent_ms, dice.roll()));
    letters
}
