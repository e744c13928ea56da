//! SQS on loopback: two queues, `dead` with letters and `main` without, and a ledger of what was
//! received, sent and deleted, letter by letter.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
};

use md5::{Digest as _, Md5};
use serde::Deserialize;

use super::loopback::{Answer, Handler, Request, answer};

/// Bytes of a letter's body.
const BODY: usize = 1_024;
/// What one letter may have gone through.
const SENT: u8 = 1;
const DELETED: u8 = 2;
/// Sent or deleted more than once.
const TWICE: u8 = 4;

/// The two queues.
pub struct Queues {
    /// Letters as `ReceiveMessage` gives them, rendered once.
    letters: Vec<String>,
    waiting: Mutex<VecDeque<usize>>,
    fate: Vec<AtomicU8>,
    calls: [AtomicUsize; 5],
}

/// The calls that are counted.
#[derive(Clone, Copy)]
pub enum Call {
    Receive,
    Send,
    Delete,
    Visibility,
    Other,
}

impl Queues {
    /// That many letters in `dead`.
    pub fn with(letters: usize) -> Self {
        Self {
            letters: (0..letters).map(letter).collect(),
            waiting: Mutex::new((0..letters).collect()),
            fate: (0..letters).map(|_| AtomicU8::new(0)).collect(),
            calls: Default::default(),
        }
    }

    /// Puts every letter back, as if nothing had happened.
    pub fn refill(&self) {
        for fate in &self.fate {
            fate.store(0, Ordering::Relaxed);
        }
        for calls in &self.calls {
            calls.store(0, Ordering::Relaxed);
        }
        *self.waiting() = (0..self.letters.len()).collect();
    }

    /// How many letters there were.
    pub fn letters(&self) -> usize {
        self.letters.len()
    }

    /// How often a call came.
    pub fn calls(&self, call: Call) -> usize {
        self.calls[call as usize].load(Ordering::Relaxed)
    }

    /// Letters that were not sent once and deleted once.
    pub fn astray(&self) -> usize {
        let whole = SENT | DELETED;
        let fates = self.fate.iter();
        fates
            .filter(|fate| fate.load(Ordering::Relaxed) != whole)
            .count()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, letter: usize, what: u8) {
        let before = self.fate[letter].fetch_or(what, Ordering::Relaxed);
        if before & what != 0 {
            self.fate[letter].fetch_or(TWICE, Ordering::Relaxed);
        }
    }

    fn receive(&self, body: &[u8]) -> String {
        let wanted: Wanted = serde_json::from_slice(body).expect("a receive");
        let taken: Vec<usize> = {
            let mut waiting = self.waiting();
            let count = wanted.max_number_of_messages.min(waiting.len());
            waiting.drain(..count).collect()
        };
        if taken.is_empty() {
            return "{}".to_owned();
        }
        let letters: Vec<&str> = taken.iter().map(|&n| self.letters[n].as_str()).collect();
        format!("{{\"Messages\":[{}]}}", letters.join(","))
    }

    fn send(&self, body: &[u8]) -> String {
        let batch: Batch<'_> = serde_json::from_slice(body).expect("a batch");
        let mut done = String::new();
        for entry in batch.entries {
            let body = entry.message_body.expect("a body");
            self.note(number_of(&body), SENT);
            let separator = if done.is_empty() { "" } else { "," };
            let _ = write!(
                done,
                "{separator}{{\"Id\":\"{}\",\"MessageId\":\"new-{:08}\",\"MD5OfMessageBody\":\"{}\"}}",
                entry.id,
                number_of(&body),
                hex(&Md5::digest(body.as_bytes()))
            );
        }
        format!("{{\"Successful\":[{done}],\"Failed\":[]}}")
    }

    fn delete(&self, body: &[u8]) -> String {
        let batch: Batch<'_> = serde_json::from_slice(body).expect("a batch");
        let mut done = String::new();
        for entry in batch.entries {
            let handle = entry.receipt_handle.expect("a handle");
            self.note(handle[7..].parse().expect("a number"), DELETED);
            let separator = if done.is_empty() { "" } else { "," };
            let _ = write!(done, "{separator}{{\"Id\":\"{}\"}}", entry.id);
        }
        format!("{{\"Successful\":[{done}],\"Failed\":[]}}")
    }
}

impl Handler for Queues {
    fn answer(&self, request: &Request<'_>) -> Answer<'_> {
        let name = request.target.rsplit('.').next().unwrap_or_default();
        let (call, text) = match name {
            "ReceiveMessage" => (Call::Receive, self.receive(request.body)),
            "SendMessageBatch" => (Call::Send, self.send(request.body)),
            "DeleteMessageBatch" => (Call::Delete, self.delete(request.body)),
            "ChangeMessageVisibilityBatch" => (Call::Visibility, visible(request.body)),
            "GetQueueUrl" | "GetQueueAttributes" => (Call::Other, about(name, request.body)),
            "ListMessageMoveTasks" => (Call::Other, "{\"Results\":[]}".to_owned()),
            _ => {
                let text = "{\"__type\":\"InvalidAction\",\"message\":\"the bench has none\"}";
                return Answer::Made(answer(400, "application/x-amz-json-1.0", text));
            }
        };
        self.calls[call as usize].fetch_add(1, Ordering::Relaxed);
        Answer::Made(answer(200, "application/x-amz-json-1.0", &text))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    max_number_of_messages: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<'a> {
    #[serde(borrow)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    id: &'a str,
    message_body: Option<String>,
    receipt_handle: Option<&'a str>,
}

/// A letter as SQS gives it; its number stands in its id, its handle and its body.
fn letter(number: usize) -> String {
    let head = format!("order-{number:08} ");
    let body = format!("{head}{}", "x".repeat(BODY - head.len()));
    format!(
        "{{\"MessageId\":\"5f3c2a10-0000-4000-8000-0000{number:08}\",\"ReceiptHandle\":\"handle-{number:08}\",\
         \"MD5OfBody\":\"{}\",\"Body\":\"{body}\",\"Attributes\":{{\"SenderId\":\"AIDABENCH\",\
         \"SentTimestamp\":\"1760000000000\",\"ApproximateReceiveCount\":\"4\",\
         \"ApproximateFirstReceiveTimestamp\":\"1760000000500\",\
         \"DeadLetterQueueSourceArn\":\"arn:aws:sqs:eu-west-1:000000000000:main\"}}}}",
        hex(&Md5::digest(body.as_bytes()))
    )
}

fn number_of(body: &str) -> usize {
    body[6..14].parse().expect("the number of a letter")
}

fn visible(body: &[u8]) -> String {
    let batch: Batch<'_> = serde_json::from_slice(body).expect("a batch");
    let ids: Vec<String> = batch
        .entries
        .iter()
        .map(|entry| format!("{{\"Id\":\"{}\"}}", entry.id))
        .collect();
    format!("{{\"Successful\":[{}],\"Failed\":[]}}", ids.join(","))
}

fn about(call: &str, body: &[u8]) -> String {
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    if call == "GetQueueUrl" {
        let name = asked["QueueName"].as_str().unwrap_or_default();
        return format!("{{\"QueueUrl\":\"http://127.0.0.1/000000000000/{name}\"}}");
    }
    let url = asked["QueueUrl"].as_str().unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    format!(
        "{{\"Attributes\":{{\"QueueArn\":\"arn:aws:sqs:eu-west-1:000000000000:{name}\",\
         \"ApproximateNumberOfMessages\":\"0\",\"ApproximateNumberOfMessagesNotVisible\":\"0\",\
         \"ApproximateNumberOfMessagesDelayed\":\"0\",\"VisibilityTimeout\":\"30\",\
         \"MessageRetentionPeriod\":\"1209600\",\"MaximumMessageSize\":\"1048576\",\"DelaySeconds\":\"0\"}}}}"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
