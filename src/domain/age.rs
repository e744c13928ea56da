//! Figures as people read them: ages in steps, sizes, durations, counts.
//!
//! Ages step and say when they step next, so that an idle screen wakes only then. Not
//! responsible for absolute times, which need a time zone.

use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR_DAYS: i64 = 365;

/// How long ago `then` was: `<1m`, `4m`, `3h`, `41d`, `2y`, `2y 3m`. Years have 365 days, months
/// a twelfth of that. A moment in the future (clocks differ) is `<1m`.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = elapsed_seconds(now, then);
    let days = seconds / DAY;
    if seconds < MINUTE {
        "<1m".to_owned()
    } else if seconds < HOUR {
        format!("{}m", seconds / MINUTE)
    } else if days < 1 {
        format!("{}h", seconds / HOUR)
    } else if days < YEAR_DAYS {
        format!("{days}d")
    } else {
        match (months(days) / 12, months(days) % 12) {
            (years, 0) => format!("{years}y"),
            (years, months) => format!("{years}y {months}m"),
        }
    }
}

/// When the text of [`age`] changes next; always after `now`, except at the end of time.
pub fn next_step(now: Timestamp, then: Timestamp) -> Timestamp {
    let seconds = elapsed_seconds(now, then);
    let days = seconds / DAY;
    let next = if seconds < HOUR {
        (seconds / MINUTE + 1) * MINUTE
    } else if days < 1 {
        (seconds / HOUR + 1) * HOUR
    } else if days < YEAR_DAYS {
        (days + 1) * DAY
    } else {
        // The first day that counts one month more: the quotient, rounded up.
        let month = months(days) + 1;
        (month * YEAR_DAYS + 11) / 12 * DAY
    };
    then.saturating_add(SignedDuration::from_secs(next))
        .unwrap_or(Timestamp::MAX)
}

/// Whole seconds from `then` to `now`, 0 when `then` is later.
fn elapsed_seconds(now: Timestamp, then: Timestamp) -> i64 {
    now.duration_since(then).as_secs().max(0)
}

/// Whole months in so many days.
const fn months(days: i64) -> i64 {
    days * 12 / YEAR_DAYS
}

/// A size with its binary unit, in at most four characters: `0`, `512B`, `4.1M`, `12M`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if size == 0 {
        return "0".to_owned();
    }
    if size < 1_000 {
        return format!("{size}B");
    }
    let mut value = size as f64 / 1024.0;
    let mut unit = 0;
    // 1,000 and more would not fit the column, so the next unit takes over there.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 9.95 {
        format!("{value:.1}{}", UNITS[unit])
    } else {
        format!("{value:.0}{}", UNITS[unit])
    }
}

/// A duration given in milliseconds: `1.42 ms`, `788 ms`, `30.0 s`, `14m 05s`. What is not a
/// duration (negative, not a number) is `–`.
pub fn duration_ms(milliseconds: f64) -> String {
    if !milliseconds.is_finite() || milliseconds < 0.0 {
        "–".to_owned()
    } else if milliseconds < 9.995 {
        format!("{milliseconds:.2} ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if milliseconds < 59_950.0 {
        format!("{:.1} s", milliseconds / 1000.0)
    } else {
        let seconds = (milliseconds / 1000.0).round() as u64;
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    }
}

/// A count with thousands separators: `4,211`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 change`, `2 changes`.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ago(seconds: i64) -> String {
        age(
            Timestamp::from_second(seconds).unwrap(),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn an_age_steps() {
        for (seconds, text) in [
            (-5, "<1m"),
            (59, "<1m"),
            (60, "1m"),
            (3_599, "59m"),
            (3_600, "1h"),
            (86_399, "23h"),
            (86_400, "1d"),
            (41 * DAY, "41d"),
            (364 * DAY, "364d"),
            (365 * DAY, "1y"),
            (2 * 365 * DAY + 100 * DAY, "2y 3m"),
            (3 * 365 * DAY - 1, "2y 11m"),
        ] {
            assert_eq!(ago(seconds), text, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn the_text_changes_at_the_next_step_and_not_before(
            millis in -100_000_i64..400_000_000_000,
            base in -1_000_000_000_i64..1_000_000_000,
        ) {
            let then = Timestamp::from_millisecond(base * 7).unwrap();
            let now = Timestamp::from_millisecond(base * 7 + millis).unwrap();
            let next = next_step(now, then);
            let tick = SignedDuration::from_nanos(1);
            prop_assert!(next > now);
            prop_assert_eq!(age(next - tick, then), age(now, then));
            prop_assert_ne!(age(next, then), age(now, then));
        }
    }

    #[test]
    fn the_end_of_time_is_not_an_overflow() {
        assert_eq!(next_step(Timestamp::MAX, Timestamp::MAX), Timestamp::MAX);
        assert!(!age(Timestamp::MAX, Timestamp::MIN).is_empty());
        assert!(next_step(Timestamp::MAX, Timestamp::MIN) <= Timestamp::MAX);
    }

    #[test]
    fn sizes_have_four_characters_at_most() {
        for (size, text) in [
            (0, "0"),
            (512, "512B"),
            (1_000, "1.0K"),
            (4_299_161, "4.1M"),
            (12 << 20, "12M"),
            (1023 << 10, "1.0M"),
            (10_188, "9.9K"),
            (10_200, "10K"),
            (250 << 20, "250M"),
            (u64::MAX, "16E"),
        ] {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    proptest! {
        #[test]
        fn no_size_is_longer_than_four_characters(size: u64) {
            prop_assert!(bytes(size).len() <= 4, "{}", bytes(size));
        }
    }

    #[test]
    fn durations_keep_three_digits() {
        for (milliseconds, text) in [
            (0.0, "0.00 ms"),
            (1.42, "1.42 ms"),
            (9.996, "10 ms"),
            (788.4, "788 ms"),
            (999.6, "1.0 s"),
            (30_000.0, "30.0 s"),
            (59_960.0, "1m 00s"),
            (845_000.0, "14m 05s"),
            (-1.0, "–"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(duration_ms(milliseconds), text);
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (4_211, "4,211"),
            (1_000_000, "1,000,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), text);
        }
    }
}
