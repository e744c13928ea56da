//! Which sessions are protected: patterns over profile names and account ids, and the rule of
//! `docs/architecture.md` §4.4.
//!
//! It says that a session is protected and why; what that forbids is the Gate's.

use std::fmt;

/// Patterns of profiles and accounts where writing needs `:unlock` or `--write`.
///
/// `*` stands for any characters, `?` for one. A pattern of digits, `*` and `?` is an account pattern (and matches a
/// profile of that name too). Case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protected {
    patterns: Vec<String>,
}

/// Why a session is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection<'a> {
    /// The profile's name matches this pattern.
    Profile(&'a str),
    /// The account id matches this pattern.
    Account(&'a str),
    /// There is an account pattern, and the account is not known (yet).
    UnknownAccount,
}

impl fmt::Display for Protection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Protection::Profile(pattern) => {
                write!(f, "the profile matches {pattern:?} in `protected`")
            }
            Protection::Account(pattern) => {
                write!(f, "the account matches {pattern:?} in `protected`")
            }
            Protection::UnknownAccount => {
                f.write_str("the account is not known, and `protected` names accounts")
            }
        }
    }
}

impl Protected {
    /// Protects what matches one of these patterns.
    pub fn new(patterns: impl IntoIterator<Item = impl Into<String>>) -> Protected {
        Protected {
            patterns: patterns.into_iter().map(Into::into).collect(),
        }
    }

    /// Whether, and why, a session is protected. `None` as account: not known, be it not yet or never.
    pub fn matches(&self, profile: Option<&str>, account: Option<&str>) -> Option<Protection<'_>> {
        let matching = |text: &str| {
            self.patterns
                .iter()
                .find(|p| glob(p, text))
                .map(String::as_str)
        };
        if let Some(pattern) = profile.and_then(matching) {
            return Some(Protection::Profile(pattern));
        }
        let mut accounts = self.patterns.iter().filter(|p| is_account_pattern(p));
        match account {
            Some(account) => {
                if let Some(pattern) = accounts.find(|p| glob(p, account)) {
                    return Some(Protection::Account(pattern));
                }
            }
            None => {
                if accounts.next().is_some() {
                    return Some(Protection::UnknownAccount);
                }
            }
        }
        None
    }
}

/// Whether a pattern makes sense: whether it can match what its author had in mind.
///
/// # Errors
/// Why it protects nothing, or not what it seems to.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    const OTHER_DIALECTS: [char; 13] = [
        '[', ']', '{', '}', '(', ')', '^', '$', '|', '\\', '!', '+', ',',
    ];
    let digits = pattern.chars().filter(char::is_ascii_digit).count();
    let wanted = "an account id has 12 digits";
    let is_regex = pattern.starts_with(".*") || pattern.contains(OTHER_DIALECTS);
    if is_regex {
        return Err(format!(
            "{pattern:?} matches nothing: only * (any characters) and ? (one) have a meaning, and one pattern stands in \
             each string"
        ));
    }
    let is_odd = |c: char| c.is_control() || (c.is_numeric() && !c.is_ascii_digit());
    if pattern.contains(is_odd) {
        return Err(format!(
            "{pattern:?} matches nothing: it holds characters that only look like others, or like nothing"
        ));
    }
    if pattern.starts_with("arn:") {
        return Err(format!(
            "{pattern:?} matches no account: {wanted}, and no ARN around it"
        ));
    }
    let bare = pattern.replace(['-', ' '], "");
    let is_written_apart = bare.len() == 12 && digits == 12 && bare != pattern;
    let is_of_account = digits > 0 && is_account_pattern(pattern);
    if !is_of_account && !is_written_apart {
        return Ok(());
    }
    let fixed = pattern.chars().filter(|c| *c != '*').count();
    let fits = !is_written_apart && (fixed == 12 || (fixed < 12 && pattern.contains('*')));
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{pattern:?} matches no account: {wanted}, and nothing between them"
        ))
    }
}

/// Whether a pattern can match an account id: twelve digits.
fn is_account_pattern(pattern: &str) -> bool {
    pattern
        .chars()
        .all(|c| c.is_ascii_digit() || c == '*' || c == '?')
}

/// Whether a whole text matches a pattern of `*` and `?`, in time linear in each star.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("prod*", "prod", true),
            ("prod*", "prod-eu", true),
            ("prod*", "PROD-eu", true),
            ("prod*", "preprod", false),
            ("*prod*", "preprod-1", true),
            ("prod-??", "prod-eu", true),
            ("prod-??", "prod-e", false),
            ("*a*b*c", "xxaxxbxxbxc", true),
            ("*a*b*c", "xxaxxbxxbx", false),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_unknown_account_counts_as_protected_only_when_accounts_are_named() {
        let accounts = Protected::new(["prod*", "123456789012"]);
        assert_eq!(
            accounts.matches(Some("dev"), None),
            Some(Protection::UnknownAccount)
        );
        assert_eq!(
            accounts.matches(None, None),
            Some(Protection::UnknownAccount)
        );
        assert_eq!(accounts.matches(Some("dev"), Some("111111111111")), None);
        assert_eq!(
            accounts.matches(Some("dev"), Some("123456789012")),
            Some(Protection::Account("123456789012"))
        );
        assert_eq!(
            accounts.matches(Some("prod-eu"), Some("111111111111")),
            Some(Protection::Profile("prod*"))
        );

        let profiles = Protected::new(["prod*"]);
        assert_eq!(profiles.matches(Some("dev"), None), None);
        assert_eq!(profiles.matches(None, None), None);
        assert_eq!(
            profiles.matches(Some("prod"), None),
            Some(Protection::Profile("prod*"))
        );
    }

    #[test]
    fn a_star_protects_everything() {
        let all = Protected::new(["*"]);
        assert!(all.matches(None, None).is_some());
        assert!(all.matches(None, Some("123456789012")).is_some());
        assert!(all.matches(Some("dev"), None).is_some());
    }

    #[test]
    fn a_pattern_that_can_match_nothing_is_refused() {
        for pattern in [
            "[*",
            "1{12}",
            "^prod",
            "(prod|live)",
            "prod,live",
            "!dev",
            ".*",
            "12345678901",
            "1234567890123",
            "1234567890123*",
            "123?",
            "1234-5678-9012",
            "arn:aws:iam::123456789012:root",
            "１２３４５６７８９０１２",
            "prod\u{1b}",
        ] {
            assert!(check(pattern).is_err(), "{pattern}");
        }
        for pattern in [
            "prod*",
            "*",
            "??",
            "team prod",
            "prod.*",
            "eu-1",
            "*-1",
            "123456789012",
            "1234*",
            "1234567890??",
            "*9012",
        ] {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn an_account_pattern_that_is_accepted_can_match(pattern in "[0-9*?]{1,14}") {
            if pattern.contains(|c: char| c.is_ascii_digit()) && check(&pattern).is_ok() {
                let stars = pattern.matches('*').count();
                let fixed = pattern.len() - stars;
                let filler = "0".repeat(12 - fixed);
                let account = pattern.replacen('*', &filler, 1).replace('*', "").replace('?', "0");
                prop_assert!(glob(&pattern, &account) && account.len() == 12, "{pattern} {account}");
            }
        }

        #[test]
        fn a_star_matches_what_is_cut_out(head in "[a-z]{0,5}", middle in ".{0,5}", tail in "[a-z]{0,5}") {
            let pattern = format!("{head}*{tail}");
            let text = format!("{head}{middle}{tail}");
            prop_assert!(glob(&pattern, &text));
        }
    }
}
