//! The columns before the text: sign, time, source, level. What they show at which width.

use crate::{domain::logbook::Level, theme::Role};

/// Narrower than this, the hour is dropped (`docs/architecture.md` §9.1).
const WITH_HOUR: u16 = 90;
/// Narrower than this, milliseconds are dropped too.
const WITH_MILLIS: u16 = 60;
/// Most cells that the name of a source gets.
const SOURCE_MAX: u16 = 20;

const DAY_MS: i64 = 86_400_000;

/// Widths of the columns; 0 is a column that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Columns {
    /// Shows the month and day too.
    pub(super) date: bool,
    hour: bool,
    millis: bool,
    /// Cells of the source.
    pub(super) source: u16,
}

/// Cells before the time: the cursor's or the mark's sign.
pub(super) const SIGN: u16 = 1;

impl Columns {
    /// What fits into `width` cells; `source` is the longest name, 0 if there is only one source.
    pub(super) fn of(width: u16, date: bool, source: u16) -> Self {
        Self {
            date,
            hour: width >= WITH_HOUR || date,
            millis: width >= WITH_MILLIS,
            source: source.min(SOURCE_MAX).min(width / 5),
        }
    }

    /// Cells of the time.
    pub(super) const fn time(self) -> u16 {
        let date = if self.date { 6 } else { 0 };
        let hour = if self.hour { 3 } else { 0 };
        let millis = if self.millis { 4 } else { 0 };
        date + hour + 5 + millis
    }

    /// Where the source begins.
    pub(super) const fn source_at(self) -> u16 {
        SIGN + self.time() + 1
    }

    /// Where the level's sign stands.
    pub(super) const fn level_at(self) -> u16 {
        let source = if self.source > 0 { self.source + 1 } else { 0 };
        self.source_at() + source
    }

    /// Where the text begins.
    pub(super) const fn text_at(self) -> u16 {
        self.level_at() + 2
    }

    /// The time, in UTC as CloudWatch counts it.
    pub(super) fn write_time(self, timestamp: i64, to: &mut String) {
        use std::fmt::Write as _;
        to.clear();
        if self.date {
            let (month, day) = month_and_day(timestamp.div_euclid(DAY_MS));
            let _ = write!(to, "{month:02}-{day:02} ");
        }
        let of_day = timestamp.rem_euclid(DAY_MS);
        if self.hour {
            two(of_day / 3_600_000, to);
            to.push(':');
        }
        two(of_day / 60_000 % 60, to);
        to.push(':');
        two(of_day / 1000 % 60, to);
        if self.millis {
            let millis = of_day % 1000;
            to.push('.');
            to.push(digit(millis / 100));
            two(millis % 100, to);
        }
    }
}

/// Whether two times lie on the same day.
pub(super) const fn same_day(a: i64, b: i64) -> bool {
    a.div_euclid(DAY_MS) == b.div_euclid(DAY_MS)
}

/// The sign of a level: no information by colour alone.
pub(super) const fn sign(level: Option<Level>) -> (&'static str, Role) {
    match level {
        Some(Level::Error | Level::Fatal) => ("✖", Role::LogError),
        Some(Level::Warn) => ("▲", Role::LogWarn),
        _ => (" ", Role::Text),
    }
}

fn two(value: i64, to: &mut String) {
    to.push(digit(value / 10 % 10));
    to.push(digit(value % 10));
}

const fn digit(value: i64) -> char {
    (b'0' + value as u8) as char
}

/// The civil date of a day since the epoch (H. Hinnant, `civil_from_days`).
const fn month_and_day(day: i64) -> (i64, i64) {
    let day = day + 719_468;
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    (if month < 10 { month + 3 } else { month - 9 }, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(width: u16, date: bool, timestamp: i64) -> String {
        let columns = Columns::of(width, date, 0);
        let mut text = String::new();
        columns.write_time(timestamp, &mut text);
        assert_eq!(text.len() as u16, columns.time());
        text
    }

    #[test]
    fn narrow_views_drop_the_hour_and_then_the_milliseconds() {
        let at = jiff::Timestamp::from_second(1_700_000_000)
            .expect("in range")
            .as_millisecond()
            + 42;
        assert_eq!(time(120, false, at), "22:13:20.042");
        assert_eq!(time(78, false, at), "13:20.042");
        assert_eq!(time(38, false, at), "13:20");
        assert_eq!(time(120, true, at), "11-14 22:13:20.042");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for day in (-2_000..40_000).step_by(13) {
            let at = jiff::Timestamp::from_second(day * 86_400).expect("in range");
            let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            assert_eq!(
                month_and_day(day),
                (i64::from(date.month()), i64::from(date.day()))
            );
        }
    }

    #[test]
    fn any_time_has_the_width_of_its_column() {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            time(120, true, at);
        }
    }
}
