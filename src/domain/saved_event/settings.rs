//! What stands beside a saved event in its `.toml`: how it is sent.
//!
//! ```toml
//! invocation_type = "Event"
//! qualifier = "live"
//! client_context = '{"custom":{"trace":"1"}}'
//! tenant = "blue"
//! ```
//!
//! Keys that are not known here (an expectation, of a later version) are kept as they are;
//! comments are not.

use serde_json::Value as Json;
use toml::{Table, Value};

use super::check_json;
use crate::domain::{
    function::address::{NoFunction, check_qualifier},
    invocation::InvocationType,
    secret::Secret,
};

/// Largest client context in base64 (Lambda's service model, `ClientContext`).
const CLIENT_CONTEXT_LIMIT: usize = 3_583;

/// How an event is sent. The default is a synchronous invoke of the unqualified function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventSettings {
    /// Sync, async or dry run.
    pub kind: InvocationType,
    /// Version or alias.
    pub qualifier: Option<String>,
    /// JSON for `context.clientContext`; sync only.
    pub client_context: Option<Secret<String>>,
    /// Tenant of a `PER_TENANT` function.
    pub tenant: Option<String>,
    /// Keys of the file that mean nothing here; written back as they were.
    pub other: Table,
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The file is not TOML.
    #[error("not TOML: {0}")]
    Toml(String),
    /// A key has a value of another type.
    #[error("{0} must be a text in quotes")]
    NotText(&'static str),
    /// None of Lambda's three.
    #[error("invocation_type {0:?} is none of RequestResponse, Event, DryRun")]
    Kind(String),
    /// Empty, or longer than AWS takes.
    #[error("{key} must have 1 to {limit} characters")]
    Length {
        /// The key.
        key: &'static str,
        /// AWS's limit.
        limit: usize,
    },
    /// No version and no alias.
    #[error("{0}")]
    Qualifier(#[from] NoFunction),
    /// The client context is not a JSON object.
    #[error("client_context must be a JSON object: {0}")]
    ClientContext(String),
    /// Lambda refuses more.
    #[error("client_context has {0} bytes in base64, Lambda takes {CLIENT_CONTEXT_LIMIT}")]
    ClientContextSize(usize),
    /// Only synchronous invokes carry a client context.
    #[error("client_context is for synchronous invokes only: remove it or send synchronously")]
    ClientContextKind,
}

impl EventSettings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Text that is not TOML, or a known key with an unusable value. Limits are not checked here
    /// but by [`Self::check`], so that a file can be opened and mended.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let mut other: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                text[..text.floor_char_boundary(span.start)]
                    .matches('\n')
                    .count()
                    + 1
            });
            SettingsError::Toml(format!("line {line}: {}", error.message()))
        })?;
        let mut take = |key: &'static str| match other.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(SettingsError::NotText(key)),
        };
        let kind = match take("invocation_type")? {
            None => InvocationType::default(),
            Some(word) => kind_named(&word).ok_or(SettingsError::Kind(word))?,
        };
        Ok(Self {
            kind,
            qualifier: take("qualifier")?,
            client_context: take("client_context")?.map(Secret::new),
            tenant: take("tenant")?,
            other,
        })
    }

    /// The file's text; `None` when there is nothing to say and so no file.
    pub fn to_toml(&self) -> Option<String> {
        let mut table = Table::new();
        if self.kind != InvocationType::default() {
            table.insert("invocation_type".into(), self.kind.as_str().into());
        }
        for (key, value) in [
            ("qualifier", self.qualifier.as_ref()),
            (
                "client_context",
                self.client_context.as_ref().map(Secret::reveal),
            ),
            ("tenant", self.tenant.as_ref()),
        ] {
            if let Some(value) = value {
                table.insert(key.into(), value.as_str().into());
            }
        }
        // The known keys stand first, and before any table among the others.
        let mut text = if table.is_empty() {
            String::new()
        } else {
            table.to_string()
        };
        if !self.other.is_empty() {
            text.push_str(&self.other.to_string());
        }
        (!text.is_empty()).then_some(text)
    }

    /// Whether AWS would take them.
    pub fn check(&self) -> Result<(), SettingsError> {
        for (key, value, limit) in [
            ("qualifier", &self.qualifier, 128),
            ("tenant", &self.tenant, 256),
        ] {
            if let Some(value) = value
                && !(1..=limit).contains(&value.chars().count())
            {
                return Err(SettingsError::Length { key, limit });
            }
        }
        if let Some(qualifier) = &self.qualifier {
            check_qualifier(qualifier)?;
        }
        let Some(context) = self.client_context.as_ref().map(Secret::reveal) else {
            return Ok(());
        };
        if self.kind != InvocationType::RequestResponse {
            return Err(SettingsError::ClientContextKind);
        }
        check_json(context).map_err(|error| SettingsError::ClientContext(error.to_string()))?;
        if !matches!(serde_json::from_str(context), Ok(Json::Object(_))) {
            return Err(SettingsError::ClientContext(
                "it is another JSON value".to_owned(),
            ));
        }
        let encoded = context.len().div_ceil(3) * 4;
        if encoded > CLIENT_CONTEXT_LIMIT {
            return Err(SettingsError::ClientContextSize(encoded));
        }
        Ok(())
    }
}

fn kind_named(word: &str) -> Option<InvocationType> {
    [
        InvocationType::RequestResponse,
        InvocationType::Event,
        InvocationType::DryRun,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_to_say_is_no_file() {
        assert_eq!(EventSettings::default().to_toml(), None);
        assert_eq!(
            EventSettings::from_toml("# a comment\n"),
            Ok(EventSettings::default())
        );
    }

    #[test]
    fn unknown_keys_come_back() {
        let text = "tenant = \"blue\"\nnote = 3\n\n[expect]\nstatus = 200\n";
        let settings = EventSettings::from_toml(text).unwrap();
        assert_eq!(settings.tenant.as_deref(), Some("blue"));
        let changed = EventSettings {
            qualifier: Some("live".into()),
            kind: InvocationType::Event,
            ..settings
        };
        assert_eq!(
            changed.to_toml().unwrap(),
            "invocation_type = \"Event\"\nqualifier = \"live\"\ntenant = \"blue\"\nnote = 3\n\n\
             [expect]\nstatus = 200\n"
        );
    }

    #[test]
    fn a_broken_file_says_what_is_wrong() {
        let error = |text| EventSettings::from_toml(text).unwrap_err().to_string();
        assert!(error("a = 1\nb =\n").starts_with("not TOML: line 2"));
        assert_eq!(error("qualifier = 3"), "qualifier must be a text in quotes");
        assert!(error("invocation_type = \"Sync\"").contains("RequestResponse"));
    }

    #[test]
    fn what_aws_would_refuse_is_refused_here() {
        let context = |text: &str| EventSettings {
            client_context: Some(text.to_owned().into()),
            ..EventSettings::default()
        };
        assert_eq!(context("{\"a\":1}").check(), Ok(()));
        assert!(matches!(
            context("{").check(),
            Err(SettingsError::ClientContext(_))
        ));
        assert!(matches!(
            context("3").check(),
            Err(SettingsError::ClientContext(_))
        ));
        let long = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        assert_eq!(context(&long(2685)).check(), Ok(()));
        assert_eq!(
            context(&long(2686)).check(),
            Err(SettingsError::ClientContextSize(3584))
        );
        let asynchronous = EventSettings {
            kind: InvocationType::Event,
            ..context("{}")
        };
        assert_eq!(asynchronous.check(), Err(SettingsError::ClientContextKind));
        let empty = EventSettings {
            tenant: Some(String::new()),
            ..EventSettings::default()
        };
        assert!(matches!(
            empty.check(),
            Err(SettingsError::Length { key: "tenant", .. })
        ));
    }

    #[test]
    fn the_client_context_is_not_in_a_debug_output() {
        let settings =
            EventSettings::from_toml("client_context = '{\"key\":\"hunter2\"}'").unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn settings_survive_their_file(
            kind in 0_usize..3,
            qualifier in prop::option::of("\\PC{0,8}"),
            client_context in prop::option::of("(?s).{0,20}"),
            tenant in prop::option::of("[\"'\\\\\\n a-z=]{0,12}"),
            note in prop::option::of(any::<i64>()),
        ) {
            let kinds =
                [InvocationType::RequestResponse, InvocationType::Event, InvocationType::DryRun];
            let settings = EventSettings {
                kind: kinds[kind],
                qualifier,
                client_context: client_context.map(Secret::new),
                tenant,
                other: note.map(|note| ("note".to_owned(), Value::from(note))).into_iter().collect(),
            };
            let text = settings.to_toml().unwrap_or_default();
            prop_assert_eq!(EventSettings::from_toml(&text), Ok(settings));
        }
    }
}
