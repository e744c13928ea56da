//! Determinism: every number of the demo account is a hash of the seed and of what it is for.
//!
//! Responsible for mixing, for dice that are thrown in a fixed order, and for identifiers that
//! look like AWS's. Not responsible for what the numbers mean.

/// Mixes numbers into one (splitmix64's finaliser over a running state).
pub fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        scramble(state ^ part.wrapping_mul(0xff51_afd7_ed55_8ccd))
    })
}

fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for a name (FNV-1a).
pub fn label(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Numbers thrown one after the other from a seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one purpose.
    pub fn new(parts: &[u64]) -> Self {
        Self(mix(parts))
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// `low..high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low))
    }

    /// True once in `n` throws.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A version 4 UUID made of a number.
pub fn uuid(number: u64) -> String {
    let high = mix(&[number, 1]);
    let low = mix(&[number, 2]);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// Hexadecimal digits made of a number, as execution environments and revisions have them.
pub fn hex32(number: u64) -> String {
    format!("{:016x}{:016x}", mix(&[number, 3]), mix(&[number, 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_numbers() {
        let mut one = Dice::new(&[7, label("charge")]);
        let mut two = Dice::new(&[7, label("charge")]);
        let mut other = Dice::new(&[8, label("charge")]);
        let throws: Vec<u64> = (0..50).map(|_| one.below(1000)).collect();
        assert_eq!(throws, (0..50).map(|_| two.below(1000)).collect::<Vec<_>>());
        assert_ne!(
            throws,
            (0..50).map(|_| other.below(1000)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_uuid_has_its_form() {
        let text = uuid(42);
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
