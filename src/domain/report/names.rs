//! The names under which loggers write what every line has: level, message, time, request, error.

use super::{Level, Numbers};

/// How a name says the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LevelForm {
    /// By a word, or by a number of the usual families.
    Level,
    /// By a number of OpenTelemetry's.
    SeverityNumber,
}

fn says_level(name: &str) -> Option<LevelForm> {
    Some(match name {
        "level" | "Level" | "log.level" | "severity" | "lvl" | "@l" | "level_name"
        | "levelname" | "loglevel" | "logLevel" | "LogLevel" | "log_level" | "SeverityText"
        | "severityText" | "severity_text" => LevelForm::Level,
        "SeverityNumber" | "severityNumber" | "severity_number" => LevelForm::SeverityNumber,
        _ => return None,
    })
}

/// The levels that the members of one object name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Levels {
    word: Option<Level>,
    number: Option<Level>,
}

impl Levels {
    /// Takes a member in; the first word and the first number count.
    pub(super) fn take(&mut self, name: &str, value: &str, numbers: Numbers) {
        let Some(says) = says_level(name) else {
            return;
        };
        match (value.parse(), says) {
            (Ok(number), LevelForm::Level) => {
                self.number = self.number.or(Level::from_number(number, numbers));
            }
            (Ok(number), LevelForm::SeverityNumber) => {
                self.number = self.number.or(Level::from_open_telemetry(number));
            }
            (Err(_), _) => self.word = self.word.or_else(|| Level::from_word(value)),
        }
    }

    /// The level: a word beside a number wins.
    pub(super) fn level(self) -> Option<Level> {
        self.word.or(self.number)
    }

    /// Whether a word said it, so that nothing that follows can change it.
    pub(super) const fn is_settled(self) -> bool {
        self.word.is_some()
    }
}

/// Whether a member of that name says the level of its line.
pub fn is_level(name: &str) -> bool {
    says_level(name).is_some()
}

/// Whether a member of that name is what the line says.
pub fn is_message(name: &str) -> bool {
    matches!(
        name,
        "message" | "msg" | "Message" | "@m" | "@mt" | "short_message" | "RenderedMessage"
    )
}

/// Whether a member of that name is the time of the line.
pub fn is_time(name: &str) -> bool {
    matches!(name, "timestamp" | "time" | "@timestamp" | "ts" | "@t")
}

/// Whether a member of that name is the id of the request.
pub fn is_request(name: &str) -> bool {
    matches!(
        name,
        "requestId"
            | "AWSRequestId"
            | "awsRequestId"
            | "request_id"
            | "aws_request_id"
            | "function_request_id"
    )
}

/// Whether a member of that name is a stack trace.
pub fn is_stack(name: &str) -> bool {
    matches!(
        name,
        "stackTrace" | "stack" | "trace" | "stack_trace" | "error.stack_trace"
    )
}

/// Whether a member of that name is the type of an error.
pub(super) fn is_error_type(name: &str) -> bool {
    matches!(
        name,
        "errorType" | "error_type" | "exception_name" | "error.type" | "exception.type"
    )
}

/// Whether a member of that name is the message of an error.
pub(super) fn is_error_message(name: &str) -> bool {
    matches!(
        name,
        "errorMessage" | "error_message" | "error.message" | "exception.message"
    )
}
