//! Redrive: putting letters back without losing one (`docs/architecture.md` §6.1).
//!
//! Pure: the plan, the state of each message, the journal's records, what a report adds up to.
//! The calls, the files and the clock are `runtime::redrive`'s.

pub mod batch;
pub mod ledger;
pub mod preview;
pub mod progress;
pub mod record;
pub mod replay;
pub mod route;
mod stored;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{function::Arn, queue::QueueUrl, secret::Secret};

pub use ledger::Ledger;
pub use progress::{Canary, End, Failure, Phase, Progress, Tally};
pub use record::{Key, Record, Target};
pub use replay::{Open, Replay};

/// What was confirmed. The first record of a journal; `resume` finishes exactly this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Names journal and plan: time and a random part, safe as a file name.
    pub id: String,
    /// When it was confirmed. Letters sent after that are not part of a standing plan: they
    /// include what comes back.
    pub created: Timestamp,
    /// Account of the caller, if known.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// Profile it was confirmed under, for the command that resumes it.
    pub profile: Option<String>,
    /// The queue that is emptied.
    pub source: Arn,
    /// Its URL.
    pub source_url: QueueUrl,
    /// It is FIFO.
    pub source_is_fifo: bool,
    /// Which letters.
    pub scope: Scope,
    /// A jq expression over each body; letters with an edit of their own are not given to it.
    pub edit: Option<String>,
    /// Where to.
    pub destination: Destination,
    /// How fast, how careful.
    pub pace: Pace,
    /// Send `AWSTraceHeader` along; off by default, because Lambda counts loops by it.
    pub keep_trace: bool,
    /// The function that is invoked has this timeout, in seconds: the canary is a synchronous
    /// invoke, whose answer is the verdict. None: the canary goes as the others do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_timeout_s: Option<u64>,
}

/// A canary is only invoked synchronously if the function's timeout is within this, in seconds.
pub const LONGEST_CANARY_S: u64 = 60;

impl Plan {
    /// How a queue or a function is called beside this plan: with its account, where that is not
    /// the caller's.
    pub fn named(&self, arn: &Arn) -> String {
        let own = self.account.as_deref().or_else(|| self.source.account());
        match arn.account().filter(|account| own != Some(account)) {
            Some(account) => format!("{} of account {account}", arn.resource_name()),
            None => arn.resource_name().to_owned(),
        }
    }

    /// Where its letters go, in a few words.
    pub fn goes_to(&self) -> String {
        match &self.destination {
            Destination::Source => "each to the queue it came from".to_owned(),
            Destination::SourceOr { inferred } => format!(
                "each to the queue it came from, to {} (inferred) where it names none",
                self.named(inferred)
            ),
            Destination::Queue { arn, .. } => self.named(arn),
            Destination::Invoke {
                function,
                qualifier,
            } => {
                let qualifier = qualifier.as_ref().map(|one| format!(":{one}"));
                format!(
                    "invoke {}{} asynchronously",
                    self.named(function),
                    qualifier.unwrap_or_default()
                )
            }
            Destination::Delete => "nowhere: they are deleted".to_owned(),
        }
    }

    /// Drops the edited bodies: what of them was to be sent, was.
    pub fn forget_edits(&mut self) {
        if let Scope::Selection(chosen) = &mut self.scope {
            for letter in chosen {
                letter.edited = None;
            }
        }
    }

    /// The letters of a selection; none of a standing plan.
    pub fn chosen(&self) -> &[Chosen] {
        match &self.scope {
            Scope::Selection(chosen) => chosen,
            Scope::Standing { .. } => &[],
        }
    }

    /// At most this many letters; a selection has as many as were chosen.
    pub fn limit(&self) -> Option<u64> {
        match &self.scope {
            Scope::Selection(chosen) => Some(chosen.len() as u64),
            Scope::Standing { limit, .. } => *limit,
        }
    }
}

/// Which letters a plan is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Scope {
    /// These, held when the plan was confirmed: exact figures.
    Selection(Vec<Chosen>),
    /// Every letter that fits, decided as it is received: figures are estimates.
    Standing {
        /// In the language of [`letter::predicate`](super::letter); none takes all.
        filter: Option<String>,
        /// At most so many.
        limit: Option<u64>,
    },
}

/// One letter of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Message id.
    pub id: Arc<str>,
    /// The body to send instead of its own.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret_text")]
    pub edited: Option<Secret<Arc<str>>>,
}

/// Where letters go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// Each to the queue it came from; letters without one fail with that reason.
    Source,
    /// Each to the queue it came from. Letters that name none, and nothing else that sent them, go
    /// to this one: it is inferred, being the only queue that fails to the one that is emptied.
    SourceOr {
        /// ARN.
        inferred: Arn,
    },
    /// All to this queue.
    Queue {
        /// ARN.
        arn: Arn,
        /// URL.
        url: QueueUrl,
    },
    /// Each to its function, or to this one, asynchronously.
    Invoke {
        /// Function ARN, unqualified.
        function: Arn,
        /// Version or alias.
        qualifier: Option<String>,
    },
    /// Nowhere: they are only deleted.
    Delete,
}

/// How fast, how careful.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// At most this many letters a second.
    pub per_second: Option<f64>,
    /// Requests under way at once.
    pub workers: Workers,
    /// Send a few first, and look whether they come back.
    pub canary: bool,
    /// How many: the letters of each step of the canary, each waited for. One letter in one step
    /// unless something else was chosen.
    #[serde(default = "one_letter")]
    pub canary_steps: Vec<u32>,
    /// Stop when more than this many letters came back; none never stops for it.
    pub stop_after_returned: Option<u32>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_second: None,
            workers: Workers::Adaptive,
            canary: false,
            canary_steps: one_letter(),
            stop_after_returned: Some(2),
        }
    }
}

fn one_letter() -> Vec<u32> {
    vec![1]
}

/// Requests under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Workers {
    /// From 8 to 64: one more after each round that went well, half as many after a throttle.
    Adaptive,
    /// Always this many.
    Fixed(u16),
}

/// Bodies in a journal (0600) are the one place where they are written down.
mod secret_text {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::domain::secret::Secret;

    #[expect(clippy::ref_option, reason = "serde gives a field by reference")]
    pub(super) fn serialize<S: Serializer>(
        text: &Option<Secret<Arc<str>>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_ref()
            .map(|text| &**text.reveal())
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret<Arc<str>>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|text| Secret::new(text.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::{Message, SystemAttributes};

    pub(super) const SOURCE: &str = "arn:aws:sqs:eu-west-1:000000000000:orders-dlq";
    pub(super) const TARGET: &str = "arn:aws:sqs:eu-west-1:000000000000:orders";

    pub(super) fn plan() -> Plan {
        Plan {
            id: "20261120T023000-0a1b2c3d".into(),
            created: "2026-11-20T02:30:00Z".parse().expect("a time"),
            account: Some("000000000000".into()),
            region: "eu-west-1".into(),
            profile: None,
            source: Arn::new(SOURCE),
            source_url: QueueUrl::new(
                "https://sqs.eu-west-1.amazonaws.com/000000000000/orders-dlq",
            ),
            source_is_fifo: false,
            scope: Scope::Standing {
                filter: None,
                limit: None,
            },
            edit: None,
            destination: Destination::Queue {
                arn: Arn::new(TARGET),
                url: QueueUrl::new("https://sqs.eu-west-1.amazonaws.com/000000000000/orders"),
            },
            pace: Pace::default(),
            keep_trace: false,
            canary_timeout_s: None,
        }
    }

    pub(super) fn message(id: &str, body: &str) -> Message {
        Message {
            id: id.into(),
            handle: Secret::new(format!("handle-{id}").into()),
            body: Secret::new(body.into()),
            attributes: Vec::new(),
            system: SystemAttributes::default(),
            flaw: None,
        }
    }
}
