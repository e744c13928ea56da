//! Durations and sizes as people write them: `15m`, `1h30m`, `512 MB`.

use std::time::Duration;

/// Reads `90s`, `15m`, `2h`, `3d`, `1w`, or several in a row (`1h30m`); a bare number is seconds. `None`: not a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, unit, after) = split_number(rest)?;
        let scale = match unit {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3600,
            "d" => 86400,
            "w" => 7 * 86400,
            "" if rest.len() == text.trim().len() => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(scale)?)?;
        rest = after;
    }
    Some(Duration::from_secs(seconds))
}

/// Reads `512 MB`, `2GiB`, `64k`, or plain bytes; a unit counts in 1024s. `None`: not a size.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit, rest) = split_number(text.trim())?;
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return None,
    };
    rest.is_empty().then(|| number.checked_mul(1 << shift))?
}

/// A number, the letters after it, and what follows.
fn split_number(text: &str) -> Option<(u64, &str, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number = text[..digits].parse().ok()?;
    let after = text[digits..].trim_start();
    let letters = after
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(after.len());
    Some((number, &after[..letters], after[letters..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("15m", Some(900)),
            ("1h30m", Some(5400)),
            ("1h 30m", Some(5400)),
            (" 90 s ", Some(90)),
            ("60", Some(60)),
            ("2d", Some(172_800)),
            ("1w", Some(604_800)),
            ("", None),
            ("m", None),
            ("15", Some(15)),
            ("1h30", None),
            ("15x", None),
            ("-5m", None),
            ("99999999999999999999s", None),
            ("18446744073709551615w", None),
        ] {
            assert_eq!(
                parse_duration(text).map(|d| d.as_secs()),
                seconds,
                "{text:?}"
            );
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("512 MB", Some(512 << 20)),
            ("2GiB", Some(2 << 30)),
            ("64k", Some(65_536)),
            ("100", Some(100)),
            ("1 TB", None),
            ("MB", None),
            ("1 MB x", None),
            ("99999999999 GB", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in ".{0,20}") {
            let _ = parse_duration(&text);
            let _ = parse_size(&text);
        }
    }
}
