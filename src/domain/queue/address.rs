//! How a person names a queue: by name, by URL or by ARN.

use std::fmt;

use crate::domain::function::Arn;

use super::QueueUrl;

/// A queue as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueAddress {
    /// A name in the account and region of the session.
    Name(String),
    /// A URL, of whatever account.
    Url(QueueUrl),
    /// An ARN, of whatever account.
    Arn(Arn),
}

/// Why a text names no queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoQueue(String);

impl fmt::Display for NoQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} names no queue: give a name (1 to 80 letters, digits, - and _, with .fifo behind it on FIFO), a URL or an ARN",
            self.0
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
        if text.starts_with("arn:") {
            let arn = Arn::new(text);
            let is_queue = arn.service() == Some("sqs")
                && arn.region().is_some()
                && arn.account().is_some()
                && is_name(arn.resource_name());
            return is_queue.then_some(Self::Arn(arn)).ok_or_else(refused);
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            let url = QueueUrl::new(text.trim_end_matches('/'));
            let is_queue = url.as_str().matches('/').count() >= 3 && is_name(url.name());
            return is_queue.then_some(Self::Url(url)).ok_or_else(refused);
        }
        is_name(text)
            .then(|| Self::Name(text.to_owned()))
            .ok_or_else(refused)
    }

    /// The queue's name, whichever way it was named.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Url(url) => url.name(),
            Self::Arn(arn) => arn.resource_name(),
        }
    }
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
mod tests {
    use super::*;

    #[test]
    fn names_urls_and_arns_are_told_apart() {
        let name = |text: &str| QueueAddress::parse(text).map(|queue| queue.name().to_owned());
        assert_eq!(name("orders-dlq"), Ok("orders-dlq".into()));
        assert_eq!(name(" orders.fifo "), Ok("orders.fifo".into()));
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq/";
        assert_eq!(name(url), Ok("orders-dlq".into()));
        let arn = "arn:aws:sqs:eu-west-1:123456789012:orders-dlq";
        assert_eq!(name(arn), Ok("orders-dlq".into()));
    }

    #[test]
    fn what_names_no_queue_is_refused_with_a_word_on_why() {
        for text in [
            "",
            "a b",
            "orders.dlq",
            "https://x",
            "arn:aws:lambda:eu-west-1:1:function:f",
            "arn:aws:sqs:eu-west-1:1:",
        ] {
            let refused = QueueAddress::parse(text).expect_err(text).to_string();
            assert!(refused.contains("names no queue"), "{refused}");
        }
        assert!(QueueAddress::parse(&"q".repeat(81)).is_err());
    }
}
