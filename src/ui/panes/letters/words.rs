//! What the pane says in words: times that step by the minute, verdicts, empty places.

use jiff::Timestamp;

use crate::{
    domain::{age, letter::verdict::Verdict},
    store::letters::{Discovery, Look, LookEnd, QueueLetters},
    theme::Role,
};

/// A letter that expires within this long is shown as a warning, in seconds.
const SOON_S: i64 = 24 * 3600;

/// How long it is until then, in two steps: `2d 4h`, `3h 10m`, `12m`, `<1m`, `over`.
pub fn left(now: Timestamp, then: Timestamp) -> String {
    let minutes = then.duration_since(now).as_mins();
    let seconds = then.duration_since(now).as_secs();
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        _ if seconds <= 0 => "over".to_owned(),
        (0, 0, 0) => "<1m".to_owned(),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// What the filter leaves out because it fails on it; neither shown nor hidden with reason.
pub fn not_judged(queue_letters: &QueueLetters) -> Option<String> {
    let (count, why) = queue_letters.sorted()?.not_judged.as_ref()?;
    let count = age::count(*count as u64);
    Some(format!("{count} could not be judged: {why}"))
}

/// Whether a letter expires so soon that it matters.
pub fn is_soon(now: Timestamp, expires: Timestamp) -> bool {
    expires.duration_since(now).as_secs() < SOON_S
}

/// An absolute time; details are exact.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The sign and the word of a verdict.
pub fn verdict(verdict: &Verdict) -> String {
    let sign = match verdict {
        Verdict::Ready
        | Verdict::RanByHand {
            succeeded: true, ..
        } => "✔",
        Verdict::Expiring(_) | Verdict::NeedsEdit(_) | Verdict::Unknown(_) => "▲",
        _ => "✖",
    };
    match verdict {
        Verdict::RanByHand { at, .. } => {
            format!("{} {} {sign}", verdict.title(), at.strftime("%H:%M"))
        }
        _ => format!("{sign} {}", verdict.title()),
    }
}

/// The colour of a verdict.
pub const fn verdict_role(verdict: &Verdict) -> Role {
    match verdict {
        Verdict::Ready => Role::Ok,
        Verdict::Expiring(_)
        | Verdict::NeedsEdit(_)
        | Verdict::Unknown(_)
        | Verdict::RanByHand { .. } => Role::Warn,
        Verdict::TooBig { .. }
        | Verdict::NoPayload(_)
        | Verdict::AlreadySent(_)
        | Verdict::Flawed(_) => Role::Error,
    }
}

/// `1 letter`, `186 letters`.
pub fn letters(count: u64) -> String {
    let noun = if count == 1 { "letter" } else { "letters" };
    format!("{} {noun}", age::count(count))
}

/// What the list of queues says while it is empty.
pub fn no_queues(discovery: &Discovery, is_open: bool) -> String {
    if !is_open {
        return "the session is not open yet".to_owned();
    }
    if discovery.is_walking() {
        let how_far = discovery.progress().unwrap_or("listing queues");
        return format!("looking for dead-letter queues: {how_far}…");
    }
    if let Some(error) = discovery.error() {
        return format!("✖ {error}\n\nr  tries again\nW  why\nn  adds a queue by name, URL or ARN");
    }
    "no dead-letter queue was found in this account and region\n\n\
     looked at: redrive policies of every queue, dead-letter configurations and on-failure \
     destinations of every function and mapping\n\n\
     n  adds a queue by name, URL or ARN, of another account too\n\
     r  looks again"
        .to_owned()
}

/// How a look ended, for the status line.
pub fn look(look: &Look, read: u64, depth: Option<u64>) -> String {
    let of = depth.map_or_else(String::new, |depth| format!(" of ~{}", age::count(depth)));
    let read = format!("read {}{of}", age::count(read));
    match look {
        Look::NotLooked => "nothing was received".to_owned(),
        Look::Asking(_) => "nothing was received: the notice waits".to_owned(),
        Look::Reading { read, of } => format!(
            "reading… {} of {}",
            age::count(*read as u64),
            age::count(*of as u64)
        ),
        Look::Ended(LookEnd::Everything) => read,
        Look::Ended(LookEnd::Sample) => format!("{read}, the sample is full: b reads more"),
        Look::Ended(LookEnd::Budget) => format!("{read}, no room for more bytes"),
        Look::Ended(LookEnd::Stopped) => format!("{read}, stopped: b reads on"),
        Look::Ended(LookEnd::Failed(_)) => format!("{read} · ✖ reading failed, W why"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn what_is_left_steps_by_the_minute() {
        let now = Timestamp::constant(1_763_000_000, 0);
        let after = |seconds: i64| left(now, now + SignedDuration::from_secs(seconds));
        assert_eq!(after(-5), "over");
        assert_eq!(after(59), "<1m");
        assert_eq!(after(60), "1m");
        assert_eq!(after(3 * 3600), "3h");
        assert_eq!(after(3 * 3600 + 600), "3h 10m");
        assert_eq!(after(2 * 86400 + 4 * 3600 + 59), "2d 4h");
        assert_eq!(after(2 * 86400 + 59), "2d");
    }
}
