//! How a queue is named: by name, by ARN or by URL, and where each of them says it is.
//!
//! The one reader of such texts, whoever wrote them: an argument, a letter, a configuration, a
//! journal. What may be done with an address is the Gate's.

use std::fmt;

use url::Url;

use crate::domain::{
    function::Arn,
    place::{Location, Place, aws_host, partition},
};

use super::QueueUrl;

/// The longest text that is looked at: no ARN of SQS and no URL of a queue comes near it.
const LONGEST: usize = 1_024;

/// A queue as it was named, understood completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueAddress {
    name: String,
    there: Location,
    given: Given,
}

/// What the address was given as.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    /// A name in the account and region of the session.
    Name,
    /// An ARN, with the URL where that is known already.
    Arn(Arn, Option<QueueUrl>),
    /// A URL at one of AWS's hosts.
    Url(QueueUrl),
    /// A URL at a host that says nothing.
    Foreign(QueueUrl),
    /// A URL that the session's own server gave.
    Listed(QueueUrl),
}

/// Why a text names no queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoQueue(String);

impl fmt::Display for NoQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 120;
        let mut shown: String = self.0.chars().take(SHOWN).collect();
        if shown.len() < self.0.len() {
            shown.push('…');
        }
        write!(
            f,
            "{shown:?} names no queue: give a name (1 to 80 letters, digits, - and _, with .fifo behind it on FIFO), a URL or an ARN"
        )
    }
}

impl std::error::Error for NoQueue {}

impl QueueAddress {
    /// Reads what was typed. Names are held to SQS's rule (SQS quotas), so that a typo is told
    /// before anything is asked.
    ///
    /// # Errors
    /// [`NoQueue`] when it is none of the three.
    pub fn parse(text: &str) -> Result<Self, NoQueue> {
        let text = text.trim();
        let refused = || NoQueue(text.to_owned());
        if text.len() > LONGEST {
            return Err(refused());
        }
        let read = if text.starts_with("arn:") {
            Self::read_arn(&Arn::new(text))
        } else if text.contains("://") {
            Self::read_url(text)
        } else {
            is_name(text).then(|| Self {
                name: text.to_owned(),
                there: Location::default(),
                given: Given::Name,
            })
        };
        read.ok_or_else(refused)
    }

    /// The address of a queue whose ARN is at hand.
    ///
    /// # Errors
    /// [`NoQueue`] when the ARN is not a queue's.
    pub fn of(arn: &Arn) -> Result<Self, NoQueue> {
        Some(arn)
            .filter(|arn| arn.as_str().len() <= LONGEST)
            .and_then(Self::read_arn)
            .ok_or_else(|| NoQueue(arn.as_str().to_owned()))
    }

    /// The same queue, at a URL that was found for it before. What the URL says stands against
    /// the ARN like any other claim.
    ///
    /// # Errors
    /// [`NoQueue`] when the URL is that of another queue.
    pub fn at(self, url: &QueueUrl) -> Result<Self, NoQueue> {
        let refused = || NoQueue(url.as_str().to_owned());
        let found = Self::listed(url.clone());
        match self.given {
            Given::Arn(arn, _) => (found.name == self.name && agree(&self.there, &found.there))
                .then(|| Self {
                    given: Given::Arn(arn, Some(url.clone())),
                    ..self
                })
                .ok_or_else(refused),
            _ => Err(refused()),
        }
    }

    /// The address of a queue by the URL that the session's own server gave.
    pub fn listed(url: QueueUrl) -> Self {
        let read = Self::read_url(url.as_str());
        let (name, there) = read.map_or_else(
            || (url.name().to_owned(), Location::default()),
            |read| (read.name, read.there),
        );
        Self {
            name,
            there,
            given: Given::Listed(url),
        }
    }

    fn read_arn(arn: &Arn) -> Option<Self> {
        let (partition, region) = (arn.partition()?, arn.region()?);
        let (account, name) = (arn.account()?, arn.resource_name());
        let is_queue = arn.service() == Some("sqs") && is_name(name);
        is_queue.then(|| Self {
            name: name.to_owned(),
            there: Location {
                partition: Some(partition.to_owned()),
                region: Some(region.to_owned()),
                account: Some(account.to_owned()),
            },
            given: Given::Arn(arn.clone(), None),
        })
    }

    fn read_url(text: &str) -> Option<Self> {
        let parsed = Url::parse(text).ok()?;
        let host = parsed.host_str()?;
        let is_plain = matches!(parsed.scheme(), "http" | "https")
            && parsed.query().is_none()
            && parsed.fragment().is_none()
            && parsed.username().is_empty();
        let mut path: Vec<&str> = parsed.path_segments()?.collect();
        if path.last() == Some(&"") {
            path.pop();
        }
        let name = (*path.last()?).to_owned();
        if !is_plain || !is_name(&name) {
            return None;
        }
        // As it was given: SQS compares the text.
        let url = QueueUrl::new(text.trim_end_matches('/'));
        let Some((before, partitions)) = aws_host(host) else {
            return Some(Self {
                name,
                there: Location::default(),
                given: Given::Foreign(url),
            });
        };
        let region = region_of(before)?;
        let [account, _] = path.as_slice() else {
            return None;
        };
        let partition = partition(region);
        (partitions.contains(&partition) && is_account(account)).then(|| Self {
            name,
            there: Location {
                partition: Some(partition.to_owned()),
                region: Some(region.to_owned()),
                account: Some((*account).to_owned()),
            },
            given: Given::Url(url),
        })
    }

    /// The queue's name, whichever way it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it says it is.
    pub const fn there(&self) -> &Location {
        &self.there
    }

    /// The account that it names.
    pub fn account(&self) -> Option<&str> {
        self.there.account.as_deref()
    }

    /// The ARN, where it was given as one.
    pub const fn arn(&self) -> Option<&Arn> {
        match &self.given {
            Given::Arn(arn, _) => Some(arn),
            _ => None,
        }
    }

    /// The URL, where that is known.
    pub const fn url(&self) -> Option<&QueueUrl> {
        match &self.given {
            Given::Name => None,
            Given::Arn(_, url) => url.as_ref(),
            Given::Url(url) | Given::Foreign(url) | Given::Listed(url) => Some(url),
        }
    }

    /// Whether a session may ask for this queue at all: region and partition are its own. Says
    /// nothing about the account: others' queues can be named.
    ///
    /// # Errors
    /// One line that says which session would be right.
    pub fn check(&self, place: &Place) -> Result<(), String> {
        if let (Given::Foreign(url), false) = (&self.given, place.has_custom_endpoint) {
            return Err(format!(
                "the host of {} is not one of SQS, so that its region cannot be told: give the queue by its ARN",
                url.as_str()
            ));
        }
        place
            .check(&self.name, &self.there)
            .map_err(|elsewhere| elsewhere.to_string())
    }

    /// Whether the ARN that a queue reports is that of the queue that was asked for.
    pub(super) fn is_answered_by(&self, reported: &Self) -> bool {
        self.name == reported.name && agree(&self.there, &reported.there)
    }
}

/// Whether nothing that both say differs.
fn agree(one: &Location, other: &Location) -> bool {
    let agree = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    agree(&one.partition, &other.partition)
        && agree(&one.region, &other.region)
        && agree(&one.account, &other.account)
}

/// The region that an SQS host names by what stands before AWS's domain: `sqs.REGION`,
/// `sqs-fips.REGION`, `ID.sqs.REGION.vpce` (interface endpoints), and the legacy `REGION.queue`
/// and `queue` (Amazon SQS endpoints and quotas).
fn region_of(before: &str) -> Option<&str> {
    let labels: Vec<&str> = before.split('.').collect();
    match labels.as_slice() {
        ["queue"] => Some("us-east-1"),
        [region, "queue"]
        | ["sqs" | "sqs-fips", region]
        | [_, "sqs" | "sqs-fips", region, "vpce"] => Some(*region),
        _ => None,
    }
    .filter(|region| !region.is_empty())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let stem = text.strip_suffix(".fifo").unwrap_or(text);
    !stem.is_empty()
        && text.len() <= 80
        && stem
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests;
