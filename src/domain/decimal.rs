//! Decimal numbers of any length, as JSON writes them. They are compared digit by digit: a floating
//! point number keeps 15 to 17 of them, and the ids of an event may differ in the 19th.

use std::cmp::Ordering;

/// A number. The same value is equal however it is written: `1.50`, `15e-1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    /// Without zeros at either end; zero has none.
    digits: Box<[u8]>,
    /// The number is `0.digits` times ten to this.
    exponent: i64,
}

impl Decimal {
    /// Reads a number; a sign in front and a point at either end may be.
    pub fn read(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], power(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let Some(first) = digits.iter().position(|&digit| digit != b'0') else {
            return Some(Self {
                is_negative: false,
                digits: Box::default(),
                exponent: 0,
            });
        };
        let last = digits.iter().rposition(|&digit| digit != b'0');
        let last = last.unwrap_or(first);
        Some(Self {
            is_negative,
            exponent: power.saturating_add(whole.len() as i64 - first as i64),
            digits: digits[first..=last].into(),
        })
    }
}

/// An exponent; one beyond all measure is the largest there is.
fn power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let largest = i64::MAX / 2;
    let power = digits
        .parse()
        .map_or(largest, |power: i64| power.min(largest));
    Some(if text.starts_with('-') { -power } else { power })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || {
            let exponents = self.exponent.cmp(&other.exponent);
            exponents.then_with(|| self.digits.cmp(&other.digits))
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            if self.is_negative {
                size().reverse()
            } else {
                size()
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Decimal {
        Decimal::read(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn the_same_value_is_equal_however_it_is_written() {
        for same in [
            &["150", "150.0", "1.5e2", "15E+1", "+150", "0150", "1500e-1"][..],
            &["0", "-0", "0.000", "0e99999999999999999999"],
            &["-0.015", "-.015", "-15e-3", "-1.50e-2"],
        ] {
            for text in same {
                assert_eq!(read(text), read(same[0]), "{text}");
                assert_eq!(read(text).cmp(&read(same[0])), Ordering::Equal, "{text}");
            }
        }
        for none in [
            "", "-", ".", "e1", "1e", "1e+", "1.2.3", "1_0", "0x1", "inf", "NaN", "1 ",
        ] {
            assert_eq!(Decimal::read(none), None, "{none}");
        }
    }

    #[test]
    fn every_digit_counts() {
        let in_order = [
            "-1e400",
            "-9007199254740993",
            "-9007199254740992",
            "-1e-400",
            "0",
            "1e-99999999999999999999",
            "1e-400",
            "0.1000000000000000055511151231257827",
            "0.1000000000000000055511151231257828",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551616123",
            "18446744073709551616124",
            "1e400",
            "1e99999999999999999999",
        ];
        for (at, left) in in_order.iter().enumerate() {
            for (to, right) in in_order.iter().enumerate() {
                assert_eq!(read(left).cmp(&read(right)), at.cmp(&to), "{left} {right}");
            }
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_are_ordered_as_they_are(left: i64, right: i64) {
            let order = read(&left.to_string()).cmp(&read(&right.to_string()));
            prop_assert_eq!(order, left.cmp(&right));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE]{0,12}|.{0,6}") {
            let _ = Decimal::read(&text);
        }
    }
}
