//! What makes an event that event, and where it stands in the order of a book.

use std::collections::HashMap;

use crate::domain::log::LogEvent;

/// Order of events: timestamp, ingestion, then id. Two events with the same key are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) timestamp: i64,
    pub(super) ingested: i64,
    id: [u8; 24],
}

/// First byte of an id that is a digest, so that digests never equal numbers.
const DIGEST: u8 = 0x80;
/// First byte of the digest that stands for a missing id.
const NAMELESS: u8 = 0x81;

impl Key {
    /// The key of an event. `ordinal` tells events without id apart that are otherwise the same:
    /// it counts them within one delivery, from 0.
    pub(super) fn new(event: &LogEvent, ordinal: usize) -> Self {
        Self {
            timestamp: event.timestamp,
            ingested: event.ingested,
            id: identity(event, ordinal),
        }
    }

    /// Before every key of this time.
    pub(super) fn first_at(timestamp: i64) -> Self {
        Self {
            timestamp,
            ingested: i64::MIN,
            id: [0; 24],
        }
    }

    /// After every key of this time.
    pub(super) fn last_at(timestamp: i64) -> Self {
        Self {
            timestamp,
            ingested: i64::MAX,
            id: [0xff; 24],
        }
    }

    /// Whether the event came without an id.
    pub(super) fn is_nameless(&self) -> bool {
        self.id[0] == NAMELESS
    }
}

/// The service's ids are 56 decimal digits, which fit in 24 bytes as a number and sort like one.
/// Other servers' ids need not be unique beyond their stream, so it goes into the digest.
fn identity(event: &LogEvent, ordinal: usize) -> [u8; 24] {
    if event.id.is_empty() {
        let a = digest(&[event.stream.as_bytes(), event.message.as_bytes()], 1);
        let b = digest(&[event.message.as_bytes()], 2);
        return tagged(NAMELESS, (ordinal as u64).to_be_bytes(), a, b);
    }
    number(&event.id).unwrap_or_else(|| {
        let id = event.id.as_bytes();
        let mut head = [0; 8];
        for (to, from) in head[1..].iter_mut().zip(id) {
            *to = *from;
        }
        let stream = event.stream.as_bytes();
        tagged(
            DIGEST,
            head,
            digest(&[id, stream], 3),
            digest(&[stream, id], 4),
        )
    })
}

fn tagged(tag: u8, head: [u8; 8], a: u64, b: u64) -> [u8; 24] {
    let mut id = [0; 24];
    id[..8].copy_from_slice(&head);
    id[0] = tag;
    id[8..16].copy_from_slice(&a.to_be_bytes());
    id[16..].copy_from_slice(&b.to_be_bytes());
    id
}

/// A long decimal number, big-endian. Short ones are counters of small servers, not identities.
fn number(text: &str) -> Option<[u8; 24]> {
    const DIGITS: std::ops::RangeInclusive<usize> = 40..=56;
    if !DIGITS.contains(&text.len()) {
        return None;
    }
    let mut limbs = [0_u64; 3];
    for chunk in text.as_bytes().chunks(19) {
        let mut value = 0_u64;
        for &digit in chunk {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(digit - b'0');
        }
        let mut carry = u128::from(value);
        let scale = u128::from(10_u64.pow(chunk.len() as u32));
        for limb in limbs.iter_mut().rev() {
            carry += u128::from(*limb) * scale;
            *limb = carry as u64;
            carry >>= 64;
        }
    }
    let mut id = [0; 24];
    for (bytes, limb) in id.chunks_exact_mut(8).zip(limbs) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
    Some(id)
}

fn digest(parts: &[&[u8]], seed: u64) -> u64 {
    use std::hash::Hasher;
    // Without random keys on purpose: the same event has the same key in every run.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write_u64(seed);
    for part in parts {
        hasher.write_u64(part.len() as u64);
        hasher.write(part);
    }
    hasher.finish()
}

/// The events by key, each with its ordinal among those of the same content and no id.
pub(super) fn in_order(events: &[LogEvent]) -> Vec<(Key, usize, &LogEvent)> {
    let mut seen: HashMap<Key, usize> = HashMap::new();
    let keyed = events.iter().map(|event| {
        let key = Key::new(event, 0);
        if !key.is_nameless() {
            return (key, 0, event);
        }
        let count = seen.entry(key).or_insert(0);
        *count += 1;
        (Key::new(event, *count - 1), *count - 1, event)
    });
    let mut keyed: Vec<_> = keyed.collect();
    if !keyed.is_sorted_by_key(|&(key, _, _)| key) {
        keyed.sort_unstable_by_key(|&(key, _, _)| key);
    }
    keyed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str) -> LogEvent {
        LogEvent {
            id: id.into(),
            stream: "s".into(),
            timestamp: 1,
            ingested: 2,
            message: "m".into(),
        }
    }

    #[test]
    fn ids_of_cloudwatch_sort_like_numbers() {
        let ids = [
            "37683158723564898434839285910324924582934098203984092384",
            "37683158723564898434839285910324924582934098203984092385",
            "37683158723564898434839285910324924582934098203984092400",
            "99999999999999999999999999999999999999999999999999999999",
        ];
        let keys: Vec<_> = ids.iter().map(|id| Key::new(&event(id), 0)).collect();
        assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn events_without_id_differ_by_content_and_ordinal() {
        let other = LogEvent {
            message: "n".into(),
            ..event("")
        };
        assert_ne!(Key::new(&event(""), 0), Key::new(&other, 0));
        assert_ne!(Key::new(&event(""), 0), Key::new(&event(""), 1));
        assert_eq!(Key::new(&event(""), 1), Key::new(&event(""), 1));
        assert!(Key::new(&event(""), 0).is_nameless() && !Key::new(&event("7"), 0).is_nameless());
    }

    #[test]
    fn a_counter_is_an_identity_only_with_its_stream() {
        let other = LogEvent {
            stream: "t".into(),
            ..event("7")
        };
        assert_ne!(Key::new(&event("7"), 0), Key::new(&other, 0));
    }
}
