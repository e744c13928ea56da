//! What a session may write: read-only, protected, unlocked (`docs/architecture.md` §4.2).

use jiff::Timestamp;

use crate::{domain::session::WriteState, settings::Protected};

/// The rules of one session.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// `--read-only` or the configuration: beats everything.
    pub read_only: bool,
    /// `--write`: the protected lock is lifted for the whole session.
    pub write: bool,
    /// Patterns of profiles and accounts that start locked.
    pub protected: Protected,
    unlocked_until: Option<Timestamp>,
}

impl Access {
    /// Rules from the command line and the configuration.
    pub const fn new(read_only: bool, write: bool, protected: Protected) -> Self {
        Self {
            read_only,
            write,
            protected,
            unlocked_until: None,
        }
    }

    /// What may be written by this profile on this account; an unknown account counts as
    /// protected when any account pattern exists.
    pub fn write_state(
        &self,
        profile: Option<&str>,
        account: Option<&str>,
        now: Timestamp,
    ) -> WriteState {
        // Without a name the chain takes the profile `default`, and the header says so.
        let profile = profile.or(Some("default"));
        let is_protected = self.protected.matches(profile, account).is_some();
        if self.read_only {
            WriteState::ReadOnly { is_protected }
        } else if !is_protected {
            WriteState::Open
        } else if self.write {
            WriteState::Unlocked { until: None }
        } else {
            match self.unlocked_until {
                Some(until) if until > now => WriteState::Unlocked { until: Some(until) },
                _ => WriteState::Protected,
            }
        }
    }

    /// Lifts the protected lock until then.
    pub const fn unlock_until(&mut self, until: Timestamp) {
        self.unlocked_until = Some(until);
    }
}
