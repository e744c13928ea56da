//! The moves that stop the damage: what each of them stops, and what it does not.
//!
//! A move becomes a draft like any other. It goes through the same review, and leaves a
//! [resume card](super::card::ResumeCard).

use serde::{Deserialize, Serialize};

use super::{Draft, Field, LATEST, Routing, Snapshot, Value};
use crate::domain::function::Version;

/// A move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// All triggers stop reading.
    PauseTriggers,
    /// Reserved concurrency 0.
    ConcurrencyZero,
    /// An alias points to an earlier version, with all its calls.
    AliasBack {
        /// The alias.
        alias: String,
        /// To which; `None` for the newest version before all that it points to now. So a canary
        /// goes back to the version that it was tried against.
        version: Option<String>,
    },
    /// How much of an alias goes to its second version.
    Weight {
        /// The alias.
        alias: String,
        /// The second version; `None` for the one that it has.
        version: Option<String>,
        /// Its share, below 1; 0 takes it off the alias.
        share: f64,
    },
}

impl Move {
    /// What it is called.
    pub fn title(&self) -> String {
        match self {
            Self::PauseTriggers => "pause all triggers".to_owned(),
            Self::ConcurrencyZero => "reserved concurrency 0".to_owned(),
            Self::AliasBack { alias, .. } => format!("{alias} back to an earlier version"),
            Self::Weight { alias, .. } => format!("weight of {alias}'s second version"),
        }
    }

    /// What was done: `triggers paused`.
    pub fn done(&self) -> String {
        match self {
            Self::PauseTriggers => "triggers paused".to_owned(),
            Self::ConcurrencyZero => "concurrency set to 0".to_owned(),
            Self::AliasBack { alias, .. } => format!("{alias} led back"),
            Self::Weight { alias, .. } => format!("weight of {alias} changed"),
        }
    }

    /// What it stops, in one sentence.
    pub const fn stops(&self) -> &'static str {
        match self {
            Self::PauseTriggers => {
                "what Lambda polls (queues, streams, Kafka): it waits at its source, as long as \
                 that keeps it"
            }
            Self::ConcurrencyZero => "every new invoke, from wherever it comes",
            Self::AliasBack { .. } => {
                "the version that the alias points to now, for whoever calls the alias"
            }
            Self::Weight { share, .. } if *share > 0.0 => {
                "nothing by itself: it changes how much of the alias's calls the second version gets"
            }
            Self::Weight { .. } => "the second version, for whoever calls the alias",
        }
    }

    /// What it does not stop or what it brings about, in one sentence.
    pub const fn goes_on(&self) -> &'static str {
        match self {
            Self::PauseTriggers => {
                "direct and asynchronous invokes, function URLs, schedules, topics and other events \
                 that are pushed to it; batches in work are finished"
            }
            Self::ConcurrencyZero => {
                "invokes that run now. Callers are throttled; async events go straight to the \
                 dead-letter queue or on-failure destination, without retries, and are lost \
                 without one; triggers keep their messages"
            }
            Self::AliasBack { .. } => {
                "calls of another alias, a version or $LATEST; what runs now runs to its end"
            }
            Self::Weight { .. } => {
                "the main version, which gets the rest; calls of another alias, a version or $LATEST"
            }
        }
    }

    /// Why there may be nothing to do.
    pub fn nothing(&self) -> String {
        match self {
            Self::PauseTriggers => {
                "no event source mapping of it is enabled: there is nothing to pause".to_owned()
            }
            Self::ConcurrencyZero => "its reserved concurrency is already 0".to_owned(),
            Self::AliasBack { alias, .. } | Self::Weight { alias, .. } => {
                format!("{alias} leads there already")
            }
        }
    }

    /// Why it would change nothing, or cannot be made.
    pub fn obstacle(&self, base: &Snapshot, versions: &[Version]) -> Option<String> {
        match self.draft(base, versions) {
            Ok(draft) => draft.is_empty().then(|| self.nothing()),
            Err(why) => Some(why),
        }
    }

    /// The draft that does it, which may be empty. `versions` are those that exist, in any order.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn draft(&self, base: &Snapshot, versions: &[Version]) -> Result<Draft, String> {
        let mut draft = Draft::default();
        match self {
            Self::PauseTriggers => {
                for mapping in base.mappings.iter().filter(|m| !m.is_disabled()) {
                    draft.enable(&mapping.uuid, false);
                }
            }
            Self::ConcurrencyZero => {
                let none = Value::Number(0);
                if base.setting(Field::ReservedConcurrency) != Some(&none) {
                    draft.settings.insert(Field::ReservedConcurrency, none);
                }
            }
            Self::AliasBack { alias, version } => {
                let routing = routing(base, alias)?;
                let version = match version {
                    Some(version) => version.clone(),
                    None => before(&routing, versions)
                        .ok_or_else(|| format!("there is no version before {routing}"))?,
                };
                draft.aliases.insert(alias.clone(), Routing::to(&version));
            }
            Self::Weight {
                alias,
                version,
                share,
            } => {
                let routing = routing(base, alias)?;
                let present = routing.weights.first().map(|(version, _)| version);
                let version = version.as_ref().or(present).ok_or_else(|| {
                    format!("{alias} leads to one version: say which shall be the second")
                })?;
                if !(0.0..1.0).contains(share) {
                    return Err("a share is 0 or more, and below 1".to_owned());
                }
                let weights = Some((version.clone(), *share)).filter(|(_, share)| *share > 0.0);
                let routing = Routing {
                    version: routing.version,
                    weights: weights.into_iter().collect(),
                };
                draft.aliases.insert(alias.clone(), routing);
            }
        }
        Ok(draft)
    }
}

fn routing(base: &Snapshot, alias: &str) -> Result<Routing, String> {
    base.routing(alias)
        .ok_or_else(|| format!("there is no alias {alias}"))
}

/// The newest published version before all that an alias points to; for `$LATEST` the newest.
fn before(routing: &Routing, versions: &[Version]) -> Option<String> {
    let number = |version: &str| match version {
        LATEST => Some(u64::MAX),
        number => number.parse().ok(),
    };
    let present = routing.versions().filter_map(number).max()?;
    let numbers = versions
        .iter()
        .filter_map(|v| v.version.parse::<u64>().ok());
    numbers
        .filter(|number| *number < present)
        .max()
        .map(|number| number.to_string())
}
