//! Severity: the words and numbers that loggers write for it, as data.

/// Severity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finer than debug.
    Trace,
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Something to look at.
    Warn,
    /// A failure.
    Error,
    /// A failure that ended the process.
    Fatal,
}

/// What the numbers from 10 to 60 mean: 30 is info for one family of loggers and a warning for the
/// other. The runtime of the function decides, where no word stands beside the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Numbers {
    /// bunyan and pino: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
    #[default]
    Bunyan,
    /// Python's `logging`: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    Python,
}

impl Numbers {
    /// What a runtime's identifier (`python3.12`) says of them; an image has none.
    pub fn of(runtime: Option<&str>) -> Self {
        match runtime {
            Some(id) if id.starts_with("python") => Self::Python,
            _ => Self::Bunyan,
        }
    }

    fn upper_bounds(self) -> [(u32, Level); 5] {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        match self {
            Self::Bunyan => [
                (10, Trace),
                (20, Debug),
                (30, Info),
                (40, Warn),
                (50, Error),
            ],
            Self::Python => [
                (10, Debug),
                (20, Info),
                (30, Warn),
                (40, Error),
                (50, Fatal),
            ],
        }
    }
}

/// Levels by their numbers in syslog (RFC 5424, table 2), which GELF uses too.
const SYSLOG: [Level; 8] = {
    use Level::{Debug, Error, Fatal, Info, Warn};
    [Fatal, Fatal, Fatal, Error, Warn, Info, Info, Debug]
};

/// Numbers of Monolog from which on a level holds.
const MONOLOG: [(u32, Level); 5] = [
    (500, Level::Fatal),
    (400, Level::Error),
    (300, Level::Warn),
    (200, Level::Info),
    (100, Level::Debug),
];

impl Level {
    /// The level a word names, in any of the usual spellings and cases (`warning`, `CRITICAL`,
    /// `err`, .NET's `fail`, zap's `dpanic`).
    pub fn from_word(word: &str) -> Option<Self> {
        let mut buffer = [0; 11];
        let small = buffer.get_mut(..word.len())?;
        small.copy_from_slice(word.as_bytes());
        small.make_ascii_lowercase();
        Some(match &*small {
            b"trace" | b"trce" | b"trc" | b"verbose" | b"vrb" | b"finer" | b"finest" => Self::Trace,
            b"debug" | b"dbug" | b"dbg" | b"fine" => Self::Debug,
            b"info" | b"inf" | b"information" | b"notice" => Self::Info,
            b"warn" | b"warning" | b"wrn" => Self::Warn,
            b"error" | b"err" | b"fail" | b"severe" => Self::Error,
            b"fatal" | b"ftl" | b"critical" | b"crit" | b"panic" | b"pnc" | b"dpanic"
            | b"alert" | b"emerg" | b"emergency" => Self::Fatal,
            _ => return None,
        })
    }

    /// Whether a word means a level wherever it stands in capitals. The others are common words of
    /// messages too (`ALERT`, `FAIL`) and mean one only where a level would stand.
    pub(super) fn is_plain_word(word: &str) -> bool {
        ![
            "fail",
            "alert",
            "fine",
            "finer",
            "finest",
            "verbose",
            "emergency",
        ]
        .iter()
        .any(|other| other.eq_ignore_ascii_case(word))
    }

    /// The level of a number under a name like `level`; `None` for what no family of loggers uses.
    pub(super) fn from_number(number: u32, numbers: Numbers) -> Option<Self> {
        match number {
            0..=7 => Some(SYSLOG[number as usize]),
            8..=60 => Some(
                numbers
                    .upper_bounds()
                    .iter()
                    .find(|(bound, _)| number <= *bound)
                    .map_or(Self::Fatal, |&(_, level)| level),
            ),
            100..=600 => MONOLOG
                .iter()
                .find(|(bound, _)| number >= *bound)
                .map(|&(_, level)| level),
            _ => None,
        }
    }

    /// The level of a number under `SeverityNumber` (OpenTelemetry's data model of logs).
    pub(super) fn from_open_telemetry(number: u32) -> Option<Self> {
        Some(match number {
            1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
            _ => return None,
        })
    }

    /// Whether this is a failure.
    pub fn is_error(self) -> bool {
        self >= Self::Error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_logger_in_any_case() {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        for (level, words) in [
            (Trace, "trace TRACE trce Verbose"),
            (Debug, "debug Debug dbug"),
            (Info, "info INFO Information notice"),
            (Warn, "warn WARNING wrn"),
            (Error, "error ERROR err fail severe"),
            (Fatal, "fatal crit CRITICAL dpanic panic emerg alert"),
        ] {
            for word in words.split(' ') {
                assert_eq!(Level::from_word(word), Some(level), "{word}");
            }
        }
        for word in ["", "e", "errors", "informational", "größe", "failed"] {
            assert_eq!(Level::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn numbers_belong_to_a_family() {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        let bunyan = |n| Level::from_number(n, Numbers::Bunyan);
        let python = |n| Level::from_number(n, Numbers::of(Some("python3.12")));
        assert_eq!(
            [10, 20, 30, 40, 50, 60].map(bunyan),
            [Trace, Debug, Info, Warn, Error, Fatal].map(Some)
        );
        assert_eq!(
            [10, 20, 30, 40, 50].map(python),
            [Debug, Info, Warn, Error, Fatal].map(Some)
        );
        assert_eq!(
            [100, 200, 250, 300, 400, 500, 550, 600].map(bunyan),
            [Debug, Info, Info, Warn, Error, Fatal, Fatal, Fatal].map(Some)
        );
        assert_eq!(
            [0, 2, 3, 4, 6, 7].map(python),
            [Fatal, Fatal, Error, Warn, Info, Debug].map(Some)
        );
        assert_eq!([61, 99, 601, 40_000].map(bunyan), [None; 4]);
        assert_eq!(
            [1, 5, 9, 13, 17, 21, 25].map(Level::from_open_telemetry),
            [
                Some(Trace),
                Some(Debug),
                Some(Info),
                Some(Warn),
                Some(Error),
                Some(Fatal),
                None
            ]
        );
    }
}
