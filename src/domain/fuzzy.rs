//! Fuzzy matching behind one function: the only place that names the crate which does it.
//!
//! Words of the needle, separated by white space, must all match, in any order. Case counts only
//! when the needle has a capital.

use std::cmp::Reverse;

use frizbee::{Config, Match, Matcher, Pattern, PatternConfig, radix_sort_matches};

/// What is matched of a text, in characters, on either side: matching takes memory by the product
/// of both, and no name is longer.
const LONGEST: usize = 256;

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
    let words: Vec<Pattern> = head(needle)
        .split_whitespace()
        .map(|word| Pattern::new(word, PatternConfig::default()))
        .collect();
    let mut matcher = Matcher::from_patterns(&words, &Config::default());
    // Each entry point of the crate is compiled 80 times, for every instruction set and number of
    // typos: 1.2 MB of code, and the time to make it. This one serves one word and several.
    let mut found: Vec<Match> = (0..)
        .zip(haystacks)
        .filter_map(|(index, haystack)| matcher.match_one(head(haystack.as_ref()), index))
        .collect();
    if !words.is_empty() {
        radix_sort_matches(&mut found);
    }
    let hit = |found: Match| Hit {
        index: found.index,
        score: found.score,
    };
    found.into_iter().map(hit).collect()
}

/// The beginning of a text that is matched.
fn head(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = text.char_indices().nth(LONGEST);
    end.map_or(text, |(end, _)| &text[..end])
}

/// The byte offsets in `haystack` of the characters that `needle` matched, ascending; empty when
/// it does not match. Meant for the rows on screen, not for a whole list.
pub fn positions(needle: &str, haystack: &str) -> Vec<u32> {
    let characters: Vec<(usize, char)> = head(haystack).char_indices().collect();
    let mut offsets = Vec::new();
    for word in head(needle).split_whitespace() {
        let Some(places) = align(word, &characters) else {
            return Vec::new();
        };
        offsets.extend(places.into_iter().map(|place| characters[place].0 as u32));
    }
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

/// Where the characters of a word lie best in a text, in order: rather side by side than apart,
/// rather at the beginning of a part of the text than within one, rather early than late.
fn align(word: &str, text: &[(usize, char)]) -> Option<Vec<usize>> {
    const BEGINNING: i32 = 8;
    const SIDE_BY_SIDE: i32 = 9;
    let cased = word.chars().any(char::is_uppercase);
    let begins = |at: usize| at == 0 || !text[at - 1].1.is_alphanumeric();
    // For each character of the word: the places it may have, the worth of the best way there,
    // and the place before it on that way.
    let mut ways: Vec<Vec<(usize, i32, usize)>> = Vec::new();
    for wanted in word.chars() {
        let earlier = ways.last().map(Vec::as_slice);
        let mut here = Vec::new();
        for (at, &(_, character)) in text.iter().enumerate() {
            if !(character == wanted || !cased && is_same_letter(character, wanted)) {
                continue;
            }
            let worth = if begins(at) { BEGINNING } else { 0 };
            let way = match earlier {
                None => Some((worth, at)),
                Some(earlier) => earlier
                    .iter()
                    .take_while(|(place, ..)| *place < at)
                    .map(|&(place, so_far, _)| {
                        let near = if place + 1 == at { SIDE_BY_SIDE } else { 0 };
                        (so_far + worth + near, place)
                    })
                    .max_by_key(|&(worth, place)| (worth, Reverse(place))),
            };
            here.extend(way.map(|(worth, from)| (at, worth, from)));
        }
        ways.push(here);
    }
    let last = ways.last()?;
    let best = last
        .iter()
        .max_by_key(|&&(at, worth, _)| (worth, Reverse(at)));
    let mut place = best?.0;
    let mut places = Vec::with_capacity(ways.len());
    for way in ways.iter().rev() {
        places.push(place);
        place = way.iter().find(|(at, ..)| *at == place)?.2;
    }
    Some(places)
}

fn is_same_letter(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b) || a.to_lowercase().eq(b.to_lowercase())
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
    fn a_pasted_megabyte_is_matched_by_its_beginning() {
        let long = "ä".repeat(1 << 20);
        let hits = fuzzy(&long, &[&*long, "other"]);
        assert_eq!(hits.len(), 1);
        assert_eq!(positions(&long, &long).len(), LONGEST);
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
        assert_eq!(positions("char", "cat-h-a-charge"), [8, 9, 10, 11]);
        assert_eq!(positions("ge PAY", "payments-charge"), [0_u32; 0]);
        assert_eq!(positions("ge pay", "PayMents-charge"), [0, 1, 2, 13, 14]);
    }

    proptest! {
        #[test]
        fn any_needle_and_any_name_are_harmless(needle in "\\PC{0,20}", name in "\\PC{0,40}") {
            let hits = fuzzy(&needle, &[&name]);
            prop_assert!(hits.len() <= 1);
            // What matched has something to show, unless case folds in a way of its own.
            if needle.is_ascii() && name.is_ascii() && !needle.trim().is_empty() {
                prop_assert_eq!(hits.is_empty(), positions(&needle, &name).is_empty());
            }
            for offset in positions(&needle, &name) {
                prop_assert!((offset as usize) < name.len());
                prop_assert!(name.is_char_boundary(offset as usize));
            }
        }
    }
}
