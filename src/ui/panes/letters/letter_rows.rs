//! What is said of one letter in a few lines: where it comes from, what failed, when it goes.

use jiff::Timestamp;

use super::words;
use crate::{
    domain::{
        age,
        function::Arn,
        letter::{Batch, ErrorSource, Letter, Origin, OriginalEvent},
        queue::{AttributeValue, MessageAttribute},
    },
    store::letters::{QueueLetters, queue_letters::EditedBy},
    theme::Role,
};

/// Bytes of a binary value that are shown.
const SHOWN_BYTES: usize = 32;

/// One line: what it is about, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Dimmed, in front.
    pub label: String,
    /// Untrusted.
    pub text: String,
    /// The colour of the text.
    pub role: Role,
}

fn line(label: impl Into<String>, text: impl Into<String>, role: Role) -> Line {
    Line {
        label: label.into(),
        text: text.into(),
        role,
    }
}

/// The lines that matter first: the detail column, and the head of the full view.
pub fn head(letter: &Letter, queue_letters: &QueueLetters, now: Timestamp) -> Vec<Line> {
    let id = &letter.message.id;
    let mut lines = vec![line("origin", origin(&letter.origin), Role::Text)];
    if let Origin::Batch(batch) = &letter.origin {
        lines.push(line("positions", positions(batch), Role::Text));
    }
    match &letter.function {
        Some(function) => {
            let qualifier = function
                .qualifier
                .as_ref()
                .map_or_else(String::new, |qualifier| format!(":{qualifier}"));
            let inferred = if function.inferred { " (inferred)" } else { "" };
            let name = function.arn.resource_name();
            lines.push(line(
                "function",
                format!("{name}{qualifier}{inferred}"),
                Role::Text,
            ));
        }
        None => lines.push(line("function", "not told", Role::Dim)),
    }
    if let Some(request) = &letter.request_id {
        lines.push(line("request", request.clone(), Role::Text));
    }
    lines.push(match &letter.error {
        Some(error) => {
            let code = error
                .code
                .as_ref()
                .map_or_else(String::new, |code| format!(" ({code})"));
            let from = match error.source {
                ErrorSource::Letter => "",
                ErrorSource::Logs => " (from its log lines)",
            };
            let inferred = if error.is_kind_inferred {
                " (type inferred)"
            } else {
                ""
            };
            let text = format!("{}{code}{from}{inferred}", error.headline());
            line("error", text, Role::Error)
        }
        None => line("error", "unknown: SQS keeps none", Role::Dim),
    });
    let received = letter.message.system.receive_count;
    let mut times = vec![format!("{received}×")];
    if let Some(sent) = letter.message.system.sent {
        times.push(format!("sent {} ago", age::age(now, sent)));
    }
    lines.push(line("received", times.join(" · "), Role::Text));
    if let Some(at) = letter.expires {
        let role = if words::is_soon(now, at) {
            Role::Warn
        } else {
            Role::Text
        };
        lines.push(line(
            "expires",
            format!("in {}", words::left(now, at)),
            role,
        ));
    }
    if let Some(verdict) = queue_letters.verdict(id) {
        let role = words::verdict_role(verdict);
        let text = format!("{} · {}", words::verdict(verdict), verdict.reason());
        lines.push(line("verdict", text, role));
    }
    if let Some(edit) = queue_letters.edit(id) {
        let how = match &edit.how {
            EditedBy::Hand => "by hand".to_owned(),
            EditedBy::Jq(jq) => format!("by jq {jq}"),
        };
        lines.push(line("edited", how, Role::Accent));
    }
    if queue_letters.is_lost(id) {
        let text = "its lease was lost: another reader may have it";
        lines.push(line("lease", text, Role::Warn));
    }
    lines
}

/// Everything else that the message carries: system and message attributes.
pub fn attributes(letter: &Letter) -> Vec<Line> {
    let message = &letter.message;
    let system = &message.system;
    let mut lines = vec![
        line("message", &*message.id, Role::Text),
        line("size", age::bytes(message.bytes() as u64), Role::Text),
    ];
    if let Origin::Batch(batch) = &letter.origin {
        let places = batch.positions.iter();
        lines.extend(places.map(|at| line("position", at.to_string(), Role::Text)));
        let details = batch.details.iter();
        lines.extend(details.map(|(name, value)| line(name.clone(), value.clone(), Role::Text)));
    }
    let mut add = |label: &str, text: Option<String>| {
        if let Some(text) = text {
            lines.push(line(label, text, Role::Text));
        }
    };
    add("sent", system.sent.map(words::moment));
    add("first received", system.first_received.map(words::moment));
    add("expires", letter.expires.map(words::moment));
    add("group", system.group.clone());
    add("deduplication", system.deduplication_id.clone());
    add("sequence", system.sequence.clone());
    add("sender", system.sender.clone());
    add("trace", system.trace.clone());
    add(
        "source",
        system
            .dead_letter_source
            .as_ref()
            .map(|arn| arn.as_str().to_owned()),
    );
    for (name, attribute) in &message.attributes {
        lines.push(line(name.clone(), value(attribute), Role::Text));
    }
    lines
}

/// The value of an attribute; bytes as hex, the first of them.
fn value(attribute: &MessageAttribute) -> String {
    match &attribute.value {
        AttributeValue::Text(text) if attribute.data_type == "String" => text.reveal().clone(),
        AttributeValue::Text(text) => format!("{} ({})", text.reveal(), attribute.data_type),
        AttributeValue::Bytes(bytes) => {
            let bytes = bytes.reveal();
            let hex: Vec<String> = bytes
                .iter()
                .take(SHOWN_BYTES)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let more = if bytes.len() > SHOWN_BYTES {
                " …"
            } else {
                ""
            };
            format!(
                "{}{more} ({}, {} bytes)",
                hex.join(" "),
                attribute.data_type,
                age::count(bytes.len() as u64)
            )
        }
    }
}

/// The origin with what it names.
fn origin(origin: &Origin) -> String {
    let title = origin.title();
    let detail = match origin {
        Origin::Queue { source } => Some(format!("from {}", source.resource_name())),
        Origin::AsyncDestination { condition } => Some(condition.clone()),
        Origin::Batch(batch) => {
            let name = |arn: &Arn| arn.resource_name().to_owned();
            let servers = batch.servers.clone().filter(|_| batch.source.is_none());
            let parts = [
                batch.by().map(name),
                batch.source.as_ref().map(name),
                servers,
                batch.condition.clone(),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" · "))
        }
        Origin::EventBridge {
            rule,
            schedule,
            condition,
            ..
        } => {
            let by = rule.as_ref().or(schedule.as_ref());
            by.map(|arn| arn.resource_name().to_owned())
                .or_else(|| condition.clone())
        }
        Origin::Sns { topic } => topic.as_ref().map(|arn| arn.resource_name().to_owned()),
        Origin::AsyncDeadLetter | Origin::Unknown => None,
    };
    detail.map_or_else(|| title.to_owned(), |detail| format!("{title} · {detail}"))
}

/// Where the events of a batch lie: the first place, and how many more there are.
fn positions(batch: &Batch) -> String {
    let size = batch.size.map(|size| format!("{size} events"));
    let first = batch.positions.first().map(ToString::to_string);
    let more = batch.positions.len().saturating_sub(1);
    let more = (more > 0).then(|| format!("{more} places more"));
    let parts: Vec<String> = [size, first, more].into_iter().flatten().collect();
    if parts.is_empty() {
        "not told".to_owned()
    } else {
        parts.join(" · ")
    }
}

/// What stands above the body.
pub fn event_title(letter: &Letter, is_edited: bool) -> String {
    let what = match &letter.event {
        OriginalEvent::Event(_) => "the event",
        OriginalEvent::SqsRecord { .. } => "the body, called in an envelope of SQS records",
        OriginalEvent::Missing(why) => why.reason(),
    };
    if is_edited {
        format!("{what}, as edited")
    } else {
        what.to_owned()
    }
}
