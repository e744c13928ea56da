//! Fuzzy matching behind one function: the only place that names the crate which does it.
//!
//! Words of the needle, separated by white space, must all match, in any order. Case counts only
//! when the needle has a capital.

use frizbee::{Config, Matcher, Pattern, PatternConfig};

/// A haystack that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its index in the list that was searched.
    pub index: u32,
    /// Higher is better. Comparable only within one search.
    pub score: u16,
}

/// The haystacks that match `needle`, best first, equal ones in the order of the list. A needle
/// without a word matches all of them with score 0, in order.
pub fn fuzzy<S: AsRef<str>>(needle: &str, haystacks: &[S]) -> Vec<Hit> {
    matcher(needle)
        .match_list(haystacks)
        .into_iter()
        .map(|found| Hit {
            index: found.index,
            score: found.score,
        })
        .collect()
}

/// The byte offsets in `haystack` of the characters that `needle` matched, ascending; empty when
/// it does not match. Meant for the rows on screen, not for a whole list.
pub fn positions(needle: &str, haystack: &str) -> Vec<u32> {
    let Some(found) = matcher(needle).match_one_indices(haystack, 0) else {
        return Vec::new();
    };
    // The crate reports every byte of a character that matched.
    let mut offsets: Vec<u32> = found
        .indices
        .into_iter()
        .map(|byte| haystack.floor_char_boundary(byte as usize) as u32)
        .collect();
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

fn matcher(needle: &str) -> Matcher {
    let words: Vec<Pattern> = needle
        .split_whitespace()
        .map(|word| Pattern::new(word, PatternConfig::default()))
        .collect();
    Matcher::from_patterns(&words, &Config::default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 5] = [
        "orders-consumer",
        "payments-charge",
        "report-nightly",
        "pay",
        "Thumbnailer",
    ];

    fn indices(needle: &str) -> Vec<u32> {
        fuzzy(needle, &NAMES).iter().map(|hit| hit.index).collect()
    }

    #[test]
    fn the_best_match_comes_first() {
        assert_eq!(indices("pay"), [3, 1]);
        assert_eq!(indices("odcsm"), [0]);
        assert_eq!(indices("zzqq"), [0_u32; 0]);
    }

    #[test]
    fn every_word_must_match_in_any_order() {
        assert_eq!(indices("charge pay"), [1]);
        assert_eq!(indices("charge orders"), [0_u32; 0]);
    }

    #[test]
    fn without_a_word_all_match_in_order() {
        assert_eq!(indices("  "), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn case_counts_only_with_a_capital() {
        assert_eq!(indices("thumb"), [4]);
        assert_eq!(indices("Thumb"), [4]);
        assert_eq!(indices("THUMB"), [0_u32; 0]);
    }

    #[test]
    fn query_syntax_of_the_crate_has_no_meaning_here() {
        assert_eq!(fuzzy("^pay", &["pay", "^pay"]).len(), 1);
        assert_eq!(fuzzy("!pay", &["pay", "x!pay"]).len(), 1);
    }

    #[test]
    fn positions_are_byte_offsets_in_order() {
        assert_eq!(positions("pch", "payments-charge"), [0, 9, 10]);
        assert_eq!(positions("é", "ééx-é").len(), 1);
        assert_eq!(positions("x", "ééx"), [4]);
        assert_eq!(positions("éx", "oéax"), [1, 4]);
        assert!(positions("zz", "payments").is_empty());
    }

    proptest! {
        #[test]
        fn any_needle_and_any_name_are_harmless(needle in "\\PC{0,20}", name in "\\PC{0,40}") {
            let hits = fuzzy(&needle, &[&name]);
            prop_assert!(hits.len() <= 1);
            for offset in positions(&needle, &name) {
                prop_assert!((offset as usize) < name.len());
                prop_assert!(name.is_char_boundary(offset as usize));
            }
        }
    }
}
