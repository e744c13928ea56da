//! What is known of a function before it is stopped: which moves cannot help.

use std::sync::Arc;

use super::Row;
use crate::{
    domain::{
        draft::{LATEST, Snapshot, card::ResumeCard, stop::Move},
        text,
    },
    ports::Operation,
    store::{
        Store,
        configure::{FunctionForm, Loaded},
        identity::FunctionKey,
    },
    theme::Role,
};

/// What is known.
pub(super) struct Facts {
    pub(super) loaded: Option<Arc<Loaded>>,
    /// What was stopped here and waits.
    pub(super) cards: Vec<ResumeCard>,
    /// Another function that was stopped here, when this one was not.
    another: Option<String>,
    is_loading: bool,
    /// What is not known, and why.
    pub(super) note: Option<(String, Role)>,
}

impl Facts {
    pub(super) fn of(store: &Store, function: &FunctionKey) -> Self {
        let slot = store
            .configure
            .function_form(function)
            .map(FunctionForm::loaded);
        let session = store.sessions.current();
        let region = session.target.region.as_deref().unwrap_or_default();
        let cards: Vec<&ResumeCard> = store.configure.cards(session.account(), region).collect();
        let another = cards.first().map(|card| card.function.resource_name());
        let note = match slot {
            Some(slot) if slot.value().is_some() => None,
            Some(slot) => slot
                .error()
                .map(|error| (format!("▲ not read: {error}"), Role::Warn)),
            None => None,
        };
        let is_loading = slot.is_some_and(|slot| slot.is_loading() && slot.value().is_none());
        Self {
            loaded: slot.and_then(|slot| slot.value().cloned()),
            another: another.map(|name| text::sanitise(name).into_owned()),
            cards: cards
                .into_iter()
                .filter(|card| card.function == function.arn)
                .cloned()
                .collect(),
            is_loading,
            note: note.or_else(|| {
                is_loading.then(|| ("reading what there is to stop…".to_owned(), Role::Running))
            }),
        }
    }

    /// Why a move has nothing to do; `None` when it may have, as far as that is known.
    pub(super) fn idle(&self, row: Row) -> Option<String> {
        if row == Row::Restore {
            let why = "nothing was stopped on this function".to_owned();
            return self.cards.is_empty().then(|| match &self.another {
                Some(name) => format!("{why}; {name} is stopped"),
                None => why,
            });
        }
        let loaded = self.loaded.as_deref()?;
        let unread = match row {
            Row::Triggers => Operation::ListEventSourceMappings,
            Row::Alias | Row::Weight => Operation::ListAliases,
            Row::Concurrency | Row::Restore => Operation::GetFunctionConcurrency,
        };
        if loaded.notes.iter().any(|note| note.operation == unread) {
            return None;
        }
        let why = |stop: &Move| stop.draft(&loaded.snapshot, &loaded.versions).err();
        match row {
            Row::Triggers => why(&Move::PauseTriggers),
            Row::Concurrency => why(&Move::ConcurrencyZero),
            Row::Alias => Self::of_aliases(loaded, |alias| {
                why(&Move::AliasBack {
                    alias: alias.to_owned(),
                    version: None,
                })
            }),
            Row::Weight => Self::of_aliases(loaded, |alias| {
                self.second(alias)
                    .is_none()
                    .then(|| format!("there is no version beside the one {alias} leads to"))
            }),
            Row::Restore => None,
        }
    }

    /// What a move has to wait for: which alias cannot be asked before they are read.
    pub(super) fn awaits(&self, row: Row) -> Option<String> {
        let asks = matches!(row, Row::Alias | Row::Weight);
        let why = "its aliases are still being read: press it again in a moment";
        (asks && self.is_loading).then(|| why.to_owned())
    }

    /// Why no alias can be moved: what stands against the first, when it is so with all.
    fn of_aliases(loaded: &Loaded, why: impl Fn(&str) -> Option<String>) -> Option<String> {
        let aliases = &loaded.snapshot.aliases;
        if aliases.is_empty() {
            return Some("it has no alias".to_owned());
        }
        let reasons: Option<Vec<String>> = aliases.iter().map(|alias| why(&alias.name)).collect();
        reasons?.into_iter().next()
    }

    pub(super) fn snapshot(&self) -> Option<&Snapshot> {
        self.loaded.as_deref().map(|loaded| &loaded.snapshot)
    }

    /// The second version of an alias with its share, or what could be: the newest other one,
    /// with a tenth.
    pub(super) fn second(&self, alias: &str) -> Option<(String, f64)> {
        let routing = self.snapshot()?.routing(alias)?;
        if let Some(second) = routing.weights.first() {
            return Some(second.clone());
        }
        let numbers = self.numbers().into_iter().rev();
        let mut others = numbers.filter(|number| *number != routing.version);
        others.next().map(|version| (version, 0.1))
    }

    /// Published versions, oldest first.
    pub(super) fn numbers(&self) -> Vec<String> {
        let versions = self.loaded.iter().flat_map(|loaded| &loaded.versions);
        let mut numbers: Vec<u64> = versions
            .filter(|one| one.version != LATEST)
            .filter_map(|one| one.version.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.iter().map(ToString::to_string).collect()
    }
}
