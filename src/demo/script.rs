//! One run of a function's code: what it logged, how long it took, how it ended.
//!
//! Responsible for the limits of the platform, which end a run whatever the code does. Not
//! responsible for what the code does (see [`work`](super::work)).

use serde_json::Value;

use super::function::Function;

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    Returned(Value),
    Raised(Failure),
    TimedOut,
    OutOfMemory,
}

/// An error that the function did not catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub kind: &'static str,
    pub message: String,
    /// Frames as the language writes them.
    pub trace: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
    /// Printed as it is, by code that does not use the logger.
    Raw,
}

/// Something the function logged.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Microseconds since the handler began.
    pub at_us: u64,
    pub level: Level,
    pub text: String,
}

/// One run of the handler.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub lines: Vec<Line>,
    pub duration_us: u64,
    pub memory_mb: u32,
    pub end: End,
}

/// A run while it is being told.
pub(super) struct Script<'a> {
    function: &'a Function,
    at_us: u64,
    pub memory_mb: u32,
    lines: Vec<Line>,
}

impl<'a> Script<'a> {
    pub fn new(function: &'a Function, memory_mb: u64) -> Self {
        Self {
            function,
            at_us: 900,
            memory_mb: memory_mb as u32,
            lines: Vec::new(),
        }
    }

    pub fn spend(&mut self, us: u64) {
        self.at_us += us;
    }

    pub fn log(&mut self, level: Level, text: impl Into<String>) {
        self.lines.push(Line {
            at_us: self.at_us,
            level,
            text: text.into(),
        });
        self.at_us += 350;
    }

    pub fn info(&mut self, text: impl Into<String>) {
        self.log(Level::Info, text);
    }

    pub fn hang(mut self) -> Run {
        self.at_us = self.function.timeout_us();
        self.end(End::TimedOut)
    }

    pub fn returns(self, value: Value) -> Run {
        self.end(End::Returned(value))
    }

    pub fn raises(self, kind: &'static str, message: impl Into<String>, trace: &[&str]) -> Run {
        let failure = Failure {
            kind,
            message: message.into(),
            trace: trace.iter().map(|frame| (*frame).to_owned()).collect(),
        };
        self.end(End::Raised(failure))
    }

    /// The platform's limits win over what the code would have done.
    fn end(mut self, end: End) -> Run {
        let limit_us = self.function.timeout_us();
        let memory = self.function.latest.summary.memory_mb;
        let end = if self.memory_mb > memory {
            End::OutOfMemory
        } else if self.at_us >= limit_us {
            End::TimedOut
        } else {
            end
        };
        self.lines.retain(|line| line.at_us < limit_us);
        Run {
            lines: self.lines,
            duration_us: self.at_us.min(limit_us),
            memory_mb: self.memory_mb.min(memory),
            end,
        }
    }
}
