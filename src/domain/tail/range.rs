//! A span of time as a person gives it: `15m`, `02:10`, `2026-11-20 02:10..02:25`.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

/// What span of a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRange {
    /// From so long ago, and on.
    Last(SignedDuration),
    /// From a moment, and on.
    Since(Timestamp),
    /// A span of the past; nothing is followed.
    Between(Timestamp, Timestamp),
}

/// The presets, in the order of their keys `0` to `6`.
pub const PRESETS: [TimeRange; 7] = [
    TimeRange::Last(SignedDuration::from_mins(1)),
    TimeRange::Last(SignedDuration::from_mins(5)),
    TimeRange::Last(SignedDuration::from_mins(15)),
    TimeRange::Last(SignedDuration::from_mins(30)),
    TimeRange::Last(SignedDuration::from_hours(1)),
    TimeRange::Last(SignedDuration::from_hours(6)),
    TimeRange::Last(SignedDuration::from_hours(24)),
];

/// Why a text is no span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRange(String);

impl fmt::Display for BadRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadRange {}

impl TimeRange {
    /// Reads a length (`90s`, `15m`, `1h30m`, `2d`), a moment (`02:10`, `2026-11-20`,
    /// `2026-11-20 02:10:30`, or with an offset or `Z`), or two moments with `..` between them. A
    /// moment without a date is the latest one that is not in the future; without an offset it is
    /// meant in `zone`.
    ///
    /// # Errors
    /// What cannot be read, or is empty or in the future.
    pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Self, BadRange> {
        let text = text.trim();
        if let Some((from, to)) = text.split_once("..") {
            let from = moment(from, now, zone)?;
            let to = match clock(to.trim()) {
                // A bare end time belongs to the day of the start.
                Some(time) => at(from.to_zoned(zone.clone()).date().to_datetime(time), zone)?,
                None => moment(to, now, zone)?,
            };
            if to <= from {
                return Err(BadRange("the end must come after the start".into()));
            }
            return Ok(Self::Between(from, to));
        }
        if let Some(length) = length(text) {
            return if length.is_zero() {
                Err(BadRange(
                    "a length of time must be more than nothing".into(),
                ))
            } else {
                Ok(Self::Last(length))
            };
        }
        let from = moment(text, now, zone)?;
        if from > now {
            return Err(BadRange("that is in the future".into()));
        }
        Ok(Self::Since(from))
    }

    /// First and last millisecond since the epoch; without a last one the log is followed.
    pub fn bounds(self, now: Timestamp) -> (i64, Option<i64>) {
        match self {
            Self::Last(length) => {
                let start = now.as_millisecond().saturating_sub(millis(length));
                (start.max(0), None)
            }
            Self::Since(from) => (from.as_millisecond().max(0), None),
            Self::Between(from, to) => (from.as_millisecond().max(0), Some(to.as_millisecond())),
        }
    }
}

impl fmt::Display for TimeRange {
    /// `last 15m`, `since 2026-11-20 02:10Z`; moments in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = |at: &Timestamp| at.strftime("%Y-%m-%d %H:%MZ").to_string();
        match self {
            Self::Last(length) => {
                f.write_str("last ")?;
                let mut rest = length.as_secs();
                for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
                    let count = rest / seconds;
                    // A day is said as such, but 36 hours are not a day and a half.
                    if count > 0 {
                        write!(f, "{count}{unit}")?;
                        rest %= seconds;
                    }
                }
                Ok(())
            }
            Self::Since(from) => write!(f, "since {}", utc(from)),
            Self::Between(from, to) => write!(f, "{} – {}", utc(from), utc(to)),
        }
    }
}

fn millis(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn length(text: &str) -> Option<SignedDuration> {
    let mut seconds: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let scale = match &rest[..letters] {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(scale)?)?;
        rest = rest[letters..].trim_start();
    }
    // More than a thousand years is a slip of the finger, and no time stamp either.
    (seconds < 1000 * 365 * 86_400).then(|| SignedDuration::from_secs(seconds))
}

fn clock(text: &str) -> Option<civil::Time> {
    let is_clock = text.contains(':')
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c == ':' || c == '.');
    is_clock.then(|| text.parse().ok()).flatten()
}

fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, BadRange> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if let Some(length) = length(text) {
        return now
            .checked_sub(length)
            .map_err(|_| BadRange(format!("{text} ago is before all time")));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Some(time) = clock(text) {
        let today = now.to_zoned(zone.clone()).date();
        let moment = at(today.to_datetime(time), zone)?;
        return if moment <= now {
            Ok(moment)
        } else {
            let yesterday = today
                .yesterday()
                .map_err(|error| BadRange(error.to_string()))?;
            at(yesterday.to_datetime(time), zone)
        };
    }
    if let Ok(datetime) = text.parse::<civil::DateTime>() {
        return at(datetime, zone);
    }
    Err(BadRange(format!(
        "`{text}` is no time: try 15m, 02:10, 2026-11-20 02:10, or two of them with .. between"
    )))
}

fn at(datetime: civil::DateTime, zone: &TimeZone) -> Result<Timestamp, BadRange> {
    zone.to_ambiguous_zoned(datetime)
        .compatible()
        .map(|zoned| zoned.timestamp())
        .map_err(|error| BadRange(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T02:30:00Z".parse().expect("a time")
    }

    fn parse(text: &str) -> Result<TimeRange, BadRange> {
        TimeRange::parse(text, now(), &TimeZone::UTC)
    }

    fn ts(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn lengths_moments_and_spans_are_read() {
        let minutes = |n| TimeRange::Last(SignedDuration::from_mins(n));
        for (text, range) in [
            ("15m", minutes(15)),
            ("1h30m", minutes(90)),
            (" 2 d ", minutes(2880)),
            ("02:10", TimeRange::Since(ts("2026-11-20T02:10:00Z"))),
            ("23:00", TimeRange::Since(ts("2026-11-19T23:00:00Z"))),
            ("2026-11-20", TimeRange::Since(ts("2026-11-20T00:00:00Z"))),
            (
                "2026-11-20T02:10:30+01:00",
                TimeRange::Since(ts("2026-11-20T01:10:30Z")),
            ),
            (
                "02:10..02:25",
                TimeRange::Between(ts("2026-11-20T02:10:00Z"), ts("2026-11-20T02:25:00Z")),
            ),
            (
                "2026-11-19 23:00 .. 23:30",
                TimeRange::Between(ts("2026-11-19T23:00:00Z"), ts("2026-11-19T23:30:00Z")),
            ),
            (
                "1h..30m",
                TimeRange::Between(ts("2026-11-20T01:30:00Z"), ts("2026-11-20T02:00:00Z")),
            ),
        ] {
            assert_eq!(parse(text), Ok(range), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_a_reason() {
        for text in [
            "",
            "15",
            "0m",
            "soon",
            "02:25..02:10",
            "2027-01-01",
            "99999999999999w",
            "25:00",
        ] {
            let refused = parse(text).expect_err(text);
            assert!(!refused.to_string().is_empty());
        }
    }

    #[test]
    fn spans_are_told_in_few_words() {
        assert_eq!(PRESETS[2].to_string(), "last 15m");
        assert_eq!(PRESETS[6].to_string(), "last 1d");
        let between = TimeRange::Between(ts("2026-11-20T02:10:00Z"), ts("2026-11-20T02:25:00Z"));
        assert_eq!(between.to_string(), "2026-11-20 02:10Z – 2026-11-20 02:25Z");
    }

    #[test]
    fn only_a_span_of_the_past_has_an_end() {
        assert_eq!(
            PRESETS[0].bounds(now()),
            (now().as_millisecond() - 60_000, None)
        );
        let between = TimeRange::Between(ts("2026-11-20T02:10:00Z"), ts("2026-11-20T02:25:00Z"));
        assert!(between.bounds(now()).1.is_some());
    }
}
