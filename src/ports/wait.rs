//! What calls wait for, in words for whoever sees nothing happen.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::operation::Operation;

/// Why a call has no answer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Nothing came in time: it is being tried again.
    Silence {
        /// Which try this is, counted from 1.
        attempt: u32,
        /// It gives up then.
        until: Timestamp,
    },
    /// AWS refuses it as one too many: it is tried again, slower.
    Throttled {
        /// It gives up then.
        until: Timestamp,
    },
    /// So many pages in a row had nothing in them: one a second is asked for.
    EmptyPages(u32),
}

/// Everything that is waited for in a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    /// Calls that wait for their turn under a quota.
    pub for_quota: u32,
    /// Why the others wait.
    pub calls: BTreeMap<Operation, Wait>,
}

impl Waits {
    /// The call to speak of, and whatever else there is left out: one line has room for one.
    pub fn line(&self) -> Option<String> {
        let call = self.calls.iter().next();
        call.map(|(operation, wait)| wait.of(*operation))
            .or_else(|| (self.for_quota > 0).then(|| "waiting for quota".to_owned()))
    }
}

impl Wait {
    /// As a sentence about an operation.
    pub fn of(self, operation: Operation) -> String {
        let name = operation.spec().name;
        let time = |until: Timestamp| until.strftime("%H:%M:%S UTC").to_string();
        match self {
            Self::Silence { attempt, until } => format!(
                "{name}: no answer yet, try {attempt}, gives up at {}",
                time(until)
            ),
            Self::Throttled { until } => format!(
                "{name}: AWS says too many calls, waiting until {}",
                time(until)
            ),
            Self::EmptyPages(pages) => {
                format!("{name}: {pages} empty pages in a row, now one a second")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_an_answer_says_which_try_it_is_and_when_it_ends() {
        let until = "2026-11-20T02:30:20Z".parse().expect("a time");
        let mut waits = Waits {
            for_quota: 1,
            ..Waits::default()
        };
        assert_eq!(waits.line().as_deref(), Some("waiting for quota"));
        let wait = Wait::Silence { attempt: 2, until };
        waits.calls.insert(Operation::ListFunctions, wait);
        assert_eq!(
            waits.line().as_deref(),
            Some("ListFunctions: no answer yet, try 2, gives up at 02:30:20 UTC")
        );
        assert_eq!(Waits::default().line(), None);
    }
}
