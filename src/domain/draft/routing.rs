//! Where an alias points, and how that is typed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an alias points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Routing {
    /// The main version: it gets the calls that the others do not.
    pub version: String,
    /// Additional versions and their share, above 0 and below 1.
    #[serde(default)]
    pub weights: Vec<(String, f64)>,
}

impl Routing {
    /// Stands for the version that the same draft publishes.
    pub const NEW: &str = "new";

    /// All of it to one version.
    pub fn to(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            weights: Vec::new(),
        }
    }

    /// Whether it points to the version that the same draft publishes.
    pub fn follows_publish(&self) -> bool {
        self.versions().any(|version| version == Self::NEW)
    }

    /// The versions that it points to, the main one first.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let others = self.weights.iter().map(|(version, _)| version.as_str());
        std::iter::once(self.version.as_str()).chain(others)
    }

    /// With a published version in the place of [`Self::NEW`].
    #[must_use]
    pub fn published(&self, version: &str) -> Self {
        let real = |v: &String| if v == Self::NEW { version } else { v }.to_owned();
        let weights = self.weights.iter().map(|(v, share)| (real(v), *share));
        Self {
            version: real(&self.version),
            weights: weights.collect(),
        }
    }

    /// As it is typed: `7`, or `7,8=0.1`.
    pub fn typed(&self) -> String {
        let weights = self
            .weights
            .iter()
            .map(|(v, share)| format!(",{v}={share}"));
        self.version.clone() + &weights.collect::<String>()
    }

    /// Reads what is typed: `7`, `7,8=0.1` or `7,8=10%`; `v7` is `7`.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = || "takes a version, and another one with its share: 7, or 7,8=0.1".to_owned();
        let mut parts = text.split(',').map(str::trim);
        let version = |text: &str| {
            let number = text.strip_prefix('v').unwrap_or(text);
            let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
            if is_number {
                Ok(number.to_owned())
            } else if text == Self::NEW || text == super::LATEST {
                Ok(text.to_owned())
            } else {
                Err(rule())
            }
        };
        let main = version(parts.next().unwrap_or_default())?;
        let weights = parts.map(|part| {
            let (other, share) = part.split_once('=').ok_or_else(rule)?;
            let share = share.trim();
            let share: f64 = match share.strip_suffix('%') {
                Some(percent) => percent.trim().parse::<f64>().map(|p| p / 100.0),
                None => share.parse(),
            }
            .map_err(|_| rule())?;
            if share > 0.0 && share < 1.0 {
                Ok((version(other.trim())?, share))
            } else {
                Err("a weight is above 0 and below 1, for example 0.1".to_owned())
            }
        });
        Ok(Self {
            version: main,
            weights: weights.collect::<Result<_, String>>()?,
        })
    }
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = 1.0 - self.weights.iter().map(|(_, share)| share).sum::<f64>();
        f.write_str(&shown(&self.version))?;
        if self.weights.is_empty() {
            return Ok(());
        }
        write!(f, " {}%", percent(rest))?;
        for (version, share) in &self.weights {
            write!(f, ", {} {}%", shown(version), percent(*share))?;
        }
        Ok(())
    }
}

/// A version for a reader: `v42`, `$LATEST`, `the new version`.
pub(super) fn shown(version: &str) -> String {
    match version {
        Routing::NEW => "the new version".to_owned(),
        super::LATEST => version.to_owned(),
        number => format!("v{number}"),
    }
}

/// A share in percent, with at most two digits behind the point.
fn percent(share: f64) -> f64 {
    (share * 10_000.0).round() / 100.0
}
