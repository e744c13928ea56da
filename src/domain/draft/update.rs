//! The calls that a draft becomes, and what each of them carries.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Field, LATEST, MASK, Routing, Value};
use crate::domain::{
    class::Class,
    function::{AsyncConfig, EventSourceMapping, FunctionUrl},
    mask,
    secret::Secret,
};

/// What `UpdateFunctionConfiguration` carries. What is not in it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigurationUpdate {
    /// The revision that must still be there; else 412.
    pub revision_id: Option<String>,
    /// Settings. Of a structure that is sent whole, all that are in it.
    pub settings: BTreeMap<Field, Value>,
    /// The whole environment.
    pub environment: Option<Vec<(String, Secret<String>)>>,
}

impl ConfigurationUpdate {
    /// An update of one setting.
    pub fn of(field: Field, value: Value) -> Self {
        Self {
            settings: [(field, value)].into(),
            ..Self::default()
        }
    }

    /// A setting; `None` when it stays as it is.
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.settings.get(&field)
    }

    /// A number; `None` when it stays as it is.
    pub fn number(&self, field: Field) -> Option<u32> {
        self.get(field)?.number()
    }

    /// A text; `None` when it stays as it is, empty when it is to be removed.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field)? {
            Value::Unset => Some(""),
            value => value.text(),
        }
    }

    /// A list; `None` when it stays as it is, empty when it is to be removed.
    pub fn list(&self, field: Field) -> Option<&[String]> {
        self.get(field).map(Value::list)
    }

    /// File systems, of which a function has one at most; `None` when they stay as they are.
    pub fn mounts(&self, field: Field) -> Option<Vec<(&str, &str)>> {
        Some(match self.get(field)? {
            Value::Mount(arn, path) => vec![(arn, path)],
            _ => Vec::new(),
        })
    }
}

impl ConfigurationUpdate {
    /// A message about this update, without the values of its environment. Lambda repeats what it
    /// refuses, as it is or as JSON. Values shorter than four characters are left: they would match
    /// anywhere.
    pub fn masked(&self, text: &str) -> String {
        /// Lambda writes the whole environment behind it when that is too large.
        const WHOLE: &str = "String measured:";
        let values = self.environment.iter().flatten();
        let values = values.map(|(_, value)| value.reveal().as_str());
        match text.split_once(WHOLE) {
            Some((before, _)) => format!("{}{WHOLE} {MASK}", mask::masked(before, values)),
            None => mask::masked(text, values),
        }
    }
}

/// What `UpdateEventSourceMapping` carries; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MappingUpdate {
    /// Whether it reads.
    pub enabled: Option<bool>,
    /// Records per invoke.
    pub batch_size: Option<u32>,
    /// Seconds to gather a batch.
    pub batch_window_s: Option<u32>,
    /// Invokes at once; `Some(None)` takes the limit away.
    pub maximum_concurrency: Option<Option<u32>>,
    /// Whether the function reports failed records one by one.
    pub partial_batch_responses: Option<bool>,
    /// All the filter patterns; empty for none.
    pub filters: Option<Vec<String>>,
}

/// A function URL. Its CORS settings are left as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// `AWS_IAM` or `NONE`.
    pub auth: String,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `UpdateFunctionConfiguration`; its revision is filled in when it is made.
    Configuration(Box<ConfigurationUpdate>),
    /// `PublishVersion`: the same version again when nothing changed since.
    Publish {
        /// Its description.
        description: String,
        /// The revision of `$LATEST`; else 412. Filled in when it is made.
        revision_id: Option<String>,
    },
    /// `PutFunctionConcurrency`; 0 stops the function.
    Reserve(u32),
    /// `DeleteFunctionConcurrency`.
    Unreserve,
    /// `PutFunctionEventInvokeConfig`: replaces.
    PutAsync(AsyncConfig),
    /// `UpdateFunctionEventInvokeConfig`: merges.
    UpdateAsync(AsyncConfig),
    /// `DeleteFunctionEventInvokeConfig`.
    DeleteAsync,
    /// `UpdateEventSourceMapping`.
    Mapping {
        /// UUID.
        uuid: String,
        /// What changes.
        update: MappingUpdate,
    },
    /// `PutFunctionRecursionConfig`: `Allow` or `Terminate`.
    Recursion(String),
    /// `PutProvisionedConcurrencyConfig`, then wait until it is ready.
    Provision {
        /// Version or alias.
        qualifier: String,
        /// Executions kept ready.
        executions: u32,
    },
    /// `DeleteProvisionedConcurrencyConfig`.
    Unprovision {
        /// Version or alias.
        qualifier: String,
    },
    /// `CreateFunctionUrlConfig`.
    CreateUrl {
        /// Alias; `None` for the function itself.
        qualifier: Option<String>,
        /// Its settings.
        url: Url,
    },
    /// `UpdateFunctionUrlConfig`.
    UpdateUrl {
        /// Alias; `None` for the function itself.
        qualifier: Option<String>,
        /// Its settings.
        url: Url,
    },
    /// `DeleteFunctionUrlConfig`: the address is lost.
    DeleteUrl {
        /// Alias; `None` for the function itself.
        qualifier: Option<String>,
    },
    /// `TagResource`.
    Tag(Vec<(String, String)>),
    /// `UntagResource`.
    Untag(Vec<String>),
    /// `UpdateAlias`.
    Alias {
        /// Name.
        name: String,
        /// Where it is to point.
        routing: Routing,
        /// The alias's own revision; else 412.
        revision_id: Option<String>,
    },
}

/// The answer to an edit. What it did is read again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The version that was published.
    pub version: Option<String>,
}

impl Call {
    /// The same call with a revision: AWS refuses it if the revision is another one by then. Calls
    /// without such a lock stay as they are.
    #[must_use]
    pub fn locked(&self, revision_id: Option<String>) -> Self {
        match self.clone() {
            Self::Configuration(update) => Self::Configuration(Box::new(ConfigurationUpdate {
                revision_id,
                ..*update
            })),
            Self::Publish { description, .. } => Self::Publish {
                description,
                revision_id,
            },
            Self::Alias { name, routing, .. } => Self::Alias {
                name,
                routing,
                revision_id,
            },
            other => other,
        }
    }

    /// API name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "UpdateFunctionConfiguration",
            Self::Publish { .. } => "PublishVersion",
            Self::Reserve(_) => "PutFunctionConcurrency",
            Self::Unreserve => "DeleteFunctionConcurrency",
            Self::PutAsync(_) => "PutFunctionEventInvokeConfig",
            Self::UpdateAsync(_) => "UpdateFunctionEventInvokeConfig",
            Self::DeleteAsync => "DeleteFunctionEventInvokeConfig",
            Self::Mapping { .. } => "UpdateEventSourceMapping",
            Self::Recursion(_) => "PutFunctionRecursionConfig",
            Self::Provision { .. } => "PutProvisionedConcurrencyConfig",
            Self::Unprovision { .. } => "DeleteProvisionedConcurrencyConfig",
            Self::CreateUrl { .. } => "CreateFunctionUrlConfig",
            Self::UpdateUrl { .. } => "UpdateFunctionUrlConfig",
            Self::DeleteUrl { .. } => "DeleteFunctionUrlConfig",
            Self::Tag(_) => "TagResource",
            Self::Untag(_) => "UntagResource",
            Self::Alias { .. } => "UpdateAlias",
        }
    }

    /// How dangerous it is. To stop a function or to delete its URL, its name must be typed.
    pub const fn class(&self) -> Class {
        match self {
            Self::Reserve(0) | Self::DeleteUrl { .. } => Class::Destroy,
            _ => Class::Write,
        }
    }

    /// The call in words, for the review. Shows no value of the environment.
    pub fn words(&self) -> String {
        let name = self.name();
        match self {
            Self::Configuration(update) => {
                let revision = update.revision_id.as_deref().map_or_else(
                    || "refused if a setting changes meanwhile".to_owned(),
                    |id| {
                        let short: String = id.chars().take(8).collect();
                        format!("revision {short}…, refused if a setting changed meanwhile")
                    },
                );
                format!("{name} ({revision}), then wait until Successful")
            }
            Self::Reserve(0) => format!("{name} 0: nothing runs from then on"),
            Self::Reserve(number) => format!("{name} {number}"),
            Self::PutAsync(_) => format!("{name}, which replaces all of it"),
            Self::Publish { .. } | Self::Unreserve | Self::UpdateAsync(_) | Self::DeleteAsync => {
                name.to_owned()
            }
            Self::Mapping { uuid, update } => format!("{name} {uuid} {}", update.words()),
            Self::Recursion(mode) => format!("{name} {mode}"),
            Self::Provision {
                qualifier,
                executions,
            } => format!("{name} {qualifier} {executions}, then wait until ready"),
            Self::Unprovision { qualifier } => format!("{name} {qualifier}"),
            Self::CreateUrl { qualifier, url } | Self::UpdateUrl { qualifier, url } => {
                format!("{name} {} {url}", qualifier.as_deref().unwrap_or(LATEST))
            }
            Self::DeleteUrl { qualifier } => format!(
                "{name} {}: its address is lost, a new URL gets another",
                qualifier.as_deref().unwrap_or(LATEST)
            ),
            Self::Tag(tags) => {
                let keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
                format!("{name} {}", keys.join(", "))
            }
            Self::Untag(keys) => format!("{name} {}", keys.join(", ")),
            Self::Alias {
                name: alias,
                routing,
                ..
            } => format!("{name} {alias} → {routing}"),
        }
    }
}

impl MappingUpdate {
    /// Whether a mapping already has all of it.
    pub fn is_of(&self, mapping: &EventSourceMapping) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, there: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == there)
        }
        let there = (mapping.batch_size, mapping.batch_window_s.unwrap_or(0));
        (self.enabled.is_none() || self.enabled == mapping.reads())
            && (self.batch_size.is_none() || self.batch_size == there.0)
            && is(self.batch_window_s.as_ref(), &there.1)
            && is(
                self.maximum_concurrency.as_ref(),
                &mapping.maximum_concurrency,
            )
            && is(
                self.partial_batch_responses.as_ref(),
                &mapping.partial_batch_responses,
            )
            && is(self.filters.as_ref(), &mapping.filters)
    }

    /// What it changes, in words.
    fn words(&self) -> String {
        let number = |name: &str, number: Option<u32>| number.map(|n| format!("{name}={n}"));
        let concurrency = self.maximum_concurrency.map(|most| {
            most.map_or("MaximumConcurrency=none".to_owned(), |most| {
                format!("MaximumConcurrency={most}")
            })
        });
        let filters = self.filters.as_ref();
        let parts = [
            self.enabled.map(|enabled| format!("Enabled={enabled}")),
            number("BatchSize", self.batch_size),
            number("MaximumBatchingWindowInSeconds", self.batch_window_s),
            concurrency,
            self.partial_batch_responses
                .map(|on| format!("ReportBatchItemFailures={on}")),
            filters.map(|filters| format!("{} filters", filters.len())),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Url {
    /// The settings of an existing URL.
    pub fn of(url: &FunctionUrl) -> Self {
        Self {
            auth: url.auth.clone(),
            invoke_mode: url.invoke_mode.clone().unwrap_or_else(|| "BUFFERED".into()),
        }
    }

    /// Reads `AWS_IAM`, or `NONE,RESPONSE_STREAM`.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut auth, mut mode) = (None, None);
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let mut is_good = true;
        for word in words.map(str::to_ascii_uppercase) {
            let said = match word.as_str() {
                "AWS_IAM" | "NONE" => auth.replace(word),
                "BUFFERED" | "RESPONSE_STREAM" => mode.replace(word),
                _ => Some(word),
            };
            is_good &= said.is_none();
        }
        match auth {
            Some(auth) if is_good => Ok(Self {
                auth,
                invoke_mode: mode.unwrap_or_else(|| "BUFFERED".to_owned()),
            }),
            _ => Err(
                "takes AWS_IAM or NONE, and BUFFERED or RESPONSE_STREAM; empty deletes it"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.auth, self.invoke_mode)
    }
}
