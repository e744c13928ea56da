//! A queue that was found: its URL leads to the queue that was asked for, and that was checked.
//!
//! The only way to an [`OpenQueue`] is the comparison, and the calls of the Gate that receive,
//! send, delete or purge take nothing else: no name and no URL out of a text reaches them.

use std::{fmt, sync::Arc};

use super::{QueueAddress, QueueAttributes, QueueUrl};
use crate::domain::{function::Arn, place::Place, redrive::route};

/// A queue that was found. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQueue(Arc<Found>);

#[derive(Debug, PartialEq, Eq)]
struct Found {
    arn: Arn,
    url: QueueUrl,
    /// None where they may not be read.
    attributes: Option<QueueAttributes>,
    /// Its account, where that is not the session's own.
    foreign: Option<String>,
}

/// A URL leads to another queue than the one that was asked for, or nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistaken(String);

impl fmt::Display for Mistaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistaken {}

impl OpenQueue {
    /// A queue that told its attributes: the ARN among them is compared with what was asked for.
    /// Some servers other than AWS tell none; there what was asked for stands.
    ///
    /// # Errors
    /// When it is another queue, or does not say which it is.
    pub fn reported(
        asked: &QueueAddress,
        place: &Place,
        url: QueueUrl,
        mut attributes: QueueAttributes,
    ) -> Result<Self, Mistaken> {
        let arn = match (&attributes.arn, asked.arn()) {
            (Some(reported), _) => {
                let is_it = QueueAddress::of(reported).is_ok_and(|reported| {
                    let is_here = place.has_custom_endpoint || reported.check(place).is_ok();
                    is_here && asked.is_answered_by(&reported)
                });
                if !is_it {
                    return Err(other(asked, reported.as_str()));
                }
                reported.clone()
            }
            (None, Some(arn)) if place.has_custom_endpoint => arn.clone(),
            (None, _) => {
                return Err(Mistaken(format!(
                    "the server does not tell the ARN of {}: give the queue by its ARN",
                    asked.name()
                )));
            }
        };
        attributes.arn = Some(arn.clone());
        Ok(Self::new(asked, (arn, url), Some(attributes), place))
    }

    /// A queue whose attributes may not be read: the URL that SQS gave for it decides. It can be
    /// looked at; nothing is sent there and nothing deleted ([`Self::is_verified`]).
    ///
    /// # Errors
    /// When the URL is that of another queue, or says nothing.
    pub fn unread(asked: &QueueAddress, place: &Place, url: QueueUrl) -> Result<Self, Mistaken> {
        let found = QueueAddress::listed(url.clone());
        let is_it = found.check(place).is_ok() && asked.is_answered_by(&found);
        let there = found.there();
        let told = match (&there.partition, &there.region, &there.account) {
            (Some(partition), Some(region), Some(account)) => Some(Arn::new(format!(
                "arn:{partition}:sqs:{region}:{account}:{}",
                found.name()
            ))),
            // The host says nothing: the server gave this URL for that ARN.
            _ => asked.arn().cloned(),
        };
        match told.filter(|_| is_it) {
            Some(arn) => Ok(Self::new(asked, (arn, url), None, place)),
            None => Err(other(asked, url.as_str())),
        }
    }

    fn new(
        asked: &QueueAddress,
        (arn, url): (Arn, QueueUrl),
        attributes: Option<QueueAttributes>,
        place: &Place,
    ) -> Self {
        // A bare name is one of the session's own account, whichever that is.
        let is_own = asked.account().is_none() && place.account.is_none();
        let account = arn.account().filter(|_| !is_own);
        let foreign = place.foreign_account(account).map(str::to_owned);
        Self(Arc::new(Found {
            arn,
            url,
            attributes,
            foreign,
        }))
    }

    /// Its own ARN.
    pub fn arn(&self) -> &Arn {
        &self.0.arn
    }

    /// Its URL.
    pub fn url(&self) -> &QueueUrl {
        &self.0.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.arn.resource_name()
    }

    /// Counts and settings as they were when it was opened; `None` where they may not be read.
    pub fn attributes(&self) -> Option<&QueueAttributes> {
        self.0.attributes.as_ref()
    }

    /// FIFO, by its settings or by its name, which SQS makes end so.
    pub fn is_fifo(&self) -> bool {
        let by_settings = self.attributes().is_some_and(|settings| settings.fifo);
        by_settings || route::is_fifo_name(self.arn())
    }

    /// Its account, where that is not known to be the session's own.
    pub fn foreign_account(&self) -> Option<&str> {
        self.0.foreign.as_deref()
    }

    /// Its name for previews and notices, with its account where that is a foreign one.
    pub fn shown(&self) -> String {
        match &self.0.foreign {
            None => self.name().to_owned(),
            Some(account) => format!("{} of account {account}", self.name()),
        }
    }

    /// Whether the queue itself said which one it is. Only then may anything be sent there or
    /// deleted.
    pub fn is_verified(&self) -> bool {
        self.0.attributes.is_some()
    }
}

fn other(asked: &QueueAddress, found: &str) -> Mistaken {
    let asked_for = asked.arn().map_or_else(
        || asked.url().map_or(asked.name(), QueueUrl::as_str),
        Arn::as_str,
    );
    Mistaken(format!(
        "{asked_for} was asked for, and the answer is about {found}: nothing is done with it"
    ))
}

#[cfg(test)]
impl OpenQueue {
    /// The queue with this ARN, found as in a session of its own region and account.
    pub(crate) fn sample(arn: &str, attributes: QueueAttributes) -> Self {
        let arn = Arn::new(arn);
        let place = Place {
            region: arn.region().unwrap_or_default().to_owned(),
            account: arn.account().map(str::to_owned),
            has_custom_endpoint: true,
        };
        let url = format!(
            "https://sqs.{}.amazonaws.com/{}/{}",
            place.region,
            arn.account().unwrap_or_default(),
            arn.resource_name()
        );
        let address = QueueAddress::of(&arn).expect("the ARN of a queue");
        let attributes = QueueAttributes {
            arn: Some(arn),
            ..attributes
        };
        Self::reported(&address, &place, QueueUrl::new(url), attributes).expect("this queue")
    }
}

#[cfg(test)]
mod tests;
