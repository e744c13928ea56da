//! Where something is: partition, region and account; and whether that is where a session is.
//!
//! One place compares what is named (a queue, a function, a role …) with the session that would
//! ask for it. AWS looks a bare name up in the caller's region, so a name that was cut out of a
//! foreign ARN finds a namesake: the comparison comes before the first call.

use std::fmt;

use super::function::Arn;

/// Where a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Region.
    pub region: String,
    /// Account, once it is known.
    pub account: Option<String>,
    /// Some service is asked at an endpoint of the user's: hosts say nothing there.
    pub has_custom_endpoint: bool,
}

/// Where something says it is, as far as it says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// Partition (`aws`, `aws-cn`, …).
    pub partition: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Account.
    pub account: Option<String>,
}

impl Location {
    /// Where the resource with this ARN is; the parts that it leaves empty are not said.
    pub fn of(arn: &Arn) -> Self {
        Self {
            partition: arn.partition().map(str::to_owned),
            region: arn.region().map(str::to_owned),
            account: arn.account().map(str::to_owned),
        }
    }
}

/// Something is not where the session is. One line that says which session would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere(String);

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Elsewhere {}

impl Place {
    /// Partition, by the region.
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    /// Whether something is in the region and partition of this session. The account is not
    /// compared: resources of others can be named, and policies decide.
    ///
    /// # Errors
    /// When region or partition are other ones; `what` is how the reader calls it.
    pub fn check(&self, what: &str, there: &Location) -> Result<(), Elsewhere> {
        let here = &self.region;
        // No session yet: whoever opens one compares again.
        if here.is_empty() {
            return Ok(());
        }
        let is_foreign =
            |named: &Option<String>, own: &str| named.as_deref().is_some_and(|named| named != own);
        if is_foreign(&there.partition, self.partition()) {
            let partition = there.partition.as_deref().unwrap_or_default();
            let region = there.region.as_deref().filter(|region| region != here);
            let (within, option) = region.map_or_else(
                || (String::new(), String::new()),
                |region| (format!("{region} of "), format!(" and --region {region}")),
            );
            return Err(Elsewhere(format!(
                "{what} is in {within}the partition {partition}, this session is in {here} of {}: start with --profile of an account there{option}",
                self.partition(),
            )));
        }
        if is_foreign(&there.region, here) {
            let region = there.region.as_deref().unwrap_or_default();
            return Err(Elsewhere(format!(
                "{what} is in {region}, this session is in {here}: start with --region {region}"
            )));
        }
        Ok(())
    }

    /// The account that something names, where it is not this session's own, as far as that is
    /// known.
    pub fn foreign_account<'a>(&self, account: Option<&'a str>) -> Option<&'a str> {
        account.filter(|account| self.account.as_deref() != Some(account))
    }

    /// A name with the account behind it, where that is not this session's own.
    pub fn named(&self, name: &str, account: Option<&str>) -> String {
        self.foreign_account(account).map_or_else(
            || name.to_owned(),
            |account| format!("{name} of account {account}"),
        )
    }
}

/// Partitions other than `aws`, by how their regions begin (botocore's `partitions.json`).
const PARTITIONS: [(&str, &str); 8] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
];

/// The partition that a region belongs to.
pub fn partition(region: &str) -> &'static str {
    let found = PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}

/// The domains of AWS's endpoints with the partitions that use them (botocore's
/// `partitions.json`, dual-stack domains included).
const DOMAINS: [(&str, &[&str]); 13] = [
    ("amazonaws.com", &["aws", "aws-us-gov"]),
    ("api.aws", &["aws", "aws-us-gov"]),
    ("amazonaws.com.cn", &["aws-cn"]),
    ("api.amazonwebservices.com.cn", &["aws-cn"]),
    ("amazonaws.eu", &["aws-eusc"]),
    ("api.amazonwebservices.eu", &["aws-eusc"]),
    ("c2s.ic.gov", &["aws-iso"]),
    ("api.aws.ic.gov", &["aws-iso"]),
    ("sc2s.sgov.gov", &["aws-iso-b"]),
    ("api.aws.scloud", &["aws-iso-b"]),
    ("cloud.adc-e.uk", &["aws-iso-e"]),
    ("csp.hci.ic.gov", &["aws-iso-f"]),
    ("api.aws.hci.ic.gov", &["aws-iso-f"]),
];

/// What stands before AWS's domain in a host, and the partitions that use that domain; `None`
/// for a host that is not AWS's.
pub fn aws_host(host: &str) -> Option<(&str, &'static [&'static str])> {
    let host = host.strip_suffix('.').unwrap_or(host);
    DOMAINS.iter().find_map(|(domain, partitions)| {
        let before = host.strip_suffix(domain)?.strip_suffix('.')?;
        Some((before, *partitions))
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

    fn there(partition: &str, region: &str) -> Location {
        Location {
            partition: Some(partition.into()),
            region: Some(region.into()),
            account: Some("222222222222".into()),
        }
    }

    #[test]
    fn another_region_is_refused_with_the_option_that_opens_it() {
        assert_eq!(here().check("q", &there("aws", "eu-west-1")), Ok(()));
        assert_eq!(here().check("q", &Location::default()), Ok(()));
        let why = here().check("q", &there("aws", "us-east-1")).expect_err("");
        assert_eq!(
            why.to_string(),
            "q is in us-east-1, this session is in eu-west-1: start with --region us-east-1"
        );
    }

    #[test]
    fn another_partition_needs_another_profile_too() {
        let why = here().check("q", &there("aws-cn", "cn-north-1"));
        let why = why.expect_err("").to_string();
        assert!(
            why.contains("q is in cn-north-1 of the partition aws-cn")
                && why.contains("--profile")
                && why.contains("--region cn-north-1"),
            "{why}"
        );
        let why = here().check("q", &there("aws-us-gov", "eu-west-1"));
        let why = why.expect_err("").to_string();
        assert!(
            why.contains("aws-us-gov") && !why.contains("--region"),
            "{why}"
        );
    }

    #[test]
    fn an_account_is_shown_where_it_is_not_known_to_be_the_own_one() {
        let mut place = here();
        assert_eq!(place.named("q", Some("111111111111")), "q");
        assert_eq!(place.named("q", None), "q");
        assert_eq!(
            place.named("q", Some("222222222222")),
            "q of account 222222222222"
        );
        place.account = None;
        assert_eq!(
            place.named("q", Some("111111111111")),
            "q of account 111111111111"
        );
    }

    #[test]
    fn regions_tell_their_partition() {
        for (region, expected) in [
            ("eu-west-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected);
        }
    }
}
