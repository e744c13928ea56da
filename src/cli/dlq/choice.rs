//! Which letters: `--where` and `--filter` as one predicate.

use super::args::Choice;
use crate::{
    cli::{Outcome, headless},
    domain::letter::predicate::Predicate,
};

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
