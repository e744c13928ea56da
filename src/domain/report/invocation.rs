//! One invocation, as its log lines tell it: a set of facts that grows in any order.

use std::fmt;

use super::platform::{Report, Verdict};

/// Which of the merged sources (functions, log groups) a line came from; the caller numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// A log stream of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

/// Names an invocation inside a book: a digest of its request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvocationKey(pub u64);

/// A request id; the usual one, a UUID, takes 16 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestId {
    /// A UUID in small letters.
    Uuid([u8; 16]),
    /// Anything else.
    Other(Box<str>),
}

impl RequestId {
    /// Any text is a request id.
    pub fn new(text: &str) -> Self {
        match super::uuid(text) {
            // One in capitals would not print as it was.
            Some(uuid) if !text.bytes().any(|byte| byte.is_ascii_uppercase()) => Self::Uuid(uuid),
            _ => Self::Other(text.into()),
        }
    }

    /// Its key in a book. Two different ids of one book share a key with a chance of about n²/2⁶⁵.
    pub fn key(&self) -> InvocationKey {
        let digest = |bytes: &[u8]| {
            bytes.chunks(8).fold(bytes.len() as u64, |state, chunk| {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                scramble(state ^ u64::from_le_bytes(word))
            })
        };
        InvocationKey(match self {
            Self::Uuid(uuid) => digest(uuid),
            Self::Other(text) => digest(text.as_bytes()),
        })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => f.write_str(text),
            Self::Uuid(uuid) => {
                for (at, byte) in uuid.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }
    }
}

/// The finaliser of `SplitMix64`.
fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Version of the function that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `$LATEST`
    Latest,
    /// A published one.
    Number(u32),
}

impl Version {
    /// `None` for what is neither `$LATEST` nor a number.
    pub fn new(text: &str) -> Option<Self> {
        if text.starts_with("$LATEST") {
            Some(Self::Latest)
        } else {
            text.parse().ok().map(Self::Number)
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// `$LATEST`, packed.
const LATEST: u32 = u32::MAX;

/// How an invocation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// No line has told its end.
    Running,
    /// Ended, and nothing told of a failure.
    Success,
    /// The handler or the runtime failed.
    Error,
    /// The process was killed for memory.
    OutOfMemory,
    /// It ran into the function's time limit.
    Timeout,
}

impl Status {
    /// Whether it failed.
    pub fn is_failure(self) -> bool {
        self >= Self::Error
    }
}

/// Figures of the last attempt, from its `REPORT`. Packed: a book holds a hundred thousand of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    duration_ms: f32,
    init_ms: f32,
    restore_ms: f32,
    billed_ms: u32,
    memory_mb: u16,
    used_mb: u16,
}

/// A figure of 0 counts as not known: it tells nobody anything.
fn known<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

impl Figures {
    fn new(report: &Report<'_>) -> Self {
        let megabytes = |mb: Option<u32>| mb.map_or(0, |mb| mb.min(u32::from(u16::MAX)) as u16);
        Self {
            duration_ms: report.duration_ms.unwrap_or_default() as f32,
            init_ms: report.init_ms.unwrap_or_default() as f32,
            restore_ms: report.restore_ms.unwrap_or_default() as f32,
            billed_ms: report.billed_ms.unwrap_or_default() as u32,
            memory_mb: megabytes(report.memory_mb),
            used_mb: megabytes(report.used_mb),
        }
    }

    /// Milliseconds the handler ran.
    pub fn duration_ms(&self) -> Option<f32> {
        known(self.duration_ms)
    }

    /// Milliseconds billed.
    pub fn billed_ms(&self) -> Option<u32> {
        known(self.billed_ms)
    }

    /// Memory configured, MB.
    pub fn memory_mb(&self) -> Option<u16> {
        known(self.memory_mb)
    }

    /// Most memory used, MB.
    pub fn used_mb(&self) -> Option<u16> {
        known(self.used_mb)
    }

    /// Milliseconds of a cold start.
    pub fn init_ms(&self) -> Option<f32> {
        known(self.init_ms)
    }

    /// Milliseconds of restoring a snapshot.
    pub fn restore_ms(&self) -> Option<f32> {
        known(self.restore_ms)
    }
}

/// One request and what its lines say of it. Attempts of an asynchronous request share the id: the
/// figures and the status are those of the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The request.
    pub request_id: RequestId,
    /// Where it ran.
    pub source: SourceId,
    /// The log stream of its last attempt.
    pub stream: StreamId,
    /// Time of its first line, ms.
    pub first: i64,
    /// Time of its last line, ms.
    pub last: i64,
    /// Lines seen.
    pub lines: u32,
    /// Lines of level error and above that report no failure of the handler.
    logged: u16,
    /// Reports of a failed handler.
    reports: u16,
    /// A line that goes with such a report, or stands for it, was seen.
    failed: bool,
    /// The process was killed; older logs do not say why.
    killed: bool,
    /// `START`s seen.
    pub attempts: u16,
    /// Figures of the last attempt.
    pub figures: Figures,
    /// 0 if not known, `LATEST` for `$LATEST`.
    version: u32,
    pub(super) started: i64,
    pub(super) ended: i64,
    reported: i64,
    verdict: Option<Status>,
    /// Time of the newest line that tells of a failure, and which; `i64::MIN` if there is none.
    fault: i64,
    fault_status: Status,
    told: Option<Box<Errors>>,
}

/// What the lines of an invocation tell of its errors.
#[derive(Debug, Clone, PartialEq)]
struct Errors {
    first: Told,
    /// Of those that tell why the handler failed, the first that names a class.
    failure: Option<Told>,
}

/// Who tells of an error, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ToldBy {
    /// The function, or its runtime's client.
    Function,
    /// The platform, in words.
    Platform,
    /// The platform, by a name.
    PlatformName,
}

/// An error in short. The order does not depend on which came first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    pub(super) teller: ToldBy,
    pub(super) at: i64,
    /// `CardDeclined: card declined`
    pub(super) text: Box<str>,
    /// Bytes of `text` that are its class; 0 if it names none.
    pub(super) class: u8,
}

impl Told {
    fn class(&self) -> Option<&str> {
        self.text
            .get(..usize::from(self.class))
            .filter(|class| !class.is_empty())
    }
}

fn first(a: Option<Told>, b: Option<Told>) -> Option<Told> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl Invocation {
    pub(super) fn new(
        request_id: RequestId,
        source: SourceId,
        stream: StreamId,
        timestamp: i64,
    ) -> Self {
        Self {
            request_id,
            source,
            stream,
            first: timestamp,
            last: timestamp,
            lines: 0,
            logged: 0,
            reports: 0,
            failed: false,
            killed: false,
            attempts: 0,
            version: 0,
            figures: Figures::default(),
            started: i64::MIN,
            ended: i64::MIN,
            reported: i64::MIN,
            verdict: None,
            fault: i64::MIN,
            fault_status: Status::Running,
            told: None,
        }
    }

    /// How many errors its lines tell of. A failure counts once an attempt, however many lines
    /// report it: the client's own, the end of the process, the verdict.
    pub fn errors(&self) -> u32 {
        let failures = self.reports.min(self.attempts.max(1));
        u32::from(self.logged) + u32::from(failures.max(u16::from(self.failed)))
    }

    /// Version that ran.
    pub fn version(&self) -> Option<Version> {
        match self.version {
            0 => None,
            LATEST => Some(Version::Latest),
            number => Some(Version::Number(number)),
        }
    }

    pub(super) fn ran(&mut self, version: Version) {
        self.version = self.version.max(match version {
            Version::Latest => LATEST,
            Version::Number(number) => number,
        });
    }

    /// Whether the platform told of it: a START, an END or a REPORT.
    pub fn has_platform_lines(&self) -> bool {
        self.started > i64::MIN || self.ended > i64::MIN
    }

    /// How its last attempt stands.
    pub fn status(&self) -> Status {
        if self.ended < self.started {
            return Status::Running;
        }
        let fault =
            (self.fault > i64::MIN && self.fault >= self.started).then_some(self.fault_status);
        let ended = (self.ended > i64::MIN).then_some(Status::Success);
        // A verdict of plain "error" does not contradict a line that knows more.
        let status = self.verdict.max(fault).or(ended).unwrap_or(Status::Running);
        if status == Status::Error && self.killed_for_memory() {
            Status::OutOfMemory
        } else {
            status
        }
    }

    /// Whether it used all the memory it had.
    pub fn at_memory_ceiling(&self) -> bool {
        matches!((self.figures.used_mb(), self.figures.memory_mb()), (Some(used), Some(size)) if used >= size)
    }

    /// Its first line of level error, in short: `CardDeclined: card declined`.
    pub fn first_error(&self) -> Option<&str> {
        self.told.as_ref().map(|told| &*told.first.text)
    }

    /// The class of the error that it failed of, else of its first one: `CardDeclined`. Untrusted
    /// text; `None` where no line names one.
    pub fn error_class(&self) -> Option<&str> {
        let told = self.told.as_ref()?;
        let failure = told.failure.as_ref().and_then(Told::class);
        failure.or_else(|| told.first.class())
    }

    /// Its key in a book.
    pub fn key(&self) -> InvocationKey {
        self.request_id.key()
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.told.as_ref().map_or(0, |told| {
                let failure = told.failure.as_ref().map_or(0, |told| told.text.len());
                size_of_val(&**told) + told.first.text.len() + failure
            })
    }

    /// Takes in what other lines of the same request say; the order of merging does not matter.
    pub fn merge(&mut self, other: Self) {
        self.start(other.started, other.stream);
        if other.reported > self.reported {
            self.reported = other.reported;
            self.figures = other.figures;
            self.verdict = other.verdict;
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.ended = self.ended.max(other.ended);
        self.lines = self.lines.saturating_add(other.lines);
        self.logged = self.logged.saturating_add(other.logged);
        self.reports = self.reports.saturating_add(other.reports);
        self.failed |= other.failed;
        self.killed |= other.killed;
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.version = self.version.max(other.version);
        self.fault(other.fault, other.fault_status);
        self.told = match (self.told.take(), other.told) {
            (Some(a), Some(b)) => Some(Box::new(Errors {
                first: a.first.min(b.first),
                failure: first(a.failure, b.failure),
            })),
            (a, b) => a.or(b),
        };
    }

    pub(super) fn count_line(&mut self, timestamp: i64) {
        self.first = self.first.min(timestamp);
        self.last = self.last.max(timestamp);
        self.lines = self.lines.saturating_add(1);
    }

    /// A line of level error that is no report.
    pub(super) fn count_logged(&mut self) {
        self.logged = self.logged.saturating_add(1);
    }

    /// A report of the runtime's client that the handler failed.
    pub(super) fn count_report(&mut self) {
        self.reports = self.reports.saturating_add(1);
    }

    /// A line that goes with a report, or stands for it where there is none.
    pub(super) fn count_failed(&mut self) {
        self.failed = true;
    }

    /// The process was killed from outside.
    pub(super) fn note_killed(&mut self) {
        self.killed = true;
    }

    /// An attempt began; the last one's stream counts.
    pub(super) fn start(&mut self, timestamp: i64, stream: StreamId) {
        (self.started, self.stream) = (self.started, self.stream).max((timestamp, stream));
    }

    pub(super) fn report(&mut self, timestamp: i64, report: &Report<'_>) {
        self.ended = self.ended.max(timestamp);
        if timestamp < self.reported {
            return;
        }
        self.reported = timestamp;
        self.figures = Figures::new(report);
        self.verdict = report
            .verdict
            .as_ref()
            .and_then(|verdict| status_of(verdict, report.error_type.as_deref()));
    }

    pub(super) fn fault(&mut self, timestamp: i64, status: Status) {
        (self.fault, self.fault_status) = (self.fault, self.fault_status).max((timestamp, status));
    }

    /// Notes an error that a line tells of; `is_failure` if it is why the handler failed.
    pub(super) fn note_error(&mut self, told: Told, is_failure: bool) {
        let failure = (is_failure && told.class > 0).then(|| told.clone());
        self.told = Some(Box::new(match self.told.take() {
            Some(known) => Errors {
                first: known.first.min(told),
                failure: first(known.failure, failure),
            },
            None => Errors {
                first: told,
                failure,
            },
        }));
    }

    /// Older logs say only that the process was killed.
    fn killed_for_memory(&self) -> bool {
        self.at_memory_ceiling() && self.killed
    }
}

pub(super) fn status_of(verdict: &Verdict<'_>, error_type: Option<&str>) -> Option<Status> {
    match verdict {
        Verdict::Success => Some(Status::Success),
        Verdict::Timeout => Some(Status::Timeout),
        Verdict::Error if error_type == Some("Runtime.OutOfMemory") => Some(Status::OutOfMemory),
        Verdict::Error => Some(Status::Error),
        Verdict::Other(_) => None,
    }
}
