//! How a function is named, as the Lambda API takes it: by name, partial ARN or ARN, each with a
//! qualifier or without.
//!
//! The one reader of such texts. What AWS's pattern refuses is refused here, before it reaches a
//! log, a command that is shown, or the network.

use std::fmt;

use crate::domain::{
    function::Arn,
    place::{Elsewhere, Location, Place},
};

/// Longest name of a function (Lambda API, `CreateFunction`).
const NAME: usize = 64;
/// Longest version or alias (Lambda API).
const QUALIFIER: usize = 128;
/// Longest `FunctionName` with everything that it may carry (Lambda API).
const LONGEST: usize = 256;

/// A function as it was named, understood completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAddress {
    name: String,
    there: Location,
    qualifier: Option<String>,
}

/// Why a text names no function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFunction {
    text: String,
    why: &'static str,
}

impl fmt::Display for NoFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 120;
        let mut shown: String = self.text.chars().take(SHOWN).collect();
        if shown.len() < self.text.len() {
            shown.push('…');
        }
        write!(f, "{shown:?} {}", self.why)
    }
}

impl std::error::Error for NoFunction {}

impl FunctionAddress {
    /// Reads `NAME`, `function:NAME`, `ACCOUNT:function:NAME`, `REGION:ACCOUNT:function:NAME` or an
    /// ARN, with `:QUALIFIER` behind it or without.
    ///
    /// # Errors
    /// When the Lambda API would refuse it.
    pub fn parse(text: &str) -> Result<Self, NoFunction> {
        let refused = |why| NoFunction {
            text: text.to_owned(),
            why,
        };
        if text.len() > LONGEST {
            return Err(refused(
                "names no function: it is longer than 256 characters",
            ));
        }
        let mut parts: Vec<&str> = text.split(':').collect();
        let mut there = Location::default();
        if let &["arn", partition, "lambda", ..] = parts.as_slice() {
            there.partition = Some(partition.to_owned());
            parts.drain(..3);
            // An ARN has every part.
            let is_whole = parts.len() >= 4 && is_region(parts[0]) && is_account(parts[1]);
            if !is_whole || parts[2] != "function" || !is_partition(partition) {
                return Err(refused("is not the ARN of a function"));
            }
        }
        if parts.len() > 2 && is_region(parts[0]) && is_account(parts[1]) {
            there.region = Some(parts.remove(0).to_owned());
        }
        if is_account(parts[0]) && parts.len() > 1 {
            // `123456789012:live` may be that account's function, or the alias of a function that
            // is called like an account.
            if parts.len() == 2 {
                return Err(refused(
                    "may mean two functions: write ACCOUNT:function:NAME or function:NAME:QUALIFIER",
                ));
            }
            there.account = Some(parts.remove(0).to_owned());
        }
        if parts.len() > 1 && parts[0] == "function" {
            parts.remove(0);
        }
        let (name, qualifier) = match parts.as_slice() {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => {
                return Err(refused(
                    "names no function: give a name, an ARN or a part of one (ACCOUNT:function:NAME), with :VERSION or :ALIAS behind it",
                ));
            }
        };
        if !is_word(name, NAME) {
            return Err(refused(
                "names no function: a name has 1 to 64 letters, digits, - and _",
            ));
        }
        if let Some(qualifier) = qualifier {
            check_qualifier(qualifier)?;
        }
        Ok(Self {
            name: name.to_owned(),
            there,
            qualifier: qualifier.map(str::to_owned),
        })
    }

    /// The function's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Version or alias.
    pub fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_deref()
    }

    /// The one qualifier of two places that may name one.
    ///
    /// # Errors
    /// When both do, and differ, or the other is none.
    pub fn qualified(&self, other: Option<&str>) -> Result<Option<String>, String> {
        if let Some(other) = other {
            check_qualifier(other).map_err(|why| why.to_string())?;
        }
        match (self.qualifier(), other) {
            (Some(one), Some(other)) if one != other => Err(format!(
                "two qualifiers are named: {one} behind the function, and {other}"
            )),
            (one, other) => Ok(one.or(other).map(str::to_owned)),
        }
    }

    /// Whether a session may ask for this function: region and partition are its own.
    ///
    /// # Errors
    /// One line that says which session would be right.
    pub fn check(&self, place: &Place) -> Result<(), Elsewhere> {
        place.check(&self.name, &self.there)
    }

    /// What calls name it by, without its qualifier: the ARN where the account is said, which is
    /// then never left out; else the name.
    pub fn arn(&self, place: &Place) -> Arn {
        let Location {
            partition,
            region,
            account,
        } = &self.there;
        match account {
            None => Arn::new(self.name.as_str()),
            Some(account) => Arn::new(format!(
                "arn:{}:lambda:{}:{account}:function:{}",
                partition.as_deref().unwrap_or_else(|| place.partition()),
                region.as_deref().unwrap_or(&place.region),
                self.name
            )),
        }
    }
}

/// Whether AWS takes this as a version or alias: `$LATEST`, `$LATEST.PUBLISHED`, a number or a name.
///
/// # Errors
/// When the Lambda API would refuse it.
pub fn check_qualifier(text: &str) -> Result<(), NoFunction> {
    if matches!(text, "$LATEST" | "$LATEST.PUBLISHED") || is_word(text, QUALIFIER) {
        return Ok(());
    }
    Err(NoFunction {
        text: text.to_owned(),
        why: "is no version or alias: $LATEST, a number, or 1 to 128 letters, digits, - and _",
    })
}

fn is_word(text: &str, longest: usize) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=longest).contains(&text.len()) && text.bytes().all(is_fit)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eu-west-1`, `us-gov-west-1`, `us-isob-east-1`: words of letters, and a digit at the end.
fn is_region(text: &str) -> bool {
    let mut words = text.rsplit('-');
    let number = words.next().unwrap_or_default();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let words: Vec<&str> = words.collect();
    (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (2..=3).contains(&words.len())
        && words.into_iter().all(is_word)
}

fn is_partition(text: &str) -> bool {
    text == "aws"
        || text.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Place {
        Place {
            region: "eu-west-1".into(),
            account: Some("111111111111".into()),
            has_custom_endpoint: false,
        }
    }

    #[test]
    fn every_form_that_the_api_takes_is_read() {
        const OTHER: &str = "arn:aws:lambda:eu-west-1:222222222222:function:charge";
        for (text, arn) in [
            ("charge", "charge"),
            ("function:charge", "charge"),
            ("222222222222:function:charge", OTHER),
            ("222222222222:charge:live", OTHER),
            ("eu-west-1:222222222222:function:charge", OTHER),
            (OTHER, OTHER),
            // A function may have the name of a part, or look like an account.
            ("function", "function"),
            ("function:live", "live"),
            ("222222222222", "222222222222"),
            ("function:222222222222:live", "222222222222"),
        ] {
            let address = FunctionAddress::parse(text).expect(text);
            assert_eq!(address.arn(&here()).as_str(), arn, "{text}");
            assert_eq!(address.check(&here()), Ok(()), "{text}");
        }
        for (text, qualifier) in [
            ("charge:live", "live"),
            ("charge:$LATEST", "$LATEST"),
            ("function:charge:42", "42"),
            (
                "222222222222:function:charge:$LATEST.PUBLISHED",
                "$LATEST.PUBLISHED",
            ),
            ("eu-west-1:222222222222:function:charge:live", "live"),
            (&format!("{OTHER}:live"), "live"),
        ] {
            let address = FunctionAddress::parse(text).expect(text);
            assert_eq!(address.name(), "charge", "{text}");
            assert_eq!(address.qualifier(), Some(qualifier), "{text}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        let long = "f".repeat(70_000);
        for text in [
            "",
            ":live",
            "charge:",
            "a b",
            "charge;touch PWNED",
            "charge:live';touch PWNED;'",
            "charge:live\u{1b}[31m",
            "charge.live",
            "charge:$LATEST2",
            "function:a:b:c",
            "222222222222:live",
            "222222222222:function",
            "arn:aws:sqs:eu-west-1:222222222222:charge",
            "arn:aws:lambda:eu-west-1:222222222222:layer:charge:1",
            "arn:aws:lambda:eu-west-1:222222222222:function:",
            "arn:aws:lambda:eu-west-1::function:charge",
            "arn:aws:lambda:222222222222:function:charge",
            "arn:x:lambda:eu-west-1:222222222222:function:charge",
            &"f".repeat(65),
            &format!("charge:{}", "q".repeat(129)),
            &long,
        ] {
            let why = FunctionAddress::parse(text).expect_err(text).to_string();
            assert!(why.len() < 400 && !why.contains('\u{1b}'), "{why}");
        }
    }

    #[test]
    fn another_region_or_partition_is_refused() {
        for (text, right) in [
            (
                "us-east-1:222222222222:function:charge",
                "--region us-east-1",
            ),
            (
                "arn:aws:lambda:us-east-1:111111111111:function:charge:live",
                "--region us-east-1",
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:111111111111:function:charge",
                "aws-cn",
            ),
        ] {
            let address = FunctionAddress::parse(text).expect(text);
            let why = address.check(&here()).expect_err(text).to_string();
            assert!(why.contains(right), "{why}");
        }
    }

    #[test]
    fn a_qualifier_that_is_named_twice_is_the_same_one() {
        let address = FunctionAddress::parse("charge:live").expect("a function");
        assert_eq!(address.qualified(None), Ok(Some("live".into())));
        assert_eq!(address.qualified(Some("live")), Ok(Some("live".into())));
        assert!(address.qualified(Some("prod")).is_err());
        assert!(address.qualified(Some("a b")).is_err());
        let plain = FunctionAddress::parse("charge").expect("a function");
        assert_eq!(plain.qualified(Some("prod")), Ok(Some("prod".into())));
        assert_eq!(plain.qualified(None), Ok(None));
    }
}
