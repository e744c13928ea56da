//! A row of the table of settings.

use super::Field;
use crate::domain::{
    draft::value::{Kind, Value},
    function::FunctionConfiguration,
};

/// Where a form shows a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What every function has.
    General,
    /// Events that nobody waits for.
    Async,
    /// How many run at once.
    Concurrency,
    /// Logs.
    Logging,
    /// Network and storage.
    Network,
}

impl Section {
    /// Its settings. Those that are no part of the configuration come first.
    pub fn fields(self) -> Vec<Field> {
        let mut fields = Field::ALL.to_vec();
        fields.retain(|field| field.spec().section == self);
        fields.sort_by_key(|field| field.is_configuration());
        fields
    }
}

/// All that is known of a setting.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) label: Option<&'static str>,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) unit: Option<&'static str>,
    /// What it means that nothing is set, if it can be unset.
    pub(super) unset: Option<&'static str>,
    pub(super) section: Section,
    pub(super) member: &'static [&'static str],
    /// How it is read from a configuration; `None` when it is no part of one.
    pub(super) read: Option<Read>,
}

pub(super) type Read = fn(&FunctionConfiguration) -> Value;

/// A row of the table.
pub(super) const fn setting(
    name: &'static str,
    section: Section,
    member: &'static [&'static str],
    kind: Kind,
    help: &'static str,
) -> Spec {
    Spec {
        name,
        label: None,
        help,
        kind,
        unit: None,
        unset: None,
        section,
        member,
        read: None,
    }
}

impl Spec {
    pub(super) const fn read(mut self, read: Read) -> Self {
        self.read = Some(read);
        self
    }

    pub(super) const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    pub(super) const fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    pub(super) const fn unset(mut self, means: &'static str) -> Self {
        self.unset = Some(means);
        self
    }
}
