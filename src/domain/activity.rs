//! The activity log's words: what one line holds, what two lines of one intention say together,
//! and how that is told to the reader.
//!
//! Payloads, bodies and environment values have no place here. The file is `runtime::activity`'s.

mod handover;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

pub use handover::markdown;

/// One line: the intention (no `outcome` yet), or its completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The same in both lines of an intention.
    pub id: String,
    /// When this line was written.
    pub at: Timestamp,
    /// When the intention of a completion was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Account id, or `identity unknown`.
    pub account: String,
    /// ARN of the caller, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Region.
    pub region: String,
    /// API operation.
    pub operation: String,
    /// ARN of what it touches.
    pub target: String,
    /// What it does, in words, without any secret.
    pub summary: String,
    /// The equivalent `aws` command.
    pub command: String,
    /// The process that wrote it: tells what still runs from what was left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// How it ended; absent in the first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Ending>,
    /// The same in words; absent in the first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// As intended.
    Done,
    /// Not, or not wholly.
    Failed,
    /// Its user stopped it before its end.
    Stopped,
    /// Nobody knows.
    Unknown,
}

/// How a write ended, and the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How.
    pub result: Ending,
    /// In words, without any secret.
    pub outcome: String,
}

impl End {
    /// It ended as intended.
    pub fn done(outcome: impl Into<String>) -> Self {
        Self::of(Ending::Done, outcome)
    }

    /// It ended like this.
    pub fn of(result: Ending, outcome: impl Into<String>) -> Self {
        Self {
            result,
            outcome: outcome.into(),
        }
    }
}

impl Entry {
    /// The completion of this intention.
    #[must_use]
    pub fn ended(self, at: Timestamp, end: End) -> Self {
        Self {
            began: Some(self.at),
            at,
            result: Some(end.result),
            outcome: Some(end.outcome),
            ..self
        }
    }
}

/// How a write stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It ended.
    Ended(Ending),
    /// The process that does it is at it.
    Running,
    /// The process that did it ended before it could write how it ended.
    LeftBehind,
}

/// A write: both of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// When it was intended.
    pub began: Timestamp,
    /// When it ended, as far as that was written.
    pub ended: Option<Timestamp>,
    /// How it stands.
    pub state: State,
    /// Its newest line.
    pub entry: Entry,
}

impl Write {
    /// A write by its newest line; `is_running` is asked where that is the intention.
    pub fn of(entry: Entry, is_running: impl FnOnce(&Entry) -> bool) -> Self {
        let state = match (&entry.outcome, entry.result) {
            (_, Some(result)) => State::Ended(result),
            // How it is meant was not written: the words are all there is.
            (Some(_), None) => State::Ended(Ending::Unknown),
            (None, None) if is_running(&entry) => State::Running,
            (None, None) => State::LeftBehind,
        };
        let is_ended = matches!(state, State::Ended(_));
        Self {
            began: entry.began.unwrap_or(entry.at),
            ended: is_ended.then_some(entry.at),
            state,
            entry,
        }
    }

    /// The newest moment that is known of it.
    pub fn latest(&self) -> Timestamp {
        self.ended.unwrap_or(self.began)
    }

    /// A sign for how it stands.
    pub const fn glyph(&self) -> &'static str {
        match self.state {
            State::Ended(Ending::Done) => "✔",
            State::Ended(Ending::Failed) => "✖",
            State::Ended(Ending::Stopped) => "○",
            State::Ended(Ending::Unknown) | State::LeftBehind => "?",
            State::Running => "…",
        }
    }

    /// A word for how it stands.
    pub const fn word(&self) -> &'static str {
        match self.state {
            State::Ended(Ending::Done) => "done",
            State::Ended(Ending::Failed) => "failed",
            State::Ended(Ending::Stopped) => "stopped",
            State::Ended(Ending::Unknown) | State::LeftBehind => "unknown",
            State::Running => "running",
        }
    }

    /// How it stands, in a sentence. Untrusted.
    pub fn outcome(&self) -> &str {
        match (&self.entry.outcome, self.state) {
            (Some(outcome), _) => outcome,
            (None, State::Running) => "still under way",
            (None, _) => "outcome unknown: the process ended in between",
        }
    }

    /// Who did it, short: the end of the caller's ARN. Untrusted.
    pub fn who(&self) -> &str {
        let Some(identity) = self.entry.identity.as_deref() else {
            return "unknown";
        };
        let resource = identity.rsplit(':').next().unwrap_or(identity);
        ["assumed-role/", "user/", "federated-user/"]
            .iter()
            .find_map(|kind| resource.strip_prefix(kind))
            .unwrap_or(resource)
    }

    /// One JSON object of the whole write.
    pub fn json(&self) -> serde_json::Value {
        let entry = &self.entry;
        serde_json::json!({
            "id": entry.id,
            "time": self.began,
            "ended": self.ended,
            "account": entry.account,
            "identity": entry.identity,
            "region": entry.region,
            "operation": entry.operation,
            "target": entry.target,
            "what": entry.summary,
            "result": self.word(),
            "outcome": self.outcome(),
            "command": (!entry.command.is_empty()).then_some(&entry.command),
        })
    }

    /// Names and values, for a reader. Untrusted.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let entry = &self.entry;
        let mut fields = vec![("time", moment(self.began))];
        if let Some(ended) = self.ended.filter(|ended| *ended != self.began) {
            fields.push(("ended", moment(ended)));
        }
        let identity = entry.identity.as_deref().unwrap_or("unknown");
        fields.extend([
            ("who", identity.to_owned()),
            ("account", entry.account.clone()),
            ("region", entry.region.clone()),
            ("what", entry.summary.clone()),
            ("call", entry.operation.clone()),
            ("target", entry.target.clone()),
            ("result", format!("{} {}", self.glyph(), self.word())),
            ("", self.outcome().to_owned()),
            ("id", entry.id.clone()),
        ]);
        if !entry.command.is_empty() {
            fields.push(("command", entry.command.clone()));
        }
        fields
    }
}

/// An absolute time.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// As short as it stays clear beside now: the time today, the day this year, else the date. UTC.
pub fn short_moment(at: Timestamp, now: Timestamp) -> String {
    let (day, today) = (
        at.to_zoned(TimeZone::UTC).date(),
        now.to_zoned(TimeZone::UTC).date(),
    );
    let form = match (day == today, day.year() == today.year()) {
        (true, _) => "%H:%M:%S",
        (false, true) => "%m-%d %H:%M",
        (false, false) => "%Y-%m-%d",
    };
    at.strftime(form).to_string()
}

/// Keeps writes: every word must stand somewhere in it, upper and lower case alike; `!word`
/// must not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Filter {
    /// Reads a filter; none is wrong.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        for word in text.split_whitespace() {
            match word.strip_prefix('!') {
                Some("") => {}
                Some(word) => filter.unwanted.push(word.to_lowercase()),
                None => filter.wanted.push(word.to_lowercase()),
            }
        }
        filter
    }

    /// Whether a write is kept.
    pub fn keeps(&self, write: &Write) -> bool {
        if self.wanted.is_empty() && self.unwanted.is_empty() {
            return true;
        }
        let fields = write.fields();
        let texts: Vec<String> = fields.iter().map(|(_, text)| text.to_lowercase()).collect();
        let has = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
        self.wanted.iter().all(has) && !self.unwanted.iter().any(has)
    }
}

/// A line that is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: u64,
    /// It is the last one and has no end: its process was ended while it wrote.
    pub is_cut: bool,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = if self.is_cut {
            "cut short: its process ended while it was written"
        } else {
            "not an entry of this log"
        };
        write!(f, "line {}: {why}", self.line)
    }
}

/// What was read of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// Newest first.
    pub writes: Vec<Write>,
    /// Lines that could not be read, the last one first; the first of them at least.
    pub bad_lines: Vec<BadLine>,
    /// How many they are.
    pub bad: u64,
    /// Older ones were not read.
    pub has_more: bool,
}

impl Log {
    /// What is known beside the writes.
    #[must_use]
    pub fn without_writes(&self) -> Self {
        Self {
            writes: Vec::new(),
            bad_lines: self.bad_lines.clone(),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests;
