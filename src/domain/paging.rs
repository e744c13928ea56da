//! Walking the pages of a listing that may have no end: a server may hand out tokens in a circle,
//! or a new one behind every empty page. No I/O: whoever walks asks for the next page itself.

use std::{
    collections::HashSet,
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

/// The longest token that is sent back, in bytes. Lambda takes its markers in the address, which
/// has an end too.
pub const LONGEST_TOKEN: usize = 8 << 10;
/// After so many empty pages in a row …
pub const EMPTY_PAGES: u32 = 100;
/// … there is this pause before each further one.
pub const PAUSE: Duration = Duration::from_secs(1);

/// How far a listing was read.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// Of each token so far: the tokens themselves would take too much room.
    seen: HashSet<u64>,
    empty: u32,
}

/// Why a listing ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadToken {
    /// It was handed out before: the walk would go round for ever.
    Repeated,
    /// It is so many bytes long.
    TooLong(usize),
}

impl Paging {
    /// Takes a page in and gives the token of the next one, if there is one.
    ///
    /// # Errors
    /// When the listing cannot be read to its end.
    pub fn turn(
        &mut self,
        is_empty: bool,
        token: Option<String>,
    ) -> Result<Option<String>, BadToken> {
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let Some(token) = token else { return Ok(None) };
        if token.len() > LONGEST_TOKEN {
            return Err(BadToken::TooLong(token.len()));
        }
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            Ok(Some(token))
        } else {
            Err(BadToken::Repeated)
        }
    }

    /// How many pages in a row were empty, once that is so many that the walk goes slower.
    pub const fn many_empty(&self) -> Option<u32> {
        if self.empty < EMPTY_PAGES {
            None
        } else {
            Some(self.empty)
        }
    }
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated => write!(f, "the server repeats a page token"),
            Self::TooLong(length) => write!(
                f,
                "the server's page token has {length} bytes, and none of AWS has more than {LONGEST_TOKEN}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a page may have none")]
    fn token(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_token_that_was_seen_before_ends_the_walk_however_long_the_circle() {
        for circle in 1..6 {
            let mut paging = Paging::default();
            for step in 0..circle {
                let next = token(&format!("t{step}"));
                assert_eq!(paging.turn(false, next.clone()), Ok(next));
            }
            assert_eq!(paging.turn(false, token("t0")), Err(BadToken::Repeated));
        }
    }

    #[test]
    fn a_token_is_taken_up_to_its_longest_and_named_beyond() {
        let mut paging = Paging::default();
        let longest = token(&"t".repeat(LONGEST_TOKEN));
        assert_eq!(paging.turn(false, longest.clone()), Ok(longest));
        let bad = paging.turn(false, token(&"t".repeat(1 << 20)));
        assert_eq!(bad, Err(BadToken::TooLong(1 << 20)));
        assert!(BadToken::TooLong(1 << 20).to_string().contains("1048576"));
    }

    #[test]
    fn many_empty_pages_in_a_row_slow_the_walk_and_one_line_ends_that() {
        let mut paging = Paging::default();
        for page in 1..EMPTY_PAGES {
            paging.turn(true, token(&page.to_string())).expect("new");
            assert_eq!(paging.many_empty(), None, "{page}");
        }
        paging.turn(true, token("a")).expect("new");
        assert_eq!(paging.many_empty(), Some(EMPTY_PAGES));
        paging.turn(false, token("b")).expect("new");
        assert_eq!(paging.many_empty(), None);
        assert_eq!(paging.turn(true, None), Ok(None));
    }
}
