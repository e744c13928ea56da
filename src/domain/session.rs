//! Who is asked, and as whom: the target of a session, its identity, its write state.

use std::fmt;

use jiff::Timestamp;

/// Names one opened session in the store. Never reused within a run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u32);

impl SessionId {
    /// The session that the program starts with.
    pub const FIRST: Self = Self(1);
}

/// What a session is opened on, as the user's settings resolve it without any network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Profile name, if one is chosen; otherwise the credential chain decides.
    pub profile: Option<String>,
    /// Region, if one could be told from options, environment or profile.
    pub region: Option<String>,
    /// Endpoint for every service, from `--endpoint-url` or `AWS_ENDPOINT_URL`.
    pub endpoint: Option<String>,
}

impl Target {
    /// How the header names it.
    pub fn profile_name(&self) -> &str {
        self.profile.as_deref().unwrap_or("default")
    }
}

/// `GetCallerIdentity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// ARN of the user or assumed role.
    pub arn: String,
}

/// What the session may do, and why (`docs/architecture.md` §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteState {
    /// Everything, each write after its confirmation.
    Open,
    /// `--read-only` or the configuration: nothing but reads; cannot be lifted.
    ReadOnly {
        /// Profile or account match `protected` as well: the red frame stays.
        is_protected: bool,
    },
    /// The profile or the account matches `protected`: reads and looks, until unlocked.
    Protected,
    /// Protected, lifted until then.
    Unlocked {
        /// When the lock closes again; `None` for the whole session (`--write`).
        until: Option<Timestamp>,
    },
}

impl WriteState {
    /// Whether the session matches `protected`, locked or not: the red frame and the question
    /// before each invoke.
    pub const fn is_protected(self) -> bool {
        matches!(
            self,
            Self::Protected | Self::Unlocked { .. } | Self::ReadOnly { is_protected: true }
        )
    }
}

impl fmt::Display for WriteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "write",
            Self::ReadOnly { .. } => "read-only",
            Self::Protected => "protected",
            Self::Unlocked { .. } => "unlocked",
        })
    }
}
