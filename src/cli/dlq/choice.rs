//! Which letters: `--where` and `--filter` as one predicate.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::args::Choice;
use crate::{
    cli::{Outcome, headless},
    domain::{
        letter::{Letter, predicate::Predicate},
        redrive::progress::not_judged,
        text,
    },
};

/// Letters of which a choice cannot say whether it takes them: how many, by reason.
#[derive(Debug, Default)]
pub(super) struct NotJudged(BTreeMap<String, usize>);

impl NotJudged {
    /// Whether a letter is chosen; where that cannot be told, it is counted here.
    pub(super) fn chooses(
        &mut self,
        predicate: &Predicate,
        letter: &Letter,
        now: Timestamp,
    ) -> bool {
        predicate.test(letter, now).unwrap_or_else(|why| {
            *self.0.entry(why).or_default() += 1;
            false
        })
    }

    pub(super) fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// Tells each reason; it is a failure if there is one.
    pub(super) fn end(&self, queue: &str) -> Outcome {
        for (why, count) in &self.0 {
            let why = not_judged(why);
            headless::tell(format_args!("{queue}: {count} {}", text::sanitise(&why)));
        }
        if self.0.is_empty() {
            Outcome::Done
        } else {
            Outcome::Failed
        }
    }
}

/// Understands both; a mistake ends with exit code 2 before anything is asked.
pub(super) fn predicate(choice: &Choice) -> Result<Predicate, Outcome> {
    let misused = |option| move |error| headless::misused(option, &error);
    let filter = choice.filter.as_deref().unwrap_or_default();
    let filter = Predicate::parse(filter).map_err(misused("--filter"))?;
    let Some(jq) = &choice.jq else {
        return Ok(filter);
    };
    let jq = Predicate::jq(jq).map_err(misused("--where"))?;
    if filter.is_empty() {
        return Ok(jq);
    }
    // An expression is the rest of a filter's text, so it comes last.
    let both = format!("{} {}", filter.source(), jq.source());
    Predicate::parse(&both).map_err(misused("--filter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(filter: Option<&str>, jq: Option<&str>) -> Result<String, Outcome> {
        let choice = Choice {
            jq: jq.map(str::to_owned),
            filter: filter.map(str::to_owned),
        };
        predicate(&choice).map(|predicate| predicate.source().to_owned())
    }

    #[test]
    fn both_must_hold_and_a_mistake_is_wrong_usage() {
        assert_eq!(source(None, None), Ok(String::new()));
        assert_eq!(source(None, Some(".a > 1")), Ok("jq:.a > 1".to_owned()));
        assert_eq!(
            source(Some("error:declined"), Some(".a > 1")),
            Ok("error:declined jq:.a > 1".to_owned())
        );
        assert_eq!(source(None, Some(".a |")), Err(Outcome::Usage));
        assert_eq!(source(Some("age:>soon"), None), Err(Outcome::Usage));
    }
}
